/* SPDX-License-Identifier: Apache-2.0 */
/* That the profile of a container is loaded before the container is started. */
#ifndef YR_OCI_ENSURE_H
#define YR_OCI_ENSURE_H

#include <stdbool.h>

#include "yoroi/err.h"
#include "yoroi/host.h"

/* Everything is borrowed during the call. */
struct yr_ensure {
	const struct yr_host_paths *host;
	const char *const *profile_dirs; /* where sources are looked for; NULL at the end */
	const char *const *include_dirs; /* NULL at the end */
	const char *fallback_dir;        /* of includes; NULL: none */
	const char *run_dir;             /* for the lock; it is made if need be */
	bool reload_changed;
};

struct yr_ensured {
	char mode[64];  /* as the kernel lists it, "mixed" for a stack of several; "": not known */
	char note[400]; /* "loaded from FILE", and what went on beside; "": nothing */
};

/*
 * Make sure that @profile, a name that yr_profile_name_check() takes, is loaded: every profile of a
 * stack. One that is not is compiled for this kernel and loaded; who starts two containers at the
 * same moment has it loaded once. Where the list of profiles is not for us (rootless), a child
 * process asks the kernel, and nothing can be loaded.
 *
 * A failure says in full what is the matter: no AppArmor and why; that the profile is nowhere, and
 * where it was looked for; the place of a mistake; the kernel's refusal. -ENOENT: there is no such
 * profile. After one, nothing may be started that asks for it.
 */
int yr_ensure_profile(const struct yr_ensure *with, const char *profile, struct yr_ensured *ret,
		      struct yr_err *err);

/* Only whether every profile of @profile is loaded. -ENOENT: one is not. */
int yr_ensure_still(const struct yr_ensure *with, const char *profile, struct yr_err *err);

#endif
