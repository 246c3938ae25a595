/* SPDX-License-Identifier: Apache-2.0 */
/* Programs: whether they start, and what they then run under. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deeds.h"

/* Where the program finds its pipes. */
enum { RUNNING = 3, WAIT = 4 };

void report_running(void)
{
	char byte = 'x';

	_exit(write(RUNNING, &byte, 1) != 1 || read(WAIT, &byte, 1) != 0);
}

/* This very program, at @path. */
static int copy_self(const struct machine *m, const char *path, uid_t owner)
{
	int from = openat(m->proc, "self/exe", O_RDONLY | O_CLOEXEC), to, r = make_path(path, 0);
	struct stat st;

	to = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	if (r || from < 0 || to < 0 || fstat(from, &st) < 0 ||
	    sendfile(to, from, NULL, (size_t)st.st_size) != st.st_size)
		r = r ? r : EIO;
	close(from);
	close(to);
	return chown(path, owner, owner) < 0 ? errno : r;
}

static int next_program(int attr, const char *profile)
{
	char command[4200];
	int len = snprintf(command, sizeof(command), "exec %s", profile);

	return write(attr, command, (size_t)len) == len ? 0 : errno;
}

/* The child's: into the profile, and on to the program. @next: asked for beforehand, or NULL. */
static void run_program(const struct machine *m, const struct deed *d, const char *path,
			const char *next, int failed)
{
	int current = open_attr(m, "current"), exec = open_attr(m, "exec");
	char *argv[] = { (char *)"report", NULL };
	int r = enter(current, d->profile) ? ENOTSUP : 0;

	if (!r && next)
		r = next_program(exec, next);
	if (!r) {
		execve(path, argv, argv + 1);
		r = errno;
	}
	_exit(write(failed, &r, sizeof(r)) != sizeof(r));
}

static void read_label(const struct machine *m, pid_t pid, char *label, size_t size)
{
	char path[64];
	ssize_t n = 0;
	int fd;

	snprintf(path, sizeof(path), "%d/attr/current", (int)pid);
	fd = openat(m->proc, path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		n = read(fd, label, size - 1);
	label[n > 0 ? n : 0] = '\0';
	label[strcspn(label, "\n")] = '\0';
	if (strstr(label, " ("))
		*strstr(label, " (") = '\0';
	close(fd);
}

/* 0: it ran, and *label says under what, or "" when it was killed before it could say. */
static int execute(const struct machine *m, const struct deed *d, const char *path,
		   const char *next, char *label, size_t size)
{
	int failed[2], running[2], wait_for[2], r = 0;
	char byte;
	pid_t pid;

	if (pipe2(failed, O_CLOEXEC) < 0 || pipe2(running, O_CLOEXEC) < 0 ||
	    pipe2(wait_for, O_CLOEXEC) < 0)
		return ENOTSUP;
	pid = fork();
	if (!pid) {
		int in = fcntl(wait_for[0], F_DUPFD_CLOEXEC, 20);
		int out = fcntl(running[1], F_DUPFD_CLOEXEC, 20);
		int bad = fcntl(failed[1], F_DUPFD_CLOEXEC, 20);
		int proc = fcntl(m->proc, F_DUPFD_CLOEXEC, 20);

		dup2(out, RUNNING);
		dup2(in, WAIT);
		close(wait_for[1]);
		run_program(&(struct machine){ .proc = proc }, d, path, next, bad);
	}
	close(failed[1]);
	close(running[1]);
	if (read(failed[0], &r, sizeof(r)) != sizeof(r))
		r = 0;
	label[0] = '\0';
	if (!r && read(running[0], &byte, 1) == 1)
		read_label(m, pid, label, size);
	/* The policy may keep everybody from killing it. */
	close(wait_for[1]);
	waitpid(pid, NULL, 0);
	return r;
}

/* Whether what it ran under is what the access asked for. */
static const char *judge(const struct deed *d, const char *path, const char *want,
			 const char *label)
{
	const char *right = path;

	if (!strcmp(want, "x"))
		return "allow";
	if (!label[0])
		return "- killed before it could say what it runs under";
	if (!strcmp(want, "ix"))
		right = d->profile;
	else if (!strcmp(want, "ux"))
		right = "unconfined";
	return strcmp(label, right) ? "deny" : "allow";
}

const char *do_exec(const struct machine *m, const struct deed *d)
{
	bool onexec = !strcmp(d->field[0], "change");
	const char *path = d->field[onexec ? 1 : 2];
	const char *told = "allow";
	static char reason[100];
	char label[4200];

	for (int half = 0; half < 2; half++) {
		int r = copy_self(m, path, half ? UNCONFINED_UID : 0);

		r = r ? ENOTSUP
		      : execute(m, d, path, onexec ? d->field[2] : NULL, label, sizeof(label));
		if (r == EACCES)
			return "deny";
		if (r) {
			snprintf(reason, sizeof(reason), "- exec: %s", strerror(r));
			return reason;
		}
		if (onexec)
			told = !label[0] || strcmp(label, d->field[2]) ? "deny" : "allow";
		else
			told = judge(d, path, d->field[3], label);
		if (strcmp(told, "allow") != 0)
			return told;
	}
	return told;
}
