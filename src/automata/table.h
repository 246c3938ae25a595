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

/* Call before a probe that yr_table_put() may follow. False: memory is out. */
static inline bool yr_table_reserve(struct yr_table *t)
{
	uint32_t cap;
	struct yr_table_slot *bigger;

	if (t->slot && t->n <= t->mask / 4 * 3)
		return true;
	cap = t->slot ? (t->mask + 1) * 2 : 64;
	bigger = cap ? calloc(cap, sizeof(*bigger)) : NULL;
	if (!bigger)
		return false;
	for (uint32_t i = 0; t->slot && i <= t->mask; i++) {
		uint32_t at = t->slot[i].hash & (cap - 1);

		if (!t->slot[i].id1)
			continue;
		while (bigger[at].id1)
			at = (at + 1) & (cap - 1);
		bigger[at] = t->slot[i];
	}
	free(t->slot);
	t->slot = bigger;
	t->mask = cap - 1;
	return true;
}

/* Room for @n numbers in a table that is empty. False: memory is out. */
static inline bool yr_table_room(struct yr_table *t, uint32_t n)
{
	uint64_t cap = 64;

	while ((cap - 1) / 4 * 3 < n)
		cap *= 2;
	t->slot = cap <= UINT32_MAX ? calloc(cap, sizeof(*t->slot)) : NULL;
	t->mask = (uint32_t)(cap - 1);
	return t->slot;
}

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
	t->n++;
}

static inline void yr_table_done(struct yr_table *t)
{
	free(t->slot);
	*t = (struct yr_table){ 0 };
}

#endif
