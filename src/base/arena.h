/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is given back all at once: one arena per compile. */
#ifndef YR_BASE_ARENA_H
#define YR_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "yoroi/err.h"

struct yr_arena_block;

/* Start from `{ 0 }`. Not safe for two threads at once. */
struct yr_arena {
	struct yr_arena_block *head;
	char *at, *end;
	size_t total; /* bytes taken from malloc */
	size_t limit; /* most bytes to take, 0: no limit */
};

/* Zeroed, aligned for any type. NULL: memory is out, or the limit is reached. */
void *yr_arena_alloc(struct yr_arena *a, size_t size);
/* yr_arena_alloc(n * size), NULL when that overflows. */
void *yr_arena_array(struct yr_arena *a, size_t n, size_t size);
/* @n bytes at @s and a NUL behind them. */
char *yr_arena_strndup(struct yr_arena *a, const char *s, size_t n);
char *yr_arena_printf(struct yr_arena *a, const char *fmt, ...) YR_PRINTF(2, 3);
char *yr_arena_vprintf(struct yr_arena *a, const char *fmt, va_list ap) YR_PRINTF(2, 0);
/* Frees all that was allocated; the arena can be used again. */
void yr_arena_done(struct yr_arena *a);

#define AUTO_ARENA YR_CLEANUP(yr_arena_done)

#define yr_arena_new(a, type) ((type *)yr_arena_alloc(a, sizeof(type)))

#endif
