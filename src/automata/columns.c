/* SPDX-License-Identifier: Apache-2.0 */
/* Which bytes no pattern tells apart. */
#include <string.h>

#include "automata/plan.h"

/* Bytes keep a common class only while @set has both or none. */
static uint32_t split_classes(uint8_t *class_of, const struct yr_byteset *set)
{
	uint32_t renamed[512], n = 0;

	memset(renamed, 0xff, sizeof(renamed));
	for (int c = 0; c < 256; c++) {
		uint32_t key = class_of[c] * 2u + yr_byteset_has(set, c);

		if (renamed[key] == YR_NONE)
			renamed[key] = n++;
		class_of[c] = renamed[key];
	}
	return n;
}

/* A byte that some edge names is a class of its own. */
static uint32_t split_off(uint8_t *class_of, const struct yr_byteset *alone)
{
	uint32_t renamed[256], n = 0;

	memset(renamed, 0xff, sizeof(renamed));
	for (int c = 0; c < 256; c++) {
		uint32_t *name = &renamed[class_of[c]];

		if (yr_byteset_has(alone, c) || *name == YR_NONE) {
			class_of[c] = n++;
			if (!yr_byteset_has(alone, c))
				*name = class_of[c];
		} else {
			class_of[c] = *name;
		}
	}
	return n;
}

void yr_plan_columns(struct yr_plan *p, const struct yr_nfa *nfa)
{
	struct yr_byteset alone = { { 0 } };
	uint32_t n = 1;

	for (uint32_t i = 1; i < nfa->n_nodes; i++)
		if (nfa->node[i].byte != YR_NONE)
			yr_byteset_add(&alone, nfa->node[i].byte);
	for (uint32_t e = 0; e < nfa->n_edges; e++) {
		if (nfa->edge[e].what < 256)
			yr_byteset_add(&alone, nfa->edge[e].what);
		p->has_oob |= nfa->edge[e].what == YR_EDGE_OOB;
	}
	for (uint32_t s = 0; s < nfa->n_sets && n < 256; s++)
		n = split_classes(p->class_of, &nfa->set[s]);
	p->byte_columns = split_off(p->class_of, &alone);
	p->columns = p->byte_columns + p->has_oob;
	for (uint32_t s = 0; s < nfa->n_sets; s++)
		for (int c = 0; c < 256; c++)
			if (yr_byteset_has(&nfa->set[s], c))
				yr_columns_add(&p->set_columns[s], p->class_of[c]);
}
