/* SPDX-License-Identifier: Apache-2.0 */
/* Where logs come from, for the commands that read them. */
#ifndef YR_CMD_LOG_READ_H
#define YR_CMD_LOG_READ_H

#include "cmd/cmd.h"
#include "yoroi/log.h"

/* Records that the kernel's log and the audit transport both have are remembered this long. */
#define YR_LOG_SEEN 1024

/* Start from { 0 }. */
struct yr_log_seen {
	uint64_t at[YR_LOG_SEEN];
	size_t n;
};

/* Whether the same record came a short while ago; those without an audit id never did. */
bool yr_log_was_seen(struct yr_log_seen *seen, const struct yr_log_event *ev);

/* All of a file ("-": standard input), or of this boot's journal. Exit statuses, everything said. */
int yr_log_read_path(struct yr_log *log, const char *path, yr_log_event_fn fn, void *ctx);
int yr_log_read_journal(struct yr_log *log, yr_log_event_fn fn, void *ctx);
/*
 * journalctl with these arguments, NULL at the end; it writes into *ret_fd, which is the caller's
 * for yr_journal_close(). A negative errno: it cannot be run; -ENOENT: there is none.
 */
int yr_journal_open(const char *const *argv, int *ret_fd, pid_t *ret_pid);
/* Closes it, waits for its end; false: it failed, which is said when @say. */
bool yr_journal_close(int fd, pid_t pid, bool say);
/* What was wrong with the lines. */
void yr_log_say_counts(const struct yr_log_counts *c);

#endif
