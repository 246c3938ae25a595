/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parser makes of one file: statements in their order, nothing looked up yet.
 * Independent of who includes the file, so that one parse serves every include of it;
 * resolve.c turns statements into the profiles of tree.h. Never changed after parsing.
 */
#ifndef YR_LANG_AST_H
#define YR_LANG_AST_H

#include "lang/tree.h"

enum yr_stmt_kind {
	YR_STMT_ABI,
	YR_STMT_ALIAS,
	YR_STMT_BLOCK,
	YR_STMT_IF,
	YR_STMT_INCLUDE,
	YR_STMT_PROFILE,
	YR_STMT_RULE,
	YR_STMT_SET,
};

struct yr_stmts {
	struct yr_stmt *first, *last;
};

/* <x> is looked for in the include folders, "x" and x are paths. */
struct yr_include {
	struct yr_word path;
	bool search, if_exists;
};

enum yr_set_op { YR_SET, YR_SET_ADD, YR_SET_IF_UNSET, YR_SET_OVERRIDE };
struct yr_assign {
	struct yr_word name; /* without @{ } */
	bool boolean, truth;
	bool broken; /* the variable was meant, and what was written is not understood */
	enum yr_set_op op;
	struct yr_words values;
};

/* The head of a profile or hat, and its body. */
struct yr_head {
	struct yr_loc loc;
	struct yr_word name, attachment;
	struct yr_cond *xattrs;
	struct yr_words identity;
	struct yr_flags flags;
	bool hat, keyword; /* keyword: "profile" or "hat" was written */
	uint32_t end;      /* where its '}' stands, in loc's source; 0: nowhere */
	struct yr_stmts body;
};

enum yr_test_kind {
	YR_TEST_BOOL,    /* $x, true, false */
	YR_TEST_DEFINED, /* defined @{x}, defined $x */
	YR_TEST_COMPARE,
	YR_TEST_NOT,
	YR_TEST_AND,
	YR_TEST_OR,
};
enum yr_compare { YR_CMP_IN, YR_CMP_EQ, YR_CMP_NE, YR_CMP_LT, YR_CMP_LE, YR_CMP_GT, YR_CMP_GE };

struct yr_test {
	enum yr_test_kind kind;
	enum yr_compare compare;
	struct yr_loc loc;
	struct yr_word word; /* of BOOL and DEFINED: as written */
	struct yr_word left, right;
	/* What NOT, AND and OR are about: the first, and the one beside this. */
	struct yr_test *parts, *next;
};

struct yr_stmt {
	enum yr_stmt_kind kind;
	bool vars; /* some word of the rule refers to a variable */
	struct yr_loc loc;
	struct yr_stmt *next;
	union {
		struct {
			struct yr_word what; /* the file, or "kernel" and "default" */
			bool search, special;
		} abi;
		struct yr_alias alias;
		struct {
			struct yr_quals quals;
			struct yr_stmts body;
		} block;
		struct {
			const struct yr_test *test;
			struct yr_stmts yes, no;
		} cond;
		struct yr_include include;
		struct yr_head *head;
		struct yr_rule rule;
		struct yr_assign set;
	} u;
};

#endif
