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

static int finish(void *ctx, struct yr_job *job)
{
	struct check *c = ctx;
	bool empty;

	if (c->json)
		yr_diags_json_add(job->diags, &job->err, job->name);
	else
		yr_diags_show(job->diags, c->quiet);
	if (job->err.code && !c->json)
		yr_say("%s", job->err.msg);
	c->status = yr_worse(c->status, yr_exit_status(job->result));
	if (!job->result && yr_job_emptiness(job, &empty) && empty)
		yr_job_refuse_empty(job, &c->status);
	return 0;
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
	struct yr_err err = { 0 };
	int status = yr_common_parse(&yr_cmd_check, argc, argv, ":" YR_COMMON_SHORT, options,
				     own_option, &check, &common);

	if (status >= 0)
		return status;
	check.quiet = common.settings.quiet;
	/* A check asks what the policy says: without a kernel named, the form with most classes. */
	if (!common.settings.features_name)
		common.settings.features_name = "debian-6.12";
	if (yr_settings_features(&common.settings, &err) < 0) {
		yr_say("%s", err.msg);
		yr_common_done(&common);
		return YR_EXIT_SYSTEM;
	}
	struct yr_job_options opt = {
		.settings = &common.settings,
		.compile = yr_common_compile(&common),
	};
	if (check.json)
		yr_diags_json_begin();
	yr_jobs_run(&common.in, &opt, common.jobs, finish, &check);
	if (check.json)
		yr_diags_json_end();
	yr_common_done(&common);
	return check.status;
}

const struct yr_cmd yr_cmd_check = {
	.name = "check",
	.args = "[OPTION...] [FILE|DIRECTORY...]",
	.summary = "report what is wrong in policy files; load nothing",
	.help = YR_COMMON_HELP
	"      --json            findings as a JSON array on standard output\n",
	.run = run,
};
