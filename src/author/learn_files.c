/* SPDX-License-Identifier: Apache-2.0 */
/* Files to rules: the patterns that learn_group.c found, and what is left as it was seen. */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_marks.h"
#include "author/making.h"
#include "base/limits.h"

static int by_key(const void *a, const void *b)
{
	const struct yr_learn_file *x = *(struct yr_learn_file *const *)a;
	const struct yr_learn_file *y = *(struct yr_learn_file *const *)b;
	int c = strcmp(x->key, y->key);

	return c ? c : x < y ? -1 : x > y;
}

static int by_mark(const void *a, const void *b)
{
	const struct yr_mark *x = a, *y = b;
	int c = strcmp(x->text, y->text);

	return c ? c : x->who - y->who;
}

/* How it goes on; a child is named unless it is called as the program. */
static void put_exec(const struct yr_learned_profile *p, struct yr_buf *b,
		     const struct yr_learn_file *f)
{
	static const char *const letters[][2] = {
		[YR_LEARN_INHERIT] = { "ix", "ix" },    [YR_LEARN_CHILD] = { "cx", "cix" },
		[YR_LEARN_SEPARATE] = { "px", "pix" },  [YR_LEARN_NAMED] = { "px", "pix" },
		[YR_LEARN_UNCONFINED] = { "Ux", "Ux" }, [YR_LEARN_DENIED] = { "x", "x" },
	};
	size_t parent = f->target.len ? yr_learn_parent(f->target) : 0;
	struct yr_str of = { f->target.at, parent };
	/* "web//&other" is both of them, and no child. */
	bool stack = parent && parent + 2 < f->target.len && f->target.at[parent + 2] == '&';
	bool child = f->how == YR_LEARN_NAMED && parent && !stack && yr_str_is(of, p->name);

	/* The same, but that its environment is no one's to choose. */
	if (f->how == YR_LEARN_NAMED && yr_str_is(f->target, "unconfined")) {
		yr_buf_puts(b, "Ux");
		return;
	}
	yr_buf_puts(b, letters[child ? YR_LEARN_CHILD : f->how][f->fallback]);
	if (f->how != YR_LEARN_NAMED && f->how != YR_LEARN_SEPARATE)
		return;
	yr_buf_puts(b, " -> ");
	yr_put_word(b,
		    child ? (struct yr_str){ f->target.at + parent + 2, f->target.len - parent - 2 }
			  : f->target);
}

static const char *sentence(struct yr_learn *l, const struct yr_learned_profile *p, int who,
			    const char *text, bool quotes, uint32_t perms,
			    const struct yr_learn_file *exec, struct yr_learned_rule *r)
{
	AUTO_BUF struct yr_buf b = { 0 };
	size_t at;

	yr_buf_puts(&b, who == YR_LEARN_OWNER ? "owner " : "");
	yr_buf_printf(&b, quotes ? "\"%s\" " : "%s ", text);
	at = b.len;
	yr_put_letters(&b, perms);
	if (exec)
		put_exec(p, &b, exec);
	yr_buf_putc(&b, ',');
	if (b.failed)
		return NULL;
	r->folder = yr_arena_printf(&l->arena, "%s", text);
	r->letters = yr_arena_strndup(&l->arena, b.data + at, b.len - at);
	return r->folder && r->letters ? yr_policy_text(&l->arena, &b) : NULL;
}

static const char *access_of(struct yr_learn *l, const struct yr_learn_file *f)
{
	AUTO_BUF struct yr_buf b = { 0 };

	yr_put_word(&b, f->path);
	return b.failed ? NULL : yr_policy_text(&l->arena, &b);
}

static const char by_type[] =
	"the number is the process's own, which is another one each time: taken by what it is";

/* Equal patterns together, with all their permissions. */
static void pattern_rules(struct yr_marking *m)
{
	if (m->n)
		qsort(m->marks, m->n, sizeof(*m->marks), by_mark);
	for (size_t i = 0, from = 0; i < m->n && !m->failed; from = i) {
		struct yr_learned_rule *r = yr_learn_rule(m->l, m->p);
		uint32_t perms = 0;
		bool own = false;

		m->failed |= !r;
		for (; r && i < m->n && !by_mark(&m->marks[from], &m->marks[i]); i++) {
			const struct yr_mark *k = &m->marks[i];

			perms |= 1u << k->bit;
			own |= k->own;
			for (size_t f = 0; f < k->n_files; f++)
				k->files[f]->rule[k->who][k->bit] = r;
		}
		if (!r)
			break;
		if (perms & YR_MAY_WRITE)
			perms &= ~(uint32_t)YR_MAY_APPEND;
		*r = (struct yr_learned_rule){ .kind = YR_LEARN_FILE,
					       .doubts = YR_LEARN_DOUBT_BROAD,
					       .reason = own ? by_type
							     : "a part of the path varied" };
		r->text = sentence(m->l, m->p, m->marks[from].who, m->marks[from].text,
				   m->marks[from].quotes, perms, NULL, r);
		r->example = access_of(m->l, m->marks[from].files[0]);
		m->failed |= !r->text || !r->example;
	}
}

/* Somebody said that it must not: yr_learn_make() makes the rule one that denies. */
static void deny_exec(struct yr_marking *m, struct yr_learn_file *f)
{
	struct yr_learned_rule *r = yr_learn_rule(m->l, m->p);
	AUTO_BUF struct yr_buf b = { 0 };

	yr_put_escaped(&b, f->path);
	m->failed |= !r || b.failed;
	if (m->failed)
		return;
	*r = (struct yr_learned_rule){ .kind = YR_LEARN_FILE, .doubts = YR_LEARN_DOUBT_EXEC };
	r->text = sentence(m->l, m->p, YR_LEARN_ANYBODY, b.data, yr_word_needs_quotes(f->path), 0,
			   f, r);
	r->example = access_of(m->l, f);
	m->failed |= !r->text || !r->example;
	f->rule[YR_LEARN_ANYBODY][0] = r;
}

/* What no pattern took, as it was seen. */
static void literal_rule(struct yr_marking *m, struct yr_learn_file *f, int who)
{
	uint32_t perms = f->perms[who] & ~f->had[who];
	bool exec = who == YR_LEARN_ANYBODY && f->exec && !(f->had[who] & YR_MAY_EXEC);
	uint32_t extra = 0;
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_learned_rule *r;
	const char *why = yr_sensitive(f->path);

	if (exec && f->how == YR_LEARN_NAMED && yr_str_is(f->target, "unconfined"))
		why = "it goes on under no profile";
	for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++)
		if (f->rule[who][bit])
			perms &= ~(1u << bit);
	if (!perms && !exec)
		return;
	if (exec && f->how == YR_LEARN_DENIED) {
		deny_exec(m, f);
		exec = false;
	}
	if (m->failed || (!perms && !exec))
		return;
	/* A script is read by its interpreter, which only then is logged: one round less. */
	if (exec && f->how == YR_LEARN_INHERIT)
		extra = YR_MAY_READ | YR_MAY_MMAP;
	r = yr_learn_rule(m->l, m->p);
	yr_put_escaped(&b, f->path);
	m->failed |= !r || b.failed;
	if (m->failed)
		return;
	*r = (struct yr_learned_rule){ .kind = YR_LEARN_FILE,
				       .doubts = (exec ? YR_LEARN_DOUBT_EXEC : 0u) |
						 (why ? YR_LEARN_DOUBT_SENSITIVE : 0u),
				       .reason = why };
	r->text = sentence(m->l, m->p, who, b.data, yr_word_needs_quotes(f->path), perms | extra,
			   exec ? f : NULL, r);
	r->example = access_of(m->l, f);
	m->failed |= !r->text || !r->example;
	for (unsigned bit = 1; bit < YR_LEARN_BITS; bit++)
		if (perms >> bit & 1)
			f->rule[who][bit] = r;
	if (exec)
		f->rule[who][0] = r;
	for (unsigned bit = 1; bit < YR_LEARN_BITS && who == YR_LEARN_ANYBODY; bit++)
		if (extra >> bit & 1 && f->perms[YR_LEARN_OWNER] >> bit & 1 &&
		    !f->rule[YR_LEARN_OWNER][bit])
			f->rule[YR_LEARN_OWNER][bit] = r;
}

static void count(struct yr_marking *m)
{
	for (size_t i = 0; i < m->p->n_files; i++) {
		struct yr_learn_file *f = &m->p->files[i];
		const struct yr_learned_rule *last = NULL;

		for (int who = 0; who < YR_LEARN_AUDIENCES; who++)
			for (unsigned bit = 0; bit < YR_LEARN_BITS; bit++) {
				struct yr_learned_rule *r = f->rule[who][bit];

				if (r && r != last)
					yr_learn_count(r, f->denial, f->events, f->several);
				last = r ? r : last;
			}
	}
}

/* The value in slot @i of the mark's pattern, in another path; false: it does not fit. */
static bool fits(const struct yr_mark *k, struct yr_str path)
{
	const struct yr_learn_file *f = k->files[0];
	const char *at = path.at, *end = path.at + path.len;
	size_t from = 0;

	for (size_t i = 0; i <= k->shape.n; i++) {
		const struct yr_slot *s = &k->shape.slot[i];
		size_t to = i < k->shape.n ? s->at : f->path.len, len = to - from;

		if (i < k->shape.n && !(k->open >> i & 1))
			continue;
		if ((size_t)(end - at) < len || memcmp(at, f->path.at + from, len) != 0)
			return false;
		at += len;
		if (i == k->shape.n)
			break;
		if ((s->kind != YR_SLOT_RANDOM && s->kind != YR_SLOT_TEMP) ||
		    (size_t)(end - at) < s->len || !yr_slot_takes(s, (struct yr_str){ at, s->len }))
			return false;
		at += s->len;
		from = to + s->len;
	}
	return at == end;
}

/* Some temporary names look like words: the pattern of their likes covers them, too. */
static void widen(struct yr_marking *m, const struct yr_mark *k)
{
	struct yr_str prefix = k->files[0]->path;
	size_t low = 0, high = m->p->n_files;

	for (size_t i = 0; i < k->shape.n; i++)
		if (k->open >> i & 1) {
			prefix.len = k->shape.slot[i].at;
			break;
		}
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (yr_str_cmp(m->p->files[middle].path, prefix) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < m->p->n_files && m->work < YR_LIMIT_LEARN_WORK; low++, m->work++) {
		struct yr_learn_file *f = &m->p->files[low];

		if (f->path.len < prefix.len || memcmp(f->path.at, prefix.at, prefix.len) != 0)
			break;
		if (f->perms[k->who] & 1u << k->bit && !f->rule[k->who][k->bit] && fits(k, f->path))
			f->rule[k->who][k->bit] = k->files[0]->rule[k->who][k->bit];
	}
}

static void shape_all(struct yr_marking *m, struct yr_learn_file **order)
{
	for (size_t i = 0; i < m->p->n_files; i++) {
		struct yr_learn_file *f = &m->p->files[i];

		yr_shape_of(f->path, &f->shape);
		f->key = yr_shape_key(&m->l->arena, f->path, &f->shape);
		m->failed |= !f->key;
		order[i] = f;
	}
}

int yr_learn_file_rules(struct yr_learn *l, struct yr_learned_profile *p)
{
	struct yr_marking m = { .l = l, .p = p };
	AUTO_FREE struct yr_learn_file **order =
		calloc(2 * p->n_files + 1, sizeof(struct yr_learn_file *));
	size_t from = 0;

	if (!order)
		return -ENOMEM;
	shape_all(&m, order);
	if (p->n_files && !m.failed)
		qsort(order, p->n_files, sizeof(struct yr_learn_file *), by_key);
	for (size_t i = 1; i <= p->n_files && !m.failed; i++)
		if (i == p->n_files || strcmp(order[from]->key, order[i]->key) != 0) {
			if (order[from]->shape.n)
				yr_learn_group(&m, order + from, i - from, order + p->n_files);
			from = i;
		}
	pattern_rules(&m);
	for (size_t i = 0; i < m.n && !m.failed; i++)
		if (m.marks[i].files[0]->rule[m.marks[i].who][m.marks[i].bit])
			widen(&m, &m.marks[i]);
	m.n = 0;
	if (!m.failed)
		yr_learn_pool(&m, order);
	pattern_rules(&m);
	for (size_t i = 0; i < p->n_files && !m.failed; i++) {
		literal_rule(&m, &p->files[i], YR_LEARN_ANYBODY);
		literal_rule(&m, &p->files[i], YR_LEARN_OWNER);
	}
	if (!m.failed)
		count(&m);
	free(m.marks);
	return m.failed ? -ENOMEM : 0;
}
