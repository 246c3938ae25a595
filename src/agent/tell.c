/* SPDX-License-Identifier: Apache-2.0 */
/* What is put on record. */
#include <stdio.h>
#include <string.h>

#include "agent/agent.h"
#include "base/cleanup.h"

static void fill(struct yr_work *w, struct yr_event_row *e, const struct yr_container *c,
		 char *path, size_t size)
{
	*path = '\0';
	if (c)
		snprintf(path, size, "spec.%s{%s}", yr_container_list(c->kind), c->name);
	*e = (struct yr_event_row){ .uid = w->pod->uid,
				    .ns = w->pod->ns,
				    .name = w->pod->name,
				    .kind = "Pod",
				    .path = path,
				    .component = "kubelet",
				    .host = w->agent->node,
				    .last = w->now };
}

int yr_agent_event(struct yr_work *w, const struct yr_container *c, bool warning,
		   const char *reason, const char *message, struct yr_err *err)
{
	struct yr_event_row e;
	char path[200];

	fill(w, &e, c, path, sizeof(path));
	e.type = warning ? "Warning" : "Normal";
	e.reason = reason;
	e.message = message;
	return yr_store_event(w->agent->store, &e, err);
}

int yr_agent_put(struct yr_work *w, struct yr_work_container *c, struct yr_err *err)
{
	return yr_store_put_container(w->agent->store, w->pod->uid, c->c->name, &c->row, err);
}

int yr_agent_fail(struct yr_work *w, struct yr_work_container *c, const char *reason,
		  const char *message, struct yr_err *err)
{
	unsigned pause = yr_plan_pause(w->agent->delay, c->row.failures);
	int r = yr_store_begin(w->agent->store, err);

	if (r < 0)
		return r;
	c->row.reason = reason;
	c->row.message = message;
	/* Without any pause, nothing else would come to its turn. */
	c->row.retry = w->now + (pause ? pause : 1);
	/* What failed may have left something. */
	w->stale = true;
	c->row.failures++;
	r = yr_agent_put(w, c, err);
	if (r == 0)
		r = yr_agent_event(w, c->c, true, "Failed", message, err);
	if (r == 0)
		r = yr_store_commit(w->agent->store, err);
	yr_store_rollback(w->agent->store);
	return r;
}

int yr_agent_tell_gate(struct yr_work *w, struct yr_err *err)
{
	struct yr_event_row e;
	int64_t count, last;
	char path[200];
	int r;

	if (!w->gate.event_reason)
		return 0;
	fill(w, &e, w->gate.container, path, sizeof(path));
	e.type = "Warning";
	e.reason = w->gate.event_reason;
	e.message = w->gate.event_message;
	r = yr_store_find_event(w->agent->store, &e, &count, &last, err);
	if (r < 0)
		return r;
	if (count && (w->gate.outcome == YR_GATE_REJECT ||
		      w->now < last + yr_plan_pause(10, (unsigned)count - 1)))
		return 0;
	return yr_store_event(w->agent->store, &e, err);
}
