/* SPDX-License-Identifier: Apache-2.0 */
/* Out of an object, what AppArmor is concerned with. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "pod/limits.h"
#include "pod/values.h"

/* Kinds that have a Pod in them, and where. */
static const struct {
	const char *kind, *groups[2], *plural, *prefix;
} kinds[] = {
	{ "Pod", { "" }, "pods", "" },
	{ "Binding", { "" }, "pods/binding", "" },
	{ "PodTemplate", { "" }, "podtemplates", "template." },
	{ "ReplicationController", { "" }, "replicationcontrollers", "spec.template." },
	{ "Deployment", { "apps", "extensions" }, "deployments", "spec.template." },
	{ "ReplicaSet", { "apps", "extensions" }, "replicasets", "spec.template." },
	{ "DaemonSet", { "apps", "extensions" }, "daemonsets", "spec.template." },
	{ "StatefulSet", { "apps" }, "statefulsets", "spec.template." },
	{ "Job", { "batch" }, "jobs", "spec.template." },
	{ "CronJob", { "batch" }, "cronjobs", "spec.jobTemplate.spec.template." },
};

/* The mapping at the end of @prefix, each step of which ends in a dot. */
static const struct yr_node *walk(struct yr_values *v, const struct yr_node *n, const char *prefix)
{
	char step[32], path[64];

	for (const char *at = prefix; n && *at;) {
		size_t len = strcspn(at, "."), before = (size_t)(at - prefix);

		if (len >= sizeof(step) || before >= sizeof(path))
			return NULL;
		memcpy(step, at, len);
		step[len] = '\0';
		memcpy(path, prefix, before);
		path[before] = '\0';
		n = yr_value_map(v, n, path, step);
		at += len + 1;
	}
	return n;
}

/* A key that Kubernetes would leave out without a word, and that was meant for the profile. */
static const char *near_field(const struct yr_node *context)
{
	for (size_t i = 0; context && i < context->n; i++) {
		const char *key = context->keys[i].text;

		if (strcmp(key, "appArmorProfile") != 0 && !strncasecmp(key, "apparmor", 8))
			return key;
	}
	return NULL;
}

static void read_field(struct yr_values *v, const struct yr_node *context, const char *path,
		       struct yr_profile_field *ret)
{
	static const char *const known[] = { "type", "localhostProfile", NULL };
	const struct yr_node *n = yr_value_map(v, context, path, "appArmorProfile");
	const struct yr_key *unknown = yr_value_unknown(n, known);
	const struct yr_node *item;
	char here[160];

	if (!n)
		return;
	snprintf(here, sizeof(here), "%sappArmorProfile.", path);
	*ret = (struct yr_profile_field){ .set = true,
					  .unknown = unknown ? unknown->text : NULL,
					  .line = n->line,
					  .col = n->col };
	item = yr_node_get(n, "type");
	if (item && item->kind != YR_NODE_NULL)
		ret->type = yr_value_string(v, n, here, "type");
	item = yr_node_get(n, "localhostProfile");
	if (item && item->kind != YR_NODE_NULL)
		ret->localhost = yr_value_string(v, n, here, "localhostProfile");
	/* Go cannot tell "" from nothing there. */
	if (ret->type && !*ret->type)
		ret->type = NULL;
}

static void read_container(struct yr_values *v, const struct yr_node *n, const char *path,
			   struct yr_container *c)
{
	const struct yr_node *context;
	char here[120];

	c->line = n->line;
	c->col = n->col;
	c->name = yr_value_string(v, n, path, "name");
	c->image = yr_value_string(v, n, path, "image");
	context = yr_value_map(v, n, path, "securityContext");
	snprintf(here, sizeof(here), "%ssecurityContext.", path);
	c->privileged = yr_value_bool(v, context, here, "privileged");
	c->near_field = near_field(context);
	read_field(v, context, here, &c->field);
}

const char *yr_container_list(enum yr_container_kind kind)
{
	static const char *const list[] = { "initContainers", "containers", "ephemeralContainers" };

	return list[kind];
}

static void read_containers(struct yr_values *v, struct yr_pod *p)
{
	const struct yr_node *lists[3];
	char path[64];
	size_t n = 0;

	snprintf(path, sizeof(path), "%sspec.", p->prefix);
	for (int k = 0; k < 3; k++) {
		lists[k] = yr_value_list(v, p->spec, path, yr_container_list(k));
		n += lists[k] ? lists[k]->n : 0;
	}
	if (n > YR_LIMIT_POD_CONTAINERS) {
		yr_value_complain(v, p->spec, "limit",
				  "a Pod may have %d containers, and this has %zu",
				  YR_LIMIT_POD_CONTAINERS, n);
		return;
	}
	p->containers = yr_arena_array(v->arena, n + 1, sizeof(*p->containers));
	v->no_memory |= !p->containers;
	for (int k = 0; k < 3 && p->containers; k++)
		for (size_t i = 0; lists[k] && i < lists[k]->n; i++) {
			const struct yr_node *item = lists[k]->items[i];
			struct yr_container *c = &p->containers[p->n_containers];
			char here[100];

			snprintf(here, sizeof(here), "%s%s[%zu]", path, yr_container_list(k), i);
			if (item->kind != YR_NODE_MAP) {
				yr_value_wrong(v, item, here, "", "a mapping");
				continue;
			}
			strcat(here, ".");
			c->kind = k;
			c->index = (unsigned)i;
			read_container(v, item, here, c);
			p->n_containers++;
		}
}

static void read_pod(struct yr_values *v, const struct yr_node *holder, struct yr_pod *p)
{
	const struct yr_node *context, *os;
	char path[64], here[100];

	p->meta = yr_value_map(v, holder, p->prefix, "metadata");
	p->spec = yr_value_map(v, holder, p->prefix, "spec");
	snprintf(path, sizeof(path), "%smetadata.", p->prefix);
	p->labels = yr_value_pairs(v, p->meta, path, "labels", &p->n_labels);
	p->annotations = yr_value_pairs(v, p->meta, path, "annotations", &p->n_annotations);
	snprintf(path, sizeof(path), "%sspec.", p->prefix);
	os = yr_value_map(v, p->spec, path, "os");
	snprintf(here, sizeof(here), "%sos.", path);
	p->os = os ? yr_value_string(v, os, here, "name") : NULL;
	p->windows = p->os && !strcmp(p->os, "windows");
	context = yr_value_map(v, p->spec, path, "securityContext");
	snprintf(here, sizeof(here), "%ssecurityContext.", path);
	p->near_field = near_field(context);
	read_field(v, context, here, &p->field);
	if (p->spec)
		read_containers(v, p);
}

static bool find_kind(const char *version, struct yr_pod *p)
{
	const char *slash = strchr(version, '/');
	struct yr_str group = { version, slash ? (size_t)(slash - version) : 0 };

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (strcmp(kinds[i].kind, p->kind) != 0)
			continue;
		for (size_t g = 0; g < 2 && kinds[i].groups[g]; g++) {
			if (!yr_str_is(group, kinds[i].groups[g]))
				continue;
			p->group = kinds[i].groups[g];
			p->plural = kinds[i].plural;
			p->prefix = kinds[i].prefix;
			p->template = *p->prefix;
			p->binding = !strcmp(p->kind, "Binding");
			return true;
		}
	}
	return false;
}

/* How Kubernetes writes @kind, which differs from it in its capitals alone; NULL: it does not. */
static const char *well_written(const char *kind)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (!strcasecmp(kinds[i].kind, kind) && strcmp(kinds[i].kind, kind) != 0)
			return kinds[i].kind;
	return NULL;
}

static bool is_list(const char *kind)
{
	size_t len = strlen(kind);

	return len >= 4 && !strcmp(kind + len - 4, "List");
}

/* "Pod" of an item of a PodList. */
static const char *item_kind(struct yr_values *v, const struct yr_node *list)
{
	const char *kind = list ? yr_value_string(v, list, "", "kind") : "";
	size_t len = strlen(kind);
	const char *of = len > 4 ? yr_arena_strndup(v->arena, kind, len - 4) : "";

	v->no_memory |= !of;
	return of ? of : "";
}

enum yr_decoded yr_pod_decode(const struct yr_docs *d, const struct yr_node *root,
			      const struct yr_node *of_list, struct yr_arena *a,
			      struct yr_diags *diags, struct yr_pod *ret)
{
	struct yr_values v = { d, a, diags, false, false };
	const struct yr_node *meta, *holder;
	const char *version;

	*ret = (struct yr_pod){ .kind = "",
				.group = "",
				.plural = "",
				.prefix = "",
				.name = "",
				.ns = "",
				.generate_name = "",
				.root = root,
				.arena = a };
	if (root->kind != YR_NODE_MAP) {
		yr_value_complain(&v, root, "bad-value",
				  "an object of Kubernetes is a mapping, and this is %s",
				  yr_node_kind_name(root));
		return YR_DECODED_BAD;
	}
	version = yr_value_string(&v, root, "", "apiVersion");
	ret->kind = yr_value_string(&v, root, "", "kind");
	/* Servers leave both out of what they list. */
	if (!*version && !*ret->kind && of_list) {
		version = yr_value_string(&v, of_list, "", "apiVersion");
		ret->kind = item_kind(&v, of_list);
	}
	if (!v.bad && (!*version || !*ret->kind))
		yr_value_complain(&v, root, "missing", "'%s' is missing",
				  *version ? "kind" : "apiVersion");
	meta = yr_value_map(&v, root, "", "metadata");
	ret->name = yr_value_string(&v, meta, "metadata.", "name");
	ret->ns = yr_value_string(&v, meta, "metadata.", "namespace");
	ret->generate_name = yr_value_string(&v, meta, "metadata.", "generateName");
	if (v.bad)
		return YR_DECODED_BAD;
	if (is_list(ret->kind)) {
		yr_value_list(&v, root, "", "items");
		return v.bad ? YR_DECODED_BAD : YR_DECODED_LIST;
	}
	if (!find_kind(version, ret)) {
		const char *meant = well_written(ret->kind);

		/* Passed over, it would count as checked. */
		if (meant) {
			yr_value_complain(&v, root, "bad-value", "the kind is '%s', not '%s'",
					  meant, ret->kind);
			return YR_DECODED_BAD;
		}
		if (strcmp(ret->kind, "Pod") != 0)
			return YR_DECODED_OTHER;
		yr_value_complain(&v, root, "bad-value", "a Pod has the apiVersion v1, not '%s'",
				  version);
		return YR_DECODED_BAD;
	}
	if (!ret->template && !ret->binding && strcmp(version, "v1") != 0) {
		yr_value_complain(&v, root, "bad-value", "a Pod has the apiVersion v1, not '%s'",
				  version);
		return YR_DECODED_BAD;
	}
	if (ret->template)
		ret->own_annotations =
			yr_value_pairs(&v, meta, "metadata.", "annotations", &ret->n_own);
	holder = walk(&v, root, ret->prefix);
	if (holder)
		read_pod(&v, holder, ret);
	return v.no_memory ? YR_DECODED_NO_MEMORY : v.bad ? YR_DECODED_BAD : YR_DECODED_POD;
}
