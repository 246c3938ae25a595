/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files to rules. Each permission is looked at alone: a pattern gets it when three distinct values
 * were seen with it in every place that the pattern leaves open. What is left stays as it was seen.
 */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "author/making.h"
#include "base/limits.h"

/* A pattern with one permission. */
struct mark {
	const char *text; /* without quotes */
	bool quotes;
	int who;
	unsigned bit;
	struct yr_learn_file **files;
	size_t n_files;
	unsigned open; /* bits of slots */
};

struct making {
	struct yr_learn *l;
	struct yr_learned_profile *p;
	struct mark *marks;
	size_t n, room;
	uint64_t work;
	bool failed;
};

static struct yr_str value(const struct yr_learn_file *f, size_t slot)
{
	return (struct yr_str){ f->path.at + f->shape.slot[slot].at, f->shape.slot[slot].len };
}

/* The path with its values open; what cannot be in a path stands for them. */
static const char *key_of(struct yr_arena *arena, const struct yr_learn_file *f)
{
	char *key = yr_arena_alloc(arena, f->path.len + 2 * YR_SHAPE_SLOTS + 1), *to = key;
	size_t from = 0;

	for (size_t i = 0; key && i < f->shape.n; i++) {
		const struct yr_slot *s = &f->shape.slot[i];
		bool sized = s->kind >= YR_SLOT_DATE;

		memcpy(to, f->path.at + from, s->at - from);
		to += s->at - from;
		*to++ = (char)(1 + s->kind);
		/* Two bytes of which neither is NUL. */
		*to++ = (char)(sized ? 0x80 | (s->len & 0x7f) : 0x7f);
		from = s->at + s->len;
	}
	if (key)
		memcpy(to, f->path.at + from, f->path.len - from);
	return key;
}

static int by_key(const void *a, const void *b)
{
	const struct yr_learn_file *x = *(struct yr_learn_file *const *)a;
	const struct yr_learn_file *y = *(struct yr_learn_file *const *)b;
	int c = strcmp(x->key, y->key);

	return c ? c : x < y ? -1 : x > y;
}

/* Whether enough values vary there. A process's own number says so alone. */
static bool varies(struct yr_learn_file *const *at, size_t n, size_t slot, int who)
{
	struct yr_str seen[YR_SHAPE_ENOUGH];
	enum yr_slot_kind kind = at[0]->shape.slot[slot].kind;
	size_t n_seen = 0;

	for (size_t i = 0; i < n && n_seen < YR_SHAPE_ENOUGH; i++) {
		struct yr_str v = value(at[i], slot);
		size_t k = 0;

		/* Number 1 is a container's first program, every time. */
		if (kind == YR_SLOT_PID &&
		    (at[i]->own || (who == YR_LEARN_OWNER && !yr_str_is(v, "1"))))
			return true;
		while (k < n_seen && !yr_str_eq(seen[k], v))
			k++;
		if (k == n_seen)
			seen[n_seen++] = v;
	}
	return n_seen == YR_SHAPE_ENOUGH;
}

/* By the values in slots that do not vary. */
static int by_values(const void *a, const void *b, void *ctx)
{
	const struct yr_learn_file *x = *(struct yr_learn_file *const *)a;
	const struct yr_learn_file *y = *(struct yr_learn_file *const *)b;
	unsigned fixed = *(unsigned *)ctx;

	for (size_t i = 0; i < x->shape.n; i++) {
		int c = fixed >> i & 1 ? yr_str_cmp(value(x, i), value(y, i)) : 0;

		if (c)
			return c;
	}
	return x < y ? -1 : x > y;
}

static bool same_values(const struct yr_learn_file *x, const struct yr_learn_file *y,
			unsigned fixed)
{
	for (size_t i = 0; i < x->shape.n; i++)
		if (fixed >> i & 1 && !yr_str_eq(value(x, i), value(y, i)))
			return false;
	return true;
}

static struct mark *new_mark(struct making *m)
{
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		struct mark *marks = reallocarray(m->marks, room, sizeof(*marks));

		m->failed |= !marks;
		if (!marks)
			return NULL;
		m->marks = marks;
		m->room = room;
	}
	return &m->marks[m->n++];
}

/* The text of the pattern: escaped pieces, and variables between them. */
static void put_pattern(struct making *m, const struct yr_learn_file *f, unsigned open,
			struct mark *ret)
{
	AUTO_BUF struct yr_buf b = { 0 };
	size_t from = 0;

	for (size_t i = 0; i <= f->shape.n; i++) {
		const struct yr_slot *s = &f->shape.slot[i];
		size_t to = i < f->shape.n ? s->at : f->path.len;
		struct yr_str piece = { f->path.at + from, to - from };

		if (i < f->shape.n && !(open >> i & 1))
			continue;
		yr_put_escaped(&b, piece);
		ret->quotes |= piece.len && yr_word_needs_quotes(piece);
		if (i == f->shape.n)
			break;
		yr_slot_put(&b, s);
		m->l->variables->of[s->kind][s->len <= YR_SHAPE_HEX ? s->len : 0] = true;
		from = to + s->len;
	}
	ret->text = b.failed ? NULL : yr_policy_text(&m->l->arena, &b);
	m->failed |= !ret->text;
}

static void mark(struct making *m, struct yr_learn_file **at, size_t n, unsigned open, int who,
		 unsigned bit)
{
	struct mark *k = new_mark(m);

	if (!k)
		return;
	*k = (struct mark){ .who = who, .bit = bit, .n_files = n, .open = open };
	k->files = yr_arena_array(&m->l->arena, n, sizeof(struct yr_learn_file *));
	m->failed |= !k->files;
	if (k->files)
		memcpy(k->files, at, n * sizeof(struct yr_learn_file *));
	put_pattern(m, at[0], open, k);
}

/* Files of one key that all have the permission: close what does not vary, and go on inside. */
static void settle(struct making *m, struct yr_learn_file **at, size_t n, unsigned open, int who,
		   unsigned bit)
{
	unsigned fixed = 0;
	size_t from = 0;

	for (size_t i = 0; i < at[0]->shape.n; i++)
		if (open >> i & 1 && !varies(at, n, i, who))
			fixed |= 1u << i;
	if (!(open & ~fixed))
		return;
	if (!fixed) {
		mark(m, at, n, open, who, bit);
		return;
	}
	qsort_r(at, n, sizeof(struct yr_learn_file *), by_values, &fixed);
	for (size_t i = 1; i <= n; i++)
		if (i == n || !same_values(at[from], at[i], fixed)) {
			settle(m, at + from, i - from, open & ~fixed, who, bit);
			from = i;
		}
}

/* Files of one key. */
static void group(struct making *m, struct yr_learn_file **at, size_t n,
		  struct yr_learn_file **room)
{
	for (size_t i = 0; i < n; i++)
		if (yr_sensitive(at[i]->path))
			return;
	for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
		for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++) {
			size_t k = 0;

			for (size_t i = 0; i < n; i++)
				if (at[i]->perms[who] & ~at[i]->had[who] & 1u << bit)
					room[k++] = at[i];
			if (k)
				settle(m, room, k, (1u << at[0]->shape.n) - 1, who, bit);
		}
}

static int by_mark(const void *a, const void *b)
{
	const struct mark *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	return c ? c : x->who - y->who;
}

static const char *sentence(struct yr_learn *l, int who, const char *text, bool quotes,
			    uint32_t perms, const struct yr_learn_file *exec,
			    struct yr_learned_rule *r)
{
	AUTO_BUF struct yr_buf b = { 0 };
	size_t at;

	yr_buf_puts(&b, who == YR_LEARN_OWNER ? "owner " : "");
	yr_buf_printf(&b, quotes ? "\"%s\" " : "%s ", text);
	at = b.len;
	yr_put_letters(&b, perms);
	if (exec && !exec->target.len)
		yr_buf_puts(&b, "ix");
	else if (exec)
		yr_buf_puts(&b, exec->child ? "cx" : "px -> ");
	if (exec && exec->target.len && !exec->child)
		yr_put_word(&b, exec->target);
	yr_buf_putc(&b, ',');
	if (b.failed)
		return NULL;
	r->folder = yr_arena_printf(&l->arena, "%s", text);
	r->letters = yr_arena_strndup(&l->arena, b.data + at, b.len - at);
	return r->folder && r->letters ? yr_policy_text(&l->arena, &b) : NULL;
}

static const char *access_of(struct yr_learn *l, const struct yr_learn_file *f)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_put_word(&b, f->path);
	return b.failed ? NULL : yr_policy_text(&l->arena, &b);
}

/* Equal patterns together, with all their permissions. */
static void pattern_rules(struct making *m)
{
	if (m->n)
		qsort(m->marks, m->n, sizeof(*m->marks), by_mark);
	for (size_t i = 0, from = 0; i < m->n && !m->failed; from = i) {
		struct yr_learned_rule *r = yr_learn_rule(m->l, m->p);
		uint32_t perms = 0;

		m->failed |= !r;
		for (; r && i < m->n && !by_mark(&m->marks[from], &m->marks[i]); i++) {
			const struct mark *k = &m->marks[i];

			perms |= 1u << k->bit;
			for (size_t f = 0; f < k->n_files; f++)
				k->files[f]->rule[k->who][k->bit] = r;
		}
		if (!r)
			break;
		if (perms & YR_MAY_WRITE)
			perms &= ~(uint32_t)YR_MAY_APPEND;
		*r = (struct yr_learned_rule){ .kind = YR_LEARN_FILE,
					       .doubts = YR_LEARN_DOUBT_BROAD,
					       .reason = "a part of the path varied" };
		r->text = sentence(m->l, m->marks[from].who, m->marks[from].text,
				   m->marks[from].quotes, perms, NULL, r);
		r->example = access_of(m->l, m->marks[from].files[0]);
		m->failed |= !r->text || !r->example;
	}
}

/* What no pattern took, as it was seen. */
static void literal_rule(struct making *m, struct yr_learn_file *f, int who)
{
	uint32_t perms = f->perms[who] & ~f->had[who];
	bool exec = who == YR_LEARN_ANYBODY && f->exec && !(f->had[who] & YR_MAY_EXEC);
	uint32_t extra = 0;
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_learned_rule *r;
	const char *why = yr_sensitive(f->path);

	for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++)
		if (f->rule[who][bit])
			perms &= ~(1u << bit);
	if (!perms && !exec)
		return;
	/* A script is read by its interpreter, which only then is logged: one round less. */
	if (exec && !f->target.len)
		extra = YR_MAY_READ | YR_MAY_MMAP;
	r = yr_learn_rule(m->l, m->p);
	yr_put_escaped(&b, f->path);
	m->failed |= !r || b.failed;
	if (m->failed)
		return;
	*r = (struct yr_learned_rule){ .kind = YR_LEARN_FILE,
				       .doubts = (exec ? YR_LEARN_DOUBT_EXEC : 0u) |
						 (why ? YR_LEARN_DOUBT_SENSITIVE : 0u),
				       .reason = why };
	r->text = sentence(m->l, who, b.data, yr_word_needs_quotes(f->path), perms | extra,
			   exec ? f : NULL, r);
	r->example = access_of(m->l, f);
	m->failed |= !r->text || !r->example;
	for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++)
		if (perms >> bit & 1)
			f->rule[who][bit] = r;
	if (exec)
		f->rule[who][0] = r;
	for (unsigned bit = 1; bit < YR_LEARN_BITS && who == YR_LEARN_ANYBODY; bit++)
		if (extra >> bit & 1 && f->perms[YR_LEARN_OWNER] >> bit & 1 &&
		    !f->rule[YR_LEARN_OWNER][bit])
			f->rule[YR_LEARN_OWNER][bit] = r;
}

static void count(struct making *m)
{
	for (size_t i = 0; i < m->p->n_files; i++) {
		struct yr_learn_file *f = &m->p->files[i];
		const struct yr_learned_rule *last = NULL;

		for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
			for (unsigned bit = 0; bit < YR_LEARN_BITS; bit++) {
				struct yr_learned_rule *r = f->rule[who][bit];

				if (r && r != last)
					yr_learn_count(r, f->denial, f->events, f->several);
				last = r ? r : last;
			}
	}
}

/* The value in slot @i of the mark's pattern, in another path; false: it does not fit. */
static bool fits(const struct mark *k, struct yr_str path)
{
	const struct yr_learn_file *f = k->files[0];
	const char *at = path.at, *end = path.at + path.len;
	size_t from = 0;

	for (size_t i = 0; i <= f->shape.n; i++) {
		const struct yr_slot *s = &f->shape.slot[i];
		size_t to = i < f->shape.n ? s->at : f->path.len, len = to - from;

		if (i < f->shape.n && !(k->open >> i & 1))
			continue;
		if ((size_t)(end - at) < len || memcmp(at, f->path.at + from, len) != 0)
			return false;
		at += len;
		if (i == f->shape.n)
			break;
		if (s->kind != YR_SLOT_RANDOM || (size_t)(end - at) < s->len ||
		    !yr_slot_takes(s, (struct yr_str){ at, s->len }))
			return false;
		at += s->len;
		from = to + s->len;
	}
	return at == end;
}

/* Some temporary names look like words: the pattern of their likes covers them, too. */
static void widen(struct making *m, const struct mark *k)
{
	struct yr_str prefix = k->files[0]->path;
	size_t low = 0, high = m->p->n_files;

	for (size_t i = 0; i < k->files[0]->shape.n; i++)
		if (k->open >> i & 1) {
			prefix.len = k->files[0]->shape.slot[i].at;
			break;
		}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (yr_str_cmp(m->p->files[middle].path, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < m->p->n_files && m->work < YR_LIMIT_LEARN_WORK; low++, m->work++) {
		struct yr_learn_file *f = &m->p->files[low];

		if (f->path.len < prefix.len || memcmp(f->path.at, prefix.at, prefix.len) != 0)
			break;
		if (f->perms[k->who] & 1u << k->bit && !f->rule[k->who][k->bit] && fits(k, f->path))
			f->rule[k->who][k->bit] = k->files[0]->rule[k->who][k->bit];
	}
}

static void shape_all(struct making *m, struct yr_learn_file **order)
{
	for (size_t i = 0; i < m->p->n_files; i++) {
		struct yr_learn_file *f = &m->p->files[i];

		yr_shape_of(f->path, &f->shape);
		f->key = key_of(&m->l->arena, f);
		m->failed |= !f->key;
		order[i] = f;
	}
}

int yr_learn_file_rules(struct yr_learn *l, struct yr_learned_profile *p)
{
	struct making m = { .l = l, .p = p };
	AUTO_FREE struct yr_learn_file **order =
		calloc(2 * p->n_files + 1, sizeof(struct yr_learn_file *));
	size_t from = 0;

	if (!order)
		return -ENOMEM;
	shape_all(&m, order);
	if (p->n_files && !m.failed)
		qsort(order, p->n_files, sizeof(struct yr_learn_file *), by_key);
	for (size_t i = 1; i <= p->n_files && !m.failed; i++)
		if (i == p->n_files || strcmp(order[from]->key, order[i]->key) != 0) {
			if (order[from]->shape.n)
				group(&m, order + from, i - from, order + p->n_files);
			from = i;
		}
	pattern_rules(&m);
	for (size_t i = 0; i < m.n && !m.failed; i++)
		if (m.marks[i].files[0]->rule[m.marks[i].who][m.marks[i].bit])
			widen(&m, &m.marks[i]);
	for (size_t i = 0; i < p->n_files && !m.failed; i++) {
		literal_rule(&m, &p->files[i], YR_LEARN_ANYBODY);
		literal_rule(&m, &p->files[i], YR_LEARN_OWNER);
	}
	if (!m.failed)
		count(&m);
	free(m.marks);
	return m.failed ? -ENOMEM : 0;
}
