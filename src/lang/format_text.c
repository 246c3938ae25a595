/* SPDX-License-Identifier: Apache-2.0 */
/* Formatting as the outside sees it: text to text, the result proved before it is given away. */
#include "yoroi/format.h"

#include <errno.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "lang/format.h"
#include "lang/parse.h"
#include "lang/source.h"

/* A text and the tree that it parses to, as a file or as rules. */
struct reading {
	const struct yr_source *source;
	struct yr_stmts stmts;
	bool in_profile;
};

static int parse(struct yr_arena *arena, struct reading *r, struct yr_diags *diags)
{
	struct yr_parser p = {
		.arena = arena, .diags = diags, .src = r->source, .in_profile = r->in_profile
	};

	return yr_parse(&p, &r->stmts);
}

/*
 * Abstractions are rules, tunables and profiles are files, and nothing in the text says which it
 * is: it is a file unless it has fewer mistakes as rules. *ret_errors counts them.
 */
static int parse_either(struct yr_arena *arena, struct reading *r, unsigned *ret_errors)
{
	*ret_errors = 0;
	for (int rules = 0; rules < 2; rules++) {
		struct reading other = { .source = r->source, .in_profile = rules };
		struct yr_diags *diags = yr_diags_new();
		int e = diags ? parse(arena, &other, diags) : -ENOMEM;
		unsigned errors = diags ? yr_diags_errors(diags) : 0;

		yr_diags_free(diags);
		if (e < 0)
			return e;
		if (!rules || errors < *ret_errors) {
			*r = other;
			*ret_errors = errors;
		}
		if (!errors)
			return 0;
	}
	return 0;
}

static int say(int r, const char *name, struct yr_err *err)
{
	switch (r) {
	case -ENOMEM:
		return yr_err_set(err, ENOMEM, "out of memory");
	case -EFBIG:
		return yr_err_set(err, EFBIG,
				  "'%s' would be larger than %u MiB, the most that Yoroi reads as "
				  "policy",
				  name, YR_LIMIT_SOURCE_BYTES >> 20);
	default:
		return yr_err_set(err, EINVAL,
				  "internal error: '%s' would not mean the same once formatted, so "
				  "it stays as it is; please report this",
				  name);
	}
}

/* Whether @out says what @in says, and has its @comments. */
static int prove(struct yr_arena *arena, const struct reading *in, const struct yr_buf *out,
		 const struct yr_buf *comments)
{
	AUTO_BUF struct yr_buf again = { .limit = YR_LIMIT_SOURCE_BYTES };
	AUTO_BUF struct yr_buf kept = { .limit = YR_LIMIT_SOURCE_BYTES };
	struct reading r = { .in_profile = in->in_profile };
	struct yr_diags *diags = yr_diags_new();
	unsigned errors;
	int e;

	r.source =
		yr_source_new(arena, "", (struct yr_str){ out->data ? out->data : "", out->len });
	e = diags && r.source ? parse(arena, &r, diags) : -ENOMEM;
	errors = diags ? yr_diags_errors(diags) : 0;
	yr_diags_free(diags);
	if (e < 0)
		return e;
	if (errors || !yr_same_tree(&in->stmts, &r.stmts))
		return -EINVAL;
	e = yr_format_stmts(arena, r.source, &r.stmts, r.in_profile, &again, &kept);
	if (e < 0)
		return e;
	return kept.len == comments->len &&
			       (!kept.len || !memcmp(kept.data, comments->data, kept.len))
		       ? 0
		       : -EINVAL;
}

static int format(struct yr_arena *arena, struct reading *r, const char *name,
		  struct yr_diags *diags, struct yr_buf *out, struct yr_err *err)
{
	AUTO_BUF struct yr_buf comments = { .limit = YR_LIMIT_SOURCE_BYTES };
	unsigned errors;
	int e = parse_either(arena, r, &errors);

	if (!e && errors) {
		/* Once more, for the author to see. */
		e = parse(arena, r, diags);
		return e < 0 ? say(e, name, err) : -EBADMSG;
	}
	if (!e)
		e = yr_format_stmts(arena, r->source, &r->stmts, r->in_profile, out, &comments);
	if (!e)
		e = prove(arena, r, out, &comments);
	return e < 0 ? say(e, name, err) : 0;
}

int yr_format_text(const char *name, const char *text, size_t len, struct yr_diags *diags,
		   char **ret_text, size_t *ret_len, struct yr_err *err)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	AUTO_BUF struct yr_buf out = { .limit = YR_LIMIT_SOURCE_BYTES };
	struct reading r = { 0 };
	int e;

	if (len > YR_LIMIT_SOURCE_BYTES)
		return say(-EFBIG, name, err);
	r.source = yr_source_new(&arena, name, (struct yr_str){ text, len });
	if (!r.source)
		return say(-ENOMEM, name, err);
	yr_buf_puts(&out, "");
	e = format(&arena, &r, name, diags, &out, err);
	if (e < 0)
		return e;
	*ret_text = yr_buf_steal(&out, ret_len);
	return *ret_text ? 0 : say(-ENOMEM, name, err);
}
