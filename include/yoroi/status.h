/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded and who is confined. */
#ifndef YOROI_STATUS_H
#define YOROI_STATUS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "yoroi/err.h"
#include "yoroi/host.h"

struct yr_loaded {
	const char *name; /* any bytes but NUL and newline: spaces, "//" and parentheses occur */
	const char *mode_word; /* as the kernel wrote it */
	enum yr_label_mode mode;
};

/* What securityfs' profiles file lists, in order of name; strings live as long as it. */
struct yr_profiles {
	const struct yr_loaded *at;
	size_t n;
};

/*
 * *ret_profiles is the caller's, for yr_profiles_free(). -EBADMSG: a line that is not
 * "name (mode)"; -ENOENT, -EACCES: as yr_host_state() says in the message.
 */
int yr_profiles_read(const struct yr_host_paths *paths, struct yr_profiles **ret_profiles,
		     struct yr_err *err);
struct yr_profiles *yr_profiles_free(struct yr_profiles *p);
/* NULL: not loaded. */
const struct yr_loaded *yr_profiles_find(const struct yr_profiles *p, const char *name);

struct yr_process {
	pid_t pid;
	const char *comm;
	const char *exe; /* as /proc/PID/exe reads; NULL: kernel thread, zombie, or not for us */
	const char *label;
	const char *profile;
	const char *mode_word;
	enum yr_label_mode mode;
	bool unconfined; /* no profile; see struct yr_label */
};

/* All processes in order of pid; strings live as long as the list. */
struct yr_processes {
	const struct yr_process *at;
	size_t n;
	size_t n_hidden; /* more, that /proc does not let us look at (hidepid) */
};

/*
 * Processes that end while the list is made are left out without a word; any other failure
 * to read a label is one. -EOPNOTSUPP: AppArmor is not enabled.
 */
int yr_processes_read(const struct yr_host_paths *paths, struct yr_processes **ret_processes,
		      struct yr_err *err);
struct yr_processes *yr_processes_free(struct yr_processes *p);

/*
 * Everything `yoroi status` tells. @confined are the processes that count as "having a
 * profile defined" in aa-status: those under a profile, and unconfined ones whose executable
 * is the name of a loaded profile (for these profile is that name, mode unconfined and
 * unconfined true). In order of pid.
 */
struct yr_status {
	enum yr_apparmor_state state;
	const char *why; /* in words, "" for YR_APPARMOR_OK */
	const struct yr_profiles *profiles;
	const struct yr_process *confined;
	size_t n_confined;
	size_t n_processes; /* all that we can see */
	size_t n_hidden;    /* and those that /proc hides from us; none from root */
	size_t profiles_by_mode[YR_LABEL_MODES];
	size_t confined_by_mode[YR_LABEL_MODES];
};

/*
 * A machine without AppArmor, or one that does not let us look, is an answer and not a
 * failure: 0 comes back, state and why say it, and what cannot be seen is empty.
 */
int yr_status_read(const struct yr_host_paths *paths, struct yr_status **ret_status,
		   struct yr_err *err);
struct yr_status *yr_status_free(struct yr_status *s);

/*
 * @s as a JSON object, a superset of what aa-status --json (format version "2") writes; see
 * status_json.c for its form. @indent 0: on one line. free() the result; NULL: memory is out.
 */
char *yr_status_json(const struct yr_status *s, int indent);

#endif
