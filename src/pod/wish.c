/* SPDX-License-Identifier: Apache-2.0 */
/* A profile that is asked for, and which of several wishes counts. */
#include <string.h>

#include "pod/pod.h"

static const char localhost[] = "localhost/";

struct yr_wish yr_wish_of(const char *annotation)
{
	if (!*annotation)
		return (struct yr_wish){ YR_PROFILE_NONE, NULL };
	if (!strcmp(annotation, "runtime/default"))
		return (struct yr_wish){ YR_PROFILE_DEFAULT, NULL };
	if (!strcmp(annotation, "unconfined"))
		return (struct yr_wish){ YR_PROFILE_UNCONFINED, NULL };
	if (!strncmp(annotation, localhost, sizeof(localhost) - 1))
		return (struct yr_wish){ YR_PROFILE_LOCALHOST, annotation + sizeof(localhost) - 1 };
	return (struct yr_wish){ YR_PROFILE_INVALID, annotation };
}

struct yr_wish yr_wish_of_field(const struct yr_profile_field *f)
{
	if (!f->set)
		return (struct yr_wish){ YR_PROFILE_NONE, NULL };
	if (!f->type)
		return (struct yr_wish){ YR_PROFILE_INVALID, "" };
	if (!strcmp(f->type, "RuntimeDefault"))
		return (struct yr_wish){ YR_PROFILE_DEFAULT, NULL };
	if (!strcmp(f->type, "Unconfined"))
		return (struct yr_wish){ YR_PROFILE_UNCONFINED, NULL };
	if (!strcmp(f->type, "Localhost"))
		return (struct yr_wish){ YR_PROFILE_LOCALHOST, f->localhost ? f->localhost : "" };
	return (struct yr_wish){ YR_PROFILE_INVALID, f->type };
}

void yr_wish_put(struct yr_buf *b, struct yr_wish p)
{
	switch (p.type) {
	case YR_PROFILE_NONE:
		return;
	case YR_PROFILE_DEFAULT:
		yr_buf_puts(b, "runtime/default");
		return;
	case YR_PROFILE_UNCONFINED:
		yr_buf_puts(b, "unconfined");
		return;
	case YR_PROFILE_LOCALHOST:
		yr_buf_puts(b, localhost);
		yr_buf_puts(b, p.name);
		return;
	case YR_PROFILE_INVALID:
		yr_buf_puts(b, p.name);
	}
}

bool yr_wish_eq(struct yr_wish a, struct yr_wish b)
{
	return a.type == b.type && (a.type < YR_PROFILE_LOCALHOST ||
				    a.type == YR_PROFILE_UNCONFINED || !strcmp(a.name, b.name));
}

/* A part of a label: the name without the namespace, and without blanks, which the kernel drops. */
static bool is_unconfined(const char *at, const char *end)
{
	static const char word[] = "unconfined", blank[] = " \t\n\v\f\r";
	const char *colon;

	at += strspn(at, blank);
	colon = at < end && *at == ':' ? memchr(at + 1, ':', (size_t)(end - at) - 1) : NULL;
	if (colon)
		at = colon + 1;
	while (at < end && ((colon && *at == '/') || strchr(blank, *at)))
		at++;
	while (at < end && strchr(blank, end[-1]))
		end--;
	if ((size_t)(end - at) < sizeof(word) - 1 || memcmp(at, word, sizeof(word) - 1) != 0)
		return false;
	at += sizeof(word) - 1;
	return at == end || (end - at >= 2 && !memcmp(at, "//", 2));
}

bool yr_is_no_profile(const char *name)
{
	for (;;) {
		const char *next = strstr(name, "//&");

		if (!is_unconfined(name, next ? next : name + strlen(name)))
			return false;
		if (!next)
			return true;
		name = next + 3;
	}
}

const char *yr_wish_source_name(enum yr_wish_source s)
{
	static const char *const name[] = { "nothing", "annotation", "container field", "pod field",
					    "policy" };

	return name[s];
}

/* Whether the annotation names a profile, to this era's node agent. */
static bool counts(const struct yr_era *era, struct yr_wish p)
{
	if (!era->fields)
		return p.type != YR_PROFILE_NONE;
	return p.type == YR_PROFILE_DEFAULT || p.type == YR_PROFILE_UNCONFINED ||
	       (p.type == YR_PROFILE_LOCALHOST && *p.name);
}

/*
 * The container's field, then its annotation, then the Pod's field: the order of the node agent.
 * What the server copied is told as where it was written.
 */
void yr_pod_effective(const struct yr_pod *p, const struct yr_container *c,
		      const struct yr_era *era, struct yr_effective *ret)
{
	const struct yr_pair *a = era->no_annotations ? NULL : yr_pod_annotation(p, c->name);
	struct yr_wish by_annotation = yr_wish_of(a ? a->value : "");
	enum yr_wish_source from =
		a && a->origin == YR_BY_POLICY ? YR_FROM_POLICY : YR_FROM_ANNOTATION;

	*ret = (struct yr_effective){ { YR_PROFILE_NONE, NULL }, YR_FROM_NOTHING, { 0 } };
	if (era->fields && c->field.set) {
		ret->asked = yr_wish_of_field(&c->field);
		ret->source = c->field.origin == YR_COPIED      ? from
			      : c->field.origin == YR_BY_POLICY ? YR_FROM_POLICY
								: YR_FROM_CONTAINER;
	} else if (counts(era, by_annotation) && a->origin != YR_COPIED) {
		ret->asked = by_annotation;
		ret->source = from;
	} else if (era->fields && p->field.set) {
		ret->asked = yr_wish_of_field(&p->field);
		ret->source = YR_FROM_POD;
	}
	ret->runs = ret->asked;
	if (ret->asked.type == YR_PROFILE_NONE || ret->asked.type == YR_PROFILE_DEFAULT)
		ret->runs.type = c->privileged ? YR_PROFILE_UNCONFINED : YR_PROFILE_DEFAULT;
}
