/* SPDX-License-Identifier: Apache-2.0 */
/* Whether kernels have room for the result: the image is made, as loading it would. */
#include <errno.h>

#include "author/learn_parts.h"
#include "image/image.h"

/* From that many on the oldest kernel alone is looked at, which has least room. */
enum { MANY = 5000 };

/* 0: it fits; -E2BIG and the like: it does not, and @err says why. */
static int fits(const struct yr_learn_policy *how, const struct yr_learn_kernel *kernel,
		struct yr_str text, const struct yr_policy *made, struct yr_diags *diags,
		struct yr_err *err)
{
	struct yr_learn_policy as_loaded = *how;
	struct yr_learn_asked asked = { .unit = NULL };
	AUTO_BUF struct yr_buf image = { 0 };
	int r;

	if (made && kernel->features == how->policy.kernel && !how->policy.override_abi)
		return yr_image_write(made, kernel->features, 0, &image, err);
	as_loaded.policy.kernel = kernel->features;
	as_loaded.policy.override_abi = NULL;
	r = yr_learn_compile(&as_loaded, how->name, text, false, diags, &asked, err);
	if (!r)
		r = yr_image_write(asked.policy, kernel->features, 0, &image, err);
	yr_learn_asked_done(&asked);
	return r;
}

int yr_learn_fit(const struct yr_learn *l, const struct yr_learn_policy *how, struct yr_str text,
		 const struct yr_policy *made, struct yr_arena *arena, const char **ret_kernel,
		 const char **ret_why, struct yr_err *err)
{
	struct yr_diags *diags = yr_diags_new();
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;
	size_t n = l->counts.accesses < MANY ? how->n_kernels : !!how->n_kernels;

	*ret_kernel = *ret_why = NULL;
	for (size_t i = 0; i < n && !r && !*ret_why; i++) {
		struct yr_err why = { 0 };

		r = fits(how, &how->kernels[i], text, made, diags, &why);
		if (!r)
			continue;
		if (r == -ENOMEM)
			break;
		*ret_kernel = how->kernels[i].name;
		*ret_why = yr_arena_printf(arena, "%s",
					   why.code ? why.msg : "it cannot be compiled for it");
		r = *ret_why ? 0 : -ENOMEM;
	}
	yr_diags_free(diags);
	return r == -ENOMEM ? yr_err_set(err, ENOMEM, "out of memory") : r;
}
