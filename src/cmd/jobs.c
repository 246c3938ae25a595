/* SPDX-License-Identifier: Apache-2.0 */
/* Compiling many files, several at once, with results in the order of the files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/diag.h"
#include "cmd/cmd.h"

/*
 * The key of the cache: every text that was read with its name, which files every include was
 * found to mean, what is compiled for, and every option that changes the image or whether
 * there is one. The names are in, so that an include that moves between directories counts as
 * a change.
 */
static bool make_key(struct yr_job *job, const struct yr_job_options *opt)
{
	const struct yr_compile_options *c = &opt->compile;
	struct yr_cache_hash *h = yr_cache_hash_new(YR_VERSION);
	const struct yr_features *features[] = { c->kernel, c->override_abi, c->default_abi };
	const char *labels[] = { "kernel", "override abi", "default abi" };
	const char *name, *text;
	char build[65];
	size_t len;

	if (!h)
		return false;
	yr_build_id(build, sizeof(build));
	yr_cache_hash_add(h, "build", build, strlen(build));
	for (size_t i = 0; i < ARRAY_LEN(features); i++) {
		text = features[i] ? yr_features_text(features[i], &len) : NULL;
		yr_cache_hash_add(h, labels[i], text ? text : "", text ? len : 0);
	}
	yr_cache_hash_add(h, "namespace", c->ns ? c->ns : "", c->ns ? strlen(c->ns) : 0);
	yr_cache_hash_add(h, "complain", &c->force_complain, sizeof(c->force_complain));
	yr_cache_hash_add(h, "form", &c->image_flags, sizeof(c->image_flags));
	/* What is an error for one caller must not be had from another's entry. */
	for (size_t i = 0; i < opt->settings->n_warn; i++) {
		if (opt->settings->warn[i].state != YR_WARN_ERROR)
			continue;
		name = opt->settings->warn[i].name;
		yr_cache_hash_add(h, "error", name, strlen(name));
	}
	for (size_t i = 0; (name = yr_compile_source(job->compile, i, &text, &len)); i++) {
		yr_cache_hash_add(h, "name", name, strlen(name));
		yr_cache_hash_add(h, "text", text, len);
	}
	job->key = yr_cache_hash_finish(h);
	job->has_key = true;
	return true;
}

/* Where the image of @path is kept in @dir; false for standard input, which has no name. */
static bool cache_place(const struct yr_job *job, const struct yr_job_options *opt, const char *dir,
			char path[PATH_MAX], struct yr_cache_at *ret)
{
	if (!job->path || !realpath(job->path, path))
		return false;
	*ret = (struct yr_cache_at){ .dir = dir, .profile_path = path };
	ret->features_text = yr_features_text(opt->compile.kernel, &ret->features_len);
	return true;
}

static void look_in_cache(struct yr_job *job, const struct yr_job_options *opt)
{
	char path[PATH_MAX];
	struct yr_cache_at at;

	for (const char *const *dir = opt->cache_dirs; *dir && !job->cache_hit; dir++) {
		if (!cache_place(job, opt, *dir, path, &at))
			return;
		job->cache_note = (struct yr_err){ 0 };
		job->cache_answer =
			yr_cache_get(&at, &job->key, &job->image, &job->len, &job->cache_note);
		job->cache_hit = job->cache_answer == YR_CACHE_HIT;
	}
}

/* What the administrator says of files by putting their names into folders. */
enum { DISABLED, COMPLAINING, SWITCHES };
static const char *const switch_folders[SWITCHES] = {
	[DISABLED] = "disable",
	[COMPLAINING] = "force-complain",
};

static bool is_there(const struct yr_job_options *opt, const char *folder, const char *name)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s/%s", opt->switches_dir, folder, name) <
		       (int)sizeof(path) &&
	       !faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

/* For so many files names are looked up one by one; for more, it is first seen if there are any. */
#define FEW_FILES 8

/* Mostly there is no folder, or nothing in it. What cannot be read is asked name by name. */
static bool has_names(const struct yr_job_options *opt, const char *folder)
{
	AUTO_CLOSEDIR DIR *dir = NULL;
	const struct dirent *e = NULL;
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/%s", opt->switches_dir, folder) < (int)sizeof(path))
		dir = opendir(path);
	if (!dir)
		return errno != ENOENT;
	while (errno = 0,
	       (e = readdir(dir)) && (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..")))
		;
	return e || errno;
}

/* Whether the file's name is in a folder of the policy directory. */
static bool switched(const struct yr_job *job, const struct yr_job_options *opt, const bool *has,
		     int which)
{
	const char *slash = job->path ? strrchr(job->path, '/') : NULL;

	return job->path && has[which] &&
	       is_there(opt, switch_folders[which], slash ? slash + 1 : job->path);
}

static int prepare(struct yr_job *job, const struct yr_inputs *in, const struct yr_job_options *opt)
{
	int r;

	job->diags = yr_settings_diags(opt->settings);
	if (!job->diags)
		return yr_err_set(&job->err, ENOMEM, "out of memory");
	r = job->path ? yr_compile_file(job->path, &opt->compile, job->diags, &job->compile,
					&job->err)
		      : yr_compile_text(job->name, in->text, in->text_len, &opt->compile,
					job->diags, &job->compile, &job->err);
	if (r < 0)
		return r;
	return yr_diags_errors(job->diags) ? -EBADMSG : 0;
}

static int work(struct yr_job *job, const struct yr_inputs *in, const struct yr_job_options *opt,
		const bool *has)
{
	struct yr_job_options own;
	int r;

	job->skipped = switched(job, opt, has, DISABLED);
	if (job->skipped)
		return 0;
	job->force_complain = switched(job, opt, has, COMPLAINING);
	if (job->force_complain) {
		own = *opt;
		own.compile.force_complain = true;
		opt = &own;
	}
	r = prepare(job, in, opt);
	if (r < 0 || opt->only_read)
		return r;
	if (opt->ask)
		return opt->ask(opt->ask_ctx, job);
	if (opt->cache_dirs && (opt->read_cache || opt->write_cache) && !make_key(job, opt))
		return yr_err_set(&job->err, ENOMEM, "out of memory");
	if (opt->cache_dirs && opt->read_cache)
		look_in_cache(job, opt);
	return job->cache_hit ? 0
			      : yr_compile_image(job->compile, &job->image, &job->len, &job->err);
}

const char *yr_job_emptiness(const struct yr_job *job, bool *ret_empty)
{
	const char *text;
	size_t len;

	*ret_empty = false;
	if (yr_compile_name(job->compile, 0, NULL))
		return NULL;
	if (!yr_compile_source(job->compile, 0, &text, &len) || !len) {
		*ret_empty = true;
		return "the file is empty";
	}
	return "there is no profile in it";
}

bool yr_job_refuse_empty(const struct yr_job *job, int *status)
{
	bool empty;
	const char *why = yr_job_emptiness(job, &empty);

	if (why) {
		yr_say("%s: %s [missing]", job->name, why);
		*status = yr_worse(*status, YR_EXIT_POLICY);
	}
	return why;
}

static void clear(struct yr_job *job)
{
	yr_compile_free(job->compile);
	yr_diags_free(job->diags);
	free(job->image);
	*job = (struct yr_job){ 0 };
}

/*
 * A line for whoever waits longer than a second, on a terminal only. It is wiped before
 * anything else is said.
 */
struct progress {
	bool wanted;
	int width; /* of what is there now, 0: nothing */
	struct timespec next;
};

static void progress_later(struct progress *line, long ms)
{
	clock_gettime(CLOCK_MONOTONIC, &line->next);
	line->next.tv_nsec += ms % 1000 * 1000000;
	line->next.tv_sec += ms / 1000 + line->next.tv_nsec / 1000000000;
	line->next.tv_nsec %= 1000000000;
}

static void progress_wipe(struct progress *line)
{
	if (line->width)
		fprintf(stderr, "\r%*s\r", line->width, "");
	line->width = 0;
}

static void progress_show(struct progress *line, size_t i, size_t n)
{
	int width;

	fflush(stdout);
	width = fprintf(stderr, "\rcompiling %zu of %zu", i + 1, n);
	line->width = width > 0 ? width : 0;
	progress_later(line, 200);
}

struct pool {
	const struct yr_inputs *in;
	const struct yr_job_options *opt;
	struct yr_job *jobs;
	bool *done;
	bool has_switches[SWITCHES];
	size_t next, finished, ahead;
	bool stop;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

/* Threads share nothing but the list of jobs. The main thread is the only one, or none. */
struct worker {
	struct pool *pool;
	struct yr_compile_shared *shared;
	pthread_t id;
};

/* @shared is the thread's own: NULL, when there is no memory for it, costs time alone. */
static void do_one(struct pool *p, size_t i, struct yr_compile_shared *shared)
{
	struct yr_job_options opt = *p->opt;
	struct yr_job *job = &p->jobs[i];

	opt.compile.shared = shared;
	job->path = p->in->paths[i];
	job->name = job->path ? job->path : "stdin";
	job->result = work(job, p->in, &opt, p->has_switches);
	if (job->diags)
		yr_diags_sort(job->diags, job->name);
}

/* Takes the next file until there is none; never runs far ahead of what is finished. */
static void *worker(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;

	pthread_mutex_lock(&p->lock);
	for (;;) {
		size_t i;

		while (!p->stop && p->next < p->in->n && p->next >= p->finished + p->ahead)
			pthread_cond_wait(&p->changed, &p->lock);
		if (p->stop || p->next >= p->in->n)
			break;
		i = p->next++;
		pthread_mutex_unlock(&p->lock);
		do_one(p, i, w->shared);
		pthread_mutex_lock(&p->lock);
		p->done[i] = true;
		pthread_cond_broadcast(&p->changed);
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

static bool start(struct worker *w, struct pool *p)
{
	w->pool = p;
	return !pthread_create(&w->id, NULL, worker, w);
}

static void wait_for(struct pool *p, size_t i, struct progress *line)
{
	pthread_mutex_lock(&p->lock);
	while (!p->done[i]) {
		if (!line->wanted)
			pthread_cond_wait(&p->changed, &p->lock);
		else if (pthread_cond_clockwait(&p->changed, &p->lock, CLOCK_MONOTONIC,
						&line->next) == ETIMEDOUT)
			progress_show(line, i, p->in->n);
	}
	pthread_mutex_unlock(&p->lock);
}

/* @alone: the thread that does the work here; NULL: others do it. */
static int finish_in_order(struct pool *p, const struct worker *alone, struct progress *line,
			   yr_finish_fn *finish, void *ctx)
{
	int status = 0;

	for (size_t i = 0; i < p->in->n && !status; i++) {
		if (alone)
			do_one(p, i, alone->shared);
		else
			wait_for(p, i, line);
		progress_wipe(line);
		status = finish(ctx, &p->jobs[i]);
		clear(&p->jobs[i]);
		pthread_mutex_lock(&p->lock);
		p->finished++;
		pthread_cond_broadcast(&p->changed);
		pthread_mutex_unlock(&p->lock);
	}
	return status;
}

int yr_jobs_run(const struct yr_inputs *in, const struct yr_job_options *opt, unsigned threads,
		yr_finish_fn *finish, void *ctx)
{
	struct pool p = {
		.in = in,
		.opt = opt,
		.ahead = 4 * (size_t)(threads ? threads : 1),
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.changed = PTHREAD_COND_INITIALIZER,
	};
	AUTO_FREE struct yr_job *jobs = calloc(in->n ? in->n : 1, sizeof(*jobs));
	AUTO_FREE bool *done = calloc(in->n ? in->n : 1, sizeof(*done));
	AUTO_FREE struct worker *workers = NULL;
	struct progress line = { .wanted = !opt->settings->quiet && isatty(STDERR_FILENO) };
	unsigned started = 0;
	int status;

	yr_heap_prepare();
	if (threads > in->n)
		threads = (unsigned)in->n;
	/* One worker is no gain over the main thread, but for the line that this can show then. */
	if (threads < 2)
		threads = line.wanted;
	workers = calloc(threads + 1, sizeof(*workers));
	if (!jobs || !done || !workers) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	p.jobs = jobs;
	p.done = done;
	for (int i = 0; i < SWITCHES; i++)
		p.has_switches[i] = opt->switches_dir &&
				    (in->n <= FEW_FILES || has_names(opt, switch_folders[i]));
	progress_later(&line, 1000);
	/* A single file shares with nobody. */
	for (unsigned i = 0; in->n > 1 && i < (threads ? threads : 1); i++)
		workers[i].shared = yr_compile_shared_new();
	/* None at all is fine too. */
	while (started < threads && start(&workers[started], &p))
		started++;
	status = finish_in_order(&p, started ? NULL : workers, &line, finish, ctx);
	pthread_mutex_lock(&p.lock);
	p.stop = true;
	pthread_cond_broadcast(&p.changed);
	pthread_mutex_unlock(&p.lock);
	for (unsigned i = 0; i < started; i++)
		pthread_join(workers[i].id, NULL);
	for (size_t i = 0; i < in->n; i++)
		clear(&jobs[i]);
	for (unsigned i = 0; i < (threads ? threads : 1); i++)
		yr_compile_shared_free(workers[i].shared);
	return status;
}
