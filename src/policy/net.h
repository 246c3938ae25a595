/* SPDX-License-Identifier: Apache-2.0 */
/* What network and unix rules share: binary-policy.md, 5.4. */
#ifndef YR_POLICY_NET_H
#define YR_POLICY_NET_H

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
	NET_OPT = NET_SETOPT | NET_GETOPT,
	/* Asked with the other end in the question; accept is asked without it as well. */
	NET_PEER = NET_SEND | NET_RECEIVE | NET_CONNECT | NET_ACCEPT,
	NET_ALL = NET_SEND | NET_RECEIVE | NET_CREATE | NET_SHUTDOWN | NET_CONNECT | NET_SETATTR |
		  NET_GETATTR | NET_ACCEPT | NET_BIND | NET_LISTEN | NET_OPT,
};

/* The byte between a socket's own end and what is asked of it. */
enum { NET_CMD_ADDRESS = 1, NET_CMD_LISTEN = 2, NET_CMD_OPT = 4 };

enum { NET_TYPES = 16 }; /* socket(2) keeps four bits for the type */
#define NET_ANY_TYPE UINT32_MAX

/* The permission words of a rule as bits; none written means all. */
uint32_t yr_net_bits(uint32_t access);
yr_node yr_net_any_bytes(struct yr_nfa *n, yr_node from, unsigned count);
yr_node yr_net_word(struct yr_nfa *n, yr_node from, unsigned v); /* be16 */
/* Class, family and one type, or any two bytes for NET_ANY_TYPE. */
yr_node yr_net_socket(struct yr_enc *e, enum yr_class class, unsigned family, unsigned type);

/* The class of coarse network rules for this kernel and abi; 0: none. */
enum yr_class yr_net_class(const struct yr_enc *e);
/* Does the kernel have a table of types by family instead? */
bool yr_net_has_table(const struct yr_enc *e);
void yr_net_table_add(struct yr_enc *e, const struct yr_quals *q, unsigned family, uint32_t types);
/* Are sockets of unix told apart by address and peer? */
bool yr_net_has_unix(const struct yr_enc *e);
bool yr_net_has_inet(const struct yr_enc *e);

/*
 * The rule's conditions on a socket of the Internet families, behind @type, the node of its
 * class, family and type.
 */
void yr_net_lay_inet(struct yr_enc *e, const struct yr_rule *r, yr_node type, unsigned protocol,
		     uint32_t bits);
/* A network rule speaks of unix sockets of @type, too: all that can be done with them. */
void yr_net_imply_unix(struct yr_enc *e, const struct yr_rule *r, unsigned type);

#endif
