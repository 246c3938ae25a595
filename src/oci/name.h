/* SPDX-License-Identifier: Apache-2.0 */
/* Names of profiles, as containers ask for them. */
#ifndef YR_OCI_NAME_H
#define YR_OCI_NAME_H

#include <stdbool.h>

#include "base/str.h"

/*
 * What is wrong with @name as a profile for a container: NULL, or words such as "it is empty".
 * Children ("a//b"), stacks ("a//&b") and namespaces (":ns:a") are fine. What the kernel would
 * read as no profile at all is not: "unconfined", alone, in a namespace or in a stack.
 */
const char *yr_profile_name_check(const char *name);

/* The same for a wish: "runtime/default", "localhost/NAME", "unconfined" or a name. */
const char *yr_wish_check(const char *wish);
/* What the wish, which is one, means in the kernel; NULL: no profile. Points into @wish, or is
 * constant. */
const char *yr_wish_profile(const char *wish);

/* One profile of a stack. The whole is @name's, "a" of ":ns://a//b" is @top. */
struct yr_profile_part {
	struct yr_str ns;   /* empty: the caller's */
	struct yr_str name; /* without the namespace */
	struct yr_str top;  /* the profile that the child is of; else all of name */
};
/* The part at *at, which moves behind it. False: there is no more. For names that were checked. */
bool yr_profile_next(const char **at, struct yr_profile_part *ret);

#endif
