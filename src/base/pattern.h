/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a pattern in pieces: what it says itself, and what it has in common with others. */
#ifndef YR_BASE_PATTERN_H
#define YR_BASE_PATTERN_H

#include <stdint.h>

#include "base/str.h"

/*
 * The values of a variable can be many, and so can the patterns that use it. They share one text,
 * an alternation, which has a number: who meets it again need not read it again.
 */
struct yr_segment {
	struct yr_str text;
	uint32_t shared; /* 0: not; else the same text wherever the same unit has this number */
};

/* Means what the texts of its pieces mean one behind the other. */
struct yr_pattern {
	const struct yr_segment *at;
	size_t n;   /* 1 at least */
	size_t len; /* of all texts */
};

#endif
