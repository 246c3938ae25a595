/* SPDX-License-Identifier: Apache-2.0 */
/* Records of starts from the journal, from files and from standard input. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/events.h"
#include "cmd/log_read.h"

#define FIELDS                                                                                     \
	"--output-fields=SYSLOG_IDENTIFIER,_UID,YOROI_TIME,YOROI_ACTION,YOROI_OUTCOME,"            \
	"YOROI_CONTAINER_ID,YOROI_ROOT,YOROI_CONTAINER_NAME,YOROI_POD,YOROI_POD_NAMESPACE,"        \
	"YOROI_IMAGE,YOROI_HOSTNAME,YOROI_BUNDLE,YOROI_PROFILE,YOROI_MODE,YOROI_ASKED,"            \
	"YOROI_SOURCE,YOROI_SECCOMP,YOROI_RUNTIME,YOROI_REASON"

static int no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

static const char *name_of(const struct yr_event_source *s)
{
	return !s->path ? "the journal" : strcmp(s->path, "-") ? s->path : "standard input";
}

static int open_journal(struct yr_event_source *s, uint64_t since_ns, bool follow)
{
	char since[64], after[300];
	const char *argv[12] = { "journalctl", "--no-pager", "--quiet", "--output=json", FIELDS };
	size_t n = 5;
	int r;

	if (follow)
		argv[n++] = "--follow";
	if (follow)
		argv[n++] = "--lines=all";
	snprintf(since, sizeof(since), "--since=@%llu",
		 (unsigned long long)(since_ns / 1000000000));
	snprintf(after, sizeof(after), "--after-cursor=%s", s->cursor);
	if (follow && *s->cursor)
		argv[n++] = after;
	else if (since_ns)
		argv[n++] = since;
	argv[n] = "SYSLOG_IDENTIFIER=yoroi-runtime";
	r = yr_journal_open(argv, &s->fd, &s->pid);
	if (r == -ENOENT && s->optional)
		return YR_EXIT_OK;
	if (r < 0) {
		yr_say("cannot run journalctl: %s", strerror(-r));
		return YR_EXIT_SYSTEM;
	}
	s->open = true;
	s->follows = follow;
	return YR_EXIT_OK;
}

/* -1 with errno. Waits for nobody to open the other end of a FIFO. */
static int open_path(const struct yr_event_source *s)
{
	AUTO_CLOSE int fd = -1;
	struct stat st;

	if (!strcmp(s->path, "-"))
		fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	else
		fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &st) < 0)
		return -1;
	if (S_ISDIR(st.st_mode) || (s->grows && !S_ISREG(st.st_mode))) {
		errno = S_ISDIR(st.st_mode) ? EISDIR : ESPIPE;
		return -1;
	}
	if (strcmp(s->path, "-") != 0)
		fcntl(fd, F_SETFL, 0);
	return yr_take_fd(&fd);
}

static int open_file(struct yr_event_source *s)
{
	s->fd = open_path(s);
	if (s->fd < 0 && s->optional && errno == ENOENT)
		return YR_EXIT_OK;
	if (s->fd < 0) {
		yr_say("open '%s': %s", s->path,
		       errno == ESPIPE ? "only plain files can be followed" : strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	s->open = true;
	return YR_EXIT_OK;
}

int yr_event_source_open(struct yr_event_source *s, uint64_t since_ns)
{
	int status = s->path ? open_file(s) : open_journal(s, since_ns, false);

	if (s->open && !yr_lines_open(&s->lines, s->fd, YR_LIMIT_LOG_LINE))
		return no_memory();
	return status;
}

int yr_event_source_follow(struct yr_event_source *s, uint64_t since_ns)
{
	int status = open_journal(s, since_ns, true);

	if (s->open && !yr_lines_open(&s->lines, s->fd, YR_LIMIT_LOG_LINE))
		return no_memory();
	if (s->open)
		fcntl(s->fd, F_SETFL, O_NONBLOCK);
	return status;
}

void yr_event_source_reopen(struct yr_event_source *s)
{
	struct stat now, old;
	int fd;

	if (!s->path || !strcmp(s->path, "-") || stat(s->path, &now) < 0)
		return;
	if (s->open && !fstat(s->fd, &old) && now.st_ino == old.st_ino &&
	    now.st_dev == old.st_dev && now.st_size >= lseek(s->fd, 0, SEEK_CUR))
		return;
	fd = open_path(s);
	if (fd < 0)
		return;
	if (!s->open && !yr_lines_open(&s->lines, fd, YR_LIMIT_LOG_LINE)) {
		close(fd);
		return;
	}
	if (s->open)
		close(s->fd);
	s->open = true;
	s->fd = fd;
	yr_lines_restart(&s->lines, fd);
}

int yr_event_source_close(struct yr_event_source *s)
{
	int status = YR_EXIT_OK;

	if (!s->open)
		return status;
	if (s->broken > YR_LIMIT_BROKEN_TOLD)
		yr_say("%s: %llu more lines are no records", name_of(s),
		       (unsigned long long)(s->broken - YR_LIMIT_BROKEN_TOLD));
	if (s->lines.too_long)
		yr_say("%s: %llu line%s too long and skipped", name_of(s),
		       (unsigned long long)s->lines.too_long,
		       s->lines.too_long == 1 ? " was" : "s were");
	if (s->follows)
		kill(s->pid, SIGTERM);
	if (s->path)
		close(s->fd);
	else if (!yr_journal_close(s->fd, s->pid, !s->follows))
		status = s->follows ? YR_EXIT_OK : YR_EXIT_SYSTEM;
	yr_lines_done(&s->lines);
	s->open = false;
	s->broken = 0;
	return status;
}

static void keep_cursor(struct yr_event_source *s, struct yr_str line)
{
	json_t *json = json_loadb(line.at, line.len, 0, NULL);
	const char *cursor = json_string_value(json_object_get(json, "__CURSOR"));

	if (cursor && strlen(cursor) < sizeof(s->cursor))
		strcpy(s->cursor, cursor);
	json_decref(json);
}

/* 1: a start; 0: none of ours, or broken, which is told. */
static int parse(struct yr_event_source *s, struct yr_str line, struct yr_start **ret)
{
	struct yr_err err = { 0 };
	int r;

	/* The newline that keeps a line whole behind half a one. */
	if (!line.len)
		return 0;
	r = s->path ? yr_start_from_line(line.at, line.len, ret, &err)
		    : yr_start_from_journal(line.at, line.len, ret, &err);
	if (!s->path && s->grows)
		keep_cursor(s, line);
	if (!r)
		return 1;
	if (r == -ENOMEM)
		return no_memory(), -1;
	if (r != -ENOMSG && s->broken++ < YR_LIMIT_BROKEN_TOLD)
		yr_say("%s:%llu: %s; passed over", name_of(s), (unsigned long long)s->lines.number,
		       err.msg);
	return 0;
}

int yr_event_source_next(struct yr_event_source *s, bool last, struct yr_start **ret)
{
	struct yr_str line;
	int r;

	if (!s->open)
		return 0;
	while ((r = yr_lines_next(&s->lines, &line)) > 0) {
		r = parse(s, line, ret);
		if (r)
			return r;
	}
	if (r < 0) {
		yr_say("read %s: %s", name_of(s), strerror(-r));
		return -1;
	}
	return last && yr_lines_rest(&s->lines, &line) ? parse(s, line, ret) : 0;
}

bool yr_event_is_wanted(const struct yr_event_filter *f, const struct yr_start *s)
{
	if (s->time_ns < f->since_ns)
		return false;
	if (f->refused && s->outcome == YR_START_STARTED && !yr_start_is_weaker(s))
		return false;
	return !f->container || !strncmp(s->id, f->container, strlen(f->container)) ||
	       (s->name && !strcmp(s->name, f->container));
}

/* "90s", "30m", "2h", "7d": that long ago. */
static bool parse_ago(const char *text, uint64_t *ret_ns)
{
	static const struct {
		const char *unit;
		unsigned seconds;
	} units[] = { { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 } };
	unsigned long long n;
	time_t now = time(NULL);
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(end, units[i].unit) != 0)
			continue;
		if (errno || n > UINT32_MAX)
			return false;
		n *= units[i].seconds;
		*ret_ns = n > (uint64_t)now ? 0 : ((uint64_t)now - n) * 1000000000;
		return true;
	}
	return false;
}

bool yr_parse_since(const char *text, uint64_t *ret_ns)
{
	static const char *const forms[] = { "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S",
					     "%Y-%m-%dT%H:%M:%S",  "%Y-%m-%d %H:%M",
					     "%Y-%m-%d",           "@%s" };

	if (parse_ago(text, ret_ns))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		struct tm tm = { .tm_isdst = -1 };
		const char *end = strptime(text, forms[i], &tm);
		time_t t;

		if (!end || *end)
			continue;
		tm.tm_isdst = -1;
		t = i ? mktime(&tm) : timegm(&tm);
		if (t < 0 || (uint64_t)t > UINT64_MAX / 1000000000)
			return false;
		*ret_ns = (uint64_t)t * 1000000000;
		return true;
	}
	return false;
}
