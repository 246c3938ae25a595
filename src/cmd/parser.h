/* SPDX-License-Identifier: Apache-2.0 */
/* apparmor_parser's command line, read into one struct. */
#ifndef YR_CMD_PARSER_H
#define YR_CMD_PARSER_H

#include "cmd/cmd.h"

enum yr_parser_action {
	YR_PARSER_ADD,
	YR_PARSER_REPLACE,
	YR_PARSER_REMOVE,
};

struct yr_parser {
	struct yr_settings settings;
	enum yr_parser_action action;
	char action_letter; /* of -a, -r, -R, -N, -S, -o or -p: only one of them may be asked for */
	bool binary, names, preprocess, to_stdout, quiet, verbose, skip_load;
	bool skip_cache, skip_read, write_cache, purge_cache, show_cache, print_cache_dir;
	bool abort_on_error, help, version, print_config;
	const char *output, *base, *config, *cache_loc;
	const char *no_config; /* a named configuration file that is not there */
	const char *kernel_features, *policy_features, *override_abi; /* file names */
	bool from_folder; /* some inputs were found in a directory, not named */
	unsigned jobs, max_jobs;
	unsigned image_flags; /* YR_IMAGE_*, of -O */
	int zstd_level;       /* of -c, for -S and -o; 0: none */
	char *config_text;    /* option values point into it */
	char **config_words;
	const char **cache_dirs; /* NULL at the end */
	char *cache_text;
	struct yr_features *policy_abi, *forced_abi;
};

/*
 * Read the configuration file, then the command line, which goes first where both speak.
 * Negative: go on with the files at argv[optind]; otherwise the exit status, all said.
 */
int yr_parser_options(struct yr_parser *p, int argc, char **argv);
void yr_parser_done(struct yr_parser *p);

/*
 * parser_text.c: of -p, the texts with their includes in them, on standard output; returns the exit
 * status.
 */
int yr_parser_preprocess(const struct yr_parser *p, const struct yr_inputs *in);

#endif
