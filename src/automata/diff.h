/* SPDX-License-Identifier: Apache-2.0 */
/* Which rows are held as differences from others. */
#ifndef YR_AUTOMATA_DIFF_H
#define YR_AUTOMATA_DIFF_H

#include "automata/nfa.h"

/*
 * For each state, parent[state] is the one whose row it goes on from, or 0: none is better than
 * the cells[state] that the row needs by itself; otherwise cells[state] becomes what the
 * difference needs. Rows are counted in cells: width[column] for each column, named[state] for
 * all edges of a state. 0 or -ENOMEM.
 */
int yr_diff_choose(const struct yr_dfa *d, const uint32_t *width, const uint32_t *named,
		   uint32_t *cells, uint32_t *parent);

#endif
