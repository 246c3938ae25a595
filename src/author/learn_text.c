/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles as text. */
#include <errno.h>

#include "author/learn_parts.h"

static void indent(struct yr_buf *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++)
		yr_buf_puts(b, "  ");
}

/* In a comment: nothing may end it, or say something to a terminal. */
static void put_plain(struct yr_buf *b, struct yr_str s)
{
	for (size_t i = 0; i < s.len && i < 60; i++) {
		unsigned char c = (unsigned char)s.at[i];

		if (c < 0x20 || c >= 0x7f)
			yr_buf_printf(b, "\\%03o", c);
		else
			yr_buf_putc(b, (char)c);
	}
}

static void put_evidence(struct yr_buf *b, const struct yr_learned_rule *r, unsigned depth)
{
	indent(b, depth);
	yr_buf_printf(b, "# %llu event%s", (unsigned long long)r->events,
		      r->events == 1 ? "" : "s");
	if (r->program.len) {
		yr_buf_puts(b, " of ");
		put_plain(b, r->program);
		yr_buf_puts(b, r->several ? " and others" : "");
	}
	if (r->kind == YR_LEARN_INCLUDE) {
		yr_buf_printf(b, ": %s", r->reason);
	} else if (r->example && r->accesses > 1) {
		yr_buf_puts(b, ", such as ");
		put_plain(b, yr_str_of(r->example));
	}
	yr_buf_putc(b, '\n');
}

void yr_learn_put_rules(const struct yr_learned_profile *p, unsigned depth, bool evidence,
			struct yr_buf *b)
{
	int last = -1;

	for (size_t i = 0; i < p->n_rules; i++) {
		const struct yr_learned_rule *r = p->rules[i];

		if (r->fate == YR_LEARN_COVERED || r->fate == YR_LEARN_DROPPED)
			continue;
		if (last >= 0 && last != (int)r->kind)
			yr_buf_putc(b, '\n');
		last = (int)r->kind;
		if (evidence)
			put_evidence(b, r, depth);
		indent(b, depth);
		yr_buf_puts(b, r->fate == YR_LEARN_REFUSED ? "deny " : "");
		yr_buf_puts(b, r->text);
		yr_buf_putc(b, '\n');
	}
}

bool yr_learn_is_child(const char *name, const char *parent)
{
	size_t len = yr_learn_parent(yr_str_of(name));

	return len == strlen(parent) && !strncmp(name, parent, len) && len;
}

static void put_name(struct yr_buf *b, const char *name)
{
	bool quotes = strpbrk(name, " \t,#=!()<>|;'{}[]*?^@") || name[0] == '-';

	yr_buf_printf(b, quotes ? "\"%s\"" : "%s", name);
}

static void put_flag(struct yr_buf *b, const char *flag, bool *any)
{
	yr_buf_printf(b, "%s%s", *any ? "," : " flags=(", flag);
	*any = true;
}

static void put_head(const struct yr_learned_profile *p, struct yr_buf *b)
{
	size_t parent = yr_learn_parent(yr_str_of(p->name));
	bool any = false;

	/* Programs lead to children; what no exec leads to is a hat. */
	yr_buf_puts(b, !parent || p->child || p->name[parent + 2] == '/' ? "profile " : "hat ");
	put_name(b, parent ? p->name + parent + 2 : p->name);
	if (p->disconnected)
		put_flag(b, "attach_disconnected", &any);
	if (p->disconnected_ipc)
		put_flag(b, "attach_disconnected.ipc", &any);
	if (p->deleted)
		put_flag(b, "mediate_deleted", &any);
	yr_buf_puts(b, any ? ") {\n" : " {\n");
}

void yr_learn_put_profile(const struct yr_learn *l, const struct yr_learned_profile *p,
			  unsigned depth, bool evidence, struct yr_buf *b)
{
	size_t before;

	indent(b, depth);
	put_head(p, b);
	before = b->len;
	yr_learn_put_rules(p, depth + 1, evidence, b);
	for (size_t i = 0; i < l->n_profiles; i++) {
		if (!yr_learn_is_child(l->profiles[i]->name, p->name))
			continue;
		if (b->len > before)
			yr_buf_putc(b, '\n');
		yr_learn_put_profile(l, l->profiles[i], depth + 1, evidence, b);
	}
	indent(b, depth);
	yr_buf_puts(b, "}\n");
}

static void repeat(struct yr_buf *b, const char *what, unsigned n)
{
	while (n--)
		yr_buf_puts(b, what);
}

static void define_uuid(struct yr_buf *b, const char *digit)
{
	static const unsigned parts[] = { 8, 4, 4, 4, 12 };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		yr_buf_puts(b, i ? "-" : "");
		repeat(b, digit, parts[i]);
	}
}

static void define(struct yr_buf *b, enum yr_slot_kind kind, unsigned len)
{
	switch (kind) {
	case YR_SLOT_INT:
		yr_buf_putc(b, '{');
		for (unsigned i = 1; i <= 10; i++) {
			yr_buf_puts(b, i > 1 ? "," : "");
			repeat(b, "[0-9]", i);
		}
		yr_buf_putc(b, '}');
		break;
	case YR_SLOT_UUID:
		define_uuid(b, "[0-9a-f]");
		break;
	case YR_SLOT_UPPER_UUID:
		define_uuid(b, "[0-9A-F]");
		break;
	case YR_SLOT_DIGITS:
		repeat(b, "[0-9]", len);
		break;
	case YR_SLOT_TEMP:
		repeat(b, "[0-9a-z_]", len);
		break;
	case YR_SLOT_DATE:
		yr_buf_puts(b, len == 10 ? "[12][09][0-9][0-9]-[01][0-9]-[0-3][0-9]"
					 : "[12][09][0-9][0-9][01][0-9][0-3][0-9]");
		break;
	case YR_SLOT_HEX:
		repeat(b, "[0-9a-f]", len);
		break;
	case YR_SLOT_UPPER_HEX:
		repeat(b, "[0-9A-F]", len);
		break;
	default:
		repeat(b, "[0-9a-zA-Z]", len);
		break;
	}
}

/* Defined elsewhere, or written as it is. */
static bool is_known(enum yr_slot_kind k)
{
	return k == YR_SLOT_PID || k == YR_SLOT_TID || k == YR_SLOT_UID || k == YR_SLOT_KERNEL ||
	       k == YR_SLOT_SONAME;
}

/* Only names without anything to escape in them have this in a rule. */
static bool is_used(const struct yr_learn *l, const char *name)
{
	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++) {
			const struct yr_learned_rule *r = l->profiles[i]->rules[k];

			if ((r->fate == YR_LEARN_KEPT || r->fate == YR_LEARN_REFUSED) &&
			    strstr(r->text, name))
				return true;
		}
	return false;
}

bool yr_learn_needs_tunables(const struct yr_learn *l)
{
	if (is_used(l, "@{pid}") || is_used(l, "@{tid}") || is_used(l, "@{uid}"))
		return true;
	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++)
			if (l->profiles[i]->rules[k]->kind == YR_LEARN_INCLUDE &&
			    l->profiles[i]->rules[k]->fate == YR_LEARN_KEPT)
				return true;
	return false;
}

void yr_learn_put_variables(const struct yr_learn *l, bool (*known)(void *ctx, const char *name),
			    void *ctx, struct yr_buf *b)
{
	for (int k = 0; k < YR_SLOTS; k++) {
		bool done = is_known((enum yr_slot_kind)k);

		for (unsigned n = 0; n <= YR_SHAPE_HEX && !done; n++) {
			struct yr_slot slot = { (enum yr_slot_kind)k, 0, (uint16_t)n };
			AUTO_BUF struct yr_buf name = { 0 };

			if (!l->variables->of[k][n])
				continue;
			done = k == YR_SLOT_INT || k == YR_SLOT_UUID || k == YR_SLOT_UPPER_UUID;
			yr_slot_put(&name, &slot);
			b->failed |= name.failed;
			if (name.failed || !is_used(l, name.data) ||
			    (known && known(ctx, name.data)))
				continue;
			yr_buf_printf(b, "%s=", name.data);
			define(b, slot.kind, n);
			yr_buf_putc(b, '\n');
		}
	}
}

static void put_whole(const struct yr_learn *l, bool evidence, struct yr_buf *b)
{
	bool any = false;

	yr_buf_printf(b, "# Written by yoroi learn: %llu event%s, %zu distinct access%s.\n",
		      (unsigned long long)l->counts.events, l->counts.events == 1 ? "" : "s",
		      l->counts.accesses, l->counts.accesses == 1 ? "" : "es");
	/*
	 * Otherwise what was mediated when it was learned would not be any more. Addresses, too,
	 * are looked at only for policy that knows of them.
	 */
	if (l->later || is_used(l, " ip=") || is_used(l, " port="))
		yr_buf_puts(b, "abi <kernel>,\n");
	if (yr_learn_needs_tunables(l))
		yr_buf_puts(b, "include <tunables/global>\n");
	yr_learn_put_variables(l, NULL, NULL, b);
	for (size_t i = 0; i < l->n_profiles; i++) {
		if (yr_learn_parent(yr_str_of(l->profiles[i]->name)))
			continue;
		yr_buf_puts(b, "\n");
		yr_learn_put_profile(l, l->profiles[i], 0, evidence, b);
		any = true;
	}
	if (!any)
		yr_buf_puts(b, "# There is no profile: no event asks for one.\n");
}

int yr_learn_text(const struct yr_learn *l, const struct yr_learn_policy *how, bool evidence,
		  struct yr_diags *diags, struct yr_buf *ret, struct yr_err *err)
{
	if (how->text.at)
		return yr_learn_merge(l, how, evidence, diags, ret, err);
	put_whole(l, evidence, ret);
	return ret->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
