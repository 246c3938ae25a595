/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest rules about sockets, signals, and whatever else goes on between processes. */
#include <arpa/inet.h>

#include "author/making.h"

static bool has_word(struct yr_str mask, const char *const *words)
{
	struct yr_str word = { NULL, 0 };

	while (yr_event_next_word(mask, &word))
		for (const char *const *w = words; *w; w++)
			if (yr_str_is(word, *w))
				return true;
	return false;
}

/* Of the other operations the kernel asks about the socket itself. */
bool yr_asks_peer(struct yr_str mask)
{
	static const char *const with_peer[] = { "accept", "connect", "receive", "send", NULL };

	return !mask.len || has_word(mask, with_peer);
}

/* Nothing stands between it and the rule's text but this. */
static bool is_address(struct yr_str s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr room;

	if (!s.len || s.len >= sizeof(text))
		return !s.len;
	memcpy(text, s.at, s.len);
	text[s.len] = '\0';
	return strlen(text) == s.len &&
	       inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, &room) == 1;
}

static bool is_port(const struct yr_log_event *ev, enum yr_log_number port)
{
	return !yr_event_has(ev, port) || ev->number[port] <= UINT16_MAX;
}

static void put_end(struct yr_buf *b, const char *gap, const struct yr_log_event *ev,
		    enum yr_log_text addr, enum yr_log_number port)
{
	if (ev->text[addr].len) {
		yr_buf_printf(b, "%sip=", gap);
		yr_buf_put(b, ev->text[addr].at, ev->text[addr].len);
		gap = " ";
	}
	if (yr_event_has(ev, port))
		yr_buf_printf(b, "%sport=%llu", gap, (unsigned long long)ev->number[port]);
}

/* Of the Internet a socket's ends can be told; elsewhere the type is all. */
void yr_make_network(struct yr_making *m)
{
	struct yr_str family = yr_event_text(m->ev, YR_LOG_FAMILY);
	struct yr_str type = yr_event_text(m->ev, YR_LOG_SOCK_TYPE), mask = yr_event_mask(m->ev);
	bool internet = yr_str_is(family, "inet") || yr_str_is(family, "inet6");

	if (!yr_is_name(family, &yr_family_names)) {
		m->mend->advice = "policy has no name for this family of sockets";
		return;
	}
	if (internet && (!is_address(yr_event_text(m->ev, YR_LOG_LOCAL_ADDR)) ||
			 !is_address(yr_event_text(m->ev, YR_LOG_FOREIGN_ADDR)))) {
		m->mend->advice = "an address in the record is none";
		return;
	}
	if (internet &&
	    (!is_port(m->ev, YR_LOG_LOCAL_PORT) || !is_port(m->ev, YR_LOG_FOREIGN_PORT))) {
		m->mend->advice = "a port in the record is none";
		return;
	}
	yr_buf_puts(&m->rule, "network");
	yr_put_words(&m->rule, mask, true);
	yr_buf_printf(&m->rule, " %.*s", YR_STR_ARG(family));
	if (yr_is_name(type, &yr_socktype_names))
		yr_buf_printf(&m->rule, " %.*s", YR_STR_ARG(type));
	if (internet)
		put_end(&m->rule, " ", m->ev, YR_LOG_LOCAL_ADDR, YR_LOG_LOCAL_PORT);
	if (internet && yr_asks_peer(mask) &&
	    (m->ev->text[YR_LOG_FOREIGN_ADDR].len || yr_event_has(m->ev, YR_LOG_FOREIGN_PORT))) {
		yr_buf_puts(&m->rule, " peer=(");
		put_end(&m->rule, "", m->ev, YR_LOG_FOREIGN_ADDR, YR_LOG_FOREIGN_PORT);
		yr_buf_putc(&m->rule, ')');
	}
	yr_buf_putc(&m->rule, ',');
}

/* Rules know abstract ones; sockets with paths are files to them. */
static bool is_unix_address(struct yr_str s)
{
	return !s.len || s.at[0] == '@' || yr_str_is(s, "none") || yr_str_is(s, "auto");
}

void yr_make_unix(struct yr_making *m)
{
	struct yr_str type = yr_event_text(m->ev, YR_LOG_SOCK_TYPE), mask = yr_event_mask(m->ev);
	bool label = m->ev->text[YR_LOG_PEER].len, addr = m->ev->text[YR_LOG_PEER_ADDR].len;

	if (!is_unix_address(yr_event_text(m->ev, YR_LOG_NET_ADDR)) ||
	    !is_unix_address(yr_event_text(m->ev, YR_LOG_PEER_ADDR))) {
		m->mend->advice = "policy has no words for a socket's address in the record";
		return;
	}
	yr_buf_puts(&m->rule, "unix");
	yr_put_words(&m->rule, mask, true);
	if (yr_is_name(type, &yr_socktype_names))
		yr_buf_printf(&m->rule, " type=%.*s", YR_STR_ARG(type));
	yr_put_field(&m->rule, " addr=", m, YR_LOG_NET_ADDR);
	if ((label || addr) && yr_asks_peer(mask)) {
		yr_buf_puts(&m->rule, " peer=(");
		yr_put_field(&m->rule, "label=", m, YR_LOG_PEER);
		yr_put_field(&m->rule, label ? " addr=" : "addr=", m, YR_LOG_PEER_ADDR);
		yr_buf_putc(&m->rule, ')');
	}
	yr_buf_putc(&m->rule, ',');
}

/* Several, when accesses came together. */
static void put_signals(struct yr_buf *b, struct yr_str signals)
{
	struct yr_str word = { NULL, 0 };
	size_t n = 0;

	while (yr_event_next_word(signals, &word))
		n++;
	word = (struct yr_str){ NULL, 0 };
	yr_buf_puts(b, n > 1 ? " set=(" : " set=");
	for (size_t i = 0; yr_event_next_word(signals, &word); i++)
		yr_buf_printf(b, "%s%.*s", i ? ", " : "", YR_STR_ARG(word));
	yr_buf_puts(b, n > 1 ? ")" : "");
}

void yr_make_signal(struct yr_making *m)
{
	struct yr_str signals = yr_event_text(m->ev, YR_LOG_SIGNAL);

	yr_buf_puts(&m->rule, "signal");
	yr_put_words(&m->rule, yr_event_mask(m->ev), false);
	/* That all of them are signals has been seen to: lacks.c. */
	if (signals.len)
		put_signals(&m->rule, signals);
	yr_put_field(&m->rule, " peer=", m, YR_LOG_PEER);
	yr_buf_putc(&m->rule, ',');
}

void yr_make_ptrace(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "ptrace");
	yr_put_words(&m->rule, yr_event_mask(m->ev), false);
	yr_put_field(&m->rule, " peer=", m, YR_LOG_PEER);
	yr_buf_putc(&m->rule, ',');
}

void yr_make_dbus(struct yr_making *m)
{
	bool bind = yr_str_is(yr_event_mask(m->ev), "bind");
	bool label = m->ev->text[YR_LOG_PEER_PROFILE].len;
	bool name = yr_str_is(yr_event_mask(m->ev), "send") &&
		    m->ev->text[YR_LOG_NAME].len; /* whom the message was for */

	yr_buf_puts(&m->rule, "dbus");
	yr_put_words(&m->rule, yr_event_mask(m->ev), false);
	yr_put_field(&m->rule, " bus=", m, YR_LOG_DBUS_BUS);
	/* Such a rule takes nothing else. */
	if (yr_str_is(yr_event_mask(m->ev), "eavesdrop")) {
		yr_buf_putc(&m->rule, ',');
		return;
	}
	if (bind)
		yr_put_field(&m->rule, " name=", m, YR_LOG_NAME);
	yr_put_field(&m->rule, " path=", m, YR_LOG_DBUS_PATH);
	yr_put_field(&m->rule, " interface=", m, YR_LOG_DBUS_INTERFACE);
	yr_put_field(&m->rule, " member=", m, YR_LOG_DBUS_MEMBER);
	if (name)
		yr_put_field(&m->rule, " peer=(name=", m, YR_LOG_NAME);
	if (label || m->ev->text[YR_LOG_PEER].len)
		yr_put_field(&m->rule, name ? " label=" : " peer=(label=", m,
			     label ? YR_LOG_PEER_PROFILE : YR_LOG_PEER);
	if (name || label || m->ev->text[YR_LOG_PEER].len)
		yr_buf_putc(&m->rule, ')');
	yr_buf_putc(&m->rule, ',');
}

/* A path, or the number of one of System V. Without one it is any. */
static bool is_queue(struct yr_str name, bool posix)
{
	for (size_t i = 0; !posix && i < name.len; i++)
		if (name.at[i] < '0' || name.at[i] > '9')
			return false;
	return !posix || !name.len || name.at[0] == '/';
}

void yr_make_mqueue(struct yr_making *m)
{
	bool posix = m->ev->rule_class == YR_LOG_CLASS_POSIX_MQUEUE;

	if (!is_queue(yr_event_text(m->ev, YR_LOG_NAME), posix)) {
		m->mend->advice = posix ? "the record has no path for the queue"
					: "policy calls a queue of System V by a number";
		return;
	}
	yr_buf_puts(&m->rule, "mqueue");
	yr_put_words(&m->rule, yr_event_mask(m->ev), false);
	yr_buf_puts(&m->rule, posix ? " type=posix" : " type=sysv");
	if (m->ev->text[YR_LOG_NAME].len)
		yr_put_field(&m->rule, " ", m, YR_LOG_NAME);
	else
		m->mend->advice = "for every queue, since the record does not say which";
	yr_buf_putc(&m->rule, ',');
}

void yr_make_io_uring(struct yr_making *m)
{
	yr_buf_puts(&m->rule, "io_uring");
	yr_put_words(&m->rule, yr_event_mask(m->ev), false);
	yr_put_field(&m->rule, " label=", m, YR_LOG_PEER);
	yr_buf_putc(&m->rule, ',');
}
