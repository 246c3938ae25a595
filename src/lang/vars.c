/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/lexer.h"
#include "lang/vars.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "lang/words.h"

struct yr_var *yr_vars_find(const struct yr_vars *v, struct yr_str name)
{
	return (struct yr_var *)yr_names_find(&v->names, name);
}

static struct yr_var *add_var(struct yr_vars *v, const struct yr_assign *set)
{
	struct yr_var *var = yr_arena_new(v->arena, struct yr_var);

	if (!var)
		return NULL;
	*var = (struct yr_var){ .loc = set->name.loc, .boolean = set->boolean, .next = v->last };
	if (yr_names_add(v->arena, &v->names, &var->named, set->name.text) < 0)
		return NULL;
	v->last = var;
	return var;
}

static int add_values(struct yr_vars *v, struct yr_var *var, const struct yr_words *values)
{
	struct yr_word *at;

	if (var->n + values->n > var->cap) {
		size_t cap = (var->n + values->n) * 2;

		at = yr_arena_array(v->arena, cap, sizeof(*at));
		if (!at)
			return -ENOMEM;
		if (var->n)
			memcpy(at, var->values, var->n * sizeof(*at));
		var->values = at;
		var->cap = cap;
	}
	memcpy(var->values + var->n, values->at, values->n * sizeof(*at));
	var->n += values->n;
	var->state = YR_VAR_UNSEEN;
	return 0;
}

static void say_defined_here(const struct yr_var *var, struct yr_diags *diags)
{
	yr_complain(diags, &var->loc, YR_NOTE, "variable", "it is defined here");
}

static bool known_unknown(struct yr_vars *v, struct yr_str name, bool boolean);

int yr_vars_assign(struct yr_vars *v, const struct yr_assign *set, struct yr_diags *diags)
{
	struct yr_var *var = yr_vars_find(v, set->name.text);
	char sign = set->boolean ? '$' : '@';

	/* Its uses are no mistakes of their own. */
	if (set->broken) {
		known_unknown(v, set->name.text, set->boolean);
		return 0;
	}
	if (var && set->op == YR_SET_IF_UNSET)
		return 0;
	if (var && (var->boolean != set->boolean || set->op == YR_SET)) {
		yr_complain(diags, &set->name.loc, YR_ERROR, "variable",
			    "%c{%.*s} is defined already; '+=' adds to it, ':=' replaces it", sign,
			    YR_STR_ARG(set->name.text));
		say_defined_here(var, diags);
		return 0;
	}
	if (!var && set->op == YR_SET_ADD) {
		yr_complain(diags, &set->name.loc, YR_ERROR, "variable",
			    "%c{%.*s} is not defined yet, so nothing can be added to it", sign,
			    YR_STR_ARG(set->name.text));
		return 0;
	}
	if (!var)
		var = add_var(v, set);
	if (!var)
		return -ENOMEM;
	if (set->op == YR_SET_OVERRIDE)
		var->n = 0;
	var->truth = set->truth;
	return set->boolean ? 0 : add_values(v, var, &set->values);
}

static void report_unknown(const struct yr_vars *v, struct yr_str name, bool boolean,
			   const struct yr_loc *loc, struct yr_diags *diags)
{
	struct yr_nearest near = yr_nearest_start(name);
	char sign = boolean ? '$' : '@';

	if (!boolean && (yr_str_is(name, "attach_path") || yr_str_is(name, "exec_path"))) {
		yr_complain(diags, loc, YR_ERROR, "variable",
			    "@{%.*s} is the path that a profile is attached to, and this profile "
			    "has none",
			    YR_STR_ARG(name));
		return;
	}
	/* What is only counted needs no suggestion. */
	for (const struct yr_var *var = yr_diags_dropped(diags) ? NULL : v->last; var && near.left;
	     var = var->next)
		if (var->boolean == boolean)
			yr_nearest_try(&near, var->named.name);
	if (near.name.at)
		yr_complain(diags, loc, YR_ERROR, "variable",
			    "%c{%.*s} is not defined; did you mean %c{%.*s}?", sign,
			    YR_STR_ARG(name), sign, YR_STR_ARG(near.name));
	else
		yr_complain(diags, loc, YR_ERROR, "variable", "%c{%.*s} is not defined%s", sign,
			    YR_STR_ARG(name),
			    boolean ? "" : "; tunables are included before the profile");
}

/* One report for each name: an abstraction without its tunables would bury the rest. */
static bool known_unknown(struct yr_vars *v, struct yr_str name, bool boolean)
{
	struct yr_var *var;

	for (var = v->unknown; var; var = var->next)
		if (var->boolean == boolean && yr_str_eq(var->named.name, name))
			return true;
	var = yr_arena_new(v->arena, struct yr_var);
	if (var) {
		*var = (struct yr_var){ .named.name = name,
					.boolean = boolean,
					.next = v->unknown };
		v->unknown = var;
	}
	return false;
}

void yr_vars_unknown(struct yr_vars *v, struct yr_str name, bool boolean, const struct yr_loc *loc,
		     struct yr_diags *diags)
{
	/* Beyond what is kept they are only counted, and the list would grow for nothing. */
	if (!yr_diags_dropped(diags) && known_unknown(v, name, boolean))
		return;
	report_unknown(v, name, boolean, loc, diags);
}

/* One expansion under way: what it is for, and what it has cost. */
struct expansion {
	struct yr_arena *arena;
	const struct yr_scope *scope;
	struct yr_diags *diags;
	const struct yr_loc *loc; /* of the word that a user wrote, blamed for everything */
	unsigned depth;
	bool own; /* a profile's own variable took part: not to be kept for others */
};

static int too_much(struct expansion *x, const char *what, unsigned long limit)
{
	yr_complain(x->diags, x->loc, YR_ERROR, "limit", "more than %lu %s", limit, what);
	return -EINVAL;
}

/* Every text of @heads followed by every text of @tails. */
static int multiply(struct expansion *x, struct yr_texts *heads, const struct yr_texts *tails)
{
	struct yr_texts all = { NULL, heads->n * tails->n };
	size_t bytes = 0, k = 0;

	if (all.n > YR_LIMIT_EXPANSIONS)
		return too_much(x, "values come out of this word's variables", YR_LIMIT_EXPANSIONS);
	all.at = yr_arena_array(x->arena, all.n, sizeof(*all.at));
	if (!all.at)
		return -ENOMEM;
	for (size_t i = 0; i < heads->n; i++)
		for (size_t j = 0; j < tails->n; j++) {
			struct yr_str a = heads->at[i], b = tails->at[j];
			char *to;

			bytes += a.len + b.len;
			if (bytes > YR_LIMIT_TOTAL_SOURCE_BYTES)
				return too_much(x, "bytes come out of this word's variables",
						YR_LIMIT_TOTAL_SOURCE_BYTES);
			if (!a.len || !b.len) {
				all.at[k++] = a.len ? a : b;
				continue;
			}
			to = yr_arena_alloc(x->arena, a.len + b.len);
			if (!to)
				return -ENOMEM;
			memcpy(to, a.at, a.len);
			memcpy(to + a.len, b.at, b.len);
			all.at[k++] = (struct yr_str){ to, a.len + b.len };
		}
	*heads = all;
	return 0;
}

/* "@{a,b}" is an '@' and an alternation. */
static bool at_alternation(struct yr_str text, size_t at)
{
	size_t i = at + 2;

	while (i < text.len &&
	       (yr_is_alpha(text.at[i]) || text.at[i] == '_' || yr_is_digit(text.at[i])))
		i++;
	return i > at + 2 && i < text.len && text.at[i] == ',' && yr_is_alpha(text.at[at + 2]) &&
	       memchr(text.at + i, '}', text.len - i);
}

/* The next "@{" of @text at or after @from that no backslash hides; its length when there is none. */
static size_t find_reference(struct yr_str text, size_t from)
{
	for (size_t i = from; i + 1 < text.len; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (text.at[i] == '@' && text.at[i + 1] == '{' && !at_alternation(text, i))
			return i;
	}
	return text.len;
}

bool yr_is_variable_name(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (c >= '0' && c <= '9')))
			return false;
	}
	return s.len > 0;
}

/* The name in the reference at @at, and the place behind it. */
static int take_reference(struct expansion *x, struct yr_str text, size_t at,
			  struct yr_str *ret_name, size_t *ret_end)
{
	const char *name = text.at + at + 2;
	const char *close = memchr(name, '}', text.len - at - 2);

	if (!close) {
		yr_complain(x->diags, x->loc, YR_ERROR, "variable", "'@{' is not closed by '}'");
		return -EINVAL;
	}
	*ret_name = (struct yr_str){ name, (size_t)(close - name) };
	*ret_end = (size_t)(close - text.at) + 1;
	if (yr_is_variable_name(*ret_name))
		return 0;
	yr_complain(x->diags, x->loc, YR_ERROR, "variable",
		    "'@{%.*s}' is not the name of a variable; names have letters, digits and '_'",
		    YR_STR_ARG(*ret_name));
	return -EINVAL;
}

static int expand_text(struct expansion *x, struct yr_str text, struct yr_texts *ret);

static int expand_values(struct expansion *x, struct yr_var *var, struct yr_texts *ret)
{
	struct yr_texts all = { NULL, 0 }, one;
	size_t cap = 0;
	int r;

	for (size_t i = 0; i < var->n; i++) {
		r = expand_text(x, var->values[i].text, &one);
		if (r < 0)
			return r;
		if (all.n + one.n > YR_LIMIT_EXPANSIONS)
			return too_much(x, "values come out of this word's variables",
					YR_LIMIT_EXPANSIONS);
		if (all.n + one.n > cap) {
			struct yr_str *at;

			cap = (all.n + one.n) * 2;
			at = yr_arena_array(x->arena, cap, sizeof(*at));
			if (!at)
				return -ENOMEM;
			if (all.n)
				memcpy(at, all.at, all.n * sizeof(*at));
			all.at = at;
		}
		memcpy(all.at + all.n, one.at, one.n * sizeof(*one.at));
		all.n += one.n;
	}
	*ret = all;
	return 0;
}

/* A variable of the unit: its expanded values are kept for the next one who asks. */
static int expand_var(struct expansion *x, struct yr_var *var, struct yr_texts *ret)
{
	struct expansion inner = *x;
	int r;

	if (var->state == YR_VAR_READY) {
		*ret = var->texts;
		return 0;
	}
	if (var->state == YR_VAR_BUSY || x->depth >= YR_LIMIT_VARIABLE_DEPTH) {
		yr_complain(x->diags, x->loc, YR_ERROR, "variable",
			    var->state == YR_VAR_BUSY ? "@{%.*s} is defined through itself"
						      : "@{%.*s} goes through too many variables",
			    YR_STR_ARG(var->named.name));
		say_defined_here(var, x->diags);
		return -EINVAL;
	}
	inner.arena = x->scope->vars->arena;
	inner.depth++;
	inner.own = false;
	var->state = YR_VAR_BUSY;
	r = expand_values(&inner, var, ret);
	var->state = YR_VAR_UNSEEN;
	if (r < 0)
		return r;
	if (inner.own) {
		x->own = true;
		return 0;
	}
	var->texts = *ret;
	var->state = YR_VAR_READY;
	return 0;
}

static int expand_name(struct expansion *x, struct yr_str name, struct yr_texts *ret)
{
	const struct yr_scope *scope = x->scope;
	struct yr_var *var;

	if (scope->profile_name.at && yr_str_is(name, "profile_name")) {
		struct yr_str *copy = yr_arena_new(x->arena, struct yr_str);

		if (!copy)
			return -ENOMEM;
		*copy = scope->profile_name;
		*ret = (struct yr_texts){ copy, 1 };
		x->own = true;
		return 0;
	}
	if (scope->attach.n && (yr_str_is(name, "attach_path") || yr_str_is(name, "exec_path"))) {
		*ret = scope->attach;
		x->own = true;
		return 0;
	}
	var = yr_vars_find(scope->vars, name);
	if (var && !var->boolean)
		return expand_var(x, var, ret);
	yr_vars_unknown(scope->vars, name, false, x->loc, x->diags);
	return -EINVAL;
}

static int expand_text(struct expansion *x, struct yr_str text, struct yr_texts *ret)
{
	struct yr_texts all = { yr_arena_new(x->arena, struct yr_str), 1 }, values;
	size_t at = 0, next;
	int r;

	if (!all.at)
		return -ENOMEM;
	all.at[0].at = "";
	for (;; at = next) {
		struct yr_str literal, name;

		next = find_reference(text, at);
		literal = (struct yr_str){ text.at + at, next - at };
		values = (struct yr_texts){ &literal, 1 };
		r = literal.len ? multiply(x, &all, &values) : 0;
		if (r < 0 || next == text.len)
			break;
		r = take_reference(x, text, next, &name, &next);
		if (!r)
			r = expand_name(x, name, &values);
		if (!r)
			r = multiply(x, &all, &values);
		if (r < 0)
			break;
	}
	*ret = all;
	return r;
}

int yr_vars_check(const struct yr_scope *scope, const struct yr_word *word, struct yr_diags *diags)
{
	struct expansion x = { scope->vars->arena, scope, diags, &word->loc, 0, false };
	size_t at = find_reference(word->text, 0);
	struct yr_texts values;
	struct yr_str name;
	int r;

	while (at < word->text.len) {
		r = take_reference(&x, word->text, at, &name, &at);
		if (!r)
			r = expand_name(&x, name, &values);
		if (r < 0)
			return r;
		at = find_reference(word->text, at);
	}
	return 0;
}

int yr_vars_values(const struct yr_scope *scope, struct yr_str name, const struct yr_loc *loc,
		   struct yr_diags *diags, struct yr_texts *ret)
{
	struct expansion x = { scope->vars->arena, scope, diags, loc, 0, false };

	return expand_name(&x, name, ret);
}

static int by_bytes(const void *a, const void *b)
{
	return yr_str_cmp(*(const struct yr_str *)a, *(const struct yr_str *)b);
}

/* Values are a set: @values in the order of bytes, each once. Returns how many that is. */
static size_t sort_values(struct yr_str *sorted, const struct yr_texts *values)
{
	size_t n = 0;

	memcpy(sorted, values->at, values->n * sizeof(*sorted));
	qsort(sorted, values->n, sizeof(*sorted), by_bytes);
	for (size_t i = 0; i < values->n; i++)
		if (!n || yr_str_cmp(sorted[i], sorted[n - 1]))
			sorted[n++] = sorted[i];
	return n;
}

/*
 * {a,b} in the order of bytes, or the only value. Beside a slash the values of an alternation
 * lose theirs: repeated slashes are collapsed outside of braces only.
 */
static void put_alternation(struct yr_buf *b, struct yr_arena *arena, const struct yr_texts *values,
			    bool before_slash)
{
	struct yr_str *sorted = yr_arena_array(arena, values->n, sizeof(*sorted));
	bool behind_slash = b->len && b->data[b->len - 1] == '/';
	size_t n;

	if (!sorted) {
		b->failed = true;
		return;
	}
	n = sort_values(sorted, values);
	for (size_t i = 0; i < n; i++) {
		struct yr_str value = sorted[i];

		if (n > 1)
			yr_buf_putc(b, i ? ',' : '{');
		while (n > 1 && before_slash && value.len && value.at[value.len - 1] == '/')
			value.len--;
		while (n > 1 && behind_slash && value.len && *value.at == '/') {
			value.at++;
			value.len--;
		}
		yr_buf_put(b, value.at, value.len);
	}
	if (n > 1)
		yr_buf_putc(b, '}');
}

/* Whether the unit can bear to have @values written out once more; says so when it cannot. */
static bool afford_values(struct expansion *x, const struct yr_texts *values)
{
	struct yr_vars *v = x->scope->vars;

	for (size_t i = 0; i < values->n && v->expanded <= YR_LIMIT_EXPANDED_BYTES; i++)
		v->expanded += sizeof(values->at[i]) + values->at[i].len;
	if (v->expanded <= YR_LIMIT_EXPANDED_BYTES)
		return true;
	yr_complain(x->diags, x->loc, YR_ERROR, "limit",
		    "the variables of this file come to more than %u MiB of text",
		    YR_LIMIT_EXPANDED_BYTES >> 20);
	return false;
}

int yr_vars_join(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_word *word,
		 struct yr_diags *diags, struct yr_str *ret_text)
{
	struct expansion x = { arena, scope, diags, &word->loc, 0, false };
	AUTO_BUF struct yr_buf b = { .limit = YR_LIMIT_TOTAL_SOURCE_BYTES };
	struct yr_str text = word->text, name;
	struct yr_texts values;
	size_t at = 0, next;
	int r;

	if (find_reference(text, 0) == text.len) {
		*ret_text = text;
		return 0;
	}
	for (;; at = next) {
		next = find_reference(text, at);
		yr_buf_put(&b, text.at + at, next - at);
		if (next == text.len)
			break;
		r = take_reference(&x, text, next, &name, &next);
		if (!r)
			r = expand_name(&x, name, &values);
		if (r < 0)
			return r;
		if (!afford_values(&x, &values))
			return -EINVAL;
		put_alternation(&b, arena, &values, next < text.len && text.at[next] == '/');
	}
	if (b.failed)
		return -ENOMEM;
	*ret_text = (struct yr_str){ yr_arena_strndup(arena, b.data ? b.data : "", b.len), b.len };
	return ret_text->at ? 0 : -ENOMEM;
}

/* "//" at the beginning stays, every other run of slashes becomes one. */
static struct yr_str collapse_slashes(struct yr_arena *arena, struct yr_str s)
{
	size_t keep =
		s.len >= 2 && s.at[0] == '/' && s.at[1] == '/' && (s.len == 2 || s.at[2] != '/');
	size_t n = 0, i = keep ? 2 : 1;
	char *to;

	for (; i < s.len; i++)
		if (s.at[i] == '/' && s.at[i - 1] == '/')
			break;
	if (i >= s.len)
		return s;
	to = yr_arena_alloc(arena, s.len + 1);
	if (!to)
		return (struct yr_str){ NULL, 0 };
	for (i = 0; i < s.len; i++)
		if (!(n && s.at[i] == '/' && to[n - 1] == '/') || (keep && i == 1))
			to[n++] = s.at[i];
	return (struct yr_str){ to, n };
}

static bool has_alias(const struct yr_alias *a, struct yr_str text)
{
	return text.len >= a->from.text.len && !memcmp(text.at, a->from.text.at, a->from.text.len);
}

/* @text as @a spells it; absent: memory is out. */
static struct yr_str spell(struct yr_arena *arena, const struct yr_alias *a, struct yr_str text)
{
	struct yr_str from = a->from.text, to = a->to.text, s = { NULL, 0 };
	char *copy = yr_arena_alloc(arena, to.len + text.len - from.len + 1);

	if (!copy)
		return s;
	memcpy(copy, to.at, to.len);
	memcpy(copy + to.len, text.at + from.len, text.len - from.len);
	s = (struct yr_str){ copy, to.len + text.len - from.len };
	return collapse_slashes(arena, s);
}

/*
 * How many of @aliases change @a or, unless it is NULL, @b. The work is counted over the whole
 * unit: -EINVAL when it is too much, which is said.
 */
static int count_aliases(struct expansion *x, const struct yr_alias *aliases,
			 const struct yr_str *a, const struct yr_str *b, size_t *ret_n)
{
	struct yr_vars *v = x->scope->vars;
	size_t n = 0;

	for (; aliases && v->alias_work <= YR_LIMIT_ALIAS_WORK; aliases = aliases->next) {
		bool hit = has_alias(aliases, *a) || (b && has_alias(aliases, *b));

		n += hit;
		v->alias_work += 1 + hit * YR_ALIAS_SPELLING;
	}
	*ret_n = n;
	if (v->alias_work <= YR_LIMIT_ALIAS_WORK)
		return 0;
	yr_complain(x->diags, x->loc, YR_ERROR, "limit",
		    "the aliases of this file meet too many paths");
	return -EINVAL;
}

/* @texts has one, and gets its spellings under every alias whose beginning it has. */
static int add_aliases(struct expansion *x, const struct yr_alias *aliases, struct yr_texts *texts)
{
	struct yr_str *at, text = texts->at[0];
	size_t n;
	int r = count_aliases(x, aliases, &text, NULL, &n);

	if (r < 0 || !n)
		return r;
	at = yr_arena_array(x->arena, n + 1, sizeof(*at));
	if (!at)
		return -ENOMEM;
	*texts = (struct yr_texts){ at, 1 };
	at[0] = text;
	for (; aliases; aliases = aliases->next) {
		if (!has_alias(aliases, text))
			continue;
		at[texts->n] = spell(x->arena, aliases, text);
		if (!at[texts->n++].at)
			return -ENOMEM;
	}
	return 0;
}

int yr_expand(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_alias *aliases,
	      const struct yr_word *word, bool is_path, struct yr_diags *diags,
	      struct yr_str **ret_texts, size_t *ret_n)
{
	struct expansion x = { arena, scope, diags, &word->loc, 0, false };
	struct yr_texts texts = { yr_arena_new(arena, struct yr_str), 1 };
	int r = texts.at ? yr_vars_join(arena, scope, word, diags, texts.at) : -ENOMEM;

	if (!r && is_path) {
		texts.at[0] = collapse_slashes(arena, texts.at[0]);
		r = texts.at[0].at ? 0 : -ENOMEM;
	}
	if (!r && aliases)
		r = add_aliases(&x, aliases, &texts);
	if (r < 0)
		return r;
	*ret_texts = texts.at;
	*ret_n = texts.n;
	return 0;
}

int yr_expand_pair(struct yr_arena *arena, const struct yr_scope *scope,
		   const struct yr_alias *aliases, const struct yr_word *a, const struct yr_word *b,
		   struct yr_diags *diags, struct yr_str **ret_a, struct yr_str **ret_b,
		   size_t *ret_n)
{
	struct expansion x = { arena, scope, diags, &a->loc, 0, false };
	struct yr_str *as, *bs, *one_a, *one_b;
	size_t n;
	int r = yr_expand(arena, scope, NULL, a, true, diags, &one_a, &n);

	if (!r)
		r = yr_expand(arena, scope, NULL, b, true, diags, &one_b, &n);
	if (!r)
		r = count_aliases(&x, aliases, one_a, one_b, &n);
	if (r < 0)
		return r;
	as = yr_arena_array(arena, n + 1, sizeof(*as));
	bs = yr_arena_array(arena, n + 1, sizeof(*bs));
	if (!as || !bs)
		return -ENOMEM;
	as[0] = *one_a;
	bs[0] = *one_b;
	n = 1;
	for (; aliases; aliases = aliases->next) {
		bool in_a = has_alias(aliases, as[0]), in_b = has_alias(aliases, bs[0]);

		if (!in_a && !in_b)
			continue;
		as[n] = in_a ? spell(arena, aliases, as[0]) : as[0];
		bs[n] = in_b ? spell(arena, aliases, bs[0]) : bs[0];
		if (!as[n].at || !bs[n].at)
			return -ENOMEM;
		n++;
	}
	*ret_a = as;
	*ret_b = bs;
	*ret_n = n;
	return 0;
}
