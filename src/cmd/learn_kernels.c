/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels that a profile is written for: the one that was named, or all that are known. */
#include "cmd/learn.h"

#include <string.h>

int yr_learn_kernels_open(struct yr_learn_kernels *k, const struct yr_settings *s,
			  struct yr_learn_policy *policy, struct yr_err *err)
{
	/* The one with least room first. */
	static const char *const known[] = { "debian-6.1", "debian-6.12", "debian-7.2",
					     "debian-7.3" };
	int r = 0;

	policy->kernels = k->at;
	if (strcmp(s->features_name, "everything") != 0) {
		k->at[0] = (struct yr_learn_kernel){ s->features_name, s->features };
		policy->n_kernels = 1;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(known) && !r; i++) {
		r = yr_features_open(s, known[i], &k->own[i], err);
		k->at[i] = (struct yr_learn_kernel){ known[i], k->own[i] };
		policy->n_kernels += !r;
	}
	return r;
}

void yr_learn_kernels_done(struct yr_learn_kernels *k)
{
	for (size_t i = 0; i < ARRAY_LEN(k->own); i++)
		yr_features_free(k->own[i]);
}
