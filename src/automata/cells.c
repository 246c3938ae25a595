/* SPDX-License-Identifier: Apache-2.0 */
/*
 * First-fit over a long array of cells. Free cells are bits: one AND per cell of a row tries 64
 * places at once, and a row of one cell goes to the next bit that is set.
 */
#include "automata/cells.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/*
 * A search over more than this many words makes the next one for a row of as many cells
 * begin where it ended: what it passed by is nearly full. Rows of fewer cells begin at
 * the first gap again.
 */
#define LONG_SEARCH 8
/*
 * Words that are all free, kept behind the last cell in use, so that no search runs over the end:
 * a row is 257 cells long, and a step of the search looks at 128 bits from each of them.
 */
#define SPARE_WORDS 8
#define FIRST_WORDS 64
/* Behind so many words any row of one cell can have any cell: its base is not before the first. */
#define LOW_WORDS ((63 + YR_SYMBOLS + 63) / 64)

static int make_room(struct yr_cells *c, uint64_t words)
{
	uint64_t more = words + words / 2;
	uint64_t *bigger;

	if (words <= c->words)
		return 0;
	bigger = realloc(c->free_bits, more * sizeof(*bigger));
	if (!bigger)
		return -ENOMEM;
	memset(bigger + c->words, 0xff, (more - c->words) * sizeof(*bigger));
	c->free_bits = bigger;
	c->words = more;
	return 0;
}

int yr_cells_init(struct yr_cells *c)
{
	*c = (struct yr_cells){ .first_free = 1, .first_high = LOW_WORDS };
	if (make_room(c, FIRST_WORDS) < 0)
		return -ENOMEM;
	c->free_bits[0] = 0;
	return 0;
}

void yr_cells_done(struct yr_cells *c)
{
	free(c->free_bits);
	*c = (struct yr_cells){ 0 };
}

void yr_cells_begin(struct yr_cells *c)
{
	c->search_from = 0;
}

/* Where to begin: @least, the smallest offset, cannot lie before the first free cell. */
static uint64_t first_base(const struct yr_cells *c, uint32_t least)
{
	uint64_t first = c->first_free * UINT64_C(64), base = 0;

	if (first > 63 + least)
		base = (first - 63 - least) & ~UINT64_C(63);
	return base > c->search_from ? base : c->search_from;
}

/* 64 bits from bit @at on. */
static uint64_t bits_from(const struct yr_cells *c, uint64_t at)
{
	uint64_t word = at >> 6, shift = at & 63;

	return c->free_bits[word] >> shift | c->free_bits[word + 1] << 1 << (63 - shift);
}

static uint64_t find_several(const struct yr_cells *c, uint64_t base, const struct yr_row *row)
{
	for (;; base += 64) {
		uint64_t fits = bits_from(c, 63 + base + row->at[0]);

		for (uint32_t i = 1; i < row->n && fits; i++)
			fits &= bits_from(c, 63 + base + row->at[i]);
		if (fits)
			return base + __builtin_ctzll(fits);
	}
}

static void take_bit(struct yr_cells *c, uint64_t bit)
{
	c->free_bits[bit >> 6] &= ~(UINT64_C(1) << (bit & 63));
}

static inline void pass_full_words(struct yr_cells *c)
{
	while (!c->free_bits[c->first_free])
		c->first_free++;
	while (!c->free_bits[c->first_high])
		c->first_high++;
}

int yr_cells_take(struct yr_cells *c, const struct yr_row *row, uint64_t *ret_base)
{
	uint64_t begin = first_base(c, row->at[0]), base = find_several(c, begin, row);
	uint64_t passed = (base - begin) & ~UINT64_C(63);

	if (make_room(c, (63 + base + YR_SYMBOLS) / 64 + SPARE_WORDS) < 0)
		return -ENOMEM;
	if (passed > LONG_SEARCH * 64)
		c->search_from = begin + passed;
	for (uint32_t i = 0; i < row->n; i++)
		take_bit(c, 63 + base + row->at[i]);
	pass_full_words(c);
	*ret_base = base;
	return 0;
}

int yr_cells_take_single(struct yr_cells *c, uint32_t at, uint64_t *ret_base)
{
	uint64_t from = 63 + at, word, bits;

	if (from < c->first_free * UINT64_C(64))
		from = c->first_free * UINT64_C(64);
	word = from >> 6;
	bits = c->free_bits[word] >> (from & 63) << (from & 63);
	while (!bits) {
		word++;
		if (word >= LOW_WORDS && word < c->first_high)
			word = c->first_high;
		bits = c->free_bits[word];
	}
	if (make_room(c, word + 1 + YR_SYMBOLS / 64 + SPARE_WORDS) < 0)
		return -ENOMEM;
	c->free_bits[word] &= ~(bits & -bits);
	pass_full_words(c);
	*ret_base = word * 64 + (uint64_t)__builtin_ctzll(bits) - 63 - at;
	return 0;
}
