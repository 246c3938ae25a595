/* SPDX-License-Identifier: Apache-2.0 */
/* Loading on demand: one at a time, and not what another start has loaded meanwhile. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "oci/drift.h"
#include "oci/ensure_parts.h"
#include "oci/find.h"
#include "oci/runtime_limits.h"
#include "oci/settings.h"
#include "yoroi/loader.h"

/* ---- the lock ---- */

/*
 * The lock saves work and nothing else, for the kernel takes an image whole or not at all: where it
 * cannot be had, as on a full disk, the profile is loaded without. A start that has held it for a
 * minute is something to be told of, not to be waited for.
 */
static int take_lock(const struct yr_ensure *with, struct yr_ensured *ret)
{
	char path[PATH_MAX];
	int fd;

	if (mkdir(with->run_dir, 0700) < 0 && errno != EEXIST) {
		yr_ensured_note(ret, "no lock: '%.100s': %s", with->run_dir, strerror(errno));
		return -1;
	}
	snprintf(path, sizeof(path), "%s/load.lock", with->run_dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		yr_ensured_note(ret, "no lock: '%.100s': %s", path, strerror(errno));
		return -1;
	}
	for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; i++) {
		if ((errno != EWOULDBLOCK && errno != EINTR) || i >= YR_LIMIT_LOCK_SECONDS * 100) {
			yr_ensured_note(ret, "no lock: '%.100s': %s", path, strerror(errno));
			break;
		}
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return fd;
}

/* ---- one profile ---- */

struct loading {
	const struct yr_ensure *with;
	const struct yr_profile_part *part;
	struct yr_compile_options compile;
	struct yr_ensured *ret;
	struct yr_err *err;
};

static bool is_loaded(const struct loading *l)
{
	struct yr_profiles *list = NULL;
	bool found;

	if (yr_profiles_read(l->with->host, &list, NULL) < 0)
		return false;
	found = yr_part_loaded(list, l->part);
	yr_profiles_free(list);
	return found;
}

/*
 * The kernel lists what it has taken as soon as it has taken it; a moment is for whoever removes
 * and loads again beside us, as package scripts do.
 */
static void wait_for_it(const struct loading *l)
{
	for (int i = 0; i < 50 && !is_loaded(l); i++)
		nanosleep(&(struct timespec){ .tv_nsec = 20000000 }, NULL);
}

static int push(const struct loading *l, const void *image, size_t len, const char *file)
{
	struct yr_loader *loader = NULL;
	int r = yr_loader_open(l->with->host, &loader, l->err);

	if (!r)
		r = yr_loader_push(loader, YR_LOAD_REPLACE, image, len, l->err);
	yr_loader_free(loader);
	return r < 0 ? yr_err_wrap(l->err, "load '%s'", file) : 0;
}

static int compile_and_push(const struct loading *l, const struct yr_found *f)
{
	AUTO_FREE void *image = NULL;
	unsigned warnings;
	size_t len = 0;
	int r = yr_compile_image(f->compile, &image, &len, l->err);

	if (r == -EBADMSG && yr_diags_errors(f->diags))
		return yr_found_mistake(f->diags, l->err);
	if (r < 0)
		return yr_err_wrap(l->err, "compile '%s'", f->file);
	r = push(l, image, len, f->file);
	if (r < 0)
		return r;
	warnings = yr_diags_warnings(f->diags);
	yr_ensured_note(l->ret, "loaded '%.*s' from '%s'%s", YR_STR_ARG(l->part->top), f->file,
			f->complain ? ", in complain mode" : "");
	if (warnings)
		yr_ensured_note(l->ret, "%u warnings, see 'yoroi check %s'", warnings, f->file);
	return 0;
}

/* What it is loaded from is another thing now, or may be. */
static bool has_changed(const struct loading *l, const struct yr_found *f)
{
	char name[YR_LIMIT_ASKED_NAME + 8];
	struct yr_drift_asked asked = {
		.host = l->with->host, .compile = &l->compile, .file = f->file, .profile = name
	};

	if (l->part->ns.len)
		snprintf(name, sizeof(name), ":%.*s:%.*s", YR_STR_ARG(l->part->ns),
			 YR_STR_ARG(l->part->top));
	else
		snprintf(name, sizeof(name), "%.*s", YR_STR_ARG(l->part->top));
	return yr_drift(&asked, NULL) != YR_DRIFT_SAME;
}

/* What people write for the name of a profile elsewhere. */
static struct yr_str bare_name(struct yr_str name)
{
	size_t len = strlen(YR_LOCALHOST);

	return name.len > len && !memcmp(name.at, YR_LOCALHOST, len)
		       ? (struct yr_str){ name.at + len, name.len - len }
		       : (struct yr_str){ NULL, 0 };
}

static int nowhere(const struct loading *l)
{
	const char *const *dirs = l->with->profile_dirs;
	struct yr_str bare = bare_name(l->part->name);
	char where[250], hint[400] = "; put its file there, or load it by 'yoroi load FILE'";

	if (bare.len)
		snprintf(hint, sizeof(hint),
			 "; without 'localhost/', which is for annotations, it would be '%.*s'",
			 YR_STR_ARG(bare));
	for (; *dirs && !bare.len; dirs++)
		if (access(*dirs, F_OK) < 0 && errno == ENOENT) {
			snprintf(hint, sizeof(hint), "; there is no folder '%.300s'", *dirs);
			break;
		}
	return yr_err_set(l->err, ENOENT, "it is not loaded, and no file in %s defines it%s",
			  yr_dirs_phrase(l->with->profile_dirs, where, sizeof(where)), hint);
}

static int find_and_load(const struct loading *l, bool loaded)
{
	AUTO_FOUND struct yr_found found = { 0 };
	struct yr_err err = { 0 };
	int r = yr_profile_find(l->part, l->with->profile_dirs, &l->compile, &found, &err);

	if (r == -ENOENT)
		return loaded ? 0 : nowhere(l);
	if (r < 0)
		return yr_err_set(l->err, err.code, "%s %s",
				  loaded ? "its file is to be followed (reload-changed):"
					 : "it is not loaded, and cannot be:",
				  err.msg);
	if (loaded && !has_changed(l, &found))
		return 0;
	return compile_and_push(l, &found);
}

int yr_part_load(const struct yr_ensure *with, const struct yr_profile_part *part, bool loaded,
		 struct yr_ensured *ret, struct yr_err *err)
{
	AUTO_CLOSE int lock = take_lock(with, ret);
	struct yr_features *kernel = NULL;
	struct loading l = { .with = with, .part = part, .ret = ret, .err = err };
	int r;

	(void)lock;                   /* held up to the end, when there is one */
	if (!loaded && is_loaded(&l)) /* by whoever had the lock before */
		return 0;
	r = yr_host_features(with->host, &kernel, err);
	if (r < 0)
		return r;
	l.compile = (struct yr_compile_options){
		.include_dirs = with->include_dirs,
		.fallback_dir = with->fallback_dir,
		.kernel = kernel,
	};
	r = find_and_load(&l, loaded);
	if (!r)
		wait_for_it(&l);
	yr_features_free(kernel);
	return r;
}
