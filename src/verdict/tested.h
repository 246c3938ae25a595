/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules of the profiles that were asked decided an answer, and which none. */
#ifndef YR_VERDICT_TESTED_H
#define YR_VERDICT_TESTED_H

#include "verdict/query.h"

/* A rule by its place: what several profiles or kernels have from one place counts once. */
struct yr_tested_rule {
	const struct yr_rule *rule;
	const struct yr_profile *profile;
	bool tested;
};

/* Start from { 0 }. Rules and profiles are borrowed until yr_tested_done(). */
struct yr_tested {
	struct yr_tested_rule *at;
	size_t n, cap;
};

/*
 * Add the rules of @p; @decided, one for each, says which decided an answer (NULL: none). Rules out
 * of files that it includes count with @includes only. false: memory.
 */
bool yr_tested_add(struct yr_tested *t, const struct yr_profile *p, const bool *decided,
		   bool includes);
/* Bring them into the order of files and places, each place once. */
void yr_tested_settle(struct yr_tested *t);
/* How many of them decided an answer. */
size_t yr_tested_count(const struct yr_tested *t);
void yr_tested_done(struct yr_tested *t);

#endif
