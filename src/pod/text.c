/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/text.h"

#include <stdint.h>
#include <string.h>

#include "base/utf8.h"

static bool is_space(uint32_t c)
{
	return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 ||
	       (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
	       c == 0x205f || c == 0x3000;
}

/* Control and format characters, space that is no blank, and what has no meaning of its own. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (is_space(c) && c != ' ') ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || (c >= 0xe000 && c <= 0xf8ff) || c == 0xfeff ||
	       (c >= 0xfff9 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe || c >= 0xe0000;
}

static void put_character(struct yr_buf *b, const unsigned char *s, size_t n)
{
	static const char letter[] = "abtnvfr"; /* from 7 on */
	uint32_t c = yr_utf8_code(s, n);

	if (c == '"' || c == '\\')
		yr_buf_printf(b, "\\%c", (char)c);
	else if (!is_hidden(c))
		yr_buf_put(b, s, n);
	else if (c >= 7 && c <= 13)
		yr_buf_printf(b, "\\%c", letter[c - 7]);
	else if (c < 0x80)
		yr_buf_printf(b, "\\x%02x", c);
	else
		yr_buf_printf(b, c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
}

void yr_put_quoted(struct yr_buf *b, const char *text)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text);

	yr_buf_putc(b, '"');
	while (s < end) {
		size_t n = yr_utf8(s, end);

		if (n)
			put_character(b, s, n);
		else
			yr_buf_printf(b, "\\x%02x", *s);
		s += n ? n : 1;
	}
	yr_buf_putc(b, '"');
}

/* The character at @s, of which there may be none. */
static bool is_space_at(const unsigned char *s, const unsigned char *end)
{
	size_t n = yr_utf8(s, end);

	return n && is_space(yr_utf8_code(s, n));
}

bool yr_is_padded(const char *text)
{
	const unsigned char *s = (const unsigned char *)text, *end = s + strlen(text), *last = end;

	if (s == end)
		return false;
	do
		last--;
	while (last > s && (*last & 0xc0) == 0x80);
	return is_space_at(s, end) || is_space_at(last, end);
}

const char *yr_keep(struct yr_arena *a, struct yr_buf *b)
{
	const char *kept = b->failed ? NULL : yr_arena_strndup(a, b->data ? b->data : "", b->len);

	b->len = 0;
	return kept;
}
