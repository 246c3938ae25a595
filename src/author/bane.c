/* SPDX-License-Identifier: Apache-2.0 */
/* From a description to a profile that is known to be one. */
#include "author/bane.h"

#include <errno.h>

#include "author/bane_parts.h"
#include "base/cleanup.h"
#include "base/diag.h"
#include "lang/lang.h"
#include "verdict/verdict.h"

/* Nothing in the description brought in another profile, or a rule of its own. */
static bool is_as_written(const struct yr_bane *b, const struct yr_bane_text *t,
			  const struct yr_unit *unit, size_t *ret_rules)
{
	const struct yr_profile *p = unit->n_profiles == 1 ? unit->profiles[0] : NULL;
	unsigned line, col, last = 0;

	*ret_rules = 0;
	if (!p || p->n_children || !yr_str_is(p->full_name, b->name))
		return false;
	for (size_t i = 0; i < p->n_rules; i++) {
		enum yr_bane_field f;

		if (p->rules[i]->loc.source != unit->sources[0])
			continue;
		yr_loc_position(&p->rules[i]->loc, &line, &col);
		f = yr_bane_line_at(t, line).field;
		if (f == YR_BANE_NAME || f == YR_BANE_IMPORTS || f == YR_BANE_INNER_IMPORTS)
			return false;
		/* One rule may come in parts. */
		*ret_rules += line != last;
		last = line;
	}
	return true;
}

/* Everything that check finds, and what is there is what was meant. */
static int examine(const struct yr_bane *b, const struct yr_learn_policy *how,
		   const struct yr_bane_text *t, struct yr_diags *found, size_t *ret_rules,
		   struct yr_err *err)
{
	struct yr_lint_options opt = { .policy = how->policy, .containers = YR_CONTAINERS_ALL };
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_lint_file *file = NULL;
	struct yr_unit *unit = NULL;
	int r = yr_lang_read_text(&arena, b->name, (struct yr_str){ t->text.data, t->text.len },
				  &how->lang, found, &unit, err);

	if (!r && unit && !yr_diags_errors(found))
		r = yr_lint(unit, &opt, found, &file, err);
	if (!r && unit && !yr_diags_errors(found) && !is_as_written(b, t, unit, ret_rules))
		yr_diag_plain(found, YR_ERROR, "unexpected",
			      "an entry would come out as more than one rule");
	yr_lint_file_free(file);
	return r;
}

/* The list of what is allowed may leave out what a container cannot do without. */
static void look_at_list(const struct yr_bane *b, struct yr_diags *diags)
{
	if (!b->of[YR_BANE_ALLOW_EXEC].n)
		yr_diag_plain(diags, YR_WARNING, "missing",
			      "no program can be executed: AllowExec has none");
	if (!b->of[YR_BANE_PROTOCOLS].n && !b->of[YR_BANE_RAW].truth &&
	    !b->of[YR_BANE_PACKET].truth)
		yr_diag_plain(diags, YR_WARNING, "missing",
			      "there is no network: Protocols has none");
}

static int write_text(const struct yr_bane *b, const struct yr_learn_policy *how, bool allow_list,
		      struct yr_bane_text *t, struct yr_err *err)
{
	AUTO_FREE bool *logged = NULL;
	int r = 0;

	if (allow_list) {
		logged = calloc(b->of[YR_BANE_WRITABLE].n + 1, sizeof(*logged));
		r = logged ? yr_bane_logged(b, how, logged, err) : -ENOMEM;
	}
	if (!r)
		yr_bane_put(b, logged, t);
	return t->text.failed || t->lines.failed ? -ENOMEM : r;
}

int yr_bane_make(const struct yr_bane *b, const struct yr_learn_policy *how, bool allow_list,
		 struct yr_diags *diags, struct yr_buf *ret, size_t *ret_rules, struct yr_err *err)
{
	struct yr_bane_text t = { .text = { 0 } };
	struct yr_diags *found = yr_diags_new();
	int r = found ? write_text(b, how, allow_list, &t, err) : -ENOMEM;

	if (!r)
		r = examine(b, how, &t, found, ret_rules, err);
	if (!r)
		yr_bane_retell(b, &t, b->name, found, diags);
	if (!r && !yr_diags_errors(found))
		r = yr_bane_ask(b, how, &t, allow_list, diags, err);
	if (!r && allow_list && !yr_diags_errors(found))
		look_at_list(b, diags);
	if (!r && (yr_diags_errors(found) || yr_diags_errors(diags)))
		r = -EBADMSG;
	yr_diags_sort(diags, b->source->name);
	if (!r)
		yr_buf_put(ret, t.text.data, t.text.len);
	if (r == -ENOMEM || ret->failed)
		r = yr_err_set(err, ENOMEM, "out of memory");
	yr_buf_done(&t.text);
	yr_buf_done(&t.lines);
	yr_diags_free(found);
	return r;
}
