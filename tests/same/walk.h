/* SPDX-License-Identifier: Apache-2.0 */
/* Two automata side by side, through the inputs of which a kernel asks. */
#ifndef YR_TESTS_WALK_H
#define YR_TESTS_WALK_H

#include "automata/automata.h"
#include "questions.h"

struct walk;

/*
 * Called once for each pair of states and each set of bits that may be asked there, in the order
 * of the length of a shortest input. The walk ends when it returns non-zero.
 */
typedef int walk_visit_fn(void *ctx, const struct walk *w, uint32_t a, uint32_t b, uint32_t asked);

int walk_both(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b, uint32_t start_b,
	      const struct questions *q, walk_visit_fn *visit, void *ctx, struct yr_err *err);
/* In @visit, the input that led here: malloc'ed symbols, 256 for out of band. NULL: no memory. */
uint16_t *walk_input(const struct walk *w, size_t *ret_len);

#endif
