/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The command line of an OCI runtime. runc (Go's rules for options) and crun (GNU's) read the same
 * words differently here and there: `-bundle x` is a bundle for the one and `-b undle` with an id
 * for the other. Lines are read by both rules. What one of them does not take is read by the
 * other's, since the runtime that does not take it refuses it; what both take must come out the
 * same.
 */
#ifndef YR_OCI_ARGS_H
#define YR_OCI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "yoroi/err.h"

enum yr_oci_command {
	YR_OCI_OTHER, /* every other command, --help, --version, or nothing: for the runtime alone */
	YR_OCI_CREATE,
	YR_OCI_RUN,
	YR_OCI_RESTORE,
	YR_OCI_START, /* of what was created; has no options */
	YR_OCI_EXEC
};

/* An option's value and where it stands; the last one counts, as it does for both runtimes. */
struct yr_oci_arg {
	const char *value; /* inside argv; NULL: not given */
	int index;         /* argv[index] holds it: as a whole, or behind "--name=" or "-n" */
};

struct yr_oci_args {
	enum yr_oci_command command;
	int command_index; /* argv[command_index]; 0: there is none */
	struct yr_oci_arg root, log, log_format;
	struct yr_oci_arg config, runtime; /* our own --yoroi-config and --yoroi-runtime */
	/*
	 * The following are for the commands above only. No -b: the bundle is the
	 * folder we are in.
	 */
	struct yr_oci_arg id;
	struct yr_oci_arg bundle; /* create, run, restore */
	/*
	 * create, run: crun's -f, --config. "config.json" alone is the bundle's, any other path is
	 * seen from the folder we are in.
	 */
	struct yr_oci_arg spec_file;
	struct yr_oci_arg lsm_profile; /* restore: --lsm-profile */
	struct yr_oci_arg process;     /* exec: -p, --process */
	struct yr_oci_arg apparmor;    /* exec: --apparmor; both runtimes ignore it beside -p */
	int exec_command;              /* exec: argv[] of the command in the container; 0: none */
};

/*
 * Only reads; *ret points into @argv. Options before the command that are not known, and those of
 * the commands above, are refused (-EINVAL) with their name and what to do, as are lines
 * that runc and crun read differently, a missing value, and no or two container ids.
 */
int yr_oci_args_read(int argc, char *const *argv, struct yr_oci_args *ret, struct yr_err *err);

/* NULL: as it was. */
struct yr_oci_change {
	const char *bundle;   /* in place of the value of -b; needs one */
	const char *process;  /* in place of the value of -p; needs one */
	const char *apparmor; /* exec: in place of the value of --apparmor, else put in as option */
	const char *lsm_profile; /* restore: the same for --lsm-profile */
	const char *spec_file;   /* in place of the value of -f; needs one */
};

/*
 * The line for the runtime: @runtime, then all words but for our own options and @change. On success
 * *ret is the caller's to free(), strings and all; it also points into @argv, and ends with NULL.
 */
int yr_oci_args_line(const struct yr_oci_args *a, int argc, char *const *argv, const char *runtime,
		     const struct yr_oci_change *change, char ***ret, struct yr_err *err);

#endif
