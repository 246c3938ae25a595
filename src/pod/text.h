/* SPDX-License-Identifier: Apache-2.0 */
/* Text as Kubernetes, which is written in Go, looks at it and writes it. */
#ifndef YR_POD_TEXT_H
#define YR_POD_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"

/* @text in quotes, as %q writes it. */
void yr_put_quoted(struct yr_buf *b, const char *text);
/* Whether it begins or ends with what Unicode calls white space. */
bool yr_is_padded(const char *text);
/* What was written, as long as the arena lives; the buffer is empty again. NULL: memory is out. */
const char *yr_keep(struct yr_arena *a, struct yr_buf *b);

#endif
