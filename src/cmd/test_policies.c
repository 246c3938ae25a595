/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles that tests ask, each compiled once for each kernel. */
#include <errno.h>
#include <string.h>

#include "cmd/test.h"

int yr_test_kernel(struct yr_test_policies *p, const char *name, const char *path, bool any,
		   size_t *ret, struct yr_err *err)
{
	struct yr_test_kernel *k;
	int r;

	for (size_t i = 0; i < p->n_kernels; i++) {
		k = &p->kernel[i];
		if (!strcmp(k->path, path) && !name == !k->name && any == k->any &&
		    (!name || !strcmp(name, k->name))) {
			*ret = i;
			return 0;
		}
	}
	if (p->n_kernels == YR_LIMIT_TEST_KERNELS)
		return yr_err_set(err, E2BIG, "more than %d kernels in one run",
				  YR_LIMIT_TEST_KERNELS);
	k = &p->kernel[p->n_kernels];
	*k = (struct yr_test_kernel){ .any = any };
	k->path = yr_arena_strndup(&p->arena, path, strlen(path));
	k->name = name ? yr_arena_strndup(&p->arena, name, strlen(name)) : NULL;
	if (!k->path || (name && !k->name))
		return yr_err_set(err, ENOMEM, "out of memory");
	r = yr_features_open(&p->common->settings, path, &k->features, err);
	if (r < 0)
		return r;
	*ret = p->n_kernels++;
	return 0;
}

static void open_policy(struct yr_test_policies *p, struct yr_test_policy *policy)
{
	const struct yr_test_kernel *k = &p->kernel[policy->kernel];
	struct yr_opening how = {
		.path = policy->path,
		.common = p->common,
		.kernel = k->features,
		.any_kernel = k->any,
	};

	policy->status = yr_open_policy(&how, &policy->opened);
	/* Warnings are check's: here somebody asks about something else. */
	yr_diags_show(policy->opened.diags, true);
}

static struct yr_test_policy *find_policy(struct yr_test_policies *p, const char *path,
					  size_t kernel)
{
	struct yr_test_policy *policy;

	for (size_t i = 0; i < p->n_policies; i++)
		if (p->policy[i].kernel == kernel && !strcmp(p->policy[i].path, path))
			return &p->policy[i];
	if (p->n_policies == YR_LIMIT_TEST_POLICIES) {
		yr_say("more than %d profile files in one run, each kernel counted",
		       YR_LIMIT_TEST_POLICIES);
		return NULL;
	}
	policy = &p->policy[p->n_policies];
	*policy = (struct yr_test_policy){ .kernel = kernel };
	policy->path = yr_arena_strndup(&p->arena, path, strlen(path));
	if (!policy->path) {
		yr_say("out of memory");
		return NULL;
	}
	p->n_policies++;
	open_policy(p, policy);
	return policy;
}

static struct yr_asked *find_asked(struct yr_test_policy *policy, const struct yr_subject *s)
{
	struct yr_asked **more, *a;
	size_t n = s->profile ? s->profile->n_rules : 0;

	for (size_t i = 0; i < policy->n_asked; i++)
		if (policy->asked[i]->subject.compiled == s->compiled)
			return policy->asked[i];
	more = realloc(policy->asked, (policy->n_asked + 1) * sizeof(*more));
	if (!more)
		return NULL;
	policy->asked = more;
	a = calloc(1, sizeof(*a));
	if (!a)
		return NULL;
	a->subject = *s;
	a->subject.no_nearest = true;
	more[policy->n_asked++] = a;
	if (!s->profile)
		return a;
	a->decided = calloc(n + 1, sizeof(*a->decided));
	if (!a->decided || !yr_rule_set_open(&a->deciding, n))
		return NULL;
	a->subject.deciding = &a->deciding;
	return a;
}

/* The file, as the first of its kernels has it. */
static bool is_first(const struct yr_test_policies *p, const struct yr_test_policy *policy)
{
	const struct yr_test_policy *first = p->policy;

	while (strcmp(first->path, policy->path) != 0)
		first++;
	return first == policy;
}

static int pick(struct yr_test_policy *policy, const char *name, const char *child,
		struct yr_subject *ret)
{
	AUTO_FREE char *full = NULL;
	int status = yr_pick_profile(&policy->opened, name, ret);

	if (status != YR_EXIT_OK || !child)
		return status;
	if (asprintf(&full, "%s//%s", ret->compiled->name, child) < 0) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	return yr_pick_profile(&policy->opened, full, ret);
}

int yr_test_ask(struct yr_test_policies *p, const char *path, const char *name, const char *child,
		size_t kernel, struct yr_asked **ret)
{
	struct yr_test_policy *policy = find_policy(p, path, kernel);
	struct yr_subject subject;
	size_t n;
	int status;

	if (!policy)
		return YR_EXIT_SYSTEM;
	status = policy->status;
	if (status == YR_EXIT_OK)
		status = pick(policy, name, child, &subject);
	if (status != YR_EXIT_OK)
		return status;
	n = policy->n_asked;
	*ret = find_asked(policy, &subject);
	/* Once, not for each kernel. */
	if (*ret && policy->n_asked != n && is_first(p, policy))
		yr_tell_mode(subject.compiled);
	if (*ret)
		return YR_EXIT_OK;
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

static bool add_children(const struct yr_profile *p, bool includes, struct yr_tested *ret)
{
	bool good = true;

	for (size_t i = 0; i < p->n_children && good; i++)
		good = yr_tested_add(ret, p->children[i], NULL, includes) &&
		       add_children(p->children[i], includes, ret);
	return good;
}

bool yr_test_tested(const struct yr_test_policies *p, bool includes, struct yr_tested *ret)
{
	bool good = true;

	for (size_t i = 0; i < p->n_policies; i++)
		for (size_t k = 0; k < p->policy[i].n_asked && good; k++) {
			const struct yr_asked *a = p->policy[i].asked[k];

			if (a->subject.profile)
				good = yr_tested_add(ret, a->subject.profile, a->decided,
						     includes) &&
				       add_children(a->subject.profile, includes, ret);
		}
	yr_tested_settle(ret);
	return good;
}

bool yr_test_any_image(const struct yr_test_policies *p)
{
	for (size_t i = 0; i < p->n_policies; i++)
		for (size_t k = 0; k < p->policy[i].n_asked; k++)
			if (!p->policy[i].asked[k]->subject.profile)
				return true;
	return false;
}

static void policy_done(struct yr_test_policy *policy)
{
	for (size_t i = 0; i < policy->n_asked; i++) {
		yr_rule_set_done(&policy->asked[i]->deciding);
		free(policy->asked[i]->decided);
		free(policy->asked[i]);
	}
	free(policy->asked);
	yr_opened_done(&policy->opened);
}

void yr_test_policies_done(struct yr_test_policies *p)
{
	for (size_t i = 0; i < p->n_policies; i++)
		policy_done(&p->policy[i]);
	for (size_t i = 0; i < p->n_kernels; i++)
		yr_features_free(p->kernel[i].features);
	yr_arena_done(&p->arena);
}
