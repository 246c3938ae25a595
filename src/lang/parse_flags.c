/* SPDX-License-Identifier: Apache-2.0 */
/* The flags of profiles and hats. */
#include "lang/parse.h"

#include "base/cleanup.h"

/*
 * Flags that exclude each other are in one group; a group's first use is remembered. From
 * G_ATTACH to G_IPC they are about paths.
 */
enum group {
	G_NONE,
	G_MODE,
	G_ATTACH,
	G_RELATIVE,
	G_DELETED,
	G_CHROOT,
	G_PATH,
	G_IPC,
	G_SIGNAL,
	G_ERROR,
	G_COUNT
};

enum flag {
	F_ATTACH,
	F_ATTACH_IPC,
	F_ATTACH_PATH,
	F_AUDIT,
	F_CHROOT_ATTACH,
	F_CHROOT_NO_ATTACH,
	F_CHROOT_RELATIVE,
	F_COMPLAIN,
	F_DEBUG,
	F_DEFAULT_ALLOW,
	F_DELEGATE_DELETED,
	F_ENFORCE,
	F_ERROR,
	F_INTERRUPTIBLE,
	F_KILL,
	F_KILL_SIGNAL,
	F_MEDIATE_DELETED,
	F_NAMESPACE_RELATIVE,
	F_NO_ATTACH,
	F_PROMPT,
	F_UNCONFINED,
};

static const struct {
	const char *name;
	enum flag flag;
	enum group group;
	enum { NO_VALUE, MAY_HAVE_VALUE, NEEDS_VALUE } value;
} flags[] = {
	{ "attach_disconnected", F_ATTACH, G_ATTACH, NO_VALUE },
	{ "attach_disconnected.ipc", F_ATTACH_IPC, G_IPC, MAY_HAVE_VALUE },
	{ "attach_disconnected.path", F_ATTACH_PATH, G_PATH, NEEDS_VALUE },
	{ "audit", F_AUDIT, G_NONE, NO_VALUE },
	{ "chroot_attach", F_CHROOT_ATTACH, G_CHROOT, NO_VALUE },
	{ "chroot_no_attach", F_CHROOT_NO_ATTACH, G_CHROOT, NO_VALUE },
	{ "chroot_relative", F_CHROOT_RELATIVE, G_RELATIVE, NO_VALUE },
	{ "complain", F_COMPLAIN, G_MODE, NO_VALUE },
	{ "debug", F_DEBUG, G_NONE, NO_VALUE },
	{ "default_allow", F_DEFAULT_ALLOW, G_MODE, NO_VALUE },
	{ "delegate_deleted", F_DELEGATE_DELETED, G_DELETED, NO_VALUE },
	{ "enforce", F_ENFORCE, G_MODE, NO_VALUE },
	{ "error", F_ERROR, G_ERROR, NEEDS_VALUE },
	{ "interruptible", F_INTERRUPTIBLE, G_NONE, NO_VALUE },
	{ "kill", F_KILL, G_MODE, NO_VALUE },
	{ "kill.signal", F_KILL_SIGNAL, G_SIGNAL, NEEDS_VALUE },
	{ "mediate_deleted", F_MEDIATE_DELETED, G_DELETED, NO_VALUE },
	{ "namespace_relative", F_NAMESPACE_RELATIVE, G_RELATIVE, NO_VALUE },
	{ "no_attach_disconnected", F_NO_ATTACH, G_ATTACH, NO_VALUE },
	{ "prompt", F_PROMPT, G_MODE, NO_VALUE },
	{ "unconfined", F_UNCONFINED, G_MODE, NO_VALUE },
};

struct flag_word {
	struct yr_word name, value; /* value absent: none written */
};

/* The first flag of each group, and what it said. */
struct flag_groups {
	struct flag_word first[G_COUNT];
	enum flag flag[G_COUNT];
};

bool yr_is_flag(struct yr_str word)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (yr_str_is(word, flags[i].name))
			return true;
	return false;
}

static bool unknown_flag(struct yr_parser *p, const struct yr_word *w)
{
	struct yr_nearest near = yr_nearest_start(w->text);

	struct yr_phrase phrase;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		yr_nearest_try_z(&near, flags[i].name);
	phrase = yr_nearest_phrase(&near);
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word", "no profile flag is called '%.*s'%s",
		    YR_STR_ARG(w->text), phrase.text);
	return false;
}

static bool group_conflict(struct yr_parser *p, struct flag_groups *g, enum group group,
			   enum flag flag, const struct flag_word *w)
{
	const struct flag_word *first = &g->first[group];

	if (!group)
		return true;
	if (!first->name.text.at) {
		g->first[group] = *w;
		g->flag[group] = flag;
		return true;
	}
	/* Where the value may be left out, saying it before or after says no more. */
	if (g->flag[group] == flag && (yr_str_eq(first->value.text, w->value.text) ||
				       !first->value.text.at || !w->value.text.at)) {
		if (w->value.text.at)
			g->first[group] = *w;
		return true;
	}
	yr_complain(p->diags, &w->name.loc, YR_ERROR, "conflict",
		    "the flag '%.*s' contradicts '%.*s' before it", YR_STR_ARG(w->name.text),
		    YR_STR_ARG(first->name.text));
	yr_complain(p->diags, &first->name.loc, YR_NOTE, "conflict", "which is here");
	return false;
}

static struct yr_str lower_case(struct yr_parser *p, struct yr_str s)
{
	char *z = yr_arena_strndup(p->arena, s.at, s.len);

	for (size_t i = 0; z && i < s.len; i++)
		if (z[i] >= 'A' && z[i] <= 'Z')
			z[i] = (char)(z[i] | 0x20);
	p->failed |= !z;
	return (struct yr_str){ z, z ? s.len : 0 };
}

static bool number_flag(struct yr_parser *p, const struct flag_word *w, bool is_signal, int *ret)
{
	struct yr_str name = is_signal ? w->value.text : lower_case(p, w->value.text);
	int n = is_signal ? yr_signal_number(name) : (int)yr_name_find(&yr_errno_names, name);

	if (n < 0)
		return yr_unknown_name(p, &w->value,
				       is_signal ? &yr_signal_names : &yr_errno_names);
	*ret = n;
	return true;
}

static bool is_about_paths(enum flag flag)
{
	for (size_t i = 0; i < ARRAY_LEN(flags); i++)
		if (flags[i].flag == flag)
			return flags[i].group >= G_ATTACH && flags[i].group <= G_IPC;
	return false;
}

static bool set_flag(struct yr_parser *p, struct yr_flags *f, enum flag flag,
		     const struct flag_word *w)
{
	f->path_word |= is_about_paths(flag);
	switch (flag) {
	case F_ATTACH:
		f->attach_disconnected = true;
		break;
	case F_ATTACH_IPC:
		f->attach_disconnected_ipc = true;
		if (w->value.text.at)
			f->disconnected_ipc_path = w->value;
		break;
	case F_ATTACH_PATH:
		f->attach_disconnected = true;
		f->disconnected_path = w->value;
		break;
	case F_AUDIT:
		f->audit = true;
		break;
	case F_CHROOT_ATTACH:
		f->chroot_attach = true;
		break;
	case F_CHROOT_RELATIVE:
		f->chroot_relative = true;
		break;
	case F_COMPLAIN:
		f->mode = YR_MODE_COMPLAIN;
		break;
	case F_DEBUG:
		f->debug = true;
		break;
	case F_DEFAULT_ALLOW:
		f->mode = YR_MODE_DEFAULT_ALLOW;
		break;
	case F_ENFORCE:
		f->mode = YR_MODE_ENFORCE;
		break;
	case F_ERROR:
		return number_flag(p, w, false, &f->error);
	case F_INTERRUPTIBLE:
		f->interruptible = true;
		break;
	case F_KILL:
		f->mode = YR_MODE_KILL;
		break;
	case F_KILL_SIGNAL:
		return number_flag(p, w, true, &f->kill_signal);
	case F_MEDIATE_DELETED:
		f->mediate_deleted = true;
		break;
	case F_PROMPT:
		f->mode = YR_MODE_PROMPT;
		break;
	case F_UNCONFINED:
		f->mode = YR_MODE_UNCONFINED;
		break;
	case F_CHROOT_NO_ATTACH:
	case F_DELEGATE_DELETED:
	case F_NAMESPACE_RELATIVE:
	case F_NO_ATTACH:
		break;
	}
	return true;
}

static bool one_flag(struct yr_parser *p, struct yr_flags *f, struct flag_groups *g,
		     const struct flag_word *w)
{
	bool value = w->value.text.at;

	for (size_t i = 0; i < ARRAY_LEN(flags); i++) {
		if (!yr_str_is(w->name.text, flags[i].name))
			continue;
		if (value != (flags[i].value == NEEDS_VALUE) && flags[i].value != MAY_HAVE_VALUE) {
			yr_complain(p->diags, &w->name.loc, YR_ERROR, "bad-value",
				    value ? "the flag '%s' takes no value"
					  : "the flag '%s' needs a value",
				    flags[i].name);
			return false;
		}
		return group_conflict(p, g, flags[i].group, flags[i].flag, w) &&
		       set_flag(p, f, flags[i].flag, w);
	}
	return unknown_flag(p, &w->name);
}

/* A path for disconnected files makes no sense beside a flag that refuses them. */
static bool check_attach(struct yr_parser *p, const struct flag_groups *g)
{
	static const enum group paths[] = { G_PATH, G_IPC };

	if (!g->first[G_ATTACH].name.text.at || g->flag[G_ATTACH] != F_NO_ATTACH)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const struct yr_word *w = &g->first[paths[i]].name;

		if (!w->text.at)
			continue;
		yr_complain(p->diags, &w->loc, YR_ERROR, "conflict",
			    "the flag '%.*s' contradicts 'no_attach_disconnected'",
			    YR_STR_ARG(w->text));
		return false;
	}
	return true;
}

/* flags = ("flags" "=")? "(" (FLAG ("=" VALUE)? | ",")+ ")"; up to "(" taken */
bool yr_parse_flags(struct yr_parser *p, struct yr_flags *f)
{
	struct flag_groups groups = { 0 };
	const char *open = p->at - 1;
	bool good = true, any = false;

	for (yr_skip_separators(p); !yr_take_char(p, ')'); yr_skip_separators(p)) {
		struct flag_word w = { { { 0 } } };
		struct yr_loc loc = { p->src, yr_off(p, open), 1 };

		if (yr_at_end(p) || *p->at == '{')
			return yr_open_list(p, &loc);
		if (!yr_take_word(p, YR_STOP_LIST | YR_C_EQUALS, &w.name))
			return p->failed ? false : yr_expected(p, "a flag or ')'");
		any = true;
		if (yr_take_char(p, '=') &&
		    (*p->at == '"' || !yr_take_word(p, YR_STOP_LIST, &w.value)))
			return p->failed
				       ? false
				       : yr_expected(p,
						     "the flag's value after '=', without quotes");
		good &= one_flag(p, f, &groups, &w);
	}
	f->loc = yr_loc_from(p, open);
	if (any)
		return good & check_attach(p, &groups);
	yr_complain(p->diags, &f->loc, YR_ERROR, "syntax", "nothing stands between '(' and ')'");
	return false;
}
