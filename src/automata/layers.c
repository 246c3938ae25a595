/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all rows with one core begin with (subset.h). The sets of its wide ways cut the columns
 * into atoms, few per core and the same for most, so cuts are kept. Each atom has a base, the
 * union of what its wide ways lead to; the atom with most bytes becomes the default of the rows.
 * The core's ways by single columns add to the base of their column's atom: what they make is
 * found when the first row asks for it, as a row may have ways of others there and not want it.
 */
#include <string.h>

#include "automata/subset.h"

/* Ways of cutting the columns that are kept. Real rules have some twenty. */
#define CUTS_KEPT 1024
/* Edges, ways and bases of layers that are kept: 8 bytes each or a little more. */
#define LAYER_PARTS_KEPT (1u << 20)

/* ---- atoms ---- */

/* Name each column's atom, told apart by one set after the other; returns how many there are. */
static uint32_t name_atoms(struct yr_subset *b, const uint32_t *sets, uint32_t n, uint8_t *name)
{
	uint32_t renamed[2 * YR_SYMBOLS], names = 1;

	memset(name, 0, b->p.byte_columns * sizeof(*name));
	for (uint32_t i = 0; i < n; i++) {
		const struct yr_columns *set = &b->p.set_columns[sets[i]];

		memset(renamed, 0xff, 2 * names * sizeof(*renamed));
		names = 0;
		for (uint32_t c = 0; c < b->p.byte_columns; c++) {
			uint32_t key = name[c] * 2 + yr_columns_has(set, c);

			if (renamed[key] == YR_NONE)
				renamed[key] = names++;
			name[c] = renamed[key];
		}
	}
	b->work += b->p.byte_columns * (uint64_t)n;
	return names;
}

/* The first of @n atoms with most bytes. */
static uint32_t widest_atom(const struct yr_subset *b, const uint8_t *name, uint32_t n)
{
	uint32_t bytes[YR_SYMBOLS], widest = 0;

	memset(bytes, 0, n * sizeof(*bytes));
	for (uint32_t c = 0; c < b->p.byte_columns; c++)
		bytes[name[c]] += b->width[c];
	for (uint32_t a = 1; a < n; a++)
		if (bytes[a] > bytes[widest])
			widest = a;
	return widest;
}

/* How the sets in b->list cut the columns. */
static int new_cut(struct yr_subset *b, struct yr_cut *ret)
{
	uint32_t n = b->list.n, columns = b->p.byte_columns;
	struct yr_columns *atom;
	uint8_t *name;

	if (!yr_grow(&b->cut_sets, &b->cap_cut_sets, b->n_cut_sets + UINT64_C(1) + n, sizeof(n)) ||
	    !yr_grow(&b->atom, &b->cap_atoms, (uint64_t)b->n_atoms + columns, sizeof(*atom)) ||
	    !yr_grow(&b->atom_name, &b->cap_atom_names, (uint64_t)b->n_atom_names + columns,
		     sizeof(*name)))
		return yr_subset_no_memory(b);
	name = b->atom_name + b->n_atom_names;
	*ret = (struct yr_cut){ b->n_cut_sets,   n, b->n_atoms, name_atoms(b, b->list.v, n, name),
				b->n_atom_names, 0 };
	for (uint32_t i = 0; i < n; i++)
		b->cut_sets[b->n_cut_sets++] = b->list.v[i];
	atom = b->atom + b->n_atoms;
	b->n_atoms += ret->n;
	b->n_atom_names += columns;
	memset(atom, 0, ret->n * sizeof(*atom));
	for (uint32_t c = 0; c < columns; c++)
		yr_columns_add(&atom[name[c]], c);
	ret->widest = widest_atom(b, name, ret->n);
	return 0;
}

/* How the sets of the wide ways gathered cut the columns. */
static int find_cut(struct yr_subset *b, struct yr_cut *ret)
{
	uint32_t hash, i, id;
	int r;

	b->list.n = 0;
	if (!yr_list_reserve(&b->list, b->n_wide) ||
	    !yr_grow(&b->cut, &b->cap_cuts, b->n_cuts + UINT64_C(1), sizeof(*b->cut)) ||
	    !yr_table_reserve(&b->cut_table))
		return yr_subset_no_memory(b);
	for (i = 0; i < b->n_wide; i++)
		b->list.v[b->list.n++] = b->wide[i].by;
	if (b->list.n > 1) {
		yr_sort(b->list.v, b->list.n);
		b->list.n = yr_unique(b->list.v, b->list.n);
	}
	hash = yr_hash_numbers(b->list.v, b->list.n);
	for (i = hash; (id = yr_table_probe(&b->cut_table, hash, &i)) != YR_NONE;) {
		*ret = b->cut[id];
		if (ret->n_sets == b->list.n &&
		    (!ret->n_sets || !memcmp(b->cut_sets + ret->sets_at, b->list.v,
					     ret->n_sets * sizeof(*b->cut_sets))))
			return 0;
	}
	r = new_cut(b, ret);
	if (r)
		return r;
	b->cut[b->n_cuts] = *ret;
	yr_table_put(&b->cut_table, i, hash, b->n_cuts++);
	return 0;
}

/* ---- bases ---- */

/* base_state() where all members but lead back to themselves: those that do by @sample. */
static int bare_base(struct yr_subset *b, uint32_t core, uint32_t sample, uint32_t *ret_state)
{
	const uint32_t *member = b->core_member + b->core[core].at;
	uint32_t n = 0;

	for (uint32_t i = 0; i < b->n_wide; i++)
		if (yr_columns_has(&b->p.set_columns[b->wide[i].by], sample))
			b->list.v[n++] = member[i];
	return n == b->n_wide ? yr_sets_alone(b, core, ret_state)
			      : yr_sets_of_core(b, b->list.v, n, ret_state);
}

/* What wide ways lead to from columns of an atom of which @sample is one. */
static int base_state(struct yr_subset *b, uint32_t sample, uint32_t *ret_state)
{
	uint32_t last = YR_NONE, found = 0;
	int r = 0;

	b->work += b->n_wide;
	for (uint32_t i = 0; i < b->n_wide && !r; i++) {
		if (!yr_columns_has(&b->p.set_columns[b->wide[i].by], sample))
			continue;
		if (found == 1) {
			yr_sets_begin(b);
			r = yr_sets_add(b, last);
		}
		last = b->wide[i].to;
		if (found++ && !r)
			r = yr_sets_add(b, last);
	}
	*ret_state = 0;
	if (r || !found)
		return r;
	return found == 1 ? yr_sets_of_closure(b, last, ret_state) : yr_sets_unite(b, 0, ret_state);
}

/* The bases of a new layer's atoms, its default, and in @others the columns not led there. */
static int make_bases(struct yr_subset *b, uint32_t core, struct yr_layer *layer,
		      struct yr_columns *others)
{
	struct yr_cut cut = { 0 };
	uint32_t *base;
	int r = find_cut(b, &cut);

	if (r)
		return r;
	if (!yr_grow(&b->layer_base, &b->cap_layer_bases, (uint64_t)b->n_layer_bases + cut.n,
		     sizeof(*base)))
		return yr_subset_no_memory(b);
	layer->names_at = cut.names_at;
	layer->bases_at = b->n_layer_bases;
	base = b->layer_base + b->n_layer_bases;
	b->n_layer_bases += cut.n;
	for (uint32_t a = 0; a < cut.n && !r; a++) {
		uint32_t sample = yr_columns_first(&b->atom[cut.atoms_at + a]);

		r = b->bare ? bare_base(b, core, sample, &base[a])
			    : base_state(b, sample, &base[a]);
	}
	if (r)
		return r;
	layer->def = base[cut.widest];
	for (uint32_t a = 0; a < cut.n; a++)
		if (base[a] != layer->def)
			yr_columns_join(others, &b->atom[cut.atoms_at + a]);
	return 0;
}

/* ---- layers ---- */

/* Chain the ways by single columns of the core of @layer, and list the wide ones. */
static int gather_one(struct yr_subset *b, const struct yr_position *q, uint32_t *head,
		      struct yr_columns *touched)
{
	uint32_t n = q[1].narrow_at - q->narrow_at, w = q[1].wide_at - q->wide_at;

	if (!yr_grow(&b->layer_way, &b->cap_layer_ways, (uint64_t)b->n_layer_ways + n,
		     sizeof(*b->layer_way)) ||
	    !yr_grow(&b->wide, &b->cap_wide, b->n_wide + UINT64_C(1) + w, sizeof(*b->wide)))
		return yr_subset_no_memory(b);
	for (uint32_t i = q->narrow_at; i < q[1].narrow_at; i++) {
		uint32_t c = b->p.narrow[i].by;
		uint32_t next = yr_columns_has(touched, c) ? head[c] : YR_NONE;

		head[c] = b->n_layer_ways;
		b->layer_way[b->n_layer_ways++] = (struct yr_layer_way){ b->p.narrow[i].to, next };
		yr_columns_add(touched, c);
	}
	for (uint32_t i = q->wide_at; i < q[1].wide_at; i++)
		b->wide[b->n_wide++] = b->p.wide[i];
	if (q->loop != YR_NONE)
		b->wide[b->n_wide++] = (struct yr_way){ q->loop, q->self };
	b->bare &= q->loop != YR_NONE && !w && b->p.closure[q->self].n == 1;
	b->work += n + w;
	return 0;
}

static int gather(struct yr_subset *b, const struct yr_core *core, uint32_t *head,
		  struct yr_columns *touched)
{
	int r = 0;

	b->n_wide = 0;
	b->bare = true;
	for (uint32_t i = core->at; i < core->at + core->n && !r; i++)
		r = gather_one(b, &b->p.position[b->core_member[i]], head, touched);
	b->work += core->n;
	return !r && yr_subset_weary(b) ? yr_subset_give_up(b) : r;
}

static int new_layer(struct yr_subset *b, uint32_t core, struct yr_layer *layer)
{
	uint32_t head[YR_SYMBOLS], c;
	struct yr_columns touched = { { 0 } }, others = { { 0 } };
	int r = gather(b, &b->core[core], head, &touched);

	if (!r)
		r = make_bases(b, core, layer, &others);
	if (r)
		return r;
	yr_columns_join(&others, &touched);
	layer->edges_at = b->n_layer_edges;
	if (!yr_grow(&b->layer_edge, &b->cap_layer_edges, (uint64_t)b->n_layer_edges + b->p.columns,
		     sizeof(*b->layer_edge)))
		return yr_subset_no_memory(b);
	while ((c = yr_columns_take(&others)) != YR_NONE) {
		bool own = yr_columns_has(&touched, c);

		b->layer_edge[b->n_layer_edges++] =
			(struct yr_layer_edge){ c, own ? YR_NONE : yr_layers_base(b, layer, c),
						own ? head[c] : YR_NONE };
	}
	layer->n = b->n_layer_edges - layer->edges_at;
	return 0;
}

static void forget(struct yr_subset *b)
{
	yr_table_done(&b->cut_table);
	b->n_cuts = b->n_cut_sets = b->n_atoms = b->n_atom_names = 0;
	b->n_layers = b->n_layer_bases = b->n_layer_edges = b->n_layer_ways = 0;
	b->age++;
}

int yr_layers_make(struct yr_subset *b, uint32_t core)
{
	struct yr_layer layer = { 0 };
	int r;

	if (b->n_cuts >= CUTS_KEPT ||
	    (uint64_t)b->n_layer_bases + b->n_layer_edges + b->n_layer_ways >= LAYER_PARTS_KEPT)
		forget(b);
	if (!yr_grow(&b->layer, &b->cap_layers, b->n_layers + UINT64_C(1), sizeof(layer)))
		return yr_subset_no_memory(b);
	r = new_layer(b, core, &layer);
	if (r)
		return r;
	b->core[core].layer = b->n_layers;
	b->core[core].age = b->age;
	b->layer[b->n_layers++] = layer;
	return 0;
}

void yr_layers_prepare(struct yr_subset *b)
{
	b->age = 1;
	for (int c = 0; c < 256; c++)
		b->width[b->p.class_of[c]]++;
}

void yr_layers_done(struct yr_subset *b)
{
	free(b->cut);
	yr_table_done(&b->cut_table);
	free(b->cut_sets);
	free(b->atom);
	free(b->atom_name);
	free(b->layer);
	free(b->layer_base);
	free(b->layer_edge);
	free(b->layer_way);
	free(b->wide);
	free(b->list.v);
}
