/* SPDX-License-Identifier: Apache-2.0 */
/* One policy database in the stream: permission table, automaton, transition names. */
#ifndef YR_IMAGE_PDB_H
#define YR_IMAGE_PDB_H

#include "image/stream.h"

/*
 * Read what there is of a database at the cursor; an absent one leaves pdb->present false.
 * pdb->tables is the caller's to free even after a failure. -EINVAL, -ENOMEM.
 */
int yr_pdb_read(struct yr_stream *s, enum yr_pdb_kind kind, uint32_t version,
		struct yr_arena *arena, struct yr_image_pdb *pdb);

/*
 * The tables in @bytes, verified. ACCEPT2 must be there exactly when @wants_accept2, and is then
 * malloc'ed words. Both results are the caller's to free even after a failure.
 */
int yr_dfa_read(struct yr_stream *s, struct yr_str bytes, bool wants_accept2,
		struct yr_tables **ret_tables, uint32_t **ret_accept2);

/* A string that must not hold NUL, copied; *ret_text stays NULL when there is none. */
int yr_stream_text(struct yr_stream *s, const char *name, struct yr_arena *arena, char **ret_text);

#endif
