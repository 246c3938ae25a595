/* SPDX-License-Identifier: Apache-2.0 */
/* The packed form: holding, checking and walking it. pack.c makes it, unpack.c reads it back. */
#include <errno.h>
#include <stdlib.h>

#include "automata/nfa.h"
#include "base/cleanup.h"

struct yr_tables *yr_tables_new(uint32_t states, uint32_t cells)
{
	struct yr_tables *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->states = states;
	t->cells = cells;
	t->accept = calloc(states + (size_t)1, sizeof(*t->accept));
	t->base = calloc(states + (size_t)1, sizeof(*t->base));
	t->def = calloc(states + (size_t)1, sizeof(*t->def));
	t->next = calloc(cells + (size_t)1, sizeof(*t->next));
	t->check = calloc(cells + (size_t)1, sizeof(*t->check));
	return t->accept && t->base && t->def && t->next && t->check ? t : yr_tables_free(t);
}

struct yr_tables *yr_tables_free(struct yr_tables *t)
{
	if (!t)
		return NULL;
	free(t->accept);
	free(t->accept2);
	free(t->base);
	free(t->def);
	free(t->next);
	free(t->check);
	free(t->classes);
	free(t);
	return NULL;
}

/* The step with cell offset @c: a byte's class, or -1 for the out-of-band symbol. */
static uint32_t step(const struct yr_tables *t, uint32_t state, int c)
{
	for (;;) {
		uint32_t base = t->base[state], at = (base & YR_BASE_MASK) + c;

		if (t->check[at] == state)
			return t->next[at];
		if (!(base & YR_BASE_DIFF))
			return t->def[state];
		state = t->def[state];
	}
}

uint32_t yr_tables_step(const struct yr_tables *t, uint32_t state, unsigned char c)
{
	return step(t, state, t->classes ? t->classes[c] : c);
}

uint32_t yr_tables_step_oob(const struct yr_tables *t, uint32_t state)
{
	uint32_t base = t->base[state], at = (base & YR_BASE_MASK) - 1;

	return base & YR_BASE_OOB && t->check[at] == state ? t->next[at] : 0;
}

uint32_t yr_tables_run(const struct yr_tables *t, uint32_t state, struct yr_str bytes)
{
	for (size_t i = 0; i < bytes.len; i++)
		state = yr_tables_step(t, state, bytes.at[i]);
	return state;
}

static int bad(struct yr_err *err, const char *what, uint32_t at)
{
	return yr_err_set(err, EINVAL, "automaton: %s (at %u)", what, at);
}

static int check_state(const struct yr_tables *t, uint32_t s, struct yr_err *err)
{
	uint32_t flags = t->base[s] & ~YR_BASE_MASK, base = t->base[s] & YR_BASE_MASK;

	if (flags & ~(YR_BASE_DIFF | YR_BASE_OOB))
		return bad(err, "a base with unknown flags", s);
	if (flags & YR_BASE_DIFF && !t->has_diff)
		return bad(err, "a diff-encoded state, but the header announces none", s);
	if (flags & YR_BASE_OOB && !t->has_oob)
		return bad(err, "an out-of-band transition, but the header announces none", s);
	if (flags & YR_BASE_OOB && !base)
		return bad(err, "an out-of-band transition outside the cells", s);
	if (base > t->cells || t->cells - base < 256)
		return bad(err, "a base outside the cells", s);
	if (t->def[s] >= t->states)
		return bad(err, "a default outside the states", s);
	return 0;
}

/* Mark the chain of diff-encoded states from @s with @s + 1; meeting that mark again is a loop. */
static bool chain_ends(const struct yr_tables *t, uint32_t s, uint32_t *mark)
{
	uint32_t name = s + 1;

	for (; t->base[s] & YR_BASE_DIFF; s = t->def[s]) {
		if (mark[s])
			return mark[s] != name;
		mark[s] = name;
	}
	return true;
}

static int check_chains(const struct yr_tables *t, struct yr_err *err)
{
	AUTO_FREE uint32_t *mark = calloc(t->states, sizeof(*mark));

	if (!mark)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (uint32_t s = 0; s < t->states; s++)
		if (!chain_ends(t, s, mark))
			return bad(err, "diff-encoded states in a loop", s);
	return 0;
}

static int check_trap(const struct yr_tables *t, struct yr_err *err)
{
	for (int c = 0; c < 256; c++)
		if (yr_tables_step(t, 0, c))
			return bad(err, "state 0 does not trap", c);
	return yr_tables_step_oob(t, 0) ? bad(err, "state 0 does not trap", YR_OOB) : 0;
}

int yr_tables_verify(const struct yr_tables *t, struct yr_err *err)
{
	int r = 0;

	if (t->states < 2)
		return bad(err, "fewer than two states", t->states);
	for (uint32_t s = 0; s < t->states && !r; s++)
		r = check_state(t, s, err);
	for (uint32_t c = 0; c < t->cells && !r; c++) {
		if (t->next[c] >= t->states)
			r = bad(err, "a next state outside the states", c);
		else if (t->check[c] >= t->states)
			r = bad(err, "a check outside the states", c);
	}
	if (!r && t->has_diff)
		r = check_chains(t, err);
	return r ? r : check_trap(t, err);
}
