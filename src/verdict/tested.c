/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/tested.h"

#include <stdlib.h>
#include <string.h>

static bool add(struct yr_tested *t, struct yr_tested_rule r)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? 2 * t->cap : 64;
		struct yr_tested_rule *more = realloc(t->at, cap * sizeof(*more));

		if (!more)
			return false;
		t->at = more;
		t->cap = cap;
	}
	t->at[t->n++] = r;
	return true;
}

bool yr_tested_add(struct yr_tested *t, const struct yr_profile *p, const bool *decided,
		   bool includes)
{
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct yr_rule *r = p->rules[i];

		if (!r->loc.source || (!includes && r->loc.source != p->loc.source))
			continue;
		if (!add(t, (struct yr_tested_rule){ r, p, decided && decided[i] }))
			return false;
	}
	return true;
}

static int by_place(const void *a, const void *b)
{
	const struct yr_loc *x = &((const struct yr_tested_rule *)a)->rule->loc;
	const struct yr_loc *y = &((const struct yr_tested_rule *)b)->rule->loc;
	int d = strcmp(x->source->name, y->source->name);

	return d ? d : (x->off > y->off) - (x->off < y->off);
}

void yr_tested_settle(struct yr_tested *t)
{
	size_t n = 0;

	if (t->n)
		qsort(t->at, t->n, sizeof(*t->at), by_place);
	for (size_t i = 0; i < t->n; i++) {
		if (n && !by_place(&t->at[n - 1], &t->at[i]))
			t->at[n - 1].tested |= t->at[i].tested;
		else
			t->at[n++] = t->at[i];
	}
	t->n = n;
}

size_t yr_tested_count(const struct yr_tested *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++)
		n += t->at[i].tested;
	return n;
}

void yr_tested_done(struct yr_tested *t)
{
	free(t->at);
	*t = (struct yr_tested){ 0 };
}
