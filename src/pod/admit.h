/* SPDX-License-Identifier: Apache-2.0 */
/* From a Pod as it was sent to the one that is stored, or to the reason why not. */
#ifndef YR_POD_ADMIT_H
#define YR_POD_ADMIT_H

#include "pod/policy.h"

/* Everything is borrowed. */
struct yr_pod_rules {
	struct yr_era era;
	bool gate_off;                      /* --feature-gates AppArmor=false */
	const struct yr_policies *policies; /* NULL: none */
	const char *ns;                     /* of Pods that name none */
	const struct yr_pod *old; /* what @pod replaces, as it was written; NULL: it is new */
};

/*
 * The decision, in @a, which is started with its arena. @pod is changed into what is stored.
 * After memory was out, which a->no_memory says, nothing else in @a counts.
 */
void yr_pod_admit(struct yr_pod *pod, const struct yr_pod_rules *rules, struct yr_pod_answer *a);
/* The namespace that it is in. */
const char *yr_pod_namespace(const struct yr_pod *pod, const struct yr_pod_rules *rules);

/* The object as it is stored; a new reference, NULL: memory is out. */
struct json_t *yr_pod_json(const struct yr_pod *pod, const struct yr_pod_rules *rules);

/* What the comparison with the default profile says. */
enum yr_wider { YR_WIDER_NO, YR_WIDER_YES, YR_WIDER_UNKNOWN };
/* Whether @profile allows what the default does not; *ret_why lives until the next call. */
typedef enum yr_wider yr_wider_fn(void *ctx, const char *profile, const char **ret_why);
typedef void yr_existing_fn(void *ctx, const struct yr_pod *pod, const char *text);
/*
 * What is there already, and was perhaps never looked at: values, containers, annotations and
 * fields that disagree, profiles more permissive than the default. Each finding goes to @say.
 * Returns how many there are, or -ENOMEM.
 */
int yr_pod_existing(const struct yr_pod *pod, const struct yr_pod_rules *rules, yr_wider_fn *wider,
		    yr_existing_fn *say, void *ctx);

#endif
