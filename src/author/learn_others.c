/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is no file to rules: accesses that differ in their words alone come together, and ports and
 * addresses are left open from three distinct ones on.
 */
#include <errno.h>
#include <stdlib.h>

#include "author/learn_parts.h"
#include "author/making.h"

/* All that a rule says besides its words. */
static const enum yr_log_text texts[] = {
	YR_LOG_NAME,           YR_LOG_NAME2,        YR_LOG_PEER,     YR_LOG_PEER_PROFILE,
	YR_LOG_NET_ADDR,       YR_LOG_PEER_ADDR,    YR_LOG_FAMILY,   YR_LOG_SOCK_TYPE,
	YR_LOG_LOCAL_ADDR,     YR_LOG_FOREIGN_ADDR, YR_LOG_DBUS_BUS, YR_LOG_DBUS_PATH,
	YR_LOG_DBUS_INTERFACE, YR_LOG_DBUS_MEMBER,  YR_LOG_FSTYPE,   YR_LOG_FLAGS,
	YR_LOG_SRCNAME,        YR_LOG_RLIMIT,
};
static const enum yr_log_number numbers[] = {
	YR_LOG_LOCAL_PORT,
	YR_LOG_FOREIGN_PORT,
	YR_LOG_CAPABILITY,
	YR_LOG_RLIMIT_VALUE,
};

/* What may be left open, and the event with it. */
enum open { LOCAL_ADDR = 1, LOCAL_PORT = 2, FOREIGN_ADDR = 4, FOREIGN_PORT = 8 };
enum { OPENS = 4 };

static bool is_internet(const struct yr_log_event *ev)
{
	struct yr_str family = yr_event_text(ev, YR_LOG_FAMILY);

	return ev->rule_class == YR_LOG_CLASS_NETWORK &&
	       (yr_str_is(family, "inet") || yr_str_is(family, "inet6"));
}

static bool words_meet(const struct yr_log_event *ev)
{
	return ev->rule_class != YR_LOG_CLASS_DBUS && ev->rule_class != YR_LOG_CLASS_FILE;
}

static int compare_patterns(const struct yr_learned_event *a, const struct yr_learned_event *b)
{
	if (!a->pattern || !b->pattern)
		return !!a->pattern - !!b->pattern;
	return a->varies != b->varies ? (int)a->varies - (int)b->varies
				      : strcmp(a->pattern, b->pattern);
}

int yr_learn_compare(const struct yr_learned_event *x_event, const struct yr_learned_event *y_event,
		     int but, bool words)
{
	const struct yr_log_event *a = &x_event->ev, *b = &y_event->ev;
	int c = (int)a->rule_class - (int)b->rule_class;

	/* The last of them counts, so that there is one: the highest, which does for all. */
	if (!c && a->rule_class == YR_LOG_CLASS_RLIMITS)
		return yr_str_cmp(yr_event_text(a, YR_LOG_RLIMIT), yr_event_text(b, YR_LOG_RLIMIT));
	for (size_t i = 0; !c && i < ARRAY_LEN(texts); i++)
		if ((int)texts[i] != but)
			c = yr_str_cmp(yr_event_text(a, texts[i]), yr_event_text(b, texts[i]));
	if (!c)
		c = compare_patterns(x_event, y_event);
	for (size_t i = 0; !c && i < ARRAY_LEN(numbers); i++) {
		bool x = yr_event_has(a, numbers[i]), y = yr_event_has(b, numbers[i]);

		c = x != y ? x - y
		    : x    ? (a->number[numbers[i]] > b->number[numbers[i]]) -
				    (a->number[numbers[i]] < b->number[numbers[i]])
			: 0;
	}
	/* Rules with a peer say nothing of what has none. */
	if (!c && (a->rule_class == YR_LOG_CLASS_NETWORK || a->rule_class == YR_LOG_CLASS_UNIX))
		c = yr_asks_peer(yr_event_mask(a)) - yr_asks_peer(yr_event_mask(b));
	if (!c && (words || a->rule_class == YR_LOG_CLASS_SIGNAL || !words_meet(a)))
		c = yr_str_cmp(yr_event_mask(a), yr_event_mask(b));
	if (!c && a->rule_class == YR_LOG_CLASS_FILE)
		c = (int)yr_event_audience(a) - (int)yr_event_audience(b);
	return c;
}

static int by_rule(const void *a, const void *b)
{
	const struct yr_learned_event *x = *(struct yr_learned_event *const *)a;
	const struct yr_learned_event *y = *(struct yr_learned_event *const *)b;
	int c = yr_learn_compare(x, y, -1, false);

	return c ? c : x < y ? -1 : x > y;
}

static int by_family(const void *a, const void *b)
{
	static const enum yr_log_text keys[] = { YR_LOG_FAMILY, YR_LOG_SOCK_TYPE, YR_LOG_DBUS_BUS,
						 YR_LOG_PEER_PROFILE };
	const struct yr_learned_event *x = *(struct yr_learned_event *const *)a;
	const struct yr_learned_event *y = *(struct yr_learned_event *const *)b;
	int c = (int)x->ev.rule_class - (int)y->ev.rule_class;

	for (size_t i = 0; !c && i < ARRAY_LEN(keys); i++)
		c = yr_str_cmp(yr_event_text(&x->ev, keys[i]), yr_event_text(&y->ev, keys[i]));
	return c;
}

/* As text, so that one comparison does for all of them; @room for numbers. */
static struct yr_str open_value(const struct yr_log_event *ev, enum open what, char room[24])
{
	enum yr_log_number port = what == LOCAL_PORT ? YR_LOG_LOCAL_PORT : YR_LOG_FOREIGN_PORT;

	switch (what) {
	case LOCAL_ADDR:
		return yr_event_text(ev, YR_LOG_LOCAL_ADDR);
	case FOREIGN_ADDR:
		return yr_event_text(ev, YR_LOG_FOREIGN_ADDR);
	default:
		if (!yr_event_has(ev, port))
			return YR_STR("");
		return (struct yr_str){ room,
					(size_t)snprintf(room, 24, "%llu",
							 (unsigned long long)ev->number[port]) };
	}
}

static bool varies(struct yr_learned_event *const *at, size_t n, enum open what)
{
	char seen[YR_SHAPE_ENOUGH][64], room[24];
	size_t n_seen = 0;

	for (size_t i = 0; i < n && n_seen < YR_SHAPE_ENOUGH; i++) {
		struct yr_str v = open_value(&at[i]->ev, what, room);
		size_t k = 0;

		if (!v.len || v.len >= sizeof(seen[0]))
			continue;
		while (k < n_seen && !yr_str_is(v, seen[k]))
			k++;
		if (k == n_seen)
			snprintf(seen[n_seen++], sizeof(seen[0]), "%.*s", YR_STR_ARG(v));
	}
	return n_seen == YR_SHAPE_ENOUGH;
}

static void clear_text(struct yr_log_event *ev, enum yr_log_text t)
{
	ev->text[t] = (struct yr_log_bytes){ NULL, 0 };
}

static void leave_open(struct yr_log_event *ev, unsigned what)
{
	if (what & LOCAL_ADDR)
		clear_text(ev, YR_LOG_LOCAL_ADDR);
	if (what & FOREIGN_ADDR)
		clear_text(ev, YR_LOG_FOREIGN_ADDR);
	if (what & LOCAL_PORT)
		ev->has &= ~(UINT32_C(1) << YR_LOG_LOCAL_PORT);
	if (what & FOREIGN_PORT)
		ev->has &= ~(UINT32_C(1) << YR_LOG_FOREIGN_PORT);
}

static void open_family(struct yr_learned_event **at, size_t n)
{
	unsigned what = 0;

	if (!is_internet(&at[0]->ev))
		return;
	for (unsigned i = 0; i < OPENS; i++)
		if (varies(at, n, 1u << i))
			what |= 1u << i;
	for (size_t i = 0; i < n; i++)
		leave_open(&at[i]->ev, what);
}

bool yr_learn_is_untold(const struct yr_log_event *ev)
{
	struct yr_str mask = yr_event_mask(ev);

	return ev->rule_class == YR_LOG_CLASS_DBUS && !ev->text[YR_LOG_DBUS_PATH].len &&
	       !ev->text[YR_LOG_DBUS_INTERFACE].len && !ev->text[YR_LOG_DBUS_MEMBER].len &&
	       (yr_str_is(mask, "send") || yr_str_is(mask, "receive"));
}

/*
 * Whom a message was for is its label, and what it says. The name is one of several: a service is
 * asked by its own, and from then on by the one that the bus gave it, another each time.
 */
static void leave_destination(struct yr_log_event *ev)
{
	bool told = ev->text[YR_LOG_DBUS_PATH].len || ev->text[YR_LOG_DBUS_INTERFACE].len ||
		    ev->text[YR_LOG_DBUS_MEMBER].len;
	bool given = ev->text[YR_LOG_NAME].len && ev->text[YR_LOG_NAME].at[0] == ':' &&
		     ev->text[YR_LOG_PEER_PROFILE].len;

	if (ev->rule_class == YR_LOG_CLASS_DBUS && !yr_str_is(yr_event_mask(ev), "bind") &&
	    (told || given))
		clear_text(ev, YR_LOG_NAME);
}

/* "send, receive" and "send, create": each word once is for the rule to see to. */
static struct yr_log_bytes join(struct yr_arena *arena, struct yr_learned_event *const *at,
				size_t n, enum yr_log_text field)
{
	AUTO_BUF struct yr_buf b = { 0 };
	struct yr_str last = { NULL, 0 };
	char *text;

	for (size_t i = 0; i < n; i++) {
		struct yr_str s = field == YR_LOG_SIGNAL ? yr_event_text(&at[i]->ev, field)
							 : yr_event_mask(&at[i]->ev);

		if (i && yr_str_eq(last, s))
			continue;
		yr_buf_puts(&b, b.len ? " " : "");
		yr_buf_put(&b, s.at, s.len);
		last = s;
	}
	text = b.failed ? NULL : yr_arena_strndup(arena, b.len ? b.data : "", b.len);
	return (struct yr_log_bytes){ text, text ? b.len : 0 };
}

static const char *danger_of(const struct yr_log_event *ev)
{
	static const struct {
		const char *name, *why;
	} capabilities[] = {
		{ "audit_control", "it turns the audit off" },
		{ "bpf", "it looks into the kernel" },
		{ "dac_read_search", "it reads every file, past mounts as well" },
		{ "mac_admin", "it changes policy, this one too" },
		{ "mac_override", "it goes past policy" },
		{ "sys_admin", "it is most of what root may" },
		{ "sys_boot", "it restarts the machine" },
		{ "sys_module", "it loads code into the kernel" },
		{ "sys_ptrace", "it reads and changes other processes" },
		{ "sys_rawio", "it reaches memory and disks directly" },
		{ "syslog", "it reads the kernel's log and addresses" },
	};

	switch (ev->rule_class) {
	case YR_LOG_CLASS_CAPABILITY:
		for (size_t i = 0; i < ARRAY_LEN(capabilities); i++)
			if (yr_str_is(yr_event_text(ev, YR_LOG_NAME), capabilities[i].name))
				return capabilities[i].why;
		return NULL;
	case YR_LOG_CLASS_MOUNT:
	case YR_LOG_CLASS_PIVOT_ROOT:
		return "it changes which files are where, and rules are about paths";
	case YR_LOG_CLASS_PTRACE:
		return "it looks into other processes";
	case YR_LOG_CLASS_USERNS:
		return "in a user namespace a program has every capability";
	case YR_LOG_CLASS_DBUS:
		return yr_str_is(yr_event_mask(ev), "eavesdrop")
			       ? "it reads all that is said on the bus"
		       : yr_learn_is_untold(ev)
			       ? "it is for every message, since the record does not say which"
			       : NULL;
	case YR_LOG_CLASS_UNIX:
		return ev->text[YR_LOG_PEER_ADDR].len &&
				       yr_str_is(yr_event_text(ev, YR_LOG_PEER), "unconfined")
			       ? "it calls a program that nothing confines"
			       : NULL;
	case YR_LOG_CLASS_POSIX_MQUEUE:
	case YR_LOG_CLASS_SYSV_MQUEUE:
		return ev->text[YR_LOG_NAME].len
			       ? NULL
			       : "it is for every queue, since the record does not say which";
	case YR_LOG_CLASS_FILE:
	case YR_LOG_CLASS_EXEC:
		/* A link, by whose name the file is reached from then on. */
		return yr_sensitive(yr_event_text(ev, YR_LOG_NAME2));
	default:
		return NULL;
	}
}

static enum yr_learn_kind kind_of(const struct yr_log_event *ev)
{
	switch (ev->rule_class) {
	case YR_LOG_CLASS_CAPABILITY:
		return YR_LEARN_CAPABILITY;
	case YR_LOG_CLASS_NETWORK:
	case YR_LOG_CLASS_UNIX:
		return YR_LEARN_NETWORK;
	case YR_LOG_CLASS_FILE:
	case YR_LOG_CLASS_EXEC:
		return YR_LEARN_FILE; /* a link */
	default:
		return YR_LEARN_OTHER;
	}
}

static uint64_t highest(struct yr_learned_event *const *at, size_t n)
{
	uint64_t most = 0;

	for (size_t i = 0; i < n; i++)
		if (at[i]->ev.number[YR_LOG_RLIMIT_VALUE] > most)
			most = at[i]->ev.number[YR_LOG_RLIMIT_VALUE];
	return most;
}

/* Events that one rule is for. */
static int make(struct yr_learn *l, struct yr_learned_profile *p, struct yr_learned_event **at,
		size_t n)
{
	struct yr_log_event ev = at[0]->ev;
	bool change = ev.rule_class == YR_LOG_CLASS_CHANGE_PROFILE ||
		      ev.rule_class == YR_LOG_CLASS_CHANGE_ONEXEC;
	const char *why = danger_of(&ev);
	struct yr_learned_rule *r;
	struct yr_mend mend;

	if (n > 1 && ev.rule_class == YR_LOG_CLASS_SIGNAL)
		ev.text[YR_LOG_SIGNAL] = join(&l->arena, at, n, YR_LOG_SIGNAL);
	else if (n > 1 && words_meet(&ev))
		ev.text[YR_LOG_REFUSED] = join(&l->arena, at, n, YR_LOG_REFUSED);
	if (ev.rule_class == YR_LOG_CLASS_RLIMITS)
		ev.number[YR_LOG_RLIMIT_VALUE] = highest(at, n);
	if (n > 1)
		ev.cut = false;
	if (yr_mend_pattern(&l->arena, &ev, at[0]->varies, at[0]->pattern, &mend) < 0)
		return -ENOMEM;
	r = yr_learn_rule(l, p);
	if (!r)
		return -ENOMEM;
	*r = (struct yr_learned_rule){
		.kind = kind_of(&ev),
		.text = mend.rule,
		.example = at[0]->access,
		.doubts =
			(change ? YR_LEARN_DOUBT_EXEC : 0u) | (why ? YR_LEARN_DOUBT_SENSITIVE : 0u),
		.reason = why      ? why
			  : change ? "it goes on under another profile"
				   : NULL,
	};
	if (!mend.rule) /* together they say less than apart: the first alone */
		r->text = at[0]->access;
	for (size_t i = 0; i < n; i++) {
		at[i]->rule = r;
		yr_learn_count(r, at[i]->denial, at[i]->denial->count, at[i]->denial->several);
	}
	if (strcmp(r->text, r->example) != 0 && n >= YR_SHAPE_ENOUGH && is_internet(&ev)) {
		r->doubts |= YR_LEARN_DOUBT_BROAD;
		r->reason = "addresses or ports varied";
	}
	if (at[0]->pattern) {
		r->doubts |= YR_LEARN_DOUBT_BROAD;
		r->reason = r->reason ? r->reason : "a part of the name varied";
	}
	return 0;
}

int yr_learn_other_rules(struct yr_learn *l, struct yr_learned_profile *p)
{
	AUTO_FREE struct yr_learned_event **at =
		calloc(p->n_others + 1, sizeof(struct yr_learned_event *));
	size_t n = 0, from = 0;
	int r = at ? 0 : -ENOMEM;

	for (size_t i = 0; at && i < p->n_others; i++)
		if (!p->others[i].had)
			at[n++] = &p->others[i];
	if (n)
		qsort(at, n, sizeof(struct yr_learned_event *), by_family);
	for (size_t i = 1; i <= n; i++)
		if (i == n || by_family(&at[from], &at[i]) != 0) {
			open_family(at + from, i - from);
			from = i;
		}
	for (size_t i = 0; i < n; i++)
		leave_destination(&at[i]->ev);
	if (!r)
		r = yr_learn_open_names(l, at, n);
	if (n)
		qsort(at, n, sizeof(struct yr_learned_event *), by_rule);
	from = 0;
	for (size_t i = 1; i <= n && !r; i++)
		if (i == n || yr_learn_compare(at[from], at[i], -1, false) != 0) {
			r = make(l, p, at + from, i - from);
			from = i;
		}
	return r;
}
