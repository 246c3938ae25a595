/* SPDX-License-Identifier: Apache-2.0 */
/* Ending what runs under the profile of a run, and that profile. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/learn_run.h"
#include "yoroi/loader.h"
#include "yoroi/status.h"

static void sleep_ms(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	nanosleep(&t, NULL);
}

/* The process that has this number now may be another than the one that was seen. */
static int signal_one(const struct yr_learn_cage *c, pid_t pid, int sig)
{
	AUTO_CLOSE int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct yr_label *label = NULL;
	struct yr_err err = { 0 };
	int r = 0;

	if (fd < 0)
		return errno == ESRCH ? 0 : -errno;
	if (yr_host_label(c->host, pid, &label, &err) == 0 && strstr(label->text, c->profile) &&
	    syscall(SYS_pidfd_send_signal, fd, sig, NULL, 0) < 0 && errno != ESRCH)
		r = -errno;
	yr_label_free(label);
	return r;
}

int yr_cage_signal(const struct yr_learn_cage *c, int sig, size_t *ret_n, struct yr_err *err)
{
	struct yr_processes *all = NULL;
	int r = yr_processes_read(c->host, &all, err);

	*ret_n = 0;
	if (r < 0)
		return r;
	for (size_t i = 0; i < all->n; i++) {
		/* The name is of this run alone, so that it is in no other label. */
		if (!strstr(all->at[i].label, c->profile))
			continue;
		++*ret_n;
		r = sig ? signal_one(c, all->at[i].pid, sig) : 0;
		if (r < 0)
			yr_err_set(err, -r, "end process %d: %s", (int)all->at[i].pid,
				   strerror(-r));
	}
	if (all->n_hidden)
		r = yr_err_set(err, EACCES, "%zu processes are hidden from us", all->n_hidden);
	yr_processes_free(all);
	return r < 0 ? r : 0;
}

size_t yr_cage_stop_line(const struct yr_learn_cage *c, bool force, const char *line[8])
{
	size_t n = 0;

	line[n++] = c->engine;
	switch (c->what) {
	case YR_LEARN_PODMAN:
	case YR_LEARN_DOCKER:
		line[n++] = force ? "rm" : "stop";
		if (force)
			line[n++] = "-f";
		if (!force || c->what == YR_LEARN_PODMAN) {
			line[n++] = "-t";
			line[n++] = force ? "0" : "10";
		}
		line[n++] = c->profile;
		break;
	case YR_LEARN_OCI:
		line[n++] = force ? "delete" : "kill";
		if (force)
			line[n++] = "-f";
		line[n++] = c->profile;
		if (!force)
			line[n++] = "TERM";
		break;
	default:
		n = 0;
	}
	line[n] = NULL;
	return n;
}

/* Quietly: most often the container is gone already. */
static void run_quietly(const char *const *line)
{
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		if (null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0 || dup2(null, 2) < 0)
			_exit(126);
		close_range(3, ~0U, 0);
		execvp(line[0], (char *const *)line);
		_exit(127);
	}
	for (int i = 0; pid > 0 && i < YR_LEARN_ENGINE_SECONDS * 20; i++) {
		pid_t r = waitpid(pid, NULL, WNOHANG);

		if (r == pid || (r < 0 && errno != EINTR))
			return;
		sleep_ms(50);
	}
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
}

/*
 * Until there is none, several times: one that is born while the list is read, under a number that
 * was passed already, is not in it, and without the profile it would go on unconfined.
 */
static int end_all(const struct yr_learn_cage *c, struct yr_err *err)
{
	unsigned none = 0;
	size_t n = 0;
	int r = 0;

	for (int i = 0; i < YR_LEARN_GRACE_SECONDS * 20; i++) {
		*err = (struct yr_err){ 0 };
		r = yr_cage_signal(c, SIGKILL, &n, err);
		none = !r && !n ? none + 1 : 0;
		if (none == 3)
			return 0;
		sleep_ms(none ? 10 : 50);
	}
	if (!r && !n)
		return yr_err_set(err, EBUSY, "processes come and go under it");
	if (n)
		return yr_err_set(err, EBUSY, "%zu process%s not end", n,
				  n == 1 ? " does" : "es do");
	return r;
}

int yr_cage_end(struct yr_learn_cage *c, struct yr_err *err)
{
	struct yr_loader *loader = NULL;
	const char *line[8];
	int r;

	if (yr_cage_stop_line(c, true, line))
		run_quietly(line);
	if (!c->loaded)
		return 0;
	r = end_all(c, err);
	if (!r)
		r = yr_loader_open(c->host, &loader, err);
	if (!r)
		r = yr_loader_remove(loader, c->profile, err);
	yr_loader_free(loader);
	if (r == -ENOENT) {
		*err = (struct yr_err){ 0 };
		r = 0;
	}
	c->loaded = r < 0;
	return r;
}
