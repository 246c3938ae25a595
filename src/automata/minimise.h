/* SPDX-License-Identifier: Apache-2.0 */
/* Merging equal states: what its parts share. See minimise.c. */
#ifndef YR_AUTOMATA_MINIMISE_H
#define YR_AUTOMATA_MINIMISE_H

#include "automata/nfa.h"

#define YR_ASIDE (YR_NONE - 1) /* instead of a class: see yr_minimise_set_aside() */

/*
 * A way into a state of the core: the number in the core of its source, above the column. Column
 * YR_SYMBOLS: the default of its source.
 */
enum { YR_WAY_SHIFT = 9, YR_WAY_COLUMN = (1 << YR_WAY_SHIFT) - 1 };

struct yr_minimiser {
	struct yr_dfa *d;
	uint64_t weight[YR_SYMBOLS], all; /* of each column; of all byte columns together */
	uint32_t *class_of;       /* one of the states equal to this one; YR_NONE: not known yet */
	uint64_t *name;           /* a random number for each class, 0 for that of state 0 */
	struct yr_table rows;     /* a state of each class, by the signature of its row */
	uint32_t *front, n_front; /* in turn: see yr_minimise_set_aside() */
	uint32_t *ways_in;        /* [states]: how many; of states of the core then their numbers */
	uint32_t *core, n_core;   /* what was not set aside; in_at and out lie behind it */
	uint32_t *in_at;          /* [n_core + 1], into in */
	uint32_t *in;             /* ways, from the core */
	uint32_t *out;            /* [n_core]: ways out to states whose class is not known */
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

/* Is there a byte that leaves @s by its default, and not to state 0? */
static inline bool yr_has_default(const struct yr_dfa *d, uint32_t s)
{
	uint32_t edges = d->first[s + 1] - d->first[s], bytes = yr_dfa_byte_columns(d);

	if (!d->def[s] || edges < bytes)
		return d->def[s] != 0;
	return d->has_oob && edges == bytes && d->edges[d->first[s + 1] - 1].column == bytes;
}

void yr_minimise_seed(struct yr_minimiser *m, uint64_t seed);
/* Do @s and @q accept the same and lead to the same classes? */
bool yr_minimise_same(const struct yr_minimiser *m, uint32_t s, uint32_t q);

/* Name @s by an equal state with a name, or by itself. */
void yr_minimise_name(struct yr_minimiser *m, uint32_t s);
/* Let others find the row of @s, whose class and name are known. */
void yr_minimise_keep_row(struct yr_minimiser *m, uint32_t s);

/*
 * One after the other. False: memory is out.
 * Set aside what no loop leads to; the core remains. Name of it what leads to no loop, or to
 * dead ones only; then what is on loops and between them; then what was set aside. Write the
 * result.
 */
void yr_minimise_set_aside(struct yr_minimiser *m);
bool yr_minimise_fold_core(struct yr_minimiser *m);
bool yr_minimise_refine(struct yr_minimiser *m);
void yr_minimise_fold_front(struct yr_minimiser *m);
bool yr_minimise_renumber(struct yr_minimiser *m);

#endif
