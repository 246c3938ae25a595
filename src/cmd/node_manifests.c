/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/node.h"

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
	return d->now && (!d->seen || strcmp(d->now, d->seen) != 0);
}

struct serving {
	struct yr_pod_place *place;
	const struct yr_pod_rows *had;
	bool *kept;
	bool again; /* one has to go before its successor can come */
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
		if (old->deleted) {
			s->again = true;
			return YR_EXIT_OK;
		}
		/* Changed: left to be deleted, the new one comes when it is gone. */
		s->kept[i] = !strcmp(old->json, row->json) && !strcmp(old->era, row->era) &&
			     old->gate_off == row->gate_off;
		s->again |= !s->kept[i];
		return YR_EXIT_OK;
	}
	if (yr_pod_store(s->place, row, &err) < 0) {
		yr_say("%s: %s", row->source, err.msg);
		return YR_EXIT_SYSTEM;
	}
	return YR_EXIT_OK;
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

		if (asprintf(&path, "%s/%s", d->path, names[i]->d_name) < 0) {
			path = NULL;
			continue;
		}
		if (yr_pod_admit_file(s->place, path, path, serve_pod, s) != YR_EXIT_OK)
			keep_all_of(path, s->had, s->kept);
	}
	if (n >= 0)
		free_names(names, n);
}

void yr_manifest_dir_serve(struct yr_pod_place *p, struct yr_manifest_dir *d)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod_rows had;
	struct yr_err err = { 0 };
	struct serving s = { .place = p, .had = &had };

	if (yr_store_pods(p->store, NULL, NULL, &arena, &had, &err) < 0) {
		yr_say("%s", err.msg);
		return;
	}
	s.kept = yr_arena_array(&arena, had.n + 1, sizeof(*s.kept));
	if (!s.kept)
		return;
	serve_files(&s, d);
	for (size_t i = 0; i < had.n; i++) {
		const struct yr_pod_row *row = &had.at[i];

		if (!*row->source || row->deleted || s.kept[i])
			continue;
		if (yr_store_delete(p->store, row->uid, time(NULL), 30, &err) < 0)
			yr_say("%s", err.msg);
	}
	free(d->seen);
	d->seen = s.again ? NULL : d->now;
	if (!s.again)
		d->now = NULL;
}

void yr_manifest_dir_done(struct yr_manifest_dir *d)
{
	free(d->seen);
	free(d->now);
}
