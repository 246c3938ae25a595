/* SPDX-License-Identifier: Apache-2.0 */
/* Which profile a container is to have, and who says so. Looks at nothing but what it is given. */
#ifndef YR_OCI_DECIDE_H
#define YR_OCI_DECIDE_H

#include <stdbool.h>

#include "oci/record.h"
#include "oci/settings.h"
#include "oci/spec.h"

/* Annotations that are read. */
#define YR_ANNOTATION_PROFILE "io.yoroi.apparmor.profile"
#define YR_ANNOTATION_ON_FAILURE "io.yoroi.apparmor.on-failure"
#define YR_ANNOTATION_KUBERNETES "container.apparmor.security.beta.kubernetes.io/"

enum yr_decided_by {
	YR_BY_PROCESS,    /* process.apparmorProfile */
	YR_BY_OPTION,     /* --apparmor of exec */
	YR_BY_ANNOTATION, /* one of the two */
	YR_BY_CONTAINER,  /* exec asks for nothing: what the container was started with */
	YR_BY_PRIVILEGED, /* the configuration's word for privileged containers */
	YR_BY_DEFAULT,    /* and for all others */
};

/* Strings are those of what it was made from, or its own. */
struct yr_decision {
	enum yr_decided_by by;
	const char *profile;        /* NULL: unconfined */
	const char *asked;          /* as it was written; NULL: nobody asked */
	char source[400];           /* "annotation io.yoroi.apparmor.profile" */
	bool on_failure_unconfined; /* what to do when it cannot be had */
	char note[400];             /* what was not followed, and the like; "": nothing */
};

/*
 * For create and run. In this order: process.apparmorProfile, our annotation, Kubernetes' one, the
 * configured default; the last alone for the container that keeps a Pod's namespaces. -EINVAL: a
 * wish that is none, or one of several and nothing tells which; -EPERM: the configuration forbids
 * it. @err then names who asked for what.
 */
int yr_decide_start(const struct yr_spec *spec, const struct yr_oci_settings *s,
		    struct yr_decision *ret, struct yr_err *err);

/*
 * For exec: the process's own wish, else --apparmor, else the container's. @process NULL: none was
 * given as a file. @container: what is known of its start, NULL: nothing.
 */
int yr_decide_exec(const struct yr_spec *process, const char *apparmor,
		   const struct yr_start *container, const struct yr_oci_settings *s,
		   struct yr_decision *ret, struct yr_err *err);

#endif
