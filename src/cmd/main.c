/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"

/* Sorted by name. */
static const struct yr_cmd *const commands[] = {
	&yr_cmd_check, &yr_cmd_compile, &yr_cmd_exec, &yr_cmd_load, &yr_cmd_status, &yr_cmd_unload,
};

/* What messages begin with: people look for the program that they called. */
static const char *program = "yoroi";

void yr_say(const char *fmt, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
}

int yr_usage(const struct yr_cmd *cmd, const char *fmt, ...)
{
	va_list ap;

	fprintf(stderr, "yoroi %s: ", cmd->name);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, "; try 'yoroi %s --help'\n", cmd->name);
	return YR_EXIT_USAGE;
}

int yr_usage_option(const struct yr_cmd *cmd, int c, char **argv)
{
	const char *word = argv[optind - 1];

	if (c == ':')
		return yr_usage(cmd, "option '%s' needs a value", word);
	if (optopt > 0 && optopt < 128)
		return yr_usage(cmd, "there is no option '-%c'", optopt);
	return yr_usage(cmd, "there is no option '%s'", word);
}

void yr_print_help(const struct yr_cmd *cmd)
{
	printf("usage: yoroi %s %s\n\n%s\n\n%s", cmd->name, cmd->args, cmd->summary, cmd->help);
}

bool yr_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(f)) && (!no || !*no);
}

int yr_worse(int a, int b)
{
	return a > b ? a : b;
}

int yr_exit_status(int r)
{
	return r >= 0 ? YR_EXIT_OK : r == -EBADMSG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

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

/* Output that could not be written is a failure, whatever the command thought. */
static int flush(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		yr_say("write standard output: %s", strerror(errno));
		return yr_worse(status, YR_EXIT_SYSTEM);
	}
	return status;
}

int main(int argc, char **argv)
{
	if (is_called(argv[0], "apparmor_parser")) {
		program = "apparmor_parser";
		return flush(yr_apparmor_parser(argc, argv));
	}
	if (argc < 2) {
		print_usage(stderr);
		return YR_EXIT_USAGE;
	}
	if (!strcmp(argv[1], "help") || !strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_usage(stdout);
		return flush(YR_EXIT_OK);
	}
	if (!strcmp(argv[1], "version") || !strcmp(argv[1], "--version")) {
		puts("yoroi " YR_VERSION);
		return flush(YR_EXIT_OK);
	}
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (!strcmp(argv[1], commands[i]->name))
			return flush(commands[i]->run(argc - 1, argv + 1));
	yr_say("there is no command '%s'; 'yoroi help' lists them", argv[1]);
	return YR_EXIT_USAGE;
}
