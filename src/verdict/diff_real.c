/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A shortest witness is exact and often a path that no machine has. Where a difference is also one
 * of a path that people know, that is named beside it.
 */
#include <stdlib.h>

#include "verdict/diff_pass.h"

/* What policy is mostly about, the more telling first. */
static const char *const paths[] = {
	"/proc/sys/kernel/shmmax",
	"/proc/sys/kernel/core_pattern",
	"/proc/sys/kernel/hostname",
	"/proc/sys/kernel/modprobe",
	"/proc/sys/kernel/yama/ptrace_scope",
	"/proc/sys/kernel/ns_last_pid",
	"/proc/sys/net/ipv4/ip_forward",
	"/proc/sys/net/core/somaxconn",
	"/proc/sys/fs/file-max",
	"/proc/sys/vm/overcommit_memory",
	"/proc/sysrq-trigger",
	"/proc/kcore",
	"/proc/kallsyms",
	"/proc/keys",
	"/proc/timer_list",
	"/proc/acpi/wakeup",
	"/proc/scsi/scsi",
	"/proc/irq/0/smp_affinity",
	"/proc/bus/pci/devices",
	"/proc/fs/jbd2/sda1-8/info",
	"/proc/meminfo",
	"/proc/1/environ",
	"/proc/1/attr/current",
	"/proc/1/oom_score_adj",
	"/sys/fs/cgroup/cgroup.procs",
	"/sys/fs/bpf/progs",
	"/sys/firmware/efi/vars",
	"/sys/kernel/security/apparmor/.load",
	"/sys/kernel/debug/tracing/trace",
	"/sys/kernel/uevent_helper",
	"/sys/devices/virtual/powercap/intel-rapl/enabled",
	"/sys/class/net/eth0/mtu",
	"/sys/module/apparmor/parameters/enabled",
	"/dev/mem",
	"/dev/kmsg",
	"/dev/sda",
	"/dev/null",
	"/dev/shm/shared",
	"/etc/passwd",
	"/etc/shadow",
	"/etc/sudoers",
	"/etc/hosts",
	"/etc/ld.so.preload",
	"/etc/crontab",
	"/etc/apparmor.d/local/profile",
	"/etc/ssl/private/key.pem",
	"/root/.ssh/authorized_keys",
	"/root/.bashrc",
	"/home/user/.ssh/id_rsa",
	"/home/user/.bashrc",
	"/home/user/file",
	"/bin/sh",
	"/usr/bin/id",
	"/usr/bin/sudo",
	"/usr/sbin/nginx",
	"/usr/lib/x86_64-linux-gnu/libc.so.6",
	"/usr/share/doc/README",
	"/usr/local/bin/tool",
	"/opt/app/bin/app",
	"/boot/vmlinuz",
	"/var/log/syslog",
	"/var/lib/docker/volumes/data",
	"/var/run/docker.sock",
	"/run/docker.sock",
	"/run/secrets/kubernetes.io/serviceaccount/token",
	"/srv/www/index.html",
	"/tmp/file",
	"/var/tmp/file",
};

static uint32_t set_at(const struct yr_pass *p, int side, const char *path)
{
	const struct yr_dfa *d = p->pdb[side]->dfa;

	return p->open[side] || !d ? 0 : d->accept[yr_dfa_run(d, 1, yr_str_of(path))];
}

/* Only the whole of what changes makes the path an example for it. */
static int name_real(struct yr_pass *p, const struct yr_group *g, const char *path)
{
	struct yr_difference *d = g->entry == YR_NONE ? NULL : &p->d->diff->at[g->entry];
	struct yr_refusal no = {
		.file = true,
		.half = g->first.halves == BY_OTHERS,
		.by_owner = g->first.halves != BY_ANYBODY,
		.asked = g->first.bits,
		.input = (char *)path,
		.len = strlen(path),
	};

	if (!d || d->real || strcmp(d->class, "file") != 0 ||
	    (d->len == no.len && !memcmp(d->input, path, no.len)))
		return 0;
	if (no.asked & YR_MAY_WRITE)
		no.asked &= ~(uint32_t)YR_MAY_APPEND;
	d->real = yr_spell_access(&p->d->diff->arena, &no);
	return d->real ? 0 : yr_differ_no_memory(p->d);
}

/* Whether all of @bits changes there as it does in @g. */
static bool is_example(const struct yr_pass *p, const struct yr_group *g, const uint32_t set[SIDES])
{
	const struct yr_perms *half[SIDES];

	for (int side = 0; side < SIDES; side++) {
		static const struct yr_state_perms nothing;
		const struct yr_state_perms *s =
			p->pdb[side]->dfa ? &p->pdb[side]->perms[set[side]] : &nothing;

		half[side] = g->first.halves == BY_OTHERS ? &s->other : &s->owner;
	}
	switch (g->first.change) {
	case YR_CHANGE_ALLOWED:
		return !(g->first.bits & ~(half[NEW]->allow & ~half[OLD]->allow));
	case YR_CHANGE_DENIED:
		return !(g->first.bits & ~(half[OLD]->allow & ~half[NEW]->allow));
	default:
		return g->first.change == YR_CHANGE_TRANSITION;
	}
}

static const struct yr_perms *perms_at(const struct yr_pass *p, int side, int half,
				       struct yr_str link, struct yr_str target)
{
	static const struct yr_perms nothing;
	const struct yr_pdb *pdb = p->pdb[side];
	uint32_t at = 1;
	const struct yr_state_perms *s;

	if (!pdb->dfa)
		return &nothing;
	if (link.at)
		at = yr_dfa_step(pdb->dfa, yr_dfa_run(pdb->dfa, at, link), 0);
	s = &pdb->perms[pdb->dfa->accept[yr_dfa_run(pdb->dfa, at, target)]];
	return half ? &s->other : &s->owner;
}

/* As profile_path_link() and xindex_is_subset() of the kernel's file.c. */
static bool may_link(const struct yr_pass *p, int side, int half, struct yr_str link,
		     struct yr_str target)
{
	const struct yr_str none = { NULL, 0 };
	const struct yr_perms *name = perms_at(p, side, half, none, link);
	const struct yr_perms *pair = perms_at(p, side, half, link, target);
	const struct yr_perms *to = perms_at(p, side, half, none, target);
	uint32_t allow = name->allow & (YR_MAY_READ | YR_MAY_WRITE | YR_MAY_APPEND | YR_MAY_EXEC |
					YR_MAY_MMAP | YR_MAY_LOCK);

	if (!(name->allow & pair->allow & YR_MAY_LINK))
		return false;
	if (!(pair->allow & YR_MAY_LOCK))
		return true;
	if (allow & ~to->allow)
		return false;
	return !(allow & YR_MAY_EXEC) ||
	       ((name->exec & ~YR_XEC_UNSAFE) == (to->exec & ~YR_XEC_UNSAFE) &&
		(!(name->exec & YR_XEC_UNSAFE) || to->exec & YR_XEC_UNSAFE));
}

bool yr_pass_is_linked(const struct yr_pass *p, const struct yr_finding *f, struct yr_str link,
		       struct yr_str target)
{
	int half = f->halves == BY_OTHERS;
	bool is[SIDES] = { may_link(p, OLD, half, link, target),
			   may_link(p, NEW, half, link, target) };

	return is[f->change == YR_CHANGE_ALLOWED ? NEW : OLD] &&
	       !is[f->change == YR_CHANGE_ALLOWED ? OLD : NEW];
}

bool yr_pass_find_target(const struct yr_pass *p, const struct yr_finding *f, struct yr_str link,
			 struct yr_str *ret)
{
	*ret = link;
	if (yr_pass_is_linked(p, f, link, link))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		*ret = yr_str_of(paths[i]);
		if (yr_pass_is_linked(p, f, link, *ret))
			return true;
	}
	return false;
}

int yr_pass_find_real(struct yr_pass *p, uint32_t asked)
{
	int r = 0;

	/* Without mediation everything is an example. */
	if (p->open[OLD] || p->open[NEW])
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(paths) && !r; i++) {
		const uint32_t set[SIDES] = { set_at(p, OLD, paths[i]), set_at(p, NEW, paths[i]) };
		struct yr_found found;

		if (!yr_pass_recall(p, set, asked, &found))
			continue;
		for (uint32_t k = 0; k < found.n && !r; k++) {
			const struct yr_group *g = &p->group[p->pool[found.first + k]];

			if (is_example(p, g, set))
				r = name_real(p, g, paths[i]);
		}
	}
	return r;
}
