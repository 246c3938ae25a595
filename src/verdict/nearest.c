/* SPDX-License-Identifier: Apache-2.0 */
/* The rule that comes nearest to allowing what nobody allows. */
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "verdict/query_parts.h"

static const char *const kind_words[] = {
	[YR_RULE_ALL] = "all",
	[YR_RULE_CAPABILITY] = "capability",
	[YR_RULE_CHANGE_PROFILE] = "change_profile",
	[YR_RULE_DBUS] = "dbus",
	[YR_RULE_FILE] = "file",
	[YR_RULE_IO_URING] = "io_uring",
	[YR_RULE_LINK] = "link",
	[YR_RULE_MOUNT] = "mount",
	[YR_RULE_MQUEUE] = "mqueue",
	[YR_RULE_NETWORK] = "network",
	[YR_RULE_PIVOT_ROOT] = "pivot_root",
	[YR_RULE_PTRACE] = "ptrace",
	[YR_RULE_REMOUNT] = "remount",
	[YR_RULE_RLIMIT] = "rlimit",
	[YR_RULE_SIGNAL] = "signal",
	[YR_RULE_UMOUNT] = "umount",
	[YR_RULE_UNIX] = "unix",
	[YR_RULE_USERNS] = "userns",
};

static enum yr_rule_kind family(enum yr_rule_kind kind)
{
	switch (kind) {
	case YR_RULE_LINK:
		return YR_RULE_FILE;
	case YR_RULE_REMOUNT:
		return YR_RULE_MOUNT;
	case YR_RULE_UNIX:
		return YR_RULE_NETWORK;
	default:
		return kind;
	}
}

/* Kinds that one access may be allowed by. */
static bool same_family(enum yr_rule_kind a, enum yr_rule_kind b)
{
	return family(a) == family(b);
}

void yr_query_no_rule(const struct yr_subject *s, const struct yr_request *a, struct yr_answer *ans)
{
	for (size_t i = 0; s->profile && i < s->profile->n_rules; i++)
		if (same_family(s->profile->rules[i]->kind, a->rule->kind) ||
		    s->profile->rules[i]->kind == YR_RULE_ALL)
			return;
	if (s->profile)
		ans->no_rule_for = kind_words[a->rule->kind];
}

/* How near one rule is: it matches, or for how many bytes it could still. */
struct near {
	const struct yr_rule *rule;
	bool matches;
	unsigned others; /* of a signal: of direction, signal and peer, those that are others */
	size_t alive;
	uint32_t has; /* of what is asked, when it matches */
	uint32_t owner_has;
};

/* Who has the rule's bits in the state that the input leads to; false: nobody. */
static bool matches(const struct yr_pdb *pdb, uint32_t state, const struct yr_refusal *no,
		    struct near *n)
{
	uint32_t set = pdb->dfa->accept[state];
	bool any = false;

	for (uint32_t i = pdb->why->first[set]; set && i < pdb->why->first[set + 1]; i++) {
		const struct yr_tag *t = &pdb->why->tags[pdb->why->member[i]];

		if (!t->rule)
			continue;
		any |= t->bits[0] | t->bits[1];
		n->has |= t->bits[no->half];
		n->owner_has |= t->bits[0];
	}
	return any;
}

/* The signal is the first byte, the peer is all others. */
static void measure_signal(const struct yr_pdb *pdb, const struct yr_refusal *no, struct near *n)
{
	uint32_t class = yr_dfa_step(pdb->dfa, 1, no->class), all = 0;
	bool peer = false;

	for (unsigned signal = 0; class && no->len && signal < 256; signal++) {
		uint32_t at = yr_dfa_step(pdb->dfa, class, (unsigned char)signal);
		struct near here = { 0 };

		for (size_t i = 1; at && i < no->len; i++)
			at = yr_dfa_step(pdb->dfa, at, (unsigned char)no->input[i]);
		peer |= at && matches(pdb, at, no, &here);
	}
	for (uint32_t i = 0; i < pdb->why->n_tags; i++)
		all |= pdb->why->tags[i].rule ? pdb->why->tags[i].bits[0] : 0;
	n->others = (no->missing & ~all ? 1 : 0) + (n->alive ? 0 : 1) + (peer ? 0 : 1);
}

static void measure(const struct yr_compiled *c, const struct yr_refusal *no, struct near *n)
{
	const struct yr_pdb *pdb = no->file ? &c->file : &c->policydb;
	uint32_t at = 1;

	if (!pdb->dfa || !pdb->why)
		return;
	if (!no->file)
		at = yr_dfa_step(pdb->dfa, at, no->class);
	while (at && n->alive < no->len) {
		at = yr_dfa_step(pdb->dfa, at, (unsigned char)no->input[n->alive]);
		n->alive += at != 0;
	}
	n->matches = at && matches(pdb, at, no, n);
	if (!no->file && no->class == YR_CLASS_SIGNAL)
		measure_signal(pdb, no, n);
}

/* Compile rule @r alone, and see how far the input of @no gets in it. */
static int try_rule(const struct yr_subject *s, struct yr_rule *r, const struct yr_refusal *no,
		    struct near *n, struct yr_err *err)
{
	struct yr_policy_options opt = s->policy;
	struct yr_profile profile = *s->profile, *profiles = &profile;
	struct yr_unit unit = *s->unit;
	struct yr_diags *diags = yr_diags_new();
	struct yr_policy *policy = NULL;
	int e;

	if (!diags)
		return yr_err_set(err, ENOMEM, "out of memory");
	opt.per_rule = true;
	profile.rules = &r;
	profile.n_rules = 1;
	profile.n_children = 0;
	profile.is_hat = false;
	unit.profiles = &profiles;
	unit.n_profiles = 1;
	e = yr_policy_compile(&unit, &opt, diags, &policy, err);
	if (!e && !yr_diags_errors(diags))
		measure(&policy->profiles[0], no, n);
	yr_policy_free(policy);
	yr_diags_free(diags);
	return e;
}

static bool is_nearer(const struct near *a, const struct near *b)
{
	if (a->others != b->others)
		return a->others < b->others;
	if (a->matches != b->matches)
		return a->matches;
	return a->alive > b->alive;
}

int yr_query_nearest(const struct yr_subject *s, const struct yr_request *a,
		     const struct yr_refusal *no, struct yr_answer *ans, struct yr_err *err)
{
	struct near best = { 0 };
	unsigned own = YR_LIMIT_NEAREST_RULES, *left = s->nearest_left ? s->nearest_left : &own;

	yr_query_no_rule(s, a, ans);
	if (s->no_nearest)
		return 0;
	for (size_t i = 0; s->profile && i < s->profile->n_rules && *left; i++) {
		struct yr_rule *r = s->profile->rules[i];
		struct near n = { .rule = r };
		int e;

		if (!same_family(r->kind, a->rule->kind) || r->quals.decision != YR_ALLOW)
			continue;
		(*left)--;
		e = try_rule(s, r, no, &n, err);
		if (e < 0)
			return e;
		if (!best.rule || is_nearer(&n, &best))
			best = n;
	}
	/* Every path begins with a slash: that alone is not near. */
	if (no->file && !best.matches && best.alive < 2 && a->rule->kind != YR_RULE_CHANGE_PROFILE)
		return 0;
	ans->nearest = best.rule;
	ans->nearest_owner = best.matches && no->file && no->half && no->missing & ~best.has &&
			     !(no->missing & ~best.owner_has);
	if (best.matches && no->missing & ~best.has) {
		ans->nearest_lacks = yr_spell_bits(&ans->arena, no, no->missing & ~best.has);
		if (!ans->nearest_lacks)
			return yr_err_set(err, ENOMEM, "out of memory");
	}
	return 0;
}
