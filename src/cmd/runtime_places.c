/* SPDX-License-Identifier: Apache-2.0 */
/* Where yoroi-runtime finds things: options, the environment, the configuration, usual places. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/runtime.h"

static const char *from_environment(const char *name)
{
	const char *value = secure_getenv(name);

	return value && *value ? value : NULL;
}

/* In podman's user namespace the user is called root, too. */
static bool is_rootless(void)
{
	return geteuid() || yr_oci_in_user_namespace();
}

/* "$NAME/BEHIND", or "$HOME/ELSE"; false: neither is set. */
static bool below(char *to, size_t size, const char *name, const char *behind, const char *home)
{
	const char *dir = from_environment(name), *at_home = from_environment("HOME");

	if (dir && *dir == '/')
		return snprintf(to, size, "%s/%s", dir, behind) < (int)size;
	return home && at_home && *at_home == '/' &&
	       snprintf(to, size, "%s/%s", at_home, home) < (int)size;
}

static void find_run_dir(struct yr_runtime *rt)
{
	const char *given = from_environment("YOROI_RUN");

	if (given)
		snprintf(rt->run_dir, sizeof(rt->run_dir), "%s", given);
	else if (!rt->rootless ||
		 !below(rt->run_dir, sizeof(rt->run_dir), "XDG_RUNTIME_DIR", "yoroi", NULL))
		snprintf(rt->run_dir, sizeof(rt->run_dir), "/run/yoroi");
}

/* A user's own comes before the machine's, for what the user runs. */
static const char *find_conf(struct yr_runtime *rt, bool *ret_must)
{
	const char *given = rt->args.config.value ? rt->args.config.value
						  : from_environment("YOROI_RUNTIME_CONF");

	*ret_must = given;
	if (given)
		return given;
	if (rt->rootless &&
	    below(rt->conf, sizeof(rt->conf), "XDG_CONFIG_HOME", "yoroi/runtime.conf",
		  ".config/yoroi/runtime.conf") &&
	    !access(rt->conf, F_OK))
		return rt->conf;
	return "/etc/yoroi/runtime.conf";
}

int yr_runtime_configure(struct yr_runtime *rt, struct yr_err *err)
{
	const char *conf;
	bool must;

	rt->rootless = is_rootless();
	conf = find_conf(rt, &must);
	rt->record_to.journal = from_environment("YOROI_JOURNAL");
	rt->record_to.file = from_environment("YOROI_EVENTS");
	if (!rt->record_to.file && rt->rootless &&
	    below(rt->events, sizeof(rt->events), "XDG_RUNTIME_DIR", "yoroi/events.jsonl", NULL))
		rt->record_to.file = rt->events;
	return yr_oci_settings_read(conf, must, &rt->settings, err);
}

/* ---- the real runtime ---- */

static int is_usable(const char *path, struct yr_err *err)
{
	struct stat st, own;

	if (*path != '/')
		return yr_err_set(err, EINVAL, "runtime '%.200s': not a path from the root", path);
	if (stat(path, &st) < 0 || access(path, X_OK) < 0)
		return yr_err_set(err, errno, "runtime '%.200s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return yr_err_set(err, EACCES, "runtime '%.200s': not a program", path);
	if (stat("/proc/self/exe", &own) < 0)
		return yr_err_set(err, errno, "'/proc/self/exe': %s", strerror(errno));
	if (st.st_dev == own.st_dev && st.st_ino == own.st_ino)
		return yr_err_set(err, ELOOP,
				  "runtime '%.200s' is yoroi-runtime itself, which needs another",
				  path);
	return 0;
}

static int search(struct yr_runtime *rt, struct yr_err *err)
{
	static const char *const names[] = { "runc", "crun" };
	static const char *const dirs[] = { "/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					    "/usr/bin" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		for (size_t k = 0; k < ARRAY_LEN(dirs); k++) {
			snprintf(rt->path, sizeof(rt->path), "%s/%s", dirs[k], names[i]);
			if (!is_usable(rt->path, NULL))
				return 0;
		}
	}
	rt->path[0] = '\0';
	return yr_err_set(err, ENOENT,
			  "there is neither runc nor crun in /usr/local/sbin, /usr/local/bin, "
			  "/usr/sbin and /usr/bin; install one, or name one by 'runtime = PATH' in "
			  "'%s'",
			  rt->settings->path ? rt->settings->path : "/etc/yoroi/runtime.conf");
}

/* Where the runtime called @name keeps its containers when nobody says. */
static void usual_root(const struct yr_runtime *rt, const char *name, char *to, size_t size)
{
	if (!rt->rootless || !below(to, size, "XDG_RUNTIME_DIR", name, NULL))
		snprintf(to, size, "/run/%.4s", name);
}

/* The record of a start of container @id below one of the roots that there may be. */
static struct yr_start *find_start(const struct yr_runtime *rt, const char *id)
{
	static const char *const names[] = { NULL, "runc", "crun" };
	struct yr_start *s = NULL;
	char root[PATH_MAX];

	for (size_t i = 0; i < ARRAY_LEN(names) && !s; i++) {
		if (names[i])
			usual_root(rt, names[i], root, sizeof(root));
		if (!rt->args.root.value || !i)
			yr_state_get(rt->run_dir,
				     rt->args.root.value ? rt->args.root.value
				     : names[i]          ? root
							 : NULL,
				     id, &s, NULL);
	}
	return s;
}

/*
 * What started the container that the line is about, by the record of its start: another runtime
 * would not know it, whatever the configuration says now, and here.
 */
static bool recall(struct yr_runtime *rt)
{
	/* Of other commands' options nothing is known: any word may be the container. */
	const int id = rt->args.id.value ? rt->args.id.index : 0;

	find_run_dir(rt);
	for (int i = rt->args.command_index + 1; i < rt->argc && rt->args.command_index; i++) {
		struct yr_start *s = !id || i == id ? find_start(rt, rt->argv[i]) : NULL;
		bool known = s && s->runtime &&
			     snprintf(rt->path, sizeof(rt->path), "%s", s->runtime) <
				     (int)sizeof(rt->path) &&
			     !is_usable(rt->path, NULL);

		yr_start_free(s);
		if (known)
			return true;
	}
	return false;
}

static bool makes_container(enum yr_oci_command c)
{
	return c == YR_OCI_CREATE || c == YR_OCI_RUN || c == YR_OCI_RESTORE;
}

int yr_runtime_find_anyway(struct yr_runtime *rt, struct yr_err *err)
{
	yr_runtime_tell(rt, YR_TELL_WARNING, "%s; nothing is started until that is mended",
			err->msg);
	*err = (struct yr_err){ 0 };
	if (!rt->settings && yr_oci_settings_parse(NULL, "", 0, &rt->settings, err) < 0)
		return err->code ? -err->code : -ENOMEM;
	return yr_runtime_find(rt, err);
}

int yr_runtime_find(struct yr_runtime *rt, struct yr_err *err)
{
	const char *given = rt->args.runtime.value ? rt->args.runtime.value : rt->settings->runtime;

	if (!rt->args.runtime.value && !makes_container(rt->args.command) && recall(rt))
		return 0;
	if (!given)
		return search(rt, err);
	if (snprintf(rt->path, sizeof(rt->path), "%s", given) >= (int)sizeof(rt->path))
		return yr_err_set(err, ENAMETOOLONG, "runtime: the path is too long");
	return is_usable(rt->path, err);
}

/* ---- for create, run and exec ---- */

/* Where the real runtime keeps its containers when nobody says. */
static void find_root(struct yr_runtime *rt)
{
	const char *slash = strrchr(rt->path, '/'), *name = slash ? slash + 1 : rt->path;

	if (rt->args.root.value)
		snprintf(rt->root, sizeof(rt->root), "%s", rt->args.root.value);
	else if (strcmp(name, "runc") && strcmp(name, "crun"))
		rt->root[0] = '\0'; /* another one's own place is not known */
	else
		usual_root(rt, name, rt->root, sizeof(rt->root));
}

static void find_dirs(struct yr_runtime *rt)
{
	const struct yr_oci_settings *s = rt->settings;
	const char *given = from_environment("YOROI_PROFILES");
	const char *policy = given ? given : yr_place_profiles(YR_DATADIR, &rt->policy);
	size_t n = 0;
	bool usual = false;

	snprintf(rt->containers, sizeof(rt->containers), "%s/containers", policy);
	rt->usual_dirs[0] = "/etc/apparmor.d";
	rt->usual_dirs[1] = rt->containers;
	rt->ensure.profile_dirs = s->n_profile_dirs ? s->profile_dirs : rt->usual_dirs;
	for (; n < s->n_profile_dirs; n++) {
		rt->include_dirs[n] = s->profile_dirs[n];
		usual |= !strcmp(s->profile_dirs[n], "/etc/apparmor.d");
	}
	if (!usual)
		rt->include_dirs[n] = "/etc/apparmor.d";
	rt->ensure.include_dirs = rt->include_dirs;
	rt->ensure.fallback_dir = policy;
}

void yr_runtime_places(struct yr_runtime *rt)
{
	const struct yr_oci_settings *s = rt->settings;

	rt->host = (struct yr_host_paths){ .securityfs = from_environment("YOROI_SECURITYFS"),
					   .proc = from_environment("YOROI_PROC"),
					   .params = from_environment("YOROI_PARAMS") };
	find_run_dir(rt);
	rt->record_to.where = s->events;
	if (s->events_file)
		rt->record_to.file = s->events_file;
	find_root(rt);
	find_dirs(rt);
	rt->ensure.host = &rt->host;
	rt->ensure.run_dir = rt->run_dir;
	rt->ensure.reload_changed = s->reload_changed;
}
