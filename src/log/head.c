/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands before the fields. Every logger has its own prefix, so none is known by its
 * form; words are passed over until the record begins:
 *
 *   head    = {word} [program ":"] {stamp | "audit:" | "kernel:"} start
 *   start   = {"node=" word | "type=" word} ["msg="] "audit(" id "):"
 *           | ["AVC" | "USER_AVC"] before "apparmor=" or the fields of a user's record
 *
 * A word has no quotes and no "=", and once a program is named nothing but the above may come:
 * what follows then is what the program says, and it may say anything, a whole record too.
 */
#include <stdlib.h>
#include <time.h>

#include "log/log.h"

enum { MAX_WORDS = 16, MAX_STAMP = 48, MAX_ID = 64 };

struct walk {
	const char *at, *end;
	struct yr_log_head *h;
	unsigned words;
	bool named; /* a program: no more words */
	bool typed; /* type= was there: only the id may come */
};

static bool begins(const struct walk *w, const char *with, size_t len)
{
	return (size_t)(w->end - w->at) >= len && !memcmp(w->at, with, len);
}

#define BEGINS(w, lit) begins(w, lit, sizeof(lit) - 1)

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static bool digits(const char **at, const char *end, uint64_t *ret)
{
	const char *p = *at;
	uint64_t n = 0;

	for (; p < end && is_digit(*p); p++)
		n = n > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10 : n * 10 + (uint64_t)(*p - '0');
	if (p == *at)
		return false;
	*at = p;
	*ret = n;
	return true;
}

static bool one(const char **at, const char *end, char c)
{
	if (*at == end || **at != c)
		return false;
	++*at;
	return true;
}

/* ausearch -i: the date as the American locale has it, in the zone of whoever asked. */
static bool read_date(const char *at, const char *end, struct yr_log_head *h)
{
	uint64_t day, month, year, hour, minute, second;
	struct tm tm = { .tm_isdst = -1 };
	time_t t;

	if (!digits(&at, end, &month) || !one(&at, end, '/') || !digits(&at, end, &day) ||
	    !one(&at, end, '/') || !digits(&at, end, &year) || !one(&at, end, ' ') ||
	    !digits(&at, end, &hour) || !one(&at, end, ':') || !digits(&at, end, &minute) ||
	    !one(&at, end, ':') || !digits(&at, end, &second) || !one(&at, end, '.') ||
	    !digits(&at, end, &h->msec) || !one(&at, end, ':') || !digits(&at, end, &h->serial) ||
	    at != end)
		return false;
	h->has_serial = true;
	h->interpreted = true;
	if (month < 1 || month > 12 || day < 1 || day > 31 || year < 1970 || year > 9999 ||
	    hour > 23 || minute > 59 || second > 60)
		return true;
	tm.tm_year = (int)year - 1900;
	tm.tm_mon = (int)month - 1;
	tm.tm_mday = (int)day;
	tm.tm_hour = (int)hour;
	tm.tm_min = (int)minute;
	tm.tm_sec = (int)second;
	t = mktime(&tm);
	h->has_time = t > 0;
	h->seconds = t > 0 ? (uint64_t)t : 0;
	return true;
}

/* "audit(1.234:5):", w->at behind it afterwards. */
static bool read_id(struct walk *w)
{
	const char *at = w->at + sizeof("audit(") - 1, *p = at;
	size_t room = (size_t)(w->end - at) < MAX_ID ? (size_t)(w->end - at) : MAX_ID;
	const char *close = memchr(at, ')', room);
	struct yr_log_head *h = w->h;

	if (!close)
		return false;
	if (digits(&p, close, &h->seconds) && one(&p, close, '.') && digits(&p, close, &h->msec) &&
	    one(&p, close, ':') && digits(&p, close, &h->serial) && p == close)
		h->has_time = h->has_serial = true;
	else if (!read_date(at, close, h))
		return false;
	h->id = (struct yr_str){ at, (size_t)(close - at) };
	p = close + 1;
	if (h->interpreted)
		one(&p, w->end, ' ');
	if (!one(&p, w->end, ':'))
		return false;
	w->at = p;
	return true;
}

static void pass_spaces(struct walk *w)
{
	while (w->at < w->end && is_space(*w->at))
		w->at++;
}

static const char *word_end(const struct walk *w)
{
	const char *p = w->at;

	while (p < w->end && !is_space(*p))
		p++;
	return p;
}

static void found(struct walk *w)
{
	pass_spaces(w);
	w->h->rest = w->at;
	w->h->form = YR_LOG_FORM_RECORD;
}

/* "[ 12.345678]", "[Mon Jan 30 10:00:00 2023]", "[   T12]". */
static bool pass_stamp(struct walk *w)
{
	size_t n = (size_t)(w->end - w->at) < MAX_STAMP ? (size_t)(w->end - w->at) : MAX_STAMP;
	const char *close = memchr(w->at, ']', n);

	if (!close || memchr(w->at, '"', (size_t)(close - w->at)) ||
	    memchr(w->at, '=', (size_t)(close - w->at)))
		return false;
	w->at = close + 1;
	return true;
}

/* "<5>" of dmesg -r and of syslog's own protocol. */
static bool pass_priority(struct walk *w)
{
	const char *p = w->at + 1;
	uint64_t n;

	if (!digits(&p, w->end, &n) || !one(&p, w->end, '>'))
		return false;
	w->at = p;
	return true;
}

/* "4,1234,5678,-;" and "4,1234,5678,-,caller=T1;" of /dev/kmsg. */
static bool pass_kmsg(struct walk *w)
{
	const char *p = w->at, *semicolon;
	uint64_t n;

	if (w->words || w->named || !digits(&p, w->end, &n) || !one(&p, w->end, ',') ||
	    !digits(&p, w->end, &n) || !one(&p, w->end, ',') || !digits(&p, w->end, &n) ||
	    !one(&p, w->end, ','))
		return false;
	semicolon = memchr(p, ';', (size_t)(word_end(w) - p));
	if (!semicolon)
		return false;
	w->at = semicolon + 1;
	w->named = true;
	w->h->kmsg = true;
	return true;
}

static struct yr_str value(struct walk *w, size_t key)
{
	struct yr_str s = { w->at + key, 0 };

	w->at = word_end(w);
	s.len = (size_t)(w->at - s.at);
	return s;
}

/* Where the kernel's fields, or those of a user's record, may stand without an audit id. */
static bool starts_here(struct walk *w)
{
	return (w->named || !w->words) && BEGINS(w, "apparmor=");
}

/* The journal's audit transport: the type's name and what the record holds. */
static bool pass_type_name(struct walk *w)
{
	static const char *const names[] = { "AVC ", "USER_AVC ", "UNKNOWN[1107] " };

	if (*w->at != 'A' && *w->at != 'U')
		return false;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t n = strlen(names[i]);
		struct walk behind = *w;

		if (!begins(w, names[i], n) || (!w->named && w->words))
			continue;
		behind.at += n;
		pass_spaces(&behind);
		if (!BEGINS(&behind, "apparmor=") && (!i || !BEGINS(&behind, "pid=")))
			return false;
		w->h->type = (struct yr_str){ w->at, n - 1 };
		w->at = behind.at;
		return true;
	}
	return false;
}

/* What begins a record or belongs to its beginning. False: a word as any other. */
static bool pass_part(struct walk *w)
{
	struct yr_log_head *h = w->h;

	if (!memchr("atmnM", *w->at, 5))
		return pass_kmsg(w);
	if (BEGINS(w, "audit(")) {
		h->form = YR_LOG_FORM_BROKEN;
		if (read_id(w))
			found(w);
		return true;
	}
	if (BEGINS(w, "type=")) {
		h->type = value(w, 5);
		w->typed = w->named = true;
		return true;
	}
	if (BEGINS(w, "msg=audit(")) {
		w->at += 4;
		return true;
	}
	if (BEGINS(w, "audit:")) {
		w->named = true;
		if (!h->program.at)
			h->program = (struct yr_str){ w->at, 5 };
		w->at += 6;
		return true;
	}
	if (BEGINS(w, "node=")) {
		h->node = value(w, 5);
		return true;
	}
	if (starts_here(w)) {
		found(w);
		return true;
	}
	if (!w->words && !w->named && BEGINS(w, "MESSAGE=")) {
		w->at += 8;
		w->named = true;
		return true;
	}
	return false;
}

/* A word of a prefix; false: none that a prefix has. */
static bool pass_word(struct walk *w)
{
	const char *from = w->at, *p = w->at;
	struct yr_log_head *h = w->h;

	for (; p < w->end && !is_space(*p); p++)
		if (*p == '=' || *p == '"' || *p == '\'')
			return false;
	if (p[-1] == ':' && (!w->named || (p - from == 7 && !memcmp(from, "kernel:", 7)))) {
		if (!w->named)
			h->prefix = (struct yr_str){ h->prefix.at, (size_t)(from - h->prefix.at) };
		/* dmesg -x: "kern  :notice:" */
		/* A program that says "kernel:" is still that program. */
		if (*from != ':' && !h->program.at)
			h->program = (struct yr_str){ from, (size_t)(p - from) - 1 };
		w->named = true;
		w->at = p;
		pass_spaces(w);
		h->said = (struct yr_str){ w->at, (size_t)(w->end - w->at) };
		return true;
	}
	w->words++;
	w->at = p;
	return !w->named && w->words <= MAX_WORDS;
}

void yr_log_head(struct yr_str line, struct yr_log_head *ret)
{
	struct walk w = { line.at, line.at + line.len, ret };

	*ret = (struct yr_log_head){ .form = YR_LOG_FORM_NONE, .prefix = { line.at, 0 } };
	for (;;) {
		pass_spaces(&w);
		if (w.at == w.end || ret->form != YR_LOG_FORM_NONE)
			return;
		if (pass_part(&w))
			continue;
		if (w.typed)
			return;
		if (*w.at == '[' ? pass_stamp(&w) : *w.at == '<' && pass_priority(&w))
			continue;
		if (pass_type_name(&w)) {
			found(&w);
			return;
		}
		if (!pass_word(&w))
			return;
	}
}
