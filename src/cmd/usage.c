/* SPDX-License-Identifier: Apache-2.0 */
/* How every command ends, and what it says to a wrong command line. */
#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include "cmd/cmd.h"

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

int yr_worse(int a, int b)
{
	return a > b ? a : b;
}

int yr_exit_status(int r)
{
	return r >= 0 ? YR_EXIT_OK : r == -EBADMSG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

int yr_finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		yr_say("write standard output: %s", strerror(errno));
		return yr_worse(status, YR_EXIT_SYSTEM);
	}
	return status;
}
