/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes no pattern tells apart. */
#include <string.h>

#include "automata/plan.h"

/* Classes on their way; their names mean nothing yet. None is empty: 256 suffice. */
struct classes {
	uint32_t n, size[256];
};

/* The bytes that @set has or those that it lacks, whichever are fewer: both tell as much. */
static unsigned tell_apart(const struct yr_byteset *set, unsigned char bytes[256])
{
	unsigned has = 0, n = 0;
	uint64_t flip;

	for (int w = 0; w < 4; w++)
		has += (unsigned)__builtin_popcountll(set->w[w]);
	flip = has > 128 ? ~UINT64_C(0) : 0;
	for (unsigned w = 0; w < 4; w++)
		for (uint64_t left = set->w[w] ^ flip; left; left &= left - 1)
			bytes[n++] = (unsigned char)(w * 64 + (unsigned)__builtin_ctzll(left));
	return n;
}

/* Bytes keep a common class only while @set has both or none. */
static void split_classes(uint8_t *class_of, struct classes *k, const struct yr_byteset *set)
{
	uint32_t moving[256] = { 0 }, renamed[256], before = k->n;
	unsigned char bytes[256];
	unsigned n = tell_apart(set, bytes);

	memset(renamed, 0xff, before * sizeof(*renamed));
	for (unsigned i = 0; i < n; i++)
		moving[class_of[bytes[i]]]++;
	for (unsigned i = 0; i < n; i++) {
		uint8_t *class = &class_of[bytes[i]];

		if (moving[*class] == k->size[*class])
			continue;
		if (renamed[*class] == YR_NONE)
			renamed[*class] = k->n++;
		*class = (uint8_t)renamed[*class];
	}
	for (uint32_t c = 0; c < before; c++) {
		if (renamed[c] == YR_NONE)
			continue;
		k->size[renamed[c]] = moving[c];
		k->size[c] -= moving[c];
	}
}

/* A byte that some edge names is a class of its own. */
static uint32_t split_off(uint8_t *class_of, const bool alone[256])
{
	uint32_t renamed[256], n = 0;

	memset(renamed, 0xff, sizeof(renamed));
	for (int c = 0; c < 256; c++) {
		uint32_t *name = &renamed[class_of[c]];

		if (alone[c] || *name == YR_NONE) {
			class_of[c] = n++;
			if (!alone[c])
				*name = class_of[c];
		} else {
			class_of[c] = *name;
		}
	}
	return n;
}

/* What the sets have of each class: a byte of it tells, for they have all of it or nothing. */
static void fill_set_columns(struct yr_plan *p, const struct yr_nfa *nfa)
{
	unsigned char member[256];

	for (int c = 0; c < 256; c++)
		member[p->class_of[c]] = (unsigned char)c;
	for (uint32_t s = 0; s < nfa->n_sets; s++)
		for (uint32_t k = 0; k < p->byte_columns; k++)
			if (yr_byteset_has(&nfa->set[s], member[k]))
				yr_columns_add(&p->set_columns[s], k);
}

void yr_plan_columns(struct yr_plan *p, const struct yr_nfa *nfa)
{
	struct classes k = { 1, { 256 } };

	for (uint32_t s = 0; s < nfa->n_sets && k.n < 256; s++)
		split_classes(p->class_of, &k, &nfa->set[s]);
	p->byte_columns = split_off(p->class_of, nfa->has_byte);
	p->has_oob = nfa->has_oob;
	p->columns = p->byte_columns + p->has_oob;
	fill_set_columns(p, nfa);
}
