/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/rebase.h"

#include <errno.h>
#include <string.h>

#include "oci/json.h"

/* Bind mounts with a source inside the bundle: real ones have none, or a handful. */
enum { MAX_PLACES = 256 };

struct places {
	struct yr_json j;
	size_t at[MAX_PLACES]; /* behind the quotes that paths begin with, in order */
	size_t n;
};

static int add(struct places *p, size_t quote)
{
	if (p->n == MAX_PLACES)
		return yr_json_refuse(&p->j, quote, E2BIG, "too many mounts inside the bundle");
	p->at[p->n++] = quote + 1;
	return 0;
}

/* A string; *ret_quote: where it begins. */
static int string(struct places *p, size_t *ret_quote, struct yr_str *ret)
{
	if (yr_json_peek(&p->j) != YR_JSON_STRING) {
		*ret = (struct yr_str){ NULL, 0 };
		return yr_json_skip(&p->j);
	}
	*ret_quote = p->j.at;
	return yr_json_string(&p->j, ret);
}

static bool is_relative(struct yr_str s)
{
	return s.len && s.at[0] != '/';
}

static int read_root(struct places *p)
{
	struct yr_json_walk w;
	int r = yr_json_enter(&p->j, '{', &w);

	while (!r && (r = yr_json_more(&p->j, &w)) > 0) {
		struct yr_str path;
		size_t quote = 0;

		if (!yr_str_is(w.key, "path")) {
			r = yr_json_skip(&p->j);
			continue;
		}
		r = string(p, &quote, &path);
		if (!r && is_relative(path))
			r = add(p, quote);
	}
	return r;
}

static int read_options(struct places *p, bool *bind)
{
	struct yr_json_walk w;
	int r;

	if (yr_json_peek(&p->j) != YR_JSON_LIST)
		return yr_json_skip(&p->j);
	r = yr_json_enter(&p->j, '[', &w);
	while (!r && (r = yr_json_more(&p->j, &w)) > 0) {
		struct yr_str option;
		size_t quote;

		r = string(p, &quote, &option);
		*bind |= yr_str_is(option, "bind") || yr_str_is(option, "rbind");
	}
	return r;
}

static int read_mount(struct places *p)
{
	struct yr_str source = { NULL, 0 }, type = { NULL, 0 };
	struct yr_json_walk w;
	size_t quote = 0, other;
	bool bind = false;
	int r = yr_json_enter(&p->j, '{', &w);

	while (!r && (r = yr_json_more(&p->j, &w)) > 0) {
		if (yr_str_is(w.key, "source"))
			r = string(p, &quote, &source);
		else if (yr_str_is(w.key, "type"))
			r = string(p, &other, &type);
		else if (yr_str_is(w.key, "options"))
			r = read_options(p, &bind);
		else
			r = yr_json_skip(&p->j);
	}
	bind |= yr_str_is(type, "bind");
	return !r && bind && is_relative(source) ? add(p, quote) : r;
}

static int read_mounts(struct places *p)
{
	struct yr_json_walk w;
	int r;

	if (yr_json_peek(&p->j) != YR_JSON_LIST)
		return yr_json_skip(&p->j);
	r = yr_json_enter(&p->j, '[', &w);
	while (!r && (r = yr_json_more(&p->j, &w)) > 0)
		r = read_mount(p);
	return r;
}

static int read_all(struct places *p)
{
	struct yr_json_walk w;
	int r = yr_json_enter(&p->j, '{', &w);

	while (!r && (r = yr_json_more(&p->j, &w)) > 0) {
		if (yr_str_is(w.key, "root"))
			r = read_root(p);
		else if (yr_str_is(w.key, "mounts"))
			r = read_mounts(p);
		else
			r = yr_json_skip(&p->j);
	}
	return r < 0 ? r : yr_json_end(&p->j);
}

int yr_spec_rebase(const char *text, size_t len, const char *dir, struct yr_buf *out,
		   struct yr_err *err)
{
	struct yr_arena arena = { 0 };
	struct places p = { .j = { .text = text, .len = len, .arena = &arena, .err = err } };
	AUTO_BUF struct yr_buf quoted = { 0 };
	size_t from = 0;
	int r = read_all(&p);

	yr_arena_done(&arena);
	if (r < 0)
		return r;
	yr_json_quote(&quoted, yr_str_of(dir));
	if (quoted.failed)
		return yr_err_set(err, ENOMEM, "out of memory");
	for (size_t i = 0; i < p.n; i++) {
		yr_buf_put(out, text + from, p.at[i] - from);
		yr_buf_put(out, quoted.data + 1, quoted.len - 2);
		yr_buf_putc(out, '/');
		from = p.at[i];
	}
	yr_buf_put(out, text + from, len - from);
	return out->failed ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
