/* SPDX-License-Identifier: Apache-2.0 */
/* What the cache's files share: the form of an entry. */
#ifndef YR_HOST_CACHE_H
#define YR_HOST_CACHE_H

#include <stdint.h>

#include "yoroi/cache.h"

/*
 * An entry:
 *    0  16  magic
 *   16  32  key
 *   48   8  length of the image, little-endian
 *   56  32  SHA-256 of the 56 bytes before it and of the image
 *   88      image
 * Whoever can write the file can make the sum right, too: it is against accidents. Against
 * people there are the owner and the mode of the file and its folders.
 */
#define YR_CACHE_MAGIC "yoroi cache v1\n" /* 16 with its NUL */
#define YR_CACHE_MAGIC_BYTES 16
#define YR_CACHE_KEY_AT 16
#define YR_CACHE_LENGTH_AT 48
#define YR_CACHE_SUM_AT 56
#define YR_CACHE_HEAD_BYTES 88
_Static_assert(sizeof(YR_CACHE_MAGIC) == YR_CACHE_MAGIC_BYTES, "format on disk");

/* Folders are called so, and nothing else is taken for one of ours. */
#define YR_CACHE_FOLDER_DIGITS 16
#define YR_CACHE_FOLDER_END ".0"
/* Names of entries never begin with a dot, see yr_cache_file_name(). */
#define YR_CACHE_TEMP_START ".yoroi-tmp-"

void yr_cache_put64(uint8_t *to, uint64_t v);
uint64_t yr_cache_get64(const uint8_t *from);
char *yr_cache_folder_name(const struct yr_cache_at *at);

#endif
