/* SPDX-License-Identifier: Apache-2.0 */
/* The writing side of include/yoroi/diag.h. */
#ifndef YR_BASE_DIAG_H
#define YR_BASE_DIAG_H

#include <stdarg.h>
#include <stdint.h>

#include "base/str.h"
#include "yoroi/diag.h"

/*
 * Add a finding. @file and @source_line are copied. A warning whose name is hidden is
 * dropped, one that is to be an error becomes one; notes follow their parent's fate.
 * @name must be in the table of diag.c: a test compiles the list against the manual page.
 */
void yr_diag_add(struct yr_diags *d, enum yr_severity severity, const char *file, unsigned line,
		 unsigned col, unsigned len, struct yr_str source_line, const char *name,
		 const char *fmt, va_list ap);

/* A bit for each warning that is not shown. */
uint64_t yr_diags_hidden(const struct yr_diags *d);

/* The same without a place. */
void yr_diag_plain(struct yr_diags *d, enum yr_severity severity, const char *name, const char *fmt,
		   ...) YR_PRINTF(4, 5);

/*
 * Bring the findings about @file into the order of its lines, each with its notes; they were made
 * phase by phase. Those about other files, which it includes, stay where they are among them.
 */
void yr_diags_sort(struct yr_diags *d, const char *file);

#endif
