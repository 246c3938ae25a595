/* SPDX-License-Identifier: Apache-2.0 */
/* YAML by way of libyaml's events: no recursion, and an alias is the same node once more. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "pod/limits.h"
#include "pod/node.h"

struct frame {
	struct yr_node *node;
	struct yr_key *keys;
	struct yr_node **items;
	size_t n, cap;
	const char *key; /* of a map: read, its value is next */
	bool merges;     /* that key is << */
	unsigned key_line, key_col;
	struct yr_node *merged[YR_LIMIT_MANIFEST_MERGES]; /* what << names */
	size_t n_merged;
	size_t anchor; /* its number + 1; 0: none */
};

struct anchor {
	const char *name;
	struct yr_node *node; /* NULL: not yet at its end */
};

struct reader {
	struct yr_docs *d;
	struct yr_diags *diags;
	struct frame frames[YR_LIMIT_MANIFEST_DEPTH + 1];
	size_t depth;
	struct anchor *anchors;
	size_t n_anchors;
	struct yr_node *root;
	size_t created; /* nodes of this file: before they are summed up */
};

static int refuse(struct reader *r, const char *name, const yaml_mark_t *at, const char *text)
{
	yr_docs_complain(r->d, r->diags, name, (unsigned)at->line + 1, (unsigned)at->column + 1,
			 "%s", text);
	return -EBADMSG;
}

static struct yr_node *new_node(struct reader *r, const yaml_mark_t *at)
{
	struct yr_node *n = yr_arena_new(&r->d->arena, struct yr_node);

	if (n)
		*n = (struct yr_node){ .line = (unsigned)at->line + 1,
				       .col = (unsigned)at->column + 1 };
	return n;
}

static bool grow(struct frame *f)
{
	size_t cap = f->cap ? f->cap * 2 : 8;
	struct yr_node **items = realloc(f->items, cap * sizeof(*items));
	struct yr_key *keys;

	if (!items)
		return false;
	f->items = items;
	keys = realloc(f->keys, cap * sizeof(*keys));
	if (!keys)
		return false;
	f->keys = keys;
	f->cap = cap;
	return true;
}

static int merge_one(struct reader *r, struct frame *f, struct yr_node *n)
{
	yaml_mark_t at = { 0, n->line - 1, n->col - 1 };

	if (f->n_merged == YR_LIMIT_MANIFEST_MERGES)
		return refuse(r, "limit", &at, "'<<' names more than 10 mappings");
	f->merged[f->n_merged++] = n;
	return 0;
}

/* "<<: *base" or "<<: [*one, *other]". */
static int note_merge(struct reader *r, struct frame *f, struct yr_node *n)
{
	yaml_mark_t at = { 0, n->line - 1, n->col - 1 };
	bool good = n->kind == YR_NODE_MAP || n->kind == YR_NODE_LIST;

	for (size_t i = 0; n->kind == YR_NODE_LIST && i < n->n; i++)
		good &= n->items[i]->kind == YR_NODE_MAP;
	if (!good)
		return refuse(r, "bad-value", &at, "'<<' takes a mapping or a list of them");
	if (n->kind == YR_NODE_MAP)
		return merge_one(r, f, n);
	for (size_t i = 0; i < n->n; i++)
		if (merge_one(r, f, n->items[i]) < 0)
			return -EBADMSG;
	return 0;
}

static int put(struct reader *r, struct yr_node *n)
{
	struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;

	if (!f) {
		r->root = n;
		return 0;
	}
	if (f->node->kind == YR_NODE_MAP && f->merges) {
		f->merges = false;
		f->key = NULL;
		return note_merge(r, f, n);
	}
	if (f->n == f->cap && !grow(f))
		return -ENOMEM;
	f->keys[f->n] = (struct yr_key){ f->key, f->key_line, f->key_col };
	f->items[f->n++] = n;
	f->key = NULL;
	return 0;
}

static bool wants_key(const struct reader *r)
{
	const struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;

	return f && f->node->kind == YR_NODE_MAP && !f->key;
}

static int set_anchor(struct reader *r, const yaml_char_t *name, const yaml_mark_t *at,
		      struct yr_node *node, size_t *ret)
{
	struct anchor *more;

	*ret = 0;
	if (!name)
		return 0;
	if (r->n_anchors == YR_LIMIT_MANIFEST_ANCHORS)
		return refuse(r, "limit", at, "this document has more than 10000 anchors");
	more = realloc(r->anchors, (r->n_anchors + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	r->anchors = more;
	more[r->n_anchors].name =
		yr_arena_strndup(&r->d->arena, (const char *)name, strlen((const char *)name));
	more[r->n_anchors].node = node;
	if (!more[r->n_anchors].name)
		return -ENOMEM;
	*ret = ++r->n_anchors;
	return 0;
}

static int on_alias(struct reader *r, const yaml_event_t *e)
{
	const char *name = (const char *)e->data.alias.anchor;

	if (wants_key(r))
		return refuse(r, "unsupported", &e->start_mark, "a key cannot be an alias here");
	for (size_t i = r->n_anchors; i-- > 0;) {
		if (strcmp(r->anchors[i].name, name) != 0)
			continue;
		return r->anchors[i].node ? put(r, r->anchors[i].node)
					  : refuse(r, "bad-value", &e->start_mark,
						   "this alias stands inside of what it names");
	}
	return refuse(r, "missing", &e->start_mark, "no anchor of this name comes before");
}

static bool is_tag(const yaml_char_t *tag, const char *last)
{
	static const char prefix[] = "tag:yaml.org,2002:";

	return !strncmp((const char *)tag, prefix, sizeof(prefix) - 1) &&
	       !strcmp((const char *)tag + sizeof(prefix) - 1, last);
}

/* What a scalar is, by its tag, its quotes or its text. */
static int resolve(struct reader *r, const yaml_event_t *e, struct yr_node *n)
{
	const yaml_char_t *tag = e->data.scalar.tag;

	n->kind = YR_NODE_STRING;
	if (!tag && e->data.scalar.plain_implicit)
		yr_node_resolve(n);
	else if (tag && !is_tag(tag, "str") && strcmp((const char *)tag, "!") != 0)
		return refuse(r, "unsupported", &e->start_mark,
			      "of YAML's tags only !!str is taken");
	return 0;
}

static int on_scalar(struct reader *r, const yaml_event_t *e)
{
	const char *text = (const char *)e->data.scalar.value;
	size_t len = e->data.scalar.length, anchor;
	struct frame *f = r->depth ? &r->frames[r->depth - 1] : NULL;
	struct yr_node *n;
	int status;

	if (memchr(text, '\0', len))
		return refuse(r, "bad-value", &e->start_mark, "a character of value 0 in a string");
	if (wants_key(r)) {
		f->key = yr_arena_strndup(&r->d->arena, text, len);
		f->key_line = (unsigned)e->start_mark.line + 1;
		f->key_col = (unsigned)e->start_mark.column + 1;
		f->merges = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && len == 2 &&
			    !memcmp(text, "<<", 2);
		return f->key ? 0 : -ENOMEM;
	}
	n = new_node(r, &e->start_mark);
	if (!n)
		return -ENOMEM;
	n->text = yr_arena_strndup(&r->d->arena, text, len);
	if (!n->text)
		return -ENOMEM;
	status = resolve(r, e, n);
	if (!status)
		status = yr_docs_close(r->d, r->diags, n);
	if (!status)
		status = set_anchor(r, e->data.scalar.anchor, &e->start_mark, n, &anchor);
	return status ? status : put(r, n);
}

static int on_start(struct reader *r, const yaml_event_t *e, enum yr_node_kind kind)
{
	const yaml_char_t *tag =
		kind == YR_NODE_MAP ? e->data.mapping_start.tag : e->data.sequence_start.tag;
	const yaml_char_t *name =
		kind == YR_NODE_MAP ? e->data.mapping_start.anchor : e->data.sequence_start.anchor;
	struct frame *f;
	int status;

	if (wants_key(r))
		return refuse(r, "bad-value", &e->start_mark, "a key must be a string");
	if (tag && !is_tag(tag, kind == YR_NODE_MAP ? "map" : "seq"))
		return refuse(r, "unsupported", &e->start_mark,
			      "of YAML's tags only !!map and !!seq are taken here");
	if (r->depth == YR_LIMIT_MANIFEST_DEPTH)
		return refuse(r, "limit", &e->start_mark,
			      "lists and mappings are more than 100 deep");
	f = &r->frames[r->depth];
	*f = (struct frame){ .node = new_node(r, &e->start_mark) };
	if (!f->node)
		return -ENOMEM;
	f->node->kind = kind;
	status = set_anchor(r, name, &e->start_mark, NULL, &f->anchor);
	r->depth += !status;
	return status;
}

static void frame_done(struct frame *f)
{
	free(f->keys);
	free(f->items);
	*f = (struct frame){ 0 };
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of what << names, where the mapping has none of its own; the first one named counts. */
static int merge(struct frame *f)
{
	for (size_t i = 0; i < f->n_merged; i++) {
		AUTO_FREE const char **own = calloc(f->n + 1, sizeof(const char *));
		size_t n_own = f->n;

		if (!own)
			return -ENOMEM;
		for (size_t k = 0; k < n_own; k++)
			own[k] = f->keys[k].text;
		qsort(own, n_own, sizeof(const char *), by_text);
		for (size_t k = 0; k < f->merged[i]->n; k++) {
			const struct yr_key *key = &f->merged[i]->keys[k];

			if (bsearch(&key->text, own, n_own, sizeof(const char *), by_text))
				continue;
			if (f->n == f->cap && !grow(f))
				return -ENOMEM;
			f->keys[f->n] = *key;
			f->items[f->n++] = f->merged[i]->items[k];
		}
	}
	return 0;
}

static int on_end(struct reader *r)
{
	struct frame *f = &r->frames[r->depth - 1];
	struct yr_node *n = f->node;
	int status = 0;

	for (size_t i = 0; i < f->n_merged; i++)
		r->created += 1 + f->merged[i]->n;
	if (r->created > YR_LIMIT_MANIFEST_VALUES) {
		yaml_mark_t at = { 0, n->line - 1, n->col - 1 };

		return refuse(r, "limit", &at, "'<<' brings too much into mappings");
	}
	if (f->n_merged)
		status = merge(f);
	if (!status) {
		n->n = f->n;
		n->items = yr_arena_array(&r->d->arena, f->n + 1, sizeof(struct yr_node *));
		n->keys = n->kind == YR_NODE_MAP
				  ? yr_arena_array(&r->d->arena, f->n + 1, sizeof(struct yr_key))
				  : NULL;
		if (!n->items || (n->kind == YR_NODE_MAP && !n->keys))
			status = -ENOMEM;
	}
	if (!status && f->n) {
		memcpy(n->items, f->items, f->n * sizeof(struct yr_node *));
		if (n->keys)
			memcpy(n->keys, f->keys, f->n * sizeof(struct yr_key));
	}
	if (!status)
		status = yr_docs_close(r->d, r->diags, n);
	if (status)
		return status;
	if (f->anchor)
		r->anchors[f->anchor - 1].node = n;
	frame_done(f);
	r->depth--;
	return put(r, n);
}

static int on_event(struct reader *r, const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_DOCUMENT_START_EVENT:
		r->n_anchors = 0;
		r->root = NULL;
		return 0;
	case YAML_DOCUMENT_END_EVENT:
		return r->root ? yr_docs_add(r->d, r->diags, r->root) : 0;
	case YAML_ALIAS_EVENT:
		return on_alias(r, e);
	case YAML_SCALAR_EVENT:
		return ++r->created > YR_LIMIT_MANIFEST_VALUES
			       ? refuse(r, "limit", &e->start_mark,
					"the file has more than 1048576 values")
			       : on_scalar(r, e);
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		return ++r->created > YR_LIMIT_MANIFEST_VALUES
			       ? refuse(r, "limit", &e->start_mark,
					"the file has more than 1048576 values")
			       : on_start(r, e,
					  e->type == YAML_MAPPING_START_EVENT ? YR_NODE_MAP
									      : YR_NODE_LIST);
	case YAML_SEQUENCE_END_EVENT:
	case YAML_MAPPING_END_EVENT:
		return on_end(r);
	default:
		return 0;
	}
}

static int not_yaml(struct reader *r, const yaml_parser_t *p)
{
	yaml_mark_t at = p->problem_mark;
	char text[200];

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	snprintf(text, sizeof(text), "not YAML: %s%s%s", p->problem ? p->problem : "unreadable",
		 p->context ? " " : "", p->context ? p->context : "");
	if (p->error == YAML_READER_ERROR) {
		unsigned line, col;

		yr_docs_place(r->d, p->problem_offset, &line, &col);
		at = (yaml_mark_t){ 0, line - 1, col - 1 };
	}
	return refuse(r, "syntax", &at, text);
}

int yr_docs_read_yaml(struct yr_docs *d, struct yr_diags *diags)
{
	struct reader *r = calloc(1, sizeof(*r));
	bool ended = false;
	yaml_parser_t p;
	int status = 0;

	if (!r || !yaml_parser_initialize(&p)) {
		free(r);
		return -ENOMEM;
	}
	r->d = d;
	r->diags = diags;
	yaml_parser_set_encoding(&p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&p, (const unsigned char *)d->text.at, d->text.len);
	while (!status && !ended) {
		yaml_event_t e;

		if (!yaml_parser_parse(&p, &e)) {
			status = not_yaml(r, &p);
			break;
		}
		ended = e.type == YAML_STREAM_END_EVENT;
		status = on_event(r, &e);
		yaml_event_delete(&e);
	}
	yaml_parser_delete(&p);
	for (size_t i = 0; i <= r->depth && i <= YR_LIMIT_MANIFEST_DEPTH; i++)
		frame_done(&r->frames[i]);
	free(r->anchors);
	free(r);
	return status;
}
