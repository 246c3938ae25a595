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
		add_pair(a, "--hostname", *hostname ? hostname : w->name);
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

static const char *variable(json_t *env, const char *name, size_t len)
{
	for (size_t i = json_array_size(env); i--;) {
		json_t *o = json_array_get(env, i);

		if (strlen(text(o, "name")) == len && !strncmp(text(o, "name"), name, len))
			return text(o, "value");
	}
	return NULL;
}

/* $(NAME) is a variable if there is one, $$ a dollar; anything else stays. */
static const char *expand(json_t *env, const char *s, struct yr_arena *arena)
{
	AUTO_BUF struct yr_buf b = { .limit = YR_LIMIT_EXPANDED_BYTES };

	for (; *s; s++) {
		const char *end = *s == '$' && s[1] == '(' ? strchr(s, ')') : NULL;
		const char *value = end ? variable(env, s + 2, (size_t)(end - s - 2)) : NULL;

		if (value) {
			yr_buf_puts(&b, value);
			s = end;
		} else {
			yr_buf_putc(&b, *s);
			s += *s == '$' && s[1] == '$';
		}
	}
	return b.failed ? NULL : yr_arena_strndup(arena, b.data ? b.data : "", b.len);
}

static bool add_environment(json_t *env, struct yr_args *a)
{
	json_t *before = json_array(), *at;
	size_t i;

	json_array_foreach(env, i, at)
	{
		const char *value = expand(before, text(at, "value"), a->arena);
		json_t *known;

		if (!value || !*text(at, "name"))
			break;
		yr_args_add(a, "--env");
		yr_args_printf(a, "%s=%s", text(at, "name"), value);
		known = json_pack("{s:s, s:s}", "name", text(at, "name"), "value", value);
		if (json_array_append_new(before, known) < 0)
			break;
	}
	json_decref(before);
	return i == json_array_size(env);
}

static bool add_command(json_t *entry, struct yr_args *a)
{
	json_t *env = json_object_get(entry, "env"), *command = json_object_get(entry, "command");
	json_t *words = json_array(), *at;
	AUTO_FREE char *dump = NULL;
	size_t i;

	json_array_foreach(command, i, at)
	{
		const char *word = expand(env, json_string_value(at), a->arena);

		json_array_append_new(words, json_string(word ? word : ""));
		a->failed |= !word;
	}
	dump = json_array_size(words) ? json_dumps(words, JSON_COMPACT) : NULL;
	if (dump) {
		yr_args_add(a, "--entrypoint");
		yr_args_printf(a, "%s", dump);
	}
	json_decref(words);
	return dump || !json_array_size(command);
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

bool yr_wanted_create_args(struct yr_wanted *w, const struct yr_engine *e, const char *store,
			   const struct yr_container *c, unsigned attempt, struct yr_args *a,
			   struct yr_err *err)
{
	json_t *entry = yr_wanted_entry(w, c), *env = json_object_get(entry, "env"), *at;
	json_t *args = json_object_get(entry, "args");
	size_t i;

	if (!are_strings(args) || !are_strings(json_object_get(entry, "command"))) {
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
	if (!add_environment(env, a)) {
		yr_err_set(err, EINVAL, "the environment of '%s' is not one, or too large",
			   c->name);
		return false;
	}
	yr_wanted_resources(entry, a);
	if (!yr_wanted_mounts(w, entry, a, err))
		return false;
	if (!add_command(entry, a)) {
		yr_err_set(err, ENOMEM, "out of memory");
		return false;
	}
	yr_args_add(a, c->image);
	json_array_foreach(args, i, at)
		yr_args_add(a, expand(env, json_string_value(at), a->arena));
	return true;
}
