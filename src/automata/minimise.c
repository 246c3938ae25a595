/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging states that no continuation tells apart, in four parts.
 *
 * What only lies before loops is set aside (fold.c): most states. The core remains.
 *
 * The core from its end backwards (fold.c): a state that leads only to states already named
 * is looked up by its row among those before it. That settles whatever leads to no loop. State 0
 * is named from the start, and so is what can match nothing.
 *
 * Loops, and what lies between them, are split into blocks as long as rows differ (refine.c).
 *
 * Then what was set aside, from its end backwards again, looked up among all rows.
 *
 * Rows are compared by a signature, the sum over columns of weight * name of the class led
 * to, and in full afterwards. The result depends on none of this: renumber.c numbers classes
 * as a walk from the start meets them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/minimise.h"
#include "automata/table.h"

void yr_minimise_seed(struct yr_minimiser *m, uint64_t seed)
{
	m->all = 0;
	for (uint32_t c = 0; c < m->d->columns; c++) {
		m->weight[c] =
			yr_mix(yr_mix(seed + 1) ^ (c + 1) * UINT64_C(0x9e3779b97f4a7c15)) | 1;
		if (c < yr_dfa_byte_columns(m->d))
			m->all += m->weight[c];
	}
}

/* Two rows with a default each: are they the same edge by edge, as most that are the same? */
static bool same_edges(const struct yr_minimiser *m, uint32_t s, uint32_t q)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[q], *b_end = d->edges + d->first[q + 1];

	if (a_end - a != b_end - b || m->class_of[d->def[s]] != m->class_of[d->def[q]])
		return false;
	while (a < a_end && a->column == b->column && m->class_of[a->to] == m->class_of[b->to])
		a++, b++;
	return a == a_end;
}

bool yr_minimise_same(const struct yr_minimiser *m, uint32_t s, uint32_t q)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[q], *b_end = d->edges + d->first[q + 1];
	uint32_t bytes = yr_dfa_byte_columns(d), left = bytes;
	uint32_t def_a = m->class_of[d->def[s]], def_b = m->class_of[d->def[q]];

	if (d->accept[s] != d->accept[q])
		return false;
	if (same_edges(m, s, q))
		return true;
	while (a < a_end || b < b_end) {
		uint32_t c =
			b == b_end || (a < a_end && a->column < b->column) ? a->column : b->column;
		bool is_byte = c < bytes, in_a = a < a_end && a->column == c,
		     in_b = b < b_end && b->column == c;
		uint32_t to_a = in_a ? m->class_of[a->to] : is_byte ? def_a : 0;
		uint32_t to_b = in_b ? m->class_of[b->to] : is_byte ? def_b : 0;

		if (to_a != to_b)
			return false;
		a += in_a;
		b += in_b;
		left -= is_byte;
	}
	return !left || def_a == def_b;
}

static bool merge(struct yr_minimiser *m)
{
	uint32_t states = m->d->states;

	m->class_of = malloc(states * sizeof(*m->class_of));
	m->name = malloc(states * sizeof(*m->name));
	m->front = malloc(states * sizeof(*m->front));
	m->ways_in = calloc(states, sizeof(*m->ways_in));
	if (!m->class_of || !m->name || !m->front || !m->ways_in ||
	    !yr_table_room(&m->rows, states))
		return false;
	yr_minimise_seed(m, 0);
	m->class_of[0] = m->name[0] = 0;
	yr_minimise_keep_row(m, 0);
	yr_minimise_set_aside(m);
	return yr_minimise_fold_core(m) && yr_minimise_refine(m);
}

static void core_done(struct yr_minimiser *m)
{
	free(m->ways_in), m->ways_in = NULL;
	free(m->core), m->core = m->out = m->in_at = NULL;
	free(m->in), m->in = NULL;
}

static void names_done(struct yr_minimiser *m)
{
	free(m->name), m->name = NULL;
	free(m->front), m->front = NULL;
	yr_table_done(&m->rows);
}

int yr_dfa_minimise(struct yr_dfa *d, struct yr_err *err)
{
	struct yr_minimiser m = { .d = d };
	bool ok = merge(&m);

	/* Each step does without what only those before it needed: a large automaton is at its
	 * largest here. */
	core_done(&m);
	if (ok)
		yr_minimise_fold_front(&m);
	names_done(&m);
	ok = ok && yr_minimise_renumber(&m);
	free(m.class_of);
	return ok ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}
