/* SPDX-License-Identifier: Apache-2.0 */
/* The comparer finds what differs and nothing else; pairs are made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "handmade.h"
#include "same.h"

static const char *const no_values[] = { "v", NULL };
static const char *base_xattrs[] = { "user.a", NULL };
static const char *base_targets[] = { "one", ":ns:two" };
static const struct yr_flags base_flags;

enum { MAX_RULES = 16 };

/* What images look like on the outside. What they decide is the same in all. */
static const struct form {
	const char *name;
	const char *policy; /* of the features */
	unsigned flags;
} forms[] = {
	{ "packed", "", 0 },
	{ "classes of bytes", "", YR_IMAGE_CLASSES },
	{ "differences", "diff-encode {yes\n}\n", 0 },
	{ "table 2", "permstable32 {allow\n}\npermstable32_version {0x000002\n}\n", 0 },
	{ "table 3", "permstable32 {allow\n}\npermstable32_version {0x000003\n}\n", 0 },
	{ "table 3, wide, differences",
	  "permstable32 {allow\n}\npermstable32_version {0x000003\n}\nstate32 {yes\n}\n"
	  "diff-encode {yes\n}\n",
	  YR_IMAGE_CLASSES },
};

/* What a row may change before the image is made. */
struct sketch {
	struct hand_rule file[MAX_RULES], rest[MAX_RULES];
	size_t n_file, n_rest;
	const char *attachment;
	const char *const *values;
	struct yr_flags flags;
	struct yr_compiled c;
	bool force_complain, minimise;
	const struct form *form;
};

static void start(struct sketch *s)
{
	*s = (struct sketch){
		.file = {
			HAND_FILE("/etc/**", .allow = YR_MAY_READ),
			HAND_FILE("/home/*", .allow = YR_MAY_READ | YR_MAY_WRITE),
			HAND_FILE("/bin/a", .allow = YR_MAY_EXEC,
				  .exec = YR_XEC_TARGET << YR_XEC_SHIFT),
			HAND_FILE("/bin/b", .allow = YR_MAY_EXEC,
				  .exec = (YR_XEC_TARGET + 1) << YR_XEC_SHIFT),
			HAND_FILE("/no", .deny = YR_MAY_WRITE, .quiet = YR_MAY_WRITE),
		},
		.n_file = 5,
		.rest = {
			HAND_RULE(YR_CLASS_FILE, "", .allow = 4),
			HAND_RULE(YR_CLASS_SIGNAL, "\\x09peer*", .allow = 2),
			HAND_RULE(YR_CLASS_NET_V8, "\\x00\\x02\\x00\\x01", .allow = 0x3700376),
			HAND_RULE(YR_CLASS_PTRACE, "", .allow = 4),
		},
		.n_rest = 4,
		.form = &forms[0],
		.attachment = "/bin/x*",
		.values = no_values,
		.flags = base_flags,
		.c = {
			.name = "x",
			.xmatch_len = 6,
			.xattrs = base_xattrs,
			.n_xattrs = 1,
			.caps_allow = 3,
			.caps_deny = 8,
			.rlimits = { .mask = 0x80, .value = { [7] = 10 } },
			.targets = base_targets,
			.n_targets = 2,
		},
	};
}

static struct yr_image *finish(struct sketch *s)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_policy policy = { .profiles = &s->c, .n = 1 };
	struct yr_features *kernel = hand_features_with(s->form->policy);
	struct yr_image *i = NULL;
	struct yr_err err = { 0 };

	s->c.flags = &s->flags;
	if (s->attachment)
		s->c.xmatch = hand_xmatch(s->attachment, s->values);
	if (s->n_file)
		hand_pdb(&arena, s->file, s->n_file, &s->c.file);
	if (s->n_rest)
		hand_pdb(&arena, s->rest, s->n_rest, &s->c.policydb);
	if (s->minimise) {
		assert_int_equal(yr_dfa_minimise(s->c.file.dfa, &err), 0);
		assert_int_equal(yr_dfa_minimise(s->c.policydb.dfa, &err), 0);
	}
	if (yr_image_write(&policy, kernel,
			   s->form->flags | (s->force_complain ? YR_IMAGE_FORCE_COMPLAIN : 0), &b,
			   &err) < 0 ||
	    yr_image_read(b.data, b.len, &i, &err) < 0)
		fail_msg("%s", err.msg);
	hand_done(&s->c);
	yr_features_free(kernel);
	return i;
}

static void one_permission(struct sketch *s)
{
	s->file[0].owner.allow = s->file[0].other.allow |= YR_MAY_WRITE;
}
static void one_owner_bit(struct sketch *s)
{
	s->file[0].other.allow = 0;
}
static void one_audit_bit(struct sketch *s)
{
	s->file[1].owner.audit = YR_MAY_READ;
}
static void one_audit_bit_of_others(struct sketch *s)
{
	s->file[1].other.audit = YR_MAY_READ;
}
static void one_quiet_bit(struct sketch *s)
{
	s->file[4].other.quiet = 0;
}
static void one_path(struct sketch *s)
{
	s->file[0].glob = "/etc/*";
}
static void one_exec_target(struct sketch *s)
{
	static const char *targets[] = { "one", ":ns:three" };

	s->c.targets = targets;
}
static void one_exec_kind(struct sketch *s)
{
	s->file[2].owner.exec = s->file[2].other.exec = YR_XEC_INHERIT;
}
static void one_exec_environment(struct sketch *s)
{
	s->file[2].owner.exec |= YR_XEC_UNSAFE;
}
static void change_profile(struct sketch *s)
{
	s->file[s->n_file++] = (struct hand_rule)HAND_FILE("y", .allow = YR_MAY_CHANGE_PROFILE);
}
static void no_file_rules(struct sketch *s)
{
	s->n_file = 0;
	s->c.n_targets = 0;
}
static void one_signal_permission(struct sketch *s)
{
	s->rest[1].other.allow = 6;
}
static void one_signal_peer(struct sketch *s)
{
	s->rest[1].glob = "\\x09peer";
}
static void one_signal_audit(struct sketch *s)
{
	s->rest[1].other.audit = 2;
}
static void one_signal_quiet(struct sketch *s)
{
	s->rest[1].other.quiet = 4;
}
static void one_socket_type(struct sketch *s)
{
	s->rest[2].glob = "\\x00\\x02\\x00\\x02";
}
static void one_socket_permission(struct sketch *s)
{
	s->rest[2].other.allow &= ~0x2000000u;
}
static void one_class(struct sketch *s)
{
	s->n_rest--;
}
static void one_class_more(struct sketch *s)
{
	s->rest[s->n_rest++] = (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "", .allow = 4);
}
static void one_capability(struct sketch *s)
{
	s->c.caps_allow |= UINT64_C(1) << 40;
}
static void one_capability_audit(struct sketch *s)
{
	s->c.caps_audit = 1;
}
static void one_capability_quiet(struct sketch *s)
{
	s->c.caps_quiet = 8;
}
static void one_rlimit(struct sketch *s)
{
	s->c.rlimits.value[7]++;
}
static void one_rlimit_more(struct sketch *s)
{
	s->c.rlimits.mask |= 1;
}
static void one_xattr(struct sketch *s)
{
	static const char *xattrs[] = { "user.b" };

	s->c.xattrs = xattrs;
}
static void one_xattr_value(struct sketch *s)
{
	static const char *const values[] = { "w", NULL };

	s->values = values;
}
static void one_attachment(struct sketch *s)
{
	s->attachment = "/bin/x?*";
}
static void no_attachment(struct sketch *s)
{
	s->attachment = NULL;
}
static void one_attachment_length(struct sketch *s)
{
	s->c.xmatch_len++;
}
static void one_path_flag(struct sketch *s)
{
	s->flags.attach_disconnected = true;
}
static void one_default_path_flag(struct sketch *s)
{
	s->flags.path_word = true;
}
static void one_mode(struct sketch *s)
{
	s->flags.mode = YR_MODE_KILL;
}
static void all_audit(struct sketch *s)
{
	s->flags.audit = true;
}
static void complain(struct sketch *s)
{
	s->force_complain = true;
}
static void a_hat(struct sketch *s)
{
	s->c.hat = true;
}
static void one_disconnected_path(struct sketch *s)
{
	s->c.disconnected_path = "/gone";
}
static void one_name(struct sketch *s)
{
	s->c.name = "y";
}
static void one_namespace(struct sketch *s)
{
	s->c.ns = "n";
}

static void a_killing_signal(struct sketch *s)
{
	s->flags.kill_signal = 10;
}
static void an_error(struct sketch *s)
{
	s->flags.error = 2;
}
static void an_identity(struct sketch *s)
{
	static const char *identities[] = { "a" };

	s->c.identities = identities;
	s->c.n_identities = 1;
}
static void one_disconnected_ipc_path(struct sketch *s)
{
	s->c.disconnected_ipc_path = "/gone";
}
static void one_ipc_flag(struct sketch *s)
{
	s->flags.attach_disconnected_ipc = true;
}
static void debugging(struct sketch *s)
{
	s->flags.debug = true;
}
/* A rule of the policydb more, for what follows. */
static void add(struct sketch *s, struct hand_rule r)
{
	s->rest[s->n_rest++] = r;
}
static void one_new_mount(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00ext4\\x00\\x01",
					   .allow = 2));
}
static void one_bind_mount(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00\\x00\\x0d", .allow = 2));
}
static void one_remount(struct sketch *s)
{
	add(s,
	    (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00\\x00\\x00\\x01\\x06", .allow = 2));
}
static void one_propagation(struct sketch *s)
{
	add(s,
	    (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00\\x00\\x00\\x0f\\x13", .allow = 2));
}
static void one_mount_with_data(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT,
					   "/m\\x00/d\\x00ext4\\x00\\x01\\x00errors=panic",
					   .allow = 2));
}
static void one_umount(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m", .allow = 4));
}
static void one_pivot_root(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/old", .allow = 1));
}
static void one_namespace_of_users(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_USERNS, "", .allow = 8));
}
static void one_polled_ring(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_IO_URING, "", .allow = 0x10));
}
static void one_ring_of_another(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_IO_URING, "peer", .allow = 8));
}
static void one_queue(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_POSIX_MQUEUE, "/q", .allow = 4));
}
static void one_old_queue(struct sketch *s)
{
	add(s,
	    (struct hand_rule)HAND_RULE(YR_CLASS_SYSV_MQUEUE, "\\x00\\x00\\x00\\x07", .allow = 4));
}
static void one_message(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(
		       YR_CLASS_DBUS, "system\\x00a.b\\x00peer\\x00/p\\x00i\\x00m", .allow = 2));
}
static void one_unix_address(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_NET_V9,
					   "\\x00\\x01\\x00\\x01\\x00\\x00\\x00name\\x00",
					   .allow = 0x40));
}
static void one_protocol(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_NET_V9, "\\x00\\x02\\x00\\x01\\x00\\x06",
					   .allow = 0x10));
}
static void one_link(struct sketch *s)
{
	s->file[s->n_file++] = (struct hand_rule)HAND_FILE("/l\\x00/t", .allow = YR_MAY_LINK);
}
static void one_onexec(struct sketch *s)
{
	s->file[s->n_file++] = (struct hand_rule)HAND_FILE("/l\\x00peer", .allow = YR_MAY_ONEXEC);
}

static const struct {
	const char *name;
	void (*change)(struct sketch *s);
	const char *told; /* must stand in what is printed */
} different[] = {
	{ "permission", one_permission, "file: \"/etc/" },
	{ "owner bit", one_owner_bit, "by others" },
	{ "audit bit", one_audit_bit, "by its owner" },
	{ "audit bit of others", one_audit_bit_of_others, "by others" },
	{ "quiet bit", one_quiet_bit, "quiet write" },
	{ "path", one_path, "file: \"/etc/" },
	{ "exec target", one_exec_target, "-> :ns:three" },
	{ "exec kind", one_exec_kind, "exec inherit" },
	{ "exec environment", one_exec_environment, "exec unsafe,named -> one" },
	{ "change_profile", change_profile, "file: \"y\"" },
	{ "no file rules", no_file_rules, "file: \"/no\"" },
	{ "signal permission", one_signal_permission, "signal: \"\\x0a\\x09peer\"" },
	{ "signal peer", one_signal_peer, "signal: \"\\x0a\\x09peer" },
	{ "signal audit", one_signal_audit, "audit send" },
	{ "signal quiet", one_signal_quiet, "quiet receive" },
	{ "socket type", one_socket_type, "network (v8): \"\\x0e\\x00\\x02\\x00\\x01\"" },
	{ "socket permission", one_socket_permission, "getopt" },
	{ "class", one_class, "ptrace: mediated by the first image alone" },
	{ "class more", one_class_more, "mount: mediated by the second image alone" },
	{ "capability", one_capability, "only the second checkpoint_restore" },
	{ "capability audit", one_capability_audit, "capabilities audited" },
	{ "capability quiet", one_capability_quiet, "capabilities quiet" },
	{ "rlimit", one_rlimit, "rlimit 7: 0xa, 0xb" },
	{ "rlimit more", one_rlimit_more, "rlimits set: 0x80, 0x81" },
	{ "xattr", one_xattr, "xattr: user.a, user.b" },
	{ "xattr value", one_xattr_value, "attachment: \"/bin/x\\(xattr)\\x00" },
	{ "attachment", one_attachment, "attachment: \"/bin/x\"" },
	{ "no attachment", no_attachment, "attachment: \"/bin/x\"" },
	{ "path flag", one_path_flag, "path flags: 0x10000, 0x4" },
	{ "default path flag", one_default_path_flag, "path flags: 0x10000, 0" },
	{ "mode", one_mode, "mode: enforce, kill" },
	{ "audit", all_audit, "audit everything: 0, 0x1" },
	{ "force complain", complain, "mode: enforce, complain" },
	{ "hat", a_hat, "flags: 0, 0x1" },
	{ "disconnected path", one_disconnected_path, "disconnected path: (none), /gone" },
	{ "name", one_name, "profile 'y': profile: in the second image alone" },
	{ "namespace", one_namespace, "profile ':n:x': profile: in the second image alone" },
	{ "kill signal", a_killing_signal, "kill signal: 0, 0xa" },
	{ "error", an_error, "error: 0, 0x2" },
	{ "identity", an_identity, "identity: 0, 1 of them" },
	{ "disconnected ipc path", one_disconnected_ipc_path, "disconnected ipc path: (none)" },
	{ "ipc flag", one_ipc_flag, "path flags: 0x10000, 0x20" },
	{ "debug", debugging, "flags: 0, 0x" },
	{ "new mount", one_new_mount, "mount: \"\\x07/m\\x00/d\\x00ext4\\x00\\x01\"" },
	{ "bind mount", one_bind_mount, "mount: \"\\x07/m\\x00/d\\x00\\x00\\x0d\"" },
	{ "remount", one_remount, "mount: \"\\x07/m\\x00\\x00\\x00\\x01\\x06\"" },
	{ "propagation", one_propagation, "mount: \"\\x07/m\\x00\\x00\\x00\\x0f\\x13\"" },
	{ "mount with data", one_mount_with_data, "errors=panic\"" },
	{ "umount", one_umount, "mount: \"\\x07/m\"" },
	{ "pivot_root", one_pivot_root, "mount: \"\\x07/m\\x00/old\"" },
	{ "userns", one_namespace_of_users, "userns: \"\\x15\"" },
	{ "sqpoll", one_polled_ring, "io_uring: \"\\x16\"" },
	{ "override_creds", one_ring_of_another, "io_uring: \"\\x16peer\"" },
	{ "posix queue", one_queue, "posix mqueue: \"\\x11/q\"" },
	{ "sysv queue", one_old_queue, "sysv mqueue: \"\\x12\\x00\\x00\\x00\\x07\"" },
	{ "dbus", one_message, "dbus: \" system\\x00a.b" },
	{ "unix address", one_unix_address, "\\x00name\\x00\"" },
	{ "protocol", one_protocol, "network (v9): \"\\x0f\\x00\\x02\\x00\\x01\\x00\\x06\"" },
	{ "link", one_link, "file: \"/l\\x00/t\"" },
	{ "onexec", one_onexec, "file: \"/l\\x00peer\"" },
};

/* What was told, NUL at its end; *ret_n differences. */
static char *compare(const struct yr_image *a, const struct yr_image *b, bool exact, size_t *ret_n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct same_options o = { .max = 0, .exact = exact, .out = out };
	struct yr_err err = { 0 };

	assert_non_null(out);
	if (same_compare(a, b, &o, ret_n, &err) < 0)
		fail_msg("%s", err.msg);
	fclose(out);
	return text;
}

static void one_difference(const struct form *form, size_t k)
{
	struct sketch s, t;
	struct yr_image *a, *b;
	char *there, *back;
	size_t n, m;

	start(&s);
	start(&t);
	s.form = t.form = form;
	different[k].change(&t);
	a = finish(&s);
	b = finish(&t);
	there = compare(a, b, false, &n);
	back = compare(b, a, false, &m);
	if (!n || n != m || !strstr(there, different[k].told))
		fail_msg("%s, %s: %zu and %zu differences:\n%s", different[k].name, form->name, n,
			 m, there);
	free(there);
	free(back);
	yr_image_free(a);
	yr_image_free(b);
}

static void each_single_difference_is_found(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(different); k++)
		for (size_t f = 0; f < ARRAY_LEN(forms); f++)
			one_difference(&forms[f], k);
}

static void nothing(struct sketch *s)
{
	(void)s;
}
static void another_order(struct sketch *s)
{
	struct hand_rule r = s->file[0];

	s->file[0] = s->file[4];
	s->file[4] = r;
}
static void targets_elsewhere(struct sketch *s)
{
	static const char *targets[] = { ":ns:two", "unused", "one" };

	s->c.targets = targets;
	s->c.n_targets = 3;
	s->file[2].owner.exec = s->file[2].other.exec = (YR_XEC_TARGET + 2) << YR_XEC_SHIFT;
	s->file[3].owner.exec = s->file[3].other.exec = YR_XEC_TARGET << YR_XEC_SHIFT;
}
static void minimal(struct sketch *s)
{
	s->minimise = true;
}
static void a_rule_that_another_covers(struct sketch *s)
{
	s->file[s->n_file++] = (struct hand_rule)HAND_FILE("/etc/passwd", .allow = YR_MAY_READ);
}
static void audit_of_the_refused(struct sketch *s)
{
	s->file[0].owner.audit = YR_MAY_MMAP;
	s->rest[1].other.audit = 8;
}
static void quiet_of_the_allowed(struct sketch *s)
{
	s->file[0].other.quiet = YR_MAY_READ;
}
static void exec_kind_without_exec(struct sketch *s)
{
	s->file[0].other.exec = YR_XEC_INHERIT;
}

/* Of what no kernel asks; each row leaves out what stands in questions.c. */
static void a_type_of_no_socket(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_NET_V8, "\\x00\\x02\\x00\\x08", .allow = 2));
}
static void a_family_too_high(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_NET_V8, "\\x01\\x02\\x00\\x01", .allow = 2));
}
static void half_a_socket(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_NET_V8, "\\x00\\x02", .allow = 2));
}
static void a_signal_that_is_none(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_SIGNAL, "\\x28peer", .allow = 4));
}
static void a_signal_to_nobody(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_SIGNAL, "\\x09", .allow = 4));
}
static void a_bind_of_a_file_system(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00ext4\\x00\\x0d",
					   .allow = 2));
}
static void flags_out_of_order(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00ext4\\x00\\x02\\x01",
					   .allow = 2));
}
static void a_flag_of_the_kernel(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00ext4\\x00\\x1e",
					   .allow = 2));
}
static void a_umount_behind_flags(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "/m\\x00/d\\x00ext4\\x00\\x01",
					   .allow = 4));
}
static void an_empty_mount_point(struct sketch *s)
{
	add(s,
	    (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "\\x00/d\\x00ext4\\x00\\x01", .allow = 2));
}
static void exec_of_a_pair(struct sketch *s)
{
	s->file[s->n_file++] = (struct hand_rule)HAND_FILE("/l\\x00/t", .allow = YR_MAY_READ);
}

static void one_poll_of_a_label(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_IO_URING, "peer", .allow = 0x10));
}
static void some_ring(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_IO_URING, "", .allow = 0x10));
}

/* A class that is there, so that rules of it do not make it so. */
static void some_mount(struct sketch *s)
{
	add(s, (struct hand_rule)HAND_RULE(YR_CLASS_MOUNT, "", .allow = 4));
}

static const struct {
	const char *name;
	void (*change)(struct sketch *s);
	bool exact;                       /* the same even then */
	void (*before)(struct sketch *s); /* done to both */
} alike[] = {
	{ "nothing", nothing, true },
	{ "sqpoll of a label", one_poll_of_a_label, false, some_ring },
	{ "order", another_order, true },
	{ "targets elsewhere", targets_elsewhere, true },
	{ "minimal", minimal, true },
	{ "covered rule", a_rule_that_another_covers, true },
	{ "attachment length", one_attachment_length, false },
	{ "audit of the refused", audit_of_the_refused, false },
	{ "quiet of the allowed", quiet_of_the_allowed, false },
	{ "exec kind without exec", exec_kind_without_exec, false },
	{ "type of no socket", a_type_of_no_socket, false },
	{ "family too high", a_family_too_high, false },
	{ "half a socket", half_a_socket, false },
	{ "signal that is none", a_signal_that_is_none, false },
	{ "signal to nobody", a_signal_to_nobody, false },
	{ "bind of a file system", a_bind_of_a_file_system, false, some_mount },
	{ "flags out of order", flags_out_of_order, false, some_mount },
	{ "flag of the kernel", a_flag_of_the_kernel, false, some_mount },
	{ "umount behind flags", a_umount_behind_flags, false, some_mount },
	{ "empty mount point", an_empty_mount_point, false, some_mount },
	{ "exec of a pair", exec_of_a_pair, false },
};

static void one_likeness(const struct form *form, size_t k)
{
	struct sketch s, t;
	struct yr_image *a, *b;
	char *told;
	size_t n;

	start(&s);
	start(&t);
	s.form = t.form = form;
	if (alike[k].before) {
		alike[k].before(&s);
		alike[k].before(&t);
	}
	alike[k].change(&t);
	a = finish(&s);
	b = finish(&t);
	told = compare(a, b, false, &n);
	if (n || *told)
		fail_msg("%s, %s:\n%s", alike[k].name, form->name, told);
	free(told);
	told = compare(a, b, true, &n);
	if (!n != alike[k].exact)
		fail_msg("%s, %s, exact: %zu", alike[k].name, form->name, n);
	free(told);
	yr_image_free(a);
	yr_image_free(b);
}

static void what_means_the_same_is_the_same(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(alike); k++)
		for (size_t f = 0; f < ARRAY_LEN(forms); f++)
			one_likeness(&forms[f], k);
}

/*
 * But for sockets: a table gives lock to state 0 as well, as upstream's do, packed words cannot.
 */
static void every_form_decides_alike(void **state)
{
	enum { BEFORE_SOCKETS = 2 };

	(void)state;
	for (size_t f = 1; f < ARRAY_LEN(forms); f++) {
		struct sketch s, t;
		struct yr_image *a, *b;
		char *told;
		size_t n;

		start(&s);
		start(&t);
		t.form = &forms[f];
		s.n_rest = t.n_rest = BEFORE_SOCKETS;
		a = finish(&s);
		b = finish(&t);
		told = compare(a, b, false, &n);
		if (n)
			fail_msg("%s:\n%s", forms[f].name, told);
		free(told);
		yr_image_free(a);
		yr_image_free(b);
	}
}

/* Absent, and a denial that stays loud: both let nobody do anything. */
static void no_file_rules_are_as_good_as_rules_that_allow_nothing(void **state)
{
	struct sketch s, t;
	struct yr_image *a, *b;
	char *told;
	size_t n;

	(void)state;
	start(&s);
	start(&t);
	s.n_file = s.c.n_targets = 0;
	t.c.n_targets = 0;
	t.n_file = 1;
	t.file[0] = (struct hand_rule)HAND_FILE("/x", .deny = YR_MAY_READ);
	a = finish(&s);
	b = finish(&t);
	told = compare(a, b, true, &n);
	if (n)
		fail_msg("%s", told);
	free(told);
	yr_image_free(a);
	yr_image_free(b);
}

static void forced_complain_is_complain(void **state)
{
	struct sketch s, t;
	struct yr_image *a, *b;
	char *told;
	size_t n;

	(void)state;
	start(&s);
	start(&t);
	s.force_complain = true;
	t.flags.mode = YR_MODE_COMPLAIN;
	a = finish(&s);
	b = finish(&t);
	told = compare(a, b, true, &n);
	if (n)
		fail_msg("%s", told);
	free(told);
	yr_image_free(a);
	yr_image_free(b);
}

static void a_dump_shows_every_part(void **state)
{
	static const char *const parts[] = {
		"profile x\n",       "mode: enforce",
		"target 1: :ns:two", "rlimit 7: 10",
		"xattr: user.a",     "shortest match: 6",
		"signal: mediated",  "capabilities: chown,dac_override"
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct sketch s;
	struct yr_image *i;

	(void)state;
	start(&s);
	i = finish(&s);
	same_dump(i, out);
	fclose(out);
	for (size_t k = 0; k < ARRAY_LEN(parts); k++)
		if (!strstr(text, parts[k]))
			fail_msg("no '%s' in:\n%s", parts[k], text);
	free(text);
	yr_image_free(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_single_difference_is_found),
		cmocka_unit_test(what_means_the_same_is_the_same),
		cmocka_unit_test(every_form_decides_alike),
		cmocka_unit_test(no_file_rules_are_as_good_as_rules_that_allow_nothing),
		cmocka_unit_test(forced_complain_is_complain),
		cmocka_unit_test(a_dump_shows_every_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
