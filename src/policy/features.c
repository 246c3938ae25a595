/* SPDX-License-Identifier: Apache-2.0 */
#include "yoroi/features.h"

#include <ctype.h>
#include <errno.h>

#include "base/arena.h"
#include "base/str.h"

/* Real trees are 4 deep (query/label/perms); this bounds no recursion, only nonsense. */
#define DEPTH_MAX 32
/* The largest real one, Ubuntu's, is below 10 KiB. */
#define TEXT_MAX (1u << 20)

/* A directory or a file of the tree: a file has words, a directory has children. */
struct node {
	struct yr_str name;
	struct node *parent, *next;
	struct node *children, **children_end;
	struct yr_str body; /* what stands between its braces: its words, and its children whole */
	bool has_words;
};

struct yr_features {
	struct yr_arena arena;
	struct node root;
	const char *text;
	size_t len;
};

struct reader {
	struct yr_features *f;
	const char *name, *at, *end;
	struct yr_err *err;
};

static int refuse(const struct reader *r, const char *where, const char *what)
{
	unsigned line = 1;

	for (const char *at = r->f->text; at < where; at++)
		line += *at == '\n';
	return yr_err_set(r->err, EINVAL, "features '%s': line %u: %s", r->name, line, what);
}

enum kind { OTHER, SPACE, WORD };

/* As the C locale has it, and whatever the locale. */
static const unsigned char kinds[256] = {
	[' '] = SPACE, ['\t' ... '\r'] = SPACE, ['!' ... 'z'] = WORD, ['|'] = WORD, ['~'] = WORD,
};

static enum kind kind_of(char c)
{
	return kinds[(unsigned char)c];
}

static void skip_space(struct reader *r)
{
	const char *at = r->at;

	while (at < r->end && kind_of(*at) == SPACE)
		at++;
	r->at = at;
}

static void init_node(struct node *n, struct node *parent, struct yr_str name)
{
	*n = (struct node){ .name = name, .parent = parent };
	n->children_end = &n->children;
}

static struct node *add_node(struct reader *r, struct node *parent, struct yr_str name)
{
	struct node *n = yr_arena_new(&r->f->arena, struct node);

	if (!n)
		return NULL;
	init_node(n, parent, name);
	*parent->children_end = n;
	parent->children_end = &n->next;
	return n;
}

/* word = printable bytes without blanks and braces */
static struct yr_str word_at(const struct reader *r)
{
	const char *at = r->at;

	while (at < r->end && kind_of(*at) == WORD)
		at++;
	return (struct yr_str){ r->at, (size_t)(at - r->at) };
}

/*
 * tree  = entry*
 * entry = NAME "{" (entry | WORD)* "}"
 */
static int parse(struct reader *r)
{
	struct node *n = &r->f->root;
	unsigned depth = 0;

	for (skip_space(r); r->at < r->end; skip_space(r)) {
		struct yr_str w;

		if (*r->at == '}') {
			/*
			 * One too many ends the tree. abi/kernel-5.4-outoftree-network, as
			 * Debian ships it, has one, and upstream finds nothing behind it.
			 */
			if (!n->parent)
				break;
			n->body.len = (size_t)(r->at++ - n->body.at);
			n = n->parent;
			depth--;
			continue;
		}
		w = word_at(r);
		r->at += w.len;
		if (!w.len)
			return refuse(r, r->at,
				      *r->at == '{' ? "a '{' without a name before it"
						    : "a byte that is not text");
		skip_space(r);
		if (r->at < r->end && *r->at == '{') {
			if (++depth > DEPTH_MAX)
				return refuse(r, r->at, "nested too deeply");
			n = add_node(r, n, w);
			if (!n)
				return yr_err_set(r->err, ENOMEM, "out of memory");
			n->body.at = ++r->at;
		} else if (!n->parent) {
			return refuse(r, w.at, "a word outside of braces");
		} else {
			n->has_words = true;
		}
	}
	if (n->parent)
		return refuse(r, r->at, "ends before the last '}'");
	if (!n->children)
		return refuse(r, r->at, "nothing in it");
	return 0;
}

int yr_features_parse(const char *name, const char *text, size_t len,
		      struct yr_features **ret_features, struct yr_err *err)
{
	struct yr_features *f;
	int r;

	if (len > TEXT_MAX)
		return yr_err_set(err, EINVAL, "features '%s': larger than %u bytes", name,
				  TEXT_MAX);
	f = calloc(1, sizeof(*f));
	if (!f)
		return yr_err_set(err, ENOMEM, "out of memory");
	f->text = yr_arena_strndup(&f->arena, text, len);
	f->len = len;
	init_node(&f->root, NULL, (struct yr_str){ 0 });
	if (!f->text)
		r = yr_err_set(err, ENOMEM, "out of memory");
	else
		r = parse(&(struct reader){ f, name, f->text, f->text + len, err });
	if (r < 0) {
		yr_features_free(f);
		return r;
	}
	*ret_features = f;
	return 0;
}

struct yr_features *yr_features_free(struct yr_features *f)
{
	if (f) {
		yr_arena_done(&f->arena);
		free(f);
	}
	return NULL;
}

static const struct node *child(const struct node *n, struct yr_str name)
{
	const struct node *c = n->children;

	/* Most differ in their first byte. */
	while (c && (*c->name.at != *name.at || !yr_str_eq(c->name, name)))
		c = c->next;
	return c;
}

/* How long the part of a path is that @path begins with. */
static size_t part_len(const char *path)
{
	size_t n = 0;

	while (path[n] && path[n] != '/')
		n++;
	return n;
}

static const struct node *find(const struct yr_features *f, const char *path)
{
	const struct node *n = &f->root;

	while (n && *path) {
		size_t len = part_len(path);

		n = child(n, (struct yr_str){ path, len });
		path += len;
		path += *path == '/';
	}
	return n;
}

/* To behind the "}" that belongs to the "{" at @r. */
static void skip_child(struct reader *r)
{
	unsigned depth = 0;

	do {
		depth += *r->at == '{';
		depth -= *r->at++ == '}';
	} while (depth);
}

/* The words of a file, one after the other; an empty one behind the last. */
static struct yr_str next_word(struct reader *r)
{
	struct yr_str w;

	for (;;) {
		skip_space(r);
		w = word_at(r);
		r->at += w.len;
		skip_space(r);
		if (r->at == r->end || *r->at != '{')
			return w;
		skip_child(r);
	}
}

static struct reader words_of(const struct node *n)
{
	return (struct reader){ .at = n->body.at, .end = n->body.at + n->body.len };
}

static bool has_word(const struct node *n, struct yr_str word)
{
	struct reader r;
	struct yr_str w;

	if (!n || !n->has_words)
		return false;
	for (r = words_of(n); (w = next_word(&r)).len;)
		if (yr_str_eq(w, word))
			return true;
	return false;
}

/* The last part of @path is a name, or one of the words of what stands before it. */
bool yr_features_has(const struct yr_features *f, const char *path)
{
	const struct node *n = &f->root, *next;

	for (; *path; n = next) {
		struct yr_str part = { path, part_len(path) };

		path += part.len;
		path += *path == '/';
		next = child(n, part);
		if (!next)
			return !*path && has_word(n, part);
	}
	return true;
}

bool yr_features_lists(const struct yr_features *f, const char *path, const char *word)
{
	return has_word(find(f, path), yr_str_of(word));
}

uint64_t yr_features_number(const struct yr_features *f, const char *path, uint64_t otherwise)
{
	const struct node *n = find(f, path);
	unsigned long long v;
	char digits[32], *end;
	struct reader r;
	struct yr_str w;
	bool hex;

	if (!n || !n->has_words)
		return otherwise;
	r = words_of(n);
	w = next_word(&r);
	if (w.len >= sizeof(digits))
		return otherwise;
	memcpy(digits, w.at, w.len);
	digits[w.len] = '\0';
	if (!isdigit((unsigned char)digits[0])) /* strtoull would take a sign */
		return otherwise;
	/* Leading zeros do not make it octal: the kernel writes 0x%06x. */
	hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	errno = 0;
	v = strtoull(digits, &end, hex ? 16 : 10);
	return errno || *end ? otherwise : v;
}

const char *yr_features_text(const struct yr_features *f, size_t *ret_len)
{
	if (ret_len)
		*ret_len = f->len;
	return f->text;
}
