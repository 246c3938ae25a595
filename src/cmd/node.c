/* SPDX-License-Identifier: Apache-2.0 */
/* `yoroi node`: keeps the Pods of this machine as they are wanted. */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "agent/limits.h"
#include "base/cleanup.h"
#include "cmd/node.h"

/* How long it takes at most until a change in the store is seen, and one of what is loaded. */
#define LOOK_MS 200
#define LOOK_AT_PROFILES_MS 1000

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Descriptors that tell when a main process has ended; -1 beyond what can be had. */
static size_t watch(const struct yr_round *round, struct pollfd *fds)
{
	size_t n = 0;

	for (size_t i = 0; i < round->n_pids; i++) {
		int fd = (int)syscall(SYS_pidfd_open, round->pids[i], 0);

		/* One that has ended by now is as good as a message of its end. */
		if (fd < 0 && errno == ESRCH)
			fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		if (fd >= 0)
			fds[n++] = (struct pollfd){ fd, POLLIN, 0 };
	}
	return n;
}

/* A number that is another one when other profiles are loaded. 0: they cannot be listed. */
static uint64_t loaded_mark(struct yr_pod_place *p)
{
	struct yr_profiles *all = NULL;
	uint64_t mark = 14695981039346656037u;

	if (yr_profiles_read(&p->common.settings.host, &all, NULL) < 0)
		return 0;
	/* FNV-1a */
	for (size_t i = 0; i < all->n; i++)
		for (const char *s = all->at[i].name;; s++) {
			mark = (mark ^ (unsigned char)*s) * 1099511628211u;
			if (!*s)
				break;
		}
	yr_profiles_free(all);
	return mark;
}

/* What was so when a round began; anything else is a reason for another one. */
struct before {
	int64_t version;
	uint64_t loaded;
};

/* Until there is a reason to look again. false: it is time to end. */
static bool wait_for_news(struct yr_pod_place *p, const struct yr_round *round,
			  const struct before *b, int signals, struct yr_manifest_dir *dir)
{
	static struct pollfd fds[ARRAY_LEN(round->pids) + 1];
	int64_t end = now_ms() + p->interval * 1000, next = now_ms();
	bool go_on = true, news = false;
	size_t n = watch(round, fds + 1) + 1;

	fds[0] = (struct pollfd){ signals, POLLIN, 0 };
	while (go_on && !news) {
		int r = poll(fds, n, LOOK_MS);

		go_on = !(r > 0 && fds[0].revents);
		news = r > 0 || now_ms() >= end || (round->wake && time(NULL) >= round->wake) ||
		       yr_store_version(p->store) != b->version || yr_manifest_dir_changed(dir);
		if (!news && now_ms() >= next) {
			next = now_ms() + LOOK_AT_PROFILES_MS;
			news = loaded_mark(p) != b->loaded;
		}
	}
	for (size_t i = 1; i < n; i++)
		close(fds[i].fd);
	return go_on;
}

static int serve(struct yr_pod_place *p, int signals)
{
	static struct yr_round round;
	YR_CLEANUP(yr_manifest_dir_done) struct yr_manifest_dir dir = { .path = p->manifests };
	char last[500] = "";

	for (;;) {
		struct before b = { yr_store_version(p->store), loaded_mark(p) };
		struct yr_err err = { 0 };
		bool failed = false;

		if (yr_manifest_dir_changed(&dir) || yr_manifest_dir_lost(p, &dir))
			yr_manifest_dir_serve(p, &dir);
		if (yr_store_prune(p->store, time(NULL) - YR_LIMIT_EVENT_SECONDS, &err) < 0 ||
		    yr_agent_round(&p->agent, NULL, &round, &err) < 0) {
			if (strcmp(last, err.msg) != 0)
				yr_say("%s", err.msg);
			snprintf(last, sizeof(last), "%s", err.msg);
			round.progress = false;
			round.wake = time(NULL) + 5;
			failed = true;
		} else {
			*last = '\0';
		}
		if (round.progress) {
			struct pollfd stop = { signals, POLLIN, 0 };

			if (poll(&stop, 1, 0) > 0)
				return YR_EXIT_OK;
			continue;
		}
		if (p->once)
			return dir.said || failed ? YR_EXIT_SYSTEM : dir.status;
		if (!wait_for_news(p, &round, &b, signals, &dir))
			return YR_EXIT_OK;
	}
}

static const char *ready_message(struct yr_pod_place *p)
{
	const struct yr_node_facts *facts = yr_pod_place_facts(p);

	/* What is missing, for who wonders why the message ends where it does. */
	if (facts && p->host.why.code)
		yr_say("%s", p->host.why.msg);
	return facts ? yr_node_ready_message(&p->rules.era, p->rules.gate_off, facts)
		     : "kubelet is posting ready status";
}

static int run_node(struct yr_pod_place *p)
{
	sigset_t set;
	int signals, status = yr_pod_place_policies(p);

	if (status == YR_EXIT_OK)
		status = yr_pod_place_shelf(p);
	if (status == YR_EXIT_OK)
		status = yr_pod_place_take_node(p);
	if (status != YR_EXIT_OK)
		return status;
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0) {
		yr_say("signals cannot be waited for: %s", strerror(errno));
		return YR_EXIT_SYSTEM;
	}
	printf("%s: %s\n", p->node, ready_message(p));
	fflush(stdout);
	status = serve(p, signals);
	close(signals);
	return status;
}

static json_t *node_object(struct yr_pod_place *p)
{
	return json_pack("{s:s, s:s, s:{s:s}, s:{s:[{s:s, s:s, s:s, s:s}]}}", "kind", "Node",
			 "apiVersion", "v1", "metadata", "name", p->node, "status", "conditions",
			 "type", "Ready", "status", "True", "reason", "KubeletReady", "message",
			 ready_message(p));
}

static int run(int argc, char **argv)
{
	struct yr_pod_place p;
	const char *what = argc > 1 ? argv[1] : "";
	bool serves = !strcmp(what, "run");
	int status;

	if (!strcmp(what, "--help") || !strcmp(what, "-h")) {
		yr_print_help(&yr_cmd_node);
		return YR_EXIT_OK;
	}
	if (!serves && strcmp(what, "status") != 0)
		return yr_usage(&yr_cmd_node,
				*what ? "there is no command '%s', but run and status"
				      : "say run or status%s",
				what);
	status = yr_pod_place_open(&p, &yr_cmd_node,
				   YR_TAKES_RULES | YR_TAKES_ENGINE |
					   (serves ? YR_TAKES_NODE : YR_TAKES_OUTPUT),
				   argc - 1, argv + 1);
	if (status >= 0)
		return status;
	if (optind != argc - 1) {
		status = yr_usage(&yr_cmd_node, "'%s' takes no arguments", what);
	} else if (serves) {
		status = run_node(&p);
	} else if (p.form == YR_FORM_JSON || p.form == YR_FORM_YAML) {
		status = yr_pod_put_object(p.form, node_object(&p));
	} else {
		printf("%s: %s\n", p.node, ready_message(&p));
		status = YR_EXIT_OK;
	}
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_node = {
	.name = "node",
	.args = "run|status [OPTION...]",
	.summary = YR_NODE_SUMMARY,
	.help = "  run       start what may start, restart what ended, remove what was deleted\n"
		"  status    the node's ready message\n\n"
		"      --manifests DIR   also run the Pods of *.yaml, *.yml and *.json there\n"
		"      --interval SECONDS\n"
		"                        look again at least so often, normally 10\n"
		"      --once            end when there is nothing to do now\n"
		"  -o, --output FORM     of status: json or yaml\n"
		"      --era, --policy, --feature-gates, --enable-admission-plugins\n"
		"                        for the manifests, as for 'yoroi pod check'\n"
		"      --podman PROGRAM, --runtime NAME, --network NAME, --node-name NAME,\n"
		"      --profile-dir DIR, --restart-delay SECONDS, --db FILE\n"
		"                        as for 'yoroi pod create'\n" YR_COMMON_HELP,
	.run = run,
};
