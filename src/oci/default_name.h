/* SPDX-License-Identifier: Apache-2.0 */
/* Names that may stand in a default profile, also as a pattern between quotes. */
#ifndef YR_OCI_DEFAULT_NAME_H
#define YR_OCI_DEFAULT_NAME_H

#include "yoroi/err.h"

/* -EINVAL: a container's profile cannot have this name. */
int yr_default_name_check(const char *name, struct yr_err *err);
/* The same of the profile that an engine runs under, which may be a path. */
int yr_default_daemon_check(const char *name, struct yr_err *err);

#endif
