/* SPDX-License-Identifier: Apache-2.0 */
/* Which rule wins where several meet: policy-language.md, "How rules combine". */
#include "policy/enc.h"

#include <stdlib.h>

#include "base/limits.h"

/* FNV-1a over whole words: the keys are small structs without padding. */
static uint32_t hash_words(const uint32_t *w, size_t n)
{
	uint64_t h = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < n; i++)
		h = (h ^ w[i]) * UINT64_C(0x100000001b3);
	return (uint32_t)(h ^ h >> 32);
}

/* Room for one more in an array of @size-byte things; false: memory is out. */
static bool reserve(void **at, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t want = *cap ? *cap * 2 : 32;
	void *p;

	if (n < *cap)
		return true;
	p = realloc(*at, want * size);
	if (!p)
		return false;
	*at = p;
	*cap = want;
	return true;
}

typedef uint32_t hash_of_fn(const void *set, uint32_t i);

/* An open hash of numbers + 1, kept at most half full. */
static bool rehash(uint32_t **index, uint32_t *size, uint32_t n, const void *set, hash_of_fn *hash)
{
	uint32_t want = *size ? *size * 2 : 64;
	uint32_t *table;

	if (n * 2 < *size)
		return true;
	table = calloc(want, sizeof(*table));
	if (!table)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		uint32_t at = hash(set, i) & (want - 1);

		while (table[at])
			at = (at + 1) & (want - 1);
		table[at] = i + 1;
	}
	free(*index);
	*index = table;
	*size = want;
	return true;
}

static uint32_t hash_tag(const struct yr_tag *t)
{
	const uint32_t key[] = {
		t->by,      (uint32_t)t->priority, t->decision, t->exact,   t->bits[0],
		t->bits[1], t->audit[0],           t->audit[1], t->exec[0], t->exec[1],
	};

	return hash_words(key, ARRAY_LEN(key));
}

static uint32_t hash_tag_at(const void *set, uint32_t i)
{
	return hash_tag(&((const struct yr_tags *)set)->at[i]);
}

static bool same_tag(const struct yr_tag *a, const struct yr_tag *b)
{
	return a->priority == b->priority && a->decision == b->decision && a->exact == b->exact &&
	       a->bits[0] == b->bits[0] && a->bits[1] == b->bits[1] && a->audit[0] == b->audit[0] &&
	       a->audit[1] == b->audit[1] && a->exec[0] == b->exec[0] && a->exec[1] == b->exec[1] &&
	       a->by == b->by;
}

uint32_t yr_tags_add(struct yr_tags *t, const struct yr_tag *said)
{
	struct yr_tag own = *said, *tag = &own;
	uint32_t at;

	/* Here and not where tags are made, so that no encoder has to think of it. */
	own.by = t->per_rule ? t->by : 0;
	if (t->failed || !rehash(&t->index, &t->index_size, t->n, t, hash_tag_at) ||
	    !reserve((void **)&t->at, t->n, &t->cap, sizeof(*t->at))) {
		t->failed = true;
		return 0;
	}
	for (at = hash_tag(tag) & (t->index_size - 1); t->index[at];
	     at = (at + 1) & (t->index_size - 1))
		if (same_tag(&t->at[t->index[at] - 1], tag))
			return t->index[at] - 1;
	t->at[t->n] = *tag;
	t->index[at] = ++t->n;
	return t->n - 1;
}

void yr_tags_done(struct yr_tags *t)
{
	free(t->at);
	free(t->index);
	*t = (struct yr_tags){ 0 };
}

/*
 * One tag counts at up to two ranks: an exec by exact path outranks the other bits
 * of its rule.
 */
enum { RANK_PROMPT, RANK_ALLOW, RANK_EXACT, RANK_DENY };

struct vote {
	int rank;
	const struct yr_tag *tag;
	uint32_t bits;
};

static int rank_of(const struct yr_tag *t, int step)
{
	return t->priority * 4 + step;
}

int yr_tag_rank(const struct yr_tag *t, uint32_t bit)
{
	if (t->decision == YR_DENY)
		return rank_of(t, RANK_DENY);
	if (t->decision == YR_PROMPT)
		return rank_of(t, RANK_PROMPT);
	return rank_of(t, t->exact && bit == YR_MAY_EXEC ? RANK_EXACT : RANK_ALLOW);
}

static size_t add_votes(struct vote *v, const struct yr_tag *t, int half)
{
	uint32_t bits = yr_tag_names(t, half), exact = 0;
	size_t n = 0;

	if (t->decision == YR_DENY) {
		v[n++] = (struct vote){ rank_of(t, RANK_DENY), t, bits };
		return n;
	}
	if (t->decision == YR_ALLOW && t->exact)
		exact = bits & YR_MAY_EXEC;
	if (exact)
		v[n++] = (struct vote){ rank_of(t, RANK_EXACT), t, exact };
	if (bits & ~exact)
		v[n++] = (struct vote){ rank_of(t,
						t->decision == YR_ALLOW ? RANK_ALLOW : RANK_PROMPT),
					t, bits & ~exact };
	return n;
}

/* The highest rank first, and in one rank the order of the tags. */
static int by_rank(const void *left, const void *right)
{
	const struct vote *a = left, *b = right;

	if (a->rank != b->rank)
		return a->rank < b->rank ? 1 : -1;
	return (a->tag > b->tag) - (a->tag < b->tag);
}

static void sort_votes(struct vote *v, size_t n)
{
	enum { FEW = 16 }; /* nearly always: not worth a call each */

	if (n > FEW) {
		qsort(v, n, sizeof(*v), by_rank);
		return;
	}
	for (size_t i = 1; i < n; i++) {
		struct vote moved = v[i];
		size_t k = i;

		for (; k && by_rank(&v[k - 1], &moved) > 0; k--)
			v[k] = v[k - 1];
		v[k] = moved;
	}
}

/* Remember that the tags @a and @b want different execs; each pair once. */
static void note_conflict(struct yr_fold *f, uint32_t a, uint32_t b, int half)
{
	const uint32_t key[] = { a < b ? a : b, a < b ? b : a };
	uint32_t at = hash_words(key, 2), mask = ARRAY_LEN(f->conflict_index) - 1;

	for (at &= mask; f->conflict_index[at]; at = (at + 1) & mask) {
		struct yr_conflict *c = &f->conflicts[f->conflict_index[at] - 1];

		if (c->a != key[0] || c->b != key[1])
			continue;
		c->halves |= 1u << half;
		c->here = c->n < ARRAY_LEN(c->accept);
		f->conflict_here |= c->here;
		return;
	}
	if (f->n_conflicts >= YR_LIMIT_DIAGNOSTICS) /* nobody would see them */
		return;
	if (!reserve((void **)&f->conflicts, f->n_conflicts, &f->conflicts_cap,
		     sizeof(*f->conflicts))) {
		f->failed = true;
		return;
	}
	f->conflicts[f->n_conflicts] = (struct yr_conflict){
		.a = key[0], .b = key[1], .halves = 1u << half, .here = true
	};
	f->conflict_here = true;
	f->conflict_index[at] = (uint16_t)++f->n_conflicts;
}

/* Execs of one rank that were counted so far; more than these never meet in real policy. */
struct execs {
	const struct yr_tag *by[64];
	size_t n;
};

static void count_exec(struct yr_fold *f, struct execs *x, const struct yr_tag *t, int half)
{
	for (size_t i = 0; i < x->n; i++)
		if (x->by[i]->exec[half] != t->exec[half])
			note_conflict(f, (uint32_t)(x->by[i] - f->tags->at),
				      (uint32_t)(t - f->tags->at), half);
	if (x->n < ARRAY_LEN(x->by))
		x->by[x->n++] = t;
}

/*
 * Tags of one rank that execute in different ways. Neither a denial nor an exact path hides such
 * a mistake, so @open is what no higher priority has granted; upstream sees it so too, and has
 * nothing against two ways that are only asked about. Behind an exact path that is not audited it
 * does not look at audited patterns (@plain).
 */
static void find_conflicts(struct yr_fold *f, const struct vote *v, size_t n, uint32_t open,
			   int half, bool plain)
{
	struct execs execs;

	execs.n = 0;
	for (size_t i = 0; i < n; i++) {
		const struct yr_tag *t = v[i].tag;

		if (t->decision != YR_ALLOW || !(v[i].bits & open & YR_MAY_EXEC))
			continue;
		if (plain && !t->exact && t->audit[half] & YR_MAY_EXEC)
			continue;
		count_exec(f, &execs, t, half);
	}
}

/* Whether one of the tags, of one priority, executes an exact path and nobody logs it. */
static bool executes_plainly(const struct vote *v, size_t n, int half)
{
	for (size_t i = 0; i < n; i++)
		if (v[i].tag->decision == YR_ALLOW && v[i].tag->exact &&
		    v[i].bits & YR_MAY_EXEC & ~v[i].tag->audit[half])
			return true;
	return false;
}

/*
 * What the tags of one rank say of the bits that no higher rank has decided. True: an exec has
 * won that inherits.
 */
static bool count_rank(const struct vote *v, size_t n, uint32_t open, int half, struct yr_perms *p)
{
	bool executes = false;

	for (size_t i = 0; i < n; i++) {
		const struct yr_tag *t = v[i].tag;
		uint32_t bits = v[i].bits & open;

		if (!bits)
			continue;
		if (t->decision == YR_DENY) {
			p->deny |= bits;
			p->quiet |= bits & t->audit[half];
			continue;
		}
		if (t->decision == YR_PROMPT)
			p->prompt |= bits & t->bits[half];
		else
			p->allow |= bits & t->bits[half];
		p->audit |= bits & t->audit[half];
		if (!(bits & YR_MAY_EXEC))
			continue;
		executes = true;
		/* How an exec goes on that is only asked about has no place in any image. */
		if (t->decision == YR_ALLOW)
			p->exec = t->exec[half];
	}
	return executes && p->exec & YR_XEC_INHERIT && !(p->prompt & YR_MAY_EXEC);
}

static struct yr_perms fold_half(struct yr_fold *f, struct vote *v, size_t n, int half)
{
	struct yr_perms p = { 0 };
	uint32_t decided = 0, granted = 0, here = 0; /* here: granted at this priority */
	bool inherits = false, plain = false;
	size_t end;

	sort_votes(v, n);
	for (size_t i = 0; i < n; i = end) {
		uint32_t named = 0;

		for (end = i; end < n && v[end].rank == v[i].rank; end++)
			named |= v[end].bits;
		plain |= executes_plainly(v + i, end - i, half);
		find_conflicts(f, v + i, end - i, ~granted, half, plain);
		inherits |= count_rank(v + i, end - i, ~decided, half, &p);
		decided |= named;
		if (v[i].tag->decision != YR_DENY)
			here |= named;
		if (end < n && v[end].tag->priority != v[i].tag->priority) {
			granted |= here;
			here = 0;
			plain = false;
		}
	}
	if (inherits && f->exec_maps && !(p.deny & YR_MAY_MMAP))
		p.allow |= YR_MAY_MMAP;
	return p;
}

static uint32_t hash_perms(const struct yr_state_perms *p)
{
	return hash_words((const uint32_t *)p, sizeof(*p) / sizeof(uint32_t));
}

static uint32_t hash_perms_at(const void *set, uint32_t i)
{
	return hash_perms(&((const struct yr_fold *)set)->perms[i]);
}

/* The number of @p among the permissions seen so far; 0 is "nothing said". */
static uint32_t intern(struct yr_fold *f, const struct yr_state_perms *p)
{
	uint32_t at;

	if (!rehash(&f->index, &f->index_size, f->n, f, hash_perms_at) ||
	    !reserve((void **)&f->perms, f->n, &f->cap, sizeof(*f->perms))) {
		f->failed = true;
		return 0;
	}
	for (at = hash_perms(p) & (f->index_size - 1); f->index[at];
	     at = (at + 1) & (f->index_size - 1))
		if (!memcmp(&f->perms[f->index[at] - 1], p, sizeof(*p)))
			return f->index[at] - 1;
	f->perms[f->n] = *p;
	f->index[at] = ++f->n;
	return f->n - 1;
}

/* A number of its own for what is the same as others: a conflict is looked for by it. */
static uint32_t append(struct yr_fold *f, const struct yr_state_perms *p)
{
	if (!reserve((void **)&f->perms, f->n, &f->cap, sizeof(*f->perms))) {
		f->failed = true;
		return 0;
	}
	f->perms[f->n] = *p;
	return f->n++;
}

bool yr_fold_set(struct yr_fold *f, const uint32_t *tags, size_t n, struct yr_state_perms *ret)
{
	struct vote small[64], *v = small;
	AUTO_FREE struct vote *big = NULL;

	if (2 * n > ARRAY_LEN(small)) {
		v = big = calloc(2 * n, sizeof(*big));
		if (!big)
			return false;
	}
	for (int half = 0; half < 2; half++) {
		size_t votes = 0;

		for (size_t i = 0; i < n; i++)
			votes += add_votes(v + votes, &f->tags->at[tags[i]], half);
		*(half ? &ret->other : &ret->owner) = fold_half(f, v, votes, half);
		if (f->both_halves) {
			ret->owner.audit &= ~YR_PDB_CONTINUE;
			ret->owner.quiet &= ~YR_PDB_CONTINUE;
			ret->owner.prompt &= ~YR_PDB_CONTINUE;
			ret->other = ret->owner;
			break;
		}
	}
	return true;
}

uint32_t yr_fold_tags(void *ctx, const uint32_t *tags, size_t n)
{
	struct yr_fold *f = ctx;
	struct yr_state_perms p = { 0 };
	uint32_t accept;

	if (f->failed || (!f->n && intern(f, &p))) /* number 0 is nothing */
		return 0;
	f->conflict_here = false;
	if (!yr_fold_set(f, tags, n, &p)) {
		f->failed = true;
		return 0;
	}
	/*
	 * A denial that is not quiet leaves no trace: not allowed is what it would be
	 * anyway. States then differ only where the kernel can tell.
	 */
	p.owner.deny = p.other.deny = 0;
	if (f->why)
		accept = yr_why_add(f->why, tags, n, &p);
	else if (!f->tags->per_rule || !f->conflict_here)
		accept = intern(f, &p);
	else
		accept = append(f, &p);
	if (f->why && !accept)
		f->failed = true;
	for (uint32_t i = 0; f->conflict_here && i < f->n_conflicts; i++) {
		struct yr_conflict *c = &f->conflicts[i];

		if (c->here)
			c->accept[c->n++] = accept;
		c->here = false;
	}
	return accept;
}

void yr_fold_done(struct yr_fold *f)
{
	free(f->perms);
	free(f->index);
	free(f->conflicts);
	*f = (struct yr_fold){ 0 };
}
