/* SPDX-License-Identifier: Apache-2.0 */
/* Looking for rules that change nothing: what covered.c, reason.c and dead.c share. */
#ifndef YR_VERDICT_COVERED_H
#define YR_VERDICT_COVERED_H

#include "base/limits.h"
#include "verdict/lint.h"

/* Rules that are named as the reason; more would not be read. */
#define YR_REASONS 4
/* Accesses that are looked at to find these; the first ones name nearly always all. */
#define YR_REASON_ACCESSES 20000

/* One profile under question, rule by rule; rules count from 1. */
struct yr_search {
	struct yr_lint *l;
	const struct yr_asked *a;
	uint32_t n_rules;
	bool *gone;       /* by rule: idle, also when all of these go together */
	bool *one;        /* the rule under question alone */
	uint32_t *votes;  /* by rule: accesses of the rule under question that it covers */
	uint32_t *losers; /* rules that one access of it meets, ended by UINT32_MAX */
	size_t n_losers, cap_losers;
	const bool *laid; /* by rule: it says anything at all */
	uint64_t work;    /* tags and rules looked at so far */
};

static inline bool yr_search_is_spent(const struct yr_search *s)
{
	return s->work > YR_LIMIT_LINT_WORK;
}

static inline bool yr_search_has_caps(const struct yr_search *s, uint32_t r)
{
	const struct yr_rule_caps *c = &s->a->compiled->rule_caps[r - 1];

	return c->allow | c->deny;
}

/* What became of the accesses that a rule names. */
struct yr_reason {
	size_t accesses, denied, other, nobody;
	bool full; /* YR_REASON_ACCESSES was reached */
};

/* Who decides what rule @r names, without the rules that are gone. -ENOMEM. */
int yr_reason_find(struct yr_search *s, uint32_t r, struct yr_reason *why);
/* The denials that take @bits of rule @r, for the notes. false: memory. */
bool yr_reason_find_denials(struct yr_search *s, int side, uint32_t r, uint32_t bits,
			    struct yr_reason *why);
/*
 * Up to YR_REASONS of the rules found that together decide, in their order; 0 behind the last.
 * false: there are more.
 */
bool yr_reason_name(struct yr_search *s, uint32_t named[YR_REASONS + 1]);
/* A note at each of @named, which says @what; @all: there are no more. */
void yr_reason_note(const struct yr_search *s, const char *name, const uint32_t *named, bool all,
		    const char *what);

/* dead.c: tell of letters or capabilities of rule @r of which nothing is left. -ENOMEM. */
int yr_report_dead(struct yr_search *s, uint32_t r);

#endif
