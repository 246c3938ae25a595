/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes that come and go with a Pod. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "agent/agent.h"
#include "agent/limits.h"
#include "agent/wanted_parts.h"

/* The names of those that the engine has, one a line, others perhaps among them. */
static int list(struct yr_work *w, struct yr_buf *out, struct yr_err *err)
{
	struct yr_args a = { .arena = &w->wanted.arena };

	yr_args_begin(&a, &w->agent->engine);
	yr_args_add(&a, "volume");
	yr_args_add(&a, "ls");
	yr_args_add(&a, "--quiet");
	yr_args_add(&a, "--filter");
	yr_args_printf(&a, "name=yoroi_%s_", w->wanted.uid);
	return yr_engine_call(&w->agent->engine, &a, YR_LIMIT_ENGINE_SECONDS, out, NULL, err);
}

static bool has(const struct yr_buf *names, const char *name)
{
	const char *at = names->len ? names->data : "";
	size_t n = strlen(name);

	while (*at && (strncmp(at, name, n) != 0 || (at[n] && at[n] != '\n'))) {
		at += strcspn(at, "\n");
		at += *at == '\n';
	}
	return *at;
}

static int make(struct yr_work *w, const char *name, struct yr_err *err)
{
	struct yr_args a = { .arena = &w->wanted.arena };

	yr_args_begin(&a, &w->agent->engine);
	yr_args_add(&a, "volume");
	yr_args_add(&a, "create");
	yr_args_add(&a, "--label");
	yr_args_printf(&a, "io.yoroi.store=%s", yr_store_id(w->agent->store));
	yr_args_add(&a, "--label");
	yr_args_printf(&a, "io.kubernetes.pod.uid=%s", w->wanted.uid);
	yr_args_add(&a, name);
	return yr_engine_call(&w->agent->engine, &a, YR_LIMIT_ENGINE_SECONDS, NULL, NULL, err);
}

int yr_agent_make_volumes(struct yr_work *w, struct yr_err *err)
{
	AUTO_BUF struct yr_buf names = { 0 };
	json_t *spec = json_object_get(w->wanted.root, "spec"), *at;
	size_t i;
	int r;

	if (!yr_wanted_has_volumes(&w->wanted))
		return 0;
	r = list(w, &names, err);
	json_array_foreach(json_object_get(spec, "volumes"), i, at)
	{
		const char *name = json_string_value(json_object_get(at, "name"));

		if (r < 0 || !name || !json_object_get(at, "emptyDir"))
			continue;
		name = yr_wanted_volume_name(&w->wanted, name);
		if (!name)
			return yr_err_set(err, ENOMEM, "out of memory");
		if (!has(&names, name))
			r = make(w, name, err);
	}
	return r;
}

int yr_agent_remove_volumes(struct yr_work *w, struct yr_err *err)
{
	AUTO_BUF struct yr_buf names = { 0 };
	struct yr_args a = { .arena = &w->wanted.arena };
	const char *head = yr_wanted_volume_name(&w->wanted, "");
	size_t n = 0;
	char *rest;
	int r;

	if (!yr_wanted_has_volumes(&w->wanted))
		return 0;
	r = list(w, &names, err);
	if (r < 0)
		return r;
	if (!head)
		return yr_err_set(err, ENOMEM, "out of memory");
	yr_args_begin(&a, &w->agent->engine);
	yr_args_add(&a, "volume");
	yr_args_add(&a, "rm");
	/* The filter takes more than beginnings. */
	for (char *at = strtok_r(names.len ? names.data : NULL, "\n", &rest); at;
	     at = strtok_r(NULL, "\n", &rest))
		if (!strncmp(at, head, strlen(head))) {
			yr_args_add(&a, at);
			n++;
		}
	return n ? yr_engine_call(&w->agent->engine, &a, YR_LIMIT_ENGINE_SECONDS, NULL, NULL, err)
		 : 0;
}
