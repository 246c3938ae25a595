/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON by way of jansson. It does not say where a value was written, so its text is looked through
 * before: values come in the same order from both. That look also bounds what jansson has to do.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/node.h"

struct mark {
	unsigned line, col;
};

struct scan {
	struct yr_docs *d;
	struct yr_diags *diags;
	const char *text;
	size_t at, len, line_start;
	unsigned line;
	struct mark *marks; /* of values and keys, in the order of the text */
	size_t n, cap;
};

static int refuse(const struct scan *s, const char *name, const char *text)
{
	yr_docs_complain(s->d, s->diags, name, s->line, (unsigned)(s->at - s->line_start) + 1, "%s",
			 text);
	return -EBADMSG;
}

static int mark(struct scan *s)
{
	if (s->n == YR_LIMIT_MANIFEST_VALUES * 2ul)
		return refuse(s, "limit", "the file has more than 1048576 values");
	if (s->n == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : 1024;
		struct mark *more = realloc(s->marks, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->marks = more;
		s->cap = cap;
	}
	s->marks[s->n++] = (struct mark){ s->line, (unsigned)(s->at - s->line_start) + 1 };
	return 0;
}

/* To behind the closing quote, or the end. */
static void skip_string(struct scan *s)
{
	for (s->at++; s->at < s->len && s->text[s->at] != '"'; s->at++)
		if (s->text[s->at] == '\\')
			s->at++;
	s->at = s->at < s->len ? s->at + 1 : s->len;
}

/* One value with all below; what is wrong with it jansson says. */
static int look_through(struct scan *s)
{
	int depth = 0, status = 0;

	do {
		char c = s->text[s->at];

		if (c == '\n') {
			s->line++;
			s->line_start = s->at + 1;
		}
		if (c == '"') {
			status = mark(s);
			skip_string(s);
		} else if (c == '{' || c == '[') {
			if (depth == YR_LIMIT_MANIFEST_DEPTH)
				return refuse(s, "limit",
					      "lists and mappings are more than 100 deep");
			status = mark(s);
			depth++;
			s->at++;
		} else if (c == '}' || c == ']') {
			depth--;
			s->at++;
		} else if (strchr(" \t\r\n,:", c)) {
			s->at++;
		} else {
			status = mark(s);
			while (s->at < s->len && !strchr(" \t\r\n,:{}[]\"", s->text[s->at]))
				s->at++;
		}
	} while (!status && depth > 0 && s->at < s->len);
	return status;
}

static int convert(struct yr_docs *d, struct yr_diags *diags, const json_t *j,
		   const struct mark **at, struct yr_node **ret);

static int convert_map(struct yr_docs *d, struct yr_diags *diags, json_t *j, const struct mark **at,
		       struct yr_node *n)
{
	const char *key;
	json_t *value;
	size_t i = 0;
	int status;

	n->kind = YR_NODE_MAP;
	n->n = json_object_size(j);
	n->keys = yr_arena_array(&d->arena, n->n + 1, sizeof(struct yr_key));
	n->items = yr_arena_array(&d->arena, n->n + 1, sizeof(struct yr_node *));
	if (!n->keys || !n->items)
		return -ENOMEM;
	json_object_foreach(j, key, value)
	{
		n->keys[i] = (struct yr_key){ yr_arena_strndup(&d->arena, key, strlen(key)),
					      (*at)->line, (*at)->col };
		++*at;
		if (!n->keys[i].text)
			return -ENOMEM;
		status = convert(d, diags, value, at, &n->items[i++]);
		if (status < 0)
			return status;
	}
	return 0;
}

static int convert_list(struct yr_docs *d, struct yr_diags *diags, const json_t *j,
			const struct mark **at, struct yr_node *n)
{
	int status = 0;

	n->kind = YR_NODE_LIST;
	n->n = json_array_size(j);
	n->items = yr_arena_array(&d->arena, n->n + 1, sizeof(struct yr_node *));
	if (!n->items)
		return -ENOMEM;
	for (size_t i = 0; i < n->n && !status; i++)
		status = convert(d, diags, json_array_get(j, i), at, &n->items[i]);
	return status;
}

static int convert(struct yr_docs *d, struct yr_diags *diags, const json_t *j,
		   const struct mark **at, struct yr_node **ret)
{
	struct yr_node *n = yr_arena_new(&d->arena, struct yr_node);
	int status = 0;

	if (!n)
		return -ENOMEM;
	*n = (struct yr_node){ .line = (*at)->line, .col = (*at)->col };
	++*at;
	switch (json_typeof(j)) {
	case JSON_OBJECT:
		status = convert_map(d, diags, (json_t *)j, at, n);
		break;
	case JSON_ARRAY:
		status = convert_list(d, diags, j, at, n);
		break;
	case JSON_STRING:
		n->kind = YR_NODE_STRING;
		n->text = yr_arena_strndup(&d->arena, json_string_value(j), json_string_length(j));
		status = n->text ? 0 : -ENOMEM;
		break;
	case JSON_INTEGER:
		n->kind = YR_NODE_INT;
		n->integer = json_integer_value(j);
		break;
	case JSON_REAL:
		n->kind = YR_NODE_REAL;
		n->real = json_real_value(j);
		break;
	case JSON_NULL:
		n->kind = YR_NODE_NULL;
		break;
	default:
		n->kind = YR_NODE_BOOL;
		n->truth = json_is_true(j);
	}
	*ret = n;
	return status ? status : yr_docs_close(d, diags, n);
}

/* One document from @from on, whose values have the marks from @first on. */
static int read_one(struct scan *s, size_t from, unsigned line, size_t column, size_t first)
{
	const struct mark *at = s->marks + first;
	struct yr_node *root;
	json_error_t error;
	json_t *j = json_loadb(s->text + from, s->at - from,
			       JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
	int status;

	if (!j) {
		bool twice = json_error_code(&error) == json_error_duplicate_key;
		size_t bad = error.position > 0 ? (size_t)error.position : 0, start = bad;

		if (json_error_code(&error) == json_error_out_of_memory)
			return -ENOMEM;
		/* jansson stands behind what it does not take, and counts characters. */
		while (start && s->text[from + start - 1] != '\n')
			start--;
		yr_docs_complain(s->d, s->diags, twice ? "duplicate" : "syntax",
				 line + (unsigned)(error.line > 0 ? error.line : 1) - 1,
				 (unsigned)(bad - start + (start ? 0 : column)) + !(bad - start),
				 "not JSON: %s", error.text);
		return -EBADMSG;
	}
	status = convert(s->d, s->diags, j, &at, &root);
	json_decref(j);
	return status ? status : yr_docs_add(s->d, s->diags, root);
}

int yr_docs_read_json(struct yr_docs *d, struct yr_diags *diags)
{
	struct scan s = { d, diags, d->text.at, 0, d->text.len, 0, 1, NULL, 0, 0 };
	int status = 0;

	while (!status && s.at < s.len) {
		size_t from = s.at, column = s.at - s.line_start, first = s.n;
		unsigned line = s.line;

		if (s.text[s.at] == '\n') {
			s.line++;
			s.line_start = ++s.at;
			continue;
		}
		if (strchr(" \t\r", s.text[s.at])) {
			s.at++;
			continue;
		}
		if (s.at == s.line_start && s.len - s.at >= 3 &&
		    !strncmp(s.text + s.at, "---", 3)) {
			s.at += 3;
			continue;
		}
		status = look_through(&s);
		if (!status)
			status = read_one(&s, from, line, column, first);
	}
	free(s.marks);
	return status;
}
