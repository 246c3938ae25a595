/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Words with their variables and aliases in them, as patterns. Written out, V values in R rules
 * come to V times R texts: so what a variable stands for is sorted and joined once, and patterns
 * share it.
 */
#include "lang/vars.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"

/* What changes the text of a variable that stands in a pattern; together an index into its forms. */
enum { BEHIND_SLASH = 1, BEFORE_SLASH = 2, IN_PATH = 4, FORMS = 8 };

static int by_bytes(const void *a, const void *b)
{
	return yr_str_cmp(*(const struct yr_str *)a, *(const struct yr_str *)b);
}

/* Values are a set: @values in the order of bytes, each once. Returns how many that is. */
static size_t sort_values(struct yr_str *sorted, const struct yr_texts *values)
{
	size_t n = 0;

	memcpy(sorted, values->at, values->n * sizeof(*sorted));
	qsort(sorted, values->n, sizeof(*sorted), by_bytes);
	for (size_t i = 0; i < values->n; i++)
		if (!n || yr_str_cmp(sorted[i], sorted[n - 1]))
			sorted[n++] = sorted[i];
	return n;
}

/* @value without the slashes that it would double. */
static struct yr_str trim(struct yr_str value, unsigned form)
{
	while (form & BEFORE_SLASH && value.len && value.at[value.len - 1] == '/')
		value.len--;
	while (form & BEHIND_SLASH && value.len && *value.at == '/') {
		value.at++;
		value.len--;
	}
	return value;
}

/*
 * {a,b} in the order of bytes, or the only value: how many there were. Beside a slash the values
 * of an alternation lose theirs: repeated slashes are collapsed outside of braces only.
 */
static size_t put_values(struct yr_buf *b, struct yr_arena *arena, const struct yr_texts *values,
			 unsigned form)
{
	struct yr_str *sorted = yr_arena_array(arena, values->n, sizeof(*sorted));
	size_t n;

	if (!sorted) {
		b->failed = true;
		return 0;
	}
	n = sort_values(sorted, values);
	for (size_t i = 0; i < n; i++) {
		struct yr_str value = n > 1 ? trim(sorted[i], form) : sorted[i];

		if (n > 1)
			yr_buf_putc(b, i ? ',' : '{');
		yr_buf_put(b, value.at, value.len);
	}
	if (n > 1)
		yr_buf_putc(b, '}');
	return n;
}

/* Whether the unit can bear to have @bytes more written out; says so when it cannot. */
static int afford(struct yr_expansion *x, uint64_t bytes)
{
	struct yr_vars *v = x->scope->vars;

	v->expanded += bytes;
	if (v->expanded <= YR_LIMIT_EXPANDED_BYTES)
		return 0;
	yr_complain(x->diags, x->loc, YR_ERROR, "limit",
		    "the variables of this file come to more than %u MiB of text",
		    YR_LIMIT_EXPANDED_BYTES >> 20);
	return -EINVAL;
}

static int afford_values(struct yr_expansion *x, const struct yr_texts *values)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < values->n && bytes <= YR_LIMIT_EXPANDED_BYTES; i++)
		bytes += sizeof(values->at[i]) + values->at[i].len;
	return afford(x, bytes);
}

/*
 * @s with every run of slashes as one, but for "//" where the pattern begins (@first). Absent:
 * memory is out.
 */
static struct yr_str collapse_slashes(struct yr_arena *arena, struct yr_str s, bool first)
{
	bool keep = first && s.len >= 2 && s.at[0] == '/' && s.at[1] == '/' &&
		    (s.len == 2 || s.at[2] != '/');
	size_t n = 0, i = keep ? 2 : 1;
	char *to;

	for (; i < s.len; i++)
		if (s.at[i] == '/' && s.at[i - 1] == '/')
			break;
	if (i >= s.len)
		return s;
	to = yr_arena_alloc(arena, s.len + 1);
	if (!to)
		return (struct yr_str){ NULL, 0 };
	for (i = 0; i < s.len; i++)
		if (!(n && s.at[i] == '/' && to[n - 1] == '/') || (keep && i == 1))
			to[n++] = s.at[i];
	return (struct yr_str){ to, n };
}

/* The pattern of one word as it is put together. */
struct builder {
	struct yr_expansion x;
	bool is_path;
	struct yr_segment *at;
	size_t n;
	struct yr_buf *text; /* behind the last piece */
};

/* What was put down becomes a piece. */
static int end_text(struct builder *b)
{
	struct yr_str text = { b->text->data ? b->text->data : "", b->text->len };

	if (b->text->failed)
		return -ENOMEM;
	text.at = yr_arena_strndup(b->x.arena, text.at, text.len);
	if (text.at && b->is_path)
		text = collapse_slashes(b->x.arena, text, !b->n);
	if (!text.at)
		return -ENOMEM;
	b->at[b->n++] = (struct yr_segment){ text, 0 };
	b->text->len = 0;
	return 0;
}

/* The texts of @var as a pattern of the unit has them: shared, unless there is only one. */
static int make_form(struct yr_expansion *x, const struct yr_var *var, unsigned form,
		     struct yr_segment *ret)
{
	AUTO_BUF struct yr_buf b = { .limit = YR_LIMIT_TOTAL_SOURCE_BYTES };
	struct yr_vars *v = x->scope->vars;
	struct yr_str text;
	size_t n;
	int r = afford_values(x, &var->texts);

	if (r < 0)
		return r;
	n = put_values(&b, x->arena, &var->texts, form);
	text = (struct yr_str){ yr_arena_strndup(v->arena, b.data ? b.data : "", b.len), b.len };
	if (text.at && n > 1 && form & IN_PATH)
		text = collapse_slashes(v->arena, text, false);
	if (b.failed || !text.at)
		return -ENOMEM;
	*ret = (struct yr_segment){ text, n > 1 ? ++v->shared : 0 };
	return 0;
}

static int put_form(struct builder *b, struct yr_var *var, unsigned form)
{
	struct yr_segment *piece;
	int r = 0;

	if (!var->forms)
		var->forms = yr_arena_array(b->x.scope->vars->arena, FORMS, sizeof(*var->forms));
	if (!var->forms)
		return -ENOMEM;
	piece = &var->forms[form];
	if (!piece->text.at)
		r = make_form(&b->x, var, form, piece);
	if (r < 0)
		return r;
	if (!piece->shared) {
		yr_buf_put(b->text, piece->text.at, piece->text.len);
		return afford(&b->x, piece->text.len);
	}
	if (b->text->len)
		r = end_text(b);
	if (!r)
		b->at[b->n++] = *piece;
	return r;
}

/* @values, which are those of @var unless it is NULL. */
static int put_variable(struct builder *b, const struct yr_texts *values, struct yr_var *var,
			bool before_slash)
{
	const struct yr_buf *text = b->text;
	unsigned form = (text->len && text->data[text->len - 1] == '/' ? BEHIND_SLASH : 0) |
			(before_slash ? BEFORE_SLASH : 0) | (b->is_path ? IN_PATH : 0);
	int r;

	if (var && values->n > 1)
		return put_form(b, var, form);
	r = afford_values(&b->x, values);
	if (!r)
		put_values(b->text, b->x.arena, values, form);
	return r;
}

/* Room for the pieces of @word, and for what stands between them. */
static int make_room(struct builder *b, struct yr_str text)
{
	size_t n = 1;

	for (const char *at = text.at; (at = memchr(at, '@', text.len - (at - text.at))); at++)
		n += 2;
	b->at = yr_arena_array(b->x.arena, n, sizeof(*b->at));
	return b->at ? 0 : -ENOMEM;
}

static struct yr_pattern pattern_of(const struct yr_segment *at, size_t n)
{
	struct yr_pattern p = { at, n, 0 };

	for (size_t i = 0; i < n; i++)
		p.len += at[i].text.len;
	return p;
}

/* A word without variables. */
static int plain_pattern(struct builder *b, struct yr_str text, struct yr_pattern *ret)
{
	struct yr_segment *piece = yr_arena_new(b->x.arena, struct yr_segment);

	if (!piece)
		return -ENOMEM;
	piece->text = b->is_path ? collapse_slashes(b->x.arena, text, true) : text;
	*ret = pattern_of(piece, 1);
	return text.len && !piece->text.at ? -ENOMEM : 0;
}

int yr_vars_pattern(struct yr_arena *arena, const struct yr_scope *scope,
		    const struct yr_word *word, bool is_path, struct yr_diags *diags,
		    struct yr_pattern *ret)
{
	AUTO_BUF struct yr_buf buf = { .limit = YR_LIMIT_TOTAL_SOURCE_BYTES };
	struct builder b = { { arena, scope, diags, &word->loc, 0, false }, is_path, NULL, 0, &buf };
	struct yr_str text = word->text, name;
	struct yr_texts values;
	struct yr_var *var;
	size_t at = 0, next = yr_find_reference(text, 0);
	int r;

	if (next == text.len)
		return plain_pattern(&b, text, ret);
	r = make_room(&b, text);
	for (; !r; next = yr_find_reference(text, at)) {
		yr_buf_put(&buf, text.at + at, next - at);
		if (next == text.len)
			break;
		r = yr_take_reference(&b.x, text, next, &name, &at);
		if (!r)
			r = yr_expand_name(&b.x, name, &values, &var);
		if (!r)
			r = put_variable(&b, &values, var, at < text.len && text.at[at] == '/');
	}
	if (!r && (buf.len || buf.failed || !b.n))
		r = end_text(&b);
	if (!r)
		*ret = pattern_of(b.at, b.n);
	return r;
}

int yr_pattern_text(struct yr_arena *arena, const struct yr_scope *scope,
		    const struct yr_word *word, const struct yr_pattern *p, struct yr_diags *diags,
		    struct yr_str *ret_text)
{
	struct yr_expansion x = { arena, scope, diags, &word->loc, 0, false };
	size_t len = 0;
	char *to;
	int r;

	if (p->n == 1) {
		*ret_text = p->at[0].text;
		return 0;
	}
	r = afford(&x, p->len);
	if (r < 0)
		return r;
	to = p->len <= YR_LIMIT_TOTAL_SOURCE_BYTES ? yr_arena_alloc(arena, p->len + 1) : NULL;
	if (!to)
		return -ENOMEM;
	for (size_t i = 0; i < p->n; i++) {
		memcpy(to + len, p->at[i].text.at, p->at[i].text.len);
		len += p->at[i].text.len;
	}
	*ret_text = (struct yr_str){ to, len };
	return 0;
}

int yr_vars_join(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_word *word,
		 struct yr_diags *diags, struct yr_str *ret_text)
{
	struct yr_pattern p;
	int r = yr_vars_pattern(arena, scope, word, false, diags, &p);

	return r < 0 ? r : yr_pattern_text(arena, scope, word, &p, diags, ret_text);
}

/* @p, which has @a, as @a spells it. */
static int spell(struct yr_arena *arena, const struct yr_alias *a, struct yr_pattern *p)
{
	struct yr_str to = a->to.text;
	const struct yr_segment *piece = p->at, *end = p->at + p->n, *behind;
	size_t cut = a->from.text.len, len = to.len, at = 0;
	struct yr_segment *all = yr_arena_array(arena, p->n + 1, sizeof(*all));
	char *copy;

	for (; piece < end && cut >= piece->text.len; piece++)
		cut -= piece->text.len;
	/* A shared piece of which a part is left is none. */
	for (behind = piece; behind < end && (!behind->shared || (behind == piece && cut));)
		len += behind++->text.len;
	copy = all ? yr_arena_alloc(arena, len + 1) : NULL;
	if (!copy)
		return -ENOMEM;
	memcpy(copy, to.at, to.len);
	for (at = to.len; piece < behind; piece++, cut = 0) {
		memcpy(copy + at, piece->text.at + cut, piece->text.len - cut);
		at += piece->text.len - cut;
	}
	all->text = collapse_slashes(arena, (struct yr_str){ copy, at }, true);
	if (!all->text.at)
		return -ENOMEM;
	if (behind < end)
		memcpy(all + 1, behind, (size_t)(end - behind) * sizeof(*all));
	*p = pattern_of(all, 1 + (size_t)(end - behind));
	return 0;
}

int yr_expand_patterns(struct yr_arena *arena, const struct yr_scope *scope,
		       const struct yr_alias *aliases, const struct yr_word *word, bool is_path,
		       struct yr_diags *diags, struct yr_pattern **ret_patterns, size_t *ret_n)
{
	struct yr_expansion x = { arena, scope, diags, &word->loc, 0, false };
	struct yr_alias_hit *hit = NULL;
	struct yr_pattern first, *all;
	size_t n = 0;
	int r = yr_vars_pattern(arena, scope, word, is_path, diags, &first);

	if (!r && aliases)
		r = yr_alias_hits(&x, aliases, &first, NULL, &hit, &n);
	if (r < 0)
		return r;
	all = yr_arena_array(arena, n + 1, sizeof(*all));
	if (!all)
		return -ENOMEM;
	all[0] = first;
	for (size_t i = 0; i < n; i++) {
		all[i + 1] = first;
		if (spell(arena, hit[i].alias, &all[i + 1]) < 0)
			return -ENOMEM;
	}
	*ret_patterns = all;
	*ret_n = n + 1;
	return 0;
}

int yr_expand(struct yr_arena *arena, const struct yr_scope *scope, const struct yr_alias *aliases,
	      const struct yr_word *word, bool is_path, struct yr_diags *diags,
	      struct yr_str **ret_texts, size_t *ret_n)
{
	struct yr_pattern *patterns;
	struct yr_str *texts;
	size_t n;
	int r = yr_expand_patterns(arena, scope, aliases, word, is_path, diags, &patterns, &n);

	if (r < 0)
		return r;
	texts = yr_arena_array(arena, n, sizeof(*texts));
	if (!texts)
		return -ENOMEM;
	for (size_t i = 0; !r && i < n; i++)
		r = yr_pattern_text(arena, scope, word, &patterns[i], diags, &texts[i]);
	*ret_texts = texts;
	*ret_n = n;
	return r;
}

int yr_expand_pair(struct yr_arena *arena, const struct yr_scope *scope,
		   const struct yr_alias *aliases, const struct yr_word *a, const struct yr_word *b,
		   struct yr_diags *diags, struct yr_pattern **ret_a, struct yr_pattern **ret_b,
		   size_t *ret_n)
{
	struct yr_expansion x = { arena, scope, diags, &a->loc, 0, false };
	struct yr_pattern one_a, one_b, *as, *bs;
	struct yr_alias_hit *hit = NULL;
	size_t n = 0;
	int r = yr_vars_pattern(arena, scope, a, true, diags, &one_a);

	if (!r)
		r = yr_vars_pattern(arena, scope, b, true, diags, &one_b);
	if (!r && aliases)
		r = yr_alias_hits(&x, aliases, &one_a, &one_b, &hit, &n);
	if (r < 0)
		return r;
	as = yr_arena_array(arena, n + 1, sizeof(*as));
	bs = yr_arena_array(arena, n + 1, sizeof(*bs));
	if (!as || !bs)
		return -ENOMEM;
	as[0] = one_a;
	bs[0] = one_b;
	for (size_t i = 0; i < n; i++) {
		as[i + 1] = one_a;
		bs[i + 1] = one_b;
		if ((hit[i].in_a && spell(arena, hit[i].alias, &as[i + 1]) < 0) ||
		    (hit[i].in_b && spell(arena, hit[i].alias, &bs[i + 1]) < 0))
			return -ENOMEM;
	}
	*ret_a = as;
	*ret_b = bs;
	*ret_n = n + 1;
	return 0;
}
