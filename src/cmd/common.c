/* SPDX-License-Identifier: Apache-2.0 */
/* The options that check, compile, load and unload share. */
#include <errno.h>
#include <string.h>

#include "cmd/cmd.h"

static bool set_warning(struct yr_settings *s, int opt, const char *name)
{
	enum yr_warn_state state = YR_WARN_SHOW;

	if (opt == YR_OPT_NO_WARN)
		state = YR_WARN_HIDE;
	else if (opt == YR_OPT_WERROR)
		state = YR_WARN_ERROR;
	return yr_settings_warn(s, name ? name : "all", state);
}

/* Negative: done; otherwise the status to end with. */
static int take(const struct yr_cmd *cmd, struct yr_common *c, int opt, const char *arg,
		char **argv)
{
	struct yr_settings *s = &c->settings;

	switch (opt) {
	case 'b':
	case 'I':
		c->has_base |= opt == 'b';
		if (!yr_settings_include_named(s, arg)) {
			yr_say("out of memory");
			return YR_EXIT_SYSTEM;
		}
		return -1;
	case 'h':
		yr_print_help(cmd);
		return YR_EXIT_OK;
	case YR_OPT_FEATURES:
		s->features_name = arg;
		return -1;
	case YR_OPT_WARN:
	case YR_OPT_NO_WARN:
	case YR_OPT_WERROR:
		return set_warning(s, opt, arg) ? -1
						: yr_usage(cmd, "no warning is called '%s'%s", arg,
							   yr_warning_phrase(arg).text);
	case YR_OPT_QUIET:
		s->quiet = true;
		return -1;
	case YR_OPT_JOBS:
		return yr_parse_jobs(arg, &c->jobs)
			       ? -1
			       : yr_usage(cmd, "'%s' is not a number of jobs", arg);
	case YR_OPT_SECURITYFS:
		s->host.securityfs = arg;
		return -1;
	default:
		return yr_usage_option(cmd, opt, argv);
	}
}

int yr_common_options(const struct yr_cmd *cmd, int argc, char **argv, const char *short_options,
		      const struct option *options, yr_own_option_fn *own, void *ctx,
		      struct yr_common *c)
{
	int opt, status = -1;

	*c = (struct yr_common){ 0 };
	if (yr_settings_init(&c->settings) < 0) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	while (status < 0 && (opt = getopt_long(argc, argv, short_options, options, NULL)) != -1)
		if (!own || !own(ctx, opt, optarg))
			status = take(cmd, c, opt, optarg, argv);
	if (status < 0 && !yr_settings_finish(&c->settings, c->has_base)) {
		yr_say("out of memory");
		status = YR_EXIT_SYSTEM;
	}
	if (status >= 0)
		yr_common_done(c);
	return status;
}

int yr_common_parse(const struct yr_cmd *cmd, int argc, char **argv, const char *short_options,
		    const struct option *options, yr_own_option_fn *own, void *ctx,
		    struct yr_common *c)
{
	int status = yr_common_options(cmd, argc, argv, short_options, options, own, ctx, c);

	if (status < 0) {
		status = yr_inputs_read(argv + optind, (size_t)(argc - optind), &c->in);
		if (!status)
			status = c->in.n ? -1 : YR_EXIT_POLICY;
		if (status >= 0)
			yr_common_done(c);
	}
	return status;
}

void yr_common_done(struct yr_common *c)
{
	yr_inputs_done(&c->in);
	yr_settings_done(&c->settings);
}

struct yr_compile_options yr_common_compile(const struct yr_common *c)
{
	return (struct yr_compile_options){
		.include_dirs = c->settings.include_dirs,
		.fallback_dir = c->settings.fallback_dir,
		.kernel = c->settings.features,
		.ns = c->settings.ns,
		.force_complain = c->settings.complain,
	};
}
