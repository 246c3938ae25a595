/* SPDX-License-Identifier: Apache-2.0 */
/* The server's own rules, each adding to an answer. */
#ifndef YR_POD_VALIDATE_H
#define YR_POD_VALIDATE_H

#include "pod/answer.h"

/* Keys that this era does not know: a bad request. */
void yr_validate_keys(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a);
/* With the feature gate off. Drops what it drops, but nothing of a kind that @old has, too. */
void yr_validate_gate_off(struct yr_pod *p, const struct yr_pod *old, const struct yr_era *era,
			  struct yr_pod_answer *a);
/* Annotation to field, and back where the era does that; the warnings of it. */
void yr_pod_sync(struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a);
/* The size of all annotations, which later steps rely on. false: too large, said as a fault. */
bool yr_validate_size(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a);
/*
 * Faults of an object; of a Pod that is not new, annotation and field are not compared.
 * @forbidden: what it asks of AppArmor is refused already, and not looked at.
 */
void yr_validate(const struct yr_pod *p, const struct yr_era *era, bool forbidden, bool update,
		 struct yr_pod_answer *a);
/* Faults of what replaces @old. */
void yr_validate_update(const struct yr_pod *p, const struct yr_pod *old, const struct yr_era *era,
			struct yr_pod_answer *a);
/* Whether policies look at it: a Pod that is there may get other labels, or lose a finalizer. */
bool yr_update_matters(const struct yr_pod *p, const struct yr_pod *old);
/* A Binding, whose annotations real servers give to the Pod without a look. */
void yr_validate_binding(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a);
/* Faults of the AppArmor annotations alone. */
void yr_validate_annotations(const struct yr_pod *p, struct yr_pod_answer *a);
void yr_validate_field(const struct yr_profile_field *f, const char *path, unsigned minor,
		       struct yr_pod_answer *a);
/* "invalid AppArmor profile name: ..." to @b; false: @value is a good one. */
bool yr_put_profile_fault(struct yr_buf *b, const char *value);
/* "metadata.annotations[KEY]", of templates "spec.template.annotations[KEY]" (as servers do). */
const char *yr_annotation_path(const struct yr_pod *p, const char *key, struct yr_arena *a);

#endif
