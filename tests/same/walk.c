/* SPDX-License-Identifier: Apache-2.0 */
#include "walk.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/nfa.h"
#include "automata/table.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* Two states, where in the question, and how they were reached first. */
struct spot {
	uint32_t a, b, from;
	int16_t place;
	uint16_t symbol;
};

struct walk {
	const struct yr_dfa *a, *b;
	const struct questions *q;
	struct spot *spot;
	uint32_t n, cap, at; /* at: the one being visited */
	struct yr_table table;
	uint16_t symbol[YR_SYMBOLS]; /* one out of each set that none of the three tells apart */
	uint32_t n_symbols;
	uint32_t row_a[YR_SYMBOLS], row_b[YR_SYMBOLS];
};

/*
 * Symbols that no place of a question tells apart have one number: asked once for each question,
 * since it takes longer than most walks.
 */
struct sorts {
	const struct questions *q;
	uint16_t of[YR_SYMBOLS];
};

static bool told_apart(const struct questions *q, const int16_t *place, unsigned n, unsigned c,
		       unsigned d)
{
	for (unsigned i = 0; i < n; i++)
		if (questions_step(q, place[i], c) != questions_step(q, place[i], d))
			return true;
	return false;
}

/* Places that can be reached, found by going everywhere. */
static unsigned all_places(const struct questions *q, int16_t *place)
{
	static char seen[QUESTION_PLACES];
	unsigned n = 0;

	memset(seen, 0, sizeof(seen));
	place[n++] = QUESTION_START;
	seen[QUESTION_START] = 1;
	for (unsigned i = 0; i < n; i++)
		for (unsigned c = 0; c < YR_SYMBOLS; c++) {
			int to = questions_step(q, place[i], c);

			if (to != QUESTION_NONE && !seen[to]) {
				seen[to] = 1;
				place[n++] = (int16_t)to;
			}
		}
	return n;
}

static void fill_sorts(struct sorts *s)
{
	static int16_t place[QUESTION_PLACES];
	unsigned n = all_places(s->q, place);

	for (unsigned c = 0; c < YR_SYMBOLS; c++) {
		unsigned d = 0;

		while (d < c && told_apart(s->q, place, n, c, d))
			d++;
		s->of[c] = (uint16_t)d;
	}
}

/* Not for two threads. */
static const struct sorts *sorts_of(const struct questions *q)
{
	static struct sorts known[32];
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(known) && known[i].q && known[i].q != q)
		i++;
	if (known[i].q != q) {
		known[i].q = q;
		fill_sorts(&known[i]);
	}
	return &known[i];
}

/* Letters first, so that a witness can be read. */
static void choose_symbols(struct walk *w)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz/";
	const struct sorts *sorts = sorts_of(w->q);

	for (unsigned i = 0; i < sizeof(first) - 1 + 256; i++) {
		unsigned c = i < sizeof(first) - 1 ? (unsigned char)first[i]
						   : i - ((unsigned)sizeof(first) - 1);
		unsigned k = 0;

		while (k < w->n_symbols && (w->a->class_of[c] != w->a->class_of[w->symbol[k]] ||
					    w->b->class_of[c] != w->b->class_of[w->symbol[k]] ||
					    sorts->of[c] != sorts->of[w->symbol[k]]))
			k++;
		if (k == w->n_symbols)
			w->symbol[w->n_symbols++] = (uint16_t)c;
	}
	if (w->a->has_oob || w->b->has_oob)
		w->symbol[w->n_symbols++] = YR_OOB;
}

static int meet(struct walk *w, struct spot s, struct yr_err *err)
{
	uint32_t hash = yr_mix(((uint64_t)s.a << 32 | s.b) ^ (uint64_t)(uint16_t)s.place << 20);
	uint32_t i, id;

	if (!yr_table_reserve(&w->table) ||
	    !yr_grow(&w->spot, &w->cap, w->n + UINT64_C(1), sizeof(*w->spot)))
		return yr_err_set(err, ENOMEM, "out of memory");
	for (i = hash; (id = yr_table_probe(&w->table, hash, &i)) != YR_NONE;)
		if (w->spot[id].a == s.a && w->spot[id].b == s.b && w->spot[id].place == s.place)
			return 0;
	if (w->n >= YR_LIMIT_PAIRS)
		return yr_err_set(err, E2BIG, "two automata with more than %u pairs of states",
				  YR_LIMIT_PAIRS);
	yr_table_put(&w->table, i, hash, w->n);
	w->spot[w->n++] = s;
	return 0;
}

static uint32_t go(const struct yr_dfa *d, const uint32_t *row, unsigned symbol)
{
	if (symbol == YR_OOB)
		return d->has_oob ? row[d->columns - 1] : 0;
	return row[d->class_of[symbol]];
}

static int follow(struct walk *w, struct yr_err *err)
{
	struct spot here = w->spot[w->at];
	int r = 0;

	/* Nothing comes of state 0, on either side. */
	if (!here.a && !here.b)
		return 0;
	yr_dfa_row(w->a, here.a, w->row_a);
	yr_dfa_row(w->b, here.b, w->row_b);
	for (uint32_t i = 0; i < w->n_symbols && !r; i++) {
		uint16_t c = w->symbol[i];
		int place = questions_step(w->q, here.place, c);

		if (place != QUESTION_NONE)
			r = meet(w,
				 (struct spot){ go(w->a, w->row_a, c), go(w->b, w->row_b, c), w->at,
						(int16_t)place, c },
				 err);
	}
	return r;
}

int walk_both(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b, uint32_t start_b,
	      const struct questions *q, walk_visit_fn *visit, void *ctx, struct yr_err *err)
{
	struct walk w = { .a = a, .b = b, .q = q };
	int r;

	choose_symbols(&w);
	r = meet(&w, (struct spot){ start_a, start_b, YR_NONE, QUESTION_START, 0 }, err);
	for (; !r && w.at < w.n; w.at++) {
		uint32_t asked = questions_asked(q, w.spot[w.at].place);

		if (asked)
			r = visit(ctx, &w, w.spot[w.at].a, w.spot[w.at].b, asked);
		if (!r)
			r = follow(&w, err);
	}
	free(w.spot);
	yr_table_done(&w.table);
	return r;
}

uint16_t *walk_input(const struct walk *w, size_t *ret_len)
{
	size_t len = 0;
	uint16_t *input;

	for (uint32_t i = w->at; w->spot[i].from != YR_NONE; i = w->spot[i].from)
		len++;
	input = malloc((len + 1) * sizeof(*input));
	if (!input)
		return NULL;
	*ret_len = len;
	for (uint32_t i = w->at; w->spot[i].from != YR_NONE; i = w->spot[i].from)
		input[--len] = w->spot[i].symbol;
	return input;
}
