/* SPDX-License-Identifier: Apache-2.0 */
/* Names with typed values in them: what is alike, and the pattern for it. */
#include "author/learn_parts.h"
#include "author/making.h"

const char *yr_shape_key(struct yr_arena *arena, struct yr_str path, const struct yr_shape *shape)
{
	char *key = yr_arena_alloc(arena, path.len + 2 * YR_SHAPE_SLOTS + 1), *to = key;
	size_t from = 0;

	for (size_t i = 0; key && i < shape->n; i++) {
		const struct yr_slot *s = &shape->slot[i];
		bool sized = s->kind >= YR_SLOT_DATE;

		memcpy(to, path.at + from, s->at - from);
		to += s->at - from;
		*to++ = (char)(1 + s->kind);
		/* Two bytes of which neither is NUL. */
		*to++ = (char)(sized ? 0x80 | (s->len & 0x7f) : 0x7f);
		from = s->at + s->len;
	}
	if (key)
		memcpy(to, path.at + from, path.len - from);
	return key;
}

const char *yr_shape_pattern(struct yr_learn *l, struct yr_str path, const struct yr_shape *shape,
			     unsigned open, bool *ret_quotes)
{
	AUTO_BUF struct yr_buf b = { 0 };
	size_t from = 0;

	/* Values are letters, digits and what no quotes are for. */
	*ret_quotes = yr_word_needs_quotes(path);
	for (size_t i = 0; i <= shape->n; i++) {
		const struct yr_slot *s = &shape->slot[i];
		size_t to = i < shape->n ? s->at : path.len;
		struct yr_str piece = { path.at + from, to - from };

		if (i < shape->n && !(open >> i & 1))
			continue;
		yr_put_escaped(&b, piece);
		if (i == shape->n)
			break;
		yr_slot_put(&b, s);
		l->variables->of[s->kind][s->len <= YR_SHAPE_HEX ? s->len : 0] = true;
		from = to + s->len;
	}
	return b.failed ? NULL : yr_policy_text(&l->arena, &b);
}
