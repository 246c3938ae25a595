/* SPDX-License-Identifier: Apache-2.0 */
/* Questions to policy: what `yoroi check` finds in its meaning. */
#ifndef YR_VERDICT_VERDICT_H
#define YR_VERDICT_VERDICT_H

#include "policy/policy.h"

/* Which profiles are taken for those of containers, see danger.c. */
enum yr_containers { YR_CONTAINERS_BY_NAME, YR_CONTAINERS_ALL };

/* A kernel by name, to be told what it will not enforce. */
struct yr_lint_kernel {
	const char *name;
	const struct yr_features *features;
};

struct yr_lint_options {
	const struct yr_lint_kernel *kernels;
	size_t n_kernels;
	struct yr_policy_options policy; /* what is asked about; per_rule is set here */
	enum yr_containers containers;
};

/* What is kept of a file for questions about several: names, attachments, targets. */
struct yr_lint_file;

/*
 * Compile @unit and report what is wrong with it: everything that compiling finds, and when there
 * is no mistake, what its rules mean. Findings are about rules that stand in the file that was
 * named; rules of includes only explain them. *ret_file is the caller's, for
 * yr_lint_file_free(), and does not need @unit any more; NULL when there were mistakes. A
 * negative return is the machine's.
 */
int yr_lint(const struct yr_unit *unit, const struct yr_lint_options *opt, struct yr_diags *diags,
	    struct yr_lint_file **ret_file, struct yr_err *err);
struct yr_lint_file *yr_lint_file_free(struct yr_lint_file *f);

/*
 * Questions about all the files together; @whole: they are all that there is, so that what is
 * named and not among them is missing. @known: names of further profiles that are there, NULL
 * at the end; may be NULL. -ENOMEM.
 */
int yr_lint_set(struct yr_lint_file *const *files, size_t n, bool whole, const char *const *known,
		struct yr_diags *diags, struct yr_err *err);

#endif
