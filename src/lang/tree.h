/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The syntax tree of policy text, and what is left of it once includes, variables,
 * conditions and qualifier blocks are resolved. Everything lives in the compile's arena.
 */
#ifndef YR_LANG_TREE_H
#define YR_LANG_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/str.h"
#include "yoroi/diag.h"

/* One text that was read: a file, standard input, or a buffer. */
struct yr_source {
	const char *name; /* as diagnostics show it */
	const char *text; /* NUL behind it */
	size_t len;
	const struct yr_source *included_from; /* NULL for what the caller named */
	uint32_t included_at, included_len;    /* where its name stands there */
	/*
	 * A file that is included several times is parsed once: included_from is the
	 * include that was met first.
	 */
	struct yr_line_hint *hint; /* where the last question about a line ended; NULL: none kept */
};

/* A piece of a source. Line and column are computed when somebody asks. */
struct yr_loc {
	const struct yr_source *source; /* NULL: no place */
	uint32_t off, len;
};

/*
 * A word: its meaning (quotes gone; escapes as the pattern compiler expects them, see
 * lexer.h) and its place.
 */
struct yr_word {
	struct yr_str text; /* text.at NULL: absent */
	struct yr_loc loc;
};

struct yr_words {
	struct yr_word *at;
	size_t n;
};

/* name=(a b), name=a, name in (a b), label:=a: one condition of a rule. */
enum yr_cond_op { YR_COND_EQ, YR_COND_IN, YR_COND_ASSIGN };
struct yr_cond {
	struct yr_word name;
	enum yr_cond_op op;
	struct yr_words values;
	struct yr_cond *next;
};

enum yr_audience { YR_ANY_OWNER, YR_OWNER, YR_OTHER };
enum yr_decision { YR_ALLOW, YR_DENY, YR_PROMPT };

/* The words before a rule, with the blocks around it folded in. */
struct yr_quals {
	int priority; /* -1000..1000 */
	bool has_priority;
	bool audit;
	enum yr_decision decision;
	bool has_decision;
	enum yr_audience audience;
};

enum yr_rule_kind {
	YR_RULE_ALL,
	YR_RULE_CAPABILITY,
	YR_RULE_CHANGE_PROFILE,
	YR_RULE_DBUS,
	YR_RULE_FILE,
	YR_RULE_IO_URING,
	YR_RULE_LINK,
	YR_RULE_MOUNT,
	YR_RULE_MQUEUE,
	YR_RULE_NETWORK,
	YR_RULE_PIVOT_ROOT,
	YR_RULE_PTRACE,
	YR_RULE_REMOUNT,
	YR_RULE_RLIMIT,
	YR_RULE_SIGNAL,
	YR_RULE_UMOUNT,
	YR_RULE_UNIX,
	YR_RULE_USERNS,
};

/* File permissions as the rule's letters say them. */
enum yr_file_perm {
	YR_MAY_EXEC = 0x1,
	YR_MAY_WRITE = 0x2,
	YR_MAY_READ = 0x4,
	YR_MAY_APPEND = 0x8,
	YR_MAY_LINK = 0x10,
	YR_MAY_LOCK = 0x20, /* on a link pair the same bit says "subset" */
	YR_MAY_MMAP = 0x40,
	YR_MAY_ONEXEC = 0x40000000,
	YR_MAY_CHANGE_PROFILE = (int)0x80000000,
};

/* How an exec goes on. First the profile that is looked for, then what if there is none. */
enum yr_exec_kind { YR_EXEC_NONE, YR_EXEC_UNCONFINED, YR_EXEC_PROFILE, YR_EXEC_CHILD };
struct yr_exec {
	enum yr_exec_kind kind;   /* ux, px, cx; NONE with inherit: ix; NONE alone: bare x */
	bool inherit;             /* the i of ix, pix, cix */
	bool fallback_unconfined; /* the u of pux, cux */
	bool unsafe;              /* lower case or the word unsafe: environment kept */
};

/* Permission words of the rules that have them; which are allowed depends on the kind. */
enum yr_access {
	YR_ACC_READ = 1 << 0,
	YR_ACC_WRITE = 1 << 1,
	YR_ACC_SEND = 1 << 2,
	YR_ACC_RECEIVE = 1 << 3,
	YR_ACC_CREATE = 1 << 4,
	YR_ACC_BIND = 1 << 5,
	YR_ACC_LISTEN = 1 << 6,
	YR_ACC_ACCEPT = 1 << 7,
	YR_ACC_CONNECT = 1 << 8,
	YR_ACC_SHUTDOWN = 1 << 9,
	YR_ACC_GETATTR = 1 << 10,
	YR_ACC_SETATTR = 1 << 11,
	YR_ACC_GETOPT = 1 << 12,
	YR_ACC_SETOPT = 1 << 13,
	YR_ACC_TRACE = 1 << 14,
	YR_ACC_TRACEDBY = 1 << 15,
	YR_ACC_READBY = 1 << 16,
	YR_ACC_EAVESDROP = 1 << 17,
	YR_ACC_OPEN = 1 << 18,
	YR_ACC_DELETE = 1 << 19,
	YR_ACC_SQPOLL = 1 << 20,
	YR_ACC_OVERRIDE_CREDS = 1 << 21,
};

struct yr_rule {
	enum yr_rule_kind kind;
	struct yr_loc loc; /* from the first qualifier to the comma */
	struct yr_quals quals;
	/*
	 * Which conditions, in the order written. Names and values are checked by the
	 * parser for the rule's kind: an unknown name never reaches here.
	 */
	struct yr_cond *conds;      /* before peer= */
	struct yr_cond *peer_conds; /* inside peer=( ); for "peer=x" one with the name "label" */
	union {
		struct {
			uint64_t mask; /* bit number = the kernel's; all: every known one */
			bool all;
		} capability;
		struct {
			struct yr_word path;   /* absent: "file,", every file */
			uint32_t perms;        /* enum yr_file_perm */
			struct yr_exec exec;   /* meaningful with YR_MAY_EXEC */
			struct yr_word target; /* of "->", absent: none */
		} file;
		struct {
			struct yr_word from, to; /* to absent: anything */
			bool subset;
		} link;
		struct {
			struct yr_word exec;   /* absent: any */
			struct yr_word target; /* absent: any */
			bool unsafe;
			bool has_mode; /* safe or unsafe was written */
		} change_profile;
		struct {
			uint32_t access; /* enum yr_access; 0: none written, all meant */
			int family;      /* AF_*, -1: any */
			uint32_t types;  /* bit SOCK_*; 0: none written, all meant */
			/*
			 * IPPROTO_*, -1: any. With family -1 a protocol stands for its own
			 * families: TCP and UDP for AF_INET and AF_INET6, ICMP for AF_INET.
			 */
			int protocol;
		} network;
		struct {
			uint32_t access; /* enum yr_access; 0: all */
		} acc;                   /* unix, ptrace, signal, dbus, mqueue, userns, io_uring */
		struct {
			uint64_t signals;  /* bit n: kernel AppArmor's number n
					      (binary-policy.md 5.3); 0: all */
			uint64_t realtime; /* bit n: rtmin+n, n 0..32 */
			uint32_t access;
		} signal;
		struct {
			struct yr_word source; /* absent: any */
			struct yr_word target; /* mount point; absent: any */
			bool detached;
		} mount; /* mount, remount, umount; conditions fstype= options= in conds; see
			    words.h */
		struct {
			struct yr_word new_root; /* absent: any */
			struct yr_word old_root; /* of oldroot=; absent: any */
			struct yr_word target;   /* of "->" */
		} pivot_root;
		struct {
			int resource;   /* RLIMIT_* */
			uint64_t value; /* as the kernel wants it: nice + 20, times in their unit;
					   UINT64_MAX: infinity */
		} rlimit;
		struct {
			struct yr_word name; /* queue; absent: any */
			uint32_t access;
		} mqueue; /* type= and label= in conds */
	} u;
};

enum yr_mode {
	YR_MODE_ENFORCE,
	YR_MODE_COMPLAIN,
	YR_MODE_KILL,
	YR_MODE_UNCONFINED,
	YR_MODE_PROMPT,
	YR_MODE_DEFAULT_ALLOW,
};

struct yr_flags {
	enum yr_mode mode;
	bool audit, debug;
	bool attach_disconnected;
	struct yr_word disconnected_path, disconnected_ipc_path; /* absent: none given */
	bool attach_disconnected_ipc;
	bool chroot_relative; /* namespace_relative is the default */
	bool mediate_deleted; /* delegate_deleted is not */
	bool chroot_attach;   /* nor chroot_no_attach */
	bool path_word;       /* some flag about paths was written, if only to say the default */
	bool interruptible;
	int kill_signal;   /* 0: not given; the kernel AppArmor's signal number */
	int error;         /* 0: not given; errno */
	struct yr_loc loc; /* of flags=( ), no source: not written */
};

/*
 * One profile, hat or child, resolved. Rules are in the order of the text with
 * includes in their places; every variable in them is still spelled @{...} and is
 * expanded through @scope when a pattern is laid.
 */
struct yr_scope;
struct yr_profile {
	struct yr_loc loc;       /* of the head */
	struct yr_word name;     /* variables expanded; without namespace and parents */
	struct yr_str ns;        /* of ":ns:name"; empty: none */
	struct yr_str full_name; /* parent//child//hat, or the name */
	struct yr_word
		attachment; /* a pattern; absent when none was written and the name is no path */
	bool attachment_written; /* "profile name /path": false when the name itself is the
				    attachment */
	struct yr_cond *xattrs;
	struct yr_words identity;
	struct yr_flags flags;
	bool is_hat, is_child;
	struct yr_profile *parent; /* NULL at the top */
	struct yr_rule **rules;
	size_t n_rules;
	struct yr_profile **children; /* hats and children, in order */
	size_t n_children;
	struct yr_scope *scope;
	const struct yr_alias *aliases; /* of the whole unit */
};

struct yr_alias {
	struct yr_word from, to;
	const struct yr_alias *next;
};

/* All that one file (with its includes) says. */
struct yr_unit {
	struct yr_profile **profiles; /* top level, in order */
	size_t n_profiles;
	struct yr_word abi; /* what was written; absent: none */
	bool abi_is_kernel, abi_is_default;
	const char *abi_text; /* contents of the named feature file, NULL: none or not readable */
	size_t abi_len;
	const struct yr_alias *aliases;
	/* Everything that was read and every answer to an include, the named file first. */
	const struct yr_source **sources;
	size_t n_sources;
};

#endif
