/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a profile lets an attack through. */
#include <errno.h>
#include <string.h>

#include "author/learn_parts.h"

/* Files alone are asked without a compile. */
static bool is_plain(const char *access, struct yr_str *ret_path, uint32_t *ret_perms)
{
	const char *space = strrchr(access, ' ');
	static const char letters[] = "xwralkm";

	if (access[0] != '/' || !space)
		return false;
	*ret_path = (struct yr_str){ access, (size_t)(space - access) };
	*ret_perms = 0;
	for (const char *p = space + 1; *p && *p != ','; p++)
		*ret_perms |= 1u << (strchr(letters, *p) - letters);
	return !strpbrk(access, "\\\"");
}

int yr_learn_attacked(const struct yr_subject *s, const struct yr_attack *a, struct yr_arena *arena,
		      const char **ret_access, struct yr_answer *ret, struct yr_err *err)
{
	const char *access = a->access;
	struct yr_str path;
	uint32_t perms;
	bool owner, other;

	if (is_plain(access, &path, &perms)) {
		owner = !(perms & ~yr_query_file(s->compiled, path, true));
		other = !(perms & ~yr_query_file(s->compiled, path, false));
		if (!owner && !other)
			return 0;
		/* Root's files are a container's own when its programs are root's. */
		if (!owner || !other)
			access = yr_arena_printf(arena, "%s %s", owner ? "owner" : "other", access);
	}
	if (!access)
		return yr_err_set(err, ENOMEM, "out of memory");
	*ret_access = access;
	return yr_learn_ask(s, access, ret, err);
}
