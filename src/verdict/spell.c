/* SPDX-License-Identifier: Apache-2.0 */
/* What an automaton was fed, as the rule that would allow exactly that: binary-policy.md, 5. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/mount.h>
#include <sys/socket.h>

#include "lang/words.h"
#include "verdict/query_parts.h"

struct bit_word {
	uint32_t bit;
	const char *word;
};

#define END                                                                                        \
	{                                                                                          \
		0, NULL                                                                            \
	}
static const struct bit_word file_letters[] = { { YR_MAY_READ, "r" },   { YR_MAY_WRITE, "w" },
						{ YR_MAY_APPEND, "a" }, { YR_MAY_LINK, "l" },
						{ YR_MAY_LOCK, "k" },   { YR_MAY_MMAP, "m" },
						{ YR_MAY_EXEC, "x" },   END };
static const struct bit_word mount_words[] = {
	{ 1, "pivot_root" }, { 2, "mount" }, { 4, "umount" }, END
};
static const struct bit_word ptrace_words[] = {
	{ 2, "trace" }, { 4, "read" }, { 8, "tracedby" }, { 0x10, "readby" }, END
};
static const struct bit_word signal_words[] = { { 2, "send" }, { 4, "receive" }, END };
static const struct bit_word net_words[] = { { 0x10, "create" },
					     { 0x200000, "bind" },
					     { 0x400000, "listen" },
					     { 0x100000, "accept" },
					     { 0x40, "connect" },
					     { 2, "send" },
					     { 4, "receive" },
					     { 0x20, "shutdown" },
					     { 0x200, "getattr" },
					     { 0x100, "setattr" },
					     { 0x2000000, "getopt" },
					     { 0x1000000, "setopt" },
					     END };
static const struct bit_word mqueue_words[] = { { 2, "write" },       { 4, "read" },
						{ 0x10, "create" },   { 0x20, "delete" },
						{ 0x40, "open" },     { 0x100, "setattr" },
						{ 0x200, "getattr" }, END };
static const struct bit_word dbus_words[] = {
	{ 2, "send" }, { 4, "receive" }, { 0x20, "eavesdrop" }, { 0x40, "bind" }, END
};
static const struct bit_word userns_words[] = { { 8, "create" }, END };
static const struct bit_word io_uring_words[] = { { 8, "override_creds" },
						  { 0x10, "sqpoll" },
						  END };
static const struct bit_word no_words[] = { END };

static const struct bit_word *words_of(const struct yr_refusal *no)
{
	if (no->file)
		return file_letters;
	switch (no->class) {
	case YR_CLASS_MOUNT:
		return mount_words;
	case YR_CLASS_PTRACE:
		return ptrace_words;
	case YR_CLASS_SIGNAL:
		return signal_words;
	case YR_CLASS_NET_V7:
	case YR_CLASS_NET_V8:
	case YR_CLASS_NET_V9:
		return net_words;
	case YR_CLASS_POSIX_MQUEUE:
	case YR_CLASS_SYSV_MQUEUE:
		return mqueue_words;
	case YR_CLASS_DBUS:
		return dbus_words;
	case YR_CLASS_USERNS:
		return userns_words;
	case YR_CLASS_IO_URING:
		return io_uring_words;
	default:
		return no_words;
	}
}

static uint32_t all_of(const struct bit_word *words)
{
	uint32_t all = 0;

	for (; words->word; words++)
		all |= words->bit;
	return all;
}

/* Letters side by side, words with @gap between them. */
static void put_bits(struct yr_buf *b, const struct bit_word *words, uint32_t bits, const char *gap)
{
	bool any = false;

	for (; words->word; words++) {
		if (!(bits & words->bit))
			continue;
		if (any)
			yr_buf_puts(b, gap);
		yr_buf_puts(b, words->word);
		any = true;
	}
}

/* "(a, b) ", nothing for all that there are. */
static void put_access(struct yr_buf *b, const struct bit_word *words, uint32_t bits)
{
	bits &= all_of(words);
	if (!bits || bits == all_of(words))
		return;
	yr_buf_putc(b, ' ');
	if (bits & (bits - 1))
		yr_buf_putc(b, '(');
	put_bits(b, words, bits, ", ");
	if (bits & (bits - 1))
		yr_buf_putc(b, ')');
}

static void put_pair(struct yr_buf *b, const char *name, struct yr_str value)
{
	yr_buf_puts(b, name);
	yr_put_word(b, value);
}

/* Up to the next NUL, which is taken too. */
static struct yr_str take_field(struct yr_str *s)
{
	const char *nul = s->len ? memchr(s->at, '\0', s->len) : NULL;
	struct yr_str field = { s->at, nul ? (size_t)(nul - s->at) : s->len };
	size_t used = field.len + (nul != NULL);

	*s = (struct yr_str){ s->at + used, s->len - used };
	return field;
}

/* As many bytes as there are of a number; the high ones first. */
static uint32_t take_number(struct yr_str *s, size_t bytes)
{
	uint32_t v = 0;

	for (; bytes && s->len; bytes--, s->at++, s->len--)
		v = v << 8 | (unsigned char)s->at[0];
	return v;
}

static void put_name(struct yr_buf *b, const char *before, const struct yr_name_table *t,
		     uint32_t value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].value == value) {
			yr_buf_printf(b, "%s%s", before, t->at[i].name);
			return;
		}
	yr_buf_printf(b, "%s%u", before, value);
}

static bool has_name(const struct yr_name_table *t, uint32_t value)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->at[i].value == value)
			return true;
	return false;
}

static void put_file(struct yr_buf *b, const struct yr_refusal *no)
{
	uint32_t change = (uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC;
	struct yr_str rest = { no->input, no->len }, name = take_field(&rest);
	bool pair = name.len < no->len;

	if (no->asked & change) {
		yr_buf_puts(b, "change_profile ");
		if (pair)
			yr_put_word(b, name);
		put_pair(b, pair ? " -> " : "-> ", pair ? rest : name);
		return;
	}
	if (no->by_owner)
		yr_buf_puts(b, no->half ? "other " : "owner ");
	if (pair) {
		put_pair(b, "link ", name);
		put_pair(b, " -> ", rest);
		return;
	}
	yr_put_word(b, name);
	yr_buf_putc(b, ' ');
	put_bits(b, file_letters, no->asked, "");
}

/* "Recursive" is no word of its own: it is part of the one for what is done. */
static const char *recursive_name(uint32_t bit)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = { { MS_BIND, "rbind" },
		      { MS_UNBINDABLE, "make-runbindable" },
		      { MS_PRIVATE, "make-rprivate" },
		      { MS_SLAVE, "make-rslave" },
		      { MS_SHARED, "make-rshared" } };

	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if (names[i].bit == bit)
			return names[i].name;
	return NULL;
}

static uint32_t flag_of(char c)
{
	return UINT32_C(1) << (((unsigned char)c - 1) & 31);
}

static void put_flags(struct yr_buf *b, struct yr_str flags)
{
	const char *gap = "";
	bool recursive = memchr(flags.at ? flags.at : "", 15, flags.len), done = false;

	for (size_t i = 0; i < flags.len; i++)
		done |= recursive && recursive_name(flag_of(flags.at[i]));
	if (!flags.len)
		return;
	yr_buf_puts(b, " options=(");
	for (size_t i = 0; i < flags.len; i++) {
		uint32_t bit = flag_of(flags.at[i]);
		const char *name = recursive ? recursive_name(bit) : NULL;

		if (bit == MS_REC && done)
			continue;
		if (!name)
			name = yr_mount_flag_name(bit);
		yr_buf_printf(b, "%s%s", gap, name ? name : "?");
		gap = ", ";
	}
	yr_buf_putc(b, ')');
}

static void put_mount(struct yr_buf *b, const struct yr_refusal *no)
{
	struct yr_str rest = { no->input, no->len }, point = take_field(&rest), device, type;

	if (no->asked & 4) {
		put_pair(b, "umount ", point);
		return;
	}
	if (no->asked & 1) {
		yr_buf_puts(b, "pivot_root");
		if (rest.len)
			put_pair(b, " oldroot=", rest);
		put_pair(b, " ", point);
		return;
	}
	device = take_field(&rest);
	type = take_field(&rest);
	yr_buf_puts(b, "mount");
	if (type.len)
		put_pair(b, " fstype=", type);
	put_flags(b, rest);
	if (device.len)
		put_pair(b, " ", device);
	put_pair(b, " -> ", point);
}

static void put_signal(struct yr_buf *b, const struct yr_refusal *no)
{
	struct yr_str rest = { no->input, no->len };
	uint32_t signal = take_number(&rest, 1);

	yr_buf_puts(b, "signal");
	put_access(b, signal_words, no->asked);
	if (signal >= 128)
		yr_buf_printf(b, " set=rtmin+%u", signal - 128);
	else
		put_name(b, " set=", &yr_signal_names, signal);
	put_pair(b, " peer=", rest);
}

/* One end of a unix socket: an address, NUL, and what follows up to the next. */
static void put_unix_end(struct yr_buf *b, struct yr_str *rest)
{
	struct yr_str label;

	if (rest->len > 1 && rest->at[0] == '\0' && rest->at[1]) {
		*rest = (struct yr_str){ rest->at + 1, rest->len - 1 };
		put_pair(b, " addr=@", take_field(rest));
	} else if (rest->len && rest->at[0] == 1) {
		take_field(rest);
		yr_buf_puts(b, " addr=none");
	} else {
		take_field(rest);
	}
	label = take_field(rest);
	if (label.len)
		put_pair(b, " label=", label);
}

static void put_unix(struct yr_buf *b, struct yr_str rest, uint32_t type, uint32_t asked)
{
	yr_buf_puts(b, "unix");
	put_access(b, net_words, asked);
	put_name(b, " type=", &yr_socktype_names, type);
	take_number(&rest, 2);
	if (rest.len)
		put_unix_end(b, &rest);
	if (take_number(&rest, 1) == 1) {
		yr_buf_puts(b, " peer=(");
		put_unix_end(b, &rest);
		yr_buf_putc(b, ')');
	}
}

/* One end of an Internet socket; true: it was the peer's. */
static bool put_inet_end(struct yr_buf *b, struct yr_str *rest)
{
	enum { PEER = 2 };
	static const uint32_t sizes[] = { 0, 4, 16 };
	char text[INET6_ADDRSTRLEN];
	bool peer = take_number(rest, 1) == PEER;
	uint32_t port = take_number(rest, 2), mark = take_number(rest, 1);
	uint32_t size = mark < ARRAY_LEN(sizes) ? sizes[mark] : 0;

	yr_buf_puts(b, peer ? " peer=(" : " ");
	if (size && size <= rest->len) {
		inet_ntop(size == 4 ? AF_INET : AF_INET6, rest->at, text, sizeof(text));
		yr_buf_printf(b, "ip=%s ", text);
		*rest = (struct yr_str){ rest->at + size, rest->len - size };
	} else {
		yr_buf_puts(b, "ip=none ");
	}
	yr_buf_printf(b, "port=%u%s", port, peer ? ")" : "");
	take_field(rest);
	return peer;
}

static void put_network(struct yr_buf *b, const struct yr_refusal *no)
{
	struct yr_str rest = { no->input, no->len };
	uint32_t family = take_number(&rest, 2), type = take_number(&rest, 2);

	if (family == AF_UNIX && rest.len) {
		put_unix(b, rest, type, no->asked);
		return;
	}
	yr_buf_puts(b, "network");
	put_access(b, net_words, no->asked);
	put_name(b, " ", &yr_family_names, family);
	/* What has no name is one of all types. */
	if (has_name(&yr_socktype_names, type))
		put_name(b, " ", &yr_socktype_names, type);
	take_number(&rest, 2);
	if (rest.len && put_inet_end(b, &rest)) {
		take_field(&rest);
		if (take_number(&rest, 1))
			put_inet_end(b, &rest);
	}
}

/* The name and the label behind it are the peer's where a message is meant. */
static void put_dbus(struct yr_buf *b, const struct yr_refusal *no)
{
	static const char *const names[] = { " path=", " interface=", " member=" };
	struct yr_str rest = { no->input, no->len }, name, label;

	yr_buf_puts(b, "dbus");
	put_access(b, dbus_words, no->asked);
	put_pair(b, " bus=", take_field(&rest));
	name = take_field(&rest);
	label = take_field(&rest);
	for (size_t i = 0; i < ARRAY_LEN(names) && rest.len; i++)
		put_pair(b, names[i], take_field(&rest));
	if (!label.len) {
		if (name.len)
			put_pair(b, " name=", name);
		return;
	}
	yr_buf_puts(b, " peer=(");
	if (name.len)
		put_pair(b, "name=", name);
	put_pair(b, name.len ? " label=" : "label=", label);
	yr_buf_putc(b, ')');
}

static void put_mqueue(struct yr_buf *b, const struct yr_refusal *no)
{
	struct yr_str rest = { no->input, no->len }, name = { 0 };
	bool sysv = no->class == YR_CLASS_SYSV_MQUEUE;
	uint32_t key = sysv ? take_number(&rest, 4) : 0;

	if (sysv && rest.len)
		take_number(&rest, 1);
	if (!sysv)
		name = take_field(&rest);
	yr_buf_puts(b, "mqueue");
	put_access(b, mqueue_words, no->asked);
	yr_buf_puts(b, sysv ? " type=sysv" : " type=posix");
	if (rest.len)
		put_pair(b, " label=", rest);
	if (sysv)
		yr_buf_printf(b, " %u", key);
	else if (name.len)
		put_pair(b, " ", name);
}

static void put_others(struct yr_buf *b, const struct yr_refusal *no)
{
	struct yr_str label = { no->input, no->len };

	switch (no->class) {
	case YR_CLASS_PTRACE:
		yr_buf_puts(b, "ptrace");
		put_access(b, ptrace_words, no->asked);
		put_pair(b, " peer=", label);
		break;
	case YR_CLASS_USERNS:
		yr_buf_puts(b, "userns create");
		break;
	case YR_CLASS_IO_URING:
		yr_buf_puts(b, "io_uring");
		put_access(b, io_uring_words, no->asked);
		if (label.len)
			put_pair(b, " label=", label);
		break;
	default:
		yr_buf_printf(b, "class %u", no->class);
		break;
	}
}

const char *yr_spell_bits(struct yr_arena *arena, const struct yr_refusal *no, uint32_t bits)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_buf_puts(&b, "");
	if (no->file && bits & ((uint32_t)YR_MAY_CHANGE_PROFILE | YR_MAY_ONEXEC))
		yr_buf_puts(&b, "change_profile");
	else
		put_bits(&b, words_of(no), bits, no->file ? "" : ", ");
	return b.failed ? NULL : yr_arena_strndup(arena, b.data, b.len);
}

uint32_t yr_spell_known(const struct yr_refusal *no)
{
	return all_of(words_of(no));
}

const char *yr_spell_access(struct yr_arena *arena, const struct yr_refusal *no)
{
	AUTO_BUF struct yr_buf b = { 0 };

	if (no->file)
		put_file(&b, no);
	else if (no->class == YR_CLASS_MOUNT)
		put_mount(&b, no);
	else if (no->class == YR_CLASS_SIGNAL)
		put_signal(&b, no);
	else if (words_of(no) == net_words)
		put_network(&b, no);
	else if (no->class == YR_CLASS_DBUS)
		put_dbus(&b, no);
	else if (words_of(no) == mqueue_words)
		put_mqueue(&b, no);
	else
		put_others(&b, no);
	yr_buf_putc(&b, ',');
	return b.failed ? NULL : yr_arena_strndup(arena, b.data, b.len);
}
