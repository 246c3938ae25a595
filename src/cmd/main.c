/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"

/* Sorted by name. */
static const struct yr_cmd *const commands[] = {
	&yr_cmd_check,   &yr_cmd_compile, &yr_cmd_default_profile,
	&yr_cmd_diff,    &yr_cmd_events,  &yr_cmd_exec,
	&yr_cmd_explain, &yr_cmd_format,  &yr_cmd_learn,
	&yr_cmd_load,    &yr_cmd_log,     &yr_cmd_node,
	&yr_cmd_pod,     &yr_cmd_query,   &yr_cmd_status,
	&yr_cmd_test,    &yr_cmd_unload,
};

static void print_usage(FILE *f)
{
	fputs("usage: yoroi COMMAND [OPTION...] [ARGUMENT...]\n\n", f);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		fprintf(f, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
	fputs("\n'yoroi COMMAND --help' tells about one. Called as apparmor_parser, it takes\n"
	      "that program's command line.\n",
	      f);
}

static bool is_called(const char *path, const char *name)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return path && !strcmp(slash ? slash + 1 : path, name);
}

static const struct yr_cmd *find_command(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	return NULL;
}

static int no_command(const char *name)
{
	yr_say("there is no command '%s'; 'yoroi help' lists them", name);
	return YR_EXIT_USAGE;
}

static int help(const char *name)
{
	const struct yr_cmd *cmd = name ? find_command(name) : NULL;

	if (name && !cmd)
		return no_command(name);
	if (cmd && !cmd->help) {
		char *args[] = { (char *)name, (char *)"--help", NULL };

		return cmd->run(2, args);
	}
	if (cmd)
		yr_print_help(cmd);
	else
		print_usage(stdout);
	return YR_EXIT_OK;
}

int main(int argc, char **argv)
{
	const struct yr_cmd *cmd;

	if (is_called(argv[0], "apparmor_parser")) {
		yr_say_as("apparmor_parser");
		return yr_finish(yr_apparmor_parser(argc, argv));
	}
	if (argc < 2) {
		print_usage(stderr);
		return YR_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))
		return yr_finish(help(argv[2]));
	if (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version")) {
		puts("yoroi " YR_VERSION);
		return yr_finish(YR_EXIT_OK);
	}
	cmd = find_command(argv[1]);
	return cmd ? yr_finish(cmd->run(argc - 1, argv + 1)) : no_command(argv[1]);
}
