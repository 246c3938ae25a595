/* SPDX-License-Identifier: Apache-2.0 */
/* Labels of processes: reading and taking apart. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/limits.h"

static const struct {
	const char *word;
	enum yr_label_mode mode;
} mode_words[] = {
	{ "enforce", YR_LABEL_ENFORCE }, { "complain", YR_LABEL_COMPLAIN },
	{ "prompt", YR_LABEL_PROMPT },   { "user", YR_LABEL_PROMPT },
	{ "kill", YR_LABEL_KILL },       { "unconfined", YR_LABEL_UNCONFINED },
	{ "mixed", YR_LABEL_MIXED },     { "other", YR_LABEL_OTHER },
};

/* The first row of a mode has its name. */
const char *yr_label_mode_name(enum yr_label_mode mode)
{
	for (size_t i = 0; i < ARRAY_LEN(mode_words); i++) {
		if (mode_words[i].mode == mode)
			return mode_words[i].word;
	}
	return "other";
}

static enum yr_label_mode mode_of(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(mode_words); i++) {
		if (!strcmp(mode_words[i].word, word))
			return mode_words[i].mode;
	}
	return YR_LABEL_OTHER;
}

bool yr_label_split(char *text, const char **ret_mode_word, enum yr_label_mode *ret_mode)
{
	size_t len = strlen(text);
	char *at;

	if (len && text[len - 1] == '\n')
		text[--len] = '\0';
	if (!strcmp(text, "unconfined")) {
		*ret_mode_word = "unconfined";
		*ret_mode = YR_LABEL_UNCONFINED;
		return true;
	}
	if (len < 5 || text[len - 1] != ')') /* "a (b)" is the shortest */
		return false;
	for (at = text + len - 3; at > text; at--) {
		if (at[0] == ' ' && at[1] == '(')
			break;
	}
	if (at == text || at + 2 == text + len - 1)
		return false;
	text[len - 1] = '\0';
	*at = '\0';
	*ret_mode_word = at + 2;
	*ret_mode = mode_of(at + 2);
	return true;
}

/*
 * attr/apparmor/ is AppArmor's alone, since 5.8; a kernel in which AppArmor is off answers
 * EINVAL there. Before that all security modules had to share attr/current, so that what is
 * read there is a label of AppArmor's only if AppArmor is on.
 */
int yr_attr_read(const struct yr_host_paths *full, int pid_fd, struct yr_buf *out)
{
	int r = yr_read_at(pid_fd, "attr/apparmor/current", YR_LIMIT_LABEL_BYTES, out);

	if (r == -EINVAL)
		return -EOPNOTSUPP;
	if (r != -ENOENT && r != -ENOTDIR)
		return r;
	if (faccessat(pid_fd, "attr", F_OK, 0) < 0)
		return -ESRCH;
	if (yr_host_param(full, "enabled") != 'Y')
		return -EOPNOTSUPP;
	out->len = 0;
	r = yr_read_at(pid_fd, "attr/current", YR_LIMIT_LABEL_BYTES, out);
	return r == -EINVAL ? -EOPNOTSUPP : r == -ENOENT ? -ESRCH : r;
}

/* One block: the struct, the text, and the text again to be cut. */
static struct yr_label *label_of(const char *text, size_t len)
{
	struct yr_label *l = calloc(1, sizeof(*l) + 2 * (len + 1));
	char *whole, *cut;

	if (!l)
		return NULL;
	whole = (char *)(l + 1);
	cut = whole + len + 1;
	memcpy(whole, text, len);
	memcpy(cut, text, len);
	if (len && whole[len - 1] == '\n')
		whole[len - 1] = '\0';
	l->text = whole;
	l->profile = cut;
	if (!yr_label_split(cut, &l->mode_word, &l->mode)) {
		/* Not a label: keep the text, so that the caller can show it. */
		l->mode_word = NULL;
		return l;
	}
	l->unconfined = !strcmp(whole, "unconfined");
	return l;
}

/*
 * Threads may have labels of their own, and the kernel looks at the calling thread's. But
 * profiles are often written for /proc/PID/attr/ alone, so that self is what can be read.
 */
static int read_own(const struct yr_host_paths *p, int proc_fd, struct yr_buf *text)
{
	static const char *const names[] = { "thread-self", "self" };
	int r = -ESRCH;

	for (size_t i = 0; i < ARRAY_LEN(names) && (r == -ESRCH || r == -EACCES); i++) {
		AUTO_CLOSE int fd = openat(proc_fd, names[i], O_PATH | O_DIRECTORY | O_CLOEXEC);

		text->len = 0;
		r = fd < 0 ? -ESRCH : yr_attr_read(p, fd, text);
	}
	return r;
}

static int read_label(const struct yr_host_paths *p, pid_t pid, struct yr_buf *text)
{
	AUTO_CLOSE int proc_fd = open(p->proc, O_PATH | O_DIRECTORY | O_CLOEXEC);
	AUTO_CLOSE int pid_fd = -1;
	char name[24];

	if (proc_fd < 0)
		return -errno;
	if (!pid)
		return read_own(p, proc_fd, text);
	snprintf(name, sizeof(name), "%d", (int)pid);
	pid_fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (pid_fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	return yr_attr_read(p, pid_fd, text);
}

int yr_host_label(const struct yr_host_paths *paths, pid_t pid, struct yr_label **ret_label,
		  struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_BUF struct yr_buf text = { 0 };
	struct yr_label *l;
	char name[24] = "self";
	int r;

	if (pid)
		snprintf(name, sizeof(name), "%d", (int)pid);
	r = read_label(&p, pid, &text);
	if (r == -EOPNOTSUPP)
		return yr_err_set(err, EOPNOTSUPP,
				  "'%s/%s' has no AppArmor label: AppArmor is not enabled", p.proc,
				  name);
	if (r < 0)
		return yr_err_set(err, -r, "read the label of '%s/%s': %s", p.proc, name,
				  strerror(-r));

	l = label_of(text.data, strlen(text.data));
	if (!l)
		return yr_err_set(err, ENOMEM, "out of memory");
	if (!l->mode_word) {
		yr_err_set(err, EBADMSG, "'%s/%s': '%.200s' is not a label of AppArmor's", p.proc,
			   name, l->text);
		yr_label_free(l);
		return -EBADMSG;
	}
	*ret_label = l;
	return 0;
}

struct yr_label *yr_label_free(struct yr_label *label)
{
	free(label);
	return NULL;
}
