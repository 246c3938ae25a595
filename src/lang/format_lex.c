/* SPDX-License-Identifier: Apache-2.0 */
/* Words of the text to pieces, as the parser takes them apart. */
#include "lang/format.h"

#include <stdlib.h>

static struct yr_piece *add(struct yr_format *f)
{
	struct yr_pieces *l = &f->pieces;
	struct yr_piece *more;
	size_t cap;

	if (l->n == l->cap) {
		cap = l->cap ? l->cap * 2 : 64;
		more = realloc(l->at, cap * sizeof(*more));
		if (!more) {
			f->memory = true;
			return NULL;
		}
		l->at = more;
		l->cap = cap;
	}
	l->at[l->n] = (struct yr_piece){ .broken = f->newline };
	f->newline = false;
	return &l->at[l->n++];
}

void yr_format_put(struct yr_format *f, struct yr_str text, enum yr_gap gap)
{
	struct yr_piece *piece = add(f);

	if (!piece)
		return;
	piece->text = text;
	piece->gap = gap;
}

void yr_format_put_z(struct yr_format *f, const char *z, enum yr_gap gap)
{
	yr_format_put(f, yr_str_of(z), gap);
}

void yr_format_bytes(struct yr_format *f, size_t n, enum yr_gap gap)
{
	if ((size_t)(f->p.end - f->p.at) < n || !n) {
		f->lost = true;
		return;
	}
	yr_format_put(f, (struct yr_str){ f->p.at, n }, gap);
	f->p.at += n;
}

void yr_format_word(struct yr_format *f, unsigned stop, enum yr_gap gap)
{
	const char *from = f->p.at;
	struct yr_word w;

	if (!yr_take_word(&f->p, stop, &w)) {
		f->memory |= f->p.failed;
		f->lost = true;
		return;
	}
	yr_format_put(f, (struct yr_str){ from, (size_t)(f->p.at - from) }, gap);
}

void yr_format_name(struct yr_format *f, enum yr_gap gap)
{
	yr_format_bytes(f, yr_peek_name(&f->p).len, gap);
}

void yr_format_expect(struct yr_format *f, char c)
{
	if (!yr_take_char(&f->p, c))
		f->lost = true;
}

struct yr_str yr_format_comment(struct yr_format *f)
{
	const char *from = f->p.at, *nl = memchr(from, '\n', (size_t)(f->p.end - from));
	const char *to = nl ? nl : f->p.end;

	f->p.at = to;
	while (to > from && (yr_class(to[-1]) & YR_C_BLANK))
		to--;
	yr_buf_put(f->comments, from, (size_t)(to - from));
	yr_buf_putc(f->comments, '\n');
	return (struct yr_str){ from, (size_t)(to - from) };
}

void yr_format_skip(struct yr_format *f)
{
	struct yr_piece *piece;

	for (;; f->p.at++) {
		while (*f->p.at == '#' && !yr_at_end(&f->p)) {
			struct yr_str text = yr_format_comment(f);

			piece = add(f);
			if (!piece)
				return;
			piece->text = text;
			piece->comment = true;
		}
		if (!(yr_class(*f->p.at) & (YR_C_BLANK | YR_C_NEWLINE)))
			return;
		f->newline |= *f->p.at == '\n';
	}
}

/* What yr_skip_separators() passes over; '#' begins no comment there. */
static void skip_separators(struct yr_format *f)
{
	for (; yr_class(*f->p.at) & (YR_C_BLANK | YR_C_NEWLINE | YR_C_COMMA); f->p.at++)
		f->newline |= *f->p.at == '\n';
}

static void skip_space(struct yr_format *f)
{
	for (; yr_class(*f->p.at) & (YR_C_BLANK | YR_C_NEWLINE); f->p.at++)
		f->newline |= *f->p.at == '\n';
}

static bool is_blank_or_newline(char c)
{
	return yr_class(c) & (YR_C_BLANK | YR_C_NEWLINE);
}

bool yr_format_at_cond(const struct yr_format *f)
{
	struct yr_str name = yr_peek_name(&f->p);
	struct yr_parser q = f->p;

	if (!name.len)
		return false;
	q.at += name.len;
	while (is_blank_or_newline(*q.at))
		q.at++;
	if (*q.at == '=' || (q.at[0] == ':' && q.at[1] == '='))
		return true;
	if (q.at == f->p.at + name.len || !yr_take_keyword(&q, "in"))
		return false;
	while (is_blank_or_newline(*q.at))
		q.at++;
	return *q.at == '(';
}

void yr_format_cond(struct yr_format *f, unsigned stop)
{
	struct yr_str name = yr_peek_name(&f->p);
	bool peer = f->peer_list && yr_str_is(name, "peer");
	enum yr_gap gap = YR_GAP_NONE;

	yr_format_bytes(f, name.len, YR_GAP_BREAK);
	yr_format_skip(f);
	if (*f->p.at == '=') {
		yr_format_bytes(f, 1, YR_GAP_NONE);
	} else if (*f->p.at == ':') {
		yr_format_bytes(f, 2, YR_GAP_NONE);
	} else {
		yr_format_name(f, YR_GAP_SPACE);
		gap = YR_GAP_SPACE;
	}
	/* '#' begins a value, but there is none before the list of peer=( ). */
	if (peer)
		yr_format_skip(f);
	else
		skip_space(f);
	if (*f->p.at == '(')
		yr_format_list(f, peer, gap);
	else
		yr_format_word(f, stop, gap);
}

/* What stands together stays together: a flag, "=" and its quoted value, say. */
static void list_item(struct yr_format *f)
{
	do
		yr_format_word(f, YR_STOP_LIST, YR_GAP_NONE);
	while (!f->lost && !yr_at_end(&f->p) &&
	       !(yr_class(*f->p.at) &
		 (YR_C_BLANK | YR_C_NEWLINE | YR_C_COMMA | YR_C_OPEN | YR_C_CLOSE)));
}

/* "," belongs to the item before it, the line that ended to the one behind it. */
static void put_comma(struct yr_format *f)
{
	bool newline = f->newline;

	yr_format_put_z(f, ",", YR_GAP_NONE);
	f->newline = newline;
}

void yr_format_list(struct yr_format *f, bool conds, enum yr_gap gap)
{
	enum yr_gap item_gap = YR_GAP_NONE;

	yr_format_bytes(f, 1, gap);
	for (skip_separators(f); *f->p.at != ')' && !f->lost && !f->memory; skip_separators(f)) {
		size_t item;

		if (item_gap)
			put_comma(f);
		item = f->pieces.n;
		if (conds && yr_format_at_cond(f))
			yr_format_cond(f, YR_STOP_LIST);
		else
			list_item(f);
		if (item < f->pieces.n)
			f->pieces.at[item].gap = item_gap;
		item_gap = YR_GAP_BREAK;
	}
	yr_format_expect(f, ')');
	yr_format_put_z(f, ")", YR_GAP_NONE);
}
