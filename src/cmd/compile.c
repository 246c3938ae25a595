/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"

struct compile {
	const char *output;
	bool quiet;
	struct yr_buf all;
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	if (opt == 'o')
		((struct compile *)ctx)->output = arg;
	return opt == 'o';
}

static int finish(void *ctx, struct yr_job *job)
{
	struct compile *c = ctx;

	yr_diags_show(job->diags, c->quiet);
	if (job->err.code)
		yr_say("%s", job->err.msg);
	c->status = yr_worse(c->status, yr_exit_status(job->result));
	if (!job->result && !yr_job_refuse_empty(job, &c->status))
		yr_buf_put(&c->all, job->image, job->len);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "output", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	struct compile compile = { 0 };
	struct yr_common common;
	struct yr_err err = { 0 };
	int status = yr_common_parse(&yr_cmd_compile, argc, argv, ":o:" YR_COMMON_SHORT, options,
				     own_option, &compile, &common);

	if (status >= 0)
		return status;
	compile.quiet = common.settings.quiet;
	if (!compile.output) {
		status = yr_usage(&yr_cmd_compile, "-o FILE says where the image goes");
	} else if (yr_settings_features(&common.settings, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	} else {
		struct yr_job_options opt = {
			.settings = &common.settings,
			.compile = yr_common_compile(&common),
		};

		yr_jobs_run(&common.in, &opt, common.jobs, finish, &compile);
		status = compile.status;
		/* All of it or nothing: a part would load as if it were the whole. */
		if (compile.all.failed)
			yr_err_set(&err, ENOMEM, "out of memory");
		else if (!status)
			yr_write_file(compile.output, compile.all.data ? compile.all.data : "",
				      compile.all.len, &err);
		if (err.code) {
			yr_say("%s", err.msg);
			status = YR_EXIT_SYSTEM;
		}
	}
	yr_buf_done(&compile.all);
	yr_common_done(&common);
	return status;
}

const struct yr_cmd yr_cmd_compile = {
	.name = "compile",
	.args = "-o FILE [OPTION...] [FILE|DIRECTORY...]",
	.summary = "write the kernel's binary form of policy files",
	.help = "  -o, --output FILE     where the image goes; '-' is standard "
		"output\n" YR_COMMON_HELP,
	.run = run,
};
