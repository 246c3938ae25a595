/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "host/host.h"
#include "host/limits.h"

struct yr_host_paths yr_host_paths_full(const struct yr_host_paths *paths)
{
	struct yr_host_paths full = { 0 };

	if (paths)
		full = *paths;
	if (!full.securityfs)
		full.securityfs = "/sys/kernel/security/apparmor";
	if (!full.proc)
		full.proc = "/proc";
	if (!full.params)
		full.params = "/sys/module/apparmor/parameters";
	return full;
}

int yr_read_fd(int fd, size_t limit, struct yr_buf *out)
{
	char chunk[16384];
	size_t total = 0;
	ssize_t n;

	for (;;) {
		n = read(fd, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		total += (size_t)n;
		if (total > limit)
			return -EFBIG;
		yr_buf_put(out, chunk, (size_t)n);
	}
	yr_buf_add(out, 0); /* an empty file is an empty string, too */
	return out->failed ? -ENOMEM : 0;
}

int yr_read_at(int dir_fd, const char *name, size_t limit, struct yr_buf *out)
{
	AUTO_CLOSE int fd = openat(dir_fd, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	return fd < 0 ? -errno : yr_read_fd(fd, limit, out);
}

int yr_host_param(const struct yr_host_paths *full, const char *name)
{
	AUTO_CLOSE int dir_fd = open(full->params, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_BUF struct yr_buf text = { 0 };
	int r;

	if (dir_fd < 0)
		return -errno;
	r = yr_read_at(dir_fd, name, YR_LIMIT_WORD_BYTES, &text);
	if (r < 0)
		return r;
	return text.len ? (unsigned char)text.data[0] : -ENODATA;
}
