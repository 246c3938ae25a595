/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "host/host.h"
#include "host/limits.h"

/*
 * The thread's own file first: self/ is the process's first thread, and the kernel lets a
 * thread write only its own. attr/exec, which all security modules share, is for kernels
 * before 5.8, and only when AppArmor is on.
 */
static const struct {
	const char *file;
	bool shared;
} places[] = {
	{ "thread-self/attr/apparmor/exec", false },
	{ "self/attr/apparmor/exec", false },
	{ "thread-self/attr/exec", true },
	{ "self/attr/exec", true },
};

static int open_exec(const struct yr_host_paths *p, int proc_fd, const char **ret_file)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int fd;

		if (places[i].shared && yr_host_param(p, "enabled") != 'Y')
			return -EOPNOTSUPP;
		*ret_file = places[i].file;
		fd = openat(proc_fd, places[i].file, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
			return fd >= 0 ? fd : -errno;
	}
	return -EOPNOTSUPP;
}

/* The kernel trims spaces, and procfs would silently cut a write at one page. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);

	return n && n < YR_LIMIT_NAME_BYTES - sizeof("exec ") && !strchr(" \t\n", s[0]) &&
	       !strchr(" \t\n", s[n - 1]);
}

static int refused(const struct yr_host_paths *p, int code, const char *profile, const char *file,
		   struct yr_err *err)
{
	struct yr_label *own = NULL;
	char words[160] = "another profile";

	switch (code) {
	case ENOENT:
		return yr_err_set(err, ENOENT, "profile '%.200s' is not loaded", profile);
	case EINVAL:
		/* AppArmor that is off and AppArmor that cannot read the name answer alike. */
		if (yr_host_label(p, 0, &own, NULL) == 0) {
			yr_label_free(own);
			return yr_err_set(err, EINVAL,
					  "the kernel cannot read '%.200s' as a profile's name",
					  profile);
		}
		return yr_err_set(err, EOPNOTSUPP,
				  "cannot run under profile '%.200s': AppArmor is not enabled here",
				  profile);
	case EPERM:
		return yr_err_set(
			err, EPERM,
			"no permission to change to profile '%.200s': no_new_privs is set, or the "
			"kernel forbids it to processes without a profile",
			profile);
	case EACCES:
		if (yr_host_label(p, 0, &own, NULL) == 0)
			snprintf(words, sizeof(words), "'%.150s'", own->text);
		yr_label_free(own);
		return yr_err_set(
			err, EACCES,
			"no permission to change to profile '%.200s': this process runs under %s, "
			"which must have a change_profile rule for it and let it write '%s/%s'",
			profile, words, p->proc, file);
	}
	return yr_err_set(err, code, "write '%s/%s' for profile '%.200s': %s", p->proc, file,
			  profile, strerror(code));
}

/*
 * A caller in complain mode is let change to a profile that is not there: the kernel makes an
 * empty one up, "CALLER//null-NAME", which refuses nothing. What was really set can be read.
 */
static bool is_made_up(int proc_fd, const char *file, const char *profile)
{
	AUTO_BUF struct yr_buf got = { 0 };

	return yr_read_at(proc_fd, file, YR_LIMIT_LABEL_BYTES, &got) == 0 &&
	       strstr(got.data, "//null-") && !strstr(profile, "//null-");
}

int yr_host_change_onexec(const struct yr_host_paths *paths, const char *profile,
			  struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSE int proc_fd = -1, fd = -1;
	AUTO_BUF struct yr_buf text = { 0 };
	const char *file;
	ssize_t n;

	if (!is_name(profile))
		return yr_err_set(err, EINVAL, "'%.200s' is not the name of a profile", profile);
	yr_buf_printf(&text, "exec %s", profile);
	if (text.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	proc_fd = open(p.proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return yr_err_set(err, errno, "open '%s': %s", p.proc, strerror(errno));
	fd = open_exec(&p, proc_fd, &file);
	if (fd == -EOPNOTSUPP)
		return yr_err_set(err, EOPNOTSUPP,
				  "cannot run under profile '%.200s': AppArmor is not enabled here",
				  profile);
	if (fd < 0)
		return refused(&p, -fd, profile, file, err);

	n = write(fd, text.data, text.len);
	if (n < 0)
		return refused(&p, errno, profile, file, err);
	if ((size_t)n != text.len)
		return yr_err_set(
			err, EIO,
			"write '%s/%s' for profile '%.200s': only %zd of %zu bytes were taken",
			p.proc, file, profile, n, text.len);
	if (is_made_up(proc_fd, file, profile))
		return refused(&p, ENOENT, profile, file, err);
	return 0;
}
