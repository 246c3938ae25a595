/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "oci/rebase.h"

static void paths_inside_the_bundle_get_its_folder(void **state)
{
	static const struct {
		const char *text, *wanted; /* NULL: refused */
	} cases[] = {
		{ "{}", "{}" },
		{ "{\"root\": {\"path\": \"rootfs\"}}",
		  "{\"root\": {\"path\": \"/b \\\"x\\\"/rootfs\"}}" },
		{ "{\"root\": {\"path\": \"/abs\"}}", "{\"root\": {\"path\": \"/abs\"}}" },
		{ "{\"root\": {\"path\": 7}}", "{\"root\": {\"path\": 7}}" },
		{ "{\"mounts\": [{\"type\": \"bind\", \"source\": \"d\"}]}",
		  "{\"mounts\": [{\"type\": \"bind\", \"source\": \"/b \\\"x\\\"/d\"}]}" },
		{ "{\"mounts\": [{\"source\": \"d\", \"options\": [\"ro\", \"rbind\"]}]}",
		  "{\"mounts\": [{\"source\": \"/b \\\"x\\\"/d\", \"options\": [\"ro\", "
		  "\"rbind\"]}]}" },
		{ "{\"mounts\": [{\"type\": \"proc\", \"source\": \"proc\"}], \"n\": "
		  "18446744073709551615}",
		  "{\"mounts\": [{\"type\": \"proc\", \"source\": \"proc\"}], \"n\": "
		  "18446744073709551615}" },
		{ "{\"root\": {\"path\": \"rootfs\"", NULL },
		{ "{\"root\": []}", NULL },
		{ "[]", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf out = { 0 };
		struct yr_err err = { 0 };
		int r = yr_spec_rebase(cases[i].text, strlen(cases[i].text), "/b \"x\"", &out,
				       &err);

		assert_int_equal(r < 0, !cases[i].wanted);
		if (cases[i].wanted)
			assert_string_equal(out.data, cases[i].wanted);
		else
			assert_int_equal(err.code, EINVAL);
	}
}

static void too_many_are_refused(void **state)
{
	AUTO_BUF struct yr_buf text = { 0 };
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_err err = { 0 };

	(void)state;
	yr_buf_puts(&text, "{\"mounts\": [");
	for (int i = 0; i < 300; i++)
		yr_buf_printf(&text, "%s{\"type\": \"bind\", \"source\": \"d\"}", i ? "," : "");
	yr_buf_puts(&text, "]}");
	assert_int_equal(yr_spec_rebase(text.data, text.len, "/b", &out, &err), -E2BIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paths_inside_the_bundle_get_its_folder),
		cmocka_unit_test(too_many_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
