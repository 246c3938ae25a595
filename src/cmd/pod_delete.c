/* SPDX-License-Identifier: Apache-2.0 */
/* Pods go. */
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

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

/* @file: that names it; NULL: the command line. */
static int not_found(const char *file, const char *name)
{
	fputs("Error from server (NotFound): ", stderr);
	if (file) {
		fputs("error when deleting \"", stderr);
		yr_put(stderr, file);
		fputs("\": ", stderr);
	}
	fputs("pods \"", stderr);
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

static int delete_one(struct yr_pod_place *p, const char *file, const char *ns, const char *name)
{
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_err err = { 0 };
	struct yr_pod_rows rows;
	const struct yr_pod_row *row;

	if (yr_store_pods(p->store, ns, name, &arena, &rows, &err) < 0)
		goto failed;
	if (!rows.n)
		return not_found(file, name);
	row = &rows.at[0];
	if (yr_store_delete(p->store, row->uid, time(NULL), yr_pod_grace(p, row), &err) < 0)
		goto failed;
	printf("pod \"%s\" deleted\n", name);
	fflush(stdout);
	if (*row->source && access(row->source, F_OK) == 0 && !p->common.settings.quiet)
		yr_say("warning: %s is still there: a node that serves it makes the Pod %s/%s "
		       "again; remove the file to end it",
		       row->source, ns, name);
	return p->no_wait ? YR_EXIT_OK : wait_gone(p, row->uid, ns, name);
failed:
	yr_say("%s", err.msg);
	return YR_EXIT_SYSTEM;
}

/* Only who it is matters: what would be refused today may have been created before. */
static int delete_named(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
			const struct yr_node *of_list, struct yr_diags *diags)
{
	struct yr_pod_place *p = ctx;
	AUTO_ARENA struct yr_arena arena = { 0 };
	struct yr_pod pod;
	int status = yr_pod_of_node(docs, root, of_list, &arena, diags, &pod);

	if (status)
		return status;
	if (!*pod.name) {
		yr_say("%s:%u:%u: this Pod has no metadata.name", docs->name, root->line,
		       root->col);
		return YR_EXIT_POLICY;
	}
	/* Neither of the two may be passed over. */
	if (p->ns && strcmp(yr_pod_namespace(&pod, &p->rules), p->ns) != 0) {
		yr_say("%s:%u:%u: the Pod is of the namespace '%s', not of '%s'; leave -n away",
		       docs->name, root->line, root->col, yr_pod_namespace(&pod, &p->rules), p->ns);
		return YR_EXIT_POLICY;
	}
	return delete_one(p, docs->name, yr_pod_namespace(&pod, &p->rules), pod.name);
}

static int run_delete(int argc, char **argv)
{
	struct yr_pod_place p;
	int status =
		yr_pod_place_open(&p, &yr_cmd_pod_delete,
				  YR_TAKES_ENGINE | YR_TAKES_FILE | YR_TAKES_GRACE, argc, argv);

	if (status >= 0)
		return status;
	status = YR_EXIT_OK;
	if (optind == argc && !p.n_files)
		status = yr_usage(p.cmd, "name the Pods to delete, or a manifest with -f FILE");
	else if (optind != argc && p.n_files)
		status = yr_usage(p.cmd, "either name Pods, or manifests with -f FILE");
	for (size_t i = 0; i < p.n_files && status < YR_EXIT_USAGE; i++)
		status = yr_worse(status, yr_manifest_read(p.files[i], &p.common.settings,
							   delete_named, &p, NULL, NULL));
	for (int i = optind; i < argc && status < YR_EXIT_USAGE; i++)
		status = yr_worse(status,
				  delete_one(&p, NULL, yr_pod_place_ns(&p), yr_pod_named(argv[i])));
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_delete = {
	.name = "pod delete",
	.args = "[OPTION...] NAME...|-f FILE",
	.summary = "stop and remove Pods",
	.help = "  -f, --filename FILE   those that a manifest names; - is standard input; may be\n"
		"                        repeated\n"
		"      --grace-period SECONDS\n"
		"                        how long containers may take to end; normally as the Pod "
		"says\n"
		"      --wait=false      do not wait until they are gone\n" YR_STORE_HELP
			YR_ENGINE_HELP YR_COMMON_HELP,
	.run = run_delete,
};
