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

void yr_dfa_widths(const struct yr_dfa *d, uint32_t *width)
{
	memset(width, 0, d->columns * sizeof(*width));
	for (int c = 0; c < 256; c++)
		width[d->class_of[c]]++;
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
