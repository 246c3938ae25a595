/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes: folders of this machine, and empty ones that live as long as their Pod. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "agent/wanted_parts.h"

static const char *text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static json_t *volumes(const struct yr_wanted *w)
{
	return json_object_get(json_object_get(w->root, "spec"), "volumes");
}

static json_t *find(const struct yr_wanted *w, const char *name)
{
	json_t *list = volumes(w), *at;
	size_t i;

	json_array_foreach(list, i, at) if (!strcmp(text(at, "name"), name)) return at;
	return NULL;
}

bool yr_wanted_has_volumes(const struct yr_wanted *w)
{
	json_t *list = volumes(w), *at;
	size_t i;

	json_array_foreach(list, i, at) if (json_object_get(at, "emptyDir")) return true;
	return false;
}

/* No name of Kubernetes has a '_', and no two Pods have one UID. */
const char *yr_wanted_volume_name(struct yr_wanted *w, const char *name)
{
	return yr_arena_printf(&w->arena, "yoroi_%s_%s", w->uid, name);
}

static void check_empty(json_t *dir, const char *path, yr_wanted_part_fn *fn, void *ctx)
{
	char here[200];
	const char *key;
	json_t *value;

	snprintf(here, sizeof(here), "%s.emptyDir", path);
	if (!json_is_object(dir) && !json_is_null(dir))
		fn(ctx, here, "", true);
	json_object_foreach(dir, key, value)
	{
		/* In memory it would have to outlive each of its containers. */
		if (!strcmp(key, "medium") && json_is_string(value) && !*json_string_value(value))
			continue;
		fn(ctx, here, key, strcmp(key, "sizeLimit") != 0);
	}
}

static void check_host(json_t *dir, const char *path, yr_wanted_part_fn *fn, void *ctx)
{
	char here[200];
	const char *key;
	json_t *value;

	snprintf(here, sizeof(here), "%s.hostPath", path);
	if (!json_is_object(dir))
		fn(ctx, here, "", true);
	json_object_foreach(dir, key,
			    value) if (strcmp(key, "path") != 0 &&
				       (strcmp(key, "type") != 0 || !json_is_string(value) ||
					*json_string_value(value))) fn(ctx, here, key, true);
}

void yr_wanted_check_volumes(json_t *spec, yr_wanted_part_fn *fn, void *ctx)
{
	json_t *list = json_object_get(spec, "volumes"), *at, *value;
	const char *key;
	char path[100];
	size_t i;

	json_array_foreach(list, i, at)
	{
		snprintf(path, sizeof(path), "volumes[%zu]", i);
		if (!yr_is_label(text(at, "name")))
			fn(ctx, path, "name", true);
		if (json_object_size(at) > 2)
			fn(ctx, path, "(more than one kind of it)", true);
		json_object_foreach(at, key, value)
		{
			if (!strcmp(key, "emptyDir"))
				check_empty(value, path, fn, ctx);
			else if (!strcmp(key, "hostPath"))
				check_host(value, path, fn, ctx);
			else if (strcmp(key, "name") != 0)
				fn(ctx, path, key, true);
		}
	}
}

/* A colon or a comma would be read as an option. */
static bool is_path(const char *s)
{
	return *s == '/' && !strpbrk(s, ":,");
}

bool yr_wanted_mounts(struct yr_wanted *w, json_t *entry, struct yr_args *a, struct yr_err *err)
{
	json_t *at;
	size_t i;

	json_array_foreach(json_object_get(entry, "volumeMounts"), i, at)
	{
		const char *name = text(at, "name"), *to = text(at, "mountPath"), *from;
		json_t *volume = find(w, name);
		bool empty = json_object_get(volume, "emptyDir");

		from = empty ? yr_wanted_volume_name(w, name)
			     : text(json_object_get(volume, "hostPath"), "path");
		if (!is_path(to) || !from || (!empty && !is_path(from)))
			return yr_err_set(err, EINVAL,
					  "volume '%s' has no path that can be mounted", name) == 0;
		yr_args_add(a, "--volume");
		/* What the image has there stays where it is: the folder is empty. */
		yr_args_printf(a, "%s:%s:%s%s", from, to,
			       json_is_true(json_object_get(at, "readOnly")) ? "ro" : "rw",
			       empty ? ",nocopy" : "");
	}
	return true;
}
