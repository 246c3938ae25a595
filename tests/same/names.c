/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers of the image, said in words. */
#include "same.h"

#include <ctype.h>

static const char *const class_name[256] = {
	[YR_CLASS_FILE] = "file",
	[YR_CLASS_CAP] = "cap",
	[YR_CLASS_NET_V7] = "network (v7)",
	[YR_CLASS_MOUNT] = "mount",
	[YR_CLASS_PTRACE] = "ptrace",
	[YR_CLASS_SIGNAL] = "signal",
	[YR_CLASS_NET_V8] = "network (v8)",
	[YR_CLASS_NET_V9] = "network (v9)",
	[YR_CLASS_LABEL] = "label",
	[YR_CLASS_POSIX_MQUEUE] = "posix mqueue",
	[YR_CLASS_SYSV_MQUEUE] = "sysv mqueue",
	[YR_CLASS_USERNS] = "userns",
	[YR_CLASS_IO_URING] = "io_uring",
	[YR_CLASS_NET_V9_SKB] = "network (v9 packets)",
	[YR_CLASS_DBUS] = "dbus",
};

const char *same_class(unsigned class, char buf[16])
{
	if (class < ARRAY_LEN(class_name) && class_name[class])
		return class_name[class];
	snprintf(buf, 16, "class %u", class);
	return buf;
}

/* The kernel's own words, one for each bit; classes that read a bit differently follow. */
static const char *const bit_name[32] = {
	"exec",           "write",      "read",      "append",   "create",   "delete",
	"open",           "rename",     "setattr",   "getattr",  "setcred",  "getcred",
	"chmod",          "chown",      "chgrp",     "lock",     "mmap",     "mprot",
	"link",           "snapshot",   "0x100000",  "0x200000", "0x400000", "0x800000",
	"0x1000000",      "0x2000000",  "0x4000000", "continue", "stack",    "onexec",
	"change_profile", "change_hat",
};

static const struct {
	int class;
	uint32_t bit;
	const char *name;
} special[] = {
	{ YR_CLASS_PTRACE, 0x2, "trace" },
	{ YR_CLASS_PTRACE, 0x4, "read" },
	{ YR_CLASS_PTRACE, 0x8, "tracedby" },
	{ YR_CLASS_PTRACE, 0x10, "readby" },
	{ YR_CLASS_SIGNAL, 0x2, "send" },
	{ YR_CLASS_SIGNAL, 0x4, "receive" },
	{ YR_CLASS_MOUNT, 0x1, "pivot_root" },
	{ YR_CLASS_MOUNT, 0x2, "mount" },
	{ YR_CLASS_MOUNT, 0x4, "umount" },
	{ YR_CLASS_MOUNT, 0x40, "continue" },
	{ YR_CLASS_IO_URING, 0x8, "override_creds" },
	{ YR_CLASS_IO_URING, 0x10, "sqpoll" },
	{ YR_CLASS_USERNS, 0x8, "create" },
	{ YR_CLASS_DBUS, 0x2, "send" },
	{ YR_CLASS_DBUS, 0x4, "receive" },
	{ YR_CLASS_DBUS, 0x20, "eavesdrop" },
	{ YR_CLASS_DBUS, 0x40, "bind" },
	{ YR_CLASS_NET_V8, 0x2, "send" },
	{ YR_CLASS_NET_V8, 0x4, "receive" },
	{ YR_CLASS_NET_V8, 0x20, "shutdown" },
	{ YR_CLASS_NET_V8, 0x40, "connect" },
	{ YR_CLASS_NET_V8, 0x100000, "accept" },
	{ YR_CLASS_NET_V8, 0x200000, "bind" },
	{ YR_CLASS_NET_V8, 0x400000, "listen" },
	{ YR_CLASS_NET_V8, 0x1000000, "setopt" },
	{ YR_CLASS_NET_V8, 0x2000000, "getopt" },
};

static const char *name_of(int class, unsigned bit)
{
	if (class == YR_CLASS_NET_V7 || class == YR_CLASS_NET_V9 || class == YR_CLASS_NET_V9_SKB)
		class = YR_CLASS_NET_V8;
	for (size_t i = 0; i < ARRAY_LEN(special); i++)
		if (special[i].class == class && special[i].bit == 1u << bit)
			return special[i].name;
	return bit_name[bit];
}

void same_print_bits(FILE *out, int class, uint32_t bits)
{
	const char *between = "";

	if (!bits)
		fputs("nothing", out);
	for (unsigned i = 0; i < 32; i++)
		if (bits >> i & 1) {
			fprintf(out, "%s%s", between, name_of(class, i));
			between = ",";
		}
}

void same_print_bytes(FILE *out, const uint16_t *symbols, size_t n)
{
	fputc('"', out);
	for (size_t i = 0; i < n; i++) {
		if (symbols[i] > 255)
			fputs("\\(xattr)", out);
		else if (symbols[i] == '"' || symbols[i] == '\\')
			fprintf(out, "\\%c", symbols[i]);
		else if (symbols[i] < 128 && isprint(symbols[i]))
			fputc(symbols[i], out);
		else
			fprintf(out, "\\x%02x", symbols[i]);
	}
	fputc('"', out);
}

const char *same_mode(const struct yr_image_profile *p)
{
	static const char *const word[] = { "enforce", "complain", "kill", "unconfined", "prompt" };

	if (p->version & YR_VERSION_FORCE_COMPLAIN)
		return word[YR_PM_COMPLAIN];
	return p->mode < ARRAY_LEN(word) ? word[p->mode] : "unknown";
}

static const char *const cap_name[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

void same_print_caps(FILE *out, uint64_t caps)
{
	const char *between = "";

	if (!caps)
		fputs("none", out);
	if (caps == UINT64_MAX) {
		fputs("all", out);
		return;
	}
	for (unsigned i = 0; i < 64; i++) {
		if (!(caps >> i & 1))
			continue;
		if (i < ARRAY_LEN(cap_name))
			fprintf(out, "%s%s", between, cap_name[i]);
		else
			fprintf(out, "%s%u", between, i);
		between = ",";
	}
}
