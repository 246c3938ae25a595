/* SPDX-License-Identifier: Apache-2.0 */
/* Denials for people and for programs. */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/explain.h"
#include "cmd/rules.h"
#include "lang/words.h"

#define INDENT "       "

static struct yr_str text_of(const struct yr_explained *x, enum yr_log_text field)
{
	return (struct yr_str){ x->event->text[field].at, x->event->text[field].len };
}

/* Bytes of a record: NUL bytes would end them early, and controls move the cursor. */
static void put_bytes(struct yr_str s)
{
	AUTO_FREE char *copy = s.len ? malloc(s.len + 1) : NULL;

	if (!copy)
		return;
	memcpy(copy, s.at, s.len);
	copy[s.len] = '\0';
	for (size_t at = 0; at <= s.len; at += strlen(copy + at) + 1) {
		if (at)
			fputs("\\000", stdout);
		yr_put(stdout, copy + at);
	}
}

static void format_time(uint64_t msec, char *text, size_t size)
{
	time_t t = (time_t)(msec / 1000);
	struct tm tm;
	size_t n;

	if (!gmtime_r(&t, &tm) || tm.tm_year > 9999 - 1900) {
		snprintf(text, size, "%llu s", (unsigned long long)(msec / 1000));
		return;
	}
	n = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text + n, size - n, ".%03uZ", (unsigned)(msec % 1000));
}

static const char *error_name(uint64_t number)
{
	const char *name = NULL;

	for (size_t i = 0; i < yr_errno_names.n && !name; i++)
		if (yr_errno_names.at[i].value == number)
			name = yr_errno_names.at[i].name;
	return name;
}

static void upper(const char *s, char *text, size_t size)
{
	size_t n = 0;

	for (; s && *s && n + 1 < size; s++)
		text[n++] = (char)(*s >= 'a' && *s <= 'z' ? *s - 'a' + 'A' : *s);
	text[n] = '\0';
}

bool yr_explain_print_head(const struct yr_explained *x, const struct yr_explain_group *g)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_str ns = text_of(x, YR_LOG_NAMESPACE), profile = text_of(x, YR_LOG_PROFILE);
	const char *hint = yr_profile_hint(profile), *where = yr_namespace_hint(&arena, ns);

	if (profile.len) {
		fputs("profile ", stdout);
		put_bytes(profile);
	} else {
		fputs("no profile is named", stdout);
	}
	printf(": %zu denial%s, %llu record%s\n", g->denials, g->denials == 1 ? "" : "s",
	       (unsigned long long)g->records, g->records == 1 ? "" : "s");
	if (ns.len) {
		fputs("  in namespace ", stdout);
		put_bytes(ns);
		if (where) {
			fputs(", ", stdout);
			yr_put(stdout, where);
		}
		putchar('\n');
	}
	if (hint)
		printf("  %s\n", hint);
	if (x->no_policy)
		printf("  %s: which rules decide is not told\n", x->no_policy);
	return true;
}

static void print_times(const struct yr_denial *d)
{
	char first[40], last[40];

	if (!d->has_time)
		return;
	format_time(d->first, first, sizeof(first));
	format_time(d->last, last, sizeof(last));
	if (d->first == d->last)
		printf(", %s", first);
	else
		printf(", %s to %s", first, last);
}

static void print_who(const struct yr_explained *x)
{
	struct yr_str comm = text_of(x, YR_LOG_COMM);

	/* What these records name is the bus that writes them. */
	bool bus = x->event->rule_class == YR_LOG_CLASS_DBUS;

	fputs(INDENT "by ", stdout);
	if (comm.len && !bus)
		put_bytes(comm);
	else
		fputs("a program without a name in the record", stdout);
	if (x->event->has >> YR_LOG_PID & 1)
		printf(" (pid %llu)", (unsigned long long)x->event->number[YR_LOG_PID]);
	if (x->denial->several)
		fputs(" and others", stdout);
	if (comm.len && bus) {
		fputs(", told by ", stdout);
		put_bytes(comm);
	}
	print_times(x->denial);
	putchar('\n');
	if (comm.len >= 6 && !memcmp(comm.at, "runc:[", 6))
		puts(INDENT "that is runc, about to start a container's first program");
	if (x->event->origin == YR_LOG_FROM_SYSLOG)
		puts(INDENT "not told by the kernel: the line is some program's own, and any may "
			    "write such");
	if (!x->in_container)
		return;
	printf(INDENT "in container %.12s", x->container.id);
	if (x->container.engine)
		printf(" of %s", x->container.engine);
	if (x->container.pod[0])
		printf(", Pod %s", x->container.pod);
	puts(" (the process still runs)");
}

static void print_info(const struct yr_explained *x)
{
	struct yr_str info = text_of(x, YR_LOG_INFO);
	uint64_t number = x->event->number[YR_LOG_ERRNO];
	char name[32];

	if (info.len) {
		fputs(INDENT "info \"", stdout);
		put_bytes(info);
		printf("\": %s\n", x->info ? x->info->means : "the kernel's words; not known here");
		if (x->info && x->info->advice)
			printf(INDENT "%s\n", x->info->advice);
	}
	upper(error_name(number), name, sizeof(name));
	if (number)
		printf(INDENT "error %llu%s%s%s\n", (unsigned long long)number, *name ? " (" : "",
		       name, *name ? ")" : "");
}

/* A rule that forbids stands in the way of every rule that allows. */
static bool is_forbidden(const struct yr_explained *x)
{
	const struct yr_answer *a = &x->answer;

	return x->answered && !a->allowed && a->decided == YR_BY_RULES && x->help != YR_HELP_YES &&
	       (a->quiet || (a->rules.n && a->rules.at[0]->quals.decision == YR_DENY));
}

static void print_mend(const struct yr_explained *x)
{
	if (x->mend.flag)
		printf(INDENT "flag: flags=(%s)%s\n", x->mend.flag,
		       x->mend.rule ? ", and with it" : "");
	else if (x->info && x->info->flag)
		printf(INDENT
		       "flag: this policy's profile has %s; what was in force then had not\n",
		       x->info->flag);
	if (x->answered && x->answer.allowed) {
		/* Asking the policy again would show nothing. */
	} else if (x->info && x->info->no_rule) {
		puts(INDENT "rule: none would change that");
	} else if (is_forbidden(x)) {
		puts(INDENT "rule: none that allows helps while the policy denies it by a rule");
	} else if (x->mend.rule) {
		fputs(INDENT "rule: ", stdout);
		yr_put_policy(stdout, x->mend.rule);
		if (x->help == YR_HELP_YES)
			fputs("  (tried: it allows this)", stdout);
		else if (x->help == YR_HELP_NO)
			fputs("  (tried: not enough by itself)", stdout);
		putchar('\n');
	} else {
		fputs(INDENT "rule: none is known", stdout);
		if (x->mend.advice) {
			fputs(": ", stdout);
			yr_put(stdout, x->mend.advice);
		}
		putchar('\n');
	}
	if (x->mend.rule && x->mend.advice && !(x->answered && x->answer.allowed) &&
	    !is_forbidden(x) && !(x->info && x->info->no_rule))
		printf(INDENT "%s\n", x->mend.advice);
	if (x->denial && x->denial->cut)
		puts(INDENT "a record of it was cut; there may have been more to it");
}

static const char *verdict_words(const struct yr_explained *x)
{
	if (!x->denial)
		return x->answer.allowed ? "allowed" : "denied";
	return x->event->type == YR_LOG_ALLOWED  ? "would have been denied (complain mode)"
	       : x->event->type == YR_LOG_KILLED ? "denied, and the process killed"
						 : "denied";
}

bool yr_explain_print(const struct yr_explained *x)
{
	bool good = true;

	if (x->denial)
		printf("  %llux %s: ", (unsigned long long)x->denial->count, verdict_words(x));
	else
		printf("  %s: ", verdict_words(x));
	yr_put_policy(stdout, x->what);
	putchar('\n');
	if (x->denial)
		print_who(x);
	print_info(x);
	if (x->answered && x->answer.allowed && x->denial)
		puts(INDENT "this policy allows it: what was in force then was another, or "
			    "something else refused it");
	if (x->answered && x->answer.allowed && x->answer.decided == YR_BY_UNCONFINED)
		puts(INDENT "the profile is in mode unconfined");
	if (x->answered && x->answer.allowed && x->answer.decided == YR_NOT_MEDIATED)
		puts(INDENT "the policy does not mediate it");
	if (x->answered)
		good = yr_answer_print_rules(stdout, &x->answer);
	print_mend(x);
	return good;
}

static json_t *bytes_json(struct yr_str s)
{
	return s.at ? yr_json_bytes(s.at, s.len) : json_null();
}

static json_t *time_json(const struct yr_denial *d, bool last)
{
	char text[40];

	if (!d || !d->has_time)
		return json_null();
	format_time(last ? d->last : d->first, text, sizeof(text));
	return json_string(text);
}

static json_t *info_json(const struct yr_explained *x)
{
	struct yr_str info = text_of(x, YR_LOG_INFO);

	if (!info.at)
		return json_null();
	return json_pack("{s:o, s:o, s:o}", "text", bytes_json(info), "means",
			 yr_json_text(x->info ? x->info->means : NULL), "advice",
			 yr_json_text(x->info ? x->info->advice : NULL));
}

static json_t *error_json(const struct yr_explained *x)
{
	uint64_t number = x->event->number[YR_LOG_ERRNO];
	char name[32];

	if (!number)
		return json_null();
	upper(error_name(number), name, sizeof(name));
	return json_pack("{s:I, s:o}", "number", (json_int_t)number, "name",
			 yr_json_text(*name ? name : NULL));
}

static json_t *container_json(const struct yr_explained *x)
{
	const struct yr_container *c = &x->container;

	if (!x->in_container)
		return json_null();
	return json_pack("{s:s, s:o, s:o}", "id", c->id, "engine", yr_json_text(c->engine), "pod",
			 yr_json_text(c->pod[0] ? c->pod : NULL));
}

static json_t *record_json(const struct yr_explained *x)
{
	AUTO_FREE char *text = x->denial ? yr_log_json(x->event) : NULL;
	json_t *j = text ? json_loads(text, JSON_ALLOW_NUL, NULL) : NULL;

	return j ? j : json_null();
}

static json_t *answer_json(const struct yr_explained *x)
{
	return x->answered ? yr_answer_json(x->mend.access, NULL, x->subject, &x->answer)
			   : json_null();
}

struct json_t *yr_explain_json(const struct yr_explained *x)
{
	static const char *const verdicts[YR_LOG_TYPES] = {
		[YR_LOG_DENIED] = "denied",
		[YR_LOG_ALLOWED] = "would-be-denied",
		[YR_LOG_KILLED] = "killed",
	};
	const char *verdict = verdicts[x->event->type];
	bool no_rule = is_forbidden(x) || (x->info && x->info->no_rule);

	if (!x->denial)
		verdict = x->answer.allowed ? "allowed" : "denied";
	return json_pack(
		"{s:o, s:o, s:s, s:o, s:I, s:o, s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
		"s:o, s:o, s:o}",
		"profile",
		x->denial ? bytes_json(text_of(x, YR_LOG_PROFILE))
			  : yr_json_text(x->subject ? x->subject->compiled->name : NULL),
		"namespace", bytes_json(text_of(x, YR_LOG_NAMESPACE)), "verdict", verdict, "what",
		yr_json_text(x->what), "records", (json_int_t)(x->denial ? x->denial->count : 0),
		"first", time_json(x->denial, false), "last", time_json(x->denial, true), "program",
		bytes_json(text_of(x, YR_LOG_COMM)), "otherPrograms",
		x->denial && x->denial->several, "container", container_json(x), "info",
		info_json(x), "error", error_json(x), "answer", answer_json(x), "noPolicy",
		yr_json_text(x->no_policy), "rule",
		no_rule ? json_null() : yr_json_text(x->mend.rule), "helps",
		x->help == YR_HELP_UNTRIED ? json_null() : json_boolean(x->help == YR_HELP_YES),
		"flag", yr_json_text(x->mend.flag), "advice", yr_json_text(x->mend.advice),
		"record", record_json(x));
}

static void count(uint64_t n, const char *one, const char *many)
{
	printf("%llu %s", (unsigned long long)n, n == 1 ? one : many);
}

void yr_explain_print_summary(const struct yr_log_counts *c, const struct yr_denial_counts *d)
{
	count(c->lines, "line, ", "lines, ");
	count(c->events, "record", "records");
	fputs(" of AppArmor's, ", stdout);
	count(d->records, "denial, ", "denials, ");
	printf("%zu distinct", d->distinct);
	if (d->left)
		printf(", %llu not told: more than %d kinds", (unsigned long long)d->left,
		       YR_LIMIT_DENIALS);
	if (c->malformed + c->too_long) {
		fputs("; ", stdout);
		count(c->malformed + c->too_long, "line is no record", "lines are no records");
		fputs(" though AppArmor's or too long", stdout);
	}
	putchar('\n');
}

struct json_t *yr_explain_summary_json(const struct yr_log_counts *c,
				       const struct yr_denial_counts *d)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "lines",
			 (json_int_t)c->lines, "records", (json_int_t)c->events, "denials",
			 (json_int_t)d->records, "distinct", (json_int_t)d->distinct, "notTold",
			 (json_int_t)d->left, "cut", (json_int_t)c->cut, "malformed",
			 (json_int_t)c->malformed, "tooLong", (json_int_t)c->too_long, "nul",
			 (json_int_t)c->nul);
}
