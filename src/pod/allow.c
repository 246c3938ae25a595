/* SPDX-License-Identifier: Apache-2.0 */
/* AppArmorPolicy: which profiles the Pods of which namespaces and labels may use. */
#include <string.h>

#include "pod/limits.h"
#include "pod/policy.h"
#include "pod/text.h"
#include "pod/values.h"

static const char **read_patterns(struct yr_values *v, const struct yr_node *map, const char *path,
				  const char *key, size_t *ret_n)
{
	const char **at = yr_value_strings(v, map, path, key, YR_LIMIT_POLICY_ROWS, ret_n);

	for (size_t i = 0; at && i < *ret_n; i++)
		if (strlen(at[i]) > YR_LIMIT_POLICY_PATTERN)
			yr_value_complain(v, map, "limit",
					  "a pattern of '%s%s' is longer than %d bytes", path, key,
					  YR_LIMIT_POLICY_PATTERN);
	return at;
}

/* Profiles, as annotations write them, with patterns for names. */
static const char **read_profiles(struct yr_values *v, const struct yr_node *map, const char *path,
				  size_t *ret_n)
{
	const char **at = read_patterns(v, map, path, "allowed", ret_n);

	for (size_t i = 0; at && i < *ret_n; i++) {
		struct yr_wish w = yr_wish_of(at[i]);

		if (w.type == YR_PROFILE_INVALID || !*at[i] ||
		    (w.type == YR_PROFILE_LOCALHOST && yr_is_no_profile(w.name)))
			yr_value_complain(v, map, "bad-value",
					  "'%sallowed' takes runtime/default, unconfined and "
					  "localhost/NAME, not '%s'",
					  path, at[i]);
	}
	return at;
}

static void read_expression(struct yr_values *v, const struct yr_node *n, const char *path,
			    struct yr_policy_term *t)
{
	static const char *const known[] = { "key", "operator", "values", NULL };
	static const char *const op[] = { "In", "NotIn", "Exists", "DoesNotExist" };
	const struct yr_key *unknown = yr_value_unknown(n, known);
	const char *word = yr_value_string(v, n, path, "operator");
	size_t i = 0;

	if (n->kind != YR_NODE_MAP || unknown) {
		yr_value_complain(v, n, "bad-word", "'%s' takes key, operator and values", path);
		return;
	}
	t->key = yr_value_string(v, n, path, "key");
	t->values = yr_value_strings(v, n, path, "values", YR_LIMIT_POLICY_ROWS, &t->n_values);
	while (i < ARRAY_LEN(op) && strcmp(op[i], word) != 0)
		i++;
	if (i == ARRAY_LEN(op) || !*t->key)
		yr_value_complain(v, n, "bad-value",
				  "'%s' takes a key and the operator In, NotIn, Exists or "
				  "DoesNotExist",
				  path);
	else
		t->op = i;
}

static void read_selector(struct yr_values *v, const struct yr_node *spec, const char *key,
			  struct yr_selector *ret)
{
	static const char *const known[] = { "matchLabels", "matchExpressions", NULL };
	const struct yr_node *n = yr_value_map(v, spec, "spec.", key), *list;
	const struct yr_key *unknown = yr_value_unknown(n, known);
	struct yr_pair *labels;
	char path[64] = "spec.";
	size_t n_labels;

	if (!n)
		return;
	strcat(strcat(path, key), ".");
	if (unknown)
		yr_value_complain(v, n, "bad-word",
				  "'%s' takes matchLabels and matchExpressions, "
				  "not '%s'",
				  key, unknown->text);
	labels = yr_value_pairs(v, n, path, "matchLabels", &n_labels);
	list = yr_value_list(v, n, path, "matchExpressions");
	if (n_labels + (list ? list->n : 0) > YR_LIMIT_POLICY_ROWS) {
		yr_value_complain(v, n, "limit", "'%s' has more than %d terms", key,
				  YR_LIMIT_POLICY_ROWS);
		return;
	}
	ret->terms =
		yr_arena_array(v->arena, n_labels + (list ? list->n : 0) + 1, sizeof(*ret->terms));
	v->no_memory |= !ret->terms;
	for (size_t i = 0; ret->terms && i < n_labels; i++) {
		struct yr_policy_term *t = &ret->terms[ret->n];

		t->values = yr_arena_array(v->arena, 1, sizeof(*t->values));
		if (!t->values) {
			v->no_memory = true;
			return;
		}
		t->key = labels[i].key;
		t->values[0] = labels[i].value;
		t->n_values = 1;
		ret->n++;
	}
	for (size_t i = 0; ret->terms && list && i < list->n; i++)
		read_expression(v, list->items[i], path, &ret->terms[ret->n++]);
}

static void read_exceptions(struct yr_values *v, const struct yr_node *spec, struct yr_allow *a)
{
	static const char *const known[] = { "containers", "images", "allowed", NULL };
	static const char path[] = "spec.exceptions[].";
	const struct yr_node *list = yr_value_list(v, spec, "spec.", "exceptions");

	if (!list)
		return;
	if (list->n > YR_LIMIT_POLICY_ROWS) {
		yr_value_complain(v, list, "limit", "a policy may have %d exceptions",
				  YR_LIMIT_POLICY_ROWS);
		return;
	}
	a->exceptions = yr_arena_array(v->arena, list->n + 1, sizeof(*a->exceptions));
	v->no_memory |= !a->exceptions;
	for (size_t i = 0; a->exceptions && i < list->n; i++) {
		const struct yr_node *n = list->items[i];
		const struct yr_key *unknown = yr_value_unknown(n, known);
		struct yr_exception *e = &a->exceptions[a->n_exceptions++];

		if (n->kind != YR_NODE_MAP || unknown) {
			yr_value_complain(v, n, "bad-word",
					  "an exception takes containers, images and allowed%s%s",
					  unknown ? ", not " : "", unknown ? unknown->text : "");
			continue;
		}
		e->containers = read_patterns(v, n, path, "containers", &e->n_containers);
		e->images = read_patterns(v, n, path, "images", &e->n_images);
		e->allowed = read_profiles(v, n, path, &e->n_allowed);
		if (!v->bad && !e->n_containers && !e->n_images)
			yr_value_complain(v, n, "missing",
					  "an exception names containers or images");
	}
}

bool yr_allow_read(struct yr_values *v, const struct yr_node *root, struct yr_allow *a)
{
	static const char *const known[] = { "mode",        "namespaces", "namespaceSelector",
					     "podSelector", "allowed",    "default",
					     "exceptions",  NULL };
	static const char *const mode[] = { "deny", "warn", "audit" };
	const struct yr_node *meta = yr_value_map(v, root, "", "metadata");
	const struct yr_node *spec = yr_value_map(v, root, "", "spec");
	const struct yr_key *unknown = yr_value_unknown(spec, known);
	const char *word;
	size_t steps = YR_LIMIT_PATTERN_STEPS, i = 0;

	*a = (struct yr_allow){ .name = yr_value_string(v, meta, "metadata.", "name") };
	if (!*a->name)
		yr_value_complain(v, root, "missing", "'metadata.name' is missing");
	if (!spec || !yr_node_get(spec, "allowed"))
		yr_value_complain(v, spec ? spec : root, "missing",
				  "'spec.allowed' is missing: the profiles that are allowed");
	if (unknown)
		yr_value_complain(v, spec, "bad-word", "an AppArmorPolicy has no 'spec.%s'",
				  unknown->text);
	word = yr_value_string(v, spec, "spec.", "mode");
	while (*word && i < ARRAY_LEN(mode) && strcmp(mode[i], word) != 0)
		i++;
	if (i == ARRAY_LEN(mode))
		yr_value_complain(v, spec, "bad-value",
				  "'spec.mode' is deny, warn or audit, not '%s'", word);
	else
		a->mode = i;
	a->namespaces = read_patterns(v, spec, "spec.", "namespaces", &a->n_namespaces);
	read_selector(v, spec, "namespaceSelector", &a->namespace_labels);
	read_selector(v, spec, "podSelector", &a->pod_labels);
	a->allowed = read_profiles(v, spec, "spec.", &a->n_allowed);
	read_exceptions(v, spec, a);
	word = yr_value_string(v, spec, "spec.", "default");
	if (*word && !v->bad) {
		if (yr_wish_of(word).type == YR_PROFILE_INVALID)
			yr_value_complain(v, spec, "bad-value",
					  "'spec.default': no profile is "
					  "called '%s'",
					  word);
		else if (!yr_patterns_match(a->allowed, a->n_allowed, word, &steps))
			yr_value_complain(v, spec, "bad-value",
					  "'spec.default': %s is not an allowed profile", word);
		a->fallback = word;
	}
	return !v->bad && !v->no_memory;
}

/* Servers give every namespace this label, and nobody can give it another value. */
static bool is_name_label(const char *key)
{
	return !strcmp(key, "kubernetes.io/metadata.name");
}

static bool selects_namespace(const struct yr_selector *s, const char *name,
			      const struct yr_namespace *n)
{
	const struct yr_pair own = { .key = "kubernetes.io/metadata.name", .value = name };

	for (size_t i = 0; i < s->n; i++) {
		const struct yr_selector one = { &s->terms[i], 1 };

		if (is_name_label(one.terms->key)
			    ? !yr_selector_match(&one, &own, 1)
			    : !yr_selector_match(&one, n ? n->labels : NULL, n ? n->n_labels : 0))
			return false;
	}
	return true;
}

bool yr_allow_asks_labels(const struct yr_allow *allow)
{
	for (size_t i = 0; i < allow->namespace_labels.n; i++)
		if (!is_name_label(allow->namespace_labels.terms[i].key))
			return true;
	return false;
}

bool yr_allow_concerns(const struct yr_policies *p, const struct yr_allow *allow,
		       const struct yr_pod *pod, const char *ns, size_t *steps)
{
	const struct yr_namespace *n = yr_policies_namespace(p, ns);

	return (!allow->n_namespaces ||
		yr_patterns_match(allow->namespaces, allow->n_namespaces, ns, steps)) &&
	       selects_namespace(&allow->namespace_labels, ns, n) &&
	       (pod->binding || yr_selector_match(&allow->pod_labels, pod->labels, pod->n_labels));
}

/*
 * What is allowed to this container by its exceptions and by the policy itself. Without an image
 * nothing is known of it.
 */
static bool is_allowed(const struct yr_allow *allow, const struct yr_container *c,
		       const char *profile, size_t *steps)
{
	if (yr_patterns_match(allow->allowed, allow->n_allowed, profile, steps))
		return true;
	for (size_t i = 0; i < allow->n_exceptions; i++) {
		const struct yr_exception *e = &allow->exceptions[i];

		if ((!e->n_containers ||
		     yr_patterns_match(e->containers, e->n_containers, c->name, steps)) &&
		    (!e->n_images ||
		     (c->image && yr_patterns_match(e->images, e->n_images, c->image, steps))) &&
		    yr_patterns_match(e->allowed, e->n_allowed, profile, steps))
			return true;
	}
	return false;
}

static void put_fault(struct yr_buf *b, const struct yr_allow *allow, const char *profile,
		      const char *why)
{
	yr_buf_printf(b, "%s is not an allowed profile%s. Allowed values: \"", profile, why);
	for (size_t i = 0; i < allow->n_allowed && i < 10; i++)
		yr_buf_printf(b, "%s%s", i ? "," : "", allow->allowed[i]);
	yr_buf_puts(b, allow->n_allowed > 10 ? ",...\"" : "\"");
}

/* @c, which would run under @runs; NONE: nothing says what. */
static void judge(const struct yr_allow *allow, const struct yr_container *c, struct yr_wish runs,
		  size_t *steps, struct yr_buf *faults)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *asked, *profile, *why = "";

	yr_wish_put(&b, runs);
	faults->failed |= b.failed;
	asked = profile = b.data && !b.failed ? b.data : "";
	/* No pattern for names is meant for this one. */
	if (runs.type == YR_PROFILE_LOCALHOST && yr_is_no_profile(runs.name)) {
		profile = "unconfined";
		why = " (it means unconfined)";
	} else if (runs.type == YR_PROFILE_UNCONFINED && c->privileged) {
		why = " (a privileged container has no default profile)";
	}
	if (runs.type != YR_PROFILE_NONE && is_allowed(allow, c, profile, steps))
		return;
	yr_buf_printf(faults, "%scontainer \"%s\": ", faults->len ? "; " : "", c->name);
	if (runs.type == YR_PROFILE_NONE)
		yr_buf_puts(faults, "AppArmor profile must be set");
	else
		put_fault(faults, allow, asked, why);
}

enum { MOST_FAULTS = 64 << 10 };

static void judge_containers(const struct yr_allow *allow, const struct yr_pod *pod,
			     const struct yr_era *era, size_t *steps, struct yr_buf *faults)
{
	for (size_t i = 0; i < pod->n_containers && faults->len < MOST_FAULTS; i++) {
		const struct yr_container *c = &pod->containers[i];
		struct yr_effective e;

		yr_pod_effective(pod, c, era, &e);
		/* Nothing asked is nothing that a node insists on. */
		if (e.asked.type == YR_PROFILE_NONE && !c->privileged)
			e.runs = e.asked;
		judge(allow, c, e.runs, steps, faults);
	}
}

/* What it gives to a Pod of which nothing is known here. */
static void judge_binding(const struct yr_allow *allow, const struct yr_pod *pod, size_t *steps,
			  struct yr_buf *faults)
{
	const size_t prefix = sizeof(YR_POD_ANNOTATION) - 1;

	for (size_t i = 0; i < pod->n_annotations && faults->len < MOST_FAULTS; i++) {
		const struct yr_pair *pair = &pod->annotations[i];
		const struct yr_container c = { .name = pair->key + prefix };

		if (!strncmp(pair->key, YR_POD_ANNOTATION, prefix))
			judge(allow, &c, yr_wish_of(pair->value), steps, faults);
	}
}

void yr_allow_judge(const struct yr_allow *allow, const struct yr_pod *pod,
		    const struct yr_era *era, size_t *steps, struct yr_pod_answer *a)
{
	AUTO_BUF struct yr_buf faults = { 0 };

	if (pod->binding)
		judge_binding(allow, pod, steps, &faults);
	else
		judge_containers(allow, pod, era, steps, &faults);
	if (!*steps) {
		yr_buf_done(&faults);
		yr_buf_puts(&faults, "the patterns of the policies are too much work for this Pod");
	}
	a->no_memory |= faults.failed;
	if (!faults.len)
		return;
	if (allow->mode == YR_POLICY_AUDIT)
		yr_answer_audit(a, "would violate AppArmorPolicy \"%s\": %s", allow->name,
				faults.data);
	else if (allow->mode == YR_POLICY_WARN || pod->template)
		yr_answer_warn(a, "would violate AppArmorPolicy \"%s\": %s", allow->name,
			       faults.data);
	else if (a->refusal == YR_ADMITTED)
		yr_answer_forbid(a, "violates AppArmorPolicy \"%s\": %s", allow->name, faults.data);
}
