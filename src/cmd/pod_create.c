/* SPDX-License-Identifier: Apache-2.0 */
/* Pods come. */
#include <errno.h>

#include "base/cleanup.h"
#include "cmd/pod_place.h"

static int create_one(void *ctx, struct yr_pod_row *row)
{
	struct yr_pod_place *p = ctx;
	struct yr_err err = { 0 };
	int r = yr_pod_store(p, row, &err), status = YR_EXIT_OK;

	if (r == -EEXIST) {
		fputs("Error from server (AlreadyExists): error when creating \"", stderr);
		yr_put(stderr, p->creating);
		fprintf(stderr, "\": pods \"%s\" already exists\n", row->name);
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
	for (size_t i = 0; status < YR_EXIT_USAGE && i < p.n_files; i++) {
		p.creating = yr_manifest_name(p.files[i]);
		status = yr_worse(status, yr_pod_admit_file(&p, p.files[i], "", create_one, &p));
	}
	yr_pod_place_done(&p);
	return status;
}

const struct yr_cmd yr_cmd_pod_create = {
	.name = "pod create",
	.args = "[OPTION...] -f FILE",
	.summary = "run the Pods of a manifest on this machine",
	.help = "  -f, --filename FILE   YAML or JSON; - is standard input; may be repeated\n"
		"      --era ERA, --policy FILE, --feature-gates, --enable-admission-plugins\n"
		"                        as for 'yoroi pod check'\n" YR_STORE_HELP YR_ENGINE_HELP
			YR_COMMON_HELP,
	.run = run_create,
};
