/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of policy text to words. One pass, locations are offsets, nothing is copied
 * unless a word has escapes in it.
 *
 * An unquoted word ends before white space, a quote, '!', the end of the text, and before a
 * comma that is followed by one of these or by another comma: "/a,b" is one word,
 * "r," is a word and a comma. Some places end it earlier (see the stop masks). A
 * backslash takes the next byte into the word, whatever it is, except a line's end. A quoted word
 * goes to the next '"' that has no backslash before it and may span lines.
 *
 * The text of a word is its meaning: quotes are gone, and
 *   \ooo \xhh \dnnn   the byte of that octal, hexadecimal or decimal value, as many
 *                     digits (at most three, two, three) as stay below 256
 *   \a \e \f \n \r \t the control byte,   \" the quote,   \c any other byte c itself.
 * When the result is one of * ? [ ] { } ^ , \ @ the word keeps a backslash before it, so that
 * the pattern compiler and the expansion of variables see a literal.
 */
#ifndef YR_LANG_LEXER_H
#define YR_LANG_LEXER_H

#include "lang/ast.h"
#include "lang/lang.h"

/* Classes of bytes; a mask of them says where a word stops. */
enum yr_char {
	YR_C_BLANK = 1, /* space, tab, CR */
	YR_C_NEWLINE = 2,
	YR_C_COMMA = 4,
	YR_C_BAD = 8,    /* '"' and '!', and the NUL behind the text */
	YR_C_OPEN = 16,  /* ( */
	YR_C_CLOSE = 32, /* ) */
	YR_C_BACKSLASH = 64,
	YR_C_EQUALS = 128, /* = */
};
extern const uint8_t yr_char_class[256];

#define YR_STOP_WORD (YR_C_BLANK | YR_C_NEWLINE | YR_C_BAD)
#define YR_STOP_LIST (YR_STOP_WORD | YR_C_COMMA | YR_C_OPEN | YR_C_CLOSE)

struct yr_parser {
	struct yr_arena *arena;
	struct yr_diags *diags;
	const struct yr_source *src;
	const char *at, *end; /* *end is NUL or the first byte that is not text */
	/* The white space and comments skipped last: where what stands before them ends. */
	const char *space_from, *space_to;
	const char *stmt;  /* where the statement begins */
	const char *quote; /* a quoted word of this statement that spans lines begins here */
	unsigned depth;
	bool in_profile; /* the file is (or the statement stands) inside a profile */
	bool access; /* what is read asks for something: an 'x' alone means any way to execute */
	bool saw_variable;
	bool keyword_meant;  /* "profile" is missing before the name here, which has been said */
	bool no_brace;       /* the '{' of a body is missing here, which has been said */
	bool if_next, in_if; /* the next body is what an if is about; this one is */
	bool close;          /* the '}' of this body is missing, which has been said */
	bool cut;         /* the text was left before its end: what is open there is no mistake */
	size_t went_back; /* bytes, to read again what something unclosed had swallowed */
	bool said_open;   /* that a brace is never closed */
	const struct yr_loc *included; /* where from; NULL: this is the file that was named */
	struct yr_loc early;           /* a '}' that by its indentation closed what it should not */
	struct yr_loc suspect; /* a brace that by its indentation was closed by another's '}' */
	bool failed;           /* memory is out */
};

static inline uint8_t yr_class(char c)
{
	return yr_char_class[(unsigned char)c];
}

static inline bool yr_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool yr_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline uint32_t yr_off(const struct yr_parser *p, const char *at)
{
	return (uint32_t)(at - p->src->text);
}

static inline struct yr_loc yr_loc_from(const struct yr_parser *p, const char *from)
{
	return (struct yr_loc){ p->src, yr_off(p, from), (uint32_t)(p->at - from) };
}

static inline bool yr_at_end(const struct yr_parser *p)
{
	return p->at >= p->end;
}

/* White space and comments. Inside a rule: "#include" there is a mistake. */
void yr_skip(struct yr_parser *p);
/* The same between statements: stops before "#include". */
void yr_skip_between(struct yr_parser *p);
bool yr_at_pound_include(const struct yr_parser *p);
/* Blanks only, not the end of the line. */
void yr_skip_blanks(struct yr_parser *p);

/*
 * The word at the place, quoted or not. false: there is none (nothing reported), or
 * something is wrong with it (reported, and *ret_word.loc.source is set).
 */
bool yr_take_word(struct yr_parser *p, unsigned stop, struct yr_word *ret_word);
/* Whether the text from @at to the place, or its end, may be read once more. */
bool yr_may_go_back(struct yr_parser *p, const char *at);
/* The letters, digits and '_' here, without taking them. */
struct yr_str yr_peek_name(const struct yr_parser *p);
/* Take @z if it stands here and no letter, digit or '_' follows. */
bool yr_take_keyword(struct yr_parser *p, const char *z);
static inline bool yr_take_char(struct yr_parser *p, char c)
{
	if (yr_at_end(p) || *p->at != c)
		return false;
	p->at++;
	return true;
}
/* "->" with white space before it already skipped. */
bool yr_take_arrow(struct yr_parser *p);

/* The byte here. */
struct yr_loc yr_loc_here(const struct yr_parser *p);
/* The byte behind the last thing that was taken. */
struct yr_loc yr_loc_behind(const struct yr_parser *p);

#endif
