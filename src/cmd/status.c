/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"

enum { OPT_JSON = YR_OPT_OWN };

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

static void print_processes(const struct yr_status *s)
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

static int report(const struct yr_status *s, bool json, char **names)
{
	bool readable = s->state == YR_APPARMOR_OK || s->state == YR_APPARMOR_CONFINED ||
			s->state == YR_APPARMOR_LOCKED;

	if (json) {
		AUTO_FREE char *text = yr_status_json(s, 2);

		if (!text) {
			yr_say("out of memory");
			return YR_EXIT_SYSTEM;
		}
		puts(text);
	} else if (s->state != YR_APPARMOR_OK) {
		yr_say("%s", s->why);
	}
	if (!readable)
		return YR_EXIT_SYSTEM;
	if (*names)
		return check_names(s, !json, names);
	if (!json) {
		print_profiles(s);
		print_processes(s);
	}
	return YR_EXIT_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "securityfs", required_argument, NULL, YR_OPT_SECURITYFS },
		{ NULL, 0, NULL, 0 },
	};
	struct yr_settings settings;
	struct yr_status *s = NULL;
	struct yr_err err = { 0 };
	bool json = false;
	int c, status;

	if (yr_settings_init(&settings) < 0)
		return YR_EXIT_SYSTEM;
	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_status);
			yr_settings_done(&settings);
			return YR_EXIT_OK;
		}
		if (c == OPT_JSON) {
			json = true;
		} else if (c == YR_OPT_SECURITYFS) {
			settings.host.securityfs = optarg;
		} else {
			yr_settings_done(&settings);
			return yr_usage_option(&yr_cmd_status, c, argv);
		}
	}
	if (yr_status_read(&settings.host, &s, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	} else {
		status = report(s, json, argv + optind);
	}
	yr_status_free(s);
	yr_settings_done(&settings);
	return status;
}

const struct yr_cmd yr_cmd_status = {
	.name = "status",
	.args = "[OPTION...] [PROFILE...]",
	.summary = "show profiles, modes and confined processes",
	.help = "      --json            as JSON, a superset of aa-status --json\n"
		"      --securityfs DIR  AppArmor's interface, /sys/kernel/security/apparmor\n"
		"With names: whether these are loaded; exit status 1 when one is not.\n",
	.run = run,
};
