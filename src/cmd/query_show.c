/* SPDX-License-Identifier: Apache-2.0 */
/* Answers for people and for programs. */
#include <jansson.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/query.h"
#include "cmd/rules.h"

#define INDENT "       "

static bool print_rules(FILE *out, const char *before, const struct yr_named_rules *n,
			const char *after)
{
	return yr_print_rules(out, INDENT, before, n, after);
}

static bool print_nobody(FILE *out, const struct yr_answer *a)
{
	AUTO_FREE char *after = NULL;

	if (!a->nearest) {
		fprintf(out, INDENT "no rule%s%s\n", a->no_rule_for ? " for " : "",
			a->no_rule_for ? a->no_rule_for : "");
		return true;
	}
	if (a->nearest_owner)
		return yr_print_rule(out, INDENT, "no rule; nearest: ", a->nearest,
				     "  (for the owner only)");
	if (a->nearest_lacks && asprintf(&after, "  (without %s)", a->nearest_lacks) < 0)
		return false;
	return yr_print_rule(out, INDENT, "no rule; nearest: ", a->nearest, after ? after : "");
}

static bool print_refusal(FILE *out, const struct yr_answer *a)
{
	if (a->for_some && a->example) {
		fputs(INDENT "not for all: e.g. ", out);
		yr_put_policy(out, a->example);
		if (a->transition)
			fputs("  but -> ", out);
		if (a->transition)
			yr_put(out, a->transition);
		putc('\n', out);
	}
	if (a->lets_more)
		fprintf(out, INDENT "the link allows what its target does not: %s\n", a->lets_more);
	if (a->prompt)
		fputs(INDENT "the policy asks a person, for whom this kernel has no place\n", out);
	if (a->decided == YR_BY_NOBODY)
		return print_nobody(out, a);
	if (!a->rules.n && a->by_deny)
		fprintf(out, INDENT "denied by a rule%s\n", a->quiet ? "          (silent)" : "");
	return print_rules(out, "", &a->rules,
			   a->quiet || a->quiet_rules ? "          (silent)" : "") &&
	       print_rules(out, "hides ", &a->hidden, "");
}

bool yr_answer_print_rules(FILE *out, const struct yr_answer *a)
{
	if (!a->allowed)
		return print_refusal(out, a);
	return print_rules(out, "", &a->rules, "") &&
	       print_rules(out, "not enforced here: ", &a->unenforced, "");
}

bool yr_answer_print_rest(FILE *out, const struct yr_answer *a)
{
	return print_rules(out, "allowed in part by ", &a->rest, "");
}

bool yr_answer_print(const char *access, const char *kernel, const struct yr_answer *a)
{
	printf("%-6s ", a->allowed ? "ALLOW" : "DENY");
	yr_put_policy(stdout, access);
	if (a->transition && a->allowed) {
		fputs("  -> ", stdout);
		yr_put(stdout, a->transition);
	} else if (a->transition && !a->for_some) {
		fputs("  but -> ", stdout);
		yr_put(stdout, a->transition);
	}
	if (kernel) {
		fputs("  [", stdout);
		yr_put(stdout, kernel);
		putchar(']');
	}
	if (a->decided == YR_NOT_MEDIATED)
		fputs("  (not mediated)", stdout);
	if (a->decided == YR_BY_UNCONFINED)
		fputs("  (unconfined)", stdout);
	if (a->audited)
		fputs("  (audited)", stdout);
	if (a->allowed && a->subset)
		fputs("  (to what allows no less)", stdout);
	putchar('\n');
	return yr_answer_print_rules(stdout, a);
}

static json_t *nearest_json(const struct yr_answer *a)
{
	json_t *j;

	if (!a->nearest)
		return json_null();
	j = yr_rule_json(a->nearest);
	json_object_set_new(j, "lacks", yr_json_text(a->nearest_lacks));
	json_object_set_new(j, "ownerOnly", json_boolean(a->nearest_owner));
	return j;
}

struct json_t *yr_answer_json(const char *access, const char *kernel,
			      const struct yr_subject *subject, const struct yr_answer *a)
{
	static const char *const decided[] = {
		[YR_BY_RULES] = "rules",
		[YR_BY_NOBODY] = "nobody",
		[YR_NOT_MEDIATED] = "not-mediated",
		[YR_BY_UNCONFINED] = "unconfined",
	};
	static const char *const modes[] = {
		[YR_MODE_ENFORCE] = "enforce", [YR_MODE_COMPLAIN] = "complain",
		[YR_MODE_KILL] = "kill",       [YR_MODE_UNCONFINED] = "unconfined",
		[YR_MODE_PROMPT] = "prompt",   [YR_MODE_DEFAULT_ALLOW] = "default_allow",
	};

	return json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:o, s:o, s:o, "
			 "s:o, s:o, s:b, s:o, s:o, s:o}",
			 "access", yr_json_text(access), "profile",
			 yr_json_text(subject->compiled->name), "kernel", yr_json_text(kernel),
			 "mode", modes[subject->compiled->flags->mode], "verdict",
			 a->allowed ? "allow" : "deny", "decided", decided[a->decided], "audited",
			 a->audited, "quiet", a->quiet, "prompt", a->prompt, "notForAll",
			 a->for_some, "subset", a->subset, "missing", yr_json_text(a->missing),
			 "example", yr_json_text(a->example), "transition",
			 yr_json_text(a->transition), "rules", yr_rules_json(&a->rules), "hidden",
			 yr_rules_json(&a->hidden), "more", a->rules.more || a->hidden.more,
			 "nearest", nearest_json(a), "notEnforced", yr_rules_json(&a->unenforced),
			 "linkAllowsMore", yr_json_text(a->lets_more));
}
