/* SPDX-License-Identifier: Apache-2.0 */
/* file, link and change_profile rules: binary-policy.md, 5.1. */
#include "policy/enc.h"

#include <errno.h>

#include "base/limits.h"

/* "file," and a link without a target. */
static const struct yr_str every_file = { "/{**,}", 6 };

static int failed(struct yr_enc *e, int r)
{
	if (r < 0 && r != -EINVAL && !e->status)
		e->status = r;
	return r;
}

/* Put @bits into the halves that the rule's owner or other names. */
static void set_halves(uint32_t half[2], enum yr_audience audience, uint32_t bits)
{
	half[0] = audience == YR_OTHER ? 0 : bits;
	half[1] = audience == YR_OWNER ? 0 : bits;
}

static struct yr_tag make_tag(const struct yr_rule *r, uint32_t bits, uint32_t audit, uint32_t exec)
{
	struct yr_tag tag = {
		.priority = r->quals.priority,
		.decision = r->quals.decision,
		.rule = r,
	};

	set_halves(tag.bits, r->quals.audience, bits);
	set_halves(tag.audit, r->quals.audience, audit & bits);
	set_halves(tag.exec, r->quals.audience, bits & YR_MAY_EXEC ? exec : 0);
	return tag;
}

static void accept(struct yr_enc *e, yr_node at, const struct yr_tag *tag)
{
	if (at)
		yr_nfa_accept(e->file, at, yr_tags_add(&e->file_tags, tag));
}

/* Which of the rule's bits go into the audit (for a denial: the quiet) word. */
static uint32_t audited(const struct yr_rule *r, uint32_t bits)
{
	return r->quals.audit != (r->quals.decision == YR_DENY) ? bits : 0;
}

/* The number of an exec target in the profile's table. */
static uint32_t target_modifier(struct yr_enc *e, const struct yr_word *word, const char *name)
{
	struct yr_compiled *out = e->out;

	if (!name) {
		e->status = -ENOMEM;
		return 0;
	}
	for (size_t i = 0; i < out->n_targets; i++)
		if (!strcmp(out->targets[i], name))
			return YR_XEC_TARGET + (uint32_t)i;
	if (out->n_targets == YR_XEC_TARGETS_MAX) {
		yr_complain(e->diags, &word->loc, YR_ERROR, "limit",
			    "profile '%.*s' names more than %u different exec targets; the "
			    "kernel's form has no room for '%s'",
			    YR_STR_ARG(e->profile->full_name), YR_XEC_TARGETS_MAX, name);
		return 0;
	}
	if (!out->targets)
		out->targets = yr_arena_array(e->arena, YR_XEC_TARGETS_MAX, sizeof(char *));
	if (!out->targets) {
		e->status = -ENOMEM;
		return 0;
	}
	out->targets[out->n_targets] = name;
	return YR_XEC_TARGET + (uint32_t)out->n_targets++;
}

static bool is_pattern(struct yr_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (strchr("*?[{", text.at[i]))
			return true;
	}
	return false;
}

/*
 * The kernel looks for a profile of exactly this name. Upstream writes even variables as they
 * stand, which no profile is called; one with one value means that value here.
 */
static void check_target(struct yr_enc *e, const struct yr_word *word, struct yr_str text)
{
	if (text.len >= YR_LIMIT_NAME_BYTES)
		yr_complain(e->diags, &word->loc, YR_ERROR, "limit",
			    "the name of the exec target is %zu bytes long; %u are the most",
			    text.len, YR_LIMIT_NAME_BYTES - 1);
	else if (is_pattern(text))
		yr_complain(e->diags, &word->loc, YR_WARNING, "missing",
			    "an exec target is the name of one profile, and none can be called "
			    "'%.*s': the exec will be refused",
			    YR_STR_ARG(text));
}

/* The one text that a transition's target expands to. */
static int target_text(struct yr_enc *e, const struct yr_word *word, struct yr_str *ret)
{
	struct yr_str *texts;
	size_t n;
	int r = yr_expand(&e->scratch, e->profile->scope, NULL, word, false, e->diags, &texts, &n);

	if (r < 0)
		return failed(e, r);
	if (n != 1) {
		yr_complain(e->diags, &word->loc, YR_ERROR, "bad-value",
			    "an exec target must be one profile; '%.*s' stands for %zu",
			    YR_STR_ARG(word->text), n);
		return -EINVAL;
	}
	*ret = texts[0];
	check_target(e, word, *ret);
	return 0;
}

/* How the rule's exec goes on, YR_XEC_*. */
static uint32_t exec_of(struct yr_enc *e, const struct yr_rule *r)
{
	const struct yr_exec *x = &r->u.file.exec;
	static const uint32_t plain[] = {
		[YR_EXEC_NONE] = YR_XEC_NONE,
		[YR_EXEC_UNCONFINED] = YR_XEC_UNCONFINED,
		[YR_EXEC_PROFILE] = YR_XEC_PROFILE,
		[YR_EXEC_CHILD] = YR_XEC_CHILD,
	};
	uint32_t modifier = plain[x->kind], bits = 0;
	struct yr_str target;

	if (!(r->u.file.perms & YR_MAY_EXEC) || r->quals.decision == YR_DENY)
		return 0;
	/* A child with the program's own name is what cx means anyway. */
	if (r->u.file.target.text.at &&
	    !(x->kind == YR_EXEC_CHILD && yr_str_eq(r->u.file.target.text, r->u.file.path.text))) {
		const char *name;

		if (target_text(e, &r->u.file.target, &target) < 0)
			return 0;
		if (target.len && target.at[0] == '&' && !yr_enc_has(e, "domain/stack"))
			yr_enc_gap(e, YR_GAP_STACK, "domain/stack", r);
		/* A child is named from its parent; a name with a namespace stands as it is. */
		if (x->kind == YR_EXEC_CHILD && target.len && target.at[0] != ':')
			name = yr_arena_printf(e->arena, "%.*s//%.*s",
					       YR_STR_ARG(e->profile->full_name),
					       YR_STR_ARG(target));
		else
			name = yr_arena_strndup(e->arena, target.at, target.len);
		modifier = target_modifier(e, &r->u.file.target, name);
	}
	if (x->inherit)
		bits |= YR_XEC_INHERIT;
	if (x->fallback_unconfined)
		bits |= YR_XEC_PUX;
	if (x->unsafe)
		bits |= YR_XEC_UNSAFE;
	return bits | modifier << YR_XEC_SHIFT;
}

/* NUL, then what the link may point to. */
static yr_node link_target(struct yr_enc *e, yr_node from, const struct yr_word *to,
			   const struct yr_pattern *target)
{
	struct yr_byteset first = yr_byteset_all(), rest = yr_byteset_all();
	yr_node at = yr_nfa_byte(e->file, from, 0);

	if (to)
		return yr_enc_pattern(e, e->file, at, target, to, 0, NULL);
	/* Any absolute path. */
	at = yr_nfa_byte(e->file, at, '/');
	yr_byteset_remove(&first, '/');
	at = yr_nfa_set(e->file, at, &first);
	return yr_nfa_star(e->file, at, &rest);
}

/*
 * The pair that a link request is matched against. The kernel first wants the link
 * bit on the link's own name, then on the pair; @subset says that the link may not
 * allow more than its target does.
 */
static void lay_link_pair(struct yr_enc *e, const struct yr_rule *r, yr_node link,
			  const struct yr_word *to, const struct yr_pattern *target, bool subset)
{
	struct yr_tag tag = make_tag(r, YR_MAY_LINK, audited(r, YR_MAY_LINK), 0);

	/*
	 * Upstream asks for the subset test in the owner's half alone (measured on 3.0.8;
	 * docs/upstream.md). Policy is written against that, so it decides alike here.
	 */
	if (subset && tag.bits[0])
		tag.bits[0] |= YR_MAY_LOCK;
	accept(e, link_target(e, link, to, target), &tag);
}

/* Lay what @path stands for, each pattern with its own tag. */
static void lay_paths(struct yr_enc *e, const struct yr_rule *r, const struct yr_word *path,
		      uint32_t perms, uint32_t exec, const struct yr_word *link_to, bool subset)
{
	const struct yr_segment every_piece = { every_file, 0 };
	struct yr_pattern every = { &every_piece, 1, every_file.len }, *from = &every, *to = NULL;
	size_t n = 1;

	if (path->text.at && link_to) {
		int x = yr_expand_pair(&e->scratch, e->profile->scope, e->profile->aliases, path,
				       link_to, e->diags, &from, &to, &n);

		if (failed(e, x) < 0)
			return;
	} else if (path->text.at) {
		int x = yr_expand_patterns(&e->scratch, e->profile->scope, e->profile->aliases,
					   path, true, e->diags, &from, &n);

		if (failed(e, x) < 0)
			return;
	}
	for (size_t i = 0; i < n; i++) {
		struct yr_glob_info info = { 0 };
		yr_node end =
			yr_enc_pattern(e, e->file, yr_nfa_start(e->file), &from[i], path, 0, &info);
		/* Both parts of a pair must match, so a denied pair leaves its first part alone. */
		uint32_t own = r->quals.decision == YR_DENY ? perms & ~YR_MAY_LINK : perms;
		struct yr_tag tag = make_tag(r, own, audited(r, own), exec);

		/* For 3.0.8 a class is a glob like any other. */
		tag.exact = info.exact && (!info.has_class || !yr_enc_is_old(e));
		/*
		 * An inherited program is mapped with the rights of its caller. In 3.0.8 also
		 * where another rule's exec wins; for newer kernels yr_fold_tags() sees to it.
		 */
		if (exec & YR_XEC_INHERIT && yr_enc_is_old(e))
			for (int half = 0; half < 2; half++)
				if (tag.bits[half] & YR_MAY_EXEC)
					tag.bits[half] |= YR_MAY_MMAP;
		if (own)
			accept(e, end, &tag);
		if (perms & YR_MAY_LINK)
			lay_link_pair(e, r, end, link_to, to ? &to[i] : NULL, subset);
	}
	e->any_file_rule = true;
}

void yr_enc_file(struct yr_enc *e, const struct yr_rule *r)
{
	uint32_t perms = r->u.file.perms;

	/* Who may write may append: the kernel asks for append alone when O_APPEND is set. */
	if (perms & YR_MAY_WRITE)
		perms |= YR_MAY_APPEND;
	lay_paths(e, r, &r->u.file.path, perms, exec_of(e, r), NULL, true);
}

void yr_enc_link(struct yr_enc *e, const struct yr_rule *r)
{
	const struct yr_word *to = &r->u.link.to;

	lay_paths(e, r, &r->u.link.from, YR_MAY_LINK, 0, to->text.at ? to : NULL,
		  r->u.link.subset || !to->text.at);
}

/* Where a change_profile on exec may start from. */
static yr_node lay_exec_condition(struct yr_enc *e, const struct yr_rule *r)
{
	const struct yr_word *exec = &r->u.change_profile.exec;
	struct yr_byteset first = yr_byteset_all();
	yr_node at = yr_nfa_start(e->file);

	if (exec->text.at)
		return yr_enc_word(e, e->file, at, exec, YR_ANY_BYTES, true);
	at = yr_nfa_byte(e->file, at, '/');
	yr_byteset_remove(&first, '/');
	yr_byteset_remove(&first, 0);
	return yr_enc_any(e->file, yr_nfa_set(e->file, at, &first), YR_ANY_BYTES);
}

void yr_enc_change_profile(struct yr_enc *e, const struct yr_rule *r)
{
	static const struct yr_word anything = { .text = { "**", 2 } };
	const struct yr_word *target = &r->u.change_profile.target;
	struct yr_tag change = make_tag(r, YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC, 0, 0);
	struct yr_tag onexec = make_tag(r, YR_MAY_ONEXEC, 0, 0);
	struct yr_tag pair = make_tag(r, YR_MAY_ONEXEC, 0, 0);
	yr_node at, exec;

	if (!target->text.at)
		target = &anything;
	if (target->text.len && target->text.at[0] == '&' && !yr_enc_has(e, "domain/stack"))
		yr_enc_gap(e, YR_GAP_STACK, "domain/stack", r);
	at = yr_enc_word(e, e->file, yr_nfa_start(e->file), target, YR_ANY_BYTES, false);
	accept(e, at, &change);

	exec = lay_exec_condition(e, r);
	accept(e, exec, &onexec);
	/* A named exec is allowed by its pair; "unsafe" keeps the environment. */
	if (r->u.change_profile.exec.text.at) {
		pair.bits[0] |= YR_MAY_EXEC;
		pair.bits[1] |= YR_MAY_EXEC;
		if (r->u.change_profile.unsafe)
			pair.exec[0] = pair.exec[1] = YR_XEC_UNSAFE;
	}
	at = yr_enc_word(e, e->file, yr_nfa_byte(e->file, exec, 0), target, YR_ANY_BYTES, false);
	accept(e, at, &pair);
	yr_enc_interface_access(e, "/proc/*/attr/{apparmor/,}{current,exec}");
}

/*
 * A profile that may change its confinement needs the files through which that is
 * asked; upstream grants them with the rule, so policy does not list them.
 */
void yr_enc_interface_access(struct yr_enc *e, const char *writable)
{
	static const struct yr_word nowhere;
	const struct {
		const char *path;
		uint32_t bits;
	} grants[] = {
		{ "/proc/*/attr/apparmor/", YR_MAY_READ },
		{ writable, YR_MAY_WRITE },
		{ "/sys/module/apparmor/parameters/enabled", YR_MAY_READ },
	};

	for (size_t i = 0; i < ARRAY_LEN(grants); i++) {
		struct yr_tag tag = { .bits = { grants[i].bits, 0 } };

		accept(e,
		       yr_enc_text(e, e->file, yr_nfa_start(e->file), yr_str_of(grants[i].path),
				   &nowhere, 0, NULL),
		       &tag);
	}
	e->any_file_rule = true;
}
