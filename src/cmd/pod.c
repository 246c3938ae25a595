/* SPDX-License-Identifier: Apache-2.0 */
/* `yoroi pod`: Pods on one node. */
#include "cmd/pod_place.h"

#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"

/* Sorted by name. */
static const struct {
	const char *name;
	const struct yr_cmd *cmd;
} commands[] = {
	{ "check", &yr_cmd_pod_check },   { "create", &yr_cmd_pod_create },
	{ "delete", &yr_cmd_pod_delete }, { "describe", &yr_cmd_pod_describe },
	{ "events", &yr_cmd_pod_events }, { "exec", &yr_cmd_pod_exec },
	{ "get", &yr_cmd_pod_get },       { "logs", &yr_cmd_pod_logs },
};

static void print_usage(FILE *f)
{
	fputs("usage: yoroi pod COMMAND [OPTION...] [ARGUMENT...]\n\n", f);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(f, "  %-8s  %s\n", commands[i].name, commands[i].cmd->summary);
}

static int run(int argc, char **argv)
{
	struct yr_nearest near;

	if (argc < 2) {
		print_usage(stderr);
		return YR_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
		print_usage(stdout);
		return YR_EXIT_OK;
	}
	if (argv[1][0] == '-')
		return yr_usage(&yr_cmd_pod, "there is no option '%s'", argv[1]);
	near = yr_nearest_start(yr_str_of(argv[1]));
	for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
		if (!strcmp(argv[1], commands[i].name))
			return commands[i].cmd->run(argc - 1, argv + 1);
		yr_nearest_try_z(&near, commands[i].name);
	}
	return yr_usage(&yr_cmd_pod, "there is no command '%s'%s", argv[1],
			yr_nearest_phrase(&near).text);
}

const struct yr_cmd yr_cmd_pod = {
	.name = "pod",
	.args = "COMMAND [OPTION...] [ARGUMENT...]",
	.summary = YR_POD_SUMMARY,
	.help = "'yoroi pod --help' lists the commands.\n",
	.run = run,
};
