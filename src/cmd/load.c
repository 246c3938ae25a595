/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"

enum { OPT_ADD = YR_OPT_OWN, OPT_COMPLAIN, OPT_NAMESPACE };

struct load {
	bool add, complain, quiet;
	const char *ns;
	struct yr_loader *loader;
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct load *l = ctx;

	switch (opt) {
	case OPT_ADD:
		l->add = true;
		return true;
	case OPT_COMPLAIN:
		l->complain = true;
		return true;
	case OPT_NAMESPACE:
		l->ns = arg;
		return true;
	default:
		return false;
	}
}

static int finish(void *ctx, struct yr_job *job)
{
	struct load *l = ctx;
	const char *name;

	yr_diags_show(job->diags, l->quiet);
	if (!job->result && job->len)
		job->result = yr_loader_push(l->loader, l->add ? YR_LOAD_ADD : YR_LOAD_REPLACE,
					     job->image, job->len, &job->err);
	if (job->err.code && job->image)
		yr_say("%s: %s", job->name, job->err.msg);
	else if (job->err.code)
		yr_say("%s", job->err.msg);
	l->status = yr_worse(l->status, yr_exit_status(job->result));
	if (job->result)
		return 0;
	yr_job_refuse_empty(job, &l->status);
	for (size_t i = 0; (name = yr_compile_name(job->compile, i, NULL)); i++) {
		fputs("loaded ", stdout);
		yr_put(stdout, name);
		putchar('\n');
	}
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "add", no_argument, NULL, OPT_ADD },
		{ "complain", no_argument, NULL, OPT_COMPLAIN },
		{ "namespace", required_argument, NULL, OPT_NAMESPACE },
		{ NULL, 0, NULL, 0 },
	};
	struct load load = { 0 };
	struct yr_common common;
	struct yr_err err = { 0 };
	int status = yr_common_parse(&yr_cmd_load, argc, argv, ":" YR_COMMON_SHORT, options,
				     own_option, &load, &common);

	if (status >= 0)
		return status;
	load.quiet = common.settings.quiet;
	common.settings.ns = load.ns;
	common.settings.complain = load.complain;
	if (yr_loader_open(&common.settings.host, &load.loader, &err) < 0 ||
	    yr_settings_features(&common.settings, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	} else {
		struct yr_job_options opt = {
			.settings = &common.settings,
			.compile = yr_common_compile(&common),
		};

		yr_jobs_run(&common.in, &opt, common.jobs, finish, &load);
		status = load.status;
	}
	yr_loader_free(load.loader);
	yr_common_done(&common);
	return status;
}

const struct yr_cmd yr_cmd_load = {
	.name = "load",
	.args = "[OPTION...] [FILE|DIRECTORY...]",
	.summary = "compile policy files and put them in force",
	.help = YR_COMMON_HELP
	"      --add             refuse a profile that is loaded already, instead of replacing it\n"
	"      --complain        log what would be refused, refuse nothing\n"
	"      --namespace NAME  load into this namespace\n",
	.run = run,
};
