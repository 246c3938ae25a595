/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/containers.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/arena.h"
#include "host/container.h"
#include "host/host.h"
#include "host/limits.h"

/* One process in a container, as it is found. */
struct member {
	struct yr_container container; /* .id empty: the state's */
	const struct yr_start *start;
	pid_t pid;
	const char *profile, *mode; /* in the arena */
	bool unconfined;
};

struct whole {
	struct yr_containers pub; /* first: what callers hold is a pointer to it */
	struct yr_arena arena;
	struct member *found;
	size_t n, room;
	const struct yr_states *states;
	const struct yr_start **odd; /* states whose id is not what engines make up */
	size_t n_odd;
};

struct yr_containers *yr_containers_free(struct yr_containers *c)
{
	struct whole *w = (struct whole *)c;

	if (w) {
		yr_arena_done(&w->arena);
		free(w->found);
		free(w->odd);
		free(w);
	}
	return NULL;
}

/* ---- whose group it is ---- */

static int by_id(const void *key, const void *item)
{
	const struct yr_start *s = *(struct yr_start *const *)item;

	return strcmp(key, s->id);
}

static const struct yr_start *state_of(const struct yr_states *states, const char *id)
{
	struct yr_start **found =
		states->n ? bsearch(id, states->at, states->n, sizeof(struct yr_start *), by_id)
			  : NULL;

	return found ? *found : NULL;
}

static bool is_made_up(const char *id)
{
	return strlen(id) == 64 && strspn(id, "0123456789abcdef") == 64;
}

/* Whether a component of a group's path is what runtimes call the group of @id. */
static bool is_group_of(struct yr_str part, const char *id)
{
	static const char *const before[] = { "runc-",   "crun-",   "cri-containerd-", "crio-",
					      "docker-", "libpod-", "libpod-payload-", "nerdctl-" };
	struct yr_str name = yr_str_of(id);
	const char *colon = part.len ? memrchr(part.at, ':', part.len) : NULL;

	if (yr_str_eq(part, name))
		return true;
	if (colon)
		return yr_str_eq((struct yr_str){ colon + 1,
						  (size_t)(part.at + part.len - colon) - 1 },
				 name);
	if (part.len < 6 || memcmp(part.at + part.len - 6, ".scope", 6) != 0)
		return false;
	part.len -= 6;
	for (size_t i = 0; i < ARRAY_LEN(before); i++) {
		size_t n = strlen(before[i]);

		if (part.len == n + name.len && !memcmp(part.at, before[i], n) &&
		    !memcmp(part.at + n, id, name.len))
			return true;
	}
	return false;
}

/* A container that somebody gave a name of his own: "/user.slice/web", "crun-web.scope". */
static const struct yr_start *find_odd(const struct whole *w, const char *groups)
{
	const struct yr_start *found = NULL;

	for (size_t i = 0; i < w->n_odd && !found; i++) {
		for (const char *at = strchr(groups, '/'); at && !found; at = strchr(at + 1, '/')) {
			struct yr_str part = { at + 1, strcspn(at + 1, "/\n") };

			if (is_group_of(part, w->odd[i]->id))
				found = w->odd[i];
		}
	}
	return found;
}

static bool find_container(const struct whole *w, const char *groups, struct member *m)
{
	if (yr_container_parse(groups, &m->container)) {
		m->start = state_of(w->states, m->container.id);
		return true;
	}
	m->start = w->n_odd ? find_odd(w, groups) : NULL;
	return m->start;
}

/* ---- processes ---- */

static int read_label(struct whole *w, const struct yr_host_paths *p, struct member *m)
{
	struct yr_label *label = NULL;
	int r = yr_host_label(p, m->pid, &label, NULL);

	if (r == -EOPNOTSUPP) {
		m->profile = m->mode = "unconfined";
		m->unconfined = true;
		return 1;
	}
	if (r == -ENOMEM)
		return r;
	if (r < 0)
		return r == -EACCES || r == -EPERM;
	m->profile = yr_arena_strndup(&w->arena, label->profile, strlen(label->profile));
	m->mode = yr_arena_strndup(&w->arena, label->mode_word, strlen(label->mode_word));
	m->unconfined = label->unconfined;
	yr_label_free(label);
	return m->profile && m->mode ? 1 : -ENOMEM;
}

/* 1: it is in a container; 0: it is not, or is gone; -ENOMEM. */
static int look(struct whole *w, const struct yr_host_paths *p, int proc_fd, const char *name,
		struct member *m)
{
	AUTO_BUF struct yr_buf groups = { 0 };
	char path[32];

	snprintf(path, sizeof(path), "%s/cgroup", name);
	if (yr_read_at(proc_fd, path, YR_LIMIT_CGROUP_BYTES, &groups) < 0 || !groups.len ||
	    memchr(groups.data, '\0', groups.len) || !find_container(w, groups.data, m))
		return groups.failed ? -ENOMEM : 0;
	m->pid = (pid_t)atoi(name);
	return read_label(w, p, m);
}

static int walk(struct whole *w, const struct yr_host_paths *p, DIR *dir)
{
	struct dirent *e;

	while ((e = readdir(dir))) {
		struct member m = { .pid = 0 };
		size_t len = strlen(e->d_name);
		int r;

		if (strspn(e->d_name, "0123456789") != len || len > 9)
			continue;
		r = look(w, p, dirfd(dir), e->d_name, &m);
		if (r < 0)
			return r;
		if (!r)
			continue;
		if (w->n >= YR_LIMIT_PROCESSES)
			return -EFBIG;
		if (w->n == w->room) {
			size_t room = w->room * 2 + 64;
			struct member *more = reallocarray(w->found, room, sizeof(*more));

			if (!more)
				return -ENOMEM;
			w->found = more;
			w->room = room;
		}
		w->found[w->n++] = m;
	}
	return 0;
}

/* ---- into rows ---- */

static const char *id_of(const struct member *m)
{
	return m->start ? m->start->id : m->container.id;
}

static int by_container(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int d = strcmp(id_of(x), id_of(y));

	if (!d && x->start != y->start)
		d = x->start < y->start ? -1 : 1;
	return d ? d : (x->pid > y->pid) - (x->pid < y->pid);
}

static int by_pid(const void *a, const void *b)
{
	const struct yr_running_member *x = a, *y = b;

	return (x->pid > y->pid) - (x->pid < y->pid);
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static void add_label(struct yr_running *r, const struct member *m)
{
	struct yr_container_label *l = r->labels;

	for (; l < r->labels + r->n_labels; l++)
		if (same_text(l->profile, m->profile) && same_text(l->mode, m->mode))
			break;
	if (l == r->labels + r->n_labels) {
		*l = (struct yr_container_label){ m->profile, m->mode, m->unconfined, 0 };
		r->n_labels++;
	}
	l->n++;
	r->n_processes++;
	r->n_unconfined += m->unconfined;
}

/* Every process may be under another label: room for that many, of which the rest is unused. */
static int make_rows(struct whole *w)
{
	struct yr_containers *c = &w->pub;
	struct yr_container_label *labels;

	if (!w->n)
		return 0;
	qsort(w->found, w->n, sizeof(*w->found), by_container);
	c->at = yr_arena_array(&w->arena, w->n, sizeof(*c->at));
	c->members = yr_arena_array(&w->arena, w->n, sizeof(*c->members));
	labels = yr_arena_array(&w->arena, w->n, sizeof(*labels));
	if (!c->at || !c->members || !labels)
		return -ENOMEM;
	for (size_t i = 0; i < w->n; i++) {
		const struct member *m = &w->found[i], *last = i ? m - 1 : NULL;

		if (!last || strcmp(id_of(m), id_of(last)) || m->start != last->start)
			c->at[c->n++] = (struct yr_running){ .id = id_of(m),
							     .engine = m->container.engine,
							     .pod_uid = m->container.pod,
							     .start = m->start,
							     .labels = labels + i };
		add_label(&c->at[c->n - 1], m);
		c->members[c->n_members++] = (struct yr_running_member){ m->pid, c->n - 1 };
	}
	qsort(c->members, c->n_members, sizeof(*c->members), by_pid);
	return 0;
}

static int find_odd_ids(struct whole *w)
{
	w->odd = calloc(w->states->n + 1, sizeof(struct yr_start *));
	if (!w->odd)
		return -ENOMEM;
	for (size_t i = 0; i < w->states->n; i++)
		if (!is_made_up(w->states->at[i]->id))
			w->odd[w->n_odd++] = w->states->at[i];
	return 0;
}

int yr_containers_read(const struct yr_host_paths *paths, const struct yr_states *states,
		       struct yr_containers **ret, struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSEDIR DIR *dir = opendir(p.proc);
	struct whole *w;
	int r;

	if (!dir)
		return yr_err_set(err, errno, "open '%s': %s", p.proc, strerror(errno));
	w = calloc(1, sizeof(*w));
	if (!w)
		return yr_err_set(err, ENOMEM, "out of memory");
	w->states = states;
	r = find_odd_ids(w);
	if (!r)
		r = walk(w, &p, dir);
	if (!r)
		r = make_rows(w);
	if (r < 0) {
		yr_containers_free(&w->pub);
		return yr_err_set(err, -r, "processes in containers: %s", strerror(-r));
	}
	*ret = &w->pub;
	return 0;
}

const struct yr_running *yr_containers_find(const struct yr_containers *c, pid_t pid)
{
	struct yr_running_member key = { .pid = pid }, *m = NULL;

	if (c->n_members)
		m = bsearch(&key, c->members, c->n_members, sizeof(key), by_pid);
	return m ? &c->at[m->container] : NULL;
}

bool yr_running_is_weaker(const struct yr_running *r)
{
	return r->start && r->n_unconfined && (r->start->profile || yr_start_is_weaker(r->start));
}

/* ---- denials ---- */

/* The kernel writes "a//null-b" of complain mode, and children: below the container's. */
static bool is_under(const struct yr_running *r, struct yr_str profile)
{
	for (size_t i = 0; i < r->n_labels; i++) {
		size_t len = r->labels[i].profile ? strlen(r->labels[i].profile) : 0;

		if (len && !r->labels[i].unconfined && profile.len >= len &&
		    !memcmp(profile.at, r->labels[i].profile, len) &&
		    (profile.len == len || (profile.len > len + 1 && profile.at[len] == '/' &&
					    profile.at[len + 1] == '/')))
			return true;
	}
	return false;
}

/* Seconds are what both clocks have. */
static bool is_older(const struct yr_log_event *ev, const struct yr_running *r)
{
	return r->start && ev->has >> YR_LOG_EPOCH & 1 &&
	       ev->number[YR_LOG_EPOCH] < r->start->time_ns / 1000000000;
}

void yr_containers_count(struct yr_containers *c, const struct yr_log_event *ev)
{
	struct yr_str profile = { ev->text[YR_LOG_PROFILE].at, ev->text[YR_LOG_PROFILE].len };
	struct yr_running *only = NULL;
	size_t n = 0;

	if ((ev->type != YR_LOG_DENIED && ev->type != YR_LOG_ALLOWED &&
	     ev->type != YR_LOG_KILLED) ||
	    ev->origin != YR_LOG_FROM_KERNEL || !profile.len)
		return;
	if (ev->has >> YR_LOG_PID & 1 && ev->number[YR_LOG_PID] <= INT_MAX) {
		only = (struct yr_running *)yr_containers_find(c, (pid_t)ev->number[YR_LOG_PID]);
		/* Numbers are used again. */
		if (only && is_under(only, profile) && !is_older(ev, only)) {
			only->denials++;
			return;
		}
	}
	for (size_t i = 0; i < c->n; i++) {
		if (!is_under(&c->at[i], profile) || is_older(ev, &c->at[i]))
			continue;
		only = &c->at[i];
		n++;
	}
	if (n == 1)
		only->denials++;
	else
		c->others += n > 1;
}
