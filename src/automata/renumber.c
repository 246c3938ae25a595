/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The automaton of classes, numbered as a walk from the start meets them: of a state's ways first
 * the one of more than half of its bytes, if there is such, then all by columns. See minimise.c.
 */
#include <stdlib.h>
#include <string.h>

#include "automata/minimise.h"
#include "base/cleanup.h"

struct renaming {
	const struct yr_minimiser *m;
	struct yr_dfa *out;
	uint32_t n_edges;
	uint32_t *number; /* of a class; YR_NONE: not met; class and columns lie behind it */
	uint32_t *class;  /* of a number */
	uint32_t n;
	uint32_t *columns; /* of the row under work: how many lead to a class or number */
	struct yr_edge row[YR_SYMBOLS];
	uint32_t n_row, def;
};

static uint32_t meet(struct renaming *r, uint32_t class)
{
	if (r->number[class] == YR_NONE) {
		r->number[class] = r->n;
		r->class[r->n++] = class;
	}
	return r->number[class];
}

/* The first byte column for which @s has no edge; the number of byte columns: there is none. */
static uint32_t first_gap(const struct yr_dfa *d, uint32_t s)
{
	uint32_t c = 0;

	for (uint32_t e = d->first[s]; e < d->first[s + 1] && d->edges[e].column == c; e++)
		c++;
	return c < yr_dfa_byte_columns(d) ? c : yr_dfa_byte_columns(d);
}

/* Where more than half of the bytes of @s lead is met before the others. */
static void meet_most(struct renaming *r, uint32_t s)
{
	const struct yr_dfa *d = r->m->d;
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];
	uint32_t bytes = yr_dfa_byte_columns(d), def = r->m->class_of[d->def[s]];

	end -= e < end && end[-1].column == bytes;
	for (const struct yr_edge *i = e; i < end; i++)
		r->columns[r->m->class_of[i->to]] = 0;
	r->columns[def] = bytes - (uint32_t)(end - e);
	for (const struct yr_edge *i = e; i < end; i++)
		r->columns[r->m->class_of[i->to]]++;
	for (; e < end; e++)
		if (r->columns[r->m->class_of[e->to]] * 2 > bytes)
			meet(r, r->m->class_of[e->to]);
	if (r->columns[def] * 2 > bytes)
		meet(r, def);
}

/* The row of @s under the new numbers. */
static void rename_row(struct renaming *r, uint32_t s)
{
	const uint32_t *class_of = r->m->class_of;
	const struct yr_dfa *d = r->m->d;
	uint32_t gap = first_gap(d, s);
	bool has_gap = gap < yr_dfa_byte_columns(d);

	meet_most(r, s);
	r->n_row = r->def = 0;
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		if (has_gap && d->edges[e].column > gap) {
			r->def = meet(r, class_of[d->def[s]]);
			has_gap = false;
		}
		r->row[r->n_row++] =
			(struct yr_edge){ d->edges[e].column, meet(r, class_of[d->edges[e].to]) };
	}
	if (has_gap)
		r->def = meet(r, class_of[d->def[s]]);
}

/* The target of most byte columns of the row, the smallest of several. */
static uint32_t best_default(struct renaming *r, uint32_t byte_columns)
{
	uint32_t best = r->def, n = r->n_row;

	/* The out-of-band column has no part in this. */
	while (n && r->row[n - 1].column >= byte_columns)
		n--;
	for (uint32_t i = 0; i < n; i++)
		r->columns[r->row[i].to] = 0;
	r->columns[r->def] = byte_columns - n;
	for (uint32_t i = 0; i < n; i++)
		r->columns[r->row[i].to]++;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = r->row[i].to, more = r->columns[to];

		if (more > r->columns[best] || (more == r->columns[best] && to < best))
			best = to;
	}
	return best;
}

/* Write the row of @number. It has no more edges than its class had. */
static void write_row(struct renaming *r, uint32_t number)
{
	uint32_t columns = r->m->d->columns, bytes = yr_dfa_byte_columns(r->m->d);
	uint32_t best = best_default(r, bytes), i = 0;

	r->out->def[number] = best;
	for (uint32_t c = 0; c < columns; c++) {
		uint32_t to = c < bytes ? r->def : 0;

		if (best == r->def && i < r->n_row)
			c = r->row[i].column; /* nothing to write before it */
		else if (best == r->def)
			break;
		if (i < r->n_row && r->row[i].column == c)
			to = r->row[i++].to;
		if (to != (c < bytes ? best : 0))
			r->out->edges[r->n_edges++] = (struct yr_edge){ c, to };
	}
}

/* The same in one go for a row most of whose bytes lead to its default anyway: it stays. */
static void copy_row(struct renaming *r, uint32_t number, uint32_t s)
{
	const uint32_t *class_of = r->m->class_of;
	const struct yr_dfa *d = r->m->d;
	uint32_t def = class_of[d->def[s]], bytes = yr_dfa_byte_columns(d);
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];
	struct yr_edge *to = r->out->edges + r->n_edges;

	r->out->def[number] = meet(r, def);
	for (; e < end; e++) {
		uint32_t class = class_of[e->to];

		if (class != (e->column < bytes ? def : 0))
			*to++ = (struct yr_edge){ e->column, meet(r, class) };
	}
	r->n_edges = to - r->out->edges;
}

static void write_class(struct renaming *r, uint32_t number)
{
	const struct yr_dfa *d = r->m->d;
	uint32_t s = r->class[number], edges = d->first[s + 1] - d->first[s];

	r->out->first[number] = r->n_edges;
	r->out->accept[number] = d->accept[s];
	if (edges * 2 < yr_dfa_byte_columns(d)) {
		copy_row(r, number, s);
		return;
	}
	rename_row(r, s);
	write_row(r, number);
}

static void write_out(struct renaming *r)
{
	struct yr_dfa *out = r->out;

	/* The start keeps a state of its own even where it matches nothing. */
	meet(r, 0);
	if (r->m->class_of[1])
		meet(r, r->m->class_of[1]);
	for (uint32_t i = 0; i < r->n; i++)
		write_class(r, i);
	out->states = r->n < 2 ? 2 : r->n;
	if (r->n < 2) {
		out->first[1] = r->n_edges;
		out->def[1] = out->accept[1] = 0;
	}
	out->first[out->states] = r->n_edges;
}

/* Give back what @array has beyond @n elements; where that fails, it stays as it is. */
static void shrink(void *array, size_t n, size_t size)
{
	void **p = array, *smaller = realloc(*p, (n ? n : 1) * size);

	if (smaller)
		*p = smaller;
}

/* Let @d have the rows of @out. */
static void take_rows(struct yr_dfa *d, struct yr_dfa *out)
{
	d->states = out->states;
	shrink(&out->def, d->states, sizeof(*out->def));
	shrink(&out->accept, d->states, sizeof(*out->accept));
	shrink(&out->first, d->states + (size_t)1, sizeof(*out->first));
	shrink(&out->edges, out->first[d->states], sizeof(*out->edges));
	free(d->def), d->def = yr_take_ptr(&out->def);
	free(d->accept), d->accept = yr_take_ptr(&out->accept);
	free(d->first), d->first = yr_take_ptr(&out->first);
	free(d->edges), d->edges = yr_take_ptr(&out->edges);
}

bool yr_minimise_renumber(struct yr_minimiser *m)
{
	struct yr_dfa *d = m->d, *out = yr_dfa_new(d->states, d->first[d->states]);
	struct renaming r = { .m = m, .out = out };
	bool ok;

	r.number = malloc(3 * (size_t)d->states * sizeof(*r.number));
	ok = out && r.number;
	if (ok) {
		r.class = r.number + d->states;
		r.columns = r.class + d->states;
		memset(r.number, 0xff, d->states * sizeof(*r.number));
		write_out(&r);
		take_rows(d, out);
	}
	free(r.number);
	yr_dfa_free(out);
	return ok;
}
