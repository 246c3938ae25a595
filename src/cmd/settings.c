/* SPDX-License-Identifier: Apache-2.0 */
/* Where things are: options first, then the environment, then the usual places. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "host/places.h"

static const char *from_environment(const char *name)
{
	const char *value = getenv(name);

	return value && *value ? value : NULL;
}

/* The installed set: the command's own, so that it may be kept as long as it runs. */
static const char *find_fallback(void)
{
	static struct yr_place beside;
	const char *given = from_environment("YOROI_PROFILES");

	return given ? given : yr_place_profiles(YR_DATADIR, &beside);
}

int yr_settings_init(struct yr_settings *s)
{
	*s = (struct yr_settings){
		.host = { .securityfs = from_environment("YOROI_SECURITYFS"),
			  .proc = from_environment("YOROI_PROC"),
			  .params = from_environment("YOROI_PARAMS") },
		.fallback_dir = find_fallback(),
	};
	s->include_dirs = calloc(1, sizeof(*s->include_dirs));
	return s->include_dirs ? 0 : -ENOMEM;
}

void yr_settings_done(struct yr_settings *s)
{
	free(s->include_dirs);
	s->features = yr_features_free(s->features);
}

bool yr_settings_include(struct yr_settings *s, const char *dir)
{
	const char **more = realloc(s->include_dirs, (s->n_include_dirs + 2) * sizeof(*more));

	if (!more)
		return false;
	s->include_dirs = more;
	more[s->n_include_dirs++] = dir;
	more[s->n_include_dirs] = NULL;
	return true;
}

bool yr_settings_include_named(struct yr_settings *s, const char *dir)
{
	struct stat st;

	/* Upstream goes on too, so it is no error; but what was meant is then not found there. */
	if (stat(dir, &st) < 0 || !S_ISDIR(st.st_mode))
		yr_say("warning: '%s' is not a directory to look for includes in", dir);
	return yr_settings_include(s, dir);
}

struct yr_phrase yr_warning_phrase(const char *name)
{
	struct yr_nearest near;
	const char *known;

	if (!strncmp(name, "no-", 3))
		name += 3;
	near = yr_nearest_start(yr_str_of(name));
	yr_nearest_try_z(&near, "all");
	for (size_t i = 0; (known = yr_diag_name(i, NULL)); i++)
		yr_nearest_try_z(&near, known);
	if (near.name.at)
		return yr_nearest_phrase(&near);
	return (struct yr_phrase){ "; yoroi-diagnostics(7) lists them" };
}

/* As yr_diags_set_warning() decides, for what is said without a place in a policy. */
static enum yr_warn_state warning_state(const struct yr_settings *s, const char *name)
{
	enum yr_warn_state state = YR_WARN_SHOW;

	for (size_t i = 0; i < s->n_warn; i++) {
		bool all = !strcmp(s->warn[i].name, "all");

		if (!strcmp(s->warn[i].name, name) ||
		    (all && (s->warn[i].state != YR_WARN_ERROR || state != YR_WARN_HIDE)))
			state = s->warn[i].state;
	}
	return state;
}

bool yr_settings_say(const struct yr_settings *s, bool quiet, const char *name, const char *text)
{
	enum yr_warn_state state = warning_state(s, name);

	if (state == YR_WARN_ERROR)
		yr_say("error: %s [%s]", text, name);
	else if (state == YR_WARN_SHOW && !quiet)
		yr_say("warning: %s [%s]", text, name);
	return state != YR_WARN_ERROR;
}

static bool known_warning(const char *name)
{
	const char *known;

	if (!strcmp(name, "all"))
		return true;
	for (size_t i = 0; (known = yr_diag_name(i, NULL)); i++)
		if (!strcmp(known, name))
			return true;
	return false;
}

bool yr_settings_warn(struct yr_settings *s, const char *name, enum yr_warn_state state)
{
	if (!strncmp(name, "no-", 3)) {
		name += 3;
		state = YR_WARN_HIDE;
	}
	/* The manual page of upstream spells some with an s. */
	if (!strcmp(name, "rules-not-enforced"))
		name = "rule-not-enforced";
	if (!known_warning(name) || s->n_warn == ARRAY_LEN(s->warn))
		return false;
	s->warn[s->n_warn].name = name;
	s->warn[s->n_warn++].state = state;
	return true;
}

bool yr_settings_finish(struct yr_settings *s, bool has_base)
{
	return has_base || yr_settings_include(s, "/etc/apparmor.d");
}

struct yr_diags *yr_settings_diags(const struct yr_settings *s)
{
	struct yr_diags *d = yr_diags_new();

	for (size_t i = 0; d && i < s->n_warn; i++)
		yr_diags_set_warning(d, s->warn[i].name, s->warn[i].state);
	return d;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_hidden(const struct dirent *e)
{
	return e->d_name[0] != '.';
}

/* Which kernels there are features of. */
static int no_features(const struct yr_settings *s, const char *name, struct yr_err *err)
{
	AUTO_FREE char *folder = NULL;
	struct dirent **names = NULL;
	struct yr_phrase all = { "" };
	int n;

	if (asprintf(&folder, "%s/features", s->fallback_dir) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	n = scandir(folder, &names, not_hidden, by_name);
	for (int i = 0; i < n; i++) {
		yr_phrase_add(&all, names[i]->d_name, i + 1 == n);
		free(names[i]);
	}
	free(names);
	return yr_err_set(
		err, ENOENT,
		"features: there is no file '%s', and none of that name is shipped in '%s'"
		"%s%s%s",
		name, folder, n > 0 ? " (there are " : "", all.text, n > 0 ? ")" : "");
}

int yr_features_open(const struct yr_settings *s, const char *name, struct yr_features **ret,
		     struct yr_err *err)
{
	AUTO_FREE char *text = NULL;
	char shipped[PATH_MAX];
	size_t len;
	int r;

	/* A word that is no file here may be one of ours. */
	if (!strchr(name, '/') && access(name, F_OK)) {
		if (snprintf(shipped, sizeof(shipped), "%s/features/%s", s->fallback_dir, name) >=
			    (int)sizeof(shipped) ||
		    access(shipped, F_OK))
			return no_features(s, name, err);
		name = shipped;
	}
	r = yr_read_all(name, YR_LIMIT_SOURCE_BYTES, &text, &len, err);
	if (r < 0) {
		yr_err_wrap(err, "features");
		return r;
	}
	return yr_features_parse(name, text, len, ret, err);
}

int yr_settings_features(struct yr_settings *s, struct yr_err *err)
{
	int r;

	if (s->features)
		return 0;
	if (s->features_name)
		return yr_features_open(s, s->features_name, &s->features, err);
	r = yr_host_features(&s->host, &s->features, err);
	if (r < 0)
		yr_err_wrap(err, "which kernel to compile for? no features file was named, and the "
				 "running one's features cannot be read");
	return r;
}

/* Asked for when it counts: the answer is read out of a file. */
static long processors(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n;
}

bool yr_parse_jobs(const char *text, unsigned *ret_jobs)
{
	char *end;
	long n;

	if (!strcmp(text, "auto") || !strcmp(text, "max")) {
		*ret_jobs = (unsigned)processors();
		return true;
	}
	errno = 0;
	n = strtol(text + (*text == 'x'), &end, 10);
	if (errno || *end || end == text + (*text == 'x') || n < 0 || n > 4096)
		return false;
	*ret_jobs = (unsigned)(*text == 'x' ? n * processors() : n);
	return true;
}
