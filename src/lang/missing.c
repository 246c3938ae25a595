/* SPDX-License-Identifier: Apache-2.0 */
/* Files that an include or an abi names and that are not there: where was looked, what was meant. */
#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "lang/resolve.h"
#include "lang/words.h"

/* The i-th folder that <x> is looked for in; NULL behind the last. */
static const char *search_folder(const struct yr_resolver *r, size_t i)
{
	const char *const *dir = r->opt ? r->opt->include_dirs : NULL;

	for (; dir && *dir; dir++)
		if (!i--)
			return *dir;
	return !i && r->opt ? r->opt->fallback_dir : NULL;
}

static bool is_there(struct yr_resolver *r, const char *folder, struct yr_str path)
{
	const char *full = yr_arena_printf(r->arena, "%s/%.*s", folder, YR_STR_ARG(path));
	struct stat st;

	return full && !stat(full, &st);
}

/* Try every name in @folder/@sub; those that win are kept. */
static void try_names(struct yr_resolver *r, struct yr_nearest *near, const char *folder,
		      struct yr_str sub)
{
	const char *path = yr_arena_printf(r->arena, "%s/%.*s", folder, YR_STR_ARG(sub));
	AUTO_CLOSEDIR DIR *dir = path ? opendir(path) : NULL;
	const struct dirent *e;
	struct yr_nearest try;

	while (dir && near->left && (e = readdir(dir))) {
		if (yr_lang_skips_file(e->d_name))
			continue;
		/* The order of a folder is nobody's: of names as near, the first by its bytes. */
		try = *near;
		try.bound += !!near->name.at;
		try.name.at = NULL;
		yr_nearest_try_z(&try, e->d_name);
		near->left = try.left;
		if (!try.name.at || (try.bound == near->bound && near->name.at &&
				     strcmp(e->d_name, near->name.at) > 0))
			continue;
		try.name.at = yr_arena_strndup(r->arena, e->d_name, strlen(e->d_name));
		if (!try.name.at)
			return;
		*near = try;
	}
}

/* The file in the same folder with the nearest name, or of the same name in the nearest folder. */
static const char *nearest_file(struct yr_resolver *r, struct yr_str text)
{
	const char *slash = memrchr(text.at, '/', text.len), *first, *folder, *found;
	struct yr_str sub = { text.at, slash ? (size_t)(slash - text.at) : 0 }, base, rest;
	struct yr_nearest near;

	base = slash ? (struct yr_str){ slash + 1, text.len - sub.len - 1 } : text;
	near = yr_nearest_start(base);
	for (size_t i = 0; (folder = search_folder(r, i)); i++)
		try_names(r, &near, folder, sub);
	if (near.name.at)
		return yr_arena_printf(r->arena, "%.*s%s%s", YR_STR_ARG(sub), slash ? "/" : "",
				       near.name.at);
	first = memchr(text.at, '/', text.len);
	if (!first)
		return NULL;
	near = yr_nearest_start((struct yr_str){ text.at, (size_t)(first - text.at) });
	rest = (struct yr_str){ first, text.len - near.word.len };
	for (size_t i = 0; (folder = search_folder(r, i)); i++)
		try_names(r, &near, folder, (struct yr_str){ "", 0 });
	if (!near.name.at)
		return NULL;
	found = yr_arena_printf(r->arena, "%s%.*s", near.name.at, YR_STR_ARG(rest));
	for (size_t i = 0; found && (folder = search_folder(r, i)); i++)
		if (is_there(r, folder, yr_str_of(found)))
			return found;
	return NULL;
}

/* "in A, B and C" */
static void name_folders(const struct yr_resolver *r, char *to, size_t size)
{
	enum { SHOWN = 4 };
	const char *folder;
	size_t n = 0;

	for (size_t i = 0; (folder = search_folder(r, i)) && n < size; i++) {
		if (i == SHOWN) {
			snprintf(to + n, size - n, " and others");
			return;
		}
		n += (size_t)snprintf(to + n, size - n, "%s%s",
				      !i                        ? ""
				      : search_folder(r, i + 1) ? ", "
								: " or ",
				      folder);
	}
}

static void say_missing_search(struct yr_resolver *r, const struct yr_word *w, const char *name)
{
	const char *near = yr_diags_dropped(r->diags) ? NULL : nearest_file(r, w->text);
	char folders[600] = "";

	name_folders(r, folders, sizeof(folders));
	yr_complain(r->diags, &w->loc, YR_ERROR, name, "there is no '%.*s' in %s%s%s%s",
		    YR_STR_ARG(w->text), folders, near ? "; did you mean <" : "", near ? near : "",
		    near ? ">?" : "");
}

void yr_say_missing(struct yr_resolver *r, const struct yr_word *w, bool search, const char *name)
{
	const char *folder;

	if (search && search_folder(r, 0)) {
		say_missing_search(r, w, name);
		return;
	}
	for (size_t i = 0; !search && !yr_diags_dropped(r->diags) && w->text.at[0] != '/' &&
			   (folder = search_folder(r, i));
	     i++) {
		if (!is_there(r, folder, w->text))
			continue;
		yr_complain(r->diags, &w->loc, YR_ERROR, name,
			    "there is no file '%.*s' here; write <%.*s> for the one in %s",
			    YR_STR_ARG(w->text), YR_STR_ARG(w->text), folder);
		return;
	}
	yr_complain(r->diags, &w->loc, YR_ERROR, name, "there is no file '%.*s'",
		    YR_STR_ARG(w->text));
}
