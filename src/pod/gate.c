/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/gate.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "pod/text.h"

/*
 * Any wish but unconfined needs AppArmor. Kubernetes looks at one annotation alone, in no order,
 * and at times misses the one that matters; here all count.
 */
static bool is_required(const struct yr_pod *p, const struct yr_era *era)
{
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_pair *a = yr_pod_annotation(p, p->containers[i].name);
		struct yr_effective e;

		yr_pod_effective(p, &p->containers[i], era, &e);
		if (e.asked.type != YR_PROFILE_UNCONFINED && e.asked.type != YR_PROFILE_NONE)
			return true;
		/* An annotation without a value is one, to old node agents. */
		if (!era->fields && a && !*a->value)
			return true;
	}
	return false;
}

/* What is missing on the host. false: nothing. */
static bool host_lacks(const struct yr_era *era, bool gate_off, const struct yr_node_facts *f,
		       struct yr_buf *b)
{
	if (gate_off) {
		yr_buf_puts(b, "AppArmor disabled by feature-gate");
	} else if (!f->enabled) {
		yr_buf_puts(b, "AppArmor is not enabled on the host");
	} else if (!f->runtime_capable && era->asks_loaded) {
		yr_buf_puts(b, "AppArmor is only enabled for 'docker' and 'remote' runtimes. "
			       "Found: ");
		yr_put_quoted(b, f->runtime);
	} else if (!f->runtime_capable) {
		/* Later node agents do not ask, and runtimes that ignore profiles go on. */
		yr_buf_puts(b, "the runtime does not set AppArmor profiles: ");
		yr_put_quoted(b, f->runtime);
	} else if (!f->mounted && era->asks_loaded) {
		yr_buf_printf(b, "error finding AppArmor FS: path %s does not exist", f->interface);
	} else if (!f->mounted) {
		yr_buf_puts(b, "AppArmor is not enabled on the host");
	} else if (era->asks_loaded && f->unreadable) {
		yr_buf_printf(b, "could not read loaded profiles: %s", f->unreadable);
	}
	return b->len || b->failed;
}

/*
 * In eras of fields: an annotation that no field could be made of. It is passed over when the
 * profile is chosen, but what nobody understands does not run.
 */
static const struct yr_pair *odd_annotation(const struct yr_pod *p, const struct yr_container *c,
					    const struct yr_era *era)
{
	const struct yr_pair *a = yr_pod_annotation(p, c->name);
	struct yr_wish wish;

	if (!era->fields || era->no_annotations || !a || c->field.set)
		return NULL;
	wish = yr_wish_of(a->value);
	return wish.type == YR_PROFILE_INVALID || (wish.type == YR_PROFILE_LOCALHOST && !*wish.name)
		       ? a
		       : NULL;
}

/* A folder may have a file that says that it is one. */
static bool is_loaded(const struct yr_node_facts *f, const char *name)
{
	return !yr_is_no_profile(name) && f->loaded(f->ctx, name);
}

/* What is wrong with the profile of @c. */
static bool profile_lacks(const struct yr_pod *p, const struct yr_container *c,
			  const struct yr_era *era, const struct yr_node_facts *f, struct yr_buf *b)
{
	const struct yr_pair *odd = odd_annotation(p, c, era);
	struct yr_effective e;

	yr_pod_effective(p, c, era, &e);
	if (odd)
		e.asked = yr_wish_of(odd->value);
	if (e.asked.type == YR_PROFILE_INVALID) {
		yr_buf_puts(b, "invalid AppArmor profile name: ");
		yr_put_quoted(b, e.asked.name);
	} else if (e.asked.type == YR_PROFILE_LOCALHOST && !*e.asked.name && !era->asks_loaded) {
		yr_buf_puts(b, "invalid empty AppArmor profile name: \"localhost/\"");
	} else if (e.asked.type == YR_PROFILE_LOCALHOST && era->asks_loaded &&
		   !is_loaded(f, e.asked.name)) {
		yr_buf_puts(b, "profile ");
		yr_put_quoted(b, e.asked.name);
		yr_buf_puts(b, " is not loaded");
	}
	return b->len || b->failed;
}

static int reject(const struct yr_era *era, const char *why, struct yr_arena *arena,
		  struct yr_gate *g)
{
	static const struct {
		const char *prefix;
		bool failed, event, blocked;
	} how[] = {
		[YR_REJECT_DOCUMENT] = { "Pod Cannot enforce AppArmor: ", false, true, true },
		[YR_REJECT_FAILED] = { "Pod Cannot enforce AppArmor: ", true, true, true },
		[YR_REJECT_PENDING] = { "Cannot enforce AppArmor: ", false, false, true },
		[YR_REJECT_HARD] = { "Pod was rejected: Cannot enforce AppArmor: ", true, true,
				     false },
	};

	g->outcome = how[era->rejection].failed ? YR_GATE_REJECT : YR_GATE_WAIT;
	g->reason = "AppArmor";
	g->message = yr_arena_printf(arena, "%s%s", how[era->rejection].prefix, why);
	g->waiting_reason = how[era->rejection].blocked ? "Blocked" : NULL;
	g->event_reason = how[era->rejection].event ? "AppArmor" : NULL;
	g->event_message = yr_arena_printf(arena, "Cannot enforce AppArmor: %s", why);
	return g->message && g->event_message ? 0 : -ENOMEM;
}

/* Later node agents leave it to the runtime, which finds no such profile. */
static int ask_runtime(const struct yr_pod *p, const struct yr_era *era,
		       const struct yr_node_facts *f, struct yr_arena *arena, struct yr_gate *g)
{
	for (size_t i = 0; i < p->n_containers; i++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_effective e;

		yr_pod_effective(p, &p->containers[i], era, &e);
		if (e.asked.type != YR_PROFILE_LOCALHOST)
			continue;
		if (f->unreadable) {
			yr_buf_printf(&b, "could not read loaded apparmor profiles: %s",
				      f->unreadable);
		} else if (!is_loaded(f, e.asked.name)) {
			yr_buf_puts(&b, "apparmor profile not found ");
			yr_buf_puts(&b, e.asked.name);
		} else {
			continue;
		}
		g->outcome = YR_GATE_WAIT;
		g->container = &p->containers[i];
		g->waiting_reason = "CreateContainerError";
		g->waiting_message = yr_keep(arena, &b);
		g->event_reason = "Failed";
		g->event_message = g->waiting_message
					   ? yr_arena_printf(arena, "Error: %s", g->waiting_message)
					   : NULL;
		return g->event_message ? 0 : -ENOMEM;
	}
	return 0;
}

int yr_pod_gate(const struct yr_pod *p, const struct yr_era *era, bool gate_off,
		const struct yr_node_facts *f, struct yr_arena *arena, struct yr_gate *ret)
{
	AUTO_BUF struct yr_buf b = { 0 };
	bool lacks;

	*ret = (struct yr_gate){ .outcome = YR_GATE_START };
	for (size_t i = 0; i < p->n_containers; i++)
		if (odd_annotation(p, &p->containers[i], era) &&
		    profile_lacks(p, &p->containers[i], era, f, &b))
			return b.failed ? -ENOMEM : reject(era, b.data, arena, ret);
	if (!is_required(p, era))
		return 0;
	lacks = host_lacks(era, gate_off, f, &b);
	for (size_t i = 0; i < p->n_containers && !lacks; i++)
		lacks = profile_lacks(p, &p->containers[i], era, f, &b);
	if (b.failed)
		return -ENOMEM;
	if (lacks)
		return reject(era, b.data, arena, ret);
	return era->asks_loaded ? 0 : ask_runtime(p, era, f, arena, ret);
}

const char *yr_gate_phase(const struct yr_gate *g)
{
	return g->outcome == YR_GATE_REJECT ? "Failed" : "Pending";
}

const char *yr_node_ready_message(const struct yr_era *era, bool gate_off,
				  const struct yr_node_facts *f)
{
	AUTO_BUF struct yr_buf b = { 0 };

	return era->node_message && !host_lacks(era, gate_off, f, &b)
		       ? "kubelet is posting ready status. AppArmor enabled"
		       : "kubelet is posting ready status";
}

static json_t *container_statuses(const struct yr_gate *g, const struct yr_pod *p,
				  enum yr_container_kind kind)
{
	json_t *all = json_array();

	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *c = &p->containers[i];
		bool stands = g->waiting_reason && (!g->container || g->container == c);
		json_t *waiting;

		if (c->kind != kind)
			continue;
		waiting = json_pack("{s:s}", "reason",
				    stands ? g->waiting_reason
				    : kind == YR_CONTAINER_REGULAR && p->n_containers &&
						    p->containers[0].kind == YR_CONTAINER_INIT
					    ? "PodInitializing"
					    : "ContainerCreating");
		if (stands && g->waiting_message)
			json_object_set_new(waiting, "message", json_string(g->waiting_message));
		json_array_append_new(all,
				      json_pack("{s:s, s:s, s:s, s:b, s:i, s:{s:o}}", "name",
						c->name, "image", c->image, "imageID", "", "ready",
						0, "restartCount", 0, "state", "waiting", waiting));
	}
	return all;
}

json_t *yr_gate_status(const struct yr_gate *g, const struct yr_pod *p)
{
	static const char *const key[] = { "initContainerStatuses", "containerStatuses",
					   "ephemeralContainerStatuses" };
	json_t *s = json_pack("{s:s}", "phase", yr_gate_phase(g));

	if (g->reason)
		json_object_set_new(s, "reason", json_string(g->reason));
	if (g->message)
		json_object_set_new(s, "message", json_string(g->message));
	for (int k = 0; k < 3 && g->outcome != YR_GATE_REJECT; k++) {
		json_t *all = container_statuses(g, p, k);

		if (json_array_size(all))
			json_object_set(s, key[k], all);
		json_decref(all);
	}
	return s;
}

json_t *yr_gate_event(const struct yr_gate *g, const struct yr_pod *p, const char *ns,
		      const char *now)
{
	json_t *e, *object;

	if (!g->event_reason)
		return NULL;
	object = json_pack("{s:s, s:s, s:s, s:s}", "kind", "Pod", "apiVersion", "v1", "namespace",
			   ns, "name", p->name);
	if (g->container)
		json_object_set_new(object, "fieldPath",
				    json_sprintf("spec.%s{%s}",
						 yr_container_list(g->container->kind),
						 g->container->name));
	e = json_pack("{s:s, s:s, s:{s:s, s:s}, s:o, s:s, s:s, s:s, s:i, s:s, s:s, s:{s:s}}",
		      "kind", "Event", "apiVersion", "v1", "metadata", "generateName", p->name,
		      "namespace", ns, "involvedObject", object, "type", "Warning", "reason",
		      g->event_reason, "message", g->event_message, "count", 1, "firstTimestamp",
		      now, "lastTimestamp", now, "source", "component", "kubelet");
	return e;
}
