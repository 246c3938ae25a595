/* SPDX-License-Identifier: Apache-2.0 */
/* Files of expectations, line by line. */
#include "verdict/expect.h"

#include <errno.h>
#include <stdarg.h>

#include "base/diag.h"
#include "base/nearest.h"
#include "verdict/expect_parts.h"

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct yr_str trim(struct yr_str s)
{
	while (s.len && is_blank(s.at[0]))
		s = (struct yr_str){ s.at + 1, s.len - 1 };
	while (s.len && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

static void complain(const struct yr_expect_reader *r, struct yr_diags *diags, unsigned col,
		     size_t len, enum yr_severity severity, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(diags, severity, r->name, r->line, col, (unsigned)len, r->whole, name, fmt, ap);
	va_end(ap);
}

void yr_expect_complain(const struct yr_expect_reader *r, struct yr_diags *diags, unsigned col,
			size_t len, const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(diags, YR_ERROR, r->name, r->line, col, (unsigned)len, r->whole, name, fmt, ap);
	va_end(ap);
}

void yr_expect_relocate(const struct yr_expect_reader *r, struct yr_diags *diags, unsigned col,
			const struct yr_diags *of)
{
	for (size_t i = 0; i < yr_diags_count(of); i++) {
		const struct yr_diag *f = yr_diags_get(of, i);

		complain(r, diags, col + (f->col ? f->col - 1 : 0), f->len, f->severity, f->name,
			 "%s", f->text);
	}
}

static unsigned column(const struct yr_expect_reader *r, const char *at)
{
	return (unsigned)(at - r->whole.at) + 1;
}

/* Complain about @at; -EBADMSG. */
#define WRONG(r, diags, at, len, name, ...)                                                        \
	(yr_expect_complain(r, diags, column(r, at), len, name, __VA_ARGS__), -EBADMSG)

/* Without the comment at its end, which a blank sets off. */
static struct yr_str without_comment(struct yr_str s)
{
	bool quoted = false, set_off = true;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '"')
			quoted = !quoted;
		if (c == '#' && !quoted && set_off)
			s.len = i;
		set_off = is_blank(c);
		i += c == '\\';
	}
	return trim(s);
}

/* Take a word, in quotes or up to the next blank; an empty one at the end. */
static struct yr_str take_word(struct yr_str *rest)
{
	struct yr_str word;
	size_t n = 0;

	*rest = trim(*rest);
	while (n < rest->len && !is_blank(rest->at[n]))
		n++;
	word = (struct yr_str){ rest->at, n };
	*rest = trim((struct yr_str){ rest->at + n, rest->len - n });
	return word;
}

static int take_quoted(const struct yr_expect_reader *r, struct yr_diags *diags,
		       struct yr_str *rest, struct yr_str *ret)
{
	const char *end;

	*rest = trim(*rest);
	if (!rest->len || rest->at[0] != '"') {
		*ret = take_word(rest);
	} else {
		end = memchr(rest->at + 1, '"', rest->len - 1);
		if (!end)
			return WRONG(r, diags, rest->at, 1, "syntax", "this quote is never closed");
		*ret = (struct yr_str){ rest->at + 1, (size_t)(end - rest->at - 1) };
		*rest = (struct yr_str){ end + 1, rest->len - ret->len - 2 };
		if (!ret->len)
			return WRONG(r, diags, ret->at - 1, 2, "syntax", "nothing is quoted here");
	}
	if (ret->len > YR_LIMIT_NAME_BYTES)
		return WRONG(r, diags, ret->at, 1, "limit",
			     "this is longer than %d bytes, the most that a name may have",
			     YR_LIMIT_NAME_BYTES);
	return 0;
}

/* profile FILE [NAME] | child NAME | hat NAME | features KERNEL... */
static int read_words(const struct yr_expect_reader *r, struct yr_diags *diags,
		      const struct yr_expect_head *head, struct yr_str rest,
		      struct yr_expectation *e)
{
	if (!rest.len)
		return WRONG(r, diags, e->text.at, e->text.len, "syntax", "behind '%s' stands %s",
			     head->word, head->behind);
	while (rest.len) {
		struct yr_str word;
		int bad;

		if (e->n_words == head->most && e->kind == YR_EXPECT_FEATURES)
			return WRONG(r, diags, rest.at, 1, "limit",
				     "these are more than %zu kernels", head->most);
		if (e->n_words == head->most)
			return WRONG(r, diags, rest.at, 1, "syntax",
				     "behind '%s' stands %s, and nothing else", head->word,
				     head->behind);
		bad = take_quoted(r, diags, &rest, &word);
		if (bad)
			return bad;
		rest = trim(rest);
		e->word[e->n_words++] = (struct yr_expect_word){ word, column(r, word.at) };
	}
	return 0;
}

/* Where in @s the comma stands behind which an arrow leads to a transition; NULL: nowhere. */
static const char *find_arrow(struct yr_str s, struct yr_str *ret_behind)
{
	const char *comma = NULL, *found = NULL;
	bool quoted = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '"')
			quoted = !quoted;
		if (c == '\\') {
			comma = NULL;
			i++;
		} else if (c == ',' && !quoted) {
			comma = s.at + i;
		} else if (comma && c == '-' && i + 1 < s.len && s.at[i + 1] == '>') {
			found = comma;
			*ret_behind = (struct yr_str){ s.at + i + 2, s.len - i - 2 };
		} else if (!is_blank(c)) {
			comma = NULL;
		}
	}
	return found;
}

static int read_transition(const struct yr_expect_reader *r, struct yr_diags *diags,
			   const char *comma, struct yr_str behind, struct yr_expectation *e)
{
	behind = trim(behind);
	if (behind.len && behind.at[behind.len - 1] == ',')
		behind.len--;
	e->transition = (struct yr_expect_word){ behind, column(r, behind.at) };
	if (!e->allow)
		return WRONG(r, diags, comma + 1, 1, "conflict",
			     "what is denied leads nowhere: '->' belongs to 'allow'");
	if (!yr_transition_known(behind))
		return WRONG(r, diags, behind.len ? behind.at : comma + 1,
			     behind.len ? behind.len : 1, "bad-word",
			     "this is no transition; there are 'inherit', 'unconfined', 'profile "
			     "NAME', 'child NAME', 'the program's own profile' and 'the program's "
			     "own child', as 'yoroi query' names them");
	return 0;
}

/* (allow | deny) [audit | quiet] ACCESS [-> TRANSITION] */
static int read_access(const struct yr_expect_reader *r, struct yr_diags *diags, bool allow,
		       struct yr_str rest, struct yr_expectation *e)
{
	struct yr_str after = rest, word = take_word(&after), behind;
	const char *comma;

	e->kind = YR_EXPECT_ACCESS;
	e->allow = allow;
	if (yr_str_is(word, "audit") || yr_str_is(word, "quiet")) {
		e->log = word.at[0] == 'a' ? YR_EXPECT_AUDIT : YR_EXPECT_QUIET;
		rest = after;
	}
	comma = find_arrow(rest, &behind);
	if (comma) {
		int bad = read_transition(r, diags, comma, behind, e);

		if (bad)
			return bad;
		rest.len = (size_t)(comma + 1 - rest.at);
	}
	if (!rest.len || rest.at == comma)
		return WRONG(r, diags, e->text.at, e->text.len, "syntax",
			     "behind '%s' stands an access, such as '/etc/passwd r,'",
			     allow ? "allow" : "deny");
	e->access = (struct yr_expect_word){ rest, column(r, rest.at) };
	return 0;
}

static const struct yr_expect_head heads[] = {
	{ "child", "the name of a child", YR_EXPECT_CHILD, 1 },
	{ "features", "one kernel or several", YR_EXPECT_FEATURES, YR_LIMIT_TEST_KERNELS },
	{ "hat", "the name of a hat", YR_EXPECT_CHILD, 1 },
	{ "profile", "a file, and a profile's name if there are several", YR_EXPECT_PROFILE, 2 },
};

static int unknown_word(const struct yr_expect_reader *r, struct yr_diags *diags,
			struct yr_str word)
{
	struct yr_nearest near = yr_nearest_start(word);

	if (yr_str_is(word, "audit") || yr_str_is(word, "quiet"))
		return WRONG(r, diags, word.at, word.len, "syntax",
			     "'allow' or 'deny' comes first, as in 'deny %.*s /etc/passwd w,'",
			     YR_STR_ARG(word));
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		yr_nearest_try_z(&near, heads[i].word);
	yr_nearest_try_z(&near, "allow");
	yr_nearest_try_z(&near, "deny");
	return WRONG(
		r, diags, word.at, word.len, "bad-word",
		"a line begins with 'allow', 'deny', 'profile', 'child', 'hat' or 'features'%s",
		yr_nearest_phrase(&near).text);
}

static int read_line(const struct yr_expect_reader *r, struct yr_diags *diags,
		     struct yr_expectation *e)
{
	const char *nul = memchr(e->text.at, '\0', e->text.len);
	struct yr_str rest = e->text, word = take_word(&rest);

	if (nul)
		return WRONG(r, diags, nul, 1, "syntax", "a NUL byte");
	if (yr_str_is(word, "allow") || yr_str_is(word, "deny"))
		return read_access(r, diags, word.at[0] == 'a', rest, e);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		if (yr_str_is(word, heads[i].word)) {
			e->kind = heads[i].kind;
			return read_words(r, diags, &heads[i], rest, e);
		}
	return unknown_word(r, diags, word);
}

int yr_expect_next(struct yr_expect_reader *r, struct yr_diags *diags, struct yr_expectation *e)
{
	while (r->left.len) {
		const char *nl = memchr(r->left.at, '\n', r->left.len);
		size_t len = nl ? (size_t)(nl - r->left.at) : r->left.len;
		int bad;

		r->line++;
		r->whole = (struct yr_str){ r->left.at, len };
		r->left = (struct yr_str){ r->left.at + len + !!nl, r->left.len - len - !!nl };
		*e = (struct yr_expectation){ .line = r->line, .text = without_comment(r->whole) };
		if (!e->text.len)
			continue;
		bad = read_line(r, diags, e);
		return bad ? bad : 1;
	}
	return 0;
}
