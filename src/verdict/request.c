/* SPDX-License-Identifier: Apache-2.0 */
/* An access on its way into a profile of its own. */
#include <errno.h>
#include <stdlib.h>

#include "verdict/query_parts.h"

/* Whether the policy has anything to say about @class. */
static bool mediates(const struct yr_compiled *c, enum yr_class class)
{
	return c->policydb.dfa && yr_dfa_step(c->policydb.dfa, 1, (unsigned char)class);
}

/* As long as the word that it stands for, so that the text keeps its form. */
static void hide(char *text, const char *word, const char *other)
{
	size_t len = strlen(word);

	for (char *at = strstr(text, word); at; at = strstr(at + len, word))
		memcpy(at, other, len);
}

/*
 * An image was made for some kernel and some abi, and which of the kernel's classes of sockets it
 * speaks of depends on both; a kernel that has several asks the first of them that is there.
 */
static int fit_features(struct yr_request *a, const struct yr_subject *s, struct yr_err *err)
{
	const struct yr_features *kernel = s->policy.kernel;
	AUTO_FREE char *copy = NULL;
	const char *text;
	size_t len;

	if (mediates(s->compiled, YR_CLASS_NET_V9) ||
	    !(mediates(s->compiled, YR_CLASS_NET_V8) || s->compiled->net))
		return 0;
	text = yr_features_text(kernel, &len);
	copy = strndup(text, len);
	if (!copy)
		return yr_err_set(err, ENOMEM, "out of memory");
	hide(copy, "network_v9", "network_no");
	if (!mediates(s->compiled, YR_CLASS_NET_V8))
		hide(copy, "network_v8", "network_no");
	return yr_features_parse("image", copy, len, &a->features, err);
}

static const char *copy_text(struct yr_request *a, struct yr_str text)
{
	while (text.len && strchr(" \t\r\n", text.at[0]) && text.at[0])
		text = (struct yr_str){ text.at + 1, text.len - 1 };
	while (text.len && (strchr(" \t\r\n,", text.at[text.len - 1]) || !text.at[text.len - 1]))
		text.len--;
	return yr_arena_printf(&a->arena, "%.*s,", YR_STR_ARG(text));
}

static int compile(struct yr_request *a, const struct yr_subject *s, struct yr_diags *diags,
		   struct yr_err *err)
{
	struct yr_policy_options opt = s->policy;
	int r = s->unit ? 0 : fit_features(a, s, err);

	if (r < 0)
		return r;
	opt.per_rule = true;
	opt.ns = NULL;
	if (s->unit) {
		a->unit->abi_is_kernel = s->unit->abi_is_kernel;
		a->unit->abi_is_default = s->unit->abi_is_default;
		a->unit->abi_text = s->unit->abi_text;
		a->unit->abi_len = s->unit->abi_len;
	} else {
		opt.kernel = a->features ? a->features : opt.kernel;
		opt.override_abi = opt.kernel;
	}
	return yr_policy_compile(a->unit, &opt, diags, &a->policy, err);
}

static int fill(struct yr_request *a, const struct yr_subject *s, const char *name,
		struct yr_str text, struct yr_diags *diags, struct yr_err *err)
{
	unsigned before = yr_diags_errors(diags);
	int r = yr_lang_read_access(&a->arena, name, text, yr_str_of(s->compiled->name), diags,
				    &a->unit, err);

	if (!r && a->unit)
		r = compile(a, s, diags, err);
	if (!r && yr_diags_errors(diags) != before)
		r = -EBADMSG;
	if (r < 0)
		return r;
	a->profile = a->unit->profiles[0];
	a->compiled = &a->policy->profiles[0];
	a->rule = a->profile->rules[0];
	a->text = copy_text(a, text);
	return a->text ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

int yr_request_new(const struct yr_subject *subject, const char *name, struct yr_str text,
		   struct yr_diags *diags, struct yr_request **ret_request, struct yr_err *err)
{
	struct yr_request *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = fill(a, subject, name, text, diags, err);
	if (r < 0) {
		yr_request_free(a);
		return r;
	}
	*ret_request = a;
	return 0;
}

/* The rules of all of them in one profile. */
static int gather(struct yr_request *a, const struct yr_subject *s, const char *name,
		  const char *const *texts, size_t n, struct yr_diags *diags, struct yr_err *err)
{
	struct yr_profile **each = yr_arena_array(&a->arena, n, sizeof(*each));
	struct yr_rule **all;
	size_t total = 0;

	if (!each)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		struct yr_unit *unit = NULL;
		int r = yr_lang_read_access(&a->arena, name, yr_str_of(texts[i]),
					    yr_str_of(s->compiled->name), diags, &unit, err);

		if (r < 0 || !unit)
			return r < 0 ? r : -EBADMSG;
		each[i] = unit->profiles[0];
		if (each[i]->rules[0]->kind != each[0]->rules[0]->kind)
			return yr_err_set(err, EINVAL, "accesses of several kinds");
		total += each[i]->n_rules;
		a->unit = a->unit ? a->unit : unit;
	}
	all = yr_arena_array(&a->arena, total, sizeof(*all));
	if (!all)
		return yr_err_set(err, ENOMEM, "out of memory");
	total = 0;
	for (size_t i = 0; i < n; i++) {
		memcpy(all + total, each[i]->rules, each[i]->n_rules * sizeof(*all));
		total += each[i]->n_rules;
	}
	a->profile = a->unit->profiles[0];
	a->unit->profiles[0]->rules = all;
	a->unit->profiles[0]->n_rules = total;
	return 0;
}

static int fill_many(struct yr_request *a, const struct yr_subject *s, const char *name,
		     const char *const *texts, size_t n, struct yr_diags *diags, struct yr_err *err)
{
	unsigned before = yr_diags_errors(diags);
	int r = gather(a, s, name, texts, n, diags, err);

	if (!r)
		r = compile(a, s, diags, err);
	if (!r && yr_diags_errors(diags) != before)
		r = -EBADMSG;
	if (r < 0)
		return r;
	a->compiled = &a->policy->profiles[0];
	a->rule = a->profile->rules[0];
	/* Too many rules in its states to keep them: what is asked could not be told. */
	if ((a->compiled->policydb.dfa && !a->compiled->policydb.why) ||
	    (a->compiled->file.dfa && !a->compiled->file.why))
		return yr_err_set(err, E2BIG, "too many accesses at once");
	a->text = "several accesses,";
	return 0;
}

int yr_request_new_many(const struct yr_subject *subject, const char *name,
			const char *const *texts, size_t n, struct yr_diags *diags,
			struct yr_request **ret_request, struct yr_err *err)
{
	struct yr_request *a = calloc(1, sizeof(*a));
	int r;

	if (!a)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = fill_many(a, subject, name, texts, n, diags, err);
	if (r < 0) {
		yr_request_free(a);
		return r;
	}
	*ret_request = a;
	return 0;
}

struct yr_request *yr_request_free(struct yr_request *a)
{
	if (a) {
		yr_policy_free(a->policy);
		yr_features_free(a->features);
		yr_arena_done(&a->arena);
		free(a);
	}
	return NULL;
}

const char *yr_request_text(const struct yr_request *a)
{
	return a->text;
}

const struct yr_rule *yr_request_rule(const struct yr_request *a)
{
	return a->rule;
}
