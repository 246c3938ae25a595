/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `yoroi explain`. */
#ifndef YR_CMD_EXPLAIN_H
#define YR_CMD_EXPLAIN_H

#include "author/author.h"
#include "cmd/query.h"
#include "host/container.h"

/* Policy that profiles are looked for in, by name. */
struct yr_policies;

/*
 * @loaded: what the kernel has. Otherwise files and folders @paths; none: the usual folder, if it
 * is there, whose files may have mistakes. @common has the kernel in its settings, and lives
 * longer. Returns an exit status, everything said; *ret_policies is the caller's in any case.
 */
int yr_policies_open(struct yr_common *common, bool loaded, char **paths, size_t n,
		     struct yr_policies **ret_policies);
struct yr_policies *yr_policies_free(struct yr_policies *p);
/*
 * NULL: there is none, and *ret_why says so. The subject is good until the next call.
 */
const struct yr_subject *yr_policies_find(struct yr_policies *p, struct yr_str ns,
					  struct yr_str profile, const char **ret_why);

/* All that there is to say of one denial. Start from { 0 }. */
struct yr_explained {
	const struct yr_denial *denial; /* NULL: somebody thought it up */
	const struct yr_log_event *event;
	const char *what;                 /* words */
	const struct yr_subject *subject; /* NULL: no policy */
	const char *no_policy;            /* why not; NULL */
	struct yr_request *request;       /* NULL: there is no way to ask */
	bool answered;
	struct yr_answer answer;
	struct yr_mend mend;
	const struct yr_info *info;                             /* NULL: none, or not a known one */
	enum { YR_HELP_UNTRIED, YR_HELP_YES, YR_HELP_NO } help; /* of mend.rule */
	bool in_container;
	struct yr_container container;
	struct yr_arena arena;
};
void yr_explained_done(struct yr_explained *x);

/* How many denials and records one profile has, for its heading. */
struct yr_explain_group {
	size_t denials;
	uint64_t records;
};
/* false: memory is out. */
bool yr_explain_print_head(const struct yr_explained *first, const struct yr_explain_group *g);
bool yr_explain_print(const struct yr_explained *x);
struct json_t *yr_explain_json(const struct yr_explained *x);
void yr_explain_print_summary(const struct yr_log_counts *c, const struct yr_denial_counts *d);
struct json_t *yr_explain_summary_json(const struct yr_log_counts *c,
				       const struct yr_denial_counts *d);

#endif
