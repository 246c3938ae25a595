/* SPDX-License-Identifier: Apache-2.0 */
/* A piece of text that is not NUL-terminated. */
#ifndef YR_BASE_STR_H
#define YR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct yr_str {
	const char *at; /* may be NULL when len is 0 */
	size_t len;
};

#define YR_STR(lit) ((struct yr_str){ (lit), sizeof(lit) - 1 })
/* For printf's %.*s */
#define YR_STR_ARG(s) (int)(s).len, (s).at ? (s).at : ""

static inline struct yr_str yr_str_of(const char *z)
{
	return (struct yr_str){ z, z ? strlen(z) : 0 };
}

static inline bool yr_str_eq(struct yr_str a, struct yr_str b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static inline bool yr_str_is(struct yr_str a, const char *z)
{
	return yr_str_eq(a, yr_str_of(z));
}

/* Order by bytes, a prefix before what it is a prefix of. */
static inline int yr_str_cmp(struct yr_str a, struct yr_str b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int d = n ? memcmp(a.at, b.at, n) : 0;

	return d ? d : (a.len > b.len) - (a.len < b.len);
}

#endif
