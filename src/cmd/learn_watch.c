/* SPDX-License-Identifier: Apache-2.0 */
/* Which records are of the run, and whose name they get. */
#include "cmd/learn_watch.h"

#include <errno.h>
#include <string.h>

#include "base/str.h"

static struct yr_str text_of(const struct yr_log_event *ev, enum yr_log_text t)
{
	return (struct yr_str){ ev->text[t].at, ev->text[t].len };
}

/* "web", "web//child" */
static bool is_below(struct yr_str label, const char *profile)
{
	size_t n = strlen(profile);

	return label.len >= n && !memcmp(label.at, profile, n) &&
	       (label.len == n ||
		(label.len > n + 2 && label.at[n] == '/' && label.at[n + 1] == '/'));
}

/* The name that the profile will have stands for the one that it has now. */
static bool rename_one(struct yr_learn_watch *w, struct yr_log_event *ev, enum yr_log_text t,
		       struct yr_buf *b)
{
	struct yr_str is = text_of(ev, t);
	size_t n = strlen(w->profile);

	if (!is.len || !is_below(is, w->profile))
		return true;
	b->len = 0;
	yr_buf_puts(b, w->name);
	yr_buf_put(b, is.at + n, is.len - n);
	ev->text[t] = (struct yr_log_bytes){ b->data, b->len };
	return !b->failed;
}

/*
 * What calls itself a runtime is one until its process has executed something, or has been called
 * otherwise: a program of the container may have such a name, too.
 */
static bool is_runtime(struct yr_learn_watch *w, const struct yr_log_event *ev)
{
	uint64_t pid = ev->number[YR_LOG_PID];
	uint8_t *byte = &w->begun[pid % YR_LEARN_PIDS / 8], bit = (uint8_t)(1u << (pid % 8));

	if (!w->has_runtime)
		return false;
	if (!pid || pid >= YR_LEARN_PIDS)
		return yr_learn_is_runtime(ev);
	if (!(*byte & bit) && yr_learn_is_runtime(ev))
		return true;
	*byte |= bit;
	return false;
}

static bool is_removal(const struct yr_learn_watch *w, const struct yr_log_event *ev)
{
	return ev->type == YR_LOG_STATUS && ev->origin == YR_LOG_FROM_KERNEL &&
	       yr_str_is(text_of(ev, YR_LOG_OPERATION), "profile_remove") &&
	       yr_str_is(text_of(ev, YR_LOG_NAME), w->profile);
}

int yr_learn_watch(void *ctx, const struct yr_log_event *ev)
{
	static const enum yr_log_text labels[] = { YR_LOG_PROFILE, YR_LOG_PEER_PROFILE, YR_LOG_PEER,
						   YR_LOG_NAME2 };
	struct yr_learn_watch *w = ctx;
	struct yr_log_event own = *ev;

	if (w->profile) {
		w->removed |= is_removal(w, ev);
		if (!is_below(text_of(ev, YR_LOG_PROFILE), w->profile)) {
			w->learned->counts.elsewhere++;
			return 0;
		}
	}
	if (is_runtime(w, ev)) {
		w->learned->counts.runtime++;
		return 0;
	}
	for (size_t i = 0; w->profile && i < 4; i++)
		if (!rename_one(w, &own, labels[i], &w->text[i]))
			return -ENOMEM;
	return yr_learn_add(w->learned, &own);
}

void yr_learn_watch_done(struct yr_learn_watch *w)
{
	for (size_t i = 0; i < 4; i++)
		yr_buf_done(&w->text[i]);
}
