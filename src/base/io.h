/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YR_BASE_IO_H
#define YR_BASE_IO_H

#include <stddef.h>

/* All @len bytes, over signals and short writes. A negative errno: some may have been written. */
int yr_write_all(int fd, const void *data, size_t len);
/*
 * The next @len bytes into @ret, over signals and short reads: one struct from a pipe. -ENODATA:
 * it ended before; or another negative errno. @ret may hold a part then.
 */
int yr_read_whole(int fd, void *ret, size_t len);

#endif
