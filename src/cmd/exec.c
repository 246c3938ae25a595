/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* What a shell says of a command that cannot be run, or is not there. */
enum { CANNOT_RUN = 126, NOT_FOUND = 127 };

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "profile", required_argument, NULL, 'p' },
		{ NULL, 0, NULL, 0 },
	};
	const char *profile = NULL;
	struct yr_settings settings;
	struct yr_err err = { 0 };
	int c, r;

	/* The "+" leaves the command's own options alone. */
	while ((c = getopt_long(argc, argv, "+:hp:", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_exec);
			return YR_EXIT_OK;
		}
		if (c != 'p')
			return yr_usage_option(&yr_cmd_exec, c, argv);
		profile = optarg;
	}
	if (!profile)
		return yr_usage(&yr_cmd_exec, "-p PROFILE says what to run under");
	if (optind == argc)
		return yr_usage(&yr_cmd_exec, "name a command to run");
	if (yr_settings_init(&settings) < 0)
		return YR_EXIT_SYSTEM;
	r = yr_host_change_onexec(&settings.host, profile, &err);
	yr_settings_done(&settings);
	if (r < 0) {
		yr_say("%s", err.msg);
		return r == -ENOENT ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
	}
	execvp(argv[optind], argv + optind);
	r = errno;
	yr_say("run '%s' under profile '%s': %s", argv[optind], profile, strerror(r));
	return r == ENOENT ? NOT_FOUND : CANNOT_RUN;
}

const struct yr_cmd yr_cmd_exec = {
	.name = "exec",
	.args = "-p PROFILE [--] COMMAND [ARGUMENT...]",
	.summary = "run a command under a profile, or not at all",
	.help = "  -p, --profile NAME    a loaded profile; 'unconfined' is one\n"
		"The exit status is the command's; 1: no such profile is loaded; 126, 127: the\n"
		"command cannot be run, or is not there.\n",
	.run = run,
};
