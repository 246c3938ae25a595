/* SPDX-License-Identifier: Apache-2.0 */
/* What a container gets that asks for no profile. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/limits.h"
#include "cmd/cmd.h"
#include "oci/default_profile.h"

enum { OPT_DAEMON = YR_OPT_OWN, OPT_FOR, OPT_NAME };

struct wish {
	const char *base, *name, *engine, *daemon;
};

static bool has(const char *folder, const char *file)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", folder, file);

	return n > 0 && n < (int)sizeof(path) && !access(path, F_OK);
}

/* As engines look: only whether the files are there. */
static int engines_own(const struct wish *w, struct yr_buf *out)
{
	const char *folder = w->base ? w->base : "/etc/apparmor.d";
	struct yr_engine_policy p = {
		.engine = yr_engine_find(w->engine),
		.name = w->name,
		.daemon = w->daemon,
		.has_abi = has(folder, "abi/3.0"),
		.has_tunables = has(folder, "tunables/global"),
		.has_base = has(folder, "abstractions/base"),
	};
	struct yr_err err = { 0 };

	if (p.engine == YR_ENGINES)
		return yr_usage(&yr_cmd_default_profile,
				"no engine '%s'; there are docker, containerd, crio and podman",
				w->engine);
	if (w->base && access(w->base, R_OK | X_OK) < 0) {
		yr_say("'%s': %s", w->base, strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	if (yr_engine_policy_print(&p, out, &err) == 0)
		return YR_EXIT_OK;
	if (err.code == EINVAL)
		return yr_usage(&yr_cmd_default_profile, "%s", err.msg);
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

/* The file that is installed, so that what is shown is what yoroi-runtime loads. */
static int our_own(const struct wish *w, const char *installed, struct yr_buf *out)
{
	AUTO_FREE char *text = NULL;
	struct yr_err err = { 0 };
	char path[PATH_MAX];
	size_t len;
	int r;

	if (w->daemon)
		return yr_usage(
			&yr_cmd_default_profile,
			"'--daemon-profile' goes with '--for docker' and '--for containerd' "
			"only; ours reads local/" YR_DEFAULT_PROFILE);
	if (w->base)
		return yr_usage(
			&yr_cmd_default_profile,
			"'--base' goes with '--for' only: ours is the same on every machine");
	if (snprintf(path, sizeof(path), "%s/containers/" YR_DEFAULT_PROFILE, installed) >=
	    (int)sizeof(path)) {
		yr_say("'%s': %s", installed, strerror(ENAMETOOLONG));
		return YR_EXIT_SYSTEM;
	}
	r = yr_read_all(path, YR_LIMIT_SOURCE_BYTES, &text, &len, &err);
	if (!r && w->name)
		r = yr_default_profile_rename(text, len, w->name, out, &err);
	else if (!r)
		yr_buf_put(out, text, len);
	if (r == -EINVAL)
		return yr_usage(&yr_cmd_default_profile, "%s", err.msg);
	if (!r && out->failed)
		r = yr_err_set(&err, ENOMEM, "out of memory");
	if (r < 0)
		yr_say("%s", err.msg);
	return r < 0 ? YR_EXIT_SYSTEM : YR_EXIT_OK;
}

static int print(const struct wish *w)
{
	AUTO_BUF struct yr_buf out = { 0 };
	struct yr_settings settings;
	int status;

	if (yr_settings_init(&settings) < 0)
		return YR_EXIT_SYSTEM;
	status = w->engine ? engines_own(w, &out) : our_own(w, settings.fallback_dir, &out);
	yr_settings_done(&settings);
	if (status)
		return status;
	if (fwrite(out.data, 1, out.len, stdout) != out.len || fflush(stdout)) {
		yr_say("standard output: %s", strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	return YR_EXIT_OK;
}

static int run(int argc, char **argv)
{
	static const struct option options[] = {
		{ "base", required_argument, NULL, 'b' },
		{ "daemon-profile", required_argument, NULL, OPT_DAEMON },
		{ "for", required_argument, NULL, OPT_FOR },
		{ "help", no_argument, NULL, 'h' },
		{ "name", required_argument, NULL, OPT_NAME },
		{ NULL, 0, NULL, 0 },
	};
	struct wish w = { 0 };
	int c;

	while ((c = getopt_long(argc, argv, ":b:h", options, NULL)) != -1) {
		switch (c) {
		case 'h':
			yr_print_help(&yr_cmd_default_profile);
			return YR_EXIT_OK;
		case 'b':
			w.base = optarg;
			break;
		case OPT_DAEMON:
			w.daemon = optarg;
			break;
		case OPT_FOR:
			w.engine = optarg;
			break;
		case OPT_NAME:
			w.name = optarg;
			break;
		default:
			return yr_usage_option(&yr_cmd_default_profile, c, argv);
		}
	}
	if (optind < argc)
		return yr_usage(&yr_cmd_default_profile, "'%s' is one word too many", argv[optind]);
	return print(&w);
}

const struct yr_cmd yr_cmd_default_profile = {
	.name = "default-profile",
	.args = "[--name NAME] [--for ENGINE [--daemon-profile NAME] [-b DIR]]",
	.summary = "print the profile of containers that ask for none",
	.run = run,
	.help = "      --name NAME       print it under this name\n"
		"      --for ENGINE      not ours, but what this engine itself loads: docker,\n"
		"                        containerd, crio or podman\n"
		"      --daemon-profile NAME\n"
		"                        what docker or containerd itself runs under\n"
		"  -b, --base DIR        the policy folder in which the engine finds abi/3.0,\n"
		"                        tunables/global and abstractions/base, or not;\n"
		"                        /etc/apparmor.d\n"
		"  -h, --help\n",
};
