/* SPDX-License-Identifier: Apache-2.0 */
/* Between asking and showing. */
#ifndef YR_CMD_QUERY_H
#define YR_CMD_QUERY_H

#include "cmd/subject.h"

/* On standard output; @kernel: of --for, NULL without. false: memory is out. */
bool yr_answer_print(const char *access, const char *kernel, const struct yr_answer *a);
/* The lines below: the rules that decide, or the nearest, and what a denial hides. */
bool yr_answer_print_rules(FILE *out, const struct yr_answer *a);
/* Of what is denied for some: the rules that allow the rest. */
bool yr_answer_print_rest(FILE *out, const struct yr_answer *a);
/* The same as an object for --json; NULL: memory is out. */
struct json_t *yr_answer_json(const char *access, const char *kernel,
			      const struct yr_subject *subject, const struct yr_answer *a);

#endif
