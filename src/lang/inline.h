/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a file with the texts of its includes in their places, written while they are
 * resolved: the same files in the same places as in the policy that comes of it.
 */
#ifndef YR_LANG_INLINE_H
#define YR_LANG_INLINE_H

#include "base/buf.h"
#include "base/limits.h"
#include "lang/ast.h"

struct yr_resolver;

struct yr_inline {
	struct yr_buf *out;
	const char *at[YR_LIMIT_INCLUDE_DEPTH]; /* how far each open file was written */
	const struct yr_include *pending;       /* nothing was said of it yet */
};

/* All of these do nothing when nobody asked for the text. */
/* The innermost open file begins, and ends. */
void yr_inline_begin(struct yr_resolver *r);
void yr_inline_end(struct yr_resolver *r);
/* Write up to the include that @stmt is, and go on behind it. */
void yr_inline_include(struct yr_resolver *r, const struct yr_stmt *stmt);
/* The include has been carried out: no file of it, if none has begun since. */
void yr_inline_included(struct yr_resolver *r, bool exists);

#endif
