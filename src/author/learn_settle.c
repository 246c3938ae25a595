/* SPDX-License-Identifier: Apache-2.0 */
/* Distinct records to files and events of profiles. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "base/limits.h"
#include "log/log.h"

static int no_rule(struct yr_learn *l, const struct yr_denial *d, const char *why)
{
	l->counts.unruly += d->count;
	l->counts.unexecuted += yr_learn_is_unexecuted(&d->event) ? d->count : 0;
	if (l->n_unruly >= YR_LIMIT_LEARN_FINDINGS)
		return 0;
	if (!l->unruly)
		l->unruly = yr_arena_array(&l->arena, YR_LIMIT_LEARN_FINDINGS, sizeof(*l->unruly));
	if (!l->unruly)
		return -ENOMEM;
	l->unruly[l->n_unruly] = (struct yr_unruly){
		yr_denial_words(&l->arena, &d->event),
		why ? why : "no rule is known for it",
		d->count,
	};
	return l->unruly[l->n_unruly++].what ? 0 : -ENOMEM;
}

/* "profile 'x': its name ..."; text for a terminal is made of it later. */
static const char *of_profile(struct yr_learn *l, struct yr_str name, const char *why)
{
	enum { SHOWN = 60 };
	const char *text;

	if (yr_str_is(name, "unconfined"))
		return why;
	text = yr_arena_printf(&l->arena, "profile '%.*s%s': %s",
			       name.len > SHOWN ? SHOWN : (int)name.len, name.len ? name.at : "",
			       name.len > SHOWN ? "..." : "", why);
	return text ? text : why;
}

/* With the namespace, as policy and the kernel's list have it. */
static struct yr_str whole_name(struct yr_learn *l, struct yr_str ns, struct yr_str name)
{
	if (!ns.len)
		return name;
	return yr_str_of(
		yr_arena_printf(&l->arena, ":%.*s:%.*s", YR_STR_ARG(ns), YR_STR_ARG(name)));
}

static void fold_label(struct yr_learn *l, struct yr_log_event *ev, enum yr_log_text field)
{
	struct yr_str label = yr_event_text(ev, field);
	struct yr_learn_folded f;

	if (!yr_profile_is_null(label))
		return;
	f = yr_learn_fold(l, label);
	label = f.outside ? YR_STR("unconfined") : f.profile;
	ev->text[field] = (struct yr_log_bytes){ label.at, label.len };
}

/*
 * Links, too: "l" lets a name be made only for what the profile may do all that with which the name
 * may be used for. One to a sensitive file is told with both its names.
 */
static bool is_file(const struct yr_log_event *ev)
{
	uint32_t perms = yr_event_perms(ev);

	return (ev->rule_class == YR_LOG_CLASS_FILE || ev->rule_class == YR_LOG_CLASS_EXEC) &&
	       !(perms == YR_MAY_LINK && yr_sensitive(yr_event_text(ev, YR_LOG_NAME2)));
}

static void *grow(struct yr_learn *l, void *at, size_t n, size_t size)
{
	void *more;

	if (n & (n - 1) || (n && n < 16))
		return at;
	more = yr_arena_array(&l->arena, n ? 2 * n : 16, size);
	if (more && n)
		memcpy(more, at, n * size);
	return more;
}

/* "/proc/29646/status" of the process 29646. */
static bool is_own(const struct yr_log_event *ev, struct yr_str path)
{
	char own[40];
	int n = snprintf(own, sizeof(own), "/proc/%llu/",
			 (unsigned long long)ev->number[YR_LOG_PID]);

	return yr_event_has(ev, YR_LOG_PID) && path.len > (size_t)n &&
	       !memcmp(path.at, own, (size_t)n);
}

/* How the exec goes on: by the profile that the kernel made for it, or by that of the record. */
static bool set_target(struct yr_learn *l, struct yr_learn_file *f, struct yr_str target,
		       bool *ret_full)
{
	struct yr_learn_folded to;

	*ret_full = false;
	f->exec = true;
	if (!target.len)
		return true;
	if (!yr_profile_is_null(target)) {
		f->target = target;
		f->how = YR_LEARN_NAMED;
		return true;
	}
	to = yr_learn_fold(l, target);
	f->how = to.last;
	f->fallback = to.fallback;
	if (to.last == YR_LEARN_INHERIT || to.outside)
		return to.profile.at;
	f->target = to.profile;
	/* It may do nothing that was logged, and has to be there all the same. */
	return to.profile.at && (yr_learn_profile(l, to.profile, true, ret_full) || *ret_full);
}

static int add_file(struct yr_learn *l, struct yr_learned_profile *p, const struct yr_denial *d)
{
	const struct yr_log_event *ev = &d->event;
	struct yr_str name = yr_event_text(ev, YR_LOG_NAME);
	struct yr_str target = yr_event_exec_target(ev);
	enum yr_audience who = yr_event_audience(ev);
	struct yr_learn_file *f;
	uint32_t perms = yr_event_perms(ev);
	bool full = false;

	p->files = grow(l, p->files, p->n_files, sizeof(*f));
	if (!p->files)
		return -ENOMEM;
	f = &p->files[p->n_files++];
	*f = (struct yr_learn_file){
		.path = name, .events = d->count, .denial = d, .several = d->several
	};
	if (name.at[0] != '/')
		f->path = yr_str_of(yr_arena_printf(&l->arena, "/%.*s", YR_STR_ARG(name)));
	f->perms[who == YR_OWNER ? YR_LEARN_OWNER : YR_LEARN_ANYBODY] =
		perms & ~(uint32_t)YR_MAY_EXEC;
	f->own = is_own(ev, f->path);
	/* The kernel names the profile itself where a rule lets it inherit. */
	if (yr_str_eq(target, yr_event_text(ev, YR_LOG_PROFILE)))
		target.len = 0;
	if (perms & YR_MAY_EXEC && !set_target(l, f, target, &full))
		return -ENOMEM;
	if (full)
		l->counts.left += d->count;
	return f->path.len ? 0 : -ENOMEM;
}

static int add_other(struct yr_learn *l, struct yr_learned_profile *p, const struct yr_denial *d,
		     const struct yr_log_event *ev, const char *access)
{
	struct yr_learned_event *o;

	p->others = grow(l, p->others, p->n_others, sizeof(*o));
	if (!p->others)
		return -ENOMEM;
	o = &p->others[p->n_others++];
	*o = (struct yr_learned_event){ .denial = d, .ev = *ev, .access = access };
	return 0;
}

/* One part of a profile's name, as policy reads it between quotes. */
static bool reads_back(struct yr_str part)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_lang_options opt = { 0 };
	struct yr_diags *diags = yr_diags_new();
	struct yr_unit *unit = NULL;
	struct yr_err err = { 0 };
	const char *text = yr_arena_printf(&arena, "profile \"%.*s\" { }", YR_STR_ARG(part));
	bool good = diags && text &&
		    !yr_lang_read_text(&arena, "name", yr_str_of(text), &opt, diags, &unit, &err) &&
		    !yr_diags_errors(diags) && unit && unit->n_profiles == 1 &&
		    yr_str_eq(unit->profiles[0]->full_name, part);

	yr_diags_free(diags);
	return good;
}

static const char *bad_name(const struct yr_learn *l, struct yr_str name)
{
	const char *why = yr_learn_bad_name(name);
	struct yr_str rest = name;

	for (size_t i = 0; i < l->n_profiles && !why; i++)
		if (yr_str_is(name, l->profiles[i]->name))
			return NULL;
	/* More could not be written anyway. */
	while (!why && rest.len && l->n_profiles < YR_LIMIT_LEARN_PROFILES) {
		size_t parent = yr_learn_parent(rest), from = parent ? parent + 2 : 0;

		if (!reads_back((struct yr_str){ rest.at + from, rest.len - from }))
			why = "its name cannot be written as policy";
		rest.len = parent;
	}
	return why;
}

/* What Linux 6.1 does not mediate, and later kernels only by policy that knows of it. */
static bool is_later(const struct yr_log_event *ev)
{
	bool fine = ev->text[YR_LOG_NET_ADDR].len || ev->text[YR_LOG_PEER_ADDR].len ||
		    ev->text[YR_LOG_PEER].len;

	return ev->rule_class == YR_LOG_CLASS_DBUS ||
	       (ev->rule_class == YR_LOG_CLASS_UNIX && fine) ||
	       ev->rule_class == YR_LOG_CLASS_USERNS || ev->rule_class == YR_LOG_CLASS_IO_URING ||
	       ev->rule_class == YR_LOG_CLASS_POSIX_MQUEUE ||
	       ev->rule_class == YR_LOG_CLASS_SYSV_MQUEUE;
}

static int add(struct yr_learn *l, const struct yr_denial *d, size_t *others)
{
	struct yr_log_event ev = d->event;
	struct yr_learn_folded folded = yr_learn_fold(l, yr_event_text(&ev, YR_LOG_PROFILE));
	struct yr_str name = folded.profile;
	const struct yr_info *info = yr_info_find(yr_event_text(&ev, YR_LOG_INFO));
	struct yr_str ns = yr_learn_namespace(yr_event_text(&ev, YR_LOG_NAMESPACE));
	const char *bad = name.at ? bad_name(l, name) : NULL;
	struct yr_learned_profile *p;
	struct yr_mend mend = { 0 };
	bool full = false;

	if (!yr_event_text(&ev, YR_LOG_PROFILE).len) {
		l->counts.unconfined += d->count;
		return no_rule(l, d, "the record names no profile");
	}
	if (!name.at)
		return -ENOMEM;
	if (folded.outside) {
		l->counts.outside += d->count;
		return 0;
	}
	bad = bad ? bad : yr_learn_bad_namespace(ns);
	if (bad) {
		l->counts.unconfined += d->count;
		return no_rule(l, d, of_profile(l, name, bad));
	}
	if (info && info->no_rule)
		return no_rule(l, d, info->means);
	if (!is_file(&ev) && *others >= YR_LIMIT_LEARN_OTHERS) {
		l->counts.left += d->count;
		return 0;
	}
	fold_label(l, &ev, YR_LOG_PEER);
	fold_label(l, &ev, YR_LOG_PEER_PROFILE);
	if (ev.rule_class != YR_LOG_CLASS_EXEC && ev.rule_class != YR_LOG_CLASS_FILE)
		fold_label(l, &ev, YR_LOG_NAME2);
	if (yr_mend(&l->arena, &ev, &mend) < 0)
		return -ENOMEM;
	if (!mend.rule)
		return no_rule(l, d, mend.advice);
	name = whole_name(l, ns, name);
	p = name.at ? yr_learn_profile(l, name, false, &full) : NULL;
	if (full) {
		l->counts.left += d->count;
		return 0;
	}
	if (!p)
		return -ENOMEM;
	l->counts.events += d->count;
	l->counts.accesses++;
	l->later |= is_later(&ev);
	p->disconnected |= mend.flag && !strcmp(mend.flag, "attach_disconnected");
	p->disconnected_ipc |= mend.flag && !strcmp(mend.flag, "attach_disconnected.ipc");
	if (is_file(&ev))
		return add_file(l, p, d);
	++*others;
	return add_other(l, p, d, &ev, mend.access);
}

static int by_path(const void *a, const void *b)
{
	const struct yr_learn_file *x = a, *y = b;

	return yr_str_cmp(x->path, y->path);
}

/* Who may write may append, and a rule has only one of them. */
static uint32_t tidy(uint32_t perms)
{
	return perms & YR_MAY_WRITE ? perms & ~(uint32_t)YR_MAY_APPEND : perms;
}

/* The records of one path as one. */
static void join(struct yr_learn_file *to, const struct yr_learn_file *f)
{
	struct yr_str was = yr_event_text(&to->denial->event, YR_LOG_COMM);

	for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
		to->perms[who] |= f->perms[who];
	if (f->exec && !to->exec) {
		to->target = f->target;
		to->how = f->how;
		to->fallback = f->fallback;
	}
	to->exec |= f->exec;
	to->own |= f->own;
	to->events += f->events;
	to->several |= f->several || !yr_str_eq(was, yr_event_text(&f->denial->event, YR_LOG_COMM));
}

static void join_files(struct yr_learned_profile *p)
{
	size_t n = 0;

	if (p->n_files)
		qsort(p->files, p->n_files, sizeof(*p->files), by_path);
	for (size_t i = 0; i < p->n_files; i++)
		if (n && yr_str_eq(p->files[n - 1].path, p->files[i].path))
			join(&p->files[n - 1], &p->files[i]);
		else
			p->files[n++] = p->files[i];
	p->n_files = n;
	for (size_t i = 0; i < n; i++) {
		uint32_t *perms = p->files[i].perms;

		perms[YR_LEARN_ANYBODY] = tidy(perms[YR_LEARN_ANYBODY]);
		perms[YR_LEARN_OWNER] = tidy(perms[YR_LEARN_OWNER]) & ~perms[YR_LEARN_ANYBODY];
		if (perms[YR_LEARN_ANYBODY] & YR_MAY_WRITE)
			perms[YR_LEARN_OWNER] &= ~(uint32_t)YR_MAY_APPEND;
	}
}

static int by_program(const void *a, const void *b)
{
	const struct yr_learn_program *x = a, *y = b;

	return strcmp(x->path, y->path);
}

static bool is_program(const struct yr_denial *d)
{
	struct yr_str name = yr_event_text(&d->event, YR_LOG_NAME);

	return d->event.rule_class == YR_LOG_CLASS_EXEC && name.len && name.at[0] == '/' &&
	       yr_event_perms(&d->event) & YR_MAY_EXEC && !memchr(name.at, '\0', name.len) &&
	       yr_profile_is_null(yr_event_text(&d->event, YR_LOG_NAME2));
}

int yr_learn_programs(struct yr_learn *l)
{
	struct yr_denial **all = yr_denials_sorted(l->seen);
	size_t n = 0;

	l->programs = yr_arena_array(&l->arena, yr_denials_counts(l->seen)->distinct + 1,
				     sizeof(*l->programs));
	if (!all || !l->programs)
		return -ENOMEM;
	for (size_t i = 0; i < yr_denials_counts(l->seen)->distinct; i++) {
		struct yr_str name = yr_event_text(&all[i]->event, YR_LOG_NAME);

		if (!is_program(all[i]))
			continue;
		l->programs[n] = (struct yr_learn_program){
			.path = yr_arena_strndup(&l->arena, name.at, name.len),
			.events = all[i]->count,
			.by = yr_event_text(&all[i]->event, YR_LOG_COMM),
			.how = l->opt.exec,
		};
		if (!l->programs[n++].path)
			return -ENOMEM;
	}
	if (n)
		qsort(l->programs, n, sizeof(*l->programs), by_program);
	for (size_t i = 0; i < n; i++) {
		struct yr_learn_program *last = l->programs + l->n_programs;

		if (l->n_programs && !strcmp(last[-1].path, l->programs[i].path))
			last[-1].events += l->programs[i].events;
		else
			l->programs[l->n_programs++] = l->programs[i];
	}
	return 0;
}

/* What an exec leads to is a child, and no hat. */
static void note_children(struct yr_learn *l)
{
	for (size_t i = 0; i < l->n_profiles; i++)
		for (size_t k = 0; k < l->profiles[i]->n_files; k++)
			for (size_t c = 0; c < l->n_profiles && l->profiles[i]->files[k].target.len;
			     c++)
				l->profiles[c]->child |= yr_str_is(l->profiles[i]->files[k].target,
								   l->profiles[c]->name);
}

int yr_learn_settle(struct yr_learn *l)
{
	struct yr_denial **all = yr_denials_sorted(l->seen);
	size_t others = 0;
	int r = all ? 0 : -ENOMEM;

	yr_learn_spare_targets(l);
	for (size_t i = 0; !r && i < yr_denials_counts(l->seen)->distinct; i++)
		r = add(l, all[i], &others);
	for (size_t i = 0; !r && i < l->n_profiles; i++)
		join_files(l->profiles[i]);
	if (!r)
		note_children(l);
	l->counts.left += yr_denials_counts(l->seen)->left;
	return r;
}
