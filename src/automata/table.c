/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/table.h"

#include <stdlib.h>

/* Up to here a table grows to four times its size: it is moved less often. */
#define SMALL_SLOTS 4096

/* Slots are three quarters full at the most. */
static uint32_t room_of(uint64_t slots)
{
	return (uint32_t)(slots / 4 * 3);
}

static void move(const struct yr_table *from, struct yr_table *to)
{
	for (uint32_t i = 0; from->slot && i <= from->mask; i++) {
		uint32_t at = from->slot[i].hash & to->mask;

		if (!from->slot[i].id1)
			continue;
		while (to->slot[at].id1)
			at = (at + 1) & to->mask;
		to->slot[at] = from->slot[i];
		to->room--;
	}
}

static bool make(struct yr_table *t, uint64_t slots)
{
	t->slot = slots <= UINT32_MAX ? calloc(slots, sizeof(*t->slot)) : NULL;
	t->mask = (uint32_t)(slots - 1);
	t->room = t->slot ? room_of(slots) : 0;
	return t->slot;
}

bool yr_table_enlarge(struct yr_table *t)
{
	uint64_t slots = t->slot ? t->mask + UINT64_C(1) : 16;
	struct yr_table bigger;

	if (!make(&bigger, slots < SMALL_SLOTS ? slots * 4 : slots * 2))
		return false;
	move(t, &bigger);
	free(t->slot);
	*t = bigger;
	return true;
}

bool yr_table_room(struct yr_table *t, uint32_t n)
{
	uint64_t slots = 64;

	while (room_of(slots) < n)
		slots *= 2;
	return make(t, slots);
}

void yr_table_done(struct yr_table *t)
{
	free(t->slot);
	*t = (struct yr_table){ 0 };
}
