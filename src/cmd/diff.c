/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/diff.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "verdict/fit.h"

/* Kernels of one --for; there are four shipped ones. */
#define KERNELS 32

enum { OLD, NEW };
enum { OPT_JSON = YR_OPT_OWN, OPT_FOR, OPT_LOADED, OPT_SUBSET, OPT_EQUAL };

struct diff {
	struct yr_common common;
	const char *profile, *kernel_names;
	bool json, loaded, subset, equal;
	const char *path[2]; /* [OLD] NULL: what the kernel has loaded */
	/* One kernel at a time. */
	struct yr_features *fitted; /* to an image, when the other side is text */
	struct yr_diff_source *old_ones, new_one;
	size_t n_old;
	struct yr_diff_pairs pairs;
	/* All of them. */
	json_t *answers;
	size_t differences;
	const char *example; /* of the first, in pairs */
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct diff *d = ctx;

	switch (opt) {
	case 'p':
		d->profile = arg;
		return true;
	case OPT_JSON:
		return d->json = true;
	case OPT_FOR:
		d->kernel_names = arg;
		return true;
	case OPT_LOADED:
		return d->loaded = true;
	case OPT_SUBSET:
		return d->subset = true;
	case OPT_EQUAL:
		return d->equal = true;
	default:
		return false;
	}
}

/* What a mistake in a text says is shown; warnings are check's. */
static int open_one(struct diff *d, const char *path, const char *profile,
		    const struct yr_features *kernel, bool any_kernel, struct yr_opened *ret)
{
	struct yr_opening how = {
		.path = path,
		.profile = profile,
		.common = &d->common,
		.kernel = kernel,
		.any_kernel = any_kernel,
		.may_lack = true,
	};
	int status = yr_open_policy(&how, ret);

	yr_diags_show(ret->diags, true);
	return status;
}

static int no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

/* ":ns:name" of a profile at the top. */
static int listed_name(const struct yr_compiled *c, char **ret)
{
	if (!c->ns) {
		*ret = strdup(c->name);
		return *ret ? 0 : -ENOMEM;
	}
	return asprintf(ret, ":%s:%s", c->ns, c->name) < 0 ? -ENOMEM : 0;
}

/* Whether @name, which may be NULL, is asked for that profile or one of its children. */
static bool is_wanted(const struct yr_policy *p, const struct yr_compiled *top, const char *name)
{
	if (strstr(top->name, "//"))
		return false; /* children come with their parent */
	for (size_t i = 0; name && i < p->n; i++)
		if (yr_diff_is_below(p->profiles[i].name, top->name) &&
		    yr_profile_is_called(&p->profiles[i], name, false))
			return true;
	return !name;
}

/* What the kernel has of the profiles that the text or image names. */
static int open_loaded(struct diff *d, const struct yr_features *kernel)
{
	const struct yr_policy *p = d->new_one.opened.policy;
	int status = YR_EXIT_OK;

	d->old_ones = calloc(p->n + 1, sizeof(*d->old_ones));
	if (!d->old_ones)
		return no_memory();
	for (size_t i = 0; i < p->n && status == YR_EXIT_OK; i++) {
		struct yr_diff_source *o = &d->old_ones[d->n_old];
		AUTO_FREE char *name = NULL;

		if (!is_wanted(p, &p->profiles[i], d->profile))
			continue;
		if (listed_name(&p->profiles[i], &name) < 0)
			return no_memory();
		d->n_old++;
		o->only = p->profiles[i].name;
		status = open_one(d, NULL, name, kernel, false, &o->opened);
	}
	return status;
}

/* Text is compiled for what the image beside it mediates. */
static int fit(struct diff *d, const struct yr_policy *image, const struct yr_features **kernel)
{
	struct yr_err err = { 0 };

	if (yr_features_fit(image, *kernel, &d->fitted, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	*kernel = d->fitted;
	return YR_EXIT_OK;
}

/*
 * The first that is opened may have to be opened again, when it is text and the second turns out to
 * be an image.
 */
static int open_both(struct diff *d, const struct yr_features *kernel, bool any_kernel)
{
	struct yr_opened *a, *b = &d->new_one.opened;
	int status;

	d->old_ones = calloc(1, sizeof(*d->old_ones));
	if (!d->old_ones)
		return no_memory();
	d->n_old = 1;
	a = &d->old_ones[0].opened;
	status = open_one(d, d->path[OLD], NULL, kernel, any_kernel, a);
	if (status == YR_EXIT_OK && any_kernel && !a->compile)
		status = fit(d, a->policy, &kernel);
	if (status == YR_EXIT_OK)
		status = open_one(d, d->path[NEW], NULL, kernel, any_kernel, b);
	if (status != YR_EXIT_OK || !any_kernel || !a->compile || b->compile)
		return status;
	status = fit(d, b->policy, &kernel);
	if (status != YR_EXIT_OK)
		return status;
	yr_opened_done(a);
	return open_one(d, d->path[OLD], NULL, kernel, any_kernel, a);
}

static void close_both(struct diff *d)
{
	yr_diff_pairs_done(&d->pairs);
	for (size_t i = 0; i < d->n_old; i++)
		yr_opened_done(&d->old_ones[i].opened);
	yr_opened_done(&d->new_one.opened);
	free(d->old_ones);
	d->old_ones = NULL;
	d->n_old = 0;
	d->fitted = yr_features_free(d->fitted);
}

static int compare(struct diff *d)
{
	int status = yr_diff_pair_up(d->old_ones, d->n_old, &d->new_one, d->profile, &d->pairs);

	for (size_t i = 0; i < d->pairs.n && status == YR_EXIT_OK; i++) {
		struct yr_diff_pair *p = &d->pairs.at[i];
		struct yr_err err = { 0 };

		if (!p->name[OLD] || !p->name[NEW])
			continue;
		if (yr_diff(&p->subject[OLD], &p->subject[NEW], &p->diff, &err) < 0) {
			yr_say("profile '%s': %s", p->name[NEW], err.msg);
			status = YR_EXIT_SYSTEM;
		}
	}
	return status;
}

static int show(struct diff *d, const char *kernel)
{
	for (size_t i = 0; i < d->pairs.n; i++) {
		const struct yr_diff_pair *p = &d->pairs.at[i];

		d->differences += yr_diff_count(p, d->subset);
		if (d->json)
			json_array_append_new(d->answers, yr_diff_json(p, kernel, d->subset));
		else if (!d->equal && !yr_diff_print(p, kernel, d->subset))
			return no_memory();
	}
	return YR_EXIT_OK;
}

static int of_kernel(struct diff *d, const char *name, const struct yr_features *kernel,
		     bool any_kernel)
{
	int status;

	if (d->loaded) {
		status = open_one(d, d->path[NEW], NULL, kernel, false, &d->new_one.opened);
		if (status == YR_EXIT_OK)
			status = open_loaded(d, kernel);
	} else {
		status = open_both(d, kernel, any_kernel);
	}
	if (status == YR_EXIT_OK)
		status = compare(d);
	if (status == YR_EXIT_OK)
		status = show(d, name);
	close_both(d);
	return status;
}

/* Those of --for; else of --features; else the running one's for loaded policy, or all at once. */
static int of_kernels(struct diff *d)
{
	struct yr_settings *s = &d->common.settings;
	bool any_kernel = !d->loaded && !s->features_name;
	int status = YR_EXIT_OK;
	struct yr_err err = { 0 };
	AUTO_FREE char *names = NULL;
	char *rest, *name;
	size_t n = 0;

	if (!d->kernel_names) {
		s->features_name = any_kernel ? "everything" : s->features_name;
		if (yr_settings_features(s, &err) < 0) {
			yr_say("%s", err.msg);
			return err.code == EINVAL ? YR_EXIT_USAGE : YR_EXIT_SYSTEM;
		}
		return of_kernel(d, NULL, s->features, any_kernel);
	}
	names = strdup(d->kernel_names);
	if (!names)
		return no_memory();
	for (name = strtok_r(names, ",", &rest); name && status == YR_EXIT_OK;
	     name = strtok_r(NULL, ",", &rest)) {
		struct yr_features *kernel = NULL;

		if (++n > KERNELS)
			return yr_usage(&yr_cmd_diff, "--for takes at most %d kernels", KERNELS);
		if (yr_features_open(s, name, &kernel, &err) < 0) {
			yr_say("%s", err.msg);
			return err.code == EINVAL ? YR_EXIT_USAGE : YR_EXIT_SYSTEM;
		}
		status = of_kernel(d, name, kernel, false);
		yr_features_free(kernel);
	}
	return n ? status : yr_usage(&yr_cmd_diff, "--for names no kernel");
}

static void conclude(const struct diff *d)
{
	const char *old_one = d->path[OLD] ? d->path[OLD] : "the loaded policy";

	if (d->differences)
		printf("%zu difference%s", d->differences, d->differences == 1 ? "" : "s");
	else
		fputs(d->subset ? "nothing more is allowed" : "equal", stdout);
	fputs(": ", stdout);
	yr_put(stdout, old_one);
	fputs(" -> ", stdout);
	yr_put(stdout, d->path[NEW]);
	putchar('\n');
}

static int answer(struct diff *d)
{
	int status;

	d->answers = d->json ? json_array() : NULL;
	status = of_kernels(d);
	if (d->json && status == YR_EXIT_OK) {
		json_t *all = json_pack("{s:b, s:O}", d->subset ? "subset" : "equal",
					!d->differences, "profiles", d->answers);

		status = yr_json_print(all, 2);
	} else if (status == YR_EXIT_OK) {
		conclude(d);
	}
	json_decref(d->answers);
	return status == YR_EXIT_OK && d->differences ? YR_EXIT_POLICY : status;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "profile", required_argument, NULL, 'p' },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "loaded", no_argument, NULL, OPT_LOADED },
		{ "subset", no_argument, NULL, OPT_SUBSET },
		{ "equal", no_argument, NULL, OPT_EQUAL },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct diff d = { .json = false };
	int status = yr_common_options(&yr_cmd_diff, argc, argv, ":p:" YR_COMMON_SHORT, options,
				       own_option, &d, &d.common);
	int n = argc - optind;

	if (status >= 0)
		return status;
	if (n != (d.loaded ? 1 : 2)) {
		status = yr_usage(&yr_cmd_diff, d.loaded ? "--loaded takes one FILE"
							 : "name two policies, the old one first");
	} else if (d.subset && d.equal) {
		status = yr_usage(&yr_cmd_diff, "--subset and --equal are two questions; ask one");
	} else {
		d.path[OLD] = d.loaded ? NULL : argv[optind];
		d.path[NEW] = argv[argc - 1];
		if (d.path[OLD] && !strcmp(d.path[OLD], "-") && !strcmp(d.path[NEW], "-"))
			status = yr_usage(&yr_cmd_diff, "standard input cannot be both policies");
		else if (d.kernel_names &&
			 (!strcmp(d.path[NEW], "-") || (d.path[OLD] && !strcmp(d.path[OLD], "-"))))
			status = yr_usage(&yr_cmd_diff,
					  "standard input is read once; --for needs files");
		else
			status = answer(&d);
	}
	yr_common_done(&d.common);
	return status;
}

const struct yr_cmd yr_cmd_diff = {
	.name = "diff",
	.args = "[OPTION...] OLD NEW | --loaded FILE",
	.summary = "tell what two policies decide differently",
	.help = "  -p, --profile NAME    compare this profile; otherwise all, by name\n"
		"      --loaded          compare what the kernel has loaded with FILE\n"
		"      --subset          only ask whether NEW allows anything that OLD does not\n"
		"      --equal           only ask whether they are equal: one line\n"
		"      --for KERNEL,...  compare what these kernels do: features files or names\n"
		"      --json            differences as JSON on standard output\n" YR_COMMON_HELP,
	.run = run,
};
