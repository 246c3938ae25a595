/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a run: its children, and the records that come meanwhile. */
#ifndef YR_CMD_LEARN_WATCH_H
#define YR_CMD_LEARN_WATCH_H

#include <signal.h>

#include "author/learn.h"
#include "base/buf.h"
#include "cmd/learn_run.h"

/* The kernel's PID_MAX_LIMIT on 64 bit. */
#define YR_LEARN_PIDS (1u << 22)

/* Takes records. Start from { 0 }. */
struct yr_learn_watch {
	struct yr_learn *learned;
	const char *profile; /* of the run; NULL: whatever the options of @learned say */
	const char *name;    /* that is written instead */
	bool has_runtime;    /* a container's: its runtime is not looked at */
	bool removed;        /* the kernel has told that the profile is gone: no more come */
	struct yr_buf text[4];
	uint8_t begun[YR_LEARN_PIDS / 8]; /* processes that have done something under own names */
};
int yr_learn_watch(void *ctx, const struct yr_log_event *ev);
void yr_learn_watch_done(struct yr_learn_watch *w);

struct yr_learn_child {
	pid_t pid; /* 0: none */
	bool done;
	int status; /* of wait() */
};

struct yr_learn_runner {
	const struct yr_learn_wish *wish;
	struct yr_log *log;
	struct yr_live *live;
	struct yr_learn_watch *watch;
	struct yr_learn_cage cage;
	struct yr_learn_guard guard;
	struct yr_learn_ran *ran;
	int signals;         /* signalfd */
	sigset_t mask;       /* as it was */
	int signal;          /* that came; 0: none */
	int64_t last_record; /* when something came */
	struct yr_learn_child program, exercise, helper;
	int from_helper; /* what it says; -1: nothing more */
	struct yr_buf answer;
	struct yr_err err; /* that ends the run */
};

int64_t yr_learn_now_ms(void);

/* Load the profile of the run; the guardian knows before. */
struct yr_settings;
int yr_learn_load(const struct yr_settings *s, struct yr_learn_runner *r, struct yr_err *err);

/* How a child is started. */
struct yr_learn_start {
	const char *const *line;
	const char *profile;            /* that its execve() changes to; NULL: none */
	int out;                        /* standard output; -1: goes to standard error */
	bool quiet;                     /* nothing is read, and what goes wrong is not said */
	bool group;                     /* of its own */
	const char *const *environment; /* "NAME=value" beside ours, NULL at the end; NULL: none */
};
/* Its execve() has succeeded when this returns 0. */
int yr_learn_start(const struct yr_learn_runner *r, const struct yr_learn_start *how,
		   struct yr_learn_child *ret, struct yr_err *err);
/* What has ended meanwhile. */
void yr_learn_reap(struct yr_learn_runner *r);
/* Wait for anything, at most so long, and take it. */
void yr_learn_pump(struct yr_learn_runner *r, int ms);

/* The exercise, as soon as the program is there; again and again until that. */
void yr_learn_exercise(struct yr_learn_runner *r);

#endif
