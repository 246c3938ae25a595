/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/admit.h"

#include <stdio.h>
#include <string.h>

#include "pod/validate.h"

const char *yr_pod_namespace(const struct yr_pod *pod, const struct yr_pod_rules *rules)
{
	return *pod->ns ? pod->ns : rules->ns;
}

static bool is_apparmor(const struct yr_pair *pair)
{
	return !strncmp(pair->key, YR_POD_ANNOTATION, sizeof(YR_POD_ANNOTATION) - 1);
}

#define DISABLED "AppArmor is disabled by feature-gate"

static void forbid_all(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	char path[256];

	for (size_t i = 0; i < p->n_annotations; i++)
		if (is_apparmor(&p->annotations[i]))
			yr_answer_fault(a, YR_FAULT_FORBIDDEN,
					yr_annotation_path(p, p->annotations[i].key, a->arena),
					p->annotations[i].line, p->annotations[i].col, DISABLED);
	snprintf(path, sizeof(path), "%sspec.securityContext.appArmorProfile", p->prefix);
	if (era->fields && p->field.set)
		yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, p->field.line, p->field.col, DISABLED);
	for (size_t i = 0; i < p->n_containers && era->fields; i++) {
		const struct yr_container *c = &p->containers[i];

		snprintf(path, sizeof(path), "%sspec.%s[%u].securityContext.appArmorProfile",
			 p->prefix, yr_container_list(c->kind), c->index);
		if (c->field.set)
			yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, c->field.line, c->field.col,
					DISABLED);
	}
}

static bool has_annotations(const struct yr_pod *p)
{
	for (size_t i = 0; i < p->n_annotations; i++)
		if (is_apparmor(&p->annotations[i]))
			return true;
	return false;
}

static bool has_fields(const struct yr_pod *p)
{
	bool any = p->field.set;

	for (size_t i = 0; i < p->n_containers; i++)
		any |= p->containers[i].field.set;
	return any;
}

static void drop_annotations(struct yr_pod *p)
{
	size_t kept = 0;

	for (size_t i = 0; i < p->n_annotations; i++)
		if (!is_apparmor(&p->annotations[i]))
			p->annotations[kept++] = p->annotations[i];
	p->n_annotations = kept;
}

static void drop_fields(struct yr_pod *p)
{
	p->field = (struct yr_profile_field){ .set = false };
	for (size_t i = 0; i < p->n_containers; i++)
		p->containers[i].field = (struct yr_profile_field){ .set = false };
	p->dropped = true;
}

void yr_validate_gate_off(struct yr_pod *p, const struct yr_pod *old, const struct yr_era *era,
			  struct yr_pod_answer *a)
{
	/* What was there before the gate went off stays: a Pod's confinement does not change. */
	bool annotations = has_annotations(p) && !(old && has_annotations(old));
	bool fields = has_fields(p) && !(old && has_fields(old));

	if (era->gate_off != YR_GATE_DROPS) {
		forbid_all(p, era, a);
		return;
	}
	if (annotations)
		drop_annotations(p);
	if (fields)
		drop_fields(p);
	if (annotations || fields)
		yr_answer_warn(a,
			       "the feature gate AppArmor is off: what this %s asks of AppArmor "
			       "is dropped",
			       p->kind);
}

/* What servers pass over in silence, and who wrote it counts on. */
static void warn_misplaced(const struct yr_pod *p, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_own; i++)
		if (is_apparmor(&p->own_annotations[i])) {
			yr_answer_warn(
				a,
				"metadata.annotations[%s]: has no effect on a %s; it belongs "
				"into %smetadata.annotations",
				p->own_annotations[i].key, p->kind, p->prefix);
			break;
		}
	for (size_t i = 0; i < p->n_annotations; i++) {
		const char *key = p->annotations[i].key;

		if (strstr(key, "apparmor.security.") && !is_apparmor(&p->annotations[i])) {
			yr_answer_warn(a,
				       "%smetadata.annotations[%s]: has no effect; a profile is "
				       "asked for by " YR_POD_ANNOTATION "CONTAINER",
				       p->prefix, key);
			break;
		}
	}
}

enum { WHOLE_POD_FIRST = 22 };

static void check(struct yr_pod *pod, const struct yr_pod_rules *rules, struct yr_pod_answer *a)
{
	const struct yr_era *era = &rules->era;
	/* Forbidden whatever it says; what is kept or dropped is as if there were no gate. */
	bool forbidden = rules->gate_off && era->gate_off == YR_GATE_FORBIDS;
	size_t warnings = a->warnings.n;

	if (rules->gate_off)
		yr_validate_gate_off(pod, rules->old, era, a);
	if (rules->old) {
		/* Later servers look at all of the Pod first. */
		if (era->minor >= WHOLE_POD_FIRST)
			yr_validate(pod, era, forbidden, true, a);
		yr_validate_update(pod, rules->old, era, a);
		if (era->minor < WHOLE_POD_FIRST)
			yr_validate(pod, era, forbidden, true, a);
		yr_pod_sync(pod, era, a);
		/* Whoever changes something else is not told again. */
		a->warnings.n = warnings;
	} else {
		yr_pod_sync(pod, era, a);
		yr_validate(pod, era, forbidden, false, a);
	}
}

void yr_pod_admit(struct yr_pod *pod, const struct yr_pod_rules *rules, struct yr_pod_answer *a)
{
	const struct yr_era *era = &rules->era;
	const char *ns = yr_pod_namespace(pod, rules);

	yr_answer_about(a, pod->kind, pod->group, pod->plural,
			*pod->name ? pod->name : pod->generate_name);
	yr_validate_keys(pod, era, a);
	if (a->refusal != YR_ADMITTED)
		return;
	if (!yr_validate_size(pod, era, a)) {
		yr_answer_conclude(a);
		return;
	}
	if (pod->binding) {
		yr_validate_binding(pod, era, a);
		yr_answer_conclude(a);
		if (rules->policies && a->refusal == YR_ADMITTED)
			yr_policies_judge(rules->policies, pod, ns, era, a);
		return;
	}
	if (rules->policies && !rules->old)
		yr_policies_prepare(rules->policies, pod, ns, era, a);
	if (a->refusal != YR_ADMITTED)
		return;
	check(pod, rules, a);
	yr_answer_conclude(a);
	if (a->refusal != YR_ADMITTED)
		return;
	warn_misplaced(pod, a);
	if (rules->policies && (!rules->old || yr_update_matters(pod, rules->old)))
		yr_policies_judge(rules->policies, pod, ns, era, a);
}
