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
	OPT_JSON = YR_OPT_OWN,
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

struct learn {
	struct yr_common common;
	struct yr_learn_options options;
	const char *out, *merge, *exec, *bane;
	bool allow_list, json, journal, yes, force, evidence;
	struct yr_log_seen seen;
	struct yr_learn *learned;
	struct yr_learn_policy policy;
	struct yr_learn_kernels kernels;
	/* Of --merge. */
	char *old, real[PATH_MAX];
	size_t old_len;
	struct stat was;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct learn *x = ctx;

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
		return false;
	}
}

static int failed(int r, const struct yr_err *err)
{
	yr_say("%s", err->code ? err->msg : "out of memory");
	return r == -EINVAL || r == -ENOTSUP || r == -E2BIG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

static int take(void *ctx, const struct yr_log_event *ev)
{
	struct learn *x = ctx;

	if (x->journal && yr_log_was_seen(&x->seen, ev))
		return 0;
	return yr_learn_add(x->learned, ev);
}

static int read_logs(struct learn *x, struct yr_log *log, char **args)
{
	static char *const input[] = { (char *)"-", NULL };
	int status = YR_EXIT_OK;

	if (x->journal)
		return yr_log_read_journal(log, take, x);
	for (char *const *p = *args ? args : input; *p; p++)
		status = yr_worse(status, yr_log_read_path(log, *p, take, x));
	return status;
}

static int read_old(struct learn *x)
{
	struct yr_err err = { 0 };

	if (!x->merge)
		return YR_EXIT_OK;
	if (!realpath(x->merge, x->real) || stat(x->real, &x->was) < 0) {
		yr_say("open '%s': %s", x->merge, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	if (yr_read_all(x->real, YR_LIMIT_SOURCE_BYTES, &x->old, &x->old_len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	x->policy.name = x->merge;
	x->policy.text = (struct yr_str){ x->old, x->old_len };
	return YR_EXIT_OK;
}

static void set_policy(struct learn *x)
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

/* One rule that somebody typed. */
static bool is_rule(void *ctx, const char *rule)
{
	struct learn *x = ctx;
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	bool good = false;

	/* Nothing that closes the profile and goes on behind it. */
	yr_buf_printf(&b, "include <tunables/global>\nprofile x {\n%s\n}\n", rule);
	if (diags && !b.failed && !yr_diags_set_warning(diags, "all", YR_WARN_HIDE))
		good = !yr_lang_read_text(&arena, "the rule", (struct yr_str){ b.data, b.len },
					  &x->policy.lang, diags, &unit, &err) &&
		       !yr_diags_errors(diags) && unit && unit->n_profiles == 1 &&
		       !unit->profiles[0]->n_children && unit->profiles[0]->n_rules;
	if (!good)
		yr_diags_show(diags, true);
	yr_diags_free(diags);
	return good;
}

static bool asks(const struct learn *x)
{
	return !x->yes && !x->json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static bool ask(struct learn *x, bool (*questions)(struct yr_learn_dialog *, struct yr_learn *),
		struct yr_learn_dialog *d)
{
	if (!asks(x) || questions(d, x->learned))
		return true;
	yr_say("stopped: nothing was written");
	return false;
}

static int write_it(struct learn *x, const struct yr_buf *text)
{
	struct yr_err err = { 0 };
	int r;

	if (x->merge && !x->out)
		r = yr_replace_file(x->real, &x->was, text->data, text->len, &err);
	else
		r = yr_write_file(x->out ? x->out : "-", text->data, text->len, &err);
	if (!r)
		return YR_EXIT_OK;
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

static int print_json(const struct yr_learn_told *t)
{
	json_t *all = yr_learn_json(t);
	AUTO_FREE char *out = all ? json_dumps(all, JSON_INDENT(2)) : NULL;

	json_decref(all);
	if (out)
		puts(out);
	else
		yr_say("out of memory");
	return out ? YR_EXIT_OK : YR_EXIT_SYSTEM;
}

static bool to_stdout(const struct learn *x)
{
	return x->out ? !strcmp(x->out, "-") : !x->merge && !x->json;
}

static int tell(struct learn *x, struct yr_learn_told *t)
{
	struct yr_str text = yr_str_of(t->text);
	json_t *all = x->json && x->merge ? json_array() : NULL;
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK, r = 0;

	if (x->merge && t->proof && (x->json || !to_stdout(x)))
		r = yr_learn_show_diff(x->learned, &x->policy, text, all, &err);
	t->diff = all;
	if (x->json)
		status = print_json(t);
	else
		yr_learn_report(to_stdout(x) ? stderr : stdout, t);
	json_decref(all);
	return r < 0 ? yr_worse(status, failed(r, &err)) : status;
}

/* Prove, write if it holds, and tell. */
static int conclude(struct learn *x, const struct yr_log *log, const struct yr_buf *text)
{
	struct yr_diags *diags = yr_settings_diags(&x->common.settings);
	struct yr_learn_proof proof = { .holds = false };
	struct yr_learn_told told = { .l = x->learned, .lines = yr_log_counts(log) };
	struct yr_str all = { text->data, text->len };
	struct yr_err err = { 0 };
	int r = -ENOMEM, status;

	told.text = text->data;
	if (diags)
		r = yr_learn_prove(x->learned, &x->policy, all, diags, &proof, &err);
	yr_diags_show(diags, x->common.settings.quiet);
	status = !r && proof.holds ? YR_EXIT_OK : YR_EXIT_POLICY;
	if (r < 0 && r != -EBADMSG)
		status = failed(r, &err);
	told.proof = r ? NULL : &proof;
	/* With --json and no file the text is in the object alone. */
	if ((status == YR_EXIT_OK || (status == YR_EXIT_POLICY && x->force)) &&
	    (x->out || x->merge || to_stdout(x))) {
		int wrote = write_it(x, text);

		status = yr_worse(status, wrote);
		if (!wrote)
			told.path = x->out ? x->out : x->merge ? x->merge : "-";
	}
	status = yr_worse(status, tell(x, &told));
	yr_learn_proof_done(&proof);
	yr_diags_free(diags);
	return status;
}

static int nothing(struct learn *x, const struct yr_log *log)
{
	struct yr_learn_told told = { .l = x->learned, .lines = yr_log_counts(log) };

	if (x->json)
		return yr_worse(YR_EXIT_POLICY, print_json(&told));
	yr_learn_report(stderr, &told);
	return YR_EXIT_POLICY;
}

static int make(struct learn *x, const struct yr_log *log)
{
	struct yr_learn_dialog d = { .in = stdin, .out = stderr, .is_rule = is_rule, .ctx = x };
	struct yr_diags *diags = yr_settings_diags(&x->common.settings);
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK, r = diags ? yr_learn_programs(x->learned) : -ENOMEM;

	if (!r && !ask(x, yr_learn_ask_programs, &d))
		status = YR_EXIT_POLICY;
	if (!r && !status)
		r = yr_learn_settle(x->learned);
	if (!r && !status && !x->learned->n_profiles)
		status = nothing(x, log);
	if (!r && !status)
		r = yr_learn_make(x->learned, &x->policy, diags, &err);
	if (!r && !status && !ask(x, yr_learn_ask_rules, &d))
		status = YR_EXIT_POLICY;
	if (!r && !status)
		r = yr_learn_text(x->learned, &x->policy, x->evidence, diags, &text, &err);
	if (r == -EBADMSG) {
		yr_diags_show(diags, true);
		yr_say("%s has mistakes: nothing was written", x->merge ? x->merge : "the result");
		status = YR_EXIT_POLICY;
	} else if (r < 0) {
		status = failed(r, &err);
	}
	yr_diags_free(diags);
	return r < 0 || status ? status : conclude(x, log, &text);
}

static int make_bane(const struct learn *x)
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

static int learn(struct learn *x, char **args)
{
	struct yr_settings *s = &x->common.settings;
	struct yr_log *log = yr_log_new();
	struct yr_err err = { 0 };
	int status, made;

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
		status = x->bane ? make_bane(x) : read_old(x);
		if (status == YR_EXIT_OK && !x->bane)
			status = read_logs(x, log, args);
		if (status == YR_EXIT_OK && !x->bane) {
			made = make(x, log);
			status = yr_worse(status, made);
		}
	}
	yr_log_free(log);
	yr_learn_free(x->learned);
	yr_learn_kernels_done(&x->kernels);
	free(x->old);
	return status;
}

static bool set_exec(struct learn *x)
{
	static const char *const words[] = { "inherit", "child", "separate" };

	if (!x->exec)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(x->exec, words[i])) {
			x->options.exec = (enum yr_learn_exec)i;
			return true;
		}
	return false;
}

/* A description is no log. */
static const char *not_with_bane(const struct learn *x, size_t n)
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

static int check_usage(struct learn *x, size_t n)
{
	const struct yr_cmd *cmd = &yr_cmd_learn;
	const char *other = x->bane ? not_with_bane(x, n) : NULL;

	if (other)
		return yr_usage(cmd, "'--bane' takes a description, and means nothing with %s",
				other);
	if (x->allow_list && !x->bane)
		return yr_usage(cmd, "'--allow-list' belongs to '--bane'");

	if (!set_exec(x))
		return yr_usage(cmd, "--exec takes inherit, child or separate, not '%s'", x->exec);
	if (x->journal && n)
		return yr_usage(cmd, "'--journal' takes no logs beside it");
	if (x->json && x->out && !strcmp(x->out, "-"))
		return yr_usage(cmd, "standard output cannot be both the profile and the JSON");
	return -1;
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
		{ NULL, 0, NULL, 0 },
	};
	struct learn x = { .json = false };
	int status = yr_common_options(&yr_cmd_learn, argc, argv, ":o:p:" YR_COMMON_SHORT, options,
				       own_option, &x, &x.common);

	if (status >= 0)
		return status;
	status = check_usage(&x, (size_t)(argc - optind));
	if (status < 0)
		status = learn(&x, argv + optind);
	yr_common_done(&x.common);
	return status;
}

const struct yr_cmd yr_cmd_learn = {
	.name = "learn",
	.args = "[OPTION...] [LOG...]|--bane FILE",
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
		"object\n" YR_COMMON_HELP "Without a log, and for '-', standard input is read.\n",
	.run = run,
};
