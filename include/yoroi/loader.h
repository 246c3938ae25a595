/* SPDX-License-Identifier: Apache-2.0 */
/* Hands compiled policy to the kernel's AppArmor filesystem, and takes it away. */
#ifndef YOROI_LOADER_H
#define YOROI_LOADER_H

#include <stddef.h>

#include "yoroi/err.h"
#include "yoroi/host.h"

struct yr_loader;

enum yr_load_op {
	YR_LOAD_ADD,     /* fails with -EEXIST when a profile is there already */
	YR_LOAD_REPLACE, /* adds what is not there yet */
};

/*
 * Open the interface below paths->securityfs. On success *ret_loader is the caller's, for
 * yr_loader_free(); on failure it is left alone and @err says which of yr_host_state()'s
 * states is the reason. -ENOENT: no AppArmor in this kernel, switched off at boot, or
 * securityfs is not mounted; -EACCES: not for this user.
 */
int yr_loader_open(const struct yr_host_paths *paths, struct yr_loader **ret_loader,
		   struct yr_err *err);

/*
 * Push one image, which may hold several profiles, by one write(2). @blob is only read
 * during the call; it may be compressed as upstream's parser does it. What is written is
 * compressed exactly when the kernel takes that. The kernel takes an image of one profile whole or
 * not at all; one of several profiles too when its features have policy/set_load (every kernel
 * since 4.13; the message of a failure on an older one says that it may have been taken in part).
 * After a failure what was loaded before is still in force, unless the code is -EIO.
 * Safe from several threads on one loader.
 *
 * -EEXIST: ADD, and a profile of that name is loaded; -ENOENT: the parent of a hat or child
 * is not loaded; -EPROTONOSUPPORT: a version that this kernel does not know; -EPROTO,
 * -EBADMSG, -EINVAL: not an image that this kernel takes; -EACCES, -EPERM: not root,
 * confined, or policy is locked: the message says which; -ENOSPC, -ENOMEM; -EIO: a short
 * write, after which nothing is known; -EFBIG: over the limit for images.
 */
int yr_loader_push(struct yr_loader *l, enum yr_load_op op, const void *blob, size_t len,
		   struct yr_err *err);

/*
 * Remove profile @name with its hats and children. Processes under it run on UNCONFINED:
 * the kernel has nothing else to put them under. -ENOENT: no such profile is loaded.
 * -EINVAL: not a profile's name; ":ns:" alone, by which the kernel would drop a whole
 * namespace, is not one.
 */
int yr_loader_remove(struct yr_loader *l, const char *name, struct yr_err *err);

/* NULL is fine. Policy already loaded stays loaded. Always returns NULL. */
struct yr_loader *yr_loader_free(struct yr_loader *l);

#endif
