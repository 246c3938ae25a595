/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The subset construction (subset.h). A state's row begins with what its core has in common
 * with others (layers.c); to that, ways of the other positions add column by column.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/subset.h"
#include "base/cleanup.h"

int yr_subset_no_memory(struct yr_subset *b)
{
	return yr_err_set(b->err, ENOMEM, "out of memory");
}

int yr_subset_too_big(struct yr_subset *b, const char *what, uint64_t limit)
{
	return yr_err_set(b->err, E2BIG, "the rules make an automaton of more than %llu %s",
			  (unsigned long long)limit, what);
}

int yr_subset_give_up(struct yr_subset *b)
{
	return yr_subset_too_big(b, "positions looked at", YR_LIMIT_SET_WORK);
}

/* A state of one position that is in no core: its row is the position's own list. */
static int simple_row(struct yr_subset *b, uint32_t state, const struct yr_position *q)
{
	int r = q->tags ? yr_accept_set(b, q->tags, &b->accept[state]) : 0;

	for (uint32_t i = q->narrow_at; i < q[1].narrow_at && !r; i++) {
		struct yr_edge *edge = &b->edge[b->n_edges++];

		edge->column = b->p.narrow[i].by;
		r = yr_sets_of_closure(b, b->p.narrow[i].to, &edge->to);
	}
	return r;
}

/* An edge of a row that has a layer. Room for it was made for the whole row. */
static void put_edge(struct yr_subset *b, const struct yr_layer *layer, uint32_t column,
		     uint32_t to)
{
	if (to != (column < b->p.byte_columns ? layer->def : 0))
		b->edge[b->n_edges++] = (struct yr_edge){ column, to };
}

/* Chain the ways of @state's positions outside of its core by column. */
static int chain_others(struct yr_subset *b, uint32_t state)
{
	b->touched = (struct yr_columns){ { 0 } };
	b->n_touched = 0;
	for (uint32_t m = b->state[state].at; m < b->state[state + 1].at; m++) {
		const struct yr_position *q = &b->p.position[b->other[m]];

		b->work += 1 + q[1].narrow_at - q->narrow_at;
		for (uint32_t i = q->narrow_at; i < q[1].narrow_at; i++) {
			uint32_t c = b->p.narrow[i].by;

			b->next[i] = YR_NONE;
			if (yr_columns_has(&b->touched, c))
				b->next[i] = b->head[c];
			else
				b->n_touched++;
			b->head[c] = i;
			yr_columns_add(&b->touched, c);
		}
	}
	return yr_subset_weary(b) ? yr_subset_give_up(b) : 0;
}

/* Do both of two ways lead to a position that is in no core? */
static bool are_others(const struct yr_subset *b, uint32_t one, uint32_t two)
{
	return b->p.closure[b->p.narrow[one].to].other != YR_NONE &&
	       b->p.closure[b->p.narrow[two].to].other != YR_NONE;
}

/* Where the chains from @other and from @own, of the core, lead to on top of @base. */
static int unite(struct yr_subset *b, uint32_t base, uint32_t other, uint32_t own,
		 uint32_t *ret_state)
{
	int r = 0;

	yr_sets_begin(b);
	for (uint32_t i = other; i != YR_NONE && !r; i = b->next[i])
		r = yr_sets_add(b, b->p.narrow[i].to);
	for (uint32_t i = own; i != YR_NONE && !r; i = b->layer_way[i].next)
		r = yr_sets_add(b, b->layer_way[i].to);
	return r ? r : yr_sets_unite(b, base, ret_state);
}

/* The edge by @column that the others of a state touch; @own: the core's there, or NULL. */
static int touched_edge(struct yr_subset *b, const struct yr_layer *layer, uint32_t column,
			const struct yr_layer_edge *own, uint32_t *ret_state)
{
	uint32_t base = yr_layers_base(b, layer, column), other = b->head[column];
	uint32_t chain = own ? own->first : YR_NONE, two;

	if (chain != YR_NONE && own->to != YR_NONE) {
		base = own->to;
		chain = YR_NONE;
	}
	two = b->next[other];
	if (chain == YR_NONE && two == YR_NONE)
		return yr_sets_with(b, base, b->p.narrow[other].to, ret_state);
	if (chain == YR_NONE && b->next[two] == YR_NONE && are_others(b, other, two))
		return yr_sets_join_two(b, base, b->p.narrow[other].to, b->p.narrow[two].to,
					ret_state);
	return unite(b, base, other, chain, ret_state);
}

/* Find where an edge of the core leads to. */
static int make_own(struct yr_subset *b, const struct yr_layer *layer, struct yr_layer_edge *edge)
{
	uint32_t base = yr_layers_base(b, layer, edge->column), own = edge->first;

	return b->layer_way[own].next == YR_NONE
		       ? yr_sets_with(b, base, b->layer_way[own].to, &edge->to)
		       : unite(b, base, YR_NONE, own, &edge->to);
}

/* Edges of the core from *own on by columns before @column, which the others do not touch. */
static int own_edges(struct yr_subset *b, const struct yr_layer *layer, struct yr_layer_edge **own,
		     uint32_t column)
{
	struct yr_layer_edge *e = *own, *end = b->layer_edge + layer->edges_at + layer->n;
	int r = 0;

	for (; e < end && e->column < column && !r; e++) {
		if (e->to == YR_NONE)
			r = make_own(b, layer, e);
		put_edge(b, layer, e->column, e->to);
	}
	*own = e;
	return r;
}

/* Both by ascending column: what others touch, and what the core has. */
static int merge_row(struct yr_subset *b, const struct yr_layer *layer)
{
	struct yr_layer_edge *own = b->layer_edge + layer->edges_at, *end = own + layer->n;
	uint32_t to;

	for (uint32_t i = 0; i < b->n_touched; i++) {
		uint32_t c = yr_columns_take(&b->touched);
		int r = own < end && own->column < c ? own_edges(b, layer, &own, c) : 0;

		if (!r && own < end && own->column == c)
			r = touched_edge(b, layer, c, own++, &to);
		else if (!r)
			r = touched_edge(b, layer, c, NULL, &to);
		if (r)
			return r;
		put_edge(b, layer, c, to);
	}
	return own < end ? own_edges(b, layer, &own, YR_NONE) : 0;
}

/* merge_row() for a single other that is plain: what leads through a literal next to a star. */
static int plain_row(struct yr_subset *b, const struct yr_layer *layer, uint32_t way)
{
	struct yr_layer_edge *own = b->layer_edge + layer->edges_at, *end = own + layer->n;
	uint32_t c = b->p.narrow[way].by, to;
	int r = own < end && own->column < c ? own_edges(b, layer, &own, c) : 0;

	if (r)
		return r;
	if (own < end && own->column == c) {
		b->head[c] = way;
		b->next[way] = YR_NONE;
		r = touched_edge(b, layer, c, own++, &to);
	} else {
		r = yr_sets_with(b, yr_layers_base(b, layer, c), b->p.narrow[way].to, &to);
	}
	if (r)
		return r;
	put_edge(b, layer, c, to);
	return own < end ? own_edges(b, layer, &own, YR_NONE) : 0;
}

static int layered_row(struct yr_subset *b, uint32_t state)
{
	const struct yr_layer *layer;
	const struct yr_state *s;
	int r = yr_layers_find(b, b->state[state].core, &layer);

	if (!r)
		r = yr_accept_state(b, state, &b->accept[state]);
	if (r)
		return r;
	s = &b->state[state];
	b->def[state] = layer->def;
	if (s[1].at - s->at == 1) {
		const struct yr_position *q = &b->p.position[b->other[s->at]];

		if (q->plain)
			return plain_row(b, layer, q->narrow_at);
	}
	r = chain_others(b, state);
	return r ? r : merge_row(b, layer);
}

static int make_row(struct yr_subset *b, uint32_t state)
{
	const struct yr_state *s = &b->state[state];

	b->def[state] = 0;
	b->first[state] = b->n_edges;
	b->accept[state] = 0;
	if (!yr_grow(&b->edge, &b->cap_edges, (uint64_t)b->n_edges + b->p.columns,
		     sizeof(*b->edge)))
		return yr_subset_no_memory(b);
	if (!s->core && s[1].at - s->at == 1)
		return simple_row(b, state, &b->p.position[b->other[s->at]]);
	return layered_row(b, state);
}

static int check_size(struct yr_subset *b)
{
	if (b->states > YR_LIMIT_STATES)
		return yr_subset_too_big(b, "states", YR_LIMIT_STATES);
	if (b->n_edges > YR_LIMIT_EDGES)
		return yr_subset_too_big(b, "ways out of its states", YR_LIMIT_EDGES);
	return 0;
}

static int make_states(struct yr_subset *b)
{
	uint32_t start;
	int r = yr_sets_of_closure(b, b->p.start, &start);

	/* Whatever happens, state 1 is where matching starts. */
	if (!r && !start)
		r = yr_sets_new_empty(b);
	for (uint32_t s = 0; s < b->states && !r; s++) {
		r = make_row(b, s);
		if (!r)
			r = check_size(b);
	}
	return r;
}

static int prepare(struct yr_subset *b)
{
	int r = yr_sets_prepare(b);

	yr_layers_prepare(b);
	b->next = malloc((b->p.n_narrow + (size_t)1) * sizeof(*b->next));
	/* The usual number of edges. */
	if (!r && (!b->next || !yr_grow(&b->edge, &b->cap_edges, b->p.n_narrow * UINT64_C(2),
					sizeof(*b->edge))))
		r = yr_subset_no_memory(b);
	return r ? r : yr_accept_prepare(b);
}

static int hand_over(struct yr_subset *b, struct yr_dfa **ret_dfa)
{
	struct yr_dfa *d = calloc(1, sizeof(*d));

	if (!d)
		return yr_subset_no_memory(b);
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

static void done(struct yr_subset *b)
{
	yr_plan_done(&b->p);
	yr_sets_done(b);
	yr_layers_done(b);
	yr_accept_done(b);
	free(b->def);
	free(b->first);
	free(b->edge);
	free(b->accept);
	free(b->next);
}

int yr_dfa_build(const struct yr_nfa *n, yr_fold_fn *fold, void *ctx, struct yr_dfa **ret_dfa,
		 struct yr_err *err)
{
	struct yr_subset b = { .err = err, .fold = fold, .fold_ctx = ctx };
	int r;

	if (n->failed == -E2BIG)
		return yr_subset_too_big(&b, "nodes in its patterns", YR_LIMIT_NODES);
	if (n->failed)
		return yr_subset_no_memory(&b);
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
