/* SPDX-License-Identifier: Apache-2.0 */
/* Brings what the engine has to where the stored Pods want it, one step at a time. */
#ifndef YR_AGENT_AGENT_H
#define YR_AGENT_AGENT_H

#include "agent/engine.h"
#include "agent/store.h"
#include "agent/wanted.h"
#include "pod/gate.h"
#include "yoroi/host.h"

struct json_t;

/* Everything is borrowed; @address and @silent are the agent's own. */
struct yr_agent {
	struct yr_store *store;
	struct yr_engine engine;
	struct yr_host_paths paths;
	const char *node; /* its name, in events */
	/* What the machine is now: asked once a round. NULL: it cannot be told, and nothing starts.
	 */
	const struct yr_node_facts *(*facts)(void *ctx);
	/* What people should hear: a step that failed. */
	void (*say)(void *ctx, const char *text);
	void *ctx;
	unsigned delay; /* seconds of the first pause before a restart */
	bool look;      /* only put on record what happened, and begin nothing */
	/* Of the machine, as others reach it; "": nobody does. */
	char address[46];
	int64_t silent; /* when a pull last failed late that need not have been; 0: never */
};

struct yr_round {
	bool progress; /* something was done: another round finds more */
	int64_t wake;  /* look again then; 0: when something changes */
	/* Main processes of what runs, for who wants to hear of their end. At most as many as fit. */
	pid_t pids[1024];
	size_t n_pids;
	/* Of the Pod called @only: its state, for who waits for it. */
	bool there, settled;
};

/*
 * Look at all Pods and do at most one step for each; @only: a UID, and only that Pod is worked on.
 * The caller holds the lock of the store's Pods.
 */
int yr_agent_round(struct yr_agent *a, const char *only, struct yr_round *ret, struct yr_err *err);

/* ---- its parts ---- */

/* A container in one round. */
struct yr_work_container {
	const struct yr_container *c;
	struct yr_container_row row;
	const struct yr_instance *instance;
	const char *name; /* as the engine calls it */
};
struct yr_work {
	struct yr_agent *agent;
	struct yr_pod_row *pod; /* goes with what is put on record */
	struct yr_wanted wanted;
	struct yr_work_container *containers;
	size_t n;
	struct yr_plan_container *planned;
	struct yr_plan_pod plan;
	struct yr_instances *seen;
	struct yr_arena *round; /* where what was seen lives */
	struct yr_gate gate;
	int64_t now;
	bool stale; /* the engine has something else now than what was seen */
};

/* Do one step; *ret_wrong: it failed, and was put on record. */
int yr_agent_act(struct yr_work *w, const struct yr_next *next, struct yr_err *err);
/* The Pod's own volumes: make those that are missing, or remove all; done again, nothing happens. */
int yr_agent_make_volumes(struct yr_work *w, struct yr_err *err);
int yr_agent_remove_volumes(struct yr_work *w, struct yr_err *err);
/* The addresses of the Pod's own network, if they are not on record. */
int yr_agent_find_addresses(struct yr_work *w, struct yr_err *err);
/* Of this machine, into @buffer; "": no way leads to others. */
void yr_node_address(char *buffer, size_t size);
/* An event of the Pod, or of its container @c (NULL: of the Pod). */
int yr_agent_event(struct yr_work *w, const struct yr_container *c, bool warning,
		   const char *reason, const char *message, struct yr_err *err);
int yr_agent_put(struct yr_work *w, struct yr_work_container *c, struct yr_err *err);
/* Something went wrong on the way of @c: told, and tried again after a pause. */
int yr_agent_fail(struct yr_work *w, struct yr_work_container *c, const char *reason,
		  const char *message, struct yr_err *err);
/* The gate's refusal as an event: at once, and again after pauses that grow. */
int yr_agent_tell_gate(struct yr_work *w, struct yr_err *err);

/*
 * Whether @pid runs under what @c asks for. *ret_loose: under a profile that only reports: what it
 * does not allow is done.
 */
enum yr_label_answer { YR_LABEL_GOOD, YR_LABEL_WRONG, YR_LABEL_GONE, YR_LABEL_UNREADABLE };
enum yr_label_answer yr_agent_check_label(struct yr_work *w, const struct yr_container *c,
					  pid_t pid, struct yr_buf *ret_label, bool *ret_loose,
					  struct yr_err *err);
/* @pid ran under it, and is unconfined now. Another profile is one that its own led it to. */
bool yr_agent_lost_profile(struct yr_work *w, const struct yr_container *c, pid_t pid);
/*
 * What the engine calls an attempt of @c that is older than the one before this; NULL: there is
 * none. The one before this is kept, since people ask for its log.
 */
const char *yr_agent_outdated(const struct yr_work *w, const struct yr_work_container *c);

/* The Pod's status as Kubernetes has it; a new reference. */
struct json_t *yr_agent_status(const struct yr_work *w);
/* "2026-11-22T16:00:00Z" */
const char *yr_agent_time(int64_t t, char *buffer, size_t size);

#endif
