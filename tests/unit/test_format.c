/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "lang/format.h"
#include "lang/parse.h"
#include "lang/source.h"
#include "yoroi/format.h"

/* The formatted text, for free(). */
static char *format(const char *text, size_t len)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	char *out = NULL;
	size_t n = 0;

	assert_non_null(diags);
	if (yr_format_text("t.aa", text, len, diags, &out, &n, &err) < 0)
		fail_msg("%s: %s", text, err.code ? err.msg : yr_diags_get(diags, 0)->text);
	assert_int_equal(strlen(out), n);
	yr_diags_free(diags);
	return out;
}

static const struct {
	const char *text, *want;
} styles[] = {
	{ "", "" },
	{ " \n\t\n", "" },
	{ "#", "#\n" },
	{ "\n\n # a \n\n\n# b\n\n", "# a\n\n# b\n" },
	{ "@{A}   =   a   b", "@{A}=a b\n" },
	{ "$A=true", "${A}=true\n" },
	{ "@{A} :=a b", "@{A} := a b\n" },
	{ "#include<a>", "include <a>\n" },
	{ "include \"a b\" #c", "include \"a b\" #c\n" },
	{ "/a{,b} { }", "/a{,b} {\n}\n" },
	{ "profile a { /b r, /c w, }", "profile a {\n  /b r,\n  /c w,\n}\n" },
	{ "profile a (audit,complain) { }", "profile a flags=(audit, complain) {\n}\n" },
	{ "profile a +identities=(b) { }", "profile a + identities=(b) {\n}\n" },
	/* Rules alone are those of an abstraction, and stand as far in as in a profile. */
	{ "# about it\n/a r,\n# more\n", "# about it\n  /a r,\n  # more\n" },
	{ "rw /a,", "  /a rw,\n" },
	{ "owner r \"/a b\",", "  owner \"/a b\" r,\n" },
	{ "l /a -> /b,", "  l /a -> /b,\n" },
	{ "px /a -> b,", "  /a px -> b,\n" },
	{ "l subset /a -> /b,", "  l subset /a -> /b,\n" },
	{ "safe px /a,", "  safe px /a,\n" },
	{ "r # c\n/a,", "  r # c\n      /a,\n" },
	{ "r /a # c\n,", "  /a r, # c\n" },
	{ "/a krlwm,", "  /a mrwkl,\n" },
	{ "/a rr,", "  /a rr,\n" },
	{ "/a Pxr,", "  /a rPx,\n" },
	{ "/a pxpxr,", "  /a pxpxr,\n" },
	{ "deny /a xw,", "  deny /a wx,\n" },
	{ "/a r,/b,c r ,", "  /a r,\n  /b,c r,\n" },
	{ "/a\\ b\\  r,", "  /a\\ b\\  r,\n" },
	{ "signal(send)set=(hup,int)peer=a,", "  signal (send) set=(hup, int) peer=a,\n" },
	{ "unix peer=(addr=none,label=a),", "  unix peer=(addr=none, label=a),\n" },
	{ "dbus send\nbus = a\n\tpath=/b,", "  dbus send\n       bus=a\n       path=/b,\n" },
	{ "capability\nchown\nkill,", "  capability chown\n             kill,\n" },
	{ "mount options in(ro,exec)/a->/b,", "  mount options in (ro, exec) /a->/b,\n" },
	{ "set rlimit nice<=-5,", "  set rlimit nice <= -5,\n" },
	{ "$R=#c\ntrue", "${R}= #c\n    true\n" },
	{ "/a\\\nr,", "  /a\\\n      r,\n" },
	{ "profile a\\\n{ }", "profile a\\\n    {\n}\n" },
	{ "profile a\\  { }", "profile a\\  {\n}\n" },
	{ "profile a flags=#c\n(audit) { }", "profile a flags= #c\n    (audit) {\n}\n" },
	{ "dbus peer=#c\n(name=a),", "  dbus peer= #c\n       (name=a),\n" },
	{ "signal peer=#c,", "  signal peer=#c,\n" },
	{ "audit{/a r,}", "  audit {\n    /a r,\n  }\n" },
	{ "if {a,b}=={a,b} { }", "  if {a,b} == {a,b} {\n  }\n" },
};

static void there_is_one_style(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(styles); i++) {
		AUTO_FREE char *out = format(styles[i].text, strlen(styles[i].text));
		AUTO_FREE char *again = format(out, strlen(out));

		assert_string_equal(out, styles[i].want);
		assert_string_equal(again, out);
	}
}

static void long_lines_are_broken_and_stay_so(void **state)
{
	AUTO_BUF struct yr_buf text = { 0 };
	AUTO_FREE char *out = NULL, *again = NULL;

	(void)state;
	yr_buf_puts(&text, "@{A}=");
	for (int i = 0; i < 40; i++)
		yr_buf_puts(&text, "/some/value ");
	yr_buf_puts(&text, "\nprofile a {\n  signal set=(");
	for (int i = 0; i < 33; i++)
		yr_buf_printf(&text, "rtmin+%d ", i);
	yr_buf_puts(&text, "),\n}\n");
	out = format(text.data, text.len);
	for (const char *line = out; *line; line = strchr(line, '\n') + 1)
		assert_in_range(strchr(line, '\n') - line, 0, 102); /* " \" may stand behind 100 */
	again = format(out, strlen(out));
	assert_string_equal(again, out);
}

static void mistakes_are_told_and_nothing_comes_out(void **state)
{
	static const char *const bad[] = {
		"profile a { capability chwon, }", "/a", "}", "profile a {", "\"", "if { }",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct yr_diags *diags = yr_diags_new();
		struct yr_err err = { 0 };
		char *out = NULL;
		size_t n;

		assert_int_equal(yr_format_text("t", bad[i], strlen(bad[i]), diags, &out, &n, &err),
				 -EBADMSG);
		assert_in_range(yr_diags_errors(diags), 1, 9);
		assert_null(out);
		yr_diags_free(diags);
	}
}

/* Deep blocks make long lines of blanks: more than what could be read again is refused. */
static void what_would_grow_too_large_is_refused(void **state)
{
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	char *out = NULL;
	size_t n;

	(void)state;
	for (int i = 0; i < 250; i++)
		yr_buf_puts(&text, "deny{");
	for (int i = 0; i < 30000; i++)
		yr_buf_puts(&text, "/a r,\n");
	for (int i = 0; i < 250; i++)
		yr_buf_puts(&text, " }");
	assert_int_equal(yr_format_text("t", text.data, text.len, diags, &out, &n, &err), -EFBIG);
	assert_non_null(strstr(err.msg, "8 MiB"));
	assert_null(out);
	yr_diags_free(diags);
}

static bool same(const char *a, const char *b, bool in_profile)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	const char *const texts[] = { a, b };
	struct yr_stmts stmts[2];

	for (size_t i = 0; i < 2; i++) {
		struct yr_parser p = { .arena = &arena,
				       .diags = diags,
				       .in_profile = in_profile,
				       .src = yr_source_new(&arena, "t", yr_str_of(texts[i])) };

		assert_non_null(p.src);
		assert_int_equal(yr_parse(&p, &stmts[i]), 0);
	}
	if (yr_diags_errors(diags))
		fail_msg("'%s' or '%s': %s", a, b, yr_diags_get(diags, 0)->text);
	yr_diags_free(diags);
	return yr_same_tree(&stmts[0], &stmts[1]);
}

/* Pairs that mean two things, one for each member of the tree. */
static const struct {
	const char *a, *b;
} others[] = {
	{ "/a r,", "/b r," },
	{ "/a r,", "/a w," },
	{ "/a r,", "audit /a r," },
	{ "/a r,", "allow /a r," },
	{ "/a r,", "deny /a r," },
	{ "/a r,", "owner /a r," },
	{ "/a r,", "priority=1 /a r," },
	{ "/a r,", "priority=0 /a r," },
	{ "/a r,", "/a r, /a r," },
	{ "/a r,", "" },
	{ "/a px,", "/a Px," },
	{ "/a px,", "/a cx," },
	{ "/a px,", "/a pix," },
	{ "/a px,", "/a pux," },
	{ "/a px,", "/a px -> b," },
	{ "/a px -> b,", "/a px -> c," },
	{ "link /a -> /b,", "link /b -> /b," },
	{ "link /a -> /b,", "link /a -> /a," },
	{ "link /a -> /b,", "link subset /a -> /b," },
	{ "capability,", "capability chown," },
	{ "capability kill,", "capability chown," },
	{ "change_profile /a -> b,", "change_profile /b -> b," },
	{ "change_profile /a -> b,", "change_profile /a -> c," },
	{ "change_profile /a -> b,", "change_profile safe /a -> b," },
	{ "change_profile safe /a -> b,", "change_profile unsafe /a -> b," },
	{ "network inet stream,", "network inet6 stream," },
	{ "network inet stream,", "network inet dgram," },
	{ "network inet stream,", "network inet tcp," },
	{ "network send inet,", "network receive inet," },
	{ "network inet ip=1.1.1.1,", "network inet ip=1.1.1.2," },
	{ "network inet peer=(label=a),", "network inet peer=(label:=a)," },
	{ "unix send,", "unix receive," },
	{ "unix type=stream,", "unix type=dgram," },
	{ "unix peer=(label=a),", "unix peer=(label=b)," },
	{ "dbus bus=a,", "dbus path=a," },
	{ "dbus bus=a,", "dbus bus=a path=b," },
	{ "ptrace read,", "ptrace trace," },
	{ "ptrace peer=a,", "ptrace peer=b," },
	{ "ptrace,", "userns," },
	{ "signal send,", "signal receive," },
	{ "signal set=hup,", "signal set=int," },
	{ "signal set=rtmin+1,", "signal set=rtmin+2," },
	{ "mount /a -> /b,", "mount /c -> /b," },
	{ "mount /a -> /b,", "mount /a -> /c," },
	{ "mount /a -> /b,", "mount detached -> /b," },
	{ "mount options=ro /a,", "mount options in (ro) /a," },
	{ "mount options=ro /a,", "mount options=rw /a," },
	{ "remount /a,", "umount /a," },
	{ "mqueue read /a,", "mqueue write /a," },
	{ "mqueue /a,", "mqueue /b," },
	{ "pivot_root /a,", "pivot_root /b," },
	{ "pivot_root oldroot=/a /b,", "pivot_root oldroot=/b /b," },
	{ "pivot_root /a -> b,", "pivot_root /a -> c," },
	{ "set rlimit cpu <= 1,", "set rlimit cpu <= 2," },
	{ "set rlimit as <= 1,", "set rlimit data <= 1," },
	{ "io_uring sqpoll,", "io_uring override_creds," },
	{ "audit { /a r, }", "deny { /a r, }" },
	{ "audit { /a r, }", "audit { /b r, }" },
	{ "if $a { }", "if $b { }" },
	{ "if $a { }", "if not $a { }" },
	{ "if $a { }", "if $a { } else { /a r, }" },
	{ "if $a { /a r, }", "if $a { /b r, }" },
	{ "if $a and $b { }", "if $a or $b { }" },
	{ "if a == b { }", "if a != b { }" },
	{ "if a == b { }", "if c == b { }" },
	{ "if a == b { }", "if a == c { }" },
	{ "if defined @{a} { }", "if defined @{b} { }" },
	{ "include <a>", "include \"a\"" },
	{ "include <a>", "include <b>" },
	{ "include <a>", "include if exists <a>" },
	{ "abi <a>,", "abi <b>," },
	{ "abi <a>,", "abi \"a\"," },
	{ "hat a { }", "profile a { }" },
	{ "profile a { }", "profile b { }" },
	{ "profile a { }", "profile a /a { }" },
	{ "profile a { }", "profile a { /a r, }" },
	{ "profile a xattrs=(b=c) { }", "profile a xattrs=(b=d) { }" },
	{ "profile a { }", "profile a + identities=(b) { }" },
	{ "profile a { }", "profile a flags=(complain) { }" },
	{ "profile a { }", "profile a flags=(audit) { }" },
	{ "profile a { }", "profile a flags=(debug) { }" },
	{ "profile a { }", "profile a flags=(attach_disconnected) { }" },
	{ "profile a { }", "profile a flags=(attach_disconnected.ipc) { }" },
	{ "profile a flags=(attach_disconnected) { }",
	  "profile a flags=(attach_disconnected.path=/b) { }" },
	{ "profile a flags=(attach_disconnected.ipc=/a) { }",
	  "profile a flags=(attach_disconnected.ipc=/b) { }" },
	{ "profile a { }", "profile a flags=(chroot_relative) { }" },
	{ "profile a { }", "profile a flags=(namespace_relative) { }" },
	{ "profile a { }", "profile a flags=(mediate_deleted) { }" },
	{ "profile a { }", "profile a flags=(chroot_attach) { }" },
	{ "profile a { }", "profile a flags=(interruptible) { }" },
	{ "profile a flags=(kill.signal=hup) { }", "profile a flags=(kill.signal=int) { }" },
	{ "profile a flags=(error=EPERM) { }", "profile a flags=(error=EACCES) { }" },
};

static const struct {
	const char *a, *b;
} other_files[] = {
	{ "alias /a -> /b,", "alias /c -> /b," },
	{ "alias /a -> /b,", "alias /a -> /c," },
	{ "@{A}=a", "@{B}=a" },
	{ "@{A}=a", "@{A}=b" },
	{ "@{A}=a", "@{A}=a a" },
	{ "@{A}=a", "@{A}+=a" },
	{ "@{A}=true", "${A}=true" },
	{ "${A}=true", "${A}=false" },
	{ "/a { }", "profile /a { }" },
};

static void trees_that_differ_are_not_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		assert_true(same(others[i].a, others[i].a, true));
		if (same(others[i].a, others[i].b, true))
			fail_msg("'%s' is '%s'", others[i].a, others[i].b);
	}
	for (size_t i = 0; i < ARRAY_LEN(other_files); i++) {
		assert_true(same(other_files[i].b, other_files[i].b, false));
		if (same(other_files[i].a, other_files[i].b, false))
			fail_msg("'%s' is '%s'", other_files[i].a, other_files[i].b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_one_style),
		cmocka_unit_test(long_lines_are_broken_and_stay_so),
		cmocka_unit_test(mistakes_are_told_and_nothing_comes_out),
		cmocka_unit_test(what_would_grow_too_large_is_refused),
		cmocka_unit_test(trees_that_differ_are_not_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
