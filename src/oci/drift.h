/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a loaded profile still says what its file says. */
#ifndef YR_OCI_DRIFT_H
#define YR_OCI_DRIFT_H

#include <stdbool.h>

#include "yoroi/compile.h"
#include "yoroi/host.h"

enum yr_drift_answer {
	YR_DRIFT_SAME,
	YR_DRIFT_CHANGED, /* the file decides something else now; @why says what, or how much */
	YR_DRIFT_BROKEN,  /* the file does not compile, or cannot be read; @why says where */
	YR_DRIFT_MISSING, /* the file has no such profile (any more) */
	YR_DRIFT_UNKNOWN, /* cannot be told, for instance as the kernel keeps no copies; @why */
};
/* A stable word: "same", "changed", "broken", "missing", "unknown". */
const char *yr_drift_name(enum yr_drift_answer answer);

/* Everything is borrowed during the call. */
struct yr_drift_asked {
	const struct yr_host_paths *host;
	/*
	 * As for loading it: includes, namespace, force_complain, and the kernel, which must be
	 * there.
	 */
	const struct yr_compile_options *compile;
	const char *file;    /* the source that the profile would be loaded from */
	const char *profile; /* as the kernel lists it: "a", "a//child", ":ns:a" */
};

/*
 * Compiles the file and compares with what the kernel has: the bytes, and where they differ, what
 * they decide. A profile and its children are compared as one, as they are loaded as one. Never
 * fails otherwise than by YR_DRIFT_UNKNOWN; @why is untouched for YR_DRIFT_SAME.
 */
enum yr_drift_answer yr_drift(const struct yr_drift_asked *asked, struct yr_err *why);

#endif
