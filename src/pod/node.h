/* SPDX-License-Identifier: Apache-2.0 */
/* A document as a tree that knows where each value was written, be it YAML or JSON. */
#ifndef YR_POD_NODE_H
#define YR_POD_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"
#include "base/buf.h"
#include "yoroi/diag.h"

struct json_t;

enum yr_node_kind {
	YR_NODE_NULL,
	YR_NODE_BOOL,
	YR_NODE_INT,
	YR_NODE_REAL,
	YR_NODE_STRING,
	YR_NODE_LIST,
	YR_NODE_MAP,
};

struct yr_key {
	const char *text;
	unsigned line, col; /* from 1, col in bytes */
};

/*
 * Nodes are never changed once they are read: through an alias the same one may stand in several
 * places. Strings have no NUL inside.
 */
struct yr_node {
	enum yr_node_kind kind;
	unsigned line, col;
	bool truth;
	long long integer;
	double real;
	const char *text;    /* of a string; of other scalars as it was written */
	struct yr_key *keys; /* of a map, each once */
	struct yr_node **items;
	size_t n;
	size_t values, bytes; /* with all below, each alias counted */
};

/* The documents of one file. Start from { 0 }. */
struct yr_docs {
	const char *name; /* for findings */
	struct yr_str text;
	struct yr_node **at;
	size_t n, cap;
	size_t values, bytes;
	struct yr_arena arena;
};

/*
 * Read YAML, with any number of documents, or JSON, told apart by how they begin; empty documents
 * are left out. @name and @text must live as long as *ret. 0 also when the text has mistakes:
 * these are in @diags, and there are no documents then. -ENOMEM otherwise. yr_docs_done() in any
 * case.
 */
int yr_docs_read(const char *name, const char *text, size_t len, struct yr_diags *diags,
		 struct yr_docs *ret, struct yr_err *err);
void yr_docs_done(struct yr_docs *d);

/* A mistake at a place of the text. */
void yr_docs_complain(const struct yr_docs *d, struct yr_diags *diags, const char *diag_name,
		      unsigned line, unsigned col, const char *fmt, ...) YR_PRINTF(6, 7);

/* The place of byte @at. */
void yr_docs_place(const struct yr_docs *d, size_t at, unsigned *line, unsigned *col);

/* NULL: @map is NULL, no map, or has no such key. */
const struct yr_node *yr_node_get(const struct yr_node *map, const char *key);
/* "a string", "a list", ... */
const char *yr_node_kind_name(const struct yr_node *n);
/* A new reference, the caller's; NULL: memory is out. */
struct json_t *yr_node_json(const struct yr_node *n);

/* The two readers, for yr_docs_read(). -EBADMSG: said in @diags. */
int yr_docs_read_yaml(struct yr_docs *d, struct yr_diags *diags);
int yr_docs_read_json(struct yr_docs *d, struct yr_diags *diags);
/* What a plain YAML scalar is: sets kind, truth, integer and real from text. */
void yr_node_resolve(struct yr_node *n);
/* The end of a list or map: sums up, and finds keys that are there twice. */
int yr_docs_close(struct yr_docs *d, struct yr_diags *diags, struct yr_node *n);
int yr_docs_add(struct yr_docs *d, struct yr_diags *diags, struct yr_node *root);

#endif
