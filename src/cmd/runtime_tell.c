/* SPDX-License-Identifier: Apache-2.0 */
/* What yoroi-runtime says, where engines look for it: standard error, the runtime's log, the
 * record. */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "cmd/cmd.h"
#include "cmd/runtime.h"

static const char *const level_names[] = {
	[YR_TELL_WARNING] = "warning",
	[YR_TELL_ERROR] = "error",
};

static char *json_line(const char *level, const char *text, const char *when)
{
	json_t *object = json_pack("{s:s, s:o, s:s}", "level", level, "msg", yr_json_text(text),
				   "time", when);
	char *line = object ? json_dumps(object, JSON_COMPACT) : NULL;

	json_decref(object);
	return line;
}

/* As runc's: time="..." level=error msg="...". */
static char *text_line(const char *level, const char *text, const char *when)
{
	json_t *quoted = yr_json_text(text);
	AUTO_FREE char *msg = quoted ? json_dumps(quoted, JSON_ENCODE_ANY) : NULL;
	char *line = NULL;

	json_decref(quoted);
	if (msg && asprintf(&line, "time=\"%s\" level=%s msg=%s", when, level, msg) < 0)
		line = NULL;
	return line;
}

/* crun's --log takes "file:PATH"; what is for its journald: and syslog: is in the record. */
static const char *log_path(const struct yr_runtime *rt)
{
	const char *log = rt->args.log.value;

	if (!log || !*log || !strncmp(log, "journald:", 9) || !strncmp(log, "syslog:", 7))
		return NULL;
	return strncmp(log, "file:", 5) ? log : log + 5;
}

/* One write, at the end of what others write, too; it waits for nobody. */
static void log_line(const char *path, const char *line)
{
	AUTO_CLOSE int fd =
		open(path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0644);
	AUTO_FREE char *whole = NULL;

	if (fd >= 0 && asprintf(&whole, "%s\n", line) >= 0)
		yr_write_all(fd, whole, strlen(whole));
	else
		whole = NULL;
}

static void tell_log(const struct yr_runtime *rt, enum yr_tell level, const char *text)
{
	const char *path = log_path(rt), *format = rt->args.log_format.value;
	bool json = format && !strcmp(format, "json");
	time_t now = time(NULL);
	AUTO_FREE char *line = NULL;
	char when[32];
	struct tm tm;

	if (!path)
		return;
	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
	line = (json ? json_line : text_line)(level_names[level], text, when);
	if (line)
		log_line(path, line);
}

void yr_runtime_tell(const struct yr_runtime *rt, enum yr_tell level, const char *fmt, ...)
{
	AUTO_BUF struct yr_buf text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	yr_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	if (text.failed) {
		yr_say("out of memory");
		return;
	}
	yr_say("%s", text.data);
	tell_log(rt, level, text.data);
}

int yr_runtime_record(struct yr_runtime *rt, bool must, struct yr_err *err)
{
	struct yr_err why = { 0 };

	if (!yr_record_write(&rt->record_to, &rt->start, &why))
		return 0;
	if (must)
		return yr_err_set(err, why.code, "its start cannot be recorded: %s", why.msg);
	yr_runtime_tell(rt, YR_TELL_WARNING, "container '%.100s': its start is not recorded: %s",
			rt->start.id, why.msg);
	return 0;
}

int yr_runtime_refuse(struct yr_runtime *rt, const char *why)
{
	const char *id = rt->args.id.value;
	bool exec = rt->args.command == YR_OCI_EXEC;

	if (!id) {
		yr_runtime_tell(rt, YR_TELL_ERROR, "%s", why);
		return YR_RUNTIME_FAILED;
	}
	rt->start.id = id;
	rt->start.outcome = YR_START_REFUSED;
	rt->start.reason = why;
	yr_runtime_record(rt, false, NULL);
	/* Last, because engines show the last line of the log. */
	yr_runtime_tell(rt, YR_TELL_ERROR, "%scontainer '%.100s' is not started: %s",
			exec ? "the process in " : "", id, why);
	return YR_RUNTIME_FAILED;
}
