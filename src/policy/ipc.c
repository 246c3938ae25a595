/* SPDX-License-Identifier: Apache-2.0 */
/* ptrace, signal, and the classes that other processes are met through: binary-policy.md, 5.3. */
#include "policy/enc.h"

enum {
	PTRACE_TRACE = 0x2,
	PTRACE_READ = 0x4,
	PTRACE_TRACEDBY = 0x8,
	PTRACE_READBY = 0x10,
	PTRACE_ALL = PTRACE_TRACE | PTRACE_READ | PTRACE_TRACEDBY | PTRACE_READBY,
	SIGNAL_SEND = 0x2,
	SIGNAL_RECEIVE = 0x4,
	USERNS_CREATE = 0x8,
	IO_URING_OVERRIDE_CREDS = 0x8,
	IO_URING_SQPOLL = 0x10,
};

struct access_bit {
	uint32_t access, bit;
};

static uint32_t bits_of(uint32_t access, const struct access_bit *map, size_t n)
{
	uint32_t bits = 0;

	for (size_t i = 0; i < n; i++)
		if (!access || access & map[i].access)
			bits |= map[i].bit;
	return bits;
}

/* A peer's label; any label has at least one byte. */
static yr_node lay_peer(struct yr_enc *e, yr_node from, const struct yr_rule *r)
{
	return yr_enc_word(e, e->policydb, from, yr_cond_word(r->peer_conds, "label"),
			   YR_SOME_BYTES, false);
}

/* @class alone, and the same behind the prefix under which a kernel asks by label. */
static yr_node lay_class_or_label(struct yr_enc *e, enum yr_class class)
{
	yr_node plain = yr_enc_class(e, class), label = yr_enc_class(e, YR_CLASS_LABEL), join;
	char key[] = { 'l', 'a', 'b', 'e', 'l', (char)class };
	bool fresh;

	label = yr_nfa_byte(e->policydb, label, (unsigned char)class);
	join = yr_nfa_join(e->policydb, yr_nfa_start(e->policydb),
			   (struct yr_str){ key, sizeof(key) }, &fresh);
	if (fresh) {
		yr_nfa_link(e->policydb, plain, join);
		yr_nfa_link(e->policydb, label, join);
	}
	return join;
}

void yr_enc_ptrace(struct yr_enc *e, const struct yr_rule *r)
{
	static const struct access_bit map[] = {
		{ YR_ACC_TRACE, PTRACE_TRACE },
		{ YR_ACC_READ, PTRACE_READ },
		{ YR_ACC_TRACEDBY, PTRACE_TRACEDBY },
		{ YR_ACC_READBY, PTRACE_READBY },
	};

	if (!yr_enc_has(e, "ptrace")) {
		yr_enc_gap(e, YR_GAP_PTRACE, "ptrace", r);
		return;
	}
	yr_enc_accept(e, lay_peer(e, lay_class_or_label(e, YR_CLASS_PTRACE), r), r,
		      bits_of(r->u.acc.access, map, ARRAY_LEN(map)));
}

/* The signals of set=, as bytes. */
static struct yr_byteset signal_bytes(const struct yr_rule *r)
{
	struct yr_byteset set = { 0 };

	for (unsigned i = 0; i < 64; i++)
		if (r->u.signal.signals >> i & 1)
			yr_byteset_add(&set, (unsigned char)i);
	for (unsigned i = 0; i <= 32; i++)
		if (r->u.signal.realtime >> i & 1)
			yr_byteset_add(&set, (unsigned char)(128 + i));
	return set;
}

static yr_node lay_signals(struct yr_enc *e, const struct yr_rule *r)
{
	struct yr_byteset every = yr_byteset_all(), set;
	yr_node plain = yr_enc_class(e, YR_CLASS_SIGNAL), label, join;
	bool fresh;

	if (r->u.signal.signals || r->u.signal.realtime) {
		set = signal_bytes(r);
		return yr_nfa_set(e->policydb, plain, &set);
	}
	label = yr_nfa_byte(e->policydb, yr_enc_class(e, YR_CLASS_LABEL), YR_CLASS_SIGNAL);
	join = yr_nfa_join(e->policydb, yr_nfa_start(e->policydb), YR_STR("any signal"), &fresh);
	if (fresh) {
		yr_nfa_link(e->policydb, yr_nfa_set(e->policydb, plain, &every), join);
		yr_nfa_link(e->policydb, label, join);
	}
	return join;
}

void yr_enc_signal(struct yr_enc *e, const struct yr_rule *r)
{
	static const struct access_bit map[] = {
		{ YR_ACC_SEND, SIGNAL_SEND },
		{ YR_ACC_RECEIVE, SIGNAL_RECEIVE },
	};

	if (!yr_enc_has(e, "signal")) {
		yr_enc_gap(e, YR_GAP_SIGNAL, "signal", r);
		return;
	}
	yr_enc_accept(e, lay_peer(e, lay_signals(e, r), r), r,
		      bits_of(r->u.signal.access, map, ARRAY_LEN(map)));
}

void yr_enc_userns(struct yr_enc *e, const struct yr_rule *r)
{
	if (!yr_enc_has(e, "namespaces/mask/userns_create")) {
		yr_enc_gap(e, YR_GAP_USERNS, "namespaces/mask/userns_create", r);
		return;
	}
	yr_enc_accept(e, yr_enc_class(e, YR_CLASS_USERNS), r, USERNS_CREATE);
}

/*
 * Asked of the class alone (sqpoll), or of it and whose credentials are taken. Upstream gives
 * all that the rule has to both; the kernel asks each for its own.
 */
void yr_enc_io_uring(struct yr_enc *e, const struct yr_rule *r)
{
	static const struct access_bit map[] = {
		{ YR_ACC_SQPOLL, IO_URING_SQPOLL },
		{ YR_ACC_OVERRIDE_CREDS, IO_URING_OVERRIDE_CREDS },
	};
	uint32_t bits = bits_of(r->u.acc.access, map, ARRAY_LEN(map));
	yr_node class;

	if (!yr_enc_has(e, "io_uring")) {
		yr_enc_check_patterns(e, r);
		yr_enc_gap(e, YR_GAP_IO_URING, "io_uring", r);
		return;
	}
	class = yr_enc_class(e, YR_CLASS_IO_URING);
	yr_enc_accept(e, class, r, bits);
	if (bits & IO_URING_OVERRIDE_CREDS)
		yr_enc_accept(e,
			      yr_enc_word(e, e->policydb, class, yr_cond_word(r->conds, "label"),
					  YR_ANY_BYTES, false),
			      r, bits);
}
