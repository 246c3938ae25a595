/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of states behind all loops and before all loops. See minimise.c. */
#include <stdlib.h>
#include <string.h>

#include "automata/minimise.h"
#include "automata/table.h"
#include "base/cleanup.h"
#include "base/limits.h"

static inline uint32_t hash_row(const struct yr_minimiser *m, uint32_t s)
{
	uint64_t rest, signature = yr_sign_row(m, s, &rest);

	return yr_mix(signature + m->d->accept[s] * UINT64_C(0x2545f4914f6cdd1d));
}

void yr_minimise_keep_row(struct yr_minimiser *m, uint32_t s)
{
	uint32_t hash = hash_row(m, s), i = hash;

	while (yr_table_probe(&m->rows, hash, &i) != YR_NONE)
		;
	yr_table_put(&m->rows, i, hash, s);
}

void yr_minimise_name(struct yr_minimiser *m, uint32_t s)
{
	uint32_t hash = hash_row(m, s), i = hash, q;

	while ((q = yr_table_probe(&m->rows, hash, &i)) != YR_NONE)
		if (yr_minimise_same(m, s, q))
			break;
	if (q == YR_NONE) {
		yr_table_put(&m->rows, i, hash, s);
		m->class_of[s] = s;
		m->name[s] = yr_mix(s + UINT64_C(0x51ed270b0a1f39c1));
	} else {
		m->class_of[s] = q;
		m->name[s] = m->name[q];
	}
}

/* ---- what is set aside ---- */

/* A default counts even where no byte takes it: what has a way in too many is not set aside. */
static void count_ways_in(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *e = d->edges, *end = d->edges + d->first[d->states];

	for (; e < end; e++)
		m->ways_in[e->to]++;
	for (uint32_t s = 1; s < d->states; s++)
		m->ways_in[d->def[s]]++;
}

/* Put @to, which one state less leads to now, in front if that was the last. */
static inline void leave(struct yr_minimiser *m, uint32_t to)
{
	if (!--m->ways_in[to])
		m->front[m->n_front++] = to;
}

/* Set aside, in this order, states that only those set aside before lead to. */
void yr_minimise_set_aside(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;

	count_ways_in(m);
	m->ways_in[0] = YR_NONE; /* which is not to be put in front */
	for (uint32_t s = 1; s < d->states; s++) {
		m->class_of[s] = YR_NONE;
		if (!m->ways_in[s])
			m->front[m->n_front++] = s;
	}
	for (uint32_t i = 0; i < m->n_front; i++) {
		uint32_t s = m->front[i];
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

		m->class_of[s] = YR_ASIDE;
		for (; e < end; e++)
			leave(m, e->to);
		leave(m, d->def[s]);
	}
	m->n_core = d->states - 1 - m->n_front;
}

void yr_minimise_fold_front(struct yr_minimiser *m)
{
	while (m->n_front)
		yr_minimise_name(m, m->front[--m->n_front]);
}

/* ---- the core ---- */

/* So far the name of a state without a class tells whether it is live. */
static bool leads_to_live(const struct yr_minimiser *m, uint32_t s)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

	while (e < end && !m->name[e->to])
		e++;
	return e < end || (m->name[d->def[s]] && yr_has_default(d, s));
}

/* Number the core, in ascending order. */
static bool list_core(struct yr_minimiser *m)
{
	m->core = malloc((m->n_core * (size_t)3 + 1) * sizeof(*m->core));
	if (!m->core)
		return false;
	m->out = m->core + m->n_core;
	m->in_at = m->out + m->n_core;
	memset(m->out, 0, (m->n_core * (size_t)2 + 1) * sizeof(*m->out));
	for (uint32_t s = 1, n = 0; n < m->n_core; s++) {
		if (m->class_of[s] != YR_NONE)
			continue;
		m->ways_in[s] = n;
		m->name[s] = 0;
		m->core[n++] = s;
	}
	return true;
}

static inline void count_way(struct yr_minimiser *m, uint32_t from, uint32_t to)
{
	if (m->class_of[to] != YR_NONE)
		return;
	m->out[from]++;
	m->in_at[m->ways_in[to]]++;
}

static void count_ways(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;
	uint32_t sum = 0;

	for (uint32_t i = m->n_core; i-- > 0;) {
		uint32_t s = m->core[i];
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

		for (; e < end; e++)
			count_way(m, i, e->to);
		if (yr_has_default(d, s))
			count_way(m, i, d->def[s]);
	}
	for (uint32_t i = 0; i <= m->n_core; i++)
		m->in_at[i] = sum += m->in_at[i];
}

static inline void put_way(struct yr_minimiser *m, uint32_t from, uint32_t column, uint32_t to)
{
	if (m->class_of[to] == YR_NONE)
		m->in[--m->in_at[m->ways_in[to]]] = from << YR_WAY_SHIFT | column;
}

/* in_at[i] moves from the end of what leads there to its beginning. */
static void put_ways(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;

	for (uint32_t i = 0; i < m->n_core; i++) {
		uint32_t s = m->core[i];
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

		for (; e < end; e++)
			put_way(m, i, e->column, e->to);
		if (yr_has_default(d, s))
			put_way(m, i, YR_SYMBOLS, d->def[s]);
	}
}

static bool lay_ways_in(struct yr_minimiser *m)
{
	_Static_assert(YR_LIMIT_STATES <= UINT32_MAX >> YR_WAY_SHIFT, "a way is a word");
	_Static_assert(YR_SYMBOLS <= YR_WAY_COLUMN, "a way is a word");

	if (!list_core(m))
		return false;
	count_ways(m);
	m->in = malloc((m->in_at[m->n_core] + (size_t)1) * sizeof(*m->in));
	if (!m->in)
		return false;
	put_ways(m);
	return true;
}

/* Returns how many states remain that are not live. */
static uint32_t find_live(struct yr_minimiser *m, uint32_t *stack)
{
	uint32_t n = 0, doubtful = 0;

	for (uint32_t i = m->n_core; i-- > 0;) {
		uint32_t s = m->core[i];

		m->name[s] = m->d->accept[s] || leads_to_live(m, s);
		doubtful += !m->name[s];
	}
	/* Most of the others lead to such of lower numbers. */
	for (uint32_t i = 0; i < m->n_core && doubtful; i++) {
		uint32_t s = m->core[i];

		if (m->name[s] || !leads_to_live(m, s))
			continue;
		m->name[s] = 1;
		stack[n++] = i;
		doubtful--;
	}
	while (n && doubtful) {
		uint32_t i = stack[--n];

		for (uint32_t w = m->in_at[i]; w < m->in_at[i + 1]; w++) {
			uint32_t from = m->in[w] >> YR_WAY_SHIFT;

			if (m->name[m->core[from]])
				continue;
			m->name[m->core[from]] = 1;
			stack[n++] = from;
			doubtful--;
		}
	}
	return doubtful;
}

/* The class of @i is known: put on the stack those that now have only ways to such. */
static uint32_t release_sources(struct yr_minimiser *m, uint32_t i, uint32_t *stack, uint32_t n)
{
	for (uint32_t w = m->in_at[i]; w < m->in_at[i + 1]; w++) {
		uint32_t from = m->in[w] >> YR_WAY_SHIFT;

		if (!--m->out[from] && m->class_of[m->core[from]] == YR_NONE)
			stack[n++] = from;
	}
	return n;
}

/* Whatever no accepting state can be reached from is equal to state 0, loops and all. */
static void settle_dead(struct yr_minimiser *m, uint32_t *stack)
{
	for (uint32_t i = 0; i < m->n_core; i++)
		if (!m->name[m->core[i]])
			m->class_of[m->core[i]] = 0;
	for (uint32_t i = 0; i < m->n_core; i++)
		if (!m->class_of[m->core[i]])
			release_sources(m, i, stack, 0);
}

bool yr_minimise_fold_core(struct yr_minimiser *m)
{
	AUTO_FREE uint32_t *stack = NULL;
	uint32_t n = 0;

	if (!m->n_core)
		return true;
	stack = malloc(m->n_core * sizeof(*stack));
	if (!stack || !lay_ways_in(m))
		return false;
	if (find_live(m, stack))
		settle_dead(m, stack);
	for (uint32_t i = 0; i < m->n_core; i++)
		if (!m->out[i] && m->class_of[m->core[i]] == YR_NONE)
			stack[n++] = i;
	while (n) {
		uint32_t i = stack[--n];

		yr_minimise_name(m, m->core[i]);
		n = release_sources(m, i, stack, n);
	}
	return true;
}
