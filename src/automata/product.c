/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/nfa.h"
#include "automata/table.h"
#include "base/cleanup.h"
#include "base/limits.h"

/* A pair of states and how it was reached first. */
struct pair {
	uint32_t a, b, from;
	uint16_t symbol;
};

struct yr_product {
	const struct yr_dfa *a, *b;
	struct pair *pair;
	uint32_t n, cap, at; /* at: the one being visited */
	struct yr_table table;
	/* Columns of both: bytes that neither tells apart. */
	struct joint {
		uint32_t a, b;   /* YR_NONE: it has no such column */
		uint16_t symbol; /* the first of them */
	} joint[YR_SYMBOLS];
	uint32_t n_joint;
	uint32_t row_a[YR_SYMBOLS], row_b[YR_SYMBOLS];
};

static void join_columns(struct yr_product *p)
{
	for (int turn = 0; turn < 256; turn++) {
		unsigned char c = yr_readable_byte(turn);
		uint32_t a = p->a->class_of[c], b = p->b->class_of[c], i = 0;

		while (i < p->n_joint && (p->joint[i].a != a || p->joint[i].b != b))
			i++;
		if (i == p->n_joint)
			p->joint[p->n_joint++] = (struct joint){ a, b, c };
	}
	if (p->a->has_oob || p->b->has_oob)
		p->joint[p->n_joint++] =
			(struct joint){ p->a->has_oob ? p->a->columns - 1 : YR_NONE,
					p->b->has_oob ? p->b->columns - 1 : YR_NONE, YR_OOB };
}

static int meet(struct yr_product *p, struct pair pair, struct yr_err *err)
{
	uint32_t hash = yr_mix((uint64_t)pair.a << 32 | pair.b), i, id;

	if (!yr_table_reserve(&p->table) ||
	    !yr_grow(&p->pair, &p->cap, p->n + UINT64_C(1), sizeof(*p->pair)))
		return yr_err_set(err, ENOMEM, "out of memory");
	for (i = hash; (id = yr_table_probe(&p->table, hash, &i)) != YR_NONE;)
		if (p->pair[id].a == pair.a && p->pair[id].b == pair.b)
			return 0;
	if (p->n >= YR_LIMIT_PAIRS)
		return yr_err_set(err, E2BIG, "two automata with more than %u pairs of states",
				  YR_LIMIT_PAIRS);
	yr_table_put(&p->table, i, hash, p->n);
	p->pair[p->n++] = pair;
	return 0;
}

static int follow(struct yr_product *p, struct yr_err *err)
{
	uint32_t last_a = YR_NONE, last_b = YR_NONE;
	int r = 0;

	yr_dfa_row(p->a, p->pair[p->at].a, p->row_a);
	yr_dfa_row(p->b, p->pair[p->at].b, p->row_b);
	for (uint32_t i = 0; i < p->n_joint && !r; i++) {
		const struct joint *j = &p->joint[i];
		uint32_t a = j->a == YR_NONE ? 0 : p->row_a[j->a];
		uint32_t b = j->b == YR_NONE ? 0 : p->row_b[j->b];

		if (a == last_a && b == last_b)
			continue;
		last_a = a;
		last_b = b;
		r = meet(p, (struct pair){ a, b, p->at, j->symbol }, err);
	}
	return r;
}

int yr_product_walk(const struct yr_dfa *a, uint32_t start_a, const struct yr_dfa *b,
		    uint32_t start_b, yr_visit_fn *visit, void *ctx, struct yr_err *err)
{
	struct yr_product p = { .a = a, .b = b };
	int r;

	join_columns(&p);
	r = meet(&p, (struct pair){ start_a, start_b, YR_NONE, 0 }, err);
	for (; !r && p.at < p.n; p.at++) {
		r = visit(ctx, &p, p.pair[p.at].a, p.pair[p.at].b);
		if (r == YR_PRODUCT_SKIP)
			r = 0;
		else if (!r)
			r = follow(&p, err);
	}
	free(p.pair);
	yr_table_done(&p.table);
	return r;
}

uint16_t *yr_product_input(const struct yr_product *p, size_t *ret_len)
{
	size_t len = 0;
	uint16_t *input;

	for (uint32_t i = p->at; p->pair[i].from != YR_NONE; i = p->pair[i].from)
		len++;
	input = malloc((len + 1) * sizeof(*input));
	if (!input)
		return NULL;
	*ret_len = len;
	for (uint32_t i = p->at; p->pair[i].from != YR_NONE; i = p->pair[i].from)
		input[--len] = p->pair[i].symbol;
	return input;
}
