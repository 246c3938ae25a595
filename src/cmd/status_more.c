/* SPDX-License-Identifier: Apache-2.0 */
/* Containers and drift in `yoroi status`, as text and as JSON. */
#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "cmd/log_read.h"
#include "cmd/status.h"

struct counting {
	struct yr_containers *containers;
	struct yr_log_seen seen;
};

static int count(void *ctx, const struct yr_log_event *ev)
{
	struct counting *c = ctx;

	if (!yr_log_was_seen(&c->seen, ev))
		yr_containers_count(c->containers, ev);
	return 0;
}

/* That the log is not for this user leaves the numbers out, and is said. */
static void count_denials(const struct yr_status_asked *a, struct yr_status_more *m)
{
	struct counting c = { .containers = m->containers };
	struct yr_log *log;

	if (!m->containers->n || !strcmp(a->log, "none"))
		return;
	log = yr_log_new();
	if (log && !strcmp(a->log, "journal"))
		m->counted = yr_log_read_journal(log, count, &c) == YR_EXIT_OK;
	else if (log)
		m->counted = yr_log_read_path(log, a->log, count, &c) == YR_EXIT_OK;
	if (!log)
		yr_say("out of memory");
	yr_log_free(log);
}

int yr_status_more_read(const struct yr_status_asked *a, const struct yr_status *s,
			struct yr_status_more *ret)
{
	struct yr_err err = { 0 };

	ret->n_left = yr_leftovers_read(&a->settings->host, ret->left, ARRAY_LEN(ret->left));
	if (yr_state_list(a->run_dir, &ret->states, &err) == -EACCES) {
		/* Root's; a user sees containers without their names. */
		err = (struct yr_err){ 0 };
	} else if (err.code) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	if (ret->states.n_broken)
		yr_say("%zu file%s in '%s/containers' %s no record of a container",
		       ret->states.n_broken, ret->states.n_broken == 1 ? "" : "s", a->run_dir,
		       ret->states.n_broken == 1 ? "is" : "are");
	if (ret->states.more)
		yr_say("'%s/containers' has more than %zu records; not all are read", a->run_dir,
		       ret->states.n);
	if (yr_containers_read(&a->settings->host, &ret->states, &ret->containers, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	count_denials(a, ret);
	return yr_status_drift(a, s, ret);
}

void yr_status_more_done(struct yr_status_more *m)
{
	yr_containers_free(m->containers);
	yr_states_done(&m->states);
	for (size_t i = 0; i < m->n_drifted; i++) {
		free(m->drifted[i].profile);
		free(m->drifted[i].file);
		free(m->drifted[i].why);
	}
	free(m->drifted);
	*m = (struct yr_status_more){ 0 };
}

/* ---- text ---- */

void yr_status_put_container(const struct yr_running *r)
{
	char id[13];

	snprintf(id, sizeof(id), "%s", r->id);
	if (r->start && r->start->name) {
		yr_put(stdout, r->start->name);
		fputs(" (", stdout);
		yr_put(stdout, id);
		putchar(')');
	} else {
		/* A name of somebody's own is not cut. */
		yr_put(stdout, strlen(r->id) == 64 ? id : r->id);
	}
}

static void put_labels(const struct yr_running *r)
{
	for (size_t i = 0; i < r->n_labels; i++) {
		const struct yr_container_label *l = &r->labels[i];

		fputs(i ? ", " : "", stdout);
		if (r->n_labels > 1)
			printf("%zu of %zu processes ", l->n, r->n_processes);
		yr_put(stdout, l->profile ? l->profile : "not for this user to see");
		if (l->profile && !l->unconfined) {
			fputs(" (", stdout);
			yr_put(stdout, l->mode);
			putchar(')');
		}
	}
	if (r->n_labels == 1)
		printf(", %zu process%s", r->n_processes, r->n_processes == 1 ? "" : "es");
}

static void put_asked(const struct yr_running *r)
{
	const struct yr_start *s = r->start;

	if (!yr_running_is_weaker(r))
		return;
	fputs("\n      runs unconfined", stdout);
	if (r->n_unconfined < r->n_processes)
		fputs(" in part", stdout);
	fputs(" although ", stdout);
	yr_put(stdout, s->asked ? s->asked : s->profile);
	fputs(s->asked ? " was asked for" : " was given to it", stdout);
	if (s->reason) {
		fputs(": ", stdout);
		yr_put(stdout, s->reason);
	}
}

static void print_container(const struct yr_running *r, bool counted)
{
	const struct yr_start *s = r->start;

	fputs("   ", stdout);
	yr_status_put_container(r);
	if (r->engine)
		printf(" of %s", r->engine);
	if (s && s->pod) {
		fputs(", Pod ", stdout);
		if (s->pod_namespace) {
			yr_put(stdout, s->pod_namespace);
			putchar('/');
		}
		yr_put(stdout, s->pod);
	} else if (*r->pod_uid) {
		printf(", Pod %s", r->pod_uid);
	}
	fputs(": ", stdout);
	put_labels(r);
	if (counted)
		printf(", %llu denial%s", (unsigned long long)r->denials,
		       r->denials == 1 ? "" : "s");
	put_asked(r);
	putchar('\n');
}

void yr_status_print_more(const struct yr_status_more *m)
{
	const struct yr_containers *c = m->containers;

	for (size_t i = 0; i < m->n_left; i++)
		yr_leftover_put(stdout, &m->left[i]);
	if (c && c->n) {
		printf("%zu container%s\n", c->n, c->n == 1 ? " runs" : "s run");
		for (size_t i = 0; i < c->n; i++)
			print_container(&c->at[i], m->counted);
		if (c->others)
			printf("%llu more denial%s of processes that ended, in containers under "
			       "one "
			       "profile\n",
			       (unsigned long long)c->others, c->others == 1 ? " is" : "s are");
	}
	if (m->n_drifted)
		printf("%zu of %zu loaded profiles %s from what %s file%s\n", m->n_drifted,
		       m->n_compared, m->n_drifted == 1 ? "differs" : "differ",
		       m->n_drifted == 1 ? "its" : "their", m->n_drifted == 1 ? " says" : "s say");
	for (size_t i = 0; i < m->n_drifted; i++) {
		fputs("   ", stdout);
		yr_put(stdout, m->drifted[i].profile);
		fputs(": ", stdout);
		yr_put(stdout, m->drifted[i].why);
		putchar('\n');
	}
}

/* ---- JSON ---- */

static json_t *labels_json(const struct yr_running *r)
{
	json_t *all = json_array();

	for (size_t i = 0; i < r->n_labels; i++)
		json_array_append_new(all, json_pack("{s:o, s:o, s:b, s:I}", "profile",
						     yr_json_text(r->labels[i].profile), "mode",
						     yr_json_text(r->labels[i].mode), "unconfined",
						     r->labels[i].unconfined, "processes",
						     (json_int_t)r->labels[i].n));
	return all;
}

static json_t *container_json(const struct yr_status_more *m, size_t at)
{
	static const struct yr_start nothing;
	const struct yr_running *r = &m->containers->at[at];
	const struct yr_start *s = r->start ? r->start : &nothing;
	json_t *pids = json_array();

	for (size_t i = 0; i < m->containers->n_members; i++)
		if (m->containers->members[i].container == at)
			json_array_append_new(pids, json_integer(m->containers->members[i].pid));
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:o}",
			 "id", yr_json_text(r->id), "name", yr_json_text(s->name), "engine",
			 yr_json_text(r->engine), "pod", yr_json_text(s->pod), "pod_namespace",
			 yr_json_text(s->pod_namespace), "pod_uid",
			 yr_json_text(*r->pod_uid ? r->pod_uid : NULL), "image",
			 yr_json_text(s->image), "asked", yr_json_text(s->asked), "given",
			 yr_json_text(s->profile), "labels", labels_json(r), "pids", pids,
			 "recorded", r->start != NULL, "unconfined_though_asked",
			 yr_running_is_weaker(r), "denials",
			 m->counted ? json_integer((json_int_t)r->denials) : json_null());
}

/* The confined processes that are listed get their container's id. */
static void name_containers(json_t *root, const struct yr_containers *c)
{
	json_t *list, *p;
	const char *exe;
	size_t i;

	json_object_foreach(json_object_get(root, "processes"), exe, list)
	{
		json_array_foreach(list, i, p)
		{
			const char *pid = json_string_value(json_object_get(p, "pid"));
			const struct yr_running *r = pid ? yr_containers_find(c, atoi(pid)) : NULL;

			if (r)
				json_object_set_new(p, "container", yr_json_text(r->id));
		}
	}
}

bool yr_status_json_more(json_t *root, const struct yr_status_more *m)
{
	json_t *ours = json_object_get(root, "yoroi"), *containers = json_array();
	json_t *drift = json_array(), *left = json_array();
	bool good = containers && drift && left;

	for (size_t i = 0; good && i < m->n_left; i++)
		good = !json_array_append_new(
			left, json_pack("{s:s, s:o, s:o, s:I}", "profile", m->left[i].profile,
					"what", yr_json_text(m->left[i].what), "why",
					yr_json_text(m->left[i].why), "processes",
					(json_int_t)m->left[i].processes));
	good = good && !json_object_set(ours, "learn_leftovers", left);
	json_decref(left);

	if (m->containers)
		name_containers(root, m->containers);
	for (size_t i = 0; good && m->containers && i < m->containers->n; i++)
		good = !json_array_append_new(containers, container_json(m, i));
	for (size_t i = 0; good && i < m->n_drifted; i++)
		good = !json_array_append_new(
			drift, json_pack("{s:o, s:o, s:s, s:o}", "profile",
					 yr_json_text(m->drifted[i].profile), "file",
					 yr_json_text(m->drifted[i].file), "state",
					 yr_drift_name(m->drifted[i].answer), "message",
					 yr_json_text(m->drifted[i].why)));
	return !json_object_set_new(ours, "containers", containers) &&
	       good & !json_object_set_new(ours, "drift", drift);
}
