/* SPDX-License-Identifier: Apache-2.0 */
/* Policy in, access in, answer out: compiled, written, read back and matched as the kernel does it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/buf.h"
#include "image/image.h"
#include "yoroi/compile.h"

static struct yr_features *features;

static int set_up(void **state)
{
	const char *text = yr_default_abi_text();
	struct yr_err err = { 0 };

	(void)state;
	return yr_features_parse("6.1", text, strlen(text), &features, &err);
}

static int tear_down(void **state)
{
	(void)state;
	features = yr_features_free(features);
	return 0;
}

/* The image of @text; NULL and diagnostics in @diags when it is refused. */
static struct yr_image *compile(const char *text, struct yr_diags *diags)
{
	struct yr_compile_options opt = { .kernel = features };
	struct yr_compile *c = NULL;
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };
	void *blob = NULL;
	size_t len = 0;

	assert_int_equal(yr_compile_text("t.aa", text, strlen(text), &opt, diags, &c, &err), 0);
	if (!yr_compile_image(c, &blob, &len, &err)) {
		int r = yr_image_read(blob, len, &image, &err);

		if (r)
			fail_msg("what was written cannot be read: %s", err.msg);
	} else if (err.code) {
		fail_msg("%s", err.msg);
	}
	free(blob);
	yr_compile_free(c);
	return image;
}

static void show(const struct yr_diags *d)
{
	for (size_t i = 0; i < yr_diags_count(d); i++)
		yr_diag_print(stderr, yr_diags_get(d, i), false);
}

/* @rules in a profile of their own. */
static struct yr_image *compile_rules(const char *rules)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image;
	char *text;

	assert_true(asprintf(&text, "profile t {\n%s\n}\n", rules) > 0);
	image = compile(text, d);
	if (!image) {
		show(d);
		fail_msg("refused: %s", rules);
	}
	free(text);
	yr_diags_free(d);
	return image;
}

/* Letters of what is allowed, in a fixed order; the exec's transition behind the x. */
static const char *letters(const struct yr_image_profile *p, const struct yr_kperms *k,
			   char out[128])
{
	static const struct {
		uint32_t bit;
		char letter;
	} map[] = {
		{ 0x4, 'r' },    { 0x2, 'w' },     { 0x8, 'a' }, { 0x10000, 'm' },
		{ 0x8000, 'k' }, { 0x40000, 'l' }, { 0x1, 'x' },
	};
	char *at = out;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (k->allow & map[i].bit)
			*at++ = map[i].letter;
	*at = '\0';
	if (!(k->allow & 1))
		return out;
	if (k->xindex & YR_XI_UNSAFE)
		at += sprintf(at, " unsafe");
	if (k->xindex & YR_XI_INHERIT)
		at += sprintf(at, " inherit");
	if (k->xindex & YR_XI_UNCONFINED)
		at += sprintf(at, " unconfined");
	if (k->xindex & YR_XI_TABLE)
		at += sprintf(at, " -> %s", p->file.targets[k->xindex & YR_XI_INDEX]);
	else if (k->xindex & YR_XI_CHILD)
		at += sprintf(at, " child");
	else if (k->xindex & YR_XI_NAME)
		at += sprintf(at, " name");
	return out;
}

static const struct {
	const char *rules, *path, *owner, *other;
} file_rows[] = {
	{ "/etc/passwd r,", "/etc/passwd", "r", "r" },
	{ "/etc/passwd r,", "/etc/passwd2", "", "" },
	{ "/etc/passwd r,", "/etc/passw", "", "" },
	{ "owner /home/*/** rw,", "/home/u/a/b", "rwa", "" },
	{ "owner /x rw, /x r,", "/x", "rwa", "r" },
	{ "/a/* r,", "/a/", "", "" },
	{ "/a/* r,", "/a/b", "r", "r" },
	{ "/a/* r,", "/a/b/c", "", "" },
	{ "/a/** r,", "/a/b/c", "r", "r" },
	{ "/a/** r,", "/a/", "", "" },
	{ "/a{,/**} r,", "/a", "r", "r" },
	{ "/a{,/**} r,", "/a/b", "r", "r" },
	{ "/lib/lib?.so.[0-9] mr,", "/lib/libc.so.6", "rm", "rm" },
	{ "/lib/lib?.so.[0-9] mr,", "/lib/lib/.so.6", "", "" },
	{ "/x[^a]y r,", "/xby", "r", "r" },
	{ "/x[^a]y r,", "/xay", "", "" },
	{ "/a\\*b r,", "/a*b", "r", "r" },
	{ "/a\\*b r,", "/axb", "", "" },
	{ "\"/a b\" r,", "/a b", "r", "r" },
	/* Which rule wins. */
	{ "/x rw, deny /x w,", "/x", "r", "r" },
	{ "deny /x w, /x rw,", "/x", "r", "r" },
	{ "/** rw, deny /s/** rw,", "/s/x", "", "" },
	{ "deny owner /x r, /x r,", "/x", "", "r" },
	{ "/x a,", "/x", "a", "a" },
	{ "priority=1 /x r, deny /x r,", "/x", "r", "r" },
	{ "priority=-1 deny /x r, /x r,", "/x", "r", "r" },
	/* Execs. */
	{ "/bin/a ix,", "/bin/a", "mx inherit", "mx inherit" },
	{ "/bin/a px,", "/bin/a", "x unsafe name", "x unsafe name" },
	{ "/bin/a Px,", "/bin/a", "x name", "x name" },
	{ "/bin/a Cx,", "/bin/a", "x child", "x child" },
	{ "/bin/a Cx,", "/bin/b", "", "" },
	{ "/bin/a ux,", "/bin/a", "x unsafe unconfined", "x unsafe unconfined" },
	{ "/bin/a Pix,", "/bin/a", "mx inherit name", "mx inherit name" },
	{ "/bin/a PUx,", "/bin/a", "x unconfined name", "x unconfined name" },
	{ "/bin/a Px -> other,", "/bin/a", "x -> other", "x -> other" },
	{ "/bin/a Cx -> kid, profile kid { }", "/bin/a", "x -> t//kid", "x -> t//kid" },
	{ "/bin/a Px -> :ns:p,", "/bin/a", "x -> :ns:p", "x -> :ns:p" },
	{ "/bin/** ix, /bin/a Px,", "/bin/a", "mx name", "mx name" },
	{ "/bin/** ix, /bin/a Px,", "/bin/b", "mx inherit", "mx inherit" },
	{ "/bin/a rix, deny /bin/a x,", "/bin/a", "rm", "rm" },
	{ "file,", "/anything/at all", "rwamklx inherit", "rwamklx inherit" },
	{ "allow file rwk /x,", "/x", "rwak", "rwak" },
};

static void files_are_answered_as_the_rules_say(void **state)
{
	char buffer[128];

	(void)state;
	for (size_t i = 0; i < sizeof(file_rows) / sizeof(file_rows[0]); i++) {
		struct yr_image *image = compile_rules(file_rows[i].rules);
		const struct yr_image_profile *p = &image->profiles[0];
		struct yr_str path = yr_str_of(file_rows[i].path);

		print_message("# %s  %s\n", file_rows[i].rules, file_rows[i].path);
		assert_string_equal(letters(p, yr_image_file(p, path, true), buffer),
				    file_rows[i].owner);
		assert_string_equal(letters(p, yr_image_file(p, path, false), buffer),
				    file_rows[i].other);
		yr_image_free(image);
	}
}

/* A word about paths takes the kernel's own default away, also when it says the default. */
static void every_word_about_paths_reaches_the_image(void **state)
{
	static const struct {
		const char *flags;
		bool written;
		uint32_t value;
	} rows[] = {
		{ "audit", false, YR_PATH_MEDIATE_DELETED },
		{ "no_attach_disconnected", true, 0 },
		{ "namespace_relative", true, 0 },
		{ "delegate_deleted", true, 0 },
		{ "chroot_no_attach", true, 0 },
		{ "chroot_attach", true, YR_PATH_CHROOT_ATTACH },
		{ "chroot_attach,mediate_deleted", true,
		  YR_PATH_CHROOT_ATTACH | YR_PATH_MEDIATE_DELETED },
		{ "attach_disconnected,chroot_relative", true,
		  YR_PATH_ATTACH_DISCONNECTED | YR_PATH_CHROOT_RELATIVE },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image;
		char text[100];

		snprintf(text, sizeof(text), "profile t flags=(%s) { /x r, }", rows[i].flags);
		image = compile(text, d);
		print_message("# %s\n", rows[i].flags);
		assert_non_null(image);
		assert_int_equal(image->profiles[0].has_path_flags, rows[i].written);
		assert_int_equal(image->profiles[0].path_flags, rows[i].value);
		yr_image_free(image);
		yr_diags_free(d);
	}
}

/* A denied link to an aliased path would be lost if only the link's own name were respelled. */
static void an_alias_changes_both_ends_of_a_link(void **state)
{
	static const char text[] = "alias /usr/ -> /mnt/,\n"
				   "profile t { link /a -> /**, deny link /a -> /usr/b,\n"
				   "link /usr/c -> /usr/d, }";
	static const struct {
		const char *pair;
		size_t len;
		bool allowed;
	} rows[] = {
		{ "/a\0/x", 5, true },           { "/a\0/usr/b", 9, false },
		{ "/a\0/mnt/b", 9, false },      { "/usr/c\0/usr/d", 13, true },
		{ "/mnt/c\0/mnt/d", 13, true },  { "/mnt/c\0/usr/d", 13, false },
		{ "/usr/c\0/mnt/d", 13, false },
	};
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image = compile(text, d);

	(void)state;
	assert_non_null(image);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct yr_str pair = { rows[i].pair, rows[i].len };

		print_message("# %s -> %s\n", pair.at, pair.at + strlen(pair.at) + 1);
		assert_int_equal(!!(yr_image_file(&image->profiles[0], pair, false)->allow &
				    0x40000),
				 rows[i].allowed);
	}
	yr_image_free(image);
	yr_diags_free(d);
}

#define BYTES(s) (s), sizeof(s) - 1

static const struct {
	const char *rules, *bytes;
	size_t len;
	uint32_t allow; /* of the bits in mask */
	uint32_t mask;
} class_rows[] = {
	{ "network inet stream,", BYTES("\x0e\0\x02\0\x01"), 0x10, 0x10 },
	{ "network inet stream,", BYTES("\x0e\0\x02\0\x02"), 0, 0x10 },
	{ "network inet stream,", BYTES("\x0e\0\x0a\0\x01"), 0, 0x10 },
	{ "network inet icmp,", BYTES("\x0e\0\x02\0\x03"), 0x10, 0x10 },
	{ "network, deny network raw,", BYTES("\x0e\0\x02\0\x03"), 0, 0x10 },
	{ "network, deny network raw,", BYTES("\x0e\0\x02\0\x01"), 0x10, 0x10 },
	{ "network inet icmp, deny network raw,", BYTES("\x0e\0\x02\0\x03"), 0, 0x10 },
	{ "deny network packet, network,", BYTES("\x0e\0\x11\0\x03"), 0, 0x10 },
	{ "unix (connect) type=stream peer=(addr=@x),", BYTES("\x0e\0\x01\0\x01"), 0x40, 0x40 },
	{ "unix type=dgram,", BYTES("\x0e\0\x01\0\x01"), 0, 0x40 },
	{ "ptrace read peer=foo,",
	  BYTES("\x09"
		"foo"),
	  4, 0x1e },
	{ "ptrace (trace, tracedby) peer=f*,",
	  BYTES("\x09"
		"fooo"),
	  0xa, 0x1e },
	{ "ptrace read peer=foo,",
	  BYTES("\x09"
		"fo"),
	  0, 0x1e },
	{ "ptrace,", BYTES("\x09x"), 0x1e, 0x1e },
	{ "ptrace peer=@{profile_name},", BYTES("\x09t"), 0x1e, 0x1e },
	{ "signal send set=(term, kill) peer=foo,",
	  BYTES("\x0a\x0f"
		"foo"),
	  2, 6 },
	{ "signal send set=(term, kill) peer=foo,",
	  BYTES("\x0a\x01"
		"foo"),
	  0, 6 },
	{ "signal set=rtmin+3,", BYTES("\x0a\x83x"), 6, 6 },
	{ "signal,", BYTES("\x0a\x02x"), 6, 6 },
	{ "mount,", BYTES("\x07/m\0/dev/a\0ext4\0\x01"), 2, 2 },
	{ "mount fstype=ext4,", BYTES("\x07/m\0/dev/a\0xfs\0"), 0, 2 },
	{ "mount options=(ro, bind) /a -> /b,", BYTES("\x07/b\0/a\0\0\x0d"), 2, 2 },
	{ "mount options=(rbind) /a -> /b,", BYTES("\x07/b\0/a\0\0\x0d"), 0, 2 },
	{ "mount options in (ro, nosuid) fstype=tmpfs none -> /t/,",
	  BYTES("\x07/t/\0none\0tmpfs\0\x02"), 2, 2 },
	{ "mount options in (ro, nosuid) fstype=tmpfs none -> /t/,",
	  BYTES("\x07/t/\0none\0tmpfs\0\x03"), 0, 2 },
	{ "mount, deny mount -> /proc/**,", BYTES("\x07/proc/x\0a\0b\0"), 0, 2 },
	{ "mount, deny mount -> /proc/**,", BYTES("\x07/sys\0a\0b\0"), 2, 2 },
	{ "remount /x,", BYTES("\x07/x\0\0\0\x06"), 2, 2 },
	/* A rule that asks for a command allows no new mount (CVE-2016-1585). */
	{ "mount options=(ro, bind) /a -> /b,", BYTES("\x07/b\0/a\0\0\x01"), 0, 2 },
	{ "mount options=(rw, rbind) /a -> /b,", BYTES("\x07/b\0/a\0\0"), 0, 2 },
	{ "mount options=(rw, rbind) /a -> /b,", BYTES("\x07/b\0/a\0\0\x0d\x0f"), 2, 2 },
	{ "mount options=(rw, make-slave) -> /b,", BYTES("\x07/b\0a\0b\0"), 0, 2 },
	{ "mount options=(rw, make-slave) -> /b,", BYTES("\x07/b\0a\0b\0\x14"), 2, 2 },
	{ "mount options=(remount, ro) -> /x,", BYTES("\x07/x\0\0\0\x01\x06"), 2, 2 },
	{ "mount options=(remount, ro) -> /x,", BYTES("\x07/x\0\0\0\x01"), 0, 2 },
	{ "mount options=(move, ro) /a -> /b,", BYTES("\x07/b\0/a\0\0\x01"), 0, 2 },
	{ "mount options=(move, ro) /a -> /b,", BYTES("\x07/b\0/a\0\0\x0e"), 2, 2 },
	{ "mount options=(private) /b,", BYTES("\x07/b\0\0\0\x13"), 2, 2 },
	{ "umount /x/**,", BYTES("\x07/x/y"), 4, 4 },
	{ "pivot_root oldroot=/n/o/ /n/,", BYTES("\x07/n/\0/n/o/"), 1, 1 },
	{ "pivot_root oldroot=/n/o/ /n/,", BYTES("\x07/n/\0/n/p/"), 0, 1 },
};

static void classes_are_answered_as_the_rules_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(class_rows) / sizeof(class_rows[0]); i++) {
		struct yr_image *image = compile_rules(class_rows[i].rules);
		const struct yr_kperms *k = yr_image_policydb(&image->profiles[0],
							      (struct yr_str){ class_rows[i].bytes,
									       class_rows[i].len });

		print_message("# row %zu: %s\n", i, class_rows[i].rules);
		assert_int_equal(k->allow & class_rows[i].mask, class_rows[i].allow);
		yr_image_free(image);
	}
}

static void every_class_of_the_kernel_is_mediated_by_an_empty_profile(void **state)
{
	static const enum yr_class classes[] = {
		YR_CLASS_FILE, YR_CLASS_MOUNT, YR_CLASS_PTRACE, YR_CLASS_SIGNAL, YR_CLASS_NET_V8,
	};
	struct yr_image *image = compile_rules("");

	(void)state;
	for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++)
		assert_int_not_equal(yr_image_class(&image->profiles[0], classes[i]), 0);
	yr_image_free(image);
}

static void denials_are_quiet_unless_audited(void **state)
{
	struct yr_image *image = compile_rules("/** rw, deny /q w, audit deny /l w, audit /a r,");
	const struct yr_image_profile *p = &image->profiles[0];

	(void)state;
	assert_int_equal(yr_image_file(p, YR_STR("/q"), true)->quiet & 2, 2);
	assert_int_equal(yr_image_file(p, YR_STR("/l"), true)->quiet & 2, 0);
	assert_int_equal(yr_image_file(p, YR_STR("/l"), true)->allow & 2, 0);
	assert_int_equal(yr_image_file(p, YR_STR("/a"), true)->audit & 4, 4);
	assert_int_equal(yr_image_file(p, YR_STR("/b"), true)->audit & 4, 0);
	yr_image_free(image);
}

static void capabilities_and_limits_reach_the_image(void **state)
{
	struct yr_image *image = compile_rules("capability chown net_raw, deny capability net_raw, "
					       "audit capability fowner, set rlimit nofile <= 10, "
					       "set rlimit nice <= 5, set rlimit core <= 2M,");
	const struct yr_image_profile *p = &image->profiles[0];

	(void)state;
	assert_int_equal(p->caps_allow, 1u << 0 | 1u << 3);
	assert_int_equal(p->caps_audit, 1u << 3);
	assert_int_equal(p->caps_quiet, 1u << 13);
	assert_int_equal(p->rlimits.mask, 1u << 7 | 1u << 13 | 1u << 4);
	assert_int_equal(p->rlimits.value[7], 10);
	assert_int_equal(p->rlimits.value[13], 25);
	assert_int_equal(p->rlimits.value[4], 2 << 20);
	yr_image_free(image);
}

static void a_question_that_cannot_be_asked_is_a_refusal(void **state)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image = compile("profile t { prompt capability sys_admin, prompt /x rw,\n"
					 "prompt network inet stream, prompt signal, }",
					 d);
	const struct yr_image_profile *p = &image->profiles[0];

	(void)state;
	assert_int_equal(p->caps_allow, 0);
	assert_int_equal(yr_image_file(p, YR_STR("/x"), true)->allow & 6, 0);
	assert_int_equal(yr_image_policydb(p, (struct yr_str){ BYTES("\x0e\0\x02\0\x01") })->allow &
				 0x10,
			 0);
	assert_int_equal(yr_image_policydb(p, (struct yr_str){ BYTES("\x0a\x02x") })->allow & 6, 0);
	assert_int_equal(yr_diags_warnings(d), 1);
	assert_string_equal(yr_diags_get(d, 0)->name, "rule-downgraded");
	assert_non_null(strstr(yr_diags_get(d, 0)->text, "4 rules"));
	yr_image_free(image);
	yr_diags_free(d);
}

static struct yr_features *features_of(const char *text)
{
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	if (yr_features_parse("t", text, strlen(text), &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

/* What a head asks for and the kernel does not take is told by name, and nothing else is. */
static void flags_that_the_kernel_does_not_take_are_named(void **state)
{
	static const char all[] = "policy {outofband {1\n}\nprofile {error {yes\n}\n}\n}\n"
				  "domain {kill.signal {yes\n}\nidentity {yes\n}\n"
				  "attach_conditions {xattr {yes\n}\n}\n"
				  "disconnected.ipc {yes\n}\n}\n";
	static const char none[] = "policy {versions {v7 {yes\n}\n}\n}\n";
	static const struct {
		const char *head, *features, *name, *text;
	} rows[] = {
		{ "flags=(kill, kill.signal=usr1)", all, NULL, NULL },
		{ "flags=(kill, kill.signal=usr1)", none, "rule-downgraded", "'kill.signal='" },
		{ "flags=(kill, kill.signal=kill)", none, NULL, NULL },
		{ "flags=(error=EPERM)", all, NULL, NULL },
		{ "flags=(error=EPERM)", none, "rule-not-enforced", "'error='" },
		{ "flags=(interruptible)", all, "rule-not-enforced", "'interruptible'" },
		{ "flags=(attach_disconnected.ipc=/x)", all, NULL, NULL },
		{ "flags=(attach_disconnected.ipc=/x)", none, "rule-downgraded",
		  "'attach_disconnected.ipc='" },
		{ "/x xattrs=(user.a=b)", all, NULL, NULL },
		{ "/x xattrs=(user.a=b)", none, "rule-downgraded", "'xattrs='" },
	};
	struct yr_features *was = features;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image;
		char *text;

		features = features_of(rows[i].features);
		assert_true(asprintf(&text, "profile t %s { /a r, }", rows[i].head) > 0);
		image = compile(text, d);
		assert_int_equal(yr_diags_warnings(d), rows[i].name ? 1 : 0);
		if (rows[i].name) {
			assert_string_equal(yr_diags_get(d, 0)->name, rows[i].name);
			assert_non_null(strstr(yr_diags_get(d, 0)->text, rows[i].text));
		}
		/* Attributes without the symbol for them would be another pattern. */
		assert_int_equal(image->profiles[0].n_xattrs,
				 strstr(rows[i].head, "xattrs") && !rows[i].name);
		yr_image_free(image);
		free(text);
		yr_diags_free(d);
		features = yr_features_free(features);
	}
	features = was;
}

/* A table carries questions; somebody must be there to ask them, or else it is told. */
static void a_question_is_asked_where_the_kernel_can(void **state)
{
	static const struct {
		const char *features;
		unsigned warnings;
		uint32_t prompt;
	} rows[] = {
		{ "policy {notify {user {file\n}\n}\npermstable32 {prompt\n}\n"
		  "permstable32_version {3\n}\n}\n",
		  0, 0x44 },
		{ "policy {permstable32 {prompt\n}\npermstable32_version {3\n}\n}\n", 1, 0x44 },
		{ "policy {notify {user {file\n}\n}\n}\n", 1, 0 },
	};
	struct yr_features *was = features;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image;

		features = features_of(rows[i].features);
		image = compile("profile t { prompt /x r, }", d);
		assert_int_equal(yr_diags_warnings(d), rows[i].warnings);
		assert_int_equal(yr_image_file(&image->profiles[0], YR_STR("/x"), true)->prompt,
				 rows[i].prompt);
		yr_image_free(image);
		yr_diags_free(d);
		features = yr_features_free(features);
	}
	features = was;
}

static void what_the_form_has_no_room_for_is_told_at_the_profile(void **state)
{
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_diags *d = yr_diags_new();

	(void)state;
	for (int k = 0; k < 2; k++) {
		yr_buf_printf(&text, "profile p%d {\n", k);
		/* 17 states a rule, none shared but the first. */
		for (int i = 0; i < 4200; i++)
			yr_buf_printf(&text, " /%04x0123456789abcdef%04x r,\n", i, i * 7);
		yr_buf_puts(&text, "}\n");
	}
	assert_null(compile(text.data, d));
	assert_int_equal(yr_diags_errors(d), 2);
	for (size_t k = 0; k < 2; k++) {
		assert_string_equal(yr_diags_get(d, k)->name, "limit");
		assert_int_equal(yr_diags_get(d, k)->line, k ? 4203 : 1);
		assert_non_null(strstr(yr_diags_get(d, k)->text, "this kernel takes 65535"));
	}
	yr_diags_free(d);
}

static void a_text_longer_than_the_form_takes_is_told(void **state)
{
	static const struct {
		const char *before, *behind;
		size_t len;
	} rows[] = {
		{ "profile ", " { }", 4096 },
		{ "profile ", " { }", 70000 },
		{ "profile a flags=(attach_disconnected.path=/", ") { }", 70000 },
		{ "profile a { /x px -> ", ", }", 70000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		AUTO_BUF struct yr_buf text = { 0 };
		struct yr_diags *d = yr_diags_new();

		yr_buf_puts(&text, rows[i].before);
		memset(yr_buf_add(&text, rows[i].len), 'n', rows[i].len);
		yr_buf_puts(&text, rows[i].behind);
		assert_null(compile(text.data, d));
		assert_int_equal(yr_diags_errors(d), 1);
		assert_string_equal(yr_diags_get(d, 0)->name, "limit");
		yr_diags_free(d);
	}
}

static void hats_and_children_follow_their_parent(void **state)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image = compile("profile a { ^h { /x r, } profile c { profile d { } } }\n"
					 "/bin/b{,2} flags=(complain) { }\n",
					 d);

	(void)state;
	if (!image)
		show(d);
	assert_non_null(image);
	assert_int_equal(image->n, 5);
	assert_string_equal(image->profiles[0].name, "a");
	assert_string_equal(image->profiles[1].name, "a//h");
	assert_int_equal(image->profiles[1].flags & 1, 1);
	assert_string_equal(image->profiles[2].name, "a//c");
	assert_string_equal(image->profiles[3].name, "a//c//d");
	assert_string_equal(image->profiles[4].name, "/bin/b{,2}");
	assert_int_equal(image->profiles[4].mode, 1);
	assert_true(image->profiles[4].has_xmatch);
	assert_false(image->profiles[0].has_xmatch);
	yr_image_free(image);
	yr_diags_free(d);
}

/* What cannot be compiled, and how it is told. */
static const struct {
	const char *text, *name, *says;
} refusals[] = {
	{ "profile t { /bin/* ix, /bin/?? px, }", "conflict", "'/bin/" },
	{ "profile t { /bin/a ix, /bin/a px, }", "conflict", "'/bin/a'" },
	{ "profile t { audit /bin/[^a]at ux, audit /bin/cat Pux, /bin/c?t px, }", "conflict", "" },
	{ "profile t { if 1 <2 { /a r, } }", "syntax", "a space is missing behind '<'" },
	{ "profile t { \"&x r, }", "syntax", "this quote is never closed" },
	{ "@{X}:=a\nprofile t { }", "syntax", "a space is missing before ':='" },
	{ "profile t { /a[^d] px, /a[^d] Px -> a, change_profile -> **, }", "conflict", "'/aa'" },
	{ "profile t { /a{b r, }", "bad-pattern", "" },
	{ "profile t { mount options=(bind) fstype=ext4 /a -> /b, }", "conflict", "" },
	{ "profile t { /b/a px -> a, /b/b px -> b, /b/c px -> c, /b/d px -> d, /b/e px -> e, "
	  "/b/f px -> f, /b/g px -> g, /b/h px -> h, /b/i px -> i, /b/j px -> j, /b/k px -> k, "
	  "/b/l px -> l, /b/m px -> m, }",
	  "limit", "more than 12 different exec targets" },
};

static void what_cannot_be_compiled_is_told_with_its_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_image *image = compile(refusals[i].text, d);
		const struct yr_diag *first = yr_diags_get(d, 0);

		print_message("# %s\n", refusals[i].text);
		assert_null(image);
		assert_non_null(first);
		assert_int_equal(first->severity, YR_ERROR);
		assert_string_equal(first->name, refusals[i].name);
		assert_non_null(strstr(first->text, refusals[i].says));
		assert_string_equal(first->file, "t.aa");
		assert_int_equal(first->line, 1);
		yr_diags_free(d);
	}
}

static void rules_without_a_feature_are_named(void **state)
{
	struct yr_diags *d = yr_diags_new();
	struct yr_image *image =
		compile("profile t {\n  dbus,\n  dbus send,\n  userns,\n  deny unix,\n}\n", d);
	unsigned named = 0;

	(void)state;
	assert_non_null(image);
	for (size_t i = 0; i < yr_diags_count(d); i++) {
		const struct yr_diag *f = yr_diags_get(d, i);

		assert_int_equal(f->severity, YR_WARNING);
		assert_string_equal(f->name, "rule-not-enforced");
		named += strstr(f->text, "dbus") && f->line == 2;
		named += strstr(f->text, "userns") && f->line == 4;
		named += strstr(f->text, "unix") && f->line == 5;
	}
	assert_int_equal(named, 3);
	yr_image_free(image);
	yr_diags_free(d);
}

static void the_same_text_gives_the_same_bytes(void **state)
{
	static const char text[] =
		"profile t { /a/{b,c,d}/** rw, /e* px -> f, network inet, signal, }";
	struct yr_compile_options opt = { .kernel = features };
	void *blob[2];
	size_t len[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct yr_diags *d = yr_diags_new();
		struct yr_compile *c;
		struct yr_err err = { 0 };

		assert_int_equal(yr_compile_text("t", text, strlen(text), &opt, d, &c, &err), 0);
		assert_int_equal(yr_compile_image(c, &blob[i], &len[i], &err), 0);
		yr_compile_free(c);
		yr_diags_free(d);
	}
	assert_int_equal(len[0], len[1]);
	assert_memory_equal(blob[0], blob[1], len[0]);
	free(blob[0]);
	free(blob[1]);
}

/* Each rule is small; together they must not take all memory, nor all day. */
static void hostile_expansions_end_in_a_diagnostic(void **state)
{
	static const struct {
		const char *before, *alias, *rule, *complaint;
		size_t aliases, rules;
	} rows[] = {
		{ "", "alias /a -> /c%zu,\n", "/a r,\n", "aliases", 2000, 10000 },
		{ "@{A}=a b c d e f g h\n@{B}=@{A}@{A}@{A}@{A}@{A}\n", "", "/{x,@{B}} r,\n",
		  "variables", 0, 2000 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_diags *d = yr_diags_new();

		yr_buf_puts(&b, rows[i].before);
		for (size_t k = 0; k < rows[i].aliases; k++)
			yr_buf_printf(&b, rows[i].alias, k);
		yr_buf_puts(&b, "profile t {\n");
		for (size_t k = 0; k < rows[i].rules; k++)
			yr_buf_puts(&b, rows[i].rule);
		yr_buf_puts(&b, "}\n");
		assert_null(compile(b.data, d));
		assert_non_null(strstr(yr_diags_get(d, 0)->text, rows[i].complaint));
		yr_diags_free(d);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_answered_as_the_rules_say),
		cmocka_unit_test(every_word_about_paths_reaches_the_image),
		cmocka_unit_test(an_alias_changes_both_ends_of_a_link),
		cmocka_unit_test(classes_are_answered_as_the_rules_say),
		cmocka_unit_test(every_class_of_the_kernel_is_mediated_by_an_empty_profile),
		cmocka_unit_test(denials_are_quiet_unless_audited),
		cmocka_unit_test(capabilities_and_limits_reach_the_image),
		cmocka_unit_test(a_question_that_cannot_be_asked_is_a_refusal),
		cmocka_unit_test(hats_and_children_follow_their_parent),
		cmocka_unit_test(what_cannot_be_compiled_is_told_with_its_place),
		cmocka_unit_test(rules_without_a_feature_are_named),
		cmocka_unit_test(flags_that_the_kernel_does_not_take_are_named),
		cmocka_unit_test(a_question_is_asked_where_the_kernel_can),
		cmocka_unit_test(what_the_form_has_no_room_for_is_told_at_the_profile),
		cmocka_unit_test(a_text_longer_than_the_form_takes_is_told),
		cmocka_unit_test(the_same_text_gives_the_same_bytes),
		cmocka_unit_test(hostile_expansions_end_in_a_diagnostic),
	};

	return cmocka_run_group_tests_name("policy", tests, set_up, tear_down);
}
