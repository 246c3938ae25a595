/* SPDX-License-Identifier: Apache-2.0 */
/* create, run and restore: the profile is there, and the specification asks for it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/runtime.h"

static const char *get_annotation(const void *ctx, const char *key)
{
	return yr_spec_annotation(ctx, key);
}

/* crun takes another file than the bundle's: "config.json" alone is the bundle's for it. */
static const char *own_file(const struct yr_runtime *rt)
{
	const char *file = rt->args.spec_file.value;

	return file && strcmp(file, "config.json") != 0 ? file : NULL;
}

static int open_bundle(struct yr_runtime *rt, struct yr_err *err)
{
	const char *file = own_file(rt), *dir = rt->args.bundle.value;

	if (file)
		return yr_bundle_open_file(file, &rt->bundle, err);
	return yr_bundle_open(dir ? dir : ".", &rt->bundle, err);
}

int yr_runtime_read(struct yr_runtime *rt, enum yr_spec_kind kind, struct yr_err *err)
{
	bool whole_file = kind == YR_SPEC_PROCESS || own_file(rt);
	struct yr_err why = { 0 };
	const char *text;
	size_t len;
	int r;

	text = yr_bundle_text(rt->bundle, &len);
	r = yr_spec_read(text, len, kind, &rt->spec, &why);
	if (r < 0)
		return yr_err_set(err, -r, "%.250s%s:%s", yr_bundle_real(rt->bundle),
				  whole_file ? "" : "/config.json", why.msg);
	rt->start.hostname = rt->spec->hostname;
	yr_start_annotate(&rt->start, get_annotation, rt->spec);
	return 0;
}

const char *yr_runtime_real(const struct yr_runtime *rt, const char *given)
{
	AUTO_FREE char *here = NULL;
	const char *real = yr_bundle_real(rt->bundle);
	size_t len;

	if (!given || !strcmp(given, real))
		return NULL;
	if (*given == '/')
		return real;
	here = getcwd(NULL, 0);
	len = here ? strlen(here) : 0;
	if (here && !strncmp(real, here, len) &&
	    (!strcmp(given, ".") ? !real[len] : real[len] == '/' && !strcmp(real + len + 1, given)))
		return NULL;
	return real;
}

int yr_runtime_check_mode(struct yr_runtime *rt, struct yr_err *err)
{
	const char *conf = rt->settings->path ? rt->settings->path : "the configuration";

	if (strcmp(rt->ensured.mode, yr_label_mode_name(YR_LABEL_UNCONFINED)))
		return 0;
	if (!rt->settings->allow_unconfined)
		return yr_err_set(
			err, EPERM,
			"profile '%.200s' is loaded in mode unconfined, in which it refuses "
			"nothing, and '%s' forbids that (allow-unconfined = no)",
			rt->decision.profile, conf);
	yr_runtime_tell(
		rt, YR_TELL_WARNING,
		"container '%.100s': profile '%.200s' is loaded in mode unconfined, in which "
		"it refuses nothing",
		rt->start.id, rt->decision.profile);
	return 0;
}

void yr_runtime_tell_decision(struct yr_runtime *rt, const char *failure)
{
	const struct yr_decision *d = &rt->decision;
	const char *parts[] = { failure ? failure : "", d->note, rt->ensured.note };
	size_t len = 0, size = sizeof(rt->reason);

	rt->reason[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(parts); i++)
		if (*parts[i] && len < size)
			len += (size_t)snprintf(rt->reason + len, size - len, "%s%s",
						len ? "; " : "", parts[i]);
	rt->start.profile = failure ? NULL : d->profile;
	rt->start.mode = !failure && *rt->ensured.mode ? rt->ensured.mode : NULL;
	rt->start.asked = d->asked;
	rt->start.source = d->source;
	rt->start.reason = *rt->reason ? rt->reason : NULL;
	rt->start.outcome = failure ? YR_START_WEAKENED : YR_START_STARTED;
}

/*
 * For exec and `yoroi status`. A container of that id that is there already keeps what is known of
 * it: the runtime is going to refuse this one.
 */
static int put_state(struct yr_runtime *rt, bool must, struct yr_err *err)
{
	struct yr_err why = { 0 };
	char there[2 * PATH_MAX];

	snprintf(there, sizeof(there), "%s/%s", rt->root, rt->start.id);
	if (*rt->root && !access(there, F_OK))
		return 0;
	if (!yr_state_put(rt->run_dir, &rt->start, &why))
		return 0;
	if (must || why.code == EINVAL)
		return yr_err_set(err, why.code, "%s", why.msg);
	yr_runtime_tell(rt, YR_TELL_WARNING,
			"container '%.100s': what it runs under is not kept: %s", rt->start.id,
			why.msg);
	return 0;
}

/* "" takes the profile out, so that the runtime does not ask the kernel for it. */
static int rewrite(struct yr_runtime *rt, const char *profile, struct yr_err *err)
{
	AUTO_BUF struct yr_buf text = { 0 };
	int r;

	if (!strcmp(profile, rt->spec->profile ? rt->spec->profile : "") &&
	    !rt->spec->empty_profile)
		return 0;
	r = yr_spec_with_profile(rt->spec, profile, &text, err);
	if (!r)
		r = yr_bundle_replace(rt->bundle, text.data, text.len, err);
	return r < 0 ? yr_err_wrap(err, "put profile '%.100s' into the specification", profile) : 0;
}

/* A start with less than was asked is known to somebody before it is one. */
static int start_weakened(struct yr_runtime *rt, const char *why, struct yr_err *err)
{
	int r;

	yr_runtime_tell_decision(rt, why);
	r = put_state(rt, true, err);
	if (!r)
		r = yr_runtime_record(rt, true, err);
	if (r < 0)
		return yr_err_wrap(err, "%.200s; and without a profile", why);
	yr_runtime_tell(rt, YR_TELL_WARNING,
			"container '%.100s' is started without protection, as on-failure says: %s",
			rt->start.id, why);
	return rewrite(rt, "", err);
}

static int start_protected(struct yr_runtime *rt, struct yr_err *err)
{
	const struct yr_decision *d = &rt->decision;
	int r;

	yr_runtime_tell_decision(rt, NULL);
	r = put_state(rt, rt->settings->record_required, err);
	/* Who has none keeps what there is: "unconfined" is something else than nothing. */
	if (!r && d->profile)
		r = rewrite(rt, d->profile, err);
	return r < 0 ? r : yr_runtime_record(rt, rt->settings->record_required, err);
}

/*
 * What is restored runs under what it ran under when it was saved, whatever the specification says,
 * unless the runtime is told.
 */
static int name_restored(struct yr_runtime *rt, struct yr_oci_change *ret, struct yr_err *err)
{
	const char *given = rt->args.lsm_profile.value;

	if (rt->args.command != YR_OCI_RESTORE || !rt->decision.profile)
		return 0;
	snprintf(rt->lsm_profile, sizeof(rt->lsm_profile), "apparmor:%s", rt->decision.profile);
	if (given && strcmp(given, rt->lsm_profile))
		return yr_err_set(err, EINVAL,
				  "--lsm-profile asks for '%.100s', but %s for profile '%.100s'",
				  given, rt->decision.source, rt->decision.profile);
	ret->lsm_profile = rt->lsm_profile;
	return 0;
}

int yr_runtime_start(struct yr_runtime *rt, struct yr_oci_change *ret, struct yr_err *err)
{
	struct yr_err why = { 0 };
	int r;

	r = open_bundle(rt, err);
	if (!r)
		r = yr_runtime_read(rt, YR_SPEC_CONFIG, err);
	if (r < 0)
		return r;
	rt->start.bundle = yr_bundle_real(rt->bundle);
	rt->start.seccomp = rt->spec->seccomp ? "given" : NULL;
	r = yr_decide_start(rt->spec, rt->settings, &rt->decision, err);
	rt->start.asked = rt->decision.asked;
	rt->start.source = *rt->decision.source ? rt->decision.source : NULL;
	if (r < 0)
		return r;
	if (rt->decision.profile)
		r = yr_ensure_profile(&rt->ensure, rt->decision.profile, &rt->ensured, &why);
	if (r < 0 && !rt->decision.on_failure_unconfined)
		return yr_err_set(err, why.code, "%s%s%s", why.msg, *rt->decision.note ? "; " : "",
				  rt->decision.note);
	if (r < 0) {
		r = start_weakened(rt, why.msg, err);
	} else {
		r = name_restored(rt, ret, err);
		if (!r)
			r = yr_runtime_check_mode(rt, err);
		if (!r)
			r = start_protected(rt, err);
	}
	if (r < 0)
		return r;
	if (own_file(rt))
		ret->spec_file = yr_runtime_real(rt, rt->args.spec_file.value);
	else
		ret->bundle = yr_runtime_real(rt, rt->args.bundle.value);
	return 0;
}
