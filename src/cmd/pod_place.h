/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that work with stored Pods share. */
#ifndef YR_CMD_POD_PLACE_H
#define YR_CMD_POD_PLACE_H

#include "agent/agent.h"
#include "cmd/pod.h"
#include "cmd/pod_check.h"

extern const struct yr_cmd yr_cmd_pod_create, yr_cmd_pod_delete, yr_cmd_pod_describe,
	yr_cmd_pod_events, yr_cmd_pod_exec, yr_cmd_pod_get, yr_cmd_pod_logs;
extern const struct yr_cmd yr_cmd_node;

/* Groups of options that a command takes, beside --db, -n and the common ones. */
enum {
	YR_TAKES_RULES = 1,  /* --era, --policy, --feature-gates, ... */
	YR_TAKES_ENGINE = 2, /* --podman, --runtime, --network, ... */
	YR_TAKES_FILE = 4,   /* -f */
	YR_TAKES_OUTPUT = 8, /* -o */
	YR_TAKES_ALL = 16,   /* -A */
	YR_TAKES_GRACE = 32, /* --grace-period, --wait */
	YR_TAKES_EXEC = 64,  /* -c, -i, -t */
	YR_TAKES_LOGS = 128, /* -c, -f without a value, -p, --tail */
	YR_TAKES_NODE = 256, /* --manifests, --interval */
};

enum yr_form { YR_FORM_TABLE, YR_FORM_JSON, YR_FORM_YAML, YR_FORM_NAME };

/* What help says of --db and -n, and of the options of YR_TAKES_ENGINE. */
#define YR_STORE_HELP                                                                              \
	"      --db FILE         the store of Pods, " YR_STORE_PATH "\n"                           \
	"  -n, --namespace NAME  the namespace, normally default\n"
#define YR_ENGINE_HELP                                                                             \
	"      --podman PROGRAM  the engine\n"                                                     \
	"      --runtime NAME    what it starts containers with, normally yoroi-runtime\n"         \
	"      --network NAME    of Pods, normally the engine's own\n"                             \
	"      --node-name NAME  normally the host's name\n"                                       \
	"      --profile-dir DIR profiles in it count as loaded: the runtime loads them\n"         \
	"      --restart-delay SECONDS\n"                                                          \
	"                        the first pause before a restart, normally 10\n"

struct yr_pod_place {
	const struct yr_cmd *cmd;
	struct yr_common common;
	unsigned takes;
	const char *bad_option, *bad_value;

	const char *db, *ns, *era, *output, *node, *manifests, *container;
	const char *files[YR_POD_POLICY_FILES], *policy_paths[YR_POD_POLICY_FILES];
	const char *creating; /* the manifest whose Pods are being created */
	size_t n_files, n_policy_paths;
	const char *podman, *runtime, *network, *profile_dir;
	const char *tail;
	long long grace; /* negative: as the Pod says */
	long long delay, interval;
	bool all, no_wait, stdin_open, tty, follow, previous, psp_on, gate_off, once;
	enum yr_form form;

	struct yr_pod_rules rules;
	struct yr_policies policies;
	struct yr_manifests policy_files[YR_POD_POLICY_FILES];
	struct yr_arena arena;

	struct yr_store *store;
	int lock, node_lock; /* -1: not held */
	struct yr_agent agent;
	struct yr_pod_host host, shelf; /* what is loaded now; what can be loaded */
	int64_t shelf_read;             /* when */
	struct yr_node_facts facts;
	char host_name[256], runtime_path[4096], last_said[512];
	char uid[40]; /* of the Pod that was stored last */
};

/*
 * Read the command line, up to the first argument if @takes has YR_TAKES_EXEC. Negative: go on,
 * with yr_pod_place_done() at the end; otherwise the exit status, everything said.
 */
int yr_pod_place_open(struct yr_pod_place *p, const struct yr_cmd *cmd, unsigned takes, int argc,
		      char **argv);
/* The store and what works on it, for yr_pod_place_open(). */
int yr_pod_place_begin(struct yr_pod_place *p);
void yr_pod_place_done(struct yr_pod_place *p);
/* The policies that hold. An exit status, everything said. */
int yr_pod_place_policies(struct yr_pod_place *p);
/* The namespace that commands mean. */
const char *yr_pod_place_ns(const struct yr_pod_place *p);

/*
 * Who works on Pods holds a lock, for a while or, as `node run`, always. false: a node runs, and
 * the work is its.
 */
bool yr_pod_place_take(struct yr_pod_place *p);
/* As a node: both locks. An exit status, everything said. */
int yr_pod_place_take_node(struct yr_pod_place *p);
void yr_pod_place_release(struct yr_pod_place *p);
/* Work on the Pod called @uid until nothing is left to do now; the lock is held. */
int yr_pod_place_settle(struct yr_pod_place *p, const char *uid);
/* Put on record what happened since, if no node does that. */
void yr_pod_place_look(struct yr_pod_place *p);
/* The machine, as the gate asks for it. */
const struct yr_node_facts *yr_pod_place_facts(void *ctx);

/* A Pod as it is given out: with its status; a new reference. NULL: it is damaged. */
struct json_t *yr_pod_object(const struct yr_pod_row *row);
/* On standard output, in the form asked for. */
int yr_pod_put_object(enum yr_form form, struct json_t *object);
struct json_t *yr_pod_list(struct json_t *items);
int yr_pod_no_memory(void);
/* A Pod that a node may have, in @arena. An exit status, everything said. */
int yr_pod_of_node(const struct yr_docs *docs, const struct yr_node *root,
		   const struct yr_node *of_list, struct yr_arena *arena, struct yr_diags *diags,
		   struct yr_pod *ret);
/* As kubectl says that a list is empty. */
void yr_pod_none_found(const struct yr_pod_place *p);

/*
 * Admit what @path has and store it. @source: "" or a path that is remembered as where it is from.
 * @fn hears of each Pod that is good, with its row filled in but for the uid.
 */
typedef int yr_pod_admitted_fn(void *ctx, struct yr_pod_row *row);
int yr_pod_admit_file(struct yr_pod_place *p, const char *path, const char *source,
		      yr_pod_admitted_fn *fn, void *ctx);
/* Give it a uid and put it into the store, with its Scheduled event. -EEXIST. */
int yr_pod_store(struct yr_pod_place *p, struct yr_pod_row *row, struct yr_err *err);
/* Seconds from asking to killing: as the command line says, or else the Pod; 30 if neither does. */
int64_t yr_pod_grace(const struct yr_pod_place *p, const struct yr_pod_row *row);

/* Rows of columns, as wide as they need to be. Start from { .width = columns }. */
struct yr_columns {
	size_t width, n;
	char **cells;
	bool failed;
};
/* As many texts as there are columns; copied. */
void yr_columns_row(struct yr_columns *t, ...);
void yr_columns_print(struct yr_columns *t, int indent);
void yr_columns_done(struct yr_columns *t);
/* "14s", "3m", "2h", "5d" */
const char *yr_pod_age(int64_t then, char *buffer, size_t size);
void yr_pod_events_table(const struct yr_event_rows *rows);
/* Kubernetes' Event objects; a new reference. */
struct json_t *yr_pod_events_json(const struct yr_event_rows *rows);

/* One document of YAML on @f. false: it could not be written. */
bool yr_json_as_yaml(struct json_t *value, FILE *f);

/* "a" of "a" and of "pod/a", as `pod get -o name` tells it; NULL of NULL. */
const char *yr_pod_named(const char *arg);
/*
 * Whether a profile directory that was named can be read: otherwise all that asks for a profile
 * would wait without a word. An exit status, everything said.
 */
int yr_pod_place_shelf(struct yr_pod_place *p);

#endif
