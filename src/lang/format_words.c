/* SPDX-License-Identifier: Apache-2.0 */
/* Each kind of statement to pieces. */
#include "lang/format.h"

#include "base/cleanup.h"

static const char *const qualifiers[] = { "allow", "audit",    "deny",   "other",
					  "owner", "priority", "prompt", "user" };

static bool is_qualifier(struct yr_str word)
{
	for (size_t i = 0; i < ARRAY_LEN(qualifiers); i++)
		if (yr_str_is(word, qualifiers[i]))
			return true;
	return false;
}

static bool at_keyword(const struct yr_format *f, const char *z)
{
	struct yr_parser q = f->p;

	return yr_take_keyword(&q, z);
}

static bool at_arrow(const struct yr_format *f)
{
	return f->p.at[0] == '-' && f->p.at[1] == '>';
}

static size_t count_while(const struct yr_format *f, bool (*is)(char))
{
	const char *at = f->p.at;

	while (is(*at))
		at++;
	return (size_t)(at - f->p.at);
}

static bool is_number_char(char c)
{
	return yr_is_digit(c) || c == '-' || c == '+';
}

/* The statement's first piece stands where its line begins. */
static enum yr_gap next_gap(const struct yr_format *f)
{
	return f->pieces.n ? YR_GAP_SPACE : YR_GAP_NONE;
}

void yr_format_quals(struct yr_format *f)
{
	while (is_qualifier(yr_peek_name(&f->p)) && !f->memory) {
		bool priority = at_keyword(f, "priority");

		yr_format_name(f, next_gap(f));
		yr_format_skip(f);
		if (!priority)
			continue;
		yr_format_bytes(f, 1, YR_GAP_NONE);
		yr_format_skip(f);
		yr_format_bytes(f, count_while(f, is_number_char), YR_GAP_NONE);
		yr_format_skip(f);
	}
}

/* "->" and a name, if they are there. */
static void put_target(struct yr_format *f)
{
	yr_format_skip(f);
	if (!at_arrow(f))
		return;
	yr_format_bytes(f, 2, YR_GAP_BREAK);
	yr_format_skip(f);
	yr_format_word(f, YR_STOP_WORD, YR_GAP_SPACE);
}

/*
 * Permission letters in the order that most profiles have them in: mrwakl, then how a
 * program is executed. What has other letters, or one twice, stays as it is.
 */
static struct yr_str sort_mode(struct yr_format *f, struct yr_str mode)
{
	static const char order[] = "mrwakl";
	struct yr_str exec = { NULL, 0 };
	char text[16];
	size_t n = 0, plain = 0;

	if (mode.len >= sizeof(text))
		return mode;
	for (size_t i = 0; i < mode.len; i++) {
		if (memchr(order, mode.at[i], sizeof(order) - 1))
			plain++;
		else if (exec.len && mode.at + i != exec.at + exec.len)
			return mode;
		else
			exec = (struct yr_str){ exec.len ? exec.at : mode.at + i, exec.len + 1 };
	}
	for (const char *c = order; *c; c++)
		if (memchr(mode.at, *c, mode.len))
			text[n++] = *c;
	/* "ixpx" is one exec mode and another, which only the parser tells apart: an x ends it. */
	if (n != plain || (exec.len && memchr(exec.at, 'x', exec.len) != exec.at + exec.len - 1))
		return mode;
	if (exec.len)
		memcpy(text + n, exec.at, exec.len);
	mode.at = yr_arena_strndup(f->p.arena, text, mode.len);
	f->memory |= !mode.at;
	return mode;
}

/* "rw,}" ends a rule and what it stands in, though the comma has no space behind it. */
static void put_mode(struct yr_format *f, enum yr_gap gap)
{
	size_t n = count_while(f, yr_is_alpha);

	if (f->p.at[n] == ',')
		yr_format_bytes(f, n, gap);
	else
		yr_format_word(f, YR_STOP_WORD, gap);
	if (!f->lost && !f->memory) {
		struct yr_piece *piece = &f->pieces.at[f->pieces.n - 1];

		piece->text = sort_mode(f, piece->text);
	}
}

/*
 * "rw /path" as "/path rw". Not where the order says something: with a target that is the
 * link's, with a word before it, or with a comment between.
 */
static void swap_mode(struct yr_format *f, size_t mode)
{
	struct yr_piece *at = &f->pieces.at[mode];
	struct yr_str path;

	if (f->pieces.n < mode + 2 || at[1].comment ||
	    (at_arrow(f) && memchr(at[0].text.at, 'l', at[0].text.len)) ||
	    !memchr("/\"@", at[1].text.at[0], 3))
		return;
	path = at[1].text;
	at[1].text = at[0].text;
	at[0].text = path;
}

/* MODE "subset"? PATH */
static void put_leading_mode(struct yr_format *f, bool exec_word)
{
	size_t mode = f->pieces.n;

	put_mode(f, next_gap(f));
	yr_format_skip(f);
	if (at_keyword(f, "subset")) {
		yr_format_name(f, YR_GAP_SPACE);
		yr_format_skip(f);
		exec_word = true;
	}
	yr_format_word(f, YR_STOP_WORD, YR_GAP_SPACE);
	yr_format_skip(f);
	if (!exec_word && !f->lost && !f->memory)
		swap_mode(f, mode);
}

/* file = "file"? ("safe" | "unsafe")? (MODE "subset"? PATH | PATH MODE) ("->" NAME)? | "file" */
static void put_file(struct yr_format *f, const struct yr_word *path)
{
	bool exec_word;

	if (at_keyword(f, "file"))
		yr_format_name(f, next_gap(f));
	yr_format_skip(f);
	if (!path->text.at)
		return;
	exec_word = at_keyword(f, "safe") || at_keyword(f, "unsafe");
	if (exec_word)
		yr_format_name(f, next_gap(f));
	yr_format_skip(f);
	if (yr_off(&f->p, f->p.at) < path->loc.off) {
		put_leading_mode(f, exec_word);
	} else {
		yr_format_word(f, YR_STOP_WORD, next_gap(f));
		yr_format_skip(f);
		put_mode(f, YR_GAP_SPACE);
	}
	put_target(f);
}

/* rlimit = "set" "rlimit" NAME "<=" value */
static void put_rlimit(struct yr_format *f, const char *end)
{
	for (int i = 0; i < 3; i++, yr_format_skip(f))
		yr_format_name(f, next_gap(f));
	yr_format_bytes(f, 2, YR_GAP_SPACE);
	for (yr_format_skip(f); f->p.at < end && !f->lost; yr_format_skip(f))
		yr_format_word(f, YR_STOP_WORD, YR_GAP_SPACE);
}

/* What is left of a rule: words, lists and conditions. */
static void put_words(struct yr_format *f, const char *end, bool conds)
{
	size_t first = f->pieces.n;

	for (yr_format_skip(f); f->p.at < end && !f->lost && !f->memory; yr_format_skip(f)) {
		if (*f->p.at == '(')
			yr_format_list(f, false, YR_GAP_BREAK);
		else if (conds && yr_format_at_cond(f))
			yr_format_cond(f, YR_STOP_WORD);
		else if (at_arrow(f))
			put_target(f);
		else
			yr_format_word(f, YR_STOP_WORD, YR_GAP_BREAK);
	}
	/* The first of them stands beside the rule's word: all others line up with it. */
	if (first < f->pieces.n)
		f->pieces.at[first].gap = YR_GAP_SPACE;
}

static bool is_file(const struct yr_format *f, const struct yr_rule *rule)
{
	return rule->kind == YR_RULE_FILE || (rule->kind == YR_RULE_LINK && !at_keyword(f, "link"));
}

void yr_format_rule(struct yr_format *f, const struct yr_rule *rule)
{
	const char *end = f->p.src->text + rule->loc.off + rule->loc.len;

	f->peer_list = rule->kind == YR_RULE_DBUS || rule->kind == YR_RULE_NETWORK ||
		       rule->kind == YR_RULE_UNIX;
	yr_format_quals(f);
	if (is_file(f, rule)) {
		put_file(f, rule->kind == YR_RULE_FILE ? &rule->u.file.path : &rule->u.link.from);
	} else if (rule->kind == YR_RULE_RLIMIT) {
		put_rlimit(f, end);
	} else {
		yr_format_name(f, next_gap(f));
		f->hang = f->pieces.n;
		put_words(f, end,
			  rule->kind != YR_RULE_CAPABILITY && rule->kind != YR_RULE_LINK &&
				  rule->kind != YR_RULE_CHANGE_PROFILE);
	}
	yr_format_skip(f);
	yr_format_expect(f, ',');
}

/* NAME "=" LIST, or the list of flags without its name. Comments may stand behind the "=". */
static void put_head_list(struct yr_format *f, enum yr_gap gap)
{
	if (*f->p.at == '(') {
		yr_format_put_z(f, "flags=", gap);
	} else {
		yr_format_name(f, gap);
		yr_format_skip(f);
		yr_format_bytes(f, 1, YR_GAP_NONE);
		yr_format_skip(f);
	}
	yr_format_list(f, false, YR_GAP_NONE);
}

/* "+" NAME "=" LIST: upstream's parser stops at a line's end behind the "+". */
static void put_identities(struct yr_format *f)
{
	yr_format_bytes(f, 1, YR_GAP_BREAK);
	yr_format_skip(f);
	put_head_list(f, YR_GAP_SPACE);
}

void yr_format_head(struct yr_format *f, const struct yr_head *head)
{
	bool hat = *f->p.at == '^';

	if (hat)
		yr_format_bytes(f, 1, YR_GAP_NONE);
	else if (yr_off(&f->p, f->p.at) < head->name.loc.off)
		yr_format_name(f, YR_GAP_NONE);
	yr_format_skip(f);
	yr_format_word(f, YR_STOP_WORD, hat ? YR_GAP_NONE : next_gap(f));
	for (yr_format_skip(f); *f->p.at != '{' && !f->lost && !f->memory; yr_format_skip(f)) {
		if (*f->p.at == '(' || yr_format_at_cond(f))
			put_head_list(f, YR_GAP_BREAK);
		else if (*f->p.at == '+')
			put_identities(f);
		else
			yr_format_word(f, YR_STOP_WORD, YR_GAP_BREAK);
	}
}

/* A side of a comparison, or a value that is true or false. */
static void put_operand(struct yr_format *f, enum yr_gap gap)
{
	yr_format_word(f, YR_STOP_WORD | YR_C_CLOSE | YR_C_EQUALS, gap);
	yr_format_skip(f);
}

/* "(", "not" and "defined", as many as there are; the gap for what follows. */
static enum yr_gap put_openers(struct yr_format *f, enum yr_gap gap)
{
	for (; !f->lost && !f->memory; yr_format_skip(f)) {
		if (*f->p.at == '(') {
			yr_format_bytes(f, 1, gap);
			gap = YR_GAP_NONE;
		} else if (at_keyword(f, "not") || at_keyword(f, "defined")) {
			yr_format_name(f, gap);
			gap = YR_GAP_SPACE;
		} else {
			break;
		}
	}
	return gap;
}

static size_t sign_length(const struct yr_format *f)
{
	char c = *f->p.at;

	if (at_keyword(f, "in"))
		return 2;
	if (c != '=' && c != '!' && c != '<' && c != '>')
		return 0;
	return f->p.at[1] == '=' ? 2 : 1;
}

/* VALUE (SIGN VALUE)? */
static void put_comparison(struct yr_format *f, enum yr_gap gap)
{
	size_t n;

	put_operand(f, gap);
	n = sign_length(f);
	if (!n)
		return;
	yr_format_bytes(f, n, YR_GAP_SPACE);
	yr_format_skip(f);
	put_operand(f, YR_GAP_SPACE);
}

void yr_format_test(struct yr_format *f)
{
	for (;; yr_format_name(f, YR_GAP_BREAK)) { /* and, or */
		yr_format_skip(f);
		put_comparison(f, put_openers(f, YR_GAP_SPACE));
		for (; *f->p.at == ')'; yr_format_skip(f))
			yr_format_bytes(f, 1, YR_GAP_NONE);
		if (*f->p.at == '{' || f->lost || f->memory)
			return;
	}
}

void yr_format_alias(struct yr_format *f)
{
	yr_format_name(f, YR_GAP_NONE);
	yr_format_skip(f);
	yr_format_word(f, YR_STOP_WORD, YR_GAP_BREAK);
	put_target(f);
	yr_format_skip(f);
	yr_format_expect(f, ',');
}
