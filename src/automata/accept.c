/* SPDX-License-Identifier: Apache-2.0 */
/* Accept values of states: what the caller makes of the tags that meet there. */
#include <string.h>

#include "automata/subset.h"

static int fold_tags(struct yr_subset *b, const uint32_t *tags, uint32_t n, uint32_t *ret_value)
{
	uint32_t hash = yr_hash_numbers(tags, n), i, id;

	if (!yr_table_reserve(&b->folded_table) ||
	    !yr_grow(&b->tag, &b->cap_tags, (uint64_t)b->n_tags + n, sizeof(*tags)) ||
	    !yr_grow(&b->folded, &b->cap_folded, b->n_folded + UINT64_C(1), sizeof(*b->folded)))
		return yr_subset_no_memory(b);
	for (i = hash; (id = yr_table_probe(&b->folded_table, hash, &i)) != YR_NONE;)
		if (b->folded[id].n == n &&
		    !memcmp(b->tag + b->folded[id].at, tags, n * sizeof(*tags)))
			break;
	if (id == YR_NONE) {
		id = b->n_folded++;
		memcpy(b->tag + b->n_tags, tags, n * sizeof(*tags));
		b->folded[id] = (struct yr_folded){ b->n_tags, n, b->fold(b->fold_ctx, tags, n) };
		b->n_tags += n;
		yr_table_put(&b->folded_table, i, hash, id);
	}
	*ret_value = b->folded[id].value;
	return 0;
}

int yr_accept_set(struct yr_subset *b, uint32_t set, uint32_t *ret_value)
{
	const struct yr_tag_set *t = &b->p.tag_set[set];
	int r = 0;

	if (!b->value_known[set])
		r = fold_tags(b, b->p.tag + t->at, t->n, &b->value_of_set[set]);
	b->value_known[set] = true;
	*ret_value = b->value_of_set[set];
	return r;
}

static int add_tags(struct yr_subset *b, const uint32_t *members, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct yr_tag_set *t = &b->p.tag_set[b->p.position[members[i]].tags];

		b->work += t->n;
		if (!yr_list_reserve(&b->list, t->n))
			return yr_subset_no_memory(b);
		for (uint32_t k = 0; k < t->n; k++)
			b->list.v[b->list.n++] = b->p.tag[t->at + k];
	}
	return 0;
}

/* Tags of several sets: of @core's, and those of @n positions outside of it. */
static int fold_sets(struct yr_subset *b, const struct yr_core *core, const uint32_t *others,
		     uint32_t n, uint32_t *ret_value)
{
	int r;

	b->list.n = 0;
	r = add_tags(b, b->core_member + core->at, core->n);
	if (!r)
		r = add_tags(b, others, n);
	if (r)
		return r;
	yr_sort(b->list.v, b->list.n);
	return fold_tags(b, b->list.v, yr_unique(b->list.v, b->list.n), ret_value);
}

int yr_accept_core(struct yr_subset *b, struct yr_core *core)
{
	core->valued = true;
	return core->tags == YR_NONE ? fold_sets(b, core, NULL, 0, &core->value)
				     : yr_accept_set(b, core->tags, &core->value);
}

int yr_accept_all(struct yr_subset *b, uint32_t state, uint32_t *ret_value)
{
	const struct yr_state *s = &b->state[state];
	const struct yr_core *core = &b->core[s->core];
	uint32_t set = core->tags;

	for (uint32_t i = s->at; i < s[1].at; i++) {
		uint32_t tags = b->p.position[b->other[i]].tags;

		if (tags && tags != set)
			set = set ? YR_NONE : tags;
	}
	return set == YR_NONE ? fold_sets(b, core, b->other + s->at, s[1].at - s->at, ret_value)
			      : yr_accept_set(b, set, ret_value);
}

int yr_accept_prepare(struct yr_subset *b)
{
	b->value_of_set = calloc(b->p.n_tag_sets, sizeof(*b->value_of_set));
	b->value_known = calloc(b->p.n_tag_sets, sizeof(*b->value_known));
	return b->value_of_set && b->value_known ? 0 : yr_subset_no_memory(b);
}

void yr_accept_done(struct yr_subset *b)
{
	free(b->folded);
	free(b->tag);
	yr_table_done(&b->folded_table);
	free(b->value_of_set);
	free(b->value_known);
}
