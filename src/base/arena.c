/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Small enough that compiling a ten-line profile stays cheap, doubled up to the largest. */
#define BLOCK_FIRST (16 * 1024)
#define BLOCK_LARGEST (1024 * 1024)
#define ALIGN alignof(max_align_t)

struct yr_arena_block {
	struct yr_arena_block *next;
	alignas(max_align_t) char data[];
};

static bool add_block(struct yr_arena *a, size_t need)
{
	size_t size = a->total ? a->total : BLOCK_FIRST;
	struct yr_arena_block *b;

	if (size > BLOCK_LARGEST)
		size = BLOCK_LARGEST;
	if (size < need)
		size = need;
	if (a->limit && (a->total > a->limit || size > a->limit - a->total))
		return false;
	b = malloc(sizeof(*b) + size);
	if (!b)
		return false;
	b->next = a->head;
	a->head = b;
	a->at = b->data;
	a->end = b->data + size;
	a->total += size;
	return true;
}

static void *take(struct yr_arena *a, size_t size)
{
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if ((size_t)(a->end - a->at) < size && !add_block(a, size))
		return NULL;
	p = a->at;
	a->at += size;
	return p;
}

void *yr_arena_alloc(struct yr_arena *a, size_t size)
{
	void *p = take(a, size ? size : 1);

	return p ? memset(p, 0, size) : NULL;
}

void *yr_arena_array(struct yr_arena *a, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return yr_arena_alloc(a, bytes);
}

char *yr_arena_strndup(struct yr_arena *a, const char *s, size_t n)
{
	char *p = n < SIZE_MAX ? take(a, n + 1) : NULL;

	if (!p)
		return NULL;
	if (n)
		memcpy(p, s, n);
	p[n] = '\0';
	return p;
}

char *yr_arena_vprintf(struct yr_arena *a, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *p;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0)
		return NULL;
	p = take(a, (size_t)n + 1);
	if (p)
		vsnprintf(p, (size_t)n + 1, fmt, ap);
	return p;
}

char *yr_arena_printf(struct yr_arena *a, const char *fmt, ...)
{
	va_list ap;
	char *p;

	va_start(ap, fmt);
	p = yr_arena_vprintf(a, fmt, ap);
	va_end(ap);
	return p;
}

void yr_arena_done(struct yr_arena *a)
{
	struct yr_arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	*a = (struct yr_arena){ .limit = a->limit };
}
