/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which writable paths are among those to be logged. Patterns are not compared as text: a profile
 * that allows the path is compared with one that has the rules for logging as well.
 */
#include <errno.h>

#include "author/bane_parts.h"
#include "author/learn_parts.h"
#include "base/cleanup.h"
#include "verdict/diff.h"

static void put_profile(const struct yr_bane *b, size_t entry, bool logging, struct yr_buf *to)
{
	const struct yr_bane_values *log = &b->of[YR_BANE_LOG_ON_WRITE];

	for (size_t i = 0; i < b->of[YR_BANE_IMPORTS].n; i++) {
		const struct yr_bane_entry *e = &b->of[YR_BANE_IMPORTS].at[i];
		bool old = e->text.at[0] == '#';

		yr_buf_put(to, e->text.at + old, e->text.len - old);
		yr_buf_putc(to, '\n');
	}
	yr_buf_puts(to, "include <tunables/global>\nprofile x {\n");
	yr_bane_put_path(to, b->of[YR_BANE_WRITABLE].at[entry].text);
	yr_buf_puts(to, " w,\n");
	for (size_t i = 0; i < log->n && logging; i++) {
		yr_buf_puts(to, "audit ");
		yr_bane_put_path(to, log->at[i].text);
		yr_buf_puts(to, " w,\n");
	}
	yr_buf_puts(to, "}\n");
}

static int compile(const struct yr_bane *b, const struct yr_learn_policy *how, size_t entry,
		   bool logging, struct yr_learn_asked *asked, struct yr_subject *ret,
		   struct yr_err *err)
{
	struct yr_diags *quiet = yr_diags_new();
	AUTO_BUF struct yr_buf text = { 0 };
	int r = quiet ? 0 : -ENOMEM;

	put_profile(b, entry, logging, &text);
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

static int ask(const struct yr_bane *b, const struct yr_learn_policy *how, size_t entry, bool *ret,
	       struct yr_err *err)
{
	struct yr_learn_asked plain = { .unit = NULL }, audited = { .unit = NULL };
	struct yr_subject old_one, new_one;
	struct yr_diff d = { 0 };
	int r = compile(b, how, entry, false, &plain, &old_one, err);

	if (!r)
		r = compile(b, how, entry, true, &audited, &new_one, err);
	if (!r)
		r = yr_diff(&old_one, &new_one, &d, err);
	/* When there is too much to tell, better a line in the log too many. */
	*ret = d.more;
	for (size_t i = 0; i < d.n && !r; i++)
		*ret |= d.at[i].change == YR_CHANGE_AUDITED;
	yr_diff_done(&d);
	yr_learn_asked_done(&plain);
	yr_learn_asked_done(&audited);
	return r;
}

int yr_bane_logged(const struct yr_bane *b, const struct yr_learn_policy *how, bool *ret,
		   struct yr_err *err)
{
	int r = 0;

	for (size_t i = 0; i < b->of[YR_BANE_WRITABLE].n && !r; i++) {
		ret[i] = false;
		if (b->of[YR_BANE_LOG_ON_WRITE].n)
			r = ask(b, how, i, &ret[i], err);
		/* A path that is no pattern: the whole profile says so, with its place. */
		if (r == -EBADMSG)
			r = 0;
	}
	return r;
}
