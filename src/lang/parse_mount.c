/* SPDX-License-Identifier: Apache-2.0 */
/* mount, remount, umount and pivot_root rules. */
#include "lang/parse.h"

static const struct yr_cond_name mount_names[] = {
	{ "fstype", YR_CF_LIST | YR_CF_IN | YR_CF_REPEAT },
	{ "option", YR_CF_LIST | YR_CF_IN | YR_CF_REPEAT },
	{ "options", YR_CF_LIST | YR_CF_IN | YR_CF_REPEAT },
	{ "vfstype", YR_CF_LIST | YR_CF_IN | YR_CF_REPEAT },
	{ NULL, 0 },
};
static const struct yr_cond_set mount_conds = { "a mount rule", mount_names, NULL };

/* "option" is "options", "vfstype" is "fstype": one spelling from here on. */
static void unify_names(struct yr_cond *c)
{
	for (; c; c = c->next) {
		if (yr_str_is(c->name.text, "option"))
			c->name.text = YR_STR("options");
		else if (yr_str_is(c->name.text, "vfstype"))
			c->name.text = YR_STR("fstype");
	}
}

static bool unknown_option(struct yr_parser *p, const struct yr_word *w)
{
	struct yr_phrase near = yr_mount_option_phrase(w->text);

	if (memchr(w->text.at, ',', w->text.len))
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "several mount options are written options=(a, b)");
	else
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "no mount option is called '%.*s'%s", YR_STR_ARG(w->text), near.text);
	return false;
}

/* The first option that sets what @o clears, or the other way round. */
static void say_contradicted(struct yr_parser *p, const struct yr_cond *c,
			     const struct yr_mount_option *o)
{
	for (size_t i = 0; i < c->values.n; i++) {
		const struct yr_mount_option *other = yr_mount_option(c->values.at[i].text);

		if (!other || !(other->set & o->clear || other->clear & o->set))
			continue;
		yr_complain(p->diags, &c->values.at[i].loc, YR_NOTE, "conflict", "which is here");
		return;
	}
}

/* The flags that one options= sets; with "=", it must not ask for a flag and its opposite. */
static bool option_flags(struct yr_parser *p, const struct yr_cond *c, uint32_t *ret_set)
{
	uint32_t set = 0, clear = 0;

	for (size_t i = 0; i < c->values.n; i++) {
		const struct yr_mount_option *o = yr_mount_option(c->values.at[i].text);

		if (!o)
			return unknown_option(p, &c->values.at[i]);
		set |= o->set;
		clear |= o->clear;
		if (c->op != YR_COND_EQ || !(set & clear))
			continue;
		yr_complain(p->diags, &c->values.at[i].loc, YR_ERROR, "conflict",
			    "the mount option '%.*s' contradicts one before it",
			    YR_STR_ARG(c->values.at[i].text));
		say_contradicted(p, c, o);
		return false;
	}
	*ret_set = set;
	return true;
}

/*
 * Whether any mount there is has exactly these flags and also what else the rule asks for:
 * a change of propagation and a remount have no source, and neither these, bind nor move
 * have a file system type.
 */
static bool can_match(uint32_t flags, bool source, bool fstype)
{
	uint32_t command = flags & YR_MS_COMMAND;

	if (!command || (flags & ~(YR_MS_COMMAND | YR_MS_REC)))
		return true;
	if (fstype)
		return false;
	return !source || (command & ~(YR_MS_MAKE | 0x20u));
}

struct options {
	uint32_t all; /* what all options=(...) set */
	bool any, in; /* there is an options=, there is an options in */
	bool can_match;
};

static bool collect_options(struct yr_parser *p, const struct yr_rule *rule, uint32_t base,
			    bool source, struct options *o)
{
	bool fstype = yr_find_cond(rule->conds, "fstype");

	*o = (struct options){ 0 };
	for (const struct yr_cond *c = rule->conds; c; c = c->next) {
		uint32_t flags = 0;

		if (!yr_str_is(c->name.text, "options"))
			continue;
		if (!option_flags(p, c, &flags))
			return false;
		if (c->op == YR_COND_IN) {
			o->in = true;
			continue;
		}
		o->any = true;
		o->all |= flags;
		o->can_match |= can_match(flags | base, source, fstype);
	}
	return true;
}

/*
 * "mount options=(private) /x": changing how mounts propagate has no source, so the only path is
 * the mount point. Upstream reads it so for options= and no other command in it.
 */
static void move_mount_point(struct yr_rule *rule, const struct options *o)
{
	if (!(o->all & YR_MS_MAKE) || (o->all & YR_MS_COMMAND & ~YR_MS_MAKE))
		return;
	if (rule->u.mount.target.text.at || rule->u.mount.detached)
		return;
	rule->u.mount.target = rule->u.mount.source;
	rule->u.mount.source = (struct yr_word){ 0 };
}

static bool check_mount(struct yr_parser *p, struct yr_rule *rule)
{
	uint32_t base = rule->kind == YR_RULE_REMOUNT ? 0x20 : 0;
	struct options o;
	bool source;

	unify_names(rule->conds);
	if (!collect_options(p, rule, base, false, &o))
		return false;
	if (rule->kind == YR_RULE_MOUNT)
		move_mount_point(rule, &o);
	source = rule->u.mount.source.text.at || rule->u.mount.detached;
	if (!collect_options(p, rule, base, source, &o))
		return false;
	if (rule->kind == YR_RULE_UMOUNT || !o.any || o.in || o.can_match)
		return true;
	yr_complain(p->diags, &rule->loc, YR_ERROR, "conflict",
		    "no mount can match this rule: remounts and changes of propagation have no "
		    "source, and they, bind and move have no file system type");
	return false;
}

static bool at_arrow(const struct yr_parser *p)
{
	return p->at[0] == '-' && p->at[1] == '>';
}

/* A source or a mount point, if there is one: anything, but no sign that stands for itself. */
static bool take_mount_word(struct yr_parser *p, struct yr_word *w)
{
	static const char signs[] = "()=+";
	const char *from = p->at;

	if (*from && strchr(signs, *from))
		return yr_expected(p, "a path, '->' or ','");
	if (!yr_take_word(p, YR_STOP_WORD, w))
		return !w->loc.source && !p->failed;
	/* A ')' inside is taken of paths and variables alone. */
	if (strchr("/\"@", *from) || !memchr(from, ')', (size_t)(p->at - from)))
		return true;
	yr_complain(p->diags, &w->loc, YR_ERROR, "syntax", "')' belongs to no '(' before it");
	return false;
}

/*
 * mount   = "mount" cond* ("detached" | WORD)? ("->" WORD)?
 * remount = "remount" cond* WORD?
 * umount  = ("umount" | "unmount") cond* WORD?
 */
bool yr_parse_mount(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	bool is_mount = rule->kind == YR_RULE_MOUNT;
	struct yr_word first = { 0 };
	const char *from;

	if (!yr_parse_conds(p, rule, &mount_conds))
		return false;
	yr_skip(p);
	from = p->at;
	if (!at_arrow(p) && !take_mount_word(p, &first))
		return false;
	if (!is_mount) {
		rule->u.mount.target = first;
	} else if (*from != '"' && yr_str_is(first.text, "detached")) {
		rule->u.mount.detached = true;
	} else {
		rule->u.mount.source = first;
	}
	yr_skip(p);
	if (is_mount && yr_take_arrow(p)) {
		if (!yr_space_behind_arrow(p))
			return false;
		yr_skip(p);
		if (!at_arrow(p) && !take_mount_word(p, &rule->u.mount.target))
			return false;
		if (!rule->u.mount.target.text.at)
			return yr_expected(p, "a mount point after '->'");
	}
	rule->loc.len = yr_off(p, p->at) - rule->loc.off;
	return check_mount(p, rule);
}

static const struct yr_cond_name pivot_names[] = { { "oldroot", YR_CF_REPEAT }, { NULL, 0 } };
static const struct yr_cond_set pivot_conds = { "a pivot_root rule", pivot_names, NULL };

/* pivot_root = "pivot_root" ("oldroot" "=" value)* WORD? ("->" NAME)? */
bool yr_parse_pivot_root(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	if (!yr_parse_conds(p, rule, &pivot_conds))
		return false;
	for (const struct yr_cond *c = rule->conds; c; c = c->next)
		rule->u.pivot_root.old_root = c->values.at[0];
	rule->conds = NULL;
	yr_skip(p);
	if (!at_arrow(p) && *p->at != ',' && !yr_take_path(p, &rule->u.pivot_root.new_root))
		return false;
	return yr_parse_target(p, &rule->u.pivot_root.target);
}
