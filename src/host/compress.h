/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Images as kernels with policy/compressed_load take them: one zstd frame that says how long its
 * content is, with or without a header of eight bytes (version 1, level, zeros) that upstream's
 * parser puts before it in files.
 */
#ifndef YR_HOST_COMPRESS_H
#define YR_HOST_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "yoroi/err.h"

/* What upstream's parser takes without -c; and the most that zstd knows. */
#define YR_COMPRESS_LEVEL 3
#define YR_COMPRESS_LEVEL_MAX 22

/*
 * *ret is malloc'ed, and NULL with 0 returned when the result would
 * not be smaller, for the kernel then takes the frame itself for the image. -ENOMEM.
 */
int yr_image_compress(const void *image, size_t len, int level, bool header, void **ret,
		      size_t *ret_len, struct yr_err *err);
/* Does this begin as a compressed image does? */
bool yr_image_is_compressed(const void *data, size_t len);
/*
 * Of all the frames: upstream writes one for each profile of a file, each with its header, where
 * a kernel takes one frame at a time. -EINVAL: damaged, or longer than YR_LIMIT_IMAGE_BYTES;
 * -ENOMEM.
 */
int yr_image_decompress(const void *data, size_t len, void **ret, size_t *ret_len,
			struct yr_err *err);

#endif
