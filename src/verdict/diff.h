/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What two profiles decide differently. Their automata are walked side by side, through the
 * inputs of which a kernel asks, shortest first; places that differ for the same reason (the same
 * rules, where there are any) are one difference, told by the first of them, its witness.
 */
#ifndef YR_VERDICT_DIFF_H
#define YR_VERDICT_DIFF_H

#include "verdict/query.h"

/* From the old profile to the new one. */
enum yr_change {
	YR_CHANGE_ALLOWED,
	YR_CHANGE_DENIED,
	YR_CHANGE_TRANSITION, /* an exec that both allow goes on otherwise */
	YR_CHANGE_AUDITED,    /* allowed by both, and the new one has it logged */
	YR_CHANGE_UNAUDITED,
	YR_CHANGE_QUIET, /* denied by both, and the new one without a line in the log */
	YR_CHANGE_LOUD,
	YR_CHANGE_PROMPTED, /* denied by both, and the new one would have somebody asked */
	YR_CHANGE_UNPROMPTED,
	YR_CHANGE_ATTACHED, /* a program that the profile is attached to now */
	YR_CHANGE_DETACHED,
	YR_CHANGE_LIMIT,   /* of a resource */
	YR_CHANGE_SETTING, /* of the profile's head */
	YR_CHANGES,
};

struct yr_difference {
	enum yr_change change;
	const char *class;  /* "file", "network", ...; of a setting its name */
	const char *access; /* a shortest witness, as the rule that would allow it; NULL */
	const char *real;   /* the same of a path that machines have; NULL: none is known */
	const char *input;  /* what the automaton is fed for it, the class byte too; NULL: none */
	size_t len;         /* of input */
	const char *elsewhere; /* further permissions that differ for the same reason; NULL */
	const char *was, *is;  /* transitions, limits and settings; NULL */
	const char *note;      /* what there is to say besides; NULL */
	bool audited;          /* allowed now, and logged */
	bool quiet;            /* denied now, and not logged */
	bool widens;           /* the new profile lets do what the old one does not */
	uint64_t places;       /* pairs of states, or what stands for them, that differ like this */
	/* The rules that decide about the witness; none: nobody's, or an image. */
	struct yr_named_rules rules[2]; /* old, new */
};

/* Start from { 0 }. Strings live until yr_diff_done(), rules as long as the subjects. */
struct yr_diff {
	struct yr_difference *at;
	size_t n;
	bool more; /* there are others, beyond YR_LIMIT_DIFFERENCES */
	struct yr_arena arena;
};

/*
 * Both should be compiled for the same kernel. Names are not compared. Nothing is looked at that no
 * kernel asks. -ENOMEM; -E2BIG over YR_LIMIT_PAIRS. On failure @ret is to be given to
 * yr_diff_done() all the same.
 */
int yr_diff(const struct yr_subject *old_one, const struct yr_subject *new_one, struct yr_diff *ret,
	    struct yr_err *err);
void yr_diff_done(struct yr_diff *d);

#endif
