/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/inline.h"

#include "lang/resolve.h"

static const char **place(struct yr_resolver *r)
{
	return &r->inlined->at[r->includes - 1];
}

static const struct yr_source *source(const struct yr_resolver *r)
{
	return r->chain[r->includes - 1]->source;
}

static void put_up_to(struct yr_resolver *r, const char *to)
{
	const char *from = *place(r);

	yr_buf_put(r->inlined->out, from, (size_t)(to - from));
	*place(r) = to;
}

/* What became of the include, as the comment that upstream's parser writes. */
static void note(struct yr_resolver *r, const char *what)
{
	const struct yr_include *inc = r->inlined->pending;
	struct yr_buf *out = r->inlined->out;

	if (!inc)
		return;
	r->inlined->pending = NULL;
	yr_buf_printf(out, "\n\n##%s %c", what, inc->search ? '<' : '"');
	/* A line's end in a name would end the comment. */
	for (size_t i = 0; i < inc->path.text.len; i++)
		yr_buf_putc(out, inc->path.text.at[i] == '\n' ? ' ' : inc->path.text.at[i]);
	yr_buf_puts(out, inc->search ? ">\n" : "\"\n");
}

void yr_inline_begin(struct yr_resolver *r)
{
	if (!r->inlined)
		return;
	note(r, "included");
	*place(r) = source(r)->text;
}

void yr_inline_end(struct yr_resolver *r)
{
	const struct yr_source *s = source(r);

	if (!r->inlined)
		return;
	put_up_to(r, s->text + s->len);
	/* What follows must not become part of a comment. */
	if (r->includes > 1 && s->len && s->text[s->len - 1] != '\n')
		yr_buf_putc(r->inlined->out, '\n');
}

void yr_inline_include(struct yr_resolver *r, const struct yr_stmt *stmt)
{
	if (!r->inlined)
		return;
	put_up_to(r, source(r)->text + stmt->loc.off);
	*place(r) += stmt->loc.len;
	r->inlined->pending = &stmt->u.include;
}

void yr_inline_included(struct yr_resolver *r, bool exists)
{
	if (r->inlined)
		note(r, exists ? "skipped duplicate include" : "failed include");
}
