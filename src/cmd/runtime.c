/* SPDX-License-Identifier: Apache-2.0 */
/*
 * yoroi-runtime: an OCI runtime that stands before runc or crun. What it lets through it becomes,
 * so that exit statuses, signals, terminals and descriptors are the real runtime's own.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/runtime.h"

/*
 * What is opened must not land on a standard descriptor that the caller has closed: messages would
 * go into it. What stands there meanwhile is gone at the runtime's start.
 */
static bool hold_standard(void)
{
	for (int fd = 0; fd < 3; fd++)
		if (fcntl(fd, F_GETFD) < 0 && open("/dev/null", O_RDWR | O_CLOEXEC) != fd)
			return false;
	return true;
}

/*
 * A message or a record that cannot be written is no reason to die without a word. The runtime gets
 * both as we had them.
 */
static const int deadly[] = { SIGPIPE, SIGXFSZ };

static void ignore_deadly(struct sigaction *before)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
		sigaction(deadly[i], &ignore, &before[i]);
}

static void restore_deadly(const struct sigaction *before)
{
	for (size_t i = 0; i < ARRAY_LEN(deadly); i++)
		sigaction(deadly[i], &before[i], NULL);
}

/* Where to tell of a line that cannot be read: as good as it goes. */
static void guess_log(struct yr_runtime *rt)
{
	const struct {
		const char *name;
		struct yr_oci_arg *to;
	} options[] = { { "--log=", &rt->args.log }, { "--log-format=", &rt->args.log_format } };

	for (int i = 1; i < rt->argc; i++) {
		for (size_t k = 0; k < ARRAY_LEN(options); k++) {
			size_t len = strlen(options[k].name) - 1;

			if (strncmp(rt->argv[i], options[k].name, len))
				continue;
			if (rt->argv[i][len] == '=')
				options[k].to->value = rt->argv[i] + len + 1;
			else if (!rt->argv[i][len] && i + 1 < rt->argc)
				options[k].to->value = rt->argv[i + 1];
		}
	}
}

/* Only comes back when it failed. */
static int become(struct yr_runtime *rt, const struct yr_oci_change *change, struct yr_err *err)
{
	AUTO_FREE char **line = NULL;
	int r = yr_oci_args_line(&rt->args, rt->argc, rt->argv, rt->path, change, &line, err);

	if (r < 0)
		return r;
	restore_deadly(rt->before);
	execv(rt->path, line);
	return yr_err_set(err, errno, "run '%s': %s", rt->path, strerror(errno));
}

static int go(struct yr_runtime *rt, struct yr_err *err)
{
	static const enum yr_start_action actions[] = {
		[YR_OCI_CREATE] = YR_START_CREATE,   [YR_OCI_RUN] = YR_START_RUN,
		[YR_OCI_RESTORE] = YR_START_RESTORE, [YR_OCI_START] = YR_START_START,
		[YR_OCI_EXEC] = YR_START_EXEC,
	};
	struct yr_oci_change change = { 0 };
	int r = yr_oci_args_read(rt->argc, rt->argv, &rt->args, err);

	if (r < 0) {
		guess_log(rt);
		return r;
	}
	rt->start.id = rt->args.id.value;
	rt->start.action = actions[rt->args.command];
	r = yr_runtime_configure(rt, err);
	if (!r)
		r = yr_runtime_find(rt, err);
	else if (rt->args.command == YR_OCI_OTHER)
		r = yr_runtime_find_anyway(rt, err);
	if (r < 0)
		return r;
	if (rt->args.command != YR_OCI_OTHER) {
		yr_runtime_places(rt);
		rt->start.runtime = rt->path;
		rt->start.root = *rt->root ? rt->root : NULL;
		r = rt->args.command == YR_OCI_EXEC    ? yr_runtime_exec(rt, &change, err)
		    : rt->args.command == YR_OCI_START ? yr_runtime_begin(rt, err)
						       : yr_runtime_start(rt, &change, err);
	}
	return r < 0 ? r : become(rt, &change, err);
}

static void done(struct yr_runtime *rt)
{
	yr_start_free(rt->container);
	yr_spec_free(rt->spec);
	yr_bundle_free(rt->bundle);
	yr_oci_settings_free(rt->settings);
}

int main(int argc, char **argv)
{
	struct yr_runtime rt = { .argc = argc, .argv = argv };
	struct yr_err err = { 0 };
	int status = YR_RUNTIME_FAILED;

	yr_say_as("yoroi-runtime");
	if (!hold_standard())
		return status;
	ignore_deadly(rt.before);
	if (go(&rt, &err) < 0)
		status = yr_runtime_refuse(&rt, err.msg);
	done(&rt);
	return status;
}
