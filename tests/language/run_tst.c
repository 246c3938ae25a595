/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Upstream's parser suite against our compiler, for Linux 6.1: every case below a folder is read,
 * and our verdict compared with the one that the case's own comments expect.
 *
 *     run_tst [-v] [-q] FOLDER [CASE...]
 *
 * FOLDER holds simple_tests; cases are named relative to it. -v: list disagreements with
 * our first diagnostic; -q: no summary by folder. Exit status: the number of disagreements, at
 * most 1.
 */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "policy/policy.h"
#include "yoroi/compile.h"

struct tally {
	unsigned agree, refused, accepted, todo, disabled;
};

static struct tally total;
static struct yr_features *kernel;
static bool verbose, quiet;
static char **cases;
static size_t n_cases, cap_cases;

/* What the case's "#=" lines say, and its text without them. */
struct one_case {
	bool expect_fail, todo, disabled;
	struct yr_buf text;
};

static void read_directive(struct one_case *c, const char *line)
{
	if (!strncmp(line, "#=EXRESULT", 10) && strstr(line, "FAIL"))
		c->expect_fail = true;
	else if (!strncmp(line, "#=TODO", 6))
		c->todo = true;
	else if (!strncmp(line, "#=DISABLED", 10))
		c->disabled = true;
}

static int read_case(const char *path, struct one_case *c)
{
	AUTO_FCLOSE FILE *f = fopen(path, "re");
	AUTO_FREE char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (!f)
		return -errno;
	while ((n = getline(&line, &cap, f)) >= 0) {
		if (n >= 2 && line[0] == '#' && line[1] == '=')
			read_directive(c, line);
		else
			yr_buf_put(&c->text, line, (size_t)n);
	}
	return c->text.failed ? -ENOMEM : 0;
}

static void show(const char *path, bool expect_fail, const struct yr_diags *diags)
{
	const struct yr_diag *d = NULL;

	for (size_t i = 0; i < yr_diags_count(diags) && !d; i++)
		if (yr_diags_get(diags, i)->severity == YR_ERROR)
			d = yr_diags_get(diags, i);
	if (expect_fail || !d)
		printf("accepted %s\n", path);
	else
		printf("refused  %s: %u:%u: %s\n", path, d->line, d->col, d->text);
}

static void run_case(const char *path)
{
	const char *const dirs[] = { "simple_tests", NULL };
	const struct yr_compile_options opt = { .include_dirs = dirs, .kernel = kernel };
	struct one_case c = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_compile *compile = NULL;
	struct yr_err err = { 0 };
	bool failed;

	if (!diags || read_case(path, &c) < 0) {
		fprintf(stderr, "%s: cannot be read\n", path);
		exit(2);
	}
	failed = yr_compile_text(path, c.text.data ? c.text.data : "", c.text.len, &opt, diags,
				 &compile, &err) < 0 ||
		 yr_compile_check(compile, &err) < 0;
	yr_compile_free(compile);
	if (c.disabled) {
		total.disabled++;
	} else if (failed == c.expect_fail) {
		total.agree++;
	} else if (c.todo) {
		total.todo++;
	} else {
		*(failed ? &total.refused : &total.accepted) += 1;
		if (verbose)
			show(path, c.expect_fail, diags);
	}
	yr_diags_free(diags);
	yr_buf_done(&c.text);
}

static int add_case(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	size_t n = strlen(path);

	(void)st;
	(void)ftw;
	if (type != FTW_F || n < 3 || strcmp(path + n - 3, ".sd"))
		return 0;
	if (n_cases == cap_cases) {
		cap_cases = cap_cases ? cap_cases * 2 : 1024;
		cases = realloc(cases, cap_cases * sizeof(*cases));
		if (!cases)
			return -1;
	}
	cases[n_cases] = strdup(path);
	return cases[n_cases++] ? 0 : -1;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int main(int argc, char **argv)
{
	int opt;

	while ((opt = getopt(argc, argv, "vq")) > 0) {
		if (opt == 'v')
			verbose = true;
		else if (opt == 'q')
			quiet = true;
		else
			return 2;
	}
	if (yr_features_parse("6.1", yr_default_abi_text(), strlen(yr_default_abi_text()), &kernel,
			      NULL) < 0)
		return 2;
	if (optind == argc || chdir(argv[optind]) < 0) {
		fprintf(stderr, "usage: run_tst [-v] [-q] FOLDER [CASE...]\n");
		return 2;
	}
	for (int i = optind + 1; i < argc; i++)
		run_case(argv[i]);
	if (optind + 1 == argc) {
		if (nftw("simple_tests", add_case, 32, FTW_PHYS) != 0) {
			fprintf(stderr, "run_tst: no simple_tests here\n");
			return 2;
		}
		qsort(cases, n_cases, sizeof(*cases), by_name);
	}
	for (size_t i = 0; i < n_cases; i++) {
		run_case(cases[i]);
		free(cases[i]);
	}
	free(cases);
	if (!quiet)
		printf("%u agree, %u refused though good, %u accepted though bad, %u todo, %u "
		       "disabled\n",
		       total.agree, total.refused, total.accepted, total.todo, total.disabled);
	return total.refused + total.accepted ? 1 : 0;
}
