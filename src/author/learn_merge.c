/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules into policy that there is: its text stays as it was, to the byte, and grows at the ends of
 * its profiles.
 */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "lang/bodies.h"

struct edit {
	uint32_t at;
	size_t order;
	struct yr_buf text;
};

struct merging {
	const struct yr_learn *l;
	struct yr_str old;
	const struct yr_unit *unit;
	struct yr_arena *arena;
	bool evidence;
	struct edit *edits;
	size_t n, room;
	struct yr_err *err;
};

static struct yr_buf *edit(struct merging *m, uint32_t at)
{
	if (m->n == m->room)
		return NULL;
	m->edits[m->n] = (struct edit){ .at = at, .order = m->n };
	return &m->edits[m->n++].text;
}

static bool is_called(const struct yr_profile *p, const char *name)
{
	struct yr_str s = yr_str_of(name);

	if (p->ns.len) {
		if (s.len < p->ns.len + 2 || s.at[0] != ':' ||
		    memcmp(s.at + 1, p->ns.at, p->ns.len) != 0 || s.at[p->ns.len + 1] != ':')
			return false;
		s = (struct yr_str){ s.at + p->ns.len + 2, s.len - p->ns.len - 2 };
	}
	return yr_str_eq(p->full_name, s);
}

static const struct yr_profile *find(struct yr_profile *const *at, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++) {
		const struct yr_profile *p =
			is_called(at[i], name) ? at[i]
					       : find(at[i]->children, at[i]->n_children, name);

		if (p)
			return p;
	}
	return NULL;
}

static unsigned depth_of(const struct yr_profile *p)
{
	return p ? 1 + depth_of(p->parent) : 0;
}

/* Rules or a child at the end of the profile's body; alone in their lines, whatever the brace is. */
static struct yr_buf *at_end(struct merging *m, const struct yr_profile *p, int *ret)
{
	uint32_t end, line;
	struct yr_buf *b;

	if (p->loc.source != m->unit->sources[0])
		*ret = yr_err_set(m->err, ENOTSUP,
				  "profile '%.*s' stands in an include; name that file",
				  YR_STR_ARG(p->full_name));
	else
		*ret = yr_lang_body_end(m->arena, m->old, p->loc.off, &end);
	if (*ret < 0)
		return NULL;
	for (line = end; line && strchr(" \t", m->old.at[line - 1]);)
		line--;
	b = edit(m, line && m->old.at[line - 1] == '\n' ? line : end);
	*ret = b ? 0 : -ENOMEM;
	if (!b)
		return NULL;
	if (!(line && m->old.at[line - 1] == '\n'))
		yr_buf_putc(b, '\n');
	/* Apart from what stands before. */
	while (line && strchr(" \t\n", m->old.at[line - 1]))
		line--;
	if (line && m->old.at[line - 1] != '{')
		yr_buf_putc(b, '\n');
	return b;
}

static void put_flag(struct yr_buf *b, const char *flag, bool *any)
{
	yr_buf_printf(b, "%s%s", *any ? "," : "", flag);
	*any = true;
}

/* What the head lacks of flags. */
static int add_flags(struct merging *m, const struct yr_learned_profile *p,
		     const struct yr_profile *to)
{
	bool path = p->disconnected && !to->flags.attach_disconnected;
	bool ipc = p->disconnected_ipc && !to->flags.attach_disconnected_ipc, any = false;
	bool deleted = p->deleted && !to->flags.mediate_deleted;
	bool has = to->flags.loc.source;
	uint32_t at = has ? to->flags.loc.off : to->loc.off + to->loc.len;
	struct yr_buf *b;

	if (!path && !ipc && !deleted)
		return 0;
	while (has && at < m->old.len && m->old.at[at] != '(')
		at++;
	b = edit(m, at + has);
	if (!b)
		return -ENOMEM;
	if (!has)
		yr_buf_puts(b, at && m->old.at[at - 1] == ' ' ? "flags=(" : " flags=(");
	if (path)
		put_flag(b, "attach_disconnected", &any);
	if (ipc)
		put_flag(b, "attach_disconnected.ipc", &any);
	if (deleted)
		put_flag(b, "mediate_deleted", &any);
	yr_buf_puts(b, has ? "," : ") ");
	return 0;
}

static bool has_text(const struct yr_learned_profile *p)
{
	for (size_t i = 0; i < p->n_rules; i++)
		if (p->rules[i]->fate == YR_LEARN_KEPT || p->rules[i]->fate == YR_LEARN_REFUSED)
			return true;
	return false;
}

/* The profile's parent in @l is not there either: it comes with that. */
static bool comes_with_parent(const struct merging *m, const struct yr_learned_profile *p)
{
	size_t len = yr_learn_parent(yr_str_of(p->name));
	AUTO_FREE char *parent = len ? strndup(p->name, len) : NULL;

	return parent && !find(m->unit->profiles, m->unit->n_profiles, parent);
}

static int merge_one(struct merging *m, const struct yr_learned_profile *p)
{
	const struct yr_profile *to = find(m->unit->profiles, m->unit->n_profiles, p->name);
	size_t len = yr_learn_parent(yr_str_of(p->name));
	AUTO_FREE char *parent = len ? strndup(p->name, len) : NULL;
	struct yr_buf *b;
	int r = 0;

	if (to) {
		r = add_flags(m, p, to);
		b = !r && has_text(p) ? at_end(m, to, &r) : NULL;
		if (b)
			yr_learn_put_rules(p, depth_of(to), m->evidence, b);
		return r;
	}
	if (comes_with_parent(m, p))
		return 0;
	to = parent ? find(m->unit->profiles, m->unit->n_profiles, parent) : NULL;
	b = to ? at_end(m, to, &r) : edit(m, (uint32_t)m->old.len);
	if (!b)
		return r < 0 ? r : -ENOMEM;
	if (!to)
		yr_buf_puts(b, m->old.len && m->old.at[m->old.len - 1] != '\n' ? "\n\n" : "\n");
	yr_learn_put_profile(m->l, p, to ? depth_of(to) : 0, m->evidence, b);
	return 0;
}

static bool knows(void *ctx, const char *name)
{
	const struct merging *m = ctx;
	struct yr_str s = { name + 2, strlen(name) - 3 };

	return m->unit->n_profiles && yr_lang_has_variable(m->unit->profiles[0], s);
}

static int add_preamble(struct merging *m)
{
	uint32_t at;
	int r = yr_lang_preamble_end(m->arena, m->old, &at);
	struct yr_buf *b = r < 0 ? NULL : edit(m, at);
	size_t before;

	if (!b)
		return r < 0 ? r : -ENOMEM;
	if (at && m->old.at[at - 1] != '\n')
		yr_buf_putc(b, '\n');
	before = b->len;
	if (yr_learn_needs_tunables(m->l) && !knows(m, "@{pid}"))
		yr_buf_puts(b, "include <tunables/global>\n");
	yr_learn_put_variables(m->l, knows, m, b);
	/* Between this and a profile, or what is said of it, is an empty line. */
	if (b->len > before && at < m->old.len && m->old.at[at] != '\n')
		yr_buf_putc(b, '\n');
	return 0;
}

static int by_place(const void *a, const void *b)
{
	const struct edit *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	return x->order < y->order ? -1 : 1;
}

static void apply(struct merging *m, struct yr_buf *ret)
{
	uint32_t from = 0;

	if (m->n)
		qsort(m->edits, m->n, sizeof(*m->edits), by_place);
	for (size_t i = 0; i < m->n; i++) {
		yr_buf_put(ret, m->old.at + from, m->edits[i].at - from);
		yr_buf_put(ret, m->edits[i].text.data, m->edits[i].text.len);
		ret->failed |= m->edits[i].text.failed;
		from = m->edits[i].at;
	}
	yr_buf_put(ret, m->old.at + from, m->old.len - from);
}

int yr_learn_merge(const struct yr_learn *l, const struct yr_learn_policy *how, bool evidence,
		   struct yr_diags *diags, struct yr_buf *ret, struct yr_err *err)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct merging m = { .l = l,
			     .old = how->text,
			     .arena = &arena,
			     .evidence = evidence,
			     .err = err,
			     .room = 2 * l->n_profiles + 1 };
	struct yr_unit *unit = NULL;
	int r = yr_lang_read_text(&arena, how->name, how->text, &how->lang, diags, &unit, err);

	if (!r && yr_diags_errors(diags))
		return -EBADMSG;
	m.unit = unit;
	m.edits = calloc(m.room, sizeof(*m.edits));
	if (!r && !m.edits)
		r = -ENOMEM;
	if (!r)
		r = add_preamble(&m);
	for (size_t i = 0; i < l->n_profiles && !r; i++)
		r = merge_one(&m, l->profiles[i]);
	if (!r)
		apply(&m, ret);
	for (size_t i = 0; i < m.n; i++)
		yr_buf_done(&m.edits[i].text);
	free(m.edits);
	if (r == -ENOENT)
		return yr_err_set(err, EINVAL, "%s: the end of a profile was not found", how->name);
	return r == -ENOMEM || (!r && ret->failed) ? yr_err_set(err, ENOMEM, "out of memory") : r;
}
