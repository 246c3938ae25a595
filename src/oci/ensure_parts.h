/* SPDX-License-Identifier: Apache-2.0 */
/* What the files behind ensure.h share. */
#ifndef YR_OCI_ENSURE_PARTS_H
#define YR_OCI_ENSURE_PARTS_H

#include "oci/ensure.h"
#include "oci/name.h"
#include "yoroi/status.h"

/* NULL: @part is not in the list. */
const struct yr_loaded *yr_part_loaded(const struct yr_profiles *list,
				       const struct yr_profile_part *part);

/*
 * Compile what defines @part and load it. @loaded: it is loaded, and to be looked after: nothing
 * is done when its file says the same, or when there is no file.
 */
int yr_part_load(const struct yr_ensure *with, const struct yr_profile_part *part, bool loaded,
		 struct yr_ensured *ret, struct yr_err *err);

/* By a child process that asks to be put under @profile, and ends. Tells no mode. */
int yr_profile_ask(const struct yr_ensure *with, const char *profile, struct yr_err *err);

/* "'/a', '/b'" for messages, as much as goes in. Returns @buffer. */
const char *yr_dirs_phrase(const char *const *dirs, char *buffer, size_t size);

void yr_ensured_note(struct yr_ensured *e, const char *fmt, ...) YR_PRINTF(2, 3);

#endif
