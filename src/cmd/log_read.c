/* SPDX-License-Identifier: Apache-2.0 */
/* Logs from files, from standard input, and from the journal. */
#include "cmd/log_read.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"

/* FNV-1a over the audit id and the fields. */
static uint64_t hash(uint64_t h, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)at[i]) * UINT64_C(0x100000001b3);
	return h;
}

bool yr_log_was_seen(struct yr_log_seen *seen, const struct yr_log_event *ev)
{
	const struct yr_log_bytes *id = &ev->text[YR_LOG_AUDIT_ID];
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (!id->at)
		return false;
	h = hash(hash(h, id->at, id->len), ev->record.at, ev->record.len);
	for (size_t i = 0; i < YR_LOG_SEEN; i++)
		if (seen->at[i] == h)
			return true;
	seen->at[seen->n++ % YR_LOG_SEEN] = h;
	return false;
}

/* What makes text of a file that logrotate has compressed; NULL: it is none. */
static const char *unpacker(int fd)
{
	static const struct {
		const char *magic, *program;
	} known[] = {
		{ "\x1f\x8b", "zcat" },
		{ "\3757zXZ", "xzcat" },
		{ "\x28\xb5\x2f\xfd", "zstdcat" },
		{ "BZh", "bzcat" },
	};
	char begin[8] = { 0 };

	/* Of a pipe nothing may be read ahead. */
	if (pread(fd, begin, sizeof(begin), 0) < 0)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (!strncmp(begin, known[i].magic, strlen(known[i].magic)))
			return known[i].program;
	return NULL;
}

static int read_fd(struct yr_log *log, int fd, const char *name, yr_log_event_fn fn, void *ctx)
{
	const char *program = unpacker(fd);
	struct yr_err err = { 0 };
	int r;

	if (program) {
		yr_say("'%s' is compressed: pipe it in, '%s FILE | yoroi ... -'", name, program);
		return YR_EXIT_SYSTEM;
	}
	r = yr_log_read(log, fd, fn, ctx, &err);

	if (r < 0 && err.code)
		yr_say("read '%s': %s", name, err.msg);
	else if (r == -ENOMEM)
		yr_say("out of memory");
	return r < 0 ? YR_EXIT_SYSTEM : YR_EXIT_OK;
}

int yr_log_read_path(struct yr_log *log, const char *path, yr_log_event_fn fn, void *ctx)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (!strcmp(path, "-"))
		return read_fd(log, STDIN_FILENO, "standard input", fn, ctx);
	/* /dev/kmsg has no end but where it would block. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
				(!stat(path, &st) && S_ISCHR(st.st_mode) ? O_NONBLOCK : 0));
	if (fd < 0) {
		yr_say("open '%s': %s", path, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	return read_fd(log, fd, path, fn, ctx);
}

static int spawn(const char *const *argv, int fd, pid_t *ret_pid)
{
	posix_spawn_file_actions_t actions;
	int r = posix_spawn_file_actions_init(&actions);

	if (r)
		return r;
	r = posix_spawn_file_actions_adddup2(&actions, fd, STDOUT_FILENO);
	if (!r)
		r = posix_spawnp(ret_pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return r;
}

int yr_journal_open(const char *const *argv, int *ret_fd, pid_t *ret_pid)
{
	int fds[2], r;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -errno;
	r = spawn(argv, fds[1], ret_pid);
	close(fds[1]);
	if (r)
		close(fds[0]);
	else
		*ret_fd = fds[0];
	return -r;
}

bool yr_journal_close(int fd, pid_t pid, bool say)
{
	int state;

	/* It must not wait for a reader when we have stopped early. */
	close(fd);
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(state) && !WEXITSTATUS(state))
		return true;
	if (say)
		yr_say("journalctl failed");
	return false;
}

int yr_log_read_journal(struct yr_log *log, yr_log_event_fn fn, void *ctx)
{
	static const char *const argv[] = {
		"journalctl",
		"--no-pager",
		"--boot",
		"--output=json",
		"--output-fields=MESSAGE,_AUDIT_ID,_SOURCE_REALTIME_TIMESTAMP,_TRANSPORT,_HOSTNAME",
		"_TRANSPORT=kernel",
		"+",
		"_TRANSPORT=audit",
		NULL
	};
	int fd, r, status;
	pid_t pid;

	r = yr_journal_open(argv, &fd, &pid);
	if (r < 0) {
		yr_say("cannot run journalctl: %s", strerror(-r));
		return YR_EXIT_SYSTEM;
	}
	status = read_fd(log, fd, "journalctl", fn, ctx);
	/* That journalctl did not like us to stop is no news. */
	if (!yr_journal_close(fd, pid, status == YR_EXIT_OK))
		status = YR_EXIT_SYSTEM;
	return status;
}

static void say_count(uint64_t n, const char *one, const char *many)
{
	if (n)
		yr_say("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

void yr_log_say_counts(const struct yr_log_counts *c)
{
	say_count(c->cut, "record was cut: fields are missing at its end",
		  "records were cut: fields are missing at their ends");
	say_count(c->malformed, "line has apparmor= in it and is no record",
		  "lines have apparmor= in them and are no records");
	say_count(c->too_long, "line was too long and was skipped",
		  "lines were too long and were skipped");
	say_count(c->nul, "line has NUL bytes", "lines have NUL bytes");
}
