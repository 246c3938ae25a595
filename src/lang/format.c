/* SPDX-License-Identifier: Apache-2.0 */
/* Statements in their order, with the comments between them. */
#include "lang/format.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"

static void put_stmts(struct yr_format *f, const struct yr_stmts *stmts);

/* The pieces of a statement's head, "{", its statements, "}". */
static void put_block(struct yr_format *f, const struct yr_stmts *body)
{
	yr_format_expect(f, '{');
	yr_format_print(f, " {", false);
	f->indent++;
	f->first = true;
	yr_format_leftovers(f);
	put_stmts(f, body);
	f->indent--;
	f->first = false;
	yr_format_expect(f, '}');
	yr_format_line(f, false);
	yr_buf_putc(f->out, '}');
	f->can_trail = true;
}

static bool at_else(const struct yr_format *f)
{
	struct yr_parser q = f->p;

	yr_skip_between(&q);
	return yr_take_keyword(&q, "else");
}

/* "else" on the line of the brace before it, unless a comment stands between. */
static void put_else(struct yr_format *f)
{
	yr_format_between(f);
	if (f->can_trail)
		yr_buf_putc(f->out, ' ');
	else
		yr_format_line(f, false);
	yr_format_name(f, YR_GAP_NONE);
	yr_format_skip(f);
}

/* if = "if" test block ("else" "if" test block)* ("else" block)? */
static void put_if(struct yr_format *f, const struct yr_stmt *stmt)
{
	enum yr_gap gap = YR_GAP_NONE;

	for (;;) {
		struct yr_parser q = f->p;

		if (!yr_take_keyword(&q, "if")) {
			put_block(f, &stmt->u.cond.no);
			return;
		}
		if (gap)
			stmt = stmt->u.cond.no.first;
		yr_format_name(f, gap);
		yr_format_test(f);
		put_block(f, &stmt->u.cond.yes);
		if (f->lost || f->memory || !at_else(f))
			return;
		put_else(f);
		gap = YR_GAP_SPACE;
	}
}

static void put_simple(struct yr_format *f, const char *end, bool is_set)
{
	yr_format_print(f, end, is_set);
	yr_format_leftovers(f);
}

static void put_stmt(struct yr_format *f, const struct yr_stmt *stmt)
{
	switch (stmt->kind) {
	case YR_STMT_ABI:
		yr_format_abi(f);
		put_simple(f, ",", false);
		break;
	case YR_STMT_ALIAS:
		yr_format_alias(f);
		put_simple(f, ",", false);
		break;
	case YR_STMT_BLOCK:
		yr_format_quals(f);
		put_block(f, &stmt->u.block.body);
		break;
	case YR_STMT_IF:
		put_if(f, stmt);
		break;
	case YR_STMT_INCLUDE:
		yr_format_include(f, &stmt->u.include);
		put_simple(f, "", false);
		break;
	case YR_STMT_PROFILE:
		yr_format_head(f, stmt->u.head);
		put_block(f, &stmt->u.head->body);
		break;
	case YR_STMT_RULE:
		yr_format_rule(f, &stmt->u.rule);
		put_simple(f, ",", false);
		break;
	case YR_STMT_SET:
		yr_format_set(f, &stmt->u.set);
		put_simple(f, "", !stmt->u.set.boolean);
		break;
	}
}

/* One rule of the text can be several of the tree: "/a lr -> /b" is a link rule and another. */
static bool is_second(const struct yr_format *f, const struct yr_stmt *stmt)
{
	return stmt->kind == YR_STMT_RULE && stmt->u.rule.loc.off < yr_off(&f->p, f->p.at);
}

static void put_stmts(struct yr_format *f, const struct yr_stmts *stmts)
{
	yr_format_between(f);
	for (const struct yr_stmt *s = stmts->first; s; s = s->next) {
		if (f->lost || f->memory || f->out->failed)
			return;
		if (is_second(f, s))
			continue;
		f->header = false;
		yr_format_line(f, true);
		put_stmt(f, s);
		yr_format_between(f);
	}
}

int yr_format_stmts(struct yr_arena *arena, const struct yr_source *source,
		    const struct yr_stmts *stmts, bool rules, struct yr_buf *out,
		    struct yr_buf *comments)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_format f = {
		.p = { .arena = arena, .diags = diags, .src = source },
		.out = out,
		.comments = comments,
		.indent = rules,
		.header = true,
		.first = true,
	};
	int r = 0;

	f.p.at = source->text;
	f.p.end = source->text + source->len;
	if (diags)
		put_stmts(&f, stmts);
	if (out->len)
		yr_buf_putc(out, '\n');
	if (!diags || f.memory)
		r = -ENOMEM;
	else if (out->failed || comments->failed)
		r = -EFBIG;
	else if (f.lost || !yr_at_end(&f.p))
		r = -EINVAL;
	free(f.pieces.at);
	yr_diags_free(diags);
	return r;
}
