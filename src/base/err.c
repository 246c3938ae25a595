/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Say that the text did not fit rather than let a cut one pass for whole. */
static void mark_cut(struct yr_err *err, int wanted)
{
	if (wanted >= (int)sizeof(err->msg))
		memcpy(err->msg + sizeof(err->msg) - 4, "...", 4);
}

int yr_err_set(struct yr_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return -code;
	if (err->code)
		return -err->code;
	err->code = code;
	va_start(ap, fmt);
	mark_cut(err, vsnprintf(err->msg, sizeof(err->msg), fmt, ap));
	va_end(ap);
	return -code;
}

int yr_err_wrap(struct yr_err *err, const char *fmt, ...)
{
	char inner[sizeof(err->msg)], outer[sizeof(err->msg)];
	va_list ap;

	if (!err)
		return -1;
	memcpy(inner, err->msg, sizeof(inner));
	va_start(ap, fmt);
	vsnprintf(outer, sizeof(outer), fmt, ap);
	va_end(ap);
	mark_cut(err, snprintf(err->msg, sizeof(err->msg), "%s: %s", outer, inner));
	return -err->code;
}
