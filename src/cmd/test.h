/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations, from files of them to a report. */
#ifndef YR_CMD_TEST_H
#define YR_CMD_TEST_H

#include "base/buf.h"
#include "cmd/subject.h"
#include "verdict/expect.h"
#include "verdict/tested.h"

/* A profile that was asked; until yr_test_policies_done(). */
struct yr_asked {
	struct yr_subject subject;
	struct yr_rule_set deciding; /* what the subject's points to */
	bool *decided;               /* by rule: some answer; NULL: it came from an image */
};

struct yr_test_kernel {
	const char *name; /* as the tests' names have it; NULL: they do not */
	char *path;
	struct yr_features *features;
	bool any; /* it stands for every kernel: policy is taken to be written for it */
};

struct yr_test_policy {
	char *path;
	size_t kernel;
	struct yr_opened opened;
	int status; /* of opening it */
	struct yr_asked **asked;
	size_t n_asked;
};

/* test_policies.c: each is read and compiled once for each kernel. Start from { 0 }. */
struct yr_test_policies {
	struct yr_common *common;
	struct yr_test_kernel kernel[YR_LIMIT_TEST_KERNELS];
	size_t n_kernels;
	struct yr_test_policy policy[YR_LIMIT_TEST_POLICIES];
	size_t n_policies;
	struct yr_arena arena; /* names that outlive the text that they were in */
};

/* *ret numbers the kernel whose features @path has; @name is as in the struct, @path a name, too. */
int yr_test_kernel(struct yr_test_policies *p, const char *name, const char *path, bool any,
		   size_t *ret, struct yr_err *err);
/* Profile @name of the file, NULL: the only one; or its @child, NULL: none. Returns an exit status,
 * everything said. */
int yr_test_ask(struct yr_test_policies *p, const char *path, const char *name, const char *child,
		size_t kernel, struct yr_asked **ret);
/* The rules of all that was asked, and of what is inside it. false: memory. */
bool yr_test_tested(const struct yr_test_policies *p, bool includes, struct yr_tested *ret);
/* Was any of it an image, of which no rules are known? */
bool yr_test_any_image(const struct yr_test_policies *p);
void yr_test_policies_done(struct yr_test_policies *p);

enum yr_test_result { YR_TEST_PASSED, YR_TEST_FAILED, YR_TEST_WRONG, YR_TEST_NOT_ASKED };

/* What one line came to, for one kernel. All borrowed. */
struct yr_test_case {
	const char *file; /* NULL: it is about the run */
	unsigned line;
	struct yr_str text;
	const char *kernel; /* NULL: unnamed */
	enum yr_test_result result;
	/* Passed or failed. */
	const char *access, *expected, *got;
	const struct yr_answer *answer;
	const struct yr_subject *subject;
	const struct yr_diags *diags; /* wrong */
	const char *why;              /* not asked, or failed without an answer; NULL */
};

/* test_report.c. Start from { 0 } with the wishes set. */
struct yr_test_report {
	bool is_json;
	const char *junit; /* NULL: not wanted */
	size_t n[YR_TEST_NOT_ASKED + 1];
	struct json_t *tests, *coverage;
	/* The suite of the file at hand, and those before. */
	struct yr_buf suite, suites;
	const char *suite_name;
	size_t suite_n[YR_TEST_NOT_ASKED + 1];
	bool failed; /* memory is out */
};

void yr_report_begin(struct yr_test_report *r);
/* Cases up to the next are of this file. */
void yr_report_file(struct yr_test_report *r, const char *name);
void yr_report_case(struct yr_test_report *r, const struct yr_test_case *c);
void yr_report_coverage(struct yr_test_report *r, const struct yr_tested *t);
/* Returns an exit status: that of the output, not of the tests. */
int yr_report_end(struct yr_test_report *r);

/* "FILE:LINE: TEXT [KERNEL]", TEXT cut where nobody would read on; free() them, NULL: memory. */
char *yr_case_name(const struct yr_test_case *c, bool with_place);
/* What there is to be said of a case that did not pass, in lines. */
char *yr_case_detail(const struct yr_test_case *c);

/* test_junit.c */
void yr_junit_case(struct yr_test_report *r, const struct yr_test_case *c);
void yr_junit_close(struct yr_test_report *r);
int yr_junit_write(struct yr_test_report *r, struct yr_err *err);

/* test_run.c: the expectations of one file. */
struct yr_test_run {
	struct yr_test_policies policies;
	struct yr_test_report report;
	size_t kernels[YR_LIMIT_TEST_KERNELS], n_kernels; /* of the command line */
	bool kernels_given; /* the files' own "features" do not count */
	size_t n_asked;     /* expectations so far, each kernel counted */
	size_t nearest_left;
	int status;
};

void yr_test_file(struct yr_test_run *t, const char *path);

#endif
