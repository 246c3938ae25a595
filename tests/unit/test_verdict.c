/* SPDX-License-Identifier: Apache-2.0 */
/* Policy in, findings about its meaning out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "verdict/asked.h"
#include "verdict/verdict.h"

static struct yr_features *everything;

static int set_up(void **state)
{
	AUTO_FREE char *path = NULL;
	AUTO_FCLOSE FILE *in = NULL;
	struct yr_err err = { 0 };
	char text[1 << 16];

	(void)state;
	if (asprintf(&path, "%s/everything", getenv("YOROI_FEATURES")) < 0 ||
	    !(in = fopen(path, "r")))
		return -1;
	return yr_features_parse("everything", text, fread(text, 1, sizeof(text), in), &everything,
				 &err);
}

static int tear_down(void **state)
{
	(void)state;
	everything = yr_features_free(everything);
	return 0;
}

static struct yr_unit *read_text(struct yr_arena *arena, const char *name, const char *text,
				 struct yr_diags *diags)
{
	struct yr_lang_options opt = { 0 };
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };

	assert_int_equal(yr_lang_read_text(arena, name, yr_str_of(text), &opt, diags, &unit, &err),
			 0);
	return unit;
}

static struct yr_lint_file *lint(const char *name, const char *text, enum yr_containers containers,
				 struct yr_diags *diags)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_lint_options opt = {
		.policy = { .kernel = everything, .override_abi = everything },
		.containers = containers,
	};
	struct yr_lint_file *file = NULL;
	struct yr_err err = { 0 };
	int r = yr_lint(read_text(&arena, name, text, diags), &opt, diags, &file, &err);

	if (r)
		fail_msg("%s", err.msg);
	return file;
}

/* "NAME LINE:COL, LINE of its notes; ..." */
static void summarise(const struct yr_diags *diags, struct yr_buf *b)
{
	for (size_t i = 0; i < yr_diags_count(diags); i++) {
		const struct yr_diag *d = yr_diags_get(diags, i);

		if (d->severity == YR_NOTE)
			yr_buf_printf(b, " <%u", d->line);
		else
			yr_buf_printf(b, "%s%s %u", b->len ? "; " : "", d->name, d->line);
	}
	yr_buf_puts(b, "");
}

static void expect(const struct yr_diags *diags, const char *policy, const char *wanted)
{
	AUTO_BUF struct yr_buf got = { 0 };

	summarise(diags, &got);
	if (strcmp(got.data, wanted)) {
		for (size_t i = 0; i < yr_diags_count(diags); i++)
			yr_diag_print(stderr, yr_diags_get(diags, i), false);
		fail_msg("%s\n  wanted: %s\n  got:    %s", policy, wanted, got.data);
	}
}

/* One rule a line; the profile's head is line 1. */
static const struct {
	const char *rules, *found;
} rule_cases[] = {
	{ "/a r,", "" },
	{ "deny /tmp/** w,\n/tmp/x w,", "never-applies 3 <2" },
	{ "/tmp/x w,\ndeny /tmp/** w,", "never-applies 2 <3" },
	{ "deny /tmp/** w,\n/tmp/x rw,", "never-applies 3 <2" },
	{ "deny owner /a w,\n/a w,", "" },
	{ "deny owner /a w,\nowner /a w,", "never-applies 3 <2" },
	{ "deny /a w,\ndeny /b w,\n/{a,b} w,", "never-applies 4 <2 <3" },
	{ "deny /a w,\npriority=1 /a w,", "never-applies 2 <3" },
	{ "deny /a x,\n/a ix,", "never-applies 3 <2" }, /* m is alive, x is not */
	{ "/etc/passwd r,\n/etc/* r,", "redundant 2 <3" },
	{ "/a r,\n/a r,", "redundant 3 <2" },
	{ "/a r,\n/a r,\n/a r,", "redundant 3 <2; redundant 4 <2" },
	{ "/a r,\n/b r,\n/{a,b} r,", "redundant 4 <2 <3" },
	{ "/a r,\n/a w,\n/a rw,", "redundant 4 <2 <3" },
	{ "/a r,\nowner /a r,", "redundant 3 <2" },
	{ "owner /a r,\n/a r,", "redundant 2 <3" },
	{ "owner /a r,\nother /a r,\n/a r,", "redundant 4 <2 <3" },
	{ "audit /a r,\n/a r,", "redundant 3 <2" },
	{ "/a r,\naudit /a r,", "redundant 2 <3" },
	{ "/** r,\naudit /a r,", "" },
	{ "priority=1 /a r,\naudit /a r,", "redundant 3 <2" },
	{ "priority=1 /a r,\ndeny /a r,", "never-applies 3 <2" },
	{ "/** ix,\n/a px,", "" },
	{ "/** ix,\n/a ix,", "redundant 3 <2" },
	{ "/a ix,\n/a m,", "redundant 3 <2" },
	{ "/a w,\n/a a,", "redundant 3 <2" },
	{ "file,\n/a rwklm,", "redundant 3 <2" },
	{ "deny /nowhere w,", "silent-deny 2" },
	{ "audit deny /nowhere w,", "" },
	{ "/nowhere w,\ndeny /nowhere w,", "never-applies 2 <3" },
	{ "/** w,\ndeny /nowhere w,", "" },
	{ "deny /a w,\ndeny /** w,", "redundant 2 <3; silent-deny 3" },
	{ "capability chown,\ncapability chown kill,", "redundant 2 <3" },
	{ "capability chown kill,\ndeny capability kill,", "never-applies 2 <3" },
	{ "capability kill,\ndeny capability kill,", "never-applies 2 <3" },
	{ "capability,\ndeny capability kill,", "" },
	{ "deny capability kill,", "silent-deny 2" },
	{ "network inet stream,\nnetwork inet,", "redundant 2 <3" },
	{ "network inet stream,\nnetwork inet6 stream,", "" },
	{ "unix send type=stream,\nunix type=stream,", "redundant 2 <3" },
	{ "signal send peer=a,\nsignal peer=a,", "redundant 2 <3" },
	{ "signal peer=a,\ndeny signal send,", "never-applies 2 <3" },
	{ "ptrace read peer=a,\nptrace peer=b,", "" },
	{ "dbus send bus=system path=/a,\ndbus send bus=system,", "redundant 2 <3" },
	{ "mqueue r /a,\nmqueue,", "redundant 2 <3" },
	{ "mount fstype=proc /a -> /b,\nmount,", "redundant 2 <3" },
	{ "set rlimit nofile <= 5,\nset rlimit nofile <= 6,", "never-applies 2 <3" },
	{ "set rlimit nofile <= 5,\nset rlimit nofile <= 5,", "redundant 3 <2" },
	{ "change_profile -> a,\nchange_profile -> {a,b},", "redundant 2 <3" },
	{ "change_profile -> a,\nchange_profile -> b,", "" },
	{ "/a wl -> /b,\n/a l -> /b,", "redundant 3 <2" },
	{ "/a/x[^b]c r,", "class-slash 2" },
	{ "/a/[^b]c r,", "" },   /* behind a slash it meets none */
	{ "/a/x[^/b]c r,", "" }, /* named */
	{ "\"/a/x[!-~]\" r,", "class-slash 2" },
	{ "/a/x[a-c] r,", "" },
	{ "/a/x[^b]** r,", "class-slash 2" },
	{ "/a/x{[^b],/}c r,", "" }, /* nothing more than what is written */
};

static void rules_that_change_nothing_are_found(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rule_cases); i++) {
		struct yr_diags *diags = yr_diags_new();
		AUTO_BUF struct yr_buf text = { 0 };

		yr_buf_printf(&text, "profile t /t {\n%s\n}\n", rule_cases[i].rules);
		yr_lint_file_free(lint("t", text.data, YR_CONTAINERS_BY_NAME, diags));
		expect(diags, text.data, rule_cases[i].found);
		yr_diags_free(diags);
	}
}

static const struct {
	const char *policy, *found;
	enum yr_containers containers;
} profile_cases[] = {
	/* Complain mode enforces denials, and unconfined allows without rules. */
	{ "profile t /t flags=(complain) {\ndeny /nowhere w,\n}", "", 0 },
	{ "profile t /t flags=(unconfined) {\ndeny /nowhere w,\n}", "", 0 },
	/* Each profile for itself. */
	{ "profile t /t {\n/a r,\nprofile c {\n/a r,\n}\n}", "", 0 },
	{ "profile t /t {\n/a r,\nprofile c {\n/a r,\n/** r,\n}\n}", "redundant 4 <5", 0 },
	/* Containers are those without an attachment. */
	{ "profile t {\n/proc/sys/kernel/* w,\n}", "container 2; container 2; container 2", 0 },
	{ "profile t /t {\n/proc/sys/kernel/* w,\n}", "", 0 },
	{ "profile t /t {\n/proc/sysrq-trigger w,\n}", "container 2", YR_CONTAINERS_ALL },
	{ "profile t {\n/proc/** w,\ndeny /proc/s* w,\ndeny /proc/sys/{,**} w,\n}", "", 0 },
	{ "profile t {\n/proc/** r,\n}", "", 0 },
	{ "profile t {\n/proc/** r,\ncapability sys_rawio,\n}", "container 2", 0 },
	{ "profile t {\n/sys/fs/cgroup/** w,\n}", "", 0 },
	{ "profile t {\n/sys/fs/cgroup/** w,\ncapability sys_admin,\n}", "container 2", 0 },
	{ "profile t {\n/sys/fs/cgroup/** w,\ncapability sys_admin,\ndeny capability sys_admin,\n}",
	  "never-applies 3 <4", 0 },
	{ "profile t {\n/sys/fs/cgroup/** w,\ncapability sys_admin,\n"
	  "deny /sys/fs/cgroup/**/release_agent w,\ndeny /sys/fs/cgroup/release_agent w,\n}",
	  "", 0 },
	{ "profile t {\n/run/* rw,\n}", "container 2", 0 },
	{ "profile t {\n/bin/x ux,\n}", "container 2", 0 },
	{ "profile t {\n/bin/x pux,\n}", "container 2", 0 },
	{ "profile t {\n/bin/x px,\n}", "", 0 },
	{ "profile t {\nmount,\n}", "", 0 },
	{ "profile t {\nmount,\ncapability sys_admin,\n}", "container 2", 0 },
	{ "profile t {\nptrace peer=t,\ncapability sys_ptrace,\n}", "", 0 },
	{ "profile t {\nptrace,\ncapability sys_ptrace,\n}", "container 2", 0 },
	{ "profile t {\nchange_profile -> *,\n}", "container 2", 0 },
	{ "profile t {\nchange_profile -> t*,\n}", "", 0 },
	{ "profile t {\nuserns,\n}", "container 2", 0 },
};

static void profiles_are_judged_by_what_they_are(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(profile_cases); i++) {
		struct yr_diags *diags = yr_diags_new();

		yr_lint_file_free(
			lint("t", profile_cases[i].policy, profile_cases[i].containers, diags));
		expect(diags, profile_cases[i].policy, profile_cases[i].found);
		yr_diags_free(diags);
	}
}

static const struct {
	const char *a, *b; /* two files */
	bool whole;
	const char *known, *found;
} set_cases[] = {
	{ "profile a /a { }", "profile b /b { }", true, NULL, "" },
	{ "profile a /a { }", "\nprofile a /b { }", true, NULL, "duplicate 2 <1" },
	{ "profile a /a { profile c { } }", "\nprofile a /b { profile c { } }", true, NULL,
	  "duplicate 2 <1" },
	{ "profile a /a { /x px -> b, }", "profile b /b { }", true, NULL, "" },
	{ "profile a /a {\n/x px -> z, }", "profile b /b { }", true, NULL, "missing-target 2" },
	{ "profile a /a {\n/x px -> z, }", "profile b /b { }", true, "z", "" },
	{ "profile a /a {\n/x px -> z, }", "profile b /b { }", false, NULL, "" },
	{ "profile a /a {\n/x px -> b//z, }", "profile b /b { }", false, NULL, "missing-target 2" },
	{ "profile a /a {\n/x px -> b//z, }", "profile b /b { ^z { } }", false, NULL, "" },
	{ "profile a /a {\n/x cx -> z, }", "profile z /z { }", false, NULL, "missing-target 2" },
	{ "profile a /a {\n/x cx -> z,\nprofile z { } }", "", false, NULL, "" },
	{ "profile a /a {\n/x cx, }", "", false, NULL, "missing-target 2" },
	{ "profile a /a {\n/x cx,\nprofile /x { } }", "", false, NULL, "" },
	{ "profile a /a {\n/x px -> b//&z, }", "profile b /b { }", true, NULL, "missing-target 2" },
	{ "profile a /a {\nchange_profile -> z, }", "", true, NULL, "missing-target 2" },
	{ "profile a /a {\nchange_profile -> z*, }", "", true, NULL, "" },
	{ "profile a /a {\nchange_profile -> unconfined, }", "", true, NULL, "" },
	{ "profile a /a {\nchange_profile -> :n:z, }", "", true, NULL, "" },
	{ "profile :n:a /a {\n/x px -> b, }", "profile :n:b /b { }", true, NULL, "" },
	{ "profile :n:a /a {\n/x px -> b, }", "profile b /b { }", true, NULL, "missing-target 2" },
	{ "profile a /a {\nsignal peer=z, }", "", true, NULL, "" },
	{ "profile a /a {\nsignal peer=a//z, }", "", true, NULL, "missing-target 2" },
	{ "profile a /x/* { }", "\nprofile b /x/* { }", false, NULL, "attachment 2 <1" },
	{ "profile a /x/* { }", "profile b /x/y* { }", false, NULL, "attachment 1 <1" },
	{ "profile a /x/** { }", "profile b /x/yyy { }", false, NULL, "" },
	{ "profile a /x/{a,b} { }", "profile b /x/[bc] { }", false, NULL, "attachment 1 <1" },
	{ "profile a /x/{a,b} { }", "profile b /x/[cd] { }", false, NULL, "" },
	{ "profile a /x/{a,b} { }", "profile b /x/[bc] { }\nprofile /x/b { }", false, NULL, "" },
	{ "profile :n:a /x/* { }", "profile b /x/* { }", false, NULL, "" },
};

static void files_are_held_beside_each_other(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(set_cases); i++) {
		struct yr_diags *diags = yr_diags_new(), *own = yr_diags_new();
		struct yr_lint_file *files[] = {
			lint("a", set_cases[i].a, YR_CONTAINERS_BY_NAME, own),
			lint("b", set_cases[i].b, YR_CONTAINERS_BY_NAME, own),
		};
		const char *known[] = { set_cases[i].known, NULL };
		struct yr_err err = { 0 };

		assert_int_equal(yr_diags_errors(own), 0);
		assert_int_equal(yr_lint_set(files, ARRAY_LEN(files), set_cases[i].whole, known,
					     diags, &err),
				 0);
		expect(diags, set_cases[i].a, set_cases[i].found);
		yr_lint_file_free(files[0]);
		yr_lint_file_free(files[1]);
		yr_diags_free(own);
		yr_diags_free(diags);
	}
}

/* Both automata of one profile, beside each other. */
struct both {
	const struct yr_pdb *plain, *asked;
	size_t pairs;
};

static int compare(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct both *x = ctx;

	(void)p;
	x->pairs++;
	return memcmp(&x->plain->perms[x->plain->dfa->accept[a]],
		      &x->asked->perms[x->asked->dfa->accept[b]], sizeof(struct yr_state_perms))
		       ? 1
		       : 0;
}

static void keeping_the_rules_changes_no_permission(void **state)
{
	static const char text[] =
		"profile t /t {\n/** r,\nowner /a/** rw,\ndeny /a/b w,\n/bin/* ix,\n"
		"/bin/x px,\naudit /c r,\nlink /a/* -> /b/**,\nsignal peer=a*,\n"
		"deny signal send,\nnetwork inet,\nchange_profile -> x,\nall,\n}\n";
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = read_text(&arena, "t", text, diags);
	struct yr_policy_options opt = { .kernel = everything, .override_abi = everything };
	struct yr_policy *plain = NULL, *asked = NULL;
	struct yr_err err = { 0 };

	(void)state;
	assert_int_equal(yr_policy_compile(unit, &opt, diags, &plain, &err), 0);
	opt.per_rule = true;
	assert_int_equal(yr_policy_compile(unit, &opt, diags, &asked, &err), 0);
	assert_int_equal(yr_diags_errors(diags), 0);
	for (int side = 0; side < 2; side++) {
		struct both x = {
			side ? &plain->profiles[0].policydb : &plain->profiles[0].file,
			side ? &asked->profiles[0].policydb : &asked->profiles[0].file,
			0,
		};

		assert_null(x.plain->why);
		assert_non_null(x.asked->why);
		assert_int_equal(
			yr_product_walk(x.plain->dfa, 1, x.asked->dfa, 1, compare, &x, &err), 0);
		assert_true(x.pairs > 10);
	}
	yr_policy_free(plain);
	yr_policy_free(asked);
	yr_diags_free(diags);
}

/* The ground for whoever asks why: a state's tags, by rule and rank. */
static void a_state_knows_the_rules_that_meet_in_it(void **state)
{
	static const char text[] =
		"profile t /t {\n/a* r,\n/ab r,\ndeny /ab w,\npriority=5 /ab w,\n}\n";
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = read_text(&arena, "t", text, diags);
	struct yr_policy_options opt = { .kernel = everything, .per_rule = true };
	struct yr_policy *policy = NULL;
	struct yr_asked *a;
	struct yr_tag_list tags;
	struct yr_err err = { 0 };
	uint32_t set, n;
	int top;

	(void)state;
	assert_int_equal(yr_policy_compile(unit, &opt, diags, &policy, &err), 0);
	a = yr_asked_new(unit->profiles[0], &policy->profiles[0]);
	assert_non_null(a);
	set = policy->profiles[0]
		      .file.dfa->accept[yr_dfa_run(policy->profiles[0].file.dfa, 1, YR_STR("/ab"))];
	tags = yr_asked_tags(a, YR_SIDE_FILE, set);
	assert_int_equal(tags.n, 4);
	for (uint32_t i = 0; i < tags.n; i++)
		assert_in_range(yr_asked_tag(&tags, i)->by, 1, 4);
	assert_true(yr_asked_top(&tags, 1, YR_MAY_WRITE, NULL, &top));
	assert_int_equal(top, 5 * 4 + 1);
	assert_true(yr_asked_top(&tags, 1, YR_MAY_READ, NULL, &top));
	assert_int_equal(top, 1);
	assert_false(yr_asked_top(&tags, 1, YR_MAY_LOCK, NULL, &top));
	yr_asked_sets(a, YR_SIDE_FILE, 1, &n);
	assert_true(n >= 2); /* "/ab", and what else begins with "/a" */
	assert_ptr_equal(yr_asked_rule(a, 2), unit->profiles[0]->rules[1]);
	assert_null(yr_asked_rule(a, 0));
	yr_asked_free(a);
	yr_policy_free(policy);
	yr_diags_free(diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules_that_change_nothing_are_found),
		cmocka_unit_test(profiles_are_judged_by_what_they_are),
		cmocka_unit_test(files_are_held_beside_each_other),
		cmocka_unit_test(keeping_the_rules_changes_no_permission),
		cmocka_unit_test(a_state_knows_the_rules_that_meet_in_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
