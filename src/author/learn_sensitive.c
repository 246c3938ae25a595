/* SPDX-License-Identifier: Apache-2.0 */
/* Where one name is not as good as another, so that no pattern is made of several. */
#include "author/learn_parts.h"

/*
 * '*' stands for anything within a part of a path; what ends with a slash is about all below it.
 * The first that matches counts; one without a reason is an exception from those behind it.
 */
static const struct {
	const char *where, *why;
} places[] = {
	{ "/etc/shadow*", "passwords' hashes" },
	{ "/etc/gshadow*", "passwords' hashes" },
	{ "/etc/passwd*", "accounts" },
	{ "/etc/group*", "accounts" },
	{ "/etc/security/", "who may log in, and how" },
	{ "/etc/sudoers*", "who may become root" },
	{ "/etc/sudoers.d/", "who may become root" },
	{ "/etc/pam.d/", "how passwords are asked" },
	{ "/etc/ssh/", "keys of the machine" },
	{ "/etc/ssl/private/", "private keys" },
	{ "/etc/letsencrypt/", "private keys" },
	{ "/etc/wireguard/", "private keys" },
	{ "/etc/kubernetes/", "keys of the cluster" },
	{ "/etc/apparmor.d/", "policy" },
	{ "/etc/apparmor/", "policy" },
	{ "/etc/cron*", "run by the machine" },
	{ "/etc/cron*/", "run by the machine" },
	{ "/var/spool/cron/", "run by the machine" },
	{ "/etc/systemd/", "run by the machine" },
	{ "/etc/init.d/", "run by the machine" },
	{ "/etc/udev/", "run by the machine" },
	{ "/etc/ld.so.*", "loaded into every program" },
	{ "/etc/ld.so.conf.d/", "loaded into every program" },
	{ "/etc/profile.d/", "run at every login" },
	{ "/root/", "root's own files" },
	{ "/home/*/.*", "a person's settings, keys and history" },
	{ "/home/*/.*/", "a person's settings, keys and history" },
	{ "/run/secrets/", "secrets that an engine gives" },
	{ "/var/run/secrets/", "secrets that an engine gives" },
	{ "/run/credentials/", "secrets that systemd gives" },
	{ "/var/lib/kubelet/", "other Pods' files" },
	{ "/var/lib/docker/", "other containers' files" },
	{ "/var/lib/containerd/", "other containers' files" },
	{ "/var/lib/containers/", "other containers' files" },
	{ "/var/lib/rancher/", "keys of the cluster" },
	{ "/var/lib/etcd/", "the cluster's state" },
	{ "/run/docker*", "the engine's socket" },
	{ "/var/run/docker*", "the engine's socket" },
	{ "/run/containerd/", "the engine's socket" },
	{ "/var/run/containerd/", "the engine's socket" },
	{ "/run/crio/", "the engine's socket" },
	{ "/var/run/crio/", "the engine's socket" },
	{ "/run/podman/", "the engine's socket" },
	{ "/run/user/*/podman/", "the engine's socket" },
	{ "/run/k3s/", "the engine's socket" },
	{ "/run/buildkit/", "the engine's socket" },
	{ "/var/run/nri/", "the engine's socket" },
	{ "/run/libvirt/", "the hypervisor's socket" },
	{ "/run/systemd/private", "the service manager's socket" },
	{ "/proc/sys/", "settings of the kernel" },
	{ "/proc/sysrq-trigger", "reboots the machine" },
	{ "/proc/kcore", "the machine's memory" },
	{ "/proc/kallsyms", "addresses in the kernel" },
	{ "/proc/bus/", "hardware" },
	{ "/proc/irq/", "hardware" },
	{ "/proc/scsi/", "hardware" },
	{ "/proc/acpi/", "hardware" },
	{ "/proc/*/mem", "a process's memory" },
	{ "/proc/*/environ", "a process's environment, with its secrets" },
	{ "/proc/*/root/", "files through another process" },
	{ "/proc/*/cwd/", "files through another process" },
	{ "/proc/*/fd/", "files through another process" },
	{ "/proc/*/map_files/", "files through another process" },
	{ "/proc/*/ns/", "another process's namespaces" },
	{ "/proc/*/attr/", "profiles of processes" },
	{ "/proc/*/task/*/attr/", "profiles of processes" },
	{ "/proc/*/task/*/mem", "a process's memory" },
	{ "/proc/*/task/*/environ", "a process's environment, with its secrets" },
	{ "/sys/kernel/", "settings of the kernel" },
	{ "/sys/firmware/", "firmware" },
	{ "/sys/fs/", "settings of the kernel, with release_agent" },
	{ "/sys/power/", "suspends the machine" },
	{ "/sys/module/", "settings of the kernel" },
	{ "/sys/bus/", "hardware" },
	{ "/sys/devices/system/cpu/", NULL }, /* libc and runtimes count them */
	{ "/sys/devices/system/node/", NULL },
	{ "/sys/devices/", "hardware" },
	{ "/dev/sd*", "a disk" },
	{ "/dev/vd*", "a disk" },
	{ "/dev/xvd*", "a disk" },
	{ "/dev/nvme*", "a disk" },
	{ "/dev/mmcblk*", "a disk" },
	{ "/dev/dm-*", "a disk" },
	{ "/dev/md*", "a disk" },
	{ "/dev/loop*", "a disk" },
	{ "/dev/nbd*", "a disk" },
	{ "/dev/rbd*", "a disk" },
	{ "/dev/drbd*", "a disk" },
	{ "/dev/mapper/", "a disk" },
	{ "/dev/disk/", "a disk" },
	{ "/dev/mem", "the machine's memory" },
	{ "/dev/kmem", "the machine's memory" },
	{ "/dev/port", "hardware" },
	{ "/dev/input/", "keyboards" },
	{ "/dev/tty[0-9]*", "consoles" },
	/* What every container has. */
	{ "/dev/null", NULL },
	{ "/dev/zero", NULL },
	{ "/dev/full", NULL },
	{ "/dev/random", NULL },
	{ "/dev/urandom", NULL },
	{ "/dev/tty", NULL },
	{ "/dev/console", NULL },
	{ "/dev/ptmx", NULL },
	{ "/dev/log", NULL },
	{ "/dev/std*", NULL },
	{ "/dev/fd", NULL },
	{ "/dev/pts/", NULL },
	{ "/dev/fd/", NULL },
	{ "/dev/shm/", NULL },
	{ "/dev/mqueue/", NULL },
	{ "/dev/hugepages*", NULL },
	{ "/dev/hugepages*/", NULL },
	{ "/dev/", "hardware" },
	{ "/boot/", "the kernel and how it starts" },
	{ "/efi/", "the kernel and how it starts" },
};

/* Names that say what is in them, wherever they are. */
static const struct {
	const char *part;
	bool folder; /* all below it */
	const char *why;
} names[] = {
	{ ".ssh", true, "keys" },
	{ ".gnupg", true, "keys" },
	{ ".aws", true, "credentials of a cloud or a registry" },
	{ ".azure", true, "credentials of a cloud or a registry" },
	{ ".docker", true, "credentials of a cloud or a registry" },
	{ ".kube", true, "credentials of the cluster" },
	{ "*.key", false, "private keys" },
	{ "*.p12", false, "private keys" },
	{ "*.pfx", false, "private keys" },
	{ "*.jks", false, "private keys" },
	{ "*.keytab", false, "private keys" },
	{ "*privkey*.pem", false, "private keys" },
	{ "*key.pem", false, "private keys" },
	{ "key[0-9]*.pem", false, "private keys" },
	{ "id_rsa*", false, "private keys" },
	{ "id_ecdsa*", false, "private keys" },
	{ "id_ed25519*", false, "private keys" },
	{ "ssh_host_*_key", false, "private keys" },
	{ "docker.sock*", false, "the engine's socket" },
	{ "containerd.sock*", false, "the engine's socket" },
	{ "crio.sock*", false, "the engine's socket" },
	{ "podman.sock*", false, "the engine's socket" },
	{ "release_agent", false, "the kernel starts the program named there" },
};

/* One part of a path; '*' takes any of it, "[0-9]" a digit. */
static bool part(struct yr_str pattern, struct yr_str text)
{
	while (pattern.len) {
		if (*pattern.at == '*') {
			struct yr_str rest = { pattern.at + 1, pattern.len - 1 };

			for (size_t i = 0; i <= text.len; i++)
				/* Most go no further than that. */
				if ((!rest.len || *rest.at == '[' || *rest.at == '*' ||
				     (i < text.len && *rest.at == text.at[i])) &&
				    part(rest, (struct yr_str){ text.at + i, text.len - i }))
					return true;
			return false;
		}
		if (!text.len)
			return false;
		if (*pattern.at == '[') {
			if (*text.at < '0' || *text.at > '9')
				return false;
			pattern = (struct yr_str){ pattern.at + 5, pattern.len - 5 };
		} else if (*pattern.at != *text.at) {
			return false;
		} else {
			pattern = (struct yr_str){ pattern.at + 1, pattern.len - 1 };
		}
		text = (struct yr_str){ text.at + 1, text.len - 1 };
	}
	return !text.len;
}

static struct yr_str take_part(struct yr_str *s)
{
	const char *slash = memchr(s->at, '/', s->len);
	struct yr_str first = { s->at, slash ? (size_t)(slash - s->at) : s->len };

	*s = (struct yr_str){ s->at + first.len + !!slash, s->len - first.len - !!slash };
	return first;
}

static bool is_below(const char *where, struct yr_str path)
{
	struct yr_str w;

	/* Most differ before anything is left open. */
	for (size_t i = 0; where[i] && where[i] != '*' && where[i] != '['; i++)
		if (i >= path.len || path.at[i] != where[i])
			return false;
	w = yr_str_of(where);
	while (w.len) {
		bool whole = w.len && path.len;
		struct yr_str a, b;

		if (!whole)
			return false;
		a = take_part(&w);
		b = take_part(&path);
		if (!part(a, b))
			return false;
		/* What ends with a slash is about all that has more parts. */
		if (!w.len && where[strlen(where) - 1] == '/')
			return path.len;
	}
	return !path.len;
}

/* By one of its parts; folders have something behind them. */
static const char *by_name(struct yr_str path)
{
	while (path.len) {
		struct yr_str first = take_part(&path);

		for (size_t i = 0; first.len && i < ARRAY_LEN(names); i++)
			if ((names[i].folder ? path.len != 0 : !path.len) &&
			    (*names[i].part == '*' || *names[i].part == *first.at) &&
			    part(yr_str_of(names[i].part), first))
				return names[i].why;
	}
	return NULL;
}

const char *yr_sensitive(struct yr_str path)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		if (is_below(places[i].where, path))
			return places[i].why;
	return by_name(path);
}
