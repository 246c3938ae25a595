/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `yoroi pod` and `yoroi node` are a program of their own: they want SQLite and libyaml, and
 * every start of this one would pay for them.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"

/* Comes back only if there is nothing to start at @path. */
static int start(const char *path, char **args)
{
	execv(path, args);
	if (errno == ENOENT || errno == ENOTDIR)
		return -ENOENT;
	yr_say("start '%s': %s", path, strerror(errno));
	return YR_EXIT_SYSTEM;
}

/* Beside this program, as it was built or installed; then where it was to be installed. */
static int start_it(char **args)
{
	static const char *const places[] = { "/" YR_PODS_PROGRAM,
					      "/../libexec/yoroi/" YR_PODS_PROGRAM };
	char exe[PATH_MAX], path[PATH_MAX + 64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	int status = -ENOENT;
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; slash && status < 0 && i < ARRAY_LEN(places); i++) {
		snprintf(path, sizeof(path), "%s%s", exe, places[i]);
		status = start(path, args);
	}
	if (status < 0)
		status = start(YR_LIBEXECDIR "/" YR_PODS_PROGRAM, args);
	if (status >= 0)
		return status;
	yr_say("'%s' is not there, and Pods are its work: it was looked for in '%s' and '%s'; "
	       "install Yoroi whole",
	       YR_PODS_PROGRAM, slash ? exe : "/proc/self/exe", YR_LIBEXECDIR);
	return YR_EXIT_SYSTEM;
}

static int run(int argc, char **argv)
{
	char **args = calloc((size_t)argc + 2, sizeof(*args));
	int status;

	if (!args) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	args[0] = (char *)"yoroi";
	memcpy(args + 1, argv, (size_t)argc * sizeof(*args));
	status = start_it(args);
	free(args);
	return status;
}

const struct yr_cmd yr_cmd_node = { .name = "node", .summary = YR_NODE_SUMMARY, .run = run };
const struct yr_cmd yr_cmd_pod = { .name = "pod", .summary = YR_POD_SUMMARY, .run = run };
