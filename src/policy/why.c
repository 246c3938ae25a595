/* SPDX-License-Identifier: Apache-2.0 */
#include "policy/why.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "base/limits.h"
#include "policy/enc.h"

struct yr_why *yr_why_new(void)
{
	return calloc(1, sizeof(struct yr_why));
}

struct yr_why *yr_why_free(struct yr_why *w)
{
	if (w) {
		free(w->tags);
		free(w->member);
		free(w->first);
		free(w->perms);
		free(w);
	}
	return NULL;
}

bool yr_why_full(const struct yr_why *w)
{
	return w->full;
}

static bool reserve(void *at, uint32_t *cap, uint64_t want, size_t size)
{
	void **array = at, *more;
	uint64_t n = *cap ? *cap : 64;

	if (want <= *cap)
		return true;
	while (n < want)
		n *= 2;
	more = realloc(*array, n * size);
	if (!more)
		return false;
	*array = more;
	*cap = (uint32_t)n;
	return true;
}

uint32_t yr_why_add(struct yr_why *w, const uint32_t *tags, size_t n,
		    const struct yr_state_perms *perms)
{
	uint32_t set = w->n ? w->n : 1, end = w->n ? w->first[w->n] : 0;

	if (n > YR_LIMIT_WHY_MEMBERS - end) {
		w->full = true;
		return 0;
	}
	if (!reserve(&w->member, &w->cap_member, end + n, sizeof(*w->member)) ||
	    !reserve(&w->first, &w->cap_first, set + UINT64_C(2), sizeof(*w->first)) ||
	    !reserve(&w->perms, &w->cap_perms, set + UINT64_C(1), sizeof(*w->perms)))
		return 0;
	if (!w->n) { /* the empty set */
		w->first[0] = w->first[1] = 0;
		w->perms[0] = (struct yr_state_perms){ 0 };
	}
	memcpy(w->member + end, tags, n * sizeof(*tags));
	w->first[set + 1] = end + (uint32_t)n;
	w->perms[set] = *perms;
	w->n = set + 1;
	return set;
}

int yr_why_settle(struct yr_why *w, struct yr_tags *tags, const struct yr_fold *fold,
		  struct yr_arena *arena, struct yr_pdb *pdb)
{
	pdb->n_perms = w->n ? w->n : 1;
	pdb->perms = yr_arena_array(arena, pdb->n_perms, sizeof(*pdb->perms));
	if (!pdb->perms)
		return -ENOMEM;
	if (w->n)
		memcpy(pdb->perms, w->perms, w->n * sizeof(*w->perms));
	w->tags = tags->at;
	w->n_tags = tags->n;
	w->both_halves = fold->both_halves;
	w->exec_maps = fold->exec_maps;
	tags->at = NULL;
	yr_tags_done(tags);
	pdb->why = w;
	return 0;
}

bool yr_why_fold(const struct yr_why *w, uint32_t s, const bool *without,
		 struct yr_state_perms *ret)
{
	const uint32_t *set = w->member + w->first[s];
	uint32_t n = w->first[s + 1] - w->first[s], small[64], *kept = small, left = 0;
	AUTO_FREE uint32_t *big = NULL;
	const struct yr_tags tags = { .at = w->tags, .n = w->n_tags };
	struct yr_fold fold = { .tags = &tags,
				.both_halves = w->both_halves,
				.exec_maps = w->exec_maps };
	bool good;

	if (n > ARRAY_LEN(small)) {
		kept = big = calloc(n, sizeof(*big));
		if (!big)
			return false;
	}
	for (uint32_t i = 0; i < n; i++)
		if (!without || !without[w->tags[set[i]].by])
			kept[left++] = set[i];
	*ret = (struct yr_state_perms){ 0 };
	good = yr_fold_set(&fold, kept, left, ret) && !fold.failed;
	yr_fold_done(&fold);
	return good;
}

int yr_why_top(const struct yr_why *w, uint32_t s, int half, uint32_t bit)
{
	int top = INT_MIN;

	for (uint32_t i = w->first[s]; i < w->first[s + 1]; i++) {
		const struct yr_tag *t = &w->tags[w->member[i]];

		if (yr_tag_names(t, half) & bit && yr_tag_rank(t, bit) > top)
			top = yr_tag_rank(t, bit);
	}
	return top;
}
