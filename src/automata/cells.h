/* SPDX-License-Identifier: Apache-2.0 */
/* Where rows go in the long array of cells: each at the first place where it fits. */
#ifndef YR_AUTOMATA_CELLS_H
#define YR_AUTOMATA_CELLS_H

#include "automata/nfa.h"

/* What a row needs: cell at[i] (byte + 1; 0 is the out-of-band one), counted from its base - 1. */
struct yr_row {
	uint32_t n;
	uint32_t at[YR_SYMBOLS], to[YR_SYMBOLS]; /* at[0] is the least */
};

struct yr_cells {
	/*
	 * A bit per cell, set where it is free. Word 0 stands for cells before the first: never
	 * free. Bit 63 + base + at is the cell of that row.
	 */
	uint64_t *free_bits;
	uint32_t words;
	uint32_t first_free;  /* the first word with a free cell */
	uint32_t first_high;  /* the same from where on a row of one cell can have any */
	uint64_t search_from; /* a base, for rows of as many cells as the last one */
};

/* -ENOMEM. yr_cells_done() is safe after that, too. */
int yr_cells_init(struct yr_cells *c);
void yr_cells_done(struct yr_cells *c);
/* The next rows have fewer cells than those before. */
void yr_cells_begin(struct yr_cells *c);
/* The first base where @row, which has cells, fits; they are its own then. -ENOMEM. */
int yr_cells_take(struct yr_cells *c, const struct yr_row *row, uint64_t *ret_base);
/* The same for a row of one cell, at @at. */
int yr_cells_take_single(struct yr_cells *c, uint32_t at, uint64_t *ret_base);

#endif
