/* SPDX-License-Identifier: Apache-2.0 */
/* Capabilities, resource limits, and sockets on kernels that have a table of them. */
#include <stdlib.h>

#include "lang/words.h"
#include "verdict/query_parts.h"

static const char *name_of(const struct yr_name_table *t, uint32_t value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].value == value)
			return t->at[i].name;
	return NULL;
}

static void add_word(struct yr_arena *arena, const char **words, const char *word)
{
	if (word && *words)
		*words = yr_arena_printf(arena, "%s %s", *words, word);
	else if (word)
		*words = word;
}

/* The capabilities of the running kernels; those of the future have no name yet. */
static uint64_t known_capabilities(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < yr_capability_names.n; i++)
		all |= UINT64_C(1) << yr_capability_names.at[i].value;
	return all;
}

static void name_by_caps(const struct yr_subject *s, struct yr_answer *ans, uint64_t missing,
			 uint64_t asked)
{
	const struct yr_compiled *c = s->compiled;

	for (size_t i = 0; c->rule_caps && s->profile && i < s->profile->n_rules; i++) {
		const struct yr_rule *r = s->profile->rules[i];

		if (missing ? c->rule_caps[i].deny & missing : c->rule_caps[i].allow & asked)
			yr_decides(s, i, &ans->rules);
		else if (missing && c->rule_caps[i].allow & missing & c->caps_deny)
			yr_named_add(&ans->hidden, r);
	}
	/* One rule may both be denied in part and allow the rest; it hides nothing of itself. */
	if (!ans->rules.n)
		ans->hidden.n = 0;
}

/* The rule that allows most of them, else the first; what it lacks is said if it allows some. */
static void name_nearest_caps(const struct yr_subject *s, struct yr_answer *ans, uint64_t asked)
{
	const struct yr_compiled *c = s->compiled;
	int best = -1;

	if (s->no_nearest)
		return;
	for (size_t i = 0; c->rule_caps && s->profile && i < s->profile->n_rules; i++) {
		int has = __builtin_popcountll(c->rule_caps[i].allow & asked);

		if (!c->rule_caps[i].allow || has <= best)
			continue;
		best = has;
		ans->nearest = s->profile->rules[i];
	}
	if (best > 0)
		ans->nearest_lacks = ans->missing;
}

static void ask_capabilities(const struct yr_subject *s, const struct yr_request *a,
			     struct yr_answer *ans)
{
	const struct yr_compiled *c = s->compiled;
	uint64_t asked =
		a->rule->u.capability.all ? known_capabilities() : a->rule->u.capability.mask;
	uint64_t missing = asked & ~c->caps_allow;

	ans->allowed = !missing;
	ans->audited = !missing && c->caps_audit & asked;
	ans->quiet = missing && !(missing & ~c->caps_quiet);
	ans->quiet_rules = missing & c->caps_deny && !(missing & c->caps_deny & ~c->caps_quiet);
	ans->for_some = missing && missing != asked;
	for (unsigned i = 0; i < 64; i++)
		if (missing >> i & 1)
			add_word(&ans->arena, &ans->missing, name_of(&yr_capability_names, i));
	if (missing) {
		const char *first =
			name_of(&yr_capability_names, (uint32_t)__builtin_ctzll(missing));

		ans->example = yr_arena_printf(&ans->arena, "capability %s,", first ? first : "?");
	}
	name_by_caps(s, ans, missing, asked);
	if (missing && !ans->rules.n && !ans->quiet) {
		ans->decided = YR_BY_NOBODY;
		yr_query_no_rule(s, a, ans);
		name_nearest_caps(s, ans, asked);
	}
}

/* Who is confined may lower his limits, and raise none above the profile's. */
static void ask_rlimit(const struct yr_subject *s, const struct yr_request *a,
		       struct yr_answer *ans)
{
	const struct yr_rlimits *l = &s->compiled->rlimits;
	int i = a->rule->u.rlimit.resource;

	ans->decided = l->mask >> i & 1 ? YR_BY_RULES : YR_NOT_MEDIATED;
	ans->allowed = !(l->mask >> i & 1) || a->rule->u.rlimit.value <= l->value[i];
	for (size_t k = 0; s->profile && k < s->profile->n_rules; k++)
		if (s->profile->rules[k]->kind == YR_RULE_RLIMIT &&
		    s->profile->rules[k]->u.rlimit.resource == i) {
			yr_nobody_decides(s, &ans->rules); /* the last one counts */
			yr_decides(s, k, &ans->rules);
		}
}

static void ask_table(const struct yr_net_types *asks, const struct yr_net_types *says,
		      struct yr_answer *ans)
{
	enum { REAL_TYPES = 0x47e }; /* 1 to 6, and 10: others never come to be asked */
	bool any = false, denied = false, quiet = true;

	for (unsigned f = 1; f < YR_FAMILIES; f++) {
		uint16_t asked = asks->family[f].allow & REAL_TYPES;
		uint16_t missing = asked & (uint16_t) ~(says->family[f].allow &
							(uint16_t)~says->family[f].deny);

		any |= asked & ~missing;
		denied |= missing;
		quiet &= !(missing & ~says->family[f].quiet);
		ans->audited |= asked & says->family[f].audit;
	}
	ans->allowed = !denied;
	ans->audited &= ans->allowed;
	ans->quiet = denied && quiet;
	ans->for_some = denied && any;
	ans->decided = denied && !ans->quiet ? YR_BY_NOBODY : YR_BY_RULES;
}

bool yr_query_plain(const struct yr_subject *s, const struct yr_request *a, struct yr_answer *ans)
{
	switch (a->rule->kind) {
	case YR_RULE_CAPABILITY:
		ask_capabilities(s, a, ans);
		return true;
	case YR_RULE_RLIMIT:
		ask_rlimit(s, a, ans);
		return true;
	case YR_RULE_NETWORK:
	case YR_RULE_UNIX:
		if (!s->compiled->net || !a->compiled->net)
			return false;
		ask_table(a->compiled->net, s->compiled->net, ans);
		return true;
	default:
		return false;
	}
}
