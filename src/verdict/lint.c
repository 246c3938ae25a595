/* SPDX-License-Identifier: Apache-2.0 */
/* One file: compile it with its rules kept, then ask. */
#include "verdict/lint.h"

#include <errno.h>
#include <stdlib.h>

bool yr_lint_own(const struct yr_lint *l, const struct yr_rule *r)
{
	return r && r->loc.source == l->unit->sources[0];
}

void yr_lint_too_big(struct yr_lint *l, const struct yr_profile *p, const struct yr_err *why)
{
	yr_complain(l->diags, &p->loc, YR_WARNING, "limit",
		    "profile '%.*s' is too large for some questions about its rules: %s",
		    YR_STR_ARG(p->full_name), why->msg);
}

/* Nothing of a profile's meaning is told twice for its children: each is asked on its own. */
static int ask(struct yr_lint *l, const struct yr_profile *p, const struct yr_compiled *c)
{
	struct yr_asked *a;
	int r;

	if (!c->rule_caps) /* too big, which has been said */
		return yr_lint_slashes(l, p);
	a = yr_asked_new(p, c);
	if (!a)
		return yr_err_set(l->err, ENOMEM, "out of memory");
	r = yr_lint_covered(l, a);
	if (!r)
		r = yr_lint_slashes(l, p);
	if (!r)
		r = yr_lint_dangers(l, a);
	yr_asked_free(a);
	return r;
}

/* In the order of the compile: parents before their children. */
static int walk(struct yr_lint *l, struct yr_profile *const *profiles, size_t n,
		struct yr_compiled **at, struct yr_lint_file *f)
{
	int r = 0;

	for (size_t i = 0; i < n && !r; i++) {
		struct yr_compiled *c = (*at)++;

		r = ask(l, profiles[i], c);
		if (!r)
			r = yr_lint_keep(f, l, profiles[i], c);
		if (!r)
			r = walk(l, profiles[i]->children, profiles[i]->n_children, at, f);
	}
	return r;
}

int yr_lint(const struct yr_unit *unit, const struct yr_lint_options *opt, struct yr_diags *diags,
	    struct yr_lint_file **ret_file, struct yr_err *err)
{
	struct yr_lint l = { unit, opt, diags, err };
	struct yr_policy_options policy_opt = opt->policy;
	struct yr_policy *policy = NULL;
	struct yr_compiled *at;
	struct yr_lint_file *f;
	int r;

	*ret_file = NULL;
	if (yr_diags_errors(diags))
		return 0;
	policy_opt.per_rule = true;
	r = yr_policy_compile(unit, &policy_opt, diags, &policy, err);
	if (r < 0 || yr_diags_errors(diags)) {
		yr_policy_free(policy);
		return r;
	}
	f = calloc(1, sizeof(*f));
	at = policy->profiles;
	r = f ? walk(&l, unit->profiles, unit->n_profiles, &at, f)
	      : yr_err_set(err, ENOMEM, "out of memory");
	yr_policy_free(policy);
	if (!r)
		r = yr_lint_gaps(&l);
	if (r < 0) {
		yr_lint_file_free(f);
		return r;
	}
	*ret_file = f;
	return 0;
}
