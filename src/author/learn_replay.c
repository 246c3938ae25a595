/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many accesses asked at once. What the profile lets do is walked once for all of a kind; while that
 * is refused, the halves are asked by themselves, so that what is refused is found in few walks.
 */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "base/limits.h"

/* More at once would cost memory, and save no time. */
enum { AT_ONCE = 4096 };

struct asking {
	const struct yr_subject *s;
	const struct yr_learned_event *const *at; /* sorted by what may be asked together */
	const char **texts;
	bool *allowed; /* as the profile's others */
	const struct yr_learned_event *first;
	unsigned walks; /* that are left */
	struct yr_diags *diags;
	struct yr_err *err;
};

/* Which may be asked together: of one class, and of sockets with the same words. */
static int by_question(const void *a, const void *b)
{
	const struct yr_learned_event *x = *(const struct yr_learned_event *const *)a;
	const struct yr_learned_event *y = *(const struct yr_learned_event *const *)b;
	int c = (int)x->ev.rule_class - (int)y->ev.rule_class;

	return c ? c : yr_str_cmp(yr_event_mask(&x->ev), yr_event_mask(&y->ev));
}

static int by_place(const void *a, const void *b)
{
	const struct yr_learned_event *x = *(const struct yr_learned_event *const *)a;
	const struct yr_learned_event *y = *(const struct yr_learned_event *const *)b;
	int c = by_question(a, b);

	return c ? c : x < y ? -1 : x > y;
}

/* 1: all are allowed. 0: one is not, or it could not be asked this way. */
static int ask_together(struct asking *q, size_t from, size_t n)
{
	struct yr_request *request = NULL;
	struct yr_answer answer = { 0 };
	struct yr_err err = { 0 };
	int r = yr_request_new_many(q->s, "record", q->texts + from, n, q->diags, &request, &err);

	if (!r)
		r = yr_query(q->s, request, &answer, &err);
	if (!r)
		r = answer.allowed;
	yr_answer_done(&answer);
	yr_request_free(request);
	if (r == -ENOMEM)
		return yr_err_set(q->err, ENOMEM, "out of memory");
	return r > 0;
}

static int ask_range(struct asking *q, size_t from, size_t n)
{
	int r;

	/* One alone is asked by whoever wants to know. */
	if (n < 2 || !q->walks)
		return 0;
	q->walks--;
	r = ask_together(q, from, n);
	for (size_t i = from; i < from + n && r > 0; i++)
		q->allowed[q->at[i] - q->first] = true;
	if (r)
		return r < 0 ? r : 0;
	r = ask_range(q, from, n / 2);
	return r ? r : ask_range(q, from + n / 2, n - n / 2);
}

static bool is_plain(const struct yr_log_event *ev)
{
	return ev->rule_class == YR_LOG_CLASS_CAPABILITY || ev->rule_class == YR_LOG_CLASS_RLIMITS;
}

static int ask_sorted(struct asking *q, size_t n)
{
	size_t from = 0;
	int r = 0;

	for (size_t i = 1; i <= n && !r; i++)
		if (i == n || i - from == AT_ONCE || by_question(&q->at[from], &q->at[i])) {
			r = ask_range(q, from, i - from);
			from = i;
		}
	return r;
}

int yr_learn_ask_many(const struct yr_subject *s, const struct yr_learned_profile *p, bool *allowed,
		      struct yr_err *err)
{
	AUTO_FREE const struct yr_learned_event **at = calloc(p->n_others + 1, sizeof(*at));
	AUTO_FREE const char **texts = calloc(p->n_others + 1, sizeof(*texts));
	struct yr_diags *diags = yr_diags_new();
	struct asking q = { .s = s,
			    .at = at,
			    .texts = texts,
			    .allowed = allowed,
			    .first = p->others,
			    .walks = YR_LIMIT_LEARN_WALKS,
			    .diags = diags,
			    .err = err };
	size_t n = 0;
	int r = at && texts && diags ? yr_diags_set_warning(diags, "all", YR_WARN_HIDE) : -ENOMEM;

	for (size_t i = 0; i < p->n_others && !r; i++) {
		allowed[i] = false;
		if (!is_plain(&p->others[i].ev))
			at[n++] = &p->others[i];
	}
	if (n)
		qsort(at, n, sizeof(*at), by_place);
	for (size_t i = 0; i < n; i++)
		texts[i] = at[i]->access;
	if (!r)
		r = ask_sorted(&q, n);
	yr_diags_free(diags);
	return r;
}
