/* SPDX-License-Identifier: Apache-2.0 */
/* Between the files that resolve statements: profiles, includes, conditions. */
#ifndef YR_LANG_RESOLVE_H
#define YR_LANG_RESOLVE_H

#include <sys/stat.h>

#include "lang/ast.h"
#include "lang/inline.h"
#include "lang/lang.h"
#include "lang/names.h"
#include "lang/vars.h"

/* What an included file is read as. */
enum yr_file_use { YR_USE_OUTSIDE, YR_USE_IN_PROFILE, YR_USE_ABI };

/* One file as it was read, for one kind of place. */
struct yr_file {
	struct yr_named named; /* by its path */
	const char *path;
	enum yr_file_use use;
	struct yr_source *source; /* NULL: it could not be read, which has been said */
	struct yr_stmts stmts;
	bool tried; /* its text was parsed before */
	bool quiet; /* and nothing was to be said of it: the statements serve every unit */
	/* Of one unit. */
	size_t unit;
	bool active;    /* its statements are being resolved: meeting it again is a loop */
	bool looked_at; /* as part of what a condition turns off */
};

/* What an include names, looked up once. */
struct yr_target {
	struct yr_named named; /* by what is written */
	bool search;
	const char **paths; /* one file, or a folder's files in order; NULL: there is none */
	size_t n;
	bool folder;
	struct yr_source note; /* that this is what it was found to mean */
	size_t unit;           /* the last one that has the note */
};

/* The file that was opened when it was looked for and is read next. @path NULL: none. */
struct yr_opened {
	const char *path;
	int fd;
	struct stat st;
};

/* See lang.h. Without one, each unit has its own, which is gone with the unit. */
struct yr_includes {
	struct yr_arena *arena, own;
	struct yr_names files, targets;
	size_t unit;     /* the one that is read, from 1 */
	uint64_t hidden; /* warnings that its units do not show: see yr_diags_hidden() */
	struct yr_lang_options opt;
};

/* Files that a profile (or the space outside of profiles) has included: each counts once. */
struct yr_seen {
	struct yr_file **at;
	size_t n, cap;
};

/* A name that is taken, for finding a second one. */
struct yr_taken {
	struct yr_named named; /* by the profile's full name */
	const struct yr_profile *profile;
};

struct yr_resolver {
	struct yr_arena *arena;
	struct yr_diags *diags;
	const struct yr_lang_options *opt;
	struct yr_unit *unit;
	struct yr_vars vars;
	struct yr_scope outside; /* what words outside of profiles see */
	struct yr_includes *kept;
	struct yr_opened opened;
	struct yr_names taken;
	struct yr_alias **next_alias;
	size_t cap_sources, cap_profiles;
	size_t bytes;                    /* of text, each use of a file counted */
	unsigned depth;                  /* of blocks and includes together */
	unsigned includes;               /* of includes */
	bool late_abi;                   /* one inside of a profile was told of */
	const struct yr_file *chain[64]; /* the files being resolved, the outermost first */
	struct yr_inline *inlined;       /* NULL: nobody asked for the text */
	bool saw_profile;
	bool full; /* a limit for the whole unit was reached and said */
};

/* Where statements are resolved: in which profile, with which words from blocks around them. */
struct yr_place {
	struct yr_profile *profile; /* NULL: outside */
	struct yr_seen *seen;
	const struct yr_quals *quals; /* NULL: none */
	bool dead;                    /* turned off by a condition: only looked at for includes */
};

/* resolve.c: 0, -ENOMEM. */
int yr_resolve(struct yr_resolver *r, const struct yr_stmts *stmts, const struct yr_place *at);
/* profile.c */
int yr_resolve_profile(struct yr_resolver *r, const struct yr_stmt *stmt,
		       const struct yr_place *at);
int yr_add_rule(struct yr_resolver *r, struct yr_profile *p, struct yr_rule *rule);
/* include.c */
int yr_resolve_include(struct yr_resolver *r, const struct yr_include *inc,
		       const struct yr_place *at);
int yr_resolve_abi(struct yr_resolver *r, const struct yr_stmt *stmt, bool in_profile);
/* The files and answers that @r's unit may use: those of the options, or of its own. -ENOMEM. */
int yr_includes_begin(struct yr_resolver *r);
/* include.c: when no more files are read. */
void yr_opened_close(struct yr_resolver *r);
/* missing.c: report under @name that @w, which an include or abi names, is not there. */
void yr_say_missing(struct yr_resolver *r, const struct yr_word *w, bool search, const char *name);
int yr_add_source(struct yr_resolver *r, const struct yr_source *s);
/* test.c: whether @t holds; what cannot be decided is reported and is false. -ENOMEM. */
int yr_decide(struct yr_resolver *r, const struct yr_scope *scope, const struct yr_test *t,
	      bool *ret_truth);
/* Room for one more in an array of @size byte elements; -ENOMEM. */
int yr_lang_grow(struct yr_arena *arena, void *at, size_t n, size_t *cap, size_t size);

#endif
