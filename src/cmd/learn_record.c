/* SPDX-License-Identifier: Apache-2.0 */
/* The folder of a run: who minds it holds its lock; what is left over has its record there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/cmd.h"
#include "cmd/learn_run.h"

/* A record is some hundred bytes. */
#define RECORD_BYTES 8192
#define PREFIX "yoroi-learn-"

const char *yr_cage_run_dir(void)
{
	const char *given = getenv("YOROI_RUN");

	return given && *given ? given : "/run/yoroi";
}

static int make_dir(const char *path, struct yr_err *err)
{
	if (mkdir(path, 0700) < 0 && errno != EEXIST)
		return yr_err_set(err, errno, "make '%s': %s", path, strerror(errno));
	return 0;
}

static int write_record(const struct yr_learn_cage *c, const char *what, const char *why,
			struct yr_err *err)
{
	json_t *all =
		json_pack("{s:s, s:o, s:o, s:I}", "profile", c->profile, "what", yr_json_text(what),
			  "why", yr_json_text(why), "pid", (json_int_t)getpid());
	AUTO_FREE char *text = all ? json_dumps(all, JSON_INDENT(1)) : NULL;
	char path[PATH_MAX + 320];

	json_decref(all);
	if (!text)
		return yr_err_set(err, ENOMEM, "out of memory");
	snprintf(path, sizeof(path), "%s/record.json", c->dir);
	return yr_write_file(path, text, strlen(text), err);
}

static int lock_it(const char *dir, bool make, int *ret_fd)
{
	char path[PATH_MAX + 320];
	AUTO_CLOSE int fd = -1;

	snprintf(path, sizeof(path), "%s/lock", dir);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | (make ? O_CREAT | O_EXCL : 0), 0600);
	if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0)
		return -errno;
	*ret_fd = yr_take_fd(&fd);
	return 0;
}

static int take_name(struct yr_learn_cage *c, const char *folder, struct yr_err *err)
{
	char hidden[PATH_MAX];

	snprintf(hidden, sizeof(hidden), "%s", c->dir);
	snprintf(c->dir, sizeof(c->dir), "%.*s/%s", (int)sizeof(c->dir) - 80, folder, c->profile);
	if (rename(hidden, c->dir) == 0)
		return 0;
	yr_err_set(err, errno, "rename '%s': %s", hidden, strerror(errno));
	snprintf(c->dir, sizeof(c->dir), "%s", hidden);
	return -err->code;
}

int yr_cage_open(struct yr_learn_cage *c, const char *run_dir, const char *what, struct yr_err *err)
{
	char path[PATH_MAX];
	int r, n;

	c->lock = -1;
	n = snprintf(path, sizeof(path), "%s/learn", run_dir);
	if (n < 0 || (size_t)n + sizeof(c->profile) + 32 > sizeof(path))
		return yr_err_set(err, ENAMETOOLONG, "'%s': the name is too long", run_dir);
	r = make_dir(run_dir, err);
	if (!r)
		r = make_dir(path, err);
	if (r < 0)
		return r;
	/* Whole from the first moment on that it has its name: nobody must take it for a leftover. */
	n = snprintf(c->dir, sizeof(c->dir), "%s/.%s", path, c->profile);
	if (n < 0 || mkdir(c->dir, 0700) < 0)
		return yr_err_set(err, errno, "make '%s': %s", c->dir, strerror(errno));
	r = lock_it(c->dir, true, &c->lock);
	if (r < 0)
		r = yr_err_set(err, -r, "lock '%s': %s", c->dir, strerror(-r));
	if (!r)
		r = write_record(c, what, NULL, err);
	if (!r)
		r = take_name(c, path, err);
	if (r < 0)
		yr_cage_close(c, NULL);
	return r;
}

/* Of our own files alone. */
static void forget(const char *dir)
{
	static const char *const names[] = { "record.json", "config.json", "lock" };
	char path[PATH_MAX + 320];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		unlink(path);
	}
	rmdir(dir);
}

/* Killed before it had its name, so that nothing was loaded; a minute is for one that begins. */
static void forget_begun(const char *dir)
{
	struct stat st;

	if (!stat(dir, &st) && time(NULL) - st.st_mtime > 60)
		forget(dir);
}

static json_t *read_record(const char *dir)
{
	char path[PATH_MAX + 320];
	AUTO_FREE char *text = NULL;
	size_t len;
	struct yr_err err = { 0 };

	snprintf(path, sizeof(path), "%s/record.json", dir);
	if (yr_read_all(path, RECORD_BYTES, &text, &len, &err) < 0)
		return NULL;
	return json_loadb(text, len, 0, NULL);
}

void yr_cage_close(struct yr_learn_cage *c, const char *left)
{
	if (left) {
		json_t *old = read_record(c->dir);
		const char *what = json_string_value(json_object_get(old, "what"));
		struct yr_err err = { 0 };

		if (write_record(c, what, left, &err) < 0)
			yr_say("%s", err.msg);
		json_decref(old);
	} else {
		forget(c->dir);
	}
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
}

static void copy(char *to, size_t size, json_t *record, const char *key)
{
	const char *text = json_string_value(json_object_get(record, key));

	snprintf(to, size, "%s", text ? text : "");
}

/* Processes whose label has the name of the run in it, which nothing else has. */
static void count_processes(const struct yr_processes *all, struct yr_leftover *l)
{
	l->unclear = !all || all->n_hidden;
	for (size_t i = 0; all && i < all->n; i++)
		l->processes += strstr(all->at[i].label, l->profile) != NULL;
}

/* true: it is one, and *ret is filled. */
static bool read_one(const char *dir, const char *name, const struct yr_profiles *loaded,
		     const struct yr_processes *processes, struct yr_leftover *ret)
{
	json_t *record;
	int lock = -1;

	if (strlen(name) >= sizeof(ret->profile) || lock_it(dir, false, &lock) < 0)
		return false;
	if (!yr_profiles_find(loaded, name)) {
		forget(dir);
		close(lock);
		return false;
	}
	*ret = (struct yr_leftover){ .processes = 0 };
	snprintf(ret->profile, sizeof(ret->profile), "%s", name);
	record = read_record(dir);
	copy(ret->what, sizeof(ret->what), record, "what");
	copy(ret->why, sizeof(ret->why), record, "why");
	json_decref(record);
	close(lock);
	count_processes(processes, ret);
	return true;
}

size_t yr_leftovers_read(const struct yr_host_paths *host, struct yr_leftover *ret, size_t room)
{
	char path[PATH_MAX], dir[PATH_MAX + 300];
	AUTO_CLOSEDIR DIR *d = NULL;
	struct yr_profiles *loaded = NULL;
	struct yr_processes *processes = NULL;
	struct yr_err err = { 0 };
	struct dirent *e;
	size_t n = 0;

	snprintf(path, sizeof(path), "%s/learn", yr_cage_run_dir());
	d = opendir(path);
	if (!d || yr_profiles_read(host, &loaded, &err) < 0)
		return 0;
	err = (struct yr_err){ 0 };
	if (yr_processes_read(host, &processes, &err) < 0)
		processes = NULL;
	while (n < room && (e = readdir(d))) {
		snprintf(dir, sizeof(dir), "%s/%s", path, e->d_name);
		if (!strncmp(e->d_name, "." PREFIX, sizeof(PREFIX)))
			forget_begun(dir);
		if (strncmp(e->d_name, PREFIX, sizeof(PREFIX) - 1) != 0)
			continue;
		n += read_one(dir, e->d_name, loaded, processes, &ret[n]);
	}
	yr_processes_free(processes);
	yr_profiles_free(loaded);
	return n;
}

void yr_leftover_put(FILE *f, const struct yr_leftover *l)
{
	fprintf(f, "profile %s of an earlier 'yoroi learn", l->profile);
	fputs(*l->what ? " " : "", f);
	yr_put(f, l->what);
	fputs("' is still loaded", f);
	if (*l->why) {
		fputs(": ", f);
		yr_put(f, l->why);
	}
	if (l->processes)
		fprintf(f,
			"; %zu process%s under it: end %s ('yoroi status' names them), then "
			"'yoroi unload %s'\n",
			l->processes, l->processes == 1 ? " is" : "es are",
			l->processes == 1 ? "it" : "them", l->profile);
	else
		fprintf(f, "; %s: 'yoroi unload %s'\n",
			l->unclear ? "if no process is under it" : "no process is under it",
			l->profile);
}
