/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of rule.c. */
#ifndef YR_AUTHOR_MAKING_H
#define YR_AUTHOR_MAKING_H

#include "author/mask.h"
#include "lang/words.h"

struct yr_making {
	const struct yr_log_event *ev;
	enum yr_log_text varies; /* the field that the pattern stands for */
	const char *pattern;     /* as policy has it, with its quotes; NULL: none */
	struct yr_buf rule;
	struct yr_buf access; /* empty: the rule is the access, too */
	struct yr_mend *mend;
};

/* @before and the field as policy has it; false: the record does not say. */
bool yr_put_field(struct yr_buf *b, const char *before, const struct yr_making *m,
		  enum yr_log_text field);
/*
 * The words of the mask that the rule language has, in the order of the alphabet and once: one
 * alone, or several between parentheses; none when there are none. @always: parentheses for one.
 */
void yr_put_words(struct yr_buf *b, struct yr_str mask, bool always);
/* The letters of enum yr_file_perm, x as the last. */
void yr_put_letters(struct yr_buf *b, uint32_t perms);
/* What was written, with other bytes than UTF-8 as \NNN; in @arena. NULL: memory. */
char *yr_policy_text(struct yr_arena *arena, const struct yr_buf *rule);
/* One rule, and nothing else; without variables. */
bool yr_rule_reads(const char *rule);
bool yr_is_name(struct yr_str s, const struct yr_name_table *t);

/* Of these operations on sockets the kernel asks about the peer, too. */
bool yr_asks_peer(struct yr_str mask);
/* True: the record leaves open what was refused, and the advice says what; see lacks.c. */
bool yr_record_lacks(struct yr_making *m, struct yr_arena *arena);

void yr_make_network(struct yr_making *m);
void yr_make_unix(struct yr_making *m);
void yr_make_signal(struct yr_making *m);
void yr_make_ptrace(struct yr_making *m);
void yr_make_dbus(struct yr_making *m);
void yr_make_mqueue(struct yr_making *m);
void yr_make_io_uring(struct yr_making *m);

#endif
