/* SPDX-License-Identifier: Apache-2.0 */
/* What the engine has. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "agent/engine.h"
#include "agent/limits.h"

static const char *text(json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	return s ? s : "";
}

/* Of a time that has not come there is a number long before 1970. */
static int64_t when(json_t *object, const char *key)
{
	json_int_t t = json_integer_value(json_object_get(object, key));

	return t > 0 ? t : 0;
}

static bool read_one(json_t *o, struct yr_arena *arena, struct yr_instance *i)
{
	json_t *names = json_object_get(o, "Names");
	const char *name = json_string_value(json_array_get(names, 0));

	*i = (struct yr_instance){
		.name = yr_arena_printf(arena, "%s", name ? name : ""),
		.id = yr_arena_printf(arena, "%s", text(o, "Id")),
		.image_id = yr_arena_printf(arena, "%s", text(o, "ImageID")),
		.state = yr_arena_printf(arena, "%s", text(o, "State")),
		.pid = (pid_t)json_integer_value(json_object_get(o, "Pid")),
		.exit_code = (int)json_integer_value(json_object_get(o, "ExitCode")),
		.started = when(o, "StartedAt"),
		.finished = when(o, "ExitedAt"),
	};
	/*
	 * After a reboot podman has what ran as if it had never started, but with the time when it
	 * did. It was ended from outside, and nobody saw how.
	 */
	if (i->started && (!strcmp(i->state, "created") || !strcmp(i->state, "configured"))) {
		i->state = "exited";
		i->exit_code = 137;
		i->finished = 0;
	}
	return i->name && i->id && i->image_id && i->state;
}

int yr_engine_list(const struct yr_engine *e, const char *store, struct yr_arena *arena,
		   struct yr_instances *ret, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_args a = { .arena = arena };
	json_error_t why;
	json_t *list;
	int r;

	yr_args_begin(&a, e);
	yr_args_add(&a, "ps");
	yr_args_add(&a, "-a");
	yr_args_add(&a, "--no-trunc");
	yr_args_add(&a, "--filter");
	yr_args_printf(&a, "label=io.yoroi.store=%s", store);
	yr_args_add(&a, "--format");
	yr_args_add(&a, "json");
	r = yr_engine_call(e, &a, YR_LIMIT_ENGINE_SECONDS, &out, NULL, err);
	if (r < 0)
		return yr_err_wrap(err, "cannot list containers");
	*ret = (struct yr_instances){ 0 };
	list = json_loadb(out.data ? out.data : "", out.len, 0, &why);
	if (!json_is_array(list)) {
		json_decref(list);
		return yr_err_set(err, EBADMSG, "cannot list containers: %s lists no JSON: %s",
				  e->podman, why.text);
	}
	ret->at = yr_arena_array(arena, json_array_size(list) + 1, sizeof(*ret->at));
	for (size_t i = 0; ret->at && i < json_array_size(list); i++)
		if (!read_one(json_array_get(list, i), arena, &ret->at[ret->n++]))
			ret->at = NULL;
	json_decref(list);
	return ret->at ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

int yr_instance_add(struct yr_instances *all, const struct yr_instance *made,
		    struct yr_arena *arena)
{
	struct yr_instance *more = yr_arena_array(arena, all->n + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	if (all->n)
		memcpy(more, all->at, all->n * sizeof(*more));
	more[all->n] = *made;
	*all = (struct yr_instances){ more, all->n + 1 };
	return 0;
}

const struct yr_instance *yr_instance_find(const struct yr_instances *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++)
		if (!strcmp(all->at[i].name, name))
			return &all->at[i];
	return NULL;
}
