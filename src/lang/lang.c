/* SPDX-License-Identifier: Apache-2.0 */
/* The way in: text or a file to a resolved unit. */
#include "lang/lang.h"

#include <errno.h>

#include "base/limits.h"
#include "lang/parse.h"
#include "lang/resolve.h"
#include "lang/source.h"

static int read_source(struct yr_resolver *r, struct yr_source *s, const char *path)
{
	struct yr_file file = { .path = path, .source = s, .active = true };
	struct yr_seen seen = { NULL, 0, 0 };
	struct yr_place outside = { .seen = &seen };
	struct yr_parser p = { .arena = r->arena, .diags = r->diags, .src = s };
	int e = yr_add_source(r, s);

	if (!e)
		e = yr_parse(&p, &file.stmts);
	if (e < 0)
		return e;
	r->chain[r->includes++] = &file;
	r->bytes = s->len;
	yr_inline_begin(r);
	e = yr_resolve(r, &file.stmts, &outside);
	yr_inline_end(r);
	r->includes--;
	return e;
}

static int read_unit(struct yr_arena *arena, struct yr_source *s, const char *path,
		     const struct yr_lang_options *opt, struct yr_diags *diags,
		     struct yr_unit **ret_unit, struct yr_err *err)
{
	struct yr_resolver *r = yr_arena_new(arena, struct yr_resolver);
	struct yr_unit *unit = yr_arena_new(arena, struct yr_unit);
	struct yr_inline inlined = { .out = opt ? opt->inlined : NULL };
	int e;

	if (!r || !unit)
		return yr_err_set(err, ENOMEM, "out of memory");
	*r = (struct yr_resolver){ .arena = arena,
				   .diags = diags,
				   .opt = opt,
				   .unit = unit,
				   .next_alias = (struct yr_alias **)&unit->aliases };
	r->inlined = inlined.out ? &inlined : NULL;
	r->vars.arena = arena;
	r->outside.vars = &r->vars;
	e = yr_includes_begin(r);
	if (!e)
		e = read_source(r, s, path);
	yr_opened_close(r);
	if (e < 0)
		return yr_err_set(err, -e, "out of memory");
	*ret_unit = unit;
	return 0;
}

int yr_lang_read_file(struct yr_arena *arena, const char *path, const struct yr_lang_options *opt,
		      struct yr_diags *diags, struct yr_unit **ret_unit, struct yr_err *err)
{
	struct yr_source *s = NULL;
	const char *why = NULL;
	int e = yr_source_read(arena, path, path, &s, &why);

	*ret_unit = NULL;
	if (e < 0)
		return yr_err_set(err, -e, "cannot read '%s': %s", path, why);
	return read_unit(arena, s, s->name, opt, diags, ret_unit, err);
}

int yr_lang_read_text(struct yr_arena *arena, const char *name, struct yr_str text,
		      const struct yr_lang_options *opt, struct yr_diags *diags,
		      struct yr_unit **ret_unit, struct yr_err *err)
{
	struct yr_source *s;

	*ret_unit = NULL;
	if (text.len > YR_LIMIT_SOURCE_BYTES)
		return yr_err_set(err, EFBIG,
				  "%s is larger than %u MiB, the most that Yoroi reads as policy",
				  name, YR_LIMIT_SOURCE_BYTES >> 20);
	s = yr_source_new(arena, name, text);
	if (!s)
		return yr_err_set(err, ENOMEM, "out of memory");
	return read_unit(arena, s, NULL, opt, diags, ret_unit, err);
}
