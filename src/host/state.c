/* SPDX-License-Identifier: Apache-2.0 */
/* What stands between us and the kernel's AppArmor. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"

static const char *const state_names[] = {
	[YR_APPARMOR_OK] = "ok",
	[YR_APPARMOR_ABSENT] = "not-in-kernel",
	[YR_APPARMOR_DISABLED] = "disabled-at-boot",
	[YR_APPARMOR_NOT_MOUNTED] = "securityfs-not-mounted",
	[YR_APPARMOR_NO_PERMISSION] = "no-permission",
	[YR_APPARMOR_CONFINED] = "confined",
	[YR_APPARMOR_LOCKED] = "policy-locked",
	[YR_APPARMOR_UNKNOWN] = "unknown",
};

const char *yr_apparmor_state_name(enum yr_apparmor_state state)
{
	return (size_t)state < ARRAY_LEN(state_names) ? state_names[state] : "unknown";
}

static enum yr_apparmor_state say(struct yr_err *why, enum yr_apparmor_state state, int code,
				  const char *text)
{
	yr_err_set(why, code, "%s", text);
	return state;
}

static enum yr_apparmor_state switched_off(struct yr_err *why)
{
	return say(why, YR_APPARMOR_DISABLED, ENOENT,
		   "AppArmor is switched off on this machine (apparmor=0, or an lsm= list without "
		   "it, among the kernel's arguments)");
}

/* The folder in securityfs is not there; the module parameters need no mount but sysfs. */
static enum yr_apparmor_state state_without_folder(const struct yr_host_paths *p,
						   struct yr_err *why)
{
	int enabled = yr_host_param(p, "enabled");

	if (enabled == 'Y') {
		yr_err_set(why, ENOENT,
			   "AppArmor is on, but securityfs is not mounted: there is no '%s' "
			   "(mount -t securityfs securityfs /sys/kernel/security)",
			   p->securityfs);
		return YR_APPARMOR_NOT_MOUNTED;
	}
	if (enabled == 'N')
		return switched_off(why);
	if (enabled == -ENOENT || enabled == -ENOTDIR) {
		yr_err_set(why, ENOENT,
			   "this kernel has no AppArmor: there is neither '%s' nor '%s'",
			   p->securityfs, p->params);
		return YR_APPARMOR_ABSENT;
	}
	yr_err_set(why, enabled < 0 ? -enabled : EINVAL,
		   "cannot tell whether AppArmor is on: '%s/enabled': %s", p->params,
		   enabled < 0 ? strerror(-enabled) : "neither Y nor N");
	return YR_APPARMOR_UNKNOWN;
}

/*
 * By what the caller is confined, empty when it is not or nobody can tell. Only a profile can
 * keep a process from reading its own label.
 */
static void own_confinement(const struct yr_host_paths *p, char *text, size_t size)
{
	struct yr_label *label = NULL;
	int r = yr_host_label(p, 0, &label, NULL);

	text[0] = '\0';
	if (r == -EACCES)
		snprintf(text, size, "a profile that hides its name from it");
	if (r < 0)
		return;
	if (label->mode != YR_LABEL_UNCONFINED)
		snprintf(text, size, "'%s'", label->text);
	yr_label_free(label);
}

void yr_host_refusal(const struct yr_host_paths *full, char *words, size_t size)
{
	char own[200];

	own_confinement(full, own, sizeof(own));
	if (yr_host_param(full, "lock_policy") == 'Y')
		snprintf(words, size,
			 "policy is locked until the next boot ('%s/lock_policy' says Y)",
			 full->params);
	else if (own[0])
		snprintf(words, size, "this process is itself confined, by %s", own);
	else if (geteuid() != 0)
		snprintf(words, size, "not root");
	else
		snprintf(words, size,
			 "root, but without capability mac_admin in the first user namespace");
}

static enum yr_apparmor_state refused(const struct yr_host_paths *p, int code, const char *file,
				      struct yr_err *why)
{
	char own[200], words[300];

	if (code != EACCES && code != EPERM && code != EROFS) {
		yr_err_set(why, code, "'%s/%s': %s", p->securityfs, file, strerror(code));
		return code == ENOENT ? YR_APPARMOR_NOT_MOUNTED : YR_APPARMOR_UNKNOWN;
	}
	if (code == EROFS) {
		yr_err_set(why, code, "securityfs is mounted read-only: '%s/%s'", p->securityfs,
			   file);
		return YR_APPARMOR_NO_PERMISSION;
	}
	own_confinement(p, own, sizeof(own));
	yr_host_refusal(p, words, sizeof(words));
	yr_err_set(why, EACCES, "no permission for '%s/%s': %s", p->securityfs, file, words);
	return own[0] ? YR_APPARMOR_CONFINED : YR_APPARMOR_NO_PERMISSION;
}

enum yr_apparmor_state yr_host_state(const struct yr_host_paths *paths, struct yr_err *why)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSE int dir_fd = -1, list_fd = -1;
	char own[200];

	dir_fd = open(p.securityfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return state_without_folder(&p, why);
	if (dir_fd < 0)
		return refused(&p, errno, "", why);
	/* A folder that is there does not outweigh a kernel that says no. */
	if (yr_host_param(&p, "enabled") == 'N')
		return switched_off(why);

	/* Its mode lets everybody read; the kernel looks at who asks when it is opened. */
	list_fd = openat(dir_fd, "profiles", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (list_fd < 0)
		return refused(&p, errno, "profiles", why);
	if (faccessat(dir_fd, ".replace", W_OK, AT_EACCESS) < 0)
		return refused(&p, errno, ".replace", why);

	own_confinement(&p, own, sizeof(own));
	if (own[0]) {
		yr_err_set(why, EACCES,
			   "this process is itself confined, by %s, and may not be let load policy",
			   own);
		return YR_APPARMOR_CONFINED;
	}
	if (yr_host_param(&p, "lock_policy") == 'Y') {
		yr_host_refusal(&p, own, sizeof(own));
		return say(why, YR_APPARMOR_LOCKED, EACCES, own);
	}
	return YR_APPARMOR_OK;
}

int yr_host_explain(const struct yr_host_paths *full, int code, const char *what,
		    struct yr_err *err)
{
	struct yr_err why = { 0 };
	enum yr_apparmor_state state = yr_host_state(full, &why);

	/* These two do not keep anybody from reading or opening: something else is the matter. */
	if (state == YR_APPARMOR_OK || state == YR_APPARMOR_LOCKED)
		return yr_err_set(err, code, "%s: %s", what, strerror(code));
	if (state == YR_APPARMOR_CONFINED && code != EACCES && code != EPERM)
		return yr_err_set(err, code, "%s: %s", what, strerror(code));
	return yr_err_set(err, code, "%s: %s", what, why.msg);
}
