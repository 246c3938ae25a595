/* SPDX-License-Identifier: Apache-2.0 */
#include "host/loaded.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "base/limits.h"
#include "host/compress.h"
#include "host/host.h"
#include "host/limits.h"

/* A name of one folder, not a way to others: such names come from logs, too. */
static bool is_folder_name(const char *at, size_t len)
{
	return len && !memchr(at, '/', len) && !(len == 1 && at[0] == '.') &&
	       !(len == 2 && at[0] == '.' && at[1] == '.');
}

/* "policy", or that of the namespaces that ":a:", ":a//b:" names; false: too long, or no name. */
static bool policy_folder(const char *profile, char *folder, size_t size, const char **ret_name)
{
	const char *end = *profile == ':' ? strchr(profile + 1, ':') : NULL, *at = profile + 1;
	size_t len = (size_t)snprintf(folder, size, "policy");

	*ret_name = end ? end + 1 + (strncmp(end + 1, "//", 2) ? 0 : 2) : profile;
	while (end && at < end) {
		const char *stop = strstr(at, "//");
		int n = (int)((stop && stop < end ? stop : end) - at);

		if (!is_folder_name(at, (size_t)n))
			return false;
		len += (size_t)snprintf(folder + len, size - len, "/namespaces/%.*s", n, at);
		if (len >= size)
			return false;
		at += n + 2;
	}
	return true;
}

/* Whether the folder's "name" is @name. */
static bool is_called(int dir_fd, const char *folder, struct yr_str name)
{
	AUTO_BUF struct yr_buf text = { 0 };
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s/name", folder) >= (int)sizeof(path) ||
	    yr_read_at(dir_fd, path, YR_LIMIT_WORD_BYTES * 2, &text) < 0)
		return false;
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	return yr_str_eq(name, (struct yr_str){ text.data, text.len });
}

/* The folder of the profile at the top, "NAME.NUMBER" with much of the name replaced. */
static int find_folder(int dir_fd, struct yr_str name, char *ret, size_t size)
{
	AUTO_CLOSEDIR DIR *d = fdopendir(dup(dir_fd));
	struct dirent *e;

	if (!d)
		return -errno;
	rewinddir(d);
	while ((e = readdir(d)))
		if (e->d_name[0] != '.' && is_called(dir_fd, e->d_name, name))
			return snprintf(ret, size, "%s/raw_data", e->d_name) < (int)size
				       ? 0
				       : -ENAMETOOLONG;
	return -ENOENT;
}

static int unpack(struct yr_buf *raw, void **ret_image, size_t *ret_len, struct yr_err *err)
{
	if (yr_image_is_compressed(raw->data, raw->len))
		return yr_image_decompress(raw->data, raw->len, ret_image, ret_len, err);
	*ret_image = yr_buf_steal(raw, ret_len);
	return *ret_image ? 0 : yr_err_set(err, ENOMEM, "out of memory");
}

int yr_loaded_image(const struct yr_host_paths *paths, const char *profile, void **ret_image,
		    size_t *ret_len, struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	char folder[PATH_MAX], all[PATH_MAX + 64], file[PATH_MAX];
	AUTO_BUF struct yr_buf raw = { 0 };
	AUTO_CLOSE int root = -1;
	AUTO_CLOSE int dir_fd = -1;
	const char *name, *child;
	struct yr_str top;
	int r;

	if (!policy_folder(profile, folder, sizeof(folder), &name))
		return yr_err_set(err, EINVAL, "profile '%.100s': its namespace is none", profile);
	root = open(p.securityfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0)
		return yr_host_explain(&p, errno, "cannot read loaded policy", err);
	snprintf(all, sizeof(all), "%s/profiles", folder);
	dir_fd = openat(root, all, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0 && errno != ENOENT)
		return yr_host_explain(&p, errno, "cannot read loaded policy", err);
	child = strstr(name, "//");
	top = (struct yr_str){ name, child ? (size_t)(child - name) : strlen(name) };
	r = dir_fd < 0 ? -ENOENT : find_folder(dir_fd, top, file, sizeof(file));
	if (r == -ENOENT)
		return yr_err_set(err, ESRCH, "profile '%.200s' is not loaded", profile);
	if (!r)
		r = yr_read_at(dir_fd, file, YR_LIMIT_IMAGE_BYTES, &raw);
	if (r == -ENOENT)
		return yr_err_set(err, ENOENT,
				  "this kernel keeps no copy of profile '%.200s' as it was loaded "
				  "(apparmor.export_binary)",
				  profile);
	if (r < 0)
		return yr_host_explain(&p, -r, "cannot read loaded policy", err);
	return unpack(&raw, ret_image, ret_len, err);
}
