/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/words.h"

#include <stdio.h>
#include <strings.h>

#include "base/cleanup.h"

static const struct yr_name_value access_rows[] = {
	{ "accept", YR_ACC_ACCEPT },
	{ "bind", YR_ACC_BIND },
	{ "connect", YR_ACC_CONNECT },
	{ "create", YR_ACC_CREATE },
	{ "delete", YR_ACC_DELETE },
	{ "eavesdrop", YR_ACC_EAVESDROP },
	{ "getattr", YR_ACC_GETATTR },
	{ "getopt", YR_ACC_GETOPT },
	{ "listen", YR_ACC_LISTEN },
	{ "open", YR_ACC_OPEN },
	{ "override_creds", YR_ACC_OVERRIDE_CREDS },
	{ "r", YR_ACC_READ },
	{ "read", YR_ACC_READ },
	{ "readby", YR_ACC_READBY },
	{ "receive", YR_ACC_RECEIVE },
	{ "rw", YR_ACC_READ | YR_ACC_WRITE },
	{ "send", YR_ACC_SEND },
	{ "setattr", YR_ACC_SETATTR },
	{ "setopt", YR_ACC_SETOPT },
	{ "shutdown", YR_ACC_SHUTDOWN },
	{ "sqpoll", YR_ACC_SQPOLL },
	{ "trace", YR_ACC_TRACE },
	{ "tracedby", YR_ACC_TRACEDBY },
	{ "w", YR_ACC_WRITE },
	{ "wr", YR_ACC_READ | YR_ACC_WRITE },
	{ "write", YR_ACC_WRITE },
};
const struct yr_name_table yr_access_names = { access_rows, ARRAY_LEN(access_rows), "permission" };

static const struct yr_name_value capability_rows[] = {
	{ "audit_control", 30 },  { "audit_read", 37 },  { "audit_write", 29 },
	{ "block_suspend", 36 },  { "bpf", 39 },         { "checkpoint_restore", 40 },
	{ "chown", 0 },           { "dac_override", 1 }, { "dac_read_search", 2 },
	{ "fowner", 3 },          { "fsetid", 4 },       { "ipc_lock", 14 },
	{ "ipc_owner", 15 },      { "kill", 5 },         { "lease", 28 },
	{ "linux_immutable", 9 }, { "mac_admin", 33 },   { "mac_override", 32 },
	{ "mknod", 27 },          { "net_admin", 12 },   { "net_bind_service", 10 },
	{ "net_broadcast", 11 },  { "net_raw", 13 },     { "perfmon", 38 },
	{ "setfcap", 31 },        { "setgid", 6 },       { "setpcap", 8 },
	{ "setuid", 7 },          { "sys_admin", 21 },   { "sys_boot", 22 },
	{ "sys_chroot", 18 },     { "sys_module", 16 },  { "sys_nice", 23 },
	{ "sys_pacct", 20 },      { "sys_ptrace", 19 },  { "sys_rawio", 17 },
	{ "sys_resource", 24 },   { "sys_time", 25 },    { "sys_tty_config", 26 },
	{ "syslog", 34 },         { "wake_alarm", 35 },
};
const struct yr_name_table yr_capability_names = { capability_rows, ARRAY_LEN(capability_rows),
						   "capability" };

static const struct yr_name_value errno_rows[] = {
	{ "e2big", 7 },
	{ "eacces", 13 },
	{ "eaddrinuse", 98 },
	{ "eaddrnotavail", 99 },
	{ "eadv", 68 },
	{ "eafnosupport", 97 },
	{ "eagain", 11 },
	{ "ealready", 114 },
	{ "ebade", 52 },
	{ "ebadf", 9 },
	{ "ebadfd", 77 },
	{ "ebadmsg", 74 },
	{ "ebadr", 53 },
	{ "ebadrqc", 56 },
	{ "ebadslt", 57 },
	{ "ebfont", 59 },
	{ "ebusy", 16 },
	{ "ecanceled", 125 },
	{ "echild", 10 },
	{ "echrng", 44 },
	{ "ecomm", 70 },
	{ "econnaborted", 103 },
	{ "econnrefused", 111 },
	{ "econnreset", 104 },
	{ "edeadlock", 35 },
	{ "edestaddrreq", 89 },
	{ "edom", 33 },
	{ "edotdot", 73 },
	{ "edquot", 122 },
	{ "eexist", 17 },
	{ "efault", 14 },
	{ "efbig", 27 },
	{ "ehostdown", 112 },
	{ "ehostunreach", 113 },
	{ "ehwpoison", 133 },
	{ "eidrm", 43 },
	{ "eilseq", 84 },
	{ "einprogress", 115 },
	{ "eintr", 4 },
	{ "einval", 22 },
	{ "eio", 5 },
	{ "eisconn", 106 },
	{ "eisdir", 21 },
	{ "eisnam", 120 },
	{ "ekeyexpired", 127 },
	{ "ekeyrejected", 129 },
	{ "ekeyrevoked", 128 },
	{ "el2hlt", 51 },
	{ "el2nsync", 45 },
	{ "el3hlt", 46 },
	{ "el3rst", 47 },
	{ "elibacc", 79 },
	{ "elibbad", 80 },
	{ "elibexec", 83 },
	{ "elibmax", 82 },
	{ "elibscn", 81 },
	{ "elnrng", 48 },
	{ "eloop", 40 },
	{ "emediumtype", 124 },
	{ "emfile", 24 },
	{ "emlink", 31 },
	{ "emsgsize", 90 },
	{ "emultihop", 72 },
	{ "enametoolong", 36 },
	{ "enavail", 119 },
	{ "enetdown", 100 },
	{ "enetreset", 102 },
	{ "enetunreach", 101 },
	{ "enfile", 23 },
	{ "enoano", 55 },
	{ "enobufs", 105 },
	{ "enocsi", 50 },
	{ "enodata", 61 },
	{ "enodev", 19 },
	{ "enoent", 2 },
	{ "enoexec", 8 },
	{ "enokey", 126 },
	{ "enolck", 37 },
	{ "enolink", 67 },
	{ "enomedium", 123 },
	{ "enomem", 12 },
	{ "enomsg", 42 },
	{ "enonet", 64 },
	{ "enopkg", 65 },
	{ "enoprotoopt", 92 },
	{ "enospc", 28 },
	{ "enosr", 63 },
	{ "enostr", 60 },
	{ "enosys", 38 },
	{ "enotblk", 15 },
	{ "enotconn", 107 },
	{ "enotdir", 20 },
	{ "enotempty", 39 },
	{ "enotnam", 118 },
	{ "enotrecoverable", 131 },
	{ "enotsock", 88 },
	{ "enotsup", 95 },
	{ "enotty", 25 },
	{ "enotuniq", 76 },
	{ "enxio", 6 },
	{ "eopnotsupp", 95 },
	{ "eoverflow", 75 },
	{ "eownerdead", 130 },
	{ "eperm", 1 },
	{ "epfnosupport", 96 },
	{ "epipe", 32 },
	{ "eproto", 71 },
	{ "eprotonosupport", 93 },
	{ "eprototype", 91 },
	{ "erange", 34 },
	{ "eremchg", 78 },
	{ "eremote", 66 },
	{ "eremoteio", 121 },
	{ "erestart", 85 },
	{ "erfkill", 132 },
	{ "erofs", 30 },
	{ "eshutdown", 108 },
	{ "esocktnosupport", 94 },
	{ "espipe", 29 },
	{ "esrch", 3 },
	{ "esrmnt", 69 },
	{ "estale", 116 },
	{ "estrpipe", 86 },
	{ "etime", 62 },
	{ "etimedout", 110 },
	{ "etoomanyrefs", 109 },
	{ "etxtbsy", 26 },
	{ "euclean", 117 },
	{ "eunatch", 49 },
	{ "eusers", 87 },
	{ "ewouldblock", 11 },
	{ "exdev", 18 },
	{ "exfull", 54 },
};
const struct yr_name_table yr_errno_names = { errno_rows, ARRAY_LEN(errno_rows), "error code" };

static const struct yr_name_value family_rows[] = {
	{ "alg", 38 },        { "appletalk", 5 }, { "ash", 18 },       { "atmpvc", 8 },
	{ "atmsvc", 20 },     { "ax25", 3 },      { "bluetooth", 31 }, { "bridge", 7 },
	{ "caif", 37 },       { "can", 29 },      { "econet", 19 },    { "ib", 27 },
	{ "ieee802154", 36 }, { "inet", 2 },      { "inet6", 10 },     { "ipx", 4 },
	{ "irda", 23 },       { "isdn", 34 },     { "iucv", 32 },      { "kcm", 41 },
	{ "key", 15 },        { "llc", 26 },      { "mctp", 45 },      { "mpls", 28 },
	{ "netbeui", 13 },    { "netlink", 16 },  { "netrom", 6 },     { "nfc", 39 },
	{ "packet", 17 },     { "phonet", 35 },   { "pppox", 24 },     { "qipcrtr", 42 },
	{ "rds", 21 },        { "rose", 11 },     { "rxrpc", 33 },     { "security", 14 },
	{ "smc", 43 },        { "sna", 22 },      { "tipc", 30 },      { "unix", 1 },
	{ "unspec", 0 },      { "vsock", 40 },    { "wanpipe", 25 },   { "x25", 9 },
	{ "xdp", 44 },
};
const struct yr_name_table yr_family_names = { family_rows, ARRAY_LEN(family_rows),
					       "network family" };

static const struct yr_name_value protocol_rows[] = {
	{ "icmp", 1 },
	{ "tcp", 6 },
	{ "udp", 17 },
};
const struct yr_name_table yr_protocol_names = { protocol_rows, ARRAY_LEN(protocol_rows),
						 "protocol" };

static const struct yr_name_value rlimit_rows[] = {
	{ "as", 9 },    { "core", 4 },    { "cpu", 0 },     { "data", 2 },
	{ "fsize", 1 }, { "locks", 10 },  { "memlock", 8 }, { "msgqueue", 12 },
	{ "nice", 13 }, { "nofile", 7 },  { "nproc", 6 },   { "ofile", 7 },
	{ "rss", 5 },   { "rtprio", 14 }, { "rttime", 15 }, { "sigpending", 11 },
	{ "stack", 3 },
};
const struct yr_name_table yr_rlimit_names = { rlimit_rows, ARRAY_LEN(rlimit_rows),
					       "resource limit" };

static const struct yr_name_value signal_rows[] = {
	{ "abrt", 6 },  { "alrm", 14 },   { "bus", 7 },    { "chld", 17 }, { "cont", 18 },
	{ "emt", 32 },  { "exists", 35 }, { "fpe", 8 },    { "hup", 1 },   { "ill", 4 },
	{ "int", 2 },   { "io", 29 },     { "kill", 9 },   { "pipe", 13 }, { "poll", 29 },
	{ "prof", 27 }, { "pwr", 30 },    { "quit", 3 },   { "segv", 11 }, { "stkflt", 16 },
	{ "stop", 19 }, { "stp", 20 },    { "sys", 31 },   { "term", 15 }, { "trap", 5 },
	{ "tstp", 20 }, { "ttin", 21 },   { "ttou", 22 },  { "urg", 23 },  { "usr1", 10 },
	{ "usr2", 12 }, { "vtalrm", 26 }, { "winch", 28 }, { "xcpu", 24 }, { "xfsz", 25 },
};
const struct yr_name_table yr_signal_names = { signal_rows, ARRAY_LEN(signal_rows), "signal" };

static const struct yr_name_value socktype_rows[] = {
	{ "dgram", 2 }, { "packet", 10 },   { "raw", 3 },
	{ "rdm", 4 },   { "seqpacket", 5 }, { "stream", 1 },
};
const struct yr_name_table yr_socktype_names = { socktype_rows, ARRAY_LEN(socktype_rows),
						 "socket type" };

/* MS_POSIXACL and MS_NOUSER are not in every libc. */
enum {
	MS_RDONLY = 0x1,
	MS_NOSUID = 0x2,
	MS_NODEV = 0x4,
	MS_NOEXEC = 0x8,
	MS_SYNCHRONOUS = 0x10,
	MS_REMOUNT = 0x20,
	MS_MANDLOCK = 0x40,
	MS_DIRSYNC = 0x80,
	MS_NOSYMFOLLOW = 0x100,
	MS_NOATIME = 0x400,
	MS_NODIRATIME = 0x800,
	MS_BIND = 0x1000,
	MS_MOVE = 0x2000,
	MS_REC = 0x4000,
	MS_SILENT = 0x8000,
	MS_POSIXACL = 0x10000,
	MS_UNBINDABLE = 0x20000,
	MS_PRIVATE = 0x40000,
	MS_SLAVE = 0x80000,
	MS_SHARED = 0x100000,
	MS_RELATIME = 0x200000,
	MS_I_VERSION = 0x800000,
	MS_STRICTATIME = 0x1000000,
	MS_LAZYTIME = 0x2000000,
	MS_NOUSER = (int)0x80000000,
};

static const struct yr_mount_option mount_rows[] = {
	{ "B", MS_BIND, 0 },
	{ "M", MS_MOVE, 0 },
	{ "R", MS_BIND | MS_REC, 0 },
	{ "acl", MS_POSIXACL, 0 },
	{ "async", 0, MS_SYNCHRONOUS },
	{ "atime", 0, MS_NOATIME },
	{ "bind", MS_BIND, 0 },
	{ "dev", 0, MS_NODEV },
	{ "diratime", 0, MS_NODIRATIME },
	{ "dirsync", MS_DIRSYNC, 0 },
	{ "exec", 0, MS_NOEXEC },
	{ "iversion", MS_I_VERSION, 0 },
	{ "lazytime", MS_LAZYTIME, 0 },
	{ "loud", 0, MS_SILENT },
	{ "make-private", MS_PRIVATE, 0 },
	{ "make-rprivate", MS_PRIVATE | MS_REC, 0 },
	{ "make-rshared", MS_SHARED | MS_REC, 0 },
	{ "make-rslave", MS_SLAVE | MS_REC, 0 },
	{ "make-runbindable", MS_UNBINDABLE | MS_REC, 0 },
	{ "make-shared", MS_SHARED, 0 },
	{ "make-slave", MS_SLAVE, 0 },
	{ "make-unbindable", MS_UNBINDABLE, 0 },
	{ "mand", MS_MANDLOCK, 0 },
	{ "move", MS_MOVE, 0 },
	{ "noacl", 0, MS_POSIXACL },
	{ "noatime", MS_NOATIME, 0 },
	{ "nodev", MS_NODEV, 0 },
	{ "nodiratime", MS_NODIRATIME, 0 },
	{ "noexec", MS_NOEXEC, 0 },
	{ "noiversion", 0, MS_I_VERSION },
	{ "nolazytime", 0, MS_LAZYTIME },
	{ "nomand", 0, MS_MANDLOCK },
	{ "norelatime", 0, MS_RELATIME },
	{ "nostrictatime", 0, MS_STRICTATIME },
	{ "nosuid", MS_NOSUID, 0 },
	{ "nosymfollow", MS_NOSYMFOLLOW, 0 },
	{ "nouser", (uint32_t)MS_NOUSER, 0 },
	{ "private", MS_PRIVATE, 0 },
	{ "r", MS_RDONLY, 0 },
	{ "rbind", MS_BIND | MS_REC, 0 },
	{ "read-only", MS_RDONLY, 0 },
	{ "relatime", MS_RELATIME, 0 },
	{ "remount", MS_REMOUNT, 0 },
	{ "ro", MS_RDONLY, 0 },
	{ "rprivate", MS_PRIVATE | MS_REC, 0 },
	{ "rshared", MS_SHARED | MS_REC, 0 },
	{ "rslave", MS_SLAVE | MS_REC, 0 },
	{ "runbindable", MS_UNBINDABLE | MS_REC, 0 },
	{ "rw", 0, MS_RDONLY },
	{ "shared", MS_SHARED, 0 },
	{ "silent", MS_SILENT, 0 },
	{ "slave", MS_SLAVE, 0 },
	{ "strictatime", MS_STRICTATIME, 0 },
	{ "suid", 0, MS_NOSUID },
	{ "symfollow", 0, MS_NOSYMFOLLOW },
	{ "sync", MS_SYNCHRONOUS, 0 },
	{ "unbindable", MS_UNBINDABLE, 0 },
	{ "user", 0, (uint32_t)MS_NOUSER },
	{ "verbose", MS_SILENT, 0 },
	{ "w", 0, MS_RDONLY },
};

static int64_t find_row(const struct yr_name_table *t, struct yr_str word)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = yr_str_cmp(word, yr_str_of(t->at[mid].name));

		if (!d)
			return (int64_t)mid;
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return -1;
}

int64_t yr_name_find(const struct yr_name_table *t, struct yr_str word)
{
	int64_t i = find_row(t, word);

	return i < 0 ? -1 : (int64_t)t->at[i].value;
}

/* What C programs and manual pages put before the names that policy writes without. */
static const char *const prefixes[] = { "CAP_", "SIG", "AF_", "PF_", "SOCK_", "RLIMIT_", "MS_" };

/* @word in small letters and without such a prefix, in @z. */
static struct yr_str plain_spelling(struct yr_str word, char z[32])
{
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		size_t n = strlen(prefixes[i]);

		if (word.len <= n || strncasecmp(word.at, prefixes[i], n))
			continue;
		word.at += n;
		word.len -= n;
		break;
	}
	if (word.len > 32)
		word.len = 32;
	for (size_t i = 0; i < word.len; i++)
		z[i] = (char)(word.at[i] >= 'A' && word.at[i] <= 'Z' ? word.at[i] | 0x20
								     : word.at[i]);
	return (struct yr_str){ z, word.len };
}

struct yr_nearest yr_name_nearest(const struct yr_name_table *t, struct yr_str word)
{
	struct yr_nearest n = yr_nearest_start(word);
	char z[32];
	int64_t row = find_row(t, plain_spelling(word, z));

	if (row >= 0) {
		n.name = yr_str_of(t->at[row].name);
		return n;
	}
	for (size_t i = 0; i < t->n; i++)
		yr_nearest_try_z(&n, t->at[i].name);
	return n;
}

struct yr_phrase yr_name_phrase(const struct yr_name_table *t, struct yr_str word)
{
	enum { FEW = 8 };
	struct yr_nearest n = yr_name_nearest(t, word);
	struct yr_phrase all = { "" }, p = yr_nearest_phrase(&n);

	if (n.name.at || t->n > FEW)
		return p;
	for (size_t i = 0; i < t->n; i++)
		yr_phrase_add(&all, t->at[i].name, i + 1 == t->n);
	snprintf(p.text, sizeof(p.text), "; there are %.140s", all.text);
	return p;
}

int yr_signal_number(struct yr_str word)
{
	unsigned n = 0;

	if (word.len < 6 || memcmp(word.at, "rtmin+", 6))
		return (int)yr_name_find(&yr_signal_names, word);
	for (size_t i = 6; i < word.len; i++) {
		if (word.at[i] < '0' || word.at[i] > '9' || n > 32)
			return -1;
		n = n * 10 + (unsigned)(word.at[i] - '0');
	}
	return n <= 32 ? 128 + (int)n : -1;
}

/* Several words say the same: the long ones do not look like file permissions. */
const char *yr_mount_flag_name(uint32_t bit)
{
	const char *name = NULL;

	for (size_t i = 0; i < ARRAY_LEN(mount_rows); i++)
		if (mount_rows[i].set == bit && (!name || !name[1]))
			name = mount_rows[i].name;
	return bit == MS_RDONLY ? "ro" : bit == MS_REC ? "rec" : name;
}

const struct yr_mount_option *yr_mount_option(struct yr_str word)
{
	for (size_t i = 0; i < ARRAY_LEN(mount_rows); i++)
		if (yr_str_is(word, mount_rows[i].name))
			return &mount_rows[i];
	return NULL;
}

struct yr_phrase yr_mount_option_phrase(struct yr_str word)
{
	struct yr_nearest n = yr_nearest_start(word);

	for (size_t i = 0; i < ARRAY_LEN(mount_rows); i++)
		yr_nearest_try_z(&n, mount_rows[i].name);
	return yr_nearest_phrase(&n);
}
