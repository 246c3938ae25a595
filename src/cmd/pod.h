/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `yoroi pod` share. */
#ifndef YR_CMD_POD_H
#define YR_CMD_POD_H

#include <stdio.h>

#include "cmd/subject.h"
#include "pod/admit.h"
#include "pod/gate.h"

struct json_t;

extern const struct yr_cmd yr_cmd_pod, yr_cmd_pod_check;

/* One object of a file. @status to be returned; @of_list may be NULL. */
typedef int yr_manifest_fn(void *ctx, const struct yr_docs *docs, const struct yr_node *root,
			   const struct yr_node *of_list, struct yr_diags *diags);
/*
 * Read @path ("-": standard input) and hand over its objects, lists opened up. What is wrong with
 * it is said, and goes as a Status to @refused, which may be NULL. Returns the worst exit status.
 * @keep: where the documents go that are to live on; NULL: they end with the call.
 */
struct yr_manifests {
	struct yr_docs docs;
	char *text;
};
int yr_manifest_read(const char *path, struct yr_settings *s, yr_manifest_fn *fn, void *ctx,
		     struct yr_manifests *keep, struct json_t *refused);
void yr_manifests_done(struct yr_manifests *m);
/* What kubectl calls it. */
const char *yr_manifest_name(const char *path);

/* This machine, as far as the gate asks. Start from { 0 }. */
struct yr_pod_host {
	struct yr_profiles *profiles;
	struct yr_err why;
	char **loadable; /* sorted: what the profile directory has */
	size_t n_loadable;
	struct yr_node_facts facts;
};

/* @profile_dir: NULL: none. Returns an exit status, everything said. */
int yr_pod_host_read(struct yr_common *c, const char *profile_dir, struct yr_pod_host *ret);
void yr_pod_host_done(struct yr_pod_host *h);

/* Comparing with the default profile. Start from { 0 }. */
struct yr_pod_compare {
	struct yr_common *common;
	const char *profile_dir; /* NULL: what the kernel has loaded */
	const char *fallback;    /* file of the default; NULL: the shipped one */
	struct yr_opened opened;
	struct yr_subject subject;
	struct yr_known_profile {
		char *name, *path;
		bool asked;
		enum yr_wider wider;
		char *why;
	} * known;
	size_t n_known;
	char why[600];
};

int yr_pod_compare_open(struct yr_pod_compare *c);
enum yr_wider yr_pod_compare(struct yr_pod_compare *c, const char *profile, const char **ret_why);
void yr_pod_compare_done(struct yr_pod_compare *c);

/*
 * The files of policy below @dir with the names in them; @fn as in yr_policy_names(), with the
 * file's path. Returns an exit status, everything said.
 */
typedef int yr_profile_file_fn(void *ctx, const char *path, const char *name);
int yr_pod_profile_dir(struct yr_common *c, const char *dir, yr_profile_file_fn *fn, void *ctx);

/* As yr_put(), but for backslashes: Kubernetes' texts have their own. */
void yr_pod_put_text(FILE *f, const char *text);
/* The same line by line, so that newlines stay; @text is used up. */
void yr_pod_put_lines(FILE *f, char *text);

/* What was decided about one object. */
struct yr_pod_shown {
	const struct yr_pod *pod;
	const struct yr_pod_rules *rules;
	const struct yr_pod_answer *answer;
	const struct yr_gate *gate; /* NULL: no node was asked */
	const char *source;
	bool quiet; /* no warnings for people */
};
/* For people: decisions on standard output, refusals and warnings as kubectl says them. */
int yr_pod_show(const struct yr_pod_shown *s);
/* Into a List: an AdmissionReview, and the gate's Event. */
int yr_pod_show_json(const struct yr_pod_shown *s, struct json_t *items);

#endif
