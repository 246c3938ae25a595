/* SPDX-License-Identifier: Apache-2.0 */
/* Two automata side by side, through the inputs of which a kernel asks. */
#ifndef YR_VERDICT_WALK_H
#define YR_VERDICT_WALK_H

#include "automata/automata.h"
#include "verdict/questions.h"

struct yr_walk;

/*
 * Called once for each pair of states and each set of bits that may be asked there, in the order
 * of the length of a shortest input. The walk ends when it returns non-zero;
 * YR_PRODUCT_SKIP goes on, but not beyond this input.
 */
typedef int yr_walk_visit_fn(void *ctx, const struct yr_walk *w, uint32_t a, uint32_t b,
			     uint32_t asked);

/* Inputs that lead @a to state 0 are not followed: what @b says of them is not of interest. */
#define YR_WALK_WITHIN_A 1u
/* Where nothing tells bytes apart, take '/' for them, as paths begin; otherwise a letter. */
#define YR_WALK_SLASH_FIRST 2u

/* @flags: YR_WALK_*. */
int yr_walk_both(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b, uint32_t start_b,
		 const struct yr_questions *q, yr_walk_visit_fn *visit, void *ctx, unsigned flags,
		 struct yr_err *err);
/* In @visit, how far into the question the input is: as yr_questions_step() gives it. */
int yr_walk_place(const struct yr_walk *w);
/* In @visit, the input that led here: malloc'ed symbols, 256 for out of band. NULL: no memory. */
uint16_t *yr_walk_input(const struct yr_walk *w, size_t *ret_len);
/* In @visit, its length, @most when it is longer. */
size_t yr_walk_length(const struct yr_walk *w, size_t most);
/*
 * Inputs are numbered as they are met, from 0, those that nobody asks too. In @visit, the number of
 * this one, and of the one that an input is one symbol longer than; YR_WALK_NOWHERE: it is empty.
 */
#define YR_WALK_NOWHERE UINT32_MAX
uint32_t yr_walk_number(const struct yr_walk *w);
uint32_t yr_walk_before(const struct yr_walk *w, uint32_t number);

#endif
