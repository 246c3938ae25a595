/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities: the set that the kernel leaves a process, and what only one of them lets it do. */
#include <errno.h>
#include <linux/capability.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <signal.h>
#include <unistd.h>

#include "deeds.h"

/* What is opened while nothing is confined. */
static int pipes[2], inet = -1;

static int prepare(const struct deed *d, const char *part)
{
	(void)d, (void)part;
	inet = socket(AF_INET, SOCK_STREAM, 0);
	return inet < 0 || pipe(pipes) < 0 ||
			       setsockopt(inet, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3) < 0
		       ? errno
		       : 0;
}

static int result(long r)
{
	return r < 0 ? errno : 0;
}

static int act_chown(pid_t target)
{
	(void)target;
	return result(fchown(pipes[0], UNCONFINED_UID, UNCONFINED_UID)); /* no path: no file rule */
}

/* Somebody else's process; a signal that no rule allows is past the capability. */
static int act_kill(pid_t target)
{
	return kill(target, SIGTERM) < 0 && errno != EACCES ? errno : 0;
}

static int act_setuid(pid_t target)
{
	(void)target;
	return result(setresuid(UNCONFINED_UID, UNCONFINED_UID, UNCONFINED_UID));
}

static int act_net_admin(pid_t target)
{
	struct ifreq request = { .ifr_name = "lo", .ifr_flags = 0 };

	(void)target;
	return result(ioctl(inet, SIOCSIFFLAGS, &request));
}

/* It is bound to one, and changing that takes the capability. */
static int act_net_raw(pid_t target)
{
	(void)target;
	return result(setsockopt(inet, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
}

static int act_sys_chroot(pid_t target)
{
	(void)target;
	return result(chroot("/"));
}

static int act_sys_admin(pid_t target)
{
	(void)target;
	return result(sethostname("x", 1));
}

static int act_syslog(pid_t target)
{
	enum { SIZE_UNREAD = 9 };

	(void)target;
	return result(klogctl(SIZE_UNREAD, NULL, 0));
}

/* Others are known from the set alone. */
static const struct {
	const char *name;
	int (*act)(pid_t target);
} acts[] = {
	{ "chown", act_chown },           { "kill", act_kill },     { "net_admin", act_net_admin },
	{ "net_raw", act_net_raw },       { "setuid", act_setuid }, { "sys_admin", act_sys_admin },
	{ "sys_chroot", act_sys_chroot }, { "syslog", act_syslog },
};

static int is_in_set(int number)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, data) < 0)
		return ENOTSUP;
	return data[number / 32].effective >> number % 32 & 1 ? 0 : EPERM;
}

static int act(const struct deed *d, const char *part, pid_t target)
{
	if (!strcmp(part, "set"))
		return is_in_set(atoi(d->field[2]));
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
		if (!strcmp(acts[i].name, d->field[1]))
			return acts[i].act(target);
	return ENOTSUP;
}

const char *do_capability(const struct machine *m, const struct deed *d)
{
	struct attempt a = { .actor = d->profile,
			     .peer = "unconfined",
			     .peer_uid = UNCONFINED_UID,
			     .prepare = prepare,
			     .act = act };
	int in_set = try_it(m, &a, d, "set"), done;
	static char reason[100];

	done = try_it(m, &a, d, "deed");
	/* A rule of another class stood in the way: the set alone. */
	if (done == ENOTSUP || done == EACCES)
		done = in_set;
	if (done != in_set || (done && done != EPERM)) {
		snprintf(reason, sizeof(reason), "- in the set: %s; done: %s", strerror(in_set),
			 strerror(done));
		return reason;
	}
	return done ? "deny" : "allow";
}
