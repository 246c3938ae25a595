/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mount, remount, umount and pivot_root rules: binary-policy.md, 5.3. The kernel asks one
 * of five questions of a mount(2): remount, bind, change of propagation, move, new mount.
 * A rule is laid once for each of them that its flags speak of. 5.0.2 decides what that means,
 * and 3.0.8 for the kernel that goes with it (docs/upstream.md).
 */
#include <errno.h>
#include <sys/mount.h>

#include "lang/words.h"
#include "policy/enc.h"

enum {
	PIVOT_ROOT = 0x1,
	MOUNT = 0x2,
	UMOUNT = 0x4,
};

#define NOSYMFOLLOW 0x100u
#define CHANGE_TYPE ((uint32_t)(MS_UNBINDABLE | MS_PRIVATE | MS_SLAVE | MS_SHARED))
#define COMMANDS ((uint32_t)(MS_MOVE | MS_REMOUNT | MS_BIND | MS_REC) | CHANGE_TYPE)
/* What a mount has for itself, whatever else its file system is mounted with. */
#define ATTRIBUTES                                                                                 \
	((uint32_t)(MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME | MS_NODIRATIME | MS_RELATIME |  \
		    MS_STRICTATIME))
#define ALL_FLAGS                                                                                  \
	((uint32_t)(MS_RDONLY | MS_SYNCHRONOUS | MS_MANDLOCK | MS_DIRSYNC | MS_SILENT |            \
		    MS_POSIXACL | MS_I_VERSION | MS_LAZYTIME) |                                    \
	 NOSYMFOLLOW | ATTRIBUTES | COMMANDS)

/* The flags that matter in each question; without an end in 3.0.8, which knew fewer. */
struct masks {
	uint32_t remount, bind, change, move, new_mount;
};
static const struct masks masks_now = {
	.remount = ALL_FLAGS & ~(uint32_t)MS_MOVE,
	.bind = MS_BIND | MS_REC,
	.change = ALL_FLAGS & ~ATTRIBUTES,
	.move = MS_MOVE,
	.new_mount = ALL_FLAGS & ~COMMANDS,
};
static const struct masks masks_old = {
	.remount = ~(MS_MOVE | CHANGE_TYPE),
	.bind = MS_BIND | MS_REC,
	.change = UINT32_MAX,
	.move = MS_MOVE,
	.new_mount = ~COMMANDS,
};

/* The flags of one options= or of one "options in". */
struct flags {
	uint32_t *at;
	size_t n;
};

/* One rule, ready to be laid. */
struct mount {
	const struct yr_rule *r;
	const struct yr_word *device, *point; /* NULL: any */
	struct yr_words types;
	bool detached;             /* from nowhere: the device is empty */
	struct flags must, may;    /* every pair of them stands for itself */
	uint32_t clear;            /* old: named as clear */
	const struct masks *masks; /* of its parser */
	bool old, all_flags;       /* old: all_flags means any bytes */
};

static bool append(struct yr_enc *e, struct yr_words *to, const struct yr_words *more)
{
	struct yr_word *all = yr_arena_array(&e->scratch, to->n + more->n, sizeof(*all));

	if (!all) {
		e->status = -ENOMEM;
		return false;
	}
	if (to->n)
		memcpy(all, to->at, to->n * sizeof(*all));
	memcpy(all + to->n, more->at, more->n * sizeof(*all));
	*to = (struct yr_words){ all, to->n + more->n };
	return true;
}

static bool is_type(const struct yr_cond *c)
{
	return yr_str_is(c->name.text, "fstype") || yr_str_is(c->name.text, "vfstype");
}

static void read_options(const struct yr_cond *c, uint32_t *set, uint32_t *clear)
{
	for (size_t i = 0; i < c->values.n; i++) {
		const struct yr_mount_option *o = yr_mount_option(c->values.at[i].text);

		*set |= o ? o->set : 0;
		*clear |= o ? o->clear : 0;
	}
}

/* Room for what the conditions may say, and for what is said by saying nothing. */
static bool start(struct yr_enc *e, struct mount *m)
{
	size_t n = 1;

	for (const struct yr_cond *c = m->r->conds; c; c = c->next)
		n++;
	m->must.at = yr_arena_array(&e->scratch, n, sizeof(*m->must.at));
	m->may.at = yr_arena_array(&e->scratch, n, sizeof(*m->may.at));
	if (!m->must.at || !m->may.at)
		e->status = -ENOMEM;
	return !e->status;
}

/* What options= and fstype= say. */
static bool read_conds(struct yr_enc *e, struct mount *m)
{
	uint32_t remount = m->r->kind == YR_RULE_REMOUNT ? MS_REMOUNT : 0;

	for (const struct yr_cond *c = m->r->conds; c; c = c->next) {
		uint32_t set = 0, clear = 0;

		if (is_type(c)) {
			if (!append(e, &m->types, &c->values))
				return false;
			continue;
		}
		read_options(c, &set, &clear);
		if (c->op == YR_COND_IN)
			m->may.at[m->may.n++] = set | clear;
		else
			m->must.at[m->must.n++] = set | remount;
	}
	m->all_flags = !m->must.n && !m->may.n && !remount;
	if (!m->must.n && !m->may.n)
		m->may.at[m->may.n++] = remount ? m->masks->remount & ~remount : ALL_FLAGS;
	if (!m->must.n)
		m->must.at[m->must.n++] = remount;
	if (!m->may.n)
		m->may.at[m->may.n++] = 0;
	return true;
}

/* 3.0.8 adds everything up, and takes what is named with both values as free. */
static bool read_conds_old(struct yr_enc *e, struct mount *m)
{
	uint32_t set = 0, clear = 0;

	for (const struct yr_cond *c = m->r->conds; c; c = c->next) {
		uint32_t s = 0, k = 0;

		if (is_type(c)) {
			if (!append(e, &m->types, &c->values))
				return false;
			continue;
		}
		read_options(c, &s, &k);
		set |= c->op == YR_COND_IN ? s | k : s;
		clear |= c->op == YR_COND_IN ? s | k : k;
	}
	if (m->r->kind == YR_RULE_REMOUNT) {
		set |= MS_REMOUNT;
		clear = 0;
	}
	m->all_flags = !(set | clear);
	m->must = (struct flags){ m->must.at, 1 };
	m->may = (struct flags){ m->may.at, 1 };
	m->must.at[0] = set & ~clear;
	m->may.at[0] = m->all_flags ? UINT32_MAX : set & clear;
	/* A flag that must be clear makes the rule one about flags. */
	m->clear = clear;
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
static yr_node lay_flags(struct yr_enc *e, yr_node at, uint32_t must, uint32_t may)
{
	/* Upstream lets a byte that is no flag stand for none; the kernel never asks with it. */
	if (!(must | may))
		return lay_optional(e, at, 0xfe);
	for (unsigned bit = 0; bit < 32; bit++)
		if (may >> bit & 1)
			at = lay_optional(e, at, (unsigned char)(bit + 1));
		else if (must >> bit & 1)
			at = yr_nfa_byte(e->policydb, at, (unsigned char)(bit + 1));
	return at;
}

/* "all," has all three bits everywhere; the kernel asks each in its own place. */
static uint32_t bits_of(const struct yr_enc *e, uint32_t bit)
{
	return e->in_all ? PIVOT_ROOT | MOUNT | UMOUNT : bit;
}

/* One choice of flags on its way into the questions. */
struct choice {
	const struct mount *m;
	uint32_t must, may;
};

/* mount point \0 device \0 type \0 flags */
static void lay_question(struct yr_enc *e, const struct choice *c, const struct yr_word *point,
			 bool has_device, bool has_type, uint32_t mask)
{
	static const struct yr_word nothing = { .text = { "", 0 } };
	const struct mount *m = c->m;
	const struct yr_word *device = m->detached ? &nothing : m->device;
	struct yr_nfa *n = e->policydb;
	yr_node at = yr_enc_word(e, n, yr_enc_class(e, YR_CLASS_MOUNT), point, YR_ANY_BYTES, true);

	at = yr_enc_word(e, n, yr_nfa_byte(n, at, 0), has_device ? device : NULL, YR_ANY_BYTES,
			 true);
	at = yr_nfa_byte(n, at, 0);
	at = has_type && m->types.n ? yr_enc_words(e, n, at, &m->types)
				    : yr_enc_any(n, at, YR_ANY_BYTES);
	at = yr_nfa_byte(n, at, 0);
	at = m->all_flags && m->old ? yr_enc_any(n, at, YR_ANY_BYTES)
				    : lay_flags(e, at, c->must & mask, c->may & mask);
	yr_enc_accept(e, at, m->r, bits_of(e, MOUNT));
}

enum question { REMOUNT = 1, BIND = 2, CHANGE = 4, MOVE = 8, NEW_MOUNT = 16 };

/* The questions that 5.0.2 answers for @c: the first whose command is named. */
static unsigned questions_of(const struct choice *c, bool source)
{
	bool typed = c->m->types.n, both = source && c->m->point;

	if (!c->must)
		return (source || typed ? 0 : REMOUNT) | (typed ? 0 : BIND | MOVE) |
		       (typed || both ? 0 : CHANGE) | NEW_MOUNT;
	if (c->must & MS_REMOUNT && !source && !typed)
		return REMOUNT;
	if (c->must & MS_BIND && !typed)
		return BIND;
	if (c->must & CHANGE_TYPE && !both && !typed)
		return CHANGE;
	if (c->must & MS_MOVE && !typed)
		return MOVE;
	return (c->must | c->may) & ~COMMANDS ? NEW_MOUNT : 0;
}

/*
 * Those that 3.0.8 answers: all whose command may be set. A rule that asks for a command says
 * nothing of a new mount, which 3.0.8 would still allow, with the flags that are left
 * (CVE-2016-1585).
 */
static unsigned questions_of_old(const struct choice *c, bool source)
{
	const struct mount *m = c->m;
	uint32_t any = c->must | c->may;
	bool typed = m->types.n, both = source && m->point;
	unsigned q = 0;

	if (any & MS_REMOUNT && !source && !typed)
		q |= REMOUNT;
	if (any & MS_BIND && !typed)
		q |= BIND;
	if (any & CHANGE_TYPE && !typed && !both && !(source && m->all_flags))
		q |= CHANGE;
	if (any & MS_MOVE && !typed)
		q |= MOVE;
	if (m->all_flags || ((any | m->clear) & ~COMMANDS && !(c->must & COMMANDS)))
		q |= NEW_MOUNT;
	return q;
}

/* False: nothing can match. */
static bool lay_choice(struct yr_enc *e, const struct choice *c)
{
	const struct mount *m = c->m;
	bool source = m->device || m->detached;
	unsigned q = m->old ? questions_of_old(c, source) : questions_of(c, source);

	/* A remount and a change of propagation have neither device nor type. */
	if (q & REMOUNT)
		lay_question(e, c, m->point, false, false, m->masks->remount);
	if (q & BIND)
		lay_question(e, c, m->point, true, false, m->masks->bind);
	/* People write the mount point of these where a source stands; then it is taken for one. */
	if (q & CHANGE)
		lay_question(e, c, m->point ? m->point : m->device, false, false, m->masks->change);
	if (q & MOVE)
		lay_question(e, c, m->point, true, false, m->masks->move);
	if (q & NEW_MOUNT)
		lay_question(e, c, m->point, true, true, m->masks->new_mount);
	return q;
}

static const struct yr_word *given(const struct yr_word *w)
{
	return w->text.at ? w : NULL;
}

static void note_detached(struct yr_enc *e, const struct yr_rule *r)
{
	if (r->u.mount.detached && !yr_features_has(e->kernel, "mount/move_mount/detached"))
		yr_enc_gap(e, YR_GAP_MOUNT_DETACHED, "mount/move_mount/detached", r);
}

void yr_enc_mount(struct yr_enc *e, const struct yr_rule *r)
{
	bool old = yr_enc_is_old(e), any = false;
	struct mount m = {
		.r = r,
		.device = given(&r->u.mount.source),
		.point = given(&r->u.mount.target),
		.detached = r->u.mount.detached,
		.old = old,
		.masks = old ? &masks_old : &masks_now,
	};

	if (!yr_enc_has(e, "mount")) {
		yr_enc_gap(e, YR_GAP_MOUNT, "mount", r);
		return;
	}
	note_detached(e, r);
	/* Quoted as well: upstream compares the text. */
	if (m.device && yr_str_is(m.device->text, "detached"))
		m.detached = true;
	if (!start(e, &m) || !(old ? read_conds_old(e, &m) : read_conds(e, &m)))
		return;
	for (size_t i = 0; i < m.must.n; i++)
		for (size_t k = 0; k < m.may.n; k++)
			any |= lay_choice(e, &(struct choice){ &m, m.must.at[i], m.may.at[k] });
	if (!any)
		yr_complain(e->diags, &r->loc, YR_ERROR, "conflict",
			    "no mount can match this rule: %s",
			    m.device ? "a remount or a change of propagation has a mount point but "
				       "no source"
				     : "a bind mount, a move or a change of propagation has no "
				       "type");
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
		      r, bits_of(e, UMOUNT));
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
	yr_enc_accept(e, at, r, bits_of(e, PIVOT_ROOT));
}
