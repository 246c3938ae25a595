/* SPDX-License-Identifier: Apache-2.0 */
/* What each container was started with, in the run directory. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>

#include "base/io.h"
#include "base/utf8.h"
#include "oci/start.h"

/* How long a record may outlive its container, and how old one without must at least be. */
#define SWEEP_SECONDS 3600
#define SWEPT ".swept"
/* Of the id in the file's name; the rest is the hash's, and a name has 255 bytes. */
#define ID_PART 200

static bool is_id(const char *id)
{
	size_t len = strlen(id);

	if (!len || len > YR_LIMIT_CONTAINER_ID || *id == '.')
		return false;
	for (const unsigned char *s = (const unsigned char *)id; *s; s++)
		if (*s < 0x20 || *s == 0x7f || *s == '/')
			return false;
	return true;
}

static int check_id(const char *id, struct yr_err *err)
{
	if (id && is_id(id))
		return 0;
	return yr_err_set(err, EINVAL,
			  "container id '%.80s' is none: it is empty, too long, begins with "
			  "'.', or has '/' or control characters in it",
			  id ? id : "");
}

/* "ID.0123456789abcdef.json" */
static void file_name(const char *root, const char *id, char *ret, size_t size)
{
	uint8_t sum[8];
	struct sha256_ctx ctx;
	char hash[17];

	sha256_init(&ctx);
	if (root)
		sha256_update(&ctx, strlen(root), (const uint8_t *)root);
	sha256_update(&ctx, 1, (const uint8_t *)"");
	sha256_update(&ctx, strlen(id), (const uint8_t *)id);
	sha256_digest(&ctx, sizeof(sum), sum);
	for (size_t i = 0; i < sizeof(sum); i++)
		snprintf(hash + 2 * i, 3, "%02x", sum[i]);
	snprintf(ret, size, "%.*s.%s.json", ID_PART, id, hash);
}

static int fail(struct yr_err *err, int code, const char *run_dir, const char *name)
{
	return yr_err_set(err, code, "container state '%s/containers/%s': %s", run_dir, name,
			  strerror(code));
}

/* The folder of the states, made when @make; or -errno. */
static int open_folder(const char *run_dir, bool make)
{
	AUTO_CLOSE int run_fd = -1;
	int fd;

	if (make && mkdir(run_dir, 0700) < 0 && errno != EEXIST)
		return -errno;
	run_fd = open(run_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (run_fd < 0)
		return -errno;
	if (make && mkdirat(run_fd, "containers", 0700) < 0 && errno != EEXIST)
		return -errno;
	fd = openat(run_fd, "containers", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* -EBADMSG: no state; -EPERM: another user's. */
static int read_state(int folder_fd, const char *file, struct yr_start **ret, struct yr_err *err)
{
	AUTO_CLOSE int fd =
		openat(folder_fd, file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	AUTO_FREE char *text = NULL;
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return yr_err_set(err, errno, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) || st.st_size > YR_LIMIT_START_LINE)
		return yr_err_set(err, EBADMSG, "is no file of ours");
	/* What a container runs under is not for others to say. */
	if (st.st_uid != geteuid() && st.st_uid)
		return yr_err_set(err, EPERM, "belongs to another user");
	text = malloc((size_t)st.st_size + 1);
	if (!text)
		return yr_err_set(err, ENOMEM, "out of memory");
	n = pread(fd, text, (size_t)st.st_size, 0);
	if (n != st.st_size)
		return yr_err_set(err, n < 0 ? errno : EBADMSG, "cannot be read");
	return yr_start_parse(text, (size_t)n, true, ret, err);
}

static bool same_root(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

/* The folder that @id's state would be in, and how its file is called; or negative. */
static int open_for(const char *run_dir, const char *root, const char *id, char *ret_file,
		    size_t size, struct yr_err *err)
{
	int fd, r = check_id(id, err);

	if (r < 0)
		return r;
	file_name(root, id, ret_file, size);
	fd = open_folder(run_dir, false);
	return fd < 0 ? fail(err, -fd, run_dir, ret_file) : fd;
}

int yr_state_get(const char *run_dir, const char *root, const char *id, struct yr_start **ret,
		 struct yr_err *err)
{
	struct yr_start *s = NULL;
	struct yr_err why = { 0 };
	char file[NAME_MAX + 1];
	AUTO_CLOSE int folder_fd = open_for(run_dir, root, id, file, sizeof(file), err);
	int r;

	if (folder_fd < 0)
		return folder_fd;
	r = read_state(folder_fd, file, &s, &why);
	if (r < 0)
		return yr_err_set(err, -r, "container state '%s/containers/%s': %s", run_dir, file,
				  why.msg);
	if (strcmp(s->id, id) || !same_root(s->root, root)) {
		yr_start_free(s);
		return yr_err_set(err, EBADMSG,
				  "container state '%s/containers/%s': is another container's",
				  run_dir, file);
	}
	*ret = s;
	return 0;
}

int yr_state_remove(const char *run_dir, const char *root, const char *id, struct yr_err *err)
{
	struct yr_err why = { 0 };
	char file[NAME_MAX + 1];
	AUTO_CLOSE int folder_fd = open_for(run_dir, root, id, file, sizeof(file), &why);

	if (folder_fd == -ENOENT)
		return 0;
	if (folder_fd < 0)
		return yr_err_set(err, why.code, "%s", why.msg);
	if (unlinkat(folder_fd, file, 0) < 0 && errno != ENOENT)
		return fail(err, errno, run_dir, file);
	return 0;
}

/* ROOT/ID is not there. Anything but a sure answer leaves the record where it is. */
static bool is_gone(const struct yr_start *s)
{
	char path[PATH_MAX];
	struct stat st;

	if (!s->root || *s->root != '/' || !is_id(s->id) ||
	    snprintf(path, sizeof(path), "%s/%s", s->root, s->id) >= (int)sizeof(path))
		return false;
	return lstat(path, &st) < 0 && errno == ENOENT;
}

static void sweep_one(int folder_fd, const char *file, time_t now)
{
	struct yr_start *s = NULL;
	struct stat st;
	bool gone;

	if (fstatat(folder_fd, file, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_mtime > now - SWEEP_SECONDS)
		return;
	/* A temporary file that old was left by who was killed. */
	if (*file == '.') {
		unlinkat(folder_fd, file, 0);
		return;
	}
	gone = !read_state(folder_fd, file, &s, NULL) && is_gone(s);
	yr_start_free(s);
	if (gone)
		unlinkat(folder_fd, file, 0);
}

/* The hour's first start pays for the others. Two at once do no harm. */
static void sweep(int folder_fd)
{
	time_t now = time(NULL);
	AUTO_CLOSE int fd =
		openat(folder_fd, SWEPT, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	struct stat st;
	AUTO_CLOSEDIR DIR *d = NULL;
	struct dirent *e;
	size_t n = 0;
	int copy;

	if (fd < 0 || fstat(fd, &st) < 0)
		return;
	/* It is new when nothing was written to it. */
	if (st.st_size && st.st_mtime <= now && st.st_mtime > now - SWEEP_SECONDS)
		return;
	if (pwrite(fd, "\n", 1, 0) != 1)
		return;
	copy = openat(folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	d = copy < 0 ? NULL : fdopendir(copy);
	if (!d && copy >= 0)
		close(copy);
	while (d && (e = readdir(d)) && n++ < YR_LIMIT_CONTAINERS)
		if (strcmp(e->d_name, SWEPT) != 0)
			sweep_one(folder_fd, e->d_name, now);
}

static int open_temporary(int folder_fd, char *name, size_t size)
{
	uint64_t chance;
	int fd;

	do {
		if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
			return -errno;
		snprintf(name, size, ".new-%016llx", (unsigned long long)chance);
		fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	} while (fd < 0 && errno == EEXIST);
	return fd < 0 ? -errno : fd;
}

/*
 * The new name makes it whole or not there for whoever reads. It is not written through to the
 * disk: after a power cut no container runs that it could be about, and where the folder is on one,
 * that would be most of what a start costs.
 */
static int put_file(int folder_fd, const char *file, const struct yr_buf *text)
{
	AUTO_CLOSE int fd = -1;
	char temporary[32];
	int r;

	fd = open_temporary(folder_fd, temporary, sizeof(temporary));
	if (fd < 0)
		return fd;
	r = yr_write_all(fd, text->data, text->len);
	if (!r && renameat(folder_fd, temporary, folder_fd, file) < 0)
		r = -errno;
	if (r < 0)
		unlinkat(folder_fd, temporary, 0);
	return r;
}

static int check_texts(const struct yr_start *s, struct yr_err *err)
{
	for (size_t i = 0; i < yr_start_n_fields; i++) {
		const char *text = yr_start_get(s, &yr_start_fields[i]);

		if (text && yr_utf8_prefix(text, strlen(text)) != strlen(text))
			return yr_err_set(err, EINVAL, "container state: '%s' is no UTF-8",
					  yr_start_fields[i].json);
	}
	return 0;
}

int yr_state_put(const char *run_dir, const struct yr_start *s, struct yr_err *err)
{
	struct yr_start now = *s;
	AUTO_BUF struct yr_buf text = { .limit = YR_LIMIT_START_LINE };
	AUTO_CLOSE int folder_fd = -1;
	char file[NAME_MAX + 1];
	int r = check_id(s->id, err);

	if (!r)
		r = check_texts(s, err);
	if (r < 0)
		return r;
	if (!now.time_ns)
		now.time_ns = yr_start_now();
	file_name(s->root, s->id, file, sizeof(file));
	yr_start_put_json(&now, true, &text);
	yr_buf_putc(&text, '\n');
	if (text.failed)
		return yr_err_set(err, E2BIG,
				  "container state '%s/containers/%s': what is to be kept is "
				  "over %u bytes",
				  run_dir, file, YR_LIMIT_START_LINE);
	folder_fd = open_folder(run_dir, true);
	if (folder_fd < 0)
		return fail(err, -folder_fd, run_dir, file);
	r = put_file(folder_fd, file, &text);
	if (r < 0)
		return fail(err, -r, run_dir, file);
	sweep(folder_fd);
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct yr_start *x = *(struct yr_start *const *)a, *y = *(struct yr_start *const *)b;
	int d = strcmp(x->id, y->id);

	return d ? d : strcmp(x->root ? x->root : "", y->root ? y->root : "");
}

void yr_states_done(struct yr_states *s)
{
	for (size_t i = 0; i < s->n; i++)
		yr_start_free(s->at[i]);
	free(s->at);
	*s = (struct yr_states){ 0 };
}

/* One more at the end. -ENOMEM. */
static int add(struct yr_states *to, int folder_fd, const char *file, size_t *cap)
{
	struct yr_start **more, *s = NULL;
	int r = read_state(folder_fd, file, &s, NULL);

	/* It may have been removed since. */
	if (r == -ENOENT || r == -ENOMEM)
		return r == -ENOMEM ? r : 0;
	if (r < 0) {
		to->n_broken++;
		return 0;
	}
	if (to->n == *cap) {
		more = reallocarray(to->at, *cap * 2 + 16, sizeof(struct yr_start *));
		if (!more) {
			yr_start_free(s);
			return -ENOMEM;
		}
		to->at = more;
		*cap = *cap * 2 + 16;
	}
	to->at[to->n++] = s;
	return 0;
}

int yr_state_list(const char *run_dir, struct yr_states *ret, struct yr_err *err)
{
	struct yr_states all = { 0 };
	AUTO_CLOSEDIR DIR *d = NULL;
	struct dirent *e;
	size_t cap = 0, seen = 0;
	int fd = open_folder(run_dir, false), r = 0;

	if (fd == -ENOENT) {
		*ret = all;
		return 0;
	}
	d = fd < 0 ? NULL : fdopendir(fd);
	if (!d) {
		r = fd < 0 ? -fd : errno;
		if (fd >= 0)
			close(fd);
		return fail(err, r, run_dir, "");
	}
	while (!r && (e = readdir(d))) {
		if (e->d_name[0] == '.')
			continue;
		all.more = seen++ >= YR_LIMIT_CONTAINERS;
		if (all.more)
			break;
		r = add(&all, dirfd(d), e->d_name, &cap);
	}
	if (r < 0) {
		yr_states_done(&all);
		return yr_err_set(err, -r, "out of memory");
	}
	if (all.n)
		qsort(all.at, all.n, sizeof(struct yr_start *), by_id);
	*ret = all;
	return 0;
}
