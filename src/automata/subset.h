/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of the subset construction know of each other: sets.c has the states and
 * what they stand for, layers.c what rows have in common, accept.c the accept values,
 * subset.c the rows.
 *
 * A state is a set of positions (plan.h): its core, those that lead on by a whole set of bytes
 * ('*', '?', classes) or by many single ones, and the others. Few cores come with many others:
 * what walks through a literal next to a star keeps the star. So cores are numbered, and what a
 * core alone makes of a row is found once for all its states.
 */
#ifndef YR_AUTOMATA_SUBSET_H
#define YR_AUTOMATA_SUBSET_H

#include "automata/plan.h"
#include "base/limits.h"

struct yr_core {
	uint32_t at, n;      /* into core_member, ascending */
	uint32_t alone;      /* the state that has nothing else; YR_NONE: there is none yet */
	uint32_t tags;       /* the set of tags of its members; YR_NONE: they have several */
	uint32_t cover_bits; /* of the covers among them, as in fits */
	bool valued;         /* what it accepts by itself is known: value */
	uint32_t value;
	uint64_t covers;     /* tags that these give */
	uint32_t layer, age; /* what its rows begin with, if the age is still that of layers */
};

struct yr_state {
	uint32_t core, at; /* at: into other; they end where those of the next state begin */
};

/* One way of cutting the columns into atoms: by which of certain sets they are in. */
struct yr_cut {
	uint32_t sets_at, n_sets; /* which sets, in cut_sets */
	uint32_t atoms_at, n;     /* into atom */
	uint32_t names_at;        /* into atom_name: which atom a byte column is in */
	uint32_t widest;
};

/* What a row has by its core. */
struct yr_layer_edge {
	uint32_t column;
	uint32_t to;    /* of the core alone; YR_NONE: not known yet */
	uint32_t first; /* ways of the core by this column alone, in layer_way; YR_NONE: none */
};
struct yr_layer {
	uint32_t names_at, bases_at; /* base of a column: layer_base[bases_at + its atom] */
	uint32_t def;
	uint32_t edges_at, n; /* columns that are not as def, ascending */
};

struct yr_layer_way {
	uint32_t to, next; /* next: YR_NONE ends */
};

struct yr_list {
	uint32_t *v, n, cap;
};

struct yr_subset {
	struct yr_plan p;
	struct yr_err *err;
	uint64_t work;

	/* States, and rows as they are made. */
	struct yr_state *state; /* [states + 1] */
	uint32_t *def, *first, *accept;
	uint32_t states, cap_state, cap_def, cap_first, cap_accept;
	struct yr_edge *edge;
	uint32_t n_edges, cap_edges;

	/* Their sets. */
	struct yr_core *core; /* [0] is the empty one */
	uint32_t n_cores, cap_cores;
	uint32_t *core_member, n_core_members, cap_core_members;
	uint32_t *other, n_others, cap_others;
	struct yr_table core_table, state_table;
	uint32_t *state_of_closure;

	/* The union under work: of a state's set and what was added. */
	uint32_t *mark, stamp; /* per position: was added */
	struct yr_list new_core, new_others, merged;
	bool new_covers;

	/* The row under work: ways by single columns, chained by column. */
	uint32_t *next, head[YR_SYMBOLS]; /* indexes of plan's narrow ways */
	struct yr_columns touched;
	uint32_t n_touched;

	/* Cuts and layers that are kept. */
	uint32_t age; /* layers of other ages are gone */
	struct yr_cut *cut;
	uint32_t n_cuts, cap_cuts;
	struct yr_table cut_table;
	uint32_t *cut_sets, n_cut_sets, cap_cut_sets;
	struct yr_columns *atom;
	uint32_t n_atoms, cap_atoms;
	uint8_t *atom_name;
	uint32_t n_atom_names, cap_atom_names;
	struct yr_layer *layer;
	uint32_t n_layers, cap_layers;
	uint32_t *layer_base, n_layer_bases, cap_layer_bases;
	struct yr_layer_edge *layer_edge;
	uint32_t n_layer_edges, cap_layer_edges;
	struct yr_layer_way *layer_way;
	uint32_t n_layer_ways, cap_layer_ways;
	struct yr_way *wide; /* of the core under work */
	uint32_t n_wide, cap_wide;
	bool bare; /* wide has one way for each member: back to that alone */
	struct yr_list list;
	uint32_t width[YR_SYMBOLS]; /* how many bytes a column has */

	/* Accept values. */
	yr_fold_fn *fold;
	void *fold_ctx;
	struct yr_folded {
		uint32_t at, n, value;
	} * folded;
	uint32_t n_folded, cap_folded;
	uint32_t *tag, n_tags, cap_tags;
	struct yr_table folded_table;
	uint32_t *value_of_set; /* per tag set of the plan, where known */
	bool *value_known;
};

int yr_subset_no_memory(struct yr_subset *b);
int yr_subset_too_big(struct yr_subset *b, const char *what, uint64_t limit);
/* After each addition to b->work. */
static inline bool yr_subset_weary(const struct yr_subset *b)
{
	return b->work > YR_LIMIT_SET_WORK;
}
int yr_subset_give_up(struct yr_subset *b);

/* A column of @rest, taken out of it; YR_NONE: it is empty. */
static inline uint32_t yr_columns_take(struct yr_columns *rest)
{
	uint32_t c = yr_columns_first(rest);

	if (c != YR_NONE)
		rest->w[c >> 6] &= rest->w[c >> 6] - 1;
	return c;
}

/* Room for @n numbers more. */
static inline bool yr_list_reserve(struct yr_list *l, uint64_t n)
{
	return yr_grow(&l->v, &l->cap, l->n + n, sizeof(*l->v));
}

/* ---- sets.c ---- */

int yr_sets_prepare(struct yr_subset *b);
void yr_sets_done(struct yr_subset *b);
/* Another state of the empty set, besides state 0. */
int yr_sets_new_empty(struct yr_subset *b);
/* The state that stands for @closure. */
int yr_sets_new_of_closure(struct yr_subset *b, uint32_t closure, uint32_t *ret_state);
static inline int yr_sets_of_closure(struct yr_subset *b, uint32_t closure, uint32_t *ret_state)
{
	*ret_state = b->state_of_closure[closure];
	return *ret_state == YR_NONE ? yr_sets_new_of_closure(b, closure, ret_state) : 0;
}
/* The state of @base's set and @closure. */
int yr_sets_join(struct yr_subset *b, uint32_t base, uint32_t closure, uint32_t *ret_state);
static inline int yr_sets_with(struct yr_subset *b, uint32_t base, uint32_t closure,
			       uint32_t *ret_state)
{
	return base ? yr_sets_join(b, base, closure, ret_state)
		    : yr_sets_of_closure(b, closure, ret_state);
}
/* The same of two closures that are of a single position each, which are in no core. */
int yr_sets_join_two(struct yr_subset *b, uint32_t base, uint32_t one, uint32_t two,
		     uint32_t *ret_state);
/* The state of nothing but @core. */
int yr_sets_alone(struct yr_subset *b, uint32_t core, uint32_t *ret_state);
/* The state of nothing but a sorted set of positions that belong in a core, and need no pruning. */
int yr_sets_of_core(struct yr_subset *b, const uint32_t *set, uint32_t n, uint32_t *ret_state);
/* The same of several: begin, add each closure, unite with the set of @base. */
void yr_sets_begin(struct yr_subset *b);
int yr_sets_add(struct yr_subset *b, uint32_t closure);
int yr_sets_unite(struct yr_subset *b, uint32_t base, uint32_t *ret_state);

/* ---- layers.c ---- */

/* What rows with @core begin with. *ret_layer stands until the next call. */
int yr_layers_make(struct yr_subset *b, uint32_t core);
static inline int yr_layers_find(struct yr_subset *b, uint32_t core,
				 const struct yr_layer **ret_layer)
{
	int r = b->core[core].age == b->age ? 0 : yr_layers_make(b, core);

	*ret_layer = b->layer + b->core[core].layer;
	return r;
}
/* What wide ways lead to by @column. */
static inline uint32_t yr_layers_base(const struct yr_subset *b, const struct yr_layer *l,
				      uint32_t column)
{
	if (column >= b->p.byte_columns)
		return 0;
	return b->layer_base[l->bases_at + b->atom_name[l->names_at + column]];
}
void yr_layers_prepare(struct yr_subset *b);
void yr_layers_done(struct yr_subset *b);

/* ---- accept.c ---- */

int yr_accept_prepare(struct yr_subset *b);
/* What a set of tags of the plan accepts. */
int yr_accept_set(struct yr_subset *b, uint32_t set, uint32_t *ret_value);
/* What @core alone accepts; what @state accepts, with what its others do. */
int yr_accept_core(struct yr_subset *b, struct yr_core *core);
int yr_accept_all(struct yr_subset *b, uint32_t state, uint32_t *ret_value);
/* What @state accepts: mostly what its core does. */
static inline int yr_accept_state(struct yr_subset *b, uint32_t state, uint32_t *ret_value)
{
	const struct yr_state *s = &b->state[state];
	struct yr_core *core = &b->core[s->core];
	int r;

	for (uint32_t i = s->at; i < s[1].at; i++)
		if (b->p.position[b->other[i]].tags)
			return yr_accept_all(b, state, ret_value);
	r = core->valued ? 0 : yr_accept_core(b, core);
	*ret_value = core->value;
	return r;
}
void yr_accept_done(struct yr_subset *b);

#endif
