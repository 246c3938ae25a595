/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every option of upstream's apparmor_parser (3.0 to 6.0) is known. Those in use by engines,
 * units and people work; the others are refused by name, so that no script goes on
 * believing that it got what it asked for.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/parser.h"
#include "host/compress.h"

enum {
	OPT_POLICY_FEATURES = 256,
	OPT_OVERRIDE_ABI,
	OPT_KERNEL_FEATURES,
	OPT_PURGE_CACHE,
	OPT_PRINT_CACHE_DIR,
	OPT_MAX_JOBS,
	OPT_ABORT_ON_ERROR,
	OPT_CONFIG_FILE,
	OPT_PRINT_CONFIG,
	OPT_WARN,
	OPT_WERROR,
	OPT_UNSUPPORTED,
};

static const struct option long_options[] = {
	{ "Complain", no_argument, NULL, 'C' },
	{ "Include", required_argument, NULL, 'I' },
	{ "Optimize", optional_argument, NULL, 'O' },
	{ "Werror", optional_argument, NULL, OPT_WERROR },
	{ "abort-on-error", no_argument, NULL, OPT_ABORT_ON_ERROR },
	{ "add", no_argument, NULL, 'a' },
	{ "apparmorfs", required_argument, NULL, 'f' },
	{ "base", required_argument, NULL, 'b' },
	{ "binary", no_argument, NULL, 'B' },
	{ "cache-loc", required_argument, NULL, 'L' },
	{ "config-file", required_argument, NULL, OPT_CONFIG_FILE },
	{ "debug", optional_argument, NULL, 'd' },
	{ "debug-cache", no_argument, NULL, OPT_UNSUPPORTED },
	{ "dfa-cache-loc", required_argument, NULL, OPT_UNSUPPORTED },
	{ "dump", optional_argument, NULL, 'D' },
	{ "estimated-compile-size", required_argument, NULL, OPT_UNSUPPORTED },
	{ "features-file", required_argument, NULL, 'M' },
	{ "help", optional_argument, NULL, 'h' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "kernel-features", required_argument, NULL, OPT_KERNEL_FEATURES },
	{ "match-string", required_argument, NULL, 'm' },
	{ "max-jobs", required_argument, NULL, OPT_MAX_JOBS },
	{ "names", no_argument, NULL, 'N' },
	{ "namespace", required_argument, NULL, 'n' },
	{ "namespace-string", required_argument, NULL, 'n' },
	{ "ofile", required_argument, NULL, 'o' },
	{ "optimize", optional_argument, NULL, 'O' },
	{ "override-policy-abi", required_argument, NULL, OPT_OVERRIDE_ABI },
	{ "policy-features", required_argument, NULL, OPT_POLICY_FEATURES },
	{ "preprocess", no_argument, NULL, 'p' },
	{ "print-cache-dir", no_argument, NULL, OPT_PRINT_CACHE_DIR },
	{ "print-config", no_argument, NULL, OPT_PRINT_CONFIG },
	{ "print-config-file", no_argument, NULL, OPT_PRINT_CONFIG },
	{ "purge-cache", no_argument, NULL, OPT_PURGE_CACHE },
	{ "quiet", no_argument, NULL, 'q' },
	{ "readimpliesX", no_argument, NULL, 'X' },
	{ "remove", no_argument, NULL, 'R' },
	{ "replace", no_argument, NULL, 'r' },
	{ "show-cache", no_argument, NULL, 'k' },
	{ "show-dfa-cache", no_argument, NULL, OPT_UNSUPPORTED },
	{ "skip-bad-cache", no_argument, NULL, OPT_UNSUPPORTED },
	{ "skip-bad-cache-rebuild", no_argument, NULL, OPT_UNSUPPORTED },
	{ "skip-cache", no_argument, NULL, 'K' },
	{ "skip-kernel-load", no_argument, NULL, 'Q' },
	{ "skip-read-cache", no_argument, NULL, 'T' },
	{ "stdout", no_argument, NULL, 'S' },
	{ "subdomainfs", required_argument, NULL, 'f' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, 'V' },
	{ "warn", required_argument, NULL, OPT_WARN },
	{ "write-cache", no_argument, NULL, 'W' },
	{ "zstd-compress-level", optional_argument, NULL, 'c' },
	{ NULL, 0, NULL, 0 },
};

static const char short_options[] = ":aBb:Cc::D:d:f:h::I:j:KkL:M:m:Nn:O:o:pQqRrSTVvWX";

/*
 * Upstream's words for phases of its compiler. Those about the form of the image do what they
 * say, where the kernel can read it. The rest does nothing: our one way through always
 * simplifies, merges, minimises and leaves denials out of the image, and packs it small, and
 * nothing of that changes a decision. zstd-recompress is about upstream's cache.
 */
static const struct {
	const char *word;
	unsigned set, clear; /* of YR_IMAGE_*; "no-" does the opposite */
} optimise_words[] = {
	{ "0", YR_IMAGE_NO_DIFF, YR_IMAGE_CLASSES },
	{ "compress-default", 0, 0 },
	{ "compress-fast", 0, 0 },
	{ "compress-small", 0, 0 },
	{ "diff-encode", 0, YR_IMAGE_NO_DIFF },
	{ "equiv", YR_IMAGE_CLASSES, 0 },
	{ "expr-left-simplify", 0, 0 },
	{ "expr-normalize", 0, 0 },
	{ "expr-right-simplify", 0, 0 },
	{ "expr-simplify", 0, 0 },
	{ "filter-deny", 0, 0 },
	{ "flags-table", 0, 0 },
	{ "minimize", 0, 0 },
	{ "remove-unreachable", 0, 0 },
	{ "rule-merge", 0, 0 },
	{ "state32", 0, YR_IMAGE_NO_STATE32 },
	{ "zstd-recompress", 0, 0 },
};

static bool take_optimisation(struct yr_parser *p, const char *word)
{
	bool no = !strncmp(word, "no-", 3);

	for (size_t i = 0; i < ARRAY_LEN(optimise_words); i++) {
		unsigned set = optimise_words[i].set, clear = optimise_words[i].clear;

		if (strcmp(optimise_words[i].word, word + (no ? 3 : 0)))
			continue;
		p->image_flags = (p->image_flags & ~(no ? set : clear)) | (no ? clear : set);
		return true;
	}
	return false;
}

/* "-c" alone is "-cdefault"; as upstream, what is more than zstd knows is its most. */
static bool take_level(struct yr_parser *p, const char *text)
{
	static const struct {
		const char *word;
		int level;
	} words[] = { { "none", 0 }, { "default", 10 }, { "fast", 3 }, { "small", 20 } };
	unsigned long n;
	char *end;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (!strcmp(text ? text : "default", words[i].word)) {
			p->zstd_level = words[i].level;
			return true;
		}
	if (!isdigit((unsigned char)*text))
		return false;
	n = strtoul(text, &end, 10);
	p->zstd_level = n > YR_COMPRESS_LEVEL_MAX ? YR_COMPRESS_LEVEL_MAX : (int)n;
	return !*end;
}

/* "--debug-cache" or "-X", as the user wrote it or would have. */
static const char *option_word(int c, const char *word, char buffer[8])
{
	if (c >= OPT_UNSUPPORTED || !word || !strncmp(word, "--", 2))
		return word ? word : "?";
	snprintf(buffer, 8, "-%c", c);
	return buffer;
}

/* As upstream: "-r -R" or "-r -S" is a mistake, and nobody may guess which was meant. */
static bool one_action(struct yr_parser *p, int c)
{
	static const char actions[] = "arRNSop";

	if (c <= 0 || c >= OPT_POLICY_FEATURES || !strchr(actions, c))
		return true;
	if (p->action_letter && p->action_letter != c) {
		yr_say("'-%c' and '-%c' ask for two different things; use one of them",
		       p->action_letter, c);
		return false;
	}
	p->action_letter = (char)c;
	return true;
}

/* Negative: taken; otherwise the status to end with. */
static int take(struct yr_parser *p, int c, const char *arg, const char *word)
{
	struct yr_settings *s = &p->settings;
	char buffer[8];
	bool flag = true;

	if (!one_action(p, c))
		return 1;
	switch (c) {
	case 'a':
		p->action = YR_PARSER_ADD;
		break;
	case 'r':
		p->action = YR_PARSER_REPLACE;
		break;
	case 'R':
		p->action = YR_PARSER_REMOVE;
		break;
	case 'C':
		s->complain = true;
		break;
	case 'B':
		p->binary = true;
		break;
	case 'N':
		p->names = true;
		break;
	case 'p':
		p->preprocess = true;
		break;
	case 'S':
		p->to_stdout = true;
		break;
	case 'o':
		p->output = arg;
		break;
	case 'b':
		p->base = arg;
		break;
	case 'I':
		flag = yr_settings_include_named(s, arg);
		break;
	case 'f':
		s->host.securityfs = arg;
		break;
	case 'M':
		p->kernel_features = p->policy_features = arg;
		break;
	case OPT_KERNEL_FEATURES:
		p->kernel_features = arg;
		break;
	case OPT_POLICY_FEATURES:
		p->policy_features = arg;
		break;
	case OPT_OVERRIDE_ABI:
		p->override_abi = arg;
		break;
	case 'n':
		s->ns = arg;
		break;
	case 'K':
		p->skip_cache = true;
		break;
	case 'T':
		p->skip_read = true;
		break;
	case 'W':
		p->write_cache = true;
		break;
	case 'k':
		p->show_cache = true;
		break;
	case 'L':
		p->cache_loc = arg;
		break;
	case OPT_PURGE_CACHE:
		p->purge_cache = true;
		break;
	case OPT_PRINT_CACHE_DIR:
		p->print_cache_dir = true;
		break;
	case 'Q':
		p->skip_load = true;
		break;
	case 'q':
		p->quiet = s->quiet = true;
		break;
	case 'v':
		p->verbose = true;
		break;
	case 'V':
		p->version = true;
		break;
	case 'h':
		p->help = true;
		break;
	case OPT_ABORT_ON_ERROR:
		p->abort_on_error = true;
		break;
	case OPT_CONFIG_FILE:
		break; /* taken early */
	case OPT_PRINT_CONFIG:
		p->print_config = true;
		break;
	case OPT_WARN:
	case OPT_WERROR:
		if (!yr_settings_warn(s, arg ? arg : "all",
				      c == OPT_WARN ? YR_WARN_SHOW : YR_WARN_ERROR)) {
			yr_say("no warning is called '%s'%s", arg, yr_warning_phrase(arg).text);
			return 1;
		}
		break;
	case 'j':
	case OPT_MAX_JOBS:
		if (!yr_parse_jobs(arg, c == 'j' ? &p->jobs : &p->max_jobs)) {
			yr_say("'%s' is not a number of jobs", arg);
			return 1;
		}
		break;
	case 'c':
		if (!take_level(p, arg)) {
			yr_say("'%s' is no level of compression: none, fast, default, small or "
			       "0 to %d",
			       arg, YR_COMPRESS_LEVEL_MAX);
			return 1;
		}
		break;
	case 'O':
		if (arg && !take_optimisation(p, arg)) {
			yr_say("no optimization is called '%s'", arg);
			return 1;
		}
		break;
	case ':':
		yr_say("option '%s' needs a value", word);
		return 1;
	case '?':
		if (optopt > 0 && optopt < 256)
			yr_say("there is no option '-%c'", optopt);
		else
			yr_say("there is no option '%s'", word);
		return 1;
	default:
		yr_say("option '%s' is not supported by Yoroi", option_word(c, word, buffer));
		return 1;
	}
	if (!flag) {
		yr_say("out of memory");
		return 1;
	}
	return -1;
}

static int take_all(struct yr_parser *p, int argc, char **argv)
{
	int c, status = -1;

	optind = 0; /* starts getopt afresh */
	while (status < 0) {
		int at = optind ? optind : 1;

		c = getopt_long(argc, argv, short_options, long_options, NULL);
		if (c == -1)
			break;
		status = take(p, c, optarg, at < argc ? argv[at] : NULL);
	}
	return status;
}

/* --config-file and --help go before everything, wherever they stand. */
static const char *early_config(int argc, char **argv)
{
	static const char name[] = "--config-file";
	const char *found = NULL;

	for (int i = 1; i < argc && strcmp(argv[i], "--"); i++) {
		if (!strncmp(argv[i], name, strlen(name)) && argv[i][strlen(name)] == '=')
			found = argv[i] + strlen(name) + 1;
		else if (!strcmp(argv[i], name) && i + 1 < argc)
			found = argv[++i];
	}
	return found;
}

/*
 * Lines of long options without their dashes become words of a command line. Between a name
 * and its value stands "=", or blanks as in "cache-loc /var/cache/apparmor".
 */
static char **config_words(char *text, int *ret_n)
{
	char **words = calloc(strlen(text) + 2, sizeof(*words)), *line, *at = text;
	int n = 1;

	if (!words)
		return NULL;
	while ((line = strsep(&at, "\n"))) {
		char *end, *value;

		line += strspn(line, " \t\r");
		end = line + strlen(line);
		while (end > line && strchr(" \t\r", end[-1]))
			*--end = '\0';
		if (!*line || *line == '#')
			continue;
		end = line + strcspn(line, " \t=");
		value = end + strspn(end, " \t");
		if (asprintf(&words[n], "--%.*s%s%s", (int)(end - line), line,
			     *value && *end != '=' ? "=" : "", value) < 0) {
			words[n] = NULL;
			break;
		}
		n++;
	}
	*ret_n = n;
	return words;
}

static int read_config(struct yr_parser *p, int argc, char **argv)
{
	const char *given = early_config(argc, argv);
	struct yr_err err = { 0 };
	char name[] = "apparmor_parser";
	size_t len;
	int n, r, status;

	p->config = given ? given : "/etc/apparmor/parser.conf";
	r = yr_read_all(p->config, YR_LIMIT_SOURCE_BYTES, &p->config_text, &len, &err);
	/* /dev/null is how people say "none". */
	if (r == -EINVAL && given && !strcmp(given, "/dev/null"))
		return -1;
	if (r == -ENOENT) {
		p->no_config = given;
		return -1;
	}
	if (r < 0) {
		yr_say("%s", err.msg);
		return 1;
	}
	p->config_words = config_words(p->config_text, &n);
	if (!p->config_words) {
		yr_say("out of memory");
		return 1;
	}
	p->config_words[0] = strdup(name);
	status = take_all(p, n, p->config_words);
	if (status >= 0)
		yr_say("the option stands in config file '%s'", p->config);
	return status;
}

/* Once it is known how warnings are wanted. */
static int say_no_config(const struct yr_parser *p)
{
	AUTO_FREE char *text = NULL;

	if (asprintf(&text, "config file '%s' not found", p->no_config) < 0)
		return 1;
	return yr_settings_say(&p->settings, p->quiet, "config", text) ? -1 : 1;
}

/* "a,b" with "\," for a comma in a name. */
static bool split_cache_dirs(struct yr_parser *p)
{
	const char *from = p->cache_loc ? p->cache_loc : "/var/cache/apparmor";
	size_t len = strlen(from), n = 0;
	char *to = malloc(len + 1);

	p->cache_text = to;
	p->cache_dirs = calloc(len + 2, sizeof(*p->cache_dirs));
	if (!to || !p->cache_dirs)
		return false;
	p->cache_dirs[n++] = to;
	for (; *from; from++) {
		if (from[0] == '\\' && from[1] == ',') {
			*to++ = *++from;
		} else if (*from == ',') {
			*to++ = '\0';
			p->cache_dirs[n++] = to;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return true;
}

int yr_parser_options(struct yr_parser *p, int argc, char **argv)
{
	int status;

	*p = (struct yr_parser){ .zstd_level = YR_COMPRESS_LEVEL };
	if (yr_settings_init(&p->settings) < 0) {
		yr_say("out of memory");
		return 1;
	}
	status = read_config(p, argc, argv);
	if (status < 0)
		status = take_all(p, argc, argv);
	if (status < 0 && p->no_config)
		status = say_no_config(p);
	/* Where <includes> are: what -I says, then the base. */
	if (status < 0 && (!(p->base ? yr_settings_include_named(&p->settings, p->base)
				     : yr_settings_include(&p->settings, "/etc/apparmor.d")) ||
			   !split_cache_dirs(p))) {
		yr_say("out of memory");
		status = 1;
	}
	return status;
}

void yr_parser_done(struct yr_parser *p)
{
	for (char **w = p->config_words; w && *w; w++)
		free(*w);
	free(p->config_words);
	free(p->config_text);
	free(p->cache_dirs);
	free(p->cache_text);
	yr_features_free(p->policy_abi);
	yr_features_free(p->forced_abi);
	yr_settings_done(&p->settings);
}
