/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the comparer know of each other. */
#ifndef YR_TESTS_PARTS_H
#define YR_TESTS_PARTS_H

#include "verdict/questions.h"
#include "same.h"

/* What the parts of the comparer share. */
struct comparison {
	const struct same_options *o;
	const char *ns, *name; /* of the profiles at hand */
	size_t n;
	struct yr_err *err;
};

/* Begin a line about a difference; the caller ends it. */
FILE *same_differ(struct comparison *c, const char *where);
void same_differ_number(struct comparison *c, const char *where, uint64_t a, uint64_t b);
void same_differ_text(struct comparison *c, const char *where, const char *a, const char *b);
bool same_text_differs(const char *a, const char *b);

/* Everything but automata. */
void same_compare_head(struct comparison *c, const struct yr_image_profile *a,
		       const struct yr_image_profile *b);
int same_compare_automata(struct comparison *c, const struct yr_image_profile *a,
			  const struct yr_image_profile *b);

/* Permissions of one state for one owner, without what the kernel does not look at. */
struct same_seen {
	struct yr_kperms p;
	const char *target; /* of exec; NULL: none */
};

/* @class may be YR_QUESTIONS_FILES and YR_QUESTIONS_ATTACHMENT; @asked: the bits looked at there. */
struct same_seen same_see(const struct yr_image_pdb *d, uint32_t index, int class, uint32_t asked,
			  bool exact);
bool same_seen_alike(const struct same_seen *a, const struct same_seen *b);
void same_print_seen(FILE *out, int class, const struct same_seen *s);

#endif
