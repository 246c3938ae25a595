/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which build this is: the linker's hash of the program. The cache asks, because two builds
 * of one version may compile the same text differently.
 */
#include <elf.h>
#include <link.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"

struct text {
	char *at;
	size_t size;
};

#define ALIGN4(n) (((n) + 3) & ~(size_t)3)

/* Notes are { name size, content size, type } and both, each padded to four bytes. */
static bool find_note(const char *at, size_t len, struct text *to)
{
	ElfW(Nhdr) note;

	while (len >= sizeof(note)) {
		const unsigned char *content;
		size_t size;

		memcpy(&note, at, sizeof(note));
		size = sizeof(note) + ALIGN4(note.n_namesz) + ALIGN4(note.n_descsz);
		if (size > len)
			return false;
		content = (const unsigned char *)at + sizeof(note) + ALIGN4(note.n_namesz);
		if (note.n_type == NT_GNU_BUILD_ID && note.n_descsz * 2 < to->size) {
			for (size_t i = 0; i < note.n_descsz; i++)
				snprintf(to->at + 2 * i, 3, "%02x", content[i]);
			return true;
		}
		at += size;
		len -= size;
	}
	return false;
}

/* The first object of the list is the program itself. */
static int look(struct dl_phdr_info *info, size_t size, void *ctx)
{
	(void)size;
	for (size_t i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *h = &info->dlpi_phdr[i];

		if (h->p_type == PT_NOTE &&
		    find_note((const char *)(info->dlpi_addr + h->p_vaddr), h->p_memsz, ctx))
			break;
	}
	return 1;
}

const char *yr_build_id(char *buffer, size_t size)
{
	struct text to = { buffer, size };

	buffer[0] = '\0';
	dl_iterate_phdr(look, &to);
	return buffer;
}
