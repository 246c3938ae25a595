/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/review.h"

#include <errno.h>
#include <jansson.h>
#include <nettle/base64.h>
#include <stdlib.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/values.h"

bool yr_review_is(const struct yr_node *root)
{
	const struct yr_node *kind = yr_node_get(root, "kind");

	return kind && kind->kind == YR_NODE_STRING && !strcmp(kind->text, "AdmissionReview");
}

static bool is_one_of(const char *s, const char *const *words)
{
	while (*words && strcmp(s, *words) != 0)
		words++;
	return *words;
}

static void read_request(struct yr_values *v, const struct yr_node *request, struct yr_review *r)
{
	static const char *const deciding[] = { "CREATE", "UPDATE", NULL };
	static const char *const others[] = { "DELETE", "CONNECT", NULL };
	const char *operation = yr_value_string(v, request, "request.", "operation");

	r->uid = yr_value_string(v, request, "request.", "uid");
	r->ns = yr_value_string(v, request, "request.", "namespace");
	if (v->bad)
		return;
	if (!*r->uid || strlen(r->uid) > YR_LIMIT_REVIEW_UID)
		yr_value_complain(v, request, "review",
				  "a review is answered by its request.uid, of %d bytes at most",
				  YR_LIMIT_REVIEW_UID);
	r->decides = is_one_of(operation, deciding);
	if (!r->decides && !is_one_of(operation, others))
		yr_value_complain(v, request, "review",
				  "request.operation is CREATE, UPDATE, DELETE or CONNECT");
	if (!r->decides)
		return;
	r->object = yr_value_map(v, request, "request.", "object");
	if (!v->bad && !r->object)
		yr_value_complain(v, request, "review", "there is no request.object to look at");
	if (*operation == 'U') {
		r->old = yr_value_map(v, request, "request.", "oldObject");
		if (!v->bad && !r->old)
			yr_value_complain(v, request, "review",
					  "an UPDATE has no request.oldObject");
	}
}

int yr_review_read(const struct yr_docs *d, const struct yr_node *root, struct yr_arena *arena,
		   struct yr_diags *diags, struct yr_review *ret)
{
	static const char *const versions[] = { "admission.k8s.io/v1", "admission.k8s.io/v1beta1",
						NULL };
	struct yr_values v = { .docs = d, .arena = arena, .diags = diags };
	const struct yr_node *request;

	*ret = (struct yr_review){ .version = yr_value_string(&v, root, "", "apiVersion") };
	request = yr_value_map(&v, root, "", "request");
	if (!v.bad && !is_one_of(ret->version, versions))
		yr_value_complain(&v, root, "review",
				  "an AdmissionReview is of admission.k8s.io/v1 or v1beta1");
	if (!v.bad && !request)
		yr_value_complain(&v, root, "review", "this AdmissionReview has no request");
	if (!v.bad)
		read_request(&v, request, ret);
	return v.no_memory ? -ENOMEM : v.bad ? -EBADMSG : 0;
}

/* --- the answer --- */

static bool has_policy_field(const struct yr_pod *pod)
{
	bool any = pod->field.set && pod->field.origin == YR_BY_POLICY;

	for (size_t i = 0; i < pod->n_containers; i++)
		any |= pod->containers[i].field.set &&
		       pod->containers[i].field.origin == YR_BY_POLICY;
	return any;
}

static bool has_policy_annotation(const struct yr_pod *pod)
{
	for (size_t i = 0; i < pod->n_annotations; i++)
		if (pod->annotations[i].origin == YR_BY_POLICY)
			return true;
	return false;
}

static json_t *replace(json_t *patch, const char *path, json_t *value)
{
	/* "add" takes the place of what is there, and of nothing. */
	json_array_append_new(patch, json_pack("{s:s, s:s, s:O}", "op", "add", "path", path,
					       "value", value));
	return patch;
}

static json_t *encoded(json_t *patch)
{
	char *dump = json_dumps(patch, JSON_COMPACT), *text = NULL;
	size_t n = dump ? strlen(dump) : 0;
	json_t *ret = NULL;

	if (dump)
		text = malloc(BASE64_ENCODE_RAW_LENGTH(n) + 1);
	if (text) {
		base64_encode_raw(text, n, (const uint8_t *)dump);
		ret = json_stringn(text, BASE64_ENCODE_RAW_LENGTH(n));
	}
	free(text);
	free(dump);
	return ret;
}

/* false: memory is out. */
static bool put_patch(json_t *response, const struct yr_pod *pod, const struct yr_pod_rules *rules)
{
	bool fields = has_policy_field(pod), annotations = has_policy_annotation(pod);
	json_t *patch, *stored, *annotated, *text;

	if (!fields && !annotations)
		return true;
	patch = json_array();
	stored = yr_pod_json(pod, rules);
	annotated = json_object_get(json_object_get(stored, "metadata"), "annotations");
	/* Fields bring the annotations that say the same. */
	if (annotated)
		replace(patch, "/metadata/annotations", annotated);
	if (fields)
		replace(patch, "/spec", json_object_get(stored, "spec"));
	text = stored && json_array_size(patch) == (size_t)(fields + !!annotated) ? encoded(patch)
										  : NULL;
	json_decref(stored);
	json_decref(patch);
	if (!text)
		return false;
	return !json_object_set_new(response, "patchType", json_string("JSONPatch")) &&
	       !json_object_set_new(response, "patch", text);
}

json_t *yr_review_answer(const struct yr_review *r, const struct yr_pod *pod,
			 const struct yr_pod_rules *rules, const struct yr_pod_answer *a)
{
	json_t *response = yr_answer_response(a, r->uid);

	if (response && pod && a->refusal == YR_ADMITTED && !put_patch(response, pod, rules)) {
		json_decref(response);
		return NULL;
	}
	return json_pack("{s:s, s:s, s:o}", "kind", "AdmissionReview", "apiVersion", r->version,
			 "response", response);
}
