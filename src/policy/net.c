/* SPDX-License-Identifier: Apache-2.0 */
/* network and unix rules: binary-policy.md, 5.4. */
#include <netinet/in.h>
#include <sys/socket.h>

#include "policy/enc.h"

/* What a socket may do, in the kernel's numbering of network permissions. */
enum {
	NET_SEND = 0x2,
	NET_RECEIVE = 0x4,
	NET_CREATE = 0x10,
	NET_SHUTDOWN = 0x20,
	NET_CONNECT = 0x40,
	NET_SETATTR = 0x100,
	NET_GETATTR = 0x200,
	NET_ACCEPT = 0x100000,
	NET_BIND = 0x200000,
	NET_LISTEN = 0x400000,
	NET_SETOPT = 0x1000000,
	NET_GETOPT = 0x2000000,
	NET_ALL = NET_SEND | NET_RECEIVE | NET_CREATE | NET_SHUTDOWN | NET_CONNECT | NET_SETATTR |
		  NET_GETATTR | NET_ACCEPT | NET_BIND | NET_LISTEN | NET_SETOPT | NET_GETOPT,
};

enum {
	FAMILIES = 46,  /* AF_UNSPEC up to AF_MCTP */
	NO_FAMILY = 12, /* was DECnet, gone from Linux 6.1; a rule for every family with one type
			   leaves it out */
	TYPES = 16,     /* socket(2) keeps four bits for the type */
	/* What a rule with a family and no type means upstream: every type but dccp. */
	NAMED_TYPES = 1 << SOCK_STREAM | 1 << SOCK_DGRAM | 1 << SOCK_RAW | 1 << SOCK_RDM |
		      1 << SOCK_SEQPACKET | 1 << SOCK_PACKET,
};

static yr_node lay_family(struct yr_enc *e, unsigned family)
{
	yr_node at = yr_enc_class(e, YR_CLASS_NET_V8);

	at = yr_nfa_byte(e->policydb, at, (unsigned char)(family >> 8));
	return yr_nfa_byte(e->policydb, at, (unsigned char)family);
}

/* class, be16 family, be16 type: the coarse form has the same permissions for all. */
static void lay_socket(struct yr_enc *e, const struct yr_rule *r, unsigned family, uint32_t types)
{
	yr_node at = yr_nfa_byte(e->policydb, lay_family(e, family), 0);

	for (unsigned type = 0; type < TYPES; type++)
		if (types >> type & 1)
			yr_enc_accept(e, yr_nfa_byte(e->policydb, at, (unsigned char)type), r,
				      NET_ALL);
}

/* Any two bytes for the type, as upstream writes "network," or "unix," when denied or audited. */
static void lay_any_socket(struct yr_enc *e, const struct yr_rule *r, unsigned family)
{
	struct yr_byteset every = yr_byteset_all();
	yr_node at = yr_nfa_set(e->policydb, lay_family(e, family), &every);

	yr_enc_accept(e, yr_nfa_set(e->policydb, at, &every), r, NET_ALL);
}

void yr_enc_network(struct yr_enc *e, const struct yr_rule *r)
{
	uint32_t types = r->u.network.types;
	int family = r->u.network.family;

	if (!yr_enc_has(e, "network_v8")) {
		yr_enc_gap(e, YR_GAP_NETWORK, "network_v8", r);
		return;
	}
	if (r->conds || r->peer_conds || r->u.network.access)
		yr_enc_gap(e, YR_GAP_NETWORK_DETAIL, "network_v8/af_inet", r);
	if (family >= 0) {
		lay_socket(e, r, (unsigned)family, types ? types : NAMED_TYPES);
		return;
	}
	/* A protocol alone speaks of the families that have it; icmp is IPv4's own. */
	if (r->u.network.protocol >= 0) {
		if (r->u.network.protocol != IPPROTO_ICMP)
			lay_socket(e, r, AF_INET6, types);
		lay_socket(e, r, AF_INET, types);
		return;
	}
	for (unsigned f = 0; f < FAMILIES; f++) {
		if (!types && (r->quals.audit || r->quals.decision == YR_DENY))
			lay_any_socket(e, r, f);
		else if (!types || f != NO_FAMILY)
			lay_socket(e, r, f, types ? types : (1u << TYPES) - 1);
	}
}

static uint32_t unix_type(const struct yr_rule *r)
{
	static const struct {
		const char *name;
		int type;
	} types[] = {
		{ "stream", SOCK_STREAM },
		{ "dgram", SOCK_DGRAM },
		{ "seqpacket", SOCK_SEQPACKET },
	};
	const struct yr_cond *c = yr_cond_find(r->conds, "type");
	uint32_t mask = 0; /* any */

	for (size_t i = 0; c && i < c->values.n; i++)
		for (size_t k = 0; k < ARRAY_LEN(types); k++)
			if (yr_str_is(c->values.at[i].text, types[k].name))
				mask |= 1u << types[k].type;
	return mask;
}

/*
 * A kernel without fine unix mediation is asked for the socket type alone. That allows
 * more than the rule, never less; a denial is left out, for it would refuse every
 * unix socket of the type.
 */
void yr_enc_unix(struct yr_enc *e, const struct yr_rule *r)
{
	uint32_t types = unix_type(r);

	yr_enc_check_patterns(e, r);
	if (!yr_enc_has(e, "network_v8")) {
		yr_enc_gap(e, YR_GAP_NETWORK, "network_v8", r);
		return;
	}
	if (yr_enc_has(e, "network_v8/af_unix")) {
		yr_enc_unsupported(e, r, "unix rules with addresses and peers");
		return;
	}
	if (r->quals.decision == YR_DENY) {
		yr_enc_gap(e, YR_GAP_UNIX_DENY, "network_v8/af_unix", r);
		return;
	}
	yr_enc_gap(e, YR_GAP_UNIX, "network_v8/af_unix", r);
	if (!types && r->quals.audit)
		lay_any_socket(e, r, AF_UNIX);
	else
		lay_socket(e, r, AF_UNIX, types ? types : (1u << TYPES) - 1);
}
