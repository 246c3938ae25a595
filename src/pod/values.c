/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "pod/limits.h"

void yr_value_complain(struct yr_values *v, const struct yr_node *n, const char *diag_name,
		       const char *fmt, ...)
{
	AUTO_BUF struct yr_buf text = { 0 };
	va_list ap;

	/* One mistake in a list of a hundred thousand is enough; each costs a walk to its line. */
	if (yr_diags_errors(v->diags) < 20) {
		va_start(ap, fmt);
		yr_buf_vprintf(&text, fmt, ap);
		va_end(ap);
		if (!text.failed)
			yr_docs_complain(v->docs, v->diags, diag_name, n->line, n->col, "%s",
					 text.data);
	}
	v->bad = true;
}

void yr_value_wrong(struct yr_values *v, const struct yr_node *n, const char *path, const char *key,
		    const char *wanted)
{
	bool quotes = !strcmp(wanted, "a string") && n->kind < YR_NODE_STRING && n->text;

	yr_value_complain(v, n, "bad-value", "'%s%s' must be %s, not %s%s", path, key, wanted,
			  yr_node_kind_name(n), quotes ? "; put it into quotes" : "");
}

static const struct yr_node *of_kind(struct yr_values *v, const struct yr_node *map,
				     const char *path, const char *key, enum yr_node_kind kind,
				     const char *wanted)
{
	const struct yr_node *n = yr_node_get(map, key);

	if (!n || n->kind == YR_NODE_NULL)
		return NULL;
	if (n->kind == kind)
		return n;
	yr_value_wrong(v, n, path, key, wanted);
	return NULL;
}

const struct yr_node *yr_value_map(struct yr_values *v, const struct yr_node *map, const char *path,
				   const char *key)
{
	return of_kind(v, map, path, key, YR_NODE_MAP, "a mapping");
}

const struct yr_node *yr_value_list(struct yr_values *v, const struct yr_node *map,
				    const char *path, const char *key)
{
	return of_kind(v, map, path, key, YR_NODE_LIST, "a list");
}

const char *yr_value_string(struct yr_values *v, const struct yr_node *map, const char *path,
			    const char *key)
{
	const struct yr_node *n = of_kind(v, map, path, key, YR_NODE_STRING, "a string");

	return n ? n->text : "";
}

bool yr_value_bool(struct yr_values *v, const struct yr_node *map, const char *path,
		   const char *key)
{
	const struct yr_node *n = of_kind(v, map, path, key, YR_NODE_BOOL, "true or false");

	return n && n->truth;
}

static int by_key(const void *a, const void *b)
{
	return strcmp(((const struct yr_pair *)a)->key, ((const struct yr_pair *)b)->key);
}

struct yr_pair *yr_value_pairs(struct yr_values *v, const struct yr_node *map, const char *path,
			       const char *key, size_t *ret_n)
{
	const struct yr_node *n = yr_value_map(v, map, path, key);
	struct yr_pair *pairs = yr_arena_array(v->arena, n ? n->n + 1 : 1, sizeof(*pairs));

	*ret_n = 0;
	if (!pairs) {
		v->no_memory = true;
		return NULL;
	}
	for (size_t i = 0; n && i < n->n; i++) {
		const struct yr_node *item = n->items[i];

		if (item->kind != YR_NODE_STRING && item->kind != YR_NODE_NULL) {
			char at[600];

			snprintf(at, sizeof(at), "%s[%s]", key, n->keys[i].text);
			yr_value_wrong(v, item, path, at, "a string");
			continue;
		}
		pairs[(*ret_n)++] = (struct yr_pair){
			.key = n->keys[i].text,
			.value = item->kind == YR_NODE_STRING ? item->text : "",
			.line = n->keys[i].line,
			.col = n->keys[i].col,
		};
	}
	qsort(pairs, *ret_n, sizeof(*pairs), by_key);
	return pairs;
}

const char **yr_value_strings(struct yr_values *v, const struct yr_node *map, const char *path,
			      const char *key, size_t most, size_t *ret_n)
{
	const struct yr_node *n = yr_value_list(v, map, path, key);
	const char **strings;

	*ret_n = 0;
	if (n && n->n > most) {
		yr_value_complain(v, n, "limit", "'%s%s' has more than %zu items", path, key, most);
		return NULL;
	}
	strings = yr_arena_array(v->arena, n ? n->n + 1 : 1, sizeof(*strings));
	v->no_memory |= !strings;
	for (size_t i = 0; strings && n && i < n->n; i++) {
		if (n->items[i]->kind == YR_NODE_STRING)
			strings[(*ret_n)++] = n->items[i]->text;
		else
			yr_value_wrong(v, n->items[i], path, key, "a list of strings");
	}
	return strings;
}

const struct yr_key *yr_value_unknown(const struct yr_node *map, const char *const *known)
{
	for (size_t i = 0; map && i < map->n; i++) {
		const char *const *k = known;

		while (*k && strcmp(*k, map->keys[i].text) != 0)
			k++;
		if (!*k)
			return &map->keys[i];
	}
	return NULL;
}
