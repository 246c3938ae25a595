/* SPDX-License-Identifier: Apache-2.0 */
/* Automata side by side. */
#include <sys/socket.h>

#include "verdict/diff_pass.h"

/* On the pair of a link: it need not let do less than its target. As if it was a permission. */
#define FREELY YR_MAY_LOCK

static const uint32_t change_bits = (uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC;

/* Of what a kernel asks: names that may be paths. */
#define MAY_LINK_KERNEL 0x40000u

/* What is asked at this place. */
static uint32_t asked_here(const struct yr_pass *p, const struct yr_walk *w, uint32_t asked)
{
	int place = yr_walk_place(w);
	bool path = asked & MAY_LINK_KERNEL;

	if (!p->file)
		return asked & p->known;
	if (yr_questions_field(place))
		return path ? YR_MAY_LINK | FREELY | YR_MAY_ONEXEC : YR_MAY_ONEXEC;
	/* What a link may be called, and a program at whose start the profile changes, is asked
	 * for again behind it. */
	return path ? p->known & ~(uint32_t)(YR_MAY_LINK | YR_MAY_ONEXEC)
		    : (uint32_t)YR_MAY_CHANGE_PROFILE;
}

static struct yr_perms masked(struct yr_perms p, uint32_t asked)
{
	p.allow &= asked;
	p.audit &= p.allow;
	p.quiet &= asked & ~p.allow;
	p.prompt &= asked & ~p.allow;
	p.deny = 0;
	return p;
}

static void see_pair(struct yr_perms *p)
{
	bool subset = p->allow & FREELY;

	p->allow &= ~(uint32_t)FREELY;
	if (p->allow & YR_MAY_LINK && !subset)
		p->allow |= FREELY;
	p->audit &= ~(uint32_t)FREELY;
	p->quiet &= ~(uint32_t)FREELY;
}

static void see(const struct yr_pass *p, struct yr_view *v, int side, uint32_t state,
		uint32_t asked)
{
	const struct yr_pdb *pdb = p->pdb[side];
	const struct yr_state_perms *s;

	v->set[side] = 0;
	v->p[side][0] = v->p[side][1] = (struct yr_perms){ 0 };
	if (p->open[side]) {
		v->p[side][0].allow = v->p[side][1].allow = asked;
		return;
	}
	if (!pdb->dfa)
		return;
	v->set[side] = p->frozen[side] ? p->frozen_set[side] : pdb->dfa->accept[state];
	s = &pdb->perms[v->set[side]];
	for (int half = 0; half < 2; half++) {
		struct yr_perms own = p->file && half ? s->other : s->owner;

		/* Who owns a program is not looked at here. */
		if (p->file)
			own.allow |= (s->owner.allow | s->other.allow) & change_bits;
		if (v->pair)
			see_pair(&own);
		v->p[side][half] = masked(own, asked);
	}
}

/* Whether two ways to go on are the same; what targets are called counts, not their numbers. */
static bool same_exec(const struct yr_pass *p, uint32_t a, uint32_t b)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	const struct yr_compiled *old_one = p->d->s[OLD]->compiled;
	const struct yr_compiled *new_one = p->d->s[NEW]->compiled;
	const char *x, *y;

	if (a == b && yr_xec_modifier(a) < YR_XEC_TARGET)
		return true;
	x = yr_transition_text(&arena, old_one, a);
	y = yr_transition_text(&arena, new_one, b);
	return x && y && !strcmp(x, y);
}

static void compare_half(const struct yr_pass *p, const struct yr_view *v, int half,
			 uint32_t bits[YR_CHANGES])
{
	const struct yr_perms *a = &v->p[OLD][half], *b = &v->p[NEW][half];
	uint32_t both = a->allow & b->allow, none = ~(a->allow | b->allow);

	memset(bits, 0, YR_CHANGES * sizeof(*bits));
	bits[YR_CHANGE_ALLOWED] = b->allow & ~a->allow;
	bits[YR_CHANGE_DENIED] = a->allow & ~b->allow;
	/* Whether a link is free is of interest where both have it at all. */
	if (v->pair && !(both & YR_MAY_LINK)) {
		bits[YR_CHANGE_ALLOWED] &= ~(uint32_t)FREELY;
		bits[YR_CHANGE_DENIED] &= ~(uint32_t)FREELY;
	}
	bits[YR_CHANGE_AUDITED] = b->audit & ~a->audit & both;
	bits[YR_CHANGE_UNAUDITED] = a->audit & ~b->audit & both;
	bits[YR_CHANGE_QUIET] = b->quiet & ~a->quiet & none;
	bits[YR_CHANGE_LOUD] = a->quiet & ~b->quiet & none;
	bits[YR_CHANGE_PROMPTED] = b->prompt & ~a->prompt & none;
	bits[YR_CHANGE_UNPROMPTED] = a->prompt & ~b->prompt & none;
	if (p->file && !v->pair && both & YR_MAY_EXEC && !p->open[OLD] && !p->open[NEW] &&
	    !same_exec(p, a->exec, b->exec))
		bits[YR_CHANGE_TRANSITION] = YR_MAY_EXEC;
}

static size_t add_finding(struct yr_finding *f, size_t n, enum yr_change change,
			  enum yr_halves halves, uint32_t bits)
{
	/* Changing the profile is another access than what else a name stands for. */
	if (bits & change_bits)
		f[n++] = (struct yr_finding){ change, halves, bits & change_bits };
	if (bits & ~change_bits)
		f[n++] = (struct yr_finding){ change, halves, bits & ~change_bits };
	return n;
}

static size_t compare(const struct yr_pass *p, const struct yr_view *v,
		      struct yr_finding f[YR_FINDINGS])
{
	uint32_t own[YR_CHANGES], other[YR_CHANGES];
	size_t n = 0;

	compare_half(p, v, 0, own);
	compare_half(p, v, 1, other);
	for (unsigned i = 0; i < YR_CHANGES; i++) {
		n = add_finding(f, n, i, BY_ANYBODY, own[i] & other[i]);
		n = add_finding(f, n, i, BY_OWNER, own[i] & ~other[i]);
		n = add_finding(f, n, i, BY_OTHERS, other[i] & ~own[i]);
	}
	return n;
}

static int visit(void *ctx, const struct yr_walk *w, uint32_t a, uint32_t b, uint32_t asked);

static int walk_from(struct yr_pass *p, const uint32_t state[SIDES], int question)
{
	/* An automaton that stays where it is: in 0, which says nothing, or in 1. */
	uint32_t stays[] = { 0, 1 }, no_edges[] = { 0, 0, 0 }, no_accept[] = { 0, 0 };
	const struct yr_dfa still = {
		.states = 2, .columns = 1, .def = stays, .first = no_edges, .accept = no_accept
	};
	const struct yr_dfa *d[SIDES];

	for (int i = 0; i < SIDES; i++)
		d[i] = p->open[i] || p->frozen[i] || !p->pdb[i]->dfa ? &still : p->pdb[i]->dfa;
	return yr_walk_both(d[OLD], state[OLD], d[NEW], state[NEW], yr_questions_strictly(question),
			    visit, p, 0, p->d->err);
}

/* One side has decided at @v, the other one looks at more. */
static int walk_frozen(struct yr_pass *p, const struct yr_view *v, const uint32_t state[SIDES],
		       int side)
{
	struct yr_pass inner = {
		.d = p->d,
		.class = p->class,
		.name = p->name,
		.pdb = { p->pdb[OLD], p->pdb[NEW] },
		.known = p->known,
		.n_prefix = sizeof(p->prefix),
	};
	uint32_t from[SIDES] = { state[OLD], state[NEW] };
	size_t len;
	AUTO_FREE uint16_t *input = yr_walk_input(v->w, &len);
	int r;

	if (!input)
		return yr_differ_no_memory(p->d);
	for (size_t i = 0; i < len && i < sizeof(inner.prefix); i++)
		inner.prefix[i] = (char)input[i];
	inner.frozen[side] = true;
	inner.frozen_set[side] = v->set[side];
	from[side] = 1;
	r = walk_from(&inner, from, YR_QUESTIONS_ALL);
	if (!r)
		r = yr_pass_end(&inner);
	yr_pass_done(&inner);
	return r;
}

/*
 * Since 6.17 the kernel asks for the type of a socket first, and goes on only where that says so.
 * Of unix sockets it does not ask for the type: what is laid there serves kernels that know
 * no more. YR_PRODUCT_SKIP: this is where all questions end.
 */
static int look_behind_type(struct yr_pass *p, const struct yr_view *v, const uint32_t state[SIDES])
{
	bool more[SIDES];
	int r;

	for (int i = 0; i < SIDES; i++)
		more[i] = !p->open[i] && p->pdb[i]->dfa &&
			  p->pdb[i]->perms[v->set[i]].owner.allow & YR_PDB_CONTINUE;
	if (more[OLD] == more[NEW])
		return more[OLD] ? 0 : YR_PRODUCT_SKIP;
	if (p->open[OLD] || p->open[NEW])
		return 0;
	r = walk_frozen(p, v, state, more[OLD] ? NEW : OLD);
	return r ? r : YR_PRODUCT_SKIP;
}

enum net_place { NOT_OF_TYPE, OF_TYPE, OF_UNIX_TYPE };

static int net_place(const struct yr_pass *p, const struct yr_walk *w, enum net_place *ret)
{
	enum { TYPE_END = 4 };
	AUTO_FREE uint16_t *input = NULL;
	size_t len = yr_walk_length(w, TYPE_END + 1);

	*ret = NOT_OF_TYPE;
	if ((p->class != YR_CLASS_NET_V9 && p->class != YR_CLASS_NET_V7) || p->file ||
	    p->n_prefix || len != TYPE_END)
		return 0;
	input = yr_walk_input(w, &len);
	if (!input)
		return yr_differ_no_memory(p->d);
	*ret = input[0] == AF_UNIX >> 8 && input[1] == AF_UNIX ? OF_UNIX_TYPE : OF_TYPE;
	return 0;
}

static int visit(void *ctx, const struct yr_walk *w, uint32_t a, uint32_t b, uint32_t asked)
{
	struct yr_pass *p = ctx;
	const uint32_t state[SIDES] = { a, b };
	struct yr_view v = { .w = w, .pair = p->file && yr_questions_field(yr_walk_place(w)) };
	struct yr_finding f[YR_FINDINGS];
	uint32_t bits = asked_here(p, w, asked);
	enum net_place net;
	int r = net_place(p, w, &net);
	size_t n;

	/* Where nothing is behind the class it is marked; two classes are asked just there. */
	if (r || net == OF_UNIX_TYPE || !bits ||
	    (!yr_walk_length(w, 1) && p->class != YR_CLASS_USERNS && p->class != YR_CLASS_IO_URING))
		return r;
	for (int i = 0; i < SIDES; i++)
		see(p, &v, i, state[i], bits);
	if (!yr_pass_met(p, v.set, bits)) {
		n = compare(p, &v, f);
		r = yr_pass_group(p, &v, f, n, bits);
	}
	return r || net != OF_TYPE ? r : look_behind_type(p, &v, state);
}

static int compare_files(struct yr_differ *d)
{
	const struct yr_refusal any = { .file = true };
	struct yr_pass p = {
		.d = d,
		.file = true,
		.name = "file",
		.pdb = { &d->s[OLD]->compiled->file, &d->s[NEW]->compiled->file },
		.open = { yr_is_open(d->s[OLD]->compiled), yr_is_open(d->s[NEW]->compiled) },
		.known = yr_spell_known(&any) | change_bits,
	};
	const uint32_t from[SIDES] = { p.pdb[OLD]->dfa && !p.open[OLD],
				       p.pdb[NEW]->dfa && !p.open[NEW] };
	int r = 0;

	if (!p.open[OLD] || !p.open[NEW])
		r = walk_from(&p, from, YR_QUESTIONS_FILES);
	if (!r)
		r = yr_pass_find_real(&p, p.known & ~(uint32_t)(YR_MAY_LINK | YR_MAY_ONEXEC));
	if (!r)
		r = yr_pass_end(&p);
	yr_pass_done(&p);
	return r;
}

static const char *name_of(struct yr_differ *d, unsigned class)
{
	switch (class) {
	case YR_CLASS_MOUNT:
		return "mount";
	case YR_CLASS_PTRACE:
		return "ptrace";
	case YR_CLASS_SIGNAL:
		return "signal";
	case YR_CLASS_NET_V7:
	case YR_CLASS_NET_V8:
	case YR_CLASS_NET_V9:
		return "network";
	case YR_CLASS_POSIX_MQUEUE:
	case YR_CLASS_SYSV_MQUEUE:
		return "mqueue";
	case YR_CLASS_USERNS:
		return "userns";
	case YR_CLASS_IO_URING:
		return "io_uring";
	case YR_CLASS_DBUS:
		return "dbus";
	default:
		return yr_arena_printf(&d->diff->arena, "class %u", class);
	}
}

/* An unconfined profile is asked about user namespaces, and of nothing else. */
static bool is_class_open(const struct yr_compiled *c, unsigned class, uint32_t state)
{
	return !state || (yr_is_open(c) && class != YR_CLASS_USERNS);
}

static int compare_class(struct yr_differ *d, unsigned class)
{
	const struct yr_refusal any = { .class = (unsigned char)class };
	struct yr_pass p = { .d = d, .class = (unsigned char)class };
	uint32_t from[SIDES];
	int r = 0;

	for (int i = 0; i < SIDES; i++) {
		const struct yr_compiled *c = d->s[i]->compiled;

		p.pdb[i] = &c->policydb;
		from[i] = p.pdb[i]->dfa ? yr_dfa_step(p.pdb[i]->dfa, 1, (unsigned char)class) : 0;
		p.open[i] = is_class_open(c, class, from[i]);
		if (p.open[i])
			from[i] = 0;
	}
	if (p.open[OLD] && p.open[NEW])
		return 0;
	p.known = yr_spell_known(&any);
	if (!p.known)
		p.known = ~YR_PDB_CONTINUE;
	p.name = name_of(d, class);
	if (!p.name)
		return yr_differ_no_memory(d);
	r = walk_from(&p, from, (int)class);
	if (!r)
		r = yr_pass_end(&p);
	yr_pass_done(&p);
	return r;
}

int yr_differ_walk(struct yr_differ *d)
{
	int r = compare_files(d);

	for (unsigned class = 1; class < 256 && !r; class ++)
		/* The kernel takes files for mediated, and asks for no label by its own class. */
		if (class != YR_CLASS_FILE && class != YR_CLASS_LABEL)
			r = compare_class(d, class);
	return r;
}
