/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "oci/limits.h"

#define CONFIG "config.json"

struct yr_bundle {
	int dir;         /* the folder, O_PATH; -1: an open file, which has none */
	char *name;      /* in that folder */
	char *path;      /* of the file, for messages: real, or as it was given */
	char *real;      /* what yr_bundle_real() gives */
	struct stat was; /* when it was read */
	char *text;
	size_t len;
};

static int no_memory(struct yr_err *err)
{
	return yr_err_set(err, ENOMEM, "out of memory");
}

/* What the kernel calls the file that is open: no link is left in it. */
static int real_path(int fd, const char *asked, char **ret, struct yr_err *err)
{
	char link[32], path[PATH_MAX];
	struct stat here, there;
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path));
	if (n < 0)
		return yr_err_set(err, errno, "find out the real path of '%s' from %s: %s", asked,
				  link, strerror(errno));
	if ((size_t)n == sizeof(path))
		return yr_err_set(err, ENAMETOOLONG, "the real path of '%s' is too long", asked);
	path[n] = '\0';
	/* What was removed or cannot be reached from here has a name that leads elsewhere. */
	if (fstat(fd, &here) < 0 || stat(path, &there) < 0 || here.st_dev != there.st_dev ||
	    here.st_ino != there.st_ino)
		return yr_err_set(err, ENOENT, "'%s' cannot be reached as '%s'", asked, path);
	*ret = strdup(path);
	return *ret ? 0 : no_memory(err);
}

/* Reads all that fstat() told of, and sees whether that was all. */
static int read_text(struct yr_bundle *b, int fd, struct yr_err *err)
{
	size_t size = (size_t)b->was.st_size;
	char more;
	ssize_t n;

	b->text = malloc(size + 1);
	if (!b->text)
		return no_memory(err);
	while (b->len < size) {
		n = read(fd, b->text + b->len, size - b->len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return yr_err_set(err, errno, "read '%s': %s", b->path, strerror(errno));
		if (!n)
			break;
		b->len += (size_t)n;
	}
	b->text[b->len] = '\0';
	n = read(fd, &more, 1);
	if (b->len != size || n != 0)
		return yr_err_set(err, EBUSY, "'%s' changes while it is read", b->path);
	return 0;
}

/*
 * Opens b->name in b->dir (AT_FDCWD for an open file). It is looked at before it is opened: opening
 * alone waits for a FIFO's other side, and makes some devices do things.
 */
static int open_text(struct yr_bundle *b, int dir, int nofollow, struct yr_err *err)
{
	AUTO_CLOSE int place = openat(dir, b->name, O_PATH | O_CLOEXEC | nofollow), fd = -1;
	char link[32];

	if (place < 0)
		return yr_err_set(err, errno, "open '%s': %s", b->path, strerror(errno));
	if (fstat(place, &b->was) < 0)
		return yr_err_set(err, errno, "look at '%s': %s", b->path, strerror(errno));
	if (S_ISLNK(b->was.st_mode))
		return yr_err_set(err, ELOOP,
				  "'%s' is a symbolic link, which may lead anywhere: put the file "
				  "itself there",
				  b->path);
	if (!S_ISREG(b->was.st_mode))
		return yr_err_set(err, EINVAL, "'%s' is not a regular file", b->path);
	if (b->was.st_size > (off_t)YR_LIMIT_SPEC_BYTES)
		return yr_err_set(err, EFBIG, "'%s' is larger than %u MiB, which is the limit",
				  b->path, YR_LIMIT_SPEC_BYTES >> 20);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", place);
	fd = open(link, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return yr_err_set(err, errno, "open '%s': %s", b->path, strerror(errno));
	return read_text(b, fd, err);
}

/* Opens the folder @path and names the file in it. */
static int open_folder(struct yr_bundle *b, const char *path, const char *name, struct yr_err *err)
{
	int r;

	b->dir = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (b->dir < 0)
		return yr_err_set(err, errno, "open the folder '%s': %s", path, strerror(errno));
	r = real_path(b->dir, path, &b->real, err);
	if (r < 0)
		return r;
	b->name = strdup(name);
	if (!b->name ||
	    asprintf(&b->path, "%s/%s", strcmp(b->real, "/") != 0 ? b->real : "", name) < 0) {
		b->path = NULL;
		return no_memory(err);
	}
	return 0;
}

static struct yr_bundle *new_bundle(void)
{
	struct yr_bundle *b = calloc(1, sizeof(*b));

	if (b)
		b->dir = -1;
	return b;
}

int yr_bundle_open(const char *path, struct yr_bundle **ret, struct yr_err *err)
{
	AUTO_BUNDLE struct yr_bundle *b = new_bundle();
	int r;

	if (!b)
		return no_memory(err);
	r = open_folder(b, path, CONFIG, err);
	if (r >= 0)
		r = open_text(b, b->dir, O_NOFOLLOW, err);
	if (r < 0)
		return r;
	*ret = yr_take_ptr(&b);
	return 0;
}

/* /dev/fd/N, /dev/stdin, /proc/self/fd/N, /proc/N/fd/N: links, but of the kernel's. */
static bool is_open_file(const char *path)
{
	return !strncmp(path, "/dev/fd/", 8) || !strcmp(path, "/dev/stdin") ||
	       (!strncmp(path, "/proc/", 6) && strstr(path, "/fd/"));
}

static int open_by_path(struct yr_bundle *b, const char *path, struct yr_err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *folder = NULL, *file = NULL;
	int r;

	if (is_open_file(path)) {
		b->name = strdup(path);
		b->path = strdup(path);
		b->real = strdup(path);
		if (!b->name || !b->path || !b->real)
			return no_memory(err);
		return open_text(b, AT_FDCWD, 0, err);
	}
	folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
	if (!folder)
		return no_memory(err);
	r = open_folder(b, folder, slash ? slash + 1 : path, err);
	if (r < 0)
		return r;
	file = strdup(b->path);
	if (!file)
		return no_memory(err);
	free(b->real);
	b->real = yr_take_ptr(&file);
	return open_text(b, b->dir, O_NOFOLLOW, err);
}

int yr_bundle_open_file(const char *path, struct yr_bundle **ret, struct yr_err *err)
{
	AUTO_BUNDLE struct yr_bundle *b = new_bundle();
	int r;

	if (!b)
		return no_memory(err);
	r = open_by_path(b, path, err);
	if (r < 0)
		return r;
	*ret = yr_take_ptr(&b);
	return 0;
}

const char *yr_bundle_text(const struct yr_bundle *b, size_t *ret_len)
{
	*ret_len = b->len;
	return b->text;
}

const char *yr_bundle_real(const struct yr_bundle *b)
{
	return b->real;
}

struct yr_bundle *yr_bundle_free(struct yr_bundle *b)
{
	if (b) {
		if (b->dir >= 0)
			close(b->dir);
		free(b->name);
		free(b->path);
		free(b->real);
		free(b->text);
		free(b);
	}
	return NULL;
}

/*
 * A new file in the folder, without a name (*named false) where the filesystem can do that: then
 * nothing stays of it if we are killed.
 */
static int create(const struct yr_bundle *b, const char *temporary, bool *named, struct yr_err *err)
{
	int fd = openat(b->dir, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);

	*named = false;
	if (fd >= 0)
		return fd;
	if (errno == EOPNOTSUPP || errno == EISDIR) {
		*named = true;
		/* Of somebody who was killed. Who still lives will see that it is gone. */
		unlinkat(b->dir, temporary, 0);
		fd = openat(b->dir, temporary, O_CREAT | O_EXCL | O_NOFOLLOW | O_WRONLY | O_CLOEXEC,
			    0600);
	}
	if (fd < 0)
		return yr_err_set(err, errno, "make a new file beside '%s': %s", b->path,
				  strerror(errno));
	return fd;
}

/* The owner, the group and the mode of the old file, all data, and all of it on the disk. */
static int fill(const struct yr_bundle *b, int fd, const char *text, size_t len, struct yr_err *err)
{
	struct stat st;
	int r = yr_write_all(fd, text, len);

	if (r < 0)
		return yr_err_set(err, -r, "write the new '%s': %s", b->path, strerror(-r));
	if (fstat(fd, &st) < 0 ||
	    ((st.st_uid != b->was.st_uid || st.st_gid != b->was.st_gid) &&
	     fchown(fd, b->was.st_uid, b->was.st_gid) < 0) ||
	    fchmod(fd, b->was.st_mode & 0777) < 0)
		return yr_err_set(err, errno, "give the new '%s' owner and mode of the old one: %s",
				  b->path, strerror(errno));
	if (fsync(fd) < 0)
		return yr_err_set(err, errno, "write the new '%s' to the disk: %s", b->path,
				  strerror(errno));
	return 0;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static int changed_meanwhile(const struct yr_bundle *b, struct yr_err *err)
{
	return yr_err_set(err, EBUSY, "somebody else has changed '%s' meanwhile", b->path);
}

/* The file that is there is still the one that was read. */
static int still_the_same(const struct yr_bundle *b, struct yr_err *err)
{
	struct stat st;

	if (fstatat(b->dir, b->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return yr_err_set(err, errno, "look at '%s': %s", b->path, strerror(errno));
	if (!same_file(&st, &b->was) || st.st_size != b->was.st_size ||
	    st.st_mtim.tv_sec != b->was.st_mtim.tv_sec ||
	    st.st_mtim.tv_nsec != b->was.st_mtim.tv_nsec)
		return changed_meanwhile(b, err);
	return 0;
}

/*
 * Gives a file without a name the temporary one: no call puts it straight over another. linkat()
 * needs a right for the file itself that root in a user namespace may lack, so it goes by /proc.
 */
static int name_it(const struct yr_bundle *b, int fd, const char *temporary, struct yr_err *err)
{
	char link[32];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	unlinkat(b->dir, temporary, 0);
	if (linkat(AT_FDCWD, link, b->dir, temporary, AT_SYMLINK_FOLLOW) < 0)
		return yr_err_set(err, errno, "give the new '%s' a name: %s", b->path,
				  strerror(errno));
	return 0;
}

/* Over the old one; then whether it is ours that is there, since others may use the same name. */
static int move_over(struct yr_bundle *b, int fd, const char *temporary, struct yr_err *err)
{
	struct stat ours, there;

	if (renameat(b->dir, temporary, b->dir, b->name) < 0)
		return errno == ENOENT ? changed_meanwhile(b, err)
				       : yr_err_set(err, errno, "replace '%s': %s", b->path,
						    strerror(errno));
	if (fstat(fd, &ours) < 0 || fstatat(b->dir, b->name, &there, AT_SYMLINK_NOFOLLOW) < 0 ||
	    !same_file(&ours, &there))
		return changed_meanwhile(b, err);
	b->was = there;
	return 0;
}

int yr_bundle_replace(struct yr_bundle *b, const char *text, size_t len, struct yr_err *err)
{
	AUTO_FREE char *temporary = NULL;
	AUTO_CLOSE int fd = -1;
	bool named;
	int r;

	if (b->dir < 0)
		return yr_err_set(err, EXDEV,
				  "'%s' is an open file, which has no place where a changed one "
				  "could be put",
				  b->path);
	if (asprintf(&temporary, ".%s.yoroi", b->name) < 0) {
		temporary = NULL;
		return no_memory(err);
	}
	fd = create(b, temporary, &named, err);
	if (fd < 0)
		return fd;
	r = fill(b, fd, text, len, err);
	if (r >= 0)
		r = still_the_same(b, err);
	if (r >= 0 && !named) {
		r = name_it(b, fd, temporary, err);
		named = r >= 0;
	}
	if (r >= 0)
		r = move_over(b, fd, temporary, err);
	if (r < 0 && named)
		unlinkat(b->dir, temporary, 0);
	return r;
}
