/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody would try who has taken over a program in a container.
 *
 *	attack PID [PROFILE]
 *
 * For each deed a line "NAME worked" or "NAME refused" on standard output. Each is done by a
 * process of its own, with every capability, in the mount namespace of the process PID, where it
 *has a /proc and a /sys that may be written; under PROFILE, or unconfined. Its name is the
 *process's name, so that the kernel's records tell them apart. Runs as root, unconfined.
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
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

/* A process outside that the deeds are about. */
static pid_t other;

static int opened(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600);
}

static int read_shadow(void)
{
	return opened("/etc/shadow", O_RDONLY);
}

static int write_passwd(void)
{
	return opened("/etc/passwd", O_WRONLY | O_APPEND);
}

static int write_program(void)
{
	return opened("/usr/bin/perl", O_WRONLY);
}

static int set_user_id(void)
{
	return chmod("/usr/bin/perl", 04755);
}

static int preload(void)
{
	int fd = opened("/etc/ld.so.preload", O_WRONLY | O_CREAT);

	return fd < 0 ? fd : unlink("/etc/ld.so.preload");
}

static int web_root(void)
{
	int fd = opened("/var/www/html/extra.html", O_WRONLY | O_CREAT);

	return fd < 0 ? fd : unlink("/var/www/html/extra.html");
}

static int core_pattern(void)
{
	return opened("/proc/sys/kernel/core_pattern", O_WRONLY);
}

static int kcore(void)
{
	return opened("/proc/kcore", O_RDONLY);
}

static int environ_of(void)
{
	char path[40];

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)other);
	return opened(path, O_RDONLY);
}

static int write_sys(void)
{
	return opened("/sys/kernel/mm/ksm/run", O_WRONLY);
}

static int mount_tmpfs(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int make_mount(void)
{
	return mount("none", "/mnt", "tmpfs", 0, NULL);
}

static int unmount(void)
{
	return umount2("/mnt", MNT_DETACH);
}

static int make_hierarchy(void)
{
	return mount("none", "/mnt", "cgroup", 0, "none,name=attack");
}

static int release_agent(void)
{
	return opened("/mnt/release_agent", O_WRONLY);
}

static int trace(void)
{
	return (int)ptrace(PTRACE_SEIZE, other, NULL, NULL);
}

static int send_signal(void)
{
	return kill(other, SIGCONT);
}

static int raw_socket(void)
{
	return socket(AF_INET, SOCK_RAW, 1);
}

static int packet_socket(void)
{
	return socket(AF_PACKET, SOCK_RAW, 0);
}

static int load_module(void)
{
	return (int)syscall(SYS_init_module, "none", 4UL, "");
}

static int set_clock(void)
{
	struct timeval now;

	gettimeofday(&now, NULL);
	return settimeofday(&now, NULL);
}

static int make_disk(void)
{
	int r = mknod("/mnt/disk", S_IFBLK | 0600, makedev(254, 0));

	return r < 0 ? r : unlink("/mnt/disk");
}

static const struct sockaddr_un engine = { .sun_family = AF_UNIX, .sun_path = "/run/docker.sock" };

static int make_engine(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	unlink(engine.sun_path);
	return bind(fd, (const struct sockaddr *)&engine, sizeof(engine)) < 0 ? -1 : listen(fd, 1);
}

static int call_engine(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	return connect(fd, (const struct sockaddr *)&engine, sizeof(engine));
}

static int run_perl(void)
{
	return execl("/usr/bin/perl", "perl", "-e", "exit 0", NULL);
}

static int enter(const char *profile)
{
	char text[300];
	int fd = open("/proc/self/attr/current", O_WRONLY | O_CLOEXEC);
	int n = snprintf(text, sizeof(text), "changeprofile %s", profile);
	int r = fd < 0 || write(fd, text, (size_t)n) != n ? -1 : 0, why = errno;

	if (fd >= 0)
		close(fd);
	errno = why;
	return r;
}

static int leave_profile(void)
{
	return enter("unconfined");
}

/* Sorted by what is attacked. @before is done outside the profile. */
static const struct deed {
	const char *name; /* a process's: 15 bytes */
	int (*before)(void), (*act)(void);
} deeds[] = {
	{ "read-shadow", NULL, read_shadow },
	{ "write-passwd", NULL, write_passwd },
	{ "write-program", NULL, write_program },
	{ "set-user-id", NULL, set_user_id },
	{ "ld-so-preload", NULL, preload },
	{ "web-root", NULL, web_root },
	{ "run-perl", NULL, run_perl },
	{ "core-pattern", NULL, core_pattern },
	{ "kcore", NULL, kcore },
	{ "environ", NULL, environ_of },
	{ "write-sys", NULL, write_sys },
	{ "mount", NULL, mount_tmpfs },
	{ "umount", make_mount, unmount },
	{ "release-agent", make_hierarchy, release_agent },
	{ "ptrace", NULL, trace },
	{ "signal", NULL, send_signal },
	{ "raw-socket", NULL, raw_socket },
	{ "packet-socket", NULL, packet_socket },
	{ "load-module", NULL, load_module },
	{ "set-clock", NULL, set_clock },
	{ "make-disk", NULL, make_disk },
	{ "docker-socket", make_engine, call_engine },
	{ "leave-profile", NULL, leave_profile },
};

/* Not what was to be tried, so that it must not pass for refused. */
static void broken(const char *what)
{
	perror(what);
	_exit(2);
}

static void prepare(const char *pid, const struct deed *d)
{
	char path[64];
	int ns;

	snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNS) < 0 || unshare(CLONE_NEWNS) < 0)
		broken("the container's mounts");
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		broken("mounts of its own");
	/* The container's hide things, and one is never mounted over itself. */
	umount2("/proc", MNT_DETACH);
	umount2("/sys", MNT_DETACH);
	if (mount("proc", "/proc", "proc", 0, NULL) < 0)
		broken("a /proc of its own");
	if (mount("sys", "/sys", "sysfs", 0, NULL) < 0)
		broken("a /sys of its own");
	if (d->before && d->before() < 0)
		broken(d->name);
	if (prctl(PR_SET_NAME, d->name) < 0)
		broken("a name");
}

/* The process's status: 0 worked, 1 refused, else broken. */
static void act(const char *pid, const char *profile, const struct deed *d)
{
	prepare(pid, d);
	if (profile && enter(profile) < 0)
		broken(profile);
	if (d->act() < 0 && (errno == EACCES || errno == EPERM))
		_exit(1);
	_exit(0);
}

int main(int argc, char **argv)
{
	int bad = 0;

	if (argc < 2 || argc > 3)
		return 2;
	other = fork();
	if (!other) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			pause();
	}
	for (size_t i = 0; i < sizeof(deeds) / sizeof(*deeds) && other > 0; i++) {
		int status = 0;
		pid_t child = fork();

		if (!child)
			act(argv[1], argv[2], &deeds[i]);
		if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
		    WEXITSTATUS(status) > 1)
			bad = 1;
		else
			printf("%s %s\n", deeds[i].name,
			       WEXITSTATUS(status) ? "refused" : "worked");
	}
	if (other > 0)
		kill(other, SIGKILL);
	return other < 0 ? 1 : bad;
}
