/* SPDX-License-Identifier: Apache-2.0 */
/* Includes, and what stands before the first profile. */
#include "lang/parse.h"

#include <strings.h>

#include "base/cleanup.h"

/* "<" PATH ">": white space around the path does not count, nor do quotes without it. */
static bool take_search_path(struct yr_parser *p, struct yr_word *ret)
{
	const char *from = ++p->at, *to;
	struct yr_loc open = { p->src, yr_off(p, from) - 1, 1 };
	bool quoted;

	while (p->at < p->end && *p->at != '>' && *p->at != '\n')
		p->at++;
	if (yr_at_end(p) || *p->at == '\n') {
		yr_complain(p->diags, &open, YR_ERROR, "syntax", "this '<' is not closed by '>'");
		return false;
	}
	to = p->at++;
	quoted = to - from >= 2 && *from == '"' && to[-1] == '"';
	while (from < to && (yr_class(*from) & YR_C_BLANK))
		from++;
	while (to > from && (yr_class(to[-1]) & YR_C_BLANK))
		to--;
	if (quoted) {
		from++;
		to--;
	}
	if (from == to || memchr(from, '"', (size_t)(to - from)) ||
	    memchr(from, '<', (size_t)(to - from))) {
		open.len = yr_off(p, p->at) - open.off;
		yr_complain(p->diags, &open, YR_ERROR, "syntax", "this is not the name of a file");
		return false;
	}
	ret->text = (struct yr_str){ from, (size_t)(to - from) };
	ret->loc = (struct yr_loc){ p->src, yr_off(p, from), (uint32_t)(to - from) };
	return true;
}

/* PATH | '"' PATH '"' | "<" PATH ">" */
static bool take_file(struct yr_parser *p, struct yr_word *ret, bool *ret_search)
{
	bool quoted;

	*ret_search = *p->at == '<';
	if (*ret_search)
		return take_search_path(p, ret);
	quoted = *p->at == '"';
	if (yr_take_word(p, YR_STOP_WORD, ret) && ret->text.len &&
	    (quoted || (!memchr(ret->text.at, '>', ret->text.len) &&
			!memchr(ret->text.at, '<', ret->text.len))))
		return true;
	if (ret->text.len) {
		yr_complain(p->diags, &ret->loc, YR_ERROR, "syntax",
			    "'<' and '>' stand before and behind a name, never in it");
		return false;
	}
	return p->failed || (ret->loc.source && !ret->text.at)
		       ? false
		       : yr_expected(p, "the name of a file");
}

static bool take_if_exists(struct yr_parser *p)
{
	struct yr_parser before = *p;

	if (yr_take_keyword(p, "if")) {
		yr_skip_blanks(p);
		if (yr_take_keyword(p, "exists") && (yr_class(*p->at) & YR_C_BLANK))
			return true;
	}
	*p = before;
	return false;
}

/* include = ("include" | "#include") ("if" "exists")? file */
bool yr_parse_include(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_INCLUDE);
	const char *from = p->at;
	bool pound = yr_take_char(p, '#');

	if (!stmt)
		return false;
	p->at += sizeof("include") - 1;
	if (!pound && !(yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE)))
		return yr_expected(p, "a space after 'include'");
	yr_skip_blanks(p);
	stmt->u.include.if_exists = take_if_exists(p);
	yr_skip_blanks(p);
	if (!take_file(p, &stmt->u.include.path, &stmt->u.include.search))
		return false;
	stmt->loc = yr_loc_from(p, from);
	if (pound)
		yr_complain(p->diags, &stmt->loc, YR_WARNING, "pound-include",
			    "'#include' looks like a comment; write 'include'");
	yr_add_stmt(to, stmt);
	return true;
}

/* abi = "abi" file "," */
bool yr_parse_abi(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_ABI);

	if (!stmt)
		return false;
	yr_skip(p);
	if (!take_file(p, &stmt->u.abi.what, &stmt->u.abi.search))
		return false;
	stmt->loc = stmt->u.abi.what.loc;
	stmt->u.abi.special = stmt->u.abi.search && (yr_str_is(stmt->u.abi.what.text, "kernel") ||
						     yr_str_is(stmt->u.abi.what.text, "default"));
	if (!yr_parse_end(p, "an abi rule"))
		return false;
	yr_add_stmt(to, stmt);
	return true;
}

/* alias = ("alias" | "rewrite") PATH "->" WORD "," */
bool yr_parse_alias(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_ALIAS);
	const char *from = p->at;

	if (!stmt)
		return false;
	yr_skip(p);
	if (*p->at != '/' && !(*p->at == '"' && p->at[1] == '/'))
		return yr_expected(p, "a path that begins with '/'");
	if (!yr_take_word(p, YR_STOP_WORD, &stmt->u.alias.from))
		return false;
	yr_skip(p);
	if (!yr_take_arrow(p))
		return yr_expected(p, "'->' and the other path");
	yr_skip(p);
	if (!yr_take_word(p, YR_STOP_WORD, &stmt->u.alias.to))
		return p->failed ? false : yr_expected(p, "the other path after '->'");
	stmt->loc = yr_loc_from(p, from);
	if (!yr_parse_end(p, "an alias"))
		return false;
	yr_add_stmt(to, stmt);
	return true;
}

/* ("@" | "$") (NAME | "{" NAME "}"), taken */
static bool take_variable(struct yr_parser *p, struct yr_assign *set)
{
	const char *from = p->at;
	bool brace;

	set->boolean = *p->at == '$';
	if (*p->at != '@' && *p->at != '$')
		return false;
	p->at++;
	brace = yr_take_char(p, '{');
	set->name.text = yr_peek_name(p);
	if (!set->name.text.len || !yr_is_alpha(*p->at))
		return false;
	p->at += set->name.text.len;
	if (brace && !yr_take_char(p, '}'))
		return false;
	set->name.loc = yr_loc_from(p, from);
	return true;
}

static const struct {
	char first;
	enum yr_set_op op;
} set_ops[] = {
	{ '=', YR_SET },
	{ '+', YR_SET_ADD },
	{ '?', YR_SET_IF_UNSET },
	{ ':', YR_SET_OVERRIDE },
};

static bool take_set_op(struct yr_parser *p, enum yr_set_op *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(set_ops); i++) {
		if (*p->at != set_ops[i].first || (i && p->at[1] != '='))
			continue;
		p->at += i ? 2 : 1;
		*ret = set_ops[i].op;
		return true;
	}
	return false;
}

bool yr_at_assignment(const struct yr_parser *p)
{
	struct yr_parser q = *p;
	struct yr_assign set;
	enum yr_set_op op;

	if (!take_variable(&q, &set))
		return false;
	yr_skip_blanks(&q);
	return take_set_op(&q, &op);
}

/* Blanks, and line ends with a backslash before them. */
static void skip_in_line(struct yr_parser *p)
{
	for (;;) {
		const char *at;

		yr_skip_blanks(p);
		at = p->at;
		if (*at != '\\')
			return;
		for (at++; *at == '\r'; at++)
			;
		if (*at != '\n')
			return;
		p->at = at + 1;
	}
}

static bool grow(struct yr_parser *p, struct yr_words *words, size_t *cap)
{
	struct yr_word *at;

	if (words->n < *cap)
		return true;
	*cap = *cap ? *cap * 2 : 4;
	at = yr_arena_array(p->arena, *cap, sizeof(*at));
	if (!at) {
		p->failed = true;
		return false;
	}
	if (words->n)
		memcpy(at, words->at, words->n * sizeof(*at));
	words->at = at;
	return true;
}

static bool comma_in_values(struct yr_parser *p)
{
	struct yr_loc loc = yr_loc_here(p);
	const char *nl = memchr(p->at, '\n', (size_t)(p->end - p->at));

	yr_complain(p->diags, &loc, YR_ERROR, "syntax",
		    "the values of a variable are separated by spaces, and no ',' ends them");
	p->at = nl ? nl : p->end;
	return false;
}

/* values = WORD+, up to the end of the line */
static bool take_values(struct yr_parser *p, struct yr_words *ret)
{
	struct yr_words words = { 0 };
	size_t cap = 0;

	for (skip_in_line(p); !yr_at_end(p) && *p->at != '\n' && *p->at != '#'; skip_in_line(p)) {
		bool comma = *p->at == ',';

		if (!grow(p, &words, &cap))
			return false;
		if (!yr_take_word(p, YR_STOP_WORD, &words.at[words.n]) && comma)
			return comma_in_values(p);
		if (!words.at[words.n].text.at)
			return p->failed || words.at[words.n].loc.source
				       ? false
				       : yr_expected(p, "a value");
		words.n++;
	}
	*ret = words;
	return words.n ? true : yr_expected(p, "a value; an empty one is written \"\"");
}

static bool take_truth(struct yr_parser *p, struct yr_assign *set)
{
	struct yr_word w;

	if (set->op == YR_SET_ADD) {
		yr_complain(p->diags, &set->name.loc, YR_ERROR, "variable",
			    "nothing can be added to ${%.*s}, which is true or false",
			    YR_STR_ARG(set->name.text));
		return false;
	}
	yr_skip(p);
	if (!yr_take_word(p, YR_STOP_WORD, &w))
		return p->failed ? false : yr_expected(p, "'true' or 'false'");
	set->truth = w.text.len == 4 && !strncasecmp(w.text.at, "true", 4);
	if (set->truth || (w.text.len == 5 && !strncasecmp(w.text.at, "false", 5)))
		return true;
	yr_complain(p->diags, &w.loc, YR_ERROR, "bad-value", "'%.*s' is neither 'true' nor 'false'",
		    YR_STR_ARG(w.text));
	return false;
}

/*
 * "@{NAME}:=" is one word to upstream, so such a policy would load here and nowhere else. Its uses
 * are no further mistakes.
 */
static bool lone_override(struct yr_parser *p, const char *op, const struct yr_assign *set)
{
	struct yr_loc loc;

	if (set->op != YR_SET_OVERRIDE || set->boolean || yr_class(op[-1]) & YR_C_BLANK)
		return true;
	loc = yr_loc_from(p, op);
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "a space is missing before ':='");
	return false;
}

/* assignment = VARIABLE ("=" | "+=" | "?=" | ":=") (values | "true" | "false") */
bool yr_parse_assignment(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_SET);
	struct yr_assign *set;
	const char *from = p->at, *op;

	if (!stmt)
		return false;
	set = &stmt->u.set;
	if (!take_variable(p, set))
		return yr_expected(p, "a variable");
	yr_skip_blanks(p);
	op = p->at;
	take_set_op(p, &set->op);
	set->broken = !lone_override(p, op, set);
	if (!(set->boolean ? take_truth(p, set) : take_values(p, &set->values)))
		set->broken = true;
	yr_skip_blanks(p);
	if (!set->broken && !yr_at_end(p) && *p->at != '\n' && *p->at != '#')
		set->broken = !yr_expected(p, "the end of the line");
	stmt->loc = yr_loc_from(p, from);
	yr_add_stmt(to, stmt);
	return !set->broken;
}
