/* SPDX-License-Identifier: Apache-2.0 */
/* Images: which are pulled, and what is told of it. */
#include <time.h>

#include "agent/act.h"
#include "agent/limits.h"

static bool has_image(struct yr_work *w, const struct yr_container *c)
{
	struct yr_err why = { 0 };
	struct yr_args a;

	yr_act_begin(w, &a);
	yr_args_add(&a, "image");
	yr_args_add(&a, "exists");
	yr_args_add(&a, c->image);
	return yr_act_call(w, &a, YR_LIMIT_ENGINE_SECONDS, NULL, &why) == 0;
}

/* The image is on the machine; @why: that a newer one could not be had, or NULL. */
static int present(struct yr_work *w, struct yr_work_container *c, const char *why,
		   struct yr_err *err)
{
	return yr_act_advance(
		w, c, YR_STAGE_PULLED, "Pulled",
		yr_arena_printf(
			&w->wanted.arena, "Container image \"%s\" already present on machine%s%s",
			c->c->image, why ? "; it could not be pulled: " : "", why ? why : ""),
		err);
}

/* Whoever waited for a registry in vain holds up all Pods, and does not do so again at once. */
static bool is_silent(const struct yr_work *w)
{
	int64_t since = w->agent->silent;

	return since && since <= w->now && w->now - since < YR_LIMIT_SILENT_SECONDS;
}

/* @here: the image is on the machine, and is taken if it has to be. */
static int fetch(struct yr_work *w, struct yr_work_container *c, bool here, struct yr_err *err)
{
	struct yr_arena *arena = &w->wanted.arena;
	const char *image = c->c->image;
	struct yr_err why = { 0 };
	int64_t began = time(NULL);
	struct yr_args a;
	int r = 0;

	if (c->row.stage == YR_STAGE_NONE || c->row.failures)
		r = yr_act_advance(w, c, YR_STAGE_PULLING, "Pulling",
				   yr_arena_printf(arena, "pulling image \"%s\"", image), err);
	if (r < 0)
		return r;
	yr_act_begin(w, &a);
	yr_args_add(&a, "pull");
	yr_args_add(&a, "-q");
	yr_args_add(&a, image);
	r = yr_act_call(w, &a, here ? YR_LIMIT_RENEW_SECONDS : YR_LIMIT_PULL_SECONDS, NULL, &why);
	/* What failed is counted until the container is made, or one that cannot be is pulled on
	 * and on. */
	if (r == 0 || here)
		c->row.reason = c->row.message = "";
	if (r < 0 && here) {
		if (time(NULL) - began >= YR_LIMIT_PATIENCE_SECONDS)
			w->agent->silent = time(NULL);
		return present(w, c, why.msg, err);
	}
	if (r < 0)
		return yr_agent_fail(w, c, "ErrImagePull",
				     yr_arena_printf(arena, "Failed to pull image \"%s\": %s",
						     image, why.msg),
				     err);
	return yr_act_advance(w, c, YR_STAGE_PULLED, "Pulled",
			      yr_arena_printf(arena, "Successfully pulled image \"%s\"", image),
			      err);
}

int yr_act_pull(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	enum yr_pull pull = yr_wanted_pull(&w->wanted, c->c);
	const char *image = c->c->image;

	if (!*image || *image == '-')
		return yr_agent_fail(w, c, "InvalidImageName", "Error: InvalidImageName", err);
	switch (pull) {
	case YR_PULL_ALWAYS:
		return fetch(w, c, false, err);
	case YR_PULL_RENEW:
		if (!has_image(w, c->c))
			return fetch(w, c, false, err);
		return is_silent(w)
			       ? present(w,
					 c, "the last pull took long and failed, another is tried later",
					 err)
			       : fetch(w, c, true, err);
	default:
		break;
	}
	/* Begun once, it is asked for until it comes. */
	if (c->row.stage == YR_STAGE_NONE && has_image(w, c->c))
		return present(w, c, NULL, err);
	if (pull == YR_PULL_MISSING)
		return fetch(w, c, false, err);
	return yr_agent_fail(w, c, "ErrImageNeverPull",
			     yr_arena_printf(&w->wanted.arena,
					     "Container image \"%s\" is not present with pull "
					     "policy of Never",
					     image),
			     err);
}
