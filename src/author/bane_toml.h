/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TOML 1.0, as far as bane's descriptions go: docs/decisions/0011. Tables, dotted and quoted keys,
 * strings of one line, truth values, arrays and inline tables are understood; of other values it is
 * known that they are there.
 */
#ifndef YR_AUTHOR_BANE_TOML_H
#define YR_AUTHOR_BANE_TOML_H

#include "base/arena.h"
#include "lang/tree.h"
#include "yoroi/diag.h"

enum yr_toml_kind {
	YR_TOML_STRING,
	YR_TOML_BOOL,
	YR_TOML_ARRAY,
	YR_TOML_TABLE, /* between braces */
	YR_TOML_OTHER, /* a number, a date */
};

struct yr_toml_key {
	struct yr_str text;
	struct yr_loc loc;
	struct yr_toml_key *next; /* behind a dot */
};

struct yr_toml_value {
	enum yr_toml_kind kind;
	struct yr_loc loc;
	struct yr_str text; /* of a string: what it stands for, any bytes of UTF-8, NUL too */
	bool truth;
	struct yr_toml_value *elements; /* of an array */
	struct yr_toml_pair *pairs;     /* of a table */
	struct yr_toml_value *next;
};

/* KEY = VALUE; without a value: [KEY], below which the pairs that follow belong. */
struct yr_toml_pair {
	struct yr_toml_key *key;
	struct yr_toml_value *value;
	struct yr_toml_pair *next;
};

/*
 * What stands in @source, in its order, in @arena; names that are defined twice are the caller's
 * to find. -EBADMSG: @diags says what is no TOML, the first of it. -ENOMEM.
 */
int yr_toml_read(struct yr_arena *arena, const struct yr_source *source, struct yr_diags *diags,
		 struct yr_toml_pair **ret);

/* For messages: "a string", "an array". */
const char *yr_toml_kind_name(enum yr_toml_kind k);

#endif
