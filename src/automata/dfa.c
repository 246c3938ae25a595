/* SPDX-License-Identifier: Apache-2.0 */
/* The deterministic automaton itself. What makes one out of patterns is subset.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/nfa.h"
#include "base/cleanup.h"

struct yr_dfa *yr_dfa_new(uint32_t states, uint32_t edges)
{
	struct yr_dfa *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->states = states;
	d->def = malloc(states * sizeof(*d->def));
	d->accept = malloc(states * sizeof(*d->accept));
	d->first = malloc((states + (size_t)1) * sizeof(*d->first));
	d->edges = malloc((edges ? edges : (size_t)1) * sizeof(*d->edges));
	return d->def && d->accept && d->first && d->edges ? d : yr_dfa_free(d);
}

struct yr_dfa *yr_dfa_free(struct yr_dfa *d)
{
	if (!d)
		return NULL;
	free(d->def);
	free(d->first);
	free(d->edges);
	free(d->accept);
	free(d);
	return NULL;
}

static uint32_t step_column(const struct yr_dfa *d, uint32_t state, uint32_t column,
			    uint32_t otherwise)
{
	uint32_t low = d->first[state], high = d->first[state + 1];

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (d->edges[mid].column == column)
			return d->edges[mid].to;
		if (d->edges[mid].column < column)
			low = mid + 1;
		else
			high = mid;
	}
	return otherwise;
}

uint32_t yr_dfa_step(const struct yr_dfa *d, uint32_t state, unsigned char c)
{
	return step_column(d, state, d->class_of[c], d->def[state]);
}

uint32_t yr_dfa_step_oob(const struct yr_dfa *d, uint32_t state)
{
	return d->has_oob ? step_column(d, state, d->columns - 1, 0) : 0;
}

void yr_dfa_row(const struct yr_dfa *d, uint32_t state, uint32_t *row)
{
	for (uint32_t c = 0; c < d->columns; c++)
		row[c] = d->def[state];
	if (d->has_oob)
		row[d->columns - 1] = 0;
	for (uint32_t e = d->first[state]; e < d->first[state + 1]; e++)
		row[d->edges[e].column] = d->edges[e].to;
}

uint32_t yr_dfa_run(const struct yr_dfa *d, uint32_t state, struct yr_str bytes)
{
	for (size_t i = 0; state && i < bytes.len; i++)
		state = yr_dfa_step(d, state, bytes.at[i]);
	return state;
}

/* How each state was reached first. */
struct step {
	uint32_t from, length; /* from: YR_NONE when it was not reached */
	unsigned char byte;
};

static unsigned char *read_back(const struct step *step, uint32_t state, size_t *ret_len)
{
	unsigned char *path = malloc(step[state].length + (size_t)1);

	if (!path)
		return NULL;
	*ret_len = step[state].length;
	for (; step[state].length; state = step[state].from)
		path[step[state].length - 1] = step[state].byte;
	return path;
}

static void search(const struct yr_dfa *d, struct step *step, uint32_t *queue)
{
	uint32_t n = 0;

	for (uint32_t s = 0; s < d->states; s++)
		step[s].from = YR_NONE;
	step[1] = (struct step){ 1, 0, 0 };
	queue[n++] = 1;
	for (uint32_t i = 0; i < n; i++) {
		for (int turn = 0; turn < 256; turn++) {
			unsigned char c = yr_readable_byte(turn);
			uint32_t to = yr_dfa_step(d, queue[i], c);

			if (step[to].from != YR_NONE)
				continue;
			step[to] = (struct step){ queue[i], step[queue[i]].length + 1, c };
			queue[n++] = to;
		}
	}
}

unsigned char *yr_dfa_path_to(const struct yr_dfa *d, uint32_t state, size_t *ret_len)
{
	AUTO_FREE struct step *step = malloc(d->states * sizeof(*step));
	AUTO_FREE uint32_t *queue = malloc(d->states * sizeof(*queue));

	if (!step || !queue || state >= d->states)
		return NULL;
	search(d, step, queue);
	return step[state].from == YR_NONE ? NULL : read_back(step, state, ret_len);
}

static void swap(struct yr_dfa *a, struct yr_dfa *b)
{
	struct yr_dfa c = *a;

	*a = *b;
	*b = c;
}

/* Room for one state more, the new state 0; all others are counted one up. */
static int put_state_below(struct yr_dfa *d, struct yr_err *err)
{
	struct yr_dfa *more = yr_dfa_new(d->states + 1, d->first[d->states]);

	if (!more)
		return yr_err_set(err, ENOMEM, "out of memory");
	more->columns = d->columns;
	more->has_oob = d->has_oob;
	memcpy(more->class_of, d->class_of, sizeof(d->class_of));
	more->def[0] = more->accept[0] = more->first[0] = 0;
	for (uint32_t s = 0; s < d->states; s++) {
		more->def[s + 1] = d->def[s] + 1;
		more->accept[s + 1] = d->accept[s];
		more->first[s + 1] = d->first[s];
	}
	more->first[more->states] = d->first[d->states];
	for (uint32_t e = 0; e < d->first[d->states]; e++)
		more->edges[e] = (struct yr_edge){ d->edges[e].column, d->edges[e].to + 1 };
	swap(d, more);
	yr_dfa_free(more);
	return 0;
}

/* Give the states @a < @b each other's number. */
static int exchange(struct yr_dfa *d, uint32_t a, uint32_t b, struct yr_err *err)
{
	struct yr_dfa *o = yr_dfa_new(d->states, d->first[d->states]);
	uint32_t n = 0;

	if (!o)
		return yr_err_set(err, ENOMEM, "out of memory");
	o->columns = d->columns;
	o->has_oob = d->has_oob;
	memcpy(o->class_of, d->class_of, sizeof(d->class_of));
	for (uint32_t s = 0; s < d->states; s++) {
		uint32_t from = s == a ? b : s == b ? a : s, to = d->def[from];

		o->first[s] = n;
		o->accept[s] = d->accept[from];
		o->def[s] = to == a ? b : to == b ? a : to;
		for (uint32_t e = d->first[from]; e < d->first[from + 1]; e++) {
			to = d->edges[e].to;
			o->edges[n++] = (struct yr_edge){ d->edges[e].column, to == a   ? b
									      : to == b ? a
											: to };
		}
	}
	o->first[o->states] = n;
	swap(d, o);
	yr_dfa_free(o);
	return 0;
}

int yr_dfa_start_at(struct yr_dfa *d, uint32_t start, struct yr_err *err)
{
	int r = 0;

	if (d->accept[0] || !start) {
		r = put_state_below(d, err);
		start++;
	}
	return r || start == 1 ? r : exchange(d, 1, start, err);
}
