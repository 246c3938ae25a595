/* SPDX-License-Identifier: Apache-2.0 */
/* What is in no automaton: capabilities, resource limits, and old kernels' table of sockets. */
#include <inttypes.h>
#include <stdlib.h>

#include "lang/words.h"
#include "verdict/diff_parts.h"

/* What kernels ask for; those of the future have no name yet. */
static uint64_t known_capabilities(void)
{
	uint64_t all = 0;

	for (size_t i = 0; i < yr_capability_names.n; i++)
		all |= UINT64_C(1) << yr_capability_names.at[i].value;
	return all;
}

static const char *name_of(const struct yr_name_table *t, uint32_t value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].value == value)
			return t->at[i].name;
	return NULL;
}

static const char *capabilities(struct yr_arena *arena, uint64_t mask)
{
	const char *words = "";

	for (unsigned i = 0; i < 64 && words; i++)
		if (mask >> i & 1)
			words = yr_arena_printf(arena, "%s %s", words,
						name_of(&yr_capability_names, i));
	return words ? yr_arena_printf(arena, "capability%s,", words) : NULL;
}

/* The rules of @side that allow, or that deny, one of @caps. */
static void name_by_caps(const struct yr_subject *s, uint64_t caps, bool deny,
			 struct yr_named_rules *ret)
{
	const struct yr_rule_caps *own = s->compiled->rule_caps;

	for (size_t i = 0; own && s->profile && i < s->profile->n_rules; i++)
		if ((deny ? own[i].deny : own[i].allow) & caps)
			yr_named_add(ret, s->profile->rules[i]);
}

static int add_caps(struct yr_differ *d, enum yr_change change, uint64_t caps, bool audited,
		    bool quiet)
{
	bool denies[SIDES] = { change == YR_CHANGE_ALLOWED, change == YR_CHANGE_DENIED };
	struct yr_difference *e;
	int r;

	if (!caps)
		return 0;
	r = yr_differ_add(d, change, "capability", &e);
	if (r || !e)
		return r;
	e->access = capabilities(&d->diff->arena, caps);
	if (!e->access)
		return yr_differ_no_memory(d);
	if (change == YR_CHANGE_QUIET || change == YR_CHANGE_LOUD)
		denies[OLD] = denies[NEW] = true;
	e->audited = audited;
	e->quiet = quiet;
	e->places = (uint64_t)__builtin_popcountll(caps);
	for (int i = 0; i < SIDES; i++)
		name_by_caps(d->s[i], caps, denies[i], &e->rules[i]);
	return 0;
}

struct caps {
	uint64_t allow, audit, quiet;
};

static struct caps caps_of(const struct yr_compiled *c)
{
	struct caps k = { c->caps_allow & ~c->caps_deny, c->caps_audit, c->caps_quiet };

	if (yr_is_open(c))
		k = (struct caps){ UINT64_MAX, 0, 0 };
	k.allow &= known_capabilities();
	k.audit &= k.allow;
	k.quiet &= known_capabilities() & ~k.allow;
	return k;
}

static int compare_caps(struct yr_differ *d)
{
	struct caps a = caps_of(d->s[OLD]->compiled), b = caps_of(d->s[NEW]->compiled);
	uint64_t both = a.allow & b.allow, none = ~(a.allow | b.allow);
	uint64_t more = b.allow & ~a.allow, less = a.allow & ~b.allow;
	const struct {
		enum yr_change change;
		uint64_t caps;
		bool audited, quiet;
	} all[] = {
		{ YR_CHANGE_ALLOWED, more & ~b.audit, false, false },
		{ YR_CHANGE_ALLOWED, more & b.audit, true, false },
		{ YR_CHANGE_DENIED, less & ~b.quiet, false, false },
		{ YR_CHANGE_DENIED, less & b.quiet, false, true },
		{ YR_CHANGE_AUDITED, b.audit & ~a.audit & both, false, false },
		{ YR_CHANGE_UNAUDITED, a.audit & ~b.audit & both, false, false },
		{ YR_CHANGE_QUIET, b.quiet & ~a.quiet & none, false, false },
		{ YR_CHANGE_LOUD, a.quiet & ~b.quiet & none, false, false },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(all) && !r; i++)
		r = add_caps(d, all[i].change, all[i].caps, all[i].audited, all[i].quiet);
	return r;
}

static const char *limit_text(struct yr_arena *arena, const struct yr_rlimits *l, unsigned i)
{
	if (!(l->mask >> i & 1))
		return "as before the program";
	if (l->value[i] == UINT64_MAX)
		return "infinity";
	return yr_arena_printf(arena, "%" PRIu64, l->value[i]);
}

static void name_by_limit(const struct yr_subject *s, unsigned i, struct yr_named_rules *ret)
{
	for (size_t k = 0; s->profile && k < s->profile->n_rules; k++) {
		const struct yr_rule *r = s->profile->rules[k];

		if (r->kind == YR_RULE_RLIMIT && r->u.rlimit.resource == (int)i)
			yr_named_add(ret, r);
	}
}

static int compare_limit(struct yr_differ *d, unsigned i)
{
	const struct yr_rlimits *l[SIDES] = { &d->s[OLD]->compiled->rlimits,
					      &d->s[NEW]->compiled->rlimits };
	bool has[SIDES] = { l[OLD]->mask >> i & 1, l[NEW]->mask >> i & 1 };
	const char *name = name_of(&yr_rlimit_names, i);
	struct yr_arena *arena = &d->diff->arena;
	struct yr_difference *e;
	int r;

	if (has[OLD] == has[NEW] && (!has[OLD] || l[OLD]->value[i] == l[NEW]->value[i]))
		return 0;
	r = yr_differ_add(d, YR_CHANGE_LIMIT, "rlimit", &e);
	if (r || !e)
		return r;
	e->access = yr_arena_printf(arena, "set rlimit %s", name ? name : "?");
	e->was = limit_text(arena, l[OLD], i);
	e->is = limit_text(arena, l[NEW], i);
	e->widens = has[OLD] && (!has[NEW] || l[NEW]->value[i] > l[OLD]->value[i]);
	for (int side = 0; side < SIDES; side++)
		name_by_limit(d->s[side], i, &e->rules[side]);
	return e->access && e->was && e->is ? 0 : yr_differ_no_memory(d);
}

/* Types that exist; others never come to be asked. */
#define REAL_TYPES 0x47eu

struct types {
	uint32_t allow, audit, quiet;
};

static struct types types_of(const struct yr_compiled *c, unsigned family)
{
	struct types t = { REAL_TYPES, 0, 0 };

	if (!c->net || yr_is_open(c))
		return t;
	t.allow &= c->net->family[family].allow & (uint32_t)~c->net->family[family].deny;
	t.audit = c->net->family[family].audit & t.allow;
	t.quiet = c->net->family[family].quiet & REAL_TYPES & ~t.allow;
	return t;
}

/* @types of @family change: with other families of which the same is said. */
static int add_types(struct yr_differ *d, enum yr_change change, unsigned family, uint32_t types,
		     struct yr_difference **entry)
{
	const char *name = name_of(&yr_family_names, family);
	const char *type =
		types ? name_of(&yr_socktype_names, (uint32_t)__builtin_ctz(types)) : NULL;
	int r = 0;

	if (!types)
		return 0;
	if (*entry) {
		(*entry)->places += (uint64_t)__builtin_popcount(types);
		return 0;
	}
	r = yr_differ_add(d, change, "network", entry);
	if (r || !*entry)
		return r;
	(*entry)->places = (uint64_t)__builtin_popcount(types);
	(*entry)->access = yr_arena_printf(&d->diff->arena, "network %s %s,", name ? name : "?",
					   type ? type : "?");
	return (*entry)->access ? 0 : yr_differ_no_memory(d);
}

static uint32_t changed(enum yr_change change, const struct types *a, const struct types *b)
{
	uint32_t both = a->allow & b->allow, none = ~(a->allow | b->allow);

	switch (change) {
	case YR_CHANGE_ALLOWED:
		return b->allow & ~a->allow;
	case YR_CHANGE_DENIED:
		return a->allow & ~b->allow;
	case YR_CHANGE_AUDITED:
		return b->audit & ~a->audit & both;
	case YR_CHANGE_UNAUDITED:
		return a->audit & ~b->audit & both;
	case YR_CHANGE_QUIET:
		return b->quiet & ~a->quiet & none;
	case YR_CHANGE_LOUD:
		return a->quiet & ~b->quiet & none;
	default:
		return 0;
	}
}

static int compare_table(struct yr_differ *d)
{
	const struct yr_compiled *a = d->s[OLD]->compiled, *b = d->s[NEW]->compiled;
	int r = 0;

	for (unsigned change = 0; change < YR_CHANGES && (a->net || b->net); change++)
		for (unsigned f = 1; f < YR_FAMILIES && !r;) {
			struct types x = types_of(a, f), y = types_of(b, f);
			uint32_t types = changed(change, &x, &y);
			struct yr_difference *entry = NULL;

			/* Neighbours of which the same is said are one difference. */
			do {
				r = add_types(d, change, f, types, &entry);
				x = types_of(a, ++f < YR_FAMILIES ? f : 1);
				y = types_of(b, f < YR_FAMILIES ? f : 1);
			} while (!r && f < YR_FAMILIES && types &&
				 changed(change, &x, &y) == types);
		}
	return r;
}

int yr_differ_plain(struct yr_differ *d)
{
	int r = compare_caps(d);

	for (unsigned i = 0; i < ARRAY_LEN(d->s[OLD]->compiled->rlimits.value) && !r; i++)
		r = compare_limit(d, i);
	return r ? r : compare_table(d);
}
