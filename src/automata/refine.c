/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes of states on loops and between loops. See minimise.c.
 *
 * Blocks of states are split as long as the signatures of their rows differ. When a state
 * moves to a new block, only the signatures of states that lead to it change. The largest
 * part of a split block keeps its name, so a state moves at most log n times. Blocks begin
 * with what a few steps tell apart, which is cheaper than moving states one by one.
 *
 * At the end rows are compared in full: an accident of the signatures starts the refinement
 * anew with other weights.
 */
#include <stdlib.h>
#include <string.h>

#include "automata/minimise.h"
#include "base/cleanup.h"

/* How far states look before they are put into blocks. */
#define STEPS 2

struct block {
	uint64_t name;
	uint32_t begin, end, touched; /* of order; the touched ones stand first */
};

struct refiner {
	struct yr_minimiser *m;
	uint32_t n; /* how many states take part; they are told by their numbers in the core */
	/* Of each state of the core. signature is the block that holds all arrays. */
	uint64_t *signature, *rest; /* rest: what the default weighs */
	uint32_t *place;            /* in order */
	uint32_t *block_of;         /* YR_NONE: no part, or alone in its block and done with */
	/* Of those that take part. */
	uint32_t *order;
	struct block *block;
	uint32_t n_blocks;
	uint32_t *queue, n_queue; /* blocks with touched states */
	/* For one split. */
	uint32_t *group_of, *group_end, *sorted, *slot;
};

static void put_in_order(struct refiner *r, uint32_t at, uint32_t s)
{
	r->order[at] = s;
	r->place[s] = at;
}

/* ---- the first blocks ---- */

/* Which states take part; so far in sorted. */
static void take_part(struct refiner *r)
{
	const struct yr_minimiser *m = r->m;

	r->n = 0;
	for (uint32_t i = 0; i < m->n_core; i++)
		if (m->class_of[m->core[i]] == YR_NONE)
			r->sorted[r->n++] = i;
}

/* Name states by what they accept, what those accept that they lead to, and so on. */
static void look_ahead(struct refiner *r)
{
	struct yr_minimiser *m = r->m;
	uint64_t *next = r->signature, rest;

	for (uint32_t k = 0; k < r->n; k++) {
		uint32_t s = m->core[r->sorted[k]];

		m->name[s] = yr_mix(m->d->accept[s] + UINT64_C(0x7c3e5f1a00000000));
	}
	for (int step = 0; step < STEPS; step++) {
		for (uint32_t k = 0; k < r->n; k++) {
			uint32_t s = m->core[r->sorted[k]];

			next[k] = yr_mix(m->name[s] * 3 + yr_sign_row(m, s, &rest));
		}
		for (uint32_t k = 0; k < r->n; k++)
			m->name[m->core[r->sorted[k]]] = next[k];
	}
}

/* The block of states with @name; so far its end counts them. */
static uint32_t block_named(struct refiner *r, uint64_t name, uint32_t mask)
{
	uint32_t at = name & mask, id;

	while ((id = r->slot[at]) != YR_NONE && r->block[id].name != name)
		at = (at + 1) & mask;
	if (id == YR_NONE) {
		id = r->slot[at] = r->n_blocks++;
		r->block[id] = (struct block){ .name = name };
	}
	return id;
}

static uint32_t clear_slots(struct refiner *r, uint32_t n)
{
	uint32_t mask = 3;

	while (mask < n * UINT64_C(2))
		mask = mask * 2 + 1;
	memset(r->slot, 0xff, (mask + (size_t)1) * sizeof(*r->slot));
	return mask;
}

static void lay_blocks(struct refiner *r)
{
	uint32_t mask = clear_slots(r, r->n), at = 0;

	r->n_blocks = 0;
	for (uint32_t k = 0; k < r->n; k++) {
		uint32_t i = r->sorted[k], id = block_named(r, r->m->name[r->m->core[i]], mask);

		r->block_of[i] = id;
		r->block[id].end++;
	}
	for (uint32_t id = 0; id < r->n_blocks; id++) {
		struct block *b = &r->block[id];

		b->touched = b->end;
		b->begin = b->end = at;
		at += b->touched;
	}
	for (uint32_t k = 0; k < r->n; k++)
		put_in_order(r, r->block[r->block_of[r->sorted[k]]].end++, r->sorted[k]);
}

/* All states of all blocks are to be looked at, but for those that are alone. */
static void begin(struct refiner *r)
{
	r->n_queue = 0;
	for (uint32_t id = 0; id < r->n_blocks; id++) {
		const struct block *b = &r->block[id];

		if (b->end - b->begin == 1) {
			r->block_of[r->order[b->begin]] = YR_NONE;
			continue;
		}
		for (uint32_t k = b->begin; k < b->end; k++) {
			uint32_t i = r->order[k];

			r->signature[i] = yr_sign_row(r->m, r->m->core[i], &r->rest[i]);
		}
		r->queue[r->n_queue++] = id;
	}
}

/* ---- splitting ---- */

/* Put touched states of @b with equal signatures in groups. Returns how many there are. */
static uint32_t group(struct refiner *r, const struct block *b)
{
	uint32_t mask = clear_slots(r, b->touched), groups = 0;

	for (uint32_t k = 0; k < b->touched; k++) {
		uint64_t signature = r->signature[r->order[b->begin + k]];
		uint32_t at = yr_mix(signature) & mask;

		while (r->slot[at] != YR_NONE &&
		       r->signature[r->order[b->begin + r->slot[at]]] != signature)
			at = (at + 1) & mask;
		if (r->slot[at] == YR_NONE) {
			r->slot[at] = k;
			r->group_end[groups] = 0;
			r->group_of[k] = groups++;
		} else {
			r->group_of[k] = r->group_of[r->slot[at]];
		}
		r->group_end[r->group_of[k]]++;
	}
	return groups;
}

/*
 * Let the touched states of @b stand group by group, group @last behind the others. So far
 * group_end holds sizes, then where in the block each group ends.
 */
static void arrange(struct refiner *r, const struct block *b, uint32_t groups, uint32_t last)
{
	uint32_t at = 0;

	for (uint32_t g = 0; g < groups; g++) {
		uint32_t size = r->group_end[g];

		r->group_end[g] = at;
		at += g == last ? 0 : size;
	}
	if (last != YR_NONE)
		r->group_end[last] = at;
	for (uint32_t k = 0; k < b->touched; k++)
		r->sorted[r->group_end[r->group_of[k]]++] = r->order[b->begin + k];
	for (uint32_t k = 0; k < b->touched; k++)
		put_in_order(r, b->begin + k, r->sorted[k]);
}

/* The group whose signature is that of the states that were not touched; YR_NONE: none. */
static uint32_t group_of_untouched(const struct refiner *r, const struct block *b)
{
	for (uint32_t k = 0; k < b->touched; k++)
		if (r->signature[r->order[b->begin + k]] == r->signature[r->order[b->end - 1]])
			return r->group_of[k];
	return YR_NONE;
}

static void set_block(struct refiner *r, uint32_t id, uint32_t begin, uint32_t end)
{
	r->block[id].begin = begin;
	r->block[id].end = end;
	if (end - begin == 1)
		r->block_of[r->order[begin]] = YR_NONE;
}

static void new_block(struct refiner *r, uint32_t begin, uint32_t end)
{
	uint32_t id = r->n_blocks++;

	r->block[id] = (struct block){ .name = yr_mix(id + UINT64_C(0x3c6ef372fe94f82b)) };
	for (uint32_t k = begin; k < end; k++)
		r->block_of[r->order[k]] = id;
	set_block(r, id, begin, end);
}

/* The touched states of block @id are alike: at most they part from the others. */
static void split_off(struct refiner *r, uint32_t id, const struct block *b)
{
	uint32_t middle = b->begin + b->touched;

	if (middle == b->end || r->signature[r->order[b->begin]] == r->signature[r->order[middle]])
		return;
	if (b->touched <= b->end - middle) {
		new_block(r, b->begin, middle);
		set_block(r, id, middle, b->end);
	} else {
		new_block(r, middle, b->end);
		set_block(r, id, b->begin, middle);
	}
}

static void split_in_groups(struct refiner *r, uint32_t id, const struct block *b)
{
	struct block most = { 0 };
	uint32_t groups = group(r, b), last = YR_NONE, begin = b->begin;

	if (b->begin + b->touched < b->end)
		last = group_of_untouched(r, b);
	arrange(r, b, groups, last);
	/* The part that ends the block: what was not touched, or the group behind all others. */
	for (uint32_t g = 0; g <= groups; g++) {
		uint32_t end = g < groups ? b->begin + r->group_end[g] : b->end;
		struct block part = { .begin = begin, .end = end };

		if (g == last || begin == end)
			continue;
		begin = end;
		if (part.end - part.begin <= most.end - most.begin) {
			new_block(r, part.begin, part.end);
			continue;
		}
		if (most.end)
			new_block(r, most.begin, most.end);
		most = part;
	}
	set_block(r, id, most.begin, most.end);
}

/* Split block @id by signature; its largest part keeps its name. */
static void split(struct refiner *r, uint32_t id)
{
	struct block b = r->block[id];
	uint64_t first = r->signature[r->order[b.begin]];
	uint32_t k = 1;

	r->block[id].touched = 0;
	while (k < b.touched && r->signature[r->order[b.begin + k]] == first)
		k++;
	if (k == b.touched)
		split_off(r, id, &b);
	else
		split_in_groups(r, id, &b);
}

static void touch(struct refiner *r, uint32_t s)
{
	uint32_t id = r->block_of[s];
	struct block *b = &r->block[id];
	uint32_t at = b->begin + b->touched;

	if (r->place[s] < at)
		return;
	put_in_order(r, r->place[s], r->order[at]);
	put_in_order(r, at, s);
	if (!b->touched++)
		r->queue[r->n_queue++] = id;
}

/* @s changed the name of its block by @change: tell those that lead to it. */
static void tell_sources(struct refiner *r, uint32_t s, uint64_t change)
{
	const struct yr_minimiser *m = r->m;

	for (uint32_t w = m->in_at[s]; w < m->in_at[s + 1]; w++) {
		uint32_t from = m->in[w] >> YR_WAY_SHIFT, column = m->in[w] & YR_WAY_COLUMN;

		if (r->block_of[from] == YR_NONE)
			continue;
		r->signature[from] +=
			change * (column == YR_SYMBOLS ? r->rest[from] : m->weight[column]);
		touch(r, from);
	}
}

static void split_and_tell(struct refiner *r, uint32_t id)
{
	uint32_t first_new = r->n_blocks;

	split(r, id);
	for (uint32_t b = first_new; b < r->n_blocks; b++) {
		uint32_t begin = r->block[b].begin, n = r->block[b].end - begin;

		/* Telling touches, and touching changes the order. */
		memcpy(r->sorted, r->order + begin, n * sizeof(*r->order));
		for (uint32_t k = 0; k < n; k++)
			tell_sources(r, r->sorted[k], r->block[b].name - r->block[id].name);
	}
}

static void refine(struct refiner *r)
{
	take_part(r);
	look_ahead(r);
	lay_blocks(r);
	begin(r);
	while (r->n_queue)
		split_and_tell(r, r->queue[--r->n_queue]);
}

/* ---- the result ---- */

/* Name the states of each block by one of them. */
static void name_classes(struct refiner *r)
{
	const uint32_t *core = r->m->core;

	for (uint32_t id = 0; id < r->n_blocks; id++) {
		uint32_t class = core[r->order[r->block[id].begin]];

		for (uint32_t k = r->block[id].begin; k < r->block[id].end; k++)
			r->m->class_of[core[r->order[k]]] = class;
	}
}

/* Rows in full: no two different ones had the same signature by accident. */
static bool rows_agree(const struct refiner *r)
{
	const struct yr_minimiser *m = r->m;

	for (uint32_t k = 0; k < r->n; k++) {
		uint32_t s = m->core[r->order[k]];

		if (m->class_of[s] != s && !yr_minimise_same(m, s, m->class_of[s]))
			return false;
	}
	return true;
}

static void forget_classes(struct refiner *r)
{
	for (uint32_t k = 0; k < r->n; k++)
		r->m->class_of[r->m->core[r->order[k]]] = YR_NONE;
}

/* With other weights, what has a name so far is to be found by other signatures. */
static void keep_rows_again(struct yr_minimiser *m)
{
	memset(m->rows.slot, 0, (m->rows.mask + (size_t)1) * sizeof(*m->rows.slot));
	for (uint32_t s = 0; s < m->d->states; s++)
		if (m->class_of[s] == s)
			yr_minimise_keep_row(m, s);
}

/* Rows are named by blocks from now on; those set aside may be equal to one. */
static void keep_rows(struct refiner *r)
{
	struct yr_minimiser *m = r->m;

	for (uint32_t id = 0; id < r->n_blocks; id++)
		for (uint32_t k = r->block[id].begin; k < r->block[id].end; k++)
			m->name[m->core[r->order[k]]] = r->block[id].name;
	for (uint32_t id = 0; id < r->n_blocks; id++)
		yr_minimise_keep_row(m, m->core[r->order[r->block[id].begin]]);
}

/* All in one block: most automata are small, and each block costs more than what is in it. */
static bool make_room(struct refiner *r, size_t core, size_t n)
{
	size_t slots = n * 4 + 4;
	uint32_t *at;

	r->signature = malloc(core * 2 * sizeof(*r->signature) + n * sizeof(*r->block) +
			      (core * 2 + n * 5 + slots) * sizeof(*at));
	if (!r->signature)
		return false;
	r->rest = r->signature + core;
	r->block = (struct block *)(r->rest + core);
	at = (uint32_t *)(r->block + n);
	r->place = at, at += core;
	r->block_of = at, at += core;
	r->order = at, at += n;
	r->queue = at, at += n;
	r->group_of = at, at += n;
	r->group_end = at, at += n;
	r->sorted = at, at += n;
	r->slot = at;
	/* What has a name does not hear of changes. */
	memset(r->block_of, 0xff, core * sizeof(*r->block_of));
	return true;
}

static void refiner_done(struct refiner *r)
{
	free(r->signature);
}

bool yr_minimise_refine(struct yr_minimiser *m)
{
	YR_CLEANUP(refiner_done) struct refiner r = { .m = m };
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->n_core; i++)
		n += m->class_of[m->core[i]] == YR_NONE;
	if (!n)
		return true;
	if (!make_room(&r, m->n_core, n))
		return false;
	for (uint64_t seed = 1;; seed++) {
		refine(&r);
		name_classes(&r);
		if (rows_agree(&r))
			break;
		forget_classes(&r);
		yr_minimise_seed(m, seed);
		keep_rows_again(m);
	}
	if (m->n_front)
		keep_rows(&r);
	return true;
}
