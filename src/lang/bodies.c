/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/bodies.h"

#include <errno.h>

#include "lang/parse.h"
#include "lang/source.h"
#include "lang/vars.h"

static int parse(struct yr_arena *arena, struct yr_str text, struct yr_source **ret_source,
		 struct yr_stmts *ret)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_parser p = { .arena = arena, .diags = diags };
	int r = -ENOMEM;

	*ret_source = yr_source_new(arena, "text", text);
	p.src = *ret_source;
	if (diags && p.src)
		r = yr_parse(&p, ret);
	yr_diags_free(diags);
	return r;
}

static const struct yr_head *find(const struct yr_stmts *stmts, uint32_t at)
{
	const struct yr_head *h = NULL;

	for (const struct yr_stmt *s = stmts->first; s && !h; s = s->next)
		switch (s->kind) {
		case YR_STMT_PROFILE:
			h = s->u.head->loc.off == at ? s->u.head : find(&s->u.head->body, at);
			break;
		case YR_STMT_BLOCK:
			h = find(&s->u.block.body, at);
			break;
		case YR_STMT_IF:
			h = find(&s->u.cond.yes, at);
			h = h ? h : find(&s->u.cond.no, at);
			break;
		default:
			break;
		}
	return h;
}

int yr_lang_body_end(struct yr_arena *arena, struct yr_str text, uint32_t head, uint32_t *ret_end)
{
	struct yr_stmts stmts;
	struct yr_source *source;
	const struct yr_head *h;
	int r = parse(arena, text, &source, &stmts);

	if (r < 0)
		return r;
	h = find(&stmts, head);
	if (!h || !h->end)
		return -ENOENT;
	*ret_end = h->end;
	return 0;
}

/* Behind the comment with which the text begins, if an empty line parts it from the rest. */
static uint32_t behind_comment(struct yr_str text)
{
	size_t at = 0;

	while (at < text.len && text.at[at] == '#' && strncmp(text.at + at, "#include", 8) != 0) {
		const char *end = memchr(text.at + at, '\n', text.len - at);

		at = end ? (size_t)(end - text.at) + 1 : text.len;
	}
	return at < text.len && text.at[at] == '\n' ? (uint32_t)at : 0;
}

int yr_lang_preamble_end(struct yr_arena *arena, struct yr_str text, uint32_t *ret_end)
{
	struct yr_stmts stmts;
	struct yr_source *source;
	uint32_t at = 0;
	int r = parse(arena, text, &source, &stmts);

	if (r < 0)
		return r;
	for (const struct yr_stmt *s = stmts.first; s && s->kind != YR_STMT_PROFILE; s = s->next)
		at = s->loc.off + s->loc.len;
	if (!at) {
		*ret_end = behind_comment(text);
		return 0;
	}
	while (at < text.len && text.at[at] != '\n')
		at++;
	*ret_end = at < text.len ? at + 1 : at;
	return 0;
}

bool yr_lang_has_variable(const struct yr_profile *p, struct yr_str name)
{
	return yr_vars_find(p->scope->vars, name);
}
