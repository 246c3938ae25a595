/* SPDX-License-Identifier: Apache-2.0 */
/* Which container a process runs in, from what its control group is called. */
#include "host/container.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/limits.h"

enum { ID_LEN = 64, POD_LEN = 36 };

/* 64 hexadecimal digits, and no more of them, at @s. */
static bool is_id(const char *s)
{
	size_t n = 0;

	while (isdigit((unsigned char)s[n]) || (s[n] >= 'a' && s[n] <= 'f'))
		n++;
	return n == ID_LEN;
}

/*
 * "/docker/ID", "docker-ID.scope", "cri-containerd-ID.scope", "crio-ID.scope", "libpod-ID.scope",
 * "/kubepods/burstable/podUID/ID"; cgroupfs and systemd, versions 1 and 2.
 */
static bool find_id(const char *text, struct yr_container *ret)
{
	static const struct {
		const char *before, *engine;
	} known[] = {
		{ "cri-containerd-", "containerd" },
		{ "cri-containerd:", "containerd" },
		{ "crio-", "CRI-O" },
		{ "docker-", "Docker" },
		{ "/docker/", "Docker" },
		{ "libpod-payload-", "podman" },
		{ "libpod-", "podman" },
		{ "/lxc/", "LXC" },
		{ "/", NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char *at = text;

		while ((at = strstr(at, known[i].before))) {
			at += strlen(known[i].before);
			if (!is_id(at))
				continue;
			memcpy(ret->id, at, ID_LEN);
			ret->id[ID_LEN] = '\0';
			ret->engine = known[i].engine;
			return true;
		}
	}
	return false;
}

/* "pod" and a UUID; systemd's names have '_' for its '-'. */
static void find_pod(const char *text, struct yr_container *ret)
{
	static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
	const char *at = text;

	if (!strstr(text, "kubepods"))
		return;
	while ((at = strstr(at, "pod"))) {
		size_t n = 0;

		for (at += 3; n < POD_LEN; n++)
			if (form[n] == '-' ? at[n] != '-' && at[n] != '_'
					   : !isxdigit((unsigned char)at[n]))
				break;
		if (n < POD_LEN)
			continue;
		for (size_t i = 0; i < POD_LEN; i++)
			ret->pod[i] = at[i] == '_' ? '-' : at[i];
		ret->pod[POD_LEN] = '\0';
		return;
	}
}

bool yr_container_parse(const char *cgroups, struct yr_container *ret)
{
	*ret = (struct yr_container){ .engine = NULL };
	if (!find_id(cgroups, ret))
		return false;
	find_pod(cgroups, ret);
	return true;
}

/* The command is cut by the kernel, in the record as here. */
static bool is_called(int pid_fd, const char *comm, size_t len)
{
	AUTO_BUF struct yr_buf text = { 0 };

	if (yr_read_at(pid_fd, "comm", YR_LIMIT_WORD_BYTES, &text) < 0)
		return false;
	while (text.len && text.data[text.len - 1] == '\n')
		text.len--;
	return text.len == len && (!len || !memcmp(text.data, comm, len));
}

static bool is_under(const struct yr_host_paths *p, int pid_fd, const char *profile, size_t len)
{
	AUTO_BUF struct yr_buf text = { 0 };
	enum yr_label_mode mode;
	const char *word;

	if (yr_attr_read(p, pid_fd, &text) < 0 || !text.data ||
	    !yr_label_split(text.data, &word, &mode))
		return false;
	return strlen(text.data) == len && !memcmp(text.data, profile, len);
}

bool yr_container_of(const struct yr_host_paths *paths, pid_t pid, struct yr_str comm,
		     struct yr_str profile, struct yr_container *ret)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSE int proc_fd = open(p.proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int pid_fd = -1;
	AUTO_BUF struct yr_buf text = { 0 };
	char name[24];

	if (proc_fd < 0 || pid <= 0 || !comm.len || !profile.len)
		return false;
	snprintf(name, sizeof(name), "%d", (int)pid);
	pid_fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pid_fd < 0 || !is_called(pid_fd, comm.at, comm.len) ||
	    !is_under(&p, pid_fd, profile.at, profile.len) ||
	    yr_read_at(pid_fd, "cgroup", YR_LIMIT_CGROUP_BYTES, &text) < 0 || !text.len)
		return false;
	/* One NUL byte is enough to make it no list of groups. */
	return !memchr(text.data, '\0', text.len) && yr_container_parse(text.data, ret);
}
