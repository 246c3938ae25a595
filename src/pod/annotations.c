/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "pod/pod.h"

/* Where @key is, or would be. */
static size_t place_of(const struct yr_pair *pairs, size_t n, struct yr_str prefix, const char *key,
		       bool *ret_found)
{
	size_t low = 0, high = n;

	*ret_found = false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int d = strncmp(pairs[middle].key, prefix.at, prefix.len);

		if (!d)
			d = strcmp(pairs[middle].key + prefix.len, key);
		if (!d) {
			*ret_found = true;
			return middle;
		}
		if (d < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct yr_pair *yr_pair_find(const struct yr_pair *pairs, size_t n, const char *key)
{
	bool found;
	size_t at = place_of(pairs, n, YR_STR(""), key, &found);

	return found ? &pairs[at] : NULL;
}

const struct yr_pair *yr_pod_annotation(const struct yr_pod *p, const char *container)
{
	bool found;
	size_t at = place_of(p->annotations, p->n_annotations, YR_STR(YR_POD_ANNOTATION), container,
			     &found);

	return found ? &p->annotations[at] : NULL;
}

bool yr_pod_annotate(struct yr_pod *p, const char *container, const char *value,
		     enum yr_origin origin)
{
	struct yr_pair *more;
	bool found;
	size_t at = place_of(p->annotations, p->n_annotations, YR_STR(YR_POD_ANNOTATION), container,
			     &found);

	if (found) {
		p->annotations[at].value = value;
		p->annotations[at].origin = origin;
		return true;
	}
	if (p->n_annotations >= p->annotations_room) {
		/* Each container is given one at most. */
		p->annotations_room = p->n_annotations + p->n_containers + 1;
		more = yr_arena_array(p->arena, p->annotations_room, sizeof(*more));
		if (!more)
			return false;
		if (p->n_annotations)
			memcpy(more, p->annotations, p->n_annotations * sizeof(*more));
		p->annotations = more;
	}
	more = p->annotations;
	memmove(more + at + 1, more + at, (p->n_annotations - at) * sizeof(*more));
	more[at] = (struct yr_pair){
		.key = yr_arena_printf(p->arena, "%s%s", YR_POD_ANNOTATION, container),
		.value = value,
		.origin = origin,
	};
	p->n_annotations++;
	return more[at].key;
}
