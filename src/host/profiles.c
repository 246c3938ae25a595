/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "host/host.h"
#include "host/limits.h"
#include "yoroi/status.h"

struct list {
	struct yr_profiles pub; /* first: what callers hold is a pointer to it */
	struct yr_loaded *rows;
	char *text; /* the file, cut up */
};

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct yr_loaded *)a)->name, ((const struct yr_loaded *)b)->name);
}

static size_t count_lines(const char *s, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len; i++)
		n += s[i] == '\n';
	return n + (len && s[len - 1] != '\n');
}

/* Cuts list->text into rows. -EBADMSG: a line is not "name (mode)"; @bad is then its number. */
static int cut(struct list *list, size_t len, size_t *bad)
{
	size_t lines = count_lines(list->text, len);
	char *at = list->text, *end = list->text + len;

	list->rows = calloc(lines ? lines : 1, sizeof(*list->rows));
	if (!list->rows)
		return -ENOMEM;
	for (size_t i = 0; i < lines; i++) {
		struct yr_loaded *row = &list->rows[i];
		char *stop = memchr(at, '\n', (size_t)(end - at));

		if (!stop)
			stop = end;
		*stop = '\0';
		*bad = i + 1;
		if (strlen(at) != (size_t)(stop - at) ||
		    !yr_label_split(at, &row->mode_word, &row->mode) || !strcmp(at, "unconfined"))
			return -EBADMSG;
		row->name = at;
		at = stop + 1;
	}
	qsort(list->rows, lines, sizeof(*list->rows), by_name);
	list->pub.at = list->rows;
	list->pub.n = lines;
	return 0;
}

int yr_profiles_read(const struct yr_host_paths *paths, struct yr_profiles **ret_profiles,
		     struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(paths);
	AUTO_BUF struct yr_buf text = { 0 };
	AUTO_CLOSE int dir_fd = -1;
	struct list *list;
	size_t len, bad = 0;
	int r;

	dir_fd = open(p.securityfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (dir_fd < 0)
		return yr_host_explain(&p, errno, "cannot list profiles", err);
	r = yr_read_at(dir_fd, "profiles", YR_LIMIT_PROFILE_LIST_BYTES, &text);
	if (r == -EFBIG)
		return yr_err_set(err, EFBIG,
				  "'%s/profiles' is longer than YR_LIMIT_PROFILE_LIST_BYTES (%u)",
				  p.securityfs, YR_LIMIT_PROFILE_LIST_BYTES);
	if (r < 0)
		return yr_host_explain(&p, -r, "cannot list profiles", err);

	list = calloc(1, sizeof(*list));
	if (!list)
		return yr_err_set(err, ENOMEM, "out of memory");
	list->text = yr_buf_steal(&text, &len);
	r = cut(list, len, &bad);
	if (r < 0) {
		yr_profiles_free(&list->pub);
		return r == -ENOMEM ? yr_err_set(err, ENOMEM, "out of memory")
				    : yr_err_set(err, EBADMSG,
						 "'%s/profiles': line %zu is not 'name (mode)'",
						 p.securityfs, bad);
	}
	*ret_profiles = &list->pub;
	return 0;
}

struct yr_profiles *yr_profiles_free(struct yr_profiles *p)
{
	struct list *list = (struct list *)p;

	if (list) {
		free(list->rows);
		free(list->text);
		free(list);
	}
	return NULL;
}

const struct yr_loaded *yr_profiles_find(const struct yr_profiles *p, const char *name)
{
	struct yr_loaded key = { .name = name };

	return p->n ? bsearch(&key, p->at, p->n, sizeof(*p->at), by_name) : NULL;
}
