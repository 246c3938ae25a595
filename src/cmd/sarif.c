/* SPDX-License-Identifier: Apache-2.0 */
/* Findings in the Static Analysis Results Interchange Format 2.1.0, which code hosts take. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/cmd.h"

static json_t *results;

void yr_diags_sarif_begin(void)
{
	results = json_array();
}

/* A path as a URI reference. */
static json_t *uri_of(const char *path)
{
	AUTO_BUF struct yr_buf b = { 0 };

	/* "a:b" would be a scheme. */
	if (path[0] != '/' && strchr(path, ':'))
		yr_buf_puts(&b, "./");
	for (; *path; path++) {
		unsigned char c = (unsigned char)*path;

		if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		    strchr("/-._~!$&'()*+,;=:@", c))
			yr_buf_putc(&b, (char)c);
		else
			yr_buf_printf(&b, "%%%02X", c);
	}
	return json_string(b.data ? b.data : "");
}

/* Characters among the first @n bytes of @s; ours are bytes, SARIF's are not. */
static unsigned characters(const char *s, unsigned n)
{
	unsigned count = 0;

	for (; n && *s; s++, n--)
		count += ((unsigned char)*s & 0xc0) != 0x80;
	return count;
}

static json_t *region_of(const struct yr_diag *d)
{
	unsigned shown = d->source ? d->source_col - 1 : 0, start, end;
	size_t line = d->source ? strlen(d->source) : 0;

	if (!d->source)
		return json_pack("{s:i, s:i}", "startLine", (int)d->line, "startColumn",
				 (int)d->col);
	if (shown > line)
		shown = (unsigned)line;
	/* What was cut off a long line counts as it is. */
	start = d->col - shown + characters(d->source, shown);
	end = start + characters(d->source + shown, d->len);
	return json_pack("{s:i, s:i, s:i, s:{s:o}}", "startLine", (int)d->line, "startColumn",
			 (int)start, "endColumn", (int)(end > start ? end : start + 1), "snippet",
			 "text", yr_json_text(d->source));
}

static json_t *location_of(const char *file, const struct yr_diag *d)
{
	json_t *physical = json_pack("{s:{s:o}}", "artifactLocation", "uri", uri_of(file));

	if (d && d->line)
		json_object_set_new(physical, "region", region_of(d));
	return json_pack("{s:o}", "physicalLocation", physical);
}

static int rule_index(const char *name)
{
	const char *known;

	for (size_t i = 0; (known = yr_diag_name(i, NULL)); i++)
		if (!strcmp(known, name))
			return (int)i;
	return -1;
}

static json_t *new_result(const char *level, const char *name, const char *message,
			  const char *file, const struct yr_diag *d)
{
	json_t *r =
		json_pack("{s:s, s:i, s:s, s:{s:o}}", "ruleId", name, "ruleIndex", rule_index(name),
			  "level", level, "message", "text", yr_json_text(message));

	json_object_set_new(r, "locations",
			    file ? json_pack("[o]", location_of(file, d)) : json_array());
	json_array_append_new(results, r);
	return r;
}

void yr_diags_sarif_say(const char *file, const char *name, const char *message)
{
	new_result("error", name, message, file, NULL);
}

static void add_note(json_t *result, const struct yr_diag *d)
{
	json_t *related = json_object_get(result, "relatedLocations");
	json_t *at = d->file ? location_of(d->file, d) : json_object();

	if (!related) {
		related = json_array();
		json_object_set_new(result, "relatedLocations", related);
	}
	json_object_set_new(at, "id", json_integer((json_int_t)json_array_size(related) + 1));
	json_object_set_new(at, "message", json_pack("{s:o}", "text", yr_json_text(d->text)));
	json_array_append_new(related, at);
}

void yr_diags_sarif_add(const struct yr_diags *d)
{
	json_t *last = NULL;

	for (size_t i = 0; d && i < yr_diags_count(d); i++) {
		const struct yr_diag *f = yr_diags_get(d, i);

		if (f->severity != YR_NOTE)
			last = new_result(f->severity == YR_ERROR ? "error" : "warning", f->name,
					  f->text, f->file, f);
		else if (last)
			add_note(last, f);
	}
}

static json_t *rules(void)
{
	json_t *all = json_array();
	const char *name, *summary;

	for (size_t i = 0; (name = yr_diag_name(i, &summary)); i++)
		json_array_append_new(
			all,
			json_pack("{s:s, s:{s:s}, s:{s:o}}", "id", name, "shortDescription", "text",
				  summary, "help", "text",
				  json_sprintf("%s. See yoroi-diagnostics(7), \"%s\"; "
					       "'--no-warn %s' hides it where it is a warning.",
					       summary, name, name)));
	return all;
}

int yr_diags_sarif_end(void)
{
	json_t *driver = json_pack("{s:s, s:s, s:o}", "name", "yoroi", "version", YR_VERSION,
				   "rules", rules());
	json_t *log = json_pack("{s:s, s:s, s:[{s:{s:o}, s:s, s:o}]}", "$schema",
				"https://json.schemastore.org/sarif-2.1.0.json", "version", "2.1.0",
				"runs", "tool", "driver", driver, "columnKind", "unicodeCodePoints",
				"results", results);

	results = NULL;
	return yr_json_print(log, 2);
}
