/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which aliases a path has. With thousands of both, each path is not compared with each alias:
 * those that a text begins with are all beginnings of one of them, the last one before the text
 * in the order of bytes.
 */
#include "lang/vars.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"

struct entry {
	const struct yr_alias *alias;
	size_t turn;
	const struct entry *shorter; /* the next one that this one begins with, NULL: none */
};

struct yr_alias_index {
	const struct yr_alias *head; /* of those that are in it */
	struct entry *at;            /* in the order of bytes */
	size_t n;
};

static int by_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = yr_str_cmp(x->alias->from.text, y->alias->from.text);

	return d ? d : (x->turn > y->turn) - (x->turn < y->turn);
}

static bool begins(struct yr_str text, struct yr_str with)
{
	return text.len >= with.len && !memcmp(text.at, with.at, with.len);
}

/* Where two begin a text, the shorter one begins the longer: so @shorter leads to all. */
static void link_shorter(struct yr_alias_index *index)
{
	for (size_t i = 1; i < index->n; i++) {
		const struct entry *e = &index->at[i - 1];

		while (e && !begins(index->at[i].alias->from.text, e->alias->from.text))
			e = e->shorter;
		index->at[i].shorter = e;
	}
}

/* The index of @aliases, made when it is first asked for. NULL: memory is out. */
static const struct yr_alias_index *index_of(struct yr_vars *v, const struct yr_alias *aliases)
{
	struct yr_alias_index *index = v->aliases;

	if (index && index->head == aliases)
		return index;
	index = yr_arena_new(v->arena, struct yr_alias_index);
	if (!index)
		return NULL;
	index->head = aliases;
	for (const struct yr_alias *a = aliases; a; a = a->next)
		index->n++;
	index->at = yr_arena_array(v->arena, index->n, sizeof(*index->at));
	if (!index->at)
		return NULL;
	for (size_t i = 0; i < index->n; i++, aliases = aliases->next)
		index->at[i] = (struct entry){ aliases, i, NULL };
	qsort(index->at, index->n, sizeof(*index->at), by_text);
	link_shorter(index);
	v->alias_work += index->n;
	v->aliases = index;
	return index;
}

/* Where @from stands to the text of @p in the order of bytes; 0 also where the text goes on. */
static int compare(struct yr_str from, const struct yr_pattern *p)
{
	for (size_t i = 0; i < p->n && from.len; i++) {
		struct yr_str text = p->at[i].text;
		size_t len = from.len < text.len ? from.len : text.len;
		int d = len ? memcmp(from.at, text.at, len) : 0;

		if (d)
			return d;
		from.at += len;
		from.len -= len;
	}
	return from.len > 0;
}

/* The longest alias that @p begins with, NULL: none. Any other is a shorter one of it. */
static const struct entry *longest(struct yr_vars *v, const struct yr_alias_index *index,
				   const struct yr_pattern *p)
{
	size_t low = 0, high = index->n;
	const struct entry *e;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		v->alias_work++;
		if (compare(index->at[mid].alias->from.text, p) <= 0)
			low = mid + 1;
		else
			high = mid;
	}
	e = low ? &index->at[low - 1] : NULL;
	for (; e && compare(e->alias->from.text, p); e = e->shorter)
		v->alias_work++;
	return e;
}

/* How many spellings @e and what it leads to make of @p; each is charged for. */
static size_t count(struct yr_vars *v, const struct entry *e, const struct yr_pattern *p)
{
	size_t n = 0, each = YR_ALIAS_SPELLING;

	for (size_t i = 0; e && i < p->n; i++)
		each += YR_ALIAS_BYTE * p->at[i].text.len;
	for (; e && v->alias_work <= YR_LIMIT_ALIAS_WORK; e = e->shorter, n++)
		v->alias_work += each;
	return n;
}

static int by_turn(const void *a, const void *b)
{
	const struct yr_alias_hit *x = a, *y = b;

	return (x->turn > y->turn) - (x->turn < y->turn);
}

/* One for each alias out of @hits, which have those of both paths. Returns how many that is. */
static size_t settle(struct yr_alias_hit *hits, size_t n)
{
	size_t k = 0;

	if (n > 1)
		qsort(hits, n, sizeof(*hits), by_turn);
	for (size_t i = 0; i < n; i++) {
		if (k && hits[k - 1].turn == hits[i].turn) {
			hits[k - 1].in_a |= hits[i].in_a;
			hits[k - 1].in_b |= hits[i].in_b;
		} else {
			hits[k++] = hits[i];
		}
	}
	return k;
}

int yr_alias_hits(struct yr_expansion *x, const struct yr_alias *aliases,
		  const struct yr_pattern *a, const struct yr_pattern *b,
		  struct yr_alias_hit **ret_hits, size_t *ret_n)
{
	struct yr_vars *v = x->scope->vars;
	const struct yr_alias_index *index = index_of(v, aliases);
	const struct entry *in_a, *in_b;
	struct yr_alias_hit *hits;
	size_t n = 0, most;

	if (!index)
		return -ENOMEM;
	in_a = longest(v, index, a);
	in_b = b ? longest(v, index, b) : NULL;
	most = count(v, in_a, a) + count(v, in_b, b);
	if (v->alias_work > YR_LIMIT_ALIAS_WORK) {
		yr_complain(x->diags, x->loc, YR_ERROR, "limit",
			    "the aliases of this file meet too many paths");
		return -EINVAL;
	}
	hits = yr_arena_array(x->arena, most, sizeof(*hits));
	if (!hits)
		return -ENOMEM;
	for (; in_a; in_a = in_a->shorter)
		hits[n++] = (struct yr_alias_hit){ in_a->alias, in_a->turn, true, false };
	for (; in_b; in_b = in_b->shorter)
		hits[n++] = (struct yr_alias_hit){ in_b->alias, in_b->turn, false, true };
	*ret_hits = hits;
	*ret_n = settle(hits, n);
	return 0;
}
