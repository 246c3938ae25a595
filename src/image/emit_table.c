/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Permissions in a table beside the automaton, for kernels with policy/permstable32_version 2
 * or 3: binary-policy.md, 3 and 6. Entries are numbered by the first state that uses them, so
 * that the same policy gives the same table whatever the order of its rules was.
 */
#include <errno.h>

#include "image/emit.h"

/* What one accept value stands for. */
struct entry {
	struct yr_kperms owner, other;
	uint32_t order; /* among the accept values that some state has */
	bool repeats;   /* an earlier one */
	bool pair;      /* takes two places, the second for those who are not the owner */
};

struct table {
	struct entry *entries;
	uint32_t n;
	uint32_t *order_of; /* [accept values]: order + 1, 0: no state has it */
	uint32_t *index_of; /* [order]: where in the table */
};

static void table_done(struct table *t)
{
	free(t->entries);
	free(t->order_of);
	free(t->index_of);
}

/* The kernel refuses a bit that both may be asked for and is decided. */
static void set_prompt(struct yr_kperms *k, uint32_t prompt)
{
	k->prompt = prompt & ~(k->allow | k->deny);
}

static uint32_t file_prompt(uint32_t packed)
{
	return yr_kperms_map_file(packed) | (packed & YR_MAY_ONEXEC ? YR_KP_ONEXEC : 0) |
	       (packed & YR_MAY_CHANGE_PROFILE ? YR_KP_CHANGE_PROFILE : 0);
}

static struct entry file_entry(const struct yr_state_perms *p)
{
	struct yr_packed words = yr_pack_file(p);
	struct entry e = { 0 };

	yr_kperms_file(words.accept, words.accept2, &e.owner, &e.other);
	set_prompt(&e.owner, file_prompt(p->owner.prompt));
	set_prompt(&e.other, file_prompt(p->other.prompt));
	return e;
}

static struct entry policydb_entry(const struct yr_state_perms *p)
{
	const struct yr_perms *o = &p->other;
	struct entry e = { 0 };

	/*
	 * Lock on every entry, state 0's too: the kernel asks for it on sockets, where no rule
	 * can name it.
	 */
	e.other.allow = (o->allow & ~o->deny) | YR_KP_LOCK;
	e.other.audit = o->audit;
	e.other.quiet = o->quiet;
	set_prompt(&e.other, o->prompt);
	e.owner = e.other;
	return e;
}

static int by_perms(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;
	int r = memcmp(&a->owner, &b->owner, sizeof(a->owner));

	if (!r)
		r = memcmp(&a->other, &b->other, sizeof(a->other));
	return r ? r : (a->order > b->order) - (a->order < b->order);
}

static bool needs_pair(const struct yr_writer *w, enum yr_pdb_kind kind, const struct entry *e)
{
	/* Version 2 takes two for every state of a file automaton. */
	return kind == YR_PDB_FILE &&
	       (w->form.perm_table < 3 || memcmp(&e->owner, &e->other, sizeof(e->owner)));
}

/* Everything that some state of @t accepts. */
static int collect(const struct yr_writer *w, struct table *tab, enum yr_pdb_kind kind,
		   const struct yr_state_perms *perms, uint32_t n_perms, const struct yr_tables *t)
{
	tab->entries = calloc(n_perms, sizeof(*tab->entries));
	tab->order_of = calloc(n_perms, sizeof(*tab->order_of));
	tab->index_of = calloc(n_perms, sizeof(*tab->index_of));
	if (!tab->entries || !tab->order_of || !tab->index_of)
		return -ENOMEM;
	for (uint32_t s = 0; s < t->states; s++) {
		uint32_t a = t->accept[s];

		if (tab->order_of[a])
			continue;
		tab->entries[tab->n] =
			kind == YR_PDB_FILE ? file_entry(&perms[a]) : policydb_entry(&perms[a]);
		tab->entries[tab->n].order = tab->n;
		tab->entries[tab->n].pair = needs_pair(w, kind, &tab->entries[tab->n]);
		tab->order_of[a] = ++tab->n;
	}
	return 0;
}

static int by_order(const void *left, const void *right)
{
	const struct entry *a = left, *b = right;

	return (a->order > b->order) - (a->order < b->order);
}

/* Give equal entries one place. Returns how long the table gets. */
static size_t place(struct table *tab)
{
	size_t n = 0;

	qsort(tab->entries, tab->n, sizeof(*tab->entries), by_perms);
	for (uint32_t i = 0, first = 0; i < tab->n; i++) {
		const struct entry *e = &tab->entries[i], *f = &tab->entries[first];

		if (memcmp(&e->owner, &f->owner, sizeof(e->owner)) ||
		    memcmp(&e->other, &f->other, sizeof(e->other)))
			first = i;
		tab->index_of[e->order] = tab->entries[first].order;
	}
	qsort(tab->entries, tab->n, sizeof(*tab->entries), by_order);
	for (uint32_t i = 0; i < tab->n; i++) {
		uint32_t first = tab->index_of[i];

		tab->entries[i].repeats = first != i;
		tab->index_of[i] = first == i ? (uint32_t)n : tab->index_of[first];
		if (first == i)
			n += 1 + tab->entries[i].pair;
	}
	return n;
}

static void write_entry(struct yr_writer *w, const struct yr_kperms *p)
{
	const uint32_t words[] = { 0,       p->allow,    p->deny,   p->subtree, p->cond,
				   p->kill, p->complain, p->prompt, p->audit,   p->quiet,
				   p->hide, p->xindex,   p->tag,    p->label };

	yr_emit_u32s(w, words, ARRAY_LEN(words));
}

static int write_entries(struct yr_writer *w, const struct table *tab, size_t n)
{
	enum { VERSION = 1 };
	int r;

	yr_emit_struct(w, "perms");
	yr_emit_named_u32(w, "version", VERSION);
	r = yr_emit_array(w, n, "different permissions");
	for (uint32_t i = 0; !r && i < tab->n; i++) {
		const struct entry *e = &tab->entries[i];

		if (e->repeats)
			continue;
		write_entry(w, &e->owner);
		if (e->pair)
			write_entry(w, &e->other);
	}
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return r;
}

/* Accept values become places in the table; from version 3 on ACCEPT2 tells the pairs. */
static int index_states(struct yr_writer *w, enum yr_pdb_kind kind, const struct table *tab,
			struct yr_tables *t, uint32_t **ret_accept2)
{
	uint32_t *accept2 = NULL;

	if (kind == YR_PDB_FILE && w->form.perm_table > 2) {
		accept2 = calloc(t->states, sizeof(*accept2));
		if (!accept2)
			return yr_err_set(w->err, ENOMEM, "out of memory");
	}
	*ret_accept2 = accept2;
	for (uint32_t s = 0; s < t->states; s++) {
		uint32_t order = tab->order_of[t->accept[s]] - 1;

		if (accept2 && tab->entries[order].pair)
			accept2[s] = YR_ACCEPT2_OWNER;
		t->accept[s] = tab->index_of[order];
	}
	return 0;
}

int yr_emit_perm_table(struct yr_writer *w, enum yr_pdb_kind kind,
		       const struct yr_state_perms *perms, uint32_t n_perms, struct yr_tables *t,
		       uint32_t **ret_accept2)
{
	YR_CLEANUP(table_done) struct table tab = { 0 };
	int r;

	if (collect(w, &tab, kind, perms, n_perms, t) < 0)
		return yr_err_set(w->err, ENOMEM, "out of memory");
	r = write_entries(w, &tab, place(&tab));
	if (!r && kind == YR_PDB_FILE && w->form.perm_table > 2)
		yr_emit_named_u32(w, "permsv", w->form.perm_table);
	return r ? r : index_states(w, kind, &tab, t, ret_accept2);
}
