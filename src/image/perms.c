/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How the kernel reads packed permissions: its security/apparmor/policy_compat.c, which
 * since 6.2 makes a table of them when policy is loaded; 6.1 computes the same at each lookup.
 */
#include <errno.h>

#include "image/form.h"

/* What the two words of a state say for one owner of the file. */
struct half {
	uint32_t allow, audit, quiet, exec;
};

static struct half owner_half(uint32_t accept, uint32_t accept2)
{
	return (struct half){ accept & 0x7f, accept2 & 0x7f, accept2 >> 7 & 0x7f, accept & 0x3fff };
}

static struct half other_half(uint32_t accept, uint32_t accept2)
{
	return (struct half){ accept >> 14 & 0x7f, accept2 >> 14 & 0x7f, accept2 >> 21 & 0x7f,
			      accept >> 14 & 0x3fff };
}

uint32_t yr_kperms_map_file(uint32_t old)
{
	uint32_t p = old & (YR_KP_EXEC | YR_KP_WRITE | YR_KP_READ | YR_KP_APPEND);

	if (old & YR_MAY_READ)
		p |= YR_KP_GETATTR | YR_KP_OPEN;
	if (old & YR_MAY_WRITE)
		p |= YR_KP_SETATTR | YR_KP_CREATE | YR_KP_DELETE | YR_KP_CHMOD | YR_KP_CHOWN |
		     YR_KP_OPEN;
	if (old & YR_MAY_LINK)
		p |= YR_KP_LINK;
	if (old & YR_MAY_LOCK)
		p |= YR_KP_LOCK;
	if (old & YR_MAY_MMAP)
		p |= YR_KP_MMAP;
	return p;
}

static uint32_t map_exec(uint32_t bits)
{
	uint32_t modifier = (bits & YR_XEC_MODIFIER) >> YR_XEC_SHIFT;
	uint32_t x = 0;

	if (bits & YR_XEC_UNSAFE)
		x |= YR_XI_UNSAFE;
	if (bits & YR_XEC_INHERIT)
		x |= YR_XI_INHERIT;
	if (bits & YR_XEC_PUX)
		x |= YR_XI_UNCONFINED;

	if (modifier == YR_XEC_UNCONFINED)
		x |= YR_XI_UNCONFINED;
	else if (modifier == YR_XEC_PROFILE)
		x |= YR_XI_NAME;
	else if (modifier == YR_XEC_CHILD)
		x |= YR_XI_NAME | YR_XI_CHILD;
	else if (modifier >= YR_XEC_TARGET)
		x |= YR_XI_TABLE | (modifier - YR_XEC_TARGET);
	return x;
}

static struct yr_kperms file_perms(uint32_t accept, struct half h)
{
	struct yr_kperms p = {
		/* Everybody may stat what he can name; state 0 included. */
		.allow = yr_kperms_map_file(h.allow) | YR_KP_GETATTR,
		.audit = yr_kperms_map_file(h.audit),
		.quiet = yr_kperms_map_file(h.quiet),
		.xindex = map_exec(h.exec),
	};

	/* These two never asked who owns the file. */
	if (accept & 0x80000000u)
		p.allow |= YR_KP_CHANGE_PROFILE;
	if (accept & 0x40000000u)
		p.allow |= YR_KP_ONEXEC;
	return p;
}

void yr_kperms_file(uint32_t accept, uint32_t accept2, struct yr_kperms *ret_owner,
		    struct yr_kperms *ret_other)
{
	*ret_owner = file_perms(accept, owner_half(accept, accept2));
	*ret_other = file_perms(accept, other_half(accept, accept2));
}

uint32_t yr_kperms_unfold(uint32_t x)
{
	return (x & 0x3) << 8 |   /* setattr, getattr */
	       (x & 0x1c) << 18 | /* accept, bind, listen */
	       (x & 0x60) << 19;  /* setopt, getopt */
}

uint32_t yr_kperms_fold(uint32_t perms)
{
	return (perms >> 8 & 0x3) | (perms >> 18 & 0x1c) | (perms >> 19 & 0x60);
}

static struct yr_kperms policydb_perms(uint32_t accept, uint32_t accept2, uint32_t version)
{
	struct half low = owner_half(accept, accept2), high = other_half(accept, accept2);
	struct yr_kperms p = {
		.allow = low.allow | (accept & YR_FOLD_TOP) | yr_kperms_unfold(high.allow),
		.audit = low.audit | yr_kperms_unfold(high.audit),
		.quiet = low.quiet | yr_kperms_unfold(high.quiet),
	};
	uint32_t x = accept >> 7 & 0x7f, xq = accept >> 21 & 0x7f;

	if ((version & YR_VERSION_ABI) <= 8) {
		p.allow |= YR_KP_LOCK;
	} else {
		/* The exec bits of files got a meaning of their own; both come from ACCEPT. */
		p.allow |= (x & 0x1) << 7 | (x & 0x7e) << 9;
		p.quiet |= (xq & 0x1) << 7 | (xq & 0x7e) << 9;
	}
	return p;
}

struct keyed {
	uint64_t key;
	uint32_t state;
};

/* Sorting, not hashing: hostile words cannot make it slow. */
static int by_key(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return (x->state > y->state) - (x->state < y->state);
}

static void fill(struct yr_image_pdb *pdb, enum yr_pdb_kind kind, uint32_t version,
		 const struct keyed *k, struct yr_kperms *first)
{
	uint32_t accept = (uint32_t)k->key, accept2 = (uint32_t)(k->key >> 32);

	if (kind == YR_PDB_FILE) {
		yr_kperms_file(accept, accept2, &first[0], &first[1]);
		pdb->n_perms += 2;
	} else {
		if (kind == YR_PDB_POLICYDB)
			*first = policydb_perms(accept, accept2, version);
		else
			first->allow = accept & (YR_FOLD_LOW | YR_FOLD_TOP);
		pdb->n_perms++;
	}
}

int yr_kperms_expand(struct yr_image_pdb *pdb, enum yr_pdb_kind kind, uint32_t version,
		     const uint32_t *accept2, struct yr_arena *arena)
{
	uint32_t states = pdb->tables->states, distinct = 0;
	AUTO_FREE struct keyed *k = calloc(states, sizeof(*k));

	pdb->owner = yr_arena_array(arena, states, sizeof(*pdb->owner));
	pdb->other = kind == YR_PDB_FILE ? yr_arena_array(arena, states, sizeof(*pdb->other))
					 : pdb->owner;
	if (!k || !pdb->owner || !pdb->other)
		return -ENOMEM;
	for (uint32_t s = 0; s < states; s++)
		k[s] = (struct keyed){ (uint64_t)accept2[s] << 32 | pdb->tables->accept[s], s };
	qsort(k, states, sizeof(*k), by_key);
	for (uint32_t i = 0; i < states; i++)
		distinct += !i || k[i].key != k[i - 1].key;

	/* Entry 0 is that of state 0, which but for files has nothing whatever its words say. */
	pdb->perms = yr_arena_array(arena, 1 + 2 * (size_t)distinct, sizeof(*pdb->perms));
	if (!pdb->perms)
		return -ENOMEM;
	pdb->n_perms = 1;
	for (uint32_t i = 0, entry = 0; i < states; i++) {
		if (!i || k[i].key != k[i - 1].key) {
			entry = pdb->n_perms;
			fill(pdb, kind, version, &k[i], &pdb->perms[entry]);
		}
		if (!k[i].state && kind != YR_PDB_FILE)
			continue;
		pdb->owner[k[i].state] = entry;
		if (kind == YR_PDB_FILE)
			pdb->other[k[i].state] = entry + 1;
	}
	return 0;
}

bool yr_kperms_sound(const struct yr_kperms *p)
{
	return !(p->allow & p->deny) && !(p->subtree & ~p->allow) &&
	       !(p->cond & (p->allow | p->deny)) && !(p->kill & p->allow) &&
	       !(p->complain & (p->allow | p->deny)) && !(p->prompt & (p->allow | p->deny)) &&
	       !(p->complain & p->prompt) && !(p->hide & p->allow);
}
