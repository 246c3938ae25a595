/* SPDX-License-Identifier: Apache-2.0 */
/* What the author of a policy can fix: diagnostics with a place in the text. */
#ifndef YOROI_DIAG_H
#define YOROI_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "yoroi/err.h"

enum yr_severity { YR_NOTE, YR_WARNING, YR_ERROR };

/*
 * One finding. All strings live as long as the collection that it is in.
 * @file NULL: the finding has no place (a command-line matter). @line and
 * @col count from 1, @col in bytes. @source is the line's text without its
 * newline, possibly shortened around the column; NULL when there is none.
 * @name is the word that --warn, --no-warn and --Werror take; never NULL.
 * A YR_NOTE belongs to the error or warning before it.
 */
struct yr_diag {
	enum yr_severity severity;
	const char *file;
	unsigned line, col, len; /* len: bytes to underline, at least 1 */
	const char *source;
	unsigned source_col; /* column of the caret inside @source, from 1 */
	const char *text;
	const char *name;
};

/*
 * A growing list of findings, in the order in which they were made. Not safe
 * for two threads at once; one per compile. yr_diags_new() returns NULL when
 * memory is out. Over YR_LIMIT_DIAGNOSTICS errors or warnings are counted, not kept.
 */
struct yr_diags;

struct yr_diags *yr_diags_new(void);
struct yr_diags *yr_diags_free(struct yr_diags *d);

size_t yr_diags_count(const struct yr_diags *d);
const struct yr_diag *yr_diags_get(const struct yr_diags *d, size_t i);
unsigned yr_diags_errors(const struct yr_diags *d);
unsigned yr_diags_warnings(const struct yr_diags *d);
/* How many were not kept, because there were too many. */
unsigned yr_diags_dropped(const struct yr_diags *d);

/* What becomes of a named warning: shown (the default of most), hidden, or an error. */
enum yr_warn_state { YR_WARN_SHOW, YR_WARN_HIDE, YR_WARN_ERROR };
/*
 * @name "all" sets the state for every name, except that what is hidden stays so when the
 * others become errors. -EINVAL: no such name.
 */
int yr_diags_set_warning(struct yr_diags *d, const char *name, enum yr_warn_state state);
/* The names in order, NULL at the end; with a one-line description. */
const char *yr_diag_name(size_t i, const char **ret_summary);

/*
 * FILE:LINE:COL: error: text [name], then the source line and a caret.
 * Control characters in @d's strings come out escaped. @colour: use ANSI colours.
 */
void yr_diag_print(FILE *out, const struct yr_diag *d, bool colour);

#endif
