/* SPDX-License-Identifier: Apache-2.0 */
/* Statements to profiles: includes merged, conditions decided, blocks folded into their rules. */
#include "lang/resolve.h"

#include <errno.h>

#include "base/limits.h"

int yr_lang_grow(struct yr_arena *arena, void *at, size_t n, size_t *cap, size_t size)
{
	void **array = at, *more;

	if (n < *cap)
		return 0;
	*cap = *cap ? *cap * 2 : 8;
	more = yr_arena_array(arena, *cap, size);
	if (!more)
		return -ENOMEM;
	if (n)
		memcpy(more, *array, n * size);
	*array = more;
	return 0;
}

/* Every word of a rule in which variables count. */
struct rule_words {
	const struct yr_word *at[4];
	size_t n;
};

static void put(struct rule_words *w, const struct yr_word *word)
{
	if (word->text.at)
		w->at[w->n++] = word;
}

static void collect_words(const struct yr_rule *rule, struct rule_words *w)
{
	w->n = 0;
	switch (rule->kind) {
	case YR_RULE_FILE:
		put(w, &rule->u.file.path);
		put(w, &rule->u.file.target);
		break;
	case YR_RULE_LINK:
		put(w, &rule->u.link.from);
		put(w, &rule->u.link.to);
		break;
	case YR_RULE_CHANGE_PROFILE:
		put(w, &rule->u.change_profile.exec);
		put(w, &rule->u.change_profile.target);
		break;
	case YR_RULE_MOUNT:
	case YR_RULE_REMOUNT:
	case YR_RULE_UMOUNT:
		put(w, &rule->u.mount.source);
		put(w, &rule->u.mount.target);
		break;
	case YR_RULE_PIVOT_ROOT:
		put(w, &rule->u.pivot_root.new_root);
		put(w, &rule->u.pivot_root.old_root);
		put(w, &rule->u.pivot_root.target);
		break;
	default:
		break;
	}
}

static int check_conds(struct yr_resolver *r, const struct yr_scope *scope, const struct yr_cond *c)
{
	for (; c; c = c->next)
		for (size_t i = 0; i < c->values.n; i++)
			if (yr_vars_check(scope, &c->values.at[i], r->diags) == -ENOMEM)
				return -ENOMEM;
	return 0;
}

/* An address of a unix socket that came out of variables. */
static int check_address(struct yr_resolver *r, const struct yr_scope *scope,
			 const struct yr_cond *c)
{
	const struct yr_word *w;
	struct yr_str *texts;
	size_t n;
	int e;

	for (; c && !yr_str_is(c->name.text, "addr"); c = c->next)
		;
	if (!c || c->values.at[0].text.len < 2 || memcmp(c->values.at[0].text.at, "@{", 2))
		return 0;
	w = &c->values.at[0];
	e = yr_expand(r->arena, scope, NULL, w, false, r->diags, &texts, &n);
	for (size_t i = 0; !e && i < n; i++) {
		struct yr_str t = texts[i];

		if (yr_str_is(t, "none") || yr_str_is(t, "auto") || (t.len && t.at[0] == '@') ||
		    (t.len > 1 && t.at[0] == '\\' && t.at[1] == '@'))
			continue;
		yr_complain(
			r->diags, &w->loc, YR_ERROR, "bad-value",
			"'%.*s' is not a unix address: 'none', 'auto' or an abstract one, which "
			"begins with '@'",
			YR_STR_ARG(t));
		break;
	}
	return e == -ENOMEM ? e : 0;
}

static int check_variables(struct yr_resolver *r, const struct yr_rule *rule,
			   const struct yr_scope *scope)
{
	struct rule_words words;

	collect_words(rule, &words);
	for (size_t i = 0; i < words.n; i++)
		if (yr_vars_check(scope, words.at[i], r->diags) == -ENOMEM)
			return -ENOMEM;
	if (rule->kind == YR_RULE_UNIX && (check_address(r, scope, rule->conds) < 0 ||
					   check_address(r, scope, rule->peer_conds) < 0))
		return -ENOMEM;
	if (check_conds(r, scope, rule->conds) < 0)
		return -ENOMEM;
	return check_conds(r, scope, rule->peer_conds);
}

/*
 * The words before a block hold for every rule in it. Inside, deny stays deny, audit stays
 * audit, and of the rest, the priority among it, the inner word counts.
 */
static struct yr_quals fold(const struct yr_quals *outer, const struct yr_quals *inner)
{
	struct yr_quals q = *inner;

	q.audit |= outer->audit;
	if (!inner->has_priority) {
		q.priority = outer->priority;
		q.has_priority = outer->has_priority;
	}
	if (outer->has_decision && (outer->decision == YR_DENY || !inner->has_decision)) {
		q.decision = outer->decision;
		q.has_decision = true;
	}
	if (inner->audience == YR_ANY_OWNER)
		q.audience = outer->audience;
	return q;
}

static bool has_audience(enum yr_rule_kind kind)
{
	return kind == YR_RULE_FILE || kind == YR_RULE_LINK;
}

/* Their priority is that of all others: a higher one was asked for in vain. */
static bool has_no_priority(enum yr_rule_kind kind)
{
	return kind == YR_RULE_ALL || kind == YR_RULE_NETWORK;
}

static bool is_disjoint(const struct yr_quals *outer, const struct yr_quals *inner)
{
	return outer->audience && inner->audience && outer->audience != inner->audience;
}

/* @rule as it is inside blocks; NULL with 0: it is left out, which has been said. */
static int fold_rule(struct yr_resolver *r, const struct yr_quals *outer, struct yr_rule *rule,
		     struct yr_rule **ret)
{
	struct yr_rule *copy;

	*ret = rule;
	if (rule->kind == YR_RULE_RLIMIT)
		return 0;
	if (has_audience(rule->kind) && is_disjoint(outer, &rule->quals)) {
		yr_complain(r->diags, &rule->loc, YR_WARNING, "conflict",
			    "this rule can never apply: it says one of owner and other, the block "
			    "around it the other one");
		*ret = NULL;
		return 0;
	}
	copy = yr_arena_new(r->arena, struct yr_rule);
	if (!copy)
		return -ENOMEM;
	*copy = *rule;
	copy->quals = fold(outer, &rule->quals);
	*ret = copy;
	if (copy->quals.audience && !has_audience(rule->kind)) {
		copy->quals.audience = YR_ANY_OWNER;
		yr_complain(r->diags, &rule->loc, YR_WARNING, "dangerous",
			    "owner and other mean nothing on this rule: it holds for everything "
			    "although it stands in a block");
	}
	if (copy->quals.priority && has_no_priority(rule->kind)) {
		yr_complain(r->diags, &rule->loc, YR_ERROR, "conflict",
			    "this rule takes no priority, and the block around it has one");
		*ret = NULL;
		return 0;
	}
	if (rule->kind != YR_RULE_FILE || copy->quals.decision != YR_DENY ||
	    rule->quals.decision == YR_DENY || !(rule->u.file.perms & YR_MAY_EXEC))
		return 0;
	yr_complain(r->diags, &rule->loc, YR_ERROR, "conflict",
		    "deny takes 'x' alone, and this rule stands in a deny block: every way to "
		    "execute is denied");
	*ret = NULL;
	return 0;
}

static int resolve_rule(struct yr_resolver *r, const struct yr_stmt *stmt,
			const struct yr_place *at)
{
	/* Rules are shared by all who include them: nothing changes them from here on. */
	struct yr_rule *rule = (struct yr_rule *)&stmt->u.rule;

	if (at->dead)
		return 0;
	if (at->quals && fold_rule(r, at->quals, rule, &rule) < 0)
		return -ENOMEM;
	if (!rule)
		return 0;
	if (stmt->vars && check_variables(r, rule, at->profile->scope) < 0)
		return -ENOMEM;
	return yr_add_rule(r, at->profile, rule);
}

static int resolve_block(struct yr_resolver *r, const struct yr_stmt *stmt,
			 const struct yr_place *at)
{
	struct yr_place inner = *at;
	struct yr_quals quals = stmt->u.block.quals;

	if (at->quals) {
		if (is_disjoint(at->quals, &quals) && !at->dead) {
			yr_complain(
				r->diags, &stmt->loc, YR_WARNING, "conflict",
				"nothing in this block can ever apply: it says one of owner and "
				"other, the block around it the other one");
			inner.dead = true;
		}
		quals = fold(at->quals, &quals);
	}
	inner.quals = &quals;
	return yr_resolve(r, &stmt->u.block.body, &inner);
}

/* if, and the chain of else if behind it, which may be long. */
static int resolve_if(struct yr_resolver *r, const struct yr_stmt *stmt, const struct yr_place *at)
{
	bool decided = at->dead;

	for (;;) {
		const struct yr_stmts *no = &stmt->u.cond.no;
		struct yr_place inner = *at;
		bool truth = false;

		if (!at->dead && yr_decide(r, at->profile->scope, stmt->u.cond.test, &truth) < 0)
			return -ENOMEM;
		inner.dead = decided || !truth;
		if (yr_resolve(r, &stmt->u.cond.yes, &inner) < 0)
			return -ENOMEM;
		decided |= truth;
		if (no->first && no->first == no->last && no->first->kind == YR_STMT_IF) {
			stmt = no->first;
			continue;
		}
		inner.dead = decided;
		return yr_resolve(r, no, &inner);
	}
}

static bool too_late(struct yr_resolver *r, const struct yr_stmt *stmt, const char *what)
{
	if (r->saw_profile)
		yr_complain(r->diags, &stmt->loc, YR_ERROR, "syntax",
			    "%s must stand before the first profile", what);
	return r->saw_profile;
}

static int resolve_alias(struct yr_resolver *r, const struct yr_stmt *stmt)
{
	struct yr_alias *a;

	if (too_late(r, stmt, "an alias"))
		return 0;
	a = yr_arena_new(r->arena, struct yr_alias);
	if (!a)
		return -ENOMEM;
	*a = (struct yr_alias){ .from = stmt->u.alias.from, .to = stmt->u.alias.to };
	*r->next_alias = a;
	r->next_alias = (struct yr_alias **)&a->next;
	return 0;
}

static int resolve_one(struct yr_resolver *r, const struct yr_stmt *stmt, const struct yr_place *at)
{
	switch (stmt->kind) {
	case YR_STMT_RULE:
		return resolve_rule(r, stmt, at);
	case YR_STMT_INCLUDE:
		yr_inline_include(r, stmt);
		return yr_resolve_include(r, &stmt->u.include, at);
	case YR_STMT_BLOCK:
		return resolve_block(r, stmt, at);
	case YR_STMT_IF:
		return resolve_if(r, stmt, at);
	case YR_STMT_PROFILE:
		return yr_resolve_profile(r, stmt, at);
	case YR_STMT_ALIAS:
		return resolve_alias(r, stmt);
	case YR_STMT_SET:
		if (too_late(r, stmt, "an assignment"))
			return 0;
		return yr_vars_assign(&r->vars, &stmt->u.set, r->diags);
	case YR_STMT_ABI:
		if (!at->profile && too_late(r, stmt, "an abi"))
			return 0;
		return yr_resolve_abi(r, stmt, at->profile);
	}
	return 0;
}

int yr_resolve(struct yr_resolver *r, const struct yr_stmts *stmts, const struct yr_place *at)
{
	int e = 0;

	if (r->depth >= YR_LIMIT_BLOCK_DEPTH * 2) {
		if (!r->full && stmts->first)
			yr_complain(r->diags, &stmts->first->loc, YR_ERROR, "limit",
				    "blocks and includes are nested more than %d deep",
				    YR_LIMIT_BLOCK_DEPTH * 2);
		r->full = true;
		return 0;
	}
	r->depth++;
	for (const struct yr_stmt *s = stmts->first; s && !e && !r->full; s = s->next)
		e = resolve_one(r, s, at);
	r->depth--;
	return e;
}
