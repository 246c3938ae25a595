/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a container's specification says about its security, and the same specification with
 * another profile in it. The text is read in place and kept to the byte: see
 * docs/decisions/0010-specifications-by-place.md.
 *
 * runc takes keys whatever their case and the last of several, crun takes them as they are and the
 * first. So the objects that are decided from may hold no key twice, none with a NUL, and none that
 * is one of ours but for its case: the two would read different things. These are the top, process,
 * process.capabilities, linux, each of linux.namespaces, and (as to doubled keys) annotations.
 */
#ifndef YR_OCI_SPEC_H
#define YR_OCI_SPEC_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "yoroi/err.h"

enum yr_spec_kind {
	YR_SPEC_CONFIG, /* a bundle's config.json */
	YR_SPEC_PROCESS /* the process object alone, as `exec --process FILE` reads it */
};

struct yr_spec_note {
	const char *key, *value;
};

/* Strings are UTF-8 without a NUL, unescaped, and live as long as the specification. */
struct yr_spec {
	bool has_process;
	const char *profile; /* process.apparmorProfile; NULL: missing, null or "" */
	/*
	 * It is "", which is none to runc; crun asks the kernel for it in vain. Of a process alone
	 * it is refused: runc would take the container's profile for it, and crun does not.
	 */
	bool empty_profile;
	bool seccomp; /* linux.seccomp is an object */
	/*
	 * A guess, since a specification does not say it: CAP_SYS_ADMIN, CAP_SYS_MODULE,
	 * CAP_SYS_RAWIO and CAP_MAC_ADMIN in process.capabilities.bounding, nothing in
	 * linux.maskedPaths and linux.readonlyPaths, and no seccomp. False for a process alone.
	 */
	bool privileged;
	bool no_new_privs;
	bool user_namespace;   /* linux.namespaces has one of type user, be it by a path */
	const char *first_arg; /* process.args[0]; NULL: none */
	const char *hostname;  /* NULL: missing, null or "" */
	const struct yr_spec_note *annotations; /* by key */
	size_t n_annotations;
};

/*
 * @text (UTF-8, strict JSON, at most YR_LIMIT_SPEC_BYTES) is borrowed: it has to outlive *ret,
 * which is the caller's to give to yr_spec_free(). What is refused is told as
 * "LINE:COLUMN: reason", both from 1, columns in bytes: put the file's name and ':' before it.
 * -EINVAL: not a specification; -EFBIG: beyond a limit, which the message names; -ENOMEM.
 */
int yr_spec_read(const char *text, size_t len, enum yr_spec_kind kind, struct yr_spec **ret,
		 struct yr_err *err);

/* NULL: no such annotation. "" is one. */
const char *yr_spec_annotation(const struct yr_spec *s, const char *key);

/*
 * The whole text again with only process.apparmorProfile set to @profile, or put in where it was
 * missing, is appended to @out. "" is written as null, which makes runtimes leave the process alone,
 * without asking the kernel for anything; "unconfined" makes them ask the kernel for that. Reading
 * what comes out gives the same specification with that profile.
 * -ENOENT: there is no process; -EINVAL: @profile is not UTF-8 or holds control characters.
 */
int yr_spec_with_profile(const struct yr_spec *s, const char *profile, struct yr_buf *out,
			 struct yr_err *err);

/* NULL is fine. Always returns NULL. */
struct yr_spec *yr_spec_free(struct yr_spec *s);

static inline void yr_cleanup_spec(struct yr_spec **s)
{
	*s = yr_spec_free(*s);
}
#define AUTO_SPEC YR_CLEANUP(yr_cleanup_spec)

#endif
