/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of rules that are emptied at once, for one answer after another. */
#include <stdlib.h>
#include <string.h>

#include "verdict/query.h"

bool yr_rule_set_open(struct yr_rule_set *s, size_t n_rules)
{
	*s = (struct yr_rule_set){
		.at = calloc(n_rules + 1, sizeof(*s->at)),
		.round = calloc(n_rules + 1, sizeof(*s->round)),
		.size = n_rules,
		.now = 1,
	};
	if (s->at && s->round)
		return true;
	yr_rule_set_done(s);
	return false;
}

void yr_rule_set_done(struct yr_rule_set *s)
{
	free(s->at);
	free(s->round);
	*s = (struct yr_rule_set){ 0 };
}

void yr_rule_set_clear(struct yr_rule_set *s)
{
	s->n = 0;
	if (++s->now)
		return;
	memset(s->round, 0, s->size * sizeof(*s->round));
	s->now = 1;
}

void yr_rule_set_add(struct yr_rule_set *s, size_t rule)
{
	if (rule >= s->size || s->round[rule] == s->now)
		return;
	s->round[rule] = s->now;
	s->at[s->n++] = (uint32_t)rule;
}
