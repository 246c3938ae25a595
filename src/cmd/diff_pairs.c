/* SPDX-License-Identifier: Apache-2.0 */
/* Which profiles of two sides belong together. */
#include <stdlib.h>
#include <string.h>

#include "cmd/diff.h"

enum { OLD, NEW };

/* Profiles of one side. */
struct side {
	struct yr_subject *at;
	size_t n, top, n_top; /* top: one that is no child */
	bool *taken;
	bool any_ns; /* they were found in their namespace, and need not name it */
};

static bool read_side(const struct yr_diff_source *from, size_t n, const char *name,
		      struct side *ret)
{
	size_t all = 0;

	for (size_t i = 0; i < n; i++)
		all += from[i].opened.policy ? from[i].opened.policy->n : 0;
	ret->at = calloc(all + 1, sizeof(*ret->at));
	ret->taken = calloc(all + 1, sizeof(*ret->taken));
	if (!ret->at || !ret->taken)
		return false;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; from[i].opened.policy && k < from[i].opened.policy->n; k++) {
			const struct yr_opened *o = &from[i].opened;
			const struct yr_compiled *c = &o->policy->profiles[k];

			ret->any_ns |= o->loaded;
			if ((name && !yr_profile_is_called(c, name, o->loaded)) ||
			    (from[i].only && !yr_diff_is_below(c->name, from[i].only)))
				continue;
			if (!strstr(c->name, "//") || name)
				ret->top = ret->n_top++ ? ret->top : ret->n;
			yr_take_profile(o, k, &ret->at[ret->n++]);
		}
	return true;
}

static void side_done(struct side *s)
{
	free(s->at);
	free(s->taken);
}

static bool same_ns(const struct yr_compiled *a, const struct yr_compiled *b)
{
	return !strcmp(a->ns ? a->ns : "", b->ns ? b->ns : "");
}

/* The name without that of @top, where it is one of its children. */
static const char *below(const char *name, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(name, top, len) && (!name[len] || !strncmp(name + len, "//", 2))
		       ? name + len
		       : NULL;
}

bool yr_diff_is_below(const char *name, const char *top)
{
	return below(name, top);
}

/* The one of @s that belongs to @c; @from and @to: what the only ones at the top are called. */
static size_t find(const struct side *s, const struct yr_compiled *c, bool any_ns, const char *from,
		   const char *to)
{
	const char *rest = from ? below(c->name, from) : NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct yr_compiled *other = s->at[i].compiled;
		const char *own = to ? below(other->name, to) : NULL;

		if (s->taken[i])
			continue;
		if (from ? rest && own && !strcmp(rest, own)
			 : !strcmp(other->name, c->name) && (any_ns || same_ns(other, c)))
			return i;
	}
	return s->n;
}

static void add(struct yr_diff_pairs *p, const struct yr_subject *old_one,
		const struct yr_subject *new_one)
{
	struct yr_diff_pair *pair = &p->at[p->n++];

	*pair = (struct yr_diff_pair){ 0 };
	if (old_one) {
		pair->name[OLD] = old_one->compiled->name;
		pair->subject[OLD] = *old_one;
	}
	if (new_one) {
		pair->name[NEW] = new_one->compiled->name;
		pair->subject[NEW] = *new_one;
	}
}

/* One on each side is compared, whatever they are called. */
static bool are_renamed(const struct side s[2])
{
	const struct yr_compiled *a, *b;

	if (!s[OLD].n || !s[NEW].n)
		return false;
	a = s[OLD].at[s[OLD].top].compiled;
	b = s[NEW].at[s[NEW].top].compiled;
	return s[OLD].n_top == 1 && s[NEW].n_top == 1 && !s[OLD].any_ns &&
	       (strcmp(a->name, b->name) != 0 || !same_ns(a, b));
}

static void pair_all(struct side s[2], struct yr_diff_pairs *ret)
{
	bool renamed = are_renamed(s);
	const char *from = renamed ? s[OLD].at[s[OLD].top].compiled->name : NULL;
	const char *to = renamed ? s[NEW].at[s[NEW].top].compiled->name : NULL;

	for (size_t i = 0; i < s[OLD].n; i++) {
		size_t k = find(&s[NEW], s[OLD].at[i].compiled, s[OLD].any_ns, from, to);

		if (k < s[NEW].n)
			s[NEW].taken[k] = true;
		add(ret, &s[OLD].at[i], k < s[NEW].n ? &s[NEW].at[k] : NULL);
	}
	for (size_t i = 0; i < s[NEW].n; i++)
		if (!s[NEW].taken[i])
			add(ret, NULL, &s[NEW].at[i]);
}

int yr_diff_pair_up(const struct yr_diff_source *old_ones, size_t n_old,
		    const struct yr_diff_source *new_one, const char *name,
		    struct yr_diff_pairs *ret)
{
	struct side s[2] = { { 0 }, { 0 } };
	int status = YR_EXIT_OK;
	bool good =
		read_side(old_ones, n_old, name, &s[OLD]) && read_side(new_one, 1, name, &s[NEW]);

	if (good)
		ret->at = calloc(s[OLD].n + s[NEW].n + 1, sizeof(*ret->at));
	if (!good || !ret->at) {
		yr_say("out of memory");
		status = YR_EXIT_SYSTEM;
	} else if (name && !s[OLD].n && !s[NEW].n) {
		/* One that nobody knows is no difference. */
		status = yr_no_such_profile(new_one->opened.policy, name);
	} else {
		pair_all(s, ret);
	}
	side_done(&s[OLD]);
	side_done(&s[NEW]);
	return status;
}

void yr_diff_pairs_done(struct yr_diff_pairs *p)
{
	for (size_t i = 0; i < p->n; i++)
		yr_diff_done(&p->at[i].diff);
	free(p->at);
	*p = (struct yr_diff_pairs){ 0 };
}
