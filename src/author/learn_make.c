/* SPDX-License-Identifier: Apache-2.0 */
/* From what was seen to rules, profile by profile. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "base/limits.h"

static void ask_file(const struct yr_compiled *c, struct yr_learn_file *f)
{
	uint32_t owner = yr_query_file(c, f->path, true), other = yr_query_file(c, f->path, false);

	f->had[YR_LEARN_OWNER] = owner;
	f->had[YR_LEARN_ANYBODY] = owner & other;
}

/* What the policy that there is allows already. */
static int ask_old(const struct yr_learned_profile *p, const struct yr_subject *old,
		   struct yr_err *err)
{
	AUTO_FREE bool *had = calloc(p->n_others + 1, sizeof(*had));
	unsigned left = YR_LIMIT_LEARN_ALONE;
	int r = had ? yr_learn_ask_many(old, p, had, err) : -ENOMEM;

	if (r < 0)
		return r;
	for (size_t i = 0; i < p->n_files; i++)
		ask_file(old->compiled, &p->files[i]);
	for (size_t i = 0; i < p->n_others; i++) {
		struct yr_answer answer = { 0 };

		p->others[i].had = had[i];
		/* A rule too many does no harm. */
		if (had[i] || !left)
			continue;
		left--;
		r = yr_learn_ask(old, p->others[i].access, &answer, err);
		yr_answer_done(&answer);
		if (r < 0 && r != -EBADMSG)
			return r;
		p->others[i].had = r > 0;
	}
	return 0;
}

/* By kind, then in the order of paths. */
static int by_kind(const void *a, const void *b)
{
	const struct yr_learned_rule *x = *(struct yr_learned_rule *const *)a;
	const struct yr_learned_rule *y = *(struct yr_learned_rule *const *)b;
	const char *s = x->folder ? x->folder : x->text, *t = y->folder ? y->folder : y->text;
	int c = (int)x->kind - (int)y->kind;

	if (!c)
		c = strcmp(s, t);
	return c ? c : strcmp(x->text, y->text);
}

static int make(struct yr_learn *l, struct yr_learned_profile *p)
{
	int r = yr_learn_file_rules(l, p);

	if (!r)
		r = yr_learn_other_rules(l, p);
	return r;
}

static void deny(struct yr_learned_profile *p)
{
	for (size_t i = 0; i < p->n_files; i++) {
		struct yr_learned_rule *r = p->files[i].rule[YR_LEARN_ANYBODY][0];

		if (r && p->files[i].how == YR_LEARN_DENIED)
			r->fate = YR_LEARN_REFUSED;
	}
}

int yr_learn_make(struct yr_learn *l, const struct yr_learn_policy *how, struct yr_diags *diags,
		  struct yr_err *err)
{
	struct yr_learn_asked old = { .unit = NULL };
	struct yr_subject subject;
	int r = 0;

	l->variables = yr_arena_new(&l->arena, struct yr_learn_variables);
	if (!l->variables)
		return yr_err_set(err, ENOMEM, "out of memory");
	if (how->text.at)
		r = yr_learn_compile(how, how->name, how->text, false, diags, &old, err);
	for (size_t i = 0; i < l->n_profiles && !r; i++) {
		if (yr_learn_subject(&old, how, l->profiles[i]->name, &subject))
			r = ask_old(l->profiles[i], &subject, err);
		if (!r)
			r = make(l, l->profiles[i]);
	}
	yr_learn_asked_done(&old);
	if (!r && !l->opt.no_abstractions)
		r = yr_learn_abstractions(l, how, err);
	for (size_t i = 0; i < l->n_profiles && !r; i++)
		deny(l->profiles[i]);
	for (size_t i = 0; i < l->n_profiles && !r; i++)
		if (l->profiles[i]->n_rules)
			qsort(l->profiles[i]->rules, l->profiles[i]->n_rules,
			      sizeof(struct yr_learned_rule *), by_kind);
	return r == -ENOMEM ? yr_err_set(err, ENOMEM, "out of memory") : r;
}
