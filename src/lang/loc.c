/* SPDX-License-Identifier: Apache-2.0 */
/* Places in the text: lines, columns, and reporting on them. */
#include <stdarg.h>

#include "base/diag.h"
#include "lang/lang.h"
#include "lang/source.h"

struct place {
	unsigned line, col;
	struct yr_str text; /* of the line */
};

static struct place find_place(const struct yr_loc *loc)
{
	const char *text = loc->source->text, *at, *nl, *start = text;
	const char *end = text + loc->source->len;
	struct yr_line_hint *hint = loc->source->hint;
	unsigned line = 1;

	at = loc->off < loc->source->len ? text + loc->off : end;
	/* Questions mostly come in the order of the text: go on from the last one. */
	if (hint && hint->start <= at) {
		start = hint->start;
		line = hint->line;
	}
	while ((nl = memchr(start, '\n', (size_t)(at - start)))) {
		start = nl + 1;
		line++;
	}
	if (hint)
		*hint = (struct yr_line_hint){ start, line };
	nl = memchr(start, '\n', (size_t)(end - start));
	if (!nl)
		nl = end;
	/* A line end of Windows is no part of the line. */
	if (nl > start && nl[-1] == '\r')
		nl--;
	return (struct place){ line, (unsigned)(at - start) + 1, { start, (size_t)(nl - start) } };
}

void yr_loc_position(const struct yr_loc *loc, unsigned *ret_line, unsigned *ret_col)
{
	struct place place = { 0 };

	if (loc->source)
		place = find_place(loc);
	*ret_line = place.line;
	*ret_col = place.col;
}

/* Whether the last finding that is no note is about @file. */
static bool told_of_file(const struct yr_diags *d, const char *file)
{
	const struct yr_diag *f = NULL;

	for (size_t i = yr_diags_count(d); i-- > 0 && (!f || f->severity == YR_NOTE);)
		f = yr_diags_get(d, i);
	return f && f->severity != YR_NOTE && f->file && !strcmp(f->file, file);
}

static void add(struct yr_diags *d, const struct yr_loc *loc, enum yr_severity severity,
		const char *name, const char *fmt, ...)
{
	struct place place = find_place(loc);
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(d, severity, loc->source->name, place.line, place.col, loc->len, place.text,
		    name, fmt, ap);
	va_end(ap);
}

/* Which include brought in the file of a finding, and which one that file. */
static void say_included(struct yr_diags *d, const struct yr_source *s, const char *name)
{
	for (; s->included_from && !yr_diags_dropped(d); s = s->included_from) {
		struct yr_loc loc = { s->included_from, s->included_at, s->included_len };

		add(d, &loc, YR_NOTE, name, "'%s' is included from here", s->name);
	}
}

void yr_complain(struct yr_diags *d, const struct yr_loc *loc, enum yr_severity severity,
		 const char *name, const char *fmt, ...)
{
	bool explain = severity != YR_NOTE && loc && loc->source && loc->source->included_from &&
		       !told_of_file(d, loc->source->name);
	struct place place = { 0 };
	const char *file = NULL;
	va_list ap;

	/* What will only be counted needs no line, however many there are. */
	if (loc && loc->source) {
		file = loc->source->name;
		if (yr_diags_dropped(d) == 0)
			place = find_place(loc);
	}
	va_start(ap, fmt);
	yr_diag_add(d, severity, file, place.line, place.col, loc ? loc->len : 1, place.text, name,
		    fmt, ap);
	va_end(ap);
	if (explain)
		say_included(d, loc->source, name);
}
