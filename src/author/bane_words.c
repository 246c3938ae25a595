/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an entry may look like. bane copies strings into the profile as they are, so that a line
 * break or a brace goes on as policy; here each stands for the one thing that its field is about.
 */
#include "author/bane_parts.h"

static bool is_one_of(char c, const char *more)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c && strchr(more, c));
}

static bool all_of(struct yr_str s, const char *more)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_one_of(s.at[i], more))
			return false;
	return s.len;
}

/* C0, DEL, and C1, which is two bytes of UTF-8. */
static bool has_control(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c < 0x20 || c == 0x7f ||
		    (c == 0xc2 && i + 1 < s.len && (unsigned char)s.at[i + 1] < 0xa0))
			return true;
	}
	return false;
}

/* "." or ".." between slashes, or where an alternation begins or ends. */
static bool has_dots(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		size_t n = 0;

		if (i && !strchr("/{,}", s.at[i - 1]))
			continue;
		while (i + n < s.len && s.at[i + n] == '.')
			n++;
		if ((n == 1 || n == 2) && (i + n == s.len || strchr("/{,}", s.at[i + n])))
			return true;
	}
	return false;
}

/* A backslash takes away the meaning of a pattern's character, and does nothing else. */
static bool has_stray_backslash(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.at[i] == '\\' && (++i == s.len || !strchr("\\*?[]{},^@-", s.at[i])))
			return true;
	return false;
}

static const char *object_to_name(struct yr_str s)
{
	if (!all_of(s, "._-"))
		return "a profile's name has letters, digits, '.', '_' and '-' here, and nothing "
		       "else";
	if (s.at[0] == '.' || s.at[0] == '-')
		return "a profile's name begins with a letter or a digit here";
	return NULL;
}

static const char *object_to_path(struct yr_str s)
{
	if (s.at[0] != '/' && !(s.len > 2 && s.at[0] == '@' && s.at[1] == '{'))
		return "a path begins with '/', or with a variable such as '@{PROC}'";
	if (memchr(s.at, '"', s.len))
		return "a path has no quotes here: '?' stands for any character";
	if (has_dots(s))
		return "the kernel knows files by paths without '.' and '..'";
	if (has_stray_backslash(s))
		return "a backslash stands before a character of patterns, and nowhere else";
	return NULL;
}

static bool eat(struct yr_str *s, const char *word)
{
	size_t n = strlen(word);

	if (s->len < n || memcmp(s->at, word, n) != 0)
		return false;
	s->at += n;
	s->len -= n;
	return true;
}

static bool eat_blanks(struct yr_str *s)
{
	bool any = false;

	while (eat(s, " "))
		any = true;
	return any;
}

/* "<" path ">" or '"' path '"', and nothing behind it but @end */
static bool is_file(struct yr_str s, bool quotes, const char *end)
{
	char last = s.len && s.at[0] == '<' ? '>' : quotes && s.len && s.at[0] == '"' ? '"' : 0;
	const char *found = last ? memchr(s.at + 1, last, s.len - 1) : NULL;
	struct yr_str path = { s.at + 1, found ? (size_t)(found - s.at - 1) : 0 };

	return found && yr_str_is((struct yr_str){ found + 1, s.len - path.len - 2 }, end) &&
	       all_of(path, "/._+-") && !has_dots(path);
}

/* include = [ "#" ] "include" [ "if exists" ] file */
static bool is_include(struct yr_str s)
{
	eat(&s, "#");
	if (!eat(&s, "include"))
		return false;
	if (!eat_blanks(&s))
		return is_file(s, true, "");
	if (eat(&s, "if exists"))
		eat_blanks(&s);
	return is_file(s, true, "");
}

static bool is_abi(struct yr_str s)
{
	return eat(&s, "abi") && eat_blanks(&s) && is_file(s, false, ",");
}

/* variable = "@{" name "}" [ "+" ] "=" value *( " " value ) */
static bool is_variable(struct yr_str s)
{
	const char *close;

	if (!eat(&s, "@{") || !(close = memchr(s.at, '}', s.len)) ||
	    !all_of((struct yr_str){ s.at, (size_t)(close - s.at) }, "_"))
		return false;
	s.len -= (size_t)(close + 1 - s.at);
	s.at = close + 1;
	eat_blanks(&s);
	eat(&s, "+");
	return eat(&s, "=") && all_of(s, " /._+-*?[]^{},@") && !has_dots(s);
}

const char *yr_bane_objection(enum yr_bane_field field, struct yr_str text)
{
	if (!text.len)
		return "this string is empty";
	if (has_control(text))
		return "this string has a control character, such as a line break";
	switch (field) {
	case YR_BANE_NAME:
		return object_to_name(text);
	case YR_BANE_IMPORTS:
		return is_include(text) || is_abi(text) || is_variable(text)
			       ? NULL
			       : "an import is an include such as '#include <tunables/global>', an "
				 "abi, or a variable";
	case YR_BANE_INNER_IMPORTS:
		return is_include(text) ? NULL
					: "an import inside of the profile is an include such as "
					  "'#include <abstractions/nameservice>'";
	case YR_BANE_PROTOCOLS:
		return all_of(text, "_-") ? NULL : "a protocol is one word, such as 'tcp'";
	case YR_BANE_CAP_ALLOW:
	case YR_BANE_CAP_DENY:
		return all_of(text, "_") ? NULL : "a capability is one word, such as 'chown'";
	default:
		return object_to_path(text);
	}
}
