/* SPDX-License-Identifier: Apache-2.0 */
#include "image/stream.h"

#include <ctype.h>
#include <errno.h>

/* Structs inside structs that yr_stream_skip_struct() follows; the kernel's forms nest 2 deep. */
#define SKIP_DEPTH 8

static const char *const item_word[] = {
	[YR_ITEM_U8] = "a byte",
	[YR_ITEM_U16] = "a 16-bit number",
	[YR_ITEM_U32] = "a 32-bit number",
	[YR_ITEM_U64] = "a 64-bit number",
	[YR_ITEM_NAME] = "a name",
	[YR_ITEM_STRING] = "a string",
	[YR_ITEM_BLOB] = "a blob",
	[YR_ITEM_STRUCT] = "a struct",
	[YR_ITEM_STRUCTEND] = "the end of a struct",
	[YR_ITEM_LIST] = "a list",
	[YR_ITEM_LISTEND] = "the end of a list",
	[YR_ITEM_ARRAY] = "an array",
	[YR_ITEM_ARRAYEND] = "the end of an array",
};

/* Of the items that have one. */
static const unsigned char width[] = {
	[YR_ITEM_U8] = 1,  [YR_ITEM_U16] = 2,   [YR_ITEM_U32] = 4,
	[YR_ITEM_U64] = 8, [YR_ITEM_ARRAY] = 2, [YR_ITEM_ARRAYEND] = 0
};

static uint64_t little(const unsigned char *p, unsigned bytes)
{
	uint64_t v = 0;

	while (bytes--)
		v = v << 8 | p[bytes];
	return v;
}

/* A length of @bytes bytes and as many bytes as it says. */
static bool chunk(struct yr_stream *s, unsigned bytes, struct yr_str *ret)
{
	uint64_t len;

	if (yr_stream_left(s) < bytes)
		return false;
	len = little(s->at, bytes);
	if (yr_stream_left(s) - bytes < len)
		return false;
	*ret = (struct yr_str){ (const char *)s->at + bytes, len };
	s->at += bytes + len;
	return true;
}

static bool code(struct yr_stream *s, enum yr_item item)
{
	if (s->at == s->end || *s->at != item)
		return false;
	s->at++;
	return true;
}

bool yr_stream_take(struct yr_stream *s, enum yr_item item, const char *name)
{
	const unsigned char *back = s->at;
	struct yr_str tag = { 0 };

	if (code(s, YR_ITEM_NAME)) {
		if (!chunk(s, 2, &tag))
			goto no;
		/* The NUL counts: a tag without one is no name. */
		if (name && (tag.len != strlen(name) + 1 || memcmp(tag.at, name, tag.len)))
			goto no;
	} else if (name) {
		goto no;
	}
	if (code(s, item))
		return true;
no:
	s->at = back;
	return false;
}

static bool number(struct yr_stream *s, enum yr_item item, const char *name, unsigned bytes,
		   uint64_t *ret_v)
{
	const unsigned char *back = s->at;

	if (!yr_stream_take(s, item, name))
		return false;
	if (yr_stream_left(s) < bytes) {
		s->at = back;
		return false;
	}
	*ret_v = little(s->at, bytes);
	s->at += bytes;
	return true;
}

bool yr_stream_u8(struct yr_stream *s, const char *name, uint8_t *ret_v)
{
	uint64_t v;

	if (!number(s, YR_ITEM_U8, name, 1, &v))
		return false;
	*ret_v = (uint8_t)v;
	return true;
}

bool yr_stream_u16(struct yr_stream *s, const char *name, uint16_t *ret_v)
{
	uint64_t v;

	if (!number(s, YR_ITEM_U16, name, 2, &v))
		return false;
	*ret_v = (uint16_t)v;
	return true;
}

bool yr_stream_u32(struct yr_stream *s, const char *name, uint32_t *ret_v)
{
	uint64_t v;

	if (!number(s, YR_ITEM_U32, name, 4, &v))
		return false;
	*ret_v = (uint32_t)v;
	return true;
}

bool yr_stream_u64(struct yr_stream *s, const char *name, uint64_t *ret_v)
{
	return number(s, YR_ITEM_U64, name, 8, ret_v);
}

bool yr_stream_array(struct yr_stream *s, const char *name, uint16_t *ret_n)
{
	uint64_t v;

	if (!number(s, YR_ITEM_ARRAY, name, 2, &v))
		return false;
	*ret_n = (uint16_t)v;
	return true;
}

bool yr_stream_string(struct yr_stream *s, const char *name, struct yr_str *ret_text)
{
	const unsigned char *back = s->at;
	struct yr_str t = { 0 };

	if (yr_stream_take(s, YR_ITEM_STRING, name) && chunk(s, 2, &t) && t.len &&
	    !t.at[t.len - 1]) {
		*ret_text = (struct yr_str){ t.at, t.len - 1 };
		return true;
	}
	s->at = back;
	return false;
}

bool yr_stream_blob(struct yr_stream *s, const char *name, struct yr_str *ret_bytes)
{
	const unsigned char *back = s->at;

	if (yr_stream_take(s, YR_ITEM_BLOB, name) && chunk(s, 4, ret_bytes))
		return true;
	s->at = back;
	return false;
}

bool yr_stream_skip_struct(struct yr_stream *s)
{
	unsigned depth = 1;
	struct yr_str t;

	while (depth && s->at < s->end) {
		enum yr_item item = *s->at++;

		switch (item) {
		case YR_ITEM_STRUCT:
			if (++depth > SKIP_DEPTH)
				return false;
			break;
		case YR_ITEM_STRUCTEND:
			depth--;
			break;
		case YR_ITEM_NAME:
		case YR_ITEM_STRING:
			if (!chunk(s, 2, &t))
				return false;
			break;
		case YR_ITEM_BLOB:
			if (!chunk(s, 4, &t))
				return false;
			break;
		default:
			if (item >= ARRAY_LEN(width) || yr_stream_left(s) < width[item])
				return false;
			s->at += width[item];
		}
	}
	return !depth;
}

/* Whether the bytes end inside of the item at hand, with its name before it. */
static bool is_cut(struct yr_stream s)
{
	struct yr_str t;

	if (code(&s, YR_ITEM_NAME) && !chunk(&s, 2, &t))
		return true;
	if (s.at == s.end)
		return true;
	switch (*s.at++) {
	case YR_ITEM_STRING:
		return !chunk(&s, 2, &t);
	case YR_ITEM_BLOB:
		return !chunk(&s, 4, &t);
	default:
		return s.at[-1] < ARRAY_LEN(width) && yr_stream_left(&s) < width[s.at[-1]];
	}
}

int yr_stream_want(const struct yr_stream *s, const char *what)
{
	size_t at = (size_t)(s->at - s->start);
	struct yr_stream look = *s;
	struct yr_str tag;
	char shown[24];
	size_t n = 0;

	if (s->at == s->end)
		return yr_err_set(s->err, EINVAL, "offset %zu: the image ends too early: wanted %s",
				  at, what);
	if (*s->at >= ARRAY_LEN(item_word))
		return yr_err_set(s->err, EINVAL, "offset %zu: wanted %s, found type %u", at, what,
				  *s->at);
	if (code(&look, YR_ITEM_NAME) && chunk(&look, 2, &tag)) {
		for (; n < tag.len && n < sizeof(shown) - 1 && tag.at[n]; n++)
			shown[n] = isgraph((unsigned char)tag.at[n]) ? tag.at[n] : '?';
		shown[n] = '\0';
		if (is_cut(*s))
			return yr_err_set(s->err, EINVAL,
					  "offset %zu: the image ends too early, inside of '%s'",
					  at, shown);
		return yr_err_set(s->err, EINVAL, "offset %zu: wanted %s, found '%s'", at, what,
				  shown);
	}
	if (is_cut(*s))
		return yr_err_set(s->err, EINVAL,
				  "offset %zu: the image ends too early, inside of %s", at,
				  item_word[*s->at]);
	return yr_err_set(s->err, EINVAL, "offset %zu: wanted %s, found %s", at, what,
			  item_word[*s->at]);
}
