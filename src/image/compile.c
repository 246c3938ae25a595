/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/compile.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "image/image.h"

struct yr_compile_shared {
	struct yr_includes *includes;
	struct yr_abis abis;
};

struct yr_compile_shared *yr_compile_shared_free(struct yr_compile_shared *s)
{
	if (s) {
		yr_includes_free(s->includes);
		yr_abis_done(&s->abis);
		free(s);
	}
	return NULL;
}

struct yr_compile_shared *yr_compile_shared_new(void)
{
	struct yr_compile_shared *s = calloc(1, sizeof(*s));

	if (s)
		s->includes = yr_includes_new();
	return s && s->includes ? s : yr_compile_shared_free(s);
}

struct yr_compile {
	struct yr_arena arena;
	struct yr_diags *diags;
	struct yr_compile_options opt;
	struct yr_unit *unit;
	const char **names;
	bool *top;
	size_t n_names;
};

static size_t count_profiles(struct yr_profile *const *at, size_t n)
{
	size_t all = n;

	for (size_t i = 0; i < n; i++)
		all += count_profiles(at[i]->children, at[i]->n_children);
	return all;
}

static bool add_names(struct yr_compile *c, struct yr_profile *const *at, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct yr_profile *p = at[i];
		struct yr_str ns = c->opt.ns ? yr_str_of(c->opt.ns) : p->ns;
		char *name =
			ns.len ? yr_arena_printf(&c->arena, ":%.*s:%.*s", YR_STR_ARG(ns),
						 YR_STR_ARG(p->full_name))
			       : yr_arena_strndup(&c->arena, p->full_name.at, p->full_name.len);

		if (!name)
			return false;
		c->top[c->n_names] = !p->parent;
		c->names[c->n_names++] = name;
		if (!add_names(c, p->children, p->n_children))
			return false;
	}
	return true;
}

static int list_names(struct yr_compile *c, struct yr_err *err)
{
	size_t n = c->unit ? count_profiles(c->unit->profiles, c->unit->n_profiles) : 0;

	if (!n)
		return 0;
	c->names = yr_arena_array(&c->arena, n, sizeof(*c->names));
	c->top = yr_arena_array(&c->arena, n, sizeof(*c->top));
	if (!c->names || !c->top || !add_names(c, c->unit->profiles, c->unit->n_profiles))
		return yr_err_set(err, ENOMEM, "out of memory");
	return 0;
}

/* @path or, when it is NULL, @text called @name. */
static int open_compile(const char *path, const char *name, struct yr_str text,
			const struct yr_compile_options *opt, struct yr_diags *diags,
			struct yr_compile **ret_compile, struct yr_err *err)
{
	struct yr_lang_options lang = {
		.include_dirs = opt->include_dirs,
		.fallback_dir = opt->fallback_dir,
		.relative_dir = opt->base_dir,
		.includes = opt->shared ? opt->shared->includes : NULL,
	};
	struct yr_compile *c = calloc(1, sizeof(*c));
	int r;

	if (!c)
		return yr_err_set(err, ENOMEM, "out of memory");
	c->diags = diags;
	c->opt = *opt;
	r = path ? yr_lang_read_file(&c->arena, path, &lang, diags, &c->unit, err)
		 : yr_lang_read_text(&c->arena, name, text, &lang, diags, &c->unit, err);
	if (!r)
		r = list_names(c, err);
	if (r < 0) {
		yr_compile_free(c);
		return r;
	}
	*ret_compile = c;
	return 0;
}

int yr_compile_file(const char *path, const struct yr_compile_options *opt, struct yr_diags *diags,
		    struct yr_compile **ret_compile, struct yr_err *err)
{
	return open_compile(path, NULL, (struct yr_str){ 0 }, opt, diags, ret_compile, err);
}

int yr_compile_text(const char *name, const char *text, size_t len,
		    const struct yr_compile_options *opt, struct yr_diags *diags,
		    struct yr_compile **ret_compile, struct yr_err *err)
{
	return open_compile(NULL, name, (struct yr_str){ text, len }, opt, diags, ret_compile, err);
}

struct yr_compile *yr_compile_free(struct yr_compile *c)
{
	if (c) {
		yr_arena_done(&c->arena);
		free(c);
	}
	return NULL;
}

const struct yr_unit *yr_compile_unit(const struct yr_compile *c)
{
	return c->unit;
}

const char *yr_compile_source(const struct yr_compile *c, size_t i, const char **ret_text,
			      size_t *ret_len)
{
	if (!c->unit || i >= c->unit->n_sources)
		return NULL;
	*ret_text = c->unit->sources[i]->text;
	*ret_len = c->unit->sources[i]->len;
	return c->unit->sources[i]->name;
}

const char *yr_compile_name(const struct yr_compile *c, size_t i, bool *ret_top)
{
	if (i >= c->n_names)
		return NULL;
	if (ret_top)
		*ret_top = c->top[i];
	return c->names[i];
}

/* Compiled policy without a mistake, or why there is none. */
static int compile_policy(struct yr_compile *c, struct yr_policy **ret_policy, struct yr_err *err)
{
	struct yr_policy_options opt = {
		.kernel = c->opt.kernel,
		.override_abi = c->opt.override_abi,
		.default_abi = c->opt.default_abi,
		.ns = c->opt.ns,
		.abis = c->opt.shared ? &c->opt.shared->abis : NULL,
	};
	struct yr_policy *policy = NULL;
	int r;

	if (!c->opt.kernel)
		return yr_err_set(err, EINVAL, "no kernel features to compile for");
	if (!c->unit || yr_diags_errors(c->diags))
		return -EBADMSG;
	r = yr_policy_compile(c->unit, &opt, c->diags, &policy, err);
	if (r < 0)
		return r;
	if (yr_diags_errors(c->diags)) {
		yr_policy_free(policy);
		return -EBADMSG;
	}
	*ret_policy = policy;
	return 0;
}

/*
 * The image has no room for some profile. Tell of each at its place: the author can split it,
 * or compile for a kernel that takes more.
 */
static int report_too_large(struct yr_compile *c, const struct yr_policy *policy, unsigned flags,
			    struct yr_err *err)
{
	*err = (struct yr_err){ 0 };
	for (size_t i = 0; i < policy->n; i++) {
		AUTO_BUF struct yr_buf scratch = { 0 };
		struct yr_policy one = { .profiles = &policy->profiles[i], .n = 1 };
		struct yr_err why = { 0 };
		int r = yr_image_write(&one, c->opt.kernel, flags, &scratch, &why);

		if (r == -E2BIG || r == -ENOTSUP)
			yr_complain(c->diags, policy->profiles[i].loc, YR_ERROR, "limit", "%s",
				    why.msg);
		else if (r < 0)
			return yr_err_set(err, -r, "%s", why.msg);
	}
	return -EBADMSG;
}

static int write_image(struct yr_compile *c, struct yr_buf *out, struct yr_err *err)
{
	unsigned flags =
		c->opt.image_flags | (c->opt.force_complain ? YR_IMAGE_FORCE_COMPLAIN : 0u);
	struct yr_policy *policy = NULL;
	struct yr_err local = { 0 };
	int r;

	if (!err)
		err = &local;
	r = compile_policy(c, &policy, err);
	if (r < 0)
		return r;
	r = yr_image_write(policy, c->opt.kernel, flags, out, err);
	if (r == -E2BIG || r == -ENOTSUP)
		r = report_too_large(c, policy, flags, err);
	yr_policy_free(policy);
	return r;
}

int yr_compile_image(struct yr_compile *c, void **ret_image, size_t *ret_len, struct yr_err *err)
{
	AUTO_BUF struct yr_buf out = { 0 };
	int r = write_image(c, &out, err);

	if (!r)
		*ret_image = yr_buf_steal(&out, ret_len);
	return r;
}

int yr_compile_check(struct yr_compile *c, struct yr_err *err)
{
	/* What has no room in the form is a finding too. */
	AUTO_BUF struct yr_buf out = { 0 };

	return write_image(c, &out, err);
}
