/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#define KP_EXEC 0x1u
#define KP_WRITE 0x2u
#define KP_READ 0x4u
#define KP_OPEN 0x40u
#define KP_LOCK 0x8000u
#define KP_ONEXEC 0x20000000u

static bool is_network(int class)
{
	return class == YR_CLASS_NET_V7 || class == YR_CLASS_NET_V8 || class == YR_CLASS_NET_V9 ||
	       class == YR_CLASS_NET_V9_SKB;
}

static void mask(struct yr_kperms *p, uint32_t asked)
{
	uint32_t *const words[] = { &p->allow,    &p->deny,   &p->subtree, &p->cond,  &p->kill,
				    &p->complain, &p->prompt, &p->audit,   &p->quiet, &p->hide };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		*words[i] &= asked;
}

/*
 * What the kernel looks at, by its sources from 6.1 to 7.x:
 * - The attachment: exec alone (aa_xattrs_match(), find_attach() in domain.c).
 * - audit is read once everything asked for is allowed, quiet once something is refused
 *   and then of the refused bits alone (aa_audit_file() in file.c, aa_check_perms() in
 *   lib.c). So audit of a bit that is not allowed, and quiet of one that is, are not seen. Not
 *   so for dbus: its daemon reads all words through securityfs.
 * - xindex is read where exec is allowed (profile_transition()), and of it nothing but
 *   "unsafe" where onexec is (profile_onexec()).
 * - lock in the policydb is what the expansion of packed forms up to version 8 gives to
 *   every state but 0. Only sockets are ever asked for it (aa_sock_file_perm()), so elsewhere a
 *   state from which nothing can come of is the same as state 0.
 */
struct same_seen same_see(const struct yr_image_pdb *d, uint32_t index, int class, uint32_t asked,
			  bool exact)
{
	struct same_seen s = { .p = d->perms[index] };

	if (class == YR_QUESTIONS_ATTACHMENT)
		return (struct same_seen){ .p.allow = s.p.allow & KP_EXEC };
	if (!exact) {
		mask(&s.p, asked);
		if (class != YR_CLASS_DBUS) {
			s.p.audit &= s.p.allow;
			s.p.quiet &= ~s.p.allow;
		}
		/*
		 * The packed form has no bit of its own for open: it comes with read and with
		 * write, and of an audited write that is refused nothing is left.
		 */
		if (class == YR_QUESTIONS_FILES && !(s.p.audit & (KP_READ | KP_WRITE)))
			s.p.audit &= ~KP_OPEN;
		if (class == YR_QUESTIONS_FILES && !(s.p.allow & KP_EXEC))
			s.p.xindex &= s.p.allow & KP_ONEXEC ? YR_XI_UNSAFE : 0;
		if (class >= 0 && !is_network(class))
			s.p.allow &= ~KP_LOCK;
	}
	if (class != YR_QUESTIONS_FILES)
		s.p.xindex = 0;
	if ((s.p.xindex & (YR_XI_TABLE | YR_XI_NAME)) == YR_XI_TABLE) {
		/* Names count, not where in the table they stand. */
		s.target = d->targets[s.p.xindex & YR_XI_INDEX];
		s.p.xindex &= ~YR_XI_INDEX;
	}
	return s;
}

bool same_seen_alike(const struct same_seen *a, const struct same_seen *b)
{
	return !memcmp(&a->p, &b->p, sizeof(a->p)) && !same_text_differs(a->target, b->target);
}

static void print_word(FILE *out, const char *word, int class, uint32_t bits)
{
	if (!bits)
		return;
	fprintf(out, " %s ", word);
	same_print_bits(out, class, bits);
}

void same_print_seen(FILE *out, int class, const struct same_seen *s)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} exec[] = {
		{ YR_XI_UNSAFE, "unsafe" },   { YR_XI_NAME, "by path" },
		{ YR_XI_CHILD, "child" },     { YR_XI_TABLE, "named" },
		{ YR_XI_INHERIT, "inherit" }, { YR_XI_UNCONFINED, "unconfined" },
	};
	const char *between = " exec ";

	fputs("allow ", out);
	same_print_bits(out, class, s->p.allow);
	print_word(out, "deny", class, s->p.deny);
	print_word(out, "audit", class, s->p.audit);
	print_word(out, "quiet", class, s->p.quiet);
	print_word(out, "subtree", class, s->p.subtree);
	print_word(out, "cond", class, s->p.cond);
	print_word(out, "kill", class, s->p.kill);
	print_word(out, "complain", class, s->p.complain);
	print_word(out, "prompt", class, s->p.prompt);
	print_word(out, "hide", class, s->p.hide);
	if (s->p.tag || s->p.label)
		fprintf(out, " tag %u label %u", s->p.tag, s->p.label);
	for (size_t i = 0; i < ARRAY_LEN(exec); i++)
		if (s->p.xindex & exec[i].bit) {
			fprintf(out, "%s%s", between, exec[i].word);
			between = ",";
		}
	fprintf(out, "%s%s\n", s->target ? " -> " : "", s->target ? s->target : "");
}
