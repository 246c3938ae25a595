/* SPDX-License-Identifier: Apache-2.0 */
/* Into a container, and what it wrote. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

struct target {
	struct yr_arena arena;
	struct yr_wanted wanted;
	struct yr_container_row row;
	const struct yr_container *container;
};

static void target_done(struct target *t)
{
	yr_wanted_done(&t->wanted);
	yr_arena_done(&t->arena);
}

static const struct yr_container *pick(const struct yr_pod *pod, const char *name)
{
	for (size_t i = 0; i < pod->n_containers; i++)
		if (name ? !strcmp(pod->containers[i].name, name)
			 : pod->containers[i].kind == YR_CONTAINER_REGULAR)
			return &pod->containers[i];
	return NULL;
}

/* An exit status, everything said. */
static int find(struct yr_pod_place *p, const char *name, struct target *t)
{
	struct yr_pod_rows rows;
	struct yr_err err = { 0 };

	if (yr_store_pods(p->store, yr_pod_place_ns(p), name, &t->arena, &rows, &err) < 0)
		goto failed;
	if (!rows.n) {
		fputs("Error from server (NotFound): pods \"", stderr);
		yr_put(stderr, name);
		fputs("\" not found\n", stderr);
		return YR_EXIT_POLICY;
	}
	if (yr_wanted_read(&rows.at[0], &t->wanted, &err) < 0)
		goto failed;
	t->container = pick(&t->wanted.pod, p->container);
	if (!t->container) {
		yr_say("container %s is not valid for pod %s", p->container ? p->container : "",
		       name);
		return YR_EXIT_POLICY;
	}
	if (yr_store_container(p->store, rows.at[0].uid, t->container->name, &t->arena, &t->row,
			       &err) < 0)
		goto failed;
	return YR_EXIT_OK;
failed:
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

/* Run @a with our own input and output; its status. */
static int hand_over(const struct yr_args *a)
{
	int status;
	pid_t child;

	if (a->failed) {
		yr_say("the command is too long");
		return YR_EXIT_SYSTEM;
	}
	fflush(stdout);
	child = fork();
	if (child < 0) {
		yr_say("no process: %s", strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	if (!child) {
		execvp(a->at[0], (char *const *)a->at);
		yr_say("cannot run '%s': %s", a->at[0], strerror(errno));
		_exit(YR_EXIT_SYSTEM);
	}
	/* The terminal's signals reach the command itself, whose end we tell. */
	signal(SIGINT, SIG_IGN);
	signal(SIGQUIT, SIG_IGN);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return YR_EXIT_SYSTEM;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* "-c" with its value behind it, "--container" with that or "=VALUE". NULL: it is another option. */
static const char *value_of(char letter, const char *word, int argc, char **argv, int *i)
{
	const char *arg = argv[*i];
	size_t n = strlen(word);

	if (!strncmp(arg, word, n) && arg[n] == '=')
		return arg + n + 1;
	if (((arg[1] == letter && !arg[2]) || !strcmp(arg, word)) && *i + 1 < argc)
		return argv[++*i];
	return NULL;
}

/* Options may stand behind the Pod's name, too. Where the command begins; 0: said what is wrong. */
static int options_behind(struct yr_pod_place *p, int argc, char **argv, int i)
{
	const char *value;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		if ((value = value_of('c', "--container", argc, argv, &i))) {
			p->container = value;
		} else if ((value = value_of('n', "--namespace", argc, argv, &i))) {
			p->ns = value;
		} else if (!strcmp(argv[i], "--stdin")) {
			p->stdin_open = true;
		} else if (!strcmp(argv[i], "--tty")) {
			p->tty = true;
		} else if (argv[i][1] && strspn(argv[i] + 1, "it") == strlen(argv[i] + 1)) {
			p->stdin_open |= strchr(argv[i], 'i') != NULL;
			p->tty |= strchr(argv[i], 't') != NULL;
		} else {
			yr_usage(p->cmd, "there is no option '%s'", argv[i]);
			return 0;
		}
	}
	return i;
}

static int exec_in(struct yr_pod_place *p, const char *name, char **command)
{
	YR_CLEANUP(target_done) struct target t = { 0 };
	struct yr_args a = { .arena = &t.arena };
	int status = find(p, name, &t);

	if (status != YR_EXIT_OK)
		return status;
	if (t.row.stage < YR_STAGE_STARTED || t.row.stage == YR_STAGE_ENDED) {
		yr_say("container '%s' of pod '%s' does not run", t.container->name, name);
		return YR_EXIT_POLICY;
	}
	yr_args_begin(&a, &p->agent.engine);
	yr_args_add(&a, "exec");
	if (p->stdin_open)
		yr_args_add(&a, "--interactive");
	if (p->tty)
		yr_args_add(&a, "--tty");
	yr_args_add(&a, yr_wanted_name(&t.wanted, t.container->name, t.row.attempt));
	for (; *command; command++)
		yr_args_add(&a, *command);
	status = hand_over(&a);
	if (status)
		fprintf(stderr, "command terminated with exit code %d\n", status);
	return status;
}

static int run_exec(int argc, char **argv)
{
	struct yr_pod_place p;
	int status = yr_pod_place_open(&p, &yr_cmd_pod_exec, YR_TAKES_ENGINE | YR_TAKES_EXEC, argc,
				       argv);
	int at;

	if (status >= 0)
		return status;
	status = YR_EXIT_USAGE;
	if (optind == argc) {
		yr_usage(p.cmd, "name a Pod and a command");
	} else {
		at = options_behind(&p, argc, argv, optind + 1);
		if (at == argc)
			yr_usage(p.cmd, "name the command to run");
		else if (at)
			status = exec_in(&p, yr_pod_named(argv[optind]), argv + at);
	}
	yr_pod_place_done(&p);
	return status;
}

static int show_logs(struct yr_pod_place *p, const char *name)
{
	YR_CLEANUP(target_done) struct target t = { 0 };
	struct yr_args a = { .arena = &t.arena };
	int status = find(p, name, &t);

	if (status != YR_EXIT_OK)
		return status;
	if (p->previous && !t.row.attempt) {
		yr_say("container '%s' of pod '%s' did not run before", t.container->name, name);
		return YR_EXIT_POLICY;
	}
	if (!p->previous && t.row.stage < YR_STAGE_CREATED && !t.row.attempt) {
		yr_say("container '%s' of pod '%s' has not started", t.container->name, name);
		return YR_EXIT_POLICY;
	}
	/* One that waits for its next start shows what the one before wrote. */
	if (p->previous || t.row.stage < YR_STAGE_CREATED)
		t.row.attempt--;
	yr_args_begin(&a, &p->agent.engine);
	yr_args_add(&a, "logs");
	if (p->follow)
		yr_args_add(&a, "--follow");
	if (p->tail) {
		yr_args_add(&a, "--tail");
		yr_args_add(&a, p->tail);
	}
	yr_args_add(&a, yr_wanted_name(&t.wanted, t.container->name, t.row.attempt));
	return hand_over(&a);
}

static int run_logs(int argc, char **argv)
{
	struct yr_pod_place p;
	int status = yr_pod_place_open(&p, &yr_cmd_pod_logs, YR_TAKES_ENGINE | YR_TAKES_LOGS, argc,
				       argv);

	if (status >= 0)
		return status;
	if (argc - optind < 1 || argc - optind > 2) {
		status = yr_usage(p.cmd, "name one Pod, and perhaps its container");
	} else if (argc - optind == 2 && p.container) {
		status = yr_usage(p.cmd, "name the container once: '%s' or '%s'", p.container,
				  argv[optind + 1]);
	} else {
		if (argc - optind == 2)
			p.container = argv[optind + 1];
		status = show_logs(&p, yr_pod_named(argv[optind]));
	}
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_exec = {
	.name = "pod exec",
	.args = "[OPTION...] NAME [-c CONTAINER] [-it] [--] COMMAND...",
	.summary = "run a command in a container; its status is the command's",
	.help = "  -c, --container NAME  normally the first\n"
		"  -i, --stdin           pass standard input on\n"
		"  -t, --tty             with a terminal\n"
		"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"
		"  -n, --namespace NAME  the namespace, normally default\n" YR_COMMON_HELP,
	.run = run_exec,
};

const struct yr_cmd yr_cmd_pod_logs = {
	.name = "pod logs",
	.args = "[OPTION...] NAME [CONTAINER]",
	.summary = "what a container wrote",
	.help = "  -c, --container NAME  normally the first\n"
		"  -f, --follow          go on until it ends\n"
		"  -p, --previous        of the one before the last restart\n"
		"      --tail LINES      only the last ones\n"
		"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"
		"  -n, --namespace NAME  the namespace, normally default\n" YR_COMMON_HELP,
	.run = run_logs,
};
