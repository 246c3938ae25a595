/* SPDX-License-Identifier: Apache-2.0 */
/* Which containers run here, what their processes are under, and what was refused them. */
#ifndef YR_OCI_CONTAINERS_H
#define YR_OCI_CONTAINERS_H

#include "oci/record.h"
#include "yoroi/host.h"
#include "yoroi/log.h"

/* What some processes of a container are under. */
struct yr_container_label {
	const char *profile; /* "unconfined" without one; NULL: not for us to see */
	const char *mode;
	bool unconfined;
	size_t n; /* processes */
};

struct yr_running {
	const char *id;
	const char *engine;           /* NULL: not known */
	const char *pod_uid;          /* "": none */
	const struct yr_start *start; /* its record; NULL: not started by yoroi-runtime */
	struct yr_container_label *labels;
	size_t n_labels;
	size_t n_processes, n_unconfined;
	uint64_t denials;
};

struct yr_running_member {
	pid_t pid;
	size_t container; /* of yr_containers.at */
};

/* In order of id. Strings live as long as it, and as the states that it was made with. */
struct yr_containers {
	struct yr_running *at;
	size_t n;
	struct yr_running_member *members; /* all processes in containers, in order of pid */
	size_t n_members;
	uint64_t others; /* denials under profiles of containers, of which one is not known */
};

/*
 * Processes are told apart by their control groups. On a machine without AppArmor all of them are
 * unconfined. On success *ret is the caller's, for yr_containers_free().
 */
int yr_containers_read(const struct yr_host_paths *paths, const struct yr_states *states,
		       struct yr_containers **ret, struct yr_err *err);
struct yr_containers *yr_containers_free(struct yr_containers *c);

/* NULL: the process is in none. */
const struct yr_running *yr_containers_find(const struct yr_containers *c, pid_t pid);

/*
 * Whether it runs with less than was asked for, as far as its record tells: some of its processes
 * are under no profile.
 */
bool yr_running_is_weaker(const struct yr_running *r);

/*
 * Count a record of the kernel's log, if it is a denial of a container's: by its process, or where
 * that has ended by its profile, if only one container is under that.
 */
void yr_containers_count(struct yr_containers *c, const struct yr_log_event *ev);

#endif
