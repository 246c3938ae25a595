/* SPDX-License-Identifier: Apache-2.0 */
/* What happened to Pods. */
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

static const char *source_of(const struct yr_event_row *e, char *buffer, size_t size)
{
	snprintf(buffer, size, "{%s %s}", e->component, e->host);
	return buffer;
}

static void show_table(const struct yr_event_rows *rows)
{
	struct yr_columns t = { .width = 10 };

	yr_columns_row(&t, "FIRSTSEEN", "LASTSEEN", "COUNT", "NAME", "KIND", "SUBOBJECT", "TYPE",
		       "REASON", "SOURCE", "MESSAGE");
	for (size_t i = 0; i < rows->n; i++) {
		const struct yr_event_row *e = &rows->at[i];
		char first[24], last[24], count[24], source[400];

		snprintf(count, sizeof(count), "%lld", (long long)e->count);
		yr_columns_row(&t, yr_pod_age(e->first, first, sizeof(first)),
			       yr_pod_age(e->last, last, sizeof(last)), count, e->name, e->kind,
			       e->path, e->type, e->reason, source_of(e, source, sizeof(source)),
			       e->message);
	}
	yr_columns_print(&t, 0);
	yr_columns_done(&t);
}

void yr_pod_events_table(const struct yr_event_rows *rows)
{
	struct yr_columns t = { .width = 8 };

	yr_columns_row(&t, "FirstSeen", "LastSeen", "Count", "From", "SubobjectPath", "Type",
		       "Reason", "Message");
	yr_columns_row(&t, "---------", "--------", "-----", "----", "-------------", "--------",
		       "------", "-------");
	for (size_t i = 0; i < rows->n; i++) {
		const struct yr_event_row *e = &rows->at[i];
		char first[24], last[24], count[24], source[400];

		snprintf(count, sizeof(count), "%lld", (long long)e->count);
		yr_columns_row(&t, yr_pod_age(e->first, first, sizeof(first)),
			       yr_pod_age(e->last, last, sizeof(last)), count,
			       source_of(e, source, sizeof(source)), e->path, e->type, e->reason,
			       e->message);
	}
	yr_columns_print(&t, 2);
	yr_columns_done(&t);
}

/* As the kubelet calls them: the object, and something that no other event has. */
static const char *name_of(const struct yr_event_row *e, char *buffer, size_t size)
{
	snprintf(buffer, size, "%s.%016llx", e->name, (unsigned long long)e->id);
	return buffer;
}

static json_t *event_json(const struct yr_event_row *e)
{
	char first[32], last[32], name[300];
	json_t *o, *about;

	about = json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", e->kind, "apiVersion", "v1",
			  "namespace", e->ns, "name", e->name, "uid", e->uid);
	if (*e->path)
		json_object_set_new(about, "fieldPath", json_string(e->path));
	o = json_pack("{s:s, s:s, s:{s:s, s:s, s:s}, s:o, s:s, s:s, s:s, s:{s:s}, s:I, s:s, s:s}",
		      "kind", "Event", "apiVersion", "v1", "metadata", "name",
		      name_of(e, name, sizeof(name)), "namespace", e->ns, "creationTimestamp",
		      yr_agent_time(e->first, first, sizeof(first)), "involvedObject", about,
		      "reason", e->reason, "message", e->message, "type", e->type, "source",
		      "component", e->component, "count", (json_int_t)e->count, "firstTimestamp",
		      first, "lastTimestamp", yr_agent_time(e->last, last, sizeof(last)));
	if (*e->host)
		json_object_set_new(json_object_get(o, "source"), "host", json_string(e->host));
	return o;
}

json_t *yr_pod_events_json(const struct yr_event_rows *rows)
{
	json_t *items = json_array();

	for (size_t i = 0; i < rows->n; i++)
		if (json_array_append_new(items, event_json(&rows->at[i])) < 0) {
			json_decref(items);
			return NULL;
		}
	return yr_pod_list(items);
}

static int show(const struct yr_pod_place *p, const struct yr_event_rows *rows)
{
	char name[300];

	if (p->form == YR_FORM_JSON || p->form == YR_FORM_YAML)
		return yr_pod_put_object(p->form, yr_pod_events_json(rows));
	for (size_t i = 0; i < rows->n && p->form == YR_FORM_NAME; i++)
		printf("event/%s\n", name_of(&rows->at[i], name, sizeof(name)));
	if (p->form == YR_FORM_TABLE && rows->n)
		show_table(rows);
	else if (p->form == YR_FORM_TABLE)
		yr_pod_none_found(p);
	return YR_EXIT_OK;
}

static int run(int argc, char **argv)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_event_rows rows;
	struct yr_err err = { 0 };
	struct yr_pod_place p;
	int status =
		yr_pod_place_open(&p, &yr_cmd_pod_events,
				  YR_TAKES_ENGINE | YR_TAKES_OUTPUT | YR_TAKES_ALL, argc, argv);

	if (status >= 0)
		return status;
	if (argc - optind > 1) {
		status = yr_usage(p.cmd, "name one Pod, or none for all");
	} else {
		yr_pod_place_look(&p);
		if (yr_store_events(p.store, yr_pod_place_ns(&p), yr_pod_named(argv[optind]),
				    &arena, &rows, &err) < 0) {
			yr_say("%s", err.msg);
			status = YR_EXIT_SYSTEM;
		} else {
			status = show(&p, &rows);
		}
	}
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_events = {
	.name = "pod events",
	.args = "[OPTION...] [NAME]",
	.summary = "what happened to Pods",
	.help = "  -o, --output FORM     json, yaml or name\n"
		"  -A, --all-namespaces\n"
		"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"
		"  -n, --namespace NAME  the namespace, normally default\n" YR_COMMON_HELP,
	.run = run,
};
