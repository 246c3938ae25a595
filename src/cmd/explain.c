/* SPDX-License-Identifier: Apache-2.0 */
/* Why was it refused, and what would have let it be? Of the denials in logs, or of an access. */
#include "cmd/explain.h"

#include <errno.h>
#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "cmd/log_read.h"

enum { OPT_JSON = YR_OPT_OWN, OPT_JOURNAL, OPT_LOADED, OPT_POLICY };

struct explain {
	struct yr_common common;
	char **paths; /* of --policy */
	size_t n_paths;
	const char *profile;
	bool json, journal, loaded, failed;
	struct yr_policies *policies;
	struct yr_denials *denials;
	struct yr_log_seen seen;
	unsigned left; /* rules that may still be compiled, of YR_LIMIT_MEND_RULES */
	json_t *out;
	int status;
};

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct explain *e = ctx;
	char **more;

	switch (opt) {
	case 'p':
		e->profile = arg;
		return true;
	case OPT_JSON:
		e->json = true;
		return true;
	case OPT_JOURNAL:
		e->journal = true;
		return true;
	case OPT_LOADED:
		e->loaded = true;
		return true;
	case OPT_POLICY:
		more = reallocarray(e->paths, e->n_paths + 1, sizeof(*more));
		e->failed |= !more;
		e->paths = more ? more : e->paths;
		if (more)
			e->paths[e->n_paths++] = (char *)arg;
		return true;
	default:
		return false;
	}
}

void yr_explained_done(struct yr_explained *x)
{
	yr_request_free(x->request);
	yr_answer_done(&x->answer);
	yr_arena_done(&x->arena);
	*x = (struct yr_explained){ .denial = NULL };
}

/* -EBADMSG: it is no access, and @diags says why. */
static int ask(struct yr_explained *x, const char *name, struct yr_str text,
	       struct yr_request **ret, struct yr_diags **ret_diags, struct yr_err *err)
{
	struct yr_diags *diags = yr_diags_new();
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	if (!r)
		r = yr_request_new(x->subject, name, text, diags, ret, err);
	if (ret_diags)
		*ret_diags = diags;
	else
		yr_diags_free(diags);
	return r;
}

/* Whether the rule helps, while there is time to find out. */
static int try_rule(struct explain *e, struct yr_explained *x, struct yr_err *err)
{
	struct yr_request *rule = NULL;
	bool allowed = false;
	int r;

	if (x->answer.allowed || !x->mend.rule || !x->subject->profile ||
	    (x->info && x->info->no_rule))
		return 0;
	if (e->left <= x->subject->profile->n_rules) {
		e->left = 0;
		return 0;
	}
	e->left -= (unsigned)x->subject->profile->n_rules + 1;
	r = ask(x, "rule", yr_str_of(x->mend.rule), &rule, NULL, err);
	if (!r)
		r = yr_query_with(x->subject, x->request, rule, &allowed, err);
	yr_request_free(rule);
	x->help = allowed ? YR_HELP_YES : YR_HELP_NO;
	/* What is no rule does not help; other failures are the machine's. */
	return r == -EBADMSG || r == -E2BIG ? 0 : r;
}

static int answer(struct explain *e, struct yr_explained *x, struct yr_err *err)
{
	struct yr_subject s = *x->subject;
	int r;

	s.nearest_left = &e->left;
	r = yr_query(&s, x->request, &x->answer, err);

	/* Too large to be asked: the rest is told all the same. */
	if (r < 0)
		return r == -E2BIG ? 0 : r;
	x->answered = true;
	return try_rule(e, x, err);
}

static bool has_flag(const struct yr_explained *x)
{
	const struct yr_flags *f = x->subject ? x->subject->compiled->flags : NULL;

	return f && x->mend.flag && !strcmp(x->mend.flag, "attach_disconnected") &&
	       f->attach_disconnected;
}

static int explain(struct explain *e, const struct yr_denial *d, struct yr_explained *x,
		   struct yr_err *err)
{
	const struct yr_log_event *ev = &d->event;
	struct yr_str profile = { ev->text[YR_LOG_PROFILE].at, ev->text[YR_LOG_PROFILE].len };
	struct yr_str ns = { ev->text[YR_LOG_NAMESPACE].at, ev->text[YR_LOG_NAMESPACE].len };
	struct yr_str comm = { ev->text[YR_LOG_COMM].at, ev->text[YR_LOG_COMM].len };
	int r = 0;

	x->denial = d;
	x->event = ev;
	x->what = yr_denial_words(&x->arena, ev);
	if (!x->what || yr_mend(&x->arena, ev, &x->mend) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	x->info = yr_info_find(
		(struct yr_str){ ev->text[YR_LOG_INFO].at, ev->text[YR_LOG_INFO].len });
	x->subject = yr_policies_find(e->policies, ns, profile, &x->no_policy);
	if (has_flag(x))
		x->mend.flag = NULL;
	if (ev->has >> YR_LOG_PID & 1 && ev->number[YR_LOG_PID] <= INT_MAX && !ns.len)
		x->in_container =
			yr_container_of(&e->common.settings.host, (pid_t)ev->number[YR_LOG_PID],
					comm, profile, &x->container);
	if (x->subject && x->mend.access)
		r = ask(x, "record", yr_str_of(x->mend.access), &x->request, NULL, err);
	/* The language has no words for it: it is told without an answer. */
	if (r == -EBADMSG)
		return 0;
	return !r && x->request ? answer(e, x, err) : r;
}

static bool same_bytes(struct yr_log_bytes a, struct yr_log_bytes b)
{
	return a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static bool same_profile(const struct yr_denial *a, const struct yr_denial *b)
{
	return same_bytes(a->event.text[YR_LOG_PROFILE], b->event.text[YR_LOG_PROFILE]) &&
	       same_bytes(a->event.text[YR_LOG_NAMESPACE], b->event.text[YR_LOG_NAMESPACE]);
}

static struct yr_explain_group group_of(struct yr_denial **all, size_t n)
{
	struct yr_explain_group g = { 0 };

	for (size_t i = 0; i < n && same_profile(all[0], all[i]); i++) {
		g.denials++;
		g.records += all[i]->count;
	}
	return g;
}

/* -ENOMEM and the machine's failures. */
static int tell(struct explain *e, struct yr_denial **all, size_t n, size_t i, struct yr_err *err)
{
	struct yr_explained x = { .denial = NULL };
	int r = explain(e, all[i], &x, err);
	bool good = true;

	if (!r && e->json) {
		good = !json_array_append_new(e->out, yr_explain_json(&x));
	} else if (!r) {
		if (!i || !same_profile(all[i - 1], all[i])) {
			struct yr_explain_group g = group_of(all + i, n - i);

			good = yr_explain_print_head(&x, &g);
		}
		good = good && yr_explain_print(&x);
		if (i + 1 == n || !same_profile(all[i], all[i + 1]))
			putchar('\n');
	}
	yr_explained_done(&x);
	return r < 0 || good ? r : yr_err_set(err, ENOMEM, "out of memory");
}

static void print_json(struct explain *e, json_t *whole)
{
	e->status = yr_worse(e->status, yr_json_print(whole, 2));
}

static void tell_all(struct explain *e, const struct yr_log_counts *counts)
{
	const struct yr_denial_counts *d = yr_denials_counts(e->denials);
	struct yr_denial **all = yr_denials_sorted(e->denials);
	struct yr_err err = { 0 };
	int r = all ? 0 : yr_err_set(&err, ENOMEM, "out of memory");

	for (size_t i = 0; !r && i < d->distinct && !ferror(stdout); i++)
		r = tell(e, all, d->distinct, i, &err);
	if (r < 0) {
		yr_say("%s", err.msg);
		e->status = YR_EXIT_SYSTEM;
	}
	if (e->json)
		print_json(e, json_pack("{s:O, s:o}", "denials", e->out, "summary",
					yr_explain_summary_json(counts, d)));
	else
		yr_explain_print_summary(counts, d);
	if (!e->left && !e->common.settings.quiet)
		yr_say("so many denials take too long: of the last ones nearest rules are not "
		       "told, "
		       "and rules not tried");
}

static int take(void *ctx, const struct yr_log_event *ev)
{
	struct explain *e = ctx;

	if (e->journal && yr_log_was_seen(&e->seen, ev))
		return 0;
	return yr_denials_add(e->denials, ev) ? 0 : -ENOMEM;
}

static void explain_logs(struct explain *e, char **args)
{
	static char *const input[] = { (char *)"-", NULL };
	struct yr_log *log = yr_log_new();

	e->denials = yr_denials_new(YR_LIMIT_DENIALS, YR_LIMIT_DENIAL_BYTES);
	if (!log || !e->denials) {
		yr_say("out of memory");
		e->status = YR_EXIT_SYSTEM;
	} else {
		if (e->journal)
			e->status = yr_worse(e->status, yr_log_read_journal(log, take, e));
		for (char *const *p = *args ? args : input; *p && !e->journal; p++)
			e->status = yr_worse(e->status, yr_log_read_path(log, *p, take, e));
		tell_all(e, yr_log_counts(log));
		if (!e->json)
			yr_log_say_counts(yr_log_counts(log));
	}
	yr_log_free(log);
	yr_denials_free(e->denials);
}

static void wrong_access(struct explain *e, const char *text, const struct yr_diags *diags)
{
	e->status = yr_worse(e->status, YR_EXIT_USAGE);
	if (e->json)
		json_array_append_new(e->out, json_pack("{s:o, s:o}", "access", yr_json_text(text),
							"errors", yr_diags_json(diags)));
	else
		yr_diags_show(diags, true);
}

/* Somebody thinks of an access; -EBADMSG: it is none. */
static int explain_access(struct explain *e, const struct yr_subject *s, const char *name,
			  const char *text, struct yr_err *err)
{
	struct yr_explained x = { .subject = s };
	struct yr_diags *diags = NULL;
	struct yr_log_event ev;
	bool good = true;
	int r = ask(&x, name, yr_str_of(text), &x.request, &diags, err);

	if (!r) {
		x.event = &ev;
		r = yr_mend_access(&x.arena, yr_request_text(x.request), yr_request_rule(x.request),
				   &ev, &x.mend);
	}
	if (!r)
		x.what = yr_denial_words(&x.arena, &ev);
	if (!r)
		r = x.what ? answer(e, &x, err) : -ENOMEM;
	if (!r && !x.answered)
		r = yr_err_set(err, E2BIG, "the profile is too large to be asked");
	if (!r && e->json)
		good = !json_array_append_new(e->out, yr_explain_json(&x));
	else if (!r)
		good = yr_explain_print(&x);
	if (r == -EBADMSG)
		wrong_access(e, text, diags);
	yr_diags_free(diags);
	yr_explained_done(&x);
	return good ? r : -ENOMEM;
}

static void explain_accesses(struct explain *e, char **args, size_t n)
{
	const char *why;
	const struct yr_subject *s =
		yr_policies_find(e->policies, YR_STR(""), yr_str_of(e->profile), &why);

	if (!s) {
		yr_say("profile '%s': %s", e->profile, why);
		e->status = YR_EXIT_USAGE;
		return;
	}
	for (size_t i = 0; i < n; i++) {
		char name[32] = "access";
		struct yr_err err = { 0 };
		int r;

		if (n > 1)
			snprintf(name, sizeof(name), "access %zu", i + 1);
		r = explain_access(e, s, name, args[i], &err);
		if (r < 0 && r != -EBADMSG) {
			yr_say("%s", err.code ? err.msg : "out of memory");
			e->status = YR_EXIT_SYSTEM;
		}
	}
	if (e->json)
		print_json(e, json_pack("{s:O}", "denials", e->out));
}

static void explain_it(struct explain *e, char **args, size_t n)
{
	struct yr_settings *s = &e->common.settings;
	struct yr_err err = { 0 };

	if (!s->features_name && !e->loaded)
		s->features_name = "everything";
	if (yr_settings_features(s, &err) < 0) {
		yr_say("%s", err.msg);
		e->status = YR_EXIT_SYSTEM;
		return;
	}
	e->status = yr_policies_open(&e->common, e->loaded, e->paths, e->n_paths, &e->policies);
	if (e->status != YR_EXIT_OK)
		return;
	e->out = e->json ? json_array() : NULL;
	if (e->profile)
		explain_accesses(e, args, n);
	else
		explain_logs(e, args);
	json_decref(e->out);
}

static int check_usage(const struct explain *e, size_t n)
{
	const struct yr_cmd *cmd = &yr_cmd_explain;

	if (e->loaded && e->n_paths)
		return yr_usage(cmd, "'--loaded' and '--policy' are two places for policy");
	if (e->journal && (e->profile || n))
		return yr_usage(cmd, "'--journal' takes no logs and no accesses beside it");
	if (e->profile && !n)
		return yr_usage(cmd, "'-p' goes with accesses such as '/etc/passwd w,'");
	return -1;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "profile", required_argument, NULL, 'p' },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "loaded", no_argument, NULL, OPT_LOADED },
		{ "journal", no_argument, NULL, OPT_JOURNAL },
		{ "json", no_argument, NULL, OPT_JSON },
		{ NULL, 0, NULL, 0 },
	};
	struct explain e = { .status = YR_EXIT_OK, .left = YR_LIMIT_MEND_RULES };
	int status = yr_common_options(&yr_cmd_explain, argc, argv, ":p:" YR_COMMON_SHORT, options,
				       own_option, &e, &e.common);
	size_t n = (size_t)(argc - optind);

	if (status < 0) {
		status = check_usage(&e, n);
		if (e.failed) {
			yr_say("out of memory");
			status = YR_EXIT_SYSTEM;
		}
		if (status < 0) {
			explain_it(&e, argv + optind, n);
			status = e.status;
		}
		yr_policies_free(e.policies);
		yr_common_done(&e.common);
	}
	free(e.paths);
	return status;
}

const struct yr_cmd yr_cmd_explain = {
	.name = "explain",
	.args = "[OPTION...] [LOG...] | -p PROFILE ACCESS...",
	.summary = "tell what the denials in logs mean, and which rules would help",
	.help = "      --policy PATH     look for the profiles in this file or folder; may be "
		"repeated;\n"
		"                        otherwise in /etc/apparmor.d\n"
		"      --loaded          look at what the kernel has loaded\n"
		"      --journal         ask the journal, of this boot, instead of files\n"
		"  -p, --profile NAME    not of a log: of accesses to this profile\n"
		"      --json            one JSON object on standard output\n" YR_COMMON_HELP
		"Without a log, and for '-', standard input is read.\n",
	.run = run,
};
