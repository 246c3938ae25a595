/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values that have another form than Kubernetes gives them. A server refuses them; read as if they
 * were not there, a container would get more than was meant: "true" is not true, "1000" is no user.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "agent/wanted_parts.h"
#include "base/cleanup.h"

enum form { BOOL, SECONDS, ID, TEXT, MAP, LIST, STRINGS, IDS };

struct row {
	const char *key;
	enum form form;
};

static const struct row spec_rows[] = {
	{ "hostNetwork", BOOL },
	{ "hostPID", BOOL },
	{ "hostIPC", BOOL },
	{ "shareProcessNamespace", BOOL },
	{ "restartPolicy", TEXT },
	{ "terminationGracePeriodSeconds", SECONDS },
	{ "hostname", TEXT },
	{ "volumes", LIST },
	{ NULL, BOOL },
};
static const struct row pod_rows[] = {
	{ "runAsUser", ID },           { "runAsGroup", ID },      { "runAsNonRoot", BOOL },
	{ "supplementalGroups", IDS }, { "seccompProfile", MAP }, { NULL, BOOL },
};
static const struct row security_rows[] = {
	{ "runAsUser", ID },
	{ "runAsGroup", ID },
	{ "runAsNonRoot", BOOL },
	{ "readOnlyRootFilesystem", BOOL },
	{ "allowPrivilegeEscalation", BOOL },
	{ "capabilities", MAP },
	{ "seccompProfile", MAP },
	{ NULL, BOOL },
};
static const struct row caps_rows[] = {
	{ "add", STRINGS },
	{ "drop", STRINGS },
	{ NULL, BOOL },
};
static const struct row container_rows[] = {
	{ "command", STRINGS }, { "args", STRINGS },
	{ "env", LIST },        { "volumeMounts", LIST },
	{ "ports", LIST },      { "resources", MAP },
	{ "workingDir", TEXT }, { "imagePullPolicy", TEXT },
	{ "tty", BOOL },        { "stdin", BOOL },
	{ NULL, BOOL },
};
static const struct row env_rows[] = { { "name", TEXT }, { "value", TEXT }, { NULL, BOOL } };
static const struct row mount_rows[] = {
	{ "name", TEXT },
	{ "mountPath", TEXT },
	{ "readOnly", BOOL },
	{ NULL, BOOL },
};

json_t *yr_wanted_either(json_t *first, json_t *second, const char *key)
{
	json_t *found = json_object_get(first, key);

	/* null is as good as nothing, to Kubernetes too. */
	if (!found || json_is_null(found))
		found = json_object_get(second, key);
	return json_is_null(found) ? NULL : found;
}

static bool is_id(const json_t *v)
{
	return json_is_integer(v) && json_integer_value(v) >= 0 &&
	       json_integer_value(v) <= INT32_MAX;
}

static bool is_string(const json_t *v)
{
	return json_is_string(v);
}

static bool all_are(json_t *list, bool (*is)(const json_t *))
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!is(json_array_get(list, i)))
			return false;
	return json_is_array(list);
}

/* NULL: it has its form. */
static const char *wrong(json_t *v, enum form form)
{
	switch (form) {
	case BOOL:
		return json_is_boolean(v) ? NULL : "neither true nor false";
	case SECONDS:
		return json_is_integer(v) && json_integer_value(v) >= 0 ? NULL : "no number";
	case ID:
		return is_id(v) ? NULL : "no number from 0 to 2147483647";
	case TEXT:
		return json_is_string(v) ? NULL : "no string";
	case MAP:
		return json_is_object(v) ? NULL : "no mapping";
	case LIST:
		return json_is_array(v) ? NULL : "no list";
	case STRINGS:
		return all_are(v, is_string) ? NULL : "no list of strings";
	default:
		return all_are(v, is_id) ? NULL : "no list of numbers from 0 to 2147483647";
	}
}

struct types {
	yr_wanted_part_fn *fn;
	void *ctx;
};

static void look(const struct types *t, json_t *o, const char *path, const struct row *rows)
{
	char text[200];

	for (; rows->key; rows++) {
		json_t *v = json_object_get(o, rows->key);
		const char *why = v && !json_is_null(v) ? wrong(v, rows->form) : NULL;

		if (!why)
			continue;
		snprintf(text, sizeof(text), "%s (%s)", rows->key, why);
		t->fn(t->ctx, path, text, true);
	}
}

static void look_each(const struct types *t, json_t *list, const char *path, const struct row *rows)
{
	char here[200];

	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *o = json_array_get(list, i);

		snprintf(here, sizeof(here), "%s[%zu]", path, i);
		if (json_is_object(o))
			look(t, o, here, rows);
		else
			t->fn(t->ctx, here, "(no mapping)", true);
	}
}

void yr_wanted_check_pod_types(json_t *spec, yr_wanted_part_fn *fn, void *ctx)
{
	const struct types t = { fn, ctx };

	look(&t, spec, "", spec_rows);
	look(&t, json_object_get(spec, "securityContext"), "securityContext", pod_rows);
}

void yr_wanted_check_types(json_t *entry, yr_wanted_part_fn *fn, void *ctx)
{
	static const char *const known[] = { "add", "drop" };
	const struct types t = { fn, ctx };
	json_t *context = json_object_get(entry, "securityContext");
	json_t *caps = json_object_get(context, "capabilities"), *value;
	const char *key;

	look(&t, entry, "", container_rows);
	look(&t, context, "securityContext", security_rows);
	look(&t, caps, "securityContext.capabilities", caps_rows);
	json_object_foreach(caps, key, value)
	{
		if (strcmp(key, known[0]) != 0 && strcmp(key, known[1]) != 0)
			fn(ctx, "securityContext.capabilities", key, true);
	}
	look_each(&t, json_object_get(entry, "env"), "env", env_rows);
	look_each(&t, json_object_get(entry, "volumeMounts"), "volumeMounts", mount_rows);
}
