/* SPDX-License-Identifier: Apache-2.0 */
/* What is kept of a file for the questions to all of them: its names, and whom it names. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/diag.h"
#include "verdict/lint.h"

struct yr_place_kept yr_place_keep(struct yr_arena *arena, const struct yr_loc *loc)
{
	struct yr_place_kept at = { .len = loc->len };
	const char *text, *nl;
	size_t len, off;

	if (!loc->source)
		return at;
	yr_loc_position(loc, &at.line, &at.col);
	at.file = yr_arena_strndup(arena, loc->source->name, strlen(loc->source->name));
	off = (loc->off < loc->source->len ? loc->off : loc->source->len) - (at.col - 1);
	text = loc->source->text + off;
	len = loc->source->len - off;
	nl = memchr(text, '\n', len);
	if (nl)
		len = (size_t)(nl - text);
	at.text = (struct yr_str){ yr_arena_strndup(arena, text, len), len };
	if (!at.text.at)
		at.text.len = 0;
	return at;
}

void yr_complain_at(struct yr_diags *d, const struct yr_place_kept *at, enum yr_severity severity,
		    const char *name, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(d, severity, at->file, at->line, at->col, at->len, at->text, name, fmt, ap);
	va_end(ap);
}

static bool grow(void *at, size_t n, size_t *cap, size_t size)
{
	void **array = at, *more;
	size_t want = *cap ? *cap * 2 : 16;

	if (n < *cap)
		return true;
	more = realloc(*array, want * size);
	if (!more)
		return false;
	*array = more;
	*cap = want;
	return true;
}

static bool has_pattern(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("*?[]{}\\", s.at[i]))
			return true;
	return false;
}

/* A name as a rule says it, "a//&b" and "&b" for several at once; each is kept. */
static int keep_target(struct yr_lint_file *f, struct yr_str name, int kind,
		       const struct yr_loc *loc)
{
	/* What is named without a namespace is in that of the profile kept last. */
	struct yr_str ns = f->names[f->n_names - 1].ns;

	while (name.len) {
		const char *cut = memmem(name.at, name.len, "//&", 3);
		struct yr_str one = { name.at, cut ? (size_t)(cut - name.at) : name.len };
		size_t used = cut ? one.len + 3 : name.len;

		if (one.len && one.at[0] == '&')
			one = (struct yr_str){ one.at + 1, one.len - 1 };
		name = (struct yr_str){ name.at + used, name.len - used };
		/* What is in another namespace is not for us to know. */
		if (!one.len || one.at[0] == ':' || yr_str_is(one, "unconfined"))
			continue;
		if (!grow(&f->targets, f->n_targets, &f->cap_targets, sizeof(*f->targets)))
			return -ENOMEM;
		one = yr_str_of(yr_arena_printf(&f->arena, "%s%.*s%s%.*s", ns.len ? ":" : "",
						YR_STR_ARG(ns), ns.len ? ":" : "",
						YR_STR_ARG(one)));
		if (!one.at)
			return -ENOMEM;
		f->targets[f->n_targets++] = (struct yr_lint_target){
			.name = one,
			.kind = kind,
			.place = yr_place_keep(&f->arena, loc),
		};
	}
	return 0;
}

/* The text of @word, when it stands for one that is no pattern. */
static bool one_text(struct yr_lint *l, struct yr_arena *scratch, const struct yr_profile *p,
		     const struct yr_word *word, struct yr_str *ret)
{
	struct yr_str *texts;
	size_t n;

	if (!word->text.at ||
	    yr_expand(scratch, p->scope, NULL, word, false, l->diags, &texts, &n) < 0 || n != 1 ||
	    has_pattern(texts[0]))
		return false;
	*ret = texts[0];
	return true;
}

static int keep_exec(struct yr_lint_file *f, struct yr_lint *l, struct yr_arena *scratch,
		     const struct yr_profile *p, const struct yr_rule *r)
{
	const struct yr_exec *x = &r->u.file.exec;
	int kind = x->inherit || x->fallback_unconfined ? YR_TARGET_EXEC_OR : YR_TARGET_EXEC;
	struct yr_str target;
	char *name;

	if (!(r->u.file.perms & YR_MAY_EXEC) || r->quals.decision == YR_DENY ||
	    (x->kind != YR_EXEC_CHILD && x->kind != YR_EXEC_PROFILE))
		return 0;
	if (!r->u.file.target.text.at) {
		if (x->kind != YR_EXEC_CHILD)
			return 0;
		name = yr_arena_printf(scratch, "%.*s//", YR_STR_ARG(p->full_name));
		return name ? keep_target(f, yr_str_of(name), kind, &r->loc) : -ENOMEM;
	}
	if (!one_text(l, scratch, p, &r->u.file.target, &target))
		return 0;
	if (x->kind == YR_EXEC_PROFILE || !target.len || target.at[0] == ':' || target.at[0] == '&')
		return keep_target(f, target, kind, &r->u.file.target.loc);
	name = yr_arena_printf(scratch, "%.*s//%.*s", YR_STR_ARG(p->full_name), YR_STR_ARG(target));
	return name ? keep_target(f, yr_str_of(name), kind, &r->u.file.target.loc) : -ENOMEM;
}

static int keep_targets(struct yr_lint_file *f, struct yr_lint *l, struct yr_arena *scratch,
			const struct yr_profile *p, const struct yr_rule *r)
{
	const struct yr_cond *c;
	struct yr_str target;

	if (r->kind == YR_RULE_FILE)
		return keep_exec(f, l, scratch, p, r);
	if (r->quals.decision == YR_DENY)
		return 0;
	if (r->kind == YR_RULE_CHANGE_PROFILE &&
	    one_text(l, scratch, p, &r->u.change_profile.target, &target))
		return keep_target(f, target, YR_TARGET_CHANGE, &r->u.change_profile.target.loc);
	for (c = r->peer_conds; c; c = c->next)
		if (yr_str_is(c->name.text, "label") && c->values.n == 1 &&
		    one_text(l, scratch, p, &c->values.at[0], &target))
			return keep_target(f, target, YR_TARGET_PEER, &c->values.at[0].loc);
	return 0;
}

int yr_lint_keep(struct yr_lint_file *f, struct yr_lint *l, const struct yr_profile *p,
		 struct yr_compiled *compiled)
{
	AUTO_ARENA struct yr_arena scratch = { 0 };
	struct yr_str ns = yr_str_of(compiled->ns);
	struct yr_lint_name *n;
	int r = 0;

	if (!grow(&f->names, f->n_names, &f->cap_names, sizeof(*f->names)))
		return yr_err_set(l->err, ENOMEM, "out of memory");
	n = &f->names[f->n_names];
	*n = (struct yr_lint_name){
		.name = ns.len ? yr_arena_printf(&f->arena, ":%.*s:%s", YR_STR_ARG(ns),
						 compiled->name)
			       : yr_arena_strndup(&f->arena, compiled->name,
						  strlen(compiled->name)),
		.ns = { yr_arena_strndup(&f->arena, ns.at ? ns.at : "", ns.len), ns.len },
		.place = yr_place_keep(&f->arena, &p->name.loc),
		.top = !p->parent,
		.xmatch = yr_take_ptr(&compiled->xmatch),
		.xmatch_len = compiled->xmatch_len,
		.n_xattrs = compiled->n_xattrs,
	};
	f->n_names++;
	if (!n->name || !n->ns.at)
		return yr_err_set(l->err, ENOMEM, "out of memory");
	for (size_t i = 0; i < p->n_rules && !r; i++)
		if (yr_lint_own(l, p->rules[i]))
			r = keep_targets(f, l, &scratch, p, p->rules[i]);
	return r < 0 ? yr_err_set(l->err, ENOMEM, "out of memory") : 0;
}

struct yr_lint_file *yr_lint_file_free(struct yr_lint_file *f)
{
	if (!f)
		return NULL;
	for (size_t i = 0; i < f->n_names; i++)
		yr_dfa_free(f->names[i].xmatch);
	free(f->names);
	free(f->targets);
	yr_arena_done(&f->arena);
	free(f);
	return NULL;
}
