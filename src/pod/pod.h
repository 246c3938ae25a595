/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Pod asks of AppArmor, whether that is allowed, and what happens on the node then: the
 * rules and messages of Kubernetes from 1.4 on. Nothing here knows how Pods arrive, or runs them.
 */
#ifndef YR_POD_POD_H
#define YR_POD_POD_H

#include "pod/node.h"

#define YR_POD_ANNOTATION "container.apparmor.security.beta.kubernetes.io/"

/*
 * Which rules hold: one setting. Named eras are Yoroi's, and take the safer way where a real
 * server let something pass; numbered ones do what was measured on that version of Kubernetes.
 */
enum yr_gate_off { YR_GATE_FORBIDS, YR_GATE_DROPS, YR_GATE_LOCKED, YR_GATE_UNKNOWN };
enum yr_rejection {
	YR_REJECT_DOCUMENT, /* Pending, "Pod Cannot enforce AppArmor: ", and an event */
	YR_REJECT_FAILED,   /* the same, but Failed: 1.4 */
	YR_REJECT_PENDING,  /* Pending, "Cannot enforce AppArmor: ", no event: 1.5 to 1.30 */
	YR_REJECT_HARD,     /* Failed, "Pod was rejected: ...", and an event: from 1.31 on */
};

struct yr_era {
	char name[16];
	unsigned minor; /* of Kubernetes 1.N */
	bool numbered;
	bool fields;         /* appArmorProfile is known */
	bool to_annotation;  /* a field is copied to the annotation */
	bool no_annotations; /* they are refused */
	bool asks_loaded; /* the node agent looks whether the profile is loaded; else the runtime */
	bool psp;         /* PodSecurityPolicy is there */
	bool node_message; /* the node's ready message tells of AppArmor */
	enum yr_gate_off gate_off;
	enum yr_rejection rejection;
};

/* The first of the named ones. */
#define YR_ERA_DEFAULT "annotations"
/* By name ("annotations", "both", "fields", "fields-only") or version, "1.4" to "1.36". */
bool yr_era_find(const char *name, struct yr_era *ret);

enum yr_profile_type {
	YR_PROFILE_NONE, /* nothing is asked for */
	YR_PROFILE_DEFAULT,
	YR_PROFILE_LOCALHOST,
	YR_PROFILE_UNCONFINED,
	YR_PROFILE_INVALID, /* an annotation that names none of these */
};

struct yr_wish {
	enum yr_profile_type type;
	const char *name; /* of YR_PROFILE_LOCALHOST, may be ""; of an invalid one all of it */
};

/* What an annotation's value says. */
struct yr_wish yr_wish_of(const char *annotation);
/* "", "runtime/default", "unconfined", "localhost/NAME". */
void yr_wish_put(struct yr_buf *b, struct yr_wish p);
bool yr_wish_eq(struct yr_wish a, struct yr_wish b);
/*
 * Whether a profile of this name would be none: engines and the kernel take "unconfined" for the
 * word, in whatever namespace and with blanks around it; "unconfined//&unconfined" is the same.
 */
bool yr_is_no_profile(const char *name);

/* Who set an annotation or a field: the author, the server by the other of the two, a policy. */
enum yr_origin { YR_WRITTEN, YR_COPIED, YR_BY_POLICY };

/* securityContext.appArmorProfile as it was written. */
struct yr_profile_field {
	bool set;
	enum yr_origin origin;
	const char *type;      /* NULL: absent */
	const char *localhost; /* NULL: absent */
	const char *unknown;   /* a key of it that nobody knows */
	unsigned line, col;
};
/* Of a field that is valid. */
struct yr_wish yr_wish_of_field(const struct yr_profile_field *f);

enum yr_container_kind { YR_CONTAINER_INIT, YR_CONTAINER_REGULAR, YR_CONTAINER_EPHEMERAL };

struct yr_container {
	enum yr_container_kind kind;
	unsigned index;           /* among those of its kind */
	const char *name, *image; /* "" when absent */
	bool privileged;
	struct yr_profile_field field;
	const char *near_field; /* a key that may be meant for appArmorProfile; NULL */
	unsigned line, col;
};

struct yr_pair {
	const char *key, *value;
	unsigned line, col;
	enum yr_origin origin;
};

/* A Pod, or the Pod in another object's template. Strings live as long as its arena and document. */
struct yr_pod {
	const char *kind, *group;  /* "Pod", ""; "Deployment", "apps" */
	const char *plural;        /* "pods" */
	const char *name, *ns;     /* of the object; "" when absent */
	const char *generate_name; /* "" when absent */
	bool template;
	bool binding;       /* to a node: its annotations are given to the Pod of its name */
	const char *prefix; /* of paths: "", "spec.template.", ... */
	const char *os;     /* spec.os.name, "" when it is not said; NULL: no spec.os */
	bool windows;
	struct yr_pair *labels, *annotations; /* in order of key; with room for those to be added */
	size_t n_labels, n_annotations;
	size_t annotations_room;         /* 0 until one is added */
	struct yr_pair *own_annotations; /* of the object that has the template */
	size_t n_own;
	struct yr_profile_field field;
	const char *near_field;
	struct yr_container *containers; /* init ones first, then regular, then ephemeral */
	size_t n_containers;
	const struct yr_node *root, *meta, *spec; /* the object; the Pod's metadata and spec */
	const char *psp;                          /* the PodSecurityPolicy that let it in */
	bool dropped; /* the feature gate took its AppArmor parts away */
	struct yr_arena *arena;
};

enum yr_decoded {
	YR_DECODED_POD,
	YR_DECODED_OTHER,
	YR_DECODED_LIST,
	YR_DECODED_BAD,
	YR_DECODED_NO_MEMORY
};
/*
 * Read one object. YR_DECODED_OTHER: of a kind that has no Pod; ret->kind and name are set.
 * YR_DECODED_LIST: its items are to be read one by one (yr_node_get(root, "items")).
 * YR_DECODED_BAD: said in @diags. @of_list: the list that @root is an item of, for
 * items that do not say their kind themselves; NULL: none.
 */
enum yr_decoded yr_pod_decode(const struct yr_docs *d, const struct yr_node *root,
			      const struct yr_node *of_list, struct yr_arena *a,
			      struct yr_diags *diags, struct yr_pod *ret);

const struct yr_pair *yr_pair_find(const struct yr_pair *pairs, size_t n, const char *key);
/* The AppArmor annotation of the container called @container; NULL: none. */
const struct yr_pair *yr_pod_annotation(const struct yr_pod *p, const char *container);
/* Set it; not safe while pairs of annotations are held. false: memory is out. */
bool yr_pod_annotate(struct yr_pod *p, const char *container, const char *value,
		     enum yr_origin origin);
/* "initContainers", "containers", "ephemeralContainers" */
const char *yr_container_list(enum yr_container_kind kind);

/* Where a container's profile comes from. */
enum yr_wish_source {
	YR_FROM_NOTHING,
	YR_FROM_ANNOTATION,
	YR_FROM_CONTAINER,
	YR_FROM_POD,
	YR_FROM_POLICY,
};
const char *yr_wish_source_name(enum yr_wish_source s);

struct yr_effective {
	struct yr_wish asked;
	enum yr_wish_source source;
	/* What engines make of it: nothing means the default, and that is none when privileged. */
	struct yr_wish runs;
};
void yr_pod_effective(const struct yr_pod *p, const struct yr_container *c,
		      const struct yr_era *era, struct yr_effective *ret);

#endif
