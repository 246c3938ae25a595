/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus rules: binary-policy.md, 5.3. The questions come from the bus's daemon: of a bus, of a
 * name on it, of a message with all its fields.
 */
#include "policy/enc.h"

enum {
	DBUS_SEND = 0x2,
	DBUS_RECEIVE = 0x4,
	DBUS_EAVESDROP = 0x20,
	DBUS_BIND = 0x40,
	DBUS_MESSAGE = DBUS_SEND | DBUS_RECEIVE,
};

/* A rule without permissions means those that its conditions can narrow. */
static uint32_t dbus_bits(const struct yr_rule *r)
{
	static const struct {
		uint32_t access, bit;
	} map[] = {
		{ YR_ACC_SEND, DBUS_SEND },
		{ YR_ACC_RECEIVE, DBUS_RECEIVE },
		{ YR_ACC_BIND, DBUS_BIND },
		{ YR_ACC_EAVESDROP, DBUS_EAVESDROP },
	};
	uint32_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (r->u.acc.access & map[i].access)
			bits |= map[i].bit;
	if (bits)
		return bits;
	if (yr_cond_find(r->conds, "name"))
		return DBUS_BIND;
	if (yr_cond_find(r->conds, "path") || yr_cond_find(r->conds, "interface") ||
	    yr_cond_find(r->conds, "member") || r->peer_conds)
		return DBUS_MESSAGE;
	return DBUS_MESSAGE | DBUS_BIND | DBUS_EAVESDROP;
}

/* NUL, then the next field. */
static yr_node lay_field(struct yr_enc *e, yr_node at, const struct yr_word *word, bool is_path)
{
	return yr_enc_word(e, e->policydb, yr_nfa_byte(e->policydb, at, 0), word, YR_ANY_BYTES,
			   is_path);
}

void yr_enc_dbus(struct yr_enc *e, const struct yr_rule *r)
{
	const struct yr_word *name = yr_cond_word(r->conds, "name");
	uint32_t bits = dbus_bits(r);
	yr_node at;

	if (!yr_enc_has(e, "dbus")) {
		yr_enc_check_patterns(e, r);
		yr_enc_gap(e, YR_GAP_DBUS, "dbus", r);
		return;
	}
	at = yr_enc_word(e, e->policydb, yr_enc_class(e, YR_CLASS_DBUS),
			 yr_cond_word(r->conds, "bus"), YR_ANY_BYTES, false);
	if (bits & DBUS_EAVESDROP)
		yr_enc_accept(e, at, r, DBUS_EAVESDROP);
	at = lay_field(e, at, name ? name : yr_cond_word(r->peer_conds, "name"), false);
	if (bits & DBUS_BIND)
		yr_enc_accept(e, at, r, DBUS_BIND);
	if (!(bits & DBUS_MESSAGE))
		return;
	at = lay_field(e, at, yr_cond_word(r->peer_conds, "label"), false);
	at = lay_field(e, at, yr_cond_word(r->conds, "path"), true);
	at = lay_field(e, at, yr_cond_word(r->conds, "interface"), false);
	at = lay_field(e, at, yr_cond_word(r->conds, "member"), false);
	yr_enc_accept(e, at, r, bits & DBUS_MESSAGE);
}
