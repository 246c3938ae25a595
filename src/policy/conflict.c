/* SPDX-License-Identifier: Apache-2.0 */
/* Telling of rules that want different executions of one program. */
#include <errno.h>
#include <stdlib.h>

#include "policy/enc.h"

/* One step of the search: a state, and whether the byte before it was a slash. */
struct step {
	uint32_t from;
	unsigned char byte;
};

/* Bytes in the order in which a reader likes them; a path has no others when it can do without. */
static const char likely[] = "abcdefghijklmnopqrstuvwxyz0123456789"
			     "ABCDEFGHIJKLMNOPQRSTUVWXYZ_-.+,:=@%~#!$&'()*;<>?[]^`{|}\"\\ /";

static char *read_back(struct yr_arena *arena, const struct step *step, uint32_t at)
{
	size_t n = 0;
	char *path;

	for (uint32_t i = at; i != 2; i = step[i].from)
		n++;
	path = yr_arena_alloc(arena, n + 1);
	if (!path)
		return NULL;
	path[n] = '\0';
	for (uint32_t i = at; i != 2; i = step[i].from)
		path[--n] = (char)step[i].byte;
	return path;
}

/* A shortest path of printable bytes to a state with @accept: no "//", no slash at its end. */
static char *find_path(struct yr_arena *arena, const struct yr_dfa *d, uint32_t accept)
{
	AUTO_FREE struct step *step = calloc(d->states * (size_t)2, sizeof(*step));
	AUTO_FREE uint32_t *queue = malloc(d->states * 2 * sizeof(*queue));
	uint32_t n = 0;

	if (!step || !queue)
		return NULL;
	step[2].from = 2; /* state 1 without a slash before it */
	queue[n++] = 2;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = queue[i];

		if (!(at & 1) && d->accept[at / 2] == accept)
			return read_back(arena, step, at);
		for (const char *c = likely; *c; c++) {
			bool slash = *c == '/';
			uint32_t to = yr_dfa_step(d, at / 2, (unsigned char)*c) * 2 + slash;

			if (to < 2 || step[to].from || (slash && at & 1))
				continue;
			step[to] = (struct step){ at, (unsigned char)*c };
			queue[n++] = to;
		}
	}
	return NULL;
}

/* Any bytes; those of two names have a NUL between them. */
static char *find_bytes(struct yr_arena *arena, const struct yr_dfa *d, uint32_t accept)
{
	AUTO_FREE unsigned char *path = NULL;
	size_t len = 0;

	for (uint32_t s = 1; s < d->states && !path; s++)
		if (d->accept[s] == accept)
			path = yr_dfa_path_to(d, s, &len);
	for (size_t i = 0; path && i < len; i++)
		if (!path[i])
			return yr_arena_printf(arena, "%.*s -> %.*s", (int)i, path,
					       (int)(len - i - 1), path + i + 1);
	return path ? yr_arena_strndup(arena, (char *)path, len) : NULL;
}

/* How @r goes on, as it would be written: "Pix -> target". */
static const char *exec_words(struct yr_arena *arena, const struct yr_rule *r)
{
	static const char letters[] = {
		[YR_EXEC_UNCONFINED] = 'u', [YR_EXEC_PROFILE] = 'p', [YR_EXEC_CHILD] = 'c'
	};
	const struct yr_exec *x = &r->u.file.exec;
	char mode[8];
	size_t n = 0;

	if (r->kind == YR_RULE_CHANGE_PROFILE)
		return r->u.change_profile.unsafe ? "unsafe" : "safe";
	if (x->kind)
		mode[n++] = (char)(letters[x->kind] & (x->unsafe ? 0xff : 0xdf));
	if (x->inherit)
		mode[n++] = 'i';
	if (x->fallback_unconfined)
		mode[n++] = 'u';
	mode[n++] = 'x';
	mode[n] = '\0';
	if (!r->u.file.target.text.at)
		return yr_arena_strndup(arena, mode, n);
	return yr_arena_printf(arena, "%s -> %.*s", mode, YR_STR_ARG(r->u.file.target.text));
}

static int by_place(const void *left, const void *right)
{
	const struct yr_conflict *a = left, *b = right;

	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return (a->a > b->a) - (a->a < b->a);
}

/* What shows that they meet; where no path does, the pattern of one. */
static const char *witness(struct yr_arena *arena, const struct yr_dfa *d,
			   const struct yr_conflict *c, const struct yr_rule *rule)
{
	const char *path = NULL;

	for (unsigned i = 0; i < c->n && !path; i++)
		path = find_path(arena, d, c->accept[i]);
	for (unsigned i = 0; i < c->n && !path; i++)
		path = find_bytes(arena, d, c->accept[i]);
	if (path || rule->kind != YR_RULE_FILE)
		return path;
	return yr_arena_strndup(arena, rule->u.file.path.text.at, rule->u.file.path.text.len);
}

void yr_enc_report_conflicts(struct yr_enc *e, const struct yr_dfa *dfa, struct yr_fold *fold)
{
	static const char *const whose[] = { "", " by its owner", " by others than its owner", "" };

	qsort(fold->conflicts, fold->n_conflicts, sizeof(*fold->conflicts), by_place);
	for (uint32_t i = 0; i < fold->n_conflicts; i++) {
		const struct yr_conflict *c = &fold->conflicts[i];
		const struct yr_rule *a = fold->tags->at[c->a].rule, *b = fold->tags->at[c->b].rule;
		const char *wants_a = exec_words(&e->scratch, a);
		const char *wants_b = exec_words(&e->scratch, b);
		const char *path = witness(&e->scratch, dfa, c, b);

		if (!path || !wants_a || !wants_b) {
			e->status = -ENOMEM;
			return;
		}
		yr_complain(e->diags, &b->loc, YR_ERROR, "conflict",
			    "two rules let '%s' be executed%s in different ways: this one wants "
			    "'%s', the other one '%s'",
			    path, whose[c->halves], wants_b, wants_a);
		yr_complain(e->diags, &a->loc, YR_NOTE, "conflict", "the other one is here");
	}
}
