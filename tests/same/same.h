/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether two binary images decide alike: what a kernel that loaded either could be asked, it
 * would answer the same way, and log the same.
 */
#ifndef YR_TESTS_SAME_H
#define YR_TESTS_SAME_H

#include <stdio.h>

#include "image/image.h"

struct same_options {
	const char *profile; /* only this one ("ns:name" or "name"); NULL: all */
	unsigned max;        /* differences shown per automaton, 0: all */
	/*
	 * Compare also bits that the kernel never looks at (see normal() in same.c for which and
	 * why).
	 */
	bool exact;
	FILE *out; /* where differences are told */
};

/* The number of differences told in *ret_n; 0 or a negative errno. */
int same_compare(const struct yr_image *a, const struct yr_image *b, const struct same_options *o,
		 size_t *ret_n, struct yr_err *err);

/* What is in an image, as text. */
void same_dump(const struct yr_image *i, FILE *out);

/* Names, for both: "signal" for 10, or "class 5"; @buf is used for the latter. */
const char *same_class(unsigned class, char buf[16]);
/* "read,getattr,open"; class -1: files. "nothing" for 0. */
void same_print_bits(FILE *out, int class, uint32_t bits);
void same_print_bytes(FILE *out, const uint16_t *symbols, size_t n);
const char *same_mode(const struct yr_image_profile *p);
void same_print_caps(FILE *out, uint64_t caps);

#endif
