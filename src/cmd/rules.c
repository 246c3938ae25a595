/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and what they are about, for people and for programs. */
#include "cmd/rules.h"

#include <jansson.h>
#include <string.h>

#include "lang/lang.h"

void yr_put_policy(FILE *out, const char *s)
{
	for (const char *at; (at = strchr(s, '\\')); s = at + 1) {
		AUTO_FREE char *before = strndup(s, (size_t)(at - s));

		yr_put(out, before);
		putc('\\', out);
	}
	yr_put(out, s);
}

bool yr_print_rule(FILE *out, const char *indent, const char *before, const struct yr_rule *r,
		   const char *after)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	const char *text = yr_rule_text(&arena, r);
	unsigned line, col;

	if (!text)
		return false;
	yr_loc_position(&r->loc, &line, &col);
	fprintf(out, "%s%s", indent, before);
	yr_put(out, r->loc.source ? r->loc.source->name : "?");
	fprintf(out, ":%u:%u: ", line, col);
	yr_put_policy(out, text);
	fprintf(out, "%s\n", after);
	return true;
}

bool yr_print_rules(FILE *out, const char *indent, const char *before,
		    const struct yr_named_rules *n, const char *after)
{
	bool good = true;

	for (size_t i = 0; i < n->n && good; i++)
		good = yr_print_rule(out, indent, before, n->at[i], after);
	if (n->more)
		fprintf(out, "%s%sand more rules\n", indent, before);
	return good;
}

json_t *yr_rule_json(const struct yr_rule *r)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	unsigned line, col;

	yr_loc_position(&r->loc, &line, &col);
	return json_pack("{s:o, s:i, s:i, s:o}", "file",
			 yr_json_text(r->loc.source ? r->loc.source->name : NULL), "line",
			 (int)line, "column", (int)col, "text",
			 yr_json_text(yr_rule_text(&arena, r)));
}

json_t *yr_rules_json(const struct yr_named_rules *n)
{
	json_t *all = json_array();

	for (size_t i = 0; i < n->n; i++)
		json_array_append_new(all, yr_rule_json(n->at[i]));
	return all;
}
