/* SPDX-License-Identifier: Apache-2.0 */
/* Compiled policies made by hand, so that images can be tested without a compiler. */
#ifndef YR_TESTS_HANDMADE_H
#define YR_TESTS_HANDMADE_H

#include "image/image.h"

/* What matches @glob behind @class has these permissions; rules that meet are joined. */
struct hand_rule {
	int class; /* -1: no class byte, as in the file automaton and attachments */
	const char *glob;
	struct yr_perms owner, other;
};

/* A rule of the policydb. */
#define HAND_RULE(class_, glob_, ...)                                                              \
	{                                                                                          \
		.class = (class_), .glob = (glob_), .owner = { __VA_ARGS__ }, .other = {           \
			__VA_ARGS__                                                                \
		}                                                                                  \
	}
/* A file rule for everybody. */
#define HAND_FILE(glob_, ...) HAND_RULE(-1, glob_, __VA_ARGS__)

/* @p->dfa is the caller's, the permissions live in @arena. Ends the test on failure. */
void hand_pdb(struct yr_arena *arena, const struct hand_rule *rules, size_t n, struct yr_pdb *p);
/* An attachment; @xattrs, ending with NULL, are patterns of values after it. */
struct yr_dfa *hand_xmatch(const char *glob, const char *const *xattrs);
/* The image of one profile. @out is the caller's. */
void hand_image(struct yr_compiled *c, size_t n, const struct yr_features *kernel,
		struct yr_buf *out);
void hand_done(struct yr_compiled *c);

/* Features as of Debian's 6.1, as far as the writer asks; for yr_features_free(). */
struct yr_features *hand_features(void);
/* And more below policy/, as in "diff-encode {yes\n}\n". */
struct yr_features *hand_features_with(const char *policy);

#endif
