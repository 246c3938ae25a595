/* SPDX-License-Identifier: Apache-2.0 */
/* Qualifiers, and which function parses the rule behind them. */
#include "lang/parse.h"

#include "base/cleanup.h"
#include "base/limits.h"

/* Qualifiers in the order in which they must stand. */
enum qualifier { Q_PRIORITY = 1, Q_AUDIT = 2, Q_DECISION = 4, Q_AUDIENCE = 8 };
#define Q_NO_OWNER (Q_PRIORITY | Q_AUDIT | Q_DECISION)

struct rule_head {
	const char *word;
	const char *what; /* "a capability rule" */
	enum yr_rule_kind kind;
	unsigned quals; /* that mean something on it */
	bool (*parse)(struct yr_parser *p, struct yr_stmt *stmt);
};

static bool parse_nothing(struct yr_parser *p, struct yr_stmt *stmt)
{
	(void)p;
	(void)stmt;
	return true;
}

/* Adding a rule kind is adding a row. Sorted; file rules without "file" are not here. */
static const struct rule_head heads[] = {
	{ "all", "an all rule", YR_RULE_ALL, Q_AUDIT | Q_DECISION, parse_nothing },
	{ "capability", "a capability rule", YR_RULE_CAPABILITY, Q_NO_OWNER, yr_parse_capability },
	{ "change_profile", "a change_profile rule", YR_RULE_CHANGE_PROFILE, Q_NO_OWNER,
	  yr_parse_change_profile },
	{ "dbus", "a dbus rule", YR_RULE_DBUS, Q_NO_OWNER, yr_parse_dbus },
	{ "io_uring", "an io_uring rule", YR_RULE_IO_URING, Q_NO_OWNER, yr_parse_io_uring },
	{ "link", "a link rule", YR_RULE_LINK, Q_NO_OWNER | Q_AUDIENCE, yr_parse_link },
	{ "mount", "a mount rule", YR_RULE_MOUNT, Q_NO_OWNER, yr_parse_mount },
	{ "mqueue", "an mqueue rule", YR_RULE_MQUEUE, Q_NO_OWNER, yr_parse_mqueue },
	{ "network", "a network rule", YR_RULE_NETWORK, Q_AUDIT | Q_DECISION, yr_parse_network },
	{ "pivot_root", "a pivot_root rule", YR_RULE_PIVOT_ROOT, Q_NO_OWNER, yr_parse_pivot_root },
	{ "ptrace", "a ptrace rule", YR_RULE_PTRACE, Q_NO_OWNER, yr_parse_ptrace },
	{ "remount", "a remount rule", YR_RULE_REMOUNT, Q_NO_OWNER, yr_parse_mount },
	{ "set", "a set rlimit rule", YR_RULE_RLIMIT, 0, yr_parse_rlimit },
	{ "signal", "a signal rule", YR_RULE_SIGNAL, Q_NO_OWNER, yr_parse_signal },
	{ "umount", "an umount rule", YR_RULE_UMOUNT, Q_NO_OWNER, yr_parse_mount },
	{ "unix", "a unix rule", YR_RULE_UNIX, Q_NO_OWNER, yr_parse_unix },
	{ "unmount", "an umount rule", YR_RULE_UMOUNT, Q_NO_OWNER, yr_parse_mount },
	{ "userns", "a userns rule", YR_RULE_USERNS, Q_NO_OWNER, yr_parse_userns },
};

static const struct {
	const char *word;
	enum qualifier qual;
} quals[] = {
	{ "allow", Q_DECISION },  { "audit", Q_AUDIT },    { "deny", Q_DECISION },
	{ "other", Q_AUDIENCE },  { "owner", Q_AUDIENCE }, { "priority", Q_PRIORITY },
	{ "prompt", Q_DECISION }, { "user", Q_AUDIENCE },
};

/* Words that begin something in a profile but are neither rules nor qualifiers. */
static const char *const others[] = { "file", "hat", "if", "include", "profile", "safe", "unsafe" };

static const struct rule_head *find_head(struct yr_str word)
{
	size_t low = 0, high = ARRAY_LEN(heads);

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = yr_str_cmp(word, yr_str_of(heads[mid].word));

		if (!d)
			return &heads[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

static int find_qualifier(struct yr_str word)
{
	if (word.len < 4 || word.len > 8)
		return -1;
	for (size_t i = 0; i < ARRAY_LEN(quals); i++)
		if (yr_str_is(word, quals[i].word))
			return (int)i;
	return -1;
}

bool yr_is_qualifier(struct yr_str word)
{
	return find_qualifier(word) >= 0;
}

bool yr_is_rule_word(struct yr_str word)
{
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		if (yr_str_is(word, others[i]))
			return true;
	return find_head(word) || find_qualifier(word) >= 0;
}

struct yr_nearest yr_rule_word_nearest(struct yr_str word)
{
	struct yr_nearest n = yr_nearest_start(word);

	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		yr_nearest_try_z(&n, heads[i].word);
	for (size_t i = 0; i < ARRAY_LEN(quals); i++)
		yr_nearest_try_z(&n, quals[i].word);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		yr_nearest_try_z(&n, others[i]);
	return n;
}

static bool bad_priority(struct yr_parser *p, const char *from)
{
	struct yr_loc loc = yr_loc_from(p, from);

	yr_complain(p->diags, &loc, YR_ERROR, "bad-value",
		    "a priority is written priority=N with N from -1000 to 1000");
	return false;
}

/* priority = "priority" "=" ("+" | "-")? DIGIT+; the word has been taken */
static bool take_priority(struct yr_parser *p, struct yr_quals *q, const char *from)
{
	bool negative;
	int n = 0;

	yr_skip(p);
	if (!yr_take_char(p, '='))
		return bad_priority(p, from);
	yr_skip(p);
	negative = yr_take_char(p, '-');
	if (!negative)
		yr_take_char(p, '+');
	if (!yr_is_digit(*p->at))
		return bad_priority(p, from);
	for (; yr_is_digit(*p->at); p->at++)
		if (n <= 1000)
			n = n * 10 + (*p->at - '0');
	if (n > 1000)
		return bad_priority(p, from);
	q->priority = negative ? -n : n;
	q->has_priority = true;
	return true;
}

static bool take_qualifier(struct yr_parser *p, struct yr_quals *q, struct yr_str word)
{
	switch (word.at[0] == 'a' ? word.at[1] : word.at[0]) {
	case 'l': /* allow */
	case 'd': /* deny */
		q->decision = word.at[0] == 'd' ? YR_DENY : YR_ALLOW;
		q->has_decision = true;
		return true;
	case 'u': /* audit, user */
		if (word.at[0] == 'a')
			q->audit = true;
		else
			q->audience = YR_OWNER;
		return true;
	case 'o': /* owner, other */
		q->audience = word.at[1] == 'w' ? YR_OWNER : YR_OTHER;
		return true;
	default: /* priority, prompt */
		if (word.at[2] == 'i')
			return take_priority(p, q, word.at);
		q->decision = YR_PROMPT;
		q->has_decision = true;
		return true;
	}
}

static bool qualifier_order(struct yr_parser *p, struct yr_str word, struct yr_str before,
			    bool same)
{
	struct yr_loc loc = yr_loc_from(p, word.at);

	if (yr_str_eq(word, before))
		yr_complain(p->diags, &loc, YR_ERROR, "duplicate", "'%.*s' is written twice",
			    YR_STR_ARG(word));
	else if (same)
		yr_complain(p->diags, &loc, YR_ERROR, "conflict",
			    "'%.*s' contradicts '%.*s' before it", YR_STR_ARG(word),
			    YR_STR_ARG(before));
	else
		yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'%.*s' must stand before '%.*s'",
			    YR_STR_ARG(word), YR_STR_ARG(before));
	return false;
}

/* quals = priority? "audit"? ("allow" | "deny" | "prompt")? ("owner" | "user" | "other")? */
static bool take_qualifiers(struct yr_parser *p, struct yr_quals *q, unsigned *ret_seen)
{
	struct yr_str word, before = { 0 };
	unsigned last = 0;
	int i;

	*q = (struct yr_quals){ 0 };
	*ret_seen = 0;
	for (;;) {
		word = yr_peek_name(p);
		i = find_qualifier(word);
		if (i < 0)
			return true;
		p->at += word.len;
		if (quals[i].qual <= last)
			return qualifier_order(p, word, before, quals[i].qual == last);
		if (!take_qualifier(p, q, word))
			return false;
		last = quals[i].qual;
		*ret_seen |= last;
		before = word;
		yr_skip(p);
	}
}

/* block = quals "{" rules "}" */
static bool parse_block(struct yr_parser *p, const char *from, const struct yr_quals *q,
			struct yr_stmts *to)
{
	struct yr_stmt *stmt = yr_new_stmt(p, YR_STMT_BLOCK);

	if (!stmt)
		return false;
	stmt->loc = yr_loc_from(p, from);
	stmt->u.block.quals = *q;
	yr_add_stmt(to, stmt);
	return yr_parse_body(p, &stmt->u.block.body);
}

static const char *const qual_names[] = { [Q_PRIORITY] = "priority=",
					  [Q_AUDIT] = "audit",
					  [Q_DECISION] = "allow, deny or prompt",
					  [Q_AUDIENCE] = "owner or other" };

static void bad_qualifier(struct yr_parser *p, const char *from, unsigned wrong, const char *what)
{
	struct yr_loc loc = yr_loc_from(p, from);
	unsigned one = wrong & -wrong;

	yr_complain(p->diags, &loc, YR_ERROR, "conflict", "%s means nothing on %s", qual_names[one],
		    what);
}

static bool no_such_rule(struct yr_parser *p)
{
	struct yr_str word = yr_peek_name(p);
	struct yr_loc loc = { p->src, yr_off(p, p->at), (uint32_t)word.len };
	struct yr_nearest near = yr_rule_word_nearest(word);
	struct yr_phrase phrase = yr_nearest_phrase(&near);

	if (yr_hint_statement(p))
		return false;
	if (!word.len)
		return yr_expected(p, "a rule");
	if (near.name.at && yr_str_eq(word, near.name))
		yr_complain(p->diags, &loc, YR_ERROR, "syntax", "'%.*s' cannot stand here",
			    YR_STR_ARG(word));
	else
		yr_complain(p->diags, &loc, YR_ERROR, "syntax", "no rule begins with '%.*s'%s",
			    YR_STR_ARG(word), phrase.text);
	return false;
}

static bool at_file(const struct yr_parser *p, struct yr_str word)
{
	if (!word.len)
		return *p->at == '/' || *p->at == '"' || *p->at == '@' || yr_at_bare_name(p);
	return yr_str_is(word, "file") || yr_str_is(word, "safe") || yr_str_is(word, "unsafe") ||
	       yr_at_leading_perms(p) || yr_at_bare_name(p);
}

static bool parse_head(struct yr_parser *p, const struct rule_head *h, struct yr_stmt *stmt,
		       const char *from, unsigned seen)
{
	const char *word = p->at;

	/* A priority of 0 is what every rule has. */
	if ((h->quals & Q_AUDIT) && !stmt->u.rule.quals.priority)
		seen &= ~(unsigned)Q_PRIORITY;
	if (seen & ~h->quals) {
		bad_qualifier(p, from, seen & ~h->quals, h->what);
		return false;
	}
	p->at = word + strlen(h->word);
	stmt->u.rule.kind = h->kind;
	return h->parse(p, stmt);
}

/* rule = quals (block | file | head body) "," */
bool yr_parse_rule(struct yr_parser *p, struct yr_stmts *to)
{
	const char *from = p->at, *what = "a file rule";
	const struct rule_head *h;
	struct yr_quals q;
	struct yr_stmt *stmt;
	struct yr_str word;
	unsigned seen;
	bool good;

	p->saw_variable = false;
	if (!take_qualifiers(p, &q, &seen))
		return false;
	if (*p->at == '{')
		return parse_block(p, from, &q, to);
	stmt = yr_new_stmt(p, YR_STMT_RULE);
	if (!stmt)
		return false;
	stmt->u.rule.quals = q;
	stmt->u.rule.loc = yr_loc_from(p, from);
	word = yr_peek_name(p);
	h = word.len ? find_head(word) : NULL;
	if (h) {
		what = h->what;
		good = parse_head(p, h, stmt, from, seen);
	} else if (at_file(p, word)) {
		struct yr_stmts more = { NULL, NULL };

		good = yr_parse_file(p, stmt, &more);
		stmt->next = more.first;
	} else {
		good = no_such_rule(p);
	}
	if (!good)
		return false;
	stmt->u.rule.loc.len = yr_off(p, p->at) - stmt->u.rule.loc.off;
	stmt->loc = stmt->u.rule.loc;
	stmt->vars = p->saw_variable;
	if (!yr_parse_end(p, what))
		return false;
	yr_add_stmt(to, stmt);
	return true;
}
