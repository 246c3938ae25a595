/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kernels ask: which inputs an automaton can be fed, and which permission bits are looked at
 * where an input ends. Two automata that differ elsewhere alone decide alike.
 *
 * The sources that this follows are named at each class. Where kernels differ, whatever one of
 * them asks is asked.
 */
#ifndef YR_TESTS_QUESTIONS_H
#define YR_TESTS_QUESTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/policy.h"

/* Beside the classes of the policydb. */
enum { QUESTIONS_FILES = -1, QUESTIONS_ATTACHMENT = -2, QUESTIONS_ALL = -3 };

/* A place in a question, small enough to be enumerated; QUESTION_NONE: nobody asks this. */
enum { QUESTION_NONE = -1, QUESTION_START = 0, QUESTION_PLACES = 16 << 8 };

struct questions;

/* Behind the class byte. QUESTIONS_ALL, and classes nobody knows: any input, every bit. */
const struct questions *questions_of(int class);
/* @symbol may be 256, out of band. */
int questions_step(const struct questions *q, int place, unsigned symbol);
/* Bits that are looked at when the input ends here. */
uint32_t questions_asked(const struct questions *q, int place);

#endif
