/* SPDX-License-Identifier: Apache-2.0 */
/* What a kernel's AppArmor offers: the tree below securityfs' apparmor/features. */
#ifndef YOROI_FEATURES_H
#define YOROI_FEATURES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "yoroi/err.h"

/* Never changes once made, so threads may share one. */
struct yr_features;

/*
 * From the text form `name {name {word word\n}\n}\n`, which apparmor_parser's -M and the
 * abi files of policy sets have. @name is used in messages. On success *ret_features is
 * the caller's, for yr_features_free(). -EINVAL: not such a text; -ENOMEM.
 */
int yr_features_parse(const char *name, const char *text, size_t len,
		      struct yr_features **ret_features, struct yr_err *err);
struct yr_features *yr_features_free(struct yr_features *f);

/*
 * Whether @path, such as "policy/versions/v7" or "signal", is there at all; its last part may
 * be a word of a list, as in "namespaces/mask/userns_create".
 */
bool yr_features_has(const struct yr_features *f, const char *path);
/* Whether @word stands in the list at @path, such as "net_raw" in "caps/mask". */
bool yr_features_lists(const struct yr_features *f, const char *path, const char *word);
/* The number at @path (hexadecimal with 0x or decimal), @otherwise when there is none. */
uint64_t yr_features_number(const struct yr_features *f, const char *path, uint64_t otherwise);
/* The text that yr_features_parse() would take; lives as long as @f. */
const char *yr_features_text(const struct yr_features *f, size_t *ret_len);

#endif
