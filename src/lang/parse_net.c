/* SPDX-License-Identifier: Apache-2.0 */
/* network and unix rules. */
#include "lang/parse.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "base/cleanup.h"

#define SOCKET_ACCESS                                                                              \
	(YR_ACC_SEND | YR_ACC_RECEIVE | YR_ACC_CREATE | YR_ACC_BIND | YR_ACC_LISTEN |              \
	 YR_ACC_ACCEPT | YR_ACC_CONNECT | YR_ACC_SHUTDOWN | YR_ACC_GETATTR | YR_ACC_SETATTR |      \
	 YR_ACC_GETOPT | YR_ACC_SETOPT)
/* What is done to the socket itself, whoever is at the other end. */
#define LOCAL_ACCESS                                                                               \
	(YR_ACC_CREATE | YR_ACC_BIND | YR_ACC_LISTEN | YR_ACC_SHUTDOWN | YR_ACC_GETATTR |          \
	 YR_ACC_SETATTR | YR_ACC_GETOPT | YR_ACC_SETOPT)

static const struct yr_access_set network_access = {
	"a network rule", SOCKET_ACCESS, YR_ACC_RECEIVE, YR_ACC_SEND, YR_ACCESS_AND_WORDS,
};
static const struct yr_cond_name network_names[] = {
	{ "interface", 0 }, { "ip", 0 }, { "label", 0 }, { "port", 0 }, { NULL, 0 },
};
static const struct yr_cond_name network_peer[] = {
	{ "ip", 0 },
	{ "label", YR_CF_ASSIGN },
	{ "port", 0 },
	{ NULL, 0 },
};
static const struct yr_cond_set network_conds = { "a network rule", network_names, network_peer };

static bool bad_value(struct yr_parser *p, const struct yr_word *w, const char *what)
{
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-value", "'%.*s' is not %s",
		    YR_STR_ARG(w->text), what);
	return false;
}

static bool is_address(struct yr_str s)
{
	char z[INET6_ADDRSTRLEN + 1], out[sizeof(struct in6_addr)];

	if (yr_str_is(s, "none"))
		return true;
	if (s.len >= sizeof(z) || memchr(s.at, '\0', s.len))
		return false;
	memcpy(z, s.at, s.len);
	z[s.len] = '\0';
	return inet_pton(AF_INET, z, out) == 1 || inet_pton(AF_INET6, z, out) == 1;
}

/* port = "+"? DIGIT+, up to 65535; -1: none. */
static long take_port(const char **at, const char *end)
{
	const char *from;
	long v = 0;

	if (*at < end && **at == '+')
		++*at;
	for (from = *at; *at < end && yr_is_digit(**at) && v <= 65535; ++*at)
		v = v * 10 + (**at - '0');
	return *at == from || v > 65535 ? -1 : v;
}

static bool is_port_range(struct yr_str s)
{
	const char *at = s.at, *end = s.at + s.len;
	long low = take_port(&at, end), high = low;

	if (low >= 0 && at < end && *at == '-') {
		at++;
		high = take_port(&at, end);
	}
	return low >= 0 && high >= low && at == end;
}

/* Variables are not replaced here, and braces and brackets in pairs. */
static bool is_interface(struct yr_str s)
{
	size_t open = 0, commas = 0;
	char class = '\0';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.at[i];

		if (c == '\\') {
			i++;
		} else if (class) {
			class = c == ']' ? '\0' : class;
		} else if (c == '[') {
			class = c;
		} else if (c == '{') {
			open++;
			commas = 0;
		} else if (c == ',') {
			commas++;
		} else if (c == ']' || (c == '}' && (!open-- || !commas))) {
			return false;
		}
	}
	return !open && !class;
}

static bool check_addresses(struct yr_parser *p, const struct yr_cond *list)
{
	bool good = true;

	for (const struct yr_cond *c = list; c; c = c->next) {
		const struct yr_word *w = &c->values.at[0];

		if (yr_str_is(c->name.text, "ip") && !is_address(w->text))
			good = bad_value(p, w, "an IPv4 or IPv6 address or 'none'");
		else if (yr_str_is(c->name.text, "port") && !is_port_range(w->text))
			good = bad_value(p, w, "a port or a range of ports from 0 to 65535");
		else if (yr_str_is(c->name.text, "interface") && !is_interface(w->text))
			good = bad_value(p, w, "the name of an interface");
	}
	return good;
}

static bool no_peer_for_local(struct yr_parser *p, uint32_t access, const struct yr_cond *peer,
			      const char *what)
{
	if (!peer || !(access & LOCAL_ACCESS))
		return true;
	yr_complain(p->diags, &peer->name.loc, YR_ERROR, "conflict",
		    "peer=( ) in %s goes with accept, connect, send and receive only", what);
	return false;
}

/* ip=, port= and the local label= exist for the Internet families alone. */
static bool check_network(struct yr_parser *p, const struct yr_rule *rule)
{
	const struct yr_cond *c = rule->conds, *peer = rule->peer_conds;
	int family = rule->u.network.family;
	bool inet = family == -1 || family == AF_INET || family == AF_INET6;

	while (!c && peer && yr_str_is(peer->name.text, "label"))
		peer = peer->next;
	if (!c)
		c = peer;
	if (!inet && c) {
		yr_complain(p->diags, &c->name.loc, YR_ERROR, "conflict",
			    "'%.*s=' goes with the families inet and inet6 only",
			    YR_STR_ARG(c->name.text));
		return false;
	}
	for (peer = rule->peer_conds; peer && yr_str_is(peer->name.text, "label");)
		peer = peer->next;
	return check_addresses(p, rule->conds) && check_addresses(p, rule->peer_conds) &&
	       no_peer_for_local(p, rule->u.network.access, peer, "a network rule");
}

static bool unknown_network(struct yr_parser *p, const struct yr_word *w)
{
	const struct yr_name_table *const tables[] = { &yr_family_names, &yr_socktype_names,
						       &yr_protocol_names, &yr_access_names };

	for (size_t i = 0; i < ARRAY_LEN(tables); i++) {
		struct yr_nearest near = yr_name_nearest(tables[i], w->text);

		if (!near.name.at)
			continue;
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "'%.*s' is no network family, socket type, protocol or permission; did "
			    "you mean '%.*s'?",
			    YR_STR_ARG(w->text), YR_STR_ARG(near.name));
		return false;
	}
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
		    "'%.*s' is no network family, socket type, protocol or permission",
		    YR_STR_ARG(w->text));
	return false;
}

static bool set_protocol(struct yr_parser *p, struct yr_rule *rule, const struct yr_word *w,
			 int protocol)
{
	int family = rule->u.network.family;

	if (family != -1 && family != AF_INET && (family != AF_INET6 || protocol == IPPROTO_ICMP)) {
		yr_complain(p->diags, &w->loc, YR_ERROR, "conflict",
			    "the protocol '%.*s' goes with %s only", YR_STR_ARG(w->text),
			    protocol == IPPROTO_ICMP ? "the family inet"
						     : "the families inet and inet6");
		return false;
	}
	rule->u.network.protocol = protocol;
	rule->u.network.types = 1u << (protocol == IPPROTO_TCP   ? SOCK_STREAM
				       : protocol == IPPROTO_UDP ? SOCK_DGRAM
								 : SOCK_RAW);
	return true;
}

/* One of FAMILY, TYPE, PROTOCOL; @second: a family stands before it. */
static bool network_word(struct yr_parser *p, struct yr_rule *rule, const struct yr_word *w,
			 bool second)
{
	int64_t family = yr_name_find(&yr_family_names, w->text);
	int64_t type = yr_name_find(&yr_socktype_names, w->text);
	int64_t protocol = yr_name_find(&yr_protocol_names, w->text);

	/* "packet" is a family and a type: what comes first is the family. */
	if (family >= 0 && !second) {
		rule->u.network.family = (int)family;
		return true;
	}
	if (type >= 0) {
		rule->u.network.types = 1u << type;
		return true;
	}
	if (protocol >= 0)
		return set_protocol(p, rule, w, (int)protocol);
	if (family < 0)
		return unknown_network(p, w);
	yr_complain(p->diags, &w->loc, YR_ERROR, "syntax",
		    "a network rule has one family; give '%.*s' a rule of its own",
		    YR_STR_ARG(w->text));
	return false;
}

/* network = "network" access (FAMILY? (TYPE | PROTOCOL)?) cond* peer? */
bool yr_parse_network(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	struct yr_word w;

	rule->u.network.family = rule->u.network.protocol = -1;
	if (!yr_parse_access(p, &network_access, &rule->u.network.access))
		return false;
	for (int words = 0; words < 2; words++) {
		struct yr_parser before;

		yr_skip(p);
		before = *p;
		if (!yr_is_alpha(*p->at) && *p->at != '"')
			break;
		/* On a new line a rule's first word begins that rule, but unix is a family too. */
		if (yr_crossed_line(p) && yr_is_rule_word(yr_peek_name(p)) &&
		    yr_name_find(&yr_family_names, yr_peek_name(p)) < 0)
			break;
		if (!yr_take_word(p, YR_STOP_WORD | YR_C_EQUALS, &w))
			return false;
		yr_skip(p);
		if (*p->at == '=' || (p->at[0] == ':' && p->at[1] == '=')) {
			*p = before;
			break;
		}
		if (words && rule->u.network.family == -1) {
			*p = before;
			return yr_expected(p,
					   "',' or a condition; the family comes before the type");
		}
		if (!network_word(p, rule, &w, words > 0))
			return false;
	}
	return yr_parse_conds(p, rule, &network_conds) && check_network(p, rule);
}

static const struct yr_access_set unix_access = {
	"a unix rule", SOCKET_ACCESS, YR_ACC_RECEIVE, YR_ACC_SEND, YR_ACCESS_LIST,
};
static const struct yr_cond_name unix_names[] = {
	{ "addr", 0 },
	{ "type", 0 },
	{ "protocol", 0 },
	{ NULL, 0 },
};
static const struct yr_cond_name unix_peer[] = { { "addr", 0 }, { "label", 0 }, { NULL, 0 } };
static const struct yr_cond_set unix_conds = { "a unix rule", unix_names, unix_peer };

/*
 * Abstract names begin with '@', and so do variables, which only expanding can judge. Written as
 * "\@" it is no such '@', but as "\x40" it is.
 */
static bool is_unix_address(const struct yr_word *w)
{
	const char *written = w->loc.source->text + w->loc.off;
	struct yr_str s = w->text;

	if (*written == '"')
		written++;
	return yr_str_is(s, "none") || yr_str_is(s, "auto") || (s.len && s.at[0] == '@') ||
	       (s.len > 1 && s.at[0] == '\\' && s.at[1] == '@' && memcmp(written, "\\@", 2) != 0);
}

static bool check_unix(struct yr_parser *p, const struct yr_rule *rule)
{
	const struct yr_cond *type = yr_find_cond(rule->conds, "type");
	const struct yr_cond *protocol = yr_find_cond(rule->conds, "protocol");
	const struct yr_cond *addr[] = { yr_find_cond(rule->conds, "addr"),
					 yr_find_cond(rule->peer_conds, "addr") };

	if (protocol) {
		yr_complain(p->diags, &protocol->name.loc, YR_ERROR, "unsupported",
			    "unix sockets have no protocols, so 'protocol=' is not supported");
		return false;
	}
	if (type && yr_name_find(&yr_socktype_names, type->values.at[0].text) < 0)
		return yr_unknown_name(p, &type->values.at[0], &yr_socktype_names);
	for (size_t i = 0; i < ARRAY_LEN(addr); i++)
		if (addr[i] && !is_unix_address(&addr[i]->values.at[0]))
			return bad_value(p, &addr[i]->values.at[0],
					 "a unix address: 'none', 'auto' or an abstract one, which "
					 "begins with '@'");
	return no_peer_for_local(p, rule->u.acc.access, rule->peer_conds, "a unix rule");
}

/* unix = "unix" access cond* peer? */
bool yr_parse_unix(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	return yr_parse_access(p, &unix_access, &rule->u.acc.access) &&
	       yr_parse_conds(p, rule, &unix_conds) && check_unix(p, rule);
}
