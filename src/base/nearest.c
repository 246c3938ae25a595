/* SPDX-License-Identifier: Apache-2.0 */
#include "base/nearest.h"

#include <stdio.h>

#include "base/limits.h"

/* Longer words are no misspelling of anything that we know. */
enum { LONGEST = 40 };

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* How a letter is counted: one that is only large or small is no other letter. */
static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool alike(char a, char b)
{
	return lower(a) == lower(b);
}

/*
 * How many single letters apart two words are, a swap of neighbours counted once; more
 * than @most comes back as @most + 1.
 */
static unsigned word_distance(struct yr_str a, struct yr_str b, unsigned most)
{
	unsigned rows[3][LONGEST + 1], *before = rows[0], *last = rows[1], *now = rows[2], *spare;

	for (size_t j = 0; j <= b.len; j++)
		last[j] = (unsigned)j;
	for (size_t i = 1; i <= a.len; i++) {
		unsigned least = now[0] = (unsigned)i;

		for (size_t j = 1; j <= b.len; j++) {
			unsigned change = !alike(a.at[i - 1], b.at[j - 1]);

			now[j] = min2(min2(last[j], now[j - 1]) + 1, last[j - 1] + change);
			if (i > 1 && j > 1 && alike(a.at[i - 1], b.at[j - 2]) &&
			    alike(a.at[i - 2], b.at[j - 1]))
				now[j] = min2(now[j], before[j - 2] + 1);
			least = min2(least, now[j]);
		}
		/* A swap looks two rows back, so only what is a letter more than too far ends it. */
		if (least > most + 1)
			return most + 1;
		spare = before;
		before = last;
		last = now;
		now = spare;
	}
	return min2(last[b.len], most + 1);
}

/* A letter may be wrong in a short word, two in a longer one. */
struct yr_nearest yr_nearest_start(struct yr_str word)
{
	return (struct yr_nearest){
		.word = word,
		.bound = word.len <= 2   ? 1
			 : word.len <= 5 ? 2
					 : 3,
		.left = word.len > LONGEST ? 0 : YR_LIMIT_NEAREST,
	};
}

void yr_nearest_try(struct yr_nearest *n, struct yr_str candidate)
{
	unsigned d, most = n->bound - 1;

	if (!n->bound || !n->left || candidate.len > LONGEST ||
	    candidate.len > n->word.len + most || n->word.len > candidate.len + most)
		return;
	n->left--;
	d = word_distance(n->word, candidate, most);
	/* Nothing of the word is left when every letter of it may change. */
	if (d < n->bound && d < n->word.len) {
		n->bound = d;
		n->name = candidate;
	}
}

struct yr_phrase yr_nearest_phrase(const struct yr_nearest *n)
{
	struct yr_phrase p = { "" };

	if (n->name.at)
		snprintf(p.text, sizeof(p.text), "; did you mean '%.*s'?", YR_STR_ARG(n->name));
	return p;
}

void yr_phrase_add(struct yr_phrase *p, const char *word, bool last)
{
	size_t n = strlen(p->text);

	snprintf(p->text + n, sizeof(p->text) - n, "%s%s", !n ? "" : last ? " and " : ", ", word);
}
