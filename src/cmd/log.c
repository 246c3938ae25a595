/* SPDX-License-Identifier: Apache-2.0 */
/* What AppArmor wrote into the logs, as lines for people, as JSON, as libapparmor tells it. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "log/log.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_LIBAPPARMOR, OPT_JOURNAL };

/* Records that the kernel's log and the audit transport both have are remembered this long. */
enum { SEEN = 1024 };

struct log {
	bool json, libapparmor, journal;
	struct yr_log *reader;
	struct yr_buf out;
	uint64_t seen[SEEN];
	size_t n_seen;
};

/* FNV-1a over the audit id and the fields. */
static uint64_t hash(uint64_t h, const char *at, size_t len)
{
	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)at[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool was_seen(struct log *log, const struct yr_log_event *ev)
{
	const struct yr_log_bytes *id = &ev->text[YR_LOG_AUDIT_ID];
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	if (!id->at)
		return false;
	h = hash(hash(h, id->at, id->len), ev->record.at, ev->record.len);
	for (size_t i = 0; i < SEEN; i++)
		if (log->seen[i] == h)
			return true;
	log->seen[log->n_seen++ % SEEN] = h;
	return false;
}

static int show(void *ctx, const struct yr_log_event *ev)
{
	struct log *log = ctx;

	if (log->journal && was_seen(log, ev))
		return 0;
	log->out.len = 0;
	if (log->json) {
		yr_log_print_json(&log->out, ev);
		yr_buf_putc(&log->out, '\n');
	} else {
		yr_log_print_text(&log->out, ev);
	}
	if (log->out.failed)
		return -ENOMEM;
	fwrite(log->out.data, 1, log->out.len, stdout);
	/* Whoever reads has gone: no more is wanted. */
	return ferror(stdout) ? -EIO : 0;
}

static int read_fd(struct log *log, int fd, const char *name)
{
	struct yr_err err = { 0 };
	int r = yr_log_read(log->reader, fd, show, log, &err);

	if (r < 0 && err.code)
		yr_say("read '%s': %s", name, err.msg);
	else if (r == -ENOMEM)
		yr_say("out of memory");
	return r < 0 ? YR_EXIT_SYSTEM : YR_EXIT_OK;
}

static int read_file(struct log *log, const char *path)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (!strcmp(path, "-"))
		return read_fd(log, STDIN_FILENO, "standard input");
	/* /dev/kmsg has no end but where it would block. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY |
				(!stat(path, &st) && S_ISCHR(st.st_mode) ? O_NONBLOCK : 0));
	if (fd < 0) {
		yr_say("open '%s': %s", path, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	return read_fd(log, fd, path);
}

static int spawn_journalctl(int fd, pid_t *ret_pid)
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

static int read_journal(struct log *log)
{
	AUTO_CLOSE int from = -1;
	int fds[2], r, status, state;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		yr_say("pipe: %s", strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	from = fds[0];
	r = spawn_journalctl(fds[1], &pid);
	close(fds[1]);
	if (r) {
		yr_say("cannot run journalctl: %s", strerror(r));
		return YR_EXIT_SYSTEM;
	}
	status = read_fd(log, from, "journalctl");
	/* It must not wait for a reader when we have stopped early. */
	close(yr_take_fd(&from));
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	if (status == YR_EXIT_OK && (!WIFEXITED(state) || WEXITSTATUS(state))) {
		yr_say("journalctl failed");
		status = YR_EXIT_SYSTEM;
	}
	return status;
}

/* One record in one file, as the program that libapparmor is tested with prints it. */
static int show_upstream(struct log *log, const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;
	AUTO_FREE char *text = NULL;
	struct yr_log_event ev;
	struct yr_err err = { 0 };
	size_t len;

	if (yr_read_all(path, YR_LIMIT_LOG_LINE, &text, &len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	yr_log_parse(log->reader, text, len, true, &ev);
	log->out.len = 0;
	yr_log_print_upstream(&log->out, slash ? slash + 1 : path ? path : "stdin", &ev);
	if (log->out.failed) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	fwrite(log->out.data, 1, log->out.len, stdout);
	return YR_EXIT_OK;
}

static void say_count(uint64_t n, const char *one, const char *many)
{
	if (n)
		yr_say("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

static void say_counts(const struct yr_log_counts *c)
{
	say_count(c->cut, "record was cut: fields are missing at its end",
		  "records were cut: fields are missing at their ends");
	say_count(c->malformed, "line has apparmor= in it and is no record",
		  "lines have apparmor= in them and are no records");
	say_count(c->too_long, "line was too long and was skipped",
		  "lines were too long and were skipped");
	say_count(c->nul, "line has NUL bytes", "lines have NUL bytes");
}

static int read_all(struct log *log, char **args)
{
	static char *const input[] = { (char *)"-", NULL };
	int status = YR_EXIT_OK;

	if (log->journal)
		return read_journal(log);
	for (char *const *path = *args ? args : input; *path; path++) {
		bool from_stdin = !strcmp(*path, "-");

		status = yr_worse(status, log->libapparmor
						  ? show_upstream(log, from_stdin ? NULL : *path)
						  : read_file(log, *path));
		if (ferror(stdout))
			break;
	}
	return status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "journal", no_argument, NULL, OPT_JOURNAL },
		{ "libapparmor", no_argument, NULL, OPT_LIBAPPARMOR },
		{ NULL, 0, NULL, 0 },
	};
	struct log log = { 0 };
	int c, status;

	while ((c = getopt_long(argc, argv, ":h", options, NULL)) != -1) {
		if (c == 'h') {
			yr_print_help(&yr_cmd_log);
			return YR_EXIT_OK;
		}
		if (c != OPT_JSON && c != OPT_JOURNAL && c != OPT_LIBAPPARMOR)
			return yr_usage_option(&yr_cmd_log, c, argv);
		log.json |= c == OPT_JSON;
		log.journal |= c == OPT_JOURNAL;
		log.libapparmor |= c == OPT_LIBAPPARMOR;
	}
	if (log.journal && (argv[optind] || log.libapparmor))
		return yr_usage(&yr_cmd_log, "'--journal' goes with '--json' only");
	if (log.json && log.libapparmor)
		return yr_usage(&yr_cmd_log, "'--json' and '--libapparmor' are two forms");
	log.reader = yr_log_new();
	if (!log.reader) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	status = read_all(&log, argv + optind);
	say_counts(yr_log_counts(log.reader));
	yr_log_free(log.reader);
	yr_buf_done(&log.out);
	return status;
}

const struct yr_cmd yr_cmd_log = {
	.name = "log",
	.args = "[OPTION...] [FILE...]",
	.summary = "show AppArmor's records in logs of every form",
	.run = run,
	.help = "      --json            one JSON object a line\n"
		"      --journal         ask the journal, of this boot, instead of files\n"
		"      --libapparmor     one record in each file, as libapparmor's own test prints "
		"it\n"
		"  -h, --help\n"
		"Without a file, and for '-', standard input is read.\n",
};
