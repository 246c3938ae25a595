/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that one program makes up for many files: "forms.pyc.140334571242" for the new "forms.pyc",
 * "main.3f9a1c2b.js". Each is seen once; what stands around the value says that they are alike.
 */
#include <stdlib.h>

#include "author/learn_marks.h"

/* Of what is around the value, at the least. */
#define AROUND 4

static struct yr_str value(const struct yr_learn_file *f)
{
	const struct yr_slot *s = &f->shape.slot[f->shape.n - 1];

	return (struct yr_str){ f->path.at + s->at, s->len };
}

/* From the first point of the last part on, or all of that part; the value as its kind. */
static const char *around(struct yr_arena *arena, const struct yr_learn_file *f)
{
	const struct yr_slot *s = &f->shape.slot[f->shape.n - 1];
	const char *end = f->path.at + f->path.len, *to = f->path.at + s->at;
	const char *from = memrchr(f->path.at, '/', f->path.len), *point;

	if (s->kind < YR_SLOT_DIGITS && s->kind != YR_SLOT_UUID && s->kind != YR_SLOT_UPPER_UUID)
		return NULL;
	if (!from || from >= to)
		return NULL;
	point = memchr(from, '.', (size_t)(to - from));
	from = point ? point : from + 1;
	if ((to - from) + (end - to - s->len) < AROUND)
		return NULL;
	return yr_arena_printf(arena, "%.*s/%d %u/%.*s", (int)(to - from), from, s->kind, s->len,
			       (int)(end - to - s->len), to + s->len);
}

static int by_key(const void *a, const void *b)
{
	const struct yr_learn_file *x = *(struct yr_learn_file *const *)a;
	const struct yr_learn_file *y = *(struct yr_learn_file *const *)b;
	int c = strcmp(x->key, y->key);

	return c ? c : x < y ? -1 : x > y;
}

static bool is_asked(const struct yr_learn_file *f, int who, unsigned bit)
{
	return f->perms[who] & ~f->had[who] & 1u << bit && !f->rule[who][bit];
}

/* Files of one key: a pattern for each of them. */
static void pool(struct yr_marking *m, struct yr_learn_file **at, size_t n, int who, unsigned bit)
{
	struct yr_variety v = { .n = 0 };

	for (size_t i = 0; i < n; i++)
		if (is_asked(at[i], who, bit))
			yr_variety_add(&v, &at[i]->shape.slot[at[i]->shape.n - 1], value(at[i]));
	if (!yr_variety_is_enough(&v))
		return;
	for (size_t i = 0; i < n && !m->failed; i++)
		if (is_asked(at[i], who, bit))
			yr_learn_mark(m, at + i, 1, 1u << (at[i]->shape.n - 1), who, bit, false);
}

void yr_learn_pool(struct yr_marking *m, struct yr_learn_file **room)
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i < m->p->n_files; i++) {
		struct yr_learn_file *f = &m->p->files[i];
		const char *key;

		if (!f->shape.n || f->exec || yr_sensitive(f->path))
			continue;
		key = around(&m->l->arena, f);
		if (key) {
			f->key = key;
			room[n++] = f;
		}
	}
	if (n)
		qsort(room, n, sizeof(struct yr_learn_file *), by_key);
	for (size_t i = 1; i <= n; i++)
		if (i == n || strcmp(room[from]->key, room[i]->key) != 0) {
			for (int who = 0; who < YR_LEARN_AUDIENCES && i - from >= 3; who++)
				for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++)
					pool(m, room + from, i - from, who, bit);
			from = i;
		}
}
