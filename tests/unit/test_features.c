/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of kernel features, from its text form. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "yoroi/features.h"

static struct yr_features *parse(const char *text)
{
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	if (yr_features_parse("t", text, strlen(text), &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static void names_words_and_numbers_are_found_by_path(void **state)
{
	struct yr_features *f =
		parse("policy {versions {v7 {yes\n}\nv8 {yes\n}\n}\n"
		      "permstable32_version {0x000003\n}\nten {010\n}\nbad {-1\n}\n}\n"
		      "caps {mask {chown net_raw\n}\n}\nempty {}\n");
	size_t len;

	(void)state;
	assert_true(yr_features_has(f, "policy/versions/v7"));
	assert_true(yr_features_has(f, "policy"));
	assert_true(yr_features_has(f, "empty"));
	assert_false(yr_features_has(f, "policy/versions/v9"));
	assert_true(yr_features_has(f, "policy/versions/v7/yes")); /* a word counts */
	assert_false(yr_features_has(f, "policy/versions/v7/yes/more"));
	assert_false(yr_features_has(f, "policy/versions/v7/no"));
	assert_false(yr_features_has(f, "polic"));
	assert_false(yr_features_has(f, "policyx"));
	assert_true(yr_features_lists(f, "caps/mask", "net_raw"));
	assert_false(yr_features_lists(f, "caps/mask", "net"));
	assert_false(yr_features_lists(f, "caps", "net_raw"));
	assert_int_equal(yr_features_number(f, "policy/permstable32_version", 9), 3);
	assert_int_equal(yr_features_number(f, "policy/ten", 9), 10);
	assert_int_equal(yr_features_number(f, "policy/bad", 9), 9);
	assert_int_equal(yr_features_number(f, "caps/mask", 9), 9);
	assert_int_equal(yr_features_number(f, "nowhere", 9), 9);
	assert_int_equal(yr_features_text(f, &len)[0], 'p');
	assert_int_equal(strlen(yr_features_text(f, NULL)), len);
	yr_features_free(f);
}

static const struct {
	const char *text, *complaint;
} bad[] = {
	{ "", "line 1: nothing in it" },
	{ "\n \n", "line 3: nothing in it" },
	{ "word\n", "line 1: a word outside of braces" },
	{ "a {b {c\n}\n", "line 3: ends before the last '}'" },
	{ "}\na {b\n}\n", "line 1: nothing in it" },
	{ "a {\n{b}}\n", "line 2: a '{' without a name before it" },
	{ "a {\x01}\n", "line 1: a byte that is not text" },
	{ "a {\xff}\n", "line 1: a byte that is not text" },
};

static void what_is_no_feature_text_is_refused_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct yr_features *f = NULL;
		struct yr_err err = { 0 };

		assert_int_equal(yr_features_parse("t", bad[i].text, strlen(bad[i].text), &f, &err),
				 -EINVAL);
		assert_null(f);
		assert_string_equal(err.msg + strlen("features 't': "), bad[i].complaint);
	}
}

static void a_brace_too_many_ends_the_tree(void **state)
{
	struct yr_features *f = parse("a {b\n}\n}\nc {d\n}\n");

	(void)state;
	assert_true(yr_features_has(f, "a"));
	assert_false(yr_features_has(f, "c"));
	yr_features_free(f);
}

static void deep_nesting_and_a_zero_byte_are_refused(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	(void)state;
	for (int i = 0; i < 10000; i++)
		yr_buf_puts(&b, "a {");
	assert_int_equal(yr_features_parse("t", b.data, b.len, &f, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "nested too deeply"));
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_features_parse("t", "a {b\0}", 6, &f, &err), -EINVAL);
	assert_null(f);
}

/* The files of real kernels and policy sets, named on the command line. */
static char **files;
static int n_files;

static void real_files_are_read(void **state)
{
	(void)state;
	for (int i = 0; i < n_files; i++) {
		AUTO_FCLOSE FILE *in = fopen(files[i], "r");
		static char text[1 << 16];
		struct yr_features *f = NULL;
		struct yr_err err = { 0 };
		size_t len;

		if (!in)
			continue;
		len = fread(text, 1, sizeof(text), in);
		if (yr_features_parse(files[i], text, len, &f, &err) < 0)
			fail_msg("%s", err.msg);
		assert_true(yr_features_lists(f, "caps/mask", "sys_admin"));
		assert_true(yr_features_lists(f, "rlimit/mask", "nofile"));
		yr_features_free(f);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_words_and_numbers_are_found_by_path),
		cmocka_unit_test(what_is_no_feature_text_is_refused_with_its_line),
		cmocka_unit_test(a_brace_too_many_ends_the_tree),
		cmocka_unit_test(deep_nesting_and_a_zero_byte_are_refused),
		cmocka_unit_test(real_files_are_read),
	};

	files = argv + 1;
	n_files = argc - 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
