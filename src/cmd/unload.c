/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>

#include "cmd/cmd.h"

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "securityfs", required_argument, NULL, YR_OPT_SECURITYFS },
		{ NULL, 0, NULL, 0 },
	};
	struct yr_settings settings;
	struct yr_loader *loader = NULL;
	struct yr_err err = { 0 };
	int c, status = YR_EXIT_OK;

	if (yr_settings_init(&settings) < 0)
		return YR_EXIT_SYSTEM;
	while (status == YR_EXIT_OK && (c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_unload);
			yr_settings_done(&settings);
			return YR_EXIT_OK;
		}
		if (c == YR_OPT_SECURITYFS)
			settings.host.securityfs = optarg;
		else
			status = yr_usage_option(&yr_cmd_unload, c, argv);
	}
	if (status == YR_EXIT_OK && optind == argc)
		status = yr_usage(&yr_cmd_unload, "name a profile to unload");
	if (status == YR_EXIT_OK && yr_loader_open(&settings.host, &loader, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	}
	for (int i = optind; loader && i < argc; i++) {
		int r;

		err = (struct yr_err){ 0 };
		r = yr_loader_remove(loader, argv[i], &err);
		if (!r) {
			fputs("unloaded ", stdout);
			yr_put(stdout, argv[i]);
			putchar('\n');
			continue;
		}
		yr_say("%s", err.msg);
		status = yr_worse(status, r == -ENOENT ? YR_EXIT_POLICY : YR_EXIT_SYSTEM);
	}
	yr_loader_free(loader);
	yr_settings_done(&settings);
	return status;
}

const struct yr_cmd yr_cmd_unload = {
	.name = "unload",
	.args = "[OPTION...] PROFILE...",
	.summary = "take profiles out of force; what runs under them goes on unconfined",
	.help = "      --securityfs DIR  AppArmor's interface, /sys/kernel/security/apparmor\n",
	.run = run,
};
