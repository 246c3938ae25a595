/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two profiles that are attached to one path so that the kernel cannot choose. It asks every
 * attachment, and of those that match takes the one that matched more of the path before its
 * automaton began to go round (find_attach() in its domain.c, leftmatch in match.c); when two are
 * even, it takes neither, and the program starts as if there were none.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/limits.h"
#include "verdict/lint.h"

/* A literal beginning or end longer than this tells nothing more. */
#define PREFIX 256
#define SUFFIX 32
/* What there is to do for a pair, whatever it is, and for each pair of states, in bytes. */
#define WALK_WORK 4096
#define PAIR_WORK 64

struct entry {
	const struct yr_lint_name *name;
	unsigned char prefix[PREFIX];
	size_t prefix_len;
	unsigned char suffix[SUFFIX]; /* the last byte first */
	size_t suffix_len;
};

/* The only byte of @column; -1: it has more, or none. */
static int byte_of(const struct yr_dfa *d, uint32_t column)
{
	int byte = -1;

	for (int c = 0; c < 256; c++) {
		if (d->class_of[c] != column)
			continue;
		if (byte >= 0)
			return -1;
		byte = c;
	}
	return byte;
}

/* The bytes that every match begins with. */
static void find_prefix(struct entry *e)
{
	const struct yr_dfa *d = e->name->xmatch;
	uint32_t s = 1;

	while (e->prefix_len < PREFIX && !d->accept[s] && !d->def[s] &&
	       d->first[s + 1] == d->first[s] + 1) {
		const struct yr_edge *way = &d->edges[d->first[s]];
		int byte = byte_of(d, way->column);

		if (byte < 0)
			return;
		e->prefix[e->prefix_len++] = (unsigned char)byte;
		s = way->to;
	}
}

/* One step back from the states in @from: the byte that leads there from anywhere, or -1. */
static int step_back(const struct yr_dfa *d, const bool *from, bool *to)
{
	uint32_t column = UINT32_MAX;

	memset(to, 0, d->states * sizeof(*to));
	for (uint32_t s = 1; s < d->states; s++) {
		if (from[d->def[s]])
			return -1;
		for (uint32_t i = d->first[s]; i < d->first[s + 1]; i++) {
			if (!from[d->edges[i].to])
				continue;
			if (column != UINT32_MAX && column != d->edges[i].column)
				return -1;
			column = d->edges[i].column;
			to[s] = true;
		}
	}
	return column == UINT32_MAX ? -1 : byte_of(d, column);
}

/* The bytes that every match ends with. */
static bool find_suffix(struct entry *e)
{
	const struct yr_dfa *d = e->name->xmatch;
	AUTO_FREE bool *at = calloc(d->states, sizeof(*at)), *before = NULL;
	bool *from, *to;

	before = calloc(d->states, sizeof(*before));
	if (!at || !before)
		return false;
	for (uint32_t s = 1; s < d->states; s++)
		at[s] = d->accept[s];
	from = at;
	to = before;
	/* A match that ends where all begin has nothing before it. */
	while (e->suffix_len < SUFFIX && !from[1]) {
		int byte = step_back(d, from, to);
		bool *swap = from;

		if (byte < 0)
			break;
		e->suffix[e->suffix_len++] = (unsigned char)byte;
		from = to;
		to = swap;
	}
	return true;
}

static size_t shorter(size_t a, size_t b)
{
	return a < b ? a : b;
}

static bool may_meet(const struct entry *a, const struct entry *b)
{
	return !memcmp(a->prefix, b->prefix, shorter(a->prefix_len, b->prefix_len)) &&
	       !memcmp(a->suffix, b->suffix, shorter(a->suffix_len, b->suffix_len));
}

/*
 * How much of @path matches before a state comes back, as kernels count it: the ring of states
 * seen has 24 places in those up to 6.16 and 32 in later ones, which also stopped to take every
 * step to a lower state for a loop.
 */
static uint32_t left_match(const struct yr_dfa *d, struct yr_str path, bool later, bool *ret_match)
{
	enum { SEEN_MAX = 32 };
	uint32_t seen[SEEN_MAX] = { 0 }, state = 1, pos = 0, len = 0, count = 0;
	const uint32_t size = later ? 32 : 24;

	*ret_match = d->accept[yr_dfa_run(d, 1, path)];
	for (size_t i = 0; i < path.len; i++) {
		uint32_t at = pos, back;

		seen[pos] = state;
		state = yr_dfa_step(d, state, (unsigned char)path.at[i]);
		for (back = 0; seen[pos] >= state && back < len + !later; back++) {
			if (seen[at] == state)
				return count - back;
			at = at ? at - 1 : size - 1;
		}
		if (!later && seen[pos] >= state)
			return count > back ? count - back : 0;
		pos = (pos + 1) % size;
		len = len + 1 > size ? size : len + 1;
		count++;
	}
	return count;
}

static uint32_t length_of(const struct yr_lint_name *n, struct yr_str path, bool later,
			  bool *ret_match)
{
	uint32_t count = left_match(n->xmatch, path, later, ret_match);

	return count > n->xmatch_len ? count : n->xmatch_len;
}

struct meeting {
	const struct yr_lint_name *a, *b;
	struct yr_lint_file *const *files;
	size_t n_files;
	uint64_t *work;
	struct yr_str path; /* malloc'ed, once found */
};

/* What came of a pair: something to tell, or no work is left. */
enum { FOUND = 1, SPENT };

static bool is_spent(const uint64_t *work)
{
	return *work > YR_LIMIT_ATTACHMENT_WORK;
}

static bool same_ns(const struct yr_lint_name *a, const struct yr_lint_name *b)
{
	return yr_str_eq(a->ns, b->ns);
}

/* Whether some other profile takes @path before the two are compared. */
static bool is_taken(const struct meeting *m, struct yr_str path, uint32_t length, bool later)
{
	for (size_t i = 0; i < m->n_files && !is_spent(m->work); i++)
		for (size_t k = 0; k < m->files[i]->n_names; k++) {
			const struct yr_lint_name *c = &m->files[i]->names[k];
			bool match;

			if (!c->top || c == m->a || c == m->b || !same_ns(c, m->a))
				continue;
			*m->work += c->xmatch ? PAIR_WORK + 2 * path.len : 1;
			if (!c->xmatch && yr_str_is(path, c->name))
				return true;
			if (c->xmatch && length_of(c, path, later, &match) > length && match)
				return true;
		}
	return false;
}

/* Even whichever of the two is asked first. */
static bool is_even(const struct meeting *m, struct yr_str path, bool later)
{
	bool match_a, match_b;
	uint32_t a = left_match(m->a->xmatch, path, later, &match_a);
	uint32_t b = left_match(m->b->xmatch, path, later, &match_b);

	return match_a && match_b && a == b && a >= m->a->xmatch_len && a >= m->b->xmatch_len &&
	       !is_taken(m, path, a, later);
}

static int visit(void *ctx, const struct yr_product *p, uint32_t a, uint32_t b)
{
	struct meeting *m = ctx;
	AUTO_FREE uint16_t *input = NULL;
	AUTO_FREE char *path = NULL;
	size_t len;

	*m->work += PAIR_WORK;
	if (is_spent(m->work))
		return SPENT;
	if (!a || !b)
		return YR_PRODUCT_SKIP;
	if (!m->a->xmatch->accept[a] || !m->b->xmatch->accept[b])
		return 0;
	input = yr_product_input(p, &len);
	path = input ? malloc(len + 1) : NULL;
	if (!path)
		return -ENOMEM;
	for (size_t i = 0; i < len; i++)
		path[i] = (char)input[i];
	path[len] = '\0';
	*m->work += 4 * len;
	if (!is_even(m, (struct yr_str){ path, len }, false) ||
	    !is_even(m, (struct yr_str){ path, len }, true))
		return 0;
	/* What was not asked to the end is not known. */
	if (is_spent(m->work))
		return SPENT;
	m->path = (struct yr_str){ yr_take_ptr(&path), len };
	return FOUND;
}

static int compare(struct meeting *m, struct yr_diags *diags)
{
	struct yr_err err = { 0 };
	int r;

	*m->work += WALK_WORK;
	r = yr_product_walk(m->a->xmatch, 1, m->b->xmatch, 1, visit, m, &err);
	if (r == FOUND) {
		yr_complain_at(diags, &m->b->place, YR_WARNING, "attachment",
			       "profiles '%s' and '%s' are attached to '%.*s' alike: the kernel "
			       "cannot choose, and starts it with neither",
			       m->b->name, m->a->name, YR_STR_ARG(m->path));
		yr_complain_at(diags, &m->a->place, YR_NOTE, "attachment", "the other one is here");
		free((char *)m->path.at);
	} else if (r == -E2BIG) {
		yr_complain_at(diags, &m->b->place, YR_WARNING, "limit",
			       "the attachments of '%s' and '%s' are too large to be compared: %s",
			       m->b->name, m->a->name, err.msg);
	} else if (r == SPENT) {
		yr_complain_at(diags, &m->b->place, YR_WARNING, "limit",
			       "there are too many attachments like that of '%s' to compare them "
			       "all: from here on it is not known whether the kernel can choose",
			       m->b->name);
	}
	return r == -ENOMEM || r == SPENT ? r : 0;
}

/* Every profile whose attachment can be compared; without @all they are only counted. */
static bool list(struct yr_lint_file *const *files, size_t n, struct entry *all, size_t *ret_n)
{
	*ret_n = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < files[i]->n_names; k++) {
			const struct yr_lint_name *name = &files[i]->names[k];

			/* With attributes it depends on the file. */
			if (!name->top || !name->xmatch || name->n_xattrs)
				continue;
			if (all) {
				all[*ret_n] = (struct entry){ .name = name };
				find_prefix(&all[*ret_n]);
				if (!find_suffix(&all[*ret_n]))
					return false;
			}
			++*ret_n;
		}
	return true;
}

int yr_lint_attachments(struct yr_lint_file *const *files, size_t n, struct yr_diags *diags,
			struct yr_err *err)
{
	uint64_t work = 0;
	size_t count;
	AUTO_FREE struct entry *all = NULL;
	int r = 0;

	list(files, n, NULL, &count);
	all = calloc(count + 1, sizeof(*all));
	if (!all || !list(files, n, all, &count))
		r = -ENOMEM;
	for (size_t b = 1; b < count && !r; b++) {
		work += b;
		for (size_t a = 0; a < b && !r; a++) {
			struct meeting m = {
				.a = all[a].name,
				.b = all[b].name,
				.files = files,
				.n_files = n,
				.work = &work,
			};

			if (may_meet(&all[a], &all[b]) && same_ns(m.a, m.b) &&
			    strcmp(m.a->name, m.b->name))
				r = compare(&m, diags);
		}
	}
	return r < 0 ? yr_err_set(err, ENOMEM, "out of memory") : 0;
}
