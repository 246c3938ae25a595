/* SPDX-License-Identifier: Apache-2.0 */
/* Reading and writing entries. Their form is in host/cache.h. */
#include "host/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/limits.h"

static void sum_of(const uint8_t *head, const void *image, size_t len, uint8_t *sum)
{
	struct sha256_ctx sha;

	sha256_init(&sha);
	sha256_update(&sha, YR_CACHE_SUM_AT, head);
	sha256_update(&sha, len, image);
	sha256_digest(&sha, SHA256_DIGEST_SIZE, sum);
}

/*
 * Who can write the cache decides what is loaded. The group counts as others: access lists
 * show in its bits.
 */
static bool trusted(const struct stat *st)
{
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return false;
	return !(st->st_mode & (S_IWGRP | S_IWOTH));
}

static enum yr_cache_answer miss(struct yr_err *why, enum yr_cache_answer answer, int code,
				 const char *what, const char *words)
{
	yr_err_set(why, code, "cache '%s': %s", what, words);
	return answer;
}

/* Opens @name in @dir_fd, and answers YR_CACHE_HIT when it is a trusted thing of that @type. */
static enum yr_cache_answer open_trusted(int dir_fd, const char *name, int flags, mode_t type,
					 int *ret_fd, struct stat *st, struct yr_err *why)
{
	AUTO_CLOSE int fd =
		openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);

	if (fd < 0 && errno == ENOENT)
		return miss(why, YR_CACHE_ABSENT, ENOENT, name, "there is none");
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR || errno == ENXIO))
		return miss(why, YR_CACHE_DAMAGED, errno, name, "not what we would have put there");
	if (fd < 0 || fstat(fd, st) < 0)
		return miss(why, YR_CACHE_FAILED, errno, name, strerror(errno));
	if ((st->st_mode & S_IFMT) != type)
		return miss(why, YR_CACHE_DAMAGED, EINVAL, name,
			    "not what we would have put there");
	if (!trusted(st))
		return miss(why, YR_CACHE_UNTRUSTED, EPERM, name,
			    "not used, because others than root and its owner can write it");
	*ret_fd = yr_take_fd(&fd);
	return YR_CACHE_HIT;
}

/* The folder DIR/FEATURES.0. DIR may be a link, its owner has been asked for; the rest may not. */
static enum yr_cache_answer open_folder(const struct yr_cache_at *at, const char *folder,
					int *ret_fd, struct yr_err *why)
{
	AUTO_CLOSE int dir_fd = -1;
	enum yr_cache_answer a;
	struct stat st;

	a = open_trusted(AT_FDCWD, at->dir, O_DIRECTORY, S_IFDIR, &dir_fd, &st, why);
	if (a != YR_CACHE_HIT)
		return a;
	return open_trusted(dir_fd, folder, O_DIRECTORY | O_NOFOLLOW, S_IFDIR, ret_fd, &st, why);
}

/* 0, -errno, or -ENODATA when the file is shorter. */
static int read_whole(int fd, void *to, size_t len)
{
	char *at = to;

	while (len) {
		ssize_t n = read(fd, at, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENODATA;
		at += n;
		len -= (size_t)n;
	}
	return 0;
}

static enum yr_cache_answer read_image(int fd, const uint8_t *head, size_t len, const char *name,
				       void **ret_image, struct yr_err *why)
{
	AUTO_FREE uint8_t *image = malloc(len ? len : 1);
	uint8_t sum[SHA256_DIGEST_SIZE];
	int r;

	if (!image)
		return miss(why, YR_CACHE_FAILED, ENOMEM, name, "out of memory");
	r = read_whole(fd, image, len);
	if (r < 0 && r != -ENODATA)
		return miss(why, YR_CACHE_FAILED, -r, name, strerror(-r));
	if (!r)
		sum_of(head, image, len, sum);
	if (r < 0 || memcmp(sum, head + YR_CACHE_SUM_AT, sizeof(sum)) != 0)
		return miss(why, YR_CACHE_DAMAGED, EBADMSG, name, "the entry is damaged");
	*ret_image = yr_take_ptr(&image);
	return YR_CACHE_HIT;
}

static enum yr_cache_answer read_entry(int fd, const struct stat *st, const char *name,
				       const struct yr_cache_key *key, void **ret_image,
				       size_t *ret_len, struct yr_err *why)
{
	uint8_t head[YR_CACHE_HEAD_BYTES];
	enum yr_cache_answer a;
	uint64_t len;
	int r = read_whole(fd, head, sizeof(head));

	if (r < 0 && r != -ENODATA)
		return miss(why, YR_CACHE_FAILED, -r, name, strerror(-r));
	if (r < 0 || memcmp(head, YR_CACHE_MAGIC, YR_CACHE_MAGIC_BYTES) != 0)
		return miss(why, YR_CACHE_DAMAGED, EBADMSG, name, "not an entry of ours");
	if (memcmp(head + YR_CACHE_KEY_AT, key->sum, sizeof(key->sum)) != 0)
		return miss(why, YR_CACHE_OTHER, ESTALE, name, "made of something else");
	len = yr_cache_get64(head + YR_CACHE_LENGTH_AT);
	if (len > YR_LIMIT_IMAGE_BYTES || (uint64_t)st->st_size != YR_CACHE_HEAD_BYTES + len)
		return miss(why, YR_CACHE_DAMAGED, EBADMSG, name, "the entry is damaged");
	a = read_image(fd, head, (size_t)len, name, ret_image, why);
	if (a == YR_CACHE_HIT)
		*ret_len = (size_t)len;
	return a;
}

enum yr_cache_answer yr_cache_get(const struct yr_cache_at *at, const struct yr_cache_key *key,
				  void **ret_image, size_t *ret_len, struct yr_err *why)
{
	AUTO_FREE char *folder = yr_cache_folder_name(at);
	AUTO_FREE char *file = yr_cache_file_name(at->profile_path);
	AUTO_CLOSE int folder_fd = -1, fd = -1;
	enum yr_cache_answer a;
	struct stat st;

	if (!folder || !file)
		return miss(why, YR_CACHE_FAILED, ENOMEM, at->dir, "out of memory");
	a = open_folder(at, folder, &folder_fd, why);
	if (a == YR_CACHE_HIT)
		a = open_trusted(folder_fd, file, O_NOFOLLOW, S_IFREG, &fd, &st, why);
	return a == YR_CACHE_HIT ? read_entry(fd, &st, file, key, ret_image, ret_len, why) : a;
}

/* mkdir -p. Somebody else may be making the same folders. */
static int make_folders(const char *path)
{
	AUTO_FREE char *copy = strdup(path);

	if (!copy)
		return -ENOMEM;
	for (char *c = copy + 1; *c; c++) {
		if (*c != '/')
			continue;
		*c = '\0';
		if (mkdir(copy, 0755) < 0 && errno != EEXIST)
			return -errno;
		*c = '/';
	}
	return mkdir(copy, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

static int open_for_put(const struct yr_cache_at *at, const char *folder, int *ret_fd,
			struct yr_err *err)
{
	AUTO_BUF struct yr_buf path = { 0 };
	struct yr_err why = { 0 };
	int r;

	yr_buf_printf(&path, "%s/%s", at->dir, folder);
	if (path.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = make_folders(path.data);
	if (r < 0)
		return yr_err_set(err, -r, "cache: make '%s': %s", path.data, strerror(-r));
	if (open_folder(at, folder, ret_fd, &why) != YR_CACHE_HIT)
		return yr_err_set(err, why.code, "%s", why.msg);
	return 0;
}

/* A name that nobody else uses; O_EXCL sees to it. */
static int open_temp(int folder_fd, char *name, size_t size)
{
	uint64_t chance;
	int fd;

	do {
		if (getrandom(&chance, sizeof(chance), 0) != sizeof(chance))
			return -errno;
		snprintf(name, size, YR_CACHE_TEMP_START "%016llx", (unsigned long long)chance);
		fd = openat(folder_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    0600);
	} while (fd < 0 && errno == EEXIST);
	return fd < 0 ? -errno : fd;
}

static int fill_temp(int fd, const struct yr_cache_key *key, const void *image, size_t len)
{
	uint8_t head[YR_CACHE_HEAD_BYTES] = YR_CACHE_MAGIC;
	int r;

	memcpy(head + YR_CACHE_KEY_AT, key->sum, sizeof(key->sum));
	yr_cache_put64(head + YR_CACHE_LENGTH_AT, len);
	sum_of(head, image, len, head + YR_CACHE_SUM_AT);
	r = yr_write_all(fd, head, sizeof(head));
	if (!r)
		r = yr_write_all(fd, image, len);
	return !r && fsync(fd) < 0 ? -errno : r;
}

int yr_cache_put(const struct yr_cache_at *at, const struct yr_cache_key *key, const void *image,
		 size_t len, struct yr_err *err)
{
	AUTO_FREE char *folder = yr_cache_folder_name(at);
	AUTO_FREE char *file = yr_cache_file_name(at->profile_path);
	AUTO_CLOSE int folder_fd = -1, fd = -1;
	char temp[64];
	int r;

	if (!folder || !file)
		return yr_err_set(err, ENOMEM, "out of memory");
	if (len > YR_LIMIT_IMAGE_BYTES)
		return yr_err_set(err, EFBIG, "cache '%s': the image is over YR_LIMIT_IMAGE_BYTES",
				  file);
	r = open_for_put(at, folder, &folder_fd, err);
	if (r < 0)
		return r;
	fd = open_temp(folder_fd, temp, sizeof(temp));
	if (fd < 0)
		return yr_err_set(err, -fd, "cache '%s/%s': %s", at->dir, folder, strerror(-fd));
	r = fill_temp(fd, key, image, len);
	if (!r && renameat(folder_fd, temp, folder_fd, file) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(folder_fd, temp, 0);
		return yr_err_set(err, -r, "cache '%s/%s/%s': %s", at->dir, folder, file,
				  strerror(-r));
	}
	/* A power cut may lose the entry now, which costs a compile: not a failure. */
	(void)fsync(folder_fd);
	return 0;
}
