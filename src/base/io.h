/* SPDX-License-Identifier: Apache-2.0 */
#ifndef YR_BASE_IO_H
#define YR_BASE_IO_H

#include <stddef.h>

/* All @len bytes, over signals and short writes. A negative errno: some may have been written. */
int yr_write_all(int fd, const void *data, size_t len);

#endif
