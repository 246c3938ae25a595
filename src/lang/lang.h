/* SPDX-License-Identifier: Apache-2.0 */
/* Policy text in, resolved profiles out. */
#ifndef YR_LANG_LANG_H
#define YR_LANG_LANG_H

#include "base/buf.h"
#include "base/pattern.h"
#include "lang/tree.h"

/*
 * What includes name, looked up, read and parsed: for reading many files with the same options.
 * What one of them found is not asked of the disk again, so a file that changes meanwhile counts
 * as it was. Of one thread at a time, as are the units read with it: their places are told by
 * what the last one included. They point into it, so it is freed behind them.
 */
struct yr_includes;
struct yr_includes *yr_includes_new(void);
/* NULL is fine. Always returns NULL. */
struct yr_includes *yr_includes_free(struct yr_includes *k);

struct yr_lang_options {
	/* Where <includes> are looked for, in this order, NULL at the end. NULL: nowhere. */
	const char *const *include_dirs;
	/* Tried last: the set installed with Yoroi. NULL: none. */
	const char *fallback_dir;
	/*
	 * Where relative "quoted" includes begin. NULL: the current folder, as in upstream's
	 * parser.
	 */
	const char *relative_dir;
	/* Gets the text with every include in its place; NULL: not wanted. */
	struct yr_buf *inlined;
	/* Files and answers of units before; NULL: none. Not used where the folders differ. */
	struct yr_includes *includes;
};

/*
 * Read and resolve one file; "-" is not special here. Findings go to @diags. *ret_unit lives in
 * @arena; it is set even when there were errors (then it holds what could be understood,
 * which must not be compiled: check yr_diags_errors()), and NULL when nothing could be read.
 * A negative return means that the machine failed (memory, or the named file could not be
 * read: then @err says so); mistakes in the text return 0.
 */
int yr_lang_read_file(struct yr_arena *arena, const char *path, const struct yr_lang_options *opt,
		      struct yr_diags *diags, struct yr_unit **ret_unit, struct yr_err *err);
/* The same for text in memory; @name is what diagnostics call it. */
int yr_lang_read_text(struct yr_arena *arena, const char *name, struct yr_str text,
		      const struct yr_lang_options *opt, struct yr_diags *diags,
		      struct yr_unit **ret_unit, struct yr_err *err);

/*
 * One access, written as the rule that would allow exactly it: one rule without wildcards,
 * variables, and words that say what is to become of it. The comma may be missing, and an 'x' alone
 * stands for any way to execute. *ret_unit then holds one profile called @profile with that rule
 * (its parts, when it was split); it lives in @arena and is NULL after a mistake, which @diags
 * tells. @name is what they call the text. -ENOMEM.
 */
int yr_lang_read_access(struct yr_arena *arena, const char *name, struct yr_str text,
			struct yr_str profile, struct yr_diags *diags, struct yr_unit **ret_unit,
			struct yr_err *err);

/*
 * Whether a file called @name is passed over when a folder is read as a whole: hidden ones,
 * backups, and what package managers leave beside changed files.
 */
bool yr_lang_skips_file(const char *name);

/* Line and column (from 1) of a place. */
void yr_loc_position(const struct yr_loc *loc, unsigned *ret_line, unsigned *ret_col);

/* Report on @loc. Names are those of base/diag.c; see yr_diag_name(). */
void yr_complain(struct yr_diags *d, const struct yr_loc *loc, enum yr_severity severity,
		 const char *name, const char *fmt, ...) YR_PRINTF(5, 6);

/*
 * The text that @word stands for once its variables are expanded, a variable with several values as
 * an alternation, followed by its alias spellings when @aliases is not NULL; repeated slashes
 * collapsed when @is_path. The array lives in @arena. Undefined variables, loops and too many
 * values are reported at @word's place and give -EINVAL; -ENOMEM.
 */
int yr_expand(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_alias *aliases,
	      const struct yr_word *word, bool is_path, struct yr_diags *diags,
	      struct yr_str **ret_texts, size_t *ret_n);
/*
 * The same in pieces: a variable with several values, where a pattern has it as a whole, is shared
 * by all patterns of the unit. They point into @arena and into the unit's.
 */
int yr_expand_patterns(struct yr_arena *arena, const struct yr_scope *scope,
		       const struct yr_alias *aliases, const struct yr_word *word, bool is_path,
		       struct yr_diags *diags, struct yr_pattern **ret_patterns, size_t *ret_n);
/*
 * The same for two paths that belong together, as those of a link do: an alias changes both at
 * once. *ret_n patterns in each array.
 */
int yr_expand_pair(struct yr_arena *arena, const struct yr_scope *scope,
		   const struct yr_alias *aliases, const struct yr_word *a, const struct yr_word *b,
		   struct yr_diags *diags, struct yr_pattern **ret_a, struct yr_pattern **ret_b,
		   size_t *ret_n);
/* @p, which came out of @word, as one text. -EINVAL: too much of it, which is said; -ENOMEM. */
int yr_pattern_text(struct yr_arena *arena, const struct yr_scope *scope,
		    const struct yr_word *word, const struct yr_pattern *p, struct yr_diags *diags,
		    struct yr_str *ret_text);

#endif
