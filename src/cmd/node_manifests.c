/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/node.h"

/* After the store failed, a full disk perhaps. */
#define RETRY_SECONDS 10

static int is_manifest(const struct dirent *e)
{
	const char *dot = strrchr(e->d_name, '.');

	return e->d_name[0] != '.' && dot &&
	       (!strcmp(dot, ".yaml") || !strcmp(dot, ".yml") || !strcmp(dot, ".json"));
}

static void free_names(struct dirent **names, int n)
{
	while (n-- > 0)
		free(names[n]);
	free(names);
}

static int64_t seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec;
}

/* The folder in one line; NULL: it cannot be read. */
static char *look(struct yr_manifest_dir *d)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct dirent **names;
	int n = scandir(d->path, &names, is_manifest, alphasort);

	if (n < 0) {
		if (!d->said)
			yr_say("cannot read '%s': %s", d->path, strerror(errno));
		d->said = true;
		return NULL;
	}
	d->said = false;
	yr_buf_puts(&b, "/");
	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = NULL;
		struct stat st = { 0 };

		if (asprintf(&path, "%s/%s", d->path, names[i]->d_name) < 0)
			path = NULL;
		if (path && stat(path, &st) == 0)
			yr_buf_printf(&b, "%s/%llu/%lld.%ld/%lld/", names[i]->d_name,
				      (unsigned long long)st.st_ino, (long long)st.st_mtim.tv_sec,
				      st.st_mtim.tv_nsec, (long long)st.st_size);
	}
	free_names(names, n);
	return b.failed ? NULL : yr_buf_steal(&b, NULL);
}

bool yr_manifest_dir_changed(struct yr_manifest_dir *d)
{
	if (!d->path)
		return false;
	free(d->now);
	d->now = look(d);
	return d->now && (d->seen ? strcmp(d->now, d->seen) != 0 : seconds() >= d->retry);
}

struct serving {
	struct yr_pod_place *place;
	const struct yr_pod_rows *had;
	bool *kept;
	int status;
	bool again;  /* one has to go before its successor can come */
	bool failed; /* one could not be stored */
};

static int serve_pod(void *ctx, struct yr_pod_row *row)
{
	struct serving *s = ctx;
	struct yr_err err = { 0 };

	for (size_t i = 0; i < s->had->n; i++) {
		const struct yr_pod_row *old = &s->had->at[i];

		if (strcmp(old->ns, row->ns) != 0 || strcmp(old->name, row->name) != 0)
			continue;
		if (!*old->source) {
			yr_say("%s: the Pod %s/%s was created otherwise and stays as it is",
			       row->source, row->ns, row->name);
			return YR_EXIT_POLICY;
		}
		/* A file that was renamed is none that is there. */
		if (strcmp(old->source, row->source) != 0 && access(old->source, F_OK) == 0) {
			yr_say("%s: the Pod %s/%s is of %s already and stays as it is", row->source,
			       row->ns, row->name, old->source);
			return YR_EXIT_POLICY;
		}
		if (old->deleted) {
			s->again = true;
			return YR_EXIT_OK;
		}
		/* Changed: left to be deleted, the new one comes when it is gone. */
		s->kept[i] = !strcmp(old->json, row->json) && !strcmp(old->era, row->era) &&
			     old->gate_off == row->gate_off;
		s->again |= !s->kept[i];
		if (s->kept[i] && strcmp(old->source, row->source) != 0 &&
		    yr_store_source(s->place->store, old->uid, row->source, &err) < 0) {
			yr_say("%s: %s", row->source, err.msg);
			s->failed = true;
		}
		return YR_EXIT_OK;
	}
	if (yr_pod_store(s->place, row, &err) < 0) {
		yr_say("%s: %s", row->source, err.msg);
		s->failed |= err.code != EEXIST;
		return YR_EXIT_SYSTEM;
	}
	return YR_EXIT_OK;
}

/* What cannot be told of the files is no reason to end anything. */
static void keep_all(struct serving *s)
{
	for (size_t i = 0; i < s->had->n; i++)
		s->kept[i] = true;
	s->failed = true;
	s->status = YR_EXIT_SYSTEM;
}

/* A file that cannot be understood now says nothing of the Pods that it had. */
static void keep_all_of(const char *path, const struct yr_pod_rows *had, bool *kept)
{
	for (size_t i = 0; i < had->n; i++)
		if (!strcmp(had->at[i].source, path))
			kept[i] = true;
}

static void serve_files(struct serving *s, struct yr_manifest_dir *d)
{
	struct dirent **names;
	int n = scandir(d->path, &names, is_manifest, alphasort);

	for (int i = 0; i < n; i++) {
		AUTO_FREE char *path = NULL;
		int status;

		if (asprintf(&path, "%s/%s", d->path, names[i]->d_name) < 0) {
			path = NULL;
			keep_all(s);
			continue;
		}
		status = yr_pod_admit_file(s->place, path, path, serve_pod, s);
		if (status != YR_EXIT_OK)
			keep_all_of(path, s->had, s->kept);
		s->status = yr_worse(s->status, status);
	}
	if (n >= 0)
		free_names(names, n);
	else
		keep_all(s);
}

static size_t count(const struct yr_pod_rows *rows)
{
	size_t n = 0;

	for (size_t i = 0; i < rows->n; i++)
		n += *rows->at[i].source != '\0';
	return n;
}

/* How many stored Pods are of files; @otherwise: that cannot be told. */
static size_t count_stored(struct yr_pod_place *p, size_t otherwise)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_err err = { 0 };
	struct yr_pod_rows rows;

	return yr_store_pods(p->store, NULL, NULL, &arena, &rows, &err) < 0 ? otherwise
									    : count(&rows);
}

bool yr_manifest_dir_lost(struct yr_pod_place *p, const struct yr_manifest_dir *d)
{
	return d->path && d->pods && count_stored(p, d->pods) < d->pods;
}

void yr_manifest_dir_serve(struct yr_pod_place *p, struct yr_manifest_dir *d)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_rows had;
	struct yr_err err = { 0 };
	struct serving s = { .place = p, .had = &had };

	if (yr_store_pods(p->store, NULL, NULL, &arena, &had, &err) < 0) {
		yr_say("%s", err.msg);
		d->status = YR_EXIT_SYSTEM;
		return;
	}
	s.kept = yr_arena_array(&arena, had.n + 1, sizeof(*s.kept));
	if (!s.kept) {
		d->status = yr_pod_no_memory();
		return;
	}
	serve_files(&s, d);
	for (size_t i = 0; i < had.n; i++) {
		const struct yr_pod_row *row = &had.at[i];

		if (!*row->source || row->deleted || s.kept[i])
			continue;
		if (yr_store_delete(p->store, row->uid, time(NULL), yr_pod_grace(p, row), &err) <
		    0) {
			yr_say("%s", err.msg);
			s.failed = true;
		}
	}
	d->status = s.failed ? yr_worse(s.status, YR_EXIT_SYSTEM) : s.status;
	d->pods = count_stored(p, 0);
	free(d->seen);
	d->seen = NULL;
	d->retry = s.failed ? seconds() + RETRY_SECONDS : 0;
	if (!s.again && !s.failed) {
		d->seen = d->now;
		d->now = NULL;
	}
}

void yr_manifest_dir_done(struct yr_manifest_dir *d)
{
	free(d->seen);
	free(d->now);
}
