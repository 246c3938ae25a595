/* SPDX-License-Identifier: Apache-2.0 */
/* mqueue rules, for queues with names and for those with numbers: binary-policy.md, 5.3. */
#include <inttypes.h>

#include "policy/enc.h"

enum {
	MQUEUE_WRITE = 0x2,
	MQUEUE_READ = 0x4,
	MQUEUE_CREATE = 0x10,
	MQUEUE_DELETE = 0x20,
	MQUEUE_OPEN = 0x40,
	MQUEUE_SETATTR = 0x100,
	MQUEUE_GETATTR = 0x200,
	/* What making a queue takes; it has no label yet that a rule could name. */
	MQUEUE_MAKING = MQUEUE_WRITE | MQUEUE_READ | MQUEUE_CREATE,
};

static uint32_t mqueue_bits(uint32_t access)
{
	static const struct {
		uint32_t access, bit;
	} map[] = {
		{ YR_ACC_WRITE, MQUEUE_WRITE },     { YR_ACC_READ, MQUEUE_READ },
		{ YR_ACC_CREATE, MQUEUE_CREATE },   { YR_ACC_DELETE, MQUEUE_DELETE },
		{ YR_ACC_OPEN, MQUEUE_OPEN },       { YR_ACC_SETATTR, MQUEUE_SETATTR },
		{ YR_ACC_GETATTR, MQUEUE_GETATTR },
	};
	uint32_t bits = 0;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (!access || access & map[i].access)
			bits |= map[i].bit;
	return bits;
}

/* Behind @queue: permissions there serve questions without a label. */
static void lay_label(struct yr_enc *e, const struct yr_rule *r, yr_node queue)
{
	const struct yr_word *label = yr_cond_word(r->conds, "label");
	uint32_t bits = mqueue_bits(r->u.mqueue.access);
	yr_node at = yr_enc_word(e, e->policydb, yr_nfa_byte(e->policydb, queue, 0), label,
				 YR_SOME_BYTES, false);

	if (!label)
		yr_enc_accept(e, queue, r, bits);
	else if (bits & MQUEUE_CREATE)
		yr_enc_accept(e, queue, r, bits & MQUEUE_MAKING);
	yr_enc_accept(e, at, r, bits);
}

/* Numbers are 32 bits; upstream cuts larger ones off, which then name another queue. */
static uint32_t key_of(struct yr_enc *e, const struct yr_word *name)
{
	uint64_t key = 0;

	for (size_t i = 0; i < name->text.len && key <= INT64_MAX; i++)
		if (__builtin_mul_overflow(key, 10u, &key) ||
		    __builtin_add_overflow(key, (uint64_t)(name->text.at[i] - '0'), &key))
			key = UINT64_MAX;
	if (key > INT64_MAX)
		key = INT64_MAX;
	if (key > UINT32_MAX)
		yr_complain(e->diags, &name->loc, YR_WARNING, "bad-value",
			    "'%.*s' is too large for the number of a message queue; what is left "
			    "of it in 32 bits is %" PRIu32,
			    YR_STR_ARG(name->text), (uint32_t)key);
	return (uint32_t)key;
}

static yr_node lay_key(struct yr_enc *e, yr_node at, const struct yr_word *name)
{
	struct yr_byteset every = yr_byteset_all();
	uint32_t key = name ? key_of(e, name) : 0;

	for (int shift = 24; shift >= 0; shift -= 8)
		at = name ? yr_nfa_byte(e->policydb, at, (unsigned char)(key >> shift))
			  : yr_nfa_set(e->policydb, at, &every);
	return at;
}

void yr_enc_mqueue(struct yr_enc *e, const struct yr_rule *r)
{
	const struct yr_word *name = r->u.mqueue.name.text.at ? &r->u.mqueue.name : NULL;
	const struct yr_cond *type = NULL;
	bool posix = true, sysv = true;

	for (const struct yr_cond *c = r->conds; c; c = c->next)
		if (yr_str_is(c->name.text, "type"))
			type = c;
	/* A name says which kind it is, as does type=. */
	if (type)
		sysv = !(posix = yr_str_is(type->values.at[0].text, "posix"));
	else if (name)
		sysv = !(posix = name->text.len && name->text.at[0] == '/');
	if (!(posix && yr_enc_has(e, "ipc/posix_mqueue")) &&
	    !(sysv && yr_enc_has(e, "ipc/sysv_mqueue"))) {
		yr_enc_check_patterns(e, r);
		yr_enc_gap(e, YR_GAP_MQUEUE, posix ? "ipc/posix_mqueue" : "ipc/sysv_mqueue", r);
		return;
	}
	if (posix)
		lay_label(e, r,
			  yr_enc_word(e, e->policydb, yr_enc_class(e, YR_CLASS_POSIX_MQUEUE), name,
				      YR_ANY_BYTES, false));
	if (sysv)
		lay_label(e, r, lay_key(e, yr_enc_class(e, YR_CLASS_SYSV_MQUEUE), name));
}
