/* SPDX-License-Identifier: Apache-2.0 */
/* A thread asks for another label, at its next execve() or at once. */
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
 * thread write only its own. The files in attr/ itself, which all security modules share, are
 * for kernels before 5.8, and only when AppArmor is on.
 */
static const struct {
	const char *dir;
	bool shared;
} places[] = {
	{ "thread-self/attr/apparmor", false },
	{ "self/attr/apparmor", false },
	{ "thread-self/attr", true },
	{ "self/attr", true },
};

/* By change.now, then change.stack. */
static const struct {
	const char *file, *word;
} orders[2][2] = {
	{ { "exec", "exec" }, { "exec", "stack" } },
	{ { "current", "changeprofile" }, { "current", "stack" } },
};

/* What is being asked, and where it goes. */
struct asking {
	const struct yr_host_paths *paths;
	const struct yr_label_change *change;
	const char *profile; /* with its namespace */
	int proc_fd;
	char file[64];
};

static int open_attr(struct asking *a, const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		int fd;

		if (places[i].shared && yr_host_param(a->paths, "enabled") != 'Y')
			return -EOPNOTSUPP;
		snprintf(a->file, sizeof(a->file), "%s/%s", places[i].dir, name);
		fd = openat(a->proc_fd, a->file, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
		if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR))
			return fd >= 0 ? fd : -errno;
	}
	return -EOPNOTSUPP;
}

/* The kernel trims spaces, and procfs would silently cut a write at one page. */
static bool is_name(const char *s)
{
	size_t n = strlen(s);

	return n && n < YR_LIMIT_NAME_BYTES - sizeof("changeprofile ") && !strchr(" \t\n", s[0]) &&
	       !strchr(" \t\n", s[n - 1]);
}

/* A colon would end it, and what follows would be read as the profile. */
static bool is_namespace(const char *s)
{
	return *s && !strpbrk(s, ": \t\n");
}

static const char *how(const struct asking *a)
{
	return a->change->stack ? "stack" : "change to";
}

static int no_apparmor(const struct asking *a, struct yr_err *err)
{
	return yr_err_set(err, EOPNOTSUPP,
			  "cannot run under profile '%.200s': AppArmor is not enabled here",
			  a->profile);
}

static int not_permitted(const struct asking *a, struct yr_err *err)
{
	struct yr_label *own = NULL;
	char words[160] = "another profile";

	if (yr_host_label(a->paths, 0, &own, NULL) == 0)
		snprintf(words, sizeof(words), "'%.150s'", own->text);
	yr_label_free(own);
	return yr_err_set(err, EACCES,
			  "no permission to %s profile '%.200s': this process runs under %s, "
			  "which must have a change_profile rule for it and let it write '%s/%s'",
			  how(a), a->profile, words, a->paths->proc, a->file);
}

static int refused(const struct asking *a, int code, struct yr_err *err)
{
	struct yr_label *own = NULL;

	switch (code) {
	case ENOENT:
		if (a->change->ns)
			return yr_err_set(err, ENOENT,
					  "profile '%.200s' is not loaded, or there is no "
					  "namespace '%.100s'",
					  a->profile, a->change->ns);
		return yr_err_set(err, ENOENT, "profile '%.200s' is not loaded", a->profile);
	case EINVAL:
		/* AppArmor that is off and AppArmor that cannot read the name answer alike. */
		if (yr_host_label(a->paths, 0, &own, NULL) < 0)
			return no_apparmor(a, err);
		yr_label_free(own);
		return yr_err_set(err, EINVAL,
				  "the kernel cannot read '%.200s' as a profile's name",
				  a->profile);
	case EPERM:
		return yr_err_set(
			err, EPERM,
			"no permission to %s profile '%.200s': no_new_privs is set, or the "
			"kernel forbids it to processes without a profile",
			how(a), a->profile);
	case EACCES:
		return not_permitted(a, err);
	}
	return yr_err_set(err, code, "write '%s/%s' for profile '%.200s': %s", a->paths->proc,
			  a->file, a->profile, strerror(code));
}

/*
 * A caller in complain mode is let change to a profile that is not there: the kernel makes an
 * empty one up, "CALLER//null-NAME", which refuses nothing. What was really set can be read.
 */
static bool is_made_up(const struct asking *a)
{
	AUTO_BUF struct yr_buf got = { 0 };

	return yr_read_at(a->proc_fd, a->file, YR_LIMIT_LABEL_BYTES, &got) == 0 &&
	       strstr(got.data, "//null-") && !strstr(a->profile, "//null-");
}

static int ask(struct asking *a, struct yr_err *err)
{
	const struct yr_label_change *c = a->change;
	AUTO_BUF struct yr_buf text = { 0 };
	AUTO_CLOSE int fd = -1;
	ssize_t n;

	yr_buf_printf(&text, "%s %s", orders[c->now][c->stack].word, a->profile);
	if (text.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	fd = open_attr(a, orders[c->now][c->stack].file);
	if (fd == -EOPNOTSUPP)
		return no_apparmor(a, err);
	if (fd < 0)
		return refused(a, -fd, err);

	n = write(fd, text.data, text.len);
	if (n < 0)
		return refused(a, errno, err);
	if ((size_t)n != text.len)
		return yr_err_set(
			err, EIO,
			"write '%s/%s' for profile '%.200s': only %zd of %zu bytes were taken",
			a->paths->proc, a->file, a->profile, n, text.len);
	return is_made_up(a) ? refused(a, ENOENT, err) : 0;
}

int yr_host_change(const struct yr_host_paths *paths, const struct yr_label_change *change,
		   struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_BUF struct yr_buf name = { 0 };
	AUTO_CLOSE int proc_fd = -1;
	struct asking a = { .paths = &p, .change = change };

	if (change->ns && !is_namespace(change->ns))
		return yr_err_set(err, EINVAL, "'%.200s' is not the name of a namespace",
				  change->ns);
	if (change->ns && change->profile[0] == ':')
		return yr_err_set(err, EINVAL, "'%.200s' names a namespace besides '%.100s'",
				  change->profile, change->ns);
	if (change->ns)
		yr_buf_printf(&name, ":%s:", change->ns);
	yr_buf_puts(&name, change->profile);
	if (name.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	a.profile = name.data;
	if (!is_name(change->profile) || !is_name(a.profile))
		return yr_err_set(err, EINVAL, "'%.200s' is not the name of a profile", a.profile);
	a.proc_fd = proc_fd = open(p.proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (proc_fd < 0)
		return yr_err_set(err, errno, "open '%s': %s", p.proc, strerror(errno));
	return ask(&a, err);
}

int yr_host_change_onexec(const struct yr_host_paths *paths, const char *profile,
			  struct yr_err *err)
{
	return yr_host_change(paths, &(struct yr_label_change){ .profile = profile }, err);
}
