/* SPDX-License-Identifier: Apache-2.0 */
#include "parts.h"

#include <errno.h>

#include "verdict/walk.h"

#define MODE_UNCONFINED 3u

/* What a visitor knows. */
struct sides {
	struct comparison *c;
	const char *where;
	int class;
	const struct yr_image_pdb *a, *b;
	unsigned shown;
};

/* The input that led here, with the class byte of the policydb in front. */
static int print_witness(const struct sides *w, const struct yr_walk *at)
{
	size_t n, front = w->class >= 0;
	AUTO_FREE uint16_t *input = yr_walk_input(at, &n);
	AUTO_FREE uint16_t *whole = calloc(n + 1, sizeof(*whole));

	if (!input || !whole)
		return yr_err_set(w->c->err, ENOMEM, "out of memory");
	if (front)
		whole[0] = (uint16_t)w->class;
	memcpy(whole + front, input, n * sizeof(*input));
	same_print_bytes(same_differ(w->c, w->where), whole, n + front);
	return 0;
}

static int visit_half(struct sides *w, const struct yr_walk *at, const char *who, uint32_t a,
		      uint32_t b, uint32_t asked)
{
	bool exact = w->c->o->exact;
	struct same_seen x = same_see(w->a, a, w->class, asked, exact);
	struct same_seen y = same_see(w->b, b, w->class, asked, exact);
	FILE *out = w->c->o->out;
	int r;

	if (same_seen_alike(&x, &y))
		return 0;
	r = print_witness(w, at);
	if (r)
		return r;
	fprintf(out, "%s\n    first:  ", who);
	same_print_seen(out, w->class, &x);
	fputs("    second: ", out);
	same_print_seen(out, w->class, &y);
	return 1;
}

/* Stops with 1 when enough was shown. */
static int visit(void *ctx, const struct yr_walk *at, uint32_t a, uint32_t b, uint32_t asked)
{
	struct sides *w = ctx;
	bool owners = w->class == YR_QUESTIONS_FILES;
	int r;

	r = visit_half(w, at, owners ? " by its owner" : "", w->a->owner[a], w->b->owner[b], asked);

	if (r < 0)
		return r;
	/* One line says it for both, unless only the others' half differs. */
	if (!r && owners)
		r = visit_half(w, at, " by others", w->a->other[a], w->b->other[b], asked);
	if (r < 0)
		return r;
	w->shown += (unsigned)r;
	if (w->c->o->max && w->shown >= w->c->o->max) {
		fprintf(w->c->o->out, "    (there may be more here)\n");
		return 1;
	}
	return 0;
}

static void cleanup_dfa(struct yr_dfa **d)
{
	yr_dfa_free(*d);
}

#define AUTO_DFA YR_CLEANUP(cleanup_dfa)

static int walk_from(struct sides *w, const struct yr_dfa *a, uint32_t start_a,
		     const struct yr_dfa *b, uint32_t start_b)
{
	int question = w->c->o->exact ? YR_QUESTIONS_ALL : w->class;
	int r = yr_walk_both(a, start_a, b, start_b, yr_questions_of(question), visit, w, 0,
			     w->c->err);

	return r < 0 ? r : 0;
}

static int unpack_both(struct comparison *c, const struct yr_image_pdb *a,
		       const struct yr_image_pdb *b, struct yr_dfa **ret_a, struct yr_dfa **ret_b)
{
	int r = yr_tables_unpack(a->tables, ret_a, c->err);

	return r ? r : yr_tables_unpack(b->tables, ret_b, c->err);
}

static int compare_whole(struct comparison *c, const char *where, int class,
			 const struct yr_image_pdb *a, const struct yr_image_pdb *b)
{
	AUTO_DFA struct yr_dfa *x = NULL;
	AUTO_DFA struct yr_dfa *y = NULL;
	struct sides w = { c, where, class, a, b, 0 };
	int r = unpack_both(c, a, b, &x, &y);

	return r ? r : walk_from(&w, x, a->start, y, b->start);
}

static void differ_mediated(struct comparison *c, const char *where, bool a)
{
	fprintf(same_differ(c, where), "mediated by the %s image alone\n", a ? "first" : "second");
}

/*
 * Unix sockets have a marker of their own behind class and family: the kernel (6.17 and later)
 * takes state 0 there for "not mediated in detail". No other family is looked at like that, and
 * no class before version 9.
 */
static void compare_unix(struct comparison *c, const struct sides *w, const char *where, uint32_t a,
			 uint32_t b)
{
	struct yr_str family = { "\0\1", 2 };
	bool x = a && yr_tables_run(w->a->tables, a, family);
	bool y = b && yr_tables_run(w->b->tables, b, family);
	char at[64];

	if (x == y)
		return;
	snprintf(at, sizeof(at), "%s, unix", where);
	differ_mediated(c, at, x);
}

/* The kernel begins at the class byte, so that each class is an automaton of its own. */
static int compare_classes(struct comparison *c, const struct yr_image_pdb *a,
			   const struct yr_image_pdb *b)
{
	AUTO_DFA struct yr_dfa *x = NULL;
	AUTO_DFA struct yr_dfa *y = NULL;
	int r = unpack_both(c, a, b, &x, &y);

	for (int class = 0; !r && class < 256; class ++) {
		uint32_t from_a = yr_tables_step(a->tables, a->start, (unsigned char)class);
		uint32_t from_b = yr_tables_step(b->tables, b->start, (unsigned char)class);
		char buf[16];
		const char *where = same_class((unsigned)class, buf);
		struct sides w = { c, where, class, a, b, 0 };

		if (!from_a && !from_b)
			continue;
		/* Then rules of one side alone are told as well: the walk shows them. */
		if (!from_a != !from_b)
			differ_mediated(c, where, from_a);
		else if (class == YR_CLASS_NET_V9)
			compare_unix(c, &w, where, from_a, from_b);
		r = walk_from(&w, x, from_a, y, from_b);
	}
	return r;
}

/*
 * What stands for an absent automaton, as in the kernel: one that matches nothing. Without file
 * rules anybody may still stat what he can name, as in every state of a packed automaton.
 */
static int make_absent(struct yr_image_pdb *d, struct yr_kperms *perms, uint32_t allow,
		       struct comparison *c)
{
	static uint32_t zeros[2];

	*perms = (struct yr_kperms){ .allow = allow };
	*d = (struct yr_image_pdb){
		.start = 1, .perms = perms, .n_perms = 1, .owner = zeros, .other = zeros
	};
	d->tables = yr_tables_new(2, 256);
	return d->tables ? 0 : yr_err_set(c->err, ENOMEM, "out of memory");
}

static uint32_t fold_match(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return 1;
}

/* The kernel's own name of a profile: what stands behind the last "//". */
static const char *base_of(const char *name)
{
	for (const char *at = strstr(name, "//"); at; at = strstr(name, "//"))
		name = at + 2;
	return name;
}

/*
 * A profile without an attachment attaches to the path that is its name (find_attach() in
 * domain.c). 5.0 writes that path as a pattern, 3.0 leaves the pattern away. (With it the name is
 * one pattern among others where another profile's fits as well, without it it comes first.)
 */
static int attachment_by_name(struct comparison *c, const char *name, struct yr_dfa **ret)
{
	struct yr_nfa *n = yr_nfa_new();
	int r = n ? 0 : yr_err_set(c->err, ENOMEM, "out of memory");

	if (!r) {
		yr_nfa_accept(n, yr_nfa_bytes(n, yr_nfa_start(n), yr_str_of(base_of(name))), 0);
		r = yr_dfa_build(n, fold_match, NULL, ret, c->err);
	}
	yr_nfa_free(n);
	return r;
}

/* @a has a pattern, @b, the profile's name, stands for one; or, @turned, the other way round. */
static int compare_with_name(struct comparison *c, const struct yr_image_pdb *a, const char *name,
			     bool turned)
{
	static struct yr_kperms perms[2] = { { 0 }, { .allow = 1 } };
	AUTO_DFA struct yr_dfa *x = NULL;
	AUTO_DFA struct yr_dfa *y = NULL;
	struct yr_image_pdb b = { .start = 1, .perms = perms, .n_perms = 2 };
	struct sides w = { c, "attachment", YR_QUESTIONS_ATTACHMENT, a, &b, 0 };
	int r = yr_tables_unpack(a->tables, &x, c->err);

	if (!r)
		r = attachment_by_name(c, name, &y);
	if (r)
		return r;
	b.owner = b.other = y->accept;
	if (!turned)
		return walk_from(&w, x, a->start, y, b.start);
	w.a = &b;
	w.b = a;
	return walk_from(&w, y, b.start, x, a->start);
}

static int compare_attachment(struct comparison *c, const struct yr_image_profile *a,
			      const struct yr_image_profile *b)
{
	if (!a->has_xmatch && !b->has_xmatch)
		return 0;
	if (c->o->exact && a->has_xmatch != b->has_xmatch) {
		fprintf(same_differ(c, "attachment"), "only the %s image has patterns\n",
			a->has_xmatch ? "first" : "second");
		return 0;
	}
	if (!b->has_xmatch)
		return compare_with_name(c, &a->xmatch, b->name, false);
	if (!a->has_xmatch)
		return compare_with_name(c, &b->xmatch, a->name, true);
	/*
	 * 3.0 writes the length of the literal beginning, 5.0 that of a shortest match; the
	 * kernel takes it for a hint where two attachments match equally long.
	 */
	if (c->o->exact)
		same_differ_number(c, "shortest attachment", a->xmatch_len, b->xmatch_len);
	return compare_whole(c, "attachment", YR_QUESTIONS_ATTACHMENT, &a->xmatch, &b->xmatch);
}

int same_compare_automata(struct comparison *c, const struct yr_image_profile *a,
			  const struct yr_image_profile *b)
{
	struct yr_kperms stat, none;
	struct yr_image_pdb no_file = { 0 }, no_policydb = { 0 };
	int r = make_absent(&no_file, &stat, 0x200, c);

	if (!r)
		r = make_absent(&no_policydb, &none, 0, c);
	if (!r)
		r = compare_attachment(c, a, b);
	/*
	 * A profile in mode unconfined is never asked about a class (the kernel's unconfined()
	 * comes first); 3.0 marks classes in it, 5.0 does not.
	 */
	if (!r && (c->o->exact || a->mode != MODE_UNCONFINED || b->mode != MODE_UNCONFINED))
		r = compare_classes(c, a->policydb.present ? &a->policydb : &no_policydb,
				    b->policydb.present ? &b->policydb : &no_policydb);
	if (!r)
		r = compare_whole(c, "file", YR_QUESTIONS_FILES,
				  a->file.present ? &a->file : &no_file,
				  b->file.present ? &b->file : &no_file);
	yr_tables_free(no_file.tables);
	yr_tables_free(no_policydb.tables);
	return r;
}
