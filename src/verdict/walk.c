/* SPDX-License-Identifier: Apache-2.0 */
#include "verdict/walk.h"

#include <errno.h>
#include <limits.h>
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

struct yr_walk {
	const struct yr_dfa *a, *b;
	const struct yr_questions *q;
	unsigned flags;
	struct spot *spot;
	uint32_t n, cap, at; /* at: the one being visited */
	struct yr_table table;
	uint16_t symbol[YR_SYMBOLS]; /* one out of each set that none of the three tells apart */
	uint32_t n_symbols;
	uint32_t row_a[YR_SYMBOLS], row_b[YR_SYMBOLS];
};

/* Places that can be reached, found by going everywhere. 0: memory. */
static unsigned all_places(const struct yr_questions *q, int16_t *place)
{
	AUTO_FREE char *seen = calloc(YR_QUESTION_PLACES, 1);
	unsigned n = 0;

	if (!seen)
		return 0;
	place[n++] = YR_QUESTION_START;
	seen[YR_QUESTION_START] = 1;
	for (unsigned i = 0; i < n; i++)
		for (unsigned c = 0; c < YR_SYMBOLS; c++) {
			int to = yr_questions_step(q, place[i], c);

			if (to != YR_QUESTION_NONE && !seen[to]) {
				seen[to] = 1;
				place[n++] = (int16_t)to;
			}
		}
	return n;
}

/* Symbols of one sort stay together only while @to, where they lead, is one place. */
static void split_sorts(uint16_t *sort, uint16_t *n_sorts, const int *to)
{
	uint16_t old[YR_SYMBOLS], rep[YR_SYMBOLS], n = 0;
	unsigned k;

	memcpy(old, sort, sizeof(old));
	for (unsigned c = 0; c < YR_SYMBOLS; c++) {
		for (k = 0; k < n; k++)
			if (old[rep[k]] == old[c] && to[rep[k]] == to[c])
				break;
		if (k == n)
			rep[n++] = (uint16_t)c;
		sort[c] = (uint16_t)k;
	}
	*n_sorts = n;
}

/* Symbols that no place of a question tells apart get one number. */
static bool sort_symbols(const struct yr_questions *q, uint16_t sort[YR_SYMBOLS])
{
	AUTO_FREE int16_t *place = calloc(YR_QUESTION_PLACES, sizeof(*place));
	unsigned n = place ? all_places(q, place) : 0;
	uint16_t n_sorts = 1;

	memset(sort, 0, YR_SYMBOLS * sizeof(*sort));
	for (unsigned i = 0; i < n; i++) {
		int to[YR_SYMBOLS], first[YR_SYMBOLS];
		bool together = true;

		for (unsigned c = 0; c < n_sorts; c++)
			first[c] = INT_MIN;
		for (unsigned c = 0; c < YR_SYMBOLS; c++) {
			to[c] = yr_questions_step(q, place[i], c);
			if (first[sort[c]] == INT_MIN)
				first[sort[c]] = to[c];
			together &= first[sort[c]] == to[c];
		}
		if (!together)
			split_sorts(sort, &n_sorts, to);
	}
	return n;
}

/* Letters first, so that a witness can be read. */
static bool choose_symbols(struct yr_walk *w)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz/", slash[] = "/";
	const char *first = w->flags & YR_WALK_SLASH_FIRST ? slash : letters;
	unsigned n_first = (unsigned)strlen(first);
	uint16_t sort[YR_SYMBOLS];

	if (!sort_symbols(w->q, sort))
		return false;
	for (unsigned i = 0; i < n_first + 256; i++) {
		unsigned c = i < n_first ? (unsigned char)first[i] : i - n_first;
		unsigned k = 0;

		while (k < w->n_symbols && (w->a->class_of[c] != w->a->class_of[w->symbol[k]] ||
					    w->b->class_of[c] != w->b->class_of[w->symbol[k]] ||
					    sort[c] != sort[w->symbol[k]]))
			k++;
		if (k == w->n_symbols)
			w->symbol[w->n_symbols++] = (uint16_t)c;
	}
	if (w->a->has_oob || w->b->has_oob)
		w->symbol[w->n_symbols++] = YR_OOB;
	return true;
}

static int meet(struct yr_walk *w, struct spot s, struct yr_err *err)
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

static int follow(struct yr_walk *w, struct yr_err *err)
{
	struct spot here = w->spot[w->at];
	int r = 0;

	/* Nothing comes of state 0, on either side. */
	if (!here.a && (!here.b || w->flags & YR_WALK_WITHIN_A))
		return 0;
	yr_dfa_row(w->a, here.a, w->row_a);
	yr_dfa_row(w->b, here.b, w->row_b);
	for (uint32_t i = 0; i < w->n_symbols && !r; i++) {
		uint16_t c = w->symbol[i];
		int place = yr_questions_step(w->q, here.place, c);

		if (place != YR_QUESTION_NONE)
			r = meet(w,
				 (struct spot){ go(w->a, w->row_a, c), go(w->b, w->row_b, c), w->at,
						(int16_t)place, c },
				 err);
	}
	return r;
}

int yr_walk_both(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b, uint32_t start_b,
		 const struct yr_questions *q, yr_walk_visit_fn *visit, void *ctx, unsigned flags,
		 struct yr_err *err)
{
	struct yr_walk w = { .a = a, .b = b, .q = q, .flags = flags };
	int r;

	if (!choose_symbols(&w))
		return yr_err_set(err, ENOMEM, "out of memory");
	r = meet(&w, (struct spot){ start_a, start_b, YR_NONE, YR_QUESTION_START, 0 }, err);
	for (; !r && w.at < w.n; w.at++) {
		uint32_t asked = yr_questions_asked(q, w.spot[w.at].place);

		if (asked)
			r = visit(ctx, &w, w.spot[w.at].a, w.spot[w.at].b, asked);
		if (r == YR_PRODUCT_SKIP)
			r = 0;
		else if (!r)
			r = follow(&w, err);
	}
	free(w.spot);
	yr_table_done(&w.table);
	return r;
}

int yr_walk_place(const struct yr_walk *w)
{
	return w->spot[w->at].place;
}

uint16_t *yr_walk_input(const struct yr_walk *w, size_t *ret_len)
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

size_t yr_walk_length(const struct yr_walk *w, size_t most)
{
	size_t len = 0;

	for (uint32_t i = w->at; len < most && w->spot[i].from != YR_NONE; i = w->spot[i].from)
		len++;
	return len;
}

uint32_t yr_walk_number(const struct yr_walk *w)
{
	return w->at;
}

uint32_t yr_walk_before(const struct yr_walk *w, uint32_t number)
{
	return w->spot[number].from == YR_NONE ? YR_WALK_NOWHERE : w->spot[number].from;
}
