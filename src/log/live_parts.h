/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of live.h. */
#ifndef YR_LOG_LIVE_PARTS_H
#define YR_LOG_LIVE_PARTS_H

#include "base/str.h"
#include "log/live.h"

enum yr_live_what {
	YR_LIVE_LINE,   /* a line was appended */
	YR_LIVE_OTHER,  /* of no interest */
	YR_LIVE_BROKEN, /* not what it should be */
	YR_LIVE_FORGED,
};

/* A datagram of the multicast as a line that the reader of logs takes, with its newline. */
enum yr_live_what yr_live_audit_line(const void *data, size_t len, struct yr_buf *line);

struct yr_kmsg {
	uint64_t sequence;
	uint64_t suppressed; /* audit records that the kernel says it did not write */
};
/* The same for what one read() of /dev/kmsg gave. */
enum yr_live_what yr_live_kmsg_line(const char *data, size_t len, struct yr_buf *line,
				    struct yr_kmsg *ret);

/* A socket of the audit subsystem in its multicast group. -EPERM, -EPROTONOSUPPORT, -EXDEV. */
int yr_live_audit_open(const char *proc, struct yr_err *err);

struct yr_audit_status {
	uint32_t lost, pid; /* pid of auditd, 0: none */
};
/* What the kernel says of itself; a negative errno when it does not. */
int yr_live_audit_status(struct yr_audit_status *ret);

#endif
