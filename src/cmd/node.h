/* SPDX-License-Identifier: Apache-2.0 */
/* A directory of manifests that a node serves. */
#ifndef YR_CMD_NODE_H
#define YR_CMD_NODE_H

#include <fcntl.h>

#include "cmd/pod_place.h"

/* Start from { .path = DIR }, NULL: none; yr_manifest_dir_done() at the end. */
struct yr_manifest_dir {
	const char *path;
	char *seen; /* names, times and sizes, as they were last served */
	char *now;
	int64_t retry; /* nothing before: seconds of a clock that only goes on */
	bool said;     /* that it cannot be read */
	int status;    /* the worst of its files, as they were last served */
	size_t pods;   /* stored ones that came from files, after that */
};

/* Whether a file came, went or changed since it was served. */
bool yr_manifest_dir_changed(struct yr_manifest_dir *d);
/* Whether a Pod of a file went since, which somebody deleted. */
bool yr_manifest_dir_lost(struct yr_pod_place *p, const struct yr_manifest_dir *d);
/* Make the stored Pods what the files say. What is wrong is said; such a file's Pods stay. */
void yr_manifest_dir_serve(struct yr_pod_place *p, struct yr_manifest_dir *d);
void yr_manifest_dir_done(struct yr_manifest_dir *d);

#endif
