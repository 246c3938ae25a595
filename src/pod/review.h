/* SPDX-License-Identifier: Apache-2.0 */
/* What an API server asks of an admission webhook, and the answer in its words. */
#ifndef YR_POD_REVIEW_H
#define YR_POD_REVIEW_H

#include "pod/admit.h"

/* Strings and nodes live as long as the document. */
struct yr_review {
	const char *version; /* "admission.k8s.io/v1", or v1beta1 */
	const char *uid, *ns;
	bool decides; /* false: nothing is created or changed, which is always allowed */
	const struct yr_node *object, *old; /* @old NULL: the object is new */
};

/* Whether @root calls itself one, of any version. */
bool yr_review_is(const struct yr_node *root);
/* -EBADMSG: it is none that can be answered, said in @diags; -ENOMEM. */
int yr_review_read(const struct yr_docs *d, const struct yr_node *root, struct yr_arena *arena,
		   struct yr_diags *diags, struct yr_review *ret);

/*
 * The whole answer, a new reference; NULL: memory is out. @pod, after yr_pod_admit(), may be NULL.
 * What a policy's default changed about it is a patch: without that it would not hold.
 */
struct json_t *yr_review_answer(const struct yr_review *r, const struct yr_pod *pod,
				const struct yr_pod_rules *rules, const struct yr_pod_answer *a);

#endif
