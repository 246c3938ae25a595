/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled policy in, the kernel's binary form out. What is written depends on the policy and
 * the kernel's features alone; the order of items is the kernel's (binary-policy.md, section 2).
 */
#include <errno.h>

#include "image/emit.h"

/* Written into version words above 5: of the compiler's form and of the policy's. */
#define COMPILER_ABI (2u << 12)
#define POLICY_VERSION (2u << 20)

/* The form that a kernel with these features is given. */
static struct yr_form pick_form(const struct yr_features *kernel, unsigned flags)
{
	struct yr_form form = { .abi = 5 };
	uint64_t table = yr_features_has(kernel, "policy/permstable32")
				 ? yr_features_number(kernel, "policy/permstable32_version", 1)
				 : 0;

	/*
	 * Version 1, as in Debian's 6.12, is given packed permissions by upstream too. So is a
	 * version that nobody has seen yet: every kernel reads those.
	 */
	if (table == 2 || table == 3)
		form.perm_table = (unsigned)table;
	if (yr_features_has(kernel, "policy/versions/v6"))
		form.abi = 6;
	/* The kernel may list more. Nothing written here needs them. */
	if (yr_features_has(kernel, "policy/versions/v7"))
		form.abi = 7;
	/* The second spelling is Ubuntu's. */
	if (!(flags & YR_IMAGE_NO_DIFF) && (yr_features_has(kernel, "policy/diff-encode") ||
					    yr_features_has(kernel, "policy/diff_encode")))
		form.pack |= YR_PACK_DIFF;
	if (flags & YR_IMAGE_CLASSES)
		form.pack |= YR_PACK_CLASSES;
	form.state32 = !(flags & YR_IMAGE_NO_STATE32) && yr_features_has(kernel, "policy/state32");
	return form;
}

static int write_head(struct yr_writer *w, const struct yr_compiled *c)
{
	uint32_t version = w->form.abi;
	int r = 0;

	if (version > 5)
		version |= COMPILER_ABI | POLICY_VERSION |
			   (w->force_complain ? YR_VERSION_FORCE_COMPLAIN : 0);
	yr_emit_named_u32(w, "version", version);
	if (c->ns)
		r = yr_emit_named_string(w, "namespace", c->ns);
	yr_emit_struct(w, "profile");
	return r ? r : yr_emit_string(w, c->name, strlen(c->name));
}

static int write_attachment(struct yr_writer *w, const struct yr_compiled *c)
{
	int r = 0;

	if (c->xmatch) {
		/* Accept 1 is a match: a table of two. */
		r = yr_emit_automaton(w, YR_PDB_XMATCH, c->xmatch, NULL, 2);
		yr_emit_u32(w, c->xmatch_len);
	}
	if (!r && c->disconnected_path)
		r = yr_emit_named_string(w, "disconnected", c->disconnected_path);
	if (!r && c->disconnected_ipc_path && yr_kernel_takes(w->kernel, YR_TAKES_IPC_PATH))
		r = yr_emit_named_string(w, "disconnected_ipc", c->disconnected_ipc_path);
	return r;
}

static const uint32_t mode_number[] = {
	[YR_MODE_ENFORCE] = YR_PM_ENFORCE, [YR_MODE_COMPLAIN] = YR_PM_COMPLAIN,
	[YR_MODE_KILL] = YR_PM_KILL,       [YR_MODE_UNCONFINED] = YR_PM_UNCONFINED,
	[YR_MODE_PROMPT] = YR_PM_PROMPT,   [YR_MODE_DEFAULT_ALLOW] = YR_PM_UNCONFINED,
};

/*
 * Any word about paths makes the item appear, and then the kernel's own default,
 * mediate_deleted, is off unless it was written too. Upstream behaves so.
 */
static bool path_flags(const struct yr_flags *f, uint32_t *ret)
{
	*ret = (f->attach_disconnected ? YR_PATH_ATTACH_DISCONNECTED : 0) |
	       (f->attach_disconnected_ipc ? YR_PATH_ATTACH_DISCONNECTED_IPC : 0) |
	       (f->chroot_relative ? YR_PATH_CHROOT_RELATIVE : 0) |
	       (f->chroot_attach ? YR_PATH_CHROOT_ATTACH : 0) |
	       (f->mediate_deleted ? YR_PATH_MEDIATE_DELETED : 0);
	return *ret || f->path_word;
}

static int write_flags(struct yr_writer *w, const struct yr_compiled *c)
{
	const struct yr_flags *f = c->flags;
	/* Version 5 has no room for the bit in its word. */
	bool complain = w->force_complain && w->form.abi <= 5;
	uint32_t paths;

	/* Whether the kernel takes them is what policy has warned by. */
	if (f->kill_signal && yr_kernel_takes(w->kernel, YR_TAKES_KILL_SIGNAL))
		yr_emit_named_u32(w, "kill", (uint32_t)f->kill_signal);
	if (f->error && yr_kernel_takes(w->kernel, YR_TAKES_ERROR))
		yr_emit_named_u32(w, "error", (uint32_t)f->error);
	yr_emit_struct(w, "flags");
	yr_emit_u32(w, (c->hat ? YR_PF_HAT : 0) | (f->debug ? YR_PF_DEBUG : 0));
	yr_emit_u32(w, complain ? YR_PM_COMPLAIN : mode_number[f->mode]);
	yr_emit_u32(w, f->audit);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	if (path_flags(f, &paths))
		yr_emit_named_u32(w, "path_flags", paths);
	return 0;
}

static int write_caps(struct yr_writer *w, const struct yr_compiled *c)
{
	uint64_t allow = c->caps_allow & ~c->caps_deny;
	uint64_t audit = c->caps_audit & allow, quiet = c->caps_quiet & c->caps_deny;

	yr_emit_u32(w, (uint32_t)allow);
	yr_emit_u32(w, (uint32_t)audit);
	yr_emit_u32(w, (uint32_t)quiet);
	yr_emit_u32(w, 0);
	yr_emit_struct(w, "caps64");
	yr_emit_u32(w, (uint32_t)(allow >> 32));
	yr_emit_u32(w, (uint32_t)(audit >> 32));
	yr_emit_u32(w, (uint32_t)(quiet >> 32));
	yr_emit_u32(w, 0);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return 0;
}

static int write_identities(struct yr_writer *w, const struct yr_compiled *c)
{
	int r;

	if (!yr_kernel_takes(w->kernel, YR_TAKES_IDENTITY))
		return 0;
	/* Upstream writes an empty list too. */
	yr_emit_name(w, "identity");
	r = yr_emit_array(w, c->n_identities, "identities");
	for (size_t i = 0; !r && i < c->n_identities; i++)
		r = yr_emit_string(w, c->identities[i], strlen(c->identities[i]));
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	return r;
}

static int write_xattrs(struct yr_writer *w, const struct yr_compiled *c)
{
	int r;

	if (!c->n_xattrs)
		return 0;
	yr_emit_struct(w, "xattrs");
	r = yr_emit_array(w, c->n_xattrs, "extended attributes");
	for (size_t i = 0; !r && i < c->n_xattrs; i++)
		r = yr_emit_string(w, c->xattrs[i], strlen(c->xattrs[i]));
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return r;
}

static int write_rlimits(struct yr_writer *w, const struct yr_compiled *c)
{
	int r;

	if (!c->rlimits.mask)
		return 0;
	yr_emit_struct(w, "rlimits");
	yr_emit_u32(w, c->rlimits.mask);
	r = yr_emit_array(w, ARRAY_LEN(c->rlimits.value), "resource limits");
	for (size_t i = 0; i < ARRAY_LEN(c->rlimits.value); i++) {
		yr_emit_item(w, YR_ITEM_U64);
		yr_emit_little(w, c->rlimits.mask >> i & 1 ? c->rlimits.value[i] : 0, 8);
	}
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return r;
}

/* For kernels before 4.17: three words for each family. */
static int write_net(struct yr_writer *w, const struct yr_compiled *c)
{
	int r;

	if (!c->net)
		return 0;
	yr_emit_name(w, "net_allowed_af");
	r = yr_emit_array(w, YR_FAMILIES, "network families");
	for (size_t i = 0; !r && i < YR_FAMILIES; i++) {
		const uint16_t words[] = {
			c->net->family[i].allow & (uint16_t)~c->net->family[i].deny,
			c->net->family[i].audit & c->net->family[i].allow,
			c->net->family[i].quiet & c->net->family[i].deny,
		};

		for (size_t k = 0; k < ARRAY_LEN(words); k++) {
			yr_emit_item(w, YR_ITEM_U16);
			yr_emit_little(w, words[k], 2);
		}
	}
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	return r;
}

/* A name; ":ns:name" with a NUL for the colon behind the namespace. */
static int write_target(struct yr_writer *w, const char *z)
{
	size_t len = strlen(z);
	const char *colon = *z == ':' ? strchr(z + 1, ':') : NULL;
	int r = yr_emit_string(w, z, len);

	if (!r && colon && !w->out->failed)
		w->out->data[w->out->len - (len + 1) + (size_t)(colon - z)] = '\0';
	return r;
}

static int write_targets(struct yr_writer *w, const struct yr_compiled *c)
{
	int r;

	if (!c->n_targets)
		return 0;
	if (c->n_targets > YR_XEC_TARGETS_MAX)
		return yr_err_set(w->err, E2BIG, "%zu exec targets: this kernel takes %u",
				  c->n_targets, YR_XEC_TARGETS_MAX);
	yr_emit_struct(w, "xtable");
	r = yr_emit_array(w, c->n_targets, "exec targets");
	for (size_t i = 0; !r && i < c->n_targets; i++)
		r = write_target(w, c->targets[i]);
	yr_emit_item(w, YR_ITEM_ARRAYEND);
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return r;
}

static int write_rules(struct yr_writer *w, const struct yr_compiled *c)
{
	int r = 0;

	if (c->policydb.dfa) {
		yr_emit_struct(w, "policydb");
		r = yr_emit_automaton(w, YR_PDB_POLICYDB, c->policydb.dfa, c->policydb.perms,
				      c->policydb.n_perms);
		/* Nothing here leads to a target, but upstream writes them and kernels take it. */
		if (!r && w->form.perm_table)
			r = write_targets(w, c);
		yr_emit_item(w, YR_ITEM_STRUCTEND);
	}
	if (r || !c->file.dfa)
		return r;
	r = yr_emit_automaton(w, YR_PDB_FILE, c->file.dfa, c->file.perms, c->file.n_perms);
	return r ? r : write_targets(w, c);
}

/* In the order of the stream. */
static int (*const sections[])(struct yr_writer *, const struct yr_compiled *) = {
	write_head,   write_attachment, write_flags, write_caps,  write_identities,
	write_xattrs, write_rlimits,    write_net,   write_rules,
};

static int write_profile(struct yr_writer *w, const struct yr_compiled *c)
{
	for (size_t i = 0; i < ARRAY_LEN(sections); i++) {
		int r = sections[i](w, c);

		if (r) {
			yr_err_wrap(w->err, "profile '%.100s'", c->name);
			return r;
		}
	}
	yr_emit_item(w, YR_ITEM_STRUCTEND);
	return 0;
}

int yr_image_write(const struct yr_policy *policy, const struct yr_features *kernel, unsigned flags,
		   struct yr_buf *out, struct yr_err *err)
{
	struct yr_writer w = {
		.out = out,
		.start = out->len,
		.force_complain = flags & YR_IMAGE_FORCE_COMPLAIN,
		.form = pick_form(kernel, flags),
		.kernel = kernel,
		.err = err,
	};
	bool failed_before = out->failed;
	int r = 0;

	for (size_t i = 0; !r && i < policy->n; i++)
		r = write_profile(&w, &policy->profiles[i]);
	if (!r && out->failed)
		r = yr_err_set(err, ENOMEM, "no memory for the image");
	if (r) {
		out->failed = failed_before;
		out->len = w.start;
		if (out->data)
			out->data[out->len] = '\0';
	}
	return r;
}
