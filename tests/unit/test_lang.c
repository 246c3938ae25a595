/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "lang/lang.h"
#include "lang/words.h"

/* One reading of a text, and all that came of it. */
struct reading {
	struct yr_arena arena;
	struct yr_diags *diags;
	struct yr_unit *unit;
	struct yr_err err;
};

static int read_among(struct reading *r, const char *text, size_t len, const char *dir,
		      struct yr_includes *includes)
{
	const char *const dirs[] = { dir, NULL };
	const struct yr_lang_options opt = { .include_dirs = dirs,
					     .relative_dir = dir,
					     .includes = includes };

	*r = (struct reading){ .diags = yr_diags_new() };
	assert_non_null(r->diags);
	yr_diags_set_warning(r->diags, "pound-include", YR_WARN_HIDE);
	return yr_lang_read_text(&r->arena, "t.aa", (struct yr_str){ text, len }, &opt, r->diags,
				 &r->unit, &r->err);
}

static int read_with(struct reading *r, const char *text, size_t len, const char *dir)
{
	return read_among(r, text, len, dir, NULL);
}

static void read_text(struct reading *r, const char *text)
{
	assert_int_equal(read_with(r, text, strlen(text), NULL), 0);
	assert_non_null(r->unit);
}

static void done(struct reading *r)
{
	yr_diags_free(r->diags);
	yr_arena_done(&r->arena);
}

/* "LINE:COL text" of one finding. */
static const char *describe(const struct reading *r, size_t i)
{
	static char z[400];
	const struct yr_diag *d = yr_diags_get(r->diags, i);

	if (!d)
		return NULL;
	snprintf(z, sizeof(z), "%u:%u %s", d->line, d->col, d->text);
	return z;
}

static void assert_no_errors(const struct reading *r)
{
	if (yr_diags_errors(r->diags))
		fail_msg("%s", describe(r, 0));
}

static void assert_text(struct yr_str s, const char *z)
{
	if (!yr_str_is(s, z))
		fail_msg("'%.*s' is not '%s'", YR_STR_ARG(s), z);
}

/* The only rule of the only profile. */
static const struct yr_rule *only_rule(struct reading *r)
{
	assert_no_errors(r);
	assert_int_equal(r->unit->n_profiles, 1);
	assert_int_equal(r->unit->profiles[0]->n_rules, 1);
	return r->unit->profiles[0]->rules[0];
}

static void every_word_table_is_sorted(void **state)
{
	const struct yr_name_table *const all[] = {
		&yr_capability_names, &yr_family_names, &yr_socktype_names, &yr_protocol_names,
		&yr_signal_names,     &yr_rlimit_names, &yr_errno_names,    &yr_access_names,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++)
		for (size_t k = 0; k < all[i]->n; k++) {
			if (k)
				assert_true(strcmp(all[i]->at[k - 1].name, all[i]->at[k].name) < 0);
			assert_int_equal(yr_name_find(all[i], yr_str_of(all[i]->at[k].name)),
					 all[i]->at[k].value);
		}
	assert_int_equal(yr_name_find(&yr_capability_names, YR_STR("checkpoint_restore")), 40);
	assert_int_equal(yr_name_find(&yr_family_names, YR_STR("inet6")), AF_INET6);
	assert_int_equal(yr_signal_number(YR_STR("rtmin+32")), 160);
	assert_int_equal(yr_signal_number(YR_STR("rtmin+33")), -1);
}

static void words_end_where_upstream_ends_them(void **state)
{
	static const struct {
		const char *written, *text; /* text NULL: refused */
	} cases[] = {
		{ "/a", "/a" },
		{ "/a,b", "/a,b" },
		{ "/{a,b}{,c}", "/{a,b}{,c}" },
		{ "/a(b)=c#d", "/a(b)=c#d" },
		{ "\"/a b\"", "/a b" },
		{ "\"/a\\\"b\"", "/a\"b" },
		{ "/a\\ b", "/a b" },
		{ "/a\\,b", "/a\\,b" },
		{ "/a\\tb", "/a\tb" },
		{ "/a\\141\\x62\\d099", "/aabc" },
		{ "/a\\052", "/a\\*" },
		{ "/a\\400b", "/a 0b" },
		{ "/a\\x200b", "/a 0b" },
		{ "/a\\qb", "/aqb" },
		{ "/a\\\\b", "/a\\\\b" },
		{ "/a\\{b", "/a\\{b" },
		{ "/a\\@{b}", "/a\\@{b}" },
		{ "/a\"b\"", NULL },
		{ "\"/a", NULL },
		{ "/a!b", NULL },
		{ "/a,,b", NULL },
		{ "*/a", NULL },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reading r;

		snprintf(text, sizeof(text), "/p { %s r, }", cases[i].written);
		read_text(&r, text);
		if (cases[i].text)
			assert_text(only_rule(&r)->u.file.path.text, cases[i].text);
		else if (!yr_diags_errors(r.diags))
			fail_msg("%s was taken", cases[i].written);
		done(&r);
	}
}

static void a_mistake_is_reported_where_it_is(void **state)
{
	static const struct {
		const char *text, *finding;
	} cases[] = {
		{ "/p {\n  capability chwon,\n}",
		  "2:14 no capability is called 'chwon'; did you mean 'chown'?" },
		{ "/p {\n  /a r\n  /b w,\n}", "2:7 ',' is missing after this rule" },
		{ "/p {\n  /a r # c\n}", "2:7 ',' is missing after this rule" },
		{ "/p { /a r /b w, }", "1:10 ',' is missing after this rule" },
		{ "/p { capabilty chown, }",
		  "1:6 no rule begins with 'capabilty'; did you mean 'capability'?" },
		{ "/p { owner audit /a r, }", "1:12 'audit' must stand before 'owner'" },
		{ "/p { deny allow /a r, }", "1:11 'allow' contradicts 'deny' before it" },
		{ "/p { audit audit /a r, }", "1:12 'audit' is written twice" },
		{ "/p { owner capability, }",
		  "1:6 owner or other means nothing on a capability rule" },
		{ "/p { /a rwa, }", "1:9 'rwa': 'w' contains 'a': write one of them" },
		{ "/p { /a pxux, }",
		  "1:9 'pxux': two different ways to execute; choose one of them, "
		  "or write two rules for different programs" },
		{ "/p { /a rz, }", "1:9 'rz' are not file permissions: there is no 'z'; they are r "
				   "w a l k m, and to execute ix px cx ux pix cix pux cux" },
		{ "/p { signal set=(hup huh), }",
		  "1:22 no signal is called 'huh'; did you mean 'hup'?" },
		{ "/p { mount options=(ro, nosiud) /a, }",
		  "1:25 no mount option is called 'nosiud'; did you mean 'nosuid'?" },
		{ "/p { mount options=(rw,ro) /a, }",
		  "1:24 the mount option 'ro' contradicts one before it" },
		{ "/p { dbus send name=x, }",
		  "1:16 'name=' names a service and cannot narrow 'send' or "
		  "'receive'; peer=(name=...) can" },
		{ "/p { dbus send labl=x, }",
		  "1:16 a dbus rule has no condition 'labl'; it has bus, "
		  "interface, member, name and path" },
		{ "/p { network ip=1.2.3, }",
		  "1:17 '1.2.3' is not an IPv4 or IPv6 address or 'none'" },
		{ "/p { set rlimit nofile <= 1K, }",
		  "1:27 this limit is a plain number, without a unit" },
		{ "/p { set rlimit nofiles <= 1, }",
		  "1:17 no resource limit is called 'nofiles'; did you mean 'nofile'?" },
		{ "/p flags=(complian) { }",
		  "1:11 no profile flag is called 'complian'; did you mean 'complain'?" },
		{ "/p flags=(kill enforce) { }",
		  "1:16 the flag 'enforce' contradicts 'kill' before it" },
		{ "/p{ }", "1:3 a space is missing before '{'" },
		{ "profile p x { }", "1:11 expected '{', or an attachment that begins with '/' or "
				     "a variable, not 'x'" },
		{ "/p { }\n/p { }", "2:1 there is another profile called '/p'" },
		{ "/p {\n ^h { }\n}\n}", "4:1 this '}' closes nothing" },
		{ "/p {\n ^h {\n}", "2:5 this '{' is never closed, going by the indentation" },
		{ "capability,", "1:1 rules stand inside the braces of a profile, not outside" },
		{ "@{A} = b c,\n/p { }", NULL },
		{ "@{A} = b\n@{A} = c\n",
		  "2:1 @{A} is defined already; '+=' adds to it, ':=' replaces it" },
		{ "@{A} += b\n", "1:1 @{A} is not defined yet, so nothing can be added to it" },
		{ "@{HOME} = /h\n/p { @{HOMES}/x r, }",
		  "2:6 @{HOMES} is not defined; did you mean @{HOME}?" },
		{ "@{A} = @{B}\n@{B} = @{A}\n/p { @{A} r, }",
		  "3:6 @{A} is defined through itself" },
		{ "/p { if $NO { } }", "1:9 ${NO} is not defined" },
		{ "/p { if a { } }",
		  "1:9 'a' is neither true nor false; compare it with something, as in 'a == b'" },
		{ "/p { if 1 < a { } }", "1:13 a number can only be compared with a number" },
		{ "/p { include <x> }", "1:15 there is no file 'x'" },
		{ "/p { } @{A} = b\n", "1:8 an assignment must stand before the first profile" },
		{ ":n { }", "1:1 a namespace is written ':NAMESPACE:' before the name" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reading r;

		read_text(&r, cases[i].text);
		assert_true(yr_diags_errors(r.diags) > 0);
		if (cases[i].finding)
			assert_string_equal(describe(&r, 0), cases[i].finding);
		done(&r);
	}
}

static void ten_mistakes_make_ten_findings(void **state)
{
	static const char text[] = "abi 1 2,\n" /* 1 */
				   "/p {\n"
				   "  capability chwon,\n"             /* 3 */
				   "  /a rq,\n"                        /* 4 */
				   "  /b r\n"                          /* 5 */
				   "  netwrok inet,\n"                 /* 6 */
				   "  signal set=huh,\n"               /* 7 */
				   "  deny /c px,\n"                   /* 8 */
				   "  dbus bind path=/x,\n"            /* 9 */
				   "  ^h flags=(complian) { /d z, }\n" /* 10, 10 */
				   "  /e r,\n"
				   "}\n";
	static const unsigned lines[] = { 1, 3, 4, 5, 6, 7, 8, 9, 10, 10 };
	struct reading r;

	(void)state;
	read_text(&r, text);
	for (size_t i = 0; i < ARRAY_LEN(lines) && i < yr_diags_count(r.diags); i++)
		assert_int_equal(yr_diags_get(r.diags, i)->line, lines[i]);
	assert_int_equal(yr_diags_errors(r.diags), ARRAY_LEN(lines));
	done(&r);
}

static void permissions_mean_what_their_letters_say(void **state)
{
	static const struct {
		const char *rule;
		uint32_t perms;
		struct yr_exec exec;
	} cases[] = {
		{ "/a r,", YR_MAY_READ, { 0 } },
		{ "/a rwklm,",
		  YR_MAY_READ | YR_MAY_WRITE | YR_MAY_LOCK | YR_MAY_LINK | YR_MAY_MMAP,
		  { 0 } },
		{ "a /a,", YR_MAY_APPEND, { 0 } },
		{ "/a ix,", YR_MAY_EXEC, { YR_EXEC_NONE, true, false, false } },
		{ "unsafe /a ix,", YR_MAY_EXEC, { YR_EXEC_NONE, true, false, true } },
		{ "/a px,", YR_MAY_EXEC, { YR_EXEC_PROFILE, false, false, true } },
		{ "/a Px,", YR_MAY_EXEC, { YR_EXEC_PROFILE, false, false, false } },
		{ "safe /a px,", YR_MAY_EXEC, { YR_EXEC_PROFILE, false, false, false } },
		{ "/a rCix,", YR_MAY_EXEC | YR_MAY_READ, { YR_EXEC_CHILD, true, false, false } },
		{ "/a pUx,", YR_MAY_EXEC, { YR_EXEC_PROFILE, false, true, true } },
		{ "/a Ux,", YR_MAY_EXEC, { YR_EXEC_UNCONFINED, false, false, false } },
		{ "deny /a x,", YR_MAY_EXEC, { 0 } },
		{ "file,",
		  YR_MAY_READ | YR_MAY_WRITE | YR_MAY_LINK | YR_MAY_LOCK | YR_MAY_MMAP |
			  YR_MAY_EXEC,
		  { YR_EXEC_NONE, true, false, false } },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct yr_rule *rule;
		struct reading r;

		snprintf(text, sizeof(text), "/p { %s }", cases[i].rule);
		read_text(&r, text);
		rule = only_rule(&r);
		assert_int_equal(rule->kind, YR_RULE_FILE);
		assert_int_equal(rule->u.file.perms, cases[i].perms);
		assert_int_equal(rule->u.file.exec.kind, cases[i].exec.kind);
		assert_int_equal(rule->u.file.exec.inherit, cases[i].exec.inherit);
		assert_int_equal(rule->u.file.exec.fallback_unconfined,
				 cases[i].exec.fallback_unconfined);
		assert_int_equal(rule->u.file.exec.unsafe, cases[i].exec.unsafe);
		done(&r);
	}
}

static void a_link_target_makes_a_rule_of_its_own(void **state)
{
	const struct yr_profile *p;
	struct reading r;

	(void)state;
	read_text(&r, "/p { /a rl -> /b, l /c -> /d, link subset /e -> /f, /g lpx -> h, }");
	assert_no_errors(&r);
	p = r.unit->profiles[0];
	assert_int_equal(p->n_rules, 5);
	assert_int_equal(p->rules[0]->kind, YR_RULE_FILE);
	assert_int_equal(p->rules[0]->u.file.perms, YR_MAY_READ);
	assert_int_equal(p->rules[1]->kind, YR_RULE_LINK);
	assert_text(p->rules[1]->u.link.to.text, "/b");
	assert_text(p->rules[2]->u.link.from.text, "/c");
	assert_true(p->rules[3]->u.link.subset);
	assert_int_equal(p->rules[4]->u.file.perms, YR_MAY_LINK | YR_MAY_EXEC);
	assert_text(p->rules[4]->u.file.target.text, "h");
	done(&r);
}

static void limits_come_in_the_kernels_units(void **state)
{
	static const struct {
		const char *rule;
		int resource;
		uint64_t value; /* UINT64_MAX - 1: refused */
	} cases[] = {
		{ "nofile <= 10", RLIMIT_NOFILE, 10 },
		{ "as <= 2KB", RLIMIT_AS, 2048 },
		{ "as <= 3 G", RLIMIT_AS, UINT64_C(3) << 30 },
		{ "cpu <= 2 minutes", RLIMIT_CPU, 120 },
		{ "cpu <= 1500ms", RLIMIT_CPU, 1 },
		{ "cpu <= 1ms", 0, UINT64_MAX - 1 },
		{ "rttime <= 2s", RLIMIT_RTTIME, 2000000 },
		{ "rttime <= 7", RLIMIT_RTTIME, 7 },
		{ "nice <= 5", RLIMIT_NICE, 25 },
		{ "nice <= -20", RLIMIT_NICE, 0 },
		{ "nice <= 20", 0, UINT64_MAX - 1 },
		{ "core <= infinity", RLIMIT_CORE, UINT64_MAX },
		{ "as <= 99999999999999999999G", 0, UINT64_MAX - 1 },
		{ "as <= 1k", 0, UINT64_MAX - 1 },
	};
	char text[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reading r;

		snprintf(text, sizeof(text), "/p { set rlimit %s, }", cases[i].rule);
		read_text(&r, text);
		if (cases[i].value == UINT64_MAX - 1) {
			assert_int_equal(yr_diags_errors(r.diags), 1);
		} else {
			assert_int_equal(only_rule(&r)->u.rlimit.resource, cases[i].resource);
			assert_true(only_rule(&r)->u.rlimit.value == cases[i].value);
		}
		done(&r);
	}
}

static void conditions_are_decided_as_upstream_decides_them(void **state)
{
	static const struct {
		const char *test;
		bool truth;
	} cases[] = {
		{ "true", true },
		{ "$T and not $F", true },
		{ "$F or ($T and false)", false },
		{ "not $T or true", true },
		{ "not not $T", true },
		{ "defined @{SS} and not defined $SS", true },
		{ "defined @{profile_name}", false },
		{ "a == a", true },
		{ "10 == 0xa", false },
		{ "10 > 9", true },
		{ "0x10 >= 16", true },
		{ "b < a", false },
		{ "@{SS} == @{SR}", true },
		{ "@{SS} == /foo", false },
		{ "/foo in @{SS}", true },
		{ "@{SS} in /foo", false },
		{ "@{SS} < @{SB}", false },
		{ "@{SB} < @{SS}", true },
		{ "@{R} == /foo", false },
		{ "x in @{R}", true },
		{ "\"@{S}\" == /foo", true },
		{ "@{S}x == /foox", false },
		{ "@{E} == \"\"", true },
	};
	char text[400];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct reading r;

		snprintf(
			text, sizeof(text),
			"$T = true\n$F = false\n@{S} = /foo\n@{SS} = /foo /bar\n@{SR} = /bar /foo\n"
			"@{SB} = /foo /bar /baz\n@{R} = @{S} x\n@{E} = \"\"\n"
			"/p { if %s { /yes r, } else { /no r, } }",
			cases[i].test);
		read_text(&r, text);
		if (!yr_str_is(only_rule(&r)->u.file.path.text, cases[i].truth ? "/yes" : "/no"))
			fail_msg("%s", cases[i].test);
		done(&r);
	}
}

static void assert_expands(const char *preamble, const char *path, const char *wanted)
{
	AUTO_BUF struct yr_buf got = { 0 };
	const struct yr_rule *rule;
	struct yr_str *texts;
	struct reading r;
	char text[500];
	size_t n;

	snprintf(text, sizeof(text), "%s\nprofile a*b /x/{y,z} { %s r, }", preamble, path);
	read_text(&r, text);
	rule = only_rule(&r);
	assert_int_equal(yr_expand(&r.arena, r.unit->profiles[0]->scope, r.unit->aliases,
				   &rule->u.file.path, true, r.diags, &texts, &n),
			 0);
	for (size_t i = 0; i < n; i++)
		yr_buf_printf(&got, "%s%.*s", i ? " " : "", YR_STR_ARG(texts[i]));
	assert_string_equal(got.data, wanted);
	done(&r);
}

static void variables_become_alternations(void **state)
{
	(void)state;
	assert_expands("@{A} = x\n@{A} += x", "/@{A}", "/x");
	assert_expands("@{A} = y x\n@{B} = 1 2", "/@{A}/@{B}", "/{x,y}/{1,2}");
	assert_expands("@{A} = /x@{B}\n@{B} = 1 2", "@{A}", "{/x1,/x2}");
	assert_expands("@{A} = //x", "@{A}/y", "//x/y");
	assert_expands("@{A} = //x", "/@{A}///y", "/x/y");
	assert_expands("@{A} = x\n@{A} += \"y z\"", "/@{A}", "/{x,y z}");
	assert_expands("@{A} := x\n@{A} ?= y", "/@{A}", "/x");
	assert_expands("@{A} = x\n$B = true\n@{B} ?= y", "/@{A}", "/x");
	assert_expands("", "/@{profile_name}", "/a\\*b");
	assert_expands("", "@{attach_path}", "/x/{y,z}");
	assert_expands("@{A} = x", "/\\@{A}", "/\\@{A}");
	assert_expands("alias /b -> /c,\nalias /c -> /d,", "/b/x", "/b/x /c/x");
	assert_expands("alias /b/ -> /c//,\n@{B} = /b", "@{B}/x", "/b/x /c/x");
	assert_expands("alias /{x,y}/ -> /c/,\n@{A} = y x", "/@{A}/@{A}", "/{x,y}/{x,y} /c/{x,y}");
	assert_expands("alias /{x,y} -> /c/,\n@{A} = y x", "/@{A}/z", "/{x,y}/z /c/z");
	assert_expands("alias /a/b -> /1,\nalias /a -> /2,\nalias /a/b/c -> /3,\n"
		       "alias /a/b -> /4,\nalias /a/a -> /5,\nalias /b -> /6,",
		       "/a/b/d", "/a/b/d /1/d /2/b/d /4/d");
	assert_expands("alias /b -> /1,\nalias /a -> /2,", "/aa", "/aa /2a");
	assert_expands("alias /b -> /1,\nalias /ab -> /2,", "/a", "/a");
	assert_expands("@{A} = /y/ //x//", "/@{A}/@{A}z//", "/{x,y}/{x/,y/}z/");
}

/* The pieces of a rule's pattern; what is shared has its number before it. */
static void assert_pieces(const char *preamble, const char *paths[2], const char *wanted)
{
	AUTO_BUF struct yr_buf got = { 0 };
	const struct yr_profile *p;
	struct yr_pattern *patterns;
	struct reading r;
	char text[500];
	size_t n;

	snprintf(text, sizeof(text), "%s\nprofile p /x/{y,z} { %s r, %s r, }", preamble, paths[0],
		 paths[1]);
	read_text(&r, text);
	assert_no_errors(&r);
	p = r.unit->profiles[0];
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(yr_expand_patterns(&r.arena, p->scope, r.unit->aliases,
						    &p->rules[i]->u.file.path, true, r.diags,
						    &patterns, &n),
				 0);
		for (size_t k = 0; k < n; k++) {
			yr_buf_puts(&got, i || k ? " |" : "");
			for (size_t m = 0; m < patterns[k].n; m++) {
				const struct yr_segment *s = &patterns[k].at[m];

				yr_buf_puts(&got, got.len ? " " : "");
				if (s->shared)
					yr_buf_printf(&got, "%u", s->shared);
				yr_buf_put(&got, s->text.at, s->text.len);
			}
		}
	}
	assert_string_equal(got.data, wanted);
	done(&r);
}

static void patterns_share_what_variables_stand_for(void **state)
{
	(void)state;
	assert_pieces("@{A} = y x", (const char *[]){ "/@{A}/a", "/@{A}/b" },
		      "/ 1{x,y} /a | / 1{x,y} /b");
	assert_pieces("@{A} = y/ x", (const char *[]){ "/@{A}/", "/@{A}" },
		      "/ 1{x,y} / | / 2{x,y/}");
	assert_pieces("@{A} = y x\n@{B} = /@{A} @{A}", (const char *[]){ "@{B}@{A}", "@{A}" },
		      "1{/x,/y,x,y} 2{x,y} | 2{x,y}");
	assert_pieces("@{A} = x x", (const char *[]){ "/@{A}/a", "/b" }, "/x/a | /b");
	assert_pieces("alias /a/ -> /b/,\n@{A} = y x", (const char *[]){ "/a/@{A}", "/@{A}" },
		      "/a/ 1{x,y} | /b/ 1{x,y} | / 1{x,y}");
	assert_pieces("alias /{x -> /z/{q,\n@{A} = y x", (const char *[]){ "/@{A}/@{A}", "/b" },
		      "/ 1{x,y} / 2{x,y} | /z/{q,y}/ 2{x,y} | /b");
	assert_pieces("", (const char *[]){ "/@{profile_name}", "@{exec_path}/z" },
		      "/p | /x/{y,z}/z");
}

static void a_bomb_of_variables_ends_in_a_finding(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct reading r;

	(void)state;
	yr_buf_puts(&b, "@{V0} = a b\n");
	for (int i = 1; i < 30; i++)
		yr_buf_printf(&b, "@{V%d} = @{V%d}@{V%d}\n", i, i - 1, i - 1);
	yr_buf_puts(&b, "/p { /@{V29} r, }");
	read_text(&r, b.data);
	assert_int_equal(yr_diags_errors(r.diags), 1);
	assert_string_equal(yr_diags_get(r.diags, 0)->name, "limit");
	done(&r);
}

static void blocks_give_their_words_to_their_rules(void **state)
{
	const struct yr_profile *p;
	struct reading r;

	(void)state;
	read_text(&r, "/p { audit deny { /a r, capability chown, } owner { /b r, deny { /c r, } } "
		      "deny { allow /d r, } }");
	assert_no_errors(&r);
	p = r.unit->profiles[0];
	assert_int_equal(p->n_rules, 5);
	assert_true(p->rules[0]->quals.audit);
	assert_int_equal(p->rules[0]->quals.decision, YR_DENY);
	assert_int_equal(p->rules[1]->quals.decision, YR_DENY);
	assert_int_equal(p->rules[2]->quals.audience, YR_OWNER);
	assert_int_equal(p->rules[3]->quals.audience, YR_OWNER);
	assert_int_equal(p->rules[3]->quals.decision, YR_DENY);
	assert_int_equal(p->rules[4]->quals.decision, YR_DENY);
	done(&r);
}

static void hats_and_children_get_their_parents_names(void **state)
{
	const struct yr_profile *p;
	struct reading r;

	(void)state;
	read_text(&r, "@{V} = b c\n:n:/a { ^h { } hat \"i j\" { } profile k /l { ^m { } } } "
		      "profile x@{V} { } :n://q { }");
	assert_no_errors(&r);
	assert_int_equal(r.unit->n_profiles, 3);
	p = r.unit->profiles[0];
	assert_text(p->full_name, "/a");
	assert_text(p->ns, "n");
	assert_text(p->attachment.text, "/a");
	assert_false(p->attachment_written);
	assert_text(p->children[0]->full_name, "/a//h");
	assert_true(p->children[0]->is_hat);
	assert_text(p->children[1]->full_name, "/a//i j");
	assert_text(p->children[2]->children[0]->full_name, "/a//k//m");
	assert_text(p->children[2]->attachment.text, "/l");
	assert_text(r.unit->profiles[1]->full_name, "x{b,c}");
	assert_text(r.unit->profiles[2]->full_name, "q");
	done(&r);
}

static void network_words_become_numbers(void **state)
{
	const struct yr_rule *rule;
	struct reading r;

	(void)state;
	read_text(&r, "/p { network (send, receive) inet stream, }");
	rule = only_rule(&r);
	assert_int_equal(rule->u.network.access, YR_ACC_SEND | YR_ACC_RECEIVE);
	assert_int_equal(rule->u.network.family, AF_INET);
	assert_int_equal(rule->u.network.types, 1 << SOCK_STREAM);
	assert_int_equal(rule->u.network.protocol, -1);
	done(&r);
	read_text(&r, "/p { network packet packet, }");
	assert_int_equal(only_rule(&r)->u.network.family, AF_PACKET);
	assert_int_equal(only_rule(&r)->u.network.types, 1 << SOCK_PACKET);
	done(&r);
}

static void mount_points_of_propagation_are_found(void **state)
{
	struct reading r;

	(void)state;
	read_text(&r, "/p { mount options=(ro, private) /a, }");
	assert_text(only_rule(&r)->u.mount.target.text, "/a");
	assert_null(only_rule(&r)->u.mount.source.text.at);
	done(&r);
	read_text(&r, "/p { mount options=(bind, private) /a, }");
	assert_text(only_rule(&r)->u.mount.source.text, "/a");
	done(&r);
	read_text(&r, "/p { mount options=(bind) fstype=x /a -> /b, }");
	assert_int_equal(yr_diags_errors(r.diags), 1);
	done(&r);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int make_folder(void **state)
{
	char path[] = "/tmp/yoroi-lang-XXXXXX", sub[64];

	*state = mkdtemp(path) ? strdup(path) : NULL;
	if (!*state)
		return -1;
	snprintf(sub, sizeof(sub), "%s/d", (char *)*state);
	return mkdir(sub, 0700);
}

static int remove_folder(void **state)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf '%s'", (char *)*state);
	free(*state);
	return system(command);
}

static void includes_count_once_in_a_profile(void **state)
{
	static const char text[] = "include <vars>\n#include if exists <nope>\n"
				   "/p { include <rules> include \"rules\" include <rules>\n"
				   "^h { #include <rules>\n } if false { include <rules> } }";
	const struct yr_profile *p;
	struct reading r;

	write_file(*state, "vars", "@{A} = /x\n");
	write_file(*state, "rules", "  @{A} r, # comment\n");
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_no_errors(&r);
	p = r.unit->profiles[0];
	assert_int_equal(p->n_rules, 1);
	assert_int_equal(p->children[0]->n_rules, 1);
	assert_ptr_equal(p->rules[0], p->children[0]->rules[0]);
	/* the text, its three includes' answers, and the two files */
	assert_int_equal(r.unit->n_sources, 7);
	done(&r);
}

/* Line, text and file of every finding, one a line. */
static void put_findings(const struct reading *r, struct yr_buf *b)
{
	const struct yr_diag *d;

	for (size_t i = 0; (d = yr_diags_get(r->diags, i)); i++)
		yr_buf_printf(b, "%s:%s %s\n", d->file, describe(r, i), d->source);
	yr_buf_putc(b, '\0');
}

static void what_is_included_is_kept_for_those_that_follow(void **state)
{
	static const char *const texts[] = {
		"include <vars>\n/p { include <odd> include <wrong> include if exists <later> }",
		"/q {\n include <wrong>\n include <odd> /@{B} r, ^h { include <wrong> } }",
		"/r { @{A} r, include <wrong> }",
	};
	struct yr_includes *includes = yr_includes_new();
	struct reading r[3], alone;

	assert_non_null(includes);
	write_file(*state, "vars", "@{A} = /x\n");
	write_file(*state, "odd", "/\xff r,\n");
	write_file(*state, "wrong", "/a q,\n/b r,\n@{nothing} r,\n");
	for (size_t i = 0; i < 3; i++) {
		AUTO_BUF struct yr_buf ours = { 0 }, theirs = { 0 };
		size_t len = strlen(texts[i]);

		assert_int_equal(read_among(&r[i], texts[i], len, *state, includes), 0);
		assert_int_equal(read_with(&alone, texts[i], len, *state), 0);
		assert_int_equal(r[i].unit->n_sources, alone.unit->n_sources);
		put_findings(&r[i], &ours);
		put_findings(&alone, &theirs);
		assert_string_equal(ours.data, theirs.data);
		assert_true(yr_diags_errors(alone.diags) >= 2);
		done(&alone);
	}
	for (size_t i = 0; i < 3; i++)
		done(&r[i]);
	yr_includes_free(includes);
}

static void what_is_kept_stays_as_it_was_read(void **state)
{
	static const char text[] = "include <vars>\n/p { include if exists <later> @{A} r, }";
	struct yr_includes *includes = yr_includes_new();
	struct reading first, second, other;
	char dir[100];

	assert_non_null(includes);
	write_file(*state, "vars", "@{A} = /x\n");
	assert_int_equal(read_among(&first, text, strlen(text), *state, includes), 0);
	write_file(*state, "vars", "@{B} = /x\n");
	write_file(*state, "later", "/l r,");
	assert_int_equal(read_among(&second, text, strlen(text), *state, includes), 0);
	assert_no_errors(&second);
	assert_int_equal(second.unit->profiles[0]->n_rules, 1);

	/* Another folder has other files, though they are called the same. */
	snprintf(dir, sizeof(dir), "%s/d", (char *)*state);
	write_file(dir, "vars", "@{A} = /y\n");
	write_file(dir, "later", "/l r,");
	assert_int_equal(read_among(&other, text, strlen(text), dir, includes), 0);
	assert_int_equal(other.unit->profiles[0]->n_rules, 2);
	done(&first);
	done(&second);
	done(&other);
	yr_includes_free(includes);
}

/* It may hold denials: nothing in a folder is left out because it cannot be looked at. */
static void a_dangling_link_in_a_folder_is_told(void **state)
{
	static const char text[] = "/p { include <d> }";
	char path[200];
	struct reading r;

	write_file(*state, "d/a", "/1 r,");
	snprintf(path, sizeof(path), "%s/d/b", (char *)*state);
	assert_int_equal(symlink("/nowhere/at/all", path), 0);
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_int_equal(yr_diags_errors(r.diags), 1);
	assert_non_null(strstr(yr_diags_get(r.diags, 0)->text, "d/b"));
	done(&r);
}

static void a_folder_gives_its_files_in_order_without_leftovers(void **state)
{
	static const char text[] = "/p { include <d> }";
	struct reading r;

	write_file(*state, "d/b", "/2 r,");
	write_file(*state, "d/a", "/1 r,");
	write_file(*state, "d/a.dpkg-new", "broken");
	write_file(*state, "d/a~", "broken");
	write_file(*state, "d/.a", "broken");
	write_file(*state, "d/c.dpkg-new.x", "/3 r,");
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_no_errors(&r);
	assert_int_equal(r.unit->profiles[0]->n_rules, 3);
	assert_text(r.unit->profiles[0]->rules[0]->u.file.path.text, "/1");
	assert_text(r.unit->profiles[0]->rules[2]->u.file.path.text, "/3");
	done(&r);
}

static void an_include_that_never_ends_names_its_chain(void **state)
{
	static const char text[] = "/p { include <a> }";
	struct reading r;

	write_file(*state, "a", "profile x {\n include <b>\n}\n");
	write_file(*state, "b", "profile y {\n include <a>\n}\n");
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_int_equal(yr_diags_errors(r.diags), 1);
	assert_non_null(strstr(yr_diags_get(r.diags, 0)->text, "includes itself without end"));
	assert_int_equal(yr_diags_count(r.diags), 3);
	assert_int_equal(yr_diags_get(r.diags, 1)->severity, YR_NOTE);
	assert_non_null(strstr(yr_diags_get(r.diags, 2)->file, "t.aa"));
	done(&r);

	/* In one profile a second time counts for nothing, as in upstream's parser. */
	write_file(*state, "a", "/1 r,\ninclude <a>\n");
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_no_errors(&r);
	assert_int_equal(yr_diags_warnings(r.diags), 1);
	assert_int_equal(r.unit->profiles[0]->n_rules, 1);
	done(&r);
}

static void what_is_no_plain_file_is_not_read(void **state)
{
	const char *dir = *state;
	struct reading r = { .diags = yr_diags_new() };
	char path[200];
	static const struct {
		const char *name;
		int code;
		const char *why;
	} cases[] = {
		{ "d", -EISDIR, "it is a directory" },
		{ "fifo", -EINVAL, "it is a FIFO, not a file" },
		{ "nope", -ENOENT, "No such file or directory" },
		{ "big", -EFBIG, "it is larger than 8 MiB" },
	};

	snprintf(path, sizeof(path), "%s/fifo", dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	write_file(dir, "big", "");
	snprintf(path, sizeof(path), "%s/big", dir);
	assert_int_equal(truncate(path, 100 << 20), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		r.err = (struct yr_err){ 0 };
		snprintf(path, sizeof(path), "%s/%s", dir, cases[i].name);
		assert_int_equal(yr_lang_read_file(&r.arena, path, NULL, r.diags, &r.unit, &r.err),
				 cases[i].code);
		assert_null(r.unit);
		assert_non_null(strstr(r.err.msg, cases[i].why));
	}
	done(&r);
	snprintf(path, sizeof(path), "include <fifo>\n");
	assert_int_equal(read_with(&r, path, strlen(path), dir), 0);
	assert_int_equal(yr_diags_errors(r.diags), 1);
	done(&r);
}

static void an_abi_is_read_by_name(void **state)
{
	static const char text[] = "abi <feat>,\n/p { }";
	struct reading r;

	write_file(*state, "feat", "domain {stack {yes\n}}\n");
	assert_int_equal(read_with(&r, text, strlen(text), *state), 0);
	assert_no_errors(&r);
	assert_int_equal(r.unit->abi_len, 22);
	assert_text(r.unit->abi.text, "feat");
	done(&r);
	read_text(&r, "abi <kernel>,\n/p { }");
	assert_true(r.unit->abi_is_kernel);
	done(&r);
}

static void nothing_is_no_mistake(void **state)
{
	static const char *const texts[] = { "", "\n", "# comment", "  \t\n#\n" };
	struct reading r;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		read_text(&r, texts[i]);
		assert_int_equal(yr_diags_count(r.diags), 0);
		assert_int_equal(r.unit->n_profiles, 0);
		done(&r);
	}
}

/* @n times @what. */
static void repeat(struct yr_buf *b, const char *what, size_t n)
{
	while (n--)
		yr_buf_puts(b, what);
}

static void hostile_text_costs_little(void **state)
{
	static const struct {
		const char *before, *what, *after;
		size_t n;
	} cases[] = {
		{ "/p ", "{ ", "", 10000 },
		{ "/p ", "{", "", 10000 },
		{ "/p { ", "profile a { ", "", 10000 },
		{ "/p { ", "if true { ", "", 10000 },
		{ "/p { if ", "( ", "true { }", 10000 },
		{ "/p { if ", "not ", "true { } }", 100000 },
		{ "/p { if true ", "and true ", "{ } }", 100000 },
		{ "/p { ", "if false { } else ", "{ } }", 100000 },
		{ "/p { ", "x\n", "}", 500000 },
		{ "/p { ", "/a RX, ", "}", 300000 },
		{ "", "}\n", "", 500000 },
		{ "", "\"", "", 100001 },
		{ "/p { ", "^a { } ", "}", 50000 },
		{ "/p { /", "{a,", " r, }", 100000 },
		{ "/p flags=(", "audit,", ") { }", 100000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct reading r;

		yr_buf_puts(&b, cases[i].before);
		repeat(&b, cases[i].what, cases[i].n);
		yr_buf_puts(&b, cases[i].after);
		read_text(&r, b.data);
		assert_true(yr_diags_count(r.diags) <= 2 * YR_LIMIT_DIAGNOSTICS);
		done(&r);
	}
}

static void a_nul_byte_is_no_policy(void **state)
{
	static const char text[] = "/p { /a r, }\n\0 /b r,";
	struct reading r;

	(void)state;
	assert_int_equal(read_with(&r, text, sizeof(text) - 1, NULL), 0);
	assert_int_equal(yr_diags_errors(r.diags), 1);
	assert_string_equal(
		describe(&r, 0),
		"2:1 a NUL byte: this is not policy text, and nothing behind it is read");
	done(&r);
}

static void no_memory_is_said_and_nothing_else_happens(void **state)
{
	static const char text[] =
		"@{A} = b\nprofile p /x { @{A} r, ^h { capability, } include <y> }";

	(void)state;
	for (size_t limit = 1; limit < 400000; limit += 16 * 1024) {
		struct reading r = { .arena = { .limit = limit }, .diags = yr_diags_new() };
		int e = yr_lang_read_text(&r.arena, "t", YR_STR(text), NULL, r.diags, &r.unit,
					  &r.err);

		assert_true(e == 0 || e == -ENOMEM);
		if (e)
			assert_string_equal(r.err.msg, "out of memory");
		done(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_word_table_is_sorted),
		cmocka_unit_test(words_end_where_upstream_ends_them),
		cmocka_unit_test(a_mistake_is_reported_where_it_is),
		cmocka_unit_test(ten_mistakes_make_ten_findings),
		cmocka_unit_test(permissions_mean_what_their_letters_say),
		cmocka_unit_test(a_link_target_makes_a_rule_of_its_own),
		cmocka_unit_test(limits_come_in_the_kernels_units),
		cmocka_unit_test(conditions_are_decided_as_upstream_decides_them),
		cmocka_unit_test(variables_become_alternations),
		cmocka_unit_test(patterns_share_what_variables_stand_for),
		cmocka_unit_test(a_bomb_of_variables_ends_in_a_finding),
		cmocka_unit_test(blocks_give_their_words_to_their_rules),
		cmocka_unit_test(hats_and_children_get_their_parents_names),
		cmocka_unit_test(network_words_become_numbers),
		cmocka_unit_test(mount_points_of_propagation_are_found),
		cmocka_unit_test_setup_teardown(includes_count_once_in_a_profile, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(what_is_included_is_kept_for_those_that_follow,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_kept_stays_as_it_was_read, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_dangling_link_in_a_folder_is_told, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(a_folder_gives_its_files_in_order_without_leftovers,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(an_include_that_never_ends_names_its_chain,
						make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_is_no_plain_file_is_not_read, make_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(an_abi_is_read_by_name, make_folder, remove_folder),
		cmocka_unit_test(nothing_is_no_mistake),
		cmocka_unit_test(hostile_text_costs_little),
		cmocka_unit_test(a_nul_byte_is_no_policy),
		cmocka_unit_test(no_memory_is_said_and_nothing_else_happens),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
