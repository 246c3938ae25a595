/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a node may start a Pod, and what is told when it may not. */
#ifndef YR_POD_GATE_H
#define YR_POD_GATE_H

#include "pod/pod.h"

struct json_t;

/* What the node is. Everything is borrowed. */
struct yr_node_facts {
	bool enabled;          /* AppArmor is in the kernel and on */
	bool mounted;          /* its interface is there */
	const char *interface; /* where: "/sys/kernel/security/apparmor" */
	bool runtime_capable;  /* the runtime sets profiles, or fails */
	const char *runtime;   /* its name */
	/* Why the list of loaded profiles cannot be read; NULL: it can. */
	const char *unreadable;
	/* Whether a profile is loaded, or will be before its container starts. */
	bool (*loaded)(void *ctx, const char *name);
	void *ctx;
};

enum yr_gate_outcome {
	YR_GATE_START,
	YR_GATE_WAIT,   /* to be asked again: what is missing may come */
	YR_GATE_REJECT, /* for good */
};

/* Strings live as long as the arena. */
struct yr_gate {
	enum yr_gate_outcome outcome;
	const char *reason, *message;                 /* of the Pod's status; NULL: none */
	const char *waiting_reason, *waiting_message; /* of containers; NULL: none */
	const struct yr_container *container;         /* that waits; NULL: all */
	const char *event_reason, *event_message;     /* type Warning; NULL: no event */
};

/* A pure function of what it is given. -ENOMEM. */
int yr_pod_gate(const struct yr_pod *p, const struct yr_era *era, bool gate_off,
		const struct yr_node_facts *f, struct yr_arena *arena, struct yr_gate *ret);
/* "Pending" or "Failed"; of a Pod that may start "Pending" too, until it runs. */
const char *yr_gate_phase(const struct yr_gate *g);
/* The node's ready message. */
const char *yr_node_ready_message(const struct yr_era *era, bool gate_off,
				  const struct yr_node_facts *f);
/* The Pod's status, and the event or NULL; new references. @now: "2026-11-22T16:00:00Z". */
struct json_t *yr_gate_status(const struct yr_gate *g, const struct yr_pod *p);
struct json_t *yr_gate_event(const struct yr_gate *g, const struct yr_pod *p, const char *ns,
			     const char *now);

#endif
