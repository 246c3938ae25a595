/* SPDX-License-Identifier: Apache-2.0 */
/* network rules, down to family, type and permissions: binary-policy.md, 5.4. */
#include "policy/net.h"

#include <netinet/in.h>
#include <sys/socket.h>

enum {
	NO_FAMILY = 12, /* was DECnet, gone from Linux 6.1; a rule for every family with one type
			   leaves it out */
	/* What a family stands for in 3.0.8: every type but dccp. */
	NAMED_TYPES = 1 << SOCK_STREAM | 1 << SOCK_DGRAM | 1 << SOCK_RAW | 1 << SOCK_RDM |
		      1 << SOCK_SEQPACKET | 1 << SOCK_PACKET,
	ANY_PROTOCOL = 0x10000,
};

uint32_t yr_net_bits(uint32_t access)
{
	static const struct {
		uint32_t access, bit;
	} map[] = {
		{ YR_ACC_SEND, NET_SEND },       { YR_ACC_RECEIVE, NET_RECEIVE },
		{ YR_ACC_CREATE, NET_CREATE },   { YR_ACC_BIND, NET_BIND },
		{ YR_ACC_LISTEN, NET_LISTEN },   { YR_ACC_ACCEPT, NET_ACCEPT },
		{ YR_ACC_CONNECT, NET_CONNECT }, { YR_ACC_SHUTDOWN, NET_SHUTDOWN },
		{ YR_ACC_GETATTR, NET_GETATTR }, { YR_ACC_SETATTR, NET_SETATTR },
		{ YR_ACC_GETOPT, NET_GETOPT },   { YR_ACC_SETOPT, NET_SETOPT },
	};
	uint32_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (!access || access & map[i].access)
			bits |= map[i].bit;
	return bits;
}

yr_node yr_net_any_bytes(struct yr_nfa *n, yr_node from, unsigned count)
{
	struct yr_byteset every = yr_byteset_all();

	while (count--)
		from = yr_nfa_set(n, from, &every);
	return from;
}

yr_node yr_net_word(struct yr_nfa *n, yr_node from, unsigned v)
{
	return yr_nfa_byte(n, yr_nfa_byte(n, from, (unsigned char)(v >> 8)), (unsigned char)v);
}

yr_node yr_net_socket(struct yr_enc *e, enum yr_class class, unsigned family, unsigned type)
{
	yr_node at = yr_net_word(e->policydb, yr_enc_class(e, class), family);

	return type == NET_ANY_TYPE ? yr_net_any_bytes(e->policydb, at, 2)
				    : yr_net_word(e->policydb, at, type);
}

enum yr_class yr_net_class(const struct yr_enc *e)
{
	return yr_enc_has(e, "network_v9")   ? YR_CLASS_NET_V9
	       : yr_enc_has(e, "network_v8") ? YR_CLASS_NET_V8
					     : 0;
}

bool yr_net_has_table(const struct yr_enc *e)
{
	return !yr_net_class(e) && yr_enc_has(e, "network");
}

void yr_net_table_add(struct yr_enc *e, const struct yr_quals *q, unsigned family, uint32_t types)
{
	uint16_t bits = (uint16_t)types;

	if (q->decision == YR_PROMPT)
		return;
	if (q->decision == YR_DENY) {
		e->out->net->family[family].deny |= bits;
		/* The wrong way round in upstream. */
		e->out->net->family[family].quiet |= q->audit ? bits : 0;
	} else {
		e->out->net->family[family].allow |= bits;
		e->out->net->family[family].audit |= q->audit ? bits : 0;
	}
}

bool yr_net_has_unix(const struct yr_enc *e)
{
	return yr_enc_has(e, "network_v9/af_unix") || yr_enc_has(e, "network/af_unix");
}

bool yr_net_has_inet(const struct yr_enc *e)
{
	return yr_enc_has(e, "network_v9/af_inet") || yr_enc_has(e, "network_v8/af_inet");
}

static bool is_inet(unsigned family)
{
	return family == AF_INET || family == AF_INET6;
}

/*
 * icmp is asked for as 2, which is the number of IGMP: upstream's mistake (5.0.2), and what
 * policy that says "icmp" does on kernels with these conditions.
 */
static unsigned protocol_of(const struct yr_rule *r)
{
	return r->u.network.protocol == IPPROTO_ICMP ? 1u << IPPROTO_ICMP : ANY_PROTOCOL;
}

static void lay_one(struct yr_enc *e, const struct yr_rule *r, unsigned family, unsigned type)
{
	uint32_t bits = yr_net_bits(r->u.network.access);
	yr_node at = yr_net_socket(e, yr_net_class(e), family, type);

	if (is_inet(family) && yr_net_has_inet(e))
		yr_net_lay_inet(e, r, at, protocol_of(r), bits);
	else
		yr_enc_accept(e, at, r, bits);
}

/* @types: bits, or NET_ANY_TYPE for any two bytes. */
static void lay_family(struct yr_enc *e, const struct yr_rule *r, unsigned family, uint32_t types)
{
	if (types == NET_ANY_TYPE)
		lay_one(e, r, family, NET_ANY_TYPE);
	for (unsigned type = 0; types != NET_ANY_TYPE && type < NET_TYPES; type++)
		if (types >> type & 1)
			lay_one(e, r, family, type);
}

static void lay_unix(struct yr_enc *e, const struct yr_rule *r, uint32_t types)
{
	if (!yr_net_has_unix(e))
		return;
	/* It is granted all the same, so that images decide alike; but never without a word. */
	if (r->quals.decision != YR_DENY && yr_net_bits(r->u.network.access) != NET_ALL) {
		yr_enc_gap(e, YR_GAP_NETWORK_UNIX, NULL, r);
		e->gaps[YR_GAP_NETWORK_UNIX].who = YR_AS_UPSTREAM;
	}
	if (types == NET_ANY_TYPE)
		yr_net_imply_unix(e, r, NET_ANY_TYPE);
	for (unsigned type = 0; types != NET_ANY_TYPE && type < NET_TYPES; type++)
		if (types >> type & 1)
			yr_net_imply_unix(e, r, type);
}

/* What a rule stands for that names no type, for one family or for all of them. */
static uint32_t every_type(const struct yr_enc *e, const struct yr_rule *r, bool one_family)
{
	if (!yr_enc_is_old(e))
		return NET_ANY_TYPE;
	if (one_family)
		return NAMED_TYPES;
	return r->quals.audit || r->quals.decision == YR_DENY ? NET_ANY_TYPE
							      : (1u << NET_TYPES) - 1;
}

/* ip=, port=, interface=, and a label of one's own: those speak of the Internet families. */
static bool has_inet_conds(const struct yr_rule *r)
{
	return r->conds || yr_cond_find(r->peer_conds, "ip") || yr_cond_find(r->peer_conds, "port");
}

static void note_gaps(struct yr_enc *e, const struct yr_rule *r)
{
	if ((r->conds || r->peer_conds) && !yr_net_has_inet(e))
		yr_enc_gap(e, YR_GAP_NETWORK_DETAIL, "network_v9/af_inet", r);
	else if (yr_cond_find(r->conds, "interface"))
		yr_enc_gap(e, YR_GAP_NETWORK_IFACE, "network_v9_skb/iface", r);
	if (yr_enc_has(e, "network_v9_skb"))
		yr_enc_gap(e, YR_GAP_NETWORK_PACKETS, "network_v9_skb", r);
}

/* What a rule speaks of: a family, those of a protocol, or all of them. */
static void each_family(struct yr_enc *e, const struct yr_rule *r,
			void (*lay)(struct yr_enc *e, const struct yr_rule *r, unsigned family,
				    uint32_t types))
{
	uint32_t types = r->u.network.types;
	int family = r->u.network.family;

	if (family >= 0) {
		lay(e, r, (unsigned)family, types ? types : every_type(e, r, true));
		if (family == AF_UNIX)
			lay_unix(e, r, types ? types : NAMED_TYPES);
		return;
	}
	/* A protocol alone speaks of the families that have it; icmp is IPv4's own. */
	if (r->u.network.protocol >= 0 || has_inet_conds(r)) {
		types = types ? types : every_type(e, r, true);
		if (r->u.network.protocol != IPPROTO_ICMP)
			lay(e, r, AF_INET6, types);
		lay(e, r, AF_INET, types);
		return;
	}
	for (unsigned f = 0; f < YR_FAMILIES; f++)
		if (!types || f != NO_FAMILY)
			lay(e, r, f, types ? types : every_type(e, r, false));
	lay_unix(e, r, types ? types : NET_ANY_TYPE);
}

static void add_family(struct yr_enc *e, const struct yr_rule *r, unsigned family, uint32_t types)
{
	/* One family without a type is the types that have names. */
	if (types == NET_ANY_TYPE && (r->u.network.family >= 0 || has_inet_conds(r)))
		types = NAMED_TYPES;
	yr_net_table_add(e, &r->quals, family, types);
}

void yr_enc_network(struct yr_enc *e, const struct yr_rule *r)
{
	if (!yr_net_class(e) && !yr_net_has_table(e)) {
		yr_enc_gap(e, YR_GAP_NETWORK, "network_v8", r);
		return;
	}
	note_gaps(e, r);
	each_family(e, r, yr_net_has_table(e) ? add_family : lay_family);
}
