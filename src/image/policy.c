/* SPDX-License-Identifier: Apache-2.0 */
/* An image as compiled policy: what the writer and perms.c do, turned round. */
#include <errno.h>

#include "image/form.h"

struct back {
	struct yr_arena *arena;
	struct yr_err *err;
};

static int no_memory(const struct back *b)
{
	return yr_err_set(b->err, ENOMEM, "out of memory");
}

/* Absent stays absent. */
static int copy(const struct back *b, const char *from, const char **ret)
{
	*ret = from ? yr_arena_strndup(b->arena, from, strlen(from)) : NULL;
	return from && !*ret ? no_memory(b) : 0;
}

static int copy_all(const struct back *b, char *const *from, size_t n, const char ***ret,
		    size_t *ret_n)
{
	int r = 0;

	*ret_n = n;
	*ret = n ? yr_arena_array(b->arena, n, sizeof(**ret)) : NULL;
	if (n && !*ret)
		return no_memory(b);
	for (size_t i = 0; i < n && !r; i++)
		r = copy(b, from[i], &(*ret)[i]);
	return r;
}

/* What yr_kperms_map_file() made of them; who may anything of a letter may all of it. */
static uint32_t letters(uint32_t k)
{
	static const struct {
		uint32_t kernel, letter;
	} map[] = {
		{ YR_KP_EXEC, YR_MAY_EXEC },
		{ YR_KP_WRITE, YR_MAY_WRITE },
		{ YR_KP_READ, YR_MAY_READ },
		{ YR_KP_APPEND, YR_MAY_APPEND },
		{ YR_KP_LINK, YR_MAY_LINK },
		{ YR_KP_LOCK, YR_MAY_LOCK },
		{ YR_KP_MMAP, YR_MAY_MMAP },
		{ YR_KP_ONEXEC, YR_MAY_ONEXEC },
		{ YR_KP_CHANGE_PROFILE, (uint32_t)YR_MAY_CHANGE_PROFILE },
	};
	uint32_t p = 0;

	for (size_t i = 0; i < ARRAY_LEN(map); i++)
		if (k & map[i].kernel)
			p |= map[i].letter;
	return p;
}

static uint32_t exec_of(uint32_t x)
{
	uint32_t modifier = YR_XEC_NONE, bits = 0;

	if ((x & YR_XI_TYPE) == YR_XI_TABLE)
		modifier = YR_XEC_TARGET + (x & YR_XI_INDEX);
	else if ((x & YR_XI_TYPE) == YR_XI_NAME)
		modifier = x & YR_XI_CHILD ? YR_XEC_CHILD : YR_XEC_PROFILE;
	else if (x & YR_XI_UNCONFINED)
		modifier = YR_XEC_UNCONFINED;
	if (x & YR_XI_UNCONFINED && modifier != YR_XEC_UNCONFINED)
		bits |= YR_XEC_PUX;
	if (x & YR_XI_UNSAFE)
		bits |= YR_XEC_UNSAFE;
	if (x & YR_XI_INHERIT)
		bits |= YR_XEC_INHERIT;
	return bits | modifier << YR_XEC_SHIFT;
}

static struct yr_perms file_half(const struct yr_kperms *k)
{
	struct yr_perms p = {
		.allow = letters(k->allow & ~k->deny),
		.audit = letters(k->audit),
		.quiet = letters(k->quiet),
		.prompt = letters(k->prompt),
	};

	if (p.allow & YR_MAY_EXEC)
		p.exec = exec_of(k->xindex);
	return p;
}

/* Every entry has lock, which no rule can name. */
static struct yr_perms policydb_perms(const struct yr_kperms *k)
{
	return (struct yr_perms){
		.allow = k->allow & ~k->deny & ~YR_KP_LOCK,
		.audit = k->audit,
		.quiet = k->quiet,
		.prompt = k->prompt,
	};
}

/* A state and its pair of entries, for sorting. */
struct keyed {
	uint64_t key;
	uint32_t state;
};

static int by_key(const void *left, const void *right)
{
	const struct keyed *a = left, *b = right;

	if (a->key != b->key)
		return a->key < b->key ? -1 : 1;
	return (a->state > b->state) - (a->state < b->state);
}

static struct yr_state_perms perms_of(const struct yr_image_pdb *from, enum yr_pdb_kind kind,
				      uint64_t key)
{
	const struct yr_kperms *owner = &from->perms[key >> 32],
			       *other = &from->perms[(uint32_t)key];
	struct yr_state_perms p;

	if (kind == YR_PDB_FILE)
		return (struct yr_state_perms){ file_half(owner), file_half(other) };
	p.owner = p.other = policydb_perms(other);
	return p;
}

/* Accept values that number the different permissions, 0 for none. */
static int number_perms(const struct back *b, const struct yr_image_pdb *from,
			enum yr_pdb_kind kind, struct yr_pdb *to)
{
	static const struct yr_state_perms none;
	AUTO_FREE struct keyed *k = calloc(to->dfa->states, sizeof(*k));
	uint32_t distinct = 0, at = 0;

	if (!k)
		return no_memory(b);
	for (uint32_t s = 0; s < to->dfa->states; s++)
		k[s] = (struct keyed){ (uint64_t)from->owner[s] << 32 | from->other[s], s };
	qsort(k, to->dfa->states, sizeof(*k), by_key);
	for (uint32_t i = 0; i < to->dfa->states; i++)
		distinct += !i || k[i].key != k[i - 1].key;
	to->perms = yr_arena_array(b->arena, distinct + (size_t)1, sizeof(*to->perms));
	if (!to->perms)
		return no_memory(b);
	to->n_perms = 1;
	for (uint32_t i = 0; i < to->dfa->states; i++) {
		if (!i || k[i].key != k[i - 1].key) {
			struct yr_state_perms p = perms_of(from, kind, k[i].key);

			at = memcmp(&p, &none, sizeof(p)) ? to->n_perms++ : 0;
			if (at)
				to->perms[at] = p;
		}
		to->dfa->accept[k[i].state] = at;
	}
	return 0;
}

static int pdb_from(const struct back *b, const struct yr_image_pdb *from, enum yr_pdb_kind kind,
		    struct yr_pdb *to)
{
	int r;

	if (!from->present)
		return 0;
	r = yr_tables_unpack(from->tables, &to->dfa, b->err);
	if (!r)
		r = number_perms(b, from, kind, to);
	return r ? r : yr_dfa_start_at(to->dfa, from->start, b->err);
}

/* Any permission to execute is a match. */
static int xmatch_from(const struct back *b, const struct yr_image_pdb *from, struct yr_dfa **ret)
{
	int r = yr_tables_unpack(from->tables, ret, b->err);

	if (r)
		return r;
	for (uint32_t s = 0; s < (*ret)->states; s++)
		(*ret)->accept[s] = from->perms[from->owner[s]].allow & YR_KP_EXEC ? 1 : 0;
	return yr_dfa_start_at(*ret, from->start, b->err);
}

static int flags_from(const struct back *b, const struct yr_image_profile *from,
		      struct yr_compiled *to)
{
	static const enum yr_mode mode[] = {
		[YR_PM_ENFORCE] = YR_MODE_ENFORCE, [YR_PM_COMPLAIN] = YR_MODE_COMPLAIN,
		[YR_PM_KILL] = YR_MODE_KILL,       [YR_PM_UNCONFINED] = YR_MODE_UNCONFINED,
		[YR_PM_PROMPT] = YR_MODE_PROMPT,
	};
	struct yr_flags *f = yr_arena_new(b->arena, struct yr_flags);

	if (!f)
		return no_memory(b);
	if (from->version & YR_VERSION_FORCE_COMPLAIN)
		f->mode = YR_MODE_COMPLAIN;
	else
		f->mode = mode[from->mode];
	f->audit = from->audit;
	f->debug = from->flags & YR_PF_DEBUG;
	f->path_word = from->has_path_flags;
	f->attach_disconnected = from->path_flags & YR_PATH_ATTACH_DISCONNECTED;
	f->attach_disconnected_ipc = from->path_flags & YR_PATH_ATTACH_DISCONNECTED_IPC;
	f->chroot_relative = from->path_flags & YR_PATH_CHROOT_RELATIVE;
	f->chroot_attach = from->path_flags & YR_PATH_CHROOT_ATTACH;
	f->mediate_deleted = from->has_path_flags && from->path_flags & YR_PATH_MEDIATE_DELETED;
	f->kill_signal = (int)from->kill_signal;
	f->error = (int)from->error;
	to->flags = f;
	to->hat = from->flags & YR_PF_HAT;
	return 0;
}

/* Of Ubuntu's old kernels. An image does not tell a type that was denied from one not allowed. */
static int net_from(const struct back *b, const struct yr_image_profile *from,
		    struct yr_compiled *to)
{
	if (!from->net_allowed)
		return 0;
	to->net = yr_arena_new(b->arena, struct yr_net_types);
	if (!to->net)
		return no_memory(b);
	for (uint32_t i = 0; i < from->n_net_allowed && i < YR_FAMILIES; i++) {
		const uint16_t *w = from->net_allowed[i];

		to->net->family[i].allow = w[0];
		to->net->family[i].audit = w[1];
		to->net->family[i].quiet = to->net->family[i].deny = w[2];
	}
	return 0;
}

static int profile_from(const struct back *b, const struct yr_image_profile *from,
			struct yr_compiled *to)
{
	int r = copy(b, from->ns, &to->ns);

	if (!r)
		r = copy(b, from->name, &to->name);
	if (!r)
		r = copy(b, from->disconnected, &to->disconnected_path);
	if (!r)
		r = copy(b, from->disconnected_ipc, &to->disconnected_ipc_path);
	if (!r)
		r = copy_all(b, from->identities, from->n_identities, &to->identities,
			     &to->n_identities);
	if (!r)
		r = copy_all(b, from->xattrs, from->n_xattrs, &to->xattrs, &to->n_xattrs);
	if (!r)
		r = copy_all(b, from->file.targets, from->file.n_targets, &to->targets,
			     &to->n_targets);
	if (!r)
		r = flags_from(b, from, to);
	if (!r)
		r = net_from(b, from, to);
	if (!r && from->has_xmatch)
		r = xmatch_from(b, &from->xmatch, &to->xmatch);
	if (!r)
		r = pdb_from(b, &from->policydb, YR_PDB_POLICYDB, &to->policydb);
	if (!r)
		r = pdb_from(b, &from->file, YR_PDB_FILE, &to->file);
	to->xmatch_len = from->xmatch_len;
	to->caps_allow = from->caps_allow;
	to->caps_audit = from->caps_audit;
	to->caps_quiet = to->caps_deny = from->caps_quiet;
	to->rlimits = from->rlimits;
	return r;
}

int yr_policy_from_image(const struct yr_image *image, struct yr_policy **ret_policy,
			 struct yr_err *err)
{
	struct yr_policy *policy = calloc(1, sizeof(*policy));
	struct back b = { .err = err };
	int r = 0;

	if (!policy)
		return yr_err_set(err, ENOMEM, "out of memory");
	b.arena = &policy->arena;
	policy->profiles = calloc(image->n + 1, sizeof(*policy->profiles));
	if (!policy->profiles)
		r = no_memory(&b);
	for (; policy->n < image->n && !r; policy->n++)
		r = profile_from(&b, &image->profiles[policy->n], &policy->profiles[policy->n]);
	if (r) {
		if (err && policy->n)
			yr_err_wrap(err, "profile '%.100s'", image->profiles[policy->n - 1].name);
		yr_policy_free(policy);
		return r;
	}
	*ret_policy = policy;
	return 0;
}
