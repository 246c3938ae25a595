/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/query.h"

/* Kernels of one --for; there are four shipped ones. */
#define KERNELS 32

enum { OPT_JSON = YR_OPT_OWN, OPT_FOR, OPT_LOADED };

/* The profile as one kernel has it. */
struct asked {
	const char *name; /* of the kernel; NULL: without --for */
	struct yr_features *features;
	struct yr_opened opened;
	struct yr_subject subject;
	struct yr_fuller *fuller; /* NULL: no kernel does more, or it denies nothing */
};

struct query {
	struct yr_common common;
	const char *profile, *kernel_names;
	bool json, loaded;
	char *names; /* what asked[].name point into */
	struct asked asked[KERNELS];
	size_t n;
	json_t *answers;                /* of --json */
	struct yr_features *everything; /* NULL: that is what is asked */
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct query *q = ctx;

	switch (opt) {
	case 'p':
		q->profile = arg;
		return true;
	case OPT_JSON:
		q->json = true;
		return true;
	case OPT_FOR:
		q->kernel_names = arg;
		return true;
	case OPT_LOADED:
		q->loaded = true;
		return true;
	default:
		return false;
	}
}

/* Those of --for; else of --features; else the running one's for loaded policy, or all at once. */
static int open_kernels(struct query *q, struct yr_err *err)
{
	struct yr_settings *s = &q->common.settings;
	char *rest, *name;
	int r;

	if (!q->kernel_names) {
		if (!s->features_name && !q->loaded)
			s->features_name = "everything";
		r = yr_settings_features(s, err);
		q->n = !r;
		return r;
	}
	q->names = strdup(q->kernel_names);
	if (!q->names)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (name = strtok_r(q->names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
		if (q->n == KERNELS)
			return yr_err_set(err, EINVAL, "--for takes at most %d kernels", KERNELS);
		r = yr_features_open(s, name, &q->asked[q->n].features, err);
		if (r < 0)
			return r;
		q->asked[q->n++].name = name;
	}
	return q->n ? 0 : yr_err_set(err, EINVAL, "--for names no kernel");
}

static int open_all(struct query *q, const char *path, bool any_kernel)
{
	int status = YR_EXIT_OK;

	for (size_t i = 0; i < q->n && status == YR_EXIT_OK; i++) {
		struct asked *a = &q->asked[i];
		struct yr_opening how = {
			.path = path,
			.profile = q->profile,
			.common = &q->common,
			.kernel = a->features ? a->features : q->common.settings.features,
			.any_kernel = any_kernel,
		};

		status = yr_open_policy(&how, &a->opened);
		/* Warnings are check's: here somebody asks about something else. */
		yr_diags_show(a->opened.diags, true);
		if (status == YR_EXIT_OK)
			status = yr_pick_profile(&a->opened, q->profile, &a->subject);
	}
	if (status == YR_EXIT_OK && !q->json && !q->common.settings.quiet)
		yr_tell_mode(q->asked[0].subject.compiled);
	return status;
}

/* The kernel that knows everything, beside those that are asked. */
static int open_fuller(struct query *q, struct yr_err *err)
{
	int r = yr_features_open(&q->common.settings, "everything", &q->everything, err);

	for (size_t i = 0; i < q->n && !r; i++)
		r = yr_fuller_new(&q->asked[i].subject, q->everything, &q->asked[i].fuller, err);
	return r;
}

static void wrong_access(struct query *q, struct yr_str text, const struct yr_diags *diags)
{
	q->status = yr_worse(q->status, YR_EXIT_USAGE);
	if (!q->json) {
		yr_diags_show(diags, true);
		return;
	}
	if (text.len > YR_LIMIT_ACCESS_BYTES)
		text.len = YR_LIMIT_ACCESS_BYTES;
	json_array_append_new(q->answers,
			      json_pack("{s:o, s:o}", "access", yr_json_bytes(text.at, text.len),
					"errors", yr_diags_json(diags)));
}

static int show(struct query *q, const struct asked *a, const char *text,
		const struct yr_answer *answer, struct yr_err *err)
{
	bool good;

	if (!answer->allowed)
		q->status = yr_worse(q->status, YR_EXIT_POLICY);
	if (q->json)
		good = !json_array_append_new(q->answers,
					      yr_answer_json(text, a->name, &a->subject, answer));
	else
		good = yr_answer_print(text, a->name, answer);
	return good ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

/* One access, of one kernel; -EBADMSG: it is none, which has been said. */
static int ask_one(struct query *q, const struct asked *a, const char *name, struct yr_str text)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_request *request = NULL;
	struct yr_answer answer = { 0 };
	struct yr_err err = { 0 };
	int r;

	r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE)
		  : yr_err_set(&err, ENOMEM, "out of memory");
	if (!r)
		r = yr_request_new(&a->subject, name, text, diags, &request, &err);
	if (!r)
		r = yr_query(&a->subject, request, &answer, &err);
	if (!r && answer.allowed && answer.decided != YR_BY_UNCONFINED && a->fuller)
		r = yr_fuller_ask(a->fuller, text, &answer, &err);
	if (!r)
		r = show(q, a, yr_request_text(request), &answer, &err);
	if (r == -EBADMSG) {
		wrong_access(q, text, diags);
	} else if (r < 0) {
		yr_say("%s", err.msg);
		q->status = yr_worse(q->status, yr_exit_status(r));
	}
	yr_answer_done(&answer);
	yr_request_free(request);
	yr_diags_free(diags);
	return r;
}

static void ask(struct query *q, const char *name, struct yr_str text)
{
	for (size_t i = 0; i < q->n; i++)
		if (ask_one(q, &q->asked[i], name, text) < 0)
			return;
}

static void ask_arguments(struct query *q, char **args, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char name[32] = "access";

		if (n > 1)
			snprintf(name, sizeof(name), "access %zu", i + 1);
		ask(q, name, yr_str_of(args[i]));
	}
}

/* A line, as much of it as says that it is too long; false: there is none. */
static bool read_line(FILE *in, struct yr_buf *line)
{
	int c;

	line->len = 0;
	while ((c = getc_unlocked(in)) != EOF && c != '\n')
		if (line->len <= YR_LIMIT_ACCESS_BYTES)
			yr_buf_putc(line, (char)c);
	return (c != EOF || line->len) && !line->failed;
}

/* Nothing, or a remark. */
static bool is_blank(const struct yr_buf *line)
{
	size_t i = 0;

	while (i < line->len && strchr(" \t\r", line->data[i]) && line->data[i])
		i++;
	return i == line->len || line->data[i] == '#';
}

static void ask_lines(struct query *q)
{
	AUTO_BUF struct yr_buf line = { 0 };

	for (size_t n = 1; read_line(stdin, &line); n++) {
		char name[32];

		snprintf(name, sizeof(name), "line %zu", n);
		if (is_blank(&line))
			continue;
		ask(q, name, (struct yr_str){ line.data, line.len });
		fflush(stdout);
	}
	if (ferror(stdin) || line.failed) {
		yr_say(line.failed ? "out of memory" : "cannot read standard input");
		q->status = YR_EXIT_SYSTEM;
	}
}

static int answer_all(struct query *q, char **args, size_t n)
{
	const char *path = q->loaded ? NULL : *args++;
	bool any_kernel = !q->kernel_names && !q->common.settings.features_name && !q->loaded;
	struct yr_err err = { 0 };
	int status;

	n -= path != NULL;
	if (open_kernels(q, &err) < 0) {
		yr_say("%s", err.msg);
		return err.code == EINVAL ? YR_EXIT_USAGE : YR_EXIT_SYSTEM;
	}
	status = open_all(q, path, any_kernel);
	if (status == YR_EXIT_OK && !any_kernel && q->asked[0].opened.compile &&
	    open_fuller(q, &err) < 0) {
		yr_say("%s", err.msg);
		status = YR_EXIT_SYSTEM;
	}
	if (status != YR_EXIT_OK) {
		/* Who reads JSON gets some; why there is nothing in it was said. */
		if (q->json)
			puts("[]");
		return status;
	}
	q->answers = q->json ? json_array() : NULL;
	if (n)
		ask_arguments(q, args, n);
	else
		ask_lines(q);
	if (q->json) {
		q->status = yr_worse(q->status, yr_json_print(q->answers, 2));
		q->answers = NULL;
	}
	return q->status;
}

static void done(struct query *q)
{
	for (size_t i = 0; i < KERNELS; i++) {
		yr_fuller_free(q->asked[i].fuller);
		yr_opened_done(&q->asked[i].opened);
		yr_features_free(q->asked[i].features);
	}
	yr_features_free(q->everything);
	free(q->names);
	yr_common_done(&q->common);
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "profile", required_argument, NULL, 'p' },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "loaded", no_argument, NULL, OPT_LOADED },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct query q = { .status = YR_EXIT_OK };
	int status = yr_common_options(&yr_cmd_query, argc, argv, ":p:" YR_COMMON_SHORT, options,
				       own_option, &q, &q.common);
	size_t n = (size_t)(argc - optind);

	if (status >= 0)
		return status;
	if (q.loaded && !q.profile)
		status = yr_usage(&yr_cmd_query, "--loaded needs -p: the kernel has many profiles");
	else if (!q.loaded && !n)
		status = yr_usage(&yr_cmd_query, "which policy? Name a file, or ask for --loaded");
	else if (!q.loaded && n == 1 && !strcmp(argv[optind], "-"))
		status = yr_usage(&yr_cmd_query, "standard input cannot be both the policy and the "
						 "accesses: name the accesses");
	else
		status = answer_all(&q, argv + optind, n);
	done(&q);
	return status;
}

const struct yr_cmd yr_cmd_query = {
	.name = "query",
	.args = "[OPTION...] FILE|--loaded [ACCESS...]",
	.summary = "ask what a profile allows, and which rule says so",
	.help = "  -p, --profile NAME    ask this profile; otherwise the only one at the top\n"
		"      --loaded          ask what the kernel has loaded\n"
		"      --for KERNEL,...  ask what these kernels do: features files or names\n"
		"      --json            answers as a JSON array on standard "
		"output\n" YR_COMMON_HELP,
	.run = run,
};
