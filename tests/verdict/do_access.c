/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does what an access is about, under the profile, and says what came of it.
 *
 *	do_access
 *
 * Rows on standard input: profile, tab, deed with its fields parted by "|" (for_guest.py). On
 * standard output "allow", "deny", or "- REASON", one a row. Each is done in a mount namespace
 * of its own, in an empty root where the files that it is about are, and nothing else: programs
 * need no rules. Runs as root, unconfined.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "deeds.h"

/* A row that takes longer hangs. */
#define SECONDS 20

int make_path(const char *path, uid_t owner)
{
	char copy[4096];
	int fd;

	snprintf(copy, sizeof(copy), "%s", path);
	for (char *at = strchr(copy + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		mkdir(copy, 0777);
		*at = '/';
	}
	if (path[strlen(path) - 1] == '/')
		return chown(path, owner, owner) < 0 ? errno : 0;
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0777);
	if (fd < 0 || fchown(fd, owner, owner) < 0)
		return errno;
	close(fd);
	return 0;
}

int open_attr(const struct machine *m, const char *name)
{
	char path[32];

	snprintf(path, sizeof(path), "self/attr/%s", name);
	return openat(m->proc, path, O_WRONLY | O_CLOEXEC);
}

int enter(int attr, const char *name)
{
	char command[4200];
	int len = snprintf(command, sizeof(command), "changeprofile %s", name);

	return write(attr, command, (size_t)len) == len ? 0 : errno;
}

static int confine(int attr, const char *name)
{
	return strcmp(name, "unconfined") ? enter(attr, name) : 0;
}

/* A process under @profile that waits until @end is closed at its other end; 0: there is none. */
static pid_t start_target(const struct machine *m, const struct attempt *a, int end[2])
{
	int ready[2], r = -1;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) < 0 || pipe2(end, O_CLOEXEC) < 0)
		return 0;
	pid = fork();
	if (!pid) {
		uid_t uid = a->peer_uid;
		char byte;

		close(end[1]);
		r = uid && setresuid(uid, uid, uid) < 0 ? errno
							: confine(open_attr(m, "current"), a->peer);
		if (write(ready[1], &r, sizeof(r)) != sizeof(r))
			_exit(1);
		while (read(end[0], &byte, 1) < 0)
			;
		_exit(0);
	}
	close(ready[1]);
	if (read(ready[0], &r, sizeof(r)) != sizeof(r))
		r = -1;
	close(ready[0]);
	return r ? 0 : pid;
}

int try_it(const struct machine *m, const struct attempt *a, const struct deed *d, const char *part)
{
	int told[2], end[2], r = a->prepare ? a->prepare(d, part) : 0;
	pid_t target = 0, pid;

	if (r)
		return ENOTSUP;
	if (a->peer) {
		target = start_target(m, a, end);
		if (!target)
			return ENOTSUP;
	}
	if (pipe2(told, O_CLOEXEC) < 0)
		return ENOTSUP;
	pid = fork();
	if (!pid) {
		int attr = open_attr(m, "current");

		if (a->peer)
			close(end[1]);
		r = confine(attr, a->actor) ? ENOTSUP : a->act(d, part, a->peer ? target : attr);
		_exit(write(told[1], &r, sizeof(r)) != sizeof(r));
	}
	close(told[1]);
	if (read(told[0], &r, sizeof(r)) != sizeof(r))
		r = ENOTSUP;
	close(told[0]);
	/* The policy may keep everybody from killing it. */
	if (a->peer)
		close(end[1]);
	while (wait(NULL) > 0)
		;
	return r;
}

/* An empty root of its own; what the kernel then calls a path is what stands in the row. */
static const char *empty_root(void)
{
	const char *root = "/tmp";

	if (unshare(CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) < 0)
		return "namespaces";
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("root", root, "tmpfs", 0, "mode=0777") < 0 || chdir(root) < 0)
		return "mount";
	if (syscall(SYS_pivot_root, ".", ".") < 0 || umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
		return "pivot_root";
	return NULL;
}

static void one_row(struct machine *m, const struct deed *d, int out)
{
	const char *told, *failed;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	alarm(SECONDS);
	umask(0);
	failed = empty_root();
	told = failed ? "-" : do_deed(m, d);
	if (failed)
		dprintf(out, "- no root of its own: %s: %s\n", failed, strerror(errno));
	else
		dprintf(out, "%s\n", told);
	_exit(0);
}

static struct deed split(char *line)
{
	struct deed d = { .profile = strsep(&line, "\t") };

	for (int i = 0; i < DEED_FIELDS; i++) {
		const char *field = strsep(&line, "|");

		d.field[i] = field ? field : "";
	}
	return d;
}

int main(int argc, char **argv)
{
	static char line[65536];
	struct machine m;

	if (argc && !strcmp(argv[0], "report"))
		report_running();
	m.proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (m.proc < 0) {
		perror("/proc");
		return 2;
	}
	setlinebuf(stdout);
	while (fgets(line, sizeof(line), stdin)) {
		struct deed d;
		int status;
		pid_t pid;

		line[strcspn(line, "\n")] = '\0';
		d = split(line);
		/* Its answer is written whole or not at all. */
		pid = fork();
		if (!pid)
			one_row(&m, &d, STDOUT_FILENO);
		if (pid < 0 || waitpid(pid, &status, 0) != pid || status)
			puts("- it died");
	}
	return 0;
}
