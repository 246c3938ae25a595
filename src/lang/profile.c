/* SPDX-License-Identifier: Apache-2.0 */
/* Profiles, hats and children: their names, attachments and flags. */
#include <errno.h>

#include "base/limits.h"
#include "lang/resolve.h"

/* A profile that is being filled: how large its arrays are. */
struct growing {
	struct yr_profile p;
	size_t cap_rules, cap_children;
};

int yr_add_rule(struct yr_resolver *r, struct yr_profile *p, struct yr_rule *rule)
{
	struct growing *g = (struct growing *)p;

	if (p->n_rules >= YR_LIMIT_RULES) {
		if (!r->full)
			yr_complain(r->diags, &rule->loc, YR_ERROR, "limit",
				    "a profile has more than %u rules", YR_LIMIT_RULES);
		r->full = true;
		return 0;
	}
	if (yr_lang_grow(r->arena, &p->rules, p->n_rules, &g->cap_rules, sizeof(*p->rules)) < 0)
		return -ENOMEM;
	p->rules[p->n_rules++] = rule;
	return 0;
}

/* Split ":ns:name" and ":ns://name". */
static bool split_namespace(struct yr_resolver *r, const struct yr_word *w, struct yr_str *name,
			    struct yr_str *ns)
{
	const char *colon;

	*ns = (struct yr_str){ NULL, 0 };
	if (!name->len || name->at[0] != ':')
		return true;
	colon = memchr(name->at + 1, ':', name->len - 1);
	if (!colon || colon == name->at + 1) {
		yr_complain(r->diags, &w->loc, YR_ERROR, "bad-name",
			    "a namespace is written ':NAMESPACE:' before the name");
		return false;
	}
	*ns = (struct yr_str){ name->at + 1, (size_t)(colon - name->at - 1) };
	name->len -= (size_t)(colon + 1 - name->at);
	name->at = colon + 1;
	if (name->len >= 2 && !memcmp(name->at, "//", 2)) {
		name->at += 2;
		name->len -= 2;
	}
	return true;
}

static int name_profile(struct yr_resolver *r, const struct yr_head *h, struct yr_profile *p)
{
	struct yr_str name;
	char *full;
	int e = yr_vars_join(r->arena, &r->outside, &h->name, r->diags, &name);

	if (e < 0)
		return e;
	if (!split_namespace(r, &h->name, &name, &p->ns))
		return -EINVAL;
	if (!name.len) {
		if (h->name.text.len) /* or else the parser has said it */
			yr_complain(r->diags, &h->name.loc, YR_ERROR, "bad-name",
				    "a name must not be empty");
		return -EINVAL;
	}
	p->name = (struct yr_word){ name, h->name.loc };
	p->full_name = name;
	if (p->parent) {
		full = yr_arena_printf(r->arena, "%.*s//%.*s", YR_STR_ARG(p->parent->full_name),
				       YR_STR_ARG(name));
		if (!full)
			return -ENOMEM;
		p->full_name = (struct yr_str){ full, p->parent->full_name.len + 2 + name.len };
		if (!p->ns.len)
			p->ns = p->parent->ns;
	}
	if (p->full_name.len <= YR_LIMIT_NAME_BYTES)
		return 0;
	yr_complain(r->diags, &h->name.loc, YR_ERROR, "limit",
		    "this name, with those of the profiles around it, is longer than %d bytes",
		    YR_LIMIT_NAME_BYTES);
	return -EINVAL;
}

static int take_name(struct yr_resolver *r, const struct yr_profile *p)
{
	struct yr_named *e = yr_names_find(&r->taken, p->full_name);
	struct yr_taken *t;

	for (; e; e = yr_names_next(e)) {
		t = (struct yr_taken *)e;
		if (!yr_str_eq(t->profile->ns, p->ns))
			continue;
		yr_complain(r->diags, &p->name.loc, YR_ERROR, "duplicate",
			    "there is another profile called '%.*s'", YR_STR_ARG(p->full_name));
		yr_complain(r->diags, &t->profile->name.loc, YR_NOTE, "duplicate", "it is here");
		return 0;
	}
	t = yr_arena_new(r->arena, struct yr_taken);
	if (!t)
		return -ENOMEM;
	t->profile = p;
	return yr_names_add(r->arena, &r->taken, &t->named, p->full_name);
}

/* @name with a backslash before everything that a pattern would read as more than itself. */
static int escape_name(struct yr_arena *arena, struct yr_str name, struct yr_str *ret)
{
	char *to = yr_arena_alloc(arena, name.len * 2 + 1);
	size_t n = 0;

	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < name.len; i++) {
		if (name.at[i] && strchr("*?[]{}^,\\@\"", name.at[i]))
			to[n++] = '\\';
		to[n++] = name.at[i];
	}
	*ret = (struct yr_str){ to, n };
	return 0;
}

static bool begins_path(struct yr_str s)
{
	return s.len && (s.at[0] == '/' || (s.len > 1 && s.at[0] == '{' && s.at[1] == '/'));
}

/* Whether all that the pattern matches begins with something else than '/'. */
static bool begins_elsewhere(struct yr_str s)
{
	/* A brace, a class or a star may begin with anything, or stand for nothing. */
	return !s.len || !strchr("/{[*\\", s.at[0]);
}

static int attach_profile(struct yr_resolver *r, const struct yr_head *h, struct yr_profile *p)
{
	struct yr_scope *scope = p->scope;
	int e;

	p->attachment_written = h->attachment.text.at;
	if (p->attachment_written)
		p->attachment = h->attachment;
	else if (begins_path(p->name.text))
		p->attachment = p->name;
	else
		return 0;
	e = yr_expand(r->arena, &r->outside, NULL, &p->attachment, true, r->diags,
		      &scope->attach.at, &scope->attach.n);
	for (size_t i = 0; !e && p->attachment_written && i < scope->attach.n; i++)
		if (begins_elsewhere(scope->attach.at[i]))
			yr_complain(r->diags, &p->attachment.loc, YR_WARNING, "bad-pattern",
				    "'%.*s' does not begin with '/', so no program has this path",
				    YR_STR_ARG(scope->attach.at[i]));
	return e;
}

static int flag_path(struct yr_resolver *r, struct yr_word *w)
{
	struct yr_str text;
	int e;

	if (!w->text.at)
		return 0;
	e = yr_vars_join(r->arena, &r->outside, w, r->diags, &text);
	if (e < 0)
		return e;
	w->text = text;
	if (text.len && text.at[0] == '/')
		return 0;
	yr_complain(r->diags, &w->loc, YR_ERROR, "bad-value", "this path must begin with '/'");
	return -EINVAL;
}

static int set_flags(struct yr_resolver *r, const struct yr_head *h, struct yr_profile *p)
{
	int e;

	p->flags = h->flags;
	e = flag_path(r, &p->flags.disconnected_path);
	return e < 0 ? e : flag_path(r, &p->flags.disconnected_ipc_path);
}

static int make_profile(struct yr_resolver *r, const struct yr_stmt *stmt,
			struct yr_profile *parent, struct yr_profile **ret)
{
	const struct yr_head *h = stmt->u.head;
	struct growing *g = yr_arena_new(r->arena, struct growing);
	struct yr_scope *scope = yr_arena_new(r->arena, struct yr_scope);
	struct yr_profile *p;
	int e;

	if (!g || !scope)
		return -ENOMEM;
	p = &g->p;
	*p = (struct yr_profile){
		.loc = h->loc,
		.xattrs = h->xattrs,
		.identity = h->identity,
		.is_hat = h->hat,
		.is_child = parent && !h->hat,
		.parent = parent,
		.scope = scope,
		.aliases = r->unit->aliases,
	};
	scope->vars = &r->vars;
	scope->profile_name = YR_STR("");
	*ret = p;
	e = name_profile(r, h, p);
	if (!e)
		e = take_name(r, p);
	if (!e)
		e = escape_name(r->arena, p->full_name, &scope->profile_name);
	if (!e)
		e = attach_profile(r, h, p);
	return e < 0 ? e : set_flags(r, h, p);
}

static int add_profile(struct yr_resolver *r, struct yr_profile *p)
{
	struct yr_unit *u = r->unit;
	struct growing *g = (struct growing *)p->parent;

	if (g) {
		if (yr_lang_grow(r->arena, &p->parent->children, p->parent->n_children,
				 &g->cap_children, sizeof(*p->parent->children)) < 0)
			return -ENOMEM;
		p->parent->children[p->parent->n_children++] = p;
		return 0;
	}
	if (yr_lang_grow(r->arena, &u->profiles, u->n_profiles, &r->cap_profiles,
			 sizeof(*u->profiles)) < 0)
		return -ENOMEM;
	u->profiles[u->n_profiles++] = p;
	return 0;
}

int yr_resolve_profile(struct yr_resolver *r, const struct yr_stmt *stmt, const struct yr_place *at)
{
	struct yr_seen seen = { NULL, 0, 0 };
	struct yr_place inner = { .seen = &seen, .profile = at->profile, .dead = at->dead };
	int e;

	if (at->dead)
		return yr_resolve(r, &stmt->u.head->body, &inner);
	r->saw_profile = true;
	e = make_profile(r, stmt, at->profile, &inner.profile);
	/* A profile with a bad head is not kept, but what is wrong in it is still found. */
	if (e == -ENOMEM || (!e && add_profile(r, inner.profile) < 0))
		return -ENOMEM;
	return yr_resolve(r, &stmt->u.head->body, &inner);
}
