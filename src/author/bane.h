/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles from bane's descriptions: which paths, programs, capabilities and protocols a container
 * may use, as TOML. docs/decisions/0011.
 */
#ifndef YR_AUTHOR_BANE_H
#define YR_AUTHOR_BANE_H

#include "author/learn.h"

enum yr_bane_field {
	YR_BANE_NAME,
	YR_BANE_IMPORTS,
	YR_BANE_INNER_IMPORTS,
	YR_BANE_READ_ONLY,
	YR_BANE_LOG_ON_WRITE,
	YR_BANE_WRITABLE,
	YR_BANE_ALLOW_EXEC,
	YR_BANE_DENY_EXEC,
	YR_BANE_RAW,
	YR_BANE_PACKET,
	YR_BANE_PROTOCOLS,
	YR_BANE_CAP_ALLOW,
	YR_BANE_CAP_DENY,
	YR_BANE_FIELDS
};

struct yr_bane_entry {
	struct yr_str text;
	struct yr_loc loc;
};

/* A description. What it points to lives in the arena that it was read with. */
struct yr_bane {
	const struct yr_source *source;
	const char *name; /* as bane calls the profile: docker-... */
	struct yr_bane_values {
		struct yr_loc loc; /* of the value; source NULL: the field is not there */
		struct yr_bane_entry *at;
		size_t n;
		bool truth;
	} of[YR_BANE_FIELDS];
};

/*
 * Read @text, called @name in messages. -EBADMSG: @diags says what is wrong with it, all that
 * could be found. -ENOMEM; -E2BIG over YR_LIMIT_BANE_BYTES.
 */
int yr_bane_read(struct yr_arena *arena, const char *name, struct yr_str text,
		 struct yr_diags *diags, struct yr_bane *ret, struct yr_err *err);

/*
 * The profile that bane makes of it, or @allow_list one that allows what is named and nothing else.
 * @diags gets what is wrong with the result, at the places of the description. -EBADMSG: there are
 * mistakes; *ret is empty then. *ret_rules: rules of its own that the profile has. -ENOMEM, -E2BIG.
 */
int yr_bane_make(const struct yr_bane *b, const struct yr_learn_policy *how, bool allow_list,
		 struct yr_diags *diags, struct yr_buf *ret, size_t *ret_rules, struct yr_err *err);

/* "WritablePaths" */
const char *yr_bane_field_name(enum yr_bane_field f);

#endif
