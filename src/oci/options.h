/* SPDX-License-Identifier: Apache-2.0 */
/* What options runc 1.1 to 1.3 and crun from 1.8 on take, and our own. */
#ifndef YR_OCI_OPTIONS_H
#define YR_OCI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* Where: before the command, or behind one. */
enum {
	YR_OCI_IN_FRONT = 1,
	YR_OCI_IN_CREATE = 2,
	YR_OCI_IN_RUN = 4,
	YR_OCI_IN_EXEC = 8,
	YR_OCI_IN_RESTORE = 16,
	YR_OCI_IN_START = 32
};
/* Who: runc by Go's rules, crun by GNU's. */
enum { YR_OCI_GO = 1, YR_OCI_GNU = 2 };

struct yr_oci_option {
	const char *name; /* without dashes; at least two letters */
	char letter;      /* 0: none */
	unsigned where, who;
	enum { YR_OCI_NOTHING, YR_OCI_VALUE, YR_OCI_MAYBE } takes; /* MAYBE: only glued to it */
	enum { YR_OCI_IS_FOR_IT, YR_OCI_HELPS, YR_OCI_OURS } does;
	size_t place; /* in struct yr_oci_args; 0: nothing that we have to know */
};

extern const struct yr_oci_option yr_oci_options[];
extern const size_t yr_oci_n_options;

/* By its whole name or, where @len is 1, its letter. NULL: there is none. */
const struct yr_oci_option *yr_oci_option_find(unsigned where, unsigned who, const char *name,
					       size_t len);
/* Some option's name begins with this. */
bool yr_oci_option_begins(unsigned where, unsigned who, const char *name, size_t len);

#endif
