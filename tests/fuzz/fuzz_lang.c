/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on the front end: any text is read, its profiles' words expanded, and every finding
 * printed; and what has no errors is formatted: that must keep its meaning, which the formatter
 * checks, and change nothing when done twice. No include folders, so that no file of the machine
 * is touched; the names that text can still reach (absolute and relative ones) are led into an
 * empty folder by relative_dir or are not regular policy.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lang/lang.h"
#include "yoroi/format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expand(struct yr_arena *arena, const struct yr_profile *p, const struct yr_word *w,
		   struct yr_diags *diags)
{
	struct yr_str *texts;
	size_t n = 0;

	if (w->text.at && !yr_expand(arena, p->scope, p->aliases, w, true, diags, &texts, &n) && !n)
		abort(); /* a word stands for something */
}

static void walk(struct yr_arena *arena, const struct yr_profile *p, struct yr_diags *diags)
{
	expand(arena, p, &p->attachment, diags);
	for (size_t i = 0; i < p->n_rules; i++) {
		const struct yr_rule *r = p->rules[i];

		if (r->kind == YR_RULE_FILE)
			expand(arena, p, &r->u.file.path, diags);
		else if (r->kind == YR_RULE_LINK)
			expand(arena, p, &r->u.link.from, diags);
		for (const struct yr_cond *c = r->conds; c; c = c->next)
			for (size_t k = 0; k < c->values.n; k++)
				expand(arena, p, &c->values.at[k], diags);
	}
	for (size_t i = 0; i < p->n_children; i++)
		walk(arena, p->children[i], diags);
}

static char *format(const char *text, size_t len, size_t *ret_len)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	char *out = NULL;

	if (!diags || yr_format_text("fuzz", text, len, diags, &out, ret_len, &err) == -EINVAL)
		abort();
	yr_diags_free(diags);
	return out;
}

static void format_twice(const char *text, size_t len)
{
	size_t n = 0, n_again = 0;
	char *out = format(text, len, &n), *again = out ? format(out, n, &n_again) : NULL;

	if (out && (!again || n != n_again || memcmp(out, again, n)))
		abort();
	free(out);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const none[] = { NULL };
	const struct yr_lang_options opt = { .include_dirs = none, .relative_dir = "/nonexistent" };
	struct yr_arena arena = { .limit = 256u << 20 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	FILE *out = fopen("/dev/null", "we");

	if (!diags || !out)
		abort();
	if (!yr_lang_read_text(&arena, "fuzz", (struct yr_str){ (const char *)data, size }, &opt,
			       diags, &unit, &err))
		for (size_t i = 0; i < unit->n_profiles; i++)
			walk(&arena, unit->profiles[i], diags);
	for (size_t i = 0; i < yr_diags_count(diags); i++)
		yr_diag_print(out, yr_diags_get(diags, i), true);
	fclose(out);
	format_twice((const char *)data, size);
	yr_diags_free(diags);
	yr_arena_done(&arena);
	return 0;
}
