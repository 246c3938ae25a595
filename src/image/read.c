/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Binary policy in, profiles out: the kernel's order of items (its policy_unpack.c), its rules
 * for what may be missing, and its checks, those of its paranoid_load option included.
 */
#include <errno.h>

#include "base/limits.h"
#include "image/pdb.h"

/*
 * Profiles of one image. The smallest takes 90 bytes in the stream and some 700 here; real sets
 * have a few hundred.
 */
#define PROFILES_MAX (1u << 16)

struct image {
	struct yr_image pub; /* first: what the caller holds */
	struct yr_arena arena;
	size_t cap;
};

struct reader {
	struct yr_stream s;
	struct image *image;
	struct yr_arena *arena;
	uint32_t version; /* of the last header; a profile without one goes by it */
};

static int no_memory(const struct reader *r)
{
	return yr_err_set(r->s.err, ENOMEM, "out of memory");
}

/* version = NAME "version" U32; namespace = NAME "namespace" STRING, both before the profile */
static int read_head(struct reader *r, bool first, struct yr_image_profile *p)
{
	if (!yr_stream_u32(&r->s, "version", &r->version) && first)
		return yr_stream_want(&r->s, "'version', a number");
	if ((r->version & YR_VERSION_ABI) < 5 || (r->version & YR_VERSION_ABI) > 9)
		return yr_stream_want(&r->s, "a version from 5 to 9 before this");
	p->version = r->version;
	if (yr_stream_text(&r->s, "namespace", r->arena, &p->ns) < 0)
		return -r->s.err->code;
	if (p->ns && !*p->ns)
		return yr_stream_want(&r->s, "a namespace that is not empty before this");
	if (!yr_stream_take(&r->s, YR_ITEM_STRUCT, "profile"))
		return yr_stream_want(&r->s, "'profile', a struct");
	if (yr_stream_text(&r->s, NULL, r->arena, &p->name) < 0)
		return -r->s.err->code;
	if (!p->name || !*p->name)
		return yr_stream_want(&r->s, "the profile's name");
	return 0;
}

static int read_attachment(struct reader *r, struct yr_image_profile *p)
{
	int e = yr_stream_text(&r->s, "rename", r->arena, &p->rename);

	if (!e)
		e = yr_stream_text(&r->s, "attach", r->arena, &p->attach);
	if (!e)
		e = yr_pdb_read(&r->s, YR_PDB_XMATCH, p->version, r->arena, &p->xmatch);
	if (e)
		return e;
	p->has_xmatch = p->xmatch.present;
	if (p->has_xmatch && !yr_stream_u32(&r->s, NULL, &p->xmatch_len))
		return yr_stream_want(&r->s, "the length of the shortest attachment");
	e = yr_stream_text(&r->s, "disconnected", r->arena, &p->disconnected);
	if (!e)
		e = yr_stream_text(&r->s, "disconnected_ipc", r->arena, &p->disconnected_ipc);
	return e;
}

static int read_flags(struct reader *r, struct yr_image_profile *p)
{
	struct yr_stream *s = &r->s;

	(void)yr_stream_u32(s, "kill", &p->kill_signal);
	(void)yr_stream_u32(s, "error", &p->error);
	if (!yr_stream_take(s, YR_ITEM_STRUCT, "flags"))
		return yr_stream_want(s, "'flags', a struct");
	if (!yr_stream_u32(s, NULL, &p->flags) || !yr_stream_u32(s, NULL, &p->mode) ||
	    !yr_stream_u32(s, NULL, &p->audit))
		return yr_stream_want(s, "flags, mode and audit");
	if (!(p->version & YR_VERSION_FORCE_COMPLAIN) && p->mode > YR_PM_PROMPT)
		return yr_stream_want(s, "a known mode before this");
	if (!yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of the flags");
	p->has_path_flags = yr_stream_u32(s, "path_flags", &p->path_flags);
	if (!p->has_path_flags)
		p->path_flags = YR_PATH_MEDIATE_DELETED;
	return 0;
}

/* Four words: allow, audit, quiet, and one that the kernel skips. */
static bool read_cap_words(struct yr_stream *s, uint32_t w[4])
{
	return yr_stream_u32(s, NULL, &w[0]) && yr_stream_u32(s, NULL, &w[1]) &&
	       yr_stream_u32(s, NULL, &w[2]) && yr_stream_u32(s, NULL, &w[3]);
}

static int read_caps(struct reader *r, struct yr_image_profile *p)
{
	struct yr_stream *s = &r->s;
	uint32_t low[4], high[4] = { 0 }, extended[2] = { 0 };

	if (!read_cap_words(s, low))
		return yr_stream_want(s, "capabilities");
	if (yr_stream_take(s, YR_ITEM_STRUCT, "caps64") &&
	    !(read_cap_words(s, high) && yr_stream_take(s, YR_ITEM_STRUCTEND, NULL)))
		return yr_stream_want(s, "the upper half of capabilities");
	if (yr_stream_take(s, YR_ITEM_STRUCT, "capsx") &&
	    !(yr_stream_u32(s, NULL, &extended[0]) && yr_stream_u32(s, NULL, &extended[1]) &&
	      yr_stream_take(s, YR_ITEM_STRUCTEND, NULL)))
		return yr_stream_want(s, "extended capabilities");
	p->caps_allow = (uint64_t)high[0] << 32 | low[0];
	p->caps_audit = (uint64_t)high[1] << 32 | low[1];
	p->caps_quiet = (uint64_t)high[2] << 32 | low[2];
	p->caps_extended = (uint64_t)extended[1] << 32 | extended[0];
	return 0;
}

/* ARRAY of STRING, its head taken */
static int read_texts(struct reader *r, uint16_t n, char ***ret_texts, uint32_t *ret_n)
{
	enum { STRING_BYTES = 4 };

	if (yr_stream_left(&r->s) / STRING_BYTES < n)
		return yr_stream_want(&r->s, "as many texts as announced");
	*ret_texts = yr_arena_array(r->arena, n, sizeof(**ret_texts));
	if (!*ret_texts)
		return no_memory(r);
	for (; *ret_n < n; (*ret_n)++) {
		char **text = &(*ret_texts)[*ret_n];
		int e = yr_stream_text(&r->s, NULL, r->arena, text);

		if (e)
			return e;
		if (!*text)
			return yr_stream_want(&r->s, "a text");
	}
	return yr_stream_take(&r->s, YR_ITEM_ARRAYEND, NULL)
		       ? 0
		       : yr_stream_want(&r->s, "the end of the texts");
}

static int read_names(struct reader *r, struct yr_image_profile *p)
{
	struct yr_stream *s = &r->s;
	uint16_t n;
	int e;

	if (yr_stream_array(s, "identity", &n)) {
		e = read_texts(r, n, &p->identities, &p->n_identities);
		if (e)
			return e;
	}
	if (yr_stream_take(s, YR_ITEM_STRUCT, "xattrs")) {
		if (!yr_stream_array(s, NULL, &n))
			return yr_stream_want(s, "the array of xattr names");
		e = read_texts(r, n, &p->xattrs, &p->n_xattrs);
		if (e)
			return e;
		if (!yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
			return yr_stream_want(s, "the end of the xattr names");
	}
	return 0;
}

static int read_rlimits(struct reader *r, struct yr_image_profile *p)
{
	struct yr_rlimits *l = &p->rlimits;
	struct yr_stream *s = &r->s;
	uint16_t n;

	if (!yr_stream_take(s, YR_ITEM_STRUCT, "rlimits"))
		return 0;
	if (!yr_stream_u32(s, NULL, &l->mask))
		return yr_stream_want(s, "the mask of resource limits");
	if (!yr_stream_array(s, NULL, &n))
		return yr_stream_want(s, "the array of resource limits");
	if (n > ARRAY_LEN(l->value))
		return yr_stream_want(s, "at most 16 resource limits");
	for (unsigned i = 0; i < n; i++)
		if (!yr_stream_u64(s, NULL, &l->value[i]))
			return yr_stream_want(s, "a resource limit");
	if (!yr_stream_take(s, YR_ITEM_ARRAYEND, NULL) ||
	    !yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of the resource limits");
	return 0;
}

static int read_secmarks(struct reader *r, struct yr_image_profile *p)
{
	enum { ENTRY_BYTES = 2 + 2 + 4 };
	struct yr_stream *s = &r->s;
	uint16_t n;

	if (!yr_stream_take(s, YR_ITEM_STRUCT, "secmark"))
		return 0;
	if (!yr_stream_array(s, NULL, &n))
		return yr_stream_want(s, "the array of security marks");
	if (yr_stream_left(s) / ENTRY_BYTES < n)
		return yr_stream_want(s, "as many security marks as announced");
	p->secmarks = yr_arena_array(r->arena, n, sizeof(*p->secmarks));
	if (!p->secmarks)
		return no_memory(r);
	for (; p->n_secmarks < n; p->n_secmarks++) {
		struct yr_image_secmark *m = &p->secmarks[p->n_secmarks];

		if (!yr_stream_u8(s, NULL, &m->audit) || !yr_stream_u8(s, NULL, &m->deny))
			return yr_stream_want(s, "the two bytes of a security mark");
		if (yr_stream_text(s, NULL, r->arena, &m->label) < 0)
			return -s->err->code;
		if (!m->label)
			return yr_stream_want(s, "the label of a security mark");
	}
	if (!yr_stream_take(s, YR_ITEM_ARRAYEND, NULL) ||
	    !yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of the security marks");
	return 0;
}

/* Of Ubuntu's kernels before 4.17 and of what is compiled for them. */
static int read_net_allowed(struct reader *r, struct yr_image_profile *p)
{
	enum { ENTRY_BYTES = 3 * 3 };
	struct yr_stream *s = &r->s;
	uint16_t n;

	if (!yr_stream_array(s, "net_allowed_af", &n))
		return 0;
	if (yr_stream_left(s) / ENTRY_BYTES < n)
		return yr_stream_want(s, "as many address families as announced");
	p->net_allowed = yr_arena_array(r->arena, n, sizeof(*p->net_allowed));
	if (!p->net_allowed)
		return no_memory(r);
	for (; p->n_net_allowed < n; p->n_net_allowed++)
		for (unsigned i = 0; i < 3; i++)
			if (!yr_stream_u16(s, NULL, &p->net_allowed[p->n_net_allowed][i]))
				return yr_stream_want(s, "the types of an address family");
	if (!yr_stream_take(s, YR_ITEM_ARRAYEND, NULL))
		return yr_stream_want(s, "the end of the address families");
	return 0;
}

static int read_rules(struct reader *r, struct yr_image_profile *p)
{
	struct yr_stream *s = &r->s;
	int e;

	if (yr_stream_take(s, YR_ITEM_STRUCT, "policydb")) {
		e = yr_pdb_read(s, YR_PDB_POLICYDB, p->version, r->arena, &p->policydb);
		if (e)
			return e;
		if (!yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
			return yr_stream_want(s, "the end of 'policydb'");
	}
	return yr_pdb_read(s, YR_PDB_FILE, p->version, r->arena, &p->file);
}

/* Pairs of a key and bytes for who asks the kernel for them; it does not look inside. */
static int read_data(struct reader *r, struct yr_image_profile *p)
{
	struct yr_stream *s = &r->s;
	struct yr_stream look;
	struct yr_str bytes;
	char *key;
	uint32_t n = 0;

	if (!yr_stream_take(s, YR_ITEM_STRUCT, "data"))
		return 0;
	for (look = *s; yr_stream_string(&look, NULL, &bytes); n++)
		(void)yr_stream_blob(&look, NULL, &bytes);
	p->data = yr_arena_array(r->arena, n, sizeof(*p->data));
	if (!p->data)
		return no_memory(r);
	for (; p->n_data < n; p->n_data++) {
		struct yr_image_data *d = &p->data[p->n_data];

		if (yr_stream_text(s, NULL, r->arena, &key) < 0)
			return -s->err->code;
		d->key = key;
		if (!yr_stream_blob(s, NULL, &bytes))
			continue;
		d->at = (unsigned char *)yr_arena_strndup(r->arena, bytes.at, bytes.len);
		d->len = (uint32_t)bytes.len;
		if (!d->at)
			return no_memory(r);
	}
	if (!yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of 'data'");
	return 0;
}

static int read_end(struct reader *r, struct yr_image_profile *p)
{
	(void)p;
	if (!yr_stream_take(&r->s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(&r->s, "the end of the profile");
	return 0;
}

/* In the order of the stream. */
static int (*const sections[])(struct reader *, struct yr_image_profile *) = {
	read_attachment, read_flags,       read_caps,  read_names, read_rlimits,
	read_secmarks,   read_net_allowed, read_rules, read_data,  read_end,
};

static int read_profile(struct reader *r, bool first, struct yr_image_profile *p)
{
	int e = read_head(r, first, p);

	for (size_t i = 0; !e && i < ARRAY_LEN(sections); i++)
		e = sections[i](r, p);
	return e;
}

/* A zeroed profile that yr_image_free() already knows. */
static struct yr_image_profile *next_profile(struct image *i)
{
	if (i->pub.n == i->cap) {
		size_t cap = i->cap ? i->cap * 2 : 4;
		struct yr_image_profile *p = realloc(i->pub.profiles, cap * sizeof(*p));

		if (!p)
			return NULL;
		i->pub.profiles = p;
		i->cap = cap;
	}
	i->pub.profiles[i->pub.n] = (struct yr_image_profile){ 0 };
	return &i->pub.profiles[i->pub.n++];
}

int yr_image_read(const void *data, size_t len, struct yr_image **ret_image, struct yr_err *err)
{
	struct yr_err own = { 0 }; /* so that there is always one to look at */
	struct image *image;
	struct reader r = { .s = { data, data, (const unsigned char *)data + len, &own } };
	int e = 0;

	if (len > YR_LIMIT_IMAGE_BYTES)
		return yr_err_set(err, EINVAL, "an image of %zu bytes: more than %u", len,
				  YR_LIMIT_IMAGE_BYTES);
	if (!len)
		return yr_err_set(err, EINVAL, "offset 0: wanted 'version', the image is empty");
	image = calloc(1, sizeof(*image));
	if (!image)
		return yr_err_set(err, ENOMEM, "out of memory");
	r.image = image;
	r.arena = &image->arena;
	while (!e && r.s.at < r.s.end) {
		struct yr_image_profile *p;

		if (image->pub.n == PROFILES_MAX) {
			e = yr_stream_want(&r.s, "an end after 65536 profiles");
			break;
		}
		p = next_profile(image);
		e = p ? read_profile(&r, r.s.at == r.s.start, p) : no_memory(&r);
		if (e && p && p->name)
			yr_err_wrap(&own, "profile '%.100s'", p->name);
	}
	if (e) {
		yr_image_free(&image->pub);
		return yr_err_set(err, own.code, "%s", own.msg);
	}
	*ret_image = &image->pub;
	return 0;
}

struct yr_image *yr_image_free(struct yr_image *i)
{
	struct image *image = (struct image *)i;

	if (!i)
		return NULL;
	for (size_t k = 0; k < i->n; k++) {
		yr_tables_free(i->profiles[k].xmatch.tables);
		yr_tables_free(i->profiles[k].policydb.tables);
		yr_tables_free(i->profiles[k].file.tables);
	}
	free(i->profiles);
	yr_arena_done(&image->arena);
	free(image);
	return NULL;
}
