/* SPDX-License-Identifier: Apache-2.0 */
/* What expect.c and expect_met.c share. */
#ifndef YR_VERDICT_EXPECT_PARTS_H
#define YR_VERDICT_EXPECT_PARTS_H

#include "verdict/expect.h"

/* A word that begins a line and is followed by words. */
struct yr_expect_head {
	const char *word, *behind; /* what stands behind it, for messages */
	enum yr_expect_kind kind;
	size_t most; /* words behind it */
};

/* Whether an exec may lead there, as far as its form goes. */
bool yr_transition_known(struct yr_str text);

#endif
