/* SPDX-License-Identifier: Apache-2.0 */
/* What a profile is attached to: binary-policy.md, 5.2. */
#include <errno.h>

#include "policy/enc.h"

static bool has_glob(struct yr_str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] == '\\')
			i++;
		else if (strchr("*?[]{}", text.at[i]))
			return true;
	}
	return false;
}

/* Each attribute's value behind an out-of-band symbol; each one more narrows the match. */
static void lay_xattrs(struct yr_enc *e, struct yr_nfa *n, yr_node at)
{
	for (size_t i = 0; i < e->out->n_xattrs; i++) {
		const struct yr_word *value = yr_cond_word(e->profile->xattrs, e->out->xattrs[i]);
		/* Without a value, the attribute only has to be there. */
		struct yr_str any = YR_STR("**"), *texts = &any;
		size_t one = 1;
		int r = value ? yr_expand(&e->scratch, e->profile->scope, NULL, value, false,
					  e->diags, &texts, &one)
			      : 0;

		if (r < 0 && r != -EINVAL)
			e->status = r;
		if (r < 0)
			return;
		at = yr_nfa_byte(n, yr_nfa_oob(n, at), 0);
		at = yr_enc_text(e, n, at, texts[0], value, YR_GLOB_NUL, NULL);
		yr_nfa_accept(n, at, 0);
	}
}

/* Last first, the order in which upstream lists and matches them. */
static bool list_xattrs(struct yr_enc *e)
{
	size_t n = 0, i;

	for (const struct yr_cond *c = e->profile->xattrs; c; c = c->next)
		n++;
	e->out->xattrs = yr_arena_array(e->arena, n, sizeof(char *));
	if (!e->out->xattrs)
		return false;
	i = n;
	for (const struct yr_cond *c = e->profile->xattrs; c; c = c->next) {
		e->out->xattrs[--i] = yr_arena_strndup(e->arena, c->name.text.at, c->name.text.len);
		if (!e->out->xattrs[i])
			return false;
	}
	e->out->n_xattrs = n;
	return true;
}

static uint32_t fold_match(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return YR_MAY_EXEC;
}

/* "a//b" is called b in a, and that is what is matched. */
static struct yr_word local_name(const struct yr_word *name)
{
	struct yr_word w = *name;

	for (size_t i = 0; i + 1 < w.text.len; i++)
		if (w.text.at[i] == '/' && w.text.at[i + 1] == '/') {
			w.text = (struct yr_str){ w.text.at + i + 2, w.text.len - i - 2 };
			i = (size_t)-1;
		}
	return w;
}

/* What the kernel does not take is told with the other words of the head. */
static bool takes_xattrs(struct yr_enc *e)
{
	if (!yr_kernel_takes(e->kernel, YR_TAKES_XATTRS))
		return false;
	if (yr_enc_has(e, "domain/attach_conditions/xattr"))
		return true;
	yr_complain(e->diags, &e->profile->loc, YR_WARNING, "rule-downgraded",
		    "the kernel or the abi does not know 'xattrs=' of profile '%.*s': programs are "
		    "matched by their path alone",
		    YR_STR_ARG(e->profile->full_name));
	return false;
}

void yr_enc_attachment(struct yr_enc *e)
{
	const struct yr_profile *p = e->profile;
	const struct yr_word *name = p->attachment.text.at ? &p->attachment : &p->name;
	const struct yr_word own = local_name(name);
	const struct yr_word *word = p->attachment_written ? name : &own;
	struct yr_str *texts;
	struct yr_nfa *n;
	size_t n_texts;
	int r;
	bool xattrs = p->xattrs && takes_xattrs(e);

	r = yr_expand(&e->scratch, p->scope, p->aliases, word, true, e->diags, &texts, &n_texts);
	if (r < 0) {
		if (r != -EINVAL)
			e->status = r;
		return;
	}
	/* A plain path is found by the profile's name. */
	if (n_texts == 1 && !has_glob(texts[0]) && !p->attachment_written && !p->xattrs)
		return;
	if ((xattrs && !list_xattrs(e)) || !(n = yr_nfa_new())) {
		e->status = -ENOMEM;
		return;
	}
	for (size_t i = 0; i < n_texts; i++) {
		struct yr_glob_info info = { 0 };
		yr_node at = yr_enc_text(e, n, yr_nfa_start(n), texts[i], word, 0, &info);

		if (!at)
			continue;
		yr_nfa_accept(n, at, 0);
		lay_xattrs(e, n, at);
		if (!i || info.min_len < e->out->xmatch_len)
			e->out->xmatch_len = info.min_len;
	}
	r = yr_nfa_failed(n);
	if (!r)
		r = yr_dfa_build(n, fold_match, NULL, &e->out->xmatch, e->err);
	if (!r)
		r = yr_dfa_minimise(e->out->xmatch, e->err);
	if (r < 0)
		e->status = r;
	yr_nfa_free(n);
}
