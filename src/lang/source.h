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

struct stat;

/* What is at @path, to read: its descriptor, or -1 with errno. Waits for nothing. */
int yr_source_open(const char *path);
/*
 * The file at @path, in @arena, shown as @name. 0; or a negative errno and *ret_why, a
 * constant or a string in @arena: -ENOENT, -EISDIR, -EFBIG, -EINVAL for what is no
 * plain file, what open() and read() say, -ENOMEM.
 */
int yr_source_read(struct yr_arena *arena, const char *path, const char *name,
		   struct yr_source **ret_source, const char **ret_why);
/* The same for what yr_source_open() gave, of which fstat() says @st; @fd stays the caller's. */
int yr_source_read_fd(struct yr_arena *arena, int fd, const struct stat *st, const char *name,
		      struct yr_source **ret_source, const char **ret_why);
/* A source over text that the caller owns; copied, so that a NUL stands behind it. NULL: no memory.
 */
struct yr_source *yr_source_new(struct yr_arena *arena, const char *name, struct yr_str text);

#endif
