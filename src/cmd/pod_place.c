/* SPDX-License-Identifier: Apache-2.0 */
/* The store of Pods, who may work on it, and the work. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

int yr_pod_no_memory(void)
{
	yr_say("out of memory");
	return YR_EXIT_SYSTEM;
}

const char *yr_pod_place_ns(const struct yr_pod_place *p)
{
	return p->all ? NULL : p->ns ? p->ns : "default";
}

/* The same again is not said again. */
static void say(void *ctx, const char *text)
{
	struct yr_pod_place *p = ctx;

	if (strcmp(p->last_said, text) != 0)
		yr_say("%s", text);
	snprintf(p->last_said, sizeof(p->last_said), "%s", text);
}

static bool is_loaded(void *ctx, const char *name)
{
	const struct yr_pod_place *p = ctx;

	return p->host.facts.loaded(&((struct yr_pod_place *)p)->host, name) ||
	       (p->profile_dir && p->shelf.facts.loaded(&((struct yr_pod_place *)p)->shelf, name));
}

const struct yr_node_facts *yr_pod_place_facts(void *ctx)
{
	struct yr_pod_place *p = ctx;
	int64_t now = time(NULL);

	/* Reading a folder of policy takes long, what is loaded is a short list. */
	if (p->profile_dir && (now >= p->shelf_read + 30 || now < p->shelf_read)) {
		yr_pod_host_done(&p->shelf);
		if (yr_pod_host_read(&p->common, p->profile_dir, &p->shelf) != YR_EXIT_OK)
			return NULL;
		p->shelf_read = now;
	}
	yr_pod_host_done(&p->host);
	if (yr_pod_host_read(&p->common, NULL, &p->host) != YR_EXIT_OK)
		return NULL;
	p->facts = p->host.facts;
	p->facts.loaded = is_loaded;
	p->facts.ctx = p;
	return &p->facts;
}

int yr_pod_place_shelf(struct yr_pod_place *p)
{
	return !p->profile_dir || yr_pod_place_facts(p) ? YR_EXIT_OK : YR_EXIT_SYSTEM;
}

const char *yr_pod_named(const char *arg)
{
	return !arg                        ? NULL
	       : !strncmp(arg, "pod/", 4)  ? arg + 4
	       : !strncmp(arg, "pods/", 5) ? arg + 5
					   : arg;
}

int yr_pod_place_begin(struct yr_pod_place *p)
{
	struct yr_err err = { 0 };
	int r = yr_store_open(p->db, &p->store, &err);

	if (r < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	if (!p->node) {
		if (gethostname(p->host_name, sizeof(p->host_name) - 1) < 0)
			snprintf(p->host_name, sizeof(p->host_name), "localhost");
		p->node = p->host_name;
	}
	p->rules.ns = p->ns ? p->ns : "default";
	p->rules.gate_off = p->gate_off;
	p->policies.arena = &p->arena;
	p->policies.psp_on = p->psp_on;
	p->rules.policies = &p->policies;
	p->agent = (struct yr_agent){ .store = p->store,
				      .engine = { .podman = p->podman,
						  .runtime = p->runtime,
						  .network = p->network,
						  .lock = -1 },
				      .paths = p->common.settings.host,
				      .node = p->node,
				      .facts = yr_pod_place_facts,
				      .say = say,
				      .ctx = p,
				      .delay = (unsigned)p->delay };
	return -1;
}

void yr_pod_place_done(struct yr_pod_place *p)
{
	yr_pod_place_release(p);
	for (size_t i = 0; i < YR_POD_POLICY_FILES; i++)
		yr_manifests_done(&p->policy_files[i]);
	yr_pod_host_done(&p->host);
	yr_pod_host_done(&p->shelf);
	p->store = yr_store_free(p->store);
	yr_arena_done(&p->arena);
	yr_common_done(&p->common);
}

static int open_lock(const struct yr_pod_place *p, const char *suffix)
{
	AUTO_FREE char *path = NULL;
	int fd;

	if (asprintf(&path, "%s%s", p->db, suffix) < 0) {
		path = NULL;
		return -1;
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		yr_say("cannot open '%s': %s", path, strerror(errno));
	return fd;
}

/* -1: cannot be told. */
static int node_runs(const struct yr_pod_place *p)
{
	AUTO_CLOSE int fd = open_lock(p, ".node");

	if (fd < 0)
		return -1;
	return flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK;
}

bool yr_pod_place_take(struct yr_pod_place *p)
{
	if (node_runs(p) != 0)
		return false;
	p->lock = open_lock(p, ".lock");
	while (p->lock >= 0 && flock(p->lock, LOCK_EX) < 0)
		if (errno != EINTR) {
			yr_pod_place_release(p);
			return false;
		}
	p->agent.engine.lock = p->lock;
	return p->lock >= 0;
}

int yr_pod_place_take_node(struct yr_pod_place *p)
{
	static const struct timespec pause = { 0, 100 * 1000 * 1000 };
	int tries = 30;

	p->node_lock = open_lock(p, ".node");
	p->lock = open_lock(p, ".lock");
	if (p->node_lock < 0 || p->lock < 0)
		return YR_EXIT_SYSTEM;
	/* Who only asks whether a node runs holds it for an instant. */
	while (flock(p->node_lock, LOCK_EX | LOCK_NB) < 0) {
		if (!tries--) {
			yr_say("a node runs with '%s' already", p->db);
			return YR_EXIT_SYSTEM;
		}
		nanosleep(&pause, NULL);
	}
	/* A call of the engine that a node before us began is waited for. */
	while (flock(p->lock, LOCK_EX) < 0)
		if (errno != EINTR) {
			yr_say("cannot lock '%s.lock': %s", p->db, strerror(errno));
			return YR_EXIT_SYSTEM;
		}
	p->agent.engine.lock = p->lock;
	return YR_EXIT_OK;
}

void yr_pod_place_release(struct yr_pod_place *p)
{
	if (p->lock >= 0)
		close(p->lock);
	if (p->node_lock >= 0)
		close(p->node_lock);
	p->lock = p->node_lock = -1;
	p->agent.engine.lock = -1;
}

int yr_pod_place_settle(struct yr_pod_place *p, const char *uid)
{
	struct yr_round round = { .progress = true };
	struct yr_err err = { 0 };

	while (round.progress) {
		if (yr_agent_round(&p->agent, uid, &round, &err) < 0) {
			say(p, err.msg);
			return YR_EXIT_SYSTEM;
		}
		if (!round.there)
			break;
	}
	return YR_EXIT_OK;
}

void yr_pod_place_look(struct yr_pod_place *p)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_round round = { .progress = true };
	struct yr_err err = { 0 };
	struct yr_pod_rows rows;

	/* Without Pods there is nothing to look at, and perhaps no engine. */
	if (yr_store_pods(p->store, NULL, NULL, &arena, &rows, &err) < 0 || !rows.n ||
	    !yr_pod_place_take(p))
		return;
	p->agent.look = true;
	while (round.progress)
		if (yr_agent_round(&p->agent, NULL, &round, &err) < 0) {
			yr_say("what follows is what was last seen: %s", err.msg);
			break;
		}
	p->agent.look = false;
	yr_pod_place_release(p);
}

static int take_policy(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
		       const struct yr_node *of_list, struct yr_diags *diags)
{
	struct yr_pod_place *p = ctx;
	struct yr_pod_answer a = { .arena = &p->arena };
	enum yr_taken taken =
		yr_policies_take(&p->policies, docs, root, &p->rules.era, true, diags, &a);
	AUTO_BUF struct yr_buf b = { 0 };

	(void)of_list;
	if (taken == YR_TAKEN_NO_MEMORY)
		return yr_pod_no_memory();
	if (taken == YR_TAKEN_NOT_A_POLICY) {
		yr_say("%s:%u:%u: no policy and no Namespace", docs->name, root->line, root->col);
		return YR_EXIT_POLICY;
	}
	yr_answer_put(&b, &a, docs->name);
	if (b.len && b.data[b.len - 1] == '\n')
		b.data[--b.len] = '\0';
	if (b.len)
		yr_say("%s", b.data);
	for (size_t i = 0; i < a.warnings.n; i++)
		yr_say("warning: %s: %s", docs->name, a.warnings.at[i]);
	return taken == YR_TAKEN && !b.len ? YR_EXIT_OK : YR_EXIT_POLICY;
}

int yr_pod_place_policies(struct yr_pod_place *p)
{
	int status = YR_EXIT_OK;

	for (size_t i = 0; i < p->n_policy_paths && status == YR_EXIT_OK; i++)
		status = yr_manifest_read(p->policy_paths[i], &p->common.settings, take_policy, p,
					  &p->policy_files[i], NULL);
	return status;
}
