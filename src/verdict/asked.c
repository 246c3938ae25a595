/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/asked.h"

#include <stdlib.h>

static const struct yr_why nothing;

static const struct yr_why *why_of(const struct yr_side *s)
{
	return s->pdb->why ? s->pdb->why : &nothing;
}

/* Call @count for each rule once in each set, however many tags it has there. */
static void each_rule(const struct yr_why *w, uint32_t *last, uint32_t n_rules, uint32_t *count,
		      uint32_t *put)
{
	memset(last, 0, (n_rules + 1) * sizeof(*last));
	for (uint32_t s = 1; s < w->n; s++)
		for (uint32_t i = w->first[s]; i < w->first[s + 1]; i++) {
			uint32_t by = w->tags[w->member[i]].by;

			if (last[by] == s)
				continue;
			last[by] = s;
			if (put)
				put[count[by]] = s;
			count[by]++;
		}
}

/* Two passes: how many sets each rule has, then which. */
static bool index_rules(struct yr_side *s, uint32_t n_rules)
{
	const struct yr_why *w = why_of(s);
	AUTO_FREE uint32_t *last = calloc(n_rules + (size_t)1, sizeof(*last));
	AUTO_FREE uint32_t *at = calloc(n_rules + (size_t)1, sizeof(*at));
	uint32_t sum = 0;

	s->first = calloc(n_rules + (size_t)2, sizeof(*s->first));
	if (!last || !at || !s->first)
		return false;
	each_rule(w, last, n_rules, at, NULL);
	for (uint32_t r = 0; r <= n_rules; r++) {
		uint32_t own = at[r];

		at[r] = s->first[r] = sum;
		sum += own;
	}
	s->first[n_rules + 1] = sum;
	s->set = calloc(sum + (size_t)1, sizeof(*s->set));
	if (!s->set)
		return false;
	each_rule(w, last, n_rules, at, s->set);
	return true;
}

static bool fold_all(struct yr_side *s)
{
	const struct yr_why *w = why_of(s);

	s->perms = calloc(w->n + (size_t)1, sizeof(*s->perms));
	if (!s->perms)
		return false;
	for (uint32_t i = 1; i < w->n; i++)
		if (!yr_why_fold(w, i, NULL, &s->perms[i]))
			return false;
	return true;
}

struct yr_asked *yr_asked_new(const struct yr_profile *profile, const struct yr_compiled *compiled)
{
	struct yr_asked *a = calloc(1, sizeof(*a));

	if (!a)
		return NULL;
	a->profile = profile;
	a->compiled = compiled;
	a->side[YR_SIDE_FILE].pdb = &compiled->file;
	a->side[YR_SIDE_POLICYDB].pdb = &compiled->policydb;
	for (int i = 0; i < YR_SIDES; i++)
		if (!index_rules(&a->side[i], (uint32_t)profile->n_rules) || !fold_all(&a->side[i]))
			return yr_asked_free(a);
	return a;
}

struct yr_asked *yr_asked_free(struct yr_asked *a)
{
	for (int i = 0; a && i < YR_SIDES; i++) {
		free(a->side[i].set);
		free(a->side[i].first);
		free(a->side[i].perms);
	}
	free(a);
	return NULL;
}

const uint32_t *yr_asked_sets(const struct yr_asked *a, int side, uint32_t r, uint32_t *ret_n)
{
	const struct yr_side *s = &a->side[side];

	*ret_n = s->first[r + 1] - s->first[r];
	return s->set + s->first[r];
}

struct yr_tag_list yr_asked_tags(const struct yr_asked *a, int side, uint32_t set)
{
	const struct yr_why *w = why_of(&a->side[side]);

	if (set >= w->n)
		return (struct yr_tag_list){ .why = w };
	return (struct yr_tag_list){ w, w->member + w->first[set],
				     w->first[set + 1] - w->first[set] };
}

const struct yr_tag *yr_asked_tag(const struct yr_tag_list *l, uint32_t i)
{
	return &l->why->tags[l->at[i]];
}

bool yr_asked_top(const struct yr_tag_list *l, int half, uint32_t bit, const bool *without,
		  int *ret_rank)
{
	bool any = false;

	for (uint32_t i = 0; i < l->n; i++) {
		const struct yr_tag *t = yr_asked_tag(l, i);
		int rank = yr_tag_rank(t, bit);

		if (!(yr_tag_names(t, half) & bit) || (without && without[t->by]) ||
		    (any && rank <= *ret_rank))
			continue;
		*ret_rank = rank;
		any = true;
	}
	return any;
}

const struct yr_rule *yr_asked_rule(const struct yr_asked *a, uint32_t r)
{
	return r ? a->profile->rules[r - 1] : NULL;
}
