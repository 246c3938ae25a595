/* SPDX-License-Identifier: Apache-2.0 */
/* Includes, abi rules and assignments to pieces. */
#include "lang/format.h"

/* "<" PATH ">", without the blanks beside the path, or a word. */
static void put_path(struct yr_format *f)
{
	const char *from = f->p.at + 1, *to;

	if (*f->p.at != '<') {
		yr_format_word(f, YR_STOP_WORD, YR_GAP_SPACE);
		return;
	}
	to = memchr(from, '>', (size_t)(f->p.end - from));
	if (!to) {
		f->lost = true;
		return;
	}
	f->p.at = to + 1;
	while (from < to && (yr_class(*from) & YR_C_BLANK))
		from++;
	while (to > from && (yr_class(to[-1]) & YR_C_BLANK))
		to--;
	yr_format_put_z(f, "<", YR_GAP_SPACE);
	yr_format_put(f, (struct yr_str){ from, (size_t)(to - from) }, YR_GAP_NONE);
	yr_format_put_z(f, ">", YR_GAP_NONE);
}

void yr_format_include(struct yr_format *f, const struct yr_include *inc)
{
	yr_take_char(&f->p, '#');
	yr_format_bytes(f, sizeof("include") - 1, YR_GAP_NONE);
	yr_skip_blanks(&f->p);
	for (int i = 0; inc->if_exists && i < 2; i++) {
		yr_format_name(f, YR_GAP_SPACE); /* if, exists */
		yr_skip_blanks(&f->p);
	}
	put_path(f);
}

void yr_format_abi(struct yr_format *f)
{
	yr_format_name(f, YR_GAP_NONE);
	yr_format_skip(f);
	put_path(f);
	yr_format_skip(f);
	yr_format_expect(f, ',');
}

/* Blanks, and line ends with a backslash before them. */
static void skip_in_line(struct yr_format *f)
{
	for (;;) {
		const char *at;

		yr_skip_blanks(&f->p);
		at = f->p.at;
		if (*at != '\\')
			return;
		for (at++; *at == '\r'; at++)
			;
		if (*at != '\n')
			return;
		f->p.at = at + 1;
		f->newline = true;
	}
}

/* "@X" and "$X" as "@{X}" and "${X}": upstream reads @FOO= as a profile's name. */
static void put_variable(struct yr_format *f, const struct yr_assign *set)
{
	const char *from = f->p.at;

	yr_format_put_z(f, set->boolean ? "${" : "@{", YR_GAP_NONE);
	yr_format_put(f, set->name.text, YR_GAP_NONE);
	yr_format_put_z(f, "}", YR_GAP_NONE);
	f->p.at += set->name.loc.len;
	f->lost |= set->name.text.at < from || set->name.text.at >= f->p.at;
	yr_skip_blanks(&f->p);
}

void yr_format_set(struct yr_format *f, const struct yr_assign *set)
{
	/* Upstream takes "@{X}:=" together, too, and then misses the ":=". */
	enum yr_gap gap = set->op == YR_SET_OVERRIDE ? YR_GAP_SPACE : YR_GAP_NONE;

	put_variable(f, set);
	yr_format_bytes(f, set->op == YR_SET ? 1 : 2, gap);
	if (set->boolean) {
		yr_format_skip(f);
		yr_format_word(f, YR_STOP_WORD, gap);
		return;
	}
	for (size_t i = 0; i < set->values.n && !f->lost && !f->memory; i++) {
		skip_in_line(f);
		yr_format_word(f, YR_STOP_WORD, gap);
		gap = YR_GAP_BREAK;
	}
}
