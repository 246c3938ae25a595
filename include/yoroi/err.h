/* SPDX-License-Identifier: Apache-2.0 */
/* What the machine did to us: one error object on the caller's stack. */
#ifndef YOROI_ERR_H
#define YOROI_ERR_H

#ifdef __GNUC__
#define YR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define YR_PRINTF(fmt, args)
#endif

/*
 * Lives on the caller's stack, so reporting a failure cannot itself fail.
 * Start from `{ 0 }`. Functions that take one accept NULL.
 */
struct yr_err {
	int code;      /* positive errno, 0 when unset */
	char msg[500]; /* "outer: inner"; ends in "..." if it did not fit */
};

/* Returns -code. The first report wins: later ones are consequences. */
int yr_err_set(struct yr_err *err, int code, const char *fmt, ...) YR_PRINTF(3, 4);

/* Put "fmt: " before what is there. Returns the negative code already set. */
int yr_err_wrap(struct yr_err *err, const char *fmt, ...) YR_PRINTF(2, 3);

#endif
