/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kernel's binary form: what is written is what is read, what Debian's parser writes is
 * understood, what is broken is refused.
 *
 *	test_image [PARSER FEATURES PROFILES]
 *
 * With arguments, PARSER (an apparmor_parser) compiles for the FEATURES file with PROFILES
 * as its base folder; without, the tests that need it are skipped.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../same/handmade.h"
#include "image/form.h"

static const char *parser, *features_file, *profiles_dir;

static const struct yr_flags plain_flags;

static struct yr_image *read_back(const struct yr_buf *b)
{
	struct yr_image *i = NULL;
	struct yr_err err = { 0 };

	if (yr_image_read(b->data, b->len, &i, &err) < 0)
		fail_msg("%s", err.msg);
	return i;
}

/* One profile with something of everything. */
static void make_rich(struct yr_arena *arena, struct yr_compiled *c)
{
	static const struct hand_rule file[] = {
		HAND_FILE("/etc/**", .allow = YR_MAY_READ),
		{ -1, "/home/*", { .allow = YR_MAY_READ | YR_MAY_WRITE }, { .allow = YR_MAY_READ } },
		HAND_FILE("/bin/a", .allow = YR_MAY_EXEC,
			  .exec = YR_XEC_UNSAFE | (YR_XEC_TARGET + 1) << YR_XEC_SHIFT),
		HAND_FILE("/bin/i", .allow = YR_MAY_EXEC | YR_MAY_MMAP, .exec = YR_XEC_INHERIT),
		HAND_FILE("/secret", .deny = YR_MAY_READ, .quiet = YR_MAY_READ),
		HAND_FILE("/log", .allow = YR_MAY_APPEND, .audit = YR_MAY_APPEND),
		HAND_FILE("other", .allow = YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC),
	};
	static const struct hand_rule rest[] = {
		HAND_RULE(YR_CLASS_FILE, "", .allow = 4),
		HAND_RULE(YR_CLASS_SIGNAL, "\\x09peer", .allow = 6, .audit = 2),
		HAND_RULE(YR_CLASS_NET_V8, "\\x00\\x02\\x00\\x01", .allow = 0x3700376),
		HAND_RULE(YR_CLASS_PTRACE, "x", .quiet = 4),
	};
	static const char *xattrs[] = { "user.a", "user.b", NULL };
	static const char *targets[] = { "one", ":ns:two", "&three" };
	static const char *const values[] = { "v*", "w", NULL };
	static const struct yr_flags flags = { .mode = YR_MODE_KILL,
					       .audit = true,
					       .attach_disconnected = true };

	*c = (struct yr_compiled){
		.ns = "space",
		.name = "rich",
		.flags = &flags,
		.disconnected_path = "/lost",
		.xmatch = hand_xmatch("/bin/[ab]*", values),
		.xmatch_len = 6,
		.xattrs = xattrs,
		.n_xattrs = 2,
		.caps_allow = 0x10000000021,
		.caps_audit = 0x1f,
		.caps_deny = 0x20,
		.caps_quiet = 0x3f,
		.rlimits = { .mask = 0x8002, .value = { [1] = 77, [2] = 5, [15] = UINT64_MAX } },
		.targets = targets,
		.n_targets = 3,
	};
	hand_pdb(arena, file, ARRAY_LEN(file), &c->file);
	hand_pdb(arena, rest, ARRAY_LEN(rest), &c->policydb);
}

static void heads_come_back_as_they_were_written(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	struct yr_compiled c[2];
	struct yr_image *i;
	struct yr_image_profile *p;

	(void)state;
	make_rich(&arena, &c[0]);
	c[1] = (struct yr_compiled){ .name = "rich//hat", .hat = true, .flags = &plain_flags };
	hand_image(c, 2, kernel, &b);
	i = read_back(&b);
	assert_int_equal(i->n, 2);
	p = &i->profiles[0];
	assert_int_equal(p->version, 0x00202007);
	assert_string_equal(p->ns, "space");
	assert_string_equal(p->name, "rich");
	assert_string_equal(p->disconnected, "/lost");
	assert_int_equal(p->flags, 0);
	assert_int_equal(p->mode, YR_PM_KILL);
	assert_int_equal(p->audit, 1);
	assert_true(p->has_path_flags);
	assert_int_equal(p->path_flags, YR_PATH_ATTACH_DISCONNECTED);
	assert_true(p->caps_allow == 0x10000000001);
	assert_true(p->caps_audit == 1);
	assert_true(p->caps_quiet == 0x20);
	assert_true(p->has_xmatch);
	assert_int_equal(p->xmatch_len, 6);
	assert_int_equal(p->n_xattrs, 2);
	assert_string_equal(p->xattrs[1], "user.b");
	assert_int_equal(p->rlimits.mask, 0x8002);
	assert_true(p->rlimits.value[1] == 77 && p->rlimits.value[15] == UINT64_MAX);
	assert_true(p->rlimits.value[2] == 0); /* not in the mask */
	assert_int_equal(p->file.n_targets, 3);
	assert_string_equal(p->file.targets[0], "one");
	assert_string_equal(p->file.targets[1], ":ns:two");
	assert_string_equal(p->file.targets[2], "&three");

	p = &i->profiles[1];
	assert_null(p->ns);
	assert_string_equal(p->name, "rich//hat");
	assert_int_equal(p->flags, YR_PF_HAT);
	assert_false(p->has_path_flags);
	assert_int_equal(p->path_flags, YR_PATH_MEDIATE_DELETED);
	assert_false(p->has_xmatch || p->file.present || p->policydb.present);
	yr_image_free(i);
	hand_done(&c[0]);
	yr_features_free(kernel);
}

static void the_same_policy_gives_the_same_bytes_behind_anything(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf a = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	struct yr_compiled c;

	(void)state;
	make_rich(&arena, &c);
	hand_image(&c, 1, kernel, &a);
	yr_buf_puts(&b, "xyz");
	hand_image(&c, 1, kernel, &b);
	assert_int_equal(a.len + 3, b.len);
	assert_memory_equal(a.data, b.data + 3, a.len);
	hand_done(&c);
	yr_features_free(kernel);
}

/* New numbering of what a letter stands for, binary-policy.md 6.1. */
enum {
	R = YR_KP_READ | YR_KP_GETATTR | YR_KP_OPEN,
	W = YR_KP_WRITE | YR_KP_SETATTR | YR_KP_CREATE | YR_KP_DELETE | YR_KP_CHMOD | YR_KP_CHOWN |
	    YR_KP_OPEN,
	STAT = YR_KP_GETATTR,
};

static const struct {
	const char *path;
	bool owner;
	uint32_t allow, audit, quiet, xindex;
} file_answers[] = {
	{ "/etc/passwd", true, R, 0, 0, 0 },
	{ "/etc/a/b", false, R, 0, 0, 0 },
	{ "/etc/", false, STAT, 0, 0, 0 },
	{ "/home/x", true, R | W, 0, 0, 0 },
	{ "/home/x", false, R, 0, 0, 0 },
	{ "/home/x/y", true, STAT, 0, 0, 0 },
	{ "/bin/a", true, STAT | YR_KP_EXEC, 0, 0, YR_XI_UNSAFE | YR_XI_TABLE | 1 },
	{ "/bin/i", false, STAT | YR_KP_EXEC | YR_KP_MMAP, 0, 0, YR_XI_INHERIT },
	{ "/secret", true, STAT, 0, R & ~STAT, 0 },
	{ "/log", true, STAT | YR_KP_APPEND, YR_KP_APPEND, 0, 0 },
	{ "other", false, STAT | YR_KP_CHANGE_PROFILE | YR_KP_ONEXEC, 0, 0, 0 },
	{ "nowhere", false, STAT, 0, 0, 0 },
};

/* What kernels publish that decides about the form, and what is asked for besides. */
static const struct {
	const char *policy;
	unsigned flags;
	bool table, owners, diff, classes;
} forms[] = {
	{ "", 0, false, false, false, false },
	{ "", YR_IMAGE_CLASSES, false, false, false, true },
	{ "permstable32 {allow\n}\n", 0, false, false, false, false }, /* version 1 */
	{ "permstable32 {allow\n}\npermstable32_version {0x000002\n}\n", 0, true, false, false,
	  false },
	{ "permstable32 {allow\n}\npermstable32_version {0x000003\n}\n", 0, true, true, false,
	  false },
	{ "permstable32 {allow\n}\npermstable32_version {0x000004\n}\n", 0, false, false, false,
	  false }, /* nobody knows */
	{ "diff_encode {yes\n}\n", 0, false, false, true, false },
	{ "diff-encode {yes\n}\n", YR_IMAGE_CLASSES, false, false, true, true },
	{ "diff-encode {yes\n}\n", YR_IMAGE_NO_DIFF, false, false, false, false },
	{ "diff-encode {yes\n}\npermstable32 {allow\n}\npermstable32_version {3\n}\n"
	  "state32 {1\n}\n",
	  0, true, true, true, false },
};

static struct yr_features *form_features(const char *policy)
{
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	yr_buf_printf(&text, "policy {versions {v7 {yes\n}\n}\n%s}\n", policy);
	if (yr_features_parse("form", text.data, text.len, &f, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

static struct yr_image *image_in_form(struct yr_compiled *c, size_t form, struct yr_buf *b)
{
	struct yr_features *kernel = form_features(forms[form].policy);
	struct yr_policy policy = { .profiles = c, .n = 1 };
	struct yr_err err = { 0 };

	if (yr_image_write(&policy, kernel, forms[form].flags, b, &err) < 0)
		fail_msg("form %zu: %s", form, err.msg);
	yr_features_free(kernel);
	return read_back(b);
}

static bool holds(const struct yr_buf *b, const char *name)
{
	return memmem(b->data, b->len, name, strlen(name) + 1);
}

static void ask_files(const struct yr_image *i, size_t form)
{
	for (size_t k = 0; k < ARRAY_LEN(file_answers); k++) {
		const struct yr_kperms *p = yr_image_file(
			&i->profiles[0], yr_str_of(file_answers[k].path), file_answers[k].owner);

		if (p->allow != file_answers[k].allow || p->audit != file_answers[k].audit ||
		    (p->quiet & ~STAT) != file_answers[k].quiet ||
		    p->xindex != file_answers[k].xindex || p->deny)
			fail_msg("form %zu, %s: allow %x audit %x quiet %x xindex %x", form,
				 file_answers[k].path, p->allow, p->audit, p->quiet, p->xindex);
	}
}

/* Every state but 0 has lock up to version 8. */
enum { LOCK = YR_KP_LOCK };

static const struct {
	struct yr_str bytes;
	uint32_t allow, audit, quiet;
} class_answers[] = {
	{ YR_STR("\x02"), LOCK | 4, 0, 0 },
	{ YR_STR("\x0a\x09peer"), LOCK | 6, 2, 0 },
	{ YR_STR("\x0a\x09pee"), LOCK, 0, 0 },
	{ YR_STR("\x0a\x08peer"), 0, 0, 0 },
	{ YR_STR("\x0e\x00\x02\x00\x01"), LOCK | 0x3700376, 0, 0 },
	{ YR_STR("\x0e\x00\x02\x00\x02"), 0, 0, 0 },
	{ YR_STR("\x09x"), LOCK, 0, 4 },
};

static void ask_others(const struct yr_image *i, size_t form)
{
	for (size_t k = 0; k < ARRAY_LEN(class_answers); k++) {
		const struct yr_kperms *p =
			yr_image_policydb(&i->profiles[0], class_answers[k].bytes);

		/* A table has lock on all entries, that of state 0 too. */
		if (p->allow != (class_answers[k].allow | (forms[form].table ? LOCK : 0)) ||
		    p->audit != class_answers[k].audit || p->quiet != class_answers[k].quiet)
			fail_msg("form %zu, row %zu: allow %x audit %x quiet %x", form, k, p->allow,
				 p->audit, p->quiet);
	}
	assert_int_not_equal(yr_image_class(&i->profiles[0], YR_CLASS_SIGNAL), 0);
	assert_int_equal(yr_image_class(&i->profiles[0], YR_CLASS_MOUNT), 0);
}

static void every_form_answers_as_the_kernel_would(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_compiled c;

	(void)state;
	make_rich(&arena, &c);
	for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_image *i = image_in_form(&c, form, &b);
		const struct yr_image_profile *p = &i->profiles[0];
		const struct yr_tables *x = p->xmatch.tables;
		uint32_t at;

		ask_files(i, form);
		ask_others(i, form);
		assert_int_equal(holds(&b, "perms"), forms[form].table);
		assert_int_equal(holds(&b, "permsv"), forms[form].owners);
		assert_int_equal(p->file.tables->has_diff, forms[form].diff);
		assert_int_equal(!!p->file.tables->classes, forms[form].classes);
		/* Attachments have attributes behind a symbol that is no byte, in every form. */
		at = yr_tables_run(x, 1, YR_STR("/bin/ax"));
		assert_int_not_equal(x->accept[at], 0);
		at = yr_tables_run(x, yr_tables_step_oob(x, at), YR_STR("\0v1"));
		assert_int_not_equal(x->accept[at], 0);
		assert_string_equal(p->file.targets[1], ":ns:two");
		yr_image_free(i);
	}
	hand_done(&c);
}

/* What is asked for goes beside what is decided, and never over it: the kernel insists. */
static void prompts_stand_in_the_table_alone(void **state)
{
	static const struct hand_rule file[] = {
		HAND_FILE("/a", .allow = YR_MAY_READ, .prompt = YR_MAY_WRITE | YR_MAY_APPEND),
		HAND_FILE("p", .prompt = YR_MAY_CHANGE_PROFILE),
	};
	static const struct hand_rule rest[] = {
		HAND_RULE(YR_CLASS_SIGNAL, "", .allow = 2, .prompt = 6),
	};
	struct yr_compiled c = { .name = "x", .flags = &plain_flags };
	AUTO_ARENA struct yr_arena arena = { 0 };

	(void)state;
	hand_pdb(&arena, file, ARRAY_LEN(file), &c.file);
	hand_pdb(&arena, rest, ARRAY_LEN(rest), &c.policydb);
	for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_image *i = image_in_form(&c, form, &b);
		const struct yr_image_profile *p = &i->profiles[0];
		const struct yr_kperms *k = yr_image_file(p, YR_STR("/a"), true);
		bool table = forms[form].table;

		assert_int_equal(k->allow, R);
		/* Upstream's 0x313a: all of writing but open, which reading has allowed. */
		assert_int_equal(k->prompt, table ? 0x313a : 0);
		k = yr_image_file(p, YR_STR("p"), false);
		assert_int_equal(k->allow, STAT);
		assert_int_equal(k->prompt, table ? YR_KP_CHANGE_PROFILE : 0);
		k = yr_image_policydb(p, YR_STR("\x0a"));
		assert_int_equal(k->prompt, table ? 4 : 0);
		yr_image_free(i);
	}
	hand_done(&c);
}

/* A pair where the owner may what others may not, and one entry for both elsewhere. */
static void a_table_has_each_entry_once(void **state)
{
	static const struct hand_rule file[] = {
		HAND_FILE("/a", .allow = YR_MAY_READ),
		HAND_FILE("/b", .allow = YR_MAY_READ | YR_MAY_LINK, .deny = YR_MAY_LINK),
		{ -1, "/c", { .allow = YR_MAY_READ }, { 0 } },
		{ -1, "/d", { .allow = YR_MAY_READ }, { .quiet = YR_MAY_WRITE } },
	};
	struct yr_compiled c = { .name = "x", .flags = &plain_flags };
	AUTO_ARENA struct yr_arena arena = { 0 };
	static const struct {
		size_t form;
		uint32_t entries;
	} rows[] = { { 3, 8 }, { 4, 6 } };

	(void)state;
	hand_pdb(&arena, file, ARRAY_LEN(file), &c.file);
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_image *i = image_in_form(&c, rows[k].form, &b);

		assert_int_equal(i->profiles[0].file.n_perms, rows[k].entries);
		yr_image_free(i);
	}
	hand_done(&c);
}

/* One permission more than the form's array can count. */
static void a_table_of_too_many_entries_is_refused(void **state)
{
	enum { MANY = 65537 };
	struct yr_features *kernel = form_features(forms[9].policy);
	struct yr_compiled c = { .name = "many", .flags = &plain_flags };
	struct yr_policy policy = { .profiles = &c, .n = 1 };
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_err err = { 0 };
	struct yr_dfa d = { .states = MANY, .columns = 1 };
	struct yr_state_perms *perms = yr_arena_array(&arena, MANY, sizeof(*perms));

	(void)state;
	d.def = yr_arena_array(&arena, MANY, sizeof(*d.def));
	d.first = yr_arena_array(&arena, MANY + 1, sizeof(*d.first));
	d.edges = yr_arena_array(&arena, 1, sizeof(*d.edges));
	d.accept = yr_arena_array(&arena, MANY, sizeof(*d.accept));
	for (uint32_t s = 1; s < MANY; s++) {
		d.def[s] = s + 1 < MANY ? s + 1 : 0;
		d.accept[s] = s;
		perms[s].other.audit = perms[s].owner.audit = s;
	}
	c.policydb = (struct yr_pdb){ &d, perms, MANY };
	assert_int_equal(yr_image_write(&policy, kernel, 0, &b, &err), -E2BIG);
	assert_string_equal(err.msg, "profile 'many': 65537 different permissions: the kernel "
				     "takes 65535");
	c.policydb.n_perms = 60000;
	for (uint32_t s = 60000; s < MANY; s++)
		d.accept[s] = 7;
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_image_write(&policy, kernel, 0, &b, &err), 0);
	yr_image_free(read_back(&b));
	yr_features_free(kernel);
}

/* What the head says goes out under the name that the kernel publishes, or not at all. */
static void heads_say_what_the_kernel_takes(void **state)
{
	static const struct {
		const char *features;
		uint32_t kill, error, identities;
		bool ipc;
	} rows[] = {
		{ "policy {versions {v7 {yes\n}\n}\n}", 0, 0, 0, false },
		{ "policy {profile {kill.signal {yes\n}\nerror {yes\n}\n}\n}", 10, 13, 0, false },
		{ "domain {kill.signal {yes\n}\n}", 10, 0, 0, false },
		{ "domain {identity {yes\n}\ndisconnected.ipc {yes\n}\n}", 0, 0, 2, true },
	};
	static const struct yr_flags flags = { .mode = YR_MODE_KILL,
					       .kill_signal = 10,
					       .error = 13 };
	const char *identities[] = { "one", "two" };
	struct yr_compiled c = { .name = "x",
				 .flags = &flags,
				 .disconnected_ipc_path = "/gone",
				 .identities = identities,
				 .n_identities = 2 };
	struct yr_policy policy = { .profiles = &c, .n = 1 };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_features *f = NULL;
		struct yr_err err = { 0 };
		struct yr_image *i;

		assert_int_equal(yr_features_parse("t", rows[k].features, strlen(rows[k].features),
						   &f, &err),
				 0);
		assert_int_equal(yr_image_write(&policy, f, 0, &b, &err), 0);
		i = read_back(&b);
		assert_int_equal(i->profiles[0].kill_signal, rows[k].kill);
		assert_int_equal(i->profiles[0].error, rows[k].error);
		assert_int_equal(i->profiles[0].n_identities, rows[k].identities);
		assert_int_equal(!!i->profiles[0].disconnected_ipc, rows[k].ipc);
		yr_image_free(i);
		yr_features_free(f);
	}
}

static void what_has_no_room_is_refused_and_leaves_the_buffer_alone(void **state)
{
	static const struct hand_rule wide[] = {
		HAND_RULE(YR_CLASS_NET_V9, "x", .allow = 0x10000000),
	};
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	char *name = malloc(70000);
	struct yr_compiled c = { .name = name, .flags = &plain_flags };
	struct yr_policy policy = { .profiles = &c, .n = 1 };
	struct yr_err err = { 0 };

	(void)state;
	memset(name, 'x', 69999);
	name[69999] = '\0';
	yr_buf_puts(&b, "before");
	assert_int_equal(yr_image_write(&policy, kernel, false, &b, &err), -E2BIG);
	assert_string_equal(b.data, "before");

	c.name = "x";
	hand_pdb(&arena, wide, 1, &c.policydb);
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_image_write(&policy, kernel, false, &b, &err), -ENOTSUP);
	assert_non_null(strstr(err.msg, "profile 'x': permissions 0x10000000"));
	assert_string_equal(b.data, "before");

	assert_int_equal(b.len, 6);
	yr_features_free(kernel);
	hand_done(&c);
	free(name);
}

static uint32_t accept_one(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return 1;
}

static void an_automaton_over_16_bits_is_refused_by_profile_and_count(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	struct yr_compiled c = { .name = "big", .flags = &plain_flags };
	struct yr_policy policy = { .profiles = &c, .n = 1 };
	struct yr_features *wide = form_features("state32 {1\n}\npermstable32 {a\n}\n"
						 "permstable32_version {3\n}\n");
	struct yr_nfa *nfa = yr_nfa_new();
	char *path = yr_arena_alloc(&arena, 65536);
	struct yr_image *i;
	struct yr_err err = { 0 };
	yr_node end;

	(void)state;
	for (size_t len = 65533; len < 65536; len++) {
		memset(path, 'x', len);
		end = yr_nfa_bytes(nfa, yr_nfa_start(nfa), (struct yr_str){ path, len });
		yr_nfa_accept(nfa, end, 0);
		c.file.dfa = yr_dfa_free(c.file.dfa);
		assert_int_equal(yr_dfa_build(nfa, accept_one, NULL, &c.file.dfa, &err), 0);
		assert_int_equal(c.file.dfa->states, len + 2);
		c.file.perms = yr_arena_array(&arena, 2, sizeof(*c.file.perms));
		c.file.n_perms = 2;
		b.len = 0;
		assert_int_equal(yr_image_write(&policy, kernel, false, &b, &err),
				 len + 2 > 65535 ? -E2BIG : 0);
		if (err.code)
			break;
		yr_image_free(read_back(&b));
	}
	assert_string_equal(err.msg, "profile 'big': its file rules need 65536 states, this kernel "
				     "takes 65535");
	b.len = 0;
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_image_write(&policy, wide, YR_IMAGE_NO_STATE32, &b, &err), -E2BIG);
	err = (struct yr_err){ 0 };
	assert_int_equal(yr_image_write(&policy, wide, 0, &b, &err), 0);
	i = read_back(&b);
	assert_int_equal(i->profiles[0].file.tables->states, 65536);
	end = yr_tables_run(i->profiles[0].file.tables, 1, (struct yr_str){ path, 65534 });
	assert_int_not_equal(end, 0);
	assert_int_equal(yr_tables_step(i->profiles[0].file.tables, end, 'x'), 0);
	yr_image_free(i);
	yr_features_free(wide);
	yr_nfa_free(nfa);
	hand_done(&c);
	yr_features_free(kernel);
}

static void force_complain_is_told_in_the_way_of_the_version(void **state)
{
	static const struct {
		const char *features;
		uint32_t version, mode;
	} rows[] = {
		{ "policy {versions {v7 {yes\n}\n}\n}", 0x00202807, YR_PM_ENFORCE },
		{ "policy {versions {v6 {yes\n}\n}\n}", 0x00202806, YR_PM_ENFORCE },
		{ "policy {versions {v5 {yes\n}\n}\n}", 5, YR_PM_COMPLAIN },
	};
	struct yr_compiled c = { .name = "x", .flags = &plain_flags };
	struct yr_policy policy = { .profiles = &c, .n = 1 };

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_features *f = NULL;
		struct yr_err err = { 0 };
		struct yr_image *i;

		assert_int_equal(yr_features_parse("t", rows[k].features, strlen(rows[k].features),
						   &f, &err),
				 0);
		assert_int_equal(yr_image_write(&policy, f, true, &b, &err), 0);
		i = read_back(&b);
		assert_int_equal(i->profiles[0].version, rows[k].version);
		assert_int_equal(i->profiles[0].mode, rows[k].mode);
		yr_image_free(i);
		yr_features_free(f);
	}
}

/* Walk over what a broken image still said. */
static void touch(const struct yr_image *i)
{
	for (size_t k = 0; k < i->n; k++) {
		const struct yr_image_profile *p = &i->profiles[k];

		(void)yr_image_file(p, YR_STR("/etc/passwd"), k & 1);
		(void)yr_image_class(p, YR_CLASS_SIGNAL);
		(void)yr_image_policydb(p, YR_STR("\x0a\x09peer"));
		if (p->xmatch.present)
			yr_tables_step_oob(p->xmatch.tables,
					   yr_tables_run(p->xmatch.tables, 1, YR_STR("/bin/a")));
	}
}

static void every_beginning_of_an_image_is_refused(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	struct yr_compiled c;

	(void)state;
	make_rich(&arena, &c);
	hand_image(&c, 1, kernel, &b);
	for (size_t len = 0; len < b.len; len++) {
		/* A block of exactly that size, so that ASan sees a byte too far. */
		char *exact = malloc(len + !len);
		struct yr_image *i = NULL;
		struct yr_err err = { 0 };

		memcpy(exact, b.data, len);
		assert_int_equal(yr_image_read(exact, len, &i, &err), -EINVAL);
		assert_null(i);
		assert_non_null(strstr(err.msg, "offset "));
		if (!strstr(err.msg, len ? "the image ends too early" : "the image is empty") &&
		    !strstr(err.msg, "as many transition names as announced"))
			fail_msg("%zu bytes: %s", len, err.msg);
		free(exact);
	}
	hand_done(&c);
	yr_features_free(kernel);
}

static void every_changed_byte_is_survived(void **state)
{
	static const unsigned char flips[] = { 0x01, 0x04, 0x80, 0xff };
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *kernel = hand_features();
	struct yr_compiled c;

	(void)state;
	make_rich(&arena, &c);
	hand_image(&c, 1, kernel, &b);
	for (size_t at = 0; at < b.len * ARRAY_LEN(flips); at++) {
		struct yr_image *i = NULL;
		struct yr_err err = { 0 };
		char *byte = &b.data[at / ARRAY_LEN(flips)], was = *byte;

		*byte = (char)(was ^ flips[at % ARRAY_LEN(flips)]);
		if (!yr_image_read(b.data, b.len, &i, &err))
			touch(i);
		yr_image_free(i);
		*byte = was;
	}
	hand_done(&c);
	yr_features_free(kernel);
}

/* Streams laid by hand, for the forms that nobody here writes. */
static void put_le(struct yr_buf *b, uint64_t v, unsigned bytes)
{
	for (; bytes; bytes--, v >>= 8)
		yr_buf_putc(b, (char)v);
}

static void put_name(struct yr_buf *b, const char *z)
{
	yr_buf_putc(b, YR_ITEM_NAME);
	put_le(b, strlen(z) + 1, 2);
	yr_buf_put(b, z, strlen(z) + 1);
}

static void put_u32(struct yr_buf *b, const char *name, uint32_t v)
{
	if (name)
		put_name(b, name);
	yr_buf_putc(b, YR_ITEM_U32);
	put_le(b, v, 4);
}

static void put_array(struct yr_buf *b, unsigned n)
{
	yr_buf_putc(b, YR_ITEM_ARRAY);
	put_le(b, n, 2);
}

static void put_struct(struct yr_buf *b, const char *name)
{
	put_name(b, name);
	yr_buf_putc(b, YR_ITEM_STRUCT);
}

static void put_string(struct yr_buf *b, const char *s, size_t len)
{
	yr_buf_putc(b, YR_ITEM_STRING);
	put_le(b, len + 1, 2);
	yr_buf_put(b, s, len);
	yr_buf_putc(b, '\0');
}

static void put_head(struct yr_buf *b, uint32_t version)
{
	put_u32(b, "version", version);
	put_struct(b, "profile");
	put_string(b, "x", 1);
	put_struct(b, "flags");
	for (int i = 0; i < 3; i++)
		put_u32(b, NULL, 0);
	yr_buf_putc(b, YR_ITEM_STRUCTEND);
	for (int i = 0; i < 4; i++)
		put_u32(b, NULL, 0);
}

static void put_be_table(struct yr_buf *b, unsigned id, unsigned width, const uint32_t *v,
			 unsigned n, uint32_t fill)
{
	size_t start = b->len;

	for (int shift = 8; shift >= 0; shift -= 8)
		yr_buf_putc(b, (char)(id >> shift));
	for (int shift = 8; shift >= 0; shift -= 8)
		yr_buf_putc(b, (char)(width >> shift));
	for (int shift = 56; shift >= 0; shift -= 8)
		yr_buf_putc(b, (char)((uint64_t)n >> shift));
	for (unsigned i = 0; i < n; i++)
		for (int shift = 8 * (int)width - 8; shift >= 0; shift -= 8)
			yr_buf_putc(b, (char)((v ? v[i] : fill) >> shift));
	while ((b->len - start) & 7)
		yr_buf_putc(b, '\0');
}

/* Three states; 'a' leads from 1 to 2. Accept values as given, ACCEPT2 when not NULL. */
static void put_dfa(struct yr_buf *b, const uint32_t accept[3], const uint32_t *accept2)
{
	static const unsigned char head[24] = { 0x1b, 0x5e, 0x78, 0x3d, 0,   0,   0,   24,
						0,    0,    0,    0,    0,   0,   'n', 'o',
						't',  'f',  'l',  'e',  'x', '\0' };
	AUTO_BUF struct yr_buf d = { 0 };
	uint32_t next[256] = { ['a'] = 2 }, check[256] = { ['a'] = 1 };

	yr_buf_put(&d, head, sizeof(head));
	put_be_table(&d, YR_TABLE_ACCEPT, 4, accept, 3, 0);
	if (accept2)
		put_be_table(&d, YR_TABLE_ACCEPT2, 4, accept2, 3, 0);
	put_be_table(&d, YR_TABLE_BASE, 4, NULL, 3, 0);
	put_be_table(&d, YR_TABLE_DEF, 2, NULL, 3, 0);
	put_be_table(&d, YR_TABLE_NEXT, 2, next, 256, 0);
	put_be_table(&d, YR_TABLE_CHECK, 4, check, 256, 0);
	put_name(b, "aadfa");
	yr_buf_putc(b, YR_ITEM_BLOB);
	put_le(b, d.len + 3, 4);
	yr_buf_put(b, "\0\0\0", 3); /* any size below 8 aligns for somebody */
	yr_buf_put(b, d.data, d.len);
}

struct entry {
	uint32_t allow, deny, xindex;
};

static void put_perms(struct yr_buf *b, const struct entry *e, unsigned n)
{
	put_struct(b, "perms");
	put_u32(b, "version", 1);
	put_array(b, n);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < 14; k++)
			put_u32(b, NULL,
				k == 1    ? e[i].allow
				: k == 2  ? e[i].deny
				: k == 11 ? e[i].xindex
					  : 0);
	yr_buf_putc(b, YR_ITEM_ARRAYEND);
	yr_buf_putc(b, YR_ITEM_STRUCTEND);
}

static void put_targets(struct yr_buf *b, struct yr_str name)
{
	put_struct(b, "xtable");
	put_array(b, 1);
	put_string(b, name.at, name.len);
	yr_buf_putc(b, YR_ITEM_ARRAYEND);
	yr_buf_putc(b, YR_ITEM_STRUCTEND);
}

static const struct entry entries[] = {
	{ 0, 0, 0 },
	{ 0, 0, 0 },
	{ 1, 0, YR_XI_TABLE },
	{ 4, 8, 0 },
};

/* A profile with a permission table in its file automaton. */
static void put_table_profile(struct yr_buf *b, uint32_t permsv, const uint32_t accept[3],
			      const uint32_t *accept2, struct yr_str target)
{
	put_head(b, 0x00202007);
	put_perms(b, entries, ARRAY_LEN(entries));
	if (permsv)
		put_u32(b, "permsv", permsv);
	put_dfa(b, accept, accept2);
	if (target.at)
		put_targets(b, target);
	yr_buf_putc(b, YR_ITEM_STRUCTEND);
}

static void permission_tables_know_the_owner(void **state)
{
	static const uint32_t accept[3] = { 0, 0, 2 }, pairs[3] = { 0, 0, 1 }, single[3] = { 0 };
	static const struct {
		uint32_t permsv;
		const uint32_t *accept2;
		uint32_t owner, other;
	} rows[] = {
		{ 0, NULL, 1, 4 }, /* up to version 2: always a pair */
		{ 2, NULL, 1, 4 },
		{ 3, pairs, 1, 4 },
		{ 3, single, 1, 1 },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_image *i;

		put_table_profile(&b, rows[k].permsv, accept, rows[k].accept2, YR_STR(":n\0t"));
		i = read_back(&b);
		assert_int_equal(yr_image_file(&i->profiles[0], YR_STR("a"), true)->allow,
				 rows[k].owner);
		assert_int_equal(yr_image_file(&i->profiles[0], YR_STR("a"), false)->allow,
				 rows[k].other);
		assert_int_equal(yr_image_file(&i->profiles[0], YR_STR("b"), false)->allow, 0);
		assert_string_equal(i->profiles[0].file.targets[0], ":n:t");
		yr_image_free(i);
	}
}

static void bad_tables_and_targets_are_refused_by_what_was_wanted(void **state)
{
	static const uint32_t good[3] = { 0, 0, 2 }, last[3] = { 0, 0, 3 }, over[3] = { 0, 0, 4 };
	static const uint32_t flags[3] = { 0, 0, 1 };
	static const struct {
		uint32_t permsv;
		const uint32_t *accept, *accept2;
		struct yr_str target;
		const char *complaint;
	} rows[] = {
		{ 3, over, flags, YR_STR("t"), "accept values inside" },
		{ 3, last, flags, YR_STR("t"), "accept values inside" }, /* no room for the pair */
		{ 2, last, NULL, YR_STR("t"), "accept values inside" },
		{ 3, good, NULL, YR_STR("t"), "wanted a second accept table" },
		{ 2, good, flags, YR_STR("t"), "wanted no second accept table" },
		{ 2, good, NULL, { 0 }, "transition names for all" },
		{ 2, good, NULL, YR_STR(" t"), "well-formed transition name" },
		{ 2, good, NULL, YR_STR(":"), "well-formed transition name" },
		{ 2, good, NULL, YR_STR("a\0b"), "well-formed transition name" },
		{ 2, good, NULL, YR_STR(":a\0b\0c"), "well-formed transition name" },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		struct yr_image *i = NULL;
		struct yr_err err = { 0 };

		put_table_profile(&b, rows[k].permsv, rows[k].accept, rows[k].accept2,
				  rows[k].target);
		assert_int_equal(yr_image_read(b.data, b.len, &i, &err), -EINVAL);
		if (!strstr(err.msg, rows[k].complaint))
			fail_msg("row %zu: %s", k, err.msg);
	}
}

static void version_9_reads_the_policydb_in_another_way(void **state)
{
	static const uint32_t accept[3] = { 0, 0, 0x84 | 1 << 8 | 3u << 14 };
	static const uint32_t accept2[3] = { 0, 0, 4 };
	static const struct {
		uint32_t version, allow;
	} rows[] = {
		{ 5, 4 | 0x8000 | 0x300 },
		{ 8, 4 | 0x8000 | 0x300 },
		{ 9, 4 | 0x80 | 0x400 | 0x300 },
	};

	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		const struct yr_kperms *p;
		struct yr_image *i;

		put_head(&b, rows[k].version);
		put_struct(&b, "policydb");
		put_dfa(&b, accept, accept2);
		yr_buf_putc(&b, YR_ITEM_STRUCTEND);
		yr_buf_putc(&b, YR_ITEM_STRUCTEND);
		i = read_back(&b);
		p = yr_image_policydb(&i->profiles[0], YR_STR("a"));
		assert_int_equal(p->allow, rows[k].allow);
		assert_int_equal(p->audit, 4);
		p = yr_image_policydb(&i->profiles[0], YR_STR("b"));
		assert_int_equal(p->allow, 0);
		yr_image_free(i);
	}
}

static void a_second_profile_needs_no_version_of_its_own(void **state)
{
	AUTO_BUF struct yr_buf b = { 0 };
	AUTO_BUF struct yr_buf one = { 0 };
	struct yr_image *i;
	size_t version;

	(void)state;
	put_u32(&one, "version", 0x00202007);
	version = one.len;
	yr_buf_done(&one);
	put_head(&one, 0x00202007);
	yr_buf_putc(&one, YR_ITEM_STRUCTEND);
	yr_buf_put(&b, one.data, one.len);
	yr_buf_put(&b, one.data + version, one.len - version);
	i = read_back(&b);
	assert_int_equal(i->n, 2);
	assert_int_equal(i->profiles[1].version, 0x00202007);
	yr_image_free(i);
}

/* What @text compiles to; false: the parser did not. */
static bool compile(const char *text, struct yr_buf *out)
{
	char path[] = "/tmp/test_image.XXXXXX", piece[4096];
	AUTO_CLOSE int fd = mkstemp(path);
	AUTO_FREE char *command = NULL;
	FILE *p;
	size_t n;
	bool ok;

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		return false;
	if (asprintf(&command, "'%s' --config-file=/dev/null -Q -K -S -q -M '%s' -b '%s' '%s'",
		     parser, features_file, profiles_dir, path) < 0)
		return false;
	p = popen(command, "r");
	while (p && (n = fread(piece, 1, sizeof(piece), p)) > 0)
		yr_buf_put(out, piece, n);
	ok = p && !pclose(p) && out->len;
	unlink(path);
	return ok;
}

static const struct {
	const char *policy, *profile;
	int class; /* -1: file; then owner says who asks */
	bool owner;
	struct yr_str access;
	uint32_t wants; /* permissions asked for */
	bool allowed;
} real_answers[] = {
	{ "profile x { /etc/** r, }", "x", -1, false, YR_STR("/etc/passwd"), R, true },
	{ "profile x { /etc/** r, }", "x", -1, false, YR_STR("/etc/"), R, false },
	{ "profile x { /etc/** r, deny /etc/shadow r, }", "x", -1, true, YR_STR("/etc/shadow"), R,
	  false },
	{ "profile x { owner /home/** rw, }", "x", -1, true, YR_STR("/home/a"), R | W, true },
	{ "profile x { owner /home/** rw, }", "x", -1, false, YR_STR("/home/a"), R, false },
	{ "profile x { /a rk, /b m, }", "x", -1, false, YR_STR("/a"), R | YR_KP_LOCK, true },
	{ "profile x { /a rk, /b m, }", "x", -1, false, YR_STR("/b"), YR_KP_MMAP, true },
	{ "profile x { /a ix, }", "x", -1, false, YR_STR("/a"), YR_KP_EXEC, true },
	{ "profile x { change_profile -> y, }", "x", -1, false, YR_STR("y"), YR_KP_CHANGE_PROFILE,
	  true },
	{ "profile x { link /a -> /b, }", "x", -1, false, YR_STR("/a\0/b"), YR_KP_LINK, true },
	{ "profile x { link /a -> /b, }", "x", -1, false, YR_STR("/a\0/c"), YR_KP_LINK, false },
	{ "profile x { signal send set=kill peer=y, }", "x", YR_CLASS_SIGNAL, false,
	  YR_STR("\x09y"), 2, true },
	{ "profile x { signal send set=kill peer=y, }", "x", YR_CLASS_SIGNAL, false,
	  YR_STR("\x0fy"), 2, false },
	{ "profile x { ptrace read peer=y, }", "x", YR_CLASS_PTRACE, false, YR_STR("y"), 4, true },
	{ "profile x { ptrace read peer=y, }", "x", YR_CLASS_PTRACE, false, YR_STR("y"), 2, false },
	{ "profile x { network inet stream, }", "x", YR_CLASS_NET_V8, false,
	  YR_STR("\x00\x02\x00\x01"), 0x3700376, true },
	{ "profile x { network inet stream, }", "x", YR_CLASS_NET_V8, false,
	  YR_STR("\x00\x02\x00\x03"), 0x10, false },
	{ "profile x { umount /mnt/, }", "x", YR_CLASS_MOUNT, false, YR_STR("/mnt/"), 4, true },
	{ "profile x { umount /mnt/, }", "x", YR_CLASS_MOUNT, false, YR_STR("/opt/"), 4, false },
	{ "profile x { ^h { /a r, } }", "x//h", -1, false, YR_STR("/a"), R, true },
	{ "profile x { ^h { /a r, } }", "x", -1, false, YR_STR("/a"), R, false },
};

static void images_of_the_parser_answer(void **state)
{
	(void)state;
	if (!parser)
		skip();
	for (size_t k = 0; k < ARRAY_LEN(real_answers); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		AUTO_BUF struct yr_buf access = { 0 };
		const struct yr_image_profile *p = NULL;
		const struct yr_kperms *perms;
		struct yr_image *i;
		struct yr_str bytes;

		assert_true(compile(real_answers[k].policy, &b));
		i = read_back(&b);
		for (size_t n = 0; n < i->n; n++)
			if (!strcmp(i->profiles[n].name, real_answers[k].profile))
				p = &i->profiles[n];
		assert_non_null(p);
		if (real_answers[k].class >= 0)
			yr_buf_putc(&access, (char)real_answers[k].class);
		yr_buf_put(&access, real_answers[k].access.at, real_answers[k].access.len);
		bytes = (struct yr_str){ access.data, access.len };
		perms = real_answers[k].class < 0 ? yr_image_file(p, bytes, real_answers[k].owner)
						  : yr_image_policydb(p, bytes);
		if (!(real_answers[k].wants & ~perms->allow) != real_answers[k].allowed)
			fail_msg("row %zu, %s: allow %x", k, real_answers[k].policy, perms->allow);
		yr_image_free(i);
	}
}

static void exec_of_the_parser_is_understood(void **state)
{
	static const struct {
		const char *rule;
		uint32_t xindex;
		const char *target;
	} rows[] = {
		{ "/a ux", YR_XI_UNSAFE | YR_XI_UNCONFINED, NULL },
		{ "/a Ux", YR_XI_UNCONFINED, NULL },
		{ "/a ix", YR_XI_INHERIT, NULL },
		{ "/a px", YR_XI_UNSAFE | YR_XI_NAME, NULL },
		{ "/a Pix", YR_XI_NAME | YR_XI_INHERIT, NULL },
		{ "/a PUx", YR_XI_NAME | YR_XI_UNCONFINED, NULL },
		{ "/a Cx", YR_XI_NAME | YR_XI_CHILD, NULL },
		{ "/a Px -> b", YR_XI_TABLE, "b" },
		{ "/a Px -> :n:b", YR_XI_TABLE, ":n:b" },
		{ "/a Cix -> b", YR_XI_TABLE | YR_XI_INHERIT, "x//b" },
	};

	(void)state;
	if (!parser)
		skip();
	for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
		AUTO_BUF struct yr_buf b = { 0 };
		char policy[100];
		const struct yr_kperms *p;
		struct yr_image *i;

		snprintf(policy, sizeof(policy), "profile x { %s, }", rows[k].rule);
		assert_true(compile(policy, &b));
		i = read_back(&b);
		p = yr_image_file(&i->profiles[0], YR_STR("/a"), false);
		if (p->xindex != rows[k].xindex)
			fail_msg("%s: xindex %x", rows[k].rule, p->xindex);
		if (rows[k].target)
			assert_string_equal(i->profiles[0].file.targets[0], rows[k].target);
		yr_image_free(i);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_come_back_as_they_were_written),
		cmocka_unit_test(the_same_policy_gives_the_same_bytes_behind_anything),
		cmocka_unit_test(every_form_answers_as_the_kernel_would),
		cmocka_unit_test(prompts_stand_in_the_table_alone),
		cmocka_unit_test(a_table_has_each_entry_once),
		cmocka_unit_test(a_table_of_too_many_entries_is_refused),
		cmocka_unit_test(heads_say_what_the_kernel_takes),
		cmocka_unit_test(what_has_no_room_is_refused_and_leaves_the_buffer_alone),
		cmocka_unit_test(an_automaton_over_16_bits_is_refused_by_profile_and_count),
		cmocka_unit_test(force_complain_is_told_in_the_way_of_the_version),
		cmocka_unit_test(every_beginning_of_an_image_is_refused),
		cmocka_unit_test(every_changed_byte_is_survived),
		cmocka_unit_test(permission_tables_know_the_owner),
		cmocka_unit_test(bad_tables_and_targets_are_refused_by_what_was_wanted),
		cmocka_unit_test(version_9_reads_the_policydb_in_another_way),
		cmocka_unit_test(a_second_profile_needs_no_version_of_its_own),
		cmocka_unit_test(images_of_the_parser_answer),
		cmocka_unit_test(exec_of_the_parser_is_understood),
	};

	if (argc > 3 && !access(argv[1], X_OK)) {
		parser = argv[1];
		features_file = argv[2];
		profiles_dir = argv[3];
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
