/* SPDX-License-Identifier: Apache-2.0 */
/* The object with what the server changed about it. */
#include <jansson.h>
#include <string.h>

#include "pod/admit.h"

/* The object at @key, made if it is not there. Borrowed; NULL: memory is out. */
static json_t *object_at(json_t *in, const char *key)
{
	json_t *at = json_object_get(in, key);

	if (json_is_object(at))
		return at;
	return json_object_set_new(in, key, json_object()) < 0 ? NULL : json_object_get(in, key);
}

static bool put_annotations(json_t *meta, const struct yr_pod *pod)
{
	json_t *all;
	bool any = pod->n_annotations || pod->psp;

	if (!any) {
		json_object_del(meta, "annotations");
		return true;
	}
	all = json_object();
	for (size_t i = 0; i < pod->n_annotations; i++)
		if (json_object_set_new(all, pod->annotations[i].key,
					json_string(pod->annotations[i].value)) < 0) {
			json_decref(all);
			return false;
		}
	if (pod->psp)
		json_object_set_new(all, "kubernetes.io/psp", json_string(pod->psp));
	return !json_object_set_new(meta, "annotations", all);
}

static bool put_field(json_t *holder, const struct yr_profile_field *f, bool dropped)
{
	json_t *context, *field;

	if (dropped) {
		json_object_del(json_object_get(holder, "securityContext"), "appArmorProfile");
		return true;
	}
	if (!f->set || f->origin == YR_WRITTEN)
		return true;
	context = object_at(holder, "securityContext");
	field = json_pack("{s:s}", "type", f->type);
	if (f->localhost)
		json_object_set_new(field, "localhostProfile", json_string(f->localhost));
	return !json_object_set_new(context, "appArmorProfile", field);
}

/* Below the template, if it is one. */
static json_t *holder_of(json_t *root, const char *prefix)
{
	while (root && *prefix) {
		size_t n = strcspn(prefix, ".");
		char step[32] = "";

		memcpy(step, prefix, n < sizeof(step) ? n : 0);
		root = json_object_get(root, step);
		prefix += n + 1;
	}
	return root;
}

json_t *yr_pod_json(const struct yr_pod *pod, const struct yr_pod_rules *rules)
{
	json_t *root = yr_node_json(pod->root), *holder = holder_of(root, pod->prefix), *spec;
	json_t *meta = holder ? object_at(holder, "metadata") : NULL;
	bool good = meta && put_annotations(meta, pod);

	spec = json_object_get(holder, "spec");
	if (good && !pod->template && !*pod->ns)
		json_object_set_new(meta, "namespace", json_string(rules->ns));
	good = good && put_field(spec, &pod->field, pod->dropped);
	for (size_t i = 0; i < pod->n_containers && good; i++) {
		const struct yr_container *c = &pod->containers[i];
		json_t *list = json_object_get(spec, yr_container_list(c->kind));

		good = put_field(json_array_get(list, c->index), &c->field, pod->dropped);
	}
	if (good)
		return root;
	json_decref(root);
	return NULL;
}
