/* SPDX-License-Identifier: Apache-2.0 */
/* Between comparing and showing. */
#ifndef YR_CMD_DIFF_H
#define YR_CMD_DIFF_H

#include "cmd/subject.h"
#include "verdict/diff.h"

/* Where profiles come from. Start from { 0 }. */
struct yr_diff_source {
	struct yr_opened opened;
	const char *only; /* this one and its children; NULL: all. Borrowed. */
};

/* One profile, on both sides or on one. */
struct yr_diff_pair {
	const char *name[2]; /* old, new; NULL: it is not there */
	struct yr_subject subject[2];
	struct yr_diff diff;
};

/* Start from { 0 }. */
struct yr_diff_pairs {
	struct yr_diff_pair *at;
	size_t n;
};

/*
 * All profiles of both sides, by name; with @name that one alone; one on each side even if they
 * are called differently. Borrows from what was opened. Returns an exit status, everything said.
 */
int yr_diff_pair_up(const struct yr_diff_source *old_ones, size_t n_old,
		    const struct yr_diff_source *new_one, const char *name,
		    struct yr_diff_pairs *ret);
/* Whether @name is @top or one of its children. */
bool yr_diff_is_below(const char *name, const char *top);
void yr_diff_pairs_done(struct yr_diff_pairs *p);

/* How many differences there are, those alone that let do more with @widening. */
size_t yr_diff_count(const struct yr_diff_pair *p, bool widening);

/* On standard output; @kernel: of --for, NULL without. false: memory is out. */
bool yr_diff_print(const struct yr_diff_pair *p, const char *kernel, bool widening);
/* The same as an object for --json; NULL: memory is out. */
struct json_t *yr_diff_json(const struct yr_diff_pair *p, const char *kernel, bool widening);

#endif
