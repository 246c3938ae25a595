/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of what a Pod wants, each a file: to be looked at when it comes, and in the engine's words.
 */
#ifndef YR_AGENT_WANTED_PARTS_H
#define YR_AGENT_WANTED_PARTS_H

#include "agent/wanted.h"

/* @key of @path (below the object that was given; "" when all of it) cannot be done. */
typedef void yr_wanted_part_fn(void *ctx, const char *path, const char *key, bool refused);

/* "1.5", "500m", "128Mi", 2 in thousandths, rounded up; false: it is no quantity. */
bool yr_quantity(const struct json_t *v, int64_t *ret_milli);
/* What @first, a container's context, says of @key, or else the Pod's; NULL: neither. Borrowed. */
struct json_t *yr_wanted_either(struct json_t *first, struct json_t *second, const char *key);

/* As Kubernetes has them: letters, digits and dashes, 63 at most. */
bool yr_is_label(const char *s);

/* Values of another form than Kubernetes': of @spec but its lists, and of @entry, a container. */
void yr_wanted_check_pod_types(struct json_t *spec, yr_wanted_part_fn *fn, void *ctx);
void yr_wanted_check_types(struct json_t *entry, yr_wanted_part_fn *fn, void *ctx);

/* What @entry, a container, may use up. */
void yr_wanted_check_resources(struct json_t *entry, yr_wanted_part_fn *fn, void *ctx);
void yr_wanted_resources(struct json_t *entry, struct yr_args *a);

/*
 * What $(NAME) stands for: variables as the container gets them, and how many bytes may still come
 * of that. Start from { 0 }; yr_variables_done() in any case.
 */
struct yr_variables {
	struct json_t *known;
	size_t left;
};
/* The variables @env, of which each may speak of those before it; false: too much, or no memory. */
bool yr_wanted_environment(struct json_t *env, struct yr_variables *v, struct yr_args *a);
/* The command of @entry, a container, and behind the image its args; false as before. */
bool yr_wanted_command(struct json_t *entry, struct yr_variables *v, struct yr_args *a);
bool yr_wanted_words(struct json_t *entry, struct yr_variables *v, struct yr_args *a);
void yr_variables_done(struct yr_variables *v);

/* The volumes of @spec. */
void yr_wanted_check_volumes(struct json_t *spec, yr_wanted_part_fn *fn, void *ctx);
/* What @entry, a container, mounts; false: something about it is wrong, in @err. */
bool yr_wanted_mounts(struct yr_wanted *w, struct json_t *entry, struct yr_args *a,
		      struct yr_err *err);
/* Whether the Pod has volumes that go with it. */
bool yr_wanted_has_volumes(const struct yr_wanted *w);
/* What the engine calls the one called @name, and what all of the Pod begin with. */
const char *yr_wanted_volume_name(struct yr_wanted *w, const char *name);

#endif
