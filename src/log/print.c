/* SPDX-License-Identifier: Apache-2.0 */
/* Events as text: what libapparmor's test program prints, lines for people, JSON. */
#include <time.h>

#include "log/log.h"

/* A field in libapparmor's order, with its label there (NULL: it has none) and our name. */
struct column {
	const char *label, *name;
	uint8_t field;
	bool number;
	bool zero; /* libapparmor prints a 0 that the record says */
};

#define TEXT(label, name, field)                                                                   \
	{                                                                                          \
		label, name, YR_LOG_##field, false, false                                          \
	}
#define NUMBER(label, name, field)                                                                 \
	{                                                                                          \
		label, name, YR_LOG_##field, true, false                                           \
	}

static const struct column columns[] = {
	TEXT("Audit ID", "audit_id", AUDIT_ID),
	TEXT("Operation", "operation", OPERATION),
	TEXT("Mask", "requested", REQUESTED),
	TEXT("Denied Mask", "refused", REFUSED),
	{ "fsuid", "fsuid", YR_LOG_FSUID, true, true },
	{ "ouid", "ouid", YR_LOG_OUID, true, true },
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

/* 0x80 to 0xbf */
static bool is_more(const unsigned char *s, const unsigned char *end)
{
	return s < end && (*s & 0xc0) == 0x80;
}

size_t yr_log_utf8(const unsigned char *s, const unsigned char *end)
{
	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4 || !is_more(s + 1, end))
		return 0;
	if (*s < 0xe0)
		return 2;
	/* No overlong forms, no surrogates, nothing above U+10FFFF. */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f) || !is_more(s + 2, end))
		return 0;
	if (*s < 0xf0)
		return 3;
	return is_more(s + 3, end) ? 4 : 0;
}

static void put_number(struct yr_buf *out, uint64_t n)
{
	char digits[24], *p = digits + sizeof(digits);

	do
		*--p = (char)('0' + n % 10);
	while (n /= 10);
	yr_buf_put(out, p, (size_t)(digits + sizeof(digits) - p));
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

	yr_buf_printf(out, "START\nFile: %s\nEvent type: AA_RECORD_%s\n", file, types[ev->type]);
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];

		if (!c->label)
			continue;
		if (c->number) {
			if (!yr_log_has(ev, c->field) || (!c->zero && !ev->number[c->field]))
				continue;
			yr_buf_printf(out, "%s: ", c->label);
			put_number(out, ev->number[c->field]);
		} else {
			const struct yr_log_bytes *b = &ev->text[c->field];

			if (!b->at)
				continue;
			yr_buf_printf(out, "%s: ", c->label);
			for (size_t k = 0; k < b->len; k++) {
				if (b->at[k])
					yr_buf_putc(out, b->at[k]);
				else
					yr_buf_puts(out, "\\000");
			}
		}
		yr_buf_putc(out, '\n');
	}
}

/* What a word for people cannot hold as it is; a terminal must stay whole. */
static size_t plain(const unsigned char *s, const unsigned char *end)
{
	size_t n = yr_log_utf8(s, end);

	/* U+0080 to U+009F are control characters, too. */
	if (!n || *s < 0x20 || *s == 0x7f || *s == '\\' || *s == '"' ||
	    (n == 2 && *s == 0xc2 && s[1] < 0xa0))
		return 0;
	return n;
}

static void put_word(struct yr_buf *out, struct yr_log_bytes b)
{
	const unsigned char *s = (const unsigned char *)b.at, *end = s + b.len, *from = s;
	bool quotes = !b.len || memchr(b.at, ' ', b.len) || memchr(b.at, '=', b.len);

	if (quotes)
		yr_buf_putc(out, '"');
	while (s < end) {
		size_t n = plain(s, end);

		if (n) {
			s += n;
			continue;
		}
		yr_buf_put(out, from, (size_t)(s - from));
		yr_buf_printf(out, "\\%03o", *s++);
		from = s;
	}
	yr_buf_put(out, from, (size_t)(s - from));
	if (quotes)
		yr_buf_putc(out, '"');
}

static void put_time(struct yr_buf *out, const struct yr_log_event *ev)
{
	time_t t = (time_t)ev->number[YR_LOG_EPOCH];
	char text[40];
	struct tm tm;

	if (!yr_log_has(ev, YR_LOG_EPOCH) || !gmtime_r(&t, &tm) ||
	    !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	yr_buf_puts(out, text);
	yr_buf_printf(out, ".%03uZ ", (unsigned)(ev->number[YR_LOG_MSEC] % 1000));
}

void yr_log_print_text(struct yr_buf *out, const struct yr_log_event *ev)
{
	put_time(out, ev);
	yr_buf_puts(out, yr_log_type_name(ev->type));
	yr_buf_putc(out, ' ');
	yr_buf_puts(out, yr_log_class_name(ev->rule_class));
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];

		if (c->number ? !yr_log_has(ev, c->field) : !ev->text[c->field].at)
			continue;
		/* Said already, or there for programs. */
		if (c->number ? c->field == YR_LOG_EPOCH || c->field == YR_LOG_MSEC ||
					c->field == YR_LOG_SERIAL
			      : c->field == YR_LOG_CLASS || c->field == YR_LOG_PREFIX)
			continue;
		yr_buf_putc(out, ' ');
		yr_buf_puts(out, c->name);
		yr_buf_putc(out, '=');
		if (c->number)
			put_number(out, ev->number[c->field]);
		else
			put_word(out, ev->text[c->field]);
	}
	if (ev->origin != YR_LOG_FROM_KERNEL) {
		yr_buf_puts(out, " origin=");
		yr_buf_puts(out, yr_log_origin_name(ev->origin));
	}
	if (ev->cut)
		yr_buf_puts(out, " (cut)");
	yr_buf_putc(out, '\n');
}

/* False: some bytes are no UTF-8. */
static bool put_string(struct yr_buf *out, struct yr_log_bytes b)
{
	const unsigned char *s = (const unsigned char *)b.at, *end = s + b.len, *from = s;
	bool whole = true;

	yr_buf_putc(out, '"');
	while (s < end) {
		size_t n = yr_log_utf8(s, end);

		if (n && *s >= 0x20 && *s != 0x7f && *s != '"' && *s != '\\') {
			s += n;
			continue;
		}
		yr_buf_put(out, from, (size_t)(s - from));
		if (!n)
			yr_buf_puts(out, "\xef\xbf\xbd");
		else if (*s == '"' || *s == '\\')
			yr_buf_printf(out, "\\%c", *s);
		else
			yr_buf_printf(out, "\\u%04x", *s);
		whole &= n != 0;
		from = ++s;
	}
	yr_buf_put(out, from, (size_t)(s - from));
	yr_buf_putc(out, '"');
	return whole;
}

static void put_name(struct yr_buf *out, const char *name, const char *more)
{
	yr_buf_puts(out, ",\"");
	yr_buf_puts(out, name);
	yr_buf_puts(out, more);
}

static void put_field(struct yr_buf *out, const struct column *c, struct yr_log_bytes b)
{
	put_name(out, c->name, "\":");
	if (put_string(out, b))
		return;
	put_name(out, c->name, "_hex\":\"");
	for (size_t i = 0; i < b.len; i++)
		yr_buf_printf(out, "%02x", (unsigned char)b.at[i]);
	yr_buf_putc(out, '"');
}

void yr_log_print_json(struct yr_buf *out, const struct yr_log_event *ev)
{
	yr_buf_puts(out, "{\"type\":\"");
	yr_buf_puts(out, yr_log_type_name(ev->type));
	yr_buf_puts(out, "\",\"class\":\"");
	yr_buf_puts(out, yr_log_class_name(ev->rule_class));
	yr_buf_puts(out, "\",\"origin\":\"");
	yr_buf_puts(out, yr_log_origin_name(ev->origin));
	yr_buf_puts(out, ev->cut ? "\",\"cut\":true" : "\",\"cut\":false");
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		const struct column *c = &columns[i];

		if (!c->number && ev->text[c->field].at) {
			put_field(out, c, ev->text[c->field]);
		} else if (c->number && yr_log_has(ev, c->field)) {
			put_name(out, c->name, "\":");
			put_number(out, ev->number[c->field]);
		}
	}
	yr_buf_putc(out, '}');
}

char *yr_log_json(const struct yr_log_event *event)
{
	AUTO_BUF struct yr_buf out = { 0 };

	yr_log_print_json(&out, event);
	return out.failed ? NULL : yr_buf_steal(&out, NULL);
}
