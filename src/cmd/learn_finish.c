/* SPDX-License-Identifier: Apache-2.0 */
/* From what was seen to a profile that is proved, written and told about. */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/learn.h"

static int failed(int r, const struct yr_err *err)
{
	yr_say("%s", err->code ? err->msg : "out of memory");
	return r == -EINVAL || r == -ENOTSUP || r == -E2BIG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

int yr_learn_read_old(struct yr_learn_command *x)
{
	struct yr_err err = { 0 };

	if (!x->merge)
		return YR_EXIT_OK;
	if (!realpath(x->merge, x->real) || stat(x->real, &x->was) < 0) {
		yr_say("open '%s': %s", x->merge, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	if (yr_read_all(x->real, YR_LIMIT_SOURCE_BYTES, &x->old, &x->old_len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	x->policy.name = x->merge;
	x->policy.text = (struct yr_str){ x->old, x->old_len };
	return YR_EXIT_OK;
}

/* One rule that somebody typed. */
static bool is_rule(void *ctx, const char *rule)
{
	struct yr_learn_command *x = ctx;
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	bool good = false;

	/* Nothing that closes the profile and goes on behind it. */
	yr_buf_printf(&b, "include <tunables/global>\nprofile x {\n%s\n}\n", rule);
	if (diags && !b.failed && !yr_diags_set_warning(diags, "all", YR_WARN_HIDE))
		good = !yr_lang_read_text(&arena, "the rule", (struct yr_str){ b.data, b.len },
					  &x->policy.lang, diags, &unit, &err) &&
		       !yr_diags_errors(diags) && unit && unit->n_profiles == 1 &&
		       !unit->profiles[0]->n_children && unit->profiles[0]->n_rules;
	if (!good)
		yr_diags_show(diags, true);
	yr_diags_free(diags);
	return good;
}

static bool asks(const struct yr_learn_command *x)
{
	return !x->yes && !x->json && isatty(STDIN_FILENO) && isatty(STDERR_FILENO);
}

static bool ask(struct yr_learn_command *x,
		bool (*questions)(struct yr_learn_dialog *, struct yr_learn *),
		struct yr_learn_dialog *d)
{
	if (!asks(x) || questions(d, x->learned))
		return true;
	yr_say("stopped: nothing was written");
	return false;
}

static int write_it(struct yr_learn_command *x, const struct yr_buf *text)
{
	struct yr_err err = { 0 };
	int r;

	if (x->merge && !x->out)
		r = yr_replace_file(x->real, &x->was, text->data, text->len, &err);
	else
		r = yr_write_file(x->out ? x->out : "-", text->data, text->len, &err);
	if (!r)
		return YR_EXIT_OK;
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

static bool to_stdout(const struct yr_learn_command *x)
{
	return x->out ? !strcmp(x->out, "-") : !x->merge && !x->json;
}

static int tell(struct yr_learn_command *x, struct yr_learn_told *t)
{
	struct yr_str text = yr_str_of(t->text);
	json_t *all = x->json && x->merge ? json_array() : NULL;
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK, r = 0;

	if (x->merge && t->proof && (x->json || !to_stdout(x)))
		r = yr_learn_show_diff(x->learned, &x->policy, text, all, &err);
	t->diff = all;
	if (x->json)
		status = yr_json_print(yr_learn_json(t), 2);
	else
		yr_learn_report(to_stdout(x) ? stderr : stdout, t);
	json_decref(all);
	return r < 0 ? yr_worse(status, failed(r, &err)) : status;
}

/* Prove, write if it holds, and tell. */
static int conclude(struct yr_learn_command *x, const struct yr_log *log, const struct yr_buf *text)
{
	struct yr_diags *diags = yr_settings_diags(&x->common.settings);
	struct yr_learn_proof proof = { .holds = false };
	struct yr_learn_told told = { .l = x->learned,
				      .lines = yr_log_counts(log),
				      .ran = x->wish.what ? &x->ran : NULL };
	struct yr_str all = { text->data, text->len };
	struct yr_err err = { 0 };
	int r = -ENOMEM, status;

	told.text = text->data;
	if (diags)
		r = yr_learn_prove(x->learned, &x->policy, all, diags, &proof, &err);
	yr_diags_show(diags, x->common.settings.quiet);
	/* What an exercise did not come to, nobody has seen. */
	status = !r && proof.holds && !x->ran.exercise_failed ? YR_EXIT_OK : YR_EXIT_POLICY;
	if (r < 0 && r != -EBADMSG)
		status = failed(r, &err);
	told.proof = r ? NULL : &proof;
	/* With --json and no file the text is in the object alone. */
	if ((status == YR_EXIT_OK || (status == YR_EXIT_POLICY && x->force)) &&
	    (x->out || x->merge || to_stdout(x))) {
		int wrote = write_it(x, text);

		status = yr_worse(status, wrote);
		if (!wrote)
			told.path = x->out ? x->out : x->merge ? x->merge : "-";
	}
	status = yr_worse(status, tell(x, &told));
	yr_learn_proof_done(&proof);
	yr_diags_free(diags);
	return status;
}

static int nothing(struct yr_learn_command *x, const struct yr_log *log)
{
	struct yr_learn_told told = { .l = x->learned,
				      .lines = yr_log_counts(log),
				      .ran = x->wish.what ? &x->ran : NULL };

	if (x->json)
		return yr_worse(YR_EXIT_POLICY, yr_json_print(yr_learn_json(&told), 2));
	yr_learn_report(stderr, &told);
	return YR_EXIT_POLICY;
}

/* As engines' own profiles have them, and the one of the run had. */
static void set_container_flags(struct yr_learn *l)
{
	for (size_t i = 0; i < l->n_profiles; i++)
		l->profiles[i]->disconnected = l->profiles[i]->deleted = true;
}

int yr_learn_finish(struct yr_learn_command *x, const struct yr_log *log)
{
	struct yr_learn_dialog d = { .in = stdin, .out = stderr, .is_rule = is_rule, .ctx = x };
	struct yr_diags *diags = yr_settings_diags(&x->common.settings);
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK, r = diags ? yr_learn_programs(x->learned) : -ENOMEM;

	if (!r && !ask(x, yr_learn_ask_programs, &d))
		status = YR_EXIT_POLICY;
	if (!r && !status)
		r = yr_learn_settle(x->learned);
	if (!r && !status && !x->learned->n_profiles)
		status = nothing(x, log);
	if (!r && !status && x->wish.what > YR_LEARN_COMMAND)
		set_container_flags(x->learned);
	if (!r && !status)
		r = yr_learn_make(x->learned, &x->policy, diags, &err);
	if (!r && !status && !ask(x, yr_learn_ask_rules, &d))
		status = YR_EXIT_POLICY;
	if (!r && !status)
		r = yr_learn_text(x->learned, &x->policy, x->evidence, diags, &text, &err);
	if (r == -EBADMSG) {
		yr_diags_show(diags, true);
		yr_say("%s has mistakes: nothing was written", x->merge ? x->merge : "the result");
		status = YR_EXIT_POLICY;
	} else if (r < 0) {
		status = failed(r, &err);
	}
	yr_diags_free(diags);
	return r < 0 || status ? status : conclude(x, log, &text);
}
