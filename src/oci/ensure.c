/* SPDX-License-Identifier: Apache-2.0 */
#include "oci/ensure.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "host/host.h"
#include "oci/ensure_parts.h"

static void free_profiles(struct yr_profiles **p)
{
	*p = yr_profiles_free(*p);
}
#define AUTO_PROFILES YR_CLEANUP(free_profiles)

void yr_ensured_note(struct yr_ensured *e, const char *fmt, ...)
{
	size_t len = strlen(e->note), size = sizeof(e->note);
	va_list ap;

	if (len && len + 2 < size)
		len += (size_t)snprintf(e->note + len, size - len, "; ");
	va_start(ap, fmt);
	vsnprintf(e->note + len, size - len, fmt, ap);
	va_end(ap);
}

const char *yr_dirs_phrase(const char *const *dirs, char *buffer, size_t size)
{
	size_t len = 0;

	*buffer = '\0';
	for (size_t i = 0; dirs[i] && len < size; i++)
		len += (size_t)snprintf(buffer + len, size - len, "%s'%s'",
					!i            ? ""
					: dirs[i + 1] ? ", "
						      : " and ",
					dirs[i]);
	return buffer;
}

/* The kernel lists ":ns://a", and whoever writes it may leave the slashes out. */
const struct yr_loaded *yr_part_loaded(const struct yr_profiles *list,
				       const struct yr_profile_part *part)
{
	static const char *const behind[] = { "", "//" };
	const struct yr_loaded *found = NULL;
	char name[2 * YR_LIMIT_NAME_BYTES];

	for (size_t i = 0; i < (part->ns.len ? ARRAY_LEN(behind) : 1) && !found; i++) {
		int n = part->ns.len
				? snprintf(name, sizeof(name), ":%.*s:%s%.*s", YR_STR_ARG(part->ns),
					   behind[i], YR_STR_ARG(part->name))
				: snprintf(name, sizeof(name), "%.*s", YR_STR_ARG(part->name));

		if (n < (int)sizeof(name))
			found = yr_profiles_find(list, name);
	}
	return found;
}

static int read_list(const struct yr_ensure *with, struct yr_profiles **ret, struct yr_err *err)
{
	*ret = yr_profiles_free(*ret);
	return yr_profiles_read(with->host, ret, err);
}

/*
 * crun asks for this folder and this file, and starts a container without its profile if it cannot
 * see the folder or the file does not say Y.
 */
static int check_enabled(const struct yr_ensure *with, struct yr_err *err)
{
	struct yr_host_paths p = yr_host_paths_full(with->host);
	int c = yr_host_param(&p, "enabled");
	struct stat st;

	if (stat(p.securityfs, &st) < 0)
		return yr_err_set(err, errno,
				  "'%s' cannot be seen (%s), and some runtimes start containers "
				  "without their profile then",
				  p.securityfs, strerror(errno));
	if (c == 'Y')
		return 0;
	return yr_err_set(err, c < 0 ? -c : EOPNOTSUPP,
			  "AppArmor is there, but '%s/enabled' does not say so (%s), and some "
			  "runtimes start containers without their profile then",
			  p.params, c < 0 ? strerror(-c) : "it does not say Y");
}

static void tell_mode(struct yr_ensured *ret, const char *mode)
{
	if (!*ret->mode)
		snprintf(ret->mode, sizeof(ret->mode), "%s", mode);
	else if (strcmp(ret->mode, mode))
		snprintf(ret->mode, sizeof(ret->mode), "%s", yr_label_mode_name(YR_LABEL_MIXED));
}

static int ensure_part(const struct yr_ensure *with, const struct yr_profile_part *part,
		       struct yr_profiles **list, struct yr_ensured *ret, struct yr_err *err)
{
	const struct yr_loaded *found = yr_part_loaded(*list, part);
	int r = 0;

	if (!found || with->reload_changed) {
		r = yr_part_load(with, part, found, ret, err);
		if (r < 0)
			return yr_err_wrap(err, "profile '%.*s'", YR_STR_ARG(part->name));
		r = read_list(with, list, err);
		found = r < 0 ? NULL : yr_part_loaded(*list, part);
	}
	if (r < 0)
		return r;
	if (!found)
		return yr_err_set(err, EIO,
				  "profile '%.*s': the kernel has taken it, but does not list it",
				  YR_STR_ARG(part->name));
	tell_mode(ret, found->mode_word);
	return 0;
}

int yr_ensure_profile(const struct yr_ensure *with, const char *profile, struct yr_ensured *ret,
		      struct yr_err *err)
{
	AUTO_PROFILES struct yr_profiles *list = NULL;
	struct yr_profile_part part;
	struct yr_err why = { 0 };
	const char *at = profile;
	int r;

	*ret = (struct yr_ensured){ 0 };
	if (yr_profile_name_check(profile))
		return yr_err_set(err, EINVAL, "'%.200s' is not the name of a profile", profile);
	r = read_list(with, &list, &why);
	if (r < 0 && r != -EACCES && r != -EPERM)
		return yr_err_set(err, why.code, "profile '%.100s': %s", profile, why.msg);
	if (check_enabled(with, err) < 0)
		return yr_err_wrap(err, "profile '%.100s'", profile);
	if (r < 0)
		return yr_profile_ask(with, profile, err);
	while (!r && yr_profile_next(&at, &part))
		r = ensure_part(with, &part, &list, ret, err);
	return r;
}

int yr_ensure_still(const struct yr_ensure *with, const char *profile, struct yr_err *err)
{
	AUTO_PROFILES struct yr_profiles *list = NULL;
	struct yr_profile_part part;
	struct yr_err why = { 0 };
	const char *at = profile;
	int r = read_list(with, &list, &why);

	if (r == -EACCES || r == -EPERM)
		return yr_profile_ask(with, profile, err);
	if (r < 0)
		return yr_err_set(err, why.code, "profile '%.100s': %s", profile, why.msg);
	while (yr_profile_next(&at, &part))
		if (!yr_part_loaded(list, &part))
			return yr_err_set(err, ENOENT, "profile '%.*s' is not loaded",
					  YR_STR_ARG(part.name));
	return 0;
}
