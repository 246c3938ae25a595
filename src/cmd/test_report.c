/* SPDX-License-Identifier: Apache-2.0 */
/* What tests came to: TAP for people and harnesses, JSON for programs. */
#include <jansson.h>
#include <string.h>

#include "cmd/query.h"
#include "cmd/rules.h"
#include "cmd/test.h"

/* Of a line's text: nobody reads on. */
#define TEXT_BYTES 1000

void yr_report_begin(struct yr_test_report *r)
{
	if (!r->is_json)
		return;
	r->tests = json_array();
	r->failed |= !r->tests;
}

static size_t total(const struct yr_test_report *r)
{
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(r->n); i++)
		n += r->n[i];
	return n;
}

static char *cut_text(struct yr_str text)
{
	char *s;

	if (text.len <= TEXT_BYTES)
		return strndup(text.at ? text.at : "", text.len);
	return asprintf(&s, "%.*s...", TEXT_BYTES, text.at) < 0 ? NULL : s;
}

char *yr_case_name(const struct yr_test_case *c, bool with_place)
{
	AUTO_FREE char *text = cut_text(c->text);
	char *name = NULL;
	size_t len;
	FILE *out = text ? open_memstream(&name, &len) : NULL;

	if (!out)
		return NULL;
	if (c->file && with_place)
		yr_put(out, c->file);
	if (c->file)
		fprintf(out, "%s%u%s", with_place ? ":" : "line ", c->line, *text ? ": " : "");
	yr_put_policy(out, text);
	if (c->kernel) {
		fputs(" [", out);
		yr_put(out, c->kernel);
		putc(']', out);
	}
	return fclose(out) ? (free(name), NULL) : name;
}

static void put_answer(FILE *out, const struct yr_test_case *c)
{
	fputs("expected: ", out);
	yr_put(out, c->expected);
	fputs("\ngot:      ", out);
	yr_put(out, c->got);
	putc('\n', out);
	yr_answer_print_rules(out, c->answer);
	yr_answer_print_rest(out, c->answer);
}

char *yr_case_detail(const struct yr_test_case *c)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	if (!out)
		return NULL;
	for (size_t i = 0; c->diags && i < yr_diags_count(c->diags); i++)
		yr_diag_print(out, yr_diags_get(c->diags, i), false);
	if (c->answer)
		put_answer(out, c);
	if (c->why) {
		yr_put(out, c->why);
		putc('\n', out);
	}
	return fclose(out) ? (free(text), NULL) : text;
}

/* What stands behind "#" in a test's name means something in TAP. */
static void put_tap_name(const char *name)
{
	for (; *name; name++) {
		if (*name == '#')
			putchar('\\');
		putchar(*name);
	}
	putchar('\n');
}

static void put_comment(const char *lines)
{
	while (*lines) {
		size_t len = strcspn(lines, "\n");

		printf("# %.*s\n", (int)len, lines);
		lines += len + (lines[len] == '\n');
	}
}

static bool tap_case(struct yr_test_report *r, const struct yr_test_case *c)
{
	AUTO_FREE char *name = yr_case_name(c, true);
	AUTO_FREE char *detail = c->result != YR_TEST_PASSED ? yr_case_detail(c) : NULL;

	if (!name || (c->result != YR_TEST_PASSED && !detail))
		return false;
	printf("%sok %zu - ", c->result == YR_TEST_PASSED ? "" : "not ", total(r));
	put_tap_name(name);
	if (detail)
		put_comment(detail);
	return true;
}

static bool json_case(struct yr_test_report *r, const struct yr_test_case *c)
{
	static const char *const results[] = {
		[YR_TEST_PASSED] = "passed",
		[YR_TEST_FAILED] = "failed",
		[YR_TEST_WRONG] = "wrong",
		[YR_TEST_NOT_ASKED] = "not-asked",
	};
	AUTO_FREE char *text = cut_text(c->text);
	json_t *answer = c->answer ? yr_answer_json(c->access, c->kernel, c->subject, c->answer)
				   : json_null();
	json_t *errors = c->diags ? yr_diags_json(c->diags) : json_array();

	return !json_array_append_new(
		r->tests,
		json_pack("{s:s, s:o, s:i, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "result",
			  results[c->result], "file", yr_json_text(c->file), "line", (int)c->line,
			  "text", yr_json_text(text), "kernel", yr_json_text(c->kernel), "expected",
			  yr_json_text(c->expected), "got", yr_json_text(c->got), "answer", answer,
			  "errors", errors, "why", yr_json_text(c->why)));
}

void yr_report_case(struct yr_test_report *r, const struct yr_test_case *c)
{
	r->n[c->result]++;
	r->suite_n[c->result]++;
	if (!(r->is_json ? json_case(r, c) : tap_case(r, c)))
		r->failed = true;
	if (r->junit)
		yr_junit_case(r, c);
}

void yr_report_file(struct yr_test_report *r, const char *name)
{
	if (r->junit)
		yr_junit_close(r);
	r->suite_name = name;
}

static void tap_coverage(const struct yr_tested *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct yr_rule *rule = t->at[i].rule;
		AUTO_ARENA struct yr_arena arena = { 0 };
		const char *text = yr_rule_text(&arena, rule);
		unsigned line, col;

		if (t->at[i].tested)
			continue;
		yr_loc_position(&rule->loc, &line, &col);
		fputs("# not tested: ", stdout);
		yr_put(stdout, rule->loc.source->name);
		printf(":%u:%u: ", line, col);
		yr_put_policy(stdout, text ? text : "?");
		putchar('\n');
	}
	printf("# coverage: %zu of %zu rules\n", yr_tested_count(t), t->n);
}

static json_t *json_coverage(const struct yr_tested *t)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < t->n; i++) {
		json_t *rule;

		if (t->at[i].tested)
			continue;
		rule = yr_rule_json(t->at[i].rule);
		json_object_set_new(rule, "profile",
				    yr_json_bytes(t->at[i].profile->full_name.at,
						  t->at[i].profile->full_name.len));
		json_array_append_new(rules, rule);
	}
	return json_pack("{s:i, s:i, s:o}", "rules", (int)t->n, "tested", (int)yr_tested_count(t),
			 "notTested", rules);
}

void yr_report_coverage(struct yr_test_report *r, const struct yr_tested *t)
{
	if (r->is_json)
		r->coverage = json_coverage(t);
	else
		tap_coverage(t);
}

static void json_end(struct yr_test_report *r)
{
	json_t *all = json_pack("{s:o, s:{s:i, s:i, s:i, s:i}, s:o}", "tests", r->tests, "summary",
				"passed", (int)r->n[YR_TEST_PASSED], "failed",
				(int)r->n[YR_TEST_FAILED], "wrong", (int)r->n[YR_TEST_WRONG],
				"notAsked", (int)r->n[YR_TEST_NOT_ASKED], "coverage",
				r->coverage ? r->coverage : json_null());

	r->failed |= yr_json_print(all, 2) != YR_EXIT_OK;
}

int yr_report_end(struct yr_test_report *r)
{
	struct yr_err err = { 0 };
	int status = YR_EXIT_OK;

	if (r->is_json)
		json_end(r);
	else
		printf("1..%zu\n", total(r));
	if (r->junit) {
		yr_junit_close(r);
		if (yr_junit_write(r, &err) < 0) {
			yr_say("%s", err.msg);
			status = YR_EXIT_SYSTEM;
		}
	}
	yr_buf_done(&r->suite);
	yr_buf_done(&r->suites);
	if (!r->failed)
		return status;
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}
