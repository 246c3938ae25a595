/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that are decided from: no key in them may be read in two ways, see spec.h. */
#ifndef YR_OCI_MEMBERS_H
#define YR_OCI_MEMBERS_H

#include "base/cleanup.h"
#include "oci/json.h"

struct yr_spec_reader;

/* A key that is decided from; @read passes the value. Plain letters. */
struct yr_member {
	const char *name;
	int (*read)(struct yr_spec_reader *r, const char *name);
};

/* The keys of one object. Start from { 0 }. */
struct yr_keys {
	struct yr_key {
		struct yr_str key;
		size_t at;
		struct yr_str value; /* the caller's */
	} * key;
	size_t n, cap;
};
/* Refuses one with a NUL, and one more than YR_LIMIT_SPEC_MEMBERS. */
int yr_keys_add(struct yr_json *j, struct yr_keys *keys, const struct yr_json_walk *walk);
/* Into the order of their bytes; refuses one that is there twice. */
int yr_keys_sort(struct yr_json *j, struct yr_keys *keys);
void yr_keys_done(struct yr_keys *keys);
#define AUTO_KEYS YR_CLEANUP(yr_keys_done)

/*
 * The object that begins here: members of @members are read by them, others passed over.
 * *first_key, unless NULL, becomes the place of the first key.
 */
int yr_members_read(struct yr_json *j, struct yr_spec_reader *reader,
		    const struct yr_member *members, size_t n, size_t *first_key);

#endif
