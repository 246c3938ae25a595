/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/verdict that look for trouble share. */
#ifndef YR_VERDICT_LINT_H
#define YR_VERDICT_LINT_H

#include "base/buf.h"
#include "verdict/asked.h"
#include "verdict/verdict.h"

/* One file under question. */
struct yr_lint {
	const struct yr_unit *unit;
	const struct yr_lint_options *opt;
	struct yr_diags *diags;
	struct yr_err *err;
};

/* Whether @r stands in the file that was named, not in an include. */
bool yr_lint_own(const struct yr_lint *l, const struct yr_rule *r);

/* Something about @p is left unasked, for the reason in @why. */
void yr_lint_too_big(struct yr_lint *l, const struct yr_profile *p, const struct yr_err *why);

/* Each looks at one profile. 0, -ENOMEM. */
int yr_lint_covered(struct yr_lint *l, const struct yr_asked *a);
int yr_lint_slashes(struct yr_lint *l, const struct yr_profile *p);
int yr_lint_dangers(struct yr_lint *l, const struct yr_asked *a);

/* gaps.c: what the kernels that were named will not enforce. */
int yr_lint_gaps(struct yr_lint *l);

/* A place that outlives its source. */
struct yr_place_kept {
	const char *file;
	unsigned line, col, len;
	struct yr_str text; /* of the line */
};
struct yr_place_kept yr_place_keep(struct yr_arena *arena, const struct yr_loc *loc);
void yr_complain_at(struct yr_diags *d, const struct yr_place_kept *at, enum yr_severity severity,
		    const char *name, const char *fmt, ...) YR_PRINTF(5, 6);

/* A profile, with what others have to know of it. */
struct yr_lint_name {
	const char *name; /* ":ns:parent//child", as the kernel lists it */
	struct yr_place_kept place;
	struct yr_str ns;      /* empty: the one that is loaded into */
	bool top;              /* neither child nor hat */
	struct yr_dfa *xmatch; /* owned; NULL: none, the name alone counts */
	uint32_t xmatch_len;
	size_t n_xattrs;
};

/* Somebody names a profile. */
struct yr_lint_target {
	struct yr_str name; /* "a//" stands for any child of a */
	enum { YR_TARGET_EXEC, YR_TARGET_EXEC_OR, YR_TARGET_CHANGE, YR_TARGET_PEER } kind;
	struct yr_place_kept place;
};

struct yr_lint_file {
	struct yr_arena arena;
	struct yr_lint_name *names;
	size_t n_names, cap_names;
	struct yr_lint_target *targets;
	size_t n_targets, cap_targets;
};

/* set.c: note what @a's profile is called and what it names. */
int yr_lint_keep(struct yr_lint_file *f, struct yr_lint *l, const struct yr_profile *p,
		 struct yr_compiled *compiled);
/* attach.c */
int yr_lint_attachments(struct yr_lint_file *const *files, size_t n, struct yr_diags *diags,
			struct yr_err *err);

#endif
