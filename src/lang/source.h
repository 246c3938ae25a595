/* SPDX-License-Identifier: Apache-2.0 */
/* Reading policy files: bounded, and never waiting for what is not a plain file. */
#ifndef YR_LANG_SOURCE_H
#define YR_LANG_SOURCE_H

#include "lang/tree.h"

/* The line that the last question about a source ended in; see loc.c. */
struct yr_line_hint {
	const char *start;
	unsigned line;
};

/*
 * The file at @path, in @arena, shown as @name. 0; or a negative errno and *ret_why, a
 * constant or a string in @arena: -ENOENT, -EISDIR, -EFBIG, -EINVAL for what is no
 * plain file, what open() and read() say, -ENOMEM.
 */
int yr_source_read(struct yr_arena *arena, const char *path, const char *name,
		   struct yr_source **ret_source, const char **ret_why);
/* A source over text that the caller owns; copied, so that a NUL stands behind it. NULL: no memory.
 */
struct yr_source *yr_source_new(struct yr_arena *arena, const char *name, struct yr_str text);

#endif
