/* SPDX-License-Identifier: Apache-2.0 */
/* Which container a process runs in. */
#ifndef YR_HOST_CONTAINER_H
#define YR_HOST_CONTAINER_H

#include "base/str.h"
#include "yoroi/host.h"

struct yr_container {
	const char *engine; /* "Docker", "containerd"; NULL: its groups do not tell */
	char id[65];        /* hexadecimal digits */
	char pod[37];       /* Kubernetes's uid of the Pod; empty: none */
};

/* From the text of /proc/PID/cgroup. False: no container that is known. */
bool yr_container_parse(const char *cgroups, struct yr_container *ret);

/*
 * The container of process @pid, if that is still called @comm and still under @profile: numbers
 * are used again, and logs come from other machines. False: there is nothing to tell.
 */
bool yr_container_of(const struct yr_host_paths *paths, pid_t pid, struct yr_str comm,
		     struct yr_str profile, struct yr_container *ret);

#endif
