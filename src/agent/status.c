/* SPDX-License-Identifier: Apache-2.0 */
/* A Pod's status in Kubernetes' form. */
#include <jansson.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"
#include "base/cleanup.h"

const char *yr_agent_time(int64_t t, char *buffer, size_t size)
{
	time_t when = (time_t)t;
	struct tm tm;

	*buffer = '\0';
	if (gmtime_r(&when, &tm))
		strftime(buffer, size, "%Y-%m-%dT%H:%M:%SZ", &tm);
	return buffer;
}

static bool gate_stands(const struct yr_work *w, const struct yr_work_container *c)
{
	return !w->agent->look && w->gate.waiting_reason &&
	       (!w->gate.container || w->gate.container == c->c);
}

/* While it is only looked, nobody asks the gate: what it said stays. */
static json_t *old_waiting(const struct yr_work *w, const struct yr_work_container *c)
{
	static const char *const lists[] = { "initContainerStatuses", "containerStatuses" };
	json_t *old = json_loads(w->pod->status, 0, NULL), *found = NULL, *at;
	size_t i;

	for (int k = 0; k < 2 && w->agent->look; k++)
		json_array_foreach(json_object_get(old, lists[k]), i, at)
		{
			const char *name = json_string_value(json_object_get(at, "name"));

			if (name && !strcmp(name, c->c->name))
				found = json_object_get(json_object_get(at, "state"), "waiting");
		}
	json_incref(found);
	json_decref(old);
	return found;
}

static json_t *waiting(const struct yr_work *w, const struct yr_work_container *c,
		       const struct yr_plan_container *p)
{
	const char *reason = "ContainerCreating", *message = NULL;
	json_t *state;
	char back[300];

	if (gate_stands(w, c)) {
		reason = w->gate.waiting_reason;
		message = w->gate.waiting_message;
	} else if (*c->row.reason) {
		reason = c->row.reason;
		message = c->row.message;
		if (!strcmp(reason, "ErrImagePull") && c->row.retry > w->now && c->row.failures > 1)
			reason = "ImagePullBackOff";
	} else if (p->seen == YR_SEEN_ENDED) {
		int64_t pause = yr_plan_due(&w->plan, p) - p->finished;

		reason = "CrashLoopBackOff";
		snprintf(back, sizeof(back), "back-off %llds restarting failed container=%s pod=%s",
			 (long long)pause, c->c->name, w->pod->name);
		message = back;
	} else if (!p->init && !yr_plan_initialized(&w->plan)) {
		reason = "PodInitializing";
	}
	state = old_waiting(w, c);
	if (state && p->seen != YR_SEEN_ENDED)
		return json_pack("{s:o}", "waiting", state);
	json_decref(state);
	state = json_pack("{s:s}", "reason", reason);
	if (message)
		json_object_set_new(state, "message", json_string(message));
	return json_pack("{s:o}", "waiting", state);
}

static json_t *state_of(const struct yr_work *w, const struct yr_work_container *c,
			const struct yr_plan_container *p)
{
	char from[32], to[32], id[100];

	if (p->seen == YR_SEEN_RUNNING)
		return json_pack("{s:{s:s}}", "running", "startedAt",
				 yr_agent_time(c->row.started ? c->row.started : w->now, from,
					       sizeof(from)));
	if (p->seen != YR_SEEN_ENDED || yr_plan_restarts(&w->plan, p))
		return waiting(w, c, p);
	snprintf(id, sizeof(id), "podman://%s", c->row.id);
	return json_pack("{s:{s:s, s:i, s:s, s:s, s:s}}", "terminated", "containerID", id,
			 "exitCode", p->exit_code, "reason", p->exit_code ? "Error" : "Completed",
			 "startedAt", yr_agent_time(c->row.started, from, sizeof(from)),
			 "finishedAt", yr_agent_time(p->finished, to, sizeof(to)));
}

static bool is_ready(const struct yr_plan_container *p)
{
	return p->init ? p->seen == YR_SEEN_ENDED && !p->exit_code
		       : p->seen == YR_SEEN_RUNNING && p->stage >= YR_STAGE_CHECKED;
}

static json_t *container_status(const struct yr_work *w, size_t i)
{
	const struct yr_work_container *c = &w->containers[i];
	const struct yr_plan_container *p = &w->planned[i];
	json_t *last = *c->row.last ? json_loads(c->row.last, 0, NULL) : NULL, *o;
	char id[100] = "";

	if (*c->row.id)
		snprintf(id, sizeof(id), "podman://%s", c->row.id);
	if (p->seen == YR_SEEN_ENDED && yr_plan_restarts(&w->plan, p)) {
		struct yr_work_container now = *c;
		struct yr_work frozen = *w;

		/* Seen as one that does not restart, it is terminated. */
		json_decref(last);
		frozen.plan.deleted = true;
		last = state_of(&frozen, &now, p);
	}
	o = json_pack("{s:s, s:s, s:s, s:b, s:b, s:i, s:o}", "name", c->c->name, "image",
		      c->c->image, "imageID", c->row.image_id, "ready", is_ready(p), "started",
		      p->seen == YR_SEEN_RUNNING, "restartCount", (int)c->row.attempt, "state",
		      state_of(w, c, p));
	if (*id)
		json_object_set_new(o, "containerID", json_string(id));
	json_object_set_new(o, "lastState", last ? last : json_object());
	return o;
}

/* Since when it is so: as it was told before, or from now on. */
static json_t *condition(json_t *old, const char *type, bool truth, int64_t now)
{
	const char *status = truth ? "True" : "False", *since = NULL;
	json_t *at;
	char buffer[32];
	size_t i;

	json_array_foreach(json_object_get(old, "conditions"), i, at)
	{
		const char *name = json_string_value(json_object_get(at, "type"));
		const char *was = json_string_value(json_object_get(at, "status"));

		if (name && was && !strcmp(name, type) && !strcmp(was, status))
			since = json_string_value(json_object_get(at, "lastTransitionTime"));
	}
	if (!since)
		since = yr_agent_time(now, buffer, sizeof(buffer));
	return json_pack("{s:s, s:s, s:n, s:s}", "type", type, "status", status, "lastProbeTime",
			 "lastTransitionTime", since);
}

static json_t *conditions(const struct yr_work *w, bool ready)
{
	json_t *old = json_loads(w->pod->status, 0, NULL);
	json_t *all =
		json_pack("[o, o, o, o]",
			  condition(old, "Initialized", yr_plan_initialized(&w->plan), w->now),
			  condition(old, "Ready", ready, w->now),
			  condition(old, "ContainersReady", ready, w->now),
			  condition(old, "PodScheduled", true, w->pod->created));

	json_decref(old);
	return all;
}

static void put_addresses(const struct yr_work *w, json_t *s)
{
	AUTO_FREE char *text = strdup(w->pod->addresses);
	json_t *all = json_array();
	char *rest;

	if (*w->agent->address)
		json_object_set_new(s, "hostIP", json_string(w->agent->address));
	for (char *at = text ? strtok_r(text, " ", &rest) : NULL; at;
	     at = strtok_r(NULL, " ", &rest)) {
		if (!json_array_size(all))
			json_object_set_new(s, "podIP", json_string(at));
		json_array_append_new(all, json_pack("{s:s}", "ip", at));
	}
	if (json_array_size(all))
		json_object_set(s, "podIPs", all);
	json_decref(all);
}

static bool has_started(const struct yr_work *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->containers[i].row.attempt || w->containers[i].row.stage >= YR_STAGE_STARTED)
			return true;
	return false;
}

/* Reason and message of the Pod: of a gate that nothing has passed yet. */
static void put_reason(const struct yr_work *w, json_t *s)
{
	json_t *old;

	if (has_started(w))
		return;
	if (!w->agent->look) {
		if (w->gate.reason)
			json_object_set_new(s, "reason", json_string(w->gate.reason));
		if (w->gate.message)
			json_object_set_new(s, "message", json_string(w->gate.message));
		return;
	}
	old = json_loads(w->pod->status, 0, NULL);
	if (json_object_get(old, "reason")) {
		json_object_set(s, "reason", json_object_get(old, "reason"));
		json_object_set(s, "message", json_object_get(old, "message"));
		json_object_set(s, "phase", json_object_get(old, "phase"));
	}
	json_decref(old);
}

json_t *yr_agent_status(const struct yr_work *w)
{
	static const char *const phases[] = { "Pending", "Running", "Succeeded", "Failed" };
	json_t *init = json_array(), *regular = json_array(), *s;
	bool ready = true;
	char since[32];

	yr_agent_time(w->pod->created, since, sizeof(since));
	for (size_t i = 0; i < w->n; i++) {
		json_array_append_new(w->planned[i].init ? init : regular, container_status(w, i));
		ready = ready && (w->planned[i].init || is_ready(&w->planned[i]));
	}
	s = json_pack("{s:s, s:s, s:s, s:o}", "phase", phases[yr_plan_phase(&w->plan)], "startTime",
		      since, "qosClass", yr_wanted_qos(json_object_get(w->wanted.root, "spec")),
		      "conditions", conditions(w, ready));
	put_addresses(w, s);
	put_reason(w, s);
	if (json_array_size(init))
		json_object_set(s, "initContainerStatuses", init);
	/* One that is refused for good says nothing of containers, as Kubernetes does. */
	if (!w->plan.refused || w->gate.waiting_reason)
		json_object_set(s, "containerStatuses", regular);
	json_decref(init);
	json_decref(regular);
	return s;
}
