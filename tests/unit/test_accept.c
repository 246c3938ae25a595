/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is policy and what is not, text by text: the verdicts are those of upstream's parser
 * 5.0.2. tests/language/verdicts.py asks that parser about thousands more.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "policy/policy.h"
#include "yoroi/compile.h"

static struct yr_features *kernel;

#define NEWER "file {mask {read exec\n}\n}\npolicy {permstable32 {allow deny\n}\n}\n"

static bool accepts(const char *text)
{
	const struct yr_compile_options opt = { .kernel = kernel };
	struct yr_diags *diags = yr_diags_new();
	struct yr_compile *compile = NULL;
	struct yr_err err = { 0 };
	bool good;

	assert_non_null(diags);
	good = yr_compile_text("t.aa", text, strlen(text), &opt, diags, &compile, &err) == 0 &&
	       yr_compile_check(compile, &err) == 0;
	yr_compile_free(compile);
	yr_diags_free(diags);
	return good;
}

static void assert_verdict(const char *text, bool good)
{
	if (accepts(text) != good)
		fail_msg("%s: %s", good ? "refused" : "accepted", text);
}

/* One rule, in a profile with some variables before it. */
static void assert_rule(const char *rule, bool good)
{
	char text[400];

	snprintf(text, sizeof(text),
		 "@{V}=/v /w\n@{E}=\"\"\n${B}=true\n@{A}=@a\nprofile t {\n %s\n}\n", rule);
	assert_verdict(text, good);
}

static void assert_rules(const char *const *rules, bool good)
{
	for (; *rules; rules++)
		assert_rule(*rules, good);
}

static void words_that_are_no_paths(void **state)
{
	static const char *const good[] = { "foo r,",
					    "r foo,",
					    "&a r,",
					    ":a:b r,",
					    "r &a,",
					    "px :n:x -> y,",
					    "@a r,",
					    "\"@/x\" r,",
					    "link :x -> /b,",
					    "link /b -> file,",
					    "/a px -> all,",
					    "file :x r,",
					    "& r,",
					    "pivot_root foo,",
					    "pivot_root :a:b,",
					    NULL };
	static const char *const bad[] = { "@/x r,",
					   "r @@{V},",
					   "w rw,",
					   "rw r,",
					   "link r -> /b,",
					   "l subset rw -> /b,",
					   "file all r,",
					   "all r,",
					   "not r,",
					   "r not,",
					   "r read,",
					   "send r,",
					   "subset r,",
					   "r rlimit,",
					   "peer r,",
					   "/a U\\x,",
					   "\"foo\" r,",
					   "{a,b} r,",
					   "foo.bar r,",
					   "pivot_root r,",
					   "pivot_root \"a\",",
					   "pivot_root send,",
					   NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void exec_modes_that_say_more_than_once_how(void **state)
{
	static const char *const good[] = { "/a pxx,",  "/a ixx,",         "/a xix,", "deny /a xx,",
					    "/a pxpx,", "deny safe /a x,", NULL };
	static const char *const bad[] = { "/a xx,",      "/a xpx,",         "/a pxix,", "/a rx,",
					   "deny /a px,", "deny { /a px, }", NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void exec_conflicts(void **state)
{
	static const char *const good[] = { "/a px, /* cx,",
					    "/a px, /* cx, deny /a x,",
					    "priority=1 /** ix, /a* px, /*a cx,",
					    "priority=1 /a* px, /*a cx,",
					    "owner /a* px, other /*a cx,",
					    "all, /a px, /* cx,",
					    "prompt /a* px, /*a cx,",
					    "prompt /a* px, prompt /*a cx,",
					    "/cat px, /[^a]at cx, /c?t ux, priority=1 /cat ix,",
					    NULL };
	static const char *const bad[] = { "/a* px, /*a cx,",
					   "/a* px, /*a cx, deny /** x,",
					   "/a* px, /*a cx, priority=1 deny /** x,",
					   "/a px, /{a,b} cx, deny /a x,",
					   "/cat px, /[^a]at cx, /c?t ux,",
					   "owner /a* px, /*a cx,",
					   "/a px, /* cx, /a* ux,",
					   "priority=1 owner /** ix, /a* px, /*a cx,",
					   "file, /a px, /* cx,",
					   NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

/* 5.0.2 counts [..] as exact, 3.0.8 does not; [^..] is a glob to both. */
static void classes_in_exec_rules(void **state)
{
	struct yr_features *debian = kernel, *newer = NULL;

	(void)state;
	assert_rule("/[ab] px, /* cx,", false);
	assert_rule("/[ab] px, /a cx,", true);
	assert_int_equal(yr_features_parse("new", NEWER, strlen(NEWER), &newer, NULL), 0);
	kernel = newer;
	assert_rule("/[ab] px, /* cx,", true);
	assert_rule("/[ab] px, /a cx,", false);
	assert_rule("/[^c] px, /* cx,", false);
	assert_rule("/[^c] px, /a cx,", true);
	assert_rule("/? px, /a cx,", true);
	kernel = debian;
	yr_features_free(newer);
}

static void priorities(void **state)
{
	static const char *const good[] = { "priority=0 all,",
					    "priority=-0 network,",
					    "priority=0 { network, }",
					    "priority=1 { /a r, }",
					    "priority=1 audit { priority=-1 /a r, }",
					    "priority=1 { /a px, priority=2 /a ux, }",
					    NULL };
	static const char *const bad[] = { "priority=1 all,",
					   "priority=1 network,",
					   "priority=0 set rlimit as <= 1,",
					   "priority=1 { all, }",
					   "priority=1 { deny { network, } }",
					   "priority=1 { /a px, /a ux, }",
					   NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void conditions_of_if(void **state)
{
	static const char *const good[] = { "if 9 == 99999999999999999999 { /a r, }",
					    "if @{E} != @{V} { /a r, }",
					    "if 9 < 4294967296 { /a r, }",
					    "if (${B} and not ${B}) or true { /a r, }", NULL };
	static const char *const bad[] = { "if 9 < 99999999999999999999 { /a r, }",
					   "if 10 == ${B} { /a r, }", "if ${B} == 10 { /a r, }",
					   "if 10 in ${B} { /a r, }", NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void permissions_and_conditions(void **state)
{
	static const char *const good[] = { "ptrace wr,",
					    "ptrace (rr),",
					    "signal (rr) set=(hup,int) peer=x,",
					    "signal set=rtmin+,",
					    "dbus send peer=(path=/x),",
					    "dbus bind peer=(bus=session),",
					    "dbus name=a peer=(bus=b),",
					    "dbus send path=/y peer=(name=a member=b),",
					    "unix addr=\\x40foo,",
					    "unix addr=@{A},",
					    "unix addr=@{a,b},",
					    "dbus path=/x@{a,b},",
					    "/x@{a,b} r,",
					    "network bind peer=(label=x),",
					    "network interface={a,b},",
					    "network interface=[],",
					    "set rlimit as <= -0K,",
					    "set rlimit cpu <= 0,",
					    "change_profile \"@{V}\" -> x,",
					    NULL };
	static const char *const bad[] = { "ptrace rr,",
					   "signal wrw,",
					   "unix rr,",
					   "mqueue rr,",
					   "network rr,",
					   "dbus rr,",
					   "signal set=(hup,int) peer=(label=x),",
					   "signal set=\"hup\" peer=(a),",
					   "dbus path=/x peer=(path=/x),",
					   "dbus bind peer=(path=/x),",
					   "dbus name=a peer=(path=b),",
					   "dbus peer=(path=a path=b),",
					   "dbus label=b,",
					   "dbus peer=(foo=b),",
					   "unix addr=\\@foo,",
					   "unix addr=@{a},",
					   "/x@{V-1} r,",
					   "unix addr=\"\\@foo\",",
					   "network bind peer=(port=1),",
					   "network bind peer=(label=x port=1),",
					   "network interface={a},",
					   "network interface=a[,",
					   "network interface=@{V},",
					   "set rlimit as <= -1,",
					   "set rlimit cpu <= 0s,",
					   "set rlimit rttime <= -0ms,",
					   "change_profile @V -> x,",
					   "change_profile @@{V} -> x,",
					   NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void mount_words(void **state)
{
	static const char *const good[] = { "mount /a=b -> /x)y,", "mount x+y -> x(y,",
					    "mount @{V})b,",       "mount -> \"(y\",",
					    "umount /x)y,",        NULL };
	static const char *const bad[] = { "mount = -> /b,", "mount +x,",   "mount -> -> ,",
					   "mount -> (y),",  "mount x)y,",  "mount -> ,",
					   "umount =x,",     "remount +x,", NULL };

	(void)state;
	assert_rules(good, true);
	assert_rules(bad, false);
}

static void heads(void **state)
{
	static const char *const good[] = {
		"profile te}t /x {}\n",
		"profile \"=\" {}\n",
		"profile x { ^t*t {} }\n",
		"profile t\\}x {}\n",
		"/x xattrs=(a = b) {}\n",
		"/x xattrs=(a= b c=\"*\") {}\n",
		"/x flags=(\"complain\") {}\n",
		"/x flags=(error=EOPNOTSUPP) {}\n",
		"/x flags=(attach_disconnected.ipc=/a attach_disconnected.ipc) {}\n",
		"/x flags=(kill.signal=rtmin+) {}\n",
		"hat x xattrs=(a=b) {}\n",
		"/x { ^/h { @{attach_path} r, } }\n",
		"hat /h { @{exec_path} r, }\n",
		NULL
	};
	static const char *const bad[] = {
		"profile te}t {}\n",
		"profile te]t {}\n",
		"profile :ns:te}t {}\n",
		"profile x { ^t{e}t {} }\n",
		"profile x { hat te[t {} }\n",
		"profile = {}\n",
		"/x { hat y xattrs=(a=b) {} }\n",
		"/x xattrs=(\"a\"=b) {}\n",
		"/x xattrs=(a=\"\") {}\n",
		"/x flags=(kill.signal=\"hup\") {}\n",
		"/x flags=(error=\"EPERM\") {}\n",
		"/x flags=(attach_disconnected.path=\"/a\") {}\n",
		"/x flags=(attach_disconnected.ipc=/a attach_disconnected.ipc=/b) {}\n",
		NULL
	};

	(void)state;
	for (const char *const *z = good; *z; z++)
		assert_verdict(*z, true);
	for (const char *const *z = bad; *z; z++)
		assert_verdict(*z, false);
}

static void preambles(void **state)
{
	static const char *const good[] = { "@{X}=a ,b\n/x {}\n",
					    "@{X}=,a\n/x {}\n",
					    "${C}=true # c\n/x {}\n",
					    "/x { include if exists < nope > }\n",
					    "/x { include if exists <\"nope\"> }\n",
					    NULL };
	static const char *const bad[] = { "@{X}=a ,\n/x {}\n",
					   "@{X}=a , b\n/x {}\n",
					   "@{X}=a,\n/x {}\n",
					   "${C}=true /x {}\n",
					   "/x { include if exists nope> }\n",
					   "/x { include if exists < \"nope\" > }\n",
					   NULL };

	(void)state;
	for (const char *const *z = good; *z; z++)
		assert_verdict(*z, true);
	for (const char *const *z = bad; *z; z++)
		assert_verdict(*z, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_that_are_no_paths),
		cmocka_unit_test(exec_modes_that_say_more_than_once_how),
		cmocka_unit_test(exec_conflicts),
		cmocka_unit_test(classes_in_exec_rules),
		cmocka_unit_test(priorities),
		cmocka_unit_test(conditions_of_if),
		cmocka_unit_test(permissions_and_conditions),
		cmocka_unit_test(mount_words),
		cmocka_unit_test(heads),
		cmocka_unit_test(preambles),
	};
	const char *abi = yr_default_abi_text();
	int r;

	if (yr_features_parse("6.1", abi, strlen(abi), &kernel, NULL) < 0)
		return 1;
	r = cmocka_run_group_tests(tests, NULL, NULL);
	yr_features_free(kernel);
	return r;
}
