/* SPDX-License-Identifier: Apache-2.0 */
/* An access: one rule that stands for exactly what it names. */
#include <errno.h>

#include "base/limits.h"
#include "lang/parse.h"
#include "lang/source.h"
#include "lang/vars.h"

/* The comma that ends a rule may be left out where the rule is all there is. */
static struct yr_source *make_source(struct yr_arena *arena, const char *name, struct yr_str text)
{
	size_t end = text.len;
	char *copy;

	while (end && strchr(" \t\r\n", text.at[end - 1]) && text.at[end - 1])
		end--;
	/* Behind these none is missing: whatever it is, it is no rule. */
	if (!end || strchr(",}>", text.at[end - 1]))
		return yr_source_new(arena, name, text);
	copy = yr_arena_alloc(arena, end + 2);
	if (!copy)
		return NULL;
	memcpy(copy, text.at, end);
	copy[end] = ',';
	return yr_source_new(arena, name, (struct yr_str){ copy, end + 1 });
}

static bool refuse(struct yr_diags *d, const struct yr_loc *loc, const char *name, const char *why)
{
	yr_complain(d, loc, YR_ERROR, name, "%s", why);
	return false;
}

/* A file rule may have been taken apart: its parts stand in one place. */
static bool is_one_rule(struct yr_diags *d, const struct yr_stmts *stmts)
{
	const struct yr_stmt *first = stmts->first;

	for (const struct yr_stmt *s = first; s; s = s->next) {
		if (s->kind != YR_STMT_RULE)
			return refuse(d, &s->loc, "syntax",
				      "an access is one rule such as '/etc/passwd r,' or 'network "
				      "inet raw,', and nothing else");
		if (s->loc.off != first->loc.off)
			return refuse(d, &s->loc, "syntax",
				      "one access is asked about at a time, and this is another");
	}
	return true;
}

/* What a rule says of the access that it names is what the answer will be. */
static bool is_plain(struct yr_diags *d, const struct yr_rule *r)
{
	struct yr_loc loc = { r->loc.source, r->loc.off, 1 };

	if (r->quals.audit || r->quals.has_decision || r->quals.has_priority)
		return refuse(d, &loc, "syntax",
			      "an access has no 'audit', 'allow', 'deny', 'prompt' or 'priority': "
			      "the answer says what becomes of it");
	if (r->kind == YR_RULE_ALL)
		return refuse(d, &loc, "syntax", "'all' is every access there is; ask about one");
	return true;
}

/* Quotes do not take a wildcard's meaning from it; only a backslash does. */
static bool is_exact(struct yr_diags *d, const struct yr_rule *r)
{
	const char *text = r->loc.source->text;

	for (uint32_t i = r->loc.off; i < r->loc.off + r->loc.len; i++) {
		struct yr_loc loc = { r->loc.source, i, 1 };

		if (text[i] == '\\') {
			i++;
		} else if ((text[i] == '@' || text[i] == '$') && text[i + 1] == '{') {
			return refuse(
				d, &loc, "variable",
				"an access names one thing: write what the variable stands for");
		} else if (text[i] && strchr("*?[{", text[i])) {
			yr_complain(d, &loc, YR_ERROR, "bad-pattern",
				    "an access names one thing, and '%c' stands for many; '\\%c' "
				    "is the "
				    "character itself",
				    text[i], text[i]);
			return false;
		}
	}
	return true;
}

static int make_unit(struct yr_arena *arena, const struct yr_stmts *stmts, struct yr_str profile,
		     struct yr_unit **ret_unit)
{
	struct yr_unit *unit = yr_arena_new(arena, struct yr_unit);
	struct yr_profile *p = yr_arena_new(arena, struct yr_profile);
	struct yr_scope *scope = yr_arena_new(arena, struct yr_scope);
	struct yr_vars *vars = yr_arena_new(arena, struct yr_vars);
	size_t n = 0;

	if (!unit || !p || !scope || !vars)
		return -ENOMEM;
	for (const struct yr_stmt *s = stmts->first; s; s = s->next)
		n++;
	unit->profiles = yr_arena_array(arena, 1, sizeof(*unit->profiles));
	p->rules = yr_arena_array(arena, n, sizeof(*p->rules));
	if (!unit->profiles || !p->rules)
		return -ENOMEM;
	for (struct yr_stmt *s = stmts->first; s; s = s->next)
		p->rules[p->n_rules++] = &s->u.rule;
	vars->arena = arena;
	scope->vars = vars;
	scope->profile_name = YR_STR("");
	p->scope = scope;
	p->name.text = YR_STR("access");
	/* Children are named from it; nothing else is made of it. */
	p->full_name = profile.len < YR_LIMIT_NAME_BYTES ? profile : p->name.text;
	unit->profiles[unit->n_profiles++] = p;
	*ret_unit = unit;
	return 0;
}

int yr_lang_read_access(struct yr_arena *arena, const char *name, struct yr_str text,
			struct yr_str profile, struct yr_diags *diags, struct yr_unit **ret_unit,
			struct yr_err *err)
{
	unsigned before = yr_diags_errors(diags);
	struct yr_parser p = { .arena = arena, .diags = diags, .in_profile = true, .access = true };
	struct yr_stmts stmts;
	struct yr_loc start;
	int r;

	*ret_unit = NULL;
	if (text.len > YR_LIMIT_ACCESS_BYTES)
		text.len = YR_LIMIT_ACCESS_BYTES + 1;
	p.src = make_source(arena, name, text);
	if (!p.src)
		return yr_err_set(err, ENOMEM, "out of memory");
	start = (struct yr_loc){ p.src, 0, 1 };
	if (text.len > YR_LIMIT_ACCESS_BYTES) {
		yr_complain(diags, &start, YR_ERROR, "limit",
			    "the access is longer than %u bytes, the most that one may have",
			    YR_LIMIT_ACCESS_BYTES);
		return 0;
	}
	if (yr_parse(&p, &stmts) < 0)
		return yr_err_set(err, ENOMEM, "out of memory");
	if (yr_diags_errors(diags) != before)
		return 0;
	if (!stmts.first) {
		refuse(diags, &start, "syntax", "there is no access here");
		return 0;
	}
	if (!is_one_rule(diags, &stmts) || !is_plain(diags, &stmts.first->u.rule) ||
	    !is_exact(diags, &stmts.first->u.rule))
		return 0;
	r = make_unit(arena, &stmts, profile, ret_unit);
	return r < 0 ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
