/* SPDX-License-Identifier: Apache-2.0 */
/* Which known word was most likely meant by one that is not known. */
#ifndef YR_BASE_NEAREST_H
#define YR_BASE_NEAREST_H

#include "base/str.h"

/* Start, try each candidate, and take the name. */
struct yr_nearest {
	struct yr_str word, name; /* name.at NULL: none was near */
	unsigned bound;           /* a candidate must be nearer than this */
	unsigned left;            /* comparisons that may still be made */
};

struct yr_nearest yr_nearest_start(struct yr_str word);
void yr_nearest_try(struct yr_nearest *n, struct yr_str candidate);
static inline void yr_nearest_try_z(struct yr_nearest *n, const char *candidate)
{
	yr_nearest_try(n, yr_str_of(candidate));
}

/* For the end of a message: "; did you mean 'x'?" or nothing; long enough for any name found. */
struct yr_phrase {
	char text[160];
};
struct yr_phrase yr_nearest_phrase(const struct yr_nearest *n);
/* "x", "x and y", "x, y and z": add one, @last when none follows. */
void yr_phrase_add(struct yr_phrase *p, const char *word, bool last);

#endif
