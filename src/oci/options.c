/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/options.h"

#include <string.h>

#include "base/cleanup.h"
#include "oci/args.h"

#define BOTH (YR_OCI_GO | YR_OCI_GNU)
#define START (YR_OCI_IN_CREATE | YR_OCI_IN_RUN)
#define RESTORE YR_OCI_IN_RESTORE
#define BUNDLE (START | RESTORE)
#define ALL (BUNDLE | YR_OCI_IN_EXEC)
#define ANYWHERE (ALL | YR_OCI_IN_START | YR_OCI_IN_FRONT)
#define AT(field) offsetof(struct yr_oci_args, field)

/* tests/unit/test_oci_args.c asks the runtimes that are installed whether one is missing. */
const struct yr_oci_option yr_oci_options[] = {
	/* name, letter, where, who, takes, does, place */
	{ "debug", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "log", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, 0, AT(log) },
	{ "log-format", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, 0, AT(log_format) },
	{ "log-level", 0, YR_OCI_IN_FRONT, YR_OCI_GNU, YR_OCI_VALUE, 0, 0 },
	{ "root", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, 0, AT(root) },
	{ "criu", 0, YR_OCI_IN_FRONT, YR_OCI_GO, YR_OCI_VALUE, 0, 0 },
	{ "systemd-cgroup", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "cgroup-manager", 0, YR_OCI_IN_FRONT, YR_OCI_GNU, YR_OCI_VALUE, 0, 0 },
	{ "rootless", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "version", 'v', YR_OCI_IN_FRONT, BOTH, YR_OCI_NOTHING, YR_OCI_HELPS, 0 },
	{ "version", 'V', YR_OCI_IN_FRONT, YR_OCI_GNU, YR_OCI_NOTHING, YR_OCI_HELPS, 0 },
	{ "yoroi-config", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, YR_OCI_OURS, AT(config) },
	{ "yoroi-runtime", 0, YR_OCI_IN_FRONT, BOTH, YR_OCI_VALUE, YR_OCI_OURS, AT(runtime) },

	{ "help", 'h', ANYWHERE, YR_OCI_GO, YR_OCI_NOTHING, YR_OCI_HELPS, 0 },
	{ "help", '?', ANYWHERE, YR_OCI_GNU, YR_OCI_NOTHING, YR_OCI_HELPS, 0 },
	{ "usage", 0, ANYWHERE, YR_OCI_GNU, YR_OCI_NOTHING, YR_OCI_HELPS, 0 },

	{ "bundle", 'b', BUNDLE, BOTH, YR_OCI_VALUE, 0, AT(bundle) },
	{ "config", 'f', START, YR_OCI_GNU, YR_OCI_VALUE, 0, AT(spec_file) },
	{ "console-socket", 0, ALL, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "pidfd-socket", 0, START | YR_OCI_IN_EXEC, YR_OCI_GO, YR_OCI_VALUE, 0, 0 },
	{ "pid-file", 0, ALL, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "preserve-fds", 0, START | YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "no-pivot", 0, START, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "no-pivot", 0, RESTORE, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
	{ "no-new-keyring", 0, START, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "no-subreaper", 0, START, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "no-subreaper", 0, RESTORE | YR_OCI_IN_EXEC, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
	{ "keep", 0, YR_OCI_IN_RUN, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "detach", 'd', YR_OCI_IN_RUN | RESTORE | YR_OCI_IN_EXEC, BOTH, YR_OCI_NOTHING, 0, 0 },

	{ "image-path", 0, RESTORE, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "work-path", 0, RESTORE, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "tcp-established", 0, RESTORE, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "tcp-close", 0, RESTORE, YR_OCI_GNU, YR_OCI_NOTHING, 0, 0 },
	{ "ext-unix-sk", 0, RESTORE, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "shell-job", 0, RESTORE, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "file-locks", 0, RESTORE, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "link-remap", 0, RESTORE, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
	{ "manage-cgroups-mode", 0, RESTORE, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "empty-ns", 0, RESTORE, YR_OCI_GO, YR_OCI_VALUE, 0, 0 },
	{ "auto-dedup", 0, RESTORE, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
	{ "lazy-pages", 0, RESTORE, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
	{ "lsm-profile", 0, RESTORE, BOTH, YR_OCI_VALUE, 0, AT(lsm_profile) },
	{ "lsm-mount-context", 0, RESTORE, BOTH, YR_OCI_VALUE, 0, 0 },

	{ "process", 'p', YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, AT(process) },
	{ "apparmor", 0, YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, AT(apparmor) },
	{ "process-label", 0, YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "cwd", 0, YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "env", 'e', YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "tty", 't', YR_OCI_IN_EXEC, BOTH, YR_OCI_MAYBE, 0, 0 },
	{ "user", 'u', YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "additional-gids", 'g', YR_OCI_IN_EXEC, YR_OCI_GO, YR_OCI_VALUE, 0, 0 },
	{ "no-new-privs", 0, YR_OCI_IN_EXEC, BOTH, YR_OCI_NOTHING, 0, 0 },
	{ "cap", 'c', YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "cgroup", 0, YR_OCI_IN_EXEC, BOTH, YR_OCI_VALUE, 0, 0 },
	{ "ignore-paused", 0, YR_OCI_IN_EXEC, YR_OCI_GO, YR_OCI_NOTHING, 0, 0 },
};
const size_t yr_oci_n_options = ARRAY_LEN(yr_oci_options);

const struct yr_oci_option *yr_oci_option_find(unsigned where, unsigned who, const char *name,
					       size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(yr_oci_options); i++) {
		const struct yr_oci_option *o = &yr_oci_options[i];

		if (!(o->where & where) || !(o->who & who))
			continue;
		if (len == 1 ? o->letter == *name
			     : strlen(o->name) == len && !memcmp(o->name, name, len))
			return o;
	}
	return NULL;
}

bool yr_oci_option_begins(unsigned where, unsigned who, const char *name, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(yr_oci_options); i++) {
		const struct yr_oci_option *o = &yr_oci_options[i];

		if ((o->where & where) && (o->who & who) && len && !strncmp(o->name, name, len))
			return true;
	}
	return false;
}
