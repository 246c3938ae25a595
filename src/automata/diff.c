/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Diff-encoding: a row that is nearly that of another state holds only what differs, and the
 * walk goes on from that other state when it finds nothing. Which other state is asked among a
 * few that are likely to be alike: the state where the same input behind a shorter beginning
 * leads (as "/usr" goes on nearly as any other text, where a rule allows all), the last
 * one seen whose last edge leads to the same place, and for rows of several edges where most bytes
 * of the row go, and the last ones seen that send most bytes to the same place. A chain only leads
 * to states that were decided before, so it ends; and it is short, since every link of it is a step
 * of the kernel's for one byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/diff.h"
#include "base/cleanup.h"

/*
 * Links of one chain. Upstream lets a chain be as long as its beginning is; over Debian's
 * profiles a bound of 2 costs 4 bytes in 10,000 against one of 16.
 */
#define CHAIN_MAX 4
/* Of the states that send most bytes to one place, so many of the last ones are asked. */
#define LOOK_BACK 4

/* By which way a state was met first. */
struct meeting {
	uint32_t from, column; /* from: 0: not yet met; column: YR_NONE: by the default */
};

struct chooser {
	const struct yr_dfa *d;
	const uint32_t *width; /* cells of a column */
	const uint32_t *named; /* [states]: cells of its edges */
	uint32_t bytes;        /* cells of a full row */
	uint32_t *cells, *parent;
	struct meeting *met; /* [states] */
	uint32_t *alike;     /* [states]: the best of the states that were asked */
	uint32_t *same;      /* [states]: the last state before with the same default */
	uint32_t *last;      /* [states]: the last state that has this one as default */
	uint32_t *led;       /* [states]: the last state whose last edge leads to this one */
	uint8_t *chain;      /* [states]: links behind it */
};

/* A bound from below of what difference() finds. */
static uint32_t least_difference(const struct chooser *c, uint32_t s, uint32_t t)
{
	uint32_t a = c->named[s], b = c->named[t];

	/* No edge leads where the bytes without one do. */
	if (c->d->def[s] == c->d->def[t])
		return a > b ? a - b : b - a;
	return c->bytes > a + b ? c->bytes - a - b : 0;
}

/* Of the edges from @e to @end, which the other row does not have, the cells not led to @def. */
static uint32_t lead_elsewhere(const struct chooser *c, const struct yr_edge *e,
			       const struct yr_edge *end, uint32_t def)
{
	uint32_t differ = 0;

	for (; e < end; e++)
		differ += e->to != def ? c->width[e->column] : 0;
	return differ;
}

/*
 * How many bytes lead elsewhere from @s than from @t; at least @enough once that is clear. The
 * out-of-band column is 0 cells wide.
 */
static uint32_t difference(const struct chooser *c, uint32_t s, uint32_t t, uint32_t enough)
{
	const struct yr_dfa *d = c->d;
	const struct yr_edge *a = d->edges + d->first[s], *a_end = d->edges + d->first[s + 1];
	const struct yr_edge *b = d->edges + d->first[t], *b_end = d->edges + d->first[t + 1];
	uint32_t def_a = d->def[s], def_b = d->def[t], differ = 0, both = 0;

	while (a < a_end && b < b_end && differ < enough) {
		if (a->column == b->column) {
			differ += a->to != b->to ? c->width[a->column] : 0;
			both += c->width[a->column];
			a++;
			b++;
		} else if (a->column < b->column) {
			differ += a->to != def_b ? c->width[a->column] : 0;
			a++;
		} else {
			differ += b->to != def_a ? c->width[b->column] : 0;
			b++;
		}
	}
	if (differ >= enough)
		return differ;
	differ += lead_elsewhere(c, a, a_end, def_b) + lead_elsewhere(c, b, b_end, def_a);
	/* What neither of them names. */
	if (def_a != def_b)
		differ += c->bytes - (c->named[s] + c->named[t] - both);
	return differ;
}

static uint32_t step_column(const struct yr_dfa *d, uint32_t s, uint32_t column)
{
	for (uint32_t e = d->first[s]; e < d->first[s + 1] && d->edges[e].column <= column; e++)
		if (d->edges[e].column == column)
			return d->edges[e].to;
	return d->def[s];
}

static inline void meet(struct chooser *c, uint32_t s, uint32_t from, uint32_t column)
{
	if (s > from && !c->met[s].from)
		c->met[s] = (struct meeting){ from, column };
}

/*
 * Where the rest goes is met before the single bytes: it is what their rows are like. What
 * leads to a state of a lower number tells nothing about it that is not known.
 */
static void meet_all(struct chooser *c, uint32_t s)
{
	const struct yr_dfa *d = c->d;
	const struct yr_edge *e = d->edges + d->first[s], *end = d->edges + d->first[s + 1];

	meet(c, d->def[s], s, YR_NONE);
	for (; e < end; e++)
		meet(c, e->to, s, e->column);
}

static bool has_oob(const struct yr_dfa *d, uint32_t s)
{
	uint32_t end = d->first[s + 1];

	return d->first[s] < end && d->edges[end - 1].column == yr_dfa_byte_columns(d);
}

struct best {
	uint32_t state, cost;
	uint32_t any, any_cost; /* whether or not its chain has room */
};

static void compare(const struct chooser *c, uint32_t s, uint32_t t, struct best *best)
{
	uint32_t enough = best->any_cost > best->cost ? best->any_cost : best->cost, cost;

	if (least_difference(c, s, t) >= enough)
		return;
	cost = difference(c, s, t, enough);
	if (cost < best->any_cost) {
		best->any_cost = cost;
		best->any = t;
	}
	if (cost < best->cost && c->chain[t] < CHAIN_MAX) {
		best->cost = cost;
		best->state = t;
	}
}

/*
 * Could @s go on from @t? Only from what was decided before; and state 0 has no row to speak
 * of.
 */
static inline void ask(const struct chooser *c, uint32_t s, uint32_t t, struct best *best)
{
	if (t && t < s && t != best->any && t != best->state)
		compare(c, s, t, best);
}

/* More rows that a row of several edges may be like. */
static void ask_around(struct chooser *c, uint32_t s, struct best *best)
{
	const struct yr_dfa *d = c->d;
	uint32_t from = c->met[s].from, look = c->last[d->def[s]];

	ask(c, s, d->def[from], best);
	ask(c, s, d->def[s], best);
	/* Few rows are the same but for what they accept: one cell is good enough. */
	for (int i = 0; i < LOOK_BACK && look && best->any_cost > 1; i++, look = c->same[look])
		ask(c, s, look, best);
	c->same[s] = c->last[d->def[s]];
	c->last[d->def[s]] = s;
}

static void choose(struct chooser *c, uint32_t s)
{
	const struct yr_dfa *d = c->d;
	struct meeting met = c->met[s];
	uint32_t alike = c->alike[met.from], edges = d->first[s + 1] - d->first[s];
	/* What costs more than the row itself is unlike it. */
	struct best best = { 0, c->cells[s], 0, c->cells[s] + 1 };

	if (met.column != YR_NONE && alike)
		ask(c, s, step_column(d, alike, met.column), &best);
	if (edges) {
		uint32_t to = d->edges[d->first[s + 1] - 1].to;

		if (c->led[to])
			ask(c, s, c->led[to], &best);
		c->led[to] = s;
	}
	/* A row of one edge, as most are, hardly gains but by one that is the same. */
	if (edges > 1)
		ask_around(c, s, &best);
	c->alike[s] = best.any;
	if (!best.state)
		return;
	c->parent[s] = best.state;
	c->cells[s] = best.cost + has_oob(d, s);
	c->chain[s] = c->chain[best.state] + 1;
}

int yr_diff_choose(const struct yr_dfa *d, const uint32_t *width, const uint32_t *named,
		   uint32_t *cells, uint32_t *parent)
{
	size_t n = d->states, zeros = n * (sizeof(struct meeting) + 2 * sizeof(uint32_t) + 1);
	/* One block, what is to be zero first. */
	AUTO_FREE struct meeting *met = malloc(zeros + 3 + 2 * n * sizeof(uint32_t));
	struct chooser c = {
		.d = d, .width = width, .named = named, .cells = cells, .parent = parent, .met = met
	};

	if (!met)
		return -ENOMEM;
	memset(met, 0, zeros);
	c.last = (uint32_t *)(met + n);
	c.led = c.last + n;
	c.chain = (uint8_t *)(c.led + n);
	c.alike = (uint32_t *)(c.chain + ((n + 3) & ~(size_t)3));
	c.alike[0] = 0;
	c.same = c.alike + n;
	for (uint32_t column = 0; column < yr_dfa_byte_columns(d); column++)
		c.bytes += width[column];
	for (uint32_t s = 1; s < d->states; s++) {
		choose(&c, s);
		meet_all(&c, s);
	}
	return 0;
}
