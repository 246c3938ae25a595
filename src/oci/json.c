/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/json.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "oci/limits.h"

int yr_json_refuse(const struct yr_json *j, size_t at, int code, const char *fmt, ...)
{
	size_t line = 1, from = 0;
	char what[400];
	va_list ap;

	for (size_t i = 0; i < at && i < j->len; i++) {
		if (j->text[i] == '\n') {
			line++;
			from = i + 1;
		}
	}
	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return yr_err_set(j->err, code, "%zu:%zu: %s", line, at - from + 1, what);
}

/* A byte of the text as a person can read it. */
static int refuse_byte(const struct yr_json *j, const char *wanted)
{
	unsigned char c;

	if (j->at >= j->len)
		return yr_json_refuse(j, j->at, EINVAL, "the text ends where %s should be", wanted);
	c = (unsigned char)j->text[j->at];
	if (c > ' ' && c < 0x7f)
		return yr_json_refuse(j, j->at, EINVAL, "'%c' where %s should be", c, wanted);
	return yr_json_refuse(j, j->at, EINVAL, "byte 0x%02x where %s should be", c, wanted);
}

static void pass_spaces(struct yr_json *j)
{
	while (j->at < j->len) {
		char c = j->text[j->at];

		if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
			return;
		j->at++;
	}
}

enum yr_json_kind yr_json_peek(struct yr_json *j)
{
	pass_spaces(j);
	if (j->at >= j->len)
		return YR_JSON_BAD;
	switch (j->text[j->at]) {
	case '{':
		return YR_JSON_OBJECT;
	case '[':
		return YR_JSON_LIST;
	case '"':
		return YR_JSON_STRING;
	case 't':
	case 'f':
		return YR_JSON_BOOL;
	case 'n':
		return YR_JSON_NULL;
	case '-':
	case '0' ... '9':
		return YR_JSON_NUMBER;
	default:
		return YR_JSON_BAD;
	}
}

static bool hex4(const struct yr_json *j, size_t at, unsigned *ret)
{
	*ret = 0;
	if (at > j->len || j->len - at < 4)
		return false;
	for (size_t i = at; i < at + 4; i++) {
		char c = j->text[i];
		unsigned digit;

		if (c >= '0' && c <= '9')
			digit = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			digit = (unsigned)((c | 0x20) - 'a') + 10;
		else
			return false;
		*ret = *ret * 16 + digit;
	}
	return true;
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80) {
		*to++ = (char)c;
	} else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else if (c < 0x10000) {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xf0 | c >> 18);
		*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

/* text[at] is a backslash. The character it stands for; *at comes behind it. */
static int escape(const struct yr_json *j, size_t *at, unsigned *ret)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	size_t begin = *at;
	const char *p;
	unsigned low;

	if (begin + 1 >= j->len)
		return yr_json_refuse(j, begin, EINVAL, "the text ends inside a string");
	p = j->text[begin + 1] ? strchr(from, j->text[begin + 1]) : NULL;
	if (p) {
		*ret = (unsigned char)to[p - from];
		*at = begin + 2;
		return 0;
	}
	if (j->text[begin + 1] != 'u' || !hex4(j, begin + 2, ret))
		return yr_json_refuse(j, begin, EINVAL, "this escape does not exist in JSON");
	*at = begin + 6;
	if (*ret < 0xd800 || *ret > 0xdfff)
		return 0;
	if (*ret > 0xdbff || *at + 2 > j->len || j->text[*at] != '\\' || j->text[*at + 1] != 'u' ||
	    !hex4(j, *at + 2, &low) || low < 0xdc00 || low > 0xdfff)
		return yr_json_refuse(j, begin, EINVAL,
				      "half of a surrogate pair, which stands for no character");
	*ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
	*at += 6;
	return 0;
}

/* From behind the quote that opens to behind the one that closes. */
static int pass_string(struct yr_json *j, bool *escapes)
{
	size_t begin = j->at - 1;

	*escapes = false;
	while (j->at < j->len) {
		unsigned char c = (unsigned char)j->text[j->at];

		if (c == '"') {
			j->at++;
			return 0;
		}
		if (c == '\\') {
			unsigned ignored;

			*escapes = true;
			if (escape(j, &j->at, &ignored) < 0)
				return -EINVAL;
		} else if (c < 0x20) {
			return yr_json_refuse(j, j->at, EINVAL,
					      "control character 0x%02x inside a string", c);
		} else if (c < 0x80) {
			j->at++;
		} else {
			size_t n = yr_utf8((const unsigned char *)j->text + j->at,
					   (const unsigned char *)j->text + j->len);

			if (!n)
				return yr_json_refuse(j, j->at, EINVAL,
						      "byte 0x%02x, which is not UTF-8 here", c);
			j->at += n;
		}
	}
	return yr_json_refuse(j, begin, EINVAL, "this string does not end");
}

int yr_json_string(struct yr_json *j, struct yr_str *ret)
{
	size_t from, end;
	bool escapes;
	char *copy, *to;

	if (yr_json_peek(j) != YR_JSON_STRING)
		return refuse_byte(j, "a string");
	from = ++j->at;
	if (pass_string(j, &escapes) < 0)
		return -EINVAL;
	end = j->at - 1;
	*ret = (struct yr_str){ j->text + from, end - from };
	if (!escapes)
		return 0;
	/* No escape is shorter than what it stands for. */
	copy = to = yr_arena_alloc(j->arena, end - from + 1);
	if (!copy)
		return yr_err_set(j->err, ENOMEM, "out of memory");
	while (from < end) {
		unsigned c = 0;

		if (j->text[from] != '\\') {
			*to++ = j->text[from++];
			continue;
		}
		if (escape(j, &from, &c) < 0)
			return -EINVAL;
		to = put_utf8(to, c);
	}
	*ret = (struct yr_str){ copy, (size_t)(to - copy) };
	return 0;
}

static int pass_word(struct yr_json *j)
{
	static const struct yr_str words[] = { { "true", 4 }, { "false", 5 }, { "null", 4 } };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (j->len - j->at >= words[i].len &&
		    !memcmp(j->text + j->at, words[i].at, words[i].len)) {
			j->at += words[i].len;
			return 0;
		}
	}
	return refuse_byte(j, "a value");
}

int yr_json_bool(struct yr_json *j, bool *ret)
{
	*ret = j->text[j->at] == 't';
	return pass_word(j);
}

static int pass_digits(struct yr_json *j)
{
	size_t from = j->at;

	while (j->at < j->len && j->text[j->at] >= '0' && j->text[j->at] <= '9')
		j->at++;
	return j->at > from ? 0 : refuse_byte(j, "a digit");
}

/* number = ["-"] ("0" | 1-9 digits) ["." digits] [("e" | "E") ["+" | "-"] digits] */
static int pass_number(struct yr_json *j)
{
	if (j->text[j->at] == '-')
		j->at++;
	if (j->at < j->len && j->text[j->at] == '0')
		j->at++;
	else if (pass_digits(j) < 0)
		return -EINVAL;
	if (j->at < j->len && j->text[j->at] == '.') {
		j->at++;
		if (pass_digits(j) < 0)
			return -EINVAL;
	}
	if (j->at < j->len && (j->text[j->at] | 0x20) == 'e') {
		j->at++;
		if (j->at < j->len && (j->text[j->at] == '+' || j->text[j->at] == '-'))
			j->at++;
		return pass_digits(j);
	}
	return 0;
}

int yr_json_enter(struct yr_json *j, char open, struct yr_json_walk *w)
{
	pass_spaces(j);
	if (j->at >= j->len || j->text[j->at] != open)
		return refuse_byte(j, open == '{' ? "'{'" : "'['");
	if (j->depth == YR_LIMIT_SPEC_DEPTH)
		return yr_json_refuse(j, j->at, EFBIG,
				      "objects and lists more than %d deep inside each other",
				      YR_LIMIT_SPEC_DEPTH);
	j->depth++;
	j->at++;
	*w = (struct yr_json_walk){ .close = open == '{' ? '}' : ']' };
	return 0;
}

/* 1: a member or an element comes, 0: the end has been passed. */
static int pass_comma(struct yr_json *j, char close, bool begun)
{
	pass_spaces(j);
	if (j->at < j->len && j->text[j->at] == close) {
		j->at++;
		j->depth--;
		return 0;
	}
	if (!begun)
		return 1;
	if (j->at >= j->len || j->text[j->at] != ',')
		return refuse_byte(j, close == '}' ? "',' or '}'" : "',' or ']'");
	j->at++;
	return 1;
}

static int pass_colon(struct yr_json *j)
{
	pass_spaces(j);
	if (j->at >= j->len || j->text[j->at] != ':')
		return refuse_byte(j, "':'");
	j->at++;
	return 0;
}

int yr_json_more(struct yr_json *j, struct yr_json_walk *w)
{
	int more = pass_comma(j, w->close, w->begun);

	w->begun = true;
	if (more <= 0 || w->close == ']')
		return more;
	pass_spaces(j);
	w->key_at = j->at;
	if (yr_json_peek(j) != YR_JSON_STRING)
		return refuse_byte(j, "a key in quotes");
	more = yr_json_string(j, &w->key);
	if (more < 0)
		return more;
	return pass_colon(j) < 0 ? -EINVAL : 1;
}

/* A value without others in it. */
static int pass_scalar(struct yr_json *j, enum yr_json_kind kind)
{
	bool escapes;

	switch (kind) {
	case YR_JSON_STRING:
		j->at++;
		return pass_string(j, &escapes);
	case YR_JSON_NUMBER:
		return pass_number(j);
	case YR_JSON_BOOL:
	case YR_JSON_NULL:
		return pass_word(j);
	default:
		return refuse_byte(j, "a value");
	}
}

/* Keys of what is passed over are checked, and not kept. */
static int pass_key(struct yr_json *j)
{
	if (yr_json_peek(j) != YR_JSON_STRING)
		return refuse_byte(j, "a key in quotes");
	return pass_scalar(j, YR_JSON_STRING) < 0 ? -EINVAL : pass_colon(j);
}

int yr_json_skip(struct yr_json *j)
{
	struct yr_json_walk open[YR_LIMIT_SPEC_DEPTH];
	unsigned n = 0;

	for (;;) {
		enum yr_json_kind kind = yr_json_peek(j);
		int r;

		if (kind == YR_JSON_OBJECT || kind == YR_JSON_LIST)
			r = yr_json_enter(j, kind == YR_JSON_OBJECT ? '{' : '[', &open[n++]);
		else
			r = pass_scalar(j, kind);
		if (r < 0)
			return r;
		/* Out of all that ends here, to the next value. */
		for (; n; n--) {
			r = pass_comma(j, open[n - 1].close, open[n - 1].begun);
			open[n - 1].begun = true;
			if (r)
				break;
		}
		if (!n || r < 0)
			return r;
		if (open[n - 1].close == '}' && pass_key(j) < 0)
			return -EINVAL;
	}
}

int yr_json_end(struct yr_json *j)
{
	pass_spaces(j);
	return j->at == j->len ? 0 : refuse_byte(j, "the end of the text");
}

void yr_json_quote(struct yr_buf *out, struct yr_str s)
{
	yr_buf_putc(out, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c < 0x20)
			yr_buf_printf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			yr_buf_printf(out, "\\%c", c);
		else
			yr_buf_putc(out, (char)c);
	}
	yr_buf_putc(out, '"');
}
