/* SPDX-License-Identifier: Apache-2.0 */
/* A cursor over the tagged byte stream that policy travels in. */
#ifndef YR_IMAGE_STREAM_H
#define YR_IMAGE_STREAM_H

#include "image/form.h"

struct yr_stream {
	const unsigned char *start, *at, *end;
	struct yr_err *err;
};

/*
 * Each takes the next item when it is of the type and has the name asked for, and tells
 * whether it was; otherwise the cursor stays, so that an item may be optional. With
 * @name NULL a name before the item is skipped, as in the kernel.
 */
bool yr_stream_take(struct yr_stream *s, enum yr_item item, const char *name);
bool yr_stream_u8(struct yr_stream *s, const char *name, uint8_t *ret_v);
bool yr_stream_u16(struct yr_stream *s, const char *name, uint16_t *ret_v);
bool yr_stream_u32(struct yr_stream *s, const char *name, uint32_t *ret_v);
bool yr_stream_u64(struct yr_stream *s, const char *name, uint64_t *ret_v);
bool yr_stream_array(struct yr_stream *s, const char *name, uint16_t *ret_n);
/* Without the NUL at the end, which must be there; NUL may also be inside. */
bool yr_stream_string(struct yr_stream *s, const char *name, struct yr_str *ret_text);
bool yr_stream_blob(struct yr_stream *s, const char *name, struct yr_str *ret_bytes);
/* The rest of a struct whose head was taken, whatever is in it, and its end. */
bool yr_stream_skip_struct(struct yr_stream *s);

static inline size_t yr_stream_left(const struct yr_stream *s)
{
	return (size_t)(s->end - s->at);
}

/* Report that @what was wanted here. Returns -EINVAL. */
int yr_stream_want(const struct yr_stream *s, const char *what);

#endif
