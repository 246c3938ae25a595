/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/find.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/limits.h"
#include "host/host.h"
#include "lang/lang.h"
#include "oci/runtime_limits.h"

struct search {
	const struct yr_profile_part *part;
	const char *dir; /* the one that is looked through */
	int dir_fd;
	char usual[YR_LIMIT_ASKED_NAME + 1]; /* how a file of this profile is called; "": no name */
	struct yr_compile_options compile;
	struct yr_found found;
	struct yr_err broken; /* the first file that may define it, but has mistakes */
	size_t n_parsed;
	struct yr_err *err;
};

void yr_found_done(struct yr_found *f)
{
	free(f->file);
	yr_compile_free(f->compile);
	yr_diags_free(f->diags);
	*f = (struct yr_found){ 0 };
}

/* "web" for web, "usr.bin.man" for /usr/bin/man, as everybody calls them. */
static void usual_name(struct yr_str name, char *ret)
{
	size_t skip = name.at[0] == '/';

	memcpy(ret, name.at + skip, name.len - skip);
	ret[name.len - skip] = '\0';
	for (char *c = ret; *c; c++)
		if (*c == '/')
			*c = '.';
	if (*ret == '.')
		*ret = '\0';
}

static bool is_switched(const struct search *s, const char *folder, const char *file)
{
	char path[PATH_MAX];

	return *file && snprintf(path, sizeof(path), "%s/%s", folder, file) < (int)sizeof(path) &&
	       !faccessat(s->dir_fd, path, F_OK, AT_SYMLINK_NOFOLLOW);
}

static int is_disabled(struct search *s, const char *file)
{
	return yr_err_set(s->err, EPERM, "'%s/disable/%.200s' says that it is not to be used",
			  s->dir, file);
}

/* Whether the file's text holds the name; what cannot be read does not. */
static bool holds_name(const struct search *s, const char *file, struct yr_buf *text)
{
	AUTO_CLOSE int fd = openat(s->dir_fd, file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	struct stat st;

	text->len = 0;
	return fd >= 0 && !fstat(fd, &st) && S_ISREG(st.st_mode) &&
	       !yr_read_fd(fd, YR_LIMIT_SOURCE_BYTES, text) &&
	       memmem(text->data, text->len, s->part->top.at, s->part->top.len);
}

/* Two names of one profile: ":ns:a" is ":ns://a", too. */
static bool is_wanted(const struct search *s, const char *name)
{
	struct yr_profile_part part;

	return yr_profile_next(&name, &part) && !name && yr_str_eq(part.ns, s->part->ns) &&
	       yr_str_eq(part.name, s->part->name);
}

static bool defines(const struct search *s, const struct yr_compile *c)
{
	const char *name;

	for (size_t i = 0; (name = yr_compile_name(c, i, NULL)); i++)
		if (is_wanted(s, name))
			return true;
	return false;
}

int yr_found_mistake(const struct yr_diags *d, struct yr_err *err)
{
	unsigned more = yr_diags_errors(d) - 1;
	char rest[32] = "";

	if (more)
		snprintf(rest, sizeof(rest), ", and %u more", more);
	for (size_t i = 0; i < yr_diags_count(d); i++) {
		const struct yr_diag *g = yr_diags_get(d, i);

		if (g->severity == YR_ERROR && g->file)
			return yr_err_set(err, EBADMSG, "%s:%u:%u: %.200s%s", g->file, g->line,
					  g->col, g->text, rest);
		if (g->severity == YR_ERROR)
			return yr_err_set(err, EBADMSG, "%.200s%s", g->text, rest);
	}
	return yr_err_set(err, EBADMSG, "it does not compile");
}

/* Takes @f if it defines the profile. */
static int judge(struct search *s, const char *file, struct yr_found *f)
{
	if (yr_diags_errors(f->diags)) {
		/* Others are mentioned in files that have nothing to do with them. */
		if (!strcmp(file, s->usual))
			return yr_found_mistake(f->diags, s->err);
		yr_found_mistake(f->diags, &s->broken);
		return 0;
	}
	if (!defines(s, f->compile))
		return 0;
	if (is_switched(s, "disable", file))
		return is_disabled(s, file);
	if (s->found.file)
		return yr_err_set(s->err, EEXIST, "both '%s' and '%s' define it", s->found.file,
				  f->file);
	s->found = *f;
	*f = (struct yr_found){ 0 };
	return 0;
}

static int parse(struct search *s, const char *file)
{
	AUTO_FOUND struct yr_found f = { .diags = yr_diags_new() };
	struct yr_err err = { 0 };
	int r;

	if (++s->n_parsed > YR_LIMIT_NAME_FILES)
		return yr_err_set(s->err, ELOOP, "more than %u files of '%s' hold its name",
				  YR_LIMIT_NAME_FILES, s->dir);
	if (!f.diags || asprintf(&f.file, "%s/%s", s->dir, file) < 0)
		return yr_err_set(s->err, ENOMEM, "out of memory");
	f.complain = is_switched(s, "force-complain", file);
	s->compile.base_dir = s->dir;
	s->compile.force_complain = f.complain;
	r = yr_compile_file(f.file, &s->compile, f.diags, &f.compile, &err);
	if (r == -ENOMEM || (r < 0 && !strcmp(file, s->usual)))
		return yr_err_set(s->err, -r, "%s", err.msg);
	if (r < 0) {
		yr_err_set(&s->broken, EBADMSG, "%s", err.msg);
		return 0;
	}
	return judge(s, file, &f);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int take_file(const struct dirent *d)
{
	return !yr_lang_skips_file(d->d_name) && d->d_type != DT_DIR;
}

static int search_names(struct search *s, struct dirent **names, int n)
{
	AUTO_BUF struct yr_buf text = { 0 };
	int r = 0;

	if (n > YR_LIMIT_POLICY_FILES)
		return yr_err_set(s->err, ELOOP, "'%s' has more than %u files", s->dir,
				  YR_LIMIT_POLICY_FILES);
	/* In order of name, so that what is told does not depend on the disk. */
	for (int i = 0; i < n && !r; i++)
		if (!strcmp(names[i]->d_name, s->usual) || holds_name(s, names[i]->d_name, &text))
			r = parse(s, names[i]->d_name);
	return r;
}

static int search_dir(struct search *s)
{
	AUTO_CLOSE int fd = open(s->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent **names = NULL;
	int n, r;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return 0;
	if (fd < 0)
		return yr_err_set(s->err, errno, "read '%s': %s", s->dir, strerror(errno));
	s->dir_fd = fd;
	if (is_switched(s, "disable", s->usual))
		return is_disabled(s, s->usual);
	n = scandirat(fd, ".", &names, take_file, by_name);
	if (n < 0)
		return yr_err_set(s->err, errno, "read '%s': %s", s->dir, strerror(errno));
	r = search_names(s, names, n);
	for (int i = 0; i < n; i++)
		free(names[i]);
	free(names);
	if (!r && !s->found.file && s->broken.code)
		r = yr_err_set(s->err, EBADMSG, "%s", s->broken.msg);
	return r;
}

int yr_profile_find(const struct yr_profile_part *part, const char *const *dirs,
		    const struct yr_compile_options *compile, struct yr_found *ret,
		    struct yr_err *err)
{
	struct search s = { .part = part, .compile = *compile, .err = err };
	int r = 0;

	if (part->top.len > YR_LIMIT_ASKED_NAME)
		return yr_err_set(err, ENOENT, "its name is too long");
	usual_name(part->top, s.usual);
	for (; *dirs && !r && !s.found.file; dirs++) {
		s.dir = *dirs;
		r = search_dir(&s);
	}
	if (r < 0) {
		yr_found_done(&s.found);
		return r;
	}
	if (!s.found.file)
		return yr_err_set(err, ENOENT, "no file there defines it");
	*ret = s.found;
	return 0;
}
