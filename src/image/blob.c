/* SPDX-License-Identifier: Apache-2.0 */
/* The blob that an automaton's tables are in. All numbers in it are big-endian. */
#include <errno.h>

#include "image/pdb.h"

#define ALIGN8(n) (((n) + 7) & ~(size_t)7)

struct table {
	const unsigned char *at;
	uint32_t n;
	unsigned width; /* 0: the table is absent */
};

struct blob {
	const unsigned char *at;
	size_t left, offset; /* offset of @at in the image */
	uint32_t flags;
	struct table tables[YR_TABLE_IDS];
	struct yr_err *err;
};

static uint32_t big(const unsigned char *p, unsigned bytes)
{
	uint32_t v = 0;

	for (unsigned i = 0; i < bytes; i++)
		v = v << 8 | p[i];
	return v;
}

static int refuse(const struct blob *b, const char *what)
{
	return yr_err_set(b->err, EINVAL, "offset %zu: automaton: %s", b->offset, what);
}

static int read_header(struct blob *b)
{
	uint32_t size;

	if (b->left < YR_DFA_HEADER_MIN)
		return refuse(b, "wanted a header, the blob ends");
	if (big(b->at, 4) != YR_DFA_MAGIC)
		return refuse(b, "wanted the magic number 1b5e783d");
	size = big(b->at + 4, 4);
	if (size < YR_DFA_HEADER_MIN || size > b->left)
		return refuse(b, "wanted a header length inside of the blob");
	b->flags = big(b->at + 12, 2);
	if (b->flags & ~(YR_DFA_FLAG_DIFF | YR_DFA_FLAG_OOB))
		return refuse(b, "wanted known header flags");
	b->at += size;
	b->offset += size;
	b->left -= size;
	return 0;
}

static bool width_fits(unsigned id, unsigned width)
{
	switch (id) {
	case YR_TABLE_ACCEPT:
	case YR_TABLE_ACCEPT2:
	case YR_TABLE_BASE:
		return width == 4;
	case YR_TABLE_DEF:
	case YR_TABLE_NEXT:
	case YR_TABLE_CHECK:
		return width == 2 || width == 4;
	case YR_TABLE_CLASSES:
		return width == 1;
	}
	return false;
}

static int find_tables(struct blob *b)
{
	while (b->left) {
		unsigned id, width;
		uint32_t n;
		size_t size;

		if (b->left < YR_DFA_TABLE_HEADER)
			return refuse(b, "wanted a table header, the blob ends");
		id = big(b->at, 2);
		width = big(b->at + 2, 2);
		n = big(b->at + 8, 4);
		if (id >= YR_TABLE_IDS || !width_fits(id, width))
			return refuse(b, "wanted a known table of the right width");
		if (b->tables[id].width)
			return refuse(b, "wanted each table once");
		if (!n)
			return refuse(b, "wanted a table with something in it");
		size = ALIGN8(YR_DFA_TABLE_HEADER + (size_t)n * width);
		if (size > b->left)
			return refuse(b, "wanted a table that ends inside of the blob");
		b->tables[id] = (struct table){ b->at + YR_DFA_TABLE_HEADER, n, width };
		b->at += size;
		b->offset += size;
		b->left -= size;
	}
	return 0;
}

/* ACCEPT2 is there exactly when the form has it, as the kernel insists. */
static int check_tables(const struct blob *b, bool wants_accept2)
{
	static const unsigned char per_state[] = { YR_TABLE_ACCEPT, YR_TABLE_ACCEPT2,
						   YR_TABLE_DEF };
	const struct table *t = b->tables;

	if (!t[YR_TABLE_BASE].width || !t[YR_TABLE_ACCEPT].width || !t[YR_TABLE_DEF].width ||
	    !t[YR_TABLE_NEXT].width || !t[YR_TABLE_CHECK].width)
		return refuse(b, "wanted tables accept, base, default, next and check");
	if (!t[YR_TABLE_ACCEPT2].width == wants_accept2)
		return refuse(b, wants_accept2 ? "wanted a second accept table"
					       : "wanted no second accept table");
	for (size_t i = 0; i < ARRAY_LEN(per_state); i++)
		if (t[per_state[i]].width && t[per_state[i]].n != t[YR_TABLE_BASE].n)
			return refuse(b, "wanted as many states in each table");
	if (t[YR_TABLE_NEXT].n != t[YR_TABLE_CHECK].n)
		return refuse(b, "wanted next and check of one length");
	if (t[YR_TABLE_CLASSES].width && t[YR_TABLE_CLASSES].n != 256)
		return refuse(b, "wanted a class for each of 256 bytes");
	if (t[YR_TABLE_BASE].n < 2)
		return refuse(b, "wanted at least two states");
	return 0;
}

static void copy_table(uint32_t *to, const struct table *t)
{
	for (uint32_t i = 0; i < t->n; i++)
		to[i] = big(t->at + (size_t)i * t->width, t->width);
}

int yr_dfa_read(struct yr_stream *s, struct yr_str bytes, bool wants_accept2,
		struct yr_tables **ret_tables, uint32_t **ret_accept2)
{
	/* Zeros before the header align it; automata are multiples of 8, so the size tells. */
	size_t pad = bytes.len & 7;
	struct blob b = {
		.at = (const unsigned char *)bytes.at + pad,
		.left = bytes.len - pad,
		.err = s->err,
	};
	struct yr_tables *t;
	int r;

	b.offset = (size_t)(b.at - s->start);
	r = read_header(&b);
	if (!r)
		r = find_tables(&b);
	if (!r)
		r = check_tables(&b, wants_accept2);
	if (r)
		return r;

	t = yr_tables_new(b.tables[YR_TABLE_BASE].n, b.tables[YR_TABLE_NEXT].n);
	if (!t)
		return yr_err_set(s->err, ENOMEM, "out of memory");
	*ret_tables = t; /* the caller frees it, whatever comes */
	t->has_diff = b.flags & YR_DFA_FLAG_DIFF;
	t->has_oob = b.flags & YR_DFA_FLAG_OOB;
	copy_table(t->accept, &b.tables[YR_TABLE_ACCEPT]);
	copy_table(t->base, &b.tables[YR_TABLE_BASE]);
	copy_table(t->def, &b.tables[YR_TABLE_DEF]);
	copy_table(t->next, &b.tables[YR_TABLE_NEXT]);
	copy_table(t->check, &b.tables[YR_TABLE_CHECK]);
	if (b.tables[YR_TABLE_CLASSES].width) {
		t->classes = malloc(256);
		if (!t->classes)
			return yr_err_set(s->err, ENOMEM, "out of memory");
		memcpy(t->classes, b.tables[YR_TABLE_CLASSES].at, 256);
	}
	if (wants_accept2) {
		*ret_accept2 = calloc(t->states, sizeof(**ret_accept2));
		if (!*ret_accept2)
			return yr_err_set(s->err, ENOMEM, "out of memory");
		copy_table(*ret_accept2, &b.tables[YR_TABLE_ACCEPT2]);
	}
	r = yr_tables_verify(t, s->err);
	if (r)
		yr_err_wrap(s->err, "offset %zu: automaton", b.offset);
	return r;
}
