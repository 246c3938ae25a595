/* SPDX-License-Identifier: Apache-2.0 */
/* TOML's strings. */
#include "author/bane_parts.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static char *put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

/* \uXXXX and \UXXXXXXXX, of which r->at is at the u; never longer than it is written. */
static char *read_unicode(struct yr_toml_reader *r, char *to)
{
	const char *from = r->at - 1;
	int n = *r->at++ == 'u' ? 4 : 8;
	uint32_t c = 0;

	for (; n; n--, r->at++) {
		int digit = r->at < r->end ? hex_digit(*r->at) : -1;

		if (digit < 0 || c > 0x10ffff >> 4) {
			yr_toml_wrong(r, from, "this is the number of no character");
			return NULL;
		}
		c = c << 4 | (uint32_t)digit;
	}
	if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
		yr_toml_wrong(r, from, "this is the number of no character");
		return NULL;
	}
	return put_utf8(to, c);
}

/* Behind a backslash. */
static char *read_escape(struct yr_toml_reader *r, char *to)
{
	static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
	const char *found;

	if (r->at < r->end && (*r->at == 'u' || *r->at == 'U'))
		return read_unicode(r, to);
	found = r->at < r->end && *r->at ? strchr(letters, *r->at) : NULL;
	if (!found) {
		yr_toml_wrong(r, r->at - 1,
			      "TOML has no such escape; a backslash is written '\\\\', or the "
			      "string between single quotes");
		return NULL;
	}
	r->at++;
	*to++ = meant[found - letters];
	return to;
}

bool yr_toml_string(struct yr_toml_reader *r, struct yr_str *ret)
{
	const char *from = r->at, *end;
	char quote = *r->at++, *to, *text;

	if (r->end - from >= 3 && from[1] == quote && from[2] == quote)
		return yr_toml_wrong(r, from,
				     "strings of several lines are not taken: nothing here has "
				     "more than one");
	for (end = r->at; end < r->end && *end != quote && *end != '\n'; end++)
		if (*end == '\\' && quote == '"' && end + 1 < r->end && end[1] != '\n')
			end++;
	if (end >= r->end || *end != quote)
		return yr_toml_wrong(r, from, "this string is not closed on its line");
	text = to = yr_arena_alloc(r->arena, (size_t)(end - r->at) + 1);
	if (!text)
		return yr_toml_no_memory(r);
	while (r->at < end) {
		char c = *r->at++;

		if (c == '\\' && quote == '"')
			to = read_escape(r, to);
		else
			*to++ = c;
		if (!to)
			return false;
	}
	r->at = end + 1;
	*ret = (struct yr_str){ text, (size_t)(to - text) };
	return true;
}
