/* SPDX-License-Identifier: Apache-2.0 */
/* How a run went. */
#include <jansson.h>
#include <string.h>
#include <sys/wait.h>

#include "cmd/learn.h"

static const char *end_of(const struct yr_learn_ran *r)
{
	switch (r->end) {
	case YR_LEARN_END_PROGRAM:
		return "until it ended";
	case YR_LEARN_END_EXERCISE:
		return "until the exercise ended";
	case YR_LEARN_END_TIME:
		return "until the time was over";
	case YR_LEARN_END_SIGNAL:
		return "until it was interrupted";
	default:
		return "not to its end";
	}
}

static const char *end_word(const struct yr_learn_ran *r)
{
	static const char *const words[] = { "none", "program", "exercise", "time", "signal" };

	return words[r->end];
}

void yr_learn_put_run(FILE *f, const struct yr_learn_ran *r)
{
	fputs(r->what == YR_LEARN_NOW ? "watched " : "ran ", f);
	yr_put(f, r->subject);
	fprintf(f, " %s", end_of(r));
	if (r->program_ended && WIFEXITED(r->program_status))
		fprintf(f, ", with status %d", WEXITSTATUS(r->program_status));
	else if (r->program_ended)
		fprintf(f, ", by signal %d", WTERMSIG(r->program_status));
	fprintf(f, "; records from %s", r->source);
	if (*r->note)
		fprintf(f, " (%s)", r->note);
	fputc('\n', f);
	if (r->exercised || r->exercise_failed)
		fprintf(f, "  the exercise %s\n", r->exercise);
	if (r->inherits)
		fputs("  with no_new_privs, so that programs went on under the profile itself\n",
		      f);
	if (r->ended)
		fprintf(f, "  %zu process%s went on under the profile and %s ended\n", r->ended,
			r->ended == 1 ? "" : "es", r->ended == 1 ? "was" : "were");
}

static void put_count(FILE *f, uint64_t n, const char *what)
{
	fprintf(f, "  lost: %llu %s\n", (unsigned long long)n, what);
}

void yr_learn_put_lost(FILE *f, const struct yr_learn_ran *r)
{
	const struct yr_live_counts *c = &r->counts;

	if (c->lost)
		put_count(f, c->lost,
			  "by the kernel, whose queue was full or which wrote too many at once; "
			  "'auditctl -b 65536' or 'sysctl kernel.printk_ratelimit=0', and run it "
			  "again");
	if (c->overruns)
		fprintf(f,
			"  lost: an unknown number of records, %llu time%s, which came faster than "
			"they were read; run it again as root, with less at once\n",
			(unsigned long long)c->overruns, c->overruns == 1 ? "" : "s");
	if (c->overwritten)
		put_count(f, c->overwritten,
			  "lines of the kernel's log, overwritten before they were read; boot with "
			  "log_buf_len=16M, or use --source audit");
	if (c->broken)
		put_count(f, c->broken,
			  c->broken == 1 ? "record that cannot be read"
					 : "records that cannot be read");
	if (c->lost || c->overruns || c->overwritten || c->broken)
		fputs("  what was lost nobody has seen: the profile may lack rules\n", f);
	if (c->forged)
		fprintf(f, "  ignored: %llu record%s that did not come from the kernel\n",
			(unsigned long long)c->forged, c->forged == 1 ? "" : "s");
}

void yr_learn_put_unexecuted(FILE *f, uint64_t n, const struct yr_learn_ran *r)
{
	static const char *const advice[] = {
		[YR_LEARN_LOGS] = "let 'yoroi learn' run it, or load the profile in complain mode "
				  "with 'audit /** ix,' in it, and learn again",
		[YR_LEARN_NOW] = "load the profile with 'audit /** ix,' in it, and learn again",
		[YR_LEARN_COMMAND] = "'setpriv --no-new-privs yoroi learn' with the same words "
				     "learns that",
		[YR_LEARN_PODMAN] = "--engine-arg=--security-opt=no-new-privileges learns that",
		[YR_LEARN_DOCKER] = "--engine-arg=--security-opt=no-new-privileges learns that",
		[YR_LEARN_OCI] =
			"\"noNewPrivileges\": true in the bundle's \"process\" learns that",
	};

	if (!n)
		return;
	fprintf(f,
		"  %llu time%s a program was not executed: no_new_privs is set, and forbids the "
		"change of profile\n  that complain mode makes; what it would have done nobody has "
		"seen",
		(unsigned long long)n, n == 1 ? "" : "s");
	if (!r || !r->inherits)
		fprintf(f, ": %s", advice[r ? r->what : YR_LEARN_LOGS]);
	fputc('\n', f);
}

/* How a program comes under the profile. */
void yr_learn_put_use(FILE *f, const struct yr_learn_ran *r)
{
	switch (r->what) {
	case YR_LEARN_COMMAND:
		if (*r->name != '/')
			fprintf(f, "'yoroi exec -p %s -- COMMAND' runs a command under it; ",
				r->name);
		break;
	case YR_LEARN_PODMAN:
	case YR_LEARN_DOCKER:
		fprintf(f, "'%s run --security-opt apparmor=%s IMAGE' runs a container under it; ",
			r->what == YR_LEARN_PODMAN ? "podman" : "docker", r->name);
		break;
	case YR_LEARN_OCI:
		fprintf(f, "\"apparmorProfile\": \"%s\" in the bundle's \"process\" asks for it; ",
			r->name);
		break;
	default:
		break;
	}
}

json_t *yr_learn_run_json(const struct yr_learn_ran *r)
{
	const struct yr_live_counts *c = &r->counts;
	json_t *status = r->program_ended && WIFEXITED(r->program_status)
				 ? json_integer(WEXITSTATUS(r->program_status))
				 : json_null();
	json_t *exercise =
		r->exercised || r->exercise_failed
			? json_pack("{s:b, s:s}", "failed", r->exercise_failed, "text", r->exercise)
			: json_null();
	json_t *lost = json_pack("{s:I, s:b, s:I, s:I, s:I, s:I}", "kernel", (json_int_t)c->lost,
				 "known", c->lost_known, "overruns", (json_int_t)c->overruns,
				 "overwritten", (json_int_t)c->overwritten, "forged",
				 (json_int_t)c->forged, "broken", (json_int_t)c->broken);

	return json_pack("{s:o, s:s, s:s, s:s, s:o, s:o, s:o, s:b, s:I, s:s}", "subject",
			 yr_json_text(r->subject), "source", r->source, "note", r->note, "end",
			 end_word(r), "status", status, "exercise", exercise, "lost", lost,
			 "inherits", r->inherits, "ended", (json_int_t)r->ended, "left", r->left);
}
