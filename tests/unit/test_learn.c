/* SPDX-License-Identifier: Apache-2.0 */
/* Typed values of paths, sensitive places, chains of profiles, attacks: author/learn*.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "author/learn_parts.h"
#include "base/cleanup.h"

static const struct {
	const char *path, *pattern; /* with every value open */
} shapes[] = {
	{ "/proc/123/status", "/proc/@{pid}/status" },
	{ "/proc/123/task/45/comm", "/proc/@{pid}/task/@{tid}/comm" },
	{ "/proc/sys/kernel/osrelease", "/proc/sys/kernel/osrelease" },
	{ "/run/user/1000/bus", "/run/user/@{uid}/bus" },
	{ "/srv/1000/bus", "/srv/@{int}/bus" },
	{ "/a/a1b2c3d4-0000-1111-2222-333344445555.x", "/a/@{uuid}.x" },
	{ "/a/a1b2c3d4-0000-1111-2222-33334444555g",
	  "/a/@{random8}-@{int}-@{int}-@{int}-@{digits11}g" },
	{ "/a/0123456789abcdef0123", "/a/@{hex20}" },
	{ "/a/0123456789ABCDEF0123", "/a/@{HEX20}" },
	{ "/a/abcdefabcdef", "/a/abcdefabcdef" },
	{ "/tmp/tmp.aB3dE5f7Hx", "/tmp/tmp.@{random10}" },
	{ "/etc/sedAbCdEf", "/etc/sed@{random6}" },
	{ "/etc/config", "/etc/config" },
	{ "/etc/Config", "/etc/Config" },
	{ "/etc/file01", "/etc/file@{int}" },
	{ "/log/2023-01-30.log", "/log/@{date}.log" },
	{ "/log/20230130.log", "/log/@{day}.log" },
	{ "/log/2023-13-30.log", "/log/@{int}-@{int}-@{int}.log" },
	{ "/lib/libfoo.so.1.2.3", "/lib/libfoo.so.[0-9]*" },
	{ "/lib/libfoo.so.1x", "/lib/libfoo.so.@{int}x" },
	{ "/lib/modules/6.1.0-13-amd64/x", "/lib/modules/[0-9]*.[0-9]*-*/x" },
	{ "/a/1700000000123", "/a/@{digits13}" },
	{ "/a/123456789012345678901", "/a/123456789012345678901" },
	{ "/log/20230101T112233Z.log", "/log/@{day}T@{digits6}Z.log" },
	{ "/a/A1B2C3D4-0000-1111-2222-333344445555", "/a/@{UUID}" },
	{ "/tmp/tmpa1_x9z2q", "/tmp/tmp@{temp8}" },
	{ "/tmp/tmpa1_x9z2q.py", "/tmp/tmp@{temp8}.py" },
	{ "/tmp/tmpfilename", "/tmp/tmpfilename" },
};

static void values_have_types(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		struct yr_str path = yr_str_of(shapes[i].path);
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_shape shape;
		size_t from = 0;

		yr_shape_of(path, &shape);
		for (size_t k = 0; k < shape.n; k++) {
			yr_buf_put(&b, path.at + from, shape.slot[k].at - from);
			yr_slot_put(&b, &shape.slot[k]);
			from = shape.slot[k].at + shape.slot[k].len;
		}
		yr_buf_puts(&b, path.at + from);
		assert_string_equal(b.data, shapes[i].pattern);
	}
}

static const struct {
	const char *path;
	bool sensitive;
} places[] = {
	{ "/etc/shadow", true },
	{ "/etc/shadow.7", true },
	{ "/etc/shadowing/7", false },
	{ "/proc/sys/vm/x", true },
	{ "/proc/7/mem", true },
	{ "/proc/7/maps", false },
	{ "/proc/7/fd/", false },
	{ "/proc/7/fd/3", true },
	{ "/proc/7/task/8/environ", true },
	{ "/home/a/.ssh/id_1", true },
	{ "/home/a/.bashrc", true },
	{ "/home/a/work/1", false },
	{ "/sys/devices/system/cpu/cpu1/x", false },
	{ "/sys/devices/pci0/x", true },
	{ "/dev/sda1", true },
	{ "/dev/tty1", true },
	{ "/dev/tty", false },
	{ "/srv/1", false },
	{ "/", false },
	{ "", false },
};

static void places_that_matter_are_known(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(places); i++)
		assert_int_equal(yr_sensitive(yr_str_of(places[i].path)) != NULL,
				 places[i].sensitive);
}

static const struct {
	enum yr_learn_exec how;
	const char *label, *profile;
} chains[] = {
	{ YR_LEARN_INHERIT, "web", "web" },
	{ YR_LEARN_INHERIT, "web//null-/a.sh//null-/usr/b", "web" },
	{ YR_LEARN_INHERIT, "web//hat//null-/a", "web//hat" },
	{ YR_LEARN_CHILD, "web//null-/a.sh//null-/usr/b", "web///a.sh///usr/b" },
	{ YR_LEARN_CHILD, "web//null-2d//null-/usr/b", "web///usr/b" },
	{ YR_LEARN_CHILD, "web//null-/a.sh//null-/usr/b c", "web///a.sh" },
	{ YR_LEARN_SEPARATE, "web//null-/a.sh//null-/usr/b_c", "web.usr.b_c" },
	{ YR_LEARN_SEPARATE, "web//null-/usr/b c", "web" },
	{ YR_LEARN_SEPARATE, "web//null-2d", "web" },
};

static void chains_of_any_depth_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(chains); i++) {
		struct yr_learn_options opt = { .exec = chains[i].how };
		struct yr_learn *l = yr_learn_new(&opt);
		struct yr_str name = yr_learn_fold(l, yr_str_of(chains[i].label)).profile;

		assert_true(yr_str_is(name, chains[i].profile));
		yr_learn_free(l);
	}
}

static void a_name_begins_with_its_parents(void **state)
{
	(void)state;
	assert_int_equal(yr_learn_parent(YR_STR("web")), 0);
	assert_int_equal(yr_learn_parent(YR_STR("/usr/bin/web")), 0);
	assert_int_equal(yr_learn_parent(YR_STR("web//hat")), 3);
	assert_int_equal(yr_learn_parent(YR_STR("web///a.sh")), 3);
	assert_int_equal(yr_learn_parent(YR_STR("web///a.sh///usr/b")), 10);
}

/* An attack that nobody can write would be refused by everything. */
static void attacks_are_accesses(void **state)
{
	static const char text[] =
		"profile all flags=(attach_disconnected) {\n  all,\n  change_profile,\n}\n"
		"profile none { }\n";
	struct yr_learn_policy how = { .name = "test" };
	struct yr_learn_asked asked = { .unit = NULL };
	struct yr_diags *diags = yr_diags_new();
	struct yr_features *features = NULL;
	struct yr_subject all, none;
	struct yr_err err = { 0 };
	char path[4096], *data;
	size_t len = 0;
	FILE *f;

	(void)state;
	snprintf(path, sizeof(path), "%s/everything", getenv("YOROI_FEATURES"));
	f = fopen(path, "r");
	data = calloc(1, 1 << 20);
	assert_non_null(f);
	assert_non_null(data);
	len = fread(data, 1, 1 << 20, f);
	fclose(f);
	assert_int_equal(yr_features_parse("everything", data, len, &features, &err), 0);
	how.policy = (struct yr_policy_options){ .kernel = features, .override_abi = features };
	assert_int_equal(yr_learn_compile(&how, "test", YR_STR(text), false, diags, &asked, &err),
			 0);
	assert_true(yr_learn_subject(&asked, &how, "all", &all));
	assert_true(yr_learn_subject(&asked, &how, "none", &none));
	assert_true(yr_n_attacks >= 200);
	for (size_t i = 0; i < yr_n_attacks; i++) {
		struct yr_answer answer = { 0 };
		int r = yr_learn_ask(&all, yr_attacks[i].access, &answer, &err);

		if (r != 1)
			print_message("# %s\n", yr_attacks[i].access);
		assert_int_equal(r, 1);
		assert_true(yr_attacks[i].why && *yr_attacks[i].why);
		yr_answer_done(&answer);
		r = yr_learn_ask(&none, yr_attacks[i].access, &answer, &err);
		if (r)
			print_message("# %s\n", yr_attacks[i].access);
		assert_int_equal(r, 0);
		yr_answer_done(&answer);
	}
	yr_learn_asked_done(&asked);
	yr_features_free(features);
	yr_diags_free(diags);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_have_types),
		cmocka_unit_test(places_that_matter_are_known),
		cmocka_unit_test(chains_of_any_depth_fold),
		cmocka_unit_test(a_name_begins_with_its_parents),
		cmocka_unit_test(attacks_are_accesses),
	};

	return cmocka_run_group_tests_name("learn", tests, NULL, NULL);
}
