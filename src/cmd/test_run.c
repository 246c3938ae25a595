/* SPDX-License-Identifier: Apache-2.0 */
/* One file of expectations: its lines in order, each asked and compared. */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "cmd/test.h"

/* What the lines before have said about those that follow. */
struct section {
	const char *file, *name, *child; /* of the profile; file NULL: none is named yet */
	unsigned line;                   /* that named it last */
	struct yr_str text;
	size_t kernels[YR_LIMIT_TEST_KERNELS], n_kernels;
	bool is_open; /* asked[] is there */
	struct yr_asked *asked[YR_LIMIT_TEST_KERNELS];
	unsigned bad_profile, bad_kernels; /* the line that spoils what follows; 0: none */
};

struct lines {
	struct yr_test_run *t;
	struct yr_expect_reader reader;
	struct yr_expectation e; /* the line at hand */
	struct section s;
	struct yr_diags *diags; /* of the line */
	size_t n;               /* expectations */
};

static void no_memory(struct yr_test_run *t)
{
	t->report.failed = true; /* which is said at the end */
	t->status = YR_EXIT_SYSTEM;
}

static struct yr_test_case new_case(const struct lines *l, enum yr_test_result result)
{
	return (struct yr_test_case){
		.file = l->reader.name,
		.line = l->e.line,
		.text = l->e.text,
		.result = result,
	};
}

static void wrong_line(struct lines *l)
{
	struct yr_test_case c = new_case(l, YR_TEST_WRONG);

	c.diags = l->diags;
	l->t->status = yr_worse(l->t->status, YR_EXIT_USAGE);
	yr_report_case(&l->t->report, &c);
}

static void not_asked(struct lines *l, unsigned line)
{
	struct yr_test_case c = new_case(l, YR_TEST_NOT_ASKED);
	AUTO_FREE char *why = NULL;

	if (asprintf(&why, "not asked: see line %u", line) < 0) {
		no_memory(l->t);
		return;
	}
	c.why = why;
	yr_report_case(&l->t->report, &c);
}

/* @word as a name that is kept; NULL: memory. */
static char *keep(struct lines *l, struct yr_str word)
{
	char *s = yr_arena_strndup(&l->t->policies.arena, word.at, word.len);

	if (!s)
		no_memory(l->t);
	return s;
}

/* A relative name begins where the file of expectations is. */
static char *beside(struct lines *l, struct yr_str word)
{
	const char *slash = strrchr(l->reader.name, '/');
	int folder = slash && word.at[0] != '/' ? (int)(slash + 1 - l->reader.name) : 0;
	/* "-" would be standard input. */
	const char *dot = !folder && yr_str_is(word, "-") ? "./" : "";
	char *s = yr_arena_printf(&l->t->policies.arena, "%.*s%s%.*s", folder, l->reader.name, dot,
				  YR_STR_ARG(word));

	if (!s)
		no_memory(l->t);
	return s;
}

static void name_profile(struct lines *l)
{
	const struct yr_expectation *e = &l->e;
	struct section *s = &l->s;

	s->line = e->line;
	s->text = e->text;
	s->is_open = false;
	s->bad_profile = 0;
	s->child = NULL;
	s->name = e->n_words > 1 ? keep(l, e->word[1].text) : NULL;
	s->file = beside(l, e->word[0].text);
	if (!s->file || (e->n_words > 1 && !s->name))
		s->bad_profile = e->line;
}

static void name_child(struct lines *l)
{
	struct section *s = &l->s;

	/* The line that should have named it is wrong, which has been said. */
	if (!s->file && s->bad_profile)
		return;
	if (!s->file) {
		yr_expect_complain(&l->reader, l->diags, l->e.word[0].col, l->e.word[0].text.len,
				   "missing",
				   "no profile is named yet: 'profile FILE' comes first");
		wrong_line(l);
		return;
	}
	s->line = l->e.line;
	s->text = l->e.text;
	s->is_open = false;
	s->bad_profile = 0;
	s->child = keep(l, l->e.word[0].text);
	if (!s->child)
		s->bad_profile = l->e.line;
}

/* One kernel of a line: a file beside this one, or a shipped name. */
static int add_kernel(struct lines *l, const struct yr_expect_word *word)
{
	char *path = beside(l, word->text), *name = keep(l, word->text);
	struct yr_err err = { 0 };
	size_t *at = &l->s.kernels[l->s.n_kernels];
	int r;

	if (!path || !name)
		return -ENOMEM;
	if (access(path, F_OK) && !strchr(name, '/'))
		path = name;
	r = yr_test_kernel(&l->t->policies, name, path, false, at, &err);
	if (!r)
		l->s.n_kernels++;
	else
		yr_expect_complain(&l->reader, l->diags, word->col, word->text.len,
				   r == -E2BIG ? "limit" : "unreadable", "%s", err.msg);
	return r;
}

static void name_kernels(struct lines *l)
{
	struct section *s = &l->s;
	int r = 0;

	/* The command line's are asked instead. */
	if (l->t->kernels_given)
		return;
	s->is_open = false;
	s->n_kernels = 0;
	s->bad_kernels = 0;
	for (size_t i = 0; i < l->e.n_words && !r; i++)
		r = add_kernel(l, &l->e.word[i]);
	if (!r)
		return;
	s->bad_kernels = l->e.line;
	wrong_line(l);
}

/* The profile of the section, as each kernel has it; false: it cannot be asked, which is told. */
static bool open_section(struct lines *l)
{
	struct section *s = &l->s;
	struct yr_test_case c = {
		.file = l->reader.name,
		.line = s->line,
		.text = s->text,
		.result = YR_TEST_FAILED,
		.why = "this cannot be asked; standard error says why",
	};

	for (size_t i = 0; i < s->n_kernels && !s->is_open; i++) {
		int status = yr_test_ask(&l->t->policies, s->file, s->name, s->child, s->kernels[i],
					 &s->asked[i]);

		if (status == YR_EXIT_OK)
			continue;
		s->bad_profile = s->line;
		l->t->status = yr_worse(l->t->status, status);
		yr_report_case(&l->t->report, &c);
		return false;
	}
	s->is_open = true;
	return true;
}

/* Ask again what was not as expected, to name the nearest rule. */
static int ask_nearest(struct lines *l, const struct yr_asked *a, const struct yr_request *request,
		       struct yr_answer *answer, struct yr_err *err)
{
	struct yr_subject subject = a->subject;
	size_t cost = subject.profile ? subject.profile->n_rules : 0;

	if (answer->decided != YR_BY_NOBODY || !cost || cost > l->t->nearest_left)
		return 0;
	l->t->nearest_left -= cost;
	subject.no_nearest = false;
	subject.deciding = NULL;
	yr_answer_done(answer);
	return yr_query(&subject, request, answer, err);
}

static bool report(struct lines *l, const struct yr_test_kernel *k, const struct yr_asked *a,
		   const char *access, struct yr_answer *answer)
{
	bool met = yr_expect_met(&l->e, answer);
	struct yr_test_case c = new_case(l, met ? YR_TEST_PASSED : YR_TEST_FAILED);

	c.kernel = k->name;
	c.access = access;
	c.expected = yr_expect_wanted(&answer->arena, &l->e);
	c.got = yr_expect_got(&answer->arena, answer);
	c.answer = answer;
	c.subject = &a->subject;
	if (!c.expected || !c.got)
		return false;
	if (!met)
		l->t->status = yr_worse(l->t->status, YR_EXIT_POLICY);
	yr_report_case(&l->t->report, &c);
	return true;
}

static int ask(struct lines *l, const struct yr_test_kernel *k, struct yr_asked *a,
	       struct yr_diags *diags, struct yr_err *err)
{
	struct yr_request *request = NULL;
	struct yr_answer answer = { 0 };
	int r = yr_request_new(&a->subject, l->reader.name, l->e.access.text, diags, &request, err);

	if (!r)
		r = yr_query(&a->subject, request, &answer, err);
	for (size_t i = 0; !r && i < a->deciding.n; i++)
		a->decided[a->deciding.at[i]] = true;
	if (!r && !yr_expect_met(&l->e, &answer))
		r = ask_nearest(l, a, request, &answer, err);
	if (!r && !report(l, k, a, yr_request_text(request), &answer))
		r = yr_err_set(err, ENOMEM, "out of memory");
	yr_answer_done(&answer);
	yr_request_free(request);
	return r;
}

/* One kernel's answer; false: the line is wrong, or the machine failed. */
static bool ask_kernel(struct lines *l, size_t i)
{
	struct yr_diags *diags = yr_diags_new();
	struct yr_err err = { 0 };
	int r = -ENOMEM;

	if (diags && !yr_diags_set_warning(diags, "all", YR_WARN_HIDE))
		r = ask(l, &l->t->policies.kernel[l->s.kernels[i]], l->s.asked[i], diags, &err);
	if (r == -EBADMSG) {
		yr_expect_relocate(&l->reader, l->diags, l->e.access.col, diags);
		wrong_line(l);
	} else if (r == -ENOMEM) {
		no_memory(l->t);
	} else if (r < 0) {
		struct yr_test_case c = new_case(l, YR_TEST_FAILED);

		c.why = err.msg;
		l->t->status = yr_worse(l->t->status, yr_exit_status(r));
		yr_report_case(&l->t->report, &c);
	}
	yr_diags_free(diags);
	return !r;
}

static void expect(struct lines *l)
{
	unsigned bad = l->s.bad_profile ? l->s.bad_profile : l->s.bad_kernels;

	l->n++;
	if (!bad && !l->s.file) {
		yr_expect_complain(&l->reader, l->diags, 1, 1, "missing",
				   "no profile is named yet: 'profile FILE' comes first");
		wrong_line(l);
		return;
	}
	if (!bad && !l->s.is_open && !open_section(l))
		bad = l->s.line;
	if (bad) {
		not_asked(l, bad);
		return;
	}
	for (size_t i = 0; i < l->s.n_kernels; i++) {
		l->t->n_asked++;
		if (!ask_kernel(l, i))
			return;
	}
}

static void take_line(struct lines *l)
{
	switch (l->e.kind) {
	case YR_EXPECT_PROFILE:
		name_profile(l);
		break;
	case YR_EXPECT_CHILD:
		name_child(l);
		break;
	case YR_EXPECT_FEATURES:
		name_kernels(l);
		break;
	case YR_EXPECT_ACCESS:
		expect(l);
		break;
	case YR_EXPECT_UNKNOWN:
		break;
	}
}

static void take_wrong(struct lines *l)
{
	wrong_line(l);
	switch (l->e.kind) {
	case YR_EXPECT_PROFILE:
		l->s.file = NULL;
		l->s.bad_profile = l->e.line;
		break;
	case YR_EXPECT_CHILD:
		l->s.bad_profile = l->e.line;
		break;
	case YR_EXPECT_FEATURES:
		l->s.bad_kernels = l->e.line;
		break;
	case YR_EXPECT_ACCESS:
	case YR_EXPECT_UNKNOWN:
		l->n++;
		break;
	}
}

/* false: it was the last. */
static bool next_line(struct lines *l)
{
	int r;

	l->diags = yr_diags_new();
	if (!l->diags) {
		no_memory(l->t);
		return false;
	}
	r = yr_expect_next(&l->reader, l->diags, &l->e);
	if (r > 0 && l->t->n_asked >= YR_LIMIT_EXPECTATIONS) {
		yr_expect_complain(&l->reader, l->diags, 1, 1, "limit",
				   "these are more than %u expectations in one run",
				   YR_LIMIT_EXPECTATIONS);
		wrong_line(l);
		r = 0;
		l->n++;
	} else if (r > 0) {
		take_line(l);
	} else if (r < 0) {
		take_wrong(l);
	}
	l->diags = yr_diags_free(l->diags);
	return r && !l->t->report.failed;
}

/* A file that expects nothing cannot fail, which is not what its author thinks. */
static void refuse_empty(struct lines *l)
{
	struct yr_test_case c = {
		.file = l->reader.name,
		.line = 1,
		.result = YR_TEST_FAILED,
		.why = "there is no expectation in this file",
	};

	l->t->status = yr_worse(l->t->status, YR_EXIT_USAGE);
	yr_report_case(&l->t->report, &c);
}

void yr_test_file(struct yr_test_run *t, const char *path)
{
	bool is_stdin = !strcmp(path, "-");
	struct lines l = { .t = t, .reader = { .name = is_stdin ? "stdin" : path } };
	AUTO_FREE char *text = NULL;
	struct yr_err err = { 0 };
	size_t len;

	if (yr_read_all(is_stdin ? NULL : path, YR_LIMIT_SOURCE_BYTES, &text, &len, &err) < 0) {
		yr_say("%s", err.msg);
		t->status = YR_EXIT_SYSTEM;
		return;
	}
	l.reader.left = (struct yr_str){ text, len };
	memcpy(l.s.kernels, t->kernels, sizeof(t->kernels));
	l.s.n_kernels = t->n_kernels;
	yr_report_file(&t->report, l.reader.name);
	while (next_line(&l))
		;
	if (!l.n && !t->report.failed)
		refuse_empty(&l);
}
