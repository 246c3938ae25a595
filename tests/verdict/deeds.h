/* SPDX-License-Identifier: Apache-2.0 */
/* Things to do under a profile, and what came of them. */
#ifndef YR_TESTS_DEEDS_H
#define YR_TESTS_DEEDS_H

#include <stdbool.h>
#include <sys/types.h>

enum { DEED_FIELDS = 6, UNCONFINED_UID = 1000 };

/* A row; fields that are not there are "". */
struct deed {
	const char *profile;
	const char *field[DEED_FIELDS]; /* the first: which kind */
};

/* What is needed of the machine, opened before its root goes away. */
struct machine {
	int proc; /* /proc */
};

/*
 * One act in a process of its own. Both return 0 or an errno: ENOTSUP when it cannot be told this
 * way. @prepare (or NULL) runs unconfined, @act under the profile @actor ("unconfined": none), where
 * @target is a process under the profile @peer; without one it is the open attr/current.
 */
struct attempt {
	const char *actor, *peer; /* NULL: no target */
	uid_t peer_uid;
	int (*prepare)(const struct deed *d, const char *part);
	int (*act)(const struct deed *d, const char *part, pid_t target);
};

int try_it(const struct machine *m, const struct attempt *a, const struct deed *d,
	   const char *part);
/* The caller's own attribute, to be opened while it is unconfined; -1: errno. */
int open_attr(const struct machine *m, const char *name);
/* Into the profile @name, by the open attr/current. 0 or an errno. */
int enter(int attr, const char *name);

/* A file, or a folder when it ends in "/", that anybody may do anything with. */
int make_path(const char *path, uid_t owner);

/* "allow", "deny", or "- REASON", for one row. */
const char *do_deed(const struct machine *m, const struct deed *d);

/* deeds_exec.c: a program at @path that says when it runs, and what it then runs under. */
const char *do_exec(const struct machine *m, const struct deed *d);
/* The program's own main; never returns. */
void report_running(void);
/* deeds_ipc.c */
int act_unix(const struct deed *d, const char *part, pid_t target);
int prepare_unix(const struct deed *d, const char *part);
int act_mqueue(const struct deed *d, const char *part, pid_t target);
int prepare_mqueue(const struct deed *d, const char *part);
/* deeds_capability.c */
const char *do_capability(const struct machine *m, const struct deed *d);

#endif
