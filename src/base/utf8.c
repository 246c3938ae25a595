/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <stdbool.h>

/* 0x80 to 0xbf */
static bool is_more(const unsigned char *s, const unsigned char *end)
{
	return s < end && (*s & 0xc0) == 0x80;
}

size_t yr_utf8(const unsigned char *s, const unsigned char *end)
{
	if (s >= end)
		return 0;
	if (*s < 0x80)
		return 1;
	if (*s < 0xc2 || *s > 0xf4 || !is_more(s + 1, end))
		return 0;
	if (*s < 0xe0)
		return 2;
	/* The second byte shows overlong forms, surrogates, and what is too high. */
	if ((*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) ||
	    (*s == 0xf0 && s[1] < 0x90) || (*s == 0xf4 && s[1] > 0x8f) || !is_more(s + 2, end))
		return 0;
	if (*s < 0xf0)
		return 3;
	return is_more(s + 3, end) ? 4 : 0;
}

uint32_t yr_utf8_code(const unsigned char *s, size_t n)
{
	uint32_t c = n == 1 ? *s : *s & (0x7fU >> n);

	for (size_t i = 1; i < n; i++)
		c = c << 6 | (s[i] & 0x3fU);
	return c;
}

size_t yr_utf8_prefix(const char *s, size_t n)
{
	const unsigned char *at = (const unsigned char *)s, *end = at + n;

	for (size_t len; (len = yr_utf8(at, end)) != 0; at += len)
		;
	return (size_t)(at - (const unsigned char *)s);
}
