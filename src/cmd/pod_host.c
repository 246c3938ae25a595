/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine can do for a Pod. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "cmd/pod.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_loaded(void *ctx, const char *name)
{
	const struct yr_pod_host *h = ctx;

	return (h->profiles && yr_profiles_find(h->profiles, name)) ||
	       (h->n_loadable &&
		bsearch(&name, h->loadable, h->n_loadable, sizeof(char *), by_name));
}

struct file_names {
	yr_profile_file_fn *fn;
	void *ctx;
	const char *path;
};

static int of_file(void *ctx, const char *name)
{
	struct file_names *f = ctx;

	return f->fn(f->ctx, f->path, name);
}

int yr_pod_profile_dir(struct yr_common *c, const char *dir, yr_profile_file_fn *fn, void *ctx)
{
	char *args[] = { (char *)dir };
	struct yr_inputs in = { 0 };
	int status = yr_inputs_read(args, 1, &in);

	for (size_t i = 0; status == YR_EXIT_OK && i < in.n; i++) {
		struct yr_opening how = { .path = in.paths[i],
					  .common = c,
					  .kernel = c->settings.features };
		struct file_names names = { fn, ctx, in.paths[i] };
		struct yr_err err = { 0 };
		int r = yr_policy_names(&how, of_file, &names, &err);

		/* A file with mistakes has no profile that could be loaded. */
		if (r == -EBADMSG)
			yr_say("%s: has mistakes and is left out; 'yoroi check' tells them",
			       in.paths[i]);
		else if (r < 0) {
			yr_say("%s", err.code ? err.msg : strerror(-r));
			status = YR_EXIT_SYSTEM;
		}
	}
	yr_inputs_done(&in);
	return status;
}

static int add_loadable(void *ctx, const char *path, const char *name)
{
	struct yr_pod_host *h = ctx;
	char **more = realloc(h->loadable, (h->n_loadable + 1) * sizeof(*more));

	(void)path;
	if (!more)
		return -ENOMEM;
	h->loadable = more;
	more[h->n_loadable] = strdup(name);
	return more[h->n_loadable] ? (h->n_loadable++, 0) : -ENOMEM;
}

int yr_pod_host_read(struct yr_common *c, const char *profile_dir, struct yr_pod_host *h)
{
	const struct yr_host_paths *paths = &c->settings.host;
	enum yr_apparmor_state state = yr_host_state(paths, &h->why);
	int status = YR_EXIT_OK;

	h->facts = (struct yr_node_facts){
		.enabled = state != YR_APPARMOR_ABSENT && state != YR_APPARMOR_DISABLED &&
			   state != YR_APPARMOR_UNKNOWN,
		.mounted = state != YR_APPARMOR_NOT_MOUNTED,
		.interface =
			paths->securityfs ? paths->securityfs : "/sys/kernel/security/apparmor",
		.runtime_capable = true,
		.runtime = "remote",
		.loaded = is_loaded,
		.ctx = h,
	};
	if (h->facts.enabled && h->facts.mounted) {
		h->why = (struct yr_err){ 0 };
		if (yr_profiles_read(paths, &h->profiles, &h->why) < 0)
			h->facts.unreadable = h->why.msg;
	}
	if (profile_dir) {
		status = yr_pod_profile_dir(c, profile_dir, add_loadable, h);
		if (h->n_loadable)
			qsort(h->loadable, h->n_loadable, sizeof(char *), by_name);
	}
	return status;
}

void yr_pod_host_done(struct yr_pod_host *h)
{
	for (size_t i = 0; i < h->n_loadable; i++)
		free(h->loadable[i]);
	free(h->loadable);
	yr_profiles_free(h->profiles);
	*h = (struct yr_pod_host){ 0 };
}
