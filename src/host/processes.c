/* SPDX-License-Identifier: Apache-2.0 */
/* Who runs, and under which label. */
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "host/host.h"
#include "host/limits.h"
#include "yoroi/status.h"

struct list {
	struct yr_processes pub; /* first: what callers hold is a pointer to it */
	struct yr_process *rows;
	size_t room;
	struct yr_arena arena;
};

/* 0: not the name of a process's folder. */
static pid_t pid_of(const char *name)
{
	long n = 0;

	for (const char *c = name; *c; c++) {
		if (!isdigit((unsigned char)*c))
			return 0;
		n = n * 10 + (*c - '0');
		if (n > INT_MAX)
			return 0;
	}
	return (pid_t)n;
}

static bool gone(int code)
{
	return code == -ENOENT || code == -ESRCH;
}

static int fill_label(struct list *list, char *text, struct yr_process *row)
{
	size_t len = strlen(text);
	char *cut;

	if (len && text[len - 1] == '\n')
		text[--len] = '\0';
	row->label = yr_arena_strndup(&list->arena, text, len);
	cut = yr_arena_strndup(&list->arena, text, len);
	if (!row->label || !cut)
		return -ENOMEM;
	if (!yr_label_split(cut, &row->mode_word, &row->mode))
		return -EBADMSG;
	row->profile = cut;
	row->unconfined = !strcmp(row->label, "unconfined");
	return 0;
}

/* 1: filled; 0: the process is gone; or -errno. */
static int fill(struct list *list, const struct yr_host_paths *p, int proc_fd, const char *name,
		struct yr_process *row)
{
	AUTO_BUF struct yr_buf label = { 0 };
	AUTO_BUF struct yr_buf comm = { 0 };
	AUTO_CLOSE int fd = openat(proc_fd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	char exe[PATH_MAX];
	ssize_t n;
	int r;

	if (fd < 0)
		return gone(-errno) ? 0 : -errno;
	r = yr_attr_read(p, fd, &label);
	if (r < 0)
		return gone(r) ? 0 : r;
	r = yr_read_at(fd, "comm", YR_LIMIT_WORD_BYTES, &comm);
	if (r < 0)
		return gone(r) ? 0 : r;
	r = fill_label(list, label.data, row);
	if (r < 0)
		return r;
	if (comm.len && comm.data[comm.len - 1] == '\n')
		comm.len--;
	row->comm = yr_arena_strndup(&list->arena, comm.data, comm.len);
	n = readlinkat(fd, "exe", exe, sizeof(exe));
	row->exe = n > 0 ? yr_arena_strndup(&list->arena, exe, (size_t)n) : NULL;
	return row->comm && (n <= 0 || row->exe) ? 1 : -ENOMEM;
}

static int next_row(struct list *list)
{
	struct yr_process *rows;

	if (list->pub.n < list->room)
		return 0;
	if (list->pub.n >= YR_LIMIT_PROCESSES)
		return -EFBIG;
	list->room = list->room ? 2 * list->room : 64;
	rows = reallocarray(list->rows, list->room, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	list->rows = rows;
	return 0;
}

static int by_pid(const void *a, const void *b)
{
	pid_t x = ((const struct yr_process *)a)->pid, y = ((const struct yr_process *)b)->pid;

	return (x > y) - (x < y);
}

static int walk(struct list *list, const struct yr_host_paths *p, DIR *dir, pid_t *at)
{
	struct dirent *entry;
	int r;

	while (errno = 0, (entry = readdir(dir))) {
		pid_t pid = pid_of(entry->d_name);

		if (!pid)
			continue;
		*at = pid;
		r = next_row(list);
		if (r < 0)
			return r;
		list->rows[list->pub.n] = (struct yr_process){ .pid = pid };
		r = fill(list, p, dirfd(dir), entry->d_name, &list->rows[list->pub.n]);
		if (r == -EACCES || r == -EPERM) {
			list->pub.n_hidden++;
			continue;
		}
		if (r < 0)
			return r;
		list->pub.n += (size_t)r;
	}
	*at = 0;
	return -errno;
}

static int walk_failed(int code, const char *proc, pid_t at, struct yr_err *err)
{
	if (code == EOPNOTSUPP)
		return yr_err_set(err, code,
				  "processes have no AppArmor labels: AppArmor is not enabled");
	if (code == EBADMSG)
		return yr_err_set(err, code, "'%s/%d': not a label of AppArmor's", proc, (int)at);
	if (at)
		return yr_err_set(err, code, "read '%s/%d': %s", proc, (int)at, strerror(code));
	return yr_err_set(err, code, "read '%s': %s", proc, strerror(code));
}

int yr_processes_read(const struct yr_host_paths *paths, struct yr_processes **ret_processes,
		      struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_CLOSEDIR DIR *dir = opendir(p.proc);
	struct list *list;
	pid_t at = 0;
	int r;

	if (!dir)
		return yr_err_set(err, errno, "open '%s': %s", p.proc, strerror(errno));
	list = calloc(1, sizeof(*list));
	if (!list)
		return yr_err_set(err, ENOMEM, "out of memory");
	r = walk(list, &p, dir, &at);
	if (r < 0) {
		yr_processes_free(&list->pub);
		return walk_failed(-r, p.proc, at, err);
	}
	if (list->pub.n)
		qsort(list->rows, list->pub.n, sizeof(*list->rows), by_pid);
	list->pub.at = list->rows;
	*ret_processes = &list->pub;
	return 0;
}

struct yr_processes *yr_processes_free(struct yr_processes *p)
{
	struct list *list = (struct list *)p;

	if (list) {
		free(list->rows);
		yr_arena_done(&list->arena);
		free(list);
	}
	return NULL;
}
