/* SPDX-License-Identifier: Apache-2.0 */
#include "same.h"

static void dump_pdb(FILE *out, const char *what, const struct yr_image_pdb *p)
{
	if (!p->present) {
		fprintf(out, "  %s: none\n", what);
		return;
	}
	fprintf(out, "  %s: %u states, %u cells, %u permissions%s%s%s\n", what, p->tables->states,
		p->tables->cells, p->n_perms, p->tables->has_diff ? ", differences" : "",
		p->tables->has_oob ? ", xattr steps" : "", p->tables->classes ? ", classes" : "");
	for (uint32_t i = 0; i < p->n_targets; i++)
		fprintf(out, "    target %u: %s\n", i, p->targets[i]);
}

static void dump_text(FILE *out, const char *what, const char *text)
{
	if (text)
		fprintf(out, "  %s: %s\n", what, text);
}

static void dump_caps(FILE *out, const char *what, uint64_t caps)
{
	if (!caps)
		return;
	fprintf(out, "  %s: ", what);
	same_print_caps(out, caps);
	fputc('\n', out);
}

static void dump_classes(FILE *out, const struct yr_image_profile *p)
{
	char buf[16];

	for (unsigned c = 0; c < 256; c++) {
		uint32_t s = yr_image_class(p, (enum yr_class)c);
		const struct yr_kperms *k;

		if (!s)
			continue;
		k = &p->policydb.perms[p->policydb.owner[s]];
		fprintf(out, "    %s: mediated, ", same_class(c, buf));
		same_print_bits(out, (int)c, k->allow);
		fputc('\n', out);
	}
}

static void dump_profile(FILE *out, const struct yr_image_profile *p)
{
	fprintf(out, "profile %s%s%s%s\n", p->ns ? ":" : "", p->ns ? p->ns : "", p->ns ? ":" : "",
		p->name);
	fprintf(out, "  version: 0x%08x\n  mode: %s%s%s\n", p->version, same_mode(p),
		p->flags & YR_PF_HAT ? ", hat" : "", p->audit ? ", audit" : "");
	fprintf(out, "  path_flags: 0x%x%s\n", p->path_flags,
		p->has_path_flags ? "" : " (default)");
	dump_text(out, "rename", p->rename);
	dump_text(out, "attach", p->attach);
	dump_text(out, "disconnected", p->disconnected);
	dump_text(out, "disconnected_ipc", p->disconnected_ipc);
	if (p->kill_signal || p->error)
		fprintf(out, "  kill signal %u, error %u\n", p->kill_signal, p->error);
	dump_caps(out, "capabilities", p->caps_allow);
	dump_caps(out, "audited", p->caps_audit);
	dump_caps(out, "quiet", p->caps_quiet);
	for (unsigned i = 0; i < 16; i++)
		if (p->rlimits.mask >> i & 1)
			fprintf(out, "  rlimit %u: %llu\n", i,
				(unsigned long long)p->rlimits.value[i]);
	for (uint32_t i = 0; i < p->n_xattrs; i++)
		dump_text(out, "xattr", p->xattrs[i]);
	for (uint32_t i = 0; i < p->n_identities; i++)
		dump_text(out, "identity", p->identities[i]);
	for (uint32_t i = 0; i < p->n_data; i++)
		fprintf(out, "  data %s: %u bytes\n", p->data[i].key, p->data[i].len);
	dump_pdb(out, "attachment", &p->xmatch);
	if (p->has_xmatch)
		fprintf(out, "    shortest match: %u\n", p->xmatch_len);
	dump_pdb(out, "policydb", &p->policydb);
	dump_classes(out, p);
	dump_pdb(out, "file", &p->file);
}

void same_dump(const struct yr_image *i, FILE *out)
{
	for (size_t k = 0; k < i->n; k++)
		dump_profile(out, &i->profiles[k]);
}
