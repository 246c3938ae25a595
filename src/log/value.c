/* SPDX-License-Identifier: Apache-2.0 */
/* Values: quoted, words, names in hexadecimal digits, numbers. */
#include "log/reader.h"

const uint8_t yr_log_bytes_kind[256] = {
	['a' ... 'z'] = YR_LOG_IN_KEY, ['A' ... 'Z'] = YR_LOG_IN_KEY, ['0' ... '9'] = YR_LOG_IN_KEY,
	['_'] = YR_LOG_IN_KEY,         ['-'] = YR_LOG_IN_KEY,         [' '] = YR_LOG_SEPARATOR,
	['\t'] = YR_LOG_SEPARATOR,     ['\n'] = YR_LOG_SEPARATOR,     ['\r'] = YR_LOG_SEPARATOR,
	[0x1d] = YR_LOG_SEPARATOR,     ['\''] = YR_LOG_SEPARATOR,
};

static int hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static bool is_hex(struct yr_str s)
{
	if (!s.len || s.len % 2)
		return false;
	for (size_t i = 0; i < s.len; i++)
		if (hex_digit(s.at[i]) < 0)
			return false;
	return true;
}

static struct yr_str decode(struct yr_log_reader *r, struct yr_str s)
{
	struct yr_str out = { r->room.at, s.len / 2 };

	if (!yr_log_fits(r, out.len))
		return s;
	for (size_t i = 0; i < s.len; i += 2)
		*r->room.at++ = (char)(hex_digit(s.at[i]) << 4 | hex_digit(s.at[i + 1]));
	return out;
}

/* In either case. */
static int hex_value(char c)
{
	return hex_digit(c >= 'a' && c <= 'f' ? (char)(c - 'a' + 'A') : c);
}

/* "\xHH" */
static bool is_byte(const char *s, size_t n)
{
	return n >= 4 && s[0] == '\\' && s[1] == 'x' && hex_value(s[2]) >= 0 &&
	       hex_value(s[3]) >= 0;
}

static struct yr_str unescape(struct yr_log_reader *r, struct yr_str s)
{
	struct yr_str out = { r->room.at, 0 };

	if (!memchr(s.at, '\\', s.len) || !yr_log_fits(r, s.len))
		return s;
	for (size_t i = 0; i < s.len; i++) {
		if (r->kmsg && is_byte(s.at + i, s.len - i)) {
			*r->room.at++ =
				(char)(hex_value(s.at[i + 2]) << 4 | hex_value(s.at[i + 3]));
			i += 3;
			continue;
		}
		if (r->escapes && s.at[i] == '\\' && i + 1 < s.len)
			i++;
		*r->room.at++ = s.at[i];
	}
	out.len = (size_t)(r->room.at - out.at);
	return out;
}

/* NULL: there is none, the line ends first. */
static const char *closing_quote(const struct yr_log_reader *r, const char *p)
{
	if (!r->escapes)
		return memchr(p, '"', (size_t)(r->end - p));
	for (; p < r->end && *p != '"'; p++)
		if (*p == '\\' && p + 1 < r->end)
			p++;
	return p < r->end ? p : NULL;
}

bool yr_log_value_read(struct yr_log_reader *r, struct yr_log_value *v)
{
	const char *p = r->at;

	if (p == r->end)
		return false;
	v->quoted = *p == '"';
	if (v->quoted) {
		const char *close = closing_quote(r, ++p);

		if (!close) {
			r->at = r->end;
			return false;
		}
		v->s = (struct yr_str){ p, (size_t)(close - p) };
		if (r->escapes || r->kmsg)
			v->s = unescape(r, v->s);
		r->at = close + 1;
		return true;
	}
	while (p < r->end && !yr_log_is_separator(*p))
		p++;
	v->s = (struct yr_str){ r->at, (size_t)(p - r->at) };
	r->at = p;
	return true;
}

static void set_name(struct yr_log_reader *r, enum yr_log_text field, const struct yr_log_value *v)
{
	r->decoded[field] = !v->quoted && !r->interpreted && is_hex(v->s);
	if (r->decoded[field])
		yr_log_set_text(r, field, decode(r, v->s));
	/* What the kernel writes for a name that it could not find out. */
	else if (v->quoted || (!yr_str_is(v->s, "(null)") && !yr_str_is(v->s, "?")))
		yr_log_set_text(r, field, v->s);
}

/* The digits at the start of @s; how many bytes they are. */
static size_t number_at(struct yr_str s, uint64_t *ret)
{
	size_t i = 0;
	uint64_t n = 0;

	for (; i < s.len && s.at[i] >= '0' && s.at[i] <= '9'; i++)
		n = n > (uint64_t)INT64_MAX / 10 - 1 ? (uint64_t)INT64_MAX
						     : n * 10 + (uint64_t)(s.at[i] - '0');
	*ret = n;
	return i;
}

static void set_number(struct yr_log_reader *r, enum yr_log_number field,
		       const struct yr_log_value *v)
{
	struct yr_str s = v->s;
	uint64_t n;
	size_t used;

	if (s.len && *s.at == '-')
		s = (struct yr_str){ s.at + 1, s.len - 1 };
	used = number_at(s, &n);
	if (!used)
		return;
	r->ev->number[field] = n;
	r->ev->has |= UINT32_C(1) << field;
	/* "ouid=0FSUID=": the next field. */
	if (!v->quoted && used < s.len && memchr(s.at, '=', s.len))
		r->at = s.at + used;
}

static void set_protocol(struct yr_log_reader *r, const struct yr_log_value *v)
{
	const char *name;
	uint64_t n;
	int len;

	if (v->quoted || number_at(v->s, &n) != v->s.len || !v->s.len) {
		yr_log_set_text(r, YR_LOG_PROTOCOL, v->s);
		return;
	}
	name = yr_log_protocol_name(n);
	if (name) {
		yr_log_set_text(r, YR_LOG_PROTOCOL, yr_str_of(name));
		return;
	}
	if (!yr_log_fits(r, 40))
		return;
	len = snprintf(r->room.at, 40, "unknown(%llu)", (unsigned long long)n);
	yr_log_set_text(r, YR_LOG_PROTOCOL, (struct yr_str){ r->room.at, (size_t)len });
	r->room.at += len;
}

void yr_log_value_put(struct yr_log_reader *r, const struct yr_log_key *key,
		      const struct yr_log_value *v)
{
	switch ((enum yr_log_kind)key->kind) {
	case YR_LOG_KIND_TEXT:
		yr_log_set_text(r, key->field, v->s);
		break;
	case YR_LOG_KIND_NAME:
		set_name(r, key->field, v);
		break;
	case YR_LOG_KIND_ADDRESS:
		if (v->quoted || !yr_str_is(v->s, "none"))
			set_name(r, key->field, v);
		break;
	case YR_LOG_KIND_NUMBER:
		set_number(r, key->field, v);
		break;
	case YR_LOG_KIND_PROTOCOL:
		set_protocol(r, v);
		break;
	case YR_LOG_KIND_TYPE:
		if (!r->judged)
			r->ev->type = yr_log_type_of_record(v->s);
		break;
	case YR_LOG_KIND_APPARMOR:
		r->ev->type = yr_log_type_of_word(v->s);
		r->judged = true;
		break;
	case YR_LOG_KIND_MESSAGE:
	case YR_LOG_KIND_IGNORED:
		break;
	}
}
