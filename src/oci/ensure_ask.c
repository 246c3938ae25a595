/* SPDX-License-Identifier: Apache-2.0 */
/* Asking the kernel for one profile where the list of all is not for us. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "oci/ensure_parts.h"

/* The child never comes back: what it was let do must not stick to whoever becomes the runtime. */
static void ask_and_end(const struct yr_ensure *with, const char *profile, int fd)
{
	struct yr_err answer = { 0 };

	yr_host_change_onexec(with->host, profile, &answer);
	answer.msg[sizeof(answer.msg) - 1] = '\0';
	_exit(yr_write_all(fd, &answer, sizeof(answer)) < 0);
}

/* Waits for nobody else's children: the runtime may have some of ours, from before. */
static void bury(pid_t pid)
{
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

int yr_profile_ask(const struct yr_ensure *with, const char *profile, struct yr_err *err)
{
	AUTO_CLOSE int from = -1;
	struct yr_err answer = { 0 };
	char where[200];
	int ends[2];
	bool told;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return yr_err_set(err, errno, "make a pipe: %s", strerror(errno));
	from = ends[0];
	pid = fork();
	if (!pid)
		ask_and_end(with, profile, ends[1]);
	close(ends[1]);
	if (pid < 0)
		return yr_err_set(err, errno, "start a process: %s", strerror(errno));
	told = !yr_read_whole(from, &answer, sizeof(answer));
	bury(pid);
	if (!told)
		return yr_err_set(err, ECHILD,
				  "profile '%.100s': nobody could tell whether it is loaded",
				  profile);
	if (answer.code == ENOENT)
		return yr_err_set(err, ENOENT,
				  "profile '%.100s' is not loaded, and only root may load it: "
				  "'yoroi load FILE', with its file in %s, does so",
				  profile,
				  yr_dirs_phrase(with->profile_dirs, where, sizeof(where)));
	return answer.code ? yr_err_set(err, answer.code, "%s", answer.msg) : 0;
}
