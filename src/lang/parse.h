/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parser: one function for each part of the grammar, the grammar above it. A function
 * that returns false has reported what is wrong (or memory is out, p->failed); its
 * caller skips to where the next statement begins and goes on.
 */
#ifndef YR_LANG_PARSE_H
#define YR_LANG_PARSE_H

#include "lang/lexer.h"
#include "lang/words.h"

/*
 * Parse all of @p->src. @p->in_profile says what an included file is included by: rules, or
 * what stands outside of profiles. Mistakes are reported and left out. -ENOMEM.
 */
int yr_parse(struct yr_parser *p, struct yr_stmts *ret_stmts);

/* parse.c */
bool yr_parse_body(struct yr_parser *p, struct yr_stmts *to);
struct yr_stmt *yr_new_stmt(struct yr_parser *p, enum yr_stmt_kind kind);
void yr_add_stmt(struct yr_stmts *to, struct yr_stmt *stmt);
/* "," after a rule, which began with @what ("a capability rule"). */
bool yr_parse_end(struct yr_parser *p, const char *what);
/* Go to where the next statement can begin: behind a comma, before a brace or an obvious line. */
void yr_recover(struct yr_parser *p);
/* Behind the next @c, if there is one in this line. */
void yr_skip_past(struct yr_parser *p, char c);
/* Behind the brace that closes the one at the place. */
void yr_skip_braces(struct yr_parser *p);
/* Report at the word here, or at the character when there is none; always false. */
bool yr_expected(struct yr_parser *p, const char *fmt, ...) YR_PRINTF(2, 3);
/* Whether the white space that was just skipped has the end of a line in it. */
bool yr_crossed_line(const struct yr_parser *p);
/* Report @name in @t's words as unknown; always false. */
bool yr_unknown_name(struct yr_parser *p, const struct yr_word *w, const struct yr_name_table *t);

/* hints.c: mistakes that many make, told in a sentence of their own. true: said. */
/* What went wrong here went wrong at a quote that spans lines; the place is then its line's end. */
bool yr_blame_quote(struct yr_parser *p);
/* A "//" at @at; the place is then the line's end. */
bool yr_hint_comment(struct yr_parser *p, const char *at);
/* Say that the comma or semicolon here ends nothing, and take it. */
void yr_hint_stray(struct yr_parser *p);
/* @w ends with a semicolon. */
bool yr_hint_semicolon(struct yr_parser *p, const struct yr_word *w);
/* Where a statement was looked for and none begins. */
bool yr_hint_statement(struct yr_parser *p);
/* The same for a name without "profile": the place is then the name's. */
bool yr_hint_profile(struct yr_parser *p);
/* Where ',' was looked for. *ret_go_on: the rule counts, and the next statement can begin here. */
bool yr_hint_end(struct yr_parser *p, const char *what, bool *ret_go_on);
/* @mode, behind @path (which may be absent), is no permission. */
bool yr_hint_mode(struct yr_parser *p, const struct yr_word *path, const struct yr_word *mode);

/* encoding.c: what the whole text looks like; moves the place behind a byte order mark. */
void yr_check_encoding(struct yr_parser *p);

/* parse_head.c */
bool yr_parse_profile(struct yr_parser *p, struct yr_stmts *to);
bool yr_at_profile(const struct yr_parser *p);

/* parse_flags.c: the flags behind "(", which has been taken. */
bool yr_parse_flags(struct yr_parser *p, struct yr_flags *f);
bool yr_is_flag(struct yr_str word);

/* parse_preamble.c */
bool yr_parse_include(struct yr_parser *p, struct yr_stmts *to);
bool yr_parse_abi(struct yr_parser *p, struct yr_stmts *to);
bool yr_parse_alias(struct yr_parser *p, struct yr_stmts *to);
bool yr_parse_assignment(struct yr_parser *p, struct yr_stmts *to);
/* Whether "@{NAME} =" or "$NAME =" stands here. */
bool yr_at_assignment(const struct yr_parser *p);

/* parse_test.c: "if" has been taken. */
bool yr_parse_if(struct yr_parser *p, struct yr_stmts *to);

/* parse_rules.c: anything that may have qualifiers before it. */
bool yr_parse_rule(struct yr_parser *p, struct yr_stmts *to);
/* The word a rule may begin with that is nearest to @word. */
struct yr_nearest yr_rule_word_nearest(struct yr_str word);
bool yr_is_rule_word(struct yr_str word);
bool yr_is_qualifier(struct yr_str word);

/* parse_file.c: the rest of a rule whose qualifiers have been taken. */
bool yr_parse_file(struct yr_parser *p, struct yr_stmt *stmt, struct yr_stmts *to);
bool yr_parse_link(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_change_profile(struct yr_parser *p, struct yr_stmt *stmt);
/* Whether a leading permission word stands here, as in "rw /path,". */
bool yr_at_leading_perms(const struct yr_parser *p);
/* Whether a permission word stands here, and white space or a comma behind it. */
bool yr_at_perms(const struct yr_parser *p);
/* Whether "name perms" stands here, a file rule whose path is no path. */
bool yr_at_bare_name(const struct yr_parser *p);
/* A path, or a name in its place that upstream takes for one. */
bool yr_take_path(struct yr_parser *p, struct yr_word *ret);
/* Where words may begin with anything, "->" must stand apart. */
bool yr_space_behind_arrow(struct yr_parser *p);
/* "->" NAME, if it is there. */
bool yr_parse_target(struct yr_parser *p, struct yr_word *ret);

/* parse_limits.c, parse_ipc.c, parse_net.c, parse_mount.c: the rest of a rule behind its first
 * word. */
bool yr_parse_capability(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_rlimit(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_ptrace(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_signal(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_dbus(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_mqueue(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_userns(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_io_uring(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_network(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_unix(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_mount(struct yr_parser *p, struct yr_stmt *stmt);
bool yr_parse_pivot_root(struct yr_parser *p, struct yr_stmt *stmt);

/* parse_cond.c: conditions and permissions. */
/* White space and any number of commas, between the words of a list. */
void yr_skip_separators(struct yr_parser *p);
enum yr_cond_flags {
	YR_CF_LIST = 1,   /* name=(a b) */
	YR_CF_IN = 2,     /* name in (a b) */
	YR_CF_REPEAT = 4, /* more than once */
	YR_CF_ASSIGN = 8, /* name:=a */
};
struct yr_cond_name {
	const char *name;
	unsigned flags;
};
struct yr_cond_set {
	const char *what;                   /* "a dbus rule" */
	const struct yr_cond_name *names;   /* NULL at the end */
	const struct yr_cond_name *in_peer; /* of peer=( ); NULL: the rule has none */
};
/* (NAME = VALUE | NAME = "(" VALUE* ")" | NAME "in" "(" VALUE* ")")* and peer=( ) at the end */
bool yr_parse_conds(struct yr_parser *p, struct yr_rule *rule, const struct yr_cond_set *set);
/* Report that @second repeats @first in @what ("a dbus rule"); always false. */
bool yr_duplicate_cond(struct yr_parser *p, const char *what, const struct yr_cond *first,
		       const struct yr_cond *second);
const struct yr_cond *yr_find_cond(const struct yr_cond *list, const char *name);
/* Say that @open is never closed; the place goes back to its line. Always false. */
bool yr_open_list(struct yr_parser *p, const struct yr_loc *open);
/* Words to the closing parenthesis; "(" has been taken. @empty_ok: there may be none. */
bool yr_parse_list(struct yr_parser *p, bool empty_ok, struct yr_words *ret);
/*
 * PERM or "(" PERM* ")", if there is one. @allowed: those of enum yr_access that the rule knows;
 * @read, @write: what r and w mean to it.
 */
struct yr_access_set {
	const char *what;
	uint32_t allowed, read, write;
	enum yr_access_form {
		YR_ACCESS_LIST,     /* one word, or several in parentheses */
		YR_ACCESS_NO_LIST,  /* one word */
		YR_ACCESS_AND_WORDS /* as LIST; behind it stand words of other kinds */
	} form;
};
bool yr_parse_access(struct yr_parser *p, const struct yr_access_set *set, uint32_t *ret_access);

#endif
