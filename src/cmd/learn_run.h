/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Learning from what happens now: records from the running kernel, of a profile that is loaded, or
 * of one made for a program or container that is run under it.
 */
#ifndef YR_CMD_LEARN_RUN_H
#define YR_CMD_LEARN_RUN_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "log/live.h"
#include "yoroi/host.h"

/* Options for the engine. */
#define YR_LIMIT_ENGINE_ARGS 256
/* How long what runs may take to end when it is asked to; the engines' own patience. */
#define YR_LEARN_GRACE_SECONDS 10
/* And how long an engine may take to answer. */
#define YR_LEARN_ENGINE_SECONDS 60

enum yr_learn_what {
	YR_LEARN_LOGS, /* nothing is run */
	YR_LEARN_NOW,  /* what runs already */
	YR_LEARN_COMMAND,
	YR_LEARN_PODMAN,
	YR_LEARN_DOCKER,
	YR_LEARN_OCI,
};

/* What the command line says. All borrowed. */
struct yr_learn_wish {
	enum yr_learn_what what;
	const char *subject; /* the image, or the bundle */
	const char *engine;  /* the program; NULL: by its usual name */
	const char *engine_args[YR_LIMIT_ENGINE_ARGS + 1];
	size_t n_engine_args;
	char **args; /* of the command, or for the container; NULL at the end */
	const char *exercise, *name;
	uint64_t for_ms; /* 0: until it ends */
	enum yr_live_source source;
	const char *time, *from; /* as they were written */
	bool several;            /* things to run */
	bool apart;              /* what is executed shall have rules of its own */
};

enum yr_learn_end {
	YR_LEARN_END_NONE,
	YR_LEARN_END_PROGRAM,
	YR_LEARN_END_EXERCISE,
	YR_LEARN_END_TIME,
	YR_LEARN_END_SIGNAL,
};

/* How it went. */
struct yr_learn_ran {
	enum yr_learn_what what;
	const char *subject; /* that was run */
	const char *source;  /* where the records came from */
	char note[200];      /* why not from a better place; "": from the best */
	struct yr_live_counts counts;
	enum yr_learn_end end;
	bool program_ended; /* by itself, with this status of wait() */
	int program_status;
	bool exercised, exercise_failed;
	char exercise[100]; /* what became of it, in words */
	bool inherits;      /* programs went on under the profile itself: no_new_privs is set */
	size_t ended;       /* processes that went on and were ended */
	char name[256];     /* of the profile */
	char left[400];     /* the profile of the run is still loaded, and why; "": it is not */
};

/* Whatever has to be ended and taken away. Strings are borrowed, and outlive it. */
struct yr_learn_cage {
	const struct yr_host_paths *host;
	enum yr_learn_what what;
	const char *engine;
	char profile[64]; /* of this run alone; also the container's name */
	char dir[PATH_MAX];
	int lock; /* held while somebody minds it */
	bool loaded;
	pid_t program, exercise; /* of whom we are sure; 0: none. The exercise is a group. */
};

/* Processes under the cage's profile get @sig; *ret_n: how many there were. */
int yr_cage_signal(const struct yr_learn_cage *c, int sig, size_t *ret_n, struct yr_err *err);
/*
 * End the container by force, and all that runs under the profile; then unload that. -EBUSY:
 * something goes on under it, and unloading would leave that unconfined, so that it stays.
 */
int yr_cage_end(struct yr_learn_cage *c, struct yr_err *err);
/* The engine's words to stop the container (@force: now) and wait; NULL at the end. */
size_t yr_cage_stop_line(const struct yr_learn_cage *c, bool force, const char *line[8]);

/* A process of its own that ends the cage when we are killed. */
struct yr_learn_guard {
	int fd;
	pid_t pid;
};
int yr_guard_start(const struct yr_learn_cage *c, struct yr_learn_guard *ret, struct yr_err *err);
/* What there is to be ended now. */
void yr_guard_tell(const struct yr_learn_guard *g, const struct yr_learn_cage *c);
/* It is done, or has been told about. */
void yr_guard_end(struct yr_learn_guard *g);

/*
 * The folder of a run, in which its lock, its record and a container's bundle lie; sets c->dir and
 * c->lock. @what: the image or command, for people.
 */
int yr_cage_open(struct yr_learn_cage *c, const char *run_dir, const char *what,
		 struct yr_err *err);
/* It is over. Of one whose profile is still loaded the record stays, with the reason. */
void yr_cage_close(struct yr_learn_cage *c, const char *left);
/* Where records are: $YOROI_RUN, or /run/yoroi. */
const char *yr_cage_run_dir(void);

/* A run that nobody minds any more, and whose profile is still loaded. */
struct yr_leftover {
	char profile[64];
	char what[200], why[400]; /* "": not told */
	size_t processes;         /* that are under it */
	bool unclear;             /* whether there are any */
};
/*
 * Those there are, at most @room; what is no longer loaded is forgotten. Returns how many. Nothing
 * that can be seen is none.
 */
size_t yr_leftovers_read(const struct yr_host_paths *host, struct yr_leftover *ret, size_t room);
/* One sentence on it, with what to do. */
void yr_leftover_put(FILE *f, const struct yr_leftover *l);

/* Arguments of what is to be run, NULL at the end. */
struct yr_learn_line {
	const char *at[YR_LIMIT_ENGINE_ARGS + 32];
	size_t n;
	char text[3][PATH_MAX + 64];
};
/*
 * Whether it will run with no_new_privs, as far as anybody says so: the bundle, an option for the
 * engine, our own process. The kernel then refuses every change of profile. Errors as below.
 */
int yr_learn_inherits(const struct yr_learn_wish *w, bool *ret, struct yr_err *err);
/* What starts the container; -E2BIG, or what is wrong with the bundle. */
int yr_learn_line(const struct yr_learn_wish *w, const struct yr_learn_cage *c,
		  struct yr_learn_line *ret, struct yr_err *err);
/* What asks for its state: four words and "|" between them, or crun's JSON. */
size_t yr_learn_state_line(const struct yr_learn_cage *c, const char *line[8]);
struct yr_learn_up {
	char id[128], address[64], pid[24];
};
/* true: it runs. */
bool yr_learn_is_up(const struct yr_learn_cage *c, const char *answer, struct yr_learn_up *ret);
/* "docker.io/library/nginx:1.25" gives "nginx". */
void yr_learn_default_name(const struct yr_learn_wish *w, char *name, size_t size);
/* NULL: @name may be a profile's. */
const char *yr_learn_name_is_bad(const char *name);

struct yr_learn_command;
/* Run, watch and take down. Returns an exit status, everything said; *ret is filled. */
int yr_learn_run(struct yr_learn_command *x, struct yr_log *log, struct yr_learn_ran *ret);

#endif
