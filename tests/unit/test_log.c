/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "log/log.h"

#define ID "audit(1675069200.123:456): "
#define FIELDS                                                                                     \
	"apparmor=\"DENIED\" operation=\"open\" profile=\"web\" name=\"/etc/shadow\" pid=35 "      \
	"comm=\"cat\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=7"

/* All events of a text, one JSON object a line. */
struct seen {
	struct yr_buf json;
	struct yr_log_counts counts;
};

static int add(void *ctx, const struct yr_log_event *ev)
{
	struct seen *s = ctx;

	yr_log_print_json(&s->json, ev);
	yr_buf_putc(&s->json, '\n');
	return 0;
}

static struct seen read_text(const char *text, size_t len, size_t piece)
{
	struct yr_log *log = yr_log_new();
	struct seen s = { 0 };

	assert_non_null(log);
	yr_buf_puts(&s.json, "");
	for (size_t at = 0; at < len; at += piece)
		assert_int_equal(yr_log_feed(log, text + at, piece < len - at ? piece : len - at,
					     add, &s),
				 0);
	assert_int_equal(yr_log_end(log, add, &s), 0);
	s.counts = *yr_log_counts(log);
	yr_log_free(log);
	return s;
}

/* The one event of a line, NULL for none. */
static json_t *event(const char *line)
{
	AUTO_FREE char *whole = NULL;
	int len = asprintf(&whole, "%s\n", line);
	struct seen s = read_text(whole, (size_t)len, (size_t)len);
	json_t *j = json_loadb(s.json.data, s.json.len, JSON_ALLOW_NUL, NULL);

	assert_int_equal(s.counts.events, j ? 1 : 0);
	yr_buf_done(&s.json);
	return j;
}

static void assert_text(const char *line, const json_t *j, const char *key, const char *want)
{
	const char *have = json_string_value(json_object_get(j, key));

	if (want ? !have || strcmp(have, want) != 0 : have != NULL)
		fail_msg("%s: %s is '%s', not '%s'", line, key, have ? have : "(none)",
			 want ? want : "(none)");
}

static void keys_are_in_order_and_all_are_found(void **state)
{
	struct yr_log_index x;

	(void)state;
	yr_log_index_make(&x);
	for (size_t i = 0; i < yr_log_n_keys; i++) {
		const struct yr_log_key *k = &yr_log_keys[i];

		assert_int_equal(k->len, strlen(k->name));
		assert_true(k->len < YR_LOG_KEY_LEN);
		assert_ptr_equal(yr_log_key_find(&x, k->name, k->len), k);
		if (i && k[-1].len == k->len)
			assert_true(strcmp(k[-1].name, k->name) < 0);
		else if (i)
			assert_true(k[-1].len < k->len);
	}
	assert_null(yr_log_key_find(&x, "nome", 4));
	assert_null(yr_log_key_find(&x, "", 0));
	assert_null(yr_log_key_find(&x, "abcdefghijklmnopqrstuvwxyz", 26));
}

static void every_field_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < YR_LOG_TEXTS; i++) {
		assert_non_null(yr_log_text_name((enum yr_log_text)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(yr_log_text_name((enum yr_log_text)i),
						yr_log_text_name((enum yr_log_text)k));
		for (int k = 0; k < YR_LOG_NUMBERS; k++)
			assert_string_not_equal(yr_log_text_name((enum yr_log_text)i),
						yr_log_number_name((enum yr_log_number)k));
	}
	for (int i = 0; i < YR_LOG_TYPES; i++)
		assert_non_null(yr_log_type_name((enum yr_log_type)i));
	for (int i = 0; i < YR_LOG_CLASSES; i++)
		assert_non_null(yr_log_class_name((enum yr_log_class)i));
	for (int i = 0; i < YR_LOG_ORIGINS; i++)
		assert_non_null(yr_log_origin_name((enum yr_log_origin)i));
}

/* Every form that real logs have; each is the same event, some without its id. */
static const struct {
	const char *before, *after;
	bool id;
	const char *origin, *node, *prefix;
} forms[] = {
	{ "Jan  1 10:00:00 host kernel: audit: type=1400 " ID, "", true, "kernel", NULL,
	  "Jan  1 10:00:00 host" },
	{ "2023-01-30T10:00:00.123456+01:00 host kernel: audit: type=1400 " ID, "", true, "kernel",
	  NULL, "2023-01-30T10:00:00.123456+01:00 host" },
	{ "[  12.345678] audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "[  12.345678][    T1] audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "type=AVC msg=" ID, "", true, "kernel", NULL, NULL },
	{ "type=AVC msg=" ID,
	  "\x1d"
	  "FSUID=\"root\" OUID=\"otis\"",
	  true, "kernel", NULL, NULL },
	{ "type=AVC msg=" ID, "FSUID=\"root\" OUID=\"otis\"", true, "kernel", NULL, NULL },
	{ "type=APPARMOR_DENIED msg=" ID, "", true, "kernel", NULL, NULL },
	{ "type=1400 msg=" ID, "", true, "kernel", NULL, NULL },
	{ "msg=" ID, "", true, "kernel", NULL, NULL },
	/* those that libapparmor loses */
	{ "Jan  1 10:00:00 host audit[35]: AVC ", "", false, "kernel", NULL,
	  "Jan  1 10:00:00 host" },
	{ "Jan 23 07:06:04 host kern.notice kernel: [ 1.000000] audit: type=1400 " ID, "", true,
	  "kernel", NULL, "Jan 23 07:06:04 host kern.notice" },
	{ "audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "kernel: audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "host kernel: audit: type=1400 " ID, "", true, "kernel", NULL, "host" },
	{ "[Mon Jan 30 10:00:00 2023] audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "2023-01-30T10:00:00,123456+01:00 audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "<5>[   12.345678] audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "<4>audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "4,1234,567,-;audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "5,1234,567,-,caller=T1;audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "kern  :notice: [   12.345] audit: type=1400 " ID, "", true, "kernel", NULL, "kern" },
	{ "2023-01-30T10:00:00+0100 host kernel: audit: type=1400 " ID, "", true, "kernel", NULL,
	  "2023-01-30T10:00:00+0100 host" },
	{ "Mon 2023-01-30 10:00:00 CET host kernel: audit: type=1400 " ID, "", true, "kernel", NULL,
	  "Mon 2023-01-30 10:00:00 CET host" },
	{ "node=web1 type=AVC msg=" ID, "", true, "kernel", "web1", NULL },
	{ "Jan  1 10:00:00 host audispd: node=web1 type=AVC msg=" ID, "", true, "kernel", "web1",
	  "Jan  1 10:00:00 host" },
	{ "type=AVC msg=" ID, " unheard=\"of\" new=1 more=0x12", true, "kernel", NULL, NULL },
	{ "MESSAGE=audit: type=1400 " ID, "", true, "kernel", NULL, NULL },
	{ "    MESSAGE=AVC ", "", false, "kernel", NULL, NULL },
	{ "AVC ", "", false, "kernel", NULL, NULL },
	{ "", "", false, "syslog", NULL, NULL },
	{ "type=AVC msg=" ID, "\r", true, "kernel", NULL, NULL },
	{ "Jan  1 10:00:00 host app[3]: audit: type=1400 " ID, "", true, "syslog", NULL,
	  "Jan  1 10:00:00 host" },
};

static void every_form_of_a_line_is_the_same_event(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		char line[1024];
		json_t *j;

		snprintf(line, sizeof(line), "%s%s%s\n", forms[i].before, FIELDS, forms[i].after);
		j = event(line);
		if (!j)
			fail_msg("lost: %s", line);
		assert_text(line, j, "type", "denied");
		assert_text(line, j, "class", "file");
		assert_text(line, j, "origin", forms[i].origin);
		assert_text(line, j, "audit_id", forms[i].id ? "1675069200.123:456" : NULL);
		assert_text(line, j, "node", forms[i].node);
		assert_text(line, j, "prefix", forms[i].prefix);
		assert_text(line, j, "name", "/etc/shadow");
		assert_text(line, j, "refused", "r");
		assert_int_equal(json_integer_value(json_object_get(j, "ouid")), 7);
		assert_int_equal(json_integer_value(json_object_get(j, "epoch")),
				 forms[i].id ? 1675069200 : 0);
		assert_true(json_is_false(json_object_get(j, "cut")));
		json_decref(j);
	}
}

static const struct {
	const char *line;
	bool malformed; /* AppArmor's all the same, or made to look so */
} none[] = {
	{ "", false },
	{ "Jan  1 10:00:00 host sshd[1]: Accepted publickey for root", false },
	{ "[  12.345678] audit: type=2000 " ID "state=initialized", false },
	{ "type=AVC msg=" ID "avc:  denied  { read } for  pid=1 comm=\"x\"", false },
	{ "type=SYSCALL msg=" ID "arch=c000003e syscall=257 comm=\"cat\"", false },
	{ "type=USER_AVC msg=" ID "pid=1 uid=0 msg='avc:  denied  { start } exe=\"/x\"'", false },
	{ "type=APPARMOR_DENIED msg=" ID "REJECTING r access to /bin", false },
	{ "Oct 29 09:20:01 h kernel: [87589.487390] type __ratelimit: 36 callbacks", false },
	/* a grep's file name, an id that is none, a type that is none */
	{ "audit.log:type=AVC msg=" ID FIELDS, true },
	{ "type=AVC msg=audit(12799====8288.415:39): " FIELDS, true },
	{ "type=AVC msg=audit(1.2:3) " FIELDS, true },
	{ "type=AVC msg=" ID "apparmor=\"REFUSED\" operation=\"open\"", true },
	{ "type=AVC msg=" ID "apparmor=\"DENI", true },
	/* what programs say, not the kernel */
	{ "Jan  1 10:00:00 h sshd[1]: bad user audit: type=1400 " ID FIELDS, true },
	{ "Jan  1 10:00:00 h sshd[1]: bad \"audit: type=1400 " ID FIELDS "\"", true },
	{ "Jan  1 10:00:00 h su: said AVC " FIELDS, true },
	{ "Jan  1 10:00:00 h su: x=" FIELDS, true },
	{ "type=EXECVE msg=" ID "argc=1 a0=\"" ID "\" " FIELDS, true },
	{ "type=USER_LOGIN msg=" ID "pid=1 msg='op=login acct=\"x\" " FIELDS "'", true },
	/* freed memory that old kernels wrote */
	{ "type=AVC msg=" ID "apparmor=\"DENIED\" operation=\"ptrace\" pid=1 target=8022C0FF81\n",
	  true },
	/* JSON that is none */
	{ "{\"MESSAGE\":\"apparmor=\\\"DENIED\\\" operation=\\\"x\\\"", true },
	{ "{\"MESSAGE\":\"apparmor=\\q\"}", true },
	{ "{\"OTHER\":\"x\"}", false },
	{ "{}", false },
};

static void what_is_no_record_is_passed_over_and_counted(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct seen s = read_text(none[i].line, strlen(none[i].line), 1000);

		if (s.counts.events || s.counts.malformed != none[i].malformed)
			fail_msg("%s: %d events, %d malformed", none[i].line, (int)s.counts.events,
				 (int)s.counts.malformed);
		yr_buf_done(&s.json);
	}
}

/* One field each: what stands in a record, and what it means. */
static const struct {
	const char *fields, *key, *want;
} fields[] = {
	{ "name=2F746D702F6120", "name", "/tmp/a " },
	{ "name=2F746D702F612", "name", "2F746D702F612" }, /* odd: not hexadecimal */
	{ "name=2f746d70", "name", "2f746d70" },           /* the kernel writes capitals */
	{ "name=(null)", "name", NULL },
	{ "name=\"2F746D70\"", "name", "2F746D70" },
	{ "info=2F746D70", "info", "2F746D70" }, /* no name */
	{ "name=\"a\\\"", "name", "a\\" },       /* a backslash is one */
	{ "name=\"a b\tc=d' e\"", "name", "a b\tc=d' e" },
	{ "name=\"apparmor=\"", "name", "apparmor=" },
	{ "comm=\"x\" apparmor=\"DENIED\"", "comm", "x" },
	{ "name=\"\"", "name", "" },
	{ "name=FF", "name_hex", "ff" },
	{ "name=FF", "name", "\xef\xbf\xbd" },
	{ "name=C3A9", "name", "\xc3\xa9" },
	{ "name=EDA080", "name_hex", "eda080" },
	{ "name=\"x\"comm=\"y\"", "comm", "y" },
	{ "label=\"p\"", "profile", "p" },
	{ "peer_label=\"p\"", "peer_profile", "p" },
	{ "peer=\"p\"", "peer", "p" },
	{ "target=2F61", "target", "/a" },
	{ "exe=\"/bin/d\"", "comm", "/bin/d" },
	{ "mask=\"send\"", "refused", "send" },
	{ "denied=\"send\"", "refused", "send" },
	{ "requested=\"send receive\"", "requested", "send receive" },
	{ "capability=7  capname=\"setuid\"", "name", "setuid" },
	{ "protocol=6", "protocol", "tcp" },
	{ "protocol=0", "protocol", "ip" },
	{ "protocol=768", "protocol", "unknown(768)" },
	{ "protocol=\"tcp\"", "protocol", "tcp" },
	{ "addr=none", "addr", NULL },
	{ "addr=\"none\"", "addr", "none" },
	{ "addr=?", "addr", NULL },
	{ "addr=\"@x\"", "addr", "@x" },
	{ "peer_addr=none", "peer_addr", NULL },
	{ "saddr=1.2.3.4", "local_addr", "1.2.3.4" },
	{ "daddr=::1", "foreign_addr", "::1" },
	{ "method=\"Hello\"", "member", "Hello" },
	{ "signal=rtmin+3", "signal", "rtmin+3" },
	{ "signal=unknown(35)", "signal", "unknown(35)" },
	{ "class=\"posix_mqueue\"", "class", "posix_mqueue" },
	{ "class=\"net\" family=\"unix\"", "class", "unix" },
	{ "family=\"inet\"", "class", "network" },
	{ "apparmor=\"STATUS\" info=\"invalid profile format\"", "class", "policy" },
	{ "rlimit=nofile value=5", "rlimit", "nofile" },
	{ "execpath=\"/x\"", "execpath", "/x" },
	{ "namespace=\"root//a_<b>\"", "namespace", "root//a_<b>" },
	{ "name=\"\\x41\"", "name", "\\x41" },
};

static void fields_are_read_by_their_kind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		char line[512];
		json_t *j;

		snprintf(line, sizeof(line),
			 "type=AVC msg=" ID "apparmor=\"DENIED\" operation=\"op\" %s",
			 fields[i].fields);
		j = event(line);
		assert_non_null(j);
		assert_text(line, j, fields[i].key, fields[i].want);
		assert_true(json_is_false(json_object_get(j, "cut")));
		json_decref(j);
	}
}

static const struct {
	const char *fields, *key;
	long long want; /* -1: not there */
} numbers[] = {
	{ "pid=12", "pid", 12 },
	{ "error=-13", "errno", 13 },
	{ "error=13", "errno", 13 },
	{ "fsuid=0", "fsuid", 0 },
	{ "fsuid=root", "fsuid", -1 },
	{ "ouid=0FSUID=\"a\"", "ouid", 0 },
	{ "pid=99999999999999999999999", "pid", INT64_MAX },
	{ "lport=80 fport=443", "local_port", 80 },
	{ "src=80 dest=443", "foreign_port", 443 },
	{ "task=09876543", "task", 9876543 },
	{ "capability=7", "capability", 7 },
	{ "rlimit=nofile value=5", "rlimit_value", 5 },
};

static void numbers_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		char line[512];
		json_t *j;
		const json_t *n;

		snprintf(line, sizeof(line), "type=AVC msg=" ID "apparmor=\"DENIED\" %s",
			 numbers[i].fields);
		j = event(line);
		assert_non_null(j);
		n = json_object_get(j, numbers[i].key);
		if (numbers[i].want < 0 ? n != NULL : json_integer_value(n) != numbers[i].want)
			fail_msg("%s", line);
		json_decref(j);
	}
}

static const struct {
	const char *type, *fields, *want;
} types[] = {
	{ "type=AVC msg=" ID, "apparmor=\"AUDIT\"", "audit" },
	{ "type=AVC msg=" ID, "apparmor=\"ALLOWED\"", "allowed" },
	{ "type=AVC msg=" ID, "apparmor=\"KILLED\"", "killed" },
	{ "type=AVC msg=" ID, "apparmor=\"HINT\"", "hint" },
	{ "type=AVC msg=" ID, "apparmor=\"STATUS\"", "status" },
	{ "type=AVC msg=" ID, "apparmor=\"ERROR\"", "error" },
	{ "type=APPARMOR_HINT msg=" ID, "operation=\"clone\"", "hint" },
	{ "type=UNKNOWN[1501] msg=" ID, "operation=\"x\"", "audit" },
	{ "Oct 29 08:00:01 h kernel: [82.500000] type=1502 " ID, "operation=\"x\"", "allowed" },
	{ "Oct 29 08:00:01 h kernel: " ID, "type=1503 operation=\"x\"", "denied" },
	{ "type=1506 " ID, "operation=\"x\"", "error" },
	/* apparmor= is the last word */
	{ "type=AVC msg=" ID, "apparmor=\"AUDIT\" type=1503", "audit" },
};

static void the_type_comes_from_apparmor_or_from_the_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		char line[256];
		json_t *j;

		snprintf(line, sizeof(line), "%s%s", types[i].type, types[i].fields);
		j = event(line);
		if (!j)
			fail_msg("lost: %s", line);
		assert_text(line, j, "type", types[i].want);
		json_decref(j);
	}
}

/* A record that ends early, at every byte: never more than what is whole in it. */
static void a_cut_record_keeps_what_is_whole(void **state)
{
	static const char line[] = "type=AVC msg=" ID FIELDS;
	size_t enough = strlen("type=AVC msg=" ID "apparmor=\"DENIED\"");

	(void)state;
	for (size_t n = 1; n < sizeof(line) - 1; n++) {
		struct seen s = read_text(line, n, n);
		json_t *j = json_loadb(s.json.data, s.json.len, 0, NULL);
		const char *name = json_string_value(json_object_get(j, "name"));

		assert_int_equal(s.counts.events, n >= enough);
		assert_true(!name || !strcmp(name, "/etc/shadow"));
		if (n >= enough && !strchr(" \"0123456789", line[n - 1]))
			assert_int_equal(s.counts.cut, 1);
		json_decref(j);
		yr_buf_done(&s.json);
	}
}

static void user_records_are_read_inside_their_quotes_only(void **state)
{
	static const char dbus[] =
		"type=USER_AVC msg=" ID "pid=363 uid=102 auid=4294967295 ses=4294967295  "
		"msg='apparmor=\"DENIED\" operation=\"dbus_bind\"  bus=\"system\" mask=\"bind\" "
		"name=\"a.b\" label=\"p\" exe=\"/bin/d\" sauid=102 hostname=? addr=? terminal=?'"
		"\x1dUID=\"messagebus\"";
	json_t *j;

	(void)state;
	j = event(dbus);
	assert_non_null(j);
	assert_text(dbus, j, "origin", "audit-user");
	assert_text(dbus, j, "class", "dbus");
	assert_text(dbus, j, "profile", "p");
	assert_text(dbus, j, "addr", NULL);
	assert_null(json_object_get(j, "pid")); /* 363 is dbus-daemon itself */
	json_decref(j);
	j = event("Jan  1 10:00:00 h audit[363]: USER_AVC pid=363 uid=1 msg='apparmor=\"DENIED\" "
		  "operation=\"dbus_bind\" pid=9'");
	assert_non_null(j);
	assert_int_equal(json_integer_value(json_object_get(j, "pid")), 9);
	json_decref(j);
	j = event("Jan  1 10:00:00 h dbus-daemon[12]: [system] apparmor=\"DENIED\" "
		  "operation=\"dbus_bind\"");
	assert_non_null(j);
	assert_text("dbus", j, "origin", "syslog");
	json_decref(j);
}

static void the_interpreted_form_of_ausearch_is_read(void **state)
{
	static const char line[] =
		"type=AVC msg=audit(01/30/2023 10:00:00.123:456) : apparmor=DENIED operation=open "
		"profile=web name=12345678 pid=35 comm=cat requested_mask=r denied_mask=r "
		"fsuid=root ouid=root ";
	json_t *j = event(line);

	(void)state;
	assert_non_null(j);
	assert_text(line, j, "name", "12345678");
	assert_int_equal(json_integer_value(json_object_get(j, "serial")), 456);
	assert_true(json_integer_value(json_object_get(j, "epoch")) > 1675000000);
	json_decref(j);
	j = event("type=AVC msg=audit(99/99/2023 10:00:00.123:456) : apparmor=DENIED");
	assert_non_null(j);
	assert_null(json_object_get(j, "epoch"));
	json_decref(j);
}

static void kmsg_escapes_are_undone(void **state)
{
	json_t *j = event("4,1,2,-;audit: type=1400 " ID "apparmor=\"DENIED\" name=\"/a\\x5cb\"");

	(void)state;
	assert_non_null(j);
	assert_text("kmsg", j, "name", "/a\\b");
	json_decref(j);
}

static const char *const entries[] = {
	"{\"__REALTIME_TIMESTAMP\":\"1675069200999000\",\"_TRANSPORT\":\"audit\",\"MESSAGE\":\"AVC "
	"apparmor=\\\"DENIED\\\" operation=\\\"open\\\" name=\\\"\\u00e9\\\"\",\"_HOSTNAME\":\"h\","
	"\"_AUDIT_ID\":\"456\",\"_SOURCE_REALTIME_TIMESTAMP\":\"1675069200123000\",\"N\":null}\n",
	"{ \"_AUDIT_ID\" : \"456\", \"_SOURCE_REALTIME_TIMESTAMP\" : \"1675069200123000\", "
	"\"_HOSTNAME\" : [\"h\", \"i\"], \"_TRANSPORT\" : \"audit\", \"MESSAGE\" : [ 65, 86, 67, "
	"32, 97, 112, "
	"112,97,114,109,111,114,61,34,68,69,78,73,69,68,34,32,110,97,109,101,61,67,51,65,57,29]}",
	"\x1e{\"_TRANSPORT\":\"kernel\",\"_HOSTNAME\":\"h\",\"MESSAGE\":\"audit: type=1400 " ID
	"apparmor=\\\"DENIED\\\" name=C3A9\"}\n",
	"__CURSOR=s=1;i=2\n_HOSTNAME=h\n_TRANSPORT=audit\n_AUDIT_ID=456\nMESSAGE=AVC "
	"apparmor=\"DENIED\" name=C3A9\n_SOURCE_REALTIME_TIMESTAMP=1675069200123000\n\n",
	"__CURSOR=s=1\n_HOSTNAME=h\n_TRANSPORT=audit\n_AUDIT_ID=456\n"
	"_SOURCE_REALTIME_TIMESTAMP=1675069200123000\nMESSAGE=AVC apparmor=\"DENIED\" name=C3A9",
};

/* Objects over several lines give their message; of the rest nothing is known. */
static void messages_of_spread_objects_are_read(void **state)
{
	static const char *const lines[] = {
		"\t\"MESSAGE\" : \"AVC apparmor=\\\"DENIED\\\" name=\\\"/a\\\"\",",
		"         \"msg\": \"audit: type=1400 " ID "apparmor=\\\"DENIED\\\" name=2F61\"",
		"{\"MESSAGE\":\"audit: type=1400 " ID "apparmor=\\\"DENIED\\\" name=2F61\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		json_t *j = event(lines[i]);

		if (!j)
			fail_msg("lost: %s", lines[i]);
		assert_text(lines[i], j, "name", "/a");
		assert_text(lines[i], j, "origin", "kernel");
		json_decref(j);
	}
	assert_null(event("\t\"OTHER\" : \"AVC apparmor=\\\"DENIED\\\"\","));
}

static void the_journal_gives_id_and_time(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		json_t *j = event(entries[i]);

		if (!j)
			fail_msg("lost: %s", entries[i]);
		assert_text(entries[i], j, "audit_id", "1675069200.123:456");
		assert_text(entries[i], j, "name", "\xc3\xa9");
		assert_text(entries[i], j, "node", "h");
		assert_text(entries[i], j, "origin", "kernel");
		assert_int_equal(json_integer_value(json_object_get(j, "epoch")), 1675069200);
		assert_int_equal(json_integer_value(json_object_get(j, "msec")), 123);
		json_decref(j);
	}
}

/* Binary fields, one of them with lines in it that look like records; cut at every place. */
static void the_export_form_is_read_in_pieces_of_any_size(void **state)
{
	static const char text[] =
		"__CURSOR=a\nSECRET\n\x1f\0\0\0\0\0\0\0\n\napparmor=\"DENIED\" operation=\"\n"
		"MESSAGE\n\x1c\0\0\0\0\0\0\0AVC apparmor=\"DENIED\" pid=1\x1d\n\n"
		"__CURSOR=b\nMESSAGE=AVC apparmor=\"AUDIT\"\n\n"
		"type=AVC msg=" ID FIELDS "\n";
	struct seen whole = read_text(text, sizeof(text) - 1, sizeof(text));

	(void)state;
	assert_int_equal(whole.counts.events, 3);
	assert_int_equal(whole.counts.nul, 0);
	assert_int_equal(whole.counts.malformed, 0);
	for (size_t piece = 1; piece < sizeof(text); piece++) {
		struct seen s = read_text(text, sizeof(text) - 1, piece);

		assert_string_equal(s.json.data, whole.json.data);
		assert_memory_equal(&s.counts, &whole.counts, sizeof(s.counts));
		yr_buf_done(&s.json);
	}
	yr_buf_done(&whole.json);
}

static void a_field_that_says_it_is_endless_hides_nothing(void **state)
{
	static const char text[] = "__CURSOR=a\nX\n\xff\xff\xff\xff\xff\xff\xff\x7f\n"
				   "type=AVC msg=" ID FIELDS "\n";
	struct seen s = read_text(text, sizeof(text) - 1, 7);

	(void)state;
	assert_int_equal(s.counts.events, 1);
	assert_int_equal(s.counts.malformed, 1);
	yr_buf_done(&s.json);
}

static void nul_bytes_part_lines(void **state)
{
	static const char text[] = "\0\0\0type=AVC msg=" ID FIELDS "\n"
				   "type=AVC msg=" ID "apparmor=\"DENIED\" name=\"/ha\0\0\0\0"
				   "Jan  1 10:00:00 h kernel: audit: type=1400 " ID FIELDS "\n";
	struct seen s = read_text(text, sizeof(text) - 1, 1000);

	(void)state;
	assert_int_equal(s.counts.lines, 2);
	assert_int_equal(s.counts.nul, 2);
	assert_int_equal(s.counts.events, 3);
	assert_int_equal(s.counts.cut, 1);
	yr_buf_done(&s.json);
}

/* Above the limit a line is skipped, at it it is read; the next one is read always. */
static void long_lines_are_skipped_and_the_next_is_read(void **state)
{
	static const size_t sizes[] = { YR_LIMIT_LOG_LINE, YR_LIMIT_LOG_LINE + 1, 300000, 1 << 20,
					5 << 20 };
	static const size_t pieces[] = { 4096, 100000, 8 << 20 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
			AUTO_BUF struct yr_buf text = { 0 };
			struct seen s;
			char *filler;

			yr_buf_puts(&text, "type=AVC msg=" ID FIELDS " name=");
			filler = yr_buf_add(&text, sizes[i] - text.len);
			assert_non_null(filler);
			memset(filler, 'A', text.len - (size_t)(filler - text.data));
			yr_buf_puts(&text, "\ntype=AVC msg=" ID FIELDS "\n");
			s = read_text(text.data, text.len, pieces[k]);
			assert_int_equal(s.counts.lines, 2);
			assert_int_equal(s.counts.too_long, sizes[i] > YR_LIMIT_LOG_LINE);
			assert_int_equal(s.counts.events, 2 - s.counts.too_long);
			yr_buf_done(&s.json);
		}
	}
}

static int stop(void *ctx, const struct yr_log_event *ev)
{
	(void)ev;
	++*(int *)ctx;
	return 42;
}

static void the_caller_may_stop(void **state)
{
	static const char text[] = "type=AVC msg=" ID FIELDS "\ntype=AVC msg=" ID FIELDS "\n";
	struct yr_log *log = yr_log_new();
	struct yr_err err = { 0 };
	int n = 0, fds[2];

	(void)state;
	assert_non_null(log);
	assert_int_equal(yr_log_feed(log, text, sizeof(text) - 1, stop, &n), 42);
	assert_int_equal(n, 1);
	assert_int_equal(yr_log_end(log, stop, &n), 42); /* the other one */
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], text, sizeof(text) - 1), sizeof(text) - 1);
	close(fds[1]);
	assert_int_equal(yr_log_read(log, fds[0], stop, &n, &err), 42);
	close(fds[0]);
	assert_true(yr_log_read(log, -1, stop, &n, &err) < 0);
	assert_int_not_equal(err.code, 0);
	yr_log_free(log);
}

static void lines_for_people_are_whole_lines(void **state)
{
	static const char line[] = "type=AVC msg=" ID "apparmor=\"DENIED\" operation=\"open\" "
				   "name=2F0A1B5B316DC29B00 comm=\"a b\" fsuid=0 foo";
	struct yr_log *log = yr_log_new();
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_log_event ev;

	(void)state;
	assert_non_null(log);
	assert_true(yr_log_parse(log, line, sizeof(line) - 1, false, &ev));
	assert_int_equal(ev.text[YR_LOG_NAME].len, 9);
	yr_log_print_text(&out, &ev);
	assert_string_equal(out.data,
			    "2023-01-30T09:00:00.123Z denied file audit_id=1675069200.123:456 "
			    "operation=open fsuid=0 name=/\\012\\033[1m\\302\\233\\000 "
			    "comm=\"a b\" (cut)\n");
	yr_log_free(log);
}

static void json_is_the_callers(void **state)
{
	struct yr_log *log = yr_log_new();
	struct yr_log_event ev;
	char *text;

	(void)state;
	assert_non_null(log);
	assert_true(yr_log_parse(log, FIELDS, strlen(FIELDS), false, &ev));
	text = yr_log_json(&ev);
	yr_log_free(log);
	assert_string_equal(text, "{\"type\":\"denied\",\"class\":\"file\",\"origin\":\"syslog\","
				  "\"cut\":false,\"operation\":\"open\",\"requested\":\"r\","
				  "\"refused\":\"r\",\"fsuid\":0,\"ouid\":7,\"profile\":\"web\","
				  "\"name\":\"/etc/shadow\",\"comm\":\"cat\",\"pid\":35}");
	free(text);
}

static void escapes_are_libapparmors_only(void **state)
{
	static const char line[] = "type=AVC msg=" ID "apparmor=\"DENIED\" name=\"a\\\" b\\\\\"";
	struct yr_log *log = yr_log_new();
	struct yr_log_event ev;

	(void)state;
	assert_non_null(log);
	assert_true(yr_log_parse(log, line, sizeof(line) - 1, true, &ev));
	assert_int_equal(ev.text[YR_LOG_NAME].len, 5);
	assert_memory_equal(ev.text[YR_LOG_NAME].at, "a\" b\\", 5);
	assert_true(yr_log_parse(log, line, sizeof(line) - 1, false, &ev));
	assert_int_equal(ev.text[YR_LOG_NAME].len, 2);
	yr_log_free(log);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_are_in_order_and_all_are_found),
		cmocka_unit_test(every_field_has_a_name_of_its_own),
		cmocka_unit_test(every_form_of_a_line_is_the_same_event),
		cmocka_unit_test(what_is_no_record_is_passed_over_and_counted),
		cmocka_unit_test(fields_are_read_by_their_kind),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(the_type_comes_from_apparmor_or_from_the_number),
		cmocka_unit_test(a_cut_record_keeps_what_is_whole),
		cmocka_unit_test(user_records_are_read_inside_their_quotes_only),
		cmocka_unit_test(the_interpreted_form_of_ausearch_is_read),
		cmocka_unit_test(kmsg_escapes_are_undone),
		cmocka_unit_test(messages_of_spread_objects_are_read),
		cmocka_unit_test(the_journal_gives_id_and_time),
		cmocka_unit_test(the_export_form_is_read_in_pieces_of_any_size),
		cmocka_unit_test(a_field_that_says_it_is_endless_hides_nothing),
		cmocka_unit_test(nul_bytes_part_lines),
		cmocka_unit_test(long_lines_are_skipped_and_the_next_is_read),
		cmocka_unit_test(the_caller_may_stop),
		cmocka_unit_test(lines_for_people_are_whole_lines),
		cmocka_unit_test(json_is_the_callers),
		cmocka_unit_test(escapes_are_libapparmors_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
