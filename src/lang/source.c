/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/source.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"

static int fail(int code, const char *why, const char **ret_why)
{
	*ret_why = why;
	return -code;
}

/* The constants of strerror(), without its buffer that threads share. */
static const char *errno_text(int code)
{
	const char *text = strerrordesc_np(code);

	return text ? text : "unknown error";
}

/* O_NONBLOCK: a FIFO without a writer must not hold us, nor a device's open. */
int yr_source_open(const char *path)
{
	return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
}

static int check_plain(const struct stat *st, const char **ret_why)
{
	if (S_ISDIR(st->st_mode))
		return fail(EISDIR, "it is a directory", ret_why);
	if (S_ISFIFO(st->st_mode))
		return fail(EINVAL, "it is a FIFO, not a file", ret_why);
	if (!S_ISREG(st->st_mode))
		return fail(EINVAL, "it is a device, not a file", ret_why);
	if (st->st_size > YR_LIMIT_SOURCE_BYTES)
		return fail(EFBIG, "it is larger than 8 MiB, the most that Yoroi reads as policy",
			    ret_why);
	return 0;
}

/* Up to the first end of file; a file that grows meanwhile is read as far as it was long. */
static ssize_t read_all(int fd, char *to, size_t size)
{
	size_t n = 0;

	while (n < size) {
		ssize_t got = read(fd, to + n, size - n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		if (!got)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static struct yr_source *new_source(struct yr_arena *arena, const char *name, char *text,
				    size_t len)
{
	struct yr_source *s = yr_arena_new(arena, struct yr_source);
	struct yr_line_hint *hint = yr_arena_new(arena, struct yr_line_hint);
	char *copy = yr_arena_strndup(arena, name, strlen(name));

	if (!s || !hint || !copy || !text)
		return NULL;
	*hint = (struct yr_line_hint){ text, 1 };
	*s = (struct yr_source){ .name = copy, .text = text, .len = len, .hint = hint };
	return s;
}

int yr_source_read_fd(struct yr_arena *arena, int fd, const struct stat *st, const char *name,
		      struct yr_source **ret_source, const char **ret_why)
{
	char *text;
	ssize_t n;
	int r = check_plain(st, ret_why);

	if (r < 0)
		return r;
	text = yr_arena_alloc(arena, (size_t)st->st_size + 1);
	if (!text)
		return fail(ENOMEM, "out of memory", ret_why);
	n = read_all(fd, text, (size_t)st->st_size);
	if (n < 0)
		return fail((int)-n, errno_text((int)-n), ret_why);
	text[n] = '\0';
	*ret_source = new_source(arena, name, text, (size_t)n);
	return *ret_source ? 0 : fail(ENOMEM, "out of memory", ret_why);
}

int yr_source_read(struct yr_arena *arena, const char *path, const char *name,
		   struct yr_source **ret_source, const char **ret_why)
{
	AUTO_CLOSE int fd = yr_source_open(path);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return fail(errno, errno_text(errno), ret_why);
	return yr_source_read_fd(arena, fd, &st, name, ret_source, ret_why);
}

struct yr_source *yr_source_new(struct yr_arena *arena, const char *name, struct yr_str text)
{
	return new_source(arena, name, yr_arena_strndup(arena, text.at, text.len), text.len);
}
