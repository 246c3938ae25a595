/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text in one style. */
#ifndef YOROI_FORMAT_H
#define YOROI_FORMAT_H

#include <stddef.h>

#include "yoroi/diag.h"
#include "yoroi/err.h"

/*
 * The text of one file in Yoroi's style: comments and the order of rules stay, and so does the
 * meaning, which is checked before anything is returned. Includes are neither looked for nor
 * needed. The text may be what an include holds, such as rules without a profile. What has errors
 * is not formatted: they go to @diags, and -EBADMSG comes back. -EFBIG: too long; -ENOMEM;
 * -EINVAL: the result would not mean the same, which is a mistake in Yoroi. On success
 * *ret_text (with a NUL behind it) is the caller's to free(); otherwise it is left alone.
 */
int yr_format_text(const char *name, const char *text, size_t len, struct yr_diags *diags,
		   char **ret_text, size_t *ret_len, struct yr_err *err);

#endif
