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

void yr_complain(struct yr_diags *d, const struct yr_loc *loc, enum yr_severity severity,
		 const char *name, const char *fmt, ...)
{
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
}
