/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From nodes to positions: the patterns are walked from their ends, each node behind those
 * that it leads to, and nodes with the same ways on become one position. Much of what
 * minimising would have to merge later is so never told apart.
 */
#include "automata/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/limits.h"

/* Closures of nodes on the way: not visited, being visited. */
enum {
	UNSEEN = YR_NONE,
	OPEN = YR_NONE - 1,
};

struct frame {
	uint32_t node, edge; /* edge: the next to follow, YR_NONE: none is left, or PLAIN */
};
/* The node leads on by one byte and is nothing else. */
#define PLAIN (YR_NONE - 1)

struct maker {
	struct yr_plan *p;
	const struct yr_nfa *nfa;
	struct yr_err *err;
	uint32_t *closure_of; /* [nodes] */
	struct frame *stack;  /* [nodes]: none is there twice */
	uint32_t n_stack;
	struct yr_table positions, closures, tag_sets, tags;
	uint32_t last_tag, last_tag_set;  /* the last set of a single tag; last_tag_set 0: none */
	uint32_t *list, n_list, cap_list; /* members of the closure under work */
	uint32_t *tag_list, cap_tag_list;
	uint32_t *tag_value, n_tag_values, cap_tag_values; /* tags by their bits */
	uint32_t cover_mask[256], *set_mask; /* covers that have this byte, all of this set */
};

static int no_memory(struct maker *m)
{
	return yr_err_set(m->err, ENOMEM, "out of memory");
}

/* Sorts each of the rows of what stands @gap apart. */
static void sort_by_gap(uint32_t *v, uint32_t n, uint32_t gap)
{
	for (uint32_t i = gap; i < n; i++) {
		uint32_t x = v[i], j = i;

		for (; j >= gap && v[j - gap] > x; j -= gap)
			v[j] = v[j - gap];
		v[j] = x;
	}
}

void yr_sort_many(uint32_t *v, uint32_t n)
{
	static const uint32_t gaps[] = { 797161, 265720, 88573, 29524, 9841, 3280,
					 1093,   364,    121,   40,    13,   4 };

	for (size_t g = 0; n > 24 && g < ARRAY_LEN(gaps); g++)
		sort_by_gap(v, n, gaps[g]);
	sort_by_gap(v, n, 1);
}

uint32_t yr_unique(uint32_t *v, uint32_t n)
{
	uint32_t kept = n ? 1 : 0;

	for (uint32_t i = 1; i < n; i++)
		if (v[i] != v[kept - 1])
			v[kept++] = v[i];
	return kept;
}

/* ---- covers ---- */

static bool is_covered(const struct yr_position *q, const struct yr_position *cover)
{
	return !(q->tags_ahead & ~cover->covers) && q->fits >> cover->cover & 1;
}

/* Leave out of @set what the cover in place *at of it makes pointless. */
static uint32_t leave_out(const struct yr_plan *p, uint32_t *set, uint32_t n, uint32_t *at)
{
	const struct yr_position *cover = &p->position[set[*at]];
	uint32_t self = *at, k = 0;

	/* There is rarely any. */
	while (k < n && (k == self || !is_covered(&p->position[set[k]], cover)))
		k++;
	for (uint32_t j = k; j < n; j++) {
		if (j == self)
			*at = k;
		else if (is_covered(&p->position[set[j]], cover))
			continue;
		set[k++] = set[j];
	}
	return k;
}

uint32_t yr_plan_prune(const struct yr_plan *p, uint32_t *set, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (p->position[set[i]].covers)
			n = leave_out(p, set, n, &i);
	return n;
}

/* The sets that are repeated with tags at their end, and which bytes and sets are within them. */
static void choose_covers(struct maker *m)
{
	const struct yr_nfa *nfa = m->nfa;
	struct yr_plan *p = m->p;

	for (uint32_t i = 0; i < nfa->n_elements && p->n_covers < YR_COVERS_MAX; i++) {
		const struct yr_nfa_node *node = &nfa->node[nfa->element[i].to];
		uint32_t set = node->loop, k = 0;

		if (set == YR_NONE || node->tags == YR_NONE)
			continue;
		while (k < p->n_covers && p->cover_set[k] != set)
			k++;
		if (k == p->n_covers)
			p->cover_set[p->n_covers++] = set;
	}
	for (uint32_t k = 0; k < p->n_covers; k++) {
		const struct yr_byteset *cover = &nfa->set[p->cover_set[k]];

		for (int c = 0; c < 256; c++)
			m->cover_mask[c] |= (uint32_t)yr_byteset_has(cover, c) << k;
		for (uint32_t s = 0; s < nfa->n_sets; s++) {
			bool within = true;

			for (int w = 0; w < 4; w++)
				within &= !(nfa->set[s].w[w] & ~cover->w[w]);
			m->set_mask[s] |= (uint32_t)within << k;
		}
	}
}

/* ---- tags ---- */

/* The bit of a tag. */
static int tag_bit(struct maker *m, uint32_t tag, uint64_t *bits)
{
	uint32_t hash = yr_mix(tag), i, id;

	if (!yr_table_reserve(&m->tags) ||
	    !yr_grow(&m->tag_value, &m->cap_tag_values, m->n_tag_values + UINT64_C(1), sizeof(tag)))
		return no_memory(m);
	for (i = hash; (id = yr_table_probe(&m->tags, hash, &i)) != YR_NONE;)
		if (m->tag_value[id] == tag)
			break;
	if (id == YR_NONE) {
		id = m->n_tag_values++;
		m->tag_value[id] = tag;
		yr_table_put(&m->tags, i, hash, id);
	}
	*bits |= UINT64_C(1) << (id < YR_TAG_BITS ? id : YR_TAG_BITS);
	return 0;
}

static int new_tag_set(struct maker *m, const uint32_t *tags, uint32_t n)
{
	struct yr_plan *p = m->p;
	uint64_t bits = 0;
	int r = 0;

	for (uint32_t i = 0; i < n && !r; i++)
		r = tag_bit(m, tags[i], &bits);
	if (r)
		return r;
	if (!yr_grow(&p->tag_set, &p->cap_tag_sets, p->n_tag_sets + UINT64_C(1),
		     sizeof(*p->tag_set)) ||
	    !yr_grow(&p->tag, &p->cap_tags, (uint64_t)p->n_tags + n, sizeof(*tags)))
		return no_memory(m);
	if (n)
		memcpy(p->tag + p->n_tags, tags, n * sizeof(*tags));
	p->tag_set[p->n_tag_sets++] = (struct yr_tag_set){ p->n_tags, n, bits };
	p->n_tags += n;
	return 0;
}

/* The set of the first @n in m->tag_list. */
static int look_up_tag_set(struct maker *m, uint32_t n, uint32_t *ret_set)
{
	struct yr_plan *p = m->p;
	uint32_t hash = yr_hash_numbers(m->tag_list, n), i, id;

	if (!yr_table_reserve(&m->tag_sets))
		return no_memory(m);
	for (i = hash; (id = yr_table_probe(&m->tag_sets, hash, &i)) != YR_NONE;) {
		*ret_set = id;
		if (p->tag_set[id].n == n &&
		    !memcmp(p->tag + p->tag_set[id].at, m->tag_list, n * sizeof(n)))
			return 0;
	}
	*ret_set = p->n_tag_sets;
	yr_table_put(&m->tag_sets, i, hash, p->n_tag_sets);
	return new_tag_set(m, m->tag_list, n);
}

static bool is_only_tag(const struct yr_nfa *nfa, uint32_t node, uint32_t tag)
{
	const struct yr_nfa_tag *t = &nfa->tag[nfa->node[node].tags];

	return t->tag == tag && t->next == YR_NONE;
}

/* The set of tags of @node. */
static int find_tag_set(struct maker *m, uint32_t node, uint32_t *ret_set)
{
	const struct yr_nfa *nfa = m->nfa;
	uint32_t n = 0;
	int r;

	*ret_set = 0;
	if (nfa->node[node].tags == YR_NONE)
		return 0;
	*ret_set = m->last_tag_set;
	if (m->last_tag_set && is_only_tag(nfa, node, m->last_tag))
		return 0;
	for (uint32_t t = nfa->node[node].tags; t != YR_NONE; t = nfa->tag[t].next) {
		if (!yr_grow(&m->tag_list, &m->cap_tag_list, n + UINT64_C(1), sizeof(n)))
			return no_memory(m);
		m->tag_list[n++] = nfa->tag[t].tag;
	}
	yr_sort(m->tag_list, n);
	n = yr_unique(m->tag_list, n);
	r = look_up_tag_set(m, n, ret_set);
	if (!r && n == 1) {
		m->last_tag = m->tag_list[0];
		m->last_tag_set = *ret_set;
	}
	return r;
}

/* ---- closures ---- */

static int more_room_for_closure(struct maker *m, uint32_t members)
{
	struct yr_plan *p = m->p;

	if ((uint64_t)p->n_members + members > YR_LIMIT_SET_MEMBERS)
		return yr_err_set(
			m->err, E2BIG,
			"the rules make an automaton of more than %u positions in its sets",
			YR_LIMIT_SET_MEMBERS);
	if (!yr_grow(&p->closure, &p->cap_closures, p->n_closures + UINT64_C(1),
		     sizeof(*p->closure)) ||
	    !yr_grow(&p->member, &p->cap_members, (uint64_t)p->n_members + members,
		     sizeof(*p->member)))
		return no_memory(m);
	return 0;
}

/* Room never goes beyond the limit, a power of two. */
static inline int room_for_closure(struct maker *m, uint32_t members)
{
	const struct yr_plan *p = m->p;

	if (p->n_closures < p->cap_closures && (uint64_t)p->n_members + members <= p->cap_members)
		return 0;
	return more_room_for_closure(m, members);
}

static int new_closure(struct maker *m, const uint32_t *members, uint32_t n)
{
	struct yr_plan *p = m->p;
	struct yr_closure c = {
		.at = p->n_members, .n = n, .fits = UINT32_MAX, .before = YR_NONE, .other = YR_NONE
	};
	int r = room_for_closure(m, n);

	if (r)
		return r;
	for (uint32_t i = 0; i < n; i++) {
		c.fits &= p->position[members[i]].fits;
		c.tags_ahead |= p->position[members[i]].tags_ahead;
		c.has_cover |= p->position[members[i]].covers != 0;
		p->member[p->n_members++] = members[i];
	}
	p->closure[p->n_closures++] = c;
	return 0;
}

/* The closure of position @id alone, its own. */
static inline int new_own_closure(struct maker *m, uint32_t id)
{
	struct yr_plan *p = m->p;
	struct yr_position *q = &p->position[id];
	int r = room_for_closure(m, 1);

	if (r)
		return r;
	q->self = p->n_closures++;
	p->closure[q->self] = (struct yr_closure){ .at = p->n_members,
						   .n = 1,
						   .fits = q->fits,
						   .before = YR_NONE,
						   .tags_ahead = q->tags_ahead,
						   .other = q->in_core ? YR_NONE : id,
						   .has_cover = q->covers != 0 };
	p->member[p->n_members++] = id;
	return 0;
}

/*
 * The closure of the positions in m->list. Those of a single position without others are not
 * in the table: the position knows them.
 */
static int find_closure(struct maker *m, uint32_t *ret_closure)
{
	struct yr_plan *p = m->p;
	uint32_t hash, i, id;

	*ret_closure = 0;
	if (!m->n_list)
		return 0;
	if (m->n_list > 1) {
		yr_sort(m->list, m->n_list);
		m->n_list = yr_plan_prune(p, m->list, yr_unique(m->list, m->n_list));
	}
	if (m->n_list == 1 && p->closure[p->position[m->list[0]].self].n == 1) {
		*ret_closure = p->position[m->list[0]].self;
		return 0;
	}
	hash = yr_hash_numbers(m->list, m->n_list);
	if (!yr_table_reserve(&m->closures))
		return no_memory(m);
	for (i = hash; (id = yr_table_probe(&m->closures, hash, &i)) != YR_NONE;) {
		*ret_closure = id;
		if (p->closure[id].n == m->n_list &&
		    !memcmp(p->member + p->closure[id].at, m->list, m->n_list * sizeof(id)))
			return 0;
	}
	*ret_closure = p->n_closures;
	yr_table_put(&m->closures, i, hash, p->n_closures);
	return new_closure(m, m->list, m->n_list);
}

static int add_members(struct maker *m, uint32_t closure)
{
	const struct yr_closure *c = &m->p->closure[closure];

	if (!yr_grow(&m->list, &m->cap_list, (uint64_t)m->n_list + c->n, sizeof(*m->list)))
		return no_memory(m);
	for (uint32_t i = 0; i < c->n; i++)
		m->list[m->n_list++] = m->p->member[c->at + i];
	return 0;
}

/* ---- positions ---- */

static bool same_ways(const struct yr_way *ways, uint32_t a, uint32_t b, uint32_t n)
{
	return !n || !memcmp(ways + a, ways + b, n * sizeof(*ways));
}

/* Is the position at the end of ways, still being made, the same as @q? */
static bool same_position(const struct yr_plan *p, const struct yr_position *last,
			  const struct yr_position *q)
{
	uint32_t narrow = p->n_narrow - last->narrow_at, wide = p->n_wide - last->wide_at;

	return last->tags == q->tags && last->loop == q->loop && last->others == q->others &&
	       q[1].narrow_at - q->narrow_at == narrow && q[1].wide_at - q->wide_at == wide &&
	       same_ways(p->narrow, last->narrow_at, q->narrow_at, narrow) &&
	       same_ways(p->wide, last->wide_at, q->wide_at, wide);
}

static int by_number(const void *left, const void *right)
{
	const struct yr_way *a = left, *b = right;

	return (a->by > b->by) - (a->by < b->by);
}

/* Edges come in the order in which they were laid; no two ways have the same number. */
static void sort_ways(struct yr_way *ways, uint32_t n)
{
	enum { FEW = 24 }; /* nearly always: not worth a call each */

	if (n > FEW) {
		qsort(ways, n, sizeof(*ways), by_number);
		return;
	}
	for (uint32_t i = 1; i < n; i++) {
		struct yr_way moved = ways[i];
		uint32_t k = i;

		for (; k && ways[k - 1].by > moved.by; k--)
			ways[k] = ways[k - 1];
		ways[k] = moved;
	}
}

static int add_way(struct maker *m, struct yr_way **ways, uint32_t *n, uint32_t *cap, uint32_t by,
		   uint32_t to)
{
	if (!yr_grow(ways, cap, *n + UINT64_C(1), sizeof(**ways)))
		return no_memory(m);
	(*ways)[(*n)++] = (struct yr_way){ by, to };
	return 0;
}

/* One edge of the node whose position is being made. */
static int take_edge(struct maker *m, struct yr_position *q, uint32_t what, uint32_t node)
{
	struct yr_plan *p = m->p;
	uint32_t to = m->closure_of[node];
	const struct yr_closure *c = &p->closure[to];

	if (!to)
		return 0;
	q->tags_ahead |= c->tags_ahead;
	q->fits &= c->fits;
	if (what >= YR_EDGE_SET) {
		q->fits &= m->set_mask[what - YR_EDGE_SET];
		return add_way(m, &p->wide, &p->n_wide, &p->cap_wide, what - YR_EDGE_SET, to);
	}
	q->fits &= what < 256 ? m->cover_mask[what] : 0;
	return add_way(m, &p->narrow, &p->n_narrow, &p->cap_narrow,
		       what < 256 ? p->class_of[what] : p->columns - 1, to);
}

static int take_edges(struct maker *m, uint32_t node, struct yr_position *q)
{
	const struct yr_nfa_node *n = &m->nfa->node[node];
	const struct yr_plan *p = m->p;
	int r = n->byte == YR_NONE ? 0 : take_edge(m, q, n->byte, n->to);

	m->n_list = 0;
	for (uint32_t e = n->edges; e != YR_NONE && !r; e = m->nfa->edge[e].next) {
		const struct yr_nfa_edge *edge = &m->nfa->edge[e];

		r = edge->what == YR_EDGE_EMPTY ? add_members(m, m->closure_of[edge->to])
						: take_edge(m, q, edge->what, edge->to);
	}
	if (p->n_narrow - q->narrow_at > 1)
		sort_ways(p->narrow + q->narrow_at, p->n_narrow - q->narrow_at);
	if (p->n_wide - q->wide_at > 1)
		sort_ways(p->wide + q->wide_at, p->n_wide - q->wide_at);
	return r;
}

static uint32_t hash_position(const struct yr_plan *p, const struct yr_position *q)
{
	uint64_t h = yr_mix(((uint64_t)q->tags << 32 | q->loop) + q->others);

	for (uint32_t i = q->narrow_at; i < p->n_narrow; i++)
		h = yr_mix(h ^ ((uint64_t)p->narrow[i].by << 32 | p->narrow[i].to));
	for (uint32_t i = q->wide_at; i < p->n_wide; i++)
		h = yr_mix(h + ((uint64_t)p->wide[i].by << 32 | p->wide[i].to));
	return (uint32_t)h;
}

/* A repeated set leads back to this position and to what empty edges lead to from it. */
static int prepare_loop(struct maker *m, struct yr_position *q)
{
	struct yr_plan *p = m->p;
	int r = find_closure(m, &q->others);

	if (r)
		return r;
	q->tags_ahead |= p->closure[q->others].tags_ahead;
	q->fits &= p->closure[q->others].fits & m->set_mask[q->loop];
	for (uint32_t k = 0; q->tags && k < p->n_covers; k++) {
		if (p->cover_set[k] == q->loop && !(p->tag_set[q->tags].bits >> YR_TAG_BITS)) {
			q->covers = p->tag_set[q->tags].bits;
			q->cover = k;
		}
	}
	return 0;
}

/* The position that was filled in behind the last one is complete with its ways. */
static uint32_t end_position(struct yr_plan *p)
{
	uint32_t id = p->n_positions++;

	p->position[id + 1].narrow_at = p->n_narrow;
	p->position[id + 1].wide_at = p->n_wide;
	return id;
}

static int keep_position(struct maker *m, const struct yr_position *q, uint32_t *ret_id)
{
	struct yr_plan *p = m->p;
	uint32_t id;

	p->position[p->n_positions] = *q;
	p->position[p->n_positions].in_core = q->loop != YR_NONE || q->wide_at != p->n_wide ||
					      p->n_narrow - q->narrow_at >= YR_MANY_WAYS;
	*ret_id = id = end_position(p);
	if (q->loop == YR_NONE || !m->n_list)
		return new_own_closure(m, id);
	if (!yr_grow(&m->list, &m->cap_list, m->n_list + UINT64_C(1), sizeof(id)))
		return no_memory(m);
	m->list[m->n_list++] = id;
	return find_closure(m, &p->position[id].self);
}

/*
 * The plain position with that @way, YR_NONE: there is none. No table knows these: those that
 * lead to the same closure differ in their columns, and mostly there is one or none.
 */
static inline uint32_t find_plain(const struct yr_plan *p, struct yr_way way)
{
	uint32_t id = p->closure[way.to].before;

	while (id != YR_NONE && p->narrow[p->position[id].narrow_at].by != way.by)
		id = p->position[id].sibling;
	return id;
}

static int settle_plain(struct maker *m, const struct yr_position *q, uint32_t *ret_id)
{
	struct yr_plan *p = m->p;
	struct yr_way way = p->narrow[q->narrow_at];
	int r = 0;

	*ret_id = find_plain(p, way);
	if (*ret_id != YR_NONE) {
		p->n_narrow = q->narrow_at;
		return 0;
	}
	r = keep_position(m, q, ret_id);
	if (r)
		return r;
	p->position[*ret_id].plain = true;
	p->position[*ret_id].sibling = p->closure[way.to].before;
	p->closure[way.to].before = *ret_id;
	return 0;
}

/* The position at the end of ways, or one that is the same. */
static int find_position(struct maker *m, const struct yr_position *q, uint32_t *ret_id)
{
	struct yr_plan *p = m->p;
	uint32_t hash, i, id;

	if (!q->tags && q->loop == YR_NONE && p->n_narrow - q->narrow_at == 1 &&
	    p->n_wide == q->wide_at)
		return settle_plain(m, q, ret_id);
	if (!yr_table_reserve(&m->positions))
		return no_memory(m);
	hash = hash_position(p, q);
	for (i = hash; (id = yr_table_probe(&m->positions, hash, &i)) != YR_NONE;) {
		if (same_position(p, q, &p->position[id])) {
			*ret_id = id;
			p->n_narrow = q->narrow_at;
			p->n_wide = q->wide_at;
			return 0;
		}
	}
	yr_table_put(&m->positions, i, hash, p->n_positions);
	return keep_position(m, q, ret_id);
}

/* A new plain position. */
static inline int new_plain(struct maker *m, struct yr_way way, uint32_t cover_mask,
			    uint32_t *ret_id)
{
	struct yr_plan *p = m->p;
	struct yr_closure *to = &p->closure[way.to];

	if (!yr_grow(&p->narrow, &p->cap_narrow, p->n_narrow + UINT64_C(1), sizeof(way)))
		return no_memory(m);
	p->position[p->n_positions] = (struct yr_position){
		.narrow_at = p->n_narrow,
		.wide_at = p->n_wide,
		.loop = YR_NONE,
		.fits = to->fits & cover_mask,
		.sibling = to->before,
		.tags_ahead = to->tags_ahead,
		.plain = true,
	};
	to->before = p->n_positions;
	p->narrow[p->n_narrow++] = way;
	*ret_id = end_position(p);
	return new_own_closure(m, *ret_id);
}

/* What finish() does, for the nodes of a literal path on top of the stack: most nodes are. */
static int finish_path(struct maker *m)
{
	const struct yr_nfa *nfa = m->nfa;
	const struct yr_plan *p = m->p;
	const struct frame *top = m->stack + m->n_stack;
	uint32_t to = m->closure_of[nfa->node[top[-1].node].to], id;
	int r = 0;

	while (top > m->stack && top[-1].edge == PLAIN && !r) {
		uint32_t node = (--top)->node;
		unsigned char byte = (unsigned char)nfa->node[node].byte;
		struct yr_way way = { p->class_of[byte], to };

		if (to) {
			id = find_plain(p, way);
			if (id == YR_NONE)
				r = new_plain(m, way, m->cover_mask[byte], &id);
			to = r ? 0 : p->position[id].self;
		}
		m->closure_of[node] = to;
	}
	m->n_stack = (uint32_t)(top - m->stack);
	return r;
}

/* All that @node leads to is known: which closure it stands for. */
static int finish(struct maker *m, uint32_t node)
{
	struct yr_plan *p = m->p;
	struct yr_position q = { .narrow_at = p->n_narrow,
				 .wide_at = p->n_wide,
				 .loop = m->nfa->node[node].loop,
				 .fits = UINT32_MAX };
	uint32_t others, id = YR_NONE;
	int r = find_tag_set(m, node, &q.tags);

	if (r)
		return r;
	q.tags_ahead = p->tag_set[q.tags].bits;
	r = take_edges(m, node, &q);
	if (!r && q.loop != YR_NONE)
		r = prepare_loop(m, &q);
	if (r)
		return r;
	/* Nothing of its own, or nothing that a tag is behind. */
	if (!q.tags_ahead)
		return find_closure(m, &m->closure_of[node]);
	others = m->n_list;
	r = find_position(m, &q, &id);
	if (r)
		return r;
	if (q.loop != YR_NONE || !others) {
		m->closure_of[node] = p->position[id].self;
		return 0;
	}
	/* Take the empty edges once more: finding a position may have used the list. */
	m->n_list = 0;
	for (uint32_t e = m->nfa->node[node].edges; e != YR_NONE && !r; e = m->nfa->edge[e].next)
		if (m->nfa->edge[e].what == YR_EDGE_EMPTY)
			r = add_members(m, m->closure_of[m->nfa->edge[e].to]);
	if (!r)
		r = add_members(m, p->position[id].self);
	return r ? r : find_closure(m, &m->closure_of[node]);
}

/* ---- the walk ---- */

/*
 * Put @node on the stack, and as long as there is one, the node behind the byte that stands in
 * it: down a literal path in one go. What is left to follow are edges.
 */
static int push(struct maker *m, uint32_t node)
{
	struct frame *top = m->stack + m->n_stack;
	const struct yr_nfa_node *n = m->nfa->node;
	uint32_t *closure_of = m->closure_of;

	while (node && closure_of[node] == UNSEEN) {
		bool plain = n[node].byte != YR_NONE &&
			     (n[node].edges & n[node].tags & n[node].loop) == YR_NONE;

		*top++ = (struct frame){ node, plain ? PLAIN : n[node].edges };
		closure_of[node] = OPEN;
		node = n[node].to;
	}
	m->n_stack = (uint32_t)(top - m->stack);
	if (node && closure_of[node] == OPEN)
		return yr_err_set(m->err, EINVAL, "a pattern that leads back to its own middle");
	return 0;
}

static int walk(struct maker *m)
{
	int r = push(m, 1);

	while (!r && m->n_stack) {
		struct frame *top = &m->stack[m->n_stack - 1];

		if (top->edge == PLAIN) {
			r = finish_path(m);
		} else if (top->edge == YR_NONE) {
			r = finish(m, m->stack[--m->n_stack].node);
		} else {
			const struct yr_nfa_edge *edge = &m->nfa->edge[top->edge];

			top->edge = edge->next;
			r = push(m, edge->to);
		}
	}
	return r;
}

/*
 * A node makes a position at the most, and most make one, with a way and a closure of its own.
 * What is not used of the room is not touched either.
 */
static bool make_room(struct maker *m)
{
	struct yr_plan *p = m->p;
	uint64_t n = m->nfa->n_nodes + UINT64_C(1);

	return yr_grow(&p->position, &p->cap_positions, n, sizeof(*p->position)) &&
	       yr_grow(&p->narrow, &p->cap_narrow, n, sizeof(*p->narrow)) &&
	       yr_grow(&p->closure, &p->cap_closures, n, sizeof(*p->closure)) &&
	       yr_grow(&p->member, &p->cap_members, n, sizeof(*p->member));
}

static int prepare(struct maker *m)
{
	const struct yr_nfa *nfa = m->nfa;
	struct yr_plan *p = m->p;

	p->set_columns = calloc(nfa->n_sets + (size_t)1, sizeof(*p->set_columns));
	p->n_sets = nfa->n_sets;
	m->set_mask = calloc(nfa->n_sets + (size_t)1, sizeof(*m->set_mask));
	m->closure_of = malloc(nfa->n_nodes * sizeof(*m->closure_of));
	m->stack = malloc(nfa->n_nodes * sizeof(*m->stack));
	if (!p->set_columns || !m->set_mask || !m->closure_of || !m->stack || !make_room(m))
		return no_memory(m);
	p->position[0] = (struct yr_position){ 0 };
	memset(m->closure_of, 0xff, nfa->n_nodes * sizeof(*m->closure_of));
	yr_plan_columns(p, nfa);
	choose_covers(m);
	return 0;
}

int yr_plan_make(struct yr_plan *p, const struct yr_nfa *n, struct yr_err *err)
{
	struct maker m = { .p = p, .nfa = n, .err = err };
	int r = prepare(&m);

	if (!r)
		r = new_tag_set(&m, NULL, 0);
	if (!r)
		r = new_closure(&m, NULL, 0);
	if (!r)
		r = walk(&m);
	p->start = r ? 0 : m.closure_of[1];
	free(m.closure_of);
	free(m.stack);
	yr_table_done(&m.positions);
	yr_table_done(&m.closures);
	yr_table_done(&m.tag_sets);
	yr_table_done(&m.tags);
	free(m.list);
	free(m.tag_list);
	free(m.tag_value);
	free(m.set_mask);
	return r;
}

void yr_plan_done(struct yr_plan *p)
{
	free(p->set_columns);
	free(p->position);
	free(p->narrow);
	free(p->wide);
	free(p->closure);
	free(p->member);
	free(p->tag_set);
	free(p->tag);
	*p = (struct yr_plan){ 0 };
}
