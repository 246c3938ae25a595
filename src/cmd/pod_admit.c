/* SPDX-License-Identifier: Apache-2.0 */
/* From a manifest to a Pod in the store. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

struct admitting {
	struct yr_pod_place *place;
	const char *source;
	yr_pod_admitted_fn *fn;
	void *ctx;
	size_t refused;
};

static void hear(void *ctx, const char *path, bool refused)
{
	struct admitting *a = ctx;

	if (refused) {
		a->refused++;
		yr_say("%s: this node cannot do that, and does not pass over it", path);
	} else if (!a->place->common.settings.quiet) {
		yr_say("warning: %s: has no effect on this node", path);
	}
}

/* Who asks for a default that engines take from privileged containers is told. */
static void warn_privileged(const struct admitting *a, const struct yr_pod *pod)
{
	for (size_t i = 0; i < pod->n_containers; i++) {
		const struct yr_container *c = &pod->containers[i];
		struct yr_effective e;

		yr_pod_effective(pod, c, &a->place->rules.era, &e);
		if (e.asked.type == YR_PROFILE_DEFAULT && e.runs.type == YR_PROFILE_UNCONFINED)
			yr_say("warning: container '%s' is privileged and has no default profile: "
			       "it runs unconfined; ask for localhost/NAME to confine it",
			       c->name);
	}
}

static int store(struct admitting *a, const struct yr_pod *pod, json_t *object)
{
	struct yr_pod_place *p = a->place;
	AUTO_FREE char *json = NULL;
	struct yr_pod_row row = { .ns = yr_pod_namespace(pod, &p->rules),
				  .name = pod->name,
				  .status = "{\"phase\":\"Pending\"}",
				  .era = p->rules.era.name,
				  .source = a->source,
				  .gate_off = p->rules.gate_off,
				  .created = time(NULL) };
	int status;

	a->refused = 0;
	yr_wanted_check(object, hear, a);
	if (a->refused)
		return YR_EXIT_POLICY;
	/* Who gives one out says what it is; what came with it is not ours. */
	json_object_del(object, "status");
	json = json_dumps(object, JSON_COMPACT);
	if (!json)
		return yr_pod_no_memory();
	row.json = json;
	status = a->fn(a->ctx, &row);
	return status;
}

/* metadata.generateName and five characters that make no words, as servers do it. */
static bool give_name(struct yr_pod *pod, struct yr_arena *arena, json_t *object)
{
	static const char letters[] = "bcdfghjklmnpqrstvwxz2456789";
	enum { LONGEST = 63, ADDED = 5 };
	unsigned char r[ADDED];
	char added[ADDED + 1] = "";
	const char *name;

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return false;
	for (int i = 0; i < ADDED; i++)
		added[i] = letters[r[i] % (sizeof(letters) - 1)];
	name = yr_arena_printf(arena, "%.*s%s", LONGEST - ADDED, pod->generate_name, added);
	if (!name)
		return false;
	pod->name = name;
	return !json_object_set_new(json_object_get(object, "metadata"), "name", json_string(name));
}

int yr_pod_of_node(const struct yr_docs *docs, const struct yr_node *root,
		   const struct yr_node *of_list, struct yr_arena *arena, struct yr_diags *diags,
		   struct yr_pod *ret)
{
	switch (yr_pod_decode(docs, root, of_list, arena, diags, ret)) {
	case YR_DECODED_POD:
		break;
	case YR_DECODED_BAD:
		return YR_EXIT_POLICY;
	case YR_DECODED_NO_MEMORY:
		return yr_pod_no_memory();
	default:
		ret->template = true;
	}
	if (ret->template || ret->binding) {
		yr_say("%s:%u:%u: this node runs Pods, and this is a %s", docs->name, root->line,
		       root->col, ret->kind);
		return YR_EXIT_POLICY;
	}
	return YR_EXIT_OK;
}

static int admit(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
		 const struct yr_node *of_list, struct yr_diags *diags)
{
	struct admitting *a = ctx;
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_answer answer = { .arena = &arena };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_pod pod;
	json_t *object;
	int status;

	status = yr_pod_of_node(docs, root, of_list, &arena, diags, &pod);
	if (status)
		return status;
	yr_pod_admit(&pod, &a->place->rules, &answer);
	for (size_t i = 0; i < answer.warnings.n && !a->place->common.settings.quiet; i++) {
		fputs("Warning: ", stderr);
		yr_pod_put_text(stderr, answer.warnings.at[i]);
		fputc('\n', stderr);
	}
	yr_answer_put(&b, &answer, docs->name);
	if (answer.no_memory || b.failed)
		return yr_pod_no_memory();
	if (b.len) {
		yr_pod_put_lines(stderr, b.data);
		return YR_EXIT_POLICY;
	}
	if (!*pod.name && *a->source) {
		yr_say("%s:%u:%u: this Pod has no metadata.name; one of a file that is served "
		       "needs it, to be the same each time",
		       docs->name, root->line, root->col);
		return YR_EXIT_POLICY;
	}
	object = yr_pod_json(&pod, &a->place->rules);
	if (!object)
		return yr_pod_no_memory();
	if (!*pod.name && !give_name(&pod, &arena, object)) {
		json_decref(object);
		yr_say("no name can be made of '%s'", pod.generate_name);
		return YR_EXIT_SYSTEM;
	}
	if (!a->place->common.settings.quiet)
		warn_privileged(a, &pod);
	status = store(a, &pod, object);
	json_decref(object);
	return status;
}

int yr_pod_admit_file(struct yr_pod_place *p, const char *path, const char *source,
		      yr_pod_admitted_fn *fn, void *ctx)
{
	struct admitting a = { p, source, fn, ctx, 0 };

	return yr_manifest_read(path, &p->common.settings, admit, &a, NULL, NULL);
}

/* A random one, as RFC 4122 has it. */
static int make_uid(char *uid, size_t size, struct yr_err *err)
{
	unsigned char r[16];

	if (getrandom(r, sizeof(r), 0) != sizeof(r))
		return yr_err_set(err, errno, "no random numbers: %s", strerror(errno));
	r[6] = (r[6] & 0x0f) | 0x40;
	r[8] = (r[8] & 0x3f) | 0x80;
	snprintf(uid, size, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
		 r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12],
		 r[13], r[14], r[15]);
	return 0;
}

int yr_pod_store(struct yr_pod_place *p, struct yr_pod_row *row, struct yr_err *err)
{
	struct yr_event_row event = { .ns = row->ns,
				      .name = row->name,
				      .kind = "Pod",
				      .path = "",
				      .type = "Normal",
				      .reason = "Scheduled",
				      .component = "default-scheduler",
				      .host = "",
				      .last = row->created };
	char message[600];
	int r = make_uid(p->uid, sizeof(p->uid), err);

	if (r < 0)
		return r;
	row->uid = p->uid;
	snprintf(message, sizeof(message), "Successfully assigned %s to %s", row->name, p->node);
	event.uid = p->uid;
	event.message = message;
	r = yr_store_begin(p->store, err);
	if (r < 0)
		return r;
	r = yr_store_add(p->store, row, err);
	if (r == 0)
		r = yr_store_event(p->store, &event, err);
	if (r == 0)
		r = yr_store_commit(p->store, err);
	yr_store_rollback(p->store);
	return r;
}
