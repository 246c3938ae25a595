/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rules behind the states of an automaton: what makes a permission into an answer. With
 * per_rule of struct yr_policy_options, accept values number the different sets of tags
 * that meet in a state, and struct yr_pdb.perms has what each set comes to.
 */
#ifndef YR_POLICY_WHY_H
#define YR_POLICY_WHY_H

#include "policy/policy.h"

/*
 * What one rule (or a class of rules that say the same) says of the bits of a state. Two halves:
 * [0] the owner's, [1] everybody else's; the policydb uses [0] alone.
 */
struct yr_tag {
	int priority;
	enum yr_decision decision;
	bool exact; /* the pattern names single paths, at most by classes: its exec beats a glob's */
	uint32_t bits[2];
	uint32_t audit[2]; /* for a denial the bits that stay quiet; may hold more than bits */
	uint32_t exec[2];  /* YR_XEC_* with exec in bits */
	const struct yr_rule *rule; /* the first that said it; NULL for markers */
	/*
	 * With per_rule, whose it is: the profile's rules[by - 1]. "all," and change_profile make
	 * several tags, all theirs; a file rule that was split at its link permission is one with
	 * its first part. 0: nobody's (markers of classes, what goes with hats).
	 */
	uint32_t by;
};

/* The bits that a tag speaks of: what it wants logged or kept quiet counts as named. */
static inline uint32_t yr_tag_names(const struct yr_tag *t, int half)
{
	return t->bits[half] | t->audit[half];
}

/* Of several tags that name @bit, the ones of the highest rank decide; the rest do not count. */
int yr_tag_rank(const struct yr_tag *t, uint32_t bit);

struct yr_fold;
struct yr_tags;
struct yr_why {
	struct yr_tag *tags;
	uint32_t n_tags;
	bool both_halves, exec_maps; /* as in the struct yr_fold that made it */
	/* Set s, from 1, is member[first[s]] to member[first[s + 1] - 1], ascending tags. */
	uint32_t *member, *first;
	uint32_t n; /* sets, the empty one at 0 counted */
	struct yr_state_perms *perms;
	uint32_t cap_member, cap_first, cap_perms;
	bool full;
};

struct yr_why *yr_why_new(void);
struct yr_why *yr_why_free(struct yr_why *w);
/* The number of a new set; 0: memory, or YR_LIMIT_WHY_MEMBERS (yr_why_full()). */
uint32_t yr_why_add(struct yr_why *w, const uint32_t *tags, size_t n,
		    const struct yr_state_perms *perms);
bool yr_why_full(const struct yr_why *w);
/* The automaton is made by @fold: take over @tags, give @pdb its permissions and @w itself.
 * -ENOMEM. */
int yr_why_settle(struct yr_why *w, struct yr_tags *tags, const struct yr_fold *fold,
		  struct yr_arena *arena, struct yr_pdb *pdb);

/* The highest rank at which a tag of set @s names @bit in @half; INT_MIN: none does. */
int yr_why_top(const struct yr_why *w, uint32_t s, int half, uint32_t bit);
/* Whether @t lets the program be mapped because it lets it be executed under the same profile. */
static inline bool yr_why_lets_map(const struct yr_why *w, const struct yr_tag *t, int half)
{
	return w->exec_maps && t->decision == YR_ALLOW && t->bits[half] & YR_MAY_EXEC &&
	       t->exec[half] & YR_XEC_INHERIT;
}

/*
 * What set @s would come to without the rules r for which @without[r] is true (numbered as
 * struct yr_tag.by; NULL: with all of them), denials told in deny. false: memory.
 */
bool yr_why_fold(const struct yr_why *w, uint32_t s, const bool *without,
		 struct yr_state_perms *ret);

#endif
