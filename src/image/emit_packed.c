/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions in two words a state, as every kernel reads them: binary-policy.md, 6.1 and 6.2. */
#include <errno.h>

#include "image/emit.h"

typedef int pack_fn(struct yr_writer *w, const struct yr_state_perms *p, struct yr_packed *ret);

static uint32_t file_half(const struct yr_perms *p)
{
	return (p->allow & ~p->deny & 0x7f) | (p->exec & 0x3f80);
}

struct yr_packed yr_pack_file(const struct yr_state_perms *p)
{
	const struct yr_perms *u = &p->owner, *o = &p->other;

	return (struct yr_packed){
		.accept = file_half(u) | file_half(o) << 14 |
			  (((u->allow & ~u->deny) | (o->allow & ~o->deny)) &
			   (uint32_t)(YR_MAY_ONEXEC | YR_MAY_CHANGE_PROFILE)),
		.accept2 = (u->audit & 0x7f) | (u->quiet & 0x7f) << 7 | (o->audit & 0x7f) << 14 |
			   (o->quiet & 0x7f) << 21,
	};
}

/* Prompts have no place here: the kernel denies what is not allowed, and policy has warned. */
static int pack_file(struct yr_writer *w, const struct yr_state_perms *p, struct yr_packed *ret)
{
	(void)w;
	*ret = yr_pack_file(p);
	return 0;
}

static int pack_policydb(struct yr_writer *w, const struct yr_state_perms *p, struct yr_packed *ret)
{
	const struct yr_perms *o = &p->other;
	uint32_t allow = o->allow & ~o->deny;
	/* The kernel gives lock to every state by itself, and does without "continue" here. */
	uint32_t lost = allow & ~(YR_FOLD_ROOM | YR_FOLD_TOP | YR_KP_LOCK | YR_PDB_CONTINUE);

	if (lost)
		return yr_err_set(w->err, ENOTSUP,
				  "permissions 0x%x of a state have no place in the packed form",
				  lost);
	ret->accept = (allow & YR_FOLD_LOW) | yr_kperms_fold(allow) << 14 | (allow & YR_FOLD_TOP);
	ret->accept2 = (o->audit & YR_FOLD_LOW) | yr_kperms_fold(o->audit) << 14 |
		       (o->quiet & YR_FOLD_LOW) << 7 | yr_kperms_fold(o->quiet) << 21;
	return 0;
}

/* Nothing but a match counts. */
static int pack_xmatch(struct yr_writer *w, const struct yr_state_perms *p, struct yr_packed *ret)
{
	(void)w;
	(void)p;
	*ret = (struct yr_packed){ .accept = YR_KP_EXEC };
	return 0;
}

static pack_fn *const pack[] = {
	[YR_PDB_XMATCH] = pack_xmatch,
	[YR_PDB_POLICYDB] = pack_policydb,
	[YR_PDB_FILE] = pack_file,
};

int yr_emit_packed(struct yr_writer *w, enum yr_pdb_kind kind, const struct yr_state_perms *perms,
		   uint32_t n_perms, struct yr_tables *t, uint32_t **ret_accept2)
{
	AUTO_FREE struct yr_packed *words = calloc(n_perms, sizeof(*words));
	uint32_t *accept2 = calloc(t->states, sizeof(*accept2));

	*ret_accept2 = accept2; /* the caller frees it, whatever comes */
	if (!words || !accept2)
		return yr_err_set(w->err, ENOMEM, "out of memory");
	for (uint32_t i = 1; i < n_perms; i++) {
		int r = pack[kind](w, perms ? &perms[i] : NULL, &words[i]);

		if (r)
			return r;
	}
	for (uint32_t s = 0; s < t->states; s++) {
		accept2[s] = words[t->accept[s]].accept2;
		t->accept[s] = words[t->accept[s]].accept;
	}
	return 0;
}
