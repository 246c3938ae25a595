/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing rows into cells: each state's default is the target of most bytes; the other
 * bytes' targets go into cells of one long array, at the state's base + byte, where rows
 * interlock. The fullest rows are placed first, each at the first place where it fits, so
 * that the many rows of one or two cells fill the gaps between them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/cells.h"
#include "automata/diff.h"
#include "base/cleanup.h"

struct packer {
	const struct yr_dfa *d;
	struct yr_err *err;
	struct yr_tables *t;
	uint32_t room;                         /* cells that @t has memory for */
	uint16_t first_byte[YR_SYMBOLS + 1];   /* [columns + 1]: of each, in bytes[] */
	uint8_t bytes[256];                    /* with classes: the columns themselves */
	uint32_t width[YR_SYMBOLS], row_width; /* in cells */
	uint32_t *named;                       /* [states]: cells of its edges; all arrays' block */
	uint32_t *count;                       /* [states]: cells that it needs */
	uint32_t *parent;                      /* [states]: the row that it differs from, 0: none */
	uint32_t *leading; /* [states]: cells of the row under work that lead there */
	uint32_t *order;   /* states, those of the most cells first */
	struct yr_cells cells;
	struct yr_row row; /* under work */
};

static int no_memory(struct packer *p)
{
	return yr_err_set(p->err, ENOMEM, "out of memory");
}

/* Where most bytes of @s lead, when that need not be where those without an edge do. */
static uint32_t most_common(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t best = d->def[s];

	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++)
		p->leading[d->edges[e].to] = 0;
	p->leading[best] = p->row_width - p->named[s];
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++)
		p->leading[d->edges[e].to] += p->width[d->edges[e].column];
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++)
		if (p->leading[d->edges[e].to] > p->leading[best])
			best = d->edges[e].to;
	return best;
}

/* Choose the default of @s, and count what its row needs beside. */
static void choose_default(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];
	uint32_t oob = e < end && end[-1].column == yr_dfa_byte_columns(d), named = 0;

	for (; e < end; e++)
		named += p->width[e->column];
	p->named[s] = named;
	p->count[s] = named + oob;
	p->t->def[s] = d->def[s];
	if (named > p->row_width - named) {
		p->t->def[s] = most_common(p, s);
		p->count[s] = p->row_width - p->leading[p->t->def[s]] + oob;
	}
}

static inline void add_column(struct packer *p, uint32_t column, uint32_t to)
{
	uint32_t n = p->row.n;

	for (uint32_t i = p->first_byte[column]; i < p->first_byte[column + 1]; i++) {
		p->row.at[n] = 1 + p->bytes[i];
		p->row.to[n++] = to;
	}
	p->row.n = n;
}

/* Columns from @from on and before @end. */
static void add_columns(struct packer *p, uint32_t from, uint32_t end, uint32_t to)
{
	for (; from < end; from++)
		add_column(p, from, to);
}

/* The cells of @s that differ from the row of @t. */
static void add_differences(struct packer *p, uint32_t s, uint32_t t)
{
	const struct yr_dfa *d = p->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[t], *b_end = d->edges + d->first[t + 1];
	uint32_t def_a = d->def[s], def_b = d->def[t], next = 0, end = yr_dfa_byte_columns(d);

	for (;;) {
		uint32_t at_a = a < a_end ? a->column : end, at_b = b < b_end ? b->column : end;
		uint32_t column = at_a < at_b ? at_a : at_b, to_a = def_a, to_b = def_b;

		if (def_a != def_b)
			add_columns(p, next, column, def_a);
		if (column == end)
			break;
		if (at_a == column)
			to_a = a++->to;
		if (at_b == column)
			to_b = b++->to;
		if (to_a != to_b)
			add_column(p, column, to_a);
		next = column + 1;
	}
}

/* The cells of @s that do not lead to its default. */
static void add_others(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t def = p->t->def[s], next = 0, end = yr_dfa_byte_columns(d);

	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		uint32_t column = d->edges[e].column;

		if (column == end)
			break;
		if (d->def[s] != def)
			add_columns(p, next, column, d->def[s]);
		if (d->edges[e].to != def)
			add_column(p, column, d->edges[e].to);
		next = column + 1;
	}
	if (d->def[s] != def)
		add_columns(p, next, end, d->def[s]);
}

static void make_row(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t end = d->first[s + 1];

	p->row.n = 0;
	if (d->first[s] < end && d->edges[end - 1].column == yr_dfa_byte_columns(d)) {
		p->row.at[0] = 0;
		p->row.to[p->row.n++] = d->edges[end - 1].to;
	}
	if (p->parent[s])
		add_differences(p, s, p->parent[s]);
	else
		add_others(p, s);
}

/* Memory for @cells cells, zeroed. */
static bool make_room(struct packer *p, uint32_t cells)
{
	size_t more = p->room + p->room / 8;
	uint32_t *next, *check;

	if (cells <= p->room)
		return true;
	if (more < cells)
		more = cells;
	next = realloc(p->t->next, more * sizeof(*next));
	if (next)
		p->t->next = next;
	check = realloc(p->t->check, more * sizeof(*check));
	if (check)
		p->t->check = check;
	if (!next || !check)
		return false;
	memset(next + p->room, 0, (more - p->room) * sizeof(*next));
	memset(check + p->room, 0, (more - p->room) * sizeof(*check));
	p->room = more;
	return true;
}

/* The row of a state, at @base. */
static int claim(struct packer *p, uint64_t base)
{
	if (base > YR_BASE_MASK)
		return yr_err_set(p->err, E2BIG, "the automaton has no room in %u cells",
				  YR_BASE_MASK);
	if (base + 256 <= p->t->cells)
		return 0;
	p->t->cells = base + 256;
	return make_room(p, p->t->cells) ? 0 : no_memory(p);
}

static int place(struct packer *p, uint32_t s)
{
	struct yr_tables *t = p->t;
	const struct yr_row *row = &p->row;
	uint64_t base;
	int r;

	make_row(p, s);
	if (yr_cells_take(&p->cells, row, &base) < 0)
		return no_memory(p);
	r = claim(p, base);
	if (r)
		return r;
	for (uint32_t i = 0; i < row->n; i++) {
		t->next[base + row->at[i] - 1] = row->to[i];
		t->check[base + row->at[i] - 1] = s;
	}
	t->base[s] |= base | (row->at[0] ? 0 : YR_BASE_OOB);
	t->has_oob |= !row->at[0];
	return 0;
}

/* Where the rows of @s and @t, which have the same default, differ first. */
static struct yr_edge first_difference(const struct yr_dfa *d, uint32_t s, uint32_t t)
{
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[t], *b_end = d->edges + d->first[t + 1];

	while (a < a_end && b < b_end && a->column == b->column && a->to == b->to)
		a++, b++;
	if (b == b_end || (a < a_end && a->column <= b->column))
		return *a;
	return (struct yr_edge){ b->column, d->def[s] };
}

/* The one cell of @s that it needs: of one byte or of the out-of-band symbol, which is its own. */
static void single_cell(struct packer *p, uint32_t s, uint32_t *ret_at, uint32_t *ret_to)
{
	const struct yr_dfa *d = p->d;
	uint32_t first = d->first[s], n = d->first[s + 1] - first, t = p->parent[s];
	struct yr_edge e;

	if (!t && n == 1 && d->def[s] == p->t->def[s]) {
		e = d->edges[first];
	} else if (t && !d->has_oob && d->def[s] == d->def[t]) {
		e = first_difference(d, s, t);
	} else {
		make_row(p, s);
		*ret_at = p->row.at[0];
		*ret_to = p->row.to[0];
		return;
	}
	*ret_at = e.column < yr_dfa_byte_columns(d) ? 1 + p->bytes[p->first_byte[e.column]] : 0;
	*ret_to = e.to;
}

/* The same for a row of one cell, as most are. */
static int place_single(struct packer *p, uint32_t s)
{
	struct yr_tables *t = p->t;
	uint32_t at, to;
	uint64_t base;
	int r;

	single_cell(p, s, &at, &to);
	if (yr_cells_take_single(&p->cells, at, &base) < 0)
		return no_memory(p);
	r = claim(p, base);
	if (r)
		return r;
	t->next[base + at - 1] = to;
	t->check[base + at - 1] = s;
	t->base[s] |= base | (at ? 0 : YR_BASE_OOB);
	t->has_oob |= !at;
	return 0;
}

/* States by the number of their cells, most first; the order of those with as many is kept. */
static void sort_states(const uint32_t *count, uint32_t states, uint32_t *order)
{
	uint32_t at[YR_SYMBOLS + 1] = { 0 }, sum = 0;

	for (uint32_t s = 0; s < states; s++)
		at[count[s]]++;
	for (uint32_t n = YR_SYMBOLS + 1; n-- > 0;) {
		uint32_t here = at[n];

		at[n] = sum;
		sum += here;
	}
	for (uint32_t s = 0; s < states; s++)
		order[at[count[s]]++] = s;
}

static int place_all(struct packer *p)
{
	uint32_t states = p->d->states;
	uint32_t *order = p->order;
	int r = 0;

	sort_states(p->count, states, order);
	for (uint32_t i = 0; i < states && p->count[order[i]] && !r; i++) {
		uint32_t s = order[i];

		if (i && p->count[s] != p->count[order[i - 1]])
			yr_cells_begin(&p->cells);
		r = p->count[s] > 1 ? place(p, s) : place_single(p, s);
	}
	return r;
}

/* Rows that go on from others say so instead of where most bytes lead. */
static void set_parents(struct packer *p)
{
	for (uint32_t s = 0; s < p->d->states; s++) {
		if (!p->parent[s])
			continue;
		p->t->base[s] = YR_BASE_DIFF;
		p->t->def[s] = p->parent[s];
		p->t->has_diff = true;
	}
}

static int pack(struct packer *p, unsigned flags)
{
	uint32_t states = p->d->states;
	uint64_t sum = YR_SYMBOLS;

	if (yr_cells_init(&p->cells) < 0 || !p->t || !p->named)
		return no_memory(p);
	p->count = p->named + states;
	p->leading = p->count + states;
	p->order = p->leading + states;
	p->parent = p->order + states;
	memset(p->parent, 0, states * sizeof(*p->parent));
	for (uint32_t s = 0; s < states; s++)
		choose_default(p, s);
	if (flags & YR_PACK_DIFF) {
		if (yr_diff_choose(p->d, p->width, p->named, p->count, p->parent) < 0)
			return no_memory(p);
		set_parents(p);
	}
	/* Hardly more is needed, since small rows fill the gaps. */
	for (uint32_t s = 0; s < states; s++)
		sum += p->count[s];
	if (!make_room(p, sum < YR_BASE_MASK ? sum : YR_BASE_MASK))
		return no_memory(p);
	return place_all(p);
}

/* What a column is in cells: its bytes, or itself where classes stand for bytes. */
static void set_columns(struct packer *p, const uint8_t *class_of, uint32_t bytes)
{
	uint32_t columns = yr_dfa_byte_columns(p->d), sum = 0;
	uint16_t at[YR_SYMBOLS];

	for (uint32_t c = 0; c < bytes; c++)
		p->width[class_of ? class_of[c] : c]++;
	for (uint32_t c = 0; c <= columns; c++) {
		p->first_byte[c] = at[c] = sum;
		sum += c < columns ? p->width[c] : 0;
	}
	for (uint32_t c = 0; c < bytes; c++)
		p->bytes[at[class_of ? class_of[c] : c]++] = c;
	p->row_width = bytes;
}

int yr_tables_pack(const struct yr_dfa *d, unsigned flags, struct yr_tables **ret_tables,
		   struct yr_err *err)
{
	enum { CELLS_MIN = 256, ARRAYS = 5 };
	size_t size = d->states * sizeof(uint32_t);
	struct packer p = { .d = d, .err = err, .room = CELLS_MIN };
	int r;

	if (flags & YR_PACK_CLASSES)
		set_columns(&p, NULL, yr_dfa_byte_columns(d));
	else
		set_columns(&p, d->class_of, 256);
	p.t = yr_tables_new(d->states, CELLS_MIN);
	p.named = malloc(ARRAYS * size);
	r = pack(&p, flags);
	if (!r && flags & YR_PACK_CLASSES) {
		p.t->classes = malloc(sizeof(d->class_of));
		if (p.t->classes)
			memcpy(p.t->classes, d->class_of, sizeof(d->class_of));
		else
			r = no_memory(&p);
	}
	if (!r)
		memcpy(p.t->accept, d->accept, size);
	if (!r)
		*ret_tables = p.t;
	else
		yr_tables_free(p.t);
	free(p.named);
	yr_cells_done(&p.cells);
	return r;
}
