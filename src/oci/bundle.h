/* SPDX-License-Identifier: Apache-2.0 */
/* The file that a specification lies in: read once, replaced whole or not at all. */
#ifndef YR_OCI_BUNDLE_H
#define YR_OCI_BUNDLE_H

#include <stddef.h>

#include "base/cleanup.h"
#include "yoroi/err.h"

struct yr_bundle;

/*
 * config.json in the folder @path, which may be a symbolic link or lie behind some; config.json
 * itself may not, and has to be a regular file of at most YR_LIMIT_SPEC_BYTES. Nothing that is
 * there instead can make this wait. On success *ret is the caller's, to be given to
 * yr_bundle_free(). Errors name the file:
 * -ENOENT: not there; -ELOOP: config.json is a symbolic link; -EINVAL: not a regular file;
 * -EFBIG: too large; others as open() and read() give them.
 */
int yr_bundle_open(const char *path, struct yr_bundle **ret, struct yr_err *err);

/*
 * The same for a file by its own path: that of `exec --process`, and of crun's `create --config`.
 * /dev/fd/N and /proc/self/fd/N name what is open there, which has to be a regular file, too, and
 * is read from its beginning; any other symbolic link as last part is refused.
 */
int yr_bundle_open_file(const char *path, struct yr_bundle **ret, struct yr_err *err);

/* What was read; a NUL behind the @len bytes. Lives as long as the bundle. */
const char *yr_bundle_text(const struct yr_bundle *b, size_t *ret_len);

/*
 * The path without symbolic links: of the folder if yr_bundle_open() was used, else of the file.
 * What the runtime is given instead of the path that was asked for, so that it comes to the same
 * place. As it was given where it is one of an open file.
 */
const char *yr_bundle_real(const struct yr_bundle *b);

/*
 * Write @text to where it was read from: the old file or the new one is there at any time, whole,
 * also for who is killed meanwhile and when the disk is full; owner, group and mode stay. The data
 * is on the disk before the name is. At a kill between two calls of the kernel
 * (or on filesystems without O_TMPFILE, while writing) a file .NAME.yoroi may stay, which the next
 * replacement removes.
 * -EBUSY: somebody else has changed the file meanwhile; -EXDEV: an open file, which has no place.
 */
int yr_bundle_replace(struct yr_bundle *b, const char *text, size_t len, struct yr_err *err);

/* NULL is fine. Always returns NULL. */
struct yr_bundle *yr_bundle_free(struct yr_bundle *b);

static inline void yr_cleanup_bundle(struct yr_bundle **b)
{
	*b = yr_bundle_free(*b);
}
#define AUTO_BUNDLE YR_CLEANUP(yr_cleanup_bundle)

#endif
