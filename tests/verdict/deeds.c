/* SPDX-License-Identifier: Apache-2.0 */
/* What is done for each class of accesses, and what its errors mean. */
#include "deeds.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int result(long r)
{
	return r < 0 ? errno : 0;
}

/* field: "file", whose, path, letters; @part: one of the letters */
static int act_file(const struct deed *d, const char *part, pid_t target)
{
	const char *path = d->field[2], *letters = d->field[3];
	int fd;

	(void)target;
	switch (part[0]) {
	case 'r':
		return result(open(path, O_RDONLY));
	case 'w':
		return result(open(path, O_WRONLY));
	case 'a':
		return result(open(path, O_WRONLY | O_APPEND));
	case 'k':
		fd = open(path, strchr(letters, 'r') ? O_RDONLY : O_WRONLY);
		return fd < 0 ? ENOTSUP : result(flock(fd, LOCK_SH | LOCK_NB));
	case 'm':
		fd = open(path, O_RDONLY);
		/* Only who may read it can map it. */
		if (fd < 0)
			return ENOTSUP;
		return mmap(NULL, 1, PROT_EXEC, MAP_PRIVATE, fd, 0) == MAP_FAILED ? errno : 0;
	default:
		return ENOTSUP;
	}
}

/* field: "link", whose, link, target */
static int prepare_link(const struct deed *d, const char *part)
{
	int r = make_path(d->field[2], 0);

	if (!r)
		r = result(unlink(d->field[2]));
	return r ? r : make_path(d->field[3], strcmp(part, "owner") ? UNCONFINED_UID : 0);
}

static int act_link(const struct deed *d, const char *part, pid_t target)
{
	(void)target, (void)part;
	return result(link(d->field[3], d->field[2]));
}

/* field: "network", family, type */
static int act_network(const struct deed *d, const char *part, pid_t target)
{
	(void)target, (void)part;
	return result(socket(atoi(d->field[1]), atoi(d->field[2]), 0));
}

/* field: "signal", directions, number, peer */
static int act_signal(const struct deed *d, const char *part, pid_t target)
{
	(void)part;
	/* Not by kill(), whose library would not know some of them. */
	return result(syscall(SYS_kill, target, atoi(d->field[2])));
}

/* field: "ptrace", operations, peer */
static int act_ptrace(const struct deed *d, const char *part, pid_t target)
{
	void *head;
	size_t len;

	(void)d;
	if (!strncmp(part, "trace", 5))
		return result(ptrace(PTRACE_SEIZE, target, NULL, NULL));
	return result(syscall(SYS_get_robust_list, target, &head, &len));
}

/* field: "mount", source, mount point, type, flags */
static int prepare_mount(const struct deed *d, const char *part)
{
	int r = d->field[1][0] == '/' ? make_path(d->field[1], 0) : 0;

	(void)part;
	return r ? r : make_path(d->field[2], 0);
}

static int act_mount(const struct deed *d, const char *part, pid_t target)
{
	(void)target, (void)part;
	return result(mount(*d->field[1] ? d->field[1] : NULL, d->field[2],
			    *d->field[3] ? d->field[3] : NULL, strtoul(d->field[4], NULL, 10),
			    NULL));
}

/* field: "umount", mount point */
static int prepare_umount(const struct deed *d, const char *part)
{
	int r = make_path(d->field[1], 0);

	(void)part;
	return r ? r : result(mount(d->field[1], d->field[1], NULL, MS_BIND, NULL));
}

static int act_umount(const struct deed *d, const char *part, pid_t target)
{
	(void)target, (void)part;
	return result(umount(d->field[1]));
}

/* field: "pivot_root", new, old */
static int prepare_pivot(const struct deed *d, const char *part)
{
	int r = make_path(d->field[1], 0);

	(void)part;
	return r ? r : make_path(d->field[2], 0);
}

static int act_pivot(const struct deed *d, const char *part, pid_t target)
{
	(void)target, (void)part;
	return result(syscall(SYS_pivot_root, d->field[1], d->field[2]));
}

static int act_userns(const struct deed *d, const char *part, pid_t target)
{
	(void)d, (void)target, (void)part;
	return result(unshare(CLONE_NEWUSER));
}

static int act_io_uring(const struct deed *d, const char *part, pid_t target)
{
	struct io_uring_params how = { .flags = IORING_SETUP_SQPOLL };

	(void)d, (void)target, (void)part;
	return result(syscall(SYS_io_uring_setup, 4, &how));
}

static const struct kind {
	const char *name;
	int (*prepare)(const struct deed *d, const char *part);
	int (*act)(const struct deed *d, const char *part, pid_t target);
	int parts;   /* the field with its parts; 0: it has one */
	int refused; /* what AppArmor refuses with, beside EACCES */
	int past[8]; /* what else nobody says who has not asked AppArmor before */
} kinds[] = {
	{ "network",
	  NULL,
	  act_network,
	  0,
	  0,
	  { EPERM, EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT } },
	{ "unix", prepare_unix, act_unix, 1, 0, { 0 } },
	{ "mount", prepare_mount, act_mount, 0, 0, { EPERM, EINVAL } },
	{ "umount", prepare_umount, act_umount, 0, 0, { 0 } },
	{ "pivot_root", prepare_pivot, act_pivot, 0, 0, { EINVAL, EBUSY } },
	{ "userns", NULL, act_userns, 0, 0, { 0 } },
	{ "io_uring", NULL, act_io_uring, 0, 0, { 0 } },
	{ "mqueue", prepare_mqueue, act_mqueue, 2, 0, { 0 } },
	{ "signal", NULL, act_signal, 1, 0, { 0 } },
	{ "ptrace", NULL, act_ptrace, 1, EPERM, { 0 } },
};

static const char *judge(const struct kind *k, int r)
{
	static char reason[100];

	if (!r)
		return "allow";
	if (r == EACCES || (k && r == k->refused))
		return "deny";
	for (size_t i = 0; k && i < 8 && k->past[i]; i++)
		if (r == k->past[i])
			return "allow";
	snprintf(reason, sizeof(reason), "- %s", strerror(r));
	return reason;
}

/* Whether it is the peer who does it, to a process under the profile. */
static bool is_passive(const char *part)
{
	return !strcmp(part, "receive") || !strcmp(part, "readby") || !strcmp(part, "tracedby");
}

static const char *do_parts(const struct machine *m, const struct deed *d, const struct kind *k)
{
	bool is_signal = !strcmp(k->name, "signal");
	const char *peer = is_signal                    ? d->field[3]
			   : !strcmp(k->name, "ptrace") ? d->field[2]
							: NULL;
	const char *told = "- nothing was done";
	char parts[200], *rest = parts;

	snprintf(parts, sizeof(parts), "%s", k->parts ? d->field[k->parts] : "it");
	for (char *part = strsep(&rest, ","); part; part = strsep(&rest, ",")) {
		bool passive = peer && is_passive(part);
		struct attempt a = { .actor = passive ? peer : d->profile,
				     .peer = passive ? d->profile : peer,
				     .prepare = k->prepare,
				     .act = k->act };

		told = judge(k, try_it(m, &a, d, part));
		if (strcmp(told, "allow") != 0)
			break;
	}
	return told;
}

/* Files: as their owner, as somebody else, or both, and each letter. */
static const char *do_file(const struct machine *m, const struct deed *d)
{
	static const char *const halves[] = { "owner", "other" };
	bool is_link = !strcmp(d->field[0], "link");
	const char *told = "- nothing was done";

	for (int half = 0; half < 2; half++) {
		const char *letters = is_link ? "l" : d->field[3];
		struct attempt a = { .actor = d->profile,
				     .prepare = is_link ? prepare_link : NULL,
				     .act = is_link ? act_link : act_file };

		if (strcmp(d->field[1], "both") != 0 && strcmp(d->field[1], halves[half]) != 0)
			continue;
		if (!is_link && make_path(d->field[2], half ? UNCONFINED_UID : 0))
			return "- the file cannot be made";
		for (; *letters; letters++) {
			char one[2] = { *letters };

			told = judge(NULL, try_it(m, &a, d, is_link ? halves[half] : one));
			if (strcmp(told, "allow") != 0)
				return told;
		}
	}
	return told;
}

static int act_change(const struct deed *d, const char *part, int attr)
{
	(void)part;
	return enter(attr, d->field[2]);
}

/* field: "change", program or nothing, profile */
static const char *do_change(const struct machine *m, const struct deed *d)
{
	struct attempt a = { .actor = d->profile, .act = act_change };

	return *d->field[1] ? do_exec(m, d) : judge(NULL, try_it(m, &a, d, "it"));
}

const char *do_deed(const struct machine *m, const struct deed *d)
{
	const char *name = d->field[0];

	if (!strcmp(name, "-"))
		return "- nothing to be done";
	if (!strcmp(name, "file") || !strcmp(name, "link"))
		return do_file(m, d);
	if (!strcmp(name, "exec"))
		return do_exec(m, d);
	if (!strcmp(name, "change"))
		return do_change(m, d);
	if (!strcmp(name, "capability"))
		return do_capability(m, d);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (!strcmp(name, kinds[i].name))
			return do_parts(m, d, &kinds[i]);
	return "- unknown";
}
