/* SPDX-License-Identifier: Apache-2.0 */
/* `yoroi pod check` asked as an admission webhook is. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/pod_check.h"
#include "pod/review.h"

static int no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

/* What is wrong with the object, as the Status that refuses it. */
static void refuse_unread(struct yr_pod_answer *a, const struct yr_diags *diags, size_t from)
{
	const char *text = "the object cannot be read";

	for (size_t i = from; i < yr_diags_count(diags); i++) {
		const struct yr_diag *d = yr_diags_get(diags, i);

		if (d->severity != YR_ERROR)
			continue;
		text = d->text;
		break;
	}
	yr_answer_bad_request(a, "%s", text);
}

/* false: it stays at the answer that is there. */
static bool decode(const struct yr_docs *docs, const struct yr_node *node, struct yr_arena *arena,
		   struct yr_diags *diags, struct yr_pod_answer *a, struct yr_pod *ret)
{
	size_t before = yr_diags_count(diags);

	switch (yr_pod_decode(docs, node, NULL, arena, diags, ret)) {
	case YR_DECODED_POD:
		return true;
	case YR_DECODED_NO_MEMORY:
		a->no_memory = true;
		return false;
	case YR_DECODED_BAD:
		refuse_unread(a, diags, before);
		return false;
	default:
		return false;
	}
}

/* true: @pod was read and decided about; else @a has the answer. */
static bool judge(const struct yr_docs *docs, const struct yr_review *r, struct yr_diags *diags,
		  struct yr_pod_rules *rules, struct yr_pod *pod, struct yr_pod *old,
		  struct yr_pod_answer *a)
{
	yr_answer_about(a, "Pod", "", "pods", "");
	if (!r->decides || !decode(docs, r->object, a->arena, diags, a, pod))
		return false;
	if (*r->ns)
		rules->ns = r->ns;
	if (*r->ns && *pod->ns && strcmp(r->ns, pod->ns) != 0) {
		yr_answer_bad_request(a, "the object is not in the namespace of the request");
		return false;
	}
	if (r->old) {
		if (!decode(docs, r->old, a->arena, diags, a, old))
			return false;
		rules->old = old;
	}
	yr_pod_admit(pod, rules, a);
	return true;
}

int yr_pod_check_review(struct yr_pod_check *c, const struct yr_docs *docs,
			const struct yr_node *root, struct yr_diags *diags)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_answer a = { .arena = &arena };
	struct yr_pod_rules rules = c->rules;
	struct yr_pod_shown shown = { NULL, &rules, &a, NULL, c->source, c->common.settings.quiet };
	struct yr_pod pod, old;
	struct yr_review r;
	struct yr_diags *own;
	json_t *answer;
	int status;

	if (c->node || c->existing || c->old_path)
		return yr_usage(&yr_cmd_pod_check, "an AdmissionReview does not go with --node, "
						   "--existing and --old");
	status = yr_review_read(docs, root, &arena, diags, &r);
	if (status < 0)
		return status == -ENOMEM ? no_memory() : YR_EXIT_POLICY;
	rules.old = NULL;
	/* What is wrong with the object is the answer then, and no other finding beside it. */
	own = c->json ? yr_settings_diags(&c->common.settings) : NULL;
	if (c->json && !own)
		return no_memory();
	if (judge(docs, &r, own ? own : diags, &rules, &pod, &old, &a))
		shown.pod = &pod;
	yr_diags_free(own);
	if (a.no_memory)
		return no_memory();
	if (!c->json)
		return yr_pod_show(&shown);
	answer = yr_review_answer(&r, shown.pod, &rules, &a);
	if (!answer || json_array_append_new(c->items, answer) < 0)
		return no_memory();
	c->reviews++;
	return a.refusal == YR_ADMITTED ? YR_EXIT_OK : YR_EXIT_POLICY;
}
