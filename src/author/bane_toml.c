/* SPDX-License-Identifier: Apache-2.0 */
/* Characters, keys and values of bane_toml.h; strings are in bane_string.c. */
#include "author/bane_toml.h"

#include <errno.h>

#include "author/bane_parts.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "lang/lang.h"

const char *yr_toml_kind_name(enum yr_toml_kind k)
{
	static const char *const names[] = {
		[YR_TOML_STRING] = "a string",          [YR_TOML_BOOL] = "true or false",
		[YR_TOML_ARRAY] = "an array",           [YR_TOML_TABLE] = "a table",
		[YR_TOML_OTHER] = "a number or a date",
	};

	return names[k];
}

struct yr_loc yr_toml_loc(const struct yr_toml_reader *r, const char *from, const char *to)
{
	return (struct yr_loc){ r->source, (uint32_t)(from - r->source->text),
				to > from ? (uint32_t)(to - from) : 1 };
}

bool yr_toml_wrong(struct yr_toml_reader *r, const char *at, const char *text)
{
	struct yr_loc loc = yr_toml_loc(r, at, at + 1);

	yr_complain(r->diags, &loc, YR_ERROR, "syntax", "%s", text);
	r->result = -EBADMSG;
	return false;
}

bool yr_toml_no_memory(struct yr_toml_reader *r)
{
	r->result = -ENOMEM;
	return false;
}

/* Bytes that no TOML has, anywhere. */
static bool check_bytes(struct yr_toml_reader *r)
{
	const unsigned char *s = (const unsigned char *)r->at, *end = (const unsigned char *)r->end;

	while (s < end) {
		size_t n = yr_utf8(s, end);

		if (!n)
			return yr_toml_wrong(r, (const char *)s, "this is no UTF-8");
		if ((*s < 0x20 && *s != '\t' && *s != '\n' &&
		     !(*s == '\r' && s + 1 < end && s[1] == '\n')) ||
		    *s == 0x7f)
			return yr_toml_wrong(r, (const char *)s, "a control character stands here");
		s += n;
	}
	return true;
}

static void skip_blanks(struct yr_toml_reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

static void skip_comment(struct yr_toml_reader *r)
{
	skip_blanks(r);
	if (r->at < r->end && *r->at == '#')
		while (r->at < r->end && *r->at != '\n')
			r->at++;
	if (r->at < r->end && *r->at == '\r')
		r->at++;
}

/* Blanks, comments and ends of lines. */
static void skip_lines(struct yr_toml_reader *r)
{
	for (skip_comment(r); r->at < r->end && *r->at == '\n'; skip_comment(r))
		r->at++;
}

static bool take(struct yr_toml_reader *r, char c)
{
	if (r->at >= r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static bool is_bare(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '-' || c == '_';
}

/* key = part *( "." part ); part = bare | string */
static bool read_key(struct yr_toml_reader *r, struct yr_toml_key **ret)
{
	do {
		struct yr_toml_key *k = yr_arena_new(r->arena, struct yr_toml_key);
		const char *from;

		if (!k)
			return yr_toml_no_memory(r);
		skip_blanks(r);
		from = r->at;
		if (r->at < r->end && (*r->at == '"' || *r->at == '\'')) {
			if (!yr_toml_string(r, &k->text))
				return false;
		} else {
			while (r->at < r->end && is_bare(*r->at))
				r->at++;
			if (r->at == from)
				return yr_toml_wrong(r, from, "expected a key");
			k->text = (struct yr_str){ from, (size_t)(r->at - from) };
		}
		k->loc = yr_toml_loc(r, from, r->at);
		*ret = k;
		ret = &k->next;
		skip_blanks(r);
	} while (take(r, '.'));
	return true;
}

static bool read_value(struct yr_toml_reader *r, unsigned depth, struct yr_toml_value **ret);

/* pair = key "=" value */
static bool read_pair(struct yr_toml_reader *r, unsigned depth, struct yr_toml_pair **ret)
{
	struct yr_toml_pair *p = yr_arena_new(r->arena, struct yr_toml_pair);

	if (!p)
		return yr_toml_no_memory(r);
	if (!read_key(r, &p->key))
		return false;
	if (!take(r, '='))
		return yr_toml_wrong(r, r->at, "expected '=' behind the key");
	skip_blanks(r);
	*ret = p;
	return read_value(r, depth, &p->value);
}

/* array = "[" [ value *( "," value ) [ "," ] ] "]", with comments and ends of lines between */
static bool read_array(struct yr_toml_reader *r, unsigned depth, struct yr_toml_value *v)
{
	const char *from = r->at++;
	struct yr_toml_value **last = &v->elements;

	for (skip_lines(r); !take(r, ']'); skip_lines(r)) {
		if (r->at >= r->end)
			return yr_toml_wrong(r, from, "this '[' is not closed");
		if (!read_value(r, depth + 1, last))
			return false;
		last = &(*last)->next;
		skip_lines(r);
		if (!take(r, ',') && r->at < r->end && *r->at != ']')
			return yr_toml_wrong(r, r->at, "expected ',' or ']'");
	}
	return true;
}

/* table = "{" [ pair *( "," pair ) ] "}" */
static bool read_table(struct yr_toml_reader *r, unsigned depth, struct yr_toml_value *v)
{
	struct yr_toml_pair **last = &v->pairs;

	r->at++;
	skip_blanks(r);
	if (take(r, '}'))
		return true;
	do {
		if (!read_pair(r, depth + 1, last))
			return false;
		last = &(*last)->next;
		skip_blanks(r);
	} while (take(r, ','));
	return take(r, '}') || yr_toml_wrong(r, r->at, "expected ',' or '}'");
}

/* true, false, or what is left for YR_TOML_OTHER: its form does not matter. */
static bool read_word(struct yr_toml_reader *r, struct yr_toml_value *v)
{
	const char *from = r->at;

	while (r->at < r->end &&
	       (is_bare(*r->at) || *r->at == '+' || *r->at == '.' || *r->at == ':'))
		r->at++;
	v->text = (struct yr_str){ from, (size_t)(r->at - from) };
	v->truth = yr_str_is(v->text, "true");
	v->kind = v->truth || yr_str_is(v->text, "false") ? YR_TOML_BOOL : YR_TOML_OTHER;
	if (r->at == from || (v->kind == YR_TOML_OTHER && !strchr("0123456789+-in", *from)))
		return yr_toml_wrong(r, from,
				     "expected a value; strings stand between quotes, and truth is "
				     "'true' or 'false'");
	return true;
}

static bool read_value(struct yr_toml_reader *r, unsigned depth, struct yr_toml_value **ret)
{
	struct yr_toml_value *v = yr_arena_new(r->arena, struct yr_toml_value);
	const char *from = r->at;
	char c = r->at < r->end ? *r->at : '\n';
	bool good;

	if (!v)
		return yr_toml_no_memory(r);
	if (depth > YR_LIMIT_BANE_DEPTH)
		return yr_toml_wrong(r, from, "too many brackets stand inside of each other");
	if (c == '"' || c == '\'') {
		v->kind = YR_TOML_STRING;
		good = yr_toml_string(r, &v->text);
	} else if (c == '[') {
		v->kind = YR_TOML_ARRAY;
		good = read_array(r, depth, v);
	} else if (c == '{') {
		v->kind = YR_TOML_TABLE;
		good = read_table(r, depth, v);
	} else {
		good = read_word(r, v);
	}
	v->loc = yr_toml_loc(r, from, r->at);
	*ret = v;
	return good;
}

/* header = "[" key "]" */
static bool read_header(struct yr_toml_reader *r, struct yr_toml_pair **ret)
{
	struct yr_toml_pair *p = yr_arena_new(r->arena, struct yr_toml_pair);

	if (!p)
		return yr_toml_no_memory(r);
	if (r->at + 1 < r->end && r->at[1] == '[')
		return yr_toml_wrong(r, r->at,
				     "a description has no arrays of tables; write '[NAME]'");
	r->at++;
	*ret = p;
	return read_key(r, &p->key) &&
	       (take(r, ']') || yr_toml_wrong(r, r->at, "expected ']' behind the table's name"));
}

int yr_toml_read(struct yr_arena *arena, const struct yr_source *source, struct yr_diags *diags,
		 struct yr_toml_pair **ret)
{
	struct yr_toml_reader r = {
		.arena = arena,
		.diags = diags,
		.source = source,
		.at = source->text,
		.end = source->text + source->len,
	};

	*ret = NULL;
	if (source->len >= 3 && !memcmp(r.at, "\xef\xbb\xbf", 3))
		r.at += 3;
	if (!check_bytes(&r))
		return r.result;
	for (skip_lines(&r); r.at < r.end; skip_lines(&r)) {
		if (!(*r.at == '[' ? read_header(&r, ret) : read_pair(&r, 0, ret)))
			return r.result;
		ret = &(*ret)->next;
		skip_comment(&r);
		if (r.at < r.end && *r.at != '\n') {
			yr_toml_wrong(&r, r.at, "expected the end of the line");
			return r.result;
		}
	}
	return 0;
}
