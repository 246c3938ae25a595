/* SPDX-License-Identifier: Apache-2.0 */
/* What `yoroi status` tells besides profiles and processes. */
#ifndef YR_CMD_STATUS_H
#define YR_CMD_STATUS_H

#include "cmd/cmd.h"
#include "cmd/learn_run.h"
#include "oci/containers.h"
#include "oci/drift.h"

struct json_t;

/* A loaded profile whose file says something else. */
struct yr_drifted {
	char *profile, *file;
	enum yr_drift_answer answer;
	char *why;
};

/* Start from { 0 }. */
struct yr_status_more {
	struct yr_states states;
	struct yr_containers *containers;
	bool counted; /* denials are known */
	struct yr_drifted *drifted;
	size_t n_drifted;
	size_t n_compared;
	struct yr_leftover left[8]; /* profiles that a killed `yoroi learn` could not unload */
	size_t n_left;
};

/* Where to look. Borrowed. */
struct yr_status_asked {
	struct yr_settings *settings;
	const char *run_dir;
	const char *log;                 /* "journal", a file, "none" */
	const char *const *profile_dirs; /* NULL at the end */
	bool all; /* drift of every loaded profile, not only of those in use */
};

/* Returns an exit status, everything said; yr_status_more_done() in any case. */
int yr_status_more_read(const struct yr_status_asked *a, const struct yr_status *s,
			struct yr_status_more *ret);
/* The part of it that is about files; it is called by the above. */
int yr_status_drift(const struct yr_status_asked *a, const struct yr_status *s,
		    struct yr_status_more *ret);
void yr_status_more_done(struct yr_status_more *m);

/* The container's name and the beginning of its id; on standard output. */
void yr_status_put_container(const struct yr_running *r);
void yr_status_print_more(const struct yr_status_more *m);
/* Into the object of yr_status_json(). false: memory is out. */
bool yr_status_json_more(struct json_t *root, const struct yr_status_more *m);

#endif
