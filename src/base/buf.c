/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <stdarg.h>

static bool grow(struct yr_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 64;
	char *p;

	while (cap < b->len + n + 1)
		cap *= 2;
	p = realloc(b->data, cap);
	if (!p)
		return false;
	b->data = p;
	b->cap = cap;
	return true;
}

/* @n bytes that nobody has filled in, a NUL behind them; NULL after a failure. */
static char *extend(struct yr_buf *b, size_t n)
{
	char *p;

	if (b->failed)
		return NULL;
	if (n >= SIZE_MAX / 4 - b->len || (b->limit && n > b->limit - b->len) ||
	    (b->len + n + 1 > b->cap && !grow(b, n))) {
		b->failed = true;
		return NULL;
	}
	p = b->data + b->len;
	b->len += n;
	b->data[b->len] = '\0';
	return p;
}

void yr_buf_expect(struct yr_buf *b, size_t n)
{
	if (extend(b, n))
		b->data[b->len -= n] = '\0';
}

void *yr_buf_room(struct yr_buf *b, size_t n)
{
	return extend(b, n);
}

void *yr_buf_add(struct yr_buf *b, size_t n)
{
	char *p = extend(b, n);

	return p ? memset(p, 0, n) : NULL;
}

void yr_buf_put(struct yr_buf *b, const void *p, size_t n)
{
	char *to = extend(b, n);

	if (to && n)
		memcpy(to, p, n);
}

void yr_buf_puts(struct yr_buf *b, const char *z)
{
	yr_buf_put(b, z, strlen(z));
}

void yr_buf_putc(struct yr_buf *b, char c)
{
	char *to = extend(b, 1);

	if (to)
		*to = c;
}

void yr_buf_vprintf(struct yr_buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;
	char *to;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		b->failed = true;
		return;
	}
	to = yr_buf_add(b, (size_t)n);
	if (to)
		vsnprintf(to, (size_t)n + 1, fmt, ap);
}

void yr_buf_printf(struct yr_buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_buf_vprintf(b, fmt, ap);
	va_end(ap);
}

void yr_buf_done(struct yr_buf *b)
{
	free(b->data);
	*b = (struct yr_buf){ .limit = b->limit };
}

char *yr_buf_steal(struct yr_buf *b, size_t *ret_len)
{
	char *p = b->data;

	if (ret_len)
		*ret_len = b->len;
	*b = (struct yr_buf){ .limit = b->limit };
	return p;
}
