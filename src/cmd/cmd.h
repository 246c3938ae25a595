/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands share. Only this folder prints and exits. */
#ifndef YR_CMD_CMD_H
#define YR_CMD_CMD_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/nearest.h"
#include "yoroi/cache.h"
#include "yoroi/compile.h"
#include "yoroi/host.h"
#include "yoroi/loader.h"
#include "yoroi/status.h"

enum {
	YR_EXIT_OK = 0,
	YR_EXIT_POLICY = 1, /* the policy says no: the user can fix it */
	YR_EXIT_USAGE = 2,  /* the command line is wrong */
	YR_EXIT_SYSTEM = 3, /* the machine let us down: kernel, disk, permissions */
};

struct yr_cmd {
	const char *name, *args, *summary;
	int (*run)(int argc, char **argv);
	const char *help; /* the options, one a line; NULL: another program has them */
};

extern const struct yr_cmd yr_cmd_check, yr_cmd_compile, yr_cmd_default_profile, yr_cmd_diff,
	yr_cmd_events, yr_cmd_exec, yr_cmd_explain, yr_cmd_format, yr_cmd_learn, yr_cmd_load,
	yr_cmd_log, yr_cmd_node, yr_cmd_pod, yr_cmd_query, yr_cmd_status, yr_cmd_test,
	yr_cmd_unload;

/*
 * @s without control characters. Names come from whoever may write policy, load it or start
 * programs: keep the terminal whole.
 */
void yr_put(FILE *f, const char *s);
/* `yoroi: ...`, or what the program was called as, on standard error, as yr_put() does it. */
void yr_say(const char *fmt, ...) YR_PRINTF(1, 2);
/* What the program was called as, a constant: before anything is said. */
void yr_say_as(const char *name);
/* The same with "try 'yoroi NAME --help'"; returns YR_EXIT_USAGE. */
int yr_usage(const struct yr_cmd *cmd, const char *fmt, ...) YR_PRINTF(2, 3);
/* After getopt_long() said '?' or ':'; names the option. */
int yr_usage_option(const struct yr_cmd *cmd, int c, char **argv);
void yr_print_help(const struct yr_cmd *cmd);
bool yr_colour(FILE *f);
/* The worse of two exit statuses. */
int yr_worse(int a, int b);
/* The exit status that goes with a negative errno of the library. */
int yr_exit_status(int r);
/* @status, made worse when standard output could not be written. */
int yr_finish(int status);

/* What a program of its own does and `yoroi` lists, see elsewhere.c. */
#define YR_PODS_PROGRAM "yoroi-pods"
#define YR_NODE_SUMMARY "keep the Pods of this machine running"
#define YR_POD_SUMMARY                                                                             \
	"run Kubernetes Pods on this machine, and decide what they may ask of AppArmor"

/* The linker's hash of this program in hexadecimal; empty when it has none. Returns @buffer. */
const char *yr_build_id(char *buffer, size_t size);

/* The drop-in: upstream's command line, see parser.c. */
int yr_apparmor_parser(int argc, char **argv);

/*
 * Where policy and the kernel are found, from options, then the environment, then the
 * usual places.
 */
struct yr_settings {
	struct yr_host_paths host;
	const char **include_dirs; /* NULL at the end */
	size_t n_include_dirs;
	const char *fallback_dir;
	const char *features_name; /* of --features; NULL: the running kernel's */
	struct yr_features *features;
	const char *ns;
	bool complain;
	struct {
		const char *name;
		enum yr_warn_state state;
	} warn[64];
	size_t n_warn;
	bool quiet; /* no warnings */
};

int yr_settings_init(struct yr_settings *s);
void yr_settings_done(struct yr_settings *s);
/* Behind those already there; says when it is no directory. false: memory. */
bool yr_settings_include_named(struct yr_settings *s, const char *dir);
/* The same for a usual place, which may be absent. */
bool yr_settings_include(struct yr_settings *s, const char *dir);
/* For the end of a message: which warning @name, that there is not, may mean. */
struct yr_phrase yr_warning_phrase(const char *name);
/* Say the warning called @name as --warn, --no-warn and --Werror want it; false: it is an error. */
bool yr_settings_say(const struct yr_settings *s, bool quiet, const char *name, const char *text);
/* false: no warning is called @name. "no-NAME" hides. */
bool yr_settings_warn(struct yr_settings *s, const char *name, enum yr_warn_state state);
/* Include directories end with /etc/apparmor.d unless @base was given. */
bool yr_settings_finish(struct yr_settings *s, bool has_base);
struct yr_diags *yr_settings_diags(const struct yr_settings *s);
/* A features file by path, or by a shipped name such as debian-6.1. */
int yr_features_open(const struct yr_settings *s, const char *name, struct yr_features **ret,
		     struct yr_err *err);
/* settings->features: those of --features, or the running kernel's; never a guess. */
int yr_settings_features(struct yr_settings *s, struct yr_err *err);

/* The files to work on: arguments, directories opened up; "-" and none: standard input. */
struct yr_inputs {
	char **paths; /* NULL for standard input */
	size_t n;
	bool from_folder; /* some were found in a directory, not named */
	char *text;       /* of standard input */
	size_t text_len;
};

/* Says what is wrong and returns an exit status; 0 when all is well. */
int yr_inputs_read(char **args, size_t n, struct yr_inputs *ret);
void yr_inputs_done(struct yr_inputs *in);

/* Options that check, compile, load and unload share. */
#define YR_COMMON_SHORT "I:b:h"
#define YR_COMMON_LONG                                                                             \
	{ "Include", required_argument, NULL, 'I' }, { "base", required_argument, NULL, 'b' },     \
		{ "help", no_argument, NULL, 'h' },                                                \
		{ "features", required_argument, NULL, YR_OPT_FEATURES },                          \
		{ "warn", required_argument, NULL, YR_OPT_WARN },                                  \
		{ "no-warn", required_argument, NULL, YR_OPT_NO_WARN },                            \
		{ "Werror", optional_argument, NULL, YR_OPT_WERROR },                              \
		{ "quiet", no_argument, NULL, YR_OPT_QUIET },                                      \
		{ "jobs", required_argument, NULL, YR_OPT_JOBS },                                  \
	{                                                                                          \
		"securityfs", required_argument, NULL, YR_OPT_SECURITYFS                           \
	}
#define YR_COMMON_HELP                                                                             \
	"  -I, --Include DIR     look for <includes> there first; may be repeated\n"               \
	"  -b, --base DIR        look for includes there instead of /etc/apparmor.d\n"             \
	"      --features FILE   compile for this kernel: a features file or a shipped name,\n"    \
	"                        such as debian-6.1; otherwise for the running one,\n"             \
	"                        and 'check' for every one at once\n"                              \
	"      --warn NAME, --no-warn NAME, --Werror[=NAME]\n"                                     \
	"                        show, hide, or make an error of a warning; 'all' is one\n"        \
	"      --quiet           no warnings\n"                                                    \
	"      --jobs N          compile N files at once; 'auto': one for each processor\n"        \
	"      --securityfs DIR  AppArmor's interface, /sys/kernel/security/apparmor\n"

enum {
	YR_OPT_FEATURES = 1000,
	YR_OPT_WARN,
	YR_OPT_NO_WARN,
	YR_OPT_WERROR,
	YR_OPT_QUIET,
	YR_OPT_JOBS,
	YR_OPT_SECURITYFS,
	YR_OPT_OWN, /* a command's own start here */
};

struct yr_common {
	struct yr_settings settings;
	bool has_base;
	unsigned jobs;
	struct yr_inputs in;
};

/* A command's own options: false when @opt is none of them. */
typedef bool yr_own_option_fn(void *ctx, int opt, const char *arg);

/*
 * Read the command line into *ret_c, with the inputs behind the options. Negative: go on, and
 * yr_common_done() at the end; otherwise the exit status to end with, everything said and
 * freed.
 */
int yr_common_parse(const struct yr_cmd *cmd, int argc, char **argv, const char *short_options,
		    const struct option *options, yr_own_option_fn *own, void *ctx,
		    struct yr_common *ret_c);
/* The same without inputs: what stands behind the options, from argv[optind], is the command's. */
int yr_common_options(const struct yr_cmd *cmd, int argc, char **argv, const char *short_options,
		      const struct option *options, yr_own_option_fn *own, void *ctx,
		      struct yr_common *ret_c);
void yr_common_done(struct yr_common *c);
/* What to compile with: the settings without features. */
struct yr_compile_options yr_common_compile(const struct yr_common *c);

/* "auto", "xN" or a number; false: neither. 0 means no threads. */
bool yr_parse_jobs(const char *text, unsigned *ret_jobs);

struct yr_job;

/* What is to be done with one input. */
struct yr_job_options {
	const struct yr_settings *settings;
	struct yr_compile_options compile;
	bool only_read; /* no image, just the names */
	/*
	 * A policy directory whose disable/ and force-complain/ hold names of files to skip, or to
	 * load in complain mode; NULL: none.
	 */
	const char *switches_dir;
	const char *const *cache_dirs; /* NULL: no cache */
	bool read_cache, write_cache;
	/*
	 * Not NULL: what is wanted instead of an image, from a text without mistakes. Runs beside
	 * others; what it puts into the job's answer is @finish's to take.
	 */
	int (*ask)(void *ctx, struct yr_job *job);
	void *ask_ctx;
};

struct yr_job {
	const char *path; /* NULL: standard input */
	const char *name; /* how it is called in messages */
	struct yr_diags *diags;
	struct yr_compile *compile;
	void *image;
	size_t len;
	struct yr_cache_key key;
	bool has_key, cache_hit;
	bool skipped; /* disabled by the administrator: nothing was done */
	bool force_complain;
	struct yr_err cache_note; /* why there was no hit, when worth a word */
	enum yr_cache_answer cache_answer;
	void *answer; /* of yr_job_options.ask */
	int result;   /* 0, -EBADMSG: diagnostics say why, or another negative errno with err */
	struct yr_err err;
};

/* Before the first profile is compiled, in the main thread. Costs time alone when it fails. */
void yr_heap_prepare(void);
/*
 * Work on all inputs, @threads at once, and hand each to @finish in the order given; a
 * non-zero return of @finish ends the run and is returned.
 */
typedef int yr_finish_fn(void *ctx, struct yr_job *job);
int yr_jobs_run(const struct yr_inputs *in, const struct yr_job_options *opt, unsigned threads,
		yr_finish_fn *finish, void *ctx);

/*
 * What is wrong with an input that has no profile: NULL when it has one. An empty file
 * is a mistake when somebody named it; what only sets variables may be an include.
 */
const char *yr_job_emptiness(const struct yr_job *job, bool *ret_empty);
/* Says that there is no profile, and makes that the policy's fault. true: it is so. */
bool yr_job_refuse_empty(const struct yr_job *job, int *status);

/* Findings of @d on standard error, or as JSON objects, one array, on standard output. */
void yr_diags_show(const struct yr_diags *d, bool quiet);
void yr_diags_json_begin(void);
void yr_diags_json_add(const struct yr_diags *d);
/* An error without a place; @file NULL: not about one. */
void yr_diags_json_say(const char *file, const char *name, const char *message);
int yr_diags_json_end(void); /* an exit status, as yr_json_print() gives it */
/* The array of one collection alone; the caller's. */
struct json_t *yr_diags_json(const struct yr_diags *d);

/* The same as one SARIF 2.1.0 log. */
void yr_diags_sarif_begin(void);
void yr_diags_sarif_add(const struct yr_diags *d);
void yr_diags_sarif_say(const char *file, const char *name, const char *message);
int yr_diags_sarif_end(void);
/* A JSON string of any bytes: what is no UTF-8 comes out as U+FFFD. NULL gives null. */
struct json_t *yr_json_text(const char *s);
struct json_t *yr_json_bytes(const char *s, size_t len);
/*
 * @value, which is taken, on standard output, @indent spaces a level; NULL is what could not be
 * made for want of memory. Says so and returns an exit status; that nothing can be written is told
 * at the end, by yr_finish().
 */
int yr_json_print(struct json_t *value, size_t indent);

/*
 * A pattern for mkostemp() beside @path, hidden: what a crash leaves in a policy folder must not
 * be read as policy. false: it is too long.
 */
bool yr_temporary_name(const char *path, char *buffer, size_t size);
/* @image to @path ("-": standard output), whole or not at all. */
int yr_write_file(const char *path, const void *data, size_t len, struct yr_err *err);
/*
 * New text under the old name, mode and owner, or the old one untouched; @was is what it was when
 * it was read, and @path has no symbolic links. -EBUSY: it was changed since.
 */
struct stat;
int yr_replace_file(const char *path, const struct stat *was, const char *text, size_t len,
		    struct yr_err *err);
/* All of a file or of standard input (NULL), at most @limit bytes; free() it. */
int yr_read_all(const char *path, size_t limit, char **ret_text, size_t *ret_len,
		struct yr_err *err);

#endif
