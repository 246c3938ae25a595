/* SPDX-License-Identifier: Apache-2.0 */
/* A Pod in the engine's words. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "agent/limits.h"
#include "agent/wanted_parts.h"

static const char *text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void add_pair(struct yr_args *a, const char *option, const char *value)
{
	yr_args_add(a, option);
	yr_args_add(a, value);
}

static void add_labels(struct yr_wanted *w, const char *store, struct yr_args *a)
{
	yr_args_add(a, "--label");
	yr_args_printf(a, "io.yoroi.store=%s", store);
	yr_args_add(a, "--label");
	yr_args_printf(a, "io.kubernetes.pod.name=%s", w->name);
	yr_args_add(a, "--label");
	yr_args_printf(a, "io.kubernetes.pod.namespace=%s", w->ns);
	yr_args_add(a, "--label");
	yr_args_printf(a, "io.kubernetes.pod.uid=%s", w->uid);
}

/* A Pod's name may be longer than a host's; cut off, it ends in no dash and no dot. */
static const char *host_name(struct yr_wanted *w, const char *asked)
{
	const char *name = *asked ? asked : w->name;
	size_t n = strlen(name);

	if (n <= YR_LIMIT_HOSTNAME)
		return name;
	n = YR_LIMIT_HOSTNAME;
	while (n && strchr("-.", name[n - 1]))
		n--;
	return yr_arena_strndup(&w->arena, name, n);
}

void yr_wanted_sandbox_args(struct yr_wanted *w, const struct yr_engine *e, const char *store,
			    struct yr_args *a)
{
	json_t *spec = json_object_get(w->root, "spec");
	bool host = json_is_true(json_object_get(spec, "hostNetwork"));
	const char *hostname = text(spec, "hostname");

	yr_args_begin(a, e);
	add_pair(a, "pod", "create");
	/* One that lost what holds its network is made anew. */
	yr_args_add(a, "--replace");
	add_pair(a, "--name", w->sandbox);
	add_pair(a, "--infra-name", w->infra);
	/*
	 * Without a cgroup of the Pod: with cgroupfs, podman 4.3 gives it a filter that keeps
	 * runtimes from making /dev/null.
	 */
	yr_args_add(a, "--share-parent=false");
	add_pair(a, "--share",
		 json_is_true(json_object_get(spec, "shareProcessNamespace")) ? "net,ipc,uts,pid"
									      : "net,ipc,uts");
	if (host)
		add_pair(a, "--network", "host");
	else if (e->network)
		add_pair(a, "--network", e->network);
	if (!host)
		add_pair(a, "--hostname", host_name(w, hostname));
	add_labels(w, store, a);
}

static void add_profile(const struct yr_wanted *w, const struct yr_container *c, struct yr_args *a)
{
	struct yr_effective e;

	yr_pod_effective(&w->pod, c, &w->era, &e);
	if (e.asked.type != YR_PROFILE_LOCALHOST && e.asked.type != YR_PROFILE_UNCONFINED)
		return;
	yr_args_add(a, "--security-opt");
	yr_args_printf(a, "apparmor=%s",
		       e.asked.type == YR_PROFILE_LOCALHOST ? e.asked.name : "unconfined");
}

static void add_security(struct yr_wanted *w, const struct yr_container *c, json_t *entry,
			 struct yr_args *a)
{
	json_t *own = json_object_get(entry, "securityContext");
	json_t *all = json_object_get(json_object_get(w->root, "spec"), "securityContext");
	json_t *caps = json_object_get(own, "capabilities"), *at;
	json_t *user = yr_wanted_either(own, all, "runAsUser"),
	       *group = yr_wanted_either(own, all, "runAsGroup");
	size_t i;

	add_profile(w, c, a);
	if (c->privileged)
		yr_args_add(a, "--privileged");
	else if (!strcmp(yr_wanted_seccomp(w, c), "unconfined"))
		add_pair(a, "--security-opt", "seccomp=unconfined");
	if (json_is_false(json_object_get(own, "allowPrivilegeEscalation")))
		add_pair(a, "--security-opt", "no-new-privileges");
	if (json_is_true(json_object_get(own, "readOnlyRootFilesystem"))) {
		yr_args_add(a, "--read-only");
		yr_args_add(a, "--read-only-tmpfs=false");
	}
	json_array_foreach(json_object_get(caps, "drop"), i, at)
		add_pair(a, "--cap-drop", json_string_value(at));
	json_array_foreach(json_object_get(caps, "add"), i, at)
		add_pair(a, "--cap-add", json_string_value(at));
	if (user || group) {
		yr_args_add(a, "--user");
		if (group)
			yr_args_printf(a, "%lld:%lld", (long long)json_integer_value(user),
				       (long long)json_integer_value(group));
		else
			yr_args_printf(a, "%lld", (long long)json_integer_value(user));
	}
	json_array_foreach(json_object_get(all, "supplementalGroups"), i, at)
	{
		yr_args_add(a, "--group-add");
		yr_args_printf(a, "%lld", (long long)json_integer_value(at));
	}
}

static bool are_strings(json_t *list)
{
	for (size_t i = 0; i < json_array_size(list); i++)
		if (!json_is_string(json_array_get(list, i)))
			return false;
	return !list || json_is_array(list);
}

static void add_annotations(struct yr_wanted *w, const struct yr_container *c, struct yr_args *a)
{
	const struct {
		const char *key, *value;
	} rows[] = {
		{ "io.kubernetes.pod.name", w->name },
		{ "io.kubernetes.pod.namespace", w->ns },
		{ "io.kubernetes.pod.uid", w->uid },
		{ "io.kubernetes.container.name", c->name },
		{ "io.kubernetes.cri.container-type", "container" },
		{ "io.kubernetes.cri.image-name", c->image },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		yr_args_add(a, "--annotation");
		yr_args_printf(a, "%s=%s", rows[i].key, rows[i].value);
	}
}

static bool too_large(const struct yr_container *c, struct yr_err *err)
{
	return yr_err_set(err, E2BIG, "command and args of '%s' are too large with their variables",
			  c->name) == 0;
}

bool yr_wanted_create_args(struct yr_wanted *w, const struct yr_engine *e, const char *store,
			   const struct yr_container *c, unsigned attempt, struct yr_args *a,
			   struct yr_err *err)
{
	YR_CLEANUP(yr_variables_done) struct yr_variables known = { 0 };
	json_t *entry = yr_wanted_entry(w, c);

	if (!are_strings(json_object_get(entry, "args")) ||
	    !are_strings(json_object_get(entry, "command"))) {
		yr_err_set(err, EINVAL, "command and args of '%s' are lists of strings", c->name);
		return false;
	}
	/* The image is the first word that is no option. */
	if (!*c->image || *c->image == '-') {
		yr_err_set(err, EINVAL, "'%s' is no image", c->image);
		return false;
	}
	yr_args_begin(a, e);
	yr_args_add(a, "create");
	add_pair(a, "--name", yr_wanted_name(w, c->name, attempt));
	add_pair(a, "--pod", w->sandbox);
	add_pair(a, "--pull", "never");
	/* One that `logs` can always read. */
	add_pair(a, "--log-driver", "k8s-file");
	add_labels(w, store, a);
	yr_args_add(a, "--label");
	yr_args_printf(a, "io.kubernetes.container.name=%s", c->name);
	add_annotations(w, c, a);
	add_security(w, c, entry, a);
	if (json_is_true(json_object_get(entry, "tty")))
		yr_args_add(a, "--tty");
	if (json_is_true(json_object_get(entry, "stdin")))
		yr_args_add(a, "--interactive");
	if (json_is_true(json_object_get(json_object_get(w->root, "spec"), "hostPID")))
		add_pair(a, "--pid", "host");
	if (json_is_true(json_object_get(json_object_get(w->root, "spec"), "hostIPC")))
		add_pair(a, "--ipc", "host");
	if (*text(entry, "workingDir"))
		add_pair(a, "--workdir", text(entry, "workingDir"));
	if (!yr_wanted_environment(json_object_get(entry, "env"), &known, a)) {
		yr_err_set(err, EINVAL, "the environment of '%s' is not one, or too large",
			   c->name);
		return false;
	}
	yr_wanted_resources(entry, a);
	if (!yr_wanted_mounts(w, entry, a, err))
		return false;
	if (!yr_wanted_command(entry, &known, a))
		return too_large(c, err);
	yr_args_add(a, c->image);
	return yr_wanted_words(entry, &known, a) || too_large(c, err);
}
