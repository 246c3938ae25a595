/* SPDX-License-Identifier: Apache-2.0 */
/* What the head of a profile says besides its name, and whether the kernel takes it. */
#include "policy/enc.h"

#include <errno.h>

/*
 * Either feature will do. Upstream asks for policy/profile/kill.signal, while kernels since 7.2
 * publish domain/kill.signal; it drops the flag there, and we use what the kernel says.
 */
static const struct {
	const char *feature[2];
} takes[] = {
	[YR_TAKES_ERROR] = { { "policy/profile/error", "domain/error" } },
	[YR_TAKES_IDENTITY] = { { "domain/identity" } },
	/* It has no place in the image of any kernel so far. */
	[YR_TAKES_INTERRUPTIBLE] = { { NULL } },
	[YR_TAKES_IPC_PATH] = { { "domain/disconnected.ipc" } },
	[YR_TAKES_KILL_SIGNAL] = { { "policy/profile/kill.signal", "domain/kill.signal" } },
	/*
	 * Somebody must be there to be asked: Linux 7.3 reads the question in a permission table
	 * and then refuses, as if it were not there (measured).
	 */
	[YR_TAKES_PROMPTS] = { { "policy/notify/user" } },
	[YR_TAKES_XATTRS] = { { "policy/outofband" } },
};

bool yr_kernel_takes(const struct yr_features *kernel, enum yr_takes what)
{
	for (size_t i = 0; i < ARRAY_LEN(takes[what].feature); i++)
		if (takes[what].feature[i] && yr_features_has(kernel, takes[what].feature[i]))
			return true;
	return false;
}

static void copy_identities(struct yr_enc *e)
{
	const struct yr_words *from = &e->profile->identity;
	const char **to = yr_arena_array(e->arena, from->n, sizeof(*to));

	if (!from->n)
		return;
	for (size_t i = 0; to && i < from->n; i++) {
		to[i] = yr_arena_strndup(e->arena, from->at[i].text.at, from->at[i].text.len);
		if (!to[i])
			to = NULL;
	}
	if (!to) {
		e->status = -ENOMEM;
		return;
	}
	e->out->identities = to;
	e->out->n_identities = from->n;
}

void yr_enc_flags(struct yr_enc *e)
{
	const struct yr_profile *p = e->profile;
	const struct yr_flags *f = &p->flags;
	const struct {
		bool written;
		enum yr_takes what;
		const char *word, *instead, *name;
		const struct yr_loc *loc;
	} rows[] = {
		{ f->error, YR_TAKES_ERROR, "error=", "what is refused fails with EACCES",
		  "rule-not-enforced", &f->loc },
		{ p->identity.n, YR_TAKES_IDENTITY, "identity", "the identities are left out",
		  "rule-not-enforced", &p->loc },
		{ f->interruptible, YR_TAKES_INTERRUPTIBLE, "interruptible", "it does nothing",
		  "rule-not-enforced", &f->loc },
		{ f->disconnected_ipc_path.text.at, YR_TAKES_IPC_PATH,
		  "attach_disconnected.ipc=", "its path is left out", "rule-downgraded", &f->loc },
		/* Without the flag it is SIGKILL anyway. */
		{ f->kill_signal && f->kill_signal != 9, YR_TAKES_KILL_SIGNAL, "kill.signal=",
		  "mode kill ends processes with SIGKILL", "rule-downgraded", &f->loc },
		{ p->xattrs, YR_TAKES_XATTRS, "xattrs=", "programs are matched by their path alone",
		  "rule-downgraded", &p->loc },
	};

	copy_identities(e);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (!rows[i].written || yr_kernel_takes(e->kernel, rows[i].what))
			continue;
		yr_complain(e->diags, rows[i].loc->source ? rows[i].loc : &p->loc, YR_WARNING,
			    rows[i].name, "the kernel does not know '%s' of profile '%.*s': %s",
			    rows[i].word, YR_STR_ARG(p->full_name), rows[i].instead);
	}
}
