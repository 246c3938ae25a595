/* SPDX-License-Identifier: Apache-2.0 */
/* Classes of states that lead to no loop, from the end backwards. See minimise.c. */
#include <stdlib.h>

#include "automata/minimise.h"
#include "automata/table.h"
#include "base/cleanup.h"

/*
 * Whatever no accepting state can be reached from is equal to state 0, loops and all; the
 * class of anything else is not known yet. Returns how many states that are.
 */
static uint32_t find_live(struct yr_minimiser *m, uint32_t *stack)
{
	uint32_t live = 0, n = 0;

	for (uint32_t s = 1; s < m->d->states; s++) {
		if (!m->d->accept[s])
			continue;
		m->class_of[s] = YR_NONE;
		stack[n++] = s;
	}
	for (; n; live++) {
		uint32_t s = stack[--n];

		for (uint32_t w = m->in_at[s]; w < m->in_at[s + 1]; w++) {
			uint32_t from = m->in[w].from;

			if (m->class_of[from] == YR_NONE)
				continue;
			m->class_of[from] = YR_NONE;
			stack[n++] = from;
		}
	}
	return live;
}

/* The class of @s is known: put on the stack those that now have only ways to such. */
static uint32_t release_sources(struct yr_minimiser *m, uint32_t s, uint32_t *stack, uint32_t n)
{
	for (uint32_t w = m->in_at[s]; w < m->in_at[s + 1]; w++)
		if (!--m->out[m->in[w].from])
			stack[n++] = m->in[w].from;
	return n;
}

/* Name @s by an equal state with a name, or by itself. */
static bool name_state(struct yr_minimiser *m, struct yr_table *rows, uint32_t s)
{
	uint64_t rest, signature = yr_sign_row(m, s, &rest);
	uint32_t hash = yr_mix(signature + m->d->accept[s] * UINT64_C(0x2545f4914f6cdd1d)), i, q;

	if (!yr_table_reserve(rows))
		return false;
	for (i = hash; (q = yr_table_probe(rows, hash, &i)) != YR_NONE;)
		if (yr_minimise_same(m, s, q))
			break;
	if (q == YR_NONE) {
		yr_table_put(rows, i, hash, s);
		q = s;
		m->name[s] = yr_mix(s + UINT64_C(0x51ed270b0a1f39c1));
	}
	m->class_of[s] = q;
	m->name[s] = m->name[q];
	return true;
}

bool yr_minimise_fold(struct yr_minimiser *m)
{
	AUTO_FREE uint32_t *stack = malloc(m->d->states * sizeof(*stack));
	YR_CLEANUP(yr_table_done) struct yr_table rows = { 0 };
	uint32_t n = 0;

	if (!stack)
		return false;
	if (find_live(m, stack) < m->d->states - 1)
		for (uint32_t s = 1; s < m->d->states; s++)
			if (!m->class_of[s])
				release_sources(m, s, stack, 0);
	for (uint32_t s = 1; s < m->d->states; s++)
		if (m->class_of[s] && !m->out[s])
			stack[n++] = s;
	while (n) {
		uint32_t s = stack[--n];

		if (!name_state(m, &rows, s))
			return false;
		n = release_sources(m, s, stack, n);
	}
	return true;
}
