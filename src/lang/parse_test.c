/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions around rules. */
#include "lang/parse.h"

#include <strings.h>

#include "base/cleanup.h"
#include "base/limits.h"

static struct yr_test *parse_or(struct yr_parser *p);

static struct yr_test *new_test(struct yr_parser *p, enum yr_test_kind kind)
{
	struct yr_test *t = yr_arena_new(p->arena, struct yr_test);

	if (t)
		t->kind = kind;
	else
		p->failed = true;
	return t;
}

static const struct {
	const char *sign;
	enum yr_compare compare;
} signs[] = {
	{ "==", YR_CMP_EQ }, { "!=", YR_CMP_NE }, { "<=", YR_CMP_LE },
	{ ">=", YR_CMP_GE }, { "<", YR_CMP_LT },  { ">", YR_CMP_GT },
};

/* The comparison sign here, if any, taken. */
static bool take_sign(struct yr_parser *p, enum yr_compare *ret)
{
	if (yr_take_keyword(p, "in")) {
		*ret = YR_CMP_IN;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(signs); i++) {
		size_t n = strlen(signs[i].sign);

		if ((size_t)(p->end - p->at) < n || memcmp(p->at, signs[i].sign, n))
			continue;
		p->at += n;
		*ret = signs[i].compare;
		return true;
	}
	return false;
}

static bool take_operand(struct yr_parser *p, struct yr_word *ret)
{
	yr_skip(p);
	if (*p->at == '{' && yr_class(p->at[1]) & (YR_C_BLANK | YR_C_NEWLINE))
		return yr_expected(p, "a condition");
	if (yr_take_word(p, YR_STOP_WORD | YR_C_CLOSE | YR_C_EQUALS, ret))
		return true;
	return ret->loc.source || p->failed ? false : yr_expected(p, "a condition");
}

/* To upstream a '<' or '>' with a word right behind it begins that word, and compares nothing. */
static bool apart(struct yr_parser *p, const char *sign)
{
	struct yr_loc loc;

	if (p->at - sign != 1 || *p->at == '"' || yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE))
		return true;
	loc = yr_loc_from(p, sign);
	yr_complain(p->diags, &loc, YR_ERROR, "syntax", "a space is missing behind '%c'", *sign);
	return false;
}

static bool is_boolean_variable(struct yr_parser *p, const struct yr_word *w)
{
	if (w->text.len < 2 || w->text.at[0] != '$')
		return false;
	yr_complain(p->diags, &w->loc, YR_ERROR, "condition",
		    "'%.*s' is true or false and is not compared", YR_STR_ARG(w->text));
	return true;
}

static bool is_boolean_word(const struct yr_word *w)
{
	static const char *const words[] = { "true", "false" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (w->text.len == strlen(words[i]) &&
		    !strncasecmp(w->text.at, words[i], w->text.len))
			return true;
	return w->text.len > 1 && w->text.at[0] == '$';
}

/* term = VALUE SIGN VALUE | $BOOLEAN | "true" | "false" */
static struct yr_test *parse_term(struct yr_parser *p)
{
	struct yr_test *t = new_test(p, YR_TEST_COMPARE);
	const char *behind, *sign;

	if (!t || !take_operand(p, &t->left))
		return NULL;
	t->loc = t->left.loc;
	behind = p->at;
	yr_skip(p);
	sign = p->at;
	if (!take_sign(p, &t->compare)) {
		p->at = behind;
		t->kind = YR_TEST_BOOL;
		t->word = t->left;
		if (is_boolean_word(&t->word))
			return t;
		yr_complain(p->diags, &t->word.loc, YR_ERROR, "condition",
			    "'%.*s' is neither true nor false; compare it with something, as in "
			    "'a == b'",
			    YR_STR_ARG(t->word.text));
		return NULL;
	}
	if (!apart(p, sign) || is_boolean_variable(p, &t->left) || !take_operand(p, &t->right))
		return NULL;
	return is_boolean_variable(p, &t->right) ? NULL : t;
}

/* defined = "defined" (@{NAME} | @NAME | ${NAME} | $NAME) */
static struct yr_test *parse_defined(struct yr_parser *p)
{
	struct yr_test *t = new_test(p, YR_TEST_DEFINED);

	yr_skip(p);
	if (!t)
		return NULL;
	if (*p->at != '@' && *p->at != '$') {
		yr_expected(p, "a variable after 'defined', such as @{NAME} or ${NAME}");
		return NULL;
	}
	if (!take_operand(p, &t->word))
		return NULL;
	t->loc = t->word.loc;
	return t;
}

/* factor = "not"* ("(" or ")" | defined | term) */
static struct yr_test *parse_factor(struct yr_parser *p)
{
	struct yr_test *inner, *t;
	struct yr_loc open;
	bool negate = false;

	for (yr_skip(p); yr_take_keyword(p, "not"); yr_skip(p)) {
		if (!(yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE))) {
			yr_expected(p, "a space after 'not'");
			return NULL;
		}
		negate = !negate;
	}
	open = yr_loc_here(p);
	if (yr_take_char(p, '(')) {
		inner = parse_or(p);
		yr_skip(p);
		if (inner && !yr_take_char(p, ')')) {
			yr_complain(p->diags, &open, YR_ERROR, "syntax",
				    "this '(' is never closed");
			return NULL;
		}
	} else if (yr_take_keyword(p, "defined")) {
		inner = parse_defined(p);
	} else {
		inner = parse_term(p);
	}
	if (!inner || !negate)
		return inner;
	t = new_test(p, YR_TEST_NOT);
	if (t)
		t->parts = inner;
	return t;
}

/* A chain is one node with its parts beside each other, so that a long one nests nothing. */
static struct yr_test *parse_chain(struct yr_parser *p, const char *word, enum yr_test_kind kind,
				   struct yr_test *(*parse)(struct yr_parser *))
{
	struct yr_test *first = parse(p), *last = first, *chain = NULL;

	for (yr_skip(p); last && yr_take_keyword(p, word); yr_skip(p)) {
		if (!chain) {
			chain = new_test(p, kind);
			if (!chain)
				return NULL;
			chain->parts = first;
		}
		last->next = parse(p);
		last = last->next;
	}
	return last ? chain ? chain : first : NULL;
}

/* and = factor ("and" factor)* */
static struct yr_test *parse_and(struct yr_parser *p)
{
	return parse_chain(p, "and", YR_TEST_AND, parse_factor);
}

/* or = and ("or" and)* */
static struct yr_test *parse_or(struct yr_parser *p)
{
	struct yr_test *t;

	if (p->depth >= YR_LIMIT_BLOCK_DEPTH) {
		struct yr_loc loc = yr_loc_here(p);

		yr_complain(p->diags, &loc, YR_ERROR, "limit",
			    "conditions are nested more than %d deep", YR_LIMIT_BLOCK_DEPTH);
		return NULL;
	}
	p->depth++;
	t = parse_chain(p, "or", YR_TEST_OR, parse_and);
	p->depth--;
	return t;
}

/* if = "if" or body ("else" ("if" ... | body))? */
bool yr_parse_if(struct yr_parser *p, struct yr_stmts *to)
{
	struct yr_stmts *at = to;

	for (;;) {
		struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_IF);

		if (!stmt)
			return false;
		stmt->u.cond.test = parse_or(p);
		/* Its rules are still read, for their own mistakes. */
		if (!stmt->u.cond.test) {
			while (!yr_at_end(p) && *p->at != '{' && *p->at != '\n')
				p->at++;
			if (*p->at != '{')
				return false;
		}
		yr_add_stmt(at, stmt);
		p->if_next = true;
		if (!yr_parse_body(p, &stmt->u.cond.yes))
			return false;
		yr_skip_between(p);
		if (!yr_take_keyword(p, "else"))
			return true;
		yr_skip(p);
		at = &stmt->u.cond.no;
		if (!yr_take_keyword(p, "if"))
			return yr_parse_body(p, at);
	}
}
