/* SPDX-License-Identifier: Apache-2.0 */
/* Policy that is asked questions, from wherever it is: text, an image, the kernel. */
#ifndef YR_CMD_SUBJECT_H
#define YR_CMD_SUBJECT_H

#include "cmd/cmd.h"
#include "image/image.h"
#include "verdict/query.h"

/* Which policy, and for which kernel. Everything is borrowed. */
struct yr_opening {
	const char *path;    /* NULL: what the kernel has loaded; "-": standard input */
	const char *profile; /* of -p; NULL: the only one */
	struct yr_common *common;
	const struct yr_features *kernel;
	bool may_lack;   /* of the kernel: that it has no such profile is an answer too */
	bool any_kernel; /* @kernel stands for every one: policy is taken to be written for it */
};

/* Start from { 0 }. */
struct yr_opened {
	struct yr_compile *compile; /* NULL: not text */
	struct yr_policy *policy;   /* NULL: yr_opening.may_lack, and it does */
	struct yr_policy_options options;
	struct yr_diags *diags; /* of the text */
	bool loaded; /* it was asked for by its namespace, which it need not name itself */
};

/*
 * Open it. Returns an exit status, everything said; yr_opened_done() in any case. What is wrong
 * with a text is left in diags, to be shown.
 */
int yr_open_policy(const struct yr_opening *how, struct yr_opened *ret);
void yr_opened_done(struct yr_opened *o);

/*
 * The names of the profiles in the file, children behind their parents; @fn's non-zero return ends
 * it and is returned. -EBADMSG: it has mistakes; of a text they are not said. -ENOENT and others:
 * it cannot be read.
 */
typedef int yr_policy_name_fn(void *ctx, const char *name);
int yr_policy_names(const struct yr_opening *how, yr_policy_name_fn *fn, void *ctx,
		    struct yr_err *err);

/* The profile called @name. *ret borrows from @o. */
bool yr_find_profile(const struct yr_opened *o, const char *name, struct yr_subject *ret);
/*
 * The profile that -p names, or the only one at the top. Returns an exit status, everything said.
 * *ret borrows from @o.
 */
int yr_pick_profile(const struct yr_opened *o, const char *name, struct yr_subject *ret);
/* Say that @p has no profile of that name, and which is near; the status that goes with it. */
int yr_no_such_profile(const struct yr_policy *p, const char *name);
/* The @i-th profile of what was opened; *ret borrows from @o. */
void yr_take_profile(const struct yr_opened *o, size_t i, struct yr_subject *ret);
/*
 * Whether @name, ":ns:name" as the kernel lists it or the name alone, is that profile's; of a
 * @loaded one its namespace may be the folder's where it was found.
 */
bool yr_profile_is_called(const struct yr_compiled *c, const char *name, bool loaded);

/* Says what the kernel makes of verdicts of @c that are no last word. */
void yr_tell_mode(const struct yr_compiled *c);

#endif
