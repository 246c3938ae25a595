/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which values of files vary. Each permission is looked at alone: a pattern gets it when three
 * distinct values were seen with it in every place that the pattern leaves open.
 */
#include <stdlib.h>

#include "author/learn_marks.h"

static struct yr_str value(const struct yr_learn_file *f, size_t slot)
{
	return (struct yr_str){ f->path.at + f->shape.slot[slot].at, f->shape.slot[slot].len };
}

/*
 * "/proc/4711/stat" of the process 4711, and below that its threads: such a number is known for
 * what it is. Number 1 is a container's first program, every time.
 */
static bool is_own(const struct yr_learn_file *f, size_t slot)
{
	size_t pid = slot && f->shape.slot[slot].kind == YR_SLOT_TID ? slot - 1 : slot;

	return f->own && f->shape.slot[pid].kind == YR_SLOT_PID && !yr_str_is(value(f, pid), "1");
}

/* Whether enough values vary there. A process's own number says so alone. */
static bool varies(struct yr_learn_file *const *at, size_t n, size_t slot, bool *ret_own)
{
	struct yr_variety v = { .n = 0 };
	bool own = false;

	for (size_t i = 0; i < n; i++) {
		own |= is_own(at[i], slot);
		yr_variety_add(&v, &at[i]->shape.slot[slot], value(at[i], slot));
	}
	if (yr_variety_is_enough(&v))
		return true;
	*ret_own |= own;
	return own;
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

static struct yr_mark *new_mark(struct yr_marking *m)
{
	if (m->n == m->room) {
		size_t room = m->room ? 2 * m->room : 64;
		struct yr_mark *marks = reallocarray(m->marks, room, sizeof(*marks));

		m->failed |= !marks;
		if (!marks)
			return NULL;
		m->marks = marks;
		m->room = room;
	}
	return &m->marks[m->n++];
}

/* "ccAb12Cd", "ccXy34Zz" ...: what they all begin with nobody made up. */
static void narrow(struct yr_slot *s, struct yr_learn_file *const *at, size_t n, size_t slot)
{
	struct yr_str first = value(at[0], slot);
	size_t same = s->len;

	for (size_t i = 1; i < n; i++)
		for (size_t k = 0; k < same; k++)
			if (value(at[i], slot).at[k] != first.at[k])
				same = k;
	if (same >= 2 && s->len - same >= 6) {
		s->at = (uint16_t)(s->at + same);
		s->len = (uint16_t)(s->len - same);
	}
}

void yr_learn_mark(struct yr_marking *m, struct yr_learn_file **at, size_t n, unsigned open,
		   int who, unsigned bit, bool own)
{
	struct yr_mark *k = new_mark(m);

	if (!k)
		return;
	*k = (struct yr_mark){ .who = who, .bit = bit, .n_files = n, .open = open, .own = own };
	k->shape = at[0]->shape;
	for (size_t i = 0; i < k->shape.n; i++)
		if (n > 1 && open >> i & 1 && k->shape.slot[i].kind == YR_SLOT_RANDOM)
			narrow(&k->shape.slot[i], at, n, i);
	k->files = yr_arena_array(&m->l->arena, n, sizeof(struct yr_learn_file *));
	m->failed |= !k->files;
	if (k->files)
		memcpy(k->files, at, n * sizeof(struct yr_learn_file *));
	k->text = yr_shape_pattern(m->l, at[0]->path, &k->shape, open, &k->quotes);
	m->failed |= !k->text;
}

/* Files of one key that all have the permission: close what does not vary, and go on inside. */
static void settle(struct yr_marking *m, struct yr_learn_file **at, size_t n, unsigned open,
		   int who, unsigned bit)
{
	unsigned fixed = 0;
	size_t from = 0;
	bool own = false;

	for (size_t i = 0; i < at[0]->shape.n; i++)
		if (open >> i & 1 && !varies(at, n, i, &own))
			fixed |= 1u << i;
	if (!(open & ~fixed))
		return;
	if (!fixed) {
		yr_learn_mark(m, at, n, open, who, bit, own);
		return;
	}
	qsort_r(at, n, sizeof(struct yr_learn_file *), by_values, &fixed);
	for (size_t i = 1; i <= n; i++)
		if (i == n || !same_values(at[from], at[i], fixed)) {
			settle(m, at + from, i - from, open & ~fixed, who, bit);
			from = i;
		}
}

/* The rule that says how a program goes on has these. */
static bool is_with_exec(const struct yr_learn_file *f, unsigned bit)
{
	return f->exec && f->how == YR_LEARN_INHERIT &&
	       ((unsigned)YR_MAY_READ | (unsigned)YR_MAY_MMAP) >> bit & 1;
}

/* Files of one key. */
void yr_learn_group(struct yr_marking *m, struct yr_learn_file **at, size_t n,
		    struct yr_learn_file **room)
{
	for (size_t i = 0; i < n; i++)
		if (yr_sensitive(at[i]->path))
			return;
	for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
		for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++) {
			size_t k = 0;

			for (size_t i = 0; i < n; i++)
				if (at[i]->perms[who] & ~at[i]->had[who] & 1u << bit &&
				    !is_with_exec(at[i], bit))
					room[k++] = at[i];
			if (k)
				settle(m, room, k, (1u << at[0]->shape.n) - 1, who, bit);
		}
}
