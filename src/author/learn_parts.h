/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of learn.h share. */
#ifndef YR_AUTHOR_LEARN_PARTS_H
#define YR_AUTHOR_LEARN_PARTS_H

#include "author/learn.h"
#include "author/mask.h"
#include "verdict/query.h"

/* Permissions of files by their bits; 0 is exec. */
#define YR_LEARN_BITS 7

enum { YR_LEARN_ANYBODY, YR_LEARN_OWNER, YR_LEARN_AUDIENCES };

/* Values that vary, of a path. */
#define YR_SHAPE_SLOTS 8
/* Values of a kind that make it one that varies. */
#define YR_SHAPE_ENOUGH 3
enum yr_slot_kind {
	YR_SLOT_INT,
	YR_SLOT_PID,
	YR_SLOT_TID,
	YR_SLOT_UID,
	YR_SLOT_UUID,
	YR_SLOT_UPPER_UUID,
	YR_SLOT_KERNEL, /* 6.1.0-13-amd64 */
	YR_SLOT_SONAME, /* 1.2.3 behind ".so." */
	YR_SLOT_DATE,   /* from here on of fixed length */
	YR_SLOT_DIGITS, /* as many of them each time */
	YR_SLOT_HEX,
	YR_SLOT_UPPER_HEX,
	YR_SLOT_RANDOM,
	YR_SLOT_TEMP, /* what Python puts behind "tmp", "x-" or "x_" */
	YR_SLOTS
};

/* Longer runs of hexadecimal digits stay as they are. */
#define YR_SHAPE_HEX 128
/* Longer runs of decimal ones, too. */
#define YR_SHAPE_DIGITS 20

/* Variables by the lengths of what they stand for. */
struct yr_learn_variables {
	bool of[YR_SLOTS][YR_SHAPE_HEX + 1];
};

struct yr_slot {
	enum yr_slot_kind kind;
	uint16_t at, len; /* in the path */
};
struct yr_shape {
	struct yr_slot slot[YR_SHAPE_SLOTS];
	size_t n;
};
/* The typed values in @path. */
void yr_shape_of(struct yr_str path, struct yr_shape *ret);
/* How a value of that kind and length is written as a pattern. */
void yr_slot_put(struct yr_buf *b, const struct yr_slot *s);
/*
 * The values of one place, all of them, as far as it matters whether enough vary. Of names that
 * somebody made up two, and one in three, must look so by themselves, and the others may look like
 * words then. Of mktemp's names of 6, 8 and 10 bytes 70, 90 and 96 in a hundred do, of Python's 62,
 * and 1 in a hundred words of Debian's files.
 */
struct yr_variety {
	struct yr_str seen[YR_SHAPE_ENOUGH], sure[2];
	size_t n, n_sure;             /* of these */
	uint64_t values, sure_values; /* of all */
};
void yr_variety_add(struct yr_variety *v, const struct yr_slot *s, struct yr_str value);
bool yr_variety_is_enough(const struct yr_variety *v);
/* Whether @value may stand in a slot such as @s. */
bool yr_slot_takes(const struct yr_slot *s, struct yr_str value);
/* @path with its values open, in @arena: equal for those that may share a pattern. NULL: memory. */
const char *yr_shape_key(struct yr_arena *arena, struct yr_str path, const struct yr_shape *shape);
/*
 * The pattern for those of the slots that are @open, escaped, in l's arena; the variables in it are
 * noted as used. *ret_quotes: it has to stand between some. NULL: memory.
 */
const char *yr_shape_pattern(struct yr_learn *l, struct yr_str path, const struct yr_shape *shape,
			     unsigned open, bool *ret_quotes);

/* A file of a profile: all that was done with it. */
struct yr_learn_file {
	struct yr_str path;
	uint32_t perms[YR_LEARN_AUDIENCES]; /* enum yr_file_perm, without exec */
	bool exec;
	struct yr_str target;   /* of the exec: at NULL, under this profile */
	enum yr_learn_exec how; /* what the target is: YR_LEARN_CHILD is one called as the program */
	bool fallback;
	bool own; /* a number in it is the process's own */
	uint64_t events;
	const struct yr_denial *denial;
	bool several; /* programs */
	struct yr_shape shape;
	const char *key; /* the path with its slots open */
	struct yr_learned_rule *rule[YR_LEARN_AUDIENCES][YR_LEARN_BITS]; /* that allows it */
	uint32_t had[YR_LEARN_AUDIENCES]; /* the policy that there is allows this, with exec */
};

/* An access to something else. */
struct yr_learned_event {
	const struct yr_denial *denial;
	struct yr_log_event ev; /* with labels folded */
	const char *access;
	struct yr_learned_rule *rule;
	bool had;
	/* A name of which parts vary: the event has one for all, and the rule the pattern. */
	enum yr_log_text varies;
	const char *pattern; /* NULL: none varies */
};

/* How a chain of programs comes out. */
struct yr_learn_folded {
	struct yr_str profile; /* in the arena; at NULL: memory */
	enum yr_learn_exec last;
	bool fallback;
	bool outside; /* a program in it goes unconfined, or is denied */
};
/* learn_fold.c: the profile to which what happened under @label belongs. */
struct yr_learn_folded yr_learn_fold(struct yr_learn *l, struct yr_str label);
/* A record's namespace as policy has it; none for the one that all begin in. */
struct yr_str yr_learn_namespace(struct yr_str ns);
/* Why a profile in it cannot be written; NULL: it can. */
const char *yr_learn_bad_namespace(struct yr_str ns);
/* A profile has room for so many others; the programs that come last stay in it. */
void yr_learn_spare_targets(struct yr_learn *l);

/* How much of @name is its parent's; 0: it has none. */
size_t yr_learn_parent(struct yr_str name);
/* The profile called @name, made with its parents. NULL: memory; *ret_full: there are too many. */
struct yr_learned_profile *yr_learn_profile(struct yr_learn *l, struct yr_str name, bool child,
					    bool *ret_full);
struct yr_learned_rule *yr_learn_rule(struct yr_learn *l, struct yr_learned_profile *p);
/* An access more that the rule is for. */
void yr_learn_count(struct yr_learned_rule *r, const struct yr_denial *d, uint64_t events,
		    bool several);

/*
 * learn_others.c: < 0, 0, > 0: whether one rule does for both, @but this field, at -1 for all.
 * With @words the permissions count, too.
 */
int yr_learn_compare(const struct yr_learned_event *a, const struct yr_learned_event *b, int but,
		     bool words);
/* learn_names.c: names whose typed parts vary, in what has no rule yet. -ENOMEM. */
int yr_learn_open_names(struct yr_learn *l, struct yr_learned_event **at, size_t n);

/* A message of D-Bus that says nothing of itself: a reply, or an error. */
bool yr_learn_is_untold(const struct yr_log_event *ev);

/* learn_files.c and learn_others.c: the rules of one profile. -ENOMEM. */
int yr_learn_file_rules(struct yr_learn *l, struct yr_learned_profile *p);
int yr_learn_other_rules(struct yr_learn *l, struct yr_learned_profile *p);

/* 1: allowed, 0: not. -EBADMSG: it is no access. */
int yr_learn_ask(const struct yr_subject *s, const char *access, struct yr_answer *ret,
		 struct yr_err *err);
/*
 * learn_attacked.c: 1: the profile lets the attack through, or its half for files of the program's
 * own user or of others', and *ret_access, which may be in @arena, says what. 0: it does not.
 */
int yr_learn_attacked(const struct yr_subject *s, const struct yr_attack *a, struct yr_arena *arena,
		      const char **ret_access, struct yr_answer *ret, struct yr_err *err);
/*
 * learn_replay.c: what of the profile's other accesses is allowed, asked together: true in
 * @allowed, which has room for all. The others are refused, or have to be asked alone. -ENOMEM.
 */
int yr_learn_ask_many(const struct yr_subject *s, const struct yr_learned_profile *p, bool *allowed,
		      struct yr_err *err);
/*
 * learn_fit.c: the first kernel that cannot load @text, and why; at NULL: all can. In @arena.
 * @made: the same compiled as @how says, without rules; NULL: it is to be compiled. -ENOMEM.
 */
int yr_learn_fit(const struct yr_learn *l, const struct yr_learn_policy *how, struct yr_str text,
		 const struct yr_policy *made, struct yr_arena *arena, const char **ret_kernel,
		 const char **ret_why, struct yr_err *err);
/* A rule as the answer names it, or NULL; in @arena. */
const char *yr_learn_decider(struct yr_arena *arena, const struct yr_answer *a);

/* learn_abstractions.c: cover rules by abstractions that pay. */
int yr_learn_abstractions(struct yr_learn *l, const struct yr_learn_policy *how,
			  struct yr_err *err);
/* learn_merge.c */
int yr_learn_merge(const struct yr_learn *l, const struct yr_learn_policy *how, bool evidence,
		   struct yr_diags *diags, struct yr_buf *ret, struct yr_err *err);
/* learn_text.c: the rules that are kept, indented by @depth; and a whole profile with its children.
 */
void yr_learn_put_rules(const struct yr_learned_profile *p, unsigned depth, bool evidence,
			struct yr_buf *b);
void yr_learn_put_profile(const struct yr_learn *l, const struct yr_learned_profile *p,
			  unsigned depth, bool evidence, struct yr_buf *b);
/* The definitions of the variables that are used, and not among @known (NULL: none is). */
void yr_learn_put_variables(const struct yr_learn *l, bool (*known)(void *ctx, const char *name),
			    void *ctx, struct yr_buf *b);
bool yr_learn_needs_tunables(const struct yr_learn *l);
/* Whether @name is a child of @parent, directly. */
bool yr_learn_is_child(const char *name, const char *parent);

#endif
