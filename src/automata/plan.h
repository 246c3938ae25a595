/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns made ready for the subset construction. */
#ifndef YR_AUTOMATA_PLAN_H
#define YR_AUTOMATA_PLAN_H

#include "automata/nfa.h"
#include "automata/table.h"

#define YR_COLUMN_WORDS ((YR_SYMBOLS + 63) / 64)

struct yr_columns {
	uint64_t w[YR_COLUMN_WORDS];
};

static inline void yr_columns_add(struct yr_columns *set, uint32_t c)
{
	set->w[c >> 6] |= UINT64_C(1) << (c & 63);
}
static inline bool yr_columns_has(const struct yr_columns *set, uint32_t c)
{
	return set->w[c >> 6] >> (c & 63) & 1;
}
static inline void yr_columns_join(struct yr_columns *set, const struct yr_columns *more)
{
	for (uint32_t w = 0; w < YR_COLUMN_WORDS; w++)
		set->w[w] |= more->w[w];
}
static inline uint32_t yr_columns_first(const struct yr_columns *set)
{
	for (uint32_t w = 0; w < YR_COLUMN_WORDS; w++)
		if (set->w[w])
			return w * 64 + __builtin_ctzll(set->w[w]);
	return YR_NONE;
}

/* A way on by the bytes of one column, or by the bytes of one set, to a closure. */
struct yr_way {
	uint32_t by, to;
};

/*
 * What can be matched from some place on. Nodes of patterns that say the same from there on
 * are one position: "/usr/lib/" and "/usr/lib64/" before ".so*" need not be told apart.
 * Most are plain: a way by a single column, and nothing else.
 */
struct yr_position {
	uint32_t narrow_at, wide_at; /* into ways; each ends where that of the next begins */
	uint32_t loop;               /* the set that leads back, YR_NONE: none */
	uint32_t others;             /* with a loop: the closure of what empty edges lead to */
	uint32_t self;               /* the closure of this position, others included */
	uint32_t tags;               /* a set of tags; 0: none */
	uint32_t fits;               /* bit i: all that can follow is bytes of cover_set[i] */
	uint32_t sibling;            /* if plain: another that leads to the same, or YR_NONE */
	uint64_t tags_ahead;         /* which tags can follow, here included; see YR_TAG_BITS */
	uint64_t covers; /* as a cover (below): the tags it gives to all; 0: it is none */
	uint32_t cover;  /* and its bit in fits */
	bool plain;      /* a way by a single column and nothing else */
	bool in_core;    /* belongs in the core of a state: see subset.h */
};

/* A set of positions that one place stands for, by empty edges; ascending. */
struct yr_closure {
	uint32_t at, n;
	uint32_t fits;
	uint32_t before; /* the newest plain position that leads here, YR_NONE: none */
	uint64_t tags_ahead;
	uint32_t other; /* the position that it is of, if there is one and not in_core; YR_NONE */
	bool has_cover;
};

/*
 * A cover is a position that repeats a set and carries tags: the end of a "/usr/share" rule
 * that ends in two stars. Whatever consists of bytes of its set gets its tags, so next to it a
 * position that fits and has no other tags ahead changes nothing, and is left out of sets.
 * Tags beyond YR_TAG_BITS share the last bit and count as not covered.
 */
#define YR_TAG_BITS 63
/* So many ways by single bytes make a position one for cores. */
#define YR_MANY_WAYS 8
#define YR_COVERS_MAX 32

struct yr_plan {
	uint8_t class_of[256];
	uint32_t columns, byte_columns;
	bool has_oob;
	struct yr_columns *set_columns;
	uint32_t n_sets;

	struct yr_position *position; /* [n_positions + 1] */
	uint32_t n_positions, cap_positions;
	struct yr_way *narrow, *wide; /* narrow: columns ascending */
	uint32_t n_narrow, cap_narrow, n_wide, cap_wide;

	struct yr_closure *closure; /* [0] is the empty one */
	uint32_t n_closures, cap_closures;
	uint32_t *member, n_members, cap_members;
	uint32_t start; /* a closure */

	struct yr_tag_set {
		uint32_t at, n;
		uint64_t bits;
	} * tag_set; /* [0] is the empty one */
	uint32_t n_tag_sets, cap_tag_sets;
	uint32_t *tag, n_tags, cap_tags;

	uint32_t cover_set[YR_COVERS_MAX], n_covers;
};

/* -ENOMEM, -E2BIG over a limit. */
int yr_plan_make(struct yr_plan *p, const struct yr_nfa *n, struct yr_err *err);
void yr_plan_done(struct yr_plan *p);

/* Fill in classes and columns; set_columns has zeroed room for all sets. */
void yr_plan_columns(struct yr_plan *p, const struct yr_nfa *nfa);

/* Leave out of a sorted set what a cover in it makes pointless. Returns how many are left. */
uint32_t yr_plan_prune(const struct yr_plan *p, uint32_t *set, uint32_t n);

void yr_sort_many(uint32_t *v, uint32_t n);
/* Mostly there are one or two. */
static inline void yr_sort(uint32_t *v, uint32_t n)
{
	if (n > 2) {
		yr_sort_many(v, n);
	} else if (n == 2 && v[0] > v[1]) {
		uint32_t less = v[1];

		v[1] = v[0];
		v[0] = less;
	}
}
/* Of what is sorted: leaves each once, and returns how many are left. */
uint32_t yr_unique(uint32_t *v, uint32_t n);

static inline uint32_t yr_hash_numbers(const uint32_t *v, uint32_t n)
{
	uint64_t h = n * UINT64_C(0x9e3779b97f4a7c15);

	for (uint32_t i = 0; i < n; i++) {
		h = (h ^ v[i]) * UINT64_C(0x9fb21c651e98df25);
		h ^= h >> 29;
	}
	return yr_mix(h);
}

#endif
