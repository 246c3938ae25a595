/* SPDX-License-Identifier: Apache-2.0 */
/* What AppArmor wrote into the logs: audit records in every form, read as events. */
#ifndef YOROI_LOG_H
#define YOROI_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoroi/err.h"

/* Bytes, any of them, NULs too; not terminated. @at NULL: the record does not say. */
struct yr_log_bytes {
	const char *at;
	size_t len;
};

/* What became of the access. */
enum yr_log_type {
	YR_LOG_INVALID, /* no AppArmor record, or a broken one */
	YR_LOG_ERROR,
	YR_LOG_AUDIT,   /* allowed, and a rule asks for a record */
	YR_LOG_ALLOWED, /* refused by the policy, allowed by complain mode */
	YR_LOG_DENIED,
	YR_LOG_HINT,
	YR_LOG_STATUS, /* about policy: loaded, replaced, removed */
	YR_LOG_KILLED, /* refused, and the task was killed for it */
	YR_LOG_TYPES
};

/* What kind of rule it is about. Found from class=, operation= and family=. */
enum yr_log_class {
	YR_LOG_CLASS_OTHER,
	YR_LOG_CLASS_FILE,
	YR_LOG_CLASS_EXEC,
	YR_LOG_CLASS_NETWORK,
	YR_LOG_CLASS_UNIX,
	YR_LOG_CLASS_CAPABILITY,
	YR_LOG_CLASS_SIGNAL,
	YR_LOG_CLASS_PTRACE,
	YR_LOG_CLASS_MOUNT,
	YR_LOG_CLASS_UMOUNT,
	YR_LOG_CLASS_PIVOT_ROOT,
	YR_LOG_CLASS_DBUS,
	YR_LOG_CLASS_POSIX_MQUEUE,
	YR_LOG_CLASS_SYSV_MQUEUE,
	YR_LOG_CLASS_USERNS,
	YR_LOG_CLASS_IO_URING,
	YR_LOG_CLASS_RLIMITS,
	YR_LOG_CLASS_CHANGE_PROFILE,
	YR_LOG_CLASS_CHANGE_ONEXEC,
	YR_LOG_CLASS_CHANGE_HAT,
	YR_LOG_CLASS_POLICY, /* loading, replacing, removing profiles */
	YR_LOG_CLASSES
};

/* Who wrote it: whom a reader has to trust. */
enum yr_log_origin {
	YR_LOG_FROM_KERNEL,
	YR_LOG_FROM_AUDIT_USER, /* a program with CAP_AUDIT_WRITE, such as dbus-daemon */
	YR_LOG_FROM_SYSLOG,     /* some program's own line in the system log: anybody may do that */
	YR_LOG_ORIGINS
};

/* Fields that are text. */
enum yr_log_text {
	YR_LOG_AUDIT_ID, /* "seconds.milliseconds:serial", as it is written */
	YR_LOG_OPERATION,
	YR_LOG_REQUESTED, /* requested_mask, requested */
	YR_LOG_REFUSED,   /* denied_mask, denied, mask */
	YR_LOG_PROFILE,   /* profile, label */
	YR_LOG_PEER_PROFILE,
	YR_LOG_PEER,
	YR_LOG_NAME, /* of a capability: its name, where the record has it */
	YR_LOG_COMM, /* comm; exe of what dbus-daemon writes */
	YR_LOG_NAME2,
	YR_LOG_NAMESPACE,
	YR_LOG_ATTRIBUTE,
	YR_LOG_INFO,
	YR_LOG_PEER_INFO,
	YR_LOG_ACTIVE_HAT,
	YR_LOG_NET_ADDR,  /* addr of a unix socket; "none" counts as not said */
	YR_LOG_PEER_ADDR, /* peer_addr, the same */
	YR_LOG_FAMILY,
	YR_LOG_SOCK_TYPE,
	YR_LOG_PROTOCOL, /* a name; "unknown(N)" for a number without one */
	YR_LOG_LOCAL_ADDR,
	YR_LOG_FOREIGN_ADDR,
	YR_LOG_DBUS_BUS,
	YR_LOG_DBUS_PATH,
	YR_LOG_DBUS_INTERFACE,
	YR_LOG_DBUS_MEMBER,
	YR_LOG_SIGNAL,
	YR_LOG_FSTYPE,
	YR_LOG_FLAGS,
	YR_LOG_SRCNAME,
	YR_LOG_EXECPATH,
	YR_LOG_CLASS, /* class=, as the kernel writes it */
	YR_LOG_RLIMIT,
	YR_LOG_NODE,   /* the machine, of auditd's node= and the journal's _HOSTNAME */
	YR_LOG_PREFIX, /* what a syslog line has before the program: date and host */
	YR_LOG_TEXTS
};

/* Fields that are numbers. */
enum yr_log_number {
	YR_LOG_FSUID,
	YR_LOG_OUID,
	YR_LOG_TASK,
	YR_LOG_PARENT,
	YR_LOG_TOKEN,
	YR_LOG_ERRNO, /* positive, also when it is written as error=-13 */
	YR_LOG_PID,
	YR_LOG_PEER_PID,
	YR_LOG_LOCAL_PORT,
	YR_LOG_FOREIGN_PORT,
	YR_LOG_EPOCH, /* seconds since 1970, of the audit id or the journal */
	YR_LOG_MSEC,  /* and the milliseconds of it */
	YR_LOG_SERIAL,
	YR_LOG_CAPABILITY,
	YR_LOG_RLIMIT_VALUE,
	YR_LOG_NUMBERS
};

struct yr_log_event {
	enum yr_log_type type;
	enum yr_log_class rule_class;
	enum yr_log_origin origin;
	bool cut; /* the line ends inside a field; what was cut is not among the fields */
	bool old; /* without apparmor=, as kernels before 2.6.36 wrote: an exec's name2= is no
		     profile */
	struct yr_log_bytes text[YR_LOG_TEXTS];
	uint64_t number[YR_LOG_NUMBERS]; /* 0 when the record does not say */
	uint32_t has;                    /* 1 << enum yr_log_number: the record does say */
	struct yr_log_bytes record;      /* the fields as they stand in the log */
};

struct yr_log_counts {
	uint64_t lines;
	uint64_t events;    /* given to the caller */
	uint64_t cut;       /* of them, ended before their record did */
	uint64_t malformed; /* have apparmor= and cannot be read */
	uint64_t too_long;  /* above YR_LIMIT_LOG_LINE: not looked at */
	uint64_t nul;       /* have NUL bytes: read in the pieces between them */
};

/*
 * Called with every event; @event and all it points to are gone afterwards. Non-zero ends the
 * reading and is returned.
 */
typedef int (*yr_log_event_fn)(void *ctx, const struct yr_log_event *event);

/*
 * A reader holds one line and no more, in memory taken once. Not for two threads at once.
 * NULL: memory is out.
 */
struct yr_log;

struct yr_log *yr_log_new(void);
struct yr_log *yr_log_free(struct yr_log *log);

/*
 * Lines of any of these, mixed as they come: the kernel's log as dmesg, syslog, /dev/kmsg and
 * journalctl give it, auditd's files (enriched ones too), ausearch -i, the journal's JSON and
 * export forms. What holds no AppArmor record is passed over.
 *
 * yr_log_feed() takes a piece of the input, cut anywhere; yr_log_end() says that no more comes
 * and reads a last line without a newline. yr_log_read() does both with all that @fd gives:
 * a negative errno when it cannot be read. One opened with O_NONBLOCK, as /dev/kmsg has to be,
 * ends where it would block.
 */
int yr_log_feed(struct yr_log *log, const void *data, size_t len, yr_log_event_fn fn, void *ctx);
int yr_log_end(struct yr_log *log, yr_log_event_fn fn, void *ctx);
int yr_log_read(struct yr_log *log, int fd, yr_log_event_fn fn, void *ctx, struct yr_err *err);
/* Since yr_log_new(). */
const struct yr_log_counts *yr_log_counts(const struct yr_log *log);

/*
 * One record of @len bytes, newlines in it being spaces. *ret_event, always filled, lives until
 * @log is used again or @text is gone. False: no record; type and fields are then
 * what libapparmor would say.
 * @escapes: a backslash in quotes stands for the character behind it, as in libapparmor; the
 * kernel writes none, it writes such names in hexadecimal.
 */
bool yr_log_parse(struct yr_log *log, const char *text, size_t len, bool escapes,
		  struct yr_log_event *ret_event);

/* "denied", "file", "kernel"; of fields the key of the JSON form, such as "requested". */
const char *yr_log_type_name(enum yr_log_type type);
const char *yr_log_class_name(enum yr_log_class rule_class);
const char *yr_log_origin_name(enum yr_log_origin origin);
const char *yr_log_text_name(enum yr_log_text field);
const char *yr_log_number_name(enum yr_log_number field);

/*
 * The event as one JSON object on one line, without the newline. Text that is not UTF-8 has U+FFFD
 * for each wrong byte, and beside it "FIELD_hex" with all of its bytes. free() the result; NULL:
 * memory is out.
 */
char *yr_log_json(const struct yr_log_event *event);

#endif
