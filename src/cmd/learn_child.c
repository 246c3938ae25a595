/* SPDX-License-Identifier: Apache-2.0 */
/* Children of a run, and waiting for them while records come. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/io.h"
#include "cmd/learn_watch.h"

/* What a helper may say. */
#define ANSWER_BYTES 65536

int64_t yr_learn_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int redirect(const struct yr_learn_start *how)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0 || (how->group && dup2(null, 0) < 0))
		return -errno;
	if (how->quiet && (dup2(null, 0) < 0 || dup2(null, 2) < 0))
		return -errno;
	/* Ours may be the profile's. */
	return dup2(how->out >= 0 ? how->out : 2, 1) < 0 ? -errno : 0;
}

static _Noreturn void become(const struct yr_learn_runner *r, const struct yr_learn_start *how,
			     pid_t parent, int fd)
{
	struct yr_err err = { 0 };
	int code = redirect(how);

	for (const char *const *e = how->environment; e && *e; e++)
		putenv((char *)*e);
	sigprocmask(SIG_SETMASK, &r->mask, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (how->group)
		setpgid(0, 0);
	/* Killed before the guardian knows of us. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(125);
	if (!code && how->profile)
		code = yr_host_change_onexec(r->cage.host, how->profile, &err);
	if (!code) {
		execvp(how->line[0], (char *const *)how->line);
		code = -errno;
	}
	if (!err.code)
		yr_err_set(&err, -code, "run '%s': %s", how->line[0], strerror(-code));
	yr_write_all(fd, &err, sizeof(err));
	_exit(125);
}

static int read_failure(int fd, struct yr_err *err)
{
	struct yr_err said = { 0 };

	if (yr_read_whole(fd, &said, sizeof(said)) < 0)
		return 0;
	said.msg[sizeof(said.msg) - 1] = '\0';
	return yr_err_set(err, said.code, "%s", said.msg);
}

int yr_learn_start(const struct yr_learn_runner *r, const struct yr_learn_start *how,
		   struct yr_learn_child *ret, struct yr_err *err)
{
	pid_t parent = getpid();
	int ends[2], code;

	*ret = (struct yr_learn_child){ .pid = 0 };
	if (pipe2(ends, O_CLOEXEC) < 0)
		return yr_err_set(err, errno, "no pipe: %s", strerror(errno));
	ret->pid = fork();
	if (!ret->pid)
		become(r, how, parent, ends[1]);
	close(ends[1]);
	if (ret->pid < 0) {
		code = yr_err_set(err, errno, "no process: %s", strerror(errno));
		ret->pid = 0;
	} else {
		if (how->group)
			setpgid(ret->pid, ret->pid);
		code = read_failure(ends[0], err);
	}
	close(ends[0]);
	if (code < 0 && ret->pid) {
		waitpid(ret->pid, NULL, 0);
		ret->pid = 0;
	}
	return code;
}

static void reap(struct yr_learn_child *c)
{
	if (c->pid && !c->done && waitpid(c->pid, &c->status, WNOHANG) == c->pid)
		c->done = true;
}

void yr_learn_reap(struct yr_learn_runner *r)
{
	reap(&r->program);
	reap(&r->exercise);
	reap(&r->helper);
}

static void take_signals(struct yr_learn_runner *r)
{
	struct signalfd_siginfo s;

	while (read(r->signals, &s, sizeof(s)) == (ssize_t)sizeof(s))
		if (s.ssi_signo != SIGCHLD)
			r->signal = (int)s.ssi_signo;
}

static void take_answer(struct yr_learn_runner *r)
{
	char part[4096];
	ssize_t n = read(r->from_helper, part, sizeof(part));

	if (n > 0 && r->answer.len + (size_t)n <= ANSWER_BYTES)
		yr_buf_put(&r->answer, part, (size_t)n);
	if (n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN)))
		return;
	close(r->from_helper);
	r->from_helper = -1;
}

void yr_learn_pump(struct yr_learn_runner *r, int ms)
{
	struct pollfd p[3] = { { r->signals, POLLIN, 0 },
			       { r->err.code ? -1 : yr_live_fd(r->live), POLLIN, 0 },
			       { r->from_helper, POLLIN, 0 } };
	uint64_t before;

	if (poll(p, 3, ms) <= 0) {
		yr_learn_reap(r);
		return;
	}
	if (p[0].revents)
		take_signals(r);
	if (p[1].revents) {
		before = yr_log_counts(r->log)->lines;
		if (yr_live_read(r->live, r->log, yr_learn_watch, r->watch, &r->err) < 0 &&
		    !r->err.code)
			yr_err_set(&r->err, ENOMEM, "out of memory");
		if (yr_log_counts(r->log)->lines != before)
			r->last_record = yr_learn_now_ms();
	}
	if (p[2].revents)
		take_answer(r);
	yr_learn_reap(r);
}
