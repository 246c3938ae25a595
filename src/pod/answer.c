/* SPDX-License-Identifier: Apache-2.0 */
#include "pod/answer.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "pod/text.h"

static void *grown(struct yr_pod_answer *a, void *at, size_t n, size_t *cap, size_t size)
{
	size_t more = *cap ? *cap * 2 : 8;
	void *moved;

	if (n < *cap)
		return at;
	moved = yr_arena_array(a->arena, more, size);
	if (!moved) {
		a->no_memory = true;
		return NULL;
	}
	if (n)
		memcpy(moved, at, n * size);
	*cap = more;
	return moved;
}

static const char *printed(struct yr_pod_answer *a, const char *fmt, va_list ap)
{
	const char *kept = yr_arena_vprintf(a->arena, fmt, ap);

	a->no_memory |= !kept;
	return kept ? kept : "";
}

static void add_fault(struct yr_pod_answer *a, enum yr_fault_type type, const char *field,
		      unsigned line, unsigned col, const char *text)
{
	struct yr_fault *at =
		grown(a, a->faults, a->n_faults, &a->cap_faults, sizeof(struct yr_fault));

	if (!at)
		return;
	a->faults = at;
	at[a->n_faults].field = yr_arena_strndup(a->arena, field, strlen(field));
	a->no_memory |= !at[a->n_faults].field;
	at[a->n_faults].type = type;
	at[a->n_faults].text = text;
	at[a->n_faults].line = line;
	at[a->n_faults++].col = col;
}

static const struct {
	const char *text, *reason;
} types[] = {
	[YR_FAULT_INVALID] = { "Invalid value", "FieldValueInvalid" },
	[YR_FAULT_FORBIDDEN] = { "Forbidden", "FieldValueForbidden" },
	[YR_FAULT_REQUIRED] = { "Required value", "FieldValueRequired" },
	[YR_FAULT_TOO_LONG] = { "Too long", "FieldValueTooLong" },
	[YR_FAULT_NOT_SUPPORTED] = { "Unsupported value", "FieldValueNotSupported" },
	[YR_FAULT_DUPLICATE] = { "Duplicate value", "FieldValueDuplicate" },
};

void yr_answer_fault(struct yr_pod_answer *a, enum yr_fault_type type, const char *field,
		     unsigned line, unsigned col, const char *fmt, ...)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = printed(a, fmt, ap);
	va_end(ap);
	yr_buf_printf(&b, "%s%s%s", types[type].text, *text ? ": " : "", text);
	text = yr_keep(a->arena, &b);
	a->no_memory |= !text;
	add_fault(a, type, field, line, col, text ? text : "");
}

void yr_answer_invalid(struct yr_pod_answer *a, const char *field, unsigned line, unsigned col,
		       const char *value, const char *fmt, ...)
{
	AUTO_BUF struct yr_buf b = { 0 };
	const char *text;
	va_list ap;

	va_start(ap, fmt);
	text = printed(a, fmt, ap);
	va_end(ap);
	yr_buf_puts(&b, "Invalid value: ");
	yr_put_quoted(&b, value);
	yr_buf_printf(&b, ": %s", text);
	text = yr_keep(a->arena, &b);
	a->no_memory |= !text;
	add_fault(a, YR_FAULT_INVALID, field, line, col, text ? text : "");
}

static void add_line(struct yr_pod_answer *a, struct yr_answer_lines *l, const char *text)
{
	const char **at = grown(a, l->at, l->n, &l->cap, sizeof(const char *));

	if (!at)
		return;
	l->at = at;
	at[l->n++] = text;
}

void yr_answer_warn(struct yr_pod_answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(a, &a->warnings, printed(a, fmt, ap));
	va_end(ap);
}

void yr_answer_audit(struct yr_pod_answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add_line(a, &a->audits, printed(a, fmt, ap));
	va_end(ap);
}

void yr_answer_about(struct yr_pod_answer *a, const char *kind, const char *group,
		     const char *plural, const char *name)
{
	a->kind = kind;
	a->group = group;
	a->plural = plural;
	a->name = name;
}

void yr_answer_conclude(struct yr_pod_answer *a)
{
	AUTO_BUF struct yr_buf b = { 0 };

	if (!a->n_faults)
		return;
	yr_buf_printf(&b, "%s%s%s \"%s\" is invalid: %s", a->kind, *a->group ? "." : "", a->group,
		      a->name, a->n_faults > 1 ? "[" : "");
	for (size_t i = 0; i < a->n_faults; i++)
		yr_buf_printf(&b, "%s%s: %s", i ? ", " : "", a->faults[i].field, a->faults[i].text);
	if (a->n_faults > 1)
		yr_buf_putc(&b, ']');
	a->refusal = YR_REFUSED_INVALID;
	a->message = yr_keep(a->arena, &b);
	a->no_memory |= !a->message;
}

void yr_answer_forbid(struct yr_pod_answer *a, const char *fmt, ...)
{
	AUTO_BUF struct yr_buf b = { 0 };
	va_list ap;

	yr_buf_printf(&b, "%s \"%s\" is forbidden: ", a->plural, a->name);
	va_start(ap, fmt);
	yr_buf_puts(&b, printed(a, fmt, ap));
	va_end(ap);
	a->refusal = YR_REFUSED_FORBIDDEN;
	a->message = yr_keep(a->arena, &b);
	a->no_memory |= !a->message;
}

void yr_answer_bad_request(struct yr_pod_answer *a, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	a->message = printed(a, fmt, ap);
	va_end(ap);
	a->refusal = YR_REFUSED_BAD_REQUEST;
}

static json_t *causes(const struct yr_pod_answer *a)
{
	json_t *all = json_array();

	for (size_t i = 0; i < a->n_faults; i++)
		json_array_append_new(
			all, json_pack("{s:s, s:s, s:s}", "reason", types[a->faults[i].type].reason,
				       "message", a->faults[i].text, "field", a->faults[i].field));
	return all;
}

json_t *yr_answer_status(const struct yr_pod_answer *a)
{
	static const struct {
		const char *reason;
		int code;
	} of[] = { { NULL, 200 }, { "Invalid", 422 }, { "Forbidden", 403 }, { "BadRequest", 400 } };
	json_t *s =
		json_pack("{s:s, s:s, s:{}, s:s}", "kind", "Status", "apiVersion", "v1", "metadata",
			  "status", a->refusal == YR_ADMITTED ? "Success" : "Failure");
	json_t *details;

	if (!s || a->refusal == YR_ADMITTED) {
		json_object_set_new(s, "code", json_integer(200));
		return s;
	}
	json_object_set_new(s, "message", json_string(a->message));
	json_object_set_new(s, "reason", json_string(of[a->refusal].reason));
	if (a->refusal != YR_REFUSED_BAD_REQUEST) {
		details = json_object();
		json_object_set_new(details, "name", json_string(a->name));
		if (*a->group)
			json_object_set_new(details, "group", json_string(a->group));
		json_object_set_new(details, "kind",
				    json_string(a->n_faults ? a->kind : a->plural));
		if (a->n_faults)
			json_object_set_new(details, "causes", causes(a));
		json_object_set_new(s, "details", details);
	}
	json_object_set_new(s, "code", json_integer(of[a->refusal].code));
	return s;
}

json_t *yr_answer_response(const struct yr_pod_answer *a, const char *uid)
{
	json_t *r = json_pack("{s:s, s:b, s:o}", "uid", uid, "allowed", a->refusal == YR_ADMITTED,
			      "status", yr_answer_status(a));
	json_t *all;

	if (a->warnings.n) {
		all = json_array();
		for (size_t i = 0; i < a->warnings.n; i++)
			json_array_append_new(all, json_string(a->warnings.at[i]));
		json_object_set_new(r, "warnings", all);
	}
	if (a->audits.n) {
		all = json_object();
		for (size_t i = 0; i < a->audits.n; i++) {
			char key[32];

			snprintf(key, sizeof(key), "violation-%zu", i + 1);
			json_object_set_new(all, key, json_string(a->audits.at[i]));
		}
		json_object_set_new(r, "auditAnnotations", all);
	}
	return r;
}

void yr_answer_put(struct yr_buf *b, const struct yr_pod_answer *a, const char *source)
{
	if (a->refusal == YR_ADMITTED)
		return;
	if (a->refusal != YR_REFUSED_INVALID) {
		yr_buf_printf(b, "Error from server (%s): error when creating ",
			      a->refusal == YR_REFUSED_FORBIDDEN ? "Forbidden" : "BadRequest");
		yr_put_quoted(b, source);
		yr_buf_printf(b, ": %s\n", a->message);
		return;
	}
	yr_buf_printf(b, "The %s \"%s\" is invalid: ", a->kind, a->name);
	if (a->n_faults > 1)
		yr_buf_putc(b, '\n');
	for (size_t i = 0; i < a->n_faults; i++)
		yr_buf_printf(b, "%s%s: %s\n", a->n_faults > 1 ? "* " : "", a->faults[i].field,
			      a->faults[i].text);
}
