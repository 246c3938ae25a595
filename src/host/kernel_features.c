/* SPDX-License-Identifier: Apache-2.0 */
/*
 * securityfs' features folder as the text that apparmor_parser's -M takes: a folder or a
 * file is `name {` what is in it `}` newline, in order of name.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/limits.h"

struct names {
	char **at;
	size_t n;
};

static void names_done(struct names *names)
{
	for (size_t i = 0; i < names->n; i++)
		free(names->at[i]);
	free(names->at);
}

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Braces would change what the text means; the kernel has none in names or values. */
static bool has_brace(const char *s, size_t n)
{
	return memchr(s, '{', n) || memchr(s, '}', n) || memchr(s, '\0', n);
}

static int list_names(DIR *dir, struct names *names)
{
	struct dirent *entry;

	while (errno = 0, (entry = readdir(dir))) {
		char **at;

		if (entry->d_name[0] == '.')
			continue;
		/* An entry takes three bytes of text at least, so more cannot fit anyway. */
		if (names->n >= YR_LIMIT_FEATURES_BYTES / 3)
			return -EFBIG;
		at = realloc(names->at, (names->n + 1) * sizeof(*at));
		if (!at)
			return -ENOMEM;
		names->at = at;
		at[names->n] = strdup(entry->d_name);
		if (!at[names->n])
			return -ENOMEM;
		names->n++;
	}
	if (errno)
		return -errno;
	if (names->n)
		qsort(names->at, names->n, sizeof(*names->at), by_bytes);
	return 0;
}

static int add_folder(int fd, unsigned depth, struct yr_buf *out);

static int add_entry(int dir_fd, const char *name, unsigned depth, struct yr_buf *out)
{
	AUTO_CLOSE int fd = -1;
	size_t from;
	int r;

	if (has_brace(name, strlen(name)))
		return -EINVAL;
	yr_buf_puts(out, name);
	yr_buf_puts(out, " {");
	fd = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	from = out->len;
	if (fd >= 0) {
		r = add_folder(fd, depth + 1, out);
	} else if (errno == ENOTDIR) {
		r = yr_read_at(dir_fd, name, YR_LIMIT_FEATURES_BYTES, out);
		if (!r && has_brace(out->data + from, out->len - from))
			r = -EINVAL;
	} else {
		r = -errno;
	}
	yr_buf_puts(out, "}\n");
	return r;
}

static int add_folder(int fd, unsigned depth, struct yr_buf *out)
{
	YR_CLEANUP(names_done) struct names names = { 0 };
	AUTO_CLOSEDIR DIR *dir = NULL;
	int dup_fd, r;

	if (depth > YR_LIMIT_FEATURES_DEPTH)
		return -ELOOP;
	dup_fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	if (dup_fd < 0)
		return -errno;
	dir = fdopendir(dup_fd);
	if (!dir) {
		r = -errno;
		close(dup_fd);
		return r;
	}
	r = list_names(dir, &names);
	for (size_t i = 0; !r && i < names.n; i++)
		r = add_entry(fd, names.at[i], depth, out);
	return r;
}

int yr_host_features(const struct yr_host_paths *paths, struct yr_features **ret_features,
		     struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_BUF struct yr_buf text = { .limit = YR_LIMIT_FEATURES_BYTES };
	AUTO_BUF struct yr_buf name = { 0 };
	AUTO_CLOSE int fd = -1;
	int r;

	yr_buf_printf(&name, "%s/features", p.securityfs);
	if (name.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	fd = open(name.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return yr_host_explain(&p, errno, "the kernel's AppArmor features", err);
	r = add_folder(fd, 0, &text);
	if (text.failed)
		r = -EFBIG; /* or memory is out, at a quarter of a megabyte */
	if (r == -EFBIG || r == -ELOOP)
		return yr_err_set(err, -r, "'%s' is larger than any kernel's", name.data);
	if (r < 0)
		return yr_err_set(err, -r, "read '%s': %s", name.data, strerror(-r));
	if (!text.len)
		return yr_err_set(err, ENODATA, "'%s' is empty", name.data);
	return yr_features_parse(name.data, text.data, text.len, ret_features, err);
}
