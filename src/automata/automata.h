/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine room: sets of patterns with opaque tags go in, automata come out.
 * Knows bytes and sets, nothing of AppArmor.
 *
 * The way through: nodes of a non-deterministic automaton are laid as a trie of
 * elements (nfa.c, glob.c), so that patterns with a common beginning share it; plan.c
 * merges nodes with a common end; the subset construction makes a deterministic automaton
 * whose accept values come from the set of tags that meet in a state (subset.c);
 * minimise.c merges equal states; pack.c puts rows into base/default/next/check, some as
 * differences (diff.c), each where it fits first (cells.c), and tables.c checks and walks
 * those, unpack.c reads them back; product.c walks two automata side by side.
 */
#ifndef YR_AUTOMATA_AUTOMATA_H
#define YR_AUTOMATA_AUTOMATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pattern.h"
#include "base/str.h"
#include "yoroi/err.h"

/* A set of byte values. */
struct yr_byteset {
	uint64_t w[4];
};

static inline void yr_byteset_add(struct yr_byteset *s, unsigned char c)
{
	s->w[c >> 6] |= UINT64_C(1) << (c & 63);
}
static inline void yr_byteset_remove(struct yr_byteset *s, unsigned char c)
{
	s->w[c >> 6] &= ~(UINT64_C(1) << (c & 63));
}
static inline bool yr_byteset_has(const struct yr_byteset *s, unsigned char c)
{
	return s->w[c >> 6] >> (c & 63) & 1;
}
static inline struct yr_byteset yr_byteset_all(void)
{
	return (struct yr_byteset){ { ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0), ~UINT64_C(0) } };
}

/*
 * A set of patterns. A node is a place in it: what remains to be matched after
 * a beginning. Node 0 is "no node": every function below takes it and hands it on, and
 * yr_nfa_failed() tells at the end why (-ENOMEM, or -E2BIG over a limit), so that a
 * pattern is laid without a check at each step. Asking twice for the same element
 * after the same node gives the same node (the trie).
 */
struct yr_nfa;
typedef uint32_t yr_node;

struct yr_nfa *yr_nfa_new(void);
struct yr_nfa *yr_nfa_free(struct yr_nfa *n);
/* 0, -ENOMEM or -E2BIG; sticks. */
int yr_nfa_failed(const struct yr_nfa *n);

yr_node yr_nfa_start(const struct yr_nfa *n);
/* The place behind one byte @c, behind one byte out of @set, behind any number of them. */
yr_node yr_nfa_byte(struct yr_nfa *n, yr_node from, unsigned char c);
yr_node yr_nfa_bytes(struct yr_nfa *n, yr_node from, struct yr_str bytes);
yr_node yr_nfa_set(struct yr_nfa *n, yr_node from, const struct yr_byteset *set);
yr_node yr_nfa_star(struct yr_nfa *n, yr_node from, const struct yr_byteset *set);
/* Behind the out-of-band symbol, the 257th (used between a path and its attributes). */
yr_node yr_nfa_oob(struct yr_nfa *n, yr_node from);
/*
 * Where alternatives that branch at @from meet again. @key (bytes, any length) stands
 * for the alternation: the same key after the same node gives the same join, and
 * *ret_fresh tells whether it is new and its branches are still to be laid. Lay each
 * branch from @from and yr_nfa_link() its end to the join.
 */
yr_node yr_nfa_join(struct yr_nfa *n, yr_node from, struct yr_str key, bool *ret_fresh);
/*
 * @to also stands where @from stands (an epsilon edge). Links must not lead back to
 * where they came from: only stars repeat.
 */
void yr_nfa_link(struct yr_nfa *n, yr_node from, yr_node to);
/* A match that ends at @at carries @tag. */
void yr_nfa_accept(struct yr_nfa *n, yr_node at, uint32_t tag);

/*
 * Globs, laid byte for byte as the kernel's form wants them (binary-policy.md, 5.1):
 *   *   bytes but / and NUL        **  bytes but NUL        ?  one byte but / and NUL
 *   [..] [^..] classes             {a,b} alternatives       \c \ooo \xhh  the byte itself
 * A star right behind a slash that begins a path component (at the end of the
 * pattern or before the next slash) needs at least one byte that is not a slash.
 * @text is after variable expansion, escapes still in it.
 */
enum yr_glob_flags {
	YR_GLOB_NUL = 1, /* '*' and '**' match NUL as well (xattr values, unix addresses) */
	/* Not the language: classes match '/' only where it is written in them. */
	YR_GLOB_NAME_CLASSES = 2,
};

struct yr_glob_info {
	bool exact;           /* no '*', '?' or [^..] */
	bool has_class;       /* a [..]; without one, what is exact is a list of strings */
	bool class_has_slash; /* a class matches '/' though it does not name it: [^a], [!-~] */
	uint32_t min_len;     /* bytes of a shortest match */
	size_t error_at;      /* where in the text, after -EINVAL */
	const char *error;    /* what is wrong there, a constant, after -EINVAL */
};

/*
 * Lay @text behind @from; *ret_end is where a match ends. *info (may be NULL) is
 * filled in. -EINVAL: a malformed pattern (unclosed or empty alternation, nesting
 * over YR_LIMIT_ALTERNATION_DEPTH, one-element alternation, bad class, dangling escape);
 * info->error says what is wrong.
 */
int yr_glob_lay(struct yr_nfa *n, yr_node from, struct yr_str text, unsigned flags,
		yr_node *ret_end, struct yr_glob_info *info);
/*
 * The same for a pattern in pieces, each of which is laid by itself: a shared one that was laid
 * behind the same place before costs nothing more. *ret_apart false: pieces do not end where
 * their text does (a class or a brace goes on in the next one, or something is wrong), nothing was
 * laid, and yr_glob_lay() is to have all of the text. All patterns of @n are of one unit, so that
 * what is shared means the same in them.
 */
int yr_glob_lay_pieces(struct yr_nfa *n, yr_node from, const struct yr_pattern *pattern,
		       unsigned flags, yr_node *ret_end, struct yr_glob_info *info,
		       bool *ret_apart);
/* The checks of yr_glob_lay() without laying anything. */
int yr_glob_check(struct yr_str text, unsigned flags, struct yr_glob_info *info);

/* The way out of a state by one column. */
struct yr_edge {
	uint32_t column, to;
};

/*
 * A deterministic, complete automaton. State 0 matches nothing and traps;
 * state 1 is the start. Every byte c belongs to column class_of[c]; with has_oob
 * the last column is the out-of-band symbol. Rows are kept sparse, because most states
 * leave by one or two columns: state s has edges[first[s]] to edges[first[s + 1] - 1],
 * columns ascending; bytes of any other column go to def[s] (the out-of-band symbol
 * without an edge goes to state 0).
 */
struct yr_dfa {
	uint32_t states;  /* at least 2 */
	uint32_t columns; /* at most 257 */
	uint8_t class_of[256];
	bool has_oob;
	uint32_t *def;         /* [states] */
	uint32_t *first;       /* [states + 1] */
	struct yr_edge *edges; /* [first[states]]; none of them to its state's def */
	uint32_t *accept;      /* [states]; 0 for "nothing said", always 0 for state 0 */
};

struct yr_dfa *yr_dfa_free(struct yr_dfa *d);

uint32_t yr_dfa_step(const struct yr_dfa *d, uint32_t state, unsigned char c);
/* State 0 when the automaton knows no out-of-band symbol. */
uint32_t yr_dfa_step_oob(const struct yr_dfa *d, uint32_t state);
/* The whole row of @state: row[column] for each column. */
void yr_dfa_row(const struct yr_dfa *d, uint32_t state, uint32_t *row);
uint32_t yr_dfa_run(const struct yr_dfa *d, uint32_t state, struct yr_str bytes);

/*
 * Called once for each different set of tags that meets in a state; @tags are
 * ascending, without repeats, never empty. Returns the accept value.
 */
typedef uint32_t yr_fold_fn(void *ctx, const uint32_t *tags, size_t n);

/*
 * Subset construction. @n is only read. -ENOMEM; -E2BIG over one of the limits of
 * limits.h, named in @err; -EINVAL: links lead back. What can match nothing any more
 * leads to state 0, and much of what minimising would merge is merged beforehand, but
 * only yr_dfa_minimise() makes the result independent of the order of patterns. On success *ret_dfa
 * is the caller's, for yr_dfa_free().
 */
int yr_dfa_build(const struct yr_nfa *n, yr_fold_fn *fold, void *ctx, struct yr_dfa **ret_dfa,
		 struct yr_err *err);
/* Merge states that no continuation tells apart; states that cannot be reached go. */
int yr_dfa_minimise(struct yr_dfa *d, struct yr_err *err);
/*
 * Of an automaton that somebody else made: number its states so that @start becomes 1 and state 0
 * accepts nothing, though it did. -ENOMEM.
 */
int yr_dfa_start_at(struct yr_dfa *d, uint32_t start, struct yr_err *err);
/* A shortest byte string from the start to @state, malloc'ed; NULL: memory, or not reachable. */
unsigned char *yr_dfa_path_to(const struct yr_dfa *d, uint32_t state, size_t *ret_len);

/*
 * The packed form of rows, as the kernel's AppArmor walks them. The high byte of a
 * base cell carries flags.
 */
#define YR_BASE_DIFF UINT32_C(0x80000000) /* go on from the default state with the same byte */
#define YR_BASE_OOB UINT32_C(0x20000000)  /* the cell before base is the out-of-band step */
#define YR_BASE_MASK UINT32_C(0x00ffffff)

struct yr_tables {
	uint32_t states, cells;
	bool has_diff, has_oob;
	uint32_t *accept, *accept2; /* [states]; accept2 may be NULL */
	uint32_t *base, *def;       /* [states] */
	uint32_t *next, *check;     /* [cells]; cells >= every base + 256 */
	uint8_t *classes;           /* [256] byte -> class, or NULL */
};

struct yr_tables *yr_tables_new(uint32_t states, uint32_t cells);
struct yr_tables *yr_tables_free(struct yr_tables *t);

enum yr_pack_flags {
	YR_PACK_DIFF = 1,    /* rows may be differences from other rows */
	YR_PACK_CLASSES = 2, /* a cell for each column instead of each byte, and ->classes */
};

/*
 * Pack @d; accept values are copied to ->accept. *ret_tables is the caller's. -E2BIG: more cells
 * than a base can say; -ENOMEM.
 */
int yr_tables_pack(const struct yr_dfa *d, unsigned flags, struct yr_tables **ret_tables,
		   struct yr_err *err);
/*
 * What the kernel checks before it trusts tables: cells inside, states inside, known
 * flags, no loop of diff-encoded defaults. -EINVAL with a reason.
 */
int yr_tables_verify(const struct yr_tables *t, struct yr_err *err);
/* One step over verified tables, as the kernel does it; OOB likewise. */
uint32_t yr_tables_step(const struct yr_tables *t, uint32_t state, unsigned char c);
uint32_t yr_tables_step_oob(const struct yr_tables *t, uint32_t state);
uint32_t yr_tables_run(const struct yr_tables *t, uint32_t state, struct yr_str bytes);
/* Verified tables back to rows; accept values are copied from ->accept. */
int yr_tables_unpack(const struct yr_tables *t, struct yr_dfa **ret_dfa, struct yr_err *err);

/*
 * Walk two automata side by side from @start_a and @start_b. @visit is called once for
 * each pair of states that some input reaches, in the order of the length of a
 * shortest such input; the walk ends early when it returns non-zero, and that is what
 * yr_product_walk() returns then. YR_PRODUCT_SKIP goes on, but not beyond this pair. Inside
 * @visit, yr_product_input() gives the shortest input (out-of-band symbols are told by 256).
 */
#define YR_PRODUCT_SKIP 0x40000000
struct yr_product;
typedef int yr_visit_fn(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b);

int yr_product_walk(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b,
		    uint32_t start_b, yr_visit_fn *visit, void *ctx, struct yr_err *err);
/* malloc'ed symbols, each 0..256; NULL when memory is out. */
uint16_t *yr_product_input(const struct yr_product *p, size_t *ret_len);

#endif
