/* SPDX-License-Identifier: Apache-2.0 */
/* Whose an access is: the profiles that complain mode made are brought back to those there are. */
#include "author/learn_parts.h"
#include "base/limits.h"
#include "base/utf8.h"
#include "log/log.h"

#define NULL_MARK "//null-"

static struct yr_str next_null(struct yr_str s)
{
	const char *at = s.len ? memmem(s.at, s.len, NULL_MARK, sizeof(NULL_MARK) - 1) : NULL;

	return at ? (struct yr_str){ at, s.len - (size_t)(at - s.at) } : (struct yr_str){ NULL, 0 };
}

/* "web" and "/usr/sbin/nginx" give "web.usr.sbin.nginx". */
static struct yr_str separate_name(struct yr_arena *arena, struct yr_str base, struct yr_str path)
{
	char *name = yr_arena_printf(arena, "%.*s%.*s", YR_STR_ARG(base), YR_STR_ARG(path));

	for (char *p = name ? name + base.len : NULL; p && *p; p++) {
		bool plain = (*p >= '0' && *p <= '9') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= 'a' && *p <= 'z') || *p == '-' || *p == '_' || *p == '.';

		*p = *p == '/' ? '.' : plain ? *p : '_';
	}
	return yr_str_of(name);
}

/* What was said of the program; NULL: nothing. */
static const struct yr_learn_program *program(const struct yr_learn *l, struct yr_str path)
{
	size_t low = 0, high = l->n_programs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int c = yr_str_cmp(yr_str_of(l->programs[middle].path), path);

		if (!c)
			return l->programs[middle].chosen ? &l->programs[middle] : NULL;
		if (c < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/* Of what else is in a path, no name of a profile is made. */
static bool is_plain(struct yr_str path)
{
	for (size_t i = 0; i < path.len; i++) {
		unsigned char c = (unsigned char)path.at[i];
		bool word =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!word && (!c || !strchr("/._+~-", c)))
			return false;
	}
	return path.len < 256;
}

/* One program more. */
static void go_on(struct yr_learn *l, struct yr_str base, struct yr_str path,
		  struct yr_learn_folded *f)
{
	const struct yr_learn_program *said = program(l, path);

	f->last = said ? said->how : l->opt.exec;
	if ((f->last == YR_LEARN_CHILD || f->last == YR_LEARN_SEPARATE) && !is_plain(path))
		f->last = YR_LEARN_INHERIT;
	f->fallback = said && said->fallback;
	if (f->last == YR_LEARN_CHILD)
		f->profile = yr_str_of(yr_arena_printf(&l->arena, "%.*s//%.*s",
						       YR_STR_ARG(f->profile), YR_STR_ARG(path)));
	else if (f->last == YR_LEARN_SEPARATE)
		f->profile = separate_name(&l->arena, base, path);
	else if (f->last == YR_LEARN_NAMED)
		f->profile = yr_str_of(said->name);
	f->outside |= f->last == YR_LEARN_UNCONFINED || f->last == YR_LEARN_DENIED;
}

struct yr_learn_folded yr_learn_fold(struct yr_learn *l, struct yr_str label)
{
	struct yr_str at = next_null(label), base = { label.at, label.len - at.len };
	struct yr_learn_folded f = { .profile = base, .last = YR_LEARN_INHERIT };

	while (at.len && f.profile.at) {
		struct yr_str path = { at.at + sizeof(NULL_MARK) - 1,
				       at.len - (sizeof(NULL_MARK) - 1) };
		struct yr_str next = next_null(path);

		path.len -= next.len;
		at = next;
		f.last = YR_LEARN_INHERIT;
		/* Older kernels number them, and nobody knows what ran there. */
		if (path.len && path.at[0] == '/')
			go_on(l, base, path, &f);
	}
	return f;
}

void yr_learn_spare_targets(struct yr_learn *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_programs; i++) {
		struct yr_learn_program *p = &l->programs[i];
		enum yr_learn_exec how = p->chosen ? p->how : l->opt.exec;

		if (how != YR_LEARN_NAMED &&
		    (how != YR_LEARN_SEPARATE || !is_plain(yr_str_of(p->path))))
			continue;
		if (n++ < YR_XEC_TARGETS_MAX)
			continue;
		p->how = YR_LEARN_INHERIT;
		p->chosen = true;
		l->counts.squeezed++;
	}
}

/* A name is read as a pattern: what it opens it closes, and braces have something to choose from. */
static bool is_balanced(struct yr_str name)
{
	bool choice[YR_LIMIT_ALTERNATION_DEPTH + 1] = { false };
	size_t depth = 0;

	for (size_t i = 0; i < name.len; i++) {
		const char *end;

		if (name.at[i] == '[') {
			end = i + 2 < name.len ? memchr(name.at + i + 2, ']', name.len - i - 2)
					       : NULL;
			if (!end)
				return false;
			i = (size_t)(end - name.at);
		} else if (name.at[i] == ']')
			return false;
		if (name.at[i] == '{' && depth++ == YR_LIMIT_ALTERNATION_DEPTH)
			return false;
		if (name.at[i] == '{')
			choice[depth] = false;
		if (name.at[i] == ',')
			choice[depth] = true;
		if (name.at[i] == '}' && (!depth || !choice[depth--]))
			return false;
	}
	return !depth;
}

const char *yr_learn_bad_name(struct yr_str name)
{
	struct yr_str rest = name;

	if (!name.len || name.len > YR_LIMIT_NAME_BYTES)
		return "its name is too long, or none";
	if (yr_str_is(name, "unconfined"))
		return "it was under no profile";
	if (memmem(name.at, name.len, "@{", 2))
		return "its name would be read as a variable";
	if (!is_balanced(name))
		return "its name is no pattern";
	if (memmem(name.at, name.len, "//&", 3))
		return "it is a stack of several";
	for (size_t i = 0; i < name.len; i++) {
		unsigned char c = (unsigned char)name.at[i];

		if (c < 0x20 || c == 0x7f || strchr("\"\\", c))
			return "its name has control characters, quotes or backslashes";
	}
	for (size_t i = 0, n; i < name.len; i += n)
		if (!(n = yr_utf8((const unsigned char *)name.at + i,
				  (const unsigned char *)name.at + name.len)))
			return "its name is no UTF-8";
	for (int depth = 0; rest.len; depth++) {
		const char *next = memmem(rest.at, rest.len, "//", 2);

		if (next == rest.at || depth > 16 || (next && next + 2 == rest.at + rest.len))
			return "its name has empty parts, or too many";
		if (!next)
			break;
		rest = (struct yr_str){ next + 2, rest.len - (size_t)(next + 2 - rest.at) };
	}
	return NULL;
}

struct yr_str yr_learn_namespace(struct yr_str ns)
{
	if (ns.len > 6 && !memcmp(ns.at, "root//", 6))
		return (struct yr_str){ ns.at + 6, ns.len - 6 };
	return yr_str_is(ns, "root") ? (struct yr_str){ NULL, 0 } : ns;
}

const char *yr_learn_bad_namespace(struct yr_str ns)
{
	if (ns.len && memmem(ns.at, ns.len, "//", 2))
		return "its namespace is inside of another one";
	for (size_t i = 0; i < ns.len; i++) {
		char c = ns.at[i];
		bool word =
			(c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');

		if (!c || (!word && !strchr("._+~<>-", c)))
			return "its namespace cannot be written as policy";
	}
	return ns.len < 256 ? NULL : "its namespace cannot be written as policy";
}

/*
 * The kernel gives a container's first program its name when it is executed. Until then the
 * runtime is at work, under the container's profile with some runtimes; what it does there no
 * program of the container needs. The exec is the container's own.
 */
bool yr_learn_is_runtime(const struct yr_log_event *ev)
{
	static const struct {
		const char *name;
		bool begins;
	} known[] = {
		{ "runc", false },           { "runc:[", true },  { "crun", false },
		{ "youki", false },          { "youki:[", true }, { "conmon", false },
		{ "containerd-shim", true },
	};
	struct yr_str comm = yr_event_text(ev, YR_LOG_COMM);
	struct yr_str profile = yr_event_text(ev, YR_LOG_PROFILE);

	if (ev->rule_class == YR_LOG_CLASS_EXEC)
		return false;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t len = strlen(known[i].name);

		if (comm.len < len || memcmp(comm.at, known[i].name, len) != 0 ||
		    (!known[i].begins && comm.len != len))
			continue;
		/* A runtime under a profile of its own is no container's. */
		return profile.len < comm.len ||
		       memcmp(profile.at + profile.len - comm.len, comm.at, comm.len) != 0;
	}
	return false;
}

/*
 * With no_new_privs the kernel lets nobody change the profile, not even to those that it makes in
 * complain mode: what the program would have done was not done.
 */
bool yr_learn_is_unexecuted(const struct yr_log_event *ev)
{
	return ev->rule_class == YR_LOG_CLASS_EXEC &&
	       yr_str_is(yr_event_text(ev, YR_LOG_INFO), "no new privs");
}
