/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Classes that Debian's Linux 6.1 does not mediate, on kernels that do: policy in, the
 * kernel's question in, answer out. What the answers are was measured on 5.0.2.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "image/image.h"
#include "yoroi/compile.h"

#define COMMON                                                                                     \
	"dbus {mask {acquire send receive\n}\n}\ndomain {stack {yes\n}\n}\nfile {mask "            \
	"{create\n}\n"                                                                             \
	"}\nio_uring {mask {sqpoll override_creds\n}\n}\nipc {posix_mqueue {create\n}\n"           \
	"sysv_mqueue {create\n}\n}\nmount {mask {mount\n}\nmove_mount {detached\n}\n}\n"           \
	"namespaces {mask {userns_create\n}\n}\npolicy {permstable32 {allow prompt\n}\n"           \
	"permstable32_version {0x000003\n}\nversions {v6 {yes\n}\nv7 {yes\n}\n}\n}\n"              \
	"ptrace {mask {read\n}\n}\nsignal {mask {hup\n}\n}\n"

/* Kernels of several kinds. */
enum { V9, OLD_UNIX, COARSE, PACKETS, TABLE, V9_ALONE, KERNELS };
static const char *const text_of[KERNELS] = {
	[V9] = COMMON "network_v9 {af_mask {unix\n}\naf_inet {yes\n}\naf_unix {yes\n}\n}\n",
	[OLD_UNIX] = COMMON "network {af_unix {yes\n}\n}\nnetwork_v8 {af_mask {unix\n}\n}\n",
	[COARSE] = COMMON "network_v8 {af_mask {unix\n}\n}\n",
	[PACKETS] = COMMON "network_v9 {af_unix {yes\n}\n}\nnetwork_v9_skb {af_inet {yes\n}\n}\n",
	[TABLE] = COMMON "network {af_mask {unix\n}\n}\n",
	[V9_ALONE] = COMMON "network_v9 {af_mask {unix\n}\n}\n",
};
static struct yr_features *kernels[KERNELS];

static int set_up(void **state)
{
	struct yr_err err = { 0 };

	(void)state;
	for (int i = 0; i < KERNELS; i++)
		if (yr_features_parse("t", text_of[i], strlen(text_of[i]), &kernels[i], &err))
			return -1;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < KERNELS; i++)
		kernels[i] = yr_features_free(kernels[i]);
	return 0;
}

/* @kernel is also what the policy was written for, as with -M. NULL: refused. */
static struct yr_image *compile(const char *text, int kernel, struct yr_diags *d)
{
	struct yr_compile_options opt = {
		.kernel = kernels[kernel],
		.default_abi = kernels[kernel],
	};
	struct yr_compile *c = NULL;
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };
	void *blob = NULL;
	size_t len = 0;

	assert_int_equal(yr_compile_text("t.aa", text, strlen(text), &opt, d, &c, &err), 0);
	if (!yr_compile_image(c, &blob, &len, &err) && yr_image_read(blob, len, &image, &err))
		fail_msg("what was written cannot be read: %s", err.msg);
	free(blob);
	yr_compile_free(c);
	return image;
}

static struct yr_image *compile_rules(const char *rules, int kernel, struct yr_diags *d)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_image *image;

	yr_buf_printf(&b, "@{TWO}=/one /two/\nprofile t {\n%s\n}\n", rules);
	image = compile(b.data, kernel, d);
	for (size_t i = 0; !image && i < yr_diags_count(d); i++)
		yr_diag_print(stderr, yr_diags_get(d, i), false);
	assert_non_null(image);
	return image;
}

#define BYTES(s) (s), sizeof(s) - 1
#define UNIX9 "\x0f\0\x01"
#define TCP9 "\x0f\0\x02\0\x01\0\x06"
#define ALL_NET 0x3700376u
#define MORE 0x8000000u

static const struct row {
	const char *rules;
	int kernel;
	const char *bytes;
	size_t len;
	uint32_t allow, mask;
} rows[] = {
	/* dbus: bus, name, label, path, interface, member */
	{ "dbus,", V9, BYTES(" session"), 0x20, 0x66 },
	{ "dbus,", V9, BYTES(" session\0a.b"), 0x40, 0x66 },
	{ "dbus,", V9, BYTES(" b\0n\0l\0/p\0i\0m"), 6, 0x66 },
	{ "dbus send bus=session path=/a/**,", V9, BYTES(" session\0n\0l\0/a/b\0i\0m"), 2, 0x66 },
	{ "dbus send bus=session path=/a/**,", V9, BYTES(" system\0n\0l\0/a/b\0i\0m"), 0, 0x66 },
	{ "dbus path=//a//b,", V9, BYTES(" x\0\0\0//a/b\0\0"), 6, 0x66 },
	{ "dbus name=a.b,", V9, BYTES(" x\0a.b"), 0x40, 0x66 },
	{ "dbus peer=(name=n label=l),", V9, BYTES(" x\0n\0l\0\0\0"), 6, 0x66 },
	{ "dbus peer=(name=n label=l),", V9, BYTES(" x\0n\0k\0\0\0"), 0, 0x66 },
	{ "dbus, deny dbus send member=Quit,", V9, BYTES(" x\0\0\0\0\0Quit"), 4, 0x66 },
	/* mqueue */
	{ "mqueue,", V9, BYTES("\x11/q"), 0x376, 0x376 },
	{ "mqueue,", V9, BYTES("\x11/q\0label"), 0x376, 0x376 },
	{ "mqueue,", V9, BYTES("\x12\0\0\0\x7b"), 0x376, 0x376 },
	{ "mqueue r /q*,", V9, BYTES("\x11/qq"), 4, 0x376 },
	{ "mqueue r /q*,", V9, BYTES("\x12\0\0\0\x7b"), 0, 0x376 },
	{ "mqueue (create getattr) label=l 123,", V9, BYTES("\x12\0\0\0\x7b"), 0x10, 0x376 },
	{ "mqueue (create getattr) label=l 123,", V9, BYTES("\x12\0\0\0\x7b\0l"), 0x210, 0x376 },
	{ "mqueue getattr type=posix label=l,", V9, BYTES("\x11/q"), 0, 0x376 },
	{ "mqueue 4294967295,", V9, BYTES("\x12\xff\xff\xff\xff"), 0x376, 0x376 },
	/* userns and io_uring sit on their classes */
	{ "userns,", V9, BYTES("\x15"), 0x8, 0x8 },
	{ "userns, deny userns,", V9, BYTES("\x15"), 0, 0x8 },
	{ "deny userns, priority=1 userns,", V9, BYTES("\x15"), 0x8, 0x8 },
	{ "io_uring sqpoll,", V9, BYTES("\x16"), 0x10, 0x18 },
	{ "io_uring override_creds label=l,", V9, BYTES("\x16l"), 0x8, 0x18 },
	{ "io_uring override_creds label=l,", V9, BYTES("\x16k"), 0, 0x18 },
	/* unix: type, protocol; then address, label; then a command */
	{ "unix create type=stream,", V9, BYTES(UNIX9 "\0\x01\0\0"), 0x10, ALL_NET },
	{ "unix create type=stream,", V9, BYTES(UNIX9 "\0\x02\0\0"), 0, ALL_NET },
	{ "unix,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0\0"),
	  0x200000, 0x200000 },
	{ "unix bind addr=@foo*,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0foo\0x\0l\0"),
	  0x200000, ALL_NET },
	{ "unix bind addr=@foo*,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0bar\0l\0"),
	  0, ALL_NET },
	{ "unix bind addr=none,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\x01\0l\0"),
	  0x200000, ALL_NET },
	{ "unix bind addr=auto,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0l\0"),
	  0x200000, ALL_NET },
	{ "unix shutdown addr=auto,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0"
		      "0012f\0l\0"),
	  0x20, ALL_NET },
	{ "unix listen,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0a\0l\0\x02\0\x05"),
	  0x400000, ALL_NET },
	{ "unix getopt,", V9,
	  BYTES(UNIX9 "\0\x01\0\0"
		      "\0a\0l\0\x04\0\x05"),
	  0x2000000, ALL_NET },
	{ "unix send peer=(addr=@p label=q),", V9,
	  BYTES(UNIX9 "\0\x02\0\0"
		      "\0a\0l\0\x01\0p\0q"),
	  2, ALL_NET },
	{ "unix send peer=(addr=@p label=q),", V9,
	  BYTES(UNIX9 "\0\x02\0\0"
		      "\0a\0l\0\x01\0p\0r"),
	  0, ALL_NET },
	{ "unix, deny unix send addr=@x,", V9,
	  BYTES(UNIX9 "\0\x02\0\0"
		      "\0x\0l\0\x01\0p\0r"),
	  0x100044, 0x100046 },
	{ "unix bind type=dgram,", OLD_UNIX, BYTES("\x0e\0\x01\0\x02\0\0\0a\0l\0"), 0x200000,
	  ALL_NET },
	{ "network unix,", V9, BYTES(UNIX9 "\0\x01\0\0\0a\0l\0\x01\0p\0r"), 0x100046, ALL_NET },
	/* Without that, permissions still count, by type. */
	{ "unix (send receive) type=stream,", COARSE, BYTES("\x0e\0\x01\0\x01"), 6, ALL_NET },
	{ "deny unix send, network unix,", COARSE, BYTES("\x0e\0\x01\0\x01"), ALL_NET, ALL_NET },
	{ "network bind inet,", COARSE, BYTES("\x0e\0\x02\0\x06"), 0x200000, ALL_NET },
	/* inet: protocol; port kind, port, address size, address; label; a command */
	{ "network create inet stream,", V9, BYTES("\x0f\0\x02\0\x01"), 0x10 | MORE,
	  ALL_NET | MORE },
	{ "network tcp ip=10.0.0.1 port=80,", V9, BYTES(TCP9 "\x01\0\x50\x01\x0a\0\0\x01\0"),
	  ALL_NET, ALL_NET },
	{ "network tcp ip=10.0.0.1 port=80,", V9, BYTES(TCP9 "\x01\0\x50\x01\x0a\0\0\x02\0"), 0,
	  ALL_NET },
	{ "network bind tcp port=1000-2000,", V9, BYTES(TCP9 "\x01\x03\xe8\0\0"), 0x200000,
	  ALL_NET },
	{ "network bind tcp port=1000-2000,", V9, BYTES(TCP9 "\0\x07\xd0\0\0"), 0x200000, ALL_NET },
	{ "network bind tcp port=1000-2000,", V9, BYTES(TCP9 "\0\x07\xd1\0\0"), 0, ALL_NET },
	{ "network send tcp port=1000-2000,", V9, BYTES(TCP9 "\0\x03\xe8\0\0"), 2, ALL_NET },
	{ "network connect inet tcp peer=(ip=1.2.3.4 port=443),", V9,
	  BYTES(TCP9 "\x02\x01\xbb\x01\x01\x02\x03\x04\0"), MORE, MORE },
	{ "network connect inet tcp peer=(ip=1.2.3.4 port=443),", V9,
	  BYTES(TCP9 "\x02\x01\xbb\x01\x01\x02\x03\x04\0l\0\x01\0\0\0\0\0"), 0x40, ALL_NET | MORE },
	{ "network connect inet tcp peer=(ip=1.2.3.4 port=443),", V9,
	  BYTES(TCP9 "\x02\x01\xbc\x01\x01\x02\x03\x04\0l\0\x01\0\0\0\0\0"), 0, ALL_NET | MORE },
	{ "network inet6 tcp ip=::1,", V9,
	  BYTES("\x0f\0\x0a\0\x01\0\x06\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0"), ALL_NET,
	  ALL_NET },
	{ "network listen tcp,", V9, BYTES(TCP9 "\0\0\0\0\0\x02\0\x05"), 0x400000, ALL_NET },
	{ "network setopt tcp label=l,", V9, BYTES(TCP9 "\0\0\0\0\0l\0\x04\0\0\0\0"), 0x1000000,
	  ALL_NET },
	{ "network setopt tcp label=l,", V9, BYTES(TCP9 "\0\0\0\0\0k\0\x04\0\0\0\0"), 0, ALL_NET },
	/* mounts as 5.0.2 lays them */
	{ "mount,", V9, BYTES("\x07/m\0/d\0ext4\0\x01\x03"), 2, 2 },
	{ "mount options=ro options=nodev,", V9, BYTES("\x07/m\0/d\0x\0\x03"), 2, 2 },
	{ "mount options=ro options=nodev,", V9, BYTES("\x07/m\0/d\0x\0\x01\x03"), 0, 2 },
	{ "mount detached -> /b,", V9, BYTES("\x07/b\0\0x\0\x0e"), 2, 2 },
	{ "mount detached -> /b,", V9, BYTES("\x07/b\0/d\0x\0\x0e"), 0, 2 },
	{ "all,", V9, BYTES("\x07/b\0/d\0x\0\x0e"), 2, 2 },
	{ "all,", V9, BYTES(" b\0n\0l\0/p\0i\0m"), 6, 6 },
	{ "all, deny userns,", V9, BYTES("\x15"), 0, 8 },
};

static void classes_are_answered_as_the_rules_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image = compile_rules(rows[i].rules, rows[i].kernel, d);
		const struct yr_kperms *k = yr_image_policydb(
			&image->profiles[0], (struct yr_str){ rows[i].bytes, rows[i].len });

		print_message("# row %zu: %s\n", i, rows[i].rules);
		assert_int_equal(k->allow & rows[i].mask, rows[i].allow);
		yr_image_free(image);
		yr_diags_free(d);
	}
}

static void every_class_of_the_kernel_is_mediated_by_an_empty_profile(void **state)
{
	static const enum yr_class classes[] = {
		YR_CLASS_FILE,         YR_CLASS_MOUNT,       YR_CLASS_PTRACE, YR_CLASS_SIGNAL,
		YR_CLASS_NET_V9,       YR_CLASS_DBUS,        YR_CLASS_USERNS, YR_CLASS_IO_URING,
		YR_CLASS_POSIX_MQUEUE, YR_CLASS_SYSV_MQUEUE,
	};
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image = compile_rules("", V9, d);

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		assert_int_not_equal(yr_image_class(&image->profiles[0], classes[i]), 0);
	assert_int_equal(yr_image_class(&image->profiles[0], YR_CLASS_NET_V8), 0);
	yr_image_free(image);

	/* Networks are mediated whatever the kernel says of single families. 5.0.2 forgets them. */
	image = compile_rules("", V9_ALONE, d);
	assert_int_not_equal(yr_image_class(&image->profiles[0], YR_CLASS_NET_V9), 0);
	yr_image_free(image);
	yr_diags_free(d);
}

static const struct {
	const char *policy;
	int kernel;
	const char *name, *text; /* of the only diagnostic; NULL: none */
	unsigned line;
} told[] = {
	{ "profile t { unix send, unix receive, }", COARSE, "rule-downgraded", "(2 rules)", 1 },
	{ "profile t {\n deny unix, }", COARSE, "rule-not-enforced", "denials of unix", 2 },
	{ "profile t { network inet ip=1.2.3.4, }", COARSE, "rule-downgraded",
	  "without their addresses", 1 },
	{ "profile t { network inet interface=eth0, }", V9, "rule-downgraded", "every interface",
	  1 },
	{ "profile t { network inet ip=1.2.3.4, unix addr=@x, }", V9, NULL, NULL, 0 },
	{ "profile t { network send unix, }", V9, "rule-downgraded", "all permissions for unix",
	  1 },
	{ "profile t { network send inet, deny network send unix, network unix, }", V9, NULL, NULL,
	  0 },
	{ "profile t { prompt capability chown, }", V9, "rule-downgraded", "without asking", 1 },
	{ "@{M}=a b\nprofile t { /x px -> @{M}, }", V9, "missing", "'{a,b}'", 2 },
	{ "profile t { /x px -> a*, }", V9, "missing", "'a*'", 1 },
	{ "@{M}=a\nprofile t { /x px -> @{M}, }", V9, NULL, NULL, 0 },
	{ "profile t { network inet, network raw, }", PACKETS, "rule-downgraded", "single packets",
	  1 },
	{ "profile t { mqueue 4294967296, }", V9, "bad-value", "32 bits is 0", 1 },
	{ "profile t { abi <kernel>, }", V9, "abi", "does not count", 1 },
	{ "profile t { \"&x y\" r, }", V9, "unexpected", "'&x y' is no path", 1 },
	{ "profile t { audit /bin/[^a]at ux, /bin/cat Pux, /bin/c?t px, }", V9, NULL, NULL, 0 },
};

static void what_the_kernel_will_not_do_is_told_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image = compile(told[i].policy, told[i].kernel, d);

		print_message("# %s\n", told[i].policy);
		assert_non_null(image);
		assert_int_equal(yr_diags_count(d), told[i].name ? 1 : 0);
		if (told[i].name) {
			const struct yr_diag *f = yr_diags_get(d, 0);

			assert_string_equal(f->name, told[i].name);
			assert_non_null(strstr(f->text, told[i].text));
			assert_int_equal(f->line, told[i].line);
			assert_int_equal(f->severity, YR_WARNING);
		}
		yr_image_free(image);
		yr_diags_free(d);
	}
}

static void one_exec_target_too_many_is_told_at_its_rule(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_diags *d = yr_diags_new();

	(void)state;
	yr_buf_puts(&b, "profile t {\n");
	for (int i = 0; i < 13; i++)
		yr_buf_printf(&b, "/x%d px -> t%d,\n", i, i);
	yr_buf_puts(&b, "}\n");
	assert_null(compile(b.data, V9, d));
	assert_string_equal(yr_diags_get(d, 0)->name, "limit");
	assert_int_equal(yr_diags_get(d, 0)->line, 14);
	assert_non_null(strstr(yr_diags_get(d, 0)->text, "'t12'"));
	yr_diags_free(d);
}

static void a_target_longer_than_a_name_is_told_at_its_place(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_diags *d = yr_diags_new();

	(void)state;
	yr_buf_puts(&b, "profile t {\n/x px -> ");
	for (int i = 0; i < 5000; i++)
		yr_buf_putc(&b, 'a');
	yr_buf_puts(&b, ",\n}\n");
	assert_null(compile(b.data, V9, d));
	assert_string_equal(yr_diags_get(d, 0)->name, "limit");
	assert_int_equal(yr_diags_get(d, 0)->line, 2);
	yr_diags_free(d);
}

/* Before Linux 4.17 (Ubuntu's): which types of socket, for each family. */
static void old_kernels_get_a_table_of_socket_types(void **state)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image = compile_rules("network inet stream, audit network inet dgram,\n"
					       "network inet6, deny network raw,",
					       TABLE, d);
	const struct yr_image_profile *p = &image->profiles[0];

	(void)state;
	assert_int_equal(p->n_net_allowed, 46);
	assert_int_equal(p->net_allowed[2][0], 1 << 1 | 1 << 2);
	assert_int_equal(p->net_allowed[2][1], 1 << 2);
	assert_int_equal(p->net_allowed[10][0], 0x43e & ~(1 << 3));
	assert_int_equal(p->net_allowed[16][0], 0);
	assert_int_equal(yr_diags_count(d), 0);
	yr_image_free(image);
	yr_diags_free(d);
}

/* /bin/a is inherited by the second rule and changed by the first, which is more exact. */
static void only_the_winning_exec_lets_a_program_be_mapped(void **state)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image =
		compile_rules("/bin/a px, /bin/* ix, deny /bin/d m, prompt /bin/e m,", V9, d);
	const struct yr_image_profile *p = &image->profiles[0];

	(void)state;
	assert_int_equal(yr_image_file(p, YR_STR("/bin/a"), true)->allow & 0x10001, 1);
	assert_int_equal(yr_image_file(p, YR_STR("/bin/b"), true)->allow & 0x10001, 0x10001);
	assert_int_equal(yr_image_file(p, YR_STR("/bin/d"), true)->allow & 0x10001, 1);
	assert_int_equal(yr_image_file(p, YR_STR("/bin/e"), true)->allow & 0x10001, 0x10001);
	yr_image_free(image);
	yr_diags_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_are_answered_as_the_rules_say),
		cmocka_unit_test(every_class_of_the_kernel_is_mediated_by_an_empty_profile),
		cmocka_unit_test(what_the_kernel_will_not_do_is_told_once),
		cmocka_unit_test(one_exec_target_too_many_is_told_at_its_rule),
		cmocka_unit_test(a_target_longer_than_a_name_is_told_at_its_place),
		cmocka_unit_test(old_kernels_get_a_table_of_socket_types),
		cmocka_unit_test(only_the_winning_exec_lets_a_program_be_mapped),
	};

	return cmocka_run_group_tests_name("classes", tests, set_up, tear_down);
}
