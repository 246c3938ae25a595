/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of bane.h share. */
#ifndef YR_AUTHOR_BANE_PARTS_H
#define YR_AUTHOR_BANE_PARTS_H

#include "author/bane.h"
#include "author/bane_toml.h"
#include "base/buf.h"

struct yr_toml_reader {
	struct yr_arena *arena;
	struct yr_diags *diags;
	const struct yr_source *source;
	const char *at, *end;
	int result; /* of a failure */
};
struct yr_loc yr_toml_loc(const struct yr_toml_reader *r, const char *from, const char *to);
/* Say what is wrong there, and return false. */
bool yr_toml_wrong(struct yr_toml_reader *r, const char *at, const char *text);
bool yr_toml_no_memory(struct yr_toml_reader *r);
/* bane_string.c: the string that begins at r->at, and go on behind it. */
bool yr_toml_string(struct yr_toml_reader *r, struct yr_str *ret);

/* bane_words.c: why @text cannot be an entry of that field; NULL: it can. */
const char *yr_bane_objection(enum yr_bane_field field, struct yr_str text);

/* Where a line of the text comes from: an entry, or no field for what always stands there. */
struct yr_bane_line {
	enum yr_bane_field field;
	size_t entry;
};
struct yr_bane_text {
	struct yr_buf text;
	struct yr_buf lines; /* struct yr_bane_line for each line of it */
};

/*
 * bane_text.c: the profile. @logged: by entry of WritablePaths, whether writes there are logged;
 * NULL: the profile that bane makes.
 */
void yr_bane_put(const struct yr_bane *b, const bool *logged, struct yr_bane_text *ret);
/* A path as a rule has it. */
void yr_bane_put_path(struct yr_buf *b, struct yr_str path);
static inline size_t yr_bane_n_lines(const struct yr_bane_text *t)
{
	return t->lines.len / sizeof(struct yr_bane_line);
}
/* Lines count from 1. */
static inline struct yr_bane_line yr_bane_line_at(const struct yr_bane_text *t, unsigned line)
{
	struct yr_bane_line at = { YR_BANE_FIELDS, 0 };

	if (line && line <= yr_bane_n_lines(t))
		memcpy(&at, t->lines.data + (line - 1) * sizeof(at), sizeof(at));
	return at;
}

/* bane_told.c: a finding about the text, told of the description that it was made from. */
void yr_bane_retell(const struct yr_bane *b, const struct yr_bane_text *t, const char *name,
		    const struct yr_diags *found, struct yr_diags *diags);
/* The place of an entry; source NULL: nobody wrote it. */
struct yr_loc yr_bane_place(const struct yr_bane *b, struct yr_bane_line of);

/* bane_logged.c: by entry of WritablePaths, whether LogOnWritePaths names something of it. */
int yr_bane_logged(const struct yr_bane *b, const struct yr_learn_policy *how, bool *ret,
		   struct yr_err *err);
/* bane_asked.c: what the fields that leave no rule behind come to. */
int yr_bane_ask(const struct yr_bane *b, const struct yr_learn_policy *how,
		const struct yr_bane_text *t, bool allow_list, struct yr_diags *diags,
		struct yr_err *err);

#endif
