/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what was made of a record is policy at all. */
#include "author/making.h"
#include "lang/lang.h"

/*
 * Words that policy knows may stand where it has no use for them: an access to a bus that is called
 * "create", a label for a name that is taken. One such record must not spoil what the others say.
 */
bool yr_rule_reads(const char *rule)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_lang_options opt = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	const char *text = yr_arena_printf(&arena, "profile x {\n%s\n}\n", rule);
	bool good = diags && text &&
		    !yr_lang_read_text(&arena, "rule", yr_str_of(text), &opt, diags, &unit, &err) &&
		    !yr_diags_errors(diags) && unit && unit->n_profiles == 1 &&
		    !unit->profiles[0]->n_children && unit->profiles[0]->n_rules == 1;

	yr_diags_free(diags);
	return good;
}
