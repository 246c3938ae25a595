/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with a Pod, in Kubernetes' words. */
#include "pod/validate.h"

#include <stdio.h>
#include <string.h>

#include "pod/limits.h"
#include "pod/text.h"

bool yr_put_profile_fault(struct yr_buf *b, const char *value)
{
	if (yr_wish_of(value).type != YR_PROFILE_INVALID)
		return false;
	yr_buf_puts(b, "invalid AppArmor profile name: ");
	yr_put_quoted(b, value);
	return true;
}

static bool is_apparmor(const struct yr_pair *pair)
{
	return !strncmp(pair->key, YR_POD_ANNOTATION, sizeof(YR_POD_ANNOTATION) - 1);
}

const char *yr_annotation_path(const struct yr_pod *p, const char *key, struct yr_arena *a)
{
	const char *path = yr_arena_printf(a, "%s%sannotations[%s]", p->prefix,
					   p->template ? "" : "metadata.", key);

	return path ? path : "annotations";
}

static bool has_container(const struct yr_pod *p, const char *name)
{
	for (size_t i = 0; i < p->n_containers; i++)
		if (!strcmp(p->containers[i].name, name))
			return true;
	return false;
}

void yr_validate_annotations(const struct yr_pod *p, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_annotations; i++) {
		const struct yr_pair *pair = &p->annotations[i];
		const char *container = pair->key + sizeof(YR_POD_ANNOTATION) - 1, *path;
		AUTO_BUF struct yr_buf b = { 0 };

		if (!is_apparmor(pair))
			continue;
		path = yr_annotation_path(p, pair->key, a->arena);
		if (!has_container(p, container))
			yr_answer_invalid(a, path, pair->line, pair->col, container,
					  "container not found");
		if (yr_put_profile_fault(&b, pair->value))
			yr_answer_invalid(a, path, pair->line, pair->col, pair->value, "%s",
					  b.data ? b.data : "");
	}
}

void yr_validate_field(const struct yr_profile_field *f, const char *path, unsigned minor,
		       struct yr_pod_answer *a)
{
	struct yr_wish p = yr_wish_of_field(f);
	char name[300], type[300];

	if (!f->set)
		return;
	snprintf(name, sizeof(name), "%s.localhostProfile", path);
	snprintf(type, sizeof(type), "%s.type", path);
	if (!f->type) {
		yr_answer_fault(a, YR_FAULT_REQUIRED, type, f->line, f->col,
				"type is required when appArmorProfile is set");
	} else if (p.type == YR_PROFILE_INVALID) {
		AUTO_BUF struct yr_buf b = { 0 };

		yr_put_quoted(&b, f->type);
		yr_answer_fault(a, YR_FAULT_NOT_SUPPORTED, type, f->line, f->col,
				"%s: supported values: \"Localhost\", \"RuntimeDefault\", "
				"\"Unconfined\"",
				b.data ? b.data : "");
	} else if (p.type != YR_PROFILE_LOCALHOST) {
		if (f->localhost)
			yr_answer_invalid(a, name, f->line, f->col, f->localhost,
					  "can only be set when AppArmor type is Localhost");
	} else if (!f->localhost || !*f->localhost) {
		yr_answer_fault(a, YR_FAULT_REQUIRED, name, f->line, f->col,
				"must be set when AppArmor type is Localhost");
	} else {
		if (yr_is_padded(f->localhost))
			yr_answer_invalid(a, name, f->line, f->col, f->localhost,
					  "must not be padded with whitespace");
		if (strlen(f->localhost) > YR_LIMIT_LOCALHOST_PROFILE)
			yr_answer_fault(a, YR_FAULT_TOO_LONG, name, f->line, f->col,
					minor < 32 ? "must have at most %d bytes"
						   : "may not be more than %d bytes",
					YR_LIMIT_LOCALHOST_PROFILE);
	}
}

/* "spec.containers[0]" */
static void put_path(char *buffer, size_t size, const struct yr_pod *p,
		     const struct yr_container *c, const char *rest)
{
	snprintf(buffer, size, "%sspec.%s[%u].%s", p->prefix, yr_container_list(c->kind), c->index,
		 rest);
}

/* Regular containers come first, as the server looks at them. */
static const enum yr_container_kind order[] = { YR_CONTAINER_REGULAR, YR_CONTAINER_INIT,
						YR_CONTAINER_EPHEMERAL };

static bool is_label(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return *s && !s[n] && n <= 63 && *s != '-' && s[n - 1] != '-';
}

static bool is_subdomain(const char *s)
{
	size_t len = strlen(s);

	if (!len || len > 253 || strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-.") != len)
		return false;
	for (size_t i = 0; i <= len; i++) {
		bool edge_before = !i || s[i - 1] == '.', edge_here = i == len || s[i] == '.';

		if ((edge_before && (edge_here || s[i] == '-')) ||
		    (edge_here && i && s[i - 1] == '-'))
			return false;
	}
	return true;
}

#define LABEL_RULE                                                                                 \
	"a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "   \
	"and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', "   \
	"regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN_RULE                                                                             \
	"a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' "  \
	"or '.', and must start and end with an alphanumeric character (e.g. 'example.com', "      \
	"regex used for validation is "                                                            \
	"'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

/* Regular containers come first: an init container of the same name is the second. */
static bool is_duplicate(const struct yr_pod *p, const struct yr_container *c)
{
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *other = &p->containers[i];
		bool before = other->kind == c->kind ? other < c
						     : other->kind == YR_CONTAINER_REGULAR ||
							       c->kind == YR_CONTAINER_EPHEMERAL;

		if (before && !strcmp(other->name, c->name))
			return true;
	}
	return false;
}

static void check_container(const struct yr_pod *p, const struct yr_container *c,
			    struct yr_pod_answer *a)
{
	char path[256];

	put_path(path, sizeof(path), p, c, "name");
	if (!*c->name)
		yr_answer_fault(a, YR_FAULT_REQUIRED, path, c->line, c->col, "%s", "");
	else if (strlen(c->name) > 63)
		yr_answer_invalid(a, path, c->line, c->col, c->name, "must be no more than 63 %s",
				  "characters");
	else if (!is_label(c->name))
		yr_answer_invalid(a, path, c->line, c->col, c->name, "%s", LABEL_RULE);
	if (*c->name && is_duplicate(p, c)) {
		AUTO_BUF struct yr_buf b = { 0 };

		yr_put_quoted(&b, c->name);
		yr_answer_fault(a, YR_FAULT_DUPLICATE, path, c->line, c->col, "%s",
				b.data ? b.data : "");
	}
	put_path(path, sizeof(path), p, c, "image");
	if (!*c->image)
		yr_answer_fault(a, YR_FAULT_REQUIRED, path, c->line, c->col, "%s", "");
}

static void check_spec(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	char path[256];
	bool any = false;

	for (size_t k = 0; k < ARRAY_LEN(order); k++)
		for (size_t i = 0; i < p->n_containers; i++) {
			const struct yr_container *c = &p->containers[i];

			if (c->kind != order[k])
				continue;
			any |= c->kind == YR_CONTAINER_REGULAR;
			check_container(p, c, a);
			put_path(path, sizeof(path), p, c, "securityContext.appArmorProfile");
			if (era->fields)
				yr_validate_field(&c->field, path, era->minor, a);
		}
	snprintf(path, sizeof(path), "%sspec.containers", p->prefix);
	if (!any)
		yr_answer_fault(a, YR_FAULT_REQUIRED, path, 0, 0, "%s", "");
	snprintf(path, sizeof(path), "%sspec.securityContext.appArmorProfile", p->prefix);
	if (era->fields)
		yr_validate_field(&p->field, path, era->minor, a);
}

static void check_windows(const struct yr_pod *p, struct yr_pod_answer *a)
{
	static const char text[] = "cannot be set for a windows pod";
	char path[256];

	snprintf(path, sizeof(path), "%sspec.securityContext.appArmorProfile", p->prefix);
	if (p->field.set)
		yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, p->field.line, p->field.col, text);
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *c = &p->containers[i];

		put_path(path, sizeof(path), p, c, "securityContext.appArmorProfile");
		if (c->field.set)
			yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, c->field.line, c->field.col,
					text);
	}
}

/* Which system a Pod is for decides whether AppArmor is asked at all. */
static void check_os(const struct yr_pod *p, struct yr_pod_answer *a)
{
	AUTO_BUF struct yr_buf b = { 0 };
	char path[100];

	if (!p->os || !strcmp(p->os, "linux") || !strcmp(p->os, "windows"))
		return;
	snprintf(path, sizeof(path), "%sspec.os%s", p->prefix, *p->os ? "" : ".name");
	if (!*p->os) {
		yr_answer_fault(a, YR_FAULT_REQUIRED, path, 0, 0, "cannot be empty");
		return;
	}
	yr_put_quoted(&b, p->os);
	yr_answer_fault(a, YR_FAULT_NOT_SUPPORTED, path, 0, 0,
			"%s: supported values: \"linux\", \"windows\"", b.data ? b.data : "");
}

/* The annotation and the field that counts for a container must say the same. */
static void check_match(const struct yr_pod *p, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *c = &p->containers[i];
		const struct yr_profile_field *f = c->field.set ? &c->field : &p->field;
		const struct yr_pair *pair = yr_pod_annotation(p, c->name);
		struct yr_wish by_field = yr_wish_of_field(f), wish;
		char path[256];
		bool name;

		if (!f->set || !pair || by_field.type == YR_PROFILE_INVALID)
			continue;
		wish = yr_wish_of(pair->value);
		name = wish.type == by_field.type;
		if (name && (wish.type != YR_PROFILE_LOCALHOST ||
			     (f->localhost && !strcmp(wish.name, f->localhost))))
			continue;
		put_path(path, sizeof(path), p, c,
			 name ? "securityContext.appArmorProfile.localhostProfile"
			      : "securityContext.appArmorProfile.type");
		yr_answer_fault(a, YR_FAULT_FORBIDDEN, path, pair->line, pair->col,
				"apparmor %s in annotation and field must match",
				name ? "profile" : "type");
	}
}

bool yr_validate_size(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	char path[100];
	size_t size = 0;

	for (size_t i = 0; i < p->n_annotations; i++)
		size += strlen(p->annotations[i].key) + strlen(p->annotations[i].value);
	if (size <= YR_LIMIT_ANNOTATION_BYTES)
		return true;
	snprintf(path, sizeof(path), "%smetadata.annotations", p->prefix);
	yr_answer_fault(a, YR_FAULT_TOO_LONG, path, 0, 0,
			era->minor < 32 ? "must have at most %d bytes"
					: "may not be more than %d bytes",
			(int)YR_LIMIT_ANNOTATION_BYTES);
	return false;
}

static void refuse_annotations(const struct yr_pod *p, struct yr_pod_answer *a)
{
	for (size_t i = 0; i < p->n_annotations; i++)
		if (is_apparmor(&p->annotations[i]))
			yr_answer_fault(a, YR_FAULT_FORBIDDEN,
					yr_annotation_path(p, p->annotations[i].key, a->arena),
					p->annotations[i].line, p->annotations[i].col,
					"AppArmor annotations are no longer taken; use the "
					"\"appArmorProfile\" field instead");
}

void yr_validate(const struct yr_pod *p, const struct yr_era *era, bool forbidden, bool update,
		 struct yr_pod_answer *a)
{
	if (!*p->name && !*p->generate_name)
		yr_answer_fault(a, YR_FAULT_REQUIRED, "metadata.name", 0, 0,
				"name or generateName is required");
	else if (*p->name && !is_subdomain(p->name))
		yr_answer_invalid(a, "metadata.name", 0, 0, p->name, "%s", SUBDOMAIN_RULE);
	if (*p->ns && !is_label(p->ns))
		yr_answer_invalid(a, "metadata.namespace", 0, 0, p->ns, "%s", LABEL_RULE);
	if (era->no_annotations && !forbidden)
		refuse_annotations(p, a);
	else if (!forbidden)
		yr_validate_annotations(p, a);
	check_spec(p, era, a);
	if (!era->fields)
		return;
	check_os(p, a);
	if (p->windows)
		check_windows(p, a);
	else if (!era->no_annotations && !forbidden && (!update || p->template))
		check_match(p, a);
}

static void unknown_key(const struct yr_pod *p, struct yr_pod_answer *a, const char *path,
			const char *key)
{
	if (a->refusal != YR_ADMITTED)
		return;
	yr_answer_bad_request(a,
			      "%s in version \"v1\" cannot be handled as a %s: strict decoding "
			      "error: unknown field \"%s%s%s\"",
			      p->kind, p->kind, path, *path ? "." : "", key);
}

static void check_keys(const struct yr_pod *p, const struct yr_era *era,
		       const struct yr_profile_field *f, const char *near, const char *context,
		       struct yr_pod_answer *a)
{
	char path[300];

	snprintf(path, sizeof(path), "%s.appArmorProfile", context);
	if (near)
		unknown_key(p, a, context, near);
	else if (f->set && !era->fields)
		unknown_key(p, a, context, "appArmorProfile");
	else if (f->set && f->unknown)
		unknown_key(p, a, path, f->unknown);
}

void yr_validate_keys(const struct yr_pod *p, const struct yr_era *era, struct yr_pod_answer *a)
{
	char path[256];

	snprintf(path, sizeof(path), "%sspec.securityContext", p->prefix);
	check_keys(p, era, &p->field, p->near_field, path, a);
	for (size_t i = 0; i < p->n_containers; i++) {
		const struct yr_container *c = &p->containers[i];

		put_path(path, sizeof(path), p, c, "securityContext");
		check_keys(p, era, &c->field, c->near_field, path, a);
	}
}
