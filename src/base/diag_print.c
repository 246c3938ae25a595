/* SPDX-License-Identifier: Apache-2.0 */
/* Findings as people read them. */
#include <string.h>

#include "base/diag.h"

/* How many bytes of @s make one character that a terminal may show as it is; 0: escape one. */
static unsigned plain_bytes(const char *s)
{
	const unsigned char *u = (const unsigned char *)s;
	unsigned n = u[0] < 0x80   ? 1
		     : u[0] < 0xc2 ? 0
		     : u[0] < 0xe0 ? 2
		     : u[0] < 0xf0 ? 3
		     : u[0] < 0xf5 ? 4
				   : 0;

	for (unsigned i = 1; i < n; i++)
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	/* U+0080 to U+009F are control characters too. */
	if (u[0] < 0x20 || u[0] == 0x7f || (u[0] == 0xc2 && u[1] < 0xa0))
		return 0;
	return n;
}

/* Hostile text must not move the reader's cursor or colour his terminal. */
static void put_safe(FILE *out, const char *s)
{
	while (*s) {
		unsigned n = plain_bytes(s);

		if (*s == '\t')
			fputc(' ', out);
		else if (!n)
			fprintf(out, "\\x%02x", (unsigned char)*s);
		else
			fwrite(s, 1, n, out);
		s += n ? n : 1;
	}
}

/* Columns that put_safe() uses for the first @n bytes. */
static unsigned safe_width(const char *s, unsigned n)
{
	const char *end = s + n;
	unsigned w = 0;

	while (s < end && *s) {
		unsigned bytes = plain_bytes(s);

		w += bytes || *s == '\t' ? 1 : 4;
		s += bytes ? bytes : 1;
	}
	return w;
}

void yr_diag_print(FILE *out, const struct yr_diag *d, bool colour)
{
	static const char *const word[] = { "note", "warning", "error" };
	static const char *const tint[] = { "\033[36m", "\033[35m", "\033[31m" };
	unsigned before, under;

	if (d->file) {
		put_safe(out, d->file);
		if (d->line)
			fprintf(out, ":%u:%u", d->line, d->col);
		fputs(": ", out);
	}
	fprintf(out, "%s%s:%s ", colour ? tint[d->severity] : "", word[d->severity],
		colour ? "\033[0m" : "");
	put_safe(out, d->text);
	if (d->severity != YR_NOTE)
		fprintf(out, " [%s]", d->name);
	fputc('\n', out);
	if (!d->source)
		return;

	put_safe(out, d->source);
	before = safe_width(d->source, d->source_col - 1);
	under = strlen(d->source) >= d->source_col
			? safe_width(d->source + d->source_col - 1, d->len)
			: 1;
	fprintf(out, "\n%*s", (int)before, "");
	if (colour)
		fputs(tint[d->severity], out);
	fputc('^', out);
	for (; under > 1; under--)
		fputc('~', out);
	fprintf(out, "%s\n", colour ? "\033[0m" : "");
}
