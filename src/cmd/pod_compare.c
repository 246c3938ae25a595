/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a profile allows a container more than the default one does. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/pod.h"
#include "verdict/diff.h"

static int add_known(struct yr_pod_compare *c, const char *path, const char *name)
{
	struct yr_known_profile *more = realloc(c->known, (c->n_known + 1) * sizeof(*more)), *k;

	if (!more)
		return -ENOMEM;
	c->known = more;
	k = &more[c->n_known];
	*k = (struct yr_known_profile){ .name = strdup(name), .path = path ? strdup(path) : NULL };
	if (!k->name || (path && !k->path)) {
		free(k->name);
		free(k->path);
		return -ENOMEM;
	}
	c->n_known++;
	return 0;
}

static int note(void *ctx, const char *path, const char *name)
{
	return add_known(ctx, path, name);
}

static bool any_kernel(const struct yr_pod_compare *c)
{
	return c->profile_dir && !c->common->settings.features_name;
}

static int open_at(struct yr_pod_compare *c, const char *path, const char *profile,
		   struct yr_opened *ret)
{
	struct yr_opening how = {
		.path = path,
		.profile = profile,
		.common = c->common,
		.kernel = c->common->settings.features,
		.any_kernel = any_kernel(c),
		.may_lack = true,
	};
	int status = yr_open_policy(&how, ret);

	yr_diags_show(ret->diags, true);
	return status;
}

int yr_pod_compare_open(struct yr_pod_compare *c)
{
	struct yr_settings *s = &c->common->settings;
	struct yr_err err = { 0 };
	char shipped[PATH_MAX];
	int status;

	if (c->profile_dir && !s->features_name) {
		s->features_name = "everything";
		if (yr_settings_features(s, &err) < 0) {
			yr_say("%s", err.msg);
			return YR_EXIT_SYSTEM;
		}
		s->features_name = NULL;
	} else if (yr_settings_features(s, &err) < 0) {
		if (s->features_name) {
			yr_say("%s", err.msg);
			return YR_EXIT_USAGE;
		}
		/* No kernel to ask, and no folder: comparisons are then not possible. */
		snprintf(c->why, sizeof(c->why), "there is no source of it (--profile-dir): %s",
			 err.msg);
		return YR_EXIT_OK;
	}
	if (!c->fallback) {
		snprintf(shipped, sizeof(shipped), "%s/containers/yoroi-default", s->fallback_dir);
		c->fallback = shipped;
	}
	status = open_at(c, c->fallback, NULL, &c->opened);
	c->fallback = NULL;
	if (status == YR_EXIT_OK)
		status = yr_pick_profile(&c->opened, NULL, &c->subject);
	if (status == YR_EXIT_OK && c->profile_dir)
		status = yr_pod_profile_dir(c->common, c->profile_dir, note, c);
	return status;
}

static struct yr_known_profile *find(struct yr_pod_compare *c, const char *profile)
{
	for (size_t i = 0; i < c->n_known; i++)
		if (!strcmp(c->known[i].name, profile))
			return &c->known[i];
	return NULL;
}

/* What is the first thing that the profile allows and the default does not. */
static enum yr_wider compare(struct yr_pod_compare *c, const struct yr_subject *s)
{
	struct yr_diff diff = { 0 };
	struct yr_err err = { 0 };
	enum yr_wider wider = YR_WIDER_NO;

	if (yr_diff(&c->subject, s, &diff, &err) < 0) {
		snprintf(c->why, sizeof(c->why), "%s", err.msg);
		wider = YR_WIDER_UNKNOWN;
	}
	for (size_t i = 0; i < diff.n && wider == YR_WIDER_NO; i++) {
		const struct yr_difference *d = &diff.at[i];

		if (!d->widens)
			continue;
		wider = YR_WIDER_YES;
		if (d->access)
			snprintf(c->why, sizeof(c->why), "it allows '%s'",
				 d->real ? d->real : d->access);
		else
			snprintf(c->why, sizeof(c->why), "%s %s%s%s%s", d->class,
				 d->was ? "was " : "", d->was ? d->was : "",
				 d->is ? (d->was ? ", is " : "is ") : "", d->is ? d->is : "");
	}
	if (wider == YR_WIDER_NO && diff.more) {
		snprintf(c->why, sizeof(c->why), "there are too many differences");
		wider = YR_WIDER_UNKNOWN;
	}
	yr_diff_done(&diff);
	return wider;
}

static enum yr_wider ask(struct yr_pod_compare *c, struct yr_known_profile *k)
{
	struct yr_opened opened = { 0 };
	struct yr_subject s = { 0 };
	enum yr_wider wider = YR_WIDER_UNKNOWN;

	snprintf(c->why, sizeof(c->why), "it cannot be read");
	if (open_at(c, k->path, k->name, &opened) != YR_EXIT_OK)
		goto out;
	if (!opened.policy || !yr_find_profile(&opened, k->name, &s)) {
		snprintf(c->why, sizeof(c->why), "it is not loaded");
		goto out;
	}
	wider = compare(c, &s);
out:
	yr_opened_done(&opened);
	return wider;
}

enum yr_wider yr_pod_compare(struct yr_pod_compare *c, const char *profile, const char **ret_why)
{
	struct yr_known_profile *k = find(c, profile);

	*ret_why = c->why;
	if (!c->opened.policy)
		return YR_WIDER_UNKNOWN;
	if (!k && c->profile_dir) {
		snprintf(c->why, sizeof(c->why), "no file in '%s' has it", c->profile_dir);
		return YR_WIDER_UNKNOWN;
	}
	if (!k && add_known(c, NULL, profile) < 0) {
		snprintf(c->why, sizeof(c->why), "out of memory");
		return YR_WIDER_UNKNOWN;
	}
	k = k ? k : &c->known[c->n_known - 1];
	if (!k->asked) {
		k->wider = ask(c, k);
		k->asked = true;
		k->why = strdup(c->why);
	}
	if (k->why)
		*ret_why = k->why;
	return k->wider;
}

void yr_pod_compare_done(struct yr_pod_compare *c)
{
	for (size_t i = 0; i < c->n_known; i++) {
		free(c->known[i].name);
		free(c->known[i].path);
		free(c->known[i].why);
	}
	free(c->known);
	yr_opened_done(&c->opened);
}
