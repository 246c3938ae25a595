/* SPDX-License-Identifier: Apache-2.0 */
/* Where things stand in a text, for whoever adds to it. */
#ifndef YR_LANG_BODIES_H
#define YR_LANG_BODIES_H

#include "lang/tree.h"

/*
 * Where the '}' of the profile stands whose head begins at @head, which the text itself has.
 * -ENOENT: there is no such head; -ENOMEM.
 */
int yr_lang_body_end(struct yr_arena *arena, struct yr_str text, uint32_t head, uint32_t *ret_end);
/* Behind the line of the last statement before all profiles; behind the file's own comment else. */
int yr_lang_preamble_end(struct yr_arena *arena, struct yr_str text, uint32_t *ret_end);
/* Whether the profile knows the variable called @name, without "@{" and "}". */
bool yr_lang_has_variable(const struct yr_profile *p, struct yr_str name);

#endif
