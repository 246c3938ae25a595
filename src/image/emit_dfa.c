/* SPDX-License-Identifier: Apache-2.0 */
/* An automaton on its way out: its tables into a blob. */
#include <endian.h>
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

static void put_halves(unsigned char *p, const uint32_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint16_t big = htobe16((uint16_t)at[i]);

		memcpy(p + 2 * (size_t)i, &big, sizeof(big));
	}
}

static void put_words(unsigned char *p, const uint32_t *at, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint32_t big = htobe32(at[i]);

		memcpy(p + 4 * (size_t)i, &big, sizeof(big));
	}
}

/* Most of an image is this: filled in place, with a loop for each width. */
static unsigned char *add_table(struct yr_writer *w, enum yr_table_id id, unsigned width,
				uint32_t n)
{
	size_t size = table_size(width, n), end = YR_DFA_TABLE_HEADER + (size_t)n * width;
	unsigned char *p = yr_buf_room(w->out, size);

	if (!p)
		return NULL;
	memset(p + end, 0, size - end);
	p = put_big(p, id, 2);
	p = put_big(p, width, 2);
	p = put_big(p, 0, 4);
	return put_big(p, n, 4);
}

static void table(struct yr_writer *w, enum yr_table_id id, unsigned width, const uint32_t *at,
		  uint32_t n)
{
	unsigned char *p = add_table(w, id, width, n);

	if (p && width == 2)
		put_halves(p, at, n);
	else if (p)
		put_words(p, at, n);
}

static void classes(struct yr_writer *w, const uint8_t class_of[256])
{
	unsigned char *p = add_table(w, YR_TABLE_CLASSES, 1, 256);

	if (p)
		memcpy(p, class_of, 256);
}

/* The blob of an automaton; @accept2 has a word for each of @t's states, NULL: there are none. */
static int tables(struct yr_writer *w, const struct yr_tables *t, const uint32_t *accept2)
{
	enum { WORD = 4 };
	unsigned state = t->states > UINT16_MAX ? 4 : 2;
	size_t size = YR_DFA_HEADER + (accept2 ? 3 : 2) * table_size(WORD, t->states) +
		      table_size(state, t->states) + 2 * table_size(state, t->cells) +
		      (t->classes ? table_size(1, 256) : 0);
	unsigned char *p;
	size_t pad;

	if (size > UINT32_MAX - 8)
		return yr_err_set(w->err, E2BIG, "an automaton of %zu bytes", size);
	yr_emit_name(w, "aadfa");
	yr_emit_item(w, YR_ITEM_BLOB);
	/* The length comes before the zeros that it counts. */
	pad = pad8(w->out->len - w->start + 4);
	yr_emit_little(w, pad + size, 4);
	yr_buf_expect(w->out, pad + size);
	yr_buf_add(w->out, pad);

	p = yr_buf_add(w->out, YR_DFA_HEADER);
	if (!p)
		return 0; /* the buffer remembers */
	p = put_big(p, YR_DFA_MAGIC, 4);
	p = put_big(p, YR_DFA_HEADER, 4);
	p = put_big(p, (uint32_t)size, 4);
	p = put_big(p, (t->has_oob ? YR_DFA_FLAG_OOB : 0) | (t->has_diff ? YR_DFA_FLAG_DIFF : 0),
		    2);
	memcpy(p, YR_DFA_VERSION, sizeof(YR_DFA_VERSION));

	table(w, YR_TABLE_ACCEPT, WORD, t->accept, t->states);
	if (accept2)
		table(w, YR_TABLE_ACCEPT2, WORD, accept2, t->states);
	if (t->classes)
		classes(w, t->classes);
	table(w, YR_TABLE_BASE, WORD, t->base, t->states);
	table(w, YR_TABLE_DEF, state, t->def, t->states);
	table(w, YR_TABLE_NEXT, state, t->next, t->cells);
	table(w, YR_TABLE_CHECK, state, t->check, t->cells);
	return 0;
}

static void cleanup_tables(struct yr_tables **t)
{
	yr_tables_free(*t);
}

static const char *const what[] = {
	[YR_PDB_XMATCH] = "attachment patterns",
	[YR_PDB_POLICYDB] = "rules other than for files",
	[YR_PDB_FILE] = "file rules",
};

int yr_emit_automaton(struct yr_writer *w, enum yr_pdb_kind kind, const struct yr_dfa *dfa,
		      const struct yr_state_perms *perms, uint32_t n_perms)
{
	YR_CLEANUP(cleanup_tables) struct yr_tables *t = NULL;
	AUTO_FREE uint32_t *accept2 = NULL;
	/* The kernel keeps the high byte of a wide state's number to itself. */
	uint32_t states_max = w->form.state32 ? YR_BASE_MASK : UINT16_MAX;
	int r = 0;

	if (dfa->states > states_max)
		return yr_err_set(w->err, E2BIG, "its %s need %u states, this kernel takes %u",
				  what[kind], dfa->states, states_max);
	r = yr_tables_pack(dfa, w->form.pack, &t, w->err);
	if (r)
		return r;
	for (uint32_t s = 0; s < t->states; s++)
		if (t->accept[s] >= n_perms)
			return yr_err_set(w->err, EINVAL, "state %u accepts %u of %u", s,
					  t->accept[s], n_perms);
	/* Attachments have no table on any kernel. */
	if (kind == YR_PDB_XMATCH || !w->form.perm_table)
		r = yr_emit_packed(w, kind, perms, n_perms, t, &accept2);
	else
		r = yr_emit_perm_table(w, kind, perms, n_perms, t, &accept2);
	return r ? r : tables(w, t, accept2);
}
