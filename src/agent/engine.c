/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the engine as child processes. */
#include "agent/engine.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/limits.h"

void yr_args_add(struct yr_args *a, const char *arg)
{
	if (!a->at)
		a->at = yr_arena_array(a->arena, YR_LIMIT_ENGINE_ARGUMENTS + 1, sizeof(*a->at));
	if (!a->at || !arg || a->n == YR_LIMIT_ENGINE_ARGUMENTS)
		a->failed = true;
	else
		a->at[a->n++] = arg;
}

void yr_args_printf(struct yr_args *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_args_add(a, yr_arena_vprintf(a->arena, fmt, ap));
	va_end(ap);
}

void yr_args_begin(struct yr_args *a, const struct yr_engine *e)
{
	yr_args_add(a, e->podman);
	if (e->runtime) {
		yr_args_add(a, "--runtime");
		yr_args_add(a, e->runtime);
	}
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The child: only what may be called between fork() and execve(). */
static _Noreturn void run(const struct yr_args *a, int out, int err)
{
	sigset_t none;
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (null < 0 || dup2(null, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0)
		_exit(125);
	/* What it starts lives on and must hold nothing of ours, the lock above all. */
	if (close_range(3, ~0U, 0) < 0)
		_exit(125);
	execvp(a->at[0], (char *const *)a->at);
	dprintf(2, "cannot run '%s': %s; install podman, or name it with --podman\n", a->at[0],
		strerror(errno));
	_exit(127);
}

/*
 * Between us and the engine, in a group of their own: it holds the lock until the engine has ended,
 * whether we live or not. Holds nothing else that anybody waits for.
 */
static _Noreturn void keep(const struct yr_engine *e, const struct yr_args *a, int out, int err)
{
	int status, lock = -1;
	pid_t child;

	setpgid(0, 0);
	signal(SIGTERM, SIG_DFL);
	child = fork();
	if (!child)
		run(a, out, err);
	if (child < 0)
		_exit(125);
	/* The lock alone stays. */
	if (e->lock >= 0 && dup2(e->lock, 0) == 0)
		lock = 0;
	close_range(lock == 0 ? 1 : 0, ~0U, 0);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(125);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* What comes, into @b as far as that takes it; false: it has ended. */
static bool take(int fd, struct yr_buf *b, size_t limit)
{
	char part[16384];
	ssize_t n = read(fd, part, sizeof(part));

	if (n < 0)
		return errno == EINTR || errno == EAGAIN;
	if (n > 0 && b && b->len < limit)
		yr_buf_put(b, part, (size_t)n < limit - b->len ? (size_t)n : limit - b->len);
	return n > 0;
}

/* false: the time is over. */
static bool read_all(int out, int err, int64_t deadline, struct yr_buf *said, struct yr_buf *wrong)
{
	struct pollfd p[2] = { { out, POLLIN, 0 }, { err, POLLIN, 0 } };

	while (p[0].fd >= 0 || p[1].fd >= 0) {
		int64_t left = deadline - now_ms();

		if (left <= 0)
			return false;
		if (poll(p, 2, left > 60000 ? 60000 : (int)left) < 0)
			continue;
		if (p[0].revents && !take(out, said, YR_LIMIT_ENGINE_OUTPUT))
			p[0].fd = -1;
		if (p[1].revents && !take(err, wrong, YR_LIMIT_ENGINE_ERROR))
			p[1].fd = -1;
	}
	return true;
}

/* The last line that is no log line, without "Error: ". */
static const char *last_words(struct yr_buf *b)
{
	const char *best = "it said nothing";
	char *rest, *line;

	if (!b->data)
		return best;
	for (line = strtok_r(b->data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
		if (strncmp(line, "time=", 5) != 0 && *line)
			best = line;
	if (!strncmp(best, "Error: ", 7))
		best += 7;
	return best;
}

int yr_engine_call(const struct yr_engine *e, const struct yr_args *a, unsigned seconds,
		   struct yr_buf *out, int *ret_status, struct yr_err *err)
{
	AUTO_BUF struct yr_buf wrong = { 0 };
	int said[2], bad[2], status = 0;
	bool in_time;
	pid_t keeper;

	if (a->failed || !a->n)
		return yr_err_set(err, E2BIG, "a call of the engine is too long");
	if (pipe2(said, O_CLOEXEC) < 0)
		return yr_err_set(err, errno, "no pipe: %s", strerror(errno));
	if (pipe2(bad, O_CLOEXEC) < 0) {
		close(said[0]);
		close(said[1]);
		return yr_err_set(err, errno, "no pipe: %s", strerror(errno));
	}
	keeper = fork();
	if (!keeper)
		keep(e, a, said[1], bad[1]);
	close(said[1]);
	close(bad[1]);
	in_time = keeper < 0 ||
		  read_all(said[0], bad[0], now_ms() + (int64_t)seconds * 1000, out, &wrong);
	close(said[0]);
	close(bad[0]);
	if (keeper < 0)
		return yr_err_set(err, errno, "no process: %s", strerror(errno));
	if (!in_time)
		kill(-keeper, SIGKILL);
	while (waitpid(keeper, &status, 0) < 0 && errno == EINTR)
		;
	if (!in_time)
		return yr_err_set(err, ETIMEDOUT, "%s %s did not end within %u seconds", a->at[0],
				  a->n > 1 ? a->at[1] : "", seconds);
	status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (ret_status)
		*ret_status = status;
	if (out && out->failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	return status ? yr_err_set(err, EREMOTEIO, "%s", last_words(&wrong)) : 0;
}
