/* SPDX-License-Identifier: Apache-2.0 */
/* Records of starts on a scratch machine: a journal of our own, files, state, hostile texts. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "oci/drift.h"
#include "oci/start.h"

struct scratch {
	char dir[64], run[96], file[96], socket[96];
};

static int one_gone(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st, (void)type, (void)ftw;
	return remove(path);
}

static int setup(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	if (!s)
		return -1;
	strcpy(s->dir, "/tmp/yr-record-XXXXXX");
	if (!mkdtemp(s->dir))
		return -1;
	snprintf(s->run, sizeof(s->run), "%s/run", s->dir);
	snprintf(s->file, sizeof(s->file), "%s/log/events", s->dir);
	snprintf(s->socket, sizeof(s->socket), "%s/journal", s->dir);
	*state = s;
	return 0;
}

static int teardown(void **state)
{
	struct scratch *s = *state;
	int r = nftw(s->dir, one_gone, 16, FTW_DEPTH | FTW_PHYS);

	free(s);
	return r;
}

static const struct yr_start web = {
	.time_ns = UINT64_C(1795364736123456789), /* 2026-11-22T16:25:36.123456789Z */
	.action = YR_START_CREATE,
	.id = "4f2a",
	.root = "/run/runc",
	.name = "web",
	.pod = "shop",
	.pod_namespace = "prod",
	.image = "nginx:1.25",
	.bundle = "/run/b",
	.profile = "docker-default",
	.mode = "enforce",
	.asked = "localhost/docker-default",
	.source = "process.apparmorProfile",
	.seccomp = "given",
	.runtime = "/usr/sbin/runc",
};

static void same_start(const struct yr_start *a, const struct yr_start *b)
{
	assert_int_equal(a->action, b->action);
	assert_int_equal(a->outcome, b->outcome);
	assert_true(a->time_ns == b->time_ns);
	for (size_t i = 0; i < yr_start_n_fields; i++) {
		const char *x = yr_start_get(a, &yr_start_fields[i]);
		const char *y = yr_start_get(b, &yr_start_fields[i]);

		assert_int_equal(!x, !y);
		if (x)
			assert_string_equal(x, y);
	}
}

/* All of the file. */
static char *slurp(const char *path, size_t *ret_len)
{
	AUTO_CLOSE int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct yr_buf b = { 0 };
	char chunk[4096];
	ssize_t n;

	assert_true(fd >= 0);
	yr_buf_puts(&b, "");
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		yr_buf_put(&b, chunk, (size_t)n);
	return yr_buf_steal(&b, ret_len);
}

static int journal(const char *path)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(at.sun_path, sizeof(at.sun_path), "%s", path);
	assert_return_code(bind(fd, (const struct sockaddr *)&at, sizeof(at)), errno);
	return fd;
}

/* What the journal would keep of the next datagram, as journalctl -o json shows it. */
static char *entry(int fd)
{
	char text[65536];
	ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
	json_t *all = json_object();
	char *rest, *line, *out;

	assert_true(n > 0);
	assert_int_equal(text[n - 1], '\n');
	assert_null(memchr(text, '\0', (size_t)n));
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		char *equal = strchr(line, '=');

		assert_non_null(equal);
		*equal = '\0';
		/* A line of its own would be a field of the attacker's. */
		assert_int_equal(strspn(line, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_"), strlen(line));
		assert_null(json_object_get(all, line));
		assert_int_equal(json_object_set_new(all, line, json_string(equal + 1)), 0);
	}
	json_object_set_new(all, "__REALTIME_TIMESTAMP", json_string("1795364736123456"));
	json_object_set_new(all, "_UID", json_string("1000"));
	out = json_dumps(all, 0);
	json_decref(all);
	return out;
}

static void what_goes_into_the_file_comes_back(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_FILE, .file = s->file };
	struct yr_start *back = NULL, start = web;
	struct yr_err err = { 0 };
	struct stat st;
	size_t len;
	char *text;

	for (int action = 0; action < YR_START_ACTIONS; action++)
		for (int outcome = 0; outcome < YR_START_OUTCOMES; outcome++) {
			start.action = (enum yr_start_action)action;
			start.outcome = (enum yr_start_outcome)outcome;
			unlink(s->file);
			assert_int_equal(yr_record_write(&to, &start, &err), 0);
			text = slurp(s->file, &len);
			assert_int_equal(text[len - 1], '\n');
			assert_ptr_equal(strchr(text, '\n'), text + len - 1);
			assert_int_equal(yr_start_from_line(text, len, &back, &err), 0);
			same_start(&start, back);
			assert_int_equal(back->writer, -1);
			yr_start_free(back);
			free(text);
		}
	assert_int_equal(stat(s->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void the_journal_gets_fields_and_a_sentence(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .journal = s->socket, .file = s->file };
	AUTO_CLOSE int fd = journal(s->socket);
	struct yr_start *back = NULL, start = web;
	struct yr_err err = { 0 };
	char *text;

	assert_int_equal(yr_record_write(&to, &web, &err), 0);
	assert_int_equal(access(s->file, F_OK), -1);
	text = entry(fd);
	assert_non_null(strstr(text, "\"Created container web; Security:[seccomp=given "
				     "apparmor=docker-default]\""));
	assert_non_null(strstr(text, "\"PRIORITY\": \"6\""));
	assert_int_equal(yr_start_from_journal(text, strlen(text), &back, &err), 0);
	/* The journal's time is its own, in microseconds. */
	assert_true(back->time_ns == UINT64_C(1795364736123456000));
	assert_int_equal(back->writer, 1000);
	start.time_ns = back->time_ns;
	same_start(&start, back);
	yr_start_free(back);
	free(text);
}

static void the_sentence_says_what_happened(void **state)
{
	static const struct {
		struct yr_start start;
		const char *says;
	} cases[] = {
		{ { .id = "x" },
		  "Created container x; Security:[seccomp=unconfined apparmor=unconfined]" },
		{ { .id = "x", .name = "web", .profile = "p", .action = YR_START_RUN },
		  "Created container web; Security:[seccomp=unconfined apparmor=p]" },
		{ { .id = "x", .profile = "p", .action = YR_START_EXEC },
		  "Started a process in container x; Security:[seccomp=unconfined apparmor=p]" },
		{ { .id = "x",
		    .asked = "p",
		    .outcome = YR_START_WEAKENED,
		    .reason = "it is not loaded" },
		  "Created container x; Security:[seccomp=unconfined apparmor=unconfined] although "
		  "asked for p: it is not loaded" },
		{ { .id = "x", .asked = "unconfined" },
		  "Created container x; Security:[seccomp=unconfined apparmor=unconfined]" },
		{ { .id = "x",
		    .profile = "p",
		    .outcome = YR_START_REFUSED,
		    .reason = "no such profile" },
		  "Refused container x; Security:[seccomp=unconfined apparmor=p]: no such "
		  "profile" },
		{ { .id = "x", .action = YR_START_EXEC, .outcome = YR_START_REFUSED, .reason = "r" },
		  "Refused a process in container x: r" },
		{ { .id = "x",
		    .asked = "unconfined",
		    .outcome = YR_START_REFUSED,
		    .reason = "forbidden" },
		  "Refused container x; Security:[seccomp=unconfined apparmor=unconfined]: "
		  "forbidden" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf b = { 0 };

		yr_start_message(&cases[i].start, &b);
		assert_string_equal(b.data, cases[i].says);
	}
}

static void no_control_character_gets_through_in_any_field(void **state)
{
	static const struct {
		const char *text, *clean;
	} forged[] = {
		{ "a\nYOROI_PROFILE=x", "a\\x0aYOROI_PROFILE=x" },
		{ "\033[2Jgone", "\\x1b[2Jgone" },
		{ "\xc2\x9b"
		  "31m",
		  "\\xc2\\x9b31m" }, /* the same in one character */
		{ "\xe2\x80\xae"
		  "abc",
		  "\\xe2\\x80\\xae"
		  "abc" }, /* turns the line around */
		{ "\xff\xfe", "\\xff\\xfe" },
		{ "\xc3", "\\xc3" },
		{ "tab\there\x7f\r", "tab\\x09here\\x7f\\x0d" },
		{ "quote\"back\\slash", "quote\"back\\slash" },
		{ "\xe9\x8e\xa7 \xf0\x9f\x9b\xa1", "\xe9\x8e\xa7 \xf0\x9f\x9b\xa1" },
	};
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_BOTH, .journal = s->socket, .file = s->file };
	AUTO_CLOSE int fd = journal(s->socket);
	struct yr_err err = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(forged); i++)
		for (size_t f = 0; f < yr_start_n_fields; f++) {
			struct yr_start start = web, *back[2] = { NULL };
			AUTO_FREE char *line = NULL;
			AUTO_FREE char *text = NULL;
			size_t len;

			unlink(s->file);
			*yr_start_text(&start, &yr_start_fields[f]) = forged[i].text;
			assert_int_equal(yr_record_write(&to, &start, &err), 0);
			line = slurp(s->file, &len);
			assert_ptr_equal(strchr(line, '\n'), line + len - 1);
			for (size_t k = 0; k + 1 < len; k++)
				assert_true((unsigned char)line[k] >= 0x20 && line[k] != 0x7f);
			text = entry(fd);
			assert_int_equal(yr_start_from_line(line, len, &back[0], &err), 0);
			assert_int_equal(yr_start_from_journal(text, strlen(text), &back[1], &err),
					 0);
			for (int k = 0; k < 2; k++) {
				assert_string_equal(yr_start_get(back[k], &yr_start_fields[f]),
						    forged[i].clean);
				yr_start_free(back[k]);
			}
		}
}

/* What others wrote is cleaned when it is read, too. */
static void a_hostile_line_is_read_without_its_controls(void **state)
{
	static const char line[] =
		"{\"time\":\"2026-11-22T16:25:36.123456789Z\",\"action\":\"exec\","
		"\"outcome\":\"started\",\"id\":\"a\\u001b[31m\\nb\\u009b\"}";
	struct yr_start *back = NULL;
	struct yr_err err = { 0 };

	(void)state;
	assert_int_equal(yr_start_from_line(line, strlen(line), &back, &err), 0);
	assert_string_equal(back->id, "a\\x1b[31m\\x0ab\\xc2\\x9b");
	yr_start_free(back);
}

static void broken_lines_are_told(void **state)
{
#define TIME "\"time\":\"2026-11-22T16:25:36.123456789Z\","
#define REST "\"action\":\"run\",\"outcome\":\"started\""
	static const struct {
		const char *line, *why;
	} cases[] = {
		{ "", "no JSON" },
		{ "{", "no JSON" },
		{ "[]", "no JSON object" },
		{ "{" TIME REST "}", "names no container" },
		{ "{" TIME REST ",\"id\":7}", "'id' is no text" },
		{ "{" TIME REST ",\"id\":\"a\",\"id\":\"b\"}", "duplicate" },
		{ "{" TIME REST ",\"id\":\"a\\u0000b\"}", "no JSON" },
		{ "{" TIME REST ",\"id\":\"a\"} {}", "no JSON" },
		{ "{" REST ",\"id\":\"a\"}", "no time" },
		{ "{\"time\":\"2026-11-22 16:25:36.123456789Z\"," REST ",\"id\":\"a\"}",
		  "no time" },
		{ "{\"time\":\"2026-99-22T16:25:36.123456789Z\"," REST ",\"id\":\"a\"}",
		  "no time" },
		{ "{\"time\":\"1926-11-22T16:25:36.123456789Z\"," REST ",\"id\":\"a\"}",
		  "no time" },
		{ "{\"time\":\"9926-11-22T16:25:36.123456789Z\"," REST ",\"id\":\"a\"}",
		  "no time" },
		{ "{\"time\":8," REST ",\"id\":\"a\"}", "no time" },
		{ "{" TIME "\"action\":\"frob\",\"outcome\":\"started\",\"id\":\"a\"}", "action" },
		{ "{" TIME "\"action\":\"run\",\"outcome\":\"frob\",\"id\":\"a\"}", "outcome" },
		{ "{" TIME "\"action\":\"run\",\"outcome\":null,\"id\":\"a\"}", "outcome" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_start *back = NULL;
		struct yr_err err = { 0 };

		assert_int_equal(yr_start_from_line(cases[i].line, strlen(cases[i].line), &back,
						    &err),
				 -EBADMSG);
		if (!strstr(err.msg, cases[i].why))
			fail_msg("'%s': '%s' does not say '%s'", cases[i].line, err.msg,
				 cases[i].why);
		assert_null(back);
	}
}

static void every_beginning_of_a_line_is_refused(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };

	(void)state;
	yr_start_json(&web, &b);
	for (size_t i = 0; i < b.len; i++) {
		struct yr_start *back = NULL;

		assert_int_equal(yr_start_from_line(b.data, i, &back, NULL), -EBADMSG);
	}
}

static void entries_of_others_are_none_of_ours(void **state)
{
	static const struct {
		const char *entry;
		int r;
	} cases[] = {
		{ "{\"MESSAGE\":\"x\"}", -ENOMSG },
		{ "{\"SYSLOG_IDENTIFIER\":\"runc\",\"YOROI_CONTAINER_ID\":\"a\"}", -ENOMSG },
		{ "{\"SYSLOG_IDENTIFIER\":\"yoroi-runtime\",\"MESSAGE\":\"hello\"}", -ENOMSG },
		{ "{\"SYSLOG_IDENTIFIER\":[\"yoroi-runtime\",\"x\"],\"YOROI_CONTAINER_ID\":\"a\"}",
		  -ENOMSG },
		{ "{\"SYSLOG_IDENTIFIER\":\"yoroi-runtime\",\"YOROI_CONTAINER_ID\":\"a\"}",
		  -EBADMSG },
		{ "{\"SYSLOG_IDENTIFIER\":\"yoroi-runtime\",\"__REALTIME_TIMESTAMP\":\"1\","
		  "\"YOROI_ACTION\":\"run\",\"YOROI_OUTCOME\":\"started\","
		  "\"YOROI_CONTAINER_ID\":[97,10,98]}",
		  -EBADMSG },
		{ "{\"SYSLOG_IDENTIFIER\":\"yoroi-runtime\",\"__REALTIME_TIMESTAMP\":\"-1\","
		  "\"YOROI_ACTION\":\"run\",\"YOROI_OUTCOME\":\"started\","
		  "\"YOROI_CONTAINER_ID\":\"a\"}",
		  -EBADMSG },
		{ "nothing", -EBADMSG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_start *back = NULL;
		struct yr_err err = { 0 };

		assert_int_equal(yr_start_from_journal(cases[i].entry, strlen(cases[i].entry),
						       &back, &err),
				 cases[i].r);
		assert_null(back);
	}
}

static void long_texts_are_cut_and_say_so(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_BOTH, .journal = s->socket, .file = s->file };
	AUTO_CLOSE int fd = journal(s->socket);
	char text[YR_LIMIT_START_TEXT * 3];

	/* In a character that takes three bytes, one that takes twelve, and plain ones. */
	for (int kind = 0; kind < 3; kind++)
		for (size_t f = 0; f < yr_start_n_fields; f++) {
			const struct yr_start_field *field = &yr_start_fields[f];
			struct yr_start start = web, *back = NULL;
			AUTO_FREE char *line = NULL;
			struct yr_err err = { 0 };
			const char *cut;
			size_t len;

			memset(text, kind == 1 ? '\001' : 'a', sizeof(text));
			for (size_t i = 0; kind == 0 && i < sizeof(text); i += 3)
				memcpy(text + i, "\xe9\x8e\xa7", 3);
			text[sizeof(text) - 3] = '\0';
			unlink(s->file);
			*yr_start_text(&start, field) = text;
			assert_int_equal(yr_record_write(&to, &start, &err), 0);
			free(entry(fd));
			line = slurp(s->file, &len);
			assert_int_equal(yr_start_from_line(line, len, &back, &err), 0);
			cut = yr_start_get(back, field);
			assert_true(strlen(cut) <= field->limit && strlen(cut) > field->limit - 8);
			assert_string_equal(cut + strlen(cut) - 3, "...");
			assert_int_equal(yr_utf8_prefix(cut, strlen(cut)), strlen(cut));
			yr_start_free(back);
		}
	/* What just fits is whole. */
	memset(text, 'a', YR_LIMIT_START_NAME);
	text[YR_LIMIT_START_NAME] = '\0';
	{
		AUTO_BUF struct yr_buf b = { 0 };

		yr_start_clean(&b, text, YR_LIMIT_START_NAME);
		assert_string_equal(b.data, text);
	}
}

static void fifty_processes_append_fifty_whole_lines(void **state)
{
	enum { PROCESSES = 50, EACH = 4 };
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_FILE, .file = s->file };
	bool seen[PROCESSES][EACH] = { 0 };
	char *text, *line, *rest;
	char big[3000];
	size_t len, n = 0;

	memset(big, 'r', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	for (int i = 0; i < PROCESSES; i++) {
		pid_t pid = fork();

		assert_true(pid >= 0);
		if (pid)
			continue;
		for (int k = 0; k < EACH; k++) {
			struct yr_start start = web;
			char id[32];

			snprintf(id, sizeof(id), "c%d-%d", i, k);
			start.id = id;
			start.reason = big;
			if (yr_record_write(&to, &start, NULL) < 0)
				_exit(1);
		}
		_exit(0);
	}
	for (int i = 0; i < PROCESSES; i++) {
		int status;

		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	text = slurp(s->file, &len);
	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest), n++) {
		struct yr_start *back = NULL;
		int i, k;

		assert_int_equal(yr_start_from_line(line, strlen(line), &back, NULL), 0);
		assert_int_equal(sscanf(back->id, "c%d-%d", &i, &k), 2);
		assert_false(seen[i][k]);
		seen[i][k] = true;
		yr_start_free(back);
	}
	assert_int_equal(n, PROCESSES * EACH);
	free(text);
}

/* A file that may not grow stands for a full disk: what did fit is taken back. */
static void a_full_disk_is_told_and_leaves_no_half_line(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_FILE, .file = s->file };
	struct yr_err err = { 0 };
	struct rlimit old, small;
	size_t before, after;
	char *text;
	void (*handler)(int);
	int r;

	assert_int_equal(yr_record_write(&to, &web, &err), 0);
	text = slurp(s->file, &before);
	free(text);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = before + 20;
	handler = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = yr_record_write(&to, &web, &err);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	assert_int_equal(r, -ENOSPC);
	assert_non_null(strstr(err.msg, s->file));
	text = slurp(s->file, &after);
	assert_int_equal(after, before);
	free(text);
}

static void half_a_line_does_not_take_the_next_with_it(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .where = YR_RECORD_FILE, .file = s->file };
	struct yr_start *back = NULL;
	FILE *f;
	char *text;
	size_t len;

	assert_int_equal(yr_record_write(&to, &web, NULL), 0);
	f = fopen(s->file, "a");
	fputs("{\"time\":\"2026-11", f);
	fclose(f);
	assert_int_equal(yr_record_write(&to, &web, NULL), 0);
	text = slurp(s->file, &len);
	text[len - 1] = '\0';
	assert_int_equal(yr_start_from_line(strrchr(text, '\n') + 1,
					    strlen(strrchr(text, '\n') + 1), &back, NULL),
			 0);
	yr_start_free(back);
	free(text);
}

static void what_is_no_plain_file_is_not_written_to(void **state)
{
	const struct scratch *s = *state;
	char other[128], path[128];
	struct yr_record_to to = { .where = YR_RECORD_FILE, .file = path };
	struct yr_err err = { 0 };
	struct stat st;

	snprintf(other, sizeof(other), "%s/other", s->dir);
	snprintf(path, sizeof(path), "%s/link", s->dir);
	close(open(other, O_CREAT | O_WRONLY, 0600));
	assert_int_equal(symlink(other, path), 0);
	assert_true(yr_record_write(&to, &web, &err) < 0);
	assert_non_null(strstr(err.msg, "symbolic link"));
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_size, 0);

	err = (struct yr_err){ 0 };
	snprintf(path, sizeof(path), "%s/fifo", s->dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	alarm(20);
	assert_true(yr_record_write(&to, &web, &err) < 0);
	alarm(0);
	assert_non_null(strstr(err.msg, path));

	err = (struct yr_err){ 0 };
	snprintf(path, sizeof(path), "/dev/full");
	assert_true(yr_record_write(&to, &web, &err) < 0);
	assert_non_null(strstr(err.msg, "no regular file"));
}

static void without_a_journal_the_file_gets_it(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .journal = s->socket, .file = s->file };
	struct yr_err err = { 0 };
	size_t len;

	assert_int_equal(yr_record_write(&to, &web, &err), 0);
	free(slurp(s->file, &len));
	assert_true(len > 100);
	/* One that nobody listens to any more. */
	close(journal(s->socket));
	unlink(s->file);
	assert_int_equal(yr_record_write(&to, &web, &err), 0);
	assert_int_equal(err.code, 0);
	free(slurp(s->file, &len));
	assert_true(len > 100);
	to.where = YR_RECORD_JOURNAL;
	assert_int_equal(yr_record_write(&to, &web, &err), -ECONNREFUSED);
	assert_non_null(strstr(err.msg, s->socket));
	err = (struct yr_err){ 0 };
	to.where = YR_RECORD_AUTO;
	to.file = "/dev/full";
	assert_true(yr_record_write(&to, &web, &err) < 0);
	assert_non_null(strstr(err.msg, s->socket));
	assert_non_null(strstr(err.msg, "/dev/full"));
	err = (struct yr_err){ 0 };
	to.where = YR_RECORD_BOTH;
	to.file = s->file;
	assert_true(yr_record_write(&to, &web, &err) < 0);
}

static void a_journal_that_does_not_read_costs_a_second(void **state)
{
	const struct scratch *s = *state;
	struct yr_record_to to = { .journal = s->socket, .file = s->file };
	AUTO_CLOSE int fd = journal(s->socket);
	struct timespec from, until;
	int n = 0;

	assert_true(fd >= 0);
	clock_gettime(CLOCK_MONOTONIC, &from);
	while (access(s->file, F_OK) < 0 && n++ < 10000)
		assert_int_equal(yr_record_write(&to, &web, NULL), 0);
	clock_gettime(CLOCK_MONOTONIC, &until);
	assert_int_equal(access(s->file, F_OK), 0);
	assert_in_range(until.tv_sec - from.tv_sec, 0, 10);
}

static void a_socket_path_that_is_too_long_is_refused(void **state)
{
	struct yr_err err = { 0 };
	char path[300];
	struct yr_record_to to = { .where = YR_RECORD_JOURNAL, .journal = path };

	(void)state;
	memset(path, '/', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(yr_record_write(&to, &web, &err), -ENAMETOOLONG);
}

static void state_comes_back_exactly(void **state)
{
	const struct scratch *s = *state;
	struct yr_start start = web, *back = NULL;
	struct yr_err err = { 0 };

	start.profile = "odd \033[31m\nname\x7f\"\\ \xe9\x8e\xa7";
	assert_int_equal(yr_state_put(s->run, &start, &err), 0);
	assert_int_equal(yr_state_get(s->run, "/run/runc", "4f2a", &back, &err), 0);
	same_start(&start, back);
	back = yr_start_free(back);
	/* Another runtime's container of that id is another one. */
	assert_int_equal(yr_state_get(s->run, "/run/crun", "4f2a", &back, &err), -ENOENT);
	assert_int_equal(yr_state_get(s->run, NULL, "4f2a", &back, NULL), -ENOENT);
	start.root = NULL;
	start.profile = "none";
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_get(s->run, NULL, "4f2a", &back, NULL), 0);
	assert_string_equal(back->profile, "none");
	back = yr_start_free(back);
	assert_int_equal(yr_state_remove(s->run, NULL, "4f2a", NULL), 0);
	assert_int_equal(yr_state_remove(s->run, NULL, "4f2a", NULL), 0);
	assert_int_equal(yr_state_get(s->run, NULL, "4f2a", &back, NULL), -ENOENT);
	assert_int_equal(yr_state_get(s->run, "/run/runc", "4f2a", &back, NULL), 0);
	yr_start_free(back);
}

static void ids_that_lead_elsewhere_are_refused(void **state)
{
	static const char *const ids[] = { "",        ".",    "..",    "../x", "a/b", "/etc/passwd",
					   ".hidden", "a\nb", "a\033b" };
	const struct scratch *s = *state;
	struct yr_start start = web, *back = NULL;
	char longest[YR_LIMIT_CONTAINER_ID + 2];
	char path[128];

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		struct yr_err err = { 0 };

		start.id = ids[i];
		assert_int_equal(yr_state_put(s->run, &start, &err), -EINVAL);
		assert_non_null(strstr(err.msg, "container id"));
		assert_int_equal(yr_state_get(s->run, NULL, ids[i], &back, NULL), -EINVAL);
		assert_int_equal(yr_state_remove(s->run, NULL, ids[i], NULL), -EINVAL);
	}
	start.id = NULL;
	assert_int_equal(yr_state_put(s->run, &start, NULL), -EINVAL);
	start.id = "a\xff";
	assert_int_equal(yr_state_put(s->run, &start, NULL), -EINVAL);
	snprintf(path, sizeof(path), "%s/x", s->dir);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(s->run, F_OK), -1);
	memset(longest, 'i', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	start.id = longest;
	assert_int_equal(yr_state_put(s->run, &start, NULL), -EINVAL);
	longest[sizeof(longest) - 2] = '\0';
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_get(s->run, start.root, longest, &back, NULL), 0);
	assert_string_equal(back->id, longest);
	yr_start_free(back);
}

/* The one file of the state, which a test may damage. */
static void state_path(const struct scratch *s, char *ret, size_t size)
{
	AUTO_CLOSEDIR DIR *d = NULL;
	struct dirent *e;
	char folder[128];

	snprintf(folder, sizeof(folder), "%s/containers", s->run);
	d = opendir(folder);
	assert_non_null(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.')
			snprintf(ret, size, "%s/%s", folder, e->d_name);
}

static void damaged_state_is_told_and_others_are_listed(void **state)
{
	const struct scratch *s = *state;
	struct yr_start start = web, *back = NULL;
	struct yr_states all = { 0 };
	struct yr_err err = { 0 };
	char path[512];
	FILE *f;

	assert_int_equal(yr_state_list(s->run, &all, &err), 0);
	assert_int_equal(all.n, 0);
	assert_int_equal(yr_state_put(s->run, &web, NULL), 0);
	state_path(s, path, sizeof(path));
	f = fopen(path, "w");
	fputs("{\"time\":", f);
	fclose(f);
	assert_int_equal(yr_state_get(s->run, web.root, web.id, &back, &err), -EBADMSG);
	assert_non_null(strstr(err.msg, path));
	/* Another container's file under this one's name. */
	start.id = "other";
	f = fopen(path, "w");
	{
		AUTO_BUF struct yr_buf b = { 0 };

		yr_start_json(&start, &b);
		fputs(b.data, f);
	}
	fclose(f);
	assert_int_equal(yr_state_get(s->run, web.root, web.id, &back, NULL), -EBADMSG);
	unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_true(yr_state_get(s->run, web.root, web.id, &back, NULL) < 0);
	start.id = "b";
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	start.id = "a";
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_list(s->run, &all, &err), 0);
	assert_int_equal(all.n, 2);
	assert_int_equal(all.n_broken, 1);
	assert_string_equal(all.at[0]->id, "a");
	assert_string_equal(all.at[1]->id, "b");
	yr_states_done(&all);
}

static size_t files_in(const struct scratch *s)
{
	AUTO_CLOSEDIR DIR *d = NULL;
	struct dirent *e;
	char folder[128];
	size_t n = 0;

	snprintf(folder, sizeof(folder), "%s/containers", s->run);
	d = opendir(folder);
	while (d && (e = readdir(d)))
		n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..") &&
		     strcmp(e->d_name, ".swept");
	return n;
}

static void a_full_disk_leaves_the_old_state(void **state)
{
	const struct scratch *s = *state;
	struct yr_start start = web, *back = NULL;
	struct yr_err err = { 0 };
	struct rlimit old, small;
	void (*handler)(int);
	int r;

	assert_int_equal(yr_state_put(s->run, &web, NULL), 0);
	start.profile = "other";
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	small = old;
	small.rlim_cur = 20;
	handler = signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	r = yr_state_put(s->run, &start, &err);
	setrlimit(RLIMIT_FSIZE, &old);
	signal(SIGXFSZ, handler);
	assert_true(r < 0);
	assert_int_equal(files_in(s), 1);
	assert_int_equal(yr_state_get(s->run, web.root, web.id, &back, NULL), 0);
	same_start(&web, back);
	yr_start_free(back);
}

static void a_state_too_large_is_refused_not_cut(void **state)
{
	const struct scratch *s = *state;
	AUTO_FREE char *text = malloc(YR_LIMIT_START_LINE + 1);
	struct yr_start start = web;

	memset(text, 'a', YR_LIMIT_START_LINE);
	text[YR_LIMIT_START_LINE] = '\0';
	start.profile = text;
	assert_int_equal(yr_state_put(s->run, &start, NULL), -E2BIG);
	assert_int_equal(files_in(s), 0);
}

/* As if the file had been there for two hours. */
static void make_old(const char *path)
{
	struct timespec times[2] = { { .tv_sec = time(NULL) - 7200 },
				     { .tv_sec = time(NULL) - 7200 } };

	assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void what_containers_left_is_cleared_away(void **state)
{
	const struct scratch *s = *state;
	struct yr_start start = web, *back = NULL;
	char root[128], path[512], swept[256], half[256];

	snprintf(root, sizeof(root), "%s/root", s->dir);
	snprintf(swept, sizeof(swept), "%s/containers/.swept", s->run);
	snprintf(half, sizeof(half), "%s/containers/.new-0123456789abcdef", s->run);
	mkdir(root, 0700);
	start.root = root;
	start.id = "gone";
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	state_path(s, path, sizeof(path));
	make_old(path);
	close(open(half, O_CREAT | O_WRONLY, 0600));
	make_old(half);
	/* Not yet: an hour has to pass. */
	start.id = "young";
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_get(s->run, root, "gone", &back, NULL), 0);
	back = yr_start_free(back);
	make_old(swept);
	/* Still there, and gone but young. */
	snprintf(path, sizeof(path), "%s/gone", root);
	mkdir(path, 0700);
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_get(s->run, root, "gone", &back, NULL), 0);
	back = yr_start_free(back);
	rmdir(path);
	make_old(swept);
	assert_int_equal(yr_state_put(s->run, &start, NULL), 0);
	assert_int_equal(yr_state_get(s->run, root, "gone", &back, NULL), -ENOENT);
	assert_int_equal(yr_state_get(s->run, root, "young", &back, NULL), 0);
	yr_start_free(back);
	assert_int_equal(access(half, F_OK), -1);
}

static const char *of_map(const void *ctx, const char *key)
{
	for (const char *const *p = ctx; *p; p += 2)
		if (!strcmp(p[0], key))
			return p[1];
	return NULL;
}

static void engines_annotations_name_the_container(void **state)
{
	static const char *const containerd[] = { "io.kubernetes.cri.container-name",
						  "web",
						  "io.kubernetes.cri.sandbox-name",
						  "shop",
						  "io.kubernetes.cri.sandbox-namespace",
						  "prod",
						  "io.kubernetes.cri.image-name",
						  "nginx:1",
						  NULL };
	static const char *const crio[] = { "io.kubernetes.container.name",
					    "web",
					    "io.kubernetes.pod.name",
					    "shop",
					    "io.kubernetes.pod.namespace",
					    "prod",
					    "io.kubernetes.cri-o.ImageName",
					    "nginx:1",
					    NULL };
	static const char *const none[] = { "io.kubernetes.container.name", "", NULL };
	const char *const *const maps[] = { containerd, crio };
	struct yr_start s = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		s = (struct yr_start){ 0 };
		yr_start_annotate(&s, of_map, maps[i]);
		assert_string_equal(s.name, "web");
		assert_string_equal(s.pod, "shop");
		assert_string_equal(s.pod_namespace, "prod");
		assert_string_equal(s.image, "nginx:1");
	}
	s = (struct yr_start){ 0 };
	yr_start_annotate(&s, of_map, none);
	assert_null(s.name);
	s.name = "given";
	yr_start_annotate(&s, of_map, containerd);
	assert_string_equal(s.name, "given");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(what_goes_into_the_file_comes_back),
		TEST(the_journal_gets_fields_and_a_sentence),
		TEST(the_sentence_says_what_happened),
		TEST(no_control_character_gets_through_in_any_field),
		TEST(a_hostile_line_is_read_without_its_controls),
		TEST(broken_lines_are_told),
		TEST(every_beginning_of_a_line_is_refused),
		TEST(entries_of_others_are_none_of_ours),
		TEST(long_texts_are_cut_and_say_so),
		TEST(fifty_processes_append_fifty_whole_lines),
		TEST(a_full_disk_is_told_and_leaves_no_half_line),
		TEST(half_a_line_does_not_take_the_next_with_it),
		TEST(what_is_no_plain_file_is_not_written_to),
		TEST(without_a_journal_the_file_gets_it),
		TEST(a_journal_that_does_not_read_costs_a_second),
		TEST(a_socket_path_that_is_too_long_is_refused),
		TEST(state_comes_back_exactly),
		TEST(ids_that_lead_elsewhere_are_refused),
		TEST(damaged_state_is_told_and_others_are_listed),
		TEST(a_full_disk_leaves_the_old_state),
		TEST(a_state_too_large_is_refused_not_cut),
		TEST(what_containers_left_is_cleared_away),
		TEST(engines_annotations_name_the_container),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
