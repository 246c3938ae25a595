/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resolved profiles in, automata with permissions out: everything a profile says, class by
 * class, in a form that an image, a question or another engine can use.
 */
#ifndef YR_POLICY_POLICY_H
#define YR_POLICY_POLICY_H

#include "automata/automata.h"
#include "lang/lang.h"
#include "yoroi/features.h"

/*
 * First byte of every string that the policydb automaton is fed: the mediation class.
 * From the kernel's apparmor.h (binary-policy.md, 5.3).
 */
enum yr_class {
	YR_CLASS_FILE = 2,
	YR_CLASS_CAP = 3,
	YR_CLASS_NET_V7 = 4,
	YR_CLASS_MOUNT = 7,
	YR_CLASS_PTRACE = 9,
	YR_CLASS_SIGNAL = 10,
	YR_CLASS_NET_V8 = 14,
	YR_CLASS_NET_V9 = 15,
	YR_CLASS_LABEL = 16,
	YR_CLASS_POSIX_MQUEUE = 17,
	YR_CLASS_SYSV_MQUEUE = 18,
	YR_CLASS_USERNS = 21,
	YR_CLASS_IO_URING = 22,
	YR_CLASS_NET_V9_SKB = 30,
	YR_CLASS_DBUS = 32,
};

/* Of the policydb, allowed or not and nothing else: the question goes on behind this state. */
#define YR_PDB_CONTINUE 0x08000000u

/*
 * What one half (the owner's, or everybody else's) of a state may do. For files the low
 * seven bits are enum yr_file_perm; bits 30 and 31 are onexec and change_profile. For
 * the policydb they are the kernel's numbers of binary-policy.md 5.3, 5.4 and 6.1.
 * allow never contains a denied bit; quiet bits are denied without a log line.
 */
struct yr_perms {
	uint32_t allow, audit, deny, quiet, prompt;
	uint32_t exec; /* with exec in allow, how it goes on: YR_XEC_* */
};

/* struct yr_perms.exec: what the packed form carries in bits 7 to 13, binary-policy.md 6.1. */
#define YR_XEC_PUX 0x80u      /* fall back to unconfined */
#define YR_XEC_UNSAFE 0x100u  /* keep the environment */
#define YR_XEC_INHERIT 0x200u /* ix, or fall back to it */
#define YR_XEC_MODIFIER 0x3c00u
#define YR_XEC_SHIFT 10
#define YR_XEC_NONE 0u
#define YR_XEC_UNCONFINED 1u
#define YR_XEC_PROFILE 2u
#define YR_XEC_CHILD 3u
#define YR_XEC_TARGET 4u /* and up: index into targets + 4 */
#define YR_XEC_TARGETS_MAX 12u

/* The modifier of struct yr_perms.exec; also of an image with more targets than a packed one. */
static inline uint32_t yr_xec_modifier(uint32_t exec)
{
	return exec >> YR_XEC_SHIFT;
}

struct yr_state_perms {
	struct yr_perms owner, other; /* the same in the policydb, where nothing has an owner */
};

/* An automaton and what its accept values stand for: perms[accept], [0] is nothing. */
struct yr_pdb {
	struct yr_dfa *dfa;           /* owned; NULL: absent */
	struct yr_state_perms *perms; /* in the arena */
	uint32_t n_perms;
	struct yr_why *why; /* owned; the rules behind each accept value; NULL unless asked for */
};

#define YR_FAMILIES 46u /* AF_UNSPEC up to AF_MCTP */
struct yr_net_types {
	struct {
		uint16_t allow, audit, deny, quiet; /* bit SOCK_* */
	} family[YR_FAMILIES];
};

struct yr_rlimits {
	uint32_t mask; /* bit RLIMIT_* */
	uint64_t value[16];
};

struct yr_rule_caps {
	uint64_t allow, audit, quiet, deny;
};

/* One profile for one kernel. Strings and arrays live in the compile's arena. */
struct yr_compiled {
	const char *ns;   /* NULL: none */
	const char *name; /* parent//child */
	bool hat;
	const struct yr_flags *flags;
	const char *disconnected_path, *disconnected_ipc_path; /* NULL: none */
	const char **identities;
	size_t n_identities;
	const struct yr_loc *loc; /* of the head, in the unit; NULL: read from an image */

	struct yr_dfa *xmatch; /* owned; NULL: none; accept 1 is a match */
	uint32_t xmatch_len;
	const char **xattrs; /* names whose values the xmatch wants, in order */
	size_t n_xattrs;

	/* Socket types by family, for kernels before 4.17 (Ubuntu's); NULL: not such a kernel. */
	struct yr_net_types *net;

	uint64_t caps_allow, caps_audit, caps_quiet, caps_deny;
	/* What each rule of the profile adds to these; NULL unless rules were asked for. */
	struct yr_rule_caps *rule_caps;
	struct yr_rlimits rlimits;

	struct yr_pdb policydb, file;
	const char **targets; /* exec targets; ":ns:name" for another namespace */
	size_t n_targets;
};

/* What a profile's head may say and not every kernel takes. */
enum yr_takes {
	YR_TAKES_ERROR,
	YR_TAKES_IDENTITY,
	YR_TAKES_INTERRUPTIBLE,
	YR_TAKES_IPC_PATH,
	YR_TAKES_KILL_SIGNAL,
	YR_TAKES_PROMPTS,
	YR_TAKES_XATTRS,
};
bool yr_kernel_takes(const struct yr_features *kernel, enum yr_takes what);

struct yr_policy {
	struct yr_compiled *profiles; /* parents before their children, as in the unit */
	size_t n;
	struct yr_arena arena;
};

/*
 * The features that policies were last written for, so that a set parses each of its few abis once.
 * Start from `{ 0 }`. For one thread.
 */
struct yr_abis {
	struct yr_features *at[4];
	unsigned next; /* the one that makes room */
};
/*
 * The features in @text, which is called @name in messages. They belong to @abis and may be gone
 * with the next call. As yr_features_parse().
 */
int yr_abis_get(struct yr_abis *abis, const char *name, struct yr_str text,
		const struct yr_features **ret_features, struct yr_err *err);
void yr_abis_done(struct yr_abis *abis);

struct yr_policy_options {
	const struct yr_features *kernel; /* what the kernel offers; required */
	const struct yr_features
		*override_abi; /* what every policy was written for; NULL: its own abi rule */
	const struct yr_features
		*default_abi; /* for policy without an abi rule; NULL: yr_default_abi_text() */
	const char *ns;       /* of -n; NULL: what the profiles say */
	struct yr_abis *abis; /* gets the policy's abi, for the next ones; NULL: it is not kept */
	/*
	 * Somebody will ask why: keep the rules behind every state (why.h). Such automata are
	 * larger and not minimal; a profile that is too big for that gets a warning [limit] and
	 * is compiled as if nobody asked.
	 */
	bool per_rule;
};

/*
 * Compile @unit, which lives in the caller's arena and must outlive the result. Mistakes
 * and warnings go to @diags (check yr_diags_errors()); a negative return is the machine's.
 * On success *ret_policy is the caller's, for yr_policy_free().
 */
/*
 * The features that a policy without an abi rule is taken to be written for: every class
 * that Linux 6.1 mediates. Later classes (userns, io_uring, fine unix, dbus) would refuse
 * what such a policy never heard of. Lives as long as the process.
 */
const char *yr_default_abi_text(void);

int yr_policy_compile(const struct yr_unit *unit, const struct yr_policy_options *opt,
		      struct yr_diags *diags, struct yr_policy **ret_policy, struct yr_err *err);
struct yr_policy *yr_policy_free(struct yr_policy *p);
/* What the @i-th profile of the policy that was made of @unit was in it; NULL: there are less. */
const struct yr_profile *yr_policy_source(const struct yr_unit *unit, size_t i);

#endif
