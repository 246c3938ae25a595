/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One file's text in one style (docs/format.md). The words are the author's, byte for byte: what
 * changes is the space between them, and the few spellings that docs/format.md names. The
 * tree says where statements begin and of what kind they are; words and comments come from
 * the text, so that the parser keeps nothing for our sake.
 */
#ifndef YR_LANG_FORMAT_H
#define YR_LANG_FORMAT_H

#include "base/buf.h"
#include "lang/lexer.h"

/* How a piece stands to the one before it on its line. */
enum yr_gap {
	YR_GAP_NONE,
	YR_GAP_SPACE,
	YR_GAP_BREAK, /* a space, or a new line where the author made one or the line is full */
};

/* A word, a sign or a comment of one statement. */
struct yr_piece {
	struct yr_str text;
	enum yr_gap gap;
	bool broken;  /* the author began a line here */
	bool comment; /* ends its line */
};

struct yr_pieces {
	struct yr_piece *at;
	size_t n, cap;
};

struct yr_format {
	struct yr_parser p; /* only its lexer is used: p.at is where we are in the text */
	struct yr_buf *out;
	struct yr_buf *comments; /* each that was met, one a line */
	struct yr_pieces pieces;
	size_t hang;     /* piece behind the rule's first word, with which new lines line up; 0 */
	bool peer_list;  /* the rule's peer= is a list of conditions */
	bool newline;    /* a line ended since the last piece */
	bool memory;     /* is out */
	bool lost;       /* the text is not what the tree says */
	unsigned indent; /* in blocks */
	size_t lines;    /* line ends between the last statement or comment and here */
	bool header;     /* no statement stood yet: comments about the whole file */
	bool first;      /* nothing stands in this block (or file) yet */
	bool can_trail;  /* a comment here would stand behind what was printed last */
};

/* format_words.c, format_preamble.c: the pieces of a statement; p.at goes from its first byte
 * behind its last. */
void yr_format_rule(struct yr_format *f, const struct yr_rule *rule);
void yr_format_quals(struct yr_format *f);
void yr_format_head(struct yr_format *f, const struct yr_head *head);
void yr_format_test(struct yr_format *f);
void yr_format_include(struct yr_format *f, const struct yr_include *inc);
void yr_format_abi(struct yr_format *f);
void yr_format_alias(struct yr_format *f);
void yr_format_set(struct yr_format *f, const struct yr_assign *set);

/* format_lex.c */
/* White space and comments inside a statement; the comments become pieces. */
void yr_format_skip(struct yr_format *f);
void yr_format_put(struct yr_format *f, struct yr_str text, enum yr_gap gap);
void yr_format_put_z(struct yr_format *f, const char *z, enum yr_gap gap);
/* @n bytes of the text as a piece. */
void yr_format_bytes(struct yr_format *f, size_t n, enum yr_gap gap);
/* A word of the text as a piece; there must be one. */
void yr_format_word(struct yr_format *f, unsigned stop, enum yr_gap gap);
/* The letters, digits and '_' of the text as a piece; there must be some. */
void yr_format_name(struct yr_format *f, enum yr_gap gap);
/* @c, which must be there, in the text only. */
void yr_format_expect(struct yr_format *f, char c);
/* From "(" to ")", @conds: of conditions such as those of peer=( ). */
void yr_format_list(struct yr_format *f, bool conds, enum yr_gap gap);
/* Whether NAME "=" or the like stands here, and as pieces with its value. */
bool yr_format_at_cond(const struct yr_format *f);
void yr_format_cond(struct yr_format *f, unsigned stop);
/* A comment to the end of the line, without blanks at its end. */
struct yr_str yr_format_comment(struct yr_format *f);

/* format_out.c */
/* Print the pieces, @end behind the last word; comments behind that word stay, as leftovers. */
void yr_format_print(struct yr_format *f, const char *end, bool is_set);
/* Print those comments. No piece is left then. */
void yr_format_leftovers(struct yr_format *f);
/* White space and comments between statements. */
void yr_format_between(struct yr_format *f);
/* Begin a line of the block; a blank one before it where the author left one. */
void yr_format_line(struct yr_format *f, bool may_be_apart);

/*
 * format.c: @source in the style, and its comments, to buffers with a limit. The text must have
 * been parsed without errors into @stmts. -ENOMEM; -EFBIG; -EINVAL: our mistake, text and tree
 * disagree. @rules: they are those of an abstraction, which stand as far in as in a profile.
 */
int yr_format_stmts(struct yr_arena *arena, const struct yr_source *source,
		    const struct yr_stmts *stmts, bool rules, struct yr_buf *out,
		    struct yr_buf *comments);

/* same_tree.c: whether two files say the same, wherever it stands in them. */
bool yr_same_tree(const struct yr_stmts *a, const struct yr_stmts *b);

#endif
