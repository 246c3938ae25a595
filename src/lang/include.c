/* SPDX-License-Identifier: Apache-2.0 */
/* Finding and reading what include and abi name. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/limits.h"
#include "lang/parse.h"
#include "lang/resolve.h"
#include "lang/source.h"

_Static_assert(ARRAY_LEN(((struct yr_resolver *)0)->chain) >= YR_LIMIT_INCLUDE_DEPTH,
	       "the chain holds every include that is open");

/* What package managers and editors leave behind; upstream's list. */
static const char *const skipped_ends[] = {
	"~",     ".dpkg-bak", ".dpkg-dist", ".dpkg-new", ".dpkg-old", ".dpkg-remove",
	".orig", ".pacnew",   ".pacsave",   ".rej",      ".rpmnew",   ".rpmsave",
};

bool yr_lang_skips_file(const char *name)
{
	size_t len = strlen(name);

	if (!len || name[0] == '.')
		return true;
	for (size_t i = 0; i < ARRAY_LEN(skipped_ends); i++) {
		size_t n = strlen(skipped_ends[i]);

		if (len >= n && !memcmp(name + len - n, skipped_ends[i], n))
			return true;
	}
	return false;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int add_path(struct yr_resolver *r, struct yr_target *t, size_t *cap, const char *path)
{
	if (!path || yr_lang_grow(r->kept->arena, &t->paths, t->n, cap, sizeof(*t->paths)) < 0)
		return -ENOMEM;
	t->paths[t->n++] = path;
	return 0;
}

/* @folder/@text; @folder NULL: @text as it is. */
static char *join_path(struct yr_arena *arena, const char *folder, size_t len, struct yr_str text)
{
	size_t before = folder ? len + 1 : 0;
	char *path = yr_arena_alloc(arena, before + text.len + 1);

	if (!path)
		return NULL;
	if (folder) {
		memcpy(path, folder, len);
		path[len] = '/';
	}
	memcpy(path + before, text.at, text.len);
	return path;
}

/* What cannot be looked at stays, so that reading it says why: it may hold denials. */
static bool is_to_read(DIR *dir, const struct dirent *e)
{
	struct stat st;

	return !yr_lang_skips_file(e->d_name) &&
	       (e->d_type == DT_REG || fstatat(dirfd(dir), e->d_name, &st, 0) < 0 ||
		S_ISREG(st.st_mode));
}

static int read_folder(struct yr_resolver *r, struct yr_target *t, const char *path)
{
	AUTO_CLOSEDIR DIR *dir = opendir(path);
	const struct dirent *e;
	size_t cap = 0;

	t->folder = true;
	if (!dir)
		return add_path(r, t, &cap, path); /* reading it will say why it cannot be */
	while (errno = 0, (e = readdir(dir))) {
		if (is_to_read(dir, e) && add_path(r, t, &cap,
						   join_path(r->kept->arena, path, strlen(path),
							     yr_str_of(e->d_name))) < 0)
			return -ENOMEM;
	}
	if (errno) {
		t->n = 0;
		return add_path(r, t, &cap, path);
	}
	if (t->n)
		qsort(t->paths, t->n, sizeof(*t->paths), by_name);
	return 0;
}

void yr_opened_close(struct yr_resolver *r)
{
	if (r->opened.path)
		close(r->opened.fd);
	r->opened.path = NULL;
}

/* As stat(). What is @likely there is a file as a rule, and kept open: see read_file(). */
static int look_at(struct yr_resolver *r, const char *path, bool likely, struct stat *st)
{
	AUTO_CLOSE int fd = likely ? yr_source_open(path) : -1;

	if (fd < 0)
		return likely && errno == ENOENT ? -1 : stat(path, st);
	if (fstat(fd, st) < 0)
		return -1;
	yr_opened_close(r);
	r->opened = (struct yr_opened){ path, yr_take_fd(&fd), *st };
	return 0;
}

/* @folder NULL: the path as it is. 1: found, 0: not there. */
static int try_folder(struct yr_resolver *r, struct yr_target *t, const char *folder, bool likely)
{
	size_t cap = 0, n = folder ? strlen(folder) : 0;
	struct stat st;
	char *path;

	while (n > 1 && folder[n - 1] == '/')
		n--;
	path = join_path(r->kept->arena, folder, n, t->named.name);
	if (!path)
		return -ENOMEM;
	n = strlen(path);
	while (n > 1 && path[n - 1] == '/')
		path[--n] = '\0';
	if (look_at(r, path, likely, &st) < 0) {
		if (errno == ENOENT || errno == ENOTDIR || errno == ENAMETOOLONG)
			return 0;
		st.st_mode = 0; /* it is there: reading it will say what is wrong with it */
	}
	if (S_ISDIR(st.st_mode))
		return read_folder(r, t, path) < 0 ? -ENOMEM : 1;
	return add_path(r, t, &cap, path) < 0 ? -ENOMEM : 1;
}

static int look_up(struct yr_resolver *r, struct yr_target *t, bool likely)
{
	const char *const *dir = r->opt ? r->opt->include_dirs : NULL;
	int found = 0;

	/* A NUL cannot be in a path, and would cut it short. */
	if (memchr(t->named.name.at, '\0', t->named.name.len))
		return 0;
	if (!t->search)
		return try_folder(r, t,
				  *t->named.name.at == '/' || !r->opt ? NULL : r->opt->relative_dir,
				  likely);
	for (; dir && *dir && !found; dir++)
		found = try_folder(r, t, *dir, likely);
	if (!found && r->opt && r->opt->fallback_dir)
		found = try_folder(r, t, r->opt->fallback_dir, likely);
	return found;
}

int yr_add_source(struct yr_resolver *r, const struct yr_source *s)
{
	struct yr_unit *u = r->unit;

	if (yr_lang_grow(r->arena, &u->sources, u->n_sources, &r->cap_sources,
			 sizeof(*u->sources)) < 0)
		return -ENOMEM;
	u->sources[u->n_sources++] = s;
	return 0;
}

/*
 * The files that an include was found to mean count as something that was read: the same texts
 * in other places, or looked for in another order, can make another policy.
 */
static int make_note(struct yr_resolver *r, struct yr_target *t)
{
	AUTO_BUF struct yr_buf files = { 0 };

	for (size_t i = 0; i < t->n; i++)
		yr_buf_put(&files, t->paths[i], strlen(t->paths[i]) + 1);
	if (files.failed)
		return -ENOMEM;
	t->note = (struct yr_source){
		.name = t->named.name.at,
		.text = yr_arena_strndup(r->kept->arena, files.data ? files.data : "", files.len),
		.len = files.len,
	};
	return t->note.text ? 0 : -ENOMEM;
}

static struct yr_target *new_target(struct yr_resolver *r, struct yr_str text, bool search,
				    bool likely)
{
	struct yr_target *t = yr_arena_new(r->kept->arena, struct yr_target);
	char *name = yr_arena_strndup(r->kept->arena, text.at, text.len);

	if (!t || !name)
		return NULL;
	t->search = search;
	t->named.name = (struct yr_str){ name, text.len };
	if (look_up(r, t, likely) < 0 || make_note(r, t) < 0 ||
	    yr_names_add(r->kept->arena, &r->kept->targets, &t->named, t->named.name) < 0)
		return NULL;
	return t;
}

static struct yr_target *find_target(struct yr_resolver *r, struct yr_str text, bool search,
				     bool likely)
{
	struct yr_named *e = yr_names_find(&r->kept->targets, text);
	struct yr_target *t;

	while (e && ((struct yr_target *)e)->search != search)
		e = yr_names_next(e);
	t = e ? (struct yr_target *)e : new_target(r, text, search, likely);
	if (!t || t->unit == r->kept->unit)
		return t;
	t->unit = r->kept->unit;
	return yr_add_source(r, &t->note) < 0 ? NULL : t;
}

/* @f without a source: it is not there or not for us, and *ret_why says so. */
static int read_file(struct yr_resolver *r, struct yr_file *f, const char **ret_why)
{
	const struct yr_opened *o = &r->opened;
	int e;

	if (f->source)
		return 0;
	if (o->path && !strcmp(o->path, f->path))
		e = yr_source_read_fd(r->kept->arena, o->fd, &o->st, f->path, &f->source, ret_why);
	else
		e = yr_source_read(r->kept->arena, f->path, f->path, &f->source, ret_why);
	yr_opened_close(r);
	return e == -ENOMEM ? e : 0;
}

/*
 * Statements of which nothing was to be said serve every unit. What is wrong with the others is
 * said in each that includes them: they are parsed again, so that all is as it was for the first.
 */
static int parse_file(struct yr_resolver *r, struct yr_file *f, const struct yr_loc *from)
{
	unsigned errors = yr_diags_errors(r->diags), warnings = yr_diags_warnings(r->diags);
	bool keep = !f->tried && r->kept->arena->total <= YR_LIMIT_KEPT_BYTES;
	struct yr_parser p = { .arena = keep ? r->kept->arena : r->arena,
			       .diags = r->diags,
			       .src = f->source,
			       .in_profile = f->use == YR_USE_IN_PROFILE,
			       .included = from };
	int e = yr_parse(&p, &f->stmts);

	/* Only what was parsed into the kept arena outlives this unit. */
	f->quiet = keep && !e && yr_diags_errors(r->diags) == errors &&
		   yr_diags_warnings(r->diags) == warnings;
	f->tried = true;
	return e;
}

/* What one unit, which includes @f for the first time, has to do with it. */
static int open_file(struct yr_resolver *r, struct yr_file *f, const struct yr_loc *from)
{
	const char *why = NULL;

	f->unit = r->kept->unit;
	f->active = f->looked_at = false;
	if (read_file(r, f, &why) < 0)
		return -ENOMEM;
	if (!f->source) {
		yr_complain(r->diags, from, YR_ERROR, "unreadable", "cannot read '%s': %s", f->path,
			    why);
		return 0;
	}
	f->source->included_from = from->source;
	f->source->included_at = from->off;
	f->source->included_len = from->len;
	if (yr_add_source(r, f->source) < 0)
		return -ENOMEM;
	return f->quiet ? 0 : parse_file(r, f, from);
}

static struct yr_file *find_file(struct yr_resolver *r, const char *path, enum yr_file_use use)
{
	struct yr_named *e = yr_names_find(&r->kept->files, yr_str_of(path));
	struct yr_file *f;

	while (e && ((struct yr_file *)e)->use != use)
		e = yr_names_next(e);
	if (e)
		return (struct yr_file *)e;
	f = yr_arena_new(r->kept->arena, struct yr_file);
	if (!f || yr_names_add(r->kept->arena, &r->kept->files, &f->named, yr_str_of(path)) < 0)
		return NULL;
	f->path = path;
	f->use = use;
	return f;
}

static bool seen_before(const struct yr_seen *seen, const struct yr_file *f)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->at[i] == f)
			return true;
	return false;
}

/* Whether the unit can bear to have @f resolved once more. */
static bool within_limits(struct yr_resolver *r, const struct yr_file *f, const struct yr_loc *from)
{
	const char *what = NULL;

	if (r->full)
		return false;
	r->bytes += f->source->len + 1;
	if (r->includes >= YR_LIMIT_INCLUDE_DEPTH)
		what = "includes are nested more than 64 deep";
	else if (r->depth >= YR_LIMIT_BLOCK_DEPTH)
		what = "blocks and includes are nested more than 256 deep";
	else if (r->bytes > YR_LIMIT_TOTAL_SOURCE_BYTES)
		what = "the includes of this file come to more than 64 MiB of text";
	if (!what)
		return true;
	r->full = true;
	yr_complain(r->diags, from, YR_ERROR, "limit", "%s", what);
	return false;
}

/* A file that is open already: in the same profile it counts once anyhow, else it never ends. */
static void say_loop(struct yr_resolver *r, const struct yr_file *f, const struct yr_loc *from,
		     bool harmless)
{
	if (harmless)
		yr_complain(r->diags, from, YR_WARNING, "include",
			    "'%s' includes itself; this include is skipped", f->path);
	else
		yr_complain(r->diags, from, YR_ERROR, "include", "'%s' includes itself without end",
			    f->path);
}

static int include_file(struct yr_resolver *r, const char *path, const struct yr_loc *from,
			const struct yr_place *at)
{
	struct yr_file *f = find_file(r, path, at->profile ? YR_USE_IN_PROFILE : YR_USE_OUTSIDE);
	int e;

	if (!f || (f->unit != r->kept->unit && open_file(r, f, from) < 0))
		return -ENOMEM;
	if (!f->source || (at->dead && f->looked_at))
		return 0;
	if (f->active || (r->chain[0]->path && !strcmp(path, r->chain[0]->path))) {
		say_loop(r, f, from, f->active && (at->dead || seen_before(at->seen, f)));
		return 0;
	}
	if ((!at->dead && seen_before(at->seen, f)) || !within_limits(r, f, from))
		return 0;
	if (at->dead)
		f->looked_at = true;
	else if (yr_lang_grow(r->arena, &at->seen->at, at->seen->n, &at->seen->cap, sizeof(f)) < 0)
		return -ENOMEM;
	else
		at->seen->at[at->seen->n++] = f;
	f->active = true;
	r->chain[r->includes++] = f;
	r->depth++;
	yr_inline_begin(r);
	e = yr_resolve(r, &f->stmts, at);
	yr_inline_end(r);
	r->depth--;
	r->includes--;
	f->active = false;
	return e;
}

/* "include if exists <abstractions/base.d>", which packages put things into. */
static bool may_be_folder(const struct yr_include *inc)
{
	struct yr_str name = inc->path.text;

	return inc->if_exists && name.len > 2 && !memcmp(name.at + name.len - 2, ".d", 2);
}

int yr_resolve_include(struct yr_resolver *r, const struct yr_include *inc,
		       const struct yr_place *at)
{
	const struct yr_target *t =
		find_target(r, inc->path.text, inc->search, !may_be_folder(inc));

	if (!t)
		return -ENOMEM;
	if (!t->paths && !t->folder) {
		if (!inc->if_exists)
			yr_say_missing(r, &inc->path, inc->search, "include");
		yr_inline_included(r, false);
		return 0;
	}
	for (size_t i = 0; i < t->n; i++) {
		int e = include_file(r, t->paths[i], &inc->path.loc, at);

		if (e < 0)
			return e;
	}
	yr_inline_included(r, true);
	return 0;
}

static int read_abi(struct yr_resolver *r, const struct yr_word *what, const char *path,
		    const struct yr_source **ret)
{
	struct yr_file *f = find_file(r, path, YR_USE_ABI);
	const char *why = NULL;

	if (!f || read_file(r, f, &why) < 0)
		return -ENOMEM;
	if (!f->source)
		yr_complain(r->diags, &what->loc, YR_ERROR, "abi", "cannot read '%s': %s", path,
			    why);
	*ret = f->source;
	return 0;
}

/* The text that an abi names; *ret stays NULL after a mistake, which is reported. */
static int find_abi(struct yr_resolver *r, const struct yr_stmt *stmt, const struct yr_source **ret)
{
	const struct yr_word *what = &stmt->u.abi.what;
	const struct yr_target *t = find_target(r, what->text, stmt->u.abi.search, true);

	if (!t)
		return -ENOMEM;
	if (t->folder)
		yr_complain(r->diags, &what->loc, YR_ERROR, "abi", "'%.*s' is a directory",
			    YR_STR_ARG(what->text));
	else if (!t->n)
		yr_say_missing(r, what, stmt->u.abi.search, "abi");
	else
		return read_abi(r, what, t->paths[0], ret);
	return 0;
}

/*
 * Abstractions begin with an abi, which upstream, too, reads and forgets inside of a profile:
 * worth a word where the policy has none that counts.
 */
static void say_late(struct yr_resolver *r, const struct yr_word *what)
{
	if (!r->unit->abi.text.at && !r->late_abi)
		yr_complain(r->diags, &what->loc, YR_WARNING, "abi",
			    "an abi inside of a profile does not count, and this policy has no "
			    "other: put one before the first profile");
	r->late_abi = true;
}

int yr_resolve_abi(struct yr_resolver *r, const struct yr_stmt *stmt, bool in_profile)
{
	const struct yr_word *what = &stmt->u.abi.what;
	const struct yr_source *source = NULL;
	struct yr_unit *u = r->unit;
	bool counts = !in_profile && !u->abi.text.at;
	int e;

	if (in_profile) {
		say_late(r, what);
	} else if (!counts) {
		if (!yr_str_eq(u->abi.text, what->text)) {
			yr_complain(r->diags, &what->loc, YR_WARNING, "abi",
				    "this is the second abi; the first one counts");
			yr_complain(r->diags, &u->abi.loc, YR_NOTE, "abi", "the first one is here");
		}
	} else {
		u->abi = *what;
		u->abi_is_kernel = stmt->u.abi.special && yr_str_is(what->text, "kernel");
		u->abi_is_default = stmt->u.abi.special && !u->abi_is_kernel;
	}
	if (stmt->u.abi.special)
		return 0;
	e = find_abi(r, stmt, &source);
	if (e || !source || !counts)
		return e;
	u->abi_text = source->text;
	u->abi_len = source->len;
	return yr_add_source(r, source);
}
