/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as kubectl prints them. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

void yr_columns_row(struct yr_columns *t, ...)
{
	char **more = realloc(t->cells, (t->n + t->width) * sizeof(*more));
	va_list ap;

	if (!more) {
		t->failed = true;
		return;
	}
	t->cells = more;
	va_start(ap, t);
	for (size_t i = 0; i < t->width; i++) {
		const char *text = va_arg(ap, const char *);

		more[t->n] = strdup(text ? text : "");
		if (more[t->n])
			t->n++;
		else
			t->failed = true;
	}
	va_end(ap);
}

void yr_columns_print(struct yr_columns *t, int indent)
{
	if (t->failed) {
		yr_say("out of memory");
		return;
	}
	for (size_t i = 0; i < t->n; i++) {
		size_t column = i % t->width, widest = 0;

		if (!column)
			printf("%*s", indent, "");
		yr_pod_put_text(stdout, t->cells[i]);
		if (column + 1 == t->width) {
			putchar('\n');
			continue;
		}
		for (size_t k = column; k < t->n; k += t->width)
			if (strlen(t->cells[k]) > widest)
				widest = strlen(t->cells[k]);
		printf("%*s", (int)(widest - strlen(t->cells[i]) + 3), "");
	}
}

void yr_columns_done(struct yr_columns *t)
{
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i]);
	free(t->cells);
	*t = (struct yr_columns){ .width = t->width };
}

const char *yr_pod_age(int64_t then, char *buffer, size_t size)
{
	int64_t s = time(NULL) - then;

	if (s < 0)
		s = 0;
	if (s < 120)
		snprintf(buffer, size, "%llds", (long long)s);
	else if (s < 120 * 60)
		snprintf(buffer, size, "%lldm", (long long)s / 60);
	else if (s < 48 * 3600)
		snprintf(buffer, size, "%lldh", (long long)s / 3600);
	else
		snprintf(buffer, size, "%lldd", (long long)s / 86400);
	return buffer;
}
