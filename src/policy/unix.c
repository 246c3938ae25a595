/* SPDX-License-Identifier: Apache-2.0 */
/* unix rules: binary-policy.md, 5.4. */
#include <errno.h>
#include <sys/socket.h>

#include "lang/words.h"
#include "policy/net.h"

/* What is asked of a socket's own end, once it has one. */
#define LOCAL_BITS (NET_SHUTDOWN | NET_SETATTR | NET_GETATTR | NET_ACCEPT | NET_BIND)

/* One end: where and who. */
struct end {
	const struct yr_word *address; /* NULL: any */
	const struct yr_word *label;   /* NULL: any */
};

/* The kernel's class for unix sockets; Ubuntu's older kernels have it beside network_v8. */
static enum yr_class unix_class(const struct yr_enc *e)
{
	enum yr_class class = yr_net_class(e);

	return class ? class : YR_CLASS_NET_V7;
}

/* A NUL and five digits, as the kernel numbers who binds without an address. */
static yr_node lay_automatic(struct yr_nfa *n, yr_node at)
{
	struct yr_byteset digit = { 0 };

	for (const char *c = "0123456789abcdef"; *c; c++)
		yr_byteset_add(&digit, (unsigned char)*c);
	at = yr_nfa_byte(n, at, 0);
	for (int i = 0; i < 5; i++)
		at = yr_nfa_set(n, at, &digit);
	return at;
}

/* The address behind '@', behind the NUL that abstract addresses begin with. */
static yr_node lay_abstract(struct yr_enc *e, yr_node at, const struct yr_word *word)
{
	struct yr_str *texts;
	size_t n;

	if (yr_enc_expand(e, word, true, &texts, &n) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		if (!texts[i].len || texts[i].at[0] != '@' || (n > 1 && word->text.at[1] == '{')) {
			yr_complain(
				e->diags, &word->loc, YR_ERROR, "bad-value",
				"'%.*s' stands for '%.*s'%s; a unix address is 'none', 'auto' or "
				"begins with one '@'",
				YR_STR_ARG(word->text), YR_STR_ARG(texts[i]),
				n > 1 ? " and others" : "");
			return 0;
		}
		texts[i] = (struct yr_str){ texts[i].at + 1, texts[i].len - 1 };
	}
	return yr_enc_texts(e, e->policydb, yr_nfa_byte(e->policydb, at, 0), texts, n, word,
			    YR_GLOB_NUL);
}

/* The text of an address, variables expanded: is it @what? */
static bool address_is(struct yr_enc *e, const struct yr_word *word, const char *what)
{
	struct yr_str *texts;
	size_t n;

	if (!word || yr_str_is(word->text, what))
		return word;
	/* Only a variable can still become a keyword. */
	if (word->text.len < 2 || word->text.at[0] != '@' || word->text.at[1] != '{')
		return false;
	return !yr_enc_expand(e, word, true, &texts, &n) && n == 1 && yr_str_is(texts[0], what);
}

static yr_node lay_address(struct yr_enc *e, yr_node at, const struct yr_word *word)
{
	struct yr_nfa *n = e->policydb;
	struct yr_byteset every = yr_byteset_all();

	if (!word)
		at = yr_nfa_star(n, at, &every);
	else if (address_is(e, word, "none"))
		at = yr_nfa_byte(n, at, 1);
	else if (address_is(e, word, "auto"))
		at = lay_automatic(n, at);
	else
		at = lay_abstract(e, at, word);
	return yr_nfa_byte(n, at, 0);
}

static yr_node lay_end(struct yr_enc *e, yr_node at, const struct end *end)
{
	return yr_enc_word(e, e->policydb, lay_address(e, at, end->address), end->label,
			   YR_ANY_BYTES, false);
}

/*
 * Behind class, family, type and protocol: create; a bind without an address; the local end
 * and what is asked of it; the local end, a command and the peer's.
 */
static void lay_fine(struct yr_enc *e, const struct yr_rule *r, const struct yr_quals *q,
		     uint32_t bits, yr_node socket, const struct end *local, const struct end *peer)
{
	struct yr_nfa *n = e->policydb;
	bool has_peer = peer->address || peer->label;
	/* A denial of one of the two about options keeps quiet about both. */
	bool logged = q->audit != (q->decision == YR_DENY);
	yr_node at = yr_net_any_bytes(n, socket, 2);

	if (bits & NET_CREATE && !has_peer)
		yr_enc_accept_as(e, at, r, q, NET_CREATE, 0);
	if (bits & NET_BIND && (!local->address || address_is(e, local->address, "auto"))) {
		yr_node nowhere =
			yr_enc_word(e, n, yr_nfa_byte(n, at, 0), local->label, YR_ANY_BYTES, false);

		yr_enc_accept_as(e, yr_nfa_byte(n, nowhere, 0), r, q, NET_BIND, 0);
		if (local->address)
			bits &= ~(uint32_t)NET_BIND;
	}
	if (!(bits & ~(uint32_t)(has_peer ? 0 : NET_CREATE)))
		return;
	at = yr_nfa_byte(n, lay_end(e, at, local), 0);
	if (bits & (has_peer ? NET_ACCEPT : LOCAL_BITS))
		yr_enc_accept_as(e, at, r, q, bits & (has_peer ? NET_ACCEPT : LOCAL_BITS), 0);
	if (bits & NET_LISTEN && !has_peer)
		yr_enc_accept_as(e, yr_net_any_bytes(n, yr_nfa_byte(n, at, NET_CMD_LISTEN), 2), r,
				 q, NET_LISTEN, 0);
	if (bits & NET_OPT && !has_peer)
		yr_enc_accept_as(e, yr_net_any_bytes(n, yr_nfa_byte(n, at, NET_CMD_OPT), 2), r, q,
				 bits & NET_OPT, logged ? NET_OPT : 0);
	if (bits & NET_PEER)
		yr_enc_accept_as(e, lay_end(e, yr_nfa_byte(n, at, NET_CMD_ADDRESS), peer), r, q,
				 bits & NET_PEER, 0);
}

void yr_net_imply_unix(struct yr_enc *e, const struct yr_rule *r, unsigned type)
{
	static const struct end any;
	struct yr_quals quals = r->quals;

	/* Upstream has it the wrong way round: these denials are quiet when they are audited. */
	if (quals.decision == YR_DENY)
		quals.audit = !quals.audit;
	lay_fine(e, r, &quals, NET_ALL, yr_net_socket(e, unix_class(e), AF_UNIX, type), &any, &any);
}

static unsigned unix_type(const struct yr_rule *r)
{
	const struct yr_word *type = yr_cond_word(r->conds, "type");
	int64_t v = type ? yr_name_find(&yr_socktype_names, type->text) : -1;

	return v < 0 ? NET_ANY_TYPE : (unsigned)v;
}

/*
 * The rule as a kernel without fine unix mediation is asked: for the type alone. That allows
 * more than the rule, never less; a denial is left out, for it would refuse every unix socket
 * of the type.
 */
static void lay_coarse(struct yr_enc *e, const struct yr_rule *r, unsigned type)
{
	struct yr_quals quals = r->quals;
	uint32_t bits = yr_enc_is_old(e) ? NET_ALL : yr_net_bits(r->u.acc.access);

	if (r->quals.decision == YR_DENY)
		return;
	if (yr_net_has_table(e))
		yr_net_table_add(e, &r->quals, AF_UNIX,
				 type == NET_ANY_TYPE ? NET_ANY_TYPE : 1u << type);
	if (!yr_net_class(e))
		return;
	quals.priority = 0; /* network rules have none */
	if (type != NET_ANY_TYPE || !yr_enc_is_old(e) || r->quals.audit) {
		yr_enc_accept_as(e, yr_net_socket(e, yr_net_class(e), AF_UNIX, type), r, &quals,
				 bits, 0);
		return;
	}
	for (type = 0; type < NET_TYPES; type++)
		yr_enc_accept_as(e, yr_net_socket(e, yr_net_class(e), AF_UNIX, type), r, &quals,
				 bits, 0);
}

void yr_enc_unix(struct yr_enc *e, const struct yr_rule *r)
{
	const struct end local = { yr_cond_word(r->conds, "addr"), NULL };
	const struct end peer = { yr_cond_word(r->peer_conds, "addr"),
				  yr_cond_word(r->peer_conds, "label") };
	unsigned type = unix_type(r);

	yr_enc_check_patterns(e, r);
	/* Laid beside the fine rule as well: older kernels that load the image find it. */
	lay_coarse(e, r, type);
	if (yr_net_has_unix(e))
		lay_fine(e, r, &r->quals, yr_net_bits(r->u.acc.access),
			 yr_net_socket(e, unix_class(e), AF_UNIX, type), &local, &peer);
	else if (!yr_net_class(e) && !yr_net_has_table(e))
		yr_enc_gap(e, YR_GAP_NETWORK, "network_v8", r);
	else if (r->quals.decision == YR_DENY)
		yr_enc_gap(e, YR_GAP_UNIX_DENY, "network_v9/af_unix", r);
	else
		yr_enc_gap(e, YR_GAP_UNIX, "network_v9/af_unix", r);
}
