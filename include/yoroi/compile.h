/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text in, the kernel's binary form out. */
#ifndef YOROI_COMPILE_H
#define YOROI_COMPILE_H

#include <stdbool.h>
#include <stddef.h>

#include "yoroi/diag.h"
#include "yoroi/err.h"
#include "yoroi/features.h"

/*
 * Of the image's form, none of which changes a decision. What the kernel cannot read is never
 * written, whatever is asked for.
 */
enum yr_image_flags {
	YR_IMAGE_FORCE_COMPLAIN = 1, /* as force_complain below */
	YR_IMAGE_CLASSES = 2,        /* a table of byte classes: smaller rows, one more look-up */
	YR_IMAGE_NO_DIFF = 4,        /* every row whole, though the kernel reads differences */
	YR_IMAGE_NO_STATE32 = 8,     /* 65,535 states at most, though the kernel takes more */
};

/*
 * What compiles with the same options have in common: the files that includes and abi rules name,
 * read, parsed and kept for those that follow. A file that changes meanwhile counts as it was. One
 * thread at a time uses it, and no compile made with it outlives it. A compile with other folders
 * or other hidden warnings than the first is as it would be without.
 */
struct yr_compile_shared;
/* NULL: memory is out. */
struct yr_compile_shared *yr_compile_shared_new(void);
/* NULL is fine. Always returns NULL. */
struct yr_compile_shared *yr_compile_shared_free(struct yr_compile_shared *s);

/* What a compile depends on besides the text. Everything pointed to is borrowed. */
struct yr_compile_options {
	/* Where <includes> are looked for, in this order; NULL at the end; NULL: nowhere. */
	const char *const *include_dirs;
	const char *base_dir;     /* of relative "quoted" includes; NULL: the current folder */
	const char *fallback_dir; /* tried last; NULL: none */
	const struct yr_features *kernel;       /* what to compile for; needed for an image only */
	const struct yr_features *override_abi; /* NULL: the policy's own abi rule */
	const struct yr_features
		*default_abi; /* for policy without one; NULL: Linux 6.1's classes */
	const char *ns;       /* load into this namespace; NULL: what the profiles say */
	bool force_complain;
	unsigned image_flags;             /* YR_IMAGE_* */
	struct yr_compile_shared *shared; /* NULL: nothing is */
};

/*
 * One file on its way. Not safe for two threads at once; several compiles may run side by
 * side, as long as each has its own.
 */
struct yr_compile;

/*
 * Read one file (or a text called @name), with its includes. Mistakes go to @diags, which must
 * outlive the compile; check yr_diags_errors(). A negative errno with @err set is the machine's:
 * the named file is missing, unreadable, no regular file, or memory is out. On success
 * *ret_compile is the caller's, for yr_compile_free().
 */
int yr_compile_file(const char *path, const struct yr_compile_options *opt, struct yr_diags *diags,
		    struct yr_compile **ret_compile, struct yr_err *err);
int yr_compile_text(const char *name, const char *text, size_t len,
		    const struct yr_compile_options *opt, struct yr_diags *diags,
		    struct yr_compile **ret_compile, struct yr_err *err);
struct yr_compile *yr_compile_free(struct yr_compile *c);

/*
 * Every text that was read, the named one first, and for each include and abi which files it
 * was found to mean: what a cache has to remember. NULL behind the last.
 */
const char *yr_compile_source(const struct yr_compile *c, size_t i, const char **ret_text,
			      size_t *ret_len);
/*
 * Names of the profiles as the kernel will list them (":ns:name" in a namespace), children
 * behind their parents; *ret_top tells the top-level ones. NULL behind the last.
 */
const char *yr_compile_name(const struct yr_compile *c, size_t i, bool *ret_top);

/*
 * The image of all profiles, in one piece. -EBADMSG: there are errors in @diags; nothing
 * is made then. Otherwise as yr_compile_file(). On
 * success *ret_image is the caller's to free().
 */
int yr_compile_image(struct yr_compile *c, void **ret_image, size_t *ret_len, struct yr_err *err);

/* Compile every profile for @opt->kernel and report, without making an image. */
int yr_compile_check(struct yr_compile *c, struct yr_err *err);

#endif
