/* SPDX-License-Identifier: Apache-2.0 */
/* Which file of the profile directories defines a profile. */
#ifndef YR_OCI_FIND_H
#define YR_OCI_FIND_H

#include <stdbool.h>

#include "base/cleanup.h"
#include "oci/name.h"
#include "yoroi/compile.h"

/* What a profile is made from. Start from { 0 }. */
struct yr_found {
	char *file;
	struct yr_compile *compile; /* of that file, without mistakes */
	struct yr_diags *diags;     /* its warnings */
	bool complain;              /* the folder's force-complain/ says so */
};

/*
 * Look for the file that defines @part in @dirs (NULL at the end), in that order: in each, the
 * file called after @part->top and all others that hold that name are read. @compile: as for
 * loading; it is borrowed by what is found, but for base_dir and force_complain, which are set
 * here. -ENOENT: no file defines it (or there is no folder); -EPERM: disable/ has its name;
 * -EEXIST: two files of one folder define it; -EBADMSG: the file has mistakes, and the first is
 * told; -ELOOP: beyond a limit. On success @ret is for yr_found_done(). The message does not name
 * the profile.
 */
int yr_profile_find(const struct yr_profile_part *part, const char *const *dirs,
		    const struct yr_compile_options *compile, struct yr_found *ret,
		    struct yr_err *err);
void yr_found_done(struct yr_found *f);

/* "FILE:LINE:COL: text [name]" of the first error, and how many more there are. */
int yr_found_mistake(const struct yr_diags *d, struct yr_err *err);

#define AUTO_FOUND YR_CLEANUP(yr_found_done)

#endif
