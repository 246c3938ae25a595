/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of `yoroi learn`. */
#ifndef YR_CMD_LEARN_H
#define YR_CMD_LEARN_H

#include <limits.h>
#include <sys/stat.h>

#include "author/learn.h"
#include "cmd/cmd.h"
#include "cmd/learn_run.h"
#include "cmd/log_read.h"

/* Start from { 0 }. */
struct yr_learn_kernels {
	struct yr_learn_kernel at[4];
	struct yr_features *own[4];
};

/* All of one `yoroi learn`. */
struct yr_learn_command {
	struct yr_common common;
	struct yr_learn_options options;
	const char *out, *merge, *exec, *bane;
	bool allow_list, json, journal, yes, force, evidence;
	struct yr_learn_wish wish; /* what to run */
	struct yr_learn_ran ran;   /* and how that went */
	struct yr_log_seen seen;
	struct yr_learn *learned;
	struct yr_learn_policy policy;
	struct yr_learn_kernels kernels;
	/* Of --merge. */
	char *old, real[PATH_MAX];
	size_t old_len;
	struct stat was;
};

/* Options about what is run; --bane and the rest have theirs from YR_LEARN_OPT_OWN on. */
enum {
	YR_LEARN_OPT_LIVE = YR_OPT_OWN,
	YR_LEARN_OPT_PODMAN,
	YR_LEARN_OPT_DOCKER,
	YR_LEARN_OPT_OCI,
	YR_LEARN_OPT_ENGINE,
	YR_LEARN_OPT_ENGINE_ARG,
	YR_LEARN_OPT_EXERCISE,
	YR_LEARN_OPT_FOR,
	YR_LEARN_OPT_NAME,
	YR_LEARN_OPT_SOURCE,
	YR_LEARN_OPT_OWN,
};
#define YR_LEARN_RUN_LONG                                                                          \
	{ "live", no_argument, NULL, YR_LEARN_OPT_LIVE },                                          \
		{ "podman", required_argument, NULL, YR_LEARN_OPT_PODMAN },                        \
		{ "docker", required_argument, NULL, YR_LEARN_OPT_DOCKER },                        \
		{ "oci", required_argument, NULL, YR_LEARN_OPT_OCI },                              \
		{ "engine", required_argument, NULL, YR_LEARN_OPT_ENGINE },                        \
		{ "engine-arg", required_argument, NULL, YR_LEARN_OPT_ENGINE_ARG },                \
		{ "exercise", required_argument, NULL, YR_LEARN_OPT_EXERCISE },                    \
		{ "for", required_argument, NULL, YR_LEARN_OPT_FOR },                              \
		{ "name", required_argument, NULL, YR_LEARN_OPT_NAME },                            \
	{                                                                                          \
		"source", required_argument, NULL, YR_LEARN_OPT_SOURCE                             \
	}
#define YR_LEARN_RUN_HELP                                                                          \
	"      --podman IMAGE, --docker IMAGE, --oci BUNDLE, -- COMMAND [ARGUMENT...]\n"           \
	"                        run that under a profile that refuses nothing, and learn\n"       \
	"                        from what it does; words for the container stand behind --\n"     \
	"      --live            run nothing: learn what happens now under a loaded profile,\n"    \
	"                        which -p names\n"                                                 \
	"      --for TIME        end it after that: 60s, 5m, 2h\n"                                 \
	"      --exercise CMD    run this in a shell as soon as it is up, and end it then\n"       \
	"      --name NAME       what to call the profile; otherwise as the image or program\n"    \
	"      --engine PROGRAM  the podman, docker, crun or runc to use\n"                        \
	"      --engine-arg ARG  an option for it, such as -p or 8080:80; may be repeated\n"       \
	"      --source WHICH    'audit' or 'kmsg': where to get the kernel's records\n"

bool yr_learn_run_option(struct yr_learn_wish *w, int opt, const char *arg);
/* An option that stands there in vain when nothing is run; NULL: none does. */
const char *yr_learn_only_run(const struct yr_learn_wish *w);
/* @n words were left, @behind of them behind "--". An exit status, or negative: go on. */
int yr_learn_check_run(struct yr_learn_command *x, size_t n, size_t behind);

/* The policy that --merge names. Returns an exit status, everything said. */
int yr_learn_read_old(struct yr_learn_command *x);
/* Of all that was seen make profiles, ask, prove, write and tell. The same. */
int yr_learn_finish(struct yr_learn_command *x, const struct yr_log *log);

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
	const char *path;               /* where it was written; NULL: nowhere */
	const struct yr_learn_ran *ran; /* NULL: nothing was */
	struct json_t *diff;            /* of --merge, for JSON; borrowed; NULL: none */
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

/* Of a run: how it went, what was lost, and what the profile is used with. */
void yr_learn_put_run(FILE *f, const struct yr_learn_ran *r);
void yr_learn_put_lost(FILE *f, const struct yr_learn_ran *r);
/* Of @n refusals to execute a program; @r NULL: nothing was run. */
void yr_learn_put_unexecuted(FILE *f, uint64_t n, const struct yr_learn_ran *r);
void yr_learn_put_use(FILE *f, const struct yr_learn_ran *r);
struct json_t *yr_learn_run_json(const struct yr_learn_ran *r);

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
