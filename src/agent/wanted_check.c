/* SPDX-License-Identifier: Apache-2.0 */
/* Which fields of a Pod this node knows. What it does not know, it does not pass over. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "agent/limits.h"
#include "agent/wanted_parts.h"
#include "base/cleanup.h"

/* "-": known and without effect here, but worth a word; both lists end in NULL. */
static const char *const spec_keys[] = {
	"containers",
	"initContainers",
	"restartPolicy",
	"terminationGracePeriodSeconds",
	"hostNetwork",
	"hostPID",
	"hostIPC",
	"hostname",
	"shareProcessNamespace",
	"volumes",
	"securityContext",
	"enableServiceLinks",
	"dnsPolicy",
	"schedulerName",
	"os",
	"-serviceAccountName",
	"-serviceAccount",
	"-automountServiceAccountToken",
	"-nodeSelector",
	"-nodeName",
	"-affinity",
	"-tolerations",
	"-priority",
	"-priorityClassName",
	"-preemptionPolicy",
	"-topologySpreadConstraints",
	"-imagePullSecrets",
	NULL,
};
static const char *const container_keys[] = {
	"name",
	"image",
	"command",
	"args",
	"workingDir",
	"env",
	"volumeMounts",
	"imagePullPolicy",
	"securityContext",
	"tty",
	"stdin",
	"ports",
	"terminationMessagePath",
	"terminationMessagePolicy",
	"resources",
	"-livenessProbe",
	"-readinessProbe",
	"-startupProbe",
	NULL,
};
static const char *const pod_security_keys[] = {
	"appArmorProfile", "seccompProfile",     "runAsUser", "runAsGroup",
	"runAsNonRoot",    "supplementalGroups", NULL,
};
static const char *const security_keys[] = {
	"appArmorProfile",
	"seccompProfile",
	"runAsUser",
	"runAsGroup",
	"runAsNonRoot",
	"privileged",
	"readOnlyRootFilesystem",
	"allowPrivilegeEscalation",
	"capabilities",
	NULL,
};
static const char *const mount_keys[] = { "name", "mountPath", "readOnly", NULL };
static const char *const env_keys[] = { "name", "value", NULL };
static const char *const port_keys[] = { "name", "containerPort", "protocol", NULL };

struct checking {
	yr_wanted_fn *fn;
	void *ctx;
};

static void say(const struct checking *c, const char *path, const char *key, bool refused)
{
	char whole[900];

	snprintf(whole, sizeof(whole), "%s%s%s", path, *path && *key ? "." : "", key);
	c->fn(c->ctx, whole, refused);
}

/* What another file found, below @path. */
struct part {
	const struct checking *c;
	const char *path;
};

static void say_part(void *ctx, const char *path, const char *key, bool refused)
{
	const struct part *p = ctx;
	char whole[700];

	snprintf(whole, sizeof(whole), "%s%s%s", p->path, *path ? "." : "", path);
	say(p->c, whole, key, refused);
}

static void check(const struct checking *c, json_t *object, const char *path,
		  const char *const *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
	{
		size_t i = 0;

		while (known[i] && strcmp(known[i] + (*known[i] == '-'), key) != 0)
			i++;
		if (!known[i] || *known[i] == '-')
			say(c, path, key, !known[i]);
	}
}

static void check_each(const struct checking *c, json_t *list, const char *path,
		       const char *const *known)
{
	char here[400];

	for (size_t i = 0; i < json_array_size(list); i++) {
		snprintf(here, sizeof(here), "%.300s[%zu]", path, i);
		check(c, json_array_get(list, i), here, known);
	}
}

static void check_type(const struct checking *c, json_t *context, const char *path)
{
	json_t *profile = json_object_get(context, "seccompProfile");
	const char *type = json_string_value(json_object_get(profile, "type"));

	if (profile &&
	    (!type || (strcmp(type, "Unconfined") != 0 && strcmp(type, "RuntimeDefault") != 0)))
		say(c, path, "seccompProfile.type", true);
}

bool yr_is_label(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n && n <= YR_LIMIT_HOSTNAME && !s[n] && *s != '-' && s[n - 1] != '-';
}

/* An unknown one must not mean less than was asked for. */
static bool is_pull_policy(json_t *v)
{
	static const char *const known[] = { "", "Always", "IfNotPresent", "Never" };

	/* Of what is no string another file tells. */
	for (size_t i = 0; json_is_string(v) && i < ARRAY_LEN(known); i++)
		if (!strcmp(json_string_value(v), known[i]))
			return true;
	return !json_is_string(v);
}

static void check_container(const struct checking *c, json_t *o, json_t *of_pod, const char *path)
{
	json_t *context = json_object_get(o, "securityContext");
	json_t *user = yr_wanted_either(context, of_pod, "runAsUser");
	char here[400];

	check(c, o, path, container_keys);
	snprintf(here, sizeof(here), "%s.securityContext", path);
	check(c, context, here, security_keys);
	check_type(c, context, here);
	if (!is_pull_policy(json_object_get(o, "imagePullPolicy")))
		say(c, path, "imagePullPolicy (Always, IfNotPresent or Never)", true);
	yr_wanted_check_types(o, say_part, &(struct part){ c, path });
	yr_wanted_check_resources(o, say_part, &(struct part){ c, path });
	/* Which user an image means by itself is not looked up. */
	if (yr_wanted_either(context, of_pod, "runAsGroup") && !user)
		say(c, here, "runAsGroup (without a runAsUser)", true);
	if ((json_is_true(json_object_get(context, "runAsNonRoot")) ||
	     json_is_true(json_object_get(of_pod, "runAsNonRoot"))) &&
	    (!json_is_integer(user) || !json_integer_value(user)))
		say(c, here, "runAsNonRoot (without a runAsUser)", true);
	snprintf(here, sizeof(here), "%s.volumeMounts", path);
	check_each(c, json_object_get(o, "volumeMounts"), here, mount_keys);
	snprintf(here, sizeof(here), "%s.env", path);
	check_each(c, json_object_get(o, "env"), here, env_keys);
	snprintf(here, sizeof(here), "%s.ports", path);
	check_each(c, json_object_get(o, "ports"), here, port_keys);
}

/* Before the field: a profile that an annotation names would not be applied. */
static void check_annotations(const struct checking *c, json_t *root)
{
	static const char pod[] = "seccomp.security.alpha.kubernetes.io/pod";
	static const char container[] = "container.seccomp.security.alpha.kubernetes.io/";
	json_t *map = json_object_get(json_object_get(root, "metadata"), "annotations"), *value;
	char text[400];
	const char *key;

	json_object_foreach(map, key, value)
	{
		const char *profile = json_string_value(value);

		if (!profile ||
		    (strcmp(key, pod) != 0 && strncmp(key, container, sizeof(container) - 1) != 0))
			continue;
		/* Who asks for none gets these. */
		if (!strcmp(profile, "runtime/default") || !strcmp(profile, "docker/default"))
			continue;
		snprintf(text, sizeof(text), "annotations[%.300s]", key);
		say(c, "metadata", text, strcmp(profile, "unconfined") != 0);
	}
}

void yr_wanted_check(json_t *root, yr_wanted_fn *fn, void *ctx)
{
	static const char *const lists[] = { "initContainers", "containers" };
	const struct checking c = { fn, ctx };
	json_t *spec = json_object_get(root, "spec");
	json_t *context = json_object_get(spec, "securityContext");
	const char *restart = json_string_value(json_object_get(spec, "restartPolicy"));
	const char *hostname = json_string_value(json_object_get(spec, "hostname"));
	char path[100];

	check_annotations(&c, root);
	check(&c, spec, "spec", spec_keys);
	if (restart && strcmp(restart, "Always") != 0 && strcmp(restart, "OnFailure") != 0 &&
	    strcmp(restart, "Never") != 0)
		say(&c, "spec", "restartPolicy", true);
	if (hostname && *hostname && !yr_is_label(hostname))
		say(&c, "spec", "hostname", true);
	check(&c, context, "spec.securityContext", pod_security_keys);
	check_type(&c, context, "spec.securityContext");
	yr_wanted_check_pod_types(spec, say_part, &(struct part){ &c, "spec" });
	yr_wanted_check_volumes(spec, say_part, &(struct part){ &c, "spec" });
	for (size_t k = 0; k < ARRAY_LEN(lists); k++) {
		json_t *list = json_object_get(spec, lists[k]);

		for (size_t i = 0; i < json_array_size(list); i++) {
			snprintf(path, sizeof(path), "spec.%s[%zu]", lists[k], i);
			check_container(&c, json_array_get(list, i), context, path);
		}
	}
}
