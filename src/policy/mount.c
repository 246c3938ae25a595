/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount, remount, umount and pivot_root rules: binary-policy.md, 5.3. The kernel asks one
 * of five questions of a mount(2): remount, bind, change of propagation, move, new mount.
 * A rule is laid once for each of them that its flags speak of.
 */
#include <errno.h>
#include <sys/mount.h>

#include "lang/words.h"
#include "policy/enc.h"

enum {
	PIVOT_ROOT = 0x1,
	MOUNT = 0x2,
	UMOUNT = 0x4,
	/* On the fourth field: match the data too. In the audit word: log the data. */
	WITH_DATA = 0x40,
};

#define CHANGE_TYPE (MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED)
#define COMMANDS (MS_MOVE | MS_REMOUNT | MS_BIND | MS_REC | CHANGE_TYPE)
#define REMOUNT_FLAGS (~(uint32_t)(MS_MOVE | CHANGE_TYPE))
#define BIND_FLAGS ((uint32_t)(MS_BIND | MS_REC))
#define MOVE_FLAGS ((uint32_t)MS_MOVE)
#define NEW_FLAGS (~(uint32_t)COMMANDS)

/* One rule, ready to be laid. */
struct mount {
	const struct yr_rule *r;
	const struct yr_word *device, *point; /* NULL: any */
	struct yr_words types, data;
	bool all_flags;      /* no option was named: any flags */
	uint32_t set, clear; /* named in either: speaks of it; in both: either way */
};

static bool append(struct yr_enc *e, struct yr_words *to, const struct yr_word *word)
{
	struct yr_word *more = yr_arena_array(&e->scratch, to->n + 1, sizeof(*more));

	if (!more) {
		e->status = -ENOMEM;
		return false;
	}
	if (to->n)
		memcpy(more, to->at, to->n * sizeof(*more));
	more[to->n] = *word;
	*to = (struct yr_words){ more, to->n + 1 };
	return true;
}

/* What options= and fstype= say; a word that is no flag is data for the file system. */
static bool read_conds(struct yr_enc *e, struct mount *m)
{
	for (const struct yr_cond *c = m->r->conds; c; c = c->next) {
		bool is_type =
			yr_str_is(c->name.text, "fstype") || yr_str_is(c->name.text, "vfstype");

		for (size_t i = 0; i < c->values.n; i++) {
			const struct yr_mount_option *o =
				is_type ? NULL : yr_mount_option(c->values.at[i].text);
			struct yr_words *list = is_type ? &m->types : &m->data;

			if (!o) {
				if (!append(e, list, &c->values.at[i]))
					return false;
			} else if (c->op == YR_COND_IN) {
				m->set |= o->set | o->clear;
				m->clear |= o->set | o->clear;
			} else {
				m->set |= o->set;
				m->clear |= o->clear;
			}
		}
	}
	return true;
}

static yr_node lay_optional(struct yr_enc *e, yr_node at, unsigned char flag)
{
	char key[] = { 'f', 'l', 'a', 'g', (char)flag };
	bool fresh;
	yr_node join = yr_nfa_join(e->policydb, at, (struct yr_str){ key, sizeof(key) }, &fresh);

	if (fresh) {
		yr_nfa_link(e->policydb, at, join);
		yr_nfa_link(e->policydb, yr_nfa_byte(e->policydb, at, flag), join);
	}
	return join;
}

/* One byte for each flag that must be set, an optional one for each that may. */
static yr_node lay_flags(struct yr_enc *e, yr_node at, const struct mount *m, uint32_t mask)
{
	uint32_t set = m->set & mask;

	if (m->all_flags)
		return yr_enc_any(e->policydb, at, YR_ANY_BYTES);
	/* Upstream lets a byte that is no flag stand for none; the kernel never asks with it. */
	if (!set)
		return lay_optional(e, at, 0xfe);
	for (unsigned bit = 0; bit < 32; bit++) {
		if (!(set >> bit & 1))
			continue;
		if (m->clear >> bit & 1)
			at = lay_optional(e, at, (unsigned char)(bit + 1));
		else
			at = yr_nfa_byte(e->policydb, at, (unsigned char)(bit + 1));
	}
	return at;
}

/* "a,b" as mount(2) gets it in its last argument. */
static yr_node lay_data(struct yr_enc *e, yr_node at, const struct yr_words *data)
{
	for (size_t i = 0; i < data->n; i++) {
		if (i)
			at = yr_nfa_byte(e->policydb, at, ',');
		at = yr_enc_word(e, e->policydb, at, &data->at[i], YR_ANY_BYTES, false);
	}
	return at;
}

/* mount point \0 device \0 type \0 flags, then \0 data. */
static void lay_question(struct yr_enc *e, const struct mount *m, const struct yr_word *device,
			 const struct yr_words *types, uint32_t mask, bool log_data)
{
	struct yr_nfa *n = e->policydb;
	uint32_t audit = log_data ? WITH_DATA : 0;
	yr_node at = yr_enc_class(e, YR_CLASS_MOUNT);

	at = yr_enc_word(e, n, at, m->point, YR_ANY_BYTES, true);
	at = yr_enc_word(e, n, yr_nfa_byte(n, at, 0), device, YR_ANY_BYTES, true);
	at = yr_nfa_byte(n, at, 0);
	at = types && types->n ? yr_enc_words(e, n, at, types) : yr_enc_any(n, at, YR_ANY_BYTES);
	at = lay_flags(e, yr_nfa_byte(n, at, 0), m, mask);
	if (!m->data.n || !log_data) {
		yr_enc_accept_audit(e, at, m->r, MOUNT, audit);
		return;
	}
	yr_enc_accept_audit(e, at, m->r, WITH_DATA, audit);
	at = lay_data(e, yr_nfa_byte(n, at, 0), &m->data);
	yr_enc_accept_audit(e, at, m->r, MOUNT, audit);
}

/* The questions that the rule's flags speak of; false when there is none. */
static bool lay_questions(struct yr_enc *e, const struct mount *m)
{
	uint32_t set = m->all_flags ? UINT32_MAX : m->set;
	bool typed = m->types.n, data = m->data.n, any = false;

	/* A remount and a change of propagation have neither device nor type. */
	if (set & MS_REMOUNT && !m->device && !typed) {
		lay_question(e, m, NULL, NULL, REMOUNT_FLAGS, true);
		any = true;
	}
	if (set & MS_BIND && !typed && !data) {
		lay_question(e, m, m->device, NULL, BIND_FLAGS, false);
		any = true;
	}
	/* People write the mount point of these where a source stands; then it is taken for one. */
	if (set & CHANGE_TYPE && !typed && !data && !(m->device && m->point)) {
		struct mount point = *m;

		if (m->device)
			point.point = m->device;
		if (!m->device || !m->all_flags) {
			lay_question(e, &point, NULL, NULL, UINT32_MAX, false);
			any = true;
		}
	}
	if (set & MS_MOVE && !typed && !data) {
		lay_question(e, m, m->device, NULL, MOVE_FLAGS, false);
		any = true;
	}
	/*
	 * A rule that asks for a command says nothing of a new mount. Upstream's 3.0 still
	 * allows one there, with the flags that are left (CVE-2016-1585); 5.0 does not.
	 */
	if (m->all_flags || ((m->set | m->clear) & NEW_FLAGS && !(m->set & ~m->clear & COMMANDS))) {
		lay_question(e, m, m->device, &m->types, NEW_FLAGS, true);
		any = true;
	}
	return any;
}

static const struct yr_word *given(const struct yr_word *w)
{
	return w->text.at ? w : NULL;
}

void yr_enc_mount(struct yr_enc *e, const struct yr_rule *r)
{
	struct mount m = {
		.r = r,
		.device = given(&r->u.mount.source),
		.point = given(&r->u.mount.target),
	};

	if (!yr_enc_has(e, "mount")) {
		yr_enc_gap(e, YR_GAP_MOUNT, "mount", r);
		return;
	}
	if (!read_conds(e, &m))
		return;
	if (r->kind == YR_RULE_REMOUNT) {
		m.set |= MS_REMOUNT;
		m.clear = 0;
	}
	m.all_flags = !(m.set | m.clear);
	if (!lay_questions(e, &m))
		yr_complain(e->diags, &r->loc, YR_ERROR, "conflict",
			    "no mount can match this rule: %s",
			    m.device ? "a remount or a change of propagation has a mount point but "
				       "no source"
				     : "a bind mount, a move or a change of propagation has no "
				       "type and no data");
}

void yr_enc_umount(struct yr_enc *e, const struct yr_rule *r)
{
	if (!yr_enc_has(e, "mount")) {
		yr_enc_gap(e, YR_GAP_MOUNT, "mount", r);
		return;
	}
	yr_enc_accept(e,
		      yr_enc_word(e, e->policydb, yr_enc_class(e, YR_CLASS_MOUNT),
				  given(&r->u.mount.target), YR_ANY_BYTES, true),
		      r, UMOUNT);
}

void yr_enc_pivot_root(struct yr_enc *e, const struct yr_rule *r)
{
	struct yr_nfa *n = e->policydb;
	yr_node at;

	if (!yr_enc_has(e, "mount")) {
		yr_enc_gap(e, YR_GAP_MOUNT, "mount", r);
		return;
	}
	at = yr_enc_word(e, n, yr_enc_class(e, YR_CLASS_MOUNT), given(&r->u.pivot_root.new_root),
			 YR_ANY_BYTES, true);
	at = yr_enc_word(e, n, yr_nfa_byte(n, at, 0), given(&r->u.pivot_root.old_root),
			 YR_ANY_BYTES, true);
	yr_enc_accept(e, at, r, PIVOT_ROOT);
}
