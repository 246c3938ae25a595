/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hash table of numbers. It keeps hashes and numbers and leaves the things themselves
 * to its user, who compares the candidates that yr_table_probe() offers:
 *
 *	for (i = hash; (id = yr_table_probe(&t, hash, &i)) != YR_NONE;)
 *		if (same(id))
 *			return id;
 *	yr_table_put(&t, i, hash, new_id);
 */
#ifndef YR_AUTOMATA_TABLE_H
#define YR_AUTOMATA_TABLE_H

#include <stdlib.h>

#include "automata/nfa.h"

/* Make more room. */
bool yr_table_enlarge(struct yr_table *t);
/* Call before a probe that yr_table_put() may follow. False: memory is out. */
static inline bool yr_table_reserve(struct yr_table *t)
{
	return t->room || yr_table_enlarge(t);
}

/* Room for @n numbers in a table that is empty. False: memory is out. */
bool yr_table_room(struct yr_table *t, uint32_t n);

/* The next number whose hash is @hash; YR_NONE: there is none, and *i is where one belongs. */
static inline uint32_t yr_table_probe(const struct yr_table *t, uint32_t hash, uint32_t *i)
{
	for (uint32_t at = *i & t->mask;; at = (at + 1) & t->mask) {
		if (t->slot[at].id1 && t->slot[at].hash != hash)
			continue;
		*i = t->slot[at].id1 ? at + 1 : at;
		return t->slot[at].id1 - 1;
	}
}

static inline void yr_table_put(struct yr_table *t, uint32_t i, uint32_t hash, uint32_t id)
{
	t->slot[i] = (struct yr_table_slot){ hash, id + 1 };
	t->room--;
}

void yr_table_done(struct yr_table *t);

#endif
