/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of Pods, over our own death: in SQLite, each change whole or not at all. Several
 * processes may have it open at once.
 */
#ifndef YR_AGENT_STORE_H
#define YR_AGENT_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/plan.h"
#include "base/arena.h"
#include "yoroi/err.h"

#define YR_STORE_PATH "/var/lib/yoroi/pods.db"

struct yr_store;

/*
 * *ret is the caller's, for yr_store_free(). The folder is made (0700) if only it is missing, the
 * file has mode 0600. -EBADMSG: it is none of ours, or of a newer Yoroi.
 */
int yr_store_open(const char *path, struct yr_store **ret, struct yr_err *err);
/* NULL is fine. Always returns NULL. */
struct yr_store *yr_store_free(struct yr_store *s);
/* Which store it is: a random word, made with it. Lives as long as the store. */
const char *yr_store_id(const struct yr_store *s);
/* Another number than before: another process changed something. Negative: it cannot be read. */
int64_t yr_store_version(struct yr_store *s);

/* Changes between them are made together. They do not nest. */
int yr_store_begin(struct yr_store *s, struct yr_err *err);
int yr_store_commit(struct yr_store *s, struct yr_err *err);
void yr_store_rollback(struct yr_store *s);

/* Strings that are not known are "". Times are seconds since 1970. */
struct yr_pod_row {
	const char *uid, *ns, *name;
	const char *json;   /* as it was admitted */
	const char *status; /* JSON, as it was last told */
	const char *era;
	const char *source; /* file that it comes from; "": `pod create` */
	bool gate_off;
	int64_t created, deleted; /* 0: not deleted */
	int64_t grace;            /* seconds, of a deleted one */
	const char *addresses; /* of its own network, a blank between two; not for yr_store_add() */
	int64_t net_since;     /* when that began whose addresses they are */
};

/* Start from { 0 }; all in it belongs to the arena that it was read into. */
struct yr_pod_rows {
	struct yr_pod_row *at;
	size_t n;
};

/* @ns, @name: NULL for all; in order of namespace and name. */
int yr_store_pods(struct yr_store *s, const char *ns, const char *name, struct yr_arena *arena,
		  struct yr_pod_rows *ret, struct yr_err *err);
/* -EEXIST: there is one of that name; -ENOSPC: there are too many. */
int yr_store_add(struct yr_store *s, const struct yr_pod_row *p, struct yr_err *err);
/* The file that it comes from has another name now. */
int yr_store_source(struct yr_store *s, const char *uid, const char *source, struct yr_err *err);
/* To be ended. A second time only shortens the grace. */
int yr_store_delete(struct yr_store *s, const char *uid, int64_t now, int64_t grace,
		    struct yr_err *err);
/* It is gone. Its events stay. */
int yr_store_forget(struct yr_store *s, const char *uid, struct yr_err *err);
int yr_store_status(struct yr_store *s, const char *uid, const char *json, struct yr_err *err);

int yr_store_addresses(struct yr_store *s, const char *uid, const char *addresses,
		       int64_t net_since, struct yr_err *err);

/* How far a container is, at its newest attempt. */
struct yr_container_row {
	unsigned attempt;
	enum yr_stage stage;
	unsigned backoff, failures;
	int64_t retry;
	const char *id;                       /* of this attempt; "" before it is made */
	const char *profile;                  /* that the engine gave it */
	const char *reason, *message;         /* of what failed; "" */
	const char *last;                     /* JSON: how the attempt before ended; "" */
	const char *image_id;                 /* "" until it is made */
	int64_t started, finished, exit_code; /* as they were last seen */
};
/* One that is not there is a new one. */
int yr_store_container(struct yr_store *s, const char *uid, const char *name,
		       struct yr_arena *arena, struct yr_container_row *ret, struct yr_err *err);
int yr_store_put_container(struct yr_store *s, const char *uid, const char *name,
			   const struct yr_container_row *c, struct yr_err *err);

struct yr_event_row {
	const char *uid, *ns, *name, *kind;
	const char *path; /* "spec.containers{hello}" or "" */
	const char *type, *reason, *message;
	const char *component, *host;
	int64_t count, first, last;
	int64_t id;
};
struct yr_event_rows {
	struct yr_event_row *at;
	size_t n;
};
/* The same again is counted. @e->last is now; count and first are not looked at. */
int yr_store_event(struct yr_store *s, const struct yr_event_row *e, struct yr_err *err);
/* @ns, @name: NULL for all; in order of their last time. */
int yr_store_events(struct yr_store *s, const char *ns, const char *name, struct yr_arena *arena,
		    struct yr_event_rows *ret, struct yr_err *err);
/* The event of these words, if it is there: *ret_count is 0 otherwise. */
int yr_store_find_event(struct yr_store *s, const struct yr_event_row *e, int64_t *ret_count,
			int64_t *ret_last, struct yr_err *err);
/* Those that are older than @before, and those over the limit, go. */
int yr_store_prune(struct yr_store *s, int64_t before, struct yr_err *err);

#endif
