/* SPDX-License-Identifier: Apache-2.0 */
/* The policy that the kernel has, in the form in which it was loaded. */
#ifndef YR_HOST_LOADED_H
#define YR_HOST_LOADED_H

#include <stddef.h>

#include "yoroi/host.h"

/*
 * The image that @profile ("a", "a//child", ":ns:a") came with, decompressed: all that was loaded
 * in one piece with it. *ret_image is the caller's to free(). -ESRCH: no such profile. -ENOENT:
 * the kernel keeps no copies. -EACCES and others as yr_host_state() has them.
 */
int yr_loaded_image(const struct yr_host_paths *paths, const char *profile, void **ret_image,
		    size_t *ret_len, struct yr_err *err);

#endif
