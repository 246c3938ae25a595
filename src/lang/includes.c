/* SPDX-License-Identifier: Apache-2.0 */
/* What includes name, kept for the units that follow. */
#include <errno.h>
#include <stdlib.h>

#include "base/diag.h"
#include "base/limits.h"
#include "lang/resolve.h"

struct yr_includes *yr_includes_new(void)
{
	struct yr_includes *k = calloc(1, sizeof(*k));

	if (k)
		k->arena = &k->own;
	return k;
}

struct yr_includes *yr_includes_free(struct yr_includes *k)
{
	if (k) {
		yr_arena_done(&k->own);
		free(k);
	}
	return NULL;
}

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_folders(const struct yr_lang_options *a, const struct yr_lang_options *b)
{
	const char *const *x = a->include_dirs, *const *y = b->include_dirs;

	while (x && y && *x && *y && !strcmp(*x, *y)) {
		x++;
		y++;
	}
	return !(x && *x) && !(y && *y) && same_text(a->fallback_dir, b->fallback_dir) &&
	       same_text(a->relative_dir, b->relative_dir);
}

static char *copy(struct yr_includes *k, const char *text)
{
	return text ? yr_arena_strndup(k->arena, text, strlen(text)) : NULL;
}

/* From the first unit on, the folders are those of its options. */
static int set_folders(struct yr_includes *k, const struct yr_lang_options *opt)
{
	const char **dirs;
	size_t n = 0;

	while (opt->include_dirs && opt->include_dirs[n])
		n++;
	dirs = yr_arena_array(k->arena, n + 1, sizeof(*dirs));
	k->opt.include_dirs = dirs;
	k->opt.fallback_dir = copy(k, opt->fallback_dir);
	k->opt.relative_dir = copy(k, opt->relative_dir);
	for (size_t i = 0; dirs && i < n; i++) {
		dirs[i] = copy(k, opt->include_dirs[i]);
		if (!dirs[i])
			return -ENOMEM;
	}
	return dirs && !k->opt.fallback_dir == !opt->fallback_dir &&
			       !k->opt.relative_dir == !opt->relative_dir
		       ? 0
		       : -ENOMEM;
}

/* Whether @k's answers are those that @r would find, and @k is not full. */
static bool fits(const struct yr_includes *k, const struct yr_resolver *r)
{
	return same_folders(&k->opt, r->opt) && k->hidden == yr_diags_hidden(r->diags) &&
	       k->own.total <= YR_LIMIT_KEPT_BYTES;
}

int yr_includes_begin(struct yr_resolver *r)
{
	struct yr_includes *k = r->opt ? r->opt->includes : NULL;

	if (k && !k->unit) {
		k->hidden = yr_diags_hidden(r->diags);
		if (set_folders(k, r->opt) < 0)
			return -ENOMEM;
	}
	if (!k || !fits(k, r)) {
		k = yr_arena_new(r->arena, struct yr_includes);
		if (!k)
			return -ENOMEM;
		k->arena = r->arena;
	}
	k->unit++;
	r->kept = k;
	return 0;
}
