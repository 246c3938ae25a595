/* SPDX-License-Identifier: Apache-2.0 */
/* Whether one rule more would allow an access. */
#include <errno.h>

#include "verdict/query_parts.h"

/* The profile's rules and those of the other's, which came of one rule's text. */
static int join(const struct yr_subject *s, const struct yr_request *more, struct yr_arena *arena,
		struct yr_profile *ret)
{
	size_t n = s->profile->n_rules + more->profile->n_rules;

	*ret = *s->profile;
	ret->n_children = 0;
	ret->is_hat = false;
	ret->rules = yr_arena_array(arena, n, sizeof(*ret->rules));
	if (!ret->rules)
		return -ENOMEM;
	ret->n_rules = 0;
	for (size_t i = 0; i < s->profile->n_rules; i++)
		ret->rules[ret->n_rules++] = s->profile->rules[i];
	for (size_t i = 0; i < more->profile->n_rules; i++)
		ret->rules[ret->n_rules++] = more->profile->rules[i];
	return 0;
}

int yr_query_with(const struct yr_subject *s, const struct yr_request *access,
		  const struct yr_request *rule, bool *ret_allowed, struct yr_err *err)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_policy_options opt = s->policy;
	struct yr_profile profile, *profiles = &profile;
	struct yr_unit unit = *s->unit;
	struct yr_policy *policy = NULL;
	struct yr_answer answer = { 0 };
	int r = diags ? join(s, rule, &arena, &profile) : -ENOMEM;

	*ret_allowed = false;
	if (r < 0) {
		yr_diags_free(diags);
		return yr_err_set(err, ENOMEM, "out of memory");
	}
	opt.per_rule = true;
	unit.profiles = &profiles;
	unit.n_profiles = 1;
	r = yr_policy_compile(&unit, &opt, diags, &policy, err);
	/* With a mistake it is no policy: two rules may not say how to execute one file. */
	if (!r && !yr_diags_errors(diags)) {
		struct yr_subject with = { .unit = &unit,
					   .profile = &profile,
					   .compiled = &policy->profiles[0],
					   .policy = opt };

		r = yr_query(&with, access, &answer, err);
		*ret_allowed = !r && answer.allowed;
		yr_answer_done(&answer);
	}
	yr_policy_free(policy);
	yr_diags_free(diags);
	return r;
}
