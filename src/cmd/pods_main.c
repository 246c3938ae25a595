/* SPDX-License-Identifier: Apache-2.0 */
/* The program behind `yoroi pod` and `yoroi node`, which takes their command line. */
#include <string.h>

#include "cmd/cmd.h"

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (!strcmp(name, "node"))
		return yr_finish(yr_cmd_node.run(argc - 1, argv + 1));
	if (!strcmp(name, "pod"))
		return yr_finish(yr_cmd_pod.run(argc - 1, argv + 1));
	if (!strcmp(name, "--version")) {
		puts(YR_PODS_PROGRAM " " YR_VERSION);
		return yr_finish(YR_EXIT_OK);
	}
	fputs("usage: yoroi pod|node COMMAND [OPTION...] [ARGUMENT...]\n", stderr);
	return YR_EXIT_USAGE;
}
