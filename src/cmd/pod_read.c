/* SPDX-License-Identifier: Apache-2.0 */
/* Files of manifests. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/pod.h"
#include "pod/limits.h"

static bool is_stdin(const char *path)
{
	/* The document's `kubectl create -f /dev/stdin` is fed by a pipe, too. */
	return !strcmp(path, "-") || !strcmp(path, "/dev/stdin");
}

const char *yr_manifest_name(const char *path)
{
	return is_stdin(path) ? "STDIN" : path;
}

void yr_manifests_done(struct yr_manifests *m)
{
	yr_docs_done(&m->docs);
	free(m->text);
	m->text = NULL;
}

static int hand_over(const struct yr_docs *docs, const struct yr_node *root,
		     const struct yr_node *of_list, struct yr_diags *diags, yr_manifest_fn *fn,
		     void *ctx)
{
	const struct yr_node *kind = yr_node_get(root, "kind"), *items = yr_node_get(root, "items");
	size_t len = kind && kind->kind == YR_NODE_STRING ? strlen(kind->text) : 0;
	int status = YR_EXIT_OK;

	if (len < 4 || strcmp(kind->text + len - 4, "List") != 0 || !items ||
	    items->kind != YR_NODE_LIST)
		return fn(ctx, docs, root, of_list, diags);
	for (size_t i = 0; i < items->n; i++)
		status = yr_worse(status, hand_over(docs, items->items[i], root, diags, fn, ctx));
	return status;
}

/* The mistakes as a Status, for programs. */
static void put_refused(const struct yr_diags *diags, json_t *refused)
{
	for (size_t i = 0; refused && i < yr_diags_count(diags); i++) {
		const struct yr_diag *f = yr_diags_get(diags, i);
		char place[32];

		if (f->severity != YR_ERROR)
			continue;
		snprintf(place, sizeof(place), ":%u:%u: ", f->line, f->col);
		json_array_append_new(
			refused,
			json_pack("{s:s, s:s, s:{}, s:s, s:o, s:s, s:i}", "kind", "Status",
				  "apiVersion", "v1", "metadata", "status", "Failure", "message",
				  json_sprintf("%s%s%s", f->file ? f->file : "", place, f->text),
				  "reason", "BadRequest", "code", 400));
	}
}

static int read_text(const char *name, const char *text, size_t len, struct yr_diags *diags,
		     struct yr_docs *docs, yr_manifest_fn *fn, void *ctx)
{
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK;

	if (yr_docs_read(name, text, len, diags, docs, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	if (yr_diags_errors(diags))
		return YR_EXIT_POLICY;
	if (!docs->n) {
		yr_say("%s: there is no object in it", name);
		return YR_EXIT_POLICY;
	}
	for (size_t i = 0; i < docs->n; i++)
		status = yr_worse(status, hand_over(docs, docs->at[i], NULL, diags, fn, ctx));
	return status;
}

int yr_manifest_read(const char *path, struct yr_settings *s, yr_manifest_fn *fn, void *ctx,
		     struct yr_manifests *keep, json_t *refused)
{
	struct yr_diags *diags = yr_settings_diags(s);
	struct yr_manifests own = { 0 }, *m = keep ? keep : &own;
	struct yr_err err = { 0 };
	size_t len;
	int status;

	if (!diags) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	status = yr_read_all(is_stdin(path) ? NULL : path, YR_LIMIT_MANIFEST_BYTES, &m->text, &len,
			     &err);
	if (status < 0) {
		yr_say("%s", err.msg);
		if (status == -EFBIG)
			yr_diag_plain(diags, YR_ERROR, "limit", "%s", err.msg);
		status = status == -EFBIG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
	} else {
		status = read_text(yr_manifest_name(path), m->text, len, diags, &m->docs, fn, ctx);
		yr_diags_show(diags, s->quiet);
	}
	put_refused(diags, refused);
	yr_diags_free(diags);
	if (!keep)
		yr_manifests_done(&own);
	return status;
}
