/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record leaves open. A rule made without it would be wider than what was refused, so none
 * is made.
 */
#include "author/making.h"

struct need {
	enum yr_log_text field;
	const char *what;
};

/* What kernels always write of a class. */
static const struct need needs[YR_LOG_CLASSES][4] = {
	[YR_LOG_CLASS_NETWORK] = { { YR_LOG_FAMILY, "family of sockets" },
				   { YR_LOG_SOCK_TYPE, "type of socket" } },
	[YR_LOG_CLASS_UNIX] = { { YR_LOG_SOCK_TYPE, "type of socket" } },
	[YR_LOG_CLASS_CAPABILITY] = { { YR_LOG_NAME, "capability" } },
	[YR_LOG_CLASS_SIGNAL] = { { YR_LOG_SIGNAL, "signal" }, { YR_LOG_PEER, "peer" } },
	[YR_LOG_CLASS_PTRACE] = { { YR_LOG_PEER, "peer" } },
	[YR_LOG_CLASS_MOUNT] = { { YR_LOG_NAME, "mount" } },
	[YR_LOG_CLASS_UMOUNT] = { { YR_LOG_NAME, "mount" } },
	[YR_LOG_CLASS_PIVOT_ROOT] = { { YR_LOG_NAME, "new root" },
				      { YR_LOG_SRCNAME, "place for the old root" } },
	[YR_LOG_CLASS_DBUS] = { { YR_LOG_DBUS_BUS, "bus" } },
};

/* Classes whose rules say which accesses they are about. */
static bool has_mask(enum yr_log_class c)
{
	return c == YR_LOG_CLASS_SIGNAL || c == YR_LOG_CLASS_PTRACE || c == YR_LOG_CLASS_DBUS ||
	       c == YR_LOG_CLASS_POSIX_MQUEUE || c == YR_LOG_CLASS_SYSV_MQUEUE ||
	       c == YR_LOG_CLASS_IO_URING || c == YR_LOG_CLASS_UNIX || c == YR_LOG_CLASS_NETWORK;
}

static bool has(const struct yr_log_event *ev, enum yr_log_text field)
{
	return ev->text[field].len != 0;
}

/* Options that change a mount that there is. Kernels write "rslave", policy "make-rslave" too. */
static bool is_alone(struct yr_str flag)
{
	static const char *const words[] = { "remount", "private",    "rprivate",
					     "shared",  "rshared",    "slave",
					     "rslave",  "unbindable", "runbindable" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (yr_str_is(flag, words[i]))
			return true;
	return flag.len > 5 && !memcmp(flag.at, "make-", 5);
}

/* One mount of many: where it is from, or that nothing comes from anywhere. */
static const char *mount_lacks(const struct yr_log_event *ev)
{
	struct yr_str flags = yr_event_text(ev, YR_LOG_FLAGS), flag = { NULL, 0 };
	bool alone = false;

	while (yr_event_next_word(flags, &flag))
		alone |= is_alone(flag);
	if (alone || has(ev, YR_LOG_SRCNAME))
		return NULL;
	return "mount";
}

static const char *missing(const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev);
	const struct need *n = needs[ev->rule_class];

	for (size_t i = 0; i < ARRAY_LEN(needs[0]) && n[i].what; i++)
		if (!has(ev, n[i].field))
			return n[i].what;
	/* Kernels that write no mask of a socket ask for the socket as a whole. */
	if (has_mask(ev->rule_class) && !mask.len &&
	    (ev->rule_class != YR_LOG_CLASS_NETWORK || has(ev, YR_LOG_CLASS) ||
	     !has(ev, YR_LOG_PROTOCOL)))
		return "access";
	if (ev->rule_class == YR_LOG_CLASS_MOUNT)
		return mount_lacks(ev);
	if (ev->rule_class == YR_LOG_CLASS_UNIX && yr_asks_peer(mask) && !has(ev, YR_LOG_PEER) &&
	    !has(ev, YR_LOG_PEER_ADDR))
		return "peer";
	/* Who listens to a bus listens to all of it. */
	if (ev->rule_class == YR_LOG_CLASS_DBUS && !yr_str_is(mask, "bind") &&
	    !yr_str_is(mask, "eavesdrop") && !has(ev, YR_LOG_DBUS_PATH) &&
	    !has(ev, YR_LOG_DBUS_INTERFACE) && !has(ev, YR_LOG_DBUS_MEMBER) &&
	    !has(ev, YR_LOG_PEER_PROFILE) && !has(ev, YR_LOG_PEER) && !has(ev, YR_LOG_NAME))
		return "message";
	if (ev->rule_class == YR_LOG_CLASS_DBUS && yr_str_is(mask, "bind") && !has(ev, YR_LOG_NAME))
		return "name";
	return NULL;
}

static bool is_letters(struct yr_str mask)
{
	for (size_t i = 0; i < mask.len; i++)
		if (!mask.at[i] || !strchr("rwacdlkmx:", mask.at[i]))
			return false;
	return true;
}

/* A word that policy has not; NULL text: it has them all. */
static struct yr_str strange(const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev), word = { NULL, 0 };
	struct yr_str type = yr_event_text(ev, YR_LOG_SOCK_TYPE);
	struct yr_str signal = yr_event_text(ev, YR_LOG_SIGNAL);

	if (ev->rule_class == YR_LOG_CLASS_FILE || ev->rule_class == YR_LOG_CLASS_EXEC)
		return is_letters(mask) ? (struct yr_str){ NULL, 0 } : mask;
	while (has_mask(ev->rule_class) && yr_event_next_word(mask, &word))
		if (!yr_is_name(word, &yr_access_names))
			return word;
	if ((ev->rule_class == YR_LOG_CLASS_NETWORK || ev->rule_class == YR_LOG_CLASS_UNIX) &&
	    type.len && !yr_is_name(type, &yr_socktype_names))
		return type;
	word = (struct yr_str){ NULL, 0 };
	while (ev->rule_class == YR_LOG_CLASS_SIGNAL && yr_event_next_word(signal, &word))
		if (yr_signal_number(word) < 0)
			return signal;
	return (struct yr_str){ NULL, 0 };
}

/* What is written last of a file, and decides about the rule, are the ids. */
static bool may_be_whole(const struct yr_log_event *ev)
{
	return ev->rule_class == YR_LOG_CLASS_FILE && yr_event_has(ev, YR_LOG_FSUID) &&
	       yr_event_has(ev, YR_LOG_OUID) && !(yr_event_perms(ev) & YR_MAY_LINK);
}

static bool has_nul(const struct yr_log_event *ev)
{
	static const enum yr_log_text fields[] = {
		YR_LOG_NAME,     YR_LOG_NAME2,     YR_LOG_PEER,    YR_LOG_PEER_PROFILE,
		YR_LOG_NET_ADDR, YR_LOG_PEER_ADDR, YR_LOG_SRCNAME, YR_LOG_FSTYPE,
		YR_LOG_DBUS_BUS, YR_LOG_DBUS_PATH, YR_LOG_FLAGS,   YR_LOG_DBUS_INTERFACE,
		YR_LOG_REFUSED,  YR_LOG_REQUESTED, YR_LOG_SIGNAL,  YR_LOG_DBUS_MEMBER,
	};

	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		if (has(ev, fields[i]) &&
		    memchr(ev->text[fields[i]].at, '\0', ev->text[fields[i]].len))
			return true;
	return false;
}

bool yr_record_lacks(struct yr_making *m, struct yr_arena *arena)
{
	const char *what = missing(m->ev);
	struct yr_str word = strange(m->ev);

	if (what)
		m->mend->advice = yr_arena_printf(arena, "the record does not say which %s", what);
	else if (word.at)
		m->mend->advice =
			yr_arena_printf(arena, "policy has no word for '%.*s'", YR_STR_ARG(word));
	else if (has_nul(m->ev))
		m->mend->advice = "a name in the record has a NUL byte";
	else if (m->ev->cut && !may_be_whole(m->ev))
		m->mend->advice = "the record is cut before its end";
	else
		return false;
	m->rule.failed |= !m->mend->advice;
	return true;
}
