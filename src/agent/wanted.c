/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/wanted.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "yoroi/diag.h"

static enum yr_restart restart_of(json_t *spec)
{
	const char *s = json_string_value(json_object_get(spec, "restartPolicy"));

	return !s || !strcmp(s, "Always") ? YR_RESTART_ALWAYS
	       : !strcmp(s, "OnFailure")  ? YR_RESTART_ON_FAILURE
					  : YR_RESTART_NEVER;
}

static int decode(const struct yr_pod_row *row, struct yr_wanted *w, struct yr_err *err)
{
	struct yr_diags *diags = yr_diags_new();
	enum yr_decoded d = YR_DECODED_BAD;
	int r;

	if (!diags)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = yr_docs_read("stored", row->json, strlen(row->json), diags, &w->docs, err);
	if (r == 0 && w->docs.n == 1)
		d = yr_pod_decode(&w->docs, w->docs.at[0], NULL, &w->arena, diags, &w->pod);
	if (r == 0 && d == YR_DECODED_NO_MEMORY)
		r = yr_err_set(err, ENOMEM, "out of memory");
	else if (r == 0 && d != YR_DECODED_POD)
		r = yr_err_set(err, EBADMSG, "the stored Pod %s/%s cannot be read", row->ns,
			       row->name);
	yr_diags_free(diags);
	return r;
}

int yr_wanted_read(const struct yr_pod_row *row, struct yr_wanted *w, struct yr_err *err)
{
	json_t *spec, *grace;
	int r = decode(row, w, err);

	if (r < 0)
		return r;
	if (!yr_era_find(row->era, &w->era))
		return yr_err_set(err, EBADMSG, "the stored Pod %s/%s has an unknown era '%s'",
				  row->ns, row->name, row->era);
	w->root = yr_node_json(w->pod.root);
	w->uid = row->uid;
	w->ns = row->ns;
	w->name = row->name;
	w->sandbox = yr_arena_printf(&w->arena, "yoroi_%s_%s_%s", w->name, w->ns, w->uid);
	w->infra = yr_arena_printf(&w->arena, "%s_infra", w->sandbox ? w->sandbox : "");
	if (!w->root || !w->sandbox || !w->infra)
		return yr_err_set(err, ENOMEM, "out of memory");
	spec = json_object_get(w->root, "spec");
	grace = json_object_get(spec, "terminationGracePeriodSeconds");
	w->restart = restart_of(spec);
	w->grace = json_is_integer(grace) ? json_integer_value(grace) : 30;
	return 0;
}

void yr_wanted_done(struct yr_wanted *w)
{
	json_decref(w->root);
	yr_docs_done(&w->docs);
	yr_arena_done(&w->arena);
	*w = (struct yr_wanted){ 0 };
}

/* No name of Kubernetes has a '_', so that two of them never make the same. */
const char *yr_wanted_name(struct yr_wanted *w, const char *container, unsigned attempt)
{
	return yr_arena_printf(&w->arena, "yoroi_%s_%s_%s_%s_%u", container, w->name, w->ns, w->uid,
			       attempt);
}

json_t *yr_wanted_entry(const struct yr_wanted *w, const struct yr_container *c)
{
	json_t *spec = json_object_get(w->root, "spec");

	return json_array_get(json_object_get(spec, yr_container_list(c->kind)), c->index);
}

/* Without a tag and a digest it is the latest one. A host may have a port. */
static bool is_latest(const char *image)
{
	const char *digest = strchrnul(image, '@'), *tag = digest;

	while (tag > image && tag[-1] != ':' && tag[-1] != '/')
		tag--;
	if (tag == image || tag[-1] == '/')
		return !*digest;
	return digest - tag == 6 && !strncmp(tag, "latest", 6);
}

enum yr_pull yr_wanted_pull(const struct yr_wanted *w, const struct yr_container *c)
{
	const char *s =
		json_string_value(json_object_get(yr_wanted_entry(w, c), "imagePullPolicy"));

	if (s && !strcmp(s, "Always"))
		return YR_PULL_ALWAYS;
	if (s && !strcmp(s, "Never"))
		return YR_PULL_NEVER;
	return (!s || !*s) && is_latest(c->image) ? YR_PULL_RENEW : YR_PULL_MISSING;
}

const char *yr_wanted_seccomp(const struct yr_wanted *w, const struct yr_container *c)
{
	json_t *own = json_object_get(yr_wanted_entry(w, c), "securityContext");
	json_t *all = json_object_get(json_object_get(w->root, "spec"), "securityContext");
	json_t *profile = json_object_get(own, "seccompProfile");
	const char *type;

	if (!profile)
		profile = json_object_get(all, "seccompProfile");
	type = json_string_value(json_object_get(profile, "type"));
	/* Engines take it from privileged containers, whatever they are told. */
	return c->privileged || (type && !strcmp(type, "Unconfined")) ? "unconfined"
								      : "runtime/default";
}
