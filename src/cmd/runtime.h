/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of yoroi-runtime share. */
#ifndef YR_CMD_RUNTIME_H
#define YR_CMD_RUNTIME_H

#include <limits.h>
#include <signal.h>

#include "host/places.h"
#include "oci/args.h"
#include "oci/bundle.h"
#include "oci/decide.h"
#include "oci/ensure.h"
#include "oci/record.h"
#include "oci/runtime_limits.h"
#include "oci/settings.h"

/* What a runtime ends with when it could not do what it was asked. */
#define YR_RUNTIME_FAILED 1

struct yr_runtime {
	int argc;
	char **argv;
	struct sigaction before[2]; /* what the runtime is to have back */
	struct yr_oci_args args;
	struct yr_oci_settings *settings; /* NULL: they could not be read */
	bool rootless;
	char conf[PATH_MAX];
	char path[PATH_MAX];    /* of the real runtime */
	char run_dir[PATH_MAX]; /* ours */
	char events[PATH_MAX];  /* the records of a user who is not root */
	char root[PATH_MAX];    /* where the real runtime keeps containers; "": not known */
	struct yr_host_paths host;
	struct yr_record_to record_to;
	struct yr_place policy; /* the installed policy */
	char containers[PATH_MAX + 48];
	const char *usual_dirs[3], *include_dirs[YR_LIMIT_PROFILE_DIRS + 2];
	struct yr_ensure ensure;
	/* What is started, as far as it is known; for the record, which borrows from it. */
	struct yr_bundle *bundle; /* or the process's file; NULL: none */
	struct yr_spec *spec;
	struct yr_start *container; /* exec: what is known of its start; NULL: nothing */
	struct yr_decision decision;
	struct yr_ensured ensured;
	char lsm_profile[YR_LIMIT_ASKED_NAME + 16]; /* for restore */
	char reason[1000];
	struct yr_start start; /* what will be recorded */
};

/* ---- runtime_places.c ---- */

/* The configuration and what does not depend on it. */
int yr_runtime_configure(struct yr_runtime *rt, struct yr_err *err);
/* Find the real runtime, for rt->path. */
int yr_runtime_find(struct yr_runtime *rt, struct yr_err *err);
/*
 * The same without a configuration, for the reason in @err, which is told: for commands that start
 * nothing. Containers that run must be stopped and removed whatever is wrong with it.
 */
int yr_runtime_find_anyway(struct yr_runtime *rt, struct yr_err *err);
/* What commands need besides that start something. */
void yr_runtime_places(struct yr_runtime *rt);

/* ---- runtime_tell.c ---- */

enum yr_tell { YR_TELL_WARNING, YR_TELL_ERROR };
/* To standard error, and to the runtime's log in its form, as runc does it. */
void yr_runtime_tell(const struct yr_runtime *rt, enum yr_tell level, const char *fmt, ...)
	YR_PRINTF(3, 4);
/* That the container, or the process in it, is not started, and why; recorded, too. */
int yr_runtime_refuse(struct yr_runtime *rt, const char *why);
/*
 * Leave the record of a start. @must: without it there is none. Negative: it has to be refused, and
 * @err says why.
 */
int yr_runtime_record(struct yr_runtime *rt, bool must, struct yr_err *err);

/* ---- runtime_start.c, runtime_exec.c ---- */

/* The specification in rt->bundle, which was just opened from @file, into rt->spec. */
int yr_runtime_read(struct yr_runtime *rt, enum yr_spec_kind kind, struct yr_err *err);
/* "A" for @path in place of what was given, if that came there by links; NULL: leave it. */
const char *yr_runtime_real(const struct yr_runtime *rt, const char *given);
/* The profile is loaded; whether it does anything. Negative: the configuration forbids that. */
int yr_runtime_check_mode(struct yr_runtime *rt, struct yr_err *err);
/* Have rt->start tell what was decided, and @failure, when there was one. */
void yr_runtime_tell_decision(struct yr_runtime *rt, const char *failure);

/* Do what is to be done before; on success what is to be changed in the line is in *ret. */
int yr_runtime_start(struct yr_runtime *rt, struct yr_oci_change *ret, struct yr_err *err);
int yr_runtime_exec(struct yr_runtime *rt, struct yr_oci_change *ret, struct yr_err *err);
/* start, of what was created. */
int yr_runtime_begin(struct yr_runtime *rt, struct yr_err *err);

#endif
