/* SPDX-License-Identifier: Apache-2.0 */
/* One automaton of two profiles, or one class of it: what diff_walk.c and diff_group.c share. */
#ifndef YR_VERDICT_DIFF_PASS_H
#define YR_VERDICT_DIFF_PASS_H

#include "automata/nfa.h"
#include "verdict/diff_parts.h"
#include "verdict/walk.h"

/* Whose permissions change: both halves alike, the owner's, everybody else's. */
enum yr_halves { BY_ANYBODY, BY_OWNER, BY_OTHERS };

/* What changes at one place. */
struct yr_finding {
	enum yr_change change;
	enum yr_halves halves;
	uint32_t bits;
};
#define YR_FINDINGS (2 * 3 * YR_CHANGES)

/* Places that differ for one reason. */
struct yr_group {
	uint32_t entry; /* in the diff; YR_NONE: there were too many */
	struct yr_finding first;
	uint32_t bits;           /* of all its places */
	uint32_t exec[SIDES][2]; /* how programs go on, for the owner and for others */
	struct yr_cause cause;
};

/* Groups that were found together. */
struct yr_found {
	uint32_t first, n; /* in pool */
};

struct yr_pass {
	struct yr_differ *d;
	bool file;
	unsigned char class;
	const char *name; /* of the class */
	const struct yr_pdb *pdb[SIDES];
	bool open[SIDES]; /* not mediated: everything is allowed */
	uint32_t known;   /* the bits that are compared */
	/* Where one side has decided and the other one asks for more: what led there. */
	char prefix[4];
	size_t n_prefix;
	bool frozen[SIDES];
	uint32_t frozen_set[SIDES];

	struct yr_group *group;
	uint32_t n, cap;
	uint32_t *pool;
	uint32_t n_pool, cap_pool;
	/* What was found where two sets meet; only where rules tell why. */
	struct yr_memo {
		uint32_t set[SIDES], place;
		struct yr_found found;
		bool by_place; /* no rule tells: what groups it is where it is */
	} * memo;
	uint32_t n_memo, cap_memo;
	struct yr_table table;
	/*
	 * By number of the input: 1 + the mark of the nearest one up to it where anything was
	 * found, 0: not known yet, YR_NONE: there is none.
	 */
	uint32_t *near;
	uint32_t cap_near;
	struct yr_found *mark;
	uint32_t n_mark, cap_mark;
	uint64_t work;
};

/* What both sides say at a place of the walk. */
struct yr_view {
	const struct yr_walk *w;
	bool pair; /* of files, behind the NUL */
	uint32_t set[SIDES];
	struct yr_perms p[SIDES][2];
};

static inline struct yr_place yr_pass_place(const struct yr_pass *p, const struct yr_view *v,
					    const struct yr_finding *f)
{
	return (struct yr_place){
		.pdb = { p->pdb[OLD], p->pdb[NEW] },
		.set = { v->set[OLD], v->set[NEW] },
		.file = p->file,
		.half = { f->halves != BY_OTHERS, p->file && f->halves != BY_OWNER },
		.bits = f->bits,
	};
}

/* diff_group.c */
/* Put what was found into groups. @place tells places apart where sets alone do not. -ENOMEM. */
int yr_pass_group(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f, size_t n,
		  uint32_t place);
/* Whether these sets met before, and what there was is counted. */
bool yr_pass_met(struct yr_pass *p, const uint32_t set[SIDES], uint32_t place);
/* What groups there were where these sets met; false: they did not. */
bool yr_pass_recall(const struct yr_pass *p, const uint32_t set[SIDES], uint32_t place,
		    struct yr_found *ret);
/* Tell what the groups came to. -ENOMEM. */
int yr_pass_end(struct yr_pass *p);
void yr_pass_done(struct yr_pass *p);
/* The witness of a new difference. -ENOMEM. */
int yr_pass_tell(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		 struct yr_difference *ret);
/* diff_real.c: paths that machines have, for the groups that they are in. -ENOMEM. */
int yr_pass_find_real(struct yr_pass *p, uint32_t asked);
/*
 * Whether @link to @target is decided differently when all is counted that the kernel does: what
 * the two names let do. And a target for which it is; false: none is known.
 */
bool yr_pass_is_linked(const struct yr_pass *p, const struct yr_finding *f, struct yr_str link,
		       struct yr_str target);
bool yr_pass_find_target(const struct yr_pass *p, const struct yr_finding *f, struct yr_str link,
			 struct yr_str *ret);

#endif
