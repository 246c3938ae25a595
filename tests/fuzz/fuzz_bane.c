/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libFuzzer on bane's descriptions: any text to a profile, as bane does it and, when the last byte
 * is odd, as a list. What is made is one profile with rules for the entries and no other; otherwise
 * there is something to say.
 */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "author/bane.h"
#include "base/cleanup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	char profiles[4096];
	struct yr_features *features;
	FILE *nowhere;
} world;

static void open_world(void)
{
	const char *source = getenv("YOROI_SOURCE");
	char path[4200], *text = calloc(1, 1 << 20);
	struct yr_err err = { 0 };
	FILE *f;

	snprintf(world.profiles, sizeof(world.profiles), "%s/profiles", source ? source : ".");
	snprintf(path, sizeof(path), "%s/features/everything", world.profiles);
	f = fopen(path, "r");
	world.nowhere = fopen("/dev/null", "w");
	if (!f || !text || !world.nowhere ||
	    yr_features_parse("everything", text, fread(text, 1, 1 << 20, f), &world.features,
			      &err) < 0)
		abort();
	fclose(f);
	free(text);
}

static void look_at(const struct yr_diags *diags)
{
	for (size_t i = 0; i < yr_diags_count(diags); i++) {
		const struct yr_diag *d = yr_diags_get(diags, i);

		yr_diag_print(world.nowhere, d, false);
		/* An entry that came out as something else. */
		if (!strcmp(d->name, "unexpected")) {
			yr_diag_print(stderr, d, false);
			abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_learn_policy how = { .name = "fuzz" };
	struct yr_err err = { 0 };
	struct yr_bane b;
	size_t rules;
	int r;

	if (!world.features)
		open_world();
	if (!diags)
		abort();
	how.lang.fallback_dir = world.profiles;
	how.policy = (struct yr_policy_options){ .kernel = world.features,
						 .override_abi = world.features };
	r = yr_bane_read(&arena, "fuzz", (struct yr_str){ (const char *)data, size }, diags, &b,
			 &err);
	if (!r)
		r = yr_bane_make(&b, &how, size && (data[size - 1] & 1), diags, &text, &rules,
				 &err);
	look_at(diags);
	if ((r != 0 && r != -EBADMSG && r != -E2BIG) || (!r && (!rules || !text.len)) ||
	    (r == -EBADMSG && !yr_diags_errors(diags)) || (r && text.len)) {
		fprintf(stderr, "%d: %s\n%.*s\n", r, err.msg, (int)text.len,
			text.data ? text.data : "");
		abort();
	}
	yr_diags_free(diags);
	return 0;
}
