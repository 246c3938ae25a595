/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/status.h"
#include "oci/settings.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_LOG, OPT_POLICY, OPT_DRIFT };

static void print_profiles(const struct yr_status *s)
{
	printf("%zu profile%s loaded\n", s->profiles->n, s->profiles->n == 1 ? " is" : "s are");
	for (int mode = 0; mode < YR_LABEL_MODES; mode++) {
		if (!s->profiles_by_mode[mode])
			continue;
		printf("%zu in %s mode\n", s->profiles_by_mode[mode], yr_label_mode_name(mode));
		for (size_t i = 0; i < s->profiles->n; i++) {
			if (s->profiles->at[i].mode != (enum yr_label_mode)mode)
				continue;
			fputs("   ", stdout);
			yr_put(stdout, s->profiles->at[i].name);
			putchar('\n');
		}
	}
}

static void put_container(const struct yr_containers *containers, pid_t pid)
{
	const struct yr_running *r = containers ? yr_containers_find(containers, pid) : NULL;

	if (r) {
		fputs(" in container ", stdout);
		yr_status_put_container(r);
	}
}

static void print_processes(const struct yr_status *s, const struct yr_containers *containers)
{
	printf("%zu of %zu processes %s a profile\n", s->n_confined, s->n_processes,
	       s->n_confined == 1 ? "has" : "have");
	for (int mode = 0; mode < YR_LABEL_MODES; mode++) {
		if (!s->confined_by_mode[mode])
			continue;
		printf("%zu in %s mode\n", s->confined_by_mode[mode], yr_label_mode_name(mode));
		for (size_t i = 0; i < s->n_confined; i++) {
			const struct yr_process *p = &s->confined[i];

			if (p->mode != (enum yr_label_mode)mode)
				continue;
			fputs("   ", stdout);
			yr_put(stdout, p->exe ? p->exe : p->comm);
			printf(" (%ld) ", (long)p->pid);
			yr_put(stdout, p->profile);
			if (p->unconfined)
				fputs(" is loaded, but the process started before and is "
				      "unconfined",
				      stdout);
			put_container(containers, p->pid);
			putchar('\n');
		}
	}
	if (s->n_hidden)
		printf("%zu more processes are hidden from this user\n", s->n_hidden);
}

/* Whether each of @names is loaded; says which is not, and of the others @aloud the mode. */
static int check_names(const struct yr_status *s, bool aloud, char **names)
{
	int status = YR_EXIT_OK;

	for (; *names; names++) {
		const struct yr_loaded *p = yr_profiles_find(s->profiles, *names);

		if (!p) {
			yr_say("profile \"%s\" is not loaded", *names);
			status = YR_EXIT_POLICY;
		} else if (aloud) {
			yr_put(stdout, p->name);
			printf(" (%s)\n", p->mode_word);
		}
	}
	return status;
}

static int print_json(const struct yr_status *s, const struct yr_status_more *more)
{
	AUTO_FREE char *text = yr_status_json(s, 0);
	json_t *root = text ? json_loads(text, 0, NULL) : NULL;

	if (root && !yr_status_json_more(root, more)) {
		json_decref(root);
		root = NULL;
	}
	return yr_json_print(root, 2);
}

static int report(const struct yr_status *s, const struct yr_status_asked *asked, bool json,
		  char **names)
{
	bool readable = s->state == YR_APPARMOR_OK || s->state == YR_APPARMOR_CONFINED ||
			s->state == YR_APPARMOR_LOCKED;
	struct yr_status_more more = { .counted = false };
	int status = YR_EXIT_OK;

	/* Who asks for profiles by name wants an answer, and no look at everything. */
	if (json || !*names)
		status = yr_status_more_read(asked, s, &more);
	if (json)
		status = yr_worse(status, print_json(s, &more));
	else if (s->state != YR_APPARMOR_OK)
		yr_say("%s", s->why);
	if (!readable)
		status = YR_EXIT_SYSTEM;
	if (readable && *names) {
		status = yr_worse(status, check_names(s, !json, names));
	} else if (readable && !json) {
		print_profiles(s);
		print_processes(s, more.containers);
	}
	/* Without AppArmor, too: somebody may have asked for a profile all the same. */
	if (!json && !*names)
		yr_status_print_more(&more);
	yr_status_more_done(&more);
	return status;
}

/* As yoroi-runtime finds it. */
static const char *find_run_dir(char *room, size_t size)
{
	const char *given = getenv("YOROI_RUN"), *own = getenv("XDG_RUNTIME_DIR");

	if (given && *given)
		return given;
	if (!geteuid() || !own || *own != '/' || snprintf(room, size, "%s/yoroi", own) >= (int)size)
		return "/run/yoroi";
	return room;
}

struct arguments {
	struct yr_settings settings;
	struct yr_status_asked asked;
	struct yr_oci_settings *conf;
	const char *dirs[YR_LIMIT_PROFILE_DIRS + 2]; /* NULL at the end */
	size_t n_dirs;
	char run_dir[PATH_MAX], containers[PATH_MAX];
	bool json;
};

/* Where profiles come from: options, then what yoroi-runtime is told, then the usual folders. */
static void find_dirs(struct arguments *a)
{
	const char *conf = getenv("YOROI_RUNTIME_CONF");
	struct yr_err err = { 0 };

	a->asked.profile_dirs = a->dirs;
	if (a->n_dirs)
		return;
	if (yr_oci_settings_read(conf && *conf ? conf : "/etc/yoroi/runtime.conf", false, &a->conf,
				 &err) < 0)
		yr_say("%s", err.msg);
	for (size_t i = 0; a->conf && i < a->conf->n_profile_dirs; i++)
		a->dirs[a->n_dirs++] = a->conf->profile_dirs[i];
	if (a->n_dirs)
		return;
	a->dirs[a->n_dirs++] = "/etc/apparmor.d";
	if (snprintf(a->containers, sizeof(a->containers), "%s/containers",
		     a->settings.fallback_dir) < (int)sizeof(a->containers))
		a->dirs[a->n_dirs++] = a->containers;
}

static bool find_places(struct arguments *a)
{
	bool usual = false;

	a->asked.settings = &a->settings;
	a->asked.run_dir = find_run_dir(a->run_dir, sizeof(a->run_dir));
	if (!a->asked.log)
		a->asked.log = access(YR_RECORD_JOURNAL_SOCKET, F_OK) ? "/dev/kmsg" : "journal";
	find_dirs(a);
	for (size_t i = 0; i < a->n_dirs; i++) {
		usual |= !strcmp(a->dirs[i], "/etc/apparmor.d");
		if (!yr_settings_include(&a->settings, a->dirs[i]))
			return false;
	}
	return usual || yr_settings_include(&a->settings, "/etc/apparmor.d");
}

static int tell(struct arguments *a, char **names)
{
	struct yr_status *s = NULL;
	struct yr_err err = { 0 };
	int status;

	if (!find_places(a)) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	if (yr_status_read(&a->settings.host, &s, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	status = report(s, &a->asked, a->json, names);
	yr_status_free(s);
	return status;
}

/* Negative: go on. */
static int read_options(struct arguments *a, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "securityfs", required_argument, NULL, YR_OPT_SECURITYFS },
		{ "log", required_argument, NULL, OPT_LOG },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "drift", no_argument, NULL, OPT_DRIFT },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_status);
			return YR_EXIT_OK;
		}
		if (c == OPT_JSON)
			a->json = true;
		else if (c == YR_OPT_SECURITYFS)
			a->settings.host.securityfs = optarg;
		else if (c == OPT_LOG)
			a->asked.log = optarg;
		else if (c == OPT_DRIFT)
			a->asked.all = true;
		else if (c == OPT_POLICY && a->n_dirs < YR_LIMIT_PROFILE_DIRS)
			a->dirs[a->n_dirs++] = optarg;
		else if (c == OPT_POLICY)
			return yr_usage(&yr_cmd_status, "'--policy' takes at most %d folders",
					YR_LIMIT_PROFILE_DIRS);
		else
			return yr_usage_option(&yr_cmd_status, c, argv);
	}
	return -1;
}

static int run(int argc, char **argv)
{
	struct arguments a = { .json = false };
	int status;

	if (yr_settings_init(&a.settings) < 0)
		return YR_EXIT_SYSTEM;
	status = read_options(&a, argc, argv);
	if (status < 0)
		status = tell(&a, argv + optind);
	yr_oci_settings_free(a.conf);
	yr_settings_done(&a.settings);
	return status;
}

const struct yr_cmd yr_cmd_status = {
	.name = "status",
	.args = "[OPTION...] [PROFILE...]",
	.summary = "show profiles, confined processes and containers",
	.help = "      --json            as JSON, a superset of aa-status --json\n"
		"      --log FILE        count denials of containers there: 'journal', 'none' or "
		"a\n"
		"                        file; otherwise in the journal, or in /dev/kmsg\n"
		"      --policy DIR      compare loaded profiles with the files there; may be\n"
		"                        repeated; otherwise those of yoroi-runtime\n"
		"      --drift           compare all profiles, not only those in use\n"
		"      --securityfs DIR  AppArmor's interface, /sys/kernel/security/apparmor\n"
		"With names: whether these are loaded; exit status 1 when one is not.\n",
	.run = run,
};
