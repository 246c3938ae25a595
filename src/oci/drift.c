/* SPDX-License-Identifier: Apache-2.0 */
/* The file's profile and the kernel's copy of it, side by side. */
#include "oci/drift.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "host/loaded.h"
#include "image/image.h"
#include "verdict/diff.h"

enum { OLD, NEW };

/* Start from { 0 }. */
struct sides {
	struct yr_diags *diags;
	struct yr_compile *compile;
	void *image[2]; /* loaded, compiled */
	size_t len[2];
	struct yr_policy *policy[2];
};

static const char *const names[] = {
	[YR_DRIFT_SAME] = "same",       [YR_DRIFT_CHANGED] = "changed",
	[YR_DRIFT_BROKEN] = "broken",   [YR_DRIFT_MISSING] = "missing",
	[YR_DRIFT_UNKNOWN] = "unknown",
};

const char *yr_drift_name(enum yr_drift_answer answer)
{
	return names[answer];
}

/* Behind ":ns:" or ":ns://". */
static const char *local_name(const char *name)
{
	const char *end = *name == ':' ? strchr(name + 1, ':') : NULL;

	return !end ? name : strncmp(end + 1, "//", 2) ? end + 1 : end + 3;
}

/* How long the name of the profile is that @name is, or is a child of. */
static size_t top_len(const char *name)
{
	const char *child = strstr(name, "//");

	return child ? (size_t)(child - name) : strlen(name);
}

static bool is_below(const char *name, const char *top, size_t len)
{
	return !strncmp(name, top, len) && (!name[len] || !strncmp(name + len, "//", 2));
}

/* The first error, where somebody can find it. */
static enum yr_drift_answer broken(const struct sides *s, const char *file, struct yr_err *why)
{
	for (size_t i = 0; i < yr_diags_count(s->diags); i++) {
		const struct yr_diag *d = yr_diags_get(s->diags, i);

		if (d->severity != YR_ERROR)
			continue;
		yr_err_set(why, EBADMSG, "%s:%u:%u: %s", d->file ? d->file : file, d->line, d->col,
			   d->text);
		return YR_DRIFT_BROKEN;
	}
	yr_err_set(why, EBADMSG, "'%s' does not compile", file);
	return YR_DRIFT_BROKEN;
}

static bool has_profile(const struct yr_compile *c, const char *name)
{
	const char *other;

	for (size_t i = 0; (other = yr_compile_name(c, i, NULL)); i++)
		if (!strcmp(local_name(other), name))
			return true;
	return false;
}

/* YR_DRIFT_SAME: the file could be compiled. */
static enum yr_drift_answer compile(const struct yr_drift_asked *a, struct sides *s,
				    struct yr_err *why)
{
	int r;

	s->diags = yr_diags_new();
	if (!s->diags) {
		yr_err_set(why, ENOMEM, "out of memory");
		return YR_DRIFT_UNKNOWN;
	}
	yr_diags_set_warning(s->diags, "all", YR_WARN_HIDE);
	r = yr_compile_file(a->file, a->compile, s->diags, &s->compile, why);
	if (!r && yr_diags_errors(s->diags))
		return broken(s, a->file, why);
	if (!r && !has_profile(s->compile, local_name(a->profile))) {
		yr_err_set(why, ENOENT, "'%s' has no profile '%s'", a->file, a->profile);
		return YR_DRIFT_MISSING;
	}
	if (!r)
		r = yr_compile_image(s->compile, &s->image[NEW], &s->len[NEW], why);
	if (r == -EBADMSG)
		return broken(s, a->file, why);
	if (r < 0)
		return r == -ENOMEM ? YR_DRIFT_UNKNOWN : YR_DRIFT_BROKEN;
	return YR_DRIFT_SAME;
}

static int read_image(struct sides *s, int side, struct yr_err *err)
{
	struct yr_image *image = NULL;
	int r = yr_image_read(s->image[side], s->len[side], &image, err);

	if (!r)
		r = yr_policy_from_image(image, &s->policy[side], err);
	yr_image_free(image);
	return r;
}

static const struct yr_compiled *find(const struct yr_policy *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->profiles[i].name, name))
			return &p->profiles[i];
	return NULL;
}

static void tell(const struct yr_diff *d, const char *profile, const char *file, struct yr_err *why)
{
	const struct yr_difference *first = &d->at[0];
	const char *what = first->access ? first->access : first->class;
	const char *verb = first->change == YR_CHANGE_ALLOWED  ? "allows"
			   : first->change == YR_CHANGE_DENIED ? "denies"
							       : "changes";

	if (!first->access && first->was && first->is)
		yr_err_set(why, ESTALE, "'%s' changes %s of '%s' from %s to %s", file, what,
			   profile, first->was, first->is);
	else
		yr_err_set(why, ESTALE, "'%s' %s '%.200s' in profile '%s'", file, verb, what,
			   profile);
}

static enum yr_drift_answer compare_one(const struct yr_drift_asked *a,
					const struct yr_compiled *old_one,
					const struct yr_compiled *new_one, struct yr_err *why)
{
	struct yr_subject subject[2] = {
		[OLD] = { .compiled = old_one, .policy.kernel = a->compile->kernel },
		[NEW] = { .compiled = new_one, .policy.kernel = a->compile->kernel },
	};
	enum yr_drift_answer answer = YR_DRIFT_SAME;
	struct yr_diff d = { 0 };

	if (yr_diff(&subject[OLD], &subject[NEW], &d, why) < 0) {
		answer = YR_DRIFT_UNKNOWN;
	} else if (d.n) {
		tell(&d, old_one->name, a->file, why);
		answer = YR_DRIFT_CHANGED;
	}
	yr_diff_done(&d);
	return answer;
}

/* Every profile that was loaded with it, and every one that would be. */
static enum yr_drift_answer compare(const struct yr_drift_asked *a, const struct sides *s,
				    struct yr_err *why)
{
	const char *top = local_name(a->profile);
	enum yr_drift_answer answer;
	size_t len = top_len(top);

	for (int side = OLD; side <= NEW; side++) {
		for (size_t i = 0; i < s->policy[side]->n; i++) {
			const struct yr_compiled *c = &s->policy[side]->profiles[i];
			const struct yr_compiled *other = find(s->policy[!side], c->name);

			if (!is_below(c->name, top, len))
				continue;
			if (!other) {
				yr_err_set(why, ESTALE, "'%s' %s profile '%s' now", a->file,
					   side == OLD ? "lacks" : "has also", c->name);
				return YR_DRIFT_CHANGED;
			}
			if (side == NEW)
				continue;
			answer = compare_one(a, c, other, why);
			if (answer != YR_DRIFT_SAME)
				return answer;
		}
	}
	return YR_DRIFT_SAME;
}

static enum yr_drift_answer look(const struct yr_drift_asked *a, struct sides *s,
				 struct yr_err *why)
{
	enum yr_drift_answer answer = compile(a, s, why);

	if (answer != YR_DRIFT_SAME)
		return answer;
	if (yr_loaded_image(a->host, a->profile, &s->image[OLD], &s->len[OLD], why) < 0)
		return YR_DRIFT_UNKNOWN;
	if (s->len[OLD] == s->len[NEW] && !memcmp(s->image[OLD], s->image[NEW], s->len[OLD]))
		return YR_DRIFT_SAME;
	if (read_image(s, OLD, why) < 0 || read_image(s, NEW, why) < 0)
		return YR_DRIFT_UNKNOWN;
	return compare(a, s, why);
}

enum yr_drift_answer yr_drift(const struct yr_drift_asked *asked, struct yr_err *why)
{
	struct sides s = { 0 };
	struct yr_err e = { 0 };
	enum yr_drift_answer answer = look(asked, &s, &e);

	for (int side = OLD; side <= NEW; side++) {
		yr_policy_free(s.policy[side]);
		free(s.image[side]);
	}
	yr_compile_free(s.compile);
	yr_diags_free(s.diags);
	if (answer != YR_DRIFT_SAME)
		yr_err_set(why, e.code ? e.code : EINVAL, "%s", e.code ? e.msg : "cannot be told");
	return answer;
}
