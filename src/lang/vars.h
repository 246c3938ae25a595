/* SPDX-License-Identifier: Apache-2.0 */
/* @{VARIABLES} and ${BOOLEANS}: what they hold, and texts with them in. */
#ifndef YR_LANG_VARS_H
#define YR_LANG_VARS_H

#include "base/pattern.h"
#include "lang/ast.h"
#include "lang/lang.h"
#include "lang/names.h"

struct yr_texts {
	struct yr_str *at;
	size_t n;
};

enum yr_var_state {
	YR_VAR_UNSEEN,
	YR_VAR_BUSY,  /* its values are being expanded: meeting it again is a loop */
	YR_VAR_READY, /* texts holds them */
	YR_VAR_BAD,   /* reported */
};

struct yr_var {
	struct yr_named named;
	struct yr_loc loc; /* of the assignment that made it */
	bool boolean, truth;
	struct yr_word *values;
	size_t n, cap;
	enum yr_var_state state;
	struct yr_texts texts;
	struct yr_segment *forms; /* how patterns have the texts, see patterns.c; NULL: none does */
	struct yr_var *next;      /* the one defined, or found unknown, before */
};

struct yr_vars {
	struct yr_arena *arena;
	struct yr_names names;
	struct yr_var *last;            /* of those that are defined */
	struct yr_var *unknown;         /* used, not defined, and reported once */
	uint32_t shared;                /* the last number of a shared piece */
	uint64_t expanded;              /* see YR_LIMIT_EXPANDED_BYTES */
	struct yr_alias_index *aliases; /* NULL: nobody has asked */
	uint64_t alias_work;            /* see YR_LIMIT_ALIAS_WORK */
};

/* What a profile's words see: the unit's variables, and those that are the profile's own. */
struct yr_scope {
	struct yr_vars *vars;
	struct yr_str profile_name; /* escaped for patterns */
	struct yr_texts attach;     /* of @{attach_path} and @{exec_path}; n 0: there are none */
};

/* Letters, digits and '_', at least one of them. */
bool yr_is_variable_name(struct yr_str s);
/* NULL: no such variable. @name without "@{" and "}". */
struct yr_var *yr_vars_find(const struct yr_vars *v, struct yr_str name);
/* Carry out an assignment; mistakes are reported. -ENOMEM. */
int yr_vars_assign(struct yr_vars *v, const struct yr_assign *set, struct yr_diags *diags);
/*
 * Whether every variable in @text exists and can be expanded; what is wrong is reported at
 * @loc. -EINVAL, -ENOMEM.
 */
int yr_vars_check(const struct yr_scope *scope, const struct yr_word *word, struct yr_diags *diags);
/* The values of @name, expanded, as yr_expand() does it. */
int yr_vars_values(const struct yr_scope *scope, struct yr_str name, const struct yr_loc *loc,
		   struct yr_diags *diags, struct yr_texts *ret);
/*
 * @word as one text: a variable with one value gives the value, with several an
 * alternation of them, sorted, as upstream's parser writes it into profile names.
 */
int yr_vars_join(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_word *word,
		 struct yr_diags *diags, struct yr_str *ret_text);
/*
 * The same in pieces, as yr_expand_patterns() gives them. Names, which are no paths, keep their
 * repeated slashes.
 */
int yr_vars_pattern(struct yr_arena *arena, const struct yr_scope *scope,
		    const struct yr_word *word, bool is_path, struct yr_diags *diags,
		    struct yr_pattern *ret);
/* Report that @name is unknown, with the nearest one that is not. */
void yr_vars_unknown(struct yr_vars *v, struct yr_str name, bool boolean, const struct yr_loc *loc,
		     struct yr_diags *diags);

/* Between vars.c and patterns.c. One expansion under way: what it is for, and what it has cost. */
struct yr_expansion {
	struct yr_arena *arena;
	const struct yr_scope *scope;
	struct yr_diags *diags;
	const struct yr_loc *loc; /* of the word that a user wrote, blamed for everything */
	unsigned depth;
	bool own; /* a profile's own variable took part: not to be kept for others */
};

/* The next "@{" of @text at or after @from that no backslash hides; its length: there is none. */
size_t yr_find_reference(struct yr_str text, size_t from);
/* The name in the reference at @at, and the place behind it. -EINVAL, which is said. */
int yr_take_reference(struct yr_expansion *x, struct yr_str text, size_t at,
		      struct yr_str *ret_name, size_t *ret_end);
/* As yr_vars_values(); *ret_var is the variable whose texts are kept, NULL: they are not. */
int yr_expand_name(struct yr_expansion *x, struct yr_str name, struct yr_texts *ret,
		   struct yr_var **ret_var);

/* aliases.c: an alias that changes one of two paths, or both. */
struct yr_alias_hit {
	const struct yr_alias *alias;
	size_t turn; /* of the alias in the file */
	bool in_a, in_b;
};
/*
 * Which of @aliases change @a or, unless it is NULL, @b, in their order; in @x's arena. The work
 * is counted over the whole unit: -EINVAL when it is too much, which is said; -ENOMEM.
 */
int yr_alias_hits(struct yr_expansion *x, const struct yr_alias *aliases,
		  const struct yr_pattern *a, const struct yr_pattern *b,
		  struct yr_alias_hit **ret_hits, size_t *ret_n);

#endif
