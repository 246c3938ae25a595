/* SPDX-License-Identifier: Apache-2.0 */
/* Files beside each other: names that are taken twice, names that nobody has. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/nearest.h"
#include "verdict/lint.h"

struct index {
	const struct yr_lint_name **at;
	size_t n;
};

static int by_name(const void *left, const void *right)
{
	const struct yr_lint_name *a = *(const struct yr_lint_name *const *)left;
	const struct yr_lint_name *b = *(const struct yr_lint_name *const *)right;

	return strcmp(a->name, b->name);
}

/* Also stable: names are told in the order of the files. */
static int by_name_and_place(const void *left, const void *right)
{
	const struct yr_lint_name *const *a = left, *const *b = right;
	int d = by_name(left, right);

	return d ? d : (a > b) - (a < b);
}

static int make_index(struct yr_lint_file *const *files, size_t n, struct index *ret)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += files[i]->n_names;
	ret->at = calloc(all + 1, sizeof(*ret->at));
	if (!ret->at)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < files[i]->n_names; k++)
			ret->at[ret->n++] = &files[i]->names[k];
	qsort(ret->at, ret->n, sizeof(*ret->at), by_name_and_place);
	return 0;
}

/* The first name that is not before @name. */
static size_t lower_bound(const struct index *x, struct yr_str name)
{
	size_t low = 0, high = x->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (yr_str_cmp(yr_str_of(x->at[mid]->name), name) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static bool is_there(const struct index *x, struct yr_str name)
{
	size_t i = lower_bound(x, name);

	if (i == x->n)
		return false;
	/* "a//": whatever begins so. */
	if (name.len > 2 && !memcmp(name.at + name.len - 2, "//", 2))
		return !strncmp(x->at[i]->name, name.at, name.len);
	return yr_str_is(name, x->at[i]->name);
}

static bool is_known(const char *const *known, struct yr_str name)
{
	bool any = name.len > 2 && !memcmp(name.at + name.len - 2, "//", 2);

	for (; known && *known; known++)
		if (any ? !strncmp(*known, name.at, name.len) : yr_str_is(name, *known))
			return true;
	return false;
}

/* The parent's name; empty: @name has none. */
static struct yr_str parent_of(struct yr_str name)
{
	for (size_t i = name.len; i >= 2; i--)
		if (!memcmp(name.at + i - 2, "//", 2))
			return (struct yr_str){ name.at, i - 2 };
	return (struct yr_str){ 0 };
}

/* The part of a child's name that is its own. */
static struct yr_str own_part(struct yr_str name)
{
	struct yr_str parent = parent_of(name);
	size_t skip = parent.len ? parent.len + 2 : 0;

	return (struct yr_str){ name.at + skip, name.len - skip };
}

/* Which name was meant: one of the same parent, spelt nearly alike. */
static struct yr_phrase nearest_name(const struct index *x, struct yr_str name)
{
	struct yr_str parent = parent_of(name),
		      prefix = { name.at, parent.len ? parent.len + 2 : 0 };
	struct yr_nearest near = yr_nearest_start(own_part(name));
	struct yr_phrase p = { "" };

	for (size_t i = lower_bound(x, prefix); i < x->n; i++) {
		struct yr_str other = yr_str_of(x->at[i]->name);

		if (other.len < prefix.len || memcmp(other.at, prefix.at, prefix.len))
			break;
		if (parent_of(other).len == parent.len)
			yr_nearest_try(&near, own_part(other));
	}
	if (near.name.at && prefix.len + near.name.len < 100)
		snprintf(p.text, sizeof(p.text), "; did you mean '%.*s%.*s'?", YR_STR_ARG(prefix),
			 YR_STR_ARG(near.name));
	return p;
}

static void say_missing(struct yr_diags *diags, const struct index *x,
			const struct yr_lint_target *t)
{
	static const char *const then[] = {
		[YR_TARGET_EXEC] = "the exec is refused",
		[YR_TARGET_EXEC_OR] = "the exec always falls back",
		[YR_TARGET_CHANGE] = "the change is refused",
		[YR_TARGET_PEER] = "the rule meets nobody",
	};
	struct yr_str parent = parent_of(t->name);

	if (t->name.len == parent.len + 2)
		yr_complain_at(diags, &t->place, YR_WARNING, "missing-target",
			       "profile '%.*s' has no child in the files checked: %s",
			       YR_STR_ARG(parent), then[t->kind]);
	else
		yr_complain_at(diags, &t->place, YR_WARNING, "missing-target",
			       "there is no profile '%.*s' in the files checked: %s%s",
			       YR_STR_ARG(t->name), then[t->kind],
			       /* Nobody reads a suggestion that is not shown. */
			       yr_diags_dropped(diags) ? "" : nearest_name(x, t->name).text);
}

static void find_missing(const struct yr_lint_file *f, const struct index *x, bool whole,
			 const char *const *known, struct yr_diags *diags)
{
	for (size_t i = 0; i < f->n_targets; i++) {
		const struct yr_lint_target *t = &f->targets[i];
		struct yr_str parent = parent_of(t->name);

		/* Children come with their parent; peers may come and go. */
		if (parent.len ? !is_there(x, parent) : !whole || t->kind == YR_TARGET_PEER)
			continue;
		if (!is_there(x, t->name) && !is_known(known, t->name))
			say_missing(diags, x, t);
	}
}

static void find_twins(const struct index *x, struct yr_diags *diags)
{
	for (size_t i = 1; i < x->n; i++) {
		const struct yr_lint_name *a = x->at[i - 1], *b = x->at[i];

		/* A parent that is there twice has its children twice; that is one mistake. */
		if (by_name(&a, &b) || !b->top)
			continue;
		yr_complain_at(diags, &b->place, YR_WARNING, "duplicate",
			       "profile '%s' is defined in another file too: what is loaded last "
			       "replaces what was there",
			       b->name);
		yr_complain_at(diags, &a->place, YR_NOTE, "duplicate", "the other one is here");
	}
}

int yr_lint_set(struct yr_lint_file *const *files, size_t n, bool whole, const char *const *known,
		struct yr_diags *diags, struct yr_err *err)
{
	struct index x = { 0 };

	if (make_index(files, n, &x) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		find_missing(files[i], &x, whole, known, diags);
	find_twins(&x, diags);
	free(x.at);
	return yr_lint_attachments(files, n, diags, err);
}
