/* SPDX-License-Identifier: Apache-2.0 */
/* capability and rlimit rules. */
#include "lang/parse.h"

#include <sys/resource.h>

#include "base/cleanup.h"

/* capability = "capability" NAME* */
bool yr_parse_capability(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	bool good = true;
	struct yr_word w;

	yr_skip(p);
	/* On a new line a rule's first word begins that rule: a comma is missing here. */
	while (yr_is_alpha(*p->at) && !(yr_crossed_line(p) && yr_is_rule_word(yr_peek_name(p))) &&
	       yr_take_word(p, YR_STOP_WORD, &w)) {
		int64_t cap = yr_name_find(&yr_capability_names, w.text);

		if (cap < 0)
			good = yr_unknown_name(p, &w, &yr_capability_names);
		else
			rule->u.capability.mask |= UINT64_C(1) << cap;
		yr_skip(p);
	}
	if (good && !rule->u.capability.mask) {
		rule->u.capability.all = true;
		for (size_t i = 0; i < yr_capability_names.n; i++)
			rule->u.capability.mask |= UINT64_C(1) << yr_capability_names.at[i].value;
	}
	return good;
}

/* What a number behind "<=" counts, and what one of it is in the kernel's unit. */
enum rlimit_kind { RL_NUMBER, RL_SIZE, RL_SECONDS, RL_MICROSECONDS, RL_NICE };
static const uint8_t rlimit_kinds[] = {
	[RLIMIT_CPU] = RL_SECONDS,         [RLIMIT_FSIZE] = RL_SIZE,
	[RLIMIT_DATA] = RL_SIZE,           [RLIMIT_STACK] = RL_SIZE,
	[RLIMIT_CORE] = RL_SIZE,           [RLIMIT_RSS] = RL_SIZE,
	[RLIMIT_MEMLOCK] = RL_SIZE,        [RLIMIT_AS] = RL_SIZE,
	[RLIMIT_MSGQUEUE] = RL_SIZE,       [RLIMIT_NICE] = RL_NICE,
	[RLIMIT_RTTIME] = RL_MICROSECONDS,
};

static const struct {
	const char *name;
	uint64_t factor;
} size_units[] = {
	{ "K", 1u << 10 },  { "KB", 1u << 10 }, { "M", 1u << 20 },
	{ "MB", 1u << 20 }, { "G", 1u << 30 },	{ "GB", 1u << 30 },
}, time_units[] = { /* in microseconds */
	{ "us", 1 },
	{ "microsecond", 1 },
	{ "microseconds", 1 },
	{ "ms", 1000 },
	{ "millisecond", 1000 },
	{ "milliseconds", 1000 },
	{ "s", 1000000 },
	{ "sec", 1000000 },
	{ "second", 1000000 },
	{ "seconds", 1000000 },
	{ "min", UINT64_C(60000000) },
	{ "minute", UINT64_C(60000000) },
	{ "minutes", UINT64_C(60000000) },
	{ "h", UINT64_C(3600000000) },
	{ "hour", UINT64_C(3600000000) },
	{ "hours", UINT64_C(3600000000) },
	{ "d", UINT64_C(86400000000) },
	{ "day", UINT64_C(86400000000) },
	{ "days", UINT64_C(86400000000) },
	{ "week", UINT64_C(604800000000) },
	{ "weeks", UINT64_C(604800000000) },
};

struct limit_value {
	struct yr_loc loc; /* of number and unit */
	bool negative;
	uint64_t number;
	struct yr_str unit;
};

/* number = "-"? DIGIT+ UNIT? */
static bool take_limit(struct yr_parser *p, struct limit_value *v)
{
	const char *from = p->at, *behind, *unit;

	*v = (struct limit_value){ .negative = yr_take_char(p, '-') };
	if (!yr_is_digit(*p->at))
		return yr_expected(p, "a number or 'infinity'");
	for (; yr_is_digit(*p->at); p->at++)
		if (__builtin_mul_overflow(v->number, 10, &v->number) ||
		    __builtin_add_overflow(v->number, (uint64_t)(*p->at - '0'), &v->number))
			v->number = UINT64_MAX;
	behind = p->at;
	yr_skip(p);
	unit = p->at;
	while (yr_is_alpha(*p->at))
		p->at++;
	v->unit = (struct yr_str){ unit, (size_t)(p->at - unit) };
	if (!v->unit.len)
		p->at = behind;
	v->loc = yr_loc_from(p, from);
	return true;
}

/* "-0" is not. */
static bool below_zero(const struct limit_value *v)
{
	return v->negative && v->number;
}

static bool bad_limit(struct yr_parser *p, const struct limit_value *v, const char *what)
{
	yr_complain(p->diags, &v->loc, YR_ERROR, "bad-value", "%s", what);
	return false;
}

static bool scale(struct yr_parser *p, const struct limit_value *v, uint64_t factor, uint64_t *ret)
{
	if (__builtin_mul_overflow(v->number, factor, ret))
		return bad_limit(p, v, "this limit is too large; 'infinity' sets none");
	return true;
}

static bool size_limit(struct yr_parser *p, const struct limit_value *v, uint64_t *ret)
{
	uint64_t factor = v->unit.len ? 0 : 1;

	for (size_t i = 0; i < ARRAY_LEN(size_units); i++)
		if (yr_str_is(v->unit, size_units[i].name))
			factor = size_units[i].factor;
	if (!factor || below_zero(v))
		return bad_limit(p, v,
				 "a size is a number with nothing, K, KB, M, MB, G or GB behind");
	return scale(p, v, factor, ret);
}

static bool time_limit(struct yr_parser *p, const struct limit_value *v, bool seconds,
		       uint64_t *ret)
{
	uint64_t factor = v->unit.len ? 0 : seconds ? 1000000 : 1;

	for (size_t i = 0; i < ARRAY_LEN(time_units); i++)
		if (yr_str_is(v->unit, time_units[i].name))
			factor = time_units[i].factor;
	if (!factor || below_zero(v) || (v->negative && v->unit.len))
		return bad_limit(
			p, v,
			"a time is a number with nothing, us, ms, s, min, h, d or weeks behind");
	if (!scale(p, v, factor, ret))
		return false;
	/* Without a unit, 0 is taken for what it says. */
	if (seconds && *ret < 1000000 && v->unit.len)
		return bad_limit(p, v, "the least processor time that can be set is a second");
	if (seconds)
		*ret /= 1000000;
	return true;
}

/* The kernel wants 20 - nice, upstream's parser writes nice + 20; we write what it writes. */
static bool nice_limit(struct yr_parser *p, const struct limit_value *v, uint64_t *ret)
{
	if (v->unit.len || v->number > (v->negative ? 20 : 19))
		return bad_limit(p, v, "nice goes from -20 to 19");
	*ret = v->negative ? 20 - v->number : 20 + v->number;
	return true;
}

static bool limit_of_kind(struct yr_parser *p, int resource, const struct limit_value *v,
			  uint64_t *ret)
{
	switch ((enum rlimit_kind)rlimit_kinds[resource]) {
	case RL_SIZE:
		return size_limit(p, v, ret);
	case RL_SECONDS:
	case RL_MICROSECONDS:
		return time_limit(p, v, rlimit_kinds[resource] == RL_SECONDS, ret);
	case RL_NICE:
		return nice_limit(p, v, ret);
	case RL_NUMBER:
		break;
	}
	if (v->unit.len || below_zero(v))
		return bad_limit(p, v, "this limit is a plain number, without a unit");
	*ret = v->number;
	return true;
}

/* rlimit = "set" "rlimit" NAME "<=" (number | "infinity") */
bool yr_parse_rlimit(struct yr_parser *p, struct yr_stmt *stmt)
{
	struct yr_rule *rule = &stmt->u.rule;
	struct limit_value v;
	struct yr_word name = { 0 };
	int64_t resource;

	yr_skip(p);
	if (!yr_take_keyword(p, "rlimit"))
		return yr_expected(p, "'rlimit' after 'set'");
	yr_skip(p);
	name.text = yr_peek_name(p);
	if (!name.text.len)
		return yr_expected(p, "the name of a resource, such as 'nofile'");
	p->at += name.text.len;
	name.loc = yr_loc_from(p, name.text.at);
	resource = yr_name_find(&yr_rlimit_names, name.text);
	if (resource < 0)
		return yr_unknown_name(p, &name, &yr_rlimit_names);
	yr_skip(p);
	if (p->at[0] != '<' || p->at[1] != '=')
		return yr_expected(p, "'<='");
	p->at += 2;
	yr_skip(p);
	rule->u.rlimit.resource = (int)resource;
	rule->u.rlimit.value = UINT64_MAX;
	if (yr_take_keyword(p, "infinity"))
		return true;
	return take_limit(p, &v) && limit_of_kind(p, (int)resource, &v, &rule->u.rlimit.value);
}
