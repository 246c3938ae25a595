/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/decide.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "oci/name.h"

static const char process_field[] = "process.apparmorProfile";

static int refuse_wish(const struct yr_decision *d, const char *why, struct yr_err *err)
{
	return yr_err_set(err, EINVAL, "%s asks for '%.200s', which is no profile: %s", d->source,
			  d->asked, why);
}

/* @d->asked means @d->profile, if that is allowed. */
static int settle(struct yr_decision *d, const char *profile, const struct yr_oci_settings *s,
		  struct yr_err *err)
{
	d->profile = profile;
	if (!profile && !s->allow_unconfined)
		return yr_err_set(err, EPERM,
				  "%s says unconfined, which '%s' forbids (allow-unconfined = no)",
				  d->source, s->path ? s->path : "the configuration");
	return 0;
}

/* A name as runtimes take it, with no words of ours but "unconfined". */
static int take_name(struct yr_decision *d, const struct yr_oci_settings *s, struct yr_err *err)
{
	const char *why;

	if (!strcmp(d->asked, YR_UNCONFINED))
		return settle(d, NULL, s, err);
	why = yr_profile_name_check(d->asked);
	return why ? refuse_wish(d, why, err) : settle(d, d->asked, s, err);
}

static int take_wish(struct yr_decision *d, const struct yr_oci_settings *s, struct yr_err *err)
{
	const char *why = yr_wish_check(d->asked);

	return why ? refuse_wish(d, why, err) : settle(d, yr_wish_profile(d->asked), s, err);
}

/* ---- annotations ---- */

static const char *annotation(const struct yr_spec *spec, const char *const *keys)
{
	const char *value = NULL;

	for (; *keys && (!value || !*value); keys++)
		value = yr_spec_annotation(spec, *keys);
	return value && *value ? value : NULL;
}

static const char *container_name(const struct yr_spec *spec)
{
	static const char *const keys[] = { "io.kubernetes.cri.container-name",
					    "io.kubernetes.container.name", NULL };

	return annotation(spec, keys);
}

/* The container that only holds a Pod's namespaces: the Pod's wishes are about the others. */
static bool is_sandbox(const struct yr_spec *spec)
{
	static const char *const keys[] = { "io.kubernetes.cri.container-type",
					    "io.kubernetes.cri-o.ContainerType",
					    "io.kubernetes.docker.type", NULL };
	const char *type = annotation(spec, keys);

	return type && (!strcmp(type, "sandbox") || !strcmp(type, "podsandbox"));
}

static bool is_kubernetes(const struct yr_spec_note *note)
{
	return !strncmp(note->key, YR_ANNOTATION_KUBERNETES, strlen(YR_ANNOTATION_KUBERNETES));
}

/* *ret: the annotation about this container, NULL: there is none. */
static int find_kubernetes(const struct yr_spec *spec, const struct yr_spec_note **ret,
			   struct yr_err *err)
{
	const char *name = container_name(spec);
	const struct yr_spec_note *found = NULL;

	for (size_t i = 0; i < spec->n_annotations; i++) {
		const struct yr_spec_note *note = &spec->annotations[i];

		if (!is_kubernetes(note))
			continue;
		if (name && strcmp(note->key + strlen(YR_ANNOTATION_KUBERNETES), name))
			continue;
		if (found && strcmp(found->value, note->value))
			return yr_err_set(err, EINVAL,
					  "annotations %.100s and %.100s ask for different "
					  "profiles, and no annotation tells this container's name",
					  found->key, note->key);
		found = note;
	}
	*ret = found;
	return 0;
}

/* Kubernetes' word is not a bare name: what is none of its three forms was meant otherwise. */
static bool is_kubernetes_wish(const char *value)
{
	return !strcmp(value, YR_RUNTIME_DEFAULT) || !strcmp(value, YR_UNCONFINED) ||
	       !strncmp(value, YR_LOCALHOST, strlen(YR_LOCALHOST));
}

/* 1: an annotation decides. */
static int ask_annotations(const struct yr_spec *spec, struct yr_decision *ret, struct yr_err *err)
{
	const struct yr_spec_note *note = NULL;
	int r;

	ret->asked = yr_spec_annotation(spec, YR_ANNOTATION_PROFILE);
	if (ret->asked) {
		snprintf(ret->source, sizeof(ret->source), "annotation " YR_ANNOTATION_PROFILE);
		return 1;
	}
	r = find_kubernetes(spec, &note, err);
	if (r < 0 || !note)
		return r;
	ret->asked = note->value;
	snprintf(ret->source, sizeof(ret->source), "annotation %.300s", note->key);
	if (!is_kubernetes_wish(note->value))
		return refuse_wish(ret,
				   "Kubernetes knows 'runtime/default', 'localhost/NAME' and "
				   "'unconfined'",
				   err);
	return 1;
}

/* ---- failure ---- */

static int ask_on_failure(const struct yr_spec *spec, const struct yr_oci_settings *s,
			  struct yr_decision *ret, struct yr_err *err)
{
	const char *value = yr_spec_annotation(spec, YR_ANNOTATION_ON_FAILURE);

	ret->on_failure_unconfined = s->on_failure_unconfined;
	if (!value)
		return 0;
	if (!strcmp(value, "refuse")) {
		ret->on_failure_unconfined = false;
		return 0;
	}
	if (strcmp(value, YR_UNCONFINED))
		return yr_err_set(err, EINVAL,
				  "annotation " YR_ANNOTATION_ON_FAILURE
				  " says '%.100s', but takes 'refuse' or 'unconfined'",
				  value);
	if (s->on_failure_annotation)
		ret->on_failure_unconfined = true;
	else if (!ret->on_failure_unconfined)
		snprintf(ret->note, sizeof(ret->note),
			 "annotation " YR_ANNOTATION_ON_FAILURE " was not followed: '%.200s' does "
			 "not permit it (annotations-permitted)",
			 s->path ? s->path : "the configuration");
	return 0;
}

/* ---- all together ---- */

static int take_default(const struct yr_spec *spec, const struct yr_oci_settings *s,
			struct yr_decision *ret, struct yr_err *err)
{
	const char *wish = spec->privileged ? s->privileged_profile : s->default_profile;

	ret->by = spec->privileged ? YR_BY_PRIVILEGED : YR_BY_DEFAULT;
	snprintf(ret->source, sizeof(ret->source), "%s%s%.300s",
		 spec->privileged ? "privileged-profile" : "default-profile", s->path ? " of " : "",
		 s->path ? s->path : "");
	return settle(ret, yr_wish_profile(wish), s, err);
}

/* What the specification says comes first, but nobody's wish is dropped without a word. */
static void note_unused(const struct yr_spec *spec, struct yr_decision *ret)
{
	struct yr_decision other = { 0 };

	if (!ret->note[0] && ask_annotations(spec, &other, NULL) == 1 &&
	    (yr_wish_check(other.asked) || !yr_wish_profile(other.asked) != !ret->profile ||
	     (ret->profile && strcmp(yr_wish_profile(other.asked), ret->profile))))
		snprintf(ret->note, sizeof(ret->note),
			 "%.200s was not followed: it says '%.100s', and %s comes first",
			 other.source, other.asked, process_field);
}

int yr_decide_start(const struct yr_spec *spec, const struct yr_oci_settings *s,
		    struct yr_decision *ret, struct yr_err *err)
{
	int r;

	*ret = (struct yr_decision){ .by = YR_BY_PROCESS };
	if (!spec->has_process)
		return yr_err_set(
			err, EINVAL,
			"there is no process in the specification that could be given a profile");
	r = ask_on_failure(spec, s, ret, err);
	if (r < 0)
		return r;
	if (spec->profile) {
		ret->asked = spec->profile;
		snprintf(ret->source, sizeof(ret->source), "%s", process_field);
		r = take_name(ret, s, err);
		if (!r)
			note_unused(spec, ret);
		return r;
	}
	if (is_sandbox(spec))
		return take_default(spec, s, ret, err);
	r = ask_annotations(spec, ret, err);
	if (r < 0)
		return r;
	ret->by = YR_BY_ANNOTATION;
	return r ? take_wish(ret, s, err) : take_default(spec, s, ret, err);
}

static void take_container(const struct yr_start *container, struct yr_decision *ret)
{
	ret->by = YR_BY_CONTAINER;
	snprintf(ret->source, sizeof(ret->source), "container");
	if (container)
		ret->profile = container->profile;
	if (container && container->outcome == YR_START_WEAKENED)
		snprintf(ret->note, sizeof(ret->note),
			 "its container was started without protection");
	if (!container)
		snprintf(ret->note, sizeof(ret->note),
			 "it runs under what its container has; nothing is known of its start");
}

int yr_decide_exec(const struct yr_spec *process, const char *apparmor,
		   const struct yr_start *container, const struct yr_oci_settings *s,
		   struct yr_decision *ret, struct yr_err *err)
{
	const char *own = process ? process->profile : NULL;

	*ret = (struct yr_decision){ .by = YR_BY_PROCESS };
	/* runc takes the file's alone, crun may take the option's. */
	if (process && apparmor && (!own || strcmp(own, apparmor)))
		return yr_err_set(
			err, EINVAL,
			"--apparmor asks for '%.100s', and the process's file for '%.100s'",
			apparmor, own ? own : "the container's profile");
	if (apparmor && !*apparmor)
		apparmor = NULL;
	if (!own && !apparmor) {
		take_container(container, ret);
		return 0;
	}
	ret->by = own ? YR_BY_PROCESS : YR_BY_OPTION;
	ret->asked = own ? own : apparmor;
	snprintf(ret->source, sizeof(ret->source), "%s of exec",
		 own ? process_field : "--apparmor");
	return take_name(ret, s, err);
}
