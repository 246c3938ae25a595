/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kernels ask: which inputs an automaton can be fed, and which permission bits are looked at
 * where an input ends. Two automata that differ elsewhere alone decide alike.
 *
 * The sources that this follows are named at each class. Where kernels differ, whatever one of
 * them asks is asked.
 */
#ifndef YR_VERDICT_QUESTIONS_H
#define YR_VERDICT_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* Beside the classes of the policydb. */
enum {
	YR_QUESTIONS_FILES = -1,
	YR_QUESTIONS_ATTACHMENT = -2,
	YR_QUESTIONS_ALL = -3,
};

/* A place in a question, small enough to be enumerated; YR_QUESTION_NONE: nobody asks this. */
enum { YR_QUESTION_NONE = -1, YR_QUESTION_START = 0, YR_QUESTION_PLACES = 16 << 8 };

struct yr_questions;

/* Behind the class byte. YR_QUESTIONS_ALL, and classes nobody knows: any input, every bit. */
const struct yr_questions *yr_questions_of(int class);
/*
 * Without what a kernel could be asked for in theory alone, and nobody can write as an access:
 * names with empty parts, mount points that are no paths, and what the bus's daemon never asks.
 */
const struct yr_questions *yr_questions_strictly(int class);
/* @symbol may be 256, out of band. */
int yr_questions_step(const struct yr_questions *q, int place, unsigned symbol);
/* The number of the field that a place is in: of files, 1 is what stands behind the NUL of a pair. */
static inline int yr_questions_field(int place)
{
	return place >> 8;
}
/* Bits, as the permission table numbers them, that are looked at when the input ends here. */
uint32_t yr_questions_asked(const struct yr_questions *q, int place);

#endif
