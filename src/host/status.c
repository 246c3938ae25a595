/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "host/host.h"

struct whole {
	struct yr_status pub; /* first: what callers hold is a pointer to it */
	struct yr_profiles *profiles;
	struct yr_processes *processes;
	struct yr_process *confined;
	struct yr_err why;
};

static const struct yr_profiles no_profiles;

/*
 * aa-status compares names too, and not attachments: what a profile is attached to would
 * have to be matched as a pattern, for every process against every profile.
 */
static bool counts(const struct yr_profiles *profiles, struct yr_process *row)
{
	const struct yr_loaded *named;

	if (!row->unconfined)
		return true;
	named = row->exe ? yr_profiles_find(profiles, row->exe) : NULL;
	if (!named)
		return false;
	row->profile = named->name;
	return true;
}

static bool pick(struct whole *w)
{
	struct yr_status *s = &w->pub;

	for (size_t i = 0; i < s->profiles->n; i++)
		s->profiles_by_mode[s->profiles->at[i].mode]++;
	if (!w->processes)
		return true;
	s->n_processes = w->processes->n;
	s->n_hidden = w->processes->n_hidden;
	w->confined = calloc(s->n_processes ? s->n_processes : 1, sizeof(*w->confined));
	if (!w->confined)
		return false;
	for (size_t i = 0; i < s->n_processes; i++) {
		struct yr_process row = w->processes->at[i];

		if (!counts(s->profiles, &row))
			continue;
		s->confined_by_mode[row.mode]++;
		w->confined[s->n_confined++] = row;
	}
	s->confined = w->confined;
	return true;
}

static int look(struct whole *w, const struct yr_host_paths *p, struct yr_err *err)
{
	struct yr_err e = { 0 };
	int r = yr_profiles_read(p, &w->profiles, &e);

	if (r < 0 && r != -EACCES && r != -EPERM && r != -ENOENT)
		return yr_err_set(err, -r, "%s", e.msg);
	/* Otherwise the state has said already that we may not look. */
	if (r < 0 && w->pub.state == YR_APPARMOR_OK) {
		w->pub.state = YR_APPARMOR_UNKNOWN;
		w->why = e;
	}
	return yr_processes_read(p, &w->processes, err);
}

int yr_status_read(const struct yr_host_paths *paths, struct yr_status **ret_status,
		   struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	struct whole *w = calloc(1, sizeof(*w));
	int r = 0;

	if (!w)
		return yr_err_set(err, ENOMEM, "out of memory");
	w->pub.state = yr_host_state(&p, &w->why);
	w->pub.why = w->why.msg;
	if (w->pub.state != YR_APPARMOR_ABSENT && w->pub.state != YR_APPARMOR_DISABLED &&
	    w->pub.state != YR_APPARMOR_UNKNOWN)
		r = look(w, &p, err);
	w->pub.profiles = w->profiles ? w->profiles : &no_profiles;
	if (!r && !pick(w))
		r = yr_err_set(err, ENOMEM, "out of memory");
	if (r < 0) {
		yr_status_free(&w->pub);
		return r;
	}
	*ret_status = &w->pub;
	return 0;
}

struct yr_status *yr_status_free(struct yr_status *s)
{
	struct whole *w = (struct whole *)s;

	if (w) {
		yr_profiles_free(w->profiles);
		yr_processes_free(w->processes);
		free(w->confined);
		free(w);
	}
	return NULL;
}
