/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container must not be given, because it leads out to the host. Each danger is an access
 * that is asked of the compiled profile, so that globs, denials, owners and priorities count;
 * a row is a pattern for it, and the first access that both allow is the witness.
 *
 * By its form a profile for containers has no attachment: an engine gives it by name. Children
 * and hats are reached from it and are asked as well when it is asked.
 */
#include <errno.h>
#include <linux/capability.h>
#include <stdlib.h>

#include "verdict/lint.h"

/* Numbers of binary-policy.md 5.3. */
enum { MAY_MOUNT = 0x2, PTRACE_TRACE = 0x2, USERNS_CREATE = 0x8 };
enum { NO_CAP = -1 };

/* The only row about exec asks for one that ends unconfined. */
#define EXEC_UNCONFINED YR_MAY_EXEC

static const struct danger {
	int side;
	const char *pattern; /* as in a rule; of the policydb with the class in front */
	uint32_t bits;       /* any of them */
	int cap;             /* without this capability the access is no danger */
	const char *access;  /* the rule that would allow it; NULL: the witness and its letters */
	const char *why;
} dangers[] = {
	{ YR_SIDE_FILE, "/proc/sys/kernel/core_pattern", YR_MAY_WRITE, NO_CAP, NULL,
	  "the kernel starts the program named there, outside of every container, when something "
	  "crashes" },
	{ YR_SIDE_FILE, "/proc/sys/kernel/modprobe", YR_MAY_WRITE, NO_CAP, NULL,
	  "the kernel starts the program named there, outside of every container, to load "
	  "modules" },
	{ YR_SIDE_FILE, "/{proc/sys/kernel/hotplug,sys/kernel/uevent_helper}", YR_MAY_WRITE, NO_CAP,
	  NULL,
	  "the kernel starts the program named there, outside of every container, for new "
	  "devices" },
	{ YR_SIDE_FILE, "/sys/fs/cgroup/{**/,}release_agent", YR_MAY_WRITE, CAP_SYS_ADMIN, NULL,
	  "the kernel starts the program named there, outside of every container, when a cgroup "
	  "empties" },
	{ YR_SIDE_FILE, "/proc/sys/fs/binfmt_misc/register", YR_MAY_WRITE, NO_CAP, NULL,
	  "an interpreter registered there runs for programs of the host" },
	{ YR_SIDE_FILE, "/proc/sysrq-trigger", YR_MAY_WRITE, NO_CAP, NULL,
	  "what is written there reboots or crashes the host" },
	{ YR_SIDE_FILE, "/sys/firmware/efi/efivars/**", YR_MAY_WRITE, NO_CAP, NULL,
	  "the host's firmware reads its settings there" },
	{ YR_SIDE_FILE, "/sys/kernel/security/apparmor/{.load,.replace,.remove}", YR_MAY_WRITE,
	  CAP_MAC_ADMIN, NULL, "AppArmor's policy is changed there, this profile too" },
	{ YR_SIDE_FILE,
	  "/{,var/}run/{docker,containerd/containerd,crio/crio,podman/podman,buildkit/buildkitd}"
	  ".sock",
	  YR_MAY_WRITE, NO_CAP, NULL, "whoever talks to the engine is root on the host" },
	{ YR_SIDE_FILE, "/dev/{sd,vd,xvd,nvme,mmcblk,dm-}[0-9a-z]{**,}", YR_MAY_READ | YR_MAY_WRITE,
	  NO_CAP, NULL, "the host's disks lie open there, past all permissions of files" },
	{ YR_SIDE_FILE, "/dev/{mem,kmem,port}", YR_MAY_READ | YR_MAY_WRITE, CAP_SYS_RAWIO, NULL,
	  "the host's memory lies open there" },
	{ YR_SIDE_FILE, "/proc/kcore", YR_MAY_READ, CAP_SYS_RAWIO, NULL,
	  "the host's memory can be read there" },
	{ YR_SIDE_FILE, "/**", EXEC_UNCONFINED, NO_CAP, NULL,
	  "the program runs without this profile's confinement" },
	{ YR_SIDE_FILE, "unconfined", (uint32_t)YR_MAY_CHANGE_PROFILE, NO_CAP,
	  "change_profile -> unconfined,", "the container takes off its confinement" },
	{ YR_SIDE_POLICYDB, "\\x07**", MAY_MOUNT, CAP_SYS_ADMIN, "mount,",
	  "by mounts a container reaches files of the host and undoes read-only ones" },
	{ YR_SIDE_POLICYDB, "\\x09unconfined", PTRACE_TRACE, CAP_SYS_PTRACE,
	  "ptrace trace peer=unconfined,",
	  "a traced process of the host does what the container wants" },
	{ YR_SIDE_POLICYDB, "\\x15", USERNS_CREATE, NO_CAP, "userns,",
	  "a new user namespace opens parts of the kernel that are closed to containers" },
};

struct hunt {
	struct yr_lint *l;
	const struct yr_asked *a;
	const struct danger *d;
	const struct yr_dfa *pattern;
	uint32_t state; /* where it was found; 0: not yet */
	uint16_t *input;
	size_t len;
};

static uint32_t fold_yes(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return 1;
}

static bool leaves(uint32_t exec)
{
	return exec & YR_XEC_PUX || (exec & YR_XEC_MODIFIER) >> YR_XEC_SHIFT == YR_XEC_UNCONFINED;
}

static uint32_t granted(const struct hunt *h, const struct yr_perms *p)
{
	uint32_t bits = p->allow & h->d->bits;

	if (h->d->side == YR_SIDE_FILE && h->d->bits == EXEC_UNCONFINED)
		return leaves(p->exec) ? bits : 0;
	return bits;
}

static uint32_t granted_at(const struct hunt *h, uint32_t state, int half)
{
	const struct yr_pdb *pdb = h->a->side[h->d->side].pdb;
	const struct yr_state_perms *p = &pdb->perms[pdb->dfa->accept[state]];

	return granted(h, half ? &p->other : &p->owner);
}

static int visit(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct hunt *h = ctx;

	if (!h->pattern->accept[b] || !(granted_at(h, a, 0) | granted_at(h, a, 1)))
		return 0;
	h->state = a;
	h->input = yr_product_input(p, &h->len);
	return h->input ? 1 : -ENOMEM;
}

/* The rules that give the access; *ret_n at most @most. */
static void find_givers(const struct hunt *h, const struct yr_rule **ret, size_t most,
			size_t *ret_n)
{
	const struct yr_pdb *pdb = h->a->side[h->d->side].pdb;
	struct yr_tag_list tags = yr_asked_tags(h->a, h->d->side, pdb->dfa->accept[h->state]);

	*ret_n = 0;
	for (int half = 0; half < 2; half++)
		for (uint32_t rest = granted_at(h, h->state, half); rest; rest &= rest - 1) {
			uint32_t bit = rest & -rest;
			int top = 0;

			yr_asked_top(&tags, half, bit, NULL, &top);
			for (uint32_t i = 0; i < tags.n && *ret_n < most; i++) {
				const struct yr_tag *t = yr_asked_tag(&tags, i);
				const struct yr_rule *r = yr_asked_rule(h->a, t->by);
				size_t k = 0;

				if (!r || !(t->bits[half] & bit) || yr_tag_rank(t, bit) != top)
					continue;
				while (k < *ret_n && ret[k] != r)
					k++;
				if (k == *ret_n)
					ret[(*ret_n)++] = r;
			}
		}
}

/* The access as a rule. */
static void spell(const struct hunt *h, struct yr_buf *b)
{
	uint32_t bits = granted_at(h, h->state, 0) | granted_at(h, h->state, 1);

	if (h->d->access) {
		yr_buf_puts(b, h->d->access);
		return;
	}
	for (size_t i = 0; i < h->len; i++)
		yr_buf_putc(b, (char)h->input[i]);
	yr_buf_printf(b, " %s%s%s,", bits & YR_MAY_READ ? "r" : "", bits & YR_MAY_WRITE ? "w" : "",
		      bits & YR_MAY_EXEC ? "ux" : "");
}

static int report(const struct hunt *h)
{
	const struct yr_loc *loc = &h->a->profile->name.loc;
	const struct yr_rule *giver[3];
	AUTO_BUF struct yr_buf access = { 0 };
	size_t n, at = 0;

	find_givers(h, giver, ARRAY_LEN(giver), &n);
	while (at < n && !yr_lint_own(h->l, giver[at]))
		at++;
	if (at < n)
		loc = &giver[at]->loc;
	spell(h, &access);
	if (access.failed)
		return -ENOMEM;
	yr_complain(h->l->diags, loc, YR_WARNING, "container", "profile '%.*s' allows '%s'%s: %s",
		    YR_STR_ARG(h->a->profile->full_name), access.data,
		    h->d->cap == CAP_SYS_ADMIN    ? " and 'capability sys_admin,'"
		    : h->d->cap == CAP_MAC_ADMIN  ? " and 'capability mac_admin,'"
		    : h->d->cap == CAP_SYS_RAWIO  ? " and 'capability sys_rawio,'"
		    : h->d->cap == CAP_SYS_PTRACE ? " and 'capability sys_ptrace,'"
						  : "",
		    h->d->why);
	for (size_t i = 0; i < n; i++)
		if (i != at)
			yr_complain(h->l->diags, &giver[i]->loc, YR_NOTE, "container",
				    "allowed here%s",
				    yr_lint_own(h->l, giver[i]) ? "" : ", in an include");
	return 0;
}

static int build_pattern(const struct danger *d, struct yr_dfa **ret)
{
	struct yr_nfa *n = yr_nfa_new();
	struct yr_err err = { 0 };
	yr_node end;
	int r;

	if (!n)
		return -ENOMEM;
	r = yr_glob_lay(n, yr_nfa_start(n), yr_str_of(d->pattern),
			d->side == YR_SIDE_POLICYDB ? YR_GLOB_NUL : 0, &end, NULL);
	yr_nfa_accept(n, end, 0);
	if (!r)
		r = yr_dfa_build(n, fold_yes, NULL, ret, &err);
	yr_nfa_free(n);
	return r;
}

static int ask(struct hunt *h)
{
	const struct yr_pdb *pdb = h->a->side[h->d->side].pdb;
	struct yr_dfa *pattern = NULL;
	struct yr_err err = { 0 };
	int r;

	if (!pdb->dfa || (h->d->cap != NO_CAP && !(h->a->compiled->caps_allow >> h->d->cap & 1)))
		return 0;
	r = build_pattern(h->d, &pattern);
	h->pattern = pattern;
	if (!r)
		r = yr_product_walk(pdb->dfa, 1, pattern, 1, visit, h, &err);
	yr_dfa_free(pattern);
	if (r == 1)
		r = report(h);
	free(h->input);
	if (r == -E2BIG)
		yr_lint_too_big(h->l, h->a->profile, &err);
	return r == -ENOMEM ? r : 0;
}

static bool is_container(const struct yr_lint *l, const struct yr_asked *a)
{
	const struct yr_profile *p = a->profile;

	if (p->flags.mode == YR_MODE_UNCONFINED || p->flags.mode == YR_MODE_DEFAULT_ALLOW ||
	    p->loc.source != l->unit->sources[0])
		return false;
	if (l->opt->containers == YR_CONTAINERS_ALL)
		return true;
	while (p->parent)
		p = p->parent;
	return !p->attachment_written && p->name.text.len && p->name.text.at[0] != '/';
}

int yr_lint_dangers(struct yr_lint *l, const struct yr_asked *a)
{
	int r = 0;

	if (!is_container(l, a))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(dangers) && !r; i++) {
		struct hunt h = { .l = l, .a = a, .d = &dangers[i] };

		r = ask(&h);
	}
	return r < 0 ? yr_err_set(l->err, ENOMEM, "out of memory") : 0;
}
