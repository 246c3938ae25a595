/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>

#include "pod/node.h"

static json_t *list(const struct yr_node *n)
{
	json_t *j = json_array();

	for (size_t i = 0; i < n->n; i++)
		if (json_array_append_new(j, yr_node_json(n->items[i])) < 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}

static json_t *map(const struct yr_node *n)
{
	json_t *j = json_object();

	for (size_t i = 0; i < n->n; i++)
		if (json_object_set_new(j, n->keys[i].text, yr_node_json(n->items[i])) < 0) {
			json_decref(j);
			return NULL;
		}
	return j;
}

/* Below YR_LIMIT_MANIFEST_DEPTH deep, and as large as the reader let it be. */
json_t *yr_node_json(const struct yr_node *n)
{
	switch (n->kind) {
	case YR_NODE_BOOL:
		return json_boolean(n->truth);
	case YR_NODE_INT:
		return json_integer(n->integer);
	case YR_NODE_REAL:
		return json_real(n->real);
	case YR_NODE_STRING:
		return json_string(n->text);
	case YR_NODE_LIST:
		return list(n);
	case YR_NODE_MAP:
		return map(n);
	default:
		return json_null();
	}
}
