/* SPDX-License-Identifier: Apache-2.0 */
/* What became of the events. */
#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "base/buf.h"
#include "cmd/diff.h"
#include "cmd/learn.h"

/* Findings of one kind that are told one by one. */
enum { TOLD = 20 };

static void count(FILE *f, uint64_t n, const char *one, const char *many)
{
	if (n)
		fprintf(f, "  %llu %s\n", (unsigned long long)n, n == 1 ? one : many);
}

static size_t count_fate(const struct yr_learn *l, enum yr_learn_fate fate)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++)
			n += l->profiles[i]->rules[k]->fate == fate;
	return n;
}

static void put_seen(FILE *f, const struct yr_learn_told *t)
{
	const struct yr_learn_counts *c = &t->l->counts;

	fprintf(f, "%llu event%s seen in %llu line%s\n", (unsigned long long)c->events,
		c->events == 1 ? "" : "s", (unsigned long long)t->lines->lines,
		t->lines->lines == 1 ? "" : "s");
	count(f, c->left,
	      "event lost: there are too many different ones; say which profile with -p",
	      "events lost: there are too many different ones; say which profile with -p");
	if (t->ran)
		yr_learn_put_lost(f, t->ran);
	count(f, t->lines->too_long + t->lines->malformed, "line lost: it cannot be read",
	      "lines lost: they cannot be read");
	count(f, c->runtime, "ignored: the container's runtime, before the container's program",
	      "ignored: the container's runtime, before the container's program");
	count(f, c->others, "ignored: no access (policy loaded, a state told)",
	      "ignored: no accesses (policy loaded, states told)");
	count(f, c->programs, "ignored: not the kernel's, but written by some program",
	      "ignored: not the kernel's, but written by some program");
	count(f, c->outside, "ignored: of a program that goes unconfined or is denied",
	      "ignored: of programs that go unconfined or are denied");
	count(f, c->elsewhere, "ignored: of another profile", "ignored: of other profiles");
	count(f, c->unruly,
	      "without a rule that would allow it:", "without rules that would allow them:");
	for (size_t i = 0; i < t->l->n_unruly && i < TOLD; i++) {
		fputs("    ", f);
		yr_put(f, t->l->unruly[i].what);
		fputs(": ", f);
		yr_put(f, t->l->unruly[i].why);
		fputc('\n', f);
	}
	if (t->l->n_unruly > TOLD)
		fprintf(f, "    and %zu more\n", t->l->n_unruly - TOLD);
}

static void put_flag(FILE *f, const struct yr_learned_profile *p, bool has, const char *flag,
		     const char *what)
{
	if (!has)
		return;
	fputs("  profile ", f);
	yr_put(f, p->name);
	fprintf(f,
		" has flags=(%s): %s that cannot be reached from the process's root; their names "
		"then begin with '/', and may stand for something else\n",
		flag, what);
}

static void put_rules(FILE *f, const struct yr_learn_told *t)
{
	const struct yr_learn *l = t->l;
	size_t rules = count_fate(l, YR_LEARN_KEPT) + count_fate(l, YR_LEARN_REFUSED);
	size_t covered = count_fate(l, YR_LEARN_COVERED), out = count_fate(l, YR_LEARN_DROPPED);

	fprintf(f, "%zu access%s folded into %zu rule%s of %zu profile%s\n", l->counts.accesses,
		l->counts.accesses == 1 ? "" : "es", rules, rules == 1 ? "" : "s", l->n_profiles,
		l->n_profiles == 1 ? "" : "s");
	count(f, covered, "rule is in an abstraction", "rules are in abstractions");
	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++) {
			const struct yr_learned_rule *r = l->profiles[i]->rules[k];

			if (r->kind == YR_LEARN_INCLUDE && r->fate == YR_LEARN_KEPT)
				fprintf(f, "    %s: %s\n", r->text, r->reason);
		}
	count(f, l->counts.squeezed,
	      "program goes on as (I)nherit: a profile has no room for more than 12 others",
	      "programs go on as (I)nherit: a profile has no room for more than 12 others");
	count(f, out, "rule was taken out", "rules were taken out");
	for (size_t i = 0; i < l->n_profiles; i++) {
		put_flag(f, l->profiles[i], l->profiles[i]->disconnected, "attach_disconnected",
			 "files were seen");
		put_flag(f, l->profiles[i], l->profiles[i]->disconnected_ipc,
			 "attach_disconnected.ipc", "queues were seen");
	}
}

static const char *heading(enum yr_learn_wrong what)
{
	switch (what) {
	case YR_LEARN_STILL_REFUSED:
		return "seen, and refused by the result";
	case YR_LEARN_ATTACK:
		return "allowed, though no event needs it";
	case YR_LEARN_NO_ROOM:
		return "kernels that cannot load it";
	case YR_LEARN_NEEDED:
		return "dangerous, and needed by events";
	default:
		return "dangerous, and allowed before, too";
	}
}

static void put_findings(FILE *f, const struct yr_learn_proof *p, enum yr_learn_wrong what)
{
	size_t n = 0;

	for (size_t i = 0; i < p->n_findings; i++) {
		const struct yr_learn_finding *x = &p->findings[i];

		if (x->what != what || n++ >= TOLD)
			continue;
		if (n == 1)
			fprintf(f, "  %s:\n", heading(what));
		fputs("    ", f);
		yr_put(f, x->profile);
		fputs(": ", f);
		yr_put(f, x->access);
		if (x->why) {
			fputs(*x->access ? " (" : "", f);
			yr_put(f, x->why);
			fputs(*x->access ? ")" : "", f);
		}
		if (x->rule) {
			fputs("\n      ", f);
			yr_put(f, x->rule);
		}
		fputc('\n', f);
	}
	if (n && what == YR_LEARN_NO_ROOM)
		fputs("      bring paths together in broader rules, or name the kernel that it is "
		      "for with --features\n",
		      f);
	if (n > TOLD)
		fprintf(f, "    and %zu more\n", n - TOLD);
}

static bool is_told(const struct yr_learn_proof *p, const char *rule)
{
	for (size_t i = 0; i < p->n_findings; i++)
		if (p->findings[i].what == YR_LEARN_NEEDED && !strcmp(p->findings[i].access, rule))
			return true;
	return false;
}

/* What would have been asked about on a terminal, and is none of the attacks to the letter. */
static void put_sensitive(FILE *f, const struct yr_learn *l, const struct yr_learn_proof *p)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_rules; k++) {
			const struct yr_learned_rule *r = l->profiles[i]->rules[k];

			if (r->fate != YR_LEARN_KEPT || !(r->doubts & YR_LEARN_DOUBT_SENSITIVE) ||
			    is_told(p, r->text) || n++ >= TOLD)
				continue;
			if (n == 1)
				fputs("  sensitive, and allowed since it was seen:\n", f);
			fputs("    ", f);
			yr_put(f, l->profiles[i]->name);
			fputs(": ", f);
			yr_put(f, r->text);
			fprintf(f, " (%s)\n", r->reason ? r->reason : "it is sensitive");
		}
	if (n > TOLD)
		fprintf(f, "    and %zu more\n", n - TOLD);
}

static void put_proof(FILE *f, const struct yr_learn_told *t)
{
	const struct yr_learn_proof *p = t->proof;

	if (!p) {
		fputs("the check: the result is no policy\n", f);
		return;
	}
	fprintf(f,
		"the check %s: of %zu accesses seen %zu are allowed, of %zu attacks %zu denied\n",
		p->holds ? "holds" : "FAILS", p->replayed, p->allowed, p->attacks, p->denied);
	if (p->open)
		fprintf(f,
			"  %zu that no rule can refuse: the kernel that was named, or what the "
			"profile's abi says of it, does not look at such accesses\n",
			p->open);
	for (int what = YR_LEARN_STILL_REFUSED; what <= YR_LEARN_BEFORE; what++)
		put_findings(f, p, (enum yr_learn_wrong)what);
	put_sensitive(f, t->l, p);
	if (t->l->counts.left)
		fputs("  events were lost, so that the result cannot be whole\n", f);
}

static void put_next(FILE *f, const struct yr_learn_told *t)
{
	bool failed = t->ran && t->ran->exercise_failed;

	if (!t->path) {
		if (failed)
			fputs("the exercise failed, so that the profile may lack rules: ", f);
		fputs("nothing was written", f);
		/* Against a disk that is full it does nothing. */
		if (t->l->n_profiles && (failed || !t->proof || !t->proof->holds))
			fputs("; --force writes it all the same", f);
		fputc('\n', f);
		return;
	}
	if (!strcmp(t->path, "-"))
		return;
	fputs("written to ", f);
	yr_put(f, t->path);
	fputs("\nnext: read it, then 'yoroi load ", f);
	yr_put(f, t->path);
	fputs("'; ", f);
	if (t->ran)
		yr_learn_put_use(f, t->ran);
	fputs("'yoroi explain' tells what it still refuses, and 'yoroi learn --merge' adds that\n",
	      f);
}

void yr_learn_report(FILE *f, const struct yr_learn_told *t)
{
	if (t->ran)
		yr_learn_put_run(f, t->ran);
	put_seen(f, t);
	if (t->l->n_profiles) {
		put_rules(f, t);
		put_proof(f, t);
	}
	yr_learn_put_unexecuted(f, t->l->counts.unexecuted, t->ran);
	put_next(f, t);
}

static json_t *doubts(unsigned d)
{
	json_t *a = json_array();

	if (d & YR_LEARN_DOUBT_EXEC)
		json_array_append_new(a, json_string("exec"));
	if (d & YR_LEARN_DOUBT_BROAD)
		json_array_append_new(a, json_string("broad"));
	if (d & YR_LEARN_DOUBT_SENSITIVE)
		json_array_append_new(a, json_string("sensitive"));
	return a;
}

static json_t *rule_json(const struct yr_learned_rule *r)
{
	static const char *const fates[] = { "kept", "covered", "dropped", "refused" };

	return json_pack("{s:o, s:I, s:I, s:o, s:b, s:o, s:o, s:o, s:s}", "rule",
			 yr_json_text(r->text), "events", (json_int_t)r->events, "accesses",
			 (json_int_t)r->accesses, "program",
			 yr_json_bytes(r->program.at, r->program.len), "several", r->several,
			 "example", yr_json_text(r->example), "doubts", doubts(r->doubts), "reason",
			 yr_json_text(r->reason), "fate", fates[r->fate]);
}

static json_t *profiles_json(const struct yr_learn *l)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->n_profiles; i++) {
		json_t *rules = json_array();

		for (size_t k = 0; k < l->profiles[i]->n_rules; k++)
			json_array_append_new(rules, rule_json(l->profiles[i]->rules[k]));
		json_array_append_new(all, json_pack("{s:o, s:o}", "name",
						     yr_json_text(l->profiles[i]->name), "rules",
						     rules));
	}
	return all;
}

static json_t *proof_json(const struct yr_learn_proof *p)
{
	static const char *const whats[] = { "refused", "attack", "no-room", "needed", "before" };
	json_t *all;

	if (!p)
		return json_null();
	all = json_array();
	for (size_t i = 0; i < p->n_findings; i++) {
		const struct yr_learn_finding *x = &p->findings[i];

		json_array_append_new(
			all,
			json_pack("{s:s, s:o, s:o, s:o, s:o}", "what", whats[x->what], "profile",
				  yr_json_text(x->profile), "access", yr_json_text(x->access),
				  "why", yr_json_text(x->why), "rule", yr_json_text(x->rule)));
	}
	return json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o, s:b}", "holds", p->holds, "replayed",
			 (json_int_t)p->replayed, "allowed", (json_int_t)p->allowed, "attacks",
			 (json_int_t)p->attacks, "denied", (json_int_t)p->denied, "unmediated",
			 (json_int_t)p->open, "findings", all, "more", p->more);
}

static json_t *unruly_json(const struct yr_learn *l)
{
	json_t *all = json_array();

	for (size_t i = 0; i < l->n_unruly; i++)
		json_array_append_new(all, json_pack("{s:o, s:o, s:I}", "what",
						     yr_json_text(l->unruly[i].what), "why",
						     yr_json_text(l->unruly[i].why), "events",
						     (json_int_t)l->unruly[i].events));
	return all;
}

static json_t *counts_json(const struct yr_learn_told *t)
{
	const struct yr_learn_counts *c = &t->l->counts;
	const struct {
		const char *name;
		uint64_t n;
	} counts[] = {
		{ "events", c->events },
		{ "accesses", c->accesses },
		{ "lost", c->left },
		{ "runtime", c->runtime },
		{ "others", c->others },
		{ "programs", c->programs },
		{ "outside", c->outside },
		{ "squeezed", c->squeezed },
		{ "unruly", c->unruly },
		{ "elsewhere", c->elsewhere },
		{ "unexecuted", c->unexecuted },
		{ "lines", t->lines->lines },
	};
	json_t *all = json_object();

	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		json_object_set_new(all, counts[i].name, json_integer((json_int_t)counts[i].n));
	return all;
}

json_t *yr_learn_json(const struct yr_learn_told *t)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:O?, s:o?}", "counts", counts_json(t),
			 "profiles", profiles_json(t->l), "unruly", unruly_json(t->l), "proof",
			 proof_json(t->proof), "text", yr_json_text(t->text), "written",
			 yr_json_text(t->path), "diff", t->diff, "run",
			 t->ran ? yr_learn_run_json(t->ran) : NULL);
}

static int show_one(const struct yr_learn_policy *how, const struct yr_learn_asked *was,
		    const struct yr_learn_asked *is, const char *name, json_t *all,
		    struct yr_err *err)
{
	struct yr_diff_pair p = { .name = { name, name } };
	int r;

	/* One that is new is all in the text. */
	if (!yr_learn_subject(was, how, name, &p.subject[0]) ||
	    !yr_learn_subject(is, how, name, &p.subject[1]))
		return 0;
	r = yr_diff(&p.subject[0], &p.subject[1], &p.diff, err);
	if (!r && all && json_array_append_new(all, yr_diff_json(&p, NULL, false)))
		r = -ENOMEM;
	if (!r && !all && p.diff.n && !yr_diff_print(&p, NULL, false))
		r = -ENOMEM;
	yr_diff_done(&p.diff);
	return r;
}

int yr_learn_show_diff(const struct yr_learn *l, const struct yr_learn_policy *how,
		       struct yr_str text, json_t *all, struct yr_err *err)
{
	struct yr_learn_asked was = { .unit = NULL }, is = { .unit = NULL };
	struct yr_diags *diags = yr_diags_new();
	int r = diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	if (!r)
		r = yr_learn_compile(how, how->name, how->text, true, diags, &was, err);
	if (!r)
		r = yr_learn_compile(how, how->name, text, true, diags, &is, err);
	for (size_t i = 0; i < l->n_profiles && !r; i++)
		r = show_one(how, &was, &is, l->profiles[i]->name, all, err);
	yr_learn_asked_done(&was);
	yr_learn_asked_done(&is);
	yr_diags_free(diags);
	return r;
}
