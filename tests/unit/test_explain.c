/* SPDX-License-Identifier: Apache-2.0 */
/* Denials: told apart, counted, in words, and the rules for them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "author/mask.h"
#include "base/limits.h"
#include "host/container.h"
#include "lang/lang.h"

#define DENIED "audit: type=1400 audit(1700000000.500:1): apparmor=\"DENIED\" "
#define FILE_R "operation=\"open\" profile=\"p\" requested_mask=\"r\" denied_mask=\"r\" "

/* A record, read; lives until the next. */
static const struct yr_log_event *event(struct yr_log *log, const char *text)
{
	static struct yr_log_event ev;

	assert_true(yr_log_parse(log, text, strlen(text), false, &ev));
	return &ev;
}

static const struct {
	const char *fields, *words, *rule;
} cases[] = {
	{ FILE_R "name=\"/a\" fsuid=0 ouid=0", "open /a for reading", "owner /a r," },
	{ FILE_R "name=\"/a\" fsuid=0 ouid=1", "open /a for reading", "/a r," },
	{ FILE_R "name=\"/a\"", "open /a for reading", "/a r," },
	{ "operation=\"mkdir\" name=\"/d/\" denied_mask=\"c::\"", "make the folder /d/",
	  "owner /d/ w," },
	{ "operation=\"open\" name=\"/d\" denied_mask=\"::wa\"", "open /d for writing", "/d w," },
	{ "operation=\"file_perm\" name=2F6120225C2A5B denied_mask=\"rw\"",
	  "use \"/a \"\\134*[\" for reading and writing", "\"/a \\\"\\\\\\*\\[\" rw," },
	{ "operation=\"open\" name=\"/@{x}?^\" denied_mask=\"k\"", "open /@{x}?^ for locking",
	  "/@\\{x\\}\\?\\^ k," },
	{ "operation=\"open\" name=\"pipe:[7]\" denied_mask=\"r\"", "open pipe:[7] for reading",
	  NULL },
	{ "operation=\"open\" class=\"file\" denied_mask=\"r\"",
	  "open a file that is not named for reading", NULL },
	{ "operation=\"exec\" name=\"/b\" denied_mask=\"x\" target=\"p//null-/b\"", "execute /b",
	  "/b ix," },
	{ "operation=\"exec\" name=\"/b\" denied_mask=\"x\" target=\"a b\"",
	  "execute /b, going on under \"a b\"", "/b px -> \"a b\"," },
	{ "operation=\"link\" name=\"/l\" target=\"/t\" denied_mask=\"l\" fsuid=1 ouid=2",
	  "make the hard link /l to /t", "link /l -> /t," },
	{ "operation=\"capable\" capability=21 capname=\"sys_admin\"", "use capability sys_admin",
	  "capability sys_admin," },
	{ "operation=\"capable\" capability=21", "use capability number 21", NULL },
	{ "operation=\"create\" family=\"inet\" sock_type=\"raw\" denied_mask=\"create\"",
	  "create a raw IPv4 socket", "network (create) inet raw," },
	{ "operation=\"create\" family=\"unheard\" sock_type=\"raw\" denied_mask=\"create\"",
	  "create a raw unheard socket", NULL },
	{ "operation=\"getsockname\" family=\"inet\" sock_type=\"stream\" laddr=1.2.3.4 lport=5 "
	  "faddr=5.6.7.8 fport=9 denied_mask=\"getattr\"",
	  "getattr on a stream IPv4 socket at 1.2.3.4 port 5, peer 5.6.7.8 port 9",
	  "network (getattr) inet stream ip=1.2.3.4 port=5," },
	{ "operation=\"sendmsg\" family=\"inet\" sock_type=\"stream\" laddr=1.2.3.4 lport=5 "
	  "faddr=5.6.7.8 fport=9 denied_mask=\"send\"",
	  "send on a stream IPv4 socket at 1.2.3.4 port 5, peer 5.6.7.8 port 9",
	  "network (send) inet stream ip=1.2.3.4 port=5 peer=(ip=5.6.7.8 port=9)," },
	{ "operation=\"signal\" denied_mask=\"send\" signal=rtmin+3 peer=\"a//&b\"",
	  "send signal rtmin+3 to a//&b", "signal send set=rtmin+3 peer=a//&b," },
	{ "operation=\"signal\" denied_mask=\"receive\" signal=unknown(99) peer=\"a\"",
	  "receive signal unknown(99) from a", NULL },
	{ "operation=\"signal\" denied_mask=\"send\" signal=term", "send signal term", NULL },
	{ "operation=\"ptrace\" denied_mask=\"trace\"", "trace a process", NULL },
	{ "operation=\"umount\"", "unmount", NULL },
	{ "operation=\"mount\" name=\"/m/\" fstype=\"tmpfs\"", "mount on /m/ as tmpfs", NULL },
	{ "operation=\"mount\" name=\"/m/\" fstype=6120 srcname=\"t\" flags=\"ro\"",
	  "mount t on /m/ as \"a \", with ro", "mount fstype=\"a \" options=(ro) t -> /m/," },
	{ "operation=\"pivotroot\" name=\"/n/\"", "make a mount the root (pivot_root), /n/", NULL },
	{ "operation=\"open\" name=\"/x\" denied_mask=\"r, /** rw,\"",
	  "open /x for reading and writing", NULL },
	{ "operation=\"connect\" family=\"unix\" sock_type=\"stream\" denied_mask=\"connect\"",
	  "connect on a stream Unix socket", NULL },
	{ "operation=\"create\" family=\"inet\" sock_type=\"dgram\" denied_mask=\"bogus\"",
	  "bogus on a dgram IPv4 socket", NULL },
	{ "operation=\"uring_sqpoll\" class=\"io_uring\" denied=\"bogus\"", "bogus with io_uring",
	  NULL },
	{ "operation=\"dbus_method_call\" bus=\"system\" name=\"n.n\" member=\"M\" mask=\"send\"",
	  "send M on the bus system", "dbus send bus=system member=M peer=(name=n.n)," },
	{ "operation=\"open\" name=\"/a\xff\" denied_mask=\"r\"", "open /a\\377 for reading",
	  "/a\\377 r," },
	{ "operation=\"ptrace\" denied_mask=\"readby\" peer=\"x(1)\"",
	  "be looked into by a process under x(1)", "ptrace readby peer=\"x(1)\"," },
	{ "operation=\"mount\" name=\"/m/\" fstype=\"tmpfs\" srcname=\"tmp\" flags=\"rw, nosuid\"",
	  "mount tmp on /m/ as tmpfs, with rw and nosuid",
	  "mount fstype=tmpfs options=(nosuid, rw) tmp -> /m/," },
	{ "operation=\"mount\" name=\"/m/\" flags=\"ro, newword\"",
	  "mount on /m/, with ro and newword", NULL },
	{ "operation=\"umount\" name=\"/m/\"", "unmount /m/", "umount /m/," },
	{ "operation=\"setrlimit\" rlimit=cpu value=18446744073709551615",
	  "set the limit cpu to infinity", "set rlimit cpu <= infinity," },
	{ "operation=\"change_profile\" target=\"q\"", "change to another profile, q",
	  "change_profile -> q," },
	{ "operation=\"change_hat\" target=\"q\"", "change to a hat, q", NULL },
};

static void denials_come_in_words_and_with_rules(void **state)
{
	struct yr_log *log = yr_log_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		AUTO_FREE char *text = NULL;
		const struct yr_log_event *ev;
		struct yr_mend mend;

		assert_true(asprintf(&text, DENIED "%s", cases[i].fields) > 0);
		ev = event(log, text);
		assert_string_equal(yr_denial_words(&arena, ev), cases[i].words);
		assert_int_equal(yr_mend(&arena, ev, &mend), 0);
		assert_int_equal(!mend.rule, !cases[i].rule);
		if (mend.rule)
			assert_string_equal(mend.rule, cases[i].rule);
		else
			assert_non_null(mend.advice);
	}
	yr_log_free(log);
}

/* A path of a disconnected file, and the flag that goes with it. */
static void disconnected_paths_need_a_flag(void **state)
{
	struct yr_log *log = yr_log_new();
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_mend mend;

	(void)state;
	assert_int_equal(yr_mend(&arena,
				 event(log, DENIED FILE_R
				       "info=\"Failed name lookup - disconnected path\" error=-13 "
				       "name=\"run/x\""),
				 &mend),
			 0);
	assert_string_equal(mend.rule, "/run/x r,");
	assert_string_equal(mend.flag, "attach_disconnected");
	yr_log_free(log);
}

static void the_same_denial_is_counted(void **state)
{
	struct yr_log *log = yr_log_new();
	struct yr_denials *d = yr_denials_new(YR_LIMIT_DENIALS, YR_LIMIT_DENIAL_BYTES);
	struct yr_denial **all;

	(void)state;
	assert_non_null(yr_denials_sorted(d));
	assert_true(yr_denials_add(d, event(log, DENIED FILE_R "name=\"/b\" comm=\"c\" pid=1")));
	assert_true(yr_denials_add(d, event(log, DENIED FILE_R "name=\"/a\" comm=\"c\" pid=1")));
	assert_true(yr_denials_add(d, event(log, DENIED FILE_R "name=\"/a\" comm=\"c\" pid=2")));
	assert_true(yr_denials_add(d, event(log, "audit: type=1400 audit(1600000000.250:1): "
						 "apparmor=\"DENIED\" " FILE_R
						 "name=\"/a\" comm=\"d\" pid=2")));
	/* Whose file it is makes another rule of it. */
	assert_true(yr_denials_add(d, event(log, DENIED FILE_R "name=\"/a\" fsuid=0 ouid=0")));
	assert_true(yr_denials_add(d, event(log, "audit: type=1400 audit(1.0:1): "
						 "apparmor=\"STATUS\" operation=\"profile_load\" "
						 "name=\"p\"")));
	all = yr_denials_sorted(d);
	assert_int_equal(yr_denials_counts(d)->distinct, 3);
	assert_int_equal(yr_denials_counts(d)->records, 5);
	assert_int_equal(yr_denials_counts(d)->others, 1);
	assert_int_equal(all[0]->count, 3);
	assert_true(all[0]->several);
	assert_int_equal(all[0]->first, UINT64_C(1600000000250));
	assert_int_equal(all[0]->last, UINT64_C(1700000000500));
	/* What came as often stands in the order of the log. */
	assert_memory_equal(all[1]->event.text[YR_LOG_NAME].at, "/b", 2);
	yr_denials_free(d);
	yr_log_free(log);
}

static void profiles_with_most_records_come_first(void **state)
{
	static const char *const profiles[] = { "c", "a", "b", "b", "a", "b" };
	static const char *const order[] = { "b", "a", "c" };
	struct yr_log *log = yr_log_new();
	struct yr_denials *d = yr_denials_new(YR_LIMIT_DENIALS, YR_LIMIT_DENIAL_BYTES);
	struct yr_denial **all;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(profiles); i++) {
		AUTO_FREE char *text = NULL;

		assert_true(asprintf(&text,
				     DENIED "operation=\"capable\" capname=\"kill\" profile=\"%s\"",
				     profiles[i]) > 0);
		assert_true(yr_denials_add(d, event(log, text)));
	}
	all = yr_denials_sorted(d);
	assert_int_equal(yr_denials_counts(d)->distinct, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++)
		assert_memory_equal(all[i]->event.text[YR_LOG_PROFILE].at, order[i], 1);
	yr_denials_free(d);
	yr_log_free(log);
}

static void kinds_without_end_are_left(void **state)
{
	struct yr_log *log = yr_log_new();
	struct yr_denials *d = yr_denials_new(YR_LIMIT_DENIALS, YR_LIMIT_DENIAL_BYTES);

	(void)state;
	for (int i = 0; i < YR_LIMIT_DENIALS + 7; i++) {
		char text[256];

		snprintf(text, sizeof(text), DENIED FILE_R "name=\"/%d\"", i);
		assert_true(yr_denials_add(d, event(log, text)));
	}
	assert_int_equal(yr_denials_counts(d)->distinct, YR_LIMIT_DENIALS);
	assert_int_equal(yr_denials_counts(d)->left, 7);
	/* Known ones still count. */
	assert_true(yr_denials_add(d, event(log, DENIED FILE_R "name=\"/0\"")));
	assert_int_equal(yr_denials_counts(d)->left, 7);
	yr_denials_free(d);
	yr_log_free(log);
}

static void an_info_is_found_by_how_it_begins(void **state)
{
	static const struct {
		const char *text, *found;
	} infos[] = {
		{ "Failed name lookup - disconnected path",
		  "Failed name lookup - disconnected path" },
		{ "Failed name lookup - something new", "Failed name lookup" },
		{ "conflicting profile attachments - ix fallback",
		  "conflicting profile attachments - ix fallback" },
		{ "conflicting profile attachments", "conflicting profile attachments" },
		{ "unconfined can not change_hat", "unconfined can not change_hat" },
		{ "no new privs", "no new privs" },
		{ "failed af match", "failed af match" },
		{ "label not found", "label not found" },
		{ "no", NULL },
		{ "", NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
		const struct yr_info *found = yr_info_find(yr_str_of(infos[i].text));

		assert_int_equal(!found, !infos[i].found);
		if (found)
			assert_string_equal(found->text, infos[i].found);
	}
}

#define ID "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define POD "01234567-89ab-cdef-0123-456789abcdef"

static void containers_are_told_by_their_groups(void **state)
{
	static const struct {
		const char *groups, *engine, *pod;
		bool found;
	} groups[] = {
		{ "0::/system.slice/docker-" ID ".scope\n", "Docker", "", true },
		{ "12:pids:/docker/" ID "\n", "Docker", "", true },
		{ "0::/machine.slice/libpod-" ID ".scope/container\n", "podman", "", true },
		{ "0::/kubepods/burstable/pod" POD "/" ID "\n", NULL, POD, true },
		{ "0::/kubepods.slice/kubepods-pod01234567_89ab_cdef_0123_456789abcdef.slice/"
		  "crio-" ID ".scope\n",
		  "CRI-O", POD, true },
		{ "0::/user.slice/user-0.slice\n", NULL, "", false },
		{ "0::/docker/" ID "0\n", NULL, "", false },
		{ "0::/docker/0123\n", NULL, "", false },
		{ "", NULL, "", false },
		{ "kubepods pod", NULL, "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(groups); i++) {
		struct yr_container c;

		assert_int_equal(yr_container_parse(groups[i].groups, &c), groups[i].found);
		if (!groups[i].found)
			continue;
		assert_string_equal(c.id, ID);
		assert_string_equal(c.pod, groups[i].pod);
		assert_int_equal(!c.engine, !groups[i].engine);
		if (c.engine)
			assert_string_equal(c.engine, groups[i].engine);
	}
}

static void names_tell_of_containers(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };

	(void)state;
	assert_string_equal(yr_namespace_hint(&arena, YR_STR("root//lxd-web_<var-lib-lxd>")),
			    "container web of LXD");
	assert_null(yr_namespace_hint(&arena, YR_STR("root//lxd-_<x>")));
	assert_null(yr_namespace_hint(&arena, YR_STR("root//other")));
	assert_null(yr_namespace_hint(&arena, (struct yr_str){ NULL, 0 }));
	assert_non_null(yr_profile_hint(YR_STR("cri-containerd.apparmor.d")));
	assert_null(yr_profile_hint((struct yr_str){ NULL, 0 }));
	assert_true(yr_profile_is_null(YR_STR("a//null-/b")));
	assert_false(yr_profile_is_null(YR_STR("a//null")));
}

/* Whether the text is one rule that stands for one thing. */
static bool is_access(const char *text)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	bool good;

	assert_int_equal(yr_lang_read_access(&arena, "rule", yr_str_of(text), YR_STR("p"), diags,
					     &unit, &err),
			 0);
	good = unit && !yr_diags_errors(diags);
	yr_diags_free(diags);
	return good;
}

static bool is_file(enum yr_log_class c)
{
	return c == YR_LOG_CLASS_FILE || c == YR_LOG_CLASS_EXEC;
}

/*
 * Who writes the log must not get to write the policy: every word stays the word that it is. For
 * a file's path with an empty part there is no rule.
 */
static void no_name_becomes_policy(void **state)
{
	static const struct {
		enum yr_log_class rule_class;
		const char *mask;
		enum yr_log_text fields[4];
		const char *before; /* what a name has to begin with */
	} kinds[] = {
		{ YR_LOG_CLASS_FILE, "rw", { YR_LOG_NAME }, "/" },
		{ YR_LOG_CLASS_EXEC, "x", { YR_LOG_NAME }, "/" },
		{ YR_LOG_CLASS_FILE, "l", { YR_LOG_NAME, YR_LOG_NAME2 }, "/" },
		{ YR_LOG_CLASS_SIGNAL, "send", { YR_LOG_PEER }, "" },
		{ YR_LOG_CLASS_PTRACE, "read", { YR_LOG_PEER }, "" },
		{ YR_LOG_CLASS_MOUNT, NULL, { YR_LOG_NAME, YR_LOG_SRCNAME }, "/" },
		{ YR_LOG_CLASS_UMOUNT, NULL, { YR_LOG_NAME }, "/" },
		{ YR_LOG_CLASS_PIVOT_ROOT, NULL, { YR_LOG_NAME, YR_LOG_SRCNAME }, "/" },
		{ YR_LOG_CLASS_UNIX, "connect", { YR_LOG_PEER, YR_LOG_PEER_ADDR }, "@" },
		{ YR_LOG_CLASS_DBUS, "send", { YR_LOG_PEER_PROFILE }, "" },
		{ YR_LOG_CLASS_POSIX_MQUEUE, "create", { YR_LOG_NAME }, "/" },
		{ YR_LOG_CLASS_CHANGE_PROFILE, NULL, { YR_LOG_NAME2 }, "a" },
	};
	static const char letters[] = "ab \t\n,#=!\"'()[]{}*?^\\/@$&<>|;-.:\x7f\x80\xc3\xa9";
	unsigned seed = 5;

	(void)state;
	for (int i = 0; i < 24000; i++) {
		size_t kind = (size_t)i % ARRAY_LEN(kinds);
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_log_event ev = { .type = YR_LOG_DENIED };
		struct yr_mend mend;
		char names[4][16];

		ev.rule_class = kinds[kind].rule_class;
		ev.text[YR_LOG_SOCK_TYPE] = (struct yr_log_bytes){ "stream", 6 };
		ev.text[YR_LOG_DBUS_BUS] = (struct yr_log_bytes){ "system", 6 };
		ev.text[YR_LOG_DBUS_MEMBER] = (struct yr_log_bytes){ "M", 1 };
		ev.text[YR_LOG_SIGNAL] = (struct yr_log_bytes){ "term", 4 };
		ev.text[YR_LOG_SRCNAME] = (struct yr_log_bytes){ "/s", 2 };
		if (kinds[kind].mask)
			ev.text[YR_LOG_REFUSED] =
				(struct yr_log_bytes){ kinds[kind].mask, strlen(kinds[kind].mask) };
		for (size_t f = 0; f < 4 && kinds[kind].fields[f]; f++) {
			size_t len = strlen(strcpy(names[f], kinds[kind].before));
			size_t more = 1 + (size_t)rand_r(&seed) % 8;

			while (more--)
				names[f][len++] =
					letters[(size_t)rand_r(&seed) % (sizeof(letters) - 1)];
			ev.text[kinds[kind].fields[f]] = (struct yr_log_bytes){ names[f], len };
		}
		assert_int_equal(yr_mend(&arena, &ev, &mend), 0);
		if (is_file(ev.rule_class) &&
		    (memmem(ev.text[YR_LOG_NAME].at, ev.text[YR_LOG_NAME].len, "//", 2) ||
		     (ev.text[YR_LOG_NAME2].len &&
		      memmem(ev.text[YR_LOG_NAME2].at, ev.text[YR_LOG_NAME2].len, "//", 2)))) {
			assert_null(mend.rule);
			assert_non_null(mend.advice);
			continue;
		}
		assert_non_null(mend.rule);
		if (!is_access(mend.rule))
			fail_msg("no rule: %s", mend.rule);
	}
}

static void an_address_is_an_address(void **state)
{
	struct yr_log *log = yr_log_new();
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_mend mend;

	(void)state;
	assert_int_equal(yr_mend(&arena,
				 event(log, DENIED "operation=\"bind\" family=\"inet\" "
						   "sock_type=\"raw\" denied_mask=\"bind\" "
						   "laddr=\"1.2.3.4, capability\""),
				 &mend),
			 0);
	assert_null(mend.rule);
	yr_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(denials_come_in_words_and_with_rules),
		cmocka_unit_test(disconnected_paths_need_a_flag),
		cmocka_unit_test(the_same_denial_is_counted),
		cmocka_unit_test(profiles_with_most_records_come_first),
		cmocka_unit_test(kinds_without_end_are_left),
		cmocka_unit_test(an_info_is_found_by_how_it_begins),
		cmocka_unit_test(containers_are_told_by_their_groups),
		cmocka_unit_test(names_tell_of_containers),
		cmocka_unit_test(no_name_becomes_policy),
		cmocka_unit_test(an_address_is_an_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
