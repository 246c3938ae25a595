/* SPDX-License-Identifier: Apache-2.0 */
/* What record.c, state.c and those that write and read a start share. */
#ifndef YR_OCI_START_H
#define YR_OCI_START_H

#include "oci/record.h"

/* What the journal knows us by. */
#define YR_START_IDENTIFIER "yoroi-runtime"
/* Names and words: engines' own bounds are 63 to 255. */
#define YR_LIMIT_START_NAME 1024u
/* Paths, and profiles with their parents or in a stack. */
#define YR_LIMIT_START_TEXT 4096u
/* A line of the file, an entry of the journal's JSON, a state file; ours take 60 KiB at worst. */
#define YR_LIMIT_START_LINE (256u << 10)
/* Containers whose state is listed: far beyond what a machine runs. */
#define YR_LIMIT_CONTAINERS 20000u
/* A container id; runc's own bound. */
#define YR_LIMIT_CONTAINER_ID 1024u

/* A text of struct yr_start, and how it is called where it is kept. */
struct yr_start_field {
	const char *json, *journal;
	size_t at, limit;
};
extern const struct yr_start_field yr_start_fields[];
extern const size_t yr_start_n_fields;

static inline const char **yr_start_text(struct yr_start *s, const struct yr_start_field *f)
{
	return (const char **)(void *)((char *)s + f->at);
}

static inline const char *yr_start_get(const struct yr_start *s, const struct yr_start_field *f)
{
	return *(const char *const *)(const void *)((const char *)s + f->at);
}

/* The word's place in the names; false: no such. */
bool yr_start_action_of(const char *word, enum yr_start_action *ret);
bool yr_start_outcome_of(const char *word, enum yr_start_outcome *ret);

/* @text without what a terminal obeys, cut at @limit bytes. */
void yr_start_clean(struct yr_buf *out, const char *text, size_t limit);
/* Nanoseconds since 1970. */
uint64_t yr_start_now(void);
/* The object; @exact: with all characters as they are, which must be UTF-8. */
void yr_start_put_json(const struct yr_start *s, bool exact, struct yr_buf *out);
/* The same back. */
int yr_start_parse(const char *text, size_t len, bool exact, struct yr_start **ret,
		   struct yr_err *err);

#endif
