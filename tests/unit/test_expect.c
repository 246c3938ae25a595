/* SPDX-License-Identifier: Apache-2.0 */
/* Files of expectations, and answers beside them. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "verdict/expect.h"
#include "verdict/tested.h"

/* One line, read; the reader's return. */
static int read_one(struct yr_str text, struct yr_diags *d, struct yr_expectation *e)
{
	struct yr_expect_reader r = { .name = "t", .left = text };

	return yr_expect_next(&r, d, e);
}

static const struct {
	const char *line, *access;
	bool allow;
	enum yr_expect_log log;
	const char *transition;
} accesses[] = {
	{ "allow /a r,", "/a r,", true, YR_EXPECT_EITHER, NULL },
	{ "\t deny\taudit  /a r , \r", "/a r ,", false, YR_EXPECT_AUDIT, NULL },
	{ "deny quiet network inet raw", "network inet raw", false, YR_EXPECT_QUIET, NULL },
	{ "allow /a r, # what", "/a r,", true, YR_EXPECT_EITHER, NULL },
	{ "allow /a#b r,#c", "/a#b r,#c", true, YR_EXPECT_EITHER, NULL },
	{ "allow \"/a # b\" r,", "\"/a # b\" r,", true, YR_EXPECT_EITHER, NULL },
	{ "allow /a\\ #b r,", "/a\\ #b r,", true, YR_EXPECT_EITHER, NULL },
	{ "allow /a x, -> inherit", "/a x,", true, YR_EXPECT_EITHER, "inherit" },
	{ "allow quiet /a px -> b,->profile b,", "/a px -> b,", true, YR_EXPECT_QUIET,
	  "profile b" },
	{ "allow mount options=(ro, bind) /a -> /b,", "mount options=(ro, bind) /a -> /b,", true,
	  YR_EXPECT_EITHER, NULL },
	{ "allow \"/a, -> b\" r,", "\"/a, -> b\" r,", true, YR_EXPECT_EITHER, NULL },
	{ "allow /a\\, -> b, -> child c, or inherit", "/a\\, -> b,", true, YR_EXPECT_EITHER,
	  "child c, or inherit" },
	{ "allow /a x, -> profile \xff, environment kept, or unconfined", "/a x,", true,
	  YR_EXPECT_EITHER, "profile \xff, environment kept, or unconfined" },
};

static void accesses_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(accesses); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_expectation e;

		if (read_one(yr_str_of(accesses[i].line), d, &e) != 1)
			fail_msg("'%s' is no expectation", accesses[i].line);
		assert_int_equal(e.kind, YR_EXPECT_ACCESS);
		if (!yr_str_is(e.access.text, accesses[i].access))
			fail_msg("'%s' asks '%.*s'", accesses[i].line, YR_STR_ARG(e.access.text));
		assert_int_equal(e.allow, accesses[i].allow);
		assert_int_equal(e.log, accesses[i].log);
		assert_ptr_equal(accesses[i].line + e.access.col - 1, e.access.text.at);
		assert_int_equal(!e.transition.text.at, !accesses[i].transition);
		if (accesses[i].transition)
			assert_true(yr_str_is(e.transition.text, accesses[i].transition));
		assert_int_equal(yr_diags_count(d), 0);
		yr_diags_free(d);
	}
}

/* A byte that ends early must not be looked past: each cut stands at the end of its memory. */
static void no_cut_line_is_read_beyond(void **state)
{
	static const char *const lines[] = {
		"allow quiet \"/a # b\\\" px -> c, -> profile b, or inherit # end",
		"profile \"a b\" \"c\"",
		"features debian-6.1 \"b c\" d",
		"deny /a\\",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		for (size_t n = 0; n <= strlen(lines[i]); n++) {
			struct yr_diags *d = yr_diags_new();
			struct yr_expectation e;
			char *copy = malloc(n ? n : 1);
			int r;

			memcpy(copy, lines[i], n);
			r = read_one((struct yr_str){ copy, n }, d, &e);
			assert_int_equal(r, n == 0 ? 0 : yr_diags_errors(d) ? -EBADMSG : 1);
			free(copy);
			yr_diags_free(d);
		}
}

static void words_have_places(void **state)
{
	static const char text[] = "# one\n\n  profile a.aa\t\"b c\"  # two\nhat x\n"
				   "features k\r\n\nallow /a r";
	struct yr_expect_reader r = { .name = "t", .left = yr_str_of(text) };
	struct yr_diags *d = yr_diags_new();
	struct yr_expectation e;

	(void)state;
	assert_int_equal(yr_expect_next(&r, d, &e), 1);
	assert_int_equal(e.kind, YR_EXPECT_PROFILE);
	assert_int_equal(e.line, 3);
	assert_int_equal(e.n_words, 2);
	assert_true(yr_str_is(e.word[1].text, "b c"));
	assert_int_equal(e.word[1].col, 17);
	assert_true(yr_str_is(e.text, "profile a.aa\t\"b c\""));
	assert_int_equal(yr_expect_next(&r, d, &e), 1);
	assert_int_equal(e.kind, YR_EXPECT_CHILD);
	assert_int_equal(yr_expect_next(&r, d, &e), 1);
	assert_int_equal(e.kind, YR_EXPECT_FEATURES);
	assert_true(yr_str_is(e.word[0].text, "k"));
	assert_int_equal(yr_expect_next(&r, d, &e), 1);
	assert_int_equal(e.line, 7);
	assert_int_equal(yr_expect_next(&r, d, &e), 0);
	yr_diags_free(d);
}

static const struct {
	const char *line;
	struct yr_answer answer;
	bool met;
	const char *got;
} answers[] = {
	{ "allow /a r,", { .allowed = true }, true, "allow quiet" },
	{ "allow /a r,", { .allowed = false }, false, "deny audit" },
	{ "allow audit /a r,", { .allowed = true }, false, "allow quiet" },
	{ "allow audit /a r,", { .allowed = true, .audited = true }, true, "allow audit" },
	{ "allow quiet /a r,", { .allowed = true, .audited = true }, false, "allow audit" },
	{ "deny /a r,", { .quiet = true }, true, "deny quiet" },
	{ "deny audit /a r,", { .quiet = true }, false, "deny quiet" },
	{ "deny quiet /a r,", { .quiet = false }, false, "deny audit" },
	{ "deny /a r,", { .for_some = true }, false, "deny audit, but not for all" },
	{ "allow /a r,", { .for_some = true }, false, "deny audit, but not for all" },
	{ "deny /a r,",
	  { .allowed = true, .decided = YR_NOT_MEDIATED },
	  false,
	  "allow quiet (not mediated)" },
	{ "allow /a r,",
	  { .allowed = true, .decided = YR_BY_UNCONFINED },
	  true,
	  "allow quiet (unconfined)" },
	{ "allow /a x, -> inherit", { .allowed = true }, false, "allow quiet" },
	{ "allow /a x, -> profile b",
	  { .allowed = true, .transition = "profile b, environment scrubbed" },
	  true,
	  "allow quiet, -> profile b, environment scrubbed" },
	{ "allow /a x, -> profile b, environment kept",
	  { .allowed = true, .transition = "profile b, environment scrubbed" },
	  false,
	  "allow quiet, -> profile b, environment scrubbed" },
	{ "allow /a x, -> profile b",
	  { .allowed = true, .transition = "profile b, or inherit" },
	  false,
	  "allow quiet, -> profile b, or inherit" },
	{ "allow /a x, -> profile b, environment scrubbed, or unconfined",
	  { .allowed = true, .transition = "profile b, environment scrubbed, or unconfined" },
	  true,
	  "allow quiet, -> profile b, environment scrubbed, or unconfined" },
	{ "allow /a x, -> profile bc",
	  { .allowed = true, .transition = "profile b" },
	  false,
	  "allow quiet, -> profile b" },
};

static void answers_are_compared(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_diags *d = yr_diags_new();
		struct yr_expectation e;

		assert_int_equal(read_one(yr_str_of(answers[i].line), d, &e), 1);
		if (yr_expect_met(&e, &answers[i].answer) != answers[i].met)
			fail_msg("'%s' is%s met by '%s'", answers[i].line,
				 answers[i].met ? " not" : "", answers[i].got);
		assert_string_equal(yr_expect_got(&arena, &answers[i].answer), answers[i].got);
		yr_diags_free(d);
	}
}

static void a_rule_set_is_emptied_at_once(void **state)
{
	struct yr_rule_set s;

	(void)state;
	assert_true(yr_rule_set_open(&s, 3));
	s.now = UINT32_MAX - 1; /* the rounds are counted, and start again */
	for (int round = 0; round < 4; round++) {
		yr_rule_set_clear(&s);
		assert_int_equal(s.n, 0);
		yr_rule_set_add(&s, 2);
		yr_rule_set_add(&s, 0);
		yr_rule_set_add(&s, 2);
		yr_rule_set_add(&s, 3); /* is none */
		assert_int_equal(s.n, 2);
		assert_int_equal(s.at[0], 2);
	}
	yr_rule_set_done(&s);
}

static void a_place_counts_once(void **state)
{
	struct yr_source a = { .name = "a" }, a_again = { .name = "a" }, b = { .name = "b" };
	struct yr_rule r1 = { .loc = { &a, 5, 1 } }, r2 = { .loc = { &a, 9, 1 } };
	struct yr_rule again = { .loc = { &a_again, 5, 1 } }, out = { .loc = { &b, 1, 1 } };
	struct yr_rule *first[] = { &r2, &r1, &out }, *second[] = { &again };
	struct yr_profile p = { .loc = { &a, 0, 1 }, .rules = first, .n_rules = 3 };
	struct yr_profile q = { .loc = { &a_again, 0, 1 }, .rules = second, .n_rules = 1 };
	bool decided[] = { true };
	struct yr_tested t = { 0 };

	(void)state;
	assert_true(yr_tested_add(&t, &p, NULL, false) && yr_tested_add(&t, &q, decided, false));
	yr_tested_settle(&t);
	assert_int_equal(t.n, 2);
	assert_int_equal(yr_tested_count(&t), 1);
	assert_true(t.at[0].tested && t.at[0].rule->loc.off == 5 && !t.at[1].tested);
	assert_true(yr_tested_add(&t, &p, NULL, true));
	yr_tested_settle(&t);
	assert_int_equal(t.n, 3);
	yr_tested_done(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(accesses_are_taken_apart),
		cmocka_unit_test(no_cut_line_is_read_beyond),
		cmocka_unit_test(words_have_places),
		cmocka_unit_test(answers_are_compared),
		cmocka_unit_test(a_rule_set_is_emptied_at_once),
		cmocka_unit_test(a_place_counts_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
