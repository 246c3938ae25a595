/* SPDX-License-Identifier: Apache-2.0 */
/* Annotations become fields, and fields annotations, before anything is validated. */
#include <stdio.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/text.h"
#include "pod/validate.h"

#define DEPRECATED "%s: deprecated since v1.30; use the \"appArmorProfile\" field instead"

/* Whether a field can be made of it that would pass for valid. */
static bool makes_field(const char *annotation, struct yr_profile_field *ret)
{
	struct yr_profile_field f = { .set = true, .origin = YR_COPIED };
	struct yr_wish p = yr_wish_of(annotation);

	switch (p.type) {
	case YR_PROFILE_DEFAULT:
		f.type = "RuntimeDefault";
		break;
	case YR_PROFILE_UNCONFINED:
		f.type = "Unconfined";
		break;
	case YR_PROFILE_LOCALHOST:
		if (!*p.name || yr_is_padded(p.name) || strlen(p.name) > YR_LIMIT_LOCALHOST_PROFILE)
			return false;
		f.type = "Localhost";
		f.localhost = p.name;
		break;
	default:
		return false;
	}
	*ret = f;
	return true;
}

static void to_field(const struct yr_pod *p, struct yr_container *c, const struct yr_pair *pair,
		     struct yr_pod_answer *a)
{
	struct yr_profile_field f;
	bool made = makes_field(pair->value, &f);

	/* What the Pod's field says already is not copied, and nobody is warned. */
	if (made && p->field.set && yr_wish_eq(yr_wish_of_field(&p->field), yr_wish_of_field(&f)))
		return;
	if (made)
		c->field = f;
	if (pair->origin == YR_WRITTEN)
		yr_answer_warn(a, DEPRECATED, yr_annotation_path(p, pair->key, a->arena));
}

static void to_annotation(struct yr_pod *p, const struct yr_container *c, struct yr_pod_answer *a)
{
	const struct yr_profile_field *f = c->field.set ? &c->field : &p->field;
	struct yr_wish wish = yr_wish_of_field(f);
	AUTO_BUF struct yr_buf b = { 0 };
	const char *value;

	if (!f->set || wish.type == YR_PROFILE_INVALID)
		return;
	/* A Localhost without a name has no annotation. */
	if (wish.type == YR_PROFILE_LOCALHOST && !f->localhost)
		return;
	yr_wish_put(&b, wish);
	value = yr_keep(a->arena, &b);
	if (!value || !yr_pod_annotate(p, c->name, value, YR_COPIED))
		a->no_memory = true;
}

/* A template keeps what was written; its Pods are made over when they come. */
static void warn_template(const struct yr_pod *p, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *c = &p->containers[i];
		const struct yr_pair *pair = yr_pod_annotation(p, c->name);

		if (pair && !c->field.set)
			yr_answer_warn(a,
				       "%smetadata.annotations[%s]: deprecated since v1.30; use "
				       "the \"appArmorProfile\" field instead",
				       p->prefix, pair->key);
	}
}

void yr_pod_sync(struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	if (!era->fields || era->no_annotations)
		return;
	if (p->template) {
		warn_template(p, a);
		return;
	}
	if (p->windows)
		return;
	for (size_t i = 0; i < p->n_containers; i++) {
		struct yr_container *c = &p->containers[i];
		const struct yr_pair *pair = yr_pod_annotation(p, c->name);

		if (pair && !c->field.set)
			to_field(p, c, pair, a);
		else if (!pair && era->to_annotation)
			to_annotation(p, c, a);
	}
}
