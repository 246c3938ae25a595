/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile's head says, and what it is attached to. */
#include <stdlib.h>

#include "lang/words.h"
#include "verdict/diff_parts.h"
#include "verdict/walk.h"

/* A setting that is different; NULL: it is not set. */
static int add_setting(struct yr_differ *d, const char *what, const char *was, const char *is,
		       bool widens)
{
	struct yr_arena *arena = &d->diff->arena;
	struct yr_difference *e;
	int r;

	if (was == is || (was && is && !strcmp(was, is)))
		return 0;
	r = yr_differ_add(d, YR_CHANGE_SETTING, what, &e);
	if (r || !e)
		return r;
	e->was = yr_arena_strndup(arena, was ? was : "none", strlen(was ? was : "none"));
	e->is = yr_arena_strndup(arena, is ? is : "none", strlen(is ? is : "none"));
	e->widens = widens;
	return e->was && e->is ? 0 : yr_differ_no_memory(d);
}

/* How much is let through that rules do not allow. */
static int looseness(enum yr_mode mode)
{
	switch (mode) {
	case YR_MODE_COMPLAIN:
		return 1;
	case YR_MODE_UNCONFINED:
	case YR_MODE_DEFAULT_ALLOW:
		return 2;
	default:
		return 0;
	}
}

static int compare_mode(struct yr_differ *d, const struct yr_flags *a, const struct yr_flags *b)
{
	static const char *const modes[] = {
		[YR_MODE_ENFORCE] = "enforce", [YR_MODE_COMPLAIN] = "complain",
		[YR_MODE_KILL] = "kill",       [YR_MODE_UNCONFINED] = "unconfined",
		[YR_MODE_PROMPT] = "prompt",   [YR_MODE_DEFAULT_ALLOW] = "default_allow",
	};

	return add_setting(d, "mode", modes[a->mode], modes[b->mode],
			   looseness(b->mode) > looseness(a->mode));
}

static int compare_flags(struct yr_differ *d, const struct yr_flags *a, const struct yr_flags *b)
{
	/* @widens: a path that is refused without the flag, or taken for another, is allowed. */
	const struct {
		const char *name;
		bool was, is, widens;
	} flags[] = {
		{ "flag audit", a->audit, b->audit, false },
		{ "flag debug", a->debug, b->debug, false },
		{ "flag attach_disconnected", a->attach_disconnected, b->attach_disconnected,
		  b->attach_disconnected },
		{ "flag attach_disconnected.ipc", a->attach_disconnected_ipc,
		  b->attach_disconnected_ipc, b->attach_disconnected_ipc },
		{ "flag chroot_relative", a->chroot_relative, b->chroot_relative, true },
		{ "flag mediate_deleted", a->mediate_deleted, b->mediate_deleted,
		  b->mediate_deleted },
		{ "flag chroot_attach", a->chroot_attach, b->chroot_attach, b->chroot_attach },
		{ "flag interruptible", a->interruptible, b->interruptible, false },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(flags) && !r; i++)
		r = add_setting(d, flags[i].name, flags[i].was ? "set" : "not set",
				flags[i].is ? "set" : "not set", flags[i].widens);
	return r;
}

static const char *number(struct yr_arena *arena, const struct yr_name_table *t, int value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].value == (uint32_t)value)
			return t->at[i].name;
	return value ? yr_arena_printf(arena, "%d", value) : NULL;
}

static const char *join(struct yr_arena *arena, const char **at, size_t n)
{
	const char *all = n ? at[0] : NULL;

	for (size_t i = 1; i < n && all; i++)
		all = yr_arena_printf(arena, "%s %s", all, at[i]);
	return all;
}

static int compare_settings(struct yr_differ *d, const struct yr_compiled *a,
			    const struct yr_compiled *b)
{
	struct yr_arena *arena = &d->diff->arena;
	const struct {
		const char *name, *was, *is;
	} all[] = {
		{ "hat", a->hat ? "a hat" : "a profile", b->hat ? "a hat" : "a profile" },
		{ "disconnected path", a->disconnected_path, b->disconnected_path },
		{ "disconnected ipc path", a->disconnected_ipc_path, b->disconnected_ipc_path },
		{ "kill signal", number(arena, &yr_signal_names, a->flags->kill_signal),
		  number(arena, &yr_signal_names, b->flags->kill_signal) },
		{ "error", number(arena, &yr_errno_names, a->flags->error),
		  number(arena, &yr_errno_names, b->flags->error) },
		{ "identities", join(arena, a->identities, a->n_identities),
		  join(arena, b->identities, b->n_identities) },
		{ "xattrs", join(arena, a->xattrs, a->n_xattrs),
		  join(arena, b->xattrs, b->n_xattrs) },
	};
	int r = 0;

	for (size_t i = 0; i < ARRAY_LEN(all) && !r; i++)
		r = add_setting(d, all[i].name, all[i].was, all[i].is, false);
	return r;
}

static uint32_t fold_match(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return 1;
}

/* What the kernel goes by where there are no patterns: the name behind the last "//". */
static int attachment_by_name(struct yr_differ *d, const char *name, struct yr_dfa **ret)
{
	struct yr_nfa *n = yr_nfa_new();
	int r = n ? 0 : yr_differ_no_memory(d);

	for (const char *at = strstr(name, "//"); at; at = strstr(name, "//"))
		name = at + 2;
	if (!r) {
		yr_node end = yr_nfa_bytes(n, yr_nfa_start(n), yr_str_of(name));

		if (name[0])
			yr_nfa_accept(n, end, 0);
		r = yr_nfa_failed(n) ? yr_differ_no_memory(d)
				     : yr_dfa_build(n, fold_match, NULL, ret, d->err);
	}
	yr_nfa_free(n);
	return r;
}

struct attaching {
	struct yr_differ *d;
	const struct yr_dfa *dfa[SIDES];
	struct yr_difference *by[SIDES]; /* by who is attached there alone */
};

/* Bytes that cannot be written as they are come out as escapes; values of attributes behind. */
static const char *spell(struct yr_arena *arena, const uint16_t *input, size_t len)
{
	enum { OUT_OF_BAND = 256 };
	AUTO_BUF struct yr_buf b = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (input[i] == OUT_OF_BAND)
			yr_buf_puts(&b, " xattr ");
		else if (input[i] > ' ' && input[i] != 0x7f)
			yr_buf_putc(&b, (char)input[i]);
		else if (input[i])
			yr_buf_printf(&b, "\\%03o", input[i]);
	}
	return b.failed || !b.len ? NULL : yr_arena_strndup(arena, b.data, b.len);
}

static int visit_attachment(void *ctx, const struct yr_walk *w, uint32_t a, uint32_t b,
			    uint32_t asked)
{
	struct attaching *t = ctx;
	bool is[SIDES] = { t->dfa[OLD]->accept[a] & asked, t->dfa[NEW]->accept[b] & asked };
	int who = is[OLD] ? OLD : NEW, r;
	uint16_t *input;
	size_t len;

	if (is[OLD] == is[NEW])
		return 0;
	if (t->by[who]) {
		t->by[who]->places++;
		return 0;
	}
	r = yr_differ_add(t->d, who == NEW ? YR_CHANGE_ATTACHED : YR_CHANGE_DETACHED, "attachment",
			  &t->by[who]);
	if (r || !t->by[who])
		return r;
	input = yr_walk_input(w, &len);
	if (input)
		t->by[who]->access = spell(&t->d->diff->arena, input, len);
	free(input);
	/* The array may have moved under the other side's. */
	t->by[!who] = t->by[!who] ? t->by[who] - 1 : NULL;
	return t->by[who]->access ? 0 : yr_differ_no_memory(t->d);
}

static int compare_attachment(struct yr_differ *d, const struct yr_compiled *a,
			      const struct yr_compiled *b)
{
	struct attaching t = { .d = d, .dfa = { a->xmatch, b->xmatch } };
	struct yr_dfa *own = NULL;
	int r = 0;

	if (!a->xmatch && !b->xmatch)
		return 0;
	if (!a->xmatch || !b->xmatch)
		r = attachment_by_name(d, a->xmatch ? b->name : a->name, &own);
	if (own)
		t.dfa[a->xmatch ? NEW : OLD] = own;
	if (!r)
		r = yr_walk_both(t.dfa[OLD], 1, t.dfa[NEW], 1,
				 yr_questions_strictly(YR_QUESTIONS_ATTACHMENT), visit_attachment,
				 &t, 0, d->err);
	yr_dfa_free(own);
	return r;
}

int yr_differ_head(struct yr_differ *d)
{
	const struct yr_compiled *a = d->s[OLD]->compiled, *b = d->s[NEW]->compiled;
	int r = compare_mode(d, a->flags, b->flags);

	if (!r)
		r = compare_flags(d, a->flags, b->flags);
	if (!r)
		r = compare_settings(d, a, b);
	return r ? r : compare_attachment(d, a, b);
}
