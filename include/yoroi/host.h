/* SPDX-License-Identifier: Apache-2.0 */
/* This machine's AppArmor: whether it is there, what it offers, whom it confines. */
#ifndef YOROI_HOST_H
#define YOROI_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "yoroi/err.h"
#include "yoroi/features.h"

/*
 * Where the kernel is looked for. A member that is NULL has its usual value, a NULL pointer
 * to the struct means all of them; tests pass scratch directories. The strings are read
 * during a call only, except that yr_loader_open() keeps copies.
 */
struct yr_host_paths {
	const char *securityfs; /* "/sys/kernel/security/apparmor" */
	const char *proc;       /* "/proc" */
	const char *params;     /* "/sys/module/apparmor/parameters" */
};

enum yr_apparmor_state {
	YR_APPARMOR_OK,
	YR_APPARMOR_ABSENT,        /* not in this kernel */
	YR_APPARMOR_DISABLED,      /* built in, switched off at boot */
	YR_APPARMOR_NOT_MOUNTED,   /* on, but securityfs is not mounted here */
	YR_APPARMOR_NO_PERMISSION, /* there, but not for this user */
	YR_APPARMOR_CONFINED,      /* the caller has a profile itself: see below */
	YR_APPARMOR_LOCKED,        /* policy cannot be changed until the next boot */
	YR_APPARMOR_UNKNOWN,       /* could not be found out; @why says what failed */
};

/*
 * What stands between the caller and loading policy, the first thing found in the order
 * above, and in words in @why (untouched for YR_APPARMOR_OK). YR_APPARMOR_CONFINED is a
 * likely refusal, not a sure one: a profile may grant capability mac_admin and the files,
 * so callers should try and let the loader explain. The same goes for reading; LOCKED never
 * keeps anybody from that.
 */
enum yr_apparmor_state yr_host_state(const struct yr_host_paths *paths, struct yr_err *why);
/* A stable word: "ok", "not-in-kernel", "disabled-at-boot", "securityfs-not-mounted", ... */
const char *yr_apparmor_state_name(enum yr_apparmor_state state);

/*
 * What the running kernel offers, read from securityfs' features/. Never a guess: a file
 * that cannot be read is a failure. *ret_features is the caller's on success. A failure
 * says which state of yr_host_state() is the reason.
 */
int yr_host_features(const struct yr_host_paths *paths, struct yr_features **ret_features,
		     struct yr_err *err);

/* Modes of profiles and of the labels of processes. */
enum yr_label_mode {
	YR_LABEL_ENFORCE,
	YR_LABEL_COMPLAIN,
	YR_LABEL_PROMPT, /* kernels write "user" or "prompt" */
	YR_LABEL_KILL,
	YR_LABEL_UNCONFINED,
	YR_LABEL_MIXED, /* a stack of profiles in different modes */
	YR_LABEL_OTHER, /* a word from a kernel newer than this program */
	YR_LABEL_MODES,
};

const char *yr_label_mode_name(enum yr_label_mode mode);

/*
 * A label as the kernel writes it. All strings are part of the one allocation that
 * yr_label_free() frees.
 */
struct yr_label {
	const char *text;      /* "a//&b (mixed)", without a newline */
	const char *profile;   /* "a//&b" */
	const char *mode_word; /* "mixed"; "unconfined" when the text has no mode */
	enum yr_label_mode mode;
	bool unconfined; /* no profile at all; a profile in mode unconfined is one */
};

/*
 * The label of process @pid, 0 for the calling thread's own. -ESRCH: no such
 * process (any more). -EOPNOTSUPP: AppArmor is not enabled, whatever another security
 * module may have written into the process's attr/current.
 */
int yr_host_label(const struct yr_host_paths *paths, pid_t pid, struct yr_label **ret_label,
		  struct yr_err *err);
struct yr_label *yr_label_free(struct yr_label *label);

/* What a thread asks the kernel to become. The strings are read during a call only. */
struct yr_label_change {
	/* May be a child ("a//b"), or "unconfined"; of the caller's namespace, or ":ns:a". */
	const char *profile;
	const char *ns; /* "a//b" is one inside another; NULL: as @profile says */
	bool stack;     /* on top of the caller's label: what that refuses stays refused */
	bool now;       /* before the call ends; otherwise at the next execve() */
};

/*
 * Ask the kernel for it. Only the calling thread is concerned. -ENOENT: no such profile is
 * loaded there; -EOPNOTSUPP: no AppArmor here; -EACCES, -EPERM: the caller's own profile or
 * no_new_privs forbids it; -EINVAL: not a name. After any failure the next execve() must not
 * happen: it would run under less than was asked, or, with @now, under who knows what.
 */
int yr_host_change(const struct yr_host_paths *paths, const struct yr_label_change *change,
		   struct yr_err *err);

/* The same for the next execve(), by the profile's whole name, which may be ":ns:a". */
int yr_host_change_onexec(const struct yr_host_paths *paths, const char *profile,
			  struct yr_err *err);

#endif
