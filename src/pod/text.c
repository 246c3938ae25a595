/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/text.h"

#include <string.h>

size_t yr_utf8(const char *text, size_t len, uint32_t *ret)
{
	const unsigned char *s = (const unsigned char *)text;
	size_t n;
	uint32_t c;

	if (!len)
		return 0;
	n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0;
	if (!n || n > len)
		return 0;
	c = n == 1 ? *s : *s & (0x7fU >> n);
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | (s[i] & 0x3fU);
	}
	if ((n == 3 && (c < 0x800 || (c >= 0xd800 && c < 0xe000))) ||
	    (n == 4 && (c < 0x10000 || c > 0x10ffff)))
		return 0;
	if (ret)
		*ret = c;
	return n;
}

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

static void put_character(struct yr_buf *b, const char *s, size_t n, uint32_t c)
{
	static const char letter[] = "abtnvfr"; /* from 7 on */

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

void yr_put_quoted(struct yr_buf *b, const char *s)
{
	size_t left = strlen(s);

	yr_buf_putc(b, '"');
	while (left) {
		uint32_t c = 0;
		size_t n = yr_utf8(s, left, &c);

		if (n)
			put_character(b, s, n, c);
		else
			yr_buf_printf(b, "\\x%02x", (unsigned char)*s);
		s += n ? n : 1;
		left -= n ? n : 1;
	}
	yr_buf_putc(b, '"');
}

bool yr_is_padded(const char *s)
{
	size_t len = strlen(s), start = len;
	uint32_t c;

	if (!len)
		return false;
	if (yr_utf8(s, len, &c) && is_space(c))
		return true;
	do
		start--;
	while (start && ((unsigned char)s[start] & 0xc0) == 0x80);
	return yr_utf8(s + start, len - start, &c) && is_space(c);
}

const char *yr_keep(struct yr_arena *a, struct yr_buf *b)
{
	const char *kept = b->failed ? NULL : yr_arena_strndup(a, b->data ? b->data : "", b->len);

	b->len = 0;
	return kept;
}
