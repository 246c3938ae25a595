/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules decide, and how they read. */

#include "verdict/query_parts.h"

void yr_named_add(struct yr_named_rules *n, const struct yr_rule *r)
{
	for (size_t i = 0; i < n->n; i++)
		if (n->at[i] == r ||
		    (n->at[i]->loc.source == r->loc.source && n->at[i]->loc.off == r->loc.off))
			return;
	if (n->n == YR_ANSWER_RULES) {
		n->more = true;
		return;
	}
	n->at[n->n++] = r;
}

void yr_decides(const struct yr_subject *s, size_t i, struct yr_named_rules *n)
{
	if (s->deciding)
		yr_rule_set_add(s->deciding, i);
	yr_named_add(n, s->profile->rules[i]);
}

void yr_nobody_decides(const struct yr_subject *s, struct yr_named_rules *n)
{
	if (s->deciding)
		yr_rule_set_clear(s->deciding);
	*n = (struct yr_named_rules){ .n = 0 };
}

static const struct yr_rule *rule_of(const struct yr_subject *s, const struct yr_tag *t)
{
	return t->by && s->profile ? s->profile->rules[t->by - 1] : t->rule;
}

/* Of an exec that inherits, which lets the program be mapped. */
static bool lets_map(const struct yr_why *w, const struct yr_tag *t, const struct yr_refusal *at)
{
	return at->file && yr_why_lets_map(w, t, at->half);
}

/* Whether who denies the exec takes away that the program may be mapped. */
static bool maps_by_exec(const struct yr_why *w, const struct yr_refusal *at)
{
	for (uint32_t i = w->first[at->set]; i < w->first[at->set + 1]; i++)
		if (lets_map(w, &w->tags[w->member[i]], at))
			return true;
	return false;
}

/* Those of the set that decide about @bits in @half. */
void yr_name_deciding(const struct yr_subject *s, const struct yr_refusal *at, uint32_t bits,
		      enum yr_decision decision, struct yr_named_rules *ret)
{
	const struct yr_why *w = at->file ? s->compiled->file.why : s->compiled->policydb.why;
	uint32_t set = at->set;
	int half = at->half;

	if (w && set && decision == YR_DENY && bits & YR_MAY_MMAP && maps_by_exec(w, at))
		bits |= YR_MAY_EXEC;
	for (; w && set && bits; bits &= bits - 1) {
		uint32_t bit = bits & -bits;
		int top = yr_why_top(w, set, half, bit);

		for (uint32_t i = w->first[set]; i < w->first[set + 1]; i++) {
			const struct yr_tag *t = &w->tags[w->member[i]];
			bool maps = bit == YR_MAY_MMAP && lets_map(w, t, at);

			if (t->decision != decision || !rule_of(s, t) ||
			    !(maps || (yr_tag_names(t, half) & bit && yr_tag_rank(t, bit) == top)))
				continue;
			if (t->by && s->profile)
				yr_decides(s, t->by - 1, ret);
			else
				yr_named_add(ret, t->rule);
		}
	}
}

/* Those of the set that would allow @bits in @half, if nothing outranked them. */
void yr_name_hidden(const struct yr_subject *s, const struct yr_refusal *no,
		    struct yr_named_rules *ret)
{
	const struct yr_why *w = no->file ? s->compiled->file.why : s->compiled->policydb.why;

	if (!w || !no->set)
		return;
	for (uint32_t i = w->first[no->set]; i < w->first[no->set + 1]; i++) {
		const struct yr_tag *t = &w->tags[w->member[i]];

		bool would = t->bits[no->half] & no->missing ||
			     (no->missing & YR_MAY_MMAP && lets_map(w, t, no));

		if (t->decision == YR_ALLOW && would && rule_of(s, t))
			yr_named_add(ret, rule_of(s, t));
	}
}

/* "child NAME, environment scrubbed, or inherit" */
const char *yr_transition_text(struct yr_arena *arena, const struct yr_compiled *c, uint32_t exec)
{
	uint32_t m = yr_xec_modifier(exec);
	const char *scrubbed = exec & YR_XEC_UNSAFE ? "" : ", environment scrubbed";
	const char *otherwise = exec & YR_XEC_INHERIT ? ", or inherit"
				: exec & YR_XEC_PUX   ? ", or unconfined"
						      : "";
	size_t len = strlen(c->name);

	if (m == YR_XEC_NONE)
		return exec & YR_XEC_INHERIT ? "inherit" : "nothing";
	if (m == YR_XEC_UNCONFINED)
		return yr_arena_printf(arena, "unconfined%s", scrubbed);
	if (m == YR_XEC_PROFILE)
		return yr_arena_printf(arena, "the program's own profile%s%s", scrubbed, otherwise);
	if (m == YR_XEC_CHILD)
		return yr_arena_printf(arena, "the program's own child%s%s", scrubbed, otherwise);
	if (m - YR_XEC_TARGET >= c->n_targets)
		return "nothing";
	if (!strncmp(c->targets[m - YR_XEC_TARGET], c->name, len) &&
	    !strncmp(c->targets[m - YR_XEC_TARGET] + len, "//", 2))
		return yr_arena_printf(arena, "child %s%s%s",
				       c->targets[m - YR_XEC_TARGET] + len + 2, scrubbed,
				       otherwise);
	return yr_arena_printf(arena, "profile %s%s%s", c->targets[m - YR_XEC_TARGET], scrubbed,
			       otherwise);
}

const char *yr_rule_text(struct yr_arena *arena, const struct yr_rule *r)
{
	AUTO_BUF struct yr_buf b = { 0 };
	bool space = false;

	yr_buf_puts(&b, "");
	for (uint32_t i = 0; r->loc.source && i < r->loc.len; i++) {
		char c = r->loc.source->text[r->loc.off + i];
		bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';

		if (!blank && space && b.len)
			yr_buf_putc(&b, ' ');
		if (!blank)
			yr_buf_putc(&b, c);
		space = blank;
	}
	yr_buf_putc(&b, ',');
	return b.failed ? NULL : yr_arena_strndup(arena, b.data, b.len);
}
