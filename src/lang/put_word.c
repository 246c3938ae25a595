/* SPDX-License-Identifier: Apache-2.0 */
/* Words for policy to be read again. */
#include <string.h>

#include "lang/words.h"

/* A bare path ends at fewer characters than another word, which may be read as something else. */
bool yr_word_needs_quotes(struct yr_str s)
{
	const char *ends = s.len && s.at[0] == '/' ? " \t\r\n,#=!\"\\)" : " \t\r\n,#=!\"'\\)(<>|;";

	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] && strchr(ends, s.at[i]))
			return true;
	/* Upstream takes no word that begins with a backslash where profiles are named. */
	return !s.len || s.at[0] == '-' || strchr("*?[]{}^", s.at[0]);
}

void yr_put_escaped(struct yr_buf *b, struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c < 0x20 || c == 0x7f)
			yr_buf_printf(b, "\\%03o", c);
		else if (strchr("*?[]{}^\\\"", c))
			yr_buf_printf(b, "\\%c", c);
		else
			yr_buf_putc(b, (char)c);
	}
}

void yr_put_word(struct yr_buf *b, struct yr_str s)
{
	bool quoted = yr_word_needs_quotes(s);

	if (quoted)
		yr_buf_putc(b, '"');
	yr_put_escaped(b, s);
	if (quoted)
		yr_buf_putc(b, '"');
}
