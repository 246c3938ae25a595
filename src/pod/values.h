/* SPDX-License-Identifier: Apache-2.0 */
/* Values of the type that is wanted, out of a tree that somebody wrote. */
#ifndef YR_POD_VALUES_H
#define YR_POD_VALUES_H

#include "pod/node.h"
#include "pod/pod.h"

/* Start from { docs, arena, diags }. */
struct yr_values {
	const struct yr_docs *docs;
	struct yr_arena *arena;
	struct yr_diags *diags;
	bool bad, no_memory; /* something was wrong; it is said in diags */
};

/*
 * The value at @key, or NULL (or false, "") when it is absent, null, or of another type, which is
 * said then; @path: where @map stands, with a dot at its end.
 */
const struct yr_node *yr_value_map(struct yr_values *v, const struct yr_node *map, const char *path,
				   const char *key);
const struct yr_node *yr_value_list(struct yr_values *v, const struct yr_node *map,
				    const char *path, const char *key);
const char *yr_value_string(struct yr_values *v, const struct yr_node *map, const char *path,
			    const char *key);
bool yr_value_bool(struct yr_values *v, const struct yr_node *map, const char *path,
		   const char *key);
/* A mapping of strings, in order of key; for metadata.labels and the like. */
struct yr_pair *yr_value_pairs(struct yr_values *v, const struct yr_node *map, const char *path,
			       const char *key, size_t *ret_n);
/* A list of strings, at most @most. */
const char **yr_value_strings(struct yr_values *v, const struct yr_node *map, const char *path,
			      const char *key, size_t most, size_t *ret_n);
void yr_value_wrong(struct yr_values *v, const struct yr_node *n, const char *path, const char *key,
		    const char *wanted);
/* A complaint about @n. */
void yr_value_complain(struct yr_values *v, const struct yr_node *n, const char *diag_name,
		       const char *fmt, ...) YR_PRINTF(4, 5);
/* The first key of @map that is not in @known, NULL at its end; NULL: all are. */
const struct yr_key *yr_value_unknown(const struct yr_node *map, const char *const *known);

#endif
