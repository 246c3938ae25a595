/* SPDX-License-Identifier: Apache-2.0 */
/* Messages, and names in them that may hold anything. */
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cmd/cmd.h"

/* What messages begin with: people look for the program that they called. */
static const char *program = "yoroi";

void yr_say_as(const char *name)
{
	program = name;
}

/* Characters that show nothing, or turn the order of those beside them. */
static bool is_format(uint32_t c)
{
	return (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x2069) || c == 0xfeff;
}

/* How many bytes a character of UTF-8 takes that a terminal may have; 0: it may not. */
static size_t plain(const unsigned char *s)
{
	size_t n = yr_utf8(s, s + strnlen((const char *)s, 4));
	uint32_t c = yr_utf8_code(s, n);

	/* U+0080 to U+009F are control characters too. */
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == '\\' || is_format(c) ? 0 : n;
}

void yr_put(FILE *f, const char *s)
{
	while (s && *s) {
		size_t n = plain((const unsigned char *)s);

		if (n)
			fwrite(s, 1, n, f);
		else
			fprintf(f, "\\%03o", (unsigned char)*s);
		s += n ? n : 1;
	}
}

void yr_say(const char *fmt, ...)
{
	AUTO_BUF struct yr_buf text = { 0 };
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "%s: ", program);
	va_start(ap, fmt);
	yr_buf_vprintf(&text, fmt, ap);
	va_end(ap);
	yr_put(stderr, text.failed ? fmt : text.data ? text.data : "");
	fputc('\n', stderr);
}

bool yr_colour(FILE *f)
{
	const char *no = getenv("NO_COLOR");

	return isatty(fileno(f)) && (!no || !*no);
}
