/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A start's line, in the journal by its native protocol (libsystemd cannot be linked statically),
 * or at the end of a file.
 */
#include "oci/record.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>

#include "oci/start.h"

/* How long a record may wait for the journal, or for others that write to the file. */
enum { WAIT_MS = 1000, STEP_MS = 2 };

static void put_field(struct yr_buf *out, const char *name, const char *text, size_t limit)
{
	yr_buf_printf(out, "%s=", name);
	/* No newline is left in it, so that the protocol's binary form is never needed. */
	yr_start_clean(out, text, limit);
	yr_buf_putc(out, '\n');
}

/* syslog's priorities: error, warning, information. */
static int priority(const struct yr_start *s)
{
	if (s->outcome == YR_START_REFUSED)
		return 3;
	if (s->outcome == YR_START_WEAKENED || yr_start_is_weaker(s))
		return 4;
	/* A profile that refuses nothing. */
	return s->mode && !strcmp(s->mode, "unconfined") ? 4 : 6;
}

static void put_entry(struct yr_buf *out, const struct yr_start *s)
{
	yr_buf_puts(out, "MESSAGE=");
	yr_start_message(s, out);
	yr_buf_printf(out, "\nPRIORITY=%d\nSYSLOG_IDENTIFIER=" YR_START_IDENTIFIER "\n",
		      priority(s));
	put_field(out, "YOROI_ACTION", yr_start_action_name(s->action), YR_LIMIT_START_NAME);
	yr_buf_printf(out, "YOROI_TIME=%llu\n", (unsigned long long)s->time_ns);
	put_field(out, "YOROI_OUTCOME", yr_start_outcome_name(s->outcome), YR_LIMIT_START_NAME);
	for (size_t i = 0; i < yr_start_n_fields; i++) {
		const struct yr_start_field *f = &yr_start_fields[i];
		const char *text = yr_start_get(s, f);

		if (text)
			put_field(out, f->journal, text, f->limit);
	}
}

static int send_entry(int fd, const struct sockaddr_un *to, const struct yr_buf *entry)
{
	for (int waited = 0;; waited += STEP_MS) {
		struct timespec step = { .tv_nsec = STEP_MS * 1000000 };
		ssize_t n = sendto(fd, entry->data, entry->len, MSG_NOSIGNAL,
				   (const struct sockaddr *)to, sizeof(*to));

		if (n >= 0)
			return 0;
		/* poll() does not tell of the queue of a peer that is not connected to. */
		if (errno == EAGAIN && waited < WAIT_MS)
			nanosleep(&step, NULL);
		else if (errno != EINTR)
			return -errno;
	}
}

static int write_journal(const char *path, const struct yr_start *s, struct yr_err *err)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	AUTO_BUF struct yr_buf entry = { 0 };
	AUTO_CLOSE int fd = -1;
	int r;

	if (strlen(path) >= sizeof(to.sun_path))
		return yr_err_set(err, ENAMETOOLONG,
				  "journal '%.200s': the path is too long for a "
				  "socket",
				  path);
	strcpy(to.sun_path, path);
	put_entry(&entry, s);
	if (entry.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = fd < 0 ? -errno : send_entry(fd, &to, &entry);
	if (r < 0)
		return yr_err_set(err, -r, "journal '%s': %s", path, strerror(-r));
	return 0;
}

/* The folder is made when only it is missing. */
static int open_file(const char *path, struct yr_err *err)
{
	const int flags =
		O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder =
		slash && slash > path ? strndup(path, (size_t)(slash - path)) : NULL;
	AUTO_CLOSE int fd = open(path, flags, 0600);
	struct stat st;

	if (fd < 0 && errno == ENOENT && folder && (!mkdir(folder, 0750) || errno == EEXIST))
		fd = open(path, flags, 0600);
	if (fd < 0)
		return yr_err_set(err, errno, "events file '%s': %s", path,
				  errno == ELOOP ? "is a symbolic link" : strerror(errno));
	if (fstat(fd, &st) < 0)
		return yr_err_set(err, errno, "events file '%s': %s", path, strerror(errno));
	if (!S_ISREG(st.st_mode))
		return yr_err_set(err, EINVAL, "events file '%s': is no regular file", path);
	return yr_take_fd(&fd);
}

/* Without the lock appending still works; it is for taking half a line back. */
static bool lock(int fd)
{
	for (int waited = 0; waited < WAIT_MS; waited += STEP_MS) {
		struct timespec step = { .tv_nsec = STEP_MS * 1000000 };

		if (!flock(fd, LOCK_EX | LOCK_NB))
			return true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return false;
		nanosleep(&step, NULL);
	}
	return false;
}

/* One write, which the kernel does not mix with others. -ENOSPC also stands for a short one. */
static int append(int fd, const struct yr_buf *line)
{
	bool locked = lock(fd);
	off_t end = lseek(fd, 0, SEEK_END);
	const char *at = line->data;
	size_t len = line->len;
	char last;
	ssize_t n;

	/* Behind somebody's half line ours starts on a new one. */
	if (!end || (pread(fd, &last, 1, end - 1) == 1 && last == '\n')) {
		at++;
		len--;
	}
	do
		n = write(fd, at, len);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)len)
		return 0;
	if (n < 0)
		return -errno;
	if (locked && end >= 0 && ftruncate(fd, end) < 0)
		return -errno;
	return -ENOSPC;
}

static int write_file(const char *path, const struct yr_start *s, struct yr_err *err)
{
	AUTO_BUF struct yr_buf line = { 0 };
	AUTO_CLOSE int fd = -1;
	int r;

	yr_buf_putc(&line, '\n');
	yr_start_json(s, &line);
	yr_buf_putc(&line, '\n');
	if (line.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	fd = open_file(path, err);
	if (fd < 0)
		return fd;
	r = append(fd, &line);
	return r < 0 ? yr_err_set(err, -r, "events file '%s': %s", path, strerror(-r)) : 0;
}

int yr_record_write(const struct yr_record_to *to, const struct yr_start *s, struct yr_err *err)
{
	const char *journal = to->journal ? to->journal : YR_RECORD_JOURNAL_SOCKET;
	const char *file = to->file ? to->file : YR_RECORD_FILE_PATH;
	struct yr_start now = *s;
	struct yr_err first = { 0 }, second = { 0 };

	if (!s->id)
		return yr_err_set(err, EINVAL, "a start without a container id is not recorded");
	if (!now.time_ns)
		now.time_ns = yr_start_now();
	if (to->where != YR_RECORD_FILE)
		write_journal(journal, &now, &first);
	if (to->where == YR_RECORD_FILE || to->where == YR_RECORD_BOTH ||
	    (to->where == YR_RECORD_AUTO && first.code))
		write_file(file, &now, &second);
	/* What the first could not, the second has done. */
	if (to->where == YR_RECORD_AUTO && first.code && !second.code)
		return 0;
	if (first.code && second.code)
		return yr_err_set(err, second.code, "%s; %s", first.msg, second.msg);
	if (first.code || second.code)
		return yr_err_set(err, first.code ? first.code : second.code, "%s",
				  first.code ? first.msg : second.msg);
	return 0;
}
