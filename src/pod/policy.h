/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may use which profile: PodSecurityPolicy's annotations, the labels of Pod Security Admission,
 * and AppArmorPolicy, which is Yoroi's own (its form is in yoroi-pod(1)).
 */
#ifndef YR_POD_POLICY_H
#define YR_POD_POLICY_H

#include "pod/answer.h"

struct yr_values;

struct yr_psp {
	const char *name;
	const char *fallback; /* defaultProfileName; "" when absent */
	const char *allowed;  /* allowedProfileNames, whole; NULL: absent */
	const struct yr_node *root;
};

enum yr_policy_mode { YR_POLICY_DENY, YR_POLICY_WARN, YR_POLICY_AUDIT };

struct yr_policy_term {
	const char *key;
	enum { YR_TERM_IN, YR_TERM_NOT_IN, YR_TERM_EXISTS, YR_TERM_NOT_EXISTS } op;
	const char **values;
	size_t n_values;
};

/* matchLabels and matchExpressions; without terms all match. */
struct yr_selector {
	struct yr_policy_term *terms;
	size_t n;
};

struct yr_exception {
	const char **containers, **images, **allowed; /* patterns */
	size_t n_containers, n_images, n_allowed;
};

struct yr_allow {
	const char *name;
	enum yr_policy_mode mode;
	const char **namespaces; /* patterns; none: every one */
	size_t n_namespaces;
	struct yr_selector namespace_labels, pod_labels;
	const char **allowed; /* patterns of profiles as annotations write them */
	size_t n_allowed;
	const char *fallback; /* NULL: none */
	struct yr_exception *exceptions;
	size_t n_exceptions;
};

struct yr_namespace {
	const char *name;
	struct yr_pair *labels;
	size_t n_labels;
};

/* Start with { .arena = ... }; strings also belong to the documents that were read. */
struct yr_policies {
	struct yr_psp *psps; /* in order of name */
	size_t n_psps;
	bool psp_on; /* the admission plugin is on, even if there is no PodSecurityPolicy */
	struct yr_allow *allows;
	size_t n_allows;
	struct yr_namespace *namespaces;
	size_t n_namespaces;
	struct yr_arena *arena;
};

enum yr_taken { YR_TAKEN, YR_TAKEN_NOT_A_POLICY, YR_TAKEN_BAD, YR_TAKEN_NO_MEMORY };
/*
 * Take @root into @p, if it is a policy or a namespace. YR_TAKEN_BAD: said in @diags, or in @a,
 * which is Kubernetes' answer to who creates it. @standing: it is there already, so that what a
 * real server would have let in is only warned about in numbered eras.
 */
enum yr_taken yr_policies_take(struct yr_policies *p, const struct yr_docs *d,
			       const struct yr_node *root, const struct yr_era *era, bool standing,
			       struct yr_diags *diags, struct yr_pod_answer *a);

/* What they change about a Pod before it is validated; may refuse. */
void yr_policies_prepare(const struct yr_policies *p, struct yr_pod *pod, const char *ns,
			 const struct yr_era *era, struct yr_pod_answer *a);
/* What they say of it afterwards. */
void yr_policies_judge(const struct yr_policies *p, const struct yr_pod *pod, const char *ns,
		       const struct yr_era *era, struct yr_pod_answer *a);

/* The parts. */
void yr_psp_admit(const struct yr_policies *p, struct yr_pod *pod, struct yr_pod_answer *a);
void yr_psp_validate(const struct yr_psp *psp, const struct yr_era *era, bool standing,
		     struct yr_pod_answer *a);
void yr_pod_security(const struct yr_namespace *ns, const struct yr_pod *pod,
		     const struct yr_era *era, struct yr_pod_answer *a);
bool yr_allow_read(struct yr_values *v, const struct yr_node *root, struct yr_allow *ret);
bool yr_allow_concerns(const struct yr_policies *p, const struct yr_allow *allow,
		       const struct yr_pod *pod, const char *ns, size_t *steps);
/* Whether it selects by labels that a Namespace says. */
bool yr_allow_asks_labels(const struct yr_allow *allow);
void yr_allow_judge(const struct yr_allow *allow, const struct yr_pod *pod,
		    const struct yr_era *era, size_t *steps, struct yr_pod_answer *a);
const struct yr_namespace *yr_policies_namespace(const struct yr_policies *p, const char *name);

/*
 * Whether @text matches: '?' is one character but '/', '*' any number of them, '**' any text.
 * @steps, which is what may still be spent, goes down; at 0 the answer is no.
 */
bool yr_pattern_match(const char *pattern, const char *text, size_t *steps);
bool yr_patterns_match(const char *const *patterns, size_t n, const char *text, size_t *steps);
bool yr_selector_match(const struct yr_selector *s, const struct yr_pair *labels, size_t n);

#endif
