/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A profile that is asked questions: which rules meet in a state, and which of them decide.
 * The ground of everything in this folder; policy/why.h says how the rules got there.
 */
#ifndef YR_VERDICT_ASKED_H
#define YR_VERDICT_ASKED_H

#include "policy/why.h"

/* One automaton of a profile, by rule: the sets of tags that the rule has a tag in. */
struct yr_side {
	const struct yr_pdb *pdb;     /* pdb->why NULL: the profile has no such automaton */
	uint32_t *set, *first;        /* of rule r (from 1; 0: nobody's): set[first[r]] and on */
	struct yr_state_perms *perms; /* what each set comes to, denials told in deny */
};

enum { YR_SIDE_FILE, YR_SIDE_POLICYDB, YR_SIDES };

/* Rules are numbered as in struct yr_tag.by, from 1. */
struct yr_asked {
	const struct yr_profile *profile;
	const struct yr_compiled *compiled;
	struct yr_side side[YR_SIDES];
};

/*
 * @profile as @compiled with per_rule. Both must outlive the result, which is the caller's, for
 * yr_asked_free(). NULL: memory is out.
 */
struct yr_asked *yr_asked_new(const struct yr_profile *profile, const struct yr_compiled *compiled);
struct yr_asked *yr_asked_free(struct yr_asked *a);

/* The sets that rule @r has a tag in. */
const uint32_t *yr_asked_sets(const struct yr_asked *a, int side, uint32_t r, uint32_t *ret_n);

/* The tags of a set. */
struct yr_tag_list {
	const struct yr_why *why;
	const uint32_t *at;
	uint32_t n;
};
struct yr_tag_list yr_asked_tags(const struct yr_asked *a, int side, uint32_t set);
const struct yr_tag *yr_asked_tag(const struct yr_tag_list *l, uint32_t i);

/*
 * The highest rank at which a rule other than those with @without[r] names @bit in @half.
 * false: none does.
 */
bool yr_asked_top(const struct yr_tag_list *l, int half, uint32_t bit, const bool *without,
		  int *ret_rank);

/* Rule @r of the profile; NULL for 0. */
const struct yr_rule *yr_asked_rule(const struct yr_asked *a, uint32_t r);

#endif
