/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places that differ for one reason are one difference. The reason is the rules that decide there;
 * where no rule is known (images, and what nobody allows) it is that one place is on the
 * way to the other.
 */
#include <errno.h>
#include <stdlib.h>

#include "automata/table.h"
#include "base/limits.h"
#include "verdict/diff_pass.h"

/* What this was before would not be found again: a table that is new for each pass. */
static uint32_t hash_of(const uint32_t set[SIDES], uint32_t place)
{
	return (uint32_t)yr_mix(((uint64_t)set[OLD] << 32 | set[NEW]) ^ (uint64_t)place << 28);
}

static struct yr_memo *recall(const struct yr_pass *p, const uint32_t set[SIDES], uint32_t place)
{
	uint32_t hash = hash_of(set, place), i = hash, id;

	if (!p->table.slot)
		return NULL;
	while ((id = yr_table_probe(&p->table, hash, &i)) != YR_NONE) {
		struct yr_memo *m = &p->memo[id];

		if (m->set[OLD] == set[OLD] && m->set[NEW] == set[NEW] && m->place == place)
			return m;
	}
	return NULL;
}

bool yr_pass_recall(const struct yr_pass *p, const uint32_t set[SIDES], uint32_t place,
		    struct yr_found *ret)
{
	const struct yr_memo *m = recall(p, set, place);

	if (m)
		*ret = m->found;
	return m;
}

static bool remember(struct yr_pass *p, const uint32_t set[SIDES], uint32_t place,
		     struct yr_found found, bool by_place)
{
	uint32_t hash = hash_of(set, place), i = hash;

	if (!yr_table_reserve(&p->table) ||
	    !yr_grow(&p->memo, &p->cap_memo, p->n_memo + UINT64_C(1), sizeof(*p->memo)))
		return false;
	while (yr_table_probe(&p->table, hash, &i) != YR_NONE)
		;
	yr_table_put(&p->table, i, hash, p->n_memo);
	p->memo[p->n_memo++] = (struct yr_memo){
		.set = { set[OLD], set[NEW] }, .place = place, .found = found, .by_place = by_place
	};
	return true;
}

static void count(struct yr_pass *p, const struct yr_group *g)
{
	if (g->entry != YR_NONE)
		p->d->diff->at[g->entry].places++;
}

bool yr_pass_met(struct yr_pass *p, const uint32_t set[SIDES], uint32_t place)
{
	const struct yr_memo *m = recall(p, set, place);

	if (!m || m->by_place)
		return false;
	for (uint32_t i = 0; i < m->found.n; i++)
		count(p, &p->group[p->pool[m->found.first + i]]);
	return true;
}

/* Set near[@number], whatever it was. */
static bool set_near(struct yr_pass *p, uint32_t number, uint32_t value)
{
	uint32_t before = p->cap_near;

	if (!yr_grow(&p->near, &p->cap_near, number + UINT64_C(1), sizeof(*p->near)))
		return false;
	memset(p->near + before, 0, (p->cap_near - before) * sizeof(*p->near));
	p->near[number] = value;
	return true;
}

static uint32_t near_at(const struct yr_pass *p, uint32_t number)
{
	return number < p->cap_near ? p->near[number] : 0;
}

/* The mark of the nearest input up to @number. Leaves the answer on the way. YR_NONE: none. */
static bool find_near(struct yr_pass *p, const struct yr_walk *w, uint32_t number, uint32_t *ret)
{
	uint32_t at = number, found;

	while (at != YR_WALK_NOWHERE && !near_at(p, at))
		at = yr_walk_before(w, at);
	found = at == YR_WALK_NOWHERE ? YR_NONE : near_at(p, at);
	for (uint32_t i = number; i != at; i = yr_walk_before(w, i))
		if (!set_near(p, i, found))
			return false;
	*ret = found == YR_NONE ? YR_NONE : found - 1;
	return true;
}

/* What has rules on a side is told by them: no rules there would be another reason. */
static bool is_part(const struct yr_cause *small, const struct yr_cause *big)
{
	for (int side = 0; side < SIDES; side++) {
		uint32_t k = 0, n = big->n[side];

		if (!small->n[side] != !n)
			return false;
		for (uint32_t i = 0; i < small->n[side]; i++) {
			while (k < n && big->at[side][k] < small->at[side][i])
				k++;
			if (k == n || big->at[side][k] != small->at[side][i])
				return false;
		}
	}
	return true;
}

/* How programs go on, on each side and for each half of which @f speaks. */
static void read_exec(const struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		      uint32_t ret[SIDES][2])
{
	memset(ret, 0, SIDES * sizeof(*ret));
	if (!p->file || v->pair || !(f->bits & YR_MAY_EXEC))
		return;
	for (int side = 0; side < SIDES; side++)
		for (int half = 0; half < 2; half++)
			if (v->p[side][half].allow & YR_MAY_EXEC &&
			    f->halves != (half ? BY_OWNER : BY_OTHERS))
				ret[side][half] = v->p[side][half].exec;
}

/* An exec is never another one's: where its program goes is what it is about. */
static bool alike(const struct yr_pass *p, const struct yr_view *v, const struct yr_group *g,
		  const struct yr_finding *f)
{
	uint32_t exec[SIDES][2];

	if (g->first.change != f->change || g->first.halves != f->halves)
		return false;
	if (!p->file || v->pair || !(f->bits & YR_MAY_EXEC))
		return true;
	read_exec(p, v, f, exec);
	return g->first.bits & YR_MAY_EXEC && !memcmp(exec, g->exec, sizeof(exec));
}

/* A group that has no other rules than these. */
static uint32_t find_by_cause(struct yr_pass *p, const struct yr_view *v,
			      const struct yr_finding *f, const struct yr_cause *cause)
{
	for (uint32_t i = 0; i < p->n && p->work < YR_LIMIT_DIFFERENCE_WORK; i++, p->work++) {
		const struct yr_group *g = &p->group[i];

		if (yr_cause_size(&g->cause) && is_part(&g->cause, cause) && alike(p, v, g, f))
			return i;
	}
	return YR_NONE;
}

/* One of those at @mark; where all is open on one side, any. */
static uint32_t find_by_place(struct yr_pass *p, const struct yr_view *v,
			      const struct yr_finding *f, uint32_t mark)
{
	const struct yr_found *m = mark == YR_NONE ? NULL : &p->mark[mark];

	for (uint32_t i = 0; m && i < m->n; i++) {
		uint32_t id = p->pool[m->first + i];

		if (p->group[id].first.bits == f->bits && alike(p, v, &p->group[id], f))
			return id;
	}
	for (uint32_t i = 0; (p->open[OLD] || p->open[NEW]) && i < p->n; i++)
		if (p->group[i].first.change == f->change)
			return i;
	return YR_NONE;
}

/* The folder of a path, what stands before the last slash; of others nothing. */
static size_t folder_len(const struct yr_pass *p, const char *input, size_t len)
{
	while (p->file && len && input[len - 1] != '/')
		len--;
	return p->file ? len : 0;
}

/*
 * Where no rule tells, one pattern may be met in thousands of places that none is on the way to
 * another. A few of a folder, or of a class, are enough; the rest is counted to the last of them.
 */
static int find_crowd(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		      uint32_t *ret)
{
	enum { ENOUGH = 8 };
	AUTO_FREE uint16_t *input = NULL;
	AUTO_FREE char *path = NULL;
	uint32_t met = 0, last = YR_NONE;
	size_t len, folder;

	*ret = YR_NONE;
	if (p->n < ENOUGH)
		return 0;
	input = yr_walk_input(v->w, &len);
	path = input ? malloc(len + 1) : NULL;
	if (!path)
		return yr_differ_no_memory(p->d);
	for (size_t i = 0; i < len; i++)
		path[i] = (char)input[i];
	folder = folder_len(p, path, len);
	for (uint32_t i = 0; i < p->n && p->work < YR_LIMIT_DIFFERENCE_WORK; i++, p->work++) {
		const struct yr_group *g = &p->group[i];
		const struct yr_difference *d;

		if (g->entry == YR_NONE || yr_cause_size(&g->cause) || g->first.bits != f->bits ||
		    !alike(p, v, g, f))
			continue;
		d = &p->d->diff->at[g->entry];
		if (folder_len(p, d->input, d->len) != folder ||
		    (folder && memcmp(d->input, path, folder) != 0))
			continue;
		met++;
		last = i;
	}
	if (met < ENOUGH)
		return 0;
	p->d->diff->at[p->group[last].entry].note =
		p->file ? "and more in this folder" : "and more like this";
	*ret = last;
	return 0;
}

static int new_group(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		     const struct yr_cause *cause, uint32_t *ret)
{
	struct yr_group g = { .entry = YR_NONE, .first = *f, .bits = f->bits, .cause = *cause };
	struct yr_difference *entry = NULL;
	int r = 0;

	read_exec(p, v, f, g.exec);
	if (!yr_grow(&p->group, &p->cap, p->n + UINT64_C(1), sizeof(*p->group)))
		return yr_differ_no_memory(p->d);
	/* Beyond the limit of work nobody looked whether it is one of the others. */
	if (p->work < YR_LIMIT_DIFFERENCE_WORK)
		r = yr_differ_add(p->d, f->change, p->name, &entry);
	else
		p->d->diff->more = true;
	if (entry)
		g.entry = (uint32_t)(entry - p->d->diff->at);
	if (entry && !r)
		r = yr_pass_tell(p, v, f, entry);
	*ret = p->n;
	/* Without an entry nobody will miss it: one stands for all of them. */
	if (!entry && p->n && p->group[p->n - 1].entry == YR_NONE)
		*ret = p->n - 1;
	else
		p->group[p->n++] = g;
	return r;
}

/* Bits of a finding that change for one reason. */
struct part {
	uint32_t bits;
	struct yr_cause cause;
};

/* The bits of a link's pair say together what a link may do. */
static uint32_t next_bits(const struct yr_view *v, uint32_t bits)
{
	const uint32_t link = YR_MAY_LINK | YR_MAY_LOCK;

	return v->pair && bits & link ? bits & link : bits & -bits;
}

/*
 * Tell apart the bits of @f that other rules decide, those with the fewest rules first. What
 * the rules of one part decide too is of that part.
 */
static size_t divide(const struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		     struct part ret[32])
{
	struct yr_place place = yr_pass_place(p, v, f);
	size_t n = 0, kept = 0;

	if (p->open[OLD] || p->open[NEW]) {
		ret[0] = (struct part){ .bits = f->bits };
		return 1;
	}
	for (uint32_t bits = f->bits; bits; bits &= ~place.bits) {
		struct part now = { .bits = place.bits = next_bits(v, bits) };
		size_t at = n++;

		yr_differ_cause(p->d, &place, f->change, &now.cause);
		for (; at && yr_cause_size(&ret[at - 1].cause) > yr_cause_size(&now.cause); at--)
			ret[at] = ret[at - 1];
		ret[at] = now;
	}
	for (size_t i = 0; i < n; i++) {
		size_t k = 0;

		while (k < kept && !is_part(&ret[k].cause, &ret[i].cause))
			k++;
		if (k < kept)
			ret[k].bits |= ret[i].bits;
		else
			ret[kept++] = ret[i];
	}
	return kept;
}

/* The group of @f, found or made. */
static int group_one(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		     const struct yr_cause *cause, uint32_t mark, uint32_t *ret)
{
	bool told = yr_cause_size(cause);
	int r = 0;

	*ret = told ? find_by_cause(p, v, f, cause) : find_by_place(p, v, f, mark);
	if (*ret == YR_NONE && !told)
		r = find_crowd(p, v, f, ret);
	if (r || *ret == YR_NONE)
		return r ? r : new_group(p, v, f, cause, ret);
	p->group[*ret].bits |= f->bits;
	count(p, &p->group[*ret]);
	return 0;
}

int yr_pass_group(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f, size_t n,
		  uint32_t place)
{
	uint32_t number = yr_walk_number(v->w), mark = YR_NONE, id;
	struct yr_found found = { p->n_pool, 0 };
	bool by_place = false;

	for (size_t i = 0; i < n; i++) {
		struct part part[32];
		size_t n_parts = divide(p, v, &f[i], part);

		for (size_t k = 0; k < n_parts; k++) {
			const struct yr_finding of = { f[i].change, f[i].halves, part[k].bits };
			bool told = yr_cause_size(&part[k].cause);
			int r;

			if (!told && !by_place && !find_near(p, v->w, number, &mark))
				return yr_differ_no_memory(p->d);
			by_place |= !told;
			r = group_one(p, v, &of, &part[k].cause, mark, &id);
			if (r)
				return r;
			if (!yr_grow(&p->pool, &p->cap_pool, p->n_pool + UINT64_C(1),
				     sizeof(*p->pool)))
				return yr_differ_no_memory(p->d);
			p->pool[p->n_pool++] = id;
			found.n++;
		}
	}
	if (by_place) {
		if (!yr_grow(&p->mark, &p->cap_mark, p->n_mark + UINT64_C(1), sizeof(*p->mark)) ||
		    !set_near(p, number, p->n_mark + 1))
			return yr_differ_no_memory(p->d);
		p->mark[p->n_mark++] = found;
	}
	if (!recall(p, v->set, place) && !remember(p, v->set, place, found, by_place))
		return yr_differ_no_memory(p->d);
	return 0;
}

void yr_pass_done(struct yr_pass *p)
{
	free(p->group);
	free(p->pool);
	free(p->memo);
	yr_table_done(&p->table);
	free(p->near);
	free(p->mark);
}
