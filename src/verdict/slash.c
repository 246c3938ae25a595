/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes that match a slash which nobody wrote: '[^a]' and '[!-~]' leave the folder that the
 * pattern speaks of. Told only with a path that shows it. Paths that the kernel asks about
 * have no two slashes in a row, so a class right behind a slash never meets one.
 */
#include <errno.h>
#include <stdlib.h>

#include "verdict/lint.h"

/* Spellings of one pattern that are looked at, and bytes of each: these are rare. */
#define SPELLINGS 64
#define BYTES 4096

enum { TAG_LANGUAGE, TAG_NAMES, TAG_DOUBLE, CROSSES = 1, OTHER = 2 };

/* What matches the pattern, but not when its classes keep off slashes, and is a path. */
static uint32_t fold_crossing(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	return n == 1 && tags[0] == TAG_LANGUAGE ? CROSSES : OTHER;
}

static void lay_double_slash(struct yr_nfa *n)
{
	struct yr_byteset all = yr_byteset_all();
	yr_node at = yr_nfa_star(n, yr_nfa_start(n), &all);

	at = yr_nfa_byte(n, yr_nfa_byte(n, at, '/'), '/');
	yr_nfa_accept(n, yr_nfa_star(n, at, &all), TAG_DOUBLE);
}

/* A shortest path for which the slash of a class counts, malloc'ed; NULL: none, or *ret_status. */
static unsigned char *find_crossing(struct yr_str text, size_t *ret_len, int *ret_status)
{
	struct yr_nfa *n = yr_nfa_new();
	unsigned char *best = NULL;
	struct yr_dfa *d = NULL;
	struct yr_err err = { 0 };
	yr_node end;
	int r;

	if (!n) {
		*ret_status = -ENOMEM;
		return NULL;
	}
	r = yr_glob_lay(n, yr_nfa_start(n), text, 0, &end, NULL);
	yr_nfa_accept(n, end, TAG_LANGUAGE);
	if (!r)
		r = yr_glob_lay(n, yr_nfa_start(n), text, YR_GLOB_NAME_CLASSES, &end, NULL);
	yr_nfa_accept(n, end, TAG_NAMES);
	lay_double_slash(n);
	if (!r)
		r = yr_dfa_build(n, fold_crossing, NULL, &d, &err);
	yr_nfa_free(n);
	for (uint32_t s = 1; !r && s < d->states; s++) {
		unsigned char *path;
		size_t len;

		if (d->accept[s] != CROSSES || !(path = yr_dfa_path_to(d, s, &len)))
			continue;
		if (best && len >= *ret_len) {
			free(path);
			continue;
		}
		free(best);
		best = path;
		*ret_len = len;
	}
	yr_dfa_free(d);
	/* Too big a pattern is no finding. */
	if (r == -ENOMEM)
		*ret_status = r;
	return best;
}

static int look_at(struct yr_lint *l, const struct yr_profile *p, const struct yr_word *word)
{
	AUTO_ARENA struct yr_arena scratch = { 0 };
	struct yr_str *texts;
	size_t n;
	int r;

	if (!word->text.at || !memchr(word->text.at, '[', word->text.len))
		return 0;
	r = yr_expand(&scratch, p->scope, NULL, word, true, l->diags, &texts, &n);
	if (r < 0)
		return r == -ENOMEM ? r : 0;
	r = 0;
	for (size_t i = 0; i < n && i < SPELLINGS && !r; i++) {
		struct yr_glob_info info = { 0 };
		AUTO_FREE unsigned char *path = NULL;
		size_t len;

		if (texts[i].len > BYTES || yr_glob_check(texts[i], 0, &info) < 0 ||
		    !info.class_has_slash)
			continue;
		path = find_crossing(texts[i], &len, &r);
		if (!path)
			continue;
		yr_complain(l->diags, &word->loc, YR_WARNING, "class-slash",
			    "a class of this pattern matches '/': the pattern takes in '%.*s'; "
			    "write '/' into the class, as in [^/...], to leave it out or to show "
			    "that it is meant",
			    (int)len, path);
		return 0;
	}
	return r;
}

int yr_lint_slashes(struct yr_lint *l, const struct yr_profile *p)
{
	int r = 0;

	for (size_t i = 0; i < p->n_rules && !r; i++) {
		const struct yr_rule *rule = p->rules[i];

		if (!yr_lint_own(l, rule))
			continue;
		if (rule->kind == YR_RULE_FILE) {
			r = look_at(l, p, &rule->u.file.path);
		} else if (rule->kind == YR_RULE_LINK) {
			r = look_at(l, p, &rule->u.link.from);
			r = r ? r : look_at(l, p, &rule->u.link.to);
		}
	}
	if (!r && p->attachment_written)
		r = look_at(l, p, &p->attachment);
	return r < 0 ? yr_err_set(l->err, ENOMEM, "out of memory") : 0;
}
