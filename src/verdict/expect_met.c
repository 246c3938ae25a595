/* SPDX-License-Identifier: Apache-2.0 */
/* What was expected beside what was answered. */
#include "verdict/expect_parts.h"

/* A transition taken apart: "profile NAME, environment scrubbed, or inherit". */
struct transition {
	struct yr_str to;
	enum { NOT_SAID, KEPT, SCRUBBED } environment;
	enum { NONE, OR_INHERIT, OR_UNCONFINED } otherwise;
};

static bool cut(struct yr_str *s, struct yr_str end)
{
	if (s->len <= end.len || memcmp(s->at + s->len - end.len, end.at, end.len) != 0)
		return false;
	s->len -= end.len;
	return true;
}

static struct transition take_apart(struct yr_str text)
{
	struct transition t = { .to = text };

	if (cut(&t.to, YR_STR(", or inherit")))
		t.otherwise = OR_INHERIT;
	else if (cut(&t.to, YR_STR(", or unconfined")))
		t.otherwise = OR_UNCONFINED;
	if (cut(&t.to, YR_STR(", environment scrubbed")))
		t.environment = SCRUBBED;
	else if (cut(&t.to, YR_STR(", environment kept")))
		t.environment = KEPT;
	return t;
}

static bool begins(struct yr_str s, struct yr_str with)
{
	return s.len > with.len && !memcmp(s.at, with.at, with.len);
}

bool yr_transition_known(struct yr_str text)
{
	static const char *const fixed[] = { "inherit", "unconfined", "the program's own profile",
					     "the program's own child" };
	struct yr_str to = take_apart(text).to;

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++)
		if (yr_str_is(to, fixed[i]))
			return true;
	return begins(to, YR_STR("profile ")) || begins(to, YR_STR("child "));
}

/* The environment is compared where the expectation names it. */
static bool leads_there(struct yr_str wanted, const char *got)
{
	struct transition w = take_apart(wanted), g;

	if (!got)
		return false;
	g = take_apart(yr_str_of(got));
	return yr_str_eq(w.to, g.to) && w.otherwise == g.otherwise &&
	       (w.environment == NOT_SAID ||
		(w.environment == SCRUBBED) == (g.environment == SCRUBBED));
}

static bool is_logged(const struct yr_answer *a)
{
	return a->allowed ? a->audited : !a->quiet;
}

bool yr_expect_met(const struct yr_expectation *e, const struct yr_answer *a)
{
	if (e->allow != a->allowed || a->for_some)
		return false;
	if (e->log != YR_EXPECT_EITHER && (e->log == YR_EXPECT_AUDIT) != is_logged(a))
		return false;
	return !e->transition.text.at || leads_there(e->transition.text, a->transition);
}

const char *yr_expect_wanted(struct yr_arena *arena, const struct yr_expectation *e)
{
	static const char *const logs[] = {
		[YR_EXPECT_EITHER] = "",
		[YR_EXPECT_AUDIT] = " audit",
		[YR_EXPECT_QUIET] = " quiet",
	};

	return yr_arena_printf(arena, "%s%s%s%.*s", e->allow ? "allow" : "deny", logs[e->log],
			       e->transition.text.at ? ", -> " : "",
			       YR_STR_ARG(e->transition.text));
}

const char *yr_expect_got(struct yr_arena *arena, const struct yr_answer *a)
{
	const char *aside = "";

	if (a->for_some)
		aside = ", but not for all";
	else if (a->decided == YR_NOT_MEDIATED)
		aside = " (not mediated)";
	else if (a->decided == YR_BY_UNCONFINED)
		aside = " (unconfined)";
	return yr_arena_printf(arena, "%s%s%s%s%s", a->allowed ? "allow" : "deny",
			       is_logged(a) ? " audit" : " quiet", aside,
			       a->transition ? ", -> " : "", a->transition ? a->transition : "");
}
