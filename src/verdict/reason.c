/* SPDX-License-Identifier: Apache-2.0 */
/* Why a rule changes nothing: the rules that decide where it would count. */
#include <errno.h>
#include <stdlib.h>

#include "verdict/covered.h"

static bool note_loser(struct yr_search *s, uint32_t r)
{
	if (s->n_losers == s->cap_losers) {
		size_t cap = s->cap_losers ? s->cap_losers * 2 : 1024;
		uint32_t *more = realloc(s->losers, cap * sizeof(*more));

		if (!more)
			return false;
		s->losers = more;
		s->cap_losers = cap;
	}
	s->losers[s->n_losers++] = r;
	return true;
}

/* An exec that inherits lets the program be mapped: the rules whose exec wins count for that. */
static bool note_mappers(struct yr_search *s, const struct yr_tag_list *tags, int half, bool *any)
{
	int top;

	if (!tags->why->exec_maps || !yr_asked_top(tags, half, YR_MAY_EXEC, s->gone, &top))
		return true;
	for (uint32_t i = 0; i < tags->n; i++) {
		const struct yr_tag *t = yr_asked_tag(tags, i);

		if (!(t->bits[half] & YR_MAY_EXEC) || !(t->exec[half] & YR_XEC_INHERIT) ||
		    s->gone[t->by] || yr_tag_rank(t, YR_MAY_EXEC) != top)
			continue;
		*any = true;
		if (t->by && !note_loser(s, t->by))
			return false;
	}
	return true;
}

/* One bit of one half that @own names: who decides it instead? */
static bool note_access(struct yr_search *s, const struct yr_tag_list *tags,
			const struct yr_tag *own, int half, uint32_t bit, struct yr_reason *why)
{
	enum yr_decision winner = own->decision;
	bool any = false, named;
	int top;

	why->accesses++;
	s->work += tags->n;
	if (why->accesses > YR_REASON_ACCESSES || yr_search_is_spent(s)) {
		why->full = true;
		return true;
	}
	/* Of a lower rank than @own it may be, since it says the same. */
	if (bit == YR_MAY_MMAP && !note_mappers(s, tags, half, &any))
		return false;
	named = yr_asked_top(tags, half, bit, s->gone, &top);
	for (uint32_t i = 0; named && i < tags->n; i++) {
		const struct yr_tag *t = yr_asked_tag(tags, i);

		if (!(yr_tag_names(t, half) & bit) || s->gone[t->by] || yr_tag_rank(t, bit) != top)
			continue;
		winner = t->decision;
		any = true;
		if (t->by && !note_loser(s, t->by))
			return false;
	}
	why->denied += winner == YR_DENY && own->decision != YR_DENY;
	why->other += winner != own->decision;
	why->nobody += !any;
	return !any || note_loser(s, UINT32_MAX);
}

static bool note_set(struct yr_search *s, int side, uint32_t r, uint32_t set, struct yr_reason *why)
{
	struct yr_tag_list tags = yr_asked_tags(s->a, side, set);

	s->work += tags.n;
	for (uint32_t i = 0; i < tags.n && !yr_search_is_spent(s); i++) {
		const struct yr_tag *t = yr_asked_tag(&tags, i);

		if (t->by != r)
			continue;
		for (int half = 0; half < (side == YR_SIDE_FILE ? 2 : 1); half++)
			for (uint32_t rest = yr_tag_names(t, half); rest; rest &= rest - 1)
				if (!note_access(s, &tags, t, half, rest & -rest, why))
					return false;
	}
	return true;
}

static bool note_caps(struct yr_search *s, uint32_t r, struct yr_reason *why)
{
	const struct yr_rule_caps *all = s->a->compiled->rule_caps, *own = &all[r - 1];
	bool deny = own->deny;

	for (uint64_t rest = own->allow | own->deny; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest;
		bool denied = false;
		size_t before = s->n_losers;

		why->accesses++;
		s->work += s->n_rules / 4;
		for (uint32_t o = 1; o <= s->n_rules; o++)
			denied |= o != r && all[o - 1].deny & bit;
		for (uint32_t o = 1; o <= s->n_rules; o++)
			if (o != r && !s->gone[o] &&
			    (denied ? all[o - 1].deny : all[o - 1].allow) & bit &&
			    !note_loser(s, o))
				return false;
		why->denied += denied && !deny;
		why->other += denied && !deny;
		why->nobody += s->n_losers == before;
		if (s->n_losers > before && !note_loser(s, UINT32_MAX))
			return false;
	}
	return true;
}

int yr_reason_find(struct yr_search *s, uint32_t r, struct yr_reason *why)
{
	*why = (struct yr_reason){ 0 };
	s->n_losers = 0;
	if (yr_search_has_caps(s, r) && !note_caps(s, r, why))
		return -ENOMEM;
	for (int side = 0; side < YR_SIDES; side++) {
		uint32_t n;
		const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

		for (uint32_t i = 0; i < n; i++)
			if (!note_set(s, side, r, set[i], why))
				return -ENOMEM;
	}
	return 0;
}

/* The rule that decides most of the accesses still unexplained; these are struck out. */
static uint32_t take_best(struct yr_search *s)
{
	uint32_t best = 0;
	size_t begin = 0;

	s->work += (s->n_rules + s->n_losers) / 4;
	memset(s->votes, 0, (s->n_rules + (size_t)1) * sizeof(*s->votes));
	for (size_t i = 0; i < s->n_losers; i++)
		if (s->losers[i] != UINT32_MAX)
			s->votes[s->losers[i]]++;
	for (uint32_t r = 1; r <= s->n_rules; r++) {
		/* Of equals, one that stands in the same file says most. */
		bool nearer = best && s->votes[r] == s->votes[best] &&
			      !yr_lint_own(s->l, yr_asked_rule(s->a, best)) &&
			      yr_lint_own(s->l, yr_asked_rule(s->a, r));

		if (s->votes[r] && (!best || s->votes[r] > s->votes[best] || nearer))
			best = r;
	}
	for (size_t i = 0; best && i < s->n_losers; i++) {
		size_t end = begin;
		bool his = false;

		for (; s->losers[end] != UINT32_MAX; end++)
			his |= s->losers[end] == best || !s->losers[end];
		for (size_t k = begin; his && k < end; k++)
			s->losers[k] = 0;
		begin = i = end;
		begin++;
	}
	s->votes[0] = 0;
	return best;
}

bool yr_reason_name(struct yr_search *s, uint32_t named[YR_REASONS + 1])
{
	size_t n = 0;

	memset(named, 0, (YR_REASONS + 1) * sizeof(*named));
	while (n < YR_REASONS && (named[n] = take_best(s))) {
		for (size_t i = n++; i && named[i] < named[i - 1]; i--) {
			uint32_t later = named[i - 1];

			named[i - 1] = named[i];
			named[i] = later;
		}
	}
	return n < YR_REASONS || !take_best(s);
}

void yr_reason_note(const struct yr_search *s, const char *name, const uint32_t *named, bool all,
		    const char *what)
{
	for (; *named; named++) {
		const struct yr_rule *r = yr_asked_rule(s->a, *named);

		yr_complain(s->l->diags, &r->loc, YR_NOTE, name, "%s%s", what,
			    yr_lint_own(s->l, r) ? "" : ", in an include");
	}
	if (!all)
		yr_complain(s->l->diags, NULL, YR_NOTE, name, "and by more rules");
}

bool yr_reason_find_denials(struct yr_search *s, int side, uint32_t r, uint32_t bits,
			    struct yr_reason *why)
{
	uint32_t n;
	const uint32_t *set = yr_asked_sets(s->a, side, r, &n);
	bool ok = true;

	*why = (struct yr_reason){ 0 };
	s->n_losers = 0;
	s->gone[r] = true;
	for (uint32_t i = 0; i < n && !yr_search_is_spent(s); i++) {
		struct yr_tag_list tags = yr_asked_tags(s->a, side, set[i]);

		s->work += tags.n;
		for (uint32_t k = 0; k < tags.n; k++) {
			const struct yr_tag *t = yr_asked_tag(&tags, k);

			for (int half = 0; t->by == r && half < 2; half++)
				for (uint32_t rest = t->bits[half] & bits; rest && ok;
				     rest &= rest - 1)
					ok = note_access(s, &tags, t, half, rest & -rest, why);
		}
	}
	s->gone[r] = false;
	return ok;
}
