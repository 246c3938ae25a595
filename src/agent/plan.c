/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/plan.h"

#include "agent/limits.h"

unsigned yr_plan_pause(unsigned delay, unsigned n)
{
	uint64_t pause = delay;

	for (; n && pause < YR_LIMIT_BACKOFF_SECONDS; n--)
		pause *= 2;
	return pause < YR_LIMIT_BACKOFF_SECONDS ? (unsigned)pause : YR_LIMIT_BACKOFF_SECONDS;
}

bool yr_plan_restarts(const struct yr_plan_pod *p, const struct yr_plan_container *c)
{
	if (p->deleted || p->refused || c->seen != YR_SEEN_ENDED)
		return false;
	/* An init container that did its work does not run again, whatever the policy. */
	if (c->init && !c->exit_code)
		return false;
	return p->restart == YR_RESTART_ALWAYS ||
	       (p->restart == YR_RESTART_ON_FAILURE && c->exit_code);
}

/* The first restart comes at once; a pause comes before the next one, twice as long each time. */
int64_t yr_plan_due(const struct yr_plan_pod *p, const struct yr_plan_container *c)
{
	if (!c->backoff || c->finished - c->started >= YR_LIMIT_BACKOFF_RESET)
		return c->finished;
	return c->finished + yr_plan_pause(p->delay, c->backoff - 1);
}

/* What is seen and not on record. */
static bool untold(const struct yr_plan_container *c)
{
	return (c->seen == YR_SEEN_CREATED && c->stage < YR_STAGE_CREATED) ||
	       (c->seen == YR_SEEN_RUNNING && c->stage < YR_STAGE_STARTED) ||
	       (c->seen == YR_SEEN_ENDED && c->stage < YR_STAGE_ENDED);
}

/* An attempt that was made and is gone: somebody removed it, and it counts as ended. */
static bool vanished(const struct yr_plan_container *c)
{
	return c->seen == YR_SEEN_NOTHING && c->stage >= YR_STAGE_CREATED;
}

/*
 * Not yet @when, as far as that can be: nothing ever waits longer than @most. Of more than that a
 * clock is the reason that was set back.
 */
static bool is_ahead(const struct yr_plan_pod *p, int64_t when, int64_t most)
{
	return when > p->now && when - p->now <= most;
}

static void wake_at(struct yr_next *n, int64_t when)
{
	if (!n->wake || when < n->wake)
		n->wake = when;
}

/* The way of one container up to where it runs. NONE: there is nothing to do now. */
static enum yr_step advance(const struct yr_plan_pod *p, const struct yr_plan_container *c,
			    struct yr_next *n)
{
	int64_t due;

	if (c->seen == YR_SEEN_RUNNING)
		return YR_STEP_NONE;
	if (c->seen == YR_SEEN_ENDED) {
		if (!yr_plan_restarts(p, c))
			return YR_STEP_NONE;
		due = yr_plan_due(p, c);
		if (!is_ahead(p, due, YR_LIMIT_BACKOFF_SECONDS))
			return YR_STEP_AGAIN;
		wake_at(n, due);
		return YR_STEP_NONE;
	}
	/* Nothing is begun without a word from the gate, and nothing goes on. */
	if (!p->gate)
		return YR_STEP_NONE;
	if (is_ahead(p, c->retry, YR_LIMIT_BACKOFF_SECONDS)) {
		wake_at(n, c->retry);
		return YR_STEP_NONE;
	}
	if (vanished(c))
		return YR_STEP_AGAIN;
	if (!p->sandbox)
		return YR_STEP_SANDBOX;
	if (c->seen == YR_SEEN_CREATED)
		return YR_STEP_START;
	return c->stage < YR_STAGE_PULLED ? YR_STEP_PULL : YR_STEP_CREATE;
}

/*
 * What runs is asked to end, and has its time: nobody waits for it meanwhile. Then all of it is
 * removed, which kills what is left.
 */
static struct yr_next end(const struct yr_plan_pod *p)
{
	struct yr_next n = { YR_STEP_NONE, 0, 0 };
	bool any = p->sandbox;

	for (size_t i = 0; i < p->n; i++) {
		const struct yr_plan_container *c = &p->containers[i];

		if (c->seen == YR_SEEN_RUNNING && c->stage < YR_STAGE_STOPPING)
			return (struct yr_next){ YR_STEP_STOP, i, 0 };
		if (c->seen == YR_SEEN_RUNNING && is_ahead(p, c->retry + p->grace, 2 * p->grace))
			wake_at(&n, c->retry + p->grace);
		any |= c->there || c->outdated;
	}
	if (!n.wake)
		n.step = any ? YR_STEP_CLEAR : YR_STEP_FORGET;
	return n;
}

/* The first container that can go on. */
static struct yr_next begin(const struct yr_plan_pod *p)
{
	struct yr_next n = { YR_STEP_NONE, 0, 0 };

	for (size_t i = 0; i < p->n; i++) {
		const struct yr_plan_container *c = &p->containers[i];

		n.step = advance(p, c, &n);
		n.container = i;
		if (n.step != YR_STEP_NONE)
			return n;
		/* One after the other, and nothing else before all ended well. */
		if (c->init && (c->seen != YR_SEEN_ENDED || c->exit_code))
			return n;
	}
	return n;
}

struct yr_next yr_plan(const struct yr_plan_pod *p)
{
	struct yr_next n;

	for (size_t i = 0; i < p->n; i++)
		if (untold(&p->containers[i]))
			return (struct yr_next){ YR_STEP_RECORD, i, 0 };
	/* Before anything else is begun: it may have to be killed. */
	for (size_t i = 0; i < p->n; i++)
		if (p->containers[i].seen == YR_SEEN_RUNNING &&
		    p->containers[i].stage < YR_STAGE_CHECKED && !p->deleted &&
		    !is_ahead(p, p->containers[i].retry, YR_LIMIT_BACKOFF_SECONDS))
			return (struct yr_next){ YR_STEP_CHECK, i, 0 };
	if (p->deleted)
		return end(p);
	if (p->refused)
		return (struct yr_next){ YR_STEP_NONE, 0, 0 };
	n = begin(p);
	for (size_t i = 0; i < p->n && n.step == YR_STEP_NONE; i++) {
		const struct yr_plan_container *c = &p->containers[i];

		if (c->outdated && c->seen != YR_SEEN_NOTHING) {
			n.step = YR_STEP_TIDY;
			n.container = i;
		} else if (c->seen == YR_SEEN_RUNNING && c->stage < YR_STAGE_CHECKED) {
			wake_at(&n, c->retry);
		}
	}
	return n;
}

bool yr_plan_initialized(const struct yr_plan_pod *p)
{
	for (size_t i = 0; i < p->n && p->containers[i].init; i++)
		if (p->containers[i].seen != YR_SEEN_ENDED || p->containers[i].exit_code)
			return false;
	return true;
}

enum yr_phase yr_plan_phase(const struct yr_plan_pod *p)
{
	bool failed = false, alive = false, waiting = false;

	if (p->refused)
		return YR_PHASE_FAILED;
	for (size_t i = 0; i < p->n; i++) {
		const struct yr_plan_container *c = &p->containers[i];

		if (c->init) {
			if (c->seen == YR_SEEN_ENDED && c->exit_code && !yr_plan_restarts(p, c))
				return YR_PHASE_FAILED;
			continue;
		}
		if (c->seen == YR_SEEN_ENDED && !yr_plan_restarts(p, c))
			failed |= c->exit_code != 0;
		else if (c->seen == YR_SEEN_RUNNING || c->seen == YR_SEEN_ENDED || c->backoff)
			alive = true;
		else
			waiting = true;
	}
	if (!yr_plan_initialized(p))
		return YR_PHASE_PENDING;
	if (alive)
		return YR_PHASE_RUNNING;
	if (waiting)
		return YR_PHASE_PENDING;
	return failed ? YR_PHASE_FAILED : YR_PHASE_SUCCEEDED;
}
