/* SPDX-License-Identifier: Apache-2.0 */
/* The command lines that work with stored Pods. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

enum {
	OPT_DB = YR_OPT_OWN,
	OPT_ERA,
	OPT_GATES,
	OPT_PLUGINS,
	OPT_POLICY,
	OPT_PODMAN,
	OPT_RUNTIME,
	OPT_NETWORK,
	OPT_NODE_NAME,
	OPT_PROFILE_DIR,
	OPT_RESTART_DELAY,
	OPT_GRACE,
	OPT_WAIT,
	OPT_TAIL,
	OPT_MANIFESTS,
	OPT_INTERVAL,
	OPT_ONCE,
};

/* Which group an option is of; 0: every command takes it. */
static unsigned group_of(int opt)
{
	switch (opt) {
	case OPT_ERA:
	case OPT_GATES:
	case OPT_PLUGINS:
	case OPT_POLICY:
		return YR_TAKES_RULES;
	case OPT_PODMAN:
	case OPT_RUNTIME:
	case OPT_NETWORK:
	case OPT_NODE_NAME:
	case OPT_PROFILE_DIR:
	case OPT_RESTART_DELAY:
		return YR_TAKES_ENGINE;
	case 'f':
		return YR_TAKES_FILE | YR_TAKES_LOGS;
	case 'o':
		return YR_TAKES_OUTPUT;
	case 'A':
		return YR_TAKES_ALL;
	case OPT_GRACE:
	case OPT_WAIT:
		return YR_TAKES_GRACE;
	case 'c':
		return YR_TAKES_EXEC | YR_TAKES_LOGS;
	case 'i':
	case 't':
		return YR_TAKES_EXEC;
	case 'p':
	case OPT_TAIL:
		return YR_TAKES_LOGS;
	case OPT_MANIFESTS:
	case OPT_INTERVAL:
	case OPT_ONCE:
		return YR_TAKES_NODE;
	default:
		return 0;
	}
}

static const char *number(const char *arg, long long most, const char *complaint, long long *ret)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(arg, &end, 10);
	if (errno || end == arg || *end || n < 0 || n > most)
		return complaint;
	*ret = n;
	return NULL;
}

static const char *gates(struct yr_pod_place *p, const char *arg)
{
	while (*arg) {
		size_t n = strcspn(arg, ",");
		struct yr_str gate = { arg, n };

		if (yr_str_is(gate, "AppArmor=false"))
			p->gate_off = true;
		else if (yr_str_is(gate, "AppArmor=true"))
			p->gate_off = false;
		else
			return "--feature-gates takes AppArmor=true or AppArmor=false, not";
		arg += n + (arg[n] == ',');
	}
	return NULL;
}

static const char *add(const char **list, size_t *n, const char *arg)
{
	if (*n == YR_POD_POLICY_FILES)
		return "there are too many files, from";
	list[(*n)++] = arg;
	return NULL;
}

static const char *take(struct yr_pod_place *p, int opt, const char *arg)
{
	static const char seconds[] = "a number of seconds is needed, not";

	switch (opt) {
	case OPT_GATES:
		return gates(p, arg);
	case OPT_PLUGINS:
		p->psp_on = true;
		return strcmp(arg, "PodSecurityPolicy")
			       ? "--enable-admission-plugins takes PodSecurityPolicy, not"
			       : NULL;
	case OPT_POLICY:
		return add(p->policy_paths, &p->n_policy_paths, arg);
	case 'f':
		if (p->takes & YR_TAKES_FILE)
			return add(p->files, &p->n_files, arg);
		p->follow = true;
		return NULL;
	case OPT_RESTART_DELAY:
		return number(arg, 300, seconds, &p->delay);
	case OPT_GRACE:
		/* As kubectl has it: what the Pod says. */
		return strcmp(arg, "-1") ? number(arg, 86400, seconds, &p->grace) : NULL;
	case OPT_INTERVAL:
		return number(arg, 3600, seconds, &p->interval);
	case OPT_WAIT:
		p->no_wait = !strcmp(arg, "false");
		return p->no_wait || !strcmp(arg, "true") ? NULL
							  : "--wait takes true or false, not";
	case OPT_TAIL:
		if (!strcmp(arg, "-1"))
			return NULL; /* all of them */
		p->tail = arg;
		return number(arg, INT_MAX, "a number of lines is needed, not", &(long long){ 0 });
	default:
		return NULL;
	}
}

static const struct option options[] = {
	YR_COMMON_LONG,
	{ "db", required_argument, NULL, OPT_DB },
	{ "namespace", required_argument, NULL, 'n' },
	{ "era", required_argument, NULL, OPT_ERA },
	{ "feature-gates", required_argument, NULL, OPT_GATES },
	{ "enable-admission-plugins", required_argument, NULL, OPT_PLUGINS },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "podman", required_argument, NULL, OPT_PODMAN },
	{ "runtime", required_argument, NULL, OPT_RUNTIME },
	{ "network", required_argument, NULL, OPT_NETWORK },
	{ "node-name", required_argument, NULL, OPT_NODE_NAME },
	{ "profile-dir", required_argument, NULL, OPT_PROFILE_DIR },
	{ "restart-delay", required_argument, NULL, OPT_RESTART_DELAY },
	{ "filename", required_argument, NULL, 'f' },
	{ "output", required_argument, NULL, 'o' },
	{ "all-namespaces", no_argument, NULL, 'A' },
	{ "grace-period", required_argument, NULL, OPT_GRACE },
	{ "wait", required_argument, NULL, OPT_WAIT },
	{ "container", required_argument, NULL, 'c' },
	{ "stdin", no_argument, NULL, 'i' },
	{ "tty", no_argument, NULL, 't' },
	{ "follow", no_argument, NULL, 'f' },
	{ "previous", no_argument, NULL, 'p' },
	{ "tail", required_argument, NULL, OPT_TAIL },
	{ "manifests", required_argument, NULL, OPT_MANIFESTS },
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "once", no_argument, NULL, OPT_ONCE },
	{ NULL, 0, NULL, 0 },
};

static const char *word_of(int opt)
{
	for (size_t i = 0; options[i].name; i++)
		if (options[i].val == opt)
			return options[i].name;
	return "";
}

static bool own_option(void *ctx, int opt, const char *arg)
{
	struct yr_pod_place *p = ctx;
	const struct {
		int opt;
		const char **to;
	} texts[] = {
		{ OPT_DB, &p->db },
		{ OPT_ERA, &p->era },
		{ OPT_PODMAN, &p->podman },
		{ OPT_RUNTIME, &p->runtime },
		{ OPT_NETWORK, &p->network },
		{ OPT_NODE_NAME, &p->node },
		{ 'n', &p->ns },
		{ OPT_PROFILE_DIR, &p->profile_dir },
		{ 'o', &p->output },
		{ 'c', &p->container },
		{ OPT_MANIFESTS, &p->manifests },
	};
	const struct {
		int opt;
		bool *to;
	} flags[] = {
		{ 'A', &p->all },      { 'i', &p->stdin_open }, { 't', &p->tty },
		{ 'p', &p->previous }, { OPT_ONCE, &p->once },
	};
	const char *bad = NULL;

	if ((opt == '?' || opt == ':') || (opt >= YR_OPT_FEATURES && opt < YR_OPT_OWN) ||
	    strchr("Ibh", opt))
		return false;
	if (group_of(opt) && !(group_of(opt) & p->takes)) {
		bad = "this command has no option called";
		arg = word_of(opt);
	}
	for (size_t i = 0; i < ARRAY_LEN(texts) && !bad; i++)
		if (opt == texts[i].opt)
			*texts[i].to = arg;
	for (size_t i = 0; i < ARRAY_LEN(flags) && !bad; i++)
		if (opt == flags[i].opt)
			*flags[i].to = true;
	if (!bad)
		bad = take(p, opt, arg);
	if (bad && !p->bad_option) {
		p->bad_option = bad;
		p->bad_value = arg ? arg : "";
	}
	return true;
}

/* Beside this program, as it was built; where programs are beside its folder; where they were to
 * be. */
static void find_runtime(struct yr_pod_place *p)
{
	static const char *const places[] = { "/yoroi-runtime", "/../../bin/yoroi-runtime" };
	size_t size = sizeof(p->runtime_path);
	char exe[sizeof(p->runtime_path) - 64];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash)
		*slash = '\0';
	for (size_t i = 0; !p->runtime && i <= ARRAY_LEN(places); i++) {
		AUTO_FREE char *real = NULL;

		if (i == ARRAY_LEN(places))
			snprintf(p->runtime_path, size, "%s", YR_BINDIR "/yoroi-runtime");
		else
			snprintf(p->runtime_path, size, "%s%s", exe, places[i]);
		/* As people see it in podman's answers: without "..". */
		real = p->runtime_path[0] == '/' ? realpath(p->runtime_path, NULL) : NULL;
		if (!real || strlen(real) >= size || access(real, X_OK) < 0)
			continue;
		snprintf(p->runtime_path, size, "%s", real);
		p->runtime = p->runtime_path;
	}
}

static int settle(struct yr_pod_place *p)
{
	const char *gate_text = "cannot set feature gate AppArmor to false, feature is locked to "
				"true";

	if (p->bad_option)
		return yr_usage(p->cmd, "%s '%s'", p->bad_option, p->bad_value);
	if (!yr_era_find(p->era ? p->era : YR_ERA_DEFAULT, &p->rules.era))
		return yr_usage(p->cmd,
				"there is no era '%s'; there are annotations, both, fields, "
				"fields-only, and 1.4 to 1.36",
				p->era);
	if (p->gate_off && p->rules.era.gate_off == YR_GATE_LOCKED)
		return yr_usage(p->cmd, "%s", gate_text);
	if (p->gate_off && p->rules.era.gate_off == YR_GATE_UNKNOWN)
		return yr_usage(p->cmd, "unrecognized feature gate: AppArmor");
	if (!p->output)
		p->form = YR_FORM_TABLE;
	else if (!strcmp(p->output, "json"))
		p->form = YR_FORM_JSON;
	else if (!strcmp(p->output, "yaml"))
		p->form = YR_FORM_YAML;
	else if (!strcmp(p->output, "name"))
		p->form = YR_FORM_NAME;
	else
		return yr_usage(p->cmd, "there is no output '%s' but json, yaml and name",
				p->output);
	/* Another runtime would go on without a word where this one refuses. */
	if ((p->takes & YR_TAKES_ENGINE) && !p->runtime) {
		yr_say("'yoroi-runtime' is not there, and containers run with it: it was looked "
		       "for in '%s'; install Yoroi whole, or name it with --runtime",
		       YR_BINDIR);
		return YR_EXIT_SYSTEM;
	}
	return -1;
}

int yr_pod_place_open(struct yr_pod_place *p, const struct yr_cmd *cmd, unsigned takes, int argc,
		      char **argv)
{
	const char *letters = takes & YR_TAKES_EXEC   ? "+:n:c:it" YR_COMMON_SHORT
			      : takes & YR_TAKES_LOGS ? ":n:c:fp" YR_COMMON_SHORT
						      : ":n:o:f:A" YR_COMMON_SHORT;
	const char *db = getenv("YOROI_PODS"), *podman = getenv("YOROI_PODMAN");
	int status;

	*p = (struct yr_pod_place){ .cmd = cmd,
				    .takes = takes,
				    .db = db && *db ? db : YR_STORE_PATH,
				    .podman = podman && *podman ? podman : "podman",
				    .grace = -1,
				    .delay = 10,
				    .interval = 10,
				    .lock = -1,
				    .node_lock = -1 };
	status = yr_common_options(cmd, argc, argv, letters, options, own_option, p, &p->common);
	if (status >= 0)
		return status;
	find_runtime(p);
	status = settle(p);
	if (status < 0)
		status = yr_pod_place_begin(p);
	if (status >= 0)
		yr_pod_place_done(p);
	return status;
}
