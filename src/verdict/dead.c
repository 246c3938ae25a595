/* SPDX-License-Identifier: Apache-2.0 */
/* Letters of a rule of which nothing is left, though the rule as a whole counts. */
#include <errno.h>

#include "lang/words.h"
#include "verdict/covered.h"

struct letter {
	enum yr_rule_kind kind;
	uint32_t bits;
	const char *name;
};

static const struct letter letters[] = {
	{ YR_RULE_FILE, YR_MAY_READ, "r" },
	{ YR_RULE_FILE, YR_MAY_WRITE, "w" },
	{ YR_RULE_FILE, YR_MAY_APPEND, "a" },
	{ YR_RULE_FILE, YR_MAY_LOCK, "k" },
	{ YR_RULE_FILE, YR_MAY_MMAP, "m" },
	{ YR_RULE_FILE, YR_MAY_EXEC, "x" },
	/* The kernel's numbers, binary-policy.md 5.3. */
	{ YR_RULE_PTRACE, 0x2, "trace" },
	{ YR_RULE_PTRACE, 0x4, "read" },
	{ YR_RULE_PTRACE, 0x8, "tracedby" },
	{ YR_RULE_PTRACE, 0x10, "readby" },
	{ YR_RULE_SIGNAL, 0x2, "send" },
	{ YR_RULE_SIGNAL, 0x4, "receive" },
};

/* The letter as it was written: w means a as well, and a rule without words means all. */
static bool is_written(const struct yr_rule *r, const struct letter *l)
{
	if (l->kind != r->kind)
		return false;
	return r->kind != YR_RULE_FILE || r->u.file.perms & l->bits;
}

/* The bits of @r that count somewhere. */
static uint32_t live_bits(struct yr_search *s, int side, uint32_t r, uint32_t wanted,
			  uint32_t *ret_seen)
{
	uint32_t n, live = 0;
	const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

	for (uint32_t i = 0; i < n && live != wanted; i++) {
		struct yr_tag_list tags = yr_asked_tags(s->a, side, set[i]);

		s->work += 4 * (uint64_t)tags.n;
		for (uint32_t k = 0; k < tags.n; k++) {
			const struct yr_tag *t = yr_asked_tag(&tags, k);

			for (int half = 0; t->by == r && half < 2; half++) {
				uint32_t rest = t->bits[half] & wanted & ~live;

				*ret_seen |= t->bits[half];
				for (; rest; rest &= rest - 1) {
					uint32_t bit = rest & -rest;
					int top = 0;

					if (!yr_asked_top(&tags, half, bit, NULL, &top) ||
					    top <= yr_tag_rank(t, bit))
						live |= bit;
				}
			}
		}
	}
	return live;
}

static int dead_letters(struct yr_search *s, uint32_t r)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	int side = rule->kind == YR_RULE_FILE ? YR_SIDE_FILE : YR_SIDE_POLICYDB;
	uint32_t wanted = 0, seen = 0, dead = 0, live, named[YR_REASONS + 1];
	AUTO_BUF struct yr_buf words = { 0 };
	struct yr_reason why;
	bool all;

	for (size_t i = 0; i < ARRAY_LEN(letters); i++)
		if (is_written(rule, &letters[i]))
			wanted |= letters[i].bits;
	if (!wanted)
		return 0;
	live = live_bits(s, side, r, wanted, &seen);
	for (size_t i = 0; i < ARRAY_LEN(letters); i++) {
		const struct letter *l = &letters[i];

		if (!is_written(rule, l) || l->bits & live || !(l->bits & seen))
			continue;
		dead |= l->bits;
		yr_buf_printf(&words, "%s'%s'", words.len ? ", " : "", l->name);
	}
	if (!dead)
		return 0;
	if (words.failed || !yr_reason_find_denials(s, side, r, dead, &why))
		return -ENOMEM;
	/* Something of higher priority is no denial. */
	if (why.denied != (why.full ? YR_REASON_ACCESSES : why.accesses))
		return 0;
	all = yr_reason_name(s, named) && !why.full;
	yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
		    "%s of this rule can never apply: it is denied everywhere", words.data);
	yr_reason_note(s, "never-applies", named, all, "denied here");
	return 0;
}

static const char *capability_name(int bit)
{
	for (size_t i = 0; i < yr_capability_names.n; i++)
		if (yr_capability_names.at[i].value == (uint32_t)bit)
			return yr_capability_names.at[i].name;
	return "?";
}

static int dead_caps(struct yr_search *s, uint32_t r)
{
	const struct yr_rule_caps *all = s->a->compiled->rule_caps, *own = &all[r - 1];
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	AUTO_BUF struct yr_buf words = { 0 };
	uint64_t dead = 0;
	uint32_t o;

	/* "capability," is meant to be cut down by denials. */
	if (rule->kind != YR_RULE_CAPABILITY || rule->u.capability.all)
		return 0;
	s->work += s->n_rules / 4;
	for (o = 1; o <= s->n_rules; o++)
		dead |= all[o - 1].deny & own->allow;
	if (!dead)
		return 0;
	for (int bit = 0; bit < 64; bit++)
		if (dead >> bit & 1)
			yr_buf_printf(&words, "%s'%s'", words.len ? ", " : "",
				      capability_name(bit));
	if (words.failed)
		return -ENOMEM;
	yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
		    "%s of this rule can never apply: it is denied", words.data);
	for (o = 1; o <= s->n_rules; o++)
		if (all[o - 1].deny & dead)
			yr_complain(s->l->diags, &yr_asked_rule(s->a, o)->loc, YR_NOTE,
				    "never-applies", "denied here");
	return 0;
}

int yr_report_dead(struct yr_search *s, uint32_t r)
{
	return yr_search_has_caps(s, r) ? dead_caps(s, r) : dead_letters(s, r);
}
