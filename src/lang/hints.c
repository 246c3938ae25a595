/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes that many people make, each told in a sentence of its own, where it was made. */
#include <stdio.h>

#include "base/cleanup.h"
#include "lang/parse.h"

static bool at_gap(const struct yr_parser *p, const char *at)
{
	return at >= p->end || (yr_class(*at) & (YR_C_BLANK | YR_C_NEWLINE));
}

static void to_line_end(struct yr_parser *p)
{
	const char *nl = memchr(p->at, '\n', (size_t)(p->end - p->at));

	p->at = nl ? nl : p->end;
}

static struct yr_loc loc_of(const struct yr_parser *p, const char *at, size_t len)
{
	return (struct yr_loc){ p->src, yr_off(p, at), (uint32_t)len };
}

/* What stands from here to white space, a comma, ';' or the end. */
static struct yr_str peek_chunk(const struct yr_parser *p)
{
	const char *at = p->at;

	while (!at_gap(p, at) && *at != ',' && *at != ';')
		at++;
	return (struct yr_str){ p->at, (size_t)(at - p->at) };
}

bool yr_blame_quote(struct yr_parser *p)
{
	struct yr_loc loc;

	if (!p->quote)
		return false;
	loc = loc_of(p, p->quote, 1);
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "this quote is not closed in its line; write '\"' behind the word that it "
		    "begins");
	p->at = p->quote;
	p->quote = NULL;
	to_line_end(p);
	return true;
}

bool yr_hint_comment(struct yr_parser *p, const char *at)
{
	struct yr_loc loc = loc_of(p, at, 2);

	if (p->end - at < 2 || at[0] != '/' || at[1] != '/')
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "a comment begins with '#', not with '//'");
	p->at = at;
	to_line_end(p);
	return true;
}

bool yr_hint_semicolon(struct yr_parser *p, const struct yr_word *w)
{
	struct yr_loc loc = { w->loc.source, w->loc.off + w->loc.len - 1, 1 };

	if (!w->loc.len || w->loc.source->text[loc.off] != ';')
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "a rule ends with ',', not with ';'");
	return true;
}

void yr_hint_stray(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);

	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    *p->at == ';' ? "this ';' means nothing: a rule ends with ','"
				  : "this ',' ends no rule; an include and a '}' take none");
	p->at++;
}

static bool is_typographic_quote(const char *at, const char *end)
{
	if (end - at >= 3 && !memcmp(at, "\xe2\x80", 2))
		return (unsigned char)at[2] >= 0x98 && (unsigned char)at[2] <= 0x9f;
	return end - at >= 2 && (!memcmp(at, "\xc2\xab", 2) || !memcmp(at, "\xc2\xbb", 2));
}

static bool hint_quote(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);

	if (*p->at == '\'') {
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "words with spaces stand in double quotes, not in single ones");
		return true;
	}
	if (!is_typographic_quote(p->at, p->end))
		return false;
	loc.len = *p->at == '\xe2' ? 3 : 2;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "this is a typographic quote, as word processors write it; policy takes "
		    "'\"' alone");
	return true;
}

/* "capability a, b,": the names that follow are parts of the same mistake. */
static bool hint_list(struct yr_parser *p)
{
	static const struct {
		const struct yr_name_table *names;
		const char *rule, *write;
	} lists[] = {
		{ &yr_capability_names, "capability",
		  "several in one rule have spaces between them: 'capability a b,'" },
		{ &yr_family_names, "network", "each network family has a rule of its own" },
	};
	struct yr_str word = yr_peek_name(p);
	struct yr_loc loc = loc_of(p, p->at, word.len);
	size_t i = 0;

	while (i < ARRAY_LEN(lists) && yr_name_find(lists[i].names, word) < 0)
		i++;
	if (i == ARRAY_LEN(lists))
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "the ',' before '%.*s' ended the rule; %s; otherwise write '%s %.*s,'",
		    YR_STR_ARG(word), lists[i].write, lists[i].rule, YR_STR_ARG(word));
	for (; yr_name_find(lists[i].names, word) >= 0; word = yr_peek_name(p)) {
		p->at += word.len;
		yr_skip_blanks(p);
		if (*p->at != ',')
			break;
		yr_take_char(p, ',');
		yr_skip_blanks(p);
	}
	return true;
}

/* "etc/passwd r,", "~/x r,": what was meant is a path. */
static bool hint_path(struct yr_parser *p)
{
	struct yr_str word = peek_chunk(p);
	struct yr_loc loc = loc_of(p, p->at, word.len);
	struct yr_parser q = *p;
	const char *why;

	q.at += word.len;
	yr_skip_blanks(&q);
	if (!word.len || !yr_at_perms(&q))
		return false;
	if (word.at[0] == '~')
		why = "'~' is no home directory here: write @{HOME}";
	else if (word.at[0] == '$')
		why = "policy does not know the environment: write a variable of the tunables, "
		      "such as @{HOME}";
	else if (word.at[0] == '.' || memchr(word.at, '/', word.len) || strchr("*?{[", word.at[0]))
		why = "a path begins with '/' or a variable; '/**/' stands for any folder";
	else
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'%.*s' is no path: %s", YR_STR_ARG(word),
		    why);
	return true;
}

/* "receive) ...": what the comma ended was a list whose '(' is missing. */
static bool hint_parenthesis(struct yr_parser *p)
{
	unsigned depth = 0;
	struct yr_loc loc;

	for (const char *at = p->at; at < p->end && *at != '\n' && *at != '#'; at++) {
		depth += *at == '(';
		if (*at != ')' || depth-- > 0)
			continue;
		loc = loc_of(p, at, 1);
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "this ')' closes nothing; is a '(' missing before the list?");
		to_line_end(p);
		return true;
	}
	return false;
}

static bool hint_brackets(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);

	if (*p->at != '<')
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'include' is missing before this '<'");
	to_line_end(p);
	return true;
}

bool yr_hint_statement(struct yr_parser *p)
{
	return yr_blame_quote(p) || hint_quote(p) || hint_brackets(p) || hint_list(p) ||
	       hint_path(p) || hint_parenthesis(p);
}

/* Whether the rest of the line reads like the head of a profile: words, '{', and no comma. */
static bool at_head(const struct yr_parser *p)
{
	const char *at = p->at;

	for (; at < p->end && *at != '\n' && *at != '#' && *at != ';'; at++) {
		if (*at == ',' && at_gap(p, at + 1))
			return false;
		if (*at == '{' && at > p->at && at_gap(p, at - 1) && at_gap(p, at + 1))
			return true;
	}
	return false;
}

bool yr_hint_profile(struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct yr_nearest near = yr_nearest_start(word);
	struct yr_loc loc = loc_of(p, p->at, word.len);

	if (!word.len || yr_is_rule_word(word) || yr_str_is(word, "else") || !at_head(p))
		return false;
	yr_nearest_try_z(&near, "profile");
	if (near.name.at && at_gap(p, word.at + word.len)) {
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "a profile begins with 'profile', not '%.*s'", YR_STR_ARG(word));
		p->at += word.len;
		yr_skip(p);
	} else {
		loc.len = (uint32_t)peek_chunk(p).len;
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "'profile' is missing before the name '%.*s'", (int)loc.len, p->at);
	}
	p->keyword_meant = true;
	return true;
}

static bool missing_comma(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_behind(p);

	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "',' is missing after this rule");
	return true;
}

/* "/a r w,": all words up to the comma are permissions. */
static bool hint_perms(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);
	struct yr_parser q = *p;

	if (!yr_at_perms(&q))
		return false;
	while (yr_at_perms(&q)) {
		q.at += yr_peek_name(&q).len;
		loc.len = yr_off(&q, q.at) - loc.off;
		yr_skip_blanks(&q);
	}
	if (*q.at != ',' && *q.at != '\n')
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "the permissions of a path are one word, such as 'rw'");
	p->at = p->src->text + loc.off + loc.len;
	return true;
}

static bool hint_qualifier(struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct yr_loc loc = loc_of(p, p->at, word.len);

	if (!yr_is_qualifier(word) || (!at_gap(p, word.at + word.len) && word.at[word.len] != ','))
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'%.*s' stands before the rule, not in it",
		    YR_STR_ARG(word));
	return true;
}

/* Whether the next rule stands here, rather than something that a rule might have in it. */
static bool at_next_rule(const struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct yr_parser q = *p;

	if (word.len)
		return yr_is_rule_word(word) && at_gap(p, word.at + word.len);
	if (*p->at != '/' && !(*p->at == '@' && p->at[1] == '{'))
		return false;
	q.at += peek_chunk(p).len;
	yr_skip_blanks(&q);
	return yr_at_perms(&q);
}

bool yr_hint_end(struct yr_parser *p, const char *what, bool *ret_go_on)
{
	struct yr_parser behind = *p;
	bool is_file = !strcmp(what, "a file rule");

	*ret_go_on = false;
	if (yr_blame_quote(p))
		return true;
	if (p->end - p->at >= 2 && p->at[0] == '/' && p->at[1] == '/') {
		*ret_go_on = missing_comma(&behind) && yr_hint_comment(p, p->at);
	} else if (*p->at == ';') {
		struct yr_loc loc = yr_loc_here(p);

		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "a rule ends with ',', not with ';'");
		p->at++;
		*ret_go_on = true;
	} else if (is_file && hint_perms(p)) {
		yr_skip_blanks(p);
		*ret_go_on = yr_take_char(p, ',');
	} else if (at_next_rule(p)) {
		*ret_go_on = missing_comma(p);
	} else {
		return hint_qualifier(p);
	}
	return true;
}

/* Words for what letters say. */
static const struct {
	const char *word, *letters;
} perm_words[] = {
	{ "append", "a" }, { "exec", "ix" }, { "execute", "ix" }, { "link", "l" }, { "lock", "k" },
	{ "mmap", "m" },   { "none", NULL }, { "read", "r" },     { "ro", "r" },   { "write", "w" },
};

/*
 * "/my file r,": what stands in the place of the permissions is a part of the path, since
 * permissions and a comma follow it.
 */
static bool hint_spaces(struct yr_parser *p, const struct yr_word *path, const struct yr_word *mode)
{
	struct yr_parser behind = *p;
	struct yr_loc loc = path->loc;
	struct yr_str perms;
	bool good;

	if (!loc.source || loc.source != p->src || loc.off > mode->loc.off)
		return false;
	behind.at = p->src->text + mode->loc.off + mode->loc.len;
	yr_skip_blanks(&behind);
	good = yr_at_perms(&behind);
	perms = yr_peek_name(&behind);
	behind.at += perms.len;
	yr_skip_blanks(&behind);
	if (!good || *behind.at != ',')
		return false;
	loc.len = mode->loc.off + mode->loc.len - loc.off;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "a path with spaces in it stands in double quotes: \"%.*s\"", (int)loc.len,
		    p->src->text + loc.off);
	p->at = behind.at;
	return true;
}

bool yr_hint_mode(struct yr_parser *p, const struct yr_word *path, const struct yr_word *mode)
{
	struct yr_loc loc = mode->loc;

	if (yr_blame_quote(p))
		return true;
	if (path->loc.source && yr_hint_comment(p, p->src->text + path->loc.off))
		return true;
	p->at = p->src->text + loc.off;
	if (hint_qualifier(p))
		return true;
	p->at += loc.len;
	if (hint_spaces(p, path, mode))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(perm_words); i++) {
		if (!yr_str_is(mode->text, perm_words[i].word))
			continue;
		if (perm_words[i].letters)
			yr_complain(p->diags, &loc, YR_ERROR, "bad-word",
				    "file permissions are letters: write '%s' for '%s'",
				    perm_words[i].letters, perm_words[i].word);
		else
			yr_complain(p->diags, &loc, YR_ERROR, "bad-word",
				    "what no rule allows is refused already; to refuse it whatever "
				    "other rules say write 'deny' before the path");
		return true;
	}
	return false;
}
