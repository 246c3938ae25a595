/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expectations of a profile, docs/testing-profiles.md: a file of lines, each of which names what is
 * asked, or an access and what is to become of it.
 */
#ifndef YR_VERDICT_EXPECT_H
#define YR_VERDICT_EXPECT_H

#include "base/limits.h"
#include "base/str.h"
#include "verdict/query.h"

/* Where the reader is. Set up by the caller; strings of lines point into @left's text. */
struct yr_expect_reader {
	const char *name;    /* of the file, for diagnostics */
	struct yr_str left;  /* what has not been read */
	struct yr_str whole; /* the line read last, without its end */
	unsigned line;       /* its number */
};

enum yr_expect_kind {
	YR_EXPECT_UNKNOWN,
	YR_EXPECT_PROFILE,  /* words: the file, and the profile's name if there are two */
	YR_EXPECT_CHILD,    /* words: its name below that of the profile */
	YR_EXPECT_FEATURES, /* words: kernels */
	YR_EXPECT_ACCESS,
};

enum yr_expect_log { YR_EXPECT_EITHER, YR_EXPECT_AUDIT, YR_EXPECT_QUIET };

struct yr_expect_word {
	struct yr_str text; /* without its quotes */
	unsigned col;
};

/* A line that says something. Lives as long as the text. */
struct yr_expectation {
	enum yr_expect_kind kind;
	unsigned line;
	struct yr_str text; /* without blanks and comments around it */
	struct yr_expect_word word[YR_LIMIT_TEST_KERNELS];
	size_t n_words;
	/* Of an access. */
	bool allow;
	enum yr_expect_log log;
	struct yr_expect_word access, transition; /* transition.text.at NULL: none is expected */
};

/*
 * The next line that says something. 1: there is one; 0: the text is at its end; -EBADMSG: it is
 * wrong, which @diags tells, and only kind, line and text of *ret are set.
 */
int yr_expect_next(struct yr_expect_reader *r, struct yr_diags *diags, struct yr_expectation *ret);

/* A mistake at column @col of the line read last. */
void yr_expect_complain(const struct yr_expect_reader *r, struct yr_diags *diags, unsigned col,
			size_t len, const char *name, const char *fmt, ...) YR_PRINTF(6, 7);
/* What @of says of a text that stands at column @col of the line read last, in its place. */
void yr_expect_relocate(const struct yr_expect_reader *r, struct yr_diags *diags, unsigned col,
			const struct yr_diags *of);

/*
 * Is the answer what was expected? What is denied must be so whatever stands for what the access
 * leaves unsaid, as what is allowed.
 */
bool yr_expect_met(const struct yr_expectation *e, const struct yr_answer *a);
/* Both in the words of such files, "deny quiet"; in @arena, NULL: memory. */
const char *yr_expect_wanted(struct yr_arena *arena, const struct yr_expectation *e);
const char *yr_expect_got(struct yr_arena *arena, const struct yr_answer *a);

#endif
