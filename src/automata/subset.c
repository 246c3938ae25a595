/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subset construction: a state is a set of positions (plan.h).
 *
 * A state's row comes together in two layers. Wide ways (sets: '*', '?', classes) cut
 * the columns into atoms, few per state and the same for most, so they are kept. Each
 * atom has a base, the union of what its wide ways lead to. Ways of a single column
 * then add to the base of their column's atom. The atom with most bytes becomes the
 * row's default.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/plan.h"
#include "automata/table.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* Ways of cutting the columns that are kept. Real rules have some twenty. */
#define CUTS_KEPT 1024
/* First layers of rows that are kept. */
#define LAYERS_KEPT 4096
/* Recent unions of a state and a closure; a power of two. */
#define RECENT 4096

/* One way of cutting the columns into atoms: by which of certain sets they are in. */
struct cut {
	uint32_t sets_at, n_sets; /* which sets, in cut_sets */
	uint32_t atoms_at, n;     /* into atom */
	uint32_t widest;
};

/*
 * The first layer of a row, for states with the same wide ways: a state walking through
 * a literal next to a star has those of its neighbours.
 */
struct layer {
	uint32_t ways_at, n; /* into layer_ways */
	uint32_t base_at;    /* into layer_bases: a state for each byte column */
	uint32_t def;
	struct yr_columns others; /* those that do not lead to def */
};

struct recent {
	uint32_t state, closure, to;
};

struct build {
	struct yr_plan p;
	struct yr_err *err;
	uint32_t *state_of_closure, *state_of_one; /* of a single position */

	/* States: the set of s is member[member_at[s]] to member[member_at[s + 1] - 1]. */
	uint32_t *member, n_members, cap_members;
	uint32_t *member_at, states, cap_member_at;
	bool *has_cover;
	uint32_t cap_has_cover;
	struct yr_table state_table;
	uint64_t work;
	uint32_t *def, cap_def, *first, cap_first;
	struct yr_edge *edge;
	uint32_t n_edges, cap_edges;
	struct recent *recent;

	/* The row under work. */
	uint32_t *mark, stamp; /* per position: seen in the set under work */
	uint32_t *scratch, n_scratch, cap_scratch;
	uint32_t *merged, cap_merged;
	struct yr_way *narrow, *wide;
	uint32_t n_narrow, cap_narrow, n_wide, cap_wide;
	uint32_t *next, cap_next, head[YR_SYMBOLS]; /* narrow ways chained by column */
	struct yr_columns touched;

	/* Cuts kept. */
	struct cut *cut;
	uint32_t n_cuts, cap_cuts;
	struct yr_table cut_table;
	uint32_t *cut_sets, n_cut_sets, cap_cut_sets;
	struct yr_columns *atom;
	uint32_t n_atoms, cap_atoms;
	uint32_t *list, cap_list;

	/* Layers kept. */
	struct layer *layer;
	uint32_t n_layers, cap_layers;
	struct yr_table layer_table;
	struct yr_way *layer_ways;
	uint32_t n_layer_ways, cap_layer_ways;
	uint32_t *layer_bases, n_layer_bases, cap_layer_bases;

	/* Accept values. */
	yr_fold_fn *fold;
	void *fold_ctx;
	uint32_t *accept, cap_accept;
	struct folded {
		uint32_t at, n, value;
	} * folded;
	uint32_t n_folded, cap_folded;
	uint32_t *tag, n_tags, cap_tags;
	struct yr_table folded_table;
	uint32_t *value_of_set; /* per tag set of the plan, where known */
	bool *value_known;
};

static int no_memory(struct build *b)
{
	return yr_err_set(b->err, ENOMEM, "out of memory");
}

static int too_big(struct build *b, const char *what, uint64_t limit)
{
	return yr_err_set(b->err, E2BIG, "the rules make an automaton of more than %llu %s",
			  (unsigned long long)limit, what);
}

static bool push_scratch(struct build *b, uint32_t x)
{
	if (!yr_grow(&b->scratch, &b->cap_scratch, b->n_scratch + UINT64_C(1), sizeof(x)))
		return false;
	b->scratch[b->n_scratch++] = x;
	return true;
}

/* ---- accept values ---- */

static int fold_tags(struct build *b, const uint32_t *tags, uint32_t n, uint32_t *ret_value)
{
	uint32_t hash = yr_hash_numbers(tags, n), i, id;

	if (!yr_table_reserve(&b->folded_table) ||
	    !yr_grow(&b->tag, &b->cap_tags, (uint64_t)b->n_tags + n, sizeof(*tags)) ||
	    !yr_grow(&b->folded, &b->cap_folded, b->n_folded + UINT64_C(1), sizeof(*b->folded)))
		return no_memory(b);
	for (i = hash; (id = yr_table_probe(&b->folded_table, hash, &i)) != YR_NONE;)
		if (b->folded[id].n == n &&
		    !memcmp(b->tag + b->folded[id].at, tags, n * sizeof(*tags)))
			break;
	if (id == YR_NONE) {
		id = b->n_folded++;
		memcpy(b->tag + b->n_tags, tags, n * sizeof(*tags));
		b->folded[id] = (struct folded){ b->n_tags, n, b->fold(b->fold_ctx, tags, n) };
		b->n_tags += n;
		yr_table_put(&b->folded_table, i, hash, id);
	}
	*ret_value = b->folded[id].value;
	return 0;
}

/* Tags of one set of the plan alone: the usual case. */
static int fold_set(struct build *b, uint32_t set, uint32_t *ret_value)
{
	const struct yr_tag_set *t = &b->p.tag_set[set];
	int r = 0;

	if (!b->value_known[set])
		r = fold_tags(b, b->p.tag + t->at, t->n, &b->value_of_set[set]);
	b->value_known[set] = true;
	*ret_value = b->value_of_set[set];
	return r;
}

static int fold_sets(struct build *b, const uint32_t *members, uint32_t n, uint32_t *ret_value)
{
	b->n_scratch = 0;
	for (uint32_t i = 0; i < n; i++) {
		const struct yr_tag_set *t = &b->p.tag_set[b->p.position[members[i]].tags];

		b->work += t->n;
		for (uint32_t k = 0; k < t->n; k++)
			if (!push_scratch(b, b->p.tag[t->at + k]))
				return no_memory(b);
	}
	yr_sort(b->scratch, b->n_scratch);
	return fold_tags(b, b->scratch, yr_unique(b->scratch, b->n_scratch), ret_value);
}

static int accept_value(struct build *b, const uint32_t *members, uint32_t n, uint32_t *ret_value)
{
	uint32_t set = 0;

	*ret_value = 0;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t tags = b->p.position[members[i]].tags;

		if (tags && set && tags != set)
			return fold_sets(b, members, n, ret_value);
		set = tags ? tags : set;
	}
	return set ? fold_set(b, set, ret_value) : 0;
}

/* ---- states ---- */

static int new_state(struct build *b, const uint32_t *set, uint32_t n, uint32_t *ret_state)
{
	uint32_t s = b->states;

	if (s >= YR_LIMIT_STATES)
		return too_big(b, "states", YR_LIMIT_STATES);
	if ((uint64_t)b->n_members + n > YR_LIMIT_SET_MEMBERS)
		return too_big(b, "positions in its sets", YR_LIMIT_SET_MEMBERS);
	if (!yr_grow(&b->member, &b->cap_members, (uint64_t)b->n_members + n, sizeof(*set)) ||
	    !yr_grow(&b->member_at, &b->cap_member_at, s + UINT64_C(2), sizeof(*set)) ||
	    !yr_grow(&b->has_cover, &b->cap_has_cover, s + UINT64_C(1), sizeof(*b->has_cover)))
		return no_memory(b);
	b->member_at[s] = b->n_members;
	b->has_cover[s] = false;
	for (uint32_t i = 0; i < n; i++) {
		b->member[b->n_members++] = set[i];
		b->has_cover[s] |= b->p.position[set[i]].covers != 0;
	}
	b->member_at[++b->states] = b->n_members;
	*ret_state = s;
	return 0;
}

/* The state of a sorted set. */
static int intern_state(struct build *b, const uint32_t *set, uint32_t n, uint32_t *ret_state)
{
	uint32_t hash, i, id;
	int r;

	*ret_state = 0;
	if (!n)
		return 0;
	if (n == 1) {
		*ret_state = b->state_of_one[*set];
		if (*ret_state != YR_NONE)
			return 0;
		r = new_state(b, set, n, ret_state);
		b->state_of_one[*set] = r ? YR_NONE : *ret_state;
		return r;
	}
	b->work += n;
	if (b->work > YR_LIMIT_SET_WORK)
		return too_big(b, "positions looked at", YR_LIMIT_SET_WORK);
	if (!yr_table_reserve(&b->state_table))
		return no_memory(b);
	hash = yr_hash_numbers(set, n);
	for (i = hash; (id = yr_table_probe(&b->state_table, hash, &i)) != YR_NONE;) {
		*ret_state = id;
		if (b->member_at[id + 1] - b->member_at[id] == n &&
		    !memcmp(b->member + b->member_at[id], set, n * sizeof(*set)))
			return 0;
	}
	r = new_state(b, set, n, ret_state);
	if (!r)
		yr_table_put(&b->state_table, i, hash, *ret_state);
	return r;
}

/* The state that stands for @closure. */
static int state_of_closure(struct build *b, uint32_t closure, uint32_t *ret_state)
{
	const struct yr_closure *c = &b->p.closure[closure];
	int r = 0;

	if (b->state_of_closure[closure] == YR_NONE)
		r = intern_state(b, b->p.member + c->at, c->n, &b->state_of_closure[closure]);
	*ret_state = b->state_of_closure[closure];
	return r;
}

/* Add to scratch what @closure has and the set under work has not. */
static bool add_closure(struct build *b, uint32_t closure)
{
	const struct yr_closure *c = &b->p.closure[closure];

	if (!yr_grow(&b->scratch, &b->cap_scratch, (uint64_t)b->n_scratch + c->n,
		     sizeof(*b->scratch)))
		return false;
	b->work += c->n;
	for (uint32_t i = c->at; i < c->at + c->n; i++) {
		if (b->mark[b->p.member[i]] == b->stamp)
			continue;
		b->mark[b->p.member[i]] = b->stamp;
		b->scratch[b->n_scratch++] = b->p.member[i];
	}
	return true;
}

static void begin_set(struct build *b)
{
	b->n_scratch = 0;
	if (!++b->stamp) {
		memset(b->mark, 0, b->p.n_positions * sizeof(*b->mark));
		b->stamp = 1;
	}
}

/* ---- atoms ---- */

static uint32_t bytes_in(const struct build *b, const struct yr_columns *set)
{
	uint32_t n = 0;

	for (int c = 0; c < 256; c++)
		n += yr_columns_has(set, b->p.class_of[c]);
	return n;
}

/* Name each column's atom, told apart by one set after the other; returns how many there are. */
static uint32_t name_atoms(struct build *b, const uint32_t *sets, uint32_t n, uint32_t *name)
{
	uint32_t renamed[2 * YR_SYMBOLS], names = 1;

	memset(name, 0, b->p.byte_columns * sizeof(*name));
	for (uint32_t i = 0; i < n; i++) {
		names = 0;
		memset(renamed, 0xff, sizeof(renamed));
		for (uint32_t c = 0; c < b->p.byte_columns; c++) {
			uint32_t key = name[c] * 2 + yr_columns_has(&b->p.set_columns[sets[i]], c);

			if (renamed[key] == YR_NONE)
				renamed[key] = names++;
			name[c] = renamed[key];
		}
	}
	b->work += b->p.byte_columns * (uint64_t)n;
	return names;
}

/* How the sets in b->list cut the columns. */
static int new_cut(struct build *b, uint32_t n, struct cut *ret)
{
	uint32_t name[YR_SYMBOLS], most = 0;
	struct yr_columns *atom;

	*ret = (struct cut){ b->n_cut_sets, n, b->n_atoms, name_atoms(b, b->list, n, name), 0 };
	if (!yr_grow(&b->atom, &b->cap_atoms, (uint64_t)b->n_atoms + ret->n, sizeof(*atom)) ||
	    !yr_grow(&b->cut_sets, &b->cap_cut_sets, (uint64_t)b->n_cut_sets + n, sizeof(n)))
		return no_memory(b);
	memcpy(b->cut_sets + b->n_cut_sets, b->list, n * sizeof(n));
	b->n_cut_sets += n;
	atom = b->atom + b->n_atoms;
	b->n_atoms += ret->n;
	memset(atom, 0, ret->n * sizeof(*atom));
	for (uint32_t c = 0; c < b->p.byte_columns; c++)
		yr_columns_add(&atom[name[c]], c);
	for (uint32_t i = 0; i < ret->n; i++) {
		uint32_t bytes = bytes_in(b, &atom[i]);

		if (bytes > most) {
			most = bytes;
			ret->widest = i;
		}
	}
	return 0;
}

static void forget_cuts(struct build *b)
{
	yr_table_done(&b->cut_table);
	b->n_cuts = b->n_cut_sets = b->n_atoms = 0;
}

/* How the sets of the wide ways gathered cut the columns. */
static int find_cut(struct build *b, struct cut *ret)
{
	uint32_t n = b->n_wide, hash, i, id;
	int r;

	if (b->n_cuts >= CUTS_KEPT)
		forget_cuts(b);
	if (!yr_grow(&b->list, &b->cap_list, n, sizeof(*b->list)) ||
	    !yr_grow(&b->cut, &b->cap_cuts, b->n_cuts + UINT64_C(1), sizeof(*b->cut)) ||
	    !yr_table_reserve(&b->cut_table))
		return no_memory(b);
	for (i = 0; i < n; i++)
		b->list[i] = b->wide[i].by;
	yr_sort(b->list, n);
	n = yr_unique(b->list, n);
	hash = yr_hash_numbers(b->list, n);
	for (i = hash; (id = yr_table_probe(&b->cut_table, hash, &i)) != YR_NONE;) {
		*ret = b->cut[id];
		if (ret->n_sets == n && !memcmp(b->cut_sets + ret->sets_at, b->list, n * sizeof(n)))
			return 0;
	}
	r = new_cut(b, n, ret);
	if (r)
		return r;
	b->cut[b->n_cuts] = *ret;
	yr_table_put(&b->cut_table, i, hash, b->n_cuts++);
	return 0;
}

/* ---- rows ---- */

static int gather_one(struct build *b, uint32_t position)
{
	const struct yr_position *q = &b->p.position[position];
	uint32_t n = q[1].narrow_at - q->narrow_at, w = q[1].wide_at - q->wide_at;

	if (!yr_grow(&b->narrow, &b->cap_narrow, (uint64_t)b->n_narrow + n, sizeof(*b->narrow)) ||
	    !yr_grow(&b->wide, &b->cap_wide, (uint64_t)b->n_wide + w + 1, sizeof(*b->wide)))
		return no_memory(b);
	for (uint32_t i = 0; i < n; i++)
		b->narrow[b->n_narrow++] = b->p.narrow[q->narrow_at + i];
	for (uint32_t i = 0; i < w; i++)
		b->wide[b->n_wide++] = b->p.wide[q->wide_at + i];
	if (q->loop != YR_NONE)
		b->wide[b->n_wide++] = (struct yr_way){ q->loop, q->self };
	return 0;
}

static int gather(struct build *b, uint32_t state)
{
	int r = 0;

	b->n_narrow = b->n_wide = 0;
	for (uint32_t m = b->member_at[state]; m < b->member_at[state + 1] && !r; m++)
		r = gather_one(b, b->member[m]);
	b->work += b->n_narrow + b->n_wide;
	if (!r && b->work > YR_LIMIT_SET_WORK)
		r = too_big(b, "positions looked at", YR_LIMIT_SET_WORK);
	return r;
}

/* Chain what was gathered by column. */
static int chain_narrow(struct build *b)
{
	if (!yr_grow(&b->next, &b->cap_next, b->n_narrow, sizeof(*b->next)))
		return no_memory(b);
	b->touched = (struct yr_columns){ { 0 } };
	for (uint32_t i = 0; i < b->n_narrow; i++) {
		uint32_t c = b->narrow[i].by;

		b->next[i] = yr_columns_has(&b->touched, c) ? b->head[c] : YR_NONE;
		b->head[c] = i;
		yr_columns_add(&b->touched, c);
	}
	return 0;
}

static int add_row_edge(struct build *b, uint32_t column, uint32_t to)
{
	if (b->n_edges >= YR_LIMIT_EDGES)
		return too_big(b, "ways out of its states", YR_LIMIT_EDGES);
	if (!yr_grow(&b->edge, &b->cap_edges, b->n_edges + UINT64_C(1), sizeof(*b->edge)))
		return no_memory(b);
	b->edge[b->n_edges++] = (struct yr_edge){ column, to };
	return 0;
}

/* What wide edges lead to from columns of an atom of which @sample is one: into scratch. */
static int make_base(struct build *b, uint32_t sample)
{
	begin_set(b);
	b->work += b->n_wide;
	for (uint32_t i = 0; i < b->n_wide; i++)
		if (yr_columns_has(&b->p.set_columns[b->wide[i].by], sample) &&
		    !add_closure(b, b->wide[i].to))
			return no_memory(b);
	return 0;
}

static int base_state(struct build *b, uint32_t sample, uint32_t *ret_state)
{
	int r;

	if (b->n_wide == 1) {
		*ret_state = 0;
		return yr_columns_has(&b->p.set_columns[b->wide[0].by], sample)
			       ? state_of_closure(b, b->wide[0].to, ret_state)
			       : 0;
	}
	r = make_base(b, sample);
	if (r)
		return r;
	yr_sort(b->scratch, b->n_scratch);
	b->n_scratch = yr_plan_prune(&b->p, b->scratch, b->n_scratch);
	return intern_state(b, b->scratch, b->n_scratch, ret_state);
}

/* The state of @base's set with what the chain from @first leads to. */
static int unite(struct build *b, uint32_t base, uint32_t first, uint32_t *ret_state)
{
	uint32_t begin = b->member_at[base], n = b->member_at[base + 1] - begin, total;
	bool covered = b->has_cover[base];

	begin_set(b);
	for (uint32_t i = 0; i < n; i++)
		b->mark[b->member[begin + i]] = b->stamp;
	for (uint32_t i = first; i != YR_NONE; i = b->next[i]) {
		covered |= b->p.closure[b->narrow[i].to].has_cover;
		if (!add_closure(b, b->narrow[i].to))
			return no_memory(b);
	}
	yr_sort(b->scratch, b->n_scratch);
	total = n + b->n_scratch;
	b->work += total;
	if (!yr_grow(&b->merged, &b->cap_merged, total, sizeof(*b->merged)))
		return no_memory(b);
	for (uint32_t at = 0, i = 0, k = 0; at < total; at++) {
		bool old = k == b->n_scratch || (i < n && b->member[begin + i] < b->scratch[k]);

		b->merged[at] = old ? b->member[begin + i++] : b->scratch[k++];
	}
	if (covered)
		total = yr_plan_prune(&b->p, b->merged, total);
	return intern_state(b, b->merged, total, ret_state);
}

/* Where the chain from @first leads to on top of @base. */
static int add_to_base(struct build *b, uint32_t base, uint32_t first, uint32_t *ret_state)
{
	uint32_t closure = b->narrow[first].to;
	struct recent *recent;
	int r;

	if (b->next[first] != YR_NONE)
		return unite(b, base, first, ret_state);
	if (!base)
		return state_of_closure(b, closure, ret_state);
	recent = &b->recent[yr_mix((uint64_t)base << 32 | closure) & (RECENT - 1)];
	if (recent->state != base || recent->closure != closure) {
		r = unite(b, base, first, ret_state);
		if (r)
			return r;
		*recent = (struct recent){ base, closure, *ret_state };
	}
	*ret_state = recent->to;
	return 0;
}

/* A state of one position without wide ways: its row is the position's own list. */
static int simple_row(struct build *b, const struct yr_position *q)
{
	uint32_t to;
	int r = 0;

	for (uint32_t i = q->narrow_at; i < q[1].narrow_at && !r; i++) {
		r = state_of_closure(b, b->p.narrow[i].to, &to);
		if (!r)
			r = add_row_edge(b, b->p.narrow[i].by, to);
	}
	return r;
}

/* A column of @rest, taken out of it; YR_NONE: it is empty. */
static uint32_t take_column(struct yr_columns *rest)
{
	uint32_t c = yr_columns_first(rest);

	if (c != YR_NONE)
		rest->w[c >> 6] &= rest->w[c >> 6] - 1;
	return c;
}

/* The bases of a new layer's atoms, its default, and what does not lead there. */
static int make_bases(struct build *b, const struct cut *cut, struct layer *layer)
{
	uint32_t *base, c, state[YR_SYMBOLS];
	int r = 0;

	layer->base_at = b->n_layer_bases;
	if (!yr_grow(&b->layer_bases, &b->cap_layer_bases,
		     (uint64_t)b->n_layer_bases + b->p.byte_columns, sizeof(*base)))
		return no_memory(b);
	base = b->layer_bases + layer->base_at;
	b->n_layer_bases += b->p.byte_columns;
	for (uint32_t a = 0; a < cut->n && !r; a++)
		r = base_state(b, yr_columns_first(&b->atom[cut->atoms_at + a]), &state[a]);
	layer->others = (struct yr_columns){ { 0 } };
	for (uint32_t a = 0; a < cut->n && !r; a++) {
		struct yr_columns rest = b->atom[cut->atoms_at + a];

		for (int w = 0; w < (int)YR_COLUMN_WORDS && state[a] != state[cut->widest]; w++)
			layer->others.w[w] |= rest.w[w];
		while ((c = take_column(&rest)) != YR_NONE)
			base[c] = state[a];
	}
	if (!r)
		layer->def = state[cut->widest];
	return r;
}

static int new_layer(struct build *b, struct layer *layer)
{
	uint32_t n = b->n_wide;
	struct cut cut;
	int r;

	if (!yr_grow(&b->layer_ways, &b->cap_layer_ways, (uint64_t)b->n_layer_ways + n,
		     sizeof(*b->layer_ways)))
		return no_memory(b);
	memcpy(b->layer_ways + b->n_layer_ways, b->wide, n * sizeof(*b->wide));
	layer->ways_at = b->n_layer_ways;
	layer->n = n;
	b->n_layer_ways += n;
	r = find_cut(b, &cut);
	return r ? r : make_bases(b, &cut, layer);
}

static void forget_layers(struct build *b)
{
	yr_table_done(&b->layer_table);
	b->n_layers = b->n_layer_ways = b->n_layer_bases = 0;
}

/* The layer that the wide ways gathered make. */
static int find_layer(struct build *b, struct layer *ret)
{
	uint32_t hash = yr_hash_numbers(&b->wide->by, b->n_wide * 2), i, id;
	int r;

	if (b->n_layers >= LAYERS_KEPT)
		forget_layers(b);
	if (!yr_table_reserve(&b->layer_table) ||
	    !yr_grow(&b->layer, &b->cap_layers, b->n_layers + UINT64_C(1), sizeof(*b->layer)))
		return no_memory(b);
	for (i = hash; (id = yr_table_probe(&b->layer_table, hash, &i)) != YR_NONE;) {
		*ret = b->layer[id];
		if (ret->n == b->n_wide &&
		    !memcmp(b->layer_ways + ret->ways_at, b->wide, ret->n * sizeof(*b->wide)))
			return 0;
	}
	r = new_layer(b, ret);
	if (r)
		return r;
	b->layer[b->n_layers] = *ret;
	yr_table_put(&b->layer_table, i, hash, b->n_layers++);
	return 0;
}

static int wide_row(struct build *b, uint32_t state)
{
	struct layer layer = { 0 };
	uint32_t c, to;
	int r = b->n_wide ? find_layer(b, &layer) : 0;

	if (r || (r = chain_narrow(b)))
		return r;
	b->def[state] = layer.def;
	for (uint32_t w = 0; w < YR_COLUMN_WORDS; w++)
		layer.others.w[w] |= b->touched.w[w];
	while (!r && (c = take_column(&layer.others)) != YR_NONE) {
		to = 0;
		if (b->n_wide && c < b->p.byte_columns)
			to = b->layer_bases[layer.base_at + c];
		if (yr_columns_has(&b->touched, c))
			r = add_to_base(b, to, b->head[c], &to);
		if (!r && to != (c < b->p.byte_columns ? layer.def : 0))
			r = add_row_edge(b, c, to);
	}
	return r;
}

static int make_row(struct build *b, uint32_t state)
{
	uint32_t begin = b->member_at[state], n = b->member_at[state + 1] - begin;
	const struct yr_position *q = n ? &b->p.position[b->member[begin]] : NULL;
	int r;

	if (!yr_grow(&b->def, &b->cap_def, state + UINT64_C(1), sizeof(*b->def)) ||
	    !yr_grow(&b->first, &b->cap_first, state + UINT64_C(2), sizeof(*b->first)) ||
	    !yr_grow(&b->accept, &b->cap_accept, state + UINT64_C(1), sizeof(*b->accept)))
		return no_memory(b);
	b->def[state] = 0;
	b->first[state] = b->n_edges;
	b->accept[state] = 0;
	r = n ? accept_value(b, b->member + begin, n, &b->accept[state]) : 0;
	if (r)
		return r;
	if (n == 1 && q->loop == YR_NONE && q->wide_at == q[1].wide_at)
		return simple_row(b, q);
	r = gather(b, state);
	return r ? r : wide_row(b, state);
}

static int make_states(struct build *b)
{
	const struct yr_closure *start = &b->p.closure[b->p.start];
	uint32_t state;
	int r = new_state(b, NULL, 0, &state);

	if (!r && start->n)
		r = state_of_closure(b, b->p.start, &state);
	else if (!r)
		r = new_state(b, NULL, 0, &state);
	for (uint32_t s = 0; s < b->states && !r; s++)
		r = make_row(b, s);
	return r;
}

static int prepare(struct build *b)
{
	const struct yr_plan *p = &b->p;

	b->state_of_closure = malloc(p->n_closures * sizeof(*b->state_of_closure));
	b->state_of_one = malloc((p->n_positions + (size_t)1) * sizeof(*b->state_of_one));
	b->mark = calloc(p->n_positions + (size_t)1, sizeof(*b->mark));
	b->recent = calloc(RECENT, sizeof(*b->recent));
	b->value_of_set = calloc(p->n_tag_sets, sizeof(*b->value_of_set));
	b->value_known = calloc(p->n_tag_sets, sizeof(*b->value_known));
	if (!b->state_of_closure || !b->state_of_one || !b->mark || !b->recent ||
	    !b->value_of_set || !b->value_known)
		return no_memory(b);
	memset(b->state_of_closure, 0xff, p->n_closures * sizeof(*b->state_of_closure));
	memset(b->state_of_one, 0xff, p->n_positions * sizeof(*b->state_of_one));
	return 0;
}

static int hand_over(struct build *b, struct yr_dfa **ret_dfa)
{
	struct yr_dfa *d = calloc(1, sizeof(*d));

	/* An automaton without an edge has the array all the same: others point into it. */
	if (!d || (!b->edge && !(b->edge = calloc(1, sizeof(*b->edge))))) {
		free(d);
		return no_memory(b);
	}
	b->first[b->states] = b->n_edges;
	d->states = b->states;
	d->columns = b->p.columns;
	d->has_oob = b->p.has_oob;
	memcpy(d->class_of, b->p.class_of, sizeof(d->class_of));
	d->def = yr_take_ptr(&b->def);
	d->first = yr_take_ptr(&b->first);
	d->edges = yr_take_ptr(&b->edge);
	d->accept = yr_take_ptr(&b->accept);
	*ret_dfa = d;
	return 0;
}

static void done(struct build *b)
{
	yr_plan_done(&b->p);
	free(b->state_of_closure);
	free(b->state_of_one);
	free(b->member);
	free(b->member_at);
	free(b->has_cover);
	yr_table_done(&b->state_table);
	free(b->def);
	free(b->first);
	free(b->edge);
	free(b->recent);
	free(b->mark);
	free(b->scratch);
	free(b->merged);
	free(b->narrow);
	free(b->wide);
	free(b->next);
	free(b->cut);
	yr_table_done(&b->cut_table);
	free(b->cut_sets);
	free(b->atom);
	free(b->layer);
	yr_table_done(&b->layer_table);
	free(b->layer_ways);
	free(b->layer_bases);
	free(b->list);
	free(b->accept);
	free(b->folded);
	free(b->tag);
	yr_table_done(&b->folded_table);
	free(b->value_of_set);
	free(b->value_known);
}

int yr_dfa_build(const struct yr_nfa *n, yr_fold_fn *fold, void *ctx, struct yr_dfa **ret_dfa,
		 struct yr_err *err)
{
	struct build b = { .err = err, .fold = fold, .fold_ctx = ctx };
	int r;

	if (n->failed == -E2BIG)
		return too_big(&b, "nodes in its patterns", YR_LIMIT_NODES);
	if (n->failed)
		return no_memory(&b);
	r = yr_plan_make(&b.p, n, err);
	if (!r)
		r = prepare(&b);
	if (!r)
		r = make_states(&b);
	if (!r)
		r = hand_over(&b, ret_dfa);
	done(&b);
	return r;
}
