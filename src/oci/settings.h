/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration of yoroi-runtime: "key = value" lines. */
#ifndef YR_OCI_SETTINGS_H
#define YR_OCI_SETTINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "oci/record.h"
#include "oci/runtime_limits.h"
#include "yoroi/err.h"

/* Profiles as settings and annotations name them. */
#define YR_RUNTIME_DEFAULT "runtime/default" /* our own default profile */
#define YR_LOCALHOST "localhost/"            /* a profile of this name */
#define YR_UNCONFINED "unconfined"
/* What "runtime/default" is called in the kernel. */
#define YR_DEFAULT_PROFILE "yoroi-default"

/* Never changes once read. The strings live as long as it. */
struct yr_oci_settings {
	const char *path;    /* the file that it was read from; NULL: there is none */
	const char *runtime; /* NULL: look for one */
	/* As wishes are written: YR_RUNTIME_DEFAULT, "localhost/NAME", NAME, YR_UNCONFINED. */
	const char *default_profile;
	const char *privileged_profile; /* of privileged containers that ask for none */
	const char *profile_dirs[YR_LIMIT_PROFILE_DIRS + 1]; /* NULL behind the last */
	size_t n_profile_dirs;                               /* 0: the usual ones */
	bool on_failure_unconfined; /* start without protection what cannot be protected */
	bool on_failure_annotation; /* an annotation may say so too */
	bool allow_unconfined;      /* whoever asks for no profile gets none */
	bool reload_changed;        /* a profile whose file says something else now */
	enum yr_record_where events;
	const char *events_file; /* NULL: the usual one */
	bool record_required;    /* no start without its record */
	char *text;              /* of the file, cut up */
};

/*
 * Read @path. @must: it was named by somebody, so that it has to be there; otherwise one that is
 * not gives what is said without any. Everything else that is wrong is refused with FILE:LINE: a
 * key that is not known, a value that is none, a key that comes twice, settings that contradict
 * each other; -EPERM: others than root and the caller can write the file. In a user namespace root
 * has no number, as all who are not mapped: files of any of these pass for root's. On success *ret
 * is the caller's, for yr_oci_settings_free().
 */
int yr_oci_settings_read(const char *path, bool must, struct yr_oci_settings **ret,
			 struct yr_err *err);
/* The same from a text, for @path in messages. */
int yr_oci_settings_parse(const char *path, const char *text, size_t len,
			  struct yr_oci_settings **ret, struct yr_err *err);
/* Numbers of users are mapped here; in the first namespace they are themselves. */
bool yr_oci_in_user_namespace(void);
/* The names of the settings in order, NULL at the end. */
const char *yr_oci_setting_name(size_t i);
/* NULL is fine. Always returns NULL. */
struct yr_oci_settings *yr_oci_settings_free(struct yr_oci_settings *s);

#endif
