/* SPDX-License-Identifier: Apache-2.0 */
/* Between the command line of `yoroi pod check` and what it does. */
#ifndef YR_CMD_POD_CHECK_H
#define YR_CMD_POD_CHECK_H

#include "cmd/pod.h"

/* Files of policies on one command line, and of manifests with -f. */
#define YR_POD_POLICY_FILES 64

struct yr_pod_check {
	struct yr_common common;
	struct yr_pod_rules rules;
	const char *era, *ns, *output, *old_path;
	const char *policy_paths[YR_POD_POLICY_FILES];
	const char *files[YR_POD_POLICY_FILES]; /* of -f */
	size_t n_policy_paths, n_files;
	const char *bad_option; /* what is wrong with the command line */
	const char *bad_value;
	bool node, existing, json;
	struct yr_policies policies;
	struct yr_manifests policy_files[YR_POD_POLICY_FILES], old_file;
	struct yr_arena arena; /* of policies and of what is replaced */
	struct yr_pod *olds;
	size_t n_olds;
	struct yr_pod_host host;
	struct yr_pod_compare compare;
	struct json_t *items;
	const char *source; /* the file that is read */
	size_t checked, findings, reviews;
};

/* Negative: go on; else the exit status to end with. */
int yr_pod_check_options(struct yr_pod_check *c, int argc, char **argv);
/* What the options mean together. An exit status, everything said. */
int yr_pod_check_settle(struct yr_pod_check *c);
/* Answer the AdmissionReview @root. An exit status, everything said. */
int yr_pod_check_review(struct yr_pod_check *c, const struct yr_docs *docs,
			const struct yr_node *root, struct yr_diags *diags);

#endif
