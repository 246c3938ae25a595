/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps. Each may be cut off anywhere and done again: what was done is seen on the engine, by
 * names that an attempt keeps, and what was told is on record in the same transaction that tells it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/act.h"
#include "agent/limits.h"

void yr_act_begin(struct yr_work *w, struct yr_args *a)
{
	*a = (struct yr_args){ .arena = &w->wanted.arena };
	yr_args_begin(a, &w->agent->engine);
}

int yr_act_call(struct yr_work *w, const struct yr_args *a, unsigned seconds, struct yr_buf *out,
		struct yr_err *err)
{
	return yr_engine_call(&w->agent->engine, a, seconds, out, NULL, err);
}

int yr_act_remove(struct yr_work *w, const char *name, struct yr_err *err)
{
	struct yr_args a;

	yr_act_begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "rm");
	yr_args_add(&a, "-f");
	yr_args_add(&a, "-i");
	yr_args_add(&a, "-t");
	yr_args_add(&a, "0");
	yr_args_add(&a, name);
	return yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
}

/* What the engine answered, in the Pod's memory; NULL: memory is out. */
static const char *words(struct yr_work *w, const char *before, const struct yr_err *why)
{
	return yr_arena_printf(&w->wanted.arena, "%s%s", before, why->msg);
}

/* --- towards running --- */

/* Nobody has to list all containers to see it. */
static int see_made(struct yr_work *w, const char *name, struct yr_err *err)
{
	struct yr_instance i = { .name = yr_arena_printf(w->round, "%s", name),
				 .id = "",
				 .image_id = "",
				 .state = "created" };

	if (!i.name || yr_instance_add(w->seen, &i, w->round) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	return 0;
}

static int make_sandbox(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_args a = { .arena = &w->wanted.arena };
	struct yr_err why = { 0 };

	yr_wanted_sandbox_args(&w->wanted, &w->agent->engine, yr_store_id(w->agent->store), &a);
	if (yr_agent_make_volumes(w, &why) == 0 &&
	    yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return see_made(w, w->wanted.infra, err);
	return yr_agent_fail(w, c, "CreatePodSandboxError",
			     words(w, "Failed to create pod sandbox: ", &why), err);
}

static int create(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_args a = { .arena = &w->wanted.arena };
	struct yr_err why = { 0 };

	if (yr_wanted_create_args(&w->wanted, &w->agent->engine, yr_store_id(w->agent->store), c->c,
				  c->row.attempt, &a, &why) &&
	    yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return see_made(w, c->name, err);
	/* The image may be what is missing. */
	c->row.stage = YR_STAGE_NONE;
	return yr_agent_fail(w, c, "CreateContainerError", words(w, "Error: ", &why), err);
}

static int start(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_err why = { 0 };
	struct yr_args a;

	yr_act_begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "start");
	yr_args_add(&a, c->name);
	if (yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return 0;
	return yr_agent_fail(w, c, "RunContainerError", words(w, "Error: ", &why), err);
}

/* --- towards the end --- */

static int tidy(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	const char *name = yr_agent_outdated(w, c);

	return name ? yr_act_remove(w, name, err) : 0;
}

static int clear(struct yr_work *w, struct yr_err *err)
{
	struct yr_args a;

	/* What it has inside goes with it; what lost it goes by itself. */
	if (w->plan.sandbox) {
		yr_act_begin(w, &a);
		w->stale = true;
		yr_args_add(&a, "pod");
		yr_args_add(&a, "rm");
		yr_args_add(&a, "-f");
		yr_args_add(&a, "-i");
		yr_args_add(&a, "-t");
		yr_args_add(&a, "0");
		yr_args_add(&a, w->wanted.sandbox);
		return yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
	}
	for (size_t i = 0; i < w->seen->n; i++)
		if (strstr(w->seen->at[i].name, w->pod->uid))
			return yr_act_remove(w, w->seen->at[i].name, err);
	return 0;
}

/* The signal by which the image wants to be asked; NULL: in @err. */
static const char *stop_signal(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_args a;

	yr_act_begin(w, &a);
	yr_args_add(&a, "inspect");
	yr_args_add(&a, "--type");
	yr_args_add(&a, "container");
	yr_args_add(&a, "--format");
	yr_args_add(&a, "{{.Config.StopSignal}}");
	yr_args_add(&a, c->name);
	if (yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, &out, err) < 0)
		return NULL;
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	/* As a number, or by name. */
	if (!out.len || strspn(out.data, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ+-") != out.len)
		return "TERM";
	return yr_arena_strndup(&w->wanted.arena, out.data, out.len);
}

static bool is_gone(pid_t pid)
{
	return pid > 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

/* Ask one container to end, and do not wait for it. Asking twice does no harm. */
static int stop(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	const char *signal = w->pod->grace ? stop_signal(w, c, err) : NULL, *message;
	struct yr_args a;
	int r;

	message = yr_arena_printf(&w->wanted.arena,
				  "Killing container with podman id %.12s: Need to kill Pod",
				  c->instance->id);
	if (signal) {
		yr_act_begin(w, &a);
		yr_args_add(&a, "kill");
		yr_args_add(&a, "-s");
		yr_args_add(&a, signal);
		yr_args_add(&a, c->name);
		r = yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
		if (r < 0 && !is_gone(c->instance->pid))
			return r;
		*err = (struct yr_err){ 0 };
	} else if (w->pod->grace) {
		return err->code ? -err->code : yr_err_set(err, ENOMEM, "out of memory");
	}
	c->row.retry = w->now;
	return yr_act_advance(w, c, YR_STAGE_STOPPING, "Killing", message, err);
}

int yr_agent_act(struct yr_work *w, const struct yr_next *next, struct yr_err *err)
{
	struct yr_work_container *c = w->n ? &w->containers[next->container] : NULL;
	int r;

	switch (next->step) {
	case YR_STEP_RECORD:
		return yr_act_record(w, c, err);
	case YR_STEP_CHECK:
		return yr_act_check(w, c, err);
	case YR_STEP_SANDBOX:
		return make_sandbox(w, c, err);
	case YR_STEP_PULL:
		return yr_act_pull(w, c, err);
	case YR_STEP_CREATE:
		return create(w, c, err);
	case YR_STEP_START:
		return start(w, c, err);
	case YR_STEP_AGAIN:
		return yr_act_again(w, c, err);
	case YR_STEP_TIDY:
		return tidy(w, c, err);
	case YR_STEP_STOP:
		return stop(w, c, err);
	case YR_STEP_CLEAR:
		return clear(w, err);
	case YR_STEP_FORGET:
		w->stale = true;
		r = yr_agent_remove_volumes(w, err);
		return r < 0 ? r : yr_store_forget(w->agent->store, w->pod->uid, err);
	default:
		return 0;
	}
}
