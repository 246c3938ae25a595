/* SPDX-License-Identifier: Apache-2.0 */
/* Pods come and go. */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

static int create_one(void *ctx, struct yr_pod_row *row)
{
	struct yr_pod_place *p = ctx;
	struct yr_err err = { 0 };
	int r = yr_pod_store(p, row, &err), status = YR_EXIT_OK;

	if (r == -EEXIST) {
		fprintf(stderr,
			"Error from server (AlreadyExists): error when creating: pods \"%s\" "
			"already exists\n",
			row->name);
		return YR_EXIT_POLICY;
	}
	if (r < 0) {
		yr_say("%s", err.msg);
		return YR_EXIT_SYSTEM;
	}
	printf("pod/%s created\n", row->name);
	fflush(stdout);
	/* Where a node runs it is its work; otherwise as far as it comes is ours. */
	if (yr_pod_place_take(p)) {
		status = yr_pod_place_settle(p, p->uid);
		yr_pod_place_release(p);
	}
	return status;
}

static int run_create(int argc, char **argv)
{
	struct yr_pod_place p;
	int status =
		yr_pod_place_open(&p, &yr_cmd_pod_create,
				  YR_TAKES_RULES | YR_TAKES_ENGINE | YR_TAKES_FILE, argc, argv);

	if (status >= 0)
		return status;
	if (!p.n_files || optind != argc)
		status =
			yr_usage(p.cmd, "name a manifest with -f FILE, or -f - for standard input");
	else
		status = yr_pod_place_policies(&p);
	if (status == YR_EXIT_OK)
		status = yr_pod_place_shelf(&p);
	for (size_t i = 0; status == YR_EXIT_OK && i < p.n_files; i++)
		status = yr_pod_admit_file(&p, p.files[i], "", create_one, &p);
	yr_pod_place_done(&p);
	return status;
}

/* Until nothing of it is left, by a node or by ourselves. */
static int wait_gone(struct yr_pod_place *p, const char *uid, const char *ns, const char *name)
{
	struct timespec pause = { 0, 100 * 1000 * 1000 };

	for (;;) {
		AUTO_ARENA struct yr_arena arena = { 0 };
		struct yr_err err = { 0 };
		struct yr_pod_rows rows;
		int status;

		if (yr_store_pods(p->store, ns, name, &arena, &rows, &err) < 0) {
			yr_say("%s", err.msg);
			return YR_EXIT_SYSTEM;
		}
		if (!rows.n || strcmp(rows.at[0].uid, uid) != 0)
			return YR_EXIT_OK;
		if (yr_pod_place_take(p)) {
			status = yr_pod_place_settle(p, uid);
			yr_pod_place_release(p);
			if (status != YR_EXIT_OK)
				return status;
		}
		nanosleep(&pause, NULL);
		/* One that takes its time is not asked for all the time. */
		pause.tv_nsec = 500 * 1000 * 1000;
	}
}

static int not_found(const char *name)
{
	fputs("Error from server (NotFound): pods \"", stderr);
	yr_put(stderr, name);
	fputs("\" not found\n", stderr);
	return YR_EXIT_POLICY;
}

int64_t yr_pod_grace(const struct yr_pod_place *p, const struct yr_pod_row *row)
{
	struct yr_wanted w = { 0 };
	struct yr_err err = { 0 };
	int64_t grace = p->grace;

	if (grace < 0)
		grace = yr_wanted_read(row, &w, &err) < 0 ? 30 : w.grace;
	yr_wanted_done(&w);
	return grace < 0 ? 0 : grace;
}

static int delete_one(struct yr_pod_place *p, const char *name)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	const char *ns = yr_pod_place_ns(p);
	struct yr_err err = { 0 };
	struct yr_pod_rows rows;

	if (yr_store_pods(p->store, ns, name, &arena, &rows, &err) < 0)
		goto failed;
	if (!rows.n)
		return not_found(name);
	if (yr_store_delete(p->store, rows.at[0].uid, time(NULL), yr_pod_grace(p, &rows.at[0]),
			    &err) < 0)
		goto failed;
	printf("pod \"%s\" deleted\n", name);
	fflush(stdout);
	return p->no_wait ? YR_EXIT_OK : wait_gone(p, rows.at[0].uid, ns, name);
failed:
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

static int run_delete(int argc, char **argv)
{
	struct yr_pod_place p;
	int status = yr_pod_place_open(&p, &yr_cmd_pod_delete, YR_TAKES_ENGINE | YR_TAKES_GRACE,
				       argc, argv);

	if (status >= 0)
		return status;
	status = optind == argc ? yr_usage(p.cmd, "name the Pods to delete") : YR_EXIT_OK;
	for (int i = optind; i < argc && status < YR_EXIT_USAGE; i++)
		status = yr_worse(status, delete_one(&p, yr_pod_named(argv[i])));
	yr_pod_place_done(&p);
	return status;
}

#define STORE_HELP                                                                                 \
	"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"                           \
	"  -n, --namespace NAME  the namespace, normally default\n"
#define ENGINE_HELP                                                                                \
	"      --podman PROGRAM  the engine\n"                                                     \
	"      --runtime NAME    what it starts containers with, normally yoroi-runtime\n"         \
	"      --network NAME    of Pods, normally the engine's own\n"                             \
	"      --node-name NAME  normally the host's name\n"                                       \
	"      --profile-dir DIR profiles in it count as loaded: the runtime loads them\n"         \
	"      --restart-delay SECONDS\n"                                                          \
	"                        the first pause before a restart, normally 10\n"

const struct yr_cmd yr_cmd_pod_create = {
	.name = "pod create",
	.args = "[OPTION...] -f FILE",
	.summary = "run the Pods of a manifest on this machine",
	.help = "  -f, --filename FILE   YAML or JSON; - is standard input; may be repeated\n"
		"      --era ERA, --policy FILE, --feature-gates, --enable-admission-plugins\n"
		"                        as for 'yoroi pod check'\n" STORE_HELP ENGINE_HELP
			YR_COMMON_HELP,
	.run = run_create,
};

const struct yr_cmd yr_cmd_pod_delete = {
	.name = "pod delete",
	.args = "[OPTION...] NAME...",
	.summary = "stop and remove Pods",
	.help = "      --grace-period SECONDS\n"
		"                        how long containers may take to end; normally as the Pod "
		"says\n"
		"      --wait=false      do not wait until they are gone\n" STORE_HELP ENGINE_HELP
			YR_COMMON_HELP,
	.run = run_delete,
};
