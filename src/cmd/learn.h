/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `yoroi learn`. */
#ifndef YR_CMD_LEARN_H
#define YR_CMD_LEARN_H

#include "author/learn.h"
#include "cmd/cmd.h"

/* How the doubts are asked about: everything that is typed comes through @in. */
struct yr_learn_dialog {
	FILE *in, *out;
	/* Whether @rule is one, alone in a profile; what is wrong goes to @out. */
	bool (*is_rule)(void *ctx, const char *rule);
	void *ctx;
	bool finished; /* no more questions: what is left is as it is proposed */
};

/* How the programs go on that were executed. false: stop, and write nothing. */
bool yr_learn_ask_programs(struct yr_learn_dialog *d, struct yr_learn *l);
/* The rules that are in doubt otherwise. */
bool yr_learn_ask_rules(struct yr_learn_dialog *d, struct yr_learn *l);

/* Start from { 0 }. */
struct yr_learn_kernels {
	struct yr_learn_kernel at[4];
	struct yr_features *own[4];
};
/* Those that @policy's result must fit; they live until yr_learn_kernels_done(). */
int yr_learn_kernels_open(struct yr_learn_kernels *k, const struct yr_settings *s,
			  struct yr_learn_policy *policy, struct yr_err *err);
void yr_learn_kernels_done(struct yr_learn_kernels *k);

/* What there is to say at the end. */
struct yr_learn_told {
	const struct yr_learn *l;
	const struct yr_log_counts *lines;
	const struct yr_learn_proof *proof; /* NULL: it could not be compiled */
	const char *text;
	const char *path;    /* where it was written; NULL: nowhere */
	struct json_t *diff; /* of --merge, for JSON; borrowed; NULL: none */
};

/*
 * What the text decides otherwise than the policy that there was, as `yoroi diff` shows it, on
 * standard output; or as objects at the end of @all. Errors as yr_learn_prove().
 */
int yr_learn_show_diff(const struct yr_learn *l, const struct yr_learn_policy *how,
		       struct yr_str text, struct json_t *all, struct yr_err *err);
void yr_learn_report(FILE *f, const struct yr_learn_told *t);
/* The same as an object; NULL: memory is out. */
struct json_t *yr_learn_json(const struct yr_learn_told *t);

/* `yoroi learn --bane`. All borrowed; @out NULL: standard output. */
struct yr_learn_bane {
	const char *path, *out;
	bool allow_list, json;
	const struct yr_learn_policy *policy;
	const struct yr_settings *settings;
};
/* Says everything; the exit status. */
int yr_learn_bane(const struct yr_learn_bane *x);

#endif
