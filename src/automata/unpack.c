/* SPDX-License-Identifier: Apache-2.0 */
/* Packed tables back to rows. Only verified tables come here, but verified ones may be hostile too.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/nfa.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* Rows by byte, in the order in which they were read; @column of an edge is a byte. */
struct reader {
	const struct yr_tables *t;
	struct yr_err *err;
	uint32_t *at, *n, *def; /* [states]; at: YR_NONE while the row is not read */
	struct yr_edge *edge;
	uint32_t n_edges, cap_edges;
	uint32_t row[YR_SYMBOLS];
	uint8_t class_of[256];
	uint32_t classes, size[256]; /* size: bytes of a class */
	bool has_oob;
};

static int no_memory(struct reader *r)
{
	return yr_err_set(r->err, ENOMEM, "out of memory");
}

/* What the default of a row stands for: the parent's row where the state is diff-encoded. */
static void begin_row(struct reader *r, uint32_t s)
{
	uint32_t parent = r->t->def[s];

	if (!(r->t->base[s] & YR_BASE_DIFF)) {
		r->def[s] = parent;
		for (uint32_t c = 0; c < 256; c++)
			r->row[c] = parent;
		return;
	}
	r->def[s] = r->def[parent];
	for (uint32_t c = 0; c < 256; c++)
		r->row[c] = r->def[parent];
	for (uint32_t e = r->at[parent]; e < r->at[parent] + r->n[parent]; e++)
		if (r->edge[e].column != YR_OOB)
			r->row[r->edge[e].column] = r->edge[e].to;
}

static int read_row(struct reader *r, uint32_t s)
{
	const struct yr_tables *t = r->t;
	uint32_t base = t->base[s] & YR_BASE_MASK, otherwise;

	begin_row(r, s);
	for (uint32_t c = 0; c < 256; c++) {
		uint32_t cell = base + (t->classes ? t->classes[c] : c);

		if (t->check[cell] == s)
			r->row[c] = t->next[cell];
	}
	r->row[YR_OOB] = yr_tables_step_oob(t, s);
	if (r->n_edges > YR_LIMIT_EDGES)
		return yr_err_set(r->err, E2BIG,
				  "an automaton with more than %u ways out of its states",
				  YR_LIMIT_EDGES);
	if (!yr_grow(&r->edge, &r->cap_edges, r->n_edges + (uint64_t)YR_SYMBOLS, sizeof(*r->edge)))
		return no_memory(r);
	r->at[s] = r->n_edges;
	for (uint32_t c = 0; c < YR_SYMBOLS; c++) {
		otherwise = c == YR_OOB ? 0 : r->def[s];
		if (r->row[c] != otherwise)
			r->edge[r->n_edges++] = (struct yr_edge){ c, r->row[c] };
	}
	r->n[s] = r->n_edges - r->at[s];
	r->has_oob |= r->row[YR_OOB] != 0;
	return 0;
}

/* Diff-encoded states read their parents first. @stack has room for all states. */
static int read_rows(struct reader *r, uint32_t *stack)
{
	int bad = 0;

	for (uint32_t s = 0; s < r->t->states && !bad; s++) {
		uint32_t n = 0, up = s;

		while (r->at[up] == YR_NONE) {
			stack[n++] = up;
			if (!(r->t->base[up] & YR_BASE_DIFF))
				break;
			up = r->t->def[up];
		}
		while (n && !bad)
			bad = read_row(r, stack[--n]);
	}
	return bad;
}

/* Does the row of @s keep every class of bytes together? */
static bool keeps_classes(const struct reader *r, uint32_t s)
{
	uint32_t seen[256], to[256];

	for (uint32_t e = r->at[s]; e < r->at[s] + r->n[s]; e++)
		if (r->edge[e].column < 256)
			seen[r->class_of[r->edge[e].column]] = 0;
	for (uint32_t e = r->at[s]; e < r->at[s] + r->n[s]; e++) {
		uint32_t class;

		if (r->edge[e].column >= 256)
			continue;
		class = r->class_of[r->edge[e].column];
		if (!seen[class]++)
			to[class] = r->edge[e].to;
		else if (to[class] != r->edge[e].to)
			return false;
	}
	for (uint32_t e = r->at[s]; e < r->at[s] + r->n[s]; e++)
		if (r->edge[e].column < 256 &&
		    seen[r->class_of[r->edge[e].column]] != r->size[r->class_of[r->edge[e].column]])
			return false;
	return true;
}

/* Bytes stay of a class only while they were and the row of @s takes them to one state. */
static void split_classes(struct reader *r, uint32_t s)
{
	uint8_t old[256];
	uint32_t first[256]; /* the first byte of each new class */
	uint32_t n = 0, k;

	memcpy(old, r->class_of, sizeof(old));
	memset(r->size, 0, sizeof(r->size));
	for (uint32_t c = 0; c < 256; c++)
		r->row[c] = r->def[s];
	for (uint32_t e = r->at[s]; e < r->at[s] + r->n[s]; e++)
		r->row[r->edge[e].column] = r->edge[e].to;
	for (uint32_t c = 0; c < 256; c++) {
		for (k = 0; k < n; k++)
			if (old[first[k]] == old[c] && r->row[first[k]] == r->row[c])
				break;
		if (k == n)
			first[n++] = c;
		r->class_of[c] = k;
		r->size[k]++;
	}
	r->classes = n;
}

/* Classes are numbered by their first byte, so first bytes of a row's classes ascend as well. */
static void write_edges(const struct reader *r, struct yr_dfa *d)
{
	bool first[256] = { false }, met[256] = { false };
	uint32_t n = 0;

	for (int c = 0; c < 256; c++) {
		first[c] = !met[r->class_of[c]];
		met[r->class_of[c]] = true;
	}
	for (uint32_t s = 0; s < d->states; s++) {
		d->first[s] = n;
		for (uint32_t e = r->at[s]; e < r->at[s] + r->n[s]; e++) {
			uint32_t c = r->edge[e].column;

			if (c == YR_OOB)
				d->edges[n++] = (struct yr_edge){ r->classes, r->edge[e].to };
			else if (first[c])
				d->edges[n++] = (struct yr_edge){ r->class_of[c], r->edge[e].to };
		}
	}
	d->first[d->states] = n;
}

static int write_dfa(struct reader *r, struct yr_dfa **ret_dfa)
{
	struct yr_dfa *d = yr_dfa_new(r->t->states, r->n_edges);

	if (!d)
		return no_memory(r);
	d->has_oob = r->has_oob;
	d->columns = r->classes + r->has_oob;
	memcpy(d->class_of, r->class_of, sizeof(d->class_of));
	memcpy(d->def, r->def, d->states * sizeof(*d->def));
	memcpy(d->accept, r->t->accept, d->states * sizeof(*d->accept));
	write_edges(r, d);
	*ret_dfa = d;
	return 0;
}

int yr_tables_unpack(const struct yr_tables *t, struct yr_dfa **ret_dfa, struct yr_err *err)
{
	struct reader r = { .t = t, .err = err, .classes = 1, .size = { 256 } };
	uint32_t *stack = malloc(t->states * sizeof(*stack));
	int bad = 0;

	r.at = malloc(t->states * sizeof(*r.at));
	r.n = calloc(t->states, sizeof(*r.n));
	r.def = calloc(t->states, sizeof(*r.def));
	if (!stack || !r.at || !r.n || !r.def)
		bad = no_memory(&r);
	if (!bad) {
		memset(r.at, 0xff, t->states * sizeof(*r.at));
		bad = read_rows(&r, stack);
	}
	for (uint32_t s = 0; s < t->states && !bad; s++)
		if (!keeps_classes(&r, s))
			split_classes(&r, s);
	if (!bad)
		bad = write_dfa(&r, ret_dfa);
	free(stack);
	free(r.at);
	free(r.n);
	free(r.def);
	free(r.edge);
	return bad;
}
