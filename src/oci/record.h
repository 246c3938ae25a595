/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The record of starts: a line for people and machines in the journal or a file, and the state of
 * each container in the run directory, for `exec` and for `yoroi status`.
 */
#ifndef YR_OCI_RECORD_H
#define YR_OCI_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "yoroi/err.h"

enum yr_start_action {
	YR_START_CREATE,
	YR_START_RUN,
	YR_START_EXEC,
	YR_START_RESTORE,
	YR_START_START, /* of what was created; only refusals are recorded */
	YR_START_ACTIONS
};
enum yr_start_outcome {
	YR_START_STARTED,  /* handed to the runtime with what was decided */
	YR_START_REFUSED,  /* not handed on; @reason says why */
	YR_START_WEAKENED, /* handed on with less than was asked for; @reason says why */
	YR_START_OUTCOMES,
};

/* "create", "started": as records have them. */
const char *yr_start_action_name(enum yr_start_action action);
const char *yr_start_outcome_name(enum yr_start_outcome outcome);

/*
 * One start. Strings are borrowed when it is written; a text that is not known is NULL, and comes
 * back as NULL. Start from { 0 }.
 */
struct yr_start {
	uint64_t time_ns; /* since 1970; 0 when writing: now */
	enum yr_start_action action;
	enum yr_start_outcome outcome;
	const char *id;   /* as the engine calls the container; needed */
	const char *root; /* where the runtime keeps it: ROOT/ID is there while the container is.
			   * Tell it also when --root was not given, as the runtime's own default:
			   * records of a container whose root is not known are never cleared away */
	const char *name, *pod, *pod_namespace, *image; /* from annotations */
	const char *hostname;                           /* all that Docker tells */
	const char *bundle;
	const char *profile; /* what it runs under; NULL: unconfined */
	const char *mode;    /* of the profile: "enforce", "complain", ... */
	const char *asked;   /* as it was asked for; NULL: nobody asked, a default decided */
	const char *source;  /* who decided: "annotation io.yoroi.apparmor.profile", ... */
	const char *seccomp; /* NULL: unconfined */
	const char *runtime; /* path of the runtime that it is handed to */
	const char *reason;  /* of a refusal or weakening, or what else there is to tell */
	/* Of what is read, and not written. */
	long writer;         /* whose entry it is, from the journal: anybody can write there. -1:
			      * unknown */
	uint64_t written_ns; /* when the writer says it was, time_ns being the journal's; the same
			      * start in a file has it as time_ns */
};

/*
 * name, pod, pod_namespace and image from the annotations of CRI-O, containerd and podman. @get
 * returns the value of a key, or NULL; its results are borrowed by @s.
 */
typedef const char *yr_annotation_fn(const void *ctx, const char *key);
void yr_start_annotate(struct yr_start *s, yr_annotation_fn *get, const void *ctx);

/* Whether @s runs with less than somebody asked for: unconfined, and a profile was asked for. */
bool yr_start_is_weaker(const struct yr_start *s);

/* ---- the line ---- */

enum yr_record_where {
	YR_RECORD_AUTO,    /* the journal where its socket answers, otherwise the file */
	YR_RECORD_JOURNAL, /* only there */
	YR_RECORD_FILE,
	YR_RECORD_BOTH, /* written to both, and failed if one failed */
};

/* Borrowed during a call. NULL: the usual place. */
struct yr_record_to {
	enum yr_record_where where;
	const char *journal; /* its socket: YR_RECORD_JOURNAL_SOCKET */
	const char *file;    /* YR_RECORD_FILE_PATH; its folder is made if the one above is there */
};
#define YR_RECORD_JOURNAL_SOCKET "/run/systemd/journal/socket"
#define YR_RECORD_FILE_PATH "/var/log/yoroi/events.jsonl"

/*
 * Leave a record. Control characters and what is no UTF-8 become \xHH, a text over its limit is cut
 * and ends in "...". In the file it is one line of JSON, appended whole or not at all, mode 0600;
 * symbolic links and what is no regular file are refused there. Waits for nobody over a second.
 * Safe from several processes at once. Where AUTO could write to neither, the message says both.
 */
int yr_record_write(const struct yr_record_to *to, const struct yr_start *s, struct yr_err *err);

/*
 * The sentence that people read, without a newline and control characters:
 * "Created container web; Security:[seccomp=unconfined apparmor=docker-default]".
 */
void yr_start_message(const struct yr_start *s, struct yr_buf *out);
/* The object that the file has, on one line without the newline. */
void yr_start_json(const struct yr_start *s, struct yr_buf *out);

/*
 * Back from a line of the file, or from an entry of journalctl -o json. *ret is the caller's, for
 * yr_start_free(), its strings live as long. -ENOMSG: it is none of ours (another program's entry);
 * -EBADMSG: broken, @err says how. Hostile text is expected: no string has a control character.
 */
int yr_start_from_line(const char *line, size_t len, struct yr_start **ret, struct yr_err *err);
int yr_start_from_journal(const char *entry, size_t len, struct yr_start **ret, struct yr_err *err);
/* NULL is fine. Always returns NULL. */
struct yr_start *yr_start_free(struct yr_start *s);

/* ---- the state ---- */

/*
 * The last start of each container, RUN_DIR/containers/ID.HASH.json, mode 0600, where HASH keeps
 * containers apart that have one id below two roots. Folders are made (0700). It is written whole
 * or not at all, and exactly: nothing is cut or replaced; -EINVAL: an id that is none (empty, over
 * 1024 bytes, '/', control characters, '.' in front), or a text that is no UTF-8.
 *
 * Put create and run, not exec: that would be taken for what the container runs under. Once in an
 * hour putting also clears away what containers left that are gone.
 */
int yr_state_put(const char *run_dir, const struct yr_start *s, struct yr_err *err);
/*
 * *ret is the caller's, for yr_start_free(); its texts may have control characters. @root may be
 * NULL. -ENOENT: there is none; -EBADMSG: it is damaged; -EPERM: neither root's nor the caller's.
 */
int yr_state_get(const char *run_dir, const char *root, const char *id, struct yr_start **ret,
		 struct yr_err *err);
/* None there is fine. */
int yr_state_remove(const char *run_dir, const char *root, const char *id, struct yr_err *err);

struct yr_states {
	struct yr_start **at; /* in order of id */
	size_t n;
	size_t n_broken; /* files that are none of ours, or damaged; passed over */
	bool more;       /* there are more, over YR_LIMIT_CONTAINERS */
};
/* No folder is no container. On success @ret is for yr_states_done(). */
int yr_state_list(const char *run_dir, struct yr_states *ret, struct yr_err *err);
void yr_states_done(struct yr_states *s);

#endif
