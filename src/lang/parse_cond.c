/* SPDX-License-Identifier: Apache-2.0 */
/* What many rules have in common: permissions, conditions, lists. */
#include "lang/parse.h"

#include <stdio.h>

struct word_list {
	struct yr_words words;
	size_t cap;
};

static bool add_word(struct yr_parser *p, struct word_list *l, const struct yr_word *w)
{
	if (l->words.n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 4;
		struct yr_word *at = yr_arena_array(p->arena, cap, sizeof(*at));

		if (!at) {
			p->failed = true;
			return false;
		}
		if (l->words.n)
			memcpy(at, l->words.at, l->words.n * sizeof(*at));
		l->words.at = at;
		l->cap = cap;
	}
	l->words.at[l->words.n++] = *w;
	return true;
}

void yr_skip_separators(struct yr_parser *p)
{
	while (yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE | YR_C_COMMA))
		p->at++;
}

/* The text's end, or a brace apart: no word of a list. */
static bool at_block(const struct yr_parser *p)
{
	return yr_at_end(p) ||
	       ((*p->at == '{' || *p->at == '}') && (yr_class(p->at[-1]) & YR_STOP_WORD) &&
		(p->at + 1 >= p->end || (yr_class(p->at[1]) & YR_STOP_WORD)));
}

bool yr_open_list(struct yr_parser *p, const struct yr_loc *open)
{
	const char *from = p->src->text + open->off;
	const char *nl = memchr(from, '\n', (size_t)(p->end - from));

	if (yr_blame_quote(p))
		return false;
	yr_complain(p->diags, open, YR_ERROR, "syntax", "this '(' is never closed");
	/* What the list has swallowed are rules: they are read for their own mistakes. */
	if (nl && (nl > p->at ? *p->at != '{' : yr_may_go_back(p, nl)))
		p->at = nl;
	return false;
}

/* list = (WORD | ",")* ")" */
bool yr_parse_list(struct yr_parser *p, bool empty_ok, struct yr_words *ret)
{
	struct word_list l = { { 0 }, 0 };
	struct yr_loc open = { p->src, yr_off(p, p->at) - 1, 1 };
	struct yr_word w;

	for (yr_skip_separators(p); !yr_take_char(p, ')'); yr_skip_separators(p)) {
		if (at_block(p) || *p->at == '(')
			return yr_open_list(p, &open);
		if (!yr_take_word(p, YR_STOP_LIST, &w))
			return w.loc.source || p->failed ? false : yr_expected(p, "a word or ')'");
		if (!add_word(p, &l, &w))
			return false;
	}
	*ret = l.words;
	if (l.words.n || empty_ok)
		return true;
	open.len = yr_off(p, p->at) - open.off;
	yr_complain(p->diags, &open, YR_ERROR, "syntax", "nothing stands between '(' and ')'");
	return false;
}

/* r and w in any number and order, or a word. */
static int64_t access_word(struct yr_str word)
{
	int64_t bits = 0;

	for (size_t i = 0; i < word.len; i++) {
		if (word.at[i] != 'r' && word.at[i] != 'w')
			return yr_name_find(&yr_access_names, word);
		bits |= word.at[i] == 'r' ? YR_ACC_READ : YR_ACC_WRITE;
	}
	return word.len ? bits : -1;
}

static bool access_bits(const struct yr_access_set *set, struct yr_str word, uint32_t *ret)
{
	int64_t bits = access_word(word);
	uint32_t out;

	if (bits < 0)
		return false;
	out = (uint32_t)bits & ~(uint32_t)(YR_ACC_READ | YR_ACC_WRITE);
	if (bits & YR_ACC_READ)
		out |= set->read;
	if (bits & YR_ACC_WRITE)
		out |= set->write;
	*ret = out;
	return out && !(out & ~set->allowed);
}

static bool unknown_access(struct yr_parser *p, const struct yr_access_set *set,
			   const struct yr_word *w)
{
	struct yr_nearest near = yr_nearest_start(w->text);
	struct yr_phrase phrase = { "" }, all = { "" };
	const char *before = NULL;
	uint32_t bits;

	for (size_t i = 0; i < yr_access_names.n; i++) {
		const char *name = yr_access_names.at[i].name;

		if (!access_bits(set, yr_str_of(name), &bits))
			continue;
		yr_nearest_try_z(&near, name);
		if (strlen(name) <= 2) /* r, w, rw and wr: read and write say it */
			continue;
		if (before)
			yr_phrase_add(&all, before, false);
		before = name;
	}
	if (w->text.len && w->text.at[w->text.len - 1] == ')') {
		yr_complain(p->diags, &w->loc, YR_ERROR, "syntax",
			    "'(' is missing before the permissions");
		return false;
	}
	yr_phrase_add(&all, before, true);
	phrase = yr_nearest_phrase(&near);
	if (!near.name.at)
		snprintf(phrase.text, sizeof(phrase.text), "; it has %.140s", all.text);
	if (!strcmp(set->what, "a unix rule") && yr_name_find(&yr_socktype_names, w->text) >= 0)
		snprintf(phrase.text, sizeof(phrase.text), "; a type is written 'type=%.*s'",
			 YR_STR_ARG(w->text));
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word", "%s has no permission '%.*s'%s",
		    set->what, YR_STR_ARG(w->text), phrase.text);
	return false;
}

static bool access_list(struct yr_parser *p, const struct yr_access_set *set, uint32_t *access)
{
	struct yr_words words;
	bool good = true;

	if (!yr_parse_list(p, true, &words))
		return false;
	for (size_t i = 0; i < words.n; i++) {
		uint32_t bits = 0;

		if (access_bits(set, words.at[i].text, &bits))
			*access |= bits;
		else
			good = unknown_access(p, set, &words.at[i]);
	}
	return good;
}

/* A name that "=" or "in" follows is a condition and no permission. */
static bool at_cond(const struct yr_parser *p)
{
	struct yr_str name = yr_peek_name(p);
	struct yr_parser q = *p;

	if (!name.len)
		return false;
	q.at += name.len;
	while (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE))
		q.at++;
	if (*q.at == '=' || (q.at[0] == ':' && q.at[1] == '='))
		return true;
	if (q.at == p->at + name.len || !yr_take_keyword(&q, "in"))
		return false;
	while (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE))
		q.at++;
	return *q.at == '(';
}

/* Outside of parentheses, "rr" is no permission but whatever else may stand there. */
static bool repeats_letter(struct yr_str s)
{
	return s.len > 2 ? s.at[0] == 'r' || s.at[0] == 'w' : s.len == 2 && s.at[0] == s.at[1];
}

/* access = PERM | "(" PERM* ")" | nothing */
bool yr_parse_access(struct yr_parser *p, const struct yr_access_set *set, uint32_t *ret_access)
{
	struct yr_parser before;
	struct yr_word w;
	uint32_t bits = 0;

	*ret_access = 0;
	yr_skip(p);
	if (*p->at == '(' && set->form != YR_ACCESS_NO_LIST) {
		p->at++;
		return access_list(p, set, ret_access);
	}
	if (!yr_is_alpha(*p->at) || at_cond(p))
		return true;
	before = *p;
	if (!yr_take_word(p, YR_STOP_WORD, &w))
		return !p->failed && !w.loc.source;
	if (!(access_word(w.text) & ~(int64_t)(YR_ACC_READ | YR_ACC_WRITE)) &&
	    repeats_letter(w.text) && yr_name_find(&yr_access_names, w.text) < 0) {
		*p = before;
		return true;
	}
	if (access_bits(set, w.text, &bits)) {
		*ret_access = bits;
		return true;
	}
	/* Perhaps it is what follows permissions, or the next rule: the caller knows better. */
	if (set->form != YR_ACCESS_AND_WORDS && !yr_crossed_line(&before) &&
	    !yr_is_rule_word(w.text) && !yr_hint_semicolon(p, &w))
		return unknown_access(p, set, &w);
	*p = before;
	return true;
}

const struct yr_cond *yr_find_cond(const struct yr_cond *list, const char *name)
{
	for (; list; list = list->next)
		if (yr_str_is(list->name.text, name))
			return list;
	return NULL;
}

static const struct yr_cond_name *find_name(const struct yr_cond_name *names, struct yr_str word)
{
	for (; names->name; names++)
		if (yr_str_is(word, names->name))
			return names;
	return NULL;
}

static bool unknown_cond(struct yr_parser *p, const struct yr_cond_set *set,
			 const struct yr_cond_name *names, const struct yr_word *w)
{
	struct yr_nearest near = yr_nearest_start(w->text);
	const char *where = names == set->in_peer ? " inside peer=( )" : "";
	struct yr_phrase all = { "" };

	for (const struct yr_cond_name *c = names; c->name; c++) {
		yr_nearest_try_z(&near, c->name);
		yr_phrase_add(&all, c->name, !c[1].name);
	}
	if (!near.name.at && names == set->names && set->in_peer &&
	    find_name(set->in_peer, w->text))
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "'%.*s=' belongs inside peer=( ) in %s", YR_STR_ARG(w->text),
			    set->what);
	else if (near.name.at)
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "%s has no condition '%.*s'%s; did you mean '%s'?", set->what,
			    YR_STR_ARG(w->text), where, near.name.at);
	else
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "%s has no condition '%.*s'%s; it has %s", set->what,
			    YR_STR_ARG(w->text), where, all.text);
	return false;
}

/* value = WORD | "(" WORD* ")" */
static bool parse_value(struct yr_parser *p, unsigned stop, struct yr_words *ret)
{
	struct word_list l = { { 0 }, 0 };
	struct yr_word w;

	/* A '#' here begins no comment: it is the value. */
	while (yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE))
		p->at++;
	if (yr_take_char(p, '('))
		return yr_parse_list(p, false, ret);
	if (!yr_take_word(p, stop, &w))
		return w.loc.source || p->failed ? false : yr_expected(p, "a value");
	if (!add_word(p, &l, &w))
		return false;
	*ret = l.words;
	return true;
}

bool yr_duplicate_cond(struct yr_parser *p, const char *what, const struct yr_cond *first,
		       const struct yr_cond *second)
{
	yr_complain(p->diags, &second->name.loc, YR_ERROR, "duplicate",
		    "'%.*s' is given twice in %s", YR_STR_ARG(second->name.text), what);
	yr_complain(p->diags, &first->name.loc, YR_NOTE, "duplicate", "the first one is here");
	return false;
}

static bool check_cond(struct yr_parser *p, const struct yr_cond_set *set,
		       const struct yr_cond_name *known, const struct yr_cond *list,
		       const struct yr_cond *c)
{
	int len = (int)c->name.text.len;
	const char *name = c->name.text.at, *problem = NULL;

	if (c->op == YR_COND_IN && !(known->flags & YR_CF_IN))
		problem = "takes '=', not 'in'";
	else if (c->op == YR_COND_ASSIGN && !(known->flags & YR_CF_ASSIGN))
		problem = "takes '=', not ':='";
	else if (c->values.n > 1 && !(known->flags & YR_CF_LIST))
		problem = "takes a single value";
	if (problem) {
		yr_complain(p->diags, &c->name.loc, YR_ERROR, "bad-value", "'%.*s' %s in %s", len,
			    name, problem, set->what);
		return false;
	}
	if (known->flags & YR_CF_REPEAT)
		return true;
	for (; list; list = list->next)
		if (yr_str_eq(list->name.text, c->name.text))
			return yr_duplicate_cond(p, set->what, list, c);
	return true;
}

/* cond = NAME ("=" | ":=") value | NAME "in" value */
static bool parse_cond(struct yr_parser *p, unsigned stop, struct yr_cond *c)
{
	struct yr_str name = yr_peek_name(p);
	const char *from = p->at;

	p->at += name.len;
	c->name = (struct yr_word){ name, yr_loc_from(p, from) };
	yr_skip(p);
	if (yr_take_char(p, '=')) {
		c->op = YR_COND_EQ;
	} else if (p->at[0] == ':' && p->at[1] == '=') {
		p->at += 2;
		c->op = YR_COND_ASSIGN;
	} else {
		yr_take_keyword(p, "in");
		c->op = YR_COND_IN;
	}
	return parse_value(p, stop, &c->values);
}

struct cond_tail {
	struct yr_cond *list, *last;
};

static bool one_cond(struct yr_parser *p, const struct yr_cond_set *set,
		     const struct yr_cond_name *names, unsigned stop, struct cond_tail *to)
{
	struct yr_cond *c = yr_arena_new(p->arena, struct yr_cond);
	const struct yr_cond_name *known;

	if (!c) {
		p->failed = true;
		return false;
	}
	if (!parse_cond(p, stop, c))
		return false;
	known = find_name(names, c->name.text);
	if (!known)
		return unknown_cond(p, set, names, &c->name);
	if (!check_cond(p, set, known, to->list, c))
		return false;
	if (to->last)
		to->last->next = c;
	else
		to->list = c;
	to->last = c;
	return true;
}

/* peer = "peer" "=" "(" cond* ")", commas between them allowed */
static bool parse_peer(struct yr_parser *p, struct yr_rule *rule, const struct yr_cond_set *set)
{
	struct cond_tail peer = { NULL, NULL };
	const struct yr_cond *c;
	struct yr_loc open;

	yr_skip(p);
	open = yr_loc_here(p);
	if (!yr_take_char(p, '(')) {
		yr_expected(p, "'(' after 'peer='");
		yr_skip_past(p, ')');
		return false;
	}
	for (yr_skip_separators(p); !yr_take_char(p, ')'); yr_skip_separators(p)) {
		if (yr_at_end(p) || (!at_cond(p) && memchr(p->src->text + open.off, '\n',
							   yr_off(p, p->at) - open.off)))
			return yr_open_list(p, &open);
		if (!at_cond(p))
			return yr_expected(p, "a condition such as '%s=' or ')'",
					   set->in_peer->name);
		if (!one_cond(p, set, set->in_peer, YR_STOP_LIST, &peer))
			return false;
	}
	rule->peer_conds = peer.list;
	for (c = peer.list; c; c = c->next)
		for (size_t i = 0; i < c->values.n; i++)
			if (!c->values.at[i].text.len) {
				yr_complain(p->diags, &c->values.at[i].loc, YR_ERROR, "bad-value",
					    "'%.*s=' inside peer=( ) must not be empty",
					    YR_STR_ARG(c->name.text));
				return false;
			}
	return true;
}

static bool take_peer(struct yr_parser *p)
{
	struct yr_parser before = *p;

	if (!yr_take_keyword(p, "peer"))
		return false;
	yr_skip(p);
	if (yr_take_char(p, '='))
		return true;
	*p = before;
	return false;
}

bool yr_parse_conds(struct yr_parser *p, struct yr_rule *rule, const struct yr_cond_set *set)
{
	struct cond_tail conds = { NULL, NULL };

	for (yr_skip(p); at_cond(p); yr_skip(p)) {
		if (set->in_peer && take_peer(p)) {
			rule->conds = conds.list;
			return parse_peer(p, rule, set);
		}
		if (!one_cond(p, set, set->names, YR_STOP_WORD, &conds))
			return false;
	}
	rule->conds = conds.list;
	return true;
}
