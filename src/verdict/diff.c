/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/diff.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "verdict/diff_parts.h"

int yr_differ_no_memory(const struct yr_differ *d)
{
	return yr_err_set(d->err, ENOMEM, "out of memory");
}

int yr_differ_add(struct yr_differ *d, enum yr_change change, const char *class,
		  struct yr_difference **ret)
{
	struct yr_diff *diff = d->diff;

	*ret = NULL;
	if (diff->n == YR_LIMIT_DIFFERENCES) {
		diff->more = true;
		return 0;
	}
	/* A power of two is where the last growth ended. */
	if (!(diff->n & (diff->n - 1))) {
		struct yr_difference *more =
			reallocarray(diff->at, diff->n ? diff->n * 2 : 1, sizeof(*more));

		if (!more)
			return yr_differ_no_memory(d);
		diff->at = more;
	}
	*ret = &diff->at[diff->n++];
	**ret = (struct yr_difference){
		.change = change,
		.class = class,
		.widens = change == YR_CHANGE_ALLOWED || change == YR_CHANGE_TRANSITION,
		.places = 1,
	};
	return 0;
}

int yr_diff(const struct yr_subject *old_one, const struct yr_subject *new_one, struct yr_diff *ret,
	    struct yr_err *err)
{
	struct yr_differ d = { .s = { old_one, new_one }, .diff = ret, .err = err };
	int r;

	*ret = (struct yr_diff){ 0 };
	r = yr_differ_know_rules(&d);
	if (!r)
		r = yr_differ_head(&d);
	if (!r)
		r = yr_differ_plain(&d);
	if (!r)
		r = yr_differ_walk(&d);
	yr_differ_forget_rules(&d);
	return r;
}

void yr_diff_done(struct yr_diff *d)
{
	free(d->at);
	yr_arena_done(&d->arena);
	*d = (struct yr_diff){ 0 };
}
