/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen: records to distinct accesses, by profile. */
#include "author/learn_parts.h"

#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"

struct yr_learn *yr_learn_new(const struct yr_learn_options *opt)
{
	struct yr_learn *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->opt = *opt;
	l->seen = yr_denials_new(YR_LIMIT_LEARN_ACCESSES, YR_LIMIT_LEARN_BYTES);
	return l->seen ? l : yr_learn_free(l);
}

struct yr_learn *yr_learn_free(struct yr_learn *l)
{
	if (l) {
		for (size_t i = 0; i < l->n_profiles; i++)
			free(l->profiles[i]->rules);
		yr_denials_free(l->seen);
		yr_arena_done(&l->arena);
		free(l);
	}
	return NULL;
}

static bool is_wanted(const struct yr_learn *l, struct yr_str profile)
{
	size_t len = l->opt.profile ? strlen(l->opt.profile) : 0;

	return !len || (profile.len >= len && !memcmp(profile.at, l->opt.profile, len) &&
			(profile.len == len || (profile.len > len + 1 && profile.at[len] == '/' &&
						profile.at[len + 1] == '/')));
}

int yr_learn_add(struct yr_learn *l, const struct yr_log_event *ev)
{
	struct yr_str profile = yr_event_text(ev, YR_LOG_PROFILE);
	struct yr_log_event done;

	/* A rule let it be, and had it logged: the program did it all the same. */
	if (ev->type == YR_LOG_AUDIT && !yr_str_is(profile, "unconfined")) {
		done = *ev;
		done.type = YR_LOG_ALLOWED;
		ev = &done;
	}
	if (!yr_is_denial(ev) || ev->rule_class == YR_LOG_CLASS_POLICY)
		l->counts.others++;
	else if (!is_wanted(l, profile))
		l->counts.elsewhere++;
	/* The daemon of D-Bus decides itself, and where there is no audit writes to the log. */
	else if (ev->origin == YR_LOG_FROM_SYSLOG && ev->rule_class != YR_LOG_CLASS_DBUS)
		l->counts.programs++;
	else if (ev->origin == YR_LOG_FROM_AUDIT_USER && ev->rule_class != YR_LOG_CLASS_DBUS)
		l->counts.programs++;
	else if (!l->opt.runtime_known && yr_learn_is_runtime(ev))
		l->counts.runtime++;
	else if (!yr_denials_add(l->seen, ev))
		return -ENOMEM;
	return 0;
}

void yr_learn_count(struct yr_learned_rule *r, const struct yr_denial *d, uint64_t events,
		    bool several)
{
	struct yr_str is = yr_event_text(&d->event, YR_LOG_COMM);

	r->events += events;
	r->accesses++;
	r->several |= several || (r->program.len && !yr_str_eq(r->program, is));
	if (!r->program.len)
		r->program = is;
}

size_t yr_learn_parent(struct yr_str name)
{
	size_t last = 0;

	/* A path as a child's name begins with a slash of its own: from the left. */
	for (size_t i = 1; i + 2 < name.len; i++)
		if (name.at[i] == '/' && name.at[i + 1] == '/') {
			last = i;
			i += 2;
		}
	return last;
}

static struct yr_learned_profile *find(const struct yr_learn *l, struct yr_str name)
{
	for (size_t i = 0; i < l->n_profiles; i++)
		if (yr_str_is(name, l->profiles[i]->name))
			return l->profiles[i];
	return NULL;
}

struct yr_learned_profile *yr_learn_profile(struct yr_learn *l, struct yr_str name, bool child,
					    bool *ret_full)
{
	struct yr_learned_profile *p = find(l, name);
	size_t parent = yr_learn_parent(name);

	*ret_full = false;
	if (p) {
		p->child |= child;
		return p;
	}
	if (parent && !yr_learn_profile(l, (struct yr_str){ name.at, parent }, false, ret_full))
		return NULL;
	*ret_full = l->n_profiles >= YR_LIMIT_LEARN_PROFILES;
	if (*ret_full)
		return NULL;
	if (!l->profiles)
		l->profiles = yr_arena_array(&l->arena, YR_LIMIT_LEARN_PROFILES,
					     sizeof(struct yr_learned_profile *));
	p = yr_arena_new(&l->arena, struct yr_learned_profile);
	if (!p || !l->profiles)
		return NULL;
	p->name = yr_arena_strndup(&l->arena, name.at, name.len);
	p->child = child;
	if (!p->name)
		return NULL;
	l->profiles[l->n_profiles++] = p;
	return p;
}

struct yr_learned_rule *yr_learn_rule(struct yr_learn *l, struct yr_learned_profile *p)
{
	struct yr_learned_rule *r = yr_arena_new(&l->arena, struct yr_learned_rule);

	if (r && p->n_rules == p->room) {
		size_t room = p->room ? 2 * p->room : 16;
		struct yr_learned_rule **rules = reallocarray(p->rules, room, sizeof(*rules));

		if (!rules)
			return NULL;
		p->rules = rules;
		p->room = room;
	}
	if (r)
		p->rules[p->n_rules++] = r;
	return r;
}
