/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/test.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_FOR, OPT_JUNIT, OPT_INCLUDES, OPT_COVERAGE_MIN };

struct test {
	struct yr_common common;
	struct yr_test_run run;
	const char *kernel_names, *coverage_min;
	bool includes;
	unsigned percent; /* of --coverage-min */
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct test *t = ctx;

	switch (opt) {
	case OPT_JSON:
		t->run.report.is_json = true;
		return true;
	case OPT_FOR:
		t->kernel_names = arg;
		return true;
	case OPT_JUNIT:
		t->run.report.junit = arg;
		return true;
	case OPT_INCLUDES:
		t->includes = true;
		return true;
	case OPT_COVERAGE_MIN:
		t->coverage_min = arg;
		return true;
	default:
		return false;
	}
}

static int add_kernel(struct test *t, const char *name, const char *path, bool any,
		      struct yr_err *err)
{
	struct yr_test_run *run = &t->run;

	if (run->n_kernels == YR_LIMIT_TEST_KERNELS)
		return yr_err_set(err, EINVAL, "--for takes at most %d kernels",
				  YR_LIMIT_TEST_KERNELS);
	return yr_test_kernel(&run->policies, name, path, any, &run->kernels[run->n_kernels++],
			      err);
}

/* Those of --for; else of --features; else all at once, and those that the files name. */
static int open_kernels(struct test *t, struct yr_err *err)
{
	const char *one = t->common.settings.features_name;
	AUTO_FREE char *names = NULL;
	char *rest, *name;
	int r = 0;

	t->run.kernels_given = t->kernel_names || one;
	if (!t->kernel_names)
		return add_kernel(t, NULL, one ? one : "everything", !one, err);
	names = strdup(t->kernel_names);
	if (!names)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (name = strtok_r(names, ",", &rest); name && !r; name = strtok_r(NULL, ",", &rest))
		r = add_kernel(t, name, name, false, err);
	return r || t->run.n_kernels ? r : yr_err_set(err, EINVAL, "--for names no kernel");
}

/* Whether as many rules were tested as are to be. */
static void judge_coverage(struct test *t, const struct yr_tested *tested)
{
	size_t n = yr_tested_count(tested);
	bool image = yr_test_any_image(&t->run.policies);
	bool good = !image && n * 100 >= (size_t)t->percent * tested->n;
	struct yr_test_case c = { .result = good ? YR_TEST_PASSED : YR_TEST_FAILED };
	AUTO_FREE char *text = NULL, *why = NULL;

	if (asprintf(&text, "coverage is at least %u%%", t->percent) < 0 ||
	    asprintf(&why, "%zu of %zu rules are tested, %zu%%", n, tested->n,
		     tested->n ? n * 100 / tested->n : 100) < 0) {
		t->run.report.failed = true;
		return;
	}
	c.text = yr_str_of(text);
	c.why = image ? "of an image no rules are known" : why;
	if (!good)
		t->run.status = yr_worse(t->run.status, YR_EXIT_POLICY);
	yr_report_file(&t->run.report, "coverage");
	yr_report_case(&t->run.report, &c);
}

static void cover(struct test *t)
{
	struct yr_tested tested = { 0 };

	if (!yr_test_tested(&t->run.policies, t->includes, &tested))
		t->run.report.failed = true;
	yr_report_coverage(&t->run.report, &tested);
	if (t->coverage_min)
		judge_coverage(t, &tested);
	yr_tested_done(&tested);
}

static int test_all(struct test *t, char **paths, size_t n)
{
	struct yr_test_run *run = &t->run;
	struct yr_err err = { 0 };

	run->policies.common = &t->common;
	run->nearest_left = YR_LIMIT_TEST_NEAREST;
	if (open_kernels(t, &err) < 0) {
		yr_say("%s", err.msg);
		return err.code == EINVAL ? YR_EXIT_USAGE : YR_EXIT_SYSTEM;
	}
	yr_report_begin(&run->report);
	for (size_t i = 0; i < n && !run->report.failed; i++)
		yr_test_file(run, paths[i]);
	cover(t);
	return yr_worse(run->status, yr_report_end(&run->report));
}

static bool parse_percent(const char *text, unsigned *ret)
{
	size_t len = strspn(text, "0123456789");

	if (!len || len > 3 || text[len])
		return false;
	*ret = (unsigned)strtoul(text, NULL, 10);
	return *ret <= 100;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "Include", required_argument, NULL, 'I' },
		{ "base", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ "features", required_argument, NULL, YR_OPT_FEATURES },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "json", no_argument, NULL, OPT_JSON },
		{ "junit", required_argument, NULL, OPT_JUNIT },
		{ "includes", no_argument, NULL, OPT_INCLUDES },
		{ "coverage-min", required_argument, NULL, OPT_COVERAGE_MIN },
		{ NULL, 0, NULL, 0 },
	};
	struct test *t = calloc(1, sizeof(*t));
	int status;

	if (!t) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	status = yr_common_options(&yr_cmd_test, argc, argv, ":" YR_COMMON_SHORT, options,
				   own_option, t, &t->common);
	if (status >= 0) {
		free(t);
		return status;
	}
	if (optind == argc)
		status = yr_usage(&yr_cmd_test, "which expectations? Name a file of them");
	else if (t->kernel_names && t->common.settings.features_name)
		status = yr_usage(&yr_cmd_test, "--for and --features both name the kernel");
	else if (t->coverage_min && !parse_percent(t->coverage_min, &t->percent))
		status = yr_usage(&yr_cmd_test, "'%s' is no percentage", t->coverage_min);
	else if (t->run.report.junit && !strcmp(t->run.report.junit, "-"))
		status = yr_usage(&yr_cmd_test, "--junit needs a file: standard output is taken");
	else
		status = test_all(t, argv + optind, (size_t)(argc - optind));
	yr_test_policies_done(&t->run.policies);
	yr_common_done(&t->common);
	free(t);
	return status;
}

const struct yr_cmd yr_cmd_test = {
	.name = "test",
	.args = "[OPTION...] FILE.aatest...",
	.summary = "compare what profiles allow with what is expected of them",
	.help = "  -I, --Include DIR     look for <includes> there first; may be repeated\n"
		"  -b, --base DIR        look for includes there instead of /etc/apparmor.d\n"
		"      --for KERNEL,...  ask what these kernels do: features files or names,\n"
		"                        in place of those that the files name\n"
		"      --features FILE   the same for one kernel, which is not named in the "
		"output\n"
		"      --includes        count the rules out of includes, too\n"
		"      --coverage-min N  fail when less than N percent of the rules are tested\n"
		"      --json            the results as a JSON object instead of TAP\n"
		"      --junit FILE      write them as JUnit's XML, too\n",
	.run = run,
};
