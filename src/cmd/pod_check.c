/* SPDX-License-Identifier: Apache-2.0 */
/* What would be decided about Pods, without running any. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/pod_check.h"
#include "pod/review.h"

static int no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

static int show(struct yr_pod_check *c, const struct yr_pod_shown *s)
{
	int status;

	if (!c->json)
		return yr_pod_show(s);
	status = yr_pod_show_json(s, c->items);
	return status;
}

/* A policy that is to hold for the Pods. */
static int take_policy(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
		       const struct yr_node *of_list, struct yr_diags *diags)
{
	struct yr_pod_check *c = ctx;
	struct yr_pod_answer a = { .arena = &c->arena };
	struct yr_pod_shown shown = {
		NULL, &c->rules, &a, NULL, c->source, c->common.settings.quiet
	};
	enum yr_taken taken =
		yr_policies_take(&c->policies, docs, root, &c->rules.era, true, diags, &a);

	(void)of_list;
	if (taken == YR_TAKEN_NO_MEMORY)
		return no_memory();
	if (taken == YR_TAKEN_NOT_A_POLICY) {
		yr_say("%s:%u:%u: no policy and no Namespace", c->source, root->line, root->col);
		return YR_EXIT_POLICY;
	}
	if (a.refusal != YR_ADMITTED)
		return yr_pod_show(&shown);
	for (size_t i = 0; i < a.warnings.n; i++)
		yr_say("warning: %s: %s", c->source, a.warnings.at[i]);
	return taken == YR_TAKEN ? YR_EXIT_OK : YR_EXIT_POLICY;
}

/* What a Pod of the same name was before. */
static int take_old(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
		    const struct yr_node *of_list, struct yr_diags *diags)
{
	struct yr_pod_check *c = ctx;
	struct yr_pod *more = realloc(c->olds, (c->n_olds + 1) * sizeof(*more));

	if (!more)
		return no_memory();
	c->olds = more;
	switch (yr_pod_decode(docs, root, of_list, &c->arena, diags, &more[c->n_olds])) {
	case YR_DECODED_POD:
		c->n_olds++;
		return YR_EXIT_OK;
	case YR_DECODED_BAD:
		return YR_EXIT_POLICY;
	case YR_DECODED_NO_MEMORY:
		return no_memory();
	default:
		return YR_EXIT_OK;
	}
}

static const struct yr_pod *find_old(const struct yr_pod_check *c, const struct yr_pod *pod)
{
	for (size_t i = 0; i < c->n_olds; i++) {
		const struct yr_pod *o = &c->olds[i];

		if (!strcmp(o->kind, pod->kind) && !strcmp(o->name, pod->name) &&
		    !strcmp(yr_pod_namespace(o, &c->rules), yr_pod_namespace(pod, &c->rules)))
			return o;
	}
	return NULL;
}

static enum yr_wider wider(void *ctx, const char *profile, const char **ret_why)
{
	struct yr_pod_check *c = ctx;

	return yr_pod_compare(&c->compare, profile, ret_why);
}

static void say_existing(void *ctx, const struct yr_pod *pod, const char *text)
{
	struct yr_pod_check *c = ctx;
	const char *ns = yr_pod_namespace(pod, &c->rules);

	c->findings++;
	if (c->json) {
		json_array_append_new(c->items, json_pack("{s:s, s:s, s:s, s:o}", "kind", pod->kind,
							  "namespace", ns, "name", pod->name,
							  "finding", yr_json_text(text)));
		return;
	}
	yr_put(stdout, ns);
	putchar('/');
	yr_put(stdout, pod->name);
	fputs(": ", stdout);
	yr_put(stdout, text);
	putchar('\n');
}

/* The policies that hold now say something of Pods that came before them, too. */
static int look_at_existing(struct yr_pod_check *c, struct yr_pod *pod, struct yr_arena *arena)
{
	const char *ns = yr_pod_namespace(pod, &c->rules);
	struct yr_pod_answer a = { .arena = arena };

	if (pod->binding)
		return YR_EXIT_OK;
	c->checked++;
	if (yr_pod_existing(pod, &c->rules, wider, say_existing, c) < 0)
		return no_memory();
	yr_answer_about(&a, pod->kind, pod->group, pod->plural, pod->name);
	yr_policies_judge(&c->policies, pod, ns, &c->rules.era, &a);
	/* PodSecurityPolicy judges as it prepares. */
	if (a.refusal == YR_ADMITTED)
		yr_policies_prepare(&c->policies, pod, ns, &c->rules.era, &a);
	if (a.no_memory)
		return no_memory();
	if (a.message)
		say_existing(c, pod, a.message);
	for (size_t i = 0; i < a.warnings.n; i++)
		say_existing(c, pod, a.warnings.at[i]);
	return YR_EXIT_OK;
}

static int check_pod(struct yr_pod_check *c, struct yr_pod *pod, struct yr_arena *arena)
{
	struct yr_pod_answer a = { .arena = arena };
	struct yr_pod_shown shown = {
		pod, &c->rules, &a, NULL, c->source, c->common.settings.quiet
	};
	struct yr_gate gate;

	if (c->existing)
		return look_at_existing(c, pod, arena);
	c->rules.old = find_old(c, pod);
	yr_pod_admit(pod, &c->rules, &a);
	if (a.no_memory)
		return no_memory();
	if (c->node && !pod->template && !pod->binding && a.refusal == YR_ADMITTED) {
		if (yr_pod_gate(pod, &c->rules.era, c->rules.gate_off, &c->host.facts, arena,
				&gate) < 0)
			return no_memory();
		shown.gate = &gate;
	}
	return show(c, &shown);
}

/* A policy that is about to be created. */
static int check_policy(struct yr_pod_check *c, const struct yr_docs *docs,
			const struct yr_node *root, struct yr_diags *diags, struct yr_arena *arena,
			bool *ret_is_one)
{
	struct yr_policies scratch = { .arena = arena };
	struct yr_pod_answer a = { .arena = arena };
	struct yr_pod_shown shown = {
		NULL, &c->rules, &a, NULL, c->source, c->common.settings.quiet
	};
	enum yr_taken taken =
		yr_policies_take(&scratch, docs, root, &c->rules.era, false, diags, &a);

	*ret_is_one = taken != YR_TAKEN_NOT_A_POLICY;
	if (taken == YR_TAKEN_NO_MEMORY)
		return no_memory();
	if (taken == YR_TAKEN && scratch.n_allows)
		yr_answer_about(&a, "AppArmorPolicy", "yoroi", "apparmorpolicies",
				scratch.allows[0].name);
	else if (taken == YR_TAKEN && scratch.n_namespaces)
		yr_answer_about(&a, "Namespace", "", "namespaces", scratch.namespaces[0].name);
	if (taken == YR_TAKEN || a.refusal != YR_ADMITTED)
		return show(c, &shown);
	return taken == YR_TAKEN_BAD ? YR_EXIT_POLICY : YR_EXIT_OK;
}

static int check_one(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
		     const struct yr_node *of_list, struct yr_diags *diags)
{
	struct yr_pod_check *c = ctx;
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod pod;
	bool is_policy;
	int status;

	if (yr_review_is(root))
		return yr_pod_check_review(c, docs, root, diags);
	status = check_policy(c, docs, root, diags, &arena, &is_policy);
	if (is_policy)
		return status;
	switch (yr_pod_decode(docs, root, of_list, &arena, diags, &pod)) {
	case YR_DECODED_POD:
		return check_pod(c, &pod, &arena);
	case YR_DECODED_BAD:
		return YR_EXIT_POLICY;
	case YR_DECODED_NO_MEMORY:
		return no_memory();
	default:
		if (!c->json && !c->existing)
			yr_say("%s:%u:%u: there is no Pod in this %s", c->source, root->line,
			       root->col, pod.kind);
		return YR_EXIT_OK;
	}
}

/* What holds for the Pods, before any is read. */
static int prepare(struct yr_pod_check *c)
{
	int status = yr_pod_check_settle(c);

	if (status != YR_EXIT_OK)
		return status;
	c->json = c->output;
	c->rules.ns = c->ns ? c->ns : "default";
	c->policies.arena = &c->arena;
	c->rules.policies = &c->policies;
	c->compare.common = &c->common;
	for (size_t i = 0; i < c->n_policy_paths && status == YR_EXIT_OK; i++) {
		c->source = yr_manifest_name(c->policy_paths[i]);
		status = yr_manifest_read(c->policy_paths[i], &c->common.settings, take_policy, c,
					  &c->policy_files[i], NULL);
	}
	if (status == YR_EXIT_OK && c->old_path)
		status = yr_manifest_read(c->old_path, &c->common.settings, take_old, c,
					  &c->old_file, NULL);
	if (status == YR_EXIT_OK && c->node)
		status = yr_pod_host_read(&c->common, c->compare.profile_dir, &c->host);
	if (status == YR_EXIT_OK && c->existing)
		status = yr_pod_compare_open(&c->compare);
	return status;
}

static int conclude(struct yr_pod_check *c, int status)
{
	json_t *list;

	if (c->existing && !c->json)
		printf("%zu Pod%s looked at, %zu finding%s\n", c->checked,
		       c->checked == 1 ? "" : "s", c->findings, c->findings == 1 ? "" : "s");
	if (c->node && !c->json) {
		const char *message =
			yr_node_ready_message(&c->rules.era, c->rules.gate_off, &c->host.facts);

		printf("node: %s\n", message);
	}
	if (c->findings)
		status = yr_worse(status, YR_EXIT_POLICY);
	if (!c->json)
		return status;
	/* A single question has its answer alone: that is what goes back to the API server. */
	list = c->reviews && json_array_size(c->items) == 1
		       ? json_incref(json_array_get(c->items, 0))
		       : json_pack("{s:s, s:s, s:{}, s:O}", "kind", "List", "apiVersion", "v1",
				   "metadata", "items", c->items);
	return yr_worse(status, yr_json_print(list, 2));
}

static void done(struct yr_pod_check *c)
{
	for (size_t i = 0; i < YR_POD_POLICY_FILES; i++)
		yr_manifests_done(&c->policy_files[i]);
	yr_manifests_done(&c->old_file);
	yr_pod_host_done(&c->host);
	yr_pod_compare_done(&c->compare);
	free(c->olds);
	json_decref(c->items);
	yr_arena_done(&c->arena);
	yr_common_done(&c->common);
}

static int check_file(struct yr_pod_check *c, const char *path)
{
	c->source = yr_manifest_name(path);
	return yr_manifest_read(path, &c->common.settings, check_one, c, NULL, c->items);
}

static int run(int argc, char **argv)
{
	struct yr_pod_check c = { .json = false };
	int status = yr_pod_check_options(&c, argc, argv);

	if (status >= 0)
		return status;
	c.items = json_array();
	if (optind == argc && !c.n_files)
		status = yr_usage(&yr_cmd_pod_check, "name files of manifests, or - for standard "
						     "input");
	else
		status = prepare(&c);
	if (status == YR_EXIT_OK) {
		for (size_t i = 0; i < c.n_files; i++)
			status = yr_worse(status, check_file(&c, c.files[i]));
		for (int i = optind; i < argc; i++)
			status = yr_worse(status, check_file(&c, argv[i]));
		status = conclude(&c, status);
	}
	done(&c);
	return status;
}

const struct yr_cmd yr_cmd_pod_check = {
	.name = "pod check",
	.args = "[OPTION...] [-f] FILE...",
	.summary = "what is decided about Pods, without running anything",
	.help = "  -f, --filename FILE   the same as FILE; may be repeated\n"
		"      --era ERA         the rules: annotations, both, fields, fields-only, or "
		"those\n"
		"                        of a Kubernetes, 1.4 to 1.36\n"
		"      --policy FILE     policies and Namespaces that hold; may be repeated\n"
		"  -n, --namespace NAME  of Pods that name none\n"
		"      --old FILE        what the Pods replace\n"
		"      --node            ask this machine too whether it may start them\n"
		"      --profile-dir DIR policy files whose profiles can be loaded, or compared\n"
		"      --existing        look at Pods that nobody validated when they came\n"
		"      --default FILE    the profile that theirs are compared with\n"
		"      --feature-gates AppArmor=false\n"
		"      --enable-admission-plugins PodSecurityPolicy\n"
		"  -o, --output json     decisions as Kubernetes' objects\n"
		"An AdmissionReview among the objects is answered as a webhook "
		"would.\n" YR_COMMON_HELP,
	.run = run,
};
