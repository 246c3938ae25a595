/* SPDX-License-Identifier: Apache-2.0 */
#include "lang/names.h"

#include <errno.h>

static uint64_t mix(uint64_t h)
{
	h *= UINT64_C(0x9fb21c651e98df25);
	return h ^ h >> 32;
}

/* Fewer than eight, without a call for them. */
static uint64_t few_bytes(const char *at, size_t len)
{
	const unsigned char *c = (const unsigned char *)at;
	uint32_t first, last;

	if (len >= sizeof(first)) {
		memcpy(&first, at, sizeof(first));
		memcpy(&last, at + len - sizeof(last), sizeof(last));
		return (uint64_t)first << 32 | last;
	}
	return len ? (uint32_t)c[0] << 16 | (uint32_t)c[len / 2] << 8 | c[len - 1] : 0;
}

static uint32_t hash_of(struct yr_str s)
{
	uint64_t h = s.len, word;

	for (; s.len >= sizeof(word); s.at += sizeof(word), s.len -= sizeof(word)) {
		memcpy(&word, s.at, sizeof(word));
		h = mix(h ^ word);
	}
	return (uint32_t)mix(h ^ few_bytes(s.at, s.len));
}

static struct yr_named *match(struct yr_named *e, uint32_t hash, struct yr_str name)
{
	while (e && (e->hash != hash || !yr_str_eq(e->name, name)))
		e = e->next;
	return e;
}

struct yr_named *yr_names_find(const struct yr_names *t, struct yr_str name)
{
	uint32_t hash = hash_of(name);

	return t->size ? match(t->buckets[hash & (t->size - 1)], hash, name) : NULL;
}

struct yr_named *yr_names_next(const struct yr_named *e)
{
	return match(e->next, e->hash, e->name);
}

static void put(struct yr_names *t, struct yr_named *e)
{
	struct yr_named **at = &t->buckets[e->hash & (t->size - 1)];

	e->next = *at;
	*at = e;
}

/* Twice the size. What has one name keeps its order: the chains are turned round twice. */
static int grow(struct yr_arena *arena, struct yr_names *t)
{
	struct yr_names more = { .n = t->n, .size = t->size ? t->size * 2 : 64 };
	struct yr_named *all = NULL, *e, *next;

	more.buckets = yr_arena_array(arena, more.size, sizeof(*more.buckets));
	if (!more.buckets)
		return -ENOMEM;
	for (size_t i = 0; i < t->size; i++)
		for (e = t->buckets[i]; e; e = next) {
			next = e->next;
			e->next = all;
			all = e;
		}
	for (e = all; e; e = next) {
		next = e->next;
		put(&more, e);
	}
	*t = more;
	return 0;
}

int yr_names_add(struct yr_arena *arena, struct yr_names *t, struct yr_named *e, struct yr_str name)
{
	if (t->n >= t->size && grow(arena, t) < 0)
		return -ENOMEM;
	e->name = name;
	e->hash = hash_of(name);
	put(t, e);
	t->n++;
	return 0;
}
