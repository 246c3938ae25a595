/* SPDX-License-Identifier: Apache-2.0 */
/* What is to be done next for one Pod: a pure function of what is wanted, recorded and seen. */
#ifndef YR_AGENT_PLAN_H
#define YR_AGENT_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum yr_restart { YR_RESTART_ALWAYS, YR_RESTART_ON_FAILURE, YR_RESTART_NEVER };

/* What the engine shows of one container. */
enum yr_seen { YR_SEEN_NOTHING, YR_SEEN_CREATED, YR_SEEN_RUNNING, YR_SEEN_ENDED };

/* How far an attempt is on record, with its events: each is told once. */
enum yr_stage {
	YR_STAGE_NONE,
	YR_STAGE_PULLING,
	YR_STAGE_PULLED,
	YR_STAGE_CREATED,
	YR_STAGE_STARTED,
	YR_STAGE_CHECKED,  /* its label was looked at */
	YR_STAGE_STOPPING, /* it was asked to end */
	YR_STAGE_ENDED,
};

/* One container, at its newest attempt. */
struct yr_plan_container {
	bool init;
	enum yr_stage stage;
	enum yr_seen seen; /* of one that somebody removed: ENDED, if it had started */
	bool there;        /* there is something to remove */
	int exit_code;
	int64_t started, finished; /* seconds since 1970 */
	unsigned backoff;          /* restarts in a row after short runs */
	int64_t retry;             /* not before: something failed; when it was asked to end */
	bool outdated;             /* instances from before the last attempt are there */
};

struct yr_plan_pod {
	bool deleted;
	bool sandbox; /* what holds the Pod's network is there */
	bool gate;    /* may containers start? */
	bool refused; /* for good */
	enum yr_restart restart;
	const struct yr_plan_container *containers; /* init ones first */
	size_t n;
	int64_t now;
	unsigned delay; /* seconds of the first pause before a restart */
	int64_t grace;  /* of one that is deleted: seconds from asking to killing */
};

enum yr_step {
	YR_STEP_NONE,
	YR_STEP_RECORD,  /* tell what is seen and not on record */
	YR_STEP_CHECK,   /* look at the label of what runs */
	YR_STEP_SANDBOX, /* make what holds the Pod's network */
	YR_STEP_PULL,
	YR_STEP_CREATE,
	YR_STEP_START,
	YR_STEP_AGAIN, /* begin the next attempt */
	YR_STEP_TIDY,  /* remove instances from before the last attempt */
	YR_STEP_STOP,  /* ask to end */
	YR_STEP_CLEAR, /* remove all there is */
	YR_STEP_FORGET,
};

struct yr_next {
	enum yr_step step;
	size_t container; /* of steps that concern one */
	int64_t wake;     /* with YR_STEP_NONE: look again then; 0: when something changes */
};

struct yr_next yr_plan(const struct yr_plan_pod *p);

enum yr_phase { YR_PHASE_PENDING, YR_PHASE_RUNNING, YR_PHASE_SUCCEEDED, YR_PHASE_FAILED };
enum yr_phase yr_plan_phase(const struct yr_plan_pod *p);
/* Whether all init containers ended well. */
bool yr_plan_initialized(const struct yr_plan_pod *p);
/* Whether @c, which ended, is to run again. */
bool yr_plan_restarts(const struct yr_plan_pod *p, const struct yr_plan_container *c);
/* When that may be. */
int64_t yr_plan_due(const struct yr_plan_pod *p, const struct yr_plan_container *c);
/* The pause before try number @n, from 0 on. */
unsigned yr_plan_pause(unsigned delay, unsigned n);

#endif
