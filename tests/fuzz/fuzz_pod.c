/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on manifests: the first byte chooses the rules, the rest is YAML or JSON, a Pod or an
 * AdmissionReview about one. What is
 * admitted must be written out as JSON that is read back, and be admitted again, with the same
 * profiles; nothing that is refused may say that it was admitted.
 */
#include <jansson.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "pod/admit.h"
#include "pod/gate.h"
#include "pod/review.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool loaded(void *ctx, const char *name)
{
	(void)ctx;
	return name[0] == 'a';
}

/* The effective profiles, one after the other. */
static void put_profiles(struct yr_buf *b, const struct yr_pod *pod, const struct yr_era *era)
{
	for (size_t i = 0; i < pod->n_containers; i++) {
		struct yr_effective e;

		yr_pod_effective(pod, &pod->containers[i], era, &e);
		yr_wish_put(b, e.runs);
		yr_buf_putc(b, '\n');
	}
}

static void again(const char *text, const struct yr_pod_rules *rules, const struct yr_buf *want)
{
	struct yr_arena arena = { 0 };
	struct yr_pod_answer a = { .arena = &arena };
	struct yr_diags *diags = yr_diags_new();
	AUTO_BUF struct yr_buf got = { 0 };
	struct yr_err err = { 0 };
	struct yr_docs docs;
	struct yr_pod pod;

	if (!diags || yr_docs_read("again", text, strlen(text), diags, &docs, &err) < 0 ||
	    docs.n != 1 ||
	    yr_pod_decode(&docs, docs.at[0], NULL, &arena, diags, &pod) != YR_DECODED_POD)
		abort();
	yr_pod_admit(&pod, rules, &a);
	/* Its annotations may have grown beyond what is taken. */
	if (a.refusal != YR_ADMITTED && !strstr(a.message, "Too long"))
		abort();
	put_profiles(&got, &pod, &rules->era);
	if (got.len != want->len || (got.len && memcmp(got.data, want->data, got.len) != 0))
		abort();
	yr_docs_done(&docs);
	yr_diags_free(diags);
	yr_arena_done(&arena);
}

static void look(const struct yr_docs *docs, const struct yr_node *root, struct yr_diags *diags,
		 const struct yr_pod_rules *rules)
{
	static const struct yr_node_facts facts = {
		.enabled = true,
		.mounted = true,
		.interface = "/aa",
		.runtime_capable = true,
		.runtime = "r",
		.loaded = loaded,
	};
	struct yr_arena arena = { .limit = 256u << 20 };
	struct yr_pod_answer a = { .arena = &arena };
	struct yr_policies policies = { .arena = &arena };
	struct yr_review review;
	struct yr_gate gate;
	struct yr_pod pod;
	json_t *j;

	/* What a webhook is asked is about the object inside. */
	if (yr_review_is(root) && yr_review_read(docs, root, &arena, diags, &review) == 0 &&
	    review.object)
		root = review.object;
	yr_policies_take(&policies, docs, root, &rules->era, false, diags, &a);
	a = (struct yr_pod_answer){ .arena = &arena };
	if (yr_pod_decode(docs, root, NULL, &arena, diags, &pod) != YR_DECODED_POD) {
		yr_arena_done(&arena);
		return;
	}
	yr_pod_admit(&pod, rules, &a);
	if (a.refusal != YR_ADMITTED && !a.message && !a.no_memory)
		abort();
	j = yr_answer_status(&a);
	json_decref(j);
	j = yr_pod_json(&pod, rules);
	if (a.refusal == YR_ADMITTED && j) {
		AUTO_BUF struct yr_buf profiles = { 0 };
		AUTO_FREE char *text = json_dumps(j, 0);

		put_profiles(&profiles, &pod, &rules->era);
		if (text && !profiles.failed)
			again(text, rules, &profiles);
		yr_pod_gate(&pod, &rules->era, false, &facts, &arena, &gate);
	}
	json_decref(j);
	yr_arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const eras[] = { "annotations", "1.20",   "both",       "1.33",
					    "1.36",        "fields", "fields-only" };
	struct yr_diags *diags = yr_diags_new();
	struct yr_pod_rules rules = { .ns = "default" };
	struct yr_err err = { 0 };
	struct yr_docs docs;

	if (!diags)
		abort();
	if (size && yr_era_find(eras[data[0] % ARRAY_LEN(eras)], &rules.era) &&
	    !yr_docs_read("fuzz", (const char *)data + 1, size - 1, diags, &docs, &err)) {
		for (size_t i = 0; i < docs.n && i < 50; i++)
			look(&docs, docs.at[i], diags, &rules);
		yr_docs_done(&docs);
	}
	yr_diags_free(diags);
	return 0;
}
