/* SPDX-License-Identifier: Apache-2.0 */
/* A specification in another folder. */
#ifndef YR_OCI_REBASE_H
#define YR_OCI_REBASE_H

#include <stddef.h>

#include "base/buf.h"
#include "yoroi/err.h"

/*
 * Append @text, a config.json, with @dir before what is seen from the folder of its bundle: the
 * root, and the sources of bind mounts. The rest stays to the byte. What is no specification is
 * refused as "LINE:COLUMN: reason" with -EINVAL; -E2BIG: it has too many such mounts; -ENOMEM.
 */
int yr_spec_rebase(const char *text, size_t len, const char *dir, struct yr_buf *out,
		   struct yr_err *err);

#endif
