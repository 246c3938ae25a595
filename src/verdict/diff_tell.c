/* SPDX-License-Identifier: Apache-2.0 */
/* A difference in words: its witness, and what goes on there. */
#include <stdlib.h>

#include "verdict/diff_pass.h"

static const uint32_t change_bits = (uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC;

/* Who may write may append, and letters say so once. */
static uint32_t as_letters(const struct yr_pass *p, uint32_t bits)
{
	return p->file && bits & YR_MAY_WRITE ? bits & ~(uint32_t)YR_MAY_APPEND : bits;
}

static int read_input(struct yr_pass *p, const struct yr_walk *w, struct yr_difference *ret)
{
	size_t front = p->n_prefix + !p->file, len;
	AUTO_FREE uint16_t *input = yr_walk_input(w, &len);
	char *copy = yr_arena_alloc(&p->d->diff->arena, len + front + 1);

	if (!input || !copy)
		return yr_differ_no_memory(p->d);
	if (!p->file)
		copy[0] = (char)p->class;
	memcpy(copy + !p->file, p->prefix, p->n_prefix);
	for (size_t i = 0; i < len; i++)
		copy[front + i] = (char)input[i];
	ret->input = copy;
	ret->len = front + len;
	return 0;
}

/*
 * Whether a link is allowed depends on what both names let do; places are told apart by the pair
 * alone. Where the first pair does not show it, another target may.
 */
static int choose_target(struct yr_pass *p, const struct yr_finding *f, struct yr_difference *ret,
			 bool *ret_shown)
{
	struct yr_str link = { ret->input, strlen(ret->input) };
	struct yr_str target = { ret->input + link.len + 1, ret->len - link.len - 1 };
	char *copy;

	*ret_shown = yr_pass_is_linked(p, f, link, target);
	if (*ret_shown)
		return 0;
	*ret_shown = yr_pass_find_target(p, f, link, &target);
	if (!*ret_shown)
		return 0;
	ret->len = link.len + 1 + target.len;
	copy = yr_arena_alloc(&p->d->diff->arena, ret->len + 1);
	if (!copy)
		return yr_differ_no_memory(p->d);
	memcpy(copy, link.at, link.len);
	memcpy(copy + link.len + 1, target.at, target.len);
	ret->input = copy;
	return 0;
}

static struct yr_refusal witness(const struct yr_pass *p, const struct yr_difference *d,
				 const struct yr_finding *f, uint32_t bits)
{
	return (struct yr_refusal){
		.file = p->file,
		.half = f->halves == BY_OTHERS,
		.by_owner = f->halves != BY_ANYBODY,
		.asked = as_letters(p, bits),
		.class = p->class,
		.input = (char *)d->input + !p->file,
		.len = d->len - !p->file,
	};
}

static const char *transition(const struct yr_pass *p, const struct yr_view *v, int side)
{
	struct yr_arena *arena = &p->d->diff->arena;
	const struct yr_compiled *c = p->d->s[side]->compiled;
	const struct yr_perms *own = &v->p[side][0], *other = &v->p[side][1];
	const char *text[2] = { NULL, NULL };

	if (own->allow & YR_MAY_EXEC)
		text[0] = yr_transition_text(arena, c, own->exec);
	if (other->allow & YR_MAY_EXEC)
		text[1] = yr_transition_text(arena, c, other->exec);
	if (!text[0] || !text[1] || !strcmp(text[0], text[1]))
		return text[0] ? text[0] : text[1];
	return yr_arena_printf(arena, "%s for the owner, %s for others", text[0], text[1]);
}

static const char *note(const struct yr_pass *p, const struct yr_finding *f, bool shown)
{
	if (p->open[OLD])
		return yr_is_open(p->d->s[OLD]->compiled) ? "the old profile is unconfined"
							  : "only the new policy mediates this";
	if (p->open[NEW])
		return yr_is_open(p->d->s[NEW]->compiled) ? "the new profile is unconfined"
							  : "only the old policy mediates this";
	if (shown)
		return NULL;
	return f->bits == YR_MAY_LOCK ? "where the link lets do more than what it points to"
				      : "where the link lets do no more than what it points to";
}

int yr_pass_tell(struct yr_pass *p, const struct yr_view *v, const struct yr_finding *f,
		 struct yr_difference *ret)
{
	struct yr_arena *arena = &p->d->diff->arena;
	struct yr_place place = yr_pass_place(p, v, f);
	int half = f->halves == BY_OTHERS;
	struct yr_refusal w;
	bool shown = true;
	int r = read_input(p, v->w, ret);

	if (!r && v->pair && f->bits & (YR_MAY_LINK | YR_MAY_LOCK) && !p->open[OLD] &&
	    !p->open[NEW] && (f->change == YR_CHANGE_ALLOWED || f->change == YR_CHANGE_DENIED))
		r = choose_target(p, f, ret, &shown);
	if (r)
		return r;
	w = witness(p, ret, f, f->bits);
	if (p->file && f->bits & change_bits)
		ret->class = "change_profile";
	else if (v->pair)
		ret->class = "link";
	if (yr_spell_known(&w)) {
		ret->access = yr_spell_access(arena, &w);
		if (!ret->access)
			return yr_differ_no_memory(p->d);
	}
	if (f->bits & YR_MAY_EXEC && p->file) {
		ret->was = transition(p, v, OLD);
		ret->is = transition(p, v, NEW);
	}
	ret->note = note(p, f, shown);
	ret->audited = f->change == YR_CHANGE_ALLOWED && v->p[NEW][half].audit & f->bits;
	ret->quiet = f->change == YR_CHANGE_DENIED && !(f->bits & ~v->p[NEW][half].quiet);
	yr_differ_name_rules(p->d, &place, f->change, ret->rules);
	return 0;
}

/* What differs for the same reason as the witness, but not there. */
int yr_pass_end(struct yr_pass *p)
{
	for (uint32_t i = 0; i < p->n; i++) {
		const struct yr_group *g = &p->group[i];
		uint32_t rest = as_letters(p, g->bits) & ~g->first.bits & p->known;
		struct yr_difference *d;
		struct yr_refusal w;

		if (p->file)
			rest &= ~(change_bits | YR_MAY_LINK);
		if (g->entry == YR_NONE || !rest)
			continue;
		d = &p->d->diff->at[g->entry];
		w = witness(p, d, &g->first, rest);
		if (!yr_spell_known(&w))
			continue;
		d->elsewhere = yr_spell_bits(&p->d->diff->arena, &w, rest);
		if (!d->elsewhere)
			return yr_differ_no_memory(p->d);
	}
	return 0;
}
