/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/cleanup.h"
#include "pod/admit.h"
#include "pod/gate.h"
#include "pod/limits.h"
#include "pod/text.h"

static void quotes_are_those_of_go(void **state)
{
	static const struct {
		const char *text, *quoted;
	} cases[] = {
		{ "", "\"\"" },
		{ "docker-default", "\"docker-default\"" },
		{ "a\\b\"c", "\"a\\\\b\\\"c\"" },
		{ "\a\b\f\n\r\t\v", "\"\\a\\b\\f\\n\\r\\t\\v\"" },
		{ "\x01\x1f\x7f", "\"\\x01\\x1f\\x7f\"" },
		{ "h\xc3\xa9 \xe6\x97\xa5", "\"h\xc3\xa9 \xe6\x97\xa5\"" },
		{ "\xff\xc3", "\"\\xff\\xc3\"" },
		{ "\xc2\x85\xc2\xa0\xe2\x80\x8b\xe2\x80\xae", "\"\\u0085\\u00a0\\u200b\\u202e\"" },
		{ "\xf3\xa0\x80\x81", "\"\\U000e0001\"" },
		{ "\xed\xa0\x80", "\"\\xed\\xa0\\x80\"" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_BUF struct yr_buf b = { 0 };

		yr_put_quoted(&b, cases[i].text);
		assert_string_equal(b.data, cases[i].quoted);
	}
}

static void padding_is_any_white_space(void **state)
{
	static const char *const padded[] = {
		" a", "a ", " ", "\ta", "a\n", "\xc2\xa0z", "a\xe3\x80\x80", "a\xc2\x85"
	};
	static const char *const plain[] = { "", "a", "a b", "a\xe2\x80\x8b", "\xc3\xa9", "a\xff" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(padded); i++)
		assert_true(yr_is_padded(padded[i]));
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		assert_false(yr_is_padded(plain[i]));
}

static void patterns_match_like_paths(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool match;
	} cases[] = {
		{ "", "", true },
		{ "a", "a", true },
		{ "a", "ab", false },
		{ "ab", "a", false },
		{ "*", "", true },
		{ "*", "abc", true },
		{ "*", "a/b", false },
		{ "**", "a/b", true },
		{ "a*", "a", true },
		{ "a*b*c", "axxbyyc", true },
		{ "a*b*c", "axxbyy", false },
		{ "a**c", "a/b/c", true },
		{ "a**c", "a/b/d", false },
		{ "?", "a", true },
		{ "?", "/", false },
		{ "?", "", false },
		{ "*a", "aaaa", true },
		{ "**/x", "a/b/x", true },
		{ "***", "a/b", true },
		{ "a?c*", "abcd", true },
		{ "*/*", "a/b", true },
		{ "*/*", "a/b/c", false },
	};
	size_t steps = 10000;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_int_equal(yr_pattern_match(cases[i].pattern, cases[i].text, &steps),
				 cases[i].match);
	/* What is spent is spent: the answer is then no. */
	steps = 3;
	assert_false(yr_pattern_match("*a*", "bbbba", &steps));
	assert_int_equal(steps, 0);
}

static void scalars_are_what_kubernetes_reads(void **state)
{
	static const struct {
		const char *text;
		enum yr_node_kind kind;
	} cases[] = {
		{ "", YR_NODE_NULL },
		{ "~", YR_NODE_NULL },
		{ "null", YR_NODE_NULL },
		{ "yes", YR_NODE_BOOL },
		{ "off", YR_NODE_BOOL },
		{ "True", YR_NODE_BOOL },
		{ "tRUE", YR_NODE_STRING },
		{ "12", YR_NODE_INT },
		{ "-1", YR_NODE_INT },
		{ "0x1f", YR_NODE_INT },
		{ "0x", YR_NODE_STRING },
		{ "0755", YR_NODE_INT },
		{ "0o17", YR_NODE_INT },
		{ "0b101", YR_NODE_INT },
		{ "1_000", YR_NODE_INT },
		{ "09", YR_NODE_REAL },
		{ "1.5", YR_NODE_REAL },
		{ "1e3", YR_NODE_REAL },
		{ ".5", YR_NODE_REAL },
		{ "1.2.3", YR_NODE_STRING },
		{ "-", YR_NODE_STRING },
		{ "0xg", YR_NODE_STRING },
		{ "inf", YR_NODE_STRING },
		{ "1e999", YR_NODE_STRING },
		{ "runtime/default", YR_NODE_STRING },
		{ "99999999999999999999", YR_NODE_REAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct yr_node n = { .text = cases[i].text };

		yr_node_resolve(&n);
		assert_int_equal(n.kind, cases[i].kind);
	}
}

static void eras_change_when_kubernetes_did(void **state)
{
	struct yr_era e;

	(void)state;
	assert_false(yr_era_find("1.3", &e));
	assert_false(yr_era_find("1.37", &e));
	assert_false(yr_era_find("1.20x", &e));
	assert_false(yr_era_find("2.0", &e));
	assert_false(yr_era_find("", &e));
	assert_true(yr_era_find("v1.20.2", &e));
	assert_true(e.asks_loaded && e.psp && e.node_message && !e.fields && e.numbered);
	assert_int_equal(e.gate_off, YR_GATE_DROPS);
	for (unsigned minor = 4; minor <= 36; minor++) {
		char name[8];

		snprintf(name, sizeof(name), "1.%u", minor);
		assert_true(yr_era_find(name, &e));
		assert_string_equal(e.name, name);
		assert_int_equal(e.fields, minor >= 30);
		assert_int_equal(e.to_annotation, minor >= 30 && minor < 34);
		assert_int_equal(e.asks_loaded, minor < 24);
		assert_int_equal(e.psp, minor < 25);
		assert_int_equal(e.node_message, minor < 30);
		assert_int_equal(e.rejection == YR_REJECT_HARD, minor > 30);
		assert_int_equal(e.rejection == YR_REJECT_FAILED, minor == 4);
		assert_int_equal(e.gate_off == YR_GATE_FORBIDS, minor < 14);
		assert_false(e.no_annotations);
	}
	assert_true(yr_era_find("fields-only", &e));
	assert_true(e.no_annotations && e.gate_off == YR_GATE_FORBIDS);
}

/* One Pod of a text; its document stays in @docs. */
static void read_pod(const char *text, struct yr_docs *docs, struct yr_arena *arena,
		     struct yr_pod *ret)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };

	assert_int_equal(yr_docs_read("t", text, strlen(text), diags, docs, &err), 0);
	assert_int_equal(yr_diags_errors(diags), 0);
	assert_int_equal(docs->n, 1);
	assert_int_equal(yr_pod_decode(docs, docs->at[0], NULL, arena, diags, ret), YR_DECODED_POD);
	yr_diags_free(diags);
}

static bool loads_web(void *ctx, const char *name)
{
	(void)ctx;
	return !strcmp(name, "web");
}

#define POD(notes, context)                                                                        \
	"apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\n  annotations: {" notes "}\n"            \
	"spec:\n  containers:\n  - {name: c, image: i, securityContext: {" context "}}\n"          \
	"  - {name: d, image: i}\n"
#define C "container.apparmor.security.beta.kubernetes.io/c: "
#define D ", container.apparmor.security.beta.kubernetes.io/d: "

static void the_gate_says_what_is_missing(void **state)
{
	static const struct {
		const char *era, *pod;
		const char *missing; /* of the facts: k(ernel), m(ount), r(untime), l(ist), g(ate) */
		const char *phase, *reason, *message, *waiting, *event;
	} cases[] = {
		{ "annotations", POD(C "localhost/web", ""), "", "Pending", NULL, NULL, NULL,
		  NULL },
		{ "annotations", POD(C "localhost/a", ""), "", "Pending", "AppArmor",
		  "Pod Cannot enforce AppArmor: profile \"a\" is not loaded", "Blocked",
		  "Cannot enforce AppArmor: profile \"a\" is not loaded" },
		{ "1.4", POD(C "localhost/a", ""), "", "Failed", "AppArmor",
		  "Pod Cannot enforce AppArmor: profile \"a\" is not loaded", "Blocked",
		  "Cannot enforce AppArmor: profile \"a\" is not loaded" },
		{ "1.20", POD(C "localhost/", ""), "", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: profile \"\" is not loaded", "Blocked", NULL },
		{ "1.20", POD(C "runtime/default", ""), "k", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: AppArmor is not enabled on the host", "Blocked", NULL },
		{ "1.20", POD(C "runtime/default", ""), "m", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: error finding AppArmor FS: path /aa does not exist",
		  "Blocked", NULL },
		{ "1.20", POD(C "runtime/default", ""), "l", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: could not read loaded profiles: no", "Blocked", NULL },
		{ "1.20", POD(C "runtime/default", ""), "r", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: AppArmor is only enabled for 'docker' and 'remote' "
		  "runtimes. Found: \"rkt\"",
		  "Blocked", NULL },
		{ "1.20", POD(C "runtime/default", ""), "g", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: AppArmor disabled by feature-gate", "Blocked", NULL },
		/* The order in which annotations are looked at does not matter. */
		{ "1.20", POD(C "unconfined" D "localhost/a", ""), "", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: profile \"a\" is not loaded", "Blocked", NULL },
		{ "1.20", POD(C "unconfined", ""), "kmrlg", "Pending", NULL, NULL, NULL, NULL },
		{ "1.20", POD("", ""), "kmrlg", "Pending", NULL, NULL, NULL, NULL },
		{ "1.20", POD(C "''", ""), "k", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: AppArmor is not enabled on the host", "Blocked", NULL },
		{ "1.20", POD(C "bogus", ""), "", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: invalid AppArmor profile name: \"bogus\"", "Blocked",
		  NULL },
		{ "1.24", POD(C "localhost/a", ""), "", "Pending", NULL, NULL,
		  "CreateContainerError", "Error: apparmor profile not found a" },
		{ "1.36", POD("", "appArmorProfile: {type: Localhost, localhostProfile: a}"), "",
		  "Pending", NULL, NULL, "CreateContainerError",
		  "Error: apparmor profile not found a" },
		{ "1.36", POD("", "appArmorProfile: {type: RuntimeDefault}"), "k", "Failed",
		  "AppArmor",
		  "Pod was rejected: Cannot enforce AppArmor: AppArmor is not enabled on the host",
		  NULL, "Cannot enforce AppArmor: AppArmor is not enabled on the host" },
		{ "1.36", POD("", "appArmorProfile: {type: RuntimeDefault}"), "r", "Failed",
		  "AppArmor",
		  "Pod was rejected: Cannot enforce AppArmor: the runtime does not set AppArmor "
		  "profiles: \"rkt\"",
		  NULL,
		  "Cannot enforce AppArmor: the runtime does not set AppArmor profiles: \"rkt\"" },
		{ "1.36", POD("", "appArmorProfile: {type: Unconfined}"), "km", "Pending", NULL,
		  NULL, NULL, NULL },
		/* What a binding may have put there. */
		{ "1.36", POD(C "bogus", ""), "", "Failed", "AppArmor",
		  "Pod was rejected: Cannot enforce AppArmor: invalid AppArmor profile name: "
		  "\"bogus\"",
		  NULL, "Cannot enforce AppArmor: invalid AppArmor profile name: \"bogus\"" },
		{ "1.36", POD(C "localhost/", ""), "", "Failed", "AppArmor",
		  "Pod was rejected: Cannot enforce AppArmor: invalid empty AppArmor profile name: "
		  "\"localhost/\"",
		  NULL,
		  "Cannot enforce AppArmor: invalid empty AppArmor profile name: \"localhost/\"" },
		{ "1.24", POD(C "localhost/", ""), "", "Pending", "AppArmor",
		  "Cannot enforce AppArmor: invalid empty AppArmor profile name: \"localhost/\"",
		  "Blocked", NULL },
		{ "fields-only", POD(C "localhost/a", ""), "k", "Pending", NULL, NULL, NULL, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *missing = cases[i].missing;
		struct yr_node_facts facts = {
			.enabled = !strchr(missing, 'k'),
			.mounted = !strchr(missing, 'm'),
			.interface = "/aa",
			.runtime_capable = !strchr(missing, 'r'),
			.runtime = "rkt",
			.unreadable = strchr(missing, 'l') ? "no" : NULL,
			.loaded = loads_web,
		};
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_docs docs;
		struct yr_pod pod;
		struct yr_gate g;
		struct yr_era era;

		read_pod(cases[i].pod, &docs, &arena, &pod);
		assert_true(yr_era_find(cases[i].era, &era));
		assert_int_equal(yr_pod_gate(&pod, &era, strchr(missing, 'g'), &facts, &arena, &g),
				 0);
		assert_string_equal(yr_gate_phase(&g), cases[i].phase);
#define SAME(a, b)                                                                                 \
	do {                                                                                       \
		if (b)                                                                             \
			assert_string_equal((a) ? (a) : "(nothing)", b);                           \
		else                                                                               \
			assert_null(a);                                                            \
	} while (0)
		SAME(g.reason, cases[i].reason);
		SAME(g.message, cases[i].message);
		SAME(g.waiting_reason, cases[i].waiting);
		SAME(g.event_reason ? g.event_message : NULL, cases[i].event);
		assert_int_equal(g.outcome == YR_GATE_START, !cases[i].reason && !cases[i].waiting);
		assert_string_equal(yr_node_ready_message(&era, strchr(missing, 'g'), &facts),
				    !*missing && era.node_message
					    ? "kubelet is posting ready status. AppArmor enabled"
					    : "kubelet is posting ready status");
		yr_docs_done(&docs);
	}
}

static void a_status_has_its_causes(void **state)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_answer a = { .arena = &arena };
	struct yr_pod_rules rules = { .ns = "default" };
	struct yr_docs docs;
	struct yr_pod pod;
	json_t *s, *causes;

	(void)state;
	assert_true(yr_era_find("1.36", &rules.era));
	read_pod(POD(C "bogus" D "'worse\"'", ""), &docs, &arena, &pod);
	yr_pod_admit(&pod, &rules, &a);
	assert_int_equal(a.refusal, YR_REFUSED_INVALID);
	assert_int_equal(a.n_faults, 2);
	/* Where it was written. */
	assert_int_equal(a.faults[0].line, 5);
	s = yr_answer_status(&a);
	causes = json_object_get(json_object_get(s, "details"), "causes");
	assert_int_equal(json_integer_value(json_object_get(s, "code")), 422);
	assert_string_equal(json_string_value(json_object_get(s, "reason")), "Invalid");
	assert_int_equal(json_array_size(causes), 2);
	assert_string_equal(
		json_string_value(json_object_get(json_array_get(causes, 1), "message")),
		"Invalid value: \"worse\\\"\": invalid AppArmor profile name: "
		"\"worse\\\"\"");
	assert_non_null(strstr(a.message, "Pod \"x\" is invalid: [metadata.annotations["));
	json_decref(s);
	yr_docs_done(&docs);
}

static void yaml_and_json_say_where(void **state)
{
	static const char yaml[] = "a: &x {b: 1}\nc:\n  <<: *x\n  d: [2, *x]\n";
	static const char json[] = "{\"a\":\n  {\"b\": [true,\n null]}}\n{\"e\": \"f\"}";
	struct yr_diags *diags = yr_diags_new();
	const struct yr_node *n;
	struct yr_docs d;

	(void)state;
	assert_int_equal(yr_docs_read("t", yaml, sizeof(yaml) - 1, diags, &d, NULL), 0);
	n = yr_node_get(d.at[0], "c");
	assert_int_equal(n->n, 2);
	assert_int_equal(yr_node_get(n, "b")->integer, 1);
	n = yr_node_get(n, "d");
	assert_int_equal(n->line, 4);
	assert_int_equal(n->col, 6);
	assert_int_equal(n->values, 4);
	yr_docs_done(&d);
	assert_int_equal(yr_docs_read("t", json, sizeof(json) - 1, diags, &d, NULL), 0);
	assert_int_equal(d.n, 2);
	n = yr_node_get(yr_node_get(d.at[0], "a"), "b");
	assert_int_equal(n->line, 2);
	assert_int_equal(n->col, 9);
	assert_int_equal(n->items[1]->line, 3);
	assert_int_equal(n->items[1]->col, 2);
	assert_int_equal(d.at[1]->line, 4);
	yr_docs_done(&d);
	yr_diags_free(diags);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quotes_are_those_of_go),
		cmocka_unit_test(padding_is_any_white_space),
		cmocka_unit_test(patterns_match_like_paths),
		cmocka_unit_test(scalars_are_what_kubernetes_reads),
		cmocka_unit_test(eras_change_when_kubernetes_did),
		cmocka_unit_test(the_gate_says_what_is_missing),
		cmocka_unit_test(a_status_has_its_causes),
		cmocka_unit_test(yaml_and_json_say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
