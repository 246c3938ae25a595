/* SPDX-License-Identifier: Apache-2.0 */
/* The profiles that a log names, in the files that hold them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/limits.h"
#include "cmd/explain.h"

#define USUAL_FOLDER "/etc/apparmor.d"

/* Files that are kept compiled: a log goes to and fro between a few. */
enum { KEPT = 4 };

struct name {
	char *text;
	size_t file; /* of files.paths */
};

struct kept {
	struct yr_opened opened;
	char *key; /* the file's path, or the profile's name of loaded policy; NULL: unused */
	bool good;
};

struct yr_policies {
	struct yr_common *common;
	bool loaded, none;
	bool usual; /* nobody named a place */
	struct yr_inputs files;
	struct name *names;
	size_t n, room;
	struct kept kept[KEPT];
	unsigned next; /* that makes room */
	struct yr_subject subject;
};

/* What names are added for. */
struct adding {
	struct yr_policies *p;
	size_t file;
};

static int add_name(void *ctx, const char *name)
{
	struct adding *a = ctx;
	struct yr_policies *p = a->p;

	if (p->n == p->room) {
		size_t room = p->room ? 2 * p->room : 64;
		struct name *names = reallocarray(p->names, room, sizeof(*names));

		if (!names)
			return -ENOMEM;
		p->names = names;
		p->room = room;
	}
	p->names[p->n].text = strdup(name);
	if (!p->names[p->n].text)
		return -ENOMEM;
	p->names[p->n++].file = a->file;
	return 0;
}

static struct yr_opening opening(struct yr_policies *p, const char *path, const char *profile)
{
	return (struct yr_opening){
		.path = path,
		.profile = profile,
		.common = p->common,
		.kernel = p->common->settings.features,
		.any_kernel =
			!p->loaded && !strcmp(p->common->settings.features_name, "everything"),
	};
}

/* Some file of the usual folder is wrong: others may be right. One that was named is told. */
static int index_file(struct yr_policies *p, size_t i, bool named, size_t *wrong)
{
	struct yr_opening how = opening(p, p->files.paths[i], NULL);
	struct adding adding = { p, i };
	struct yr_err err = { 0 };
	int r = yr_policy_names(&how, add_name, &adding, &err);

	if (!r)
		return YR_EXIT_OK;
	if (r == -ENOMEM) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	(*wrong)++;
	/* Of the usual folder nobody asked for this file. */
	if (!named && (p->usual || p->common->settings.quiet))
		return YR_EXIT_OK;
	if (r == -EBADMSG)
		yr_say("%s: there are mistakes in it; 'yoroi check' shows them", how.path);
	else
		yr_say("%s", err.msg);
	if (!named)
		return YR_EXIT_OK;
	return r == -EBADMSG ? YR_EXIT_POLICY : YR_EXIT_SYSTEM;
}

static int index_files(struct yr_policies *p, char **paths, size_t n)
{
	static char *usual[] = { (char *)USUAL_FOLDER };
	int status = YR_EXIT_OK;
	struct stat st;
	size_t wrong = 0;

	p->usual = !n;
	if (!n && (stat(USUAL_FOLDER, &st) < 0 || !S_ISDIR(st.st_mode))) {
		p->none = true;
		return YR_EXIT_OK;
	}
	for (size_t i = 0; i < n; i++)
		if (!strcmp(paths[i], "-")) {
			yr_say("--policy takes files and folders, not standard input");
			return YR_EXIT_USAGE;
		}
	status = yr_inputs_read(n ? paths : usual, n ? n : 1, &p->files);
	for (size_t i = 0; i < p->files.n && status != YR_EXIT_SYSTEM; i++)
		status = yr_worse(status, index_file(p, i, n && !p->files.from_folder, &wrong));
	if (wrong && status == YR_EXIT_OK && !p->common->settings.quiet)
		yr_say("%zu file%s of policy cannot be read or ha%s mistakes, and %s left out",
		       wrong, wrong == 1 ? "" : "s", wrong == 1 ? "s" : "ve",
		       wrong == 1 ? "is" : "are");
	return status;
}

int yr_policies_open(struct yr_common *common, bool loaded, char **paths, size_t n,
		     struct yr_policies **ret)
{
	struct yr_policies *p = calloc(1, sizeof(*p));

	*ret = p;
	if (!p) {
		yr_say("out of memory");
		return YR_EXIT_SYSTEM;
	}
	p->common = common;
	p->loaded = loaded;
	return loaded ? YR_EXIT_OK : index_files(p, paths, n);
}

struct yr_policies *yr_policies_free(struct yr_policies *p)
{
	if (!p)
		return NULL;
	for (size_t i = 0; i < KEPT; i++) {
		yr_opened_done(&p->kept[i].opened);
		free(p->kept[i].key);
	}
	for (size_t i = 0; i < p->n; i++)
		free(p->names[i].text);
	free(p->names);
	yr_inputs_done(&p->files);
	free(p);
	return NULL;
}

/* The file's policy, compiled now or before; NULL: it cannot be, which was said. */
static struct yr_opened *get(struct yr_policies *p, const char *path, const char *profile)
{
	const char *key = path ? path : profile;
	struct yr_opening how = opening(p, path, profile);
	struct kept *k;

	for (size_t i = 0; i < KEPT; i++)
		if (p->kept[i].key && !strcmp(p->kept[i].key, key))
			return p->kept[i].good ? &p->kept[i].opened : NULL;
	k = &p->kept[p->next++ % KEPT];
	yr_opened_done(&k->opened);
	free(k->key);
	k->key = strdup(key);
	k->good = k->key && yr_open_policy(&how, &k->opened) == YR_EXIT_OK;
	if (!k->good)
		yr_diags_show(k->opened.diags, true);
	return k->good ? &k->opened : NULL;
}

/*
 * Kernels from 6.17 on put a process in a user namespace of its own under "a//&unconfined": what
 * refuses is a. A stack of more than one profile stays whole, since nothing tells which refused.
 */
static struct yr_str without_unconfined(struct yr_str profile)
{
	static const char cut[] = "//&", word[] = "unconfined";
	enum { CUT = sizeof(cut) - 1, WORD = sizeof(word) - 1 };

	if (profile.len > WORD + CUT && !memcmp(profile.at, word, WORD) &&
	    !memcmp(profile.at + WORD, cut, CUT))
		profile = (struct yr_str){ profile.at + WORD + CUT, profile.len - WORD - CUT };
	else if (profile.len > WORD + CUT && !memcmp(profile.at + profile.len - WORD, word, WORD) &&
		 !memcmp(profile.at + profile.len - WORD - CUT, cut, CUT))
		profile.len -= WORD + CUT;
	return profile;
}

/* As the kernel lists it and as files may say it: ":ns:name". NULL: memory, or no such name. */
static char *whole_name(struct yr_str ns, struct yr_str profile)
{
	char *name = NULL;

	if (ns.len > 6 && !memcmp(ns.at, "root//", 6))
		ns = (struct yr_str){ ns.at + 6, ns.len - 6 };
	if (!profile.len || profile.len + ns.len > YR_LIMIT_NAME_BYTES ||
	    memchr(profile.at, '\0', profile.len) || (ns.len && memchr(ns.at, '\0', ns.len)))
		return NULL;
	if (asprintf(&name, ns.len ? ":%.*s:%.*s" : "%.*s%.*s", YR_STR_ARG(ns),
		     YR_STR_ARG(profile)) < 0)
		return NULL;
	return name;
}

static const char *file_of(const struct yr_policies *p, const char *name)
{
	for (size_t i = 0; i < p->n; i++)
		if (!strcmp(p->names[i].text, name))
			return p->files.paths[p->names[i].file];
	return NULL;
}

const struct yr_subject *yr_policies_find(struct yr_policies *p, struct yr_str ns,
					  struct yr_str profile, const char **ret_why)
{
	AUTO_FREE char *name = whole_name(ns, without_unconfined(profile));
	const char *path = NULL;
	struct yr_opened *o;

	*ret_why = NULL;
	if (p->none) {
		*ret_why = "no policy was given, and there is no " USUAL_FOLDER;
		return NULL;
	}
	if (!profile.len) {
		*ret_why = "the record names no profile";
		return NULL;
	}
	if (yr_str_is(profile, "unconfined")) {
		*ret_why = "it was under no profile";
		return NULL;
	}
	if (yr_profile_is_null(profile)) {
		*ret_why = "no policy has this profile";
		return NULL;
	}
	if (name && !p->loaded)
		path = file_of(p, name);
	if (!name || (!p->loaded && !path)) {
		*ret_why = p->usual ? "this profile is not in " USUAL_FOLDER
				    : "this profile is not in the policy that was given";
		return NULL;
	}
	o = get(p, path, path ? NULL : name);
	if (!o || !yr_find_profile(o, name, &p->subject)) {
		*ret_why = p->loaded ? "the kernel does not give this profile"
				     : "the file of this profile cannot be compiled";
		return NULL;
	}
	return &p->subject;
}
