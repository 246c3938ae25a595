/* SPDX-License-Identifier: Apache-2.0 */
/* Rules about processes talking to each other, and about what they may create. */
#include "lang/parse.h"

/* "peer=x" is kept like "peer=(label=x)". */
static void peer_is_label(struct yr_rule *rule)
{
	struct yr_cond **at = &rule->conds;

	while (*at && !yr_str_is((*at)->name.text, "peer"))
		at = &(*at)->next;
	if (!*at)
		return;
	rule->peer_conds = *at;
	*at = (*at)->next;
	rule->peer_conds->next = NULL;
	rule->peer_conds->name.text = YR_STR("label");
}

/* "peer=(x)" means something else where peer= takes conditions; upstream refuses it here. */
static bool no_peer_list(struct yr_parser *p, const char *what)
{
	struct yr_parser q = *p;
	bool list = false, quote = false;

	/* Far more than a rule has before its peer=; text without commas must not cost its square. */
	enum { FAR = 4096 };

	for (yr_skip_between(&q); !yr_at_end(&q) && q.at - p->at < FAR; q.at++) {
		quote ^= *q.at == '"';
		list = *q.at == '(' || (list && *q.at != ')');
		if ((*q.at == ',' && !list && !quote) || *q.at == '}' || *q.at == '#')
			return true;
		if (*q.at == 'p' && yr_take_keyword(&q, "peer")) {
			yr_skip_between(&q);
			if (!yr_take_char(&q, '='))
				return true;
			yr_skip_between(&q);
			if (*q.at != '(')
				return true;
			p->at = q.at;
			return yr_expected(p, "a label without parentheses after 'peer=' in %s",
					   what);
		}
	}
	return true;
}

static const struct yr_access_set ptrace_access = {
	"a ptrace rule", YR_ACC_READ | YR_ACC_TRACE | YR_ACC_READBY | YR_ACC_TRACEDBY,
	YR_ACC_READ,     YR_ACC_TRACE,
	YR_ACCESS_LIST,
};
static const struct yr_cond_name ptrace_names[] = { { "peer", 0 }, { NULL, 0 } };
static const struct yr_cond_set ptrace_conds = { "a ptrace rule", ptrace_names, NULL };

/* ptrace = "ptrace" access ("peer" "=" WORD)? */
bool yr_parse_ptrace(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	if (!yr_parse_access(p, &ptrace_access, &rule->u.acc.access) ||
	    !no_peer_list(p, ptrace_conds.what) || !yr_parse_conds(p, rule, &ptrace_conds))
		return false;
	peer_is_label(rule);
	return true;
}

static const struct yr_access_set signal_access = {
	"a signal rule", YR_ACC_SEND | YR_ACC_RECEIVE, YR_ACC_RECEIVE, YR_ACC_SEND, YR_ACCESS_LIST,
};
static const struct yr_cond_name signal_names[] = {
	{ "peer", 0 },
	{ "set", YR_CF_LIST | YR_CF_REPEAT },
	{ NULL, 0 },
};
static const struct yr_cond_set signal_conds = { "a signal rule", signal_names, NULL };

static bool collect_signals(struct yr_parser *p, struct yr_rule *rule, const struct yr_words *words)
{
	bool good = true;

	for (size_t i = 0; i < words->n; i++) {
		int n = yr_signal_number(words->at[i].text);

		if (n < 0)
			good = yr_unknown_name(p, &words->at[i], &yr_signal_names);
		else if (n >= 128)
			rule->u.signal.realtime |= UINT64_C(1) << (n - 128);
		else
			rule->u.signal.signals |= UINT64_C(1) << n;
	}
	return good;
}

/* signal = "signal" access ("set" "=" value | "peer" "=" WORD)* */
bool yr_parse_signal(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	bool good = true;

	if (!yr_parse_access(p, &signal_access, &rule->u.signal.access) ||
	    !no_peer_list(p, signal_conds.what) || !yr_parse_conds(p, rule, &signal_conds))
		return false;
	for (const struct yr_cond *c = rule->conds; c; c = c->next)
		if (yr_str_is(c->name.text, "set"))
			good &= collect_signals(p, rule, &c->values);
	peer_is_label(rule);
	return good;
}

static const struct yr_access_set dbus_access = {
	"a dbus rule",  YR_ACC_SEND | YR_ACC_RECEIVE | YR_ACC_BIND | YR_ACC_EAVESDROP,
	YR_ACC_RECEIVE, YR_ACC_SEND,
	YR_ACCESS_LIST,
};
static const struct yr_cond_name dbus_names[] = {
	{ "bus", 0 },  { "interface", 0 }, { "member", 0 },
	{ "name", 0 }, { "path", 0 },      { NULL, 0 },
};
/* What is not about the peer means the same inside peer=( ) as outside. */
static const struct yr_cond_name dbus_peer[] = {
	{ "bus", 0 },  { "interface", 0 }, { "label", 0 }, { "member", 0 },
	{ "name", 0 }, { "path", 0 },      { NULL, 0 },
};
static const struct yr_cond_set dbus_conds = { "a dbus rule", dbus_names, dbus_peer };

static bool dbus_conflict(struct yr_parser *p, const struct yr_cond *c, const char *why)
{
	yr_complain(p->diags, &c->name.loc, YR_ERROR, "conflict", "'%.*s=' %s",
		    YR_STR_ARG(c->name.text), why);
	return false;
}

/* Messages (send, receive) and services (bind) are told apart by different conditions. */
static bool check_dbus(struct yr_parser *p, const struct yr_rule *rule)
{
	const struct yr_cond *name = yr_find_cond(rule->conds, "name"), *message = rule->peer_conds;
	const struct yr_cond *peer_name = yr_find_cond(rule->peer_conds, "name");
	uint32_t access = rule->u.acc.access;

	for (const struct yr_cond *c = rule->conds; c && !message; c = c->next)
		if (!yr_str_is(c->name.text, "bus") && !yr_str_is(c->name.text, "name"))
			message = c;
	if (name && peer_name)
		return dbus_conflict(p, peer_name,
				     "is given for this side already: a rule is about a message "
				     "or about a service, not both");
	if (name && message)
		return dbus_conflict(p, message,
				     "is about messages, 'name=' about services: one rule cannot "
				     "have both");
	if ((access & YR_ACC_EAVESDROP) && (name || message))
		return dbus_conflict(p, name ? name : message,
				     "cannot narrow 'eavesdrop': only 'bus=' can");
	if ((access & YR_ACC_BIND) && message)
		return dbus_conflict(p, message, "is about messages and cannot narrow 'bind'");
	if ((access & (YR_ACC_SEND | YR_ACC_RECEIVE)) && name)
		return dbus_conflict(p, name,
				     "names a service and cannot narrow 'send' or 'receive'; "
				     "peer=(name=...) can");
	return true;
}

/* Conditions inside peer=( ) that are not about the peer go to the others. */
static bool move_dbus_conds(struct yr_parser *p, struct yr_rule *rule)
{
	struct yr_cond **at = &rule->peer_conds, **to = &rule->conds;

	while (*to)
		to = &(*to)->next;
	while (*at) {
		struct yr_cond *c = *at;

		if (yr_str_is(c->name.text, "label") || yr_str_is(c->name.text, "name")) {
			at = &c->next;
			continue;
		}
		for (const struct yr_cond *o = rule->conds; o; o = o->next)
			if (yr_str_eq(o->name.text, c->name.text))
				return yr_duplicate_cond(p, dbus_conds.what, o, c);
		*at = c->next;
		c->next = NULL;
		*to = c;
		to = &c->next;
	}
	return true;
}

/* dbus = "dbus" access cond* peer? */
bool yr_parse_dbus(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	return yr_parse_access(p, &dbus_access, &rule->u.acc.access) &&
	       yr_parse_conds(p, rule, &dbus_conds) && move_dbus_conds(p, rule) &&
	       check_dbus(p, rule);
}

static const struct yr_access_set mqueue_access = {
	"an mqueue rule",
	YR_ACC_READ | YR_ACC_WRITE | YR_ACC_CREATE | YR_ACC_OPEN | YR_ACC_DELETE | YR_ACC_GETATTR |
		YR_ACC_SETATTR,
	YR_ACC_READ,
	YR_ACC_WRITE,
	YR_ACCESS_LIST,
};
static const struct yr_cond_name mqueue_names[] = {
	{ "label", 0 },
	{ "type", YR_CF_REPEAT },
	{ NULL, 0 },
};
static const struct yr_cond_set mqueue_conds = { "an mqueue rule", mqueue_names, NULL };

static bool is_number(struct yr_str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!yr_is_digit(s.at[i]))
			return false;
	return s.len > 0;
}

static bool check_mqueue(struct yr_parser *p, const struct yr_rule *rule)
{
	const struct yr_word *name = &rule->u.mqueue.name;
	bool posix = true, sysv = true, good;

	for (const struct yr_cond *c = rule->conds; c; c = c->next) {
		if (!yr_str_is(c->name.text, "type"))
			continue;
		posix = yr_str_is(c->values.at[0].text, "posix");
		sysv = yr_str_is(c->values.at[0].text, "sysv");
		if (posix || sysv)
			continue;
		yr_complain(p->diags, &c->values.at[0].loc, YR_ERROR, "bad-value",
			    "a message queue's type is 'posix' or 'sysv', not '%.*s'",
			    YR_STR_ARG(c->values.at[0].text));
		return false;
	}
	if (!name->text.at)
		return true;
	good = (posix && name->text.len && name->text.at[0] == '/') ||
	       (sysv && is_number(name->text));
	if (!good)
		yr_complain(
			p->diags, &name->loc, YR_ERROR, "bad-value",
			posix && sysv
				? "a message queue is called /NAME (posix) or by a number (sysv)"
			: posix ? "a posix message queue's name begins with '/'"
				: "a sysv message queue is called by a number");
	return good;
}

/* mqueue = "mqueue" access cond* WORD? */
bool yr_parse_mqueue(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;

	if (!yr_parse_access(p, &mqueue_access, &rule->u.mqueue.access) ||
	    !yr_parse_conds(p, rule, &mqueue_conds))
		return false;
	yr_skip(p);
	if (!yr_take_word(p, YR_STOP_WORD, &rule->u.mqueue.name) &&
	    (rule->u.mqueue.name.loc.source || p->failed))
		return false;
	return check_mqueue(p, rule);
}

static const struct yr_access_set userns_access = {
	"a userns rule", YR_ACC_CREATE, 0, 0, YR_ACCESS_NO_LIST,
};

/* userns = "userns" "create"? */
bool yr_parse_userns(struct yr_parser *p, struct yr_stmt *stmt)
{
	return yr_parse_access(p, &userns_access, &stmt->u.rule.u.acc.access);
}

static const struct yr_access_set io_uring_access = {
	"an io_uring rule", YR_ACC_SQPOLL | YR_ACC_OVERRIDE_CREDS, 0, 0, YR_ACCESS_LIST,
};
static const struct yr_cond_name io_uring_names[] = { { "label", 0 }, { NULL, 0 } };
static const struct yr_cond_set io_uring_conds = { "an io_uring rule", io_uring_names, NULL };

/* io_uring = "io_uring" access ("label" "=" WORD)? */
bool yr_parse_io_uring(struct yr_parser *p, struct yr_stmt *stmt)
{
	return yr_parse_access(p, &io_uring_access, &stmt->u.rule.u.acc.access) &&
	       yr_parse_conds(p, &stmt->u.rule, &io_uring_conds);
}
