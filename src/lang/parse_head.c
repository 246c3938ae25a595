/* SPDX-License-Identifier: Apache-2.0 */
/* Heads of profiles and hats. */
#include "lang/parse.h"

/* "=" "(" here, taken. */
static bool take_list_begin(struct yr_parser *p)
{
	yr_skip(p);
	if (!yr_take_char(p, '='))
		return false;
	yr_skip(p);
	return yr_take_char(p, '(');
}

/* NAME "=" "(" here, taken; a word that is nearly @name is told and counts as it. */
static bool take_list_head(struct yr_parser *p, const char *name)
{
	struct yr_parser before = *p;
	struct yr_str word = yr_peek_name(p);
	struct yr_loc loc = { p->src, yr_off(p, p->at), (uint32_t)word.len };
	struct yr_nearest near = yr_nearest_start(word);

	p->at += word.len;
	if (word.len && take_list_begin(p)) {
		if (yr_str_is(word, name))
			return true;
		yr_nearest_try_z(&near, name);
		if (near.name.at) {
			yr_complain(p->diags, &loc, YR_ERROR, "bad-word",
				    "no part of a head is called '%.*s'%s", YR_STR_ARG(word),
				    yr_nearest_phrase(&near).text);
			return true;
		}
	}
	*p = before;
	return false;
}

/* Any name with a list, such as flags, is here; none is taken. */
static bool at_list_head(const struct yr_parser *p)
{
	struct yr_parser ahead = *p;

	ahead.at += yr_peek_name(p).len;
	return ahead.at > p->at && take_list_begin(&ahead);
}

/* xattrs = "xattrs" "=" "(" (NAME ("=" VALUE)? | ",")* ")"; up to "(" taken */
static bool parse_xattrs(struct yr_parser *p, struct yr_head *h)
{
	struct yr_cond **at = &h->xattrs;

	for (yr_skip_separators(p); !yr_take_char(p, ')'); yr_skip_separators(p)) {
		/* Outside of profiles, "hat" is another word for "profile". */
		if (h->hat && p->in_profile)
			return yr_expected(p, "no xattrs: a hat is entered by name, never by "
					      "attachment; not");
		struct yr_cond *c = yr_arena_new(p->arena, struct yr_cond);
		struct yr_word *value = yr_arena_new(p->arena, struct yr_word);

		p->failed |= !c || !value;
		if (p->failed)
			return false;
		if (*p->at == '"' || !yr_take_word(p, YR_STOP_LIST | YR_C_EQUALS, &c->name))
			return p->failed ? false : yr_expected(p, "an attribute's name or ')'");
		yr_skip(p);
		if (yr_take_char(p, '=')) {
			yr_skip(p);
			if (!yr_take_word(p, YR_STOP_LIST, value) || !value->text.len)
				return p->failed ? false : yr_expected(p, "the attribute's value");
			c->values = (struct yr_words){ value, 1 };
		}
		*at = c;
		at = &c->next;
	}
	return true;
}

static bool add_identities(struct yr_parser *p, struct yr_head *h, const struct yr_words *more)
{
	struct yr_word *all = yr_arena_array(p->arena, h->identity.n + more->n, sizeof(*all));

	p->failed |= !all;
	if (!all)
		return false;
	if (h->identity.n)
		memcpy(all, h->identity.at, h->identity.n * sizeof(*all));
	memcpy(all + h->identity.n, more->at, more->n * sizeof(*all));
	for (size_t i = 0; i < more->n; i++) {
		const struct yr_word *w = &more->at[i];

		if (w->text.len && !memchr(w->text.at, ' ', w->text.len))
			continue;
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-name",
			    "an identity has no spaces in it and is not empty");
		return false;
	}
	h->identity = (struct yr_words){ all, h->identity.n + more->n };
	return true;
}

/* identities = ("+" "identities" "=" "(" NAME+ ")")* */
static bool parse_identities(struct yr_parser *p, struct yr_head *h)
{
	struct yr_words more;

	for (yr_skip(p); yr_take_char(p, '+'); yr_skip(p)) {
		yr_skip(p);
		if (!take_list_head(p, "identities"))
			return yr_expected(p, "'identities=(...)' after '+'");
		if (!yr_parse_list(p, false, &more) || !add_identities(p, h, &more))
			return false;
	}
	return true;
}

/* "flags(complain)", "flags=complain" and "complain": told, and read on as if it were right. */
static bool hint_flags(struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct yr_loc loc = { p->src, yr_off(p, p->at), (uint32_t)word.len };
	bool flags = yr_str_is(word, "flags");

	if (!flags && !yr_is_flag(word))
		return false;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "the flags of a profile are written 'flags=(complain)'");
	p->at += word.len;
	yr_skip_blanks(p);
	while (flags && !yr_at_end(p) && *p->at != '(' && *p->at != '{' && *p->at != '\n')
		p->at++;
	return true;
}

static bool parse_attachment(struct yr_parser *p, struct yr_head *h)
{
	yr_skip(p);
	if (yr_at_end(p) || *p->at == '{' || *p->at == '(' || *p->at == '+' || at_list_head(p))
		return true;
	if (hint_flags(p))
		return true;
	if (*p->at != '/' && *p->at != '@' &&
	    !(*p->at == '"' && (p->at[1] == '/' || p->at[1] == '@')))
		return yr_expected(p, "'{', or an attachment that begins with '/' or a variable");
	return yr_take_word(p, YR_STOP_WORD, &h->attachment);
}

/* Where '{' was looked for. true: it counts as if it were here. */
static bool no_brace(struct yr_parser *p, struct yr_head *h)
{
	const char *text = p->src->text, *name = text + h->name.loc.off + h->name.loc.len;
	const char *attachment = text + h->attachment.loc.off;
	struct yr_loc loc = yr_loc_behind(p);

	/* What was taken for the attachment is the first rule, in a line of its own. */
	if (h->attachment.text.at && memchr(name, '\n', (size_t)(attachment - name))) {
		p->at = attachment;
		h->attachment = (struct yr_word){ 0 };
		loc = (struct yr_loc){ p->src, yr_off(p, name), 1 };
	} else if (!memchr(text + loc.off, '\n', yr_off(p, p->at) - loc.off)) {
		if (*p->at == '/' || *p->at == '@')
			return yr_expected(p, "'{'; an attachment stands before the flags");
		return yr_expected(p, "'{'");
	}
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'{' is missing after this head");
	p->no_brace = true;
	return true;
}

static bool has_quote(const struct yr_word *w)
{
	return w->loc.source->text[w->loc.off] == '"';
}

/* "/path{" is a name with a brace in it: what was meant is a brace apart. */
static bool brace_in_name(struct yr_parser *p, const struct yr_word *w)
{
	struct yr_loc loc;

	if (!w->text.len || has_quote(w) || w->text.at[w->text.len - 1] != '{' ||
	    (w->text.len > 1 && w->text.at[w->text.len - 2] == '\\'))
		return false;
	loc = w->loc;
	loc.off += loc.len - 1;
	loc.len = 1;
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "a space is missing before '{'");
	p->at--;
	return true;
}

static bool parse_rest(struct yr_parser *p, struct yr_head *h)
{
	struct yr_parser behind;

	if (!parse_attachment(p, h))
		return false;
	behind = *p;
	yr_skip(&behind);
	if (h->attachment.text.at && *behind.at != '{' && *behind.at != '(' &&
	    !at_list_head(&behind) && brace_in_name(p, &h->attachment)) {
		h->attachment.text.len--;
		return true;
	}
	yr_skip(p);
	if (take_list_head(p, "xattrs") && !parse_xattrs(p, h))
		return false;
	if (!parse_identities(p, h))
		return false;
	if ((take_list_head(p, "flags") || yr_take_char(p, '(')) && !yr_parse_flags(p, &h->flags))
		return false;
	yr_skip(p);
	return *p->at == '{' ? true : no_brace(p, h);
}

bool yr_at_profile(const struct yr_parser *p)
{
	struct yr_parser q = *p;

	if (*q.at == '^')
		return true;
	if (!yr_take_keyword(&q, "profile") && !yr_take_keyword(&q, "hat"))
		return false;
	return (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE)) || *q.at == '/' || *q.at == '"';
}

static bool parse_name(struct yr_parser *p, struct yr_head *h)
{
	h->keyword = p->keyword_meant;
	p->keyword_meant = false;
	if (yr_take_char(p, '^')) {
		h->hat = h->keyword = true;
	} else if (yr_at_profile(p)) {
		h->hat = *p->at == 'h';
		h->keyword = true;
		p->at += h->hat ? 3 : 7;
		yr_skip(p);
	}
	if (yr_take_word(p, YR_STOP_WORD, &h->name) &&
	    !(h->name.text.len == 1 && h->name.text.at[0] == '{'))
		return true;
	if (h->name.loc.source && h->name.text.at)
		p->at--;
	return p->failed || (h->name.loc.source && !h->name.text.at)
		       ? false
		       : yr_expected(p, h->hat ? "the hat's name" : "the profile's name");
}

static bool check_name(struct yr_parser *p, const struct yr_head *h)
{
	const char *why = NULL;
	char c = h->name.text.len ? h->name.text.at[0] : '\0';

	if (!c)
		why = "a name must not be empty";
	else if (c == '=' && !has_quote(&h->name))
		why = "a name does not begin with '='";
	else if (c == '&')
		why = "a name does not begin with '&', which is for stacks of profiles";
	else if (!h->keyword && c != '/' && c != ':')
		why = "a name without 'profile' before it begins with '/' or a namespace";
	if (why)
		yr_complain(p->diags, &h->name.loc, YR_ERROR, "bad-name", "%s", why);
	return !why;
}

/*
 * profile = ("profile" | "hat") NAME attachment? xattrs? identities flags? body
 *         | "^" NAME ... | PATH ... | NAMESPACE NAME ...
 */
bool yr_parse_profile(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_PROFILE);
	struct yr_head *h = yr_arena_new(p->arena, struct yr_head);
	const char *from = p->at;
	bool good;

	p->failed |= !h;
	if (!stmt || !h)
		return false;
	stmt->u.head = h;
	p->saw_variable = false;
	if (!parse_name(p, h))
		return false;
	if (brace_in_name(p, &h->name)) {
		good = true;
		h->name.text.len--;
	} else {
		good = parse_rest(p, h) && check_name(p, h);
	}
	h->loc = stmt->loc = yr_loc_from(p, from);
	stmt->vars = p->saw_variable;
	/* The rules of a profile with a bad head are read all the same, for their mistakes. */
	while (!good && !yr_at_end(p) && *p->at != '{' && *p->at != '\n' && *p->at != ';')
		p->at++;
	if (*p->at != '{' && !p->no_brace)
		return false;
	yr_add_stmt(to, stmt);
	if (!yr_parse_body(p, &h->body))
		return false;
	h->end = p->at[-1] == '}' ? yr_off(p, p->at) - 1 : 0;
	return true;
}
