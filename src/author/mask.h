/* SPDX-License-Identifier: Apache-2.0 */
/* What words.c and rule.c share. */
#ifndef YR_AUTHOR_MASK_H
#define YR_AUTHOR_MASK_H

#include "author/author.h"

/* Numbers of a record end here, and infinity is beyond. */
#define YR_NO_LIMIT ((uint64_t)INT64_MAX)

static inline struct yr_str yr_event_text(const struct yr_log_event *ev, enum yr_log_text field)
{
	return (struct yr_str){ ev->text[field].at, ev->text[field].len };
}

static inline bool yr_event_has(const struct yr_log_event *ev, enum yr_log_number field)
{
	return ev->has >> field & 1;
}

/* What was refused; when the record does not say, what was asked for. */
struct yr_str yr_event_mask(const struct yr_log_event *ev);
/* The profile that an exec leads to; NULL: the record names none. */
struct yr_str yr_event_exec_target(const struct yr_log_event *ev);
/* enum yr_file_perm of the letters; c and d, which no rule has, come with w. */
uint32_t yr_event_perms(const struct yr_log_event *ev);
/* Whose file it is: the ids say, or kernels that write "r::" and "::r". */
enum yr_audience yr_event_audience(const struct yr_log_event *ev);
/* The words of the mask one by one; false: there are no more. Start with @at { NULL, 0 }. */
bool yr_event_next_word(struct yr_str mask, struct yr_str *at);

#endif
