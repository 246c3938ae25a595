/* SPDX-License-Identifier: Apache-2.0 */
/* What info= and the names of profiles tell. */
#include "author/author.h"

#define ATTACH "attach_disconnected"
#define ATTACH_IPC "attach_disconnected.ipc"

static const char has_not_the_socket[] =
	"the process has the socket, but no rule lets this profile use it that way";
static const char mount_part[] =
	"mount rules for this mount point are there, and none has these words";

/* What begins with a longer text stands before what begins with the shorter one. */
static const struct yr_info infos[] = {
	{ "Failed name lookup - disconnected IPC path",
	  "the queue cannot be reached from the process's own mount namespace, so that it has no "
	  "whole path",
	  "the profile takes such names with flags=(" ATTACH_IPC ")", false, ATTACH_IPC },
	{ "Failed name lookup - disconnected path",
	  "the file cannot be reached from the process's own root or mount namespace (a descriptor "
	  "from outside, a mount that is gone, a private tmp), so that it has no whole path and no "
	  "rule can match",
	  "flags=(" ATTACH ") on the profile puts a '/' before such names and asks its rules; they "
	  "then may stand for files elsewhere",
	  false, ATTACH },
	{ "Failed name lookup - deleted entry",
	  "the file was deleted while it was open, so that it has no path",
	  "flags=(mediate_deleted) on the profile asks its rules by the last name", true, NULL },
	{ "Failed name lookup - name too long", "the path is longer than the kernel takes",
	  "the kernel's parameter apparmor.path_max says how long paths may be", true, NULL },
	{ "Failed name lookup", "the kernel found no path for the file", NULL, true, NULL },
	{ "Failed name resolution", "the kernel found no path for the file", NULL, true, NULL },
	{ "failed af match", "no rule of the profile is about this family of sockets", NULL, false,
	  NULL },
	{ "failed type and protocol match",
	  "rules are about this family of sockets, but none about this type and protocol", NULL,
	  false, NULL },
	{ "failed type match",
	  "a rule matches the mount point and the source, and none has this file system", NULL,
	  false, NULL },
	{ "failed local addr", "no rule is about the socket's own address", NULL, false, NULL },
	{ "failed local label", "no rule is about the socket's own label", NULL, false, NULL },
	{ "failed remote addr", "no rule is about the peer's address", NULL, false, NULL },
	{ "failed peer addr", "no rule is about the peer's address", NULL, false, NULL },
	{ "failed remote label", "no rule is about the peer's label", NULL, false, NULL },
	{ "failed peer label", "no rule is about the peer's label", NULL, false, NULL },
	{ "failed cmd selection match", has_not_the_socket, NULL, false, NULL },
	{ "failed listen backlog match", has_not_the_socket, NULL, false, NULL },
	{ "failed sockopt match", has_not_the_socket, NULL, false, NULL },
	{ "failed mntpnt match", "no mount rule is about this mount point", NULL, false, NULL },
	{ "failed srcname match", mount_part, "compare the source", false, NULL },
	{ "failed flags match", mount_part, "compare options=( )", false, NULL },
	{ "failed data match", mount_part, "compare the file system's own options", false, NULL },
	{ "failed perms check",
	  "a mount rule matches in all parts, but allows something else than this operation", NULL,
	  false, NULL },
	{ "no new privs",
	  "the process has no_new_privs set, and the other profile may do more than its own",
	  "no rule changes that: start the program under the profile, stack it (an exec or "
	  "change_profile to a&b), or do not set no_new_privs (allowPrivilegeEscalation: false "
	  "sets it in Kubernetes)",
	  true, NULL },
	{ "profile transition not found",
	  "a rule says which profile the program goes on under, and it is not loaded",
	  "load that profile, or give the rule a fallback such as pix or pux", true, NULL },
	{ "profile not found", "the profile that is gone to is not loaded",
	  "load it; names are compared to the letter", true, NULL },
	{ "label not found", "the label that is gone to names a profile that is not loaded",
	  "load it; a stack a//&b needs all of its profiles", true, NULL },
	{ "conflicting profile attachments - ix fallback",
	  "several profiles attach to the program equally well, so that it went on under its own",
	  "make one attachment more exact, or name the profile in the rule: px -> NAME", true,
	  NULL },
	{ "conflicting profile attachments - ux fallback",
	  "several profiles attach to the program equally well, so that it went on unconfined",
	  "make one attachment more exact, or name the profile in the rule: px -> NAME", true,
	  NULL },
	{ "conflicting profile attachments",
	  "several profiles attach to the program equally well, and the kernel takes none",
	  "make one attachment more exact, or name the profile in the rule: px -> NAME; 'yoroi "
	  "check' on all files names those that conflict",
	  true, NULL },
	/* Said of plain ix and ux, too (Linux 6.1). */
	{ "ix fallback",
	  "the program goes on under this profile: by ix, or since the profile for it is not there",
	  NULL, false, NULL },
	{ "ux fallback",
	  "the program goes on unconfined: by ux, or since the profile for it is not there", NULL,
	  false, NULL },
	{ "ptrace prevents transition",
	  "another process traces this one, and may not trace it under the other profile",
	  "the tracer's profile needs 'ptrace trace peer=' with that profile", true, NULL },
	{ "link not subset of target",
	  "the new name would have permissions that the file's own name has not",
	  "a rule 'link FROM -> TO' without 'subset' does without that", false, NULL },
	{ "unconfined can not change_hat", "only a program under a profile has hats", NULL, true,
	  NULL },
	{ "unconfined can not change_profile", "the kernel restricts who is unconfined", NULL, true,
	  NULL },
	{ "unconfined", "an unconfined program has no hats", NULL, true, NULL },
	{ "no hats defined", "the profile has no hats at all",
	  "write 'hat NAME { }' into the profile", true, NULL },
	{ "hat not found", "the profile has no such hat", "write 'hat NAME { }' into the profile",
	  true, NULL },
	{ "target restricted", "the kernel lets nobody go to that profile this way", NULL, true,
	  NULL },
	{ "failed to build target label",
	  "the kernel could not make the label that the rule leads to", NULL, true, NULL },
	{ "failed null profile create", "the kernel could not make a profile for complain mode",
	  NULL, true, NULL },
	{ "Userns create - transitioning profile",
	  "the user namespace was made, under a stricter profile: the system restricts "
	  "unprivileged "
	  "user namespaces",
	  "a profile of its own with 'userns,' for the program avoids that", false, NULL },
	{ "Userns create restricted",
	  "the system restricts user namespaces of programs without a profile",
	  "a profile of its own with 'userns,' for the program avoids that", false, NULL },
};

const struct yr_info *yr_info_find(struct yr_str text)
{
	for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
		size_t len = strlen(infos[i].text);

		if (text.len >= len && !memcmp(text.at, infos[i].text, len))
			return &infos[i];
	}
	return NULL;
}

static bool begins(struct yr_str s, const char *with)
{
	return s.len >= strlen(with) && !memcmp(s.at, with, strlen(with));
}

bool yr_profile_is_null(struct yr_str profile)
{
	return profile.len &&
	       (begins(profile, "null-") || memmem(profile.at, profile.len, "//null-", 7));
}

const char *yr_profile_hint(struct yr_str profile)
{
	static const struct {
		const char *begins, *hint;
	} known[] = {
		{ "docker-default", "Docker's default profile for containers" },
		{ "cri-containerd.apparmor.d", "containerd's default profile, also of Pods" },
		{ "containers-default-", "the default profile of podman and buildah" },
		{ "crio-default", "CRI-O's default profile, also of Pods" },
		{ "lxc-container-default", "LXC's default profile for containers" },
		{ "lxd-", "LXD made it for one container" },
		{ "incus-", "Incus made it for one container" },
		{ "snap.", "snapd made it for a snap, and writes it anew" },
		{ "libvirt-", "libvirt made it for one guest" },
		{ "k8s-apparmor-example", "of Kubernetes's tutorial" },
	};

	if (yr_profile_is_null(profile))
		return "made by the kernel while the profile before '//null-' was in complain "
		       "mode, for a "
		       "program that no rule there says how to execute; that exec comes first";
	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (begins(profile, known[i].begins))
			return known[i].hint;
	return NULL;
}

/* "root//lxd-NAME_<var-lib-lxd>" */
const char *yr_namespace_hint(struct yr_arena *arena, struct yr_str ns)
{
	static const struct {
		const char *begins, *engine;
	} known[] = { { "lxd-", "LXD" }, { "incus-", "Incus" } };

	if (begins(ns, "root//"))
		ns = (struct yr_str){ ns.at + 6, ns.len - 6 };
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t skip = strlen(known[i].begins);
		const char *end;

		if (!begins(ns, known[i].begins))
			continue;
		end = memmem(ns.at, ns.len, "_<", 2);
		if (end && end > ns.at + skip)
			return yr_arena_printf(arena, "container %.*s of %s",
					       (int)(end - ns.at - (long)skip), ns.at + skip,
					       known[i].engine);
	}
	return NULL;
}
