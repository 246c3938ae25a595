/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The guardian: a child in a session of its own that holds the other end of a pipe. When that ends
 * without a word, whoever started it was killed, and it ends what runs and unloads the profile.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/learn_run.h"

/* What is told through the pipe: less than it takes at once. */
struct state {
	bool loaded, done;
	pid_t program, exercise;
};

/* Nothing of ours stays open but the lock and the pipe: who waits for our output must not wait. */
static void let_go(int *pipe_fd, int *lock)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	for (int i = 0; i < 3; i++)
		if (null >= 0)
			dup2(null, i);
	/* Out of the way first: each may have the other's number. */
	*pipe_fd = fcntl(*pipe_fd, F_DUPFD_CLOEXEC, 16);
	*lock = fcntl(*lock, F_DUPFD_CLOEXEC, 16);
	*pipe_fd = dup3(*pipe_fd, 3, O_CLOEXEC);
	*lock = dup3(*lock, 4, O_CLOEXEC);
	close_range(5, ~0U, 0);
}

static _Noreturn void guard(struct yr_learn_cage c, int fd, pid_t parent)
{
	static const int ignored[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGTSTP };
	struct state now = { .loaded = false }, next;
	struct timespec pause = { 0, 20000000 };
	struct yr_err err = { 0 };

	setsid();
	prctl(PR_SET_NAME, "yoroi-guard");
	for (size_t i = 0; i < ARRAY_LEN(ignored); i++)
		signal(ignored[i], SIG_IGN);
	let_go(&fd, &c.lock);
	while (!yr_read_whole(fd, &next, sizeof(next))) {
		now = next;
		if (now.done)
			_exit(0);
	}
	/* Its children are told of its death when it has gone, so that none starts any more. */
	for (int i = 0; getppid() == parent && i < 500; i++)
		nanosleep(&pause, NULL);
	c.loaded = now.loaded;
	if (now.exercise > 0)
		kill(-now.exercise, SIGKILL);
	if (now.program > 0)
		kill(now.program, SIGKILL);
	nanosleep(&pause, NULL);
	if (yr_cage_end(&c, &err) < 0)
		yr_cage_close(&c, err.msg);
	else
		yr_cage_close(&c, NULL);
	_exit(0);
}

int yr_guard_start(const struct yr_learn_cage *c, struct yr_learn_guard *ret, struct yr_err *err)
{
	pid_t parent = getpid();
	int ends[2];

	ret->fd = -1;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return yr_err_set(err, errno, "no pipe: %s", strerror(errno));
	ret->pid = fork();
	if (!ret->pid) {
		close(ends[1]);
		guard(*c, ends[0], parent);
	}
	close(ends[0]);
	if (ret->pid < 0) {
		close(ends[1]);
		return yr_err_set(err, errno, "no process: %s", strerror(errno));
	}
	ret->fd = ends[1];
	return 0;
}

static void tell(const struct yr_learn_guard *g, const struct state *s)
{
	/* One that is gone cannot help; what it would have done we do. */
	yr_write_all(g->fd, s, sizeof(*s));
}

void yr_guard_tell(const struct yr_learn_guard *g, const struct yr_learn_cage *c)
{
	struct state s;

	memset(&s, 0, sizeof(s));
	s.loaded = c->loaded;
	s.program = c->program;
	s.exercise = c->exercise;
	tell(g, &s);
}

void yr_guard_end(struct yr_learn_guard *g)
{
	struct state s;

	if (g->fd < 0)
		return;
	memset(&s, 0, sizeof(s));
	s.done = true;
	tell(g, &s);
	close(g->fd);
	g->fd = -1;
	while (waitpid(g->pid, NULL, 0) < 0 && errno == EINTR)
		;
}
