/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/name.h"

#include <string.h>

#include "oci/settings.h"

/* What the kernel skips at the ends of names, and a no-break space of Latin-1 is for it, too. */
static bool is_space(char c)
{
	return (unsigned char)c <= ' ' || (unsigned char)c == 0xa0;
}

bool yr_profile_next(const char **at, struct yr_profile_part *ret)
{
	const char *s = *at, *end = s ? strstr(s, "//&") : NULL, *stop;

	if (!s)
		return false;
	*at = end ? end + 3 : NULL;
	*ret = (struct yr_profile_part){ .name = { s, end ? (size_t)(end - s) : strlen(s) } };
	stop = *s == ':' ? memchr(s + 1, ':', ret->name.len - 1) : NULL;
	if (stop && stop > s + 1) {
		size_t skip = (size_t)(stop + 1 - s);

		ret->ns = (struct yr_str){ s + 1, (size_t)(stop - s - 1) };
		if (ret->name.len - skip >= 2 && !memcmp(stop + 1, "//", 2))
			skip += 2;
		ret->name.at += skip;
		ret->name.len -= skip;
	}
	stop = memmem(ret->name.at, ret->name.len, "//", 2);
	ret->top = ret->name;
	if (stop)
		ret->top.len = (size_t)(stop - ret->name.at);
	return true;
}

static const char *check_part(const struct yr_profile_part *p)
{
	if (!p->top.len)
		return "it names no profile";
	if (p->name.at[0] == '&' || p->name.at[0] == ':' || (p->ns.len && is_space(p->ns.at[0])))
		return "it is not a name that the kernel can look up";
	if (is_space(p->name.at[0]) || is_space(p->name.at[p->name.len - 1]))
		return "it has blanks where the kernel drops them";
	if (yr_str_is(p->top, YR_UNCONFINED))
		return "it means no profile at all, but is not the plain 'unconfined'";
	return NULL;
}

/* A limit as text, for messages without arguments. */
#define DIGITS(n) #n
#define NUMBER(n) DIGITS(n)

const char *yr_profile_name_check(const char *name)
{
	struct yr_profile_part part;
	const char *at = name, *why = NULL;
	size_t n = 0;

	if (!*name)
		return "it is empty";
	if (strlen(name) > YR_LIMIT_ASKED_NAME)
		return "it is longer than " NUMBER(YR_LIMIT_ASKED_NAME) " bytes";
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return "it has control characters";
	while (!why && yr_profile_next(&at, &part))
		why = ++n > YR_LIMIT_STACK
			      ? "it stacks more than " NUMBER(YR_LIMIT_STACK) " profiles"
			      : check_part(&part);
	return why;
}

const char *yr_wish_check(const char *wish)
{
	if (!strcmp(wish, YR_RUNTIME_DEFAULT) || !strcmp(wish, YR_UNCONFINED))
		return NULL;
	if (!strncmp(wish, YR_LOCALHOST, strlen(YR_LOCALHOST)))
		return yr_profile_name_check(wish + strlen(YR_LOCALHOST));
	if (!strncmp(wish, "runtime/", strlen("runtime/")))
		return "only 'runtime/default' is known";
	return yr_profile_name_check(wish);
}

const char *yr_wish_profile(const char *wish)
{
	if (!strcmp(wish, YR_UNCONFINED))
		return NULL;
	if (!strcmp(wish, YR_RUNTIME_DEFAULT))
		return YR_DEFAULT_PROFILE;
	if (!strncmp(wish, YR_LOCALHOST, strlen(YR_LOCALHOST)))
		return wish + strlen(YR_LOCALHOST);
	return wish;
}
