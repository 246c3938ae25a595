/* SPDX-License-Identifier: Apache-2.0 */
/* File, link and change_profile rules. */
#include "lang/parse.h"

#include "base/cleanup.h"

/* What a permission word such as "rwPix" says. */
struct mode {
	uint32_t perms;
	struct yr_exec exec;
	bool exec_given; /* some ..x with a letter before it */
	bool bare_exec;  /* an x alone */
	bool conflict;   /* two different ..x */
	bool odd_case;   /* capital letters that mean nothing */
};

static char lower(char c)
{
	return (char)(c | 0x20);
}

/* The length of the exec mode at @s (px, Cix, pux, ux, ix, ...), 0: none. */
static size_t exec_length(const char *s, const char *end)
{
	size_t n = 0;

	if (s < end && (lower(*s) == 'p' || lower(*s) == 'c'))
		n = 1;
	if (s + n < end && (lower(s[n]) == 'i' || lower(s[n]) == 'u'))
		n++;
	return n && s + n < end && lower(s[n]) == 'x' ? n + 1 : 0;
}

static void add_exec(struct mode *m, const char *s, size_t n)
{
	struct yr_exec e = { .kind = YR_EXEC_NONE };
	char first = lower(s[0]), second = lower(s[1]);

	if (first == 'p')
		e.kind = YR_EXEC_PROFILE;
	else if (first == 'c')
		e.kind = YR_EXEC_CHILD;
	else if (first == 'u')
		e.kind = YR_EXEC_UNCONFINED;
	e.inherit = first == 'i' || (n == 3 && second == 'i');
	e.fallback_unconfined = n == 3 && second == 'u';
	/* A capital first letter scrubs the environment; plain ix has nothing to scrub for. */
	e.unsafe = first != 'i' && s[0] == first;
	m->odd_case |= s[n - 1] == 'X' || s[0] == 'I' || s[1] == 'I';
	if (m->exec_given &&
	    (m->exec.kind != e.kind || m->exec.inherit != e.inherit ||
	     m->exec.fallback_unconfined != e.fallback_unconfined || m->exec.unsafe != e.unsafe))
		m->conflict = true;
	/* As upstream has it: an x alone goes before ix or behind anything. */
	if (m->bare_exec && !m->exec_given && e.kind != YR_EXEC_NONE)
		m->conflict = true;
	m->exec_given = true;
	m->exec = e;
	m->perms |= YR_MAY_EXEC;
}

static const uint8_t plain_perms[128] = {
	['r'] = YR_MAY_READ,   ['R'] = YR_MAY_READ, ['w'] = YR_MAY_WRITE, ['W'] = YR_MAY_WRITE,
	['a'] = YR_MAY_APPEND, ['l'] = YR_MAY_LINK, ['L'] = YR_MAY_LINK,  ['k'] = YR_MAY_LOCK,
	['m'] = YR_MAY_MMAP,   ['M'] = YR_MAY_MMAP,
};

/* mode = (plain letter | exec mode | "x")+; false: @s is no such word. */
static bool scan_mode(struct yr_str s, struct mode *m)
{
	const char *at = s.at, *end = at + s.len;

	*m = (struct mode){ 0 };
	while (at < end) {
		unsigned char c = (unsigned char)*at;
		size_t n;

		if (c < 128 && plain_perms[c]) {
			m->perms |= plain_perms[c];
			m->odd_case |= c < 'a';
			at++;
		} else if (lower(*at) == 'x') {
			m->perms |= YR_MAY_EXEC;
			m->bare_exec = true;
			m->odd_case |= c == 'X';
			at++;
		} else if ((n = exec_length(at, end))) {
			add_exec(m, at, n);
			at += n;
		} else {
			return false;
		}
	}
	return s.len > 0;
}

static bool mode_error(struct yr_parser *p, const struct yr_word *w, const char *why)
{
	yr_complain(p->diags, &w->loc, YR_ERROR, "conflict", "'%.*s': %s", YR_STR_ARG(w->text),
		    why);
	return false;
}

static bool unknown_mode(struct yr_parser *p, const struct yr_rule *rule, const struct yr_word *w)
{
	if (yr_hint_mode(p, &rule->u.file.path, w))
		return false;
	for (size_t i = 0; i < w->text.len; i++) {
		char c = w->text.at[i];

		if (memchr("rwalkmxpciuRWLMXPCIU", c, 20))
			continue;
		yr_complain(p->diags, &w->loc, YR_ERROR, "bad-word",
			    "'%.*s' are not file permissions: there is no '%c'; they are r w a l k "
			    "m, and to execute ix px cx ux pix cix pux cux",
			    YR_STR_ARG(w->text), c);
		return false;
	}
	yr_complain(
		p->diags, &w->loc, YR_ERROR, "bad-word",
		"'%.*s' are not file permissions: execution is written ix, px, cx, ux, pix, cix, "
		"pux or cux",
		YR_STR_ARG(w->text));
	return false;
}

/* What the words before a mode said about it. */
struct exec_words {
	bool safe, unsafe;
	struct yr_loc loc;
};

static bool check_mode(struct yr_parser *p, const struct yr_word *w, const struct mode *m,
		       const struct yr_quals *quals, const struct exec_words *words)
{
	bool deny = quals->decision == YR_DENY;

	if (m->conflict)
		return mode_error(p, w,
				  "two different ways to execute; choose one of them, or write two "
				  "rules for different programs");
	if ((m->perms & YR_MAY_WRITE) && (m->perms & YR_MAY_APPEND))
		return mode_error(p, w, "'w' contains 'a': write one of them");
	/* Beside a ..x that says how, an x more says nothing. */
	if (m->bare_exec && !deny && !m->exec_given && !p->access)
		return mode_error(
			p, w,
			"'x' alone does not say how the program is confined; write ix (by this "
			"profile), "
			"px (by its own profile), cx (by a child profile) or ux (not at all)");
	if ((m->exec_given || words->unsafe) && deny)
		return mode_error(p, w, "deny takes a plain 'x': it denies every way to execute");
	if (m->odd_case)
		yr_complain(p->diags, &w->loc, YR_WARNING, "deprecated",
			    "capital letters in '%.*s' mean nothing here; write it in small ones",
			    YR_STR_ARG(w->text));
	if ((words->safe || words->unsafe) && !(m->perms & YR_MAY_EXEC)) {
		yr_complain(p->diags, &words->loc, YR_ERROR, "conflict",
			    "'%s' is about executing, and '%.*s' has no x",
			    words->safe ? "safe" : "unsafe", YR_STR_ARG(w->text));
		return false;
	}
	return true;
}

/* Letters up to a comma, whatever follows that: "rw,}" ends a rule and a profile. */
static bool take_mode_word(struct yr_parser *p, struct yr_word *w)
{
	const char *from = p->at, *at = from;

	while (yr_is_alpha(*at))
		at++;
	if (at == from)
		return false;
	if (*at != ',' && !yr_take_word(p, YR_STOP_WORD, w))
		return false;
	if (*at == ',')
		p->at = at;
	/* As written: "\x" is no permission. */
	*w = (struct yr_word){ { from, (size_t)(p->at - from) }, yr_loc_from(p, from) };
	return true;
}

static bool take_mode(struct yr_parser *p, struct yr_stmt *stmt, const struct exec_words *words)
{
	struct yr_rule *rule = &stmt->u.rule;
	struct yr_word w = { 0 };
	struct mode m;

	yr_skip(p);
	if (!take_mode_word(p, &w))
		return p->failed || w.loc.source ? false
						 : yr_expected(p, "permissions such as 'rw'");
	/* The ';' of other languages, where ',' ends the rule. */
	if (w.text.len > 1 && p->at[-1] == ';') {
		w.text.len--;
		w.loc.len--;
		p->at--;
	}
	if (!scan_mode(w.text, &m))
		return unknown_mode(p, rule, &w);
	if (!check_mode(p, &w, &m, &rule->quals, words))
		return false;
	if (words->safe || words->unsafe)
		m.exec.unsafe = words->unsafe;
	rule->u.file.perms = m.perms;
	rule->u.file.exec = m.exec;
	return true;
}

bool yr_at_leading_perms(const struct yr_parser *p)
{
	struct yr_parser q = *p;
	struct yr_word w;
	struct mode m;

	w.text = yr_peek_name(&q);
	q.at += w.text.len;
	return (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE)) && scan_mode(w.text, &m);
}

bool yr_at_perms(const struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct mode m;

	return word.len &&
	       (yr_class(word.at[word.len]) & (YR_C_BLANK | YR_C_NEWLINE | YR_C_COMMA)) &&
	       scan_mode(word, &m);
}

bool yr_space_behind_arrow(struct yr_parser *p)
{
	return (yr_class(*p->at) & (YR_C_BLANK | YR_C_NEWLINE)) || *p->at == '"' || yr_at_end(p)
		       ? true
		       : yr_expected(p, "a space after '->'");
}

bool yr_parse_target(struct yr_parser *p, struct yr_word *ret)
{
	yr_skip(p);
	if (!yr_take_arrow(p))
		return true;
	yr_skip(p);
	if (yr_take_word(p, YR_STOP_WORD, ret))
		return true;
	return ret->loc.source || p->failed ? false : yr_expected(p, "a profile name after '->'");
}

/* Words that mean something elsewhere in a profile, so that they are no bare names. */
static bool is_reserved(struct yr_str name)
{
	static const char *const words[] = {
		"abi",
		"alias",
		"and",
		"bind",
		"defined",
		"delete",
		"eavesdrop",
		"else",
		"in",
		"not",
		"open",
		"or",
		"peer",
		"read",
		"readby",
		"receive",
		"rewrite",
		"rlimit",
		"override_creds",
		"send",
		"sqpoll",
		"subset",
		"trace",
		"tracedby",
		"write",
	};
	struct mode m;

	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		if (yr_str_is(name, words[i]))
			return true;
	return yr_is_rule_word(name) || scan_mode(name, &m);
}

static bool quotes_name(const struct yr_parser *p)
{
	return *p->at == '"' && (p->at[1] == ':' || p->at[1] == '&');
}

/* Up to behind the closing quote; 0: there is none in this line. */
static size_t quoted_length(const struct yr_parser *p)
{
	const char *at = p->at + 1;

	for (; at < p->end && *at != '"' && *at != '\n'; at++)
		if (*at == '\\' && at + 1 < p->end)
			at++;
	return at < p->end && *at == '"' ? (size_t)(at + 1 - p->at) : 0;
}

/*
 * Upstream takes a bare name, or the name of a profile in a namespace or a stack, for a path,
 * which then never matches anything.
 */
static size_t bare_length(const struct yr_parser *p)
{
	struct yr_str name = yr_peek_name(p);
	struct yr_parser q = *p;
	struct yr_word w;

	if (quotes_name(p))
		return quoted_length(p);
	if (*p->at == ':' || *p->at == '&')
		return yr_take_word(&q, YR_STOP_WORD, &w) && (*p->at == '&' || w.text.len > 1)
			       ? (size_t)(q.at - p->at)
			       : 0;
	return name.len && !is_reserved(name) ? name.len : 0;
}

static bool take_bare_name(struct yr_parser *p, struct yr_word *ret)
{
	struct yr_str name = { p->at, bare_length(p) };
	const char *from = p->at;

	if (!name.len || !(yr_class(from[name.len]) & (YR_STOP_WORD | YR_C_COMMA)))
		return false;
	if (*from == '"') {
		yr_take_word(p, YR_STOP_WORD, ret);
	} else {
		p->at += name.len;
		*ret = (struct yr_word){ name, yr_loc_from(p, from) };
	}
	yr_complain(p->diags, &ret->loc, YR_WARNING, "unexpected",
		    "'%.*s' is no path, so this rule never applies: paths begin with '/'",
		    YR_STR_ARG(ret->text));
	return true;
}

/* NAME PERMS and then the end of the rule or its target. */
bool yr_at_bare_name(const struct yr_parser *p)
{
	size_t len = bare_length(p);
	struct yr_parser q = *p;
	struct yr_str mode;
	struct mode m;

	q.at += len;
	if (!len || !(yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE)))
		return false;
	while (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE))
		q.at++;
	mode = yr_peek_name(&q);
	q.at += mode.len;
	if (yr_is_rule_word(mode))
		return false;
	return (yr_class(*q.at) & (YR_C_BLANK | YR_C_NEWLINE | YR_C_COMMA)) && scan_mode(mode, &m);
}

bool yr_take_path(struct yr_parser *p, struct yr_word *ret)
{
	bool path = *p->at == '/' || (*p->at == '"' && p->at[1] == '/') ||
		    (*p->at == '@' && (p->at[1] == '{' || yr_is_alpha(p->at[1]))) ||
		    (p->at[0] == '"' && p->at[1] == '@') || (quotes_name(p) && !quoted_length(p));

	if (path ? yr_take_word(p, YR_STOP_WORD, ret) : take_bare_name(p, ret))
		return true;
	return p->failed || (path && ret->loc.source)
		       ? false
		       : yr_expected(p, "a path; it begins with '/' or a variable");
}

/* ":NAMESPACE:NAME" */
static bool names_namespace(struct yr_str s)
{
	const char *colon = s.len > 3 && s.at[0] == ':' ? memchr(s.at + 2, ':', s.len - 2) : NULL;

	return colon && colon + 1 < s.at + s.len;
}

/*
 * "l" with a target makes a link rule of its own beside the other permissions. Behind
 * the path, a target with an exec mode belongs to that.
 */
static bool split_link(struct yr_parser *p, struct yr_stmt *stmt, bool leading, bool subset,
		       struct yr_stmts *to)
{
	struct yr_rule *rule = &stmt->u.rule, *link;
	struct yr_stmt *more;

	if (!(rule->u.file.perms & YR_MAY_LINK) || !rule->u.file.target.text.at)
		return true;
	if (leading && names_namespace(rule->u.file.target.text)) {
		yr_complain(p->diags, &rule->u.file.target.loc, YR_ERROR, "conflict",
			    "'l' wants the path that the link points to, not a namespace");
		return false;
	}
	if (rule->u.file.perms & YR_MAY_EXEC) {
		if (!leading)
			return true;
		yr_complain(p->diags, &rule->u.file.target.loc, YR_ERROR, "conflict",
			    "this target could belong to 'l' or to the x; write two rules");
		return false;
	}
	more = yr_new_stmt(p, YR_STMT_RULE);
	if (!more)
		return false;
	link = &more->u.rule;
	link->kind = YR_RULE_LINK;
	link->loc = rule->loc;
	link->quals = rule->quals;
	link->u.link.from = rule->u.file.path;
	link->u.link.to = rule->u.file.target;
	link->u.link.subset = subset;
	more->vars = p->saw_variable;
	if (rule->u.file.perms == YR_MAY_LINK) {
		stmt->u = more->u;
		return true;
	}
	rule->u.file.perms &= ~(uint32_t)YR_MAY_LINK;
	rule->u.file.target = (struct yr_word){ 0 };
	yr_add_stmt(to, more);
	return true;
}

static void every_file(struct yr_rule *rule)
{
	rule->u.file.perms =
		YR_MAY_READ | YR_MAY_WRITE | YR_MAY_LINK | YR_MAY_LOCK | YR_MAY_MMAP | YR_MAY_EXEC;
	rule->u.file.exec = (struct yr_exec){ .kind = YR_EXEC_NONE, .inherit = true };
}

/*
 * file = "file"? ("safe" | "unsafe")? (MODE "subset"? PATH | PATH MODE) ("->" NAME)?
 *      | "file"
 */
bool yr_parse_file(struct yr_parser *p, struct yr_stmt *stmt, struct yr_stmts *to)
{
	struct yr_rule *rule = &stmt->u.rule;
	struct exec_words words = { 0 };
	const char *from = p->at;
	bool keyword = yr_take_keyword(p, "file"), leading, subset = false;

	rule->kind = YR_RULE_FILE;
	yr_skip(p);
	if (keyword && *p->at == ',') {
		if (rule->quals.decision == YR_DENY) {
			rule->loc.len = yr_off(p, p->at) - rule->loc.off;
			yr_complain(p->diags, &rule->loc, YR_ERROR, "conflict",
				    "'file' alone grants ix, which deny does not take; write 'deny "
				    "/** rwlkmx'");
			return false;
		}
		every_file(rule);
		return true;
	}
	from = p->at;
	words.safe = yr_take_keyword(p, "safe");
	words.unsafe = !words.safe && yr_take_keyword(p, "unsafe");
	words.loc = yr_loc_from(p, from);
	yr_skip(p);
	leading = yr_is_alpha(*p->at) && (yr_at_leading_perms(p) || !yr_at_bare_name(p));
	if (leading && !take_mode(p, stmt, &words))
		return false;
	yr_skip(p);
	if (leading && yr_take_keyword(p, "subset")) {
		subset = true;
		if (rule->u.file.perms != YR_MAY_LINK)
			return yr_expected(p, "'subset' with the permission 'l' only, not here");
		yr_skip(p);
	}
	if (!yr_take_path(p, &rule->u.file.path) || (!leading && !take_mode(p, stmt, &words)))
		return false;
	return yr_parse_target(p, &rule->u.file.target) && split_link(p, stmt, leading, subset, to);
}

/* link = "link" "subset"? PATH "->" WORD */
bool yr_parse_link(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	yr_skip(p);
	rule->u.link.subset = yr_take_keyword(p, "subset");
	yr_skip(p);
	if (!yr_take_path(p, &rule->u.link.from))
		return false;
	yr_skip(p);
	if (p->at[0] != '-' || p->at[1] != '>')
		return yr_expected(p, "'->' and what the link points to");
	return yr_parse_target(p, &rule->u.link.to);
}

static bool check_exec(struct yr_parser *p, const struct yr_word *w)
{
	if (w->text.at[0] == '/' || (w->text.len > 1 && !memcmp(w->text.at, "@{", 2)))
		return true;
	yr_complain(p->diags, &w->loc, YR_ERROR, "bad-value",
		    "'%.*s' is no program's path: that begins with '/' or a variable",
		    YR_STR_ARG(w->text));
	return false;
}

/* change_profile = "change_profile" ("safe" | "unsafe")? PATH? ("->" NAME)? */
bool yr_parse_change_profile(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	const char *from;
	struct yr_loc mode;

	yr_skip(p);
	from = p->at;
	rule->u.change_profile.unsafe = yr_take_keyword(p, "unsafe");
	rule->u.change_profile.has_mode =
		rule->u.change_profile.unsafe || yr_take_keyword(p, "safe");
	mode = yr_loc_from(p, from);
	yr_skip(p);
	if (*p->at == '/' || *p->at == '"' || *p->at == '@') {
		if (!yr_take_path(p, &rule->u.change_profile.exec) ||
		    !check_exec(p, &rule->u.change_profile.exec))
			return false;
	} else if (yr_is_alpha(*p->at)) {
		return yr_expected(p, "a program's path, '->' or ','");
	} else if (rule->u.change_profile.has_mode) {
		yr_complain(p->diags, &mode, YR_ERROR, "syntax",
			    "'%s' is about a program that is executed; name its path behind it",
			    rule->u.change_profile.unsafe ? "unsafe" : "safe");
		return false;
	}
	yr_skip(p);
	if (p->at[0] == '-' && p->at[1] == '>') {
		struct yr_parser q = *p;

		q.at += 2;
		if (!yr_space_behind_arrow(&q)) {
			p->at = q.at;
			return false;
		}
	}
	return yr_parse_target(p, &rule->u.change_profile.target);
}
