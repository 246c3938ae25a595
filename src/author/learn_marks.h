/* SPDX-License-Identifier: Apache-2.0 */
/* From the files of a profile to patterns: what learn_group.c finds for learn_files.c. */
#ifndef YR_AUTHOR_LEARN_MARKS_H
#define YR_AUTHOR_LEARN_MARKS_H

#include "author/learn_parts.h"

/* A pattern with one permission. */
struct yr_mark {
	const char *text; /* without quotes */
	bool quotes;
	int who;
	unsigned bit;
	struct yr_learn_file **files;
	size_t n_files;
	unsigned open;         /* bits of slots */
	struct yr_shape shape; /* of the first, its made-up names without what all begin with */
	bool own;              /* some are open since the number is the process's own */
};

struct yr_marking {
	struct yr_learn *l;
	struct yr_learned_profile *p;
	struct yr_mark *marks;
	size_t n, room;
	uint64_t work;
	bool failed;
};

/* One mark: the slots in @open are what varies. Sets failed when memory is out. */
void yr_learn_mark(struct yr_marking *m, struct yr_learn_file **at, size_t n, unsigned open,
		   int who, unsigned bit, bool own);

/*
 * Files that differ in their values alone: marks for the patterns that they make. @room has room
 * for as many. Sets failed when memory is out.
 */
void yr_learn_group(struct yr_marking *m, struct yr_learn_file **at, size_t n,
		    struct yr_learn_file **room);

/*
 * Marks for files whose names are alike around the last value alone, and that have no rule yet.
 * @room is for as many as the profile has. Their keys are others afterwards.
 */
void yr_learn_pool(struct yr_marking *m, struct yr_learn_file **room);

#endif
