/* SPDX-License-Identifier: Apache-2.0 */
#include "host/compress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/limits.h"

enum { HEADER_BYTES = 8, HEADER_VERSION = 1 };

int yr_image_compress(const void *image, size_t len, int level, bool header, void **ret,
		      size_t *ret_len, struct yr_err *err)
{
	size_t front = header ? HEADER_BYTES : 0, room = ZSTD_compressBound(len), n;
	AUTO_FREE unsigned char *out = calloc(1, front + room);

	*ret = NULL;
	if (!out)
		return yr_err_set(err, ENOMEM, "out of memory");
	n = ZSTD_compress(out + front, room, image, len, level);
	/* Into that much room it can only fail for want of memory. */
	if (ZSTD_isError(n))
		return yr_err_set(err, ENOMEM, "compress the image: %s", ZSTD_getErrorName(n));
	if (n >= len)
		return 0;
	if (header) {
		out[0] = HEADER_VERSION;
		out[1] = (unsigned char)level;
	}
	*ret_len = front + n;
	*ret = out;
	out = NULL;
	return 0;
}

/* Where the frame begins; -1: there is none. */
static int frame_at(const void *data, size_t len)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	const unsigned char *p = data;

	if (len >= sizeof(magic) && !memcmp(p, magic, sizeof(magic)))
		return 0;
	if (len >= HEADER_BYTES + sizeof(magic) && p[0] == HEADER_VERSION &&
	    !memcmp(p + HEADER_BYTES, magic, sizeof(magic)))
		return HEADER_BYTES;
	return -1;
}

bool yr_image_is_compressed(const void *data, size_t len)
{
	return frame_at(data, len) >= 0;
}

/* The frame at *data, behind what is in @out already; *data and *len go behind it. */
static int append_frame(const char **data, size_t *len, struct yr_buf *out, struct yr_err *err)
{
	int at = frame_at(*data, *len);
	const char *frame = *data + (at > 0 ? at : 0);
	size_t left = *len - (at > 0 ? (size_t)at : 0), bytes, n;
	unsigned long long size =
		at < 0 ? ZSTD_CONTENTSIZE_ERROR : ZSTD_getFrameContentSize(frame, left);
	void *to;

	/* The kernel wants to know beforehand, too. */
	if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
		return yr_err_set(
			err, EINVAL,
			"not a compressed image: it does not say how long its content is");
	if (!size)
		return yr_err_set(err, EINVAL, "a compressed image with nothing in it");
	if (size > YR_LIMIT_IMAGE_BYTES - out->len)
		return yr_err_set(err, EINVAL,
				  "a compressed image of more than YR_LIMIT_IMAGE_BYTES (%u)",
				  YR_LIMIT_IMAGE_BYTES);
	bytes = ZSTD_findFrameCompressedSize(frame, left);
	/* So that a few bytes cannot ask for all the memory: zstd makes 128 KiB of four at best. */
	if (ZSTD_isError(bytes) || size / 65536 > bytes)
		return yr_err_set(err, EINVAL, "the compressed image is damaged or cut");
	to = yr_buf_add(out, size);
	if (!to)
		return yr_err_set(err, ENOMEM, "out of memory");
	n = ZSTD_decompress(to, size, frame, bytes);
	if (ZSTD_isError(n) || n != size)
		return yr_err_set(err, EINVAL, "the compressed image is damaged");
	*data = frame + bytes;
	*len = left - bytes;
	return 0;
}

int yr_image_decompress(const void *data, size_t len, void **ret, size_t *ret_len,
			struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { .limit = YR_LIMIT_IMAGE_BYTES };
	const char *at = data;

	do {
		int r = append_frame(&at, &len, &out, err);

		if (r < 0)
			return r;
	} while (len);
	*ret = yr_buf_steal(&out, ret_len);
	return 0;
}
