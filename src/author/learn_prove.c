/* SPDX-License-Identifier: Apache-2.0 */
/* The proof: the text is compiled, and asked for all that was seen and for what nobody needs. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "author/making.h"
#include "base/limits.h"

struct proving {
	const struct yr_learn *l;
	const struct yr_learn_policy *how;
	struct yr_learn_proof *ret;
	struct yr_learn_asked now, old, least;
	bool has_least, per_rule;
	struct yr_err *err;
};

static int find(struct proving *v, enum yr_learn_wrong what, const char *profile,
		const char *access, const char *why, const char *rule)
{
	struct yr_learn_proof *ret = v->ret;

	ret->holds &= what == YR_LEARN_NEEDED || what == YR_LEARN_BEFORE;
	if (ret->n_findings >= YR_LIMIT_LEARN_FINDINGS) {
		ret->more = true;
		return 0;
	}
	if (!ret->findings)
		ret->findings = yr_arena_array(&ret->arena, YR_LIMIT_LEARN_FINDINGS,
					       sizeof(*ret->findings));
	if (!ret->findings || !access)
		return -ENOMEM;
	ret->findings[ret->n_findings++] = (struct yr_learn_finding){
		.what = what,
		.profile = profile,
		.access = yr_arena_printf(&ret->arena, "%s", access),
		.why = why,
		.rule = rule,
	};
	return ret->findings[ret->n_findings - 1].access ? 0 : -ENOMEM;
}

static bool is_dropped(const struct yr_learned_rule *r)
{
	return r && (r->fate == YR_LEARN_DROPPED || r->fate == YR_LEARN_REFUSED);
}

/* The file's accesses that nobody took out again, as one. */
static uint32_t wanted(const struct yr_learn_file *f, int who)
{
	uint32_t perms = f->perms[who];

	if (who == YR_LEARN_ANYBODY && f->exec)
		perms |= YR_MAY_EXEC;
	for (unsigned bit = 0; bit < YR_LEARN_BITS; bit++)
		if (is_dropped(f->rule[who][bit]))
			perms &= ~(1u << bit);
	return perms;
}

/*
 * A process's number is another one each time: who read the maps of one is in need of those of the
 * next, and the rule that was made says so. NULL: the path has none, or memory is out.
 */
static const char *of_any_process(struct yr_arena *arena, const struct yr_learn_file *f, int who,
				  uint32_t perms)
{
	AUTO_BUF struct yr_buf b = { 0 };
	uint32_t taken = 0;
	size_t from = 0;

	for (unsigned bit = 0; bit < YR_LEARN_BITS; bit++)
		if (f->rule[who][bit] && f->rule[who][bit]->doubts & YR_LEARN_DOUBT_BROAD)
			taken |= perms & 1u << bit;
	if (!taken || !f->shape.n || f->shape.slot[0].kind != YR_SLOT_PID)
		return NULL;
	yr_buf_puts(&b, who == YR_LEARN_OWNER ? "owner \"" : "\"");
	for (size_t i = 0; i <= f->shape.n; i++) {
		const struct yr_slot *s = &f->shape.slot[i];
		size_t to = i < f->shape.n ? s->at : f->path.len;

		if (i < f->shape.n && s->kind != YR_SLOT_PID && s->kind != YR_SLOT_TID)
			continue;
		yr_put_escaped(&b, (struct yr_str){ f->path.at + from, to - from });
		yr_buf_puts(&b, i < f->shape.n ? "[0-9]*" : "\" ");
		from = i < f->shape.n ? to + s->len : to;
	}
	yr_put_letters(&b, taken);
	yr_buf_puts(&b, ",\n");
	return b.failed ? NULL : yr_policy_text(arena, &b);
}

static const char *file_access(struct yr_arena *arena, const struct yr_learn_file *f, int who,
			       uint32_t perms)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_buf_puts(&b, who == YR_LEARN_OWNER ? "owner " : "");
	yr_put_word(&b, f->path);
	yr_buf_putc(&b, ' ');
	yr_put_letters(&b, perms);
	yr_buf_putc(&b, ',');
	return b.failed ? NULL : yr_policy_text(arena, &b);
}

/* What is refused is asked once more, to be told by which rule. */
static int refused(struct proving *v, const struct yr_learned_profile *p,
		   const struct yr_subject *s, const char *access)
{
	struct yr_answer answer = { 0 };
	const char *rule;
	int r = access ? yr_learn_ask(s, access, &answer, v->err) : -ENOMEM;

	rule = r >= 0 ? yr_learn_decider(&v->ret->arena, &answer) : NULL;
	if (r >= 0 || r == -EBADMSG)
		r = find(v, YR_LEARN_STILL_REFUSED, p->name, access,
			 r < 0 ? "it cannot be asked" : "it was seen, and is refused", rule);
	yr_answer_done(&answer);
	return r;
}

static int replay_file(struct proving *v, const struct yr_learned_profile *p,
		       const struct yr_subject *s, const struct yr_learn_file *f)
{
	uint32_t owner = yr_query_file(s->compiled, f->path, true);
	uint32_t both = owner & yr_query_file(s->compiled, f->path, false);
	int r = 0;

	for (int who = 0; who < YR_LEARN_AUDIENCES && !r; who++) {
		uint32_t perms = wanted(f, who), has = who == YR_LEARN_OWNER ? owner : both;

		if (!perms)
			continue;
		v->ret->replayed++;
		if (perms & ~has)
			r = refused(v, p, s, file_access(&v->ret->arena, f, who, perms & ~has));
		else
			v->ret->allowed++;
	}
	return r;
}

/* One that was not found to be allowed beside the others. */
static int replay_alone(struct proving *v, const struct yr_learned_profile *p,
			const struct yr_subject *s, const struct yr_learned_event *o,
			unsigned *left)
{
	bool quick = o->ev.rule_class == YR_LOG_CLASS_RLIMITS && !v->ret->more;
	struct yr_answer answer = { 0 };
	int r;

	if (!quick && !*left)
		return find(v, YR_LEARN_STILL_REFUSED, p->name, o->access,
			    "too many are refused to ask for this one, too", NULL);
	*left -= !quick;
	r = yr_learn_ask(s, o->access, &answer, v->err);
	yr_answer_done(&answer);
	v->ret->allowed += r > 0;
	return r > 0 ? 0 : r == 0 || r == -EBADMSG ? refused(v, p, s, o->access) : r;
}

static int replay(struct proving *v, const struct yr_learned_profile *p, const struct yr_subject *s)
{
	AUTO_FREE bool *allowed = calloc(p->n_others + 1, sizeof(*allowed));
	unsigned left = YR_LIMIT_LEARN_ALONE;
	int r = allowed ? yr_learn_ask_many(s, p, allowed, v->err) : -ENOMEM;

	for (size_t i = 0; i < p->n_files && !r; i++)
		r = replay_file(v, p, s, &p->files[i]);
	for (size_t i = 0; i < p->n_others && !r; i++) {
		if (is_dropped(p->others[i].rule))
			continue;
		v->ret->replayed++;
		if (allowed[i])
			v->ret->allowed++;
		else
			r = replay_alone(v, p, s, &p->others[i], &left);
	}
	return r;
}

/* Every access as its own rule, and nothing else: what the events alone prove. */
static int compile_least(struct proving *v)
{
	AUTO_BUF struct yr_buf b = { 0 };
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	for (size_t i = 0; i < v->l->n_profiles && !r; i++) {
		const struct yr_learned_profile *p = v->l->profiles[i];

		/* A name alone, whoever its parent is: it is only asked. */
		yr_buf_printf(&b, "profile \"p%zu\" {\n", i);
		for (size_t k = 0; k < p->n_files; k++)
			for (int who = 0; who < YR_LEARN_AUDIENCES; who++) {
				uint32_t perms = wanted(&p->files[k], who);
				const char *text;

				if (!perms)
					continue;
				text = file_access(&arena, &p->files[k], who,
						   perms & ~(uint32_t)YR_MAY_EXEC);
				b.failed |= !text;
				if (text && perms & ~(uint32_t)YR_MAY_EXEC)
					yr_buf_printf(&b, "%s\n", text);
				text = of_any_process(&arena, &p->files[k], who, perms);
				yr_buf_puts(&b, text ? text : "");
				text = file_access(&arena, &p->files[k], who, 0);
				b.failed |= !text;
				/* In front of its comma. */
				if (text && perms & YR_MAY_EXEC)
					yr_buf_printf(&b, "%.*six,\n", (int)strlen(text) - 1, text);
			}
		for (size_t k = 0; k < p->n_others; k++)
			if (!is_dropped(p->others[k].rule))
				yr_buf_printf(&b, "%s\n",
					      yr_learn_is_untold(&p->others[k].ev) &&
							      p->others[k].rule
						      ? p->others[k].rule->text
						      : p->others[k].access);
		yr_buf_puts(&b, "}\n");
	}
	if (!r && b.failed)
		r = -ENOMEM;
	if (!r)
		r = yr_learn_compile(v->how, "events", (struct yr_str){ b.data, b.len }, false,
				     diags, &v->least, v->err);
	yr_diags_free(diags);
	v->has_least = !r;
	return r == -EBADMSG ? 0 : r;
}

/* Whether @access is allowed by the profile called @name there. */
static int allowed_in(struct proving *v, const struct yr_learn_asked *a, const char *name,
		      const char *access)
{
	struct yr_answer answer = { 0 };
	struct yr_subject s;
	int r = yr_learn_subject(a, v->how, name, &s) ? yr_learn_ask(&s, access, &answer, v->err)
						      : 0;

	yr_answer_done(&answer);
	return r;
}

static int let_through(struct proving *v, const struct yr_learned_profile *p, size_t number,
		       const struct yr_attack *a, const struct yr_answer *answer)
{
	const char *rule = yr_learn_decider(&v->ret->arena, answer);
	char name[32];
	int r = 0;

	snprintf(name, sizeof(name), "p%zu", number);
	if (v->old.policy)
		r = allowed_in(v, &v->old, p->name, a->access);
	if (r > 0)
		return find(v, YR_LEARN_BEFORE, p->name, a->access, a->why, rule);
	if (!r && !v->least.unit)
		r = compile_least(v);
	if (!r && v->has_least)
		r = allowed_in(v, &v->least, name, a->access);
	if (r < 0)
		return r;
	return find(v, r ? YR_LEARN_NEEDED : YR_LEARN_ATTACK, p->name, a->access, a->why, rule);
}

static int attack(struct proving *v, const struct yr_learned_profile *p, size_t number,
		  const struct yr_subject *s)
{
	int r = 0;

	for (size_t i = 0; i < yr_n_attacks && r >= 0; i++) {
		struct yr_answer answer = { 0 };
		struct yr_attack a = yr_attacks[i];

		v->ret->attacks++;
		r = yr_learn_attacked(s, &yr_attacks[i], &v->ret->arena, &a.access, &answer,
				      v->err);
		/* What is not looked at no rule could refuse. */
		if (r >= 0 && answer.decided == YR_NOT_MEDIATED)
			v->ret->open++;
		else if (!r)
			v->ret->denied++;
		else if (r > 0)
			r = let_through(v, p, number, &a, &answer);
		yr_answer_done(&answer);
	}
	return r < 0 ? r : 0;
}

/*
 * A profile's name that begins with a slash is a pattern for the programs that it attaches to. One
 * of a log must not take in those of the whole machine.
 */
static int attaches(struct proving *v, const struct yr_learned_profile *p,
		    const struct yr_subject *s)
{
	static const char *const others[] = { "/bin/sh",       "/usr/bin/sh", "/sbin/init",
					      "/usr/bin/sudo", "/usr/bin/ls", "/usr/sbin/sshd",
					      "/usr/bin/dpkg", "/opt/a/b",    "/home/a/b" };
	const struct yr_dfa *d = s->compiled->xmatch;
	int r = 0;

	if (!d || !strpbrk(p->name, "*?[{"))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(others) && !r; i++)
		if (d->accept[yr_dfa_run(d, 1, yr_str_of(others[i]))])
			r = find(v, YR_LEARN_ATTACK, p->name, others[i],
				 "the profile would attach to this program by its name", NULL);
	return r;
}

static int prove_one(struct proving *v, size_t i)
{
	const struct yr_learned_profile *p = v->l->profiles[i];
	struct yr_subject s;
	int r;

	if (!yr_learn_subject(&v->now, v->how, p->name, &s))
		return find(v, YR_LEARN_STILL_REFUSED, p->name, "",
			    "the policy has no profile of that name", NULL);
	r = replay(v, p, &s);
	if (!r && !v->old.policy)
		r = attaches(v, p, &s);
	return r ? r : attack(v, p, i, &s);
}

static int find_room(struct proving *v, struct yr_str text)
{
	const bool held = v->ret->holds;
	const char *kernel, *why;
	int r = yr_learn_fit(v->l, v->how, text, v->per_rule ? NULL : v->now.policy, &v->ret->arena,
			     &kernel, &why, v->err);

	if (!r && why)
		r = find(v, YR_LEARN_NO_ROOM, kernel, "", why, NULL);
	/* When none was named it may be for another; loading it there says so again. */
	if (v->how->n_kernels > 1)
		v->ret->holds = held;
	return r;
}

int yr_learn_prove(const struct yr_learn *l, const struct yr_learn_policy *how, struct yr_str text,
		   struct yr_diags *diags, struct yr_learn_proof *ret, struct yr_err *err)
{
	struct proving v = {
		.l = l, .how = how, .ret = ret, .err = err, .per_rule = l->counts.accesses < 5000
	};
	struct yr_diags *quiet = yr_diags_new();
	/* With the rules behind its states, unless there are too many of them. */
	int r = quiet ? yr_learn_compile(how, how->name, text, v.per_rule, diags, &v.now, err)
		      : -ENOMEM;

	ret->holds = !l->counts.left && !l->counts.unexecuted;
	if (!r && how->text.at)
		r = yr_learn_compile(how, how->name, how->text, false, quiet, &v.old, err);
	for (size_t i = 0; i < l->n_profiles && !r; i++)
		r = prove_one(&v, i);
	if (!r)
		r = find_room(&v, text);
	yr_learn_asked_done(&v.now);
	yr_learn_asked_done(&v.old);
	yr_learn_asked_done(&v.least);
	yr_diags_free(quiet);
	return r == -ENOMEM ? yr_err_set(err, ENOMEM, "out of memory") : r;
}

void yr_learn_proof_done(struct yr_learn_proof *p)
{
	yr_arena_done(&p->arena);
	*p = (struct yr_learn_proof){ .holds = false };
}
