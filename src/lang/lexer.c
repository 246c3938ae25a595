/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/lexer.h"

#include "base/cleanup.h"
#include "base/limits.h"

const uint8_t yr_char_class[256] = {
	[0] = YR_C_BAD,        [' '] = YR_C_BLANK, ['\t'] = YR_C_BLANK,     ['\r'] = YR_C_BLANK,
	['\n'] = YR_C_NEWLINE, [','] = YR_C_COMMA, ['"'] = YR_C_BAD,        ['!'] = YR_C_BAD,
	['('] = YR_C_OPEN,     [')'] = YR_C_CLOSE, ['\\'] = YR_C_BACKSLASH, ['='] = YR_C_EQUALS,
};

static const char pound_include[] = "#include";

bool yr_at_pound_include(const struct yr_parser *p)
{
	size_t n = sizeof(pound_include) - 1;

	return (size_t)(p->end - p->at) >= n && !memcmp(p->at, pound_include, n);
}

static void skip_comment(struct yr_parser *p)
{
	const char *nl = memchr(p->at, '\n', (size_t)(p->end - p->at));

	p->at = nl ? nl : p->end;
}

void yr_skip_between(struct yr_parser *p)
{
	if (p->at != p->space_to)
		p->space_from = p->at;
	for (;;) {
		while (yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE))
			p->at++;
		if (*p->at != '#' || yr_at_end(p) || yr_at_pound_include(p))
			break;
		skip_comment(p);
	}
	p->space_to = p->at;
}

void yr_skip(struct yr_parser *p)
{
	yr_skip_between(p);
	while (*p->at == '#' && !yr_at_end(p)) {
		struct yr_loc loc = { p->src, yr_off(p, p->at), sizeof(pound_include) - 1 };

		yr_complain(p->diags, &loc, YR_ERROR, "include",
			    "an include cannot stand inside a rule");
		skip_comment(p);
		yr_skip_between(p);
	}
}

void yr_skip_blanks(struct yr_parser *p)
{
	while (yr_class(*p->at) & YR_C_BLANK)
		p->at++;
}

/* The value of up to @max digits to base @base, as long as it stays a byte. */
static unsigned take_digits(const char **at, const char *end, unsigned base, int max, bool *ret_any)
{
	unsigned v = 0;

	*ret_any = false;
	for (; max > 0 && *at < end; max--, (*at)++) {
		char c = **at;
		unsigned d;

		if (yr_is_digit(c))
			d = (unsigned)(c - '0');
		else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
			d = (unsigned)((c | 0x20) - 'a') + 10;
		else
			break;
		if (d >= base || v * base + d > 255)
			break;
		v = v * base + d;
		*ret_any = true;
	}
	return v;
}

/* The byte that the escape at *at (behind its backslash) stands for. */
static char take_escape(const char **at, const char *end)
{
	static const char letters[] = "aefnrt", bytes[] = "\a\033\f\n\r\t";
	const char *from = *at, *letter;
	char c = *from;
	unsigned v;
	bool any;

	if (c >= '0' && c <= '7')
		return (char)take_digits(at, end, 8, 3, &any);
	++*at;
	if (c == 'x' || c == 'd') {
		v = take_digits(at, end, c == 'x' ? 16 : 10, c == 'x' ? 2 : 3, &any);
		if (any)
			return (char)v;
	}
	letter = memchr(letters, c, sizeof(letters) - 1);
	return letter ? bytes[letter - letters] : c;
}

static bool is_special(char c)
{
	return c && strchr("*?[]{}^,\\@", c);
}

static bool unescape(struct yr_parser *p, const char *from, const char *end, struct yr_str *ret)
{
	/* No escape grows: the longest result is two bytes, the shortest escape as well. */
	char *to = yr_arena_strndup(p->arena, from, (size_t)(end - from));
	size_t n = 0;

	if (!to) {
		p->failed = true;
		return false;
	}
	while (from < end) {
		char c = *from++;

		if (c == '\\' && from < end) {
			c = take_escape(&from, end);
			if (is_special(c))
				to[n++] = '\\';
		}
		to[n++] = c;
	}
	to[n] = '\0';
	*ret = (struct yr_str){ to, n };
	return true;
}

bool yr_may_go_back(struct yr_parser *p, const char *at)
{
	size_t bytes = (size_t)((p->at > at ? p->at : p->end) - at);

	if (bytes > YR_LIMIT_GO_BACK - p->went_back)
		return false;
	p->went_back += bytes;
	return true;
}

static bool take_quoted(struct yr_parser *p, struct yr_word *w)
{
	const char *from = p->at, *at = from + 1;
	bool escapes = false;

	for (; at < p->end && *at != '"'; at++) {
		if (*at == '\\' && at + 1 < p->end) {
			escapes = true;
			at++;
		} else if (*at == '@') {
			p->saw_variable = true;
		}
	}
	if (at >= p->end) {
		w->loc = (struct yr_loc){ p->src, yr_off(p, from), 1 };
		yr_complain(p->diags, &w->loc, YR_ERROR, "syntax", "this quote is never closed");
		at = memchr(from, '\n', (size_t)(p->end - from));
		p->at = at && yr_may_go_back(p, at) ? at : p->end;
		return false;
	}
	p->at = at + 1;
	if (!p->quote && memchr(from, '\n', (size_t)(at - from)))
		p->quote = from;
	w->loc = yr_loc_from(p, from);
	w->text = (struct yr_str){ from + 1, (size_t)(at - from - 1) };
	return !escapes || unescape(p, from + 1, at, &w->text);
}

/* Whether the comma at @at belongs to the word before it. */
static bool comma_inside(const struct yr_parser *p, const char *at)
{
	return at + 1 < p->end && !(yr_class(at[1]) & (YR_STOP_WORD | YR_C_COMMA));
}

bool yr_take_word(struct yr_parser *p, unsigned stop, struct yr_word *w)
{
	const char *from = p->at, *at = from;
	unsigned mask = stop | YR_C_COMMA | YR_C_BACKSLASH;
	bool escapes = false;

	*w = (struct yr_word){ 0 };
	if (yr_at_end(p))
		return false;
	if (*from == '"')
		return take_quoted(p, w);
	for (;; at++) {
		while (!(yr_class(*at) & mask)) {
			if (*at == '@')
				p->saw_variable = true;
			at++;
		}
		if (at >= p->end || (yr_class(*at) & stop))
			break;
		if (*at == ',' && !comma_inside(p, at))
			break;
		if (*at == '\\') {
			escapes = true;
			/* Of two backslashes, the second one may still escape what follows. */
			if (at + 1 < p->end && at[1] != '\n' && at[1] != '\\')
				at++;
		}
	}
	if (at == from)
		return false;
	p->at = at;
	w->loc = yr_loc_from(p, from);
	w->text = (struct yr_str){ from, (size_t)(at - from) };
	return !escapes || unescape(p, from, at, &w->text);
}

struct yr_str yr_peek_name(const struct yr_parser *p)
{
	const char *at = p->at;

	while (yr_is_alpha(*at) || *at == '_' || (yr_is_digit(*at) && at > p->at))
		at++;
	return (struct yr_str){ p->at, (size_t)(at - p->at) };
}

bool yr_take_keyword(struct yr_parser *p, const char *z)
{
	struct yr_str name = yr_peek_name(p);

	if (!name.len || !yr_str_is(name, z))
		return false;
	p->at += name.len;
	return true;
}

bool yr_take_arrow(struct yr_parser *p)
{
	if (p->end - p->at < 2 || p->at[0] != '-' || p->at[1] != '>')
		return false;
	p->at += 2;
	return true;
}

struct yr_loc yr_loc_here(const struct yr_parser *p)
{
	return (struct yr_loc){ p->src, yr_off(p, p->at), 1 };
}

struct yr_loc yr_loc_behind(const struct yr_parser *p)
{
	return (struct yr_loc){ p->src, yr_off(p, p->at == p->space_to ? p->space_from : p->at),
				1 };
}
