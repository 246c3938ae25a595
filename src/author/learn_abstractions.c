/* SPDX-License-Identifier: Apache-2.0 */
/* Abstractions instead of rules, where they save some and let through no attack. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "base/limits.h"

/* An include is worth as many rules. */
enum { PAYS = 4 };

/* Tried in this order: what one takes is not there for the next. */
static const char *const names[] = { "base", "nameservice", "openssl", "ssl_certs", "python",
				     "perl", "php",         "ruby",    "consoles" };

struct trial {
	struct yr_learn *l;
	struct yr_learned_profile *p;
	struct yr_subject s;
	struct yr_err *err;
};

static bool has_attack(struct trial *t, int *ret)
{
	for (size_t i = 0; i < yr_n_attacks; i++) {
		struct yr_answer answer = { 0 };
		const char *access;
		int r = yr_learn_attacked(&t->s, &yr_attacks[i], &t->l->arena, &access, &answer,
					  t->err);

		yr_answer_done(&answer);
		if (r < 0)
			*ret = r;
		if (r)
			return true;
	}
	return false;
}

/* A rule that the abstraction does not do for all of is not spared: mark it. */
static int try_events(struct trial *t)
{
	for (size_t i = 0; i < t->p->n_others; i++) {
		struct yr_learned_event *o = &t->p->others[i];
		struct yr_answer answer = { 0 };
		int r;

		if (!o->rule || o->rule->fate == YR_LEARN_KEPT)
			continue;
		r = t->p->n_others > YR_LIMIT_LEARN_TRIED
			    ? 0
			    : yr_learn_ask(&t->s, o->access, &answer, t->err);
		yr_answer_done(&answer);
		if (r < 0)
			return r;
		if (!r)
			o->rule->fate = YR_LEARN_KEPT;
	}
	return 0;
}

static void try_files(struct trial *t)
{
	for (size_t i = 0; i < t->p->n_files; i++) {
		struct yr_learn_file *f = &t->p->files[i];
		uint32_t owner = yr_query_file(t->s.compiled, f->path, true);
		uint32_t both = owner & yr_query_file(t->s.compiled, f->path, false);

		for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
			for (unsigned bit = 0; bit < YR_LEARN_BITS; bit++)
				if (f->rule[who][bit] &&
				    (!bit || !((who == YR_LEARN_OWNER ? owner : both) & 1u << bit)))
					f->rule[who][bit]->fate = YR_LEARN_KEPT;
	}
}

/* How many rules it saves; all of those are YR_LEARN_COVERED then. */
static int try_it(struct trial *t, bool *was, size_t *ret_saved)
{
	int r;

	for (size_t i = 0; i < t->p->n_rules; i++) {
		was[i] = t->p->rules[i]->fate == YR_LEARN_COVERED;
		t->p->rules[i]->fate = YR_LEARN_COVERED;
	}
	try_files(t);
	r = try_events(t);
	*ret_saved = 0;
	for (size_t i = 0; i < t->p->n_rules; i++) {
		struct yr_learned_rule *rule = t->p->rules[i];

		/* Taken before: it stays so, whatever this one says. */
		if (was[i])
			rule->fate = YR_LEARN_COVERED;
		else if (rule->kind == YR_LEARN_INCLUDE)
			rule->fate = YR_LEARN_KEPT;
		else if (rule->fate == YR_LEARN_COVERED)
			++*ret_saved;
	}
	return r;
}

static int include(struct trial *t, const char *name, const bool *was, size_t saved, size_t adds)
{
	struct yr_learned_rule *r = yr_learn_rule(t->l, t->p);
	uint64_t events = 0;

	if (!r)
		return -ENOMEM;
	for (size_t i = 0; i + 1 < t->p->n_rules; i++)
		if (t->p->rules[i]->fate == YR_LEARN_COVERED && !was[i])
			events += t->p->rules[i]->events;
	*r = (struct yr_learned_rule){
		.kind = YR_LEARN_INCLUDE,
		.text = yr_arena_printf(&t->l->arena, "include <abstractions/%s>", name),
		.events = events,
		.accesses = saved,
		.doubts = YR_LEARN_DOUBT_BROAD,
		.reason = yr_arena_printf(&t->l->arena,
					  "it stands for %zu rules, and has %zu of its own", saved,
					  adds),
	};
	return r->text && r->reason ? 0 : -ENOMEM;
}

/* -EBADMSG: there is none of that name here, or it cannot be read. */
static int compile(const struct yr_learn_policy *how, const char *profile, const char *name,
		   struct yr_learn_asked *ret, struct yr_subject *ret_subject, struct yr_err *err)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_diags *diags = yr_diags_new();
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	yr_buf_printf(&b,
		      "include <tunables/global>\nprofile \"%s\" { include <abstractions/%s> }\n",
		      profile, name);
	if (!r && b.failed)
		r = -ENOMEM;
	if (!r)
		r = yr_learn_compile(how, name, (struct yr_str){ b.data, b.len }, false, diags, ret,
				     err);
	if (!r && !yr_learn_subject(ret, how, profile, ret_subject))
		r = -EBADMSG;
	yr_diags_free(diags);
	return r;
}

static int one(struct trial *t, const struct yr_learn_policy *how, const char *name)
{
	struct yr_learn_asked asked = { .unit = NULL };
	AUTO_FREE bool *was = calloc(t->p->n_rules + 1, sizeof(*was));
	size_t saved = 0;
	int r = was ? compile(how, t->p->name, name, &asked, &t->s, t->err) : -ENOMEM;

	if (!r)
		r = try_it(t, was, &saved);
	if (!r && (saved < PAYS || has_attack(t, &r)))
		for (size_t i = 0; i < t->p->n_rules; i++)
			t->p->rules[i]->fate = was[i] ? YR_LEARN_COVERED : YR_LEARN_KEPT;
	else if (!r)
		r = include(t, name, was, saved, t->s.profile->n_rules);
	yr_learn_asked_done(&asked);
	return r == -EBADMSG ? 0 : r;
}

int yr_learn_abstractions(struct yr_learn *l, const struct yr_learn_policy *how, struct yr_err *err)
{
	int r = 0;

	for (size_t i = 0; i < l->n_profiles; i++) {
		struct trial t = { .l = l, .p = l->profiles[i], .err = err };

		for (size_t k = 0; k < ARRAY_LEN(names) && !r && t.p->n_rules >= PAYS; k++)
			r = one(&t, how, names[k]);
	}
	return r;
}
