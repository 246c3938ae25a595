/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps. Each may be cut off anywhere and done again: what was done is seen on the engine, by
 * names that an attempt keeps, and what was told is on record in the same transaction that tells it.
 */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/limits.h"

static void begin(struct yr_work *w, struct yr_args *a)
{
	*a = (struct yr_args){ .arena = &w->wanted.arena };
	yr_args_begin(a, &w->agent->engine);
}

static int call(struct yr_work *w, const struct yr_args *a, unsigned seconds, struct yr_buf *out,
		struct yr_err *err)
{
	return yr_engine_call(&w->agent->engine, a, seconds, out, NULL, err);
}

/* What the engine answered, in the Pod's memory; NULL: memory is out. */
static const char *words(struct yr_work *w, const char *before, const struct yr_err *why)
{
	return yr_arena_printf(&w->wanted.arena, "%s%s", before, why->msg);
}

/* What is missing of @c's row, put there together with an event; @event NULL: none. */
static int advance(struct yr_work *w, struct yr_work_container *c, enum yr_stage stage,
		   const char *event, const char *message, struct yr_err *err)
{
	int r = yr_store_begin(w->agent->store, err);

	if (r < 0)
		return r;
	c->row.stage = stage;
	r = yr_agent_put(w, c, err);
	if (r == 0 && event)
		r = message ? yr_agent_event(w, c->c, false, event, message, err)
			    : yr_err_set(err, ENOMEM, "out of memory");
	if (r == 0)
		r = yr_store_commit(w->agent->store, err);
	yr_store_rollback(w->agent->store);
	return r;
}

/* --- on record --- */

/* What the engine made, the profile that it is going to use above all. */
static int read_made(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_args a;
	const char *image, *profile;
	int r;

	begin(w, &a);
	yr_args_add(&a, "inspect");
	yr_args_add(&a, "--type");
	yr_args_add(&a, "container");
	yr_args_add(&a, "--format");
	/* A profile's name may have blanks in it. */
	yr_args_add(&a, "{{.Id}} {{.Image}} {{.AppArmorProfile}}");
	yr_args_add(&a, c->name);
	r = call(w, &a, YR_LIMIT_ENGINE_SECONDS, &out, err);
	if (r < 0)
		return r;
	while (out.len && out.data[out.len - 1] == '\n')
		out.data[--out.len] = '\0';
	image = out.len ? strchr(out.data, ' ') : NULL;
	profile = image ? strchr(image + 1, ' ') : NULL;
	if (!profile)
		return yr_err_set(err, EBADMSG, "%s does not tell what it made of container %s",
				  w->agent->engine.podman, c->c->name);
	c->row.id = yr_arena_strndup(&w->wanted.arena, out.data, (size_t)(image - out.data));
	c->row.image_id =
		yr_arena_strndup(&w->wanted.arena, image + 1, (size_t)(profile - image - 1));
	c->row.profile = yr_arena_strndup(&w->wanted.arena, profile + 1, strlen(profile + 1));
	return c->row.id && c->row.image_id && c->row.profile
		       ? 0
		       : yr_err_set(err, ENOMEM, "out of memory");
}

static int remove_instance(struct yr_work *w, const char *name, struct yr_err *err)
{
	struct yr_args a;

	begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "rm");
	yr_args_add(&a, "-f");
	yr_args_add(&a, "-i");
	yr_args_add(&a, "-t");
	yr_args_add(&a, "0");
	yr_args_add(&a, name);
	return call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
}

/* The engine was asked for a profile, and says which one it is going to use. */
static bool profile_is_right(struct yr_work *w, const struct yr_work_container *c)
{
	struct yr_effective e;

	yr_pod_effective(&w->wanted.pod, c->c, &w->wanted.era, &e);
	return e.asked.type != YR_PROFILE_LOCALHOST || !strcmp(c->row.profile, e.asked.name);
}

static int record_created(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	const char *message;
	int r = read_made(w, c, err);

	if (r < 0)
		return r;
	if (!profile_is_right(w, c)) {
		c->row.id = c->row.image_id = "";
		r = remove_instance(w, c->name, err);
		return r < 0 ? r
			     : yr_agent_fail(
				       w, c, "CreateContainerError",
				       yr_arena_printf(
					       &w->wanted.arena,
					       "Error: the engine would have started it under "
					       "\"%s\"; it was removed",
					       c->row.profile),
				       err);
	}
	c->row.reason = c->row.message = "";
	c->row.failures = 0;
	c->row.retry = 0;
	message = yr_arena_printf(&w->wanted.arena,
				  "Created container with podman id %.12s; Security:[seccomp=%s "
				  "apparmor=%s]",
				  c->row.id, yr_wanted_seccomp(&w->wanted, c->c),
				  *c->row.profile ? c->row.profile : "unconfined");
	return advance(w, c, YR_STAGE_CREATED, "Created", message, err);
}

static int record(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	if (c->row.stage < YR_STAGE_CREATED)
		return record_created(w, c, err);
	if (c->row.stage < YR_STAGE_STARTED) {
		c->row.started = c->instance->started ? c->instance->started : w->now;
		c->row.reason = c->row.message = "";
		c->row.failures = 0;
		c->row.retry = 0;
		return advance(w, c, YR_STAGE_STARTED, "Started",
			       yr_arena_printf(&w->wanted.arena,
					       "Started container with podman id %.12s", c->row.id),
			       err);
	}
	c->row.finished = c->instance && c->instance->finished ? c->instance->finished : w->now;
	if (c->instance && c->instance->started)
		c->row.started = c->instance->started;
	/* Of one that somebody removed nobody knows; what was killed ends so. */
	c->row.exit_code = c->instance ? c->instance->exit_code : 137;
	return advance(w, c, YR_STAGE_ENDED, NULL, NULL, err);
}

static int check(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	AUTO_BUF struct yr_buf label = { 0 };
	const char *message;
	struct yr_args a;
	bool loose;
	int r;

	switch (yr_agent_check_label(w, c->c, c->instance->pid, &label, &loose, err)) {
	case YR_LABEL_GOOD:
		*err = (struct yr_err){ 0 };
		message = yr_arena_printf(&w->wanted.arena,
					  "Container %s runs as \"%s\", a profile that is loaded "
					  "without being enforced: nothing is refused",
					  c->c->name, label.data ? label.data : "");
		r = !loose    ? 0
		    : message ? yr_agent_event(w, c->c, true, "AppArmor", message, err)
			      : yr_err_set(err, ENOMEM, "out of memory");
		return r < 0 ? r : advance(w, c, YR_STAGE_CHECKED, NULL, NULL, err);
	case YR_LABEL_GONE:
		/* What it did, it did under what the runtime gave it; the next look finds it ended.
		 */
		*err = (struct yr_err){ 0 };
		c->row.retry = w->now + 1;
		return yr_agent_put(w, c, err);
	default:
		break;
	}
	message = yr_arena_printf(&w->wanted.arena,
				  "Container %s runs as \"%s\", which is not what was asked for: "
				  "it was killed",
				  c->c->name, err->code ? err->msg : label.data);
	*err = (struct yr_err){ 0 };
	begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "kill");
	yr_args_add(&a, "-s");
	yr_args_add(&a, "KILL");
	yr_args_add(&a, c->name);
	r = call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
	if (r < 0)
		return r;
	r = yr_agent_event(w, c->c, true, "AppArmor", message, err);
	return r < 0 ? r : advance(w, c, YR_STAGE_CHECKED, NULL, NULL, err);
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
	    call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return see_made(w, w->wanted.infra, err);
	return yr_agent_fail(w, c, "CreatePodSandboxError",
			     words(w, "Failed to create pod sandbox: ", &why), err);
}

static bool has_image(struct yr_work *w, const struct yr_container *c)
{
	struct yr_err why = { 0 };
	struct yr_args a;

	begin(w, &a);
	yr_args_add(&a, "image");
	yr_args_add(&a, "exists");
	yr_args_add(&a, c->image);
	return call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0;
}

static int pull(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_arena *arena = &w->wanted.arena;
	const char *image = c->c->image;
	struct yr_err why = { 0 };
	struct yr_args a;
	int r;

	if (!*image || *image == '-')
		return yr_agent_fail(w, c, "InvalidImageName", "Error: InvalidImageName", err);
	if (c->row.stage == YR_STAGE_NONE && !yr_wanted_pulls_always(&w->wanted, c->c)) {
		if (has_image(w, c->c))
			return advance(w, c, YR_STAGE_PULLED, "Pulled",
				       yr_arena_printf(arena,
						       "Container image \"%s\" already present on "
						       "machine",
						       image),
				       err);
		if (yr_wanted_pulls_never(&w->wanted, c->c))
			return yr_agent_fail(
				w, c, "ErrImageNeverPull",
				yr_arena_printf(arena,
						"Container image \"%s\" is not present "
						"with pull policy of Never",
						image),
				err);
	}
	if (c->row.stage == YR_STAGE_NONE || c->row.failures) {
		r = advance(w, c, YR_STAGE_PULLING, "Pulling",
			    yr_arena_printf(arena, "pulling image \"%s\"", image), err);
		if (r < 0)
			return r;
	}
	begin(w, &a);
	yr_args_add(&a, "pull");
	yr_args_add(&a, "-q");
	yr_args_add(&a, image);
	if (call(w, &a, YR_LIMIT_PULL_SECONDS, NULL, &why) < 0)
		return yr_agent_fail(w, c, "ErrImagePull",
				     yr_arena_printf(arena, "Failed to pull image \"%s\": %s",
						     image, why.msg),
				     err);
	/* What failed is counted until the container is made, or one that cannot be is pulled on
	 * and on. */
	c->row.reason = c->row.message = "";
	return advance(w, c, YR_STAGE_PULLED, "Pulled",
		       yr_arena_printf(arena, "Successfully pulled image \"%s\"", image), err);
}

static int create(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_args a = { .arena = &w->wanted.arena };
	struct yr_err why = { 0 };

	if (yr_wanted_create_args(&w->wanted, &w->agent->engine, yr_store_id(w->agent->store), c->c,
				  c->row.attempt, &a, &why) &&
	    call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return see_made(w, c->name, err);
	/* The image may be what is missing. */
	c->row.stage = YR_STAGE_NONE;
	return yr_agent_fail(w, c, "CreateContainerError", words(w, "Error: ", &why), err);
}

static int start(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	struct yr_err why = { 0 };
	struct yr_args a;

	begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "start");
	yr_args_add(&a, c->name);
	if (call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0)
		return 0;
	return yr_agent_fail(w, c, "RunContainerError", words(w, "Error: ", &why), err);
}

static int again(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	char from[32], to[32];
	json_t *last;
	AUTO_FREE char *dump = NULL;
	bool good = c->row.finished - c->row.started >= YR_LIMIT_BACKOFF_RESET;

	last = json_pack("{s:{s:s+, s:i, s:s, s:s, s:s}}", "terminated", "containerID", "podman://",
			 c->row.id, "exitCode", (int)c->row.exit_code, "reason",
			 c->row.exit_code ? "Error" : "Completed", "startedAt",
			 yr_agent_time(c->row.started, from, sizeof(from)), "finishedAt",
			 yr_agent_time(c->row.finished, to, sizeof(to)));
	dump = last ? json_dumps(last, JSON_COMPACT) : NULL;
	json_decref(last);
	c->row = (struct yr_container_row){ .attempt = c->row.attempt + 1,
					    .backoff = good ? 1 : c->row.backoff + 1,
					    .id = "",
					    .profile = "",
					    .reason = "",
					    .message = "",
					    .image_id = "",
					    .last = dump ? dump : "" };
	return yr_agent_put(w, c, err);
}

/* --- towards the end --- */

/* Kept is the attempt before this one, whose log people ask for. */
static int tidy(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	char head[600];
	size_t n;

	snprintf(head, sizeof(head), "yoroi_%s_%s_%s_%s_", c->c->name, w->pod->name, w->pod->ns,
		 w->pod->uid);
	n = strlen(head);
	for (size_t i = 0; i < w->seen->n; i++) {
		const char *name = w->seen->at[i].name;
		unsigned attempt;

		if (strncmp(name, head, n) != 0 || sscanf(name + n, "%u", &attempt) != 1 ||
		    attempt + 1 >= c->row.attempt)
			continue;
		return remove_instance(w, name, err);
	}
	return 0;
}

static int clear(struct yr_work *w, struct yr_err *err)
{
	struct yr_args a;

	/* What it has inside goes with it; what lost it goes by itself. */
	if (w->plan.sandbox) {
		begin(w, &a);
		w->stale = true;
		yr_args_add(&a, "pod");
		yr_args_add(&a, "rm");
		yr_args_add(&a, "-f");
		yr_args_add(&a, "-i");
		yr_args_add(&a, "-t");
		yr_args_add(&a, "0");
		yr_args_add(&a, w->wanted.sandbox);
		return call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
	}
	for (size_t i = 0; i < w->seen->n; i++)
		if (strstr(w->seen->at[i].name, w->pod->uid))
			return remove_instance(w, w->seen->at[i].name, err);
	return 0;
}

/* The signal by which the image wants to be asked; NULL: in @err. */
static const char *stop_signal(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_args a;

	begin(w, &a);
	yr_args_add(&a, "inspect");
	yr_args_add(&a, "--type");
	yr_args_add(&a, "container");
	yr_args_add(&a, "--format");
	yr_args_add(&a, "{{.Config.StopSignal}}");
	yr_args_add(&a, c->name);
	if (call(w, &a, YR_LIMIT_ENGINE_SECONDS, &out, err) < 0)
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
		begin(w, &a);
		yr_args_add(&a, "kill");
		yr_args_add(&a, "-s");
		yr_args_add(&a, signal);
		yr_args_add(&a, c->name);
		r = call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
		if (r < 0 && !is_gone(c->instance->pid))
			return r;
		*err = (struct yr_err){ 0 };
	} else if (w->pod->grace) {
		return err->code ? -err->code : yr_err_set(err, ENOMEM, "out of memory");
	}
	c->row.retry = w->now;
	return advance(w, c, YR_STAGE_STOPPING, "Killing", message, err);
}

int yr_agent_act(struct yr_work *w, const struct yr_next *next, struct yr_err *err)
{
	struct yr_work_container *c = w->n ? &w->containers[next->container] : NULL;
	int r;

	switch (next->step) {
	case YR_STEP_RECORD:
		return record(w, c, err);
	case YR_STEP_CHECK:
		return check(w, c, err);
	case YR_STEP_SANDBOX:
		return make_sandbox(w, c, err);
	case YR_STEP_PULL:
		return pull(w, c, err);
	case YR_STEP_CREATE:
		return create(w, c, err);
	case YR_STEP_START:
		return start(w, c, err);
	case YR_STEP_AGAIN:
		return again(w, c, err);
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
