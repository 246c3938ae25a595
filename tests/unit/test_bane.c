/* SPDX-License-Identifier: Apache-2.0 */
/* bane's descriptions: TOML, fields, places, the text: author/bane*.c. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "author/bane_parts.h"
#include "base/cleanup.h"

static int read_it(struct yr_arena *arena, const char *text, struct yr_diags *diags,
		   struct yr_bane *ret)
{
	struct yr_err err = { 0 };

	return yr_bane_read(arena, "d", yr_str_of(text), diags, ret, &err);
}

static const struct {
	const char *toml;
	unsigned line, col;
	const char *complaint; /* how the first one begins; NULL: it is good, and Name is a.b */
} cases[] = {
	{ "Name=\"a.b\"", 0, 0, NULL },
	{ "\xef\xbb\xbfName='a.b' # x\r\n", 0, 0, NULL },
	{ "\"Na\\u006de\" = \"\\U00000061.b\"\n\n# end", 0, 0, NULL },
	{ "Name=\"docker-a.b\"", 0, 0, NULL },
	{ "NAME=\"a.b\"\nNetwork={Raw=true,Packet=false}", 0, 0, NULL },
	{ "Name=\"a.b\"\nNetwork={}\n[Filesystem]", 0, 0, NULL },
	{ "Network.Raw=true\nNetwork . Packet = true\nName=\"a.b\"", 0, 0, NULL },
	{ "Name=\"a.b\"\nImports=[]\nInnerImports=[\n]", 0, 0, NULL },
	{ "", 1, 1, "the description has no Name" },
	{ "Name=1979-05-27T07:32:00Z", 1, 6,
	  "Name takes a string, and this is a number or a date" },
	{ "Name=[[1],{a=-1.5}]", 1, 6, "Name takes a string, and this is an array" },
	{ "Name=\"a\"\nNetwork=1", 2, 9, "Network takes a table" },
	{ "Name=\"a\"\nNetwork.Raw.x=true", 2, 9, "a description has no key 'Raw'" },
	{ "Name=\"a\"\n[Network.Raw]", 2, 2, "a description has no key 'Network'" },
	{ "Name=\"a\"\nNetwork.Raw=true\n[Network]", 3, 2, "the table Network is there twice" },
	{ "Name=\"a\"\nNetwork={}\nNetwork.Raw=true", 3, 1, "the table Network is there twice" },
	{ "Name=\"a\"\nNetwork={Raw=true,raw=true}", 2, 19, "Raw is set twice" },
	{ "Name=\"a\"\nNetwork={Raw=true,\n}", 2, 19, "expected a key" },
	{ "Name=\"a\"\nImports=[,]", 2, 10, "expected a value" },
	{ "Name=\"a\nb\"", 1, 6, "this string is not closed" },
	{ "Name=\"\\", 1, 6, "this string is not closed" },
	{ "Name=\"\\u12\"", 1, 7, "this is the number of no character" },
	{ "Name=\"\\UFFFFFFFF\"", 1, 7, "this is the number of no character" },
	{ "Name=\"\\q\"", 1, 7, "TOML has no such escape" },
	{ "Name=\"a\" # \x7f", 1, 12, "a control character" },
	{ "Name=\"a\"\nName.x=\"b\"", 2, 1, "a description has no key" },
};

static void descriptions_are_read_or_refused_in_their_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_diags *diags = yr_diags_new();
		const struct yr_diag *d;
		struct yr_bane b;
		int r = read_it(&arena, cases[i].toml, diags, &b);

		print_message("# %s\n", cases[i].complaint ? cases[i].complaint : "good");
		d = yr_diags_get(diags, 0);
		if (cases[i].complaint) {
			assert_int_equal(r, -EBADMSG);
			assert_non_null(d);
			assert_true(
				!strncmp(d->text, cases[i].complaint, strlen(cases[i].complaint)));
			assert_int_equal(d->line, cases[i].line);
			assert_int_equal(d->col, cases[i].col);
		} else {
			assert_int_equal(r, 0);
			assert_null(d);
			assert_string_equal(b.name, "docker-a.b");
		}
		yr_diags_free(diags);
	}
}

static const struct {
	enum yr_bane_field field;
	const char *text;
	bool good;
} words[] = {
	{ YR_BANE_READ_ONLY, "/", true },
	{ YR_BANE_READ_ONLY, "/a b,c#\\{", true },
	{ YR_BANE_READ_ONLY, "/..a/b../...", true },
	{ YR_BANE_READ_ONLY, "/\xe9\x8e\xa7", true },
	{ YR_BANE_READ_ONLY, "@{PROC}/x", true },
	{ YR_BANE_READ_ONLY, "/./a", false },
	{ YR_BANE_READ_ONLY, "/a/{b,..}", false },
	{ YR_BANE_READ_ONLY, "/\xc2\x9b", false },
	{ YR_BANE_READ_ONLY, "/\\012", false },
	{ YR_BANE_IMPORTS, "include if exists <local/x>", true },
	{ YR_BANE_IMPORTS, "#include \"x\"", true },
	{ YR_BANE_IMPORTS, "abi <abi/3.0>,", true },
	{ YR_BANE_IMPORTS, "@{PROC}=/proc/", true },
	{ YR_BANE_IMPORTS, "@{X} += /a /b", true },
	{ YR_BANE_IMPORTS, "abi <abi/3.0>", false },
	{ YR_BANE_IMPORTS, "include", false },
	{ YR_BANE_IMPORTS, "include <", false },
	{ YR_BANE_IMPORTS, "include <>", false },
	{ YR_BANE_IMPORTS, "include <x> ", false },
	{ YR_BANE_IMPORTS, "@{X}=", false },
	{ YR_BANE_IMPORTS, "@{X}=/a #", false },
	{ YR_BANE_INNER_IMPORTS, "@{X}=/a", false },
	{ YR_BANE_INNER_IMPORTS, "abi <abi/3.0>,", false },
	{ YR_BANE_CAP_ALLOW, "net_bind_service", true },
	{ YR_BANE_CAP_ALLOW, "net-admin", false },
};

static void entries_stand_for_one_thing(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		print_message("# %s\n", words[i].text);
		assert_int_equal(!yr_bane_objection(words[i].field, yr_str_of(words[i].text)),
				 words[i].good);
	}
}

static void every_line_knows_its_entry(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_bane_text t = { .text = { 0 } };
	unsigned line = 1, found = 0;
	struct yr_bane b;

	(void)state;
	assert_int_equal(read_it(&arena,
				 "Name=\"a\"\n[Filesystem]\nWritablePaths=[\"/a\",\"/b\"]\n"
				 "DenyExec=[\"/c d\"]\n",
				 diags, &b),
			 0);
	yr_bane_put(&b, NULL, &t);
	for (char *at = t.text.data, *end; (end = strchr(at, '\n')); at = end + 1, line++) {
		struct yr_bane_line of = yr_bane_line_at(&t, line);
		struct yr_loc loc = yr_bane_place(&b, of);

		*end = 0;
		if (!strcmp(at, "  /b w,"))
			found += of.field == YR_BANE_WRITABLE && of.entry == 1 && loc.len == 4;
		else if (!strcmp(at, "  deny \"/c d\" mrwklx,"))
			found += of.field == YR_BANE_DENY_EXEC && of.entry == 0 && loc.len == 6;
		else if (!strcmp(at, "  deny network raw,"))
			found += of.field == YR_BANE_RAW && !loc.source;
		else if (!strcmp(at, "  umount,"))
			found += of.field == YR_BANE_FIELDS && !loc.source;
	}
	assert_int_equal(found, 4);
	assert_int_equal(line - 1, yr_bane_n_lines(&t));
	yr_buf_done(&t.text);
	yr_buf_done(&t.lines);
	yr_diags_free(diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(descriptions_are_read_or_refused_in_their_place),
		cmocka_unit_test(entries_stand_for_one_thing),
		cmocka_unit_test(every_line_knows_its_entry),
	};

	return cmocka_run_group_tests_name("bane", tests, NULL, NULL);
}
