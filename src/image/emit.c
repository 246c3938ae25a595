/* SPDX-License-Identifier: Apache-2.0 */
#include "image/emit.h"

#include <errno.h>

void yr_emit_little(struct yr_writer *w, uint64_t v, unsigned bytes)
{
	unsigned char *p = yr_buf_add(w->out, bytes);

	for (; p && bytes; bytes--, v >>= 8)
		*p++ = (unsigned char)v;
}

void yr_emit_item(struct yr_writer *w, enum yr_item code)
{
	yr_buf_putc(w->out, (char)code);
}

void yr_emit_name(struct yr_writer *w, const char *z)
{
	yr_emit_item(w, YR_ITEM_NAME);
	yr_emit_little(w, strlen(z) + 1, 2);
	yr_buf_put(w->out, z, strlen(z) + 1);
}

void yr_emit_u32s(struct yr_writer *w, const uint32_t *words, size_t n)
{
	enum { SIZE = 5 };
	unsigned char *p = yr_buf_add(w->out, n * SIZE);

	for (size_t i = 0; p && i < n; i++, p += SIZE) {
		p[0] = YR_ITEM_U32;
		for (int k = 0; k < 4; k++)
			p[1 + k] = (unsigned char)(words[i] >> 8 * k);
	}
}

void yr_emit_u32(struct yr_writer *w, uint32_t v)
{
	yr_emit_u32s(w, &v, 1);
}

void yr_emit_named_u32(struct yr_writer *w, const char *z, uint32_t v)
{
	yr_emit_name(w, z);
	yr_emit_u32(w, v);
}

void yr_emit_struct(struct yr_writer *w, const char *z)
{
	yr_emit_name(w, z);
	yr_emit_item(w, YR_ITEM_STRUCT);
}

int yr_emit_array(struct yr_writer *w, size_t n, const char *what)
{
	if (n > UINT16_MAX)
		return yr_err_set(w->err, E2BIG, "%zu %s: the kernel takes %u", n, what,
				  UINT16_MAX);
	yr_emit_item(w, YR_ITEM_ARRAY);
	yr_emit_little(w, n, 2);
	return 0;
}

int yr_emit_string(struct yr_writer *w, const char *z, size_t len)
{
	if (len >= UINT16_MAX)
		return yr_err_set(w->err, E2BIG, "'%.60s...' has %zu bytes: the kernel takes %u", z,
				  len, UINT16_MAX - 1);
	yr_emit_item(w, YR_ITEM_STRING);
	yr_emit_little(w, len + 1, 2);
	yr_buf_put(w->out, z, len);
	yr_buf_putc(w->out, '\0');
	return 0;
}

int yr_emit_named_string(struct yr_writer *w, const char *n, const char *z)
{
	yr_emit_name(w, n);
	return yr_emit_string(w, z, strlen(z));
}
