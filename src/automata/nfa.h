/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder know of each other. */
#ifndef YR_AUTOMATA_NFA_H
#define YR_AUTOMATA_NFA_H

#include "automata/automata.h"

#define YR_NONE UINT32_MAX
/* Symbols of an automaton: 256 bytes and the out-of-band one. */
#define YR_OOB 256
#define YR_SYMBOLS 257

/* A hash table of numbers, see table.h. Starts from `{ 0 }`. */
struct yr_table_slot {
	uint32_t hash, id1; /* id1: the number + 1, 0 where free */
};
struct yr_table {
	struct yr_table_slot *slot;
	uint32_t mask, room; /* room: for so many more */
};

/* What an edge of a node consumes. */
enum {
	YR_EDGE_OOB = YR_OOB, /* below: that byte */
	YR_EDGE_EMPTY,        /* nothing */
	YR_EDGE_SET,          /* and up: a byte of set (what - YR_EDGE_SET) */
};

struct yr_nfa_edge {
	uint32_t what, to;
	uint32_t next; /* of the same node, YR_NONE ends */
};

struct yr_nfa_tag {
	uint32_t tag, next;
};

/*
 * The first byte that leads on from a node stands in the node: most nodes of a path
 * have no other edge, and then neither list nor hash table hears of it.
 */
struct yr_nfa_node {
	uint32_t byte, to; /* byte: YR_NONE when there is no such edge */
	uint32_t edges;    /* the others, YR_NONE: none */
	uint32_t tags;
	uint32_t loop; /* the set that leads back here, YR_NONE: none */
};

/*
 * What leads to a node, for those that the table of elements knows: among others, all that
 * have a loop, in the order of their numbers.
 */
struct yr_nfa_element {
	yr_node from, to;
	uint32_t what;
};

struct yr_nfa_key {
	uint32_t at, len;
};

/* What globs know of a shared piece. */
struct yr_nfa_shared {
	uint32_t number; /* of struct yr_segment */
	uint32_t key;    /* of the join behind it */
	bool apart;      /* one alternation, nothing else, and nothing wrong in it */
	struct yr_glob_info info;
};

struct yr_nfa {
	int failed;
	struct yr_nfa_node *node; /* [0] stands for "no node" */
	uint32_t n_nodes, cap_nodes;
	struct yr_nfa_edge *edge;
	uint32_t n_edges, cap_edges;
	struct yr_nfa_tag *tag;
	uint32_t n_tags, cap_tags;
	struct yr_byteset *set;
	uint32_t n_sets, cap_sets;
	struct yr_table set_table;
	bool has_byte[256]; /* some edge is by that byte alone */
	bool has_oob;

	/* Which node an element after a node led to. */
	struct yr_nfa_element *element;
	uint32_t n_elements, cap_elements;
	struct yr_table element_table;

	/* Keys of joins: an interning table over one run of bytes. */
	struct yr_nfa_key *key;
	uint32_t n_keys, cap_keys;
	struct yr_table key_table;
	char *key_bytes;
	uint32_t n_key_bytes, cap_key_bytes;

	struct yr_nfa_shared *shared;
	uint32_t n_shared, cap_shared;
	struct yr_table shared_table;
};

/* The number that stands for @key in yr_nfa_join_at(); YR_NONE: memory is out. */
uint32_t yr_nfa_key(struct yr_nfa *n, struct yr_str key);
/*
 * yr_nfa_join() with a key that has a number, with joins of their own for each @kind: 0 what
 * callers from outside use, 1 and up globs.
 */
yr_node yr_nfa_join_at(struct yr_nfa *n, yr_node from, unsigned kind, uint32_t key,
		       bool *ret_fresh);

/* Make room for @need elements of @size bytes in *array. */
bool yr_grow_more(void *array, uint32_t *cap, uint64_t need, size_t size);
static inline bool yr_grow(void *array, uint32_t *cap, uint64_t need, size_t size)
{
	return need <= *cap || yr_grow_more(array, cap, need, size);
}

/* Every bit of @x touches every bit of the result (the finaliser of splitmix64). */
static inline uint64_t yr_mix(uint64_t x)
{
	x ^= x >> 30;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	x ^= x >> 27;
	x *= UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

/* An automaton with room for its rows, which are the caller's to write; @edges may be 0. */
struct yr_dfa *yr_dfa_new(uint32_t states, uint32_t edges);
/* Byte columns: all but the out-of-band one. */
static inline uint32_t yr_dfa_byte_columns(const struct yr_dfa *d)
{
	return d->columns - d->has_oob;
}

/*
 * The bytes in the order in which an example is best made of them: small letters, digits, then
 * the rest from the blank on. @turn 0 to 255.
 */
static inline unsigned char yr_readable_byte(int turn)
{
	int c = turn - 36 + ' ';

	if (turn < 36)
		return (unsigned char)(turn < 26 ? 'a' + turn : '0' + turn - 26);
	c += c >= '0' ? 10 : 0;
	c += c >= 'a' ? 26 : 0;
	return (unsigned char)c;
}

#endif
