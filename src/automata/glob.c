/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Globs as upstream's parser reads them, quirks included; each rule here was checked
 * against what Debian's apparmor_parser makes of it (-D rule-exprs, -D dfa-states).
 *
 * glob = piece*
 * piece = "*" | "**" | "?" | class | "{" glob ("," glob)+ "}" | escape | BYTE
 * class = "[" "^"? member+ "]"
 * member = BYTE | escape | BYTE "-" BYTE      ("-" stands for itself in the first place only)
 * escape = "\" (octal{1,3} | "x" hex{1,2} | "d" decimal{1,3} | [aefnrt] | BYTE)
 */
#include "automata/nfa.h"

#include <errno.h>
#include <string.h>

#include "automata/table.h"
#include "base/limits.h"

struct glob {
	struct yr_nfa *nfa; /* NULL: only check */
	const char *at, *text, *end;
	unsigned flags, depth;
	bool goes_on; /* more of the pattern is behind the end */
	struct yr_glob_info *info;
};

/* Where a pattern has got to: its node, and how short a string leads there. */
struct place {
	yr_node node;
	uint32_t min_len;
	bool behind_slash;
};

static bool lay_pieces(struct glob *g, struct place *p);

static bool fail(struct glob *g, const char *at, const char *why)
{
	g->info->error = why;
	g->info->error_at = at - g->text;
	return false;
}

static uint32_t add_len(uint32_t a, uint32_t b)
{
	return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static int digit_of(char c, int base)
{
	int d = c >= '0' && c <= '9'   ? c - '0'
		: c >= 'a' && c <= 'f' ? c - 'a' + 10
		: c >= 'A' && c <= 'F' ? c - 'A' + 10
				       : base;

	return d < base ? d : -1;
}

/* At most @most digits at *at, as long as the value is a byte. -1: there is none. */
static int number(const char **at, const char *end, int base, int most)
{
	int value = -1, d;

	while (most-- > 0 && *at < end && (d = digit_of(**at, base)) >= 0) {
		int next = (value < 0 ? 0 : value) * base + d;

		if (next > 255)
			break;
		value = next;
		(*at)++;
	}
	return value;
}

/* *at is behind a backslash and before *end. *ret_number: it was written as a number. */
static unsigned char unescape(const char **at, const char *end, bool *ret_number)
{
	static const char letter[] = "aefnrt", control[] = "\a\033\f\n\r\t";
	const char *digits = *at + 1, *found;
	int value;

	*ret_number = true;
	if (digit_of(**at, 8) >= 0)
		return number(at, end, 8, 3);
	if (**at == 'x' || **at == 'd') {
		value = **at == 'x' ? number(&digits, end, 16, 2) : number(&digits, end, 10, 3);
		if (value >= 0) {
			*at = digits;
			return value;
		}
	}
	*ret_number = false;
	found = **at ? strchr(letter, **at) : NULL;
	return found ? (*at)++, control[found - letter] : *(*at)++;
}

static struct yr_byteset all_but(const struct glob *g, bool slash_too)
{
	struct yr_byteset set = yr_byteset_all();

	if (slash_too)
		yr_byteset_remove(&set, '/');
	if (!(g->flags & YR_GLOB_NUL))
		yr_byteset_remove(&set, 0);
	return set;
}

/* Is the next thing the end of the pattern or a slash? A slash behind a backslash is not one. */
static bool component_ends(const struct glob *g, const char *at)
{
	bool number;

	if (at == g->end)
		return !g->goes_on;
	if (*at == '/')
		return true;
	if (*at++ != '\\' || at == g->end)
		return false;
	return unescape(&at, g->end, &number) == '/' && number;
}

static void lay_star(struct glob *g, struct place *p)
{
	struct yr_byteset name = all_but(g, true), any = all_but(g, false);
	const char *behind = g->at;
	bool two;

	while (behind < g->end && *behind == '*')
		behind++;
	two = behind - g->at > 1;
	if (p->behind_slash && component_ends(g, behind)) {
		p->min_len = add_len(p->min_len, 1);
		if (g->nfa)
			p->node = yr_nfa_set(g->nfa, p->node, &name);
	}
	g->at += two ? 2 : 1;
	p->behind_slash = false;
	g->info->exact = false;
	if (g->nfa)
		p->node = yr_nfa_star(g->nfa, p->node, two ? &any : &name);
}

static void lay_set(struct glob *g, struct place *p, const struct yr_byteset *set)
{
	p->min_len = add_len(p->min_len, 1);
	p->behind_slash = false;
	if (g->nfa)
		p->node = yr_nfa_set(g->nfa, p->node, set);
}

static void lay_byte(struct glob *g, struct place *p, unsigned char c)
{
	p->min_len = add_len(p->min_len, 1);
	p->behind_slash = c == '/';
	if (g->nfa)
		p->node = yr_nfa_byte(g->nfa, p->node, c);
}

/* One byte of a class. Of what a backslash does, only \] and \\ survive in upstream's classes. */
static bool class_byte(struct glob *g, unsigned char *ret)
{
	bool number;

	*ret = *g->at++;
	if (*ret != '\\')
		return true;
	if (g->at == g->end)
		return fail(g, g->at - 1, "'\\' with nothing behind it");
	*ret = unescape(&g->at, g->end, &number);
	return true;
}

static bool class_ended(const struct glob *g)
{
	return g->at == g->end || *g->at == ']';
}

/* Is the next byte @c, written in whatever way? Then it is taken. */
static bool class_takes(struct glob *g, unsigned char c)
{
	const char *before = g->at;
	unsigned char got;

	if (!class_ended(g) && class_byte(g, &got) && got == c)
		return true;
	g->at = before;
	return false;
}

static bool class_member(struct glob *g, bool first, struct yr_byteset *set)
{
	const char *at = g->at;
	unsigned char low, high, c;

	if (!class_byte(g, &low))
		return false;
	if (low == '-' && !first)
		return fail(g, at, "'-' between two members of a class");
	high = low;
	if (class_takes(g, '-')) {
		if (g->at == g->end)
			return true; /* our caller says what is missing */
		if (*g->at == ']' || !class_byte(g, &high) || high == '-')
			return fail(g, at, "a range of bytes without an end");
	}
	if (high < low)
		c = low, low = high, high = c;
	for (unsigned i = low; i <= high; i++)
		yr_byteset_add(set, i);
	return true;
}

static bool lay_class(struct glob *g, struct place *p)
{
	struct yr_byteset set = { { 0 } };
	const char *open = g->at++;
	bool negated = class_takes(g, '^');

	for (bool first = true; !class_ended(g); first = false)
		if (!class_member(g, first, &set))
			return false;
	if (g->at == g->end)
		return fail(g, open, "'[' without ']'");
	g->at++;
	if (!(set.w[0] | set.w[1] | set.w[2] | set.w[3]))
		return fail(g, open, "a class with nothing in it");
	for (int i = 0; negated && i < 4; i++)
		set.w[i] = ~set.w[i];
	g->info->exact &= !negated;
	g->info->has_class |= !negated;
	/* Whoever writes the slash means it. */
	if (yr_byteset_has(&set, '/') && !memchr(open, '/', (size_t)(g->at - open))) {
		g->info->class_has_slash = true;
		if (g->flags & YR_GLOB_NAME_CLASSES)
			yr_byteset_remove(&set, '/');
	}
	lay_set(g, p, &set);
	return true;
}

/* Where the class that begins at @at ends; @end when it does not. */
static const char *behind_class(const char *at, const char *end)
{
	for (at++; at < end && *at != ']'; at++)
		if (*at == '\\' && at + 1 < end)
			at++;
	return at;
}

/* The brace that closes the one at @at, NULL: none. */
static const char *closing_brace(const char *at, const char *end)
{
	int depth = 0;

	for (; at < end; at++) {
		if (*at == '\\' && at + 1 < end)
			at++;
		else if (*at == '[')
			at = behind_class(at, end);
		else if (*at == '{')
			depth++;
		else if (*at == '}' && !--depth)
			return at;
	}
	return NULL;
}

/*
 * What an alternation matches depends on its text and the flags alone: a star at the
 * beginning of an alternative is not behind a slash, whatever stands before the brace.
 * So text and flags are the key under which the place behind it is found again.
 */
static yr_node join(struct glob *g, yr_node from, const char *close, bool *ret_fresh)
{
	struct yr_str key = { g->at, close - g->at };

	*ret_fresh = false;
	return from ? yr_nfa_join_at(g->nfa, from, 1 + g->flags, yr_nfa_key(g->nfa, key), ret_fresh)
		    : 0;
}

/* What is between the brace at hand and @close; @lay: also from @p to @to. */
static bool lay_alternatives(struct glob *g, struct place *p, const char *close, yr_node to,
			     bool lay)
{
	const char *open = g->at;
	uint32_t shortest = UINT32_MAX, alternatives = 0;

	if (++g->depth > YR_LIMIT_ALTERNATION_DEPTH)
		return fail(g, open, "alternations nested too deep");
	do {
		struct place way = { lay ? p->node : 0, 0, false };

		g->at++;
		if (!lay_pieces(g, &way))
			return false;
		if (g->nfa)
			yr_nfa_link(g->nfa, way.node, to);
		shortest = way.min_len < shortest ? way.min_len : shortest;
		alternatives++;
	} while (g->at < close);
	if (alternatives < 2)
		return fail(g, open, "an alternation with a single alternative");
	g->at++;
	g->depth--;
	*p = (struct place){ to, add_len(p->min_len, shortest), false };
	return true;
}

static bool lay_alternation(struct glob *g, struct place *p)
{
	const char *close = closing_brace(g->at, g->end);
	bool fresh = false;
	yr_node to = 0;

	if (!close)
		return fail(g, g->at, "'{' without '}'");
	if (g->nfa)
		to = join(g, p->node, close, &fresh);
	return lay_alternatives(g, p, close, to, fresh);
}

/* Bytes that mean something in some place; all others stand for themselves everywhere. */
static const bool special[256] = {
	['*'] = true, ['?'] = true, ['['] = true,  [']'] = true,
	['{'] = true, ['}'] = true, ['\\'] = true, [','] = true,
};

/* As far as bytes stand for themselves; the first does. */
static void lay_bytes(struct glob *g, struct place *p)
{
	const char *at = g->at + 1;
	struct yr_str bytes = { g->at, 0 };

	while (at < g->end && !special[(unsigned char)*at])
		at++;
	bytes.len = (size_t)(at - g->at);
	g->at = at;
	p->min_len = add_len(p->min_len, (uint32_t)bytes.len);
	p->behind_slash = g->at[-1] == '/';
	if (g->nfa)
		p->node = yr_nfa_bytes(g->nfa, p->node, bytes);
}

/* One piece. Not called at the end. */
static bool lay_piece(struct glob *g, struct place *p)
{
	struct yr_byteset name;
	bool number;

	switch (*g->at) {
	case '*':
		lay_star(g, p);
		return true;
	case '?':
		name = all_but(g, true);
		g->at++;
		g->info->exact = false;
		lay_set(g, p, &name);
		return true;
	case '[':
		return lay_class(g, p);
	case ']':
		return fail(g, g->at, "']' without '['");
	case '{':
		return lay_alternation(g, p);
	case '}':
		return fail(g, g->at, "'}' without '{'");
	case '\\':
		if (++g->at == g->end)
			return fail(g, g->at - 1, "'\\' with nothing behind it");
		lay_byte(g, p, unescape(&g->at, g->end, &number));
		return true;
	default:
		lay_bytes(g, p);
		return true;
	}
}

/* Up to the end, or inside an alternation to the ',' or '}' that ends the alternative. */
static bool lay_pieces(struct glob *g, struct place *p)
{
	while (g->at < g->end) {
		if (g->depth && (*g->at == ',' || *g->at == '}'))
			return true;
		if (!lay_piece(g, p))
			return false;
	}
	return true;
}

static int lay(struct yr_nfa *n, yr_node from, struct yr_str text, unsigned flags, yr_node *ret_end,
	       struct yr_glob_info *info)
{
	struct yr_glob_info ignored;
	struct glob g = { .nfa = n, .at = text.at, .text = text.at, .flags = flags };
	struct place p = { from, 0, false };

	g.end = text.len ? text.at + text.len : text.at;
	g.info = info ? info : &ignored;
	*g.info = (struct yr_glob_info){ .exact = true };
	if (!lay_pieces(&g, &p))
		return -EINVAL;
	g.info->min_len = p.min_len;
	*ret_end = p.node;
	return 0;
}

int yr_glob_lay(struct yr_nfa *n, yr_node from, struct yr_str text, unsigned flags,
		yr_node *ret_end, struct yr_glob_info *info)
{
	return lay(n, from, text, flags, ret_end, info);
}

/* One alternation that ends where @text does, with nothing wrong in it? */
static bool is_alternation(struct yr_str text, struct yr_glob_info *info)
{
	return text.len && *text.at == '{' &&
	       closing_brace(text.at, text.at + text.len) == text.at + text.len - 1 &&
	       !yr_glob_check(text, 0, info);
}

/* What is known of @piece, which is shared. NULL: memory is out. */
static const struct yr_nfa_shared *look_up(struct yr_nfa *n, const struct yr_segment *piece)
{
	uint32_t hash = (uint32_t)yr_mix(piece->shared), i, id;
	struct yr_nfa_shared s = { .number = piece->shared };

	/* What is there is found without memory: lay_shared() counts on it. */
	if (n->n_shared)
		for (i = hash; (id = yr_table_probe(&n->shared_table, hash, &i)) != YR_NONE;)
			if (n->shared[id].number == piece->shared)
				return &n->shared[id];
	s.apart = is_alternation(piece->text, &s.info);
	/* The key that join() makes of it, so that it meets what is written by hand. */
	s.key = yr_nfa_key(n, (struct yr_str){ piece->text.at, piece->text.len - 1 });
	if (s.key == YR_NONE || !yr_table_reserve(&n->shared_table) ||
	    !yr_grow(&n->shared, &n->cap_shared, n->n_shared + UINT64_C(1), sizeof(*n->shared)))
		return NULL;
	for (i = hash; yr_table_probe(&n->shared_table, hash, &i) != YR_NONE;)
		;
	yr_table_put(&n->shared_table, i, hash, n->n_shared);
	n->shared[n->n_shared] = s;
	return &n->shared[n->n_shared++];
}

/* Whether text that is followed by more ends by itself. Most have nothing in them that opens. */
static bool ends_itself(struct yr_str text)
{
	struct yr_glob_info ignored;

	for (size_t i = 0; i < text.len; i++)
		if (strchr("[]{}\\", text.at[i]))
			return !yr_glob_check(text, 0, &ignored);
	return true;
}

static int all_apart(struct yr_nfa *n, const struct yr_pattern *pattern, bool *ret_apart)
{
	*ret_apart = true;
	for (size_t i = 0; i < pattern->n && *ret_apart; i++) {
		const struct yr_segment *piece = &pattern->at[i];
		const struct yr_nfa_shared *known = piece->shared ? look_up(n, piece) : NULL;

		if (piece->shared && !known)
			return -ENOMEM;
		*ret_apart = known ? known->apart : ends_itself(piece->text);
	}
	return 0;
}

/* As lay_alternation() does it, but what was laid before is not read again. */
static void lay_shared(struct glob *g, struct place *p, const struct yr_segment *piece)
{
	const struct yr_nfa_shared known = *look_up(g->nfa, piece);
	bool fresh;
	yr_node to = yr_nfa_join_at(g->nfa, p->node, 1 + g->flags, known.key, &fresh);

	if (fresh) {
		lay_alternatives(g, p, g->end - 1, to, true);
		return;
	}
	g->info->exact &= known.info.exact;
	g->info->has_class |= known.info.has_class;
	g->info->class_has_slash |= known.info.class_has_slash;
	*p = (struct place){ to, add_len(p->min_len, known.info.min_len), false };
}

int yr_glob_lay_pieces(struct yr_nfa *n, yr_node from, const struct yr_pattern *pattern,
		       unsigned flags, yr_node *ret_end, struct yr_glob_info *info, bool *ret_apart)
{
	struct glob g = { .nfa = n, .flags = flags, .info = info };
	struct place p = { from, 0, false };
	int r = all_apart(n, pattern, ret_apart);

	*info = (struct yr_glob_info){ .exact = true };
	if (r < 0 || !*ret_apart)
		return r;
	for (size_t i = 0; i < pattern->n; i++) {
		const struct yr_segment *piece = &pattern->at[i];

		g.at = g.text = piece->text.at;
		g.end = g.at + piece->text.len;
		g.goes_on = i + 1 < pattern->n;
		if (piece->shared)
			lay_shared(&g, &p, piece);
		else
			lay_pieces(&g, &p);
	}
	info->min_len = p.min_len;
	*ret_end = p.node;
	return 0;
}

int yr_glob_check(struct yr_str text, unsigned flags, struct yr_glob_info *info)
{
	yr_node end;

	return lay(NULL, 0, text, flags, &end, info);
}
