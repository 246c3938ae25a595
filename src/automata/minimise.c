/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Merging states that no continuation tells apart, in two parts.
 *
 * From the end backwards (fold_back): a state all of whose ways lead to states already
 * merged, or back to itself, is looked up by its row among those before it. That settles
 * what paths are made of, in one visit per state. What stands on a longer cycle, or
 * before one, stays over.
 *
 * For the rest (refine): blocks of states, begun by accept value and split as long as rows
 * differ. Rows are compared by a signature, the sum over columns of weight[column] *
 * name[block]; when a state moves to a new block, only the signatures of states that lead to it
 * change. The largest part of a split block keeps its name, so a state moves at most
 * log n times. At the end rows are compared in full: an accident of the signatures starts
 * the refinement anew with other weights.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/nfa.h"
#include "automata/table.h"
#include "base/cleanup.h"

/* A class is named by one of its states. Instead of a name: */
enum {
	UNSEEN = YR_NONE,
	OPEN = YR_NONE - 1, /* fold_back stands on it */
	OVER = YR_NONE - 2, /* on a cycle, or before one */
};

struct minimiser {
	struct yr_dfa *d;
	uint64_t weight[YR_SYMBOLS], all; /* of each column; of all byte columns together */
	uint32_t *class_of;
	bool *loops;       /* leads to itself by some column */
	bool *before_loop; /* such a state, other than 0, can be reached from it */
	bool dead_cycle;   /* a cycle turned out to be the same as state 0 */
	struct yr_table rows;
};

static void seed_weights(struct minimiser *m, uint64_t seed)
{
	m->all = 0;
	for (uint32_t c = 0; c < m->d->columns; c++) {
		m->weight[c] =
			yr_mix(yr_mix(seed + 1) ^ (c + 1) * UINT64_C(0x9e3779b97f4a7c15)) | 1;
		if (c < yr_dfa_byte_columns(m->d))
			m->all += m->weight[c];
	}
}

static uint64_t name_of(uint32_t class)
{
	return yr_mix(class + UINT64_C(0x51ed270b0a1f39c1));
}

/* ---- rows ---- */

/* The class of @to, seen from @from, whose own class is supposed to be @self. */
static uint32_t class_seen(const struct minimiser *m, uint32_t from, uint32_t to, uint32_t self)
{
	return to == from ? self : m->class_of[to];
}

/* Where @column leads to when there is no edge for it. */
static uint32_t otherwise(const struct minimiser *m, uint32_t state, uint32_t column)
{
	return column < yr_dfa_byte_columns(m->d) ? m->d->def[state] : 0;
}

/* Do @s and @q lead to the same classes, supposing that both are of class @q? */
static bool same_row(const struct minimiser *m, uint32_t s, uint32_t q)
{
	const struct yr_dfa *d = m->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[q], *b_end = d->edges + d->first[q + 1];
	uint32_t left = yr_dfa_byte_columns(d);

	while (a < a_end || b < b_end) {
		uint32_t c =
			b == b_end || (a < a_end && a->column < b->column) ? a->column : b->column;
		uint32_t from_s = a < a_end && a->column == c ? (a++)->to : otherwise(m, s, c);
		uint32_t from_q = b < b_end && b->column == c ? (b++)->to : otherwise(m, q, c);

		if (class_seen(m, s, from_s, q) != class_seen(m, q, from_q, q))
			return false;
		left -= c < yr_dfa_byte_columns(d);
	}
	return !left || class_seen(m, s, d->def[s], q) == class_seen(m, q, d->def[q], q);
}

/* How many ways lead out of @s: its edges, and the default unless they cover all bytes. */
static uint32_t ways_out(const struct yr_dfa *d, uint32_t s)
{
	uint32_t edges = d->first[s + 1] - d->first[s], bytes = edges;

	if (d->has_oob && edges && d->edges[d->first[s + 1] - 1].column == d->columns - 1)
		bytes--;
	return edges + (bytes < yr_dfa_byte_columns(d));
}

static uint32_t way_out(const struct yr_dfa *d, uint32_t s, uint32_t i)
{
	uint32_t e = d->first[s] + i;

	return e < d->first[s + 1] ? d->edges[e].to : d->def[s];
}

/* ---- from the end backwards ---- */

/* The signature of a row, its ways back to itself apart. */
struct signature {
	uint64_t others, self;
};

static void add_way(const struct minimiser *m, struct signature *sig, uint32_t from, uint32_t to,
		    uint64_t weight)
{
	if (to == from)
		sig->self += weight;
	else
		sig->others += weight * name_of(m->class_of[to]);
}

static struct signature sign(const struct minimiser *m, uint32_t s)
{
	const struct yr_dfa *d = m->d;
	struct signature sig = { yr_mix(d->accept[s] + UINT64_C(0x2545f4914f6cdd1d)), 0 };
	uint64_t rest = m->all;
	uint32_t e = d->first[s], end = d->first[s + 1];

	if (d->has_oob && (e == end || d->edges[end - 1].column != d->columns - 1))
		add_way(m, &sig, s, 0, m->weight[d->columns - 1]);
	for (; e < end; e++) {
		uint32_t column = d->edges[e].column;

		add_way(m, &sig, s, d->edges[e].to, m->weight[column]);
		if (column < yr_dfa_byte_columns(d))
			rest -= m->weight[column];
	}
	if (ways_out(d, s) > end - d->first[s])
		add_way(m, &sig, s, d->def[s], rest);
	return sig;
}

/* A state before @s that is equal to it, among those whose row has this value; or YR_NONE. */
static uint32_t find_row(const struct minimiser *m, uint32_t s, uint64_t value)
{
	uint32_t hash = yr_mix(value), i, q;

	for (i = hash; (q = yr_table_probe(&m->rows, hash, &i)) != YR_NONE;)
		if (m->d->accept[q] == m->d->accept[s] && same_row(m, s, q))
			return q;
	return YR_NONE;
}

static bool keep_row(struct minimiser *m, uint32_t s, uint64_t value)
{
	uint32_t hash = yr_mix(value), i = hash;

	if (!yr_table_reserve(&m->rows))
		return false;
	while (yr_table_probe(&m->rows, hash, &i) != YR_NONE)
		;
	yr_table_put(&m->rows, i, hash, s);
	return true;
}

/* What stands for "back to itself" in the rows of states that are not named yet. */
#define SELF (YR_NONE - 3)

/*
 * A state equal to @s. One that loops may be equal to another that loops, or to one
 * of its targets that loops: where it goes back to itself that target does so too.
 */
static uint32_t find_equal(const struct minimiser *m, uint32_t s, struct signature sig)
{
	const struct yr_dfa *d = m->d;
	uint32_t q;

	if (!m->loops[s])
		return find_row(m, s, sig.others);
	q = find_row(m, s, sig.others + sig.self * name_of(SELF));
	for (uint32_t i = 0, n = ways_out(d, s); i < n && q == YR_NONE; i++) {
		uint32_t class = class_seen(m, s, way_out(d, s, i), 0);

		if (m->loops[class] && d->accept[class] == d->accept[s] && same_row(m, s, class))
			q = class;
	}
	if (q == YR_NONE && d->accept[s] == d->accept[0] && same_row(m, s, 0))
		q = 0;
	return q;
}

/* All ways of @s lead to named states, or back to itself: name it. */
static bool name_state(struct minimiser *m, uint32_t s)
{
	struct signature sig = sign(m, s);
	uint32_t q = s ? find_equal(m, s, sig) : YR_NONE;

	m->class_of[s] = q == YR_NONE ? s : q;
	if (q != YR_NONE)
		return true;
	if (!m->loops[s])
		return keep_row(m, s, sig.others);
	return keep_row(m, s, sig.others + sig.self * name_of(SELF)) &&
	       keep_row(m, s, sig.others + sig.self * name_of(s));
}

static bool close_state(struct minimiser *m, uint32_t s)
{
	uint32_t n = ways_out(m->d, s);
	bool over = false;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = way_out(m->d, s, i);

		if (to == s) {
			m->loops[s] = true;
			m->before_loop[s] |= s != 0;
			continue;
		}
		over |= m->class_of[to] == OPEN || m->class_of[to] == OVER;
		m->before_loop[s] |= m->before_loop[to];
	}
	if (!over)
		return name_state(m, s);
	m->class_of[s] = OVER;
	return true;
}

/* Visit all that can be reached, each state behind those that it leads to. */
static bool fold_back(struct minimiser *m, uint32_t *stack, uint32_t *at)
{
	uint32_t n = 0;

	if (!close_state(m, 0))
		return false;
	m->class_of[1] = OPEN;
	at[1] = 0;
	stack[n++] = 1;
	while (n) {
		uint32_t s = stack[n - 1], to;

		if (at[s] == ways_out(m->d, s)) {
			n--;
			if (!close_state(m, s))
				return false;
			continue;
		}
		to = way_out(m->d, s, at[s]++);
		if (m->class_of[to] != UNSEEN)
			continue;
		m->class_of[to] = OPEN;
		at[to] = 0;
		stack[n++] = to;
	}
	return true;
}

/* ---- refinement ---- */

/* A way into a state. Column YR_SYMBOLS: the default of its source. */
struct way_in {
	uint32_t from, column;
};

struct block {
	uint32_t begin, end, touched; /* of order; the touched ones stand first */
};

/* States of the refinement are numbered anew, 0 to n - 1. */
struct refiner {
	struct minimiser *m;
	uint32_t n;
	uint32_t *state, *number; /* there and back; YR_NONE: not among them */
	uint32_t *in_at;
	struct way_in *in;
	uint64_t *signature, *rest; /* rest: what the default weighs */
	uint32_t *order, *place, *block_of;
	struct block *block;
	uint32_t n_blocks;
	uint32_t *queue, n_queue;
	/* For one split. */
	uint32_t *group_of, *group_end, *sorted, *slot;
};

static uint64_t block_name(uint32_t block)
{
	return yr_mix(block + UINT64_C(0x7c3e5f1a00000000));
}

/* The number of @to's class in the refinement; YR_NONE: it is settled, and *ret_class names it. */
static uint32_t target(const struct refiner *r, uint32_t to, uint32_t *ret_class)
{
	uint32_t class = r->m->class_of[to];

	*ret_class = class == OVER ? to : class;
	return r->number[*ret_class];
}

typedef void way_fn(struct refiner *r, uint32_t i, uint32_t to, uint32_t column, uint64_t weight);

/* All ways of state number @i, with their weights. Inline, so that @fn is no call. */
static inline __attribute__((always_inline)) void each_way(struct refiner *r, uint32_t i,
							   way_fn *fn)
{
	const struct minimiser *m = r->m;
	const struct yr_dfa *d = m->d;
	uint32_t s = r->state[i], e = d->first[s], end = d->first[s + 1];

	r->rest[i] = m->all;
	if (d->has_oob && (e == end || d->edges[end - 1].column != d->columns - 1))
		fn(r, i, 0, d->columns - 1, m->weight[d->columns - 1]);
	for (; e < end; e++) {
		uint32_t column = d->edges[e].column;

		fn(r, i, d->edges[e].to, column, m->weight[column]);
		if (column < yr_dfa_byte_columns(d))
			r->rest[i] -= m->weight[column];
	}
	if (ways_out(d, s) > end - d->first[s])
		fn(r, i, d->def[s], YR_SYMBOLS, r->rest[i]);
}

static void count_way(struct refiner *r, uint32_t i, uint32_t to, uint32_t column, uint64_t weight)
{
	uint32_t class, t = target(r, to, &class);

	(void)i, (void)column, (void)weight;
	if (t != YR_NONE)
		r->in_at[t + 1]++;
}

/* in_at[t] moves on as ways are put down, and is put right afterwards. */
static void put_way(struct refiner *r, uint32_t i, uint32_t to, uint32_t column, uint64_t weight)
{
	uint32_t class, t = target(r, to, &class);

	(void)weight;
	if (t != YR_NONE)
		r->in[r->in_at[t]++] = (struct way_in){ i, column };
}

static void sign_way(struct refiner *r, uint32_t i, uint32_t to, uint32_t column, uint64_t weight)
{
	uint32_t class, t = target(r, to, &class);

	(void)column;
	r->signature[i] += weight * (t == YR_NONE ? name_of(class) : block_name(r->block_of[t]));
}

static bool lay_ways_in(struct refiner *r)
{
	for (uint32_t i = 0; i < r->n; i++)
		each_way(r, i, count_way);
	for (uint32_t i = 0; i < r->n; i++)
		r->in_at[i + 1] += r->in_at[i];
	r->in = malloc((r->in_at[r->n] + (size_t)1) * sizeof(*r->in));
	if (!r->in)
		return false;
	for (uint32_t i = 0; i < r->n; i++)
		each_way(r, i, put_way);
	memmove(r->in_at + 1, r->in_at, r->n * sizeof(*r->in_at));
	r->in_at[0] = 0;
	return true;
}

/* Put touched states of @b with equal signatures in groups. Returns how many there are. */
static uint32_t group(struct refiner *r, const struct block *b)
{
	uint32_t mask = 3, groups = 0;

	while (mask < b->touched * UINT64_C(2))
		mask = mask * 2 + 1;
	memset(r->slot, 0xff, (mask + (size_t)1) * sizeof(*r->slot));
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

static void put_in_order(struct refiner *r, uint32_t at, uint32_t i)
{
	r->order[at] = i;
	r->place[i] = at;
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

static void new_block(struct refiner *r, uint32_t begin, uint32_t end)
{
	uint32_t id = r->n_blocks++;

	r->block[id] = (struct block){ begin, end, 0 };
	for (uint32_t k = begin; k < end; k++)
		r->block_of[r->order[k]] = id;
}

/* Split block @id by signature; its largest part keeps its name. */
static void split(struct refiner *r, uint32_t id)
{
	struct block b = r->block[id], most = { 0 };
	uint32_t groups = group(r, &b), last = YR_NONE, begin = b.begin;
	bool untouched = b.begin + b.touched < b.end;

	r->block[id].touched = 0;
	if (untouched)
		last = group_of_untouched(r, &b);
	arrange(r, &b, groups, last);
	/* The part that ends the block: what was not touched, or the group behind all others. */
	for (uint32_t g = 0; g <= groups; g++) {
		struct block part = { begin, g < groups ? b.begin + r->group_end[g] : b.end, 0 };

		if (g == last || part.begin == part.end)
			continue;
		begin = part.end;
		if (part.end - part.begin <= most.end - most.begin) {
			new_block(r, part.begin, part.end);
			continue;
		}
		if (most.end)
			new_block(r, most.begin, most.end);
		most = part;
	}
	r->block[id] = most;
}

static void touch(struct refiner *r, uint32_t i)
{
	uint32_t id = r->block_of[i];
	struct block *b = &r->block[id];
	uint32_t at = b->begin + b->touched;

	if (r->place[i] < at)
		return;
	put_in_order(r, r->place[i], r->order[at]);
	put_in_order(r, at, i);
	if (!b->touched++)
		r->queue[r->n_queue++] = id;
}

/* State number @i changed the name of its block by @change: tell those that lead to it. */
static void tell_sources(struct refiner *r, uint32_t i, uint64_t change)
{
	for (uint32_t w = r->in_at[i]; w < r->in_at[i + 1]; w++) {
		uint32_t from = r->in[w].from, column = r->in[w].column;
		const struct block *b = &r->block[r->block_of[from]];

		if (b->end - b->begin == 1)
			continue;
		r->signature[from] +=
			change * (column == YR_SYMBOLS ? r->rest[from] : r->m->weight[column]);
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
			tell_sources(r, r->sorted[k], block_name(b) - block_name(id));
	}
}

/* One block of all, split by accept value; then as long as anything changes. */
static void refine(struct refiner *r)
{
	for (uint32_t i = 0; i < r->n; i++) {
		put_in_order(r, i, i);
		r->signature[i] = r->m->d->accept[r->state[i]];
		r->block_of[i] = 0;
	}
	r->block[0] = (struct block){ 0, r->n, r->n };
	r->n_blocks = 1;
	r->n_queue = 0;
	split(r, 0);
	memset(r->signature, 0, r->n * sizeof(*r->signature));
	for (uint32_t i = 0; i < r->n; i++)
		each_way(r, i, sign_way);
	for (uint32_t b = 0; b < r->n_blocks; b++) {
		r->block[b].touched = r->block[b].end - r->block[b].begin;
		r->queue[r->n_queue++] = b;
	}
	while (r->n_queue)
		split_and_tell(r, r->queue[--r->n_queue]);
}

/* Name each state by the first of its block. */
static void name_blocks(struct refiner *r)
{
	struct minimiser *m = r->m;

	for (uint32_t b = 0; b < r->n_blocks; b++) {
		uint32_t name = YR_NONE;

		for (uint32_t k = r->block[b].begin; k < r->block[b].end; k++)
			if (r->state[r->order[k]] < name)
				name = r->state[r->order[k]];
		for (uint32_t k = r->block[b].begin; k < r->block[b].end; k++)
			m->class_of[r->state[r->order[k]]] = name;
		m->dead_cycle |= !name && r->block[b].end - r->block[b].begin > 1;
	}
	for (uint32_t s = 0; s < m->d->states; s++)
		if (m->class_of[s] != UNSEEN)
			m->class_of[s] = m->class_of[m->class_of[s]];
}

/* Rows in full: no two different ones had the same signature by accident. */
static bool rows_agree(const struct refiner *r)
{
	const struct minimiser *m = r->m;

	for (uint32_t i = 0; i < r->n; i++)
		if (!same_row(m, r->state[i], m->class_of[r->state[i]]))
			return false;
	return true;
}

static uint32_t take_part(struct refiner *r)
{
	struct minimiser *m = r->m;
	uint32_t over = 0;

	for (uint32_t s = 0; s < m->d->states; s++) {
		uint32_t class = m->class_of[s];

		r->number[s] = YR_NONE;
		if (class != OVER && !(class == s && (m->before_loop[s] || !s)))
			continue;
		r->number[s] = r->n;
		r->state[r->n++] = s;
		over += class == OVER;
	}
	return over;
}

static bool refiner_new(struct refiner *r)
{
	uint32_t states = r->m->d->states, n;

	r->number = malloc(states * sizeof(*r->number));
	r->state = malloc(states * sizeof(*r->state));
	if (!r->number || !r->state)
		return false;
	if (!take_part(r)) {
		r->n = 0;
		return true;
	}
	n = r->n;
	r->in_at = calloc(n + (size_t)2, sizeof(*r->in_at));
	r->signature = calloc(n, sizeof(*r->signature));
	r->rest = calloc(n, sizeof(*r->rest));
	r->order = calloc(n, sizeof(*r->order));
	r->place = calloc(n, sizeof(*r->place));
	r->block_of = calloc(n, sizeof(*r->block_of));
	r->block = calloc(n, sizeof(*r->block));
	r->queue = calloc(n, sizeof(*r->queue));
	r->group_of = calloc(n, sizeof(*r->group_of));
	r->group_end = calloc(n, sizeof(*r->group_end));
	r->sorted = calloc(n, sizeof(*r->sorted));
	r->slot = calloc(n * (size_t)4 + 4, sizeof(*r->slot));
	return r->in_at && r->signature && r->rest && r->order && r->place && r->block_of &&
	       r->block && r->queue && r->group_of && r->group_end && r->sorted && r->slot &&
	       lay_ways_in(r);
}

static void refiner_done(struct refiner *r)
{
	free(r->number);
	free(r->state);
	free(r->in_at);
	free(r->in);
	free(r->signature);
	free(r->rest);
	free(r->order);
	free(r->place);
	free(r->block_of);
	free(r->block);
	free(r->queue);
	free(r->group_of);
	free(r->group_end);
	free(r->sorted);
	free(r->slot);
}

/* Name what fold_back left over. False: memory is out. */
static bool name_the_rest(struct minimiser *m)
{
	YR_CLEANUP(refiner_done) struct refiner r = { .m = m };
	size_t size = m->d->states * sizeof(*m->class_of);
	AUTO_FREE uint32_t *before = NULL;

	if (!refiner_new(&r))
		return false;
	if (!r.n)
		return true;
	before = malloc(size);
	if (!before)
		return false;
	memcpy(before, m->class_of, size);
	for (uint64_t seed = 1;; seed++) {
		refine(&r);
		name_blocks(&r);
		if (rows_agree(&r))
			return true;
		memcpy(m->class_of, before, size);
		seed_weights(m, seed);
	}
}

/* ---- the result ---- */

/* Classes get numbers in the order in which a walk by columns meets them. */
struct renaming {
	uint32_t *number; /* of a class; YR_NONE: not met */
	uint32_t *class;  /* of a number */
	uint32_t n;
	uint32_t *columns; /* of the row under work: how many lead to a number */
	struct yr_edge row[YR_SYMBOLS];
	uint32_t n_row, def;
};

static uint32_t meet(struct renaming *r, uint32_t class)
{
	if (r->number[class] == YR_NONE) {
		r->number[class] = r->n;
		r->class[r->n++] = class;
	}
	return r->number[class];
}

/* The first byte column for which @s has no edge; the number of byte columns: there is none. */
static uint32_t first_gap(const struct yr_dfa *d, uint32_t s)
{
	uint32_t c = 0;

	for (uint32_t e = d->first[s]; e < d->first[s + 1] && d->edges[e].column == c; e++)
		c++;
	return c < yr_dfa_byte_columns(d) ? c : yr_dfa_byte_columns(d);
}

/* The row of @s under the new numbers. */
static void rename_row(const struct minimiser *m, struct renaming *r, uint32_t s)
{
	const struct yr_dfa *d = m->d;
	uint32_t gap = first_gap(d, s);
	bool has_gap = gap < yr_dfa_byte_columns(d);

	r->n_row = r->def = 0;
	for (uint32_t e = d->first[s]; e < d->first[s + 1]; e++) {
		if (has_gap && d->edges[e].column > gap) {
			r->def = meet(r, m->class_of[d->def[s]]);
			has_gap = false;
		}
		r->row[r->n_row++] = (struct yr_edge){ d->edges[e].column,
						       meet(r, m->class_of[d->edges[e].to]) };
	}
	if (has_gap)
		r->def = meet(r, m->class_of[d->def[s]]);
}

/* The target of most byte columns of the row, the smallest of several. */
static uint32_t best_default(struct renaming *r, uint32_t byte_columns)
{
	uint32_t best = r->def, n = r->n_row;

	/* The out-of-band column has no part in this. */
	while (n && r->row[n - 1].column >= byte_columns)
		n--;
	for (uint32_t i = 0; i < n; i++)
		r->columns[r->row[i].to] = 0;
	r->columns[r->def] = byte_columns - n;
	for (uint32_t i = 0; i < n; i++)
		r->columns[r->row[i].to]++;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t to = r->row[i].to, more = r->columns[to];

		if (more > r->columns[best] || (more == r->columns[best] && to < best))
			best = to;
	}
	return best;
}

/* Write the row of @state. It has no more edges than its class had. */
static void write_row(const struct minimiser *m, struct renaming *r, struct yr_dfa *out,
		      uint32_t state, uint32_t *n_edges)
{
	uint32_t bytes = yr_dfa_byte_columns(m->d), best = best_default(r, bytes), i = 0;

	out->def[state] = best;
	out->first[state] = *n_edges;
	for (uint32_t c = 0; c < m->d->columns; c++) {
		uint32_t to = c < bytes ? r->def : 0;

		if (best == r->def && i < r->n_row)
			c = r->row[i].column; /* nothing to write before it */
		else if (best == r->def)
			break;
		if (i < r->n_row && r->row[i].column == c)
			to = r->row[i++].to;
		if (to != (c < bytes ? best : 0))
			out->edges[(*n_edges)++] = (struct yr_edge){ c, to };
	}
}

static void write_out(const struct minimiser *m, struct renaming *r, struct yr_dfa *out)
{
	uint32_t n_edges = 0;

	/* The start keeps a state of its own even where it matches nothing. */
	meet(r, 0);
	if (m->class_of[1])
		meet(r, m->class_of[1]);
	for (uint32_t i = 0; i < r->n; i++) {
		rename_row(m, r, r->class[i]);
		write_row(m, r, out, i, &n_edges);
		out->accept[i] = m->d->accept[r->class[i]];
	}
	out->states = r->n < 2 ? 2 : r->n;
	if (r->n < 2)
		out->first[1] = n_edges;
	out->first[out->states] = n_edges;
}

/* Give back what @array has beyond @n elements; where that fails, it stays as it is. */
static void shrink(void *array, size_t n, size_t size)
{
	void **p = array, *smaller = realloc(*p, (n ? n : 1) * size);

	if (smaller)
		*p = smaller;
}

static bool number_anew(struct minimiser *m)
{
	struct yr_dfa *d = m->d, *out = yr_dfa_new(d->states, d->first[d->states]);
	struct renaming r = { 0 };
	bool ok;

	r.number = malloc(d->states * sizeof(*r.number));
	r.class = malloc(d->states * sizeof(*r.class));
	r.columns = calloc(d->states, sizeof(*r.columns));
	ok = out && r.number && r.class && r.columns;
	if (ok) {
		memset(r.number, 0xff, d->states * sizeof(*r.number));
		write_out(m, &r, out);
		d->states = out->states;
		shrink(&out->def, d->states, sizeof(*out->def));
		shrink(&out->accept, d->states, sizeof(*out->accept));
		shrink(&out->first, d->states + (size_t)1, sizeof(*out->first));
		shrink(&out->edges, out->first[d->states], sizeof(*out->edges));
		free(d->def), d->def = yr_take_ptr(&out->def);
		free(d->accept), d->accept = yr_take_ptr(&out->accept);
		free(d->first), d->first = yr_take_ptr(&out->first);
		free(d->edges), d->edges = yr_take_ptr(&out->edges);
	}
	free(r.number);
	free(r.class);
	free(r.columns);
	yr_dfa_free(out);
	return ok;
}

static bool merge(struct minimiser *m)
{
	struct yr_dfa *d = m->d;
	uint32_t *stack = malloc(d->states * sizeof(*stack));
	uint32_t *at = malloc(d->states * sizeof(*at));
	bool ok;

	m->class_of = malloc(d->states * sizeof(*m->class_of));
	m->loops = calloc(d->states, sizeof(*m->loops));
	m->before_loop = calloc(d->states, sizeof(*m->before_loop));
	ok = stack && at && m->class_of && m->loops && m->before_loop;
	if (ok) {
		memset(m->class_of, 0xff, d->states * sizeof(*m->class_of));
		seed_weights(m, 0);
		ok = fold_back(m, stack, at);
	}
	ok = ok && name_the_rest(m) && number_anew(m);
	free(stack);
	free(at);
	free(m->class_of);
	free(m->loops);
	free(m->before_loop);
	yr_table_done(&m->rows);
	return ok;
}

int yr_dfa_minimise(struct yr_dfa *d, struct yr_err *err)
{
	struct minimiser m = { .d = d };
	bool ok = merge(&m);

	/*
	 * What stands before a dead cycle may be equal to something that fold_back had
	 * settled. Rules make no such cycles, so this is not worth a quicker way.
	 */
	if (ok && m.dead_cycle) {
		m = (struct minimiser){ .d = d };
		ok = merge(&m);
	}
	return ok ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}
