/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compiled images on disk, found by what went into them and never by time: a file from the
 * future, a restored backup or a clock that jumped cannot bring old policy back.
 */
#ifndef YOROI_CACHE_H
#define YOROI_CACHE_H

#include <stddef.h>
#include <stdint.h>

#include "yoroi/err.h"

struct yr_cache_key {
	uint8_t sum[32]; /* SHA-256 */
};

struct yr_cache_hash;

/*
 * Collects what went into an image. @version is the program's: another one may compile the
 * same text differently. NULL: memory is out. Then add, in an order that does not depend on
 * chance, each source text, the features text and each option that changes the image.
 */
struct yr_cache_hash *yr_cache_hash_new(const char *version);
/* @label tells kinds apart ("source", "features", ...); lengths go in, so nothing runs together. */
void yr_cache_hash_add(struct yr_cache_hash *h, const char *label, const void *data, size_t len);
/* Frees @h. */
struct yr_cache_key yr_cache_hash_finish(struct yr_cache_hash *h);
/* Frees @h without an answer; NULL is fine. Always returns NULL. */
struct yr_cache_hash *yr_cache_hash_free(struct yr_cache_hash *h);

/*
 * An entry is the file DIR/FEATURES.0/NAME, the layout that apparmor_parser uses.
 * FEATURES is 16 hexadecimal digits of the features text's SHA-256 (upstream's has 8, so
 * the two never share a folder); NAME is the profile file's path, which should be absolute,
 * with ":" for "/", "%XX" for ":", "%", control bytes and a "." in front, so that a/b and
 * a.b do not meet; the first "/" is dropped. A NAME that would be too long for a file is cut
 * and has "%h" and a hash behind it.
 */
struct yr_cache_at {
	const char *dir;           /* "/var/cache/apparmor" is the usual one */
	const char *features_text; /* of yr_features_text() */
	size_t features_len;
	const char *profile_path;
};

enum yr_cache_answer {
	YR_CACHE_HIT,
	YR_CACHE_ABSENT,
	YR_CACHE_OTHER,     /* an image of something else: the sources or options have changed */
	YR_CACHE_DAMAGED,   /* truncated, flipped, foreign */
	YR_CACHE_UNTRUSTED, /* others could have written it: worth a warning */
	YR_CACHE_FAILED,    /* could not be read: worth a warning */
};

/*
 * Anything but YR_CACHE_HIT means: compile. Never a reason to stop, never half an image. On
 * a hit *ret_image is the caller's to free(); otherwise it is left alone and @why says in
 * words why not.
 */
enum yr_cache_answer yr_cache_get(const struct yr_cache_at *at, const struct yr_cache_key *key,
				  void **ret_image, size_t *ret_len, struct yr_err *why);

/*
 * Write an entry whole or not at all: a temporary file, fsync, rename. Makes the folders.
 * After a failure there is neither an entry nor a temporary file. -EPERM: others can write
 * the folder. Two writers at once leave one of the two entries.
 */
int yr_cache_put(const struct yr_cache_at *at, const struct yr_cache_key *key, const void *image,
		 size_t len, struct yr_err *err);

/*
 * Remove our entries and left-over temporary files below @dir, and folders that are empty
 * then. Files that are not ours stay, symbolic links are not followed. No @dir is fine.
 */
int yr_cache_purge(const char *dir, size_t *ret_removed, struct yr_err *err);

/* The NAME above. free() the result; NULL: memory is out. */
char *yr_cache_file_name(const char *profile_path);
/* Where the entry is or would be. free() the result; NULL: memory is out. */
char *yr_cache_entry_path(const struct yr_cache_at *at);

#endif
