/* SPDX-License-Identifier: Apache-2.0 */
/* Statements: what stands in a file and in a body, and going on after a mistake. */
#include "lang/parse.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "base/limits.h"

struct yr_stmt *yr_new_stmt(struct yr_parser *p, enum yr_stmt_kind kind)
{
	struct yr_stmt *stmt = yr_arena_new(p->arena, struct yr_stmt);

	if (stmt)
		stmt->kind = kind;
	else
		p->failed = true;
	return stmt;
}

void yr_add_stmt(struct yr_stmts *to, struct yr_stmt *stmt)
{
	if (to->last)
		to->last->next = stmt;
	else
		to->first = stmt;
	while (stmt->next)
		stmt = stmt->next;
	to->last = stmt;
}

/* The word or character here, as a reader would call it. */
static struct yr_loc next_thing(const struct yr_parser *p)
{
	struct yr_parser q = *p;

	while (q.at < q.end && !(yr_class(*q.at) & (YR_STOP_LIST | YR_C_EQUALS)) && *q.at != '{' &&
	       *q.at != '}' && q.at - p->at < 60)
		q.at++;
	if (q.at == p->at && q.at < q.end)
		q.at++;
	return yr_loc_from(&q, p->at);
}

bool yr_crossed_line(const struct yr_parser *p)
{
	return p->at == p->space_to && p->space_from && p->at != p->stmt &&
	       memchr(p->space_from, '\n', (size_t)(p->at - p->space_from));
}

bool yr_expected(struct yr_parser *p, const char *fmt, ...)
{
	struct yr_loc loc = next_thing(p);
	char text[200], *more;
	size_t n;
	va_list ap;

	if (p->failed || yr_blame_quote(p))
		return false;
	/* What is missing at a line's end is not to be looked for in the next line. */
	if (yr_crossed_line(p))
		loc = yr_loc_behind(p);
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	/* Behind a semicolon stands advice. */
	more = strstr(text, "; ");
	n = more ? (size_t)(more - text) : strlen(text);
	if (yr_at_end(p))
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "expected %.*s, but the text ends here%s", (int)n, text, text + n);
	else if (*p->at == '\n' || yr_crossed_line(p))
		yr_complain(p->diags, &loc, YR_ERROR, "syntax",
			    "expected %.*s, but the line ends here%s", (int)n, text, text + n);
	else
		yr_complain(p->diags, &loc, YR_ERROR, "syntax", "expected %.*s, not '%.*s'%s",
			    (int)n, text, (int)loc.len, p->at, text + n);
	return false;
}

bool yr_unknown_name(struct yr_parser *p, const struct yr_word *w, const struct yr_name_table *t)
{
	struct yr_phrase near = { "" };

	if (yr_hint_semicolon(p, w))
		return false;
	/* What is only counted needs no suggestion. */
	if (!yr_diags_dropped(p->diags))
		near = yr_name_phrase(t, w->text);
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word", "no %s is called '%.*s'%s", t->what,
		    YR_STR_ARG(w->text), near.text);
	return false;
}

/* Whether what stands here can only be the beginning of a statement. */
static bool at_statement(const struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);

	if (yr_at_end(p) || *p->at == '}' || *p->at == '^' || *p->at == '#' || *p->at == '/')
		return true;
	if (*p->at == '"' || *p->at == '@' || *p->at == '$')
		return p->at[1] == '/' || p->at[1] == '{' ||
		       (*p->at == '$' && yr_is_alpha(p->at[1]));
	return word.len && (yr_is_rule_word(word) || yr_at_leading_perms(p)) &&
	       p->at[word.len] != '=';
}

static bool missing_comma(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_behind(p);

	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "',' is missing after this rule");
	return true;
}

bool yr_parse_end(struct yr_parser *p, const char *what)
{
	const char *behind;
	struct yr_loc loc;
	bool go_on;

	yr_skip_between(p);
	if (yr_take_char(p, ','))
		return true;
	if (p->quote)
		return yr_expected(p, "','");
	if (yr_at_end(p) || *p->at == '}')
		return missing_comma(p);
	/* All that may follow has been tried: on a new line a new rule was meant. */
	behind = p->src->text + yr_loc_behind(p).off;
	if (memchr(behind, '\n', (size_t)(p->at - behind)))
		return missing_comma(p);
	if (yr_hint_end(p, what, &go_on))
		return go_on;
	loc = next_thing(p);
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'%.*s' does not belong to %s%s",
		    (int)loc.len, p->at, what,
		    /* What begins no rule misses no ',' either. */
		    strchr("-=<>&|+!)", *p->at) ? "" : "; is a ',' missing before it?");
	return false;
}

/* Behind the quote that closes the one here; a quote that never closes is passed over. */
static void skip_quoted(struct yr_parser *p)
{
	const char *at = p->at + 1;

	while (at < p->end && *at != '"' && *at != '\n')
		at += *at == '\\' && at + 1 < p->end ? 2 : 1;
	p->at = at < p->end && *at == '"' ? at + 1 : p->at + 1;
}

void yr_skip_past(struct yr_parser *p, char c)
{
	for (const char *at = p->at; at < p->end && *at != '\n'; at++)
		if (*at == c) {
			p->at = at + 1;
			return;
		}
}

void yr_skip_braces(struct yr_parser *p)
{
	unsigned depth = 0;

	while (!yr_at_end(p)) {
		char c = *p->at;
		bool word_start = p->at == p->src->text ||
				  (yr_class(p->at[-1]) & (YR_C_BLANK | YR_C_NEWLINE));

		if (c == '"') {
			skip_quoted(p);
			continue;
		}
		if (c == '#' && word_start) {
			while (!yr_at_end(p) && *p->at != '\n')
				p->at++;
			continue;
		}
		p->at++;
		/* Only braces apart are blocks: {a,b} in a path is none. */
		if (c == '{' && (yr_at_end(p) || (yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE)) ||
				 word_start))
			depth++;
		else if (c == '}' && word_start && (depth == 0 || --depth == 0))
			return;
	}
}

void yr_recover(struct yr_parser *p)
{
	while (!yr_at_end(p)) {
		char c = *p->at;

		if (c == ',') {
			p->at++;
			if (yr_at_end(p) || (yr_class(*p->at) & YR_STOP_WORD) || *p->at == '#' ||
			    *p->at == '}')
				return;
		} else if (c == '"') {
			skip_quoted(p);
		} else if (c == '(') {
			p->at++;
			yr_skip_past(p, ')');
		} else if (c == '\n') {
			yr_skip_between(p);
			if (at_statement(p))
				return;
		} else if (c == '#' && p->at > p->src->text &&
			   (yr_class(p->at[-1]) & (YR_C_BLANK | YR_C_NEWLINE))) {
			if (yr_at_pound_include(p))
				return;
			yr_skip_between(p);
			if (at_statement(p))
				return;
		} else if (c == '{' && (yr_class(p->at[1]) & (YR_C_BLANK | YR_C_NEWLINE))) {
			yr_skip_braces(p);
			return;
		} else if (c == '}' && p->at > p->src->text &&
			   (yr_class(p->at[-1]) & (YR_C_BLANK | YR_C_NEWLINE))) {
			return;
		} else {
			p->at++;
		}
	}
}

static bool at_word(const struct yr_parser *p, const char *z)
{
	struct yr_parser q = *p;

	return yr_take_keyword(&q, z);
}

/* "include" is one only when a path can follow: white space, or nothing of a longer word. */
static bool at_include(const struct yr_parser *p)
{
	return yr_at_pound_include(p) || at_word(p, "include");
}

static bool misplaced(struct yr_parser *p, const char *what)
{
	struct yr_loc loc = next_thing(p);

	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "%s", what);
	return false;
}

/* statement of a body = include | abi | if | profile | rule */
static bool body_statement(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_parser before = *p;

	switch (*p->at) {
	case '#':
	case 'i':
		if (at_include(p))
			return yr_parse_include(p, to);
		if (yr_take_keyword(p, "if"))
			return yr_parse_if(p, to);
		break;
	case 'a':
		if (yr_take_keyword(p, "abi"))
			return yr_parse_abi(p, to);
		if (at_word(p, "alias"))
			return misplaced(
				p, "an alias stands before the first profile, not inside one");
		break;
	case '^':
	case 'h':
	case 'p':
		if (yr_at_profile(p))
			return yr_parse_profile(p, to);
		break;
	case '$':
	case '@':
		if (!yr_at_assignment(p))
			break;
		return misplaced(p, "variables are set before the first profile, not inside one");
	case 'e':
		if (at_word(p, "else") && p->in_if) {
			misplaced(p, "'}' is missing before this 'else'");
			p->close = true;
			return true;
		}
		if (at_word(p, "else"))
			return misplaced(p,
					 "'else' follows the '}' of an 'if', and none ends here");
		break;
	default:
		break;
	}
	*p = before;
	if (yr_hint_profile(p))
		return yr_parse_profile(p, to);
	return yr_parse_rule(p, to);
}

/* "/path rw," where a profile's head would have no permissions. */
static bool at_path_rule(const struct yr_parser *p)
{
	struct yr_parser q = *p;

	if (*q.at != '/')
		return false;
	while (!(yr_class(*q.at) & YR_STOP_WORD))
		q.at++;
	yr_skip_blanks(&q);
	return yr_at_perms(&q);
}

static void statements(struct yr_parser *p, struct yr_stmts *to, bool inside);

static bool any_profile(const struct yr_stmts *stmts)
{
	const struct yr_stmt *s = stmts->first;

	while (s && s->kind != YR_STMT_PROFILE)
		s = s->next;
	return s;
}

/* They are read as those of a profile, up to the '}' that is its end: one mistake, one finding. */
static bool rules_outside(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmts none = { NULL, NULL };

	/* Nothing is wrong with an abstraction but where it is included. */
	if (p->included && !any_profile(to)) {
		yr_complain(p->diags, p->included, YR_ERROR, "syntax",
			    "this include holds rules: it stands inside the braces of a profile, "
			    "not outside");
		*to = none;
		p->at = p->end;
		return true;
	}
	misplaced(p, "rules stand inside the braces of a profile, not outside");
	if (p->early.source)
		yr_complain(p->diags, &p->early, YR_NOTE, "syntax",
			    "this '}' closed the profile; going by the indentation, a '{' is "
			    "missing before it");
	p->in_profile = true;
	statements(p, &none, true);
	p->in_profile = false;
	yr_take_char(p, '}');
	return true;
}

/* "@{NAME}" and no '=', nor is it a profile's head. */
static bool no_assignment(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_SET);
	struct yr_parser q = *p;
	struct yr_word w;

	if (!stmt)
		return false;
	q.at += p->at[1] == '{' ? 2 : 1;
	stmt->loc = yr_loc_here(p);
	stmt->u.set = (struct yr_assign){ .name = { yr_peek_name(&q), stmt->loc },
					  .boolean = *p->at == '$',
					  .broken = true };
	yr_add_stmt(to, stmt);
	q.at = p->at;

	if (yr_take_word(&q, YR_STOP_WORD | YR_C_EQUALS, &w) && *q.at != '\n') {
		yr_skip_blanks(&q);
		if (*q.at == '=')
			return misplaced(
				p, "this is not how a variable is set: write '@{NAME} = VALUE' "
				   "or '${NAME} = true'");
		yr_skip_blanks(&q);
		p->at = q.at;
		return yr_expected(p, "'=' behind the variable, or 'profile' before a name with "
				      "variables");
	}
	return yr_expected(p, "'@{NAME} = VALUE' or '${NAME} = true'");
}

static bool no_statement(struct yr_parser *p, struct yr_str word)
{
	static const char *const words[] = { "abi", "alias", "hat", "include", "profile" };
	struct yr_nearest near = yr_nearest_start(word);
	struct yr_phrase phrase;
	struct yr_loc loc = next_thing(p);

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		yr_nearest_try_z(&near, words[i]);
	if (!near.name.at)
		return yr_expected(p, "a profile: 'profile NAME {' or '/PATH {'");
	phrase = yr_nearest_phrase(&near);
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "nothing begins with '%.*s'%s",
		    YR_STR_ARG(word), phrase.text);
	return false;
}

/* statement of a file = include | abi | alias | assignment | profile */
static bool file_statement(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_str word = yr_peek_name(p);

	if (p->end - p->at >= 3 && (yr_class(p->at[2]) & YR_C_BLANK) && yr_hint_comment(p, p->at))
		return true;
	if (at_include(p))
		return yr_parse_include(p, to);
	if (yr_take_keyword(p, "abi"))
		return yr_parse_abi(p, to);
	if (yr_take_keyword(p, "alias") || yr_take_keyword(p, "rewrite"))
		return yr_parse_alias(p, to);
	if (yr_at_assignment(p))
		return yr_parse_assignment(p, to);
	if (at_path_rule(p))
		return rules_outside(p, to);
	if (yr_at_profile(p) || *p->at == '/' || *p->at == '"' || *p->at == ':')
		return yr_parse_profile(p, to);
	if (word.len && !yr_str_is(word, "profile") && !yr_str_is(word, "hat") &&
	    (yr_is_rule_word(word) || yr_at_leading_perms(p)))
		return rules_outside(p, to);
	if (*p->at == '@' || *p->at == '$')
		return no_assignment(p, to);
	if (yr_hint_profile(p))
		return yr_parse_profile(p, to);
	return yr_hint_statement(p) ? false : no_statement(p, word);
}

/* A '}' with nothing open. */
static void stray_brace(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);

	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "this '}' closes nothing");
	p->at++;
}

static void statements(struct yr_parser *p, struct yr_stmts *to, bool inside)
{
	for (yr_skip_between(p); !yr_at_end(p) && !p->failed && !p->close; yr_skip_between(p)) {
		const char *from = p->at;

		p->quote = NULL;
		p->stmt = from;
		if (*p->at == '}') {
			if (inside)
				return;
			stray_brace(p);
		} else if (*p->at == ',' || *p->at == ';') {
			yr_hint_stray(p);
		} else if (!(p->in_profile ? body_statement(p, to) : file_statement(p, to))) {
			/* A rule that failed for want of more may have stopped before the next. */
			if (p->at == from || !yr_crossed_line(p) || !at_statement(p))
				yr_recover(p);
			/* Whatever it was, we are past it: this loop ends with the text. */
			if (p->at == from)
				p->at++;
		}
	}
}

/* The first thing in the line of @at, and how far in it stands; NULL: nobody has such lines. */
static const char *line_begin(const struct yr_parser *p, const char *at, size_t *ret_indent)
{
	enum { LONGEST = 200 };
	const char *line = at;

	while (line > p->src->text && line[-1] != '\n' && at - line < LONGEST)
		line--;
	if (at - line == LONGEST)
		return NULL;
	for (at = line; yr_class(*at) & YR_C_BLANK;)
		at++;
	*ret_indent = (size_t)(at - line);
	return at;
}

/* A '}' that stands further out, or in, than the line of its '{' was meant for another one. */
static void suspect_brace(struct yr_parser *p, const struct yr_loc *open)
{
	size_t in, out;

	if (p->suspect.source || line_begin(p, p->at, &out) != p->at)
		return;
	if (line_begin(p, p->src->text + open->off, &in) && out > in)
		p->early = yr_loc_here(p);
	if (line_begin(p, p->src->text + open->off, &in) && out < in)
		p->suspect = *open;
}

/* The text ends in the block of @open. Of several blocks, the innermost is told first. */
static void say_open(struct yr_parser *p, const struct yr_loc *open)
{
	if (p->cut)
		return;
	if (p->said_open)
		yr_complain(p->diags, open, YR_NOTE, "syntax", "nor is this one");
	else if (p->suspect.source)
		yr_complain(p->diags, &p->suspect, YR_ERROR, "syntax",
			    "this '{' is never closed, going by the indentation");
	else
		yr_complain(p->diags, open, YR_ERROR, "syntax", "this '{' is never closed");
	p->said_open = true;
}

/* "&&" and "||", as other languages have them. */
static bool at_operator(const struct yr_parser *p)
{
	return p->end - p->at > 1 && p->at[0] == p->at[1] && (*p->at == '&' || *p->at == '|');
}

/* body = "{" statement* "}" */
bool yr_parse_body(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_loc open;
	bool outer = p->in_profile, outer_if = p->in_if;

	yr_skip(p);
	open = yr_loc_here(p);
	if (*p->at != '{' && !p->no_brace) {
		yr_expected(p, at_operator(p) ? "'and' or 'or' between conditions" : "'{'");
		/* What follows in lines of its own is the block. */
		if (p->failed || yr_at_end(p) || !yr_crossed_line(p))
			return false;
		p->no_brace = true;
	}
	if (p->depth >= YR_LIMIT_BLOCK_DEPTH) {
		yr_complain(p->diags, &open, YR_ERROR, "limit",
			    "blocks are nested more than %d deep", YR_LIMIT_BLOCK_DEPTH);
		p->no_brace = false;
		yr_skip_braces(p);
		return true;
	}
	if (!p->no_brace)
		p->at++;
	p->no_brace = false;
	p->depth++;
	p->in_profile = true;
	p->in_if = p->if_next;
	p->if_next = false;
	statements(p, to, true);
	p->in_profile = outer;
	p->in_if = outer_if;
	p->depth--;
	if (p->close) {
		p->close = false;
		return !p->failed;
	}
	if (!yr_at_end(p) && !p->failed)
		suspect_brace(p, &open);
	if (yr_take_char(p, '}') || p->failed)
		return !p->failed;
	say_open(p, &open);
	return true;
}

int yr_parse(struct yr_parser *p, struct yr_stmts *ret_stmts)
{
	p->at = p->src->text;
	p->end = p->at + p->src->len;
	*ret_stmts = (struct yr_stmts){ NULL, NULL };
	yr_check_encoding(p);
	statements(p, ret_stmts, false);
	return p->failed ? -ENOMEM : 0;
}
