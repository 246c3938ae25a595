/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records as the kernel makes them: from its audit multicast, which a reader does not take away
 * from auditd, or from its log, /dev/kmsg, of which it writes only some when many come at once.
 */
#ifndef YR_LOG_LIVE_H
#define YR_LOG_LIVE_H

#include "base/buf.h"
#include "yoroi/log.h"

enum yr_live_source {
	YR_LIVE_BEST, /* the first of the following that can be had */
	YR_LIVE_AUDIT,
	YR_LIVE_KMSG,
};

/* All borrowed during the call; NULL: the usual place. */
struct yr_live_options {
	enum yr_live_source source;
	const char *kmsg; /* "/dev/kmsg"; anything else is read from where it stands */
	const char *proc; /* "/proc" */
};

struct yr_live_counts {
	uint64_t records;     /* that were handed to the reader */
	uint64_t lost;        /* that the kernel says it has dropped itself meanwhile */
	bool lost_known;      /* it could be asked */
	uint64_t overruns;    /* times that our room was full; each time some were lost */
	uint64_t overwritten; /* in the kernel's log before we came to them, of any kind */
	uint64_t forged;      /* not the kernel's own */
	uint64_t broken;      /* that are none */
};

struct yr_live;

/*
 * What comes from now on. *ret_live is the caller's, for yr_live_free(). A failure says why neither
 * can be had, and what to do: -EPERM, -EACCES: not for this user; -EPROTONOSUPPORT: no audit in
 * this kernel; -EXDEV: another network namespace than the kernel's own; -EBUSY: auditd gets what
 * /dev/kmsg would.
 */
int yr_live_open(const struct yr_live_options *opt, struct yr_live **ret_live, struct yr_err *err);
/* The same on a socket that is open already, and is closed with it: for tests. */
int yr_live_open_fd(int fd, struct yr_live **ret_live, struct yr_err *err);
struct yr_live *yr_live_free(struct yr_live *l);

/* For poll(). */
int yr_live_fd(const struct yr_live *l);
/* "the kernel's audit multicast", and why it is not the better one; "" when it is. */
const char *yr_live_name(const struct yr_live *l);
const char *yr_live_note(const struct yr_live *l);

/*
 * Hand on what has come, without waiting. Returns how many records; YR_LIMIT_LIVE_BATCH: there may
 * be more. What @fn returns ends it, if negative, and is returned; a negative errno with @err when
 * the source cannot be read.
 */
int yr_live_read(struct yr_live *l, struct yr_log *log, yr_log_event_fn fn, void *ctx,
		 struct yr_err *err);
/* Asks the kernel again. */
struct yr_live_counts yr_live_counts(struct yr_live *l);

#endif
