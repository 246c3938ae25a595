/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Would this profile allow that access, and which rule says so? The ground of query, test and
 * explain; docs/decisions/0007.
 *
 * An access is compiled as a profile of that one rule: its automaton then accepts the inputs by
 * which a kernel would ask, with the permissions that it would ask for. Walked beside the
 * profile's, it is allowed when all of them are. What an access leaves unsaid stands for
 * everything.
 */
#ifndef YR_VERDICT_QUERY_H
#define YR_VERDICT_QUERY_H

#include "policy/policy.h"

/* Rules of one profile by their numbers in it. Start from { 0 }, then yr_rule_set_open(). */
struct yr_rule_set {
	uint32_t *at; /* those that are in it, in no order */
	size_t n;
	uint32_t *round, now; /* rule i is in it when round[i] is now */
	size_t size;
};

/* Room for the rules of a profile that has @n_rules. false: memory. */
bool yr_rule_set_open(struct yr_rule_set *s, size_t n_rules);
void yr_rule_set_done(struct yr_rule_set *s);
void yr_rule_set_clear(struct yr_rule_set *s);
void yr_rule_set_add(struct yr_rule_set *s, size_t rule);

/*
 * A profile that is asked. Everything is borrowed. From text: the unit and profile that were
 * compiled with @policy (per_rule, or there are no rules in answers). From an image: both NULL,
 * and @policy.kernel is whose questions are asked.
 */
struct yr_subject {
	const struct yr_unit *unit;
	const struct yr_profile *profile;
	const struct yr_compiled *compiled;
	struct yr_policy_options policy;
	bool no_nearest; /* answers need not name the nearest rule, which takes a compile for each */
	/*
	 * All rules that decide an answer, not only the few that it names; made anew by each. NULL:
	 * not wanted. Else one thread at a time may ask.
	 */
	struct yr_rule_set *deciding;
	/*
	 * Rules that may still be compiled to find nearest ones, for many questions together; once
	 * there are none left, answers name none. NULL: YR_LIMIT_NEAREST_RULES for each question.
	 */
	unsigned *nearest_left;
};

/* One access, read and compiled for one subject. */
struct yr_request;

/*
 * @name is what diagnostics call the text. On success *ret_request is the caller's, for
 * yr_request_free(), and does not need @text any more, but @subject's features. -EBADMSG: @diags
 * tells what is wrong with it; its warnings, which are about rules, say nothing of an access and
 * should be hidden. -ENOMEM, -E2BIG.
 */
int yr_request_new(const struct yr_subject *subject, const char *name, struct yr_str text,
		   struct yr_diags *diags, struct yr_request **ret_request, struct yr_err *err);
/*
 * Several accesses as one, which is allowed when all of them are; it costs little more than one
 * alone. Of one kind, which is not files, capabilities or limits, and that says whether links name
 * their targets; -EINVAL: of several. -EBADMSG: one of them is none. -E2BIG: ask for fewer. A
 * network access that is refused may be so only beside the others. What its answer names is one of
 * them, whichever.
 */
int yr_request_new_many(const struct yr_subject *subject, const char *name,
			const char *const *texts, size_t n, struct yr_diags *diags,
			struct yr_request **ret_request, struct yr_err *err);
struct yr_request *yr_request_free(struct yr_request *a);
/* The rule as which it was read; its first part, when it was taken apart. */
const struct yr_rule *yr_request_rule(const struct yr_request *a);
/* As it was written, without white space around it, ending in a comma. */
const char *yr_request_text(const struct yr_request *a);

/* Rules that are named as deciding; more would not be read. */
#define YR_ANSWER_RULES 4

struct yr_named_rules {
	const struct yr_rule *at[YR_ANSWER_RULES];
	size_t n;
	bool more;
};

enum yr_decided {
	YR_BY_RULES,      /* .rules, empty for an image */
	YR_BY_NOBODY,     /* no rule allows it */
	YR_NOT_MEDIATED,  /* the policy, or the kernel, does not look at such accesses */
	YR_BY_UNCONFINED, /* the profile is in mode unconfined */
};

/* Start from { 0 }; strings live until yr_answer_done(), rules as long as the subject's. */
struct yr_answer {
	bool allowed;
	enum yr_decided decided;
	bool audited;     /* allowed, and logged all the same */
	bool quiet;       /* denied without a line in the log */
	bool quiet_rules; /* denied: those that deny are silent, what nobody allows is logged */
	bool by_deny;     /* denied by a rule, of which an image may know no more */
	bool prompt;      /* somebody would be asked, and the kernel refuses as if he said no */
	bool for_some;    /* denied, but not whatever stands for what was left unsaid */
	bool subset;      /* a link, allowed if it lets do nothing that its target does not */
	const char *lets_more;  /* a link that lets do this, and its target does not; NULL */
	const char *example;    /* when for_some or multi-part: an access that is denied; NULL */
	const char *missing;    /* denied: the words of the permissions that are not there; NULL */
	const char *transition; /* "inherit", "profile NAME", ...; NULL: no exec */
	struct yr_named_rules rules;      /* those that decide */
	struct yr_named_rules hidden;     /* denied: those that would have allowed */
	struct yr_named_rules rest;       /* for_some: those that allow the rest */
	struct yr_named_rules unenforced; /* allowed: those that deny it on kernels that do more */
	const struct yr_rule *nearest;    /* decided by nobody; NULL: no such rule */
	const char *nearest_lacks;        /* it matches, but has not these permissions; NULL */
	bool nearest_owner;               /* it allows it, but only to the owner of the file */
	const char *no_rule_for;          /* "mount": there is no rule of this kind at all; NULL */
	struct yr_arena arena;
};

/*
 * The profile's modes are not counted but unconfined: complain lets the kernel allow what is denied
 * here. -ENOMEM; -E2BIG over YR_LIMIT_PAIRS.
 */
int yr_query(const struct yr_subject *subject, const struct yr_request *access,
	     struct yr_answer *answer, struct yr_err *err);
void yr_answer_done(struct yr_answer *a);

/*
 * What the profile lets do with the file of that very name, enum yr_file_perm: for many files, of
 * which each would take a compile. Links are another matter: they have two names.
 */
uint32_t yr_query_file(const struct yr_compiled *c, struct yr_str path, bool owner);

/*
 * Whether @access is allowed when the profile has @rule as well; both are of yr_request_new() for
 * @subject, which is one from text. A rule with which the profile cannot be compiled allows
 * nothing. Compiles the profile. Errors as of yr_query().
 */
int yr_query_with(const struct yr_subject *subject, const struct yr_request *access,
		  const struct yr_request *rule, bool *ret_allowed, struct yr_err *err);

/*
 * The same profile on a kernel that can do more: which rules deny there what is allowed here, since
 * this kernel or the policy's abi does not know what they say?
 */
struct yr_fuller;
/*
 * @subject, which is one from text and must outlive the result, for @kernel and whatever its abi
 * is. *ret is the caller's, for yr_fuller_free(); NULL: there is no rule that denies, or it cannot
 * be compiled for that kernel. Compiles the profile. -ENOMEM, -E2BIG.
 */
int yr_fuller_new(const struct yr_subject *subject, const struct yr_features *kernel,
		  struct yr_fuller **ret, struct yr_err *err);
struct yr_fuller *yr_fuller_free(struct yr_fuller *f);
/* Fill in @answer's unenforced rules, of the access that reads @text. Errors as of yr_query(). */
int yr_fuller_ask(const struct yr_fuller *f, struct yr_str text, struct yr_answer *answer,
		  struct yr_err *err);

/* The text of a rule on one line, with its comma; in @arena, NULL: memory. */
const char *yr_rule_text(struct yr_arena *arena, const struct yr_rule *r);

#endif
