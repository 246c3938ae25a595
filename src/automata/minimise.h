/* SPDX-License-Identifier: Apache-2.0 */
/* Merging equal states: what its parts share. See minimise.c. */
#ifndef YR_AUTOMATA_MINIMISE_H
#define YR_AUTOMATA_MINIMISE_H

#include "automata/nfa.h"

/* A way into a state that does not trap. Column YR_SYMBOLS: the default of its source. */
struct yr_way_in {
	uint32_t from, column;
};

struct yr_minimiser {
	struct yr_dfa *d;
	uint64_t weight[YR_SYMBOLS], all; /* of each column; of all byte columns together */
	uint32_t *class_of; /* one of the states equal to this one; YR_NONE: not known yet */
	uint64_t *name;     /* a random number for each class, 0 for that of state 0 */
	uint32_t *in_at;    /* [states + 1], into in */
	struct yr_way_in *in;
	uint32_t *out; /* ways out to states whose class is not known, state 0 apart */
};

/*
 * The signature of a row: the sum over columns of weight * name. The same for all ways of
 * writing a row. *ret_rest: what its default weighs.
 */
static inline uint64_t yr_sign_row(const struct yr_minimiser *m, uint32_t s, uint64_t *ret_rest)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];
	uint64_t sum = 0, rest = m->all;

	if (d->has_oob && e < end && end[-1].column == d->columns - 1) {
		end--;
		sum = m->weight[end->column] * m->name[end->to];
	}
	for (; e < end; e++) {
		sum += m->weight[e->column] * m->name[e->to];
		rest -= m->weight[e->column];
	}
	*ret_rest = rest;
	return sum + rest * m->name[d->def[s]];
}

void yr_minimise_seed(struct yr_minimiser *m, uint64_t seed);
/* Do @s and @q accept the same and lead to the same classes? */
bool yr_minimise_same(const struct yr_minimiser *m, uint32_t s, uint32_t q);

/* Name what leads to no loop; then the rest; then write the result. False: memory is out. */
bool yr_minimise_fold(struct yr_minimiser *m);
bool yr_minimise_refine(struct yr_minimiser *m);
bool yr_minimise_renumber(struct yr_minimiser *m);

#endif
