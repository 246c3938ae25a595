/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that automata answer: the access's beside the profile's. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "verdict/query_parts.h"
#include "verdict/walk.h"

/* On the pair of a link the lock bit says something else. */
#define SUBSET YR_MAY_LOCK

struct query {
	const struct yr_subject *s;
	const struct yr_request *a;
	struct yr_answer *ans;
	struct yr_err *err;
	/* The automaton at hand. */
	bool file;
	unsigned char class;
	const struct yr_pdb *asks, *says; /* of the access, of the policy */
	uint32_t base;                    /* the state that the inputs begin in */
	bool mediated;
	/* What came out. */
	size_t questions, passed[2], refused[2]; /* by field: the name, behind it; of others [0] */
	size_t unmediated;
	struct yr_refusal no;      /* the first */
	const char *example;       /* of another one, when the first reads as the access does */
	unsigned examples_left;    /* refusals that are still looked at for it */
	const char *transition[2]; /* by half */
	uint32_t audited;
	bool failed;
};

static const struct yr_perms *half_of(const struct yr_state_perms *p, int half)
{
	return half ? &p->other : &p->owner;
}

static const struct yr_state_perms *says_at(const struct query *q, uint32_t state)
{
	static const struct yr_state_perms nothing;

	return q->says->dfa ? &q->says->perms[q->says->dfa->accept[state]] : &nothing;
}

static bool is_bare_exec(const struct yr_rule *r)
{
	return r->u.file.exec.kind == YR_EXEC_NONE && !r->u.file.exec.inherit;
}

/* Which of the bits that the access's rule lays is what it asks for, where the path ends. */
static uint32_t asked_of_file(const struct yr_request *a, int field)
{
	switch (a->rule->kind) {
	case YR_RULE_FILE:
		return field ? (uint32_t)YR_MAY_LINK : a->rule->u.file.perms;
	case YR_RULE_LINK:
		return YR_MAY_LINK;
	case YR_RULE_CHANGE_PROFILE:
		/* At once, or at the next exec of a program that is named. */
		if (a->rule->u.change_profile.exec.text.at)
			return YR_MAY_ONEXEC;
		return field ? 0 : (uint32_t)YR_MAY_CHANGE_PROFILE;
	default:
		return 0;
	}
}

/* What the access asks for in its state @state; @exec: how it wants an exec to go on. */
static void asked_at(const struct query *q, uint32_t state, uint32_t bits[2], uint32_t exec[2])
{
	const struct yr_why *w = q->asks->why;
	uint32_t set = q->asks->dfa->accept[state];

	bits[0] = bits[1] = exec[0] = exec[1] = 0;
	for (uint32_t i = w->first[set]; set && i < w->first[set + 1]; i++) {
		const struct yr_tag *t = &w->tags[w->member[i]];

		/* Markers of classes, and grants that go with other rules, are no questions. */
		if (!t->rule)
			continue;
		for (int half = 0; half < 2; half++) {
			bits[half] |= t->bits[half];
			exec[half] |= t->exec[half];
		}
	}
}

/* An access that says how to execute asks for that very way. */
static bool executes_otherwise(struct query *q, uint32_t wanted, const struct yr_perms *p, int half)
{
	const char *got = yr_transition_text(&q->ans->arena, q->s->compiled, p->exec);
	const char *want;

	if (!got) {
		q->failed = true;
		return false;
	}
	q->transition[half] = got;
	if (q->a->rule->kind != YR_RULE_FILE || is_bare_exec(q->a->rule))
		return false;
	want = yr_transition_text(&q->ans->arena, q->a->compiled, wanted);
	if (!want)
		q->failed = true;
	return want && strcmp(want, got) != 0;
}

/* Refusals among which one is looked for that says more than the access. */
#define EXAMPLES 64

static bool reads_as_asked(struct query *q, const struct yr_refusal *no, const char **ret_text)
{
	*ret_text = yr_spell_access(&q->ans->arena, no);
	return *ret_text && !no->file && !strcmp(*ret_text, q->a->text);
}

static bool note_refusal(struct query *q, const struct yr_walk *w, uint32_t state, int half,
			 uint32_t asked, uint32_t missing)
{
	struct yr_refusal no = {
		.file = q->file,
		.half = half,
		.asked = asked,
		.missing = missing,
		.set = q->says->dfa ? q->says->dfa->accept[state] : 0,
		.class = q->class,
	};
	const char *text;
	uint16_t *input;

	if (q->no.missing && !q->examples_left)
		return true;
	input = yr_walk_input(w, &no.len);
	if (!input)
		return false;
	no.input = yr_arena_alloc(&q->ans->arena, no.len + 1);
	for (size_t i = 0; no.input && i < no.len; i++)
		no.input[i] = (char)input[i];
	free(input);
	if (!no.input)
		return false;
	if (!q->no.missing) {
		q->no = no;
		q->examples_left = reads_as_asked(q, &no, &text) ? EXAMPLES : 0;
		return text;
	}
	q->examples_left--;
	if (!reads_as_asked(q, &no, &text) && text) {
		q->example = text;
		q->examples_left = 0;
	}
	return text;
}

/*
 * The link itself may be allowed only when it lets do no more than its target does. Works on
 * what of the input names both; true when there is nothing against it.
 */
static bool is_subset(struct query *q, const struct yr_walk *w, int half)
{
	const struct yr_dfa *d = q->says->dfa;
	const struct yr_perms *link, *target;
	uint32_t at = 1, allow;
	uint16_t *input;
	size_t len, i = 0;

	if (q->a->rule->kind != YR_RULE_LINK || !q->a->rule->u.link.to.text.at) {
		q->ans->subset = true;
		return true;
	}
	input = yr_walk_input(w, &len);
	if (!input) {
		q->failed = true;
		return true;
	}
	for (; i < len && input[i]; i++)
		at = yr_dfa_step(d, at, (unsigned char)input[i]);
	link = half_of(&q->says->perms[d->accept[at]], half);
	for (at = 1, i++; i < len; i++)
		at = yr_dfa_step(d, at, (unsigned char)input[i]);
	target = half_of(&q->says->perms[d->accept[at]], half);
	free(input);
	allow = link->allow & ~(uint32_t)(YR_MAY_LINK | YR_MAY_ONEXEC | YR_MAY_CHANGE_PROFILE);
	if (allow & ~target->allow) {
		struct yr_refusal more = { .file = true, .half = half };
		uint32_t bits = allow & ~target->allow;

		/* Who may write may append. */
		if (bits & YR_MAY_WRITE)
			bits &= ~(uint32_t)YR_MAY_APPEND;
		q->ans->lets_more = yr_spell_bits(&q->ans->arena, &more, bits);
		q->failed |= !q->ans->lets_more;
		return false;
	}
	return !(allow & YR_MAY_EXEC) ||
	       ((link->exec & ~YR_XEC_UNSAFE) == (target->exec & ~YR_XEC_UNSAFE) &&
		(!(link->exec & YR_XEC_UNSAFE) || target->exec & YR_XEC_UNSAFE));
}

/* One question: @bits in @half, of the policy's @state. */
static bool put_question(struct query *q, const struct yr_walk *w, uint32_t state, int half,
			 int field, uint32_t bits, uint32_t exec)
{
	const struct yr_state_perms *both = says_at(q, state);
	struct yr_perms p = *half_of(both, half);
	uint32_t change = (uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC, missing;
	struct yr_refusal here = { .file = q->file, .half = half };
	bool first = !q->no.missing, otherwise = false;

	/* Who owns a program is not looked at here. */
	if (q->file)
		p.allow |= (both->owner.allow | both->other.allow) & change;
	missing = bits & ~p.allow;
	if (q->file && bits & p.allow & YR_MAY_EXEC)
		otherwise = executes_otherwise(q, exec, &p, half);
	missing |= otherwise ? (uint32_t)YR_MAY_EXEC : 0;
	if (q->file && field && bits & YR_MAY_LINK && p.allow & SUBSET && !is_subset(q, w, half))
		missing |= YR_MAY_LINK;
	q->questions++;
	q->unmediated += !q->mediated;
	if (!q->mediated)
		return true;
	if (missing) {
		q->refused[field]++;
		if (!note_refusal(q, w, state, half, bits, missing))
			return false;
		if (first && otherwise)
			q->no.transition = q->transition[half];
		return true;
	}
	q->passed[field]++;
	q->audited |= bits & p.audit;
	here.set = q->says->dfa ? q->says->dfa->accept[state] : 0;
	yr_name_deciding(q->s, &here, bits, YR_ALLOW, &q->ans->rules);
	return true;
}

/* The family of the sockets that the input is about. */
static unsigned family_of(const uint16_t *input)
{
	return (unsigned)input[0] << 8 | input[1];
}

static bool goes_on(const struct yr_dfa *d, uint32_t state)
{
	return d->def[state] || d->first[state] != d->first[state + 1];
}

enum net_place { NET_ELSEWHERE, NET_OF_UNIX, NET_EARLY };

/*
 * Since 6.17 the kernel asks for the type first, and goes on only where that says so. Of unix
 * sockets it is not asked: what is laid there serves kernels that know no more.
 */
static enum net_place net_place(struct query *q, const struct yr_walk *w, uint32_t a, uint32_t b)
{
	enum { TYPE_END = 4 };
	size_t len = 0;
	uint16_t *input;
	unsigned family;

	if (q->class != YR_CLASS_NET_V9 && q->class != YR_CLASS_NET_V7)
		return NET_ELSEWHERE;
	input = yr_walk_input(w, &len);
	if (!input) {
		q->failed = true;
		return NET_ELSEWHERE;
	}
	family = len == TYPE_END ? family_of(input) : 0;
	free(input);
	if (len != TYPE_END || !goes_on(q->asks->dfa, a))
		return NET_ELSEWHERE;
	if (family == AF_UNIX)
		return NET_OF_UNIX;
	return says_at(q, b)->other.allow & YR_PDB_CONTINUE ? NET_ELSEWHERE : NET_EARLY;
}

static uint32_t all_bits(const struct yr_why *w)
{
	uint32_t bits = 0;

	for (uint32_t i = 0; i < w->n_tags; i++)
		bits |= w->tags[i].rule ? w->tags[i].bits[0] : 0;
	return bits & ~YR_PDB_CONTINUE;
}

static int visit(void *ctx, const struct yr_walk *w, uint32_t a, uint32_t b, uint32_t asked)
{
	struct query *q = ctx;
	uint32_t bits[2], exec[2];
	int field = q->file ? yr_questions_field(yr_walk_place(w)) : 0, then = 0;

	if (!a)
		return 0;
	asked_at(q, a, bits, exec);
	if (!(bits[0] | bits[1]))
		return 0;
	if (!q->file) {
		enum net_place net = net_place(q, w, a, b);

		if (net == NET_OF_UNIX)
			return 0;
		if (net == NET_EARLY) {
			bits[0] = all_bits(q->asks->why);
			then = YR_PRODUCT_SKIP;
		}
		bits[0] &= asked & ~YR_PDB_CONTINUE;
		bits[1] = 0;
	}
	for (int half = 0; half < 2 && !q->failed; half++) {
		uint32_t own = bits[half] & (q->file ? asked_of_file(q->a, field) : UINT32_MAX);

		if (own && !put_question(q, w, b, half, field, own, exec[half]))
			q->failed = true;
	}
	return q->failed ? -ENOMEM : then;
}

static int walk(struct query *q, uint32_t a, uint32_t b, int question)
{
	/* A profile without file rules has no automaton for files: everything is refused. */
	const struct yr_dfa *says = q->says->dfa ? q->says->dfa : q->asks->dfa;
	unsigned flags = YR_WALK_WITHIN_A | (question == YR_CLASS_MOUNT ? YR_WALK_SLASH_FIRST : 0);
	int r = yr_walk_both(q->asks->dfa, a, says, q->says->dfa ? b : 0, yr_questions_of(question),
			     visit, q, flags, q->err);

	return r == -ENOMEM ? yr_err_set(q->err, ENOMEM, "out of memory") : r;
}

static int ask_files(struct query *q)
{
	q->file = true;
	q->asks = &q->a->compiled->file;
	q->says = &q->s->compiled->file;
	q->mediated = true;
	return q->asks->dfa ? walk(q, 1, 1, YR_QUESTIONS_FILES) : 0;
}

/* Every class is marked, also those of which the access says nothing. */
static bool is_marker(const struct query *q, uint32_t a)
{
	uint32_t bits[2], exec[2];

	asked_at(q, a, bits, exec);
	return !goes_on(q->asks->dfa, a) && !(bits[0] | bits[1]);
}

static int ask_class(struct query *q, unsigned class)
{
	uint32_t a = yr_dfa_step(q->asks->dfa, 1, (unsigned char)class), b = 0;

	/* The label's own prefix is asked by no kernel so far, and says the same. */
	if (!a || class == YR_CLASS_LABEL || is_marker(q, a))
		return 0;
	if (q->says->dfa)
		b = yr_dfa_step(q->says->dfa, 1, (unsigned char)class);
	q->class = (unsigned char)class;
	q->mediated = b;
	return walk(q, a, b, (int)class);
}

static int ask_classes(struct query *q)
{
	int r = 0;

	q->file = false;
	q->asks = &q->a->compiled->policydb;
	q->says = &q->s->compiled->policydb;
	for (unsigned class = 1; class < 256 && !r && q->asks->dfa; class ++)
		r = ask_class(q, class);
	return r;
}

static const char *join_transitions(struct query *q)
{
	const char *owner = q->transition[0], *other = q->transition[1];

	if (!owner || !other || !strcmp(owner, other))
		return owner ? owner : other;
	owner = yr_arena_printf(&q->ans->arena, "%s for the owner, %s for others", owner, other);
	q->failed |= !owner;
	return owner;
}

static bool is_net(unsigned char class)
{
	return class == YR_CLASS_NET_V7 || class == YR_CLASS_NET_V8 || class == YR_CLASS_NET_V9;
}

/* Of a socket that cannot be made nothing else is ever asked. */
static bool is_quiet(const struct yr_refusal *no, const struct yr_perms *p)
{
	enum { CREATE = 0x10 };
	uint32_t first =
		!no->file && is_net(no->class) && no->missing & CREATE ? CREATE : no->missing;

	return !(first & ~p->quiet);
}

/* Why not, for the first question that is refused. */
static int explain_refusal(struct query *q)
{
	const struct yr_refusal *no = &q->no;
	struct yr_answer *ans = q->ans;
	const struct yr_perms none = { 0 }, *p = &none;
	int field = no->file && memchr(no->input, '\0', no->len);

	q->says = no->file ? &q->s->compiled->file : &q->s->compiled->policydb;
	q->file = no->file;
	if (q->says->dfa)
		p = half_of(&q->says->perms[no->set], no->half);
	ans->quiet = is_quiet(no, p);
	ans->prompt = p->prompt & no->missing;
	ans->for_some = q->passed[field];
	if (ans->for_some)
		ans->rest = ans->rules;
	yr_nobody_decides(q->s, &ans->rules);
	q->no.by_owner = no->file && q->passed[field];
	ans->missing = yr_spell_bits(&ans->arena, no, no->missing);
	ans->example = q->example ? q->example : yr_spell_access(&ans->arena, no);
	if (!ans->missing || !ans->example)
		return yr_err_set(q->err, ENOMEM, "out of memory");
	yr_name_deciding(q->s, no, no->missing, YR_DENY, &ans->rules);
	if (!ans->rules.n && no->missing & p->allow) /* executes otherwise, or no subset */
		yr_name_deciding(q->s, no, no->missing, YR_ALLOW, &ans->rules);
	else if (ans->rules.n)
		yr_name_hidden(q->s, no, &ans->hidden);
	ans->decided =
		ans->rules.n || ans->quiet || no->missing & p->allow ? YR_BY_RULES : YR_BY_NOBODY;
	if (ans->decided == YR_BY_NOBODY)
		return yr_query_nearest(q->s, q->a, no, ans, q->err);
	return 0;
}

/* The kernel looks at one class of such profiles alone. */
static bool is_unconfined(const struct yr_subject *s, const struct yr_request *a)
{
	return (s->compiled->flags->mode == YR_MODE_UNCONFINED ||
		s->compiled->flags->mode == YR_MODE_DEFAULT_ALLOW) &&
	       a->rule->kind != YR_RULE_USERNS;
}

/* With flags=(audit) everything that is looked at is logged, and no denial is silent. */
static void apply_flags(const struct yr_subject *s, struct yr_answer *ans)
{
	ans->by_deny = ans->quiet || (!ans->allowed && ans->rules.n &&
				      ans->rules.at[0]->quals.decision == YR_DENY);
	if (!s->compiled->flags->audit || ans->decided == YR_BY_UNCONFINED)
		return;
	ans->quiet = ans->quiet_rules = false;
	ans->audited = ans->allowed && ans->decided != YR_NOT_MEDIATED;
}

int yr_query(const struct yr_subject *subject, const struct yr_request *access,
	     struct yr_answer *answer, struct yr_err *err)
{
	struct query q = { .s = subject, .a = access, .ans = answer, .err = err };
	int r;

	*answer = (struct yr_answer){ 0 };
	if (subject->deciding)
		yr_rule_set_clear(subject->deciding);
	if (is_unconfined(subject, access)) {
		answer->allowed = true;
		answer->decided = YR_BY_UNCONFINED;
		return 0;
	}
	if (yr_query_plain(subject, access, answer)) {
		apply_flags(subject, answer);
		return 0;
	}
	r = ask_files(&q);
	if (!r)
		r = ask_classes(&q);
	if (!r && q.no.missing)
		r = explain_refusal(&q);
	if (r < 0)
		return r;
	answer->allowed = !q.no.missing;
	answer->audited = answer->allowed && q.audited;
	/* Of a denial it is the reason, or is not told. */
	answer->transition = answer->allowed ? join_transitions(&q) : q.no.transition;
	if (answer->allowed && q.questions == q.unmediated)
		answer->decided = YR_NOT_MEDIATED;
	apply_flags(subject, answer);
	return q.failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}

void yr_answer_done(struct yr_answer *a)
{
	yr_arena_done(&a->arena);
	*a = (struct yr_answer){ 0 };
}
