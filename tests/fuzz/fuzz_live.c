/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on what the kernel sends while it runs: an even first byte makes one datagram of the
 * audit multicast of the rest, an odd one what reading /dev/kmsg gave. What comes out is one line
 * and whole, its reader finds at most one record in it, and what is none leaves nothing behind.
 */
#include <stdint.h>
#include <stdlib.h>

#include "log/live_parts.h"
#include "log/log.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int count(void *ctx, const struct yr_log_event *ev)
{
	if (ev->type == YR_LOG_INVALID || ev->type >= YR_LOG_TYPES)
		abort();
	++*(int *)ctx;
	return 0;
}

static void check(enum yr_live_what what, const struct yr_buf *line)
{
	static struct yr_log *log;
	int events = 0;

	if (what != YR_LIVE_LINE) {
		if (line->len)
			abort();
		return;
	}
	if (!line->len || memchr(line->data, '\n', line->len) != line->data + line->len - 1 ||
	    memchr(line->data, '\r', line->len))
		abort();
	if (!log && !(log = yr_log_new()))
		abort();
	if (yr_log_feed(log, line->data, line->len, count, &events) < 0 || events > 1)
		abort();
	yr_log_end(log, count, &events);
	if (events > 1)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct yr_buf line = { 0 };
	struct yr_kmsg kmsg;
	char *copy;

	if (!size)
		return 0;
	/* A copy of the right size: reading past its end shows. */
	copy = malloc(size > 1 ? size - 1 : 1);
	if (!copy)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (data[0] & 1)
		check(yr_live_kmsg_line(copy, size - 1, &line, &kmsg), &line);
	else
		check(yr_live_audit_line(copy, size - 1, &line), &line);
	free(copy);
	return 0;
}
