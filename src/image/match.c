/* SPDX-License-Identifier: Apache-2.0 */
#include "image/form.h"

/* What the kernel has for a profile without a file automaton: nobody may anything but stat. */
static const struct yr_kperms no_file = { .allow = YR_KP_GETATTR };
static const struct yr_kperms nothing;

const struct yr_kperms *yr_image_file(const struct yr_image_profile *p, struct yr_str path,
				      bool is_owner)
{
	const struct yr_image_pdb *f = &p->file;
	uint32_t s;

	if (!f->present)
		return &no_file;
	s = yr_tables_run(f->tables, f->start, path);
	return &f->perms[is_owner ? f->owner[s] : f->other[s]];
}

uint32_t yr_image_class(const struct yr_image_profile *p, enum yr_class class)
{
	const struct yr_image_pdb *d = &p->policydb;

	return d->present ? yr_tables_step(d->tables, d->start, (unsigned char)class) : 0;
}

const struct yr_kperms *yr_image_policydb(const struct yr_image_profile *p, struct yr_str bytes)
{
	const struct yr_image_pdb *d = &p->policydb;

	if (!d->present)
		return &nothing;
	return &d->perms[d->owner[yr_tables_run(d->tables, d->start, bytes)]];
}
