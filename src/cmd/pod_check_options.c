/* SPDX-License-Identifier: Apache-2.0 */
/* The command line of `yoroi pod check`. */
#include <string.h>

#include "cmd/pod_check.h"

enum {
	OPT_ERA = YR_OPT_OWN,
	OPT_GATES,
	OPT_PLUGINS,
	OPT_POLICY,
	OPT_OLD,
	OPT_NODE,
	OPT_PROFILE_DIR,
	OPT_EXISTING,
	OPT_DEFAULT,
};

/* "AppArmor=false,Other=true": others are not ours to judge. */
static const char *read_gates(struct yr_pod_check *c, const char *arg)
{
	while (*arg) {
		size_t n = strcspn(arg, ",");
		struct yr_str gate = { arg, n };

		if (yr_str_is(gate, "AppArmor=false"))
			c->rules.gate_off = true;
		else if (yr_str_is(gate, "AppArmor=true"))
			c->rules.gate_off = false;
		else
			return "--feature-gates takes AppArmor=true or AppArmor=false, not";
		arg += n + (arg[n] == ',');
	}
	return NULL;
}

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct yr_pod_check *c = ctx;
	const char *bad = NULL;

	switch (opt) {
	case OPT_ERA:
		c->era = arg;
		break;
	case OPT_GATES:
		bad = read_gates(c, arg);
		break;
	case OPT_PLUGINS:
		if (strcmp(arg, "PodSecurityPolicy") != 0)
			bad = "--enable-admission-plugins takes PodSecurityPolicy, not";
		c->policies.psp_on = true;
		break;
	case OPT_POLICY:
		if (c->n_policy_paths == YR_POD_POLICY_FILES)
			bad = "there are too many files of policies, from";
		else
			c->policy_paths[c->n_policy_paths++] = arg;
		break;
	case 'f':
		if (c->n_files == YR_POD_POLICY_FILES)
			bad = "there are too many files, from";
		else
			c->files[c->n_files++] = arg;
		break;
	case 'n':
		c->ns = arg;
		break;
	case 'o':
		c->output = arg;
		break;
	case OPT_OLD:
		c->old_path = arg;
		break;
	case OPT_NODE:
		c->node = true;
		break;
	case OPT_PROFILE_DIR:
		c->compare.profile_dir = arg;
		break;
	case OPT_EXISTING:
		c->existing = true;
		break;
	case OPT_DEFAULT:
		c->compare.fallback = arg;
		break;
	default:
		return false;
	}
	if (bad && !c->bad_option) {
		c->bad_option = bad;
		c->bad_value = arg;
	}
	return true;
}

int yr_pod_check_options(struct yr_pod_check *c, int argc, char **argv)
{
	static const struct option options[] = {
		YR_COMMON_LONG,
		{ "era", required_argument, NULL, OPT_ERA },
		{ "feature-gates", required_argument, NULL, OPT_GATES },
		{ "enable-admission-plugins", required_argument, NULL, OPT_PLUGINS },
		{ "policy", required_argument, NULL, OPT_POLICY },
		{ "namespace", required_argument, NULL, 'n' },
		{ "output", required_argument, NULL, 'o' },
		{ "filename", required_argument, NULL, 'f' },
		{ "old", required_argument, NULL, OPT_OLD },
		{ "node", no_argument, NULL, OPT_NODE },
		{ "profile-dir", required_argument, NULL, OPT_PROFILE_DIR },
		{ "existing", no_argument, NULL, OPT_EXISTING },
		{ "default", required_argument, NULL, OPT_DEFAULT },
		{ NULL, 0, NULL, 0 },
	};

	return yr_common_options(&yr_cmd_pod_check, argc, argv, ":f:n:o:" YR_COMMON_SHORT, options,
				 own_option, c, &c->common);
}

/* What the command line says, before any Pod is read. */
int yr_pod_check_settle(struct yr_pod_check *c)
{
	enum yr_gate_off off;

	if (c->bad_option)
		return yr_usage(&yr_cmd_pod_check, "%s '%s'", c->bad_option, c->bad_value);
	if (!yr_era_find(c->era ? c->era : YR_ERA_DEFAULT, &c->rules.era))
		return yr_usage(&yr_cmd_pod_check,
				"there is no era '%s'; there are annotations, both, fields, "
				"fields-only, and 1.4 to 1.36",
				c->era);
	if (c->output && strcmp(c->output, "json") != 0)
		return yr_usage(&yr_cmd_pod_check, "there is no output '%s' but json", c->output);
	off = c->rules.era.gate_off;
	if (c->rules.gate_off && off == YR_GATE_LOCKED)
		return yr_usage(&yr_cmd_pod_check, "cannot set feature gate AppArmor to false, "
						   "feature is locked to true");
	if (c->rules.gate_off && off == YR_GATE_UNKNOWN)
		return yr_usage(&yr_cmd_pod_check, "unrecognized feature gate: AppArmor");
	if (c->existing && (c->node || c->old_path))
		return yr_usage(&yr_cmd_pod_check, "--existing does not go with --node and --old");
	return YR_EXIT_OK;
}
