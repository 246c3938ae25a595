/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Entries of the journal: NAME=value fields, of which the message holds the record. The audit
 * transport's message has no audit id; the journal keeps its parts in fields of their own.
 */
#include "log/log.h"

static uint64_t to_number(struct yr_str s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s.len && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		n = n > UINT64_MAX / 10 - 1 ? UINT64_MAX / 10 : n * 10 + (uint64_t)(s.at[i] - '0');
	return n;
}

bool yr_log_entry_put(struct yr_log_entry *entry, struct yr_str name, struct yr_str value)
{
	if (yr_str_is(name, "MESSAGE"))
		entry->message = value;
	else if (yr_str_is(name, "_HOSTNAME"))
		entry->node = value;
	else if (yr_str_is(name, "_AUDIT_ID"))
		entry->serial = to_number(value);
	else if (yr_str_is(name, "_SOURCE_REALTIME_TIMESTAMP"))
		entry->usec = to_number(value);
	else if (yr_str_is(name, "__REALTIME_TIMESTAMP"))
		entry->usec_received = to_number(value);
	else if (yr_str_is(name, "_TRANSPORT"))
		entry->transport = yr_str_is(value, "audit")    ? YR_LOG_BY_AUDIT
				   : yr_str_is(value, "kernel") ? YR_LOG_BY_KERNEL
								: YR_LOG_BY_OTHERS;
	else
		return false;
	return true;
}

struct json {
	const char *at, *end;
	char *room;
};

static void pass_spaces(struct json *j)
{
	while (j->at < j->end && (*j->at == ' ' || *j->at == '\t' || *j->at == '\r'))
		j->at++;
}

static bool one(struct json *j, char c)
{
	pass_spaces(j);
	if (j->at == j->end || *j->at != c)
		return false;
	j->at++;
	return true;
}

static bool hex4(struct json *j, unsigned *ret)
{
	unsigned n = 0;

	for (int i = 0; i < 4; i++, j->at++) {
		char c = j->at < j->end ? *j->at : 0;

		if (c >= '0' && c <= '9')
			n = n << 4 | (unsigned)(c - '0');
		else if ((c | 32) >= 'a' && (c | 32) <= 'f')
			n = n << 4 | (unsigned)((c | 32) - 'a' + 10);
		else
			return false;
	}
	*ret = n;
	return true;
}

/* Never more bytes than the escapes that it is written with. */
static void put_character(struct json *j, unsigned c)
{
	if (c < 0x80) {
		*j->room++ = (char)c;
		return;
	}
	if (c < 0x800) {
		*j->room++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*j->room++ = (char)(0xe0 | c >> 12);
		} else {
			*j->room++ = (char)(0xf0 | c >> 18);
			*j->room++ = (char)(0x80 | (c >> 12 & 63));
		}
		*j->room++ = (char)(0x80 | (c >> 6 & 63));
	}
	*j->room++ = (char)(0x80 | (c & 63));
}

static bool escape_u(struct json *j)
{
	unsigned c, low;

	if (!hex4(j, &c))
		return false;
	if (c >= 0xd800 && c < 0xdc00 && j->end - j->at > 6 && j->at[0] == '\\' &&
	    j->at[1] == 'u') {
		j->at += 2;
		if (!hex4(j, &low) || low < 0xdc00 || low > 0xdfff)
			return false;
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	put_character(j, c);
	return true;
}

static bool escape(struct json *j)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *known;

	if (j->at == j->end || !*j->at)
		return false;
	if (*j->at == 'u') {
		j->at++;
		return escape_u(j);
	}
	known = strchr(from, *j->at++);
	if (!known)
		return false;
	*j->room++ = to[known - from];
	return true;
}

/* Behind the opening quote. */
static bool string(struct json *j, struct yr_str *ret)
{
	char *from = j->room;

	while (j->at < j->end && *j->at != '"') {
		if (*j->at != '\\')
			*j->room++ = *j->at++;
		else if (j->at++, !escape(j))
			return false;
	}
	if (j->at == j->end)
		return false;
	j->at++;
	*ret = (struct yr_str){ from, (size_t)(j->room - from) };
	return true;
}

/* Behind "[": how the journal writes what is no text. Each byte takes two characters or more. */
static bool bytes(struct json *j, struct yr_str *ret)
{
	char *from = j->room;

	do {
		uint64_t n;
		size_t digits = 0;

		pass_spaces(j);
		while (j->at + digits < j->end && j->at[digits] >= '0' && j->at[digits] <= '9')
			digits++;
		n = to_number((struct yr_str){ j->at, digits });
		if (!digits || n > 255)
			return false;
		*j->room++ = (char)n;
		j->at += digits;
	} while (one(j, ','));
	*ret = (struct yr_str){ from, (size_t)(j->room - from) };
	return one(j, ']');
}

/* Numbers and null; the journal writes no others. */
static bool word(struct json *j, struct yr_str *ret)
{
	const char *from = j->at;

	while (j->at < j->end && *j->at != ',' && *j->at != '}' && *j->at != '"' && *j->at != '[' &&
	       *j->at != '{')
		j->at++;
	*ret = (struct yr_str){ from, (size_t)(j->at - from) };
	return j->at > from;
}

/* Several fields of one name are a list of strings: the first is taken. */
static bool list(struct json *j, struct yr_str *ret)
{
	struct yr_str more;

	if (!one(j, '"'))
		return bytes(j, ret);
	if (!string(j, ret))
		return false;
	while (one(j, ','))
		if (!one(j, '"') || !string(j, &more))
			return false;
	return one(j, ']');
}

static bool member(struct json *j, struct yr_log_entry *entry)
{
	char *room = j->room;
	struct yr_str name, value;

	if (!one(j, '"') || !string(j, &name) || !one(j, ':'))
		return false;
	pass_spaces(j);
	if (one(j, '"') ? !string(j, &value) : one(j, '[') ? !list(j, &value) : !word(j, &value))
		return false;
	if (!yr_log_entry_put(entry, name, value))
		j->room = room;
	return true;
}

bool yr_log_entry_json(struct yr_log_entry *entry, const char *at, size_t len, char *room)
{
	struct json j = { at, at + len, room };

	*entry = (struct yr_log_entry){ 0 };
	if (!one(&j, '{'))
		return false;
	do {
		if (!member(&j, entry))
			return false;
	} while (one(&j, ','));
	return one(&j, '}') && entry->message.at;
}

bool yr_log_entry_line(struct yr_str line, char *room, struct yr_str *ret_message)
{
	struct json j = { line.at, line.at + line.len, room };
	struct yr_str name;

	return one(&j, '"') && string(&j, &name) &&
	       (yr_str_is(name, "MESSAGE") || yr_str_is(name, "msg")) && one(&j, ':') &&
	       one(&j, '"') && string(&j, ret_message);
}
