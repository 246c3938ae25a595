/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions about Pods, for people and for programs. */
#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/pod.h"

static int no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

void yr_pod_put_text(FILE *f, const char *text)
{
	AUTO_FREE char *copy = strdup(text);
	char *at = copy, *slash;

	if (!copy) {
		yr_put(f, text);
		return;
	}
	for (; (slash = strchr(at, '\\')); at = slash + 1) {
		*slash = '\0';
		yr_put(f, at);
		fputc('\\', f);
	}
	yr_put(f, at);
}

void yr_pod_put_lines(FILE *f, char *text)
{
	char *rest, *line;

	for (line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
		yr_pod_put_text(f, line);
		fputc('\n', f);
	}
}

static void put_kind(const struct yr_pod_answer *a)
{
	for (const char *c = a->kind; *c; c++)
		putchar(tolower((unsigned char)*c));
	printf("%s%s/", *a->group ? "." : "", a->group);
	yr_put(stdout, a->name);
}

/* "localhost/x (annotation)" */
static bool describe(const struct yr_pod *p, const struct yr_container *c, const struct yr_era *era,
		     struct yr_buf *b)
{
	struct yr_effective e;

	yr_pod_effective(p, c, era, &e);
	yr_wish_put(b, e.runs);
	if (e.asked.type == YR_PROFILE_NONE)
		yr_buf_puts(b, c->privileged ? " (privileged, nothing asked for)"
					     : " (nothing asked for)");
	else if (!yr_wish_eq(e.asked, e.runs))
		yr_buf_printf(b, " (privileged; asked for by %s: runtime/default)",
			      yr_wish_source_name(e.source));
	else
		yr_buf_printf(b, " (%s)", yr_wish_source_name(e.source));
	return !b->failed;
}

static bool show_containers(const struct yr_pod_shown *s)
{
	for (size_t i = 0; i < s->pod->n_containers; i++) {
		const struct yr_container *c = &s->pod->containers[i];
		AUTO_BUF struct yr_buf b = { 0 };

		if (!describe(s->pod, c, &s->rules->era, &b))
			return false;
		fputs("  ", stdout);
		yr_put(stdout, c->name);
		fputs(c->kind == YR_CONTAINER_INIT        ? " (init): "
		      : c->kind == YR_CONTAINER_EPHEMERAL ? " (ephemeral): "
							  : ": ",
		      stdout);
		yr_put(stdout, b.data);
		putchar('\n');
	}
	return true;
}

static void show_row(const char *label, const char *value)
{
	if (!value)
		return;
	printf("  %-12s", label);
	yr_pod_put_text(stdout, value);
	putchar('\n');
}

static void show_gate(const struct yr_gate *g)
{
	if (g->outcome == YR_GATE_START) {
		show_row("Node:", "may start");
		return;
	}
	show_row("Status:", yr_gate_phase(g));
	show_row("Reason:", g->reason);
	show_row("Message:", g->message);
	if (g->waiting_reason) {
		printf("  %-12s", "Waiting:");
		if (g->container) {
			yr_put(stdout, g->container->name);
			fputs(": ", stdout);
		}
		yr_put(stdout, g->waiting_reason);
		if (g->waiting_message) {
			fputs(": ", stdout);
			yr_pod_put_text(stdout, g->waiting_message);
		}
		putchar('\n');
	}
	if (g->event_reason) {
		printf("  %-12sWarning %s ", "Event:", g->event_reason);
		yr_pod_put_text(stdout, g->event_message);
		putchar('\n');
	}
}

int yr_pod_show(const struct yr_pod_shown *s)
{
	AUTO_BUF struct yr_buf b = { 0 };

	fflush(stdout);
	for (size_t i = 0; i < s->answer->warnings.n && !s->quiet; i++) {
		fputs("Warning: ", stderr);
		yr_pod_put_text(stderr, s->answer->warnings.at[i]);
		fputc('\n', stderr);
	}
	yr_answer_put(&b, s->answer, s->source);
	if (b.failed)
		return no_memory();
	if (b.len) {
		yr_pod_put_lines(stderr, b.data);
		return YR_EXIT_POLICY;
	}
	put_kind(s->answer);
	puts(": accepted");
	for (size_t i = 0; i < s->answer->audits.n; i++)
		show_row("Audit:", s->answer->audits.at[i]);
	if (s->pod && !show_containers(s))
		return no_memory();
	if (!s->gate)
		return YR_EXIT_OK;
	show_gate(s->gate);
	return s->gate->outcome == YR_GATE_START ? YR_EXIT_OK : YR_EXIT_POLICY;
}

/* Which profile each container gets, beside what policies have for the audit log. */
static void put_profiles(const struct yr_pod_shown *s, json_t *response)
{
	json_t *all = json_object_get(response, "auditAnnotations");

	if (!all) {
		all = json_object();
		json_object_set_new(response, "auditAnnotations", all);
	}
	for (size_t i = 0; i < s->pod->n_containers; i++) {
		const struct yr_container *c = &s->pod->containers[i];
		AUTO_BUF struct yr_buf b = { 0 };
		char key[80];

		/* Of an admitted Pod it is a label of 63 characters at most. */
		snprintf(key, sizeof(key), "profile.%s", c->name);
		if (describe(s->pod, c, &s->rules->era, &b))
			json_object_set_new_nocheck(all, key, yr_json_text(b.data));
	}
}

static json_t *request(const struct yr_pod_shown *s, json_t *object)
{
	const char *operation = s->rules->old ? "UPDATE" : "CREATE";
	const struct yr_pod_answer *a = s->answer;

	return json_pack("{s:s, s:{s:s, s:s, s:s}, s:s, s:s, s:s, s:o}", "uid", "", "kind", "group",
			 a->group, "version", "v1", "kind", a->kind, "name", a->name, "namespace",
			 s->pod ? yr_pod_namespace(s->pod, s->rules) : "", "operation", operation,
			 "object", object);
}

int yr_pod_show_json(const struct yr_pod_shown *s, json_t *items)
{
	json_t *response = yr_answer_response(s->answer, ""), *review, *object = NULL,
	       *event = NULL;
	bool admitted = s->answer->refusal == YR_ADMITTED;
	char now[32] = "";
	time_t t = time(NULL);
	struct tm tm;

	if (s->pod)
		object = yr_pod_json(s->pod, s->rules);
	if (gmtime_r(&t, &tm))
		strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &tm);
	if (admitted && s->pod)
		put_profiles(s, response);
	if (admitted && s->gate && object) {
		json_object_set_new(object, "status", yr_gate_status(s->gate, s->pod));
		event = yr_gate_event(s->gate, s->pod, yr_pod_namespace(s->pod, s->rules), now);
	}
	review = json_pack("{s:s, s:s, s:o, s:o}", "kind", "AdmissionReview", "apiVersion",
			   "admission.k8s.io/v1", "request",
			   request(s, object ? object : json_null()), "response", response);
	if (!review || json_array_append_new(items, review) < 0)
		return no_memory();
	if (event)
		json_array_append_new(items, event);
	return admitted && (!s->gate || s->gate->outcome == YR_GATE_START) ? YR_EXIT_OK
									   : YR_EXIT_POLICY;
}
