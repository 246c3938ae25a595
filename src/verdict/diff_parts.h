/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that compare two profiles: diff.c and diff_*.c. */
#ifndef YR_VERDICT_DIFF_PARTS_H
#define YR_VERDICT_DIFF_PARTS_H

#include "verdict/diff.h"
#include "verdict/query_parts.h"

enum { OLD, NEW, SIDES };

struct yr_differ {
	const struct yr_subject *s[SIDES];
	bool *known[SIDES]; /* by rule, from 1: the other profile has the same; NULL: no rules */
	struct yr_diff *diff;
	struct yr_err *err;
};

/* Rules that a difference comes from; more of a side would not be one reason. */
#define YR_CAUSE_RULES 16
struct yr_cause {
	uint32_t at[SIDES][YR_CAUSE_RULES]; /* numbers of rules, ascending */
	uint32_t n[SIDES];
};

static inline uint32_t yr_cause_size(const struct yr_cause *c)
{
	return c->n[OLD] + c->n[NEW];
}

/* -ENOMEM, told. */
int yr_differ_no_memory(const struct yr_differ *d);
/* A new difference in *ret; NULL: there are too many. */
int yr_differ_add(struct yr_differ *d, enum yr_change change, const char *class,
		  struct yr_difference **ret);

/* diff_rules.c */
int yr_differ_know_rules(struct yr_differ *d);
void yr_differ_forget_rules(struct yr_differ *d);

/* One place: the sets of both sides, the bits that change there, and for whom. */
struct yr_place {
	const struct yr_pdb *pdb[SIDES];
	uint32_t set[SIDES];
	bool file;
	bool half[2]; /* the owner, everybody else; of all but files the first */
	uint32_t bits;
};
/*
 * Why it changes: the rules that decide about any of the bits, so where bits may be told apart
 * they are to be asked for one by one. Nothing: no rule is known.
 */
void yr_differ_cause(const struct yr_differ *d, const struct yr_place *p, enum yr_change change,
		     struct yr_cause *ret);
/* The rules that decide there, for people. */
void yr_differ_name_rules(const struct yr_differ *d, const struct yr_place *p,
			  enum yr_change change, struct yr_named_rules ret[SIDES]);

/* diff_walk.c: files, and the classes of the policydb. */
int yr_differ_walk(struct yr_differ *d);

/* diff_plain.c: capabilities, resource limits, tables of sockets. */
int yr_differ_plain(struct yr_differ *d);

/* diff_head.c: mode, flags, names, attachment. */
int yr_differ_head(struct yr_differ *d);

/* Kernels look at next to nothing of such a profile: it allows all but user namespaces. */
static inline bool yr_is_open(const struct yr_compiled *c)
{
	return c->flags->mode == YR_MODE_UNCONFINED || c->flags->mode == YR_MODE_DEFAULT_ALLOW;
}

#endif
