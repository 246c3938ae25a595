/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that change nothing. An automaton's states are all that can ever be asked, and every
 * state knows the tags that meet in it; so a rule is idle exactly when no set of tags comes to
 * something else without it. Nothing is guessed from how patterns look.
 */
#include <errno.h>
#include <stdlib.h>

#include "verdict/covered.h"

enum finding {
	FINDING_NONE,
	FINDING_IDLE,
	FINDING_IN_PART,
	FINDING_LIMIT,
	FINDING_QUIET,
	FINDING_VAIN
};
/* Of a rule: none; that something is denied which is not allowed anyway; that this is quiet. */
enum effect { EFFECT_NONE, EFFECT_NAME, EFFECT_LOG, EFFECT_REAL };

static enum effect differ(const struct yr_perms *a, const struct yr_perms *b)
{
	if (a->allow != b->allow || a->audit != b->audit || a->prompt != b->prompt ||
	    a->exec != b->exec)
		return EFFECT_REAL;
	return a->quiet != b->quiet ? EFFECT_LOG : a->deny != b->deny ? EFFECT_NAME : EFFECT_NONE;
}

static enum effect worse(enum effect a, enum effect b)
{
	return a > b ? a : b;
}

/* What the capabilities come to without the rules in @without. */
static struct yr_rule_caps sum_caps(struct yr_search *s, const bool *without)
{
	struct yr_rule_caps sum = { 0 };

	s->work += s->n_rules / 8;
	for (uint32_t r = 1; r <= s->n_rules; r++) {
		const struct yr_rule_caps *own = &s->a->compiled->rule_caps[r - 1];

		if (without && without[r])
			continue;
		sum.allow |= own->allow;
		sum.audit |= own->audit;
		sum.quiet |= own->quiet;
		sum.deny |= own->deny;
	}
	sum.allow &= ~sum.deny;
	sum.audit &= sum.allow;
	sum.quiet &= sum.deny;
	return sum;
}

static enum effect caps_effect(struct yr_search *s, uint32_t r, const bool *without)
{
	struct yr_rule_caps with, wo;

	if (!yr_search_has_caps(s, r))
		return EFFECT_NONE;
	with = sum_caps(s, NULL);
	wo = sum_caps(s, without);
	if (with.allow != wo.allow || with.audit != wo.audit)
		return EFFECT_REAL;
	return with.quiet != wo.quiet ? EFFECT_LOG
	       : with.deny != wo.deny ? EFFECT_NAME
				      : EFFECT_NONE;
}

/* What the profile would lose with the rules in @without, @r among them. -ENOMEM. */
static int effect_of(struct yr_search *s, uint32_t r, const bool *without, enum effect *ret)
{
	*ret = caps_effect(s, r, without);
	for (int side = 0; side < YR_SIDES && *ret != EFFECT_REAL; side++) {
		const struct yr_side *of = &s->a->side[side];
		uint32_t n;
		const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

		for (uint32_t i = 0; i < n && *ret != EFFECT_REAL; i++) {
			struct yr_state_perms left;

			s->work += yr_asked_tags(s->a, side, set[i]).n;
			if (yr_search_is_spent(s))
				return 0;
			if (!yr_why_fold(of->pdb->why, set[i], without, &left))
				return -ENOMEM;
			*ret = worse(*ret, differ(&of->perms[set[i]].owner, &left.owner));
			*ret = worse(*ret, differ(&of->perms[set[i]].other, &left.other));
		}
	}
	return 0;
}

/* Which rules say anything at all: what the kernel cannot be asked, says nothing. */
static void find_laid(const struct yr_search *s, bool *laid)
{
	for (uint32_t r = 1; r <= s->n_rules; r++)
		laid[r] = yr_search_has_caps(s, r);
	for (int side = 0; side < YR_SIDES; side++) {
		const struct yr_why *w = s->a->side[side].pdb->why;

		for (uint32_t i = 0; w && i < w->n_tags; i++)
			laid[w->tags[i].by] = true;
	}
}

/* What rule @r says in a set: the sum of its tags there. */
static struct yr_tag sum_tags(const struct yr_tag_list *tags, uint32_t r)
{
	struct yr_tag sum = { 0 };

	for (uint32_t i = 0; i < tags->n; i++) {
		const struct yr_tag *t = yr_asked_tag(tags, i);

		for (int half = 0; t->by == r && half < 2; half++) {
			sum.bits[half] |= t->bits[half];
			sum.audit[half] |= t->audit[half];
			sum.exec[half] |= t->exec[half];
		}
	}
	return sum;
}

/* Whether @a and @b say the same of the same. */
static bool same_rule(const struct yr_search *s, uint32_t a, uint32_t b)
{
	const struct yr_rule_caps *caps = s->a->compiled->rule_caps;
	const struct yr_rule *x = yr_asked_rule(s->a, a), *y = yr_asked_rule(s->a, b);

	if (x->quals.decision != y->quals.decision || x->quals.priority != y->quals.priority ||
	    memcmp(&caps[a - 1], &caps[b - 1], sizeof(*caps)))
		return false;
	for (int side = 0; side < YR_SIDES; side++) {
		uint32_t n, m;
		const uint32_t *of_a = yr_asked_sets(s->a, side, a, &n);
		const uint32_t *of_b = yr_asked_sets(s->a, side, b, &m);

		if (n != m || (n && memcmp(of_a, of_b, n * sizeof(*of_a))))
			return false;
		for (uint32_t i = 0; i < n; i++) {
			struct yr_tag_list tags = yr_asked_tags(s->a, side, of_a[i]);
			struct yr_tag says_a = sum_tags(&tags, a), says_b = sum_tags(&tags, b);

			if (memcmp(&says_a, &says_b, sizeof(says_a)))
				return false;
		}
	}
	return true;
}

static int report_idle(struct yr_search *s, uint32_t r)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	uint32_t named[YR_REASONS + 1];
	struct yr_reason why;
	bool all;

	if (yr_reason_find(s, r, &why) < 0)
		return -ENOMEM;
	if (!why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "no access can match this rule");
		return 0;
	}
	all = yr_reason_name(s, named) && !why.full;
	if (why.denied == why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "this rule can never apply: all that it allows is denied");
		yr_reason_note(s, "never-applies", named, all, "denied here");
	} else if (why.other == why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "this rule can never apply: rules of higher priority decide all that "
			    "it names");
		yr_reason_note(s, "never-applies", named, all, "decided here");
	} else if (named[0] && !named[1] && same_rule(s, r, named[0])) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "another rule says the same as this one");
		yr_reason_note(s, "redundant", named, all, "the other one is here");
	} else if (why.other) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "this rule changes nothing: what it names is decided by others");
		yr_reason_note(s, "redundant", named, all, "decided here");
	} else {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "this rule changes nothing: %s",
			    !named[0]  ? "what comes with hats or change_profile covers it"
			    : named[1] ? "other rules together cover it"
				       : "another rule covers it");
		yr_reason_note(s, "redundant", named, all, "covered here");
	}
	return 0;
}

static void report_quiet(const struct yr_search *s, uint32_t r, bool quiets)
{
	yr_complain(s->l->diags, &yr_asked_rule(s->a, r)->loc, YR_WARNING, "silent-deny",
		    quiets ? "this denial only quiets the log: nothing allows what it names, with "
			     "it or without it"
			   : "this denial changes nothing: nothing allows what it names");
}

/*
 * A denial counts in complain mode too, and where everything is allowed. Whoever writes "audit
 * deny" says what he means; and upstream logs "deny all," of all things (docs/upstream.md).
 */
static bool may_be_silent(const struct yr_search *s, const struct yr_rule *r)
{
	return r->quals.decision == YR_DENY && !r->quals.audit && r->kind != YR_RULE_ALL &&
	       s->a->profile->flags.mode == YR_MODE_ENFORCE;
}

/* Limits: the last one of a resource counts. The other limit that makes @r idle, or NULL. */
static const struct yr_rule *rival_limit(struct yr_search *s, uint32_t r, bool *ret_later)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r), *before = NULL, *after = NULL;

	s->work += s->n_rules / 4;
	for (uint32_t o = 1; o <= s->n_rules; o++) {
		const struct yr_rule *other = yr_asked_rule(s->a, o);

		if (other->kind != YR_RULE_RLIMIT || o == r || s->gone[o] ||
		    other->u.rlimit.resource != rule->u.rlimit.resource)
			continue;
		if (o < r)
			before = other;
		else
			after = other;
	}
	*ret_later = after;
	if (!after && before && before->u.rlimit.value != rule->u.rlimit.value)
		return NULL;
	return after ? after : before;
}

static void report_limit(struct yr_search *s, uint32_t r)
{
	bool later;
	const struct yr_rule *rule = yr_asked_rule(s->a, r), *rival = rival_limit(s, r, &later);
	const char *name = later ? "never-applies" : "redundant";

	if (!rival)
		return;
	yr_complain(s->l->diags, &rule->loc, YR_WARNING, name,
		    later ? "this limit never counts: another one follows it"
			  : "another rule says the same as this one");
	yr_complain(s->l->diags, &rival->loc, YR_NOTE, name, "the other one is here");
}

/* -ENOMEM. */
static int judge(struct yr_search *s, uint32_t r, enum finding *ret)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	enum effect alone, with_others;
	bool later;
	int status;

	if (rule->kind == YR_RULE_RLIMIT) {
		s->gone[r] = rival_limit(s, r, &later);
		*ret = s->gone[r] ? FINDING_LIMIT : FINDING_NONE;
		return 0;
	}
	if (!s->laid[r])
		return 0;
	s->one[r] = true;
	status = effect_of(s, r, s->one, &alone);
	s->one[r] = false;
	if (status < 0)
		return status;
	if ((alone == EFFECT_LOG || alone == EFFECT_NAME) && may_be_silent(s, rule))
		*ret = alone == EFFECT_LOG ? FINDING_QUIET : FINDING_VAIN;
	if (alone != EFFECT_NONE && rule->quals.decision == YR_ALLOW)
		*ret = FINDING_IN_PART;
	if (alone != EFFECT_NONE && *ret != FINDING_VAIN)
		return 0;
	/* Of two that cover each other one must stay. */
	s->gone[r] = true;
	status = effect_of(s, r, s->gone, &with_others);
	s->gone[r] = with_others == alone;
	if (!s->gone[r])
		*ret = FINDING_NONE;
	else if (alone == EFFECT_NONE)
		*ret = FINDING_IDLE;
	return status;
}

static int report(struct yr_search *s, uint32_t r, enum finding finding)
{
	switch (finding) {
	case FINDING_IDLE:
		return report_idle(s, r);
	case FINDING_IN_PART:
		return yr_report_dead(s, r);
	case FINDING_LIMIT:
		report_limit(s, r);
		return 0;
	case FINDING_QUIET:
	case FINDING_VAIN:
		report_quiet(s, r, finding == FINDING_QUIET);
		return 0;
	case FINDING_NONE:
		break;
	}
	return 0;
}

static void say_spent(const struct yr_search *s)
{
	struct yr_err why = { 0 };

	yr_err_set(&why, E2BIG, "its rules meet too often");
	yr_lint_too_big(s->l, s->a->profile, &why);
}

/* From the last to the first, so that of two that say the same the later one is told. */
static int search(struct yr_search *s, enum finding *found)
{
	int r = 0;

	for (uint32_t i = s->n_rules; i && !r && !yr_search_is_spent(s); i--) {
		enum finding own = FINDING_NONE;

		if (!yr_lint_own(s->l, yr_asked_rule(s->a, i)))
			continue;
		r = judge(s, i, &own);
		/* What was not asked to the end is not known. */
		if (!yr_search_is_spent(s))
			found[i] = own;
		else
			s->gone[i] = false;
	}
	for (uint32_t i = 1; i <= s->n_rules && !r && !yr_search_is_spent(s); i++)
		r = report(s, i, found[i]);
	if (!r && yr_search_is_spent(s))
		say_spent(s);
	return r;
}

int yr_lint_covered(struct yr_lint *l, const struct yr_asked *a)
{
	uint32_t n = (uint32_t)a->profile->n_rules;
	AUTO_FREE bool *gone = calloc(n + (size_t)1, sizeof(*gone));
	AUTO_FREE bool *one = calloc(n + (size_t)1, sizeof(*one));
	AUTO_FREE bool *laid = calloc(n + (size_t)1, sizeof(*laid));
	AUTO_FREE uint32_t *votes = calloc(n + (size_t)1, sizeof(*votes));
	AUTO_FREE enum finding *found = calloc(n + (size_t)1, sizeof(*found));
	struct yr_search s = {
		.l = l,
		.a = a,
		.n_rules = n,
		.gone = gone,
		.one = one,
		.votes = votes,
		.laid = laid,
	};
	int r = -ENOMEM;

	if (gone && one && laid && votes && found) {
		find_laid(&s, laid);
		r = search(&s, found);
	}
	free(s.losers);
	return r < 0 ? yr_err_set(l->err, ENOMEM, "out of memory") : 0;
}
