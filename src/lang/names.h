/* SPDX-License-Identifier: Apache-2.0 */
/* Things found by their name: small for the few that most files have, growing with the many. */
#ifndef YR_LANG_NAMES_H
#define YR_LANG_NAMES_H

#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"

/* The first member of what is to be found. */
struct yr_named {
	struct yr_str name;
	uint32_t hash;
	struct yr_named *next;
};

/* Start from `{ 0 }`. */
struct yr_names {
	struct yr_named **buckets;
	size_t n, size;
};

/* What was added last under @name; NULL: nothing. */
struct yr_named *yr_names_find(const struct yr_names *t, struct yr_str name);
/* What was added before @e under the same name. */
struct yr_named *yr_names_next(const struct yr_named *e);
/* Add @e as @name, which must stay; the table lives in @arena. -ENOMEM. */
int yr_names_add(struct yr_arena *arena, struct yr_names *t, struct yr_named *e,
		 struct yr_str name);

#endif
