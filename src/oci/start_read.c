/* SPDX-License-Identifier: Apache-2.0 */
/* Starts back from where they were written. What is read may be anybody's. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/arena.h"
#include "oci/start.h"

struct owned {
	struct yr_start pub; /* first: what callers hold is a pointer to it */
	struct yr_arena arena;
};

struct yr_start *yr_start_free(struct yr_start *s)
{
	struct owned *o = (struct owned *)s;

	if (o) {
		yr_arena_done(&o->arena);
		free(o);
	}
	return NULL;
}

/* One object; duplicate keys and NULs are refused by the library. */
static int load(const char *text, size_t len, json_t **ret, struct yr_err *err)
{
	json_error_t why;

	if (len > YR_LIMIT_START_LINE)
		return yr_err_set(err, EBADMSG, "is longer than %u bytes", YR_LIMIT_START_LINE);
	*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
	if (!*ret)
		return yr_err_set(
			err, json_error_code(&why) == json_error_out_of_memory ? ENOMEM : EBADMSG,
			"is no JSON: %s", why.text);
	if (json_is_object(*ret))
		return 0;
	json_decref(*ret);
	return yr_err_set(err, EBADMSG, "is no JSON object");
}

static int keep(struct owned *o, const struct yr_start_field *f, const char *key,
		const json_t *value, bool exact, struct yr_err *err)
{
	const char **to = yr_start_text(&o->pub, f);
	AUTO_BUF struct yr_buf clean = { 0 };
	const char *text = json_string_value(value);

	if (!value)
		return 0;
	if (!text)
		return yr_err_set(err, EBADMSG, "'%s' is no text", key);
	if (!exact) {
		yr_buf_puts(&clean, "");
		yr_start_clean(&clean, text, f->limit);
		text = clean.failed ? NULL : clean.data;
	}
	*to = text ? yr_arena_strndup(&o->arena, text, strlen(text)) : NULL;
	return *to ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

static int keep_words(struct owned *o, const char *action, const char *outcome, struct yr_err *err)
{
	if (!action || !yr_start_action_of(action, &o->pub.action))
		return yr_err_set(err, EBADMSG, "has no action that is known");
	if (!outcome || !yr_start_outcome_of(outcome, &o->pub.outcome))
		return yr_err_set(err, EBADMSG, "has no outcome that is known");
	if (!o->pub.id)
		return yr_err_set(err, EBADMSG, "names no container");
	return 0;
}

/* "2026-11-22T16:25:36.123456789Z", and nothing else. */
static bool read_time(const char *text, uint64_t *ret)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd.dddddddddZ";
	struct tm tm = { 0 };
	unsigned ns = 0;
	time_t seconds;

	if (!text || strlen(text) != sizeof(form) - 1)
		return false;
	for (size_t i = 0; form[i]; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	if (!strptime(text, "%Y-%m-%dT%H:%M:%S", &tm))
		return false;
	seconds = timegm(&tm);
	/* What does not fit into nanoseconds is no time of ours. */
	if (seconds < 0 || seconds > (time_t)(UINT64_MAX / 1000000000 - 1))
		return false;
	for (size_t i = 20; i < 29; i++)
		ns = ns * 10 + (unsigned)(text[i] - '0');
	*ret = (uint64_t)seconds * 1000000000 + ns;
	return true;
}

static int finish(int r, struct owned *o, struct yr_start **ret)
{
	if (r < 0)
		yr_start_free(&o->pub);
	else
		*ret = &o->pub;
	return r;
}

int yr_start_parse(const char *text, size_t len, bool exact, struct yr_start **ret,
		   struct yr_err *err)
{
	struct owned *o;
	json_t *json;
	int r = load(text, len, &json, err);

	if (r < 0)
		return r;
	o = calloc(1, sizeof(*o));
	if (!o) {
		json_decref(json);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	o->pub.writer = -1;
	if (!read_time(json_string_value(json_object_get(json, "time")), &o->pub.time_ns))
		r = yr_err_set(err, EBADMSG, "has no time");
	for (size_t i = 0; !r && i < yr_start_n_fields; i++) {
		const struct yr_start_field *f = &yr_start_fields[i];

		r = keep(o, f, f->json, json_object_get(json, f->json), exact, err);
	}
	if (!r)
		r = keep_words(o, json_string_value(json_object_get(json, "action")),
			       json_string_value(json_object_get(json, "outcome")), err);
	json_decref(json);
	return finish(r, o, ret);
}

int yr_start_from_line(const char *line, size_t len, struct yr_start **ret, struct yr_err *err)
{
	return yr_start_parse(line, len, false, ret, err);
}

/* A field that is a number of its own in the journal, written as a string; -1: none. */
static int64_t number(const json_t *entry, const char *name)
{
	const char *text = json_string_value(json_object_get(entry, name));
	int64_t n = 0;

	if (!text || !*text)
		return -1;
	for (; *text; text++) {
		if (*text < '0' || *text > '9' || n > INT64_MAX / 10 - 1)
			return -1;
		n = n * 10 + (*text - '0');
	}
	return n;
}

int yr_start_from_journal(const char *entry, size_t len, struct yr_start **ret, struct yr_err *err)
{
	const char *who;
	struct owned *o;
	int64_t time, uid;
	json_t *json;
	int r = load(entry, len, &json, err);

	if (r < 0)
		return r;
	who = json_string_value(json_object_get(json, "SYSLOG_IDENTIFIER"));
	/* What it says before its work and in its refusals has that name too. */
	if (!who || strcmp(who, YR_START_IDENTIFIER) ||
	    !json_object_get(json, "YOROI_CONTAINER_ID")) {
		json_decref(json);
		return -ENOMSG;
	}
	o = calloc(1, sizeof(*o));
	if (!o) {
		json_decref(json);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	/* Both from journald itself, not from who wrote. */
	time = number(json, "__REALTIME_TIMESTAMP");
	uid = number(json, "_UID");
	o->pub.writer = uid > UINT32_MAX ? -1 : (long)uid;
	o->pub.written_ns = (uint64_t)number(json, "YOROI_TIME");
	o->pub.time_ns = time < 0 ? 0 : (uint64_t)time * 1000;
	if (time < 0 || time > INT64_MAX / 1000)
		r = yr_err_set(err, EBADMSG, "has no time");
	for (size_t i = 0; !r && i < yr_start_n_fields; i++) {
		const struct yr_start_field *f = &yr_start_fields[i];

		r = keep(o, f, f->journal, json_object_get(json, f->journal), false, err);
	}
	if (!r)
		r = keep_words(o, json_string_value(json_object_get(json, "YOROI_ACTION")),
			       json_string_value(json_object_get(json, "YOROI_OUTCOME")), err);
	json_decref(json);
	return finish(r, o, ret);
}
