/* SPDX-License-Identifier: Apache-2.0 */
/* What an entry is called and what it must have been made of. */
#include <ctype.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "host/cache.h"

struct yr_cache_hash {
	struct sha256_ctx sha;
};

struct yr_cache_hash *yr_cache_hash_new(const char *version)
{
	struct yr_cache_hash *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	sha256_init(&h->sha);
	yr_cache_hash_add(h, "yoroi", version, strlen(version));
	return h;
}

/* LABEL NUL LENGTH(64 bit, little-endian) DATA: no two series of these have the same bytes. */
void yr_cache_hash_add(struct yr_cache_hash *h, const char *label, const void *data, size_t len)
{
	uint8_t length[8];

	yr_cache_put64(length, len);
	sha256_update(&h->sha, strlen(label) + 1, (const uint8_t *)label);
	sha256_update(&h->sha, sizeof(length), length);
	if (len)
		sha256_update(&h->sha, len, data);
}

struct yr_cache_key yr_cache_hash_finish(struct yr_cache_hash *h)
{
	struct yr_cache_key key;

	sha256_digest(&h->sha, sizeof(key.sum), key.sum);
	free(h);
	return key;
}

struct yr_cache_hash *yr_cache_hash_free(struct yr_cache_hash *h)
{
	free(h);
	return NULL;
}

void yr_cache_put64(uint8_t *to, uint64_t v)
{
	for (int i = 0; i < 8; i++)
		to[i] = (uint8_t)(v >> (8 * i));
}

uint64_t yr_cache_get64(const uint8_t *from)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | from[i];
	return v;
}

static void put_hash(struct yr_buf *b, const void *data, size_t len, size_t bytes)
{
	uint8_t sum[SHA256_DIGEST_SIZE];
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, len, data);
	sha256_digest(&sha, sizeof(sum), sum);
	for (size_t i = 0; i < bytes; i++)
		yr_buf_printf(b, "%02x", sum[i]);
}

char *yr_cache_folder_name(const struct yr_cache_at *at)
{
	AUTO_BUF struct yr_buf b = { 0 };

	put_hash(&b, at->features_text, at->features_len, YR_CACHE_FOLDER_DIGITS / 2);
	yr_buf_puts(&b, YR_CACHE_FOLDER_END);
	return b.failed ? NULL : yr_buf_steal(&b, NULL);
}

/* Bytes of a name before it is cut: a file name has 255, a temporary one needs some of them. */
#define NAME_BYTES 200

char *yr_cache_file_name(const char *profile_path)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *from = profile_path + (profile_path[0] == '/');

	yr_buf_puts(&b, "");
	for (const unsigned char *c = (const unsigned char *)from; *c; c++) {
		if (*c == '/')
			yr_buf_putc(&b, ':');
		else if (*c == ':' || *c == '%' || iscntrl(*c) || (*c == '.' && !b.len))
			yr_buf_printf(&b, "%%%02X", *c);
		else
			yr_buf_putc(&b, (char)*c);
	}
	/* "%h" is no escape, and "%n" neither: no path is called so. */
	if (!b.len)
		yr_buf_puts(&b, "%n");
	if (!b.failed && b.len > NAME_BYTES) {
		b.len = NAME_BYTES - 34;
		yr_buf_puts(&b, "%h");
		put_hash(&b, profile_path, strlen(profile_path), 16);
	}
	return b.failed ? NULL : yr_buf_steal(&b, NULL);
}

char *yr_cache_entry_path(const struct yr_cache_at *at)
{
	AUTO_FREE char *folder = yr_cache_folder_name(at);
	AUTO_FREE char *file = yr_cache_file_name(at->profile_path);
	AUTO_BUF struct yr_buf b = { 0 };

	if (!folder || !file)
		return NULL;
	yr_buf_printf(&b, "%s/%s/%s", at->dir, folder, file);
	return b.failed ? NULL : yr_buf_steal(&b, NULL);
}
