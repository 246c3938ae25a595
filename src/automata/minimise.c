/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging states that no continuation tells apart, in three parts.
 *
 * From the end backwards (fold.c): a state that leads only to states already named
 * is looked up by its row among those before it. That settles whatever leads to no loop. Such
 * states are never equal to others: what can be matched from them is of limited length.
 *
 * Loops, and what lies between them, are split into blocks as long as rows differ (refine.c).
 *
 * Then what lies before all loops: from its end backwards again, looked up among all rows.
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

bool yr_minimise_same(const struct yr_minimiser *m, uint32_t s, uint32_t q)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[q], *b_end = d->edges + d->first[q + 1];
	uint32_t bytes = yr_dfa_byte_columns(d), left = bytes;
	uint32_t def_a = m->class_of[d->def[s]], def_b = m->class_of[d->def[q]];

	if (d->accept[s] != d->accept[q])
		return false;
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

/* ---- ways in ---- */

/*
 * Also mark states that are live: that accept, or lead to one marked. Most states lead to some
 * of a higher number, so from the end there are few that remain in doubt.
 */
static void count_ways(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;
	uint32_t *in = m->in_at, *class_of = m->class_of;

	for (uint32_t s = d->states - 1; s; s--) {
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];
		uint32_t n = yr_has_default(d, s), live = d->accept[s];

		if (n) {
			in[d->def[s]]++;
			live |= class_of[d->def[s]];
		}
		for (; e < end; e++) {
			n += e->to != 0;
			in[e->to]++;
			live |= class_of[e->to];
		}
		m->out[s] = n;
		class_of[s] = live ? YR_NONE : 0;
		if (!live)
			m->front[m->n_front++] = s;
	}
	in[0] = 0;
}

/* in_at[s] moves from the end of what leads to s to its beginning. */
static void put_ways(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;
	struct yr_way_in *in = m->in;
	uint32_t *at = m->in_at;

	for (uint32_t s = 1; s < d->states; s++) {
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

		for (; e < end; e++)
			if (e->to)
				in[--at[e->to]] = (struct yr_way_in){ s, e->column };
		if (yr_has_default(d, s))
			in[--at[d->def[s]]] = (struct yr_way_in){ s, YR_SYMBOLS };
	}
}

static bool lay_ways_in(struct yr_minimiser *m)
{
	uint32_t states = m->d->states;

	count_ways(m);
	for (uint32_t s = 1; s < states; s++)
		m->in_at[s] += m->in_at[s - 1];
	m->in_at[states] = m->in_at[states - 1];
	m->in = malloc((m->in_at[states] + (size_t)1) * sizeof(*m->in));
	if (!m->in)
		return false;
	put_ways(m);
	return true;
}

static bool merge(struct yr_minimiser *m)
{
	uint32_t states = m->d->states;

	m->class_of = calloc(states, sizeof(*m->class_of));
	m->name = malloc(states * sizeof(*m->name));
	m->in_at = calloc(states + (size_t)1, sizeof(*m->in_at));
	m->out = malloc(states * sizeof(*m->out));
	m->front = malloc(states * sizeof(*m->front));
	if (!m->class_of || !m->name || !m->in_at || !m->out || !m->front || !lay_ways_in(m))
		return false;
	m->name[0] = 0;
	yr_minimise_seed(m, 0);
	if (!yr_minimise_fold(m))
		return false;
	yr_minimise_set_aside(m);
	return yr_minimise_refine(m) && yr_minimise_fold_front(m) && yr_minimise_renumber(m);
}

int yr_dfa_minimise(struct yr_dfa *d, struct yr_err *err)
{
	struct yr_minimiser m = { .d = d };
	bool ok = merge(&m);

	free(m.class_of);
	free(m.name);
	free(m.in_at);
	free(m.in);
	free(m.out);
	free(m.front);
	yr_table_done(&m.rows);
	return ok ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}
