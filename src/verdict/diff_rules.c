/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules a difference comes from. */
#include <stdlib.h>

#include "verdict/diff_parts.h"

/* What a rule says, to be found among those of the other side. */
struct said {
	const char *text;
	uint32_t by;
};

static int by_text(const void *left, const void *right)
{
	const struct said *a = left, *b = right;

	return strcmp(a->text, b->text);
}

/* Its words, and what blocks around it add to them. */
static const char *text_of(struct yr_arena *arena, const struct yr_rule *r)
{
	const char *text = yr_rule_text(arena, r);

	return text ? yr_arena_printf(arena, "%d %d %d %d %s", r->quals.priority, r->quals.audit,
				      (int)r->quals.decision, (int)r->quals.audience, text)
		    : NULL;
}

/* The rules of a side, sorted by what they say. 0: memory. */
static bool read_side(const struct yr_profile *p, struct yr_arena *arena, struct said **ret)
{
	struct said *s = yr_arena_array(arena, p->n_rules + 1, sizeof(*s));

	for (size_t i = 0; s && i < p->n_rules; i++) {
		s[i] = (struct said){ text_of(arena, p->rules[i]), (uint32_t)i + 1 };
		if (!s[i].text)
			return false;
	}
	if (s)
		qsort(s, p->n_rules, sizeof(*s), by_text);
	*ret = s;
	return s;
}

int yr_differ_know_rules(struct yr_differ *d)
{
	const struct yr_profile *p[SIDES] = { d->s[OLD]->profile, d->s[NEW]->profile };
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct said *said[SIDES];

	for (int i = 0; i < SIDES; i++) {
		if (!p[i])
			continue;
		d->known[i] = calloc(p[i]->n_rules + 1, sizeof(**d->known));
		if (!d->known[i])
			return yr_differ_no_memory(d);
	}
	if (!p[OLD] || !p[NEW])
		return 0;
	for (int i = 0; i < SIDES; i++)
		if (!read_side(p[i], &arena, &said[i]))
			return yr_differ_no_memory(d);
	for (int i = 0; i < SIDES; i++)
		for (size_t k = 0; k < p[i]->n_rules; k++)
			d->known[i][said[i][k].by] = bsearch(&said[i][k], said[!i], p[!i]->n_rules,
							     sizeof(**said), by_text);
	return 0;
}

void yr_differ_forget_rules(struct yr_differ *d)
{
	free(d->known[OLD]);
	free(d->known[NEW]);
}

typedef void each_fn(void *ctx, int side, const struct yr_tag *t);

/* Every tag of @side that decides as @decision about one of the bits of a half. */
static void each_of_half(const struct yr_place *p, int half, int side, enum yr_decision decision,
			 each_fn *each, void *ctx)
{
	const struct yr_why *w = p->pdb[side]->why;
	uint32_t set = p->set[side];

	if (!w || !set)
		return;
	for (uint32_t bits = p->bits; bits; bits &= bits - 1) {
		uint32_t bit = bits & -bits;
		int top = yr_why_top(w, set, half, bit);

		for (uint32_t i = w->first[set]; i < w->first[set + 1]; i++) {
			const struct yr_tag *t = &w->tags[w->member[i]];

			if (t->by && t->decision == decision &&
			    ((p->file && bit == YR_MAY_MMAP && yr_why_lets_map(w, t, half)) ||
			     (yr_tag_names(t, half) & bit && yr_tag_rank(t, bit) == top)))
				each(ctx, side, t);
		}
	}
}

static void each_deciding(const struct yr_place *p, int side, enum yr_decision decision,
			  each_fn *each, void *ctx)
{
	for (int half = 0; half < 2; half++)
		if (p->half[half])
			each_of_half(p, half, side, decision, each, ctx);
}

struct causing {
	const struct yr_differ *d;
	struct yr_cause *ret;
	bool known;  /* whether rules that both sides have count */
	bool shared; /* whether there was one that did not count for that */
};

static void add_cause(void *ctx, int side, const struct yr_tag *t)
{
	struct causing *c = ctx;
	uint32_t *at = c->ret->at[side], *n = &c->ret->n[side], i = 0;

	if (!c->d->known[side])
		return;
	if (!c->known && c->d->known[side][t->by]) {
		c->shared = true;
		return;
	}
	while (i < *n && at[i] < t->by)
		i++;
	if ((i < *n && at[i] == t->by) || *n == YR_CAUSE_RULES)
		return;
	memmove(at + i + 1, at + i, (*n - i) * sizeof(*at));
	at[i] = t->by;
	++*n;
}

/* Whether those that allow, and those that deny, are of interest on each side. */
static bool matters(enum yr_change change, int side, enum yr_decision decision)
{
	switch (change) {
	case YR_CHANGE_ALLOWED:
		return (decision == YR_DENY) == (side == OLD);
	case YR_CHANGE_DENIED:
		return (decision == YR_DENY) == (side == NEW);
	case YR_CHANGE_QUIET:
	case YR_CHANGE_LOUD:
		return decision == YR_DENY;
	case YR_CHANGE_PROMPTED:
	case YR_CHANGE_UNPROMPTED:
		return decision != YR_ALLOW;
	default:
		return decision == YR_ALLOW;
	}
}

/*
 * Where an access is denied by a rule that came or went, the rules that allow it on the other side
 * are part of the reason if both sides do not share one that does.
 */
static void add_granting(const struct yr_place *p, enum yr_change change, struct causing *c)
{
	int side = change == YR_CHANGE_ALLOWED ? NEW : OLD;

	if ((change != YR_CHANGE_ALLOWED && change != YR_CHANGE_DENIED) || c->known)
		return;
	c->shared = false;
	each_deciding(p, side, YR_ALLOW, add_cause, c);
	if (c->shared && c->ret->n[!side])
		c->ret->n[side] = 0;
}

/*
 * First what only one side has: a denial that came or went says it all where what both sides have
 * allows it. Where the rules are the same (a variable is not), all that decide.
 */
void yr_differ_cause(const struct yr_differ *d, const struct yr_place *p, enum yr_change change,
		     struct yr_cause *ret)
{
	static const enum yr_decision order[] = { YR_DENY, YR_PROMPT, YR_ALLOW };
	struct causing c = { .d = d, .ret = ret };

	*ret = (struct yr_cause){ 0 };
	for (int known = 0; known < 2; known++)
		for (size_t i = 0; i < ARRAY_LEN(order) && !yr_cause_size(ret); i++) {
			c.known = known;
			for (int side = 0; side < SIDES; side++)
				if (matters(change, side, order[i]))
					each_deciding(p, side, order[i], add_cause, &c);
			if (yr_cause_size(ret))
				add_granting(p, change, &c);
		}
}

struct naming {
	const struct yr_differ *d;
	struct yr_named_rules *ret;
};

static void add_name(void *ctx, int side, const struct yr_tag *t)
{
	struct naming *n = ctx;
	const struct yr_profile *p = n->d->s[side]->profile;

	yr_named_add(&n->ret[side], p ? p->rules[t->by - 1] : t->rule);
}

void yr_differ_name_rules(const struct yr_differ *d, const struct yr_place *p,
			  enum yr_change change, struct yr_named_rules ret[SIDES])
{
	static const enum yr_decision order[] = { YR_DENY, YR_PROMPT, YR_ALLOW };
	struct naming n = { d, ret };

	for (int side = 0; side < SIDES; side++)
		for (size_t i = 0; i < ARRAY_LEN(order); i++)
			if (matters(change, side, order[i]))
				each_deciding(p, side, order[i], add_name, &n);
}
