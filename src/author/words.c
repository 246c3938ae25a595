/* SPDX-License-Identifier: Apache-2.0 */
/* What was refused, as a person would say it. */
#include "author/mask.h"
#include "base/utf8.h"
#include "lang/words.h"
#include "log/log.h"

/* Bytes of the record; what a terminal would take for something else as \ooo. */
static void put_name(struct yr_buf *b, struct yr_str s)
{
	bool quoted = !s.len || memchr(s.at, ' ', s.len);

	if (quoted)
		yr_buf_putc(b, '"');
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.at[i];
		size_t n = yr_utf8((const unsigned char *)s.at + i,
				   (const unsigned char *)s.at + s.len);

		if (c < 0x20 || c == 0x7f || c == '\\' || !n) {
			yr_buf_printf(b, "\\%03o", c);
		} else {
			yr_buf_put(b, s.at + i, n);
			i += n - 1;
		}
	}
	if (quoted)
		yr_buf_putc(b, '"');
}

/* @before and the field, when it is there. */
static bool put_field(struct yr_buf *b, const char *before, const struct yr_log_event *ev,
		      enum yr_log_text field)
{
	if (!ev->text[field].at)
		return false;
	yr_buf_puts(b, before);
	put_name(b, yr_event_text(ev, field));
	return true;
}

/* "a", "a and b", "a, b and c" */
static void put_words(struct yr_buf *b, struct yr_str mask)
{
	struct yr_str at = { NULL, 0 }, next = { NULL, 0 };
	bool any = false, more = yr_event_next_word(mask, &next);

	while (more) {
		at = next;
		more = yr_event_next_word(mask, &next);
		if (any)
			yr_buf_puts(b, more ? ", " : " and ");
		put_name(b, at);
		any = true;
	}
}

/* Operations that say more than the permissions they need. */
static const struct {
	const char *operation, *words;
} file_operations[] = {
	{ "chmod", "change the mode of" },
	{ "chown", "change the owner of" },
	{ "exec", "execute" },
	{ "file_inherit", "keep open across an exec" },
	{ "file_lock", "lock" },
	{ "file_mmap", "map into memory" },
	{ "file_mprotect", "make executable in memory" },
	{ "getattr", "look at the attributes of" },
	{ "mkdir", "make the folder" },
	{ "mknod", "create" },
	{ "rename_dest", "rename a file to" },
	{ "rename_src", "rename" },
	{ "rmdir", "remove the folder" },
	{ "symlink", "make the symbolic link" },
	{ "truncate", "change the length of" },
	{ "unlink", "remove" },
};

static void put_file(struct yr_buf *b, const struct yr_log_event *ev)
{
	static const struct {
		uint32_t perm;
		const char *verb, *noun;
	} verbs[] = {
		{ YR_MAY_READ, "read", "reading" },
		{ YR_MAY_WRITE, "write to", "writing" },
		{ YR_MAY_APPEND, "append to", "appending" },
		{ YR_MAY_LOCK, "lock", "locking" },
		{ YR_MAY_MMAP, "map as code", "mapping as code" },
		{ YR_MAY_EXEC, "execute", "executing" },
		{ YR_MAY_LINK, "link", "linking" },
	};
	struct yr_str op = yr_event_text(ev, YR_LOG_OPERATION);
	uint32_t perms = yr_event_perms(ev);
	const char *verb = NULL, *gap = " for ";

	if (perms & YR_MAY_LINK && ev->text[YR_LOG_NAME2].at) {
		put_field(b, "make the hard link ", ev, YR_LOG_NAME);
		put_field(b, " to ", ev, YR_LOG_NAME2);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(file_operations); i++)
		if (yr_str_is(op, file_operations[i].operation))
			verb = file_operations[i].words;
	for (size_t i = 0; i < ARRAY_LEN(verbs) && !verb; i++)
		if (perms == verbs[i].perm && !yr_str_is(op, "open"))
			verb = verbs[i].verb;
	yr_buf_puts(b, verb ? verb : yr_str_is(op, "open") ? "open" : "use");
	if (!put_field(b, " ", ev, YR_LOG_NAME))
		yr_buf_puts(b, " a file that is not named");
	for (size_t i = 0; i < ARRAY_LEN(verbs) && !verb; i++) {
		if (!(perms & verbs[i].perm))
			continue;
		yr_buf_printf(b, "%s%s", gap, verbs[i].noun);
		gap = " and ";
	}
}

static void put_exec(struct yr_buf *b, const struct yr_log_event *ev)
{
	struct yr_str target = yr_event_exec_target(ev);

	if (!put_field(b, "execute ", ev, YR_LOG_NAME))
		yr_buf_puts(b, "execute a program that is not named");
	if (target.len && !yr_profile_is_null(target))
		put_field(b, ", going on under ", ev, YR_LOG_NAME2);
}

static void put_address(struct yr_buf *b, const char *before, const struct yr_log_event *ev,
			enum yr_log_text addr, enum yr_log_number port)
{
	if (!ev->text[addr].at && !yr_event_has(ev, port))
		return;
	yr_buf_puts(b, before);
	if (ev->text[addr].at)
		put_name(b, yr_event_text(ev, addr));
	if (yr_event_has(ev, port))
		yr_buf_printf(b, "%sport %llu", ev->text[addr].at ? " " : "",
			      (unsigned long long)ev->number[port]);
}

static const char *family_words(struct yr_str family)
{
	static const struct {
		const char *family, *words;
	} known[] = {
		{ "inet", "IPv4" },       { "inet6", "IPv6" },    { "unix", "Unix" },
		{ "netlink", "netlink" }, { "packet", "packet" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (yr_str_is(family, known[i].family))
			return known[i].words;
	return NULL;
}

/* As it is spoken: "an IPv4", "an unknown(77)", "a Unix". */
static bool starts_with_vowel(struct yr_str s)
{
	return s.len && strchr("aeiouI", s.at[0]) && s.at[0];
}

static void put_socket(struct yr_buf *b, const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev), family = yr_event_text(ev, YR_LOG_FAMILY);
	struct yr_str type = yr_event_text(ev, YR_LOG_SOCK_TYPE);
	const char *words = family_words(family);

	if (!mask.len && yr_str_is(yr_event_text(ev, YR_LOG_OPERATION), "create"))
		mask = YR_STR("create");
	if (mask.len)
		put_words(b, mask);
	else
		yr_buf_puts(b, "use");
	yr_buf_puts(b, mask.len && !yr_str_is(mask, "create") ? " on a" : " a");
	if (starts_with_vowel(type.len ? type : words ? yr_str_of(words) : family))
		yr_buf_putc(b, 'n');
	if (type.len) {
		yr_buf_putc(b, ' ');
		put_name(b, type);
	}
	if (words)
		yr_buf_printf(b, " %s", words);
	else if (family.len) {
		yr_buf_putc(b, ' ');
		put_name(b, family);
	}
	yr_buf_puts(b, " socket");
	put_address(b, " at ", ev, YR_LOG_LOCAL_ADDR, YR_LOG_LOCAL_PORT);
	put_address(b, ", peer ", ev, YR_LOG_FOREIGN_ADDR, YR_LOG_FOREIGN_PORT);
	put_field(b, " at ", ev, YR_LOG_NET_ADDR);
	put_field(b, ", peer ", ev, YR_LOG_PEER_ADDR);
	put_field(b, ", peer's label ", ev, YR_LOG_PEER);
}

static void put_mount(struct yr_buf *b, const struct yr_log_event *ev)
{
	struct yr_str flags = yr_event_text(ev, YR_LOG_FLAGS), flag = { NULL, 0 };
	bool again = false, bind = false, move = false;

	while (yr_event_next_word(flags, &flag)) {
		again |= yr_str_is(flag, "remount");
		bind |= yr_str_is(flag, "bind") || yr_str_is(flag, "rbind");
		move |= yr_str_is(flag, "move");
	}
	yr_buf_puts(b, again ? "mount again" : move ? "move the mount" : bind ? "bind" : "mount");
	if (!again)
		put_field(b, " ", ev, YR_LOG_SRCNAME);
	put_field(b, again ? " " : " on ", ev, YR_LOG_NAME);
	put_field(b, " as ", ev, YR_LOG_FSTYPE);
	if (flags.len && !yr_str_is(flags, "remount")) {
		yr_buf_puts(b, ", with ");
		put_words(b, flags);
	}
}

static void put_dbus(struct yr_buf *b, const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev);

	if (mask.len)
		put_words(b, mask);
	else
		yr_buf_puts(b, "use");
	if (yr_str_is(mask, "bind"))
		put_field(b, " the name ", ev, YR_LOG_NAME);
	else if (!put_field(b, " ", ev, YR_LOG_DBUS_MEMBER))
		yr_buf_puts(b, " a message");
	put_field(b, " of ", ev, YR_LOG_DBUS_INTERFACE);
	put_field(b, " at ", ev, YR_LOG_DBUS_PATH);
	put_field(b, " on the bus ", ev, YR_LOG_DBUS_BUS);
	if (!put_field(b, ", peer's label ", ev, YR_LOG_PEER_PROFILE))
		put_field(b, ", peer's label ", ev, YR_LOG_PEER);
}

/* The mask's words, or @otherwise, and @behind. */
static void put_verb(struct yr_buf *b, const struct yr_log_event *ev, const char *otherwise,
		     const char *behind)
{
	struct yr_str mask = yr_event_mask(ev);

	if (mask.len)
		put_words(b, mask);
	else
		yr_buf_puts(b, otherwise);
	yr_buf_puts(b, behind);
}

static void put_rlimit(struct yr_buf *b, const struct yr_log_event *ev)
{
	put_field(b, "set the limit ", ev, YR_LOG_RLIMIT);
	if (ev->number[YR_LOG_RLIMIT_VALUE] >= YR_NO_LIMIT)
		yr_buf_puts(b, " to infinity");
	else if (yr_event_has(ev, YR_LOG_RLIMIT_VALUE))
		yr_buf_printf(b, " to %llu", (unsigned long long)ev->number[YR_LOG_RLIMIT_VALUE]);
}

static void put_ptrace(struct yr_buf *b, const struct yr_log_event *ev)
{
	static const struct {
		const char *mask, *words;
	} known[] = {
		{ "read", "look into a process" },
		{ "trace", "trace a process" },
		{ "readby", "be looked into by a process" },
		{ "tracedby", "be traced by a process" },
	};
	const char *words = "trace or look into a process";

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (yr_str_is(yr_event_mask(ev), known[i].mask))
			words = known[i].words;
	yr_buf_puts(b, words);
	put_field(b, " under ", ev, YR_LOG_PEER);
}

static void put_signal(struct yr_buf *b, const struct yr_log_event *ev)
{
	bool receive = yr_str_is(yr_event_mask(ev), "receive");

	put_verb(b, ev, "send", " signal");
	put_field(b, " ", ev, YR_LOG_SIGNAL);
	put_field(b, receive ? " from " : " to ", ev, YR_LOG_PEER);
}

static void put_change(struct yr_buf *b, const struct yr_log_event *ev)
{
	bool hat = ev->rule_class == YR_LOG_CLASS_CHANGE_HAT;

	yr_buf_puts(b, hat ? "change to a hat" : "change to another profile");
	if (ev->text[YR_LOG_NAME2].at)
		put_field(b, ", ", ev, YR_LOG_NAME2);
	else
		put_field(b, ", ", ev, YR_LOG_NAME);
	if (ev->rule_class == YR_LOG_CLASS_CHANGE_ONEXEC)
		yr_buf_puts(b, ", at the next exec");
}

static void put_capability(struct yr_buf *b, const struct yr_log_event *ev)
{
	if (!ev->text[YR_LOG_NAME].at && !yr_event_has(ev, YR_LOG_CAPABILITY)) {
		yr_buf_puts(b, "use a capability that is not named");
	} else if (ev->text[YR_LOG_NAME].at) {
		yr_buf_puts(b, "use capability ");
		put_words(b, yr_event_text(ev, YR_LOG_NAME));
	} else {
		yr_buf_printf(b, "use capability number %llu",
			      (unsigned long long)ev->number[YR_LOG_CAPABILITY]);
	}
}

static void put_others(struct yr_buf *b, const struct yr_log_event *ev)
{
	switch (ev->rule_class) {
	case YR_LOG_CLASS_UMOUNT:
		yr_buf_puts(b, "unmount");
		put_field(b, " ", ev, YR_LOG_NAME);
		break;
	case YR_LOG_CLASS_PIVOT_ROOT:
		yr_buf_puts(b, "make a mount the root (pivot_root)");
		put_field(b, ", ", ev, YR_LOG_NAME);
		put_field(b, ", the old one going to ", ev, YR_LOG_SRCNAME);
		break;
	case YR_LOG_CLASS_POSIX_MQUEUE:
	case YR_LOG_CLASS_SYSV_MQUEUE:
		put_verb(b, ev, "use",
			 ev->rule_class == YR_LOG_CLASS_POSIX_MQUEUE ? " a POSIX message queue"
								     : " a System V message queue");
		put_field(b, ", ", ev, YR_LOG_NAME);
		break;
	case YR_LOG_CLASS_USERNS:
		yr_buf_puts(b, "create a user namespace");
		break;
	case YR_LOG_CLASS_IO_URING:
		put_verb(b, ev, "use", " with io_uring");
		break;
	default:
		yr_buf_puts(b, "do something of a kind that is not known here");
		put_field(b, ", operation ", ev, YR_LOG_OPERATION);
		put_field(b, ", class ", ev, YR_LOG_CLASS);
		put_field(b, ", ", ev, YR_LOG_NAME);
		break;
	}
}

static void put(struct yr_buf *b, const struct yr_log_event *ev)
{
	static void (*const by_class[YR_LOG_CLASSES])(struct yr_buf *,
						      const struct yr_log_event *) = {
		[YR_LOG_CLASS_FILE] = put_file,
		[YR_LOG_CLASS_EXEC] = put_exec,
		[YR_LOG_CLASS_NETWORK] = put_socket,
		[YR_LOG_CLASS_UNIX] = put_socket,
		[YR_LOG_CLASS_CAPABILITY] = put_capability,
		[YR_LOG_CLASS_SIGNAL] = put_signal,
		[YR_LOG_CLASS_PTRACE] = put_ptrace,
		[YR_LOG_CLASS_MOUNT] = put_mount,
		[YR_LOG_CLASS_DBUS] = put_dbus,
		[YR_LOG_CLASS_RLIMITS] = put_rlimit,
		[YR_LOG_CLASS_CHANGE_PROFILE] = put_change,
		[YR_LOG_CLASS_CHANGE_ONEXEC] = put_change,
		[YR_LOG_CLASS_CHANGE_HAT] = put_change,
	};

	if (by_class[ev->rule_class])
		by_class[ev->rule_class](b, ev);
	else
		put_others(b, ev);
}

const char *yr_denial_words(struct yr_arena *arena, const struct yr_log_event *ev)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_buf_puts(&b, "");
	put(&b, ev);
	return b.failed ? NULL : yr_arena_strndup(arena, b.data, b.len);
}
