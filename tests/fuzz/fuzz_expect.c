/* SPDX-License-Identifier: Apache-2.0 */
/* libFuzzer on files of expectations: whatever they are, each line is read once and within itself. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "verdict/expect.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct yr_str part, struct yr_str whole)
{
	return !part.at || (part.at >= whole.at && part.at + part.len <= whole.at + whole.len);
}

static void compare(const struct yr_expectation *e)
{
	static const struct yr_answer answers[] = {
		{ .allowed = true, .transition = "profile x, environment scrubbed, or inherit" },
		{ .quiet = true },
	};
	AUTO_ARENA struct yr_arena arena = { 0 };

	for (size_t i = 0; i < ARRAY_LEN(answers); i++)
		if (yr_expect_met(e, &answers[i]) && e->allow != answers[i].allowed)
			abort();
	if (!yr_expect_wanted(&arena, e))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct yr_expect_reader r = { .name = "f", .left = { (const char *)data, size } };
	struct yr_expectation e;
	unsigned line = 0;
	int next;

	do {
		struct yr_diags *d = yr_diags_new();

		next = d ? yr_expect_next(&r, d, &e) : 0;
		if ((next == -EBADMSG) != (d && yr_diags_errors(d) == 1))
			abort();
		if (next && (e.line <= line || !is_inside(e.text, r.whole)))
			abort();
		line = e.line;
		for (size_t i = 0; next > 0 && i < e.n_words; i++)
			if (!is_inside(e.word[i].text, e.text))
				abort();
		if (next > 0 && e.kind == YR_EXPECT_ACCESS) {
			if (!is_inside(e.access.text, e.text) || !e.access.text.len ||
			    !is_inside(e.transition.text, e.text))
				abort();
			compare(&e);
		}
		yr_diags_free(d);
	} while (next);
	return 0;
}
