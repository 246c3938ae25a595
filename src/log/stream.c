/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines out of a stream, in memory taken once. A line is one record, one JSON object, or a field
 * of the journal's export form:
 *
 *   entry = "__CURSOR=" ... {NAME "=" text "\n" | NAME "\n" length data "\n"} "\n"
 *
 * where length is 8 bytes, little endian, and data may have newlines.
 */
#include <errno.h>

#include "log/log.h"

enum { ROOM = YR_LIMIT_LOG_LINE + 4096, BUFFER = YR_LIMIT_LOG_LINE + (128u << 10), NAME = 64 };

struct yr_log {
	struct yr_log_index index;
	struct yr_log_counts counts;
	size_t from, to; /* what is in the buffer and not yet read */
	size_t seen;     /* bytes behind from that have no newline */
	bool unended;    /* at a last line without its newline */
	bool too_long;   /* inside a line that is passed over */
	/* The journal's export form: */
	bool in_entry;
	bool in_binary;  /* a field's name has come, its length comes next */
	bool in_data;    /* and now its bytes */
	uint64_t left;   /* of them, with the newline behind */
	char name[NAME]; /* of that field */
	size_t name_len;
	struct yr_log_entry entry;
	size_t kept;  /* bytes of fields that the entry points to */
	char *fields; /* an entry's, or a JSON object's */
	char *room;   /* what yr_log_record() decodes */
	char *buffer;
};

struct yr_log *yr_log_new(void)
{
	struct yr_log *log = calloc(1, sizeof(*log));
	char *memory = log ? malloc((size_t)ROOM + ROOM + BUFFER) : NULL;

	if (!memory) {
		free(log);
		return NULL;
	}
	log->fields = memory;
	log->room = log->fields + ROOM;
	log->buffer = log->room + ROOM;
	yr_log_index_make(&log->index);
	return log;
}

struct yr_log *yr_log_free(struct yr_log *log)
{
	if (log)
		free(log->fields);
	free(log);
	return NULL;
}

const struct yr_log_counts *yr_log_counts(const struct yr_log *log)
{
	return &log->counts;
}

struct out {
	yr_log_event_fn fn;
	void *ctx;
};

static int give(struct yr_log *log, struct yr_str line, const struct yr_log_entry *entry,
		const struct out *out)
{
	struct yr_log_room room = { log->room, log->room + ROOM, log->unended && !entry };
	struct yr_log_event ev;

	if (!yr_log_record(&log->index, line, entry, false, room, &ev)) {
		if (line.len && memmem(line.at, line.len, "apparmor=\"", 10))
			log->counts.malformed++;
		return 0;
	}
	log->counts.events++;
	log->counts.cut += ev.cut;
	return out->fn(out->ctx, &ev);
}

/* A crash leaves blocks of NULs in logs, often inside a line: what is on either side is read. */
static int read_pieces(struct yr_log *log, struct yr_str line, const struct out *out)
{
	const char *at = line.at, *end = at + line.len;

	log->counts.nul++;
	while (at < end) {
		const char *nul = memchr(at, 0, (size_t)(end - at));
		struct yr_str piece = { at, (size_t)((nul ? nul : end) - at) };
		int r = piece.len ? give(log, piece, NULL, out) : 0;

		if (r)
			return r;
		at += piece.len + 1;
	}
	return 0;
}

/* journalctl -o json, and the same as json-seq (0x1e before it) and json-sse ("data: "). */
static bool is_json(struct yr_str *line)
{
	const char *at = line->at, *end = at + line->len;

	if (at < end && *at == 0x1e)
		at++;
	else if (end - at > 6 && !memcmp(at, "data: ", 6))
		at += 6;
	*line = (struct yr_str){ at, (size_t)(end - at) };
	return at < end && *at == '{';
}

static int read_json(struct yr_log *log, struct yr_str line, const struct out *out)
{
	struct yr_log_entry entry;

	if (yr_log_entry_json(&entry, line.at, line.len, log->fields))
		return give(log, entry.message, &entry, out);
	log->counts.malformed += memmem(line.at, line.len, "apparmor=", 9) != NULL;
	return 0;
}

static int end_entry(struct yr_log *log, const struct out *out)
{
	int r = 0;

	if (log->entry.message.at)
		r = give(log, log->entry.message, &log->entry, out);
	log->entry = (struct yr_log_entry){ 0 };
	log->in_entry = false;
	log->kept = 0;
	return r;
}

static void keep(struct yr_log *log, struct yr_str name, struct yr_str value)
{
	struct yr_str copy = { log->fields + log->kept, value.len };

	/* A message too long for this is none of AppArmor's. */
	if (value.len > ROOM - log->kept)
		return;
	if (value.len)
		memcpy(log->fields + log->kept, value.at, value.len);
	if (yr_log_entry_put(&log->entry, name, copy))
		log->kept += value.len;
}

static bool is_name(struct yr_str s)
{
	if (!s.len || s.len >= NAME)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (!(s.at[i] >= 'A' && s.at[i] <= 'Z') && s.at[i] != '_' &&
		    !(s.at[i] >= '0' && s.at[i] <= '9'))
			return false;
	return true;
}

/* A line inside an entry; false: the entry has ended without saying so. */
static bool read_entry_line(struct yr_log *log, struct yr_str line)
{
	const char *equals = line.len ? memchr(line.at, '=', line.len) : NULL;
	struct yr_str name = { line.at, equals ? (size_t)(equals - line.at) : line.len };

	if (!is_name(name))
		return false;
	if (equals) {
		keep(log, name,
		     (struct yr_str){ equals + 1, (size_t)(line.at + line.len - equals) - 1 });
		return true;
	}
	memcpy(log->name, name.at, name.len);
	log->name_len = name.len;
	log->in_binary = true;
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static int read_line(struct yr_log *log, struct yr_str line, const struct out *out)
{
	static const char cursor[] = "__CURSOR=";
	struct yr_str message;
	int r;

	log->counts.lines++;
	if (line.len && line.at[line.len - 1] == '\r')
		line.len--;
	if (log->in_entry) {
		bool next = line.len > 9 && !memcmp(line.at, cursor, 9);

		if (!next && line.len && read_entry_line(log, line))
			return 0;
		r = end_entry(log, out);
		if (r || !line.len)
			return r;
	}
	if (line.len > 9 && !memcmp(line.at, cursor, 9)) {
		log->in_entry = true;
		return 0;
	}
	if (is_json(&line))
		return read_json(log, line, out);
	/* A space or a quote begins few lines. */
	if (line.len && (is_blank(*line.at) || *line.at == '"') &&
	    yr_log_entry_line(line, log->fields, &message))
		return give(log, message, NULL, out);
	if (memchr(line.at, 0, line.len))
		return read_pieces(log, line, out);
	return give(log, line, NULL, out);
}

/* The bytes of a field: kept when it is the message and whole in the buffer, else passed over. */
static void read_data(struct yr_log *log)
{
	size_t n = log->to - log->from;

	if (log->left <= n) {
		n = (size_t)log->left;
		if (log->name_len)
			keep(log, (struct yr_str){ log->name, log->name_len },
			     (struct yr_str){ log->buffer + log->from, n - 1 });
		log->in_data = false;
	} else if (log->left <= YR_LIMIT_LOG_LINE && log->name_len) {
		return; /* the rest of it will come */
	} else {
		log->name_len = 0;
	}
	log->from += n;
	log->left -= n;
}

/* False: more bytes are wanted. */
static bool read_binary(struct yr_log *log)
{
	uint64_t len = 0;

	if (log->in_data) {
		read_data(log);
		return !log->in_data;
	}
	if (log->to - log->from < 8)
		return false;
	for (int i = 7; i >= 0; i--)
		len = len << 8 | (unsigned char)log->buffer[log->from + (size_t)i];
	log->in_binary = false;
	if (len > YR_LIMIT_LOG_FIELD) {
		/* No journal wrote this: what follows are lines. */
		log->in_entry = false;
		log->counts.malformed++;
		return true;
	}
	log->from += 8;
	log->left = len + 1;
	log->in_data = true;
	return true;
}

static void pass_too_long(struct yr_log *log)
{
	if (log->to - log->from <= YR_LIMIT_LOG_LINE)
		return;
	log->counts.too_long += !log->too_long;
	log->too_long = true;
	log->from = log->to;
	log->seen = 0;
}

static int read_buffer(struct yr_log *log, const struct out *out)
{
	for (;;) {
		char *at = log->buffer + log->from, *newline;
		size_t n = log->to - log->from;
		int r = 0;

		if (log->in_binary || log->in_data) {
			if (!n || !read_binary(log))
				return 0;
			continue;
		}
		newline = memchr(at + log->seen, '\n', n - log->seen);
		if (!newline) {
			log->seen = n;
			pass_too_long(log);
			return 0;
		}
		log->from += (size_t)(newline - at) + 1;
		log->seen = 0;
		/* It may have come whole and still be too long. */
		if (!log->too_long && (size_t)(newline - at) > YR_LIMIT_LOG_LINE)
			log->counts.too_long += log->too_long = true;
		if (log->too_long)
			log->counts.lines++;
		else
			r = read_line(log, (struct yr_str){ at, (size_t)(newline - at) }, out);
		log->too_long = false;
		if (r)
			return r;
	}
}

/* At least 64 KiB behind what is there: a line that is not whole is shorter than the rest. */
static char *space(struct yr_log *log, size_t *ret_size)
{
	size_t n = log->to - log->from;

	if (log->from == log->to || BUFFER - log->to < (64u << 10)) {
		memmove(log->buffer, log->buffer + log->from, n);
		log->from = 0;
		log->to = n;
	}
	*ret_size = BUFFER - log->to;
	return log->buffer + log->to;
}

int yr_log_feed(struct yr_log *log, const void *data, size_t len, yr_log_event_fn fn, void *ctx)
{
	const struct out out = { fn, ctx };
	const char *at = data;
	int r = 0;

	while (len && !r) {
		size_t size;
		char *to = space(log, &size);

		size = size < len ? size : len;
		memcpy(to, at, size);
		log->to += size;
		at += size;
		len -= size;
		r = read_buffer(log, &out);
	}
	return r;
}

int yr_log_end(struct yr_log *log, yr_log_event_fn fn, void *ctx)
{
	const struct out out = { fn, ctx };
	struct yr_str line = { log->buffer + log->from, log->to - log->from };
	int r = 0;

	if (log->in_binary || log->in_data)
		log->counts.malformed++; /* a field without its end */
	else if (log->too_long)
		log->counts.lines++;
	else if (line.len) {
		log->unended = true;
		r = read_line(log, line, &out);
		log->unended = false;
	}
	if (!r && log->in_entry)
		r = end_entry(log, &out);
	log->from = log->to = log->seen = 0;
	log->in_entry = log->in_binary = log->in_data = log->too_long = false;
	log->entry = (struct yr_log_entry){ 0 };
	log->kept = 0;
	return r;
}

int yr_log_read(struct yr_log *log, int fd, yr_log_event_fn fn, void *ctx, struct yr_err *err)
{
	const struct out out = { fn, ctx };

	for (;;) {
		size_t size;
		char *to = space(log, &size);
		ssize_t n = read(fd, to, size);
		int r;

		/* EPIPE: the kernel has overwritten records of /dev/kmsg that came before this one.
		 */
		if (n < 0 && (errno == EINTR || errno == EPIPE))
			continue;
		if (n < 0 && errno != EAGAIN)
			return yr_err_set(err, errno, "%s", strerror(errno));
		if (n <= 0)
			return yr_log_end(log, fn, ctx);
		log->to += (size_t)n;
		r = read_buffer(log, &out);
		if (r)
			return r;
	}
}

bool yr_log_parse(struct yr_log *log, const char *text, size_t len, bool escapes,
		  struct yr_log_event *ret_event)
{
	struct yr_log_room room = { log->room, log->room + ROOM, false };

	if (len > YR_LIMIT_LOG_LINE) {
		memset(ret_event, 0, sizeof(*ret_event));
		return false;
	}
	return yr_log_record(&log->index, (struct yr_str){ text, len }, NULL, escapes, room,
			     ret_event);
}
