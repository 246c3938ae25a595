/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces to lines. */
#include "lang/format.h"

enum { WIDTH = 100, INDENT = 2, HANG = 4 };

static void put_spaces(struct yr_format *f, size_t n)
{
	while (n--)
		yr_buf_putc(f->out, ' ');
}

/* Letters: what a terminal shows for UTF-8, near enough. */
static size_t width(struct yr_str s)
{
	size_t n = 0;

	for (size_t i = 0; i < s.len; i++)
		n += ((unsigned char)s.at[i] & 0xc0) != 0x80;
	return n;
}

struct line {
	size_t col, hang;
	size_t list;     /* behind the "(" that is open; 0: none */
	size_t words;    /* pieces up to here; behind them only comments */
	const char *end; /* what the last word has behind it: " {", "," */
	bool is_set;     /* a line goes on behind a backslash */
	bool over;       /* nothing else may stand on it */
};

/* From a piece up to where the line may be broken again. */
static size_t unit_width(const struct yr_format *f, const struct line *line, size_t i)
{
	const struct yr_piece *at = f->pieces.at;
	size_t n = width(at[i].text);

	for (i++; i < line->words && at[i].gap != YR_GAP_BREAK && !at[i].comment; i++)
		n += width(at[i].text) + (at[i].gap == YR_GAP_SPACE);
	return i < line->words ? n : n + strlen(line->end);
}

static void break_line(struct yr_format *f, struct line *line)
{
	yr_buf_puts(f->out, line->is_set ? " \\\n" : "\n");
	line->col = line->list ? line->list : line->hang;
	put_spaces(f, line->col);
	line->over = false;
}

/* A word of which the line's end was not made part: a blank behind it would be. */
static bool ends_in_backslash(struct yr_str s)
{
	size_t n = 0;

	while (n < s.len && s.at[s.len - 1 - n] == '\\')
		n++;
	return n % 2;
}

static void put_piece(struct yr_format *f, struct line *line, size_t i)
{
	const struct yr_piece *piece = &f->pieces.at[i];
	bool full = piece->gap == YR_GAP_BREAK && line->col + 1 + unit_width(f, line, i) > WIDTH;

	if (line->over || (piece->comment && piece->broken) ||
	    (piece->gap == YR_GAP_BREAK && (piece->broken || full))) {
		break_line(f, line);
	} else if (i && (piece->gap != YR_GAP_NONE || piece->comment)) {
		yr_buf_putc(f->out, ' ');
		line->col++;
	}
	yr_buf_put(f->out, piece->text.at, piece->text.len);
	line->col += width(piece->text);
	line->over = piece->comment || ends_in_backslash(piece->text);
	if (yr_str_is(piece->text, "("))
		line->list = line->col;
	else if (yr_str_is(piece->text, ")"))
		line->list = 0;
}

/* Behind the rule's first word, or a little to the right. */
static size_t hang(const struct yr_format *f)
{
	size_t n = f->indent * INDENT;

	if (!f->hang)
		return n + HANG;
	for (size_t i = 0; i < f->hang && i < f->pieces.n; i++) {
		if (f->pieces.at[i].comment)
			return f->indent * INDENT + HANG;
		n += width(f->pieces.at[i].text) + (f->pieces.at[i].gap != YR_GAP_NONE);
	}
	return n + 1;
}

void yr_format_line(struct yr_format *f, bool may_be_apart)
{
	if (f->out->len)
		yr_buf_putc(f->out, '\n');
	if (may_be_apart && f->lines > 1 && !f->first)
		yr_buf_putc(f->out, '\n');
	put_spaces(f, f->header ? 0 : (size_t)f->indent * INDENT);
	f->lines = 0;
	f->first = false;
}

static void put_comment(struct yr_format *f, struct yr_str text)
{
	if (f->can_trail && !f->lines)
		yr_buf_putc(f->out, ' ');
	else
		yr_format_line(f, true);
	yr_buf_put(f->out, text.at, text.len);
	f->can_trail = false;
	f->lines = 0;
}

void yr_format_print(struct yr_format *f, const char *end, bool is_set)
{
	struct line line = { .col = (size_t)f->indent * INDENT,
			     .hang = hang(f),
			     .words = f->pieces.n,
			     .end = end,
			     .is_set = is_set };
	bool alone; /* the end has a line of its own */

	while (line.words && f->pieces.at[line.words - 1].comment)
		line.words--;
	for (size_t i = 0; i < line.words; i++)
		put_piece(f, &line, i);
	alone = !line.words || (line.over && *end);
	if (alone && line.words)
		break_line(f, &line);
	yr_buf_puts(f->out, alone ? end + strspn(end, " ") : end);
	f->can_trail = true;
	f->lines = 0;
	if (line.words && line.words < f->pieces.n)
		memmove(f->pieces.at, f->pieces.at + line.words,
			(f->pieces.n - line.words) * sizeof(*f->pieces.at));
	f->pieces.n -= line.words;
	f->hang = 0;
	f->newline = false;
}

void yr_format_leftovers(struct yr_format *f)
{
	for (size_t i = 0; i < f->pieces.n; i++) {
		f->lines = f->pieces.at[i].broken;
		put_comment(f, f->pieces.at[i].text);
	}
	f->pieces.n = 0;
}

void yr_format_between(struct yr_format *f)
{
	for (;; f->p.at++) {
		while (*f->p.at == '#' && !yr_at_end(&f->p) && !yr_at_pound_include(&f->p))
			put_comment(f, yr_format_comment(f));
		if (!(yr_class(*f->p.at) & (YR_C_BLANK | YR_C_NEWLINE)))
			return;
		f->lines += *f->p.at == '\n';
	}
}
