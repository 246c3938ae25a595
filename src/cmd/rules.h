/* SPDX-License-Identifier: Apache-2.0 */
/* Rules and what they are about, for people and for programs. */
#ifndef YR_CMD_RULES_H
#define YR_CMD_RULES_H

#include "cmd/cmd.h"
#include "verdict/query.h"

/* Policy text keeps its backslashes: it is to be read, and to be written into a profile. */
void yr_put_policy(FILE *out, const char *s);
/* "FILE:LINE:COL: TEXT" behind @indent and @before, and @after. false: memory is out. */
bool yr_print_rule(FILE *out, const char *indent, const char *before, const struct yr_rule *r,
		   const char *after);
bool yr_print_rules(FILE *out, const char *indent, const char *before,
		    const struct yr_named_rules *n, const char *after);
/* The same as an object, and as an array of them; NULL: memory is out. */
struct json_t *yr_rule_json(const struct yr_rule *r);
struct json_t *yr_rules_json(const struct yr_named_rules *n);

#endif
