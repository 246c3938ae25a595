/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules that change nothing. An automaton's states are all that can ever be asked, and every
 * state knows the tags that meet in it; so a rule is idle exactly when no set of tags comes to
 * something else without it. Nothing is guessed from how patterns look.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "lang/words.h"
#include "verdict/lint.h"

/* Rules that are named as the reason; more would not be read. */
#define NAMED 4
/* Accesses that are looked at to find these; the first ones name nearly always all. */
#define ACCESSES 20000

struct search {
	struct yr_lint *l;
	const struct yr_asked *a;
	uint32_t n_rules;
	bool *gone;       /* by rule: idle, also when all of these go together */
	bool *one;        /* the rule under question alone */
	uint32_t *votes;  /* by rule: accesses of the rule under question that it covers */
	uint32_t *losers; /* rules that one access of it meets, ended by UINT32_MAX */
	size_t n_losers, cap_losers;
};

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
static struct yr_rule_caps sum_caps(const struct search *s, const bool *without)
{
	struct yr_rule_caps sum = { 0 };

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

static bool has_caps(const struct search *s, uint32_t r)
{
	const struct yr_rule_caps *c = &s->a->compiled->rule_caps[r - 1];

	return c->allow | c->deny;
}

static enum effect caps_effect(const struct search *s, uint32_t r, const bool *without)
{
	struct yr_rule_caps with, wo;

	if (!has_caps(s, r))
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
static int effect_of(const struct search *s, uint32_t r, const bool *without, enum effect *ret)
{
	*ret = caps_effect(s, r, without);
	for (int side = 0; side < YR_SIDES && *ret != EFFECT_REAL; side++) {
		const struct yr_side *of = &s->a->side[side];
		uint32_t n;
		const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

		for (uint32_t i = 0; i < n && *ret != EFFECT_REAL; i++) {
			struct yr_state_perms left;

			if (!yr_why_fold(of->pdb->why, set[i], without, &left))
				return -ENOMEM;
			*ret = worse(*ret, differ(&of->perms[set[i]].owner, &left.owner));
			*ret = worse(*ret, differ(&of->perms[set[i]].other, &left.other));
		}
	}
	return 0;
}

/* Whether the rule says anything at all: what the kernel cannot be asked, says nothing. */
static bool is_laid(const struct search *s, uint32_t r)
{
	if (has_caps(s, r))
		return true;
	for (int side = 0; side < YR_SIDES; side++) {
		const struct yr_why *w = s->a->side[side].pdb->why;

		for (uint32_t i = 0; w && i < w->n_tags; i++)
			if (w->tags[i].by == r)
				return true;
	}
	return false;
}

/* ---- why: the rules that decide where this one would count ---- */

struct reason {
	size_t accesses, denied, other, nobody;
	bool full; /* ACCESSES was reached */
};

static bool note_loser(struct search *s, uint32_t r)
{
	if (s->n_losers == s->cap_losers) {
		size_t cap = s->cap_losers ? s->cap_losers * 2 : 1024;
		uint32_t *more = realloc(s->losers, cap * sizeof(*more));

		if (!more)
			return false;
		s->losers = more;
		s->cap_losers = cap;
	}
	s->losers[s->n_losers++] = r;
	return true;
}

/* An exec that inherits lets the program be mapped: the rules whose exec wins count for that. */
static bool note_mappers(struct search *s, const struct yr_tag_list *tags, int half, bool *any)
{
	int top;

	if (!tags->why->exec_maps || !yr_asked_top(tags, half, YR_MAY_EXEC, s->gone, &top))
		return true;
	for (uint32_t i = 0; i < tags->n; i++) {
		const struct yr_tag *t = yr_asked_tag(tags, i);

		if (!(t->bits[half] & YR_MAY_EXEC) || !(t->exec[half] & YR_XEC_INHERIT) ||
		    s->gone[t->by] || yr_tag_rank(t, YR_MAY_EXEC) != top)
			continue;
		*any = true;
		if (t->by && !note_loser(s, t->by))
			return false;
	}
	return true;
}

/* One bit of one half that @own names: who decides it instead? */
static bool note_access(struct search *s, const struct yr_tag_list *tags, const struct yr_tag *own,
			int half, uint32_t bit, struct reason *why)
{
	enum yr_decision winner = own->decision;
	bool any = false, named;
	int top;

	why->accesses++;
	if (why->accesses > ACCESSES) {
		why->full = true;
		return true;
	}
	/* Of a lower rank than @own it may be, since it says the same. */
	if (bit == YR_MAY_MMAP && !note_mappers(s, tags, half, &any))
		return false;
	named = yr_asked_top(tags, half, bit, s->gone, &top);
	for (uint32_t i = 0; named && i < tags->n; i++) {
		const struct yr_tag *t = yr_asked_tag(tags, i);

		if (!(yr_tag_names(t, half) & bit) || s->gone[t->by] || yr_tag_rank(t, bit) != top)
			continue;
		winner = t->decision;
		any = true;
		if (t->by && !note_loser(s, t->by))
			return false;
	}
	why->denied += winner == YR_DENY && own->decision != YR_DENY;
	why->other += winner != own->decision;
	why->nobody += !any;
	return !any || note_loser(s, UINT32_MAX);
}

static bool note_set(struct search *s, int side, uint32_t r, uint32_t set, struct reason *why)
{
	struct yr_tag_list tags = yr_asked_tags(s->a, side, set);

	for (uint32_t i = 0; i < tags.n; i++) {
		const struct yr_tag *t = yr_asked_tag(&tags, i);

		if (t->by != r)
			continue;
		for (int half = 0; half < (side == YR_SIDE_FILE ? 2 : 1); half++)
			for (uint32_t rest = yr_tag_names(t, half); rest; rest &= rest - 1)
				if (!note_access(s, &tags, t, half, rest & -rest, why))
					return false;
	}
	return true;
}

static bool note_caps(struct search *s, uint32_t r, struct reason *why)
{
	const struct yr_rule_caps *all = s->a->compiled->rule_caps, *own = &all[r - 1];
	bool deny = own->deny;

	for (uint64_t rest = own->allow | own->deny; rest; rest &= rest - 1) {
		uint64_t bit = rest & -rest;
		bool denied = false;
		size_t before = s->n_losers;

		why->accesses++;
		for (uint32_t o = 1; o <= s->n_rules; o++)
			denied |= o != r && all[o - 1].deny & bit;
		for (uint32_t o = 1; o <= s->n_rules; o++)
			if (o != r && !s->gone[o] &&
			    (denied ? all[o - 1].deny : all[o - 1].allow) & bit &&
			    !note_loser(s, o))
				return false;
		why->denied += denied && !deny;
		why->other += denied && !deny;
		why->nobody += s->n_losers == before;
		if (s->n_losers > before && !note_loser(s, UINT32_MAX))
			return false;
	}
	return true;
}

static int find_reason(struct search *s, uint32_t r, struct reason *why)
{
	*why = (struct reason){ 0 };
	s->n_losers = 0;
	if (has_caps(s, r) && !note_caps(s, r, why))
		return -ENOMEM;
	for (int side = 0; side < YR_SIDES; side++) {
		uint32_t n;
		const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

		for (uint32_t i = 0; i < n; i++)
			if (!note_set(s, side, r, set[i], why))
				return -ENOMEM;
	}
	return 0;
}

/* The rule that decides most of the accesses still unexplained; these are struck out. */
static uint32_t take_best(struct search *s)
{
	uint32_t best = 0;
	size_t begin = 0;

	memset(s->votes, 0, (s->n_rules + (size_t)1) * sizeof(*s->votes));
	for (size_t i = 0; i < s->n_losers; i++)
		if (s->losers[i] != UINT32_MAX)
			s->votes[s->losers[i]]++;
	for (uint32_t r = 1; r <= s->n_rules; r++) {
		/* Of equals, one that stands in the same file says most. */
		bool nearer = best && s->votes[r] == s->votes[best] &&
			      !yr_lint_own(s->l, yr_asked_rule(s->a, best)) &&
			      yr_lint_own(s->l, yr_asked_rule(s->a, r));

		if (s->votes[r] && (!best || s->votes[r] > s->votes[best] || nearer))
			best = r;
	}
	for (size_t i = 0; best && i < s->n_losers; i++) {
		size_t end = begin;
		bool his = false;

		for (; s->losers[end] != UINT32_MAX; end++)
			his |= s->losers[end] == best || !s->losers[end];
		for (size_t k = begin; his && k < end; k++)
			s->losers[k] = 0;
		begin = i = end;
		begin++;
	}
	s->votes[0] = 0;
	return best;
}

/* Up to NAMED rules that together decide, in their order; 0 behind the last. false: there are more.
 */
static bool name_reasons(struct search *s, uint32_t named[NAMED + 1])
{
	size_t n = 0;

	memset(named, 0, (NAMED + 1) * sizeof(*named));
	while (n < NAMED && (named[n] = take_best(s))) {
		for (size_t i = n++; i && named[i] < named[i - 1]; i--) {
			uint32_t later = named[i - 1];

			named[i - 1] = named[i];
			named[i] = later;
		}
	}
	return n < NAMED || !take_best(s);
}

static void note_reasons(const struct search *s, const char *name, const uint32_t *named, bool all,
			 const char *what)
{
	for (; *named; named++) {
		const struct yr_rule *r = yr_asked_rule(s->a, *named);

		yr_complain(s->l->diags, &r->loc, YR_NOTE, name, "%s%s", what,
			    yr_lint_own(s->l, r) ? "" : ", in an include");
	}
	if (!all)
		yr_complain(s->l->diags, NULL, YR_NOTE, name, "and by more rules");
}

/* ---- findings ---- */

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
static bool same_rule(const struct search *s, uint32_t a, uint32_t b)
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

static int report_idle(struct search *s, uint32_t r)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	uint32_t named[NAMED + 1];
	struct reason why;
	bool all;

	if (find_reason(s, r, &why) < 0)
		return -ENOMEM;
	if (!why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "no access can match this rule");
		return 0;
	}
	all = name_reasons(s, named) && !why.full;
	if (why.denied == why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "this rule can never apply: all that it allows is denied");
		note_reasons(s, "never-applies", named, all, "denied here");
	} else if (why.other == why.accesses) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
			    "this rule can never apply: rules of higher priority decide all that "
			    "it names");
		note_reasons(s, "never-applies", named, all, "decided here");
	} else if (named[0] && !named[1] && same_rule(s, r, named[0])) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "another rule says the same as this one");
		note_reasons(s, "redundant", named, all, "the other one is here");
	} else if (why.other) {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "this rule changes nothing: what it names is decided by others");
		note_reasons(s, "redundant", named, all, "decided here");
	} else {
		yr_complain(s->l->diags, &rule->loc, YR_WARNING, "redundant",
			    "this rule changes nothing: %s",
			    !named[0]  ? "what comes with hats or change_profile covers it"
			    : named[1] ? "other rules together cover it"
				       : "another rule covers it");
		note_reasons(s, "redundant", named, all, "covered here");
	}
	return 0;
}

static void report_quiet(const struct search *s, uint32_t r, bool quiets)
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
static bool may_be_silent(const struct search *s, const struct yr_rule *r)
{
	return r->quals.decision == YR_DENY && !r->quals.audit && r->kind != YR_RULE_ALL &&
	       s->a->profile->flags.mode == YR_MODE_ENFORCE;
}

/* ---- letters of which nothing is left ---- */

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
static uint32_t live_bits(const struct search *s, int side, uint32_t r, uint32_t wanted,
			  uint32_t *ret_seen)
{
	uint32_t n, live = 0;
	const uint32_t *set = yr_asked_sets(s->a, side, r, &n);

	for (uint32_t i = 0; i < n && live != wanted; i++) {
		struct yr_tag_list tags = yr_asked_tags(s->a, side, set[i]);

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

/* The denials that take @bits of rule @r, for the notes. false: memory. */
static bool find_deniers(struct search *s, int side, uint32_t r, uint32_t bits, struct reason *why)
{
	uint32_t n;
	const uint32_t *set = yr_asked_sets(s->a, side, r, &n);
	bool ok = true;

	*why = (struct reason){ 0 };
	s->n_losers = 0;
	s->gone[r] = true;
	for (uint32_t i = 0; i < n; i++) {
		struct yr_tag_list tags = yr_asked_tags(s->a, side, set[i]);

		for (uint32_t k = 0; k < tags.n; k++) {
			const struct yr_tag *t = yr_asked_tag(&tags, k);

			for (int half = 0; t->by == r && half < 2; half++)
				for (uint32_t rest = t->bits[half] & bits; rest && ok;
				     rest &= rest - 1)
					ok = note_access(s, &tags, t, half, rest & -rest, why);
		}
	}
	s->gone[r] = false;
	return ok;
}

static int report_dead_letters(struct search *s, uint32_t r)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	int side = rule->kind == YR_RULE_FILE ? YR_SIDE_FILE : YR_SIDE_POLICYDB;
	uint32_t wanted = 0, seen = 0, dead = 0, live, named[NAMED + 1];
	AUTO_BUF struct yr_buf words = { 0 };
	struct reason why;
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
	if (words.failed || !find_deniers(s, side, r, dead, &why))
		return -ENOMEM;
	/* Something of higher priority is no denial. */
	if (why.denied != (why.full ? ACCESSES : why.accesses))
		return 0;
	all = name_reasons(s, named) && !why.full;
	yr_complain(s->l->diags, &rule->loc, YR_WARNING, "never-applies",
		    "%s of this rule can never apply: it is denied everywhere", words.data);
	note_reasons(s, "never-applies", named, all, "denied here");
	return 0;
}

static const char *capability_name(int bit)
{
	for (size_t i = 0; i < yr_capability_names.n; i++)
		if (yr_capability_names.at[i].value == (uint32_t)bit)
			return yr_capability_names.at[i].name;
	return "?";
}

static int report_dead_caps(struct search *s, uint32_t r)
{
	const struct yr_rule_caps *all = s->a->compiled->rule_caps, *own = &all[r - 1];
	const struct yr_rule *rule = yr_asked_rule(s->a, r);
	AUTO_BUF struct yr_buf words = { 0 };
	uint64_t dead = 0;
	uint32_t o;

	/* "capability," is meant to be cut down by denials. */
	if (rule->kind != YR_RULE_CAPABILITY || rule->u.capability.all)
		return 0;
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

/* Limits: the last one of a resource counts. The other limit that makes @r idle, or NULL. */
static const struct yr_rule *rival_limit(const struct search *s, uint32_t r, bool *ret_later)
{
	const struct yr_rule *rule = yr_asked_rule(s->a, r), *before = NULL, *after = NULL;

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

static void report_limit(const struct search *s, uint32_t r)
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
static int judge(struct search *s, uint32_t r, enum finding *ret)
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
	if (!is_laid(s, r))
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

static int report(struct search *s, uint32_t r, enum finding finding)
{
	switch (finding) {
	case FINDING_IDLE:
		return report_idle(s, r);
	case FINDING_IN_PART:
		return has_caps(s, r) ? report_dead_caps(s, r) : report_dead_letters(s, r);
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

/* From the last to the first, so that of two that say the same the later one is told. */
int yr_lint_covered(struct yr_lint *l, const struct yr_asked *a)
{
	uint32_t n = (uint32_t)a->profile->n_rules;
	AUTO_FREE bool *gone = calloc(n + (size_t)1, sizeof(*gone));
	AUTO_FREE bool *one = calloc(n + (size_t)1, sizeof(*one));
	AUTO_FREE uint32_t *votes = calloc(n + (size_t)1, sizeof(*votes));
	AUTO_FREE enum finding *found = calloc(n + (size_t)1, sizeof(*found));
	struct search s = { .l = l, .a = a, .n_rules = n, .gone = gone, .one = one, .votes = votes };
	int r = gone && one && votes && found ? 0 : -ENOMEM;

	for (uint32_t i = n; i && !r; i--)
		if (yr_lint_own(l, yr_asked_rule(a, i)))
			r = judge(&s, i, &found[i]);
	for (uint32_t i = 1; i <= n && !r; i++)
		r = report(&s, i, found[i]);
	free(s.losers);
	return r < 0 ? yr_err_set(l->err, ENOMEM, "out of memory") : 0;
}
