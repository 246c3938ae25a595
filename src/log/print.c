/* SPDX-License-Identifier: Apache-2.0 */
/* Events as text: what libapparmor's test program prints, lines for people, JSON. */
#include <time.h>

#include "base/utf8.h"
#include "log/log.h"

/* A field in libapparmor's order, with its label there (NULL: it has none) and our name. */
struct column {
	const char *label, *name;
	uint8_t name_len, field;
	bool number;
	bool zero; /* libapparmor prints a 0 that the record says */
};

#define TEXT(label, name, field)                                                                   \
	{                                                                                          \
		label, name, sizeof(name) - 1, YR_LOG_##field, false, false                        \
	}
#define NUMBER(label, name, field)                                                                 \
	{                                                                                          \
		label, name, sizeof(name) - 1, YR_LOG_##field, true, false                         \
	}

static const struct column columns[] = {
	TEXT("Audit ID", "audit_id", AUDIT_ID),
	TEXT("Operation", "operation", OPERATION),
	TEXT("Mask", "requested", REQUESTED),
	TEXT("Denied Mask", "refused", REFUSED),
	{ "fsuid", "fsuid", 5, YR_LOG_FSUID, true, true },
	{ "ouid", "ouid", 4, YR_LOG_OUID, true, true },
	TEXT("Profile", "profile", PROFILE),
	TEXT("Peer profile", "peer_profile", PEER_PROFILE),
	TEXT("Peer", "peer", PEER),
	TEXT("Name", "name", NAME),
	TEXT("Command", "comm", COMM),
	TEXT("Name2", "target", NAME2),
	TEXT("Namespace", "namespace", NAMESPACE),
	TEXT("Attribute", "attribute", ATTRIBUTE),
	NUMBER("Task", "task", TASK),
	NUMBER("Parent", "parent", PARENT),
	NUMBER("Token", "magic_token", TOKEN),
	TEXT("Info", "info", INFO),
	TEXT("Peer info", "peer_info", PEER_INFO),
	NUMBER("ErrorCode", "errno", ERRNO),
	NUMBER("PID", "pid", PID),
	NUMBER("Peer PID", "peer_pid", PEER_PID),
	TEXT("Active hat", "active_hat", ACTIVE_HAT),
	TEXT("Net Addr", "addr", NET_ADDR),
	TEXT("Peer Addr", "peer_addr", PEER_ADDR),
	TEXT("Network family", "family", FAMILY),
	TEXT("Socket type", "sock_type", SOCK_TYPE),
	TEXT("Protocol", "protocol", PROTOCOL),
	TEXT("Local addr", "local_addr", LOCAL_ADDR),
	TEXT("Foreign addr", "foreign_addr", FOREIGN_ADDR),
	NUMBER("Local port", "local_port", LOCAL_PORT),
	NUMBER("Foreign port", "foreign_port", FOREIGN_PORT),
	TEXT("DBus bus", "bus", DBUS_BUS),
	TEXT("DBus path", "path", DBUS_PATH),
	TEXT("DBus interface", "interface", DBUS_INTERFACE),
	TEXT("DBus member", "member", DBUS_MEMBER),
	TEXT("Signal", "signal", SIGNAL),
	TEXT("FS Type", "fstype", FSTYPE),
	TEXT("Flags", "flags", FLAGS),
	TEXT("Src name", "srcname", SRCNAME),
	TEXT("Execpath", "execpath", EXECPATH),
	TEXT("Class", "kernel_class", CLASS),
	NUMBER("Epoch", "epoch", EPOCH),
	NUMBER("Audit subid", "serial", SERIAL),
	NUMBER(NULL, "msec", MSEC),
	NUMBER(NULL, "capability", CAPABILITY),
	TEXT(NULL, "rlimit", RLIMIT),
	NUMBER(NULL, "rlimit_value", RLIMIT_VALUE),
	TEXT(NULL, "node", NODE),
	TEXT(NULL, "prefix", PREFIX),
};

_Static_assert(ARRAY_LEN(columns) == (size_t)YR_LOG_TEXTS + (size_t)YR_LOG_NUMBERS,
	       "every field once");

static const char *name_of(bool number, int field)
{
	for (size_t i = 0; i < ARRAY_LEN(columns); i++)
		if (columns[i].number == number && columns[i].field == field)
			return columns[i].name;
	return NULL;
}

const char *yr_log_text_name(enum yr_log_text field)
{
	return name_of(false, (int)field);
}

const char *yr_log_number_name(enum yr_log_number field)
{
	return name_of(true, (int)field);
}

/*
 * A million events a second go through here: room for all that an event may become is made once,
 * and what is put there is not counted any more.
 */
enum { WORST = 8, PER_FIELD = 80, PER_EVENT = 256 };

static char *make_room(struct yr_buf *out, const struct yr_log_event *ev, size_t more)
{
	size_t n = PER_EVENT + more + ARRAY_LEN(columns) * PER_FIELD;

	for (int i = 0; i < YR_LOG_TEXTS; i++)
		n += ev->text[i].len * WORST;
	if (out->cap < out->len + n + 1 || out->failed) {
		if (!yr_buf_add(out, n))
			return NULL;
		out->len -= n;
	}
	return out->data + out->len;
}

static void taken(struct yr_buf *out, char *p)
{
	*p = 0;
	out->len = (size_t)(p - out->data);
}

static char *put(char *p, const char *s, size_t len)
{
	memcpy(p, s, len);
	return p + len;
}

#define PUT(p, lit) put(p, lit, sizeof(lit) - 1)

static char *puts_to(char *p, const char *s)
{
	return put(p, s, strlen(s));
}

static char *put_number(char *p, uint64_t n)
{
	char digits[24], *d = digits + sizeof(digits);

	do
		*--d = (char)('0' + n % 10);
	while (n /= 10);
	return put(p, d, (size_t)(digits + sizeof(digits) - d));
}

/* With zeros before it, @width digits. */
static char *put_padded(char *p, unsigned n, int width)
{
	for (int i = width; i-- > 0; n /= 10)
		p[i] = (char)('0' + n % 10);
	return p + width;
}

static char *put_octal(char *p, unsigned char c)
{
	*p++ = '\\';
	*p++ = (char)('0' + (c >> 6));
	*p++ = (char)('0' + (c >> 3 & 7));
	*p++ = (char)('0' + (c & 7));
	return p;
}

static char *put_hex(char *p, unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	*p++ = digits[c >> 4];
	*p++ = digits[c & 15];
	return p;
}

static bool says(const struct yr_log_event *ev, const struct column *c)
{
	return c->number ? yr_log_has(ev, c->field) : ev->text[c->field].at != NULL;
}

void yr_log_print_upstream(struct yr_buf *out, const char *file, const struct yr_log_event *ev)
{
	static const char *const types[YR_LOG_TYPES] = {
		[YR_LOG_INVALID] = "INVALID",
		[YR_LOG_ERROR] = "ERROR",
		[YR_LOG_AUDIT] = "AUDIT",
		[YR_LOG_ALLOWED] = "ALLOWED",
		[YR_LOG_DENIED] = "DENIED",
		[YR_LOG_HINT] = "HINT",
		[YR_LOG_STATUS] = "STATUS",
		/* It knows none such. */
		[YR_LOG_KILLED] = "INVALID",
	};
	char *p = make_room(out, ev, strlen(file));

	if (!p)
		return;
	p = puts_to(PUT(p, "START\nFile: "), file);
	p = puts_to(PUT(p, "\nEvent type: AA_RECORD_"), types[ev->type]);
	*p++ = '\n';
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];
		const struct yr_log_bytes *b = &ev->text[c->number ? 0 : c->field];

		if (!c->label || !says(ev, c) || (c->number && !c->zero && !ev->number[c->field]))
			continue;
		p = PUT(puts_to(p, c->label), ": ");
		if (c->number)
			p = put_number(p, ev->number[c->field]);
		/* All bytes as they are, but NUL, which it cannot know. */
		for (size_t k = 0; !c->number && k < b->len; k++) {
			if (b->at[k])
				*p++ = b->at[k];
			else
				p = put_octal(p, 0);
		}
		*p++ = '\n';
	}
	taken(out, p);
}

/* Letters that neither form has to escape: most bytes of any log. */
static const bool easy[256] = {
	[0x20] = true,
	[0x21] = true,
	[0x23 ... 0x5b] = true,
	[0x5d ... 0x7e] = true,
};

/* The easy letters at @s. */
static char *put_easy(char *p, const unsigned char **s, const unsigned char *end)
{
	const unsigned char *at = *s;

	while (at < end && easy[*at])
		*p++ = (char)*at++;
	*s = at;
	return p;
}

/* A character that stands for itself on a terminal: its length, 0 for none. */
static size_t plain(const unsigned char *s, const unsigned char *end)
{
	size_t n;

	if (*s < 0x80)
		return *s >= 0x20 && *s != 0x7f && *s != '\\' && *s != '"';
	n = yr_utf8(s, end);
	/* U+0080 to U+009F are control characters, too. */
	return n == 2 && *s == 0xc2 && s[1] < 0xa0 ? 0 : n;
}

static char *put_word(char *p, struct yr_log_bytes b)
{
	const unsigned char *s = (const unsigned char *)b.at, *end = s + b.len;
	bool quotes = !b.len || memchr(b.at, ' ', b.len) || memchr(b.at, '=', b.len);

	if (quotes)
		*p++ = '"';
	while (p = put_easy(p, &s, end), s < end) {
		size_t n = plain(s, end);

		if (!n)
			p = put_octal(p, *s++);
		for (; n; n--)
			*p++ = (char)*s++;
	}
	if (quotes)
		*p++ = '"';
	return p;
}

static char *put_time(char *p, const struct yr_log_event *ev)
{
	time_t t = (time_t)ev->number[YR_LOG_EPOCH];
	struct tm tm;

	if (!yr_log_has(ev, YR_LOG_EPOCH) || !gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900)
		return p;
	p = put_padded(p, (unsigned)tm.tm_year + 1900, 4);
	*p++ = '-';
	p = put_padded(p, (unsigned)tm.tm_mon + 1, 2);
	*p++ = '-';
	p = put_padded(p, (unsigned)tm.tm_mday, 2);
	*p++ = 'T';
	p = put_padded(p, (unsigned)tm.tm_hour, 2);
	*p++ = ':';
	p = put_padded(p, (unsigned)tm.tm_min, 2);
	*p++ = ':';
	p = put_padded(p, (unsigned)tm.tm_sec, 2);
	*p++ = '.';
	p = put_padded(p, (unsigned)(ev->number[YR_LOG_MSEC] % 1000), 3);
	return PUT(p, "Z ");
}

/* Said by the line's beginning already, or there for programs only. */
static bool is_for_programs(const struct yr_log_event *ev, const struct column *c)
{
	if (c->number)
		return c->field == YR_LOG_EPOCH || c->field == YR_LOG_MSEC ||
		       c->field == YR_LOG_SERIAL;
	return c->field == YR_LOG_CLASS ||
	       (c->field == YR_LOG_PREFIX && yr_log_has(ev, YR_LOG_EPOCH));
}

void yr_log_print_text(struct yr_buf *out, const struct yr_log_event *ev)
{
	char *p = make_room(out, ev, 0);

	if (!p)
		return;
	p = puts_to(put_time(p, ev), yr_log_type_name(ev->type));
	*p++ = ' ';
	p = puts_to(p, yr_log_class_name(ev->rule_class));
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];

		if (!says(ev, c) || is_for_programs(ev, c))
			continue;
		*p++ = ' ';
		p = put(p, c->name, c->name_len);
		*p++ = '=';
		p = c->number ? put_number(p, ev->number[c->field])
			      : put_word(p, ev->text[c->field]);
	}
	if (ev->origin != YR_LOG_FROM_KERNEL)
		p = puts_to(PUT(p, " origin="), yr_log_origin_name(ev->origin));
	if (ev->cut)
		p = PUT(p, " (cut)");
	*p++ = '\n';
	taken(out, p);
}

/* *@whole becomes false when some bytes are no UTF-8. */
static char *put_string(char *p, struct yr_log_bytes b, bool *whole)
{
	const unsigned char *s = (const unsigned char *)b.at, *end = s + b.len;

	*p++ = '"';
	while (p = put_easy(p, &s, end), s < end) {
		size_t n = yr_utf8(s, end);

		if (n == 1 && (*s < 0x20 || *s == 0x7f)) {
			p = put_hex(PUT(p, "\\u00"), *s++);
			continue;
		}
		if (*s == '"' || *s == '\\')
			*p++ = '\\';
		if (!n) {
			p = PUT(p, "\xef\xbf\xbd");
			*whole = false;
			s++;
		}
		for (; n; n--)
			*p++ = (char)*s++;
	}
	*p++ = '"';
	return p;
}

static char *put_field(char *p, const struct column *c, struct yr_log_bytes b)
{
	bool whole = true;

	p = put_string(p, b, &whole);
	if (whole)
		return p;
	p = PUT(put(PUT(p, ",\""), c->name, c->name_len), "_hex\":\"");
	for (size_t i = 0; i < b.len; i++)
		p = put_hex(p, (unsigned char)b.at[i]);
	*p++ = '"';
	return p;
}

void yr_log_print_json(struct yr_buf *out, const struct yr_log_event *ev)
{
	char *p = make_room(out, ev, 0);

	if (!p)
		return;
	p = puts_to(PUT(p, "{\"type\":\""), yr_log_type_name(ev->type));
	p = puts_to(PUT(p, "\",\"class\":\""), yr_log_class_name(ev->rule_class));
	p = puts_to(PUT(p, "\",\"origin\":\""), yr_log_origin_name(ev->origin));
	p = puts_to(PUT(p, "\",\"cut\":"), ev->cut ? "true" : "false");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];

		if (!says(ev, c))
			continue;
		p = PUT(put(PUT(p, ",\""), c->name, c->name_len), "\":");
		p = c->number ? put_number(p, ev->number[c->field])
			      : put_field(p, c, ev->text[c->field]);
	}
	*p++ = '}';
	taken(out, p);
}

char *yr_log_json(const struct yr_log_event *event)
{
	AUTO_BUF struct yr_buf out = { 0 };

	yr_log_print_json(&out, event);
	return out.failed ? NULL : yr_buf_steal(&out, NULL);
}
