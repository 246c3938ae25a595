/* SPDX-License-Identifier: Apache-2.0 */
/* What engines load for containers that ask for no profile: their rules, our words and order. */
#include "oci/default_profile.h"

#include <errno.h>
#include <string.h>

#include "oci/default_name.h"

enum {
	DOCKER = 1 << YR_ENGINE_DOCKER,
	CONTAINERD = 1 << YR_ENGINE_CONTAINERD,
	CRIO = 1 << YR_ENGINE_CRIO,
	PODMAN = 1 << YR_ENGINE_PODMAN,
	/* CRI-O takes podman's library, containerd copied Docker's template. */
	MOBY = DOCKER | CONTAINERD,
	LIBRARY = CRIO | PODMAN,
	ALL = MOBY | LIBRARY,
};

/* When a piece is written, besides for whom. */
enum when { ALWAYS, WITH_ABI, NO_ABI, WITH_TUNABLES, NO_TUNABLES, WITH_BASE, WITH_DAEMON };

static const struct {
	const char *name, *profile, *title;
} engines[] = {
	[YR_ENGINE_DOCKER] = { "docker", "docker-default", "Docker" },
	[YR_ENGINE_CONTAINERD] = { "containerd", "cri-containerd.apparmor.d", "containerd" },
	[YR_ENGINE_CRIO] = { "crio", "crio-default", "CRI-O" },
	[YR_ENGINE_PODMAN] = { "podman", "containers-default", "podman" },
};

/* In the order in which they come out. $N is the profile's name, $D the daemon's, $E the engine. */
static const struct {
	int who;
	enum when when;
	const char *text;
} pieces[] = {
	{ ALL, ALWAYS,
	  "# What $E loads as \"$N\" for a container that asks for no profile: the same\n"
	  "# meaning rule by rule, in our words. The engine's own text depends on what is\n"
	  "# in the policy folder, and so does this.\n" },
	{ PODMAN, ALWAYS,
	  "# Podman's name for it has the version of its library behind it, such as\n"
	  "# containers-default-0.50.1; --name says which.\n" },
	{ LIBRARY, ALWAYS,
	  "# These are the rules of the library's newest version. Older ones have no\n"
	  "# \"//&*\" peers, let podman send four signals only, and some have no rules\n"
	  "# for podman, runc and crun.\n" },
	{ MOBY, WITH_ABI,
	  "\n"
	  "# Of what kernels check, policy of this age knows no user namespaces, io_uring\n"
	  "# or message queues: containers may use them as far as seccomp lets them. It\n"
	  "# knows D-Bus and has no rule for it: a bus is refused where kernel and bus\n"
	  "# check. Unix sockets are among the families of \"network\"; with a newer abi\n"
	  "# they would need a rule of their own.\n"
	  "abi <abi/3.0>,\n" },
	{ MOBY, NO_ABI,
	  "\n"
	  "# There is no abi/3.0 in the policy folder, so the engine names no abi.\n" },
	{ LIBRARY, ALWAYS,
	  "\n"
	  "# The engine names no abi.\n" },
	{ ALL, NO_ABI,
	  "# Yoroi then takes the policy to be written for Linux 6.1: unix sockets are\n"
	  "# among the families of \"network\"; user namespaces, io_uring, message queues\n"
	  "# and D-Bus are not checked, on any kernel. A parser that is set to a newer\n"
	  "# abi (parser.conf, -M) breaks unix sockets.\n" },
	{ ALL, WITH_TUNABLES, "\ninclude <tunables/global>\n" },
	{ ALL, NO_TUNABLES, "\n@{PROC}=/proc/\n" },
	{ ALL, ALWAYS,
	  "\n"
	  "# attach_disconnected: files that come from outside of the container's mounts\n"
	  "# count as if they lay below its root. mediate_deleted: deleted files keep to\n"
	  "# the rules of their names.\n"
	  "profile \"$N\" flags=(attach_disconnected, mediate_deleted) {\n" },
	{ ALL, WITH_BASE,
	  "  # It adds little to \"file,\" below, but has rules for signals and ptrace of\n"
	  "  # its own.\n"
	  "  include <abstractions/base>\n\n" },
	{ ALL, ALWAYS,
	  "  # The container's files are guarded by its mounts and owners; denials below\n"
	  "  # take away what is the machine's. A program that it starts stays under this\n"
	  "  # profile.\n"
	  "  file,\n\n"
	  "  # The engine gives sockets by network namespaces, capabilities by the\n"
	  "  # bounding set.\n"
	  "  network,\n"
	  "  capability,\n\n" },
	{ DOCKER, ALWAYS,
	  "  # The kernel's cryptography by sockets: nobody needs it, and it had holes.\n"
	  "  deny network alg,\n\n" },
	{ ALL, ALWAYS,
	  "  # A mount could put a forbidden file under a permitted name. To take one\n"
	  "  # away is allowed to whoever has capability sys_admin.\n"
	  "  deny mount,\n"
	  "  umount,\n\n" },
	{ ALL, ALWAYS,
	  "  # \"stop\" and \"kill\" come from the engine, which has no profile on most\n"
	  "  # machines,\n"
	  "  signal receive peer=unconfined,\n" },
	{ MOBY, ALWAYS,
	  "  # or through a runtime that the distribution has put under one.\n"
	  "  signal receive peer={runc,crun},\n" },
	{ LIBRARY, ALWAYS,
	  "  # or through a runtime or a podman that the distribution has put under one,\n"
	  "  # whichever way it is named (crun-wasm and the like are other names of\n"
	  "  # crun).\n"
	  "  signal receive peer={,/usr/bin/,/usr/sbin/}{runc,crun*,podman},\n" },
	{ MOBY, WITH_DAEMON,
	  "  # The same from the engine under its own profile.\n"
	  "  signal receive peer=\"$D\",\n" },
	{ MOBY, ALWAYS,
	  "\n"
	  "  # The container's processes signal and trace each other. From kernel 6.17 on\n"
	  "  # a process may be labelled \"$N//&unconfined\", which these two do not\n"
	  "  # match: between such processes signals and traces fail. yoroi-default has\n"
	  "  # both names.\n"
	  "  signal (send, receive) peer=\"$N\",\n"
	  "  ptrace (trace, tracedby, read, readby) peer=\"$N\",\n" },
	{ LIBRARY, ALWAYS,
	  "\n"
	  "  # The container's processes signal each other, also where the kernel (from\n"
	  "  # 6.17 on) adds another name behind theirs,\n"
	  "  signal (send, receive) peer=\"$N{,//&*}\",\n"
	  "  # and may trace and read each other, as ps does; nobody is given the other\n"
	  "  # side of that, so that it is refused where the kernel asks for both.\n"
	  "  ptrace (trace, read) peer=\"$N{,//&*}\",\n" },
	{ ALL, ALWAYS,
	  "\n"
	  "  # /proc is not written, except for the folders of processes and for some\n"
	  "  # settings. First the files directly in it,\n"
	  "  deny @{PROC}/* w,\n"
	  "  # then its folders but those of digits and sys: names of one letter, of two,\n"
	  "  # of three, of more. Of three, whatever has \"s\", \"y\" or \"s\" in the\n"
	  "  # place that it has in \"sys\" passes, as bus does.\n" },
	{ MOBY, ALWAYS,
	  "  deny @{PROC}/[^1-9/]/** w,\n"
	  "  deny @{PROC}/[^1-9/][^0-9/]/** w,\n"
	  "  deny @{PROC}/[^1-9s/][^0-9y/][^0-9s/]/** w,\n"
	  "  deny @{PROC}/[^1-9/][^0-9/][^0-9/][^0-9/]*/** w,\n" },
	{ LIBRARY, ALWAYS,
	  "  # They count a \"/\" as a letter, so that two folders in a row are a longer\n"
	  "  # name: bus/pci/* is refused, and all in sys/kernel/, shm* as well.\n"
	  "  deny @{PROC}/[^1-9]/** w,\n"
	  "  deny @{PROC}/[^1-9][^0-9]/** w,\n"
	  "  deny @{PROC}/[^1-9s][^0-9y][^0-9s]/** w,\n"
	  "  deny @{PROC}/[^1-9][^0-9][^0-9][^0-9]*/** w,\n" },
	{ ALL, ALWAYS,
	  "  # The kernel's settings: what begins with \"k\" passes, and of kernel/ what\n"
	  "  # has \"s\", \"h\" or \"m\" in the place that it has in \"shm\", as sem does:\n"
	  "  # shm* is the container's own shared memory.\n"
	  "  deny @{PROC}/sys/[^k]** w,\n"
	  "  deny @{PROC}/sys/kernel/{?,??,[^s][^h][^m]**} w,\n"
	  "  # These two are not even read: one reboots the machine, the other is its\n"
	  "  # memory.\n"
	  "  deny @{PROC}/{sysrq-trigger,kcore} rwklx,\n\n"
	  "  # /sys is not written, except for control groups (fs/cgr*) and files\n"
	  "  # directly in it.\n"
	  "  deny /sys/[^f]*/** wklx,\n"
	  "  deny /sys/f[^s]*/** wklx,\n"
	  "  deny /sys/fs/{[^c],c[^g],cg[^r]}*/** wklx,\n"
	  "  # Firmware tables tell about the machine; the other is control over this\n"
	  "  # very policy.\n"
	  "  deny /sys/{firmware,kernel/security}/** rwklx,\n" },
	{ MOBY, ALWAYS,
	  "  # Energy counters tell what others on the machine compute.\n"
	  "  deny /sys/devices/virtual/powercap/** rwklx,\n" },
	{ ALL, ALWAYS, "}\n" },
};

enum yr_engine yr_engine_find(const char *name)
{
	enum yr_engine e = 0;

	while (e < YR_ENGINES && strcmp(engines[e].name, name))
		e++;
	return e;
}

const char *yr_engine_profile(enum yr_engine engine)
{
	return engines[engine].profile;
}

bool yr_engine_knows_itself(enum yr_engine engine)
{
	return MOBY >> engine & 1;
}

static bool is_wanted(const struct yr_engine_policy *p, enum when when)
{
	switch (when) {
	case ALWAYS:
		return true;
	case WITH_ABI:
		return p->has_abi;
	case NO_ABI:
		return !p->has_abi || !yr_engine_knows_itself(p->engine);
	case WITH_TUNABLES:
		return p->has_tunables;
	case NO_TUNABLES:
		return !p->has_tunables;
	case WITH_BASE:
		return p->has_base;
	case WITH_DAEMON:
		return p->daemon && strcmp(p->daemon, "unconfined") != 0;
	}
	return false;
}

static void put_piece(const struct yr_engine_policy *p, const char *text, struct yr_buf *out)
{
	for (size_t n; *text; text += n ? n : 2) {
		n = strcspn(text, "$");
		yr_buf_put(out, text, n);
		if (!n)
			yr_buf_puts(out, text[1] == 'N'   ? p->name
					 : text[1] == 'D' ? p->daemon
							  : engines[p->engine].title);
	}
}

int yr_engine_policy_print(const struct yr_engine_policy *p, struct yr_buf *out, struct yr_err *err)
{
	struct yr_engine_policy full = *p;
	int r;

	if (!full.name)
		full.name = yr_engine_profile(p->engine);
	r = yr_default_name_check(full.name, err);
	if (!r && p->daemon && !yr_engine_knows_itself(p->engine))
		r = yr_err_set(err, EINVAL,
			       "the default profile of %s has no rule for the profile that the "
			       "engine itself runs under",
			       engines[p->engine].title);
	if (!r && p->daemon)
		r = yr_default_daemon_check(p->daemon, err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++)
		if (pieces[i].who >> p->engine & 1 && is_wanted(&full, pieces[i].when))
			put_piece(&full, pieces[i].text, out);
	return out->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
