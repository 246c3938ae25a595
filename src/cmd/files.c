/* SPDX-License-Identifier: Apache-2.0 */
/* What comes in and what goes out: standard input, directories, image files. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/io.h"
#include "base/limits.h"
#include "cmd/cmd.h"
#include "lang/lang.h"

/* Up to @size, where that is known and not 0, or to the end. */
static int read_fd(int fd, const char *name, size_t size, size_t limit, struct yr_buf *out,
		   struct yr_err *err)
{
	char chunk[16384];
	ssize_t n;

	while ((!size || out->len < size) && (n = read(fd, chunk, sizeof(chunk))) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return yr_err_set(err, errno, "read '%s': %s", name, strerror(errno));
		if (out->len + (size_t)n > limit)
			return yr_err_set(err, EFBIG, "'%s' is larger than %zu bytes", name, limit);
		yr_buf_put(out, chunk, (size_t)n);
	}
	return out->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}

int yr_read_all(const char *path, size_t limit, char **ret_text, size_t *ret_len,
		struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	AUTO_CLOSE int fd = -1;
	struct stat st = { 0 };
	int r;

	if (path) {
		/* Without blocking, so that nobody can stop us with a FIFO. */
		fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return yr_err_set(err, errno, "open '%s': %s", path, strerror(errno));
		if (fstat(fd, &st) < 0)
			return yr_err_set(err, errno, "stat '%s': %s", path, strerror(errno));
		if (!S_ISREG(st.st_mode))
			return yr_err_set(err, EINVAL, "'%s' is not a regular file", path);
	}
	yr_buf_puts(&out, "");
	r = read_fd(path ? fd : STDIN_FILENO, path ? path : "standard input", (size_t)st.st_size,
		    limit, &out, err);
	if (r < 0)
		return r;
	*ret_text = yr_buf_steal(&out, ret_len);
	return *ret_text ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

bool yr_temporary_name(const char *path, char *buffer, size_t size)
{
	const char *slash = strrchr(path, '/');
	int folder = slash ? (int)(slash + 1 - path) : 0;
	int n = snprintf(buffer, size, "%.*s.%s.XXXXXX", folder, path, path + folder);

	return n > 0 && (size_t)n < size;
}

int yr_write_file(const char *path, const void *data, size_t len, struct yr_err *err)
{
	char temporary[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	struct stat st;
	int r;

	if (!strcmp(path, "-")) {
		fflush(stdout);
		r = yr_write_all(STDOUT_FILENO, data, len);
		return r < 0 ? yr_err_set(err, -r, "write standard output: %s", strerror(-r)) : 0;
	}
	/* A device, a pipe or a link, such as /dev/stdout, is written to, not replaced. */
	if (!lstat(path, &st) && !S_ISREG(st.st_mode)) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0644);
		r = fd < 0 ? -errno : yr_write_all(fd, data, len);
		return r < 0 ? yr_err_set(err, -r, "write '%s': %s", path, strerror(-r)) : 0;
	}
	if (!yr_temporary_name(path, temporary, sizeof(temporary)))
		return yr_err_set(err, ENAMETOOLONG, "write '%s': the name is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return yr_err_set(err, errno, "write '%s': %s", path, strerror(errno));
	r = yr_write_all(fd, data, len);
	if (!r && (fchmod(fd, 0644) < 0 || fsync(fd) < 0 || rename(temporary, path) < 0))
		r = -errno;
	if (r < 0) {
		unlink(temporary);
		return yr_err_set(err, -r, "write '%s': %s", path, strerror(-r));
	}
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Everything that can fail before the one step that puts the new text in place. */
static int fill(int fd, const char *path, const struct stat *was, const char *text, size_t len)
{
	struct stat now;
	int r = yr_write_all(fd, text, len);

	if (r < 0)
		return r;
	/* The owner first: changing it takes set-user-ID bits away. */
	if ((was->st_uid != geteuid() || was->st_gid != getegid()) &&
	    fchown(fd, was->st_uid, was->st_gid) < 0)
		return -errno;
	if (fchmod(fd, was->st_mode & 07777) < 0 || fsync(fd) < 0 || stat(path, &now) < 0)
		return -errno;
	return same_file(was, &now) ? 0 : -EBUSY;
}

int yr_replace_file(const char *path, const struct stat *was, const char *text, size_t len,
		    struct yr_err *err)
{
	char temporary[PATH_MAX];
	AUTO_CLOSE int fd = -1;
	int r;

	if (!yr_temporary_name(path, temporary, sizeof(temporary)))
		return yr_err_set(err, ENAMETOOLONG, "write '%s': the name is too long", path);
	fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return yr_err_set(err, errno, "write '%s': %s", path, strerror(errno));
	r = fill(fd, path, was, text, len);
	if (!r && rename(temporary, path) < 0)
		r = -errno;
	if (!r)
		return 0;
	unlink(temporary);
	if (r == -EBUSY)
		return yr_err_set(err, EBUSY, "'%s' was changed meanwhile and stays as it is",
				  path);
	return yr_err_set(err, -r, "write '%s': %s", path, strerror(-r));
}

static bool add_path(struct yr_inputs *in, char *path)
{
	char **more;

	if (!path)
		return false;
	more = realloc(in->paths, (in->n + 1) * sizeof(*more));
	if (!more) {
		free(path);
		return false;
	}
	in->paths = more;
	more[in->n++] = path;
	return true;
}

static int take_file(const struct dirent *d)
{
	return !yr_lang_skips_file(d->d_name);
}

/* The policy files of a directory in order of name, none from the folders below it. */
static int add_directory(struct yr_inputs *in, const char *dir)
{
	struct dirent **names = NULL;
	int n = scandir(dir, &names, take_file, alphasort), status = 0;
	size_t before = in->n;

	if (n < 0) {
		yr_say("read '%s': %s", dir, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	for (int i = 0; i < n; i++) {
		struct stat st;
		char *path = NULL;

		if (!status && asprintf(&path, "%s/%s", dir, names[i]->d_name) < 0) {
			yr_say("out of memory");
			status = YR_EXIT_SYSTEM;
		} else if (!status && !stat(path, &st) && S_ISDIR(st.st_mode)) {
			free(path);
		} else if (!status && !add_path(in, path)) {
			yr_say("out of memory");
			status = YR_EXIT_SYSTEM;
		}
		free(names[i]);
	}
	free(names);
	in->from_folder = true;
	if (!status && in->n == before)
		yr_say("there is no policy file in '%s'", dir);
	return status;
}

static int add_stdin(struct yr_inputs *in)
{
	struct yr_err err = { 0 };
	char **more;

	if (in->text)
		return 0;
	if (isatty(STDIN_FILENO))
		yr_say("reading policy from standard input, up to Ctrl-D");
	if (yr_read_all(NULL, YR_LIMIT_SOURCE_BYTES, &in->text, &in->text_len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	more = realloc(in->paths, (in->n + 1) * sizeof(*more));
	if (!more) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	in->paths = more;
	more[in->n++] = NULL;
	return 0;
}

int yr_inputs_read(char **args, size_t n, struct yr_inputs *in)
{
	int status = 0;

	*in = (struct yr_inputs){ 0 };
	if (!n)
		return add_stdin(in);
	for (size_t i = 0; i < n && !status; i++) {
		struct stat st;

		if (!strcmp(args[i], "-") || !strcmp(args[i], "/dev/stdin")) {
			status = add_stdin(in);
		} else if (!stat(args[i], &st) && S_ISDIR(st.st_mode)) {
			status = add_directory(in, args[i]);
		} else if (!add_path(in, strdup(args[i]))) {
			yr_say("out of memory");
			status = YR_EXIT_SYSTEM;
		}
	}
	return status;
}

void yr_inputs_done(struct yr_inputs *in)
{
	for (size_t i = 0; i < in->n; i++)
		free(in->paths[i]);
	free(in->paths);
	free(in->text);
	*in = (struct yr_inputs){ 0 };
}
