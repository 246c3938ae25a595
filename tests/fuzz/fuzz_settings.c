/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on yoroi-runtime's configuration: any bytes. What is taken holds what settings.h says,
 * and is the same with comments and blank lines around it.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "oci/name.h"
#include "oci/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool same(const char *a, const char *b)
{
	return !a == !b && (!a || !strcmp(a, b));
}

static void is_sound(const struct yr_oci_settings *s)
{
	if (yr_wish_check(s->default_profile) || yr_wish_check(s->privileged_profile) ||
	    (s->runtime && *s->runtime != '/') || (s->events_file && *s->events_file != '/') ||
	    s->n_profile_dirs > YR_LIMIT_PROFILE_DIRS || s->profile_dirs[s->n_profile_dirs])
		abort();
	for (size_t i = 0; i < s->n_profile_dirs; i++)
		if (*s->profile_dirs[i] != '/')
			abort();
	if (!s->allow_unconfined && (s->on_failure_unconfined || s->on_failure_annotation ||
				     !yr_wish_profile(s->default_profile)))
		abort();
}

static void is_the_same(const struct yr_oci_settings *a, const struct yr_oci_settings *b)
{
	if (!same(a->runtime, b->runtime) || !same(a->default_profile, b->default_profile) ||
	    !same(a->privileged_profile, b->privileged_profile) ||
	    !same(a->events_file, b->events_file) || a->n_profile_dirs != b->n_profile_dirs ||
	    a->on_failure_unconfined != b->on_failure_unconfined ||
	    a->on_failure_annotation != b->on_failure_annotation ||
	    a->allow_unconfined != b->allow_unconfined || a->reload_changed != b->reload_changed ||
	    a->record_required != b->record_required || a->events != b->events)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_BUF struct yr_buf more = { 0 };
	struct yr_oci_settings *s = NULL, *again = NULL;
	struct yr_err err = { 0 };
	/* A copy of the right size: reading past its end shows. */
	char *copy = malloc(size ? size : 1);

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	if (yr_oci_settings_parse("/c", copy, size, &s, &err) < 0) {
		if (s || !err.code || strncmp(err.msg, "/c:", 3))
			abort();
	} else {
		is_sound(s);
		yr_buf_puts(&more, "# a = b\n\n \t\n");
		yr_buf_put(&more, copy, size);
		yr_buf_puts(&more, "\n#\n");
		if (yr_oci_settings_parse(NULL, more.data, more.len, &again, NULL) < 0)
			abort();
		is_the_same(s, again);
	}
	yr_oci_settings_free(s);
	yr_oci_settings_free(again);
	free(copy);
	return 0;
}
