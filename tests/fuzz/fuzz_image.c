/* SPDX-License-Identifier: Apache-2.0 */
/* Anything at all may call itself a binary image: read it, and ask what was read. */
#include <stdint.h>

#include "host/compress.h"
#include "image/image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void ask_pdb(const struct yr_image_pdb *d, struct yr_str path)
{
	uint32_t s, sum = 0;

	if (!d->present)
		return;
	for (s = d->start; path.len && s; path.at++, path.len--) {
		const struct yr_kperms *u = &d->perms[d->owner[s]], *o = &d->perms[d->other[s]];

		sum += u->allow + o->allow;
		if ((u->xindex & (YR_XI_TABLE | YR_XI_NAME)) == YR_XI_TABLE)
			sum += (uint32_t)d->targets[u->xindex & YR_XI_INDEX][0];
		s = yr_tables_step(d->tables, s, (unsigned char)*path.at);
	}
	s = yr_tables_step_oob(d->tables, s);
	if (s + sum == UINT32_MAX) /* so that nothing above is optimised away */
		__builtin_trap();
}

static int read_and_ask(const uint8_t *data, size_t size)
{
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };

	if (yr_image_read(data, size, &image, &err) < 0) {
		/* A refusal says where. */
		if (!err.code || !strstr(err.msg, "offset "))
			__builtin_trap();
		return 0;
	}
	for (size_t i = 0; i < image->n; i++) {
		const struct yr_image_profile *p = &image->profiles[i];

		(void)yr_image_file(p, YR_STR("/etc/passwd"), i & 1);
		for (unsigned c = 0; c < 256; c++)
			(void)yr_image_class(p, (enum yr_class)c);
		(void)yr_image_policydb(p, YR_STR("\x0e\x00\x02\x00\x01"));
		ask_pdb(&p->xmatch, YR_STR("/bin/sh"));
		ask_pdb(&p->policydb, YR_STR("\x0a\x09peer"));
		ask_pdb(&p->file, YR_STR("/home/user/.ssh/id"));
	}
	yr_image_free(image);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yr_err err = { 0 };
	void *content = NULL;
	size_t n;

	if (!yr_image_is_compressed(data, size))
		return read_and_ask(data, size);
	if (!yr_image_decompress(data, size, &content, &n, &err))
		read_and_ask(content, n);
	else if (!err.code)
		__builtin_trap();
	free(content);
	return 0;
}
