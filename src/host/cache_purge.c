/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "host/cache.h"

static bool is_our_folder(const char *name)
{
	size_t n = strspn(name, "0123456789abcdef");

	return n == YR_CACHE_FOLDER_DIGITS && !strcmp(name + n, YR_CACHE_FOLDER_END);
}

/* A temporary file is ours by its name, since it may be empty; an entry by its first bytes. */
static bool is_our_file(int folder_fd, const char *name)
{
	AUTO_CLOSE int fd = openat(folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char magic[YR_CACHE_MAGIC_BYTES];
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		return false;
	if (!strncmp(name, YR_CACHE_TEMP_START, sizeof(YR_CACHE_TEMP_START) - 1))
		return true;
	return pread(fd, magic, sizeof(magic), 0) == sizeof(magic) &&
	       !memcmp(magic, YR_CACHE_MAGIC, sizeof(magic));
}

static DIR *open_dir_at(int dir_fd, const char *name, int flags)
{
	int fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | flags);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	int saved = errno;

	if (!dir && fd >= 0)
		close(fd);
	errno = saved;
	return dir;
}

static int purge_folder(int dir_fd, const char *folder, size_t *removed)
{
	AUTO_CLOSEDIR DIR *dir = open_dir_at(dir_fd, folder, O_NOFOLLOW);
	struct dirent *entry;

	if (!dir) /* a link or a file that is called so is not ours */
		return errno == ENOTDIR || errno == ELOOP || errno == ENOENT ? 0 : -errno;
	while (errno = 0, (entry = readdir(dir))) {
		if (!is_our_file(dirfd(dir), entry->d_name))
			continue;
		if (unlinkat(dirfd(dir), entry->d_name, 0) == 0)
			++*removed;
		else if (errno != ENOENT)
			return -errno;
	}
	if (errno)
		return -errno;
	if (unlinkat(dir_fd, folder, AT_REMOVEDIR) < 0 && errno != ENOTEMPTY && errno != EEXIST &&
	    errno != ENOENT)
		return -errno;
	return 0;
}

int yr_cache_purge(const char *path, size_t *ret_removed, struct yr_err *err)
{
	AUTO_CLOSEDIR DIR *dir = open_dir_at(AT_FDCWD, path, 0);
	struct dirent *entry;
	size_t removed = 0;
	int r;

	if (!dir && errno != ENOENT)
		return yr_err_set(err, errno, "purge cache '%s': %s", path, strerror(errno));
	while (dir && (errno = 0, (entry = readdir(dir)))) {
		if (!is_our_folder(entry->d_name))
			continue;
		r = purge_folder(dirfd(dir), entry->d_name, &removed);
		if (r < 0)
			return yr_err_set(err, -r, "purge cache '%s/%s': %s", path, entry->d_name,
					  strerror(-r));
	}
	if (dir && errno)
		return yr_err_set(err, errno, "purge cache '%s': %s", path, strerror(errno));
	if (ret_removed)
		*ret_removed = removed;
	return 0;
}
