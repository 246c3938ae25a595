/* SPDX-License-Identifier: Apache-2.0 */
/* Rules that need no automaton of their own: capability, rlimit, and "all,". */
#include <errno.h>

#include "policy/enc.h"

void yr_enc_capability(struct yr_enc *e, const struct yr_rule *r)
{
	uint64_t mask = r->u.capability.all ? UINT64_MAX : r->u.capability.mask;
	struct yr_compiled *out = e->out;

	if (r->quals.decision == YR_DENY) {
		out->caps_deny |= mask;
		if (!r->quals.audit)
			out->caps_quiet |= mask;
		return;
	}
	/* The words of the image have no place for a question: what is not granted is refused. */
	if (r->quals.decision == YR_PROMPT)
		return;
	out->caps_allow |= mask;
	if (r->quals.audit)
		out->caps_audit |= mask;
}

void yr_enc_rlimit(struct yr_enc *e, const struct yr_rule *r)
{
	int i = r->u.rlimit.resource;

	if (i < 0 || i >= (int)ARRAY_LEN(e->out->rlimits.value))
		return;
	e->out->rlimits.mask |= 1u << i;
	e->out->rlimits.value[i] = r->u.rlimit.value;
}

static struct yr_rule *new_part(struct yr_enc *e, enum yr_rule_kind kind, const struct yr_rule *of)
{
	struct yr_rule *part = yr_arena_new(&e->scratch, struct yr_rule);

	if (!part) {
		e->status = -ENOMEM;
		return NULL;
	}
	*part = (struct yr_rule){ .kind = kind, .loc = of->loc, .quals = of->quals };
	/* Upstream has it the wrong way round here: "deny all" is logged, "audit deny all" not. */
	if (of->quals.decision == YR_DENY)
		part->quals.audit = !of->quals.audit;
	return part;
}

/*
 * One rule of every class, but none that changes the profile; exec is inherited, two priorities
 * lower (upstream takes away one twice), so that any exec rule of the profile goes first.
 */
void yr_enc_all(struct yr_enc *e, const struct yr_rule *r)
{
	static const struct {
		enum yr_rule_kind kind;
		void (*lay)(struct yr_enc *e, const struct yr_rule *r);
	} parts[] = {
		{ YR_RULE_CAPABILITY, yr_enc_capability }, { YR_RULE_DBUS, yr_enc_dbus },
		{ YR_RULE_IO_URING, yr_enc_io_uring },     { YR_RULE_MOUNT, yr_enc_mount },
		{ YR_RULE_MQUEUE, yr_enc_mqueue },         { YR_RULE_NETWORK, yr_enc_network },
		{ YR_RULE_PIVOT_ROOT, yr_enc_pivot_root }, { YR_RULE_PTRACE, yr_enc_ptrace },
		{ YR_RULE_REMOUNT, yr_enc_mount },         { YR_RULE_SIGNAL, yr_enc_signal },
		{ YR_RULE_UMOUNT, yr_enc_umount },         { YR_RULE_UNIX, yr_enc_unix },
		{ YR_RULE_USERNS, yr_enc_userns },
	};
	struct yr_rule *part;

	e->in_all = true;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		part = new_part(e, parts[i].kind, r);
		if (!part)
			return;
		if (part->kind == YR_RULE_CAPABILITY)
			part->u.capability.all = true;
		if (part->kind == YR_RULE_NETWORK)
			part->u.network.family = part->u.network.protocol = -1;
		parts[i].lay(e, part);
	}
	e->in_all = false;
	for (int exec = 0; exec < 2; exec++) {
		part = new_part(e, YR_RULE_FILE, r);
		if (!part)
			return;
		if (exec) {
			part->quals.priority -= 2;
			part->u.file.perms = YR_MAY_EXEC;
			part->u.file.exec.inherit = true;
		} else {
			part->u.file.perms = YR_MAY_WRITE | YR_MAY_READ | YR_MAY_LINK |
					     YR_MAY_LOCK | YR_MAY_MMAP;
			/* Upstream forgets the other half, where nothing is allowed anyway. */
			if (r->quals.decision == YR_DENY)
				part->quals.audience = YR_OWNER;
		}
		yr_enc_file(e, part);
	}
}
