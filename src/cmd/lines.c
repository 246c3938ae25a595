/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool yr_lines_open(struct yr_lines *l, int fd, size_t limit)
{
	*l = (struct yr_lines){ .fd = fd, .size = limit + 1, .room = malloc(limit + 1) };
	return l->room;
}

void yr_lines_done(struct yr_lines *l)
{
	free(l->room);
	*l = (struct yr_lines){ .fd = -1 };
}

void yr_lines_restart(struct yr_lines *l, int fd)
{
	l->fd = fd;
	l->start = l->end = 0;
	l->skipping = false;
	l->number = 0;
}

/* A line that is complete; one that was too long is not given. */
static bool take(struct yr_lines *l, struct yr_str *ret)
{
	while (l->start < l->end) {
		char *at = l->room + l->start, *newline = memchr(at, '\n', l->end - l->start);
		bool skip = l->skipping;

		if (!newline)
			return false;
		*ret = (struct yr_str){ at, (size_t)(newline - at) };
		l->start += ret->len + 1;
		l->skipping = false;
		l->number++;
		if (!skip)
			return true;
	}
	return false;
}

int yr_lines_next(struct yr_lines *l, struct yr_str *ret)
{
	ssize_t n;

	while (!take(l, ret)) {
		memmove(l->room, l->room + l->start, l->end - l->start);
		l->end -= l->start;
		l->start = 0;
		if (l->skipping || l->end == l->size) {
			l->too_long += !l->skipping;
			l->skipping = true;
			l->end = 0;
		}
		n = read(l->fd, l->room + l->end, l->size - l->end);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN ? 0 : -errno;
		if (!n)
			return 0;
		l->end += (size_t)n;
	}
	return 1;
}

bool yr_lines_rest(struct yr_lines *l, struct yr_str *ret)
{
	*ret = (struct yr_str){ l->room + l->start, l->end - l->start };
	l->start = l->end;
	l->number += ret->len || l->skipping;
	return ret->len && !l->skipping;
}
