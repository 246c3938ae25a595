/* SPDX-License-Identifier: Apache-2.0 */
/* The items of the tagged stream, written. What yr_stream_*() reads, yr_emit_*() makes. */
#ifndef YR_IMAGE_EMIT_H
#define YR_IMAGE_EMIT_H

#include "image/form.h"

/* How permissions and automata are laid down: one row for each kind of kernel. */
struct yr_form {
	uint32_t abi;        /* of the version word */
	unsigned perm_table; /* version of the permission tables; 0: packed permissions */
	unsigned pack;       /* YR_PACK_* */
	bool state32;        /* automata may have more than 65,535 states */
};

struct yr_writer {
	struct yr_buf *out;
	size_t start; /* where the image begins in @out: automata are aligned from there */
	struct yr_form form;
	bool force_complain;
	const struct yr_features *kernel;
	struct yr_err *err;
};

/* Numbers without a type byte, the low byte first. */
void yr_emit_little(struct yr_writer *w, uint64_t v, unsigned bytes);
void yr_emit_item(struct yr_writer *w, enum yr_item code);
/* Names are the writer's own words, so their length needs no check. */
void yr_emit_name(struct yr_writer *w, const char *z);
void yr_emit_u32(struct yr_writer *w, uint32_t v);
void yr_emit_u32s(struct yr_writer *w, const uint32_t *words, size_t n);
void yr_emit_named_u32(struct yr_writer *w, const char *z, uint32_t v);
void yr_emit_struct(struct yr_writer *w, const char *z);
/* -E2BIG: there is no room for that many of @what. */
int yr_emit_array(struct yr_writer *w, size_t n, const char *what);
/* -E2BIG: longer than the form takes. */
int yr_emit_string(struct yr_writer *w, const char *z, size_t len);
int yr_emit_named_string(struct yr_writer *w, const char *n, const char *z);
/*
 * Replace the accept values of @t, indices of @perms, by what the form has in their place:
 * *ret_accept2 is malloc'ed words, or NULL where the form has none.
 */
int yr_emit_packed(struct yr_writer *w, enum yr_pdb_kind kind, const struct yr_state_perms *perms,
		   uint32_t n_perms, struct yr_tables *t, uint32_t **ret_accept2);
/* The same, with the permissions in a table that is written here. */
int yr_emit_perm_table(struct yr_writer *w, enum yr_pdb_kind kind,
		       const struct yr_state_perms *perms, uint32_t n_perms, struct yr_tables *t,
		       uint32_t **ret_accept2);
/* The packed words of one state of a file automaton. */
struct yr_packed {
	uint32_t accept, accept2;
};
struct yr_packed yr_pack_file(const struct yr_state_perms *p);
/*
 * The automaton of a policy database; its accept values are indices of @perms. @perms NULL:
 * every accept value but 0 is a match. -E2BIG, -ENOTSUP, -EINVAL, -ENOMEM.
 */
int yr_emit_automaton(struct yr_writer *w, enum yr_pdb_kind kind, const struct yr_dfa *dfa,
		      const struct yr_state_perms *perms, uint32_t n_perms);

#endif
