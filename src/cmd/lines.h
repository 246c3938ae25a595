/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a file that may still grow, or of a pipe; none longer than it may be. */
#ifndef YR_CMD_LINES_H
#define YR_CMD_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct yr_lines {
	int fd; /* borrowed */
	char *room;
	size_t size, start, end; /* of room; what is read and not yet given */
	bool skipping;           /* inside a line that is too long */
	uint64_t number;         /* of the line given last, from 1 */
	uint64_t too_long;       /* lines passed over */
};

/* False: memory is out. */
bool yr_lines_open(struct yr_lines *l, int fd, size_t limit);
void yr_lines_done(struct yr_lines *l);
/* From the start of another file. */
void yr_lines_restart(struct yr_lines *l, int fd);

/*
 * 1: *ret is a line without its newline, good until the next call. 0: the end, or the end for now
 * where the file grows, or @fd would block; what stands there without a newline stays. A negative
 * errno: it cannot be read.
 */
int yr_lines_next(struct yr_lines *l, struct yr_str *ret);
/* What stands there without a newline; true: something does. */
bool yr_lines_rest(struct yr_lines *l, struct yr_str *ret);

#endif
