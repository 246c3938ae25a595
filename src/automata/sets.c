/* SPDX-License-Identifier: Apache-2.0 */
/* The sets that states stand for (subset.h), and their unions. */
#include <string.h>

#include "automata/subset.h"

/* ---- cores ---- */

static void describe_core(const struct yr_plan *p, const uint32_t *set, struct yr_core *core)
{
	for (uint32_t i = 0; i < core->n; i++) {
		const struct yr_position *q = &p->position[set[i]];

		if (q->tags && q->tags != core->tags)
			core->tags = core->tags ? YR_NONE : q->tags;
		if (q->covers) {
			core->cover_bits |= UINT32_C(1) << q->cover;
			core->covers |= q->covers;
		}
	}
}

static int new_core(struct yr_subset *b, const uint32_t *set, uint32_t n, uint32_t *ret_core)
{
	struct yr_core core = { .at = b->n_core_members, .n = n, .alone = YR_NONE };

	if ((uint64_t)b->n_core_members + n > YR_LIMIT_SET_MEMBERS)
		return yr_subset_too_big(b, "positions in its sets", YR_LIMIT_SET_MEMBERS);
	if (!yr_grow(&b->core, &b->cap_cores, b->n_cores + UINT64_C(1), sizeof(*b->core)) ||
	    !yr_grow(&b->core_member, &b->cap_core_members, b->n_core_members + UINT64_C(1) + n,
		     sizeof(*set)))
		return yr_subset_no_memory(b);
	describe_core(&b->p, set, &core);
	core.valued = !core.tags;
	for (uint32_t i = 0; i < n; i++)
		b->core_member[b->n_core_members++] = set[i];
	*ret_core = b->n_cores;
	b->core[b->n_cores++] = core;
	return 0;
}

/* The core of a sorted set of positions that belong in one. */
static int find_core(struct yr_subset *b, const uint32_t *set, uint32_t n, uint32_t *ret_core)
{
	uint32_t hash, i, id;
	int r;

	*ret_core = 0;
	if (!n)
		return 0;
	b->work += n;
	if (!yr_table_reserve(&b->core_table))
		return yr_subset_no_memory(b);
	hash = yr_hash_numbers(set, n);
	for (i = hash; (id = yr_table_probe(&b->core_table, hash, &i)) != YR_NONE;) {
		*ret_core = id;
		if (b->core[id].n == n &&
		    !memcmp(b->core_member + b->core[id].at, set, n * sizeof(*set)))
			return 0;
	}
	r = new_core(b, set, n, ret_core);
	if (!r)
		yr_table_put(&b->core_table, i, hash, *ret_core);
	return r;
}

/* ---- states ---- */

/* Room for @states more with @n others, here and in the arrays that rows fill. */
static int more_room(struct yr_subset *b, uint32_t states, uint32_t n)
{
	uint64_t need = b->states + UINT64_C(1) + states;

	if (yr_grow(&b->def, &b->cap_def, need, sizeof(*b->def)) &&
	    yr_grow(&b->first, &b->cap_first, need, sizeof(*b->first)) &&
	    yr_grow(&b->accept, &b->cap_accept, need, sizeof(*b->accept)) &&
	    yr_grow(&b->state, &b->cap_state, need, sizeof(*b->state)) &&
	    yr_grow(&b->other, &b->cap_others, b->n_others + UINT64_C(1) + n, sizeof(n)))
		return 0;
	return yr_subset_no_memory(b);
}

/* Paths aside, a row makes few states, so how many there may be is looked at after each row. */
static inline int new_state(struct yr_subset *b, uint32_t core, const uint32_t *others, uint32_t n,
			    uint32_t *ret_state)
{
	uint32_t s = b->states, at = b->n_others;

	if ((uint64_t)at + n > YR_LIMIT_SET_MEMBERS)
		return yr_subset_too_big(b, "positions in its sets", YR_LIMIT_SET_MEMBERS);
	if (s + 2 > b->cap_state || at + n >= b->cap_others) {
		int r = more_room(b, 1, n);

		if (r)
			return r;
	}
	for (uint32_t i = 0; i < n; i++)
		b->other[at + i] = others[i];
	b->n_others = at + n;
	b->state[s] = (struct yr_state){ core, at };
	b->state[s + 1].at = at + n;
	b->states = s + 1;
	*ret_state = s;
	return 0;
}

static bool is_state(const struct yr_subset *b, uint32_t state, uint32_t core,
		     const uint32_t *others, uint32_t n)
{
	const struct yr_state *s = &b->state[state];

	return s->core == core && s[1].at - s->at == n &&
	       !memcmp(b->other + s->at, others, n * sizeof(*others));
}

static int look_up_state(struct yr_subset *b, uint32_t core, const uint32_t *others, uint32_t n,
			 uint32_t *ret_state)
{
	uint64_t first = n == 1 ? *others : yr_hash_numbers(others, n);
	uint32_t hash = yr_mix((uint64_t)core << 32 | first), i, id;
	int r;

	if (!yr_table_reserve(&b->state_table))
		return yr_subset_no_memory(b);
	for (i = hash; (id = yr_table_probe(&b->state_table, hash, &i)) != YR_NONE;) {
		*ret_state = id;
		if (is_state(b, id, core, others, n))
			return 0;
	}
	r = new_state(b, core, others, n, ret_state);
	if (!r)
		yr_table_put(&b->state_table, i, hash, *ret_state);
	return r;
}

/* Look_up_state() for a single other. */
static int look_up_pair(struct yr_subset *b, uint32_t core, uint32_t other, uint32_t *ret_state)
{
	uint32_t hash = yr_mix((uint64_t)core << 32 | other), i, id;
	int r;

	if (!yr_table_reserve(&b->state_table))
		return yr_subset_no_memory(b);
	for (i = hash; (id = yr_table_probe(&b->state_table, hash, &i)) != YR_NONE;) {
		const struct yr_state *s = &b->state[id];

		*ret_state = id;
		if (s->core == core && s[1].at - s->at == 1 && b->other[s->at] == other)
			return 0;
	}
	r = new_state(b, core, &other, 1, ret_state);
	if (!r)
		yr_table_put(&b->state_table, i, hash, *ret_state);
	return r;
}

/* Where the state of a core alone, or of one position that is in no core, is noted. */
static uint32_t *place_of(struct yr_subset *b, uint32_t core, const uint32_t *others, uint32_t n)
{
	if (n)
		return &b->state_of_closure[b->p.position[*others].self];
	return &b->core[core].alone;
}

/* The state of @core and sorted @others. */
static int find_state(struct yr_subset *b, uint32_t core, const uint32_t *others, uint32_t n,
		      uint32_t *ret_state)
{
	uint32_t *place;
	int r = 0;

	if (core ? n : n > 1) {
		b->work += n;
		return yr_subset_weary(b) ? yr_subset_give_up(b)
					  : look_up_state(b, core, others, n, ret_state);
	}
	place = place_of(b, core, others, n);
	if (*place == YR_NONE)
		r = new_state(b, core, others, n, place);
	*ret_state = *place;
	return r;
}

/* Does a cover in @core make @position pointless? */
static bool is_covered(const struct yr_subset *b, const struct yr_core *core, uint32_t position)
{
	const struct yr_position *q = &b->p.position[position];

	if (!(q->fits & core->cover_bits) || q->tags_ahead & ~core->covers)
		return false;
	for (uint32_t i = core->at; i < core->at + core->n; i++) {
		const struct yr_position *k = &b->p.position[b->core_member[i]];

		if (k->covers && q->fits >> k->cover & 1 && !(q->tags_ahead & ~k->covers))
			return true;
	}
	return false;
}

/* Leave out what covers of @core make pointless. Returns how many are left. */
static uint32_t drop_covered(const struct yr_subset *b, const struct yr_core *core,
			     uint32_t *others, uint32_t n)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!is_covered(b, core, others[i]))
			others[kept++] = others[i];
	return kept;
}

/* The state of @core and sorted @others, which need not be pruned. Writes to @others. */
static int settle(struct yr_subset *b, uint32_t core, uint32_t *others, uint32_t n,
		  uint32_t *ret_state)
{
	if (b->core[core].cover_bits)
		n = drop_covered(b, &b->core[core], others, n);
	return find_state(b, core, others, n, ret_state);
}

/* ---- unions ---- */

void yr_sets_begin(struct yr_subset *b)
{
	b->new_core.n = b->new_others.n = 0;
	b->new_covers = false;
	if (!++b->stamp) {
		memset(b->mark, 0, b->p.n_positions * sizeof(*b->mark));
		b->stamp = 1;
	}
}

int yr_sets_add(struct yr_subset *b, uint32_t closure)
{
	const struct yr_closure *c = &b->p.closure[closure];
	const uint32_t *members = b->p.member + c->at;

	if (!yr_list_reserve(&b->new_core, c->n) || !yr_list_reserve(&b->new_others, c->n))
		return yr_subset_no_memory(b);
	b->work += c->n;
	b->new_covers |= c->has_cover;
	for (uint32_t i = 0; i < c->n; i++) {
		struct yr_list *list =
			b->p.position[members[i]].in_core ? &b->new_core : &b->new_others;

		if (b->mark[members[i]] != b->stamp)
			list->v[list->n++] = members[i];
		b->mark[members[i]] = b->stamp;
	}
	return 0;
}

/* @more, sorted, and the sorted set @old, into b->merged. */
static bool merge(struct yr_subset *b, const uint32_t *old, uint32_t n, const struct yr_list *more)
{
	struct yr_list *to = &b->merged;
	uint32_t i = 0, k = 0;

	to->n = 0;
	b->work += n;
	if (!yr_list_reserve(to, (uint64_t)n + more->n))
		return false;
	while (i < n && k < more->n) {
		uint32_t x = old[i], y = more->v[k];

		to->v[to->n++] = x < y ? x : y;
		i += x <= y;
		k += y <= x;
	}
	while (i < n)
		to->v[to->n++] = old[i++];
	while (k < more->n)
		to->v[to->n++] = more->v[k++];
	return true;
}

/* @core and b->new_core. */
static int unite_cores(struct yr_subset *b, uint32_t *core)
{
	const struct yr_core *old = &b->core[*core];

	if (b->new_core.n > 1)
		yr_sort(b->new_core.v, b->new_core.n);
	if (!merge(b, b->core_member + old->at, old->n, &b->new_core))
		return yr_subset_no_memory(b);
	if (b->merged.n == old->n)
		return 0;
	if (b->new_covers || old->cover_bits)
		b->merged.n = yr_plan_prune(&b->p, b->merged.v, b->merged.n);
	return find_core(b, b->merged.v, b->merged.n, core);
}

int yr_sets_unite(struct yr_subset *b, uint32_t base, uint32_t *ret_state)
{
	uint32_t core = b->state[base].core, at = b->state[base].at;
	uint32_t n = b->state[base + 1].at - at;
	struct yr_list *others = &b->new_others;

	if (b->new_core.n) {
		int r = unite_cores(b, &core);

		if (r)
			return r;
	}
	if (others->n > 1)
		yr_sort(others->v, others->n);
	if (n) {
		if (!merge(b, b->other + at, n, others))
			return yr_subset_no_memory(b);
		others = &b->merged;
	}
	return settle(b, core, others->v, others->n, ret_state);
}

/* The state of @base's set and a position that is in no core: what most of all unions are. */
static int join_one(struct yr_subset *b, uint32_t base, uint32_t position, uint32_t *ret_state)
{
	const struct yr_state *s = &b->state[base];
	const struct yr_core *core = &b->core[s->core];
	const struct yr_list one = { &position, 1, 1 };

	if (s->at != s[1].at) {
		if (!merge(b, b->other + s->at, s[1].at - s->at, &one))
			return yr_subset_no_memory(b);
		return settle(b, s->core, b->merged.v, b->merged.n, ret_state);
	}
	b->work++;
	if (!core->cover_bits || !is_covered(b, core, position))
		return look_up_pair(b, s->core, position, ret_state);
	*ret_state = base;
	return 0;
}

/*
 * The states of @position, which is in no core, and as long as it is a plain one, of the
 * position behind it: down a literal path in one go, with numbers in a row.
 */
static int new_path(struct yr_subset *b, uint32_t position)
{
	int r = 0;

	while (position != YR_NONE && !r) {
		const struct yr_position *q = &b->p.position[position];
		uint32_t *place = &b->state_of_closure[q->self];

		if (*place != YR_NONE)
			return 0;
		if (b->states > YR_LIMIT_STATES)
			return yr_subset_too_big(b, "states", YR_LIMIT_STATES);
		r = new_state(b, 0, &position, 1, place);
		if (!q->plain)
			return r;
		position = b->p.closure[b->p.narrow[q->narrow_at].to].other;
	}
	return r;
}

int yr_sets_join_two(struct yr_subset *b, uint32_t base, uint32_t one, uint32_t two,
		     uint32_t *ret_state)
{
	const struct yr_state *s = &b->state[base];
	uint32_t x = b->p.closure[one].other, y = b->p.closure[two].other;
	uint32_t sorted[2] = { x < y ? x : y, x < y ? y : x };
	const struct yr_list both = { sorted, 2, 2 };

	if (x == y)
		return yr_sets_with(b, base, one, ret_state);
	if (s->at == s[1].at)
		return settle(b, s->core, sorted, 2, ret_state);
	if (!merge(b, b->other + s->at, s[1].at - s->at, &both))
		return yr_subset_no_memory(b);
	return settle(b, s->core, b->merged.v, b->merged.n, ret_state);
}

int yr_sets_alone(struct yr_subset *b, uint32_t core, uint32_t *ret_state)
{
	return find_state(b, core, NULL, 0, ret_state);
}

int yr_sets_of_core(struct yr_subset *b, const uint32_t *set, uint32_t n, uint32_t *ret_state)
{
	uint32_t core;
	int r = find_core(b, set, n, &core);

	return r ? r : find_state(b, core, NULL, 0, ret_state);
}

int yr_sets_join(struct yr_subset *b, uint32_t base, uint32_t closure, uint32_t *ret_state)
{
	const struct yr_closure *c = &b->p.closure[closure];
	int r;

	if (base && c->other != YR_NONE)
		return join_one(b, base, c->other, ret_state);
	yr_sets_begin(b);
	r = yr_sets_add(b, closure);
	return r ? r : yr_sets_unite(b, base, ret_state);
}

int yr_sets_new_of_closure(struct yr_subset *b, uint32_t closure, uint32_t *ret_state)
{
	const struct yr_closure *c = &b->p.closure[closure];
	uint32_t *place = &b->state_of_closure[closure];
	int r;

	if (c->other != YR_NONE)
		r = new_path(b, c->other);
	else
		r = yr_sets_join(b, 0, closure, place);
	*ret_state = *place;
	return r;
}

/* ---- the frame ---- */

int yr_sets_new_empty(struct yr_subset *b)
{
	uint32_t state;

	return new_state(b, 0, NULL, 0, &state);
}

int yr_sets_prepare(struct yr_subset *b)
{
	const struct yr_plan *p = &b->p;
	size_t closures = p->n_closures, positions = p->n_positions + (size_t)1;
	uint32_t none;
	int r;

	b->state_of_closure = malloc(closures * sizeof(*b->state_of_closure));
	b->mark = calloc(positions, sizeof(*b->mark));
	if (!b->state_of_closure || !b->mark)
		return yr_subset_no_memory(b);
	memset(b->state_of_closure, 0xff, closures * sizeof(*b->state_of_closure));
	b->state_of_closure[0] = 0;
	/* The usual number of states; what is not used of the room is not touched either. */
	r = more_room(b, p->n_positions, p->n_positions);
	if (r)
		return r;
	/* Of the states that are looked up there are about as many as positions. */
	if (!yr_table_room(&b->state_table, p->n_positions / 2))
		return yr_subset_no_memory(b);
	r = new_core(b, NULL, 0, &none);
	if (!r)
		r = new_state(b, 0, NULL, 0, &b->core[0].alone);
	return r;
}

void yr_sets_done(struct yr_subset *b)
{
	free(b->state);
	free(b->core);
	free(b->core_member);
	free(b->other);
	yr_table_done(&b->core_table);
	yr_table_done(&b->state_table);
	free(b->state_of_closure);
	free(b->mark);
	free(b->new_core.v);
	free(b->new_others.v);
	free(b->merged.v);
}
