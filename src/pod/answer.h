/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a Pod: faults, warnings, the Status of a refusal. */
#ifndef YR_POD_ANSWER_H
#define YR_POD_ANSWER_H

#include "pod/pod.h"

struct json_t;

enum yr_fault_type {
	YR_FAULT_INVALID,
	YR_FAULT_FORBIDDEN,
	YR_FAULT_REQUIRED,
	YR_FAULT_TOO_LONG,
	YR_FAULT_NOT_SUPPORTED,
	YR_FAULT_DUPLICATE,
};

struct yr_fault {
	enum yr_fault_type type;
	const char *field;  /* "metadata.annotations[...]" */
	const char *text;   /* "Invalid value: ...", without the field */
	unsigned line, col; /* 0: it has no place */
};

enum yr_refusal {
	YR_ADMITTED,
	YR_REFUSED_INVALID,     /* the faults say why: 422 */
	YR_REFUSED_FORBIDDEN,   /* by a policy: 403 */
	YR_REFUSED_BAD_REQUEST, /* 400 */
};

/* Start with { .arena = ... }; strings live as long as that. */
struct yr_answer_lines {
	const char **at;
	size_t n, cap;
};

struct yr_pod_answer {
	enum yr_refusal refusal;
	const char *message;                      /* of the Status; NULL when admitted */
	const char *kind, *group, *plural, *name; /* of what was refused */
	struct yr_fault *faults;
	size_t n_faults, cap_faults;
	struct yr_answer_lines warnings; /* without "Warning: " */
	struct yr_answer_lines audits;   /* for the audit log alone */
	struct yr_arena *arena;
	bool no_memory; /* sticks; to be looked at at the end */
};

/* @field and @text are copied. */
void yr_answer_fault(struct yr_pod_answer *a, enum yr_fault_type type, const char *field,
		     unsigned line, unsigned col, const char *fmt, ...) YR_PRINTF(6, 7);
/* "Invalid value: "@value": text"; @value is quoted here. */
void yr_answer_invalid(struct yr_pod_answer *a, const char *field, unsigned line, unsigned col,
		       const char *value, const char *fmt, ...) YR_PRINTF(6, 7);
void yr_answer_warn(struct yr_pod_answer *a, const char *fmt, ...) YR_PRINTF(2, 3);
void yr_answer_audit(struct yr_pod_answer *a, const char *fmt, ...) YR_PRINTF(2, 3);
/* Whose answer it is. */
void yr_answer_about(struct yr_pod_answer *a, const char *kind, const char *group,
		     const char *plural, const char *name);
/* Faults make a refusal: kind "x" is invalid: ... */
void yr_answer_conclude(struct yr_pod_answer *a);
/* pods "x" is forbidden: text */
void yr_answer_forbid(struct yr_pod_answer *a, const char *fmt, ...) YR_PRINTF(2, 3);
void yr_answer_bad_request(struct yr_pod_answer *a, const char *fmt, ...) YR_PRINTF(2, 3);

/* The Status, of success too; a new reference. NULL: memory is out. */
struct json_t *yr_answer_status(const struct yr_pod_answer *a);
/* An AdmissionReview's response: uid, allowed, status, warnings, auditAnnotations. */
struct json_t *yr_answer_response(const struct yr_pod_answer *a, const char *uid);
/* As kubectl prints it, with what it says in front; @source: the file's name. */
void yr_answer_put(struct yr_buf *b, const struct yr_pod_answer *a, const char *source);

#endif
