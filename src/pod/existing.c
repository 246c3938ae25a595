/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that came before anybody looked at what they ask for. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pod/admit.h"
#include "pod/text.h"
#include "pod/validate.h"

struct existing {
	const struct yr_pod *pod;
	const struct yr_era *era;
	yr_wider_fn *wider;
	yr_existing_fn *say;
	void *ctx;
	int n;
	bool failed;
};

static void YR_PRINTF(2, 3) tell(struct existing *e, const char *fmt, ...)
{
	AUTO_BUF struct yr_buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	yr_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (text.failed) {
		e->failed = true;
		return;
	}
	e->n++;
	e->say(e->ctx, e->pod, text.data);
}

static const char *plain(struct yr_buf *b, struct yr_wish p)
{
	b->len = 0;
	yr_wish_put(b, p);
	return b->len ? b->data : "nothing";
}

/* The annotation says one thing and the field that others look at another. */
static void compare_wishes(struct existing *e, const struct yr_container *c,
			   const struct yr_effective *what)
{
	const struct yr_pair *pair = yr_pod_annotation(e->pod, c->name);
	const struct yr_profile_field *f = c->field.set ? &c->field : &e->pod->field;
	AUTO_BUF struct yr_buf a = { 0 }, b = { 0 };
	struct yr_wish wish;

	if (!pair || e->era->no_annotations)
		return;
	wish = yr_wish_of(pair->value);
	if (wish.type == YR_PROFILE_INVALID)
		return;
	if (f->set && e->era->fields && !yr_wish_eq(wish, yr_wish_of_field(f)))
		tell(e,
		     "container \"%s\": the annotation says %s and the %s %s, which no server lets "
		     "in; the node takes %s",
		     c->name, plain(&a, wish), f == &c->field ? "field" : "Pod's field",
		     plain(&b, yr_wish_of_field(f)),
		     what->source == YR_FROM_ANNOTATION ? "the annotation" : "the field");
	else if (wish.type == YR_PROFILE_LOCALHOST && (!*wish.name || yr_is_padded(wish.name)))
		tell(e, "container \"%s\": the annotation names no profile that can be loaded: %s",
		     c->name, plain(&a, wish));
}

static void compare_profile(struct existing *e, const struct yr_container *c,
			    const struct yr_effective *what)
{
	const char *why = "";
	AUTO_BUF struct yr_buf b = { 0 };
	enum yr_wider wider;

	/* The default of a privileged container is no profile: nothing is more than that. */
	if (c->privileged)
		return;
	if (what->runs.type == YR_PROFILE_UNCONFINED ||
	    (what->runs.type == YR_PROFILE_LOCALHOST && yr_is_no_profile(what->runs.name))) {
		tell(e, "container \"%s\": unconfined (%s) is more permissive than the default",
		     c->name, yr_wish_source_name(what->source));
		return;
	}
	if (what->runs.type != YR_PROFILE_LOCALHOST || !*what->runs.name)
		return;
	wider = e->wider ? e->wider(e->ctx, what->runs.name, &why) : YR_WIDER_NO;
	if (wider == YR_WIDER_NO)
		return;
	yr_put_quoted(&b, what->runs.name);
	tell(e,
	     wider == YR_WIDER_YES
		     ? "container \"%s\": profile %s (%s) is more permissive than the default: %s"
		     : "container \"%s\": profile %s (%s) cannot be compared with the default: %s",
	     c->name, b.data ? b.data : "", yr_wish_source_name(what->source), why);
}

int yr_pod_existing(const struct yr_pod *pod, const struct yr_pod_rules *rules, yr_wider_fn *wider,
		    yr_existing_fn *say, void *ctx)
{
	struct existing e = {
		.pod = pod, .era = &rules->era, .wider = wider, .say = say, .ctx = ctx
	};
	struct yr_pod_answer a = { .arena = pod->arena };

	if (yr_validate_size(pod, &rules->era, &a)) {
		if (!rules->era.no_annotations)
			yr_validate_annotations(pod, &a);
		for (size_t i = 0; i < pod->n_annotations && rules->era.no_annotations; i++)
			if (!strncmp(pod->annotations[i].key, YR_POD_ANNOTATION,
				     sizeof(YR_POD_ANNOTATION) - 1))
				tell(&e, "%s: has no effect any more; use the \"appArmorProfile\" field",
				     yr_annotation_path(pod, pod->annotations[i].key, pod->arena));
	}
	for (size_t i = 0; i < a.n_faults; i++)
		tell(&e, "%s: %s", a.faults[i].field, a.faults[i].text);
	for (size_t i = 0; i < pod->n_containers; i++) {
		struct yr_effective what;

		yr_pod_effective(pod, &pod->containers[i], &rules->era, &what);
		compare_wishes(&e, &pod->containers[i], &what);
		compare_profile(&e, &pod->containers[i], &what);
	}
	return e.failed || a.no_memory ? -ENOMEM : e.n;
}
