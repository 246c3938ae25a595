/* SPDX-License-Identifier: Apache-2.0 */
/* The engine that has images, storage and networks: podman's command line. */
#ifndef YR_AGENT_ENGINE_H
#define YR_AGENT_ENGINE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/buf.h"

struct json_t;

/* Everything is borrowed. */
struct yr_engine {
	const char *podman;  /* program */
	const char *runtime; /* --runtime; NULL: the engine's own */
	const char *network; /* of Pods; NULL: the engine's own */
	/*
	 * A lock that a call holds until it ends, also when we die before: who comes next must not
	 * begin while it goes on. -1: none.
	 */
	int lock;
};

/* Arguments of a call; strings live in the arena. Start from { .arena = ... }. */
struct yr_args {
	const char **at; /* NULL at the end */
	size_t n;
	struct yr_arena *arena;
	bool failed; /* memory is out, or there are too many */
};
void yr_args_add(struct yr_args *a, const char *arg);
void yr_args_printf(struct yr_args *a, const char *fmt, ...) YR_PRINTF(2, 3);
/* The program and what stands in front of its command. */
void yr_args_begin(struct yr_args *a, const struct yr_engine *e);

/*
 * Call the engine: its output in @out, which may be NULL. 0: it ended with status 0. -ETIMEDOUT:
 * it was ended after @seconds; -EREMOTEIO: it failed, @err has its last words, *ret_status (may be
 * NULL) its status.
 */
int yr_engine_call(const struct yr_engine *e, const struct yr_args *a, unsigned seconds,
		   struct yr_buf *out, int *ret_status, struct yr_err *err);

/* One container of ours as the engine lists it. */
struct yr_instance {
	const char *name, *id, *image_id;
	const char *state; /* "created", "running", "exited", ... */
	pid_t pid;
	int exit_code;
	int64_t started, finished; /* 0: not yet */
};
struct yr_instances {
	struct yr_instance *at;
	size_t n;
};
/* All containers of the store called @store, what holds Pods' networks among them. */
int yr_engine_list(const struct yr_engine *e, const char *store, struct yr_arena *arena,
		   struct yr_instances *ret, struct yr_err *err);
/* One that was just made, so that nobody has to list them all again. -ENOMEM, and nothing else. */
int yr_instance_add(struct yr_instances *all, const struct yr_instance *made,
		    struct yr_arena *arena);
/* NULL: there is none of that name. */
const struct yr_instance *yr_instance_find(const struct yr_instances *all, const char *name);

#endif
