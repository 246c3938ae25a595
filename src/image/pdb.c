/* SPDX-License-Identifier: Apache-2.0 */
#include "image/pdb.h"

#include <ctype.h>
#include <errno.h>

static bool read_entry(struct yr_stream *s, struct yr_kperms *p)
{
	uint32_t reserved;

	return yr_stream_u32(s, NULL, &reserved) && yr_stream_u32(s, NULL, &p->allow) &&
	       yr_stream_u32(s, NULL, &p->deny) && yr_stream_u32(s, NULL, &p->subtree) &&
	       yr_stream_u32(s, NULL, &p->cond) && yr_stream_u32(s, NULL, &p->kill) &&
	       yr_stream_u32(s, NULL, &p->complain) && yr_stream_u32(s, NULL, &p->prompt) &&
	       yr_stream_u32(s, NULL, &p->audit) && yr_stream_u32(s, NULL, &p->quiet) &&
	       yr_stream_u32(s, NULL, &p->hide) && yr_stream_u32(s, NULL, &p->xindex) &&
	       yr_stream_u32(s, NULL, &p->tag) && yr_stream_u32(s, NULL, &p->label);
}

/* "perms" struct, when there is one */
static int read_perms(struct yr_stream *s, struct yr_arena *arena, struct yr_image_pdb *pdb,
		      bool *ret_there)
{
	enum { ENTRY_BYTES = 14 * 5 };
	uint32_t version;
	uint16_t n;

	*ret_there = yr_stream_take(s, YR_ITEM_STRUCT, "perms");
	if (!*ret_there)
		return 0;
	if (!yr_stream_u32(s, "version", &version))
		return yr_stream_want(s, "the permission table's 'version'");
	if (version != 1)
		return yr_stream_want(s, "a permission table of version 1 before this");
	if (!yr_stream_array(s, NULL, &n))
		return yr_stream_want(s, "the array of permissions");
	if (yr_stream_left(s) / ENTRY_BYTES < n)
		return yr_stream_want(s, "as many permissions as announced");
	pdb->perms = yr_arena_array(arena, n, sizeof(*pdb->perms));
	if (!pdb->perms)
		return yr_err_set(s->err, ENOMEM, "out of memory");
	for (; pdb->n_perms < n; pdb->n_perms++) {
		if (!read_entry(s, &pdb->perms[pdb->n_perms]))
			return yr_stream_want(s, "fourteen numbers of permissions");
		if (!yr_kperms_sound(&pdb->perms[pdb->n_perms]))
			return yr_stream_want(s,
					      "permissions that agree with each other before this");
	}
	if (!yr_stream_take(s, YR_ITEM_ARRAYEND, NULL) ||
	    !yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of the permission table");
	return 0;
}

/*
 * Accept values are indices of @pdb->perms. Files have two entries a state, the owner's first:
 * always before version 3, where ACCEPT2 says so since.
 */
static int index_perms(struct yr_stream *s, enum yr_pdb_kind kind, const uint32_t *accept2,
		       struct yr_arena *arena, struct yr_image_pdb *pdb)
{
	const struct yr_tables *t = pdb->tables;

	pdb->owner = yr_arena_array(arena, t->states, sizeof(*pdb->owner));
	pdb->other = yr_arena_array(arena, t->states, sizeof(*pdb->other));
	if (!pdb->owner || !pdb->other)
		return yr_err_set(s->err, ENOMEM, "out of memory");
	for (uint32_t i = 0; i < t->states; i++) {
		bool pair = accept2 ? accept2[i] & YR_ACCEPT2_OWNER : kind == YR_PDB_FILE;

		if (t->accept[i] >= pdb->n_perms || pdb->n_perms - t->accept[i] <= pair)
			return yr_stream_want(s, "accept values inside of the permission table "
						 "before this");
		pdb->owner[i] = t->accept[i];
		pdb->other[i] = t->accept[i] + pair;
	}
	return 0;
}

/* A name, or ":ns" NUL "name", whose NUL stands for the colon that came apart from it. */
static bool fix_target(char *text, size_t len)
{
	char *nul = memchr(text, '\0', len);

	if (isspace((unsigned char)*text))
		return false;
	if (*text == ':' && len < 2)
		return false;
	if (!nul)
		return true;
	if (*text != ':' || nul == text + 1 || memchr(nul + 1, '\0', len - (nul + 1 - text)))
		return false;
	*nul = ':';
	return true;
}

/* "xtable" struct, when there is one */
static int read_targets(struct yr_stream *s, struct yr_arena *arena, struct yr_image_pdb *pdb)
{
	enum { STRING_BYTES = 4 };
	uint16_t n;

	if (!yr_stream_take(s, YR_ITEM_STRUCT, "xtable"))
		return 0;
	if (!yr_stream_array(s, NULL, &n))
		return yr_stream_want(s, "the array of transition names");
	if (yr_stream_left(s) / STRING_BYTES < n)
		return yr_stream_want(s, "as many transition names as announced");
	pdb->targets = yr_arena_array(arena, n, sizeof(*pdb->targets));
	if (!pdb->targets)
		return yr_err_set(s->err, ENOMEM, "out of memory");
	for (; pdb->n_targets < n; pdb->n_targets++) {
		struct yr_str t;
		char *copy;

		if (!yr_stream_string(s, NULL, &t))
			return yr_stream_want(s, "a transition name");
		copy = yr_arena_strndup(arena, t.at, t.len);
		if (!copy)
			return yr_err_set(s->err, ENOMEM, "out of memory");
		if (!fix_target(copy, t.len))
			return yr_stream_want(s, "a well-formed transition name before this");
		pdb->targets[pdb->n_targets] = copy;
	}
	if (!yr_stream_take(s, YR_ITEM_ARRAYEND, NULL) ||
	    !yr_stream_take(s, YR_ITEM_STRUCTEND, NULL))
		return yr_stream_want(s, "the end of the transition names");
	return 0;
}

static int check_targets(const struct yr_stream *s, const struct yr_image_pdb *pdb)
{
	for (uint32_t i = 0; i < pdb->n_perms; i++) {
		uint32_t x = pdb->perms[i].xindex;

		if ((x & YR_XI_TYPE) == YR_XI_TABLE && (x & YR_XI_INDEX) >= pdb->n_targets)
			return yr_stream_want(s, "transition names for all that are used before "
						 "this");
	}
	return 0;
}

static int read_start(struct yr_stream *s, enum yr_pdb_kind kind, struct yr_image_pdb *pdb)
{
	uint32_t start = 1, file_start = 1;

	(void)yr_stream_u32(s, "start", &start);
	(void)yr_stream_u32(s, "dfa_start", &file_start);
	if (start >= pdb->tables->states || file_start >= pdb->tables->states)
		return yr_stream_want(s, "a start state that exists before this");
	/* Two names for one thing; the kernel starts an attachment at 1 whatever they say. */
	if (kind == YR_PDB_XMATCH)
		pdb->start = 1;
	else
		pdb->start = kind == YR_PDB_FILE ? file_start : start;
	return 0;
}

int yr_pdb_read(struct yr_stream *s, enum yr_pdb_kind kind, uint32_t version,
		struct yr_arena *arena, struct yr_image_pdb *pdb)
{
	AUTO_FREE uint32_t *accept2 = NULL;
	uint32_t table_version = 0;
	struct yr_str bytes;
	bool table;
	int r;

	if (yr_stream_take(s, YR_ITEM_STRUCT, "tags") && !yr_stream_skip_struct(s))
		return yr_stream_want(s, "the end of the tags");
	r = read_perms(s, arena, pdb, &table);
	if (r)
		return r;
	if (table)
		(void)yr_stream_u32(s, "permsv", &table_version);
	if (!yr_stream_blob(s, "aadfa", &bytes)) {
		if (table || kind == YR_PDB_POLICYDB)
			return yr_stream_want(s, "an automaton, 'aadfa'");
		/* Old compilers left the names of an automaton that has gone; not ours to use. */
		return kind == YR_PDB_FILE ? read_targets(s, arena, &(struct yr_image_pdb){ 0 })
					   : 0;
	}
	r = yr_dfa_read(s, bytes, !table || table_version > 2, &pdb->tables, &accept2);
	if (!r)
		r = read_start(s, kind, pdb);
	if (r)
		return r;
	if (table)
		r = index_perms(s, kind, accept2, arena, pdb);
	else if (yr_kperms_expand(pdb, kind, version, accept2, arena) < 0)
		r = yr_err_set(s->err, ENOMEM, "out of memory");
	if (!r)
		r = read_targets(s, arena, pdb);
	if (!r)
		r = check_targets(s, pdb);
	pdb->present = !r;
	return r;
}

int yr_stream_text(struct yr_stream *s, const char *name, struct yr_arena *arena, char **ret_text)
{
	struct yr_str t;

	if (!yr_stream_string(s, name, &t))
		return 0;
	/* The kernel would stop at the first NUL and we would not: refuse what differs. */
	if (memchr(t.at, '\0', t.len))
		return yr_stream_want(s, "a text without NUL inside before this");
	*ret_text = yr_arena_strndup(arena, t.at, t.len);
	return *ret_text ? 0 : yr_err_set(s->err, ENOMEM, "out of memory");
}
