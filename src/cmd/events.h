/* SPDX-License-Identifier: Apache-2.0 */
/* Between reading records of starts and showing them. */
#ifndef YR_CMD_EVENTS_H
#define YR_CMD_EVENTS_H

#include <sys/types.h>

#include "cmd/cmd.h"
#include "cmd/lines.h"
#include "oci/record.h"

/* Starts that are told at once, the last ones: some 2 KiB each. */
#define YR_LIMIT_EVENTS 20000
/* Broken lines that are told one by one. */
#define YR_LIMIT_BROKEN_TOLD 5

/* One place that records are in. */
struct yr_event_source {
	const char *path; /* of a file, "-": standard input; NULL: the journal */
	bool optional;    /* that it is not there is no news */
	bool grows;       /* it is followed */
	bool open;
	bool follows; /* the journal: this journalctl goes on */
	int fd;
	pid_t pid; /* journalctl's */
	struct yr_lines lines;
	char cursor[256]; /* of the journal's last entry; empty: none yet */
	uint64_t broken;
};

/* Which starts are wanted. */
struct yr_event_filter {
	uint64_t since_ns;
	const char *container; /* id, the beginning of one, or name; NULL: any */
	bool refused;          /* only those, and weakened ones */
};

/*
 * Open it at its beginning, or the journal, where that is enough, at @since_ns; to be closed in any
 * case. Returns an exit status, everything said.
 */
int yr_event_source_open(struct yr_event_source *s, uint64_t since_ns);
/* The journal from behind the last entry that was read, and whatever comes. */
int yr_event_source_follow(struct yr_event_source *s, uint64_t since_ns);
/*
 * The next start: 1, and *ret is the caller's. 0: there is none (yet). What is broken is told and
 * passed over. -1: the source is at fault, everything said. @last: nothing will come behind.
 */
int yr_event_source_next(struct yr_event_source *s, bool last, struct yr_start **ret);
/* A file that is another one now, or shorter, is read from its start. */
void yr_event_source_reopen(struct yr_event_source *s);
/* Returns an exit status: journalctl may have failed. */
int yr_event_source_close(struct yr_event_source *s);

bool yr_event_is_wanted(const struct yr_event_filter *f, const struct yr_start *s);

/* "2h", "2026-11-22", "2026-11-22 16:25[:36]", "2026-11-22T16:25:36Z", "@1795364736"; false: none. */
bool yr_parse_since(const char *text, uint64_t *ret_ns);

void yr_event_print(const struct yr_start *s, bool json);

#endif
