/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Profiles from what programs did. Records are folded into distinct accesses, accesses into rules,
 * rules into the text of profiles, and the text is compiled and asked for every access again:
 * docs/decisions/0012.
 *
 *   yr_learn_new, yr_learn_add..., yr_learn_settle   what was seen
 *   yr_learn_make                                    rules, of which the caller may drop some
 *   yr_learn_text                                    policy, new or in what there was
 *   yr_learn_prove                                   and whether it holds
 */
#ifndef YR_AUTHOR_LEARN_H
#define YR_AUTHOR_LEARN_H

#include "author/author.h"
#include "lang/lang.h"
#include "policy/policy.h"
#include "verdict/query.h"

/* How a program goes on that a profile in complain mode executed, and no rule said how. */
enum yr_learn_exec {
	YR_LEARN_INHERIT,  /* ix: under the profile itself; right for what runs in a container */
	YR_LEARN_CHILD,    /* cx: under a child profile, as deep as the chain */
	YR_LEARN_SEPARATE, /* px: under a profile of its own, with a name that attaches nowhere */
	/* For one program, when somebody says so: */
	YR_LEARN_NAMED,      /* px: under the profile of that name */
	YR_LEARN_UNCONFINED, /* Ux: under none, with a clean environment; nothing is learned of it */
	YR_LEARN_DENIED,     /* not at all; what it did is not learned either */
};

struct yr_learn_options {
	enum yr_learn_exec exec;
	const char *profile;  /* this one and its children; NULL: all. Borrowed. */
	bool no_abstractions; /* none is included */
	bool runtime_known;   /* the caller leaves out what containers' runtimes do */
};

/* A program that was executed, and how the profile goes on there. */
struct yr_learn_program {
	const char *path;
	uint64_t events;
	struct yr_str by; /* who executed it, as it called itself */
	bool chosen;      /* somebody said so; else it is yr_learn_options.exec */
	enum yr_learn_exec how;
	const char *name; /* of YR_LEARN_NAMED */
	bool fallback;    /* of a child or another profile: inherit where that is missing */
};
/* Why a profile cannot be called that; NULL: it can. */
const char *yr_learn_bad_name(struct yr_str name);

struct yr_learn_counts {
	uint64_t events;    /* that say what a program did */
	uint64_t others;    /* of something else: policy loaded, states told */
	uint64_t runtime;   /* a container's runtime did it, before the container's first program */
	uint64_t programs;  /* a program's own lines, which anybody may write */
	uint64_t outside;   /* of programs that go unconfined, or are denied */
	uint64_t elsewhere; /* of profiles that were not asked for */
	uint64_t unconfined; /* under no profile, or one whose name cannot be written */
	uint64_t left;       /* found no room: YR_LIMIT_LEARN_ACCESSES, _PROFILES */
	uint64_t unruly;     /* that no rule allows */
	uint64_t unexecuted; /* of these: programs that no_new_privs kept from being executed */
	size_t squeezed; /* programs that inherit, since a profile has no room for more others */
	size_t accesses; /* distinct ones that became rules */
};

enum yr_learn_kind {
	YR_LEARN_INCLUDE,
	YR_LEARN_CAPABILITY,
	YR_LEARN_NETWORK,
	YR_LEARN_OTHER,
	YR_LEARN_FILE,
	YR_LEARN_KINDS
};

/* Why somebody should look at a rule. */
enum yr_learn_doubt {
	YR_LEARN_DOUBT_EXEC = 1,      /* a program is executed */
	YR_LEARN_DOUBT_BROAD = 2,     /* it allows more than what was seen */
	YR_LEARN_DOUBT_SENSITIVE = 4, /* a place that matters */
};

enum yr_learn_fate {
	YR_LEARN_KEPT,
	YR_LEARN_COVERED, /* something else allows it */
	YR_LEARN_DROPPED, /* somebody said so; what it was made for stays refused */
	YR_LEARN_REFUSED, /* the same, with a rule that denies it */
};

struct yr_learned_rule {
	enum yr_learn_kind kind;
	const char *text; /* with its comma; in policy's own words */
	uint64_t events;
	size_t accesses;
	const char *example;   /* an access that was seen */
	struct yr_str program; /* as it called itself, any bytes; at NULL: not told */
	bool several;          /* and others */
	unsigned doubts;       /* enum yr_learn_doubt */
	const char *reason;    /* of a doubt; NULL */
	enum yr_learn_fate fate;
	const char *folder; /* the path of a file's rule for (G)lob; NULL: none */
	const char *letters;
};

/* What no rule allows, with the reason. */
struct yr_unruly {
	const char *what, *why;
	uint64_t events;
};

struct yr_learn_file;
struct yr_learn_variables;
struct yr_learned_event;

struct yr_learned_profile {
	const char *name; /* with its parents; ":ns:name" when the records tell a namespace */
	struct yr_learned_rule **rules;
	size_t n_rules, room;
	bool child;        /* made for a program, so that it is no hat */
	bool disconnected; /* needs flags=(attach_disconnected) */
	bool disconnected_ipc;
	bool deleted; /* needs flags=(mediate_deleted): a container's, which all have it */
	/* What it was made of. */
	struct yr_learn_file *files;
	size_t n_files;
	struct yr_learned_event *others;
	size_t n_others;
};

struct yr_learn {
	struct yr_learn_options opt;
	struct yr_learn_counts counts;
	struct yr_denials *seen;
	struct yr_learn_program *programs; /* sorted by path */
	size_t n_programs;
	struct yr_learned_profile **profiles; /* parents before their children */
	size_t n_profiles;
	struct yr_unruly *unruly;
	size_t n_unruly;
	struct yr_learn_variables *variables; /* that the rules use */
	bool later;                           /* some class is mediated since Linux 6.2 only */
	const char **abstractions;            /* that were taken, NULL at the end; NULL: none */
	struct yr_arena arena;
};

/* NULL: memory is out. */
struct yr_learn *yr_learn_new(const struct yr_learn_options *opt);
struct yr_learn *yr_learn_free(struct yr_learn *l);
/* A record. -ENOMEM. */
int yr_learn_add(struct yr_learn *l, const struct yr_log_event *ev);
/*
 * The kernel gives a container's first program its name when it is executed. Until then the
 * runtime is at work, under the container's profile with some runtimes, and no program of the
 * container needs what it does there. True: the record is by a runtime, by what it calls itself.
 */
bool yr_learn_is_runtime(const struct yr_log_event *ev);
/* no_new_privs kept a program from being executed. */
bool yr_learn_is_unexecuted(const struct yr_log_event *ev);
/* No more come. The programs can be looked at now, and their fields how and chosen set. -ENOMEM. */
int yr_learn_programs(struct yr_learn *l);
/* Bring all together. -ENOMEM. */
int yr_learn_settle(struct yr_learn *l);

struct yr_learn_kernel {
	const char *name;
	const struct yr_features *features;
};

/* How policy is read and compiled. All borrowed. */
struct yr_learn_policy {
	struct yr_lang_options lang;
	struct yr_policy_options policy;
	/* Policy that there is, which is to be added to; at NULL: none. */
	const char *name;
	struct yr_str text;
	/* Those that must have room for the result, the one that has least first; none: n is 0. */
	const struct yr_learn_kernel *kernels;
	size_t n_kernels;
};

/*
 * Rules for all that was seen; what the policy that there is allows already gets none. -EBADMSG:
 * that policy has mistakes, which @diags tells. -ENOMEM, -E2BIG.
 */
int yr_learn_make(struct yr_learn *l, const struct yr_learn_policy *how, struct yr_diags *diags,
		  struct yr_err *err);

/*
 * The profiles as text: of their own, or put into the policy that there is, whose text stays as it
 * was beside them. @evidence: each rule with a comment about what it was made of. Errors as above.
 */
int yr_learn_text(const struct yr_learn *l, const struct yr_learn_policy *how, bool evidence,
		  struct yr_diags *diags, struct yr_buf *ret, struct yr_err *err);

/* Policy that was compiled, to be asked. Start from { 0 }. */
struct yr_learn_asked {
	struct yr_arena arena;
	struct yr_unit *unit;
	struct yr_policy *policy;
	struct yr_diags *own; /* when nobody else's */
};
/* -EBADMSG: mistakes, in @diags. */
int yr_learn_compile(const struct yr_learn_policy *how, const char *name, struct yr_str text,
		     bool per_rule, struct yr_diags *diags, struct yr_learn_asked *ret,
		     struct yr_err *err);
void yr_learn_asked_done(struct yr_learn_asked *a);
/* The profile called @name; false: there is none. */
bool yr_learn_subject(const struct yr_learn_asked *a, const struct yr_learn_policy *how,
		      const char *name, struct yr_subject *ret);
/* Something that is wrong with the result. */
enum yr_learn_wrong {
	YR_LEARN_STILL_REFUSED, /* seen, and not allowed */
	YR_LEARN_ATTACK,        /* no event needs it, and it is allowed */
	YR_LEARN_NO_ROOM,       /* a kernel cannot load it */
	YR_LEARN_NEEDED,        /* it is allowed since events need it */
	YR_LEARN_BEFORE,        /* the policy that there was allows it, too */
};
struct yr_learn_finding {
	enum yr_learn_wrong what;
	const char *profile, *access, *why;
	const char *rule; /* that decides; NULL */
};

/* Start from { 0 }. Strings live until yr_learn_proof_done(). */
struct yr_learn_proof {
	bool holds;
	size_t replayed, allowed; /* distinct accesses */
	size_t attacks, denied;
	size_t open; /* of the attacks: the kernel that was named does not look at such accesses */
	struct yr_learn_finding *findings;
	size_t n_findings;
	bool more; /* beyond YR_LIMIT_LEARN_FINDINGS */
	struct yr_arena arena;
};

/*
 * Compile @text and ask it for all that was seen, and for what a container has no business with.
 * -EBADMSG: it cannot be compiled, and @diags says why. -ENOMEM, -E2BIG.
 */
int yr_learn_prove(const struct yr_learn *l, const struct yr_learn_policy *how, struct yr_str text,
		   struct yr_diags *diags, struct yr_learn_proof *ret, struct yr_err *err);
void yr_learn_proof_done(struct yr_learn_proof *p);

/* An access that a confined program has no business with. */
struct yr_attack {
	const char *access, *why;
};
extern const struct yr_attack yr_attacks[];
extern const size_t yr_n_attacks;

/* Why nothing below that path is brought together into one pattern; NULL: it may be. */
const char *yr_sensitive(struct yr_str path);

#endif
