/* SPDX-License-Identifier: Apache-2.0 */
/* A heap for a process that compiles and ends: most of what one costs the kernel are pages. */
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "cmd/cmd.h"

/* A profile that says little more than its name needs about as much. */
#define FIRST (160 * 1024)
/* The heap grows by so much at a time: nothing is touched before it is used. */
#define STEP (1024 * 1024)
/* What is freed is soon needed again, so up to here it is not given back in between. */
#define SLACK (32 * 1024 * 1024)
/* Smaller blocks come from the heap, where those freed before have their pages already. */
#define OWN_MAPPING (4 * 1024 * 1024)

/* Have the kernel find all pages of @p at once, which costs two thirds of one after the other. */
static void populate(char *p, size_t size)
{
#ifdef MADV_POPULATE_WRITE /* since Linux 5.14; without it they come one by one, as ever */
	uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uintptr_t start = ((uintptr_t)p + page - 1) & ~(page - 1);
	uintptr_t end = ((uintptr_t)p + size) & ~(page - 1);

	madvise((void *)start, end - start, MADV_POPULATE_WRITE);
#endif
}

void yr_heap_prepare(void)
{
	char *first;

	mallopt(M_TOP_PAD, STEP);
	mallopt(M_TRIM_THRESHOLD, SLACK);
	mallopt(M_MMAP_THRESHOLD, OWN_MAPPING);
	first = malloc(FIRST);
	if (first)
		populate(first, FIRST);
	free(first);
}
