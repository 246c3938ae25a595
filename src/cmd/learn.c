/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles from what programs did, and proved before anyone loads them. */
#include "cmd/learn.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/log_read.h"

enum {
	OPT_JSON = YR_LEARN_OPT_OWN,
	OPT_JOURNAL,
	OPT_MERGE,
	OPT_YES,
	OPT_FORCE,
	OPT_EVIDENCE,
	OPT_EXEC,
	OPT_NO_ABSTRACTIONS,
	OPT_BANE,
	OPT_ALLOW_LIST,
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct yr_learn_command *x = ctx;

	switch (opt) {
	case 'o':
		x->out = arg;
		return true;
	case 'p':
		x->options.profile = arg;
		return true;
	case OPT_MERGE:
		x->merge = arg;
		return true;
	case OPT_EXEC:
		x->exec = arg;
		return true;
	case OPT_JSON:
		return x->json = true;
	case OPT_JOURNAL:
		return x->journal = true;
	case OPT_YES:
		return x->yes = true;
	case OPT_FORCE:
		return x->force = true;
	case OPT_EVIDENCE:
		return x->evidence = true;
	case OPT_NO_ABSTRACTIONS:
		return x->options.no_abstractions = true;
	case OPT_BANE:
		x->bane = arg;
		return true;
	case OPT_ALLOW_LIST:
		return x->allow_list = true;
	default:
		return yr_learn_run_option(&x->wish, opt, arg);
	}
}

static int take(void *ctx, const struct yr_log_event *ev)
{
	struct yr_learn_command *x = ctx;

	if (x->journal && yr_log_was_seen(&x->seen, ev))
		return 0;
	return yr_learn_add(x->learned, ev);
}

static int read_logs(struct yr_learn_command *x, struct yr_log *log, char **args)
{
	static char *const input[] = { (char *)"-", NULL };
	int status = YR_EXIT_OK;

	if (x->journal)
		return yr_log_read_journal(log, take, x);
	for (char *const *p = *args ? args : input; *p; p++)
		status = yr_worse(status, yr_log_read_path(log, *p, take, x));
	return status;
}

static void set_policy(struct yr_learn_command *x)
{
	struct yr_compile_options opt = yr_common_compile(&x->common);
	const struct yr_settings *s = &x->common.settings;
	bool any_kernel = !strcmp(s->features_name, "everything");

	x->policy.name = x->out ? x->out : "the result";
	x->policy.lang = (struct yr_lang_options){
		.include_dirs = opt.include_dirs,
		.fallback_dir = opt.fallback_dir,
		.relative_dir = opt.base_dir,
	};
	x->policy.policy = (struct yr_policy_options){
		.kernel = s->features,
		.override_abi = any_kernel ? s->features : NULL,
	};
}

static int make_bane(const struct yr_learn_command *x)
{
	const struct yr_learn_bane how = {
		.path = x->bane,
		.out = x->out,
		.allow_list = x->allow_list,
		.json = x->json,
		.policy = &x->policy,
		.settings = &x->common.settings,
	};

	return yr_learn_bane(&how);
}

static int learn(struct yr_learn_command *x, char **args)
{
	struct yr_settings *s = &x->common.settings;
	struct yr_log *log = yr_log_new();
	struct yr_err err = { 0 };
	int status, made;

	x->options.runtime_known = x->wish.what != YR_LEARN_LOGS;
	x->learned = yr_learn_new(&x->options);
	if (!s->features_name)
		s->features_name = "everything";
	if (!log || !x->learned) {
		yr_say("out of memory");
		status = YR_EXIT_SYSTEM;
	} else if (yr_settings_features(s, &err) < 0 ||
		   yr_learn_kernels_open(&x->kernels, s, &x->policy, &err) < 0) {
		yr_say("%s", err.msg);
		status = err.code == EINVAL ? YR_EXIT_USAGE : YR_EXIT_SYSTEM;
	} else {
		set_policy(x);
		status = x->bane ? make_bane(x) : yr_learn_read_old(x);
		if (status == YR_EXIT_OK && !x->bane)
			status = x->wish.what == YR_LEARN_LOGS ? read_logs(x, log, args)
							       : yr_learn_run(x, log, &x->ran);
		if (status == YR_EXIT_OK && !x->bane) {
			made = yr_learn_finish(x, log);
			status = yr_worse(status, made);
			/* Told already; the profile that was learned is good all the same. */
			if (*x->ran.left)
				status = yr_worse(status, YR_EXIT_SYSTEM);
		}
	}
	yr_log_free(log);
	yr_learn_free(x->learned);
	yr_learn_kernels_done(&x->kernels);
	free(x->old);
	return status;
}

static bool set_exec(struct yr_learn_command *x)
{
	static const char *const words[] = { "inherit", "child", "separate" };

	if (!x->exec)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(x->exec, words[i])) {
			x->options.exec = (enum yr_learn_exec)i;
			x->wish.apart = i != YR_LEARN_INHERIT;
			return true;
		}
	return false;
}

/* A description is no log. */
static const char *not_with_bane(const struct yr_learn_command *x, size_t n)
{
	return n                            ? "a log"
	       : x->merge                   ? "'--merge'"
	       : x->journal                 ? "'--journal'"
	       : x->exec                    ? "'--exec'"
	       : x->options.profile         ? "'--profile'"
	       : x->options.no_abstractions ? "'--no-abstractions'"
	       : x->evidence                ? "'--evidence'"
	       : x->force                   ? "'--force'"
					    : NULL;
}

static int check_usage(struct yr_learn_command *x, size_t n, size_t behind)
{
	const struct yr_cmd *cmd = &yr_cmd_learn;
	const char *other = x->bane ? not_with_bane(x, n) : NULL;

	if (other)
		return yr_usage(cmd, "'--bane' takes a description, and means nothing with %s",
				other);
	if (x->allow_list && !x->bane)
		return yr_usage(cmd, "'--allow-list' belongs to '--bane'");

	if (x->json && x->out && !strcmp(x->out, "-"))
		return yr_usage(cmd, "standard output cannot be both the profile and the JSON");
	if (!set_exec(x))
		return yr_usage(cmd, "--exec takes inherit, child or separate, not '%s'", x->exec);
	if (x->wish.what != YR_LEARN_LOGS || behind)
		return yr_learn_check_run(x, n, behind);
	if (yr_learn_only_run(&x->wish))
		return yr_usage(cmd,
				"'%s' belongs to something that is run: '--podman IMAGE', "
				"'--docker IMAGE', '--oci BUNDLE', '-- COMMAND', or '--live'",
				yr_learn_only_run(&x->wish));
	if (x->journal && n)
		return yr_usage(cmd, "'--journal' takes no logs beside it");
	return -1;
}

/* Words behind "--": a command, or what is for a container. */
static size_t count_behind(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (!strcmp(argv[i], "--"))
			return (size_t)(argc - i - 1);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "output", required_argument, NULL, 'o' },
		{ "profile", required_argument, NULL, 'p' },
		{ "merge", required_argument, NULL, OPT_MERGE },
		{ "exec", required_argument, NULL, OPT_EXEC },
		{ "yes", no_argument, NULL, OPT_YES },
		{ "force", no_argument, NULL, OPT_FORCE },
		{ "evidence", no_argument, NULL, OPT_EVIDENCE },
		{ "no-abstractions", no_argument, NULL, OPT_NO_ABSTRACTIONS },
		{ "bane", required_argument, NULL, OPT_BANE },
		{ "allow-list", no_argument, NULL, OPT_ALLOW_LIST },
		{ "journal", no_argument, NULL, OPT_JOURNAL },
		{ "json", no_argument, NULL, OPT_JSON },
		YR_LEARN_RUN_LONG,
		{ NULL, 0, NULL, 0 },
	};
	struct yr_learn_command x = { .json = false };
	size_t behind = count_behind(argc, argv);
	int status = yr_common_options(&yr_cmd_learn, argc, argv, ":o:p:" YR_COMMON_SHORT, options,
				       own_option, &x, &x.common);

	if (status >= 0)
		return status;
	x.wish.args = argv + optind;
	status = check_usage(&x, (size_t)(argc - optind), behind);
	if (status < 0)
		status = learn(&x, argv + optind);
	yr_common_done(&x.common);
	return status;
}

const struct yr_cmd yr_cmd_learn = {
	.name = "learn",
	.args = "[OPTION...] [LOG...]|--podman IMAGE|--docker IMAGE|--oci BUNDLE|--live|"
		"--bane FILE|-- COMMAND",
	.summary = "write profiles from what programs did, and prove them",
	.help = "  -o, --output FILE     write the profiles there; otherwise to standard output\n"
		"      --merge FILE      add to the profiles in FILE, whose comments and order "
		"stay\n"
		"  -p, --profile NAME    only this profile and what was executed from it\n"
		"      --exec HOW        how programs go on that were executed in complain mode:\n"
		"                        inherit (as it is without), child or separate\n"
		"      --evidence        each rule with a comment: events, program, an example\n"
		"      --no-abstractions include none\n"
		"      --bane FILE       from a description of bane's, in TOML, instead of logs\n"
		"      --allow-list      of it: what it names is allowed, and nothing else\n"
		"      --yes             ask nothing\n"
		"      --force           write what does not pass the check, too\n"
		"      --journal         ask the journal, of this boot, instead of files\n"
		"      --json            events, rules, the check and the text as one JSON "
		"object\n" YR_LEARN_RUN_HELP YR_COMMON_HELP
		"Without a log, and for '-', standard input is read.\n",
	.run = run,
};
