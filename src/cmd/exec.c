/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* What a shell says of a command that cannot be run, or is not there. */
enum { CANNOT_RUN = 126, NOT_FOUND = 127 };
enum { OPT_ONEXEC = YR_OPT_OWN, OPT_STACK };

struct exec {
	struct yr_label_change change;
	bool onexec, verbose;
};

static bool take(struct exec *e, int c)
{
	switch (c) {
	case 'i':
		return e->change.now = true;
	case 'n':
		e->change.ns = optarg;
		return true;
	case 'p':
		e->change.profile = optarg;
		return true;
	case 'd':
	case 'v':
		return e->verbose = true;
	case OPT_ONEXEC:
		return e->onexec = true;
	case OPT_STACK:
		return e->change.stack = true;
	}
	return false;
}

static int refuse(const struct exec *e, int left)
{
	if (!e->change.profile && e->change.ns)
		return yr_usage(&yr_cmd_exec,
				"-p PROFILE says which of the namespace; 'unconfined' is one");
	if (!e->change.profile)
		return yr_usage(&yr_cmd_exec, "-p PROFILE says what to run under");
	if (e->onexec && e->change.now)
		return yr_usage(&yr_cmd_exec, "'--onexec' and '--immediate' exclude each other");
	if (!left)
		return yr_usage(&yr_cmd_exec, "name a command to run");
	return YR_EXIT_OK;
}

/* Words that somebody can paste into a shell only when they are plain. */
static void tell(const struct exec *e, char **command)
{
	const struct yr_label_change *c = &e->change;

	yr_say("%s profile '%s'%s%s%s, %s", c->stack ? "stack" : "change to", c->profile,
	       c->ns ? " of namespace '" : "", c->ns ? c->ns : "", c->ns ? "'" : "",
	       c->now ? "at once" : "when the command starts");
	fputs("yoroi: run", stderr);
	for (; *command; command++) {
		fputs(" '", stderr);
		yr_put(stderr, *command);
		fputc('\'', stderr);
	}
	fputc('\n', stderr);
}

static int change_and_run(const struct exec *e, char **command)
{
	struct yr_settings settings;
	struct yr_err err = { 0 };
	int r;

	if (yr_settings_init(&settings) < 0)
		return YR_EXIT_SYSTEM;
	if (e->verbose)
		tell(e, command);
	r = yr_host_change(&settings.host, &e->change, &err);
	yr_settings_done(&settings);
	if (r < 0) {
		yr_say("%s", err.msg);
		return r == -ENOENT ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
	}
	execvp(command[0], command);
	r = errno;
	yr_say("run '%s' under profile '%s': %s", command[0], e->change.profile, strerror(r));
	return r == ENOENT ? NOT_FOUND : CANNOT_RUN;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "debug", no_argument, NULL, 'd' },
		{ "help", no_argument, NULL, 'h' },
		{ "immediate", no_argument, NULL, 'i' },
		{ "namespace", required_argument, NULL, 'n' },
		{ "onexec", no_argument, NULL, OPT_ONEXEC },
		{ "profile", required_argument, NULL, 'p' },
		{ "stack", no_argument, NULL, OPT_STACK },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	struct exec e = { 0 };
	int c, status;

	/* The "+" leaves the command's own options alone. */
	while ((c = getopt_long(argc, argv, "+:dhin:p:v", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_exec);
			return YR_EXIT_OK;
		}
		if (!take(&e, c))
			return yr_usage_option(&yr_cmd_exec, c, argv);
	}
	status = refuse(&e, argc - optind);
	return status ? status : change_and_run(&e, argv + optind);
}

const struct yr_cmd yr_cmd_exec = {
	.name = "exec",
	.args = "-p PROFILE [OPTION...] [--] COMMAND [ARGUMENT...]",
	.summary = "run a command under a profile, or not at all",
	.help = "  -p, --profile NAME    a loaded profile; 'unconfined' is one\n"
		"  -n, --namespace NS    the profile is that of this namespace; ':NS:NAME' behind\n"
		"                        -p says the same\n"
		"      --stack           the profile comes on top of what is in force already:\n"
		"                        what either refuses is refused\n"
		"      --onexec          change when the command starts; so it is without options\n"
		"  -i, --immediate       change before: the profile must let yoroi start the\n"
		"                        command, and what that runs under is the profile's to "
		"say\n"
		"  -v, --verbose, -d, --debug\n"
		"                        tell what is asked of the kernel, and what is run\n"
		"The exit status is the command's; 1: no such profile is loaded; 126, 127: the\n"
		"command cannot be run, or is not there.\n",
	.run = run,
};
