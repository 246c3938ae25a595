/* SPDX-License-Identifier: Apache-2.0 */
/* Locals that clean themselves up. */
#ifndef YR_BASE_CLEANUP_H
#define YR_BASE_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define YR_CLEANUP(fn) __attribute__((cleanup(fn)))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static inline void yr_cleanup_free(void *p)
{
	free(*(void **)p);
}

static inline void yr_cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static inline void yr_cleanup_fclose(FILE **f)
{
	if (*f)
		fclose(*f);
}

static inline void yr_cleanup_closedir(DIR **d)
{
	if (*d)
		closedir(*d);
}

#define AUTO_FREE YR_CLEANUP(yr_cleanup_free)
#define AUTO_CLOSE YR_CLEANUP(yr_cleanup_close)
#define AUTO_FCLOSE YR_CLEANUP(yr_cleanup_fclose)
#define AUTO_CLOSEDIR YR_CLEANUP(yr_cleanup_closedir)

static inline void *yr_take_ptr_(void *p)
{
	void *v = *(void **)p;

	*(void **)p = NULL;
	return v;
}

/* Hand over what an AUTO_FREE local holds. */
#define yr_take_ptr(pp) ((__typeof__(*(pp)))yr_take_ptr_(pp))

static inline int yr_take_fd(int *fd)
{
	int v = *fd;

	*fd = -1;
	return v;
}

#endif
