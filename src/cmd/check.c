/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "image/image.h"
#include "verdict/verdict.h"

/* Kernels of one --for; there are four shipped ones. */
#define KERNELS 32

enum { OPT_JSON = YR_OPT_OWN, OPT_SARIF, OPT_FOR, OPT_CONTAINER, OPT_LOADED };

/* How findings go out. */
static const struct format {
	void (*begin)(void);
	void (*add)(const struct yr_diags *d);
	void (*say)(const char *file, const char *name, const char *text);
	int (*end)(void);
} json = { yr_diags_json_begin, yr_diags_json_add, yr_diags_json_say, yr_diags_json_end },
  sarif = { yr_diags_sarif_begin, yr_diags_sarif_add, yr_diags_sarif_say, yr_diags_sarif_end };

struct check {
	const struct format *format; /* NULL: text */
	const char *kernel_names;    /* of --for */
	bool both_formats, loaded, quiet;
	int status;
	unsigned errors, warnings; /* of all files, for the last line */

	struct yr_lint_options lint;
	struct yr_lint_kernel kernels[KERNELS];
	char *names; /* what kernels[].name point into */
	struct yr_lint_file **files;
	size_t n_files;
	bool mistakes; /* some file has mistakes, so that the files are not all there is */
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct check *c = ctx;

	switch (opt) {
	case OPT_JSON:
	case OPT_SARIF:
		c->both_formats |= c->format && c->format != (opt == OPT_JSON ? &json : &sarif);
		c->format = opt == OPT_JSON ? &json : &sarif;
		return true;
	case OPT_FOR:
		c->kernel_names = arg;
		return true;
	case OPT_CONTAINER:
		c->lint.containers = YR_CONTAINERS_ALL;
		return true;
	case OPT_LOADED:
		c->loaded = true;
		return true;
	default:
		return false;
	}
}

static void complain(const struct check *c, const char *file, const char *name, const char *text)
{
	if (c->format)
		c->format->say(file, name, text);
	else
		yr_say("%s", text);
}

static void show(struct check *c, const struct yr_diags *d)
{
	c->errors += d ? yr_diags_errors(d) : 0;
	c->warnings += d ? yr_diags_warnings(d) : 0;
	if (c->format)
		c->format->add(d);
	else
		yr_diags_show(d, c->quiet);
}

/* Beside others: only reads what is common. */
static int ask(void *ctx, struct yr_job *job)
{
	const struct check *c = ctx;
	struct yr_lint_file *file = NULL;
	int r = yr_lint(yr_compile_unit(job->compile), &c->lint, job->diags, &file, &job->err);

	job->answer = file;
	return r < 0 || !yr_diags_errors(job->diags) ? r : -EBADMSG;
}

static int finish(void *ctx, struct yr_job *job)
{
	struct check *c = ctx;
	const char *why = NULL;
	bool empty = false;

	show(c, job->diags);
	if (job->err.code)
		complain(c, job->name, "unreadable", job->err.msg);
	c->errors += job->err.code != 0;
	c->status = yr_worse(c->status, yr_exit_status(job->result));
	if (!job->result)
		why = yr_job_emptiness(job, &empty);
	if (empty && c->format)
		c->format->say(job->name, "missing", why);
	if (empty)
		yr_job_refuse_empty(job, &c->status);
	c->errors += empty;
	if (job->answer)
		c->files[c->n_files++] = job->answer;
	else
		c->mistakes = true;
	return 0;
}

/* Where much was looked at, people want to know that it was, and where the end is. */
static void sum_up(const struct check *c, size_t files)
{
	AUTO_BUF struct yr_buf b = { 0 };

	if (c->format || files < 2 || (c->quiet && !c->errors))
		return;
	yr_buf_printf(&b, "%zu files checked: %u error%s", files, c->errors,
		      c->errors == 1 ? "" : "s");
	if (!c->quiet)
		yr_buf_printf(&b, ", %u warning%s", c->warnings, c->warnings == 1 ? "" : "s");
	if (!b.failed)
		yr_say("%s", b.data);
}

/* Names of the profiles in force, NULL at the end; they live in *ret_loaded. */
static const char **list_loaded(struct yr_profiles **ret_loaded, const struct yr_settings *s,
				struct yr_err *err)
{
	const char **names;

	if (yr_profiles_read(&s->host, ret_loaded, err) < 0)
		return NULL;
	names = calloc((*ret_loaded)->n + 1, sizeof(*names));
	for (size_t i = 0; names && i < (*ret_loaded)->n; i++)
		names[i] = (*ret_loaded)->at[i].name;
	if (!names)
		yr_err_set(err, ENOMEM, "out of memory");
	return names;
}

/* What only shows beside other files. */
static void check_set(struct check *c, const struct yr_common *common)
{
	struct yr_diags *diags = yr_settings_diags(&common->settings);
	struct yr_profiles *loaded = NULL;
	AUTO_FREE const char **known = NULL;
	struct yr_err err = { 0 };
	int r = diags ? 0 : yr_err_set(&err, ENOMEM, "out of memory");

	if (!r && c->loaded) {
		known = list_loaded(&loaded, &common->settings, &err);
		r = known ? 0 : -err.code;
	}
	if (!r)
		r = yr_lint_set(c->files, c->n_files, common->in.from_folder && !c->mistakes, known,
				diags, &err);
	if (r < 0) {
		complain(c, NULL, "unreadable", err.msg);
		c->status = yr_worse(c->status, YR_EXIT_SYSTEM);
	} else {
		show(c, diags);
		if (yr_diags_errors(diags))
			c->status = yr_worse(c->status, YR_EXIT_POLICY);
	}
	yr_profiles_free(loaded);
	yr_diags_free(diags);
}

/* The kernels of --for. */
static int open_kernels(struct check *c, const struct yr_settings *s, struct yr_err *err)
{
	char *rest, *name;
	int r;

	if (!c->kernel_names)
		return 0;
	c->names = strdup(c->kernel_names);
	if (!c->names)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (name = strtok_r(c->names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		struct yr_features *features = NULL;

		if (c->lint.n_kernels == KERNELS)
			return yr_err_set(err, EINVAL, "--for takes at most %d kernels", KERNELS);
		r = yr_features_open(s, name, &features, err);
		if (r < 0)
			return r;
		c->kernels[c->lint.n_kernels++] = (struct yr_lint_kernel){ name, features };
	}
	c->lint.kernels = c->kernels;
	return 0;
}

static void done(struct check *c)
{
	for (size_t i = 0; i < c->n_files; i++)
		yr_lint_file_free(c->files[i]);
	for (size_t i = 0; i < c->lint.n_kernels; i++)
		yr_features_free((struct yr_features *)c->kernels[i].features);
	free(c->files);
	free(c->names);
}

/* Work on what came in; the findings go out as they were asked for. */
static int check_all(struct check *c, struct yr_common *common)
{
	struct yr_err err = { 0 };
	struct yr_job_options opt = { .settings = &common->settings, .ask = ask, .ask_ctx = c };
	bool any_kernel = !common->settings.features_name;
	int r;

	/* A check asks what the policy says; which kernel can do it is another question. */
	if (any_kernel)
		common->settings.features_name = "everything";
	r = yr_settings_features(&common->settings, &err);
	if (!r)
		r = open_kernels(c, &common->settings, &err);
	c->files = calloc(common->in.n + 1, sizeof(*c->files));
	if (!r && !c->files)
		r = yr_err_set(&err, ENOMEM, "out of memory");
	if (r < 0) {
		complain(c, NULL, "unreadable", err.msg);
		return YR_EXIT_SYSTEM;
	}
	opt.compile = yr_common_compile(common);
	c->lint.policy.kernel = common->settings.features;
	c->lint.policy.override_abi = any_kernel ? common->settings.features : NULL;
	c->lint.policy.ns = common->settings.ns;
	yr_jobs_run(&common->in, &opt, common->jobs, finish, c);
	check_set(c, common);
	sum_up(c, common->in.n);
	return c->status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "json", no_argument, NULL, OPT_JSON },
		{ "sarif", no_argument, NULL, OPT_SARIF },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "container", no_argument, NULL, OPT_CONTAINER },
		{ "loaded", no_argument, NULL, OPT_LOADED },
		{ NULL, 0, NULL, 0 },
	};
	struct check check = { 0 };
	struct yr_common common;
	int status = yr_common_parse(&yr_cmd_check, argc, argv, ":" YR_COMMON_SHORT, options,
				     own_option, &check, &common);
	bool no_input = status == YR_EXIT_POLICY || status == YR_EXIT_SYSTEM;

	if (status < 0 && check.both_formats) {
		yr_common_done(&common);
		return yr_usage(&yr_cmd_check, "--json and --sarif exclude each other");
	}
	if (status >= 0 && !(check.format && no_input))
		return status;
	if (check.format)
		check.format->begin();
	if (no_input) {
		check.format->say(NULL, "missing", "nothing to check; standard error says why");
	} else {
		check.quiet = common.settings.quiet;
		status = check_all(&check, &common);
		done(&check);
		yr_common_done(&common);
	}
	if (check.format)
		status = yr_worse(status, check.format->end());
	return status;
}

const struct yr_cmd yr_cmd_check = {
	.name = "check",
	.args = "[OPTION...] [FILE|DIRECTORY...]",
	.summary = "report what is wrong in policy files; load nothing",
	.help = YR_COMMON_HELP
	"      --for KERNEL,...  what these kernels will not enforce: features files or names\n"
	"      --container       ask of every profile whether a container could leave it, not\n"
	"                        only of those without an attachment\n"
	"      --loaded          profiles that are in force count as there\n"
	"      --json            findings as a JSON array on standard output\n"
	"      --sarif           findings as a SARIF 2.1.0 log on standard output\n",
	.run = run,
};
