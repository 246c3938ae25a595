/* SPDX-License-Identifier: Apache-2.0 */
/* The same denial, counted. */
#include <stdlib.h>
#include <sys/random.h>

#include "author/author.h"

/* What makes two records the same denial. */
static const enum yr_log_text same_texts[] = {
	YR_LOG_PROFILE,   YR_LOG_NAMESPACE, YR_LOG_REQUESTED,      YR_LOG_REFUSED,
	YR_LOG_NAME,      YR_LOG_NAME2,     YR_LOG_PEER,           YR_LOG_PEER_PROFILE,
	YR_LOG_INFO,      YR_LOG_NET_ADDR,  YR_LOG_PEER_ADDR,      YR_LOG_FAMILY,
	YR_LOG_SOCK_TYPE, YR_LOG_PROTOCOL,  YR_LOG_LOCAL_ADDR,     YR_LOG_FOREIGN_ADDR,
	YR_LOG_DBUS_BUS,  YR_LOG_DBUS_PATH, YR_LOG_DBUS_INTERFACE, YR_LOG_DBUS_MEMBER,
	YR_LOG_SIGNAL,    YR_LOG_FSTYPE,    YR_LOG_FLAGS,          YR_LOG_SRCNAME,
	YR_LOG_RLIMIT,
};
static const enum yr_log_number same_numbers[] = {
	YR_LOG_ERRNO,      YR_LOG_LOCAL_PORT,   YR_LOG_FOREIGN_PORT,
	YR_LOG_CAPABILITY, YR_LOG_RLIMIT_VALUE,
};

struct entry {
	struct yr_denial pub; /* first: what callers hold is a pointer to it */
	uint64_t hash;
	struct entry *next; /* in its bucket */
	size_t place;       /* the how-manieth it was */
	size_t len;         /* of the text behind it */
	char text[];
};

enum { BUCKETS = 4096 }; /* at first; a power of two */

struct yr_denials {
	struct entry **buckets;
	size_t n_buckets;
	size_t most, most_bytes;
	struct yr_denial **all;
	size_t room;
	size_t bytes;
	uint64_t seed; /* who writes logs must not know which denials share a bucket */
	struct yr_denial_counts counts;
};

struct yr_denials *yr_denials_new(size_t most, size_t most_bytes)
{
	struct yr_denials *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->most = most;
	d->most_bytes = most_bytes;
	d->n_buckets = BUCKETS;
	d->buckets = calloc(d->n_buckets, sizeof(struct entry *));
	if (!d->buckets)
		return yr_denials_free(d);
	if (getrandom(&d->seed, sizeof(d->seed), GRND_NONBLOCK) < 0)
		d->seed = 0;
	return d;
}

struct yr_denials *yr_denials_free(struct yr_denials *d)
{
	if (d) {
		for (size_t i = 0; i < d->counts.distinct; i++)
			free(d->all[i]);
		free(d->all);
		free(d->buckets);
		free(d);
	}
	return NULL;
}

const struct yr_denial_counts *yr_denials_counts(const struct yr_denials *d)
{
	return &d->counts;
}

bool yr_is_denial(const struct yr_log_event *ev)
{
	return ev->type == YR_LOG_DENIED || ev->type == YR_LOG_ALLOWED || ev->type == YR_LOG_KILLED;
}

static bool is_owner(const struct yr_log_event *ev)
{
	uint32_t both = UINT32_C(1) << YR_LOG_FSUID | UINT32_C(1) << YR_LOG_OUID;

	return (ev->has & both) == both && ev->number[YR_LOG_FSUID] == ev->number[YR_LOG_OUID];
}

static uint64_t mix(uint64_t h, const void *data, size_t len)
{
	const unsigned char *at = data;

	for (size_t i = 0; i < len; i++)
		h = (h ^ at[i]) * UINT64_C(0x100000001b3);
	return h;
}

static uint64_t hash_of(uint64_t seed, const struct yr_log_event *ev)
{
	uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);

	h = mix(h, &ev->type, sizeof(ev->type));
	h = mix(h, &ev->rule_class, sizeof(ev->rule_class));
	for (size_t i = 0; i < ARRAY_LEN(same_texts); i++) {
		const struct yr_log_bytes *b = &ev->text[same_texts[i]];

		h = mix(h, &b->len, sizeof(b->len));
		h = mix(h, b->at, b->len);
	}
	/* Or a log of ports and limits would be one long bucket. */
	for (size_t i = 0; i < ARRAY_LEN(same_numbers); i++)
		h = mix(h, &ev->number[same_numbers[i]], sizeof(ev->number[0]));
	return h ^ h >> 32;
}

static bool same_bytes(struct yr_log_bytes a, struct yr_log_bytes b)
{
	return !a.at == !b.at && a.len == b.len && (!a.len || !memcmp(a.at, b.at, a.len));
}

static bool same(const struct yr_log_event *a, const struct yr_log_event *b)
{
	if (a->type != b->type || a->rule_class != b->rule_class || a->origin != b->origin ||
	    a->cut != b->cut || is_owner(a) != is_owner(b))
		return false;
	for (size_t i = 0; i < ARRAY_LEN(same_texts); i++)
		if (!same_bytes(a->text[same_texts[i]], b->text[same_texts[i]]))
			return false;
	for (size_t i = 0; i < ARRAY_LEN(same_numbers); i++)
		if (a->number[same_numbers[i]] != b->number[same_numbers[i]])
			return false;
	return true;
}

static struct entry *find(const struct yr_denials *d, uint64_t hash, const struct yr_log_event *ev)
{
	struct entry *e = d->buckets[hash & (d->n_buckets - 1)];

	while (e && (e->hash != hash || !same(&e->pub.event, ev)))
		e = e->next;
	return e;
}

static void count(struct yr_denial *d, const struct yr_log_event *ev)
{
	uint64_t at = ev->number[YR_LOG_EPOCH] * 1000 + ev->number[YR_LOG_MSEC];

	d->count++;
	d->cut |= ev->cut;
	d->several |= !same_bytes(d->event.text[YR_LOG_COMM], ev->text[YR_LOG_COMM]);
	if (!(ev->has >> YR_LOG_EPOCH & 1))
		return;
	if (!d->has_time || at < d->first)
		d->first = at;
	if (!d->has_time || at > d->last)
		d->last = at;
	d->has_time = true;
}

/* A copy that outlives the line. */
static struct entry *copy(const struct yr_log_event *ev)
{
	size_t len = 1;
	struct entry *e;
	char *at;

	for (int i = 0; i < YR_LOG_TEXTS; i++)
		len += ev->text[i].len;
	e = calloc(1, sizeof(*e) + len);
	if (!e)
		return NULL;
	e->len = len;
	e->pub.event = *ev;
	e->pub.event.record = (struct yr_log_bytes){ NULL, 0 };
	at = e->text;
	for (int i = 0; i < YR_LOG_TEXTS; i++) {
		if (!ev->text[i].at)
			continue;
		if (ev->text[i].len)
			memcpy(at, ev->text[i].at, ev->text[i].len);
		e->pub.event.text[i].at = at;
		at += ev->text[i].len;
	}
	return e;
}

/* Without memory for it they only get slower to find. */
static void grow(struct yr_denials *d)
{
	size_t n = 4 * d->n_buckets;
	struct entry **buckets = calloc(n, sizeof(*buckets));

	if (!buckets)
		return;
	for (size_t i = 0; i < d->n_buckets; i++)
		while (d->buckets[i]) {
			struct entry *e = d->buckets[i];

			d->buckets[i] = e->next;
			e->next = buckets[e->hash & (n - 1)];
			buckets[e->hash & (n - 1)] = e;
		}
	free(d->buckets);
	d->buckets = buckets;
	d->n_buckets = n;
}

static bool keep(struct yr_denials *d, struct entry *e, uint64_t hash)
{
	if (d->counts.distinct == d->room) {
		size_t room = d->room ? 2 * d->room : 64;
		struct yr_denial **all = reallocarray(d->all, room, sizeof(*all));

		if (!all)
			return false;
		d->all = all;
		d->room = room;
	}
	if (d->counts.distinct >= 2 * d->n_buckets)
		grow(d);
	d->all[d->counts.distinct++] = &e->pub;
	d->bytes += e->len;
	e->place = d->counts.distinct;
	e->hash = hash;
	e->next = d->buckets[hash & (d->n_buckets - 1)];
	d->buckets[hash & (d->n_buckets - 1)] = e;
	return true;
}

bool yr_denials_add(struct yr_denials *d, const struct yr_log_event *ev)
{
	uint64_t hash;
	struct entry *e;

	if (!yr_is_denial(ev)) {
		d->counts.others++;
		return true;
	}
	d->counts.records++;
	hash = hash_of(d->seed, ev);
	e = find(d, hash, ev);
	if (!e) {
		if (d->counts.distinct >= d->most || d->bytes > d->most_bytes) {
			d->counts.left++;
			return true;
		}
		e = copy(ev);
		if (!e || !keep(d, e, hash)) {
			free(e);
			return false;
		}
	}
	count(&e->pub, ev);
	return true;
}

/* Which profile's: the namespace counts. */
static int by_name(const struct yr_denial *a, const struct yr_denial *b)
{
	static const enum yr_log_text keys[] = { YR_LOG_PROFILE, YR_LOG_NAMESPACE };

	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		const struct yr_log_bytes *x = &a->event.text[keys[i]],
					  *y = &b->event.text[keys[i]];
		int c = yr_str_cmp((struct yr_str){ x->at, x->len },
				   (struct yr_str){ y->at, y->len });

		if (c)
			return c;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return by_name(*(struct yr_denial *const *)a, *(struct yr_denial *const *)b);
}

/* Equal numbers keep the order of the names, then that of the log. */
struct ranked {
	struct yr_denial *d;
	uint64_t of_profile;
	size_t group;
};

static size_t place_of(const struct yr_denial *d)
{
	return ((const struct entry *)d)->place;
}

static int compare_ranked(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->of_profile != y->of_profile)
		return x->of_profile < y->of_profile ? 1 : -1;
	if (x->group != y->group)
		return x->group > y->group ? 1 : -1;
	if (x->d->count != y->d->count)
		return x->d->count < y->d->count ? 1 : -1;
	return place_of(x->d) > place_of(y->d) ? 1 : -1;
}

static void rank(struct yr_denials *d, struct ranked *r)
{
	size_t n = d->counts.distinct, from = 0;

	for (size_t i = 0; i <= n; i++) {
		uint64_t sum = 0;

		if (i < n && !by_name(d->all[from], d->all[i]))
			continue;
		for (size_t k = from; k < i; k++)
			sum += d->all[k]->count;
		for (size_t k = from; k < i; k++)
			r[k] = (struct ranked){ d->all[k], sum, from };
		from = i;
	}
}

struct yr_denial **yr_denials_sorted(struct yr_denials *d)
{
	size_t n = d->counts.distinct;
	AUTO_FREE struct ranked *r = calloc(n + 1, sizeof(*r));

	if (!r || (!n && !d->all && !(d->all = calloc(1, sizeof(*d->all)))))
		return NULL;
	if (n)
		qsort(d->all, n, sizeof(*d->all), compare_names);
	rank(d, r);
	if (n)
		qsort(r, n, sizeof(*r), compare_ranked);
	for (size_t i = 0; i < n; i++)
		d->all[i] = r[i].d;
	return d->all;
}
