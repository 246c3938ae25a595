/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/subject.h"

#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "host/compress.h"
#include "host/loaded.h"

/* How an image begins: the name of its first item. */
static bool is_image(const char *data, size_t len)
{
	static const char magic[] = "\x04\x08\x00version";

	return len >= sizeof(magic) && !memcmp(data, magic, sizeof(magic));
}

static int from_image(const char *name, const void *data, size_t len, struct yr_opened *ret)
{
	struct yr_image *image = NULL;
	struct yr_err err = { 0 };
	int r = yr_image_read(data, len, &image, &err);

	if (!r)
		r = yr_policy_from_image(image, &ret->policy, &err);
	yr_image_free(image);
	if (!r)
		return YR_EXIT_OK;
	yr_say("%s: %s", name, err.msg);
	/* A damaged image is the policy's fault, not the machine's. */
	return r == -EINVAL || r == -E2BIG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

static int from_packed(const char *name, const void *data, size_t len, struct yr_opened *ret)
{
	AUTO_FREE void *image = NULL;
	struct yr_err err = { 0 };
	size_t image_len;
	int r = yr_image_decompress(data, len, &image, &image_len, &err);

	if (!r)
		return from_image(name, image, image_len, ret);
	yr_say("%s: %s", name, err.msg);
	return r == -EINVAL ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

static int from_text(const struct yr_opening *how, const char *name, const char *text, size_t len,
		     struct yr_opened *ret)
{
	struct yr_compile_options opt = yr_common_compile(how->common);
	struct yr_err err = { 0 };
	int r;

	opt.kernel = how->kernel;
	ret->diags = yr_settings_diags(&how->common->settings);
	if (!ret->diags)
		r = yr_err_set(&err, ENOMEM, "out of memory");
	else if (!strcmp(how->path, "-"))
		r = yr_compile_text(name, text, len, &opt, ret->diags, &ret->compile, &err);
	else
		r = yr_compile_file(how->path, &opt, ret->diags, &ret->compile, &err);
	if (!r && !yr_diags_errors(ret->diags))
		r = yr_policy_compile(yr_compile_unit(ret->compile), &ret->options, ret->diags,
				      &ret->policy, &err);
	if (r < 0) {
		yr_say("%s", err.msg);
		return yr_exit_status(r);
	}
	if (yr_diags_errors(ret->diags))
		return YR_EXIT_POLICY;
	if (ret->policy->n)
		return YR_EXIT_OK;
	yr_say("there is no profile in '%s'", name);
	return YR_EXIT_POLICY;
}

static int from_kernel(const struct yr_opening *how, struct yr_opened *ret)
{
	AUTO_FREE void *image = NULL;
	struct yr_err err = { 0 };
	size_t len;
	int r;

	r = yr_loaded_image(&how->common->settings.host, how->profile, &image, &len, &err);
	if (r == -ESRCH && how->may_lack)
		return YR_EXIT_OK;
	if (r < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	ret->loaded = true;
	return from_image("the kernel's copy", image, len, ret);
}

int yr_open_policy(const struct yr_opening *how, struct yr_opened *ret)
{
	bool is_stdin = how->path && !strcmp(how->path, "-");
	const char *name = is_stdin ? "stdin" : how->path;
	AUTO_FREE char *data = NULL;
	struct yr_err err = { 0 };
	size_t len;

	ret->options = (struct yr_policy_options){
		.kernel = how->kernel,
		.override_abi = how->any_kernel ? how->kernel : NULL,
		.ns = how->common->settings.ns,
		.per_rule = true,
	};
	if (!how->path)
		return from_kernel(how, ret);
	if (yr_read_all(is_stdin ? NULL : how->path, YR_LIMIT_IMAGE_BYTES, &data, &len, &err) < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	if (is_image(data, len))
		return from_image(name, data, len, ret);
	if (yr_image_is_compressed(data, len))
		return from_packed(name, data, len, ret);
	return from_text(how, name, data, len, ret);
}

/* A text is read, not compiled. */
static int text_names(const struct yr_opening *how, const char *name, const char *text, size_t len,
		      yr_policy_name_fn *fn, void *ctx)
{
	struct yr_compile_options opt = yr_common_compile(how->common);
	struct yr_diags *diags = yr_settings_diags(&how->common->settings);
	struct yr_compile *c = NULL;
	struct yr_err err = { 0 };
	const char *profile;
	int r = diags ? yr_compile_text(name, text, len, &opt, diags, &c, &err) : -ENOMEM;

	if (!r && yr_diags_errors(diags))
		r = -EBADMSG;
	for (size_t i = 0; !r && (profile = yr_compile_name(c, i, NULL)); i++)
		r = fn(ctx, profile);
	yr_compile_free(c);
	yr_diags_free(diags);
	return r;
}

int yr_policy_names(const struct yr_opening *how, yr_policy_name_fn *fn, void *ctx,
		    struct yr_err *err)
{
	AUTO_FREE char *data = NULL;
	struct yr_opened o = { 0 };
	size_t len;
	int r = yr_read_all(how->path, YR_LIMIT_IMAGE_BYTES, &data, &len, err);

	if (r < 0)
		return r;
	if (!is_image(data, len) && !yr_image_is_compressed(data, len))
		return text_names(how, how->path, data, len, fn, ctx);
	r = yr_open_policy(how, &o) == YR_EXIT_OK ? 0 : -EBADMSG;
	for (size_t i = 0; !r && i < o.policy->n; i++)
		r = fn(ctx, o.policy->profiles[i].name);
	yr_opened_done(&o);
	return r;
}

void yr_opened_done(struct yr_opened *o)
{
	yr_policy_free(o->policy);
	yr_compile_free(o->compile);
	yr_diags_free(o->diags);
	*o = (struct yr_opened){ 0 };
}

/* Behind ":ns:", or ":ns://". */
static const char *local_name(const char *name)
{
	const char *end = *name == ':' ? strchr(name + 1, ':') : NULL;

	return !end ? name : strncmp(end + 1, "//", 2) ? end + 1 : end + 3;
}

bool yr_profile_is_called(const struct yr_compiled *c, const char *name, bool loaded)
{
	size_t ns = c->ns ? strlen(c->ns) : 0;

	if (!strcmp(c->name, name) || (loaded && !strcmp(c->name, local_name(name))))
		return true;
	return ns && name[0] == ':' && !strncmp(name + 1, c->ns, ns) && name[ns + 1] == ':' &&
	       !strcmp(name + ns + 2, c->name);
}

void yr_take_profile(const struct yr_opened *o, size_t i, struct yr_subject *ret)
{
	*ret = (struct yr_subject){ .compiled = &o->policy->profiles[i], .policy = o->options };
	if (!o->compile)
		return;
	ret->unit = yr_compile_unit(o->compile);
	ret->profile = yr_policy_source(ret->unit, i);
}

/* As many names as can be read. */
static void put_names(struct yr_buf *b, const struct yr_policy *p)
{
	enum { NAMES = 10 };

	for (size_t i = 0; i < p->n && i < NAMES; i++)
		yr_buf_printf(b, "%s%s", i ? ", " : "", p->profiles[i].name);
	if (p->n > NAMES)
		yr_buf_puts(b, ", ...");
}

int yr_no_such_profile(const struct yr_policy *p, const char *name)
{
	struct yr_nearest near = yr_nearest_start(yr_str_of(name));
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_phrase phrase;

	for (size_t i = 0; i < p->n; i++)
		yr_nearest_try_z(&near, p->profiles[i].name);
	phrase = yr_nearest_phrase(&near);
	if (!*phrase.text && p->n) {
		yr_buf_puts(&b, "; there is ");
		put_names(&b, p);
	}
	yr_say("there is no profile '%s'%s%s", name, phrase.text, b.len && !b.failed ? b.data : "");
	return YR_EXIT_USAGE;
}

static int ask_which(const struct yr_policy *p)
{
	AUTO_BUF struct yr_buf b = { 0 };

	put_names(&b, p);
	yr_say("there are %zu profiles; say which with -p: %s", p->n, b.failed ? "" : b.data);
	return YR_EXIT_USAGE;
}

bool yr_find_profile(const struct yr_opened *o, const char *name, struct yr_subject *ret)
{
	for (size_t i = 0; i < o->policy->n; i++) {
		if (!yr_profile_is_called(&o->policy->profiles[i], name, o->loaded))
			continue;
		yr_take_profile(o, i, ret);
		return true;
	}
	return false;
}

int yr_pick_profile(const struct yr_opened *o, const char *name, struct yr_subject *ret)
{
	const struct yr_policy *p = o->policy;
	size_t top = 0, n_top = 0;

	if (name)
		return yr_find_profile(o, name, ret) ? YR_EXIT_OK : yr_no_such_profile(p, name);
	for (size_t i = 0; i < p->n; i++) {
		if (strstr(p->profiles[i].name, "//"))
			continue;
		top = n_top++ ? top : i;
	}
	if (n_top != 1 && p->n != 1)
		return ask_which(p);
	yr_take_profile(o, top, ret);
	return YR_EXIT_OK;
}

void yr_tell_mode(const struct yr_compiled *c)
{
	const char *what = NULL;

	if (c->flags->mode == YR_MODE_COMPLAIN && !c->flags->audit)
		what = "is in complain mode: what is denied here is logged and allowed, but "
		       "silent denials are enforced all the same";
	else if (c->flags->mode == YR_MODE_COMPLAIN)
		what = "is in complain mode: what is denied here is logged and allowed";
	else if (c->flags->mode == YR_MODE_KILL)
		what = "is in kill mode: who tries what is denied here is killed";
	if (what)
		yr_say("profile '%s' %s", c->name, what);
}
