/* SPDX-License-Identifier: Apache-2.0 */
/* Pods and their events, as they are told. */
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

json_t *yr_pod_object(const struct yr_pod_row *row)
{
	json_t *o = json_loads(row->json, 0, NULL), *status = json_loads(row->status, 0, NULL);
	json_t *meta = json_object_get(o, "metadata");
	char when[32];

	if (!json_is_object(meta) || !status) {
		json_decref(o);
		json_decref(status);
		return NULL;
	}
	json_object_set_new(meta, "uid", json_string(row->uid));
	json_object_set_new(meta, "creationTimestamp",
			    json_string(yr_agent_time(row->created, when, sizeof(when))));
	if (row->deleted) {
		json_object_set_new(
			meta, "deletionTimestamp",
			json_string(yr_agent_time(row->deleted + row->grace, when, sizeof(when))));
		json_object_set_new(meta, "deletionGracePeriodSeconds", json_integer(row->grace));
	}
	json_object_set_new(o, "status", status);
	return o;
}

json_t *yr_pod_list(json_t *items)
{
	return json_pack("{s:s, s:s, s:{}, s:o}", "apiVersion", "v1", "kind", "List", "metadata",
			 "items", items);
}

int yr_pod_put_object(enum yr_form form, json_t *object)
{
	bool good;

	if (!object)
		return yr_pod_no_memory();
	if (form != YR_FORM_YAML)
		return yr_json_print(object, 4);
	/* That it cannot be written is told at the end. */
	good = yr_json_as_yaml(object, stdout) || ferror(stdout);
	json_decref(object);
	return good ? YR_EXIT_OK : yr_pod_no_memory();
}

/* Why it is in the state that it is in; NULL: it runs. */
static const char *reason_of(json_t *at)
{
	json_t *state = json_object_get(at, "state");
	const char *kind, *reason = NULL;
	json_t *value;

	json_object_foreach(state, kind, value) reason =
		json_string_value(json_object_get(value, "reason"));
	return reason;
}

struct shown {
	char text[80]; /* the column STATUS */
	size_t ready;
	long long restarts;
};

/* true: it has yet to do its work, which the column tells. */
static bool of_init(json_t *at, size_t i, size_t n, struct shown *s)
{
	json_t *end = json_object_get(json_object_get(at, "state"), "terminated");
	const char *reason = reason_of(at);

	s->restarts += json_integer_value(json_object_get(at, "restartCount"));
	if (end && !json_integer_value(json_object_get(end, "exitCode")))
		return false;
	if (reason && strcmp(reason, "PodInitializing") != 0)
		snprintf(s->text, sizeof(s->text), "Init:%s", reason);
	else
		snprintf(s->text, sizeof(s->text), "Init:%zu/%zu", i, n);
	return true;
}

static bool is_ready(json_t *status)
{
	json_t *at;
	size_t i;

	json_array_foreach(json_object_get(status, "conditions"), i, at)
	{
		const char *type = json_string_value(json_object_get(at, "type"));
		const char *is = json_string_value(json_object_get(at, "status"));

		if (type && is && !strcmp(type, "Ready"))
			return !strcmp(is, "True");
	}
	return false;
}

/* The first container that has a reason is the one whose reason is told. */
static void of_containers(json_t *status, struct shown *s)
{
	json_t *list = json_object_get(status, "containerStatuses");
	bool runs = false;

	s->restarts = 0;
	for (size_t i = json_array_size(list); i-- > 0;) {
		json_t *at = json_array_get(list, i);
		const char *reason = reason_of(at);

		s->restarts += json_integer_value(json_object_get(at, "restartCount"));
		if (reason)
			snprintf(s->text, sizeof(s->text), "%s", reason);
		else if (json_is_true(json_object_get(at, "ready")))
			runs = true;
	}
	if (runs && !strcmp(s->text, "Completed"))
		strcpy(s->text, is_ready(status) ? "Running" : "NotReady");
}

/* As kubectl puts it. */
static void sum_up(json_t *status, const struct yr_pod_row *row, struct shown *s)
{
	json_t *inits = json_object_get(status, "initContainerStatuses"), *at;
	const char *phase = json_string_value(json_object_get(status, "phase"));
	const char *reason = json_string_value(json_object_get(status, "reason"));
	bool initializes = false;
	size_t i;

	snprintf(s->text, sizeof(s->text), "%s", reason ? reason : phase ? phase : "Unknown");
	json_array_foreach(inits, i, at)
	{
		initializes = of_init(at, i, json_array_size(inits), s);
		if (initializes)
			break;
	}
	if (!initializes)
		of_containers(status, s);
	json_array_foreach(json_object_get(status, "containerStatuses"), i, at) s->ready +=
		json_is_true(json_object_get(at, "ready"));
	if (row->deleted)
		strcpy(s->text, "Terminating");
}

static void show_row(struct yr_columns *t, const struct yr_pod_row *row, bool with_ns)
{
	json_t *o = yr_pod_object(row), *spec = json_object_get(o, "spec");
	char count[40], again[24], age[24];
	struct shown s = { .ready = 0 };

	sum_up(json_object_get(o, "status"), row, &s);
	snprintf(count, sizeof(count), "%zu/%zu", s.ready,
		 json_array_size(json_object_get(spec, "containers")));
	snprintf(again, sizeof(again), "%lld", s.restarts);
	yr_pod_age(row->created, age, sizeof(age));
	if (with_ns)
		yr_columns_row(t, row->ns, row->name, count, s.text, again, age);
	else
		yr_columns_row(t, row->name, count, s.text, again, age);
	json_decref(o);
}

static int show_table(const struct yr_pod_place *p, const struct yr_pod_rows *rows)
{
	struct yr_columns t = { .width = p->all ? 6 : 5 };

	if (p->all)
		yr_columns_row(&t, "NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE");
	else
		yr_columns_row(&t, "NAME", "READY", "STATUS", "RESTARTS", "AGE");
	for (size_t i = 0; i < rows->n; i++)
		show_row(&t, &rows->at[i], p->all);
	yr_columns_print(&t, 0);
	yr_columns_done(&t);
	return YR_EXIT_OK;
}

static int show(const struct yr_pod_place *p, const struct yr_pod_rows *rows, bool one)
{
	json_t *items;

	if (p->form == YR_FORM_TABLE)
		return show_table(p, rows);
	if (p->form == YR_FORM_NAME) {
		for (size_t i = 0; i < rows->n; i++)
			printf("pod/%s\n", rows->at[i].name);
		return YR_EXIT_OK;
	}
	if (one)
		return yr_pod_put_object(p->form, yr_pod_object(&rows->at[0]));
	items = json_array();
	for (size_t i = 0; i < rows->n; i++)
		json_array_append_new(items, yr_pod_object(&rows->at[i]));
	return yr_pod_put_object(p->form, yr_pod_list(items));
}

static int read_named(struct yr_pod_place *p, char **names, size_t n, struct yr_arena *arena,
		      struct yr_pod_rows *ret)
{
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK;

	*ret = (struct yr_pod_rows){ .at = yr_arena_array(arena, n + 1, sizeof(*ret->at)) };
	if (!ret->at)
		return yr_pod_no_memory();
	for (size_t i = 0; i < n; i++) {
		const char *name = yr_pod_named(names[i]);
		struct yr_pod_rows one;

		if (yr_store_pods(p->store, yr_pod_place_ns(p), name, arena, &one, &err) < 0) {
			yr_say("%s", err.msg);
			return YR_EXIT_SYSTEM;
		}
		if (one.n) {
			ret->at[ret->n++] = one.at[0];
			continue;
		}
		fputs("Error from server (NotFound): pods \"", stderr);
		yr_put(stderr, name);
		fputs("\" not found\n", stderr);
		status = YR_EXIT_POLICY;
	}
	return status;
}

void yr_pod_none_found(const struct yr_pod_place *p)
{
	fprintf(stderr, "No resources found%s%s%s\n", p->all ? "" : " in ",
		p->all ? "" : p->rules.ns, p->all ? "" : " namespace.");
}

static int get(struct yr_pod_place *p, char **names, size_t named)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_rows rows = { 0 };
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK;

	yr_pod_place_look(p);
	if (named)
		status = read_named(p, names, named, &arena, &rows);
	else if (yr_store_pods(p->store, yr_pod_place_ns(p), NULL, &arena, &rows, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	}
	if (rows.n || (!named && status == YR_EXIT_OK && p->form != YR_FORM_TABLE))
		status = yr_worse(status, show(p, &rows, named == 1));
	else if (!named && status == YR_EXIT_OK)
		yr_pod_none_found(p);
	return status;
}

static int run_get(int argc, char **argv)
{
	struct yr_pod_place p;
	int status = yr_pod_place_open(
		&p, &yr_cmd_pod_get, YR_TAKES_ENGINE | YR_TAKES_OUTPUT | YR_TAKES_ALL, argc, argv);

	if (status >= 0)
		return status;
	if (p.all && optind < argc)
		status = yr_usage(p.cmd, "Pods are named in one namespace; leave out the names or "
					 "--all-namespaces");
	else
		status = get(&p, argv + optind, (size_t)(argc - optind));
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_get = {
	.name = "pod get",
	.args = "[OPTION...] [NAME...]",
	.summary = "Pods and how they are",
	.help = "  -o, --output FORM     json, yaml or name\n"
		"  -A, --all-namespaces\n"
		"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"
		"  -n, --namespace NAME  the namespace, normally default\n" YR_COMMON_HELP,
	.run = run_get,
};
