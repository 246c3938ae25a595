/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields that leave no rule behind, so that nothing is found about them: what the profile says to
 * that which they are about.
 */
#include <errno.h>

#include "author/bane_parts.h"
#include "author/learn_parts.h"
#include "base/diag.h"
#include "lang/lang.h"

struct asking {
	const struct yr_bane *b;
	const struct yr_bane_text *text;
	struct yr_learn_asked asked;
	struct yr_subject subject;
	struct yr_diags *diags;
	struct yr_err *err;
};

/* Who decided, when the description has a line for that. */
static void put_decider(struct asking *a, const struct yr_answer *answer, const char *name)
{
	const struct yr_rule *rule = answer->rules.n ? answer->rules.at[0] : NULL;
	struct yr_loc loc;
	unsigned line, col;

	if (!rule || rule->loc.source != a->asked.unit->sources[0])
		return;
	yr_loc_position(&rule->loc, &line, &col);
	loc = yr_bane_place(a->b, yr_bane_line_at(a->text, line));
	if (loc.source)
		yr_complain(a->diags, &loc, YR_NOTE, name, "decided here");
}

/* With Deny, bane writes nothing of Allow. */
static int ask_capability(struct asking *a, const struct yr_bane_entry *e)
{
	struct yr_answer answer = { 0 };
	char access[64];
	int r = -EBADMSG;

	if (e->text.len < 32) {
		snprintf(access, sizeof(access), "capability %.*s,", YR_STR_ARG(e->text));
		r = yr_learn_ask(&a->subject, access, &answer, a->err);
	}
	if (r == -EBADMSG) {
		yr_complain(a->diags, &e->loc, YR_ERROR, "bad-word",
			    "no capability is called '%.*s'", YR_STR_ARG(e->text));
		r = 0;
	} else if (r > 0) {
		yr_complain(a->diags, &e->loc, YR_WARNING, "redundant",
			    "Allow is not looked at where Deny has entries: every other capability "
			    "is allowed");
		r = 0;
	} else if (!r) {
		yr_complain(a->diags, &e->loc, YR_WARNING, "never-applies",
			    "this capability is allowed and denied: denied");
		put_decider(a, &answer, "never-applies");
	}
	yr_answer_done(&answer);
	return r;
}

/* Raw = true and Packet = true take a denial away, and allow nothing. */
static int ask_kind(struct asking *a, enum yr_bane_field f, const char *access)
{
	const struct yr_bane_values *v = &a->b->of[f];
	struct yr_answer answer = { 0 };
	int r;

	if (!v->truth)
		return 0;
	r = yr_learn_ask(&a->subject, access, &answer, a->err);
	yr_answer_done(&answer);
	if (!r) {
		yr_complain(a->diags, &v->loc, YR_WARNING, "never-applies",
			    "%s = true allows nothing: Protocols says what may be used, and has "
			    "nothing that needs such a socket",
			    yr_bane_field_name(f));
		if (a->b->of[YR_BANE_PROTOCOLS].loc.source)
			yr_complain(a->diags, &a->b->of[YR_BANE_PROTOCOLS].loc, YR_NOTE,
				    "never-applies", "here");
	}
	return r < 0 ? r : 0;
}

static int ask_all(struct asking *a, bool allow_list)
{
	const struct yr_bane_values *allow = &a->b->of[YR_BANE_CAP_ALLOW];
	int r = ask_kind(a, YR_BANE_RAW, "network inet raw,");

	if (!r)
		r = ask_kind(a, YR_BANE_PACKET, "network packet raw,");
	for (size_t i = 0; i < allow->n && !r && !allow_list && a->b->of[YR_BANE_CAP_DENY].n; i++)
		r = ask_capability(a, &allow->at[i]);
	return r;
}

int yr_bane_ask(const struct yr_bane *b, const struct yr_learn_policy *how,
		const struct yr_bane_text *t, bool allow_list, struct yr_diags *diags,
		struct yr_err *err)
{
	struct asking a = { .b = b, .text = t, .diags = diags, .err = err };
	struct yr_diags *quiet = yr_diags_new();
	int r = quiet ? yr_learn_compile(how, b->name, (struct yr_str){ t->text.data, t->text.len },
					 true, quiet, &a.asked, err)
		      : -ENOMEM;

	if (!r && !yr_learn_subject(&a.asked, how, b->name, &a.subject))
		r = -EBADMSG;
	if (!r)
		r = ask_all(&a, allow_list);
	if (r == -EBADMSG)
		r = yr_err_set(err, EINVAL, "the profile cannot be asked");
	yr_learn_asked_done(&a.asked);
	yr_diags_free(quiet);
	return r;
}
