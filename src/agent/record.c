/* SPDX-License-Identifier: Apache-2.0 */
/* What is read back from the engine, and what is put on record of it. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "agent/act.h"
#include "agent/limits.h"

int yr_act_advance(struct yr_work *w, struct yr_work_container *c, enum yr_stage stage,
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

/* What the engine made, the profile that it is going to use above all. */
static int read_made(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_args a;
	const char *image, *profile;
	int r;

	yr_act_begin(w, &a);
	yr_args_add(&a, "inspect");
	yr_args_add(&a, "--type");
	yr_args_add(&a, "container");
	yr_args_add(&a, "--format");
	/* A profile's name may have blanks in it. */
	yr_args_add(&a, "{{.Id}} {{.Image}} {{.AppArmorProfile}}");
	yr_args_add(&a, c->name);
	r = yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, &out, err);
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
		r = yr_act_remove(w, c->name, err);
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
	return yr_act_advance(w, c, YR_STAGE_CREATED, "Created", message, err);
}

int yr_act_record(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	if (c->row.stage < YR_STAGE_CREATED)
		return record_created(w, c, err);
	if (c->row.stage < YR_STAGE_STARTED) {
		c->row.started = c->instance->started ? c->instance->started : w->now;
		c->row.reason = c->row.message = "";
		c->row.failures = 0;
		c->row.retry = 0;
		return yr_act_advance(w, c, YR_STAGE_STARTED, "Started",
				      yr_arena_printf(&w->wanted.arena,
						      "Started container with podman id %.12s",
						      c->row.id),
				      err);
	}
	c->row.finished = c->instance && c->instance->finished ? c->instance->finished : w->now;
	if (c->instance && c->instance->started)
		c->row.started = c->instance->started;
	/* Of one that somebody removed nobody knows; what was killed ends so. */
	c->row.exit_code = c->instance ? c->instance->exit_code : 137;
	return yr_act_advance(w, c, YR_STAGE_ENDED, NULL, NULL, err);
}

int yr_act_check(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
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
		/* Not before: what its label is decides whether it may run on. */
		if (r == 0)
			r = yr_agent_find_addresses(w, err);
		return r < 0 ? r : yr_act_advance(w, c, YR_STAGE_CHECKED, NULL, NULL, err);
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
	yr_act_begin(w, &a);
	w->stale = true;
	yr_args_add(&a, "kill");
	yr_args_add(&a, "-s");
	yr_args_add(&a, "KILL");
	yr_args_add(&a, c->name);
	r = yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, err);
	if (r < 0)
		return r;
	r = yr_agent_event(w, c->c, true, "AppArmor", message, err);
	return r < 0 ? r : yr_act_advance(w, c, YR_STAGE_CHECKED, NULL, NULL, err);
}

int yr_act_again(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
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
