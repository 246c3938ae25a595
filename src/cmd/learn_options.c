/* SPDX-License-Identifier: Apache-2.0 */
/* What to run: the command line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "cmd/learn.h"

static bool set_what(struct yr_learn_wish *w, enum yr_learn_what what, const char *subject)
{
	w->several |= w->what != YR_LEARN_LOGS;
	w->what = what;
	w->subject = subject;
	return true;
}

/* What is to be run, and how. What is wrong with a value yr_learn_check_run() tells. */
bool yr_learn_run_option(struct yr_learn_wish *w, int opt, const char *arg)
{
	switch (opt) {
	case YR_LEARN_OPT_LIVE:
		return set_what(w, YR_LEARN_NOW, NULL);
	case YR_LEARN_OPT_PODMAN:
		return set_what(w, YR_LEARN_PODMAN, arg);
	case YR_LEARN_OPT_DOCKER:
		return set_what(w, YR_LEARN_DOCKER, arg);
	case YR_LEARN_OPT_OCI:
		return set_what(w, YR_LEARN_OCI, arg);
	case YR_LEARN_OPT_ENGINE:
		w->engine = arg;
		return true;
	case YR_LEARN_OPT_ENGINE_ARG:
		/* One too many is counted, and told. */
		w->engine_args[w->n_engine_args] = arg;
		w->n_engine_args += w->n_engine_args < YR_LIMIT_ENGINE_ARGS;
		return true;
	case YR_LEARN_OPT_EXERCISE:
		w->exercise = arg;
		return true;
	case YR_LEARN_OPT_FOR:
		w->time = arg;
		return true;
	case YR_LEARN_OPT_NAME:
		w->name = arg;
		return true;
	case YR_LEARN_OPT_SOURCE:
		w->from = arg;
		return true;
	default:
		return false;
	}
}

/* "90", "60s", "5m", "2h", "500ms"; at most a week. */
static bool parse_time(const char *text, uint64_t *ret_ms)
{
	static const struct {
		const char *unit;
		uint64_t ms;
	} units[] = { { "", 1000 }, { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 } };
	unsigned long long n;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	n = strtoull(text, &end, 10);
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (!strcmp(end, units[i].unit)) {
			*ret_ms = n * units[i].ms;
			return !errno && n && n <= 7 * UINT64_C(86400000) / units[i].ms;
		}
	return false;
}

const char *yr_learn_only_run(const struct yr_learn_wish *w)
{
	return w->exercise        ? "--exercise"
	       : w->time          ? "--for"
	       : w->name          ? "--name"
	       : w->from          ? "--source"
	       : w->engine        ? "--engine"
	       : w->n_engine_args ? "--engine-arg"
				  : NULL;
}

/* What we say to the engine ourselves: said twice, we would stop the wrong one, or none. */
static const char *ours(const char *arg)
{
	static const char *const words[] = { "-d", "--detach", "--name", "--rm", "--bundle", "-b" };
	size_t n = strcspn(arg, "=");

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (strlen(words[i]) == n && !memcmp(arg, words[i], n))
			return words[i];
	/* "-itd": letters that take no value, and this one behind them. */
	if (arg[0] == '-' && arg[1] != '-' && arg[1 + strspn(arg + 1, "itPq")] == 'd')
		return "-d";
	return strstr(arg, "apparmor=") || strstr(arg, "apparmor:") ? "apparmor=" : NULL;
}

static int check_engine(const struct yr_learn_wish *w)
{
	const struct yr_cmd *cmd = &yr_cmd_learn;
	bool container = w->what > YR_LEARN_COMMAND;

	if (!container && w->engine)
		return yr_usage(cmd, "'--engine' belongs to a container");
	if (!container && w->n_engine_args)
		return yr_usage(cmd, "'--engine-arg' belongs to a container");
	if (w->n_engine_args == YR_LIMIT_ENGINE_ARGS)
		return yr_usage(cmd, "'--engine-arg' at most %d times", YR_LIMIT_ENGINE_ARGS - 1);
	for (size_t i = 0; i < w->n_engine_args; i++)
		if (ours(w->engine_args[i]))
			return yr_usage(cmd, "--engine-arg: '%s' is for yoroi to say",
					ours(w->engine_args[i]));
	/* An option behind the image would be for the container; one before it is the engine's. */
	if (container && (!*w->subject || *w->subject == '-'))
		return yr_usage(cmd, "'%s' is no image or bundle", w->subject);
	if (w->what == YR_LEARN_OCI && *w->args)
		return yr_usage(cmd, "'--oci' runs what the bundle says, and takes no command");
	return -1;
}

static int check_source(struct yr_learn_wish *w)
{
	if (!w->from)
		return -1;
	if (!strcmp(w->from, "audit"))
		w->source = YR_LIVE_AUDIT;
	else if (!strcmp(w->from, "kmsg"))
		w->source = YR_LIVE_KMSG;
	else
		return yr_usage(&yr_cmd_learn, "--source takes audit or kmsg, not '%s'", w->from);
	return -1;
}

int yr_learn_check_run(struct yr_learn_command *x, size_t n, size_t behind)
{
	const struct yr_cmd *cmd = &yr_cmd_learn;
	struct yr_learn_wish *w = &x->wish;
	int status;

	if (w->several)
		return yr_usage(cmd, "one thing is run: '--podman', '--docker', '--oci' and "
				     "'--live' exclude each other");
	if (w->what == YR_LEARN_LOGS) {
		if (n != behind)
			return yr_usage(cmd, "'%s' stands before '--', where a command begins",
					w->args[0]);
		w->what = YR_LEARN_COMMAND;
	}
	if (x->journal)
		return yr_usage(cmd, "'--journal' reads what was, and takes nothing that is run");
	if (w->what == YR_LEARN_NOW && (n || w->name))
		return yr_usage(cmd, "'--live' runs nothing, and takes no %s",
				n ? "command" : "name: the profile has one");
	if (w->what == YR_LEARN_NOW && !x->options.profile)
		return yr_usage(cmd, "'--live' needs '-p NAME', a profile that is loaded");
	if (w->what != YR_LEARN_NOW && x->options.profile)
		return yr_usage(cmd, "'--profile' is for records that there are; '--name' says "
				     "how the profile is to be called");
	if (w->name && yr_learn_name_is_bad(w->name))
		return yr_usage(cmd, "--name: '%s' cannot be a profile's name: %s", w->name,
				yr_learn_name_is_bad(w->name));
	if (w->time && !parse_time(w->time, &w->for_ms))
		return yr_usage(cmd, "--for takes a time such as 60s, 5m or 2h, not '%s'", w->time);
	status = check_source(w);
	return status < 0 ? check_engine(w) : status;
}
