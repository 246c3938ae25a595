/* SPDX-License-Identifier: Apache-2.0 */
/* All there is to say of a Pod. */
#include <ctype.h>
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

static const char *text(json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	return s ? s : "";
}

static void row(int indent, const char *label, int width, const char *value)
{
	printf("%*s%-*s", indent, "", *value ? width : 0, label);
	yr_pod_put_text(stdout, value);
	putchar('\n');
}

static void pairs(const char *label, json_t *map)
{
	const char *key;
	bool first = true;
	json_t *at;

	if (!json_object_size(map))
		row(0, label, 15, "<none>");
	json_object_foreach(map, key, at)
	{
		printf("%-15s", first ? label : "");
		yr_put(stdout, key);
		putchar('=');
		yr_put(stdout, json_string_value(at) ? json_string_value(at) : "");
		putchar('\n');
		first = false;
	}
}

static void words(const char *label, json_t *list)
{
	json_t *at;
	size_t i;

	if (!json_array_size(list))
		return;
	printf("    %s\n", label);
	json_array_foreach(list, i, at)
		row(6, "", 0, json_string_value(at) ? json_string_value(at) : "");
}

static void state(const char *label, json_t *states)
{
	static const struct {
		const char *key, *label;
	} rows[] = {
		{ "reason", "Reason:" },       { "message", "Message:" },
		{ "exitCode", "Exit Code:" },  { "startedAt", "Started:" },
		{ "finishedAt", "Finished:" },
	};
	const char *kind;
	json_t *at;

	json_object_foreach(states, kind, at)
	{
		printf("    %-20s%c%s\n", label, toupper((unsigned char)*kind), kind + 1);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			json_t *v = json_object_get(at, rows[i].key);

			if (json_is_integer(v))
				printf("      %-18s%lld\n", rows[i].label,
				       (long long)json_integer_value(v));
			else if (json_is_string(v) && *json_string_value(v))
				row(6, rows[i].label, 18, json_string_value(v));
		}
	}
}

static json_t *status_of(json_t *list, const char *name)
{
	json_t *at;
	size_t i;

	json_array_foreach(list, i, at) if (!strcmp(text(at, "name"), name)) return at;
	return NULL;
}

static void environment(json_t *c)
{
	json_t *env = json_object_get(c, "env"), *at;
	size_t i;

	if (!json_array_size(env)) {
		row(4, "Environment:", 20, "<none>");
		return;
	}
	puts("    Environment:");
	json_array_foreach(env, i, at)
	{
		printf("      ");
		yr_put(stdout, text(at, "name"));
		fputs(":  ", stdout);
		yr_put(stdout, text(at, "value"));
		putchar('\n');
	}
}

static void mounts(json_t *c)
{
	json_t *list = json_object_get(c, "volumeMounts"), *at;
	size_t i;

	if (!json_array_size(list)) {
		row(4, "Mounts:", 20, "<none>");
		return;
	}
	puts("    Mounts:");
	json_array_foreach(list, i, at)
	{
		printf("      ");
		yr_put(stdout, text(at, "mountPath"));
		fputs(" from ", stdout);
		yr_put(stdout, text(at, "name"));
		puts(json_is_true(json_object_get(at, "readOnly")) ? " (ro)" : " (rw)");
	}
}

static void ports(json_t *list)
{
	AUTO_BUF struct yr_buf b = { 0 };
	json_t *at;
	size_t i;

	json_array_foreach(list, i, at)
		yr_buf_printf(&b, "%s%lld/%s", i ? ", " : "",
			      (long long)json_integer_value(json_object_get(at, "containerPort")),
			      *text(at, "protocol") ? text(at, "protocol") : "TCP");
	row(4, "Port:", 11, b.data ? b.data : "");
}

static void containers(const char *label, json_t *list, json_t *statuses)
{
	json_t *c;
	size_t i;

	if (!json_array_size(list))
		return;
	puts(label);
	json_array_foreach(list, i, c)
	{
		json_t *s = status_of(statuses, text(c, "name"));

		printf("  ");
		yr_put(stdout, text(c, "name"));
		puts(":");
		row(4, "Container ID:", 16, text(s, "containerID"));
		row(4, "Image:", 11, text(c, "image"));
		row(4, "Image ID:", 11, text(s, "imageID"));
		ports(json_object_get(c, "ports"));
		words("Command:", json_object_get(c, "command"));
		words("Args:", json_object_get(c, "args"));
		state("State:", json_object_get(s, "state"));
		state("Last State:", json_object_get(s, "lastState"));
		row(4, "Ready:", 20, json_is_true(json_object_get(s, "ready")) ? "True" : "False");
		printf("    %-20s%lld\n", "Restart Count:",
		       (long long)json_integer_value(json_object_get(s, "restartCount")));
		environment(c);
		mounts(c);
	}
}

static void conditions(json_t *list)
{
	json_t *at;
	size_t i;

	puts("Conditions:\n  Type              Status");
	json_array_foreach(list, i, at) row(2, text(at, "type"), 18, text(at, "status"));
}

static void volumes(json_t *list)
{
	json_t *at;
	size_t i;

	if (!json_array_size(list)) {
		row(0, "Volumes:", 16, "<none>");
		return;
	}
	puts("Volumes:");
	json_array_foreach(list, i, at)
	{
		printf("  ");
		yr_put(stdout, text(at, "name"));
		if (!json_object_get(at, "hostPath")) {
			puts(":\n    Type:    EmptyDir");
			continue;
		}
		puts(":\n    Type:    HostPath");
		row(4, "Path:", 9, text(json_object_get(at, "hostPath"), "path"));
	}
}

static void when(int64_t t)
{
	char buffer[64] = "";
	time_t at = (time_t)t;
	struct tm tm;

	if (localtime_r(&at, &tm))
		strftime(buffer, sizeof(buffer), "%a, %d %b %Y %H:%M:%S %z", &tm);
	row(0, "Start Time:", 15, buffer);
}

static void describe(const struct yr_pod_place *p, const struct yr_pod_row *pod, json_t *o)
{
	json_t *meta = json_object_get(o, "metadata"), *spec = json_object_get(o, "spec");
	json_t *s = json_object_get(o, "status");
	AUTO_BUF struct yr_buf node = { 0 };

	row(0, "Name:", 15, pod->name);
	row(0, "Namespace:", 15, pod->ns);
	yr_buf_printf(&node, "%s/", p->node);
	row(0, "Node:", 15, node.data ? node.data : "");
	when(pod->created);
	pairs("Labels:", json_object_get(meta, "labels"));
	pairs("Annotations:", json_object_get(meta, "annotations"));
	row(0, "Status:", 15, pod->deleted ? "Terminating" : text(s, "phase"));
	if (*text(s, "reason"))
		row(0, "Reason:", 15, text(s, "reason"));
	if (*text(s, "message"))
		row(0, "Message:", 15, text(s, "message"));
	row(0, "IP:", 15, text(s, "podIP"));
	row(0, "Controllers:", 15, "<none>");
	containers("Init Containers:", json_object_get(spec, "initContainers"),
		   json_object_get(s, "initContainerStatuses"));
	containers("Containers:", json_object_get(spec, "containers"),
		   json_object_get(s, "containerStatuses"));
	conditions(json_object_get(s, "conditions"));
	volumes(json_object_get(spec, "volumes"));
	row(0, "QoS Class:", 16, text(s, "qosClass"));
	row(0, "Node-Selectors:", 16, "<none>");
	row(0, "Tolerations:", 16, "<none>");
}

static int describe_one(struct yr_pod_place *p, const struct yr_pod_row *pod,
			struct yr_arena *arena)
{
	struct yr_event_rows all, own = { 0 };
	struct yr_err err = { 0 };
	json_t *o = yr_pod_object(pod);

	if (!o) {
		yr_say("the stored Pod %s/%s is damaged", pod->ns, pod->name);
		return YR_EXIT_SYSTEM;
	}
	describe(p, pod, o);
	json_decref(o);
	if (yr_store_events(p->store, pod->ns, pod->name, arena, &all, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	/* One of the same name before it has its own. */
	own.at = all.at;
	for (size_t i = 0; i < all.n; i++)
		if (!strcmp(all.at[i].uid, pod->uid))
			own.at[own.n++] = all.at[i];
	if (own.n) {
		puts("Events:");
		yr_pod_events_table(&own);
	} else {
		row(0, "Events:", 16, "<none>");
	}
	return YR_EXIT_OK;
}

static int run(int argc, char **argv)
{
	struct yr_pod_place p;
	int status = yr_pod_place_open(&p, &yr_cmd_pod_describe, YR_TAKES_ENGINE, argc, argv);

	if (status >= 0)
		return status;
	status = YR_EXIT_OK;
	if (optind == argc)
		status = yr_usage(p.cmd, "name the Pods");
	else
		yr_pod_place_look(&p);
	for (int i = optind; i < argc && status < YR_EXIT_USAGE; i++) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		const char *name = yr_pod_named(argv[i]);
		struct yr_pod_rows rows;
		struct yr_err err = { 0 };

		if (yr_store_pods(p.store, yr_pod_place_ns(&p), name, &arena, &rows, &err) < 0) {
			yr_say("%s", err.msg);
			status = YR_EXIT_SYSTEM;
		} else if (!rows.n) {
			fputs("Error from server (NotFound): pods \"", stderr);
			yr_put(stderr, name);
			fputs("\" not found\n", stderr);
			status = YR_EXIT_POLICY;
		} else {
			if (i > optind)
				puts("\n");
			status = yr_worse(status, describe_one(&p, &rows.at[0], &arena));
		}
	}
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_describe = {
	.name = "pod describe",
	.args = "[OPTION...] NAME...",
	.summary = "all there is to say of Pods",
	.help = "      --db FILE         the store of Pods, " YR_STORE_PATH "\n"
		"  -n, --namespace NAME  the namespace, normally default\n" YR_COMMON_HELP,
	.run = run,
};
