/* SPDX-License-Identifier: Apache-2.0 */
/* Where Yoroi's own files are on this machine. */
#ifndef YR_HOST_PLACES_H
#define YR_HOST_PLACES_H

#include <limits.h>

struct yr_place {
	char path[PATH_MAX + 32];
};

/*
 * The folder of the installed policy: "share/yoroi/profiles" beside the running program, wherever
 * its tree was put, else below @datadir, where it was built to be. When the program runs out of its
 * build folder, the one in the source tree. Returns @buffer's path.
 */
const char *yr_place_profiles(const char *datadir, struct yr_place *buffer);

#endif
