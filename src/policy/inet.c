/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Addresses, ports and labels of network rules: binary-policy.md, 5.4. Measured on what 5.0.2
 * builds (-D rule-exprs). Behind class, family and type stand the protocol, the socket's own
 * end and a command; what involves a peer has the peer's end first.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>

#include "policy/net.h"

/* In front of a port: who may bind it, or whose it is. */
enum { PORT_FREE, PORT_PRIVILEGED, PORT_REMOTE };
enum { ADDRESS_NONE, ADDRESS_4, ADDRESS_6 };
enum { IS_PEER = 1 << 0, BEHIND_PEER = 1 << 1 };

struct ends {
	bool has_port, has_address;
	unsigned from, to; /* ports */
	unsigned char address[sizeof(struct in6_addr)];
	unsigned char size_mark; /* ADDRESS_* */
	const struct yr_word *label;
};

struct inet {
	struct yr_enc *e;
	const struct yr_rule *r;
	uint32_t bits;
};

/* The parser has checked the texts of ports and addresses. */
static unsigned take_port(const char **at, const char *end)
{
	unsigned v = 0;

	for (; *at < end && **at != '-'; ++*at)
		if (**at != '+')
			v = v * 10 + (unsigned)(**at - '0');
	return v;
}

static void read_address(struct ends *s, struct yr_str text)
{
	char z[INET6_ADDRSTRLEN + 1] = "";

	s->has_address = true;
	if (text.len < sizeof(z))
		memcpy(z, text.at, text.len);
	if (inet_pton(AF_INET6, z, s->address) == 1)
		s->size_mark = ADDRESS_6;
	else if (inet_pton(AF_INET, z, s->address) == 1)
		s->size_mark = ADDRESS_4;
	else
		s->size_mark = ADDRESS_NONE;
}

static struct ends read_end(const struct yr_cond *conds)
{
	const struct yr_word *port = yr_cond_word(conds, "port");
	const struct yr_word *address = yr_cond_word(conds, "ip");
	struct ends s = { .label = yr_cond_word(conds, "label") };

	if (port) {
		const char *at = port->text.at, *end = at + port->text.len;

		s.has_port = true;
		s.from = s.to = take_port(&at, end);
		if (at++ < end)
			s.to = take_port(&at, end);
	}
	if (address)
		read_address(&s, address->text);
	return s;
}

static yr_node lay_range(struct yr_nfa *n, yr_node at, unsigned from, unsigned to)
{
	struct yr_byteset set = { 0 };

	for (unsigned c = from; c <= to; c++)
		yr_byteset_add(&set, (unsigned char)c);
	return yr_nfa_set(n, at, &set);
}

/* Two bytes between @from and @to. */
static yr_node lay_ports(struct yr_nfa *n, yr_node at, unsigned from, unsigned to)
{
	char key[] = { 'p', (char)(from >> 8), (char)from, (char)(to >> 8), (char)to };
	yr_node join;
	bool fresh;

	/* One port 0 stands for any. */
	if (!to)
		return yr_net_any_bytes(n, at, 2);
	if (from >> 8 == to >> 8)
		return lay_range(n, yr_nfa_byte(n, at, (unsigned char)(from >> 8)), from & 0xff,
				 to & 0xff);
	join = yr_nfa_join(n, at, (struct yr_str){ key, sizeof(key) }, &fresh);
	if (!fresh)
		return join;
	yr_nfa_link(n,
		    lay_range(n, yr_nfa_byte(n, at, (unsigned char)(from >> 8)), from & 0xff, 0xff),
		    join);
	if ((from >> 8) + 1 < to >> 8)
		yr_nfa_link(
			n, yr_net_any_bytes(n, lay_range(n, at, (from >> 8) + 1, (to >> 8) - 1), 1),
			join);
	yr_nfa_link(n, lay_range(n, yr_nfa_byte(n, at, (unsigned char)(to >> 8)), 0, to & 0xff),
		    join);
	return join;
}

/* Where binding is allowed, ports that not everybody may bind are marked. */
static yr_node lay_local_ports(struct yr_nfa *n, yr_node at, const struct ends *s, bool bind)
{
	char key[] = { 'b', (char)(s->from >> 8), (char)s->from, (char)(s->to >> 8), (char)s->to };
	yr_node join;
	bool fresh;

	if (!bind || s->from >= IPPORT_RESERVED)
		return lay_ports(n, yr_nfa_byte(n, at, PORT_FREE), s->from, s->to);
	if (s->to < IPPORT_RESERVED)
		return lay_ports(n, yr_nfa_byte(n, at, PORT_PRIVILEGED), s->from, s->to);
	join = yr_nfa_join(n, at, (struct yr_str){ key, sizeof(key) }, &fresh);
	if (fresh) {
		yr_nfa_link(n,
			    lay_ports(n, yr_nfa_byte(n, at, PORT_PRIVILEGED), s->from,
				      IPPORT_RESERVED - 1),
			    join);
		yr_nfa_link(n, lay_ports(n, yr_nfa_byte(n, at, PORT_FREE), IPPORT_RESERVED, s->to),
			    join);
	}
	return join;
}

static yr_node lay_address(struct yr_nfa *n, yr_node at, const struct ends *s)
{
	static const unsigned size[] = { 0, 4, 16 };
	bool fresh;
	yr_node join;

	if (s->has_address) {
		at = yr_nfa_byte(n, at, s->size_mark);
		for (unsigned i = 0; i < size[s->size_mark]; i++)
			at = yr_nfa_byte(n, at, s->address[i]);
		return at;
	}
	join = yr_nfa_join(n, at, YR_STR("any address"), &fresh);
	for (unsigned char mark = 0; fresh && mark < ARRAY_LEN(size); mark++)
		yr_nfa_link(n, yr_net_any_bytes(n, yr_nfa_byte(n, at, mark), size[mark]), join);
	return join;
}

/*
 * More of the question follows. A denial keeps quiet here about all that it denies further on,
 * for without "continue" the kernel stops.
 */
static void accept_continue(const struct inet *i, yr_node at, uint32_t bits)
{
	bool logged = i->r->quals.audit != (i->r->quals.decision == YR_DENY);

	yr_enc_accept_audit(i->e, at, i->r, YR_PDB_CONTINUE | bits, logged ? i->bits : 0);
}

/*
 * One end with its NULs. What ends here has the rule's permissions, unless a label or the
 * other end must follow.
 */
static yr_node lay_end(const struct inet *i, yr_node at, const struct ends *s, unsigned what)
{
	struct yr_nfa *n = i->e->policydb;
	bool more = !(what & BEHIND_PEER) && (s->label || what & IS_PEER);

	if (!s->has_port)
		at = yr_net_any_bytes(n, at, 3);
	else if (what & IS_PEER)
		at = lay_ports(n, yr_nfa_byte(n, at, PORT_REMOTE), s->from, s->to);
	else
		at = lay_local_ports(n, at, s, i->bits & NET_BIND);
	at = yr_nfa_byte(n, lay_address(n, at, s), 0);
	if (more)
		accept_continue(i, at, 0);
	else
		yr_enc_accept(i->e, at, i->r, i->bits);
	if (!s->label && !(what & IS_PEER))
		return at;
	at = yr_enc_word(i->e, n, at, s->label, YR_ANY_BYTES, false);
	at = yr_nfa_byte(n, at, 0);
	if (what & IS_PEER)
		accept_continue(i, at, 0);
	else
		yr_enc_accept(i->e, at, i->r, i->bits);
	return at;
}

void yr_net_lay_inet(struct yr_enc *e, const struct yr_rule *r, yr_node type, unsigned protocol,
		     uint32_t bits)
{
	const struct inet i = { e, r, bits };
	const struct ends local = read_end(r->conds), peer = read_end(r->peer_conds);
	struct yr_nfa *n = e->policydb;
	yr_node at;

	yr_enc_accept(e, type, r, YR_PDB_CONTINUE | (bits & NET_CREATE));
	at = protocol > UINT16_MAX ? yr_net_any_bytes(n, type, 2) : yr_net_word(n, type, protocol);
	if (bits & NET_PEER) {
		yr_node other = lay_end(&i, at, &peer, IS_PEER);

		lay_end(&i, yr_nfa_byte(n, other, NET_CMD_ADDRESS), &local, BEHIND_PEER);
	}
	at = lay_end(&i, at, &local, 0);
	if (bits & NET_LISTEN)
		yr_enc_accept(e, yr_net_any_bytes(n, yr_nfa_byte(n, at, NET_CMD_LISTEN), 2), r,
			      bits);
	if (bits & NET_OPT)
		yr_enc_accept(e, yr_net_any_bytes(n, yr_nfa_byte(n, at, NET_CMD_OPT), 4), r, bits);
}
