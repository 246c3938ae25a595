/* SPDX-License-Identifier: Apache-2.0 */
/* Findings for people and for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"

void yr_diags_show(const struct yr_diags *d, bool quiet)
{
	bool colour, shown = false;

	if (!d || (!yr_diags_count(d) && !yr_diags_dropped(d)))
		return;
	colour = yr_colour(stderr);
	fflush(stdout);
	for (size_t i = 0; i < yr_diags_count(d); i++) {
		const struct yr_diag *f = yr_diags_get(d, i);

		if (f->severity != YR_NOTE)
			shown = f->severity == YR_ERROR || !quiet;
		if (shown)
			yr_diag_print(stderr, f, colour);
	}
	if (yr_diags_dropped(d))
		yr_say("%u more findings are not shown", yr_diags_dropped(d));
}

/* JSON is UTF-8; policy need not be. Bytes that are not come out as U+FFFD. */
json_t *yr_json_bytes(const char *s, size_t len)
{
	AUTO_BUF struct yr_buf b = { 0 };
	json_t *j = json_stringn(s, len);

	if (j)
		return j;
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)s[i] < 0x80)
			yr_buf_putc(&b, s[i]);
		else
			yr_buf_puts(&b, "\xef\xbf\xbd");
	}
	return json_stringn(b.data ? b.data : "", b.len);
}

json_t *yr_json_text(const char *s)
{
	return s ? yr_json_bytes(s, strlen(s)) : json_null();
}

int yr_json_print(json_t *value, size_t indent)
{
	AUTO_FREE char *text = value ? json_dumps(value, JSON_INDENT(indent)) : NULL;

	json_decref(value);
	if (!text) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	puts(text);
	return YR_EXIT_OK;
}

static json_t *findings;

void yr_diags_json_begin(void)
{
	findings = json_array();
}

void yr_diags_json_say(const char *file, const char *name, const char *message)
{
	json_array_append_new(findings, json_pack("{s:s, s:o, s:o, s:s}", "severity", "error",
						  "file", yr_json_text(file), "text",
						  yr_json_text(message), "name", name));
}

static json_t *finding(const struct yr_diag *f)
{
	static const char *const severity[] = { "note", "warning", "error" };

	return json_pack("{s:s, s:o, s:i, s:i, s:i, s:o, s:s, s:o}", "severity",
			 severity[f->severity], "file", yr_json_text(f->file), "line", (int)f->line,
			 "column", (int)f->col, "length", (int)f->len, "text",
			 yr_json_text(f->text), "name", f->name, "source", yr_json_text(f->source));
}

/* A note stands in the finding that it belongs to, in its array "notes". */
static void add_all(json_t *to, const struct yr_diags *d)
{
	json_t *parent = NULL, *notes = NULL;

	for (size_t i = 0; d && i < yr_diags_count(d); i++) {
		const struct yr_diag *f = yr_diags_get(d, i);

		if (f->severity != YR_NOTE || !parent) {
			parent = finding(f);
			notes = NULL;
			json_array_append_new(to, parent);
			continue;
		}
		if (!notes) {
			notes = json_array();
			json_object_set_new(parent, "notes", notes);
		}
		json_array_append_new(notes, finding(f));
	}
}

void yr_diags_json_add(const struct yr_diags *d)
{
	add_all(findings, d);
}

json_t *yr_diags_json(const struct yr_diags *d)
{
	json_t *all = json_array();

	add_all(all, d);
	return all;
}

int yr_diags_json_end(void)
{
	json_t *all = findings;

	findings = NULL;
	return yr_json_print(all, 2);
}
