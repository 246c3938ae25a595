/* SPDX-License-Identifier: Apache-2.0 */
#include "handmade.h"

#include <stdio.h>

static void die(const char *what, const struct yr_err *err)
{
	fprintf(stderr, "handmade: %s: %s\n", what, err ? err->msg : "");
	abort();
}

struct fold {
	const struct hand_rule *rules;
	struct yr_pdb *p;
};

static void join(struct yr_perms *to, const struct yr_perms *from)
{
	to->allow |= from->allow;
	to->audit |= from->audit;
	to->deny |= from->deny;
	to->quiet |= from->quiet;
	to->prompt |= from->prompt;
	to->exec |= from->exec;
}

/* Tags are indices of rules. */
static uint32_t fold(void *ctx, const uint32_t *tags, size_t n)
{
	struct fold *f = ctx;
	struct yr_state_perms *s = &f->p->perms[f->p->n_perms];

	for (size_t i = 0; i < n; i++) {
		join(&s->owner, &f->rules[tags[i]].owner);
		join(&s->other, &f->rules[tags[i]].other);
	}
	return f->p->n_perms++;
}

static yr_node lay(struct yr_nfa *n, yr_node from, const char *glob, unsigned flags)
{
	yr_node end;
	struct yr_glob_info info = { 0 };

	if (yr_glob_lay(n, from, yr_str_of(glob), flags, &end, &info) < 0) {
		fprintf(stderr, "handmade: '%s': %s\n", glob, info.error);
		abort();
	}
	return end;
}

void hand_pdb(struct yr_arena *arena, const struct hand_rule *rules, size_t n, struct yr_pdb *p)
{
	struct fold f = { rules, p };
	struct yr_nfa *nfa = yr_nfa_new();
	struct yr_err err = { 0 };

	/* Enough for every set of few rules. */
	*p = (struct yr_pdb){ .perms = yr_arena_array(arena, (size_t)1 << n, sizeof(*p->perms)),
			      .n_perms = 1 };
	if (!nfa || !p->perms || n > 16)
		die("memory", NULL);
	for (uint32_t i = 0; i < n; i++) {
		yr_node at = yr_nfa_start(nfa);

		if (rules[i].class >= 0)
			at = yr_nfa_byte(nfa, at, (unsigned char)rules[i].class);
		yr_nfa_accept(nfa, lay(nfa, at, rules[i].glob, 0), i);
	}
	if (yr_dfa_build(nfa, fold, &f, &p->dfa, &err) < 0)
		die("build", &err);
	yr_nfa_free(nfa);
}

static uint32_t fold_match(void *ctx, const uint32_t *tags, size_t n)
{
	(void)ctx;
	(void)tags;
	(void)n;
	return 1;
}

struct yr_dfa *hand_xmatch(const char *glob, const char *const *xattrs)
{
	struct yr_nfa *nfa = yr_nfa_new();
	struct yr_dfa *d = NULL;
	struct yr_err err = { 0 };
	yr_node at;

	if (!nfa)
		die("memory", NULL);
	at = lay(nfa, yr_nfa_start(nfa), glob, 0);
	yr_nfa_accept(nfa, at, 0);
	for (; xattrs && *xattrs; xattrs++) {
		at = yr_nfa_byte(nfa, yr_nfa_oob(nfa, at), 0);
		at = lay(nfa, at, *xattrs, YR_GLOB_NUL);
		yr_nfa_accept(nfa, at, 0);
	}
	if (yr_dfa_build(nfa, fold_match, NULL, &d, &err) < 0)
		die("build", &err);
	yr_nfa_free(nfa);
	return d;
}

void hand_image(struct yr_compiled *c, size_t n, const struct yr_features *kernel,
		struct yr_buf *out)
{
	struct yr_policy policy = { .profiles = c, .n = n };
	struct yr_err err = { 0 };

	if (yr_image_write(&policy, kernel, false, out, &err) < 0)
		die("write", &err);
}

void hand_done(struct yr_compiled *c)
{
	c->xmatch = yr_dfa_free(c->xmatch);
	c->file.dfa = yr_dfa_free(c->file.dfa);
	c->policydb.dfa = yr_dfa_free(c->policydb.dfa);
}

struct yr_features *hand_features_with(const char *policy)
{
	static const char text[] =
		"policy {versions {v5 {yes\n}\nv6 {yes\n}\nv7 {yes\n}\nv8 {yes\n}\n"
		"v9 {yes\n}\n}\n%s}\n"
		"domain {kill.signal {yes\n}\nerror {yes\n}\nidentity {yes\n}\n"
		"disconnected.ipc {yes\n}\n}\n";
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_features *f = NULL;
	struct yr_err err = { 0 };

	yr_buf_printf(&b, text, policy);
	if (b.failed || yr_features_parse("handmade", b.data, b.len, &f, &err) < 0)
		die("features", &err);
	return f;
}

struct yr_features *hand_features(void)
{
	return hand_features_with("");
}
