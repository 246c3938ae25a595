/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/lexer.h"
#include "lang/vars.h"

#include <errno.h>

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

static int too_much(struct yr_expansion *x, const char *what, unsigned long limit)
{
	yr_complain(x->diags, x->loc, YR_ERROR, "limit", "more than %lu %s", limit, what);
	return -EINVAL;
}

/* Every text of @heads followed by every text of @tails. */
static int multiply(struct yr_expansion *x, struct yr_texts *heads, const struct yr_texts *tails)
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

/* "@{a,b}" is an '@' and an alternation; @last is where the text has its last '}'. */
static bool at_alternation(struct yr_str text, size_t at, const char *last)
{
	size_t i = at + 2;

	while (i < text.len &&
	       (yr_is_alpha(text.at[i]) || text.at[i] == '_' || yr_is_digit(text.at[i])))
		i++;
	return i > at + 2 && i < text.len && text.at[i] == ',' && yr_is_alpha(text.at[at + 2]) &&
	       last > text.at + i;
}

/* Whether the byte at @at is behind a backslash that means it; none of them is before @from. */
static bool is_hidden(struct yr_str text, size_t from, size_t at)
{
	size_t run = at;

	while (run > from && text.at[run - 1] == '\\')
		run--;
	return (at - run) % 2;
}

size_t yr_find_reference(struct yr_str text, size_t from)
{
	const char *sign, *last = NULL;

	for (; from < text.len; from = (size_t)(sign - text.at) + 1) {
		size_t at;

		sign = memchr(text.at + from, '@', text.len - from);
		if (!sign)
			break;
		at = (size_t)(sign - text.at);
		if (at + 1 == text.len || sign[1] != '{' || is_hidden(text, from, at))
			continue;
		/* Looked for once: a word may have thousands of these. */
		if (!last)
			last = memrchr(sign, '}', text.len - at);
		if (!last || !at_alternation(text, at, last))
			return at;
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

int yr_take_reference(struct yr_expansion *x, struct yr_str text, size_t at,
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

static int expand_text(struct yr_expansion *x, struct yr_str text, struct yr_texts *ret);

static int expand_values(struct yr_expansion *x, struct yr_var *var, struct yr_texts *ret)
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
static int expand_var(struct yr_expansion *x, struct yr_var *var, struct yr_texts *ret)
{
	struct yr_expansion inner = *x;
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
	var->forms = NULL;
	var->state = YR_VAR_READY;
	return 0;
}

int yr_expand_name(struct yr_expansion *x, struct yr_str name, struct yr_texts *ret,
		   struct yr_var **ret_var)
{
	const struct yr_scope *scope = x->scope;
	struct yr_var *var;
	int r;

	*ret_var = NULL;
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
	if (var && !var->boolean) {
		r = expand_var(x, var, ret);
		*ret_var = var->state == YR_VAR_READY ? var : NULL;
		return r;
	}
	yr_vars_unknown(scope->vars, name, false, x->loc, x->diags);
	return -EINVAL;
}

static int expand_text(struct yr_expansion *x, struct yr_str text, struct yr_texts *ret)
{
	struct yr_texts all = { yr_arena_new(x->arena, struct yr_str), 1 }, values;
	struct yr_var *var;
	size_t at = 0, next;
	int r;

	if (!all.at)
		return -ENOMEM;
	all.at[0].at = "";
	for (;; at = next) {
		struct yr_str literal, name;

		next = yr_find_reference(text, at);
		literal = (struct yr_str){ text.at + at, next - at };
		values = (struct yr_texts){ &literal, 1 };
		r = literal.len ? multiply(x, &all, &values) : 0;
		if (r < 0 || next == text.len)
			break;
		r = yr_take_reference(x, text, next, &name, &next);
		if (!r)
			r = yr_expand_name(x, name, &values, &var);
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
	struct yr_expansion x = { scope->vars->arena, scope, diags, &word->loc, 0, false };
	size_t at = yr_find_reference(word->text, 0);
	struct yr_texts values;
	struct yr_var *var;
	struct yr_str name;
	int r;

	while (at < word->text.len) {
		r = yr_take_reference(&x, word->text, at, &name, &at);
		if (!r)
			r = yr_expand_name(&x, name, &values, &var);
		if (r < 0)
			return r;
		at = yr_find_reference(word->text, at);
	}
	return 0;
}

int yr_vars_values(const struct yr_scope *scope, struct yr_str name, const struct yr_loc *loc,
		   struct yr_diags *diags, struct yr_texts *ret)
{
	struct yr_expansion x = { scope->vars->arena, scope, diags, loc, 0, false };
	struct yr_var *var;

	return yr_expand_name(&x, name, ret, &var);
}
