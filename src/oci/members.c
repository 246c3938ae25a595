/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/members.h"

#include <errno.h>
#include <stdlib.h>

#include "oci/limits.h"

void yr_keys_done(struct yr_keys *keys)
{
	free(keys->key);
}

static int by_key(const void *a, const void *b)
{
	const struct yr_key *x = a, *y = b;
	int d = yr_str_cmp(x->key, y->key);

	return d ? d : (x->at > y->at) - (x->at < y->at);
}

int yr_keys_add(struct yr_json *j, struct yr_keys *keys, const struct yr_json_walk *walk)
{
	struct yr_key *more;

	if (walk->key.len && memchr(walk->key.at, '\0', walk->key.len))
		return yr_json_refuse(j, walk->key_at, EINVAL,
				      "a NUL in a key, behind which runtimes read differently");
	if (keys->n == YR_LIMIT_SPEC_MEMBERS)
		return yr_json_refuse(j, walk->key_at, EFBIG, "more than %d keys in one object",
				      YR_LIMIT_SPEC_MEMBERS);
	if (keys->n == keys->cap) {
		size_t cap = keys->cap ? 2 * keys->cap : 16;

		more = realloc(keys->key, cap * sizeof(*more));
		if (!more)
			return yr_err_set(j->err, ENOMEM, "out of memory");
		keys->key = more;
		keys->cap = cap;
	}
	keys->key[keys->n++] = (struct yr_key){ .key = walk->key, .at = walk->key_at };
	return 0;
}

int yr_keys_sort(struct yr_json *j, struct yr_keys *keys)
{
	if (keys->n)
		qsort(keys->key, keys->n, sizeof(*keys->key), by_key);
	for (size_t i = 1; i < keys->n; i++) {
		if (yr_str_eq(keys->key[i - 1].key, keys->key[i].key))
			return yr_json_refuse(j, keys->key[i].at, EINVAL,
					      "key '%.80s' for the second time: runtimes differ "
					      "in which one they take",
					      yr_arena_strndup(j->arena, keys->key[i].key.at,
							       keys->key[i].key.len));
	}
	return 0;
}

/*
 * How Go compares keys: letters by their case, and two characters beyond ASCII that fold into it,
 * U+017F (s) and U+212A (k). @name is plain letters.
 */
static bool folds_to(struct yr_str key, const char *name)
{
	size_t at = 0;

	for (; *name; name++) {
		char low = (char)(*name | 0x20);

		if (at < key.len && (key.at[at] | 0x20) == low)
			at++;
		else if (low == 's' && key.len - at >= 2 && !memcmp(key.at + at, "\xc5\xbf", 2))
			at += 2;
		else if (low == 'k' && key.len - at >= 3 && !memcmp(key.at + at, "\xe2\x84\xaa", 3))
			at += 3;
		else
			return false;
	}
	return at == key.len;
}

static int read_member(struct yr_json *j, struct yr_spec_reader *reader,
		       const struct yr_json_walk *walk, const struct yr_member *members, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (yr_str_is(walk->key, members[i].name))
			return members[i].read(reader, members[i].name);
		if (folds_to(walk->key, members[i].name))
			return yr_json_refuse(j, walk->key_at, EINVAL,
					      "this key differs from '%s' only in upper and lower "
					      "case: runtimes differ in whether they take it",
					      members[i].name);
	}
	return yr_json_skip(j);
}

int yr_members_read(struct yr_json *j, struct yr_spec_reader *reader,
		    const struct yr_member *members, size_t n, size_t *first_key)
{
	AUTO_KEYS struct yr_keys keys = { 0 };
	struct yr_json_walk walk;
	int r = yr_json_enter(j, '{', &walk);

	if (r < 0)
		return r;
	while ((r = yr_json_more(j, &walk)) > 0) {
		if (first_key && !keys.n)
			*first_key = walk.key_at;
		r = yr_keys_add(j, &keys, &walk);
		if (r >= 0)
			r = read_member(j, reader, &walk, members, n);
		if (r < 0)
			return r;
	}
	return r < 0 ? r : yr_keys_sort(j, &keys);
}
