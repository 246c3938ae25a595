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
#include <time.h>

#include "automata/automata.h"
#include "automata/nfa.h"
#include "base/cleanup.h"

/* ---- helpers ---- */

/* Every run tries other cases; a failure prints the seed that repeats it (YR_TEST_SEED). */
static uint64_t seed, random_state;

static uint32_t rnd(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return (random_state >> 11) % n;
}

static uint32_t first_tag(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx, (void)n;
	return tags[0];
}

static uint32_t tag_bits(void *ctx, const uint32_t *tags, size_t n)
{
	uint32_t all = 0;

	(void)ctx;
	for (size_t i = 0; i < n; i++)
		all |= 1u << tags[i];
	return all;
}

static struct yr_dfa *build(struct yr_nfa *n, yr_fold_fn *fold)
{
	struct yr_err err = { 0 };
	struct yr_dfa *d = NULL;

	if (yr_dfa_build(n, fold, NULL, &d, &err))
		fail_msg("%s", err.msg);
	return d;
}

static void minimise(struct yr_dfa *d)
{
	struct yr_err err = { 0 };

	if (yr_dfa_minimise(d, &err))
		fail_msg("%s", err.msg);
}

static void lay(struct yr_nfa *n, const char *glob, unsigned flags, uint32_t tag)
{
	struct yr_glob_info info;
	yr_node end;

	if (yr_glob_lay(n, yr_nfa_start(n), yr_str_of(glob), flags, &end, &info))
		fail_msg("'%s': %s at %zu", glob, info.error, info.error_at);
	yr_nfa_accept(n, end, tag);
}

static struct yr_dfa *compile(const char *glob, unsigned flags)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d;

	lay(n, glob, flags, 1);
	d = build(n, first_tag);
	yr_nfa_free(n);
	return d;
}

static bool accepts(const struct yr_dfa *d, struct yr_str s)
{
	return d->accept[yr_dfa_run(d, 1, s)];
}

/* ---- globs ---- */

static const struct {
	const char *glob;
	const char *yes[6], *no[8];
} matches[] = {
	{ "", { "" }, { "a" } },
	{ "/", { "/" }, { "", "//" } },
	{ "/a/*", { "/a/b", "/a/bc" }, { "/a/", "/a", "/a/b/", "/a/b/c" } },
	{ "/a/**", { "/a/b", "/a/b/", "/a/b//c" }, { "/a/", "/a//b" } },
	{ "/*", { "/a" }, { "/", "//", "/a/" } },
	{ "/a/*/b", { "/a/x/b" }, { "/a//b", "/a/x/y/b" } },
	{ "/a/**/b", { "/a/x/b", "/a/x/y/b" }, { "/a//b", "/a/b" } },
	{ "/a/***/b", { "/a/x/b", "/a/x/y/b" }, { "/a//b" } },
	{ "/a/****", { "/a/x" }, { "/a/" } },
	/* Neither the end nor a slash behind the star: it may match nothing. */
	{ "/a/*b", { "/a/b", "/a/xb" }, { "/a/x/b" } },
	{ "/a/**b", { "/a/b", "/a/x/b", "/a//b" }, { "/a/" } },
	{ "/a/*{,/}", { "/a/", "/a/b", "/a/b/", "/a//" }, { "/a" } },
	{ "/a/{*,x}", { "/a/", "/a/b" }, { "/a" } },
	{ "/a{/*,x}", { "/a/", "/a/b", "/ax" }, { "/a" } },
	{ "/a{/,x}*", { "/a/", "/a/b", "/axy" }, { "/a" } },
	{ "/a/{x/*,y}/b", { "/a/x//b", "/a/x/q/b", "/a/y/b" }, { "/a/x/b" } },
	{ "/a/{x/*/z,y}", { "/a/x/q/z", "/a/y" }, { "/a/x//z" } },
	/* A slash written as a number is one, behind a backslash it is none for a star before it. */
	{ "/a/*\\x2f", { "/a/b/" }, { "/a//" } },
	{ "/a/*\\/", { "/a/b/", "/a//" }, { "/a/" } },
	{ "/a\\/*", { "/a/b" }, { "/a/" } },
	{ "/a[/]*", { "/a/", "/a/b" }, { "/a" } },
	{ "/a/?", { "/a/b" }, { "/a/", "/a//", "/a/bc" } },
	{ "/a/[bc]", { "/a/b", "/a/c" }, { "/a/d", "/a/" } },
	{ "/a/[b-d]", { "/a/b", "/a/c", "/a/d" }, { "/a/a", "/a/e", "/a/-" } },
	{ "/a/[d-b]", { "/a/b", "/a/c", "/a/d" }, { "/a/a", "/a/e" } },
	{ "/a/[^b]", { "/a/a", "/a//" }, { "/a/b", "/a/" } },
	{ "/a/[b^]", { "/a/b", "/a/^" }, { "/a/c" } },
	{ "/a/[-b]", { "/a/-", "/a/b" }, { "/a/c" } },
	{ "/a/[b\\-d]", { "/a/c" }, { "/a/-" } },
	{ "/a/[\\^b]", { "/a/c", "/a/^" }, { "/a/b" } },
	{ "/a/[\\]b]", { "/a/]", "/a/b" }, { "/a/\\" } },
	{ "/a/[\\\\]", { "/a/\\" }, { "/a/]" } },
	{ "/a/[*?{},[]", { "/a/*", "/a/?", "/a/{", "/a/}", "/a/,", "/a/[" }, { "/a/x" } },
	{ "/a/[\\x41\\102\\d67]", { "/a/A", "/a/B", "/a/C" }, { "/a/D", "/a/x" } },
	{ "/a/{b,c}", { "/a/b", "/a/c" }, { "/a/", "/a/b,c" } },
	{ "/a/{b,c*}d", { "/a/bd", "/a/cd", "/a/cxd" }, { "/a/bxd" } },
	{ "/a/{b,}", { "/a/b", "/a/" }, { "/a/bb" } },
	{ "/a/{,,b}", { "/a/b", "/a/" }, { "/a" } },
	{ "/a/{,}", { "/a/" }, { "/a" } },
	{ "/a/{{b,c},d}", { "/a/b", "/a/c", "/a/d" }, { "/a/" } },
	{ "/a/{[b,c],d}", { "/a/b", "/a/,", "/a/c", "/a/d" }, { "/a/[b" } },
	{ "/a/{b\\,c,d}", { "/a/b,c", "/a/d" }, { "/a/b", "/a/c" } },
	{ "/a/b,c", { "/a/b,c" }, { "/a/b" } },
	{ "/a/\\*\\?\\[\\]\\{\\}\\\\", { "/a/*?[]{}\\" }, { "/a/x" } },
	{ "/a/\\141\\x62\\d099", { "/a/abc" }, { "/a/141" } },
	{ "/a/\\x6z\\d6\\1411", { "/a/\x06z\x06\x61\x31" }, { "/a/x" } },
	{ "/a/\\777", { "/a/?7" }, { "/a/7" } },
	{ "/a/\\d400", { "/a/(0" }, { "/a/d400" } },
	{ "/a/\\xg\\d\\X41\\q", { "/a/xgdX41q" }, { "/a/A" } },
	{ "/a/\\a\\e\\f\\n\\r\\t\\b\\v", { "/a/\a\033\f\n\r\tbv" }, { "/a/aefnrtbv" } },
	{ "/a/.+()|$^@", { "/a/.+()|$^@" }, { "/a/x" } },
	{ "/a/\xc3\xbc?", { "/a/\xc3\xbc\xff" }, { "/a/\xc3\xbc" } },
};

static void globs_match_what_upstream_lets_them_match(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(matches); i++) {
		struct yr_dfa *d = compile(matches[i].glob, 0);

		for (int k = 0; k < 6 && matches[i].yes[k]; k++)
			if (!accepts(d, yr_str_of(matches[i].yes[k])))
				fail_msg("'%s' ought to match '%s'", matches[i].glob,
					 matches[i].yes[k]);
		for (int k = 0; k < 8 && matches[i].no[k]; k++)
			if (accepts(d, yr_str_of(matches[i].no[k])))
				fail_msg("'%s' ought not to match '%s'", matches[i].glob,
					 matches[i].no[k]);
		yr_dfa_free(d);
	}
}

static void nul_is_matched_only_when_asked_for_or_by_a_negated_class(void **state)
{
	static const struct {
		const char *glob;
		unsigned flags;
		bool match;
	} cases[] = {
		{ "a*c", 0, false },     { "a*c", YR_GLOB_NUL, true },
		{ "a**c", 0, false },    { "a**c", YR_GLOB_NUL, true },
		{ "a?c", 0, false },     { "a?c", YR_GLOB_NUL, true },
		{ "a[^b]c", 0, true },   { "a[^\\000]c", 0, false },
		{ "a\\000c", 0, true },  { "a\\x0c", 0, false },
		{ "a{*,b}c", 0, false }, { "a{*,b}c", YR_GLOB_NUL, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_dfa *d = compile(cases[i].glob, cases[i].flags);

		if (accepts(d, (struct yr_str){ "a\0c", 3 }) != cases[i].match)
			fail_msg("'%s', flags %u", cases[i].glob, cases[i].flags);
		yr_dfa_free(d);
	}
}

static const struct {
	const char *glob, *error;
	size_t at;
} malformed[] = {
	{ "/a/{b", "'{' without '}'", 3 },
	{ "/a/{b,c", "'{' without '}'", 3 },
	{ "/a/{b,{c,d}", "'{' without '}'", 3 },
	{ "/a/{b,c\\}", "'{' without '}'", 3 },
	{ "/a/{b,[c}]", "'{' without '}'", 3 },
	{ "/a/b}", "'}' without '{'", 4 },
	{ "/a/{b,c}}", "'}' without '{'", 8 },
	{ "/a/{}", "an alternation with a single alternative", 3 },
	{ "/a/{b}", "an alternation with a single alternative", 3 },
	{ "/a/{b\\,c}", "an alternation with a single alternative", 3 },
	{ "/a/{[b,c]}", "an alternation with a single alternative", 3 },
	{ "/a/{{b},c}", "an alternation with a single alternative", 4 },
	{ "/a/[", "'[' without ']'", 3 },
	{ "/a/[b", "'[' without ']'", 3 },
	{ "/a/[b-", "'[' without ']'", 3 },
	{ "/a/[b\\]", "'[' without ']'", 3 },
	{ "/a/]", "']' without '['", 3 },
	{ "/a/[]b]", "a class with nothing in it", 3 },
	{ "/a/[^]", "a class with nothing in it", 3 },
	{ "/a/[b-]", "a range of bytes without an end", 4 },
	{ "/a/[b\\-]", "a range of bytes without an end", 4 },
	{ "/a/[+--]", "a range of bytes without an end", 4 },
	{ "/a/[b-d-f]", "'-' between two members of a class", 7 },
	{ "/a/b\\", "'\\' with nothing behind it", 4 },
	{ "/a/[b\\", "'\\' with nothing behind it", 5 },
};

static void malformed_globs_are_refused_with_what_and_where(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(malformed); i++) {
		struct yr_glob_info info = { 0 };
		struct yr_nfa *n = yr_nfa_new();
		yr_node end;

		assert_int_equal(yr_glob_lay(n, yr_nfa_start(n), yr_str_of(malformed[i].glob), 0,
					     &end, &info),
				 -EINVAL);
		assert_int_equal(yr_glob_check(yr_str_of(malformed[i].glob), 0, NULL), -EINVAL);
		if (strcmp(info.error, malformed[i].error) || info.error_at != malformed[i].at)
			fail_msg("'%s': %s at %zu", malformed[i].glob, info.error, info.error_at);
		yr_nfa_free(n);
	}
}

static void alternations_nest_as_deep_as_the_limit_says(void **state)
{
	(void)state;
	for (int depth = 48; depth < 60; depth++) {
		char glob[300] = "/";

		for (int i = 0; i < depth; i++)
			strcat(glob, "{a,");
		for (int i = 0; i < depth; i++)
			strcat(glob, "}");
		assert_int_equal(yr_glob_check(yr_str_of(glob), 0, NULL),
				 depth <= 50 ? 0 : -EINVAL);
	}
}

static void glob_info_tells_literals_and_the_shortest_match(void **state)
{
	static const struct {
		const char *glob;
		bool exact;
		uint32_t min_len;
	} cases[] = {
		{ "", true, 0 },
		{ "/bin/true", true, 9 },
		{ "/bin/{true,false}", true, 9 },
		{ "/bin/{true,}", true, 5 },
		{ "/bin/\\x41\\*", true, 7 },
		{ "/bin/*", false, 6 },
		{ "/bin/**/a", false, 8 },
		{ "/bin/*a", false, 6 },
		{ "/bin/?[ab]", false, 7 },
		{ "/{a*,bc{d,}}e", false, 3 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_glob_info info = { 0 };

		assert_int_equal(yr_glob_check(yr_str_of(cases[i].glob), 0, &info), 0);
		if (info.exact != cases[i].exact || info.min_len != cases[i].min_len)
			fail_msg("'%s': %d %u", cases[i].glob, info.exact, info.min_len);
	}
}

/*
 * An independent matcher: a glob is written out into lists of steps, one list for each
 * choice of alternatives, and a list is tried against a string by backtracking.
 */
struct hop {
	bool many;
	bool byte[256];
};
struct list {
	struct hop hop[40];
	int n;
};
struct lists {
	struct list *list;
	int n;
};

static struct lists lists_of_one(void)
{
	return (struct lists){ calloc(1, sizeof(struct list)), 1 };
}

static void append_hop(struct lists *l, bool many, const bool *byte)
{
	for (int i = 0; i < l->n; i++) {
		struct hop *h = &l->list[i].hop[l->list[i].n++];

		assert_true(l->list[i].n <= 40);
		h->many = many;
		memcpy(h->byte, byte, sizeof(h->byte));
	}
}

static struct lists combine(struct lists a, struct lists b)
{
	struct lists r = { calloc(a.n * (size_t)b.n, sizeof(struct list)), a.n * b.n };

	for (int i = 0; i < a.n; i++) {
		for (int k = 0; k < b.n; k++) {
			struct list *to = &r.list[i * b.n + k];

			*to = a.list[i];
			assert_true(to->n + b.list[k].n <= 40);
			memcpy(to->hop + to->n, b.list[k].hop, b.list[k].n * sizeof(struct hop));
			to->n += b.list[k].n;
		}
	}
	free(a.list);
	free(b.list);
	return r;
}

static struct lists both(struct lists a, struct lists b)
{
	a.list = realloc(a.list, (a.n + b.n) * sizeof(struct list));
	memcpy(a.list + a.n, b.list, b.n * sizeof(struct list));
	a.n += b.n;
	free(b.list);
	return a;
}

static void bytes_but_nul(bool *byte, bool slash)
{
	memset(byte, true, 256);
	byte[0] = false;
	byte['/'] = slash;
}

/* Patterns here have no escapes, and classes like [abc], [^abc] only. */
static struct lists write_out(const char **at, bool inside)
{
	struct lists l = lists_of_one();
	bool byte[256], slash = false;

	for (; **at && !(inside && (**at == ',' || **at == '}')); (*at)++) {
		char c = **at;
		bool negated;

		memset(byte, false, sizeof(byte));
		if (c == '{') {
			struct lists all = { NULL, 0 };

			do {
				(*at)++;
				all = both(all, write_out(at, true));
			} while (**at == ',');
			l = combine(l, all);
		} else if (c == '*') {
			size_t stars = strspn(*at, "*");

			bytes_but_nul(byte, false);
			if (slash && (!(*at)[stars] || (*at)[stars] == '/'))
				append_hop(&l, false, byte);
			if (stars > 1)
				byte['/'] = true;
			append_hop(&l, true, byte);
			*at += stars > 1;
		} else if (c == '?') {
			bytes_but_nul(byte, false);
			append_hop(&l, false, byte);
		} else if (c == '[') {
			negated = (*at)[1] == '^';
			memset(byte, negated, sizeof(byte));
			for (*at += 1 + negated; **at != ']'; (*at)++)
				byte[(unsigned char)**at] = !negated;
			append_hop(&l, false, byte);
		} else {
			byte[(unsigned char)c] = true;
			append_hop(&l, false, byte);
		}
		slash = c == '/';
	}
	return l;
}

static bool hops_match(const struct hop *h, int n, const char *s)
{
	if (!n)
		return !*s;
	if (!h->many)
		return *s && h->byte[(unsigned char)*s] && hops_match(h + 1, n - 1, s + 1);
	for (;; s++) {
		if (hops_match(h + 1, n - 1, s))
			return true;
		if (!*s || !h->byte[(unsigned char)*s])
			return false;
	}
}

static bool lists_match(struct lists l, const char *s)
{
	for (int i = 0; i < l.n; i++)
		if (hops_match(l.list[i].hop, l.list[i].n, s))
			return true;
	return false;
}

static void random_glob(char *to, int pieces, int depth)
{
	static const char *const piece[] = { "/", "/",    "a",    "b",  "ab",  "*",   "**",
					     "?", "[ab]", "[^a]", "/*", "/**", "/*/", "/**/" };

	for (; pieces > 0; pieces--) {
		if (depth < 2 && !rnd(5)) {
			int ways = 2 + rnd(2);

			strcat(to, "{");
			for (int i = 0; i < ways; i++) {
				strcat(to, i ? "," : "");
				random_glob(to, rnd(3), depth + 1);
			}
			strcat(to, "}");
		} else {
			strcat(to, piece[rnd(ARRAY_LEN(piece))]);
		}
	}
}

static void random_string(char *to)
{
	size_t n = rnd(9);

	for (size_t i = 0; i < n; i++)
		to[i] = "//aaabbc"[rnd(8)];
	to[n] = 0;
}

#define SHARED 6

/* What a variable may come to, well formed or not; @to has room for 500. */
static void random_alternation(char *to)
{
	static const char *const odd[] = { "{a}b,c{d,e}", "{a", "{a,b}}", "{[,a}", "{a,b\\}" };

	*to = 0;
	if (!rnd(4)) {
		strcpy(to, odd[rnd(ARRAY_LEN(odd))]);
		return;
	}
	for (unsigned i = 0, n = 2 + rnd(2); i < n; i++) {
		strcat(to, i ? "," : "{");
		if (rnd(4))
			random_glob(to, 1 + rnd(3), 1);
	}
	strcat(to, "}");
}

/* @p is made of @shared and of what ends where the next begins, or not; its text goes to @text. */
static void random_pattern(char shared[SHARED][500], char own[5][100], struct yr_segment *at,
			   struct yr_pattern *p, char *text)
{
	static const char *const odd[] = {
		"[", "]", "{x,", ",y}", "\\", "*", "/*", "/**", "**", "/"
	};

	*p = (struct yr_pattern){ at, 1 + rnd(5), 0 };
	*text = 0;
	for (size_t i = 0; i < p->n; i++) {
		unsigned which = rnd(2 * SHARED);

		own[i][0] = 0;
		at[i].shared = which < SHARED ? which + 1 : 0;
		if (rnd(3))
			random_glob(own[i], 1 + rnd(2), 1);
		else
			strcpy(own[i], odd[rnd(ARRAY_LEN(odd))]);
		at[i].text = yr_str_of(at[i].shared ? shared[which] : own[i]);
		/* What is not shared and empty, or not alone, is no piece of its own. */
		if (!at[i].shared && (!*own[i] || (i && !at[i - 1].shared))) {
			p->n = i ? i : 1;
			break;
		}
	}
	for (size_t i = 0; i < p->n; i++) {
		p->len += at[i].text.len;
		strcat(text, at[i].text.at);
	}
}

/* Whichever comes first, the other finds each node made and has nothing to add. */
static void a_pattern_in_pieces_is_laid_as_its_text(void **state)
{
	unsigned laid = 0;

	(void)state;
	for (int round = 0; round < 500; round++) {
		struct yr_nfa *n = yr_nfa_new();
		char shared[SHARED][500], own[5][100], text[3000];

		for (int i = 0; i < SHARED; i++)
			random_alternation(shared[i]);
		for (int i = 0; i < 20; i++) {
			struct yr_glob_info whole = { 0 }, pieces = { 0 };
			yr_node a = 0, b = 0, from = yr_nfa_byte(n, yr_nfa_start(n), rnd(2));
			unsigned flags = rnd(4);
			struct yr_segment at[5];
			struct yr_pattern p;
			uint32_t nodes = 0, edges = 0;
			bool apart, text_first = rnd(2);
			int r;

			random_pattern(shared, own, at, &p, text);
			if (yr_glob_check(yr_str_of(text), flags, NULL)) {
				assert_int_equal(yr_glob_lay_pieces(n, from, &p, flags, &a, &pieces,
								    &apart),
						 0);
				assert_false(apart);
				continue;
			}
			for (int k = 0; k < 2; k++) {
				nodes = n->n_nodes;
				edges = n->n_edges;
				r = text_first == !k ? yr_glob_lay(n, from, yr_str_of(text), flags,
								   &b, &whole)
						     : yr_glob_lay_pieces(n, from, &p, flags, &a,
									  &pieces, &apart);
				assert_int_equal(r, 0);
			}
			if (!apart)
				continue;
			laid++;
			if (a != b || n->n_nodes != nodes || n->n_edges != edges ||
			    pieces.exact != whole.exact || pieces.has_class != whole.has_class ||
			    pieces.class_has_slash != whole.class_has_slash ||
			    pieces.min_len != whole.min_len)
				fail_msg("'%s' in %zu pieces, seed %llu", text, p.n,
					 (unsigned long long)seed);
		}
		yr_nfa_free(n);
	}
	assert_true(laid > 1000);
}

static void random_globs_match_as_an_independent_matcher_says(void **state)
{
	(void)state;
	for (int round = 0; round < 400; round++) {
		char glob[3][400] = { "", "", "" };
		struct lists lists[3];
		struct yr_nfa *n = yr_nfa_new();
		struct yr_dfa *d, *small;
		uint32_t tag[3];

		for (int i = 0; i < 3; i++) {
			/* Patterns with the same tag may cover each other. */
			tag[i] = rnd(3);
			const char *at = glob[i];

			random_glob(glob[i], 1 + rnd(5), 0);
			lists[i] = write_out(&at, false);
			lay(n, glob[i], 0, tag[i]);
		}
		d = build(n, tag_bits);
		small = build(n, tag_bits);
		minimise(small);
		for (int k = 0; k < 200; k++) {
			char s[10];
			uint32_t want = 0;

			random_string(s);
			for (int i = 0; i < 3; i++)
				want |= (uint32_t)lists_match(lists[i], s) << tag[i];
			if (d->accept[yr_dfa_run(d, 1, yr_str_of(s))] != want ||
			    small->accept[yr_dfa_run(small, 1, yr_str_of(s))] != want)
				fail_msg("'%s' '%s' '%s' against '%s': want %u, seed %llu", glob[0],
					 glob[1], glob[2], s, want, (unsigned long long)seed);
		}
		for (int i = 0; i < 3; i++)
			free(lists[i].list);
		yr_dfa_free(d);
		yr_dfa_free(small);
		yr_nfa_free(n);
	}
}

static void the_shortest_match_has_the_length_that_glob_info_says(void **state)
{
	(void)state;
	for (int round = 0; round < 300; round++) {
		char glob[400] = "";
		struct yr_glob_info info;
		struct yr_dfa *d;
		uint32_t accepting = 0;
		size_t len = 0;
		unsigned char *path;

		random_glob(glob, 1 + rnd(5), 0);
		assert_int_equal(yr_glob_check(yr_str_of(glob), 0, &info), 0);
		d = compile(glob, 0);
		for (uint32_t s = 1, best = UINT32_MAX; s < d->states; s++) {
			path = d->accept[s] ? yr_dfa_path_to(d, s, &len) : NULL;
			if (path && len < best) {
				best = len;
				accepting = s;
			}
			free(path);
		}
		path = yr_dfa_path_to(d, accepting, &len);
		if (len != info.min_len || !accepts(d, (struct yr_str){ (char *)path, len }))
			fail_msg("'%s': %u, found %zu, seed %llu", glob, info.min_len, len,
				 (unsigned long long)seed);
		free(path);
		yr_dfa_free(d);
	}
}

/* ---- patterns laid by hand ---- */

static void the_same_element_after_the_same_node_is_the_same_node(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_byteset set = { { 0 } };
	yr_node start = yr_nfa_start(n), star;
	bool fresh;
	yr_node join = yr_nfa_join(n, start, YR_STR("key"), &fresh);

	(void)state;
	assert_true(fresh);
	yr_byteset_add(&set, 'x');
	for (int c = 0; c < 256; c++)
		assert_int_equal(yr_nfa_byte(n, start, c), yr_nfa_byte(n, start, c));
	assert_int_not_equal(yr_nfa_byte(n, start, 'a'), yr_nfa_byte(n, start, 'b'));
	assert_int_equal(yr_nfa_set(n, start, &set), yr_nfa_set(n, start, &set));
	assert_int_equal(yr_nfa_oob(n, start), yr_nfa_oob(n, start));
	star = yr_nfa_star(n, start, &set);
	assert_int_equal(yr_nfa_star(n, start, &set), star);
	assert_int_equal(yr_nfa_star(n, star, &set), star);
	assert_int_equal(yr_nfa_join(n, start, YR_STR("key"), &fresh), join);
	assert_false(fresh);
	assert_int_not_equal(yr_nfa_join(n, star, YR_STR("key"), &fresh), join);
	assert_true(fresh);
	yr_nfa_free(n);
}

/* Literals are laid many bytes at once, and sets beyond the first few are found by a hash. */
static void literals_and_sets_share_what_they_have_in_common(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	yr_node start = yr_nfa_start(n), ab, abc, abd, set[40];

	(void)state;
	abc = yr_nfa_bytes(n, start, YR_STR("abc"));
	abd = yr_nfa_bytes(n, start, YR_STR("abd"));
	ab = yr_nfa_byte(n, yr_nfa_byte(n, start, 'a'), 'b');
	assert_int_equal(yr_nfa_bytes(n, start, YR_STR("ab")), ab);
	assert_int_equal(yr_nfa_byte(n, ab, 'c'), abc);
	assert_int_equal(yr_nfa_byte(n, ab, 'd'), abd);
	assert_int_equal(yr_nfa_bytes(n, ab, YR_STR("def")),
			 yr_nfa_bytes(n, start, YR_STR("abdef")));
	assert_int_equal(yr_nfa_bytes(n, abc, YR_STR("")), abc);
	for (int round = 0; round < 2; round++)
		for (unsigned i = 0; i < ARRAY_LEN(set); i++) {
			struct yr_byteset two = { { 0 } };
			yr_node to;

			yr_byteset_add(&two, (unsigned char)i);
			yr_byteset_add(&two, (unsigned char)(255 - i));
			to = yr_nfa_set(n, start, &two);
			if (round)
				assert_int_equal(to, set[i]);
			set[i] = to;
			for (unsigned k = 0; k < i; k++)
				assert_int_not_equal(to, set[k]);
		}
	assert_int_equal(yr_nfa_failed(n), 0);
	yr_nfa_free(n);
}

static void no_node_leads_nowhere_and_harms_nothing(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_byteset set = yr_byteset_all();
	bool fresh = true;

	(void)state;
	assert_int_equal(yr_nfa_byte(n, 0, 'a'), 0);
	assert_int_equal(yr_nfa_bytes(n, 0, YR_STR("ab")), 0);
	assert_int_equal(yr_nfa_set(n, 0, &set), 0);
	assert_int_equal(yr_nfa_star(n, 0, &set), 0);
	assert_int_equal(yr_nfa_oob(n, 0), 0);
	assert_int_equal(yr_nfa_join(n, 0, YR_STR("k"), &fresh), 0);
	assert_false(fresh);
	yr_nfa_link(n, 0, 1);
	yr_nfa_link(n, 1, 0);
	yr_nfa_accept(n, 0, 1);
	assert_int_equal(yr_nfa_failed(n), 0);
	yr_nfa_free(n);
}

static void an_automaton_of_no_patterns_matches_nothing(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d = build(n, first_tag);

	(void)state;
	minimise(d);
	assert_int_equal(d->states, 2);
	assert_int_equal(d->accept[1], 0);
	assert_int_equal(yr_dfa_run(d, 1, YR_STR("a")), 0);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

static void the_out_of_band_symbol_is_not_a_byte(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_byteset all = yr_byteset_all();
	yr_node star = yr_nfa_star(n, yr_nfa_start(n), &all);
	yr_node end = yr_nfa_bytes(n, yr_nfa_oob(n, star), YR_STR("v"));
	struct yr_dfa *d;
	uint32_t s;

	(void)state;
	yr_nfa_accept(n, end, 7);
	d = build(n, first_tag);
	for (int round = 0; round < 2; round++) {
		s = yr_dfa_run(d, 1, YR_STR("any\377thing"));
		assert_int_equal(d->accept[yr_dfa_run(d, s, YR_STR("v"))], 0);
		s = yr_dfa_step_oob(d, s);
		assert_int_equal(d->accept[yr_dfa_run(d, s, YR_STR("v"))], 7);
		assert_int_equal(yr_dfa_step_oob(d, s), 0);
		assert_int_equal(yr_dfa_step_oob(d, 0), 0);
		minimise(d);
	}
	yr_dfa_free(d);
	yr_nfa_free(n);
}

struct folds {
	uint32_t tags[32][4];
	size_t n[32], calls;
};

static uint32_t note_fold(void *ctx, const uint32_t *tags, size_t n)
{
	struct folds *f = ctx;

	assert_true(f->calls < 32 && n > 0 && n <= 4);
	memcpy(f->tags[f->calls], tags, n * sizeof(*tags));
	f->n[f->calls] = n;
	return ++f->calls;
}

static void fold_sees_each_set_of_tags_that_meets_once_and_sorted(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct folds f = { .calls = 0 };
	struct yr_dfa *d = NULL;
	struct yr_err err = { 0 };
	uint32_t value;

	(void)state;
	lay(n, "/a", 0, 9);
	lay(n, "/a", 0, 9);
	lay(n, "/{a,b,c}", 0, 3);
	lay(n, "/[ad]", 0, 5);
	lay(n, "/e", 0, 3);
	assert_int_equal(yr_dfa_build(n, note_fold, &f, &d, &err), 0);
	assert_int_equal(f.calls, 3); /* {3 5 9}, {3}, {5} */
	value = d->accept[yr_dfa_run(d, 1, YR_STR("/a"))];
	assert_int_equal(f.n[value - 1], 3);
	assert_int_equal(f.tags[value - 1][0], 3);
	assert_int_equal(f.tags[value - 1][1], 5);
	assert_int_equal(f.tags[value - 1][2], 9);
	value = d->accept[yr_dfa_run(d, 1, YR_STR("/b"))];
	assert_int_equal(f.n[value - 1], 1);
	assert_int_equal(f.tags[value - 1][0], 3);
	assert_int_equal(d->accept[yr_dfa_run(d, 1, YR_STR("/e"))], value);
	value = d->accept[yr_dfa_run(d, 1, YR_STR("/d"))];
	assert_int_equal(f.n[value - 1], 1);
	assert_int_equal(f.tags[value - 1][0], 5);
	assert_int_equal(d->accept[yr_dfa_run(d, 1, YR_STR("/"))], 0);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

static void what_two_stars_cover_is_left_out_unless_it_says_more(void **state)
{
	static const struct {
		const char *glob;
		uint32_t tag;
		bool more;
	} cases[] = {
		{ "/a/b/c", 1, false },        { "/a/*/c?[x-z]", 1, false },
		{ "/a/**/b**", 1, false },     { "/a/b/c", 2, true },
		{ "/a/b/[^x]c", 1, true },     { "/a/b/\\000c", 1, true },
		{ "/a/{b,c\\000d}", 1, true }, { "/a/{b,c}{d,}", 1, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_nfa *n = yr_nfa_new();
		struct yr_dfa *d;

		lay(n, "/a/**", 0, 1);
		lay(n, cases[i].glob, 0, cases[i].tag);
		d = build(n, tag_bits);
		if ((d->states > 6) != cases[i].more)
			fail_msg("'%s': %u states", cases[i].glob, d->states);
		yr_dfa_free(d);
		yr_nfa_free(n);
	}
}

static void a_cover_says_nothing_of_what_comes_out_of_band(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d;
	uint32_t s;

	(void)state;
	lay(n, "**", YR_GLOB_NUL, 1);
	yr_nfa_accept(n, yr_nfa_oob(n, yr_nfa_bytes(n, yr_nfa_start(n), YR_STR("ab"))), 1);
	d = build(n, first_tag);
	minimise(d);
	s = yr_dfa_step_oob(d, yr_dfa_run(d, 1, YR_STR("ab")));
	assert_int_equal(d->accept[s], 1);
	assert_int_equal(yr_dfa_step_oob(d, yr_dfa_run(d, 1, YR_STR("a"))), 0);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

/* More tags than there are bits for them. */
static void many_tags_are_kept_apart(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d;
	char glob[40];

	(void)state;
	for (uint32_t i = 1; i <= 200; i++) {
		snprintf(glob, sizeof(glob), "/%u/**", i);
		lay(n, glob, 0, i);
		snprintf(glob, sizeof(glob), "/%u/a/b", i);
		lay(n, glob, 0, 201 - i);
	}
	d = build(n, first_tag);
	for (uint32_t i = 1; i <= 200; i++) {
		snprintf(glob, sizeof(glob), "/%u/a/b", i);
		assert_int_equal(d->accept[yr_dfa_run(d, 1, yr_str_of(glob))],
				 i < 201 - i ? i : 201 - i);
		snprintf(glob, sizeof(glob), "/%u/a/c", i);
		assert_int_equal(d->accept[yr_dfa_run(d, 1, yr_str_of(glob))], i);
	}
	yr_dfa_free(d);
	yr_nfa_free(n);
}

static void a_link_that_leads_back_is_refused(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d = NULL;
	struct yr_err err = { 0 };
	yr_node a = yr_nfa_byte(n, yr_nfa_start(n), 'a');
	yr_node b = yr_nfa_byte(n, a, 'b');

	(void)state;
	yr_nfa_link(n, b, a);
	yr_nfa_accept(n, b, 1);
	assert_int_equal(yr_dfa_build(n, first_tag, NULL, &d, &err), -EINVAL);
	assert_null(d);
	yr_nfa_free(n);
}

static void an_alternation_after_another_costs_a_sum_and_not_a_product(void **state)
{
	char glob[1200] = "/";
	struct yr_dfa *d;

	(void)state;
	for (int i = 0; i < 30; i++)
		strcat(glob, "{abc,def,ghi,}");
	d = compile(glob, 0);
	assert_true(d->states < 2000);
	assert_true(accepts(d, YR_STR("/abcghidefdef")));
	assert_false(accepts(d, YR_STR("/abcghidefde")));
	yr_dfa_free(d);
	strcpy(glob, "/");
	for (int i = 0; i < 60; i++)
		strcat(glob, "{a,b,c,d,e,f,g}");
	d = compile(glob, 0);
	minimise(d);
	assert_int_equal(d->states, 63);
	yr_dfa_free(d);
}

static void patterns_that_explode_end_at_a_limit(void **state)
{
	static const char *const bombs[] = {
		"/**a?????????????????????????????????",
		"/**a**b?????????????????????????????????",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bombs); i++) {
		struct yr_nfa *n = yr_nfa_new();
		struct yr_dfa *d = NULL;
		struct yr_err err = { 0 };

		lay(n, bombs[i], 0, 1);
		assert_int_equal(yr_dfa_build(n, first_tag, NULL, &d, &err), -E2BIG);
		assert_null(d);
		assert_non_null(strstr(err.msg, "more than"));
		yr_nfa_free(n);
	}
}

/* ---- automata made at random ---- */

/* Some are full of edges, others have few, as real ones. */
static struct yr_dfa *random_dfa(uint32_t states, uint32_t byte_columns, bool oob,
				 uint32_t accepts_n)
{
	struct yr_dfa *d = calloc(1, sizeof(*d));
	uint32_t n = 0, few = 2 + rnd(4);

	d->states = states;
	d->columns = byte_columns + oob;
	d->has_oob = oob;
	for (int c = 0; c < 256; c++)
		d->class_of[c] = c < byte_columns ? c : rnd(byte_columns);
	d->def = calloc(states, sizeof(*d->def));
	d->accept = calloc(states, sizeof(*d->accept));
	d->first = calloc(states + 1, sizeof(*d->first));
	d->edges = calloc(states * (size_t)d->columns, sizeof(*d->edges));
	for (uint32_t s = 1; s < states; s++) {
		d->first[s] = n;
		d->def[s] = rnd(few) ? 0 : rnd(states);
		d->accept[s] = rnd(3) ? 0 : rnd(accepts_n);
		for (uint32_t c = 0; c < d->columns; c++) {
			uint32_t to = rnd(states), otherwise = c < byte_columns ? d->def[s] : 0;

			if (!rnd(few) && to != otherwise)
				d->edges[n++] = (struct yr_edge){ c, to };
		}
	}
	d->first[states] = n;
	return d;
}

static struct yr_dfa *copy_of(const struct yr_dfa *d)
{
	struct yr_dfa *c = malloc(sizeof(*c));

	*c = *d;
	c->def = malloc(d->states * sizeof(*d->def));
	c->accept = malloc(d->states * sizeof(*d->accept));
	c->first = malloc((d->states + 1) * sizeof(*d->first));
	c->edges = malloc((d->first[d->states] + 1) * sizeof(*d->edges));
	memcpy(c->def, d->def, d->states * sizeof(*d->def));
	memcpy(c->accept, d->accept, d->states * sizeof(*d->accept));
	memcpy(c->first, d->first, (d->states + 1) * sizeof(*d->first));
	memcpy(c->edges, d->edges, d->first[d->states] * sizeof(*d->edges));
	return c;
}

struct compared {
	const struct yr_dfa *a, *b;
};

static int same_accept(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	const struct compared *c = ctx;

	(void)p;
	return c->a->accept[a] != c->b->accept[b];
}

static bool same_language(const struct yr_dfa *a, const struct yr_dfa *b)
{
	struct compared c = { a, b };

	return !yr_product_walk(a, 1, b, 1, same_accept, &c, NULL);
}

static uint32_t go(const struct yr_dfa *d, uint32_t s, uint32_t column)
{
	uint32_t row[257];

	yr_dfa_row(d, s, row);
	return row[column];
}

/* How many states a smallest automaton has: pairs told apart, until nothing changes. */
static uint32_t smallest(const struct yr_dfa *d)
{
	uint32_t n = d->states, count = 0;
	bool apart[40][40] = { { false } }, reached[40] = { false, true }, changed = true;

	while (changed) {
		changed = false;
		for (uint32_t s = 0; s < n; s++)
			for (uint32_t c = 0; reached[s] && c < d->columns; c++)
				if (!reached[go(d, s, c)])
					changed = reached[go(d, s, c)] = true;
	}
	reached[0] = true;
	for (changed = true; changed;) {
		changed = false;
		for (uint32_t s = 0; s < n; s++) {
			for (uint32_t t = 0; t < n; t++) {
				bool differ = d->accept[s] != d->accept[t];

				for (uint32_t c = 0; c < d->columns && !differ; c++)
					differ = apart[go(d, s, c)][go(d, t, c)];
				changed |= differ && !apart[s][t];
				apart[s][t] |= differ;
			}
		}
	}
	for (uint32_t s = 0; s < n; s++) {
		bool first = reached[s];

		for (uint32_t t = 0; t < s; t++)
			first &= !reached[t] || apart[s][t];
		count += first;
	}
	return count < 2 ? 2 : count;
}

static void well_formed(const struct yr_dfa *d)
{
	uint32_t row[257];

	assert_true(d->states >= 2);
	assert_int_equal(d->accept[0], 0);
	assert_int_equal(d->first[0], 0);
	for (uint32_t s = 0; s < d->states; s++) {
		yr_dfa_row(d, s, row);
		for (uint32_t c = 0; c < d->columns; c++)
			assert_true(row[c] < d->states && (s || !row[c]));
		for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
			bool oob = d->has_oob && d->edges[e].column == d->columns - 1;

			assert_true(d->edges[e].column < d->columns);
			assert_true(e == d->first[s] ||
				    d->edges[e].column > d->edges[e - 1].column);
			assert_int_not_equal(d->edges[e].to, oob ? 0 : d->def[s]);
		}
	}
}

static void minimising_keeps_the_language_and_leaves_as_few_states_as_can_be(void **state)
{
	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct yr_dfa *d = random_dfa(2 + rnd(20), 1 + rnd(4), rnd(2), 2 + rnd(2));
		struct yr_dfa *small = copy_of(d), *again;

		minimise(small);
		well_formed(small);
		if (!same_language(d, small))
			fail_msg("another language, round %d, seed %llu", round,
				 (unsigned long long)seed);
		if (small->states != smallest(d))
			fail_msg("%u states where %u would do, round %d, seed %llu", small->states,
				 smallest(d), round, (unsigned long long)seed);
		again = copy_of(small);
		minimise(again);
		assert_int_equal(again->states, small->states);
		assert_int_equal(again->first[again->states], small->first[small->states]);
		assert_memory_equal(again->def, small->def, small->states * sizeof(*small->def));
		assert_memory_equal(again->edges, small->edges,
				    small->first[small->states] * sizeof(*small->edges));
		yr_dfa_free(d);
		yr_dfa_free(small);
		yr_dfa_free(again);
	}
}

/*
 * States 6 and 7 are a cycle that nothing comes of. What leads there is equal to what stops: a
 * state between loops (3) to one before them (5), and one behind them (8) to another (9). So the
 * start is equal to the first loop (2), and both of the last (4, 10) are.
 */
static const struct {
	uint32_t accept, a, other;
} dead_ends[] = {
	{ 0, 0, 0 }, { 0, 2, 5 }, { 0, 2, 3 }, { 0, 4, 6 }, { 1, 4, 8 },  { 0, 10, 7 },
	{ 0, 7, 6 }, { 0, 6, 0 }, { 2, 6, 0 }, { 2, 0, 0 }, { 1, 10, 9 },
};

static void a_cycle_that_nothing_comes_of_is_merged_into_state_0(void **state)
{
	enum { N = ARRAY_LEN(dead_ends) };

	(void)state;
	/* In this order, and with all but state 0 and the start in the other. */
	for (int turned = 0; turned < 2; turned++) {
		uint32_t def[N], accept[N], first[N + 1], n = 0;
		struct yr_edge edges[N];
		struct yr_dfa *small, d = { .states = N,
					    .columns = 2,
					    .def = def,
					    .first = first,
					    .edges = edges,
					    .accept = accept };

		memset(d.class_of, 1, sizeof(d.class_of));
		d.class_of['a'] = 0;
		for (uint32_t s = 0; s < N; s++) {
			uint32_t at = turned && s > 1 ? N + 1 - s : s, to[2];

			to[0] = dead_ends[at].a, to[1] = dead_ends[at].other;
			for (int k = 0; k < 2 && turned; k++)
				to[k] = to[k] > 1 ? N + 1 - to[k] : to[k];
			accept[s] = dead_ends[at].accept;
			def[s] = to[1];
			first[s] = n;
			if (to[0] != to[1])
				edges[n++] = (struct yr_edge){ 0, to[0] };
		}
		first[N] = n;
		small = copy_of(&d);
		minimise(small);
		well_formed(small);
		assert_true(same_language(&d, small));
		assert_int_equal(small->states, 5);
		yr_dfa_free(small);
	}
}

static void a_cycle_that_only_repeats_what_another_state_says_is_merged_into_it(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d;

	(void)state;
	lay(n, "**", 0, 1);
	lay(n, "*ab", 0, 1);
	lay(n, "**ab*cd**", 0, 1);
	d = build(n, first_tag);
	minimise(d);
	assert_int_equal(d->states, 2);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

static void the_same_patterns_give_the_same_automaton_in_any_order(void **state)
{
	static const char *const glob[] = { "/usr/{lib,share}/**.so*", "/etc/*/{a,b}", "/etc/**",
					    "/home/*/.cache/**/x[0-9]" };
	struct yr_dfa *d[2];

	(void)state;
	for (int k = 0; k < 2; k++) {
		struct yr_nfa *n = yr_nfa_new();

		for (int i = 0; i < 4; i++)
			lay(n, glob[k ? 3 - i : i], 0, k ? 3 - i : i);
		d[k] = build(n, tag_bits);
		minimise(d[k]);
		yr_nfa_free(n);
	}
	assert_int_equal(d[0]->states, d[1]->states);
	assert_memory_equal(d[0]->class_of, d[1]->class_of, 256);
	assert_memory_equal(d[0]->first, d[1]->first, (d[0]->states + 1) * sizeof(uint32_t));
	assert_memory_equal(d[0]->def, d[1]->def, d[0]->states * sizeof(uint32_t));
	assert_memory_equal(d[0]->edges, d[1]->edges,
			    d[0]->first[d[0]->states] * sizeof(struct yr_edge));
	yr_dfa_free(d[0]);
	yr_dfa_free(d[1]);
}

/* ---- packed tables ---- */

static struct yr_tables *pack_as(const struct yr_dfa *d, unsigned flags)
{
	struct yr_tables *t = NULL;
	struct yr_err err = { 0 };

	if (yr_tables_pack(d, flags, &t, &err) || yr_tables_verify(t, &err))
		fail_msg("%s", err.msg);
	return t;
}

static struct yr_tables *pack(const struct yr_dfa *d)
{
	return pack_as(d, 0);
}

static struct yr_dfa *unpack(const struct yr_tables *t)
{
	struct yr_dfa *d = NULL;
	struct yr_err err = { 0 };

	if (yr_tables_unpack(t, &d, &err))
		fail_msg("%s", err.msg);
	return d;
}

static void packed_tables_step_as_the_automaton_does(void **state)
{
	(void)state;
	for (int round = 0; round < 600; round++) {
		struct yr_dfa *d = random_dfa(2 + rnd(40), 1 + rnd(60), rnd(2), 3), *back;
		struct yr_tables *t = pack_as(d, round % 4);

		back = unpack(t);
		well_formed(back);
		assert_int_equal(t->states, d->states);
		for (uint32_t s = 0; s < d->states; s++) {
			assert_int_equal(t->accept[s], d->accept[s]);
			for (int c = 0; c < 256; c++) {
				assert_int_equal(yr_tables_step(t, s, c), yr_dfa_step(d, s, c));
				assert_int_equal(yr_dfa_step(back, s, c), yr_dfa_step(d, s, c));
			}
			assert_int_equal(yr_tables_step_oob(t, s), yr_dfa_step_oob(d, s));
			assert_int_equal(yr_dfa_step_oob(back, s), yr_dfa_step_oob(d, s));
		}
		assert_true(same_language(d, back));
		yr_tables_free(t);
		yr_dfa_free(d);
		yr_dfa_free(back);
	}
}

/* What lies below a rule for everything goes on as everything else, but for a byte or two. */
static void rows_that_differ_little_are_held_as_differences(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_tables *whole, *diff;
	uint32_t used[2] = { 0 }, links = 0;
	struct yr_dfa *d, *back;
	char glob[64];

	(void)state;
	lay(n, "/**", 0, 1);
	for (int i = 0; i < 300; i++) {
		snprintf(glob, sizeof(glob), "/%c%u/{,lib}%u/*.so", 'a' + (int)rnd(26), rnd(9), i);
		lay(n, glob, 0, 2);
	}
	d = build(n, tag_bits);
	minimise(d);
	whole = pack_as(d, 0);
	diff = pack_as(d, YR_PACK_DIFF);
	assert_false(whole->has_diff);
	assert_true(diff->has_diff);
	for (uint32_t i = 0; i < whole->cells; i++)
		used[0] += whole->check[i] != 0;
	for (uint32_t i = 0; i < diff->cells; i++)
		used[1] += diff->check[i] != 0;
	assert_true(used[1] * 4 < used[0] * 3);
	for (uint32_t s = 0; s < d->states; s++) {
		uint32_t up = s;

		for (links = 0; diff->base[up] & YR_BASE_DIFF; links++)
			up = diff->def[up];
		assert_true(links <= 4);
		for (int c = 0; c < 256; c++)
			assert_int_equal(yr_tables_step(diff, s, c), yr_dfa_step(d, s, c));
	}
	back = unpack(diff);
	assert_true(same_language(d, back));
	yr_dfa_free(back);
	yr_dfa_free(d);
	yr_tables_free(whole);
	yr_tables_free(diff);
	yr_nfa_free(n);
}

/* One cell for each column instead of each byte: 26 letters that nothing tells apart are one. */
static void classes_stand_for_bytes_when_asked_for(void **state)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_tables *t;
	struct yr_dfa *d;

	(void)state;
	lay(n, "/[a-z]/[a-z0-9]", 0, 1);
	d = build(n, first_tag);
	t = pack_as(d, YR_PACK_CLASSES);
	assert_non_null(t->classes);
	assert_int_equal(t->classes['a'], t->classes['z']);
	assert_int_not_equal(t->classes['a'], t->classes['0']);
	assert_int_equal(t->accept[yr_tables_run(t, 1, yr_str_of("/q/7"))], 1);
	assert_int_equal(yr_tables_run(t, 1, yr_str_of("/7/q")), 0);
	yr_tables_free(t);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

static void rows_interlock(void **state)
{
	char glob[64];
	struct yr_nfa *n = yr_nfa_new();
	struct yr_dfa *d;
	struct yr_tables *t;
	uint32_t used = 0;

	(void)state;
	for (int i = 0; i < 500; i++) {
		snprintf(glob, sizeof(glob), "/usr/%u/lib%u/*.so", rnd(50), i);
		lay(n, glob, 0, i % 3);
	}
	d = build(n, first_tag);
	minimise(d);
	t = pack(d);
	for (uint32_t i = 0; i < t->cells; i++)
		used += t->check[i] != 0;
	/* All but the padding of 255 cells and few gaps. */
	assert_true(t->cells - 256 <= used + used / 20);
	yr_tables_free(t);
	yr_dfa_free(d);
	yr_nfa_free(n);
}

/*
 * State 1 takes 'a' to 2, 'b' to 3, else 1; 2 is written as its difference to 1: 'b'
 * leads to 2; 3 as its difference to 2: 'a' leads to 0; 3 steps to 1 out of band.
 */
static struct yr_tables *diff_tables(void)
{
	struct yr_tables *t = yr_tables_new(4, 1000);

	t->has_diff = t->has_oob = true;
	t->def[1] = 1;
	t->base[1] = 1;
	t->next[1 + 'a'] = 2;
	t->check[1 + 'a'] = 1;
	t->next[1 + 'b'] = 3;
	t->check[1 + 'b'] = 1;
	t->def[2] = 1;
	t->base[2] = 300 | YR_BASE_DIFF;
	t->next[300 + 'b'] = 2;
	t->check[300 + 'b'] = 2;
	t->def[3] = 2;
	t->base[3] = 401 | YR_BASE_DIFF | YR_BASE_OOB;
	t->next[401 + 'a'] = 0;
	t->check[401 + 'a'] = 3;
	t->next[400] = 1;
	t->check[400] = 3;
	t->accept[3] = 5;
	return t;
}

static void diff_encoded_states_go_on_from_their_default(void **state)
{
	struct yr_tables *t = diff_tables();
	struct yr_err err = { 0 };
	struct yr_dfa *d;

	(void)state;
	if (yr_tables_verify(t, &err))
		fail_msg("%s", err.msg);
	d = unpack(t);
	well_formed(d);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("xyza")), 2);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("aa")), 2);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("ab")), 2);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("ax")), 1);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("bb")), 2);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("ba")), 0);
	assert_int_equal(yr_tables_step_oob(t, 3), 1);
	assert_int_equal(yr_tables_step_oob(t, 2), 0);
	for (uint32_t s = 0; s < 4; s++) {
		assert_int_equal(d->accept[s], t->accept[s]);
		for (int c = 0; c < 256; c++)
			assert_int_equal(yr_dfa_step(d, s, c), yr_tables_step(t, s, c));
		assert_int_equal(yr_dfa_step_oob(d, s), yr_tables_step_oob(t, s));
	}
	yr_dfa_free(d);
	yr_tables_free(t);
}

static void byte_classes_of_tables_are_respected(void **state)
{
	struct yr_tables *t = yr_tables_new(3, 300);
	struct yr_dfa *d;

	(void)state;
	t->classes = calloc(256, 1);
	t->classes['x'] = t->classes['y'] = 4;
	t->def[1] = 1;
	t->base[1] = 7;
	t->check[7 + 4] = 1;
	t->next[7 + 4] = 2;
	assert_int_equal(yr_tables_verify(t, NULL), 0);
	d = unpack(t);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("abcx")), 2);
	assert_int_equal(yr_tables_run(t, 1, YR_STR("y")), 2);
	assert_int_equal(yr_dfa_run(d, 1, YR_STR("abcx")), 2);
	assert_int_equal(d->columns, 2);
	yr_dfa_free(d);
	yr_tables_free(t);
}

enum field { STATES, BASE, DEF, NEXT, CHECK, HAS_DIFF, HAS_OOB };

static const struct {
	enum field field;
	uint32_t at, value;
	const char *why;
} broken[] = {
	{ STATES, 0, 1, "fewer than two states" },
	{ STATES, 0, 0, "fewer than two states" },
	{ BASE, 1, 745, "a base outside the cells" },
	{ BASE, 1, 0xffffff, "a base outside the cells" },
	{ BASE, 1, 0x40000001, "unknown flags" },
	{ BASE, 1, 0x01000001, "unknown flags" },
	{ BASE, 1, YR_BASE_OOB, "an out-of-band transition outside the cells" },
	{ BASE, 1, 1 | YR_BASE_DIFF, "in a loop" },
	{ DEF, 2, 2, "in a loop" },
	{ DEF, 2, 3, "in a loop" },
	{ DEF, 2, 4, "a default outside the states" },
	{ DEF, 2, UINT32_MAX, "a default outside the states" },
	{ DEF, 0, 1, "state 0 does not trap" },
	{ NEXT, 999, 4, "a next state outside the states" },
	{ CHECK, 999, 4, "a check outside the states" },
	{ NEXT, 77, 1, "state 0 does not trap" },
	{ HAS_DIFF, 0, 0, "a diff-encoded state, but the header announces none" },
	{ HAS_OOB, 0, 0, "an out-of-band transition, but the header announces none" },
};

static void tables_that_the_kernel_would_refuse_are_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		struct yr_tables *t = diff_tables();
		struct yr_err err = { 0 };
		uint32_t *array[] = {
			[BASE] = t->base, [DEF] = t->def, [NEXT] = t->next, [CHECK] = t->check
		};

		switch (broken[i].field) {
		case STATES:
			t->states = broken[i].value;
			break;
		case HAS_DIFF:
			t->has_diff = broken[i].value;
			break;
		case HAS_OOB:
			t->has_oob = broken[i].value;
			break;
		default:
			array[broken[i].field][broken[i].at] = broken[i].value;
		}
		assert_int_equal(yr_tables_verify(t, &err), -EINVAL);
		if (!strstr(err.msg, broken[i].why))
			fail_msg("case %zu: %s", i, err.msg);
		yr_tables_free(t);
	}
}

static void random_tables_are_refused_or_walked_safely(void **state)
{
	uint32_t taken = 0;

	(void)state;
	for (int round = 0; round < 4000; round++) {
		uint32_t states = 2 + rnd(5), cells = 256 + rnd(20);
		struct yr_tables *t = yr_tables_new(states, cells);
		struct yr_dfa *d = NULL;

		t->has_diff = rnd(2);
		t->has_oob = rnd(2);
		for (uint32_t s = 0; s < states; s++) {
			t->def[s] = s && rnd(4) ? rnd(states + !rnd(20)) : 0;
			t->base[s] = rnd(cells - 255 + !rnd(20)) |
				     (s && rnd(4) && t->has_diff ? YR_BASE_DIFF : 0) |
				     (rnd(3) && t->has_oob ? YR_BASE_OOB : 0);
		}
		for (uint32_t c = 0; c < cells; c++) {
			t->check[c] = rnd(states + !rnd(2000));
			t->next[c] = t->check[c] ? rnd(states) : 0;
		}
		if (!yr_tables_verify(t, NULL)) {
			taken++;
			d = unpack(t);
			well_formed(d);
			for (uint32_t s = 0; s < states; s++) {
				for (int c = 0; c < 256; c++)
					assert_int_equal(yr_dfa_step(d, s, c),
							 yr_tables_step(t, s, c));
				assert_int_equal(yr_dfa_step_oob(d, s), yr_tables_step_oob(t, s));
			}
			yr_dfa_free(d);
		}
		yr_tables_free(t);
	}
	assert_true(taken > 100);
}

static void long_chains_of_differences_are_read_in_linear_time(void **state)
{
	uint32_t states = 60000;
	struct yr_tables *t = yr_tables_new(states, 1024);
	struct yr_dfa *d;

	(void)state;
	t->has_diff = true;
	for (uint32_t s = 2; s < states; s++) {
		t->base[s] = YR_BASE_DIFF;
		t->def[s] = s - 1;
	}
	t->check['a'] = states - 1;
	t->next['a'] = 1;
	assert_int_equal(yr_tables_verify(t, NULL), 0);
	d = unpack(t);
	assert_int_equal(yr_dfa_step(d, states - 1, 'a'), 1);
	yr_dfa_free(d);
	yr_tables_free(t);
}

/* ---- products ---- */

struct visits {
	const struct yr_dfa *a, *b;
	uint32_t seen[40][40]; /* length of the input + 1 */
	uint32_t last, n;
};

static uint32_t step_any(const struct yr_dfa *d, uint32_t s, uint16_t symbol)
{
	return symbol == 256 ? yr_dfa_step_oob(d, s) : yr_dfa_step(d, s, symbol);
}

static int note_visit(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct visits *v = ctx;
	uint32_t at_a = 1, at_b = 1;
	size_t len = 0;
	uint16_t *input = yr_product_input(p, &len);

	for (size_t i = 0; i < len; i++) {
		at_a = step_any(v->a, at_a, input[i]);
		at_b = step_any(v->b, at_b, input[i]);
	}
	free(input);
	assert_true(at_a == a && at_b == b);
	assert_true(len >= v->last);
	assert_int_equal(v->seen[a][b], 0);
	v->seen[a][b] = len + 1;
	v->last = len;
	v->n++;
	return 0;
}

/* Lengths of shortest inputs to all pairs, by rounds over all pairs. */
static void check_visits(const struct visits *v)
{
	uint32_t want[40][40] = { { 0 } }, n = 0;
	int symbols = 256 + (v->a->has_oob || v->b->has_oob);
	bool changed = true;

	want[1][1] = 1;
	for (uint32_t round = 1; changed; round++) {
		changed = false;
		for (uint32_t a = 0; a < v->a->states; a++)
			for (uint32_t b = 0; b < v->b->states; b++)
				for (int c = 0; c < symbols && want[a][b] == round; c++) {
					uint32_t *to =
						&want[step_any(v->a, a, c)][step_any(v->b, b, c)];

					changed |= !*to;
					*to = *to ? *to : round + 1;
				}
	}
	for (uint32_t a = 0; a < v->a->states; a++)
		for (uint32_t b = 0; b < v->b->states; b++) {
			assert_int_equal(v->seen[a][b], want[a][b]);
			n += want[a][b] != 0;
		}
	assert_int_equal(v->n, n);
}

static void a_product_walk_meets_every_pair_once_by_a_shortest_input(void **state)
{
	(void)state;
	for (int round = 0; round < 60; round++) {
		struct yr_dfa *a = random_dfa(2 + rnd(12), 1 + rnd(5), rnd(2), 3);
		struct yr_dfa *b = random_dfa(2 + rnd(12), 1 + rnd(5), rnd(2), 3);
		struct visits v = { .a = a, .b = b };

		assert_int_equal(yr_product_walk(a, 1, b, 1, note_visit, &v, NULL), 0);
		check_visits(&v);
		yr_dfa_free(a);
		yr_dfa_free(b);
	}
}

struct witness {
	const struct yr_dfa *a, *b;
	char text[20];
};

static int find_difference(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct witness *w = ctx;
	size_t len;
	uint16_t *input;

	if (w->a->accept[a] == w->b->accept[b])
		return 0;
	input = yr_product_input(p, &len);
	assert_true(len < sizeof(w->text));
	for (size_t i = 0; i < len; i++)
		w->text[i] = input[i];
	free(input);
	return 42;
}

static void a_product_walk_ends_with_the_first_difference(void **state)
{
	struct yr_dfa *a = compile("/a/{b,c}*", 0), *b = compile("/a/{b,cd}*", 0);
	struct witness w = { .a = a, .b = b };

	(void)state;
	assert_int_equal(yr_product_walk(a, 1, b, 1, find_difference, &w, NULL), 42);
	assert_string_equal(w.text, "/a/c");
	yr_dfa_free(a);
	yr_dfa_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(globs_match_what_upstream_lets_them_match),
		cmocka_unit_test(nul_is_matched_only_when_asked_for_or_by_a_negated_class),
		cmocka_unit_test(malformed_globs_are_refused_with_what_and_where),
		cmocka_unit_test(alternations_nest_as_deep_as_the_limit_says),
		cmocka_unit_test(a_pattern_in_pieces_is_laid_as_its_text),
		cmocka_unit_test(glob_info_tells_literals_and_the_shortest_match),
		cmocka_unit_test(random_globs_match_as_an_independent_matcher_says),
		cmocka_unit_test(the_shortest_match_has_the_length_that_glob_info_says),
		cmocka_unit_test(the_same_element_after_the_same_node_is_the_same_node),
		cmocka_unit_test(literals_and_sets_share_what_they_have_in_common),
		cmocka_unit_test(no_node_leads_nowhere_and_harms_nothing),
		cmocka_unit_test(an_automaton_of_no_patterns_matches_nothing),
		cmocka_unit_test(the_out_of_band_symbol_is_not_a_byte),
		cmocka_unit_test(fold_sees_each_set_of_tags_that_meets_once_and_sorted),
		cmocka_unit_test(what_two_stars_cover_is_left_out_unless_it_says_more),
		cmocka_unit_test(a_cover_says_nothing_of_what_comes_out_of_band),
		cmocka_unit_test(many_tags_are_kept_apart),
		cmocka_unit_test(a_link_that_leads_back_is_refused),
		cmocka_unit_test(an_alternation_after_another_costs_a_sum_and_not_a_product),
		cmocka_unit_test(patterns_that_explode_end_at_a_limit),
		cmocka_unit_test(minimising_keeps_the_language_and_leaves_as_few_states_as_can_be),
		cmocka_unit_test(a_cycle_that_nothing_comes_of_is_merged_into_state_0),
		cmocka_unit_test(
			a_cycle_that_only_repeats_what_another_state_says_is_merged_into_it),
		cmocka_unit_test(the_same_patterns_give_the_same_automaton_in_any_order),
		cmocka_unit_test(packed_tables_step_as_the_automaton_does),
		cmocka_unit_test(rows_that_differ_little_are_held_as_differences),
		cmocka_unit_test(classes_stand_for_bytes_when_asked_for),
		cmocka_unit_test(rows_interlock),
		cmocka_unit_test(diff_encoded_states_go_on_from_their_default),
		cmocka_unit_test(byte_classes_of_tables_are_respected),
		cmocka_unit_test(tables_that_the_kernel_would_refuse_are_refused),
		cmocka_unit_test(random_tables_are_refused_or_walked_safely),
		cmocka_unit_test(long_chains_of_differences_are_read_in_linear_time),
		cmocka_unit_test(a_product_walk_meets_every_pair_once_by_a_shortest_input),
		cmocka_unit_test(a_product_walk_ends_with_the_first_difference),
	};
	const char *given = getenv("YR_TEST_SEED");

	seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	random_state = seed * UINT64_C(0x9e3779b97f4a7c15) + 1;
	print_message("# seed %llu (YR_TEST_SEED repeats it)\n", (unsigned long long)seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
