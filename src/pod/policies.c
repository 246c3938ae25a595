/* SPDX-License-Identifier: Apache-2.0 */
/* All policies that hold, and what they do to a Pod. */
#include "pod/policy.h"

#include <stdlib.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/values.h"

#define PSP_KEY "apparmor.security.beta.kubernetes.io/"

const struct yr_namespace *yr_policies_namespace(const struct yr_policies *p, const char *name)
{
	for (size_t i = 0; i < p->n_namespaces; i++)
		if (!strcmp(p->namespaces[i].name, name))
			return &p->namespaces[i];
	return NULL;
}

/* One more row; they are few. NULL: memory, or too many, which is said. */
static void *one_more(struct yr_values *v, const struct yr_node *root, void *at, size_t n,
		      size_t size)
{
	char *more;

	if (n == YR_LIMIT_POLICIES) {
		yr_value_complain(v, root, "limit", "there are more than %d policies of a kind",
				  YR_LIMIT_POLICIES);
		return NULL;
	}
	more = yr_arena_array(v->arena, n + 1, size);
	v->no_memory |= !more;
	if (more && n)
		memcpy(more, at, n * size);
	return more;
}

static void take_psp(struct yr_policies *p, struct yr_values *v, const struct yr_node *root,
		     const struct yr_era *era, bool standing, struct yr_pod_answer *a)
{
	const struct yr_node *meta = yr_value_map(v, root, "", "metadata");
	struct yr_psp psp = { .name = yr_value_string(v, meta, "metadata.", "name"), .root = root };
	const struct yr_pair *pair;
	struct yr_psp *more;
	struct yr_pair *notes;
	size_t n, at;

	if (!era->psp) {
		yr_value_complain(v, root, "unsupported",
				  "PodSecurityPolicy is gone since Kubernetes 1.25, and the rules "
				  "are those of '%s'; write an AppArmorPolicy",
				  era->name);
		return;
	}
	notes = yr_value_pairs(v, meta, "metadata.", "annotations", &n);
	if (v->bad || v->no_memory)
		return;
	pair = yr_pair_find(notes, n, PSP_KEY "defaultProfileName");
	psp.fallback = pair ? pair->value : "";
	pair = yr_pair_find(notes, n, PSP_KEY "allowedProfileNames");
	psp.allowed = pair ? pair->value : NULL;
	if ((psp.allowed && strlen(psp.allowed) > YR_LIMIT_ANNOTATION_BYTES) ||
	    strlen(psp.fallback) > YR_LIMIT_ANNOTATION_BYTES) {
		yr_value_complain(v, root, "limit", "annotations may have %u bytes",
				  YR_LIMIT_ANNOTATION_BYTES);
		return;
	}
	yr_answer_about(a, "PodSecurityPolicy", "policy", "podsecuritypolicies", psp.name);
	yr_psp_validate(&psp, era, standing, a);
	yr_answer_conclude(a);
	more = one_more(v, root, p->psps, p->n_psps, sizeof(*more));
	if (!more || a->refusal != YR_ADMITTED)
		return;
	p->psps = more;
	for (at = p->n_psps++; at && strcmp(more[at - 1].name, psp.name) > 0; at--)
		more[at] = more[at - 1];
	more[at] = psp;
}

static void take_allow(struct yr_policies *p, struct yr_values *v, const struct yr_node *root)
{
	struct yr_allow *more = one_more(v, root, p->allows, p->n_allows, sizeof(*more));

	if (!more || !yr_allow_read(v, root, &more[p->n_allows]))
		return;
	p->allows = more;
	p->n_allows++;
}

static void take_namespace(struct yr_policies *p, struct yr_values *v, const struct yr_node *root)
{
	struct yr_namespace *more =
		one_more(v, root, p->namespaces, p->n_namespaces, sizeof(*more));
	const struct yr_node *meta = yr_value_map(v, root, "", "metadata");
	struct yr_namespace *n;

	if (!more)
		return;
	n = &more[p->n_namespaces];
	n->name = yr_value_string(v, meta, "metadata.", "name");
	n->labels = yr_value_pairs(v, meta, "metadata.", "labels", &n->n_labels);
	if (yr_policies_namespace(p, n->name))
		yr_value_complain(v, root, "duplicate", "the namespace '%s' is there twice",
				  n->name);
	if (v->bad || v->no_memory)
		return;
	p->namespaces = more;
	p->n_namespaces++;
}

enum yr_taken yr_policies_take(struct yr_policies *p, const struct yr_docs *d,
			       const struct yr_node *root, const struct yr_era *era, bool standing,
			       struct yr_diags *diags, struct yr_pod_answer *a)
{
	struct yr_values v = { d, p->arena, diags, false, false };
	const struct yr_node *kind = yr_node_get(root, "kind"), *version;

	version = yr_node_get(root, "apiVersion");
	if (!kind || kind->kind != YR_NODE_STRING || !version || version->kind != YR_NODE_STRING)
		return YR_TAKEN_NOT_A_POLICY;
	if (!strcmp(kind->text, "PodSecurityPolicy"))
		take_psp(p, &v, root, era, standing, a);
	else if (!strcmp(kind->text, "AppArmorPolicy") && !strcmp(version->text, "yoroi/v1"))
		take_allow(p, &v, root);
	else if (!strcmp(kind->text, "Namespace") && !strcmp(version->text, "v1"))
		take_namespace(p, &v, root);
	else
		return YR_TAKEN_NOT_A_POLICY;
	if (v.no_memory || a->no_memory)
		return YR_TAKEN_NO_MEMORY;
	return v.bad || a->refusal != YR_ADMITTED ? YR_TAKEN_BAD : YR_TAKEN;
}

/* A profile by a policy's default, in the form that this era knows. */
static bool give(struct yr_pod *pod, struct yr_container *c, const char *profile,
		 const struct yr_era *era)
{
	struct yr_wish p = yr_wish_of(profile);

	if (!era->fields)
		return yr_pod_annotate(pod, c->name, profile, YR_BY_POLICY);
	c->field = (struct yr_profile_field){
		.set = true,
		.origin = YR_BY_POLICY,
		.type = p.type == YR_PROFILE_DEFAULT     ? "RuntimeDefault"
			: p.type == YR_PROFILE_LOCALHOST ? "Localhost"
							 : "Unconfined",
		.localhost = p.type == YR_PROFILE_LOCALHOST ? p.name : NULL,
	};
	return true;
}

void yr_policies_prepare(const struct yr_policies *p, struct yr_pod *pod, const char *ns,
			 const struct yr_era *era, struct yr_pod_answer *a)
{
	size_t steps = YR_LIMIT_PATTERN_STEPS;

	if (pod->template)
		return;
	if (era->psp && (p->n_psps || p->psp_on))
		yr_psp_admit(p, pod, a);
	for (size_t i = 0; i < p->n_allows && a->refusal == YR_ADMITTED; i++) {
		const struct yr_allow *allow = &p->allows[i];

		if (!allow->fallback || allow->mode != YR_POLICY_DENY ||
		    !yr_allow_concerns(p, allow, pod, ns, &steps))
			continue;
		for (size_t k = 0; k < pod->n_containers; k++) {
			struct yr_effective e;

			yr_pod_effective(pod, &pod->containers[k], era, &e);
			if (e.asked.type == YR_PROFILE_NONE && !pod->windows &&
			    !give(pod, &pod->containers[k], allow->fallback, era))
				a->no_memory = true;
		}
	}
	if (!steps)
		yr_answer_forbid(a, "the patterns of the policies are too much work for this Pod");
}

void yr_policies_judge(const struct yr_policies *p, const struct yr_pod *pod, const char *ns,
		       const struct yr_era *era, struct yr_pod_answer *a)
{
	const struct yr_namespace *n = yr_policies_namespace(p, ns);
	size_t steps = YR_LIMIT_PATTERN_STEPS;
	bool asked = false;

	if (n && !pod->binding)
		yr_pod_security(n, pod, era, a);
	for (size_t i = 0; i < p->n_allows; i++) {
		if (yr_allow_asks_labels(&p->allows[i]) && !n && !asked) {
			yr_answer_warn(a,
				       "nothing is known of the labels of namespace \"%s\", which "
				       "AppArmorPolicy \"%s\" selects by; give the Namespace among "
				       "the policies",
				       ns, p->allows[i].name);
			asked = true;
		}
		if (yr_allow_concerns(p, &p->allows[i], pod, ns, &steps))
			yr_allow_judge(&p->allows[i], pod, era, &steps, a);
	}
	if (!steps && a->refusal == YR_ADMITTED)
		yr_answer_forbid(a, "the patterns of the policies are too much work for this Pod");
}
