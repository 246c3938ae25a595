/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow. */
#ifndef YR_BASE_BUF_H
#define YR_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "yoroi/err.h"

/*
 * Start from `{ 0 }`. The first failure to grow sticks: later appends do
 * nothing and `failed` stays true, so that a writer checks once, at its end.
 */
struct yr_buf {
	char *data; /* NUL behind data[len - 1] once anything was appended */
	size_t len, cap;
	size_t limit; /* most bytes, 0: no limit */
	bool failed;
};

/* @n zero bytes to be filled in by the caller; NULL after a failure. */
void *yr_buf_add(struct yr_buf *b, size_t n);
/* The same with bytes of any value, all of which the caller writes. */
void *yr_buf_room(struct yr_buf *b, size_t n);
/* @n bytes more will be appended: grow once instead of step by step. */
void yr_buf_expect(struct yr_buf *b, size_t n);
void yr_buf_put(struct yr_buf *b, const void *p, size_t n);
void yr_buf_puts(struct yr_buf *b, const char *z);
void yr_buf_putc(struct yr_buf *b, char c);
void yr_buf_printf(struct yr_buf *b, const char *fmt, ...) YR_PRINTF(2, 3);
void yr_buf_vprintf(struct yr_buf *b, const char *fmt, va_list ap) YR_PRINTF(2, 0);
void yr_buf_done(struct yr_buf *b);
/* The bytes, now the caller's to free(); the buffer is empty again. */
char *yr_buf_steal(struct yr_buf *b, size_t *ret_len);

#define AUTO_BUF YR_CLEANUP(yr_buf_done)

#endif
