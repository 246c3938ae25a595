/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of src/policy share: one profile on its way into automata. */
#ifndef YR_POLICY_ENC_H
#define YR_POLICY_ENC_H

#include "base/buf.h"
#include "base/cleanup.h"
#include "policy/policy.h"
#include "policy/why.h"

struct yr_tags {
	struct yr_tag *at;
	uint32_t n, cap;
	uint32_t *index; /* hash table of n + 1 */
	uint32_t index_size;
	bool per_rule; /* keep rules apart that say the same */
	uint32_t by;   /* with per_rule: the rule being laid, struct yr_tag.by */
	bool failed;
};

void yr_tags_done(struct yr_tags *t);
/* The number of a tag equal to @tag; remembers it when it is new. Failure sticks. */
uint32_t yr_tags_add(struct yr_tags *t, const struct yr_tag *tag);

/* Two rules that want different execs of one path, found while folding. */
struct yr_conflict {
	uint32_t a, b;   /* tags, the one of the earlier rule first */
	unsigned halves; /* 1: the owner's, 2: everybody else's */
	/* With rules kept apart: of states where they meet, and of no other. Not every one of these
	 * has a path of bytes that leads to it. */
	uint32_t accept[8];
	unsigned n;
	bool here; /* they meet in the set at hand */
};

/* Folds sets of tags into permissions: policy-language.md, "How rules combine". */
struct yr_fold {
	const struct yr_tags *tags;
	struct yr_why *why; /* not NULL: accept values are its sets, and perms stays empty */
	bool both_halves;   /* policydb: the other half is a copy */
	bool exec_maps;     /* an inherited program may be mapped where that exec wins */
	struct yr_state_perms *perms;
	uint32_t n, cap;
	uint32_t *index;
	uint32_t index_size;
	struct yr_conflict *conflicts;
	uint32_t n_conflicts, conflicts_cap;
	bool conflict_here;            /* in the set at hand, one whose places are not all known */
	uint16_t conflict_index[1024]; /* hash table of n + 1; twice YR_LIMIT_DIAGNOSTICS fit */
	bool failed;
};

/*
 * What the @n of @f's tags come to, denials told in deny; false: memory. Those that want
 * different execs are added to @f's conflicts.
 */
bool yr_fold_set(struct yr_fold *f, const uint32_t *tags, size_t n, struct yr_state_perms *ret);
/* A yr_fold_fn; @ctx is the struct yr_fold. */
uint32_t yr_fold_tags(void *ctx, const uint32_t *tags, size_t n);
void yr_fold_done(struct yr_fold *f);

/* Classes whose rules may find no feature in the kernel or the abi; counted per profile. */
enum yr_gap {
	YR_GAP_DBUS,
	YR_GAP_IO_URING,
	YR_GAP_MOUNT,
	YR_GAP_MOUNT_DETACHED,
	YR_GAP_MQUEUE,
	YR_GAP_NETWORK,
	YR_GAP_NETWORK_DETAIL,
	YR_GAP_NETWORK_IFACE,
	YR_GAP_NETWORK_PACKETS,
	YR_GAP_NETWORK_UNIX,
	YR_GAP_PROMPT,
	YR_GAP_PTRACE,
	YR_GAP_SIGNAL,
	YR_GAP_STACK,
	YR_GAP_UNIX,
	YR_GAP_UNIX_DENY,
	YR_GAP_USERNS,
	YR_GAPS
};

struct yr_enc {
	struct yr_arena *arena;  /* of the result */
	struct yr_arena scratch; /* of this profile */
	struct yr_diags *diags;
	struct yr_err *err;
	const struct yr_features *kernel, *abi;
	const struct yr_word *abi_word; /* what the policy calls its abi, absent: nothing */
	const struct yr_profile *profile;
	struct yr_compiled *out;
	struct yr_nfa *policydb, *file;
	struct yr_tags policydb_tags, file_tags;
	bool any_file_rule;
	bool per_rule; /* of yr_policy_options */
	bool in_all;   /* laying the parts of "all," */
	bool is_old;   /* of @kernel: yr_enc_is_old() */
	struct {
		const struct yr_rule *first;
		unsigned n;
		enum { YR_LACKS_KERNEL, YR_LACKS_ABI, YR_LACKS_YOROI, YR_AS_UPSTREAM } who;
	} gaps[YR_GAPS];
	int status; /* first negative errno that is the machine's, sticks */
};

/* Whether both the kernel and the policy's abi know @feature. */
bool yr_enc_has(const struct yr_enc *e, const char *feature);
/*
 * Debian 12's own kernel and nothing newer: policy for it means what Debian 12's parser, 3.0.8,
 * makes of it where that differs from 5.0.2 (docs/upstream.md).
 */
bool yr_kernel_is_old(const struct yr_features *kernel);
static inline bool yr_enc_is_old(const struct yr_enc *e)
{
	return e->is_old;
}
/* Note that @rule finds no @feature (NULL: no kernel has it); reported once a profile by
 * yr_enc_report_gaps(). */
void yr_enc_gap(struct yr_enc *e, enum yr_gap gap, const char *feature, const struct yr_rule *rule);
void yr_enc_report_gaps(struct yr_enc *e);
/*
 * Laying fields. @from 0 or a failure gives 0, as in automata.h. An absent word
 * lays the class's "anything". Mistakes are reported at the word.
 */
enum yr_any { YR_ANY_BYTES, YR_SOME_BYTES }; /* [^\0]* and [^\0][^\0]* */
yr_node yr_enc_word(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_word *word,
		    enum yr_any any, bool is_path);
yr_node yr_enc_words(struct yr_enc *e, struct yr_nfa *n, yr_node from,
		     const struct yr_words *words);
yr_node yr_enc_any(struct yr_nfa *n, yr_node from, enum yr_any any);
/* The texts that @word stands for. -EINVAL is reported; other errors stick. */
int yr_enc_expand(struct yr_enc *e, const struct yr_word *word, bool is_path,
		  struct yr_str **ret_texts, size_t *ret_n);
/* Several texts side by side that meet again; @flags: enum yr_glob_flags. */
yr_node yr_enc_texts(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_str *texts,
		     size_t n_texts, const struct yr_word *blame, unsigned flags);
yr_node yr_enc_text(struct yr_enc *e, struct yr_nfa *n, yr_node from, struct yr_str text,
		    const struct yr_word *blame, unsigned flags, struct yr_glob_info *info);
/* A pattern that came out of @word, which is blamed. */
yr_node yr_enc_pattern(struct yr_enc *e, struct yr_nfa *n, yr_node from, const struct yr_pattern *p,
		       const struct yr_word *word, unsigned flags, struct yr_glob_info *info);

/* A rule that is not laid has its patterns looked at all the same. */
void yr_enc_check_patterns(struct yr_enc *e, const struct yr_rule *rule);

/* Say that a match of the policydb that ends at @at has @bits, as @rule's qualifiers want. */
void yr_enc_accept(struct yr_enc *e, yr_node at, const struct yr_rule *rule, uint32_t bits);
/* The same with other qualifiers than the rule's own, and bits that are logged all the same. */
void yr_enc_accept_as(struct yr_enc *e, yr_node at, const struct yr_rule *rule,
		      const struct yr_quals *quals, uint32_t bits, uint32_t audit);
/* The same with bits that are logged whatever the qualifiers say. */
void yr_enc_accept_audit(struct yr_enc *e, yr_node at, const struct yr_rule *rule, uint32_t bits,
			 uint32_t audit);
void yr_enc_mark(struct yr_enc *e, yr_node at, int priority, uint32_t bits);
yr_node yr_enc_class(struct yr_enc *e, enum yr_class class);

/* The value of a rule's condition, NULL when it has none. */
const struct yr_cond *yr_cond_find(const struct yr_cond *conds, const char *name);
const struct yr_word *yr_cond_word(const struct yr_cond *conds, const char *name);

/* One per rule kind. */
void yr_enc_file(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_link(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_change_profile(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_capability(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_network(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_unix(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_mount(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_umount(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_pivot_root(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_ptrace(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_signal(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_dbus(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_mqueue(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_userns(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_io_uring(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_rlimit(struct yr_enc *e, const struct yr_rule *r);
void yr_enc_all(struct yr_enc *e, const struct yr_rule *r);

/* Access to AppArmor's own files, @writable among them, that goes with changing profile or hat. */
void yr_enc_interface_access(struct yr_enc *e, const char *writable);

/* What the head says besides, and a warning for what the kernel does not take. */
void yr_enc_flags(struct yr_enc *e);
/* Name every pair of conflicting rules that @fold met, with a path that meets both. */
void yr_enc_report_conflicts(struct yr_enc *e, const struct yr_dfa *dfa, struct yr_fold *fold);

/* What the profile is attached to. */
void yr_enc_attachment(struct yr_enc *e);

#endif
