/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which writable paths are among those to be logged. Patterns are not compared as text: a profile
 * that allows the path is compared with one that has the rules for logging as well.
 */
#include <errno.h>

#include "author/bane_parts.h"
#include "author/learn_parts.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "verdict/diff.h"

/* Allows writing to @path, when there is one; @logging: and to what is to be logged. */
static void put_profile(const struct yr_bane *b, const struct yr_str *path, bool logging,
			struct yr_buf *to)
{
	const struct yr_bane_values *log = &b->of[YR_BANE_LOG_ON_WRITE];

	for (size_t i = 0; i < b->of[YR_BANE_IMPORTS].n; i++) {
		const struct yr_bane_entry *e = &b->of[YR_BANE_IMPORTS].at[i];
		bool old = e->text.at[0] == '#';

		yr_buf_put(to, e->text.at + old, e->text.len - old);
		yr_buf_putc(to, '\n');
	}
	yr_buf_puts(to, "include <tunables/global>\nprofile x {\n");
	if (path) {
		yr_bane_put_path(to, *path);
		yr_buf_puts(to, " w,\n");
	}
	for (size_t i = 0; i < log->n && logging; i++) {
		yr_buf_puts(to, "audit ");
		yr_bane_put_path(to, log->at[i].text);
		yr_buf_puts(to, " w,\n");
	}
	yr_buf_puts(to, "}\n");
}

static int compile(const struct yr_bane *b, const struct yr_learn_policy *how,
		   const struct yr_str *path, bool logging, struct yr_learn_asked *asked,
		   struct yr_subject *ret, struct yr_err *err)
{
	struct yr_diags *quiet = yr_diags_new();
	AUTO_BUF struct yr_buf text = { 0 };
	int r = quiet ? 0 : -ENOMEM;

	put_profile(b, path, logging, &text);
	if (text.failed)
		r = -ENOMEM;
	if (!r)
		r = yr_learn_compile(how, "x", (struct yr_str){ text.data, text.len }, false, quiet,
				     asked, err);
	if (!r && !yr_learn_subject(asked, how, "x", ret))
		r = -EBADMSG;
	yr_diags_free(quiet);
	return r;
}

static int ask(const struct yr_bane *b, const struct yr_learn_policy *how,
	       const struct yr_str *path, bool *ret, struct yr_err *err)
{
	struct yr_learn_asked plain = { .unit = NULL }, audited = { .unit = NULL };
	struct yr_subject old_one, new_one;
	struct yr_diff d = { 0 };
	int r = compile(b, how, path, false, &plain, &old_one, err);

	if (!r)
		r = compile(b, how, path, true, &audited, &new_one, err);
	if (!r)
		r = yr_diff(&old_one, &new_one, &d, err);
	/* When there is too much to tell, better a line in the log too many. */
	*ret = d.more || r == -E2BIG;
	for (size_t i = 0; i < d.n && !r; i++)
		*ret |= d.at[i].change == YR_CHANGE_AUDITED;
	yr_diff_done(&d);
	yr_learn_asked_done(&plain);
	yr_learn_asked_done(&audited);
	return r;
}

/* Stands for itself alone. */
static bool is_plain(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (strchr("*?[]{}^\\@", s.at[i]))
			return false;
	return true;
}

static int ask_all(const struct yr_bane *b, const struct yr_learn_policy *how,
		   const struct yr_subject *logging, bool *ret, struct yr_err *err)
{
	const struct yr_bane_values *v = &b->of[YR_BANE_WRITABLE];
	size_t work = 0;
	int r = 0;

	for (size_t i = 0; i < v->n && !r; i++) {
		if (is_plain(v->at[i].text)) {
			uint32_t may = yr_query_file(logging->compiled, v->at[i].text, false);

			ret[i] = may & YR_MAY_WRITE;
			continue;
		}
		work += 20 + b->of[YR_BANE_LOG_ON_WRITE].n;
		ret[i] = true;
		if (work <= YR_LIMIT_BANE_WORK)
			r = ask(b, how, &v->at[i].text, &ret[i], err);
		/* A path that is no pattern: the whole profile says so, with its place. */
		if (r == -EBADMSG || r == -E2BIG) {
			*err = (struct yr_err){ 0 };
			r = 0;
		}
	}
	return r;
}

int yr_bane_logged(const struct yr_bane *b, const struct yr_learn_policy *how, bool *ret,
		   struct yr_err *err)
{
	struct yr_learn_asked asked = { .unit = NULL };
	struct yr_subject logging;
	int r;

	memset(ret, 0, b->of[YR_BANE_WRITABLE].n * sizeof(*ret));
	if (!b->of[YR_BANE_LOG_ON_WRITE].n)
		return 0;
	r = compile(b, how, NULL, true, &asked, &logging, err);
	if (!r)
		r = ask_all(b, how, &logging, ret, err);
	yr_learn_asked_done(&asked);
	if (r != -EBADMSG)
		return r;
	*err = (struct yr_err){ 0 };
	return 0;
}
