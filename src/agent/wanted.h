/* SPDX-License-Identifier: Apache-2.0 */
/* What a Pod wants of the engine. */
#ifndef YR_AGENT_WANTED_H
#define YR_AGENT_WANTED_H

#include "agent/engine.h"
#include "agent/store.h"
#include "pod/pod.h"

struct json_t;

/* A stored Pod, read. Start from { 0 }; yr_wanted_done() in any case. */
struct yr_wanted {
	struct yr_docs docs;
	struct yr_arena arena;
	struct yr_pod pod;
	struct yr_era era;
	struct json_t *root;
	const char *uid, *ns, *name;
	const char *sandbox, *infra; /* what the engine calls what holds the network */
	enum yr_restart restart;
	int64_t grace;
};

int yr_wanted_read(const struct yr_pod_row *row, struct yr_wanted *ret, struct yr_err *err);
void yr_wanted_done(struct yr_wanted *w);

/*
 * What this node cannot do for the Pod @root, as it is stored: @fn once for each field, with
 * @refused false where leaving it away changes nothing about what the containers may do.
 */
typedef void yr_wanted_fn(void *ctx, const char *path, bool refused);
void yr_wanted_check(struct json_t *root, yr_wanted_fn *fn, void *ctx);

/* "yoroi_hello_hello-apparmor_default_UID_0"; NULL: memory is out. */
const char *yr_wanted_name(struct yr_wanted *w, const char *container, unsigned attempt);
/* Its entry in the Pod; borrowed. */
struct json_t *yr_wanted_entry(const struct yr_wanted *w, const struct yr_container *c);
/* When an image is pulled: as the container says, or else by its tag. */
enum yr_pull {
	YR_PULL_MISSING, /* if it is not on the machine */
	YR_PULL_NEVER,
	YR_PULL_ALWAYS,
	YR_PULL_RENEW, /* always, but nobody asked for that: what is on the machine will do */
};
enum yr_pull yr_wanted_pull(const struct yr_wanted *w, const struct yr_container *c);

void yr_wanted_sandbox_args(struct yr_wanted *w, const struct yr_engine *e, const char *store,
			    struct yr_args *a);
/* false: something about it is wrong, in @err. */
bool yr_wanted_create_args(struct yr_wanted *w, const struct yr_engine *e, const char *store,
			   const struct yr_container *c, unsigned attempt, struct yr_args *a,
			   struct yr_err *err);
/* "BestEffort", "Burstable" or "Guaranteed", by the resources of all containers of @spec. */
const char *yr_wanted_qos(struct json_t *spec);
/* "unconfined" or "runtime/default", for events. */
const char *yr_wanted_seccomp(const struct yr_wanted *w, const struct yr_container *c);

#endif
