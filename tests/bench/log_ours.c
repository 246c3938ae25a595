/* SPDX-License-Identifier: Apache-2.0 */
/* Count the events on standard input with libyoroi, and do nothing else. */
#include <stdio.h>

#include "yoroi/log.h"

static int count(void *ctx, const struct yr_log_event *ev)
{
	(void)ev;
	++*(unsigned long *)ctx;
	return 0;
}

int main(void)
{
	struct yr_log *log = yr_log_new();
	struct yr_err err = { 0 };
	unsigned long n = 0;

	if (!log || yr_log_read(log, 0, count, &n, &err) < 0)
		return 1;
	printf("%lu\n", n);
	yr_log_free(log);
	return 0;
}
