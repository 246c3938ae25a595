/* SPDX-License-Identifier: Apache-2.0 */
/* What the files share that answer a question: access.c, query.c, query_plain.c, nearest.c,
 * spell.c. */
#ifndef YR_VERDICT_QUERY_PARTS_H
#define YR_VERDICT_QUERY_PARTS_H

#include "base/buf.h"
#include "policy/why.h"
#include "verdict/query.h"

struct yr_request {
	struct yr_arena arena;
	const char *text;
	const struct yr_rule *rule; /* its first part */
	const struct yr_profile *profile;
	const struct yr_compiled *compiled;
	struct yr_unit *unit;
	struct yr_policy *policy;
	struct yr_features *features; /* when the subject's do not fit; owned */
};

/* A question that is answered no: where it was asked, and what for. */
struct yr_refusal {
	bool file;
	int half;               /* of a file: 0 its owner, 1 others */
	const char *transition; /* the exec is allowed, and leads there instead; NULL */
	bool by_owner;          /* the other half is answered yes */
	uint32_t asked, missing;
	uint32_t set; /* the accept value of the policy's state */
	unsigned char class;
	char *input; /* behind the class byte */
	size_t len;
};

/* The subject's rule number @i decides, and is to be named; none does, after all. */
void yr_decides(const struct yr_subject *s, size_t i, struct yr_named_rules *n);
void yr_nobody_decides(const struct yr_subject *s, struct yr_named_rules *n);
/* Add @r unless it is there; rules of the first place of a text stand for all its parts. */
void yr_named_add(struct yr_named_rules *n, const struct yr_rule *r);

/* query_rules.c: those that decide about @bits in the state of @at, and say @decision. */
void yr_name_deciding(const struct yr_subject *s, const struct yr_refusal *at, uint32_t bits,
		      enum yr_decision decision, struct yr_named_rules *ret);
/* Those of the state that would allow what is missing, if nothing outranked them. */
void yr_name_hidden(const struct yr_subject *s, const struct yr_refusal *no,
		    struct yr_named_rules *ret);
/* How an exec goes on: "child NAME, environment scrubbed, or inherit". NULL: memory. */
const char *yr_transition_text(struct yr_arena *arena, const struct yr_compiled *c, uint32_t exec);

/* query_plain.c: accesses that no automaton decides. false: @access is none of them. */
bool yr_query_plain(const struct yr_subject *s, const struct yr_request *a, struct yr_answer *ans);

/* nearest.c: the rule that comes nearest to allowing what @no asked. -ENOMEM. */
int yr_query_nearest(const struct yr_subject *s, const struct yr_request *a,
		     const struct yr_refusal *no, struct yr_answer *ans, struct yr_err *err);
/* Decided by nobody: set no_rule_for when no rule of the profile is about such accesses. */
void yr_query_no_rule(const struct yr_subject *s, const struct yr_request *a,
		      struct yr_answer *ans);

/* spell.c: the words of @bits, in @arena. */
const char *yr_spell_bits(struct yr_arena *arena, const struct yr_refusal *no, uint32_t bits);
/* The access that @no is about, as a rule with its comma. */
const char *yr_spell_access(struct yr_arena *arena, const struct yr_refusal *no);
/* The bits of its class that have words; 0: they have none. */
uint32_t yr_spell_known(const struct yr_refusal *no);

#endif
