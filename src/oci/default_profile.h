/* SPDX-License-Identifier: Apache-2.0 */
/* What a container gets that asks for no profile: ours, and what engines load themselves. */
#ifndef YR_OCI_DEFAULT_PROFILE_H
#define YR_OCI_DEFAULT_PROFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "yoroi/err.h"

enum yr_engine {
	YR_ENGINE_DOCKER,
	YR_ENGINE_CONTAINERD,
	YR_ENGINE_CRIO,
	YR_ENGINE_PODMAN,
	YR_ENGINES,
};

/* The engine of this name, "docker", "containerd", "crio" or "podman"; YR_ENGINES: there is none. */
enum yr_engine yr_engine_find(const char *name);
/*
 * What the engine calls its default profile. Podman puts a dash and the version of its library
 * behind this.
 */
const char *yr_engine_profile(enum yr_engine engine);
/* Whether the engine's profile has a rule for the profile that the engine itself runs under. */
bool yr_engine_knows_itself(enum yr_engine engine);

/* What an engine's profile is made of. The strings are read during the call only. */
struct yr_engine_policy {
	enum yr_engine engine;
	const char *name;   /* NULL: yr_engine_profile() */
	const char *daemon; /* what the engine runs under; NULL: nothing */
	/* What the machine's policy folder has: engines look, and write another text for it. */
	bool has_abi, has_tunables, has_base;
};

/*
 * Append the text of what the engine loads, equal in meaning to its own, with the reason for each
 * rule. -EINVAL: a name that is none, or one of a daemon for an engine without such a rule.
 */
int yr_engine_policy_print(const struct yr_engine_policy *p, struct yr_buf *out,
			   struct yr_err *err);

/*
 * Append @text, which is our default profile, with @name where the profile's own stands: at its
 * head, in the peers of its rules, and in local/. Comments stay. -EINVAL: @name is none.
 */
int yr_default_profile_rename(const char *text, size_t len, const char *name, struct yr_buf *out,
			      struct yr_err *err);

/* How our default profile is called. */
#define YR_DEFAULT_PROFILE "yoroi-default"

#endif
