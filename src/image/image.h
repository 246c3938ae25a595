/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's binary form of policy: writer, reader, and a matcher over what was read. */
#ifndef YR_IMAGE_IMAGE_H
#define YR_IMAGE_IMAGE_H

#include "base/buf.h"
#include "policy/policy.h"
#include "yoroi/compile.h"

/*
 * Append all of @policy to @out in the form that a kernel with @kernel features reads.
 * Output depends on the policy, the features and @flags (YR_IMAGE_*) alone. -ENOTSUP: permissions
 * that packed words have no place for; -E2BIG: something has no room in the form (names over 64
 * KiB, states, permissions); -ENOMEM. After a failure @out holds what it held before.
 */
int yr_image_write(const struct yr_policy *policy, const struct yr_features *kernel, unsigned flags,
		   struct yr_buf *out, struct yr_err *err);

/*
 * Permissions of one state as the kernel will hold them after unpacking, in its newest
 * numbering (binary-policy.md, sections 3 and 6): packed forms are expanded as it does.
 */
struct yr_kperms {
	uint32_t allow, deny, subtree, cond, kill, complain, prompt, audit, quiet, hide;
	uint32_t xindex, tag, label;
};

/* kperms.xindex */
#define YR_XI_UNCONFINED 0x80000000u
#define YR_XI_INHERIT 0x40000000u
#define YR_XI_CHILD 0x20000000u
#define YR_XI_UNSAFE 0x10000000u
#define YR_XI_TABLE 0x08000000u
#define YR_XI_NAME 0x04000000u
#define YR_XI_INDEX 0x00ffffffu

struct yr_image_pdb {
	bool present;
	struct yr_tables *tables;
	uint32_t start;          /* state before the first byte, normally 1 */
	struct yr_kperms *perms; /* a table; state s uses owner[s] and other[s] */
	uint32_t n_perms;
	uint32_t *owner, *other; /* [states] */
	char **targets;          /* ":ns:name" with the colon back in its place */
	uint32_t n_targets;
};

/* What the kernel accepts and no parser of today writes. */
struct yr_image_secmark {
	uint8_t audit, deny;
	char *label;
};

struct yr_image_data {
	char *key;
	unsigned char *at;
	uint32_t len;
};

/* Of the version word. */
#define YR_VERSION_ABI 0x3ffu
#define YR_VERSION_FORCE_COMPLAIN 0x800u

/* Of flags, mode and path_flags, as the kernel numbers them. */
#define YR_PF_HAT 1u
#define YR_PF_DEBUG 6u
enum { YR_PM_ENFORCE, YR_PM_COMPLAIN, YR_PM_KILL, YR_PM_UNCONFINED, YR_PM_PROMPT };
#define YR_PATH_ATTACH_DISCONNECTED 0x4u
#define YR_PATH_CHROOT_RELATIVE 0x8u
#define YR_PATH_CHROOT_ATTACH 0x10u
#define YR_PATH_ATTACH_DISCONNECTED_IPC 0x20u
#define YR_PATH_MEDIATE_DELETED 0x10000u /* what a profile without path_flags gets */

struct yr_image_profile {
	uint32_t version;                                                    /* the whole word */
	char *ns, *name, *rename, *attach, *disconnected, *disconnected_ipc; /* NULL: absent */
	bool has_xmatch;
	struct yr_image_pdb xmatch;
	uint32_t xmatch_len;
	uint32_t kill_signal, error; /* 0: absent */
	uint32_t flags, mode, audit;
	bool has_path_flags;
	uint32_t path_flags;
	uint64_t caps_allow, caps_audit, caps_quiet, caps_extended;
	char **xattrs;
	uint32_t n_xattrs;
	char **identities;
	uint32_t n_identities;
	struct yr_rlimits rlimits;
	struct yr_image_secmark *secmarks;
	uint32_t n_secmarks;
	uint16_t (*net_allowed)[3]; /* per address family: types allowed, audited, quiet */
	uint32_t n_net_allowed;
	struct yr_image_data *data;
	uint32_t n_data;
	struct yr_image_pdb policydb, file;
};

struct yr_image {
	struct yr_image_profile *profiles;
	size_t n;
};

/*
 * Read every profile of a binary image. Hostile input is expected: -EINVAL with the byte
 * offset and what was wanted there. Takes memory of some ten times @len at most, and no longer than
 * sorting takes. Strings in the result may hold any byte but NUL. On success *ret_image is the
 * caller's.
 */
int yr_image_read(const void *data, size_t len, struct yr_image **ret_image, struct yr_err *err);
struct yr_image *yr_image_free(struct yr_image *i);

/*
 * What an image says, as compiled policy: the permissions in policy.h's numbering, no rules behind
 * them. Lost is what no rule can name: the lock that every state of the policydb allows, and of
 * file permissions those that a letter always brings along (a letter counts when the bit that
 * names it is there). What was denied cannot be told from what nobody allowed, but where it is
 * quiet. In packed permissions YR_PDB_CONTINUE is not told, and both halves have both of onexec
 * and change_profile. Exec targets may be more than YR_XEC_TARGETS_MAX (yr_xec_modifier()).
 * .loc and .rule_caps are NULL. @image is only read. On success *ret_policy is the caller's, for
 * yr_policy_free(). -ENOMEM; -E2BIG: YR_LIMIT_EDGES.
 */
int yr_policy_from_image(const struct yr_image *image, struct yr_policy **ret_policy,
			 struct yr_err *err);

/* What a compile has read, for questions to its text; NULL when nothing could be read. */
struct yr_compile;
const struct yr_unit *yr_compile_unit(const struct yr_compile *c);

/*
 * Questions to what was read, asked the way the kernel asks them. A class that the policy does
 * not mediate answers *ret_mediated false, and the kernel then allows.
 */
/* @path is the object's, "/" at the end of directories. */
const struct yr_kperms *yr_image_file(const struct yr_image_profile *p, struct yr_str path,
				      bool is_owner);
/* The state behind the class byte; 0: not mediated. */
uint32_t yr_image_class(const struct yr_image_profile *p, enum yr_class class);
/* Permissions after feeding @bytes to the policydb, the class byte first. */
const struct yr_kperms *yr_image_policydb(const struct yr_image_profile *p, struct yr_str bytes);

#endif
