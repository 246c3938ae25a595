/* SPDX-License-Identifier: Apache-2.0 */
/* Deciding the conditions of if. */
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "base/limits.h"
#include "lang/resolve.h"

/* An operand: a set of texts, and whether it is one number. */
struct operand {
	struct yr_texts set; /* sorted, each once */
	bool number;
	bool large; /* a number, but none that could be ordered */
	long long value;
};

static int by_bytes(const void *a, const void *b)
{
	return yr_str_cmp(*(const struct yr_str *)a, *(const struct yr_str *)b);
}

static int sort_set(struct yr_arena *arena, struct yr_texts *set)
{
	struct yr_str *at = yr_arena_array(arena, set->n ? set->n : 1, sizeof(*at));
	size_t n = 0;

	if (!at)
		return -ENOMEM;
	if (set->n) {
		memcpy(at, set->at, set->n * sizeof(*at));
		qsort(at, set->n, sizeof(*at), by_bytes);
	}
	for (size_t i = 0; i < set->n; i++)
		if (!n || !yr_str_eq(at[n - 1], at[i]))
			at[n++] = at[i];
	*set = (struct yr_texts){ at, n };
	return 0;
}

/* -1: no number; 0: too large; 1. Decimal, octal and hexadecimal, as strtoll() reads them. */
static int read_number(struct yr_str s, long long *ret)
{
	char z[32], *end;

	if (!s.len || s.at[0] == ' ' || s.at[0] == '\t' || s.at[0] == '\n')
		return -1;
	if (s.len >= sizeof(z)) {
		for (size_t i = 0; i < s.len; i++)
			if (s.at[i] < '0' || s.at[i] > '9')
				return -1;
		return 0;
	}
	memcpy(z, s.at, s.len);
	z[s.len] = '\0';
	errno = 0;
	*ret = strtoll(z, &end, 0);
	if (end != z + s.len)
		return -1;
	return errno ? 0 : 1;
}

/* The name in a word that is nothing but @{NAME}, ${NAME}, @NAME or $NAME. */
static bool variable_name(struct yr_str s, char sign, struct yr_str *ret)
{
	if (s.len < 2 || s.at[0] != sign)
		return false;
	*ret = (struct yr_str){ s.at + 1, s.len - 1 };
	if (ret->at[0] == '{' && s.at[s.len - 1] == '}')
		*ret = (struct yr_str){ s.at + 2, s.len - 3 };
	return yr_is_variable_name(*ret);
}

static int read_operand(struct yr_resolver *r, const struct yr_scope *scope,
			const struct yr_word *w, struct operand *ret)
{
	struct yr_str name;
	int e;

	*ret = (struct operand){ 0 };
	if (variable_name(w->text, '@', &name) && w->text.at[1] == '{') {
		e = yr_vars_values(scope, name, &w->loc, r->diags, &ret->set);
		if (e < 0)
			return e;
	} else {
		ret->set = (struct yr_texts){ (struct yr_str *)&w->text, 1 };
	}
	e = sort_set(r->arena, &ret->set);
	if (e < 0 || ret->set.n != 1)
		return e;
	e = read_number(ret->set.at[0], &ret->value);
	ret->number = e >= 0;
	ret->large = !e;
	return 0;
}

/* Like sorted words in a dictionary of sets: the first difference decides. */
static int compare_sets(const struct yr_texts *a, const struct yr_texts *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		int d = yr_str_cmp(a->at[i], b->at[i]);

		if (d)
			return d;
	}
	return (a->n > b->n) - (a->n < b->n);
}

static bool is_subset(const struct yr_texts *a, const struct yr_texts *b)
{
	size_t i = 0;

	for (size_t j = 0; i < a->n && j < b->n; j++)
		if (yr_str_eq(a->at[i], b->at[j]))
			i++;
	return i == a->n;
}

static int compare(struct yr_resolver *r, const struct yr_test *t, const struct operand *a,
		   const struct operand *b, bool *ret)
{
	int d = compare_sets(&a->set, &b->set);

	switch (t->compare) {
	case YR_CMP_IN:
		*ret = is_subset(&a->set, &b->set);
		return 0;
	case YR_CMP_EQ:
		*ret = d == 0;
		return 0;
	case YR_CMP_NE:
		*ret = d != 0;
		return 0;
	default:
		break;
	}
	if (a->large || b->large) {
		yr_complain(r->diags, a->large ? &t->left.loc : &t->right.loc, YR_ERROR,
			    "bad-value", "this number is too large");
		return -EINVAL;
	}
	if (a->number != b->number) {
		yr_complain(r->diags, a->number ? &t->right.loc : &t->left.loc, YR_ERROR,
			    "condition", "a number can only be compared with a number");
		return -EINVAL;
	}
	if (a->number)
		d = (a->value > b->value) - (a->value < b->value);
	*ret = t->compare == YR_CMP_LT   ? d < 0
	       : t->compare == YR_CMP_LE ? d <= 0
	       : t->compare == YR_CMP_GT ? d > 0
					 : d >= 0;
	return 0;
}

static int decide_compare(struct yr_resolver *r, const struct yr_scope *scope,
			  const struct yr_test *t, bool *ret)
{
	struct operand a, b;
	int e = read_operand(r, scope, &t->left, &a);
	int f = e == -ENOMEM ? e : read_operand(r, scope, &t->right, &b);

	if (e < 0 || f < 0)
		return e < 0 ? e : f;
	return compare(r, t, &a, &b, ret);
}

static int decide_boolean(struct yr_resolver *r, const struct yr_test *t, bool *ret)
{
	const struct yr_var *var;
	struct yr_str name;

	if (t->word.text.at[0] != '$') {
		*ret = t->word.text.len == 4;
		return 0;
	}
	if (!variable_name(t->word.text, '$', &name)) {
		yr_complain(r->diags, &t->word.loc, YR_ERROR, "condition",
			    "'%.*s' is not a boolean variable", YR_STR_ARG(t->word.text));
		return -EINVAL;
	}
	var = yr_vars_find(&r->vars, name);
	if (!var || !var->boolean) {
		yr_vars_unknown(&r->vars, name, true, &t->word.loc, r->diags);
		return -EINVAL;
	}
	*ret = var->truth;
	return 0;
}

static int decide_defined(struct yr_resolver *r, const struct yr_test *t, bool *ret)
{
	const struct yr_var *var;
	struct yr_str name;

	if (!variable_name(t->word.text, t->word.text.at[0], &name)) {
		yr_complain(r->diags, &t->word.loc, YR_ERROR, "condition",
			    "'%.*s' is not a variable", YR_STR_ARG(t->word.text));
		return -EINVAL;
	}
	var = yr_vars_find(&r->vars, name);
	*ret = var && var->boolean == (t->word.text.at[0] == '$');
	return 0;
}

static int decide(struct yr_resolver *r, const struct yr_scope *scope, const struct yr_test *t,
		  bool *ret)
{
	bool part = false, all = true, any = false;
	int e, worst = 0;

	switch (t->kind) {
	case YR_TEST_BOOL:
		return decide_boolean(r, t, ret);
	case YR_TEST_DEFINED:
		return decide_defined(r, t, ret);
	case YR_TEST_COMPARE:
		return decide_compare(r, scope, t, ret);
	case YR_TEST_NOT:
	case YR_TEST_AND:
	case YR_TEST_OR:
		break;
	}
	/* Every part is looked at, so that all mistakes are found whatever decides. */
	for (const struct yr_test *i = t->parts; i; i = i->next) {
		e = decide(r, scope, i, &part);
		if (e == -ENOMEM)
			return e;
		if (e < 0)
			worst = e;
		all &= part;
		any |= part;
		if (t->kind == YR_TEST_NOT)
			break;
	}
	*ret = t->kind == YR_TEST_NOT ? !part : t->kind == YR_TEST_AND ? all : any;
	return worst;
}

int yr_decide(struct yr_resolver *r, const struct yr_scope *scope, const struct yr_test *t,
	      bool *ret_truth)
{
	int e;

	*ret_truth = false;
	e = t ? decide(r, scope, t, ret_truth) : -EINVAL;
	if (e < 0)
		*ret_truth = false;
	return e == -ENOMEM ? e : 0;
}
