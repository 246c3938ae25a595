/* SPDX-License-Identifier: Apache-2.0 */
/* What a container really runs under. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "agent/agent.h"
#include "agent/limits.h"

/* Whether one profile of the stack @label is @name, or a part of it. */
static bool has(const char *label, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = label; at;) {
		const char *end = strstr(at, "//&");

		if (!strncmp(at, name, len) &&
		    (!at[len] || end == at + len || !strncmp(at + len, "//", 2)))
			return true;
		at = end ? end + 3 : NULL;
	}
	return false;
}

static enum yr_label_answer judge(struct yr_work *w, const struct yr_container *c,
				  const struct yr_label *l)
{
	struct yr_effective e;

	yr_pod_effective(&w->wanted.pod, c, &w->wanted.era, &e);
	switch (e.asked.type) {
	case YR_PROFILE_LOCALHOST:
		/* None is called "unconfined", and who asks for one of that name means a profile. */
		return l && !l->unconfined && has(l->profile, e.asked.name) ? YR_LABEL_GOOD
									    : YR_LABEL_WRONG;
	case YR_PROFILE_UNCONFINED:
		return YR_LABEL_GOOD;
	case YR_PROFILE_DEFAULT:
		return c->privileged || (l && !l->unconfined) ? YR_LABEL_GOOD : YR_LABEL_WRONG;
	default:
		/* Where there is AppArmor, engines have a default. */
		return c->privileged || !l || !l->unconfined ? YR_LABEL_GOOD : YR_LABEL_WRONG;
	}
}

bool yr_agent_lost_profile(struct yr_work *w, const struct yr_container *c, pid_t pid)
{
	struct yr_err why = { 0 };
	struct yr_label *l = NULL;
	bool lost = yr_host_label(&w->agent->paths, pid, &l, &why) == 0 && l->unconfined &&
		    judge(w, c, l) == YR_LABEL_WRONG;

	yr_label_free(l);
	return lost;
}

enum yr_label_answer yr_agent_check_label(struct yr_work *w, const struct yr_container *c,
					  pid_t pid, struct yr_buf *ret_label, bool *ret_loose,
					  struct yr_err *err)
{
	static const struct timespec pause = { 0, 50 * 1000 * 1000 };
	enum yr_label_answer answer = YR_LABEL_GONE;

	*ret_loose = false;
	/* The engine may be back before the runtime's process has become the container's. */
	for (unsigned ms = 0; ms < YR_LIMIT_LABEL_MS; ms += 50) {
		struct yr_label *l = NULL;
		int r;

		*err = (struct yr_err){ 0 };
		r = yr_host_label(&w->agent->paths, pid, &l, err);
		ret_label->len = 0;
		if (r == -ESRCH)
			return YR_LABEL_GONE;
		if (r < 0 && r != -EOPNOTSUPP)
			return YR_LABEL_UNREADABLE;
		yr_buf_puts(ret_label, l ? l->profile : "no AppArmor");
		answer = judge(w, c, l);
		*ret_loose = l && !l->unconfined &&
			     (l->mode == YR_LABEL_COMPLAIN || l->mode == YR_LABEL_UNCONFINED);
		if (*ret_loose)
			yr_buf_printf(ret_label, " (%s)", l->mode_word);
		yr_label_free(l);
		if (answer == YR_LABEL_GOOD)
			break;
		nanosleep(&pause, NULL);
	}
	return answer;
}
