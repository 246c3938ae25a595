/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that policy text knows, and what they stand for. Every table is sorted by bytes;
 * test_lang.c checks that.
 */
#ifndef YR_LANG_WORDS_H
#define YR_LANG_WORDS_H

#include "base/buf.h"
#include "base/nearest.h"
#include "lang/tree.h"

struct yr_name_value {
	const char *name;
	uint32_t value;
};

struct yr_name_table {
	const struct yr_name_value *at;
	size_t n;
	const char *what; /* "capability": for "no capability is called ..." */
};

extern const struct yr_name_table yr_capability_names; /* CAP_* */
extern const struct yr_name_table yr_family_names;     /* AF_* */
extern const struct yr_name_table yr_socktype_names;   /* SOCK_* */
extern const struct yr_name_table yr_protocol_names;   /* IPPROTO_* */
extern const struct yr_name_table yr_signal_names; /* the kernel AppArmor's numbers, without rtmin */
extern const struct yr_name_table yr_rlimit_names; /* RLIMIT_* */
extern const struct yr_name_table yr_errno_names;  /* errno values */
extern const struct yr_name_table yr_access_names; /* single permission words; enum yr_access */

/* -1: not there. */
int64_t yr_name_find(const struct yr_name_table *t, struct yr_str word);
/* The name in the table that @word was most likely meant to be. */
struct yr_nearest yr_name_nearest(const struct yr_name_table *t, struct yr_str word);
/* For the end of a message: the nearest name, or all of them when they are few. */
struct yr_phrase yr_name_phrase(const struct yr_name_table *t, struct yr_str word);

/* A signal by name, rtmin+0 to rtmin+32 as 128 and up; -1: none. */
int yr_signal_number(struct yr_str word);

/* One word of mount's options=: the MS_* bits that it sets, or demands to be clear. */
struct yr_mount_option {
	const char *name;
	uint32_t set, clear;
};
/* The usual word for one bit of MS_*; NULL: it has none. */
const char *yr_mount_flag_name(uint32_t bit);
/* NULL: no such option. */
const struct yr_mount_option *yr_mount_option(struct yr_str word);
struct yr_phrase yr_mount_option_phrase(struct yr_str word);

/* @s between quotes where policy needs them, its wildcards escaped. */
void yr_put_word(struct yr_buf *b, struct yr_str s);
/* The two halves of that: the text without quotes, and whether it needs them. */
void yr_put_escaped(struct yr_buf *b, struct yr_str s);
bool yr_word_needs_quotes(struct yr_str s);

/* MS_* bits that say what kind of mount it is rather than how it is mounted. */
#define YR_MS_MAKE                                                                                 \
	(0x20000u | 0x40000u | 0x80000u | 0x100000u)           /* unbindable private slave shared */
#define YR_MS_COMMAND (YR_MS_MAKE | 0x20u | 0x1000u | 0x2000u) /* and remount bind move */
#define YR_MS_REC 0x4000u

#endif
