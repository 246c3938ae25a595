/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the records and what they mean. */
#include "log/log.h"

static const struct {
	const char *word;   /* of apparmor= */
	const char *record; /* of auditd's type= behind APPARMOR_ */
	const char *number; /* of the kernel's type= */
	const char *name;
} types[YR_LOG_TYPES] = {
	[YR_LOG_INVALID] = { NULL, NULL, NULL, "invalid" },
	[YR_LOG_ERROR] = { "ERROR", "ERROR", "1506", "error" },
	[YR_LOG_AUDIT] = { "AUDIT", "AUDIT", "1501", "audit" },
	[YR_LOG_ALLOWED] = { "ALLOWED", "ALLOWED", "1502", "allowed" },
	[YR_LOG_DENIED] = { "DENIED", "DENIED", "1503", "denied" },
	[YR_LOG_HINT] = { "HINT", "HINT", "1504", "hint" },
	[YR_LOG_STATUS] = { "STATUS", "STATUS", "1505", "status" },
	[YR_LOG_KILLED] = { "KILLED", "KILL", "1507", "killed" },
};

static const char *const class_names[YR_LOG_CLASSES] = {
	[YR_LOG_CLASS_OTHER] = "other",
	[YR_LOG_CLASS_FILE] = "file",
	[YR_LOG_CLASS_EXEC] = "exec",
	[YR_LOG_CLASS_NETWORK] = "network",
	[YR_LOG_CLASS_UNIX] = "unix",
	[YR_LOG_CLASS_CAPABILITY] = "capability",
	[YR_LOG_CLASS_SIGNAL] = "signal",
	[YR_LOG_CLASS_PTRACE] = "ptrace",
	[YR_LOG_CLASS_MOUNT] = "mount",
	[YR_LOG_CLASS_UMOUNT] = "umount",
	[YR_LOG_CLASS_PIVOT_ROOT] = "pivot_root",
	[YR_LOG_CLASS_DBUS] = "dbus",
	[YR_LOG_CLASS_POSIX_MQUEUE] = "posix_mqueue",
	[YR_LOG_CLASS_SYSV_MQUEUE] = "sysv_mqueue",
	[YR_LOG_CLASS_USERNS] = "userns",
	[YR_LOG_CLASS_IO_URING] = "io_uring",
	[YR_LOG_CLASS_RLIMITS] = "rlimits",
	[YR_LOG_CLASS_CHANGE_PROFILE] = "change_profile",
	[YR_LOG_CLASS_CHANGE_ONEXEC] = "change_onexec",
	[YR_LOG_CLASS_CHANGE_HAT] = "change_hat",
	[YR_LOG_CLASS_POLICY] = "policy",
};

static const char *const origin_names[YR_LOG_ORIGINS] = {
	[YR_LOG_FROM_KERNEL] = "kernel",
	[YR_LOG_FROM_AUDIT_USER] = "audit-user",
	[YR_LOG_FROM_SYSLOG] = "syslog",
};

const char *yr_log_type_name(enum yr_log_type type)
{
	return types[type].name;
}

const char *yr_log_class_name(enum yr_log_class rule_class)
{
	return class_names[rule_class];
}

const char *yr_log_origin_name(enum yr_log_origin origin)
{
	return origin_names[origin];
}

enum yr_log_type yr_log_type_of_word(struct yr_str word)
{
	for (int t = YR_LOG_INVALID + 1; t < YR_LOG_TYPES; t++)
		if (yr_str_is(word, types[t].word))
			return (enum yr_log_type)t;
	return YR_LOG_INVALID;
}

enum yr_log_type yr_log_type_of_record(struct yr_str word)
{
	bool named = word.len > 9 && !memcmp(word.at, "APPARMOR_", 9);

	if (named)
		word = (struct yr_str){ word.at + 9, word.len - 9 };
	else if (word.len == 13 && !memcmp(word.at, "UNKNOWN[", 8) && word.at[12] == ']')
		word = (struct yr_str){ word.at + 8, 4 };
	if (!named && (word.len != 4 || memcmp(word.at, "150", 3) != 0))
		return YR_LOG_INVALID;
	for (int t = YR_LOG_INVALID + 1; t < YR_LOG_TYPES; t++)
		if (yr_str_is(word, named ? types[t].record : types[t].number))
			return (enum yr_log_type)t;
	return YR_LOG_INVALID;
}

/* The assigned numbers that <netinet/in.h> has names for. */
static const char *const protocols[256] = {
	[0] = "ip",         [1] = "icmp",   [2] = "igmp",     [4] = "ipip",      [6] = "tcp",
	[8] = "egp",        [12] = "pup",   [17] = "udp",     [22] = "idp",      [29] = "tp",
	[33] = "dccp",      [41] = "ipv6",  [43] = "routing", [44] = "fragment", [46] = "rsvp",
	[47] = "gre",       [50] = "esp",   [51] = "ah",      [58] = "icmpv6",   [59] = "none",
	[60] = "dstopts",   [92] = "mtp",   [94] = "beetph",  [98] = "encap",    [103] = "pim",
	[108] = "comp",     [132] = "sctp", [135] = "mh",     [136] = "udplite", [137] = "mpls",
	[143] = "ethernet", [255] = "raw",
};

const char *yr_log_protocol_name(uint64_t number)
{
	return number < ARRAY_LEN(protocols) ? protocols[number] : NULL;
}

struct meaning {
	const char *word;
	enum yr_log_class rule_class;
};

/* Operations that say the class by themselves. */
static const struct meaning operations[] = {
	{ "capable", YR_LOG_CLASS_CAPABILITY },
	{ "change_hat", YR_LOG_CLASS_CHANGE_HAT },
	{ "change_onexec", YR_LOG_CLASS_CHANGE_ONEXEC },
	{ "change_profile", YR_LOG_CLASS_CHANGE_PROFILE },
	{ "exec", YR_LOG_CLASS_EXEC },
	{ "mount", YR_LOG_CLASS_MOUNT },
	{ "pivotroot", YR_LOG_CLASS_PIVOT_ROOT },
	{ "profile_load", YR_LOG_CLASS_POLICY },
	{ "profile_remove", YR_LOG_CLASS_POLICY },
	{ "profile_replace", YR_LOG_CLASS_POLICY },
	{ "ptrace", YR_LOG_CLASS_PTRACE },
	{ "remount", YR_LOG_CLASS_MOUNT },
	{ "setrlimit", YR_LOG_CLASS_RLIMITS },
	{ "signal", YR_LOG_CLASS_SIGNAL },
	{ "socket_create", YR_LOG_CLASS_NETWORK },
	{ "stack", YR_LOG_CLASS_CHANGE_PROFILE },
	{ "stack_onexec", YR_LOG_CLASS_CHANGE_ONEXEC },
	{ "sysv_mqueue", YR_LOG_CLASS_SYSV_MQUEUE },
	{ "umount", YR_LOG_CLASS_UMOUNT },
	{ "uring_override", YR_LOG_CLASS_IO_URING },
	{ "uring_sqpoll", YR_LOG_CLASS_IO_URING },
	{ "userns_create", YR_LOG_CLASS_USERNS },
};

/* class= of newer kernels, where the operation is one of several classes. */
static const struct meaning classes[] = {
	{ "cap", YR_LOG_CLASS_CAPABILITY }, { "dbus", YR_LOG_CLASS_DBUS },
	{ "file", YR_LOG_CLASS_FILE },      { "io_uring", YR_LOG_CLASS_IO_URING },
	{ "mount", YR_LOG_CLASS_MOUNT },    { "namespace", YR_LOG_CLASS_USERNS },
	{ "net", YR_LOG_CLASS_NETWORK },    { "posix_mqueue", YR_LOG_CLASS_POSIX_MQUEUE },
	{ "ptrace", YR_LOG_CLASS_PTRACE },  { "rlimits", YR_LOG_CLASS_RLIMITS },
	{ "signal", YR_LOG_CLASS_SIGNAL },  { "sysv_mqueue", YR_LOG_CLASS_SYSV_MQUEUE },
	{ "unix", YR_LOG_CLASS_UNIX },
};

static enum yr_log_class find(const struct meaning *m, size_t n, struct yr_str word)
{
	for (size_t i = 0; i < n; i++)
		if (word.len && m[i].word[0] == word.at[0] && yr_str_is(word, m[i].word))
			return m[i].rule_class;
	return YR_LOG_CLASS_OTHER;
}

enum yr_log_class yr_log_classify(const struct yr_log_event *ev)
{
	struct yr_str operation = yr_log_str(ev, YR_LOG_OPERATION);
	struct yr_str family = yr_log_str(ev, YR_LOG_FAMILY);
	enum yr_log_class c;

	c = find(operations, ARRAY_LEN(operations), operation);
	if (c != YR_LOG_CLASS_OTHER)
		return c;
	if (operation.len > 5 && !memcmp(operation.at, "dbus_", 5))
		return YR_LOG_CLASS_DBUS;
	if (family.at)
		return yr_str_is(family, "unix") ? YR_LOG_CLASS_UNIX : YR_LOG_CLASS_NETWORK;
	c = find(classes, ARRAY_LEN(classes), yr_log_str(ev, YR_LOG_CLASS));
	if (c != YR_LOG_CLASS_OTHER)
		return c;
	/* What became of a load may come without its operation. */
	if (ev->type == YR_LOG_STATUS)
		return YR_LOG_CLASS_POLICY;
	/* All other operations are on files, and say which, or were about one. */
	return ev->text[YR_LOG_NAME].at || ev->text[YR_LOG_REQUESTED].at ? YR_LOG_CLASS_FILE
									 : YR_LOG_CLASS_OTHER;
}
