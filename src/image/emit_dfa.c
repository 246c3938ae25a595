/* SPDX-License-Identifier: Apache-2.0 */
/* An automaton on its way out: permissions packed into two words a state, tables into a blob. */
#include <errno.h>

#include "image/emit.h"

static size_t pad8(size_t n)
{
	return -n & 7;
}

static size_t table_size(unsigned width, uint32_t n)
{
	size_t bytes = YR_DFA_TABLE_HEADER + (size_t)n * width;

	return bytes + pad8(bytes);
}

static unsigned char *put_big(unsigned char *p, uint32_t v, unsigned bytes)
{
	while (bytes--)
		*p++ = (unsigned char)(v >> 8 * bytes);
	return p;
}

/* Most of an image is this: filled in place rather than byte by byte. */
static void table(struct yr_writer *w, enum yr_table_id id, unsigned width, const uint32_t *at,
		  uint32_t n)
{
	unsigned char *p = yr_buf_add(w->out, table_size(width, n));

	if (!p)
		return;
	p = put_big(p, id, 2);
	p = put_big(p, width, 2);
	p = put_big(p, 0, 4);
	p = put_big(p, n, 4);
	for (uint32_t i = 0; i < n; i++)
		p = put_big(p, at[i], width);
}

/* The blob of an automaton; @accept2 has a word for each of @t's states. */
static int tables(struct yr_writer *w, const struct yr_tables *t, const uint32_t *accept2)
{
	enum { WORD = 4, STATE = 2 };
	size_t size = YR_DFA_HEADER + 3 * table_size(WORD, t->states) +
		      table_size(STATE, t->states) + 2 * table_size(STATE, t->cells);
	unsigned char *p;
	size_t pad;

	if (size > UINT32_MAX - 8)
		return yr_err_set(w->err, E2BIG, "an automaton of %zu bytes", size);
	yr_emit_name(w, "aadfa");
	yr_emit_item(w, YR_ITEM_BLOB);
	/* The length comes before the zeros that it counts. */
	pad = pad8(w->out->len - w->start + 4);
	yr_emit_little(w, pad + size, 4);
	yr_buf_add(w->out, pad);

	p = yr_buf_add(w->out, YR_DFA_HEADER);
	if (!p)
		return 0; /* the buffer remembers */
	p = put_big(p, YR_DFA_MAGIC, 4);
	p = put_big(p, YR_DFA_HEADER, 4);
	p = put_big(p, (uint32_t)size, 4);
	p = put_big(p, t->has_oob ? YR_DFA_FLAG_OOB : 0, 2);
	memcpy(p, YR_DFA_VERSION, sizeof(YR_DFA_VERSION));

	table(w, YR_TABLE_ACCEPT, WORD, t->accept, t->states);
	table(w, YR_TABLE_ACCEPT2, WORD, accept2, t->states);
	table(w, YR_TABLE_BASE, WORD, t->base, t->states);
	table(w, YR_TABLE_DEF, STATE, t->def, t->states);
	table(w, YR_TABLE_NEXT, STATE, t->next, t->cells);
	table(w, YR_TABLE_CHECK, STATE, t->check, t->cells);
	return 0;
}

/* The two words of a state. */
struct packed {
	uint32_t accept, accept2;
};
typedef int pack_fn(struct yr_writer *w, const struct yr_state_perms *p, struct packed *ret);

static uint32_t file_half(const struct yr_perms *p)
{
	return (p->allow & ~p->deny & 0x7f) | (p->exec & 0x3f80);
}

/* Prompts have no place here: the kernel denies what is not allowed, and policy has warned. */
static int pack_file(struct yr_writer *w, const struct yr_state_perms *p, struct packed *ret)
{
	const struct yr_perms *u = &p->owner, *o = &p->other;

	(void)w;
	ret->accept = file_half(u) | file_half(o) << 14;
	ret->accept |= ((u->allow & ~u->deny) | (o->allow & ~o->deny)) &
		       (uint32_t)(YR_MAY_ONEXEC | YR_MAY_CHANGE_PROFILE);
	ret->accept2 = (u->audit & 0x7f) | (u->quiet & 0x7f) << 7 | (o->audit & 0x7f) << 14 |
		       (o->quiet & 0x7f) << 21;
	return 0;
}

static int pack_policydb(struct yr_writer *w, const struct yr_state_perms *p, struct packed *ret)
{
	const struct yr_perms *o = &p->other;
	uint32_t allow = o->allow & ~o->deny;
	/* The kernel gives lock to every state by itself. */
	uint32_t lost = allow & ~(YR_FOLD_ROOM | YR_FOLD_TOP | YR_KP_LOCK);

	if (lost)
		return yr_err_set(w->err, ENOTSUP,
				  "permissions 0x%x of a state have no place in the packed form",
				  lost);
	ret->accept = (allow & YR_FOLD_LOW) | yr_kperms_fold(allow) << 14 | (allow & YR_FOLD_TOP);
	ret->accept2 = (o->audit & YR_FOLD_LOW) | yr_kperms_fold(o->audit) << 14 |
		       (o->quiet & YR_FOLD_LOW) << 7 | yr_kperms_fold(o->quiet) << 21;
	return 0;
}

/* Nothing but a match counts. */
static int pack_xmatch(struct yr_writer *w, const struct yr_state_perms *p, struct packed *ret)
{
	(void)w;
	(void)p;
	*ret = (struct packed){ .accept = YR_KP_EXEC };
	return 0;
}

/* Replace accept values by the words they stand for. */
static int pack_accepts(struct yr_writer *w, pack_fn *pack, const struct yr_state_perms *perms,
			uint32_t n_perms, struct yr_tables *t, uint32_t *accept2)
{
	AUTO_FREE struct packed *words = calloc(n_perms, sizeof(*words));

	if (!words)
		return yr_err_set(w->err, ENOMEM, "out of memory");
	for (uint32_t i = 1; i < n_perms; i++) {
		int r = pack(w, perms ? &perms[i] : NULL, &words[i]);

		if (r)
			return r;
	}
	for (uint32_t s = 0; s < t->states; s++) {
		if (t->accept[s] >= n_perms)
			return yr_err_set(w->err, EINVAL, "state %u accepts %u of %u", s,
					  t->accept[s], n_perms);
		accept2[s] = words[t->accept[s]].accept2;
		t->accept[s] = words[t->accept[s]].accept;
	}
	return 0;
}

static void cleanup_tables(struct yr_tables **t)
{
	yr_tables_free(*t);
}

static const struct {
	const char *what; /* in messages */
	pack_fn *pack;
} kinds[] = {
	[YR_PDB_XMATCH] = { "attachment patterns", pack_xmatch },
	[YR_PDB_POLICYDB] = { "rules other than for files", pack_policydb },
	[YR_PDB_FILE] = { "file rules", pack_file },
};

int yr_emit_automaton(struct yr_writer *w, enum yr_pdb_kind kind, const struct yr_dfa *dfa,
		      const struct yr_state_perms *perms, uint32_t n_perms)
{
	YR_CLEANUP(cleanup_tables) struct yr_tables *t = NULL;
	AUTO_FREE uint32_t *accept2 = NULL;
	int r = 0;

	if (dfa->states > UINT16_MAX)
		return yr_err_set(w->err, E2BIG, "its %s need %u states, this kernel takes %u",
				  kinds[kind].what, dfa->states, UINT16_MAX);
	r = yr_tables_pack(dfa, &t, w->err);
	if (r)
		return r;
	accept2 = calloc(t->states, sizeof(*accept2));
	if (!accept2)
		return yr_err_set(w->err, ENOMEM, "out of memory");
	r = pack_accepts(w, kinds[kind].pack, perms, n_perms, t, accept2);
	return r ? r : tables(w, t, accept2);
}
