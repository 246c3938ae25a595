/* SPDX-License-Identifier: Apache-2.0 */
/* Differences for people and for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/diff.h"
#include "cmd/rules.h"

enum { OLD, NEW };

#define INDENT "                "

static const struct {
	const char *said, *name; /* for people, for programs */
} changes[YR_CHANGES] = {
	[YR_CHANGE_ALLOWED] = { "now allowed", "allowed" },
	[YR_CHANGE_DENIED] = { "now denied", "denied" },
	[YR_CHANGE_TRANSITION] = { "goes elsewhere", "transition" },
	[YR_CHANGE_AUDITED] = { "now audited", "audited" },
	[YR_CHANGE_UNAUDITED] = { "not audited", "not-audited" },
	[YR_CHANGE_QUIET] = { "now silent", "quiet" },
	[YR_CHANGE_LOUD] = { "not silent", "not-quiet" },
	[YR_CHANGE_PROMPTED] = { "now prompts", "prompted" },
	[YR_CHANGE_UNPROMPTED] = { "not prompted", "not-prompted" },
	[YR_CHANGE_ATTACHED] = { "now attached", "attached" },
	[YR_CHANGE_DETACHED] = { "not attached", "detached" },
	[YR_CHANGE_LIMIT] = { "other limit", "limit" },
	[YR_CHANGE_SETTING] = { "other setting", "setting" },
};

/* A profile that is gone confines nobody any more. */
static bool is_alone(const struct yr_diff_pair *p)
{
	return !p->name[OLD] || !p->name[NEW];
}

size_t yr_diff_count(const struct yr_diff_pair *p, bool widening)
{
	size_t n = 0;

	if (is_alone(p))
		return !widening || !p->name[NEW];
	for (size_t i = 0; i < p->diff.n; i++)
		n += !widening || p->diff.at[i].widens;
	return n;
}

static void print_name(const struct yr_diff_pair *p, const char *kernel)
{
	const char *old_one = p->name[OLD], *new_one = p->name[NEW];

	fputs("profile '", stdout);
	yr_put(stdout, old_one ? old_one : new_one);
	putchar('\'');
	if (old_one && new_one && strcmp(old_one, new_one) != 0) {
		fputs(", now called '", stdout);
		yr_put(stdout, new_one);
		putchar('\'');
	}
	if (kernel) {
		fputs(" [", stdout);
		yr_put(stdout, kernel);
		putchar(']');
	}
	puts(":");
}

static bool print_side(const char *who, const struct yr_difference *d, int side, bool has_rules)
{
	const struct yr_named_rules *n = &d->rules[side];
	char before[8];

	if (!has_rules)
		return true;
	if (!n->n) {
		printf(INDENT "%s: no rule\n", who);
		return true;
	}
	snprintf(before, sizeof(before), "%s: ", who);
	return yr_print_rules(stdout, INDENT, before, n, "");
}

static void print_change(const struct yr_difference *d)
{
	printf("%-14s  ", changes[d->change].said);
	if (d->access) {
		yr_put_policy(stdout, d->access);
	} else {
		fputs(d->class, stdout);
		/* Of a class without words: its bytes. */
		for (size_t i = 0; d->input && i < d->len; i++)
			printf("%s\\x%02x", i ? "" : ": ", (unsigned char)d->input[i]);
	}
	if (d->was && d->is &&
	    (d->change == YR_CHANGE_TRANSITION || !d->access || d->change == YR_CHANGE_LIMIT)) {
		fputs(": ", stdout);
		yr_put(stdout, d->was);
		fputs(" -> ", stdout);
		yr_put(stdout, d->is);
	} else if (d->change == YR_CHANGE_ALLOWED && d->is) {
		fputs("  -> ", stdout);
		yr_put(stdout, d->is);
	}
	if (d->audited)
		fputs("  (audited)", stdout);
	if (d->quiet)
		fputs("  (silent)", stdout);
	if (d->elsewhere)
		printf("  (elsewhere also %s)", d->elsewhere);
	if (d->note)
		printf("  (%s)", d->note);
	putchar('\n');
	if (d->real) {
		fputs(INDENT "such as ", stdout);
		yr_put_policy(stdout, d->real);
		putchar('\n');
	}
}

bool yr_diff_print(const struct yr_diff_pair *p, const char *kernel, bool widening)
{
	bool good = true;

	if (!yr_diff_count(p, widening))
		return true;
	print_name(p, kernel);
	if (is_alone(p))
		puts(p->name[OLD] ? "only in the old policy" : "only in the new policy");
	for (size_t i = 0; i < p->diff.n && good; i++) {
		const struct yr_difference *d = &p->diff.at[i];
		bool by_rules = d->change != YR_CHANGE_SETTING && d->change != YR_CHANGE_ATTACHED &&
				d->change != YR_CHANGE_DETACHED;

		if (widening && !d->widens)
			continue;
		print_change(d);
		good = print_side("old", d, OLD, by_rules && p->subject[OLD].profile) &&
		       print_side("new", d, NEW, by_rules && p->subject[NEW].profile);
	}
	if (p->diff.more)
		puts("and more differences");
	return good;
}

static json_t *difference_json(const struct yr_difference *d)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:b, s:b, s:b, s:I, s:o, s:o}",
			 "change", changes[d->change].name, "class", yr_json_text(d->class),
			 "access", yr_json_text(d->access), "real", yr_json_text(d->real),
			 "elsewhere", yr_json_text(d->elsewhere), "was", yr_json_text(d->was), "is",
			 yr_json_text(d->is), "note", yr_json_text(d->note), "audited", d->audited,
			 "quiet", d->quiet, "widens", d->widens, "places", (json_int_t)d->places,
			 "oldRules", yr_rules_json(&d->rules[OLD]), "newRules",
			 yr_rules_json(&d->rules[NEW]));
}

struct json_t *yr_diff_json(const struct yr_diff_pair *p, const char *kernel, bool widening)
{
	json_t *all = json_array();

	for (size_t i = 0; i < p->diff.n; i++)
		if (!widening || p->diff.at[i].widens)
			json_array_append_new(all, difference_json(&p->diff.at[i]));
	return json_pack("{s:o, s:o, s:o, s:o, s:b}", "old", yr_json_text(p->name[OLD]), "new",
			 yr_json_text(p->name[NEW]), "kernel", yr_json_text(kernel), "differences",
			 all, "more", p->diff.more);
}
