/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names that are no files', with typed values in them: addresses of unix sockets, and of D-Bus the
 * paths and the names that are taken. As with files, three distinct values make one that varies.
 */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"

static const enum yr_log_text fields[] = { YR_LOG_NET_ADDR, YR_LOG_PEER_ADDR, YR_LOG_DBUS_PATH,
					   YR_LOG_NAME };

struct named {
	struct yr_learned_event *event;
	struct yr_shape shape;
	const char *key;
};

static bool has_field(const struct yr_log_event *ev, enum yr_log_text field)
{
	struct yr_str s = yr_event_text(ev, field);
	bool dbus = ev->rule_class == YR_LOG_CLASS_DBUS;

	if (!s.len || memchr(s.at, '\0', s.len) || (!dbus && yr_sensitive(s)))
		return false;
	switch (field) {
	case YR_LOG_DBUS_PATH:
		return dbus;
	case YR_LOG_NAME:
		return dbus && s.at[0] != ':';
	default:
		return ev->rule_class == YR_LOG_CLASS_UNIX;
	}
}

static struct yr_str value(const struct named *x, enum yr_log_text field, size_t slot)
{
	return (struct yr_str){ x->event->ev.text[field].at + x->shape.slot[slot].at,
				x->shape.slot[slot].len };
}

struct sorting {
	enum yr_log_text field;
	unsigned fixed; /* slots whose values count */
};

static int compare(const struct named *x, const struct named *y, const struct sorting *s)
{
	int c = strcmp(x->key, y->key);

	if (!c)
		c = yr_learn_compare(x->event, y->event, (int)s->field, true);
	for (size_t i = 0; i < x->shape.n && !c; i++)
		if (s->fixed >> i & 1)
			c = yr_str_cmp(value(x, s->field, i), value(y, s->field, i));
	return c;
}

static int by_key(const void *a, const void *b, void *ctx)
{
	const struct named *x = a, *y = b;
	int c = compare(x, y, ctx);

	return c ? c : x->event < y->event ? -1 : x->event > y->event;
}

/* The slots of which there are enough values. */
static unsigned varying(const struct named *at, size_t n, enum yr_log_text field)
{
	unsigned open = 0;

	for (size_t slot = 0; slot < at->shape.n; slot++) {
		struct yr_variety v = { .n = 0 };

		for (size_t i = 0; i < n; i++)
			yr_variety_add(&v, &at[i].shape.slot[slot], value(&at[i], field, slot));
		if (yr_variety_is_enough(&v))
			open |= 1u << slot;
	}
	return open;
}

/* All of them differ in open values alone: one name for all, and its pattern. */
static int name_alike(struct yr_learn *l, struct named *at, size_t n, enum yr_log_text field,
		      unsigned open)
{
	struct yr_log_bytes first = at[0].event->ev.text[field];
	struct yr_str name = { first.at, first.len };
	bool quotes;
	const char *pattern = yr_shape_pattern(l, name, &at[0].shape, open, &quotes);

	if (pattern && quotes)
		pattern = yr_arena_printf(&l->arena, "\"%s\"", pattern);
	for (size_t i = 0; i < n && pattern; i++) {
		at[i].event->ev.text[field] = first;
		at[i].event->varies = field;
		at[i].event->pattern = pattern;
	}
	return pattern ? 0 : -ENOMEM;
}

/* Of one key: what does not vary is closed, and each of its values looked at by itself. */
static int settle(struct yr_learn *l, struct named *at, size_t n, enum yr_log_text field)
{
	unsigned all = (1u << at->shape.n) - 1, open = varying(at, n, field);
	struct sorting s = { field, all & ~open };
	size_t from = 0;
	int r = 0;

	if (!open)
		return 0;
	if (s.fixed)
		qsort_r(at, n, sizeof(*at), by_key, &s);
	for (size_t i = 1; i <= n && !r; i++)
		if (i == n || compare(&at[from], &at[i], &s) != 0) {
			if (varying(at + from, i - from, field) == open)
				r = name_alike(l, at + from, i - from, field, open);
			from = i;
		}
	return r;
}

static int open_field(struct yr_learn *l, struct yr_learned_event **at, size_t n,
		      struct named *room, enum yr_log_text field)
{
	struct sorting s = { field, 0 };
	size_t k = 0, from = 0;
	int r = 0;

	for (size_t i = 0; i < n; i++) {
		struct yr_str name = yr_event_text(&at[i]->ev, field);

		if (at[i]->pattern || !has_field(&at[i]->ev, field))
			continue;
		room[k].event = at[i];
		yr_shape_of(name, &room[k].shape);
		if (!room[k].shape.n)
			continue;
		room[k].key = yr_shape_key(&l->arena, name, &room[k].shape);
		if (!room[k++].key)
			return -ENOMEM;
	}
	if (k)
		qsort_r(room, k, sizeof(*room), by_key, &s);
	for (size_t i = 1; i <= k && !r; i++)
		if (i == k || compare(&room[from], &room[i], &s) != 0) {
			r = settle(l, room + from, i - from, field);
			from = i;
		}
	return r;
}

int yr_learn_open_names(struct yr_learn *l, struct yr_learned_event **at, size_t n)
{
	AUTO_FREE struct named *room = calloc(n + 1, sizeof(*room));
	int r = room ? 0 : -ENOMEM;

	for (size_t i = 0; i < ARRAY_LEN(fields) && !r; i++)
		r = open_field(l, at, n, room, fields[i]);
	return r;
}
