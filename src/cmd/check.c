/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/cmd.h"

enum { OPT_JSON = YR_OPT_OWN };

struct check {
	bool json, quiet;
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct check *c = ctx;

	(void)arg;
	c->json |= opt == OPT_JSON;
	return opt == OPT_JSON;
}

static void complain(const struct check *c, const char *file, const char *name, const char *text)
{
	if (c->json)
		yr_diags_json_say(file, name, text);
	else
		yr_say("%s", text);
}

static int finish(void *ctx, struct yr_job *job)
{
	struct check *c = ctx;
	const char *why = NULL;
	bool empty = false;

	if (c->json)
		yr_diags_json_add(job->diags);
	else
		yr_diags_show(job->diags, c->quiet);
	if (job->err.code)
		complain(c, job->name, "unreadable", job->err.msg);
	c->status = yr_worse(c->status, yr_exit_status(job->result));
	if (!job->result)
		why = yr_job_emptiness(job, &empty);
	if (empty && c->json)
		yr_diags_json_say(job->name, "missing", why);
	if (empty)
		yr_job_refuse_empty(job, &c->status);
	return 0;
}

/* Work on what came in; the findings go out as they were asked for. */
static int check_all(struct check *c, struct yr_common *common)
{
	struct yr_err err = { 0 };
	struct yr_job_options opt = { .settings = &common->settings };

	/* A check asks what the policy says: without a kernel named, the form with most classes. */
	if (!common->settings.features_name)
		common->settings.features_name = "debian-6.12";
	if (yr_settings_features(&common->settings, &err) < 0) {
		complain(c, NULL, "unreadable", err.msg);
		return YR_EXIT_SYSTEM;
	}
	opt.compile = yr_common_compile(common);
	yr_jobs_run(&common->in, &opt, common->jobs, finish, c);
	return c->status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct check check = { 0 };
	struct yr_common common;
	int status = yr_common_parse(&yr_cmd_check, argc, argv, ":" YR_COMMON_SHORT, options,
				     own_option, &check, &common);
	bool no_input = status == YR_EXIT_POLICY || status == YR_EXIT_SYSTEM;

	if (status >= 0 && !(check.json && no_input))
		return status;
	if (check.json)
		yr_diags_json_begin();
	if (no_input) {
		yr_diags_json_say(NULL, "missing", "nothing to check; standard error says why");
	} else {
		check.quiet = common.settings.quiet;
		status = check_all(&check, &common);
		yr_common_done(&common);
	}
	if (check.json)
		yr_diags_json_end();
	return status;
}

const struct yr_cmd yr_cmd_check = {
	.name = "check",
	.args = "[OPTION...] [FILE|DIRECTORY...]",
	.summary = "report what is wrong in policy files; load nothing",
	.help = YR_COMMON_HELP
	"      --json            findings as a JSON array on standard output\n",
	.run = run,
};
