/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/nfa.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/table.h"
#include "base/limits.h"

/* Elements that are not edges of their own but ask the table of slots too. */
#define ELEMENT_STAR UINT32_C(0x10000000) /* | set */
#define ELEMENT_JOIN UINT32_C(0x20000000) /* * (kind + 1) | key */

/* Up to so many elements, arrays grow to four times their size: they are moved less often. */
#define SMALL_ARRAY 4096
/* Most profiles have no more. */
#define FIRST_NODES 2048

bool yr_grow_more(void *array, uint32_t *cap, uint64_t need, size_t size)
{
	void **p = array, *bigger;
	uint64_t want = !*cap ? 64 : *cap < SMALL_ARRAY ? *cap * UINT64_C(4) : *cap;

	while (want < need)
		want *= 2;
	if (want > UINT32_MAX || want > SIZE_MAX / size)
		return false;
	bigger = realloc(*p, want * size);
	if (!bigger)
		return false;
	*p = bigger;
	*cap = want;
	return true;
}

static yr_node fail(struct yr_nfa *n, int code)
{
	if (!n->failed)
		n->failed = -code;
	return 0;
}

static const struct yr_nfa_node empty_node = { YR_NONE, 0, YR_NONE, YR_NONE, YR_NONE };

static yr_node new_node(struct yr_nfa *n)
{
	if (n->failed)
		return 0;
	if (n->n_nodes >= YR_LIMIT_NODES)
		return fail(n, E2BIG);
	if (!yr_grow(&n->node, &n->cap_nodes, n->n_nodes + UINT64_C(1), sizeof(*n->node)))
		return fail(n, ENOMEM);
	n->node[n->n_nodes] = empty_node;
	return n->n_nodes++;
}

struct yr_nfa *yr_nfa_new(void)
{
	struct yr_nfa *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	/* What is not used of it is not touched either. */
	if (!yr_grow(&n->node, &n->cap_nodes, FIRST_NODES, sizeof(*n->node)))
		return yr_nfa_free(n);
	new_node(n);
	new_node(n);
	return n->failed ? yr_nfa_free(n) : n;
}

struct yr_nfa *yr_nfa_free(struct yr_nfa *n)
{
	if (!n)
		return NULL;
	free(n->node);
	free(n->edge);
	free(n->tag);
	free(n->set);
	yr_table_done(&n->set_table);
	free(n->element);
	yr_table_done(&n->element_table);
	free(n->key);
	yr_table_done(&n->key_table);
	free(n->key_bytes);
	free(n->shared);
	yr_table_done(&n->shared_table);
	free(n);
	return NULL;
}

int yr_nfa_failed(const struct yr_nfa *n)
{
	return n->failed;
}

yr_node yr_nfa_start(const struct yr_nfa *n)
{
	(void)n;
	return 1;
}

static void add_edge(struct yr_nfa *n, yr_node from, uint32_t what, yr_node to)
{
	if (n->n_edges == YR_NONE ||
	    !yr_grow(&n->edge, &n->cap_edges, n->n_edges + UINT64_C(1), sizeof(*n->edge))) {
		fail(n, ENOMEM);
		return;
	}
	if (what < 256)
		n->has_byte[what] = true;
	n->has_oob |= what == YR_EDGE_OOB;
	n->edge[n->n_edges] = (struct yr_nfa_edge){ what, to, n->node[from].edges };
	n->node[from].edges = n->n_edges++;
}

/* The node that element @what leads to from @from, made when it is new. */
static yr_node after(struct yr_nfa *n, yr_node from, uint32_t what, bool *ret_fresh)
{
	uint32_t hash = yr_mix((uint64_t)from << 32 | what), i, id;
	yr_node to;

	*ret_fresh = false;
	if (n->failed)
		return 0;
	if (!yr_table_reserve(&n->element_table) ||
	    !yr_grow(&n->element, &n->cap_elements, n->n_elements + UINT64_C(1),
		     sizeof(*n->element)))
		return fail(n, ENOMEM);
	for (i = hash; (id = yr_table_probe(&n->element_table, hash, &i)) != YR_NONE;)
		if (n->element[id].from == from && n->element[id].what == what)
			return n->element[id].to;
	to = new_node(n);
	if (!to)
		return 0;
	n->element[n->n_elements] = (struct yr_nfa_element){ from, to, what };
	yr_table_put(&n->element_table, i, hash, n->n_elements++);
	*ret_fresh = true;
	return to;
}

static yr_node behind_edge(struct yr_nfa *n, yr_node from, uint32_t what)
{
	bool fresh;
	yr_node to = after(n, from, what, &fresh);

	if (fresh)
		add_edge(n, from, what, to);
	return to;
}

yr_node yr_nfa_byte(struct yr_nfa *n, yr_node from, unsigned char c)
{
	yr_node to;

	if (!from)
		return 0;
	if (n->node[from].byte == c)
		return n->node[from].to;
	if (n->node[from].byte != YR_NONE)
		return behind_edge(n, from, c);
	n->has_byte[c] = true;
	to = new_node(n);
	if (to) {
		n->node[from].byte = c;
		n->node[from].to = to;
	}
	return to;
}

/* @bytes behind @from, which leads on by no byte yet: all of their nodes are new. */
static yr_node new_path(struct yr_nfa *n, yr_node from, struct yr_str bytes)
{
	if (n->failed)
		return 0;
	if (bytes.len > YR_LIMIT_NODES - n->n_nodes)
		return fail(n, E2BIG);
	if (!yr_grow(&n->node, &n->cap_nodes, n->n_nodes + (uint64_t)bytes.len, sizeof(*n->node)))
		return fail(n, ENOMEM);
	for (size_t i = 0; i < bytes.len; i++) {
		unsigned char c = (unsigned char)bytes.at[i];

		n->has_byte[c] = true;
		n->node[from].byte = c;
		n->node[from].to = n->n_nodes;
		from = n->n_nodes++;
		n->node[from] = empty_node;
	}
	return from;
}

yr_node yr_nfa_bytes(struct yr_nfa *n, yr_node from, struct yr_str bytes)
{
	const char *at = bytes.at, *end = at + bytes.len;

	while (from && at < end) {
		const struct yr_nfa_node *node = n->node;

		for (; at < end && node[from].byte == (unsigned char)*at; at++)
			from = node[from].to;
		if (at < end && node[from].byte == YR_NONE)
			return new_path(n, from, (struct yr_str){ at, (size_t)(end - at) });
		if (at < end)
			from = behind_edge(n, from, (unsigned char)*at++);
	}
	return from;
}

/* Most automata have a few sets: looking at each of these is cheaper than a hash. */
#define SETS_SEEN 8

static bool same_set(const struct yr_byteset *a, const struct yr_byteset *b)
{
	return a->w[0] == b->w[0] && a->w[1] == b->w[1] && a->w[2] == b->w[2] && a->w[3] == b->w[3];
}

static uint32_t hash_set(const struct yr_byteset *set)
{
	uint64_t h = yr_mix(yr_mix(set->w[0] + 1) ^ set->w[1]);

	return (uint32_t)yr_mix(yr_mix(h ^ set->w[2]) ^ set->w[3]);
}

/* The table knows those behind the first ones. */
static uint32_t intern_set(struct yr_nfa *n, const struct yr_byteset *set)
{
	uint32_t hash, i, id;

	for (i = 0; i < n->n_sets && i < SETS_SEEN; i++)
		if (same_set(&n->set[i], set))
			return i;
	if (!yr_grow(&n->set, &n->cap_sets, n->n_sets + UINT64_C(1), sizeof(*n->set)) ||
	    (n->n_sets >= SETS_SEEN && !yr_table_reserve(&n->set_table))) {
		fail(n, ENOMEM);
		return YR_NONE;
	}
	if (n->n_sets >= SETS_SEEN) {
		hash = hash_set(set);
		for (i = hash; (id = yr_table_probe(&n->set_table, hash, &i)) != YR_NONE;)
			if (same_set(&n->set[id], set))
				return id;
		yr_table_put(&n->set_table, i, hash, n->n_sets);
	}
	n->set[n->n_sets] = *set;
	return n->n_sets++;
}

yr_node yr_nfa_set(struct yr_nfa *n, yr_node from, const struct yr_byteset *set)
{
	uint32_t id;

	if (!from)
		return 0;
	id = intern_set(n, set);
	return id == YR_NONE ? 0 : behind_edge(n, from, YR_EDGE_SET + id);
}

yr_node yr_nfa_star(struct yr_nfa *n, yr_node from, const struct yr_byteset *set)
{
	uint32_t id;
	bool fresh;
	yr_node to;

	if (!from)
		return 0;
	id = intern_set(n, set);
	if (id == YR_NONE || n->node[from].loop == id)
		return id == YR_NONE ? 0 : from;
	to = after(n, from, ELEMENT_STAR | id, &fresh);
	if (fresh) {
		n->node[to].loop = id;
		add_edge(n, from, YR_EDGE_EMPTY, to);
	}
	return to;
}

yr_node yr_nfa_oob(struct yr_nfa *n, yr_node from)
{
	return from ? behind_edge(n, from, YR_EDGE_OOB) : 0;
}

static uint32_t hash_bytes(const char *p, size_t len)
{
	uint64_t h = len, word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		h = yr_mix(h ^ word) + word;
	}
	word = 0;
	if (len)
		memcpy(&word, p, len);
	return yr_mix(h ^ word);
}

uint32_t yr_nfa_key(struct yr_nfa *n, struct yr_str key)
{
	uint32_t hash = hash_bytes(key.at, key.len), i, id;

	if (!yr_table_reserve(&n->key_table) ||
	    !yr_grow(&n->key, &n->cap_keys, n->n_keys + UINT64_C(1), sizeof(*n->key)) ||
	    !yr_grow(&n->key_bytes, &n->cap_key_bytes, (uint64_t)n->n_key_bytes + key.len + 1, 1))
		return YR_NONE;
	for (i = hash; (id = yr_table_probe(&n->key_table, hash, &i)) != YR_NONE;)
		if (n->key[id].len == key.len &&
		    (!key.len || !memcmp(n->key_bytes + n->key[id].at, key.at, key.len)))
			return id;
	if (key.len)
		memcpy(n->key_bytes + n->n_key_bytes, key.at, key.len);
	n->key[n->n_keys] = (struct yr_nfa_key){ n->n_key_bytes, key.len };
	n->n_key_bytes += key.len;
	yr_table_put(&n->key_table, i, hash, n->n_keys);
	return n->n_keys++;
}

yr_node yr_nfa_join_at(struct yr_nfa *n, yr_node from, unsigned kind, uint32_t key, bool *ret_fresh)
{
	*ret_fresh = false;
	if (!from)
		return 0;
	if (key == YR_NONE)
		return fail(n, ENOMEM);
	return after(n, from, ELEMENT_JOIN * (kind + 1) | key, ret_fresh);
}

yr_node yr_nfa_join(struct yr_nfa *n, yr_node from, struct yr_str key, bool *ret_fresh)
{
	*ret_fresh = false;
	return from ? yr_nfa_join_at(n, from, 0, yr_nfa_key(n, key), ret_fresh) : 0;
}

void yr_nfa_link(struct yr_nfa *n, yr_node from, yr_node to)
{
	if (from && to && from != to && !n->failed)
		add_edge(n, from, YR_EDGE_EMPTY, to);
}

void yr_nfa_accept(struct yr_nfa *n, yr_node at, uint32_t tag)
{
	if (!at || n->failed)
		return;
	if (n->n_tags == YR_NONE ||
	    !yr_grow(&n->tag, &n->cap_tags, n->n_tags + UINT64_C(1), sizeof(*n->tag))) {
		fail(n, ENOMEM);
		return;
	}
	n->tag[n->n_tags] = (struct yr_nfa_tag){ tag, n->node[at].tags };
	n->node[at].tags = n->n_tags++;
}
