/* SPDX-License-Identifier: Apache-2.0 */
/* What YAML and JSON have in common: text, limits, keys. */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/utf8.h"
#include "pod/limits.h"
#include "pod/node.h"
#include "pod/text.h"

static struct yr_str line_of(const struct yr_docs *d, unsigned line)
{
	const char *at = d->text.at, *end = at + d->text.len, *stop;

	for (; line > 1 && at < end; line--) {
		const char *nl = memchr(at, '\n', (size_t)(end - at));

		at = nl ? nl + 1 : end;
	}
	stop = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
	return (struct yr_str){ at, (size_t)((stop ? stop : end) - at) };
}

void yr_docs_complain(const struct yr_docs *d, struct yr_diags *diags, const char *diag_name,
		      unsigned line, unsigned col, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	yr_diag_add(diags, YR_ERROR, d->name, line, col, 1, line_of(d, line), diag_name, fmt, ap);
	va_end(ap);
}

const struct yr_node *yr_node_get(const struct yr_node *map, const char *key)
{
	if (!map || map->kind != YR_NODE_MAP)
		return NULL;
	for (size_t i = 0; i < map->n; i++)
		if (!strcmp(map->keys[i].text, key))
			return map->items[i];
	return NULL;
}

const char *yr_node_kind_name(const struct yr_node *n)
{
	static const char *const name[] = { "null",     "a truth value", "a number", "a number",
					    "a string", "a list",        "a mapping" };

	return name[n->kind];
}

static int by_text(const void *a, const void *b)
{
	const struct yr_key *x = *(const struct yr_key *const *)a;
	const struct yr_key *y = *(const struct yr_key *const *)b;
	int d = strcmp(x->text, y->text);

	return d ? d : (x > y) - (x < y);
}

/* Kubernetes refuses them too: readers do not agree on which of the two counts. */
static int refuse_twice(struct yr_docs *d, struct yr_diags *diags, const struct yr_node *n)
{
	AUTO_FREE const struct yr_key **sorted = calloc(n->n + 1, sizeof(const struct yr_key *));

	if (!sorted)
		return -ENOMEM;
	for (size_t i = 0; i < n->n; i++)
		sorted[i] = &n->keys[i];
	qsort(sorted, n->n, sizeof(const struct yr_key *), by_text);
	for (size_t i = 1; i < n->n; i++) {
		if (strcmp(sorted[i - 1]->text, sorted[i]->text) != 0)
			continue;
		yr_docs_complain(d, diags, "duplicate", sorted[i]->line, sorted[i]->col,
				 "the key '%s' is there twice, first in line %u", sorted[i]->text,
				 sorted[i - 1]->line);
		return -EBADMSG;
	}
	return 0;
}

int yr_docs_close(struct yr_docs *d, struct yr_diags *diags, struct yr_node *n)
{
	n->values = 1;
	n->bytes = n->text ? strlen(n->text) : 0;
	for (size_t i = 0; i < n->n; i++) {
		n->values += n->items[i]->values;
		n->bytes += n->items[i]->bytes + (n->keys ? strlen(n->keys[i].text) : 0);
		if (n->values <= YR_LIMIT_MANIFEST_VALUES && n->bytes <= YR_LIMIT_MANIFEST_TEXT)
			continue;
		yr_docs_complain(d, diags, "limit", n->line, n->col,
				 n->values > YR_LIMIT_MANIFEST_VALUES
					 ? "with its aliases this has more than %u values"
					 : "with its aliases this has more than %u bytes of text",
				 n->values > YR_LIMIT_MANIFEST_VALUES ? YR_LIMIT_MANIFEST_VALUES
								      : YR_LIMIT_MANIFEST_TEXT);
		return -EBADMSG;
	}
	return n->keys && n->n > 1 ? refuse_twice(d, diags, n) : 0;
}

int yr_docs_add(struct yr_docs *d, struct yr_diags *diags, struct yr_node *root)
{
	d->values += root->values;
	d->bytes += root->bytes;
	if (d->values > YR_LIMIT_MANIFEST_VALUES || d->bytes > YR_LIMIT_MANIFEST_TEXT) {
		yr_docs_complain(d, diags, "limit", root->line, root->col,
				 "the documents together have more than %u values or %u bytes of "
				 "text; give fewer at once",
				 YR_LIMIT_MANIFEST_VALUES, YR_LIMIT_MANIFEST_TEXT);
		return -EBADMSG;
	}
	if (root->kind == YR_NODE_NULL)
		return 0;
	if (d->n == d->cap) {
		size_t cap = d->cap ? d->cap * 2 : 8;
		struct yr_node **more = realloc(d->at, cap * sizeof(*more));

		if (!more)
			return -ENOMEM;
		d->at = more;
		d->cap = cap;
	}
	d->at[d->n++] = root;
	return 0;
}

void yr_docs_place(const struct yr_docs *d, size_t at, unsigned *line, unsigned *col)
{
	const char *text = d->text.at;
	size_t start = 0;

	*line = 1;
	at = at < d->text.len ? at : d->text.len;
	for (size_t i = 0; i < at; i++) {
		if (text[i] != '\n')
			continue;
		++*line;
		start = i + 1;
	}
	*col = (unsigned)(at - start) + 1;
}

static bool is_text(const struct yr_docs *d, struct yr_diags *diags)
{
	unsigned line, col;
	const unsigned char *text = (const unsigned char *)d->text.at, *end = text + d->text.len;
	size_t at = 0;

	while (at < d->text.len) {
		size_t n = text[at] ? yr_utf8(text + at, end) : 0;

		if (!n) {
			yr_docs_place(d, at, &line, &col);
			yr_docs_complain(d, diags, "syntax", line, col,
					 d->text.at[at] ? "this byte, 0x%02x, is not UTF-8"
							: "there is a byte of value 0 here (%u)",
					 (unsigned char)d->text.at[at]);
			return false;
		}
		at += n;
	}
	return true;
}

int yr_docs_read(const char *name, const char *text, size_t len, struct yr_diags *diags,
		 struct yr_docs *ret, struct yr_err *err)
{
	size_t at = 0;
	int r;

	/* The mark that some editors put in front of UTF-8. */
	if (len >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
		at = 3;
	*ret = (struct yr_docs){ .name = name, .text = { text + at, len - at } };
	if (len > YR_LIMIT_MANIFEST_BYTES) {
		yr_docs_complain(ret, diags, "limit", 1, 1,
				 "a file of manifests may have %u bytes, and this has %zu",
				 YR_LIMIT_MANIFEST_BYTES, len);
		return 0;
	}
	if (!is_text(ret, diags))
		return 0;
	text += at;
	len -= at;
	for (at = 0; at < len && strchr(" \t\r\n", text[at]); at++)
		;
	r = at < len && text[at] == '{' ? yr_docs_read_json(ret, diags)
					: yr_docs_read_yaml(ret, diags);
	if (r < 0)
		ret->n = 0;
	return r < 0 && r != -EBADMSG ? yr_err_set(err, -r, "'%s': %s", name, strerror(-r)) : 0;
}

void yr_docs_done(struct yr_docs *d)
{
	free(d->at);
	yr_arena_done(&d->arena);
	*d = (struct yr_docs){ 0 };
}
