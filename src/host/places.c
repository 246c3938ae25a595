/* SPDX-License-Identifier: Apache-2.0 */
#include "host/places.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *yr_place_profiles(const char *datadir, struct yr_place *beside)
{
	size_t size = sizeof(beside->path);
	bool in_build = false;
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	char *slash;

	exe[n > 0 ? n : 0] = '\0';
	slash = strrchr(exe, '/');
	if (slash) {
		*slash = '\0';
		snprintf(beside->path, size, "%s/meson-info", exe);
		in_build = !access(beside->path, F_OK);
		slash = strrchr(exe, '/');
	}
	/* A program that is only started by others has a folder of its own below libexec. */
	if (slash && !in_build && !strcmp(slash, "/yoroi")) {
		*slash = '\0';
		slash = strrchr(exe, '/');
	}
	if (slash) {
		*slash = '\0';
		snprintf(beside->path, size, "%s/%s", exe,
			 in_build ? "profiles" : "share/yoroi/profiles");
		if (!access(beside->path, R_OK))
			return beside->path;
	}
	snprintf(beside->path, size, "%s/profiles", datadir);
	return beside->path;
}
