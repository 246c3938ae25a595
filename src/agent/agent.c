/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/agent.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "agent/limits.h"

static enum yr_seen seen_of(const char *state)
{
	static const struct {
		const char *word;
		enum yr_seen seen;
	} words[] = {
		{ "created", YR_SEEN_CREATED },     { "configured", YR_SEEN_CREATED },
		{ "initialized", YR_SEEN_CREATED }, { "exited", YR_SEEN_ENDED },
		{ "stopped", YR_SEEN_ENDED },       { "dead", YR_SEEN_ENDED },
		{ "removing", YR_SEEN_ENDED },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (!strcmp(state, words[i].word))
			return words[i].seen;
	/* Running, paused, stopping, or what we do not know: it is not ours to begin anything. */
	return YR_SEEN_RUNNING;
}

const char *yr_agent_outdated(const struct yr_work *w, const struct yr_work_container *c)
{
	char head[600];
	size_t n;

	snprintf(head, sizeof(head), "yoroi_%s_%s_%s_%s_", c->c->name, w->pod->name, w->pod->ns,
		 w->pod->uid);
	n = strlen(head);
	for (size_t i = 0; i < w->seen->n; i++) {
		const char *name = w->seen->at[i].name;
		unsigned attempt;

		if (!strncmp(name, head, n) && sscanf(name + n, "%u", &attempt) == 1 &&
		    attempt + 1 < c->row.attempt)
			return name;
	}
	return NULL;
}

static int look_at(struct yr_work *w, struct yr_work_container *c, struct yr_plan_container *p,
		   struct yr_err *err)
{
	int r = yr_store_container(w->agent->store, w->pod->uid, c->c->name, &w->wanted.arena,
				   &c->row, err);

	if (r < 0)
		return r;
	c->name = yr_wanted_name(&w->wanted, c->c->name, c->row.attempt);
	if (!c->name)
		return yr_err_set(err, ENOMEM, "out of memory");
	c->instance = yr_instance_find(w->seen, c->name);
	*p = (struct yr_plan_container){ .init = c->c->kind == YR_CONTAINER_INIT,
					 .stage = c->row.stage,
					 .there = c->instance != NULL,
					 .backoff = c->row.backoff,
					 .retry = c->row.retry,
					 .started = c->row.started,
					 .finished = c->row.finished,
					 .exit_code = (int)c->row.exit_code,
					 .outdated = yr_agent_outdated(w, c) != NULL };
	if (c->instance) {
		p->seen = seen_of(c->instance->state);
		/*
		 * Who takes a profile out of the kernel leaves what ran under it unconfined. To be
		 * looked at once more, which ends it.
		 */
		if (p->seen == YR_SEEN_RUNNING && p->stage == YR_STAGE_CHECKED && !w->agent->look &&
		    c->instance->pid > 0 && yr_agent_lost_profile(w, c->c, c->instance->pid))
			p->stage = YR_STAGE_STARTED;
		if (p->seen == YR_SEEN_ENDED && p->stage < YR_STAGE_ENDED) {
			p->exit_code = c->instance->exit_code;
			p->finished = c->instance->finished;
		}
	} else if (p->stage >= YR_STAGE_STARTED) {
		/* Somebody removed it: how it ended is on record, or nobody will know. */
		p->seen = YR_SEEN_ENDED;
	}
	return 0;
}

static bool has_begun(const struct yr_work *w)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->containers[i].row.attempt || w->containers[i].row.stage >= YR_STAGE_CREATED)
			return true;
	return false;
}

/*
 * A Pod that was refused has failed, and that is its end: only Pending ones are looked at again.
 * false: it was not. Sets the gate to what it said then.
 */
static bool was_refused(struct yr_work *w)
{
	json_t *s = json_loads(w->pod->status, 0, NULL);
	const char *phase = json_string_value(json_object_get(s, "phase"));
	const char *reason = json_string_value(json_object_get(s, "reason"));
	const char *message = json_string_value(json_object_get(s, "message"));
	bool was = phase && !strcmp(phase, "Failed") && reason && !strcmp(reason, "AppArmor") &&
		   !has_begun(w);

	if (was)
		w->gate = (struct yr_gate){
			.outcome = YR_GATE_REJECT,
			.reason = "AppArmor",
			.message = message ? yr_arena_strndup(&w->wanted.arena, message,
							      strlen(message))
					   : NULL,
			.waiting_reason =
				json_object_get(s, "containerStatuses") ? "Blocked" : NULL,
		};
	json_decref(s);
	return was;
}

static int ask_gate(struct yr_work *w, const struct yr_node_facts *facts, struct yr_err *err)
{
	if (was_refused(w))
		return 0;
	if (!facts) {
		w->gate = (struct yr_gate){ .outcome = YR_GATE_WAIT };
		return 0;
	}
	if (yr_pod_gate(&w->wanted.pod, &w->wanted.era, w->pod->gate_off, facts, &w->wanted.arena,
			&w->gate) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	return 0;
}

/* Ephemeral containers are none that a Pod starts with. */
static size_t count(const struct yr_pod *p)
{
	size_t n = 0;

	while (n < p->n_containers && p->containers[n].kind != YR_CONTAINER_EPHEMERAL)
		n++;
	return n;
}

static int prepare(struct yr_work *w, const struct yr_node_facts *facts, struct yr_err *err)
{
	int r = yr_wanted_read(w->pod, &w->wanted, err);

	if (r < 0)
		return r;
	w->n = count(&w->wanted.pod);
	w->containers = yr_arena_array(&w->wanted.arena, w->n + 1, sizeof(*w->containers));
	w->planned = yr_arena_array(&w->wanted.arena, w->n + 1, sizeof(*w->planned));
	if (!w->containers || !w->planned)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < w->n && r == 0; i++) {
		w->containers[i].c = &w->wanted.pod.containers[i];
		r = look_at(w, &w->containers[i], &w->planned[i], err);
	}
	if (r == 0)
		r = ask_gate(w, facts, err);
	w->plan = (struct yr_plan_pod){
		.deleted = w->pod->deleted != 0,
		.sandbox = yr_instance_find(w->seen, w->wanted.infra) != NULL,
		.gate = w->gate.outcome == YR_GATE_START,
		/* Only what never ran is refused for good. */
		.refused = w->gate.outcome == YR_GATE_REJECT && !has_begun(w),
		.restart = w->wanted.restart,
		.containers = w->planned,
		.n = w->n,
		.now = w->now,
		.delay = w->agent->delay,
		.grace = w->pod->grace,
	};
	return r;
}

static int keep_status(struct yr_work *w, struct yr_err *err)
{
	json_t *status = yr_agent_status(w);
	AUTO_FREE char *dump = status ? json_dumps(status, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	int r;

	json_decref(status);
	if (!dump)
		return yr_err_set(err, ENOMEM, "out of memory");
	if (!strcmp(dump, w->pod->status))
		return 0;
	r = yr_store_status(w->agent->store, w->pod->uid, dump, err);
	if (r < 0)
		return r;
	/* The next step of this round goes on from it. */
	w->pod->status = yr_arena_strndup(w->round, dump, strlen(dump));
	return w->pod->status ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

static void tell(struct yr_agent *a, const struct yr_pod_row *pod, struct yr_err *err)
{
	yr_err_wrap(err, "Pod %s/%s", pod->ns, pod->name);
	if (a->say)
		a->say(a->ctx, err->msg);
}

static void earliest(int64_t *wake, int64_t when)
{
	if (when && (!*wake || when < *wake))
		*wake = when;
}

static void note_pids(const struct yr_work *w, struct yr_round *ret)
{
	for (size_t i = 0; i < w->n; i++)
		if (w->planned[i].seen == YR_SEEN_RUNNING && w->containers[i].instance->pid > 0 &&
		    ret->n_pids < sizeof(ret->pids) / sizeof(*ret->pids))
			ret->pids[ret->n_pids++] = w->containers[i].instance->pid;
}

/* One step of one Pod. What fails is told and tried again; it does not keep the others from going
 * on. */
static int work(struct yr_work *w, const struct yr_node_facts *facts, bool only,
		struct yr_round *ret, bool *ret_more, struct yr_err *err)
{
	struct yr_next next;
	int r = prepare(w, facts, err);

	if (r < 0)
		return r;
	next = yr_plan(&w->plan);
	if (w->agent->look && next.step != YR_STEP_RECORD)
		next.step = YR_STEP_NONE;
	if (next.step == YR_STEP_NONE)
		note_pids(w, ret);
	if (only)
		ret->settled = next.step == YR_STEP_NONE;
	if (!w->agent->look && !w->pod->deleted && w->gate.outcome != YR_GATE_START) {
		if (!has_begun(w))
			r = yr_agent_tell_gate(w, err);
	}
	if (r == 0)
		r = keep_status(w, err);
	earliest(&ret->wake, next.wake);
	if (r == 0 && next.step != YR_STEP_NONE)
		r = yr_agent_act(w, &next, err);
	ret->progress |= r == 0 && w->stale;
	*ret_more = r == 0 && next.step != YR_STEP_NONE && !w->stale;
	return r;
}

/* As far as it comes without another look at what the engine has, which takes it a second. */
static int go_on(struct yr_agent *a, const struct yr_pod_row *pod, struct yr_instances *seen,
		 struct yr_arena *round, const struct yr_node_facts *facts, bool only,
		 struct yr_round *ret, struct yr_err *err)
{
	struct yr_pod_row now = *pod;
	bool more = true;
	int r = 0;

	while (r == 0 && more) {
		struct yr_work w = {
			.agent = a, .pod = &now, .seen = seen, .round = round, .now = time(NULL)
		};

		more = false;
		r = work(&w, facts, only, ret, &more, err);
		yr_wanted_done(&w.wanted);
	}
	return r;
}

/*
 * The engine does not answer, so that nobody knows what there is. A Pod that has not begun waits,
 * and why is on record; what is known of the others stays.
 */
static int put_off(struct yr_agent *a, struct yr_pod_row *pod, struct yr_arena *round,
		   const char *why, struct yr_err *err)
{
	struct yr_instances nothing = { 0 };
	struct yr_work w = {
		.agent = a, .pod = pod, .seen = &nothing, .round = round, .now = time(NULL)
	};
	int r = prepare(&w, NULL, err);

	w.gate = (struct yr_gate){ .outcome = YR_GATE_WAIT,
				   .reason = "FailedCreatePodSandBox",
				   .message = why,
				   .event_reason = "FailedCreatePodSandBox",
				   .event_message = why };
	if (r == 0 && !has_begun(&w) && !w.plan.refused) {
		r = yr_agent_tell_gate(&w, err);
		if (r == 0)
			r = keep_status(&w, err);
	}
	yr_wanted_done(&w.wanted);
	return r;
}

static void put_all_off(struct yr_agent *a, const struct yr_pod_rows *pods, const char *only,
			struct yr_arena *round, const char *why)
{
	for (size_t i = 0; i < pods->n && !a->look; i++) {
		struct yr_err own = { 0 };

		if (only && strcmp(pods->at[i].uid, only) != 0)
			continue;
		if (!pods->at[i].deleted && put_off(a, &pods->at[i], round, why, &own) < 0)
			tell(a, &pods->at[i], &own);
	}
}

int yr_agent_round(struct yr_agent *a, const char *only, struct yr_round *ret, struct yr_err *err)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	const struct yr_node_facts *facts;
	struct yr_instances seen;
	struct yr_pod_rows pods;
	int r;

	*ret = (struct yr_round){ .settled = true };
	r = yr_store_pods(a->store, NULL, NULL, &arena, &pods, err);
	if (r < 0 || !pods.n)
		return r;
	yr_node_address(a->address, sizeof(a->address));
	r = yr_engine_list(&a->engine, yr_store_id(a->store), &arena, &seen, err);
	if (r < 0) {
		put_all_off(a, &pods, only, &arena, err->msg);
		return r;
	}
	facts = a->look ? NULL : a->facts(a->ctx);
	for (size_t i = 0; i < pods.n; i++) {
		bool mine = only && !strcmp(pods.at[i].uid, only);
		struct yr_err own = { 0 };

		if (only && !mine)
			continue;
		ret->there |= mine;
		if (go_on(a, &pods.at[i], &seen, &arena, facts, mine, ret, &own) < 0) {
			tell(a, &pods.at[i], &own);
			earliest(&ret->wake, time(NULL) + 5);
			ret->settled = true;
			if (mine)
				r = yr_err_set(err, own.code, "%s", own.msg);
		}
	}
	return r;
}
