/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON read in place: a cursor over the text, which checks what it passes. Strict: RFC 8259, UTF-8
 * only, no surrogate alone, nothing behind the value. No tree, so numbers, order and spaces are
 * never lost, and only strings that are asked for and have escapes take memory.
 */
#ifndef YR_OCI_JSON_H
#define YR_OCI_JSON_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/str.h"
#include "yoroi/err.h"

enum yr_json_kind {
	YR_JSON_BAD, /* no value begins here */
	YR_JSON_OBJECT,
	YR_JSON_LIST,
	YR_JSON_STRING,
	YR_JSON_NUMBER,
	YR_JSON_BOOL,
	YR_JSON_NULL
};

/* Start from { .text, .len, .arena, .err }. After the first failure nothing is read any more. */
struct yr_json {
	const char *text; /* borrowed */
	size_t len, at;
	unsigned depth;
	struct yr_arena *arena; /* for strings with escapes */
	struct yr_err *err;
};

/* -@code; the message begins with the line and the column of text[at]. */
int yr_json_refuse(const struct yr_json *j, size_t at, int code, const char *fmt, ...)
	YR_PRINTF(4, 5);

/* Pass spaces; what the value that begins here is, by its first byte. */
enum yr_json_kind yr_json_peek(struct yr_json *j);

/* Pass a whole value and check it. */
int yr_json_skip(struct yr_json *j);

/* A string. Without escapes *ret points into the text, else into the arena. It may hold NULs. */
int yr_json_string(struct yr_json *j, struct yr_str *ret);

/* true or false, where yr_json_peek() told of one. */
int yr_json_bool(struct yr_json *j, bool *ret);

/*
 * Walk the object (@open '{') or list ('[') that begins here: yr_json_enter(), then
 * yr_json_more() before each member or element until it gives 0; 1: there is one, and for an object
 * @key is its name, @key_at where that begins, and its value comes next. The caller reads or
 * skips the value. Negative: refused.
 */
struct yr_json_walk {
	char close; /* '}' or ']' */
	bool begun;
	struct yr_str key;
	size_t key_at;
};
int yr_json_enter(struct yr_json *j, char open, struct yr_json_walk *w);
int yr_json_more(struct yr_json *j, struct yr_json_walk *w);

/* Only spaces are left. */
int yr_json_end(struct yr_json *j);

/* @s as a JSON string with its quotes; only what has to be is escaped. */
struct yr_buf;
void yr_json_quote(struct yr_buf *out, struct yr_str s);

#endif
