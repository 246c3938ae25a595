/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile denies on kernels that can do more than the one that is asked. */
#include <errno.h>
#include <stdlib.h>

#include "verdict/query.h"

struct yr_fuller {
	struct yr_unit unit;
	struct yr_profile profile, *profiles;
	struct yr_policy *policy;
	struct yr_subject subject;
};

static bool denies(const struct yr_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i]->quals.decision == YR_DENY)
			return true;
	return false;
}

static int compile(struct yr_fuller *f, const struct yr_subject *s,
		   const struct yr_features *kernel, bool *ret_good, struct yr_err *err)
{
	struct yr_policy_options opt = s->policy;
	struct yr_diags *diags = yr_diags_new();
	int r;

	if (!diags)
		return yr_err_set(err, ENOMEM, "out of memory");
	opt.per_rule = true;
	opt.kernel = opt.override_abi = kernel;
	f->unit = *s->unit;
	f->profile = *s->profile;
	f->profile.n_children = 0;
	f->profile.is_hat = false;
	f->profiles = &f->profile;
	f->unit.profiles = &f->profiles;
	f->unit.n_profiles = 1;
	r = yr_policy_compile(&f->unit, &opt, diags, &f->policy, err);
	*ret_good = !r && !yr_diags_errors(diags);
	if (*ret_good)
		f->subject = (struct yr_subject){ .unit = &f->unit,
						  .profile = &f->profile,
						  .compiled = &f->policy->profiles[0],
						  .policy = opt,
						  .no_nearest = true };
	yr_diags_free(diags);
	return r;
}

int yr_fuller_new(const struct yr_subject *subject, const struct yr_features *kernel,
		  struct yr_fuller **ret, struct yr_err *err)
{
	struct yr_fuller *f;
	bool good = false;
	int r;

	*ret = NULL;
	if (!subject->profile || !denies(subject->profile))
		return 0;
	f = calloc(1, sizeof(*f));
	if (!f)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = compile(f, subject, kernel, &good, err);
	if (r < 0 || !good) {
		yr_fuller_free(f);
		return r;
	}
	*ret = f;
	return 0;
}

struct yr_fuller *yr_fuller_free(struct yr_fuller *f)
{
	if (f)
		yr_policy_free(f->policy);
	free(f);
	return NULL;
}

/* Every kernel has these, and enforces what is said of them. */
static bool is_everywhere(const struct yr_request *a)
{
	switch (yr_request_rule(a)->kind) {
	case YR_RULE_FILE:
	case YR_RULE_LINK:
	case YR_RULE_CAPABILITY:
	case YR_RULE_RLIMIT:
		return true;
	default:
		return false;
	}
}

int yr_fuller_ask(const struct yr_fuller *f, struct yr_str text, struct yr_answer *answer,
		  struct yr_err *err)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *access = NULL;
	struct yr_answer there = { 0 };
	int r = diags ? yr_request_new(&f->subject, "access", text, diags, &access, err)
		      : yr_err_set(err, ENOMEM, "out of memory");

	if (!r && !is_everywhere(access))
		r = yr_query(&f->subject, access, &there, err);
	for (size_t i = 0; !r && !there.allowed && i < there.rules.n; i++)
		if (there.rules.at[i]->quals.decision == YR_DENY)
			answer->unenforced.at[answer->unenforced.n++] = there.rules.at[i];
	answer->unenforced.more = answer->unenforced.n && there.rules.more;
	yr_answer_done(&there);
	yr_request_free(access);
	yr_diags_free(diags);
	/* Here it is an access; there its words may be no longer. */
	return r == -EBADMSG ? 0 : r;
}
