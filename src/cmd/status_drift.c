/* SPDX-License-Identifier: Apache-2.0 */
/* Which loaded profiles say something else than their files do now. */
#include <errno.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/status.h"
#include "oci/ensure_parts.h"
#include "oci/find.h"

/* Every profile that @label is made of is in use. */
static void mark(const struct yr_profiles *profiles, const char *label, bool *wanted)
{
	struct yr_profile_part part;

	if (!label || yr_profile_name_check(label))
		return;
	while (yr_profile_next(&label, &part)) {
		const struct yr_loaded *p;

		/* A child is loaded with its parent. */
		part.name = part.top;
		p = yr_part_loaded(profiles, &part);
		if (p)
			wanted[p - profiles->at] = true;
	}
}

static bool add(struct yr_status_more *m, const char *profile, const char *file,
		enum yr_drift_answer answer, const char *why)
{
	struct yr_drifted *more = reallocarray(m->drifted, m->n_drifted + 1, sizeof(*more)), *d;

	if (!more)
		return false;
	m->drifted = more;
	d = &more[m->n_drifted++];
	*d = (struct yr_drifted){ strdup(profile), file ? strdup(file) : NULL, answer,
				  strdup(why) };
	return d->profile && d->why;
}

/* One whose source is nowhere is somebody else's to load: there is nothing to compare. */
static bool compare(const struct yr_status_asked *a, const struct yr_compile_options *compile,
		    const char *profile, struct yr_status_more *m, struct yr_err *unknown)
{
	AUTO_FOUND struct yr_found found = { 0 };
	enum yr_drift_answer answer;
	struct yr_profile_part part;
	const char *at = profile;
	struct yr_err why = { 0 };
	int r;

	if (yr_profile_name_check(profile) || !yr_profile_next(&at, &part) ||
	    part.top.len != part.name.len)
		return true;
	r = yr_profile_find(&part, a->profile_dirs, compile, &found, &why);
	if (r == -ENOENT || r == -EPERM)
		return true;
	m->n_compared++;
	if (r == -EBADMSG)
		return add(m, profile, NULL, YR_DRIFT_BROKEN, why.msg);
	if (!r) {
		struct yr_compile_options own = *compile;
		struct yr_drift_asked asked = { .host = &a->settings->host,
						.compile = &own,
						.file = found.file,
						.profile = profile };

		own.force_complain = found.complain;
		answer = yr_drift(&asked, &why);
		if (answer == YR_DRIFT_SAME)
			return true;
		if (answer != YR_DRIFT_UNKNOWN)
			return add(m, profile, found.file, answer, why.msg);
	}
	m->n_compared--;
	yr_err_set(unknown, why.code, "profile '%.200s': %s", profile, why.msg);
	return true;
}

int yr_status_drift(const struct yr_status_asked *a, const struct yr_status *s,
		    struct yr_status_more *ret)
{
	AUTO_FREE bool *wanted = calloc(s->profiles->n + 1, sizeof(*wanted));
	struct yr_compile_options compile = {
		.include_dirs = a->settings->include_dirs,
		.fallback_dir = a->settings->fallback_dir,
	};
	struct yr_err err = { 0 }, unknown = { 0 };
	bool any = a->all, good = wanted;

	for (size_t i = 0; good && i < s->n_confined; i++)
		mark(s->profiles, s->confined[i].profile, wanted);
	for (size_t i = 0; good && ret->containers && i < ret->containers->n; i++)
		for (size_t k = 0; k < ret->containers->at[i].n_labels; k++)
			mark(s->profiles, ret->containers->at[i].labels[k].profile, wanted);
	for (size_t i = 0; good && i < s->profiles->n; i++)
		any |= wanted[i];
	if (good && (!any || !s->profiles->n))
		return YR_EXIT_OK;
	compile.shared = yr_compile_shared_new();
	good = good && compile.shared;
	if (good && yr_settings_features(a->settings, &err) < 0) {
		yr_err_set(&unknown, err.code, "%s", err.msg);
	} else {
		compile.kernel = a->settings->features;
		for (size_t i = 0; good && i < s->profiles->n; i++)
			if (a->all || wanted[i])
				good = compare(a, &compile, s->profiles->at[i].name, ret, &unknown);
	}
	yr_compile_shared_free(compile.shared);
	if (unknown.code)
		yr_say("whether loaded profiles say what their files say cannot be told: %s",
		       unknown.msg);
	if (!good)
		yr_say("out of memory");
	return good ? YR_EXIT_OK : YR_EXIT_SYSTEM;
}
