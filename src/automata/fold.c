/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of states behind all loops and before all loops. See minimise.c. */
#include <stdlib.h>

#include "automata/minimise.h"
#include "automata/table.h"
#include "base/cleanup.h"

/* Does @s lead to a state known to be live? */
static bool is_live(const struct yr_minimiser *m, uint32_t s)
{
	const struct yr_dfa *d = m->d;
	uint32_t e = d->first[s], end = d->first[s + 1];

	if (m->class_of[d->def[s]] && yr_has_default(d, s))
		return true;
	while (e < end && !m->class_of[d->edges[e].to])
		e++;
	return e < end;
}

/*
 * Whatever no accepting state can be reached from is equal to state 0, loops and all; the
 * class of anything else is not known yet. Only those in front are still in doubt.
 */
static void find_live(struct yr_minimiser *m, uint32_t *stack)
{
	uint32_t n = 0, doubtful = m->n_front;

	/* Most of them lead to such of lower numbers; these stand at the end. */
	for (uint32_t i = m->n_front; i-- > 0;) {
		if (!is_live(m, m->front[i]))
			continue;
		m->class_of[m->front[i]] = YR_NONE;
		stack[n++] = m->front[i];
		doubtful--;
	}
	while (n && doubtful) {
		uint32_t s = stack[--n];

		for (uint32_t w = m->in_at[s]; w < m->in_at[s + 1]; w++) {
			uint32_t from = m->in[w].from;

			if (m->class_of[from] == YR_NONE)
				continue;
			m->class_of[from] = YR_NONE;
			stack[n++] = from;
			doubtful--;
		}
	}
}

/* The class of @s is known: put on the stack those that now have only ways to such. */
static uint32_t release_sources(struct yr_minimiser *m, uint32_t s, uint32_t *stack, uint32_t n)
{
	for (uint32_t w = m->in_at[s]; w < m->in_at[s + 1]; w++)
		if (!--m->out[m->in[w].from])
			stack[n++] = m->in[w].from;
	return n;
}

static bool settle_dead(struct yr_minimiser *m)
{
	AUTO_FREE uint32_t *stack = malloc(m->d->states * sizeof(*stack));

	if (!stack)
		return false;
	find_live(m, stack);
	for (uint32_t i = 0; i < m->n_front; i++) {
		uint32_t s = m->front[i];

		if (m->class_of[s])
			continue;
		m->name[s] = 0;
		release_sources(m, s, stack, 0);
	}
	return true;
}

static uint32_t hash_row(const struct yr_minimiser *m, uint32_t s)
{
	uint64_t rest, signature = yr_sign_row(m, s, &rest);

	return yr_mix(signature + m->d->accept[s] * UINT64_C(0x2545f4914f6cdd1d));
}

bool yr_minimise_keep_row(struct yr_minimiser *m, uint32_t s)
{
	uint32_t hash = hash_row(m, s), i = hash;

	if (!yr_table_reserve(&m->rows))
		return false;
	while (yr_table_probe(&m->rows, hash, &i) != YR_NONE)
		;
	yr_table_put(&m->rows, i, hash, s);
	return true;
}

/* Name @s by an equal state with a name, or by itself. */
static bool name_state(struct yr_minimiser *m, uint32_t s)
{
	uint32_t hash = hash_row(m, s), i, q;

	if (!yr_table_reserve(&m->rows))
		return false;
	for (i = hash; (q = yr_table_probe(&m->rows, hash, &i)) != YR_NONE;)
		if (yr_minimise_same(m, s, q))
			break;
	if (q == YR_NONE) {
		yr_table_put(&m->rows, i, hash, s);
		m->name[s] = yr_mix(s + UINT64_C(0x51ed270b0a1f39c1));
		q = s;
	}
	m->class_of[s] = q;
	m->name[s] = m->name[q];
	return true;
}

bool yr_minimise_fold(struct yr_minimiser *m)
{
	uint32_t *stack = m->front, n = 0;

	if (m->n_front && !settle_dead(m))
		return false;
	for (uint32_t s = 1; s < m->d->states; s++)
		if (m->class_of[s] && !m->out[s])
			stack[n++] = s;
	while (n) {
		uint32_t s = stack[--n];

		if (!name_state(m, s))
			return false;
		n = release_sources(m, s, stack, n);
	}
	return true;
}

/* Put @to, which one state less leads to now, in front if that was the last. */
static void leave(struct yr_minimiser *m, uint32_t to, uint32_t *ways_in)
{
	if (m->class_of[to] == YR_NONE && !--ways_in[to])
		m->front[m->n_front++] = to;
}

/*
 * Set aside, in this order, states that only those set aside before lead to. What leads to a
 * state without a name has no name, so all of its ways in count.
 */
void yr_minimise_set_aside(struct yr_minimiser *m)
{
	const struct yr_dfa *d = m->d;
	uint32_t *ways_in = m->out; /* which has run dry */

	m->n_front = 0;
	for (uint32_t s = 1; s < d->states; s++) {
		ways_in[s] = m->in_at[s + 1] - m->in_at[s];
		if (m->class_of[s] == YR_NONE && !ways_in[s])
			m->front[m->n_front++] = s;
	}
	for (uint32_t i = 0; i < m->n_front; i++) {
		uint32_t s = m->front[i];
		const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

		for (; e < end; e++)
			leave(m, e->to, ways_in);
		if (yr_has_default(d, s))
			leave(m, d->def[s], ways_in);
	}
	for (uint32_t i = 0; i < m->n_front; i++)
		m->class_of[m->front[i]] = YR_ASIDE;
}

bool yr_minimise_fold_front(struct yr_minimiser *m)
{
	while (m->n_front) {
		if (!name_state(m, m->front[--m->n_front]))
			return false;
	}
	return true;
}
