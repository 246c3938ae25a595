/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Packing rows into cells: each state's default is the target of most bytes; the other
 * bytes' targets go into cells of one long array, at the state's base + byte, where rows
 * interlock. The fullest rows are placed first, each at the first place where it fits, so
 * that the many rows of one or two cells fill the gaps between them. Free cells are
 * bits: one AND per cell of a row tries 64 places at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/diff.h"
#include "base/cleanup.h"

/*
 * A search over more than this many words makes the next one for a row of as many cells
 * begin where it ended: what it passed by is nearly full. Rows of fewer cells begin at
 * the first gap again.
 */
#define LONG_SEARCH 8
/* Words of the bit array that are all free, kept behind the last cell in use. */
#define SPARE_WORDS 8

struct packer {
	const struct yr_dfa *d;
	struct yr_err *err;
	unsigned flags;
	struct yr_byteset bytes_of[YR_SYMBOLS]; /* with classes: of the column alone */
	uint32_t width[YR_SYMBOLS], row_width;
	uint32_t *def, *base; /* [states] */
	uint32_t *parent;     /* [states]: the row that it differs from, 0: none */
	uint32_t *bytes;      /* [states]: how many bytes of the row under work lead there */
	/* A bit per cell, set where it is free. Word 0 stands for cells before the first: never
	 * free. */
	uint64_t *free_bits;
	uint32_t words, first_free;
	uint32_t cells;
	uint64_t search_from; /* a base, for rows of as many cells as the last one */
	/* Cells of the row under work: byte + 1, 0 is the out-of-band one. */
	uint32_t at[YR_SYMBOLS], to[YR_SYMBOLS], n;
};

static int no_memory(struct packer *p)
{
	return yr_err_set(p->err, ENOMEM, "out of memory");
}

/* How many bytes lead to each target of @s: into bytes[]. */
static void count_bytes(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t left = p->row_width;

	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++)
		p->bytes[d->edges[e].to] = 0;
	p->bytes[d->def[s]] = 0;
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		uint32_t width = p->width[d->edges[e].column];

		p->bytes[d->edges[e].to] += width;
		left -= width;
	}
	p->bytes[d->def[s]] += left;
}

/* Choose the default of @s. Returns how many cells its row needs. */
static uint32_t choose_default(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t best = d->def[s], oob = 0;

	count_bytes(p, s);
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		if (p->bytes[d->edges[e].to] > p->bytes[best])
			best = d->edges[e].to;
		oob |= !p->width[d->edges[e].column];
	}
	p->def[s] = best;
	return p->row_width - p->bytes[best] + oob;
}

static void add_column(struct packer *p, uint32_t column, uint32_t to)
{
	for (int w = 0; w < 4; w++)
		for (uint64_t bits = p->bytes_of[column].w[w]; bits; bits &= bits - 1) {
			p->at[p->n] = 1 + w * 64 + __builtin_ctzll(bits);
			p->to[p->n++] = to;
		}
}

/* The cells of @s that differ from the row of @t. */
static void add_differences(struct packer *p, uint32_t s, uint32_t t)
{
	const struct yr_dfa *d = p->d;
	uint32_t i = d->first[s], k = d->first[t];

	for (uint32_t c = 0; c < yr_dfa_byte_columns(d); c++) {
		uint32_t to_s = d->def[s], to_t = d->def[t];

		if (i < d->first[s + 1] && d->edges[i].column == c)
			to_s = d->edges[i++].to;
		if (k < d->first[t + 1] && d->edges[k].column == c)
			to_t = d->edges[k++].to;
		if (to_s != to_t)
			add_column(p, c, to_s);
	}
}

/* The cells of @s that do not lead to its default. */
static void add_others(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t c = 0;

	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		if (!p->width[d->edges[e].column])
			break;
		for (; d->def[s] != p->def[s] && c < d->edges[e].column; c++)
			add_column(p, c, d->def[s]);
		c = d->edges[e].column + 1;
		if (d->edges[e].to != p->def[s])
			add_column(p, d->edges[e].column, d->edges[e].to);
	}
	for (; d->def[s] != p->def[s] && c < yr_dfa_byte_columns(d); c++)
		add_column(p, c, d->def[s]);
}

/* The cells of @s into at[] and to[]. */
static void make_row(struct packer *p, uint32_t s)
{
	const struct yr_dfa *d = p->d;
	uint32_t end = d->first[s + 1];

	p->n = 0;
	if (d->first[s] < end && !p->width[d->edges[end - 1].column]) {
		p->at[0] = 0;
		p->to[p->n++] = d->edges[end - 1].to;
	}
	if (p->parent[s])
		add_differences(p, s, p->parent[s]);
	else
		add_others(p, s);
}

/* 64 bits from bit @at on. */
static uint64_t bits_from(const struct packer *p, uint64_t at)
{
	uint64_t word = at >> 6, shift = at & 63;

	return shift ? p->free_bits[word] >> shift | p->free_bits[word + 1] << (64 - shift)
		     : p->free_bits[word];
}

static bool make_room(struct packer *p, uint64_t words)
{
	uint64_t more = words + words / 2;
	uint64_t *bigger;

	if (words <= p->words)
		return true;
	bigger = realloc(p->free_bits, more * sizeof(*bigger));
	if (!bigger)
		return false;
	memset(bigger + p->words, 0xff, (more - p->words) * sizeof(*bigger));
	p->free_bits = bigger;
	p->words = more;
	return true;
}

/*
 * The first base where the row fits. Bit 64 + i of free_bits is cell i, so at[] (byte + 1)
 * counted from bit 63 + base is the cell; try 64 bases at a time.
 */
static bool find_base(struct packer *p, uint32_t *ret_base)
{
	uint64_t first = p->first_free * UINT64_C(64), base = 0, begin;

	/* The smallest offset cannot lie before the first free cell. */
	if (first > 63 + p->at[0])
		base = (first - 63 - p->at[0]) & ~UINT64_C(63);
	if (base < p->search_from)
		base = p->search_from;
	for (begin = base;; base += 64) {
		uint64_t fits = ~UINT64_C(0);

		if (!make_room(p, (base + YR_SYMBOLS) / 64 + SPARE_WORDS))
			return false;
		for (uint32_t i = 0; i < p->n && fits; i++)
			fits &= bits_from(p, 63 + base + p->at[i]);
		if (fits) {
			*ret_base = base + __builtin_ctzll(fits);
			if (base - begin > LONG_SEARCH * 64)
				p->search_from = base;
			return true;
		}
	}
}

static int place(struct packer *p, uint32_t s)
{
	uint32_t base;

	make_row(p, s);
	p->base[s] = p->parent[s] ? YR_BASE_DIFF : 0;
	if (!p->n)
		return 0;
	if (!find_base(p, &base))
		return no_memory(p);
	if (base > YR_BASE_MASK)
		return yr_err_set(p->err, E2BIG, "the automaton has no room in %u cells",
				  YR_BASE_MASK);
	for (uint32_t i = 0; i < p->n; i++) {
		uint64_t bit = 63 + (uint64_t)base + p->at[i];

		p->free_bits[bit >> 6] &= ~(UINT64_C(1) << (bit & 63));
	}
	while (!p->free_bits[p->first_free])
		p->first_free++;
	p->base[s] |= base | (p->at[0] ? 0 : YR_BASE_OOB);
	if (base + 256 > p->cells)
		p->cells = base + 256;
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

/* Rows that are differences: their defaults, and how many cells they need. */
static int encode_differences(struct packer *p, uint32_t *count)
{
	const struct yr_dfa *d = p->d;

	if (!(p->flags & YR_PACK_DIFF))
		return 0;
	if (yr_diff_choose(d, p->width, count, p->parent) < 0)
		return no_memory(p);
	for (uint32_t s = 0; s < d->states; s++) {
		if (!p->parent[s])
			continue;
		make_row(p, s);
		count[s] = p->n;
		p->def[s] = p->parent[s];
	}
	return 0;
}

static int place_all(struct packer *p)
{
	uint32_t states = p->d->states;
	AUTO_FREE uint32_t *count = malloc(states * sizeof(*count));
	AUTO_FREE uint32_t *order = malloc(states * sizeof(*order));
	int r = 0;

	p->bytes = malloc(states * sizeof(*p->bytes));
	p->def = calloc(states, sizeof(*p->def));
	p->base = calloc(states, sizeof(*p->base));
	p->parent = calloc(states, sizeof(*p->parent));
	if (!count || !order || !p->bytes || !p->def || !p->base || !p->parent || !make_room(p, 64))
		return no_memory(p);
	p->free_bits[0] = 0;
	p->first_free = 1;
	p->cells = 256;
	for (uint32_t s = 0; s < states; s++)
		count[s] = choose_default(p, s);
	r = encode_differences(p, count);
	sort_states(count, states, order);
	for (uint32_t i = 0; i < states && !r; i++) {
		if (i && count[order[i]] != count[order[i - 1]])
			p->search_from = 0;
		r = place(p, order[i]);
	}
	return r;
}

static int write_tables(struct packer *p, struct yr_tables **ret_tables)
{
	const struct yr_dfa *d = p->d;
	struct yr_tables *t = yr_tables_new(d->states, p->cells);

	if (!t)
		return no_memory(p);
	if (p->flags & YR_PACK_CLASSES) {
		t->classes = malloc(sizeof(d->class_of));
		if (!t->classes) {
			yr_tables_free(t);
			return no_memory(p);
		}
		memcpy(t->classes, d->class_of, sizeof(d->class_of));
	}
	memcpy(t->accept, d->accept, d->states * sizeof(*t->accept));
	memcpy(t->base, p->base, d->states * sizeof(*t->base));
	memcpy(t->def, p->def, d->states * sizeof(*t->def));
	for (uint32_t s = 0; s < d->states; s++) {
		make_row(p, s);
		t->has_oob |= t->base[s] & YR_BASE_OOB;
		t->has_diff |= t->base[s] & YR_BASE_DIFF;
		for (uint32_t i = 0; i < p->n; i++) {
			uint32_t cell = (t->base[s] & YR_BASE_MASK) + p->at[i] - 1;

			t->next[cell] = p->to[i];
			t->check[cell] = s;
		}
	}
	*ret_tables = t;
	return 0;
}

/* What a column is in cells: its bytes, or itself where classes stand for bytes. */
static void set_widths(struct packer *p)
{
	const struct yr_dfa *d = p->d;

	if (p->flags & YR_PACK_CLASSES) {
		for (uint32_t c = 0; c < yr_dfa_byte_columns(d); c++) {
			p->width[c] = 1;
			yr_byteset_add(&p->bytes_of[c], c);
		}
		p->row_width = yr_dfa_byte_columns(d);
		return;
	}
	yr_dfa_widths(d, p->width);
	for (int c = 0; c < 256; c++)
		yr_byteset_add(&p->bytes_of[d->class_of[c]], c);
	p->row_width = 256;
}

int yr_tables_pack(const struct yr_dfa *d, unsigned flags, struct yr_tables **ret_tables,
		   struct yr_err *err)
{
	struct packer p = { .d = d, .err = err, .flags = flags };
	int r;

	set_widths(&p);
	r = place_all(&p);
	if (!r)
		r = write_tables(&p, ret_tables);
	free(p.def);
	free(p.base);
	free(p.parent);
	free(p.bytes);
	free(p.free_bits);
	return r;
}
