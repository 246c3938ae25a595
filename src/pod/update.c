/* SPDX-License-Identifier: Apache-2.0 */
/* What may change about a Pod that is there: nothing of AppArmor. */
#include <stdio.h>
#include <string.h>

#include "pod/validate.h"

#define ONLY_THESE                                                                                 \
	"pod updates may not change fields other than `spec.containers[*].image`,"                 \
	"`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only "    \
	"additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be " \
	"set to 1 if it was previously negative)"

static bool is_apparmor(const struct yr_pair *pair)
{
	return !strncmp(pair->key, YR_POD_ANNOTATION, sizeof(YR_POD_ANNOTATION) - 1);
}

static void changed_annotations(const struct yr_pod *p, const struct yr_pod *old,
				struct yr_pod_answer *a)
{
	for (size_t i = 0; i < old->n_annotations; i++) {
		const struct yr_pair *was = &old->annotations[i];
		const struct yr_pair *is = yr_pair_find(p->annotations, p->n_annotations, was->key);

		if (is_apparmor(was) && (!is || strcmp(is->value, was->value) != 0))
			yr_answer_fault(a, YR_FAULT_FORBIDDEN,
					yr_annotation_path(p, was->key, a->arena),
					is ? is->line : 0, is ? is->col : 0,
					"may not remove or update AppArmor annotations");
	}
	for (size_t i = 0; i < p->n_annotations; i++) {
		const struct yr_pair *is = &p->annotations[i];

		if (is_apparmor(is) && !yr_pair_find(old->annotations, old->n_annotations, is->key))
			yr_answer_fault(a, YR_FAULT_FORBIDDEN,
					yr_annotation_path(p, is->key, a->arena), is->line, is->col,
					"may not add AppArmor annotations");
	}
}

static bool same_word(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : !a && !b;
}

static bool same_field(const struct yr_profile_field *a, const struct yr_profile_field *b)
{
	return a->set == b->set && same_word(a->type, b->type) &&
	       same_word(a->localhost, b->localhost);
}

/* The same containers; an ephemeral one may come, by way of its own subresource. */
static bool same_containers(const struct yr_pod *p, const struct yr_pod *old)
{
	size_t k = 0;

	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *is = &p->containers[i], *was = &old->containers[k];

		if (k < old->n_containers && was->kind == is->kind &&
		    !strcmp(was->name, is->name)) {
			if (!same_field(&is->field, &was->field) ||
			    is->privileged != was->privileged)
				return false;
			k++;
		} else if (is->kind != YR_CONTAINER_EPHEMERAL || k < old->n_containers) {
			return false;
		}
	}
	return k == old->n_containers;
}

void yr_validate_update(const struct yr_pod *p, const struct yr_pod *old, const struct yr_era *era,
			struct yr_pod_answer *a)
{
	if (p->template)
		return; /* a template may change; the Pods that it made stay */
	changed_annotations(p, old, a);
	if (!same_field(&p->field, &old->field) || !same_containers(p, old))
		yr_answer_fault(a, YR_FAULT_FORBIDDEN, "spec", 0, 0, "%s",
				era->minor < 22
					? "pod updates may not change fields other than "
					  "`spec.containers[*].image`, "
					  "`spec.initContainers[*].image`, "
					  "`spec.activeDeadlineSeconds` or `spec.tolerations` "
					  "(only additions to existing tolerations)"
					: ONLY_THESE);
}

/* As Pod Security Admission does it: other images, and containers that were not there. */
bool yr_update_matters(const struct yr_pod *p, const struct yr_pod *old)
{
	if (p->template || p->n_containers != old->n_containers)
		return true;
	for (size_t i = 0; i < p->n_containers; i++)
		if (strcmp(p->containers[i].name, old->containers[i].name) != 0 ||
		    strcmp(p->containers[i].image, old->containers[i].image) != 0)
			return true;
	return false;
}

void yr_validate_binding(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_annotations; i++) {
		const struct yr_pair *pair = &p->annotations[i];
		const char *path;

		if (!is_apparmor(pair))
			continue;
		path = yr_annotation_path(p, pair->key, a->arena);
		if (era->numbered)
			yr_answer_warn(a, "%s: is given to the Pod without validation", path);
		else
			yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, pair->line, pair->col,
					"may not add AppArmor annotations");
	}
}
